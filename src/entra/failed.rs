//! Why a step got no token.

use crate::transport::{Delivery, NoCredential, Problem, TransportError};

/// Why a step got no token.
#[derive(Debug)]
pub(super) enum Failed {
    /// It is not set up here: another may be.
    NotHere(String),
    /// It is, and was refused, or could not be asked.
    Ended(Box<TransportError>),
}

impl From<TransportError> for Failed {
    fn from(error: TransportError) -> Self {
        Self::Ended(Box::new(error))
    }
}

/// Returns the error of a sign-in that came to nothing, before anything was sent to the service.
pub(super) fn none(
    purpose: &str,
    request: &str,
    message: impl Into<String>,
    hint: Option<String>,
) -> TransportError {
    TransportError {
        purpose: purpose.to_owned(),
        request: request.to_owned(),
        delivery: Delivery::NotSent,
        problem: Problem::Credential(Box::new(NoCredential {
            message: message.into(),
            hint,
        })),
        trace: None,
        credential: None,
    }
}

/// Returns the error of a request for a token as one of the sign-in: nothing was sent to the service itself. That the time is over, or
/// that somebody wishes to stop, stays what it is.
pub(super) fn of_request(
    error: TransportError,
    advice: impl FnOnce(&str) -> Option<String>,
) -> TransportError {
    if matches!(error.problem, Problem::Interrupted | Problem::Deadline) {
        return TransportError {
            delivery: Delivery::NotSent,
            ..error
        };
    }
    let (said, hint) = match &error.problem {
        Problem::Status {
            status, message, ..
        } => {
            let said = first_sentence(message);
            let hint = advice(&said);
            (format!("it was refused (HTTP {status}): {said}"), hint)
        }
        Problem::Connect(_) | Problem::TimedOut | Problem::Cut(_) => (
            error.problem.to_string(),
            Some(
                "check that this machine may reach it, and `HTTPS_PROXY` behind a proxy".to_owned(),
            ),
        ),
        other @ (Problem::Certificate(_)
        | Problem::Proxy(_)
        | Problem::SignIn
        | Problem::NotJson { .. }
        | Problem::Shape(_)
        | Problem::Deadline
        | Problem::Interrupted
        | Problem::ReadOnly
        | Problem::Credential(_)
        | Problem::Setup(_)) => (other.to_string(), None),
    };
    none(&error.purpose, &error.request, said, hint)
}

/// Entra: behind the sentence stand numbers for its own support, on lines of their own or not.
fn first_sentence(message: &str) -> String {
    let end = ["\r", "\n", " Trace ID:", " Correlation ID:"]
        .iter()
        .filter_map(|mark| message.find(mark))
        .min();
    let text = end.and_then(|end| message.get(..end)).unwrap_or(message);
    text.trim().to_owned()
}
