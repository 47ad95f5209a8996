//! Test cases as qTest has them: looked up by fingerprint or id.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::client::ProjectClient;
use super::entry::{Entry, Subject};
use super::fields::CaseFields;
use super::parallel;
use super::requests;
use super::stamp::CaseMark;
use super::wire::{Case, Step};
use crate::mapping::CaseId;
use crate::transport::TransportError;

/// How many fingerprints go into one search: the query's length is limited, and not published.
const PER_SEARCH: usize = 50;

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

    /// Tells whether a version of the case was ever approved: qTest counts `0.1`, `1.0`, `1.1`, ….
    pub(super) fn is_approved(&self) -> bool {
        self.whole_version().is_none_or(|whole| whole >= 1)
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

    /// Tells whether handin wrote content that it could not approve any more.
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

/// Adds the cases with these fingerprints. Of several with one fingerprint the lowest id counts.
pub(super) fn with_prints(
    project: &ProjectClient,
    fields: &CaseFields,
    prints: &[String],
    (steps, jobs): (bool, usize),
    cases: &mut Cases,
) -> Result<(), TransportError> {
    let chunks: Vec<&[String]> = prints.chunks(PER_SEARCH).collect();
    let found = parallel::each(
        jobs,
        &chunks,
        |chunk| project.search_cases(&requests::cases_with(&fields.content_label, chunk), steps),
        |_| false,
    )?;
    let wanted: HashSet<&String> = prints.iter().collect();
    let mut by_print: BTreeMap<String, Vec<Known>> = BTreeMap::new();
    for known in found
        .into_iter()
        .flatten()
        .map(|case| Known::of(case, fields))
    {
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
    Ok(())
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
        .filter(|id| is_pid(id))
        .collect();
    let chunks: Vec<&[String]> = pids.chunks(PER_SEARCH).collect();
    let found = parallel::each(
        jobs,
        &chunks,
        |chunk| searched(project, chunk, steps),
        |_| false,
    )?;
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
    let single = parallel::each(jobs, &rest, |id| project.case(&id.0), |_| false)?;
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
    match project.search_cases(&requests::cases_named(pids), steps) {
        Ok(cases) => Ok(cases),
        Err(error) if matches!(error.status(), Some(400 | 404 | 405)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_pid(id: &str) -> bool {
    id.strip_prefix("TC-")
        .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
}
