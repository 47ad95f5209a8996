//! Results in the form of Katalon's own reporters: four JSON documents, written record by record into files.
//!
//! The only form that carries skips, exact times and the build for tests that are not Katalon's own.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::attachments::StudioFile;
use super::marks::{self, uuid};
use super::target::KatalonTarget;
use crate::files::{self, KnownFile};
use crate::model::{Failure, TestCase, TestSuite, Verdict};
use crate::plan::{SubmissionPlan, Unpacked};

/// The documents, in the order in which they are written.
pub(super) const DOCUMENTS: [&str; 4] = [
    "metadata.json",
    "execution.json",
    "suites.json",
    "results.json",
];

/// The folder that TestOps is told for the documents.
const FOLDER: &str = "testops-reports";

/// What is to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) plan: &'a SubmissionPlan,
    /// The reports that go this way, by their place in the plan.
    pub(super) reports: &'a [usize],
    pub(super) target: &'a KatalonTarget,
    pub(super) batch: &'a str,
    /// When tests began of which nothing tells it.
    pub(super) now: Timestamp,
}

/// Writes the documents into `folder`.
pub(super) fn write(source: Source<'_>, folder: &Path) -> io::Result<Vec<StudioFile>> {
    let mut results = List::create(folder, "results")?;
    let mut suites = Suites::default();
    let wanted = |test: &Unpacked| source.reports.contains(&test.report);
    for (index, test) in source.plan.packed.iter().filter(wanted).enumerate() {
        let begin = source.begin_of(test.report);
        let place = suites.place(source, test.report, &test.case.suite, begin);
        if let Some(suite) = suites.known.get_mut(place) {
            results.add(&source.result(index, &test.case, suite))?;
        }
    }
    let execution = source.execution(&suites);
    let mut list = List::create(folder, "suites")?;
    for suite in &suites.known {
        list.add(&suite.record(source))?;
    }
    Ok(vec![
        document(folder, "metadata.json", &source.metadata())?,
        document(folder, "execution.json", &execution)?,
        list.finish()?,
        results.finish()?,
    ])
}

impl Source<'_> {
    /// Returns when the tests of a report began that say nothing of it themselves.
    fn begin_of(&self, report: usize) -> Timestamp {
        self.plan.run.started.unwrap_or_else(|| {
            self.plan
                .reports
                .get(report)
                .and_then(|report| report.file.as_ref())
                .and_then(|file| std::fs::metadata(file).ok()?.modified().ok())
                .and_then(|time| Timestamp::try_from(time).ok())
                .unwrap_or(self.now)
        })
    }

    fn result<'a>(&self, index: usize, case: &'a TestCase, suite: &mut Suite) -> ResultRecord<'a> {
        let took = case.duration.unwrap_or_default();
        let own = case.started.and_then(|at| at.in_zone(&self.target.zone));
        let start = own.unwrap_or(suite.clock);
        let stop = start.checked_add(took).unwrap_or(start);
        suite.count(case.outcome.verdict(), start, stop);
        let (failures, errors) = match case.outcome.verdict() {
            Verdict::Failed => (troubles(case.outcome.failure()), Vec::new()),
            Verdict::Errored => (Vec::new(), troubles(case.outcome.failure())),
            Verdict::Passed | Verdict::Skipped | Verdict::Incomplete => (Vec::new(), Vec::new()),
        };
        ResultRecord {
            uuid: uuid(&[self.batch, "result", &index.to_string()]),
            parent_uuid: suite.uuid.clone(),
            name: title(case),
            suite_name: class(case),
            description: description(case),
            parameters: self.parameters(case),
            status: status(Some(case.outcome.verdict())),
            errors,
            failures,
            start: start.as_millisecond(),
            stop: stop.as_millisecond(),
            duration: millis(took),
            host: hostname(&case.suite),
        }
    }

    fn parameters<'a>(&self, case: &'a TestCase) -> BTreeMap<&'a str, String> {
        let mut parameters: BTreeMap<&str, String> = case
            .properties
            .iter()
            .filter(|property| {
                let mut asked = self.target.parameters.iter();
                asked.any(|name| name == "*" || name.eq_ignore_ascii_case(&property.name))
            })
            .map(|property| (property.name.as_str(), property.value.clone()))
            .collect();
        if let Some(iteration) = case.iteration {
            parameters.insert("iteration", iteration.to_string());
        }
        parameters
    }

    fn execution(&self, suites: &Suites) -> ExecutionRecord {
        let tops = || suites.known.iter();
        let start = tops().filter_map(|suite| suite.start).min();
        let stop = tops().filter_map(|suite| suite.stop).max();
        let begin = self.begin_of(self.reports.first().copied().unwrap_or_default());
        let (start, stop) = (start.unwrap_or(begin), stop.unwrap_or(begin));
        ExecutionRecord {
            uuid: uuid(&[self.batch, "execution"]),
            status: status(tops().filter_map(|suite| suite.worst).max()),
            start: start.as_millisecond(),
            stop: stop.as_millisecond(),
            duration: (stop.as_millisecond() - start.as_millisecond()).max(0),
        }
    }

    fn metadata(&self) -> Metadata<'_> {
        let build = self.plan.run.build.as_ref();
        Metadata {
            framework: "handin",
            language: "rust",
            version: env!("CARGO_PKG_VERSION"),
            build_label: build.and_then(|build| build.number.as_deref().or(build.id.as_deref())),
            build_url: build.and_then(|build| build.url.as_deref()),
            session_id: marks::session(self.target, self.batch),
        }
    }
}

