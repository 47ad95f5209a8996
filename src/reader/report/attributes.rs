//! The attributes of a start tag, as the XML library takes them apart, and what makes them malformed.

use std::borrow::Cow;

use quick_xml::events::attributes::{AttrError, Attributes};

use super::error::{ReadError, ReadErrorKind};
use super::reference::cut_end;
use super::text::floor_char_boundary;
use crate::ascii::is_plain;

/// How many attributes of an element are taken; of what comes behind them only what says which test it is and how it ended.
const ATTRIBUTES: usize = 256;
/// Such attributes.
const ALWAYS: [&str; 16] = [
    "name",
    "classname",
    "class",
    "className",
    "time",
    "duration",
    "timestamp",
    "status",
    "result",
    "outcome",
    "state",
    "label",
    "type",
    "message",
    "file",
    "id",
];
/// How many attributes a usual tag has at most.
const FEW: usize = 32;
/// How long the name of an element is at most, in a usual tag.
const NAME: usize = 1024;
/// How long an attribute's value may be, in bytes.
pub(super) const VALUE: usize = 1024 * 1024;
/// How much of a name is shown.
const SHOWN: usize = 60;

/// A name and its value, both as they are written.
pub(super) type Written<'a> = (&'a str, &'a str);

/// Where a name and its value stand in a tag's content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    key: u64,
    name: (usize, usize),
    value: (usize, usize),
}

impl Spot {
    /// Returns what stands there.
    pub(super) fn of(self, content: &str) -> Written<'_> {
        (part(content, self.name), part(content, self.value))
    }
}

fn part(content: &str, (begin, end): (usize, usize)) -> &str {
    content.get(begin..end).unwrap_or_default()
}

/// Returns the value of the attribute of this name, as it is written.
pub(super) fn find<'a>(spots: &[Spot], content: &'a str, name: &str) -> Option<&'a str> {
    let known = key(name);
    let is_it =
        |spot: &&Spot| spot.key == known && (name.len() < KEY || part(content, spot.name) == name);
    let found = spots.iter().find(is_it)?;
    Some(part(content, found.value))
}

/// How many bytes of a name its key holds.
const KEY: usize = 8;

/// What spreads the bits of a key.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// Returns a number in which the beginning of a name stands: names are told apart by it at a glance. No name has a zero byte in it, so
/// that a shorter one has a key of its own.
fn key(name: &str) -> u64 {
    let bytes = name.as_bytes();
    bytes.first_chunk().map_or_else(
        || (bytes.iter().rev()).fold(0, |key, byte| key << 8 | u64::from(*byte)),
        |beginning: &[u8; KEY]| u64::from_le_bytes(*beginning),
    )
}

/// What stands in a start tag behind its name.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) spots: Vec<Spot>,
    /// How many values were longer than they may be, and are cut.
    pub(super) cut: u64,
    /// How many attributes were passed over.
    pub(super) passed: u64,
}

/// Takes a tag's content apart; its name is so many bytes long.
pub(super) fn of(content: &str, name: usize) -> Result<Found, ReadError> {
    let mut found = Found::default();
    let at = |part: &str| {
        let begin = part.as_ptr() as usize - content.as_ptr() as usize;
        (begin, begin + part.len())
    };
    for attribute in Attributes::new(content, name).with_checks(false) {
        let attribute = attribute.map_err(|error| malformed(content, &error))?;
        let name = attribute.key.0;
        if found.spots.len() >= ATTRIBUTES && !ALWAYS.contains(&name) {
            found.passed += 1;
            continue;
        }
        if found.spots.iter().any(|spot| spot.of(content).0 == name) {
            return Err(twice(name));
        }
        // The library lends what stands in the tag; it owns nothing of it.
        if let Cow::Borrowed(value) = attribute.value {
            found.cut += u64::from(value.len() > VALUE);
            found.spots.push(Spot {
                key: key(name),
                name: at(name),
                value: at(cut(value)),
            });
        }
    }
    Ok(found)
}

/// A start tag that is written as nearly all are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    /// How long it is, from its `<` to its `>`.
    pub(super) length: usize,
    pub(super) name: usize,
    /// Whether it is its own end.
    pub(super) is_empty: bool,
    /// Whether all values stand for themselves.
    pub(super) is_plain: bool,
}

