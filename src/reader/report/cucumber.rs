//! Cucumber's JSON, as cucumber-js, Ruby, the JVM, behave, pytest-bdd and others write it.
//!
//! Most write no outcome of a scenario: it is that of its steps and hooks, those that a background element before it carries
//! included. Durations are nanoseconds, seconds in behave. The path of a feature may stand behind its scenarios.

use std::sync::Arc;
use std::time::Duration;

use super::collector::Collector;
use super::document::Document;
use super::draft::Draft;
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::json::{Json, Next, Shape, Text, Waiting, Walker, Wanted};
use super::location::Locations;
use super::sketch::Sketch;
use super::step;
use super::{Format, Summary};
use crate::model::{Failure, StepVerdict, TestStep, TestSuite, Verdict};

/// Returns whether a document is of this format, by its members. An empty list is a run without scenarios.
pub(super) fn recognises(sketch: &Sketch) -> bool {
    let is_feature = sketch.has("[].elements") || sketch.has("[].keyword") && sketch.has("[].name");
    let is_empty = sketch.is_bare() && sketch.has("[]") && !sketch.has_lines();
    is_feature || is_empty
}

/// Reads a document.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader {
        locations: Locations::new(input.source),
        tests: Collector::new(input.visit),
        feature: Waiting::new(&FEATURE, input.source),
        suite: None,
        background: Vec::new(),
        has_bad: false,
        embedded: 0,
        line: 1,
    };
    Text::new(document)
        .walk(&mut reader)?
        .warn(&mut reader.tests.warnings);
    reader.tests.left_inside(reader.embedded);
    Ok(reader.tests.finish(Format::Cucumber))
}

static FEATURE: Shape = Shape {
    list: "",
    children: &["elements"],
    known_by: &["uri", "name", "tags"],
    head: &["uri", "name", "tags", "location", "status", "keyword"],
};
static ELEMENT: Wanted = Wanted {
    members: &[
        "type",
        "keyword",
        "name",
        "id",
        "line",
        "location",
        "description",
        "steps",
        "before",
        "after",
        "tags",
        "status",
        "start_timestamp",
        "result",
        "duration",
        "error_message",
        "hidden",
        "embeddings",
        "mime_type",
        "output",
        "step_type",
    ],
    whole: &[],
};
static PLAIN: Wanted = Wanted::ALL;

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    Features,
    Feature,
    Elements,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    feature: Waiting,
    suite: Option<Arc<TestSuite>>,
    /// What the background in front of a scenario has run.
    background: Vec<Json>,
    /// Whether a scenario of the present feature did not pass.
    has_bad: bool,
    embedded: u64,
    line: u64,
}

impl Walker for Reader<'_> {
    type Place = Place;

    fn member(&mut self, at: Place, name: &str) -> Next<Place> {
        match (at, name) {
            (Place::Feature, "elements") => Next::Enter(Place::Elements),
            (Place::Feature, name) if FEATURE.head.contains(&name) => Next::Take(&PLAIN),
            _ => Next::Pass,
        }
    }

    fn element(&mut self, at: Place, line: u64) -> Next<Place> {
        self.line = line;
        match at {
            Place::Features => Next::Enter(Place::Feature),
            Place::Elements => Next::Take(&ELEMENT),
            Place::Feature => Next::Pass,
        }
    }

    fn take(&mut self, at: Place, name: &str, value: Json) {
        match at {
            Place::Feature => self.feature.say(name, value),
            Place::Elements => {
                if let Some((head, elements)) = self.feature.child(self.line, value) {
                    self.hand_over(&head, elements);
                }
            }
            Place::Features => {}
        }
    }

    fn leave(&mut self, at: Place) {
        if matches!(at, Place::Feature) {
            let (head, elements) = self.feature.end();
            self.hand_over(&head, elements);
            let status = head.get("status").text().unwrap_or_default();
            if matches!(status, "failed" | "error" | "hook_error" | "cleanup_error")
                && !self.has_bad
            {
                let name = head.get("name").text().unwrap_or_default();
                let what = format!("the feature `{name}` failed");
                self.tests.outside(Some(self.line), &what, "");
            }
            let mut alone = Run::default();
            for background in std::mem::take(&mut self.background) {
                alone.add(&background, 1e9, Extent::WithResult);
            }
            if alone.has_failed() {
                let message = alone.failure.message.unwrap_or_default();
                self.tests
                    .outside(Some(self.line), "a background failed", &message);
            }
            self.suite = None;
            self.has_bad = false;
        }
    }
}

