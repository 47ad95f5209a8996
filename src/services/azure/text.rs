//! Texts and times as Azure takes them.

use jiff::Timestamp;

/// Azure: a comment may have 1000 characters (docs: Results – Update).
pub(super) const COMMENT_LIMIT: usize = 1000;
/// Azure: a stack trace may have 1000 characters (docs: Results – Update).
pub(super) const STACK_TRACE_LIMIT: usize = 1000;
/// Azure cuts messages at about 4000 characters; the number is not documented.
pub(super) const MESSAGE_LIMIT: usize = 4000;
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
    fn times_are_in_utc_with_milliseconds() {
        assert_eq!(
            utc("2026-03-01T12:00:00.5+02:00".parse().unwrap()),
            "2026-03-01T10:00:00.500Z"
        );
    }
}
