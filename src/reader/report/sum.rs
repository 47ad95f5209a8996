//! What the tests of a report add up to.

use std::time::Duration;

use super::error::Warnings;
use super::{Format, LateProperties, Summary};
use crate::model::{Moment, Tally, TestCase};

/// The sums over the tests that have been read.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) name: Option<String>,
    pub(super) suites: u64,
    pub(super) tally: Tally,
    attempts: u64,
    duration: Option<Duration>,
    /// What the whole says it took, for when no test says so.
    pub(super) whole: Option<Duration>,
    pub(super) started: Option<Moment>,
}

impl Sum {
    pub(super) fn count(&mut self, case: &TestCase) {
        self.tally.count_case(case);
        self.attempts += case.attempts();
        self.started = self.started.or(case.started);
        if let Some(duration) = case.duration {
            self.duration = Some(self.duration.unwrap_or_default().saturating_add(duration));
        }
    }

    /// Warns where a counter of the report differs from what was counted.
    pub(super) fn compare(&self, declared: Option<u64>, warnings: &mut Warnings) {
        if let Some(declared) = declared.filter(|declared| *declared != self.tally.tests) {
            warnings.add(
                None,
                format!(
                    "the report's own counters are wrong: it says {declared} tests where there are {}",
                    self.tally.tests
                ),
            );
        }
    }

    pub(super) fn finish(
        self,
        format: Format,
        mut warnings: Warnings,
        digest: [u8; 32],
    ) -> Summary {
        let empty = self.tally.tests == 0;
        if empty {
            warnings.add(None, "the report holds no test");
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
            late: LateProperties::default(),
            warnings: warnings.finish(),
            digest,
        }
    }
}
