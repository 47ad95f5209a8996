//! Handing in: settle what earlier runs began, look, make what is missing, hand in, follow, confirm.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::authoring;
use super::batch::{self, End, Queued};
use super::cases::Cases;
use super::direct::{self, Handed};
use super::entry::Entry;
use super::find::{self, Held, Scene};
use super::ground::Ground;
use super::pen::{Pen, Trouble, Write};
use super::stamp::Slot;
use super::{QtestPlan, files};
use crate::journal::Stage;
use crate::plan::PlannedFile;
use crate::services::{Receipt, RemoteId, SendError, ServiceError, State};

/// What a submission knows while it is on its way.
pub(super) struct Way<'a> {
    pub(super) pen: &'a Pen<'a>,
    pub(super) plan: &'a QtestPlan,
    pub(super) held: HashMap<Slot, Held>,
    ground: Ground,
    pub(super) cases: Cases,
    queued: Vec<Queued>,
    handed: Mutex<Handed>,
    missing: Vec<String>,
    new: bool,
    complaint: Option<String>,
}

/// The name under which the journal holds that every file is there.
const ALL_FILES: &str = "all";

/// Hands a plan in.
pub(super) fn run(plan: &QtestPlan, pen: &Pen<'_>) -> Result<Receipt, SendError> {
    let mut way = Way {
        pen,
        plan,
        held: HashMap::new(),
        ground: plan.ground.clone(),
        cases: plan.cases.clone(),
        queued: Vec::new(),
        handed: Mutex::default(),
        missing: Vec::new(),
        new: false,
        complaint: None,
    };
    match way.go() {
        Ok(()) => way.arrive(),
        Err(trouble) => Err(way.stop(trouble)),
    }
}

impl<'a> Way<'a> {
    fn go(&mut self) -> Result<(), Trouble> {
        self.settle()?;
        let earlier = self.files_of_held();
        let missing = self.open();
        if missing.is_empty() {
            return self.attach(earlier);
        }
        self.new = true;
        authoring::make(
            self.pen,
            &self.plan.target,
            &self.plan.fields,
            (&mut self.ground, &mut self.cases),
            &missing,
        )?;
        let handed = self.hand_in(&missing);
        // Whatever stopped it: what is in the queue by now is followed to its end.
        let later = self.take();
        let followed = self.follow_all();
        match (handed, followed) {
            (Err(trouble), Ok(())) | (_, Err(trouble)) => Err(trouble),
            (Ok(()), Ok(())) => self.attach([later, earlier].concat()),
        }
    }

