//! Cucumber's messages: a stream of JSON, one message a line.
//!
//! A test is a `testCase`, not a `pickle`: pickles that were not selected are in the stream too. Its outcome is the worst step of
//! its last try. A stream without `testRunFinished` was cut.

mod ahead;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use ahead::{Cases, Scenarios};
use jiff::Timestamp;

use super::collector::Collector;
use super::document::Document;
use super::draft::{Draft, outcome};
use super::error::{ReadError, ReadErrorKind};
use super::formats::{Bytes, Input};
use super::json::{Json, Lost, Wanted};
use super::lines::{Line, Lines};
use super::sketch::Sketch;
use super::step;
use super::{Format, Summary};
use crate::model::{
    Attachment, Attempt, Failure, Moment, Property, StepVerdict, TestStep, Verdict,
};

/// Returns whether a document is of this format, by its members.
pub(super) fn recognises(sketch: &Sketch) -> bool {
    sketch.has_any(&[
        "meta.protocolVersion",
        "source.mediaType",
        "gherkinDocument.feature",
        "pickle.astNodeIds",
        "testRunStarted.timestamp",
        "testCase.pickleId",
        "testCaseStarted.testCaseId",
        "parseError.source",
    ])
}

/// Reads a document.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader {
        scenarios: Scenarios::new(input.source)?,
        cases: Cases::new(input.source)?,
        tests: Collector::new(input.visit),
        hooks: HashMap::new(),
        runs: HashMap::new(),
        embedded: 0,
        lost: Lost::default(),
        number: 0,
        ended: None,
    };
    let mut lines = Lines::new(document).needing(ahead::says_of_tests);
    while let Some(line) = lines.next()? {
        reader.line(line)?;
    }
    lines.warn(&mut reader.tests.warnings);
    reader.lost.warn(&mut reader.tests.warnings);
    Ok(reader.finish())
}

static MESSAGE: Wanted = Wanted::ALL;
/// Of what other readers take it only counts that it is whole.
static WHOLE: Wanted = Wanted {
    members: &["testCase"],
    whole: &[],
};
/// Such messages, and those that say nothing of a test.
const ELSEWHERE: [&str; 6] = [
    "source",
    "gherkinDocument",
    "pickle",
    "testCase",
    "stepDefinition",
    "testStepStarted",
];
const UNKNOWN: &str = r#"{"status": "UNKNOWN"}"#;

/// What stands for an id: nothing else is ever asked of it.
type Id = u64;

/// A scenario that may be run. A stream that runs them in another order than it tells of them has many: each takes as little room as
/// it can.
#[derive(Debug, Default)]
struct Pickle {
    feature: usize,
    iteration: Option<u32>,
    parameters: Box<[Property]>,
    /// The name, the tags, and the texts of the steps.
    texts: Packed,
    /// The steps by their ids.
    steps: Box<[Id]>,
}

impl Pickle {
    fn name(&self) -> &str {
        self.texts.iter().next().unwrap_or_default()
    }

    fn tags(&self) -> impl Iterator<Item = &str> {
        let behind = self.texts.iter().count().saturating_sub(self.steps.len());
        self.texts.iter().take(behind).skip(1)
    }

    /// Returns the text of a step.
    fn step(&self, id: Id) -> Option<&str> {
        let place = self.steps.iter().position(|known| *known == id)?;
        let before = self.texts.iter().count().checked_sub(self.steps.len())?;
        self.texts.iter().nth(before + place)
    }
}

/// Texts in one piece of memory, each behind its length.
#[derive(Debug, Default)]
struct Packed(Box<[u8]>);

impl Packed {
    fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut bytes = Vec::new();
        for text in texts {
            let length = u32::try_from(text.len()).unwrap_or_default();
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Self(bytes.into_boxed_slice())
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let mut rest: &[u8] = &self.0;
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (text, behind) = behind.split_at_checked(length)?;
            rest = behind;
            std::str::from_utf8(text).ok()
        })
    }
}

/// A test: a pickle with its hooks.
#[derive(Debug, Default)]
struct Case {
    pickle: Id,
    line: u64,
    /// The steps: id, and what each carries out.
    steps: Box<[(Id, Link)]>,
    earlier: Vec<Attempt>,
    /// A try of which the stream does not say whether another one follows.
    last: Option<Box<Run>>,
}

/// What a step of a test carries out: a step of the pickle or a hook.
#[derive(Debug, Clone, Copy)]
enum Link {
    Step(Id),
    Hook(Id),
}

