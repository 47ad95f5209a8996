//! Robot Framework's `output.xml`, from version 3 on.
//!
//! Only a test's own last `<status>` counts: what failed inside its keywords may have been expected. A suite teardown that failed
//! fails every test below it, although their own status still says `PASS`, and it stands behind them: the teardowns are collected
//! first, in a pass of their own.

mod teardown;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use teardown::Teardowns;

use super::collector::Collector;
use super::draft::{Draft, outcome, text};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::location::Locations;
use super::text::Text;
use super::time;
use super::walk::{Walker, walk};
use super::xml::{Root, Tag, Xml};
use super::{Format, Summary};
use crate::model::{Attempt, Failure, Moment, StepVerdict, TestStep, TestSuite, Verdict};

/// How much of a step's arguments is shown.
const ARGUMENTS: usize = 200;
/// How many steps of a test are kept.
const STEPS: usize = 5000;

/// Returns whether a document is of this format, by its first element.
pub(super) fn recognises(root: &Root) -> bool {
    root.name == "robot"
}

/// Reads a document.
pub(super) fn read(xml: Xml<Bytes<'_>>, input: &mut Input<'_>) -> Result<Summary, ReadError> {
    let reader = Reader {
        teardowns: Teardowns::collect(input.source),
        locations: Locations::new(input.source),
        tests: Collector::new(input.visit),
        places: Vec::new(),
        suites: Vec::new(),
        count: 0,
        draft: Draft::default(),
        step: None,
        status: None,
        failed: None,
        stated: None,
        errors: (None, None, 0),
        text: Text::default(),
    };
    reader.read(xml)
}

/// Where the reader stands: one for each open element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Suite,
    /// The status of a suite that failed although none of its tests did.
    SuiteStatus,
    Test,
    Status,
    Tags,
    Tag,
    Doc,
    Step,
    Arguments,
    Argument,
    StepStatus,
    Statistics,
    Total,
    Stat,
    Errors,
    /// An error that Robot told while it ran, of a library that it could not import for example.
    Error,
    Ignored,
}

/// A suite that is open.
struct Open {
    suite: Arc<TestSuite>,
    /// The how manieth of the report it is.
    number: u64,
    /// The names of the suites from the outermost to this one: the class of its tests, as Robot's own `--xunit` has it.
    path: Arc<str>,
    /// How much was bad before it.
    bad: u64,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    teardowns: Teardowns,
    places: Vec<Place>,
    /// The open suites.
    suites: Vec<Open>,
    count: u64,
    draft: Draft,
    step: Option<TestStep>,
    /// The last status of the test: its word.
    status: Option<String>,
    /// The name of a suite that failed and the line that says so.
    failed: Option<(String, u64)>,
    /// What the report says of all tests: how many passed and failed.
    stated: Option<(u64, u64)>,
    /// The line and the text of the first error that Robot told of itself, and how many there are.
    errors: (Option<u64>, Option<String>, u64),
    text: Text,
}

