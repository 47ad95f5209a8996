//! Kiwi TCMS: JSON-RPC over one address, a session for a credential.
//!
//! A submission is one test run in a plan, with its mark first in the notes, and one execution a test case. Nothing there is unique and
//! a run cannot be deleted, so everything is written under a claim: a test case of its own, the lowest of which has the floor, and
//! which is deleted again at the end. Facts: seen on Kiwi TCMS 12.4.

mod api;
mod attachments;
mod catalog;
mod client;
mod facts;
mod observe;
mod payload;
mod plan;
mod probe;
mod section;
mod settings;
#[cfg(test)]
mod tests;
mod write;

use url::Url;

use self::client::Client;
use super::engine::{self, Engine, Registry};
use super::{Receipt, SendError, ServiceError, Sharing, Submitter};
use crate::plan::SubmissionPlan;
use crate::transport::Transport;

pub use client::Login;
pub use facts::FACTS;
pub use plan::KiwiPlan;
pub use settings::KiwiSettings;
pub(in crate::services) use settings::{KEYS, VARIABLES};

/// Kiwi TCMS.
#[derive(Debug)]
pub struct Kiwi {
    client: Client,
    settings: KiwiSettings,
    /// The product, by name or id.
    product: String,
    sharing: Sharing,
    /// What the submissions of this process share: the plan, and cases.
    made: Registry,
}

impl Kiwi {
    /// Returns the service; `transport` signs in by [`Login`]. Nothing is sent before something is asked for.
    pub fn new(transport: Transport, url: Url, settings: KiwiSettings, sharing: Sharing) -> Self {
        Self {
            client: Client { transport, url },
            product: settings.product.clone().unwrap_or_default(),
            settings,
            sharing,
            made: Registry::default(),
        }
    }
}

impl Submitter for Kiwi {
    type Plan = KiwiPlan;

    /// Kiwi is told by its ids; the text that told targets apart before that has no past here.
    fn identity(&self) -> String {
        let plan = self.settings.plan.as_deref().unwrap_or_default();
        format!("kiwi {} {} {plan}", self.client.url, self.product)
    }

    fn check(&self, plan: SubmissionPlan) -> Result<KiwiPlan, ServiceError> {
        plan::check(&self.client, &self.settings, self.sharing, plan)
    }

    fn carry_out(&self, plan: &KiwiPlan, engine: &Engine<'_>) -> Result<Receipt, SendError> {
        let mut backend = write::Submission::new(self, plan);
        let registry = &self.made;
        engine::carry_out(
            &mut backend,
            &Engine {
                registry,
                ..*engine
            },
        )
    }

    fn look(&self, plan: &KiwiPlan, engine: &Engine<'_>) -> Result<Option<Receipt>, ServiceError> {
        engine::look(&mut write::Submission::new(self, plan), engine)
    }
}
