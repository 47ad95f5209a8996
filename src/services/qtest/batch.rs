//! Many results in one request: handed to qTest's queue, and followed until the queue has done with them.
//!
//! The answer only says "queued". The job's number goes to the journal before anything else, so that a later run can ask what
//! became of it; and when even the answer is lost, only reading back tells whether the results arrived.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::QtestPlan;
use super::direct::Handed;
use super::entry::Entry;
use super::files;
use super::find::{self, Held, Scene};
use super::ground::Spot;
use super::pen::{Pen, Trouble, Write};
use super::stamp::{self, Slot};
use super::wire::{AutoLog, Batch, Job};
use super::{logs, text};
use crate::plan::PlannedFile;
use crate::services::ServiceError;
use crate::transport::TransportError;

/// What surrounds the results of a batch, in JSON.
const ENVELOPE: usize = 1024;

/// Waits between two looks at the queue, in milliseconds; the last one again and again.
const LOOKS: [u64; 8] = [250, 500, 1000, 2000, 4000, 8000, 15_000, 30_000];

/// A batch that qTest has queued.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    /// Its name in the journal.
    pub(super) name: String,
    pub(super) job: u64,
    pub(super) slots: Vec<Slot>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Worked off; how many logs it made, where the service says so.
    Success(Option<u64>),
    /// Refused, with what the service says.
    Failed(String),
    /// The queue does not know the job any more.
    Lost,
}

/// One result on its way, with the files that follow it.
struct Packed {
    slot: Slot,
    log: AutoLog,
    later: Vec<PlannedFile>,
    inside: Vec<PlannedFile>,
}

/// Hands a suite's entries in. The batches to follow and the files to send later are added to the last two.
pub(super) fn submit(
    pen: &Pen<'_>,
    scene: Scene<'_>,
    (suite, module): (&Spot, Option<u64>),
    entries: &[&Entry],
    (queued, handed): (&mut Vec<Queued>, &Mutex<Handed>),
) -> Result<(), Trouble> {
    let limits = &scene.plan.target.limits;
    let mut post = Post {
        pen,
        scene,
        suite,
        module,
        queued,
        handed,
    };
    let (mut chunk, mut size) = (Vec::new(), ENVELOPE);
    for entry in entries {
        let packed = pack(pen, scene, entry);
        let weight = serde_json::to_vec(&packed.log).map_or(0, |bytes| bytes.len() + 1);
        if !chunk.is_empty()
            && (chunk.len() >= limits.logs_per_batch || size + weight > limits.batch_bytes)
        {
            post.all(std::mem::take(&mut chunk))?;
            size = ENVELOPE;
        }
        size += weight;
        chunk.push(packed);
    }
    if chunk.is_empty() {
        Ok(())
    } else {
        post.all(chunk)
    }
}

fn pack(pen: &Pen<'_>, scene: Scene<'_>, entry: &Entry) -> Packed {
    let mut log = logs::of(
        entry,
        scene.cases.known.get(&entry.subject),
        &scene.plan.target,
        pen.key,
    );
    let sorted = files::sorted(scene.plan, entry, pen);
    log.attachments = files::inline(&sorted.inside, pen);
    Packed {
        slot: entry.slot.clone(),
        log,
        later: sorted.later,
        inside: sorted.inside,
    }
}

/// Posts batches of one suite.
struct Post<'a> {
    pen: &'a Pen<'a>,
    scene: Scene<'a>,
    suite: &'a Spot,
    module: Option<u64>,
    queued: &'a mut Vec<Queued>,
    handed: &'a Mutex<Handed>,
}

