//! Filling the run: results are set where the service made them for our points, and appended where a shared run lacks them.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;

use super::fold::PointResult;
use super::lookup;
use super::send::Sending;
use super::shape;
use super::target::AzureTarget;
use super::wire::{AddResult, List, Reference, Run, RunResult, SetResult, WorkItem};
use crate::model::Verdict;
use crate::services::{Recorded, SendError, ServiceError, WriteError};
use crate::transport::{Delivery, Response};

/// The most results in one call. Azure takes 1000; half of it keeps bodies small and a lost answer cheap.
const BATCH: usize = 500;
/// The most bytes in one call: large bodies have been refused.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The results of a run, by point.
pub(super) type ByPoint = HashMap<u64, RunResult>;

impl Sending<'_> {
    /// Reads the results of the run, all pages that are needed to see those of our points.
    pub(super) fn results(&mut self, run: &Run) -> Result<ByPoint, SendError> {
        let wanted: HashSet<u64> = self.plan.points().collect();
        let (found, doubled) =
            read_results(self.azure, run.id.0, &wanted).map_err(|error| self.interrupted(error))?;
        if !doubled.is_empty() {
            let points: Vec<String> = doubled.iter().map(u64::to_string).collect();
            let warning = format!(
                "run {} has several results for the points {}: the first of each counts",
                run.id.0,
                lookup::listed(&points)
            );
            if !self.receipt.warnings.contains(&warning) {
                self.receipt.warnings.push(warning);
            }
        }
        Ok(found)
    }

    /// Hands in the results that do not yet have their outcome, in batches.
    pub(super) fn set_missing(&mut self, run: &Run, there: &ByPoint) -> Result<(), SendError> {
        self.progress
            .stage("Handing in results", self.plan.results.len() as u64);
        let mut bodies = Vec::new();
        let mut homeless = Vec::new();
        for (result, outcome) in self.plan.results.iter().zip(&self.plan.outcomes) {
            match there.get(&result.point.id) {
                Some(entry) if is_settled(entry, outcome, &self.azure.target) => {
                    self.progress.advance(1);
                }
                Some(entry) => bodies.extend(self.body(result).map(|facts| SetResult {
                    id: entry.id.0,
                    facts,
                })),
                None => homeless.push(result),
            }
        }
        let shared = self.azure.target.shared;
        if run.has_ended() && !(bodies.is_empty() && homeless.is_empty()) {
            return Err(self.too_late(run, there));
        }
        if !shared && !homeless.is_empty() {
            return Err(self.without_place(run, &homeless));
        }
        for batch in batches(bodies) {
            self.set_batch(run.id.0, &batch)?;
        }
        self.append(run, &homeless)
    }

    /// Sets the results of a run that has ended before they were set, as when a person completed it. Whether the service takes
    /// them is its own affair. Tells whether anything was set.
    pub(super) fn set_unfinished(&mut self, run: &Run, there: &ByPoint) -> Result<bool, SendError> {
        let mut bodies = Vec::new();
        let mut homeless = Vec::new();
        for result in &self.plan.results {
            match there.get(&result.point.id) {
                Some(entry) if entry.is_completed() => {}
                Some(entry) => bodies.extend(self.body(result).map(|facts| SetResult {
                    id: entry.id.0,
                    facts,
                })),
                None => homeless.push(result),
            }
        }
        if !homeless.is_empty() {
            return Err(self.without_place(run, &homeless));
        }
        let is_due = !bodies.is_empty();
        for batch in batches(bodies) {
            self.set_batch(run.id.0, &batch)
                .map_err(|error| ended_early(run, error))?;
        }
        Ok(is_due)
    }

    fn body(&self, result: &PointResult) -> Option<super::wire::ResultFacts> {
        let now = self.azure.client.clock().timestamp();
        shape::facts(result, &self.plan.plan, &self.azure.target, now)
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
                self.changed = true;
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
                    .map(|result| result.facts.automated_test_name.clone())
                    .collect();
                Err(error.ending(self.receipt.clone(), true))
            }
        }
    }

    /// Appends results for points that the run does not have.
    fn append(&mut self, run: &Run, homeless: &[&PointResult]) -> Result<(), SendError> {
        if homeless.is_empty() {
            return Ok(());
        }
        let points: HashSet<u64> = homeless.iter().map(|result| result.point.id).collect();
        let late = self.late_additions(run, &points)?;
        let missing = |result: &&PointResult| !late.contains_key(&result.point.id);
        let homeless: Vec<&PointResult> = homeless.iter().copied().filter(missing).collect();
        let cases: Vec<u64> = homeless.iter().map(|result| result.point.case).collect();
        let items = lookup::work_items(self.azure, &distinct(cases))
            .map_err(|error| self.interrupted(error))?;
        let items: HashMap<u64, &WorkItem> = items.iter().map(|item| (item.id.0, item)).collect();
        let mut bodies = Vec::new();
        let mut unseen = Vec::new();
        for result in homeless {
            match items
                .get(&result.point.case)
                .and_then(|item| self.addition(result, item))
            {
                Some(body) => bodies.push(body),
                None => unseen.push(result),
            }
        }
        for batch in batches(bodies) {
            self.add_batch(run, &batch)?;
        }
        if unseen.is_empty() {
            Ok(())
        } else {
            Err(self.without_place(run, &unseen))
        }
    }

    fn addition(&self, result: &PointResult, item: &WorkItem) -> Option<AddResult> {
        let title = item.field("System.Title").unwrap_or_default();
        Some(AddResult {
            test_point: Reference::to(result.point.id),
            test_case: Reference::to(result.point.case),
            test_case_title: title.to_owned(),
            test_case_revision: item.revision()?,
            configuration: Reference::to(result.point.configuration),
            facts: self.body(result)?,
        })
    }

    /// Appends one batch. Where no answer comes, the service is asked which of them it has.
    fn add_batch(&mut self, run: &Run, batch: &[AddResult]) -> Result<(), SendError> {
        let first = batch.first().map_or("", |result| &result.test_point.id);
        let write = format!("azure.add_results[{first}+{}]", batch.len());
        let record = Recorded::new(self.journal, &self.plan.plan.key, write);
        let answer = record.send(|| {
            let response: Response = self
                .azure
                .client
                .exchange(|endpoints| endpoints.add_results(run.id.0, batch))?;
            Ok((response, Value::Null))
        });
        let error = match answer {
            Ok(_) => {
                self.changed = true;
                self.progress.advance(batch.len() as u64);
                return Ok(());
            }
            Err(WriteError::Transport(error)) if error.status() == Some(413) && batch.len() > 1 => {
                let (left, right) = batch.split_at(batch.len() / 2);
                self.add_batch(run, left)?;
                return self.add_batch(run, right);
            }
            Err(error) => error,
        };
        let unknown =
            matches!(&error, WriteError::Transport(error) if error.delivery == Delivery::Unknown);
        if unknown && self.all_there(run, batch) {
            self.changed = true;
            self.progress.advance(batch.len() as u64);
            return Ok(());
        }
        self.receipt.missing = batch
            .iter()
            .map(|result| result.facts.automated_test_name.clone())
            .collect();
        Err(error.ending(self.receipt.clone(), true))
    }

    fn all_there(&mut self, run: &Run, batch: &[AddResult]) -> bool {
        let Ok(there) = self.results(run) else {
            return false;
        };
        batch.iter().all(|result| {
            result
                .test_point
                .id
                .parse()
                .is_ok_and(|point: u64| there.contains_key(&point))
        })
    }

    fn without_place(&mut self, run: &Run, homeless: &[&PointResult]) -> SendError {
        self.receipt.missing = homeless.iter().map(|result| place(result)).collect();
        let message = format!(
            "run {} has no results for {} of its {} test points; none of them was handed in",
            run.id.0,
            homeless.len(),
            self.plan.results.len()
        );
        let cause = ServiceError::setting(message).hint(
            "were tests mapped otherwise since, or points removed from the plan? Look at the run; `--again` hands everything in anew",
        );
        SendError::unsent(self.receipt.clone(), true, cause)
    }

    /// A run that was completed takes nothing more: its figures have been read already.
    fn too_late(&mut self, run: &Run, there: &ByPoint) -> SendError {
        self.receipt.missing = self.unsettled(there);
        let message = format!(
            "run {} was completed before these {} results came; none of them was handed in",
            run.id.0,
            self.receipt.missing.len()
        );
        let cause = ServiceError::setting(message).hint(
            "does every shard name the same number of shards, and does only the last one close? `--again` hands in anew",
        );
        SendError::unsent(self.receipt.clone(), true, cause)
    }

    /// Names the results of ours that the run does not have, or has otherwise.
    pub(super) fn unsettled(&self, there: &ByPoint) -> Vec<String> {
        let differs = |(result, outcome): &(&PointResult, &String)| {
            !there
                .get(&result.point.id)
                .is_some_and(|entry| is_settled(entry, outcome, &self.azure.target))
        };
        let pairs = self.plan.results.iter().zip(&self.plan.outcomes);
        pairs
            .filter(differs)
            .map(|(result, outcome)| format!("{}: {outcome}", place(result)))
            .collect()
    }
}

