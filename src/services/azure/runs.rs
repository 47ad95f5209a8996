//! What a process that makes many submissions need not ask twice: the plan with its points, and the runs that there are.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::ground::Ground;
use super::wire::Run;
use super::{Azure, lookup, marks, observe};
use crate::plan::SubmissionKey;
use crate::services::ServiceError;
use crate::transport::TransportError;

/// How old a list of runs may be where the next submission of the same process wants one.
const FRESH: Duration = Duration::from_secs(30);

/// What was asked once.
#[derive(Debug, Default)]
pub(super) struct Memory {
    ground: Mutex<Option<Arc<Ground>>>,
    runs: Mutex<Option<Listed>>,
}

/// The runs of a plan that carry a mark, as they were at some moment, and those that this process made since.
#[derive(Debug)]
struct Listed {
    by_key: HashMap<SubmissionKey, Vec<Run>>,
    ids: HashSet<u64>,
    at: Instant,
    /// The same moment by the service's clock.
    since: Timestamp,
}

impl Memory {
    /// Returns the plan and the suite, asking for them the first time.
    pub(super) fn ground(&self, azure: &Azure) -> Result<Arc<Ground>, ServiceError> {
        let mut ground = self.ground.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ground) = &*ground {
            return Ok(Arc::clone(ground));
        }
        let run = lookup::run_named(azure)?;
        let plan = match run.as_ref().and_then(|run| run.plan.as_ref()?.number()) {
            Some(plan) => lookup::plan_named(azure, &plan.to_string())?,
            None => lookup::test_plan(azure)?,
        };
        let suite = lookup::suite(azure, &plan)?;
        let configuration = lookup::configuration(azure)?;
        let place = Ground::new(plan, suite, configuration).within(azure, run)?;
        let ground = ground.insert(Arc::new(place));
        Ok(Arc::clone(ground))
    }

    /// Returns the runs that carry one of these names. The list may be somewhat old, unless it is wanted `now`.
    pub(super) fn runs(
        &self,
        azure: &Azure,
        plan: u64,
        keys: &[SubmissionKey],
        now: bool,
    ) -> Result<Vec<Run>, TransportError> {
        let mut listed = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let clock = azure.client.clock();
        let of = |listed: &Listed| -> Vec<Run> {
            let found = keys.iter().filter_map(|key| listed.by_key.get(key));
            found.flatten().cloned().collect()
        };
        if let Some(known) = &*listed {
            let found = of(known);
            let is_fresh = clock.since(known.at) < FRESH;
            if !now && (is_fresh || !found.is_empty()) {
                return Ok(found);
            }
        }
        let mut anew = Listed {
            by_key: HashMap::new(),
            ids: HashSet::new(),
            at: clock.now(),
            since: azure.client.now(),
        };
        for run in observe::runs_of_plan(azure, plan)? {
            anew.take(&run);
        }
        Ok(of(listed.insert(anew)))
    }

    /// Returns since when runs may have come that the list does not show.
    pub(super) fn listed_since(&self) -> Option<Timestamp> {
        let listed = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        listed.as_ref().map(|listed| listed.since)
    }

    /// Tells whether a run is known, whosever it is.
    pub(super) fn knows(&self, run: u64) -> bool {
        let listed = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        listed
            .as_ref()
            .is_some_and(|listed| listed.ids.contains(&run))
    }

    /// Notes a run that this process made or has seen change.
    pub(super) fn note(&self, run: &Run) {
        let mut listed = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listed) = &mut *listed {
            listed.take(run);
        }
    }
}

impl Listed {
    /// Takes a run in; one that no submission made is forgotten.
    fn take(&mut self, run: &Run) {
        self.ids.insert(run.id.0);
        for key in marks::keys_of(run) {
            let runs = self.by_key.entry(key).or_default();
            runs.retain(|known| known.id != run.id);
            runs.push(Run {
                name: String::new(),
                ..run.clone()
            });
        }
    }
}
