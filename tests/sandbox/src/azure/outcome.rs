//! The words for outcomes and states, as the service reads and writes them.

use super::refusal::Refusal;

/// Azure: the names of `TestOutcome` by their number.
const OUTCOMES: [&str; 15] = [
    "Unspecified",
    "None",
    "Passed",
    "Failed",
    "Inconclusive",
    "Timeout",
    "Aborted",
    "Blocked",
    "NotExecuted",
    "Warning",
    "Error",
    "NotApplicable",
    "Paused",
    "InProgress",
    "NotImpacted",
];
/// Azure: the names of `TestResultState` by their number.
const RESULT_STATES: [&str; 6] = [
    "Unspecified",
    "Pending",
    "Queued",
    "InProgress",
    "Paused",
    "Completed",
];
/// Azure: the names of `TestRunState` by their number.
const RUN_STATES: [&str; 7] = [
    "Unspecified",
    "NotStarted",
    "InProgress",
    "Completed",
    "Aborted",
    "Waiting",
    "NeedsInvestigation",
];

/// Returns an outcome as the service writes it; read whatever its letter case, or as the number of its name.
pub(super) fn outcome(text: &str) -> Result<&'static str, Refusal> {
    known(&OUTCOMES, text).ok_or_else(|| Refusal::invalid("TestOutcome"))
}

/// Returns a result's state as the service writes it.
pub(super) fn result_state(text: &str) -> Result<&'static str, Refusal> {
    known(&RESULT_STATES, text).ok_or_else(|| Refusal::invalid("TestResultState"))
}

/// Returns a run's state as the service writes it.
pub(super) fn run_state(text: &str) -> Result<&'static str, Refusal> {
    known(&RUN_STATES, text).ok_or_else(|| Refusal::invalid("TestRunState"))
}

/// Returns whether an outcome says how a test ended.
pub(super) fn is_final(outcome: &str) -> bool {
    !matches!(
        outcome,
        "" | "Unspecified" | "None" | "InProgress" | "Paused"
    )
}

/// Returns a word as the `testplan` area writes it, with a small first letter.
pub(super) fn camel(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

fn known(names: &[&'static str], text: &str) -> Option<&'static str> {
    let by_number = text
        .parse::<usize>()
        .ok()
        .and_then(|number| names.get(number));
    by_number
        .or_else(|| names.iter().find(|name| name.eq_ignore_ascii_case(text)))
        .copied()
}