/// The suites met so far, in that order.
#[derive(Debug, Default)]
struct Suites {
    known: Vec<Suite>,
    places: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Suite {
    model: Arc<TestSuite>,
    uuid: String,
    parent: Option<String>,
    /// When its next test begins, where the test does not say so itself.
    clock: Timestamp,
    start: Option<Timestamp>,
    stop: Option<Timestamp>,
    worst: Option<Verdict>,
}

impl Suites {
    fn place(
        &mut self,
        source: Source<'_>,
        report: usize,
        suite: &Arc<TestSuite>,
        begin: Timestamp,
    ) -> usize {
        let name = identity(report, suite);
        if let Some(&place) = self.places.get(&name) {
            return place;
        }
        let parent = suite.parent.as_ref().map(|parent| {
            let place = self.place(source, report, parent, begin);
            let parent = self.known.get(place);
            parent.map(|parent| parent.uuid.clone()).unwrap_or_default()
        });
        self.known.push(Suite {
            model: Arc::clone(suite),
            uuid: uuid(&[source.batch, "suite", &name]),
            parent,
            clock: started(suite)
                .and_then(|at| at.in_zone(&source.target.zone))
                .unwrap_or(begin),
            start: None,
            stop: None,
            worst: None,
        });
        let place = self.known.len() - 1;
        self.places.insert(name, place);
        place
    }
}

impl Suite {
    fn count(&mut self, verdict: Verdict, start: Timestamp, stop: Timestamp) {
        self.clock = self.clock.max(stop);
        self.start = Some(self.start.map_or(start, |known| known.min(start)));
        self.stop = Some(self.stop.map_or(stop, |known| known.max(stop)));
        self.worst = self.worst.max(Some(verdict));
    }

