//! `results.json` of Katalon's own reporters, such as those for Jest, Cypress and pytest, in a folder `testops-report`.
//!
//! The groups of the tests and what ran them stand in files of their own; each result names its class. Times are milliseconds.

use std::sync::Arc;

use super::collector::Collector;
use super::document::Document;
use super::draft::Draft;
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::json::{Json, Next, Text, Walker, Wanted};
use super::location::Locations;
use super::sketch::Sketch;
use super::step;
use super::{Format, Summary};
use crate::model::{Failure, TestSuite, Verdict};

/// Returns whether a document is of this format, by its members.
pub(super) fn recognises(sketch: &Sketch) -> bool {
    sketch.has_all(&["results[].status", "results[].uuid"])
        && sketch.has_any(&["results[].suiteName", "results[].parentUuid"])
}

/// Reads a document.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader {
        locations: Locations::new(input.source),
        tests: Collector::new(input.visit),
        suite: Arc::default(),
        line: 1,
    };
    Text::new(document)
        .walk(&mut reader)?
        .warn(&mut reader.tests.warnings);
    Ok(reader.tests.finish(Format::Testops))
}

static TEST: Wanted = Wanted {
    members: &[
        "name",
        "suiteName",
        "description",
        "status",
        "errors",
        "failures",
        "message",
        "stackTrace",
        "start",
        "duration",
        "host",
    ],
    whole: &["parameters"],
};

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    Root,
    Results,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    suite: Arc<TestSuite>,
    line: u64,
}

impl Walker for Reader<'_> {
    type Place = Place;

    fn member(&mut self, at: Place, name: &str) -> Next<Place> {
        match (at, name) {
            (Place::Root, "results") => Next::Enter(Place::Results),
            _ => Next::Pass,
        }
    }

    fn element(&mut self, at: Place, line: u64) -> Next<Place> {
        self.line = line;
        match at {
            Place::Results => Next::Take(&TEST),
            Place::Root => Next::Pass,
        }
    }

    fn take(&mut self, _: Place, _: &str, value: Json) {
        self.test(&value);
    }

    fn leave(&mut self, _: Place) {}
}

impl Reader<'_> {
    fn test(&mut self, test: &Json) {
        let class = test.get("suiteName").text().unwrap_or_default();
        // Reporters of JavaScript give the path of the file, which belongs to the machine.
        let class_name = Some(self.locations.relative(class));
        let verdict = match test.get("status").text().unwrap_or_default() {
            "PASSED" => Verdict::Passed,
            "FAILED" => Verdict::Failed,
            "ERROR" => Verdict::Errored,
            "SKIPPED" => Verdict::Skipped,
            "INCOMPLETE" => Verdict::Incomplete,
            word => self.tests.unknown(self.line, "status", word),
        };
        let mut draft = Draft {
            line: self.line,
            class_name: class_name.map(Into::into),
            name: test.string("name").unwrap_or_default(),
            verdict: Some(verdict),
            duration: test.get("duration").duration(1e3),
            started: test.get("start").moment(),
            description: test.string("description"),
            failure: failure(test),
            parameters: step::properties(test.get("parameters")),
            ..Draft::default()
        };
        if let Some(host) = test.string("host") {
            draft.property("hostname", host);
        }
        self.tests.test(draft, Arc::clone(&self.suite));
    }
}

/// Returns the first of the failures and errors, with the others beside it.
fn failure(test: &Json) -> Failure {
    let all = ["failures", "errors"].into_iter();
    let all = all.flat_map(|member| test.get(member).list());
    let mut all = all.map(|one| Failure {
        message: one.string("message"),
        details: one.string("stackTrace"),
        ..Failure::default()
    });
    let first = all.next().unwrap_or_default();
    Failure {
        also: all.collect(),
        ..first
    }
}
