//! Where on Kiwi TCMS results go.

use std::ops::{Deref, DerefMut};

use url::Url;

use super::settings::KiwiSettings;

/// Where on Kiwi TCMS results go, and how: the settings, and what the command adds to them.
#[derive(Debug, Clone)]
pub struct KiwiTarget {
    /// What the settings say.
    pub settings: KiwiSettings,
    /// The server.
    pub url: Url,
    /// The product: name or id.
    pub product: String,
    /// The test plan: name or id.
    pub plan: String,
    /// Whether other processes submit parts of the same submission.
    pub shared: bool,
    /// How many shards there are, where that is known.
    pub shards: Option<u32>,
    /// Whether this process completes a shared submission without a number of shards.
    pub completes: bool,
}

impl KiwiTarget {
    /// Returns a target of these settings, for a process that is alone.
    pub fn of(
        settings: KiwiSettings,
        url: Url,
        product: impl Into<String>,
        plan: impl Into<String>,
    ) -> Self {
        Self {
            settings,
            url,
            product: product.into(),
            plan: plan.into(),
            shared: false,
            shards: None,
            completes: true,
        }
    }

    /// Returns a target with the defaults of all else.
    pub fn new(url: Url, product: impl Into<String>, plan: impl Into<String>) -> Self {
        Self::of(KiwiSettings::default(), url, product, plan)
    }

    /// Returns the text that told the target from all others before it was told by ids. Kiwi has no such past.
    pub fn identity(&self) -> String {
        format!("kiwi {} {} {}", self.url, self.product, self.plan)
    }
}

impl Deref for KiwiTarget {
    type Target = KiwiSettings;

    fn deref(&self) -> &KiwiSettings {
        &self.settings
    }
}

impl DerefMut for KiwiTarget {
    fn deref_mut(&mut self) -> &mut KiwiSettings {
        &mut self.settings
    }
}
