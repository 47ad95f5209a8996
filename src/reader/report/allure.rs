//! Allure's results, of versions 2 and 3: a folder with a file for each try of each test.
//!
//! Tries of one test share their `historyId`, and the latest counts; the order of the files says nothing. Failed hooks around tests
//! stand in containers. Attachments lie beside.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read as _;
use std::sync::Arc;

use super::collector::Collector;
use super::document::Document;
use super::draft::{Draft, outcome};
use super::error::{ReadError, ReadErrorKind, Warnings};
use super::formats::{Bytes, Input};
use super::json::{Json, Text, Wanted};
use super::sketch::Sketch;
use super::step::{self, Steps};
use super::{Beside, Format, Summary};
use crate::model::{
    Attachment, Attempt, Failure, Property, StepVerdict, TestStep, TestSuite, Verdict,
};

/// What ends the name of a result's file, and of a container's.
pub(super) const RESULT: &str = "-result.json";
const CONTAINER: &str = "-container.json";
/// Labels that say nothing of the test.
const NOISE: [&str; 7] = [
    "host",
    "thread",
    "language",
    "framework",
    "package",
    "resultFormat",
    "titlePath",
];
/// Names of the label that holds the id at Allure `TestOps`.
const ID: [&str; 4] = ["as_id", "allure_id", "allureid", "allure.id"];

/// Returns whether a document is a result, by its members.
pub(super) fn recognises(sketch: &Sketch) -> bool {
    let members = [
        "historyId",
        "testCaseId",
        "fullName",
        "statusDetails",
        "labels",
        "stage",
    ];
    sketch.has_all(&["uuid", "name"]) && sketch.has_any(&members) && !sketch.has("children")
}

/// Returns whether a file belongs to a folder of results, by its name.
pub(super) fn is_part(name: &str) -> bool {
    name.ends_with(RESULT) || name.ends_with(CONTAINER)
}

/// Reads a folder, or a result by itself.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let beside = input.source.beside().clone();
    let mut reader = Reader {
        tests: Collector::new(input.visit),
        bad: HashSet::new(),
        suites: HashMap::new(),
        environment: environment(&beside),
        beside,
    };
    if let Some(parts) = input.source.parts() {
        reader.folder(parts)?;
    } else {
        let result = Text::new(document).whole(&RESULTS, &mut reader.tests.warnings)?;
        reader.test(&result, &[]);
    }
    reader.tests.suites = reader.suites.len() as u64;
    Ok(reader.tests.finish(Format::Allure))
}

static RESULTS: Wanted = Wanted {
    members: &[
        "uuid",
        "historyId",
        "testCaseId",
        "fullName",
        "name",
        "status",
        "statusDetails",
        "message",
        "trace",
        "flaky",
        "stage",
        "steps",
        "attachments",
        "source",
        "type",
        "parameters",
        "value",
        "excluded",
        "mode",
        "labels",
        "links",
        "url",
        "start",
        "stop",
        "description",
        "title",
    ],
    whole: &[],
};
static HEAD: Wanted = Wanted {
    members: &[
        "uuid",
        "historyId",
        "testCaseId",
        "fullName",
        "name",
        "value",
        "excluded",
        "parameters",
        "start",
    ],
    whole: &[],
};
static CONTAINERS: Wanted = Wanted {
    members: &[
        "name",
        "children",
        "befores",
        "afters",
        "status",
        "statusDetails",
        "message",
    ],
    whole: &[],
};

struct Reader<'v> {
    tests: Collector<'v>,
    beside: Beside,
    /// The ids of the tests that did not pass.
    bad: HashSet<u128>,
    suites: HashMap<String, Arc<TestSuite>>,
    environment: Vec<Property>,
}

/// A try: when it began, and which file tells of it.
type Try = (i64, usize);

/// Tries of one test, and what it ran with: the values alone, and which parameter has which.
struct Tries {
    /// The names that it has, the full one and the short one.
    names: [Option<u64>; 2],
    values: u64,
    parameters: u64,
    all: Vec<Try>,
}

/// Adds a try to those of its test. Tests share a `historyId` where the same values belong to other parameters: `allure-pytest` makes it
/// of the values. What has neither name of another one is no try of it either: adapters give ids that are not theirs alone.
fn add(known: &mut Vec<Tries>, result: &Json, one: Try) {
    let (values, parameters) = ran_with(result);
    let names = ["fullName", "name"].map(|it| result.get(it).text().map(|text| half(0, text)));
    let is_alike = |it: &Tries| {
        let mut both = it.names.iter().zip(&names);
        it.names == names || both.any(|(one, other)| one.is_some() && one == other)
    };
    let position =
        |is_it: &dyn Fn(&Tries) -> bool| known.iter().position(|it| is_alike(it) && is_it(it));
    let is_another = || position(&|it| it.values == values).is_some();
    let any = || position(&|_| true).filter(|_| !is_another());
    let place = position(&|it| it.parameters == parameters).or_else(any);
    match place.and_then(|place| known.get_mut(place)) {
        Some(test) => test.all.push(one),
        None => known.push(Tries {
            names,
            values,
            parameters,
            all: vec![one],
        }),
    }
}

