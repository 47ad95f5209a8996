//! What an element inside a test says: how the test ended, something that has nothing to do with that, or nobody knows what.

use crate::model::Verdict;
use crate::report::words::{self, Said};

/// What a result element says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ResultKind {
    #[default]
    Failure,
    Error,
    Skipped,
    /// `<aborted>`, `<blocked>`: the test was not run to its end.
    Incomplete,
    /// `PHPUnit`'s `<warning>`: its own counters know it beside failures and errors.
    Remark,
    /// A try that failed before another one passed, or after one failed.
    AttemptFailure,
    AttemptError,
}

/// What the names of elements begin with whose content is a try that was not the last.
const ATTEMPTS: [&str; 4] = ["flaky", "rerun", "retry", "retries"];
/// Pieces of the names of elements that say how a test ended, gravest first, and what they say.
const GRAVE: [(&str, ResultKind); 16] = [
    ("exception", ResultKind::Error),
    ("crash", ResultKind::Error),
    ("panic", ResultKind::Error),
    ("fatal", ResultKind::Error),
    ("error", ResultKind::Error),
    ("fail", ResultKind::Failure),
    ("timeout", ResultKind::Failure),
    ("timedout", ResultKind::Failure),
    ("abort", ResultKind::Incomplete),
    ("cancel", ResultKind::Incomplete),
    ("interrupt", ResultKind::Incomplete),
    ("terminat", ResultKind::Incomplete),
    ("incomplete", ResultKind::Incomplete),
    ("block", ResultKind::Incomplete),
    ("notexecuted", ResultKind::Skipped),
    ("skip", ResultKind::Skipped),
];
/// Pieces of the names of elements that say nothing of a test's end.
const HARMLESS: [&str; 40] = [
    "annotation",
    "argument",
    "artifact",
    "assert",
    "attach",
    "author",
    "benchmark",
    "browser",
    "categor",
    "comment",
    "component",
    "coverage",
    "description",
    "detail",
    "device",
    "duration",
    "extension",
    "feature",
    "hyperlink",
    "image",
    "issue",
    "iteration",
    "label",
    "location",
    "memory",
    "metadata",
    "method",
    "metric",
    "module",
    "output",
    "package",
    "param",
    "priority",
    "propert",
    "requirement",
    "screenshot",
    "severity",
    "trait",
    "version",
    "video",
];
/// What the names of elements end with that say nothing of a test's end.
const HARMLESS_ENDS: [&str; 44] = [
    "bug", "bugs", "case", "cases", "class", "cpu", "data", "date", "doc", "docs", "env", "epic",
    "err", "file", "files", "group", "groups", "host", "html", "id", "ids", "info", "jira", "key",
    "keys", "line", "link", "links", "log", "logs", "meta", "name", "note", "os", "out", "owner",
    "path", "step", "steps", "story", "summary", "tag", "tags", "text",
];
/// Further such names.
const HARMLESS_NAMES: [&str; 8] = [
    "custom", "end", "expected", "start", "time", "title", "url", "perf",
];

impl ResultKind {
    /// Returns what an element of this name says.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "failure" => Self::Failure,
            "error" => Self::Error,
            "warning" => Self::Remark,
            "skipped" | "skip" | "ignored" => Self::Skipped,
            "flakyFailure" | "rerunFailure" => Self::AttemptFailure,
            "flakyError" | "rerunError" => Self::AttemptError,
            _ => return Self::of_word(name),
        })
    }

    fn of_word(name: &str) -> Option<Self> {
        let word = words::plain(name);
        if word == "warning" || word == "warnings" {
            return Some(Self::Remark);
        }
        let rest = ATTEMPTS.iter().find_map(|begin| word.strip_prefix(begin));
        match (words::said(rest.unwrap_or(&word)), rest) {
            (Said::Ended(Verdict::Failed), Some(_)) => Some(Self::AttemptFailure),
            (Said::Ended(Verdict::Errored), Some(_)) => Some(Self::AttemptError),
            (Said::Ended(Verdict::Failed), None) => Some(Self::Failure),
            (Said::Ended(Verdict::Errored), None) => Some(Self::Error),
            (Said::Ended(Verdict::Skipped), None) => Some(Self::Skipped),
            (Said::Ended(Verdict::Incomplete), None) => Some(Self::Incomplete),
            (Said::Unknown, None) if !is_output(&word) => {
                let grave = GRAVE.iter().find(|(piece, _)| word.contains(piece));
                grave.map(|(_, kind)| *kind)
            }
            (Said::Ended(_) | Said::Nothing | Said::Unknown, _) => None,
        }
    }

    /// Returns what such a result means inside an element that holds tries which were not the last.
    pub(super) fn of_attempt(self) -> Self {
        match self {
            Self::Failure => Self::AttemptFailure,
            Self::Error => Self::AttemptError,
            Self::Skipped
            | Self::Incomplete
            | Self::Remark
            | Self::AttemptFailure
            | Self::AttemptError => self,
        }
    }
}

/// Returns whether an element holds tries that were not the last.
pub(super) fn holds_attempts(name: &str) -> bool {
    let word = words::plain(name);
    word.starts_with("attempt") || ATTEMPTS.iter().any(|begin| word.starts_with(begin))
}

/// Returns whether an element says nothing of how a test ended.
pub(super) fn is_harmless(name: &str) -> bool {
    let word = words::plain(name);
    words::said(&word) != Said::Unknown || holds_attempts(name) || speaks_of_things(&word)
}

/// Returns whether a plain name is that of something else than the end of a test.
pub(super) fn speaks_of_things(word: &str) -> bool {
    is_output(word)
        || HARMLESS_NAMES.contains(&word)
        || HARMLESS.iter().any(|piece| word.contains(piece))
        || HARMLESS_ENDS.iter().any(|end| word.ends_with(end))
}

/// Returns whether an element holds what a test wrote: its name may speak of errors all the same.
fn is_output(word: &str) -> bool {
    [
        "output",
        "log",
        "stderr",
        "systemerr",
        "errorcode",
        "errortype",
    ]
    .iter()
    .any(|end| word.ends_with(end))
}
