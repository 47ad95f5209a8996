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
        Self {
            tests: number(&["tests"]),
            failures: number(&["failures"]),
            errors: number(&["errors"]),
            skipped: match (skipped, disabled) {
                (None, disabled) => disabled,
                (Some(skipped), disabled) => Some(skipped + disabled.unwrap_or(0)),
            },
        }
    }

    /// Says how the counters differ from what was counted; `None` where they agree.
    pub(super) fn difference(&self, counted: &Tally) -> Option<String> {
        let pairs = [
            (self.tests, counted.tests, "tests"),
            (self.failures, counted.failed, "failures"),
            (self.errors, counted.errored, "errors"),
            (self.skipped, counted.skipped, "skipped"),
        ];
        let told: Vec<String> = pairs
            .into_iter()
            .filter_map(|(declared, counted, what)| {
                let declared = declared.filter(|declared| *declared != counted)?;
                Some(format!("{declared} {what} where there are {counted}"))
            })
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}
