//! Cucumber's messages: a stream of JSON, one message a line.
//!
//! A test is a `testCase`, not a `pickle`: pickles that were not selected are in the stream too. Its outcome is the worst step of
//! its last try. A stream without `testRunFinished` was cut.

use std::collections::HashMap;
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
        suites: HashMap::new(),
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

/// A scenario that may be run.
#[derive(Debug, Default)]
struct Pickle {
    name: String,
    uri: String,
    tags: Vec<String>,
    steps: Vec<(String, String)>,
    iteration: Option<u32>,
    parameters: Vec<Property>,
}

/// A test: a pickle with its hooks.
#[derive(Debug, Default)]
struct Case {
    pickle: String,
    line: u64,
    /// The steps: id, and the id of the pickle's step or of the hook.
    steps: Vec<(String, Link)>,
    earlier: Vec<Attempt>,
    /// A try of which the stream does not say whether another one follows.
    last: Option<Run>,
}

#[derive(Debug)]
enum Link {
    Step(String),
    Hook(String),
}

/// A try.
#[derive(Debug, Default)]
struct Run {
    case: String,
    started: Option<Moment>,
    ended: Option<Moment>,
    results: Vec<(String, Json)>,
    attachments: Vec<Attachment>,
    output: String,
}

struct Reader<'v> {
    tests: Collector<'v>,
    locations: Locations,
    suites: HashMap<String, Arc<TestSuite>>,
    /// The rule around a scenario, by the scenario's id.
    rules: HashMap<String, String>,
    /// What a row of examples has, by its id.
    rows: HashMap<String, Vec<Property>>,
    row_counts: HashMap<String, u32>,
    pickles: HashMap<String, Pickle>,
    hooks: HashMap<String, String>,
    cases: HashMap<String, Case>,
    runs: HashMap<String, Run>,
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
                "this line is no message of Cucumber: the stream is broken or ends too early";
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
        let uri = id(document, "uri");
        let suite = TestSuite {
            name: feature.string("name").unwrap_or_default(),
            file: Some(self.path(&uri)).filter(|file| !file.is_empty()),
            ..TestSuite::default()
        };
        self.tests.suites += 1;
        self.suites.insert(uri, Arc::new(suite));
        for child in feature.get("children").list() {
            self.scenario(child.get("scenario"), None);
            let rule = child.get("rule");
            let name = rule.get("name").text();
            for child in rule.get("children").list() {
                self.scenario(child.get("scenario"), name);
            }
        }
    }

    fn scenario(&mut self, scenario: &Json, rule: Option<&str>) {
        if let Some(rule) = rule {
            self.rules.insert(id(scenario, "id"), rule.to_owned());
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
        let nodes: Vec<&str> = pickle
            .get("astNodeIds")
            .list()
            .iter()
            .filter_map(Json::text)
            .collect();
        let scenario = nodes.first().copied().unwrap_or_default();
        let mut name = pickle.string("name").unwrap_or_default();
        if let Some(rule) = self.rules.get(scenario) {
            name = format!("{rule} › {name}");
        }
        let row = nodes.get(1).copied();
        let iteration = row.map(|_| {
            let count = self.row_counts.entry(scenario.to_owned()).or_default();
            *count += 1;
            *count
        });
        let tags = pickle.get("tags").list().iter();
        let steps = pickle.get("steps").list().iter();
        let made = Pickle {
            name,
            uri: id(pickle, "uri"),
            tags: tags.filter_map(|tag| tag.string("name")).collect(),
            steps: steps
                .map(|step| (id(step, "id"), id(step, "text")))
                .collect(),
            iteration,
            parameters: row
                .and_then(|row| self.rows.remove(row))
                .unwrap_or_default(),
        };
        self.pickles.insert(id(pickle, "id"), made);
    }

    fn case(&mut self, case: &Json) {
        let steps = case.get("testSteps").list().iter().map(|step| {
            let link = match step.get("pickleStepId").text() {
                Some(step) => Link::Step(step.to_owned()),
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
        let key = run.case.clone();
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
            case.last = Some(run);
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
        let uri = pickle.map(|pickle| pickle.uri.clone()).unwrap_or_default();
        let suite = self.suites.get(&uri).cloned().unwrap_or_default();
        let class_name = suite.file.clone().or_else(|| Some(self.path(&uri)));
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
            draft.name.clone_from(&pickle.name);
            draft.iteration = pickle.iteration;
            draft.parameters.clone_from(&pickle.parameters);
            pickle.tags.iter().for_each(|tag| draft.tag(tag));
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
                verdict(word).unwrap_or_else(|| self.tests.unknown(self.number, "status", word));
            told.verdict = step::worse(told.verdict, verdict);
            let message = result.string("message");
            let link = case
                .steps
                .iter()
                .find(|(id, _)| id == step)
                .map(|(_, link)| link);
            let name = match link {
                Some(Link::Step(id)) => {
                    let found = pickle.and_then(|it| it.steps.iter().find(|(step, _)| step == id));
                    found.map(|(_, text)| text.clone())
                }
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
            let found = pickle.and_then(|it| it.steps.iter().find(|(known, _)| known == step));
            told.verdict = step::worse(told.verdict, Verdict::Incomplete);
            told.steps.push(TestStep {
                name: found.map(|(_, text)| text.clone()).unwrap_or_default(),
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
        let mut rest: Vec<(String, Case)> = self.cases.drain().collect();
        rest.sort_by_key(|(_, case)| case.line);
        let open: Vec<Run> = self.runs.drain().map(|(_, run)| run).collect();
        for mut run in open {
            // A try that never ended passed as little as one that never began.
            run.results.push((
                String::new(),
                Json::of_text(UNKNOWN, &MESSAGE).unwrap_or_default(),
            ));
            if let Some(case) = rest.iter_mut().find(|(id, _)| *id == run.case) {
                case.1.last = Some(run);
            }
        }
        for (_, mut case) in rest {
            // Without a word on what follows, the last try is the last; without a try the test was never run.
            let last = case.last.take();
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

/// Returns a member that is the name of something.
fn id(value: &Json, member: &str) -> String {
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
