//! What is there of modules, cycles and suites: found by the mark that handin writes into what it makes, wherever it was moved;
//! then by name. Of several the one with the lowest id counts, for everybody.

use std::collections::{BTreeMap, BTreeSet};

use super::api::Parent;
use super::client::ProjectClient;
use super::entry::CycleAndSuite;
use super::marks::{self, Marked};
use super::modules::Modules;
use super::names::{Named, is_id};
use super::target::QtestTarget;
use super::text;
use super::wanted::Wanted;
use super::wire::{Cycle, Field, Module, Release, Suite};
use super::write::Kind;
use crate::model::ServiceName;
use crate::plan::{PlanProblem, ProblemKind};
use crate::services::engine::besides;
use crate::services::{ServiceError, listing};
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
    pub(super) modules: Modules,
    /// The parent module, where it is there.
    pub(super) parent: Option<u64>,
    pub(super) release: Option<u64>,
    /// The cycles by their names, and those above them.
    pub(super) cycles: BTreeMap<Named, Spot>,
    pub(super) suites: BTreeMap<CycleAndSuite, Spot>,
    pub(super) warnings: Vec<String>,
    pub(super) problems: Vec<PlanProblem>,
    /// The cycles of the release, or of the root, with all below.
    home: Vec<Cycle>,
    /// Those of every other place, once somebody asked.
    elsewhere: Option<Vec<Cycle>>,
    /// The suites of each cycle that was asked for its own.
    listed: BTreeMap<u64, Vec<Suite>>,
    /// The fields of suites, where a suite may have to be created.
    pub(super) suite_fields: Vec<Field>,
}

impl Ground {
    /// Reads what does not depend on the names of cycles: modules, the release, and its cycles.
    pub(super) fn read(
        project: &ProjectClient,
        target: &QtestTarget,
    ) -> Result<Self, ServiceError> {
        let mut ground = Self::default();
        if let Some(module) = &target.module {
            ground.modules = project.modules(None)?.into();
            ground.find_parent(module);
        }
        if let Some(release) = &target.release {
            ground.release = Some(chosen_release(&project.releases()?, target, release)?.id);
        }
        ground.home = project.cycles(ground.home())?;
        Ok(ground)
    }

