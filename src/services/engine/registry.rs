//! What the submissions of one process share: modules, cycles, cases. Each is made once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::transport::Clock;

/// What is there by the name of its write: made or found by this process.
#[derive(Debug, Default)]
pub struct Registry {
    entries: Mutex<HashMap<String, Arc<Mutex<Option<Value>>>>>,
}

impl Registry {
    /// Returns what stands under these names already; for the others, `make` makes it in one go, while others wait.
    ///
    /// # Errors
    ///
    /// As `make` fails; the next who asks makes it then.
    pub fn together<E>(
        &self,
        clock: &Clock,
        names: impl Iterator<Item = String>,
        make: impl FnOnce(&[&str]) -> Result<Vec<(String, Value)>, E>,
    ) -> Result<Vec<(String, Value)>, E> {
        type Held<'a> = BTreeMap<&'a str, MutexGuard<'a, Option<Value>>>;
        let entries: BTreeMap<String, _> = names
            .map(|name| (name.clone(), self.entry(&name)))
            .collect();
        // All take them in the order of the names, so that nobody waits for who waits.
        let mut held: Held<'_> = BTreeMap::new();
        for (name, entry) in &entries {
            held.insert(name, clock.lock(entry));
        }
        let there: Vec<(String, Value)> = held
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), Option::clone(value)?)))
            .collect();
        let open = held.iter().filter(|(_, value)| value.is_none());
        let open: Vec<&str> = open.map(|(name, _)| *name).collect();
        if !open.is_empty() {
            for (name, made) in make(&open)? {
                if let Some(entry) = held.get_mut(name.as_str()) {
                    **entry = Some(made);
                }
            }
        }
        Ok(there)
    }

    fn entry(&self, name: &str) -> Arc<Mutex<Option<Value>>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(entries.entry(name.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_want_together_is_made_once_in_whatever_order_they_name_it() {
        let clock = Clock::system();
        let (registry, made) = (Registry::default(), Mutex::new(Vec::new()));
        let create = |open: &[&str]| {
            let own = open.iter().map(|name| (*name).to_owned());
            made.lock().unwrap().extend(own.clone());
            Ok::<_, ()>(own.map(|name| (name.clone(), name.into())).collect())
        };
        std::thread::scope(|scope| {
            for names in [["a", "b"], ["b", "a"], ["c", "b"]] {
                let names = names.map(ToOwned::to_owned).into_iter();
                scope.spawn(|| registry.together(&clock, names, create).unwrap());
            }
        });
        let mut made = made.into_inner().unwrap();
        made.sort_unstable();
        assert_eq!(made, ["a", "b", "c"]);
        let there = registry.together(&clock, ["a".to_owned()].into_iter(), |_| Err("made twice"));
        assert_eq!(there, Ok(vec![("a".to_owned(), "a".into())]));
    }
}
