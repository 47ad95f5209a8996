//! Goes from member to member.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::tree::{Json, Wanted};

/// What is done with a member or an element.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) enum Next<P> {
    /// Its own members or elements are asked about, one after the other.
    Enter(P),
    /// It is taken as a tree with the members that are wanted.
    Take(&'static Wanted),
    /// It means nothing here.
    Pass,
}

/// What a reader does with the members of its format.
pub(in crate::report) trait Walker {
    /// Where the reader stands; the default is the outermost value.
    type Place: Copy + Default;

    /// Says what to do with a member of an object.
    fn member(&mut self, at: Self::Place, name: &str) -> Next<Self::Place>;

    /// Says what to do with the next element of a list, which begins on this line.
    fn element(&mut self, at: Self::Place, line: u64) -> Next<Self::Place>;

    /// Takes a value: a member of this name, or an element, whose name is empty.
    fn take(&mut self, at: Self::Place, name: &str, value: Json);

    /// Takes the end of what was entered.
    fn leave(&mut self, at: Self::Place);
}

/// Goes through a document.
pub(super) fn walk<'de, D: Deserializer<'de>, W: Walker>(
    document: D,
    walker: &mut W,
    line: &Cell<u64>,
) -> Result<(), D::Error> {
    Inside {
        walker,
        at: W::Place::default(),
        line,
    }
    .deserialize(document)
}

/// Something that was entered.
struct Inside<'a, W: Walker> {
    walker: &'a mut W,
    at: W::Place,
    line: &'a Cell<u64>,
}

impl<'de, W: Walker> DeserializeSeed<'de> for Inside<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de, W: Walker> Visitor<'de> for Inside<'_, W> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.walker.leave(self.at);
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.walker.leave(self.at);
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.walker.leave(self.at);
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.walker.leave(self.at);
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.walker.leave(self.at);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.walker.leave(self.at);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let element = Element {
                walker: &mut *self.walker,
                at: self.at,
                line: self.line,
            };
            if list.next_element_seed(element)?.is_none() {
                self.walker.leave(self.at);
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        loop {
            let name = Name {
                walker: &mut *self.walker,
                at: self.at,
            };
            match map.next_key_seed(name)? {
                None => {
                    self.walker.leave(self.at);
                    return Ok(());
                }
                Some((Next::Pass, _)) => drop(map.next_value::<IgnoredAny>()?),
                Some((Next::Enter(at), _)) => map.next_value_seed(Inside {
                    walker: &mut *self.walker,
                    at,
                    line: self.line,
                })?,
                Some((Next::Take(wanted), name)) => {
                    let value = map.next_value_seed(wanted.tree())?;
                    self.walker.take(self.at, &name, value);
                }
            }
        }
    }
}

/// The name of a member.
struct Name<'a, W: Walker> {
    walker: &'a mut W,
    at: W::Place,
}

impl<'de, W: Walker> DeserializeSeed<'de> for Name<'_, W> {
    type Value = (Next<W::Place>, String);

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
        value.deserialize_str(self)
    }
}

impl<W: Walker> Visitor<'_> for Name<'_, W> {
    type Value = (Next<W::Place>, String);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let next = self.walker.member(self.at, name);
        let kept = match next {
            Next::Take(_) => name.to_owned(),
            Next::Enter(_) | Next::Pass => String::new(),
        };
        Ok((next, kept))
    }
}

/// An element of a list.
struct Element<'a, W: Walker> {
    walker: &'a mut W,
    at: W::Place,
    line: &'a Cell<u64>,
}

impl<'de, W: Walker> DeserializeSeed<'de> for Element<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        match self.walker.element(self.at, self.line.get()) {
            Next::Pass => value.deserialize_ignored_any(IgnoredAny).map(drop),
            Next::Enter(at) => Inside {
                walker: self.walker,
                at,
                line: self.line,
            }
            .deserialize(value),
            Next::Take(wanted) => {
                let value = wanted.tree().deserialize(value)?;
                self.walker.take(self.at, "", value);
                Ok(())
            }
        }
    }
}
