//! Which case on the service a test is.
//!
//! Knows tests and the rules that people wrote; knows no service's interface and no file format.

mod case;
mod map;
mod nearest;
mod pattern;
mod rules;
pub mod suggest;
#[cfg(test)]
mod tests;
mod titles;

pub use case::{CaseId, CaseSource, InvalidCaseId, MappedCase};
pub use map::{CaseMap, Ignored};
pub use nearest::nearest;
pub use pattern::{CasePattern, PatternError, Tolerance};
pub use rules::{CaseRules, ExplicitMapping, ServiceRules};
pub use titles::TitleIndex;
