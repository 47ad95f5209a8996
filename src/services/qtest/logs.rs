//! Entries as qTest's logs.

use super::cases::Known;
use super::entry::{Entry, Subject, actual};
use super::target::QtestTarget;
use super::text;
use super::wire::{AutoLog, AutoStepLog};
use crate::model::StepVerdict;
use crate::plan::SubmissionKey;

/// Returns the log of an entry, without files.
pub(super) fn of(
    entry: &Entry,
    known: Option<&Known>,
    target: &QtestTarget,
    key: &SubmissionKey,
) -> AutoLog {
    let steps = step_logs(entry, known, target);
    let steps_lost = steps.is_empty() && !entry.steps.is_empty();
    AutoLog {
        name: entry.name.clone(),
        automation_content: fingerprint(entry, known),
        status: target.statuses.of(entry.verdict).to_owned(),
        exe_start_date: text::time(entry.started),
        exe_end_date: text::time(entry.ended),
        note: note(entry, key, steps_lost),
        build_number: entry.build.clone(),
        build_url: entry.build_url.clone(),
        attachments: Vec::new(),
        test_step_logs: steps,
    }
}

fn fingerprint(entry: &Entry, known: Option<&Known>) -> String {
    match &entry.subject {
        Subject::Print(print) => print.clone(),
        // The field is required; a mapped case keeps its own.
        Subject::Case(id) => known
            .and_then(|known| known.fingerprint.clone())
            .unwrap_or_else(|| id.0.clone()),
    }
}

/// Returns the note: what happened, where to look, and last the mark by which this very result is found again.
fn note(entry: &Entry, key: &SubmissionKey, with_steps: bool) -> String {
    let mut parts = vec![entry.note.clone()];
    if with_steps {
        let lines: Vec<String> = entry
            .steps
            .iter()
            .enumerate()
            .map(|(at, step)| format!("{}. {}: {}", at + 1, step.description, step.actual))
            .collect();
        parts.push(text::bounded(&lines.join("\n"), 4000));
    }
    if !entry.build_url.is_empty() {
        parts.push(format!("Report: {}", entry.build_url));
    }
    parts.push(entry.slot.tag(key));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Returns the step logs, counted from 0 without a gap.
///
/// qTest writes the steps of a batch into the case. So they are sent only with exactly the texts that the case has, and never
/// fewer of them: a step that was not reached is said to be skipped.
fn step_logs(entry: &Entry, known: Option<&Known>, target: &QtestTarget) -> Vec<AutoStepLog> {
    let Some(steps) = known.and_then(|known| known.steps.as_deref()) else {
        return Vec::new();
    };
    let same = steps.len() >= entry.steps.len()
        && steps
            .iter()
            .zip(&entry.steps)
            .all(|((description, expected), own)| {
                *description == own.description && *expected == own.expected
            });
    if entry.steps.is_empty() || !same {
        return Vec::new();
    }
    steps
        .iter()
        .enumerate()
        .map(|(order, (description, expected))| {
            let own = entry.steps.get(order);
            let verdict = own.map_or(StepVerdict::NotRun, |step| step.verdict);
            AutoStepLog {
                description: description.clone(),
                expected_result: expected.clone(),
                actual_result: own
                    .map_or_else(|| actual(verdict).to_owned(), |step| step.actual.clone()),
                status: status(verdict, target).to_owned(),
                order,
            }
        })
        .collect()
}

fn status(verdict: StepVerdict, target: &QtestTarget) -> &str {
    match verdict {
        StepVerdict::Passed => &target.statuses.passed,
        StepVerdict::Failed => &target.statuses.failed,
        StepVerdict::Errored => &target.statuses.errored,
        StepVerdict::Skipped | StepVerdict::NotRun => &target.statuses.skipped,
    }
}
