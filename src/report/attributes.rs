//! The attributes of a tag, found once and checked for what makes a tag malformed.

use std::ops::Range;

use quick_xml::events::BytesStart;

use super::error::{ReadError, ReadErrorKind};
use super::oddities::Oddities;

/// How many attributes an element may have.
const ATTRIBUTES: usize = 256;

/// Where an attribute stands in the content of its tag.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Finds the attributes in the content of a tag.
pub(super) fn scan(
    start: &BytesStart<'_>,
    spans: &mut Vec<Span>,
    oddities: &mut Oddities,
    line: u64,
) -> Result<(), ReadError> {
    let malformed = |message: String| ReadError::new(ReadErrorKind::Malformed, message);
    let content: &str = start;
    spans.clear();
    let mut at = start.name().as_ref().len();
    while let Some(span) = next_attribute(content, at).map_err(malformed)? {
        let name = content.get(span.name.clone()).unwrap_or_default();
        let same = |other: &Span| {
            other.name.len() == name.len()
                && content.as_bytes().get(other.name.clone()) == Some(name.as_bytes())
        };
        if spans.iter().any(same) {
            return Err(malformed(format!(
                "the attribute `{name}` stands twice in one element"
            )));
        }
        if spans.len() == ATTRIBUTES {
            return Err(ReadError::new(
                ReadErrorKind::TooLarge,
                format!("an element has more than {ATTRIBUTES} attributes"),
            ));
        }
        let value = content.get(span.value.clone()).unwrap_or_default();
        if memchr::memchr2(b'&', b'<', value.as_bytes()).is_some() {
            oddities.value(value, line);
        }
        at = span.value.end + 1;
        spans.push(span);
    }
    Ok(())
}

/// Returns the next `name="value"` at or after `at`, or what keeps it from being one.
fn next_attribute(content: &str, at: usize) -> Result<Option<Span>, String> {
    let bytes = content.as_bytes();
    let skip = |from: usize| {
        let blanks = bytes
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace());
        from + blanks.count()
    };
    let begin = skip(at);
    let rest = bytes.get(begin..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(None);
    }
    let length = rest
        .iter()
        .position(|byte| *byte == b'=' || byte.is_ascii_whitespace())
        .unwrap_or(rest.len());
    let name = begin..begin + length;
    let shown = || {
        content
            .get(name.clone())
            .unwrap_or_default()
            .chars()
            .take(60)
            .collect::<String>()
    };
    let equals = skip(name.end);
    if bytes.get(equals) != Some(&b'=') || length == 0 {
        return Err(format!("the attribute `{}` has no value", shown()));
    }
    let open = skip(equals + 1);
    let Some(quote) = bytes.get(open).filter(|byte| matches!(byte, b'"' | b'\'')) else {
        return Err(format!(
            "the value of the attribute `{}` is not quoted",
            shown()
        ));
    };
    match memchr::memchr(*quote, bytes.get(open + 1..).unwrap_or_default()) {
        Some(length) => Ok(Some(Span {
            name,
            value: open + 1..open + 1 + length,
        })),
        None => Err(format!(
            "the value of the attribute `{}` is not closed",
            shown()
        )),
    }
}
