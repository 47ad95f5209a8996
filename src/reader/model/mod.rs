//! What a report says, in words that belong to no file format and to no service.
//!
//! Pure data. Readers produce it, services consume it, and neither knows the other. The word *test run* is avoided on purpose:
//! in Azure a run holds many results, in qTest it is one scheduled case.

mod address;
mod browser;
mod case;
mod key;
mod moment;
mod outcome;
mod roots;
mod service;
mod tally;

pub use case::{Attachment, Attempt, Property, StepVerdict, TestCase, TestStep, TestSuite};
pub use key::{KnownClass, TestKey};
pub use moment::Moment;
pub use outcome::{Failure, Outcome, Verdict};
pub use roots::Roots;
pub use service::{CaseIds, ServiceName};
pub use tally::Tally;