/// Takes the start tag apart with which these bytes begin, in one go: its length, its name and where its attributes stand. Nothing
/// where anything is unusual about it, or its end is not there yet.
pub(super) fn usual(bytes: &[u8], spots: &mut Vec<Spot>) -> Option<Usual> {
    spots.clear();
    let name = length_of_name(bytes.get(1..)?);
    let mut rest = bytes.get(1 + name..)?;
    // A bit for each key that was met: few keys share one, and none has to be compared with all others.
    let mut met = 0_u64;
    let is_empty = loop {
        let is_other = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let blanks = rest.iter().position(is_other)?;
        rest = rest.get(blanks..)?;
        match rest {
            [b'>', ..] => break false,
            [b'/', b'>', ..] => break true,
            _ if blanks == 0 || spots.len() == FEW => return None,
            _ => {}
        }
        let length = length_of_name(rest);
        let [b'=', quote @ (b'"' | b'\''), value @ ..] = rest.get(length..)? else {
            return None;
        };
        let end = memchr::memchr(*quote, value)?;
        let mut key = u64::from_le_bytes(*rest.first_chunk::<KEY>()?);
        if length < KEY {
            key &= (1 << (8 * length)) - 1;
        }
        let known = |spot: &Spot| bytes.get(spot.name.0 + 1..spot.name.1 + 1) == rest.get(..length);
        let bit = 1 << (key.wrapping_mul(MIX) >> 58);
        let is_twice = met & bit != 0 && spots.iter().any(|spot| spot.key == key && known(spot));
        met |= bit;
        if length == 0 || end > VALUE || is_twice {
            return None;
        }
        let at = bytes.len() - rest.len() - 1;
        let begin = at + length + 2;
        spots.push(Spot {
            key,
            name: (at, at + length),
            value: (begin, begin + end),
        });
        rest = value.get(end + 1..)?;
    };
    let content = bytes.len() - rest.len();
    (name > 0 && name <= NAME).then(|| Usual {
        length: content + 1 + usize::from(is_empty),
        name,
        is_empty,
        is_plain: content == 1 + name || is_plain(bytes.get(1 + name..content).unwrap_or_default()),
    })
}

/// Returns how many bytes of a usual name stand here.
#[inline]
fn length_of_name(bytes: &[u8]) -> usize {
    let is_other = |byte: &u8| IS_NAME.get(usize::from(*byte)) != Some(&true);
    bytes.iter().position(is_other).unwrap_or(bytes.len())
}

/// The bytes of which a usual name consists.
#[expect(
    clippy::indexing_slicing,
    reason = "the table has a place for every byte"
)]
const IS_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut rest: &[u8] = b"-.0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    while let [byte, others @ ..] = rest {
        table[*byte as usize] = true;
        rest = others;
    }
    table
};

/// Returns as much of a value as it may have, and no part of a reference.
fn cut(value: &str) -> &str {
    if value.len() <= VALUE {
        return value;
    }
    let kept = value.get(..floor_char_boundary(value, VALUE));
    let kept = kept.unwrap_or_default();
    kept.get(..cut_end(kept)).unwrap_or_default()
}

fn malformed(content: &str, error: &AttrError) -> ReadError {
    let message = match *error {
        AttrError::ExpectedEq(at) => {
            format!("the attribute `{}` has no value", name_before(content, at))
        }
        AttrError::ExpectedValue(at)
        | AttrError::UnquotedValue(at)
        | AttrError::ExpectedQuote(at, _) => format!(
            "the value of the attribute `{}` is not quoted",
            name_before(content, at)
        ),
        AttrError::Duplicated(at, _) => return twice(name_at(content, at)),
    };
    ReadError::new(ReadErrorKind::Malformed, message)
}

fn twice(name: &str) -> ReadError {
    let name: String = name.chars().take(SHOWN).collect();
    let message = format!("the attribute `{name}` occurs twice in one element");
    ReadError::new(ReadErrorKind::Malformed, message)
}

/// Returns the name of the attribute that was being read when something else was met.
fn name_before(content: &str, at: usize) -> &str {
    let before = content.get(..at).unwrap_or(content);
    let before = before.trim_end_matches(|c: char| c == '=' || c.is_ascii_whitespace());
    let begin = before.rfind(|c: char| c.is_ascii_whitespace());
    name_at(content, begin.map_or(0, |blank| blank + 1))
}

fn name_at(content: &str, begin: usize) -> &str {
    let rest = content.get(begin..).unwrap_or_default();
    let mut name = rest.split(|c: char| c == '=' || c.is_ascii_whitespace());
    let name = name.next().unwrap_or_default();
    name.get(..floor_char_boundary(name, SHOWN))
        .unwrap_or_default()
}
