//! Many small reports on several threads, their results in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, PoisonError};

use super::{ReadError, Source, Summary, look};

/// How many files a thread must have to be worth its start.
const FILES_PER_THREAD: usize = 16;
/// How many results may wait for an earlier one.
const WINDOW: usize = 256;

/// Looks at reports for their summaries, without digests, and hands these over in the order of the sources.
///
/// `threads` is the most that may be used; `None` leaves it to the machine. Fewer are used for few files.
pub fn read_all(
    sources: &[Source],
    threads: Option<NonZeroUsize>,
    each: &mut dyn FnMut(usize, Result<Summary, ReadError>),
) {
    each_ordered(sources, threads, &|source| look(source, &mut |_| {}), each);
}

/// Does `work` on every source, on several threads when there are many, and hands the results over in the order of the sources.
///
/// A bounded number of results waits for its turn, so memory does not grow with the number of sources.
pub fn each_ordered<T: Send>(
    sources: &[Source],
    threads: Option<NonZeroUsize>,
    work: &(dyn Fn(&Source) -> T + Sync),
    each: &mut dyn FnMut(usize, T),
) {
    let most = threads
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    let threads = most.min(sources.len() / FILES_PER_THREAD);
    if threads < 2 {
        for (index, source) in sources.iter().enumerate() {
            each(index, work(source));
        }
        return;
    }
    let next = AtomicUsize::new(0);
    let gate = Gate::default();
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads {
            let sender = sender.clone();
            let (next, gate) = (&next, &gate);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(source) = sources.get(index) else {
                        break;
                    };
                    gate.wait_for(index);
                    if sender.send((index, work(source))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        deliver(&receiver, &gate, each);
    });
}

fn deliver<T>(receiver: &mpsc::Receiver<(usize, T)>, gate: &Gate, each: &mut dyn FnMut(usize, T)) {
    let mut waiting = BTreeMap::new();
    let mut expected = 0;
    for (index, result) in receiver {
        waiting.insert(index, result);
        while let Some(result) = waiting.remove(&expected) {
            each(expected, result);
            expected += 1;
        }
        gate.open_to(expected);
    }
}

/// Keeps the workers from running far ahead of what has been delivered.
#[derive(Debug, Default)]
struct Gate {
    delivered: Mutex<usize>,
    moved: Condvar,
}

impl Gate {
    fn wait_for(&self, index: usize) {
        let mut delivered = self
            .delivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while index >= *delivered + WINDOW {
            delivered = self
                .moved
                .wait(delivered)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open_to(&self, count: usize) {
        *self
            .delivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = count;
        self.moved.notify_all();
    }
}
