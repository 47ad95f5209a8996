//! What looks on at every exchange.

use super::{Answer, Fault, Request};

/// Looks on at every exchange: what was asked, and what came back. It sees answers as they came, with whatever is secret in them.
pub trait Witness: Send + Sync {
    /// Sees one exchange; a request that is sent again is another.
    fn saw(&self, request: &Request, answer: Result<&Answer, &Fault>);
}