impl Reader<'_> {
    fn hand_over(&mut self, head: &Json, elements: Vec<(u64, Json)>) {
        for (line, element) in elements {
            let kind = element.get("type").text();
            let is_background = kind == Some("background")
                || kind.is_none() && element.get("keyword").text() == Some("Background");
            if is_background {
                self.background.push(element);
            } else {
                let background = std::mem::take(&mut self.background);
                self.scenario(line, head, &element, &background);
            }
        }
    }

    fn suite(&mut self, head: &Json) -> Arc<TestSuite> {
        if let Some(suite) = &self.suite {
            return Arc::clone(suite);
        }
        self.tests.suites += 1;
        let behave = head
            .get("location")
            .text()
            .and_then(|it| it.rsplit_once(':'));
        let path = head.get("uri").text().or(behave.map(|(path, _)| path));
        let suite = Arc::new(TestSuite {
            name: head.string("name").unwrap_or_default(),
            file: path.map(|path| {
                self.locations
                    .relative(path.strip_prefix("file:").unwrap_or(path))
            }),
            ..TestSuite::default()
        });
        self.suite = Some(Arc::clone(&suite));
        suite
    }

    fn scenario(&mut self, line: u64, head: &Json, scenario: &Json, background: &[Json]) {
        let suite = self.suite(head);
        // behave writes a location where the others write a path and a line.
        let unit = if scenario.get("location").is_some() {
            1.0
        } else {
            1e9
        };
        let mut run = Run::default();
        for element in background {
            run.add(element, unit, Extent::WithResult);
        }
        run.add(scenario, unit, Extent::All);
        self.embedded += run.embedded;
        let verdict = self.verdict(line, scenario, &run);
        self.has_bad |= verdict.is_bad();
        let mut draft = Draft {
            line,
            class_name: Some(suite.file.as_deref().unwrap_or(&suite.name).into()),
            name: name(scenario),
            verdict: Some(verdict),
            description: scenario.string("description"),
            duration: run.duration,
            started: scenario.get("start_timestamp").moment(),
            failure: run.failure,
            iteration: row(scenario),
            steps: run.steps,
            ..Draft::default()
        };
        draft.output.push(&run.output);
        let mut tags: Vec<&str> = Vec::new();
        for tag in head
            .get("tags")
            .list()
            .iter()
            .chain(scenario.get("tags").list())
        {
            if let Some(tag) = tag.text().or(tag.get("name").text())
                && !tags.contains(&tag)
            {
                tags.push(tag);
                draft.tag(tag);
            }
        }
        self.tests.test(draft, suite);
    }

    /// Returns how a scenario ended: by its own word where it has one, unless its steps tell of worse.
    fn verdict(&mut self, line: u64, scenario: &Json, run: &Run) -> Verdict {
        let found = run.verdict(|word| self.tests.unknown(line, "status", word));
        let Some(word) = scenario.get("status").text() else {
            return found;
        };
        let own = match word {
            "passed" | "xfailed" | "pending_warn" => Verdict::Passed,
            "failed" | "xpassed" => Verdict::Failed,
            "error" | "hook_error" | "cleanup_error" | "undefined" | "ambiguous" => {
                Verdict::Errored
            }
            "skipped" => Verdict::Skipped,
            "untested" | "pending" | "executing" | "untested_pending" | "untested_undefined" => {
                Verdict::Incomplete
            }
            word => self.tests.foreign(line, "status", word),
        };
        // behave calls a scenario without steps passed.
        let says_nothing = run.words.is_empty() && !run.is_cut;
        let is_worse = own == Verdict::Passed && !says_nothing || run.has_failed();
        if !own.is_bad() && found.is_bad() && is_worse {
            found
        } else {
            own
        }
    }
}

/// Which steps of an element count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    All,
    WithResult,
}

/// What ran for a scenario.
#[derive(Debug, Default)]
struct Run {
    steps: Vec<TestStep>,
    /// The words for how steps and hooks ended; empty for one that never ran.
    words: Vec<String>,
    duration: Option<Duration>,
    failure: Failure,
    output: String,
    embedded: u64,
    is_cut: bool,
}

impl Run {
    fn add(&mut self, element: &Json, unit: f64, extent: Extent) {
        self.is_cut |= element.is_cut();
        for (hook, list) in [("before", "before"), ("", "steps"), ("after", "after")] {
            for step in element.get(list).list() {
                if extent == Extent::All || step.get("result").is_some() {
                    self.step(step, hook, unit);
                }
            }
        }
    }