/// A try.
#[derive(Debug, Default)]
struct Run {
    case: Id,
    started: Option<Moment>,
    ended: Option<Moment>,
    results: Vec<(Id, Json)>,
    attachments: Vec<Attachment>,
    output: String,
}

struct Reader<'v> {
    tests: Collector<'v>,
    scenarios: Scenarios,
    cases: Cases,
    hooks: HashMap<Id, String>,
    runs: HashMap<Id, Run>,
    embedded: u64,
    lost: Lost,
    number: u64,
    /// What the end of the run says, once it is there.
    ended: Option<Json>,
}

impl Reader<'_> {
    fn line(&mut self, line: Line<'_>) -> Result<(), ReadError> {
        self.number = line.number;
        if line.text.trim().is_empty() {
            return Ok(());
        }
        if line.is_cut {
            return self.cut(line);
        }
        let is_elsewhere = ahead::kind(line.text).is_some_and(|kind| ELSEWHERE.contains(&kind));
        let wanted = if is_elsewhere { &WHOLE } else { &MESSAGE };
        let Some(message) = Json::of_line(line, wanted, &mut self.lost) else {
            let message =
                "this line is not a message of Cucumber: the stream is broken or ends too early";
            return Err(ReadError::new(ReadErrorKind::Malformed, message)
                .at(line.number, 1)
                .hint("nothing of an incomplete report is taken"));
        };
        for (name, value) in message.members() {
            self.message(name, value);
        }
        Ok(())
    }

    /// Takes a message of which only the beginning is there, as of one with millions of values.
    fn cut(&mut self, line: Line<'_>) -> Result<(), ReadError> {
        match ahead::kind(line.text) {
            Some("gherkinDocument") => {
                let message = "a feature file is longer than 16 MiB as a message: the names of its feature and its rules, and the values of its rows, are left out";
                self.tests.warnings.add(Some(line.number), message);
                Ok(())
            }
            Some(
                "pickle" | "testCase" | "testCaseStarted" | "testStepFinished" | "testCaseFinished"
                | "testRunFinished",
            )
            | None => Err(without_test(line)),
            Some(_) => Ok(()),
        }
    }

    fn message(&mut self, name: &str, value: &Json) {
        match name {
            "hook" => {
                let name = value.string("name").or_else(|| value.string("type"));
                let name = name.unwrap_or_else(|| String::from("hook"));
                self.hooks.insert(id(value, "id"), name);
            }
            "testRunStarted" => self.tests.started = moment(value.get("timestamp")),
            "testCaseStarted" => {
                let run = Run {
                    case: id(value, "testCaseId"),
                    started: moment(value.get("timestamp")),
                    ..Run::default()
                };
                self.runs.insert(id(value, "id"), run);
            }
            "testStepFinished" => {
                if let Some(run) = self.runs.get_mut(&id(value, "testCaseStartedId")) {
                    let result = value.get("testStepResult").clone();
                    run.results.push((id(value, "testStepId"), result));
                }
            }
            "attachment" => self.attachment(value),
            "testCaseFinished" => self.finished(value),
            "testRunHookFinished" => self.run_hook(value),
            "parseError" => {
                let message = value.get("message").text().unwrap_or_default();
                self.tests
                    .outside(Some(self.number), "a feature cannot be parsed", message);
            }
            "testRunFinished" => self.ended = Some(value.clone()),
            _ => {}
        }
    }

    fn attachment(&mut self, attachment: &Json) {
        let Some(run) = self.runs.get_mut(&id(attachment, "testCaseStartedId")) else {
            return;
        };
        let media = attachment.get("mediaType").text().unwrap_or_default();
        let is_text = attachment.get("contentEncoding").text() == Some("IDENTITY");
        if let Some(path) = attachment
            .get("url")
            .text()
            .filter(|url| !url.contains("://"))
        {
            run.attachments
                .extend(step::attachment(path, attachment.string("fileName")));
        } else if is_text && media.starts_with("text/") && run.output.len() < 64 * 1024 {
            run.output
                .push_str(attachment.get("body").text().unwrap_or_default());
            run.output.push('\n');
        } else {
            self.embedded += 1;
        }
    }

    fn run_hook(&mut self, hook: &Json) {
        let result = hook.get("result");
        if result
            .get("status")
            .text()
            .is_some_and(|status| status != "PASSED" && status != "SKIPPED")
        {
            let message = result.get("message").text().unwrap_or_default();
            self.tests.outside(
                Some(self.number),
                "a hook around the whole run failed",
                message,
            );
        }
    }

    /// Takes the end of a try. What is tried again becomes an attempt; where the stream does not say, the next message does.
    fn finished(&mut self, finished: &Json) {
        let Some(mut run) = self.runs.remove(&id(finished, "testCaseStartedId")) else {
            return;
        };
        run.ended = moment(finished.get("timestamp"));
        let key = run.case;
        let Some(mut case) = self.cases.take(key) else {
            return;
        };
        self.scenarios.reach(case.pickle);
        if let Some(before) = case.last.take() {
            let attempt = self.attempt(&case, &before);
            case.earlier.push(attempt);
        }
        let next = finished.get("willBeRetried");
        if *next == Json::Bool(false) {
            self.hand_over(case, Some(run));
            return;
        }
        if next.is_true() {
            let attempt = self.attempt(&case, &run);
            case.earlier.push(attempt);
        } else {
            case.last = Some(Box::new(run));
        }
        self.cases.put_back(key, case);
    }

    fn attempt(&mut self, case: &Case, run: &Run) -> Attempt {
        let told = self.told(case, run);
        Attempt {
            outcome: outcome(told.verdict, told.failure),
            duration: between(run.started, run.ended),
            started: run.started,
            attachments: run.attachments.clone(),
        }
    }

    fn hand_over(&mut self, case: Case, run: Option<Run>) {
        self.scenarios.reach(case.pickle);
        let told = run.as_ref().map(|run| self.told(&case, run));
        let (suite, class_name) = self.scenarios.around(case.pickle).unzip();
        let pickle = self.scenarios.of(case.pickle);
        let suite = suite.unwrap_or_default();
        let run = run.unwrap_or_default();
        let told = told.unwrap_or_default();
        let mut draft = Draft {
            line: case.line,
            class_name: class_name.map(Into::into),
            verdict: Some(told.verdict),
            failure: told.failure,
            duration: between(run.started, run.ended),
            started: run.started,
            attachments: run.attachments,
            steps: told.steps,
            ..Draft::default()
        };
        case.earlier
            .into_iter()
            .for_each(|attempt| draft.attempt(attempt));
        if let Some(pickle) = pickle {
            pickle.name().clone_into(&mut draft.name);
            draft.iteration = pickle.iteration;
            draft.parameters = pickle.parameters.to_vec();
            pickle.tags().for_each(|tag| draft.tag(tag));
        }
        draft.output.push(&run.output);
        self.scenarios.forget(case.pickle);
        self.tests.test(draft, suite);
    }

    fn told(&mut self, case: &Case, run: &Run) -> Told {
        let mut told = Told {
            verdict: Verdict::Passed,
            ..Told::default()
        };
        let pickle = self.scenarios.of(case.pickle);
        let mut is_empty = true;
        for (step, result) in &run.results {
            is_empty = false;
            let word = result.get("status").text().unwrap_or_default();
            let verdict =
                verdict(word).unwrap_or_else(|| self.tests.foreign(self.number, "status", word));
            told.verdict = step::worse(told.verdict, verdict);
            let message = result.string("message");
            let link = case
                .steps
                .iter()
                .find(|(id, _)| id == step)
                .map(|(_, link)| link);
            let name = match link {
                Some(Link::Step(id)) => pickle.and_then(|it| it.step(*id)).map(str::to_owned),
                Some(Link::Hook(id)) => self.hooks.get(id).cloned(),
                None => None,
            };
            let name = name.unwrap_or_default();
            if verdict.is_bad() && told.failure.message.is_none() {
                let text = message.clone();
                let text =
                    text.unwrap_or_else(|| format!("the step `{name}` is {}", word.to_lowercase()));
                told.failure.message = text.lines().next().map(str::to_owned);
                told.failure.details = Some(text);
            }
            // A hook that did what it should is no step of the scenario.
            if !matches!(link, Some(Link::Hook(_))) || verdict.is_bad() {
                told.steps.push(TestStep {
                    name,
                    description: None,
                    verdict: step::verdict(Some(word)),
                    message: message.filter(|_| verdict.is_bad()),
                    duration: duration(result.get("duration")),
                    started: None,
                    attachments: Vec::new(),
                });
            }
        }
        self.not_reached(case, run, &mut told);
        // Of a scenario without steps nobody can say that it passed.
        if is_empty {
            told.verdict = Verdict::Incomplete;
        }
        told
    }

    /// Adds the steps of which nothing is told.
    fn not_reached(&self, case: &Case, run: &Run, told: &mut Told) {
        let pickle = self.scenarios.of(case.pickle);
        for (id, link) in &case.steps {
            let Link::Step(step) = link else {
                continue;
            };
            if run.results.iter().any(|(known, _)| known == id) {
                continue;
            }
            let found = pickle.and_then(|it| it.step(*step));
            told.verdict = step::worse(told.verdict, Verdict::Incomplete);
            told.steps.push(TestStep {
                name: found.unwrap_or_default().to_owned(),
                description: None,
                verdict: StepVerdict::NotRun,
                message: None,
                duration: None,
                started: None,
                attachments: Vec::new(),
            });
        }
    }

    fn finish(mut self) -> Summary {
        for (_, mut run) in std::mem::take(&mut self.runs) {
            // A try that never ended passed as little as one that never began.
            let unknown = Json::of_text(UNKNOWN, &MESSAGE).unwrap_or_default();
            run.results.push((hash(""), unknown));
            let id = run.case;
            if let Some(mut case) = self.cases.take(id) {
                case.last = Some(Box::new(run));
                self.cases.put_back(id, case);
            }
        }
        for mut case in self.cases.take_open() {
            // Without a word on what follows, the last try is the last.
            let last = case.last.take().map(|last| *last);
            self.hand_over(case, last);
        }
        // Without a try a test was never run.
        while let Some(case) = self.cases.next() {
            self.hand_over(case, None);
        }
        self.scenarios.end();
        self.tests.suites = self.scenarios.documents;
        self.tests.left_inside(self.embedded);
        match self.ended.take() {
            None => {
                let message =
                    "the program that wrote it was stopped or broke, and tests may be missing";
                self.tests
                    .outside(None, "the stream ends before the run does", message);
            }
            Some(end) => {
                if let Some(message) = end
                    .get("message")
                    .text()
                    .filter(|_| !end.get("success").is_true())
                {
                    self.tests.outside(None, "the run failed", message);
                }
                if *end.get("success") == Json::Bool(false) {
                    self.tests.says_failed();
                }
            }
        }
        self.tests.finish(Format::CucumberMessages)
    }
}

