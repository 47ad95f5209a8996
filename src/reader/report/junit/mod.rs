//! JUnit in all its dialects: whatever writes `<testsuite>` and `<testcase>`.
//!
//! There is no standard, only the habit of Ant and Surefire and what each writer added. The rules: cases count, counters only
//! warn; an element beats an attribute; of several results the worst is the outcome, and all texts are kept; only what the report
//! itself marks as a rerun is an attempt. Unknown elements are passed by, but cases inside them are not.

mod case;
mod counters;
mod late;
mod status;
mod suite;
mod times;

use std::io::Read;

use case::{CaseDraft, ResultDraft, ResultKind};
use suite::Suites;
use times::Times;

pub use late::LateProperties;

use super::error::{ReadError, Warnings};
use super::katalon::Companion;
use super::text::{Text, bounded};
use super::formats::{Bytes, Input};
use super::xml::{Node, Root, Tag, Xml};
use super::{Beside, Format, Summary};
use crate::model::{Property, TestCase};

/// Tells by its first element whether a document is of this format.
pub(super) fn recognises(root: &Root) -> bool {
    matches!(root.name.as_str(), "testsuites" | "testsuite" | "testrun")
}

/// Reads a document.
pub(super) fn read(xml: Xml<Bytes<'_>>, input: Input<'_>) -> Result<Summary, ReadError> {
    Reader::new(input.visit, input.source.beside())
        .knowing(input.late)
        .read(xml)
}

/// Where the reader stands: one for each open element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `testsuites`, or an element of unknown meaning that may hold suites.
    Outside,
    Suite,
    Case,
    Result,
    /// `stackTrace` and the like inside a result.
    ResultText,
    Properties,
    Property,
    Output,
    ErrorOutput,
    /// `<time>` as an element, which `AntUnit` writes.
    Time,
    /// An element whose content means nothing here, with all that it holds.
    Ignored,
}

/// Reads one document.
struct Reader<'v> {
    visit: &'v mut dyn FnMut(TestCase),
    /// What Katalon puts beside a report.
    beside: &'v Beside,
    companion: Option<Companion>,
    places: Vec<Place>,
    suites: Suites,
    times: Times,
    case: CaseDraft,
    result: ResultDraft,
    property: Option<(String, Option<String>)>,
    text: Text,
    /// How many tests name attachments that lead out of the report's folder, and the first of them.
    leading_out: u64,
    first_out: Option<(u64, String)>,
    warnings: Warnings,
}

impl<'v> Reader<'v> {
    fn new(visit: &'v mut dyn FnMut(TestCase), beside: &'v Beside) -> Self {
        Self {
            visit,
            beside,
            companion: None,
            places: Vec::new(),
            suites: Suites::default(),
            times: Times::default(),
            case: CaseDraft::default(),
            result: ResultDraft::default(),
            property: None,
            text: Text::default(),
            leading_out: 0,
            first_out: None,
            warnings: Warnings::default(),
        }
    }

    /// Gives each suite what an earlier reading found behind its tests.
    #[must_use]
    fn knowing(mut self, late: Option<&LateProperties>) -> Self {
        self.suites.knowing(late.cloned());
        self
    }

    /// Reads to the end, after the root has been opened.
    fn read<R: Read>(mut self, mut xml: Xml<R>) -> Result<Summary, ReadError> {
        loop {
            match xml.next() {
                Ok(Node::Open(tag)) => self.open(&tag),
                Ok(Node::Close) => self.close(),
                Ok(Node::Text(text)) => self.text(&text),
                Ok(Node::End) => break,
                Err(error) => return Err(self.so_far(error)),
            }
        }
        if let Some(companion) = &self.companion {
            companion.warn(&mut self.warnings);
        }
        if let Some((line, path)) = self.first_out.take() {
            let others = match self.leading_out {
                1 => String::new(),
                more => format!(", and {} more tests", more - 1),
            };
            let message = format!(
                "the attachment `{path}` is outside of the report's folder{others}: such files are only read below a folder given with `--attachments`"
            );
            self.warnings.add(Some(line), message);
        }
        self.times.warn(&mut self.warnings);
        xml.finish(&mut self.warnings);
        Ok(self.suites.finish(self.warnings))
    }

    /// Adds to an error how much could be read before it.
    fn so_far(&self, mut error: ReadError) -> ReadError {
        let tests = self.suites.tests();
        if tests > 0 {
            error.message = format!(
                "{}; {tests} tests before it could be read and are not counted",
                error.message
            );
        }
        error
    }

    /// Takes the beginning of an element.
    fn open(&mut self, tag: &Tag<'_>) {
        let place = match self.places.last().copied().unwrap_or(Place::Outside) {
            Place::Outside | Place::Suite => self.open_in_suite(tag),
            Place::Case => self.open_in_case(tag),
            Place::Result => match tag.name() {
                "stackTrace" | "stacktrace" | "stack-trace" => Place::ResultText,
                _ => Place::Ignored,
            },
            Place::Properties => self.open_property(tag),
            Place::Property
            | Place::ResultText
            | Place::Output
            | Place::ErrorOutput
            | Place::Time
            | Place::Ignored => Place::Ignored,
        };
        self.places.push(place);
    }