impl Reader<'_> {
    fn read<R: Read>(mut self, mut xml: Xml<R>) -> Result<Summary, ReadError> {
        walk(&mut self, &mut xml)?;
        xml.finish(&mut self.tests.warnings);
        let tally = *self.tests.tally();
        if let (line, Some(message), count) = self.errors {
            let others = match count {
                1 => String::new(),
                more => format!(", and {} more", more - 1),
            };
            let message: String = message.chars().take(200).collect();
            let message = format!("Robot tells of an error of its own: {message}{others}");
            self.tests.warnings.add(line, message);
        }
        if let Some((passed, failed)) = self.stated {
            self.tests
                .compare("passed tests", Some(passed), tally.passed);
            let counted = tally.failed + tally.errored;
            self.tests.compare("failed tests", Some(failed), counted);
        }
        Ok(self.tests.finish(Format::Robot))
    }

    fn suite(&mut self, tag: &Tag<'_>) -> Place {
        self.count += 1;
        self.tests.suites += 1;
        let name = text(tag, "name").unwrap_or_default();
        if self.tests.name.is_none() {
            self.tests.name = Some(name.clone()).filter(|name| !name.is_empty());
        }
        let source = text(tag, "source").map(|path| self.locations.relative(&path));
        let outer = self.suites.last();
        let path = match outer {
            Some(outer) => format!("{}.{name}", outer.path).into(),
            None => name.as_str().into(),
        };
        let suite = TestSuite {
            name,
            parent: outer.map(|outer| Arc::clone(&outer.suite)),
            file: source,
            id: text(tag, "id"),
            ..TestSuite::default()
        };
        self.suites.push(Open {
            suite: Arc::new(suite),
            number: self.count,
            path,
            bad: self.tests.bad(),
        });
        Place::Suite
    }

    fn suite_status(&mut self, tag: &Tag<'_>) -> Place {
        let is_failed = tag.get("status").is_some_and(|word| word == "FAIL");
        let bad = self.tests.bad();
        match self.suites.last() {
            Some(open) if is_failed && open.bad == bad => {
                self.failed = Some((open.suite.name.clone(), tag.line));
                Place::SuiteStatus
            }
            Some(_) | None => Place::Ignored,
        }
    }

    fn test(&mut self, tag: &Tag<'_>) -> Place {
        let path = self.suites.last().map(|suite| Arc::clone(&suite.path));
        self.draft = Draft {
            line: tag.line,
            class_name: path,
            name: text(tag, "name").unwrap_or_default(),
            ..Draft::default()
        };
        self.status = None;
        Place::Test
    }

    fn step(&mut self, tag: &Tag<'_>) -> Place {
        let kind = text(tag, "type").unwrap_or_default();
        let name = text(tag, "name").or_else(|| text(tag, "kwname"));
        let name = name.unwrap_or_else(|| tag.name().to_ascii_uppercase());
        let kind = kind.to_ascii_lowercase();
        let name = match kind.as_str() {
            "setup" | "teardown" => format!("{kind}: {name}"),
            _ => name,
        };
        self.step = Some(TestStep {
            name,
            description: None,
            verdict: StepVerdict::NotRun,
            message: None,
            duration: None,
            started: None,
            attachments: Vec::new(),
        });
        Place::Step
    }

    fn open_in_test(&mut self, tag: &Tag<'_>) -> Place {
        match tag.name() {
            "status" => {
                self.status = text(tag, "status");
                (self.draft.started, self.draft.duration) = times(tag);
                Place::Status
            }
            "tag" => Place::Tag,
            "tags" => Place::Tags,
            "doc" => Place::Doc,
            "kw" | "for" | "while" | "if" | "try" | "group" => self.step(tag),
            _ => Place::Ignored,
        }
    }

    fn argument(&mut self) {
        if let (Some(step), Some(argument)) = (&mut self.step, self.text.take())
            && step.name.len() < ARGUMENTS
        {
            let argument: String = argument.chars().take(ARGUMENTS).collect();
            step.name.push_str("    ");
            step.name.push_str(&argument);
        }
    }

    fn step_status(&mut self, tag: &Tag<'_>) -> Place {
        if let Some(step) = &mut self.step {
            step.verdict = match text(tag, "status").unwrap_or_default().as_str() {
                "PASS" => StepVerdict::Passed,
                "FAIL" => StepVerdict::Failed,
                "SKIP" => StepVerdict::Skipped,
                _ => StepVerdict::NotRun,
            };
            (step.started, step.duration) = times(tag);
        }
        Place::StepStatus
    }

    fn end_test(&mut self) {
        let mut draft = std::mem::take(&mut self.draft);
        let word = self.status.take().unwrap_or_default();
        let verdict = match word.as_str() {
            "PASS" => Verdict::Passed,
            "FAIL" => Verdict::Failed,
            "SKIP" => Verdict::Skipped,
            "NOT RUN" | "NOT_RUN" | "" => Verdict::Incomplete,
            word => self.tests.foreign(draft.line, "status", word),
        };
        draft.verdict = Some(verdict);
        if let Some(message) = draft.failure.message.take() {
            merged(&mut draft, &message);
        }
        for open in self.suites.iter().rev() {
            if let Some(teardown) = self.teardowns.of(open.number) {
                teardown.apply(&mut draft);
            }
        }
        if draft.verdict == Some(Verdict::Skipped) {
            draft.reason = draft.failure.message.take();
        }
        let suite = self.suites.last().map(|open| Arc::clone(&open.suite));
        self.tests.test(draft, suite.unwrap_or_default());
    }

    fn stat(&mut self, tag: &Tag<'_>) -> Place {
        let count = |name| {
            tag.get(name)
                .and_then(|text| text.trim().parse::<u64>().ok())
        };
        if let (Some(passed), Some(failed)) = (count("pass"), count("fail")) {
            // Version 3 counts critical tests by themselves, in front of all.
            self.stated = Some((passed, failed));
        }
        Place::Stat
    }
}

