//! A document of which the beginning is at hand as text, so that it can be told what it is before anything parses it.

use std::io::Read;

use super::decode::Decoded;
use super::error::ReadError;

/// How much of a document is looked at, at least.
const HEAD: usize = 16 * 1024;

/// A document that has been begun.
pub(super) struct Document<R> {
    /// Its beginning.
    pub(super) head: String,
    /// What comes behind the beginning.
    pub(super) rest: Decoded<R>,
    /// The line on which the beginning begins.
    pub(super) line: u64,
    /// Whether the beginning is all there is.
    whole: bool,
}

impl<R: Read> Document<R> {
    /// Begins to read; fails where the bytes are recognisably no text.
    pub(super) fn new(bytes: R) -> Result<Self, ReadError> {
        let mut rest = Decoded::new(bytes)?;
        let (mut head, mut whole) = (String::new(), false);
        while head.len() < HEAD && !whole {
            let read = rest.read_chunk(&mut head, 1);
            whole = read.map_err(|error| ReadError::io(&error))? == 0;
        }
        Ok(Self {
            head,
            rest,
            line: 1,
            whole,
        })
    }

    /// Returns whether there is nothing behind the beginning.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }
}
