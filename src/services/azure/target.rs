//! Where on Azure results go, and how.

use std::ops::{Deref, DerefMut};

use url::Url;

use super::Address;
use super::settings::AzureSettings;
use crate::model::Verdict;

/// Where on Azure results go, and how: the settings, and what the command adds to them.
#[derive(Debug, Clone)]
pub struct AzureTarget {
    /// What the settings say.
    pub settings: AzureSettings,
    /// The organisation or collection; a pasted page of a project will do.
    pub url: Url,
    /// The project, by name or id; empty where the address or nothing names it.
    pub project: String,
    /// The release that the run belongs to.
    pub release: Option<Release>,
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

impl AzureTarget {
    /// Returns a target of these settings, with nothing chosen but the place.
    pub fn of(settings: AzureSettings, url: Url) -> Self {
        Self {
            settings,
            url,
            project: String::new(),
            release: None,
            jobs: 1,
            volume: Volume::One,
            shared: false,
            completes: true,
            shard: None,
        }
    }

    /// Returns a target with everything at its default, and nothing chosen but the place.
    pub fn new(url: Url) -> Self {
        Self::of(AzureSettings::default(), url)
    }

    /// Returns Azure's word for an outcome.
    pub fn outcome(&self, verdict: Verdict) -> &str {
        self.outcomes.of(verdict)
    }

    /// Returns the organisation or collection, and the project in it: empty where nothing names one.
    pub(super) fn place(&self) -> (Url, String) {
        let named = Some(self.project.as_str()).filter(|name| !name.is_empty());
        let address = Address::read(&self.url, named);
        let project = named.map(str::to_owned).or(address.project);
        (address.base, project.unwrap_or_default())
    }

    /// Returns the text that tells this target from all others, for the submission's key.
    pub fn identity(&self) -> String {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let (base, project) = self.place();
        // A pasted page of the project is the same place as the project.
        format!(
            "azure {} {project} {} {} {}",
            base.as_str().trim_end_matches('/'),
            self.plans.join(","),
            self.suites.join(","),
            part(&self.configuration)
        )
    }
}

/// How the address begins by which Azure knows a release.
pub(super) const RELEASE_URI: &str = "vstfs:///ReleaseManagement/Release/";

/// Returns the address by which Azure knows a release that people name by its number or by its page; anything else stays as it is.
pub fn release_uri(release: &str) -> String {
    let page = Url::parse(release).ok();
    let pairs = page.as_ref().map(Url::query_pairs);
    let id = pairs.and_then(|mut pairs| pairs.find(|(name, _)| name == "releaseId"));
    let id = id.map_or(release.trim().to_owned(), |(_, id)| id.into_owned());
    if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{RELEASE_URI}{id}")
    } else {
        release.to_owned()
    }
}

impl Deref for AzureTarget {
    type Target = AzureSettings;

    fn deref(&self) -> &AzureSettings {
        &self.settings
    }
}

impl DerefMut for AzureTarget {
    fn deref_mut(&mut self) -> &mut AzureSettings {
        &mut self.settings
    }
}