    fn step(&mut self, step: &Json, hook: &str, unit: f64) {
        // Ruby hangs the hooks of a step on it.
        for inner in step.get("before").list() {
            self.step(inner, "before step", unit);
        }
        let result = step.get("result");
        let word = result
            .get("status")
            .text()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let duration = result.get("duration").duration(unit);
        if let Some(duration) = duration {
            self.duration = Some(self.duration.unwrap_or_default().saturating_add(duration));
        }
        let message = error_message(result);
        let verdict = step::verdict(Some(&word));
        let is_bad = matches!(verdict, StepVerdict::Failed | StepVerdict::Errored);
        if is_bad && self.failure.message.is_none() {
            let text = message.clone().unwrap_or_else(|| {
                format!(
                    "the step `{}` is {word}",
                    step.get("name").text().unwrap_or(hook)
                )
            });
            self.failure.message = text.lines().next().map(str::to_owned);
            self.failure.details = Some(text);
        }
        let keyword = step.get("keyword").text().unwrap_or_default().trim();
        let name = step.get("name").text().unwrap_or_default();
        let is_hidden = !hook.is_empty() || step.get("hidden").is_true();
        // A hook that did what it should is no step of the scenario.
        if !is_hidden || is_bad {
            let name = if name.is_empty() && is_hidden && keyword.is_empty() {
                hook
            } else {
                name
            };
            self.steps.push(TestStep {
                name: format!("{keyword} {name}").trim().to_owned(),
                description: None,
                verdict,
                message: Some(message).flatten().filter(|_| is_bad),
                duration,
                started: None,
                attachments: Vec::new(),
            });
        }
        self.words.push(word);
        for output in step.get("output").list() {
            self.output.push_str(output.text().unwrap_or_default());
            self.output.push('\n');
        }
        self.embedded += step.get("embeddings").list().len() as u64;
        for inner in step.get("after").list() {
            self.step(inner, "after step", unit);
        }
    }

    /// Returns whether a step or a hook failed.
    fn has_failed(&self) -> bool {
        self.words
            .iter()
            .any(|word| matches!(word.as_str(), "failed" | "error" | "hook_error"))
    }

    /// Returns the worst of all steps and hooks.
    fn verdict(&self, mut unknown: impl FnMut(&str) -> Verdict) -> Verdict {
        let has = |known: &str| self.words.iter().any(|word| word == known);
        let known = [
            "failed",
            "error",
            "hook_error",
            "ambiguous",
            "undefined",
            "pending",
            "skipped",
            "passed",
            "",
            "untested",
        ];
        if has("failed") {
            return Verdict::Failed;
        }
        if ["error", "hook_error", "ambiguous", "undefined"]
            .into_iter()
            .any(has)
        {
            return Verdict::Errored;
        }
        if let Some(word) = self
            .words
            .iter()
            .find(|word| !known.contains(&word.as_str()))
        {
            return unknown(word);
        }
        if has("pending") || self.is_cut {
            return Verdict::Incomplete;
        }
        if has("skipped") {
            return Verdict::Skipped;
        }
        // A step without a result never ran; neither did a scenario without any.
        if has("") || has("untested") || !has("passed") {
            return Verdict::Incomplete;
        }
        Verdict::Passed
    }
}

/// Returns the error of a step: a text, or in behave its lines.
fn error_message(result: &Json) -> Option<String> {
    let message = result.get("error_message");
    message.text().map(str::to_owned).or_else(|| {
        let lines: Vec<&str> = message.list().iter().filter_map(Json::text).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    })
}

/// Returns the name of a scenario, with that of the rule around it as its id has it.
fn name(scenario: &Json) -> String {
    let name = scenario.string("name").unwrap_or_default();
    let id = scenario.get("id").text().unwrap_or_default();
    let parts: Vec<&str> = id.split(';').collect();
    match parts.as_slice() {
        [_, rule, own] if *own == name.replace(' ', "-").to_lowercase() && rule != own => {
            format!("{rule} › {name}")
        }
        _ => name,
    }
}

/// Returns which row of an outline a scenario is: Ruby and the JVM count them in the id, the head of the table first.
fn row(scenario: &Json) -> Option<u32> {
    let id = scenario.get("id").text()?;
    let parts: Vec<&str> = id.split(';').collect();
    let number: u32 = parts.get(3)?.parse().ok()?;
    number.checked_sub(1).filter(|row| *row > 0)
}
