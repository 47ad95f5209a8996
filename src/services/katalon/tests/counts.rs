//! The service's counts against ours.

use super::super::counts::{Comparison, compare};
use super::super::wire::Execution;
use crate::model::Tally;

fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
    Tally {
        tests: passed + failed + skipped,
        passed,
        failed,
        skipped,
        ..Tally::default()
    }
}

fn execution(tally: Tally) -> Execution {
    Execution {
        total_tests: Some(tally.tests),
        total_passed_tests: Some(tally.passed),
        total_failed_tests: Some(tally.failed),
        total_skipped_tests: Some(tally.skipped),
        ..Execution::default()
    }
}

#[test]
fn the_executions_of_a_batch_count_together() {
    let both = [execution(tally(1, 1, 0)), execution(tally(2, 0, 1))];
    assert_eq!(compare(tally(3, 1, 1), &both), Comparison::Same);
}

#[test]
fn fewer_results_are_told_with_figures() {
    let Comparison::Fewer(text) = compare(tally(3, 1, 0), &[execution(tally(2, 1, 0))]) else {
        panic!("not fewer");
    };
    assert_eq!(
        text,
        "TestOps counts 3 tests (2 passed, 1 failed, 0 errors, 0 skipped, 0 incomplete), the reports 4 tests (3 passed, 1 failed, 0 errors, 0 skipped, 0 incomplete)"
    );
}

#[test]
fn a_failure_that_became_a_pass_is_a_difference() {
    let theirs = [execution(tally(4, 0, 0))];
    assert!(matches!(
        compare(tally(3, 1, 0), &theirs),
        Comparison::Different(_)
    ));
}

#[test]
fn an_execution_without_counts_confirms_nothing() {
    assert_eq!(
        compare(tally(1, 0, 0), &[Execution::default()]),
        Comparison::Unknown
    );
    assert_eq!(compare(tally(1, 0, 0), &[]), Comparison::Unknown);
}
