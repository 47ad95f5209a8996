//! Test cases as qTest has them: looked up by fingerprint or id.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::api;
use super::client::ProjectClient;
use super::entry::{Entry, Subject};
use super::fields::CaseFields;
use super::marks::CaseMark;
use super::wire::{Case, Step};
use crate::mapping::CaseId;
use crate::services::engine;
use crate::transport::TransportError;

/// How many fingerprints go into one search: the query's length is limited, and not published.
pub(super) const PER_SEARCH: usize = 50;

/// A case as qTest has it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: u64,
    pub(super) pid: Option<String>,
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) fingerprint: Option<String>,
    pub(super) mark: Option<CaseMark>,
    /// The steps, where they were asked for: description and expected result.
    pub(super) steps: Option<Vec<(String, String)>>,
}

impl Known {
    pub(super) fn of(case: Case, fields: &CaseFields) -> Self {
        Self {
            id: case.id,
            fingerprint: fields.fingerprint(&case),
            mark: case.description.as_deref().and_then(CaseMark::read),
            steps: case.test_steps.map(in_order),
            pid: case.pid,
            name: case.name,
            version: case.version,
        }
    }

    /// Returns whether a version of the case was ever approved: qTest counts `0.1`, `1.0`, `1.1`, ….
    pub(super) fn is_approved(&self) -> bool {
        self.whole_version().is_none_or(|whole| whole >= 1)
    }

    /// Returns the number that the next version gets once it is approved.
    pub(super) fn next_version(&self) -> u32 {
        self.whole_version()
            .unwrap_or_else(|| self.mark.as_ref().map_or(0, |mark| mark.version))
            + 1
    }

    pub(super) fn whole_version(&self) -> Option<u32> {
        self.version
            .as_deref()?
            .split('.')
            .next()?
            .trim()
            .parse()
            .ok()
    }

    /// Returns whether handin wrote content that it could not approve any more.
    pub(super) fn awaits_approval(&self) -> bool {
        match (&self.mark, self.whole_version()) {
            (Some(mark), Some(whole)) => whole < mark.version,
            (Some(_) | None, _) => false,
        }
    }

    /// Returns the case as people call it.
    pub(super) fn title(&self) -> String {
        self.pid.clone().unwrap_or_else(|| self.id.to_string())
    }
}

fn in_order(mut steps: Vec<Step>) -> Vec<(String, String)> {
    steps.sort_by_key(|step| step.order);
    steps
        .into_iter()
        .map(|step| (step.description, step.expected))
        .collect()
}

/// The cases of a submission, by subject.
#[derive(Debug, Clone, Default)]
pub(super) struct Cases {
    pub(super) known: HashMap<Subject, Known>,
    pub(super) warnings: Vec<String>,
}

/// Looks the cases of these entries up. Reads only.
pub(super) fn look(
    project: &ProjectClient,
    fields: &CaseFields,
    entries: &[Entry],
    jobs: usize,
) -> Result<Cases, TransportError> {
    let steps = entries.iter().any(|entry| !entry.steps.is_empty());
    let (mut prints, mut ids) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for entry in entries.iter().filter(|entry| seen.insert(&entry.subject)) {
        match &entry.subject {
            Subject::Print(print) => prints.push(print.clone()),
            Subject::Case(id) => ids.push(id.clone()),
        }
    }
    let mut cases = Cases::default();
    with_prints(project, fields, &prints, (steps, jobs), &mut cases)?;
    for (id, case) in with_ids(project, &ids, (steps, jobs))? {
        cases
            .known
            .insert(Subject::Case(id), Known::of(case, fields));
    }
    Ok(cases)
}

