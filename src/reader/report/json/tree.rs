//! A value that is taken whole: small, with the members that somebody wants.

use std::borrow::Cow;
use std::time::Duration;

use super::parse::{Lost, Text};
use crate::model::Moment;
use crate::report::error::ReadError;
use crate::report::lines::Line;
use crate::report::text::plain;
use crate::report::time;

/// How many values a tree may have; what is more is left out.
const VALUES: usize = 50_000;
/// How many bytes of text a tree may have, and how long a text may be once they are used up.
const BYTES: usize = 8 * 1024 * 1024;
const SHORT: usize = 200;
/// How deep values may nest in a tree, such as steps in steps; what stands deeper is left out.
const DEPTH: usize = 100;
/// For how many members there is room at first.
const USUAL: usize = 12;

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

    /// Reads the value that comes next.
    pub(super) fn read(&'static self, text: &mut Text<'_>) -> Result<Json, ReadError> {
        let mut room = Room {
            values: VALUES,
            bytes: BYTES,
            depth: DEPTH,
        };
        let wanted = Some(self).filter(|wanted| !wanted.members.is_empty());
        room.value(text, wanted)
    }

    /// Returns the name of a member where it is wanted.
    fn named(&self, name: &str) -> Option<&'static str> {
        let names = self.members.iter().chain(self.whole);
        // Most names differ in their length or their first letter.
        let first = name.as_bytes().first();
        let same = |known: &&'static str| {
            known.len() == name.len() && known.as_bytes().first() == first && *known == name
        };
        names.copied().find(same)
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
    /// Reads a line that holds one value, and takes note of what it loses.
    pub(in crate::report) fn of_line(
        line: Line<'_>,
        wanted: &'static Wanted,
        lost: &mut Lost,
    ) -> Option<Self> {
        let mut text = Text::of_line(line);
        let value = wanted.read(&mut text).ok()?;
        text.end().ok()?;
        text.tell(lost);
        Some(value)
    }

    /// Reads a text that holds one value.
    pub(in crate::report) fn of_text(text: &str, wanted: &'static Wanted) -> Option<Self> {
        let mut text = Text::of_text(text);
        let value = wanted.read(&mut text).ok()?;
        text.end().ok()?;
        Some(value)
    }

    /// Returns a member; null where there is none.
    pub(in crate::report) fn get(&self, name: &str) -> &Self {
        // Of several of one name the last counts, as to whoever else reads it.
        let mut members = self.members().iter().rev();
        let found = members.find(|(known, _)| known == name);
        found.map_or(&NULL, |(_, value)| value)
    }

    /// Returns the first of these members that is there.
    pub(in crate::report) fn first(&self, names: &[&str]) -> &Self {
        let mut found = names.iter().map(|name| self.get(name));
        found.find(|value| value.is_some()).unwrap_or(&NULL)
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

    /// Returns whether there is something.
    pub(in crate::report) fn is_some(&self) -> bool {
        *self != Self::Null
    }

    /// Returns roughly how much memory it takes.
    pub(super) fn size(&self) -> usize {
        let inside = match self {
            Self::Text(text) => text.len(),
            Self::List(elements) => elements.iter().map(Self::size).sum(),
            Self::Map(members) => members.iter().map(|(_, value)| value.size() + 16).sum(),
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Number(_) | Self::Cut => 0,
        };
        inside + size_of::<Self>()
    }

    /// Returns whether something of it was left out.
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
struct Room {
    values: usize,
    bytes: usize,
    /// How many more values may stand one inside the other.
    depth: usize,
}

impl Room {
    /// Reads a value, with the members that are wanted, or all of them.
    fn value(
        &mut self,
        text: &mut Text<'_>,
        wanted: Option<&'static Wanted>,
    ) -> Result<Json, ReadError> {
        if self.values == 0 {
            text.pass()?;
            return Ok(Json::Cut);
        }
        self.values -= 1;
        let byte = text.peek()?;
        if matches!(byte, b'{' | b'[') && self.depth == 0 {
            text.leave_out();
            text.pass()?;
            return Ok(Json::Cut);
        }
        match byte {
            b'{' => self.members(text, wanted),
            b'[' => self.elements(text, wanted),
            b'"' => Ok(Json::Text(self.keep(text.text()?))),
            _ => text.plain(),
        }
    }

    fn elements(
        &mut self,
        text: &mut Text<'_>,
        wanted: Option<&'static Wanted>,
    ) -> Result<Json, ReadError> {
        let (mut elements, mut first) = (Vec::new(), true);
        self.depth -= 1;
        text.open();
        while text.element(&mut first)? {
            let element = self.value(text, wanted)?;
            let again = matches!(element, Json::Cut) && matches!(elements.last(), Some(Json::Cut));
            if !again {
                elements.push(element);
            }
        }
        self.depth += 1;
        Ok(Json::List(elements))
    }

    fn members(
        &mut self,
        text: &mut Text<'_>,
        wanted: Option<&'static Wanted>,
    ) -> Result<Json, ReadError> {
        let (mut members, mut first) = (Vec::with_capacity(USUAL), true);
        self.depth -= 1;
        text.open();
        while text.member(&mut first)? {
            let name = match wanted.map(|known| known.named(text.name())) {
                None => Cow::Owned(plain(text.name().get(..SHORT).unwrap_or(text.name()))),
                Some(Some(name)) => Cow::Borrowed(name),
                Some(None) => {
                    text.pass()?;
                    continue;
                }
            };
            let below = wanted.filter(|wanted| !wanted.whole.contains(&&*name));
            let value = self.value(text, below)?;
            let again =
                matches!(value, Json::Cut) && matches!(members.last(), Some((_, Json::Cut)));
            if !again {
                members.push((name, value));
            }
        }
        self.depth += 1;
        Ok(Json::Map(members))
    }

    fn keep(&mut self, text: &str) -> String {
        let text = if text.len() > self.bytes {
            let end = crate::report::text::floor_char_boundary(text, SHORT);
            text.get(..end).unwrap_or_default()
        } else {
            self.bytes -= text.len();
            text
        };
        plain(text)
    }
}
