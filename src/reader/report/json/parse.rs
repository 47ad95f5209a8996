//! JSON, taken apart from its beginning to its end: only a window of it is ever held.
//!
//! Texts and nesting are bounded. What Python and JavaScript write beyond the standard costs a detail, not the report: `NaN` and
//! `Infinity` are null, half a surrogate pair is U+FFFD. Knows JSON, nothing of what the members mean.

use std::mem::take;
use std::ops::Range;

use super::tree::Json;
use super::{broken, incomplete};
use crate::report::decode::Decoded;
use crate::report::document::Document;
use crate::report::error::{ReadError, ReadErrorKind, Warnings};
use crate::report::formats::Bytes;
use crate::report::lines::Line;
use crate::report::place::{Lines, Place};
use crate::report::text::floor_char_boundary;

/// How long a text may be, in bytes; what is more is left out.
const TEXT: usize = 1024 * 1024;
/// How deep what is passed by may nest.
const DEPTH: usize = 1_000_000;
/// How long a number or a word may be.
const PLAIN: usize = 1024;

/// A JSON document being read.
pub(in crate::report) struct Text<'r> {
    /// Where more comes from; nothing behind a text that is all there is.
    source: Option<Decoded<Bytes<'r>>>,
    window: String,
    /// What comes next in the window.
    at: usize,
    ended: bool,
    depth: usize,
    /// The name of the member that was met last.
    name: String,
    /// A text that does not stand in the window as it is meant.
    scratch: String,
    /// Where the window begins.
    place: Place,
    lines: Lines,
    lost: Lost,
    /// What is open of a value that is passed by.
    passed: Vec<bool>,
}

/// What was lost of a document on the way: the line of the first, and how many there are.
#[derive(Debug, Default)]
pub(in crate::report) struct Lost {
    cut: Option<(u64, u64)>,
    deep: Option<(u64, u64)>,
}

impl Lost {
    /// Takes what was lost of a further line.
    fn add(&mut self, other: &Self) {
        for (all, more) in [(&mut self.cut, other.cut), (&mut self.deep, other.deep)] {
            if let Some((line, count)) = more {
                all.get_or_insert((line, 0)).1 += count;
            }
        }
    }

    /// Adds a warning.
    pub(in crate::report) fn warn(&self, warnings: &mut Warnings) {
        let cut = "texts longer than 1 MiB, of which the rest was cut";
        let deep = "values that are nested too deep, and were left out";
        for (what, lost) in [(cut, self.cut), (deep, self.deep)] {
            if let Some((line, count)) = lost {
                warnings.add(Some(line), format!("{what}: {count}"));
            }
        }
    }
}

/// Returns the error for values that are nested too deep.
fn too_deep(depth: usize) -> ReadError {
    let message = format!("values are nested deeper than {depth}");
    ReadError::new(ReadErrorKind::TooLarge, message)
}

impl<'r> Text<'r> {
    /// Begins to read a document.
    pub(in crate::report) fn new(document: Document<Bytes<'r>>) -> Self {
        Self::of(document.head, Some(document.rest), document.line)
    }

    /// Begins to read a line of a document.
    pub(super) fn of_line(line: Line<'_>) -> Self {
        Self::of(line.text.to_owned(), None, line.number)
    }

    /// Begins to read a text that is all there is.
    pub(in crate::report) fn of_text(text: &str) -> Self {
        Self::of(text.to_owned(), None, 1)
    }

    fn of(window: String, source: Option<Decoded<Bytes<'r>>>, line: u64) -> Self {
        let mut lines = Lines::new();
        lines.skip(line - 1);
        Self {
            ended: source.is_none(),
            source,
            window,
            at: 0,
            depth: 0,
            name: String::new(),
            scratch: String::new(),
            place: Place { line, column: 1 },
            lines,
            lost: Lost::default(),
            passed: Vec::new(),
        }
    }

    /// Takes to others what was lost.
    pub(super) fn tell(&self, lost: &mut Lost) {
        lost.add(&self.lost);
    }

