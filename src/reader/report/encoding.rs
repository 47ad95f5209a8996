//! Which encoding a document has: by mark, by pattern, or by its declaration.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::error::{ReadError, ReadErrorKind};

/// How far the beginning is searched for a declaration.
pub(super) const HEAD: usize = 1024;

/// Refuses what is recognisably no XML, by its first bytes.
pub(super) fn refuse_known(raw: &[u8]) -> Result<(), ReadError> {
    let refuse = |message: &str, hint: &str| {
        Err(ReadError::new(ReadErrorKind::NotAReport, message).hint(hint))
    };
    match raw {
        [] => refuse(
            "the file is empty",
            "the program that writes the report may have been killed",
        ),
        [0x1F, 0x8B, ..] => refuse("this is a gzip archive", "unpack it first"),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => refuse(
            "this is a zip archive",
            "give it a name that ends in `.zip` and handin looks for reports inside",
        ),
        [0xFF, 0xFE, 0, 0, ..]
        | [0, 0, 0xFE, 0xFF, ..]
        | [b'<', 0, 0, 0, ..]
        | [0, 0, 0, b'<', ..] => Err(ReadError::new(
            ReadErrorKind::Encoding,
            "the file is encoded in UTF-32, which is not supported",
        )
        .hint("have it written in UTF-8")),
        [0x4C, 0x6F, 0xA7, 0x94, ..] => Err(ReadError::new(
            ReadErrorKind::Encoding,
            "the file is encoded in EBCDIC, which is not supported",
        )
        .hint("have it written in UTF-8")),
        _ => Ok(()),
    }
}

/// Returns the encoding and the length of the byte-order mark.
pub(super) fn settle(
    raw: &[u8],
    notes: &mut Vec<String>,
) -> Result<(&'static Encoding, usize), ReadError> {
    let label = declared(raw);
    if let Some((encoding, length)) = Encoding::for_bom(raw) {
        let named = label.as_deref().and_then(for_label);
        let agrees =
            named.is_none_or(|named| named == encoding || (is_utf16(named) && is_utf16(encoding)));
        if !agrees {
            notes.push(format!(
                "the file begins with the mark of {}, so its declaration `{}` is ignored",
                encoding.name(),
                label.unwrap_or_default()
            ));
        }
        return Ok((encoding, length));
    }
    match raw {
        [b'<', 0, ..] => return Ok((UTF_16LE, 0)),
        [0, b'<', ..] => return Ok((UTF_16BE, 0)),
        _ => {}
    }
    let Some(label) = label else {
        return Ok((UTF_8, 0));
    };
    match for_label(&label) {
        Some(encoding) if is_utf16(encoding) => {
            notes.push(format!(
                "the file is declared as `{label}` and is not: it is read as UTF-8"
            ));
            Ok((UTF_8, 0))
        }
        Some(encoding) => {
            if encoding == UTF_8 && !raw.is_ascii() && label.to_ascii_lowercase().ends_with("ascii")
            {
                notes.push(format!(
                    "the file is declared as `{label}` and holds more: it is read as UTF-8"
                ));
            }
            Ok((encoding, 0))
        }
        None if label.eq_ignore_ascii_case("utf-7") || std::str::from_utf8(head(raw)).is_err() => {
            Err(ReadError::new(
                ReadErrorKind::Encoding,
                format!("the declared encoding `{label}` is not supported"),
            )
            .at(1, 1)
            .hint("have the report written in UTF-8"))
        }
        None => {
            notes.push(format!(
                "the declared encoding `{label}` is unknown: the file is read as UTF-8"
            ));
            Ok((UTF_8, 0))
        }
    }
}

/// Returns the beginning without a character that its end may split.
fn head(raw: &[u8]) -> &[u8] {
    match std::str::from_utf8(raw) {
        Err(error) if error.error_len().is_none() => {
            raw.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => raw,
    }
}

/// Returns the encoding of a label. `us-ascii` is read as UTF-8, its superset, not as Windows-1252.
fn for_label(label: &str) -> Option<&'static Encoding> {
    if label.eq_ignore_ascii_case("us-ascii") || label.eq_ignore_ascii_case("ascii") {
        return Some(UTF_8);
    }
    Encoding::for_label(label.as_bytes()).filter(|encoding| *encoding != encoding_rs::REPLACEMENT)
}

fn is_utf16(encoding: &'static Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

/// Returns the encoding that the XML declaration names, whatever the width of its characters.
fn declared(raw: &[u8]) -> Option<String> {
    let head = raw.iter().copied().take(HEAD);
    let ascii: String = head
        .filter(|byte| *byte != 0 && byte.is_ascii())
        .take_while(|byte| *byte != b'>')
        .map(char::from)
        .collect();
    let declaration = ascii.trim_start().strip_prefix("<?xml")?;
    let declaration = declaration.strip_suffix('?')?;
    let value = declaration
        .get(declaration.find("encoding")? + "encoding".len()..)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?.trim();
    (!label.is_empty()).then(|| label.to_owned())
}
