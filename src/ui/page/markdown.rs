//! The page in Markdown, as GitHub's step summaries and Azure's build summaries show it.
//!
//! Texts from reports stand in code only: there is no mention, link, heading, picture or HTML in code.

use std::fmt::Write as _;

use super::super::{counted, sanitized};
use super::{Bounded, Page, SubmissionPart, Trouble, is_link};
use crate::model::Verdict;

/// How long a page may grow. GitHub takes a mebibyte for all summaries of a step together, and shows nothing of a longer one.
const LONGEST: usize = 256 * 1024;

/// Returns the page.
pub(super) fn text(page: &Page) -> String {
    let mut out = Writer::default();
    out.line(&format!("## handin: {}", page.end.name.replace('_', " ")));
    out.line("");
    out.line(&format!(
        "{} (exit code {})",
        page.end.meaning, page.end.code
    ));
    if let Some(trouble) = &page.end.trouble {
        out.trouble(trouble);
    }
    chart(&mut out, page);
    for part in &page.submissions {
        submission(&mut out, part);
    }
    states(&mut out, page);
    failures(&mut out, page);
    flaky(&mut out, page);
    reports(&mut out, page);
    out.list("Warnings", &page.warnings);
    out.line("");
    out.line(&footer(page));
    out.text
}

/// The text so far, and whether it has grown long enough.
#[derive(Default)]
struct Writer {
    text: String,
}

impl Writer {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn is_full(&self) -> bool {
        self.text.len() >= LONGEST
    }

    fn heading(&mut self, title: &str) {
        self.line("");
        self.line(&format!("### {title}"));
        self.line("");
    }

    /// Writes items of a list while there is room, and how many there are besides.
    fn items<T>(&mut self, items: &Bounded<T>, mut write: impl FnMut(&mut Self, &T)) {
        let mut left = items.all();
        for item in items.kept() {
            if self.is_full() {
                break;
            }
            write(self, item);
            left -= 1;
        }
        if left > 0 {
            self.line(&format!("- and {left} more"));
        }
    }

    fn list(&mut self, title: &str, texts: &Bounded<String>) {
        if !texts.is_empty() {
            self.heading(&format!("{title} ({})", texts.all()));
            self.items(texts, |out, text| out.line(&format!("- {}", code(text))));
        }
    }

    fn trouble(&mut self, trouble: &Trouble) {
        self.line("");
        self.line(&format!("**Error:** {}", code(&trouble.message)));
        if !trouble.causes.is_empty() {
            self.line("");
            self.items(&trouble.causes, |out, cause| {
                out.line(&format!("- {}", code(cause)));
            });
        }
        if let Some(hint) = &trouble.hint {
            self.line("");
            self.line(&format!("**What to do:** {}", code(hint)));
        }
    }
}

/// How the tests ended, in numbers and as bars of signs: Markdown has no pictures of its own.
fn chart(out: &mut Writer, page: &Page) {
    const WIDTH: u64 = 30;
    out.line("");
    out.line(&format!("**{}**", page.headline()));
    if page.tally.tests == 0 {
        return;
    }
    out.line("");
    out.line("| outcome | tests | |");
    out.line("|---|--:|---|");
    for (verdict, count) in page.verdicts() {
        let length = (count * WIDTH).div_ceil(page.tally.tests);
        let bar: String =
            std::iter::repeat_n('█', usize::try_from(length).unwrap_or_default()).collect();
        out.line(&format!("| {} | {count} | `{bar}` |", verdict.word()));
    }
}

fn submission(out: &mut Writer, part: &SubmissionPart) {
    if out.is_full() {
        return;
    }
    out.heading(&format!("{}: {}", part.service, part.state));
    let mut facts = Vec::new();
    facts.extend(
        part.report
            .as_ref()
            .map(|report| format!("report {}", code(report))),
    );
    facts.extend(
        part.ids
            .iter()
            .map(|(kind, id)| format!("{kind} {}", code(id))),
    );
    facts.extend(part.url.as_ref().map(|url| link("open it there", url)));
    facts.extend(
        Some(&part.target)
            .filter(|it| !it.is_empty())
            .map(|it| code(it)),
    );
    out.line(&facts.join(" · "));
    if !part.counts.is_empty() {
        let counts: Vec<String> = part
            .counts
            .iter()
            .map(|(word, count)| format!("{count} {}", code(word)))
            .collect();
        out.line("");
        out.line(&format!("It now holds: {}", counts.join(", ")));
    }
    if let Some(trouble) = &part.trouble {
        out.trouble(trouble);
    }
    if !part.unmapped.is_empty() {
        let tests = counted(part.unmapped.all(), "test");
        out.line("");
        out.line(&format!(
            "<details><summary>Not submitted: {tests} without a case</summary>"
        ));
        out.line("");
        out.items(&part.unmapped, |out, (test, verdict)| {
            out.line(&format!("- {} {}", verdict.word(), code(test)));
        });
        out.line("");
        out.line("</details>");
    }
    for (title, texts) in [
        ("Missing on the service", &part.missing),
        ("Problems", &part.problems),
        ("Would be written", &part.planned),
        ("Warnings", &part.warnings),
    ] {
        if !texts.is_empty() {
            out.line("");
            out.line(&format!("**{title}:** {}", texts.all()));
            out.line("");
            out.items(texts, |out, text| out.line(&format!("- {}", code(text))));
        }
    }
}

