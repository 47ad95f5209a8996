//! NUnit 3: `<test-run>`, nested `<test-suite>`, `<test-case>`.

use std::io::Read;
use std::sync::Arc;

use super::collector::Collector;
use super::draft::{Draft, count, duration, moment, text};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::text::Text;
use super::walk::{Walker, walk};
use super::xml::{Root, Tag, Xml};
use super::{Format, Summary};
use crate::model::{Property, TestCase, TestSuite, Verdict};

/// Tells by its first element whether a document is of this format.
pub(super) fn recognises(root: &Root) -> bool {
    root.name == "test-run"
}

/// Reads a document.
pub(super) fn read(xml: Xml<Bytes<'_>>, input: &mut Input<'_>) -> Result<Summary, ReadError> {
    Reader::new(input.visit).read(xml)
}

/// How many properties a suite may have.
const PROPERTIES: usize = 1000;

/// Where the reader stands: one for each open element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Suite,
    Case,
    SuiteProperties,
    CaseProperties,
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

/// Reads one document.
struct Reader<'v> {
    tests: Collector<'v>,
    places: Vec<Place>,
    suites: Vec<Arc<TestSuite>>,
    draft: Draft,
    text: Text,
}

impl<'v> Reader<'v> {
    fn new(visit: &'v mut dyn FnMut(TestCase)) -> Self {
        Self {
            tests: Collector::new(visit),
            places: Vec::new(),
            suites: Vec::new(),
            draft: Draft::default(),
            text: Text::default(),
        }
    }

    /// Reads to the end, after the root has been opened.
    fn read<R: Read>(mut self, mut xml: Xml<R>) -> Result<Summary, ReadError> {
        walk(&mut self, &mut xml)?;
        xml.finish(&mut self.tests.warnings);
        Ok(self.tests.finish(Format::Nunit))
    }

    fn run(&mut self, tag: &Tag<'_>) -> Place {
        self.tests.name = text(tag, "name");
        self.tests.started = moment(tag, "start-time", &mut self.tests.warnings);
        self.tests.whole = duration(tag, "duration", &mut self.tests.warnings);
        self.tests.declared = count(tag, "total");
        Place::Outside
    }

    fn suite(&mut self, tag: &Tag<'_>) -> Place {
        self.tests.suites += 1;
        let started = moment(tag, "start-time", &mut self.tests.warnings);
        self.tests.started = self.tests.started.or(started);
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

    fn case(&mut self, tag: &Tag<'_>) -> Place {
        let result = tag.get("result").unwrap_or_default();
        let label = tag.get("label").unwrap_or_default();
        let verdict = match (result.as_ref(), label.as_ref()) {
            ("Passed" | "Warning", _) => Verdict::Passed,
            ("Failed", "Error" | "Invalid") => Verdict::Errored,
            ("Failed", "Cancelled") => Verdict::Incomplete,
            ("Failed", _) => Verdict::Failed,
            ("Skipped" | "Inconclusive", _) => Verdict::Skipped,
            (other, _) => {
                let message = super::draft::unreadable("result", other);
                self.tests.warnings.add(Some(tag.line), message);
                Verdict::Incomplete
            }
        };
        self.draft = Draft {
            line: tag.line,
            class_name: text(tag, "classname"),
            name: text(tag, "name")
                .or_else(|| text(tag, "fullname"))
                .unwrap_or_default(),
            verdict: Some(verdict),
            duration: duration(tag, "duration", &mut self.tests.warnings),
            started: moment(tag, "start-time", &mut self.tests.warnings),
            ..Draft::default()
        };
        Place::Case
    }

    fn property(&mut self, tag: &Tag<'_>, inside: Place) {
        let name = tag.text("name").unwrap_or_default();
        let value = tag.text("value").unwrap_or_default();
        if inside == Place::CaseProperties {
            self.draft.property(&name, value);
        } else if let Some(suite) = self.suites.last_mut().and_then(Arc::get_mut)
            && suite.properties.len() < PROPERTIES
        {
            suite.properties.push(Property { name, value });
        }
    }
}

impl Walker for Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        let inside = self.places.last().copied().unwrap_or(Place::Outside);
        let place = match (inside, tag.name()) {
            (Place::Outside, "test-run") => self.run(tag),
            (Place::Outside | Place::Suite, "test-suite") => self.suite(tag),
            (Place::Outside | Place::Suite, "test-case") => self.case(tag),
            (Place::Suite, "properties") => Place::SuiteProperties,
            (Place::Case, "properties") => Place::CaseProperties,
            (Place::SuiteProperties | Place::CaseProperties, "property") => {
                self.property(tag, inside);
                Place::Ignored
            }
            (Place::Case, "failure") => Place::Failure,
            (Place::Failure, "message") => Place::Message,
            (Place::Failure, "stack-trace") => Place::Trace,
            (Place::Case, "reason") => Place::Reason,
            (Place::Reason, "message") => Place::ReasonMessage,
            (Place::Case, "output") => Place::Output,
            (Place::Case, "attachments") => Place::Attachments,
            (Place::Attachments, "attachment") => Place::Attachment,
            (Place::Attachment, "filePath") => Place::FilePath,
            (Place::Attachment, "description") => Place::Description,
            _ => Place::Ignored,
        };
        self.places.push(place);
    }

    fn close(&mut self) {
        match self.places.pop() {
            Some(Place::Suite) => drop(self.suites.pop()),
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
                | Place::SuiteProperties
                | Place::CaseProperties
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
