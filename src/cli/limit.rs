//! How long a command may take: one moment at which all that it does has to have ended, from its first step on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Context, ExitStatus, Failure, GlobalArgs};
use crate::files::{Patience, Stop};
use crate::settings::{self, Environment, env};
use crate::transport::{Clock, Deadline};

/// When a command has to have ended.
#[derive(Debug, Clone)]
pub struct Limit {
    start: Instant,
    clock: Clock,
    deadline: Arc<Mutex<Deadline>>,
}

impl Limit {
    /// Returns the limit of a command that begins now. What the settings file says of it counts once that is read.
    pub fn new(global: &GlobalArgs, environment: &Environment, clock: &Clock) -> Self {
        let timeout = [global.timeout.as_deref(), environment.get(env::TIMEOUT)]
            .into_iter()
            .flatten()
            .find_map(settings::length)
            .unwrap_or(settings::TIMEOUT);
        Self {
            start: clock.now(),
            clock: clock.clone(),
            deadline: Arc::new(Mutex::new(Deadline::after(clock, timeout))),
        }
    }

    /// Returns the moment.
    pub fn deadline(&self) -> Deadline {
        self.held().clone()
    }

    /// Has the command end so long after it began.
    pub(super) fn set(&self, timeout: Duration) {
        let left = timeout.saturating_sub(self.clock.since(self.start));
        *self.held() = Deadline::after(&self.clock, left);
    }

    fn held(&self) -> MutexGuard<'_, Deadline> {
        self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Context {
    /// Returns the patience of whatever reads or waits: until the limit, or until somebody wishes to stop.
    pub fn patience(&self) -> Patience {
        let (limit, interrupt) = (self.limit.clone(), self.interrupt.clone());
        Patience::new(move || {
            if interrupt.is_raised() {
                Some(Stop::Interrupted)
            } else {
                limit.held().is_over().then_some(Stop::Deadline)
            }
        })
    }

    /// Goes on, unless it is time to stop: what was read until then is not all there is.
    ///
    /// # Errors
    ///
    /// When the limit is reached, or somebody wishes to stop.
    pub fn go_on(&self) -> Result<(), Failure> {
        self.patience()
            .stop()
            .map_or(Ok(()), |stop| Err(stop.into()))
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Deadline => Self::new(
                ExitStatus::Refused,
                "the time limit of the command ran out; nothing was written",
            )
            .hint("give more time with `--timeout`"),
            Stop::Interrupted => {
                Self::new(ExitStatus::Interrupted, "interrupted; nothing was written")
            }
        }
    }
}
