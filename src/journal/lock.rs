//! One submission at a time on one machine: a lock a submission, in one file beside the journal, given back by the system when its
//! holder dies.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::files;

/// Locks that the processes of one machine heed, by the name of a submission.
pub trait Locks: fmt::Debug + Send + Sync {
    /// Takes the lock of this name, and returns what holds it as long as it lives; nothing while another process holds it.
    ///
    /// # Errors
    ///
    /// When the file cannot be locked.
    fn try_take(&self, name: &str) -> io::Result<Option<Guard>>;
}

/// Holds a lock as long as it lives.
pub type Guard = Box<dyn Send + Sync>;

/// Locks in a file: it stays empty, and is the only one whatever the number of submissions.
#[derive(Debug)]
pub struct LockFile(Arc<system::Shared>);

impl LockFile {
    /// Opens the file, and makes it where it is missing. Its folder is there.
    ///
    /// # Errors
    ///
    /// When it cannot be made, or where nothing can be locked, as on some network drives.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = files::open_to_lock(path)?;
        let locks = Self(Arc::new(system::Shared::new(file)));
        // Tried once: where it does not work at all, it is better known at once.
        drop(locks.try_take("")?);
        Ok(locks)
    }
}

impl Locks for LockFile {
    fn try_take(&self, name: &str) -> io::Result<Option<Guard>> {
        let held = system::Shared::try_take(&self.0, name)?;
        Ok(held.map(|held| Box::new(held) as Guard))
    }
}

/// Linux: one byte of the file a submission, by a digest of its name.
#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io;
    use std::sync::Arc;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;
    use sha2::{Digest as _, Sha256};

    #[derive(Debug)]
    pub(super) struct Shared(File);

    pub(super) struct Held {
        shared: Arc<Shared>,
        byte: i64,
    }

    impl Shared {
        pub(super) fn new(file: File) -> Self {
            Self(file)
        }

        pub(super) fn try_take(shared: &Arc<Self>, name: &str) -> io::Result<Option<Held>> {
            let byte = byte_of(name);
            match shared.set(byte, libc::F_WRLCK) {
                Ok(()) => Ok(Some(Held {
                    shared: Arc::clone(shared),
                    byte,
                })),
                Err(Errno::EAGAIN | Errno::EACCES) => Ok(None),
                Err(error) => Err(error.into()),
            }
        }

        fn set(&self, byte: i64, kind: libc::c_int) -> nix::Result<()> {
            let range = libc::flock {
                l_type: libc::c_short::try_from(kind).unwrap_or_default(),
                l_whence: libc::c_short::try_from(libc::SEEK_SET).unwrap_or_default(),
                l_start: byte,
                l_len: 1,
                l_pid: 0,
            };
            fcntl(&self.0, FcntlArg::F_OFD_SETLK(&range)).map(drop)
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            // Closing the file would do the same.
            self.shared.set(self.byte, libc::F_UNLCK).ok();
        }
    }

    fn byte_of(name: &str) -> i64 {
        let digest = Sha256::digest(name.as_bytes());
        let bytes = digest.iter().take(7);
        bytes.fold(0, |number, byte| number << 8 | i64::from(*byte))
    }
}

/// Elsewhere the whole file: submissions beside one journal go one after the other.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::{File, TryLockError};
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    #[derive(Debug)]
    pub(super) struct Shared {
        file: File,
        holders: Mutex<usize>,
    }

    pub(super) struct Held(Arc<Shared>);

    impl Shared {
        pub(super) fn new(file: File) -> Self {
            Self {
                file,
                holders: Mutex::new(0),
            }
        }

        pub(super) fn try_take(shared: &Arc<Self>, _name: &str) -> io::Result<Option<Held>> {
            let mut holders = shared
                .holders
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if *holders == 0 {
                match shared.file.try_lock() {
                    Ok(()) => {}
                    Err(TryLockError::WouldBlock) => return Ok(None),
                    Err(TryLockError::Error(error)) => return Err(error),
                }
            }
            *holders += 1;
            Ok(Some(Held(Arc::clone(shared))))
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            let mut holders = self
                .0
                .holders
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *holders -= 1;
            if *holders == 0 {
                drop(self.0.file.unlock());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_gets_the_lock_only_when_the_first_has_given_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.lock");
        let (first, second) = (
            LockFile::open(&path).unwrap(),
            LockFile::open(&path).unwrap(),
        );
        let held = first.try_take("a").unwrap();
        assert!(held.is_some());
        assert!(second.try_take("a").unwrap().is_none());
        drop(held);
        assert!(second.try_take("a").unwrap().is_some());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_submission_is_not_kept_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.lock");
        let (first, second) = (
            LockFile::open(&path).unwrap(),
            LockFile::open(&path).unwrap(),
        );
        let _held = first.try_take("a").unwrap();
        assert!(second.try_take("b").unwrap().is_some());
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1);
    }
}
