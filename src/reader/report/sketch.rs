//! What a JSON document is made of: the names of its members, as far down as it takes to tell what it is.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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
        let mut documents = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        let mut first = serde_json::Deserializer::from_str(text);
        let seen = match sketch.add(&mut first) {
            Ok(()) => Seen::All,
            Err(error) if error.is_eof() => Seen::Beginning,
            Err(_) => Seen::Broken,
        };
        if seen == Seen::All {
            drop(documents.next());
            let rest = text.get(documents.byte_offset()..).unwrap_or_default();
            sketch.lines = !rest.trim().is_empty();
        }
        (sketch, seen)
    }

    /// Adds what a document has.
    pub(super) fn add<'de, D: Deserializer<'de>>(&mut self, document: D) -> Result<(), D::Error> {
        let members = &mut self.members;
        let (path, depth) = (String::new(), 0);
        Level {
            members,
            path,
            depth,
        }
        .deserialize(document)
    }

    /// Tells whether there is a member of this name and place.
    pub(super) fn has(&self, member: &str) -> bool {
        self.members.contains(member)
    }

    /// Tells whether there are all of these members.
    pub(super) fn has_all(&self, members: &[&str]) -> bool {
        members.iter().all(|member| self.has(member))
    }

    /// Tells whether there are any of these members.
    pub(super) fn has_any(&self, members: &[&str]) -> bool {
        members.iter().any(|member| self.has(member))
    }

    /// Tells whether other documents follow the first, as one a line does.
    pub(super) fn has_lines(&self) -> bool {
        self.lines
    }

    /// Tells whether there is no more to see than that it is an object or a list.
    pub(super) fn is_bare(&self) -> bool {
        self.members
            .iter()
            .all(|member| matches!(member.as_str(), "{}" | "[]"))
    }

    /// Tells whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// A value whose members are noted.
struct Level<'a> {
    members: &'a mut BTreeSet<String>,
    path: String,
    depth: usize,
}

impl Level<'_> {
    fn note(&mut self, path: &str) {
        if self.members.len() < MEMBERS && path.len() < 400 {
            self.members.insert(path.to_owned());
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        if self.depth >= DEPTH {
            return value.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let path = format!("{}[]", self.path);
        self.note(&path);
        for _ in 0..ELEMENTS {
            let level = Level {
                members: self.members,
                path: path.clone(),
                depth: self.depth + 1,
            };
            if list.next_element_seed(level)?.is_none() {
                return Ok(());
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        if self.path.is_empty() {
            self.note("{}");
        }
        while let Some(name) = map.next_key::<String>()? {
            let path = match self.path.as_str() {
                "" => name,
                path => format!("{path}.{name}"),
            };
            self.note(&path);
            let level = Level {
                members: self.members,
                path,
                depth: self.depth + 1,
            };
            map.next_value_seed(level)?;
        }
        Ok(())
    }
}
