//! JUnit in all its dialects: whatever writes `<testsuite>` and `<testcase>`.
//!
//! There is no standard, only the habit of Ant and Surefire and what each writer added. The rules: cases count, counters only
//! warn; an element beats an attribute; of several results the worst is the outcome, and all texts are kept; only what the report
//! itself marks as a rerun is an attempt. Unknown elements are passed by, but cases inside them are not.

mod case;
mod counters;
mod elements;
mod names;
mod suite;
mod times;
mod tosca;

use std::io::Read;

use case::{CaseDraft, ResultDraft};
use elements::ResultKind;
use suite::Suites;
use times::Times;

use super::error::{ReadError, Warnings};
use super::formats::{Bytes, Input};
use super::katalon::Companion;
use super::text::{Text, bounded};
use super::words::UnknownWords;
use super::xml::{Node, Root, Tag, Xml};
use super::{Beside, Format, LateProperties, Source, Summary};
use crate::model::{Attempt, Failure, Outcome, Property, TestCase, Verdict};

/// Tells by its first element whether a document is of this format.
pub(super) fn recognises(root: &Root) -> bool {
    matches!(root.name.as_str(), "testsuites" | "testsuite" | "testrun")
}

/// Reads a document.
pub(super) fn read(xml: Xml<Bytes<'_>>, input: &mut Input<'_>) -> Result<Summary, ReadError> {
    Reader::new(input.visit, input.source)
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
    /// An element of no meaning inside a test: results, and tests, may stand in it.
    InCase,
    /// The same, where the results in it are tries that were not the last.
    Attempts,
    Result,
    /// `stackTrace` and the like inside a result.
    ResultText,
    /// `<message>` inside a result.
    ResultMessage,
    /// What was written during a try, inside its result: only the files that it names count.
    ResultOutput,
    /// `<status>` and the like, whose text is a word for the end of a test.
    Word,
    /// The same in a suite.
    SuiteWord,
    Description,
    Properties,
    Property,
    Output,
    ErrorOutput,
    SuiteOutput,
    /// `<time>` as an element, which `AntUnit` writes.
    Time,
    /// An element whose content means nothing here, with all that it holds.
    Ignored,
}

/// Reads one document.
struct Reader<'v> {
    visit: &'v mut dyn FnMut(&mut TestCase),
    /// What Katalon puts beside a report.
    beside: &'v Beside,
    companion: Option<Companion>,
    places: Vec<Place>,
    suites: Suites,
    times: Times<'v>,
    /// A test of `WebdriverIO` that may have been tried again.
    held: Option<TestCase>,
    /// The open tests, one inside the other.
    #[expect(
        clippy::vec_box,
        reason = "a draft is large, and goes in and out for every test"
    )]
    cases: Vec<Box<CaseDraft>>,
    /// A draft that is free.
    spare: Option<Box<CaseDraft>>,
    result: Option<ResultDraft>,
    property: Option<(String, Option<String>)>,
    text: Text,
    /// What the text of [`Place::Word`] says.
    word: &'static str,
    /// How many tests name attachments that lead out of the report's folder, and the first of them.
    leading_out: u64,
    first_out: Option<(u64, String)>,
    unknown: UnknownWords,
    warnings: Warnings,
}

/// How many tests inside a test wait for its end, to be handed over in the order of the report.
const INNER: usize = 1000;

