//! The end of `handin submit`: the summary for people, the document for programs.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::outcome::Outcome;
use crate::cli::ExitStatus;
use crate::cli::reading::ParsedReports;
use crate::model::{Tally, Verdict};
use crate::services::RemoteId;
use crate::ui::{Ui, counted, sanitized};

/// Returns the JSON document of the command.
pub(super) fn document(
    reports: &[Map<String, Value>],
    warnings: &[String],
    finished: &[Outcome],
    status: ExitStatus,
) -> Value {
    let submissions: Vec<Value> = finished.iter().map(Outcome::json).collect();
    let warnings: Vec<Value> = warnings
        .iter()
        .map(|message| json!({"message": message}))
        .collect();
    json!({
        "schema": "handin/submit/1",
        "reports": reports,
        "warnings": warnings,
        "submissions": submissions,
        "exit_code": status.code(),
    })
}

/// Returns the summary for people. What became of the results is its last line.
pub(super) fn summary(ui: &Ui, parsed: &ParsedReports, finished: &[Outcome]) -> String {
    let mut text = String::new();
    let reports = parsed.reports.len() as u64;
    // A call that only closes a submission reads none.
    if reports > 0 || parsed.tally.tests > 0 {
        let reports = counted(reports, "report");
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{reports}: {}", tally(&parsed.tally));
    }
    for outcome in finished {
        if finished.len() > 1 {
            let _ = writeln!(text, "{}", outcome.service.title());
        }
        details(&mut text, ui, outcome);
    }
    text + &verdict(parsed, finished)
}

/// Summarizes all submissions in a line, and what was not submitted.
pub(super) fn verdict(parsed: &ParsedReports, finished: &[Outcome]) -> String {
    let ends = finished.iter().map(|outcome| {
        let counts = outcome.receipt.counts.iter();
        let counts: Vec<String> = counts
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        let before = if counts.is_empty() { "" } else { ": " };
        let counts = format!("{before}{}", counts.join(", "));
        sanitized(&(headline(outcome) + &counts + &outcome.not_submitted()))
    });
    let unread = match parsed.unreadable.len() as u64 {
        0 => String::new(),
        count => format!("; {} could not be read", counted(count, "report")),
    };
    ends.collect::<Vec<_>>().join("; ") + &unread
}

/// Returns counts in words: `12 tests: 9 passed, 1 failed`.
fn tally(tally: &Tally) -> String {
    let parts: Vec<String> = Verdict::ALL
        .into_iter()
        .filter(|verdict| tally.of(*verdict) > 0)
        .map(|verdict| format!("{} {}", tally.of(verdict), verdict.word()))
        .collect();
    let flaky = match tally.flaky {
        0 => String::new(),
        count => format!("; {count} flaky"),
    };
    format!(
        "{}: {}{flaky}",
        counted(tally.tests, "test"),
        if parts.is_empty() {
            "none".to_owned()
        } else {
            parts.join(", ")
        }
    )
}

/// Returns where results go as people read it, up to the first part whose name each test gives: `acme / Shop / Regression`.
pub(super) fn place(outcome: &Outcome) -> String {
    if let Some(place) = &outcome.place {
        return sanitized(place);
    }
    let target = sanitized(&outcome.target);
    let target = target
        .strip_prefix(outcome.service.word())
        .unwrap_or(&target);
    let known: Vec<&str> = target
        .split(" › ")
        .take_while(|part| !part.contains('{'))
        .map(str::trim)
        .collect();
    known.join(" / ")
}

/// Summarizes a submission in a line: `qTest Manager: submitted and confirmed, cycle 12`.
pub(super) fn headline(outcome: &Outcome) -> String {
    let mut text = format!("{}: {}", outcome.service.title(), outcome.state());
    for same in outcome
        .receipt
        .ids
        .chunk_by(|one, other| one.kind == other.kind)
    {
        let _ = write!(text, ", {}", listed(same));
    }
    text
}

/// Names objects of one kind: `run 1`, `runs 1 and 2`, `cases 7, 8 and 40 more`.
fn listed(same: &[RemoteId]) -> String {
    let ids: Vec<&str> = same.iter().map(|id| id.id.as_str()).collect();
    let kind = same.first().map_or("", |id| id.kind);
    match ids.as_slice() {
        [only] => format!("{kind} {only}"),
        [first, second, others @ ..] if others.len() > 1 => {
            format!("{kind}s {first}, {second} and {} more", others.len())
        }
        [before @ .., last] => format!("{kind}s {} and {last}", before.join(", ")),
        [] => String::new(),
    }
}

/// Writes where the results are, or what would be written.
fn details(text: &mut String, ui: &Ui, outcome: &Outcome) {
    /// How many results of a dry run are shown; the document of `--json` has all.
    const SHOWN: usize = 100;
    if let Some(url) = &outcome.receipt.url {
        let _ = writeln!(text, "  {}", ui.link(url));
    }
    let Some(preview) = &outcome.preview else {
        return;
    };
    for line in &preview.writes {
        let _ = writeln!(text, "  would {}", sanitized(line));
    }
    if let Some(requests) = preview.requests {
        let requests = counted(requests, "request");
        let _ = writeln!(text, "  would take about {requests}");
    }
    for line in preview.results.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "  {:12} {} → {}",
            sanitized(&line.outcome),
            sanitized(&line.test),
            sanitized(&line.place)
        );
    }
    if let Some(more @ 1..) = preview.results.len().checked_sub(SHOWN) {
        let _ = writeln!(text, "  and {more} more: `--json` lists all");
    }
}
