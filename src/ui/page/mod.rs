//! A page about a submission, for people who were not there: what was read, what failed, where the results are.
//!
//! It says what it is given: texts come cut and without secrets, yet still untrusted. How many of each kind it keeps is bounded, so
//! that neither memory nor the page grows with the reports. Knows no service and no way to one.

mod html;
mod markdown;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::path::Path;

use crate::model::{Tally, Verdict};
use crate::secret::without_secrets;

/// How many of each kind a page names.
pub const NAMED: usize = 200;
/// How much of a name a page shows, in characters.
const NAME: usize = 300;
/// How much of a message a page shows, in characters.
const MESSAGE: usize = 1_000;
/// How much of a longer text a page shows, in characters.
const DETAILS: usize = 3_000;

/// The first of many, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded<T> {
    kept: Vec<T>,
    all: u64,
}

impl<T> Default for Bounded<T> {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            all: 0,
        }
    }
}

impl<T> Bounded<T> {
    /// Takes one more; it is made only where there is room for it.
    pub fn push(&mut self, make: impl FnOnce() -> T) {
        if self.kept.len() < NAMED {
            self.kept.push(make());
        }
        self.all += 1;
    }

    /// Takes all that another one has.
    pub fn append(&mut self, other: Self) {
        let room = NAMED.saturating_sub(self.kept.len());
        self.kept.extend(other.kept.into_iter().take(room));
        self.all += other.all;
    }

    /// Keeps only the first few.
    pub fn shorten(&mut self, most: usize) {
        self.kept.truncate(most);
    }

    /// Returns those that were kept.
    pub fn kept(&self) -> &[T] {
        &self.kept
    }

    /// Returns how many there are in all.
    pub fn all(&self) -> u64 {
        self.all
    }

    /// Returns how many are not named.
    pub fn others(&self) -> u64 {
        self.all - self.kept.len() as u64
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all == 0
    }
}

impl<T> FromIterator<T> for Bounded<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut bounded = Self::default();
        for item in items {
            bounded.push(|| item);
        }
        bounded
    }
}

/// Everything that a page says.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// How the command ended.
    pub end: End,
    /// When the page was made, as people write it.
    pub made: String,
    /// The version of the program.
    pub version: &'static str,
    /// What the CI says of the build: a word and its value.
    pub build: Vec<(&'static str, String)>,
    /// The build's page.
    pub build_url: Option<String>,
    /// How all tests ended.
    pub tally: Tally,
    /// The reports.
    pub reports: Bounded<ReportLine>,
    /// The tests that need somebody's attention.
    pub failures: Bounded<FailedTest>,
    /// The tests that passed after they had failed, with what was wrong at first.
    pub flaky: Bounded<FailedTest>,
    /// The submissions that are told one by one.
    pub submissions: Vec<SubmissionPart>,
    /// Of many submissions: how many became what.
    pub states: Vec<(&'static str, u64)>,
    /// What is worth knowing and belongs to no service.
    pub warnings: Bounded<String>,
}

/// How the command ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct End {
    /// The exit code.
    pub code: u8,
    /// Its name.
    pub name: &'static str,
    /// What happened to the results, in a sentence.
    pub meaning: String,
    /// What went wrong with the command as a whole.
    pub trouble: Option<Trouble>,
}

/// What went wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trouble {
    /// A sentence.
    pub message: String,
    /// What led to it.
    pub causes: Bounded<String>,
    /// What to do next.
    pub hint: Option<String>,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    /// Its path, as it was named.
    pub path: String,
    /// How its tests ended; nothing where it cannot be read.
    pub tally: Option<Tally>,
    /// Why it cannot be read.
    pub error: Option<String>,
}

/// A test that failed, broke or never ended, or did so before it passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTest {
    /// Its name.
    pub test: String,
    /// How it ended.
    pub verdict: Verdict,
    /// The report and the line that tell of it.
    pub place: (String, u64),
    /// The file and the line of the project where it failed, where the report names a file that is here.
    pub source: Option<(String, u64)>,
    /// The short message.
    pub message: String,
    /// The long text.
    pub details: String,
}

/// How well a submission went: what a page marks with a colour and a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mark {
    /// All is there.
    #[default]
    Good,
    /// Nothing was to be done.
    Neutral,
    /// Somebody should look.
    Bad,
}

