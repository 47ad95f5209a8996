//! The runs of cases: those in a suite, and those that somebody moved out of it.

use std::collections::{BTreeMap, HashMap};

use super::client::ProjectClient;
use super::entry::Entry;
use super::requests;
use super::stamp::Slot;
use crate::transport::TransportError;

/// How many cases go into one search for their runs.
const PER_SEARCH: usize = 50;

/// Returns the run of each of these entries, where there is one.
///
/// A run in the suite is known by its case; of several the first counts. A run that was moved elsewhere is known by the marks
/// in the notes of its logs.
pub(super) fn of(
    project: &ProjectClient,
    suite: Option<u64>,
    wanted: &[(&Entry, u64)],
    moved: bool,
) -> Result<HashMap<Slot, u64>, TransportError> {
    let mut by_case: BTreeMap<u64, u64> = BTreeMap::new();
    if let Some(suite) = suite {
        for run in project.runs(suite)? {
            if let Some(case) = run.case() {
                let first = by_case.entry(case).or_insert(run.id);
                *first = run.id.min(*first);
            }
        }
    }
    let mut runs = HashMap::new();
    let mut rest = Vec::new();
    for (entry, case) in wanted {
        match by_case.get(case) {
            Some(run) => {
                runs.insert(entry.slot.clone(), *run);
            }
            None => rest.push((*entry, *case)),
        }
    }
    if moved {
        for chunk in rest.chunks(PER_SEARCH) {
            add_moved(project, chunk, &mut runs)?;
        }
    }
    Ok(runs)
}

fn add_moved(
    project: &ProjectClient,
    wanted: &[(&Entry, u64)],
    runs: &mut HashMap<Slot, u64>,
) -> Result<(), TransportError> {
    let mut cases: Vec<u64> = wanted.iter().map(|(_, case)| *case).collect();
    cases.dedup();
    let found = match project.search_runs(&requests::runs_of(&cases)) {
        Ok(found) => found,
        // A server that cannot search runs has no moved ones to offer.
        Err(error) if matches!(error.status(), Some(400 | 404 | 405)) => return Ok(()),
        Err(error) => return Err(error),
    };
    for run in found {
        let Some(case) = run.case() else { continue };
        let of_case: Vec<&Entry> = wanted
            .iter()
            .filter(|(_, c)| *c == case)
            .map(|(entry, _)| *entry)
            .collect();
        if of_case.is_empty() {
            continue;
        }
        let logs = project.logs(run.id, |_| true)?;
        let slots: Vec<Slot> = logs
            .iter()
            .filter_map(|log| Slot::in_any_note(log.note.as_deref()?))
            .collect();
        if let Some(entry) = of_case.iter().find(|entry| slots.contains(&entry.slot)) {
            runs.entry(entry.slot.clone()).or_insert(run.id);
        }
    }
    Ok(())
}
