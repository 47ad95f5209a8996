//! The one door to the network.
//!
//! A [`Request`] says what it is for and whether it writes; the transport adds the credential, demands JSON, follows no
//! redirect, waits when a service asks to, repeats what may be repeated, and sorts every failure by what may have happened
//! ([`Delivery`]). It knows no service.

mod error;
mod request;
mod response;

pub use error::{Delivery, Problem, TransportError};
pub use request::{Body, Effect, Expect, Opener, Repeat, Request};
pub use reqwest::Method;
pub use response::Response;