    fn open_in_suite(&mut self, tag: &Tag<'_>) -> Place {
        match tag.name() {
            "testsuites" | "testrun" => {
                if self.places.is_empty() {
                    self.times.recognise(tag, &mut self.warnings);
                }
                self.suites.open_root(tag, &self.times, &mut self.warnings);
                Place::Outside
            }
            "testsuite" => {
                self.suites.open(tag, &self.times, &mut self.warnings);
                Place::Suite
            }
            "testcase" => {
                self.case = CaseDraft::new(tag, &mut self.times, &mut self.warnings);
                Place::Case
            }
            "properties" => Place::Properties,
            "property" => self.open_property(tag),
            "failure" | "error" => {
                let message = tag.text("message").unwrap_or_default();
                self.suites
                    .failed(tag.line, tag.name(), &message, &mut self.warnings);
                Place::Ignored
            }
            "system-out" | "system-err" | "skipped" => Place::Ignored,
            _ => Place::Outside,
        }
    }

    fn open_in_case(&mut self, tag: &Tag<'_>) -> Place {
        if let Some(kind) = ResultKind::of(tag.name()) {
            self.result = ResultDraft::new(kind, tag, &mut self.times, &mut self.warnings);
            return Place::Result;
        }
        match tag.name() {
            "system-out" => Place::Output,
            "system-err" => Place::ErrorOutput,
            "properties" => Place::Properties,
            "property" => self.open_property(tag),
            "time" => Place::Time,
            "testcase" => {
                self.warnings
                    .add(Some(tag.line), "a test inside a test is counted after it");
                self.finish_case();
                self.case = CaseDraft::new(tag, &mut self.times, &mut self.warnings);
                Place::Case
            }
            _ => Place::Ignored,
        }
    }

    fn open_property(&mut self, tag: &Tag<'_>) -> Place {
        if tag.name() != "property" {
            return Place::Ignored;
        }
        let name = tag.text("name").unwrap_or_default();
        let value = tag.lines("value").map(bounded);
        self.property = Some((name, value));
        self.text.clear();
        Place::Property
    }

    fn text(&mut self, text: &str) {
        let target = match self.places.last() {
            Some(Place::Result) => &mut self.result.text,
            Some(Place::ResultText) => &mut self.result.trace,
            Some(Place::Output) => &mut self.case.output,
            Some(Place::ErrorOutput) => &mut self.case.error_output,
            Some(Place::Property | Place::Time) => &mut self.text,
            _ => return,
        };
        target.push(text);
        if let Some(Place::Output | Place::ErrorOutput) = self.places.last() {
            self.case.scan(text);
        }
    }

    /// Takes the end of the innermost element.
    fn close(&mut self) {
        match self.places.pop() {
            Some(Place::Suite) => self.suites.close(),
            Some(Place::Case) => self.finish_case(),
            Some(Place::Result) => {
                let result = std::mem::take(&mut self.result);
                self.case.take(result, &mut self.warnings);
            }
            Some(Place::Property) => self.finish_property(),
            Some(Place::Time) => {
                let text = self.text.take().unwrap_or_default();
                self.case
                    .take_time(&text, &mut self.times, &mut self.warnings);
            }
            Some(Place::Output | Place::ErrorOutput) => self.case.end_output(),
            Some(Place::Outside | Place::ResultText | Place::Properties | Place::Ignored)
            | None => {}
        }
    }

    fn finish_property(&mut self) {
        let Some((name, value)) = self.property.take() else {
            return;
        };
        let value = value.or_else(|| self.text.take()).unwrap_or_default();
        let property = Property { name, value };
        if self.places.iter().rev().any(|place| *place == Place::Case) {
            self.case.property(property);
        } else {
            self.suites.property(property);
        }
    }

    fn finish_case(&mut self) {
        if self.case.line == 0 {
            // The end of a test in which another one stood.
            return;
        }
        if self.suites.tests() == 0 && self.suites.katalon() {
            self.companion = Companion::open(self.beside);
        }
        self.suites.complete(self.beside);
        if let Some(path) = self.case.leading_out.take() {
            self.leading_out += 1;
            self.first_out.get_or_insert((self.case.line, path));
        }
        let (suite, format) = (self.suites.current(), self.suites.format());
        let mut case = self.case.finish(suite, format, &mut self.warnings);
        if let Some(companion) = &mut self.companion {
            companion.complete(&mut case);
        }
        self.suites.count(&case);
        (self.visit)(case);
    }
}

impl Suites {
    fn format(&self) -> Format {
        if self.katalon() {
            Format::Katalon
        } else {
            Format::Junit
        }
    }
}
