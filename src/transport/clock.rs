//! The time: the only place that asks for it or waits.

use std::time::{Duration, Instant, SystemTime};

/// The clock of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Clock;

impl Clock {
    /// Returns a point in time to measure from. It never runs backwards.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the time comes from"
    )]
    pub fn now() -> Instant {
        Instant::now()
    }

    /// Returns the time of day, as people and services know it.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the time comes from"
    )]
    pub fn wall() -> SystemTime {
        SystemTime::now()
    }

    /// Waits without looking up. Callers look up between short waits: see [`super::Interrupt::wait`].
    #[expect(clippy::disallowed_methods, reason = "this is where waiting is done")]
    pub(super) fn sleep(how_long: Duration) {
        std::thread::sleep(how_long);
    }
}

/// The moment at which a command has to have ended.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns the deadline that lies `how_long` ahead.
    pub fn after(how_long: Duration) -> Self {
        let now = Clock::now();
        // A limit beyond what the clock can express is no limit worth the name: a century will do.
        let century = Duration::from_hours(100 * 365 * 24);
        Self(now.checked_add(how_long).unwrap_or(now + century))
    }

    /// Returns how much time is left, zero when it is over.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Clock::now())
    }

    /// Tells whether it has passed.
    pub fn is_over(self) -> bool {
        self.remaining().is_zero()
    }
}
