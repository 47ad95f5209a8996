//! What a service now holds.

use std::collections::BTreeMap;

use serde::Serialize;

/// How a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Everything was handed in now, and confirmed.
    Done,
    /// The service took it, and nobody waited for what becomes of it (`--no-wait`).
    Accepted,
    /// The service already held exactly this.
    Known,
    /// Part of it stands there and is confirmed; the rest is named.
    Partial,
    /// Something may have been written and could not be confirmed.
    Uncertain,
    /// Nothing was written.
    Refused,
    /// Nothing was to be written: a dry run.
    Planned,
}

impl State {
    /// Returns the word used in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Accepted => "accepted",
            Self::Known => "known",
            Self::Partial => "partial",
            Self::Uncertain => "uncertain",
            Self::Refused => "refused",
            Self::Planned => "planned",
        }
    }
}

/// Something that was created on, or found at, the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemoteId {
    /// What it is: `run`, `suite`, `execution`, ….
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

/// Counts in the service's own words, such as `Passed` or `FAIL`.
pub type Counts = BTreeMap<String, u64>;

/// What the service now holds of a submission, as it confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// How it stands.
    pub state: State,
    /// What it is on the service.
    pub ids: Vec<RemoteId>,
    /// Where a person can look at it.
    pub url: Option<String>,
    /// The service's own counts, read back.
    pub counts: Counts,
    /// What is worth knowing and is no failure.
    pub warnings: Vec<String>,
    /// What is missing, by name: results, attachments. Empty unless [`State::Partial`] or [`State::Uncertain`].
    pub missing: Vec<String>,
    /// What stands there otherwise than it was sent, by name.
    pub different: Vec<String>,
    /// Whether the same command, run again, completes it.
    pub repeat: bool,
}

impl Receipt {
    /// Notes what it is on the service.
    pub fn note(&mut self, kind: &'static str, id: &impl ToString) {
        let id = id.to_string();
        self.ids.push(RemoteId { kind, id });
    }

    /// Returns a receipt without ids and counts.
    pub fn new(state: State) -> Self {
        Self {
            state,
            ids: Vec::new(),
            url: None,
            counts: Counts::new(),
            warnings: Vec::new(),
            missing: Vec::new(),
            different: Vec::new(),
            repeat: false,
        }
    }
}
