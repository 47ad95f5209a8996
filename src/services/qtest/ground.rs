//! What is there of modules, cycles and suites: found by the mark that handin writes into what it makes, wherever it was moved;
//! then by name. Of several the one with the lowest id counts, for everybody.

use std::collections::BTreeMap;

use super::client::ProjectClient;
use super::entry::Place;
use super::requests::Parent;
use super::stamp::{self, Marked};
use super::target::QtestTarget;
use super::text;
use super::wire::{Cycle, Module, Release, Suite};
use crate::plan::{PlanProblem, ProblemKind};
use crate::services::ServiceError;
use crate::transport::TransportError;

/// A container that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) id: u64,
    pub(super) url: Option<String>,
}

/// What is there already of what a submission needs.
#[derive(Debug, Clone, Default)]
pub(super) struct Ground {
    /// All modules, as a forest.
    pub(super) modules: Vec<Module>,
    /// The parent module, where it is there.
    pub(super) parent: Option<u64>,
    pub(super) release: Option<u64>,
    pub(super) cycles: BTreeMap<String, Spot>,
    pub(super) suites: BTreeMap<(String, String), Spot>,
    pub(super) warnings: Vec<String>,
    pub(super) problems: Vec<PlanProblem>,
}

impl Ground {
    /// Looks for everything that these places and the target name. Reads only.
    pub(super) fn look(
        project: &ProjectClient,
        target: &QtestTarget,
        places: &[Place],
    ) -> Result<Self, ServiceError> {
        let mut ground = Self::default();
        if let Some(module) = &target.module {
            ground.modules = project.modules(None)?;
            ground.find_parent(module);
        }
        if let Some(release) = &target.release {
            ground.release = Some(chosen_release(&project.releases()?, release)?.id);
        }
        ground.find_cycles(project, target, places)?;
        Ok(ground)
    }

    fn find_parent(&mut self, module: &str) {
        let all = flat(&self.modules);
        if is_id(module, "MD") {
            self.parent = all
                .iter()
                .find(|m| m.id.to_string() == module || m.pid.as_deref() == Some(module))
                .map(|m| m.id);
            if self.parent.is_none() {
                self.problems.push(
                    PlanProblem::new(ProblemKind::Setting, format!("there is no module `{module}` in the project"))
                        .hint("`qtest.module` takes an id, `MD-n`, or a name; a name that is not there is created"),
                );
            }
            return;
        }
        let mark = module_mark(module, &[]);
        self.parent = lowest(
            all.iter()
                .filter(|m| holds(m.description.as_deref(), &mark))
                .map(|m| m.id),
        )
        .or_else(|| {
            lowest(
                self.modules
                    .iter()
                    .filter(|m| m.name == module)
                    .map(|m| m.id),
            )
        })
        .or_else(|| by_path(&self.modules, &segments(module)));
    }

    fn find_cycles(
        &mut self,
        project: &ProjectClient,
        target: &QtestTarget,
        places: &[Place],
    ) -> Result<(), ServiceError> {
        let home = self.home();
        let here = project.cycles(home)?;
        let mut elsewhere: Option<Vec<Cycle>> = None;
        let mut names: Vec<&str> = places.iter().map(|place| place.cycle.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let mark = cycle_mark(target, name);
            let mut found = self.pick_cycle(&here, &mark, name);
            if found.is_none() {
                let others = filled(&mut elsewhere, || self.other_cycles(project))?;
                found = self
                    .pick_marked(others, &mark, name)
                    .or_else(|| self.pick_named(others, target, name));
            }
            if let Some(spot) = found {
                self.cycles.insert(name.to_owned(), spot);
            }
        }
        self.find_suites(project, target, places, (&here, &mut elsewhere))
    }

    pub(super) fn home(&self) -> Parent {
        self.release.map_or(Parent::Root, Parent::Release)
    }

    /// Returns the cycles of every place but the home.
    fn other_cycles(&self, project: &ProjectClient) -> Result<Vec<Cycle>, TransportError> {
        let mut all = Vec::new();
        if self.release.is_some() {
            all.extend(project.cycles(Parent::Root)?);
        }
        for release in project.releases()? {
            if Some(release.id) != self.release {
                all.extend(project.cycles(Parent::Release(release.id))?);
            }
        }
        Ok(all)
    }

    fn pick_cycle(&mut self, forest: &[Cycle], mark: &str, name: &str) -> Option<Spot> {
        self.pick_marked(forest, mark, name).or_else(|| {
            self.pick(
                name,
                forest
                    .iter()
                    .filter(|cycle| cycle.name == name && !is_others(cycle))
                    .map(|c| c.id),
            )
        })
    }

