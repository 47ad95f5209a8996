//! The suites around the tests, and the sums over them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::counters::Declared;
use super::elements::ResultKind;
use super::names::{Flag, flag, is_word};
use super::times::{Times, read_moment};
use crate::model::{Attachment, Moment, Property, Tally, TestCase, TestSuite, Verdict};
use crate::report::attempts::Digests;
use crate::report::error::Warnings;
use crate::report::marks::Finder;
use crate::report::words::{self, Said};
use crate::report::xml::Tag;
use crate::report::{Beside, Format, LateProperties, Summary, katalon};

/// How many properties a suite may have; Surefire writes some hundred.
const PROPERTIES: usize = 10_000;

/// How many attributes of a suite are kept.
const ATTRIBUTES: usize = 100;

/// An open suite.
#[derive(Debug)]
struct Frame {
    suite: Arc<TestSuite>,
    /// Which suite of the report it is, counted from 1.
    number: u64,
    /// How many of its properties stand behind its tests: they come last, although they are known first.
    late: usize,
    line: u64,
    declared: Declared,
    tally: Tally,
    /// How many tries were listed as tests of their own before it.
    tries: u64,
    /// What the suites inside say they took, where this one says nothing.
    inner: Option<Duration>,
    own: Option<Duration>,
    /// Whether Katalon's folder has been asked about it.
    completed: bool,
    verdict: OwnVerdict,
}

/// What a suite says of itself: that it failed, in whose word, and how much had been told before it that did.
#[derive(Debug, Default)]
struct OwnVerdict {
    word: Option<String>,
    /// Its word for that it was not run, or not to its end, and how many of the tests before it had passed.
    unrun: Option<String>,
    passed: u64,
    told: u64,
}

impl OwnVerdict {
    fn of(tag: &Tag<'_>, told: u64, passed: u64) -> Self {
        let mut verdict = Self {
            passed,
            told,
            ..Self::default()
        };
        // Where there is a counter of failures it is compared.
        let has_counter = tag.get("failures").is_some();
        for (name, value) in tag.written() {
            if name != "failed" || !has_counter {
                verdict.take(name, &tag.value(value));
            }
        }
        verdict
    }

    fn take(&mut self, name: &str, value: &str) {
        if is_word(name) {
            self.take_word(value);
        } else if !COUNTERS.contains(&name) || name == "failed" {
            let flag = flag(name, value);
            if let Some(Flag::Set(Verdict::Failed | Verdict::Errored)) = flag {
                self.take_word("failed");
            }
        }
    }

    fn take_word(&mut self, word: &str) {
        let kept = match words::said(word) {
            Said::Ended(Verdict::Failed | Verdict::Errored) => &mut self.word,
            Said::Ended(Verdict::Skipped | Verdict::Incomplete)
                if words::told_by_property(word).is_some() =>
            {
                &mut self.unrun
            }
            Said::Ended(_) | Said::Nothing | Said::Unknown => return,
        };
        kept.get_or_insert_with(|| word.trim().chars().take(60).collect());
    }

    /// Warns where nothing else tells of what failed, or of what was not run.
    fn warn(&self, (line, name): (u64, &str), told: u64, passed: u64, warnings: &mut Warnings) {
        let failed = self.word.as_ref().filter(|_| told == self.told);
        let unrun = self.unrun.as_ref().filter(|_| passed > self.passed);
        let (word, but) = match (failed, unrun) {
            (Some(word), _) => (
                word,
                "none of its tests failed: something outside of them went wrong",
            ),
            (None, Some(word)) => (
                word,
                "some of its tests do not say so: they count as passed",
            ),
            (None, None) => return,
        };
        let name: String = name.chars().take(100).collect();
        let what = if name.is_empty() {
            String::from("the report")
        } else {
            format!("`{name}`")
        };
        let message = format!("{what} says of itself that it is `{word}`, and {but}");
        warnings.add(Some(line), message);
    }
}

/// The open suites, and what has been counted.
#[derive(Debug, Default)]
pub(super) struct Suites {
    open: Vec<Frame>,
    /// The suite of tests that stand outside of any.
    outer: Arc<TestSuite>,
    name: Option<String>,
    run_properties: Vec<Property>,
    late: LateProperties,
    marks: Finder,
    /// What an earlier reading found to come late.
    known: Option<LateProperties>,
    root: Option<Root>,
    count: u64,
    tally: Tally,
    /// How many tries were listed as skipped tests of their own, which the report counts too.
    tries: u64,
    attempts: u64,
    /// The sum over the tests that tell their time.
    cases: Option<Duration>,
    /// The sum over the outermost suites.
    outermost: Option<Duration>,
    started: Option<Moment>,
    first_mismatch: Option<(u64, String)>,
    mismatches: u64,
    katalon: bool,
    habits: Habits,
    /// What the root says of where it ran.
    root_attributes: Vec<Property>,
    /// Katalon Studio up to 6.x, whose counter of tests is known to hold the passed ones.
    miscounting: bool,
    /// How many failures that belong to no test were told.
    outside: u64,
}

