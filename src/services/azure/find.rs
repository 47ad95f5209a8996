//! Looks for the run of a submission, on a machine that knows nothing of it.

use jiff::{SignedDuration, Timestamp};

use super::Volume;
use super::stamp::{self, Match};
use super::text::utc;
use super::wire::{BuildReference, List, Run};
use super::{Azure, AzurePlan};
use crate::transport::TransportError;

/// Azure: a query of runs spans seven days at most (docs: Runs – Query).
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Reports older than this are looked for in the list of all runs of the plan instead of window by window.
const WINDOWS: SignedDuration = SignedDuration::from_hours(8 * 7 * 24);
/// What a report's clock may be wrong by: a time without zone may be half a day off, and clocks drift.
const MARGIN: SignedDuration = SignedDuration::from_hours(26);
/// How far ahead of the service's time runs are looked for still.
const AHEAD: SignedDuration = SignedDuration::from_mins(60);
/// From which difference to the service's clock the clock that gave the reports their times is not believed either.
const ASTRAY: SignedDuration = SignedDuration::from_mins(60);

/// Returns the runs of a submission, the oldest first: that is the one that all agree on.
pub(super) fn run_of(azure: &Azure, plan: &AzurePlan) -> Result<Vec<Run>, TransportError> {
    if azure.target.volume == Volume::Many {
        let past = azure.memory.past_runs(azure, plan.plan_id)?;
        if past.tells_all {
            return Ok(sorted(past.of(&plan.plan.key)));
        }
    }
    let now = azure.client.now();
    let is_astray = azure.client.ahead().abs() > ASTRAY;
    let since = window_start(plan, now).filter(|_| !is_astray);
    search(azure, plan, since)
}

/// The same, looking anew: a moment ago the run may have been created.
pub(super) fn run_of_just_now(azure: &Azure, plan: &AzurePlan) -> Result<Vec<Run>, TransportError> {
    if azure.target.volume == Volume::One {
        return run_of(azure, plan);
    }
    let past = azure.memory.past_runs(azure, plan.plan_id)?;
    let since = past.since.checked_sub(MARGIN).ok();
    search(azure, plan, since)
}

/// Returns the runs of a submission that were created before this one, as far as they changed since then.
pub(super) fn older_than(
    azure: &Azure,
    plan: &AzurePlan,
    run: &Run,
    since: Timestamp,
) -> Result<Vec<Run>, TransportError> {
    let mut listed = since_then(azure, plan.plan_id, since)?;
    listed.retain(|other| other.id < run.id);
    select(azure, plan, listed)
}

/// Returns the one of a submission's runs, the oldest first, that counts: the oldest, unless another one was brought to its end.
pub(super) fn that_counts(runs: Vec<Run>) -> Option<Run> {
    let ended = runs.iter().position(Run::has_ended).unwrap_or_default();
    runs.into_iter().nth(ended)
}

/// Looks through the runs that changed since then, or through all.
fn search(
    azure: &Azure,
    plan: &AzurePlan,
    since: Option<Timestamp>,
) -> Result<Vec<Run>, TransportError> {
    let mut listed = Vec::new();
    match since {
        Some(since) => listed = since_then(azure, plan.plan_id, since)?,
        None => each_run(azure, plan.plan_id, &mut |run| listed.push(run))?,
    }
    select(azure, plan, listed)
}

/// Returns those of some runs that are the submission's.
fn select(azure: &Azure, plan: &AzurePlan, listed: Vec<Run>) -> Result<Vec<Run>, TransportError> {
    let mut found = Vec::new();
    for run in listed {
        if let Some(run) = ours(azure, run, plan)? {
            found.push(run);
        }
    }
    Ok(sorted(found))
}

fn sorted(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_unstable_by_key(|run| run.id);
    runs.dedup_by_key(|run| run.id);
    runs
}

/// Returns the run when it carries the key; asks for it by itself where a list leaves out what would tell.
fn ours(azure: &Azure, run: Run, plan: &AzurePlan) -> Result<Option<Run>, TransportError> {
    let key = &plan.plan.key;
    match stamp::matches(&run, key) {
        Match::Yes => Ok(Some(run)),
        Match::Untold if may_be(&run, plan) => {
            match azure.client.get::<Run>(|endpoints| endpoints.run(run.id.0)) {
                Ok(whole) => Ok((stamp::matches(&whole, key) == Match::Yes).then_some(whole)),
                // Deleted since it was listed, as a shard does with its own when another was first.
                Err(error) if error.status() == Some(404) => Ok(None),
                Err(error) => Err(error),
            }
        }
        Match::No | Match::Untold => Ok(None),
    }
}

/// Tells whether a run of which a list shows no comment is worth asking for. The name alone does not tell: its template may have
/// been changed since, or name the attempt. The build and the time of the tests stay; without either, their number does.
fn may_be(run: &Run, plan: &AzurePlan) -> bool {
    let build = run.build.as_ref().and_then(BuildReference::number);
    let began = |ours: Timestamp| {
        let theirs = run.started();
        theirs
            .is_some_and(|theirs| theirs.duration_since(ours).abs() < SignedDuration::from_secs(1))
    };
    let by_facts = match (plan.build, plan.plan.run.started) {
        (None, None) => run
            .total_tests
            .is_none_or(|total| total >= plan.results.len() as u64),
        (ours, started) => (ours.is_some() && ours == build) || started.is_some_and(began),
    };
    by_facts || run.name == plan.run_name()
}

/// Returns when the search may begin: results cannot have been handed in before the tests had ended.
///
/// `None` where the reports have no time, one in the future, or one long ago: then all runs of the plan are looked through.
fn window_start(plan: &AzurePlan, now: Timestamp) -> Option<Timestamp> {
    let ended = plan.plan.run.finished.or(plan.plan.run.started)?;
    let since = ended.checked_sub(MARGIN).ok()?;
    (since < now && now.duration_since(since) < WINDOWS).then_some(since)
}

fn since_then(azure: &Azure, plan: u64, since: Timestamp) -> Result<Vec<Run>, TransportError> {
    let end = azure
        .client
        .now()
        .checked_add(AHEAD)
        .unwrap_or(Timestamp::MAX);
    let mut runs = Vec::new();
    let mut from = since;
    while from < end {
        let to = from.checked_add(WINDOW).map_or(end, |to| to.min(end));
        let (min, max) = (utc(from), utc(to));
        runs.extend(
            azure.client.pages(|endpoints, token| {
                endpoints.runs_between(Some(plan), (&min, &max), token)
            })?,
        );
        from = to;
    }
    Ok(runs)
}

/// Visits all runs of a plan. The size of a page is not documented, so the next one begins behind what came.
pub(super) fn each_run(
    azure: &Azure,
    plan: u64,
    visit: &mut dyn FnMut(Run),
) -> Result<(), TransportError> {
    let mut seen = 0;
    loop {
        let page: List<Run> = azure
            .client
            .get(|endpoints| endpoints.runs_of_plan(plan, seen))?;
        if page.value.is_empty() {
            return Ok(());
        }
        seen += page.value.len() as u64;
        page.value.into_iter().for_each(&mut *visit);
    }
}
