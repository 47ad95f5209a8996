//! Where on Azure results go, and how: what the settings say, resolved.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use super::Address;
use crate::model::Verdict;

/// Where on Azure results go, and how.
#[derive(Debug, Clone)]
pub struct AzureTarget {
    /// The organisation or collection; a pasted page of a project will do.
    pub url: Url,
    /// The project, by name or id.
    pub project: String,
    /// The plans, by id or exact name. Needed for handing in, not for looking around. Of several, a result goes to the one in which
    /// its case has a point.
    pub plans: Vec<String>,
    /// The property of a test, or of its suite, that names its plan.
    pub plan_property: String,
    /// How properties of a test choose its plan; the first match wins.
    pub plan_rules: Vec<Rule>,
    /// Suites of the plans, by id, name or path (`Web/Login`); results go to them and what is below them.
    pub suites: Vec<String>,
    /// The property of a test, or of its suite, that names its suite on Azure.
    pub suite_property: String,
    /// How properties of a test choose its suite; the first match wins.
    pub suite_rules: Vec<Rule>,
    /// A run that is there and takes the results: it is neither renamed nor completed, and its plan counts.
    pub run: Option<u64>,
    /// The configuration of all results, by id or name.
    pub configuration: Option<String>,
    /// The property of a test, or of its suite, that names its configuration.
    pub configuration_property: String,
    /// How properties of a test choose its configuration; the first match wins.
    pub configurations: Vec<Rule>,
    /// What to do when a case has several points.
    pub points: PointChoice,
    /// What to do with skipped tests.
    pub skipped: SkippedTests,
    /// Azure's word for each outcome. One that is missing has its default.
    pub outcomes: BTreeMap<Verdict, String>,
    /// Whether the run is automated.
    pub run_type: RunType,
    /// The release that the run belongs to.
    pub release: Option<Release>,
    /// Whether the reports themselves are attached to the run.
    pub attach_reports: bool,
    /// How long a run whose creation was not answered may still turn up, and how long one that another process fills may stand
    /// still before it counts as left.
    pub settle: Duration,
    /// How many requests may be under way at the same time.
    pub jobs: usize,
    /// How many submissions are made.
    pub volume: Volume,
    /// Whether other processes hand in parts of the same submission, as the shards of one CI run do. Results that the run lacks
    /// are then appended to it, and of two results for one point the worse one stays.
    pub shared: bool,
    /// Whether this call brings the run to its end. Where the submission is shared, all but the last leave it open.
    pub completes: bool,
    /// Which shard of how many this is. The run is then completed by the call that finds all shards handed in, whatever
    /// [`Self::completes`] says.
    pub shard: Option<Shard>,
}

/// A release of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The release, as `vstfs:///ReleaseManagement/Release/7`.
    pub uri: String,
    /// Its stage, as `vstfs:///ReleaseManagement/Environment/9`.
    pub environment_uri: Option<String>,
    /// The project of the release, where that is known.
    pub project: Option<String>,
}

/// How many submissions are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Volume {
    /// One.
    #[default]
    One,
    /// Many, one after the other: what there was at the start is asked for once, for all of them.
    Many,
}

/// One of the shards of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, counted from 1.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

/// A rule that gives tests their plan, suite or configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Properties and the patterns (`*` and `?`) that their values must match, all of them.
    pub when: Vec<(String, String)>,
    /// What they then have, by name or id.
    pub choose: String,
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

impl AzureTarget {
    /// Returns a target with everything at its default, and nothing chosen but the place.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            project: String::new(),
            plans: Vec::new(),
            plan_property: "test_plan".to_owned(),
            plan_rules: Vec::new(),
            suites: Vec::new(),
            suite_property: "test_suite".to_owned(),
            suite_rules: Vec::new(),
            run: None,
            configuration: None,
            configuration_property: "configuration".to_owned(),
            configurations: Vec::new(),
            points: PointChoice::One,
            skipped: SkippedTests::Omit,
            outcomes: BTreeMap::new(),
            run_type: RunType::Auto,
            release: None,
            attach_reports: false,
            settle: Duration::from_secs(30),
            jobs: 1,
            volume: Volume::One,
            shared: false,
            completes: true,
            shard: None,
        }
    }

    /// Returns Azure's word for an outcome.
    pub fn outcome(&self, verdict: Verdict) -> &str {
        self.outcomes
            .get(&verdict)
            .map_or_else(|| default_outcome(verdict), String::as_str)
    }

    /// Returns the text that tells this target from all others, for the submission's key.
    pub fn identity(&self) -> String {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let address = Address::read(&self.url);
        let project = if self.project.is_empty() {
            address.project.unwrap_or_default()
        } else {
            self.project.clone()
        };
        // A pasted page of the project is the same place as the project.
        format!(
            "azure {} {project} {} {} {}",
            address.base.as_str().trim_end_matches('/'),
            self.plans.join(","),
            self.suites.join(","),
            part(&self.configuration)
        )
    }
}

/// Returns the address by which Azure knows a release that people name by its number; an address stays as it is.
pub fn release_uri(release: &str) -> String {
    if release.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("vstfs:///ReleaseManagement/Release/{release}")
    } else {
        release.to_owned()
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
