//! CTRF, the Common Test Report Format: JSON that reporters for some twenty runners write, each in its own way.
//!
//! `suite` is a text, a list, the whole name of the test, or missing; times are milliseconds or seconds; the summary and the tests
//! may contradict each other: tests count.

use std::sync::Arc;

use super::collector::Collector;
use super::document::Document;
use super::draft::{Draft, outcome};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::json::{Json, Next, Text, Walker, Wanted};
use super::location::Locations;
use super::sketch::Sketch;
use super::step::{self, Steps};
use super::words::{self, Said};
use super::{Format, Summary};
use crate::model::{Attempt, Failure, TestSuite, Verdict};

/// Returns whether a document is of this format, by its members.
pub(super) fn recognises(sketch: &Sketch) -> bool {
    sketch.has("results.tests")
        && sketch.has_any(&["results.tool", "results.summary", "reportFormat"])
}

/// Reads a document.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader {
        locations: Locations::new(input.source),
        tests: Collector::new(input.visit),
        suite: Arc::new(TestSuite {
            properties: input.late.map_or(Vec::new(), |late| late.of(0).to_vec()),
            ..TestSuite::default()
        }),
        knows_late: input.late.is_some(),
        summary: Json::Null,
        line: 1,
    };
    reader.tests.late = input.late.cloned().unwrap_or_default();
    Text::new(document)
        .walk(&mut reader)?
        .warn(&mut reader.tests.warnings);
    Ok(reader.finish())
}

static TEST: Wanted = Wanted {
    members: &[
        "name",
        "status",
        "rawStatus",
        "duration",
        "start",
        "stop",
        "suite",
        "message",
        "trace",
        "type",
        "filePath",
        "retries",
        "flaky",
        "retryAttempts",
        "attempts",
        "tags",
        "browser",
        "device",
        "attachments",
        "path",
        "steps",
        "stdout",
        "stderr",
        "title",
        "id",
        "testId",
        "extra",
        "line",
    ],
    whole: &["labels", "parameters", "annotations"],
};
static PLAIN: Wanted = Wanted::ALL;

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    Root,
    Results,
    Tests,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    suite: Arc<TestSuite>,
    /// Whether it knew before its first test what stands behind the last.
    knows_late: bool,
    summary: Json,
    line: u64,
}

impl Walker for Reader<'_> {
    type Place = Place;

    fn member(&mut self, at: Place, name: &str) -> Next<Place> {
        match (at, name) {
            (Place::Root, "results") => Next::Enter(Place::Results),
            (Place::Results, "tests") => Next::Enter(Place::Tests),
            (Place::Results, "summary" | "tool" | "environment") => Next::Take(&PLAIN),
            _ => Next::Pass,
        }
    }

    fn element(&mut self, at: Place, line: u64) -> Next<Place> {
        self.line = line;
        match at {
            Place::Tests => Next::Take(&TEST),
            Place::Root | Place::Results => Next::Pass,
        }
    }

    fn take(&mut self, at: Place, name: &str, value: Json) {
        match (at, name) {
            (Place::Tests, _) => self.test(&value),
            (_, "summary") => {
                self.tests.started = self.tests.started.or(value.get("start").moment());
                self.summary = value;
            }
            (_, "tool") => self.tests.name = value.string("name"),
            (_, "environment") if !self.knows_late => self.environment(&value),
            _ => {}
        }
    }

    fn leave(&mut self, _: Place) {}
}

