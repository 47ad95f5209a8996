//! Runs of this submission that this call did not make: one that an earlier call asked for and that has not come to light yet,
//! one that another process made at the same moment, one that another process is still filling.
//!
//! Azure has no condition by which creating a run could fail when one is there. So a call looks before it creates and after, all
//! agree on the run with the lowest id, and whoever made another one takes it back.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::send::Sending;
use super::stamp::{self, Match};
use super::wire::Run;
use super::{Azure, AzurePlan, Volume, fill, find};
use crate::journal::{Journal, Record, Stage};
use crate::services::{Receipt, Recorded, SendError, ServiceError, State, WriteError};
use crate::transport::{Delivery, TransportError};

/// The write of which the journal tells the run's id.
const CREATE: &str = "azure.create_run";

/// The write that appends results to a shared run; in brackets follows the first point of a batch.
const ADD: &str = "azure.add_results[";

/// The first pause between two looks; it grows to eight times of that.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How far apart the clocks of the service's own machines may be, and how long a list may lag behind.
const LAG: SignedDuration = SignedDuration::from_mins(15);

/// What the journal, or this process, knows of the run of a submission.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noted {
    pub(super) run: u64,
    /// Whether the call that filled it last has ended, so that nobody is at work there.
    left: bool,
}

/// Notes that this call is through with a run that is not whole. A call that is killed cannot say so, and its run is left alone
/// for a while.
pub(super) fn note_left(azure: &Azure, plan: &AzurePlan, journal: &Journal, receipt: &Receipt) {
    let is_open = matches!(receipt.state, State::Partial | State::Uncertain);
    let run = receipt.ids.first().and_then(|it| it.id.parse::<u64>().ok());
    if let Some(run) = run.filter(|_| is_open && !azure.target.shared) {
        let detail = json!({"run": run, "left": true});
        // Where the journal does not take it, the next call waits a little.
        drop(journal.append(&plan.plan.key, CREATE, Stage::Done, detail));
    }
}

