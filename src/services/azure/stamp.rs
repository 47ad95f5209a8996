//! How a run says which submission it is.
//!
//! The key stands in the run's comment, and as a tag beside it. Whether a list of runs shows comments and tags is not documented
//! for every version, so a run of our name that shows neither is asked for by itself.

use super::Shard;
use super::text::{COMMENT_LIMIT, cut};
use super::wire::{Run, Tag};
use crate::plan::SubmissionKey;

/// Marks a run whose attachments did not all arrive.
const UNATTACHED: &str = "(attachments are missing)";

/// Returns the comment of a run: what people want to say, then the key.
pub(super) fn comment(
    text: Option<&str>,
    key: &SubmissionKey,
    attachments_missing: bool,
) -> String {
    let mark = if attachments_missing {
        format!("{key} {UNATTACHED}")
    } else {
        key.to_string()
    };
    match text {
        Some(text) if !text.is_empty() => {
            format!("{}\n{mark}", cut(text, COMMENT_LIMIT - mark.len() - 1))
        }
        Some(_) | None => mark,
    }
}

/// Returns the key that a run's comment carries.
pub(super) fn key_of(run: &Run) -> Option<SubmissionKey> {
    let words = run.comment.as_deref()?.split_whitespace();
    words.rev().find_map(SubmissionKey::read)
}

/// Azure: a tag is alphanumeric and shorter than 30 characters (docs: Runs – Create).
pub(super) fn tag(key: &SubmissionKey) -> Tag {
    Tag {
        name: key.as_str().replace("handin-", "hi"),
    }
}

/// Returns the name of the file by which a shard says that it has handed in its part.
pub(super) fn shard_mark(shard: Shard) -> String {
    format!("handin-shard-{}-of-{}.txt", shard.index, shard.count)
}

/// What a run in a list says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// It is the submission's.
    Yes,
    /// It is not.
    No,
    /// The list does not show what would tell.
    Untold,
}

/// Tells whether a run carries a key.
pub(super) fn matches(run: &Run, key: &SubmissionKey) -> Match {
    let in_comment = run
        .comment
        .as_deref()
        .map(|comment| comment.contains(key.as_str()));
    let in_tags = run.tags.as_deref().map(|tags| tags.contains(&tag(key)));
    match (in_comment, in_tags) {
        (Some(true), _) | (_, Some(true)) => Match::Yes,
        // A comment that is shown settles it. Empty tags alone do not: some answers show them empty.
        (Some(false), _) => Match::No,
        (None, _) => Match::Untold,
    }
}

/// Tells whether the run says that attachments are missing.
pub(super) fn lacks_attachments(run: &Run) -> bool {
    run.comment
        .as_deref()
        .is_some_and(|comment| comment.contains(UNATTACHED))
}