/// Says what to do about a run that was completed with results missing, where the service takes no more.
fn ended_early(run: &Run, error: SendError) -> SendError {
    let ServiceError::Transport(cause) = &error.cause else {
        return error;
    };
    if cause.delivery != Delivery::Refused {
        return error;
    }
    let message = format!(
        "run {} was completed before all its results were set, and the service takes no more: {}",
        run.id.0,
        cause.reason()
    );
    SendError {
        cause: ServiceError::setting(message).hint(
            "delete the run and run the same command again, or hand everything in anew with `--again`",
        ),
        ..error
    }
}

fn place(result: &PointResult) -> String {
    format!("case {} (point {})", result.point.case, result.point.id)
}

fn distinct(mut numbers: Vec<u64>) -> Vec<u64> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Reads the results of a run page by page, until all `wanted` points were seen. Also returns the points that were seen twice.
pub(super) fn read_results(
    azure: &super::Azure,
    run: u64,
    wanted: &HashSet<u64>,
) -> Result<(ByPoint, Vec<u64>), crate::transport::TransportError> {
    let mut by_point = ByPoint::new();
    let mut doubled = Vec::new();
    let mut missing = wanted.len();
    let mut read = 0;
    loop {
        let page: List<RunResult> = azure
            .client
            .get(|endpoints| endpoints.results(run, read, None))?;
        let count = page.value.len() as u64;
        read += count;
        for result in page.value {
            let Some(point) = result.test_point.as_ref().map(|point| point.id.0) else {
                continue;
            };
            if !wanted.contains(&point) {
                continue;
            }
            match by_point.entry(point) {
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(result);
                    missing -= 1;
                }
                std::collections::hash_map::Entry::Occupied(_) => doubled.push(point),
            }
        }
        if count == 0 || missing == 0 {
            return Ok((by_point, doubled));
        }
    }
}

/// Tells whether a result already is what it shall be. Of several processes that fill one run, the worse outcome stays.
pub(super) fn is_settled(entry: &RunResult, outcome: &str, target: &AzureTarget) -> bool {
    if !entry.is_completed() {
        return false;
    }
    let there = entry.outcome.as_deref().unwrap_or_default();
    let worse = || target.shared && rank(there, target) > rank(outcome, target);
    there.eq_ignore_ascii_case(outcome) || worse()
}

/// Returns how grave a word is. One that we never hand in was set by a person, and nothing beats that.
fn rank(word: &str, target: &AzureTarget) -> (bool, Option<Verdict>) {
    let verdict = Verdict::ALL
        .into_iter()
        .filter(|verdict| target.outcome(*verdict).eq_ignore_ascii_case(word))
        .max();
    (verdict.is_none(), verdict)
}

/// Cuts bodies into batches that the service takes.
pub(super) fn batches<T: Serialize>(bodies: Vec<T>) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
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
