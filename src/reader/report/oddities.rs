//! What is odd about a document as XML, told once each.

use super::error::Warnings;
use super::reference;

/// What was met that is worth one warning, whatever its number: the line of the first.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    pub(super) entity: Option<(u64, String)>,
    pub(super) ampersand: Option<u64>,
    pub(super) character: Option<u64>,
    pub(super) angle: Option<u64>,
    pub(super) before: Option<u64>,
    pub(super) after: Option<u64>,
    pub(super) root: Option<u64>,
    pub(super) cdata_end: Option<u64>,
    /// Whether there is a declaration: only documents of their own begin with one.
    pub(super) declared: bool,
}

impl Oddities {
    /// Takes note of a text between elements, of which nothing is kept.
    pub(super) fn outside(&mut self, text: &str, is_after: bool, line: impl FnOnce() -> u64) {
        let first = if is_after {
            &mut self.after
        } else {
            &mut self.before
        };
        if first.is_none() && !text.trim().is_empty() {
            *first = Some(line());
        }
    }

    /// Returns whether the document stands in the midst of a text.
    pub(super) fn is_quoted(&self) -> bool {
        self.before.is_some() && self.after.is_some() && !self.declared
    }

    /// Takes note of an end of CDATA where there is none.
    pub(super) fn cdata_end(&mut self, text: &str, line: impl FnOnce(usize) -> u64) {
        if self.cdata_end.is_none() {
            self.cdata_end = text.find("]]>").map(line);
        }
    }

    /// Takes note of what is odd about the references of a text; `line` gives the line of an index in it.
    pub(super) fn references(&mut self, text: &str, line: impl Fn(usize) -> u64) {
        let odd = reference::odd(text);
        if let Some(index) = odd.ampersand {
            self.ampersand.get_or_insert_with(|| line(index));
        }
        if let Some(index) = odd.character {
            self.character.get_or_insert_with(|| line(index));
        }
        if let Some((index, name)) = odd.entity {
            self.entity.get_or_insert_with(|| (line(index), name));
        }
    }

    /// Takes note of what is odd about a value.
    pub(super) fn value(&mut self, value: &str, line: u64) {
        if memchr::memchr(b'<', value.as_bytes()).is_some() {
            self.angle.get_or_insert(line);
        }
        self.references(value, |_| line);
    }

    pub(super) fn warn(self, warnings: &mut Warnings) {
        let told = [
            (self.ampersand, "a bare `&` was taken as text"),
            (
                self.character,
                "a reference to a character that XML forbids became U+FFFD",
            ),
            (self.angle, "a bare `<` in an attribute was taken as text"),
            (self.before, "there is text before the first element"),
            (self.after, "text after the report was ignored"),
            (
                self.root,
                "the file holds several reports one after the other; all were read",
            ),
            (self.cdata_end, "a bare `]]>` was taken as text"),
        ];
        for (line, message) in told {
            if line.is_some() {
                warnings.add(line, message);
            }
        }
        if let Some((line, name)) = self.entity {
            warnings.add(Some(line), format!("the entity `&{name};` is not expanded"));
        }
    }
}
