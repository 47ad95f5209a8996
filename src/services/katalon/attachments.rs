//! Which files of a Katalon report folder are sent, and what each is called there.
//!
//! The same files that Katalon Studio sends, those with blanks in their names included: Studio's own patterns pass them over.
//! Folders are untrusted: only regular files are read, no link is followed, depth and number are bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::files::{self, KnownFile};

/// How deep a report folder may nest.
const MAX_DEPTH: usize = 16;

/// How many files a submission may hold.
const MAX_FILES: usize = 50_000;

/// The largest collection description that is read, in bytes.
const MAX_COLLECTION: u64 = 4 * 1024 * 1024;

/// What the importer reads.
const ESSENTIAL: [&str; 6] = ["uuid", "log", "properties", "xml", "json", "rp"];

/// What goes along for people.
const EVIDENCE: [&str; 8] = ["png", "jpg", "avi", "mov", "srt", "pdf", "html", "csv"];

/// Recorded requests, which are packed.
const RECORDING: &str = "har";

/// What a file is to TestOps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// Results depend on it.
    Essential,
    /// It goes along for people.
    Evidence,
    /// It does not go up.
    Nothing,
}

/// Classifies a file for TestOps by its name.
pub(super) fn worth(name: &str) -> Worth {
    let extension = Path::new(name).extension().and_then(OsStr::to_str);
    let extension = extension.map(str::to_lowercase).unwrap_or_default();
    let is_one_of = |known: &[&str]| known.contains(&extension.as_str());
    if is_one_of(&ESSENTIAL) {
        Worth::Essential
    } else if is_one_of(&EVIDENCE) || extension == RECORDING {
        Worth::Evidence
    } else {
        Worth::Nothing
    }
}

/// A file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StudioFile {
    /// Where it is, and what it is known by.
    pub(super) file: KnownFile,
    /// Its folder as TestOps is told: relative to `Reports`, with slashes.
    pub(super) folder: String,
    /// Its name.
    pub(super) name: String,
    /// Whether results depend on it.
    pub(super) essential: bool,
}

impl StudioFile {
    /// Returns its size in bytes.
    pub(super) fn length(&self) -> u64 {
        self.file.size()
    }
}

/// What some report folders hold.
#[derive(Debug, Clone, Default)]
pub(super) struct FolderContent {
    /// The files to send.
    pub(super) files: Vec<StudioFile>,
    /// Recorded requests, by the folder of their report: Studio packs them.
    pub(super) recordings: BTreeMap<String, Vec<StudioFile>>,
    /// What was left out and should not go unsaid.
    pub(super) warnings: Vec<String>,
    /// What was unpacked for it, which goes with it.
    #[expect(
        dead_code,
        reason = "held so that what was unpacked stays as long as its files are listed"
    )]
    pub(super) unpacked: Option<Arc<TempDir>>,
}

/// Returns whether a folder holds what TestOps imports results from: a step log.
pub(super) fn has_log(folder: &Path) -> bool {
    entries(folder).is_ok_and(|entries| {
        entries
            .iter()
            .any(|path| is_log(path) && is_regular(path).is_some())
    })
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    name.is_some_and(is_log_name)
}

/// Returns whether a file of this name is a step log.
pub(super) fn is_log_name(name: &str) -> bool {
    name.strip_prefix("execution")
        .and_then(|rest| rest.strip_suffix(".log"))
        .is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()))
}

/// Collects the files of these report folders, and of the collection that ran them.
pub(super) fn collect(folders: &[PathBuf]) -> io::Result<FolderContent> {
    let mut walk = Walk::new(folders);
    for folder in folders {
        let name = walk.name_of(folder);
        walk.folder(folder, &name, &name, 0)?;
    }
    for folder in collections(folders) {
        let name = walk.name_of(&folder);
        walk.flat(&folder, &name)?;
    }
    Ok(walk.found)
}

struct Walk {
    /// The folder that names are relative to where there is no `Reports`.
    root: PathBuf,
    seen: BTreeSet<PathBuf>,
    found: FolderContent,
}

impl Walk {
    fn new(folders: &[PathBuf]) -> Self {
        Self {
            root: shared_parent(folders),
            seen: BTreeSet::new(),
            found: FolderContent::default(),
        }
    }

    fn name_of(&self, folder: &Path) -> String {
        let below = below_reports(folder)
            .map(|(_, below)| below)
            .or_else(|| folder.strip_prefix(&self.root).ok().map(Path::to_owned))
            .unwrap_or_default();
        slashed(&below)
    }

