//! What stands beside a report: in its folder, or in the archive that it came in.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::Archive;
use crate::files;

/// The place that a report was found in.
#[derive(Debug, Clone, Default)]
pub enum Beside {
    /// There is none: the report came through standard input.
    #[default]
    Nothing,
    /// A folder on the disk.
    Folder(PathBuf),
    /// A folder in an archive.
    Archive(ArchiveFolder),
}

/// A folder in an archive.
#[derive(Debug, Clone)]
pub struct ArchiveFolder {
    pub(super) archive: Arc<Archive>,
    /// Its path in the archive, ending with a slash; empty at the top.
    pub(super) path: Arc<str>,
}

impl ArchiveFolder {
    /// Returns its path in the archive, ending with a slash; empty at the top.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the names of all files of the archive, as its own list has them. Nothing is unpacked for that.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.archive.names()
    }

    /// Unpacks a file of the archive to `target`, and tells how large it is.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is larger than `most` bytes or looks like an attack; [`io::ErrorKind::Unsupported`] for a link.
    pub fn unpack(&self, name: &str, most: u64, target: &Path) -> io::Result<u64> {
        self.archive.unpack_to(name, most, target)
    }

    /// Returns the number of a file, by its path from here.
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        self.archive.find(&format!("{}{path}", self.path))
    }
}

impl Beside {
    /// Returns the folder, where it is one on the disk.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Nothing | Self::Archive(_) => None,
        }
    }

    /// Returns whether there is a file of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Folder(folder) => real(folder, name).is_some_and(|(_, file)| file.is_file()),
            Self::Archive(folder) => folder.find(name).is_some(),
        }
    }

    /// Opens the file of this name.
    pub(super) fn open(&self, name: &str) -> io::Result<Box<dyn Read>> {
        match self {
            Self::Nothing => Err(io::ErrorKind::NotFound.into()),
            Self::Folder(folder) => {
                let (root, file) = real(folder, name).ok_or(io::ErrorKind::NotFound)?;
                Ok(Box::new(files::open_below(&root, &file)?))
            }
            Self::Archive(folder) => {
                let index = folder.find(name).ok_or(io::ErrorKind::NotFound)?;
                Ok(Box::new(folder.archive.open(index)?))
            }
        }
    }
}

/// Returns the real paths of a folder and of what has this name in it. Nothing for a link that leads out of it.
fn real(folder: &Path, name: &str) -> Option<(PathBuf, PathBuf)> {
    let file = folder.join(name).canonicalize().ok()?;
    let root = folder.canonicalize().ok()?;
    let is_inside = file.starts_with(&root) && !files::is_off_limits(&file);
    is_inside.then_some((root, file))
}
