//! What the submissions of one process share: modules, cycles, cases. Each is made once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::journal_view::asked_for;
use crate::journal::Journal;
use crate::plan::SubmissionKey;
use crate::transport::{Clock, TransportError};

/// How it stands with something that several submissions want.
#[derive(Debug, Clone)]
pub enum Shared {
    /// Made or found by one of them, with what the others have to know of it.
    There(Value),
    /// One of them asked for it and got no answer; until then it may still show. Only who has looked for it since asks again.
    Unanswered(TransportError, Instant),
}

/// What is known of each thing by the name of its write.
#[derive(Debug, Default)]
pub struct Registry {
    entries: Mutex<HashMap<String, Arc<Mutex<Option<Shared>>>>>,
    /// When earlier calls asked for what has no answer: read once, before anything is asked for here.
    before: Mutex<Option<Arc<HashMap<String, Timestamp>>>>,
}

impl Registry {
    /// Returns by name when earlier calls asked for what has no answer, at the target of the first submission that wants to know.
    pub(super) fn asked_for_before(
        &self,
        (journal, key): (&Journal, &SubmissionKey),
        (clock, settle): (&Clock, Duration),
    ) -> Arc<HashMap<String, Timestamp>> {
        let mut before = clock.lock(&self.before);
        let read = || Arc::new(asked_for(journal, key, (clock, settle)));
        Arc::clone(before.get_or_insert_with(read))
    }

    /// Returns what is known of these names, or was before, already by who looked for them then; the others `make` asks for in one go, while everybody
    /// else waits, and says what came of it.
    ///
    /// # Errors
    ///
    /// As `make` ends; the next who wants what it says nothing of asks for it then.
    pub fn together<E>(
        &self,
        clock: &Clock,
        (names, looked): (
            impl Iterator<Item = (String, Option<Shared>)>,
            Option<Instant>,
        ),
        make: impl FnOnce(&[&str]) -> (Vec<(String, Shared)>, Result<(), E>),
    ) -> Result<Vec<(String, Shared)>, E> {
        type Held<'a> = BTreeMap<&'a str, MutexGuard<'a, Option<Shared>>>;
        let entries: BTreeMap<String, _> = names
            .map(|(name, before)| (name.clone(), (self.entry(&name), before)))
            .collect();
        // All take them in the order of the names, so that nobody waits for who waits.
        let mut held: Held<'_> = BTreeMap::new();
        for (name, (entry, before)) in &entries {
            let mut entry = clock.lock(entry);
            if entry.is_none() {
                entry.clone_from(before);
            }
            held.insert(name, entry);
        }
        let (mut known, mut open) = (Vec::new(), Vec::new());
        for (name, shared) in &held {
            match &**shared {
                None => open.push(*name),
                Some(Shared::Unanswered(_, until)) if looked >= Some(*until) => open.push(*name),
                Some(shared) => known.push(((*name).to_owned(), shared.clone())),
            }
        }
        if !open.is_empty() {
            let (asked, ending) = make(&open);
            for (name, shared) in asked {
                if let Some(entry) = held.get_mut(name.as_str()) {
                    **entry = Some(shared);
                }
            }
            ending?;
        }
        Ok(known)
    }

    fn entry(&self, name: &str) -> Arc<Mutex<Option<Shared>>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(entries.entry(name.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Problem;

    #[test]
    fn what_several_want_together_is_made_once_in_whatever_order_they_name_it() {
        let clock = Clock::system();
        let (registry, made) = (Registry::default(), Mutex::new(Vec::new()));
        let create = |open: &[&str]| {
            let own = open.iter().map(|name| (*name).to_owned());
            made.lock().unwrap().extend(own.clone());
            let there = own.map(|name| (name.clone(), Shared::There(name.into())));
            (there.collect(), Ok::<_, ()>(()))
        };
        std::thread::scope(|scope| {
            for names in [["a", "b"], ["b", "a"], ["c", "b"]] {
                let names = names.map(|name| (name.to_owned(), None)).into_iter();
                scope.spawn(|| registry.together(&clock, (names, None), create).unwrap());
            }
        });
        let mut made = made.into_inner().unwrap();
        made.sort_unstable();
        assert_eq!(made, ["a", "b", "c"]);
        let again = |_: &[&str]| (Vec::new(), Err("made twice"));
        let asked = ([("a".to_owned(), None)].into_iter(), None);
        let there = registry.together(&clock, asked, again);
        let (name, shared) = there.unwrap().remove(0);
        assert!(matches!(shared, Shared::There(value) if value == name));
    }

    #[test]
    fn what_nobody_answered_is_asked_for_again_by_who_has_looked_when_it_could_not_show_any_more() {
        let (clock, registry) = (Clock::system(), Registry::default());
        let asked = |looked: Option<Instant>, until: Instant| {
            let mut is_asked = false;
            let names = ([("a".to_owned(), None)].into_iter(), looked);
            let known = registry.together(&clock, names, |_| {
                is_asked = true;
                let lost = TransportError::unsent("make it", Problem::TimedOut);
                let shared = Shared::Unanswered(lost, until);
                (vec![("a".to_owned(), shared)], Ok::<_, ()>(()))
            });
            (is_asked, known.unwrap().len())
        };
        let now = clock.now();
        let (soon, later) = (now + Duration::from_secs(1), now + Duration::from_secs(2));
        assert_eq!(asked(None, soon), (true, 0));
        assert_eq!(asked(None, soon), (false, 1));
        assert_eq!(asked(Some(now), soon), (false, 1));
        assert_eq!(asked(Some(soon), later), (true, 0));
        // It was asked for again since.
        assert_eq!(asked(Some(soon), later), (false, 1));
    }
}