    /// Returns whether handin 0.1.0 made a cycle of one of these names: it made one for each job of a report.
    pub(super) fn has_cycle_of_a_job<'a>(
        &self,
        target: &QtestTarget,
        mut jobs: impl Iterator<Item = &'a str>,
    ) -> bool {
        let cycles = all_cycles(&self.home);
        jobs.any(|job| {
            let mark = former_cycle_mark(target, job);
            let mut cycles = cycles.iter();
            cycles.any(|cycle| holds(cycle.description.as_deref(), &mark))
        })
    }

    /// Looks for the cycles and suites of these places.
    pub(super) fn look(
        &mut self,
        project: &ProjectClient,
        target: &QtestTarget,
        places: &[CycleAndSuite],
    ) -> Result<(), ServiceError> {
        let mut named: Vec<&Named> = places
            .iter()
            .filter(|place| matches!(place.suite, Named::Path(_)))
            .map(|place| &place.cycle)
            .collect();
        named.sort_unstable();
        named.dedup();
        for cycle in named {
            self.find_cycle(project, target, cycle)?;
        }
        self.find_suites(project, target, places)?;
        let lacks_suite = places.iter().any(|place| self.suite(place).is_none());
        if lacks_suite && target.module.is_some() && self.suite_fields.is_empty() {
            self.suite_fields = match project.fields("test-suites") {
                Ok(fields) => fields,
                // Not everybody may read the fields; a suite does without.
                Err(error) if matches!(error.status(), Some(403 | 404)) => Vec::new(),
                Err(error) => return Err(error.into()),
            };
        }
        Ok(())
    }

    /// Takes a container that was made.
    pub(super) fn add(&mut self, wanted: &Wanted, spot: Spot) {
        match wanted {
            Wanted::Module {
                above,
                module,
                is_parent,
            } => {
                if *is_parent {
                    self.parent = Some(spot.id);
                }
                let made = Module {
                    id: spot.id,
                    name: module.name.clone(),
                    pid: None,
                    description: Some(module.description.clone()),
                    children: Vec::new(),
                };
                self.modules.add(*above, made);
            }
            Wanted::Cycle { named, .. } => drop(self.cycles.insert(named.clone(), spot)),
            Wanted::Suite { place, .. } => drop(self.suites.insert(place.clone(), spot)),
        }
    }

    /// Returns whether a container is there that was to be created.
    pub(super) fn has(&self, wanted: &Wanted) -> bool {
        match wanted {
            Wanted::Module { module, .. } => own_mark(&module.description)
                .is_some_and(|mark| self.modules.marked(&[mark]).next().is_some()),
            Wanted::Cycle { named, .. } => self.cycles.contains_key(named),
            Wanted::Suite { place, .. } => self.suites.contains_key(place),
        }
    }

    /// Returns the module with a mark, wherever it is; else the one with this name below another, or at the root.
    pub(super) fn marked_or_named(
        &self,
        mark: &str,
        above: Option<u64>,
        name: &str,
    ) -> Option<u64> {
        let named = self.modules.below(above).filter(|it| it.name == name);
        let mut all = self.modules.marked(&[mark]).chain(named);
        all.next().map(|module| module.id)
    }

    /// Reads the cycles again, and the suites of those that are used. What another submission of this process made, the ids `adopted`, may
    /// have been taken back since: of several the first counts, as for everybody.
    pub(super) fn read_places(
        &mut self,
        project: &ProjectClient,
        places: &[CycleAndSuite],
        adopted: &BTreeSet<u64>,
    ) -> Result<(), TransportError> {
        self.home = project.cycles(self.home())?;
        self.follow_cycles(adopted);
        self.listed.clear();
        for place in places {
            if let Some(spot) = self.cycles.get(&place.cycle)
                && !self.listed.contains_key(&spot.id)
            {
                let suites = project.suites(Parent::Cycle(spot.id))?;
                self.listed.insert(spot.id, suites);
            }
        }
        self.follow_suites(adopted);
        Ok(())
    }

    /// Goes on with the first parent module, where another submission of this process made ours: it may have taken that back since.
    pub(super) fn follow_parent(&mut self, target: &QtestTarget, adopted: &BTreeSet<u64>) {
        let setting = target.module.as_deref();
        let is_adopted = self.parent.is_some_and(|id| adopted.contains(&id));
        if let Some(setting) = setting.filter(|_| is_adopted) {
            let first = self.modules.marked(&[&module_mark(setting)]).next();
            self.parent = first.map(|it| it.id).or(self.parent);
        }
    }

    /// Goes on with the first of the cycles that stand for the same, where another submission of this process made ours.
    fn follow_cycles(&mut self, adopted: &BTreeSet<u64>) {
        let all = self.cycles.iter();
        let all = all.filter(|(_, spot)| adopted.contains(&spot.id));
        let paths: Vec<Named> = all.map(|(named, _)| named.clone()).collect();
        for named in paths {
            let Named::Path(path) = &named else {
                continue;
            };
            let mark = cycle_mark(self.release, path);
            let first = lowest(marked(&self.home, &[mark]).into_iter());
            if let (Some(id), Some(spot)) = (first, self.cycles.get_mut(&named)) {
                *spot = Spot { id, url: None };
            }
        }
    }

    fn follow_suites(&mut self, adopted: &BTreeSet<u64>) {
        let suites = self.suites.iter_mut();
        for (place, spot) in suites.filter(|(_, spot)| adopted.contains(&spot.id)) {
            let cycle = self.cycles.get(&place.cycle).map(|spot| spot.id);
            let listed = cycle.and_then(|id| Some((id, self.listed.get(&id)?)));
            if let Some((cycle, suites)) = listed {
                let name = place.suite.last();
                let same = same_suites(suites.iter().collect(), &[suite_mark(cycle, name)], name);
                if let Some(id) = lowest(same.iter().map(|suite| suite.id)) {
                    *spot = Spot { id, url: None };
                }
            }
        }
    }

    /// Returns the containers that stand for the same as this one, by their marks: how one is taken back, what they are, their ids from
    /// the lowest.
    pub(super) fn twins(&self, id: u64) -> Option<(Kind, String, Vec<u64>)> {
        if let Some(own) = self.modules.get(id) {
            let mark = own_mark(own.description.as_deref()?)?;
            let same = self.modules.marked(&[mark]);
            let same = same.filter(|module| module.name == own.name);
            let ids = same.map(|module| module.id).collect();
            return Some((Kind::TakeBackModule, format!("modules `{}`", own.name), ids));
        }
        let cycles = all_cycles(&self.home);
        if let Some(own) = cycles.iter().find(|cycle| cycle.id == id) {
            let mark = own_mark(own.description.as_deref()?)?;
            let same = cycles
                .iter()
                .filter(|cycle| holds(cycle.description.as_deref(), mark));
            let ids = sorted(same.map(|cycle| cycle.id));
            return Some((
                Kind::TakeBackCycle,
                format!("test cycles `{}`", own.name),
                ids,
            ));
        }
        let of_cycle = self
            .listed
            .values()
            .find(|suites| suites.iter().any(|suite| suite.id == id))?;
        let own = of_cycle.iter().find(|suite| suite.id == id)?;
        let same = of_cycle.iter().filter(|suite| suite.name == own.name);
        let ids = sorted(same.map(|suite| suite.id));
        Some((
            Kind::TakeBackSuite,
            format!("test suites `{}`", own.name),
            ids,
        ))
    }

    /// Names what is there more than once of what is used, by the lists as they were read last.
    pub(super) fn besides(&self, modules: &[u64]) -> Vec<String> {
        let spots = self.cycles.values().chain(self.suites.values());
        let used = modules.iter().copied().chain(spots.map(|spot| spot.id));
        let twins = used.filter_map(|id| self.twins(id));
        let told =
            twins.filter_map(|(_, what, ids)| besides(&what, *ids.first()?, ids.into_iter()));
        let mut told: Vec<String> = told.collect();
        told.sort_unstable();
        told.dedup();
        told
    }

    /// Returns whether nothing hangs below a container that was made, as far as was read.
    pub(super) fn is_empty(&self, id: u64) -> bool {
        if self.modules.get(id).is_some() {
            return self.modules.below(Some(id)).next().is_none();
        }
        let cycles = all_cycles(&self.home);
        cycles
            .iter()
            .find(|cycle| cycle.id == id)
            .is_none_or(|cycle| cycle.cycles.is_empty() && cycle.suites.is_empty())
    }

    /// Goes on with another container than this one.
    pub(super) fn replace(&mut self, own: u64, winner: u64) {
        if self.parent == Some(own) {
            self.parent = Some(winner);
        }
        self.modules.remove(own);
        self.home.retain(|cycle| cycle.id != own);
        let spots = self.cycles.values_mut().chain(self.suites.values_mut());
        for spot in spots.filter(|spot| spot.id == own) {
            *spot = Spot {
                id: winner,
                url: None,
            };
        }
        for suites in self.listed.values_mut() {
            suites.retain(|suite| suite.id != own);
        }
    }

    fn find_parent(&mut self, module: &str) {
        if is_id(module, "MD") {
            self.parent = self.modules.numbered(module);
            if self.parent.is_none() {
                self.problems.push(
                    PlanProblem::new(ProblemKind::Setting, format!("there is no module `{module}` in the project"))
                        .hint("`qtest.module` takes an id, `MD-n`, or a name; a name that is not there is created"),
                );
            }
            return;
        }
        let marks = [module_mark(module), former_module_mark(module, &[])];
        let marked = self.modules.marked(&[&marks[0], &marks[1]]);
        let named = self.modules.below(None).filter(|it| it.name == module);
        let found = marked.chain(named).next().map(|it| it.id);
        self.parent = found.or_else(|| self.modules.at(&segments(module)));
    }

    fn find_cycle(
        &mut self,
        project: &ProjectClient,
        target: &QtestTarget,
        wanted: &Named,
    ) -> Result<(), ServiceError> {
        let path = match wanted {
            Named::Id(id) => {
                match self.cycle_with_id(project, id)? {
                    Some(spot) => drop(self.cycles.insert(wanted.clone(), spot)),
                    None => self.problems.push(missing_id("cycle", "CL", id)),
                }
                return Ok(());
            }
            Named::Path(path) => path,
        };
        for depth in 1..=path.len() {
            let prefix: Vec<String> = path.iter().take(depth).cloned().collect();
            if let Some(id) = self.cycle_at(project, target, &prefix)? {
                self.cycles
                    .insert(Named::Path(prefix), Spot { id, url: None });
            }
        }
        Ok(())
    }

    fn cycle_with_id(
        &mut self,
        project: &ProjectClient,
        wanted: &str,
    ) -> Result<Option<Spot>, ServiceError> {
        let fits = |cycle: &&&Cycle| {
            cycle.id.to_string() == wanted || cycle.pid.as_deref() == Some(wanted)
        };
        let id_in = |forest: &[Cycle]| {
            let all = all_cycles(forest);
            let named = || all.iter().find(|cycle| cycle.name == wanted);
            all.iter().find(fits).or_else(named).map(|cycle| cycle.id)
        };
        let here = id_in(&self.home);
        let id = match here {
            Some(id) => Some(id),
            None => id_in(self.others(project)?),
        };
        Ok(id.map(|id| Spot { id, url: None }))
    }

    /// Finds the cycle at the end of a path: by its mark, wherever it is; else by its name below the one above it.
    fn cycle_at(
        &mut self,
        project: &ProjectClient,
        target: &QtestTarget,
        path: &[String],
    ) -> Result<Option<u64>, ServiceError> {
        let Some((own, above)) = path.split_last() else {
            return Ok(None);
        };
        let name = path.join("/");
        let marks = [
            cycle_mark(self.release, path),
            former_cycle_mark(target, &name),
        ];
        let mut found = marked(&self.home, &marks);
        if found.is_empty() {
            found = named(self.inside(above), own, |_| true);
        }
        if found.is_empty() {
            // A cycle of that name in another release is another cycle, where the settings name a release.
            let by_name = above.is_empty() && target.release.is_none();
            let others = self.others(project)?;
            found = marked(others, &marks);
            if found.is_empty() && by_name {
                // What handin made there for itself is of another release.
                found = named(others, own, |cycle| !is_others(cycle));
            }
        }
        Ok(self.pick(&name, found))
    }

    /// Returns the cycles below the one of a path, or all where the path has no names; none where that cycle is not there.
    fn inside(&self, path: &[String]) -> &[Cycle] {
        if path.is_empty() {
            return &self.home;
        }
        let cycle = self.cycles.get(&Named::Path(path.to_vec()));
        let below = cycle.and_then(|spot| {
            let elsewhere = || below(self.elsewhere.as_deref()?, spot.id);
            below(&self.home, spot.id).or_else(elsewhere)
        });
        below.unwrap_or_default()
    }

    pub(super) fn home(&self) -> Parent {
        self.release.map_or(Parent::Root, Parent::Release)
    }

    /// Returns the cycles of every place but the home.
    fn others(&mut self, project: &ProjectClient) -> Result<&[Cycle], TransportError> {
        if self.elsewhere.is_none() {
            let mut all = Vec::new();
            if self.release.is_some() {
                all.extend(project.cycles(Parent::Root)?);
            }
            for release in project.releases()? {
                if Some(release.id) != self.release {
                    all.extend(project.cycles(Parent::Release(release.id))?);
                }
            }
            self.elsewhere = Some(all);
        }
        Ok(self.elsewhere.as_deref().unwrap_or_default())
    }

    /// Returns the lowest id, which counts for everybody, and says where there are several, unless [`Self::besides`] does.
    fn pick(&mut self, name: &str, mut ids: Vec<u64>) -> Option<u64> {
        ids.sort_unstable();
        ids.dedup();
        if let [first, .., last] = ids.as_slice()
            && self.twins(*first).is_none()
        {
            self.warnings.push(format!(
                "`{name}` is there {} times, the ids {first} to {last} among them; the lowest is used: merge them on qTest",
                ids.len()
            ));
        }
        ids.first().copied()
    }

    fn find_suites(
        &mut self,
        project: &ProjectClient,
        target: &QtestTarget,
        places: &[CycleAndSuite],
    ) -> Result<(), ServiceError> {
        for place in places {
            let name = match &place.suite {
                Named::Id(id) => {
                    match self.suite_with_id(project, id)? {
                        Some(spot) => drop(self.suites.insert(place.clone(), spot)),
                        None => self.problems.push(missing_id("suite", "TS", id)),
                    }
                    continue;
                }
                named @ Named::Path(_) => named.last().to_owned(),
            };
            let Some(cycle) = self.cycles.get(&place.cycle).map(|spot| spot.id) else {
                continue;
            };
            if let std::collections::btree_map::Entry::Vacant(e) = self.listed.entry(cycle) {
                let suites = project.suites(Parent::Cycle(cycle))?;
                e.insert(suites);
            }
            let suites = self.listed.get(&cycle).cloned().unwrap_or_default();
            let marks = [suite_mark(cycle, &name), former_suite_mark(target, place)];
            let found = self.suite_in(&suites, &marks, &name);
            let found = match found {
                Some(spot) => Some(spot),
                None => self.moved_suite(project, &marks, &name)?,
            };
            if let Some(spot) = found {
                self.suites.insert(place.clone(), spot);
            }
        }
        Ok(())
    }

    fn suite_with_id(
        &mut self,
        project: &ProjectClient,
        wanted: &str,
    ) -> Result<Option<Spot>, ServiceError> {
        let at_root = project.suites(self.home())?;
        let spot = |suites: &[&Suite]| {
            let fits = |suite: &&&Suite| {
                suite.id.to_string() == wanted || suite.pid.as_deref() == Some(wanted)
            };
            let named = || suites.iter().find(|suite| suite.name == wanted);
            suites.iter().find(fits).or_else(named).map(|suite| Spot {
                id: suite.id,
                url: suite.web_url.clone(),
            })
        };
        let here: Vec<&Suite> = at_root.iter().chain(suites_of(&self.home)).collect();
        if let Some(found) = spot(&here) {
            Ok(Some(found))
        } else {
            let others = self.others(project)?;
            Ok(spot(&suites_of(others).collect::<Vec<_>>()))
        }
    }

    fn suite_in(&mut self, suites: &[Suite], marks: &[String], name: &str) -> Option<Spot> {
        let same = same_suites(suites.iter().collect(), marks, name);
        self.pick_suite(name, &same)
    }

    fn moved_suite(
        &mut self,
        project: &ProjectClient,
        marks: &[String],
        name: &str,
    ) -> Result<Option<Spot>, ServiceError> {
        let home = std::mem::take(&mut self.home);
        let here = marked_suites(&suites_of(&home).collect::<Vec<_>>(), marks);
        let found = self.pick_suite(name, &here);
        self.home = home;
        if found.is_some() {
            return Ok(found);
        }
        self.others(project)?;
        let elsewhere = self.elsewhere.take().unwrap_or_default();
        let moved = marked_suites(&suites_of(&elsewhere).collect::<Vec<_>>(), marks);
        let found = self.pick_suite(name, &moved);
        self.elsewhere = Some(elsewhere);
        Ok(found)
    }

    fn pick_suite(&mut self, name: &str, suites: &[&Suite]) -> Option<Spot> {
        let id = self.pick(name, suites.iter().map(|suite| suite.id).collect())?;
        let url = suites
            .iter()
            .find(|suite| suite.id == id)
            .and_then(|suite| suite.web_url.clone());
        Some(Spot { id, url })
    }

    /// Returns the suite of a place, where it is there.
    pub(super) fn suite(&self, place: &CycleAndSuite) -> Option<&Spot> {
        self.suites.get(place)
    }

    /// Returns whether the module of a folder is there.
    pub(super) fn has_module(&self, target: &QtestTarget, folder: &[String]) -> bool {
        target
            .module
            .as_deref()
            .is_some_and(|module| self.module(module, folder).is_some())
    }

    /// Returns the name of the module below which everything is made, where it is there.
    pub(super) fn parent_name(&self) -> Option<&str> {
        let parent = self.modules.get(self.parent?)?;
        Some(parent.name.as_str())
    }

    pub(super) fn module(&self, setting: &str, folder: &[String]) -> Option<u64> {
        let Some((last, above)) = folder.split_last() else {
            return self.parent;
        };
        let marks = [
            folder_mark(self.parent.unwrap_or_default(), folder),
            former_module_mark(setting, folder),
        ];
        let marked = self.modules.marked(&[&marks[0], &marks[1]]).next();
        let named = || {
            let parent = self.module(setting, above)?;
            let mut below = self.modules.below(Some(parent));
            below.find(|it| it.name == *last && !is_marked_module(it))
        };
        Some(marked.or_else(named)?.id)
    }
}

