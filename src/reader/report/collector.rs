//! Where every reader hands its tests over, and what they add up to.

use std::sync::Arc;
use std::time::Duration;

use super::attempts::Digests;
use super::draft::Draft;
use super::error::Warnings;
use super::words::{self, Said, UnknownWords};
use super::{Format, LateProperties, Summary};
use crate::model::{Moment, Tally, TestCase, TestSuite, Verdict};

/// Takes the tests of one report.
pub(super) struct Collector<'v> {
    visit: &'v mut dyn FnMut(&mut TestCase),
    /// What the report is called.
    pub(super) name: Option<String>,
    /// How many groups of tests it has.
    pub(super) suites: u64,
    /// What the whole says it took, for when no test says so.
    pub(super) whole: Option<Duration>,
    /// When the first of it began.
    pub(super) started: Option<Moment>,
    /// How many tests the report says it has.
    pub(super) declared: Option<u64>,
    /// How many of them it says passed.
    pub(super) declared_passed: Option<u64>,
    /// How many of them it says failed, in whatever way.
    pub(super) declared_failed: Option<u64>,
    /// What stands behind the tests that it is about.
    pub(super) late: LateProperties,
    /// What is odd.
    pub(super) warnings: Warnings,
    tally: Tally,
    attempts: u64,
    duration: Option<Duration>,
    unknown: UnknownWords,
    /// How many failures belong to no test.
    outside: u64,
}

impl<'v> Collector<'v> {
    pub(super) fn new(visit: &'v mut dyn FnMut(&mut TestCase)) -> Self {
        Self {
            visit,
            name: None,
            suites: 0,
            whole: None,
            started: None,
            declared: None,
            declared_passed: None,
            declared_failed: None,
            late: LateProperties::default(),
            warnings: Warnings::default(),
            tally: Tally::default(),
            attempts: 0,
            duration: None,
            unknown: UnknownWords::default(),
            outside: 0,
        }
    }

    /// Hands over a test that is complete.
    pub(super) fn test(&mut self, draft: Draft, suite: Arc<TestSuite>) {
        let mut case = draft.finish(suite);
        self.tally.count_case(&case);
        self.attempts += case.attempts();
        self.started = self.started.or(case.started);
        if let Some(duration) = case.duration {
            self.duration = Some(self.duration.unwrap_or_default().saturating_add(duration));
        }
        (self.visit)(&mut case);
    }

    /// Returns how many tests and failures outside of tests so far were bad.
    pub(super) fn bad(&self) -> u64 {
        self.tally.failed + self.tally.errored + self.tally.incomplete + self.outside
    }

    /// Returns how the tests so far ended.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Takes a word for an end that nobody knows: it never counts as passed. One warning a word.
    pub(super) fn unknown(&mut self, line: u64, what: &str, word: &str) -> Verdict {
        self.unknown.note(line, what, word, &mut self.warnings);
        Verdict::Incomplete
    }

    /// Takes the runner's own word for a test that the report calls passed: another end is told, one warning a word.
    pub(super) fn doubt(&mut self, line: u64, word: &str) {
        if matches!(words::said(word), Said::Ended(verdict) if verdict != Verdict::Passed) {
            self.unknown.doubt(line, word, &mut self.warnings);
        }
    }

    /// Takes a word for the end of a test, which the format itself does not know.
    pub(super) fn said(&mut self, line: u64, what: &str, word: &str) -> Verdict {
        match words::said(word) {
            Said::Ended(verdict) => verdict,
            Said::Nothing if !word.trim().is_empty() => Verdict::Passed,
            Said::Nothing | Said::Unknown => self.unknown(line, what, word),
        }
    }

    /// Takes a word that the format itself does not know: other words for an end count as what they mean, such as `FAILED` for `failed`.
    pub(super) fn foreign(&mut self, line: u64, what: &str, word: &str) -> Verdict {
        match words::said(word) {
            Said::Ended(verdict) => verdict,
            Said::Nothing | Said::Unknown => self.unknown(line, what, word),
        }
    }

    /// Takes a failure that belongs to no test. It changes no count, but must not go unseen.
    pub(super) fn outside(&mut self, line: Option<u64>, what: &str, message: &str) {
        self.outside += 1;
        let message: String = message.trim().chars().take(200).collect();
        let message = if message.is_empty() {
            String::from("it does not say why")
        } else {
            message
        };
        self.warnings
            .add(line, format!("{what}, which belongs to no test: {message}"));
    }

    /// Takes how many files stand inside the report itself: they cannot be handed in.
    pub(super) fn left_inside(&mut self, count: u64) {
        if count > 0 {
            let files = if count == 1 {
                "file stands"
            } else {
                "files stand"
            };
            let message =
                format!("{count} {files} inside the report itself and cannot be attached");
            self.warnings.add(None, message);
        }
    }

    /// Takes what a run says of itself: a failure that belongs to no test, in its own words.
    pub(super) fn outside_said(&mut self, message: &str) {
        self.outside += 1;
        self.warnings.add(None, message);
    }

    /// Takes the report's own word that the run failed: something must be seen of it.
    pub(super) fn says_failed(&mut self) {
        if self.bad() == 0 {
            let message = "the report says that the run failed, and none of its tests did: something outside of them went wrong";
            self.warnings.add(None, message);
        }
    }

    /// Warns where a number that the report gives differs from what was counted.
    pub(super) fn compare(&mut self, what: &str, declared: Option<u64>, counted: u64) {
        if let Some(declared) = declared.filter(|declared| *declared != counted) {
            let what = match declared {
                1 => what.strip_suffix('s').unwrap_or(what),
                _ => what,
            };
            let are = if counted == 1 { "is" } else { "are" };
            let message = format!(
                "the report's own counters are wrong: it says {declared} {what} where there {are} {counted}"
            );
            self.warnings.add(None, message);
        }
    }

    /// Ends with the document.
    pub(super) fn finish(mut self, format: Format) -> Summary {
        self.compare("tests", self.declared, self.tally.tests);
        let failed = self.tally.failed + self.tally.errored + self.tally.incomplete;
        self.compare("passed tests", self.declared_passed, self.tally.passed);
        self.compare("failed tests", self.declared_failed, failed);
        self.late.warn(&mut self.warnings);
        let empty = self.tally.tests == 0;
        if empty {
            self.warnings.add(None, "the report holds no test");
        }
        Summary {
            format,
            name: self.name,
            suites: self.suites,
            tally: self.tally,
            attempts: self.attempts,
            duration: if empty {
                Some(Duration::ZERO)
            } else {
                self.duration.or(self.whole)
            },
            started: self.started,
            late: self.late,
            warnings: self.warnings.finish(),
            digest: [0; 32],
            keys: Digests::default(),
        }
    }
}
