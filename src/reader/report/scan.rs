//! The pieces of a document, one after the other: tags, texts, and the end.
//!
//! The XML library's reader holds every text and section whole, however long; its parsers, which are fed piece by piece, tell here
//! where tags, comments and instructions end. A piece is a range of a window on the document, and the window stays small: of a long
//! text each piece is as much of it as is at hand, a value in a tag is cut at 1 MiB, and a tag beyond 16 MiB keeps only the attributes
//! that say which test it is and how it ended. Comments and instructions are passed by, document type declarations too. Knows markup, nothing of what stands in which element.

use std::io::Read;
use std::ops::Range;

use quick_xml::parser::{CommentParser, ElementParser, Parser as _, PiParser};

use super::attributes::{self, Spot, VALUE};
use super::decode::Decoded;
use super::doctype::Doctype;
use super::document::Document;
use super::error::{ReadError, ReadErrorKind};
use super::place::{Lines, Place, newlines};
use super::reference::cut_end;
use super::text::floor_char_boundary;

/// How long one tag may be, in bytes, after its values have been cut.
const TAG: usize = 16 * 1024 * 1024;
/// How long the name of an element may be, in bytes; what has a longer one is passed by.
pub(super) const NAME: usize = 64 * 1024;
/// How large the window may stay after a large tag.
const WINDOW: usize = 512 * 1024;
const CDATA: &str = "<![CDATA[";

/// What stands in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A text in which references may stand. Several may follow each other.
    Text(Range<usize>),
    /// A text that is meant as it stands.
    Cdata(Range<usize>),
    /// A start tag.
    Open(Start),
    /// An end tag: its name.
    Close(Range<usize>),
    /// An XML declaration: where it begins.
    Declaration(usize),
    /// The document has ended.
    End,
}

/// What nearly all pieces are, told at once.
#[derive(Debug)]
pub(super) enum Usual {
    /// A start tag.
    Open(Start),
    /// The end tag of the innermost element.
    Close,
}

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) content: Range<usize>,
    /// How long its name is.
    pub(super) name: usize,
    /// Whether it is its own end.
    pub(super) is_empty: bool,
    /// Where the scanner has taken its attributes apart already: whether they are written as they are meant.
    pub(super) is_plain: Option<bool>,
}

#[derive(Debug)]
enum Inside {
    /// Between tags.
    Content,
    Cdata,
    Comment(CommentParser),
    Instruction(PiParser),
    Doctype(Doctype),
}

/// A document being taken apart.
pub(super) struct Scanner<R> {
    source: Decoded<R>,
    window: String,
    /// Where the next piece begins in the window.
    position: usize,
    ended: bool,
    inside: Inside,
    /// Where the window begins.
    place: Place,
    lines: Lines,
    /// Lines in what was cut out of the last tag: they come after it.
    lines_cut: u64,
    doctypes: u64,
    /// How many attributes were left out of the last tag.
    left_out: u64,
    /// The attributes of the last start tag that was written as usual.
    spots: Vec<Spot>,
}

impl<R: Read> Scanner<R> {
    pub(super) fn new(document: Document<R>) -> Self {
        Self {
            source: document.rest,
            window: document.head,
            position: 0,
            ended: false,
            inside: Inside::Content,
            place: Place::START,
            lines: Lines::new(),
            lines_cut: 0,
            doctypes: 0,
            left_out: 0,
            spots: Vec::new(),
        }
    }

    /// Returns the text of a piece.
    pub(super) fn text(&self, range: &Range<usize>) -> &str {
        self.window.get(range.clone()).unwrap_or_default()
    }

