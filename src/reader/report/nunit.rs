//! NUnit 3: `<test-run>`, nested `<test-suite>`, `<test-case>`; and NUnit 2, which Pester, `DUnitX` and others write to this day:
//! `<test-results>`, with the same elements and other words.

use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

use super::assembly::{Named, ambiguous, file_name, is_bare, with_class};
use super::collector::Collector;
use super::draft::{Draft, count, duration, moment, text};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::text::{Shared, Text};
use super::time;
use super::walk::{Walker, walk};
use super::words::{self, Said};
use super::xml::{Root, Tag, Xml};
use super::{Format, Source, Summary};
use crate::model::{Property, TestCase, TestSuite, Verdict};

/// Returns whether a document is of this format, by its first element.
pub(super) fn recognises(root: &Root) -> bool {
    root.name == "test-run"
        || root.name == "test-suite" && root.get("testcasecount").is_some()
        || root.name == "test-results" && root.get("failures").is_some()
}

/// Reads a document.
pub(super) fn read(xml: Xml<Bytes<'_>>, input: &mut Input<'_>) -> Result<Summary, ReadError> {
    Reader::new(input.visit, input.source).read(xml)
}

/// How many properties a suite may have.
const PROPERTIES: usize = 1000;

/// Where the reader stands: one for each open element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Suite,
    /// An element of no meaning in which tests may stand.
    Group,
    Case,
    SuiteFailure,
    SuiteMessage,
    SuiteProperties,
    CaseProperties,
    Assertions,
    Failure,
    Message,
    Trace,
    Reason,
    ReasonMessage,
    Output,
    Attachments,
    Attachment,
    FilePath,
    Description,
    Ignored,
}

/// What a suite says of itself.
#[derive(Debug, Default)]
struct Frame {
    line: u64,
    /// Its type and name, for messages.
    shown: String,
    failed: bool,
    /// Where it says what it was that failed, whether that was its tear-down: its tests know nothing of that, but of a set-up.
    tear_down: Option<bool>,
    /// How much was bad before it.
    bad: u64,
    message: Option<String>,
    /// Whether its properties are those of one method, and so of each of its rows.
    is_method: bool,
}

/// Reads one document.
struct Reader<'v> {
    tests: Collector<'v>,
    places: Vec<Place>,
    suites: Vec<Arc<TestSuite>>,
    frames: Vec<Frame>,
    /// Whether the run as a whole is said to have failed.
    failed: bool,
    /// Whether the report is one of version 2.
    is_old: bool,
    draft: Draft,
    classes: Shared,
    source: &'v Source,
    /// The open assembly.
    assembly: String,
    /// The classes without a namespace that several assemblies have, once such a class has come.
    ambiguous: Option<HashSet<String>>,
    text: Text,
}

impl<'v> Reader<'v> {
    fn new(visit: &'v mut dyn FnMut(&mut TestCase), source: &'v Source) -> Self {
        Self {
            tests: Collector::new(visit),
            places: Vec::new(),
            suites: Vec::new(),
            frames: Vec::new(),
            failed: false,
            is_old: false,
            draft: Draft::default(),
            classes: Shared::default(),
            source,
            assembly: String::new(),
            ambiguous: None,
            text: Text::default(),
        }
    }

    /// Reads to the end, after the root has been opened.
    fn read<R: Read>(mut self, mut xml: Xml<R>) -> Result<Summary, ReadError> {
        walk(&mut self, &mut xml)?;
        if self.failed {
            self.tests.says_failed();
        }
        xml.finish(&mut self.tests.warnings);
        Ok(self.tests.finish(Format::Nunit))
    }

    fn run(&mut self, tag: &Tag<'_>) -> Place {
        self.tests.name = text(tag, "name");
        self.whole(tag);
        Place::Outside
    }

    /// Begins a report of version 2, whose counters count the tests that were executed.
    fn old_run(&mut self, tag: &Tag<'_>) -> Place {
        self.is_old = true;
        self.tests.name = text(tag, "name");
        let date = tag.get("date").unwrap_or_default();
        let clock = tag.get("time").unwrap_or_default();
        self.tests.started = time::moment(&format!("{date} {clock}")).ok().flatten();
        let names = ["failures", "errors", "invalid"];
        let bad = names.iter().filter_map(|name| count(tag, name));
        self.tests.declared_failed = Some(bad.fold(0, u64::saturating_add));
        Place::Outside
    }

