//! The times that elements give, and the unit that they are in.
//!
//! JUnit has seconds. A few programs write something else and do not say so: the one that can be told by what it writes is read
//! in its own unit, and times of tests that no test takes are warned of.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::time::Duration;

use crate::model::Moment;
use crate::report::Source;
use crate::report::error::Warnings;
use crate::report::time::{self, Comma};
use crate::report::xml::{Node, Tag, Xml};

/// From how many seconds on nobody believes that a test took so long: a week.
const IMPLAUSIBLE: Duration = Duration::from_hours(7 * 24);
/// What container-structure-test before its version 1.14 writes into `<testsuites>`, in its order, and nothing beside.
const CONTAINER_STRUCTURE_TEST: [&str; 3] = ["failures", "tests", "time"];

/// Reads the times of one report.
#[derive(Debug)]
pub(super) struct Times<'s> {
    source: &'s Source,
    /// What a comma stands for, once somebody has had to ask.
    comma: OnceCell<Comma>,
    nanoseconds: bool,
    /// The line and the text of the first implausible time, and how many there are.
    implausible: Option<(u64, String)>,
    count: u64,
}

impl<'s> Times<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self {
            source,
            comma: OnceCell::new(),
            nanoseconds: false,
            implausible: None,
            count: 0,
        }
    }

    /// Looks at the outermost element for who wrote the report.
    pub(super) fn recognise(&mut self, tag: &Tag<'_>, warnings: &mut Warnings) {
        let named = tag.written().map(|(name, _)| name);
        let total = tag
            .get("time")
            .and_then(|text| text.parse::<u64>().ok())
            .map(Duration::from_secs);
        let is_known = named.eq(CONTAINER_STRUCTURE_TEST);
        if is_known && total.is_some_and(|total| total >= IMPLAUSIBLE) {
            self.nanoseconds = true;
            let message = "the times are read as nanoseconds: container-structure-test before version 1.14 writes such reports";
            warnings.add(Some(tag.line), message);
        }
    }

    /// Returns the `time` of an element, or warns.
    pub(super) fn of(&self, tag: &Tag<'_>, warnings: &mut Warnings) -> Option<Duration> {
        self.read(&tag.first(&["time", "duration"])?, tag.line, warnings)
    }

    /// Returns the `time` of an attempt, or warns.
    pub(super) fn of_attempt(
        &mut self,
        tag: &Tag<'_>,
        warnings: &mut Warnings,
    ) -> Option<Duration> {
        self.of_test(&tag.first(&["time", "duration"])?, tag.line, warnings)
    }

    /// Returns how long a test took, or warns.
    pub(super) fn of_test(
        &mut self,
        text: &str,
        line: u64,
        warnings: &mut Warnings,
    ) -> Option<Duration> {
        let duration = self.read(text, line, warnings)?;
        if duration >= IMPLAUSIBLE {
            self.count += 1;
            self.implausible
                .get_or_insert_with(|| (line, text.chars().take(60).collect()));
        }
        Some(duration)
    }

    fn read(&self, text: &str, line: u64, warnings: &mut Warnings) -> Option<Duration> {
        if let Some(duration) = time::usual(text).filter(|_| !self.nanoseconds) {
            return Some(duration);
        }
        if let Some(nanoseconds) = self.nanoseconds.then(|| text.trim().parse().ok()).flatten() {
            return Some(Duration::from_nanos(nanoseconds));
        }
        let decimal = time::is_ambiguous(text)
            && *self.comma.get_or_init(|| commas(self.source)) == Comma::Decimal;
        let read = if decimal {
            time::duration(&text.replace(',', "."))
        } else {
            time::duration(text)
        };
        read.unwrap_or_else(|()| {
            warnings.add(Some(line), unreadable("time", text));
            None
        })
    }

    /// Warns of times that are probably in another unit.
    pub(super) fn warn(self, warnings: &mut Warnings) {
        if let Some((line, text)) = self.implausible {
            let others = match self.count {
                1 => String::new(),
                more => format!(", with {} more like it", more - 1),
            };
            let message = format!(
                "the time `{text}` is more than a week when it is read in seconds, as JUnit has them{others}: the program that wrote it may mean another unit"
            );
            warnings.add(Some(line), message);
        }
    }
}

/// Returns what the commas of a report's times stand for: thousands where one of its times shows that, else a fraction. `1,078` is
/// told by the others, whether they stand before or behind it.
fn commas(source: &Source) -> Comma {
    let Some(mut xml) = source.open().ok().and_then(|bytes| Xml::new(bytes).ok()) else {
        return Comma::Thousands;
    };
    while let Ok(node) = xml.next() {
        match node {
            Node::Open(tag) => {
                let times = ["time", "duration"].iter().filter_map(|name| tag.get(name));
                for time in times {
                    if time::comma(&time) == Some(Comma::Thousands) {
                        return Comma::Thousands;
                    }
                }
            }
            Node::End => break,
            Node::Close | Node::Text(_) => {}
        }
    }
    Comma::Decimal
}

/// Returns the `timestamp` of an element, or warns.
pub(super) fn read_moment(tag: &Tag<'_>, warnings: &mut Warnings) -> Option<Moment> {
    parse_moment(
        &tag.first(&["timestamp", "started", "start-time"])?,
        tag.line,
        warnings,
    )
}

/// Returns a point in time, or warns.
pub(super) fn parse_moment(text: &str, line: u64, warnings: &mut Warnings) -> Option<Moment> {
    time::moment(text).unwrap_or_else(|()| {
        warnings.add(Some(line), unreadable("timestamp", text));
        None
    })
}

fn unreadable(what: &str, text: &str) -> String {
    let shown: Cow<'_, str> = text.chars().take(60).collect();
    format!("the {what} `{shown}` cannot be read and is skipped")
}
