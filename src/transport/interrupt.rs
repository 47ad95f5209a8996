//! Cancellation by signal: set once, looked at by everything that waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::clock::Clock;

/// What asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: the user pressed Ctrl-C.
    Interrupt,
    /// SIGTERM: the system, or a CI that cancels its job.
    Terminate,
}

impl Signal {
    const ALL: [Self; 2] = [Self::Interrupt, Self::Terminate];

    fn number(self) -> usize {
        match self {
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }
}

/// A wish to stop, shared by all clones. It cannot be taken back.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    raised: Arc<AtomicUsize>,
    is_deaf: bool,
}

impl Interrupt {
    /// Returns a wish that no signal of this process raises.
    pub fn deaf() -> Self {
        Self {
            is_deaf: true,
            ..Self::default()
        }
    }

    /// Has the signals of this process raise it.
    ///
    /// # Errors
    ///
    /// When the system does not let a handler be installed.
    pub fn listen(&self) -> std::io::Result<()> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        if self.is_deaf {
            return Ok(());
        }
        for (number, signal) in [(SIGINT, Signal::Interrupt), (SIGTERM, Signal::Terminate)] {
            signal_hook::flag::register_usize(number, Arc::clone(&self.raised), signal.number())?;
        }
        // A file that may not grow any more (`ulimit -f`) is an error as a full disk is, and not the end.
        #[cfg(unix)]
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
        Ok(())
    }

    /// Raises it.
    pub fn raise(&self, signal: Signal) {
        self.raised.store(signal.number(), Ordering::SeqCst);
    }

    /// Returns whether it was raised.
    pub fn is_raised(&self) -> bool {
        self.signal().is_some()
    }

    /// Returns the signal that raised it.
    pub fn signal(&self) -> Option<Signal> {
        let number = self.raised.load(Ordering::SeqCst);
        Signal::ALL
            .into_iter()
            .find(|signal| signal.number() == number)
    }

    /// Waits for `how_long`, or until it is raised. Tells whether it was.
    pub fn wait(&self, clock: &Clock, how_long: Duration) -> bool {
        clock.wait(how_long, &|| self.is_raised())
    }
}
