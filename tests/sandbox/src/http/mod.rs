//! HTTP/1.1 as the stand-ins speak it: requests read from a socket, responses written to one.
//!
//! Knows bytes and nothing of services, faults or logs.

mod read;
mod request;
mod response;

pub use request::{Head, Request};
pub use response::Response;

pub(crate) use read::{read_body, read_head};
pub(crate) use request::pairs;
pub(crate) use response::OutputOptions;
