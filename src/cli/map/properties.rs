//! Java's `.properties` files, as Katalon Studio writes them.

use std::collections::HashMap;

use serde_json::Value;

/// What a properties file says.
#[derive(Debug, Default)]
pub(super) struct Properties(HashMap<String, String>);

impl Properties {
    /// Reads a file: ISO-8859-1 with `\u` escapes. Of a key that stands twice the last counts; lines that are none are skipped.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let (text, _, _) = encoding_rs::WINDOWS_1252.decode(bytes);
        let mut entries = HashMap::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let mut line = line.trim_start().to_owned();
            if line.is_empty() || line.starts_with(['#', '!']) {
                continue;
            }
            while continues(&line) {
                line.pop();
                line.push_str(lines.next().unwrap_or_default().trim_start());
            }
            let (key, value) = split(&line);
            entries.insert(unescaped(key), unescaped(value));
        }
        Self(entries)
    }

    /// Returns a text. Katalon writes most of them as JSON strings, some bare; an empty one counts as not there.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let raw = self.0.get(key)?.trim();
        let text = serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
        Some(text).filter(|text| !text.is_empty() && text != "null")
    }

    /// Returns whether a key has this value, in whatever way it is written.
    pub(super) fn is(&self, key: &str, value: &str) -> bool {
        self.text(key).is_some_and(|text| text == value)
    }

    /// Returns the raw value of a key, even if it is empty.
    pub(super) fn raw(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|text| text.trim())
    }

    /// Returns a JSON value, which Katalon writes into a JSON string.
    pub(super) fn json(&self, key: &str) -> Option<Value> {
        serde_json::from_str(&self.text(key)?).ok()
    }
}

/// An odd number of backslashes at the end continues the line.
fn continues(line: &str) -> bool {
    line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
}

fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (index, character) in line.char_indices() {
        if !escaped && (matches!(character, '=' | ':') || character.is_whitespace()) {
            let (key, rest) = line.split_at(index);
            let rest = rest.trim_start();
            let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
            return (key, value.trim_start());
        }
        escaped = character == '\\' && !escaped;
    }
    (line, "")
}

fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    let mut buffer = [0; 2];
    while let Some(character) = characters.next() {
        let next = if character == '\\' {
            match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some('u') => {
                    let digits: String = characters.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
                    continue;
                }
                Some(other) => other,
                None => continue,
            }
        } else {
            character
        };
        units.extend_from_slice(next.encode_utf16(&mut buffer));
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_doubles_and_conflict_marks_are_understood() {
        let properties = Properties::parse(
            b"#Tue Oct 26\n<<<<<<<=HEAD\nserverUrl=\"https\\://dev.azure.com/acme\"\nname = old\nname=\"Gr\\u00fcn\"\n\
              list=\"[{\\\\\"id\\\\\"\\: 5}]\"\nlong=a\\\n   b\nempty=\"\"\nnone=null\n",
        );
        assert_eq!(
            properties.text("serverUrl").as_deref(),
            Some("https://dev.azure.com/acme")
        );
        assert_eq!(properties.text("name").as_deref(), Some("Grün"));
        assert_eq!(
            properties.json("list"),
            Some(serde_json::json!([{"id": 5}]))
        );
        assert_eq!(properties.text("long").as_deref(), Some("ab"));
        assert_eq!(properties.text("empty"), None);
        assert_eq!(properties.text("none"), None);
    }
}
