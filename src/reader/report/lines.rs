//! The lines of a document, one after the other: none of them is held longer than it is looked at.

use std::io::Read;

use super::decode::Decoded;
use super::document::Document;
use super::error::{ReadError, Warnings};
use super::text::floor_char_boundary;

/// How long a line may be, in bytes; what is more is left out.
const LONG: usize = 4 * 1024 * 1024;
/// How long a line may be that is needed whole.
const NEEDED: usize = 16 * 1024 * 1024;

/// A document that is read line by line.
pub(super) struct Lines<R> {
    rest: Decoded<R>,
    window: String,
    /// Where the next line begins in the window.
    at: usize,
    number: u64,
    ended: bool,
    /// The first line that was cut, and how many were.
    cut: Option<(u64, u64)>,
    /// Tells by its beginning whether a line is needed whole.
    is_needed: fn(&str) -> bool,
}

/// A line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Its number, counted from 1.
    pub(super) number: u64,
    /// Its text, without the line end.
    pub(super) text: &'a str,
    /// Whether the line was longer.
    pub(super) is_cut: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(document: Document<R>) -> Self {
        Self {
            rest: document.rest,
            window: document.head,
            at: 0,
            number: document.line - 1,
            ended: false,
            cut: None,
            is_needed: |_| false,
        }
    }

    /// Leaves out less of a line that is needed whole, as its beginning tells.
    #[must_use]
    pub(super) fn needing(mut self, is_needed: fn(&str) -> bool) -> Self {
        self.is_needed = is_needed;
        self
    }

    /// Returns the next line.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        let mut seen = self.at;
        let mut is_cut = false;
        let mut most = LONG;
        let end = loop {
            let unseen = self.window.as_bytes().get(seen..).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', unseen) {
                break seen + found;
            }
            seen = self.window.len();
            if seen - self.at > most
                && (self.is_needed)(self.window.get(self.at..).unwrap_or_default())
            {
                most = NEEDED;
            }
            if seen - self.at > most {
                is_cut = true;
                let keep = floor_char_boundary(&self.window, self.at + most);
                self.window.truncate(keep);
                seen = keep;
            }
            if !self.refill(&mut seen)? {
                break self.window.len();
            }
        };
        if end == self.at && end == self.window.len() {
            return Ok(None);
        }
        self.number += 1;
        let text = self.window.get(self.at..end).unwrap_or_default();
        if text.len() > most && (self.is_needed)(text) {
            most = NEEDED;
        }
        is_cut |= text.len() > most;
        if is_cut {
            self.cut.get_or_insert((self.number, 0)).1 += 1;
        }
        let text = text.get(..floor_char_boundary(text, most)).unwrap_or(text);
        self.at = (end + 1).min(self.window.len());
        Ok(Some(Line {
            number: self.number,
            text: text.strip_suffix('\r').unwrap_or(text),
            is_cut,
        }))
    }

    /// Gets more into the window; tells whether there was any.
    fn refill(&mut self, seen: &mut usize) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        self.window.drain(..self.at);
        *seen -= self.at;
        self.at = 0;
        if self.window.capacity() > LONG && self.window.len() < LONG / 2 {
            self.window.shrink_to(LONG / 2);
        }
        let read = self.rest.read_chunk(&mut self.window, self.number + 1);
        self.ended = read.map_err(|error| ReadError::io(&error))? == 0;
        Ok(!self.ended)
    }

    /// Adds warnings about the document as such.
    pub(super) fn warn(&self, warnings: &mut Warnings) {
        if let Some((line, count)) = self.cut {
            let message = format!("what is longer than 4 MiB in a line was left out ({count})");
            warnings.add(Some(line), message);
        }
        self.rest.warn(warnings);
    }
}

#[cfg(test)]
mod tests {
    use super::{LONG, Lines};
    use crate::report::document::Document;

    #[test]
    fn lines_are_numbered_and_a_long_one_is_cut() {
        let text = format!("a\r\n\n{}\nlast", "é".repeat(LONG));
        let mut lines = Lines::new(Document::new(text.as_bytes()).unwrap());
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push((line.number, line.text.len(), line.is_cut));
        }
        assert_eq!(seen.len(), 4);
        assert_eq!(
            (seen[0], seen[1], seen[3]),
            ((1, 1, false), (2, 0, false), (4, 4, false))
        );
        assert!(seen[2].2 && seen[2].1 <= LONG, "{seen:?}");
    }
}
