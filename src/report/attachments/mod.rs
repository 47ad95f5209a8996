//! From the name that a report gives an attachment to a file that may be read, or the reason why not.
//!
//! The name was chosen by whoever wrote the report. Only regular files below the report's own folder, or below a folder that the
//! user names, are given out; what leads out of them is refused by name.

use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::model::Attachment;

/// Where attachments may be, and how large.
#[derive(Debug, Clone, Default)]
pub struct Attachments {
    /// The folders, as they are named and as they are.
    roots: Vec<(PathBuf, PathBuf)>,
    largest: Option<u64>,
}

/// What became of an attachment's name.
#[derive(Debug)]
pub enum Located {
    /// A regular file inside the folders.
    Found(AttachmentFile),
    /// The name leads out of the folders, or to something that is no file.
    Refused {
        /// The name as the report gives it.
        path: PathBuf,
        /// Why, as the end of a sentence that begins with the name.
        reason: String,
    },
    /// There is no such file in the folders.
    NotFound {
        /// The name as the report gives it.
        path: PathBuf,
    },
    /// The file is larger than the service takes.
    TooLarge {
        /// The name as the report gives it.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The most, in bytes.
        largest: u64,
    },
}

/// A file that may be attached. It stays open, so that nobody can put another one in its place.
#[derive(Debug)]
pub struct AttachmentFile {
    /// Its name without folders.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The file, at its beginning.
    pub file: File,
}

impl Attachments {
    /// Returns the folders in which attachments may be: the report's own, and one that the user names.
    pub fn new(report: Option<&Path>, named: Option<&Path>) -> Self {
        let roots = [report, named]
            .into_iter()
            .flatten()
            .filter_map(|root| Some((root.to_owned(), root.canonicalize().ok()?)))
            .collect();
        Self {
            roots,
            largest: None,
        }
    }

    /// Sets the most that a file may hold, in bytes.
    #[must_use]
    pub fn largest(mut self, largest: u64) -> Self {
        self.largest = Some(largest);
        self
    }

    /// Finds the file of an attachment.
    pub fn locate(&self, attachment: &Attachment) -> Located {
        let path = attachment.path.as_path();
        let refused = |reason: &str| Located::Refused {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let mut outside = leads_out(path);
        for candidate in self.candidates(path) {
            let Ok(real) = candidate.canonicalize() else {
                continue;
            };
            if !self.roots.iter().any(|(_, root)| real.starts_with(root)) {
                outside = true;
                continue;
            }
            return match open(&real) {
                Ok(Some(found)) => self.bounded(path, found),
                Ok(None) => refused("is not a regular file"),
                Err(error) => refused(&format!("cannot be read: {error}")),
            };
        }
        if outside {
            return refused("leads out of the folder of the report");
        }
        Located::NotFound {
            path: path.to_owned(),
        }
    }

    fn bounded(&self, path: &Path, found: AttachmentFile) -> Located {
        match self.largest.filter(|largest| found.size > *largest) {
            Some(largest) => Located::TooLarge {
                path: path.to_owned(),
                size: found.size,
                largest,
            },
            None => Located::Found(found),
        }
    }

    /// Returns where the file may be: as named, and directly in a folder when the name is that of another machine.
    fn candidates(&self, path: &Path) -> Vec<PathBuf> {
        let text = path.to_string_lossy();
        let foreign = is_windows(&text) || path.is_absolute();
        let slashed = PathBuf::from(text.replace('\\', "/"));
        let base = slashed.file_name().map(PathBuf::from);
        let mut candidates = Vec::new();
        for (root, _) in &self.roots {
            candidates.push(root.join(path));
            if slashed != path && !foreign {
                candidates.push(root.join(&slashed));
            }
            // Below a folder that the user names, a name may begin where the folder's own path ends.
            candidates.push(root.join(below(&slashed)));
            candidates.extend(base.iter().filter(|_| foreign).map(|base| root.join(base)));
        }
        candidates
    }
}

/// Returns a relative path without the steps upwards at its beginning.
fn below(path: &Path) -> PathBuf {
    path.components()
        .skip_while(|part| !matches!(part, Component::Normal(_)))
        .take_while(|part| matches!(part, Component::Normal(_)))
        .collect()
}

/// Tells whether a text is an absolute path of Windows: `C:\…` or `\\server\…`.
fn is_windows(text: &str) -> bool {
    let mut characters = text.chars();
    text.starts_with("\\\\")
        || (characters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && characters.next() == Some(':')
            && matches!(characters.next(), Some('\\' | '/')))
}

/// Tells by its letters alone whether a path leads out of the folder that it starts from.
pub(super) fn leads_out(path: &Path) -> bool {
    let text = path.to_string_lossy();
    if is_windows(&text) {
        // A path of the machine that ran the tests: only its last part is looked for.
        return false;
    }
    let slashed = PathBuf::from(text.replace('\\', "/"));
    let mut depth = 0_i64;
    for part in slashed.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::ParentDir => depth -= 1,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return true,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

/// Opens a regular file; `None` for anything else. What was looked at is what is opened.
fn open(path: &Path) -> io::Result<Option<AttachmentFile>> {
    // Opening a named pipe would wait for a writer, so it must not come to that.
    if !path.symlink_metadata()?.is_file() {
        return Ok(None);
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    Ok(Some(AttachmentFile {
        name: path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        path: path.to_owned(),
        size: metadata.len(),
        file,
    }))
}

#[cfg(test)]
mod tests;