    /// Adds warnings about the document as such.
    pub(in crate::report) fn warn(&self, warnings: &mut Warnings) {
        self.lost.warn(warnings);
        if let Some(source) = &self.source {
            source.warn(warnings);
        }
    }

    /// Returns the unread part of the window.
    pub(in crate::report) fn rest(&self) -> &str {
        self.window.get(self.at..).unwrap_or_default()
    }

    /// Returns the line at which reading stands.
    pub(super) fn line(&mut self) -> u64 {
        self.lines.at(&self.window, self.at)
    }

    /// Returns the name of the member that was met last.
    pub(in crate::report) fn name(&self) -> &str {
        &self.name
    }

    /// Adds to an error where it is.
    pub(super) fn located(&self, error: ReadError) -> ReadError {
        if error.line.is_some() {
            return error;
        }
        let before = self.window.get(..self.at).unwrap_or_default();
        let place = self.place.after(before);
        error.at(place.line, place.column)
    }

    /// Gets more of the document into the window; tells whether there was any.
    fn refill(&mut self) -> Result<bool, ReadError> {
        let Some(source) = self.source.as_mut().filter(|_| !self.ended) else {
            return Ok(false);
        };
        self.lines.at(&self.window, self.at);
        self.place = self.lines.place(self.place, &self.window, self.at);
        self.lines.forget(&self.window, self.at);
        self.window.drain(..self.at);
        self.at = 0;
        let read = source.read_chunk(&mut self.window, self.place.line);
        self.ended = read.map_err(|error| ReadError::io(&error))? == 0;
        Ok(!self.ended)
    }

