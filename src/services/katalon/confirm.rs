//! Follows an import to its end and holds the service's counts against ours.

use std::time::Duration;

use super::client::Server;
use super::wire::{Execution, Stage};
use crate::model::Tally;
use crate::services::Counts;
use crate::transport::{Deadline, Transport, TransportError};

/// Pauses that grow, up to eight times of the first.
#[derive(Debug, Clone)]
pub(super) struct Pauses {
    next: Duration,
    longest: Duration,
    end: Deadline,
}

impl Pauses {
    /// Returns pauses that begin with `first` and are over after `limit` in all.
    pub(super) fn new(transport: &Transport, first: Duration, limit: Duration) -> Self {
        Self {
            next: first,
            longest: first.saturating_mul(8),
            end: Deadline::after(transport.clock(), limit),
        }
    }

    /// Pauses, and tells whether there was time left to.
    pub(super) fn pause(&mut self, transport: &Transport) -> Result<bool, TransportError> {
        let left = self.end.remaining();
        if left.is_zero() {
            return Ok(false);
        }
        transport.pause(self.next.min(left))?;
        self.next = self.next.saturating_mul(2).min(self.longest);
        Ok(true)
    }
}

/// Follows an execution until its import has come to an end or the pauses are over.
pub(super) fn follow(
    transport: &Transport,
    server: &Server,
    mut execution: Execution,
    pauses: &mut Pauses,
) -> Result<Execution, TransportError> {
    while execution.stage() == Stage::Working && pauses.pause(transport)? {
        execution = transport.send(server.execution(&execution.id))?.json()?;
    }
    Ok(execution)
}

/// What comparing says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Comparison {
    /// The service holds exactly this.
    Same,
    /// Results are missing there.
    Fewer(String),
    /// It holds something else.
    Different(String),
    /// It gives no counts.
    Unknown,
}

/// Holds the counts of executions against ours.
pub(super) fn compare(ours: Tally, executions: &[Execution]) -> Comparison {
    let Some(theirs) = tally(executions) else {
        return Comparison::Unknown;
    };
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

/// Adds the counts of executions in the words of TestOps.
pub(super) fn add_counts(counts: &mut Counts, executions: &[Execution]) {
    let Some(tally) = tally(executions) else {
        return;
    };
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

fn words(tally: Tally) -> String {
    format!(
        "{} tests ({} passed, {} failed, {} errors, {} skipped, {} incomplete)",
        tally.tests, tally.passed, tally.failed, tally.errored, tally.skipped, tally.incomplete
    )
}
