//! Where on TestOps results go, and how.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use jiff::tz::TimeZone;
use url::Url;

use super::settings::KatalonSettings;
use crate::keys::Extent;

/// Where results go, and how: the settings, and what the command adds to them.
#[derive(Debug, Clone)]
pub struct KatalonTarget {
    /// What the settings say.
    pub settings: KatalonSettings,
    /// The server.
    pub url: Url,
    /// The project, by id or exact name.
    pub project: String,
    /// How long to wait until what was handed in shows, before what follows is written to it.
    pub grace: Duration,
    /// How many uploads are under way at once.
    pub jobs: usize,
    /// The zone of times that a report gives without one.
    pub zone: TimeZone,
    /// Whether a picture or a video that cannot be uploaded is left out with a warning, instead of stopping everything.
    pub lenient: bool,
}

impl KatalonTarget {
    /// Returns a target of these settings.
    pub fn of(settings: KatalonSettings, url: Url, project: impl Into<String>) -> Self {
        Self {
            settings,
            url,
            project: project.into(),
            grace: Duration::from_secs(10),
            jobs: 4,
            zone: TimeZone::system(),
            lenient: false,
        }
    }

    /// Returns a target with everything at its default.
    pub fn new(url: Url, project: impl Into<String>) -> Self {
        Self::of(KatalonSettings::default(), url, project)
    }

    /// Returns whether pictures, videos and pages for people go along with a Katalon folder.
    pub(super) fn takes_evidence(&self) -> bool {
        self.attach != Extent::None
    }

    /// Returns the identity of the target for the submission key.
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

impl Deref for KatalonTarget {
    type Target = KatalonSettings;

    fn deref(&self) -> &KatalonSettings {
        &self.settings
    }
}

impl DerefMut for KatalonTarget {
    fn deref_mut(&mut self) -> &mut KatalonSettings {
        &mut self.settings
    }
}
