//! What is odd about a document as XML, told once each.

use super::error::Warnings;
use super::reference::{Lines, unescape};

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
}

impl Oddities {
    pub(super) fn text(&mut self, text: &str, line: u64, inside: bool, roots: u64) {
        if inside {
            if text.starts_with('&') {
                self.ampersand.get_or_insert(line);
            }
            if memchr::memchr(b']', text.as_bytes()).is_some() && text.contains("]]>") {
                self.cdata_end.get_or_insert(line);
            }
        } else if !text.trim().is_empty() {
            if roots == 0 {
                &mut self.before
            } else {
                &mut self.after
            }
            .get_or_insert(line);
        }
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
    pub(super) fn value(&mut self, value: &str, line: u64) {
        if value.contains('<') {
            self.angle.get_or_insert(line);
        }
        let unescaped = unescape(value, Lines::Blank);
        if unescaped.ampersand {
            self.ampersand.get_or_insert(line);
        }
        if unescaped.character {
            self.character.get_or_insert(line);
        }
        if let Some(name) = unescaped.entity {
            self.entity.get_or_insert((line, name));
        }
    }
}