fn missing_id(what: &str, prefix: &str, id: &str) -> PlanProblem {
    PlanProblem::new(
        ProblemKind::Setting,
        format!("there is no {what} `{id}` in the project"),
    )
    .hint(format!(
        "`qtest.{what}` takes an id, `{prefix}-n`, a name, or a path with `/`; a name that is not there is created"
    ))
}

/// Returns the ids of the cycles with one of these marks, at any depth.
fn marked(forest: &[Cycle], marks: &[String]) -> Vec<u64> {
    all_cycles(forest)
        .into_iter()
        .filter(|cycle| holds_any(cycle.description.as_deref(), marks))
        .map(|cycle| cycle.id)
        .collect()
}

/// Returns the ids of the cycles with this name: at the least depth that has one.
fn named(forest: &[Cycle], name: &str, fits: impl Fn(&Cycle) -> bool) -> Vec<u64> {
    let mut level: Vec<&Cycle> = forest.iter().collect();
    while !level.is_empty() {
        let named: Vec<u64> = level
            .iter()
            .filter(|cycle| cycle.name == name && fits(cycle))
            .map(|cycle| cycle.id)
            .collect();
        if !named.is_empty() {
            return named;
        }
        level = level.into_iter().flat_map(|cycle| &cycle.cycles).collect();
    }
    Vec::new()
}

