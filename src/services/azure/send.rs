//! The writing sequence: one run, its results, their files, the end, and the proof.
//!
//! Only creating the run and attaching files could write twice. A run is looked for before it is created and after an answer
//! that did not come; results are set by id to absolute values, so they may be set again.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::fold::PointResult;
use super::target::RunType;
use super::text::utc;
use super::wire::{CreateRun, List, Reference, Run, RunResult, SetResult, Statistics, UpdateRun};
use super::{Azure, AzurePlan, attach, find, shape, stamp};
use crate::journal::Journal;
use crate::services::{
    Counts, Progress, Receipt, Recorded, RemoteId, SendError, ServiceError, State, WriteError,
};
use crate::transport::{Problem, Response, TransportError};

/// The most results in one call. Azure takes 1000; half of it keeps bodies small and a lost answer cheap.
const BATCH: usize = 500;
/// The most bytes in one call: large bodies have been refused.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The names of all writes to Azure, as the journal has them, without what follows in brackets.
pub const WRITES: [&str; 4] = [
    "azure.create_run",
    "azure.set_results",
    "azure.attach",
    "azure.complete_run",
];

/// One submission on its way.
pub(super) struct Sending<'a> {
    pub(super) azure: &'a Azure,
    pub(super) plan: &'a AzurePlan,
    pub(super) journal: &'a Journal,
    pub(super) progress: &'a dyn Progress,
    pub(super) receipt: Receipt,
    /// Whether anything of this submission stands on the service.
    pub(super) wrote: bool,
}

pub(super) fn send(
    azure: &Azure,
    plan: &AzurePlan,
    journal: &Journal,
    progress: &dyn Progress,
) -> Result<Receipt, SendError> {
    let mut receipt = Receipt::new(State::Done);
    receipt.warnings.extend(plan.notices.iter().cloned());
    Sending {
        azure,
        plan,
        journal,
        progress,
        receipt,
        wrote: false,
    }
    .run()
}

