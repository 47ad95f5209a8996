//! The results that Tosca writes of its execution lists: an `<executionEntry>` for each test, with a `<testStepLog>` for each step.
//!
//! No document of Tosca's describes them. What is read is what qTest's plugin for Jenkins reads, which takes these two elements wherever
//! they stand; so the first element of the document says nothing.

use std::sync::Arc;
use std::time::Duration;

use super::collector::Collector;
use super::draft::{Draft, unreadable};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::step;
use super::text::Text;
use super::time;
use super::walk::{Walker, walk};
use super::words::{Said, said};
use super::xml::{Tag, Xml};
use super::{Format, Summary};
use crate::model::{Moment, StepVerdict, TestCase, TestStep, TestSuite, Verdict};

/// How many steps of a test are kept.
const STEPS: usize = 5000;

/// Returns whether a document is of this format, by its beginning, whatever its first element is called.
pub(super) fn begins(head: &str) -> bool {
    head.contains("<executionEntry>") || head.contains("<executionEntry ")
}

/// Reads a document.
pub(super) fn read(mut xml: Xml<Bytes<'_>>, input: &mut Input<'_>) -> Result<Summary, ReadError> {
    let mut reader = Reader::new(input.visit);
    reader.tests.suites = 1;
    walk(&mut reader, &mut xml)?;
    xml.finish(&mut reader.tests.warnings);
    Ok(reader.tests.finish(Format::Tosca))
}

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Entry,
    Step,
    /// A text that says something of the step or test around it.
    Told(Word),
    /// Anything else, in which these may stand.
    Group,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Name,
    Began,
    Ended,
    Result,
    Detail,
    Description,
}

struct Reader<'v> {
    tests: Collector<'v>,
    places: Vec<Place>,
    suite: Arc<TestSuite>,
    draft: Draft,
    /// What the test says of itself beside its steps.
    result: Option<String>,
    began: Option<String>,
    ended: Option<String>,
    /// Whether a step ended in a way that nobody knows.
    is_odd: bool,
    /// The open steps, the innermost last: where each stands among the steps.
    open: Vec<usize>,
    text: Text,
}

impl<'v> Reader<'v> {
    fn new(visit: &'v mut dyn FnMut(&mut TestCase)) -> Self {
        Self {
            tests: Collector::new(visit),
            places: Vec::new(),
            suite: Arc::default(),
            draft: Draft::default(),
            result: None,
            began: None,
            ended: None,
            is_odd: false,
            open: Vec::new(),
            text: Text::default(),
        }
    }

    fn entry(&mut self, line: u64) -> Place {
        self.draft = Draft {
            line,
            ..Draft::default()
        };
        (self.result, self.began, self.ended) = (None, None, None);
        self.is_odd = false;
        self.open.clear();
        Place::Entry
    }

    fn step(&mut self) -> Place {
        if self.draft.steps.len() < STEPS {
            self.open.push(self.draft.steps.len());
            self.draft.steps.push(TestStep {
                name: String::new(),
                description: None,
                verdict: StepVerdict::NotRun,
                message: None,
                duration: None,
                started: None,
                attachments: Vec::new(),
            });
        } else {
            self.open.push(usize::MAX);
        }
        Place::Step
    }

    /// Takes a text of a step, or of the test where no step is open. The first of each counts.
    fn told(&mut self, word: Word) {
        let Some(text) = self.text.take() else {
            return;
        };
        let text = text.trim().to_owned();
        if !self.places.contains(&Place::Entry) {
            if word == Word::Name && self.suite.name.is_empty() {
                self.suite = Arc::new(TestSuite {
                    name: text,
                    ..TestSuite::default()
                });
            }
            return;
        }
        let Some(at) = self.open.last() else {
            match word {
                Word::Name if self.draft.name.is_empty() => self.draft.name = text,
                Word::Began => _ = self.began.get_or_insert(text),
                Word::Ended => _ = self.ended.get_or_insert(text),
                Word::Result => _ = self.result.get_or_insert(text),
                Word::Name | Word::Detail | Word::Description => {}
            }
            return;
        };
        if word == Word::Result && matches!(said(&text), Said::Unknown) {
            self.is_odd = true;
            self.tests.unknown(self.draft.line, "result", &text);
        }
        let Some(step) = self.draft.steps.get_mut(*at) else {
            return;
        };
        match word {
            Word::Name if step.name.is_empty() => step.name = text,
            Word::Result if step.verdict == StepVerdict::NotRun => {
                step.verdict = step::verdict(Some(&text));
            }
            // The detail says what went wrong; where there is none, the description does.
            Word::Detail => step.message = Some(text),
            Word::Description if step.message.is_none() => step.message = Some(text),
            Word::Name | Word::Result | Word::Description | Word::Began | Word::Ended => {}
        }
    }

