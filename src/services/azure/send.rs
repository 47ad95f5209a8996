//! The writing sequence: one run, its results, their files, the end, and the proof.
//!
//! A run is looked for before it is created and after an answer that did not come; results are set by id to absolute values, so
//! they may be set again; results that are appended, and files, are looked for before and after.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use super::wire::Run;
use super::{Azure, AzurePlan, Volume, attach, find, race};
use crate::journal::Journal;
use crate::services::{Progress, Receipt, RemoteId, SendError, ServiceError, State};
use crate::transport::{Delivery, TransportError};

/// The names of all writes of a submission to Azure, as the journal has them, without what follows in brackets.
///
/// Beside them there is [`super::ASSOCIATE`], which changes cases and hands nothing in.
pub const WRITES: [&str; 6] = [
    "azure.create_run",
    "azure.set_results",
    "azure.add_results",
    "azure.attach",
    "azure.complete_run",
    "azure.delete_run",
];

/// One submission on its way.
pub(super) struct Sending<'a> {
    pub(super) azure: &'a Azure,
    pub(super) plan: &'a AzurePlan,
    pub(super) journal: &'a Journal,
    pub(super) progress: &'a dyn Progress,
    /// When this call began to look, by the service's clock.
    pub(super) began: Timestamp,
    pub(super) receipt: Receipt,
    /// Whether the run was created just now, by us: nothing can be in it that we did not put there.
    pub(super) fresh: bool,
    /// Whether this call wrote anything.
    pub(super) changed: bool,
    /// Whether this call ended while it waited for another one.
    pub(super) waited: &'a AtomicBool,
}

pub(super) fn send(
    azure: &Azure,
    plan: &AzurePlan,
    journal: &Journal,
    progress: &dyn Progress,
) -> Result<Receipt, SendError> {
    let mut receipt = Receipt::new(State::Done);
    receipt.warnings.extend(plan.notices.iter().cloned());
    let waited = AtomicBool::new(false);
    let sending = Sending {
        azure,
        plan,
        journal,
        progress,
        began: azure.client.now(),
        receipt,
        fresh: false,
        changed: false,
        waited: &waited,
    };
    let answer = sending.run();
    let receipt = match &answer {
        Ok(receipt) => receipt,
        Err(error) => &error.receipt,
    };
    if !waited.load(Ordering::Relaxed) {
        race::note_left(azure, plan, journal, receipt);
    }
    answer
}