/// Adds the cases with these fingerprints: by pages of all cases as long as that is cheaper, and by searches for the rest. Of several
/// with one fingerprint the lowest id counts.
pub(super) fn with_prints(
    project: &ProjectClient,
    fields: &CaseFields,
    prints: &[String],
    (steps, jobs): (bool, usize),
    cases: &mut Cases,
) -> Result<(), TransportError> {
    let mut left: HashSet<&String> = prints.iter().collect();
    let mut found = Vec::new();
    for page in 1.. {
        // One page costs what one search does.
        if left.is_empty() || page > left.len().div_ceil(PER_SEARCH) {
            break;
        }
        let got = project.case_page(page, steps)?;
        let is_last = got.len() < api::PAGE;
        for known in got.into_iter().map(|case| Known::of(case, fields)) {
            if let Some(print) = &known.fingerprint {
                left.remove(print);
            }
            found.push(known);
        }
        if is_last {
            left.clear();
        }
    }
    let rest: Vec<String> = left.into_iter().cloned().collect();
    let chunks: Vec<&[String]> = rest.chunks(PER_SEARCH).collect();
    let searched = engine::each((project.clock(), jobs), &chunks, |chunk| {
        project.search_cases(&api::cases_with(&fields.content_label, chunk), steps)
    })?;
    let searched = searched.into_iter().flatten();
    found.extend(searched.map(|case| Known::of(case, fields)));
    keep(prints, found, cases);
    Ok(())
}

/// Adds the cases with these fingerprints by lists alone: no index knows what was made a moment ago.
pub(super) fn from_lists(
    project: &ProjectClient,
    fields: &CaseFields,
    prints: &[String],
    steps: bool,
    cases: &mut Cases,
) -> Result<(), TransportError> {
    let mut found = Vec::new();
    for page in 1.. {
        let got = project.case_page(page, steps)?;
        let is_last = got.len() < api::PAGE;
        found.extend(got.into_iter().map(|case| Known::of(case, fields)));
        if is_last {
            break;
        }
    }
    keep(prints, found, cases);
    Ok(())
}

fn keep(prints: &[String], found: Vec<Known>, cases: &mut Cases) {
    let wanted: HashSet<&String> = prints.iter().collect();
    let mut by_print: BTreeMap<String, Vec<Known>> = BTreeMap::new();
    for known in found {
        if let Some(print) = known
            .fingerprint
            .clone()
            .filter(|print| wanted.contains(print))
        {
            by_print.entry(print).or_default().push(known);
        }
    }
    for (print, mut several) in by_print {
        several.sort_unstable_by_key(|known| known.id);
        several.dedup_by_key(|known| known.id);
        if let [_, _, ..] = several.as_slice() {
            let titles: Vec<String> = several.iter().map(Known::title).collect();
            cases.warnings.push(format!(
                "the test cases {} have the same automation content `{print}`; the first is used: delete the others on qTest",
                titles.join(", ")
            ));
        }
        if let Some(first) = several.into_iter().next() {
            cases.known.insert(Subject::Print(print), first);
        }
    }
}

/// Looks cases up by the ids that people write: `TC-17`, or the number behind it.
pub(super) fn with_ids(
    project: &ProjectClient,
    ids: &[CaseId],
    (steps, jobs): (bool, usize),
) -> Result<Vec<(CaseId, Case)>, TransportError> {
    let pids: Vec<String> = ids
        .iter()
        .map(|id| id.0.clone())
        .filter(|id| api::is_case_pid(id))
        .collect();
    let chunks: Vec<&[String]> = pids.chunks(PER_SEARCH).collect();
    let found = engine::each((project.clock(), jobs), &chunks, |chunk| {
        searched(project, chunk, steps)
    })?;
    let mut by_pid: HashMap<String, Case> = found
        .into_iter()
        .flatten()
        .filter_map(|case| Some((case.pid.clone()?, case)))
        .collect();
    let mut cases = Vec::new();
    let mut rest = Vec::new();
    for id in ids {
        match by_pid.remove(&id.0) {
            Some(case) => cases.push((id.clone(), case)),
            None => rest.push(id.clone()),
        }
    }
    // The search may not know them yet, or not know the field: asking for the case itself is certain.
    let single = engine::each((project.clock(), jobs), &rest, |id| project.case(&id.0))?;
    cases.extend(
        rest.into_iter()
            .zip(single)
            .filter_map(|(id, case)| Some((id, case?))),
    );
    Ok(cases)
}

fn searched(
    project: &ProjectClient,
    pids: &[String],
    steps: bool,
) -> Result<Vec<Case>, TransportError> {
    match project.search_cases(&api::cases_named(pids), steps) {
        Ok(cases) => Ok(cases),
        Err(error) if matches!(error.status(), Some(400 | 404 | 405)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
