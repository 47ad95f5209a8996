//! A filter in front of the XML parser that keeps every single piece of markup small, and knows the line.
//!
//! The parser buffers one event at a time, so one long text would cost as much memory as it is long. Here the middle of long
//! texts is dropped before the parser sees it, all but the marks of attachments, and told to whoever asks. Document type declarations are dropped whole: no
//! entity is ever declared, so none is ever expanded. Knows markup only as far as it takes to find where pieces end.

use std::io::{self, BufRead, Read};

use super::decode::Decoded;
use super::marks::Sieve;

/// How much of one text, comment or instruction reaches the parser.
const TEXT: usize = 256 * 1024;
/// How much of one attribute's value reaches the parser.
const VALUE: usize = 1024 * 1024;
/// How long one tag may be, after its values have been cut.
const TAG: usize = 16 * 1024 * 1024;
/// How long a document type declaration may be. It is not kept, only searched for its end.
const DOCTYPE: usize = 16 * 1024 * 1024;
/// The longest beginning of markup that must be seen whole: `<![CDATA[`.
const LOOKAHEAD: usize = 9;

/// The message of the error that [`Bounded`] gives for a tag without end.
pub(super) const TAG_TOO_LONG: &str = "a tag is longer than 16 MiB";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Tag,
    EndTag,
    Value(u8),
    Cdata,
    Comment,
    Instruction,
    Doctype {
        brackets: i32,
        quote: Option<u8>,
        comment: bool,
    },
}

/// The bytes of a document with the middle of long pieces left out.
pub(super) struct Bounded<R> {
    inner: Decoded<R>,
    data: Vec<u8>,
    /// What the parser may have: from here …
    position: usize,
    /// … to here. Everything before `position` is consumed.
    window: usize,
    /// How far the markup has been looked at; from `window` on it is dropped.
    scanned: usize,
    ended: bool,
    state: State,
    /// How much of the present piece has passed.
    passed: usize,
    /// How long the present tag is.
    tag: usize,
    /// Whether the present piece is being dropped.
    dropping: bool,
    /// What passes of a piece that is longer than it may be.
    sieve: Sieve,
    dropped: u64,
    values_cut: u64,
    doctypes: u64,
    /// Where the parser stood at `settled`.
    place: Place,
    settled: usize,
    /// How much the parser took since its event began.
    event: usize,
}

/// A place in the document, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Place {
    /// Returns the place behind these bytes.
    fn after(self, bytes: &[u8]) -> Self {
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let last = match memchr::memrchr(b'\n', bytes).filter(|_| lines > 0) {
            Some(index) => bytes.get(index + 1..).unwrap_or_default(),
            None => bytes,
        };
        let characters = last.iter().filter(|byte| (**byte & 0xC0) != 0x80).count() as u64;
        Self {
            line: self.line + lines,
            column: characters + if lines > 0 { 1 } else { self.column },
        }
    }
}

/// What a step of the scanner found.
enum Step {
    /// Went on to this index.
    To(usize),
    /// More bytes are needed to tell.
    More,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(inner: Decoded<R>) -> Self {
        Self {
            inner,
            data: Vec::new(),
            position: 0,
            window: 0,
            scanned: 0,
            ended: false,
            state: State::Text,
            passed: 0,
            tag: 0,
            dropping: false,
            sieve: Sieve::default(),
            dropped: 0,
            values_cut: 0,
            doctypes: 0,
            place: Place { line: 1, column: 1 },
            settled: 0,
            event: 0,
        }
    }

    /// Returns where the parser stands.
    pub(super) fn place(&self) -> Place {
        let used = self.data.get(self.settled..self.position);
        self.place.after(used.unwrap_or_default())
    }

    fn settle(&mut self) {
        self.place = self.place();
        self.settled = self.position;
    }

    /// Says that the parser begins with another event.
    pub(super) fn begin_event(&mut self) {
        self.event = 0;
        self.settle();
    }

    /// Returns how many bytes of text were dropped since the last call.
    pub(super) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// Returns how many attribute values were cut since the last call.
    pub(super) fn take_values_cut(&mut self) -> u64 {
        std::mem::take(&mut self.values_cut)
    }

    /// Returns how many document type declarations were left out.
    pub(super) fn doctypes(&self) -> u64 {
        self.doctypes
    }

    pub(super) fn into_inner(self) -> Decoded<R> {
        self.inner
    }

    /// Makes the window non-empty, unless the document has ended.
    fn advance(&mut self) -> io::Result<()> {
        if self.event > TAG + LOOKAHEAD {
            return Err(io::Error::other(TAG_TOO_LONG));
        }
        self.settle();
        while self.position == self.window {
            self.drop_to_scanned();
            if !self.scan()? && !self.refill()? {
                break;
            }
        }
        Ok(())
    }

