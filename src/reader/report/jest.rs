//! The JSON of Jest (`--json`) and Vitest (`--reporter=json`).
//!
//! A passed test with messages was tried again. A file that cannot be loaded, and hooks around all tests of a file, leave their
//! trace at the file alone. The path of a file is absolute, and stands behind its tests. What Jest hands to its reporters, and some of
//! them write as it is, has other names for the same: `testFilePath`, `failureMessage`, `testResults` of `testResults`.

use std::sync::Arc;

use super::collector::Collector;
use super::document::Document;
use super::draft::{Draft, outcome};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::json::{Json, Next, Shape, Text, Waiting, Walker, Wanted};
use super::location::Locations;
use super::sketch::Sketch;
use super::step;
use super::{Format, Summary};
use crate::model::{Attempt, Failure, TestSuite, Verdict};

/// Returns whether a document is of this format, by its members.
pub(super) fn recognises(sketch: &Sketch) -> bool {
    sketch.has("testResults[]")
        && sketch.has_any(&[
            "numTotalTests",
            "numFailedTests",
            "testResults[].assertionResults",
            "testResults[].testFilePath",
        ])
        || sketch.has_all(&["numTotalTests", "numFailedTests", "testResults"])
}

/// Reads a document.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader {
        locations: Locations::new(input.source),
        tests: Collector::new(input.visit),
        file: Waiting::new(&FILE, input.source),
        suite: None,
        has_failed: false,
        has_tests: false,
        success: None,
        unloaded: 0,
        line: 1,
    };
    Text::new(document)
        .walk(&mut reader)?
        .warn(&mut reader.tests.warnings);
    Ok(reader.finish())
}

static FILE: Shape = Shape {
    list: "testResults",
    children: &["assertionResults", "testResults"],
    known_by: &["name"],
    head: &[
        "name",
        "testFilePath",
        "status",
        "message",
        "failureMessage",
        "testExecError",
        "startTime",
        "endTime",
    ],
};
static TEST: Wanted = Wanted {
    members: &[
        "ancestorTitles",
        "duration",
        "failureMessages",
        "fullName",
        "invocations",
        "status",
        "title",
        "startAt",
        "tags",
        "retryReasons",
        "retryMessages",
    ],
    whole: &["meta"],
};
static PLAIN: Wanted = Wanted::ALL;

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    Root,
    Files,
    File,
    Tests,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    file: Waiting,
    /// The suite of the present file, once a test of it was handed over.
    suite: Option<Arc<TestSuite>>,
    has_failed: bool,
    has_tests: bool,
    success: Option<bool>,
    /// How many files could not be loaded.
    unloaded: u64,
    line: u64,
}

impl Walker for Reader<'_> {
    type Place = Place;

    fn member(&mut self, at: Place, name: &str) -> Next<Place> {
        match (at, name) {
            (Place::Root, "testResults") => Next::Enter(Place::Files),
            (
                Place::Root,
                "numTotalTests"
                | "numPassedTests"
                | "numFailedTests"
                | "numRuntimeErrorTestSuites"
                | "startTime"
                | "success"
                | "wasInterrupted",
            ) => Next::Take(&PLAIN),
            (Place::File, "assertionResults" | "testResults") => Next::Enter(Place::Tests),
            (Place::File, name) if FILE.head.contains(&name) => Next::Take(&PLAIN),
            _ => Next::Pass,
        }
    }

    fn element(&mut self, at: Place, line: u64) -> Next<Place> {
        self.line = line;
        match at {
            Place::Files => Next::Enter(Place::File),
            Place::Tests => Next::Take(&TEST),
            Place::Root | Place::File => Next::Pass,
        }
    }

    fn take(&mut self, at: Place, name: &str, value: Json) {
        match (at, name) {
            (Place::Root, "numTotalTests") => self.tests.declared = value.count(),
            (Place::Root, "numPassedTests") => self.tests.declared_passed = value.count(),
            (Place::Root, "numFailedTests") => self.tests.declared_failed = value.count(),
            (Place::Root, "numRuntimeErrorTestSuites") => {
                self.unloaded = value.count().unwrap_or(0);
            }
            (Place::Root, "startTime") => self.tests.started = value.moment(),
            (Place::Root, "success") => self.success = Some(value.is_true()),
            (Place::Root, _) => {
                if value.is_true() {
                    self.tests.outside(
                        None,
                        "the run was interrupted",
                        "its other tests were not run",
                    );
                }
            }
            (Place::File, _) => self.file.say(name, value),
            (Place::Tests, _) => {
                if let Some((head, tests)) = self.file.child(self.line, value) {
                    self.hand_over(&head, &tests);
                }
            }
            (Place::Files, _) => {}
        }
    }

    fn leave(&mut self, at: Place) {
        if matches!(at, Place::File) {
            let (head, tests) = self.file.end();
            self.hand_over(&head, &tests);
            self.end_of_file(&head);
        }
    }
}

