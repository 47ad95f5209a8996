//! Where on Azure results go, and how: what the settings say, resolved.

use std::collections::BTreeMap;

use url::Url;

use crate::model::Verdict;

/// Where on Azure results go, and how.
#[derive(Debug, Clone)]
pub struct AzureTarget {
    /// The organisation or collection; a pasted page of a project will do.
    pub url: Url,
    /// The project, by name or id.
    pub project: String,
    /// The plan, by id or exact name. Needed for handing in, not for looking around.
    pub plan: Option<String>,
    /// A suite of the plan, by id, name or path (`Web/Login`); results go to it and what is below it.
    pub suite: Option<String>,
    /// The configuration of all results, by id or name.
    pub configuration: Option<String>,
    /// How properties of a test choose its configuration; the first match wins.
    pub configurations: Vec<ConfigurationRule>,
    /// What to do when a case has several points.
    pub points: PointChoice,
    /// What to do with skipped tests.
    pub skipped: SkippedTests,
    /// Azure's word for each outcome. One that is missing has its default.
    pub outcomes: BTreeMap<Verdict, String>,
    /// Whether the run is automated.
    pub run_type: RunType,
    /// The release, as `vstfs:///ReleaseManagement/Release/7`.
    pub release_uri: Option<String>,
    /// The stage of the release, as `vstfs:///ReleaseManagement/Environment/9`.
    pub release_environment_uri: Option<String>,
    /// Whether the reports themselves are attached to the run.
    pub attach_reports: bool,
    /// How many requests may be under way at the same time.
    pub jobs: usize,
    /// Whether other processes hand in parts of the same submission, as the shards of one CI run do.
    pub shared: bool,
}

/// A rule that gives tests their configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationRule {
    /// Properties and the patterns (`*` and `?`) that their values must match, all of them.
    pub when: Vec<(String, String)>,
    /// The configuration, by name or id.
    pub configuration: String,
}

/// What to do when a case has several points left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PointChoice {
    /// Refuse the test by name.
    #[default]
    One,
    /// Hand its result in to all of them.
    All,
    /// Hand its result in to the first, by id.
    First,
}

/// What to do with skipped tests. A point shows its last result only, so a skipped one would hide the last real outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SkippedTests {
    /// Leave them out.
    #[default]
    Omit,
    /// Hand them in.
    Send,
}

/// Whether a run counts as automated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunType {
    /// Automated, and manual where the server refuses that for cases that are not marked as automated.
    #[default]
    Auto,
    /// Automated.
    Automated,
    /// Manual.
    Manual,
}

/// Azure's outcomes that a result can be given (docs: Results – Update). There is no `Skipped`.
pub const OUTCOMES: [&str; 11] = [
    "None",
    "Passed",
    "Failed",
    "Inconclusive",
    "Timeout",
    "Aborted",
    "Blocked",
    "NotExecuted",
    "Warning",
    "Error",
    "NotApplicable",
];

impl AzureTarget {
    /// Returns Azure's word for an outcome.
    pub fn outcome(&self, verdict: Verdict) -> &str {
        self.outcomes
            .get(&verdict)
            .map_or_else(|| default_outcome(verdict), String::as_str)
    }

    /// Returns the text that tells this target from all others, for the submission's key.
    pub fn identity(&self) -> String {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let base = self.url.as_str().trim_end_matches('/');
        format!(
            "azure {base} {} {} {} {}",
            self.project,
            part(&self.plan),
            part(&self.suite),
            part(&self.configuration)
        )
    }
}

/// Returns the outcome that is used unless the settings say otherwise.
pub fn default_outcome(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "Passed",
        Verdict::Failed | Verdict::Errored => "Failed",
        Verdict::Skipped => "NotExecuted",
        Verdict::Incomplete => "Aborted",
    }
}
