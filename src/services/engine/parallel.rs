//! The same work on many things, a bounded number at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::transport::Clock;

/// Does `work` on each item, at most `jobs` at once, and returns what came of them in the order of the items.
///
/// # Errors
///
/// The first error in that order; nothing new is begun after any.
pub fn each<T: Sync, R: Send, E: Send>(
    (clock, jobs): (&Clock, usize),
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let workers = jobs.clamp(1, items.len().max(1));
    if workers == 1 {
        return items.iter().map(work).collect();
    }
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done: Mutex<Vec<(usize, Result<R, E>)>> = Mutex::new(Vec::with_capacity(items.len()));
    clock.together(workers, &|| {
        while !failed.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            let result = work(item);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((at, result));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_their_items() {
        let items: Vec<u32> = (0..100).collect();
        let doubled = each((&Clock::system(), 8), &items, |n| Ok::<_, ()>(n * 2));
        assert_eq!(doubled, Ok(items.iter().map(|n| n * 2).collect::<Vec<_>>()));
    }

    #[test]
    fn nothing_new_is_begun_after_an_error_and_what_was_begun_is_brought_to_its_end() {
        let begun = AtomicUsize::new(0);
        let items: Vec<u32> = (0..1000).collect();
        let answer = each((&Clock::system(), 4), &items, |n| {
            begun.fetch_add(1, Ordering::SeqCst);
            if *n == 3 { Err("three") } else { Ok(()) }
        });
        assert_eq!(answer, Err("three"));
        assert!(begun.into_inner() < 1000);
    }
}