    /// Takes what the first element says of all tests.
    fn whole(&mut self, tag: &Tag<'_>) {
        self.tests.started = moment(tag, "start-time", &mut self.tests.warnings);
        self.tests.whole = duration(tag, "duration", &mut self.tests.warnings);
        self.tests.declared = count(tag, "total");
        let warned = count(tag, "warnings").unwrap_or(0);
        let passed = count(tag, "passed").map(|passed| passed.saturating_add(warned));
        self.tests.declared_passed = passed;
        self.tests.declared_failed = count(tag, "failed");
        self.failed = is_failed(tag);
    }

    fn suite(&mut self, tag: &Tag<'_>) -> Place {
        self.tests.suites += 1;
        // The results of one assembly, without the run around them.
        if self.places.is_empty() {
            self.whole(tag);
        }
        let started = moment(tag, "start-time", &mut self.tests.warnings);
        self.tests.started = self.tests.started.or(started);
        let kind = text(tag, "type").unwrap_or_default();
        let name = text(tag, "name").unwrap_or_default();
        if kind == "Assembly" {
            file_name(&name).clone_into(&mut self.assembly);
        }
        self.frames.push(Frame {
            line: tag.line,
            shown: format!("the {} `{name}`", described(&kind)),
            failed: is_failed(tag),
            tear_down: tag.get("site").map(|site| site == "TearDown"),
            bad: self.tests.bad(),
            message: None,
            is_method: kind.contains("Method")
                || matches!(kind.as_str(), "Theory" | "ParameterizedTest"),
        });
        self.suites.push(Arc::new(TestSuite {
            name: text(tag, "name").unwrap_or_default(),
            parent: self.suites.last().cloned(),
            report_name: self.tests.name.clone(),
            id: text(tag, "fullname"),
            started,
            ..TestSuite::default()
        }));
        Place::Suite
    }

    /// Ends a suite. Where it failed and its tests do not show that, it is told.
    fn end_suite(&mut self) {
        self.suites.pop();
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let own = frame.message.as_ref();
        let own = own.is_some_and(|text| !text.to_lowercase().contains("child test"));
        if frame.failed && (frame.tear_down.unwrap_or(own) || self.tests.bad() == frame.bad) {
            let what = format!("{} failed", frame.shown);
            let message = frame.message.unwrap_or_default();
            self.tests.outside(Some(frame.line), &what, &message);
        }
    }

    fn case(&mut self, tag: &Tag<'_>) -> Place {
        if self.is_old {
            return self.old_case(tag);
        }
        let result = tag.get("result").unwrap_or_default();
        let label = tag.get("label").unwrap_or_default();
        let verdict = match (result.as_ref(), label.as_ref()) {
            ("Passed" | "Warning", "") => Verdict::Passed,
            ("Passed" | "Warning", label) => self.tests.said(tag.line, "label", label),
            ("Failed", "Error" | "Invalid") => Verdict::Errored,
            ("Failed", "Cancelled") => Verdict::Incomplete,
            ("Failed", _) => Verdict::Failed,
            ("Skipped" | "Inconclusive", _) => Verdict::Skipped,
            (other, _) => self.tests.said(tag.line, "result", other),
        };
        let full = text(tag, "fullname");
        let name = text(tag, "name")
            .or_else(|| full.clone())
            .unwrap_or_default();
        let written = text(tag, "classname");
        // `Shop.LoginTests("Chrome").SignsIn`: two fixtures of one class differ in nothing else.
        let class = full
            .as_deref()
            .and_then(|full| full.strip_suffix(name.as_str())?.strip_suffix('.'))
            .map(str::to_owned);
        let class_name = class.or_else(|| written.clone());
        let bare = written.as_deref().filter(|class| is_bare(class));
        let class_name = match bare.filter(|class| self.is_ambiguous(class)) {
            Some(_) => class_name.map(|class| with_class(&self.assembly, &class)),
            None => class_name,
        };
        let former = written.or_else(|| Some(self.suites.last()?.name.clone()));
        self.draft = Draft {
            line: tag.line,
            former_class: former.filter(|former| Some(former) != class_name.as_ref()),
            class_name: class_name.map(|class| self.classes.share(&class)),
            name,
            verdict: Some(verdict),
            duration: duration(tag, "duration", &mut self.tests.warnings),
            started: moment(tag, "start-time", &mut self.tests.warnings),
            ..Draft::default()
        };
        self.take_from_method();
        Place::Case
    }

