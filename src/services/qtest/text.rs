//! Texts as qTest takes them: names of at most 500 characters, descriptions in HTML, times with milliseconds and zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::marks;

/// qTest: names of modules, cases, cycles, suites and runs have 1 to 500 characters (API schema: `maxLength`).
const NAME_LIMIT: usize = 500;

/// Returns the text on one line and within qTest's length; what was cut is replaced by a digest, so that names stay distinct.
pub(super) fn name(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    if line.chars().count() <= NAME_LIMIT {
        return line;
    }
    let kept: String = line.chars().take(NAME_LIMIT - 14).collect();
    format!("{kept}… {}", marks::short_digest(&[&line]))
}

/// Returns the text with what HTML minds written as entities.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Returns the lines of a text as paragraphs of HTML.
pub(super) fn paragraphs(text: &str) -> String {
    text.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .map(|line| format!("<p>{}</p>", escaped(line)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns a time as qTest takes it: UTC, milliseconds, `Z`. Finer fractions and times without a zone are refused or guessed.
pub(super) fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_milliseconds_and_a_zone() {
        let at: Timestamp = "2026-01-02T03:04:05.678901+02:00".parse().unwrap();
        assert_eq!(time(at), "2026-01-02T01:04:05.678Z");
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(time(at), "2026-01-02T03:04:05.000Z");
    }

    #[test]
    fn long_names_are_cut_to_500_and_stay_distinct() {
        let (one, two) = (name(&"x".repeat(600)), name(&"x".repeat(601)));
        assert_eq!(one.chars().count(), 500);
        assert_ne!(one, two);
        assert_eq!(name(" a\n\tb "), "a b");
    }

    #[test]
    fn a_description_shows_what_the_test_is_called_and_runs_nothing() {
        assert_eq!(
            paragraphs("a <b> & \"c\"\n\nd"),
            "<p>a &lt;b&gt; &amp; &quot;c&quot;</p>\n<p>d</p>"
        );
    }
}
