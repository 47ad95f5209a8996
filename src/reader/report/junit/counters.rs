//! A report's own counters, which are never believed but compared.

use crate::model::Tally;
use crate::report::xml::Tag;

/// What an element declares of its tests.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    tests: Option<u64>,
    failures: Option<u64>,
    errors: Option<u64>,
    skipped: Option<u64>,
}

impl Declared {
    pub(super) fn of(tag: &Tag<'_>) -> Self {
        let number = |names: &[&str]| tag.first(names).and_then(|text| text.trim().parse().ok());
        let skipped = number(&["skipped", "skips", "skip"]);
        let disabled: Option<u64> = number(&["disabled", "ignored"]);
        let aborted: Option<u64> = number(&["aborted"]);
        let apart = disabled.unwrap_or(0).saturating_add(aborted.unwrap_or(0));
        Self {
            tests: number(&["tests"]),
            failures: number(&["failures"]),
            errors: number(&["errors"]),
            // Disabled tests and those whose assumption failed are listed too, and count as skipped.
            skipped: skipped.map(|skipped| skipped.saturating_add(apart)),
        }
    }

    /// Says how the counters differ from what was counted; `None` where they agree.
    pub(super) fn difference(&self, counted: &Tally) -> Option<String> {
        // Some count a failure as an error, or the other way round: nothing is missing where both together are right.
        let bad = self
            .failures
            .unwrap_or(0)
            .saturating_add(self.errors.unwrap_or(0));
        let apart = (bad != counted.failed + counted.errored).then_some(());
        let pairs = [
            ("tests", self.tests, counted.tests),
            ("failures", apart.and(self.failures), counted.failed),
            ("errors", apart.and(self.errors), counted.errored),
            ("skipped", self.skipped, counted.skipped),
        ];
        let told: Vec<String> = pairs
            .into_iter()
            .filter_map(|(what, declared, counted)| {
                let declared = declared.filter(|declared| *declared != counted)?;
                Some(format!("{what}={declared} where {counted} were counted"))
            })
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}