/// What became of one submission.
#[derive(Debug, Clone, Default)]
pub struct SubmissionPart {
    /// The service.
    pub service: &'static str,
    /// The report, where each is a submission of its own.
    pub report: Option<String>,
    /// What became of it, in words.
    pub state: &'static str,
    /// How well that is.
    pub mark: Mark,
    /// Where it went.
    pub target: String,
    /// What it is on the service: a kind and an id.
    pub ids: Vec<(&'static str, String)>,
    /// Where a person can look at it.
    pub url: Option<String>,
    /// The service's own counts.
    pub counts: Vec<(String, u64)>,
    /// The tests without a case, failures first.
    pub unmapped: Bounded<(String, Verdict)>,
    /// What is wrong with single tests.
    pub problems: Bounded<String>,
    /// What is missing on the service.
    pub missing: Bounded<String>,
    /// What would be written.
    pub planned: Bounded<String>,
    /// What is worth knowing.
    pub warnings: Bounded<String>,
    /// What went wrong.
    pub trouble: Option<Trouble>,
}

impl SubmissionPart {
    /// Leaves only the first few of each kind.
    pub fn shorten(&mut self, most: usize) {
        self.unmapped.shorten(most);
        let lists = [
            &mut self.problems,
            &mut self.missing,
            &mut self.planned,
            &mut self.warnings,
        ];
        for list in lists {
            list.shorten(most);
        }
        self.trouble
            .iter_mut()
            .for_each(|trouble| trouble.causes.shorten(most));
    }
}

/// What a page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown, as GitHub and Azure DevOps show it.
    Markdown,
    /// HTML that needs nothing from elsewhere.
    Html,
}

impl Format {
    /// Returns the kind of a file by its name.
    pub fn of(path: &Path) -> Self {
        if path.extension().is_some_and(|ending| ending == "md") {
            Self::Markdown
        } else {
            Self::Html
        }
    }
}

impl Page {
    /// Returns the whole page.
    pub fn text(&self, format: Format) -> String {
        let text = match format {
            Format::Markdown => markdown::text(self),
            Format::Html => html::text(self),
        };
        without_secrets(&text).into_owned()
    }

    /// Writes the page to a file, as [`write()`] does.
    ///
    /// # Errors
    ///
    /// When the file cannot be written; what was there before is still there.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        write(path, &self.text(Format::of(path)))
    }

    /// Returns the summary of the page in one line: `12 tests: 9 passed, 3 failed`.
    fn headline(&self) -> String {
        let parts: Vec<String> = self
            .verdicts()
            .map(|(verdict, count)| format!("{count} {}", verdict.word()))
            .collect();
        let tests = super::counted(self.tally.tests, "test");
        if parts.is_empty() {
            tests
        } else {
            let flaky = match self.tally.flaky {
                0 => String::new(),
                count => format!("; {count} flaky"),
            };
            format!("{tests}: {}{flaky}", parts.join(", "))
        }
    }

    /// Returns how many tests ended how, without what no test did.
    fn verdicts(&self) -> impl Iterator<Item = (Verdict, u64)> {
        Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict, self.tally.of(verdict)))
            .filter(|(_, count)| *count > 0)
    }
}

/// Writes a file, whole or not at all. Missing folders are made.
///
/// # Errors
///
/// When it cannot be written; what was there before is still there.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    let mut file = builder.prefix(".handin-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    open_to_readers(file.as_file(), path)?;
    file.persist(path)?;
    Ok(())
}

/// Gives a new page the permissions of the one in whose place it comes; without one, those of any new file.
fn open_to_readers(page: &std::fs::File, path: &Path) -> io::Result<()> {
    let before = path
        .symlink_metadata()
        .ok()
        .filter(std::fs::Metadata::is_file);
    match before {
        Some(before) => page.set_permissions(before.permissions()),
        None => anybody(page),
    }
}

#[cfg(unix)]
fn anybody(page: &std::fs::File) -> io::Result<()> {
    page.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
}

#[cfg(not(unix))]
fn anybody(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

/// Returns the beginning of a name, with what it lacks in words.
pub fn name(text: &str) -> String {
    cut(text, NAME)
}

/// Returns the beginning of a message, with what it lacks in words.
pub fn message(text: &str) -> String {
    cut(text, MESSAGE)
}

/// Returns the beginning of a longer text, with what it lacks in words.
pub fn details(text: &str) -> String {
    cut(text, DETAILS)
}

fn cut(text: &str, most: usize) -> String {
    // Before it is cut: a part of a secret is one too.
    let text = without_secrets(text.trim());
    match text.char_indices().nth(most) {
        None => text.into_owned(),
        Some((end, _)) => {
            let (shown, left) = text.split_at(end);
            format!("{shown}… [{} more characters]", left.chars().count())
        }
    }
}

/// Returns whether a page may link to an address. One that comes from a service could name anything.
pub(super) fn is_link(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web && !url.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'`\\".contains(c))
}
