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
mod target;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use std::sync::Arc;

use url::Url;

use self::client::Client;
use super::engine::{self, Engine, Registry};
use super::{Receipt, SendError, ServiceError, Submitter};
use crate::plan::SubmissionPlan;
use crate::transport::Transport;

pub use client::Login;
pub use facts::FACTS;
pub use plan::KiwiPlan;
pub use settings::KiwiSettings;
pub(in crate::services) use settings::{KEYS, VARIABLES};
pub use target::KiwiTarget;

/// Kiwi TCMS.
#[derive(Debug)]
pub struct Kiwi {
    client: Client,
    target: KiwiTarget,
    /// What the submissions of this process share: the plan, and cases.
    made: Registry,
}

impl Kiwi {
    /// Returns the service; `transport` signs in by [`Login`]. Nothing is sent before something is asked for.
    pub fn new(transport: Transport, target: KiwiTarget) -> Self {
        Self {
            client: Client::new(transport, target.url.clone()),
            target,
            made: Registry::default(),
        }
    }
}

/// Returns the page of a run.
fn page_of_run(url: &Url, run: u64) -> String {
    let base = url.as_str().trim_end_matches('/');
    format!("{base}/runs/{run}/")
}

impl Submitter for Kiwi {
    type Plan = KiwiPlan;

    fn identity(&self) -> String {
        self.target.identity()
    }

    fn check(&self, plan: SubmissionPlan) -> Result<KiwiPlan, ServiceError> {
        plan::check(&self.client, &self.target, plan)
    }

    fn carry_out(&self, plan: &KiwiPlan, engine: &Engine<'_>) -> Result<Receipt, SendError> {
        let mut backend = write::Submission::new(self, Arc::new(plan.clone()));
        let engine = Engine {
            registry: &self.made,
            ..*engine
        };
        engine::carry_out(&mut backend, &engine)
    }

    fn look(&self, plan: &KiwiPlan, engine: &Engine<'_>) -> Result<Option<Receipt>, ServiceError> {
        let mut backend = write::Submission::new(self, Arc::new(plan.clone()));
        engine::look(&mut backend, engine)
    }
}
