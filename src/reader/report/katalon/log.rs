//! The tests of an execution log, put together from its records.
//!
//! A stack of nodes: a record with a result sets that of the node on top, the last one wins; a node without one takes that of its
//! first bad child; a node that never ends is incomplete. The outermost test is a test, one inside it a step. A test that begins
//! again with the same id and a retry count is the next attempt of the one before.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::record::{Record, Records};
use super::{Beside, Format, ReadError, Summary, outcome};
use crate::model::{
    Attachment, Attempt, Failure, Moment, Outcome, Property, StepVerdict, Tally, TestCase,
    TestStep, TestSuite, Verdict,
};
use crate::report::LateProperties;
use crate::report::attempts::Digests;
use crate::report::draft::Draft;
use crate::report::error::{ReadErrorKind, Warnings};
use crate::report::formats::{Bytes, Input};
use crate::report::xml::{Root, Xml};

/// Returns whether a document is a log of this kind, by its first element.
pub(in crate::report) fn recognises(root: &Root) -> bool {
    root.name == "log"
}

/// Reads a document.
pub(in crate::report) fn read(
    xml: Xml<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    read_log(xml, input.visit)
}

/// How many steps of one test are kept.
const STEPS: usize = 5000;
/// How deep nodes may nest.
const DEPTH: usize = 256;
/// How many attachments of one node are kept.
const ATTACHMENTS: usize = 200;

/// A test as the log tells it.
#[derive(Debug)]
pub(super) struct LoggedTest {
    pub(super) id: String,
    name: String,
    retry: u32,
    node: Ended,
    earlier: Vec<Attempt>,
}

/// A node that has ended, or was left open.
#[derive(Debug)]
struct Ended {
    name: String,
    description: Option<String>,
    /// What the test is tagged with, parted by commas.
    tags: Option<String>,
    verdict: Option<Verdict>,
    failure: Failure,
    started: Option<Moment>,
    duration: Option<Duration>,
    attachments: Vec<Attachment>,
    steps: Vec<TestStep>,
    /// What went wrong in the first step that did, with its exception.
    cause: Failure,
}

