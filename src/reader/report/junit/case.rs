//! One `<testcase>`, put together piece by piece.

use std::mem::take;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::status;
use super::times::{Times, parse_moment, read_moment};
use crate::model::{
    Attachment, Attempt, Failure, Moment, Outcome, Property, TestCase, TestSuite, Verdict,
};
use crate::report::Format;
use crate::report::attachments::leads_out;
use crate::report::error::Warnings;
use crate::report::marks::Finder;
use crate::report::text::{Text, bounded, is_blank};
use crate::report::xml::Tag;

/// How many of each a test may have; what comes after is left out. A service would take none of it.
const MOST: usize = 1000;
/// Properties whose value is the path of a file.
const ATTACHMENT_PROPERTIES: [&str; 4] = [
    "attachment",
    "attachments",
    "testrail_attachment",
    "screenshot",
];

/// What a result element says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ResultKind {
    #[default]
    Failure,
    Error,
    Skipped,
    /// `PHPUnit`'s `<warning>`: its own counters know it beside failures and errors.
    Remark,
    /// A try that failed before another one passed, or after one failed.
    AttemptFailure,
    AttemptError,
}

impl ResultKind {
    /// Returns what an element of this name says.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "failure" => Self::Failure,
            "error" => Self::Error,
            "warning" => Self::Remark,
            "skipped" | "skip" | "ignored" => Self::Skipped,
            "flakyFailure" | "rerunFailure" => Self::AttemptFailure,
            "flakyError" | "rerunError" => Self::AttemptError,
            _ => return None,
        })
    }
}

/// A result element being read.
#[derive(Debug, Default)]
pub(super) struct ResultDraft {
    kind: ResultKind,
    failure: Failure,
    duration: Option<Duration>,
    started: Option<Moment>,
    pub(super) text: Text,
    pub(super) trace: Text,
}

impl ResultDraft {
    pub(super) fn new(
        kind: ResultKind,
        tag: &Tag<'_>,
        times: &mut Times,
        warnings: &mut Warnings,
    ) -> Self {
        let text = |name| tag.lines(name).map(bounded).filter(|text| !text.is_empty());
        Self {
            kind,
            failure: Failure {
                kind: text("type"),
                message: text("message"),
                details: None,
                also: Vec::new(),
            },
            duration: times.of_attempt(tag, warnings),
            started: read_moment(tag, warnings),
            text: Text::default(),
            trace: Text::default(),
        }
    }

    fn finish(mut self) -> Failure {
        self.failure.details = self.trace.take().or_else(|| self.text.take());
        self.failure
    }
}

/// A `<skipped>` element.
#[derive(Debug)]
struct Skipped {
    reason: Option<String>,
}

/// The attributes of a test, as they are written. Reports hold more tests than anything else: one look at each attribute.
#[derive(Default)]
struct Written<'a> {
    class_name: Option<&'a str>,
    name: Option<&'a str>,
    time: Option<&'a str>,
    timestamp: Option<&'a str>,
    status: Option<&'a str>,
    result: Option<&'a str>,
}

impl<'a> Written<'a> {
    fn of(tag: &Tag<'a>) -> Self {
        let mut written = Self::default();
        for (name, value) in tag.written() {
            match name {
                "classname" => written.class_name = Some(value),
                "className" | "class" => {
                    written.class_name.get_or_insert(value);
                }
                "name" => written.name = Some(value),
                "time" => written.time = Some(value),
                "duration" => {
                    written.time.get_or_insert(value);
                }
                "timestamp" => written.timestamp = Some(value),
                "started" | "start-time" => {
                    written.timestamp.get_or_insert(value);
                }
                "status" => written.status = Some(value),
                "result" => written.result = Some(value),
                _ => {}
            }
        }
        written
    }
}

/// A test being read.
#[derive(Debug, Default)]
pub(super) struct CaseDraft {
    pub(super) line: u64,
    class_name: Option<String>,
    name: String,
    duration: Option<Duration>,
    started: Option<Moment>,
    /// What `status` and `result` say.
    declared: Option<Verdict>,
    errors: Vec<Failure>,
    failures: Vec<Failure>,
    skipped: Option<Skipped>,
    properties: Vec<Property>,
    attachments: Vec<Attachment>,
    /// The first attachment whose name leads out of the report's folder.
    pub(super) leading_out: Option<String>,
    earlier: Vec<Attempt>,
    marks: Finder,
    pub(super) output: Text,
    pub(super) error_output: Text,
}

impl CaseDraft {
    pub(super) fn new(tag: &Tag<'_>, times: &mut Times, warnings: &mut Warnings) -> Self {
        let written = Written::of(tag);
        let class_name = written
            .class_name
            .map(|text| tag.kept(text))
            .filter(|name| !is_blank(name));
        let name = written.name.map(|text| tag.kept(text)).unwrap_or_default();
        if is_blank(&name) {
            warnings.add(Some(tag.line), "a test has no name");
        }
        Self {
            line: tag.line,
            class_name,
            name,
            duration: written
                .time
                .and_then(|text| times.of_test(&tag.value(text), tag.line, warnings)),
            started: written
                .timestamp
                .and_then(|text| parse_moment(&tag.value(text), tag.line, warnings)),
            declared: declared(tag, &written),
            ..Self::default()
        }
    }

