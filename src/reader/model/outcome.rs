//! How a test ended.

use serde::{Deserialize, Serialize};

/// What a report says of a test's end, with what only that end has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it should.
    Passed,
    /// An expectation did not hold.
    Failed(Failure),
    /// Something else went wrong: an exception, a set-up, a time limit.
    Errored(Failure),
    /// It was not run, on purpose.
    Skipped {
        /// Why, where the report says so.
        reason: Option<String>,
    },
    /// It was begun and never ended.
    Incomplete,
}

impl Outcome {
    /// Returns the outcome without its details.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Passed => Verdict::Passed,
            Self::Failed(_) => Verdict::Failed,
            Self::Errored(_) => Verdict::Errored,
            Self::Skipped { .. } => Verdict::Skipped,
            Self::Incomplete => Verdict::Incomplete,
        }
    }

    /// Returns the failure, if any.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) | Self::Errored(failure) => Some(failure),
            Self::Passed | Self::Skipped { .. } | Self::Incomplete => None,
        }
    }
}

/// What went wrong, as the report tells it. Texts are already bounded by the reader.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind, usually an exception's class name.
    pub kind: Option<String>,
    /// The short message.
    pub message: Option<String>,
    /// The long text, usually a stack trace.
    pub details: Option<String>,
    /// Further failures of the same test, in the report's order.
    pub also: Vec<Failure>,
}

/// An [`Outcome`] without its details.
///
/// The order is from harmless to grave, so that the worst of several is their maximum: skipped, passed, incomplete, failed,
/// errored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// See [`Outcome::Skipped`].
    Skipped,
    /// See [`Outcome::Passed`].
    Passed,
    /// See [`Outcome::Incomplete`].
    Incomplete,
    /// See [`Outcome::Failed`].
    Failed,
    /// See [`Outcome::Errored`].
    Errored,
}

impl Verdict {
    /// Every verdict, in the order in which people read them.
    pub const ALL: [Self; 5] = [
        Self::Passed,
        Self::Failed,
        Self::Errored,
        Self::Skipped,
        Self::Incomplete,
    ];

    /// Returns the word used in settings, JSON and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Skipped => "skipped",
            Self::Incomplete => "incomplete",
        }
    }

    /// Returns whether somebody should look at the test.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Errored | Self::Incomplete)
    }
}
