//! Bytes to clean UTF-8: the encoding by mark, pattern or declaration; what cannot be decoded, and control characters, become
//! U+FFFD and are counted.
//!
//! Knows bytes and encodings, nothing of elements.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, UTF_8};

use super::encoding::{HEAD, refuse_known, settle};
use super::error::{ReadError, Warnings};
use super::place::newlines;
use crate::ascii::is_suspicious;

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// Turns the bytes of a reader into whole characters of UTF-8.
pub(super) struct Decoded<R> {
    inner: R,
    /// What has been read, up to `filled`.
    raw: Vec<u8>,
    filled: usize,
    decoder: Option<Decoder>,
    /// The line with which the text begins that is being added to.
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
    /// Takes note of one more; the first stands on the line that the text so far leads to.
    fn note(&mut self, begin: u64, text: &str) {
        if self.count == 0 {
            self.line = begin + newlines(text);
        }
        self.count += 1;
    }
}

impl<R: Read> Decoded<R> {
    /// Looks at the beginning and settles the encoding.
    pub(super) fn new(mut inner: R) -> Result<Self, ReadError> {
        let mut raw = vec![0; CHUNK];
        let mut filled = 0;
        while filled < HEAD {
            let count =
                fill(&mut inner, &mut raw, filled).map_err(|error| ReadError::io(&error))?;
            filled += count;
            if count == 0 {
                break;
            }
        }
        let head = raw.get(..filled).unwrap_or_default();
        let mut notes = Vec::new();
        refuse_known(head)?;
        let (encoding, mark) = settle(head, &mut notes)?;
        raw.copy_within(mark..filled, 0);
        Ok(Self {
            inner,
            raw,
            filled: filled - mark,
            decoder: (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling()),
            line: 1,
            ended: false,
            undecodable: Oddity::default(),
            controls: Oddity::default(),
            notes,
        })
    }

    /// Appends the next clean characters to a text that begins with this line; tells how many bytes, 0 at the end.
    pub(super) fn read_chunk(&mut self, out: &mut String, line: u64) -> io::Result<usize> {
        self.line = line;
        let before = out.len();
        while out.len() == before && !self.ended {
            if self.filled < HEAD {
                let count = fill(&mut self.inner, &mut self.raw, self.filled)?;
                self.filled += count;
                self.ended = count == 0;
            }
            let raw = std::mem::take(&mut self.raw);
            let bytes = raw.get(..self.filled).unwrap_or_default();
            let used = if self.decoder.is_some() {
                self.convert(bytes, out)
            } else {
                self.pass_utf8(bytes, out)
            };
            self.raw = raw;
            self.raw.copy_within(used..self.filled, 0);
            self.filled -= used;
        }
        Ok(out.len() - before)
    }

    /// Adds warnings about irregular bytes.
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
                format!(
                    "control characters that became U+FFFD: {}",
                    self.controls.count
                ),
            );
        }
    }

    /// Takes bytes that should be UTF-8; returns how many. A character that their end splits is left.
    fn pass_utf8(&mut self, bytes: &[u8], out: &mut String) -> usize {
        let mut rest = bytes;
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.clean(text, out);
                    return bytes.len();
                }
                Err(error) => error,
            };
            let (valid, after) = rest
                .split_at_checked(error.valid_up_to())
                .unwrap_or((rest, &[]));
            self.clean(std::str::from_utf8(valid).unwrap_or_default(), out);
            let Some(length) = error.error_len().or(self.ended.then_some(after.len())) else {
                return bytes.len() - after.len();
            };
            self.undecodable.note(self.line, out);
            out.push('\u{FFFD}');
            rest = after.get(length..).unwrap_or_default();
        }
    }

    /// Takes bytes of another encoding; returns how many. The decoder keeps what their end splits.
    fn convert(&mut self, bytes: &[u8], out: &mut String) -> usize {
        let Some(decoder) = &mut self.decoder else {
            return 0;
        };
        let room = decoder.max_utf8_buffer_length(bytes.len());
        let mut text = String::with_capacity(room.unwrap_or(bytes.len() * 4));
        let (result, _, replaced) = decoder.decode_to_string(bytes, &mut text, self.ended);
        debug_assert_eq!(
            result,
            CoderResult::InputEmpty,
            "the string has room for the worst case"
        );
        if replaced {
            let mut pieces = text.split('\u{FFFD}');
            let line = self.line + newlines(out);
            let before = pieces.next().unwrap_or_default();
            pieces.for_each(|_| self.undecodable.note(line, before));
        }
        self.clean(&text, out);
        bytes.len()
    }

    /// Appends the text with its control characters replaced.
    fn clean(&mut self, text: &str, out: &mut String) {
        let mut rest = text;
        while is_suspicious(rest.as_bytes()) {
            let Some(index) = rest.find(is_unwanted) else {
                break;
            };
            let (good, bad) = rest.split_at_checked(index).unwrap_or((rest, ""));
            out.push_str(good);
            self.controls.note(self.line, out);
            out.push('\u{FFFD}');
            let mut bad = bad.chars();
            bad.next();
            rest = bad.as_str();
        }
        out.push_str(rest);
    }
}

/// Returns whether a character has no place in a report: it would be illegal in XML or drive a terminal.
pub(super) fn is_unwanted(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{FFFE}' | '\u{FFFF}' => true,
        _ => c.is_control(),
    }
}

/// Reads what fits behind `filled`; returns how many bytes.
fn fill(inner: &mut impl Read, raw: &mut [u8], filled: usize) -> io::Result<usize> {
    let room = raw.get_mut(filled..).unwrap_or_default();
    loop {
        match inner.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