/// Returns numbers for the values that a test ran with, in whatever order, and for its parameters with them.
fn ran_with(result: &Json) -> (u64, u64) {
    let parameters = result.get("parameters").list().iter();
    let parameters = parameters.filter(|it| !it.get("excluded").is_true());
    let (mut values, mut pairs): (Vec<String>, Vec<(String, String)>) = parameters
        .map(|it| (it.string("name"), it.get("value").shown()))
        .map(|(name, value)| (name.unwrap_or_default(), value.unwrap_or_default()))
        .map(|(name, value)| (value.clone(), (name, value)))
        .unzip();
    values.sort_unstable();
    pairs.sort_unstable();
    let (mut of_values, mut of_pairs) = (DefaultHasher::new(), DefaultHasher::new());
    values.hash(&mut of_values);
    pairs.hash(&mut of_pairs);
    (of_values.finish(), of_pairs.finish())
}

impl Reader<'_> {
    fn folder(&mut self, parts: &[String]) -> Result<(), ReadError> {
        let mut tests: HashMap<u128, Vec<Tries>> = HashMap::new();
        for (index, name) in parts
            .iter()
            .enumerate()
            .filter(|(_, name)| name.ends_with(RESULT))
        {
            let result = self.part(name, &HEAD)?;
            let start = result.get("start").number().unwrap_or_default();
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
            let one = (start as i64, index);
            add(tests.entry(identity(&result)).or_default(), &result, one);
        }
        let tests = tests.into_values().flatten();
        let mut tests: Vec<Vec<Try>> = tests.map(|test| test.all).collect();
        for tries in &mut tests {
            tries.sort_unstable();
        }
        tests.sort_unstable();
        for tries in &tests {
            let Some((last, earlier)) = tries.split_last() else {
                continue;
            };
            let of = |(_, index): &Try| parts.get(*index).map_or("", String::as_str);
            let mut before = Vec::new();
            for one in earlier.iter().rev().take(1000).rev() {
                let result = self.part(of(one), &RESULTS)?;
                before.push(self.attempt(&result));
            }
            let result = self.part(of(last), &RESULTS)?;
            self.test(&result, &before);
        }
        for name in parts.iter().filter(|name| name.ends_with(CONTAINER)) {
            let container = self.part(name, &CONTAINERS)?;
            self.container(&container);
        }
        Ok(())
    }

    /// Reads a file of the folder.
    fn part(&mut self, name: &str, wanted: &'static Wanted) -> Result<Json, ReadError> {
        let file = self.beside.open(name);
        let file = file.map_err(|error| ReadError::io(&error));
        let mut warnings = Warnings::default();
        let value = file.and_then(|mut file| {
            let document = Document::new(&mut file as Bytes<'_>)?;
            Text::new(document).whole(wanted, &mut warnings)
        });
        for warning in warnings.finish() {
            let message = format!("`{name}`: {}", warning.message);
            self.tests.warnings.add(warning.line, message);
        }
        value.map_err(|error| {
            let message = format!("`{name}`: {}", error.message);
            let mut kind = error.kind;
            if kind == ReadErrorKind::NotAReport {
                // A part without content was cut off.
                kind = ReadErrorKind::Malformed;
            }
            ReadError {
                kind,
                message,
                ..error
            }
            .at(error.line.unwrap_or(1), error.column.unwrap_or(1))
        })
    }

    fn attempt(&mut self, result: &Json) -> Attempt {
        let verdict = self.verdict(result);
        Attempt {
            outcome: outcome(verdict, failure(result)),
            duration: duration(result),
            started: result.get("start").moment(),
            attachments: files(result),
        }
    }

    fn test(&mut self, result: &Json, earlier: &[Attempt]) {
        let verdict = self.verdict(result);
        if verdict.is_bad() {
            self.bad
                .insert(hash(result.get("uuid").text().unwrap_or_default()));
        }
        let (class_name, name) = names(result);
        let mut draft = Draft {
            line: 1,
            class_name: class_name.map(Into::into),
            name,
            verdict: Some(verdict),
            description: result.string("description"),
            called_flaky: result.get("statusDetails").get("flaky").is_true(),
            duration: duration(result),
            started: result.get("start").moment(),
            failure: failure(result),
            earlier: earlier.to_vec(),
            parameters: parameters(result),
            ..Draft::default()
        };
        describe(&mut draft, result);
        draft.attachments = step::attachments(result.get("attachments"), "source");
        let mut steps = Steps::default();
        steps.nested(result.get("steps").list(), &of_step);
        draft.steps = steps.finish();
        let suite = self.suite(result);
        self.tests.test(draft, suite);
    }

    fn verdict(&mut self, result: &Json) -> Verdict {
        let own = match result.get("status").text() {
            Some("passed") => Verdict::Passed,
            Some("failed") => Verdict::Failed,
            Some("broken") => Verdict::Errored,
            Some("skipped") => Verdict::Skipped,
            // A test that is still to be written.
            None if result.get("stage").text() == Some("pending") => Verdict::Skipped,
            None | Some("unknown") => Verdict::Incomplete,
            Some(word) => self.tests.foreign(1, "status", word),
        };
        if own != Verdict::Passed {
            return own;
        }
        if result.get("stage").text() == Some("interrupted") {
            return Verdict::Incomplete;
        }
        // Cucumber's steps that are undefined, pending or skipped leave the test passed.
        let steps = result.get("steps").list();
        let word = |step: &Json| step.get("status").text().unwrap_or("unknown").to_owned();
        // Adapters wrap an attachment into a step that ends in no way.
        let is_wrapper = |step: &&Json| {
            !step.get("status").is_some() && !step.get("attachments").list().is_empty()
        };
        let mut ran = steps.iter().filter(|step| !is_wrapper(step));
        if ran.clone().any(|step| word(step) == "unknown") {
            return Verdict::Incomplete;
        }
        let is_known = |word: &str| matches!(word, "passed" | "failed" | "broken" | "skipped");
        if let Some(word) = ran.clone().map(word).find(|word| !is_known(word)) {
            return self.tests.said(1, "status of a step", &word);
        }
        if ran.any(|step| word(step) == "skipped") {
            return Verdict::Skipped;
        }
        Verdict::Passed
    }

    /// Warns of a failed hook, unless a test that it belongs to reports it.
    fn container(&mut self, container: &Json) {
        let children = container
            .get("children")
            .list()
            .iter()
            .filter_map(Json::text);
        let is_told = children.map(hash).any(|child| self.bad.contains(&child));
        for (when, list) in [("before", "befores"), ("after", "afters")] {
            for hook in container.get(list).list() {
                let is_bad = matches!(hook.get("status").text(), Some("failed" | "broken"));
                if is_bad && !is_told {
                    let name = hook.get("name").text().unwrap_or_default();
                    let what = format!("the hook `{name}` {when} tests failed");
                    let message = hook
                        .get("statusDetails")
                        .string("message")
                        .unwrap_or_default();
                    self.tests.outside(None, &what, &message);
                }
            }
        }
    }

    fn suite(&mut self, result: &Json) -> Arc<TestSuite> {
        let names = ["parentSuite", "suite", "subSuite"].map(|name| label(result, name));
        let names: Vec<&str> = names.into_iter().flatten().collect();
        let name = names.join(" › ");
        if let Some(suite) = self.suites.get(&name) {
            return Arc::clone(suite);
        }
        let suite = Arc::new(TestSuite {
            name: name.clone(),
            hostname: label(result, "host").map(str::to_owned),
            properties: self.environment.clone(),
            ..TestSuite::default()
        });
        if self.suites.len() < 10_000 {
            self.suites.insert(name, Arc::clone(&suite));
        }
        suite
    }
}

