//! The containers that are to be created: each with its parent, its name, and the mark by which it is found again.

use super::api::{Parent, ProjectSite};
use super::containers::{Ground, cycle_mark, folder_mark, module_mark, segments, suite_mark};
use super::entry::CycleAndSuite;
use super::fields::{self, CaseFields};
use super::marks;
use super::names::Named;
use super::text;
use super::wire::{NewCycle, NewModule, NewSuite};
use super::write::Kind;
use crate::plan::Mark;
use crate::transport::WriteRequest;

/// A container that is missing and whose parent is there.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    Module {
        above: Option<u64>,
        module: NewModule,
        /// Whether it is the parent of everything that is created.
        is_parent: bool,
    },
    Cycle {
        above: Parent,
        named: Named,
        mark: String,
    },
    Suite {
        cycle: u64,
        place: CycleAndSuite,
        mark: String,
    },
}

impl Ground {
    /// Returns the next module on the way to the parent of everything that is created.
    pub(super) fn wanted_parent(&self, setting: &str) -> Option<(Kind, String, Wanted)> {
        let segments = segments(setting);
        let mut above = None;
        for depth in 1..=segments.len() {
            let (path, name) = segments.get(..depth).zip(segments.get(depth - 1))?;
            let is_parent = depth == segments.len();
            let mark = if is_parent {
                module_mark(setting)
            } else {
                folder_mark(0, path)
            };
            if let Some(id) = self.marked_or_named(&mark, above, name) {
                above = Some(id);
                continue;
            }
            let about = if is_parent {
                ". Tests that report results by themselves. Kept by handin."
            } else {
                ". Made by handin."
            };
            let module = NewModule {
                name: name.clone(),
                description: format!("{mark}{about}"),
            };
            let item = marks::short_digest(&[&mark, &above.unwrap_or_default().to_string()]);
            let wanted = Wanted::Module {
                above,
                module,
                is_parent,
            };
            return Some((Kind::Module, item, wanted));
        }
        None
    }

    /// Returns the next module on the way to that of a folder; `told` is what a report says of one.
    pub(super) fn wanted_module<'t>(
        &self,
        setting: &str,
        folder: &[String],
        told: &dyn Fn(&[String]) -> Option<&'t str>,
    ) -> Option<(Kind, String, Wanted)> {
        let parent = self.parent?;
        let mut above = parent;
        for depth in 1..=folder.len() {
            let (path, name) = folder.get(..depth).zip(folder.get(depth - 1))?;
            if let Some(id) = self.module(setting, path) {
                above = id;
                continue;
            }
            let mark = folder_mark(parent, path);
            let module = NewModule {
                name: name.clone(),
                description: match told(path) {
                    Some(told) => format!("{mark}. {} Kept by handin.", text::paragraphs(told)),
                    None => format!(
                        "{mark}. Tests of {}. Kept by handin.",
                        text::escaped(&path.join("/"))
                    ),
                },
            };
            let wanted = Wanted::Module {
                above: Some(above),
                module,
                is_parent: false,
            };
            return Some((Kind::Module, marks::short_digest(&[&mark]), wanted));
        }
        None
    }

    /// Returns the next cycle on the way to a place, or its suite.
    pub(super) fn wanted_place(&self, place: &CycleAndSuite) -> Option<(Kind, String, Wanted)> {
        if self.suite(place).is_some() {
            return None;
        }
        // What is named by an id is never created; that it is not there was told before.
        let Named::Path(suite) = &place.suite else {
            return None;
        };
        if let Some(cycle) = self.cycles.get(&place.cycle) {
            let mark = suite_mark(cycle.id, suite.last()?);
            let wanted = Wanted::Suite {
                cycle: cycle.id,
                place: place.clone(),
                mark: mark.clone(),
            };
            return Some((Kind::Suite, marks::short_digest(&[&mark]), wanted));
        }
        let Named::Path(path) = &place.cycle else {
            return None;
        };
        let mut above = self.home();
        for depth in 1..=path.len() {
            let prefix = path.get(..depth)?.to_vec();
            let named = Named::Path(prefix.clone());
            if let Some(spot) = self.cycles.get(&named) {
                above = Parent::Cycle(spot.id);
                continue;
            }
            let mark = cycle_mark(self.release, &prefix);
            let wanted = Wanted::Cycle {
                above,
                named,
                mark: mark.clone(),
            };
            return Some((Kind::Cycle, marks::short_digest(&[&mark]), wanted));
        }
        None
    }
}

impl Wanted {
    /// Returns the request that creates it.
    pub(super) fn request(
        &self,
        at: &ProjectSite,
        ground: &Ground,
        _: &CaseFields,
    ) -> WriteRequest {
        match self {
            Self::Module { above, module, .. } => at.create_module(*above, module),
            Self::Cycle { above, named, mark } => {
                let name = named.last();
                let cycle = NewCycle {
                    name: name.to_owned(),
                    description: format!(
                        "{mark}. Results of {}. Kept by handin.",
                        text::escaped(name)
                    ),
                    target_release_id: ground.release,
                };
                at.create_cycle(*above, &cycle)
            }
            Self::Suite { cycle, place, mark } => {
                let name = place.suite.last();
                let about = format!(
                    "{mark}. Results of {} on {}. Kept by handin.",
                    text::escaped(&place.cycle.to_string()),
                    text::escaped(name)
                );
                let properties = [
                    fields::environment(&ground.suite_fields, name),
                    fields::description(&ground.suite_fields, &about),
                ];
                let suite = NewSuite {
                    name: name.to_owned(),
                    properties: properties.into_iter().flatten().collect(),
                };
                at.create_suite(Parent::Cycle(*cycle), &suite)
            }
        }
    }
}

/// The module that tells other processes that this one writes.
pub(super) fn claim(mark: &Mark) -> NewModule {
    NewModule {
        name: "handin is writing results here (may be deleted)".to_owned(),
        description: format!(
            "{mark}. While results are submitted, this tells other processes to wait. It goes away by itself; where it stays, it may be deleted."
        ),
    }
}
