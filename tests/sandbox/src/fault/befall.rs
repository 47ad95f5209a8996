//! What becomes of a request, and of its answer, when a fault befalls it.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Fault, RetryAfter, When};
use crate::http::Response;

/// Carries a request out unless a fault prevents it, and returns what is answered; nothing when the client gets no answer.
pub(crate) fn befall(
    fault: Option<Fault>,
    sign_in: &str,
    carry_out: impl FnOnce() -> Response,
    error: impl FnOnce(u16, &str) -> Response,
) -> Option<Response> {
    let when = fault.map_or(When::AfterCommit, Fault::moment);
    let answered = (when == When::AfterCommit).then(carry_out);
    match fault {
        Some(Fault::Close(_) | Fault::Stall(..)) => None,
        Some(Fault::Status(_, status, retry_after)) => {
            let error = error(status, "The stand-in was told to answer so.");
            Some(throttled(error, retry_after))
        }
        Some(Fault::SignIn) => Some(
            Response::html(
                302,
                "<html><body>Object moved to <a href=\"/_signin\">here</a>.</body></html>",
            )
            .with("Location", format!("{sign_in}?realm=stand-in")),
        ),
        Some(Fault::Html(_, status)) => Some(Response::html(status, SIGN_IN_PAGE)),
        Some(Fault::Truncate | Fault::Delay(_) | Fault::Throttle(_) | Fault::ShutDoor(_))
        | None => answered,
    }
}

/// A page as services and proxies send it to those who are not signed in.
const SIGN_IN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\
    <body><form action=\"/_signin\" method=\"post\"><label>User <input name=\"user\"></label></form></body></html>\n";

/// Adds what an answer says of the time to wait.
pub(crate) fn throttled(response: Response, retry_after: RetryAfter) -> Response {
    match retry_after {
        RetryAfter::Silent => response,
        RetryAfter::Seconds(seconds) => response.with("Retry-After", seconds.to_string()),
        RetryAfter::Date(seconds) => response.with("Retry-After", http_date(seconds)),
    }
}

/// Returns the HTTP date so many seconds from now.
fn http_date(seconds: u64) -> String {
    let ahead = SignedDuration::try_from(Duration::from_secs(seconds)).unwrap_or_default();
    let then = crate::time::now().checked_add(ahead).unwrap_or_default();
    then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
