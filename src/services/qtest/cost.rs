//! About how many requests a submission takes, told before the first write: the service has a quota for a minute and for a month.

use std::collections::{HashMap, HashSet};

use super::cases::PER_SEARCH;
use super::entry::Entry;
use super::payload::{self, Change, Content};
use super::{QtestPlan, api, attachments};
use crate::plan::{PlanProblem, ProblemKind};
use crate::services::counted;

/// What looking, agreeing with other processes and reading back take, whatever is handed in.
const ALWAYS: usize = 14;

/// Returns about how many requests carrying this out takes.
pub(super) fn requests(plan: &QtestPlan) -> u64 {
    let sendable: Vec<&Entry> = plan.sendable().collect();
    let (direct, batched): (Vec<&Entry>, Vec<&Entry>) = sendable
        .iter()
        .copied()
        .partition(|entry| plan.is_direct(entry));
    let is_new = |entry: &&&Entry| !plan.cases.known.contains_key(&entry.subject);
    let new = batched.iter().filter(is_new).count();
    // The runs and their notes are listed before and after; cases that a batch makes are read back.
    let pages = 4 * batched.len().div_ceil(api::PAGE) + 2 * new.div_ceil(api::PAGE);
    // A log each, and its run's own list; a run where there is none.
    let single = 3 * direct.len() + 2 * direct.len().div_ceil(PER_SEARCH);
    let files: usize = sendable.iter().map(|entry| files(plan, entry)).sum();
    let all = ALWAYS
        + plan.new_containers().len()
        // Each batch is handed in, and its job asked for.
        + 2 * batches(plan, &batched)
        + pages
        + single
        + written_cases(plan, &sendable)
        + links(plan, &sendable)
        + files;
    all as u64
}

/// Returns how many batches there are: one for each suite, each module of new cases, and as many results as one takes.
fn batches(plan: &QtestPlan, batched: &[&Entry]) -> usize {
    let mut sizes = HashMap::new();
    for entry in batched {
        let folder = (!plan.cases.known.contains_key(&entry.subject)).then_some(&entry.folder);
        let size: &mut (usize, u64) = sizes.entry((entry.place, folder)).or_default();
        size.0 += 1;
        size.1 += payload::bytes(plan, entry);
    }
    let limits = &plan.target.limits;
    let parts = sizes.values().map(|(count, bytes)| {
        let by_bytes = bytes.div_ceil(limits.batch_bytes as u64);
        count
            .div_ceil(limits.logs_per_batch)
            .max(usize::try_from(by_bytes).unwrap_or(usize::MAX))
    });
    parts.sum()
}

/// Counts the requests of cases that are written one by one: created, changed, approved.
fn written_cases(plan: &QtestPlan, sendable: &[&Entry]) -> usize {
    if plan.target.module.is_none() {
        return 0;
    }
    let each = payload::tellers(sendable).into_iter().map(|entry| {
        let known = plan.cases.known.get(&entry.subject);
        match Content::of(entry, known).change(known) {
            Change::Create if plan.is_direct(entry) => 2,
            Change::Update => 3,
            Change::Approve => 1,
            Change::Create | Change::None => 0,
        }
    });
    each.sum()
}

/// Counts the requests of links to requirements: a call for each requirement that gets some, and its links are read again.
fn links(plan: &QtestPlan, sendable: &[&Entry]) -> usize {
    let new = sendable.iter().filter(|entry| plan.new_links(entry) > 0);
    let ids: HashSet<u64> = new.flat_map(|entry| plan.requirements.of(entry)).collect();
    ids.len() + ids.len().div_ceil(PER_SEARCH)
}

/// Counts the requests of files that follow their result.
fn files(plan: &QtestPlan, entry: &Entry) -> usize {
    if entry.files.is_empty() {
        return 0;
    }
    let (all, inside) = attachments::sendable(plan, entry);
    // What lies on the log is looked at.
    1 + all.len() - inside.len()
}

/// Returns a problem if the month's quota does not suffice, before anything is written.
pub(super) fn about_month(plan: &QtestPlan) -> Option<PlanProblem> {
    let left = plan.project.client.transport.left_this_month()?;
    let needed = requests(plan);
    (needed > left).then(|| {
        let fewer = "submit less at once, or wait for the next month";
        PlanProblem::new(
            ProblemKind::NotReady,
            format!(
                "it takes about {}, and qTest takes {left} more this month",
                counted(needed, "request")
            ),
        )
        .hint(fewer)
    })
}

/// Warns if a good part of what is left of the month is spent.
pub(super) fn warning(plan: &QtestPlan) -> Option<String> {
    let left = plan.project.client.transport.left_this_month()?;
    let needed = requests(plan);
    (needed <= left && needed > left / 10).then(|| {
        format!(
            "this takes about {}, and qTest takes {left} more this month",
            counted(needed, "request")
        )
    })
}