    fn pick_marked(&mut self, forest: &[Cycle], mark: &str, name: &str) -> Option<Spot> {
        let ids: Vec<u64> = all_cycles(forest)
            .into_iter()
            .filter(|cycle| holds(cycle.description.as_deref(), mark))
            .map(|c| c.id)
            .collect();
        self.pick(name, ids.into_iter())
    }

    /// A cycle of that name in another release is another cycle, where the settings name a release.
    fn pick_named(&mut self, forest: &[Cycle], target: &QtestTarget, name: &str) -> Option<Spot> {
        if target.release.is_some() {
            return None;
        }
        let ids: Vec<u64> = all_cycles(forest)
            .into_iter()
            .filter(|cycle| cycle.name == name && !is_others(cycle))
            .map(|c| c.id)
            .collect();
        self.pick(name, ids.into_iter())
    }

    fn pick(&mut self, name: &str, ids: impl Iterator<Item = u64>) -> Option<Spot> {
        let mut ids: Vec<u64> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        if let [first, .., last] = ids.as_slice() {
            self.warnings.push(format!(
                "`{name}` is there {} times, the ids {first} to {last} among them; the lowest is used: merge them on qTest",
                ids.len()
            ));
        }
        ids.first().map(|id| Spot { id: *id, url: None })
    }

    fn find_suites(
        &mut self,
        project: &ProjectClient,
        target: &QtestTarget,
        places: &[Place],
        (here, elsewhere): (&[Cycle], &mut Option<Vec<Cycle>>),
    ) -> Result<(), ServiceError> {
        let mut listed: BTreeMap<String, Vec<Suite>> = BTreeMap::new();
        for place in places {
            let Some(cycle) = self.cycles.get(&place.cycle).cloned() else {
                continue;
            };
            if !listed.contains_key(&place.cycle) {
                listed.insert(
                    place.cycle.clone(),
                    project.suites(Parent::Cycle(cycle.id))?,
                );
            }
            let suites = listed
                .get(&place.cycle)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let mark = suite_mark(target, place);
            let mut found = self.pick_suite(suites, &mark, &place.suite);
            if found.is_none() {
                let moved = suites_of(here);
                found = self.pick_suite_marked(&moved, &mark, &place.suite);
            }
            if found.is_none() {
                let others = filled(elsewhere, || self.other_cycles(project))?;
                let moved = suites_of(others);
                found = self.pick_suite_marked(&moved, &mark, &place.suite);
            }
            if let Some(spot) = found {
                self.suites
                    .insert((place.cycle.clone(), place.suite.clone()), spot);
            }
        }
        Ok(())
    }

    fn pick_suite(&mut self, suites: &[Suite], mark: &str, name: &str) -> Option<Spot> {
        let all: Vec<&Suite> = suites.iter().collect();
        self.pick_suite_marked(&all, mark, name).or_else(|| {
            let named: Vec<&Suite> = suites.iter().filter(|suite| suite.name == name).collect();
            self.pick_of(&named, name)
        })
    }

    fn pick_suite_marked(&mut self, suites: &[&Suite], mark: &str, name: &str) -> Option<Spot> {
        let marked: Vec<&Suite> = suites
            .iter()
            .copied()
            .filter(|suite| {
                suite
                    .properties
                    .iter()
                    .any(|p| holds(p.text().as_deref(), mark))
            })
            .collect();
        self.pick_of(&marked, name)
    }

    fn pick_of(&mut self, suites: &[&Suite], name: &str) -> Option<Spot> {
        let spot = self.pick(name, suites.iter().map(|suite| suite.id))?;
        let url = suites
            .iter()
            .find(|suite| suite.id == spot.id)
            .and_then(|suite| suite.web_url.clone());
        Some(Spot { url, ..spot })
    }

    /// Returns the suite of a place, where it is there.
    pub(super) fn suite(&self, place: &Place) -> Option<&Spot> {
        self.suites.get(&(place.cycle.clone(), place.suite.clone()))
    }

    /// Tells whether the module of a folder is there.
    pub(super) fn has_module(&self, target: &QtestTarget, folder: &[String]) -> bool {
        target
            .module
            .as_deref()
            .is_some_and(|module| self.module(module, folder).is_some())
    }

