//! What a JSON document is made of: the names of its members, as far down as it takes to tell what it is.

use std::collections::BTreeSet;

use super::error::ReadError;
use super::json::Text;

/// How deep members are noted.
const DEPTH: usize = 4;
/// How many elements of a list are looked into.
const ELEMENTS: usize = 3;
/// How many members are noted in all.
const MEMBERS: usize = 1000;

/// The members of a JSON document, such as `results.tests[].name`; a list is `tests[]`, one at the top `[]`.
#[derive(Debug, Default)]
pub(super) struct Sketch {
    members: BTreeSet<String>,
    /// Whether more documents follow the first.
    lines: bool,
}

/// How far a document could be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// To its end.
    All,
    /// As far as the text goes.
    Beginning,
    /// To something that is no JSON.
    Broken,
}

impl Sketch {
    /// Looks at a text that begins with JSON.
    pub(super) fn of(text: &str) -> (Self, Seen) {
        let mut sketch = Self::default();
        let mut document = Text::of_text(text);
        let seen = match sketch.add(&mut document) {
            Ok(()) => Seen::All,
            Err(_) if document.is_at_end() => Seen::Beginning,
            Err(_) => Seen::Broken,
        };
        sketch.lines = seen == Seen::All && !document.rest().trim().is_empty();
        (sketch, seen)
    }

    /// Adds what a document has.
    pub(super) fn add(&mut self, document: &mut Text<'_>) -> Result<(), ReadError> {
        self.level(document, "", 0)
    }

    /// Adds what a value has that stands here.
    fn level(&mut self, text: &mut Text<'_>, path: &str, depth: usize) -> Result<(), ReadError> {
        let mut first = true;
        match text.peek()? {
            b'{' if depth < DEPTH => {
                if path.is_empty() {
                    self.note("{}");
                }
                text.open();
                while text.member(&mut first)? {
                    let path = match path {
                        "" => text.name().to_owned(),
                        path => format!("{path}.{}", text.name()),
                    };
                    self.note(&path);
                    self.level(text, &path, depth + 1)?;
                }
                Ok(())
            }
            b'[' if depth < DEPTH => {
                let path = format!("{path}[]");
                self.note(&path);
                text.open();
                let mut left = ELEMENTS;
                while text.element(&mut first)? {
                    if left == 0 {
                        text.pass()?;
                        continue;
                    }
                    left -= 1;
                    self.level(text, &path, depth + 1)?;
                }
                Ok(())
            }
            _ => text.pass(),
        }
    }

    fn note(&mut self, path: &str) {
        if self.members.len() < MEMBERS && path.len() < 400 {
            self.members.insert(path.to_owned());
        }
    }

    /// Returns whether there is a member of this name and place.
    pub(super) fn has(&self, member: &str) -> bool {
        self.members.contains(member)
    }

    /// Returns whether there are all of these members.
    pub(super) fn has_all(&self, members: &[&str]) -> bool {
        members.iter().all(|member| self.has(member))
    }

    /// Returns whether there are any of these members.
    pub(super) fn has_any(&self, members: &[&str]) -> bool {
        members.iter().any(|member| self.has(member))
    }

    /// Returns whether other documents follow the first, as one a line does.
    pub(super) fn has_lines(&self) -> bool {
        self.lines
    }

    /// Returns whether there is no more to see than that it is an object or a list.
    pub(super) fn is_bare(&self) -> bool {
        self.members
            .iter()
            .all(|member| matches!(member.as_str(), "{}" | "[]"))
    }

    /// Returns whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}
