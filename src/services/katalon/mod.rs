//! Katalon TestOps: uploads to the store, one call that hands them in, and a look at what became of them.
//!
//! The service has one name that finds a submission again: the batch. It is made from the submission key before the first
//! call. After an answer that was lost the executions of the batch are asked for before anything is repeated. What is uploaded
//! and not handed in stands nowhere.

mod api;
mod attachments;
mod catalog;
mod client;
mod counts;
mod facts;
mod login;
mod marks;
mod observe;
mod packed;
mod parts;
mod payload;
mod plan;
mod probe;
mod section;
mod settings;
mod target;
mod upload;
mod wire;
mod write;

use std::collections::BTreeMap;
use std::sync::Mutex;

pub use facts::FACTS;
pub use login::{AccessToken, authorization, exchange};
pub use plan::KatalonPlan;
pub use settings::KatalonSettings;
pub(in crate::services) use settings::{KEYS, VARIABLES};
pub use target::KatalonTarget;
pub use write::WRITES;

use self::api::Server;
use self::client::{Directory, TargetProject};
use self::observe::{BatchContent, Habits, Lookup};
use self::parts::{Form, Part};
use self::wire::{Execution, Id};
use self::write::Submission;
use super::engine::{self, Engine};
use super::{Receipt, SendError, ServiceError, Submitter};
use crate::model::Tally;
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
    place: TargetProject,
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

    /// Returns the ids of the target's names. Asked once, however many submissions there are.
    fn settled(&self) -> Result<Settled, ServiceError> {
        let mut held = self.transport.clock().lock(&self.settled);
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
        let build = named(&self.target.link_build, &|name| {
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

    /// Returns the stamp of the executions of a batch: only results carry a session of ours.
    fn stamp(&self, form: Form, batch: &str) -> Option<String> {
        let ours = self.target.session.is_none() && form != Form::Folders;
        ours.then(|| marks::session(&self.target, batch))
    }

    /// Looks what stands there of a part.
    fn look_for(&self, project: &Id, part: &Part) -> Result<BatchContent, TransportError> {
        let stamp = self.stamp(part.form, &part.batch);
        self.lookup(project)
            .executions(&part.batch, stamp.as_deref())
    }

    /// Looks what handin 0.1.0 handed in of a part.
    fn look_for_former(&self, project: &Id, part: &Part) -> Result<Vec<Execution>, TransportError> {
        let stamp = self.stamp(part.form, &part.former_batch);
        self.lookup(project)
            .former(&part.former_batch, stamp.as_deref())
    }

    /// Looks for a part that may be there, also where its batch does not lead to it.
    fn search(&self, project: &Id, part: &Part) -> Result<BatchContent, TransportError> {
        let stamp = self.stamp(part.form, &part.batch);
        self.lookup(project).search(stamp.as_deref())
    }

    /// Returns the counts of the executions of the settings' session: a server may add results to one of them.
    fn held_by_session(&self, project: &Id) -> Result<BTreeMap<Id, Tally>, TransportError> {
        let Some(session) = self.target.session.as_deref() else {
            return Ok(BTreeMap::new());
        };
        let newest = match self.lookup(project).newest() {
            Err(error) if observe::is_unsupported(&error) => Vec::new(),
            found => found?,
        };
        let own = newest
            .into_iter()
            .filter(|it| it.session_id.as_deref() == Some(session));
        let counted = own.filter_map(|it| Some((it.id.clone(), counts::tally(&[it])?)));
        Ok(counted.collect())
    }

    /// Returns the execution whose page the service named, for servers that cannot be asked by batch.
    fn by_page(&self, project: &Id, page: &str) -> Result<Option<Execution>, TransportError> {
        let rest = page.split_once("/executions/").map(|(_, rest)| rest);
        let order: String = rest
            .unwrap_or_default()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if order.is_empty() {
            return Ok(None);
        }
        self.lookup(project).numbered(&order)
    }

    /// Notes executions in a receipt.
    fn note(&self, receipt: &mut Receipt, place: &TargetProject, executions: &[Execution]) {
        for execution in executions {
            receipt.note("execution", &execution.id.0);
            let page = execution.web_url.clone().or_else(|| {
                let (team, order) = (place.team.as_ref()?, execution.order.as_ref()?);
                Some(self.server.page(team, &place.project, order))
            });
            receipt.url = receipt.url.take().or(page);
        }
    }
}

impl Submitter for Katalon {
    type Plan = KatalonPlan;

    fn identity(&self) -> String {
        self.target.identity()
    }

    fn check(&self, plan: SubmissionPlan) -> Result<KatalonPlan, ServiceError> {
        let settled = self.settled()?;
        let parts = parts::divide(&plan, &self.target, &settled.place.project)?;
        Ok(KatalonPlan::new(plan, settled, parts, &self.target))
    }

    fn carry_out(&self, plan: &KatalonPlan, engine: &Engine<'_>) -> Result<Receipt, SendError> {
        engine::carry_out(&mut Submission::new(self, plan, false), engine)
    }

    fn look(
        &self,
        plan: &KatalonPlan,
        engine: &Engine<'_>,
    ) -> Result<Option<Receipt>, ServiceError> {
        engine::look(&mut Submission::new(self, plan, true), engine)
    }
}

/// Returns whether everything ends here, and not only this request.
fn is_end(error: &TransportError) -> bool {
    matches!(error.problem, Problem::Deadline | Problem::Interrupted)
}

/// Describes why a batch cannot be asked for.
fn blind(reason: &str) -> String {
    format!(
        "this server cannot be asked what a submission produced ({reason}); without the journal handin cannot tell whether it was submitted before"
    )
}

#[cfg(test)]
mod tests;