impl Sending<'_> {
    /// Returns what is known of the run without asking the service.
    pub(super) fn noted(&self) -> Option<Noted> {
        let key = &self.plan.plan.key;
        let made = self.azure.memory.run_of(key);
        let detail = self.journal.acknowledged(key, CREATE);
        let noted = detail.as_ref().and_then(|detail| {
            Some(Noted {
                run: detail.get("run")?.as_u64()?,
                left: detail.get("left").and_then(Value::as_bool) == Some(true),
            })
        });
        noted.or(made.map(|run| Noted { run, left: true }))
    }

    /// Returns the run that is noted, as the service has it now, unless it is gone or is another's. Where it is still open, the
    /// call that created it may have been killed before it looked for rivals, or may still be at work.
    pub(super) fn noted_run(&mut self, noted: Noted) -> Result<Option<Run>, SendError> {
        let asked = self
            .azure
            .client
            .get::<Run>(|endpoints| endpoints.run(noted.run));
        let run = match asked {
            Ok(run) if stamp::matches(&run, &self.plan.plan.key) != Match::No => run,
            Ok(_) => return Ok(None),
            Err(error) if error.status() == Some(404) => return Ok(None),
            Err(error) => return Err(SendError::before_writing(error)),
        };
        if run.has_ended() || self.azure.target.volume == Volume::Many {
            return Ok(Some(run));
        }
        self.note_run(&run);
        let run = self.settle_race(run)?;
        if noted.left {
            self.take_up(&run);
            return Ok(Some(run));
        }
        self.leave_to_others(run)
    }

    /// Notes that this call goes on with a run that another one left: it may be killed there, and others must not go on beside it.
    fn take_up(&self, run: &Run) {
        let detail = json!({"run": run.id.0, "left": false});
        // Where the journal does not take it, another call may go on beside this one: results are set to the same values.
        drop(
            self.journal
                .append(&self.plan.plan.key, CREATE, Stage::Done, detail),
        );
    }

    /// Waits for a run that an earlier call asked for and heard nothing of: such a request may arrive later than one looks. After
    /// the time that `settle` allows, it counts as not written.
    pub(super) fn turned_up(&mut self) -> Result<Option<Run>, SendError> {
        let Some(asked) = self.unanswered() else {
            return Ok(None);
        };
        let until = later(asked, self.azure.target.settle);
        let (mut looked, mut pause) = (self.looked()?, PAUSE);
        if looked < until {
            self.progress.note(
                "an earlier call may have created a run and did not hear of it: waiting whether it turns up",
            );
        }
        while looked < until {
            self.rest_until(later(looked, pause).min(until))?;
            pause = LONGEST_PAUSE.min(pause * 2);
            looked = self.now();
            let runs = find::run_of_just_now(self.azure, self.plan)
                .map_err(|error| self.undecided(error))?;
            if let Some(run) = self.first(runs) {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// Returns when a run was asked for whose creation was neither acknowledged nor refused.
    fn unanswered(&self) -> Option<Timestamp> {
        let key = &self.plan.plan.key;
        let records = self.journal.records(key);
        let creations: Vec<_> = records
            .iter()
            .filter(|record| record.write == CREATE && record.detail.get("left").is_none())
            .collect();
        let asked: Vec<Timestamp> = creations
            .iter()
            .filter(|record| record.stage == Stage::Intend)
            .map(|record| record.at)
            .collect();
        let is_open = asked.len() * 2 > creations.len();
        let noted = asked.last().copied().filter(|_| is_open);
        // A clock that was set back since must not make this wait for ever.
        noted.map(|asked| asked.min(self.now()))
    }

    /// Waits for results of these points that an earlier call appended without hearing of it: such a request may arrive later than
    /// one looks. Returns what has turned up; nothing where there is nothing to wait for.
    pub(super) fn late_additions(
        &mut self,
        run: &Run,
        points: &HashSet<u64>,
    ) -> Result<fill::ByPoint, SendError> {
        let mut late = fill::ByPoint::new();
        let Some(asked) = self.lost_addition(points) else {
            return Ok(late);
        };
        let until = later(asked.min(self.now()), self.azure.target.settle);
        let mut pause = PAUSE;
        if self.now() < until {
            self.progress.note(
                "an earlier call may have added results and did not hear of it: waiting whether they turn up",
            );
        }
        while self.now() < until && !points.iter().all(|point| late.contains_key(point)) {
            self.rest_until(later(self.now(), pause).min(until))?;
            pause = LONGEST_PAUSE.min(pause * 2);
            late = self.results(run)?;
        }
        Ok(late)
    }

    /// Returns when results of one of these points were appended last, where that was neither acknowledged nor refused.
    fn lost_addition(&self, points: &HashSet<u64>) -> Option<Timestamp> {
        let records = self.journal.records(&self.plan.plan.key);
        let is_about_these = |record: &&Record| {
            let first = record.write.strip_prefix(ADD).and_then(|rest| {
                let (first, _) = rest.split_once('+')?;
                first.parse().ok()
            });
            first.is_some_and(|first: u64| points.contains(&first))
        };
        let last = records.iter().rev().find(is_about_these)?;
        (last.stage == Stage::Intend).then_some(last.at)
    }

    /// Returns when the runs were listed that were looked through before this.
    fn looked(&self) -> Result<Timestamp, SendError> {
        if self.azure.target.volume == Volume::One {
            return Ok(self.now());
        }
        let past = self
            .azure
            .memory
            .past_runs(self.azure, self.plan.plan_id)
            .map_err(SendError::before_writing)?;
        Ok(past.asked)
    }

    /// Leaves a run that another process fills to that process, until it has ended or nothing has happened to it for the time
    /// that `settle` allows. Then it was left, and this call goes on with it.
    pub(super) fn leave_to_others(&mut self, mut run: Run) -> Result<Option<Run>, SendError> {
        let mut pause = PAUSE;
        let mut is_told = false;
        let mut seen = (run.touched(), self.azure.client.now());
        while !run.has_ended() && !run.is_aborted() {
            let now = self.azure.client.now();
            if run.touched() != seen.0 {
                seen = (run.touched(), now);
            }
            // A change in the future, and one of no time, counts from the moment when it was seen.
            let touched = seen.0.map_or(seen.1, |touched| touched.min(seen.1));
            let still_until = later(touched, self.azure.target.settle);
            if now >= still_until {
                break;
            }
            if !is_told {
                self.progress.note(&format!(
                    "run {} of this submission changed a moment ago: waiting whether another process completes it",
                    run.id.0
                ));
                is_told = true;
            }
            self.azure
                .client
                .pause(pause.min(span(still_until.duration_since(now))))
                .map_err(|error| self.undecided(error))?;
            pause = LONGEST_PAUSE.min(pause * 2);
            match self.azure.client.get(|endpoints| endpoints.run(run.id.0)) {
                Ok(now) => run = now,
                Err(error) if error.status() == Some(404) => return Ok(None),
                Err(error) => return Err(self.undecided(error)),
            }
        }
        Ok(Some(run))
    }

    /// Looks once more after creating a run: the oldest stays, and ours goes when another was first.
    pub(super) fn settle_race(&mut self, ours: Run) -> Result<Run, SendError> {
        if self.azure.target.volume == Volume::Many && !self.azure.target.shared {
            return Ok(ours);
        }
        let created = ours.created().unwrap_or(self.began).min(self.began);
        let since = created.checked_sub(LAG).unwrap_or(Timestamp::MIN);
        let older = find::older_than(self.azure, self.plan, &ours, since)
            .map_err(|error| self.interrupted(error))?;
        let Some(first) = find::that_counts(older) else {
            return Ok(ours);
        };
        self.give_up(&ours, &first)?;
        self.changed = false;
        if self.azure.target.shared {
            return self.adopt(first);
        }
        self.left_by_others(first)
    }

    /// Adopts a run that another process made, when that process is through with it.
    pub(super) fn left_by_others(&mut self, run: Run) -> Result<Run, SendError> {
        let run = self.adopt(run)?;
        let id = run.id.0;
        if let Some(run) = self.leave_to_others(run)? {
            return self.adopt(run);
        }
        self.receipt.ids.clear();
        self.receipt.url = None;
        self.receipt.state = State::Uncertain;
        let cause = ServiceError::setting(format!(
            "another process created run {id} of this submission first, and the run is gone"
        ))
        .hint("run the same command again: it looks what is there");
        Err(SendError {
            receipt: Box::new(self.receipt.clone()),
            cause,
        })
    }

    /// Takes back our own run. What it holds of ours is handed in to the first one; what it holds of others would be lost, so it is
    /// left then, and nothing more is handed in; nor is it where what it holds cannot be taken back. An empty one that cannot be
    /// deleted is only untidy.
    pub(super) fn give_up(&mut self, ours: &Run, first: &Run) -> Result<(), SendError> {
        let (counts, _) = self.statistics(ours)?;
        let held: u64 = counts.values().sum();
        if held > 0 && held > self.own_results(ours)? {
            let why = "and some in the second are not of this call";
            return Err(self.both_filled(ours, first, why));
        }
        if let Err(what) = self.delete(ours) {
            if held > 0 {
                let why = format!("and the second cannot be deleted: {what}");
                return Err(self.both_filled(ours, first, &why));
            }
            self.receipt.warnings.push(format!(
                "another process created run {} of this submission first; run {} could not be deleted: {what}",
                first.id.0, ours.id.0
            ));
        }
        Ok(())
    }

    /// Counts the results in a run that this call would hand in again.
    fn own_results(&self, run: &Run) -> Result<u64, SendError> {
        let wanted = self.plan.points().collect();
        let (there, _) = fill::read_results(self.azure, run.id.0, &wanted)
            .map_err(|error| self.interrupted(error))?;
        Ok(there.values().filter(|entry| entry.is_completed()).count() as u64)
    }

    fn both_filled(&self, ours: &Run, first: &Run, why: &str) -> SendError {
        let message = format!(
            "runs {} and {} of this submission would both have results, {why}; nothing more was written",
            first.id.0, ours.id.0
        );
        let who = if self.azure.target.shared {
            "the command of every shard"
        } else {
            "the same command"
        };
        let cause = ServiceError::setting(message).hint(format!(
            "delete run {}, and run {who} again: run {} takes what it lacks",
            ours.id.0, first.id.0
        ));
        SendError::unsent(self.receipt.clone(), true, cause)
    }

    fn delete(&self, ours: &Run) -> Result<(), String> {
        let write = format!("azure.delete_run[{}]", ours.id.0);
        let record = Recorded::new(self.journal, &self.plan.plan.key, write);
        let answer = record.send(|| {
            let response = self
                .azure
                .client
                .exchange(|endpoints| endpoints.delete_run(ours.id.0))?;
            Ok((response, Value::Null))
        });
        match answer {
            Ok(_) => Ok(()),
            Err(WriteError::Transport(error)) if error.status() == Some(404) => Ok(()),
            Err(WriteError::Transport(error)) => Err(error.to_string()),
            Err(WriteError::Journal(error)) => Err(error.to_string()),
        }
    }

    /// Returns the time by this machine's clock, which the journal's times are of.
    fn now(&self) -> Timestamp {
        self.azure.client.clock().timestamp()
    }

    fn rest_until(&self, moment: Timestamp) -> Result<(), SendError> {
        let wait = span(moment.duration_since(self.now()));
        self.azure
            .client
            .pause(wait)
            .map_err(|error| self.undecided(error))
    }

    /// Returns the error for a wait or a look that was cut short while something may stand there. Whoever is waited for may be at
    /// work still.
    fn undecided(&self, error: TransportError) -> SendError {
        self.waited.store(true, Ordering::Relaxed);
        let error = TransportError {
            delivery: Delivery::Unknown,
            ..error
        };
        SendError::writing(self.receipt.clone(), false, error)
    }
}

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Returns a length of time, nothing when it is negative.
fn span(length: SignedDuration) -> Duration {
    Duration::try_from(length).unwrap_or_default()
}