/// What the program that wrote the report is known by.
#[derive(Debug, Default)]
struct Habits {
    /// It counts flaky tests by themselves, as Flank does.
    flakes: bool,
    /// It counts aborted tests by themselves: it means a failed assumption.
    assumptions: bool,
}

/// A `<testsuites>` element.
#[derive(Debug)]
struct Root {
    line: u64,
    declared: Declared,
    tally: Tally,
    /// How many tries were listed as tests of their own before it.
    tries: u64,
    duration: Option<Duration>,
    verdict: OwnVerdict,
}

impl Suites {
    /// Takes a word that the innermost suite has in an element of its own.
    pub(super) fn take_word(&mut self, word: &str) {
        if let Some(verdict) = self.verdict() {
            verdict.take_word(word);
        }
    }

    /// Takes such words from the attributes of the element.
    pub(super) fn take_words(&mut self, tag: &Tag<'_>) {
        for (_, value) in tag.written() {
            self.take_word(&tag.value(value));
        }
    }

    fn verdict(&mut self) -> Option<&mut OwnVerdict> {
        let suite = self.open.last_mut().map(|frame| &mut frame.verdict);
        suite.or(self.root.as_mut().map(|root| &mut root.verdict))
    }

    /// Returns how much was told so far that did not pass.
    fn told(&self) -> u64 {
        self.tally.failed + self.tally.errored + self.tally.incomplete + self.outside
    }

    pub(super) fn tests(&self) -> u64 {
        self.tally.tests
    }

    /// Returns whether `QtTest` wrote the tests.
    pub(super) fn are_of_qt(&self) -> bool {
        self.current().property("QtVersion").is_some()
    }

    /// Returns whether a test that is called flaky has passed in the end.
    pub(super) fn counts_flakes(&self) -> bool {
        self.habits.flakes
    }

    /// Returns what a result element means to the program that wrote the report: `<aborted>` of the JUnit Platform is an assumption
    /// that did not hold, others write it for a test that was stopped.
    pub(super) fn as_meant(&self, kind: ResultKind, tag: &Tag<'_>) -> ResultKind {
        let is_assumption = || {
            let message = tag.get("message").unwrap_or_default();
            let kind = tag.get("type").unwrap_or_default();
            self.habits.assumptions
                || message.to_ascii_lowercase().contains("assumption")
                || kind.contains("TestAborted")
        };
        if kind == ResultKind::Incomplete
            && words::plain(tag.name()) == "aborted"
            && is_assumption()
        {
            return ResultKind::Skipped;
        }
        kind
    }

    pub(super) fn katalon(&self) -> bool {
        self.katalon
    }

    /// Takes what an earlier reading found behind the tests.
    pub(super) fn knowing(&mut self, late: Option<LateProperties>) {
        if let Some(late) = &late {
            self.run_properties.extend_from_slice(late.of(0));
        }
        self.known = late;
    }

    pub(super) fn open_root(&mut self, tag: &Tag<'_>, times: &Times<'_>, warnings: &mut Warnings) {
        self.close_root(warnings);
        let name = tag.text("name").filter(|name| !name.trim().is_empty());
        if self.name.is_none() {
            self.name = name;
        }
        self.started = self.started.or(read_moment(tag, warnings));
        self.habits.flakes |= tag.get("flakes").is_some();
        self.root_attributes = attributes(tag);
        self.root = Some(Root {
            line: tag.line,
            declared: Declared::of(tag),
            tally: self.tally,
            tries: self.tries,
            duration: times.of(tag, warnings),
            verdict: OwnVerdict::of(tag, self.told(), self.tally.passed),
        });
        self.outer = Arc::new(TestSuite {
            report_name: self.name.clone(),
            ..TestSuite::default()
        });
    }

