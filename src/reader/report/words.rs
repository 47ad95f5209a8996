//! Words for the end of a test, in whatever attribute or element they stand.
//!
//! A word that nobody knows never counts as passed.

use std::collections::BTreeSet;

use super::error::Warnings;
use crate::model::Verdict;

/// How many words that nobody knows are told, each once.
const TOLD: usize = 20;

/// What a word says of the end of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing of how it ended, such as googletest's `run`.
    Nothing,
    /// How it ended.
    Ended(Verdict),
    /// Something that nobody knows.
    Unknown,
}

/// Returns the meaning of a word. Letter case, blanks, `-`, `_` and `.` make no difference.
pub(super) fn said(word: &str) -> Said {
    let is_negative = word.trim_start().starts_with('-');
    let word = plain(word);
    let may_be_number = word.is_empty() || !is_negative;
    let number = may_be_number && word.bytes().all(|byte| byte.is_ascii_digit());
    match word.as_str() {
        _ if number => Said::Nothing,
        "run" | "completed" | "executed" | "done" | "warning" => Said::Nothing,
        _ => ended(&word).map_or(Said::Unknown, Said::Ended),
    }
}

/// Returns the end that a plain word means.
fn ended(word: &str) -> Option<Verdict> {
    Some(match word {
        "passed" | "pass" | "passing" | "passes" | "success" | "succeeded" | "successful" | "ok" => Verdict::Passed,
        "skipped" | "skip" | "skips" | "notrun" | "notexecuted" | "norun" | "disabled"
        | "ignored" | "ignore" | "pending" | "suppressed" | "untested" | "todo" | "inactive"
        | "excluded" | "deselected" | "filtered" | "notapplicable" | "n/a" | "notselected"
        | "inconclusive" | "xfail" | "xfailed" | "expectedfailure" | "expectedfail"
        | "knownfailure" | "knownissue" | "assumptionfailed" | "assumptionfailure"
        | "assumptionviolated" | "dryrun"
        // `QtTest`, of tests that it is told to ignore.
        | "bpass" | "bfail" | "bxpass" | "bxfail" | "bskip" => Verdict::Skipped,
        "failed" | "fail" | "fails" | "failure" | "failing" | "notpassed" | "nopass" | "failures" | "timedout" | "timeout" | "ko"
        | "nok" | "notok" | "unsuccessful" | "unexpected" | "regression" | "rejected"
        | "mismatch" | "xpass" | "xpassed" | "unexpectedpass" | "unexpectedsuccess"
        | "unexpectedlypassed" | "softfailed" | "assertionfailure" | "assertionfailed"
        | "assertionerror" | "undefined" | "ambiguous" | "unstable" => Verdict::Failed,
        "error" | "errored" | "errors" | "broken" | "panicked" | "panic" | "crashed" | "crash"
        | "exception" | "fatal" | "fatalerror" | "internalerror" | "systemerror" | "testerror"
        | "setupfailed" | "setuperror" | "setupfailure" | "teardownfailed" | "teardownerror"
        | "teardownfailure" | "hookfailed" | "hookerror" | "cleanuperror" | "cleanupfailed"
        | "invalid" | "notrunnable" | "disconnected" | "throwable" | "segfault" => Verdict::Errored,
        "incomplete" | "unfinished" | "aborted" | "abort" | "cancelled" | "canceled" | "cancel"
        | "interrupted" | "inprogress" | "running" | "started" | "stopped" | "terminated"
        | "killed" | "hung" | "lost" | "partial" | "blocked" | "unknown" | "queued" | "paused"
        | "notcompleted" | "notfinished" | "notstarted" => Verdict::Incomplete,
        _ => return None,
    })
}

/// Returns the end that the value of a property tells; nothing where it passed, or where people use the word of other things than tests.
pub(super) fn told_by_property(value: &str) -> Option<Verdict> {
    let word = plain(value);
    ended(&word).filter(|verdict| *verdict != Verdict::Passed && !is_of_things(&word))
}

/// Returns whether people use a plain word of other things than tests.
pub(super) fn is_of_things(word: &str) -> bool {
    matches!(
        word,
        "running"
            | "started"
            | "stopped"
            | "paused"
            | "queued"
            | "lost"
            | "partial"
            | "unknown"
            | "inactive"
            | "disconnected"
            | "invalid"
            | "inprogress"
            | "terminated"
            | "filtered"
            | "excluded"
            | "unstable"
    )
}

/// Returns a word in small letters, without what parts its pieces.
pub(super) fn plain(word: &str) -> String {
    let parts = |c: &char| !(c.is_whitespace() || matches!(c, '-' | '_' | '.'));
    word.chars()
        .filter(parts)
        .take(60)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// The words of a report that nobody knows: each is told once.
#[derive(Debug, Default)]
pub(super) struct UnknownWords(BTreeSet<String>);

impl UnknownWords {
    /// Takes a word, and says what the tests that have it count as.
    pub(super) fn note(&mut self, line: u64, what: &str, word: &str, warnings: &mut Warnings) {
        let word: String = word.trim().chars().take(60).collect();
        let message =
            format!("the {what} `{word}` is not known: tests that have it count as incomplete");
        self.tell(line, message, warnings);
    }

    /// Takes the word of a runner that the report does not follow.
    pub(super) fn doubt(&mut self, line: u64, word: &str, warnings: &mut Warnings) {
        let word: String = word.trim().chars().take(60).collect();
        let message = format!(
            "tests that the report calls passed were `{word}` to the runner: they count as passed"
        );
        self.tell(line, message, warnings);
    }

    /// Takes a property that says how tests ended, of which nothing else says that they did not pass.
    pub(super) fn property(
        &mut self,
        line: u64,
        (name, word): (&str, &str),
        verdict: Verdict,
        warnings: &mut Warnings,
    ) {
        let word: String = word.chars().take(60).collect();
        let message = format!(
            "nothing but `{name}` says that tests are `{word}`: they count as {}",
            verdict.word()
        );
        self.tell(line, message, warnings);
    }

    fn tell(&mut self, line: u64, message: String, warnings: &mut Warnings) {
        if self.0.len() < TOLD && self.0.insert(message.clone()) {
            warnings.add(Some(line), message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_are_known_to_be_harmless_are() {
        for word in [
            "",
            " ",
            "run",
            "Completed",
            "executed",
            "done",
            "WARNING",
            "42",
        ] {
            assert_eq!(said(word), Said::Nothing, "{word}");
        }
        for word in ["ok", "SUCCESS", "successful", "Passed", "pass"] {
            assert_eq!(said(word), Said::Ended(Verdict::Passed), "{word}");
        }
        for word in ["Timed Out", "timed-out", "TIMED_OUT", "not ok", "KO"] {
            assert_eq!(said(word), Said::Ended(Verdict::Failed), "{word}");
        }
        for word in ["Not_Executed", "notrun", "NOT RUN", "x-fail"] {
            assert_eq!(said(word), Said::Ended(Verdict::Skipped), "{word}");
        }
        for word in [
            "wobbled",
            "gesprungen",
            "passed?",
            "true",
            "false",
            "quarantined",
            "-1",
        ] {
            assert_eq!(said(word), Said::Unknown, "{word}");
        }
    }
}
