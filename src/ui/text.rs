//! Words for people.

/// Returns a number with its noun: `1 test`, `2 tests`.
pub fn counted(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// Returns an untrusted text fit for a terminal and a log: no control characters, no invisible direction marks, on one line.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || is_invisible(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// Tells whether a character changes how its neighbours are shown without being seen itself.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor_or_turn_the_line_around() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}c");
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(
            (counted(1, "test"), counted(2, "test")),
            ("1 test".to_owned(), "2 tests".to_owned())
        );
    }
}
