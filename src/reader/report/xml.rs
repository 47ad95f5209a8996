//! Elements, attributes and texts of a document, one after the other, whatever the document does.
//!
//! What makes a document well-formed beyond its single pieces is checked here: elements left open, elements too deep, ends that
//! do not match. Names come without their prefix. Knows nothing of what the elements mean.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use super::attributes::{self, Spot, Written};
use super::document::Document;
use super::error::{ReadError, ReadErrorKind, Warnings};
use super::oddities::Oddities;
use super::path::{self, DEPTH, Path};
use super::place::Place;
use super::reference::{Lines, unescape};
use super::scan::{self, Piece, Scanner, Start, Usual};
use super::text::{KEPT, bounded};
use crate::ascii::is_plain;

/// A document being read.
pub(super) struct Xml<R: Read> {
    scanner: Scanner<R>,
    path: Path,
    /// Whether the tag before was its own end.
    closing: bool,
    /// What has been looked at already and comes next.
    again: Option<Piece>,
    /// The attributes of the last tag that the scanner has not taken apart.
    spots: Vec<Spot>,
    values_cut: u64,
    /// The first element of which attributes were passed over, and how many.
    passed: Option<(u64, u64)>,
    /// The first element that stands too deep, and how many there are.
    too_deep: Option<(u64, u64)>,
    /// The same of those with too long a name.
    too_long: Option<(u64, u64)>,
    oddities: Oddities,
}

/// What comes next in a document.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// An element begins.
    Open(Tag<'a>),
    /// The innermost element ends.
    Close,
    /// A text or a part of one. A line end and blanks between two tags may be left out.
    Text(Cow<'a, str>),
    /// The document has ended.
    End,
}

/// The beginning of an element.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    /// The line on which it begins.
    pub(super) line: u64,
    name: &'a str,
    content: &'a str,
    spots: &'a [Spot],
    /// Whether all values stand for themselves.
    plain: bool,
}

impl<'a> Tag<'a> {
    /// Returns its name without prefix.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// Returns the value of an attribute, with its line ends turned to blanks as XML wants.
    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw(name).map(|raw| self.value(raw))
    }

    /// Returns the value of an attribute with its line ends, which some writers leave bare in long messages.
    pub(super) fn lines(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw(name).map(|raw| unescape(raw, Lines::Kept))
    }

    /// Returns the value of an attribute, bounded.
    #[inline]
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.raw(name).map(|raw| self.kept(raw))
    }

    /// Returns a written value as it is kept: as [`Self::value`], and bounded.
    pub(super) fn kept(&self, written: &'a str) -> String {
        self.bounded(written).into_owned()
    }

    /// Returns a written value as it is kept, without making a copy where it is kept as it is written.
    pub(super) fn bounded(&self, written: &'a str) -> Cow<'a, str> {
        if self.plain && written.len() <= KEPT {
            Cow::Borrowed(written)
        } else {
            Cow::Owned(bounded(self.value(written)))
        }
    }

    /// Returns the first of these attributes that is there.
    pub(super) fn first(&self, names: &[&str]) -> Option<Cow<'a, str>> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Returns the attributes as they are written: name and value, for [`Self::value`] to make plain.
    pub(super) fn written(&self) -> impl Iterator<Item = Written<'a>> {
        let content = self.content;
        self.spots.iter().map(|spot| spot.of(content))
    }

    /// Returns a written value with its references resolved and its line ends turned to blanks.
    pub(super) fn value(&self, written: &'a str) -> Cow<'a, str> {
        if self.plain {
            Cow::Borrowed(written)
        } else {
            unescape(written, Lines::Blank)
        }
    }

    #[inline]
    fn raw(&self, name: &str) -> Option<&'a str> {
        attributes::find(self.spots, self.content, name)
    }
}

/// The first element of a document, for whoever wants to know what the document is.
#[derive(Debug, Default)]
pub(super) struct Root {
    /// Its name without prefix.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Root {
    /// Returns the value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes.find_map(|(found, value)| (found == name).then_some(value.as_str()))
    }

    /// Returns whether a value of any attribute, such as a namespace, has this text in it.
    pub(super) fn mentions(&self, text: &str) -> bool {
        self.attributes
            .iter()
            .any(|(_, value)| value.contains(text))
    }
}

impl<R: Read> Xml<R> {
    /// Begins to read bytes; fails where they are recognisably no XML.
    pub(super) fn new(bytes: R) -> Result<Self, ReadError> {
        Ok(Self::of(Document::new(bytes)?))
    }

