//! Patterns that find the id of a case in the name of a test.

use regex::{Regex, RegexBuilder};

/// A regular expression whose first group is an id, or several.
#[derive(Debug, Clone)]
pub struct CasePattern(Regex);

/// Whether a pattern may match what is hardly ever an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// It may not.
    Strict,
    /// It may: somebody asked for it.
    Loose,
}

/// Why a pattern is refused. Reads on after "the pattern …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is not a regular expression.
    #[error("is not a regular expression: {0}")]
    Syntax(String),
    /// It has no group, so nobody knows which part is the id.
    #[error("has no group: the first group is the id")]
    NoGroup,
    /// It, or its group, can match nothing at all.
    #[error("can match an empty text")]
    Empty,
    /// It matches a number that is no id.
    #[error("also matches what is not an id, such as `{id}` in `{name}`")]
    Accidental {
        /// A name of a test, as real suites have them.
        name: &'static str,
        /// What the pattern takes for an id.
        id: String,
    },
}

impl PatternError {
    /// Returns the next step.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoGroup => Some(r"put the id in parentheses, such as '\bTC-(\d+)\b'"),
            Self::Accidental { .. } => Some(
                r"ask for a prefix, such as '\bTC-(\d+)\b'; or set `cases.loose_patterns = true`",
            ),
            Self::Syntax(_) | Self::Empty => None,
        }
    }
}

/// Names of tests with numbers that are no ids. A pattern that matches one of them would hand results to strangers' cases.
const LOOKALIKES: &[&str] = &[
    "c99 complex numbers",
    "C99",
    "middle C4 is 261 Hz",
    "test_c17_std",
    "[1,2,3] vector",
    "sum([1, 2]) is 3",
    "element [0]",
    "ISO-8859-1 is decoded",
    "RFC-3339 dates",
    "SHA-256 digest",
    "CVE-2024-12345 is fixed",
    "UTF-8 names",
    "HTTP 404 is shown",
    "retries 1001 times then stops",
    "404_not_found",
    "#1 in the list",
    "issue #4711",
    "adds 2 and 40",
    "2024-02-29 is a leap day",
    "(12) brackets",
    "100% discount",
    "x86_64",
    "T1000",
    "order 66: executes",
];

impl CasePattern {
    /// Checks a pattern.
    ///
    /// # Errors
    ///
    /// See [`PatternError`].
    pub fn new(text: &str, tolerance: Tolerance) -> Result<Self, PatternError> {
        let regex = RegexBuilder::new(text)
            .size_limit(1 << 20)
            .build()
            .map_err(|error| PatternError::Syntax(error.to_string()))?;
        if regex.captures_len() < 2 {
            return Err(PatternError::NoGroup);
        }
        let pattern = Self(regex);
        if pattern.0.is_match("") || pattern.ids("a-b c:d").iter().any(|id| id.trim().is_empty()) {
            return Err(PatternError::Empty);
        }
        if tolerance == Tolerance::Strict {
            pattern.refuse_lookalikes()?;
        }
        Ok(pattern)
    }

    /// Returns the pattern as it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the first group of every match in the name. A number right behind `TC-` keeps that prefix.
    pub(super) fn ids<'a>(&self, name: &'a str) -> Vec<&'a str> {
        self.0
            .captures_iter(name)
            .filter_map(|captures| captures.get(1))
            .map(|group| with_prefix(name, group.start(), group.end()))
            .collect()
    }

    fn refuse_lookalikes(&self) -> Result<(), PatternError> {
        for name in LOOKALIKES {
            let id = self.ids(name).first().map(|id| (*id).to_owned());
            if let Some(id) = id {
                return Err(PatternError::Accidental { name, id });
            }
        }
        Ok(())
    }
}

/// Returns this part of the name, and the `TC-` before it where it stands there.
fn with_prefix(name: &str, start: usize, end: usize) -> &str {
    const PREFIX: &str = "TC-";
    let begin = start
        .checked_sub(PREFIX.len())
        .filter(|begin| {
            name.get(*begin..start)
                .is_some_and(|before| before.eq_ignore_ascii_case(PREFIX))
        })
        .unwrap_or(start);
    name.get(begin..end).unwrap_or_default()
}
