//! The lines of a document, one after the other: none of them is held longer than it is looked at.
//!
//! A line that is too long is cut. Where it is one of JSON the texts in it are cut instead, so that it still is JSON.

use std::io::Read;

use super::decode::Decoded;
use super::document::Document;
use super::error::{ReadError, Warnings};
use super::text::floor_char_boundary;

/// How long a line may be, in bytes; what is more is left out.
const LONG: usize = 4 * 1024 * 1024;
/// How long a line may be that is needed whole.
const NEEDED: usize = 16 * 1024 * 1024;
/// How much of each text is kept in a line of JSON that is too long, in bytes.
const SHORT: usize = 64 * 1024;
/// What stands for the rest.
const CUT: &str = "[...]";

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
        let (mut is_cut, mut is_shortened, mut may_be_shorter) = (false, false, true);
        let mut most = LONG;
        let mut end = loop {
            let unseen = self.window.as_bytes().get(seen..).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', unseen) {
                break seen + found;
            }
            seen = self.window.len();
            if seen - self.at > LONG && may_be_shorter && self.is_json() {
                self.shorten();
                seen = self.window.len();
                is_shortened = true;
                may_be_shorter = seen - self.at < LONG / 2;
            }
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
        if is_shortened {
            let behind = self.window.split_off(end);
            self.shorten();
            end = self.window.len();
            self.window.push_str(&behind);
        }
        self.number += 1;
        let text = self.window.get(self.at..end).unwrap_or_default();
        if text.len() > most && (self.is_json() && may_be_shorter || (self.is_needed)(text)) {
            most = NEEDED;
        }
        is_cut |= text.len() > most;
        if is_cut || is_shortened {
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

    /// Returns whether the present line is an object in JSON.
    fn is_json(&self) -> bool {
        let line = self.window.get(self.at..).unwrap_or_default();
        line.trim_start().starts_with('{')
    }

    /// Leaves out of each text in the present line, behind which nothing is at hand, what is more than is kept.
    fn shorten(&mut self) {
        self.window.drain(..self.at);
        self.at = 0;
        self.window = shortened(&self.window);
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

/// Returns a line of JSON, whose end may not be at hand, without what is more of each of its texts than is kept.
fn shortened(line: &str) -> String {
    let (mut kept, mut rest) = (String::new(), line);
    while let Some((before, behind)) = rest.split_once('"') {
        kept.push_str(before);
        kept.push('"');
        let (text, end) = behind.split_at(end_of_text(behind));
        let cut = cut(text);
        kept.push_str(cut.unwrap_or(text));
        if let Some(cut) = cut {
            // A text that was cut is so once more, at the same place.
            kept.extend(std::iter::repeat_n(' ', SHORT - cut.len()));
            kept.push_str(CUT);
        }
        let Some(behind) = end.strip_prefix('"') else {
            // What comes next must not be taken for the end of the text.
            let is_escaped = cut.is_some() && backslashes(text) % 2 == 1;
            kept.push_str(if is_escaped { "\\" } else { "" });
            return kept;
        };
        kept.push('"');
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// Returns where a text in JSON ends.
fn end_of_text(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at;
        }
        at += 2;
    }
    text.len()
}

/// Returns how much is kept of a text of which not all is: no escape is parted.
fn cut(text: &str) -> Option<&str> {
    const ESCAPE: usize = r"\u0041".len();
    if text.len() <= SHORT {
        return None;
    }
    let kept = text.get(..floor_char_boundary(text, SHORT))?;
    let begin = floor_char_boundary(kept, kept.len() - ESCAPE + 1);
    let last = kept.get(begin..)?.rfind('\\').map(|at| begin + at);
    let parted = last.filter(|at| {
        let is_begin = kept.get(..=*at).is_some_and(|it| backslashes(it) % 2 == 1);
        let is_long = kept.get(at + 1..).is_some_and(|it| it.starts_with('u'));
        is_begin && (is_long || at + 1 == kept.len())
    });
    kept.get(..parted.unwrap_or(kept.len()))
}

/// Returns how many backslashes a text ends with.
fn backslashes(text: &str) -> usize {
    text.len() - text.trim_end_matches('\\').len()
}

#[cfg(test)]
mod tests {
    use super::{CUT, LONG, Lines, SHORT};
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

    #[test]
    fn a_long_line_of_json_keeps_the_beginning_of_each_of_its_texts() {
        // Escapes stand across the edges of what is read and kept at a time, wherever these are.
        for (unit, offset) in [(r"\\", 1), (r#"\""#, 0), (r"\u00e9", 3), ("é", 1)] {
            let count = (LONG + LONG / 4) / unit.len();
            let text = format!("{}{}", "y".repeat(offset), unit.repeat(count));
            let line = format!(r#"{{"a":"{text}","b":["{text}"],"c":"short"}}"#);
            let full: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            let whole = format!("{line}\nbehind");
            let mut lines = Lines::new(Document::new(whole.as_bytes()).unwrap());
            let line = lines.next().unwrap().unwrap();
            assert!(!line.is_cut && line.text.len() < 3 * SHORT, "{unit}");
            let json: serde_json::Value = serde_json::from_str(line.text).unwrap();
            for kept in [&json["a"], &json["b"][0]] {
                let kept = kept.as_str().unwrap();
                let kept = kept.strip_suffix(CUT).unwrap().trim_end();
                assert!(full.starts_with(kept) && kept.len() > SHORT / 7, "{unit}");
            }
            assert_eq!(json["c"], "short");
            assert_eq!(lines.next().unwrap().unwrap().text, "behind");
        }
    }

    #[test]
    fn a_long_line_of_many_short_texts_is_cut_as_any_other() {
        let line = format!("{{\"a\":[{}]}}", vec!["\"short\""; LONG / 4].join(","));
        let mut lines = Lines::new(Document::new(line.as_bytes()).unwrap());
        let line = lines.next().unwrap().unwrap();
        assert!(line.is_cut && line.text.len() <= LONG);
    }
}
