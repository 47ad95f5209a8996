//! Where on Kiwi TCMS results go.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::model::Verdict;

/// Where on Kiwi TCMS results go, and how.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the settings and of the command line, each by itself"
)]
pub struct KiwiTarget {
    /// The server.
    pub url: Url,
    /// The product: name or id.
    pub product: String,
    /// The version of the product: its name. Default: the only one, else `unspecified`.
    pub version: Option<String>,
    /// Whether the number of the plan's build names a build of the version; else it is `unspecified`.
    pub names_build: bool,
    /// The test plan: name or id.
    pub plan: String,
    /// Whether a version, build, plan or test case that is missing is created.
    pub create: bool,
    /// The execution status for each verdict, by name.
    pub statuses: BTreeMap<Verdict, String>,
    /// Whether other processes submit parts of the same submission.
    pub shared: bool,
    /// How many shards there are, where that is known.
    pub shards: Option<u32>,
    /// Whether this process completes a shared submission without a number of shards.
    pub completes: bool,
    /// How long a write whose answer was lost may still show, and how long another process may be silent.
    pub settle: Duration,
}

impl KiwiTarget {
    /// Returns a target with the defaults of all else.
    pub fn new(url: Url, product: impl Into<String>, plan: impl Into<String>) -> Self {
        Self {
            url,
            product: product.into(),
            version: None,
            names_build: false,
            plan: plan.into(),
            create: false,
            statuses: Verdict::ALL
                .into_iter()
                .map(|verdict| (verdict, default_status(verdict).to_owned()))
                .collect(),
            shared: false,
            shards: None,
            completes: true,
            settle: Duration::from_secs(30),
        }
    }

    /// Returns the text that told the target from all others before it was told by ids. Kiwi has no such past.
    pub fn identity(&self) -> String {
        format!("kiwi {} {} {}", self.url, self.product, self.plan)
    }
}

/// Returns the status for a verdict where the settings name none. Kiwi: a new site has these.
pub fn default_status(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "PASSED",
        Verdict::Failed => "FAILED",
        Verdict::Errored | Verdict::Incomplete => "ERROR",
        Verdict::Skipped => "WAIVED",
    }
}
