//! Reports as people and programs see them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Table, sanitized};
use crate::model::{Tally, TestCase, Verdict};
use crate::report::{ReadError, Summary};

/// Properties of the suites that say where a test ran, and are shown with the test.
const ENVIRONMENT: [&str; 4] = ["browser", "device", "os", "profile"];

/// Returns a report as `--json` shows it: what it holds, or the error that keeps it from being read.
pub fn report_json(path: &str, read: &Result<Summary, ReadError>) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert(String::from("path"), path.into());
    let (values, error) = match read {
        Ok(summary) => (summary_json(summary), Value::Null),
        Err(error) => (nothing_json(), error_json(error)),
    };
    if let Value::Object(values) = values {
        object.extend(values);
    }
    object.insert(String::from("error"), error);
    object
}

fn summary_json(summary: &Summary) -> Value {
    let tally = &summary.tally;
    json!({
        "format": summary.format.word(), "name": summary.name, "suites": summary.suites,
        "tests": tally.tests, "passed": tally.passed, "failed": tally.failed, "errored": tally.errored,
        "skipped": tally.skipped, "incomplete": tally.incomplete, "flaky": tally.flaky, "attempts": summary.attempts,
        "duration_seconds": summary.duration.map(|duration| duration.as_secs_f64()),
        "warnings": summary.warnings,
    })
}

fn nothing_json() -> Value {
    json!({
        "format": null, "name": null, "suites": null, "tests": null, "passed": null, "failed": null, "errored": null,
        "skipped": null, "incomplete": null, "flaky": null, "attempts": null, "duration_seconds": null, "warnings": [],
    })
}

fn error_json(error: &ReadError) -> Value {
    json!({
        "kind": error.kind.word(), "line": error.line, "column": error.column, "path": error.path,
        "message": error.message, "hint": error.hint, "causes": [],
    })
}

/// A test as `--json --cases` shows it.
#[derive(Debug, Serialize)]
pub struct CaseView<'a> {
    key: String,
    class_name: Option<&'a str>,
    name: &'a str,
    outcome: &'static str,
    seconds: Option<f64>,
    attempts: u64,
    flaky: bool,
    line: u64,
    properties: BTreeMap<&'a str, PropertyView<'a>>,
}

/// One value, or all of them where a property is repeated.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum PropertyView<'a> {
    One(&'a str),
    Many(Vec<&'a str>),
}

impl<'a> CaseView<'a> {
    /// Returns the view of a test: its own properties, and those of its suites that say where it ran.
    pub fn of(case: &'a TestCase) -> Self {
        let mut properties = BTreeMap::new();
        for property in &case.properties {
            let value = property.value.as_str();
            match properties.remove(property.name.as_str()) {
                None => properties.insert(property.name.as_str(), PropertyView::One(value)),
                Some(PropertyView::One(first)) => {
                    properties.insert(&property.name, PropertyView::Many(vec![first, value]))
                }
                Some(PropertyView::Many(mut values)) => {
                    values.push(value);
                    properties.insert(&property.name, PropertyView::Many(values))
                }
            };
        }
        for name in ENVIRONMENT {
            if let Some(value) = case.suite.property(name) {
                properties.entry(name).or_insert(PropertyView::One(value));
            }
        }
        Self {
            key: case.key().to_string(),
            class_name: case.class_name.as_deref(),
            name: &case.name,
            outcome: case.outcome.verdict().word(),
            seconds: case.duration.map(|duration| duration.as_secs_f64()),
            attempts: case.attempts(),
            flaky: case.is_flaky(),
            line: case.line,
            properties,
        }
    }
}

/// The reports as a table, one a line.
#[derive(Debug)]
pub struct ReportTable {
    table: Table,
}

impl ReportTable {
    /// Returns a table without reports.
    pub fn new() -> Self {
        let table = Table::new([
            "Report",
            "Format",
            "Tests",
            "Passed",
            "Failed",
            "Errored",
            "Skipped",
            "Incomplete",
            "Flaky",
            "Time",
        ]);
        Self {
            table: table.numbers(2..10).optional(5..10),
        }
    }

    /// Adds a report, or the fact that it cannot be read.
    pub fn add(&mut self, path: &str, read: &Result<Summary, ReadError>) {
        match read {
            Ok(summary) => self.row(
                sanitized(path),
                summary.format.word(),
                &summary.tally,
                summary.duration,
            ),
            Err(_) => self
                .table
                .row(vec![sanitized(path), String::from("unreadable")]),
        }
    }

    /// Returns the text for a screen of so many columns, with the sums below where there are several reports.
    pub fn finish(mut self, totals: &Tally, reports: usize, width: Option<usize>) -> String {
        if reports > 1 {
            self.row(String::from("Together"), "", totals, None);
        }
        self.table.text(width)
    }

    fn row(&mut self, path: String, format: &str, tally: &Tally, duration: Option<Duration>) {
        let mut cells = vec![path, format.to_owned(), tally.tests.to_string()];
        cells.extend(Verdict::ALL.iter().map(|verdict| match tally.of(*verdict) {
            0 => String::from("-"),
            count => count.to_string(),
        }));
        cells.push(match tally.flaky {
            0 => String::from("-"),
            count => count.to_string(),
        });
        cells.push(duration.map(took).unwrap_or_default());
        self.table.row(cells);
    }
}

impl Default for ReportTable {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns a duration as people read it.
fn took(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{:.2} s", duration.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}