impl Reader<'_> {
    fn hand_over(&mut self, head: &Json, tests: &[(u64, Json)]) {
        for (line, test) in tests {
            self.test(*line, head, test);
        }
    }

    /// Warns of what only the file reports: that it could not be loaded, or that something around its tests failed.
    fn end_of_file(&mut self, head: &Json) {
        let error = head.get("testExecError");
        let error = error.get("message").text().or(error.text());
        let is_failed = head.get("status").text() == Some("failed");
        if error.is_some() || is_failed && !self.has_failed {
            let file = self.locations.relative(path(head).unwrap_or_default());
            let what = if self.has_tests {
                format!("`{file}` failed outside of its tests")
            } else {
                format!("`{file}` could not be run")
            };
            let message = head.first(&["message", "failureMessage"]).text();
            let message = message.filter(|text| !text.is_empty()).or(error);
            let message = message.unwrap_or_default().to_owned();
            self.tests.outside(Some(self.line), &what, &message);
        }
        self.suite = None;
        self.has_failed = false;
        self.has_tests = false;
    }

    fn suite(&mut self, head: &Json) -> Arc<TestSuite> {
        if let Some(suite) = &self.suite {
            return Arc::clone(suite);
        }
        self.tests.suites += 1;
        let file = path(head).map(|path| self.locations.relative(path));
        let suite = Arc::new(TestSuite {
            name: file.clone().unwrap_or_default(),
            file,
            started: head.get("startTime").moment(),
            ..TestSuite::default()
        });
        self.suite = Some(Arc::clone(&suite));
        suite
    }

    fn test(&mut self, line: u64, head: &Json, test: &Json) {
        let suite = self.suite(head);
        let verdict = self.verdict(line, test);
        self.has_tests = true;
        self.has_failed |= verdict.is_bad();
        let groups = test
            .get("ancestorTitles")
            .list()
            .iter()
            .filter_map(Json::text);
        let title = test.string("title").or_else(|| test.string("fullName"));
        let names: Vec<&str> = groups.chain(title.as_deref()).collect();
        let messages = test.get("failureMessages").list();
        let mut draft = Draft {
            line,
            class_name: suite.file.as_deref().map(Into::into),
            name: names.join(" › "),
            verdict: Some(verdict),
            duration: test.get("duration").duration(1e3),
            started: test.get("startAt").moment(),
            ..Draft::default()
        };
        test.get("tags")
            .list()
            .iter()
            .filter_map(Json::text)
            .for_each(|tag| draft.tag(tag));
        for property in step::properties(test.get("meta")) {
            draft.property(&property.name, property.value);
        }
        if verdict.is_bad() {
            draft.failure = failures(messages);
        }
        attempts(&mut draft, test, messages);
        self.tests.test(draft, suite);
    }

    fn verdict(&mut self, line: u64, test: &Json) -> Verdict {
        match test.get("status").text().unwrap_or_default() {
            "passed" => Verdict::Passed,
            "failed" => Verdict::Failed,
            "pending" | "skipped" | "todo" | "disabled" => Verdict::Skipped,
            word => self.tests.foreign(line, "status", word),
        }
    }

    fn finish(mut self) -> Summary {
        if self.success == Some(false) || self.unloaded > 0 {
            self.tests.says_failed();
        }
        self.tests.finish(Format::Jest)
    }
}

/// Returns the path of a file.
fn path(head: &Json) -> Option<&str> {
    head.first(&["name", "testFilePath"]).text()
}

/// Takes the tries before the last one. Jest counts them; Vitest leaves the messages of a test that passed in the end.
fn attempts(draft: &mut Draft, test: &Json, messages: &[Json]) {
    let counted = test
        .get("invocations")
        .count()
        .unwrap_or(1)
        .saturating_sub(1)
        .min(100);
    let reasons = test.get("retryReasons").list();
    let texts = match draft.verdict {
        Some(Verdict::Passed) if counted == 0 => messages,
        _ => reasons,
    };
    let number = usize::try_from(counted).unwrap_or(0).max(texts.len());
    for index in 0..number {
        let failure = texts
            .get(index)
            .map(|text| failures(std::slice::from_ref(text)));
        draft.attempt(Attempt {
            outcome: outcome(Verdict::Failed, failure.unwrap_or_default()),
            duration: None,
            started: None,
            attachments: Vec::new(),
        });
    }
}

/// Returns messages as a failure: the first paragraph is the message, all of it the details.
fn failures(messages: &[Json]) -> Failure {
    let mut all = messages.iter().filter_map(Json::text).map(|text| {
        let message = text.split("\n    at ").next().unwrap_or(text).trim();
        Failure {
            kind: None,
            message: Some(message.to_owned()),
            details: Some(text.to_owned()).filter(|text| text.trim() != message),
            also: Vec::new(),
        }
    });
    let first = all.next().unwrap_or_default();
    Failure {
        also: all.take(100).collect(),
        ..first
    }
}
