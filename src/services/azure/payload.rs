//! A result in the shape that the service takes: absolute values only, so that setting it twice is setting it once.

use std::time::Duration;

use jiff::Timestamp;

use super::fold::PointResult;
use super::target::AzureTarget;
use super::text::{
    COMMENT_LIMIT, MESSAGE_LIMIT, ROW_STACK_TRACE_LIMIT, STACK_TRACE_LIMIT, TEST_NAME_LIMIT, cut,
    cut_middle, utc,
};
use super::wire::{ResultFacts, SubResult};
use crate::model::{Failure, Moment, Outcome, StepVerdict, TestCase, TestKey, TestStep, Verdict};
use crate::plan::{PlannedResult, SubmissionPlan};
use crate::services::counted;

/// Azure: at most 1000 sub-results on one level; Microsoft's own publisher cuts there.
const SUB_RESULTS: usize = 1000;

/// Returns the data of a point's result. If the start of its tests is unknown, it is `otherwise`; `run` is when their run began and ended.
pub(super) fn facts(
    result: &PointResult,
    plan: &SubmissionPlan,
    target: &AzureTarget,
    otherwise: Timestamp,
    run: (Timestamp, Timestamp),
) -> Option<ResultFacts> {
    let tests = tests(result, plan);
    let is_worst = |(_, test): &&Test<'_>| test.outcome.verdict() == result.verdict;
    let (_, leading) = tests.iter().find(is_worst).or(tests.first())?;
    let failure = leading.outcome.failure();
    let duration: Duration = tests.iter().filter_map(|(_, test)| test.duration).sum();
    let started = began(&tests).unwrap_or(otherwise);
    let (started, completed) = within(started, duration, run);
    let sub_results = sub_results(&tests, target);
    Some(ResultFacts {
        state: "Completed",
        outcome: target.outcome(result.verdict).to_owned(),
        started_date: utc(started),
        completed_date: utc(completed),
        duration_in_ms: duration.as_secs_f64() * 1000.0,
        automated_test_name: cut(&automated_name(leading), TEST_NAME_LIMIT),
        automated_test_type: "JUnit",
        automated_test_storage: storage(leading),
        error_message: failure
            .and_then(message)
            .map(|text| cut_middle(&text, MESSAGE_LIMIT)),
        stack_trace: failure
            .and_then(|failure| failure.details.as_deref())
            .map(|text| cut_middle(text, STACK_TRACE_LIMIT)),
        comment: comment(&tests).map(|text| cut(&text, COMMENT_LIMIT)),
        computer_name: leading
            .suite
            .hostname
            .as_deref()
            .map(|name| cut(name, TEST_NAME_LIMIT)),
        result_group_type: group_type(&tests, &sub_results),
        sub_results,
        iteration_details: Vec::new(),
    })
}

/// Returns whether a result has sub-results.
pub(super) fn has_groups(result: &PointResult, plan: &SubmissionPlan) -> bool {
    match result.tests.as_slice() {
        [only] => plan
            .results
            .get(*only)
            .is_some_and(|test| test.case.has_parts()),
        several => several.len() > 1,
    }
}

/// Returns about how many bytes a result takes in a request.
pub(super) fn size(result: &PointResult, plan: &SubmissionPlan) -> u64 {
    const FIXED: usize = 600;
    /// What a test packs into so little is not cut in a request.
    const LITTLE: usize = 4096;
    let of_failure = |failure: Option<&Failure>| {
        failure.map_or(0, |failure| {
            let message = failure.message.as_deref().map_or(0, str::len);
            let details = failure.details.as_deref().map_or(0, str::len);
            message.min(2 * MESSAGE_LIMIT) + details.min(2 * STACK_TRACE_LIMIT)
        })
    };
    let of_test = |test: &PlannedResult| {
        let name = test.test.as_str().len();
        if !test.case.has_parts() && test.case.size() <= LITTLE {
            return 300 + name + test.case.size();
        }
        let case = test.case.unpack();
        let parts = case.earlier.len() + case.steps.len() + 1;
        let earlier = case.earlier.iter();
        let earlier = earlier.map(|attempt| of_failure(attempt.outcome.failure()));
        parts * (300 + name) + of_failure(case.outcome.failure()) + earlier.sum::<usize>()
    };
    let tests = result
        .tests
        .iter()
        .filter_map(|index| plan.results.get(*index));
    (FIXED + tests.map(of_test).sum::<usize>()) as u64
}

/// Returns the end. Azure: a result must end later than it began, or its duration is shown as thousands of years.
pub(super) fn after(started: Timestamp, duration: Duration) -> Timestamp {
    started
        .checked_add(duration.max(Duration::from_millis(1)))
        .unwrap_or(started)
}

