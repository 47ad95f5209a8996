//! References such as `&amp;` and `&#233;`: resolved where XML itself knows them, kept as they are otherwise.

use std::borrow::Cow;

use super::decode::is_unwanted;

/// What becomes of line ends in an attribute's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    Blank,
    Kept,
}

/// How long a reference may be.
const REFERENCE: usize = 64;

/// What is odd about the references of a text: where the first of each kind stands.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Odd {
    /// A name that XML itself does not know.
    pub(super) entity: Option<(usize, String)>,
    /// A `&` that begins no reference.
    pub(super) ampersand: Option<usize>,
    /// A character that has no place in XML.
    pub(super) character: Option<usize>,
}

/// Resolves character references and the five names that XML knows; everything else stays as it is.
pub(super) fn unescape(raw: &str, lines: Lines) -> Cow<'_, str> {
    let Some(mut index) = next_special(raw, lines) else {
        return Cow::Borrowed(raw);
    };
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        let (before, after) = rest.split_at_checked(index).unwrap_or((rest, ""));
        text.push_str(before);
        rest = if let Some(inner) = after.strip_prefix('&') {
            append(inner, &mut text)
        } else {
            text.push(if lines == Lines::Kept { '\n' } else { ' ' });
            let after = after.strip_prefix("\r\n").or_else(|| after.get(1..));
            after.unwrap_or_default()
        };
        let Some(next) = next_special(rest, lines) else {
            break;
        };
        index = next;
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Looks at the references of a text for what is odd about them.
pub(super) fn odd(raw: &str) -> Odd {
    let mut odd = Odd::default();
    for index in memchr::memchr_iter(b'&', raw.as_bytes()) {
        let inner = raw.get(index + 1..).unwrap_or_default();
        if predefined(inner).is_some() {
            continue;
        }
        let Some(name) = name(inner) else {
            odd.ampersand.get_or_insert(index);
            continue;
        };
        match character(name) {
            Some(Ok(_)) => {}
            Some(Err(Forbidden)) => {
                odd.character.get_or_insert(index);
            }
            None => {
                let shown = || (index, name.chars().take(60).collect());
                odd.entity.get_or_insert_with(shown);
            }
        }
    }
    odd
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

/// Appends what stands for the reference of which this is what follows its `&`; returns what comes behind it.
fn append<'a>(inner: &'a str, text: &mut String) -> &'a str {
    if let Some((c, rest)) = predefined(inner) {
        text.push(c);
        return rest;
    }
    let Some(name) = name(inner) else {
        text.push('&');
        return inner;
    };
    match character(name) {
        Some(Ok(c)) => text.push(c),
        Some(Err(Forbidden)) => text.push('\u{FFFD}'),
        None => text.extend(["&", name, ";"]),
    }
    inner.get(name.len() + 1..).unwrap_or_default()
}

/// Returns the character of a name that XML itself knows, and what stands behind the reference.
fn predefined(inner: &str) -> Option<(char, &str)> {
    let (c, length) = match inner.as_bytes() {
        [b'l', b't', b';', ..] => ('<', 3),
        [b'g', b't', b';', ..] => ('>', 3),
        [b'a', b'm', b'p', b';', ..] => ('&', 4),
        [b'q', b'u', b'o', b't', b';', ..] => ('"', 5),
        [b'a', b'p', b'o', b's', b';', ..] => ('\'', 5),
        _ => return None,
    };
    Some((c, inner.get(length..)?))
}

/// Returns the name of a reference, between its `&` and its `;`.
fn name(inner: &str) -> Option<&str> {
    let near = inner
        .as_bytes()
        .get(..REFERENCE - 1)
        .unwrap_or(inner.as_bytes());
    let end = near.iter().position(|byte| *byte == b';')?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '#' | '_' | '-' | '.' | ':');
    let name = inner.get(..end).filter(|_| end > 0)?;
    let is_usual = || name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_usual() || name.chars().all(is_part)).then_some(name)
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
