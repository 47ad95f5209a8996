//! How long something may take, told by whoever asked for it.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// Why somebody does not want to wait any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The command's own time limit ran out.
    Deadline,
    /// The user or the system asked to stop.
    Interrupted,
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Deadline => "the time limit of the command ran out",
            Self::Interrupted => "interrupted",
        })
    }
}

impl std::error::Error for Stop {}

/// Decides, whenever it is asked, whether to go on. The default goes on for ever.
#[derive(Clone, Default)]
pub struct Patience(Option<Arc<Ask>>);

type Ask = dyn Fn() -> Option<Stop> + Send + Sync;

impl fmt::Debug for Patience {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Patience")
            .field(&self.stop())
            .finish()
    }
}

impl Patience {
    /// Returns the patience that ends when `ask` gives a reason.
    pub fn new(ask: impl Fn() -> Option<Stop> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(ask)))
    }

    /// Returns why to stop, where there is a reason.
    pub fn stop(&self) -> Option<Stop> {
        self.0.as_ref().and_then(|ask| ask())
    }

    /// Goes on, or says why not.
    ///
    /// # Errors
    ///
    /// When it is time to stop.
    pub fn check(&self) -> io::Result<()> {
        match self.stop() {
            None => Ok(()),
            // Never `ErrorKind::Interrupted`: the standard library would try again.
            Some(stop) => Err(io::Error::new(io::ErrorKind::TimedOut, stop)),
        }
    }

    /// Returns a reader that stops when it is time to.
    pub fn reader<R>(&self, inner: R) -> Patient<R> {
        Patient {
            inner,
            patience: self.clone(),
        }
    }
}

impl Stop {
    /// Returns the cancellation that ended something.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// Reads as long as there is patience.
#[derive(Debug)]
pub struct Patient<R> {
    inner: R,
    patience: Patience,
}

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.patience.check()?;
        self.inner.read(buffer)
    }
}

impl<R: Seek> Seek for Patient<R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}
