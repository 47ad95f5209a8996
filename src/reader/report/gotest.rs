//! The events of `go test -json`, one a line.
//!
//! Tests with subtests are tests too. One whose end never comes, because the program left or broke, takes the verdict of its
//! package. Messages and reasons stand in the output alone. Lines that are no event tell of builds that failed. Where a package ended and
//! begins again, as with `gotestsum --rerun-fails`, the tests of it that had failed are tried again: the last try counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::collector::Collector;
use super::document::Document;
use super::draft::{Draft, MOST};
use super::error::ReadError;
use super::formats::{Bytes, Input};
use super::json::{Json, Lost, Wanted};
use super::lines::{Line, Lines};
use super::sketch::Sketch;
use super::text::Text;
use super::words::{self, Said};
use super::{Format, Summary};
use crate::model::{Failure, Moment, Property, TestCase, TestSuite, Verdict};

/// Returns whether a document is of this format, by its members.
pub(super) fn recognises(sketch: &Sketch) -> bool {
    sketch.has("Action") && sketch.has_any(&["Package", "ImportPath", "Test", "Time"])
}

/// Reads a document.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader::new(input.visit);
    let mut lines = Lines::new(document);
    while let Some(line) = lines.next()? {
        reader.line(line)?;
    }
    lines.warn(&mut reader.tests.warnings);
    reader.lost.warn(&mut reader.tests.warnings);
    Ok(reader.finish())
}

/// How many bytes the texts of failed tests take that wait for another try; beyond, a later try is a test of its own.
const WAITING: usize = 2 * 1024 * 1024;
/// How many actions that are not known are told.
const UNKNOWN: usize = 20;
/// How many bytes go with each of them, for its places in tables and the ends of pieces of memory.
const AROUND: usize = 128;

static EVENT: Wanted = Wanted {
    members: &[
        "Time",
        "Action",
        "Package",
        "ImportPath",
        "Test",
        "Elapsed",
        "Output",
        "FailedBuild",
        "Key",
        "Value",
        "Path",
    ],
    whole: &[],
};

/// A package whose tests run.
#[derive(Debug)]
struct Package {
    suite: Arc<TestSuite>,
    /// Its name, which stands as the class of its tests.
    class: Arc<str>,
    /// The tests that have begun and not ended.
    open: HashMap<Box<str>, Box<Running>>,
    /// Those of them that began once more.
    unended: Vec<(Box<str>, Box<Running>)>,
    has_bad: bool,
    output: Text,
    /// The tests that failed: they may run again once the package has ended.
    failed: Vec<Draft>,
}

/// A test that runs. Many may run at once: each takes as little room as it can.
#[derive(Debug, Default)]
struct Running {
    line: u64,
    started: Option<Moment>,
    output: Text,
    properties: Vec<Property>,
    /// Whether its own line, `--- FAIL: TestX (0.01s)`, says that it passed.
    passed: Option<bool>,
    panicked: bool,
    /// How it ended by an action that `go test` has not: it counts where no other end comes.
    said: Option<Verdict>,
}

struct Reader<'v> {
    tests: Collector<'v>,
    packages: BTreeMap<String, Package>,
    /// Failed tests of packages that have ended, by numbers for package and name.
    waiting: HashMap<u64, (Box<Draft>, Arc<TestSuite>)>,
    /// How much room those take that may run again.
    bytes: usize,
    /// How many lines are no event.
    strange: u64,
    line: u64,
    lost: Lost,
    /// The actions that are not known: each is told once.
    unknown: BTreeSet<String>,
}

impl<'v> Reader<'v> {
    fn new(visit: &'v mut dyn FnMut(&mut TestCase)) -> Self {
        Self {
            tests: Collector::new(visit),
            packages: BTreeMap::new(),
            waiting: HashMap::new(),
            bytes: 0,
            strange: 0,
            line: 1,
            lost: Lost::default(),
            unknown: BTreeSet::new(),
        }
    }

