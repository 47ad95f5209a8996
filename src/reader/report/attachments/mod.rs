//! From the name that a report gives an attachment to a file that may be read, or the reason why not.
//!
//! The name was chosen by whoever wrote the report. Only regular files below the report's own folder, or below a folder that the
//! user names, are given out; what leads out of them is refused by name.

use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::beside::{ArchiveFolder, Beside};
use crate::files::{self, KnownFile};
use crate::model::Attachment;

/// Where attachments may be, and how large.
#[derive(Debug, Clone, Default)]
pub struct Attachments {
    roots: Vec<Root>,
    largest: Option<u64>,
    /// What is never handed out.
    never: Vec<KnownFile>,
}

/// A folder that attachments may be in.
#[derive(Debug, Clone)]
enum Root {
    /// On the disk: as it is named, and as it is.
    Folder {
        named: PathBuf,
        real: PathBuf,
    },
    Archive(ArchiveFolder),
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
    /// Where it is, and what it is known by.
    pub known: KnownFile,
    /// The file, at its beginning.
    pub file: File,
}

impl Attachments {
    /// Returns the folders in which attachments may be: the report's own, and those that the user names.
    pub fn new(report: &Beside, named: &[PathBuf]) -> Self {
        let folder = |named: &Path| {
            let real = named.canonicalize().ok()?;
            let named = named.to_owned();
            Some(Root::Folder { named, real })
        };
        let own = match report {
            Beside::Nothing => None,
            Beside::Folder(path) => folder(path),
            Beside::Archive(inside) => Some(Root::Archive(inside.clone())),
        };
        let named = named.iter().filter_map(|named| folder(named));
        let roots = own.into_iter().chain(named).collect();
        Self {
            roots,
            largest: None,
            never: Vec::new(),
        }
    }

    /// Names files that are never handed out, whatever they are called, such as that of the token.
    #[must_use]
    pub fn never(mut self, files: &[PathBuf]) -> Self {
        let real = files.iter().filter_map(|file| file.canonicalize().ok());
        self.never = real.filter_map(|file| KnownFile::at(file).ok()).collect();
        self
    }

    /// Sets the most that a file may hold, in bytes.
    #[must_use]
    pub fn largest(mut self, largest: u64) -> Self {
        self.largest = Some(largest);
        self
    }

    fn is_never(&self, found: &KnownFile) -> bool {
        // Where files have no numbers, their real paths tell.
        let is_same = |it: &KnownFile| it.path() == found.path() || cfg!(unix) && it.is_same(found);
        self.never.iter().any(is_same)
    }

