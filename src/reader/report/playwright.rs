//! Playwright's own JSON (`--reporter=json`).
//!
//! The verdict is that of `tests[].status`: a spec may be `ok` although one of its projects failed, and a failed result may be
//! what was expected. Attempts are the results of a test. What went wrong outside of tests stands in `errors` at the top.

use std::sync::Arc;

use super::collector::Collector;
use super::document::Document;
use super::draft::{Draft, outcome};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::groups::Groups;
use super::json::{Json, Next, Text, Walker, Wanted};
use super::location::Locations;
use super::sketch::Sketch;
use super::step::{self, Steps};
use super::{Format, Summary};
use crate::model::{Attempt, Failure, StepVerdict, TestStep, TestSuite, Verdict};

/// Returns whether a document is of this format, by its members.
pub(super) fn recognises(sketch: &Sketch) -> bool {
    sketch.has_any(&["config.rootDir", "config.projects", "config.configFile"])
        || sketch.has_all(&["suites[].specs"])
        || sketch.has_all(&["suites", "errors", "stats"])
}

/// Reads a document.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader {
        locations: Locations::new(input.source),
        tests: Collector::new(input.visit),
        groups: Groups::new(input.source, &["suites"], &SUITE),
        stats: Json::Null,
        line: 1,
        flaky: 0,
    };
    Text::new(document)
        .walk(&mut reader)?
        .warn(&mut reader.tests.warnings);
    Ok(reader.finish())
}

static SPEC: Wanted = Wanted {
    members: &[
        "title",
        "tags",
        "tests",
        "file",
        "annotations",
        "type",
        "description",
        "projectName",
        "expectedStatus",
        "status",
        "results",
        "duration",
        "errors",
        "error",
        "message",
        "stack",
        "stdout",
        "stderr",
        "text",
        "startTime",
        "steps",
        "attachments",
        "name",
        "path",
        "line",
    ],
    whole: &[],
};
/// What a suite says of itself.
static SUITE: [&str; 2] = ["title", "file"];
static PLAIN: Wanted = Wanted::ALL;
static ERROR: Wanted = Wanted {
    members: &["message", "stack", "value"],
    whole: &[],
};

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    Root,
    Suites,
    Suite,
    Specs,
    Errors,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    /// The open suites: a file, and the groups in it.
    groups: Groups,
    stats: Json,
    line: u64,
    flaky: u64,
}

impl Walker for Reader<'_> {
    type Place = Place;

    fn member(&mut self, at: Place, name: &str) -> Next<Place> {
        match (at, name) {
            (Place::Root, "suites") => Next::Enter(Place::Suites),
            (Place::Root, "errors") => Next::Enter(Place::Errors),
            (Place::Root, "stats") | (Place::Suite, "title" | "file") => Next::Take(&PLAIN),
            (Place::Suite, "specs" | "suites") => {
                self.hear_on();
                Next::Enter(if name == "specs" {
                    Place::Specs
                } else {
                    Place::Suites
                })
            }
            _ => Next::Pass,
        }
    }

    fn element(&mut self, at: Place, line: u64) -> Next<Place> {
        self.line = line;
        match at {
            Place::Suites => {
                self.groups.begin();
                Next::Enter(Place::Suite)
            }
            Place::Specs => Next::Take(&SPEC),
            Place::Errors => Next::Take(&ERROR),
            Place::Root | Place::Suite => Next::Pass,
        }
    }

    fn take(&mut self, at: Place, name: &str, value: Json) {
        match (at, name) {
            (Place::Root, _) => self.stats = value,
            (Place::Suite, _) => self.say(name, &value),
            (Place::Errors, _) => {
                let message = value.get("message").text().or(value.get("value").text());
                let message = message.unwrap_or_default().to_owned();
                self.tests
                    .outside(Some(self.line), "Playwright reports an error", &message);
            }
            (Place::Specs, _) => self.spec(&value),
            (Place::Suites, _) => {}
        }
    }

    fn leave(&mut self, at: Place) {
        if matches!(at, Place::Suite) {
            self.groups.end();
        }
    }
}

