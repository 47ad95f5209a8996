//! One line of TAP, without its indentation.

use std::time::Duration;

use crate::report::text::plain;
use crate::report::time;

/// What a line says.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    Version,
    Plan(Plan<'a>),
    Point(Point<'a>),
    BailOut(&'a str),
    /// The name of the test whose subtests follow.
    Subtest(&'a str),
    Comment(&'a str),
    /// A block of YAML begins.
    Yaml,
    /// The subtests in braces end.
    Close,
    Other,
}

/// `1..5`
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) count: u64,
    pub(super) reason: &'a str,
}

/// `not ok 3 - name # TODO later`
#[derive(Debug, Clone, Copy)]
pub(super) struct Point<'a> {
    pub(super) is_ok: bool,
    pub(super) number: Option<u64>,
    pub(super) has_dash: bool,
    pub(super) directive: Directive<'a>,
    /// Whether its subtests follow in braces.
    pub(super) opens: bool,
    /// As it is written, without what a runner adds of its time.
    name: &'a str,
    time: Option<&'a str>,
}

/// What stands behind `#`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Directive<'a> {
    None,
    Skip(&'a str),
    Todo(&'a str),
}

pub(super) fn kind(line: &str) -> Kind<'_> {
    if let Some(rest) = line.strip_prefix("# Subtest:") {
        return Kind::Subtest(rest.trim());
    }
    if let Some(text) = line.strip_prefix('#') {
        return Kind::Comment(text.strip_prefix(' ').unwrap_or(text));
    }
    match line {
        "---" => return Kind::Yaml,
        "}" => return Kind::Close,
        _ if line.starts_with("TAP version ") => return Kind::Version,
        _ => {}
    }
    let words = line.split_whitespace().take(2);
    if words.eq(["Bail", "out!"]) || line.starts_with("Bail out!") {
        let reason = line.split_once("out!").map_or("", |(_, reason)| reason);
        return Kind::BailOut(reason.trim());
    }
    plan(line)
        .map(Kind::Plan)
        .or_else(|| point(line).map(Kind::Point))
        .unwrap_or(Kind::Other)
}

fn plan(line: &str) -> Option<Plan<'_>> {
    let rest = line.strip_prefix("1..")?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (count, rest) = rest.split_at_checked(end)?;
    let rest = rest.trim();
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    let reason = rest.trim_start_matches(['#', ' ']);
    let reason = word_then(reason, "skip").map_or(reason, |(_, rest)| rest);
    Some(Plan {
        count: count.parse().ok()?,
        reason,
    })
}

fn point(line: &str) -> Option<Point<'_>> {
    let (is_ok, rest) = match line.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok")?),
    };
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    let rest = rest.trim();
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, behind) = rest.split_at_checked(end)?;
    let is_number =
        !digits.is_empty() && (behind.is_empty() || behind.starts_with([' ', '\t', '-', '#']));
    let (number, rest) = if is_number {
        (digits.parse().ok(), behind.trim())
    } else {
        (None, rest)
    };
    let (has_dash, rest) = match rest.strip_prefix('-') {
        Some(behind) if behind.is_empty() || behind.starts_with([' ', '\t']) => {
            (true, behind.trim())
        }
        _ => (false, rest),
    };
    let (rest, opens) = match rest.strip_suffix('{') {
        Some(before) if before.is_empty() || before.ends_with(' ') => (before.trim_end(), true),
        _ => (rest, false),
    };
    let (name, directive, time) = directive(rest);
    let (name, time) = timing(name, time);
    Some(Point {
        is_ok,
        number,
        has_dash,
        directive,
        opens,
        name,
        time,
    })
}

/// Takes the directive from the end of a description; any other `#` is part of the name.
fn directive(text: &str) -> (&str, Directive<'_>, Option<&str>) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == '#' && !escaped {
            let before = text.get(..at).unwrap_or_default();
            let rest = text.get(at + 1..).unwrap_or_default().trim_start();
            let alone = before.is_empty() || before.ends_with([' ', '\t']);
            if let Some(found) = named(rest).filter(|_| alone) {
                return (before.trim_end(), found, None);
            }
            if let Some(time) = rest.strip_prefix("time=").filter(|_| alone) {
                let (time, behind) = time.split_once(' ').unwrap_or((time, ""));
                let behind = behind.trim_start().trim_start_matches('#').trim_start();
                let found = named(behind).unwrap_or(Directive::None);
                return (before.trim_end(), found, Some(time));
            }
        }
        escaped = c == '\\' && !escaped;
    }
    (text, Directive::None, None)
}

