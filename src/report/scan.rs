//! The pieces of a document, one after the other: tags, texts, and the end.
//!
//! A piece is a range of a window on the document, and the window stays small: of a long text each piece is as much of it as is at
//! hand, a tag has to fit into 16 MiB, and a value in it is cut at 1 MiB. Comments and instructions are passed by, document type
//! declarations too. Knows markup, nothing of what stands in which element.

use std::io::Read;
use std::ops::Range;

use super::attributes::{Look, Span, TagScan, VALUE};
use super::decode::Decoded;
use super::doctype::Doctype;
use super::error::{ReadError, ReadErrorKind};
use super::place::{Lines, Place, newlines};
use super::reference::cut_end;

/// How long one tag may be, after its values have been cut.
const TAG: usize = 16 * 1024 * 1024;
/// How long a document type declaration may be. It is not kept, only searched for its end.
const DOCTYPE: usize = 16 * 1024 * 1024;
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
    /// A start tag: its content, the length of its name, and whether it is its own end.
    Open {
        content: Range<usize>,
        name: usize,
        empty: bool,
    },
    /// An end tag: its name.
    Close(Range<usize>),
    /// An XML declaration: where it begins.
    Declaration(usize),
    /// The document has ended.
    End,
}

#[derive(Debug)]
enum Inside {
    /// Between tags.
    Content,
    Cdata,
    /// A comment or an instruction: what ends it, and what to say when it never ends.
    Passed(&'static str, &'static str),
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
    values_cut: u64,
    doctypes: u64,
}

impl<R: Read> Scanner<R> {
    pub(super) fn new(source: Decoded<R>) -> Self {
        Self {
            source,
            window: String::new(),
            position: 0,
            ended: false,
            inside: Inside::Content,
            place: Place::START,
            lines: Lines::new(),
            lines_cut: 0,
            values_cut: 0,
            doctypes: 0,
        }
    }

