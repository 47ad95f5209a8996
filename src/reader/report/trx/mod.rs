//! TRX, the results of Visual Studio and `dotnet test --logger trx`.
//!
//! The classes of the tests stand in `<TestDefinitions>`, after the results: they are collected first, in a pass of their own.

mod classes;
mod definitions;
mod ids;

use std::io::Read;
use std::sync::Arc;

use definitions::Definitions;

use super::collector::Collector;
use super::draft::{Draft, count, duration, moment, text};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::recognise::foreign_xml;
use super::text::{Text, bounded};
use super::walk::{Walker, walk};
use super::xml::{Root, Tag, Xml};
use super::{Format, Source, Summary};
use crate::model::{TestCase, TestSuite, Verdict};

/// Returns whether a document is of this format, by its first element.
pub(super) fn recognises(root: &Root) -> bool {
    root.name == "TestRun"
}

/// Reads a document.
pub(super) fn read(xml: Xml<Bytes<'_>>, input: &mut Input<'_>) -> Result<Summary, ReadError> {
    Reader::new(input.visit, input.source).read(xml)
}

/// Returns whether an element is the result of a test: `UnitTestResult`, `ManualTestResult` and their like.
fn is_result(name: &str) -> bool {
    name.ends_with("TestResult") || name == "TestResultAggregation"
}

/// Counters of tests that passed.
const PASSED: [&str; 4] = ["passed", "passedButRunAborted", "warning", "completed"];
/// Counters of tests that failed.
const FAILED: [&str; 4] = ["failed", "error", "timeout", "aborted"];
/// How deep results may stand in results.
const DEPTH: usize = 16;

/// Where the reader stands: one for each open element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Result,
    InnerResults,
    Output,
    StdOut,
    StdErr,
    ErrorInfo,
    Message,
    StackTrace,
    ResultFiles,
    RunInfo,
    RunText,
    /// What has been read in the pass before.
    Known,
    Ignored,
}

/// A result that is open.
#[derive(Debug)]
struct Open {
    draft: Draft,
    /// The folder of its files, below that of the run.
    folder: Option<String>,
    /// Whether there are results inside it, which then are the tests.
    has_inner: bool,
    /// Whether one of them was bad.
    bad_inner: bool,
}

/// Reads one document.
struct Reader<'v> {
    tests: Collector<'v>,
    definitions: Definitions,
    places: Vec<Place>,
    suite: Arc<TestSuite>,
    /// The open results.
    drafts: Vec<Open>,
    /// The folder beside the report that holds what the tests attached.
    deployed: Option<String>,
    /// Whether the run as a whole is said to have failed.
    failed: bool,
    /// Whether there are data-driven tests, whose rows stand inside them.
    has_rows: bool,
    /// Whether there are tests as `CppUnit` lists them, whose reports begin alike.
    is_of_cppunit: bool,
    text: Text,
}

impl<'v> Reader<'v> {
    fn new(visit: &'v mut dyn FnMut(&mut TestCase), source: &Source) -> Self {
        Self {
            tests: Collector::new(visit),
            definitions: Definitions::collect(source),
            places: Vec::new(),
            suite: Arc::default(),
            drafts: Vec::new(),
            deployed: None,
            failed: false,
            has_rows: false,
            is_of_cppunit: false,
            text: Text::default(),
        }
    }

    /// Reads to the end, after the root has been opened.
    fn read<R: Read>(mut self, mut xml: Xml<R>) -> Result<Summary, ReadError> {
        walk(&mut self, &mut xml)?;
        if self.is_of_cppunit {
            return Err(foreign_xml(&xml, String::from("CppUnit's own report")));
        }
        if self.has_rows {
            // The counters of data-driven tests count the rows, the test around them, or both.
            self.tests.declared = None;
            self.tests.declared_passed = None;
            self.tests.declared_failed = None;
        }
        if self.failed {
            self.tests.says_failed();
        }
        xml.finish(&mut self.tests.warnings);
        Ok(self.tests.finish(Format::Trx))
    }

    fn run(&mut self, tag: &Tag<'_>) -> Place {
        self.tests.suites += 1;
        self.tests.name = text(tag, "name");
        self.suite = Arc::new(TestSuite {
            // The name of a run holds its date: no key of a test may be made of it.
            report_name: self.tests.name.clone(),
            id: text(tag, "id"),
            ..TestSuite::default()
        });
        Place::Outside
    }

