//! One `<testcase>`, put together piece by piece.

use std::mem::take;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::elements::ResultKind;
use super::names::{self, Flag};
use super::times::{Times, parse_moment, read_moment};
use crate::model::{
    Attachment, Attempt, Failure, Moment, Outcome, Property, StepVerdict, TestCase, TestSuite,
    Verdict,
};
use crate::report::Format;
use crate::report::attachments::leads_out;
use crate::report::error::Warnings;
use crate::report::marks::Finder;
use crate::report::text::{Shared, Text, bounded, is_blank};
use crate::report::words::{self, Said, UnknownWords};
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

/// What an element is called that holds whether the test passed.
pub(super) const PASSED: &str = "passed";

/// A result element being read.
#[derive(Debug, Default)]
pub(super) struct ResultDraft {
    kind: ResultKind,
    /// Whether it is a list of results, such as `<failures>`: it only counts where nothing stands in it.
    pub(super) is_list: bool,
    /// Whether it is a flag or a number where nothing but a word or digits stand in it, such as `<failed>` and `<errors>`.
    is_flag: bool,
    special: Option<Special>,
    failure: Failure,
    duration: Option<Duration>,
    started: Option<Moment>,
    pub(super) text: Text,
    pub(super) trace: Text,
    pub(super) message: Text,
    files: Files,
}

/// A result that means more than its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    /// Node's `<skipped type="todo">`: a failure beside it fails nothing.
    Todo,
    /// Surefire's for a try that failed once more: it writes it behind the failure of the first one.
    Rerun,
}

impl Special {
    fn of(kind: ResultKind, tag: &Tag<'_>) -> Option<Self> {
        match tag.name() {
            "rerunFailure" | "rerunError" => Some(Self::Rerun),
            _ if kind == ResultKind::Skipped && tag.get("type").as_deref() == Some("todo") => {
                Some(Self::Todo)
            }
            _ => None,
        }
    }
}

impl ResultDraft {
    pub(super) fn new(
        kind: ResultKind,
        tag: &Tag<'_>,
        times: &mut Times<'_>,
        warnings: &mut Warnings,
    ) -> Self {
        let text = |name| tag.lines(name).map(bounded).filter(|text| !text.is_empty());
        Self {
            kind,
            is_list: matches!(tag.name(), "failures" | "errors"),
            is_flag: !matches!(tag.name(), "failure" | "error" | "skipped"),
            special: Special::of(kind, tag),
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
            message: Text::default(),
            files: Files::default(),
        }
    }

    /// Looks for attachments in what was written during this try.
    pub(super) fn scan(&mut self, text: &str) {
        self.files.scan(text);
    }

    pub(super) fn end_output(&mut self) {
        self.files.marks.end();
    }

    /// Returns whether it says that there is no such result: `<failed>false</failed>`, `<errors>0</errors>`.
    pub(super) fn says_no(&self) -> bool {
        let Failure { kind, message, .. } = &self.failure;
        self.is_flag && kind.is_none() && message.is_none() && names::is_no(self.text.kept().trim())
    }

    fn finish(mut self) -> Failure {
        let message = self.message.take();
        self.failure.message = self.failure.message.take().or(message);
        self.failure.details = self.trace.take().or_else(|| self.text.take());
        self.failure
    }
}

/// Files that a test, or one try of it, names.
#[derive(Debug, Default)]
struct Files {
    named: Vec<Attachment>,
    /// The first whose name leads out of the report's folder.
    leading_out: Option<String>,
    marks: Finder,
}

impl Files {
    fn scan(&mut self, text: &str) {
        let mut marks = take(&mut self.marks);
        marks.find(text, |path| self.attach(path));
        self.marks = marks;
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
        if !self.named.contains(&attachment) {
            push(&mut self.named, attachment);
        }
    }
}

/// A `<skipped>` element.
#[derive(Debug)]
struct Skipped {
    reason: Option<String>,
    is_todo: bool,
}

