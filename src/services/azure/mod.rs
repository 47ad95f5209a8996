//! Azure DevOps Test Plans: the cloud, and Server from 2019.
//!
//! A planned run is created with its test points; the service makes one result a point, and handin sets them by id to absolute
//! values. So only creating the run could write twice, and it is looked for by the submission's key first.

mod address;
mod associate;
mod attach;
mod catalog;
mod check;
mod client;
mod create;
mod endpoint;
mod fill;
mod find;
mod finish;
mod fold;
mod ground;
mod history;
mod link;
mod lookup;
mod memory;
mod missing;
mod points;
mod race;
mod scope;
mod send;
mod shape;
mod stamp;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod version;
mod wire;

pub use address::Address;
pub use associate::{ASSOCIATE, Associated, Association, AssociationState};
pub use check::AzurePlan;
pub use history::{ResultSummary, RunSummary};
pub use send::WRITES;
pub use target::{
    AzureTarget, ConfigurationRule, PointChoice, Release, RunType, Shard, SkippedTests, Volume,
    default_outcome, release_uri,
};

use self::client::Client;
use self::memory::Memory;
use super::{Progress, Receipt, RemoteId, SendError, ServiceError, State, Submitter};
use crate::journal::Journal;
use crate::plan::SubmissionPlan;
use crate::secret::Secret;
use crate::transport::{Authorization, Transport};

/// Headers of every request. Azure: without this one a refused token is answered with a sign-in page instead of a 401.
pub const HEADERS: [(&str, &str); 1] = [("x-tfs-fedauthredirect", "Suppress")];

/// Azure DevOps Test Plans.
#[derive(Debug)]
pub struct Azure {
    client: Client,
    target: AzureTarget,
    memory: Memory,
}

impl Azure {
    /// Returns the service. Nothing is sent before something is asked for.
    pub fn new(transport: Transport, target: AzureTarget) -> Self {
        let address = Address::read(&target.url);
        let project = if target.project.is_empty() {
            address.project.unwrap_or_default()
        } else {
            target.project.clone()
        };
        Self {
            client: Client::new(transport, address.base, project),
            target,
            memory: Memory::default(),
        }
    }
}

impl Azure {
    /// Returns the same service, looking at another project of the organisation.
    #[must_use]
    pub fn within(&self, project: &str) -> Self {
        let mut target = self.target.clone();
        if !project.eq_ignore_ascii_case(self.client.project()) {
            // What the settings choose, they choose in their own project.
            target.plan = None;
            target.suite = None;
        }
        project.clone_into(&mut target.project);
        Self {
            client: self.client.within(project),
            target,
            memory: Memory::default(),
        }
    }
}

/// Returns how a token is presented: a personal access token as a password, a token of Entra as a bearer.
///
/// Azure's own clients tell them apart by their looks: 52 characters, or 84 with `AZDO` before the last four, is a personal
/// access token. A pipeline's job token is taken in either form.
pub fn authorization(token: Secret) -> Authorization {
    let is_jwt = token.expose().split('.').count() == 3 && token.expose().starts_with("eyJ");
    if is_jwt {
        Authorization::Bearer(token)
    } else {
        Authorization::Basic {
            user: String::new(),
            password: token,
        }
    }
}

impl Submitter for Azure {
    type Plan = AzurePlan;

    fn check(&self, plan: SubmissionPlan) -> Result<AzurePlan, ServiceError> {
        check::check(self, plan)
    }

    fn find(&self, plan: &AzurePlan) -> Result<Option<Receipt>, ServiceError> {
        let runs = find::run_of(self, plan)?;
        let run = if self.target.shared {
            runs.into_iter().next()
        } else {
            find::that_counts(runs)
        };
        let Some(run) = run else {
            return Ok(None);
        };
        let whole = if self.target.shared {
            finish::holds_part(self, plan, &run)?
        } else {
            run.has_ended() && !stamp::lacks_attachments(&run)
        };
        let mut receipt = Receipt::new(if whole { State::Known } else { State::Partial });
        receipt.ids.push(RemoteId {
            kind: "run",
            id: run.id.0.to_string(),
        });
        receipt.url = run.web_access_url;
        Ok(Some(receipt))
    }

    fn send(
        &self,
        plan: &AzurePlan,
        journal: &Journal,
        progress: &dyn Progress,
    ) -> Result<Receipt, SendError> {
        send::send(self, plan, journal, progress)
    }
}
