//! Zip archives: the reports inside, and what stands beside them. Bounded in number, size and ratio.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use zip::ZipArchive;

use super::beside::{ArchiveFolder, Beside};
use super::offer::{Kind, Offer};
use super::{Source, katalon};

/// How many entries an archive may have.
const ENTRIES: usize = 100_000;
/// How large one entry may be, unpacked.
const ENTRY: u64 = 4 * 1024 * 1024 * 1024;
/// How many times larger than packed an entry may be, once it is larger than [`FREE`].
const RATIO: u64 = 1000;
const FREE: u64 = 64 * 1024 * 1024;
/// How many bytes of attachments are unpacked from one archive.
const ATTACHED: u64 = 4 * 1024 * 1024 * 1024;
/// From how many entries on an archive stays open: to read its list again for each of them would take long.
const MANY: usize = 256;

/// An archive with the names of its files.
#[derive(Debug)]
pub(super) struct Archive {
    path: PathBuf,
    names: HashMap<String, usize>,
    open: Mutex<Option<Zip>>,
    attached: Mutex<Attached>,
}

type Zip = ZipArchive<BufReader<File>>;

/// What has been unpacked to files with names, which live as long as the archive.
#[derive(Debug, Default)]
struct Attached {
    folder: Option<TempDir>,
    files: HashMap<usize, u64>,
    bytes: u64,
}

/// Returns the entries that may be reports, in the order of their names.
pub(super) fn offer(display: &str, path: &Path) -> io::Result<Offer> {
    let (archive, mut names) = Archive::open_at(path)?;
    names.sort_unstable();
    let archive = Arc::new(archive);
    let folder = |path: &str| ArchiveFolder {
        archive: Arc::clone(&archive),
        path: Arc::from(path),
    };
    let mut offer = Offer::default();
    let mut parts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut others = Vec::new();
    for (name, index) in names {
        let (around, file) = split(&name);
        let entry = || Source::entry(format!("{display}/{name}"), index, folder(around));
        match super::offer::kind(&name) {
            Kind::Xml => offer.xml.push(entry()),
            Kind::None if is_only_log(&archive, around, file) => offer.xml.push(entry()),
            Kind::None => {}
            Kind::Other => others.push((around.to_owned(), entry())),
            Kind::Part => parts
                .entry(around.to_owned())
                .or_default()
                .push(file.to_owned()),
        }
    }
    let results = parts.into_iter().filter_map(|(around, names)| {
        let names = super::offer::parts(names)?;
        Some((around, names))
    });
    let results: BTreeMap<String, Vec<String>> = results.collect();
    let apart = others
        .into_iter()
        .filter(|(around, _)| !results.contains_key(around));
    offer.others.extend(apart.map(|(_, entry)| entry));
    offer.others.extend(results.iter().map(|(around, names)| {
        let display = format!("{display}/{around}");
        let beside = Beside::Archive(folder(around));
        Source::folder_of(display.trim_end_matches('/'), beside, names.clone()).found()
    }));
    Ok(offer)
}

/// Tells whether a file is a log of Katalon where nothing else was kept.
fn is_only_log(archive: &Archive, folder: &str, file: &str) -> bool {
    let report = format!("{folder}{}", katalon::REPORT);
    file == katalon::LOG && archive.find(&report).is_none()
}

/// Returns the folder of a file, with the slash, and its own name.
fn split(name: &str) -> (&str, &str) {
    name.split_at_checked(name.rfind('/').map_or(0, |at| at + 1))
        .unwrap_or(("", name))
}

impl Archive {
    fn open_at(path: &Path) -> io::Result<(Self, Vec<(String, usize)>)> {
        let zip = open(path)?;
        if zip.len() > ENTRIES {
            return Err(io::Error::other(format!(
                "the archive has {} entries, more than {ENTRIES}",
                zip.len()
            )));
        }
        let names: Vec<(String, usize)> = (0..zip.len())
            .filter_map(|index| Some((zip.name_for_index(index)?.ok()?.replace('\\', "/"), index)))
            .filter(|(name, _)| !name.ends_with('/'))
            .collect();
        let archive = Self {
            path: path.to_owned(),
            names: names.iter().cloned().collect(),
            open: Mutex::new((zip.len() >= MANY).then_some(zip)),
            attached: Mutex::default(),
        };
        Ok((archive, names))
    }

    /// Returns the number of a file, by its path.
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        self.names.get(path).copied()
    }

    /// Returns the names of the files, as the archive's own list has them.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// Unpacks a file, within the bounds, to where the caller says; no more than `most` bytes.
    pub(super) fn unpack_to(&self, name: &str, most: u64, target: &Path) -> io::Result<u64> {
        let index = self.find(name).ok_or(io::ErrorKind::NotFound)?;
        self.unpack(index, most, &mut File::create(target)?)
    }

    /// Unpacks an entry, within the bounds, to a nameless temporary file.
    pub(super) fn open(&self, index: usize) -> io::Result<File> {
        let mut unpacked = tempfile::tempfile()?;
        self.unpack(index, ENTRY, &mut unpacked)?;
        unpacked.rewind()?;
        Ok(unpacked)
    }

    /// Unpacks an attachment to a file that lives as long as the archive; returns its path and size.
    pub(super) fn attach(&self, index: usize) -> io::Result<(PathBuf, u64)> {
        let mut attached = lock(&self.attached);
        let folder = match attached.folder.take() {
            Some(folder) => folder,
            None => tempfile::Builder::new().prefix("handin-").tempdir()?,
        };
        // The entry's own name is no name to trust a file system with.
        let path = folder.path().join(index.to_string());
        attached.folder = Some(folder);
        if let Some(size) = attached.files.get(&index) {
            return Ok((path, *size));
        }
        let room = ATTACHED.saturating_sub(attached.bytes);
        let mut file = File::create(&path)?;
        let size = self.unpack(index, room, &mut file).inspect_err(|_| {
            // What is left of it would only take room.
            drop(std::fs::remove_file(&path));
        })?;
        attached.bytes += size;
        attached.files.insert(index, size);
        Ok((path, size))
    }

    fn unpack(&self, index: usize, most: u64, target: &mut dyn Write) -> io::Result<u64> {
        let mut kept = lock(&self.open);
        let mut own = None;
        let zip = match kept.as_mut() {
            Some(zip) => zip,
            None => own.insert(open(&self.path)?),
        };
        let mut entry = zip.by_index(index).map_err(io::Error::other)?;
        if entry.is_symlink() || !entry.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "it is a link and no file",
            ));
        }
        let sane = ENTRY.min(FREE.max(entry.compressed_size().saturating_mul(RATIO)));
        let written = io::copy(&mut entry.by_ref().take(most.min(sane) + 1), target)?;
        if written > sane {
            return Err(io::Error::other(format!(
                "the entry unpacks to more than {sane} bytes, which looks like an attack"
            )));
        }
        if written > most {
            return Err(io::Error::other(format!(
                "there is no room for it: no more than {ATTACHED} bytes are unpacked from one archive"
            )));
        }
        Ok(written)
    }
}

fn open(path: &Path) -> io::Result<Zip> {
    ZipArchive::new(BufReader::new(File::open(path)?)).map_err(io::Error::other)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
