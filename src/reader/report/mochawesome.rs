//! mochawesome, the JSON that the reporter of this name writes for Mocha and Cypress.
//!
//! Failed hooks stand beside the tests and are in no counter of failures; tests behind them have no state. `context` is JSON inside
//! a text. An empty run is `"results": [false]`.

use super::collector::Collector;
use super::document::Document;
use super::draft::Draft;
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::groups::Groups;
use super::json::{Json, Next, Text, Walker, Wanted};
use super::location::Locations;
use super::sketch::Sketch;
use super::step;
use super::{Format, Summary};
use crate::model::{Failure, Verdict};

/// Returns whether a document is of this format, by its members.
pub(super) fn recognises(sketch: &Sketch) -> bool {
    sketch.has("results[]")
        && sketch.has_any(&["stats.passPercent", "stats.testsRegistered", "stats.suites"])
}

/// Reads a document.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader {
        locations: Locations::new(input.source),
        tests: Collector::new(input.visit),
        groups: Groups::new(input.source, &["results", "suites"], &SUITE),
        stats: Json::Null,
        line: 1,
    };
    Text::new(document)
        .walk(&mut reader)?
        .warn(&mut reader.tests.warnings);
    Ok(reader.finish())
}

static TEST: Wanted = Wanted {
    members: &[
        "title",
        "fullTitle",
        "timedOut",
        "duration",
        "state",
        "pass",
        "fail",
        "pending",
        "skipped",
        "context",
        "err",
        "message",
        "estack",
        "diff",
        "isHook",
    ],
    whole: &[],
};
/// What a suite says of itself.
static SUITE: [&str; 3] = ["title", "file", "fullFile"];
static PLAIN: Wanted = Wanted::ALL;

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    Root,
    Suites,
    Suite,
    Tests,
    Hooks,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    groups: Groups,
    stats: Json,
    line: u64,
}

