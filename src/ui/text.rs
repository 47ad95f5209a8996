//! Words for people.

use console::measure_text_width;

use super::ci_escape;

/// Returns a number with its noun: `1 test`, `2 tests`.
pub fn counted(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// Returns a text in lines of at most this many characters, each indented by so many blanks and ended by a line break.
pub fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let blanks = " ".repeat(indent);
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            lines.push('\n');
            column = 0;
        }
        lines.push_str(if column == 0 { &blanks } else { " " });
        column += length + if column == 0 { indent } else { 1 };
        lines.push_str(word);
    }
    lines.push('\n');
    lines
}

/// Returns a line as a terminal of so many columns shows it best: broken between words, what follows two columns further in. What stands
/// in backticks stays together, so that it can be copied, where it fits into a line.
pub(super) fn folded(line: &str, columns: usize) -> String {
    const LEAST: usize = 20;
    if columns < LEAST || measure_text_width(line) <= columns {
        return line.to_owned();
    }
    let indent = line.len() - line.trim_start_matches(' ').len() + 2;
    let (mut folded, mut column) = (String::new(), 0);
    for part in parts(line, columns - indent.min(columns)) {
        let length = measure_text_width(&part);
        if column > indent && column + 1 + length > columns {
            folded.push('\n');
            folded.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > 0 {
            folded.push(' ');
            column += 1;
        }
        folded.push_str(&part);
        column += length;
    }
    folded
}

/// Parts a line at its blanks, where these are not within backticks that enclose less than a line.
fn parts(line: &str, most: usize) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut is_within = false;
    for word in line.split(' ') {
        match parts.last_mut() {
            Some(last) if is_within || last.trim().is_empty() => {
                last.push(' ');
                last.push_str(word);
            }
            Some(_) | None => parts.push(word.to_owned()),
        }
        is_within ^= word.matches('`').count() % 2 == 1;
    }
    let mut all = Vec::new();
    for part in parts {
        if measure_text_width(&part) > most && !part.starts_with(' ') {
            all.extend(part.split(' ').map(str::to_owned));
        } else {
            all.push(part);
        }
    }
    all
}

/// Returns an untrusted text fit for a terminal and a log: no control characters, no invisible direction marks, no command to a CI,
/// on one line.
pub fn sanitized(text: &str) -> String {
    ci_escape::parted(text)
        .chars()
        .map(|c| {
            if c.is_control() || is_invisible(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// Returns whether a character changes how its neighbours are shown without being seen itself, or says what nobody sees.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor_or_turn_the_line_around() {
        assert_eq!(sanitized("a\u{1b}[2Jb\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}c");
    }

    #[test]
    fn nothing_is_said_that_nobody_sees() {
        // C1, the Arabic letter mark, isolates, tags, annotations, fillers.
        for c in [
            '\u{85}',
            '\u{9b}',
            '\u{9d}',
            '\u{61c}',
            '\u{2066}',
            '\u{206f}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e007f}',
            '\u{fff9}',
            '\u{3164}',
            '\u{ad}',
            '\u{200b}',
            '\u{2028}',
            '\u{feff}',
        ] {
            assert_eq!(sanitized(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
        for text in ["Grün", "日本語", "العربية", "e\u{301}", "❤\u{fe0f}"] {
            assert_eq!(sanitized(text), text);
        }
    }

    #[test]
    fn a_long_text_is_broken_between_words_and_never_within_one() {
        assert_eq!(wrapped("one two  three", 2, 9), "  one two\n  three\n");
        assert_eq!(
            wrapped("extraordinary it is", 0, 5),
            "extraordinary\nit is\n"
        );
    }

    #[test]
    fn a_line_is_folded_between_words_and_never_within_a_command() {
        let hint = "hint: map them with `handin map suggest` or by hand";
        assert_eq!(
            folded(hint, 30),
            "hint: map them with\n  `handin map suggest` or by\n  hand"
        );
        assert_eq!(folded(hint, 80), hint);
        // In a pipe, and where nothing would help, it stays as it is.
        assert_eq!(folded(hint, 8), hint);
        let url = "  https://dev.azure.com/acme/Shop/_testManagement/runs?runId=1 is it";
        assert_eq!(
            folded(url, 40),
            "  https://dev.azure.com/acme/Shop/_testManagement/runs?runId=1\n    is it"
        );
        let command = "`a command that is longer than the line itself is` broken";
        let shown = folded(command, 24);
        assert!(shown.lines().all(|line| line.len() <= 24), "{shown}");
        assert_eq!(shown.replace("\n  ", " "), command);
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(
            (counted(1, "test"), counted(2, "test")),
            ("1 test".to_owned(), "2 tests".to_owned())
        );
    }
}
