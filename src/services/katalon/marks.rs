//! The names by which what was handed in is found again: the batch, and the session that results carry.
//!
//! A batch is a mark without its attempt: the same reports of the same build are the same batch, whichever attempt hands them in.
//! Batches can be asked for by their whole name only.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::parts::Form;
use super::target::KatalonTarget;
use super::wire::Id;
use crate::plan::{Attempt, Identity, Mark, SubmissionPlan};

/// Returns the mark of a submission at a project, told by its id.
pub(super) fn mark(identity: &Identity, project: &Id) -> Mark {
    let mut mark = identity.mark(&[&project.0]);
    mark.attempt = Attempt::Untold;
    mark
}

/// Returns the batch of a part of a submission.
pub(super) fn batch(mark: &Mark, form: Form) -> String {
    mark.of_item(form.word()).to_string()
}

/// Returns the batch that handin 0.1.0 gave a part: shards shared a key, so it told their reports apart.
pub(super) fn former_batch(plan: &SubmissionPlan, reports: &[usize], form: Form) -> String {
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
    format!("{}-{}{form}", plan.key, hex(&hasher.finalize(), 4))
}

/// Returns the session by which an execution shows that it is of this batch.
pub(super) fn session(target: &KatalonTarget, batch: &str) -> String {
    let given = target.session.clone();
    given.unwrap_or_else(|| uuid(&[batch, "session"]))
}

/// Returns the UUID (version 8, RFC 9562) made of these texts.
pub(super) fn uuid(parts: &[&str]) -> String {
    let mut bits = [0_u8; 16];
    for (bit, byte) in bits.iter_mut().zip(digest(parts)) {
        *bit = byte;
    }
    let number = u128::from_be_bytes(bits);
    let number = number & !(0xf << 76) & !(0b11 << 62) | (8 << 76) | (0b10 << 62);
    let hex = format!("{number:032x}");
    let mut text = String::with_capacity(36);
    for (place, digit) in hex.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// Returns hexadecimal digits that stand for these texts.
pub(super) fn digits(parts: &[&str]) -> String {
    hex(&digest(parts), 8)
}

fn digest(parts: &[&str]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_vec()
}

fn hex(bytes: &[u8], count: usize) -> String {
    let mut text = String::with_capacity(count * 2);
    for byte in bytes.iter().take(count) {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
