//! Reports inside zip archives, bounded in number, size and ratio.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use zip::ZipArchive;

use super::Source;

/// How many entries an archive may have.
const ENTRIES: usize = 100_000;
/// How large one entry may be, unpacked.
const ENTRY: u64 = 4 * 1024 * 1024 * 1024;
/// How many times larger than packed an entry may be, once it is larger than [`FREE`].
const RATIO: u64 = 1000;
const FREE: u64 = 64 * 1024 * 1024;

/// Returns the entries that may be reports, in the order of their names.
pub(super) fn entries(display: &str, path: &Path) -> io::Result<Vec<Source>> {
    let archive = open(path)?;
    if archive.len() > ENTRIES {
        return Err(io::Error::other(format!(
            "the archive has {} entries, more than {ENTRIES}",
            archive.len()
        )));
    }
    let shared = Arc::new(path.to_owned());
    let mut names: Vec<(String, usize)> = (0..archive.len())
        .filter_map(|index| Some((archive.name_for_index(index)?.ok()?.into_owned(), index)))
        .filter(|(name, _)| super::discover::may_be_report(Path::new(name)))
        .collect();
    names.sort();
    Ok(names
        .into_iter()
        .map(|(name, index)| Source::entry(format!("{display}/{name}"), Arc::clone(&shared), index))
        .collect())
}

/// Opens an entry. It is unpacked to a nameless temporary file, within the bounds.
pub(super) fn open_entry(path: &Path, index: usize) -> io::Result<Box<dyn Read>> {
    let mut archive = open(path)?;
    let mut entry = archive.by_index(index).map_err(io::Error::other)?;
    let most = ENTRY.min(FREE.max(entry.compressed_size().saturating_mul(RATIO)));
    let mut unpacked = tempfile::tempfile()?;
    let written = io::copy(&mut entry.by_ref().take(most + 1), &mut unpacked)?;
    if written > most {
        return Err(io::Error::other(format!(
            "the entry unpacks to more than {most} bytes, which looks like an attack"
        )));
    }
    io::Seek::rewind(&mut unpacked)?;
    Ok(Box::new(unpacked))
}

fn open(path: &Path) -> io::Result<ZipArchive<BufReader<File>>> {
    ZipArchive::new(BufReader::new(File::open(path)?)).map_err(io::Error::other)
}
