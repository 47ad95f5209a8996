//! Texts and times as Azure takes them.

use jiff::Timestamp;

/// Azure: a comment may have 1000 characters (docs: Results – Update).
pub(super) const COMMENT_LIMIT: usize = 1000;
/// Azure takes longer stack traces than its documents say (1000): Microsoft's own agent sends them uncut.
pub(super) const STACK_TRACE_LIMIT: usize = 32_000;
/// Azure cuts messages by itself, at 4000 characters, and newer ones at 32,000 (microsoft/go #2219, #2046): what all keep whole.
pub(super) const MESSAGE_LIMIT: usize = 4000;
/// The stack trace of one of many rows or attempts.
pub(super) const ROW_STACK_TRACE_LIMIT: usize = 4000;
/// Azure: a field of one line, such as the title, may have 255 characters (docs: Work item fields).
pub(super) const FIELD_LIMIT: usize = 255;
/// The longest name that is known to be taken; the number is not documented, and a longer one makes the whole call fail.
pub(super) const TEST_NAME_LIMIT: usize = 512;
/// The longest run name that Microsoft's own publisher sends.
pub(super) const RUN_NAME_LIMIT: usize = 256;

/// Returns the text within `limit` UTF-16 units, which is how the service counts, with a mark that says how much was cut.
pub(super) fn cut(text: &str, limit: usize) -> String {
    let length: usize = text.chars().map(char::len_utf16).sum();
    if length <= limit {
        return text.to_owned();
    }
    let mark = format!("… [{length} characters in all]");
    let room = limit.saturating_sub(mark.chars().map(char::len_utf16).sum());
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.len_utf16();
            used <= room
        })
        .collect();
    kept + &mark
}

/// Returns the text in one line: what controls a screen, or ends a line, is a blank.
pub(super) fn one_line(text: &str) -> String {
    text.trim().replace(char::is_control, " ")
}

/// Returns the text within `limit` UTF-16 units, its beginning and its end, with a mark between them that says how much was cut.
pub(super) fn cut_middle(text: &str, limit: usize) -> String {
    let length: usize = text.chars().map(char::len_utf16).sum();
    if length <= limit {
        return text.to_owned();
    }
    let mark = format!("\n… [{length} characters in all, the middle is cut] …\n");
    let room = limit.saturating_sub(mark.chars().map(char::len_utf16).sum());
    let within = |chars: &mut dyn Iterator<Item = char>, room: usize| -> Vec<char> {
        let mut used = 0;
        chars
            .take_while(|c| {
                used += c.len_utf16();
                used <= room
            })
            .collect()
    };
    let head: String = within(&mut text.chars(), room / 2).into_iter().collect();
    let tail = within(&mut text.chars().rev(), room - room / 2);
    let tail: String = tail.into_iter().rev().collect();
    head + &mark + &tail
}

/// Returns a time in UTC with milliseconds, as the service writes it itself.
pub(super) fn utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_within_the_limit_and_says_so() {
        let cut = cut(&"é🦀".repeat(2000), 1000);
        assert!(
            cut.encode_utf16().count() <= 1000,
            "{}",
            cut.encode_utf16().count()
        );
        assert!(cut.ends_with("… [6000 characters in all]"), "{cut}");
    }

    #[test]
    fn of_a_long_text_the_beginning_and_the_end_stay() {
        let text = format!("cause {} at main", "é🦀".repeat(4000));
        let cut = cut_middle(&text, 1000);
        assert!(cut.encode_utf16().count() <= 1000);
        assert!(
            cut.starts_with("cause ") && cut.ends_with(" at main"),
            "{cut}"
        );
        assert!(cut.contains("[12014 characters in all"), "{cut}");
        assert_eq!(cut_middle("short", 1000), "short");
    }

    #[test]
    fn times_are_in_utc_with_milliseconds() {
        assert_eq!(
            utc("2026-03-01T12:00:00.5+02:00".parse().unwrap()),
            "2026-03-01T10:00:00.500Z"
        );
    }
}
