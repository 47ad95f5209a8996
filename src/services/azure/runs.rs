//! What a process that makes many submissions need not ask twice: the plans with their points, and the runs that there are.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::ground::Ground;
use super::places::NamedPlace;
use super::wire::Run;
use super::{Azure, marks, observe, places};
use crate::plan::SubmissionKey;
use crate::services::ServiceError;
use crate::transport::{Clock, TransportError};

/// How old a list of runs may be where the next submission of the same process wants one.
const FRESH: Duration = Duration::from_secs(30);

/// How old it may be at all. Azure: the question which runs have come since spans seven days at most (docs: Runs – Query).
const OLD: Duration = Duration::from_hours(24);

/// What was asked once.
#[derive(Debug)]
pub(super) struct Memory {
    clock: Clock,
    base: Mutex<Option<Vec<Arc<Ground>>>>,
    said: Mutex<HashMap<NamedPlace, Result<Arc<Ground>, String>>>,
    /// By plan.
    runs: Mutex<HashMap<u64, Listed>>,
}

/// The runs of a plan that carry a mark, as they were at some moment, and those that this process made since.
#[derive(Debug)]
struct Listed {
    by_key: HashMap<SubmissionKey, Vec<Run>>,
    ids: HashSet<u64>,
    at: Instant,
}

impl Memory {
    pub(super) fn new(clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            base: Mutex::default(),
            said: Mutex::default(),
            runs: Mutex::default(),
        }
    }

    /// Returns the places that the settings name, asking for them the first time.
    pub(super) fn base(&self, azure: &Azure) -> Result<Vec<Arc<Ground>>, ServiceError> {
        let mut base = self.clock.lock(&self.base);
        if let Some(base) = &*base {
            return Ok(base.clone());
        }
        let found = places::base(azure)?;
        Ok(base.insert(found).clone())
    }

    /// Forgets all places with their points: nobody asks for them again, and there may be very many.
    pub(super) fn forget_places(&self) {
        *self.clock.lock(&self.base) = None;
        let mut said = self.clock.lock(&self.said);
        *said = HashMap::new();
    }

    /// Returns the place that tests name, asking for it the first time; else why there is none.
    pub(super) fn said(
        &self,
        azure: &Azure,
        place: &NamedPlace,
    ) -> Result<Result<Arc<Ground>, String>, ServiceError> {
        let mut said = self.clock.lock(&self.said);
        if let Some(known) = said.get(place) {
            return Ok(known.clone());
        }
        let found = places::said(azure, place)?.map(Arc::new);
        said.insert(place.clone(), found.clone());
        Ok(found)
    }

    /// Returns the runs that carry one of these names. The list may be somewhat old, unless it is wanted `now`.
    pub(super) fn runs(
        &self,
        azure: &Azure,
        plan: u64,
        keys: &[SubmissionKey],
        now: bool,
    ) -> Result<Vec<Run>, TransportError> {
        let mut listed = self.clock.lock(&self.runs);
        let of = |listed: &Listed| -> Vec<Run> {
            let found = keys.iter().filter_map(|key| listed.by_key.get(key));
            found.flatten().cloned().collect()
        };
        if let Some(known) = listed.get(&plan) {
            let found = of(known);
            let age = self.clock.since(known.at);
            if !now && (age < FRESH || (age < OLD && !found.is_empty())) {
                return Ok(found);
            }
        }
        let mut anew = Listed {
            by_key: HashMap::new(),
            ids: HashSet::new(),
            at: self.clock.now(),
        };
        for run in observe::runs_of_plan(azure, plan)? {
            anew.take(&run);
        }
        let found = of(&anew);
        listed.insert(plan, anew);
        Ok(found)
    }

    /// Returns for how long runs may have come that the list does not show.
    pub(super) fn age(&self, plan: u64) -> Duration {
        let listed = self.clock.lock(&self.runs);
        listed
            .get(&plan)
            .map_or(Duration::ZERO, |listed| self.clock.since(listed.at))
    }

    /// Returns whether a run is known, whosever it is.
    pub(super) fn knows(&self, run: u64) -> bool {
        let listed = self.clock.lock(&self.runs);
        listed.values().any(|listed| listed.ids.contains(&run))
    }

    /// Notes a run that this process made or has seen change.
    pub(super) fn note(&self, plan: u64, run: &Run) {
        let mut listed = self.clock.lock(&self.runs);
        if let Some(listed) = listed.get_mut(&plan) {
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
