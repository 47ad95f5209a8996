//! Cucumber's messages: a stream of JSON, one message a line.
//!
//! A test is a `testCase`, not a `pickle`: pickles that were not selected are in the stream too. Its outcome is the worst step of
//! its last try. A stream without `testRunFinished` was cut.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::collector::Collector;
use super::document::Document;
use super::draft::{Draft, outcome};
use super::error::{ReadError, ReadErrorKind};
use super::formats::{Bytes, Input};
use super::json::{Json, Wanted};
use super::lines::{Line, Lines};
use super::location::Locations;
use super::sketch::Sketch;
use super::step;
use super::{Format, Summary};
use crate::model::{
    Attachment, Attempt, Failure, Moment, Property, StepVerdict, TestStep, TestSuite, Verdict,
};

/// How many rows of examples are remembered with their values.
const ROWS: usize = 10_000;

/// Tells by its members whether a document is of this format.
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
        locations: Locations::new(input.source),
        tests: Collector::new(input.visit),
        features: Vec::new(),
        places: HashMap::new(),
        rules: HashMap::new(),
        rows: HashMap::new(),
        row_counts: HashMap::new(),
        pickles: HashMap::new(),
        hooks: HashMap::new(),
        cases: HashMap::new(),
        runs: HashMap::new(),
        embedded: 0,
        number: 0,
        ended: None,
    };
    let mut lines = Lines::new(document);
    while let Some(line) = lines.next()? {
        reader.line(line)?;
    }
    lines.warn(&mut reader.tests.warnings);
    Ok(reader.finish())
}

static MESSAGE: Wanted = Wanted::ALL;
const UNKNOWN: &str = r#"{"status": "UNKNOWN"}"#;

/// What stands for an id: nothing else is ever asked of it.
type Id = u64;

/// A scenario that may be run. The stream tells of all of them before the first one runs: each takes as little room as it can.
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

    /// Returns what a step says.
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