/// The attributes of a test, as they are written. Reports hold more tests than anything else: one look at each attribute.
#[derive(Default)]
struct Written<'a> {
    class_name: Option<&'a str>,
    name: Option<&'a str>,
    file: Option<&'a str>,
    time: Option<&'a str>,
    timestamp: Option<&'a str>,
    flaky: Option<&'a str>,
    /// `status`, `result`, `outcome`, `state`.
    words: Vec<(&'static str, &'a str)>,
    /// Everything else that is not known to say nothing.
    others: Vec<(&'a str, &'a str)>,
}

impl<'a> Written<'a> {
    fn of(tag: &Tag<'a>) -> Self {
        let mut written = Self::default();
        tag.written()
            .for_each(|(name, value)| written.take(name, value));
        written
    }

    fn take(&mut self, name: &'a str, value: &'a str) {
        match name {
            "classname" => self.class_name = Some(value),
            "className" | "class" => {
                self.class_name.get_or_insert(value);
            }
            "name" => self.name = Some(value),
            "time" => self.time = Some(value),
            "duration" => {
                self.time.get_or_insert(value);
            }
            "timestamp" => self.timestamp = Some(value),
            "started" | "start-time" => {
                self.timestamp.get_or_insert(value);
            }
            "file" => self.file = Some(value),
            "filename" | "filepath" | "filePath" => {
                self.file.get_or_insert(value);
            }
            _ => self.take_rarer(name, value),
        }
    }

    fn take_rarer(&mut self, name: &'a str, value: &'a str) {
        match name {
            "status" => self.words.push(("status", value)),
            "result" => self.words.push(("result", value)),
            "outcome" => self.words.push(("outcome", value)),
            "state" => self.words.push(("state", value)),
            "flaky" => self.flaky = Some(value),
            "assertions" | "line" | "lineno" | "col" | "column" | "id" | "uuid" | "value_param"
            | "type_param" => {}
            "Name" => self.take("name", value),
            "ClassName" => self.take("className", value),
            "Time" => self.take("time", value),
            _ => self.others.push((name, value)),
        }
    }
}

/// What the attributes of a test say of its end, and an element that nobody knows.
#[derive(Debug, Default)]
struct Declared {
    verdict: Option<Verdict>,
    message: Option<String>,
    /// What and which word nobody knows.
    unknown: Option<(&'static str, String)>,
    /// What a property says, whose name and value these are: it only counts where nothing else says that the test did not pass.
    property: Option<(Verdict, String, String)>,
}

impl Declared {
    /// Takes a word: of several, what is not a plain pass.
    fn word(&mut self, what: &'static str, word: &str) {
        // `<passed>false</passed>`
        if what == PASSED {
            self.flag(what, word);
            return;
        }
        match words::said(word) {
            Said::Nothing => {}
            Said::Ended(verdict) => self.verdict(verdict),
            Said::Unknown => {
                self.unknown.get_or_insert_with(|| (what, word.to_owned()));
            }
        }
    }

    fn verdict(&mut self, verdict: Verdict) {
        if self.passes() {
            self.verdict = Some(verdict);
        }
    }

    fn passes(&self) -> bool {
        self.verdict.is_none_or(|known| known == Verdict::Passed)
    }

    /// Takes a property that is named like a word for the end of a test. People keep other things under such names, so that nothing
    /// but a word which is known to be no pass says anything.
    fn property(&mut self, name: &str, value: &str) {
        if let Some(verdict) = words::told_by_property(value) {
            self.property
                .get_or_insert_with(|| (verdict, name.to_owned(), value.trim().to_owned()));
        }
    }

