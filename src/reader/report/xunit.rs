//! xUnit.net version 2 and 3: `<assemblies>`, `<assembly>`, `<collection>`, `<test>`.

use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

use super::assembly::{Named, ambiguous, file_name, is_bare, with_class};
use super::collector::Collector;
use super::draft::{Draft, count, duration, text};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::text::{Shared, Text};
use super::time;
use super::walk::{Walker, walk};
use super::xml::{Root, Tag, Xml};
use super::{Format, Source, Summary};
use crate::model::{Moment, TestCase, TestSuite, Verdict};

/// Returns whether a document is of this format, by its first element, and not the manifest of a Windows program.
pub(super) fn recognises(root: &Root) -> bool {
    let marks = ["test-framework", "run-date", "total"];
    root.name == "assemblies"
        || root.name == "assembly" && marks.iter().any(|mark| root.get(mark).is_some())
}

/// Reads a document.
pub(super) fn read(xml: Xml<Bytes<'_>>, input: &mut Input<'_>) -> Result<Summary, ReadError> {
    Reader::new(input.visit, input.source).read(xml)
}

/// Where the reader stands: one for each open element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Assembly,
    Collection,
    Test,
    /// An element of no meaning in which tests may stand.
    Group,
    /// An error of an assembly or of a class that belongs to no test.
    OuterError,
    OuterFailure,
    OuterMessage,
    Inside,
    Failure,
    Message,
    Trace,
    Reason,
    Output,
    Ignored,
}

/// Reads one document.
struct Reader<'v> {
    tests: Collector<'v>,
    places: Vec<Place>,
    /// The open assembly and collection.
    suites: Vec<Arc<TestSuite>>,
    draft: Draft,
    classes: Shared,
    source: &'v Source,
    /// The classes without a namespace that several assemblies have, once such a class has come.
    ambiguous: Option<HashSet<String>>,
    /// The error that belongs to no test: its line, what has it, and what it says.
    outer: (u64, String, Option<String>),
    /// Whether an assembly counts errors outside of its tests.
    has_errors: bool,
    text: Text,
}

impl<'v> Reader<'v> {
    fn new(visit: &'v mut dyn FnMut(&mut TestCase), source: &'v Source) -> Self {
        Self {
            tests: Collector::new(visit),
            places: Vec::new(),
            suites: Vec::new(),
            draft: Draft::default(),
            classes: Shared::default(),
            source,
            ambiguous: None,
            outer: (0, String::new(), None),
            has_errors: false,
            text: Text::default(),
        }
    }

    /// Reads to the end, after the root has been opened.
    fn read<R: Read>(mut self, mut xml: Xml<R>) -> Result<Summary, ReadError> {
        walk(&mut self, &mut xml)?;
        if self.has_errors {
            self.tests.says_failed();
        }
        xml.finish(&mut self.tests.warnings);
        Ok(self.tests.finish(Format::Xunit))
    }

    fn assembly(&mut self, tag: &Tag<'_>) -> Place {
        self.tests.suites += 1;
        let name = text(tag, "name").unwrap_or_default();
        let started = started(tag);
        self.tests.started = self.tests.started.or(started);
        if let Some(total) = count(tag, "total") {
            self.tests.declared = Some(self.tests.declared.unwrap_or(0).saturating_add(total));
        }
        self.has_errors |= count(tag, "errors").unwrap_or(0) > 0;
        let Collector {
            declared_passed,
            declared_failed,
            ..
        } = &mut self.tests;
        for (sum, name) in [(declared_passed, "passed"), (declared_failed, "failed")] {
            if let Some(number) = count(tag, name) {
                *sum = Some(sum.unwrap_or(0).saturating_add(number));
            }
        }
        self.suites = vec![Arc::new(TestSuite {
            name: file_name(&name).to_owned(),
            file: None,
            started,
            ..TestSuite::default()
        })];
        Place::Assembly
    }

    fn collection(&mut self, tag: &Tag<'_>) -> Place {
        self.tests.suites += 1;
        let parent = self.suites.first().cloned();
        self.suites.truncate(1);
        self.suites.push(Arc::new(TestSuite {
            name: text(tag, "name").unwrap_or_default(),
            parent,
            ..TestSuite::default()
        }));
        Place::Collection
    }

    fn test(&mut self, tag: &Tag<'_>) -> Place {
        let class_name = text(tag, "type");
        let full = text(tag, "name")
            .or_else(|| text(tag, "method"))
            .unwrap_or_default();
        let name = class_name
            .as_deref()
            .and_then(|class| full.strip_prefix(class)?.strip_prefix('.'))
            .unwrap_or(&full)
            .to_owned();
        let result = tag.get("result").unwrap_or_default();
        let verdict = match result.as_ref() {
            "Pass" => Verdict::Passed,
            "Fail" => Verdict::Failed,
            "Skip" | "NotRun" => Verdict::Skipped,
            other => self.tests.said(tag.line, "result", other),
        };
        let file = text(tag, "source-file");
        let bare = class_name.as_deref();
        let bare = bare.filter(|class| file.is_none() && is_bare(class));
        let whole = bare.and_then(|class| self.with_assembly(class));
        let (class_name, former_class) = match whole {
            Some(whole) => (Some(whole), class_name),
            None => (class_name, None),
        };
        self.draft = Draft {
            line: tag.line,
            class_name: class_name.map(|class| self.classes.share(&class)),
            former_class,
            name,
            verdict: Some(verdict),
            file,
            duration: duration(tag, "time", &mut self.tests.warnings),
            ..Draft::default()
        };
        Place::Test
    }