/// Returns when a test began and ended: within its run. Readers reckon the beginnings of tests one after the other, though they ran side by side.
fn within(
    started: Timestamp,
    duration: Duration,
    (first, last): (Timestamp, Timestamp),
) -> (Timestamp, Timestamp) {
    let ended = after(started, duration);
    if ended <= last || first >= last {
        return (started, ended);
    }
    let latest = last.checked_sub(duration.max(Duration::from_millis(1)));
    (latest.unwrap_or(first).max(first).min(started), last)
}

/// A test of a result, with its name.
pub(super) type Test<'a> = (&'a TestKey, TestCase);

/// Returns the tests of a result.
pub(super) fn tests<'a>(result: &PointResult, plan: &'a SubmissionPlan) -> Vec<Test<'a>> {
    let indexes = result.tests.iter();
    let tests = indexes.filter_map(|index| plan.results.get(*index));
    tests.map(|test| (&test.test, test.case.unpack())).collect()
}

fn began(tests: &[Test<'_>]) -> Option<Timestamp> {
    tests
        .iter()
        .filter_map(|(_, test)| instant(test.started))
        .min()
}

pub(super) fn instant(moment: Option<Moment>) -> Option<Timestamp> {
    match moment {
        Some(Moment::Absolute(timestamp)) => Some(timestamp),
        Some(Moment::Local(_)) | None => None,
    }
}

/// Returns the name under which a runner knows the test: class and method, as Microsoft's own publisher has it.
pub(super) fn automated_name(case: &TestCase) -> String {
    match case.class_name.as_deref() {
        Some(class) if !class.is_empty() => format!("{class}.{}", case.name),
        Some(_) | None => case.name.clone(),
    }
}

pub(super) fn storage(case: &TestCase) -> Option<String> {
    let name = case.suite.file.as_deref().unwrap_or(&case.suite.name);
    (!name.is_empty()).then(|| cut(name, TEST_NAME_LIMIT))
}

pub(super) fn message(failure: &Failure) -> Option<String> {
    let one = |failure: &Failure| failure.message.clone().or_else(|| failure.kind.clone());
    let texts: Vec<String> = std::iter::once(failure)
        .chain(&failure.also)
        .filter_map(one)
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// Returns the comment beside the outcome: which tests it sums up, attempts, the reason of a skip.
///
/// Azure shows sub-results in a pipeline and not in Test Plans, so the comment tells of them too.
fn comment(tests: &[Test<'_>]) -> Option<String> {
    let [(_, only)] = tests else {
        // The comment is short: what is grave comes first.
        let mut gravest: Vec<(&TestKey, Verdict)> = tests
            .iter()
            .map(|(name, test)| (*name, test.outcome.verdict()))
            .collect();
        gravest.sort_by_key(|(_, verdict)| std::cmp::Reverse(*verdict));
        let each: Vec<String> = gravest
            .iter()
            .map(|(name, verdict)| format!("{name}: {}", verdict.word()))
            .collect();
        return Some(format!(
            "The worst outcome of {} tests\n{}",
            tests.len(),
            each.join("\n")
        ));
    };
    if !only.earlier.is_empty() {
        return Some(attempts(only));
    }
    match &only.outcome {
        Outcome::Skipped { reason } => reason.clone(),
        Outcome::Passed | Outcome::Failed(_) | Outcome::Errored(_) | Outcome::Incomplete => {
            steps_in_words(&only.steps)
        }
    }
}

/// Describes how many steps there were, and which of them failed.
fn steps_in_words(steps: &[TestStep]) -> Option<String> {
    if steps.is_empty() {
        return None;
    }
    let wrong = steps.iter().enumerate().filter(|(_, step)| {
        matches!(
            step.verdict,
            StepVerdict::Failed | StepVerdict::Errored | StepVerdict::NotRun
        )
    });
    let lines: Vec<String> = wrong
        .map(|(index, step)| {
            let message = step.message.as_deref().map(|text| format!(": {text}"));
            format!(
                "step {} `{}` {}{}",
                index + 1,
                step.name,
                step_word(step.verdict),
                message.unwrap_or_default()
            )
        })
        .collect();
    let all = counted(steps.len() as u64, "step");
    Some(if lines.is_empty() {
        all
    } else {
        format!("{all}\n{}", lines.join("\n"))
    })
}

fn step_word(verdict: StepVerdict) -> &'static str {
    match verdict {
        StepVerdict::Passed => "passed",
        StepVerdict::Failed => "failed",
        StepVerdict::Errored => "errored",
        StepVerdict::Skipped => "skipped",
        StepVerdict::NotRun => "was not run",
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
fn group_type(tests: &[Test<'_>], sub_results: &[SubResult]) -> Option<&'static str> {
    match (sub_results, tests) {
        ([], _) => None,
        (_, [(_, only)]) if only.earlier.is_empty() => Some("generic"),
        (_, [_]) => Some("rerun"),
        _ => Some("dataDriven"),
    }
}

fn sub_results(tests: &[Test<'_>], target: &AzureTarget) -> Vec<SubResult> {
    match tests {
        [(_, only)] => reruns(only, target),
        several => kept(several, SUB_RESULTS, |(_, test)| {
            test.outcome.verdict().is_bad()
        })
        .enumerate()
        .map(|(index, test)| row(index, test, target))
        .collect(),
    }
}

/// Returns at most so many, in their order; what is bad is never what is left out.
pub(super) fn kept<T>(
    all: &[T],
    most: usize,
    is_bad: impl Fn(&T) -> bool,
) -> impl Iterator<Item = &T> {
    let bad = all.iter().filter(|one| is_bad(one)).count().min(most);
    let (mut bad_left, mut good_left) = (bad, most - bad);
    all.iter().filter(move |one| {
        let left = if is_bad(one) {
            &mut bad_left
        } else {
            &mut good_left
        };
        let stays = *left > 0;
        *left -= usize::from(stays);
        stays
    })
}

fn reruns(test: &TestCase, target: &AzureTarget) -> Vec<SubResult> {
    if test.earlier.is_empty() {
        return steps(&test.steps, target);
    }
    let last = (&test.outcome, test.duration, test.started);
    let tries = test
        .earlier
        .iter()
        .map(|attempt| (&attempt.outcome, attempt.duration, attempt.started));
    let tries: Vec<_> = tries.chain([last]).collect();
    kept(&tries, SUB_RESULTS, |(outcome, ..)| {
        outcome.verdict().is_bad()
    })
    .copied()
    .enumerate()
    .map(|(index, (outcome, duration, started))| {
        let name = format!("Attempt# {index} - {}", test.name);
        sub_result(index, &name, outcome, (duration, instant(started)), target)
    })
    .collect()
}

/// Returns the steps of a test that ran once.
fn steps(steps: &[TestStep], target: &AzureTarget) -> Vec<SubResult> {
    let of_step = |(index, step): (usize, &TestStep)| {
        let started = instant(step.started);
        let duration = step.duration.unwrap_or_default();
        SubResult {
            sequence_id: sequence(index),
            display_name: cut(&format!("{} - {}", index + 1, step.name), TEST_NAME_LIMIT),
            outcome: step_outcome(step.verdict, target).to_owned(),
            duration_in_ms: milliseconds(duration),
            started_date: started.map(utc),
            completed_date: started.map(|started| utc(after(started, duration))),
            error_message: step.message.as_deref().map(|text| cut(text, COMMENT_LIMIT)),
            stack_trace: None,
        }
    };
    let is_bad =
        |step: &TestStep| matches!(step.verdict, StepVerdict::Failed | StepVerdict::Errored);
    kept(steps, SUB_RESULTS, is_bad)
        .enumerate()
        .map(of_step)
        .collect()
}

pub(super) fn step_outcome(verdict: StepVerdict, target: &AzureTarget) -> &str {
    match verdict {
        StepVerdict::Passed => target.outcome(Verdict::Passed),
        StepVerdict::Failed => target.outcome(Verdict::Failed),
        StepVerdict::Errored => target.outcome(Verdict::Errored),
        StepVerdict::Skipped | StepVerdict::NotRun => "NotExecuted",
    }
}

/// Returns the number of the sub-result that stands for a try; none where so many are not all sent.
pub(super) fn sequence_of_try(index: usize) -> Option<u32> {
    (index < SUB_RESULTS / 2).then(|| sequence(index))
}

fn sequence(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn row(index: usize, (name, test): &Test<'_>, target: &AzureTarget) -> SubResult {
    let name = test.iteration.map_or_else(
        || name.to_string(),
        |iteration| format!("{name} - Iteration {iteration}"),
    );
    sub_result(
        index,
        &name,
        &test.outcome,
        (test.duration, instant(test.started)),
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
        sequence_id: sequence(index),
        display_name: cut(name, TEST_NAME_LIMIT),
        outcome: target.outcome(outcome.verdict()).to_owned(),
        duration_in_ms: milliseconds(duration),
        started_date: started.map(utc),
        completed_date: started.map(|started| utc(after(started, duration))),
        error_message: failure
            .and_then(message)
            .map(|text| cut_middle(&text, COMMENT_LIMIT)),
        stack_trace: failure
            .and_then(|failure| failure.details.as_deref())
            .map(|text| cut_middle(text, ROW_STACK_TRACE_LIMIT)),
    }
}
