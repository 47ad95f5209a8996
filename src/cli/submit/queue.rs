//! Hands out work to several workers, each piece when those before it are done. What comes after a piece that is not there yet,
//! and may be later, is told so.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ordering::Order;
use crate::transport::Clock;

/// How often a worker looks that has nothing to do.
const GLANCE: Duration = Duration::from_millis(25);

/// The reports that are to be handed in, and which of them may go now.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    order: Order,
}

#[derive(Debug)]
struct State {
    ready: VecDeque<u32>,
    waits: Vec<u32>,
    /// For each report, the older one that is not there: by its source.
    held: Vec<Option<usize>>,
    open: usize,
}

/// A report whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    place: u32,
    /// The report, by its source.
    pub(super) report: usize,
    /// The older report that is not there yet, by its source.
    pub(super) waits_for: Option<usize>,
}

impl Queue {
    pub(super) fn new(order: Order) -> Self {
        let waits = order.waits.clone();
        let ready = (0..)
            .zip(&waits)
            .filter(|(_, waits)| **waits == 0)
            .map(|(place, _)| place)
            .collect();
        let open = order.reports.len();
        Self {
            state: Mutex::new(State {
                ready,
                waits,
                held: vec![None; open],
                open,
            }),
            order,
        }
    }

    /// Returns the next report that may go; waits where all that are left wait for others. Nothing when all are done or `stops`
    /// says so.
    pub(super) fn next(&self, clock: &Clock, stops: &dyn Fn() -> bool) -> Option<Turn> {
        loop {
            let mut state = self.state();
            if state.open == 0 || stops() {
                return None;
            }
            if let Some(place) = state.ready.pop_front() {
                return Some(Turn {
                    place,
                    report: *self.order.reports.get(place as usize)?,
                    waits_for: state.held.get(place as usize).copied().flatten(),
                });
            }
            drop(state);
            clock.wait(GLANCE, stops);
        }
    }

    /// Marks a report as done: those that waited for it may go. If it is not there yet and may arrive later, they learn for
    /// which they have to wait: the oldest of a row of reports, also where one of the row was there before.
    pub(super) fn done(&self, turn: &Turn, is_there: bool) {
        let missing = turn.waits_for.or((!is_there).then_some(turn.report));
        let mut state = self.state();
        state.open = state.open.saturating_sub(1);
        for follower in self
            .order
            .followers
            .get(turn.place as usize)
            .into_iter()
            .flatten()
        {
            if let Some(held) = state.held.get_mut(*follower as usize) {
                *held = held.or(missing);
            }
            if let Some(waits) = state.waits.get_mut(*follower as usize) {
                *waits = waits.saturating_sub(1);
                if *waits == 0 {
                    state.ready.push_back(*follower);
                }
            }
        }
    }

    /// Returns how many reports are not done.
    pub(super) fn left(&self) -> usize {
        self.state().open
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> Queue {
        Queue::new(Order {
            reports: vec![10, 11, 12, 13],
            followers: vec![vec![2], vec![], vec![3], vec![]],
            waits: vec![0, 0, 1, 1],
            left_out: 0,
            started: Vec::new(),
        })
    }

    #[test]
    fn a_follower_comes_out_only_after_what_it_waits_for() {
        let queue = queue();
        let next = || queue.next(&Clock::system(), &|| false);
        let (first, second) = (next().unwrap(), next().unwrap());
        assert_eq!((first.report, second.report), (10, 11));
        queue.done(&second, true);
        queue.done(&first, true);
        for report in [12, 13] {
            let turn = next().unwrap();
            assert_eq!((turn.report, turn.waits_for), (report, None));
            queue.done(&turn, true);
        }
        assert_eq!((next(), queue.left()), (None, 0));
    }

    #[test]
    fn one_that_was_there_before_does_not_let_others_pass_what_it_waits_for() {
        let queue = queue();
        let next = || queue.next(&Clock::system(), &|| false);
        queue.done(&next().unwrap(), false);
        queue.done(&next().unwrap(), true);
        for is_there in [true, false] {
            let turn = next().unwrap();
            assert_eq!(turn.waits_for, Some(10));
            queue.done(&turn, is_there);
        }
    }

    #[test]
    fn what_follows_one_that_is_not_there_learns_which_the_oldest_is() {
        let queue = queue();
        let next = || queue.next(&Clock::system(), &|| false);
        queue.done(&next().unwrap(), false);
        queue.done(&next().unwrap(), false);
        for report in [12, 13] {
            let turn = next().unwrap();
            assert_eq!((turn.report, turn.waits_for), (report, Some(10)));
            queue.done(&turn, false);
        }
    }
}