    /// Takes a result that has been read.
    pub(super) fn take(&mut self, result: ResultDraft, warnings: &mut Warnings) {
        let (kind, duration, started) = (result.kind, result.duration, result.started);
        let failure = result.finish();
        let attempt = |outcome| Attempt {
            outcome,
            duration,
            started,
        };
        match kind {
            ResultKind::Failure => push(&mut self.failures, failure),
            ResultKind::Error => push(&mut self.errors, failure),
            ResultKind::Remark => {
                let text = failure.message.or(failure.details).unwrap_or_default();
                let text: String = text.chars().take(200).collect();
                warnings.add(Some(self.line), format!("the test has a warning: {text}"));
            }
            ResultKind::Skipped => {
                let reason = failure.message.or(failure.details);
                self.skipped.get_or_insert(Skipped { reason });
            }
            ResultKind::AttemptFailure => {
                push(&mut self.earlier, attempt(Outcome::Failed(failure)));
            }
            ResultKind::AttemptError => push(&mut self.earlier, attempt(Outcome::Errored(failure))),
        }
    }

    pub(super) fn take_time(&mut self, text: &str, times: &mut Times, warnings: &mut Warnings) {
        self.duration = times.of_test(text, self.line, warnings).or(self.duration);
    }

    pub(super) fn property(&mut self, property: Property) {
        let is_path = ATTACHMENT_PROPERTIES
            .iter()
            .any(|name| property.name.eq_ignore_ascii_case(name));
        if is_path && !property.value.contains("://") {
            self.attach(&property.value);
        }
        push(&mut self.properties, property);
    }

    /// Looks for attachments in a piece of output.
    pub(super) fn scan(&mut self, text: &str) {
        let mut marks = take(&mut self.marks);
        marks.find(text, |path| self.attach(path));
        self.marks = marks;
    }

    /// Notes that a piece of output has ended.
    pub(super) fn end_output(&mut self) {
        self.marks.end();
    }

    fn attach(&mut self, path: &str) {
        let path = path.trim();
        if path.is_empty() || path.len() > 4096 {
            return;
        }
        let attachment = Attachment {
            path: PathBuf::from(path),
            description: None,
        };
        if leads_out(&attachment.path) {
            self.leading_out
                .get_or_insert_with(|| path.chars().take(200).collect());
        }
        if !self.attachments.contains(&attachment) {
            push(&mut self.attachments, attachment);
        }
    }

    /// Returns the test. The worst of its results is its outcome.
    pub(super) fn finish(
        &mut self,
        suite: Arc<TestSuite>,
        format: Format,
        warnings: &mut Warnings,
    ) -> TestCase {
        let outcome = self.outcome(format, warnings);
        TestCase {
            class_name: self.class_name.take(),
            duration: self.duration,
            started: self.started,
            properties: take(&mut self.properties),
            attachments: take(&mut self.attachments),
            earlier: take(&mut self.earlier),
            output: self.output.take(),
            error_output: self.error_output.take(),
            line: take(&mut self.line),
            ..TestCase::new(suite, take(&mut self.name), outcome)
        }
    }

    fn outcome(&mut self, format: Format, warnings: &mut Warnings) -> Outcome {
        let found = self.found();
        let verdict = self.agreed(found, format, warnings);
        match verdict {
            Verdict::Passed => Outcome::Passed,
            Verdict::Failed => Outcome::Failed(self.failure()),
            Verdict::Errored => Outcome::Errored(self.failure()),
            Verdict::Skipped => Outcome::Skipped {
                reason: self.skipped.take().and_then(|skipped| skipped.reason),
            },
            Verdict::Incomplete => Outcome::Incomplete,
        }
    }

    /// Returns what the elements say.
    fn found(&self) -> Option<Verdict> {
        if !self.errors.is_empty() {
            Some(Verdict::Errored)
        } else if !self.failures.is_empty() {
            Some(Verdict::Failed)
        } else {
            self.skipped.as_ref().map(|_| Verdict::Skipped)
        }
    }

    /// Returns the first of the gravest results, with the others in it.
    fn failure(&mut self) -> Failure {
        let errors = take(&mut self.errors).into_iter();
        let mut all = errors.chain(take(&mut self.failures));
        let first = all.next().unwrap_or_default();
        Failure {
            also: all.collect(),
            ..first
        }
    }

    /// Settles between what an element says and what an attribute declares: the element, except in Katalon's reports, whose
    /// elements know fewer ends than their `status`.
    fn agreed(&self, found: Option<Verdict>, format: Format, warnings: &mut Warnings) -> Verdict {
        match (found, self.declared) {
            (None, None) => Verdict::Passed,
            (None, Some(declared)) => declared,
            (Some(found), None) => found,
            (Some(found), Some(declared))
                if format == Format::Katalon && declared != Verdict::Passed =>
            {
                if found.is_bad() && !declared.is_bad() {
                    found
                } else {
                    declared
                }
            }
            (Some(found), Some(declared)) => {
                let contradicts = found != declared && !(found.is_bad() && declared.is_bad());
                if contradicts && declared != Verdict::Passed
                    || contradicts && self.skipped.is_none() && found.is_bad()
                {
                    warnings.add(
                        Some(self.line),
                        format!(
                            "the test's status says {} and its content {}: it counts as {}",
                            declared.word(),
                            found.word(),
                            found.word()
                        ),
                    );
                }
                found
            }
        }
    }
}

/// Returns what `status` and `result` declare: of both, what is not a plain pass.
fn declared(tag: &Tag<'_>, written: &Written<'_>) -> Option<Verdict> {
    let verdict = |word| status::verdict(&tag.value(word));
    let result = written.result.and_then(verdict);
    match written.status.and_then(verdict) {
        Some(Verdict::Passed) => result.or(Some(Verdict::Passed)),
        status => status.or(result),
    }
}

fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() < MOST {
        list.push(item);
    }
}
