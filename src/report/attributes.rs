//! A start tag: where its name, its attributes and its end are, found in one pass, and what makes it malformed.

use std::ops::Range;

use super::error::{ReadError, ReadErrorKind};

/// How many attributes an element may have.
const ATTRIBUTES: usize = 256;
/// How long an attribute's value may be.
pub(super) const VALUE: usize = 1024 * 1024;

/// Where an attribute stands in its tag.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// A tag being looked at, behind its `<`. It can be taken up again when there is more of it.
#[derive(Debug)]
pub(super) struct TagScan<'s> {
    spans: &'s mut Vec<Span>,
    /// How long its name is, once that is known.
    name: usize,
    /// Behind what has been understood.
    at: usize,
}

/// What a look at a tag found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It is whole.
    Tag {
        /// How long its name is.
        name: usize,
        /// Behind its `>`.
        end: usize,
        /// Whether it is its own end: `<a/>`.
        empty: bool,
    },
    /// A value is longer than it may be: where it begins and which quote ends it.
    LongValue { from: usize, quote: u8 },
    /// It goes on.
    More,
}

impl<'s> TagScan<'s> {
    pub(super) fn new(spans: &'s mut Vec<Span>) -> Self {
        spans.clear();
        Self {
            spans,
            name: 0,
            at: 0,
        }
    }

    /// Returns how much of it has been understood for good.
    pub(super) fn understood(&self) -> usize {
        self.at
    }

    /// Looks for the end of the tag; `text` begins behind its `<`.
    pub(super) fn look(&mut self, text: &str) -> Result<Look, ReadError> {
        let bytes = text.as_bytes();
        if self.at == 0 {
            let Some(end) = position(bytes, 0, |byte| byte == b'>' || blank(byte)) else {
                return Ok(Look::More);
            };
            let closed = bytes.get(end) == Some(&b'>')
                && bytes.get(..end).is_some_and(|name| name.ends_with(b"/"));
            self.name = end - usize::from(closed);
            self.at = self.name;
        }
        loop {
            let Some(begin) = position(bytes, self.at, |byte| !blank(byte)) else {
                self.at = bytes.len().max(self.at);
                return Ok(Look::More);
            };
            self.at = begin;
            let empty = bytes.get(begin) == Some(&b'/');
            match bytes.get(begin + usize::from(empty)) {
                None => return Ok(Look::More),
                Some(b'>') => {
                    let end = begin + usize::from(empty) + 1;
                    return Ok(Look::Tag {
                        name: self.name,
                        end,
                        empty,
                    });
                }
                Some(_) => match next_attribute(text, begin)? {
                    Next::Attribute(span) => self.take(text, span)?,
                    Next::LongValue { from, quote } => return Ok(Look::LongValue { from, quote }),
                    Next::More => return Ok(Look::More),
                },
            }
        }
    }

    fn take(&mut self, text: &str, span: Span) -> Result<(), ReadError> {
        let name = text.as_bytes().get(span.name.clone());
        let same = |other: &Span| {
            other.name.len() == span.name.len() && text.as_bytes().get(other.name.clone()) == name
        };
        if self.spans.iter().any(same) {
            let name = shown(text, &span.name);
            return Err(malformed(format!(
                "the attribute `{name}` stands twice in one element"
            )));
        }
        if self.spans.len() == ATTRIBUTES {
            let message = format!("an element has more than {ATTRIBUTES} attributes");
            return Err(ReadError::new(ReadErrorKind::TooLarge, message));
        }
        self.at = span.value.end + 1;
        self.spans.push(span);
        Ok(())
    }
}

enum Next {
    Attribute(Span),
    LongValue { from: usize, quote: u8 },
    More,
}

/// Returns the `name="value"` that begins here, or what keeps it from being one.
fn next_attribute(text: &str, begin: usize) -> Result<Next, ReadError> {
    let bytes = text.as_bytes();
    let Some(end) = position(bytes, begin, |byte| {
        matches!(byte, b'=' | b'>') || blank(byte)
    }) else {
        return Ok(Next::More);
    };
    let name = begin..end;
    let (open, quote) = match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'='), Some(quote @ (b'"' | b'\''))) if end > begin => (end + 1, *quote),
        _ => match spaced(text, &name)? {
            Some(found) => found,
            None => return Ok(Next::More),
        },
    };
    let from = open + 1;
    let rest = bytes.get(from..).unwrap_or_default();
    Ok(match memchr::memchr(quote, rest) {
        Some(length) if length <= VALUE => Next::Attribute(Span {
            name,
            value: from..from + length,
        }),
        None if rest.len() <= VALUE => Next::More,
        Some(_) | None => Next::LongValue { from, quote },
    })
}

/// Returns where the quote in front of a value stands, where there may be white space around the `=`.
fn spaced(text: &str, name: &Range<usize>) -> Result<Option<(usize, u8)>, ReadError> {
    let bytes = text.as_bytes();
    let Some(equals) = position(bytes, name.end, |byte| !blank(byte)) else {
        return Ok(None);
    };
    if bytes.get(equals) != Some(&b'=') || name.is_empty() {
        let name = shown(text, name);
        return Err(malformed(format!("the attribute `{name}` has no value")));
    }
    let Some(open) = position(bytes, equals + 1, |byte| !blank(byte)) else {
        return Ok(None);
    };
    let Some(quote @ (b'"' | b'\'')) = bytes.get(open) else {
        let name = shown(text, name);
        return Err(malformed(format!(
            "the value of the attribute `{name}` is not quoted"
        )));
    };
    Ok(Some((open, *quote)))
}

fn malformed(message: String) -> ReadError {
    ReadError::new(ReadErrorKind::Malformed, message)
}

fn shown(text: &str, name: &Range<usize>) -> String {
    let name = text.get(name.clone()).unwrap_or_default();
    let name = name
        .strip_suffix('/')
        .filter(|name| !name.is_empty())
        .unwrap_or(name);
    name.chars().take(60).collect()
}

/// Tells white space; other control characters never come this far.
fn blank(byte: u8) -> bool {
    byte <= b' '
}

/// Returns the index of the first such byte, at or after `from`.
fn position(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter()
        .position(|byte| wanted(*byte))
        .map(|index| from + index)
}
