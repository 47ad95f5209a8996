//! JSON, read from its beginning to its end without ever holding the whole: a walker says at each member whether it is entered,
//! taken or passed by, and what is taken is one small tree.

mod heads;
mod late;
mod parse;
mod tree;
mod walk;

pub(super) use heads::Heads;
pub(super) use late::{Shape, Waiting};
pub(super) use parse::{Lost, Text};
pub(super) use tree::{Json, Wanted};
pub(super) use walk::{Next, Walker};

use super::Source;
use super::document::Document;
use super::error::{ReadError, ReadErrorKind, Warnings};
use super::formats::Bytes;
use super::place::newlines;
use super::sketch::Sketch;

impl Text<'_> {
    /// Goes through the document to its end.
    pub(super) fn walk(mut self, walker: &mut impl Walker) -> Result<Self, ReadError> {
        let done = walk::walk(&mut self, walker).and_then(|()| self.end());
        done.map_err(|error| self.located(error))?;
        Ok(self)
    }

    /// Reads the document as one small tree, and tells what was odd about it.
    pub(super) fn whole(
        mut self,
        wanted: &'static Wanted,
        warnings: &mut Warnings,
    ) -> Result<Json, ReadError> {
        let value = wanted.read(&mut self);
        let value = value.and_then(|value| self.end().map(|()| value));
        let value = value.map_err(|error| self.located(error))?;
        self.warn(warnings);
        Ok(value)
    }
}

/// Returns the error for a document that ends too early.
pub(super) fn incomplete() -> ReadError {
    let message = "the report ends before its JSON is complete";
    ReadError::new(ReadErrorKind::Malformed, message).hint(
        "the program that wrote it may have been killed; nothing of an incomplete report is taken",
    )
}

/// Returns the error for malformed JSON.
fn broken(what: &str) -> ReadError {
    ReadError::new(
        ReadErrorKind::Malformed,
        format!("the JSON is broken: {what}"),
    )
}

/// Returns a document from an index on.
pub(super) fn behind<R>(mut document: Document<R>, at: usize) -> Document<R> {
    document.line += newlines(document.head.get(..at).unwrap_or_default());
    document.head.drain(..at);
    document
}

/// Opens a document once more, from where its JSON begins, for somebody to look at. What is broken is for the reader to tell.
fn look(source: &Source, looks: impl FnOnce(Text<'_>)) {
    let Ok(mut bytes) = source.open() else {
        return;
    };
    if let Ok(document) = Document::new(&mut bytes as Bytes<'_>) {
        let begin = document.head.find(['{', '[']).unwrap_or(0);
        looks(Text::new(behind(document, begin)));
    }
}

/// Looks at the members of a whole document, where its beginning does not tell what it is.
pub(super) fn sketch(source: &Source, sketch: &mut Sketch) {
    look(source, |mut text| drop(sketch.add(&mut text)));
}