    /// Takes an attribute that is no word itself, but may be named like one: `failed="true"`, `success="false"`. Tells whether it is.
    fn flag(&mut self, name: &str, value: &str) -> bool {
        if let Some(what) = names::word_of(name) {
            self.word(what, value);
            return true;
        }
        let Some(flag) = names::flag(name, value) else {
            return false;
        };
        if let Flag::Set(verdict) = flag {
            self.verdict(verdict);
            let is_text = value.contains(char::is_whitespace);
            self.message = is_text.then(|| bounded(value.into()));
        }
        true
    }
}

/// A test being read.
#[derive(Debug, Default)]
pub(super) struct CaseDraft {
    /// What is known of it. Where nobody took the test before, its texts have room for this one.
    case: TestCase,
    known_class: Shared,
    /// What the attributes say of its end.
    declared: Declared,
    errors: Vec<Failure>,
    failures: Vec<Failure>,
    skipped: Option<Skipped>,
    incomplete: bool,
    /// How many of its tries are said to have failed once more.
    reruns: usize,
    files: Files,
    pub(super) output: Text,
    pub(super) error_output: Text,
    /// Where its element may be a group of tests: whether tests stood in it.
    pub(super) group: Option<bool>,
    /// Tests inside this one that have ended: they are handed over after it.
    pub(super) inner: Vec<TestCase>,
}

impl CaseDraft {
    /// Begins with what the tag says. What was read into it before has been taken.
    pub(super) fn begin(&mut self, tag: &Tag<'_>, times: &mut Times<'_>, warnings: &mut Warnings) {
        let written = Written::of(tag);
        self.take_class(written.class_name, tag);
        let case = &mut self.case;
        case.line = tag.line;
        let name = written.name.map(|text| tag.bounded(text));
        case.name.push_str(name.as_deref().unwrap_or_default());
        if is_blank(&case.name) {
            warnings.add(Some(tag.line), "a test has no name");
        }
        case.file = written
            .file
            .map(|text| tag.kept(text))
            .filter(|text| !is_blank(text));
        case.duration = written
            .time
            .and_then(|text| times.of_test(&tag.value(text), tag.line, warnings));
        case.started = written
            .timestamp
            .and_then(|text| parse_moment(&tag.value(text), tag.line, warnings));
        case.called_flaky = written
            .flaky
            .is_some_and(|text| tag.value(text).trim() == "true");
        for (what, word) in written.words {
            self.declared.word(what, &tag.value(word));
        }
        for (name, value) in written.others {
            if name == "log" && self.take_log(tag) {
                continue;
            }
            let plain = tag.value(value);
            if !self.declared.flag(name, &plain) {
                if names::may_tell(name) {
                    self.declared.property(name, &plain);
                }
                self.property(Property {
                    name: name.to_owned(),
                    value: tag.kept(value),
                });
            }
        }
    }

    fn take_class(&mut self, written: Option<&str>, tag: &Tag<'_>) {
        let class = written.map(|text| tag.bounded(text));
        let class = class.filter(|text| !is_blank(text));
        if self.case.class_name.as_deref() != class.as_deref() {
            self.case.class_name = class.map(|class| self.known_class.share(&class));
        }
    }

    /// Takes the log that Tosca writes; tells whether it is one.
    fn take_log(&mut self, tag: &Tag<'_>) -> bool {
        let log = tag.lines("log").map(bounded).unwrap_or_default();
        let Some((verdict, steps)) = super::tosca::read(&log) else {
            return false;
        };
        self.declared.verdict(verdict);
        let failed = steps
            .iter()
            .find(|step| step.verdict != StepVerdict::Passed);
        self.declared.message = failed.map(|step| match &step.message {
            Some(message) => format!("{}: {message}", step.name),
            None => step.name.clone(),
        });
        self.case.steps = steps;
        self.output.push(&log);
        true
    }

    /// Takes a word that stands in an element of its own, such as `<status>failed</status>`.
    pub(super) fn take_word(&mut self, what: &'static str, word: &str) {
        self.declared.word(what, word);
    }

    /// Takes the attributes of such an element: `<status value="failed"/>`, `<result type="failure"/>`.
    pub(super) fn take_words(&mut self, what: &'static str, tag: &Tag<'_>) {
        for (name, value) in tag.written() {
            let word = tag.value(value);
            if name == "value" || names::is_word(name) {
                self.declared.word(what, &word);
            } else if let Some(verdict) = words::told_by_property(&word) {
                self.declared.verdict(verdict);
            }
        }
    }

    /// Takes the attributes of an element inside the test that is no result, such as `<execution status="failed"/>`.
    pub(super) fn take_inside(&mut self, tag: &Tag<'_>) {
        for (name, value) in tag.written().filter(|(name, _)| names::is_word(name)) {
            let word = tag.value(value);
            if words::told_by_property(&word).is_some_and(Verdict::is_bad) {
                self.declared.property(name, &word);
            }
        }
    }

    /// Returns whether the attributes so far say that the test was skipped.
    pub(super) fn says_skipped(&self) -> bool {
        self.declared.verdict == Some(Verdict::Skipped)
    }

