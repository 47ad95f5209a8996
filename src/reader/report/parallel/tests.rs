//! The order of results, and how many of them wait.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn sources(count: usize) -> Vec<Source> {
    (0..count)
        .map(|number| Source::in_memory(number.to_string(), &b""[..]))
        .collect()
}

#[test]
fn results_come_in_the_order_of_their_sources_however_long_each_takes() {
    for (count, threads) in [
        (0, 2),
        (1, 2),
        (31, 2),
        (32, 2),
        (33, 2),
        (100, 3),
        (5001, 4),
    ] {
        let sources = sources(count);
        let work = |source: &Source| {
            let number: usize = source.display().parse().unwrap();
            (0..number * 7919 % 13).for_each(|_| std::thread::yield_now());
            number
        };
        let mut order = Vec::new();
        each_ordered(
            &sources,
            NonZeroUsize::new(threads),
            &work,
            &mut |index, number| {
                order.push((index, number));
            },
        );
        let expected: Vec<_> = (0..count).map(|number| (number, number)).collect();
        assert_eq!(order, expected, "{count} sources on {threads} threads");
    }
}

#[test]
fn no_more_results_wait_than_the_batches_dealt_out_ahead_hold() {
    let sources = sources(20 * AHEAD * BATCH);
    let begun = AtomicUsize::new(0);
    let work = |_: &Source| begun.fetch_add(1, Ordering::Relaxed);
    let mut most = 0;
    each_ordered(&sources, NonZeroUsize::new(2), &work, &mut |index, _| {
        // The threads get every chance to run ahead.
        (0..100).for_each(|_| std::thread::yield_now());
        most = most.max(begun.load(Ordering::Relaxed) - index);
    });
    assert!(most <= (AHEAD + 1) * BATCH, "{most} results waited");
}

#[test]
#[should_panic(expected = "a scoped thread panicked")]
fn work_that_panics_ends_the_whole_instead_of_waiting_for_ever() {
    let work = |_: &Source| panic!("as a test wants it");
    each_ordered(&sources(1000), NonZeroUsize::new(2), &work, &mut |_, ()| {});
}