/// What a try tells.
#[derive(Debug)]
struct Told {
    verdict: Verdict,
    failure: Failure,
    steps: Vec<TestStep>,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            verdict: Verdict::Incomplete,
            failure: Failure::default(),
            steps: Vec::new(),
        }
    }
}

/// Returns an error that a cut message may be about any test.
fn without_test(line: Line<'_>) -> ReadError {
    let message =
        "this message is too long, and which test it is about stands behind what was left out";
    ReadError::new(ReadErrorKind::TooLarge, message)
        .at(line.number, 1)
        .hint("a scenario with so many values in it, such as those of a table, should read them from a file")
}

fn verdict(word: &str) -> Option<Verdict> {
    Some(match word {
        "PASSED" => Verdict::Passed,
        "FAILED" => Verdict::Failed,
        "UNDEFINED" | "AMBIGUOUS" => Verdict::Errored,
        "SKIPPED" => Verdict::Skipped,
        "PENDING" | "UNKNOWN" => Verdict::Incomplete,
        _ => return None,
    })
}

/// Returns a member that is the id of something.
fn id(value: &Json, member: &str) -> Id {
    hash(&text(value, member))
}

fn hash(id: &str) -> Id {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Returns a member as text; empty where it is not there.
fn text(value: &Json, member: &str) -> String {
    value.get(member).shown().unwrap_or_default()
}

/// Returns a point in time: seconds and nanoseconds since 1970.
fn moment(value: &Json) -> Option<Moment> {
    let since = duration(value)?;
    let nanoseconds = i32::try_from(since.subsec_nanos()).ok()?;
    let timestamp = Timestamp::new(i64::try_from(since.as_secs()).ok()?, nanoseconds);
    timestamp.ok().map(Moment::Absolute)
}

fn duration(value: &Json) -> Option<Duration> {
    // A number of 64 bits may be written as a text.
    let whole = value.get("seconds").shown()?.trim().parse().ok()?;
    let nanoseconds = u32::try_from(value.get("nanos").count().unwrap_or(0)).ok()?;
    Some(Duration::new(whole, nanoseconds.min(999_999_999)))
}

fn between(started: Option<Moment>, ended: Option<Moment>) -> Option<Duration> {
    let (Moment::Absolute(started), Moment::Absolute(ended)) = (started?, ended?) else {
        return None;
    };
    Duration::try_from(ended.duration_since(started)).ok()
}
