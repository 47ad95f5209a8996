//! Katalon folders in an archive: what goes up is unpacked, below `Reports`, and is then a folder like any other.
//!
//! Archives are untrusted: names that lead out of them are refused, numbers and sizes are bounded, and what cannot be unpacked
//! stops everything before anything is written.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::super::ServiceError;
use super::attachments::{self, Worth};
use crate::plan::PackedFolder;

/// How many bytes are unpacked for one submission.
const MOST: u64 = 4 << 30;
/// How many files are unpacked for one submission.
const FILES: usize = 50_000;
/// The folder of a project below which Katalon Studio puts its reports.
const REPORTS: &str = "Reports";

/// Folders that were unpacked.
#[derive(Debug)]
pub(super) struct Unpacked {
    /// Where each is.
    pub(super) folders: Vec<PathBuf>,
    /// What they are in; gone with it.
    pub(super) room: Arc<TempDir>,
    /// What was left out.
    pub(super) warnings: Vec<String>,
}

/// Returns whether a folder holds a step log, by the archive's list.
pub(super) fn has_log(packed: &dyn PackedFolder) -> bool {
    let in_folder = |name: &String| {
        let own = name
            .strip_prefix(packed.path())
            .map(attachments::is_log_name);
        own == Some(true)
    };
    packed.names().iter().any(in_folder)
}

/// Unpacks what goes up of these folders, and the lists of the collections that ran them.
///
/// # Errors
///
/// When anything that goes up cannot be unpacked.
pub(super) fn unpack(packed: &[&dyn PackedFolder]) -> Result<Unpacked, ServiceError> {
    let room = crate::files::private_folder();
    let room = room.map_err(|error| {
        ServiceError::setting(format!("there is no room to unpack reports: {error}"))
            .hint("is there room in the folder for temporary files?")
    })?;
    let mut unpacking = Unpacking {
        // The name below `Reports` can be told only from the whole path.
        room: std::fs::canonicalize(room.path()).unwrap_or_else(|_| room.path().to_owned()),
        left: MOST,
        files: 0,
        warnings: Vec::new(),
    };
    let folders = packed.iter().map(|folder| unpacking.folder(*folder));
    let folders = folders.collect::<Result<_, _>>()?;
    Ok(Unpacked {
        folders,
        warnings: unpacking.warnings,
        room: Arc::new(room),
    })
}

struct Unpacking {
    room: PathBuf,
    left: u64,
    files: usize,
    warnings: Vec<String>,
}

impl Unpacking {
    /// Unpacks one folder, and returns where it is.
    fn folder(&mut self, packed: &dyn PackedFolder) -> Result<PathBuf, ServiceError> {
        let (above, _) = split(packed.path());
        let names = packed.names();
        let collections = collections(packed.path(), &names);
        let is_wanted = |name: &&String| {
            let (folder, _) = name.rsplit_once('/').unwrap_or(("", name));
            name.starts_with(packed.path()) || collections.contains(folder)
        };
        for name in names.iter().filter(is_wanted) {
            if attachments::worth(name) != Worth::Nothing {
                let below = name.strip_prefix(above).unwrap_or(name);
                self.file(packed, name, below)?;
            }
        }
        Ok(self.place(packed, split(packed.path()).1))
    }

    /// Returns where something is unpacked to, by its way below `Reports`.
    fn place(&self, packed: &dyn PackedFolder, below: &str) -> PathBuf {
        let reports = self.room.join(REPORTS);
        // A report at the top of an archive is in a folder of the archive's name.
        let (folder, _) = split(packed.path());
        if folder.is_empty() && packed.path().is_empty() {
            let stem = Path::new(packed.archive()).file_stem();
            return reports.join(stem.unwrap_or_default()).join(below);
        }
        reports.join(below)
    }

    fn file(
        &mut self,
        packed: &dyn PackedFolder,
        name: &str,
        below: &str,
    ) -> Result<(), ServiceError> {
        let refused = |why: &dyn std::fmt::Display| {
            ServiceError::setting(format!(
                "`{name}` in `{}` cannot be unpacked: {why}; nothing was written",
                packed.archive()
            ))
            .hint("unpack the archive yourself and submit the folder, or pack it again")
        };
        let is_plain = |part| matches!(part, Component::Normal(_));
        if name.contains('\0') || !Path::new(name).components().all(is_plain) {
            return Err(refused(&"its name leads out of the archive"));
        }
        self.files += 1;
        if self.files > FILES {
            return Err(refused(&format!("there are more than {FILES} files")));
        }
        let target = self.place(packed, below);
        // The same file may belong to two folders, one in the other.
        if target.exists() {
            return Ok(());
        }
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(|error| refused(&error))?;
        }
        match packed.unpack(name, self.left, &target) {
            Ok(size) => {
                self.left -= size.min(self.left);
                Ok(())
            }
            Err(error) if is_link(&error) && attachments::worth(name) == Worth::Evidence => {
                drop(std::fs::remove_file(&target));
                let archive = packed.archive();
                self.warnings
                    .push(format!("`{name}` in `{archive}`: skipped, it is a link"));
                Ok(())
            }
            Err(error) => Err(refused(&error)),
        }
    }
}

fn is_link(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// Splits a path after the last `Reports` that is above the folder.
fn split(path: &str) -> (&str, &str) {
    let own = path.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
    let above = path.get(..own).unwrap_or_default();
    let mut end = 0;
    let mut begin = 0;
    for part in above.split_inclusive('/') {
        begin += part.len();
        if part.trim_end_matches('/') == REPORTS {
            end = begin;
        }
    }
    path.split_at_checked(end).unwrap_or(("", path))
}

/// Returns the folders of the same run that hold the list of a collection.
fn collections<'a>(folder: &str, names: &'a [String]) -> BTreeSet<&'a str> {
    let (reports, below) = split(folder);
    let run = below.find('/').map(|at| reports.len() + at + 1);
    let Some(run) = run
        .and_then(|end| folder.get(..end))
        .filter(|_| !reports.is_empty())
    else {
        return BTreeSet::new();
    };
    let lists = names.iter().filter(|name| {
        let is_list = Path::new(name)
            .extension()
            .is_some_and(|ending| ending == "rp");
        is_list && name.starts_with(run)
    });
    lists
        .filter_map(|name| Some(name.rsplit_once('/')?.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_below_reports_is_what_stands_behind_the_last_of_that_name_above_the_folder() {
        assert_eq!(split("a/Reports/1/S/2/"), ("a/Reports/", "1/S/2/"));
        assert_eq!(split("Reports/x/Reports/1/"), ("Reports/x/Reports/", "1/"));
        assert_eq!(split("x/Reports/"), ("", "x/Reports/"));
        assert_eq!(split("20260101_1/"), ("", "20260101_1/"));
        assert_eq!(split(""), ("", ""));
    }
}
