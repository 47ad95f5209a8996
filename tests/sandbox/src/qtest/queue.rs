//! The queue of batches: accepted at once, carried out later, in order.

use serde_json::{Value, json};

use super::model::Parent;
use super::reply::{Answer, Refusal, ok};
use super::site::{Site, User};
use crate::pace::{Moment, Pace, Progress};

/// How far a batch has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Waiting,
    Done { content: String },
    Failed { reason: String },
}

/// Where a batch's results go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// All into one suite; new cases into this module.
    Suite { suite: u64, module: u64 },
    /// Into cycles below this one, and modules below the root, as each log says.
    Tree { cycle: Parent },
}

/// A batch in the queue.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) project: u64,
    pub(crate) user: User,
    pub(crate) way: Way,
    /// New cases go into a module `Automation` below the one that was named.
    pub(crate) automation_module: bool,
    pub(crate) logs: Vec<Value>,
    pub(crate) escape: bool,
    pub(crate) accepted: Moment,
    pub(crate) state: State,
    pub(crate) sent: usize,
    pub(crate) taken: usize,
}

impl Job {
    fn label(&self, pace: Pace, tick: u64) -> &'static str {
        let progress = self.accepted.progress(pace, tick);
        match &self.state {
            State::Done { .. } => "SUCCESS",
            State::Failed { .. } => "FAILED",
            State::Waiting if progress == Progress::Waiting => "IN_WAITING",
            State::Waiting if pace == Pace::Never => "PENDING",
            State::Waiting => "IN_PROCESSING",
        }
    }

    pub(crate) fn json(&self, pace: Pace, tick: u64) -> Value {
        let state = self.label(pace, tick);
        let mut value = json!({ "id": self.id, "type": "AUTOMATION_TEST_LOG", "state": state });
        if let Some(fields) = value.as_object_mut() {
            match &self.state {
                State::Done { content } => {
                    fields.insert("contentType".to_owned(), json!("application/json"));
                    fields.insert("content".to_owned(), json!(content));
                }
                State::Failed { reason } => {
                    fields.insert("contentType".to_owned(), json!("text/plain"));
                    fields.insert("content".to_owned(), json!(reason));
                }
                State::Waiting => {}
            }
        }
        value
    }
}

impl Site {
    /// Carries out the batches whose time has come, in the order in which they were accepted.
    pub(crate) fn work(&mut self) {
        for index in 0..self.jobs.len() {
            let Some(job) = self.jobs.get(index) else {
                break;
            };
            if job.state != State::Waiting {
                continue;
            }
            if job.accepted.progress(self.options.pace, self.clerk.tick) != Progress::Done {
                break;
            }
            let mut job = job.clone();
            job.state = match self.carry_out(&mut job) {
                Ok(content) => State::Done { content },
                Err(refusal) => State::Failed {
                    reason: refusal.message,
                },
            };
            job.logs.clear();
            if let Some(place) = self.jobs.get_mut(index) {
                *place = job;
            }
        }
    }

    fn carry_out(&mut self, job: &mut Job) -> Result<String, Refusal> {
        if let Some(reason) =
            (!self.orders.fail_jobs.is_empty()).then(|| self.orders.fail_jobs.remove(0))
        {
            return Err(Refusal::new(500, reason));
        }
        self.desk(job.project, job.user.clone())?.carry_out(job)
    }

    pub(crate) fn job(&self, id: u64) -> Answer {
        let job = self
            .jobs
            .iter()
            .find(|job| job.id == id)
            .ok_or_else(|| Refusal::new(404, "Queue item does not exist"))?;
        ok(&job.json(self.options.pace, self.clerk.tick))
    }
}