impl Sending<'_> {
    fn run(mut self) -> Result<Receipt, SendError> {
        self.progress
            .stage("Looking whether it is already there", 0);
        let known = self.existing()?;
        let fresh = known.is_none();
        let run = match known {
            Some(run) => self.adopt(run)?,
            None => self.create()?,
        };
        if run.is_completed() && !stamp::lacks_attachments(&run) {
            return self.confirm_known(&run);
        }
        let results = self.results(&run)?;
        if !run.is_completed() {
            self.set_missing(&run, &results)?;
        }
        let missing = attach::attach_all(&mut self, run.id.0, &results, fresh)?;
        self.complete(&run, !missing.is_empty())?;
        self.receipt.missing = missing;
        self.confirm(&run)
    }

    /// Returns the run of this submission, where there is one: by the journal's word, confirmed by the service, or by looking.
    fn existing(&mut self) -> Result<Option<Run>, SendError> {
        let noted = self
            .journal
            .acknowledged(&self.plan.plan.key, "azure.create_run");
        if let Some(id) = noted
            .as_ref()
            .and_then(|detail| detail.get("run"))
            .and_then(Value::as_u64)
        {
            match self.azure.client.get::<Run>(|endpoints| endpoints.run(id)) {
                Ok(run) if stamp::matches(&run, &self.plan.plan.key) != stamp::Match::No => {
                    return Ok(Some(run));
                }
                Ok(_) => {}
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(SendError::before_writing(error)),
            }
        }
        self.look()
    }

    /// Looks for the run on the service. Several mean that two processes raced: all agree on the oldest.
    fn look(&mut self) -> Result<Option<Run>, SendError> {
        let runs = find::run_of(self.azure, self.plan).map_err(SendError::before_writing)?;
        if runs.len() > 1 {
            let ids: Vec<String> = runs.iter().map(|run| run.id.0.to_string()).collect();
            self.receipt.warnings.push(format!(
                "the service has several runs of this submission: {}; the first counts",
                ids.join(", ")
            ));
        }
        Ok(runs.into_iter().next())
    }

    fn adopt(&mut self, run: Run) -> Result<Run, SendError> {
        self.wrote = true;
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

    fn create(&mut self) -> Result<Run, SendError> {
        self.progress.stage("Creating the run", 0);
        let automated = self.azure.target.run_type != RunType::Manual;
        let answer = match self.post_run(automated) {
            Err(WriteError::Transport(error)) if self.may_be_manual(&error) => {
                self.receipt.warnings.push(
                    "the cases are not marked as automated: the run is a manual one".to_owned(),
                );
                self.post_run(false)
            }
            answer => answer,
        };
        match answer {
            Ok(run) => {
                self.wrote = true;
                self.note_run(&run);
                self.settle_race(run)
            }
            Err(WriteError::Transport(error)) => self.after_unanswered(error),
            Err(error @ WriteError::Journal(_)) => Err(error.ending(self.receipt.clone(), false)),
        }
    }

    fn post_run(&self, automated: bool) -> Result<Run, WriteError> {
        let body = self.run_body(automated);
        let record = Recorded::new(self.journal, &self.plan.plan.key, "azure.create_run");
        record.send(|| {
            let run: Run = self
                .azure
                .client
                .exchange(|endpoints| endpoints.create_run(&body))?
                .json()?;
            let detail = json!({"run": run.id.0});
            Ok((run, detail))
        })
    }

    /// Azure: servers may refuse an automated run with cases that are not marked as automated.
    fn may_be_manual(&self, error: &TransportError) -> bool {
        self.azure.target.run_type == RunType::Auto
            && matches!(&error.problem, Problem::Status { status: 400..=499, message, .. }
                if message.to_lowercase().contains("automation status"))
    }

    /// A run that may have been created is looked for; where it is not there, nobody knows, and nothing is sent again.
    fn after_unanswered(&mut self, error: TransportError) -> Result<Run, SendError> {
        if error.delivery == crate::transport::Delivery::Unknown
            && let Ok(Some(run)) = self.look()
        {
            return self.adopt(run);
        }
        Err(SendError::writing(self.receipt.clone(), false, error))
    }

    /// Where several processes share a submission, two may have created a run at the same time: the oldest stays.
    fn settle_race(&mut self, ours: Run) -> Result<Run, SendError> {
        if !self.azure.target.shared {
            return Ok(ours);
        }
        let runs = find::run_of(self.azure, self.plan)
            .map_err(|error| SendError::writing(self.receipt.clone(), true, error))?;
        match runs.into_iter().next() {
            Some(first) if first.id < ours.id => {
                self.receipt.warnings.push(format!(
                    "another process created run {} of this submission first; the empty run {} is left unused",
                    first.id.0, ours.id.0
                ));
                self.receipt.ids.clear();
                self.note_run(&first);
                Ok(first)
            }
            Some(_) | None => Ok(ours),
        }
    }

    fn run_body(&self, automated: bool) -> CreateRun {
        let run = &self.plan.plan.run;
        let mut tags: Vec<_> = run
            .tags
            .iter()
            .take(4)
            .map(|name| super::wire::Tag { name: name.clone() })
            .collect();
        tags.push(stamp::tag(&self.plan.plan.key));
        CreateRun {
            name: self.plan.run_name(),
            automated,
            plan: Reference::to(self.plan.plan_id),
            point_ids: self
                .plan
                .results
                .iter()
                .map(|result| result.point.id)
                .collect(),
            state: "InProgress",
            comment: stamp::comment(self.comment().as_deref(), &self.plan.plan.key, false),
            start_date: run.started.map(utc),
            build: self.plan.build.map(Reference::to),
            release_uri: self.azure.target.release_uri.clone(),
            release_environment_uri: self.azure.target.release_environment_uri.clone(),
            tags,
        }
    }

    /// What people read on the run: their own comment, and the build's page where the run cannot be linked to the build.
    fn comment(&self) -> Option<String> {
        let run = &self.plan.plan.run;
        let build = run.build.as_ref().and_then(|build| build.url.clone());
        let lines: Vec<String> = [run.comment.clone(), build].into_iter().flatten().collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn note_run(&mut self, run: &Run) {
        self.receipt.ids = vec![RemoteId {
            kind: "run",
            id: run.id.0.to_string(),
        }];
        self.receipt.url.clone_from(&run.web_access_url);
    }

    /// Reads the results that the service made for the points, all pages.
    fn results(&self, run: &Run) -> Result<HashMap<u64, RunResult>, SendError> {
        let mut by_point = HashMap::new();
        let mut read = 0;
        loop {
            let page: List<RunResult> = self
                .azure
                .client
                .get(|endpoints| endpoints.results(run.id.0, read))
                .map_err(|error| SendError::writing(self.receipt.clone(), true, error))?;
            let count = page.value.len() as u64;
            read += count;
            by_point.extend(
                page.value
                    .into_iter()
                    .filter_map(|result| Some((result.test_point.as_ref()?.id.0, result))),
            );
            if count == 0
                || self
                    .plan
                    .results
                    .iter()
                    .all(|result| by_point.contains_key(&result.point.id))
            {
                return Ok(by_point);
            }
        }
    }

    /// Sets the results that do not yet have their outcome, in batches.
    fn set_missing(&mut self, run: &Run, there: &HashMap<u64, RunResult>) -> Result<(), SendError> {
        self.progress
            .stage("Handing in results", self.plan.results.len() as u64);
        let mut bodies = Vec::new();
        let mut homeless = Vec::new();
        for (result, outcome) in self.plan.results.iter().zip(&self.plan.outcomes) {
            match there.get(&result.point.id) {
                Some(entry) if is_set(entry, outcome) => self.progress.advance(1),
                Some(entry) => bodies.extend(shape::set_result(
                    entry.id.0,
                    result,
                    &self.plan.plan,
                    &self.azure.target,
                )),
                None => homeless.push(result),
            }
        }
        if !homeless.is_empty() {
            return Err(self.without_place(run, &homeless));
        }
        for batch in batches(bodies) {
            self.set_batch(run.id.0, &batch)?;
        }
        Ok(())
    }

    /// Sets one batch; one that is too large for the service goes in halves.
    fn set_batch(&mut self, run: u64, batch: &[SetResult]) -> Result<(), SendError> {
        let first = batch.first().map_or(0, |result| result.id);
        let write = format!("azure.set_results[{first}+{}]", batch.len());
        let record = Recorded::new(self.journal, &self.plan.plan.key, write);
        let answer = record.send(|| {
            let response: Response = self
                .azure
                .client
                .exchange(|endpoints| endpoints.set_results(run, batch))?;
            Ok((response, Value::Null))
        });
        match answer {
            Ok(_) => {
                self.progress.advance(batch.len() as u64);
                Ok(())
            }
            Err(WriteError::Transport(error)) if error.status() == Some(413) && batch.len() > 1 => {
                let (left, right) = batch.split_at(batch.len() / 2);
                self.set_batch(run, left)?;
                self.set_batch(run, right)
            }
            Err(error) => {
                self.receipt.missing = batch
                    .iter()
                    .map(|result| result.automated_test_name.clone())
                    .collect();
                Err(error.ending(self.receipt.clone(), true))
            }
        }
    }

    fn without_place(&mut self, run: &Run, homeless: &[&PointResult]) -> SendError {
        self.receipt.missing = homeless
            .iter()
            .map(|result| format!("case {} (point {})", result.point.case, result.point.id))
            .collect();
        let message = format!(
            "run {} has no results for {} of its {} test points; none of them was handed in",
            run.id.0,
            homeless.len(),
            self.plan.results.len()
        );
        let cause = ServiceError::setting(message).hint(
            "were the points removed from the plan? Look at the run, then submit with `--again`",
        );
        SendError::unsent(self.receipt.clone(), true, cause)
    }

    fn complete(&mut self, run: &Run, attachments_missing: bool) -> Result<(), SendError> {
        self.progress.stage("Completing the run", 0);
        let times = &self.plan.plan.run;
        let completed = times
            .finished
            .or(times.started)
            .unwrap_or_else(jiff::Timestamp::now);
        let body = UpdateRun {
            state: (!run.is_completed()).then_some("Completed"),
            started_date: times.started.map(utc).filter(|_| !run.is_completed()),
            completed_date: (!run.is_completed()).then(|| utc(completed)),
            comment: (attachments_missing || run.is_completed()).then(|| {
                stamp::comment(
                    self.comment().as_deref(),
                    &self.plan.plan.key,
                    attachments_missing,
                )
            }),
        };
        let record = Recorded::new(self.journal, &self.plan.plan.key, "azure.complete_run");
        let answer = record.send(|| {
            let response = self
                .azure
                .client
                .exchange(|endpoints| endpoints.update_run(run.id.0, &body))?;
            Ok((response, Value::Null))
        });
        answer
            .map(drop)
            .map_err(|error| error.ending(self.receipt.clone(), true))
    }

    /// Holds the service's own counts against what was sent.
    fn confirm(mut self, run: &Run) -> Result<Receipt, SendError> {
        self.progress.stage("Confirming", 0);
        let (counts, unfinished) = self.statistics(run)?;
        self.receipt.counts = counts;
        if unfinished > 0 || self.receipt.counts != self.expected() {
            let differing = self.differing(run)?;
            self.receipt.missing.extend(differing);
        }
        self.receipt.state = if self.receipt.missing.is_empty() {
            State::Done
        } else {
            State::Partial
        };
        Ok(self.receipt)
    }

    /// A run that is completed is left alone. What differs in it was changed by people, unless something is missing.
    fn confirm_known(mut self, run: &Run) -> Result<Receipt, SendError> {
        let (counts, unfinished) = self.statistics(run)?;
        let total: u64 = counts.values().sum();
        self.receipt.counts = counts;
        self.receipt.state = State::Known;
        if unfinished > 0 || total < self.plan.results.len() as u64 {
            self.receipt.state = State::Partial;
            self.receipt.missing = self.differing(run)?;
        } else if self.receipt.counts != self.expected() {
            self.receipt.warnings.push(
                "the outcomes in the run are not those of the reports: somebody changed them"
                    .to_owned(),
            );
        }
        Ok(self.receipt)
    }

    fn statistics(&self, run: &Run) -> Result<(Counts, u64), SendError> {
        let statistics: Statistics = self
            .azure
            .client
            .get(|endpoints| endpoints.statistics(run.id.0))
            .map_err(|error| SendError::writing(self.receipt.clone(), true, error))?;
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
        Ok((counts, unfinished))
    }

    fn expected(&self) -> Counts {
        let mut counts = Counts::new();
        self.plan
            .outcomes
            .iter()
            .for_each(|outcome| *counts.entry(outcome.clone()).or_default() += 1);
        counts
    }

    /// Names the results that are not what was sent.
    fn differing(&self, run: &Run) -> Result<Vec<String>, SendError> {
        let there = self.results(run)?;
        let differs = |(result, outcome): &(&PointResult, &String)| {
            !there
                .get(&result.point.id)
                .is_some_and(|entry| is_set(entry, outcome))
        };
        let pairs = self
            .plan
            .results
            .iter()
            .zip(&self.plan.outcomes)
            .filter(differs);
        Ok(pairs
            .map(|(result, outcome)| {
                format!(
                    "case {} (point {}): {outcome}",
                    result.point.case, result.point.id
                )
            })
            .collect())
    }
}

/// Tells whether a result already is what it shall be.
fn is_set(entry: &RunResult, outcome: &str) -> bool {
    let is = |value: &Option<String>, wanted: &str| {
        value
            .as_deref()
            .is_some_and(|value| value.eq_ignore_ascii_case(wanted))
    };
    is(&entry.state, "completed") && is(&entry.outcome, outcome)
}

/// Cuts bodies into batches that the service takes.
fn batches(bodies: Vec<SetResult>) -> Vec<Vec<SetResult>> {
    let mut batches: Vec<Vec<SetResult>> = Vec::new();
    let mut bytes = BATCH_BYTES;
    for body in bodies {
        let size = serde_json::to_vec(&body).map_or(0, |json| json.len() + 1);
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes + size <= BATCH_BYTES => {
                batch.push(body);
                bytes += size;
            }
            Some(_) | None => {
                batches.push(vec![body]);
                bytes = size;
            }
        }
    }
    batches
}
