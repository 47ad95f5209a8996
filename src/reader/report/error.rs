//! What a reader could not read, and where; and what it read with doubts.

use std::fmt;
use std::io;

use serde::Serialize;

/// Something odd in a report that did not keep it from being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The line it is about, counted from 1.
    pub line: Option<u64>,
    /// What is odd, in one sentence.
    pub message: String,
}

/// Why something could not be read as a report, with the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// What kind of trouble it is.
    pub kind: ReadErrorKind,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The line, counted from 1, where there is one.
    pub line: Option<u64>,
    /// The column, in characters counted from 1.
    pub column: Option<u64>,
    /// The elements around the place, such as `testsuites/testsuite/testcase`; empty outside of any.
    pub path: String,
    /// What to do next, where that can be said.
    pub hint: Option<String>,
}

/// The kinds of [`ReadError`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// Well-formed XML of another kind; its name, such as `a Checkstyle report`. A note when a glob brought it.
    ForeignXml(String),
    /// Well-formed JSON of another kind; its name. A note when a glob brought it.
    Foreign(String),
    /// Nothing that could be a report: empty, text, an archive.
    NotAReport,
    /// The markup is broken or ends too early.
    Malformed,
    /// A bound that keeps hostile input from costing memory was exceeded.
    TooLarge,
    /// The character encoding is unknown or refused.
    Encoding,
    /// The file could not be opened or read.
    Io(io::ErrorKind),
}

impl ReadErrorKind {
    /// Returns the word used in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::ForeignXml(_) => "foreign_xml",
            Self::Foreign(_) => "foreign",
            Self::NotAReport => "not_a_report",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Encoding => "encoding",
            Self::Io(_) => "io",
        }
    }
}

impl ReadError {
    pub(super) fn new(kind: ReadErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            line: None,
            column: None,
            path: String::new(),
            hint: None,
        }
    }

    pub(super) fn io(error: &io::Error) -> Self {
        Self::new(
            ReadErrorKind::Io(error.kind()),
            format!("cannot be read: {error}"),
        )
    }

    #[must_use]
    pub(super) fn at(mut self, line: u64, column: u64) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    #[must_use]
    pub(super) fn inside(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns whether this is XML or JSON of another kind: a note where a folder or glob brought it, an error where it was named.
    pub fn foreign(&self) -> Option<&str> {
        match &self.kind {
            ReadErrorKind::ForeignXml(what) | ReadErrorKind::Foreign(what) => Some(what),
            ReadErrorKind::NotAReport
            | ReadErrorKind::Malformed
            | ReadErrorKind::TooLarge
            | ReadErrorKind::Encoding
            | ReadErrorKind::Io(_) => None,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}")?;
            if let Some(column) = self.column {
                write!(formatter, ", column {column}")?;
            }
            formatter.write_str(": ")?;
        }
        formatter.write_str(&self.message)?;
        if !self.path.is_empty() {
            write!(formatter, " (in `{}`)", self.path)?;
        }
        Ok(())
    }
}

impl std::error::Error for ReadError {}

/// How many warnings of one report are kept; the others are counted.
const KEPT: usize = 100;

/// The warnings of one report, bounded in number.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    kept: Vec<Warning>,
    more: u64,
}

impl Warnings {
    pub(super) fn add(&mut self, line: Option<u64>, message: impl Into<String>) {
        if self.kept.len() < KEPT {
            self.kept.push(Warning {
                line,
                message: message.into(),
            });
        } else {
            self.more += 1;
        }
    }

    /// Returns the warnings in the order of their lines, those of the whole report last.
    pub(super) fn finish(mut self) -> Vec<Warning> {
        self.kept
            .sort_by_key(|warning| warning.line.unwrap_or(u64::MAX));
        if self.more > 0 {
            self.kept.push(Warning {
                line: None,
                message: format!("not all warnings are shown: {} more", self.more),
            });
        }
        self.kept
    }
}
