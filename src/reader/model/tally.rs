//! Counts by outcome.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::{TestCase, Verdict};

/// How many tests ended how. Always counted, never taken from a report's own counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// All tests.
    pub tests: u64,
    /// Those that passed.
    pub passed: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that broke.
    pub errored: u64,
    /// Those that were left out.
    pub skipped: u64,
    /// Those that never ended.
    pub incomplete: u64,
    /// Those among the passed that had failed before.
    #[serde(default)]
    pub flaky: u64,
}

impl Tally {
    /// Counts one more test.
    pub fn count(&mut self, verdict: Verdict) {
        self.tests += 1;
        *match verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Failed => &mut self.failed,
            Verdict::Errored => &mut self.errored,
            Verdict::Skipped => &mut self.skipped,
            Verdict::Incomplete => &mut self.incomplete,
        } += 1;
    }

    /// Counts one more test, and whether it was flaky.
    pub fn count_case(&mut self, case: &TestCase) {
        self.count(case.outcome.verdict());
        self.flaky += u64::from(case.is_flaky());
    }

    /// Returns how many tests ended this way.
    pub fn of(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Passed => self.passed,
            Verdict::Failed => self.failed,
            Verdict::Errored => self.errored,
            Verdict::Skipped => self.skipped,
            Verdict::Incomplete => self.incomplete,
        }
    }
}

impl FromIterator<Verdict> for Tally {
    fn from_iter<I: IntoIterator<Item = Verdict>>(verdicts: I) -> Self {
        let mut tally = Self::default();
        verdicts
            .into_iter()
            .for_each(|verdict| tally.count(verdict));
        tally
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.tests += other.tests;
        self.passed += other.passed;
        self.failed += other.failed;
        self.errored += other.errored;
        self.skipped += other.skipped;
        self.incomplete += other.incomplete;
        self.flaky += other.flaky;
    }
}
