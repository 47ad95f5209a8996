//! Where on TestOps results go, and how: plain values that the settings fill in.

use std::time::Duration;

use jiff::tz::TimeZone;
use url::Url;

/// The address of TestOps in the cloud.
pub const CLOUD: &str = "https://testops.katalon.io";

/// Where results go, and how.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the settings, each by itself"
)]
pub struct KatalonTarget {
    /// The server.
    pub url: Url,
    /// The organisation, by id or exact name. Needed only where a team's or project's name stands in several.
    pub organization: Option<String>,
    /// The team, by id or exact name. Needed only where a project's name stands in several teams.
    pub team: Option<String>,
    /// The project, by id or exact name.
    pub project: String,
    /// The release to link the execution to, by id or exact name.
    pub release: Option<String>,
    /// The build on TestOps to link the execution to, by id or exact name.
    pub linked_build: Option<String>,
    /// Tags for the execution.
    pub tags: Vec<String>,
    /// Whether TestOps is to push the results on to Xray.
    pub xray: bool,
    /// The session of a scheduled run (`TESTOPS_SESSION_ID`), to which the results belong.
    pub session: Option<String>,
    /// The names of properties that go along as parameters of a result; `*` stands for all.
    pub parameters: Vec<String>,
    /// How long to wait for the import; `None`: not at all.
    pub wait: Option<Duration>,
    /// How long to wait until what was handed in shows, before what follows is written to it.
    pub grace: Duration,
    /// How old a hand-in whose answer was lost must be before it counts as not there, and is made again by a later call.
    pub settle: Duration,
    /// Whether an execution that holds once more what another of the same submission holds is deleted.
    pub retract: bool,
    /// How many uploads are under way at once.
    pub jobs: usize,
    /// The zone of times that a report gives without one.
    pub zone: TimeZone,
    /// Whether a picture or a video that cannot be uploaded is left out with a warning, instead of stopping everything.
    pub lenient: bool,
    /// Whether pictures, videos and pages for people go along with a Katalon folder.
    pub evidence: bool,
}

impl KatalonTarget {
    /// Returns a target with everything at its default.
    pub fn new(url: Url, project: impl Into<String>) -> Self {
        Self {
            url,
            organization: None,
            team: None,
            project: project.into(),
            release: None,
            linked_build: None,
            tags: Vec::new(),
            xray: false,
            session: None,
            parameters: Vec::new(),
            wait: Some(Duration::from_mins(10)),
            grace: Duration::from_secs(10),
            settle: Duration::from_mins(1),
            retract: true,
            jobs: 4,
            zone: TimeZone::system(),
            lenient: false,
            evidence: true,
        }
    }

    /// Returns what decides where results land, for the submission key.
    pub fn identity(&self) -> String {
        let url = self.url.as_str().trim_end_matches('/');
        let names = [self.organization.as_deref(), self.team.as_deref()];
        let names = names.into_iter().flatten();
        let parts: Vec<&str> = std::iter::once(url)
            .chain(names)
            .chain([self.project.as_str()])
            .collect();
        parts.join(" › ")
    }
}
