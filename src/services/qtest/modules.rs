//! The modules of a project by their ids, their places and their marks: a report may name thousands, of a project that holds as many.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::marks;
use super::wire::Module;

/// What a project holds of modules.
#[derive(Debug, Clone, Default)]
pub(super) struct Modules {
    /// All of them, the oldest first; none holds those below it.
    all: BTreeMap<u64, Module>,
    /// Those below each, and those at the root.
    below: HashMap<Option<u64>, BTreeSet<u64>>,
    by_mark: HashMap<String, BTreeSet<u64>>,
}

impl From<Vec<Module>> for Modules {
    fn from(roots: Vec<Module>) -> Self {
        let mut modules = Self::default();
        let mut levels = vec![(None, roots)];
        while let Some((above, level)) = levels.pop() {
            for mut module in level {
                levels.push((Some(module.id), std::mem::take(&mut module.children)));
                modules.add(above, module);
            }
        }
        modules
    }
}

impl Modules {
    /// Takes a module that has none below it. One that is there already stays as it is.
    pub(super) fn add(&mut self, above: Option<u64>, module: Module) {
        if self.all.contains_key(&module.id) {
            return;
        }
        self.below.entry(above).or_default().insert(module.id);
        let description = module.description.as_deref().unwrap_or_default();
        for mark in marks::all_in(description) {
            let marked = self.by_mark.entry(mark.to_owned()).or_default();
            marked.insert(module.id);
        }
        self.all.insert(module.id, module);
    }

    /// Forgets a module, and all below it.
    pub(super) fn remove(&mut self, id: u64) {
        self.all.remove(&id);
        let ids = self.below.values_mut().chain(self.by_mark.values_mut());
        for ids in ids {
            ids.remove(&id);
        }
        for below in self.below.remove(&Some(id)).unwrap_or_default() {
            self.remove(below);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, id: u64) -> Option<&Module> {
        self.all.get(&id)
    }

    /// Returns the modules right below one, or at the root, the oldest first.
    pub(super) fn below(&self, above: Option<u64>) -> impl Iterator<Item = &Module> {
        let ids = self.below.get(&above).into_iter().flatten();
        ids.filter_map(|id| self.all.get(id))
    }

    /// Returns all of them, each with how deep it is.
    pub(super) fn with_depths(&self) -> Vec<(usize, &Module)> {
        let mut all: Vec<(usize, &Module)> = self.below(None).map(|it| (0, it)).collect();
        let mut at = 0;
        while let Some((depth, module)) = all.get(at).copied() {
            let below = self.below(Some(module.id));
            all.extend(below.map(|it| (depth + 1, it)));
            at += 1;
        }
        all
    }

    /// Returns the module that an id means, or `MD-n`.
    pub(super) fn numbered(&self, wanted: &str) -> Option<u64> {
        let mut all = self.all.values();
        let is_it = |it: &&Module| it.id.to_string() == wanted || it.pid.as_deref() == Some(wanted);
        all.find(is_it).map(|it| it.id)
    }

    /// Returns the modules with one of these marks, wherever they are, the oldest first.
    pub(super) fn marked<'m>(
        &'m self,
        marks: &[&str],
    ) -> impl Iterator<Item = &'m Module> + use<'m> {
        let ids: BTreeSet<u64> = marks
            .iter()
            .filter_map(|mark| self.by_mark.get(*mark))
            .flatten()
            .copied()
            .collect();
        ids.into_iter().filter_map(|id| self.all.get(&id))
    }

    /// Returns the module at the end of a path of names, of several of one name the oldest.
    pub(super) fn at(&self, path: &[String]) -> Option<u64> {
        path.iter().try_fold(None, |above, name| {
            let mut named = self.below(above).filter(|it| it.name == *name);
            named.next().map(|it| Some(it.id))
        })?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(id: u64, name: &str, description: &str, children: Vec<Module>) -> Module {
        Module {
            id,
            name: name.to_owned(),
            pid: Some(format!("MD-{id}")),
            description: Some(description.to_owned()),
            children,
        }
    }

    fn ids<'m>(modules: impl Iterator<Item = &'m Module>) -> Vec<u64> {
        modules.map(|it| it.id).collect()
    }

    #[test]
    fn modules_are_found_by_place_id_name_and_any_of_their_marks_the_oldest_first() {
        let mark = "handin:2:module:0123456789ab";
        let leaf = module(3, "Cart", &format!("<p>{mark}. Kept.</p>"), Vec::new());
        let twin = module(9, "Cart", &format!("Ours {mark}"), Vec::new());
        let former = module(4, "Old", "handin:module:0123456789ab.", Vec::new());
        let web = module(7, "Web", "", vec![twin, leaf]);
        let mut modules = Modules::from(vec![web, former]);
        assert_eq!(modules.count(), 4);
        assert_eq!(ids(modules.below(None)), [4, 7]);
        assert_eq!(ids(modules.below(Some(7))), [3, 9]);
        assert_eq!(ids(modules.marked(&[mark])), [3, 9]);
        let both = [mark, "handin:module:0123456789ab"];
        assert_eq!(ids(modules.marked(&both)), [3, 4, 9]);
        assert_eq!(ids(modules.marked(&["handin:2:module:0123456789"])), [0; 0]);
        assert_eq!(modules.numbered("MD-9"), Some(9));
        assert_eq!(modules.numbered("7"), Some(7));
        let path = ["Web".to_owned(), "Cart".to_owned()];
        assert_eq!(modules.at(&path), Some(3));
        assert_eq!(modules.at(&path[1..]), None);
        modules.remove(7);
        assert_eq!((modules.count(), modules.at(&path)), (1, None));
        assert_eq!(ids(modules.marked(&[mark])), [0; 0]);
    }
}
