//! The settings of each service, as plain data.

use std::time::Duration;

use url::Url;

use super::choice::{Extent, Points, QtestMode, Reaction, RunType, Skipped};
use super::place::Origin;
use super::schema::Row;

/// Where a service is, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The address: https, or http where that is allowed.
    pub url: Url,
    /// Who said so. A token from the environment goes only to hosts of the vendor, or to an address from the environment.
    pub origin: Origin,
}

/// The settings `[azure]`.
#[derive(Debug, Clone)]
pub struct AzureSettings {
    /// The organisation or the server's collection, as written.
    pub address: Option<Address>,
    /// The project: id or name.
    pub project: Option<String>,
    /// The test plans: ids or names.
    pub plans: Vec<String>,
    /// The property that names the plan. Default: `test_plan`.
    pub plan_property: String,
    /// Which plan a test belongs to, by properties; the first row that matches counts.
    pub plan_rules: Vec<Row>,
    /// The suites: ids, names or paths below the plan.
    pub suites: Vec<String>,
    /// The property that names the suite. Default: `test_suite`.
    pub suite_property: String,
    /// Which suite a test belongs to, by properties; the first row that matches counts.
    pub suite_rules: Vec<Row>,
    /// The test configuration, where it is always the same: id or name.
    pub configuration: Option<String>,
    /// The property that names the configuration. Default: `configuration`.
    pub configuration_property: String,
    /// Which configuration a test ran in, by properties; the first row that matches counts.
    pub configurations: Vec<Row>,
    /// What to do when a case has several points. Default: one.
    pub points: Points,
    /// The template of the run's name; without one, the build's job, branch and number, else the report's name and date.
    pub run_name: Option<String>,
    /// The template of the run's comment.
    pub comment: Option<String>,
    /// The tags of the run.
    pub tags: Vec<String>,
    /// The template of the build, id or number.
    pub build: Option<String>,
    /// The template of the release.
    pub release: Option<String>,
    /// The run that is there and takes the results.
    pub run: Option<u64>,
    /// How the run is marked. Default: auto.
    pub run_type: RunType,
    /// What to do with skipped tests. Default: omit.
    pub skipped: Skipped,
    /// The outcome for each verdict.
    pub outcomes: StatusWords,
    /// For which tests files go along.
    pub attach: Extent,
    /// Whether the reports go onto the run. Default: no.
    pub attach_reports: bool,
    /// How long a run whose creation was not answered may still turn up. Default: half a minute.
    pub settle: Duration,
}

/// The word of a service for each verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusWords {
    /// For a test that passed.
    pub passed: String,
    /// For a test that failed.
    pub failed: String,
    /// For a test that broke.
    pub errored: String,
    /// For a skipped test.
    pub skipped: String,
    /// For a test that never ended.
    pub incomplete: String,
}

impl StatusWords {
    /// Returns the word for a verdict.
    pub fn of(&self, verdict: crate::model::Verdict) -> &str {
        use crate::model::Verdict;
        match verdict {
            Verdict::Passed => &self.passed,
            Verdict::Failed => &self.failed,
            Verdict::Errored => &self.errored,
            Verdict::Skipped => &self.skipped,
            Verdict::Incomplete => &self.incomplete,
        }
    }
}

/// The settings `[qtest]`.
#[derive(Debug, Clone)]
pub struct QtestSettings {
    /// The site, as written.
    pub address: Option<Address>,
    /// The project: id or name.
    pub project: Option<String>,
    /// The parent module: id or name. Without it nothing is created.
    pub module: Option<String>,
    /// The release: id or name.
    pub release: Option<String>,
    /// The template of the cycle. Default: `{job}`.
    pub cycle: String,
    /// The template of the suite. Default: `{browser}`.
    pub suite: String,
    /// How results are sent. Default: batch.
    pub mode: QtestMode,
    /// How tests are recognised. Default: handin's own.
    pub fingerprint: Fingerprint,
    /// The status for each verdict.
    pub statuses: StatusWords,
    /// The template of the build number. Default: `{ci.build}`.
    pub build: String,
    /// The template of the build's page. Default: `{ci.url}`.
    pub build_url: String,
    /// The template of a text in every log's note.
    pub note: Option<String>,
    /// The properties that go into fields of the run.
    pub fields: Vec<String>,
    /// For which tests files go along.
    pub attach: Extent,
    /// How long to wait for the queue. Default: ten minutes.
    pub wait: Duration,
    /// How long a batch whose answer was lost may still turn up. Default: one minute.
    pub settle: Duration,
}

