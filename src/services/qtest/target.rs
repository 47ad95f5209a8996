//! Where results go on qTest, and how.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use url::Url;

use super::settings::QtestSettings;

/// Everything that decides where results land on qTest, and what they look like there: the settings, and what the command adds to
/// them.
#[derive(Debug, Clone)]
pub struct QtestTarget {
    /// What the settings say.
    pub settings: QtestSettings,
    /// The site, with the context path of an installation of one's own.
    pub url: Url,
    /// The project: id or exact name.
    pub project: String,
    /// What the CI says, by its template word, such as `ci.build`.
    pub words: BTreeMap<String, String>,
    /// What bounds a submission.
    pub limits: Limits,
}

impl QtestTarget {
    /// Returns a target of these settings.
    pub fn of(settings: QtestSettings, url: Url, project: impl Into<String>) -> Self {
        Self {
            settings,
            url,
            project: project.into(),
            words: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    /// Returns a target with qTest's defaults for everything but the place.
    pub fn new(url: Url, project: impl Into<String>) -> Self {
        Self::of(QtestSettings::default(), url, project)
    }

    /// Returns whether the settings say nothing of the cycle.
    pub(super) fn names_no_cycle(&self) -> bool {
        self.cycle == QtestSettings::default().cycle
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

impl Deref for QtestTarget {
    type Target = QtestSettings;

    fn deref(&self) -> &QtestSettings {
        &self.settings
    }
}

impl DerefMut for QtestTarget {
    fn deref_mut(&mut self) -> &mut QtestSettings {
        &mut self.settings
    }
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
            jobs: 4,
        }
    }
}
