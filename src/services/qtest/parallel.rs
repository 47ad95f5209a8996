//! The same work on many things, a bounded number at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does `work` on each item, at most `jobs` at once, and returns the results in the order of the items.
///
/// The first error stops what was not begun; of several, one that `grave` picks is returned rather than another.
pub(super) fn each<T: Sync, R: Send, E: Send>(
    jobs: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
    grave: impl Fn(&E) -> bool,
) -> Result<Vec<R>, E> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done: Mutex<Vec<(usize, Result<R, E>)>> = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        while !stop.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            let result = work(item);
            if result.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((at, result));
        }
    };
    let workers = jobs.clamp(1, items.len().max(1));
    if workers == 1 {
        run();
    } else {
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(run);
            }
        });
    }
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    let (mut results, mut errors) = (Vec::with_capacity(done.len()), Vec::new());
    for (_, result) in done {
        match result {
            Ok(result) => results.push(result),
            Err(error) => errors.push(error),
        }
    }
    let at = errors.iter().position(grave).unwrap_or(0);
    if errors.is_empty() {
        Ok(results)
    } else {
        Err(errors.swap_remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_their_items() {
        let items: Vec<u32> = (0..100).collect();
        let doubled = each(8, &items, |n| Ok::<_, ()>(n * 2), |()| false).unwrap();
        assert_eq!(doubled, items.iter().map(|n| n * 2).collect::<Vec<_>>());
    }

    #[test]
    fn the_gravest_error_is_told() {
        let error = each(
            1,
            &["a", "b"],
            |text| Err::<(), _>(*text),
            |text| *text == "b",
        )
        .unwrap_err();
        assert_eq!(error, "a", "one worker stops at the first");
    }
}
