//! The attributes of a start tag, as the XML library takes them apart, and what makes them malformed.

use std::borrow::Cow;

use quick_xml::events::attributes::{AttrError, Attributes};

use super::error::{ReadError, ReadErrorKind};
use super::reference::cut_end;
use super::text::floor_char_boundary;
use crate::ascii::{self, is_plain};

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
    name: Part,
    value: Part,
}

/// A part of a tag: where it begins and ends. No tag is longer than 16 MiB.
type Part = (u32, u32);

impl Spot {
    /// Returns what stands there.
    pub(super) fn of(self, content: &str) -> Written<'_> {
        (part(content, self.name), part(content, self.value))
    }
}

fn part(content: &str, (begin, end): Part) -> &str {
    content
        .get(begin as usize..end as usize)
        .unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a tag has at most 16 MiB, which the scanner sees to"
)]
const fn part_of(begin: usize, length: usize) -> Part {
    (begin as u32, (begin + length) as u32)
}

/// Returns the value of the attribute of this name, as it is written.
#[inline]
pub(super) fn find<'a>(spots: &[Spot], content: &'a str, name: &str) -> Option<&'a str> {
    find_known(spots, content, (key(name), name))
}

fn find_known<'a>(spots: &[Spot], content: &'a str, (key, name): (u64, &str)) -> Option<&'a str> {
    let is_it =
        |spot: &&Spot| spot.key == key && (name.len() < KEY || part(content, spot.name) == name);
    let found = spots.iter().find(is_it)?;
    Some(part(content, found.value))
}

/// How many bytes of a name its key holds.
const KEY: usize = 8;

/// What spreads the bits of a key.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// Returns a number in which the beginning of a name stands: names are told apart by it at a glance. No name has a zero byte in it, so
/// that a shorter one has a key of its own.
#[inline]
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
        part_of(begin, part.len())
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
                value: at(cut(value, VALUE)),
            });
        }
    }
    Ok(found)
}

/// Makes a tag short that has become too long before its end came: what says neither which test it is nor how it ended is left out.
/// What stands behind the last whole attribute stays. Returns the tag, and how many attributes it lost.
pub(super) fn compact(tag: &str) -> (String, u64) {
    let blank = |c: char| c.is_ascii_whitespace();
    let name = tag.find(blank).unwrap_or(tag.len());
    let (mut kept, mut lost, mut behind) =
        (tag.get(..name).unwrap_or_default().to_owned(), 0, name);
    let at = |part: &str| part.as_ptr() as usize - tag.as_ptr() as usize;
    for attribute in Attributes::new(tag, name).with_checks(false) {
        let Ok((name, Cow::Borrowed(value))) = attribute.map(|it| (it.key.0, it.value)) else {
            break;
        };
        let (begin, end) = (at(value), at(value) + value.len());
        behind = end + 1;
        if ALWAYS.contains(&name) {
            let parts = [
                at(name)..begin,
                begin..begin + cut(value, VALUE / 4).len(),
                end..behind,
            ];
            kept.push(' ');
            kept.extend(parts.map(|part| tag.get(part).unwrap_or_default()));
        } else {
            lost += 1;
        }
    }
    kept.push(' ');
    kept.push_str(
        tag.get(behind..)
            .unwrap_or_default()
            .trim_start_matches(blank),
    );
    (kept, lost)
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
    let (name, key) = ascii::name(bytes.get(1..)?)?;
    // An end tag.
    if key.to_le_bytes().starts_with(b"/") {
        return None;
    }
    let ends_itself = matches!(bytes.get(name..name + 2)?, [b'/', b'>']);
    let name = name - usize::from(ends_itself && name > 0);
    let mut rest = bytes.get(1 + name..)?;
    // A bit for each key that was met: few keys share one, and none has to be compared with all others.
    let mut met = 0_u64;
    let is_empty = loop {
        rest = match rest {
            [b' ', rest @ ..] if matches!(rest, [b'a'..=b'z', ..]) => rest,
            [b'>', ..] | [b'/', b'>', ..] => rest,
            _ => after_blanks(rest)?,
        };
        match rest {
            [b'>', ..] => break false,
            [b'/', b'>', ..] => break true,
            _ => {}
        }
        let (length, key) = ascii::name(rest)?;
        let (name, value) = rest.split_at_checked(length)?;
        let [b'=', quote @ (b'"' | b'\''), value @ ..] = value else {
            return None;
        };
        let end = match ascii::until(value, *quote) {
            Some(end) => end,
            None => memchr::memchr(*quote, value).filter(|end| *end <= VALUE)?,
        };
        let at = bytes.len() - rest.len() - 1;
        let spot = Spot {
            key,
            name: part_of(at, length),
            value: part_of(at + length + 2, end),
        };
        let bit = 1 << (key.wrapping_mul(MIX) >> 58);
        let is_it = |spot: &Spot| {
            let known = spot.name.0 as usize + 1..spot.name.1 as usize + 1;
            spot.key == key && bytes.get(known) == Some(name)
        };
        if name.is_empty() || spots.len() == FEW || met & bit != 0 && spots.iter().any(is_it) {
            return None;
        }
        met |= bit;
        spots.push(spot);
        rest = value.get(end + 1..)?;
    };
    let content = bytes.len() - rest.len();
    (name > 0 && name <= NAME).then(|| Usual {
        length: content + 1 + usize::from(is_empty),
        name,
        is_empty,
        is_plain: spots.is_empty() || is_plain(bytes.get(1 + name..content).unwrap_or_default()),
    })
}

/// Returns what stands behind these blanks; nothing where there are none, or nothing else is there yet.
fn after_blanks(bytes: &[u8]) -> Option<&[u8]> {
    let is_other = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let blanks = bytes.iter().position(is_other)?;
    bytes.get(blanks..).filter(|_| blanks > 0)
}

/// Returns as much of a value as it may have, and no part of a reference.
fn cut(value: &str, most: usize) -> &str {
    if value.len() <= most {
        return value;
    }
    let kept = value.get(..floor_char_boundary(value, most));
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