    /// Forgets what lies between the window and the scanner.
    fn drop_to_scanned(&mut self) {
        if self.scanned > self.window {
            let gap = self.data.get(self.window..self.scanned).unwrap_or_default();
            self.place.line += memchr::memchr_iter(b'\n', gap).count() as u64;
            self.position = self.scanned;
            self.settled = self.scanned;
            self.window = self.scanned;
        }
    }

    /// Gets more bytes; tells whether there is anything new to look at.
    fn refill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.data.drain(..self.scanned);
        self.position = 0;
        self.settled = 0;
        self.window = 0;
        self.scanned = 0;
        self.ended = self.inner.read_chunk(&mut self.data)? == 0;
        Ok(!self.data.is_empty())
    }

    /// Looks at further markup and widens the window, until something is dropped or the bytes end. Tells whether it got on.
    fn scan(&mut self) -> io::Result<bool> {
        let mut moved = false;
        while self.scanned < self.data.len() {
            let was_dropping = self.dropping;
            let step = self.step()?;
            let to = match step {
                Step::To(to) => to,
                Step::More if self.ended => self.data.len(),
                Step::More => break,
            };
            moved = true;
            if was_dropping {
                self.scanned = to;
                if !self.dropping {
                    break;
                }
            } else {
                self.scanned = to;
                self.window = to;
                if self.dropping {
                    break;
                }
            }
        }
        Ok(moved)
    }

    fn rest(&self) -> &[u8] {
        self.data.get(self.scanned..).unwrap_or_default()
    }

    fn step(&mut self) -> io::Result<Step> {
        match self.state {
            State::Text => Ok(self.text()),
            State::Tag => self.tag(),
            State::EndTag => self.end_tag(),
            State::Value(quote) => self.value(quote),
            State::Cdata => Ok(self.until(b"]]>")),
            State::Comment => Ok(self.until(b"-->")),
            State::Instruction => Ok(self.until(b"?>")),
            State::Doctype {
                brackets,
                quote,
                comment,
            } => self.doctype(brackets, quote, comment),
        }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.passed = 0;
        self.dropping = false;
    }

    fn text(&mut self) -> Step {
        let rest = self.rest();
        match memchr::memchr(b'<', rest) {
            Some(0) => self.markup(),
            Some(length) => self.pass(length, true),
            None => self.pass(rest.len(), self.ended),
        }
    }

    /// Lets `length` bytes of a text pass, or what the sieve leaves of them. The last ones are followed by the text's end.
    fn pass(&mut self, length: usize, is_last: bool) -> Step {
        if self.passed < TEXT {
            let length = length.min(TEXT - self.passed);
            self.passed += length;
            self.sieve = Sieve::default();
            return Step::To(self.scanned + length);
        }
        let bytes = self.data.get(self.scanned..self.scanned + length);
        let Some(length) = self.sieve.look(bytes.unwrap_or_default(), is_last) else {
            return Step::More;
        };
        if self.dropping {
            self.dropped += length as u64;
        }
        self.dropping = self.sieve.drops();
        Step::To(self.scanned + length)
    }

    /// Finds out what begins with this `<`.
    fn markup(&mut self) -> Step {
        if self.dropping {
            // The dropped text ends here; the `<` belongs to what follows.
            self.enter(State::Text);
            return Step::To(self.scanned);
        }
        let rest = self.rest();
        if rest.len() < LOOKAHEAD && !self.ended && rest.get(1).is_none_or(|byte| *byte == b'!') {
            return Step::More;
        }
        let (state, length) = if rest.starts_with(b"<![CDATA[") {
            (State::Cdata, LOOKAHEAD)
        } else if rest.starts_with(b"<!--") {
            (State::Comment, 4)
        } else if rest.starts_with(b"<?") {
            (State::Instruction, 2)
        } else if rest.starts_with(b"<!D") || rest.starts_with(b"<!d") {
            self.doctypes += 1;
            self.enter(State::Doctype {
                brackets: 0,
                quote: None,
                comment: false,
            });
            self.dropping = true;
            return Step::To(self.scanned);
        } else if rest.starts_with(b"</") {
            (State::EndTag, 2)
        } else {
            (State::Tag, 1)
        };
        self.tag = 0;
        self.enter(state);
        Step::To(self.scanned + length)
    }

    fn tag(&mut self) -> io::Result<Step> {
        let rest = self.rest();
        let found = memchr::memchr3(b'>', b'"', b'\'', rest);
        let length = found.map_or(rest.len(), |index| index + 1);
        match found.and_then(|index| rest.get(index)) {
            Some(b'>') => self.enter(State::Text),
            Some(quote) => {
                let quote = *quote;
                self.enter(State::Value(quote));
            }
            None => {}
        }
        self.grow_tag(length)
    }

    fn end_tag(&mut self) -> io::Result<Step> {
        let rest = self.rest();
        let found = memchr::memchr(b'>', rest);
        let length = found.map_or(rest.len(), |index| index + 1);
        if found.is_some() {
            self.enter(State::Text);
        }
        self.grow_tag(length)
    }

    fn grow_tag(&mut self, length: usize) -> io::Result<Step> {
        self.tag += length;
        if self.tag > TAG {
            return Err(io::Error::other(TAG_TOO_LONG));
        }
        Ok(Step::To(self.scanned + length))
    }

    fn value(&mut self, quote: u8) -> io::Result<Step> {
        let rest = self.rest();
        let found = memchr::memchr(quote, rest);
        let length = found.unwrap_or(rest.len());
        if self.dropping {
            if found.is_some() {
                self.values_cut += 1;
                // The quote itself passes again.
                self.dropping = false;
                self.passed = 0;
            }
            return Ok(Step::To(self.scanned + length));
        }
        if self.passed + length > VALUE {
            let cut = boundary(rest, VALUE - self.passed);
            self.dropping = true;
            self.passed = VALUE;
            return self.grow_tag(cut);
        }
        self.passed += length;
        if found.is_some() {
            self.enter(State::Tag);
            return self.grow_tag(length + 1);
        }
        self.grow_tag(length)
    }

    /// Passes a bounded piece that ends with `end`.
    fn until(&mut self, end: &[u8]) -> Step {
        let rest = self.rest();
        let found = find(rest, end);
        let length = match found {
            Some(index) => index,
            None if self.ended => rest.len(),
            None => rest.len().saturating_sub(end.len() - 1),
        };
        if length == 0 && found.is_none() {
            return Step::More;
        }
        if length > 0 {
            return self.pass(length, found.is_some() || self.ended);
        }
        if self.dropping {
            // The piece ends here; its end passes again.
            self.dropping = false;
            return Step::To(self.scanned);
        }
        self.enter(State::Text);
        Step::To(self.scanned + end.len())
    }

    fn doctype(
        &mut self,
        mut brackets: i32,
        mut quote: Option<u8>,
        mut comment: bool,
    ) -> io::Result<Step> {
        let rest = self.rest();
        let mut index = 0;
        let mut end = None;
        while let Some(byte) = rest.get(index) {
            let tail = rest.get(index..).unwrap_or_default();
            if tail.len() < 4
                && !self.ended
                && end.is_none()
                && index > 0
                && matches!(byte, b'<' | b'-')
            {
                break;
            }
            match (comment, quote, byte) {
                (true, _, _) => {
                    if tail.starts_with(b"-->") {
                        comment = false;
                        index += 2;
                    }
                }
                (false, Some(open), _) => {
                    if *byte == open {
                        quote = None;
                    }
                }
                (false, None, b'"' | b'\'') => quote = Some(*byte),
                (false, None, b'<') if tail.starts_with(b"<!--") => {
                    comment = true;
                    index += 3;
                }
                (false, None, b'[') => brackets += 1,
                (false, None, b']') => brackets -= 1,
                (false, None, b'>') if brackets <= 0 => {
                    end = Some(index + 1);
                    break;
                }
                (false, None, _) => {}
            }
            index += 1;
        }
        let length = end.unwrap_or(index);
        self.passed += length;
        if self.passed > DOCTYPE {
            return Err(io::Error::other(
                "a document type declaration is longer than 16 MiB",
            ));
        }
        self.state = State::Doctype {
            brackets,
            quote,
            comment,
        };
        if end.is_some() {
            self.enter(State::Text);
        } else if length == 0 {
            return Ok(Step::More);
        }
        Ok(Step::To(self.scanned + length))
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position == self.window {
            self.advance()?;
        }
        Ok(self
            .data
            .get(self.position..self.window)
            .unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        let to = (self.position + amount).min(self.window);
        self.event += to - self.position;
        self.position = to;
    }
}

/// Returns the greatest index not after `limit` at which neither a character nor a reference is split.
pub(super) fn boundary(bytes: &[u8], limit: usize) -> usize {
    let mut index = limit.min(bytes.len());
    while index > 0 && bytes.get(index).is_some_and(|byte| (*byte & 0xC0) == 0x80) {
        index -= 1;
    }
    let near = bytes
        .get(index.saturating_sub(12)..index)
        .unwrap_or_default();
    match memchr::memrchr2(b'&', b';', near) {
        Some(found) if near.get(found) == Some(&b'&') => index - (near.len() - found),
        _ => index,
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, pattern)
}
