//! What of a submission stands on qTest already: asked of qTest alone, by the mark in the notes of its logs.
//!
//! One search over the time in which the tests ran finds them all. An old server that cannot search logs is asked run by run,
//! and so is any server before something is sent again that may have arrived: a list is certain, an index may be behind.

use std::collections::HashMap;
use std::time::Duration;

use jiff::SignedDuration;

use super::QtestPlan;
use super::cases::Cases;
use super::entry::{Entry, Subject};
use super::ground::Ground;
use super::stamp::Slot;
use super::wire::Log;
use super::{parallel, requests, runs};
use crate::transport::{Problem, TransportError};

/// What is known while looking: the plan, and what was found or made since.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) plan: &'a QtestPlan,
    pub(super) ground: &'a Ground,
    pub(super) cases: &'a Cases,
}

/// A log that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) log: Option<u64>,
    pub(super) status: Option<String>,
}

/// How much longer than the tests ran is looked at: clocks and roundings differ.
const MARGIN: Duration = Duration::from_mins(1);

/// Returns which of these entries are there. Fast: one search where the server can.
pub(super) fn look(
    scene: Scene<'_>,
    entries: &[&Entry],
) -> Result<HashMap<Slot, Held>, TransportError> {
    let plan = scene.plan;
    let somewhere = |entry: &&&Entry| {
        plan.entries
            .places
            .get(entry.place)
            .is_some_and(|place| scene.ground.suite(place).is_some())
    };
    // A run can only have been moved if there was one: then its case is there.
    if !entries
        .iter()
        .any(|entry| somewhere(&entry) || scene.cases.known.contains_key(&entry.subject))
    {
        return Ok(HashMap::new());
    }
    if !plan.entries.timeless
        && let Some(found) = search(plan, entries)?
    {
        return Ok(found);
    }
    listed(scene, entries)
}

/// Searches the logs of the time in which the tests ran; `None` where the server cannot.
fn search(
    plan: &QtestPlan,
    entries: &[&Entry],
) -> Result<Option<HashMap<Slot, Held>>, TransportError> {
    let margin = SignedDuration::try_from(MARGIN).unwrap_or_default();
    let first = entries.iter().map(|entry| entry.started).min();
    let last = entries.iter().map(|entry| entry.started).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(Some(HashMap::new()));
    };
    let (Ok(after), Ok(before)) = (first.checked_sub(margin), last.checked_add(margin)) else {
        return Ok(None);
    };
    let logs = match plan
        .project
        .search_logs(&requests::logs_between(after, before))
    {
        Ok(logs) => logs,
        Err(error) if cannot(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !logs.is_empty() && logs.iter().all(|log| log.note.is_none()) {
        // It does not tell notes, so it tells nothing.
        return Ok(None);
    }
    Ok(Some(collected(plan, &logs).collect()))
}

/// Tells whether a refusal means that the server has no such search.
fn cannot(error: &TransportError) -> bool {
    match &error.problem {
        Problem::Status { status, .. } => matches!(status, 400 | 403 | 404 | 405 | 412 | 500),
        Problem::Shape(_) => true,
        Problem::Connect(_)
        | Problem::Certificate(_)
        | Problem::Proxy(_)
        | Problem::Cut(_)
        | Problem::TimedOut
        | Problem::SignIn
        | Problem::NotJson { .. }
        | Problem::Deadline
        | Problem::Interrupted
        | Problem::ReadOnly
        | Problem::Setup(_) => false,
    }
}

fn collected<'a>(plan: &'a QtestPlan, logs: &'a [Log]) -> impl Iterator<Item = (Slot, Held)> + 'a {
    logs.iter().filter_map(|log| {
        let slot = Slot::in_note(log.note.as_deref()?, &plan.plan.key)?;
        Some((
            slot,
            Held {
                log: log.id,
                status: log.status_name().map(str::to_owned),
            },
        ))
    })
}

/// Returns which of these entries are there, from the lists of their runs: slow and certain.
pub(super) fn listed(
    scene: Scene<'_>,
    entries: &[&Entry],
) -> Result<HashMap<Slot, Held>, TransportError> {
    let plan = scene.plan;
    let mut runs = Vec::new();
    for (at, place) in plan.entries.places.iter().enumerate() {
        let wanted: Vec<(&Entry, u64)> = entries
            .iter()
            .filter(|entry| entry.place == at)
            .filter_map(|entry| Some((*entry, scene.cases.known.get(&entry.subject)?.id)))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let moved = wanted.iter().any(|(entry, _)| is_direct(plan, entry));
        runs.extend(runs::of(
            &plan.project,
            scene.ground.suite(place).map(|spot| spot.id),
            &wanted,
            moved,
        )?);
    }
    let found = parallel::each(
        plan.target.limits.jobs,
        &runs,
        |(slot, run)| on_run(plan, slot, *run),
        |_| false,
    )?;
    Ok(found.into_iter().flatten().collect())
}

/// Looks for one result among the logs of a run.
pub(super) fn on_run(
    plan: &QtestPlan,
    slot: &Slot,
    run: u64,
) -> Result<Option<(Slot, Held)>, TransportError> {
    let there = |logs: &[Log]| collected(plan, logs).any(|(found, _)| found == *slot);
    let logs = plan.project.logs(run, there)?;
    Ok(collected(plan, &logs).find(|(found, _)| found == slot))
}

/// Tells whether an entry goes to the run of its case by itself rather than into a batch.
pub(super) fn is_direct(plan: &QtestPlan, entry: &Entry) -> bool {
    plan.target.mode == super::Mode::Direct || matches!(entry.subject, Subject::Case(_))
}
