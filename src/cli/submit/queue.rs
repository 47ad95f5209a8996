//! Hands out work to several workers, each piece when those before it are done.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::survey::Order;

/// How often a waiting worker looks whether it shall stop.
const GLANCE: Duration = Duration::from_millis(100);

/// The reports that are to be handed in, and which of them may go now.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    order: Order,
}

#[derive(Debug)]
struct State {
    ready: VecDeque<u32>,
    waits: Vec<u32>,
    open: usize,
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
            state: Mutex::new(State { ready, waits, open }),
            changed: Condvar::new(),
            order,
        }
    }

    /// Returns the next report that may go, as its place in the order and its source; waits where all that are left wait for
    /// others. Nothing when all are done or `stops` says so.
    pub(super) fn next(&self, stops: &dyn Fn() -> bool) -> Option<(u32, usize)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.open > 0 && !stops() {
            if let Some(place) = state.ready.pop_front() {
                return Some((place, *self.order.reports.get(place as usize)?));
            }
            let waited = self.changed.wait_timeout(state, GLANCE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        None
    }

    /// Tells that a report is done, however it ended: those that waited for it may go.
    pub(super) fn done(&self, place: u32) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open = state.open.saturating_sub(1);
        for follower in self
            .order
            .followers
            .get(place as usize)
            .into_iter()
            .flatten()
        {
            if let Some(waits) = state.waits.get_mut(*follower as usize) {
                *waits = waits.saturating_sub(1);
                if *waits == 0 {
                    state.ready.push_back(*follower);
                }
            }
        }
        self.changed.notify_all();
    }

    /// Returns how many reports are not done.
    pub(super) fn left(&self) -> usize {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follower_comes_out_only_after_what_it_waits_for() {
        let order = Order {
            reports: vec![10, 11, 12],
            followers: vec![vec![2], vec![], vec![]],
            waits: vec![0, 0, 1],
            left_out: 0,
        };
        let queue = Queue::new(order);
        let next = || queue.next(&|| false);
        assert_eq!((next(), next()), (Some((0, 10)), Some((1, 11))));
        queue.done(1);
        queue.done(0);
        assert_eq!(next(), Some((2, 12)));
        queue.done(2);
        assert_eq!((next(), queue.left()), (None, 0));
    }
}
