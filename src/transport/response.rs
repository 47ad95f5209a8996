//! What a service answered.

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::{Delivery, Effect, Problem, TransportError};

/// What all pages of a list may hold together, in bytes.
const LONGEST_LIST: usize = 256 * 1024 * 1024;

/// What the entries of a list may take in memory together, beside their texts: short ones take more than they are long.
const MOST_KEPT: usize = 128 * 1024 * 1024;

/// How much the pages of a list hold so far: a list without an end is refused before it fills the memory.
#[derive(Debug, Default)]
pub struct ListSize {
    answers: usize,
    kept: usize,
}

impl ListSize {
    /// Reads a page and counts it, with the entries that it has.
    ///
    /// # Errors
    ///
    /// When the list is longer than any honest one, or the page is none.
    pub fn read<P: DeserializeOwned, T>(
        &mut self,
        page: &Response,
        entries: impl Fn(&P) -> &[T],
    ) -> Result<P, TransportError> {
        self.answers = self.answers.saturating_add(page.body.len());
        within(page, self.answers, LONGEST_LIST)?;
        let read: P = page.json()?;
        self.kept = self.kept.saturating_add(size_of_val(entries(&read)));
        within(page, self.kept, MOST_KEPT)?;
        Ok(read)
    }
}

fn within(page: &Response, size: usize, most: usize) -> Result<(), TransportError> {
    if size <= most {
        return Ok(());
    }
    let mebibytes = most >> 20;
    Err(page.unusable(Problem::Shape(format!(
        "the pages of the list hold more than {mebibytes} MiB together"
    ))))
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