fn states(out: &mut Writer, page: &Page) {
    if page.states.is_empty() {
        return;
    }
    out.heading("All submissions");
    for (state, count) in &page.states {
        out.line(&format!("- {count} {state}"));
    }
}

fn failures(out: &mut Writer, page: &Page) {
    if page.failures.is_empty() {
        return;
    }
    out.heading(&format!(
        "Tests that did not pass ({})",
        page.failures.all()
    ));
    out.items(&page.failures, |out, failed| {
        let (report, line) = &failed.place;
        out.line(&format!(
            "- **{}** {} ({}, line {line})",
            failed.verdict.word(),
            code(&failed.test),
            code(report)
        ));
        for text in [&failed.message, &failed.details] {
            block(out, text);
        }
    });
}

fn flaky(out: &mut Writer, page: &Page) {
    if page.flaky.is_empty() {
        return;
    }
    out.heading(&format!("Flaky tests ({})", page.flaky.all()));
    out.line("They failed at first and passed when they were tried again.");
    out.line("");
    out.items(&page.flaky, |out, test| {
        let (report, line) = &test.place;
        out.line(&format!(
            "- {} ({}, line {line})",
            code(&test.test),
            code(report)
        ));
        block(out, &test.message);
    });
}

fn reports(out: &mut Writer, page: &Page) {
    if page.reports.is_empty() {
        return;
    }
    out.heading(&format!("Reports ({})", page.reports.all()));
    out.items(&page.reports, |out, report| {
        let tells = match (&report.tally, &report.error) {
            (_, Some(error)) => format!("cannot be read: {}", code(error)),
            (Some(tally), None) => {
                let bad: u64 = Verdict::ALL
                    .into_iter()
                    .filter(|it| it.is_bad())
                    .map(|it| tally.of(it))
                    .sum();
                format!("{}, {bad} did not pass", counted(tally.tests, "test"))
            }
            (None, None) => String::new(),
        };
        out.line(&format!("- {} {tells}", code(&report.path)));
    });
}

fn footer(page: &Page) -> String {
    let mut facts: Vec<String> = page
        .build
        .iter()
        .map(|(word, value)| format!("{word} {}", code(value)))
        .collect();
    facts.extend(page.build_url.as_ref().map(|url| link("the build", url)));
    facts.push(format!("handin {}, {}", page.version, page.made));
    facts.join(" · ")
}

/// Returns an untrusted text as code on one line: nothing in it means anything.
fn code(text: &str) -> String {
    let text = sanitized(text).replace('|', "\u{2502}");
    let text = text.trim();
    if text.is_empty() {
        return "–".to_owned();
    }
    let fence = "`".repeat(longest_run(text) + 1);
    // A space on each side is taken away again; it parts the fence from signs of the same kind.
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Writes an untrusted text as a block of code below an item of a list.
fn block(out: &mut Writer, text: &str) {
    if text.is_empty() {
        return;
    }
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    out.line(&format!("  {fence}text"));
    for line in text.lines() {
        out.line(&format!(
            "  {}",
            super::super::ci_escape::escaped(&sanitized(line))
        ));
    }
    out.line(&format!("  {fence}"));
}

/// Returns a link, or the address as text where it is none to follow.
fn link(title: &str, url: &str) -> String {
    if is_link(url) {
        let mut address = String::new();
        for c in url.chars() {
            // Brackets would end the link.
            let _ = match c {
                '(' => write!(address, "%28"),
                ')' => write!(address, "%29"),
                _ => write!(address, "{c}"),
            };
        }
        format!("[{title}]({address})")
    } else {
        code(url)
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}