/// How qTest recognises a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fingerprint {
    /// handin's own, in a safe alphabet.
    Handin,
    /// The class name, as the Jenkins plugin has it by default.
    JenkinsClass,
    /// Class name and method, as the Jenkins plugin has it on request.
    JenkinsMethod,
    /// As the scripts of qTest Pulse have it.
    Pulse,
    /// The value of this property.
    Property(String),
}

impl Fingerprint {
    /// The words, for messages.
    pub const WORDS: &'static [&'static str] = &[
        "handin",
        "jenkins-class",
        "jenkins-method",
        "pulse",
        "property:NAME",
    ];

    /// Returns the fingerprint that a setting names.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.trim() {
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

/// The settings `[katalon]`.
#[derive(Debug, Clone)]
pub struct KatalonSettings {
    /// The server. Default: `https://testops.katalon.io`.
    pub address: Option<Address>,
    /// The organisation: id or name.
    pub organization: Option<String>,
    /// The team: id or name.
    pub team: Option<String>,
    /// The project: id or name.
    pub project: Option<String>,
    /// The release to link: id or name.
    pub release: Option<String>,
    /// The template of the build's label. Default: `{ci.build}`.
    pub build: String,
    /// The template of the build's page. Default: `{ci.url}`.
    pub build_url: String,
    /// The build on `TestOps` to link: id or name.
    pub link_build: Option<String>,
    /// The session of a scheduled run, to which the results belong.
    pub session: Option<String>,
    /// The properties that go along as parameters of a result.
    pub parameters: Vec<String>,
    /// The tags of the execution.
    pub tags: Vec<String>,
    /// Whether `TestOps` passes the results on to Xray. Default: no.
    pub push_to_xray: bool,
    /// For which tests files go along.
    pub attach: Extent,
    /// How long to wait for the import. Default: ten minutes.
    pub wait: Duration,
    /// How long a hand-in whose answer was lost may still turn up. Default: one minute.
    pub settle: Duration,
    /// Whether an execution that holds once more what another holds is deleted. Default: yes.
    pub retract: bool,
}

/// The settings `[kiwi]`.
#[derive(Debug, Clone)]
pub struct KiwiSettings {
    /// The server.
    pub address: Option<Address>,
    /// The product: id or name.
    pub product: Option<String>,
    /// The version of the product.
    pub version: Option<String>,
    /// The template of the build.
    pub build: Option<String>,
    /// The test plan: id or name.
    pub plan: Option<String>,
    /// Whether what is missing is created. Default: no.
    pub create: bool,
    /// The template of the run's summary.
    pub run_name: Option<String>,
    /// The status for each verdict.
    pub statuses: StatusWords,
    /// For which tests files go along.
    pub attach: Extent,
    /// How long a write whose answer was lost may still turn up. Default: half a minute.
    pub settle: Duration,
}

/// The settings `[policy]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// No report was found. Default: fail.
    pub on_no_reports: Reaction,
    /// The reports hold no test. Default: fail.
    pub on_empty: Reaction,
    /// A report cannot be read. Default: fail.
    pub on_unreadable: Reaction,
    /// A test has no case. Default: warn.
    pub on_unmapped: Reaction,
    /// Several places could take a result. Default: fail.
    pub on_ambiguous: Reaction,
    /// A mapped case does not exist, or is no test case. Default: fail.
    pub on_missing_case: Reaction,
    /// A mapped case is not where results go. Default: fail.
    pub on_missing_point: Reaction,
    /// A report is older than the build. Default: warn.
    pub on_stale: Reaction,
    /// No token was found. Default: fail.
    pub on_no_credential: Reaction,
    /// The upload of an attachment failed. Default: fail.
    pub on_upload_error: Reaction,
}
