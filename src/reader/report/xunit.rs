//! xUnit.net version 2 and 3: `<assemblies>`, `<assembly>`, `<collection>`, `<test>`.

use std::io::Read;
use std::sync::Arc;

use super::collector::Collector;
use super::draft::{Draft, count, duration, text};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::text::Text;
use super::time;
use super::walk::{Walker, walk};
use super::xml::{Root, Tag, Xml};
use super::{Format, Summary};
use crate::model::{Moment, TestCase, TestSuite, Verdict};

/// Tells by its first element whether a document is of this format, and not the manifest of a Windows program.
pub(super) fn recognises(root: &Root) -> bool {
    let marks = ["test-framework", "run-date", "total"];
    root.name == "assemblies"
        || root.name == "assembly" && marks.iter().any(|mark| root.get(mark).is_some())
}

/// Reads a document.
pub(super) fn read(xml: Xml<Bytes<'_>>, input: &mut Input<'_>) -> Result<Summary, ReadError> {
    Reader::new(input.visit).read(xml)
}

/// Where the reader stands: one for each open element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Assembly,
    Collection,
    Test,
    /// An error of an assembly that belongs to no test.
    AssemblyError,
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
        self.suites = vec![Arc::new(TestSuite {
            // The path of the assembly differs from machine to machine, its file name does not.
            name: name
                .rsplit(['/', '\\'])
                .next()
                .unwrap_or_default()
                .to_owned(),
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
            other => {
                let message = super::draft::unreadable("result", other);
                self.tests.warnings.add(Some(tag.line), message);
                Verdict::Incomplete
            }
        };
        self.draft = Draft {
            line: tag.line,
            class_name,
            name,
            verdict: Some(verdict),
            duration: duration(tag, "time", &mut self.tests.warnings),
            ..Draft::default()
        };
        Place::Test
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
            (Place::Assembly, "collection") => self.collection(tag),
            (Place::Assembly, "errors") => Place::Assembly,
            (Place::Assembly, "error") => {
                let name = text(tag, "name")
                    .or_else(|| text(tag, "type"))
                    .unwrap_or_default();
                let message =
                    format!("the assembly itself has an error that belongs to no test: {name}");
                self.tests.warnings.add(Some(tag.line), message);
                Place::AssemblyError
            }
            (Place::Assembly | Place::Collection, "test") => self.test(tag),
            (Place::Test, "failure") => {
                self.draft.failure.kind = text(tag, "exception-type");
                Place::Failure
            }
            (Place::Test, "reason") => Place::Reason,
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
            Some(Place::Reason) => self.draft.reason = self.text.take(),
            Some(Place::Output) => self.draft.output = std::mem::take(&mut self.text),
            Some(
                Place::Outside
                | Place::Assembly
                | Place::AssemblyError
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

/// Returns when an assembly began: `run-date` and `run-time`, a wall-clock time.
fn started(tag: &Tag<'_>) -> Option<Moment> {
    let date = tag.get("run-date")?;
    let clock = tag.get("run-time").unwrap_or_default();
    time::moment(&format!("{date} {clock}")).ok().flatten()
}
