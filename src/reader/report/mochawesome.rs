//! mochawesome, the JSON that the reporter of this name writes for Mocha and Cypress.
//!
//! Failed hooks stand beside the tests and are in no counter of failures; tests behind them have no state. `context` is JSON inside
//! a text. An empty run is `"results": [false]`.

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
        suites: Vec::new(),
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

#[derive(Debug, Default)]
struct Open {
    title: String,
    file: Option<String>,
    made: Option<Arc<TestSuite>>,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    suites: Vec<Open>,
    stats: Json,
    line: u64,
}

impl Walker for Reader<'_> {
    type Place = Place;

    fn member(&mut self, at: Place, name: &str) -> Next<Place> {
        match (at, name) {
            (Place::Root, "results") | (Place::Suite, "suites") => Next::Enter(Place::Suites),
            (Place::Root, "stats") | (Place::Suite, "title" | "file" | "fullFile") => {
                Next::Take(&PLAIN)
            }
            (Place::Suite, "tests") => Next::Enter(Place::Tests),
            (Place::Suite, "beforeHooks" | "afterHooks") => Next::Enter(Place::Hooks),
            _ => Next::Pass,
        }
    }

    fn element(&mut self, at: Place, line: u64) -> Next<Place> {
        self.line = line;
        match at {
            Place::Suites => {
                self.suites.push(Open::default());
                Next::Enter(Place::Suite)
            }
            Place::Tests | Place::Hooks => Next::Take(&TEST),
            Place::Root | Place::Suite => Next::Pass,
        }
    }

    fn take(&mut self, at: Place, name: &str, value: Json) {
        match (at, name) {
            (Place::Root, _) => self.stats = value,
            (Place::Suite, "title") => {
                if let (Some(open), Some(title)) = (self.suites.last_mut(), value.text()) {
                    title.clone_into(&mut open.title);
                }
            }
            (Place::Suite, _) => self.file(name, &value),
            (Place::Tests, _) => self.test(&value),
            (Place::Hooks, _) => self.hook(&value),
            (Place::Suites, _) => {}
        }
    }

    fn leave(&mut self, at: Place) {
        if matches!(at, Place::Suite) {
            self.suites.pop();
        }
    }
}

impl Reader<'_> {
    fn file(&mut self, name: &str, value: &Json) {
        let Some(path) = value.text() else {
            return;
        };
        // `file` is the path from the working directory on, with a slash in front.
        let file = match name {
            "file" => self
                .locations
                .relative(path.trim_start_matches(['/', '\\'])),
            _ => self.locations.relative(path),
        };
        if let Some(open) = self.suites.last_mut()
            && (name == "file" || open.file.is_none())
        {
            open.file = Some(file);
        }
    }

    fn test(&mut self, test: &Json) {
        let suite = self.suite();
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
        let groups = self.suites.iter().map(|open| open.title.as_str());
        let names: Vec<&str> = groups
            .filter(|title| !title.is_empty())
            .chain([title.as_str()])
            .collect();
        names.join(" › ")
    }

    fn suite(&mut self) -> Arc<TestSuite> {
        let mut parent: Option<Arc<TestSuite>> = None;
        for open in &mut self.suites {
            let count = &mut self.tests.suites;
            let made = open.made.get_or_insert_with(|| {
                *count += 1;
                let inherited = parent.as_ref().and_then(|parent| parent.file.clone());
                Arc::new(TestSuite {
                    name: open.title.clone(),
                    parent: parent.clone(),
                    file: open.file.clone().or(inherited),
                    ..TestSuite::default()
                })
            });
            parent = Some(Arc::clone(made));
        }
        parent.unwrap_or_default()
    }

    fn finish(mut self) -> Summary {
        let tally = *self.tests.tally();
        let stats = std::mem::take(&mut self.stats);
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