/// Returns the cycles directly below one.
fn below(forest: &[Cycle], id: u64) -> Option<&[Cycle]> {
    all_cycles(forest)
        .into_iter()
        .find(|cycle| cycle.id == id)
        .map(|cycle| cycle.cycles.as_slice())
}

fn marked_suites<'a>(suites: &[&'a Suite], marks: &[String]) -> Vec<&'a Suite> {
    let holds_mark = |suite: &&&Suite| {
        let mut properties = suite.properties.iter();
        properties.any(|own| holds_any(own.text().as_deref(), marks))
    };
    suites.iter().filter(holds_mark).copied().collect()
}

/// Returns the suites with one of these marks, else those with the name.
fn same_suites<'a>(mut suites: Vec<&'a Suite>, marks: &[String], name: &str) -> Vec<&'a Suite> {
    let marked = marked_suites(&suites, marks);
    if !marked.is_empty() {
        return marked;
    }
    suites.retain(|suite| suite.name == name);
    suites
}

fn chosen_release(
    releases: &[Release],
    target: &QtestTarget,
    wanted: &str,
) -> Result<Release, ServiceError> {
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
        ServiceError::setting(format!("there is no release `{wanted}` in the project")).hint(
            format!(
                "`{}` lists the releases; `qtest.release` takes an id, `RL-n` or the exact name",
                listing(ServiceName::Qtest, &[&target.project])
            ),
        )
    })
}