    fn folder(&mut self, folder: &Path, name: &str, report: &str, depth: usize) -> io::Result<()> {
        if depth > MAX_DEPTH {
            self.warn(format!(
                "`{}`: skipped, it is nested too deeply",
                folder.display()
            ));
            return Ok(());
        }
        if folder.join(".git").symlink_metadata().is_ok() {
            self.warn(format!(
                "`{}`: its folders are skipped: it is the root of a repository, not a report folder",
                folder.display()
            ));
            return self.flat(folder, name);
        }
        for path in entries(folder)? {
            let Some(file_name) = path.file_name().and_then(OsStr::to_str).map(str::to_owned)
            else {
                self.warn(format!(
                    "`{}`: skipped, its name is not Unicode",
                    path.display()
                ));
                continue;
            };
            match std::fs::symlink_metadata(&path) {
                Ok(data) if data.is_dir() => {
                    let below = joined(name, &file_name);
                    self.folder(&path, &below, report, depth + 1)?;
                }
                Ok(data) if data.is_file() => self.file(path, (name, file_name, report))?,
                Ok(data) if data.is_symlink() => {
                    self.warn(format!("`{}`: skipped, it is a link", path.display()));
                }
                Ok(_) => {}
                Err(error) => self.warn(format!("`{}`: skipped, {error}", path.display())),
            }
        }
        Ok(())
    }

    fn flat(&mut self, folder: &Path, name: &str) -> io::Result<()> {
        for path in entries(folder)? {
            let file_name = path.file_name().and_then(OsStr::to_str).map(str::to_owned);
            if let Some(file_name) = file_name.filter(|_| is_regular(&path).is_some()) {
                self.file(path, (name, file_name, name))?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, names: (&str, String, &str)) -> io::Result<()> {
        let (folder, name, report) = names;
        if files::is_off_limits(&path) {
            return Ok(());
        }
        let worth = worth(&name);
        let recording = Path::new(&name)
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case(RECORDING));
        if worth == Worth::Nothing || !self.seen.insert(path.clone()) {
            return Ok(());
        }
        if self.seen.len() > MAX_FILES {
            return Err(io::Error::other(format!(
                "the report folders hold more than {MAX_FILES} files"
            )));
        }
        let file = StudioFile {
            file: KnownFile::at(path)?,
            folder: folder.to_owned(),
            name,
            essential: worth == Worth::Essential,
        };
        if recording {
            let pack = self.found.recordings.entry(report.to_owned());
            pack.or_default().push(file);
        } else {
            self.found.files.push(file);
        }
        Ok(())
    }

    fn warn(&mut self, text: String) {
        self.found.warnings.push(text);
    }
}

/// Returns the folders of the collections that ran these suites: where a `.rp` file names one of them.
fn collections(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let runs: BTreeSet<PathBuf> = folders.iter().filter_map(|folder| run_of(folder)).collect();
    for run in runs {
        search_collections(&run, folders, &mut found, 0);
    }
    found
}

/// Returns the folder of the run that a suite's folder belongs to: `Reports/<run>`.
fn run_of(folder: &Path) -> Option<PathBuf> {
    let (reports, below) = below_reports(folder)?;
    let mut parts = below.components();
    let run = parts.next()?;
    parts.next()?;
    Some(reports.join(run))
}

fn search_collections(at: &Path, suites: &[PathBuf], found: &mut Vec<PathBuf>, depth: usize) {
    if depth > MAX_DEPTH || suites.iter().any(|suite| suite == at) {
        return;
    }
    for path in entries(at).unwrap_or_default() {
        let is_folder = std::fs::symlink_metadata(&path).is_ok_and(|data| data.is_dir());
        if is_folder {
            search_collections(&path, suites, found, depth + 1);
        } else if path.extension() == Some(OsStr::new("rp"))
            && names_one_of(&path, suites)
            && !found.iter().any(|known| known == at)
        {
            found.push(at.to_owned());
        }
    }
}

fn names_one_of(collection: &Path, suites: &[PathBuf]) -> bool {
    if is_regular(collection).is_none_or(|length| length > MAX_COLLECTION) {
        return false;
    }
    let text = files::read(collection, MAX_COLLECTION).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).replace('\\', "/");
    suites
        .iter()
        .filter_map(|suite| below_reports(suite))
        .any(|(_, below)| {
            let place = format!("Reports/{}", slashed(&below));
            text.contains(&format!("{}<", quick_xml::escape::partial_escape(&place)))
        })
}

/// Returns the nearest `Reports` above a folder, and the way from there.
fn below_reports(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let reports = folder
        .ancestors()
        .skip(1)
        .find(|above| above.file_name() == Some(OsStr::new("Reports")))?;
    let below = folder.strip_prefix(reports).ok()?;
    Some((reports.to_owned(), below.to_owned()))
}

/// Returns the deepest folder above all of these.
fn shared_parent(folders: &[PathBuf]) -> PathBuf {
    let mut above = folders.iter().map(|folder| {
        folder
            .parent()
            .map(Path::components)
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    });
    let Some(mut shared) = above.next() else {
        return PathBuf::new();
    };
    for other in above {
        let same = shared.iter().zip(&other).take_while(|(a, b)| a == b);
        shared.truncate(same.count());
    }
    shared.into_iter().collect()
}

/// Returns a path with slashes, without anything that is no plain name.
pub(super) fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy()),
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => None,
        })
        .collect();
    parts.join("/")
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Returns the content of a folder, in the order of the names.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort_unstable();
    Ok(paths)
}

/// Returns the size of a regular file.
fn is_regular(path: &Path) -> Option<u64> {
    std::fs::symlink_metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file)
        .map(|data| data.len())
}