    fn line(&mut self, line: Line<'_>) -> Result<(), ReadError> {
        self.line = line.number;
        let text = line.text.trim();
        if text.is_empty() {
            return Ok(());
        }
        let event = Json::of_line(Line { text, ..line }, &EVENT, &mut self.lost)
            .filter(|event| event.get("Action").text().is_some());
        if let Some(event) = event {
            self.event(&event);
        } else if text.starts_with("FAIL") && text.contains('[') {
            self.tests
                .outside(Some(line.number), "a package could not be built", text);
        } else if text.starts_with('{') && !line.is_cut && text.contains("\"Action\"") {
            return Err(super::json::incomplete().at(line.number, 1));
        } else {
            self.strange += 1;
        }
        Ok(())
    }

    fn event(&mut self, event: &Json) {
        let action = event.get("Action").text().unwrap_or_default();
        if self.tests.started.is_none() {
            self.tests.started = event.get("Time").moment();
        }
        if action == "build-fail" {
            let path = event.get("ImportPath").text().unwrap_or_default();
            self.tests.outside(
                Some(self.line),
                &format!("`{path}` could not be built"),
                "see its output",
            );
            return;
        }
        let name = match event.get("Package").text() {
            Some(name) => name,
            // `go tool test2json` only knows the package where it is told. What tells of a build has no package either.
            None if event.get("ImportPath").text().is_none() => "",
            None => return,
        };
        let count = &mut self.tests.suites;
        let package = self.packages.entry(name.to_owned()).or_insert_with(|| {
            *count += 1;
            Package::new(name, event.get("Time").moment())
        });
        let Some(test) = event.get("Test").text() else {
            self.of_package(name, action, event);
            return;
        };
        let line = self.line;
        match action {
            "run" => package.begin(test, line, event),
            "output" => {
                let output = event.get("Output").text().unwrap_or_default();
                package.running(test, line).output(test, output);
            }
            "attr" => {
                let (key, value) = (event.string("Key"), event.string("Value"));
                let property = Property {
                    name: key.unwrap_or_default(),
                    value: value.unwrap_or_default(),
                };
                package.running(test, line).property(property);
            }
            "pass" | "bench" => self.end(name, test, Verdict::Passed, event),
            "fail" => self.end(name, test, Verdict::Failed, event),
            "skip" => self.end(name, test, Verdict::Skipped, event),
            "pause" | "cont" | "start" | "artifacts" => {}
            word => match words::said(word) {
                Said::Ended(verdict) => package.running(test, line).said = Some(verdict),
                Said::Nothing | Said::Unknown => self.unknown(word),
            },
        }
    }

    /// Takes an action that is not known. The test that it is about has an end of its own, or that of its package.
    fn unknown(&mut self, action: &str) {
        if self.unknown.len() < UNKNOWN && self.unknown.insert(action.to_owned()) {
            let action: String = action.chars().take(60).collect();
            let message =
                format!("the action `{action}` of tests is not known, and is passed over");
            self.tests.warnings.add(Some(self.line), message);
        }
    }

    fn of_package(&mut self, name: &str, action: &str, event: &Json) {
        match action {
            "output" => {
                if let Some(package) = self.packages.get_mut(name) {
                    package
                        .output
                        .push(event.get("Output").text().unwrap_or_default());
                }
            }
            "pass" => self.end_package(name, Verdict::Passed),
            "skip" => self.end_package(name, Verdict::Skipped),
            "fail" => {
                self.end_package(name, Verdict::Failed);
            }
            _ => {}
        }
    }

    fn end(&mut self, package: &str, test: &str, verdict: Verdict, event: &Json) {
        let line = self.line;
        let Some(package) = self.packages.get_mut(package) else {
            return;
        };
        let running = package.take(test, line);
        let broke = verdict == Verdict::Passed && running.broke();
        let verdict = if broke { Verdict::Failed } else { verdict };
        package.has_bad |= verdict.is_bad();
        let suite = Arc::clone(&package.suite);
        let mut draft = running.finish(test, verdict, &package.class);
        draft.duration = event.get("Elapsed").duration(1.0);
        self.ended(draft, suite);
    }

    /// Takes a test that ended: with the tries before it, and where it failed, once it is known that there is no other.
    fn ended(&mut self, mut draft: Draft, suite: Arc<TestSuite>) {
        if let Some((before, _)) = self.waiting.remove(&number(&suite, &draft)) {
            self.bytes = self.bytes.saturating_sub(size(&before));
            draft.tried_before(*before);
        }
        let size = size(&draft);
        let may_wait = draft.verdict.is_some_and(Verdict::is_bad) && self.bytes + size <= WAITING;
        match self.packages.get_mut(&suite.name).filter(|_| may_wait) {
            Some(package) => {
                self.bytes += size;
                package.failed.push(draft);
            }
            None => self.tests.test(draft, suite),
        }
    }

