//! Holds the service's counts against ours, outcome by outcome.

use super::wire::Execution;
use crate::model::Tally;
use crate::services::{Counts, counted};

/// What comparing says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Comparison {
    /// The service holds exactly this.
    Same,
    /// Results are missing there.
    Fewer(String),
    /// It holds something else.
    Different(String),
    /// It holds at least this, and what others handed in.
    More(String),
    /// It gives no counts.
    Unknown,
}

/// Holds the counts of executions against ours.
pub(super) fn compare(ours: Tally, executions: &[Execution]) -> Comparison {
    let Some(theirs) = tally(executions) else {
        return Comparison::Unknown;
    };
    // What failed before it passed is a pass to TestOps.
    let ours = Tally { flaky: 0, ..ours };
    if theirs == ours {
        return Comparison::Same;
    }
    let figures = format!(
        "TestOps counts {}, the reports {}",
        words(theirs),
        words(ours)
    );
    if theirs.tests < ours.tests {
        Comparison::Fewer(figures)
    } else {
        Comparison::Different(figures)
    }
}

/// Returns the counts of all executions together, unless one gives none.
pub(super) fn tally(executions: &[Execution]) -> Option<Tally> {
    let mut all = Tally::default();
    for execution in executions {
        let own = Tally {
            tests: execution.total_tests?,
            passed: execution.total_passed_tests.unwrap_or_default(),
            failed: execution.total_failed_tests.unwrap_or_default(),
            errored: execution.total_error_tests.unwrap_or_default(),
            skipped: execution.total_skipped_tests.unwrap_or_default(),
            incomplete: execution.total_incomplete_tests.unwrap_or_default(),
            flaky: 0,
        };
        all += own;
    }
    (!executions.is_empty()).then_some(all)
}

/// Adds counts in the words of TestOps.
pub(super) fn add(counts: &mut Counts, tally: Tally) {
    for (word, count) in [
        ("PASSED", tally.passed),
        ("FAILED", tally.failed),
        ("ERROR", tally.errored),
        ("INCOMPLETE", tally.incomplete),
        ("SKIPPED", tally.skipped),
    ] {
        if count > 0 {
            *counts.entry(word.to_owned()).or_default() += count;
        }
    }
}

/// Holds the counts of executions that others hand in to as well: they hold at least ours, and what was there before.
pub(super) fn compare_shared(ours: Tally, before: Tally, executions: &[Execution]) -> Comparison {
    let exact = compare(ours, executions);
    let (Comparison::Fewer(figures) | Comparison::Different(figures), Some(theirs)) =
        (&exact, tally(executions))
    else {
        return exact;
    };
    let mut least = ours;
    least += before;
    let holds = [
        (theirs.passed, least.passed),
        (theirs.failed, least.failed),
        (theirs.errored, least.errored),
        (theirs.skipped, least.skipped),
        (theirs.incomplete, least.incomplete),
    ];
    if holds.iter().all(|(theirs, least)| theirs >= least) {
        return Comparison::More(figures.clone());
    }
    Comparison::Fewer(figures.clone())
}

fn words(tally: Tally) -> String {
    format!(
        "{} ({} passed, {} failed, {} errors, {} skipped, {} incomplete)",
        counted(tally.tests, "test"),
        tally.passed,
        tally.failed,
        tally.errored,
        tally.skipped,
        tally.incomplete
    )
}