    fn record<'s>(&'s self, source: Source<'s>) -> SuiteRecord<'s> {
        let start = self.start.unwrap_or(self.clock).as_millisecond();
        let stop = self.stop.unwrap_or(self.clock).as_millisecond();
        let name = self.model.name.as_str();
        SuiteRecord {
            uuid: &self.uuid,
            parent_uuid: self.parent.as_deref(),
            name: if name.is_empty() {
                source.plan.run.name.as_str()
            } else {
                name
            },
            status: status(self.worst),
            start,
            stop,
            duration: (stop - start).max(0),
            host: hostname(&self.model),
        }
    }
}

/// Returns the id that distinguishes a suite from every other of the submission.
fn identity(report: usize, suite: &TestSuite) -> String {
    let mut text = report.to_string();
    let mut at = Some(suite);
    while let Some(suite) = at {
        let file = suite.file.as_deref().unwrap_or_default();
        let id = suite.id.as_deref().unwrap_or_default();
        for part in [suite.name.as_str(), file, id] {
            text.push('\u{1f}');
            text.push_str(part);
        }
        let started = suite.started.and_then(|at| at.in_zone(&TimeZone::UTC));
        text.push('\u{1f}');
        text.push_str(&started.map(|at| at.to_string()).unwrap_or_default());
        at = suite.parent.as_deref();
    }
    text
}

fn started(suite: &TestSuite) -> Option<crate::model::Moment> {
    suite
        .started
        .or_else(|| suite.parent.as_deref().and_then(started))
}

fn hostname(suite: &TestSuite) -> Option<&str> {
    suite
        .hostname
        .as_deref()
        .or_else(|| suite.parent.as_deref().and_then(hostname))
}

/// Returns the name of a test, which no result may lack.
fn title(case: &TestCase) -> String {
    if case.name.trim().is_empty() {
        case.key().as_str().to_owned()
    } else {
        case.name.clone()
    }
}

/// Returns the class name: TestOps identifies tests by it and the name (Katalon's own reporters send the class).
fn class(case: &TestCase) -> &str {
    let suite = &case.suite;
    [
        case.class_name.as_deref(),
        suite.file.as_deref(),
        Some(suite.name.as_str()),
    ]
    .into_iter()
    .flatten()
    .find(|text| !text.trim().is_empty())
    .unwrap_or_default()
}

fn description(case: &TestCase) -> Option<String> {
    let reason = match &case.outcome {
        crate::model::Outcome::Skipped { reason } => reason.clone(),
        crate::model::Outcome::Passed
        | crate::model::Outcome::Failed(_)
        | crate::model::Outcome::Errored(_)
        | crate::model::Outcome::Incomplete => None,
    };
    let tries = (case.attempts() > 1).then(|| format!("attempt {} counts", case.attempts()));
    let parts: Vec<String> = reason.into_iter().chain(tries).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn troubles(failure: Option<&Failure>) -> Vec<Trouble<'_>> {
    let mut all = Vec::new();
    let mut open: Vec<&Failure> = failure.into_iter().collect();
    while let Some(failure) = open.pop() {
        all.push(Trouble {
            message: message(failure),
            stack_trace: failure.details.as_deref().unwrap_or_default(),
        });
        open.extend(failure.also.iter().rev());
    }
    all
}

fn message(failure: &Failure) -> String {
    let parts = [failure.kind.as_deref(), failure.message.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    parts.join(": ")
}

/// Returns a verdict in the words of TestOps. A group without tests passed.
pub(super) fn status(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Passed) | None => "PASSED",
        Some(Verdict::Failed) => "FAILED",
        Some(Verdict::Errored) => "ERROR",
        Some(Verdict::Skipped) => "SKIPPED",
        Some(Verdict::Incomplete) => "INCOMPLETE",
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    framework: &'static str,
    language: &'static str,
    version: &'static str,
    build_label: Option<&'a str>,
    build_url: Option<&'a str>,
    session_id: String,
}

#[derive(Debug, Serialize)]
struct ExecutionRecord {
    uuid: String,
    status: &'static str,
    start: i64,
    stop: i64,
    duration: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SuiteRecord<'a> {
    uuid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_uuid: Option<&'a str>,
    name: &'a str,
    status: &'static str,
    start: i64,
    stop: i64,
    duration: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultRecord<'a> {
    uuid: String,
    parent_uuid: String,
    name: String,
    suite_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    parameters: BTreeMap<&'a str, String>,
    status: &'static str,
    errors: Vec<Trouble<'a>>,
    failures: Vec<Trouble<'a>>,
    start: i64,
    stop: i64,
    duration: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Trouble<'a> {
    message: String,
    stack_trace: &'a str,
}

/// A document that is one list, written entry by entry.
struct List {
    path: PathBuf,
    out: BufWriter<File>,
    empty: bool,
}

impl List {
    fn create(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(format!("{name}.json"));
        let mut out = BufWriter::new(files::create_private(&path)?);
        write!(out, "{{\"{name}\":[")?;
        Ok(Self {
            path,
            out,
            empty: true,
        })
    }

    fn add(&mut self, entry: &impl Serialize) -> io::Result<()> {
        if !self.empty {
            self.out.write_all(b",\n")?;
        }
        self.empty = false;
        Ok(serde_json::to_writer(&mut self.out, entry)?)
    }

    fn finish(mut self) -> io::Result<StudioFile> {
        self.out.write_all(b"]}")?;
        self.out.flush()?;
        described(&self.path, self.out.get_ref())
    }
}

fn document(folder: &Path, name: &str, value: &impl Serialize) -> io::Result<StudioFile> {
    let path = folder.join(name);
    let mut out = BufWriter::new(files::create_private(&path)?);
    serde_json::to_writer(&mut out, value)?;
    out.flush()?;
    described(&path, out.get_ref())
}

fn described(path: &Path, file: &File) -> io::Result<StudioFile> {
    let file = KnownFile::opened(path, file)?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(StudioFile {
        file,
        folder: FOLDER.to_owned(),
        name,
        essential: true,
    })
}