    fn result(&mut self, tag: &Tag<'_>) -> Place {
        if self.drafts.len() >= DEPTH {
            self.tests.warnings.add(
                Some(tag.line),
                format!("results nested deeper than {DEPTH} are skipped"),
            );
            return Place::Ignored;
        }
        let full = text(tag, "testName").unwrap_or_default();
        let test = definitions::number(&tag.get("testId").unwrap_or_default());
        let verdict = self.verdict(tag);
        let found = self.definitions.class(test);
        let class = found.as_ref().map(|class| &*class.written);
        let former_class = class.map(definitions::former);
        let behind = |class: Option<&str>| full.strip_prefix(class?)?.strip_prefix('.');
        let name = behind(class).or_else(|| behind(former_class));
        let name = name.unwrap_or(&full).to_owned();
        let now = found.as_ref().map(|class| &*class.name);
        let former_class = former_class.filter(|former| Some(*former) != now);
        let former_class = former_class.map(str::to_owned);
        let (properties, description) = self.definitions.properties(test);
        let draft = Draft {
            line: tag.line,
            class_name: found.map(|class| class.name),
            former_class,
            name,
            properties,
            description,
            verdict: Some(verdict),
            duration: duration(tag, "duration", &mut self.tests.warnings),
            started: moment(tag, "startTime", &mut self.tests.warnings),
            iteration: tag
                .get("dataRowInfo")
                .and_then(|row| row.trim().parse::<u32>().ok()?.checked_add(1)),
            ..Draft::default()
        };
        self.drafts.push(Open {
            draft,
            folder: text(tag, "relativeResultsDirectory"),
            has_inner: false,
            bad_inner: false,
        });
        Place::Result
    }

    /// Returns the verdict in `outcome`. Its default, which is not written, is an error.
    fn verdict(&mut self, tag: &Tag<'_>) -> Verdict {
        let outcome = tag.get("outcome").unwrap_or_default();
        match outcome.as_ref() {
            "Passed" | "PassedButRunAborted" | "Completed" | "Warning" => Verdict::Passed,
            "Failed" => Verdict::Failed,
            "" | "Error" | "Timeout" | "NotRunnable" | "Disconnected" => Verdict::Errored,
            "NotExecuted" | "Inconclusive" | "Pending" => Verdict::Skipped,
            "Aborted" | "InProgress" => Verdict::Incomplete,
            other => self.tests.said(tag.line, "outcome", other),
        }
    }

    /// Takes the name of a file: it lies below the folder of the run, in that of the result.
    fn attach(&mut self, path: Option<String>) {
        let Some(open) = self.drafts.last_mut() else {
            return;
        };
        let folders = [
            self.deployed.as_deref(),
            self.deployed.as_ref().map(|_| "In"),
            open.folder.as_deref(),
        ];
        let folders: Vec<&str> = folders.into_iter().flatten().collect();
        let path = path.map(|path| [&folders[..], &[path.as_str()]].concat().join("/"));
        open.draft.attach(path);
    }

    fn with(&mut self, change: impl FnOnce(&mut Draft, &mut Text)) {
        if let Some(open) = self.drafts.last_mut() {
            change(&mut open.draft, &mut self.text);
        }
    }

    /// Hands a result over, unless the rows inside it are the tests. One that failed where none of its rows did is a test too: what
    /// went wrong beside them would be lost.
    fn finish(&mut self) {
        let Some(open) = self.drafts.pop() else {
            return;
        };
        let bad = open.draft.verdict.is_some_and(Verdict::is_bad);
        if let Some(outer) = self.drafts.last_mut() {
            outer.bad_inner |= bad || open.bad_inner;
        }
        if open.has_inner {
            if !bad || open.bad_inner {
                return;
            }
            let message = format!(
                "`{}` failed, and none of its rows did: it counts beside them",
                open.draft.name.chars().take(100).collect::<String>()
            );
            self.tests.warnings.add(Some(open.draft.line), message);
        }
        self.tests.test(open.draft, Arc::clone(&self.suite));
    }

    /// Takes what the run says of its tests.
    fn summary(&mut self, tag: &Tag<'_>) -> Place {
        let outcome = tag.get("outcome").unwrap_or_default();
        self.failed = matches!(
            outcome.as_ref(),
            "Failed" | "Error" | "Aborted" | "Timeout" | "Disconnected"
        );
        Place::Outside
    }