impl LoggedTest {
    /// Returns how the log says that the test ended.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.node.verdict
    }

    /// Adds to a test of the report what only the log knows.
    pub(super) fn add_to(self, case: &mut TestCase) {
        // The log's time has a zone, the report's usually none.
        case.started = self.node.started.or(case.started);
        case.duration = case.duration.or(self.node.duration);
        case.steps = self.node.steps;
        case.properties.extend(tagged(self.node.tags.as_deref()));
        case.description = case.description.take().or(self.node.description);
        case.attachments.extend(self.node.attachments);
        case.earlier.extend(self.earlier);
        if let Outcome::Failed(failure) | Outcome::Errored(failure) = &mut case.outcome {
            let (own, step) = (self.node.failure, self.node.cause);
            failure.kind = own.kind.or(step.kind).or(failure.kind.take());
            failure.details = failure.details.take().or(own.details).or(step.details);
        }
    }

    fn attempt(self) -> (Vec<Attempt>, Attempt) {
        let steps = self
            .node
            .steps
            .into_iter()
            .flat_map(|step| step.attachments);
        let attempt = Attempt {
            outcome: outcome(
                self.node.verdict.unwrap_or(Verdict::Passed),
                self.node.failure,
            ),
            duration: self.node.duration,
            started: self.node.started,
            attachments: self.node.attachments.into_iter().chain(steps).collect(),
        };
        (self.earlier, attempt)
    }

    /// Returns the test as a report of its own would have it.
    fn into_case(self, suite: &Arc<TestSuite>) -> TestCase {
        let verdict = self.node.verdict.unwrap_or(Verdict::Passed);
        let outcome = outcome(verdict, self.node.failure);
        TestCase {
            iteration: super::binding::suffix(&self.name),
            class_name: Some(self.id.as_str().into()),
            description: self.node.description,
            properties: tagged(self.node.tags.as_deref()),
            duration: self.node.duration,
            started: self.node.started,
            attachments: self.node.attachments,
            earlier: self.earlier,
            steps: self.node.steps,
            line: 1,
            ..TestCase::new(Arc::clone(suite), self.id, outcome)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Test,
    Keyword,
}

/// A node that is open.
#[derive(Debug)]
struct Open {
    kind: Kind,
    id: String,
    retry: u32,
    started: Option<i64>,
    own: Option<Verdict>,
    worst_child: Option<Verdict>,
    node: Ended,
}

/// The tests of a log, one after the other.
pub(super) struct Tests<R: Read> {
    records: Records<R>,
    open: Vec<Open>,
    /// A test that has ended and may still be tried again.
    done: Option<LoggedTest>,
    suite: Option<(String, String)>,
    ended: bool,
    left_open: bool,
}

impl Tests<Box<dyn Read>> {
    pub(super) fn of_files(beside: &Beside, files: Vec<String>) -> Self {
        Self::new(Records::of_files(beside, files))
    }
}

impl<R: Read> Tests<R> {
    fn new(records: Records<R>) -> Self {
        Self {
            records,
            open: Vec::new(),
            done: None,
            suite: None,
            ended: false,
            left_open: false,
        }
    }

    /// Returns whether the log ended in the middle of something.
    pub(super) fn is_cut(&self) -> bool {
        self.records.is_cut() || self.left_open
    }

    /// Returns the next test with all its attempts.
    pub(super) fn next(&mut self) -> Option<LoggedTest> {
        while !self.ended {
            let Some(record) = self.records.next() else {
                self.ended = true;
                return self.last();
            };
            if let Some(test) = self.take(&record) {
                return Some(test);
            }
        }
        self.done.take()
    }

    /// Ends what the log left open.
    fn last(&mut self) -> Option<LoggedTest> {
        self.left_open = !self.open.is_empty();
        if let Some(open) = self.open.iter_mut().find(|open| open.kind == Kind::Test) {
            open.own = Some(Verdict::Incomplete);
        }
        while self.open.len() > 1 {
            self.end(None, true);
        }
        self.end(None, true).or_else(|| self.done.take())
    }

    /// Takes a record; returns a test that is now known to be complete.
    fn take(&mut self, record: &Record) -> Option<LoggedTest> {
        match (record.level.as_str(), record.method.as_str()) {
            ("START", "startSuite") => {
                let text = |name| record.property(name).unwrap_or_default().to_owned();
                self.suite.get_or_insert((text("id"), text("name")));
            }
            ("START", "startTest") => self.begin(Kind::Test, record),
            ("START", "startKeyword") => self.begin(Kind::Keyword, record),
            ("END", "endTest") => return self.end_kind(Kind::Test, record),
            ("END", "endKeyword") => return self.end_kind(Kind::Keyword, record),
            (level, _) => {
                if let Some(verdict) = verdict(level) {
                    self.result(verdict, record);
                }
                self.attach(record);
            }
        }
        None
    }

    fn begin(&mut self, kind: Kind, record: &Record) {
        if self.open.len() >= DEPTH || (kind == Kind::Keyword && self.open.is_empty()) {
            return;
        }
        let name = record.property("name").map(str::to_owned);
        let shown = record
            .message
            .split_once(" : ")
            .map_or(record.message.as_str(), |(_, name)| name);
        let name = name.unwrap_or_else(|| shown.to_owned());
        self.open.push(Open {
            kind,
            id: record.property("id").unwrap_or(&name).to_owned(),
            retry: record
                .property("currentRetryCount")
                .and_then(|count| count.parse().ok())
                .unwrap_or(0),
            started: record.millis,
            own: None,
            worst_child: None,
            node: Ended {
                name,
                description: record.property("description").map(str::to_owned),
                tags: record.property("tag").map(str::to_owned),
                verdict: None,
                failure: Failure::default(),
                started: record
                    .millis
                    .and_then(|millis| Timestamp::from_millisecond(millis).ok())
                    .map(Moment::Absolute),
                duration: None,
                attachments: Vec::new(),
                steps: Vec::new(),
                cause: Failure::default(),
            },
        });
    }

    fn result(&mut self, verdict: Verdict, record: &Record) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        open.own = Some(verdict);
        if verdict.is_bad() || verdict == Verdict::Skipped {
            let text = |name| record.property(name).map(str::to_owned);
            open.node.failure = Failure {
                kind: text("failed.exception.class"),
                message: (!record.message.is_empty()).then(|| record.message.clone()),
                details: text("failed.exception.stacktrace"),
                also: Vec::new(),
            };
        }
    }

    fn attach(&mut self, record: &Record) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        for (name, value) in &record.properties {
            let is_file =
                matches!(name.as_str(), "attachment" | "video-attachment") && !value.is_empty();
            if is_file && open.node.attachments.len() < ATTACHMENTS {
                open.node.attachments.push(Attachment {
                    path: PathBuf::from(value),
                    description: None,
                });
            }
        }
    }

    /// Ends the innermost node of this kind, and what is still open inside it.
    fn end_kind(&mut self, kind: Kind, record: &Record) -> Option<LoggedTest> {
        let at = self.open.iter().rposition(|open| open.kind == kind)?;
        while self.open.len() > at + 1 {
            self.end(record.millis, true);
        }
        self.end(record.millis, false)
    }

    /// Ends the innermost node. Returns the test before, when this one is not a further attempt of it.
    fn end(&mut self, millis: Option<i64>, unfinished: bool) -> Option<LoggedTest> {
        let mut open = self.open.pop()?;
        let unfinished = unfinished.then_some(Verdict::Incomplete);
        open.node.verdict = open.own.or(unfinished).or(open.worst_child);
        open.node.duration = open
            .started
            .zip(millis)
            .and_then(|(from, to)| u64::try_from(to - from).ok())
            .map(Duration::from_millis);
        let Some(parent) = self.open.last_mut() else {
            return (open.kind == Kind::Test)
                .then(|| self.finish(open))
                .flatten();
        };
        let verdict = open.node.verdict;
        if verdict.is_some_and(Verdict::is_bad) {
            parent.worst_child = parent.worst_child.or(verdict);
        }
        if self.open.len() == 1 {
            self.step(open.node);
        } else if let Some(parent) = self.open.last_mut() {
            // Deeper steps are not kept, their files are.
            let room = ATTACHMENTS.saturating_sub(parent.node.attachments.len());
            parent
                .node
                .attachments
                .extend(open.node.attachments.into_iter().take(room));
        }
        None
    }

    fn step(&mut self, node: Ended) {
        let Some(test) = self
            .open
            .last_mut()
            .filter(|test| test.node.steps.len() < STEPS)
        else {
            return;
        };
        let verdict = match node.verdict {
            None | Some(Verdict::Passed) => StepVerdict::Passed,
            Some(Verdict::Failed) => StepVerdict::Failed,
            Some(Verdict::Errored) => StepVerdict::Errored,
            Some(Verdict::Skipped) => StepVerdict::Skipped,
            Some(Verdict::Incomplete) => StepVerdict::NotRun,
        };
        let cause = &mut test.node.cause;
        if verdict != StepVerdict::Passed && cause.kind.is_none() {
            cause.kind.clone_from(&node.failure.kind);
            cause.details.clone_from(&node.failure.details);
        }
        test.node.steps.push(TestStep {
            name: node.name,
            description: node.description,
            verdict,
            message: node.failure.message,
            duration: node.duration,
            started: node.started,
            attachments: node.attachments,
        });
    }

    fn finish(&mut self, open: Open) -> Option<LoggedTest> {
        let mut test = LoggedTest {
            id: open.id,
            name: open.node.name.clone(),
            retry: open.retry,
            node: open.node,
            earlier: Vec::new(),
        };
        match self.done.take() {
            Some(before) if test.retry > 0 && before.id == test.id && before.name == test.name => {
                let (earlier, attempt) = before.attempt();
                test.earlier = earlier;
                test.earlier.push(attempt);
                self.done = Some(test);
                None
            }
            before => {
                self.done = Some(test);
                before
            }
        }
    }
}