    pub(super) fn open(&mut self, tag: &Tag<'_>, times: &Times<'_>, warnings: &mut Warnings) {
        self.count += 1;
        let text = |name| tag.text(name).filter(|text| !text.trim().is_empty());
        let parent = self.open.last().map(|frame| Arc::clone(&frame.suite));
        let started = read_moment(tag, warnings);
        self.started = self.started.or(started);
        self.habits.flakes |= tag.get("flakes").is_some();
        self.habits.assumptions |= tag.get("aborted").is_some();
        let id = text("id");
        self.katalon |= id
            .as_deref()
            .is_some_and(|id| id.starts_with("Test Suites/"));
        let mut properties = if parent.is_none() {
            self.run_properties.clone()
        } else {
            Vec::new()
        };
        let mut own = attributes(tag);
        if parent.is_none() {
            own.extend_from_slice(&self.root_attributes);
        }
        let late = self
            .known
            .as_ref()
            .map_or(&[][..], |late| late.of(self.count));
        properties.extend_from_slice(late);
        let files = self.known.as_ref();
        let files = files.map_or(&[][..], |late| late.attachments_of(self.count));
        let suite = TestSuite {
            name: text("name").unwrap_or_default(),
            report_name: self.name.clone(),
            file: text("file").or_else(|| text("filepath")),
            started,
            hostname: text("hostname"),
            id,
            properties,
            attributes: own,
            attachments: files
                .iter()
                .map(|path| Attachment {
                    path: PathBuf::from(path),
                    description: None,
                })
                .collect(),
            parent,
        };
        self.open.push(Frame {
            suite: Arc::new(suite),
            number: self.count,
            late: late.len(),
            line: tag.line,
            declared: Declared::of(tag),
            tally: self.tally,
            tries: self.tries,
            inner: None,
            own: times.of(tag, warnings),
            completed: false,
            verdict: OwnVerdict::of(tag, self.told(), self.tally.passed),
        });
    }

    /// Looks for attachments in a piece of the innermost suite's output.
    pub(super) fn scan(&mut self, text: &str) {
        let suite = self.open.last().map_or(0, |frame| frame.number);
        let (late, known) = (&mut self.late, self.known.is_some());
        self.marks.find(text, |path| {
            if !known && suite > 0 {
                late.attach(suite, path);
            }
        });
    }

    /// Notes that a piece of output has ended.
    pub(super) fn end_output(&mut self) {
        self.marks.end();
    }

    pub(super) fn close(&mut self, warnings: &mut Warnings) {
        let Some(frame) = self.open.pop() else {
            return;
        };
        let told = self.told();
        let place = (frame.line, frame.suite.name.as_str());
        (frame.verdict).warn(place, told, self.tally.passed, warnings);
        let counted = self.listed(&frame.tally, frame.tries);
        self.compare(frame.line, &frame.suite.name, &frame.declared, &counted);
        let duration = frame.own.or(frame.inner);
        let sum = match self.open.last_mut() {
            Some(outer) => &mut outer.inner,
            None => &mut self.outermost,
        };
        add(sum, duration);
    }

    /// Takes a failure that belongs to no test. It changes no count, but must not go unseen.
    pub(super) fn failed(&mut self, line: u64, what: &str, message: &str, warnings: &mut Warnings) {
        let suite = self
            .open
            .last()
            .map_or("", |frame| frame.suite.name.as_str());
        self.outside += 1;
        let message: String = message.chars().take(200).collect();
        let article = if what == "error" { "an" } else { "a" };
        warnings.add(
            Some(line),
            format!("the suite `{suite}` has {article} {what} that belongs to no test: {message}"),
        );
    }

    pub(super) fn property(&mut self, property: Property) {
        let Some(frame) = self.open.last_mut() else {
            if let Some(root) = &mut self.root {
                root.verdict.take(&property.name, &property.value);
            }
            if self.tally.tests > 0 {
                self.late(0, property);
            } else if self.run_properties.len() < PROPERTIES {
                self.run_properties.push(property);
            }
            return;
        };
        frame.verdict.take(&property.name, &property.value);
        if property.name == "katalonVersion" {
            self.katalon = true;
            let major = property
                .value
                .split('.')
                .next()
                .and_then(|major| major.parse::<u32>().ok());
            self.miscounting |= major.is_some_and(|major| major <= 6);
        }
        self.katalon |= property.name == "logFolder";
        if self.tally.tests > frame.tally.tests {
            let number = frame.number;
            self.late(number, property);
        } else if let Some(suite) =
            Arc::get_mut(&mut frame.suite).filter(|suite| suite.properties.len() < PROPERTIES)
        {
            let place = suite.properties.len().saturating_sub(frame.late);
            suite.properties.insert(place, property);
        }
    }

    /// Keeps a property whose tests have been handed over already, unless they knew of it.
    fn late(&mut self, suite: u64, property: Property) {
        if self.known.is_none() {
            self.late.add(suite, property);
        }
    }

    /// Adds what Katalon's folder says of the place where a suite ran, before its first test is handed over.
    pub(super) fn complete(&mut self, beside: &Beside) {
        let Some(frame) = self
            .open
            .last_mut()
            .filter(|frame| self.katalon && !frame.completed)
        else {
            return;
        };
        frame.completed = true;
        let properties = katalon::properties(beside, &frame.suite);
        if let Some(suite) = Arc::get_mut(&mut frame.suite) {
            suite.properties.extend(properties);
        }
    }

