//! Bytes to clean UTF-8: the encoding by mark, pattern or declaration; what cannot be decoded, and control characters, become
//! U+FFFD and are counted.
//!
//! Knows bytes and encodings, nothing of elements.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::error::{ReadError, ReadErrorKind, Warnings};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;
/// How far the beginning is searched for a declaration.
const HEAD: usize = 1024;
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// Turns the bytes of a reader into whole characters of UTF-8.
pub(super) struct Decoded<R> {
    inner: R,
    raw: Vec<u8>,
    decoder: Option<Decoder>,
    /// The line at which the next chunk begins.
    line: u64,
    ended: bool,
    undecodable: Oddity,
    controls: Oddity,
    notes: Vec<String>,
}

/// How often something odd was met, and the line of the first.
#[derive(Debug, Default)]
struct Oddity {
    count: u64,
    line: u64,
}

impl Oddity {
    fn note(&mut self, line: u64) {
        if self.count == 0 {
            self.line = line;
        }
        self.count += 1;
    }
}

impl<R: Read> Decoded<R> {
    /// Looks at the beginning and settles the encoding.
    pub(super) fn new(mut inner: R) -> Result<Self, ReadError> {
        let mut raw = Vec::with_capacity(CHUNK + 8);
        while raw.len() < HEAD {
            let count = fill(&mut inner, &mut raw).map_err(|error| ReadError::io(&error))?;
            if count == 0 {
                break;
            }
        }
        let mut notes = Vec::new();
        refuse_known(&raw)?;
        let (encoding, mark) = settle(&raw, &mut notes)?;
        raw.drain(..mark);
        Ok(Self {
            inner,
            raw,
            decoder: (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling()),
            line: 1,
            ended: false,
            undecodable: Oddity::default(),
            controls: Oddity::default(),
            notes,
        })
    }

    /// Appends the next clean characters; tells how many bytes, 0 at the end.
    pub(super) fn read_chunk(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        let before = out.len();
        while out.len() == before && !self.ended {
            if self.raw.len() < HEAD {
                self.ended = fill(&mut self.inner, &mut self.raw)? == 0;
            }
            match &mut self.decoder {
                None => self.pass_utf8(out),
                Some(_) => self.convert(out),
            }
        }
        Ok(out.len() - before)
    }

    pub(super) fn into_inner(self) -> R {
        self.inner
    }

    /// Tells what was odd about the bytes.
    pub(super) fn warn(&self, warnings: &mut Warnings) {
        for note in &self.notes {
            warnings.add(Some(1), note.clone());
        }
        if self.undecodable.count > 0 {
            warnings.add(
                Some(self.undecodable.line),
                format!(
                    "{} undecodable byte sequences became U+FFFD",
                    self.undecodable.count
                ),
            );
        }
        if self.controls.count > 0 {
            warnings.add(
                Some(self.controls.line),
                format!("{} control characters became U+FFFD", self.controls.count),
            );
        }
    }

    fn pass_utf8(&mut self, out: &mut Vec<u8>) {
        let raw = std::mem::take(&mut self.raw);
        let mut rest = raw.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.clean(text, out);
                    rest = &[];
                    break;
                }
                Err(error) => {
                    let (valid, after) = rest
                        .split_at_checked(error.valid_up_to())
                        .unwrap_or((rest, &[]));
                    self.clean(std::str::from_utf8(valid).unwrap_or_default(), out);
                    let Some(length) = error.error_len().or(self.ended.then_some(after.len()))
                    else {
                        rest = after;
                        break;
                    };
                    self.undecodable.note(self.line);
                    out.extend_from_slice(REPLACEMENT);
                    rest = after.get(length..).unwrap_or_default();
                }
            }
        }
        let left = raw.len() - rest.len();
        self.raw = raw;
        self.raw.drain(..left);
    }

    fn convert(&mut self, out: &mut Vec<u8>) {
        let Some(decoder) = &mut self.decoder else {
            return;
        };
        let mut text = String::with_capacity(
            decoder
                .max_utf8_buffer_length(self.raw.len())
                .unwrap_or(self.raw.len() * 4),
        );
        let (result, _, replaced) = decoder.decode_to_string(&self.raw, &mut text, self.ended);
        debug_assert_eq!(
            result,
            CoderResult::InputEmpty,
            "the string has room for the worst case"
        );
        self.raw.clear();
        if replaced {
            let mut pieces = text.split('\u{FFFD}');
            let line = self.line + newlines(pieces.next().unwrap_or_default().as_bytes());
            pieces.for_each(|_| self.undecodable.note(line));
        }
        self.clean(&text, out);
    }

    /// Appends the text with its control characters replaced.
    fn clean(&mut self, text: &str, out: &mut Vec<u8>) {
        if !suspicious(text.as_bytes()) {
            self.line += newlines(text.as_bytes());
            out.extend_from_slice(text.as_bytes());
            return;
        }
        let mut start = 0;
        for (index, c) in text.char_indices().filter(|(_, c)| is_unwanted(*c)) {
            let good = text.get(start..index).unwrap_or_default().as_bytes();
            self.line += newlines(good);
            self.controls.note(self.line);
            out.extend_from_slice(good);
            out.extend_from_slice(REPLACEMENT);
            start = index + c.len_utf8();
        }
        let good = text.get(start..).unwrap_or_default().as_bytes();
        self.line += newlines(good);
        out.extend_from_slice(good);
    }
}

/// Tells whether a character has no place in a report: it would be illegal in XML or drive a terminal.
pub(super) fn is_unwanted(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{FFFE}' | '\u{FFFF}' => true,
        _ => c.is_control(),
    }
}

/// Tells quickly whether a text may hold unwanted characters. Without branches, so that the compiler takes many bytes at once.
fn suspicious(bytes: &[u8]) -> bool {
    let flags = |byte: u8| {
        let control = u8::from(byte < 0x20)
            & u8::from(byte != b'\t')
            & u8::from(byte != b'\n')
            & u8::from(byte != b'\r');
        control | u8::from(byte == 0x7F) | u8::from(byte == 0xC2) | u8::from(byte == 0xEF)
    };
    bytes.iter().fold(0, |found, byte| found | flags(*byte)) != 0
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Appends up to [`CHUNK`] bytes; returns how many.
fn fill(inner: &mut impl Read, raw: &mut Vec<u8>) -> io::Result<usize> {
    let before = raw.len();
    raw.resize(before + CHUNK, 0);
    let result = loop {
        match inner.read(raw.get_mut(before..).unwrap_or_default()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    raw.truncate(before + result.as_ref().copied().unwrap_or(0));
    result
}

/// Refuses what is recognisably no XML, by its first bytes.
fn refuse_known(raw: &[u8]) -> Result<(), ReadError> {
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
fn settle(raw: &[u8], notes: &mut Vec<String>) -> Result<(&'static Encoding, usize), ReadError> {
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
    let ascii: Vec<u8> = raw
        .iter()
        .copied()
        .take(HEAD)
        .filter(|byte| *byte != 0 && byte.is_ascii())
        .collect();
    let text = String::from_utf8(ascii).ok()?;
    let declaration = text.trim_start().strip_prefix("<?xml")?;
    let declaration = declaration.get(..declaration.find("?>")?)?;
    let value = declaration
        .get(declaration.find("encoding")? + "encoding".len()..)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?.trim();
    (!label.is_empty()).then(|| label.to_owned())
}