    /// Takes `QtTest`'s word for a failure that was expected: the test as a whole passed.
    pub(super) fn take_expected_failure(&mut self) {
        self.declared = Declared::default();
    }

    /// Takes an element that nobody knows.
    pub(super) fn take_unknown(&mut self, name: &str) {
        let unknown = || ("element", name.chars().take(60).collect());
        self.declared.unknown.get_or_insert_with(unknown);
    }

    pub(super) fn describe(&mut self, text: String) {
        self.case.description.get_or_insert(text);
    }

    /// Takes a result that has been read.
    pub(super) fn take(&mut self, mut result: ResultDraft, warnings: &mut Warnings) {
        let (kind, duration, started) = (result.kind, result.duration, result.started);
        let is_todo = result.special == Some(Special::Todo);
        self.reruns += usize::from(result.special == Some(Special::Rerun));
        let files = take(&mut result.files);
        self.files.leading_out = self.files.leading_out.take().or(files.leading_out);
        let failure = result.finish();
        let mut attachments = files.named;
        if !matches!(kind, ResultKind::AttemptFailure | ResultKind::AttemptError) {
            self.files.named.append(&mut attachments);
        }
        let attempt = |outcome| Attempt {
            outcome,
            duration,
            started,
            attachments,
        };
        match kind {
            ResultKind::Failure => push(&mut self.failures, failure),
            ResultKind::Error => push(&mut self.errors, failure),
            ResultKind::Remark => {
                let text = failure.message.or(failure.details).unwrap_or_default();
                let text: String = text.chars().take(200).collect();
                warnings.add(
                    Some(self.case.line),
                    format!("the test has a warning: {text}"),
                );
            }
            ResultKind::Skipped => {
                let reason = failure.message.or(failure.details);
                self.skipped.get_or_insert(Skipped { reason, is_todo });
            }
            ResultKind::Incomplete => self.incomplete = true,
            ResultKind::AttemptFailure => {
                push(&mut self.case.earlier, attempt(Outcome::Failed(failure)));
            }
            ResultKind::AttemptError => {
                push(&mut self.case.earlier, attempt(Outcome::Errored(failure)));
            }
        }
    }

    pub(super) fn take_time(&mut self, text: &str, times: &mut Times<'_>, warnings: &mut Warnings) {
        let duration = times.of_test(text, self.case.line, warnings);
        self.case.duration = duration.or(self.case.duration);
    }

    pub(super) fn property(&mut self, property: Property) {
        let is_path = ATTACHMENT_PROPERTIES
            .iter()
            .any(|name| property.name.eq_ignore_ascii_case(name));
        if is_path && !property.value.contains("://") {
            self.files.attach(&property.value);
        }
        if names::is_word(&property.name) {
            self.declared.property(&property.name, &property.value);
        }
        push(&mut self.case.properties, property);
    }

    /// Looks for attachments in a piece of output.
    pub(super) fn scan(&mut self, text: &str) {
        self.files.scan(text);
    }

    /// Notes that a piece of output has ended.
    pub(super) fn end_output(&mut self) {
        self.files.marks.end();
    }

    /// Returns whether it is no test, but a group of tests that says nothing of an end of its own.
    pub(super) fn is_group(&self) -> bool {
        let says_nothing = self.found().is_none() && self.declared.passes();
        self.group == Some(true) && says_nothing
    }

    /// Returns the first attachment whose name leads out of the report's folder.
    pub(super) fn leading_out(&mut self) -> Option<String> {
        self.files.leading_out.take()
    }

    /// Returns the line on which it begins.
    pub(super) fn line(&self) -> u64 {
        self.case.line
    }

    /// Returns the test. The worst of its results is its outcome.
    #[inline]
    pub(super) fn finish(
        &mut self,
        suite: &Arc<TestSuite>,
        how: (Format, bool),
        unknown: &mut UnknownWords,
        warnings: &mut Warnings,
    ) -> &mut TestCase {
        let (format, counts_flakes) = how;
        if self.case.called_flaky && counts_flakes {
            self.fail_earlier();
        }
        self.end(format, unknown, warnings);
        let case = &mut self.case;
        if !Arc::ptr_eq(&case.suite, suite) {
            case.suite = Arc::clone(suite);
        }
        case.attachments.append(&mut self.files.named);
        case.output = self.output.take();
        case.error_output = self.error_output.take();
        case
    }