impl Reader<'_> {
    fn say(&mut self, name: &str, value: &Json) {
        let locations = &self.locations;
        self.groups
            .say(name, value, |path| locations.relative(path));
    }

    /// Hears what the suite says of itself behind what it holds.
    fn hear_on(&mut self) {
        for (name, value) in self.groups.behind().members() {
            self.say(name, value);
        }
    }

    fn spec(&mut self, spec: &Json) {
        let suite = self.groups.suite();
        let own = spec
            .get("file")
            .text()
            .map(|path| self.locations.relative(path));
        let file = own.or_else(|| suite.file.clone());
        let groups = self.groups.titles();
        let groups = groups.filter(|title| !title.is_empty() && Some(*title) != file.as_deref());
        // The outermost suite is the file, whatever it is called.
        let first = self.groups.titles().next();
        let first = first.filter(|_| self.groups.is_of_file());
        let title = spec.string("title").unwrap_or_default();
        let names: Vec<&str> = groups
            .filter(|title| Some(*title) != first)
            .chain([title.as_str()])
            .collect();
        let name = names.join(" › ");
        for test in spec.get("tests").list() {
            self.test(spec, test, (file.as_deref(), &name), &suite);
        }
        if spec.get("tests").list().is_empty() {
            let message = format!("`{name}` is listed and has no test in any project");
            self.tests.warnings.add(Some(self.line), message);
        }
    }

    fn test(
        &mut self,
        spec: &Json,
        test: &Json,
        names: (Option<&str>, &str),
        suite: &Arc<TestSuite>,
    ) {
        let results = test.get("results").list();
        let last = results.last();
        let verdict = self.verdict(test, last);
        let mut draft = Draft {
            line: self.line,
            class_name: names.0.map(Into::into),
            name: names.1.to_owned(),
            verdict: Some(verdict),
            called_flaky: test.get("status").text() == Some("flaky"),
            ..Draft::default()
        };
        self.flaky += u64::from(draft.called_flaky);
        if let Some(project) = test.string("projectName") {
            draft.property("project", project);
        }
        spec.get("tags")
            .list()
            .iter()
            .filter_map(Json::text)
            .for_each(|tag| draft.tag(tag));
        let told = last
            .map(|result| result.get("annotations"))
            .filter(|it| !it.list().is_empty());
        let annotations = told.unwrap_or_else(|| test.get("annotations"));
        step::annotations(&mut draft, annotations);
        if verdict == Verdict::Skipped {
            draft.reason = reason(annotations);
        }
        for result in results.split_last().map_or(&[][..], |(_, earlier)| earlier) {
            draft.attempt(self.attempt(test, result));
        }
        if let Some(result) = last {
            fill(&mut draft, result);
        }
        if draft.failure == Failure::default() && verdict.is_bad() {
            draft.failure.message = unexpected(test, last);
        }
        self.tests.test(draft, Arc::clone(suite));
    }

    /// Returns the verdict in `status`; of an unexpected one, the last result says how.
    fn verdict(&mut self, test: &Json, last: Option<&Json>) -> Verdict {
        let ended = last
            .and_then(|result| result.get("status").text())
            .unwrap_or_default();
        // Old versions write it of the results alone.
        if let Some(last) = last.filter(|_| !test.get("status").is_some()) {
            return self.of_result(test, last);
        }
        match test.get("status").text().unwrap_or_default() {
            "expected" | "flaky" => match last {
                None => Verdict::Incomplete,
                // Where no try did what was expected there is no pass, whatever their sum is called.
                Some(_) if !has_passed(test) => self.tests.said(self.line, "status", ended),
                Some(_) => Verdict::Passed,
            },
            "skipped" if ended == "interrupted" => Verdict::Incomplete,
            "skipped" => Verdict::Skipped,
            "unexpected" => match ended {
                "interrupted" | "" => Verdict::Incomplete,
                _ => Verdict::Failed,
            },
            word => self.tests.foreign(self.line, "status", word),
        }
    }

    /// Returns the verdict of one result.
    fn of_result(&mut self, test: &Json, result: &Json) -> Verdict {
        let expected = test.get("expectedStatus").text().unwrap_or("passed");
        match result.get("status").text().unwrap_or_default() {
            "skipped" => Verdict::Skipped,
            status if status == expected => Verdict::Passed,
            "passed" | "failed" | "timedOut" => Verdict::Failed,
            "interrupted" => Verdict::Incomplete,
            word => self.tests.foreign(self.line, "status", word),
        }
    }

    fn attempt(&mut self, test: &Json, result: &Json) -> Attempt {
        Attempt {
            outcome: outcome(self.of_result(test, result), failure(result)),
            duration: result.get("duration").duration(1e3),
            started: result.get("startTime").moment(),
            attachments: step::attachments(result.get("attachments"), "path"),
        }
    }

    fn finish(mut self) -> Summary {
        let tally = *self.tests.tally();
        self.tests.suites = self.groups.count;
        let of = |member: &str| self.stats.get(member).count();
        let (expected, flaky) = (of("expected"), of("flaky"));
        let passed = expected
            .zip(flaky)
            .map(|(expected, flaky)| expected + flaky);
        let unexpected = of("unexpected");
        let skipped = of("skipped");
        self.tests.whole = self.stats.get("duration").duration(1e3);
        self.tests.started = self.stats.get("startTime").moment().or(self.tests.started);
        self.tests
            .compare("expected and flaky tests", passed, tally.passed);
        self.tests.compare("skipped tests", skipped, tally.skipped);
        let bad = tally.failed + tally.errored + tally.incomplete;
        self.tests.compare("unexpected tests", unexpected, bad);
        self.tests.compare("flaky tests", flaky, self.flaky);
        self.tests.finish(Format::Playwright)
    }
}

