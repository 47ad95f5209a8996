//! Finding out what earlier runs of a submission brought about, before anything is sent again.

use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::batch::{self, End};
use super::entry::Entry;
use super::pen::Trouble;
use super::resume::{self, Past, PastEnd};
use super::send::Way;
use super::stamp::Slot;
use super::{authoring, find};
use crate::services::ServiceError;

impl Way<'_> {
    /// Finds out what earlier runs brought about.
    pub(super) fn settle(&mut self) -> Result<(), Trouble> {
        let mut pasts = resume::read(&self.pen.journal.records(self.pen.key));
        for past in &mut pasts {
            if let PastEnd::Queued(job) = past.end {
                self.pen
                    .progress
                    .note(&format!("asking for job {job} of an earlier run"));
                let end = batch::follow(self.pen, self.plan, job)?;
                batch::close(self.pen, &past.name, job, &end)?;
                past.end = match end {
                    End::Success(total) => PastEnd::Success(total),
                    End::Failed(_) | End::Lost => PastEnd::Broken,
                };
            }
            let whole = past.end == PastEnd::Complete
                || past.end == PastEnd::Success(Some(past.slots.len() as u64));
            if whole {
                self.held.extend(batch::all_held(&past.slots));
            }
        }
        let open = self.open();
        if open.is_empty() {
            return Ok(());
        }
        self.held.extend(find::look(self.scene(), &open)?);
        for past in pasts {
            if past.end != PastEnd::Complete {
                self.reconcile(&past)?;
            }
        }
        Ok(())
    }

    /// Makes certain which results of an earlier write stand there, before any of them is sent again.
    fn reconcile(&mut self, past: &Past) -> Result<(), Trouble> {
        let unsure: Vec<&Entry> = self
            .open()
            .into_iter()
            .filter(|entry| past.slots.contains(&entry.slot))
            .collect();
        if unsure.is_empty() {
            return self.reconciled(past, &[]);
        }
        let known = past.slots.len() - unsure.len();
        let expected = match past.end {
            PastEnd::Success(Some(total)) => usize::try_from(total).unwrap_or(usize::MAX),
            // A queue that lost a job, or an answer that was lost: any number may still come.
            PastEnd::Success(None)
            | PastEnd::Unanswered
            | PastEnd::Queued(_)
            | PastEnd::Broken
            | PastEnd::Complete => past.slots.len(),
        };
        self.recall(&unsure)?;
        let mut seen = known;
        let mut limit = self.settled_at(past);
        let mut wait = Duration::from_millis(250);
        let mut told = false;
        loop {
            let found = find::listed(self.scene(), &unsure)?;
            let now = known + found.len();
            if now >= expected.min(past.slots.len()) || limit <= self.now() {
                self.held.extend(found);
                return self.checked(past, now, expected, &unsure);
            }
            if now > seen {
                // It is being worked off at this moment.
                seen = now;
                limit = limit.max(after(self.now(), self.plan.target.limits.settle));
            }
            if !std::mem::replace(&mut told, true) {
                self.pen
                    .progress
                    .note("waiting whether results of an earlier run turn up");
            }
            self.pen.project.client.transport.pause(wait)?;
            wait = (wait * 2).min(Duration::from_secs(5));
        }
    }

    /// Finds the cases of these entries even where the search is behind: without its case, no list of logs is known.
    fn recall(&mut self, entries: &[&Entry]) -> Result<(), Trouble> {
        for entry in entries {
            if !self.cases.known.contains_key(&entry.subject)
                && let Some(known) = authoring::recalled(self.pen, &self.plan.fields, entry)?
            {
                self.cases.known.insert(entry.subject.clone(), known);
            }
        }
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.pen.project.client.transport.clock().timestamp()
    }

    fn settled_at(&self, past: &Past) -> Timestamp {
        match past.end {
            // What failed will not come any more.
            PastEnd::Broken => past.at,
            PastEnd::Unanswered | PastEnd::Queued(_) | PastEnd::Success(_) | PastEnd::Complete => {
                let settle = self.plan.target.limits.settle;
                // A clock that was set back since must not make it wait for longer.
                after(past.at, settle).min(after(self.now(), settle))
            }
        }
    }

    /// A job that says it made logs which cannot be seen leaves everything open: nothing is sent again.
    fn checked(
        &self,
        past: &Past,
        seen: usize,
        expected: usize,
        unsure: &[&Entry],
    ) -> Result<(), Trouble> {
        if matches!(past.end, PastEnd::Success(Some(_))) && seen < expected {
            return Err(Trouble::Unknown(
                ServiceError::declined(format!(
                    "qTest says that it made {expected} logs, and shows {seen}"
                ))
                .hint("run the same command again in some minutes"),
            ));
        }
        self.reconciled(past, unsure)
    }

    /// Writes into the journal what an earlier write came to, so that the next run need not ask again. A batch with results of
    /// another shard is left to be asked for again: this run has not looked for those.
    fn reconciled(&self, past: &Past, unsure: &[&Entry]) -> Result<(), Trouble> {
        let own = |slot: &Slot| {
            self.plan
                .entries
                .all
                .iter()
                .any(|entry| entry.slot == *slot)
        };
        if !past.slots.iter().all(own) {
            return Ok(());
        }
        let missing: HashSet<&Slot> = unsure
            .iter()
            .map(|entry| &entry.slot)
            .filter(|slot| !self.held.contains_key(slot))
            .collect();
        let there: Vec<&str> = past
            .slots
            .iter()
            .filter(|slot| !missing.contains(slot))
            .map(Slot::as_str)
            .collect();
        if there.is_empty() {
            return self.pen.void(&past.name);
        }
        self.pen
            .found(&past.name, json!({ "state": "found", "slots": there }))
    }
}

fn after(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(at)
}