    /// Takes the test that is finished.
    pub(super) fn take_case(&mut self) -> TestCase {
        take(&mut self.case)
    }

    /// Forgets the test that is finished, so that another one can be read into this draft.
    #[inline]
    pub(super) fn forget(&mut self) {
        self.declared = Declared::default();
        self.errors.clear();
        self.failures.clear();
        self.skipped = None;
        self.incomplete = false;
        self.reruns = 0;
        self.group = None;
        self.case.forget();
    }

    /// Makes attempts of the failures of a flaky test, as Flank writes them: it passed in the end.
    fn fail_earlier(&mut self) {
        let errors = take(&mut self.errors).into_iter().map(Outcome::Errored);
        let failures = take(&mut self.failures).into_iter().map(Outcome::Failed);
        for outcome in errors.chain(failures) {
            let attempt = Attempt {
                outcome,
                duration: None,
                started: None,
                attachments: Vec::new(),
            };
            push(&mut self.case.earlier, attempt);
        }
        self.declared = Declared::default();
    }

    /// Settles how the test ended. It passed, unless something says otherwise.
    fn end(&mut self, format: Format, unknown: &mut UnknownWords, warnings: &mut Warnings) {
        let found = self.found();
        if let Some((verdict, name, word)) = self.declared.property.take()
            && self.declared.passes()
        {
            if found.is_none() {
                unknown.property(self.case.line, (&name, &word), verdict, warnings);
            }
            self.declared.verdict = Some(verdict);
        }
        if found.is_none()
            && self.declared.verdict.is_none()
            && let Some((what, word)) = self.declared.unknown.take()
        {
            unknown.note(self.case.line, what, &word, warnings);
            self.case.outcome = Outcome::Incomplete;
            return;
        }
        if found.is_none() && self.declared.verdict.is_none() && self.failed_again() {
            let message = "all that the report has of the test are tries that failed again (`rerunFailure`), and nothing says that it failed: it counts as passed";
            warnings.add(Some(self.case.line), message);
        }
        self.case.outcome = match self.agreed(found, format, warnings) {
            Verdict::Passed => return,
            Verdict::Failed => Outcome::Failed(self.failure()),
            Verdict::Errored => Outcome::Errored(self.failure()),
            Verdict::Skipped => Outcome::Skipped {
                reason: self.skipped.take().and_then(|skipped| skipped.reason),
            },
            Verdict::Incomplete => Outcome::Incomplete,
        };
    }

    /// Returns whether each try of the test is said to have failed once more, and none to have been made good.
    fn failed_again(&self) -> bool {
        self.reruns > 0 && self.reruns == self.case.earlier.len()
    }

    /// Returns what the elements say.
    fn found(&self) -> Option<Verdict> {
        if !self.errors.is_empty() {
            Some(Verdict::Errored)
        } else if !self.failures.is_empty() {
            Some(Verdict::Failed)
        } else if self.incomplete {
            Some(Verdict::Incomplete)
        } else {
            self.skipped.as_ref().map(|_| Verdict::Skipped)
        }
    }

    /// Returns the first of the gravest results, with the others in it.
    fn failure(&mut self) -> Failure {
        let errors = take(&mut self.errors).into_iter();
        let mut all = errors.chain(take(&mut self.failures));
        let first = all.next().unwrap_or_else(|| Failure {
            message: self.declared.message.take(),
            ..Failure::default()
        });
        Failure {
            also: all.collect(),
            ..first
        }
    }

    /// Settles between what an element says and what an attribute declares: the element, except in Katalon's reports, whose
    /// elements know fewer ends than their `status`.
    fn agreed(&self, found: Option<Verdict>, format: Format, warnings: &mut Warnings) -> Verdict {
        if let Some(Skipped { is_todo: true, .. }) = self.skipped {
            return Verdict::Skipped;
        }
        match (found, self.declared.verdict) {
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
                        Some(self.case.line),
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

fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() < MOST {
        list.push(item);
    }
}