    /// Returns whether several assemblies have a class of this name.
    fn is_ambiguous(&mut self, class: &str) -> bool {
        let ambiguous = (self.ambiguous).get_or_insert_with(|| ambiguous(self.source, named));
        ambiguous.contains(class)
    }

    /// Begins a test of version 2. A `result` that its `success` contradicts is no pass.
    fn old_case(&mut self, tag: &Tag<'_>) -> Place {
        let is = |name: &str, word: &str| {
            tag.get(name)
                .is_some_and(|it| it.eq_ignore_ascii_case(word))
        };
        let verdict = match tag.get("result") {
            Some(result) => self.tests.said(tag.line, "result", &result),
            None if is("executed", "False") => Verdict::Skipped,
            None if is("success", "True") => Verdict::Passed,
            None => Verdict::Failed,
        };
        let verdict = if verdict == Verdict::Passed && is("success", "False") {
            Verdict::Failed
        } else {
            verdict
        };
        let full = text(tag, "name").unwrap_or_default();
        let (class_name, name) = self.parted(full);
        self.draft = Draft {
            line: tag.line,
            class_name: class_name.map(Into::into),
            name,
            verdict: Some(verdict),
            description: text(tag, "description"),
            file: self.script(),
            duration: duration(tag, "time", &mut self.tests.warnings),
            ..Draft::default()
        };
        self.take_from_method();
        Place::Case
    }

    /// Takes the full name of a test apart: the fixture around it is called as its class ends, or with Pester as its name begins.
    fn parted(&self, full: String) -> (Option<String>, String) {
        for suite in self
            .suites
            .iter()
            .rev()
            .filter(|suite| !suite.name.is_empty())
        {
            let inside = format!(".{}.", suite.name);
            let end = match full.strip_prefix(&suite.name) {
                Some(rest) if rest.starts_with('.') => Some(suite.name.len()),
                _ => full.find(&inside).map(|at| at + inside.len() - 1),
            };
            if let Some((class, name)) = end.and_then(|end| full.split_at_checked(end)) {
                let name = name.trim_start_matches('.');
                return (Some(class.to_owned()), name.to_owned());
            }
        }
        let plain = full.split(['(', '"', ' ']).next().unwrap_or_default();
        match plain.rfind('.').and_then(|dot| full.split_at_checked(dot)) {
            Some((class, name)) => (
                Some(class.to_owned()),
                name.get(1..).unwrap_or_default().to_owned(),
            ),
            None => (None, full),
        }
    }

    /// Returns the script around a test: Pester knows no classes, and two scripts may describe things of one name.
    fn script(&self) -> Option<String> {
        let mut names = self.suites.iter().map(|suite| &suite.name);
        let is_script = |name: &&String| name.to_ascii_lowercase().ends_with(".ps1");
        names.find(is_script).cloned()
    }

    /// Gives a row the properties of its method.
    fn take_from_method(&mut self) {
        if let Some(suite) = self.suites.last().filter(|_| self.is_in_method()) {
            let properties = suite.properties.iter();
            properties.for_each(|it| self.draft.property(&it.name, it.value.clone()));
        }
    }

    fn is_in_method(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.is_method)
    }

    fn property(&mut self, tag: &Tag<'_>, inside: Place) {
        let mut name = tag.text("name").unwrap_or_default();
        let mut value = tag.text("value").unwrap_or_default();
        if tag.name() == "category" {
            value = std::mem::replace(&mut name, String::from("Category"));
        }
        if inside == Place::CaseProperties {
            self.draft.property(&name, value);
        } else if let Some(suite) = self.suites.last_mut().and_then(Arc::get_mut)
            && suite.properties.len() < PROPERTIES
        {
            suite.properties.push(Property { name, value });
        }
    }
}

/// Returns what an element says of classes and assemblies.
fn named(tag: &Tag<'_>) -> Named {
    match tag.name() {
        "test-suite" if tag.get("type").as_deref() == Some("Assembly") => {
            Named::Assembly(text(tag, "name"))
        }
        "test-case" => Named::Class(text(tag, "classname")),
        _ => Named::Nothing,
    }
}