pub(super) fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .map(text::name)
        .filter(|part| !part.is_empty())
        .collect()
}

/// Returns the mark that a description begins with.
fn own_mark(description: &str) -> Option<&str> {
    let start = description.find("handin:2:")?;
    let rest = description.get(start..)?;
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == ':'))
        .unwrap_or(rest.len());
    rest.get(..end)
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

fn suites_of(forest: &[Cycle]) -> impl Iterator<Item = &Suite> {
    all_cycles(forest)
        .into_iter()
        .flat_map(|cycle| &cycle.suites)
}

fn sorted(ids: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids
}

pub(super) fn lowest(ids: impl Iterator<Item = u64>) -> Option<u64> {
    ids.min()
}

pub(super) fn holds(text: Option<&str>, mark: &str) -> bool {
    text.is_some_and(|text| text.contains(mark))
}

/// Returns whether handin made this cycle for another job or release.
fn is_others(cycle: &Cycle) -> bool {
    marks::is_marked(cycle.description.as_deref(), Marked::Cycle)
}

fn is_marked_module(module: &Module) -> bool {
    marks::is_marked(module.description.as_deref(), Marked::Module)
}

fn holds_any(text: Option<&str>, marks: &[String]) -> bool {
    marks.iter().any(|mark| holds(text, mark))
}