/// Returns the identity that the attempts of one test share.
fn identity(result: &Json) -> u128 {
    if let Some(id) = result.get("historyId").text() {
        return hash(id);
    }
    let test = result
        .get("testCaseId")
        .text()
        .or(result.get("fullName").text());
    let Some(test) = test else {
        return hash(result.get("uuid").text().unwrap_or_default());
    };
    let mut identity = test.to_owned();
    for parameter in result.get("parameters").list() {
        if !parameter.get("excluded").is_true() {
            identity.push('\n');
            identity.push_str(parameter.get("name").text().unwrap_or_default());
            identity.push('=');
            identity.push_str(&parameter.get("value").shown().unwrap_or_default());
        }
    }
    hash(&identity)
}

fn hash(text: &str) -> u128 {
    u128::from(half(0, text)) << 64 | u128::from(half(1, text))
}

fn half(seed: u8, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    text.hash(&mut hasher);
    hasher.finish()
}

fn label<'a>(result: &'a Json, name: &str) -> Option<&'a str> {
    let mut labels = result.get("labels").list().iter();
    let found = labels.find(|label| label.get("name").text() == Some(name))?;
    found.get("value").text()
}

/// Returns class and name. What is called the same in several places is told apart by `fullName`, less the name at its end.
fn names(result: &Json) -> (Option<String>, String) {
    let full = result.string("fullName");
    let name = result
        .string("name")
        .or_else(|| full.clone())
        .unwrap_or_default();
    let Some(full) = full.filter(|full| *full != name) else {
        return (None, name);
    };
    let ends = ['#', '.', ' ', ':', '/', '>', '›'];
    let class = match full.rsplit_once(['#', '.']) {
        // `test_shop#test_rows` and `test_rows[1-2]`.
        Some((class, method)) if !method.is_empty() && name.starts_with(method) => class,
        _ => full.strip_suffix(name.as_str()).unwrap_or(&full),
    };
    let class = class.trim_end_matches(ends).to_owned();
    (Some(class).filter(|class| !class.is_empty()), name)
}

