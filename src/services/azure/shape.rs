//! A result in the shape that the service takes: absolute values only, so that setting it twice is setting it once.

use std::time::Duration;

use jiff::Timestamp;

use super::fold::PointResult;
use super::target::AzureTarget;
use super::text::{COMMENT_LIMIT, MESSAGE_LIMIT, STACK_TRACE_LIMIT, TEST_NAME_LIMIT, cut, utc};
use super::wire::{SetResult, SubResult};
use crate::model::{Failure, Moment, Outcome, TestCase};
use crate::plan::{PlannedResult, SubmissionPlan};

/// Azure: at most 1000 sub-results on one level; Microsoft's own publisher cuts there.
const SUB_RESULTS: usize = 1000;

/// Returns the body that sets the result with this id.
pub(super) fn set_result(
    id: u64,
    result: &PointResult,
    plan: &SubmissionPlan,
    target: &AzureTarget,
) -> Option<SetResult> {
    let tests: Vec<&PlannedResult> = result
        .tests
        .iter()
        .filter_map(|index| plan.results.get(*index))
        .collect();
    let leading = plan.results.get(result.leading(plan)?)?;
    let failure = leading.case.outcome.failure();
    let duration: Duration = tests.iter().filter_map(|test| test.case.duration).sum();
    let started = began(&tests)
        .or(plan.run.started)
        .unwrap_or_else(Timestamp::now);
    let sub_results = sub_results(&tests, target);
    Some(SetResult {
        id,
        state: "Completed",
        outcome: target.outcome(result.verdict).to_owned(),
        started_date: utc(started),
        completed_date: utc(after(started, duration)),
        duration_in_ms: duration.as_secs_f64() * 1000.0,
        automated_test_name: cut(leading.test.as_str(), TEST_NAME_LIMIT),
        automated_test_type: "JUnit",
        automated_test_storage: storage(&leading.case),
        error_message: failure
            .and_then(message)
            .map(|text| cut(&text, MESSAGE_LIMIT)),
        stack_trace: failure
            .and_then(|failure| failure.details.as_deref())
            .map(|text| cut(text, STACK_TRACE_LIMIT)),
        comment: comment(&tests).map(|text| cut(&text, COMMENT_LIMIT)),
        computer_name: leading
            .case
            .suite
            .hostname
            .as_deref()
            .map(|name| cut(name, TEST_NAME_LIMIT)),
        result_group_type: group_type(&tests, &sub_results),
        sub_results,
    })
}

/// Returns the end. Azure: a result must end later than it began, or its duration is shown as thousands of years.
fn after(started: Timestamp, duration: Duration) -> Timestamp {
    started
        .checked_add(duration.max(Duration::from_millis(1)))
        .unwrap_or(started)
}

fn began(tests: &[&PlannedResult]) -> Option<Timestamp> {
    tests
        .iter()
        .filter_map(|test| instant(test.case.started))
        .min()
}

fn instant(moment: Option<Moment>) -> Option<Timestamp> {
    match moment {
        Some(Moment::Absolute(timestamp)) => Some(timestamp),
        Some(Moment::Local(_)) | None => None,
    }
}

fn storage(case: &TestCase) -> Option<String> {
    let name = case.suite.file.as_deref().unwrap_or(&case.suite.name);
    (!name.is_empty()).then(|| cut(name, TEST_NAME_LIMIT))
}

fn message(failure: &Failure) -> Option<String> {
    let one = |failure: &Failure| failure.message.clone().or_else(|| failure.kind.clone());
    let texts: Vec<String> = std::iter::once(failure)
        .chain(&failure.also)
        .filter_map(one)
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// Returns what people should know beside the outcome: which tests it sums up, attempts, the reason of a skip.
///
/// Azure shows sub-results in a pipeline and not in Test Plans, so the comment tells of them too.
fn comment(tests: &[&PlannedResult]) -> Option<String> {
    let [only] = tests else {
        let each: Vec<String> = tests
            .iter()
            .map(|test| format!("{}: {}", test.test, test.case.outcome.verdict().word()))
            .collect();
        return Some(format!(
            "The worst outcome of {} tests\n{}",
            tests.len(),
            each.join("\n")
        ));
    };
    if !only.case.earlier.is_empty() {
        return Some(attempts(&only.case));
    }
    match &only.case.outcome {
        Outcome::Skipped { reason } => reason.clone(),
        Outcome::Passed | Outcome::Failed(_) | Outcome::Errored(_) | Outcome::Incomplete => None,
    }
}

fn attempts(case: &TestCase) -> String {
    let outcomes = case
        .earlier
        .iter()
        .map(|attempt| &attempt.outcome)
        .chain([&case.outcome]);
    let words: Vec<String> = outcomes
        .enumerate()
        .map(|(index, outcome)| format!("{} {}", index + 1, outcome.verdict().word()))
        .collect();
    format!("{} attempts: {}", case.attempts(), words.join(", "))
}

/// Azure: the kind of sub-results is written in camel case, unlike the other enumerations.
fn group_type(tests: &[&PlannedResult], sub_results: &[SubResult]) -> Option<&'static str> {
    match (sub_results, tests) {
        ([], _) => None,
        (_, [_]) => Some("rerun"),
        _ => Some("dataDriven"),
    }
}

fn sub_results(tests: &[&PlannedResult], target: &AzureTarget) -> Vec<SubResult> {
    match tests {
        [only] => reruns(only, target),
        several => several
            .iter()
            .take(SUB_RESULTS)
            .enumerate()
            .map(|(index, test)| row(index, test, target))
            .collect(),
    }
}

fn reruns(test: &PlannedResult, target: &AzureTarget) -> Vec<SubResult> {
    if test.case.earlier.is_empty() {
        return Vec::new();
    }
    let last = (&test.case.outcome, test.case.duration, test.case.started);
    let tries = test
        .case
        .earlier
        .iter()
        .map(|attempt| (&attempt.outcome, attempt.duration, attempt.started));
    tries
        .chain([last])
        .take(SUB_RESULTS)
        .enumerate()
        .map(|(index, (outcome, duration, started))| {
            let name = format!("Attempt# {index} - {}", test.case.name);
            sub_result(index, &name, outcome, (duration, instant(started)), target)
        })
        .collect()
}

fn row(index: usize, test: &PlannedResult, target: &AzureTarget) -> SubResult {
    let name = test.case.iteration.map_or_else(
        || test.test.to_string(),
        |iteration| format!("{} - Iteration {iteration}", test.test),
    );
    sub_result(
        index,
        &name,
        &test.case.outcome,
        (test.case.duration, instant(test.case.started)),
        target,
    )
}

fn sub_result(
    index: usize,
    name: &str,
    outcome: &Outcome,
    (duration, started): (Option<Duration>, Option<Timestamp>),
    target: &AzureTarget,
) -> SubResult {
    let duration = duration.unwrap_or_default();
    let failure = outcome.failure();
    SubResult {
        sequence_id: u32::try_from(index + 1).unwrap_or(u32::MAX),
        display_name: cut(name, TEST_NAME_LIMIT),
        outcome: target.outcome(outcome.verdict()).to_owned(),
        duration_in_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        started_date: started.map(utc),
        completed_date: started.map(|started| utc(after(started, duration))),
        error_message: failure
            .and_then(message)
            .map(|text| cut(&text, COMMENT_LIMIT)),
        stack_trace: failure
            .and_then(|failure| failure.details.as_deref())
            .map(|text| cut(text, STACK_TRACE_LIMIT)),
    }
}