/// A file of scenarios.
struct Feature {
    uri: String,
    suite: Option<Arc<TestSuite>>,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    features: Vec<Feature>,
    /// Which of them has an address.
    places: HashMap<String, usize>,
    /// The rule around a scenario, by the scenario's id.
    rules: HashMap<Id, Arc<str>>,
    /// What a row of examples has, by its id.
    rows: HashMap<Id, Vec<Property>>,
    row_counts: HashMap<Id, u32>,
    pickles: HashMap<Id, Pickle>,
    hooks: HashMap<Id, String>,
    cases: HashMap<Id, Case>,
    runs: HashMap<Id, Run>,
    embedded: u64,
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
            if line.text.trim_start().starts_with("{\"attachment\"") {
                self.embedded += 1;
                return Ok(());
            }
            let message = "a message is longer than 4 MiB";
            return Err(ReadError::new(ReadErrorKind::TooLarge, message).at(line.number, 1));
        }
        let Some(message) = Json::of_text(line.text, &MESSAGE) else {
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

    fn message(&mut self, name: &str, value: &Json) {
        match name {
            "gherkinDocument" => self.document(value),
            "pickle" => self.pickle(value),
            "hook" => {
                let name = value.string("name").or_else(|| value.string("type"));
                let name = name.unwrap_or_else(|| String::from("hook"));
                self.hooks.insert(id(value, "id"), name);
            }
            "testRunStarted" => self.tests.started = moment(value.get("timestamp")),
            "testCase" => self.case(value),
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

    /// Takes from a feature what its pickles do not say: its name, its rules, and the values of rows.
    fn document(&mut self, document: &Json) {
        let feature = document.get("feature");
        let uri = text(document, "uri");
        let suite = TestSuite {
            name: feature.string("name").unwrap_or_default(),
            file: Some(self.path(&uri)).filter(|file| !file.is_empty()),
            ..TestSuite::default()
        };
        self.tests.suites += 1;
        let place = self.feature(uri);
        if let Some(feature) = self.features.get_mut(place) {
            feature.suite = Some(Arc::new(suite));
        }
        for child in feature.get("children").list() {
            self.scenario(child.get("scenario"), None);
            let rule = child.get("rule");
            let name: Option<Arc<str>> = rule.get("name").text().map(Arc::from);
            for child in rule.get("children").list() {
                self.scenario(child.get("scenario"), name.as_ref());
            }
        }
    }

    /// Returns the place of a file of scenarios.
    fn feature(&mut self, uri: String) -> usize {
        if let Some(place) = self.places.get(&uri) {
            return *place;
        }
        let place = self.features.len();
        self.places.insert(uri.clone(), place);
        self.features.push(Feature { uri, suite: None });
        place
    }

    fn scenario(&mut self, scenario: &Json, rule: Option<&Arc<str>>) {
        if let Some(rule) = rule {
            self.rules.insert(id(scenario, "id"), Arc::clone(rule));
        }
        for examples in scenario.get("examples").list() {
            let head = examples.get("tableHeader").get("cells").list();
            for row in examples.get("tableBody").list() {
                if self.rows.len() == ROWS {
                    return;
                }
                let pairs = head.iter().zip(row.get("cells").list());
                let values = pairs.filter_map(|(name, value)| {
                    Some(Property {
                        name: name.string("value")?,
                        value: value.string("value").unwrap_or_default(),
                    })
                });
                self.rows.insert(id(row, "id"), values.collect());
            }
        }
    }

    fn pickle(&mut self, pickle: &Json) {
        let nodes = pickle.get("astNodeIds").list().iter();
        let mut nodes = nodes.filter_map(Json::text).map(hash);
        let scenario = nodes.next().unwrap_or_default();
        let row = nodes.next();
        let mut name = pickle.string("name").unwrap_or_default();
        if let Some(rule) = self.rules.get(&scenario) {
            name = format!("{rule} › {name}");
        }
        let iteration = row.map(|_| {
            let count = self.row_counts.entry(scenario).or_default();
            *count += 1;
            *count
        });
        let tags = pickle.get("tags").list().iter();
        let tags: Vec<String> = tags.filter_map(|tag| tag.string("name")).collect();
        let steps = pickle.get("steps").list();
        let said: Vec<String> = steps.iter().map(|step| text(step, "text")).collect();
        let texts = std::iter::once(&name).chain(&tags).chain(&said);
        let parameters = row.and_then(|row| self.rows.remove(&row));
        let made = Pickle {
            feature: self.feature(text(pickle, "uri")),
            iteration,
            parameters: parameters.unwrap_or_default().into_boxed_slice(),
            texts: Packed::of(texts.map(String::as_str)),
            steps: steps.iter().map(|step| id(step, "id")).collect(),
        };
        self.pickles.insert(id(pickle, "id"), made);
    }

    fn case(&mut self, case: &Json) {
        let steps = case.get("testSteps").list().iter().map(|step| {
            let link = match step.get("pickleStepId").text() {
                Some(step) => Link::Step(hash(step)),
                None => Link::Hook(id(step, "hookId")),
            };
            (id(step, "id"), link)
        });
        let made = Case {
            pickle: id(case, "pickleId"),
            line: self.number,
            steps: steps.collect(),
            ..Case::default()
        };
        self.cases.insert(id(case, "id"), made);
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
        let Some(mut case) = self.cases.remove(&key) else {
            return;
        };
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
        self.cases.insert(key, case);
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
        let told = run.as_ref().map(|run| self.told(&case, run));
        let pickle = self.pickles.get(&case.pickle);
        let feature = pickle.and_then(|pickle| self.features.get(pickle.feature));
        let suite = feature.and_then(|feature| feature.suite.clone());
        let suite = suite.unwrap_or_default();
        let class_name = suite.file.clone();
        let class_name = class_name.or_else(|| Some(self.path(&feature?.uri)));
        let run = run.unwrap_or_default();
        let told = told.unwrap_or_default();
        let mut draft = Draft {
            line: case.line,
            class_name,
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
        if let Some(pickle) = self.pickles.get(&case.pickle) {
            pickle.name().clone_into(&mut draft.name);
            draft.iteration = pickle.iteration;
            draft.parameters = pickle.parameters.to_vec();
            pickle.tags().for_each(|tag| draft.tag(tag));
        }
        draft.output.push(&run.output);
        self.tests.test(draft, suite);
    }

    fn told(&mut self, case: &Case, run: &Run) -> Told {
        let mut told = Told {
            verdict: Verdict::Passed,
            ..Told::default()
        };
        let pickle = self.pickles.get(&case.pickle);
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
        let pickle = self.pickles.get(&case.pickle);
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

    fn path(&self, uri: &str) -> String {
        self.locations
            .relative(uri.strip_prefix("file:").unwrap_or(uri))
    }

    fn finish(mut self) -> Summary {
        for (_, mut run) in std::mem::take(&mut self.runs) {
            // A try that never ended passed as little as one that never began.
            let unknown = Json::of_text(UNKNOWN, &MESSAGE).unwrap_or_default();
            run.results.push((hash(""), unknown));
            if let Some(case) = self.cases.get_mut(&run.case) {
                case.last = Some(Box::new(run));
            }
        }
        let mut rest: Vec<Case> = self.cases.drain().map(|(_, case)| case).collect();
        rest.sort_unstable_by_key(|case| case.line);
        for mut case in rest {
            // Without a word on what follows, the last try is the last; without a try the test was never run.
            let last = case.last.take().map(|last| *last);
            self.hand_over(case, last);
        }
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
