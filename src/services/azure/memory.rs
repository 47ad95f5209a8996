//! What a process that makes many submissions need not ask twice: the points of the plan, the runs that there were, and those
//! that it made since.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::ground::Ground;
use super::wire::Run;
use super::{Azure, find, lookup, stamp};
use crate::plan::SubmissionKey;
use crate::services::ServiceError;
use crate::transport::TransportError;

/// What was asked once.
#[derive(Debug, Default)]
pub(super) struct Memory {
    ground: Mutex<Option<Arc<Ground>>>,
    runs: Mutex<Option<Arc<PastRuns>>>,
    made: Mutex<HashMap<SubmissionKey, u64>>,
}

/// The runs of a plan that carry the key of a submission, as they were at some moment.
#[derive(Debug)]
pub(super) struct PastRuns {
    by_key: HashMap<SubmissionKey, Vec<Run>>,
    /// Whether the list shows of every run what tells its submission.
    pub(super) tells_all: bool,
    /// When it was asked for, by the service's clock.
    pub(super) since: Timestamp,
    /// The same, by our own.
    pub(super) asked: Timestamp,
}

impl Memory {
    /// Returns the plan and the suite, asking for them the first time.
    pub(super) fn ground(&self, azure: &Azure) -> Result<Arc<Ground>, ServiceError> {
        let mut ground = self.ground.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ground) = &*ground {
            return Ok(Arc::clone(ground));
        }
        let plan = lookup::test_plan(azure)?;
        let suite = lookup::suite(azure, &plan)?;
        Ok(Arc::clone(
            ground.insert(Arc::new(Ground::new(plan, suite))),
        ))
    }

    /// Notes the run of a submission of this process: the runs that there were do not show it, and there may be no journal.
    pub(super) fn note_run(&self, key: &SubmissionKey, run: u64) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(key.clone(), run);
    }

    /// Returns the run that this process made or found for a submission.
    pub(super) fn run_of(&self, key: &SubmissionKey) -> Option<u64> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(key).copied()
    }

    /// Returns the runs that there were when this was first asked.
    pub(super) fn past_runs(
        &self,
        azure: &Azure,
        plan: u64,
    ) -> Result<Arc<PastRuns>, TransportError> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runs) = &*runs {
            return Ok(Arc::clone(runs));
        }
        let since = azure.client.now();
        let mut past = PastRuns {
            by_key: HashMap::new(),
            tells_all: true,
            since,
            asked: azure.client.clock().timestamp(),
        };
        find::each_run(azure, plan, &mut |run| past.take(run))?;
        Ok(Arc::clone(runs.insert(Arc::new(past))))
    }
}

impl PastRuns {
    /// Takes a run in; one that no submission made is forgotten.
    fn take(&mut self, run: Run) {
        match stamp::key_of(&run) {
            Some(key) => self.by_key.entry(key).or_default().push(Run {
                name: String::new(),
                tags: None,
                ..run
            }),
            None if run.comment.is_none() => self.tells_all = false,
            None => {}
        }
    }

    /// Returns the runs of a submission.
    pub(super) fn of(&self, key: &SubmissionKey) -> Vec<Run> {
        self.by_key.get(key).cloned().unwrap_or_default()
    }
}
