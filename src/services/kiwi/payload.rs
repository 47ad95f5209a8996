//! What is written of each test: one execution a case, the worst outcome of all its tests, and the words beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::mapping::CaseId;
use crate::model::{TestCase, TestKey, Verdict};
use crate::plan::{ContentDigest, PlannedFile, PlannedResult, SubmissionPlan};
use crate::services::words;

/// The text with which the notes of a case begin that was made for a test.
pub(super) const CASE_MARK: &str = "handin-test-";
/// The text with which the notes of a claim begin.
pub(super) const CLAIM_MARK: &str = "handin-claim-";
/// The longest summary, in characters. Kiwi: `TestCase.summary` has 255 in its database.
const SUMMARY: usize = 255;
/// The longest text of what became of a test, in characters.
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

/// Returns the wanted results, one a case. `find` returns the case of the server for an id, or complains.
pub(super) fn wanted(
    plan: &SubmissionPlan,
    creates: bool,
    find: &mut dyn FnMut(&TestKey, &CaseId) -> Option<u64>,
) -> Vec<Wanted> {
    type Tests<'p> = BTreeMap<String, (Option<u64>, Vec<&'p PlannedResult>)>;
    let mut tests = Tests::new();
    for result in &plan.results {
        let known = result.cases.iter().filter_map(|id| find(&result.test, id));
        let mut items: Vec<_> = known.map(|case| (format!("c{case}"), Some(case))).collect();
        if result.cases.is_empty() && creates {
            // The name that the test has on every machine: what the case made for it is found by.
            items.push((format!("t{}", digest(result.test.as_str())), None));
        }
        for (item, case) in items {
            tests
                .entry(item)
                .or_insert((case, Vec::new()))
                .1
                .push(result);
        }
    }
    let all = tests.into_iter();
    all.map(|(item, (case, results))| merged(item, case, &results))
        .collect()
}

/// How long a short name is, in digits.
const DIGITS: usize = 16;

/// Returns the short name of a text.
pub(super) fn digest(text: &str) -> String {
    ContentDigest(Sha256::digest(text.as_bytes()).into()).hex(DIGITS)
}

/// Returns the name of the test for which a case was made that has this line in its notes. A sentence that speaks of a mark is none.
pub(super) fn made_for(line: &str) -> Option<&str> {
    let item = line.strip_prefix(CASE_MARK)?;
    let digits = item.strip_prefix('t')?.as_bytes();
    (digits.len() == DIGITS && digits.iter().all(u8::is_ascii_hexdigit)).then_some(item)
}

fn merged(item: String, case: Option<u64>, results: &[&PlannedResult]) -> Wanted {
    let tests: Vec<TestCase> = results.iter().map(|result| result.case.unpack()).collect();
    let began = |test: &TestCase| test.started?.in_zone(&TimeZone::UTC);
    let ended = |test: &TestCase| began(test)?.checked_add(test.duration?).ok();
    let keys: Vec<&str> = results.iter().map(|result| result.test.as_str()).collect();
    let first = keys.first().copied().unwrap_or_default();
    let verdict = tests.iter().map(|test| test.outcome.verdict()).max();
    let ends = tests.iter().filter_map(|test| ended(test).or(began(test)));
    Wanted {
        item,
        case,
        summary: first.chars().take(SUMMARY).collect(),
        title: keys.join(", "),
        verdict: verdict.unwrap_or(Verdict::Skipped),
        started: tests.iter().filter_map(began).min(),
        stopped: ends.max(),
        comment: comment(&tests),
        files: results
            .iter()
            .flat_map(|result| result.files.clone())
            .collect(),
    }
}

/// Returns the comment on tests that did not simply pass.
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
            let earlier = test.earlier.iter().map(|attempt| attempt.outcome.verdict());
            let attempts: Vec<&str> = earlier.chain([verdict]).map(Verdict::word).collect();
            let _ = writeln!(text, "attempts: {}", attempts.join(", "));
        }
        if verdict != Verdict::Passed {
            let _ = writeln!(text, "{}", words::said(&test.outcome, FAILURE));
        }
    }
    (!text.is_empty()).then(|| words::bounded(text.trim_end(), FAILURE))
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
    let local = local.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let date = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let apart = local.duration_since(date).as_secs();
    let quarters = (apart + QUARTER / 2).div_euclid(QUARTER);
    Some(SignedDuration::from_secs(quarters * QUARTER))
}