impl Walker for Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        let inside = self.places.last().copied().unwrap_or(Place::Outside);
        let place = match (inside, tag.name()) {
            (Place::Outside, "test-run") => self.run(tag),
            (Place::Outside, "test-results") => self.old_run(tag),
            (Place::Outside | Place::Suite | Place::Group, "test-suite") => self.suite(tag),
            (Place::Outside | Place::Suite | Place::Group, "test-case") => self.case(tag),
            (Place::Suite, "failure" | "reason") => Place::SuiteFailure,
            (Place::SuiteFailure, "message") => Place::SuiteMessage,
            (Place::Suite, "settings" | "environment" | "output" | "attachments") => Place::Ignored,
            (Place::Suite, "properties" | "categories") => Place::SuiteProperties,
            (Place::Case, "properties" | "categories") => Place::CaseProperties,
            (Place::SuiteProperties | Place::CaseProperties, "property" | "category") => {
                self.property(tag, inside);
                Place::Ignored
            }
            (Place::Case, "failure") => {
                // What failed did not pass, whatever the attribute says.
                if self.draft.verdict == Some(Verdict::Passed) {
                    self.draft.verdict = Some(Verdict::Failed);
                }
                Place::Failure
            }
            (Place::Case, "assertions") => Place::Assertions,
            (Place::Assertions, "assertion") => {
                if is_failed(tag) && self.draft.verdict == Some(Verdict::Passed) {
                    self.draft.verdict = Some(Verdict::Failed);
                }
                Place::Ignored
            }
            (Place::Failure, "message") => Place::Message,
            (Place::Failure, "stack-trace") => Place::Trace,
            (Place::Case, "reason") => Place::Reason,
            (Place::Reason, "message") => Place::ReasonMessage,
            (Place::Case, "output") => Place::Output,
            (Place::Case, "attachments") => Place::Attachments,
            (Place::Attachments, "attachment") => Place::Attachment,
            (Place::Attachment, "filePath") => Place::FilePath,
            (Place::Attachment, "description") => Place::Description,
            (Place::Suite | Place::Group, _) => Place::Group,
            _ => Place::Ignored,
        };
        self.places.push(place);
    }

    fn close(&mut self) {
        match self.places.pop() {
            Some(Place::Suite) => self.end_suite(),
            Some(Place::SuiteMessage) => {
                if let (Some(frame), Some(text)) = (self.frames.last_mut(), self.text.take()) {
                    frame.message.get_or_insert(text);
                }
            }
            Some(Place::Case) => {
                let suite = self.suites.last().cloned().unwrap_or_default();
                self.tests.test(std::mem::take(&mut self.draft), suite);
            }
            Some(Place::Message) => self.draft.message(self.text.take()),
            Some(Place::Trace) => self.draft.details(self.text.take()),
            Some(Place::ReasonMessage) => self.draft.reason = self.text.take(),
            Some(Place::Output) => self.draft.output = std::mem::take(&mut self.text),
            Some(Place::FilePath) => self.draft.attach(self.text.take()),
            Some(Place::Description) => self.draft.describe(self.text.take()),
            Some(
                Place::Outside
                | Place::Group
                | Place::SuiteFailure
                | Place::SuiteProperties
                | Place::CaseProperties
                | Place::Assertions
                | Place::Failure
                | Place::Reason
                | Place::Attachments
                | Place::Attachment
                | Place::Ignored,
            )
            | None => {}
        }
    }

    fn text(&mut self) -> &mut Text {
        &mut self.text
    }
}

/// Returns whether an element says that it failed: `Failed`, in Unity `Failed(Child)`, in version 2 `Failure` or `Error`.
fn is_failed(tag: &Tag<'_>) -> bool {
    let result = tag.get("result").unwrap_or_default();
    let word = result.split('(').next().unwrap_or_default();
    let is_bad = |said| matches!(said, Said::Ended(Verdict::Failed | Verdict::Errored));
    is_bad(words::said(word))
        || word.is_empty() && tag.get("success").is_some_and(|it| it == "False")
}

/// Returns the kind of a suite as people call it.
fn described(kind: &str) -> &str {
    match kind {
        "Assembly" => "assembly",
        "Project" => "project",
        "SetUpFixture" => "set-up fixture",
        "TestFixture" | "ParameterizedFixture" | "GenericFixture" => "fixture",
        _ => "suite",
    }
}