    /// Finds the file of an attachment.
    pub fn locate(&self, attachment: &Attachment) -> Located {
        let path = attachment.path.as_path();
        let refused = |reason: &str| Located::Refused {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let mut outside = leads_out(path);
        for root in &self.roots {
            for candidate in candidates(path) {
                match root.look(&candidate) {
                    Look::Nothing => {}
                    Look::Outside => outside = true,
                    Look::Found(found) if self.is_never(&found.known) => {
                        return refused("holds a secret of this command, and is never submitted");
                    }
                    Look::Found(found) => return self.bounded(path, found),
                    Look::OffLimits => {
                        return refused("is of the system or of git, and never submitted");
                    }
                    Look::Hidden => {
                        return refused(
                            "is hidden, with a dot before its name or its folder's, and not submitted",
                        );
                    }
                    Look::NoFile => return refused("is not a regular file"),
                    Look::Unreadable(error) => {
                        return refused(&format!("cannot be read: {error}"));
                    }
                }
            }
        }
        if outside {
            return refused("leads out of the folder of the report");
        }
        Located::NotFound {
            path: path.to_owned(),
        }
    }

    fn bounded(&self, path: &Path, found: AttachmentFile) -> Located {
        match self.largest.filter(|largest| found.known.size() > *largest) {
            Some(largest) => Located::TooLarge {
                path: path.to_owned(),
                size: found.known.size(),
                largest,
            },
            None => Located::Found(found),
        }
    }
}

/// What a root has under a name.
enum Look {
    Nothing,
    Outside,
    OffLimits,
    /// What programs keep for themselves, credentials among it.
    Hidden,
    NoFile,
    Unreadable(io::Error),
    Found(AttachmentFile),
}

impl Root {
    fn look(&self, path: &Path) -> Look {
        let answer = match self {
            Self::Folder { named, real } => {
                let Ok(file) = named.join(path).canonicalize() else {
                    return Look::Nothing;
                };
                if !file.starts_with(real) {
                    return Look::Outside;
                }
                if files::is_off_limits(&file) {
                    return Look::OffLimits;
                }
                if file.strip_prefix(real).is_ok_and(is_hidden) {
                    return Look::Hidden;
                }
                open(real, &file)
            }
            Self::Archive(folder) => {
                let Some(index) = plain(path).and_then(|name| folder.find(&name)) else {
                    return Look::Nothing;
                };
                if files::is_off_limits(path) {
                    return Look::OffLimits;
                }
                unpack(folder, index, path).map(Some)
            }
        };
        match answer {
            Ok(Some(found)) => Look::Found(found),
            Ok(None) => Look::NoFile,
            Err(error) => Look::Unreadable(error),
        }
    }
}

/// Returns whether a path below a folder, or a folder on the way, is hidden.
fn is_hidden(below: &Path) -> bool {
    below.components().any(
        |part| matches!(part, Component::Normal(name) if name.as_encoded_bytes().starts_with(b".")),
    )
}

/// Returns the names under which a file may be: as it is given, and without folders when those are another machine's.
fn candidates(path: &Path) -> Vec<PathBuf> {
    let text = path.to_string_lossy();
    let foreign = is_windows(&text) || path.has_root();
    let slashed = PathBuf::from(text.replace('\\', "/"));
    let base = slashed.file_name().map(PathBuf::from);
    let mut candidates = Vec::new();
    if !reaches_out(&text) {
        candidates.push(path.to_owned());
    }
    if slashed != path && !foreign {
        candidates.push(slashed.clone());
    }
    // Below a folder that the user names, a name may begin where the folder's own path ends.
    candidates.push(below(&slashed));
    candidates.extend(base.into_iter().filter(|_| foreign));
    candidates
}

/// Returns the name that a path has inside an archive; `None` for one that leads out.
fn plain(path: &Path) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?.to_owned()),
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Takes a file out of an archive.
fn unpack(folder: &ArchiveFolder, index: usize, name: &Path) -> io::Result<AttachmentFile> {
    let path = folder.archive.attach(index)?;
    let file = files::open(&path)?;
    let name = PathBuf::from(name.to_string_lossy().replace('\\', "/"));
    Ok(AttachmentFile {
        name: name
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        known: KnownFile::opened(path, &file)?,
        file,
    })
}

/// Returns a relative path without the steps upwards at its beginning.
fn below(path: &Path) -> PathBuf {
    path.components()
        .skip_while(|part| !matches!(part, Component::Normal(_)))
        .take_while(|part| matches!(part, Component::Normal(_)))
        .collect()
}

/// Returns whether a text is an absolute path of Windows: `C:\…` or `\\server\…`.
fn is_windows(text: &str) -> bool {
    let mut characters = text.chars();
    text.starts_with("\\\\")
        || (characters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && characters.next() == Some(':')
            && matches!(characters.next(), Some('\\' | '/')))
}

/// Returns whether only to look at a path would ask another machine, or a device: on Windows, `\\server\share` is asked with the name and
/// the password of the user, and a report may name any server.
fn reaches_out(text: &str) -> bool {
    let is_slash = |c: Option<char>| matches!(c, Some('\\' | '/'));
    let mut characters = text.chars();
    cfg!(windows) && is_slash(characters.next()) && is_slash(characters.next())
}

/// Returns whether a path leads out of the folder that it starts from, by its letters alone.
pub(super) fn leads_out(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    let is_usual = text.bytes().all(is_part)
        && !text.starts_with('/')
        && !text.as_bytes().windows(2).any(|pair| pair == b"..");
    if is_usual {
        return false;
    }
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

/// Opens a regular file below a folder; `None` for anything else. Both are real paths.
fn open(root: &Path, path: &Path) -> io::Result<Option<AttachmentFile>> {
    // Opening a named pipe would wait for a writer, so it must not come to that.
    if !path.symlink_metadata()?.is_file() {
        return Ok(None);
    }
    let file = files::open_below(root, path)?;
    Ok(Some(AttachmentFile {
        name: path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        known: KnownFile::opened(path, &file)?,
        file,
    }))
}

#[cfg(test)]
mod tests;
