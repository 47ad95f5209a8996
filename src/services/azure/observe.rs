//! Reads what stands at Azure of a submission: its runs, their results, the marks of its parts.
//!
//! The list of a plan's runs is certain: what it does not show is not there. (Where it shows no comments, a run that may be ours is
//! asked for by itself.)

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::api::{Endpoints, RESULTS_PER_PAGE};
use super::marks::{self, Role};
use super::plan::RunPlan;
use super::text::utc;
use super::wire::{AttachmentEntry, List, Referred, Run, RunResult};
use super::{Azure, Volume};
use crate::plan::Mark;
use crate::services::{Counts, ServiceError, engine};
use crate::transport::{ListSize, Request, TransportError};

/// The parameter that names a sub-result.
pub(super) const OF_TRY: &str = "testSubResultId";

/// How many runs are asked for at first. No server gives fewer in one answer (docs: Runs – List), so fewer are all there are.
const FEW: usize = 100;

/// How far apart the clocks of the service's own machines may be, and how long a list may lag behind.
const LAG: SignedDuration = SignedDuration::from_mins(2);

/// The results of a run.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Those of points, by them.
    pub(super) by_point: Vec<Row>,
    /// The outcomes that were seen so far, each once.
    words: HashSet<Arc<str>>,
    /// The points that have several results: the first of each counts.
    pub(super) doubled: Vec<u64>,
    /// What is completed, by outcome.
    pub(super) counts: Counts,
    /// How many results there are.
    pub(super) total: u64,
}

/// A result of a run, as far as it matters where ours belongs. There may be very many.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) point: u64,
    pub(super) id: u64,
    /// What somebody set; nothing where nobody has.
    pub(super) outcome: Option<Arc<str>>,
    /// The mark with which its comment begins.
    pub(super) mark: Option<Box<Mark>>,
}

/// The runs of a submission, each kind the oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct FoundRuns {
    pub(super) main: Vec<Run>,
    pub(super) beside: Vec<Run>,
    /// Those beside it that a later attempt of the same part made.
    pub(super) later: Vec<Run>,
}

/// Returns all runs of a plan, whatever their age.
pub(super) fn runs_of_plan(azure: &Azure, plan: u64) -> Result<Vec<Run>, TransportError> {
    let mut all: Vec<Run> = Vec::new();
    let mut size = ListSize::default();
    loop {
        let top = if all.is_empty() { FEW } else { 1000 };
        let skip = all.len() as u64;
        let page: List<Run> = azure.client.counted(&mut size, |endpoints| {
            endpoints.runs_of_plan(plan, skip, top)
        })?;
        let is_last = page.value.is_empty() || (all.is_empty() && page.value.len() < FEW);
        all.extend(page.value);
        if is_last {
            return Ok(all);
        }
    }
}

/// Finds the runs of a submission. `now` says that a list which this process read before is too old; `is_rivalled`, that another process
/// may have made a run at this moment.
pub(super) fn find(
    azure: &Azure,
    plan: &RunPlan,
    now: bool,
    is_rivalled: bool,
) -> Result<FoundRuns, TransportError> {
    let listed = if azure.target.volume == Volume::Many {
        let keys = [plan.mark.journal_key(), plan.plan.key.clone()];
        azure.memory.runs(azure, plan.plan_id, &keys, now)?
    } else {
        runs_of_plan(azure, plan.plan_id)?
    };
    let mut found = FoundRuns::default();
    for run in listed {
        take(azure, plan, run, &mut found)?;
    }
    if azure.target.volume == Volume::Many && (is_rivalled || found.main.is_empty()) {
        find_recent(azure, plan, &mut found)?;
    }
    for runs in [&mut found.main, &mut found.beside] {
        runs.sort_unstable_by_key(|run| run.id);
        runs.dedup_by_key(|run| run.id);
    }
    Ok(found)
}

/// Finds the runs of this name that came since the list was read. Another process that hands the same reports in at the same time calls
/// them the same.
fn find_recent(azure: &Azure, plan: &RunPlan, found: &mut FoundRuns) -> Result<(), TransportError> {
    // By one clock, which is asked once: whatever others do meanwhile, the window has a beginning before its end.
    let now = azure.client.now();
    let age = azure.memory.age(plan.plan_id);
    let since = now
        .checked_sub(age)
        .and_then(|since| since.checked_sub(LAG));
    let since = since.unwrap_or(now);
    let end = now.checked_add(LAG).unwrap_or(now);
    let (min, max, name) = (utc(since), utc(end), plan.run_name());
    let recent: Vec<Run> = azure.client.pages(|endpoints, token| {
        endpoints.runs_named(plan.plan_id, ((&min, &max), &name), token)
    })?;
    for run in recent {
        if azure.memory.knows(run.id.0) {
            continue;
        }
        if let Some(whole) = by_id(azure, run.id.0)? {
            azure.memory.note(plan.plan_id, &whole);
            take(azure, plan, whole, found)?;
        }
    }
    Ok(())
}

/// Takes a run where it belongs; asks for it by itself where a list leaves out what would tell.
pub(super) fn take(
    azure: &Azure,
    plan: &RunPlan,
    run: Run,
    found: &mut FoundRuns,
) -> Result<(), TransportError> {
    match marks::role(&run, &plan.mark, &plan.plan.key) {
        Role::Main => found.main.push(run),
        Role::Beside => found.beside.push(run),
        Role::LaterBeside => found.later.push(run),
        Role::Untold if may_be(&run, plan) => {
            let whole = by_id(azure, run.id.0)?;
            if let Some(whole) = whole.filter(|run| run.comment.is_some()) {
                return take(azure, plan, whole, found);
            }
        }
        Role::Stranger | Role::Untold => {}
    }
    Ok(())
}

