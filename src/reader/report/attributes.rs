//! The attributes of a start tag, as the XML library takes them apart, and what makes them malformed.

use std::borrow::Cow;

use quick_xml::events::attributes::{AttrError, Attributes};

use super::ascii::plain;
use super::error::{ReadError, ReadErrorKind};
use super::reference::cut_end;
use super::text::floor_char_boundary;

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
    name: (usize, usize),
    value: (usize, usize),
}

impl Spot {
    /// Returns what stands there.
    pub(super) fn of(self, content: &str) -> Written<'_> {
        let text = |(begin, end)| content.get(begin..end).unwrap_or_default();
        (text(self.name), text(self.value))
    }
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
    /// Whether all values stand for themselves, in ASCII.
    pub(super) is_plain: bool,
}

/// Takes the start tag apart with which these bytes begin, in one go: its length, its name and where its attributes stand. Nothing
/// where anything is unusual about it, or its end is not there yet.
pub(super) fn usual(bytes: &[u8], spots: &mut Vec<Spot>) -> Option<Usual> {
    spots.clear();
    let name = words(bytes, 1);
    let mut at = 1 + name;
    let mut is_plain = true;
    loop {
        let blanks = blanks(bytes, at);
        at += blanks;
        let is_empty = match *bytes.get(at)? {
            b'>' => false,
            b'/' if *bytes.get(at + 1)? == b'>' => true,
            _ if blanks == 0 || spots.len() == FEW => return None,
            _ => {
                let length = words(bytes, at);
                let equals = at + length;
                let (b'=', quote @ (b'"' | b'\'')) = (*bytes.get(equals)?, *bytes.get(equals + 1)?)
                else {
                    return None;
                };
                let value = equals + 2;
                let mut end = value + plain(bytes.get(value..)?, quote);
                if *bytes.get(end)? != quote {
                    is_plain = false;
                    end += memchr::memchr(quote, bytes.get(end..)?)?;
                }
                let name = bytes.get(at..equals)?;
                let known = |spot: &Spot| bytes.get(spot.name.0 + 1..spot.name.1 + 1) == Some(name);
                if length == 0 || end - value > VALUE || spots.iter().any(known) {
                    return None;
                }
                spots.push(Spot {
                    name: (at - 1, equals - 1),
                    value: (value - 1, end - 1),
                });
                at = end + 1;
                continue;
            }
        };
        return (name > 0 && name <= NAME).then_some(Usual {
            length: at + 1 + usize::from(is_empty),
            name,
            is_empty,
            is_plain,
        });
    }
}

/// Returns how many bytes of a name stand here.
fn words(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
    rest.iter()
        .position(|byte| !is_part(byte))
        .unwrap_or(rest.len())
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    rest.iter()
        .position(|byte| !is_blank(byte))
        .unwrap_or(rest.len())
}

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
