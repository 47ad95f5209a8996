//! What surrounds a run of the program: the machine, or what a simulation puts in its place.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use crate::files::Patience;
use crate::journal::{Journal, JournalError, JournalFile, LockFile, Locks};
use crate::settings::Environment;
use crate::transport::{Clock, Interrupt, Random, Wire};

/// Opens what stands in for the journal's file.
pub type JournalOpener = Arc<dyn Fn(&Path) -> std::io::Result<Box<dyn JournalFile>> + Send + Sync>;

/// Opens what stands in for the locks beside the journal.
pub type LockOpener = Arc<dyn Fn(&Path) -> std::io::Result<Box<dyn Locks>> + Send + Sync>;

/// Standard output and standard error.
pub type Streams = (Box<dyn Write + Send>, Box<dyn Write + Send>);

/// What surrounds a run of the program.
pub struct Surroundings {
    /// The environment's variables.
    pub environment: Environment,
    /// What tells the time, and waits.
    pub clock: Clock,
    /// Where random numbers come from.
    pub random: Random,
    /// Cancellation by signal.
    pub interrupt: Interrupt,
    /// What carries requests; nothing for the network.
    pub wire: Option<Arc<dyn Wire>>,
    /// What keeps the journal; nothing for the file system.
    pub journals: Option<JournalOpener>,
    /// What the processes of this machine heed each other by; nothing for a file beside the journal.
    pub locks: Option<LockOpener>,
    /// Where output goes; nothing for the streams of this process.
    pub streams: Option<Streams>,
}

impl Surroundings {
    /// Returns this machine.
    pub fn of_process() -> Self {
        Self {
            environment: Environment::of_process(),
            clock: Clock::system(),
            random: Random::default(),
            interrupt: Interrupt::default(),
            wire: None,
            journals: None,
            locks: None,
            streams: None,
        }
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Surroundings")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

/// What a simulation puts in the machine's place, as a command has it at hand.
#[derive(Clone, Default)]
pub struct StandIns {
    /// What carries requests.
    pub wire: Option<Arc<dyn Wire>>,
    /// What keeps the journal.
    pub journals: Option<JournalOpener>,
    /// What the processes of this machine heed each other by.
    pub locks: Option<LockOpener>,
}

impl StandIns {
    /// Opens the journal at a path, on the disk or where a simulation keeps it.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`].
    pub fn journal(
        &self,
        path: &Path,
        clock: &Clock,
        patience: &Patience,
    ) -> Result<Journal, JournalError> {
        match &self.journals {
            None => Journal::open(path, clock, patience),
            Some(open) => {
                let file = open(path).map_err(|cause| JournalError::new(path, cause))?;
                Journal::kept_in(file, path, clock)
            }
        }
    }
}

impl StandIns {
    /// Opens the file beside the journal by which the processes of one machine heed each other.
    ///
    /// # Errors
    ///
    /// When it cannot be made or locked.
    pub fn locks(&self, journal: &Path) -> std::io::Result<Box<dyn Locks>> {
        let path = journal.with_extension("lock");
        match &self.locks {
            None => Ok(Box::new(LockFile::open(&path)?)),
            Some(open) => open(&path),
        }
    }
}

impl fmt::Debug for StandIns {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StandIns")
            .field("wire", &self.wire.is_some())
            .field("journals", &self.journals.is_some())
            .field("locks", &self.locks.is_some())
            .finish()
    }
}