    /// Returns the entries that can be handed in and are not there.
    pub(super) fn open(&self) -> Vec<&'a Entry> {
        let plan = self.plan;
        plan.sendable()
            .filter(|entry| !self.held.contains_key(&entry.slot))
            .collect()
    }

    fn hand_in(&mut self, missing: &[&Entry]) -> Result<(), Trouble> {
        let module = self.ground.make_parent(self.pen, &self.plan.target)?;
        self.pen.progress.stage("results", missing.len() as u64);
        for (at, place) in self.plan.entries.places.iter().enumerate() {
            let of_place: Vec<&Entry> = missing
                .iter()
                .copied()
                .filter(|entry| entry.place == at)
                .collect();
            if of_place.is_empty() {
                continue;
            }
            let suite = self.ground.make_suite(self.pen, place)?;
            let (single, many): (Vec<&Entry>, Vec<&Entry>) = of_place
                .into_iter()
                .partition(|entry| find::is_direct(self.plan, entry));
            let scene = Scene {
                plan: self.plan,
                ground: &self.ground,
                cases: &self.cases,
            };
            if !many.is_empty() {
                batch::submit(
                    self.pen,
                    scene,
                    (&suite, module),
                    &many,
                    (&mut self.queued, &self.handed),
                )?;
            }
            direct::submit(self.pen, scene, &suite, &single, &self.handed)?;
        }
        Ok(())
    }

    /// Takes over what was handed in, and returns the files that have to follow.
    fn take(&mut self) -> Vec<(Slot, Vec<PlannedFile>)> {
        let handed =
            std::mem::take(&mut *self.handed.lock().unwrap_or_else(PoisonError::into_inner));
        self.held.extend(handed.held);
        self.missing.extend(handed.missing);
        handed.later
    }

    /// Follows every batch to its end, and compares what it made with what was sent.
    fn follow_all(&mut self) -> Result<(), Trouble> {
        let queued = std::mem::take(&mut self.queued);
        if queued.is_empty() {
            return Ok(());
        }
        self.pen
            .progress
            .stage("qTest's queue", queued.len() as u64);
        for batch in &queued {
            if batch.job == 0 {
                // Its answer was lost, and it was found.
                self.held.extend(batch::all_held(&batch.slots));
                continue;
            }
            let end = batch::follow(self.pen, self.plan, batch.job)?;
            batch::close(self.pen, &batch.name, batch.job, &end)?;
            self.pen.progress.advance(1);
            self.compare(batch, end)?;
        }
        Ok(())
    }

    fn compare(&mut self, batch: &Queued, end: End) -> Result<(), Trouble> {
        let sent = batch.slots.len() as u64;
        match end {
            End::Success(Some(total)) if total >= sent => {
                if total > sent {
                    self.pen.warn(format!(
                        "job {} was handed {sent} results, and made {total} logs of them",
                        batch.job
                    ));
                }
                self.held.extend(batch::all_held(&batch.slots));
                Ok(())
            }
            End::Success(total) => self.look_for(batch, total),
            End::Failed(why) => {
                let said = if why.is_empty() {
                    "without saying why".to_owned()
                } else {
                    super::text::bounded(&why, 500)
                };
                self.complaint = Some(format!(
                    "qTest could not work off job {}: {said}",
                    batch.job
                ));
                self.look_for(batch, Some(0))
            }
            End::Lost => {
                self.look_for(batch, None)?;
                if batch.slots.iter().all(|slot| self.held.contains_key(slot)) {
                    return Ok(());
                }
                Err(Trouble::Unknown(
                    ServiceError::declined(format!("qTest's queue does not know job {} any more", batch.job))
                        .hint("run the same command again: it looks which results arrived, and sends only the others"),
                ))
            }
        }
    }

    /// Looks which results of a batch stand there, until as many are seen as the service says, or it has had its time.
    fn look_for(&mut self, batch: &Queued, total: Option<u64>) -> Result<(), Trouble> {
        let entries: Vec<&Entry> = self
            .open()
            .into_iter()
            .filter(|entry| batch.slots.contains(&entry.slot))
            .collect();
        let wanted =
            usize::try_from(total.unwrap_or(batch.slots.len() as u64)).unwrap_or(usize::MAX);
        let clock = self.pen.project.client.transport.clock();
        let begun = clock.now();
        let mut wait = Duration::from_millis(250);
        loop {
            let found = self.look_again(&entries)?;
            let enough = found.len() >= wanted.min(batch.slots.len());
            let over = clock.since(begun) + wait
                > self.plan.target.limits.settle.min(Duration::from_secs(30));
            if enough || over {
                self.held.extend(found);
                return Ok(());
            }
            self.pen
                .project
                .client
                .transport
                .pause(wait)
                .map_err(|error| Trouble::Unknown(error.into()))?;
            wait = (wait * 2).min(Duration::from_secs(5));
        }
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            plan: self.plan,
            ground: &self.ground,
            cases: &self.cases,
        }
    }

    /// Looks in the suites that are there by now, not only in those that were there before.
    fn look_again(&self, entries: &[&Entry]) -> Result<HashMap<Slot, Held>, Trouble> {
        find::look(self.scene(), entries).map_err(|error| Trouble::Unknown(error.into()))
    }

    /// Returns the files of results that an earlier run handed in: it may have ended before it sent them.
    fn files_of_held(&self) -> Vec<(Slot, Vec<PlannedFile>)> {
        let sent = self.pen.last(&Write::Attachment.of(ALL_FILES));
        if sent.is_some_and(|record| record.stage == Stage::Done) {
            return Vec::new();
        }
        let held = |entry: &&Entry| !entry.files.is_empty() && self.held.contains_key(&entry.slot);
        let files = |entry: &Entry| {
            let sorted = files::sorted(self.plan, entry, self.pen);
            (entry.slot.clone(), [sorted.inside, sorted.later].concat())
        };
        self.plan.sendable().filter(held).map(files).collect()
    }

    /// Sends the files that were too large to travel inside their result, and those that an earlier run did not come to.
    fn attach(&mut self, later: Vec<(Slot, Vec<PlannedFile>)>) -> Result<(), Trouble> {
        if later.is_empty() {
            return Ok(());
        }
        let slots: HashSet<&Slot> = later.iter().map(|(slot, _)| slot).collect();
        let entries: Vec<&Entry> = self
            .plan
            .entries
            .all
            .iter()
            .filter(|entry| slots.contains(&entry.slot))
            .collect();
        let unknown = entries.iter().any(|entry| {
            self.held
                .get(&entry.slot)
                .is_some_and(|held| held.log.is_none())
        });
        let found = if unknown {
            self.look_again(&entries)?
        } else {
            HashMap::new()
        };
        self.pen.progress.stage("attachments", later.len() as u64);
        for (slot, files) in later {
            let log = self
                .held
                .get(&slot)
                .and_then(|held| held.log)
                .or_else(|| found.get(&slot)?.log);
            match log {
                Some(log) => self.missing.extend(files::follow(self.pen, log, &files)?),
                None => {
                    self.missing.extend(files.iter().map(|file| {
                        format!("`{}` (the log of its result was not found)", file.name)
                    }));
                }
            }
            self.pen.progress.advance(1);
        }
        if self.missing.is_empty() && self.open().is_empty() {
            self.pen
                .found(&Write::Attachment.of(ALL_FILES), Value::Null)?;
        }
        Ok(())
    }

    /// Tells what stands there now.
    fn receipt(&mut self) -> Receipt {
        let mut receipt = Receipt::new(State::Done);
        for entry in &self.plan.entries.all {
            if let Some(held) = self.held.get(&entry.slot) {
                let status = held
                    .status
                    .clone()
                    .unwrap_or_else(|| self.plan.target.statuses.of(entry.verdict).to_owned());
                *receipt.counts.entry(status).or_default() += 1;
            }
        }
        receipt.ids.push(RemoteId {
            kind: "project",
            id: self.plan.project_id.to_string(),
        });
        for place in &self.plan.entries.places {
            if let Some(spot) = self.ground.suite(place) {
                receipt.url = receipt.url.take().or_else(|| spot.url.clone());
                receipt.ids.push(RemoteId {
                    kind: "suite",
                    id: spot.id.to_string(),
                });
            }
        }
        receipt.warnings.clone_from(&self.plan.warnings);
        receipt.warnings.extend(self.pen.warnings());
        receipt.missing = std::mem::take(&mut self.missing);
        receipt
            .missing
            .extend(self.open().iter().map(|entry| entry.title()));
        receipt
    }

    fn arrive(mut self) -> Result<Receipt, SendError> {
        let mut receipt = self.receipt();
        receipt.state = match (receipt.missing.is_empty(), self.new) {
            (true, false) if !self.pen.wrote() => State::Known,
            (true, _) => State::Done,
            (false, _) => State::Partial,
        };
        match self.complaint.take() {
            Some(complaint) if !receipt.missing.is_empty() => {
                if self.held.is_empty() && !self.pen.wrote() {
                    receipt.state = State::Refused;
                    receipt.missing.clear();
                }
                let words = &self.plan.target.statuses;
                let cause = ServiceError::declined(format!(
                    "{complaint}; the project's automation settings must map every status that is sent: `{}`, `{}`, `{}`, `{}`, `{}`",
                    words.passed, words.failed, words.errored, words.skipped, words.incomplete
                ));
                Err(SendError {
                    receipt: Box::new(receipt),
                    cause,
                })
            }
            Some(_) | None => Ok(receipt),
        }
    }

    fn stop(mut self, trouble: Trouble) -> SendError {
        let unknown = trouble.is_unknown();
        let mut receipt = self.receipt();
        receipt.state = if unknown {
            State::Uncertain
        } else if self.pen.wrote() || !self.held.is_empty() {
            State::Partial
        } else {
            State::Refused
        };
        if receipt.state == State::Refused {
            receipt.missing.clear();
        }
        SendError {
            receipt: Box::new(receipt),
            cause: trouble.into_cause(),
        }
    }
}
