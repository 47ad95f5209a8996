//! The time by which the stand-ins go: this machine's, unless a simulation says otherwise.

use std::cell::Cell;

use jiff::Timestamp;

thread_local! { static SIMULATED: Cell<Option<Timestamp>> = const { Cell::new(None) } }

/// Returns the time.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the time of the stand-ins comes from"
)]
pub fn now() -> Timestamp {
    SIMULATED.get().unwrap_or_else(Timestamp::now)
}

/// Does `work` at a moment that a simulation chose, as far as this thread is concerned.
pub fn at<T>(moment: Timestamp, work: impl FnOnce() -> T) -> T {
    let before = SIMULATED.replace(Some(moment));
    let done = work();
    SIMULATED.set(before);
    done
}