    fn end(&mut self) {
        for step in &mut self.draft.steps {
            if step.verdict == StepVerdict::Passed {
                step.message = None;
            }
        }
        let verdict = self.verdict();
        let mut failed = self.draft.steps.iter();
        let failed =
            failed.find(|it| matches!(it.verdict, StepVerdict::Failed | StepVerdict::Errored));
        self.draft.failure.message = failed.map(|step| match &step.message {
            Some(message) => format!("{}: {message}", step.name),
            None => step.name.clone(),
        });
        self.draft.verdict = Some(verdict);
        self.draft.started = self.moment(self.began.clone());
        let ended = self.moment(self.ended.clone());
        self.draft.duration = took(self.draft.started, ended);
        let draft = std::mem::take(&mut self.draft);
        self.tests.test(draft, Arc::clone(&self.suite));
    }

    /// Returns how the test ended: as its steps did, and as it says itself, where that is worse.
    fn verdict(&mut self) -> Verdict {
        let mut verdict = of_steps(&self.draft.steps);
        if self.is_odd {
            verdict = step::worse(verdict, Verdict::Incomplete);
        }
        let own = match self.result.as_deref().map(|word| (word, said(word))) {
            // Tosca's word for what was not run.
            None | Some(("NoResult" | "No Result", _) | (_, Said::Nothing)) => return verdict,
            Some((_, Said::Ended(own))) => own,
            Some((word, Said::Unknown)) => self.tests.unknown(self.draft.line, "result", word),
        };
        if self.draft.steps.is_empty() {
            own
        } else {
            step::worse(verdict, own)
        }
    }

    fn moment(&mut self, text: Option<String>) -> Option<Moment> {
        let text = text?;
        time::moment(&text).unwrap_or_else(|()| {
            let line = Some(self.draft.line);
            self.tests.warnings.add(line, unreadable("time", &text));
            None
        })
    }
}

impl Walker for Reader<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        let is_inside = self.places.contains(&Place::Entry);
        let place = match tag.name() {
            "executionEntry" if !is_inside => self.entry(tag.line),
            "testStepLog" if is_inside => self.step(),
            "name" => Place::Told(Word::Name),
            "startTime" => Place::Told(Word::Began),
            "endTime" => Place::Told(Word::Ended),
            "result" => Place::Told(Word::Result),
            "detail" => Place::Told(Word::Detail),
            "description" => Place::Told(Word::Description),
            _ => Place::Group,
        };
        self.places.push(place);
    }

    fn close(&mut self) {
        match self.places.pop() {
            Some(Place::Entry) => self.end(),
            Some(Place::Step) => _ = self.open.pop(),
            Some(Place::Group) | None => {}
            Some(Place::Told(word)) => self.told(word),
        }
    }

    fn text(&mut self) -> &mut Text {
        &mut self.text
    }
}

/// Returns how a test ended whose steps ended so: a test without any was not run.
fn of_steps(steps: &[TestStep]) -> Verdict {
    let any = |verdict| steps.iter().any(|step| step.verdict == verdict);
    if any(StepVerdict::Failed) {
        Verdict::Failed
    } else if any(StepVerdict::Errored) {
        Verdict::Errored
    } else if any(StepVerdict::Passed) && any(StepVerdict::NotRun) {
        // It went on to where nobody says how it ended.
        Verdict::Incomplete
    } else if any(StepVerdict::Passed) {
        Verdict::Passed
    } else {
        Verdict::Skipped
    }
}

fn took(began: Option<Moment>, ended: Option<Moment>) -> Option<Duration> {
    let zone = jiff::tz::TimeZone::UTC;
    let (began, ended) = (began?.in_zone(&zone)?, ended?.in_zone(&zone)?);
    Duration::try_from(ended.duration_since(began)).ok()
}
