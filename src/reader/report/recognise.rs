//! Tells by the beginning of a document what it is, before anything parses it, and gives it to the reader of that format.
//!
//! A report begins with its own first character, or behind a byte-order mark, blanks, or a short preamble that a console has left.
//! What only quotes a report is none.

use std::io::Read;

use super::digest::{Digest, Digested};
use super::document::Document;
use super::error::{ReadError, ReadErrorKind};
use super::formats::{Bytes, Input, READERS, Reader, listed};
use super::json::behind;
use super::sketch::{Seen, Sketch};
use super::xml::Xml;
use super::{Format, LateProperties, Source, Summary, foreign};
use crate::model::TestCase;

/// How long a preamble may be, in bytes and in lines.
const PREAMBLE: usize = 2048;
const LINES: usize = 20;

/// Reads a document of any known format.
pub(super) fn read(
    bytes: impl Read,
    source: &Source,
    (digest, late): (Digest, Option<&LateProperties>),
    visit: &mut dyn FnMut(&mut TestCase),
) -> Result<Summary, ReadError> {
    let mut bytes = Digested::new(bytes, digest);
    let document = Document::new(&mut bytes as Bytes<'_>)?;
    let mut input = Input {
        source,
        late,
        visit,
    };
    let mut summary = read_document(document, &mut input)?;
    summary.digest = bytes.finish().map_err(|error| ReadError::io(&error))?;
    Ok(summary)
}

fn read_document(
    document: Document<Bytes<'_>>,
    input: &mut Input<'_>,
) -> Result<Summary, ReadError> {
    match choose(document, input.source)? {
        Chosen::Xml(xml, _, read) => read(*xml, input),
        Chosen::Text(document, _, read) => read(document, input),
    }
}

/// Returns the format of a report without reading it.
pub(super) fn peek(source: &Source) -> Result<Format, ReadError> {
    let mut bytes = source.open().map_err(|error| ReadError::io(&error))?;
    let document = Document::new(&mut bytes as Bytes<'_>)?;
    match choose(document, source)? {
        Chosen::Xml(_, format, _) | Chosen::Text(_, format, _) => Ok(format),
    }
}

/// A document, what it is, and what reads it.
enum Chosen<'a> {
    Xml(Box<Xml<Bytes<'a>>>, Format, ReadXml),
    Text(Document<Bytes<'a>>, Format, ReadText),
}

type ReadXml = fn(Xml<Bytes<'_>>, &mut Input<'_>) -> Result<Summary, ReadError>;
type ReadText = fn(Document<Bytes<'_>>, &mut Input<'_>) -> Result<Summary, ReadError>;

fn choose<'a>(document: Document<Bytes<'a>>, source: &Source) -> Result<Chosen<'a>, ReadError> {
    let text = READERS.iter().find_map(|(format, reader)| match reader {
        Reader::Text(recognises, read) if recognises(&document.head) => Some((*format, *read)),
        Reader::Text(..) | Reader::Xml(..) | Reader::Inner(..) | Reader::Json(..) => None,
    });
    match (text, begin(&document.head)) {
        (_, Begin::Xml { preamble: false }) | (None, Begin::Xml { preamble: true }) => {
            xml(document)
        }
        (_, Begin::Json { at: 0, sketch }) => json(document, sketch, source),
        (Some((format, read)), _) => Ok(Chosen::Text(document, format, read)),
        (None, Begin::Json { at, sketch }) => {
            // What is read line by line is read from its beginning: lines in front may say something.
            let lines = sketch.0.has_lines();
            let document = if lines {
                document
            } else {
                behind(document, at)
            };
            json(document, sketch, source)
        }
        (None, Begin::Text) => Err(text_error(&document)),
    }
}

/// What a document begins with.
enum Begin {
    Xml { preamble: bool },
    Json { at: usize, sketch: (Sketch, Seen) },
    Text,
}

fn begin(head: &str) -> Begin {
    let text = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if text.starts_with('<') {
        return Begin::Xml { preamble: false };
    }
    if let Some(sketch) = begins_json(text) {
        return Begin::Json { at: 0, sketch };
    }
    let mut at = 0;
    for line in head.split_inclusive('\n').take(LINES) {
        if at > PREAMBLE {
            break;
        }
        let rest = head.get(at..).unwrap_or_default();
        if line.starts_with('<') && begins_report(rest) {
            return Begin::Xml { preamble: true };
        }
        if let Some(sketch) = begins_json(rest) {
            return Begin::Json { at, sketch };
        }
        at += line.len();
    }
    Begin::Text
}

/// Returns whether JSON with at least one member begins here.
fn begins_json(text: &str) -> Option<(Sketch, Seen)> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let (sketch, seen) = Sketch::of(text);
    let nothing = sketch.is_empty() || seen == Seen::Broken && sketch.is_bare();
    (!nothing).then_some((sketch, seen))
}