    /// Returns the innermost suite.
    pub(super) fn current(&self) -> &Arc<TestSuite> {
        self.open.last().map_or(&self.outer, |frame| &frame.suite)
    }

    /// Takes note that a test was listed before, skipped, for a try that failed.
    pub(super) fn listed_before(&mut self) {
        self.tries += 1;
    }

    /// Returns what the report lists from somewhere on, for its counters.
    fn listed(&self, before: &Tally, tries: u64) -> Tally {
        let mut counted = since(&self.tally, before);
        counted.tests += self.tries - tries;
        counted.skipped += self.tries - tries;
        counted
    }

    pub(super) fn count(&mut self, case: &TestCase) {
        self.tally.count_case(case);
        self.attempts += case.attempts();
        self.started = self.started.or(case.started);
        add(&mut self.cases, case.duration);
    }

    fn compare(&mut self, line: u64, name: &str, declared: &Declared, counted: &Tally) {
        if let Some(difference) = declared.difference(counted) {
            self.mismatches += 1;
            let name: String = name.chars().take(100).collect();
            self.first_mismatch.get_or_insert_with(|| {
                let what = if name.is_empty() {
                    String::from("the report")
                } else {
                    format!("`{name}`")
                };
                (
                    line,
                    format!("the report's own counters are wrong: {what} says {difference}"),
                )
            });
        }
    }

    fn close_root(&mut self, warnings: &mut Warnings) {
        if let Some(root) = self.root.take() {
            let passed = self.tally.passed;
            (root.verdict).warn((root.line, ""), self.told(), passed, warnings);
            let counted = self.listed(&root.tally, root.tries);
            self.compare(root.line, "", &root.declared, &counted);
            if self.outermost.is_none() {
                self.outermost = root.duration;
            }
        }
    }

    pub(super) fn finish(mut self, mut warnings: Warnings) -> Summary {
        self.close_root(&mut warnings);
        if let Some((line, message)) = self.first_mismatch.take().filter(|_| !self.miscounting) {
            let others = match self.mismatches {
                1 => String::new(),
                2 => "; and 1 other counter".to_owned(),
                more => format!("; and {} other counters", more - 1),
            };
            warnings.add(Some(line), message + &others);
        }
        if self.tally.tests == 0 {
            warnings.add(None, "the report holds no test");
        }
        let late = self.known.unwrap_or(self.late);
        late.warn(&mut warnings);
        Summary {
            format: if self.katalon {
                Format::Katalon
            } else {
                Format::Junit
            },
            name: self.name,
            suites: self.count,
            tally: self.tally,
            attempts: self.attempts,
            duration: if self.tally.tests == 0 {
                Some(Duration::ZERO)
            } else {
                self.cases.or(self.outermost)
            },
            started: self.started,
            late,
            warnings: warnings.finish(),
            digest: [0; 32],
            keys: Digests::default(),
        }
    }
}

/// Attributes of suites that say nothing of where they ran.
const COUNTERS: [&str; 30] = [
    "name",
    "tests",
    "failures",
    "errors",
    "skipped",
    "skips",
    "skip",
    "disabled",
    "ignored",
    "aborted",
    "incomplete",
    "flakes",
    "assertions",
    "warnings",
    "passed",
    "failed",
    "time",
    "duration",
    "timestamp",
    "started",
    "start-time",
    "id",
    "file",
    "filepath",
    "log",
    "schemaLocation",
    "noNamespaceSchemaLocation",
    "version",
    "total",
    "errored",
];

/// Returns the attributes of a suite that say where, or with what, it ran.
fn attributes(tag: &Tag<'_>) -> Vec<Property> {
    tag.written()
        .filter(|(name, _)| !name.starts_with("xmlns") && !name.contains(':'))
        .filter(|(name, _)| !COUNTERS.contains(name))
        .take(ATTRIBUTES)
        .map(|(name, value)| Property {
            name: name.to_owned(),
            value: tag.kept(value),
        })
        .collect()
}

fn add(sum: &mut Option<Duration>, duration: Option<Duration>) {
    if let Some(duration) = duration {
        *sum = Some(sum.unwrap_or_default().saturating_add(duration));
    }
}

/// Returns what was counted after `before`.
fn since(now: &Tally, before: &Tally) -> Tally {
    Tally {
        tests: now.tests - before.tests,
        passed: now.passed - before.passed,
        failed: now.failed - before.failed,
        errored: now.errored - before.errored,
        skipped: now.skipped - before.skipped,
        incomplete: now.incomplete - before.incomplete,
        flaky: now.flaky - before.flaky,
    }
}
