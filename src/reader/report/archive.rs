//! Zip archives: the reports inside, and what stands beside them. Bounded in number, size and ratio.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use zip::ZipArchive;

use super::beside::{ArchiveFolder, Beside};
use super::listing::Listing;
use super::offer::{Kind, Offer};
use super::{Source, katalon};
use crate::files::{self, KnownFile, Patience};

/// How many entries an archive may have.
const ENTRIES: usize = 100_000;
/// How many bytes the list of them may have: it stands in memory.
const LISTING: u64 = 48 * 1024 * 1024;
/// How many bytes all reports of one archive may have together, unpacked.
const REPORTS: u64 = 4 * 1024 * 1024 * 1024;
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
    place: Place,
    names: HashMap<String, usize>,
    open: Mutex<Option<Zip>>,
    attached: Mutex<Attached>,
    unpacked: Mutex<Unpacked>,
    patience: Patience,
}

/// Where an archive's bytes are.
#[derive(Debug)]
enum Place {
    Known(KnownFile),
    /// What a pipe held: in a nameless file.
    Spooled,
}

type Zip = ZipArchive<BufReader<Listing>>;

/// What has been unpacked to files with names, which live as long as the archive.
#[derive(Debug, Default)]
struct Attached {
    folder: Option<TempDir>,
    files: HashSet<usize>,
    bytes: u64,
}

/// How large the reports are that were unpacked so far; each is unpacked more than once.
#[derive(Debug, Default)]
struct Unpacked {
    sizes: HashMap<usize, u64>,
    bytes: u64,
}

/// Returns the entries that may be reports, in the order of their names.
pub(super) fn offer(display: &str, path: &Path, patience: &Patience) -> io::Result<Offer> {
    let file = files::open(path)?;
    let place = Place::Known(KnownFile::opened(path, &file)?);
    Ok(offered(display, Archive::read(place, file, patience)?))
}

/// Returns the entries of an archive that came through a pipe.
pub(super) fn offer_of(display: &str, file: File, patience: &Patience) -> io::Result<Offer> {
    let archive = Archive::read(Place::Spooled, file, patience)?;
    Ok(offered(display, archive))
}

fn offered(display: &str, archive: Archive) -> Offer {
    let names = archive.names.iter();
    let mut names: Vec<(String, usize)> =
        names.map(|(name, index)| (name.clone(), *index)).collect();
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
        let entry = || {
            Source::entry(format!("{display}/{name}"), index, folder(around))
                .patient(&archive.patience)
        };
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
        Source::folder_of(display.trim_end_matches('/'), beside, names.clone())
            .found()
            .patient(&archive.patience)
    }));
    offer
}

/// Returns whether a file is a log of Katalon where nothing else was kept.
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
    fn read(place: Place, file: File, patience: &Patience) -> io::Result<Self> {
        let mut zip = open(file, patience)?;
        refuse_tricks(&mut zip)?;
        let names = names(&zip)?;
        let stays_open = zip.len() >= MANY || matches!(place, Place::Spooled);
        Ok(Self {
            place,
            names,
            open: Mutex::new(stays_open.then_some(zip)),
            attached: Mutex::default(),
            unpacked: Mutex::default(),
            patience: patience.clone(),
        })
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
        let mut file = files::create_private(target)?;
        self.unpack(index, Room::new(most, 0), &mut file)
    }

    /// Unpacks an entry, within the bounds, to a nameless temporary file.
    pub(super) fn open(&self, index: usize) -> io::Result<File> {
        let mut file = tempfile::tempfile()?;
        let taken = {
            let unpacked = lock(&self.unpacked);
            unpacked.bytes - unpacked.sizes.get(&index).copied().unwrap_or_default()
        };
        let size = self.unpack(index, Room::new(REPORTS, taken), &mut file)?;
        let mut unpacked = lock(&self.unpacked);
        if unpacked.sizes.insert(index, size).is_none() {
            unpacked.bytes += size;
        }
        file.rewind()?;
        Ok(file)
    }

    /// Unpacks an attachment to a file that lives as long as the archive; returns its path.
    pub(super) fn attach(&self, index: usize) -> io::Result<PathBuf> {
        let mut attached = lock(&self.attached);
        let folder = match attached.folder.take() {
            Some(folder) => folder,
            None => files::private_folder()?,
        };
        // The entry's own name is no name to trust a file system with.
        let path = folder.path().join(index.to_string());
        attached.folder = Some(folder);
        if attached.files.contains(&index) {
            return Ok(path);
        }
        let room = Room::new(ATTACHED, attached.bytes);
        let mut file = files::create_private(&path)?;
        let size = self.unpack(index, room, &mut file).inspect_err(|_| {
            // What is left of it would only take room.
            drop(std::fs::remove_file(&path));
        })?;
        attached.bytes += size;
        attached.files.insert(index);
        Ok(path)
    }

    fn unpack(&self, index: usize, room: Room, target: &mut dyn Write) -> io::Result<u64> {
        let mut kept = lock(&self.open);
        let mut own = None;
        let zip = match (kept.as_mut(), &self.place) {
            (Some(zip), _) => zip,
            (None, Place::Known(known)) => {
                own.insert(open(known.open()?.into_inner(), &self.patience)?)
            }
            (None, Place::Spooled) => return Err(io::ErrorKind::NotFound.into()),
        };
        let mut entry = zip.by_index(index).map_err(io::Error::other)?;
        if entry.is_symlink() || !entry.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "it is a link and no file",
            ));
        }
        let sane = ENTRY.min(FREE.max(entry.compressed_size().saturating_mul(RATIO)));
        let most = sane.min(room.left);
        let mut bytes = self.patience.reader(entry.by_ref().take(most + 1));
        let written = io::copy(&mut bytes, target)?;
        if written > sane {
            return Err(io::Error::other(format!(
                "the entry unpacks to more than {sane} bytes, which looks like an attack"
            )));
        }
        if written > room.left {
            return Err(io::Error::other(format!(
                "it is too large: at most {} bytes are unpacked from one archive",
                room.all
            )));
        }
        Ok(written)
    }
}

