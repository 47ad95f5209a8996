//! Creating modules, cycles and suites.
//!
//! qTest takes any number of containers of one name and has no lock. So whoever creates one looks again, and of several the one
//! with the lowest id counts.

use std::cell::RefCell;

use super::client::ProjectClient;
use super::entry::Place;
use super::fields;
use super::ground::{
    Ground, Spot, all_cycles, by_path, cycle_mark, find_mut, folder_mark, holds, lowest,
    module_mark, segments, suite_mark,
};
use super::names::Named;
use super::pen::{Pen, Trouble, Write};
use super::requests::Parent;
use super::stamp;
use super::target::QtestTarget;
use super::text;
use super::wire::{Cycle, Module, NewCycle, NewModule, NewProperty, NewSuite, Suite};
use crate::services::ServiceError;
use crate::transport::TransportError;

impl Ground {
    /// Returns the parent module, creating it where it is not there.
    pub(super) fn make_parent(
        &mut self,
        pen: &Pen<'_>,
        target: &QtestTarget,
    ) -> Result<Option<u64>, Trouble> {
        let Some(setting) = target.module.as_deref() else {
            return Ok(None);
        };
        if self.parent.is_none() {
            let segments = segments(setting);
            let mut above = None;
            for depth in 1..=segments.len() {
                let Some((path, name)) = segments.get(..depth).zip(segments.get(depth - 1)) else {
                    break;
                };
                above = match by_path(&self.modules, path) {
                    Some(id) => Some(id),
                    None if depth == segments.len() => {
                        let about = format!(
                            "{}. Tests that report results by themselves. Kept by handin.",
                            module_mark(setting)
                        );
                        Some(self.create_module(pen, above, name, &about)?)
                    }
                    None => Some(self.create_module(pen, above, name, "Made by handin.")?),
                };
            }
            self.parent = above;
        }
        Ok(self.parent)
    }

    /// Returns the module of a folder, creating what is not there of it.
    pub(super) fn make_module(
        &mut self,
        pen: &Pen<'_>,
        target: &QtestTarget,
        folder: &[String],
    ) -> Result<Option<u64>, Trouble> {
        let Some(setting) = target.module.as_deref() else {
            return Ok(None);
        };
        let mut above = self.make_parent(pen, target)?;
        for depth in 1..=folder.len() {
            let Some((path, name)) = folder.get(..depth).zip(folder.get(depth - 1)) else {
                break;
            };
            above = if let Some(id) = self.module(setting, path) {
                Some(id)
            } else {
                let about = format!(
                    "{}. Tests of {}. Kept by handin.",
                    folder_mark(self.parent.unwrap_or_default(), path),
                    text::escaped(&path.join("/"))
                );
                Some(self.create_module(pen, above, name, &about)?)
            };
        }
        Ok(above)
    }

    fn create_module(
        &mut self,
        pen: &Pen<'_>,
        parent: Option<u64>,
        name: &str,
        about: &str,
    ) -> Result<u64, Trouble> {
        let module = NewModule {
            name: name.to_owned(),
            description: about.to_owned(),
        };
        let write = Write::Module.of(&stamp::short_digest(&[
            &parent.unwrap_or_default().to_string(),
            name,
            about,
        ]));
        let siblings = || {
            let all = pen.project.modules(parent)?;
            let ids = all
                .iter()
                .filter(|m| {
                    m.name == name
                        && m.description
                            .as_deref()
                            .is_some_and(|d| same_about(d, about))
                })
                .map(|m| m.id);
            Ok::<_, TransportError>(lowest(ids))
        };
        let made = pen.create(
            &write,
            pen.project.at.create_module(parent, &module),
            |made: &Module| made.id,
            siblings,
        )?;
        let id = settled(pen, name, made, siblings()?);
        self.modules.push(Module {
            id,
            name: module.name,
            pid: None,
            description: Some(module.description),
            children: Vec::new(),
        });
        self.hang(parent);
        Ok(id)
    }

    /// Puts the module that was made last below its parent.
    fn hang(&mut self, parent: Option<u64>) {
        let Some(parent) = parent else { return };
        let Some(made) = self.modules.pop() else {
            return;
        };
        match find_mut(&mut self.modules, parent) {
            Some(above) => above.children.push(made),
            None => self.modules.push(made),
        }
    }

