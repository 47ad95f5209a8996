//! The path of a source file as it is the same on every machine, for the classes of tests whose reports name files alone.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::Source;
use super::text::plain;
use crate::model::Roots;

/// Makes the paths of a report's files the same wherever it was written.
#[derive(Debug, Default)]
pub(super) struct Locations {
    roots: Roots,
    /// The last path and its answer: tests of one file follow each other.
    last: RefCell<(String, String)>,
}

impl Locations {
    pub(super) fn new(source: &Source) -> Self {
        let current = std::env::current_dir().ok();
        let report = source
            .folder()
            .and_then(|folder| folder.canonicalize().ok());
        // A file has one name wherever in the repository handin runs.
        let project = |folder: &PathBuf| repository(folder).unwrap_or_else(|| folder.clone());
        let folders = current.iter().chain(&report).map(project);
        Self {
            last: RefCell::default(),
            roots: Roots::new(folders.map(|folder| folder.to_string_lossy().into_owned())),
        }
    }

    /// Returns a path without what is only true of one machine.
    pub(super) fn relative(&self, path: &str) -> String {
        let mut last = self.last.borrow_mut();
        if last.0 != path {
            let portable = self.roots.portable(path).replace('\\', "/");
            *last = (path.to_owned(), plain(portable.trim_start_matches("./")));
        }
        last.1.clone()
    }
}

/// Returns the repository around a folder.
fn repository(folder: &Path) -> Option<PathBuf> {
    let mut folders = folder.ancestors();
    folders
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::Locations;
    use crate::report::Source;

    #[test]
    fn a_file_of_the_repository_has_one_name_wherever_handin_runs() {
        let locations = Locations::new(&Source::in_memory("a", &b""[..]));
        let here = std::env::current_dir().unwrap();
        let own = here.join("report/mod.rs").to_string_lossy().into_owned();
        assert_eq!(locations.relative(&own), "src/reader/report/mod.rs");
        for path in [
            "test/a.js",
            "./test/a.js",
            "test\\a.js",
            "/home/runner/work/shop/shop/test/a.js",
            "file:///builds/group/shop/test/a.js",
        ] {
            assert_eq!(locations.relative(path), "test/a.js", "{path}");
        }
    }
}