/// Returns whether any try of a test did what was expected of it.
fn has_passed(test: &Json) -> bool {
    let expected = test.get("expectedStatus").text().unwrap_or("passed");
    let mut results = test.get("results").list().iter();
    results.any(|result| result.get("status").text() == Some(expected))
}

/// Takes what a result tells.
fn fill(draft: &mut Draft, result: &Json) {
    draft.failure = failure(result);
    draft.duration = result.get("duration").duration(1e3);
    draft.started = result.get("startTime").moment();
    let mut steps = Steps::default();
    steps.nested(result.get("steps").list(), &of_step);
    draft.steps = steps.finish();
    draft.attachments = step::attachments(result.get("attachments"), "path");
    for (member, text) in [
        ("stdout", &mut draft.output),
        ("stderr", &mut draft.error_output),
    ] {
        for piece in result.get(member).list() {
            text.push(piece.get("text").text().unwrap_or_default());
        }
    }
}

fn of_step(step: &Json) -> TestStep {
    let error = step.get("error");
    TestStep {
        name: step.string("title").unwrap_or_default(),
        description: None,
        verdict: if error.is_some() {
            StepVerdict::Failed
        } else {
            StepVerdict::Passed
        },
        message: error.string("message"),
        duration: step.get("duration").duration(1e3),
        started: None,
        attachments: Vec::new(),
    }
}

fn failure(result: &Json) -> Failure {
    let mut all = result.get("errors").list().iter().map(of_error);
    let own = Some(result.get("error"))
        .filter(|error| error.is_some())
        .map(of_error);
    let first = all.next();
    let details = own.as_ref().and_then(|own| own.details.clone());
    let mut failure = first.or(own).unwrap_or_default();
    failure.details = failure.details.or(details);
    failure.also = all.take(100).collect();
    failure
}

fn of_error(error: &Json) -> Failure {
    Failure {
        kind: None,
        message: error.string("message").or_else(|| error.string("value")),
        details: error.string("stack"),
        also: Vec::new(),
    }
}

/// Describes what was unexpected if there is no error.
fn unexpected(test: &Json, last: Option<&Json>) -> Option<String> {
    let expected = test.get("expectedStatus").text()?;
    let ended = last?.get("status").text()?;
    Some(format!(
        "it was expected to end as {expected}, and ended as {ended}"
    ))
}

/// Returns why a test was left out.
fn reason(annotations: &Json) -> Option<String> {
    let is_skip =
        |annotation: &&Json| matches!(annotation.get("type").text(), Some("skip" | "fixme"));
    let annotation = annotations.list().iter().find(is_skip)?;
    annotation.string("description")
}
