//! Keeps untrusted text from giving orders to the CI that reads the log.
//!
//! GitHub Actions takes `::name::` at the start of a line and `##[name]` anywhere in it as a command, Azure Pipelines `##vso[name]`
//! anywhere, TeamCity `##teamcity[name]`. Names of tests come from whoever wrote the report, so no line of handin's own says any of
//! these, except those that are meant as commands.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::text::is_invisible;

/// Returns a text that no CI takes for commands: in each line the first two signs of a command are parted.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let starts = |line: &str| line.trim_start().starts_with("::");
    if !text.contains("##") && !text.lines().any(starts) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| {
        let line = parted(line);
        if starts(&line) {
            Cow::Owned(line.replacen("::", ": :", 1))
        } else {
            line
        }
    });
    Cow::Owned(lines.collect())
}

/// Parts `##name[`, wherever it stands.
pub(super) fn parted(text: &str) -> Cow<'_, str> {
    if !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut parted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("##") {
        let (before, from) = rest.split_at(start);
        let after = from.trim_start_matches('#');
        let signs = from.len() - after.len();
        let name = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        parted.push_str(before);
        if name.starts_with('[') {
            parted.push_str(&vec!["#"; signs].join(" "));
        } else {
            parted.push_str(&"#".repeat(signs));
        }
        rest = after;
    }
    parted.push_str(rest);
    Cow::Owned(parted)
}

/// Writes JSON in which no two `#` follow each other: the second of them stands there as `\u0023`, which means the same.
pub(super) struct JsonEscape<'a> {
    out: &'a mut dyn Write,
    after_sign: bool,
}

impl<'a> JsonEscape<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            after_sign: false,
        }
    }
}

/// Returns JSON in which what a terminal would obey, and what nobody would see, stands as `\\u…`, which means the same.
fn json_escaped(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_odd = |c: char| !c.is_ascii() && (c.is_control() || is_invisible(c));
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_ascii() && text.contains(is_odd) => {
            let mut escaped = String::with_capacity(text.len() + 16);
            for c in text.chars() {
                if is_odd(c) {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        // Writing to a `String` cannot fail.
                        let _ = write!(escaped, "\\u{unit:04x}");
                    }
                } else {
                    escaped.push(c);
                }
            }
            Cow::Owned(escaped.into_bytes())
        }
        Ok(_) | Err(_) => Cow::Borrowed(bytes),
    }
}

impl Write for JsonEscape<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let escaped = json_escaped(bytes);
        let mut pieces = escaped.split(|byte| *byte == b'#').peekable();
        while let Some(piece) = pieces.next() {
            self.out.write_all(piece)?;
            self.after_sign &= piece.is_empty();
            if pieces.peek().is_some() {
                self.out
                    .write_all(if self.after_sign { b"\\u0023" } else { b"#" })?;
                self.after_sign = !self.after_sign;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command_of_a_ci() {
        let text =
            "a ##vso[task.complete]\n  ::error::b\n##[set-env name=A]c ###vso[d] ##teamcity[e]";
        assert_eq!(
            escaped(text),
            "a # #vso[task.complete]\n  : :error::b\n# #[set-env name=A]c # # #vso[d] # #teamcity[e]"
        );
        assert!(!escaped("####[x").contains("##["));
    }

    #[test]
    fn what_is_no_command_stays_as_it_is() {
        for text in ["std::io::read", "## Heading", "a [b] # c", "issue ##12"] {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn json_holds_nothing_that_a_terminal_obeys_or_nobody_sees() {
        let value = serde_json::json!({"a": "x\u{9b}2J\u{61c}\u{202e}\u{e0041}y", "b": "Grün"});
        let mut out = Vec::new();
        JsonEscape::new(&mut out)
            .write_all(value.to_string().as_bytes())
            .unwrap();
        let written = String::from_utf8(out).unwrap();
        assert!(
            written.contains(r"x\u009b2J\u061c\u202e\udb40\udc41y"),
            "{written}"
        );
        assert!(written.contains("Grün"));
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read, value);
    }

    #[test]
    fn json_holds_no_command_and_the_same_values_in_whatever_pieces_it_comes() {
        let value = serde_json::json!({"a": "##vso[x] ### #", "b": ["##[y]"]});
        let text = value.to_string();
        for size in 1..text.len() {
            let mut out = Vec::new();
            let mut guard = JsonEscape::new(&mut out);
            for piece in text.as_bytes().chunks(size) {
                guard.write_all(piece).unwrap();
            }
            let written = String::from_utf8(out).unwrap();
            assert!(!written.contains("##"), "{written}");
            let read: serde_json::Value = serde_json::from_str(&written).unwrap();
            assert_eq!(read, value);
        }
    }
}
