//! JSON, read from its beginning to its end without ever holding the whole: a walker says at each member whether it is entered,
//! taken or passed by, and what is taken is one small tree.
//!
//! The JSON library parses. What it would hold without end is bounded before it comes to that ([`sift`]): texts, and how deep
//! values nest.

mod late;
mod sift;
mod tree;
mod walk;

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

pub(super) use late::{Shape, Waiting};
use serde::de::DeserializeSeed as _;
use sift::Sift;
pub(super) use tree::{Json, Wanted};
pub(super) use walk::{Next, Walker};

use super::Source;
use super::decode::Decoded;
use super::document::Document;
use super::error::{ReadError, ReadErrorKind, Warnings};
use super::place::newlines;
use super::sketch::Sketch;

/// A JSON document being read.
pub(super) struct Text<R> {
    rest: Decoded<R>,
    chunk: String,
    /// What may be read, from `at` on.
    kept: Vec<u8>,
    at: usize,
    sift: Sift,
    line: Rc<Cell<u64>>,
    ended: bool,
}

impl<R: Read> Text<R> {
    pub(super) fn new(document: Document<R>) -> Self {
        let mut text = Self {
            rest: document.rest,
            chunk: String::new(),
            kept: Vec::new(),
            at: 0,
            sift: Sift::default(),
            line: Rc::new(Cell::new(document.line)),
            ended: false,
        };
        text.kept.reserve(document.head.len());
        text.sift.pass(&document.head, &mut text.kept);
        text
    }

    /// Gets more; the document may end here.
    fn refill(&mut self) -> io::Result<()> {
        self.chunk.clear();
        self.kept.clear();
        self.at = 0;
        self.ended = self.rest.read_chunk(&mut self.chunk)? == 0;
        self.sift.pass(&self.chunk, &mut self.kept);
        Ok(())
    }

    /// Goes through the document to its end.
    pub(super) fn walk(mut self, walker: &mut impl Walker) -> Result<Self, ReadError> {
        let (line, begin) = (Rc::clone(&self.line), self.line.get());
        let mut json = serde_json::Deserializer::from_reader(&mut self);
        let result = walk::walk(&mut json, walker, &line).and_then(|()| json.end());
        drop(json);
        result.map_err(|error| self.located(&error, begin))?;
        Ok(self)
    }

    /// Reads the document as one small tree.
    pub(super) fn whole(mut self, wanted: &'static Wanted) -> Result<Json, ReadError> {
        let begin = self.line.get();
        let mut json = serde_json::Deserializer::from_reader(&mut self);
        let result = wanted.tree().deserialize(&mut json);
        let result = result.and_then(|value| json.end().map(|()| value));
        drop(json);
        result.map_err(|error| self.located(&error, begin))
    }

    /// Tells what was odd about the document as such.
    pub(super) fn warn(&self, warnings: &mut Warnings) {
        if self.sift.cut() > 0 {
            let message = format!("{} texts longer than 1 MiB were cut", self.sift.cut());
            warnings.add(None, message);
        }
        self.rest.warn(warnings);
    }

    /// Says what keeps the document from being read, and where.
    fn located(&self, error: &serde_json::Error, begin: u64) -> ReadError {
        let (line, column) = (error.line() as u64, error.column() as u64);
        let error = if self.sift.is_too_deep() {
            let message = format!("values are nested deeper than {}", sift::DEPTH);
            ReadError::new(ReadErrorKind::TooLarge, message)
        } else if let Some(kind) = error.io_error_kind() {
            ReadError::io(&kind.into())
        } else if error.is_eof() {
            incomplete()
        } else {
            ReadError::new(ReadErrorKind::Malformed, broken(error))
        };
        error.at(line.max(1) + begin - 1, column.max(1))
    }
}

/// Says that a document ends too early.
pub(super) fn incomplete() -> ReadError {
    let message = "the report ends before its JSON is complete";
    ReadError::new(ReadErrorKind::Malformed, message).hint(
        "the program that wrote it may have been killed; nothing of an incomplete report is taken",
    )
}

/// Says what is wrong with JSON, without the place that the library puts behind it.
fn broken(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(message, _)| message);
    format!("the JSON is broken: {message}")
}

impl<R: Read> Read for Text<R> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The library reads byte by byte.
        if let ([target], Some(byte)) = (&mut *buffer, self.kept.get(self.at)) {
            *target = *byte;
            self.at += 1;
            if *byte == b'\n' {
                self.line.set(self.line.get() + 1);
            }
            return Ok(1);
        }
        self.read_some(buffer)
    }
}

impl<R: Read> Text<R> {
    /// Reads what is there, after getting more where nothing is.
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.sift.is_too_deep() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        while self.at == self.kept.len() && !self.ended {
            self.refill()?;
        }
        let rest = self.kept.get(self.at..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        let (given, _) = rest.split_at_checked(count).unwrap_or_default();
        if let Some(target) = buffer.get_mut(..count) {
            target.copy_from_slice(given);
            let lines = memchr::memchr_iter(b'\n', given).count() as u64;
            self.line.set(self.line.get() + lines);
        }
        self.at += count;
        Ok(count)
    }
}

/// Returns a document from an index on.
pub(super) fn behind<R>(mut document: Document<R>, at: usize) -> Document<R> {
    document.line += newlines(document.head.get(..at).unwrap_or_default());
    document.head.drain(..at);
    document
}

/// Looks at the members of a whole document, where its beginning does not tell what it is.
pub(super) fn sketch(source: &Source, sketch: &mut Sketch) {
    let document = source.open().map_err(|error| ReadError::io(&error));
    if let Ok(document) = document.and_then(Document::new) {
        let blank = document.head.find(['{', '[']).unwrap_or(0);
        let text = Text::new(behind(document, blank));
        // What is broken is for the reader to tell.
        drop(sketch.add(&mut serde_json::Deserializer::from_reader(text)));
    }
}
