//! What a journal is kept in.

use std::fmt::Debug;
use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom, Write};

use crate::files::{self, Patience};

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

/// A file that is not waited for longer than there is patience.
#[derive(Debug)]
pub(super) struct OnDisk {
    file: File,
    patience: Patience,
}

impl OnDisk {
    pub(super) fn new(file: File, patience: &Patience) -> Self {
        Self {
            file,
            patience: patience.clone(),
        }
    }
}

impl JournalFile for OnDisk {
    fn lock(&mut self) -> Result<()> {
        files::lock(&self.file, &self.patience)
    }

    fn unlock(&mut self) -> Result<()> {
        self.file.unlock()
    }

    fn sync(&mut self) -> Result<()> {
        self.file.sync_data()
    }
}

impl Read for OnDisk {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.file.read(buffer)
    }
}

impl Write for OnDisk {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }
}

impl Seek for OnDisk {
    fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        self.file.seek(position)
    }
}