    /// Returns the text of a piece.
    pub(super) fn text(&self, range: &Range<usize>) -> &str {
        self.window.get(range.clone()).unwrap_or_default()
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

    /// Returns how many attribute values were cut.
    pub(super) fn values_cut(&self) -> u64 {
        self.values_cut
    }

    /// Returns how many document type declarations were left out.
    pub(super) fn doctypes(&self) -> u64 {
        self.doctypes
    }

    pub(super) fn into_source(self) -> Decoded<R> {
        self.source
    }

    /// Returns the next piece; of a start tag also the attributes.
    pub(super) fn next(&mut self, spans: &mut Vec<Span>) -> Result<Piece, ReadError> {
        if self.lines_cut > 0 {
            self.go_on_behind_cut();
        }
        loop {
            let piece = match &self.inside {
                Inside::Content => self.content(spans)?,
                Inside::Cdata => self.cdata()?,
                Inside::Passed(end, complaint) => {
                    let (end, complaint) = (*end, *complaint);
                    self.pass(end, complaint)?
                }
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
        self.place = self.here();
        self.lines.forget(&self.window, self.position);
        self.window.drain(..self.position);
        self.position = 0;
        if self.window.capacity() > WINDOW && self.window.len() < WINDOW / 2 {
            self.window.shrink_to(WINDOW / 2);
        }
        let read = self.source.read_chunk(&mut self.window);
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

    fn content(&mut self, spans: &mut Vec<Span>) -> Result<Option<Piece>, ReadError> {
        let rest = self.rest();
        let length = match memchr::memchr(b'<', rest.as_bytes()) {
            Some(0) => return self.markup(spans),
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

    /// Finds out what begins with this `<`.
    fn markup(&mut self, spans: &mut Vec<Span>) -> Result<Option<Piece>, ReadError> {
        match self.rest().as_bytes().get(1) {
            Some(b'/') => self.end_tag().map(Some),
            Some(b'!') => self.declaration(),
            Some(b'?') => self.instruction(),
            None if !self.ended => self.refill().map(|_| None),
            Some(_) | None => self.start_tag(spans).map(Some),
        }
    }

    fn start_tag(&mut self, spans: &mut Vec<Span>) -> Result<Piece, ReadError> {
        let mut scan = TagScan::new(spans);
        loop {
            let text = self.window.get(self.position + 1..).unwrap_or_default();
            let place = |error: ReadError| {
                let place = self.place(self.position);
                error.at(place.line, place.column)
            };
            match scan.look(text).map_err(place)? {
                Look::Tag { name, end, empty } => {
                    let tag = self.step(end + 1);
                    let content = tag.start + 1..tag.end - 1 - usize::from(empty);
                    return Ok(Piece::Open {
                        content,
                        name,
                        empty,
                    });
                }
                Look::LongValue { from, quote } => self.cut_value(from + 1, quote)?,
                Look::More => {
                    let unclear = text.len() - scan.understood();
                    self.bound_tag(unclear)?;
                    self.more("the report ends inside a tag: it is not closed")?;
                }
            }
        }
    }

    fn end_tag(&mut self) -> Result<Piece, ReadError> {
        loop {
            let rest = self.rest();
            if let Some(end) = memchr::memchr(b'>', rest.as_bytes()) {
                let tag = self.step(end + 1);
                return Ok(Piece::Close(tag.start + 2..tag.end - 1));
            }
            self.bound_tag(0)?;
            self.more("the report ends inside a tag: it is not closed")?;
        }
    }

    /// Refuses tags that are too long, and names in them that make it long work to find their end.
    fn bound_tag(&self, unclear: usize) -> Result<(), ReadError> {
        let message = if self.rest().len() > TAG {
            "a tag is longer than 16 MiB"
        } else if unclear > 2 * VALUE {
            "a name in a tag is longer than 1 MiB"
        } else {
            return Ok(());
        };
        Err(ReadError::new(ReadErrorKind::TooLarge, message))
    }

    /// Gets more, or complains that there is none.
    fn more(&mut self, complaint: &str) -> Result<(), ReadError> {
        if self.refill()? {
            return Ok(());
        }
        self.position = self.window.len();
        Err(ReadError::new(ReadErrorKind::Malformed, complaint))
    }

    /// Leaves out what is too much of a value in the tag that begins here.
    fn cut_value(&mut self, from: usize, quote: u8) -> Result<(), ReadError> {
        let value = self.rest().get(from..).unwrap_or_default();
        let end = super::text::floor_char_boundary(value, VALUE);
        let keep = from + cut_end(value.get(..end).unwrap_or_default());
        self.values_cut += 1;
        loop {
            let begin = self.position + keep;
            let rest = self.window.get(begin..).unwrap_or_default();
            let found = memchr::memchr(quote, rest.as_bytes());
            let end = begin + found.unwrap_or(rest.len());
            self.lines_cut += newlines(self.window.get(begin..end).unwrap_or_default());
            self.window.drain(begin..end);
            if found.is_some() {
                return Ok(());
            }
            self.more("the report ends inside an attribute's value: it is not closed")?;
        }
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
            self.inside =
                Inside::Passed("-->", "the report ends inside a comment: it is not closed");
        } else if rest.starts_with("<!D") || rest.starts_with("<!d") {
            self.doctypes += 1;
            self.inside = Inside::Doctype(Doctype::default());
        } else {
            let message =
                "what begins with `<!` is no comment, no CDATA section and no document type";
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
        self.inside = Inside::Passed(
            "?>",
            "the report ends inside a processing instruction: it is not closed",
        );
        Ok(is_declaration.then_some(Piece::Declaration(from)))
    }

    fn cdata(&mut self) -> Result<Option<Piece>, ReadError> {
        let rest = self.rest();
        let found = memchr::memmem::find(rest.as_bytes(), b"]]>");
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

    /// Passes by what ends with `end`.
    fn pass(&mut self, end: &str, complaint: &str) -> Result<Option<Piece>, ReadError> {
        let rest = self.rest();
        if let Some(index) = rest.find(end) {
            self.position += index + end.len();
            self.inside = Inside::Content;
        } else {
            // The end may have begun.
            let begun = rest.len().saturating_sub(end.len() - 1);
            self.position += super::text::floor_char_boundary(rest, begun);
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
        if doctype.passed() > DOCTYPE {
            let message = "a document type declaration is longer than 16 MiB";
            return Err(ReadError::new(ReadErrorKind::TooLarge, message));
        }
        self.position += end.unwrap_or(rest.len());
        if end.is_some() || !self.refill()? {
            self.inside = Inside::Content;
        }
        Ok(None)
    }
}