/// The mark of the parent module.
pub(super) fn module_mark(setting: &str) -> String {
    marks::container(Marked::Module, &["parent", setting])
}

/// The mark of a folder's module below the parent.
pub(super) fn folder_mark(parent: u64, folder: &[String]) -> String {
    let parent = parent.to_string();
    let mut parts = vec![parent.as_str()];
    parts.extend(folder.iter().map(String::as_str));
    marks::container(Marked::Module, &parts)
}

pub(super) fn cycle_mark(release: Option<u64>, path: &[String]) -> String {
    let release = release.unwrap_or_default().to_string();
    let mut parts = vec![release.as_str()];
    parts.extend(path.iter().map(String::as_str));
    marks::container(Marked::Cycle, &parts)
}

pub(super) fn suite_mark(cycle: u64, name: &str) -> String {
    marks::container(Marked::Suite, &[&cycle.to_string(), name])
}

/// The mark that 0.1.0 gave to a module: by the text of the setting.
fn former_module_mark(setting: &str, folder: &[String]) -> String {
    let mut parts = vec![setting];
    parts.extend(folder.iter().map(String::as_str));
    marks::former_container(Marked::Module, &parts)
}

/// The mark that 0.1.0 gave to a cycle.
fn former_cycle_mark(target: &QtestTarget, name: &str) -> String {
    marks::former_container(
        Marked::Cycle,
        &[target.release.as_deref().unwrap_or_default(), name],
    )
}

/// The mark that 0.1.0 gave to a suite.
fn former_suite_mark(target: &QtestTarget, place: &CycleAndSuite) -> String {
    marks::former_container(
        Marked::Suite,
        &[
            target.release.as_deref().unwrap_or_default(),
            &place.cycle.to_string(),
            &place.suite.to_string(),
        ],
    )
}
