//! What a person names on the command line: a file, over whatever links, or a pipe, which may keep one waiting.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{Patience, bounded, reading};

/// Something that a person named, open for reading.
#[derive(Debug)]
pub enum Named {
    /// A regular file.
    File(File),
    /// A pipe, a terminal or another device.
    Pipe(Waiting<File>),
}

impl Named {
    /// Opens it, without waiting.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, or is a folder.
    pub fn open(path: &Path, patience: &Patience) -> io::Result<Self> {
        let file = reading().open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(if metadata.is_file() {
            Self::File(file)
        } else {
            Self::Pipe(Waiting::new(file, patience))
        })
    }
}

/// Reads what a person named, whole: from a pipe until its writer closes it.
///
/// # Errors
///
/// When it cannot be read, holds more than `most` bytes, or does not come in time.
pub fn read_named(path: &Path, most: u64, patience: &Patience) -> io::Result<Vec<u8>> {
    match Named::open(path, patience)? {
        Named::File(mut file) => bounded(&mut file, most),
        Named::Pipe(mut pipe) => bounded(&mut pipe, most),
    }
}

/// Returns standard input, past the buffer of the standard library.
///
/// # Errors
///
/// When it is closed.
pub fn standard_input(patience: &Patience) -> io::Result<Waiting<File>> {
    #[cfg(unix)]
    let owned = std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?;
    #[cfg(windows)]
    let owned = std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned()?;
    Ok(Waiting::new(File::from(owned), patience))
}

/// Reads from what may keep one waiting, as long as there is patience.
#[derive(Debug)]
pub struct Waiting<R> {
    inner: R,
    patience: Patience,
}

impl<R> Waiting<R> {
    /// Returns a reader that waits.
    pub fn new(inner: R, patience: &Patience) -> Self {
        Self {
            inner,
            patience: patience.clone(),
        }
    }
}

impl Waiting<File> {
    /// Reads one line, without what ends it; nothing at the end of the input. Not a byte more than the line is taken.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not text, or does not come in time.
    pub fn line(&mut self) -> io::Result<Option<String>> {
        /// More than anybody types.
        const LONGEST: usize = 64 * 1024;
        let mut line = Vec::new();
        let mut byte = [0_u8];
        while line.len() < LONGEST {
            if self.read(&mut byte)? == 0 {
                if line.is_empty() {
                    return Ok(None);
                }
                break;
            }
            let [byte] = byte;
            if byte == b'\n' {
                break;
            }
            line.push(byte);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        String::from_utf8(line)
            .map(Some)
            .map_err(|_other| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
    }
}

#[cfg(unix)]
impl<R: Read + std::os::fd::AsFd> Read for Waiting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use rustix::io::Errno;

        /// How often it is asked whether to go on.
        const GLANCE: Timespec = Timespec {
            tv_sec: 0,
            tv_nsec: 25_000_000,
        };
        loop {
            self.patience.check()?;
            let mut watched = [PollFd::new(&self.inner, PollFlags::IN)];
            match poll(&mut watched, Some(&GLANCE)) {
                Ok(0) | Err(Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            match self.inner.read(buffer) {
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                    ) => {}
                answer => return answer,
            }
        }
    }
}

/// Here a read cannot be left alone: only between two of them is there a look.
#[cfg(not(unix))]
impl<R: Read> Read for Waiting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.patience.check()?;
        self.inner.read(buffer)
    }
}