    /// Makes sure that so many bytes are at hand, where the document has them.
    fn have(&mut self, count: usize) -> Result<bool, ReadError> {
        while self.window.len() - self.at < count {
            if !self.refill()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the next byte that is no blank, which still is what comes next.
    pub(in crate::report) fn peek(&mut self) -> Result<u8, ReadError> {
        match self.after_blanks()? {
            Some(byte) => Ok(byte),
            None => Err(incomplete()),
        }
    }

    fn after_blanks(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let rest = self.window.as_bytes().get(self.at..).unwrap_or_default();
            let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
            if let Some(count) = rest.iter().position(|byte| !blank(byte)) {
                self.at += count;
                return Ok(rest.get(count).copied());
            }
            self.at = self.window.len();
            if !self.refill()? {
                return Ok(None);
            }
        }
    }

    /// Takes the end of the document.
    pub(super) fn end(&mut self) -> Result<(), ReadError> {
        match self.after_blanks()? {
            None => Ok(()),
            Some(_) => Err(broken("there is more after its end")),
        }
    }

    /// Goes into the object or list that comes next.
    pub(in crate::report) fn open(&mut self) {
        self.at += 1;
        self.depth += 1;
    }

    /// Returns how many objects and lists are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Takes note that a value was left out, since it stands too deep inside others.
    pub(super) fn leave_out(&mut self) {
        let line = self.line();
        self.lost.deep.get_or_insert((line, 0)).1 += 1;
    }

    /// Goes to the next member of the object that is open; tells whether there is one.
    pub(in crate::report) fn member(&mut self, first: &mut bool) -> Result<bool, ReadError> {
        if !self.more(b'}', first)? {
            return Ok(false);
        }
        if self.peek()? != b'"' {
            return Err(broken("a member has no name"));
        }
        let mut name = take(&mut self.name);
        name.clear();
        name.push_str(self.text()?);
        self.name = name;
        if self.peek()? != b':' {
            return Err(broken("there is no `:` after the name of a member"));
        }
        self.at += 1;
        Ok(true)
    }

    /// Goes to the next element of the list that is open; tells whether there is one.
    pub(in crate::report) fn element(&mut self, first: &mut bool) -> Result<bool, ReadError> {
        let more = self.more(b']', first)?;
        if more && self.peek()? == b']' {
            return Err(broken("a value is missing"));
        }
        Ok(more)
    }

    fn more(&mut self, close: u8, first: &mut bool) -> Result<bool, ReadError> {
        let byte = self.peek()?;
        if byte == close {
            self.at += 1;
            self.depth -= 1;
            return Ok(false);
        }
        if !take(first) {
            if byte != b',' {
                return Err(broken("a `,` or an end is missing"));
            }
            self.at += 1;
        }
        Ok(true)
    }

    /// Returns the text that begins here.
    pub(super) fn text(&mut self) -> Result<&str, ReadError> {
        let begin = self.at + 1;
        let rest = self.window.as_bytes().get(begin..).unwrap_or_default();
        if let Some(length) = memchr::memchr2(b'"', b'\\', rest)
            && length <= TEXT
            && rest.get(length) == Some(&b'"')
        {
            self.at = begin + length + 1;
            let text = self.window.get(begin..begin + length);
            return Ok(text.unwrap_or_default());
        }
        self.at = begin;
        self.scratch.clear();
        let mut length = 0;
        while let Some(run) = self.run()? {
            length += run.len();
            let run = self.window.get(run).unwrap_or_default();
            let room = TEXT.saturating_sub(self.scratch.len());
            let kept = run.get(..floor_char_boundary(run, room));
            self.scratch.push_str(kept.unwrap_or_default());
            if self.rest().starts_with('\\') {
                let c = self.escaped()?;
                length += c.len_utf8();
                if self.scratch.len() < TEXT {
                    self.scratch.push(c);
                }
            }
        }
        if length > self.scratch.len() {
            let line = self.line();
            self.lost.cut.get_or_insert((line, 0)).1 += 1;
        }
        Ok(&self.scratch)
    }

    /// Returns where the next part of a text stands, up to a backslash or the edge of the window; nothing behind its end.
    fn run(&mut self) -> Result<Option<Range<usize>>, ReadError> {
        if !self.have(1)? {
            return Err(incomplete());
        }
        let rest = self.window.as_bytes().get(self.at..).unwrap_or_default();
        let length = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        if length == 0 && rest.first() == Some(&b'"') {
            self.at += 1;
            return Ok(None);
        }
        let run = self.at..self.at + length;
        self.at = run.end;
        Ok(Some(run))
    }

    /// Returns the character of the escape that begins here.
    fn escaped(&mut self) -> Result<char, ReadError> {
        if !self.have(2)? {
            return Err(incomplete());
        }
        let byte = self.window.as_bytes().get(self.at + 1).copied();
        let c = match byte.unwrap_or_default() {
            b'u' => {
                let unit = self.unit()?;
                return self.surrogate(unit);
            }
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            known @ (b'"' | b'\\' | b'/') => char::from(known),
            _ => return Err(broken("a text has an escape that JSON does not know")),
        };
        self.at += 2;
        Ok(c)
    }

    /// Returns the number of the `\u1234` that begins here.
    fn unit(&mut self) -> Result<u32, ReadError> {
        if !self.have(6)? {
            return Err(incomplete());
        }
        let digits = self.window.get(self.at + 2..self.at + 6);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| broken("a text has a `\\u` without four digits"))?;
        self.at += 6;
        Ok(unit)
    }

