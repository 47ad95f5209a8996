//! What an error of the HTTP library means.
//!
//! Observed with reqwest 0.13: only a failed connection proves that nothing was sent. "Closed before reading" and "closed after
//! the work was done" cannot be told apart; a body that breaks off is a decoding error.

use std::error::Error;

use super::wire::Fault;
use super::{Delivery, Effect, Problem};

/// Sorts an error that came before the head of an answer.
pub(super) fn of_request(effect: Effect, error: reqwest::Error) -> Fault {
    // The text of the error holds the whole address, with its query.
    let error = error.without_url();
    let cause = cause(&error);
    if error.is_builder() {
        return Fault::new(Problem::Setup(cause), Delivery::NotSent);
    }
    if error.is_connect() {
        return Fault::new(connection(&error, cause), Delivery::NotSent);
    }
    let problem = if error.is_timeout() {
        Problem::TimedOut
    } else {
        Problem::Cut(cause)
    };
    Fault::unanswered(effect, problem)
}

/// Sorts an error that came while the body of an answer was read.
pub(super) fn of_body(effect: Effect, error: &std::io::Error) -> Fault {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    let timed_out = error.kind() == std::io::ErrorKind::TimedOut
        || inner.is_some_and(reqwest::Error::is_timeout);
    let problem = if timed_out {
        Problem::TimedOut
    } else {
        Problem::Cut(inner.map_or_else(|| error.to_string(), |inner| cause(inner)))
    };
    Fault::unanswered(effect, problem)
}

fn connection(error: &reqwest::Error, cause: String) -> Problem {
    match tls_error(error) {
        Some(rustls::Error::InvalidCertificate(_)) => Problem::Certificate(cause),
        Some(_) => Problem::Setup(format!(
            "no encrypted connection came about: {cause}; is it an https address, and the right port?"
        )),
        // Observed with hyper-util 0.1: a proxy's refusal has no type of its own.
        None if cause.contains("tunnel error") => Problem::Proxy(cause),
        None => Problem::Connect(cause),
    }
}

/// Finds the cause in the encryption: an input-output error hides what it wraps from the chain of causes, at times twice.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    match wrapped {
        Some(inner) => tls_error(inner),
        None => tls_error(error.source()?),
    }
}

/// Returns the innermost causes of an error: the outer layers only say that something went wrong.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        let text = error.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = error.source();
    }
    let skip = texts.len().saturating_sub(2);
    match texts.get(skip..) {
        None | Some([]) => error.to_string(),
        Some(last) => last.join(": "),
    }
}
