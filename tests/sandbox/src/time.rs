//! The time by which the stand-ins go: this machine's, unless a simulation says otherwise.

use std::cell::Cell;

use jiff::Timestamp;

thread_local! { static SIMULATED: Cell<Option<Timestamp>> = const { Cell::new(None) } }

/// Returns the time, as exact as the services give it: with seven digits of a second at most.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the time of the stand-ins comes from"
)]
pub fn now() -> Timestamp {
    let now = SIMULATED.get().unwrap_or_else(Timestamp::now);
    let nanoseconds = now.as_nanosecond();
    Timestamp::from_nanosecond(nanoseconds - nanoseconds.rem_euclid(100)).unwrap_or(now)
}

/// Does `work` at a moment that a simulation chose, as far as this thread is concerned.
pub fn at<T>(moment: Timestamp, work: impl FnOnce() -> T) -> T {
    let before = SIMULATED.replace(Some(moment));
    let done = work();
    SIMULATED.set(before);
    done
}