    /// Lets the tests of a package wait that failed. Several of one name within one run of it are no tries.
    fn wait(&mut self, failed: Vec<Draft>, suite: &Arc<TestSuite>) {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for draft in &failed {
            *counts.entry(number(suite, draft)).or_default() += 1;
        }
        for draft in failed {
            let test = number(suite, &draft);
            if counts.get(&test) == Some(&1) {
                self.waiting
                    .insert(test, (Box::new(draft), Arc::clone(suite)));
            } else {
                self.bytes = self.bytes.saturating_sub(size(&draft));
                self.tests.test(draft, Arc::clone(suite));
            }
        }
    }

    /// Ends a package: tests whose end never came take its verdict.
    fn end_package(&mut self, name: &str, verdict: Verdict) {
        let Some(mut package) = self.packages.remove(name) else {
            return;
        };
        for (test, running) in package.take_open() {
            let verdict = running.said.unwrap_or(verdict);
            package.has_bad |= verdict.is_bad();
            let suite = Arc::clone(&package.suite);
            self.ended(running.finish(&test, verdict, &package.class), suite);
        }
        self.wait(std::mem::take(&mut package.failed), &package.suite);
        if verdict == Verdict::Failed && !package.has_bad {
            let output = package.output.take().unwrap_or_default();
            let told: Vec<&str> = output.lines().filter(|line| !is_frame(line)).collect();
            let what = format!("the package `{name}` failed");
            self.tests.outside(Some(self.line), &what, &told.join("\n"));
        }
    }

    fn finish(mut self) -> Summary {
        let open: Vec<String> = self.packages.keys().cloned().collect();
        for name in &open {
            self.end_package(name, Verdict::Incomplete);
        }
        let mut waiting: Vec<_> = self.waiting.drain().map(|(_, test)| test).collect();
        waiting.sort_unstable_by_key(|(draft, _)| draft.line);
        for (draft, suite) in waiting {
            self.tests.test(*draft, suite);
        }
        if let Some(name) = open.first() {
            let others = match open.len() {
                1 => String::new(),
                more => format!(" and {} more", more - 1),
            };
            let what = format!("the events end before the package `{name}`{others} does");
            self.tests
                .outside(None, &what, "the run was stopped or broke");
        }
        if self.strange > 0 {
            let message = format!(
                "lines that are not events of `go test -json`, and were skipped: {}",
                self.strange
            );
            self.tests.warnings.add(None, message);
        }
        self.tests.finish(Format::Go)
    }
}

/// Returns a number that stands for a test of a package.
fn number(suite: &TestSuite, draft: &Draft) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&suite.name, &draft.name).hash(&mut hasher);
    hasher.finish()
}

/// Returns how much room a test takes, about.
fn size(draft: &Draft) -> usize {
    let texts = [&draft.failure.message, &draft.failure.details];
    let texts = texts.into_iter().flatten().map(String::len);
    size_of::<Draft>() + AROUND + draft.name.len() + draft.output.len() + texts.sum::<usize>()
}

impl Package {
    fn new(name: &str, started: Option<Moment>) -> Self {
        Self {
            suite: Arc::new(TestSuite {
                name: name.to_owned(),
                started,
                ..TestSuite::default()
            }),
            class: name.into(),
            open: HashMap::new(),
            unended: Vec::new(),
            has_bad: false,
            output: Text::default(),
            failed: Vec::new(),
        }
    }

    fn begin(&mut self, test: &str, line: u64, event: &Json) {
        let running = Running {
            line,
            started: event.get("Time").moment(),
            ..Running::default()
        };
        if let Some(before) = self.open.insert(test.into(), Box::new(running)) {
            self.unended.push((test.into(), before));
        }
    }

    /// Returns a test that runs; one whose beginning is not told begins here.
    fn running(&mut self, test: &str, line: u64) -> &mut Running {
        let entry = self.open.entry(test.into());
        entry.or_insert_with(|| Box::new(Running::at(line)))
    }

