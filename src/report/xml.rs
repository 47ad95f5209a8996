//! Elements, attributes and texts of a document, one after the other, whatever the document does.
//!
//! The one place that knows the XML library. Well-formedness that the library leaves to its caller is checked here: elements left
//! open, elements too deep, doubled attributes. Names come without their prefix. Knows nothing of what the elements mean.

use std::borrow::Cow;
use std::io::{self, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use sha2::{Digest as _, Sha256};

use super::attributes::{self, Span};
use super::bound::{Bounded, Place};
use super::decode::Decoded;
use super::error::{ReadError, ReadErrorKind, Warnings};
use super::oddities::Oddities;
use super::reference::{Lines, resolve, unescape};

/// How deep elements may nest.
const DEPTH: usize = 256;
/// How large the buffer of an event may stay for the next one.
const BUFFER: usize = 64 * 1024;

/// Whether the bytes of a document are digested while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    /// They are: a submission is known by them.
    Made,
    /// They are not: who only looks saves the time.
    Left,
}

/// A document being read.
pub(super) struct Xml<R: Read> {
    reader: Reader<Bounded<Hashed<R>>>,
    buffer: Vec<u8>,
    spans: Vec<Span>,
    path: Path,
    oddities: Oddities,
}

/// The names of the open elements.
#[derive(Debug, Default)]
struct Path {
    joined: String,
    /// The length of the path before each element.
    lengths: Vec<usize>,
    /// How many root elements have begun.
    roots: u64,
}

impl Path {
    fn push(&mut self, name: &str) {
        self.roots += u64::from(self.lengths.is_empty());
        self.lengths.push(self.joined.len());
        if !self.joined.is_empty() {
            self.joined.push('/');
        }
        // A name may be as long as a tag; a place need not be told in full.
        let end = super::text::floor_char_boundary(name, 64);
        self.joined.push_str(name.get(..end).unwrap_or_default());
    }

    fn check(&self) -> Result<(), ReadError> {
        if self.lengths.len() > DEPTH {
            let message = format!("elements are nested deeper than {DEPTH}");
            return Err(ReadError::new(ReadErrorKind::TooLarge, message));
        }
        Ok(())
    }

    fn pop(&mut self) {
        let length = self.lengths.pop().unwrap_or(0);
        self.joined.truncate(length);
    }
}

/// What comes next in a document.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// An element begins.
    Open(Tag<'a>),
    /// The innermost element ends.
    Close,
    /// A piece of text, and how many bytes after it were left out.
    Text(Cow<'a, str>, u64),
    /// Nothing to care for: a comment, an instruction, text outside of elements.
    Nothing,
    /// The document has ended.
    End,
}

/// The beginning of an element.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    /// The line on which it begins.
    pub(super) line: u64,
    start: BytesStart<'a>,
    spans: &'a [Span],
}

impl Tag<'_> {
    /// Returns its name without prefix.
    pub(super) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// Returns the value of an attribute, with its line ends turned to blanks as XML wants.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.raw(name).map(|raw| unescape(raw, Lines::Blank).text)
    }

    /// Returns the value of an attribute with its line ends, which some writers leave bare in long messages.
    pub(super) fn lines(&self, name: &str) -> Option<Cow<'_, str>> {
        self.raw(name).map(|raw| unescape(raw, Lines::Kept).text)
    }

    /// Returns the first of these attributes that is there.
    pub(super) fn first(&self, names: &[&str]) -> Option<Cow<'_, str>> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Returns the attributes as they are written: name and value, for [`value`] to make plain.
    pub(super) fn written(&self) -> impl Iterator<Item = (&str, &str)> {
        let content: &str = &self.start;
        self.spans.iter().filter_map(|span| {
            Some((
                content.get(span.name.clone())?,
                content.get(span.value.clone())?,
            ))
        })
    }

    fn raw(&self, name: &str) -> Option<&str> {
        let content: &str = &self.start;
        self.spans
            .iter()
            .find(|span| {
                // The length first: of the many names that are asked for, few have that of an attribute.
                span.name.len() == name.len()
                    && content.as_bytes().get(span.name.clone()) == Some(name.as_bytes())
            })
            .and_then(|span| content.get(span.value.clone()))
    }
}

/// Returns a written value with its references resolved and its line ends turned to blanks.
pub(super) fn value(written: &str) -> Cow<'_, str> {
    unescape(written, Lines::Blank).text
}

/// What is known when a document has ended.
#[derive(Debug)]
pub(super) struct Ending {
    /// The digest of its bytes; zeros where none was made.
    pub(super) digest: [u8; 32],
}

impl<R: Read> Xml<R> {
    /// Begins to read; fails where the bytes are recognisably no XML.
    pub(super) fn new(inner: R, digest: Digest) -> Result<Self, ReadError> {
        let decoded = Decoded::new(Hashed {
            inner,
            hasher: (digest == Digest::Made).then(Sha256::new),
        })?;
        let mut reader = Reader::from_reader(Bounded::new(decoded));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Ok(Self {
            reader,
            buffer: Vec::new(),
            spans: Vec::new(),
            path: Path::default(),
            oddities: Oddities::default(),
        })
    }

