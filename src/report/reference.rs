//! References such as `&amp;` and `&#233;`: resolved where XML itself knows them, kept as they are otherwise.

use std::borrow::Cow;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::BytesRef;

use super::decode::is_unwanted;
use super::oddities::Oddities;

/// What becomes of line ends in an attribute's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    Blank,
    Kept,
}

/// A text whose references are resolved, and what was odd about them.
pub(super) struct Unescaped<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) entity: Option<String>,
    pub(super) ampersand: bool,
    pub(super) character: bool,
}

/// Resolves character references and the five names that XML knows; everything else stays as it is.
pub(super) fn unescape(raw: &str, lines: Lines) -> Unescaped<'_> {
    let mut result = Unescaped {
        text: Cow::Borrowed(raw),
        entity: None,
        ampersand: false,
        character: false,
    };
    let kept = lines == Lines::Kept;
    let plain = |c: char| match c {
        '&' | '\r' => false,
        '\n' | '\t' => kept,
        _ => true,
    };
    // Nearly every value is plain; without branches the compiler looks at many bytes at once.
    let odd = raw.bytes().fold(0, |odd, byte| {
        let blank = u8::from(byte == b'\n') | u8::from(byte == b'\t');
        odd | u8::from(byte == b'&') | u8::from(byte == b'\r') | (blank & u8::from(!kept))
    });
    if odd == 0 {
        return result;
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(index) = rest.find(|c| !plain(c)) {
        let (before, after) = rest.split_at_checked(index).unwrap_or((rest, ""));
        text.push_str(before);
        rest = if after.starts_with('&') {
            reference(after, &mut text, &mut result)
        } else {
            let after = after
                .strip_prefix("\r\n")
                .or_else(|| after.get(1..))
                .unwrap_or_default();
            text.push(if lines == Lines::Kept { '\n' } else { ' ' });
            after
        };
    }
    text.push_str(rest);
    result.text = Cow::Owned(text);
    result
}

/// Appends what the reference at the beginning of `rest` stands for; returns what follows it.
fn reference<'a>(rest: &'a str, text: &mut String, result: &mut Unescaped<'_>) -> &'a str {
    let inner = rest.get(1..).unwrap_or_default();
    let name = inner
        .find(|c: char| !c.is_alphanumeric() && !matches!(c, '#' | '_' | '-' | '.' | ':'))
        .filter(|end| inner.get(*end..).is_some_and(|tail| tail.starts_with(';')))
        .and_then(|end| inner.get(..end))
        .filter(|name| !name.is_empty());
    let Some(name) = name else {
        result.ampersand = true;
        text.push('&');
        return inner;
    };
    match character(name) {
        Some(Ok(c)) => text.push(c),
        Some(Err(Forbidden)) => {
            result.character = true;
            text.push('\u{FFFD}');
        }
        None => {
            if let Some(known) = resolve_predefined_entity(name) {
                text.push_str(known);
            } else {
                result
                    .entity
                    .get_or_insert_with(|| name.chars().take(60).collect());
                text.push('&');
                text.push_str(name);
                text.push(';');
            }
        }
    }
    inner.get(name.len() + 1..).unwrap_or_default()
}

/// A character that has no place in XML.
struct Forbidden;

/// Returns the character of a reference such as `#233` or `#xE9`: `None` for a name.
fn character(name: &str) -> Option<Result<char, Forbidden>> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    let known = code.ok().and_then(char::from_u32);
    Some(known.filter(|c| !is_unwanted(*c)).ok_or(Forbidden))
}

/// Returns what a reference in a text stands for.
pub(super) fn resolve(
    reference: &BytesRef<'_>,
    oddities: &mut Oddities,
    line: u64,
) -> Cow<'static, str> {
    let name: &str = reference;
    match character(name) {
        Some(Ok(c)) => Cow::Owned(String::from(c)),
        Some(Err(Forbidden)) => {
            oddities.character.get_or_insert(line);
            Cow::Borrowed("\u{FFFD}")
        }
        None => {
            if let Some(known) = resolve_predefined_entity(name) {
                Cow::Borrowed(known)
            } else {
                oddities
                    .entity
                    .get_or_insert_with(|| (line, name.chars().take(60).collect()));
                Cow::Owned(format!("&{name};"))
            }
        }
    }
}