    /// Takes a test out, as it ends.
    fn take(&mut self, test: &str, line: u64) -> Running {
        let open = self.open.remove(test);
        open.map_or_else(|| Running::at(line), |open| *open)
    }

    /// Takes those that have not ended, in the order in which they began.
    fn take_open(&mut self) -> Vec<(Box<str>, Box<Running>)> {
        let mut open = std::mem::take(&mut self.unended);
        open.extend(self.open.drain());
        open.sort_unstable_by_key(|(_, running)| running.line);
        open
    }
}

impl Running {
    fn at(line: u64) -> Self {
        Self {
            line,
            ..Self::default()
        }
    }

    /// Returns whether what it wrote says that it failed. `go test -json` of Go 1.14 tells of a test that panicked that it passed, and so
    /// does a later `test2json` by itself.
    fn broke(&self) -> bool {
        self.passed.map_or(self.panicked, |passed| !passed)
    }

    fn output(&mut self, test: &str, output: &str) {
        let is_end = |word: &str| {
            let name = output.trim_start().strip_prefix(word);
            let behind = name.and_then(|name| name.strip_prefix(test));
            behind.is_some_and(|behind| behind.starts_with(" ("))
        };
        if is_end("--- PASS: ") {
            self.passed = Some(true);
        } else if is_end("--- FAIL: ") {
            self.passed = Some(false);
        }
        self.panicked |= output.starts_with("panic: ");
        let is_line = output.ends_with('\n') && self.output.kept().is_empty();
        if !(is_line && is_frame(output.trim_end())) {
            self.output.push(output);
        }
    }

    fn property(&mut self, property: Property) {
        if self.properties.len() < MOST {
            self.properties.push(property);
        }
    }

    fn finish(mut self, test: &str, verdict: Verdict, package: &Arc<str>) -> Draft {
        let output = self.output.take().unwrap_or_default();
        let told: Vec<&str> = output.lines().filter(|line| !is_frame(line)).collect();
        let told = told.join("\n");
        let message = message(&told);
        let mut draft = Draft {
            line: self.line,
            class_name: Some(Arc::clone(package)),
            name: test.to_owned(),
            verdict: Some(verdict),
            started: self.started,
            properties: self.properties,
            ..Draft::default()
        };
        draft.output.push(&told);
        match verdict {
            Verdict::Failed | Verdict::Errored => {
                draft.failure = Failure {
                    message,
                    details: Some(told).filter(|told| !told.is_empty()),
                    ..Failure::default()
                };
            }
            Verdict::Skipped => draft.reason = message,
            Verdict::Passed | Verdict::Incomplete => {}
        }
        draft
    }
}

/// Returns whether a line is only the frame around what a test writes.
fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    let frames = [
        "=== RUN",
        "=== PAUSE",
        "=== CONT",
        "=== NAME",
        "=== ATTR",
        "--- PASS",
        "--- FAIL",
        "--- SKIP",
        "--- BENCH",
    ];
    frames.iter().any(|frame| line.starts_with(frame))
        || matches!(line, "PASS" | "FAIL" | "testing: warning: no tests to run")
}

/// Returns the text of `    file.go:7: text`, or else the first line.
fn message(told: &str) -> Option<String> {
    let text = |line: &str| {
        let (place, text) = line.trim_start().split_once(": ")?;
        place.contains(".go:").then(|| text.trim().to_owned())
    };
    let found = told.lines().find_map(text);
    found.or_else(|| {
        told.lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtest_that_ended_takes_no_room_while_its_parent_runs() {
        let mut visit = |_: &mut TestCase| {};
        let mut reader = Reader::new(&mut visit);
        let mut event = |action: &str, test: &str| {
            let text = format!(r#"{{"Action":"{action}","Package":"p","Test":"{test}"}}"#);
            reader.event(&Json::of_text(&text, &EVENT).unwrap());
        };
        event("run", "TestAll");
        for number in 0..1000 {
            event("run", &format!("TestAll/{number}"));
            event("output", &format!("TestAll/{number}"));
            event("pass", &format!("TestAll/{number}"));
        }
        let package = &reader.packages["p"];
        assert_eq!((package.open.len(), package.unended.len()), (1, 0));
        assert_eq!(reader.tests.tally().passed, 1000);
    }
}