    /// Returns the suite of a place, creating it and its cycle where they are not there.
    pub(super) fn make_suite(&mut self, pen: &Pen<'_>, place: &Place) -> Result<Spot, Trouble> {
        if let Some(spot) = self.suite(place) {
            return Ok(spot.clone());
        }
        let Named::Path(path) = &place.suite else {
            return Err(absent(&place.suite));
        };
        let name = path.last().map_or("", String::as_str);
        let cycle = match (&place.cycle, self.cycles.get(&place.cycle)) {
            (_, Some(spot)) => spot.id,
            (Named::Path(path), None) => self.make_cycle(pen, path)?,
            (Named::Id(_), None) => return Err(absent(&place.cycle)),
        };
        let mark = suite_mark(cycle, name);
        let suite = NewSuite {
            name: name.to_owned(),
            properties: suite_properties(pen.project, place, &mark)?,
        };
        let listed = || {
            let all = pen.project.suites(Parent::Cycle(cycle))?;
            Ok::<_, TransportError>(lowest(all.iter().filter(|s| s.name == name).map(|s| s.id)))
        };
        let url = RefCell::new(None);
        let made = pen.create(
            &Write::Suite.of(&stamp::short_digest(&[&mark])),
            pen.project.at.create_suite(Parent::Cycle(cycle), &suite),
            |made: &Suite| {
                url.replace(made.web_url.clone());
                made.id
            },
            listed,
        )?;
        let id = settled(pen, name, made, listed()?);
        let spot = Spot {
            id,
            url: url.into_inner(),
        };
        self.suites.insert(place.clone(), spot.clone());
        Ok(spot)
    }

    fn make_cycle(&mut self, pen: &Pen<'_>, path: &[String]) -> Result<u64, Trouble> {
        let mut above = self.home();
        let mut innermost = 0;
        for depth in 1..=path.len() {
            let prefix: Vec<String> = path.iter().take(depth).cloned().collect();
            let named = Named::Path(prefix);
            innermost = match self.cycles.get(&named) {
                Some(spot) => spot.id,
                None => self.create_cycle(pen, above, &named)?,
            };
            above = Parent::Cycle(innermost);
        }
        Ok(innermost)
    }

    fn create_cycle(
        &mut self,
        pen: &Pen<'_>,
        above: Parent,
        named: &Named,
    ) -> Result<u64, Trouble> {
        let Named::Path(path) = named else {
            return Err(absent(named));
        };
        let (name, mark) = (named.last(), cycle_mark(self.release, path));
        let cycle = NewCycle {
            name: name.to_owned(),
            description: format!(
                "{mark}. Results of {}. Kept by handin.",
                text::escaped(name)
            ),
            target_release_id: self.release,
        };
        let listed = || {
            let all = pen.project.cycles(above)?;
            let found = all_cycles(&all)
                .into_iter()
                .filter(|c| holds(c.description.as_deref(), &mark))
                .map(|c| c.id);
            Ok::<_, TransportError>(lowest(found))
        };
        let made = pen.create(
            &Write::Cycle.of(&stamp::short_digest(&[&mark])),
            pen.project.at.create_cycle(above, &cycle),
            |made: &Cycle| made.id,
            listed,
        )?;
        let id = settled(pen, name, made, listed()?);
        self.cycles.insert(named.clone(), Spot { id, url: None });
        Ok(id)
    }
}

/// What is named by an id is never created; that it is not there was told before.
fn absent(named: &Named) -> Trouble {
    Trouble::Cause(ServiceError::setting(format!(
        "there is no `{named}` in the project"
    )))
}

/// Returns the id that counts after a creation: the lowest, if somebody else created the same meanwhile.
fn settled(pen: &Pen<'_>, name: &str, made: u64, lowest: Option<u64>) -> u64 {
    match lowest {
        Some(other) if other < made => {
            pen.warn(format!("`{name}` was created twice at the same time ({other} and {made}); {other} is used: delete {made} on qTest"));
            other
        }
        Some(_) | None => made,
    }
}

fn suite_properties(
    project: &ProjectClient,
    place: &Place,
    mark: &str,
) -> Result<Vec<NewProperty>, Trouble> {
    let fields = match project.fields("test-suites") {
        Ok(fields) => fields,
        // Not everybody may read the fields; a suite does without.
        Err(error) if matches!(error.status(), Some(403 | 404)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let about = format!(
        "{mark}. Results of {} on {}. Kept by handin.",
        text::escaped(&place.cycle.to_string()),
        text::escaped(place.suite.last())
    );
    Ok([
        fields::environment(&fields, place.suite.last()),
        fields::description(&fields, &about),
    ]
    .into_iter()
    .flatten()
    .collect())
}

/// Tells whether a description is the one that was written, whatever tags the service put around it.
fn same_about(description: &str, about: &str) -> bool {
    description == about
        || about
            .split_once(". ")
            .is_some_and(|(mark, _)| description.contains(mark))
}
