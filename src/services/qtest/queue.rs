//! The batches in qTest's queue: which were handed in, by this call or one before it, and what became of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::client::Client;
use super::write::Kind;
use crate::keys::StatusWords;
use crate::services::engine::{JournalView, Kind as _, Standing, Work};
use crate::services::{ServiceError, words};

/// A batch in the queue.
#[derive(Debug, Clone)]
struct Queued {
    job: u64,
    items: Vec<String>,
    end: Option<End>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// Worked off; how many logs it made, where the service says so.
    Success(Option<u64>),
    /// Refused, with what the service says.
    Failed(String),
    /// The queue does not know the job any more.
    Lost,
}

impl Queued {
    fn has_failed(&self) -> bool {
        matches!(self.end, Some(End::Failed(_)))
    }
}

/// The batches of a submission.
#[derive(Debug, Default)]
pub(super) struct Queue {
    batches: Vec<Queued>,
    /// The jobs of earlier calls that have come to their end.
    ended: HashSet<u64>,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Takes a batch that was handed in.
    pub(super) fn add(&mut self, job: u64, items: Vec<String>) {
        self.batches.push(Queued {
            job,
            items,
            end: None,
        });
    }

    /// Learns from the journal which batches earlier calls handed in.
    pub(super) fn learn(&mut self, known: &JournalView, is_ours: impl Fn(&str) -> bool) {
        let mut jobs: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for (item, standing) in known.all(Kind::Batch.word()) {
            let Standing::Done(_, detail) = standing else {
                continue;
            };
            let job = detail.get("job").and_then(Value::as_u64);
            if let Some(job) = job.filter(|_| is_ours(item)) {
                jobs.entry(job).or_default().push(item.to_owned());
            }
        }
        for (job, items) in jobs {
            if !self.ended.contains(&job) && !self.batches.iter().any(|known| known.job == job) {
                self.add(job, items);
            }
        }
    }

    /// Leaves out the batches of which all stands there.
    pub(super) fn leave_out<T>(&mut self, there: &HashMap<String, T>) {
        let is_open = |batch: &Queued| batch.items.iter().any(|item| !there.contains_key(item));
        self.batches.retain(is_open);
    }

    /// Forgets the batches that have come to their end: what came to nothing of them is sent again.
    pub(super) fn forget_ended(&mut self) {
        let ended = self.batches.extract_if(.., |batch| batch.end.is_some());
        self.ended.extend(ended.map(|batch| batch.job));
    }

    /// Asks how far it is.
    pub(super) fn ask(&mut self, client: &Client) -> Result<Work, ServiceError> {
        for batch in self.batches.iter_mut().filter(|it| it.end.is_none()) {
            let now = match client.job(batch.job) {
                Ok(now) => now,
                Err(error) if matches!(error.status(), Some(404 | 410)) => {
                    batch.end = Some(End::Lost);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            batch.end = match now.state.to_ascii_uppercase().as_str() {
                "SUCCESS" => Some(End::Success(now.totals().total_test_logs)),
                "FAILED" => Some(End::Failed(now.complaint())),
                // The queue works in order: what is behind is not done either.
                _ => return Ok(Work::Underway("waiting for qTest's queue".to_owned())),
            };
        }
        Ok(Work::Ended)
    }

    /// Returns the submitted items.
    pub(super) fn submitted(&self) -> HashSet<&str> {
        self.items(|_| true)
    }

    /// Returns the items without an outcome yet.
    pub(super) fn underway(&self) -> HashSet<&str> {
        self.items(|batch| batch.end.is_none())
    }

    /// Returns the refused items.
    pub(super) fn failed(&self) -> HashSet<&str> {
        self.items(Queued::has_failed)
    }

    fn items(&self, counts: impl Fn(&Queued) -> bool) -> HashSet<&str> {
        let batches = self.batches.iter().filter(|batch| counts(batch));
        let items = batches.flat_map(|batch| &batch.items);
        items.map(String::as_str).collect()
    }

    /// Returns whether all of it was refused.
    pub(super) fn has_failed(&self) -> bool {
        !self.is_empty() && self.batches.iter().all(Queued::has_failed)
    }

    /// Returns whether it is done, and said of each batch how many logs it made, and as many are there.
    pub(super) fn is_counted<T>(&self, there: &HashMap<String, T>) -> bool {
        self.batches.iter().all(|batch| match &batch.end {
            Some(End::Success(Some(total))) => {
                let there = batch.items.iter().filter(|it| there.contains_key(*it));
                there.count() as u64 >= *total
            }
            Some(End::Failed(_)) => true,
            Some(End::Success(None) | End::Lost) | None => false,
        })
    }

    /// Returns why an item was refused, if it was.
    pub(super) fn complaint(&self, statuses: &StatusWords) -> Option<String> {
        self.batches.iter().find_map(|batch| {
            let Some(End::Failed(why)) = &batch.end else {
                return None;
            };
            let said = if why.is_empty() {
                "without saying why".to_owned()
            } else {
                words::bounded(why, 500)
            };
            Some(format!(
                "qTest could not work off job {}: {said}; the project's automation settings must map every status that is sent: `{}`, `{}`, `{}`, `{}`, `{}`",
                batch.job,
                statuses.passed,
                statuses.failed,
                statuses.errored,
                statuses.skipped,
                statuses.incomplete
            ))
        })
    }
}
