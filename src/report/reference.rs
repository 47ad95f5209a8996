//! References such as `&amp;` and `&#233;`: resolved where XML itself knows them, kept as they are otherwise.

use std::borrow::Cow;

use quick_xml::escape::resolve_predefined_entity;

use super::decode::is_unwanted;

/// What becomes of line ends in an attribute's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    Blank,
    Kept,
}

/// How long a reference may be.
const REFERENCE: usize = 64;

/// A text whose references are resolved, and what was odd about them: where the first of each kind stands.
#[derive(Default)]
pub(super) struct Unescaped<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) entity: Option<(usize, String)>,
    pub(super) ampersand: Option<usize>,
    pub(super) character: Option<usize>,
}

/// Resolves character references and the five names that XML knows; everything else stays as it is.
pub(super) fn unescape(raw: &str, lines: Lines) -> Unescaped<'_> {
    let Some(first) = next_special(raw, lines) else {
        return Unescaped {
            text: Cow::Borrowed(raw),
            ..Unescaped::default()
        };
    };
    let mut result = Unescaped::default();
    let mut text = String::with_capacity(raw.len());
    let mut special = Some(first);
    let mut rest = raw;
    while let Some(index) = special {
        let (before, after) = rest.split_at_checked(index).unwrap_or((rest, ""));
        text.push_str(before);
        rest = if after.starts_with('&') {
            let place = raw.len() - after.len();
            reference(after, place, &mut text, &mut result)
        } else {
            text.push(if lines == Lines::Kept { '\n' } else { ' ' });
            let after = after.strip_prefix("\r\n").or_else(|| after.get(1..));
            after.unwrap_or_default()
        };
        special = next_special(rest, lines);
    }
    text.push_str(rest);
    result.text = Cow::Owned(text);
    result
}

/// Returns the index of the first byte that does not stand for itself.
fn next_special(text: &str, lines: Lines) -> Option<usize> {
    match lines {
        Lines::Kept => memchr::memchr2(b'&', b'\r', text.as_bytes()),
        Lines::Blank => text
            .bytes()
            .position(|byte| matches!(byte, b'&' | b'\r' | b'\n' | b'\t')),
    }
}

/// Returns how much of a text, of which there may be more, can be taken by itself: it ends in the middle of no reference, of no
/// line end and of no `]]>`.
pub(super) fn cut_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let from = bytes.len().saturating_sub(REFERENCE);
    let near = bytes.get(from..).unwrap_or_default();
    match memchr::memrchr2(b'&', b';', near) {
        Some(index) if near.get(index) == Some(&b'&') => from + index,
        _ if bytes.ends_with(b"]]") => bytes.len() - 2,
        _ if bytes.ends_with(b"]") || bytes.ends_with(b"\r") => bytes.len() - 1,
        _ => bytes.len(),
    }
}

/// Appends what the reference at the beginning of `rest` stands for; returns what follows it.
fn reference<'a>(
    rest: &'a str,
    place: usize,
    text: &mut String,
    result: &mut Unescaped<'_>,
) -> &'a str {
    let inner = rest.get(1..).unwrap_or_default();
    let Some(name) = name(inner) else {
        result.ampersand.get_or_insert(place);
        text.push('&');
        return inner;
    };
    match character(name) {
        Some(Ok(c)) => text.push(c),
        Some(Err(Forbidden)) => {
            result.character.get_or_insert(place);
            text.push('\u{FFFD}');
        }
        None => {
            if let Some(known) = resolve_predefined_entity(name) {
                text.push_str(known);
            } else {
                result
                    .entity
                    .get_or_insert_with(|| (place, name.chars().take(60).collect()));
                text.push('&');
                text.push_str(name);
                text.push(';');
            }
        }
    }
    inner.get(name.len() + 1..).unwrap_or_default()
}

/// Returns the name of a reference, between its `&` and its `;`.
fn name(inner: &str) -> Option<&str> {
    let end =
        inner.find(|c: char| !c.is_alphanumeric() && !matches!(c, '#' | '_' | '-' | '.' | ':'))?;
    let is_name = end > 0 && end < REFERENCE - 1 && inner.as_bytes().get(end) == Some(&b';');
    inner.get(..end).filter(|_| is_name)
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
