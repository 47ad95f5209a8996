//! The time: the only place that asks for it or waits, for a moment or for other workers. Handed to whoever needs it, so that a test can
//! put its own in its place.

use std::fmt;
use std::sync::{
    Arc, LockResult, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    TryLockError, TryLockResult,
};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How often a wait looks up.
const GLANCE: Duration = Duration::from_millis(25);

/// A clock, and the only way to wait: this machine's own, or a simulated one.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<dyn SimulatedTime>>);

/// Time that a test makes pass.
pub trait SimulatedTime: Send + Sync {
    /// Returns a point in time to measure from. It never runs backwards.
    fn now(&self) -> Instant;

    /// Returns the time of day, which may be wrong and may jump.
    fn wall(&self) -> SystemTime;

    /// Returns the zone of the machine.
    fn zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    /// Waits for `how_long`, or until `stop` says that it is enough.
    fn wait(&self, how_long: Duration, stop: &dyn Fn() -> bool);

    /// Does the same work by so many workers at once, and returns when all are done.
    fn together(&self, workers: usize, work: &(dyn Fn() + Sync)) {
        side_by_side(workers, work);
    }

    /// Lets other workers go on: one of them holds what this one wants.
    fn step_aside(&self) {
        std::thread::yield_now();
    }
}

fn side_by_side(workers: usize, work: &(dyn Fn() + Sync)) {
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
}

impl Clock {
    /// Returns the clock of this machine.
    pub fn system() -> Self {
        Self(None)
    }

    /// Returns a simulated clock.
    pub fn simulated(time: Arc<dyn SimulatedTime>) -> Self {
        Self(Some(time))
    }

    /// Returns a point in time to measure from. It never runs backwards.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the time comes from"
    )]
    pub fn now(&self) -> Instant {
        match &self.0 {
            Some(time) => time.now(),
            None => Instant::now(),
        }
    }

    /// Returns how much time has passed since a point in time.
    pub fn since(&self, begin: Instant) -> Duration {
        self.now().saturating_duration_since(begin)
    }

    /// Returns the time of day, as people and services know it.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the time comes from"
    )]
    pub fn wall(&self) -> SystemTime {
        match &self.0 {
            Some(time) => time.wall(),
            None => SystemTime::now(),
        }
    }

    /// Returns the time of day as a timestamp.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::try_from(self.wall()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Returns the zone of this machine: that of times which name none.
    pub fn zone(&self) -> TimeZone {
        match &self.0 {
            Some(time) => time.zone(),
            None => TimeZone::system(),
        }
    }

    /// Waits for `how_long`, or until `stop` says that it is enough. Tells whether it did.
    #[expect(clippy::disallowed_methods, reason = "this is where waiting is done")]
    pub fn wait(&self, how_long: Duration, stop: &dyn Fn() -> bool) -> bool {
        if let Some(time) = &self.0 {
            time.wait(how_long, stop);
            return stop();
        }
        let begin = self.now();
        while !stop() {
            let Some(left) = how_long.checked_sub(self.since(begin)) else {
                return false;
            };
            std::thread::sleep(left.min(GLANCE));
        }
        true
    }

    /// Does the same work by so many workers at once, and returns when all are done.
    pub fn together(&self, workers: usize, work: &(dyn Fn() + Sync)) {
        match &self.0 {
            Some(time) => time.together(workers, work),
            None => side_by_side(workers, work),
        }
    }

    /// Locks what another worker may hold while it waits for an answer. A panic of its holder changes nothing.
    pub fn lock<'a, T>(&self, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
        self.held(|| mutex.lock(), || mutex.try_lock())
    }

    /// Locks to read, as [`Self::lock`].
    pub fn read<'a, T>(&self, lock: &'a RwLock<T>) -> RwLockReadGuard<'a, T> {
        self.held(|| lock.read(), || lock.try_read())
    }

    /// Locks to write, as [`Self::lock`].
    pub fn write<'a, T>(&self, lock: &'a RwLock<T>) -> RwLockWriteGuard<'a, T> {
        self.held(|| lock.write(), || lock.try_write())
    }

    fn held<G>(
        &self,
        block: impl FnOnce() -> LockResult<G>,
        attempt: impl Fn() -> TryLockResult<G>,
    ) -> G {
        let Some(time) = &self.0 else {
            return block().unwrap_or_else(PoisonError::into_inner);
        };
        loop {
            match attempt() {
                Ok(guard) => return guard,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => time.step_aside(),
            }
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.0.is_some() {
            "simulated"
        } else {
            "system"
        };
        formatter.debug_tuple("Clock").field(&kind).finish()
    }
}

/// The moment at which a command has to have ended.
#[derive(Debug, Clone)]
pub struct Deadline {
    end: Instant,
    clock: Clock,
}

impl Deadline {
    /// Returns the deadline that lies `how_long` ahead by this clock.
    pub fn after(clock: &Clock, how_long: Duration) -> Self {
        let now = clock.now();
        // A limit beyond what the clock can express is no limit worth the name: a century will do.
        let century = Duration::from_hours(100 * 365 * 24);
        Self {
            end: now.checked_add(how_long).unwrap_or(now + century),
            clock: clock.clone(),
        }
    }

    /// Returns how much time is left, zero when it is over.
    pub fn remaining(&self) -> Duration {
        self.end.saturating_duration_since(self.clock.now())
    }

    /// Returns whether it has passed.
    pub fn is_over(&self) -> bool {
        self.remaining().is_zero()
    }
}
