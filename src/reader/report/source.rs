//! Where the bytes of a report come from: a file, an entry of an archive, or what standard input held.

use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::attempts::{Retries, Run};
use super::beside::{ArchiveFolder, Beside};
use crate::files::{self, KnownFile, Patience};
use crate::model::Roots;

/// Something that may be a report. It can be opened as often as it takes.
#[derive(Debug, Clone)]
pub struct Source {
    display: String,
    content: Content,
    beside: Beside,
    explicit: bool,
    retries: Option<Retries>,
    /// The run that it is a report of beside others, and the how manieth.
    run: Option<(Arc<Run>, usize)>,
    patience: Patience,
}

#[derive(Debug, Clone)]
enum Content {
    /// A file, and what it is known by since it was opened first.
    File(PathBuf, Arc<OnceLock<KnownFile>>),
    Entry {
        folder: ArchiveFolder,
        index: usize,
    },
    Spooled(Arc<File>),
    Memory(Arc<[u8]>),
    /// A folder that is one report: its files, by their names in it.
    Parts(Arc<[String]>),
}

impl Source {
    /// Returns a file, shown under the name by which it was found.
    pub fn file_at(display: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let beside = match path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Beside::Folder(PathBuf::from(".")),
            Some(parent) => Beside::Folder(parent.to_owned()),
            None => Beside::Nothing,
        };
        Self {
            display: slashed(display.into()),
            content: Content::File(path, Arc::default()),
            beside,
            explicit: true,
            retries: None,
            run: None,
            patience: Patience::default(),
        }
    }

    /// Returns a folder that is one report with all its files, whose names are in order.
    pub(super) fn folder_of(
        display: impl Into<String>,
        folder: Beside,
        parts: Vec<String>,
    ) -> Self {
        Self {
            display: slashed(display.into()),
            content: Content::Parts(parts.into()),
            beside: folder,
            explicit: true,
            retries: None,
            run: None,
            patience: Patience::default(),
        }
    }

    /// Returns the names of its files, for a folder that is one report.
    pub(super) fn parts(&self) -> Option<&[String]> {
        match &self.content {
            Content::Parts(parts) => Some(parts),
            Content::File(..)
            | Content::Entry { .. }
            | Content::Spooled(_)
            | Content::Memory(_) => None,
        }
    }

    /// Returns an entry of a zip archive, by its index.
    pub(super) fn entry(display: String, index: usize, folder: ArchiveFolder) -> Self {
        Self {
            display: slashed(display),
            beside: Beside::Archive(folder.clone()),
            content: Content::Entry { folder, index },
            explicit: false,
            retries: None,
            run: None,
            patience: Patience::default(),
        }
    }

    /// Returns the content of standard input, in a nameless file so that it can be read twice.
    pub(super) fn spooled(display: String, file: File) -> Self {
        Self {
            display,
            content: Content::Spooled(Arc::new(file)),
            beside: Beside::Nothing,
            explicit: true,
            retries: None,
            run: None,
            patience: Patience::default(),
        }
    }

    /// Returns bytes that are at hand already.
    pub fn in_memory(display: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self {
            display: display.into(),
            content: Content::Memory(bytes.into()),
            beside: Beside::Nothing,
            explicit: true,
            retries: None,
            run: None,
            patience: Patience::default(),
        }
    }

    /// Marks it as brought by a folder or a glob rather than named.
    #[must_use]
    pub(super) fn found(mut self) -> Self {
        self.explicit = false;
        self
    }

    /// Sets which of several attempts of a test counts.
    #[must_use]
    pub fn with_retries(mut self, retries: Option<Retries>) -> Self {
        self.retries = retries;
        self
    }

    pub(super) fn retries(&self) -> Option<Retries> {
        self.retries
    }

    /// Makes it one of the reports of a run.
    pub(super) fn belongs(&mut self, run: Arc<Run>, index: usize) {
        self.run = Some((run, index));
    }

    pub(super) fn run(&self) -> Option<(&Run, usize)> {
        self.run.as_ref().map(|(run, index)| (run.as_ref(), *index))
    }

    /// Returns the folders below which paths in the report mean the same on every machine: that of the repository, and its own.
    pub(super) fn roots(&self) -> Roots {
        let folder = self
            .beside
            .folder()
            .and_then(|folder| folder.canonicalize().ok());
        let Some(folder) = folder else {
            return Roots::default();
        };
        let repository = folder
            .ancestors()
            .find(|folder| folder.join(".git").exists());
        let folders = match repository {
            Some(repository) => vec![repository],
            None => vec![folder.as_path()],
        };
        Roots::new(folders.into_iter().map(|folder| {
            let folder = folder.to_string_lossy();
            folder.strip_prefix(r"\\?\").unwrap_or(&folder).to_owned()
        }))
    }

    /// Has its reading end when it is time to stop.
    #[must_use]
    pub(super) fn patient(mut self, patience: &Patience) -> Self {
        self.patience = patience.clone();
        self
    }

    /// Returns the name under which people know it.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Returns the file on disk; `None` for an archive's entry or standard input.
    pub fn file(&self) -> Option<&Path> {
        match &self.content {
            Content::File(path, _) => Some(path),
            Content::Entry { .. }
            | Content::Spooled(_)
            | Content::Memory(_)
            | Content::Parts(_) => None,
        }
    }

    /// Returns the folder on the disk that it stands in; `None` for an archive's entry or standard input.
    pub fn folder(&self) -> Option<&Path> {
        self.beside.folder()
    }

    /// Returns the place where its attachments may be.
    pub fn beside(&self) -> &Beside {
        &self.beside
    }

    /// Returns whether its file has this name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        match &self.content {
            Content::File(path, _) => path.file_name().is_some_and(|own| own == name),
            Content::Entry { .. } => Path::new(&self.display).ends_with(name),
            Content::Spooled(_) | Content::Memory(_) | Content::Parts(_) => false,
        }
    }

    /// Returns whether it was named, rather than brought by a folder, a glob or an archive.
    pub fn explicit(&self) -> bool {
        self.explicit
    }

    /// Returns the file on disk as it was read, to be sent as no other; `None` for an archive's entry or standard input, and before it
    /// was read.
    pub fn known(&self) -> Option<KnownFile> {
        match &self.content {
            Content::File(_, known) => known.get().cloned(),
            Content::Entry { .. }
            | Content::Spooled(_)
            | Content::Memory(_)
            | Content::Parts(_) => None,
        }
    }

    /// Opens it at its beginning.
    pub(super) fn open(&self) -> io::Result<Box<dyn Read>> {
        match &self.content {
            Content::File(path, known) => {
                let file = files::open(path)?;
                let now = KnownFile::opened(path, &file)?;
                if !known.get_or_init(|| now.clone()).is_same(&now) {
                    return Err(io::Error::other(
                        "it was replaced by another file since it was read first",
                    ));
                }
                Ok(Box::new(self.patience.reader(file)))
            }
            Content::Entry { folder, index } => {
                let unpacked = folder.archive.open(*index)?;
                Ok(Box::new(self.patience.reader(unpacked)))
            }
            Content::Memory(bytes) => Ok(Box::new(io::Cursor::new(Arc::clone(bytes)))),
            Content::Parts(parts) => Ok(Box::new(self.patience.reader(PartsReader {
                beside: self.beside.clone(),
                parts: Arc::clone(parts),
                next: 0,
                current: None,
            }))),
            Content::Spooled(file) => Ok(Box::new(self.patience.reader(SpooledReader {
                file: Arc::clone(file),
                position: 0,
            }))),
        }
    }
}

/// Writes a path with `/` on every system: what is told, kept and sent about a report is the same wherever it is handed in.
pub(super) fn slashed(path: String) -> String {
    if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path
    }
}

/// Reads the files of a folder one after the other, a line end behind each.
struct PartsReader {
    beside: Beside,
    parts: Arc<[String]>,
    next: usize,
    current: Option<Box<dyn Read>>,
}

impl Read for PartsReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(current) = &mut self.current {
                let count = current.read(buffer)?;
                if count > 0 {
                    return Ok(count);
                }
                self.current = None;
                if let Some(first) = buffer.first_mut() {
                    *first = b'\n';
                    return Ok(1);
                }
            }
            let Some(name) = self.parts.get(self.next) else {
                return Ok(0);
            };
            self.current = Some(self.beside.open(name)?);
            self.next += 1;
        }
    }
}

/// Reads a shared file from its beginning. Not for two threads at once: the file has one cursor.
#[derive(Debug)]
struct SpooledReader {
    file: Arc<File>,
    position: u64,
}

impl Read for SpooledReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.as_ref();
        file.seek(io::SeekFrom::Start(self.position))?;
        let count = file.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}
