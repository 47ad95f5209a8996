//! What an answer means: decisions about values, without a socket.

use std::time::SystemTime;

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use serde_json::Value;
use url::Url;

use super::rate_limit::retry_after;
use super::redact::{Redactor, bare, is_json};
use super::wire::{Answer, Fault};
use super::{Delivery, Effect, Expect, Problem, Request};

/// Decides whether an answer is a good one, and returns its body.
pub(super) fn classify(
    request: &Request,
    answer: Answer,
    redactor: &Redactor,
    now: SystemTime,
) -> Result<Vec<u8>, Fault> {
    match answer.status {
        203 if request.expect == Expect::Json => Err(non_authoritative(request, &answer)),
        200..=299 => good(request, answer),
        300..=399 => Err(redirected(request, &answer)),
        407 => Err(Fault::new(
            Problem::Proxy("it asks for a user and a password (HTTP 407)".to_owned()),
            Delivery::NotSent,
        )),
        status => {
            let redactor = redactor.with(request);
            let delivery = of_status(status, request.effect);
            Err(Fault::new(refusal(&answer, &redactor, now), delivery))
        }
    }
}

/// Returns what an error status proves about the work.
fn of_status(status: u16, effect: Effect) -> Delivery {
    match status {
        // The service gave up, or broke, perhaps after the work was done.
        408 | 500.. => unknown(effect),
        _ => Delivery::Refused,
    }
}

/// Returns the delivery of something whose outcome is unknown: a read has none.
fn unknown(effect: Effect) -> Delivery {
    match effect {
        Effect::Read => Delivery::Refused,
        Effect::Write => Delivery::Unknown,
    }
}

/// Azure: a refused token may be answered with 203 and a page to sign in, in any language; nothing was done then. What else comes
/// with this status was altered on its way by something between here and the service, which may well have done the work.
fn non_authoritative(request: &Request, answer: &Answer) -> Fault {
    let is_page = content_type(&answer.headers).starts_with("text/html") && answer.body.is_ok();
    match request.effect {
        Effect::Write if !is_page => {
            let problem = Problem::Status {
                status: answer.status,
                message: "the answer was altered on its way".to_owned(),
                code: None,
                retry_after: None,
            };
            Fault::unanswered(request.effect, problem)
        }
        Effect::Read | Effect::Write => sign_in(),
    }
}

fn sign_in() -> Fault {
    Fault::new(Problem::SignIn, Delivery::Refused)
}

fn good(request: &Request, answer: Answer) -> Result<Vec<u8>, Fault> {
    let content_type = content_type(&answer.headers);
    let body = answer.body?;
    if request.expect == Expect::Anything || holds_json(&content_type, &body) {
        return match request.complaint.and_then(|read| read(&body)) {
            Some(problem) => Err(complained(request.effect, problem)),
            None => Ok(body),
        };
    }
    let problem = if is_sign_in_page(&body) {
        Problem::SignIn
    } else {
        Problem::NotJson {
            status: answer.status,
            content_type,
        }
    };
    Err(Fault::unanswered(request.effect, problem))
}

fn complained(effect: Effect, problem: Problem) -> Fault {
    let delivery = if let Problem::Status { status, .. } = &problem {
        of_status(*status, effect)
    } else {
        Delivery::Refused
    };
    Fault::new(problem, delivery)
}

fn holds_json(content_type: &str, body: &[u8]) -> bool {
    is_json(content_type)
        || (content_type.is_empty() && matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')))
}

fn is_sign_in_page(body: &[u8]) -> bool {
    const BEGINNING: usize = 64 * 1024;
    let beginning = body.get(..BEGINNING).unwrap_or(body);
    let page = String::from_utf8_lossy(beginning).to_ascii_lowercase();
    page.contains("<html")
        && [
            "sign in",
            "signin",
            "sign-in",
            "log in",
            "login",
            "type=\"password\"",
        ]
        .iter()
        .any(|words| page.contains(words))
}

fn redirected(request: &Request, answer: &Answer) -> Fault {
    let location = answer.headers.get(LOCATION).and_then(|v| v.to_str().ok());
    let target = location.and_then(|text| request.url.join(text).ok());
    if target.as_ref().is_some_and(is_sign_in_address) {
        return sign_in();
    }
    let message = match target {
        Some(target) => format!("it redirects to `{}`, which is not followed", bare(&target)),
        None => "it redirects nowhere".to_owned(),
    };
    let delivery = match answer.status {
        // "Found" and "See Other" may follow a write that was done.
        302 | 303 => unknown(request.effect),
        _ => Delivery::Refused,
    };
    let problem = Problem::Status {
        status: answer.status,
        message,
        code: None,
        retry_after: None,
    };
    Fault::new(problem, delivery)
}

fn is_sign_in_address(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let path = url.path().to_ascii_lowercase();
    let words = [
        "signin",
        "sign-in",
        "sign_in",
        "login",
        "logon",
        "oauth",
        "authorize",
        "saml",
        "sso",
    ];
    host.starts_with("login.")
        || host.starts_with("sso.")
        || words.iter().any(|word| path.contains(word))
}

fn refusal(answer: &Answer, redactor: &Redactor, now: SystemTime) -> Problem {
    let body = answer.body.as_deref().unwrap_or_default();
    let (message, code) = said(&content_type(&answer.headers), body);
    Problem::Status {
        status: answer.status,
        message: redactor.line(&message),
        code: code.map(|code| redactor.line(&code)),
        retry_after: retry_after(&answer.headers, now),
    }
}

/// Reads what a service says of an error: its message, and its own name for it.
fn said(content_type: &str, body: &[u8]) -> (String, Option<String>) {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let code = ["typeKey", "code", "errorCode", "error"]
            .iter()
            .find_map(|name| value.get(name)?.as_str());
        let message = message_in(&value).or(code).unwrap_or_default();
        return (message.to_owned(), code.map(ToOwned::to_owned));
    }
    if content_type.starts_with("text/html") {
        return (title(body), None);
    }
    (String::from_utf8_lossy(body).into_owned(), None)
}

fn message_in(value: &Value) -> Option<&str> {
    if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
        return Some(text);
    }
    if let Some(first) = value.as_array().and_then(|values| values.first()) {
        return message_in(first);
    }
    [
        "message",
        "error_description",
        "errorMessage",
        "detail",
        "error",
        "errors",
        "title",
    ]
    .iter()
    .find_map(|name| message_in(value.get(name)?))
}

fn title(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let title = page
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    title.map_or_else(
        || "a page for people came instead of an answer".to_owned(),
        |(title, _)| format!("a page named “{}”", title.trim()),
    )
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    value.unwrap_or_default().to_owned()
}