    /// Begins to read a document.
    pub(super) fn of(document: Document<R>) -> Self {
        Self {
            scanner: Scanner::new(document),
            path: Path::default(),
            closing: false,
            again: None,
            spots: Vec::new(),
            values_cut: 0,
            passed: None,
            too_deep: None,
            too_long: None,
            oddities: Oddities::default(),
        }
    }

    /// Looks at the first element, which still is what comes next.
    pub(super) fn root(&mut self) -> Result<Root, ReadError> {
        let piece = self.piece().map_err(|error| self.located(error))?;
        let mut root = Root::default();
        if let Piece::Open(start) = &piece {
            let text = self.scanner.text(&start.content);
            let name = text.get(..start.name).map(path::local);
            name.unwrap_or_default().clone_into(&mut root.name);
            let found = attributes::of(text, start.name);
            let spots = found.map(|found| found.spots).unwrap_or_default();
            let written = spots.iter().map(|spot| spot.of(text));
            root.attributes = written
                .map(|(name, value)| (name.to_owned(), unescape(value, Lines::Blank).into_owned()))
                .collect();
        }
        self.again = Some(piece);
        Ok(root)
    }

    /// Returns what comes next.
    pub(super) fn next(&mut self) -> Result<Node<'_>, ReadError> {
        if self.again.is_none() {
            if self.closing {
                self.closing = false;
                self.path.pop();
                return Ok(Node::Close);
            }
            let innermost = self.path.innermost().filter(|_| !self.path.is_full());
            match innermost.and_then(|name| self.scanner.usual(name)) {
                Some(Usual::Close) => {
                    self.path.pop();
                    return Ok(Node::Close);
                }
                Some(Usual::Open(start)) => {
                    self.begin(&start);
                    return self.open(&start);
                }
                None => {}
            }
        }
        let piece = match self.again.take() {
            Some(piece) => piece,
            None => self.piece().map_err(|error| self.located(error))?,
        };
        match piece {
            Piece::Text(range) => Ok(Node::Text(self.text(&range))),
            Piece::Cdata(range) => Ok(Node::Text(Cow::Borrowed(self.scanner.text(&range)))),
            Piece::Open(start) => self.open(&start),
            Piece::Close(_) => Ok(Node::Close),
            Piece::Declaration(_) | Piece::End => Ok(Node::End),
        }
    }

    /// Passes by the element that has been opened last, for who has read the document once or will: whether what stands in it is
    /// well-formed is not asked.
    pub(super) fn pass_element(&mut self) -> Result<(), ReadError> {
        if !std::mem::take(&mut self.closing) {
            let passed = self.scanner.pass_element();
            passed.map_err(|error| self.located(error))?;
        }
        self.path.pop();
        Ok(())
    }

    /// Takes the beginning of an element.
    #[inline]
    fn begin(&mut self, start: &Start) {
        let begin = start.content.start;
        self.closing = start.is_empty;
        let name = self.scanner.bytes(&(begin..begin + start.name));
        self.path.push(name);
    }

    /// Passes by an element that stands too deep or has too long a name.
    fn pass_odd(&mut self, start: &Start) -> Result<(), ReadError> {
        let line = self.scanner.line(start.content.start);
        let odd = if self.path.is_full() {
            &mut self.too_deep
        } else {
            &mut self.too_long
        };
        odd.get_or_insert((line, 0)).1 += 1;
        if start.is_empty {
            return Ok(());
        }
        self.scanner.pass_element()
    }

    /// Returns the tag with which an element begins.
    fn open(&mut self, start: &Start) -> Result<Node<'_>, ReadError> {
        let (line, name) = (self.scanner.line(start.content.start), start.name);
        let content = self.scanner.text(&start.content);
        let (spots, plain) = if let Some(plain) = start.is_plain {
            (self.scanner.spots(), plain)
        } else {
            let found = attributes::of(content, name);
            let found = found.map_err(|error| {
                let error = self.at(error, start.content.start - 1);
                error.inside(&self.path.shown())
            })?;
            self.values_cut += found.cut;
            let passed = found.passed + self.scanner.left_out();
            if passed > 0 {
                self.passed.get_or_insert((line, passed));
            }
            self.spots = found.spots;
            (&*self.spots, is_plain(content.as_bytes()))
        };
        let tag = Tag {
            line,
            name: path::local(content.get(..name).unwrap_or_default()),
            content,
            spots,
            plain,
        };
        if !tag.plain {
            let values = tag.written().map(|(_, value)| value);
            values.for_each(|value| self.oddities.value(value, line));
        }
        Ok(Node::Open(tag))
    }

    /// Returns the next piece that means something, once it fits to those before it.
    fn piece(&mut self) -> Result<Piece, ReadError> {
        loop {
            let piece = self.scanner.next()?;
            match &piece {
                Piece::Text(range) | Piece::Cdata(range) if self.path.is_empty() => {
                    let text = self.scanner.text(range);
                    let line = || self.scanner.place(range.start).line;
                    self.oddities.outside(text, self.path.roots() > 0, line);
                    continue;
                }
                Piece::Declaration(start) => {
                    self.oddities.declared = true;
                    let place = self.scanner.place(*start);
                    if self.path.roots() == 0 && place != Place::START {
                        self.oddities.before.get_or_insert(place.line);
                    }
                    continue;
                }
                Piece::Open(start) => {
                    if self.path.is_empty() && self.path.roots() > 0 {
                        let line = self.scanner.line(start.content.start);
                        self.oddities.root.get_or_insert(line);
                    }
                    if self.path.is_full() || start.name > scan::NAME {
                        self.pass_odd(start)?;
                        continue;
                    }
                    self.begin(start);
                }
                Piece::Close(range) => {
                    let name = self.scanner.bytes(range).trim_ascii_end();
                    let closed = self.path.close(name);
                    closed.map_err(|error| self.at(error, range.start - 2))?;
                }
                Piece::End => self.may_end()?,
                Piece::Text(_) | Piece::Cdata(_) => {}
            }
            return Ok(piece);
        }
    }

    fn text(&mut self, range: &Range<usize>) -> Cow<'_, str> {
        let scanner = &self.scanner;
        let text = scanner.text(range);
        if memchr::memchr3(b'&', b'\r', b']', text.as_bytes()).is_none() {
            return Cow::Borrowed(text);
        }
        let line = |index| scanner.place(range.start + index).line;
        self.oddities.cdata_end(text, line);
        self.oddities.references(text, line);
        unescape(text, Lines::Kept)
    }

    /// Returns an error at the present place.
    pub(super) fn error(&self, kind: ReadErrorKind, message: impl Into<String>) -> ReadError {
        self.located(ReadError::new(kind, message))
    }

    fn at(&self, error: ReadError, index: usize) -> ReadError {
        let place = self.scanner.place(index);
        error.at(place.line, place.column)
    }

    /// Adds to an error where it is. What cannot be understood before any element is no report at all.
    fn located(&self, mut error: ReadError) -> ReadError {
        if error.line.is_none() {
            let place = self.scanner.here();
            error = error.at(place.line, place.column);
            if error.kind == ReadErrorKind::Malformed && self.path.roots() == 0 {
                error.kind = ReadErrorKind::NotAReport;
                error.message = format!("not an XML report: {}", error.message);
            }
        }
        error.inside(&self.path.shown())
    }

    /// Says whether the document may end here.
    fn may_end(&self) -> Result<(), ReadError> {
        if !self.path.is_empty() {
            let message = "the report ends before its last element is closed: it is incomplete";
            return Err(ReadError::new(ReadErrorKind::Malformed, message)
                .hint("the program that wrote it may have been killed; nothing of an incomplete report is taken"));
        }
        if self.path.roots() == 0 {
            let message = "not an XML report: it has no element";
            return Err(ReadError::new(ReadErrorKind::NotAReport, message));
        }
        if self.oddities.is_quoted() {
            let message = "this is text that quotes a report, and no report itself: there is text before it and behind it";
            return Err(ReadError::new(ReadErrorKind::NotAReport, message));
        }
        Ok(())
    }

    /// Tells what was odd about the document as such.
    pub(super) fn finish(self, warnings: &mut Warnings) {
        if let Some((line, count)) = self.passed {
            let message = format!(
                "{count} attributes of an element that has more than 256, or more than 16 MiB of them, were passed over"
            );
            warnings.add(Some(line), message);
        }
        if let Some((line, count)) = self.too_deep {
            let message = format!(
                "what stands deeper than {DEPTH} elements was passed over ({count}): tests in it are not read"
            );
            warnings.add(Some(line), message);
        }
        if let Some((line, count)) = self.too_long {
            let message = format!(
                "elements whose name is longer than 64 KiB were passed over ({count}), with all that stands in them"
            );
            warnings.add(Some(line), message);
        }
        let cut = self.values_cut;
        if cut > 0 {
            warnings.add(
                None,
                format!("{cut} attribute values longer than 1 MiB were cut"),
            );
        }
        if self.scanner.doctypes() > 0 {
            warnings.add(
                None,
                "a document type declaration was ignored: no entity is expanded, no file is read",
            );
        }
        self.oddities.warn(warnings);
        self.scanner.into_source().warn(warnings);
    }
}
