//! What a service answered.

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::{Delivery, Effect, Problem, TransportError};

/// What all pages of a list may hold together, in bytes.
const LONGEST_LIST: usize = 512 * 1024 * 1024;

/// How much the pages of a list hold so far: a list without an end is refused before it fills the memory.
#[derive(Debug, Default)]
pub struct ListSize(usize);

impl ListSize {
    /// Counts a page.
    ///
    /// # Errors
    ///
    /// When the list is longer than any honest one.
    pub fn add(&mut self, page: &Response) -> Result<(), TransportError> {
        self.0 = self.0.saturating_add(page.body.len());
        if self.0 <= LONGEST_LIST {
            return Ok(());
        }
        let mebibytes = LONGEST_LIST >> 20;
        Err(page.unusable(Problem::Shape(format!(
            "the pages of the list hold more than {mebibytes} MiB together"
        ))))
    }
}

/// A whole answer with a good status.
#[derive(Debug, Clone)]
pub struct Response {
    pub(super) purpose: String,
    pub(super) request: String,
    pub(super) effect: Effect,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decoded.
    pub body: Vec<u8>,
}

impl Response {
    /// Returns a header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the error for an answer that says no, although its status is good: nothing was done.
    pub fn refused(&self, problem: Problem) -> TransportError {
        TransportError {
            purpose: self.purpose.clone(),
            request: self.request.clone(),
            delivery: Delivery::Refused,
            problem,
            trace: None,
            credential: None,
        }
    }

    /// Returns the error for an answer that cannot be used: for a write, what came of it is not known.
    pub fn unusable(&self, problem: Problem) -> TransportError {
        let delivery = match self.effect {
            Effect::Read => Delivery::Refused,
            Effect::Write => Delivery::Unknown,
        };
        TransportError {
            delivery,
            ..self.refused(problem)
        }
    }

    /// Reads the body as JSON of the expected shape.
    ///
    /// # Errors
    ///
    /// When it is of another shape. For a write that means [`Delivery::Unknown`]: it was done, and what came of it is not known.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, TransportError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| self.unusable(Problem::Shape(error.to_string())))
    }
}
