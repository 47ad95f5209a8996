//! What a journal is kept in.

use std::fmt::Debug;
use std::fs::File;
use std::io::{Read, Result, Seek, Write};

/// What a journal is kept in: a file that several processes append to, or what a test puts in its place.
pub trait JournalFile: Read + Write + Seek + Send + Debug {
    /// Keeps other processes from reading and writing until it is unlocked; waits for them.
    ///
    /// # Errors
    ///
    /// When the file system has no locks.
    fn lock(&mut self) -> Result<()>;

    /// Lets other processes go on.
    ///
    /// # Errors
    ///
    /// When the file system has no locks.
    fn unlock(&mut self) -> Result<()>;

    /// Waits until the disk holds what was written.
    ///
    /// # Errors
    ///
    /// When it cannot.
    fn sync(&mut self) -> Result<()>;
}

impl JournalFile for File {
    fn lock(&mut self) -> Result<()> {
        Self::lock(self)
    }

    fn unlock(&mut self) -> Result<()> {
        Self::unlock(self)
    }

    fn sync(&mut self) -> Result<()> {
        self.sync_data()
    }
}
