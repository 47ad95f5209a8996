//! Takes out of a test's texts what must not leave.

use regex::Regex;

use crate::model::{Failure, Outcome, TestCase};

/// What stands where something was taken out.
const MARK: &str = "[redacted]";

/// Replaces every match of the patterns in the texts of a test that may leave; its names stay, or its mapping would be lost.
pub(super) fn redact(case: &mut TestCase, patterns: &[Regex]) {
    if patterns.is_empty() {
        return;
    }
    outcome(&mut case.outcome, patterns);
    case.earlier
        .iter_mut()
        .for_each(|attempt| outcome(&mut attempt.outcome, patterns));
    for step in &mut case.steps {
        text(&mut step.name, patterns);
        step.description
            .iter_mut()
            .chain(&mut step.message)
            .for_each(|it| text(it, patterns));
    }
    case.output
        .iter_mut()
        .chain(&mut case.error_output)
        .for_each(|it| text(it, patterns));
    case.properties
        .iter_mut()
        .for_each(|property| text(&mut property.value, patterns));
}

fn outcome(outcome: &mut Outcome, patterns: &[Regex]) {
    match outcome {
        Outcome::Failed(it) | Outcome::Errored(it) => failure(it, patterns),
        Outcome::Skipped { reason } => reason.iter_mut().for_each(|it| text(it, patterns)),
        Outcome::Passed | Outcome::Incomplete => {}
    }
}

fn failure(it: &mut Failure, patterns: &[Regex]) {
    it.message
        .iter_mut()
        .chain(&mut it.details)
        .for_each(|it| text(it, patterns));
    it.also.iter_mut().for_each(|it| failure(it, patterns));
}

/// Replaces every match of the patterns.
pub(in crate::cli) fn text(text: &mut String, patterns: &[Regex]) {
    for pattern in patterns {
        if pattern.is_match(text) {
            *text = pattern.replace_all(text, MARK).into_owned();
        }
    }
}
