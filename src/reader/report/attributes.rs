//! The attributes of a start tag, as the XML library takes them apart, and what makes them malformed.

use std::borrow::Cow;

use quick_xml::events::attributes::{AttrError, Attributes};

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
/// For how many there is room at first.
const USUAL: usize = 6;
/// How long an attribute's value may be, in bytes.
pub(super) const VALUE: usize = 1024 * 1024;
/// How much of a name is shown.
const SHOWN: usize = 60;

/// A name and its value, both as they are written.
pub(super) type Written<'a> = (&'a str, &'a str);

/// What stands in a start tag behind its name.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) attributes: Vec<Written<'a>>,
    /// How many values were longer than they may be, and are cut.
    pub(super) cut: u64,
    /// How many attributes were passed over.
    pub(super) passed: u64,
}

/// Takes a tag's content apart; its name is so many bytes long.
pub(super) fn of(content: &str, name: usize) -> Result<Found<'_>, ReadError> {
    let mut found = Found::default();
    if name == content.len() {
        return Ok(found);
    }
    found.attributes.reserve_exact(USUAL);
    for attribute in Attributes::new(content, name).with_checks(false) {
        let attribute = attribute.map_err(|error| malformed(content, &error))?;
        if found.attributes.len() >= ATTRIBUTES && !ALWAYS.contains(&attribute.key.0) {
            found.passed += 1;
            continue;
        }
        if found
            .attributes
            .iter()
            .any(|(name, _)| *name == attribute.key.0)
        {
            return Err(twice(attribute.key.0));
        }
        // The library lends what stands in the tag; it owns nothing of it.
        if let Cow::Borrowed(value) = attribute.value {
            found.cut += u64::from(value.len() > VALUE);
            found.attributes.push((attribute.key.0, cut(value)));
        }
    }
    Ok(found)
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
    let message = format!("the attribute `{name}` stands twice in one element");
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
