//! The report folder of Katalon Studio: what stands beside `JUnit_Report.xml`.
//!
//! The XML has the tests and their status, but no steps, no zone, no attempts and, before version 7, no times of the tests. The
//! execution log has them, `testCaseBinding` the rows of data-driven tests, `execution.properties` the profile. All of it is
//! optional, and all of it is read in step with the tests, so that a long run costs no memory. A folder is recognised by its
//! files, never by its name.

pub(super) mod aggregate;
mod binding;
mod environment;
pub(super) mod log;
mod record;
mod runs;

use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};

use binding::Bindings;
use log::{LoggedTest, Tests};

use super::error::Warnings;
use super::{Beside, Format, ReadError, Summary};
use crate::model::{Failure, Outcome, Property, TestCase, TestSuite, Verdict};

pub(super) use environment::properties;
pub use runs::{Bundle, bundles};

/// The name under which Katalon writes its reports.
pub(super) const REPORT: &str = "JUnit_Report.xml";
/// The name of the newest log.
pub(super) const LOG: &str = "execution0.log";
/// How many tests the log may be ahead of the report before the two are taken not to belong together.
const AHEAD: usize = 16;

/// What stands beside the report of one run.
pub(super) struct Companion {
    tests: Option<Tests<Box<dyn Read>>>,
    waiting: VecDeque<LoggedTest>,
    bindings: Option<Bindings>,
    matched: u64,
    unmatched: u64,
    /// How many tests the log says ended otherwise, and what it says of the first.
    contradicted: u64,
    contradiction: Option<(u64, String)>,
}

impl Companion {
    /// Looks beside a report; `None` where nothing helpful is there.
    pub(super) fn open(beside: &Beside) -> Option<Self> {
        let logs = logs(beside);
        let bindings = Bindings::open(beside);
        if logs.is_empty() && bindings.is_none() {
            return None;
        }
        Some(Self {
            tests: (!logs.is_empty()).then(|| Tests::of_files(beside, logs)),
            waiting: VecDeque::new(),
            bindings,
            matched: 0,
            unmatched: 0,
            contradicted: 0,
            contradiction: None,
        })
    }

    /// Adds to a test what is known of it beside the report.
    pub(super) fn complete(&mut self, case: &mut TestCase) {
        let id = case.class_name.as_deref().unwrap_or(&case.name).to_owned();
        if let Some(bindings) = &mut self.bindings {
            case.iteration = bindings.iteration(&id).or(case.iteration);
        }
        case.iteration = case.iteration.or_else(|| binding::suffix(&case.name));
        match self.logged(&id) {
            Some(logged) => {
                self.matched += 1;
                self.compare(&logged, case);
                logged.add_to(case);
            }
            None => self.unmatched += u64::from(self.tests.is_some()),
        }
    }

    /// Takes note of a test that the log says ended otherwise: whether it passed is what must not be in doubt.
    fn compare(&mut self, logged: &LoggedTest, case: &TestCase) {
        let (log, report) = (logged.verdict(), case.outcome.verdict());
        if let Some(log) = log.filter(|log| *log != report && !(log.is_bad() && report.is_bad())) {
            self.contradicted += 1;
            self.contradiction.get_or_insert_with(|| {
                let name: String = case.name.chars().take(100).collect();
                let told = format!(
                    "the execution log says {} of `{name}`, and the report {}",
                    log.word(),
                    report.word()
                );
                (case.line, told)
            });
        }
    }

    /// Adds a warning for each mismatch.
    pub(super) fn warn(&self, warnings: &mut Warnings) {
        if let Some((line, told)) = &self.contradiction {
            let others = match self.contradicted {
                1 => String::new(),
                more => format!("; they differ in {} more", more - 1),
            };
            warnings.add(Some(*line), format!("{told}{others}: the report counts"));
        }
        if self.unmatched > 0 {
            let all = self.matched + self.unmatched;
            warnings.add(
                None,
                format!(
                    "tests without steps in the execution log: {} of {all}",
                    self.unmatched
                ),
            );
        }
        if self.tests.as_ref().is_some_and(Tests::is_cut) {
            warnings.add(
                None,
                "the execution log ends early: the run was probably killed",
            );
        }
    }

    /// Returns the next logged test with this id.
    fn logged(&mut self, id: &str) -> Option<LoggedTest> {
        let tests = self.tests.as_mut()?;
        let mut at = self.waiting.iter().position(|test| test.id == id);
        while at.is_none() && self.waiting.len() < AHEAD {
            let Some(test) = tests.next() else {
                break;
            };
            at = (test.id == id).then_some(self.waiting.len());
            self.waiting.push_back(test);
        }
        self.waiting.drain(..at?);
        self.waiting.pop_front()
    }
}

/// Returns the execution logs of a folder, the oldest first: Katalon turns them over, and 0 is the newest.
fn logs(beside: &Beside) -> Vec<String> {
    let mut files: Vec<String> = (0..100)
        .map(|number| format!("execution{number}.log"))
        .take_while(|name| beside.has(name))
        .collect();
    files.reverse();
    files
}

/// Returns whether a folder has a Katalon log and no report: the run was killed, or its report was not kept.
pub(super) fn only_log(folder: &Path) -> Option<PathBuf> {
    let log = folder.join(LOG);
    let is_there = log.symlink_metadata().is_ok_and(|log| log.is_file());
    (is_there && !folder.join(REPORT).exists()).then_some(log)
}

/// Returns the outcome that a verdict and a message make.
fn outcome(verdict: Verdict, failure: Failure) -> Outcome {
    match verdict {
        Verdict::Passed => Outcome::Passed,
        Verdict::Failed => Outcome::Failed(failure),
        Verdict::Errored => Outcome::Errored(failure),
        Verdict::Skipped => Outcome::Skipped {
            reason: failure.message,
        },
        Verdict::Incomplete => Outcome::Incomplete,
    }
}
