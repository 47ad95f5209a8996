//! What is written of each test: one execution a case, the worst outcome of all its tests, and the words beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::mapping::CaseId;
use crate::model::{Failure, Moment, TestCase, TestKey, Verdict};
use crate::plan::{ContentDigest, PlannedFile, PlannedResult, SubmissionPlan};

/// The text with which the notes of a case begin that was made for a test.
pub(super) const CASE_MARK: &str = "handin-test-";
/// The text with which the notes of a claim begin.
pub(super) const CLAIM_MARK: &str = "handin-claim-";
/// The longest summary, in characters. Kiwi: `TestCase.summary` has 255 in its database.
const SUMMARY: usize = 255;
/// The longest text of a failure, in characters.
const FAILURE: usize = 8_000;

/// One execution that is wanted.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The short name under which it is written.
    pub(super) item: String,
    /// The tests, for people.
    pub(super) title: String,
    /// The case, where there is one already.
    pub(super) case: Option<u64>,
    /// The summary of the case that is made otherwise.
    pub(super) summary: String,
    pub(super) verdict: Verdict,
    pub(super) started: Option<Timestamp>,
    pub(super) stopped: Option<Timestamp>,
    /// The text of the comment; none for a test that passed at once.
    pub(super) comment: Option<String>,
    pub(super) files: Vec<PlannedFile>,
}

/// Returns what is wanted, one entry a case. `find` says which case of the server an id is, or complains.
pub(super) fn wanted(
    plan: &SubmissionPlan,
    creates: bool,
    find: &mut dyn FnMut(&TestKey, &CaseId) -> Option<u64>,
) -> Vec<Wanted> {
    let mut tests: BTreeMap<String, (Option<u64>, Vec<&PlannedResult>)> = BTreeMap::new();
    let mut add = |item: String, case, result| {
        let entry = tests.entry(item).or_insert((case, Vec::new()));
        entry.1.push(result);
    };
    for result in &plan.results {
        for id in &result.cases {
            if let Some(case) = find(&result.test, id) {
                add(format!("c{case}"), Some(case), result);
            }
        }
        if result.cases.is_empty() && creates {
            add(fingerprint(&result.test), None, result);
        }
    }
    let all = tests.into_iter();
    all.map(|(item, (case, results))| merged(item, case, &results))
        .collect()
}

/// Returns the name that a test has on every machine: what the case made for it is found by.
pub(super) fn fingerprint(test: &TestKey) -> String {
    let digest = ContentDigest(Sha256::digest(test.as_str().as_bytes()).into());
    format!("t{}", digest.hex(16))
}

fn merged(item: String, case: Option<u64>, results: &[&PlannedResult]) -> Wanted {
    let tests: Vec<TestCase> = results.iter().map(|result| result.case.unpack()).collect();
    let verdict = tests.iter().map(|test| test.outcome.verdict()).max();
    let keys: Vec<&str> = results.iter().map(|result| result.test.as_str()).collect();
    let title = keys.join(", ");
    let started = tests.iter().filter_map(|test| instant(test.started)).min();
    let ends = tests.iter().filter_map(|test| {
        instant(test.started)?
            .checked_add(test.duration.unwrap_or_default())
            .ok()
    });
    Wanted {
        item,
        case,
        summary: bounded(keys.first().copied().unwrap_or_default(), SUMMARY),
        title,
        verdict: verdict.unwrap_or(Verdict::Skipped),
        started,
        stopped: ends.max(),
        comment: comment(&tests),
        files: results
            .iter()
            .flat_map(|result| result.files.clone())
            .collect(),
    }
}

fn instant(moment: Option<Moment>) -> Option<Timestamp> {
    moment?.in_zone(&TimeZone::UTC)
}

/// Returns what is said of tests that did not simply pass.
fn comment(tests: &[TestCase]) -> Option<String> {
    let mut text = String::new();
    for test in tests {
        let verdict = test.outcome.verdict();
        if verdict == Verdict::Passed && test.earlier.is_empty() {
            continue;
        }
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{}: {}", test.key(), verdict.word());
        if !test.earlier.is_empty() {
            let attempts = test
                .earlier
                .iter()
                .map(|attempt| attempt.outcome.verdict().word());
            let attempts: Vec<&str> = attempts.chain([verdict.word()]).collect();
            let _ = writeln!(text, "attempts: {}", attempts.join(", "));
        }
        if let Some(failure) = test.outcome.failure() {
            describe(failure, &mut text);
        }
    }
    (!text.is_empty()).then(|| bounded(text.trim_end(), FAILURE))
}

fn describe(failure: &Failure, text: &mut String) {
    for part in [&failure.kind, &failure.message, &failure.details]
        .into_iter()
        .flatten()
    {
        let _ = writeln!(text, "{part}");
    }
    failure.also.iter().for_each(|also| describe(also, text));
}

fn bounded(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Returns a time as Kiwi takes it: `YYYY-MM-DD HH:MM:SS` in its own zone, which is this far from UTC.
pub(super) fn time(at: Timestamp, zone: SignedDuration) -> String {
    let there = at.checked_add(zone).unwrap_or(at);
    there.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Returns how far the server's zone is from UTC, by what it says the time is, beside the head of its answer.
pub(super) fn zone(local: &str, date: &str) -> Option<SignedDuration> {
    const QUARTER: i64 = 15 * 60;
    let local: DateTime = local.trim_end_matches('Z').parse().ok()?;
    let date = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let apart = local
        .to_zoned(TimeZone::UTC)
        .ok()?
        .timestamp()
        .duration_since(date);
    let quarters = (apart.as_secs() + QUARTER / 2).div_euclid(QUARTER);
    Some(SignedDuration::from_secs(quarters * QUARTER))
}

/// Returns how tests ended, as the end of a sentence.
pub(super) fn ended(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::Errored => "broke",
        Verdict::Skipped => "were skipped",
        Verdict::Incomplete => "did not end",
    }
}
