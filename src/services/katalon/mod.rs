//! Katalon TestOps: uploads to the store, one call that hands them in, and a look at what became of them.
//!
//! The service has one name that finds a submission again: the batch. It is made from the submission key before the first
//! call. After an answer that was lost the executions of the batch are asked for before anything is repeated. What is uploaded
//! and not handed in stands nowhere.

mod after;
mod batch;
mod client;
mod confirm;
mod directory;
mod folder;
mod ledger;
mod login;
mod lookup;
mod packed;
mod parallel;
mod parts;
mod plan;
mod send;
mod target;
mod testops;
mod tree;
mod upload;
mod wait;
mod wire;

use std::sync::{Mutex, PoisonError};

pub use ledger::WRITES;
pub use login::{AccessToken, authorization, exchange};
pub use plan::KatalonPlan;
pub use target::{CLOUD, KatalonTarget};

use self::client::Server;
use self::directory::{Directory, Place};
use self::lookup::{Habits, Lookup, Sight};
use self::parts::{Form, Part};
use self::wire::{Execution, Id, Stage};
use super::{Progress, Receipt, RemoteId, SendError, ServiceError, State, Submitter};
use crate::journal::Journal;
use crate::plan::{PlanProblem, SubmissionPlan};
use crate::transport::{Problem, Transport, TransportError};

/// TestOps, as one account sees it through one target.
#[derive(Debug)]
pub struct Katalon {
    transport: Transport,
    server: Server,
    target: KatalonTarget,
    /// What the target's names stand for, once that was looked up.
    settled: Mutex<Option<Settled>>,
    /// What the server turned out to do.
    habits: Habits,
}

/// What a target's names stand for.
#[derive(Debug, Clone)]
struct Settled {
    place: Place,
    release: Option<Id>,
    build: Option<Id>,
    problems: Vec<PlanProblem>,
}

impl Katalon {
    /// Returns the service behind a transport that carries the credential.
    pub fn new(transport: Transport, target: KatalonTarget) -> Self {
        Self {
            server: Server::new(&target.url),
            transport,
            target,
            settled: Mutex::new(None),
            habits: Habits::default(),
        }
    }

    fn directory(&self) -> Directory<'_> {
        Directory {
            transport: &self.transport,
            server: &self.server,
        }
    }

    fn lookup<'a>(&'a self, project: &'a Id) -> Lookup<'a> {
        Lookup {
            transport: &self.transport,
            server: &self.server,
            project,
            habits: &self.habits,
        }
    }

    /// Returns what the target's names stand for. Asked once, however many submissions there are.
    fn settled(&self) -> Result<Settled, ServiceError> {
        let mut held = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(settled) = &*held {
            return Ok(settled.clone());
        }
        let directory = self.directory();
        let place = directory.place(&self.target)?;
        let named = |name: &Option<String>, look: &dyn Fn(&str) -> Result<Id, ServiceError>| {
            name.as_deref().map(look).transpose()
        };
        let release = named(&self.target.release, &|name| {
            directory.release(&place.project, name)
        })?;
        let build = named(&self.target.linked_build, &|name| {
            directory.build(&place.project, name)
        })?;
        let settled = Settled {
            release,
            build,
            problems: self.obstacles(&place)?,
            place,
        };
        *held = Some(settled.clone());
        Ok(settled)
    }

    /// Returns what the executions of a part are stamped with: only results carry a session of ours.
    fn stamp(&self, part: &Part) -> Option<String> {
        let ours = self.target.session.is_none() && part.form != Form::Folders;
        ours.then(|| testops::session_of(&self.target, &part.batch))
    }

    fn look(&self, project: &Id, part: &Part) -> Result<Sight, TransportError> {
        let stamp = self.stamp(part);
        self.lookup(project)
            .executions(&part.batch, stamp.as_deref())
    }

    /// Notes executions in a receipt.
    fn note(&self, receipt: &mut Receipt, place: &Place, executions: &[Execution]) {
        for execution in executions {
            receipt.ids.push(RemoteId {
                kind: "execution",
                id: execution.id.0.clone(),
            });
            let page = execution.web_url.clone().or_else(|| {
                let (team, order) = (place.team.as_ref()?, execution.order.as_ref()?);
                Some(self.server.page(team, &place.project, order))
            });
            receipt.url = receipt.url.take().or(page);
        }
        confirm::add_counts(&mut receipt.counts, executions);
    }
}

impl Submitter for Katalon {
    type Plan = KatalonPlan;

    fn check(&self, plan: SubmissionPlan) -> Result<KatalonPlan, ServiceError> {
        let settled = self.settled()?;
        let parts = parts::divide(&plan, &self.target)?;
        Ok(KatalonPlan::new(plan, settled, parts, &self.target))
    }

    fn find(&self, plan: &KatalonPlan) -> Result<Option<Receipt>, ServiceError> {
        let mut receipt = Receipt::new(State::Known);
        let mut seen = 0;
        for part in &plan.parts {
            match self.look(plan.project(), part)? {
                Sight::Nothing => receipt.missing.push(part.words()),
                Sight::Blind(reason) => {
                    receipt.missing.push(part.words());
                    receipt.warnings.push(blind(&reason));
                }
                Sight::Executions(executions) => {
                    seen += 1;
                    self.note(&mut receipt, &plan.settled.place, &executions);
                    if executions.iter().any(|one| one.stage() == Stage::Working) {
                        receipt
                            .missing
                            .push(format!("{}: TestOps is still importing it", part.words()));
                    } else if let confirm::Comparison::Fewer(figures) =
                        confirm::compare(part.tally, &executions)
                    {
                        receipt.missing.push(figures);
                    }
                }
            }
        }
        if !receipt.missing.is_empty() {
            receipt.state = State::Partial;
        }
        Ok((seen > 0).then_some(receipt))
    }

    fn send(
        &self,
        plan: &KatalonPlan,
        journal: &Journal,
        progress: &dyn Progress,
    ) -> Result<Receipt, SendError> {
        send::Sending::new(self, plan, journal, progress).run()
    }
}

/// Tells whether everything ends here, and not only this request.
fn is_end(error: &TransportError) -> bool {
    matches!(error.problem, Problem::Deadline | Problem::Interrupted)
}

/// Says that a batch cannot be asked for.
fn blind(reason: &str) -> String {
    format!(
        "this server cannot be asked what a submission produced ({reason}); without the journal handin cannot tell whether it was handed in before"
    )
}

#[cfg(test)]
mod tests;
