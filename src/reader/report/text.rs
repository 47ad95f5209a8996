//! Texts of a report, bounded in size and free of control characters.

use std::borrow::Cow;
use std::sync::Arc;

use super::decode::is_unwanted;
use crate::ascii::is_suspicious;

/// How much of one text is kept. Services take some kilobytes.
pub(super) const KEPT: usize = 64 * 1024;

/// A text that is put together from pieces and never grows beyond [`KEPT`] bytes.
#[derive(Debug, Default, Clone)]
pub(super) struct Text {
    kept: String,
    cut: u64,
}

impl Text {
    /// Adds a piece; line ends become `\n`.
    pub(super) fn push(&mut self, piece: &str) {
        if memchr::memchr(b'\r', piece.as_bytes()).is_some() {
            self.push_plain(&piece.replace("\r\n", "\n").replace('\r', "\n"));
        } else {
            self.push_plain(piece);
        }
    }

    fn push_plain(&mut self, piece: &str) {
        let room = KEPT.saturating_sub(self.kept.len());
        let end = floor_char_boundary(piece, room);
        let (head, tail) = piece.split_at_checked(end).unwrap_or((piece, ""));
        self.kept.push_str(head);
        self.cut += tail.len() as u64;
    }

    /// Returns the part that is kept so far.
    pub(super) fn kept(&self) -> &str {
        &self.kept
    }

    /// Returns how many bytes are kept.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.cut = 0;
    }

    /// Returns the text without white space around it, with a mark where something was cut; `None` when nothing is left.
    #[inline]
    pub(super) fn take(&mut self) -> Option<String> {
        if self.kept.is_empty() && self.cut == 0 {
            return None;
        }
        self.taken()
    }

    fn taken(&mut self) -> Option<String> {
        let mut text = std::mem::take(&mut self.kept);
        let cut = std::mem::take(&mut self.cut);
        trim(&mut text);
        if cut > 0 {
            text.push_str(&mark(cut));
        }
        (!text.is_empty()).then(|| clean(text))
    }
}

/// A text that several tests have, one after the other: it is kept once.
#[derive(Debug, Default)]
pub(super) struct Shared(Option<Arc<str>>);

impl Shared {
    /// Returns a text for a test: that of the test before, where it is the same.
    pub(super) fn share(&mut self, text: &str) -> Arc<str> {
        match &self.0 {
            Some(known) if &**known == text => Arc::clone(known),
            Some(_) | None => Arc::clone(self.0.insert(text.into())),
        }
    }
}

/// Removes the white space around a text, but for blanks in front of its first line: they are its indentation.
fn trim(text: &mut String) {
    text.truncate(text.trim_end().len());
    let begin = text.len() - text.trim_start_matches(['\n', '\r']).len();
    if begin > 0 {
        text.drain(..begin);
    }
}

/// Returns the text cut to [`KEPT`] bytes, with a mark, and without terminal colours.
pub(super) fn bounded(text: Cow<'_, str>) -> String {
    if text.len() <= KEPT {
        return clean(text.into_owned());
    }
    let end = floor_char_boundary(&text, KEPT);
    let head = text.get(..end).unwrap_or_default();
    clean(head.to_owned()) + &mark((text.len() - end) as u64)
}

/// Returns the text cut to [`KEPT`] bytes, with a mark, and without terminal colours and control characters.
pub(super) fn plain(text: &str) -> String {
    // A text of JSON may hold what the decoder has not seen.
    if text.len() <= KEPT && (!is_suspicious(text.as_bytes()) || !text.contains(is_unwanted)) {
        return clean(text.to_owned());
    }
    let end = floor_char_boundary(text, KEPT);
    let head = text.get(..end).unwrap_or_default();
    let head = clean(head.replace(is_unwanted, "\u{FFFD}"));
    match text.len() - end {
        0 => head,
        cut => head + &mark(cut as u64),
    }
}

/// Returns whether there is nothing but white space.
#[inline]
pub(super) fn is_blank(text: &str) -> bool {
    let first = text.as_bytes().first();
    !first.is_some_and(u8::is_ascii_graphic) && text.chars().all(char::is_whitespace)
}

fn mark(cut: u64) -> String {
    format!(" [… {cut} bytes cut]")
}

/// Returns the greatest character boundary not after `index`.
pub(super) fn floor_char_boundary(text: &str, index: usize) -> usize {
    if index >= text.len() {
        return text.len();
    }
    (0..=index)
        .rev()
        .find(|index| text.is_char_boundary(*index))
        .unwrap_or(0)
}

/// Removes terminal colour sequences, whose escape character the decoder has already replaced by U+FFFD.
fn clean(text: String) -> String {
    // The first byte of U+FFFD is rare, and one byte is found sooner than four.
    if memchr::memchr(0xEF, text.as_bytes()).is_some() && text.contains("\u{FFFD}[") {
        without_colours(&text)
    } else {
        text
    }
}

/// Returns a line without terminal colour sequences, as a document is decoded.
pub(super) fn uncoloured(line: &str) -> Cow<'_, str> {
    if !line.contains('\u{FFFD}') {
        return Cow::Borrowed(line);
    }
    // What `tput sgr0` writes.
    Cow::Owned(without_colours(&line.replace("\u{FFFD}(B", "")))
}

fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{FFFD}[");
    let mut cleaned = String::with_capacity(text.len());
    cleaned.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let rest =
            piece.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ';' | '?' | ':'));
        if let Some(after) = rest.strip_prefix(|c: char| matches!(c, '@'..='~')) {
            cleaned.push_str(after);
        } else {
            cleaned.push_str("\u{FFFD}[");
            cleaned.push_str(piece);
        }
    }
    cleaned
}