/// How many bytes may be unpacked from one archive, and how many of them are left.
#[derive(Debug, Clone, Copy)]
struct Room {
    all: u64,
    left: u64,
}

impl Room {
    fn new(all: u64, taken: u64) -> Self {
        let left = all.saturating_sub(taken);
        Self { all, left }
    }
}

/// Opens an archive. The list of its entries is read into memory, so it is counted and bounded before.
fn open(file: File, patience: &Patience) -> io::Result<Zip> {
    let mut listing = Listing::new(file, LISTING, patience);
    if let Some(entries) = listing.entries()?
        && entries > ENTRIES as u64
    {
        return Err(too_many(entries));
    }
    listing.restart(LISTING);
    let (listing, reader) = (listing.bound(), BufReader::new(listing));
    let opened = ZipArchive::new(reader);
    let zip = match opened {
        Ok(zip) => zip,
        Err(_) if listing.is_spent() => {
            return Err(io::Error::other(format!(
                "the list of its entries holds more than {} MiB, the most that is taken",
                LISTING >> 20
            )));
        }
        Err(error) => {
            return Err(patience
                .check()
                .err()
                .unwrap_or_else(|| io::Error::other(error)));
        }
    };
    listing.lift();
    if zip.len() > ENTRIES {
        return Err(too_many(zip.len() as u64));
    }
    Ok(zip)
}

fn too_many(entries: u64) -> io::Error {
    io::Error::other(format!(
        "the archive has {entries} entries, more than {ENTRIES}"
    ))
}

/// Refuses what no honest archive does: one name twice, of which only the last would be read, and entries that share their bytes, of
/// which a few make very many; nor what two that were written one behind the other do, of which only the last would be read.
fn refuse_tricks(zip: &mut Zip) -> io::Result<()> {
    if zip.offset() > 0 {
        return Err(io::Error::other(format!(
            "{} bytes before it, perhaps another archive, would not be read",
            zip.offset()
        )));
    }
    if zip.has_duplicate_names() {
        return Err(io::Error::other(
            "two of its entries have the same name, and only one of them would be read",
        ));
    }
    if zip.has_overlapping_files().map_err(io::Error::other)? {
        return Err(io::Error::other(
            "entries share their bytes, which looks like an attack",
        ));
    }
    refuse_unlisted(zip)
}

/// Refuses bytes between the entries, or between them and the list: an entry that the list does not name would not be read.
fn refuse_unlisted(zip: &mut Zip) -> io::Result<()> {
    // Behind its bytes an entry may say once more how many they are.
    const DESCRIPTOR: u64 = 24;
    let mut spans = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(io::Error::other)?;
        let begin = entry.data_start().unwrap_or_default();
        let end = begin.saturating_add(entry.compressed_size());
        spans.push((entry.header_start(), end));
    }
    spans.push((zip.central_directory_start(), u64::MAX));
    spans.sort_unstable();
    let mut reached = 0;
    for (begin, end) in spans {
        let gap = begin.saturating_sub(reached);
        if gap > DESCRIPTOR {
            return Err(io::Error::other(format!(
                "{gap} bytes at {reached}, perhaps an entry that its list does not name, would not be read"
            )));
        }
        reached = end;
    }
    Ok(())
}

/// Returns the files by their names, with slashes.
fn names(zip: &Zip) -> io::Result<HashMap<String, usize>> {
    let mut names = HashMap::with_capacity(zip.len());
    for index in 0..zip.len() {
        let Some(Ok(name)) = zip.name_for_index(index) else {
            continue;
        };
        let name = name.replace('\\', "/");
        if name.ends_with('/') {
            continue;
        }
        if names.insert(name.clone(), index).is_some() {
            return Err(io::Error::other(format!(
                "two of its entries have the name `{name}`, and only one of them would be read"
            )));
        }
    }
    Ok(names)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
