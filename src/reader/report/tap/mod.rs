//! TAP, the Test Anything Protocol, versions 12 to 14, as node, perl, bats, tape, tap, mocha and others write it.
//!
//! Subtests stand before their parent, indented, or behind it in braces: what counts is the leaves, and a parent that failed
//! without one. What is no line of TAP at its own indentation, such as a quoted `ok 9` in YAML or in a comment, is no result.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Failure, TestSuite, Verdict};
use crate::report::collector::Collector;
use crate::report::document::Document;
use crate::report::draft::Draft;
use crate::report::error::ReadError;
use crate::report::formats::{Bytes, Input};
use crate::report::lines::{Line, Lines};
use crate::report::text::{Text, plain, uncoloured};
use crate::report::time;
use crate::report::{Format, Summary};

mod line;

use line::{Directive, Kind, Plan, Point};

/// How many blank lines, comments and lines of a runner may stand before the first line of TAP.
const BEFORE: usize = 50;

/// How many streams one behind the other are told apart.
const STREAMS: usize = 100_000;

/// Returns whether a text is of this format, by its first lines.
pub(super) fn recognises(head: &str) -> bool {
    let mut lines = head
        .lines()
        .map(|line| uncoloured(line.trim_start_matches('\u{FEFF}')))
        .take(BEFORE);
    if lines.clone().any(|line| line.starts_with("TAP version ")) {
        return true;
    }
    let is_before = |line: &Cow<'_, str>| line.trim().is_empty() || line.starts_with(['#', '>']);
    let Some(first) = lines.find(|line| !is_before(line)) else {
        return false;
    };
    match line::kind(first.trim_start()) {
        Kind::Plan(_) | Kind::BailOut(_) => true,
        Kind::Point(point) => point.number.is_some() || point.has_dash,
        Kind::Version
        | Kind::Subtest(_)
        | Kind::Comment(_)
        | Kind::Yaml
        | Kind::Close
        | Kind::Other => false,
    }
}

/// Reads a document.
pub(super) fn read(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader {
        tests: Collector::new(input.visit),
        levels: vec![Level::default()],
        subtests: Vec::new(),
        yaml: None,
        waiting: None,
        line: 1,
        bailed: false,
        says_failed: false,
        suite: Arc::default(),
        streams: vec![Stream::default()],
    };
    let mut lines = Lines::new(document);
    while let Some(line) = lines.next()? {
        reader.line(line);
    }
    lines.warn(&mut reader.tests.warnings);
    Ok(reader.finish())
}

/// A level of tests: the file, or a subtest.
#[derive(Debug, Default)]
struct Level {
    indent: usize,
    /// What the test is called whose subtests these are, where that is known already.
    name: Option<String>,
    /// The test around these, where it stands before them.
    parent: Option<Box<(Draft, Verdict)>>,
    points: u64,
    failed: u64,
    planned: Option<u64>,
    /// Why all of it is left out, where it is.
    skipped: Option<String>,
}

/// What was seen inside a test.
#[derive(Debug, Default)]
struct Inside {
    points: u64,
    failed: u64,
    problem: Option<String>,
    skipped: Option<String>,
}

/// A YAML block being read.
#[derive(Debug)]
struct Yaml {
    indent: usize,
    text: Text,
    /// The member whose value goes on, indented.
    message: String,
    in_message: bool,
    duration: Option<Duration>,
}

struct Reader<'v> {
    tests: Collector<'v>,
    levels: Vec<Level>,
    /// Names from `# Subtest:`, with their indentation.
    subtests: Vec<(usize, String)>,
    yaml: Option<Yaml>,
    /// The last leaf: more may be told of it.
    waiting: Option<(Draft, Verdict)>,
    line: u64,
    bailed: bool,
    /// Whether the sums at the end say that tests failed.
    says_failed: bool,
    suite: Arc<TestSuite>,
    /// What stands one behind the other in the file.
    streams: Vec<Stream>,
}

/// One of the streams that a file holds: its tests outside of others, and its plan, before them or behind them.
#[derive(Debug, Default)]
struct Stream {
    points: u64,
    planned: Option<u64>,
    /// Whether its plan stood behind its tests or it has none: then it is over.
    is_over: bool,
}

impl Stream {
    fn point(&mut self) {
        self.points += 1;
    }

    fn plan(&mut self, count: u64) {
        self.planned = Some(count);
        self.is_over = self.points > 0 || count == 0;
    }
}

