//! The name under which the files of one execution go in: the only thing by which it is found again.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::parts::Form;
use crate::plan::SubmissionPlan;

/// Returns what sets a part of a submission apart: its reports and its form.
///
/// Shards share a submission key; each has reports of its own, and so is an execution of its own.
pub(super) fn suffix(plan: &SubmissionPlan, reports: &[usize], form: Form) -> String {
    let mut digests: Vec<_> = reports
        .iter()
        .filter_map(|index| plan.reports.get(*index))
        .map(|report| report.digest)
        .collect();
    digests.sort_unstable();
    digests.dedup();
    let mut hasher = Sha256::new();
    for digest in digests {
        hasher.update(digest.0);
    }
    let form = match form {
        Form::Folders => "-folders",
        Form::Results => "",
    };
    format!("{}{form}", hex(&hasher.finalize(), 4))
}

/// Returns the batch of a part.
pub(super) fn name(plan: &SubmissionPlan, suffix: &str) -> String {
    format!("{}-{suffix}", plan.key)
}

/// Returns the first bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8], count: usize) -> String {
    let mut text = String::with_capacity(count * 2);
    for byte in bytes.iter().take(count) {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
