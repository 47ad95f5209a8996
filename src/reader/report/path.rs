//! The elements around a place in a document.

use super::error::{ReadError, ReadErrorKind};
use crate::ascii::has;

/// How deep elements may nest; what stands deeper is passed by.
pub(super) const DEPTH: usize = 256;
/// How much of an element's name is shown. A name may be as long as a tag; a place need not be told in full.
const SHOWN: usize = 64;

/// The names of the open elements.
#[derive(Debug, Default)]
pub(super) struct Path {
    /// The names as they are written, one behind the other.
    names: Vec<u8>,
    /// Where each name begins.
    begins: Vec<usize>,
    /// How many root elements have begun.
    roots: u64,
}

impl Path {
    /// Returns whether no element is open.
    pub(super) fn is_empty(&self) -> bool {
        self.begins.is_empty()
    }

    /// Returns how many root elements have begun.
    pub(super) fn roots(&self) -> u64 {
        self.roots
    }

    /// Takes the beginning of an element.
    pub(super) fn push(&mut self, name: &[u8]) {
        self.roots += u64::from(self.begins.is_empty());
        self.begins.push(self.names.len());
        self.names.extend_from_slice(name);
    }

    /// Returns whether no further element may stand inside the innermost.
    pub(super) fn is_full(&self) -> bool {
        self.begins.len() >= DEPTH
    }

    /// Takes the end of the innermost element.
    pub(super) fn pop(&mut self) {
        let begin = self.begins.pop().unwrap_or(0);
        self.names.truncate(begin);
    }

    /// Returns the name of the innermost element.
    pub(super) fn innermost(&self) -> Option<&[u8]> {
        self.names.get(*self.begins.last()?..)
    }

    /// Takes an end tag: it must be that of the innermost element.
    pub(super) fn close(&mut self, name: &[u8]) -> Result<(), ReadError> {
        let message = match self.innermost() {
            Some(open) if open == name => {
                self.pop();
                return Ok(());
            }
            Some(open) => format!(
                "expected `</{}>`, but `</{}>` was found",
                short(open),
                short(name)
            ),
            None => format!(
                "the end tag `</{}>` does not match any open element",
                short(name)
            ),
        };
        Err(ReadError::new(ReadErrorKind::Malformed, message))
    }

    /// Returns the names for people, without their prefixes.
    pub(super) fn shown(&self) -> String {
        let ends = self
            .begins
            .iter()
            .skip(1)
            .copied()
            .chain([self.names.len()]);
        let names = self.begins.iter().zip(ends);
        let shown: Vec<String> = names
            .map(|(begin, end)| short(self.names.get(*begin..end).unwrap_or_default()))
            .map(|name| local(&name).to_owned())
            .collect();
        shown.join("/")
    }
}

/// Returns a name without its prefix.
pub(super) fn local(name: &str) -> &str {
    let has_prefix = match name.as_bytes() {
        short if short.len() < 8 => short.contains(&b':'),
        long => has(long, b':'),
    };
    if has_prefix {
        name.split_once(':').map_or(name, |(_, local)| local)
    } else {
        name
    }
}

fn short(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let end = super::text::floor_char_boundary(&name, SHOWN);
    name.get(..end).unwrap_or_default().to_owned()
}
