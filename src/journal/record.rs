//! One line of the journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plan::SubmissionKey;

/// The name under which the journal has an attempt of `--again`: intended when it begins, done when it is whole. It is no write to a
/// service, and leaves nothing there.
pub const ATTEMPT: &str = "submit.again";

/// Whether a write is about to happen or has been acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The request is about to leave.
    Intend,
    /// The service acknowledged it.
    Done,
    /// The service refused it, or it never left: nothing was written.
    Void,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the format.
    pub v: u32,
    /// When, in UTC.
    pub at: Timestamp,
    /// The submission.
    pub key: SubmissionKey,
    /// The write, such as `azure.create_run` or `azure.results[500..1000]`: unique within its submission.
    pub write: String,
    /// How far it is.
    pub stage: Stage,
    /// What is needed to resume: ids, never texts from reports, never secrets.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}