impl Walker for Reader<'_> {
    type Place = Place;

    fn member(&mut self, at: Place, name: &str) -> Next<Place> {
        match (at, name) {
            (Place::Root, "results") => Next::Enter(Place::Suites),
            (Place::Root, "stats") | (Place::Suite, "title" | "file" | "fullFile") => {
                Next::Take(&PLAIN)
            }
            (Place::Suite, "tests" | "suites") => {
                self.hear_on();
                Next::Enter(if name == "tests" {
                    Place::Tests
                } else {
                    Place::Suites
                })
            }
            (Place::Suite, "beforeHooks" | "afterHooks") => Next::Enter(Place::Hooks),
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
            Place::Tests | Place::Hooks => Next::Take(&TEST),
            Place::Root | Place::Suite => Next::Pass,
        }
    }

    fn take(&mut self, at: Place, name: &str, value: Json) {
        match (at, name) {
            (Place::Root, _) => self.stats = value,
            (Place::Suite, _) => self.say(name, &value),
            (Place::Tests, _) => self.test(&value),
            (Place::Hooks, _) => self.hook(&value),
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
        // `file` is the path from the working directory on, with a slash in front.
        self.groups.say(name, value, |path| match name {
            "file" => locations.relative(path.trim_start_matches(['/', '\\'])),
            _ => locations.relative(path),
        });
    }

    /// Hears what the suite says of itself behind what it holds.
    fn hear_on(&mut self) {
        for (name, value) in self.groups.behind().members() {
            self.say(name, value);
        }
    }

    fn test(&mut self, test: &Json) {
        let suite = self.groups.suite();
        let verdict = self.verdict(test);
        let mut draft = Draft {
            line: self.line,
            class_name: suite.file.as_deref().map(Into::into),
            name: self.name(test),
            verdict: Some(verdict),
            duration: test.get("duration").duration(1e3),
            failure: failure(test),
            ..Draft::default()
        };
        if verdict == Verdict::Skipped && test.get("skipped").is_true() {
            draft.reason = Some(String::from("it was not run: a hook before it failed"));
        }
        if let Some(context) = test.get("context").text() {
            add_context(&mut draft, context);
        }
        self.tests.test(draft, suite);
    }

    fn verdict(&mut self, test: &Json) -> Verdict {
        let is = |member: &str| test.get(member).is_true();
        match test.get("state").text() {
            Some("failed") => Verdict::Failed,
            _ if is("fail") => Verdict::Failed,
            Some("pending" | "skipped") => Verdict::Skipped,
            _ if is("pending") || is("skipped") => Verdict::Skipped,
            Some("passed") => Verdict::Passed,
            None if is("pass") => Verdict::Passed,
            None => self.tests.unknown(self.line, "state", "none"),
            Some(word) => self.tests.foreign(self.line, "state", word),
        }
    }

    fn hook(&mut self, hook: &Json) {
        if hook.get("fail").is_true() || hook.get("state").text() == Some("failed") {
            let title = hook.get("title").text().unwrap_or_default();
            let what = format!("the hook `{title}` failed");
            let message = hook.get("err").string("message").unwrap_or_default();
            self.tests.outside(Some(self.line), &what, &message);
        }
    }

    /// Returns the name of a test with the groups around it.
    fn name(&self, test: &Json) -> String {
        let title = test
            .string("title")
            .or_else(|| test.string("fullTitle"))
            .unwrap_or_default();
        let groups = self.groups.titles();
        let names: Vec<&str> = groups
            .filter(|title| !title.is_empty())
            .chain([title.as_str()])
            .collect();
        names.join(" › ")
    }

    fn finish(mut self) -> Summary {
        let tally = *self.tests.tally();
        let stats = std::mem::take(&mut self.stats);
        self.tests.suites = self.groups.count;
        self.tests.whole = stats.get("duration").duration(1e3);
        self.tests.started = stats.get("start").moment();
        let registered = stats.get("testsRegistered").count();
        let declared = registered.or(stats.get("tests").count());
        self.tests.compare("tests", declared, tally.tests);
        self.tests
            .compare("passed tests", stats.get("passes").count(), tally.passed);
        if stats.get("failures").count().unwrap_or(0) > 0
            || stats.get("other").count().unwrap_or(0) > 0
        {
            self.tests.says_failed();
        }
        self.tests.finish(Format::Mochawesome)
    }
}

fn failure(test: &Json) -> Failure {
    let error = test.get("err");
    let trace = error.string("estack");
    let details = match (trace, error.string("diff")) {
        (Some(trace), Some(diff)) => Some(format!("{trace}\n\n{diff}")),
        (trace, diff) => trace.or(diff),
    };
    Failure {
        kind: None,
        message: error.string("message"),
        details,
        also: Vec::new(),
    }
}

/// Takes what a test added: an object, a text or a list of both, as JSON inside a text.
fn add_context(draft: &mut Draft, context: &str) {
    let Some(value) = Json::of_text(context, &PLAIN) else {
        draft.property("context", context.to_owned());
        return;
    };
    let values = match value.list() {
        [] => std::slice::from_ref(&value),
        values => values,
    };
    for value in values {
        let (name, value) = match value.get("title").text() {
            Some(title) => (title, value.get("value")),
            None => ("context", value),
        };
        if let Some(text) = value.shown() {
            if is_file(&text) {
                draft.attach(Some(text.clone()));
            }
            draft.property(name, text);
        }
        for property in step::properties(value) {
            draft.property(&property.name, property.value);
        }
    }
}

/// Returns whether a text is the name of a picture or a video that lies somewhere.
fn is_file(text: &str) -> bool {
    let endings = [".png", ".jpg", ".jpeg", ".gif", ".mp4", ".webm"];
    let lower = text.to_ascii_lowercase();
    !lower.contains("://") && endings.iter().any(|ending| lower.ends_with(ending))
}
