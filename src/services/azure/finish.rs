//! The end of a submission: the run is completed, and the service's own counts are held against what was sent.

use serde_json::Value;

use super::Volume;
use super::fill::{self, ByPoint};
use super::send::Sending;
use super::stamp;
use super::text::utc;
use super::wire::{Run, Statistics, UpdateRun};
use super::{attach, shape};
use crate::services::{Counts, Receipt, Recorded, SendError, State};

impl Sending<'_> {
    pub(super) fn complete(
        &mut self,
        run: &Run,
        attachments_missing: bool,
    ) -> Result<(), SendError> {
        self.progress.stage("Completing the run", 0);
        let body = self.ending(run, attachments_missing);
        let record = Recorded::new(self.journal, &self.plan.plan.key, "azure.complete_run");
        let answer = record.send(|| {
            let response = self
                .azure
                .client
                .exchange(|endpoints| endpoints.update_run(run.id.0, &body))?;
            Ok((response, Value::Null))
        });
        self.changed = true;
        let response = answer.map_err(|error| error.ending(self.receipt.clone(), true))?;
        // The answer is the run as it is now.
        if let Ok(now) = response.json::<Run>()
            && !now.state.is_empty()
            && !now.has_ended()
        {
            self.receipt.missing.push(format!(
                "the end of run {}: the service has it as `{}` still",
                run.id.0, now.state
            ));
        }
        Ok(())
    }

    fn ending(&self, run: &Run, attachments_missing: bool) -> UpdateRun {
        let (times, shared) = (&self.plan.plan.run, self.azure.target.shared);
        let open = !run.has_ended();
        let started = times.started.or(times.finished);
        // A run of several processes ends when the last of them says so, whatever its own reports tell.
        let completed = match times.finished.or(started) {
            Some(finished) if !shared => shape::after(
                started.unwrap_or(finished),
                std::time::Duration::try_from(finished.duration_since(started.unwrap_or(finished)))
                    .unwrap_or_default(),
            ),
            Some(_) | None => self.azure.client.clock().timestamp(),
        };
        let says_more = (attachments_missing || !open) && !shared;
        UpdateRun {
            state: open.then_some("Completed"),
            started_date: started.map(utc).filter(|_| open && !shared),
            completed_date: open.then(|| utc(completed)),
            comment: says_more.then(|| {
                stamp::comment(
                    self.comment().as_deref(),
                    &self.plan.plan.key,
                    attachments_missing,
                )
            }),
        }
    }

    /// Tells whether this call brings a shared run to its end: because it was told to, or because all shards have left their
    /// mark. Marks are files at the run, because files can only be added: two shards that end together both see all.
    pub(super) fn is_last(&mut self, run: &Run) -> Result<bool, SendError> {
        let Some(shard) = self.azure.target.shard else {
            return Ok(self.azure.target.completes);
        };
        let marks = attach::names_at(self.azure, run.id.0, None)
            .map_err(|error| self.interrupted(error))?;
        let ours = stamp::shard_mark(shard);
        let marks = if marks.contains(&ours) {
            marks
        } else {
            attach::mark(self, run.id.0, &ours)?;
            self.changed = true;
            attach::names_at(self.azure, run.id.0, None).map_err(|error| self.interrupted(error))?
        };
        Ok((1..=shard.count).all(|index| {
            let mark = stamp::shard_mark(super::Shard { index, ..shard });
            marks.contains(&mark)
        }))
    }

    /// Holds the service's own counts against what was sent, before the run is completed: afterwards it may take nothing more.
    /// Tells whether all results stand there; those that do not are named.
    pub(super) fn holds_all(&mut self, run: &Run) -> Result<bool, SendError> {
        self.progress.stage("Confirming", 0);
        let (counts, unfinished) = self.statistics(run)?;
        let is_right = unfinished == 0 && counts == self.expected();
        self.receipt.counts = counts;
        if is_right {
            return Ok(true);
        }
        let there = self.results(run)?;
        let (stands, mended) = self.mend(run, &there)?;
        if mended {
            self.receipt.counts = self.statistics(run)?.0;
        }
        Ok(stands)
    }

    /// Sets once more what the run does not have, or has otherwise: the service may have lost it, and of several processes that
    /// fill one run another may have set a milder outcome for a point of both at the same moment. Tells whether all stands
    /// there afterwards, and whether anything was set.
    pub(super) fn mend(&mut self, run: &Run, there: &ByPoint) -> Result<(bool, bool), SendError> {
        self.progress.stage("Confirming", 0);
        if self.unsettled(there).is_empty() {
            return Ok((true, false));
        }
        self.set_missing(run, there)?;
        let there = self.results(run)?;
        let differing = self.unsettled(&there);
        let stands = differing.is_empty();
        self.receipt.missing.extend(differing);
        Ok((stands, true))
    }

    /// Brings a run that has ended to what it should be: files that did not arrive, results that were never set. What differs
    /// otherwise was changed by people and is left alone.
    pub(super) fn complement(mut self, run: &Run) -> Result<Receipt, SendError> {
        if !stamp::lacks_attachments(run) {
            return self.confirm_known(run);
        }
        let results = self.results(run)?;
        let files = attach::attach_all(&mut self, run.id.0, &results)?;
        if files.is_empty() {
            self.complete(run, false)?;
        }
        self.receipt.missing.extend(files);
        self.confirm_known(run)
    }

    fn confirm_known(mut self, run: &Run) -> Result<Receipt, SendError> {
        let results = self.plan.results.len() as u64;
        let is_whole = run.total_tests.is_some_and(|total| total >= results)
            && run.incomplete_tests.unwrap_or(0) == 0;
        if self.azure.target.volume == Volume::Many && is_whole && !self.changed {
            // The list of runs has told enough: handin completes a run only when every result of it stands.
            self.receipt.state = State::Known;
            return Ok(self.receipt);
        }
        let (mut counts, unfinished) = self.statistics(run)?;
        let there = self.results(run)?;
        let lacks_some = unfinished > 0 || there.len() < self.plan.results.len();
        if lacks_some && self.set_unfinished(run, &there)? {
            counts = self.statistics(run)?.0;
        } else if !lacks_some && counts != self.expected() {
            self.receipt.warnings.push(
                "the outcomes in the run are not those of the reports: somebody changed them"
                    .to_owned(),
            );
        }
        self.receipt.counts = counts;
        self.receipt.state = match (self.receipt.missing.is_empty(), self.changed) {
            (false, _) => State::Partial,
            (true, true) => State::Done,
            (true, false) => State::Known,
        };
        Ok(self.receipt)
    }

    /// Ends our part of a shared run with the counts of the whole of it.
    pub(super) fn count(mut self, run: &Run) -> Result<Receipt, SendError> {
        let (counts, _) = self.statistics(run)?;
        self.receipt.counts = counts;
        self.receipt.state = match (self.receipt.missing.is_empty(), self.changed) {
            (false, _) => State::Partial,
            (true, true) => State::Done,
            (true, false) => State::Known,
        };
        Ok(self.receipt)
    }

    pub(super) fn statistics(&self, run: &Run) -> Result<(Counts, u64), SendError> {
        let statistics: Statistics = self
            .azure
            .client
            .get(|endpoints| endpoints.statistics(run.id.0))
            .map_err(|error| self.interrupted(error))?;
        Ok(counted(statistics))
    }

    fn expected(&self) -> Counts {
        let mut counts = Counts::new();
        self.plan
            .outcomes
            .iter()
            .for_each(|outcome| *counts.entry(outcome.clone()).or_default() += 1);
        counts
    }
}

/// Returns the counts by outcome of what is completed, and how many results are not.
fn counted(statistics: Statistics) -> (Counts, u64) {
    let mut counts = Counts::new();
    let mut unfinished = 0;
    for entry in statistics.run_statistics {
        let finished = entry
            .state
            .as_deref()
            .is_none_or(|state| state.eq_ignore_ascii_case("completed"));
        match entry.outcome {
            Some(outcome) if finished => *counts.entry(outcome).or_default() += entry.count,
            Some(_) | None => unfinished += entry.count,
        }
    }
    (counts, unfinished)
}

/// Tells whether a shared run holds all of a plan's results.
pub(super) fn holds_part(
    azure: &super::Azure,
    plan: &super::AzurePlan,
    run: &Run,
) -> Result<bool, crate::transport::TransportError> {
    let wanted = plan.points().collect();
    let (there, _) = fill::read_results(azure, run.id.0, &wanted)?;
    Ok(plan
        .results
        .iter()
        .zip(&plan.outcomes)
        .all(|(result, outcome)| {
            there
                .get(&result.point.id)
                .is_some_and(|entry| fill::is_settled(entry, outcome, &azure.target))
        }))
}
