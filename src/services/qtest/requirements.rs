//! Requirements that tests name in their properties: found by their ids, or by the key of an issue with which their name begins, and
//! held against what their test cases are linked to.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::api;
use super::cases::PER_SEARCH;
use super::client::ProjectClient;
use super::entry::Entry;
use super::wire::Requirement;
use crate::model::TestCase;
use crate::services::{counted, engine};
use crate::transport::TransportError;

/// How long a name of a requirement may be that a test gives.
const NAME_LIMIT: usize = 100;

/// The cases that each requirement is linked to.
pub(super) type Links = BTreeMap<u64, HashSet<u64>>;

/// The requirements of a submission.
#[derive(Debug, Clone, Default)]
pub(super) struct Requirements {
    /// The requirements that a name stands for.
    named: BTreeMap<String, Vec<u64>>,
    pub(super) links: Links,
    pub(super) warnings: Vec<String>,
}

/// Returns the requirements of a test, from the properties of these names: `RQ-1`, `SHOP-7, SHOP-8`. Properties of its suite
/// are not its own.
pub(super) fn named_by(case: &TestCase, properties: &[String]) -> Vec<String> {
    let is_wanted = |name: &str| properties.iter().any(|own| own.eq_ignore_ascii_case(name));
    let own = case.properties.iter().filter(|it| is_wanted(&it.name));
    let names = own.flat_map(|it| it.value.split([',', ';']).flat_map(str::split_whitespace));
    let distinct: BTreeSet<String> = names.map(str::to_owned).collect();
    distinct.into_iter().collect()
}

/// Looks the requirements of these entries up. Reads only; what is not found is a warning, and holds no result up.
pub(super) fn look(
    project: &ProjectClient,
    entries: &[Entry],
    jobs: usize,
) -> Result<Requirements, TransportError> {
    let names: BTreeSet<&String> = entries.iter().flat_map(|it| &it.requirements).collect();
    if names.is_empty() {
        return Ok(Requirements::default());
    }
    let mut known = Requirements::default();
    let (usable, odd): (Vec<&str>, Vec<&str>) = names
        .iter()
        .map(|name| name.as_str())
        .partition(|name| name.len() <= NAME_LIMIT && !name.contains('\''));
    let chunks: Vec<&[&str]> = usable.chunks(PER_SEARCH).collect();
    let found = engine::each((project.clock(), jobs), &chunks, |chunk| {
        project.requirements(chunk)
    });
    let found: Vec<Requirement> = match found {
        Ok(found) => found.into_iter().flatten().collect(),
        Err(error) => return unreadable(known, &error),
    };
    let mut missing = odd;
    for name in usable {
        let of_name = found.iter().filter(|it| is_called(it, name));
        let ids: BTreeSet<u64> = of_name.map(|it| it.id).collect();
        if ids.is_empty() {
            missing.push(name);
        } else {
            let ids = ids.into_iter().collect();
            known.named.insert(name.to_owned(), ids);
        }
    }
    if let [first, ..] = missing.as_slice() {
        let first: String = first.chars().take(NAME_LIMIT).collect();
        let more = match missing.len() - 1 {
            0 => String::new(),
            more => format!(" and {}", counted(more as u64, "other requirement")),
        };
        known.warnings.push(format!(
            "`{first}`{more} of the tests' properties is no requirement of the project: no test case is linked to it"
        ));
    }
    match links(project, &known.ids(), jobs) {
        Ok(links) => known.links = links,
        Err(error) => return unreadable(known, &error),
    }
    Ok(known)
}

/// Reads what these requirements are linked to.
pub(super) fn links(
    project: &ProjectClient,
    ids: &[u64],
    jobs: usize,
) -> Result<Links, TransportError> {
    let chunks: Vec<&[u64]> = ids.chunks(PER_SEARCH).collect();
    let read = engine::each((project.clock(), jobs), &chunks, |chunk| {
        project.linked(chunk)
    })?;
    let mut links: Links = ids.iter().map(|id| (*id, HashSet::new())).collect();
    for one in read.into_iter().flatten() {
        let is_case = |pid: &Option<String>| pid.as_deref().is_none_or(api::is_case_pid);
        let cases = one.objects.into_iter().filter(|it| is_case(&it.pid));
        links
            .entry(one.id)
            .or_default()
            .extend(cases.map(|it| it.id));
    }
    Ok(links)
}

/// What cannot be read cannot be confirmed: then nothing is linked.
fn unreadable(known: Requirements, error: &TransportError) -> Result<Requirements, TransportError> {
    if !matches!(error.status(), Some(400 | 403 | 404 | 405)) {
        return Err(error.clone());
    }
    let mut warnings = known.warnings;
    warnings.push(format!(
        "requirements cannot be read, so no test case is linked to one: {error}"
    ));
    Ok(Requirements {
        warnings,
        ..Requirements::default()
    })
}

/// Returns whether a requirement is meant: by its id, or because its name begins with the key of an issue, as those that come from Jira do.
fn is_called(requirement: &Requirement, name: &str) -> bool {
    if requirement.id.to_string() == name
        || requirement
            .pid
            .as_deref()
            .is_some_and(|pid| pid.eq_ignore_ascii_case(name))
    {
        return true;
    }
    let begins = |c: char| !c.is_alphanumeric();
    let own = requirement.name.trim_start_matches(begins);
    let is_key = name.contains(|c: char| !c.is_ascii_digit());
    let rest = own
        .get(..name.len())
        .filter(|start| is_key && start.eq_ignore_ascii_case(name))
        .and_then(|_| own.get(name.len()..));
    rest.is_some_and(|rest| rest.chars().next().is_none_or(begins))
}

impl Requirements {
    /// Returns the requirements that an entry names and that are there.
    pub(super) fn of(&self, entry: &Entry) -> Vec<u64> {
        let named = entry.requirements.iter();
        let ids = named.filter_map(|name| self.named.get(name)).flatten();
        let ids: BTreeSet<u64> = ids.copied().collect();
        ids.into_iter().collect()
    }

    /// Returns the ids of all of them.
    pub(super) fn ids(&self) -> Vec<u64> {
        let ids: BTreeSet<u64> = self.named.values().flatten().copied().collect();
        ids.into_iter().collect()
    }

    /// Returns the name of a requirement in the tests.
    pub(super) fn name(&self, id: u64) -> &str {
        let mut names = self.named.iter();
        let found = names.find(|(_, ids)| ids.contains(&id));
        found.map(|(name, _)| name.as_str()).unwrap_or_default()
    }
}