impl<'v> Reader<'v> {
    fn new(visit: &'v mut dyn FnMut(&mut TestCase), source: &'v Source) -> Self {
        Self {
            visit,
            beside: source.beside(),
            companion: None,
            places: Vec::new(),
            suites: Suites::default(),
            times: Times::new(source),
            held: None,
            cases: Vec::new(),
            spare: None,
            result: None,
            property: None,
            text: Text::default(),
            word: "",
            leading_out: 0,
            first_out: None,
            unknown: UnknownWords::default(),
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
                more => format!(", and {} more", more - 1),
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
                "{}; tests before it that could be read, and are not counted: {tests}",
                error.message
            );
        }
        error
    }

    /// Takes the beginning of an element.
    fn open(&mut self, tag: &Tag<'_>) {
        let place = match self.places.last().copied().unwrap_or(Place::Outside) {
            Place::Outside | Place::Suite => self.open_in_suite(tag),
            Place::Case => self.open_in_case(tag, Place::Case),
            inside @ (Place::InCase | Place::Attempts) => self.open_in_case(tag, inside),
            Place::Result => self.open_in_result(tag),
            Place::Properties => self.open_property(tag),
            Place::Word => self.open_in_case(tag, Place::InCase),
            Place::Property
            | Place::ResultText
            | Place::ResultMessage
            | Place::ResultOutput
            | Place::Description
            | Place::Output
            | Place::ErrorOutput
            | Place::SuiteOutput
            | Place::SuiteWord
            | Place::Time
            | Place::Ignored => Place::Ignored,
        };
        self.places.push(place);
    }

    fn open_in_suite(&mut self, tag: &Tag<'_>) -> Place {
        if let Some(place) = self.open_group(tag) {
            return place;
        }
        if names::is_test(tag) {
            return self.open_test(tag);
        }
        match tag.name() {
            "properties" => Place::Properties,
            "property" => self.open_property(tag),
            "system-out" | "system-err" => Place::SuiteOutput,
            name if names::word_of(name).is_some() => {
                self.suites.take_words(tag);
                self.open_text(Place::SuiteWord)
            }
            name => match ResultKind::of(name) {
                Some(ResultKind::Failure | ResultKind::Error | ResultKind::Incomplete) => {
                    let message = tag.text("message").unwrap_or_default();
                    self.suites
                        .failed(tag.line, name, &message, &mut self.warnings);
                    Place::Ignored
                }
                Some(ResultKind::Skipped) if tag.get("message").is_some() => {
                    self.suites.take_word("skipped");
                    Place::Ignored
                }
                Some(_) | None => Place::Outside,
            },
        }
    }

    /// Begins a run, a suite or a test, wherever it stands.
    fn open_group(&mut self, tag: &Tag<'_>) -> Option<Place> {
        let name = tag.name();
        let is = |known: &str| name == known || name.eq_ignore_ascii_case(known);
        Some(if is("testcase") || is("test-case") || is("test_case") {
            let mut case = self.spare.take().unwrap_or_default();
            case.begin(tag, &mut self.times, &mut self.warnings);
            let is_xfail = || tag.get("result").is_some_and(|result| result == "xfail");
            if case.says_skipped() && is_xfail() && self.suites.are_of_qt() {
                case.take_expected_failure();
            }
            self.cases.push(case);
            Place::Case
        } else if is("testsuite") {
            self.suites.open(tag, &self.times, &mut self.warnings);
            Place::Suite
        } else if is("testsuites") || is("testrun") {
            if self.places.is_empty() {
                self.times.recognise(tag, &mut self.warnings);
            }
            self.suites.open_root(tag, &self.times, &mut self.warnings);
            Place::Outside
        } else {
            return None;
        })
    }

    /// Begins a test that is called otherwise, such as `<test>`: where tests stand in it, it may be no more than a group of them.
    fn open_test(&mut self, tag: &Tag<'_>) -> Place {
        let mut case = self.spare.take().unwrap_or_default();
        case.begin(tag, &mut self.times, &mut self.warnings);
        case.group = Some(false);
        self.cases.push(case);
        Place::Case
    }

    fn open_in_case(&mut self, tag: &Tag<'_>, inside: Place) -> Place {
        match tag.name() {
            "failure" | "error" | "skipped" => {}
            "system-out" => return Place::Output,
            "system-err" => return Place::ErrorOutput,
            "properties" => return Place::Properties,
            "property" => return self.open_property(tag),
            "time" => return Place::Time,
            "description" => return self.open_text(Place::Description),
            name => {
                if let Some(place) = self.open_group(tag) {
                    return place;
                }
                let in_group = self.cases.last().is_some_and(|case| case.group.is_some());
                if in_group && names::is_test(tag) {
                    return self.open_test(tag);
                }
                if let Some(what) = names::word_of(name) {
                    return self.open_word(what, tag);
                }
                if names::is_passed(name) {
                    return self.open_word(case::PASSED, tag);
                }
            }
        }
        let Some(kind) = ResultKind::of(tag.name()) else {
            return self.open_other(tag, inside);
        };
        let kind = if inside == Place::Attempts {
            kind.of_attempt()
        } else {
            self.suites.as_meant(kind, tag)
        };
        let result = ResultDraft::new(kind, tag, &mut self.times, &mut self.warnings);
        self.result = Some(result);
        Place::Result
    }

    /// Begins an element inside a test that is no result and nothing else that is known.
    fn open_other(&mut self, tag: &Tag<'_>, inside: Place) -> Place {
        let name = tag.name();
        if inside == Place::Attempts || elements::holds_attempts(name) {
            return Place::Attempts;
        }
        self.case(|case| case.take_inside(tag));
        if inside == Place::Case && !elements::is_harmless(name) {
            self.case(|case| case.take_unknown(name));
        }
        Place::InCase
    }

    fn open_in_result(&mut self, tag: &Tag<'_>) -> Place {
        match tag.name() {
            "stackTrace" | "stacktrace" | "stack-trace" => Place::ResultText,
            "message" => Place::ResultMessage,
            "system-out" | "system-err" => Place::ResultOutput,
            name if self.result.as_ref().is_some_and(|result| result.is_list) => {
                let Some(kind) = ResultKind::of(name) else {
                    return Place::Ignored;
                };
                let result = ResultDraft::new(kind, tag, &mut self.times, &mut self.warnings);
                self.result = Some(result);
                Place::Result
            }
            _ => {
                if is_group(tag.name()) {
                    // Tests in a result: what was read of it is all that is taken.
                    self.end_result();
                }
                self.open_group(tag).unwrap_or(Place::Ignored)
            }
        }
    }

    fn end_result(&mut self) {
        let result = self.result.take().filter(|result| !result.says_no());
        if let (Some(result), Some(case)) = (result, self.cases.last_mut()) {
            case.take(result, &mut self.warnings);
        }
    }

    fn open_text(&mut self, place: Place) -> Place {
        self.text.clear();
        place
    }

    fn open_word(&mut self, what: &'static str, tag: &Tag<'_>) -> Place {
        self.case(|case| case.take_words(what, tag));
        self.word = what;
        self.open_text(Place::Word)
    }

    /// Changes the innermost open test.
    fn case(&mut self, change: impl FnOnce(&mut CaseDraft)) {
        if let Some(case) = self.cases.last_mut() {
            change(case);
        }
    }

    fn open_property(&mut self, tag: &Tag<'_>) -> Place {
        if tag.name() != "property" {
            return self.open_group(tag).unwrap_or(Place::Ignored);
        }
        let name = tag.text("name").unwrap_or_default();
        let value = tag.lines("value").map(bounded);
        self.property = Some((name, value));
        self.text.clear();
        Place::Property
    }

    fn text(&mut self, text: &str) {
        let (result, case) = (self.result.as_mut(), self.cases.last_mut());
        let target = match self.places.last() {
            Some(Place::Result) => result.map(|result| &mut result.text),
            Some(Place::ResultText) => result.map(|result| &mut result.trace),
            Some(Place::ResultMessage) => result.map(|result| &mut result.message),
            Some(Place::ResultOutput) => {
                if let Some(result) = result {
                    result.scan(text);
                }
                return;
            }
            Some(Place::SuiteOutput) => {
                self.suites.scan(text);
                return;
            }
            Some(Place::Output) => case.map(|case| &mut case.output),
            Some(Place::ErrorOutput) => case.map(|case| &mut case.error_output),
            Some(
                Place::Property | Place::Time | Place::Word | Place::SuiteWord | Place::Description,
            ) => Some(&mut self.text),
            _ => return,
        };
        if let Some(target) = target {
            target.push(text);
        }
        if let Some(Place::Output | Place::ErrorOutput) = self.places.last() {
            self.case(|case| case.scan(text));
        }
    }

    /// Takes the end of the innermost element.
    fn close(&mut self) {
        match self.places.pop() {
            Some(Place::Suite) => {
                self.let_go();
                self.suites.close(&mut self.warnings);
            }
            Some(Place::Case) => self.finish_case(),
            Some(Place::Result) => self.end_result(),
            Some(Place::Property) => self.finish_property(),
            Some(Place::Time) => {
                let text = self.text.take().unwrap_or_default();
                if let Some(case) = self.cases.last_mut() {
                    case.take_time(&text, &mut self.times, &mut self.warnings);
                }
            }
            Some(Place::Word) => {
                let word = self.text.take().unwrap_or_default();
                let what = self.word;
                self.case(|case| case.take_word(what, &word));
            }
            Some(Place::SuiteWord) => {
                let word = self.text.take().unwrap_or_default();
                self.suites.take_word(&word);
            }
            Some(Place::Description) => {
                if let Some(text) = self.text.take() {
                    self.case(|case| case.describe(text));
                }
            }
            Some(Place::Output | Place::ErrorOutput) => self.case(CaseDraft::end_output),
            Some(Place::ResultOutput) => {
                if let Some(result) = &mut self.result {
                    result.end_output();
                }
            }
            Some(Place::SuiteOutput) => self.suites.end_output(),
            Some(
                Place::Outside
                | Place::InCase
                | Place::Attempts
                | Place::ResultText
                | Place::ResultMessage
                | Place::Properties
                | Place::Ignored,
            )
            | None => {}
        }
    }

    fn finish_property(&mut self) {
        let Some((name, value)) = self.property.take() else {
            return;
        };
        let value = value.or_else(|| self.text.take()).unwrap_or_default();
        let property = Property { name, value };
        let mut around = self.places.iter().rev();
        let innermost = around.find(|place| matches!(place, Place::Case | Place::Suite));
        if innermost == Some(&Place::Case) {
            self.case(|case| case.property(property));
        } else {
            self.suites.property(property);
        }
    }

    #[inline]
    fn finish_case(&mut self) {
        let Some(mut draft) = self.cases.pop() else {
            return;
        };
        if let Some(path) = draft.leading_out() {
            self.leading_out += 1;
            self.first_out.get_or_insert((draft.line(), path));
        }
        self.suites.complete(self.beside);
        let suite = self.suites.current();
        let how = (self.suites.format(), self.suites.counts_flakes());
        let inner = std::mem::take(&mut draft.inner);
        let is_group = draft.is_group();
        let case = draft.finish(suite, how, &mut self.unknown, &mut self.warnings);
        let is_usual = self.cases.is_empty() && inner.is_empty() && !is_group;
        if is_usual && self.held.is_none() && !may_come_again(case) {
            self.give(case);
            draft.forget();
            self.spare = Some(draft);
            return;
        }
        let case = draft.take_case();
        draft.forget();
        self.spare = Some(draft);
        self.case(|outer| outer.group = outer.group.map(|_| true));
        let all = Some(case).filter(|_| !is_group).into_iter().chain(inner);
        match self.cases.last_mut() {
            Some(outer) if outer.inner.len() < INNER => outer.inner.extend(all),
            Some(_) | None => all.for_each(|case| self.hand_over(case)),
        }
    }

    /// Hands a test over, unless it may come again; it may also be what comes again.
    fn hand_over(&mut self, mut case: TestCase) {
        let again = |held: &mut TestCase| held.key() == case.key();
        if let Some(held) = self.held.take_if(again) {
            self.suites.listed_before();
            let failure = Failure {
                details: held.error_output,
                ..Failure::default()
            };
            let earlier = Attempt {
                outcome: Outcome::Failed(failure),
                duration: held.duration,
                started: held.started,
                attachments: held.attachments,
            };
            case.earlier
                .splice(0..0, held.earlier.into_iter().chain([earlier]));
        }
        self.let_go();
        if may_come_again(&case) {
            self.held = Some(case);
        } else {
            self.give(&mut case);
        }
    }

    fn let_go(&mut self) {
        if let Some(mut held) = self.held.take() {
            self.give(&mut held);
        }
    }

    /// Hands a test over, with what Katalon's folder says of it.
    fn give(&mut self, case: &mut TestCase) {
        if self.suites.tests() == 0 && self.suites.katalon() {
            self.companion = Companion::open(self.beside);
        }
        if let Some(companion) = &mut self.companion {
            companion.complete(case);
        }
        self.suites.count(case);
        (self.visit)(case);
    }
}

/// Returns whether a test may have been tried again: what `WebdriverIO` tries again it writes twice, skipped, with the error, and once
/// more.
fn may_come_again(case: &TestCase) -> bool {
    case.outcome.verdict() == Verdict::Skipped
        && case.error_output.is_some()
        && case.suite.property("specId").is_some()
}

/// Returns whether tests stand in an element of this name, or it is one.
fn is_group(name: &str) -> bool {
    let groups = ["testcase", "testsuite", "testsuites", "testrun"];
    groups.iter().any(|group| name.eq_ignore_ascii_case(group))
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