    /// Returns a class without a namespace with the name of its assembly before it, where another one in the report has one of that name.
    fn with_assembly(&mut self, class: &str) -> Option<String> {
        let ambiguous = (self.ambiguous).get_or_insert_with(|| ambiguous(self.source, named));
        let assembly = self.suites.first().filter(|_| ambiguous.contains(class));
        assembly.map(|assembly| with_class(&assembly.name, class))
    }

    /// Begins an error that belongs to no test.
    fn outer(&mut self, tag: &Tag<'_>, what: &str) -> Place {
        let name = text(tag, "name").or_else(|| text(tag, "type"));
        self.outer = (tag.line, what.to_owned(), name);
        Place::OuterError
    }

    fn end_outer(&mut self) {
        let (line, what, message) = std::mem::take(&mut self.outer);
        let message = message.unwrap_or_default();
        self.tests.outside(Some(line), &what, &message);
    }
}

impl Walker for Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        let place = match (
            self.places.last().copied().unwrap_or(Place::Outside),
            tag.name(),
        ) {
            (Place::Outside, "assembly") => self.assembly(tag),
            (Place::Outside, _) => Place::Outside,
            (Place::Assembly, "errors") => Place::Assembly,
            (Place::Assembly, "error") => self.outer(tag, "the assembly itself has an error"),
            (Place::Collection, "failure") => self.outer(tag, "the class itself has a failure"),
            (Place::OuterError, "failure") => Place::OuterFailure,
            (Place::OuterError | Place::OuterFailure, "message") => Place::OuterMessage,
            // Version 1 has classes where the later ones have collections.
            (Place::Assembly | Place::Group, "class" | "collection") => self.collection(tag),
            (Place::Assembly | Place::Collection | Place::Group, "test") => self.test(tag),
            (Place::Test, "failure") => {
                // What failed did not pass, whatever the attribute says.
                if self.draft.verdict == Some(Verdict::Passed) {
                    self.draft.verdict = Some(Verdict::Failed);
                }
                self.draft.failure.kind = text(tag, "exception-type");
                Place::Failure
            }
            (Place::Test, "reason") | (Place::Reason, "message") => Place::Reason,
            (Place::Test, "output") => Place::Output,
            (Place::Test, "traits" | "attachments") => Place::Inside,
            (Place::Inside, "trait") => {
                let name = tag.get("name").unwrap_or_default();
                self.draft
                    .property(&name, text(tag, "value").unwrap_or_default());
                Place::Ignored
            }
            (Place::Failure, "message") => Place::Message,
            (Place::Failure, "stack-trace") => Place::Trace,
            (Place::Assembly | Place::Collection | Place::Group, _) => Place::Group,
            _ => Place::Ignored,
        };
        self.places.push(place);
    }

    fn close(&mut self) {
        match self.places.pop() {
            Some(Place::Collection) => self.suites.truncate(1),
            Some(Place::Assembly) if !self.places.contains(&Place::Assembly) => self.suites.clear(),
            Some(Place::Test) => {
                let suite = self.suites.last().cloned().unwrap_or_default();
                self.tests.test(std::mem::take(&mut self.draft), suite);
            }
            Some(Place::Message) => self.draft.message(self.text.take()),
            Some(Place::Trace) => self.draft.details(self.text.take()),
            Some(Place::Reason) => {
                self.draft.reason = self.text.take().or(self.draft.reason.take());
            }
            Some(Place::OuterMessage) => {
                if let Some(text) = self.text.take() {
                    self.outer.2 = Some(match self.outer.2.take() {
                        Some(name) => format!("{name}: {text}"),
                        None => text,
                    });
                }
            }
            Some(Place::OuterError) => self.end_outer(),
            Some(Place::Output) => self.draft.output = std::mem::take(&mut self.text),
            Some(
                Place::Outside
                | Place::Assembly
                | Place::Group
                | Place::OuterFailure
                | Place::Inside
                | Place::Failure
                | Place::Ignored,
            )
            | None => {}
        }
    }

    fn text(&mut self) -> &mut Text {
        &mut self.text
    }
}

/// Returns what an element says of classes and assemblies.
fn named(tag: &Tag<'_>) -> Named {
    match tag.name() {
        "assembly" => Named::Assembly(text(tag, "name")),
        "test" => Named::Class(text(tag, "type")),
        _ => Named::Nothing,
    }
}

/// Returns when an assembly began: `run-date` and `run-time`, a wall-clock time.
fn started(tag: &Tag<'_>) -> Option<Moment> {
    let date = tag.get("run-date")?;
    let clock = tag.get("run-time").unwrap_or_default();
    time::moment(&format!("{date} {clock}")).ok().flatten()
}
