//! Texts of a report, bounded in size and free of control characters.

use std::borrow::Cow;

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
        if piece.contains('\r') {
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

    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.cut = 0;
    }

    /// Returns the text without white space around it, with a mark where something was cut; `None` when nothing is left.
    pub(super) fn take(&mut self) -> Option<String> {
        let kept = std::mem::take(&mut self.kept);
        let cut = std::mem::take(&mut self.cut);
        let trimmed = kept.trim_end().trim_start_matches(['\n', '\r']);
        let mut text = if trimmed.len() == kept.len() {
            kept
        } else if trimmed.trim_start().is_empty() {
            String::new()
        } else {
            trimmed.to_owned()
        };
        if cut > 0 {
            text.push_str(&mark(cut));
        }
        (!text.is_empty()).then(|| plain(&text).into_owned())
    }
}

/// Returns the text cut to [`KEPT`] bytes, with a mark, and without terminal colours.
pub(super) fn bounded(text: Cow<'_, str>) -> String {
    if text.len() <= KEPT {
        return match plain(&text) {
            Cow::Borrowed(_) => text.into_owned(),
            Cow::Owned(cleaned) => cleaned,
        };
    }
    let end = floor_char_boundary(&text, KEPT);
    let head = text.get(..end).unwrap_or_default();
    format!("{}{}", plain(head), mark((text.len() - end) as u64))
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
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains("\u{FFFD}[") {
        return Cow::Borrowed(text);
    }
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
    Cow::Owned(cleaned)
}
