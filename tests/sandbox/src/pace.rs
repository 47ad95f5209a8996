//! When a service carries out what it has accepted.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// When something that was accepted is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Before the answer that accepts it leaves; the first look says that it is done.
    AtOnce,
    /// When so many requests of any kind have come after the one that brought it.
    Requests(u32),
    /// After so long.
    Time(Duration),
    /// Never.
    Never,
}

/// When something was accepted: by the clock, and by the number of requests so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) time: Timestamp,
    pub(crate) tick: u64,
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Progress {
    Waiting,
    Begun,
    Done,
}

impl Moment {
    pub(crate) fn now(tick: u64) -> Self {
        Self {
            time: crate::time::now(),
            tick,
        }
    }

    /// Returns how far it is when `tick` requests have come.
    pub(crate) fn progress(self, pace: Pace, tick: u64) -> Progress {
        let (done, begun) = match pace {
            Pace::AtOnce => (true, true),
            Pace::Requests(requests) => (tick >= self.tick + u64::from(requests), tick > self.tick),
            Pace::Time(duration) => (self.age() >= duration, self.age() >= duration / 2),
            Pace::Never => (false, tick > self.tick),
        };
        match (done, begun) {
            (true, _) => Progress::Done,
            (false, true) => Progress::Begun,
            (false, false) => Progress::Waiting,
        }
    }

    fn age(self) -> Duration {
        let age = crate::time::now().duration_since(self.time);
        Duration::try_from(age.max(SignedDuration::ZERO)).unwrap_or_default()
    }
}
