//! What carries a request to a service and its answer back: the network, or what a test puts in its place.

use std::time::Duration;

use reqwest::header::HeaderMap;

use super::{Delivery, Effect, Problem, Request};

/// Carries one request, and brings back its whole answer.
pub trait Wire: Send + Sync {
    /// Sends a request once.
    ///
    /// # Errors
    ///
    /// When no answer begins; the fault says whether the service may have heard of the request all the same.
    fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Answer, Fault>;
}

/// A request as it leaves: with the headers and the credential that the transport adds.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The request.
    pub request: &'a Request,
    /// All its headers, but those that only the network needs.
    pub headers: HeaderMap,
    /// How long it may take.
    pub limit: Duration,
}

/// An answer as it came from the wire.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or why it is not whole.
    pub body: Result<Vec<u8>, Fault>,
}

/// Why there is no usable answer, and what may have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong.
    pub problem: Problem,
    /// Whether the service may have carried the request out.
    pub delivery: Delivery,
}

impl Fault {
    /// Returns the fault of a request of which it is known what became of it.
    pub fn new(problem: Problem, delivery: Delivery) -> Self {
        Self { problem, delivery }
    }

    /// Returns the fault of something that was sent and whose outcome is not known.
    pub fn unanswered(effect: Effect, problem: Problem) -> Self {
        let delivery = match effect {
            // A read has no outcome.
            Effect::Read => Delivery::Refused,
            Effect::Write => Delivery::Unknown,
        };
        Self::new(problem, delivery)
    }
}