    fn counters(&mut self, tag: &Tag<'_>) -> Place {
        self.tests.declared = count(tag, "total");
        let sum = |names: &[&str]| {
            let counts = names.iter().filter_map(|name| count(tag, name));
            counts.fold(0, u64::saturating_add)
        };
        let passed = count(tag, "passed").map(|_| sum(&PASSED));
        self.tests.declared_passed = passed;
        self.tests.declared_failed = count(tag, "failed").map(|_| sum(&FAILED));
        Place::Ignored
    }

    /// Takes what the run says, other than through its tests.
    fn said_by_run(&mut self) {
        if let Some(text) = self.text.take() {
            let text = bounded(text.chars().take(200).collect::<String>().into());
            self.tests.outside_said(&format!("the run says: {text}"));
        }
    }
}

impl Walker for Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        let place = match (
            self.places.last().copied().unwrap_or(Place::Outside),
            tag.name(),
        ) {
            (Place::Outside, "TestRun") => self.run(tag),
            (Place::InnerResults, name) if is_result(name) => {
                if let Some(open) = self.drafts.last_mut() {
                    open.has_inner = true;
                }
                self.has_rows = true;
                self.result(tag)
            }
            (Place::Outside, name) if is_result(name) => self.result(tag),
            (Place::Outside, "Times") => {
                let started = moment(tag, "start", &mut self.tests.warnings);
                self.tests.started = self.tests.started.or(started);
                Place::Ignored
            }
            (Place::Outside, "ResultSummary") => self.summary(tag),
            (Place::Outside, "Counters") => self.counters(tag),
            (Place::Outside, "FailedTests" | "SuccessfulTests") => {
                self.is_of_cppunit = true;
                Place::Ignored
            }
            (Place::Outside, "RunInfo") => Place::RunInfo,
            (Place::RunInfo, "Text") => Place::RunText,
            (Place::Outside, "Deployment") => {
                self.deployed = text(tag, "runDeploymentRoot");
                Place::Ignored
            }
            (Place::Outside, "TestDefinitions") if self.definitions.are_whole => Place::Known,
            (Place::Outside, "TestDefinitions" | "TestEntries" | "TestLists") => Place::Ignored,
            (Place::Outside, _) => Place::Outside,
            (Place::Result, "InnerResults") => Place::InnerResults,
            (Place::Result, "Output") => Place::Output,
            (Place::Output, "StdOut") => Place::StdOut,
            (Place::Output, "StdErr") => Place::StdErr,
            (Place::Output, "ErrorInfo") => Place::ErrorInfo,
            (Place::ErrorInfo, "Message") => Place::Message,
            (Place::ErrorInfo, "StackTrace") => Place::StackTrace,
            (Place::Result, "ResultFiles") => Place::ResultFiles,
            // What a collector of data, such as one of videos, wrote during the test.
            (Place::Result, "CollectorDataEntries")
            | (Place::ResultFiles, "Collector" | "UriAttachments" | "UriAttachment") => {
                Place::ResultFiles
            }
            (Place::ResultFiles, "ResultFile") => {
                self.attach(text(tag, "path"));
                Place::Ignored
            }
            (Place::ResultFiles, "A") => {
                self.attach(text(tag, "href"));
                Place::Ignored
            }
            _ => Place::Ignored,
        };
        self.places.push(place);
    }

    fn close(&mut self) {
        match self.places.pop() {
            Some(Place::Result) => self.finish(),
            Some(Place::StdOut) => self.with(|draft, text| draft.output = std::mem::take(text)),
            Some(Place::StdErr) => {
                self.with(|draft, text| draft.error_output = std::mem::take(text));
            }
            Some(Place::Message) => self.with(|draft, text| draft.message(text.take())),
            Some(Place::StackTrace) => self.with(|draft, text| draft.details(text.take())),
            Some(Place::RunText) => self.said_by_run(),
            Some(
                Place::Outside
                | Place::InnerResults
                | Place::Output
                | Place::ErrorInfo
                | Place::ResultFiles
                | Place::RunInfo
                | Place::Known
                | Place::Ignored,
            )
            | None => {}
        }
    }

    fn passes(&self) -> bool {
        self.places.last() == Some(&Place::Known)
    }

    fn text(&mut self) -> &mut Text {
        &mut self.text
    }
}