impl Sending<'_> {
    fn run(mut self) -> Result<Receipt, SendError> {
        self.progress
            .stage("Looking whether it is already there", 0);
        let run = match self.existing()? {
            Some(run) => self.adopt(run)?,
            None => self.create()?,
        };
        if self.azure.target.shared {
            return self.join(&run);
        }
        if run.has_ended() {
            return self.complement(&run);
        }
        match self.fill(&run) {
            Err(error) if is_refused(&error) => self.unless_ended_meanwhile(&run, error),
            Err(error) => Err(error),
            Ok(()) => Ok(self.receipt),
        }
    }

    /// Fills an open run and, when all of it stands there, completes it.
    fn fill(&mut self, run: &Run) -> Result<(), SendError> {
        let results = self.results(run)?;
        self.set_missing(run, &results)?;
        let files = attach::attach_all(self, run.id.0, &results)?;
        let stands = self.holds_all(run)?;
        let lacks_files = !files.is_empty();
        self.receipt.missing.extend(files);
        if stands {
            self.complete(run, lacks_files)?;
        }
        self.receipt.state = if self.receipt.missing.is_empty() {
            State::Done
        } else {
            State::Partial
        };
        Ok(())
    }

    /// A refusal may come from another call of the same command, which was faster and has completed the run.
    fn unless_ended_meanwhile(mut self, run: &Run, error: SendError) -> Result<Receipt, SendError> {
        let now = self
            .azure
            .client
            .get::<Run>(|endpoints| endpoints.run(run.id.0));
        match now {
            Ok(run) if run.has_ended() => {
                self.receipt.missing.clear();
                self.complement(&run)
            }
            Ok(_) | Err(_) => Err(error),
        }
    }

    /// Hands this part in to a run that several processes fill.
    fn join(mut self, run: &Run) -> Result<Receipt, SendError> {
        let there = self.results(run)?;
        self.set_missing(run, &there)?;
        let there = if self.changed {
            self.results(run)?
        } else {
            there
        };
        let missing = attach::attach_all(&mut self, run.id.0, &there)?;
        self.receipt.missing = missing;
        let (stands, _) = self.mend(run, &there)?;
        // Whoever finds all marks completes the run: this one says that our part stands there.
        if stands && self.is_last(run)? && !run.has_ended() {
            self.complete(run, false)?;
        }
        self.count(run)
    }

    /// Returns the run of this submission, where there is one: by the journal's word, confirmed by the service, or by looking.
    fn existing(&mut self) -> Result<Option<Run>, SendError> {
        self.began = self.azure.client.now();
        if self.azure.target.volume == Volume::Many {
            // The runs that there were are at hand; the journal then only knows of those that came since.
            let runs = find::run_of(self.azure, self.plan).map_err(SendError::before_writing)?;
            if let Some(run) = self.first(runs) {
                return Ok(Some(run));
            }
        }
        let noted = self.noted();
        if self.azure.target.shared {
            return match self.look_with_others(noted.map(|noted| noted.run))? {
                Some(run) => Ok(Some(run)),
                None => self.turned_up(),
            };
        }
        if let Some(noted) = noted
            && let Some(run) = self.noted_run(noted)?
        {
            return Ok(Some(run));
        }
        let mut found = self.look()?;
        if found.is_none() {
            found = self.turned_up()?;
        }
        while let Some(run) = found {
            if self.azure.target.volume == Volume::Many {
                return Ok(Some(run));
            }
            if let Some(run) = self.leave_to_others(run)? {
                return Ok(Some(run));
            }
            // Somebody took it back; whoever was first has another.
            found = self.look()?;
        }
        Ok(None)
    }

    fn look(&mut self) -> Result<Option<Run>, SendError> {
        let runs = find::run_of(self.azure, self.plan).map_err(SendError::before_writing)?;
        Ok(self.first(runs))
    }

    /// Looks for a run that other processes may have created before ours: then ours goes.
    fn look_with_others(&mut self, ours: Option<u64>) -> Result<Option<Run>, SendError> {
        let runs = find::run_of(self.azure, self.plan).map_err(SendError::before_writing)?;
        let is_ours = |run: &&Run| Some(run.id.0) == ours;
        if let (Some(first), Some(ours)) = (runs.first(), runs.iter().skip(1).find(is_ours)) {
            self.give_up(ours, first)?;
        }
        Ok(runs.into_iter().next())
    }

    /// Of several runs all agree on the oldest, unless another one has been brought to its end; several mean that two processes
    /// raced.
    pub(super) fn first(&mut self, runs: Vec<Run>) -> Option<Run> {
        if runs.len() > 1 {
            let ids: Vec<String> = runs.iter().map(|run| run.id.0.to_string()).collect();
            self.receipt.warnings.push(format!(
                "the service has several runs of this submission: {}; look at them, and delete those that are empty",
                ids.join(", ")
            ));
        }
        find::that_counts(runs)
    }

    pub(super) fn adopt(&mut self, run: Run) -> Result<Run, SendError> {
        self.fresh = false;
        self.note_run(&run);
        if run.is_aborted() {
            let cause = ServiceError::setting(format!(
                "run {} of this submission was aborted by somebody",
                run.id.0
            ))
            .hint("submit it anew with `--again`");
            return Err(SendError::unsent(self.receipt.clone(), true, cause));
        }
        Ok(run)
    }

    /// A run that may have been created is looked for; where it is not there, nobody knows, and nothing is sent again.
    pub(super) fn after_unanswered(&mut self, error: TransportError) -> Result<Run, SendError> {
        if error.delivery == Delivery::Unknown
            && let Ok(runs) = find::run_of_just_now(self.azure, self.plan)
        {
            let has_rivals = runs.len() > 1 && !self.azure.target.shared;
            match self.first(runs) {
                Some(run) if has_rivals => return self.left_by_others(run),
                Some(run) => return self.adopt(run),
                None => {}
            }
        }
        Err(SendError::writing(self.receipt.clone(), false, error))
    }

    pub(super) fn note_run(&mut self, run: &Run) {
        self.azure.memory.note_run(&self.plan.plan.key, run.id.0);
        self.receipt.ids = vec![RemoteId {
            kind: "run",
            id: run.id.0.to_string(),
        }];
        self.receipt.url.clone_from(&run.web_access_url);
    }

    /// Returns the error of a read after something of this submission stands on the service.
    pub(super) fn interrupted(&self, error: TransportError) -> SendError {
        SendError::writing(self.receipt.clone(), true, error)
    }
}

fn is_refused(error: &SendError) -> bool {
    matches!(&error.cause, ServiceError::Transport(cause) if cause.delivery == Delivery::Refused)
}