/// Returns the properties that tags are.
fn tagged(tags: Option<&str>) -> Vec<Property> {
    let mut draft = Draft::default();
    let tags = tags.unwrap_or_default().split(',');
    tags.for_each(|tag| draft.tag(tag));
    draft.properties
}

/// Returns the verdict of a level for the node it is logged for.
fn verdict(level: &str) -> Option<Verdict> {
    Some(match level {
        "PASSED" => Verdict::Passed,
        "FAILED" => Verdict::Failed,
        "ERROR" => Verdict::Errored,
        "INCOMPLETE" | "ABORTED" => Verdict::Incomplete,
        "SKIPPED" => Verdict::Skipped,
        _ => return None,
    })
}

/// Reads a log as a report of its own: all that a killed run leaves.
fn read_log<R: Read>(
    xml: Xml<R>,
    visit: &mut dyn FnMut(&mut TestCase),
) -> Result<Summary, ReadError> {
    let foreign = xml.error(
        ReadErrorKind::ForeignXml(String::from("a log of java.util.logging")),
        "this is a log of java.util.logging, not a test report that handin reads",
    );
    let mut tests = Tests::new(Records::of_document(xml));
    let mut tally = Tally::default();
    let (mut attempts, mut duration, mut started) = (0, None::<Duration>, None);
    let mut suite: Option<Arc<TestSuite>> = None;
    while let Some(test) = tests.next() {
        let suite = suite.get_or_insert_with(|| Arc::new(suite_of(tests.suite.as_ref())));
        let mut case = test.into_case(suite);
        tally.count_case(&case);
        attempts += case.attempts();
        duration = case
            .duration
            .map(|own| duration.unwrap_or_default().saturating_add(own))
            .or(duration);
        started = started.or(case.started);
        visit(&mut case);
    }
    let Some((_, name)) = tests.suite.clone() else {
        return Err(foreign);
    };
    let mut warnings = Warnings::default();
    warnings.add(
        None,
        "there is no `JUnit_Report.xml`: the tests are those of the execution log",
    );
    if tests.is_cut() {
        warnings.add(None, "the log ends early: the run was probably killed, and tests that it never came to are not in it");
    }
    Ok(Summary {
        format: Format::Katalon,
        name: Some(name).filter(|name| !name.is_empty()),
        suites: 1,
        tally,
        attempts,
        duration,
        started,
        late: LateProperties::default(),
        warnings: warnings.finish(),
        digest: [0; 32],
        keys: Digests::default(),
    })
}

fn suite_of(started: Option<&(String, String)>) -> TestSuite {
    let (id, name) = started.cloned().unwrap_or_default();
    TestSuite {
        name,
        id: Some(id).filter(|id| !id.is_empty()),
        ..TestSuite::default()
    }
}