    pub(super) fn module(&self, setting: &str, folder: &[String]) -> Option<u64> {
        if folder.is_empty() {
            return self.parent;
        }
        let mark = module_mark(setting, folder);
        let all = flat(&self.modules);
        lowest(
            all.iter()
                .filter(|m| holds(m.description.as_deref(), &mark))
                .map(|m| m.id),
        )
        .or_else(|| {
            let (last, above) = folder.split_last()?;
            let parent = self.module(setting, above)?;
            let parent = all.iter().find(|m| m.id == parent)?;
            lowest(
                parent
                    .children
                    .iter()
                    .filter(|m| m.name == *last && !is_marked_module(m))
                    .map(|m| m.id),
            )
        })
    }
}

fn chosen_release(releases: &[Release], wanted: &str) -> Result<Release, ServiceError> {
    let by_id = releases
        .iter()
        .find(|r| r.id.to_string() == wanted || r.pid.as_deref() == Some(wanted));
    let mut named = releases.iter().filter(|r| r.name == wanted);
    let found = by_id.or_else(|| named.next());
    if by_id.is_none() && named.next().is_some() {
        return Err(
            ServiceError::setting(format!("several releases are called `{wanted}`"))
                .hint("put the id, or `RL-n`, into `qtest.release`"),
        );
    }
    found.cloned().ok_or_else(|| {
        ServiceError::setting(format!("there is no release `{wanted}` in the project"))
            .hint("`handin projects qtest PROJECT` lists the releases; `qtest.release` takes an id, `RL-n` or the exact name")
    })
}

/// Tells whether a setting names an id rather than a name.
fn is_id(text: &str, prefix: &str) -> bool {
    let digits = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
        .unwrap_or(text);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

pub(super) fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .map(text::name)
        .filter(|part| !part.is_empty())
        .collect()
}

pub(super) fn by_path(forest: &[Module], path: &[String]) -> Option<u64> {
    let (first, rest) = path.split_first()?;
    let named = forest
        .iter()
        .filter(|m| m.name == *first)
        .min_by_key(|m| m.id)?;
    if rest.is_empty() {
        Some(named.id)
    } else {
        by_path(&named.children, rest)
    }
}

fn flat(forest: &[Module]) -> Vec<&Module> {
    let mut all: Vec<&Module> = forest.iter().collect();
    let mut at = 0;
    while let Some(module) = all.get(at).copied() {
        all.extend(&module.children);
        at += 1;
    }
    all
}

pub(super) fn find_mut(forest: &mut [Module], id: u64) -> Option<&mut Module> {
    for module in forest {
        if module.id == id {
            return Some(module);
        }
        if let Some(found) = find_mut(&mut module.children, id) {
            return Some(found);
        }
    }
    None
}

pub(super) fn all_cycles(forest: &[Cycle]) -> Vec<&Cycle> {
    let mut all: Vec<&Cycle> = forest.iter().collect();
    let mut at = 0;
    while let Some(cycle) = all.get(at).copied() {
        all.extend(&cycle.cycles);
        at += 1;
    }
    all
}

fn suites_of(forest: &[Cycle]) -> Vec<&Suite> {
    all_cycles(forest)
        .into_iter()
        .flat_map(|cycle| &cycle.suites)
        .collect()
}

pub(super) fn lowest(ids: impl Iterator<Item = u64>) -> Option<u64> {
    ids.min()
}

pub(super) fn holds(text: Option<&str>, mark: &str) -> bool {
    text.is_some_and(|text| text.contains(mark))
}

/// Tells whether handin made this cycle for another job or release.
fn is_others(cycle: &Cycle) -> bool {
    stamp::is_marked(cycle.description.as_deref(), Marked::Cycle)
}

fn is_marked_module(module: &Module) -> bool {
    stamp::is_marked(module.description.as_deref(), Marked::Module)
}

pub(super) fn module_mark(setting: &str, folder: &[String]) -> String {
    let mut parts = vec![setting];
    parts.extend(folder.iter().map(String::as_str));
    stamp::container(Marked::Module, &parts)
}

pub(super) fn cycle_mark(target: &QtestTarget, name: &str) -> String {
    stamp::container(
        Marked::Cycle,
        &[target.release.as_deref().unwrap_or_default(), name],
    )
}

pub(super) fn suite_mark(target: &QtestTarget, place: &Place) -> String {
    stamp::container(
        Marked::Suite,
        &[
            target.release.as_deref().unwrap_or_default(),
            &place.cycle,
            &place.suite,
        ],
    )
}

/// Returns what is kept, reading it the first time.
fn filled<T>(
    kept: &mut Option<Vec<T>>,
    read: impl FnOnce() -> Result<Vec<T>, TransportError>,
) -> Result<&[T], TransportError> {
    if kept.is_none() {
        *kept = Some(read()?);
    }
    Ok(kept.as_deref().unwrap_or_default())
}