impl Walker for Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        let inside = self.places.last().copied().unwrap_or(Place::Outside);
        let place = match (inside, tag.name()) {
            (Place::Outside, "robot") => Place::Outside,
            (Place::Outside | Place::Suite, "suite") => self.suite(tag),
            (Place::Suite, "test" | "task") => self.test(tag),
            (Place::Suite, "status") => self.suite_status(tag),
            (Place::Test, _) => self.open_in_test(tag),
            (Place::Tags, "tag") => Place::Tag,
            (Place::Step, "status") => self.step_status(tag),
            (Place::Step, "arguments") => Place::Arguments,
            (Place::Step | Place::Arguments, "arg") => Place::Argument,
            (Place::Outside, "statistics") => Place::Statistics,
            (Place::Statistics, "total") => Place::Total,
            (Place::Total, "stat") => self.stat(tag),
            (Place::Outside, "errors") => Place::Errors,
            (Place::Errors, "msg") if tag.get("level").is_some_and(|level| level == "ERROR") => {
                self.errors.0.get_or_insert(tag.line);
                Place::Error
            }
            _ => Place::Ignored,
        };
        self.places.push(place);
    }

    fn close(&mut self) {
        match self.places.pop() {
            Some(Place::Suite) => {
                self.suites.pop();
            }
            Some(Place::SuiteStatus) => {
                let message = self.text.take().unwrap_or_default();
                let (suite, line) = self.failed.take().unwrap_or_default();
                let what = format!("the suite `{suite}` failed");
                self.tests.outside(Some(line), &what, &message);
            }
            Some(Place::Test) => self.end_test(),
            Some(Place::Status) => self.draft.failure.message = self.text.take(),
            Some(Place::Tag) => {
                if let Some(tag) = self.text.take() {
                    self.draft.tag(&tag);
                }
            }
            Some(Place::Doc) => self.draft.description = self.text.take(),
            Some(Place::Argument) => self.argument(),
            Some(Place::StepStatus) => {
                let message = self.text.take();
                if let Some(step) = &mut self.step {
                    step.message = message.filter(|_| step.verdict != StepVerdict::Passed);
                }
            }
            Some(Place::Error) => {
                let message = self.text.take().unwrap_or_default();
                self.errors.1.get_or_insert(message);
                self.errors.2 += 1;
            }
            Some(Place::Step) => {
                if let Some(step) = self.step.take().filter(|_| self.draft.steps.len() < STEPS) {
                    self.draft.steps.push(step);
                }
            }
            Some(
                Place::Outside
                | Place::Tags
                | Place::Arguments
                | Place::Statistics
                | Place::Total
                | Place::Stat
                | Place::Errors
                | Place::Ignored,
            )
            | None => {}
        }
    }

    fn text(&mut self) -> &mut Text {
        &mut self.text
    }
}

/// Takes the message of a test. `rebot --merge` writes into it how the test ended before: an attempt each.
fn merged(draft: &mut Draft, message: &str) {
    let Some(html) = message.strip_prefix("*HTML*") else {
        draft.failure.message = Some(message.to_owned());
        return;
    };
    let plain = without_tags(html);
    let is_merged = html.contains("class=\"merge\"") || plain.contains("re-executed");
    if is_merged {
        let before = plain.split("Old status:").skip(1).map(|rest| {
            let word = rest.split_whitespace().next().unwrap_or_default();
            let told = rest
                .split_once("Old message:")
                .map(|(_, text)| text.trim().to_owned());
            let failure = Failure {
                message: told,
                ..Failure::default()
            };
            let verdict = match word {
                "PASS" => Verdict::Passed,
                "SKIP" => Verdict::Skipped,
                "NOT" => Verdict::Incomplete,
                _ => Verdict::Failed,
            };
            Attempt {
                outcome: outcome(verdict, failure),
                duration: None,
                started: None,
                attachments: Vec::new(),
            }
        });
        // The newest stands first.
        let mut before: Vec<Attempt> = before.collect();
        before.reverse();
        for attempt in before {
            draft.attempt(attempt);
        }
        let new = plain.split("Old status:").next().unwrap_or_default();
        let new = new
            .split_once("New message:")
            .map(|(_, text)| text.trim().to_owned());
        draft.failure.message = new.filter(|text| !text.is_empty());
        return;
    }
    draft.failure.message = Some(plain.trim().to_owned());
}

/// Returns the text of a piece of HTML.
fn without_tags(html: &str) -> String {
    let mut pieces = html.split('<');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (tag, behind) = piece.split_once('>').unwrap_or(("", piece));
        if tag.starts_with("hr") || tag.starts_with("br") {
            text.push('\n');
        }
        text.push_str(behind);
    }
    super::reference::unescape(&text, super::reference::Lines::Kept).into_owned()
}

/// Returns when something began and how long it took: `start` and `elapsed` from version 7 on, `starttime` and `endtime` before.
fn times(tag: &Tag<'_>) -> (Option<Moment>, Option<Duration>) {
    let moment = |name| {
        tag.get(name)
            .and_then(|text| time::moment(&text).ok().flatten())
    };
    if let Some(elapsed) = tag.get("elapsed") {
        return (moment("start"), time::duration(&elapsed).ok().flatten());
    }
    let old = |name| tag.get(name).and_then(|text| old_time(&text));
    let (started, ended) = (old("starttime"), old("endtime"));
    let duration = match (started, ended) {
        (Some(Moment::Local(started)), Some(Moment::Local(ended))) => {
            Duration::try_from(ended.duration_since(started)).ok()
        }
        _ => None,
    };
    (started, duration)
}

/// Reads `20261128 19:02:21.123`.
fn old_time(text: &str) -> Option<Moment> {
    let (date, clock) = text.trim().split_once(' ')?;
    let (year, rest) = date.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    time::moment(&format!("{year}-{month}-{day}T{clock}"))
        .ok()
        .flatten()
}
