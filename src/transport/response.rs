//! What a service answered.

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::{Delivery, Effect, Problem, TransportError};

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

    /// Reads the body as JSON of the expected shape.
    ///
    /// # Errors
    ///
    /// When it is of another shape. For a write that means [`Delivery::Unknown`]: it was done, and what came of it is not known.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, TransportError> {
        serde_json::from_slice(&self.body).map_err(|error| TransportError {
            purpose: self.purpose.clone(),
            request: self.request.clone(),
            delivery: match self.effect {
                Effect::Read => Delivery::Refused,
                Effect::Write => Delivery::Unknown,
            },
            problem: Problem::Shape(error.to_string()),
            trace: None,
        })
    }
}