    /// Makes room for an event; returns where it begins.
    fn begin_event(&mut self) -> Place {
        if self.buffer.capacity() > BUFFER {
            self.buffer = Vec::new();
        }
        self.buffer.clear();
        let bounded = self.reader.get_mut();
        bounded.begin_event();
        bounded.place()
    }

    /// Returns what comes next.
    pub(super) fn next(&mut self) -> Result<Node<'_>, ReadError> {
        let place = self.begin_event();
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => return Err(failure(&error, self.reader.get_ref().place(), &self.path)),
        };
        let inside = !self.path.lengths.is_empty();
        let node = match event {
            Event::Start(start) => {
                self.path.push(start.local_name().into_inner());
                if self.path.roots > 1 && !inside {
                    self.oddities.root.get_or_insert(place.line);
                }
                self.path
                    .check()
                    .and_then(|()| {
                        attributes::scan(&start, &mut self.spans, &mut self.oddities, place.line)
                    })
                    .map_err(|error| {
                        error.at(place.line, place.column).inside(&self.path.joined)
                    })?;
                Node::Open(Tag {
                    line: place.line,
                    start,
                    spans: &self.spans,
                })
            }
            Event::End(_) => {
                self.path.pop();
                Node::Close
            }
            Event::Text(text) => {
                let text = text.into_inner();
                self.oddities
                    .text(&text, place.line, inside, self.path.roots);
                Node::Text(text, self.reader.get_mut().take_dropped())
            }
            Event::CData(text) => {
                Node::Text(text.into_inner(), self.reader.get_mut().take_dropped())
            }
            Event::GeneralRef(reference) => {
                Node::Text(resolve(&reference, &mut self.oddities, place.line), 0)
            }
            Event::Eof => return ended(self.reader.get_ref().place(), &self.path),
            Event::Decl(_) if self.path.roots == 0 && place.line + place.column > 2 => {
                self.oddities.before.get_or_insert(place.line);
                Node::Nothing
            }
            Event::Comment(_)
            | Event::PI(_)
            | Event::Decl(_)
            | Event::DocType(_)
            | Event::Empty(_) => {
                self.reader.get_mut().take_dropped();
                Node::Nothing
            }
        };
        if !inside && matches!(node, Node::Text(..)) {
            return Ok(Node::Nothing);
        }
        Ok(node)
    }

    /// Returns an error at the present place.
    pub(super) fn error(&self, kind: ReadErrorKind, message: impl Into<String>) -> ReadError {
        let place = self.reader.get_ref().place();
        ReadError::new(kind, message)
            .at(place.line, place.column)
            .inside(&self.path.joined)
    }

    /// Tells what was odd about the document as such, and gives what is known of it now.
    pub(super) fn finish(mut self, warnings: &mut Warnings) -> Ending {
        let cut = self.reader.get_mut().take_values_cut();
        if cut > 0 {
            warnings.add(
                None,
                format!("{cut} attribute values longer than 1 MiB were cut"),
            );
        }
        if self.reader.get_ref().doctypes() > 0 {
            warnings.add(None, "a document type declaration was ignored: no entity of it is expanded, no file of it is read");
        }
        self.oddities.warn(warnings);
        let decoded = self.reader.into_inner().into_inner();
        decoded.warn(warnings);
        Ending {
            digest: decoded
                .into_inner()
                .hasher
                .map(|hasher| hasher.finalize().into())
                .unwrap_or_default(),
        }
    }
}

/// Says whether a document may end here.
fn ended(place: Place, path: &Path) -> Result<Node<'static>, ReadError> {
    if !path.lengths.is_empty() {
        let message = "the report ends before its last element is closed: it is incomplete";
        return Err(ReadError::new(ReadErrorKind::Malformed, message)
            .at(place.line, place.column)
            .inside(&path.joined)
            .hint("the program that wrote it may have been killed; nothing of an incomplete report is taken"));
    }
    if path.roots == 0 {
        let message = "this is no XML report: it has no element";
        return Err(ReadError::new(ReadErrorKind::NotAReport, message).at(place.line, place.column));
    }
    Ok(Node::End)
}

/// Says what the library found wrong.
fn failure(error: &quick_xml::Error, place: Place, path: &Path) -> ReadError {
    let malformed = |reason: String| {
        if path.roots == 0 {
            ReadError::new(
                ReadErrorKind::NotAReport,
                format!("this is no XML report: {reason}"),
            )
        } else {
            ReadError::new(ReadErrorKind::Malformed, reason)
        }
    };
    let located = match error {
        quick_xml::Error::Io(error) if error.kind() == io::ErrorKind::Other => {
            ReadError::new(ReadErrorKind::TooLarge, error.to_string())
        }
        quick_xml::Error::Io(error) => ReadError::io(error),
        quick_xml::Error::Syntax(error) => malformed(error.to_string()),
        quick_xml::Error::IllFormed(error) => malformed(error.to_string()),
        quick_xml::Error::InvalidAttr(_)
        | quick_xml::Error::Encoding(_)
        | quick_xml::Error::Escape(_)
        | quick_xml::Error::Namespace(_) => malformed(error.to_string()),
    };
    located.at(place.line, place.column).inside(&path.joined)
}

/// A reader that digests what passes.
pub(super) struct Hashed<R> {
    inner: R,
    hasher: Option<Sha256>,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(buffer.get(..count).unwrap_or_default());
        }
        Ok(count)
    }
}