/// Reads `SKIP reason`, `TODO & SKIP reason`, `todo`.
fn named(rest: &str) -> Option<Directive<'_>> {
    if let Some((_, reason)) = word_then(rest, "skip") {
        return Some(Directive::Skip(reason));
    }
    let (_, reason) = word_then(rest, "todo")?;
    let both = reason.trim_start().strip_prefix('&').map(str::trim_start);
    if let Some((_, reason)) = both.and_then(|rest| word_then(rest, "skip")) {
        return Some(Directive::Skip(reason));
    }
    Some(Directive::Todo(reason))
}

/// Takes a word, in any letter case and with letters behind it as in `SKIPPED`, from the beginning of a text.
fn word_then<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let (begin, _) = text.split_at_checked(word.len())?;
    if !begin.eq_ignore_ascii_case(word) {
        return None;
    }
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (found, rest) = text.split_at_checked(end)?;
    let known = [word, "skipped", "skipping"];
    known
        .iter()
        .any(|known| found.eq_ignore_ascii_case(known))
        .then(|| (found, rest.trim_start_matches([' ', ':'])))
}

/// Takes ` in 6ms`, which bats adds with `--timing`, from the end of a name.
fn timing<'a>(name: &'a str, time: Option<&'a str>) -> (&'a str, Option<&'a str>) {
    let found = name.rsplit_once(" in ").filter(|(_, time)| {
        let number = time.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = time.get(number.len()..).unwrap_or_default();
        !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && matches!(unit, "ms" | "sec" | "s")
    });
    match (found, time) {
        (Some((name, time)), None) => (name, Some(time)),
        _ => (name, time),
    }
}

/// Returns whether a comment is one of the sums that runners write at the end.
pub(super) fn is_count(comment: &str) -> bool {
    let mut words = comment.split_whitespace();
    let known = [
        "tests",
        "suites",
        "pass",
        "fail",
        "cancelled",
        "skipped",
        "skip",
        "todo",
        "duration_ms",
    ];
    let is_known = words.next().is_some_and(|word| known.contains(&word));
    is_known
        && words
            .next()
            .is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        && words.next().is_none()
}

/// Returns whether a comment is a sum that says of tests that they failed: `fail 2`.
pub(super) fn counts_failed(comment: &str) -> bool {
    let mut words = comment.split_whitespace();
    let is_bad = matches!(words.next(), Some("fail" | "cancelled"));
    let count = words.next().and_then(|word| word.parse::<u64>().ok());
    is_bad && count.is_some_and(|count| count > 0) && words.next().is_none()
}

/// Returns whether a comment of perl says how the program of the tests broke, whatever became of them.
pub(super) fn says_broken(comment: &str) -> bool {
    let rest = comment.strip_prefix("Looks like your test ");
    rest.is_some_and(|rest| rest.starts_with("exited with ") || rest.starts_with("died "))
}

/// Resolves `\#` and `\\`.
pub(super) fn unescaped(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let escapes = c == '\\' && matches!(characters.peek(), Some('#' | '\\'));
        name.push(if escapes {
            characters.next().unwrap_or(c)
        } else {
            c
        });
    }
    plain(name.trim())
}

impl Point<'_> {
    /// Returns its name with the escapes resolved. Where it has none, its number: the one that it has, or that it would have.
    pub(super) fn name(&self, place: u64) -> String {
        let name = unescaped(self.name);
        if name.is_empty() {
            return format!("test {}", self.number.unwrap_or(place));
        }
        name
    }

    /// Returns how long it took, where its line says so.
    pub(super) fn duration(&self) -> Option<Duration> {
        time::duration(self.time?).ok().flatten()
    }
}
