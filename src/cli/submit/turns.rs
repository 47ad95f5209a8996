//! Lets submissions of the same name go one after the other: two at once would both look, find nothing, and hand in.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::plan::SubmissionKey;

/// Which submissions are on their way.
#[derive(Debug, Default)]
pub(super) struct Turns {
    taken: Mutex<HashSet<SubmissionKey>>,
    given_back: Condvar,
}

/// A turn, given back at its end.
struct Turn<'a> {
    turns: &'a Turns,
    keys: &'a [SubmissionKey],
}

impl Turns {
    /// Does `work` when no other submission of one of these names is on its way.
    pub(super) fn take<T>(&self, keys: &[SubmissionKey], work: impl FnOnce() -> T) -> T {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // All at once or none: who waits holds nothing that another waits for.
        while keys.iter().any(|key| taken.contains(key)) {
            taken = self
                .given_back
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        taken.extend(keys.iter().cloned());
        drop(taken);
        let _turn = Turn { turns: self, keys };
        work()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut taken = self
            .turns
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.retain(|key| !self.keys.contains(key));
        self.turns.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::KeyParts;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn two_submissions_of_one_name_are_never_on_their_way_together() {
        let (turns, at_once) = (Turns::default(), AtomicU32::new(0));
        let key = SubmissionKey::of(&KeyParts::default());
        let keys = [[key.clone(), key.again(2)], [key.again(2), key.clone()]];
        std::thread::scope(|scope| {
            for keys in keys.iter().cycle().take(4) {
                let (turns, at_once) = (&turns, &at_once);
                scope.spawn(move || {
                    for _ in 0..200 {
                        turns.take(keys, || {
                            assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0);
                            std::thread::yield_now();
                            at_once.fetch_sub(1, Ordering::SeqCst);
                        });
                    }
                });
            }
        });
    }
}
