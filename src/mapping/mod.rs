//! Which case on the service a test is.
//!
//! Knows tests and the rules that people wrote; knows no service and no file format.

mod case;

pub use case::{CaseId, CaseSource, MappedCase};