impl Reader<'_> {
    /// Takes where all tests ran, which most reporters write behind them.
    fn environment(&mut self, environment: &Json) {
        let properties = step::properties(environment);
        let is_first = self.tests.tally().tests == 0;
        if let Some(suite) = Arc::get_mut(&mut self.suite).filter(|_| is_first) {
            suite.properties = properties;
            return;
        }
        for property in properties {
            self.tests.late.add(0, property);
        }
    }

    fn test(&mut self, test: &Json) {
        let file = test
            .get("filePath")
            .text()
            .map(|path| self.locations.relative(path));
        let (class_name, name) = names(test, file.as_deref());
        let verdict = self.verdict(test);
        let mut draft = Draft {
            line: self.line,
            class_name: class_name.map(Into::into),
            name,
            verdict: Some(verdict),
            duration: test.get("duration").duration(1e3),
            started: test.get("start").moment(),
            failure: failure(test),
            called_flaky: test.get("flaky").is_true(),
            ..Draft::default()
        };
        for member in ["type", "browser", "device", "rawStatus"] {
            if let Some(value) = test.string(member) {
                draft.property(member, value);
            }
        }
        describe(&mut draft, test);
        let mut steps = Steps::default();
        for step in test.get("steps").list() {
            steps.add(step, "name", step::verdict(step.get("status").text()));
        }
        draft.steps = steps.finish();
        for (member, text) in [
            ("stdout", &mut draft.output),
            ("stderr", &mut draft.error_output),
        ] {
            let lines = test.get(member).list().iter();
            lines.filter_map(Json::text).for_each(|line| {
                text.push(line);
                text.push("\n");
            });
        }
        self.attempts(&mut draft, test);
        self.tests.test(draft, Arc::clone(&self.suite));
    }

    fn verdict(&mut self, test: &Json) -> Verdict {
        let raw = test
            .get("rawStatus")
            .text()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match test.get("status").text().unwrap_or_default() {
            // Playwright's reporter lists a test as passed that was expected to fail and did not.
            "passed" if raw == "passed" && is_to_fail(test) => Verdict::Failed,
            "passed" => {
                if !is_to_fail(test) {
                    self.tests.doubt(self.line, &raw);
                }
                Verdict::Passed
            }
            "failed" => Verdict::Failed,
            "skipped" | "pending" => Verdict::Skipped,
            // A word of its own for what is none of these: only the runner's may say more.
            "other" => match words::said(&raw) {
                Said::Ended(verdict) if verdict != Verdict::Passed => verdict,
                Said::Ended(_) | Said::Nothing | Said::Unknown => Verdict::Incomplete,
            },
            word => self.tests.foreign(self.line, "status", word),
        }
    }

    /// Takes the tries before the last one: as many as are told, and at least as many as are counted.
    fn attempts(&mut self, draft: &mut Draft, test: &Json) {
        let told = test.get("retryAttempts").list();
        let told = if told.is_empty() {
            test.get("attempts").list()
        } else {
            told
        };
        let counted = test.get("retries").count().unwrap_or(0).min(100);
        // Some list the try that counts with the others.
        let ended = |attempt: &Json| attempt.get("status").text() == test.get("status").text();
        let told = match told.split_last() {
            Some((last, before)) if before.len() as u64 == counted && ended(last) => before,
            _ => told,
        };
        for attempt in told {
            let verdict = self.verdict(attempt);
            draft.attempt(Attempt {
                outcome: outcome(verdict, failure(attempt)),
                duration: attempt.get("duration").duration(1e3),
                started: attempt.get("start").moment(),
                attachments: step::attachments(attempt.get("attachments"), "path"),
            });
        }
        for _ in told.len() as u64..counted {
            // A test is only tried again when it has not passed.
            let verdict = match draft.verdict {
                Some(Verdict::Skipped) => Verdict::Skipped,
                _ => Verdict::Failed,
            };
            draft.attempt(Attempt {
                outcome: outcome(verdict, Failure::default()),
                duration: None,
                started: None,
                attachments: Vec::new(),
            });
        }
    }

    fn finish(mut self) -> Summary {
        let tally = *self.tests.tally();
        let counted = [
            ("tests", tally.tests),
            ("passed", tally.passed),
            ("failed", tally.failed + tally.errored),
        ];
        for (member, counted) in counted {
            let what = if member == "tests" { "tests" } else { member };
            self.tests
                .compare(what, self.summary.get(member).count(), counted);
        }
        self.tests.finish(Format::Ctrf)
    }
}

/// Returns whether a test is marked as one that is expected to fail.
fn is_to_fail(test: &Json) -> bool {
    let mut annotations = test.get("extra").get("annotations").list().iter();
    annotations.any(|annotation| annotation.get("type").text() == Some("fail"))
}

/// Takes tags, labels, parameters, annotations and files.
fn describe(draft: &mut Draft, test: &Json) {
    for member in ["id", "testId"] {
        if let Some(id) = test.get(member).shown() {
            draft.property(member, id);
        }
    }
    test.get("tags")
        .list()
        .iter()
        .filter_map(Json::text)
        .for_each(|tag| draft.tag(tag));
    for member in ["labels", "parameters"] {
        for property in step::properties(test.get(member)) {
            draft.property(&property.name, property.value);
        }
    }
    step::annotations(draft, test.get("extra").get("annotations"));
    draft.attachments = step::attachments(test.get("attachments"), "path");
}

fn failure(test: &Json) -> Failure {
    Failure {
        kind: None,
        message: test.string("message"),
        details: test.string("trace"),
        also: Vec::new(),
    }
}

/// Returns the class and the name: the file, or else the groups around the test; and its name, with the groups that it does not
/// begin with.
fn names(test: &Json, file: Option<&str>) -> (Option<String>, String) {
    let name = test.string("name").unwrap_or_default();
    let suite = test.get("suite");
    let groups: Vec<&str> = match suite.text() {
        Some(groups) if groups == name => Vec::new(),
        Some(groups) => groups.split(" > ").collect(),
        None => suite.list().iter().filter_map(Json::text).collect(),
    };
    let Some(file) = file else {
        let class = Some(groups.join(" › ")).filter(|class| !class.is_empty());
        return (class, name);
    };
    // pytest's own way to name a test.
    let inner = name
        .split_once("::")
        .filter(|(path, _)| file.ends_with(path));
    if let Some((_, inner)) = inner {
        return (Some(file.to_owned()), inner.replace("::", " › "));
    }
    // A project or a browser may stand before the file.
    let is_file =
        |group: &&str| group.ends_with(base(file)) || file.ends_with(&group.replace('\\', "/"));
    let behind = groups.iter().position(is_file).map_or(0, |at| at + 1);
    let groups = groups.get(behind..).unwrap_or_default();
    let around = groups.iter().filter(|group| **group != name).copied();
    let around: Vec<&str> = around.collect();
    let begins = name.starts_with(&around.join(" ")) || name.starts_with(&around.join(" > "));
    let name = if around.is_empty() || begins {
        name
    } else {
        format!("{} › {name}", around.join(" › "))
    };
    (Some(file.to_owned()), name)
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