    /// Returns the character that a unit of UTF-16 makes, with the one behind it where it takes two.
    fn surrogate(&mut self, high: u32) -> Result<char, ReadError> {
        if (0xD800..0xDC00).contains(&high) && self.have(6)? && self.rest().starts_with("\\u") {
            let before = self.at;
            let low = self.unit()?;
            if (0xDC00..0xE000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Passes by a value, however deep others stand in it.
    pub(in crate::report) fn pass(&mut self) -> Result<(), ReadError> {
        let mut open = take(&mut self.passed);
        open.clear();
        let passed = self.pass_all(&mut open);
        self.passed = open;
        passed
    }

    /// Passes by a value; tells in `open` of what is open, innermost last, whether it is an object.
    fn pass_all(&mut self, open: &mut Vec<bool>) -> Result<(), ReadError> {
        loop {
            let mut first = true;
            match self.peek()? {
                byte @ (b'{' | b'[') => {
                    if open.len() == DEPTH {
                        return Err(too_deep(DEPTH));
                    }
                    open.push(byte == b'{');
                    self.open();
                }
                b'"' => {
                    self.pass_text()?;
                    first = false;
                }
                _ => {
                    self.plain()?;
                    first = false;
                }
            }
            while let Some(is_object) = open.last() {
                if self.next_to_pass(*is_object, &mut first)? {
                    break;
                }
                open.pop();
                first = false;
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    /// Goes to the next value of what is passed by.
    fn next_to_pass(&mut self, is_object: bool, first: &mut bool) -> Result<bool, ReadError> {
        if !is_object {
            return self.element(first);
        }
        if !self.more(b'}', first)? {
            return Ok(false);
        }
        if self.peek()? != b'"' {
            return Err(broken("a member has no name"));
        }
        self.pass_text()?;
        if self.peek()? != b':' {
            return Err(broken("there is no `:` after the name of a member"));
        }
        self.at += 1;
        Ok(true)
    }

    fn pass_text(&mut self) -> Result<(), ReadError> {
        self.at += 1;
        while self.run()?.is_some() {
            if self.rest().starts_with('\\') {
                self.escaped()?;
            }
        }
        Ok(())
    }

    /// Returns the number or the word that comes next.
    pub(super) fn plain(&mut self) -> Result<Json, ReadError> {
        let ends = |byte: &u8| {
            matches!(byte, b',' | b']' | b'}' | b':' | b'"' | b'[' | b'{')
                || byte.is_ascii_whitespace()
        };
        let mut length = 0;
        loop {
            let rest = self.window.as_bytes().get(self.at + length..);
            let found = rest.unwrap_or_default().iter().position(ends);
            length = found.map_or(self.window.len() - self.at, |found| length + found);
            if found.is_some() || length > PLAIN || !self.refill()? {
                break;
            }
        }
        let word = self.window.get(self.at..self.at + length);
        let word = word.unwrap_or_default();
        let value = plain(word);
        if value.is_none() {
            if self.at + length == self.window.len() && length < PLAIN {
                self.at += length;
                return Err(incomplete());
            }
            let word: String = word.chars().take(20).collect();
            return Err(broken(&format!("`{word}` is not a value")));
        }
        self.at += length;
        Ok(value.unwrap_or_default())
    }

    /// Returns whether all there is has been read.
    pub(in crate::report) fn is_at_end(&self) -> bool {
        self.ended && self.at >= self.window.len()
    }
}

fn plain(word: &str) -> Option<Json> {
    Some(match word {
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        "null" | "NaN" | "Infinity" | "-Infinity" => Json::Null,
        _ => {
            if !word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
                return None;
            }
            match word.parse() {
                Ok(integer) => Json::Integer(integer),
                Err(_) => number(word.parse().ok()?),
            }
        }
    })
}

fn number(number: f64) -> Json {
    if number.is_finite() {
        Json::Number(number)
    } else {
        Json::Null
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::Wanted;
    use super::*;

    static ALL: Wanted = Wanted::ALL;

    /// Gives a few bytes at a time.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(buffer.len());
            self.0.read(&mut buffer[..count])
        }
    }

    /// Reads a document whose end comes so many bytes at a time.
    fn read(text: &str, step: usize) -> Result<Json, ReadError> {
        let text = format!("{}{text}", " ".repeat(16 * 1024));
        let (head, tail) = text.as_bytes().split_at(16 * 1024 - 1);
        let mut bytes = head.chain(Slowly(tail, step));
        let document = Document::new(&mut bytes as Bytes<'_>).unwrap();
        Text::new(document).whole(&ALL, &mut Warnings::default())
    }

    fn same(own: &Json, other: &Value) -> bool {
        match other {
            Value::Null => *own == Json::Null,
            Value::Bool(value) => *own == Json::Bool(*value),
            Value::Number(number) => own.number() == number.as_f64(),
            Value::String(text) => *own == Json::Text(text.clone()),
            Value::Array(list) => {
                own.list().len() == list.len()
                    && own.list().iter().zip(list).all(|(own, it)| same(own, it))
            }
            Value::Object(map) => {
                own.members().len() == map.len()
                    && map.iter().all(|(name, value)| same(own.get(name), value))
            }
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9).prop_map(Value::from),
            r#"[ -~\\"/é😀]{0,12}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::hash_map(r#"[a-z"\\é]{1,6}"#, inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_another_reader_reads_is_read_alike(value in value(), pretty: bool, step in 1_usize..9) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            prop_assert!(same(&read(&text, step).unwrap(), &value), "{text}");
            let begun = Text::of_text(&text).pass();
            prop_assert!(begun.is_ok());
        }

        #[test]
        fn what_another_reader_refuses_is_refused(value in value(), at in any::<prop::sample::Index>(), with in r#"[\[\]{}:,"\\a1\-. ]{0,2}"#, step in 1_usize..9) {
            let mut text = serde_json::to_string(&value).unwrap();
            let places: Vec<(usize, char)> = text.char_indices().collect();
            let (at, c) = places[at.index(places.len())];
            text.replace_range(at..at + c.len_utf8(), &with);
            let other: serde_json::Result<Value> = serde_json::from_str(&text);
            let own = read(&text, step);
            match other {
                Ok(_) => prop_assert!(own.is_ok(), "{text}"),
                // Numbers such as `01` and `1.` are read: nobody writes them, and they mean what they seem to.
                Err(error) if !error.to_string().contains("number") && own.is_ok() => {
                    let zero = text.contains(|c: char| c.is_ascii_digit());
                    prop_assert!(zero, "{text} is read, but {error}");
                }
                Err(_) => {}
            }
        }
    }

    #[test]
    fn half_a_surrogate_pair_becomes_a_replacement_character() {
        for step in 1..9 {
            let texts = read(
                r#"["\ud83d", "\ude00x", "\ud83d\ud83d\ude00", "\ud83d\n"]"#,
                step,
            );
            let texts = texts.unwrap();
            let texts: Vec<_> = texts.list().iter().filter_map(Json::text).collect();
            assert_eq!(texts, ["\u{FFFD}", "\u{FFFD}x", "\u{FFFD}😀", "\u{FFFD}\n"]);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_the_rest_is_whole() {
        for filling in ["é", "\\n", "\\u00e9", "\\ud83d\\ude00", "abc\\\\"] {
            let written = format!("[\"{}\", \"b\"]", filling.repeat(1_100_000));
            let mut text = Text::of_text(&written);
            let value = ALL.read(&mut text).unwrap();
            let kept = value.list()[0].text().unwrap().len();
            assert!(kept < 70_000, "{filling}: {kept}");
            assert!(text.scratch.len() <= TEXT + 4, "{filling}");
            assert_eq!(
                (value.list()[1].text(), text.lost.cut),
                (Some("b"), Some((1, 1)))
            );
        }
    }

    #[test]
    fn what_python_and_javascript_write_beyond_the_standard_is_nothing() {
        let values = read("[NaN, -Infinity, 1e999, 1]", 3).unwrap();
        let nothing = [Json::Null, Json::Null, Json::Null, Json::Integer(1)];
        assert_eq!(values.list(), nothing);
    }

    #[test]
    fn depth_is_bounded_and_an_early_end_is_told() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let mut text = Text::of_text(&deep(DEPTH));
        assert!(text.pass().is_ok());
        let error = Text::of_text(&deep(DEPTH + 1)).pass().unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::TooLarge);
        // In what is taken, what is too deep is left out and told, and what stands behind it is there.
        let text = format!("[{}, 7]", deep(2000));
        let mut text = Text::of_text(&text);
        let values = ALL.read(&mut text).unwrap();
        assert_eq!(
            (values.list().last(), text.lost.deep),
            (Some(&Json::Integer(7)), Some((1, 1)))
        );
        for text in ["{\"a\": [1, \"x", "[nul", "{\"a\"", "[1,", ""] {
            let error = read(text, 2).unwrap_err();
            assert_eq!(error.message, incomplete().message, "{text}");
        }
    }
}