impl Reader<'_> {
    fn line(&mut self, line: Line<'_>) {
        self.line = line.number;
        let text = uncoloured(line.text);
        let text = text.trim_end();
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let rest = text.trim_start_matches([' ', '\t']);
        let indent = text.len() - rest.len();
        if let Some(yaml) = &mut self.yaml {
            // A block ends where it says so, or where its indentation does.
            if rest == "..." && indent <= yaml.indent {
                self.end_yaml();
                return;
            }
            if indent >= yaml.indent || rest.is_empty() {
                yaml.take(indent, rest);
                return;
            }
            self.end_yaml();
        }
        match line::kind(rest) {
            Kind::Point(point) => self.point(indent, point),
            Kind::Plan(plan) => self.plan(indent, plan),
            Kind::Yaml if indent > 0 && self.waiting.is_some() => {
                self.yaml = Some(Yaml::new(indent));
            }
            Kind::BailOut(reason) => {
                self.bailed = true;
                self.tests
                    .outside(Some(self.line), "the run was stopped (`Bail out!`)", reason);
            }
            Kind::Subtest(name) => self.subtests.push((indent, line::unescaped(name))),
            Kind::Comment(text) => {
                if indent == 0 {
                    self.end_words(text);
                }
                self.comment(text);
            }
            Kind::Close => self.close(indent),
            Kind::Other if indent > 0 => self.comment(rest),
            Kind::Version if indent == 0 => {
                let is_next = |it: &Stream| it.points > 0 || it.planned.is_some();
                self.stream(is_next);
            }
            Kind::Version | Kind::Yaml | Kind::Other => {}
        }
    }

    /// Returns the stream that is read: another one, where this is so of the last.
    fn stream(&mut self, is_next: impl Fn(&Stream) -> bool) -> Option<&mut Stream> {
        if self.streams.last().is_some_and(is_next) && self.streams.len() < STREAMS {
            self.streams.push(Stream::default());
        }
        self.streams.last_mut()
    }

    /// Opens and closes levels so that the innermost has this indentation; returns what was seen inside those that closed.
    fn level(&mut self, indent: usize) -> Option<Inside> {
        let mut inside = None;
        while self.levels.len() > 1
            && self
                .levels
                .last()
                .is_some_and(|level| level.indent > indent)
        {
            inside = self.end_level();
        }
        if let Some(level) = self.levels.last_mut()
            && level.parent.is_some()
            && level.points == 0
        {
            // The first line inside braces says how deep they are.
            level.indent = level.indent.max(indent);
        }
        let deepest = self.levels.last().map_or(0, |level| level.indent);
        if indent > deepest {
            self.hand_over();
            self.open(indent, deepest);
        }
        inside
    }

    /// Opens the levels down to this indentation: one for each name that was told, also where no test came between two of them.
    fn open(&mut self, indent: usize, deepest: usize) {
        // A name stands where the test itself does, or, as older producers write it, where its subtests do.
        let stands_inside = matches!(self.subtests.first(), Some((at, _)) if *at > deepest);
        let mut around: Vec<(usize, String)> = Vec::new();
        for (at, name) in std::mem::take(&mut self.subtests) {
            if at < indent || stands_inside && at == indent {
                around.retain(|(before, _)| *before < at);
                around.push((at, name));
            } else {
                self.subtests.push((at, name));
            }
        }
        let mut indents: Vec<usize> = around.iter().map(|(at, _)| *at).collect();
        if !stands_inside && !indents.is_empty() {
            indents.remove(0);
        }
        let names = around.into_iter().map(|(_, name)| Some(name));
        let mut levels: Vec<Level> = names
            .zip(indents.into_iter().chain([indent]))
            .map(|(name, indent)| Level {
                indent,
                name,
                ..Level::default()
            })
            .collect();
        if levels.is_empty() {
            levels.push(Level::default());
        }
        if let Some(last) = levels.last_mut() {
            last.indent = indent;
        }
        self.levels.extend(levels);
    }

    fn point(&mut self, indent: usize, point: Point<'_>) {
        let inside = self.level(indent);
        self.hand_over();
        // In node the name of a test without subtests stands before it too.
        self.subtests.retain(|(at, _)| *at < indent);
        let verdict = verdict(&point);
        let (line, class_name) = (self.line, self.class_name());
        let mut draft = Draft {
            line,
            class_name: class_name.map(Into::into),
            name: point.name(self.levels.last().map_or(1, |level| level.points + 1)),
            duration: point.duration(),
            verdict: Some(verdict),
            ..Draft::default()
        };
        if let Directive::Skip(reason) | Directive::Todo(reason) = point.directive {
            draft.reason = Some(plain(reason.trim())).filter(|reason| !reason.is_empty());
        }
        if self.levels.len() == 1 {
            self.stream(|stream| stream.is_over)
                .into_iter()
                .for_each(Stream::point);
        }
        if let Some(level) = self.levels.last_mut() {
            level.points += 1;
            level.skipped = None;
            level.failed += u64::from(verdict.is_bad());
        }
        if point.opens {
            self.levels.push(Level {
                indent: indent + 1,
                name: Some(draft.name.clone()),
                parent: Some(Box::new((draft, verdict))),
                ..Level::default()
            });
            return;
        }
        match inside {
            Some(inside) => self.parent(draft, verdict, inside),
            None => self.waiting = Some((draft, verdict)),
        }
    }

    /// Takes a test whose subtests were seen: they count in its place, unless it failed and none of them did.
    fn parent(&mut self, mut draft: Draft, verdict: Verdict, inside: Inside) {
        let is_told = inside.failed > 0 || !verdict.is_bad() && inside.problem.is_none();
        if inside.points > 0 && is_told {
            return;
        }
        let mut verdict = verdict;
        if let Some(problem) = inside.problem {
            verdict = if verdict == Verdict::Passed {
                Verdict::Incomplete
            } else {
                verdict
            };
            draft.failure.message = Some(problem);
        }
        if inside.points == 0 && verdict == Verdict::Passed && inside.skipped.is_some() {
            verdict = Verdict::Skipped;
            draft.reason = inside.skipped;
        }
        self.waiting = Some((draft, verdict));
    }

    /// Takes the brace that ends the subtests of a test that stands before them.
    fn close(&mut self, indent: usize) {
        while self.levels.len() > 1 {
            let has_parent = self
                .levels
                .last()
                .is_some_and(|level| level.parent.is_some());
            let deeper = self
                .levels
                .last()
                .is_some_and(|level| level.indent > indent);
            if !deeper {
                return;
            }
            self.end_level();
            if has_parent {
                return;
            }
        }
    }

    /// Ends the innermost level; returns what was seen in it, for the test that comes behind.
    fn end_level(&mut self) -> Option<Inside> {
        self.hand_over();
        let level = self.levels.pop()?;
        let inside = level.seen();
        if let Some(parent) = level.parent {
            self.parent(parent.0, parent.1, inside);
            self.hand_over();
            return None;
        }
        if let Some(outer) = self.levels.last_mut()
            && inside.failed > 0
        {
            outer.failed += inside.failed;
        }
        self.subtests.retain(|(at, _)| *at < level.indent);
        Some(inside)
    }

    fn plan(&mut self, indent: usize, plan: Plan<'_>) {
        self.level(indent);
        if self.levels.len() == 1
            && let Some(stream) = self.stream(|stream| stream.planned.is_some())
        {
            stream.plan(plan.count);
        }
        if let Some(level) = self.levels.last_mut() {
            level.planned = Some(plan.count);
            // Where tests ran all the same, what they were planned to be is wrong, and nothing is skipped.
            let is_skipped = plan.count == 0 && level.points == 0;
            level.skipped = is_skipped.then(|| plain(plan.reason.trim()));
        }
    }

    /// Takes what runners say at the end.
    fn end_words(&mut self, text: &str) {
        self.says_failed |= line::counts_failed(text);
        if line::says_broken(text) {
            let what = "the program of the tests broke";
            self.tests.outside(Some(self.line), what, text);
        }
    }

    fn comment(&mut self, text: &str) {
        // What perl and bats say of a failure stands in comments behind it.
        if let Some((draft, verdict)) = &mut self.waiting
            && verdict.is_bad()
            && !line::is_count(text)
        {
            let text = plain(text);
            if draft.failure.message.is_none() && !text.trim().is_empty() {
                draft.failure.message = Some(text.trim().to_owned());
            }
            draft.details(Some(text));
        }
    }

    fn end_yaml(&mut self) {
        let (Some(mut yaml), Some((draft, verdict))) = (self.yaml.take(), self.waiting.as_mut())
        else {
            return;
        };
        draft.duration = yaml.duration.or(draft.duration);
        if verdict.is_bad() {
            let message = plain(yaml.message.trim());
            draft.failure = Failure {
                message: Some(message).filter(|message| !message.is_empty()),
                details: yaml.text.take(),
                ..Failure::default()
            };
        }
    }

    fn hand_over(&mut self) {
        self.end_yaml();
        if let Some((mut draft, verdict)) = self.waiting.take() {
            draft.verdict = Some(verdict);
            self.tests.test(draft, Arc::clone(&self.suite));
        }
    }

    fn class_name(&self) -> Option<String> {
        let names: Vec<&str> = self
            .levels
            .iter()
            .filter_map(|level| level.name.as_deref())
            .collect();
        (!names.is_empty()).then(|| names.join(" › "))
    }

    fn finish(mut self) -> Summary {
        let mut open = None;
        while self.levels.len() > 1 {
            open = self.end_level();
        }
        if open.is_some() {
            self.tests.outside(
                None,
                "the report ends inside a subtest",
                "the run was stopped or broke",
            );
        }
        self.hand_over();
        if let Some(level) = self.levels.pop() {
            if let Some(reason) = &level.skipped {
                let message = format!("all of it is skipped: {reason}");
                self.tests.warnings.add(None, message);
            } else if let Some(problem) = self.problem(&level).filter(|_| !self.bailed) {
                self.tests
                    .outside(None, "the run is not complete", &problem);
            }
        }
        if self.says_failed {
            self.tests.says_failed();
        }
        self.tests.suites = 1;
        self.tests.finish(Format::Tap)
    }

    /// Says what is missing outside of subtests: of a single stream, or of the first of several of which something is.
    fn problem(&self, level: &Level) -> Option<String> {
        let plans = self
            .streams
            .iter()
            .filter(|stream| stream.planned.is_some());
        if plans.count() < 2 {
            return level.seen().problem;
        }
        let mut streams = self.streams.iter().zip(1..);
        streams.find_map(|(stream, number)| {
            let problem = problem(stream.planned, stream.points)?;
            Some(format!("of stream {number} in the file, {problem}"))
        })
    }
}

