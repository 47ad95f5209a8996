//! The page in HTML: one file that needs nothing from elsewhere, and forbids itself to run or to load anything.

use askama::Template;

use super::super::sanitized;
use super::{Mark, Page, SubmissionPart, is_link};
use crate::model::Verdict;

/// How wide the chart is, in its own units.
const WIDTH: u64 = 1_000;
/// How wide the smallest part of the chart is.
const LEAST: u64 = 8;

/// The template; it escapes every text.
#[derive(Template)]
#[template(path = "page.html")]
struct View<'a> {
    page: &'a Page,
    headline: String,
    slices: Vec<Slice>,
}

/// A part of the chart.
struct Slice {
    verdict: Verdict,
    count: u64,
    start: u64,
    width: u64,
}

/// Returns the page.
pub(super) fn text(page: &Page) -> String {
    let view = View {
        page,
        headline: page.headline(),
        slices: slices(page),
    };
    // Writing to a `String` cannot fail.
    view.render().unwrap_or_default()
}

/// Divides the chart so that the smallest part can still be seen.
fn slices(page: &Page) -> Vec<Slice> {
    let parts: Vec<(Verdict, u64)> = page.verdicts().collect();
    let to_share = WIDTH - LEAST * parts.len() as u64;
    let mut start = 0;
    parts
        .into_iter()
        .map(|(verdict, count)| {
            let share = u128::from(to_share) * u128::from(count) / u128::from(page.tally.tests);
            let width = LEAST + u64::try_from(share).unwrap_or_default();
            let slice = Slice {
                verdict,
                count,
                start,
                width,
            };
            start += width;
            slice
        })
        .collect()
}

impl View<'_> {
    /// Returns an untrusted text on one line.
    fn line(text: &str) -> String {
        sanitized(text)
    }

    /// Returns an untrusted text with its lines kept.
    fn lines(text: &str) -> String {
        let lines: Vec<String> = text.lines().map(sanitized).collect();
        lines.join("\n")
    }

    fn is_link(url: &str) -> bool {
        is_link(url)
    }

    fn title(&self) -> String {
        self.page.end.name.replace('_', " ")
    }

    fn mark(part: &SubmissionPart) -> &'static str {
        match part.mark {
            Mark::Good => "good",
            Mark::Neutral => "neutral",
            Mark::Bad => "bad",
        }
    }

    fn tests(count: u64) -> String {
        super::super::counted(count, "test")
    }
}
