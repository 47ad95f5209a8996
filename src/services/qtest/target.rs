//! Where results go on qTest, and how: plain values, already read and checked by whoever read the settings.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::model::Verdict;
use crate::plan::Template;

/// Everything that decides where results land on qTest, and what they look like there.
#[derive(Debug, Clone)]
pub struct QtestTarget {
    /// The site, with the context path of an installation of one's own.
    pub url: Url,
    /// The project: id or exact name.
    pub project: String,
    /// The parent module of everything that is created: id, `MD-n`, name, or path with `/`. Without it nothing is created.
    pub module: Option<String>,
    /// The release that holds the cycles: id, `RL-n` or exact name. Without it they are at the root.
    pub release: Option<String>,
    /// The template of the cycle's name.
    pub cycle: Template,
    /// The template of the suite's name.
    pub suite: Template,
    /// What an outcome is called in the project's automation settings.
    pub statuses: Statuses,
    /// How a test is recognised.
    pub fingerprint: FingerprintStyle,
    /// How results reach qTest.
    pub mode: Mode,
    /// The template of the build number.
    pub build: Template,
    /// The template of the build's page.
    pub build_url: Template,
    /// The template of a text for every note.
    pub note: Template,
    /// The properties that go into fields of the run of the same name; `*` stands for all.
    pub fields: Vec<String>,
    /// What the CI says, by its template word, such as `ci.build`.
    pub words: BTreeMap<String, String>,
    /// What bounds a submission.
    pub limits: Limits,
}

impl QtestTarget {
    /// Returns a target with qTest's defaults for everything but the place.
    pub fn new(url: Url, project: impl Into<String>) -> Self {
        Self {
            url,
            project: project.into(),
            module: None,
            release: None,
            cycle: fixed(DEFAULT_CYCLE),
            suite: fixed("{browser}"),
            statuses: Statuses::default(),
            fingerprint: FingerprintStyle::Handin,
            mode: Mode::Batch,
            build: fixed("{ci.build}"),
            build_url: fixed("{ci.url}"),
            note: Template::default(),
            fields: Vec::new(),
            words: BTreeMap::new(),
            limits: Limits::default(),
        }
    }
}

impl QtestTarget {
    /// Tells whether the settings say nothing of the cycle.
    pub(super) fn names_no_cycle(&self) -> bool {
        self.cycle == fixed(DEFAULT_CYCLE)
    }

    /// Returns the text by which handin 0.1.0 told this target from all others: what that made is found by it.
    pub fn identity(&self) -> String {
        let release = self
            .release
            .as_deref()
            .map_or_else(String::new, |release| format!("{release} › "));
        let site = self.url.as_str().trim_end_matches('/');
        // What 0.1.0 did where the settings say nothing of the cycle.
        let cycle = if self.names_no_cycle() {
            "{job}".to_owned()
        } else {
            self.cycle.to_string()
        };
        format!(
            "{site} {} › {release}{cycle} › {}",
            self.project, self.suite
        )
    }
}

/// What cycles are called where the settings say nothing.
const DEFAULT_CYCLE: &str = "{submission}";

/// Reads a template that is known to be well formed.
fn fixed(text: &str) -> Template {
    Template::parse(text).unwrap_or_default()
}

/// What each outcome is called in the project's automation settings.
///
/// qTest maps these words to the statuses of a run there, and that mapping cannot be read from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses {
    /// A test that passed.
    pub passed: String,
    /// A test that failed.
    pub failed: String,
    /// A test that broke.
    pub errored: String,
    /// A test that was left out.
    pub skipped: String,
    /// A test that never ended.
    pub incomplete: String,
}

impl Default for Statuses {
    fn default() -> Self {
        Self {
            passed: "PASS".to_owned(),
            failed: "FAIL".to_owned(),
            errored: "FAIL".to_owned(),
            skipped: "SKIP".to_owned(),
            incomplete: "FAIL".to_owned(),
        }
    }
}

impl Statuses {
    /// Returns the word for an outcome.
    pub fn of(&self, verdict: Verdict) -> &str {
        match verdict {
            Verdict::Passed => &self.passed,
            Verdict::Failed => &self.failed,
            Verdict::Errored => &self.errored,
            Verdict::Skipped => &self.skipped,
            Verdict::Incomplete => &self.incomplete,
        }
    }
}

/// How a test is recognised as the same test: what stands in the case's field *Automation Content*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FingerprintStyle {
    /// Ours: class and name, or Katalon's test case id.
    Handin,
    /// As qTest's Jenkins plugin with a case for each class.
    JenkinsClass,
    /// As qTest's Jenkins plugin with a case for each method.
    JenkinsMethod,
    /// As the parsers of qTest Pulse: the name alone.
    Pulse,
    /// The value of a property of the test.
    Property(String),
}

impl FingerprintStyle {
    /// Reads the word used in settings; `None` for one that does not exist.
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "handin" => Some(Self::Handin),
            "jenkins-class" => Some(Self::JenkinsClass),
            "jenkins-method" => Some(Self::JenkinsMethod),
            "pulse" => Some(Self::Pulse),
            other => other
                .strip_prefix("property:")
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(|name| Self::Property(name.to_owned())),
        }
    }
}

/// How results reach qTest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Many in one request, worked off by qTest's queue.
    Batch,
    /// One request a result, on the run of its case, wherever that run was moved.
    Direct,
}

/// What bounds a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How many results go into one batch. qTest publishes no number; vendors' tools stay below 500.
    pub logs_per_batch: usize,
    /// How many bytes one batch may have.
    pub batch_bytes: usize,
    /// Up to which size, in bytes, an attachment travels inside its result.
    pub inline_bytes: u64,
    /// Up to which size, in bytes, an attachment is sent at all (qTest's cloud: 50 MB).
    pub attachment_bytes: u64,
    /// How long the queue may take for everything that was handed in.
    pub queue: Duration,
    /// How long a batch whose answer was lost may still turn up before it counts as never arrived.
    pub settle: Duration,
    /// How many requests are under way at once.
    pub jobs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            logs_per_batch: 400,
            batch_bytes: 20 * 1024 * 1024,
            inline_bytes: 4 * 1024 * 1024,
            attachment_bytes: 50 * 1024 * 1024,
            queue: Duration::from_mins(10),
            settle: Duration::from_mins(1),
            jobs: 4,
        }
    }
}