/// Returns whether an XML report begins here.
fn begins_report(text: &str) -> bool {
    let root = Xml::new(text.as_bytes()).and_then(|mut xml| xml.root());
    root.is_ok_and(|root| {
        READERS
            .iter()
            .any(|(_, reader)| matches!(reader, Reader::Xml(recognises, _) if recognises(&root)))
    })
}

fn xml(document: Document<Bytes<'_>>) -> Result<Chosen<'_>, ReadError> {
    let inner = READERS.iter().find_map(|(format, reader)| match reader {
        Reader::Inner(begins, read) if begins(&document.head) => Some((*format, *read)),
        Reader::Inner(..) | Reader::Xml(..) | Reader::Json(..) | Reader::Text(..) => None,
    });
    let mut xml = Xml::of(document);
    let root = xml.root()?;
    let by_root = READERS.iter().find_map(|(format, reader)| match reader {
        Reader::Xml(recognises, read) if recognises(&root) => Some((*format, *read)),
        Reader::Inner(..) | Reader::Xml(..) | Reader::Json(..) | Reader::Text(..) => None,
    });
    if let Some((format, read)) = by_root.or(inner) {
        return Ok(Chosen::Xml(Box::new(xml), format, read));
    }
    Err(foreign_xml(&xml, foreign::xml(&root)))
}

/// Returns an error that a document is XML of another kind.
pub(super) fn foreign_xml<R: Read>(xml: &Xml<R>, what: String) -> ReadError {
    let message = not_a_report(&what);
    xml.error(ReadErrorKind::ForeignXml(what), message)
        .hint(hint())
}

fn json<'a>(
    document: Document<Bytes<'a>>,
    (mut sketch, seen): (Sketch, Seen),
    source: &Source,
) -> Result<Chosen<'a>, ReadError> {
    let mut reader = json_reader(&sketch);
    if reader.is_none() && seen == Seen::Beginning && !document.is_whole() {
        super::json::sketch(source, &mut sketch);
        reader = json_reader(&sketch);
    }
    if let Some((format, read)) = reader {
        return Ok(Chosen::Text(document, format, read));
    }
    if seen == Seen::Broken {
        return Err(text_error(&document));
    }
    let what = String::from(foreign::json(&sketch));
    let message = not_a_report(&what);
    Err(ReadError::new(ReadErrorKind::Foreign(what), message)
        .at(1, 1)
        .hint(hint()))
}

fn json_reader(sketch: &Sketch) -> Option<(Format, ReadText)> {
    READERS.iter().find_map(|(format, reader)| match reader {
        Reader::Json(recognises, read) if recognises(sketch) => Some((*format, *read)),
        Reader::Json(..) | Reader::Xml(..) | Reader::Inner(..) | Reader::Text(..) => None,
    })
}

/// Describes a text that is neither XML nor JSON nor any other format.
fn text_error(document: &Document<Bytes<'_>>) -> ReadError {
    let head = &document.head;
    let message = if head.trim().is_empty() && document.is_whole() {
        "this is not a test report: it holds nothing but blanks"
    } else if head.trim().is_empty() {
        "this is not a test report: it begins with 64 KiB of blanks"
    } else if foreign::is_go_output(head) {
        "this is the plain output of `go test`, not a test report that handin reads; `go test -json` writes one"
    } else {
        "this is text, and no test report that handin reads"
    };
    ReadError::new(ReadErrorKind::NotAReport, message)
        .at(1, 1)
        .hint(hint())
}

fn not_a_report(what: &str) -> String {
    if what.contains("what handin reads") {
        return format!("this is {what}");
    }
    format!("this is {what}, not a test report that handin reads")
}

fn hint() -> String {
    format!("handin reads {}", listed())
}