    /// Returns the bytes of a piece.
    pub(super) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.window
            .as_bytes()
            .get(range.clone())
            .unwrap_or_default()
    }

    /// Returns the line of an index in the last piece. What is asked for must go forward.
    pub(super) fn line(&mut self, index: usize) -> u64 {
        self.lines.at(&self.window, index)
    }

    /// Returns the place of an index in the last piece.
    pub(super) fn place(&self, index: usize) -> Place {
        self.place
            .after(self.window.get(..index).unwrap_or_default())
    }

    /// Returns the place behind the last piece.
    pub(super) fn here(&self) -> Place {
        self.place(self.position)
    }

    /// Returns where the attributes of the last start tag stand, where [`Start::is_plain`] says that they are known.
    pub(super) fn spots(&self) -> &[Spot] {
        &self.spots
    }

    /// Returns how many attributes were left out of the last tag, where [`Start::is_plain`] does not say that they are known.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Returns how many document type declarations were left out.
    pub(super) fn doctypes(&self) -> u64 {
        self.doctypes
    }

    pub(super) fn into_source(self) -> Decoded<R> {
        self.source
    }

    /// Returns the next piece.
    pub(super) fn next(&mut self) -> Result<Piece, ReadError> {
        if self.lines_cut > 0 {
            self.go_on_behind_cut();
        }
        loop {
            let piece = match self.inside {
                Inside::Content => self.content()?,
                Inside::Cdata => self.cdata()?,
                Inside::Comment(_) | Inside::Instruction(_) => self.pass()?,
                Inside::Doctype(_) => self.doctype()?,
            };
            if let Some(piece) = piece {
                return Ok(piece);
            }
        }
    }

    fn rest(&self) -> &str {
        self.window.get(self.position..).unwrap_or_default()
    }

    /// Gets more of the document into the window, from the present position on; tells whether there was any.
    fn refill(&mut self) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        self.lines.at(&self.window, self.position);
        self.place = self.lines.place(self.place, &self.window, self.position);
        self.lines.forget(&self.window, self.position);
        self.window.drain(..self.position);
        self.position = 0;
        if self.window.capacity() > WINDOW && self.window.len() < WINDOW / 2 {
            self.window.shrink_to(WINDOW / 2);
        }
        let read = self.source.read_chunk(&mut self.window, self.place.line);
        self.ended = read.map_err(|error| ReadError::io(&error))? == 0;
        Ok(!self.ended)
    }

    /// Takes note of the lines that were cut out of the tag before.
    fn go_on_behind_cut(&mut self) {
        let lines = std::mem::take(&mut self.lines_cut);
        self.lines.at(&self.window, self.position);
        self.lines.skip(lines);
        self.place.line += lines;
    }

    /// Returns the next piece where it is a usual one, in this element. Passes by the line end and the blanks before a tag on the next
    /// line: they say nothing.
    #[inline]
    pub(super) fn usual(&mut self, element: &[u8]) -> Option<Usual> {
        if !matches!(self.inside, Inside::Content) || self.lines_cut > 0 {
            return None;
        }
        let rest = self.window.as_bytes().get(self.position..)?;
        match rest {
            [b'<', ..] => {}
            [b'\n', ..] => self.pass_blank(1)?,
            [b'\r', b'\n', ..] => self.pass_blank(2)?,
            _ => return None,
        }
        let rest = self.window.as_bytes().get(self.position..)?;
        let [b'<', b'/', rest @ ..] = rest else {
            return self.usual_tag().map(Usual::Open);
        };
        let name = element.len();
        let is_it = rest.get(name) == Some(&b'>') && rest.get(..name) == Some(element);
        is_it.then(|| {
            self.go_on(name + 3, 0);
            Usual::Close
        })
    }

    /// Passes by the line end that comes next, which has so many bytes, and the blanks behind it, where a tag stands behind them.
    #[inline]
    fn pass_blank(&mut self, line_end: usize) -> Option<()> {
        let rest = self.window.as_bytes().get(self.position + line_end..)?;
        let blanks = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
        let [b'<', b'/' | b'a'..=b'z' | b'A'..=b'Z', ..] = rest.get(blanks..)? else {
            return None;
        };
        self.go_on(line_end + blanks, 1);
        Some(())
    }

    /// Goes on, where it is known how many lines lie between; returns what does.
    #[inline]
    fn go_on(&mut self, length: usize, lines: u64) -> Range<usize> {
        let range = self.step(length);
        self.lines.pass(range.start, range.end, lines);
        range
    }

    /// Returns the tag that begins here, where it is a usual one.
    #[inline]
    fn usual_tag(&mut self) -> Option<Start> {
        let rest = self.window.as_bytes().get(self.position..)?;
        let tag = attributes::usual(rest, &mut self.spots)?;
        self.lines.at(&self.window, self.position);
        let range = if tag.is_plain {
            self.go_on(tag.length, 0)
        } else {
            self.step(tag.length)
        };
        Some(start(range, tag.name, tag.is_empty, Some(tag.is_plain)))
    }

    fn content(&mut self) -> Result<Option<Piece>, ReadError> {
        let rest = self.rest();
        let length = match memchr::memchr(b'<', rest.as_bytes()) {
            Some(0) => return self.markup(),
            Some(length) => length,
            None if self.ended => rest.len(),
            None => cut_end(rest),
        };
        if length > 0 {
            return Ok(Some(Piece::Text(self.step(length))));
        }
        Ok((!self.refill()? && self.rest().is_empty()).then_some(Piece::End))
    }

    /// Goes on; returns what lies between.
    fn step(&mut self, length: usize) -> Range<usize> {
        let from = self.position;
        self.position += length;
        from..self.position
    }

    /// Passes by what stands in the element that was opened last, and by its end tag. Nothing in it is taken apart.
    pub(super) fn pass_element(&mut self) -> Result<(), ReadError> {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.inside {
                Inside::Content => depth = self.pass_tag(depth)?,
                Inside::Cdata => self.cdata().map(drop)?,
                Inside::Comment(_) | Inside::Instruction(_) => self.pass().map(drop)?,
                Inside::Doctype(_) => self.doctype().map(drop)?,
            }
        }
        Ok(())
    }

    /// Passes by the next tag and the text before it; returns how many elements are open behind it.
    fn pass_tag(&mut self, depth: u64) -> Result<u64, ReadError> {
        if self.lines_cut > 0 {
            self.go_on_behind_cut();
        }
        let rest = self.rest().as_bytes();
        let text = memchr::memchr(b'<', rest);
        let next = text.and_then(|text| rest.get(text + 1)).copied();
        self.position += text.unwrap_or(rest.len());
        match next {
            Some(b'!') => self.declaration().map(|_| depth),
            Some(b'?') => self.instruction().map(|_| depth),
            None => {
                let complaint = "the report ends before its last element is closed";
                self.more(complaint).map(|()| depth)
            }
            Some(first) => {
                let length = match usual_length(self.rest().as_bytes()) {
                    Some(length) => length,
                    None => self.tag_length()?,
                };
                let range = self.step(length);
                let is_empty = || self.text(&range).ends_with("/>");
                Ok(match first {
                    b'/' => depth - 1,
                    _ => depth + u64::from(!is_empty()),
                })
            }
        }
    }

    /// Finds out what begins with this `<`.
    fn markup(&mut self) -> Result<Option<Piece>, ReadError> {
        match self.rest().as_bytes().get(1) {
            Some(b'!') => self.declaration(),
            Some(b'?') => self.instruction(),
            None if !self.ended => self.refill().map(|_| None),
            Some(_) | None => self.tag().map(Some),
        }
    }

    /// Returns the tag that begins here.
    fn tag(&mut self) -> Result<Piece, ReadError> {
        if let Some(start) = self.usual_tag() {
            return Ok(Piece::Open(start));
        }
        let length = self.tag_length()?;
        let tag = self.step(length);
        let text = self.text(&tag);
        if text.starts_with("</") {
            return Ok(Piece::Close(tag.start + 2..tag.end - 1));
        }
        let is_empty = text.ends_with("/>");
        let inner = text
            .bytes()
            .skip(1)
            .position(|byte| byte.is_ascii_whitespace());
        let name = inner.unwrap_or(text.len() - 2 - usize::from(is_empty));
        Ok(Piece::Open(start(tag, name, is_empty, None)))
    }

    /// Looks for the end of the tag that begins here, outside of values.
    fn tag_length(&mut self) -> Result<usize, ReadError> {
        let mut parser = ElementParser::default();
        let mut seen = 0;
        self.left_out = 0;
        loop {
            let unseen = self.rest().as_bytes().get(seen..).unwrap_or_default();
            if let Some(end) = parser.feed(unseen) {
                return Ok(seen + end + 1);
            }
            self.cut_value(parser);
            if self.rest().len() > TAG {
                self.compact_tag()?;
            }
            seen = self.rest().len();
            self.more("the report ends inside a tag: it is not closed")?;
        }
    }

    /// Leaves out what is too much of the value in which the window ends. One byte too many stays, to tell that it was cut.
    fn cut_value(&mut self, parser: ElementParser) {
        let quote = match parser {
            ElementParser::Outside => return,
            ElementParser::SingleQ => b'\'',
            ElementParser::DoubleQ => b'"',
        };
        // No quote stands in a value: the last one is that before it.
        let rest = self.rest();
        let open = memchr::memrchr(quote, rest.as_bytes()).unwrap_or(rest.len());
        let keep = floor_char_boundary(rest, open + VALUE + 5);
        let dropped = rest.get(keep..).unwrap_or_default();
        self.lines_cut += newlines(dropped);
        self.window.truncate(self.position + keep);
    }

    /// Makes the tag short that the window begins with.
    fn compact_tag(&mut self) -> Result<(), ReadError> {
        let (tag, lost) = attributes::compact(self.rest());
        if tag.len() > TAG / 2 {
            let message = "a tag is longer than 16 MiB, and most of it is no attribute";
            return Err(ReadError::new(ReadErrorKind::TooLarge, message)
                .hint("no test runner writes such a tag: the file is damaged or is no report"));
        }
        self.left_out += lost;
        self.lines_cut += newlines(self.rest()) - newlines(&tag);
        self.window.truncate(self.position);
        self.window.push_str(&tag);
        Ok(())
    }

    /// Gets more, or complains that there is none.
    fn more(&mut self, complaint: &str) -> Result<(), ReadError> {
        if self.refill()? {
            return Ok(());
        }
        self.position = self.window.len();
        Err(ReadError::new(ReadErrorKind::Malformed, complaint))
    }

    /// Finds out what begins with this `<!`.
    fn declaration(&mut self) -> Result<Option<Piece>, ReadError> {
        let rest = self.rest();
        if rest.len() < CDATA.len() && !self.ended {
            self.refill()?;
        } else if rest.starts_with(CDATA) {
            self.position += CDATA.len();
            self.inside = Inside::Cdata;
        } else if rest.starts_with("<!--") {
            self.position += 4;
            self.inside = Inside::Comment(CommentParser::default());
        } else if rest.starts_with("<!D") || rest.starts_with("<!d") {
            self.doctypes += 1;
            self.inside = Inside::Doctype(Doctype::default());
        } else {
            let message =
                "what begins with `<!` is not a comment, a CDATA section or a document type";
            return Err(ReadError::new(ReadErrorKind::Malformed, message));
        }
        Ok(None)
    }

    /// Begins with what stands behind this `<?`.
    fn instruction(&mut self) -> Result<Option<Piece>, ReadError> {
        let rest = self.rest();
        if rest.len() < "<?xml ".len() && !self.ended {
            self.refill()?;
            return Ok(None);
        }
        let is_declaration = rest
            .strip_prefix("<?xml")
            .is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n', '?']));
        let from = self.position;
        self.position += 2;
        self.inside = Inside::Instruction(PiParser::default());
        Ok(is_declaration.then_some(Piece::Declaration(from)))
    }

    fn cdata(&mut self) -> Result<Option<Piece>, ReadError> {
        let rest = self.rest();
        let mut ends = memchr::memchr_iter(b'>', rest.as_bytes());
        let found = ends.find_map(|end| rest.get(..end)?.strip_suffix("]]").map(str::len));
        let length = found.unwrap_or_else(|| cut_end(rest));
        let piece = Piece::Cdata(self.step(length));
        if found.is_some() {
            self.position += 3;
            self.inside = Inside::Content;
        } else if length == 0 {
            self.more("the report ends inside a CDATA section: it is not closed")?;
        }
        Ok((length > 0).then_some(piece))
    }

    /// Passes by a comment or an instruction.
    fn pass(&mut self) -> Result<Option<Piece>, ReadError> {
        let rest = self.window.get(self.position..).unwrap_or_default();
        let (length, complaint) = match &mut self.inside {
            Inside::Comment(parser) => (
                parser.feed(rest.as_bytes()),
                "the report ends inside a comment: it is not closed",
            ),
            Inside::Instruction(parser) => (
                parser.feed(rest.as_bytes()).map(|end| end + 1),
                "the report ends inside a processing instruction: it is not closed",
            ),
            Inside::Content | Inside::Cdata | Inside::Doctype(_) => return Ok(None),
        };
        self.position += length.unwrap_or(rest.len());
        if length.is_some() {
            self.inside = Inside::Content;
        } else {
            self.more(complaint)?;
        }
        Ok(None)
    }

    fn doctype(&mut self) -> Result<Option<Piece>, ReadError> {
        let rest = self.window.get(self.position..).unwrap_or_default();
        let Inside::Doctype(doctype) = &mut self.inside else {
            return Ok(None);
        };
        let end = doctype.end(rest.as_bytes());
        self.position += end.unwrap_or(rest.len());
        if end.is_some() || !self.refill()? {
            self.inside = Inside::Content;
        }
        Ok(None)
    }
}

/// Returns the length of the tag that begins here, where its first `>` ends it for sure: it stands behind the quote that ends a value, or
/// no quote stands before it.
fn usual_length(bytes: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'>', bytes)?;
    let tag = bytes.get(..end)?;
    let before = tag.strip_suffix(b"/").unwrap_or(tag).trim_ascii_end();
    let is_over = match before {
        // It may begin one.
        [.., b'=' | b' ' | b'\t' | b'\n' | b'\r', b'"'] => false,
        [.., b'"'] => memchr::memchr(b'\'', tag).is_none(),
        _ => memchr::memchr2(b'"', b'\'', tag).is_none(),
    };
    is_over.then_some(end + 1)
}

fn start(tag: Range<usize>, name: usize, is_empty: bool, is_plain: Option<bool>) -> Start {
    Start {
        content: tag.start + 1..tag.end - 1 - usize::from(is_empty),
        name,
        is_empty,
        is_plain,
    }
}
