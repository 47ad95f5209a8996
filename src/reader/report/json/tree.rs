//! A value that is taken whole: small, with the members that somebody wants.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::Moment;
use crate::report::text::plain;
use crate::report::time;

/// How many values a tree may have; what is more is left out.
const VALUES: usize = 50_000;
/// How many bytes of text a tree may have, and how long a text may be once they are used up.
const BYTES: usize = 8 * 1024 * 1024;
const SHORT: usize = 200;

/// Which members of a value are wanted, wherever in it they stand.
#[derive(Debug)]
pub(in crate::report) struct Wanted {
    /// The names of those that are.
    pub(in crate::report) members: &'static [&'static str],
    /// The names of those below which everything is.
    pub(in crate::report) whole: &'static [&'static str],
}

impl Wanted {
    /// A plain value, or everything below it.
    pub(in crate::report) const ALL: Self = Self {
        members: &[],
        whole: &[],
    };

    /// Returns what reads a tree.
    pub(super) fn tree(&'static self) -> Tree {
        Tree {
            wanted: Some(self).filter(|wanted| !wanted.members.is_empty()),
            room: Rc::new(Room {
                values: Cell::new(VALUES),
                bytes: Cell::new(BYTES),
            }),
        }
    }
}

/// A value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::report) enum Json {
    #[default]
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    /// Free of control characters, and bounded.
    Text(String),
    List(Vec<Json>),
    Map(Vec<(Cow<'static, str>, Json)>),
    /// What was more than a tree may have.
    Cut,
}

static NULL: Json = Json::Null;

impl Json {
    /// Reads a text that holds one value.
    pub(in crate::report) fn of_text(text: &str, wanted: &'static Wanted) -> Option<Self> {
        let mut document = serde_json::Deserializer::from_str(text);
        let value = wanted.tree().deserialize(&mut document).ok()?;
        document.end().ok()?;
        Some(value)
    }

    /// Returns a member; null where there is none.
    pub(in crate::report) fn get(&self, name: &str) -> &Self {
        let mut members = self.members().iter();
        let found = members.find(|(known, _)| known == name);
        found.map_or(&NULL, |(_, value)| value)
    }

    /// Returns a text that is not blank.
    pub(in crate::report) fn text(&self) -> Option<&str> {
        let Self::Text(text) = self else {
            return None;
        };
        Some(text.as_str()).filter(|text| !text.trim().is_empty())
    }

    /// Returns a member that is a text and not blank.
    pub(in crate::report) fn string(&self, name: &str) -> Option<String> {
        self.get(name).text().map(str::to_owned)
    }

    /// Returns a plain value as text: a number, a text, true or false.
    pub(in crate::report) fn shown(&self) -> Option<String> {
        match self {
            Self::Text(_) => self.text().map(str::to_owned),
            Self::Bool(value) => Some(value.to_string()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Cut => None,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "times and counts are far below 2^53"
    )]
    pub(in crate::report) fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Null | Self::Bool(_) | Self::List(_) | Self::Map(_) | Self::Cut => None,
        }
    }

    /// Returns a number that counts something.
    pub(in crate::report) fn count(&self) -> Option<u64> {
        let Self::Integer(number) = self else {
            return None;
        };
        u64::try_from(*number).ok()
    }

    pub(in crate::report) fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Returns the elements of a list; none where there is no list.
    pub(in crate::report) fn list(&self) -> &[Self] {
        let Self::List(elements) = self else {
            return &[];
        };
        elements
    }

    /// Returns the members of an object; none where there is no object.
    pub(in crate::report) fn members(&self) -> &[(Cow<'static, str>, Self)] {
        let Self::Map(members) = self else {
            return &[];
        };
        members
    }

    /// Tells whether there is something.
    pub(in crate::report) fn is_some(&self) -> bool {
        *self != Self::Null
    }

    /// Tells whether something of it was left out.
    pub(in crate::report) fn is_cut(&self) -> bool {
        match self {
            Self::Cut => true,
            Self::List(elements) => elements.last().is_some_and(Self::is_cut),
            Self::Map(members) => members.iter().any(|(_, value)| value.is_cut()),
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Number(_) | Self::Text(_) => {
                false
            }
        }
    }

    /// Returns a number of seconds, thousandths or billionths as a duration; `None` for one below zero.
    pub(in crate::report) fn duration(&self, of_a_second: f64) -> Option<Duration> {
        let number = self.number()?;
        Duration::try_from_secs_f64(number / of_a_second).ok()
    }

    /// Returns a point in time: a text, or a number since 1970.
    pub(in crate::report) fn moment(&self) -> Option<Moment> {
        match self {
            Self::Text(text) => time::moment(text).ok().flatten(),
            Self::Integer(number) => time::moment(&number.to_string()).ok().flatten(),
            Self::Number(number) => time::since_1970(*number),
            Self::Null | Self::Bool(_) | Self::List(_) | Self::Map(_) | Self::Cut => None,
        }
    }
}

/// What a tree may still take.
#[derive(Debug)]
struct Room {
    values: Cell<usize>,
    bytes: Cell<usize>,
}

/// Reads a value as a tree.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    wanted: Option<&'static Wanted>,
    room: Rc<Room>,
}

impl Tree {
    fn keep(&self, text: &str) -> String {
        let left = self.room.bytes.get();
        let text = if text.len() > left {
            let end = crate::report::text::floor_char_boundary(text, SHORT);
            text.get(..end).unwrap_or_default()
        } else {
            self.room.bytes.set(left - text.len());
            text
        };
        plain(text)
    }
}

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Json, D::Error> {
        let left = self.room.values.get();
        if left == 0 {
            value.deserialize_ignored_any(IgnoredAny)?;
            return Ok(Json::Cut);
        }
        self.room.values.set(left - 1);
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "no time and no count is that large"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::Number(value as f64), Json::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(self.keep(text)))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element_seed(self.clone())? {
            if element != Json::Cut || elements.last() != Some(&Json::Cut) {
                elements.push(element);
            }
        }
        Ok(Json::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some(name) = map.next_key_seed(Name(self.wanted))? {
            match name {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(name) => {
                    let whole = self.wanted.is_none_or(|it| it.whole.contains(&&*name));
                    let tree = Self {
                        wanted: self.wanted.filter(|_| !whole),
                        room: Rc::clone(&self.room),
                    };
                    let value = map.next_value_seed(tree)?;
                    if value != Json::Cut || members.last().is_none_or(|(_, it)| *it != Json::Cut) {
                        members.push((name, value));
                    }
                }
            }
        }
        Ok(Json::Map(members))
    }
}

/// Reads the name of a member; `None` for one that nobody wants.
struct Name(Option<&'static Wanted>);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<Cow<'static, str>>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
        value.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<Cow<'static, str>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(match self.0 {
            None => Some(Cow::Owned(plain(name.get(..SHORT).unwrap_or(name)))),
            Some(wanted) => wanted
                .members
                .iter()
                .chain(wanted.whole)
                .find(|known| **known == name)
                .map(|known| Cow::Borrowed(*known)),
        })
    }
}
