//! What trouble does to the pipeline, setting by setting.

use super::choice::Reaction;

/// The settings `[policy]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// No report was found. Default: fail.
    pub on_no_reports: Reaction,
    /// The reports hold no test. Default: fail.
    pub on_empty: Reaction,
    /// A report cannot be read. Default: fail.
    pub on_unreadable: Reaction,
    /// A test has no case. Default: warn.
    pub on_unmapped: Reaction,
    /// Several places could take a result. Default: fail.
    pub on_ambiguous: Reaction,
    /// A mapped case does not exist, or is not a test case. Default: fail.
    pub on_missing_case: Reaction,
    /// A mapped case is not where results go. Default: fail.
    pub on_missing_point: Reaction,
    /// A report is older than the build. Default: warn.
    pub on_stale: Reaction,
    /// No token was found. Default: fail.
    pub on_no_credential: Reaction,
    /// The upload of an attachment failed. Default: fail.
    pub on_upload_error: Reaction,
}