impl Level {
    fn seen(&self) -> Inside {
        Inside {
            points: self.points,
            failed: self.failed,
            problem: problem(self.planned, self.points),
            skipped: self.skipped.clone(),
        }
    }
}

/// Says how tests differ from their plan.
fn problem(planned: Option<u64>, points: u64) -> Option<String> {
    let Some(planned) = planned else {
        return Some(String::from("there is no plan"));
    };
    let were = if planned == 1 {
        "test was"
    } else {
        "tests were"
    };
    let are = if points == 1 { "is" } else { "are" };
    let message = format!("{planned} {were} planned, and {points} {are} there");
    (planned != points).then_some(message)
}

impl Yaml {
    fn new(indent: usize) -> Self {
        Self {
            indent,
            text: Text::default(),
            message: String::new(),
            in_message: false,
            duration: None,
        }
    }

    fn take(&mut self, indent: usize, rest: &str) {
        self.text
            .push(&" ".repeat(indent.saturating_sub(self.indent)));
        self.text.push(rest);
        self.text.push("\n");
        let member = (indent <= self.indent + 4)
            .then(|| rest.split_once(':'))
            .flatten();
        match member {
            Some(("duration_ms", value)) => {
                self.in_message = false;
                self.duration = time::duration(&format!("{}ms", value.trim()))
                    .ok()
                    .flatten();
            }
            Some(("message" | "error", value)) if self.message.is_empty() => {
                let value = value.trim();
                self.in_message = value.is_empty() || value.starts_with(['|', '>']);
                if !self.in_message {
                    value
                        .trim_matches(['"', '\''])
                        .clone_into(&mut self.message);
                }
            }
            Some((name, value)) if !name.contains(' ') => {
                // vitest writes `error:` with its `message:` below.
                let inner = self.in_message && name == "message" && indent > self.indent;
                self.in_message = self.in_message && indent > self.indent;
                if inner {
                    let text = value.trim().trim_matches(['"', '\'']);
                    text.clone_into(&mut self.message);
                    self.in_message = false;
                }
            }
            _ if self.in_message && self.message.len() < 4096 => {
                self.message.push_str(rest);
                self.message.push('\n');
            }
            _ => {}
        }
    }
}

/// A skip is a skip whatever stands before it; what is still to be done is neither a pass nor a failure.
fn verdict(point: &Point<'_>) -> Verdict {
    match (&point.directive, point.is_ok) {
        (Directive::Skip(_) | Directive::Todo(_), _) => Verdict::Skipped,
        (Directive::None, true) => Verdict::Passed,
        (Directive::None, false) => Verdict::Failed,
    }
}
