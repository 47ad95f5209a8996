//! The records of an execution log, one after the other over all its files.
//!
//! The logs are those of java.util.logging: not always closed, sometimes begun again after their end. Whatever is whole is taken.

use std::borrow::Cow;
use std::io::Read;

use super::Beside;
use crate::report::reference::{Lines, unescape};
use crate::report::text::Text;
use crate::report::xml::{Node, Xml};

/// How many properties a record may have.
const PROPERTIES: usize = 200;

/// What was logged at one moment.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) level: String,
    pub(super) method: String,
    pub(super) message: String,
    /// Milliseconds since 1970.
    pub(super) millis: Option<i64>,
    pub(super) properties: Vec<(String, String)>,
}

impl Record {
    /// Returns the value of a property, where it has one.
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        self.properties
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}

/// Reads records from files, the oldest first.
pub(super) struct Records<R: Read> {
    /// The files still to come, the next one last.
    files: Vec<String>,
    beside: Beside,
    open: fn(&Beside, &str) -> std::io::Result<R>,
    current: Option<Xml<R>>,
    cut: bool,
}

impl Records<Box<dyn Read>> {
    pub(super) fn of_files(beside: &Beside, mut files: Vec<String>) -> Self {
        files.reverse();
        Self {
            files,
            beside: beside.clone(),
            open: Beside::open,
            current: None,
            cut: false,
        }
    }
}

impl<R: Read> Records<R> {
    /// Goes on with a document that has been opened already.
    pub(super) fn of_document(xml: Xml<R>) -> Self {
        Self {
            files: Vec::new(),
            beside: Beside::Nothing,
            open: |_, _| Err(std::io::ErrorKind::NotFound.into()),
            current: Some(xml),
            cut: false,
        }
    }

    /// Returns whether a file ended in the middle of something.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    pub(super) fn next(&mut self) -> Option<Record> {
        loop {
            if self.current.is_none() {
                let name = self.files.pop()?;
                self.current = (self.open)(&self.beside, &name)
                    .ok()
                    .and_then(|file| Xml::new(file).ok());
            }
            let Some(xml) = &mut self.current else {
                self.cut = true;
                continue;
            };
            match next_in(xml) {
                Ok(Some(record)) => return Some(record),
                Ok(None) => {}
                Err(()) => self.cut = true,
            }
            if self.files.is_empty() {
                return None;
            }
            self.current = None;
        }
    }
}

/// Returns the next whole record of one document.
fn next_in<R: Read>(xml: &mut Xml<R>) -> Result<Option<Record>, ()> {
    let mut draft: Option<Draft> = None;
    loop {
        match xml.next().map_err(drop)? {
            Node::Open(tag) => match &mut draft {
                Some(draft) => draft.open(tag.name(), tag.get("name")),
                None if tag.name() == "record" => draft = Some(Draft::default()),
                None => {}
            },
            Node::Text(text) => {
                if let Some(draft) = &mut draft {
                    draft.text.push(&text);
                }
            }
            Node::Close => {
                if let Some(record) = draft.as_mut().and_then(Draft::close) {
                    return Ok(Some(record));
                }
            }
            Node::End => return Ok(None),
        }
    }
}

/// A record being read.
#[derive(Debug, Default)]
struct Draft {
    record: Record,
    /// The open elements inside the record.
    open: Vec<Field>,
    text: Text,
    escaped: bool,
}

#[derive(Debug)]
enum Field {
    Level,
    Method,
    Message,
    Millis,
    EscapedJava,
    Property(String),
    Other,
}

impl Draft {
    fn open(&mut self, name: &str, attribute: Option<Cow<'_, str>>) {
        let field = match name {
            _ if !self.open.is_empty() => Field::Other,
            "level" => Field::Level,
            "method" => Field::Method,
            "message" => Field::Message,
            "millis" => Field::Millis,
            "escapedJava" => Field::EscapedJava,
            "property" => Field::Property(attribute.unwrap_or_default().into_owned()),
            _ => Field::Other,
        };
        self.open.push(field);
        self.text.clear();
    }

    /// Takes the end of an element; returns the record where it was its own.
    fn close(&mut self) -> Option<Record> {
        let Some(field) = self.open.pop() else {
            return Some(self.finish());
        };
        let text = self.text.take().unwrap_or_default();
        match field {
            Field::Level => self.record.level = text,
            Field::Method => self.record.method = text,
            // Katalon escapes a message before the logger escapes it once more.
            Field::Message => self.record.message = unescape(&text, Lines::Kept).into_owned(),
            Field::Millis => self.record.millis = text.trim().parse().ok(),
            Field::EscapedJava => self.escaped = text.trim() == "true",
            Field::Property(name) if self.record.properties.len() < PROPERTIES => {
                self.record.properties.push((name, text));
            }
            Field::Property(_) | Field::Other => {}
        }
        None
    }

    fn finish(&mut self) -> Record {
        let mut record = std::mem::take(&mut self.record);
        if self.escaped {
            record.message = unescape_java(&record.message);
            for (_, value) in &mut record.properties {
                *value = unescape_java(value);
            }
        }
        record
    }
}

/// Resolves the escapes of Java's string literals.
fn unescape_java(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            result.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => result.push('\n'),
            Some('t') => result.push('\t'),
            Some('r' | 'b' | 'f') => {}
            Some('u') => {
                let digits: String = characters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok();
                result.push(
                    code.and_then(char::from_u32)
                        .filter(|c| !c.is_control())
                        .unwrap_or('\u{FFFD}'),
                );
            }
            Some(other) => result.push(other),
            None => result.push('\\'),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::unescape_java;

    #[test]
    fn escapes_of_java_are_resolved_and_hold_no_control_characters() {
        assert_eq!(
            unescape_java(r#"a\"b\\c\nd\u00e9\u001b"#),
            "a\"b\\c\ndé\u{FFFD}"
        );
    }
}