/// Takes labels and links: each is a property, tags are tags.
fn describe(draft: &mut Draft, result: &Json) {
    for label in result.get("labels").list() {
        let (Some(name), Some(value)) = (label.get("name").text(), label.get("value").shown())
        else {
            continue;
        };
        if name.starts_with('_') || NOISE.contains(&name) {
            continue;
        }
        if ID.iter().any(|id| name.eq_ignore_ascii_case(id)) {
            draft.property("allure.id", value.clone());
        }
        if name == "tag" {
            draft.tag(&value);
        } else {
            draft.property(name, value);
        }
    }
    for link in result.get("links").list() {
        let kind = link.get("type").text().unwrap_or("link");
        let url = link.string("url");
        let last = url
            .as_deref()
            .and_then(|url| url.trim_end_matches('/').rsplit('/').next());
        // Some adapters give the address as the name.
        let name = link.get("name").text().filter(|name| !name.contains("://"));
        let value = name.or(last).map(str::to_owned);
        if let Some(value) = value {
            if kind == "tms" {
                draft.property("TmsLink", value.clone());
            }
            draft.property(kind, value);
        }
    }
}

fn parameters(result: &Json) -> Vec<Property> {
    let parameters = result.get("parameters").list().iter().take(1000);
    let shown = parameters.filter(|it| !matches!(it.get("mode").text(), Some("hidden" | "masked")));
    shown
        .filter(|it| !it.get("excluded").is_true())
        .filter_map(|parameter| {
            Some(Property {
                name: parameter.string("name")?,
                value: parameter.get("value").shown().unwrap_or_default(),
            })
        })
        .collect()
}

/// Returns the files of a result and of its steps.
fn files(result: &Json) -> Vec<Attachment> {
    let mut files = step::attachments(result.get("attachments"), "source");
    let mut steps = Steps::default();
    steps.nested(result.get("steps").list(), &of_step);
    files.extend(steps.finish().into_iter().flat_map(|step| step.attachments));
    files
}

fn of_step(step: &Json) -> TestStep {
    let attachments = step.get("attachments").list().iter().take(100);
    let word = step.get("status").text();
    TestStep {
        name: step.string("name").unwrap_or_default(),
        description: None,
        verdict: match word {
            None => StepVerdict::NotRun,
            word => step::verdict(word),
        },
        message: step.get("statusDetails").string("message"),
        duration: duration(step),
        started: step.get("start").moment(),
        attachments: attachments
            .filter_map(|it| step::attachment(it.get("source").text()?, it.string("name")))
            .collect(),
    }
}

fn failure(result: &Json) -> Failure {
    let details = result.get("statusDetails");
    Failure {
        kind: None,
        message: details.string("message"),
        details: details.string("trace"),
        also: Vec::new(),
    }
}

fn duration(of: &Json) -> Option<std::time::Duration> {
    let (start, stop) = (of.get("start").number()?, of.get("stop").number()?);
    std::time::Duration::try_from_secs_f64((stop - start) / 1e3).ok()
}

/// Reads `environment.properties`, which lies beside the results.
fn environment(beside: &Beside) -> Vec<Property> {
    let mut text = String::new();
    if let Ok(file) = beside.open("environment.properties") {
        // What cannot be read of it is no loss for the tests.
        drop(file.take(64 * 1024).read_to_string(&mut text));
    }
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .take(1000);
    let pairs = lines.filter_map(|line| line.split_once(['=', ':']));
    pairs
        .map(|(name, value)| Property {
            name: super::text::plain(name.trim()),
            value: super::text::plain(value.trim()),
        })
        .collect()
}
