//! Many small reports on several threads, their results in order.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use super::{ReadError, Source, Summary, look};

/// How many files a thread must have to be worth its start.
const FILES_PER_THREAD: usize = 16;
/// How many files are dealt out at once, at most. A file may take less time than handing over its result does.
const BATCH: usize = 32;
/// How many batches are dealt out before the first of them is waited for, at least: each thread has two. Together they hold the results
/// that wait.
const AHEAD: usize = 16;

/// Some of the sources, and where their results go.
type Batch<'a, T> = (&'a [Source], Sender<Vec<T>>);

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
    let size = (sources.len() / threads / 4).clamp(1, BATCH);
    let mut begin = 0;
    let mut hand_over = |answer: Receiver<Vec<T>>| {
        for (index, result) in (begin..).zip(answer.into_iter().flatten()) {
            each(index, result);
        }
        begin += size;
    };
    std::thread::scope(|scope| {
        let (deal, batches) = mpsc::channel();
        let batches = Arc::new(Mutex::new(batches));
        for _ in 0..threads {
            let batches = Arc::clone(&batches);
            scope.spawn(move || work_off(&batches, work));
        }
        drop(batches);
        let mut answers = VecDeque::new();
        for batch in sources.chunks(size) {
            if answers.len() == AHEAD.max(2 * threads) {
                answers.pop_front().into_iter().for_each(&mut hand_over);
            }
            let (sender, answer) = mpsc::channel();
            answers.push_back(answer);
            if deal.send((batch, sender)).is_err() {
                break;
            }
        }
        drop(deal);
        answers.into_iter().for_each(hand_over);
    });
}

/// Does what is dealt out, until nothing more is.
fn work_off<T>(batches: &Mutex<Receiver<Batch<'_, T>>>, work: &dyn Fn(&Source) -> T) {
    loop {
        let dealt = batches.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok((sources, answer)) = dealt.recv() else {
            return;
        };
        drop(dealt);
        if answer.send(sources.iter().map(work).collect()).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