impl Post<'_> {
    /// Posts one batch; one that is too large for the service is halved, down to a single result and at last without its files.
    fn all(&mut self, chunk: Vec<Packed>) -> Result<(), Trouble> {
        let mut waiting = vec![chunk];
        while let Some(mut chunk) = waiting.pop() {
            match self.one(&chunk) {
                Ok(batch) => {
                    let mut handed = self.handed.lock().unwrap_or_else(PoisonError::into_inner);
                    for packed in chunk.iter_mut().filter(|packed| !packed.later.is_empty()) {
                        handed
                            .later
                            .push((packed.slot.clone(), std::mem::take(&mut packed.later)));
                    }
                    self.queued.push(batch);
                }
                Err(trouble) if trouble.status() == Some(413) => {
                    if chunk.len() > 1 {
                        let second = chunk.split_off(chunk.len() / 2);
                        waiting.push(second);
                        waiting.push(chunk);
                    } else if let Some(lighter) =
                        chunk.pop().and_then(|packed| self.without_files(packed))
                    {
                        waiting.push(vec![lighter]);
                    }
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(())
    }

    /// Takes the files out of a result that is too large by itself; they follow it. One without files cannot be handed in.
    fn without_files(&self, mut packed: Packed) -> Option<Packed> {
        if packed.log.attachments.is_empty() {
            self.pen.warn(format!(
                "the result of `{}` is too large for qTest",
                packed.log.name
            ));
            return None;
        }
        packed.log.attachments.clear();
        packed.later.append(&mut packed.inside);
        Some(packed)
    }

    fn one(&self, chunk: &[Packed]) -> Result<Queued, Trouble> {
        let slots: Vec<Slot> = chunk.iter().map(|packed| packed.slot.clone()).collect();
        let texts: Vec<&str> = slots.iter().map(Slot::as_str).collect();
        let name = Write::Batch.of(&format!(
            "{}:{}+{}",
            self.suite.id,
            stamp::short_digest(&texts),
            slots.len()
        ));
        let first = chunk
            .iter()
            .map(|packed| packed.log.exe_start_date.clone())
            .min()
            .unwrap_or_default();
        let batch = Batch {
            test_suite: self.suite.id.to_string(),
            // Where a case was deleted a moment ago, qTest makes a new one: then at least in the right module.
            parent_module: self.module.map(|id| id.to_string()),
            skip_creating_automation_module: true,
            execution_date: first,
            test_logs: chunk.iter().map(|packed| packed.log.clone()).collect(),
        };
        let intent = json!({ "suite": self.suite.id, "slots": texts });
        let request = self.pen.project.at.submit_batch(&batch);
        match self
            .pen
            .write(&name, intent, request, |job: &Job| json!({ "job": job.id }))
        {
            Ok(job) => {
                self.pen.progress.advance(slots.len() as u64);
                Ok(Queued {
                    name,
                    job: job.id,
                    slots,
                })
            }
            Err(Trouble::Unknown(cause)) => {
                if !arrived(self.pen, self.scene, &slots)? {
                    return Err(Trouble::Unknown(cause));
                }
                self.pen
                    .found(&name, json!({ "state": "found", "slots": texts }))?;
                Ok(Queued {
                    name,
                    job: 0,
                    slots,
                })
            }
            Err(other) => Err(other),
        }
    }
}

/// How long a running submission looks for a batch whose answer was lost, before it leaves that to its next run.
const PATIENCE: Duration = Duration::from_secs(10);

fn arrived(pen: &Pen<'_>, scene: Scene<'_>, slots: &[Slot]) -> Result<bool, Trouble> {
    pen.progress
        .note("the answer to a batch was lost: looking whether it arrived");
    let entries: Vec<&Entry> = scene
        .plan
        .entries
        .all
        .iter()
        .filter(|entry| slots.contains(&entry.slot))
        .collect();
    let clock = pen.project.client.transport.clock();
    let begun = clock.now();
    for wait in LOOKS {
        let wait = Duration::from_millis(wait);
        if clock.since(begun) + wait > PATIENCE.min(scene.plan.target.limits.settle) {
            break;
        }
        if let Err(error) = pen.project.client.transport.pause(wait) {
            return Err(Trouble::Unknown(error.into()));
        }
        // What cannot be read now is not known now.
        let found = find::look(scene, &entries).map_err(|error| Trouble::Unknown(error.into()))?;
        if slots.iter().all(|slot| found.contains_key(slot)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Follows a job until the queue is done with it.
pub(super) fn follow(pen: &Pen<'_>, plan: &QtestPlan, job: u64) -> Result<End, Trouble> {
    let clock = pen.project.client.transport.clock();
    let begun = clock.now();
    let mut looks = LOOKS.iter().copied();
    let mut wait = 0;
    loop {
        let now = match pen.project.client.job(job) {
            Ok(now) => now,
            Err(error) if matches!(error.status(), Some(404 | 410)) => return Ok(End::Lost),
            // The batch is with qTest: not to know what became of it is not to know whether it was written.
            Err(error) => return Err(Trouble::Unknown(error.into())),
        };
        match now.state.to_ascii_uppercase().as_str() {
            "SUCCESS" => return Ok(End::Success(now.totals().total_test_logs)),
            "FAILED" => return Ok(End::Failed(now.complaint())),
            _ => {}
        }
        wait = looks.next().unwrap_or(wait);
        let left = plan.target.limits.queue.saturating_sub(clock.since(begun));
        if left.is_zero() {
            return Err(Trouble::Unknown(
                ServiceError::declined(format!("qTest's queue has not finished job {job}: it is {}", now.state))
                    .hint("run the same command again to see what became of it; `qtest.wait` is how long handin waits"),
            ));
        }
        pen.project
            .client
            .transport
            .pause(Duration::from_millis(wait).min(left))
            .map_err(|error: TransportError| Trouble::Unknown(error.into()))?;
    }
}

/// Records in the journal how a job ended.
pub(super) fn close(pen: &Pen<'_>, name: &str, job: u64, end: &End) -> Result<(), Trouble> {
    let detail: Value = match end {
        End::Success(total) => json!({ "job": job, "state": "success", "total": total }),
        End::Failed(why) => {
            json!({ "job": job, "state": "failed", "message": text::bounded(why, 300) })
        }
        End::Lost => json!({ "job": job, "state": "lost" }),
    };
    pen.found(name, detail)
}

/// Returns what is held when a batch made all its logs.
pub(super) fn all_held(slots: &[Slot]) -> impl Iterator<Item = (Slot, Held)> + '_ {
    slots.iter().map(|slot| (slot.clone(), Held::default()))
}