/// Returns a run; nothing where it is gone.
pub(super) fn by_id(azure: &Azure, run: u64) -> Result<Option<Run>, TransportError> {
    match azure.client.get::<Run>(|endpoints| endpoints.run(run)) {
        Ok(run) => Ok(Some(run)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns whether a run of which a list shows no comment is worth asking for. The name alone does not tell: its template may have
/// been changed since, or name the attempt. The build and the time of the tests stay; without either, their number does.
fn may_be(run: &Run, plan: &RunPlan) -> bool {
    let build = run.build.as_ref().and_then(Referred::number);
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

/// Reads the results of a run: where it says how many it has, several pages at once.
pub(super) fn rows(azure: &Azure, run: &Run) -> Result<Rows, ServiceError> {
    let page = |skip: u64| -> Result<Vec<RunResult>, TransportError> {
        let page: List<RunResult> = azure
            .client
            .get(|endpoints| endpoints.results(run.id.0, skip, None))?;
        Ok(page.value)
    };
    let mut rows = Rows::default();
    let total = run.total_tests.unwrap_or(0);
    // What a service says of its number is believed for as long as its pages are full: it need not be so.
    while rows.total < total {
        let ahead = (0..azure.target.jobs.max(1) as u64).map(|page| page * RESULTS_PER_PAGE);
        let starts = ahead.map(|ahead| rows.total.saturating_add(ahead));
        let starts: Vec<u64> = starts.filter(|start| *start < total).collect();
        let pages = engine::each(azure.workers(), &starts, |start| page(*start))?;
        let is_full = pages
            .iter()
            .all(|page| page.len() as u64 == RESULTS_PER_PAGE);
        for row in pages.into_iter().flatten() {
            rows.take(row);
        }
        if !is_full {
            break;
        }
    }
    if run.total_tests != Some(rows.total) {
        // The count was another one, or the pages smaller than asked for: one after the other.
        rows = Rows::default();
        loop {
            let page = page(rows.total)?;
            if page.is_empty() {
                break;
            }
            for row in page {
                rows.take(row);
            }
        }
    }
    rows.close();
    Ok(rows)
}

impl Rows {
    fn take(&mut self, row: RunResult) {
        self.total += 1;
        let is_completed = row.is_completed();
        if let (true, Some(outcome)) = (is_completed, &row.outcome) {
            match self.counts.get_mut(outcome) {
                Some(count) => *count += 1,
                None => {
                    self.counts.insert(outcome.clone(), 1);
                }
            }
        }
        let Some(point) = row.test_point.and_then(|point| point.number()) else {
            return;
        };
        let outcome = is_completed.then(|| self.word(row.outcome.as_deref().unwrap_or_default()));
        let mark = row.comment.as_deref().and_then(Mark::first_in);
        self.by_point.push(Row {
            point,
            id: row.id.0,
            outcome,
            mark: mark.map(Box::new),
        });
    }

    fn word(&mut self, outcome: &str) -> Arc<str> {
        if let Some(known) = self.words.get(outcome) {
            return Arc::clone(known);
        }
        let word: Arc<str> = outcome.into();
        self.words.insert(Arc::clone(&word));
        word
    }

    /// Brings what was taken into its order: of a point that has several results the first counts.
    fn close(&mut self) {
        self.by_point
            .sort_unstable_by_key(|row| (row.point, row.id));
        let doubled = &mut self.doubled;
        self.by_point.dedup_by(|next, first| {
            let is_same = next.point == first.point;
            doubled.extend(is_same.then_some(next.point));
            is_same
        });
        self.by_point.shrink_to_fit();
    }

    /// Returns the result of a point.
    pub(super) fn of(&self, point: u64) -> Option<&Row> {
        let at = self.by_point.binary_search_by_key(&point, |row| row.point);
        self.by_point.get(at.ok()?)
    }
}

/// Returns the files at a result, or at the run itself: their names, and under which id each can be asked for. Of one name the first.
pub(super) fn files_at(
    azure: &Azure,
    run: u64,
    result: Option<u64>,
) -> Result<BTreeMap<String, u64>, TransportError> {
    listed(azure, |endpoints| endpoints.attachments(run, result))
}

/// Returns the files at a result, or at the run itself, and at these sub-results.
pub(super) fn files_of_result<'a>(
    azure: &Azure,
    (run, result): (u64, Option<u64>),
    tries: impl Iterator<Item = &'a u64>,
) -> Result<BTreeMap<String, u64>, TransportError> {
    let mut files = files_at(azure, run, result)?;
    for id in tries {
        files.extend(listed(azure, |endpoints| {
            let request = endpoints.attachments(run, result);
            request.query(OF_TRY, id.to_string())
        })?);
    }
    Ok(files)
}

fn listed(
    azure: &Azure,
    build: impl Fn(&Endpoints) -> Request,
) -> Result<BTreeMap<String, u64>, TransportError> {
    let list: List<AttachmentEntry> = azure.client.get(build)?;
    let mut files = BTreeMap::new();
    for entry in list.value {
        let (Some(name), id) = (entry.file_name, entry.id.map_or(0, |id| id.0)) else {
            continue;
        };
        let first = files.entry(name).or_insert(id);
        *first = id.min(*first);
    }
    Ok(files)
}

/// Returns the test points that the file of a part names: those whose results are bad.
pub(super) fn points_in(azure: &Azure, run: u64, file: u64) -> Result<Vec<u64>, TransportError> {
    let answer = azure
        .client
        .exchange(|endpoints| endpoints.attachment(run, file))?;
    let text = String::from_utf8_lossy(&answer.body);
    let points = text
        .lines()
        .filter_map(|line| line.split_whitespace().next()?.parse().ok());
    Ok(points.collect())
}
