//! The path of a source file as it is the same on every machine: for the keys of tests.
//!
//! Reports name files as the machine had them that ran the tests. What stands before the repository there is cut off: the folder
//! that handin runs in and the repository around it, those of the report, and the folders in which CI services check out.

use std::path::{Path, PathBuf};

use super::Source;
use super::text::plain;

/// Folders in which CI services check out: the names of a path, where `*` is any one name. The last that fits counts.
const CHECKOUTS: &[&str] = &[
    "home/runner/work/*/*",
    "Users/runner/work/*/*",
    "__w/*/*",
    "a/*/*",
    "a/*/s",
    "work/*/s",
    "_work/*/s",
    "_work/*/*",
    "builds/*/*",
    "workspace/*",
    "workspaces/*",
    "github/workspace",
    "bitrise/src",
    "pipelines/agent/build",
    "home/circleci/project",
    "root/project",
    "buildkite-agent/builds/*/*/*",
    "drone/src",
    "woodpecker/src/*/*/*",
    "usr/src/app",
    "app",
    "home/*",
    "Users/*",
    "root",
    "tmp/*",
];
/// Names of folders that stand at the top of a repository, or of a part of it.
const TOPS: &[&str] = &[
    "src",
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "features",
    "packages",
    "apps",
    "libs",
    "cypress",
    "integration",
    "acceptance",
    "lib",
    "t",
];

/// Makes the paths of a report's files the same wherever it was written.
#[derive(Debug, Default)]
pub(super) struct Locations {
    /// Folders that are cut off, the longest first.
    roots: Vec<String>,
}

impl Locations {
    pub(super) fn new(source: &Source) -> Self {
        let current = std::env::current_dir().ok();
        let report = source
            .folder()
            .and_then(|folder| folder.canonicalize().ok());
        let folders = current.iter().chain(&report);
        let mut roots: Vec<String> = folders
            .flat_map(|folder| [repository(folder), Some(folder.clone())])
            .flatten()
            .map(|root| slashed(&root.to_string_lossy()))
            .filter(|root| root.len() > 1)
            .collect();
        // The repository goes before a folder inside it: a file has one name, wherever handin runs.
        roots.sort_by_key(String::len);
        roots.dedup();
        Self { roots }
    }

    /// Returns a path without what is only true of one machine.
    pub(super) fn relative(&self, path: &str) -> String {
        let path = path.strip_prefix("file://").unwrap_or(path);
        let path = slashed(path);
        let drive = path.as_bytes().get(1) == Some(&b':');
        if !path.starts_with('/') && !drive {
            return plain(path.trim_start_matches("./"));
        }
        let known = self.roots.iter().find_map(|root| {
            let rest = path.strip_prefix(root.as_str())?;
            rest.strip_prefix('/')
        });
        plain(known.unwrap_or_else(|| elsewhere(&path)))
    }
}

/// Returns the part of another machine's path that is the repository's.
fn elsewhere(path: &str) -> &str {
    let names: Vec<&str> = path
        .split('/')
        .filter(|name| !name.is_empty() && !name.ends_with(':'))
        .collect();
    let fits = |pattern: &&str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        let at = |from: &usize| {
            let found = names.get(*from..from + pattern.len());
            found.is_some_and(|found| {
                found
                    .iter()
                    .zip(&pattern)
                    .all(|(name, known)| *known == "*" || name == known)
            })
        };
        // A checkout begins near the top.
        (0..4).find(at).map(|from| from + pattern.len())
    };
    let checkout = CHECKOUTS
        .iter()
        .find_map(fits)
        .filter(|length| *length < names.len());
    let rest = names.get(checkout.unwrap_or(0)..).unwrap_or_default();
    let is_sure = checkout.is_some() && !path.contains("/home/") && !path.contains("/Users/")
        || path.contains("/work/")
        || path.contains("/workspace/")
        || path.contains("/circleci/");
    let top = rest.iter().position(|name| TOPS.contains(name));
    let count = match (is_sure, top) {
        (true, _) => rest.len(),
        (false, Some(top)) => rest.len() - top,
        (false, None) => 1,
    };
    tail(path, count)
}

/// Returns the last names of a path.
fn tail(path: &str, count: usize) -> &str {
    let mut begin = path.len();
    for _ in 0..count.max(1) {
        match path.get(..begin).and_then(|head| head.rfind('/')) {
            Some(at) => begin = at,
            None => return path,
        }
    }
    path.get(begin + 1..).unwrap_or(path)
}

/// Returns the repository around a folder.
fn repository(folder: &Path) -> Option<PathBuf> {
    let mut folders = folder.ancestors();
    folders
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_owned)
}

fn slashed(path: &str) -> String {
    path.replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::Locations;
    use crate::report::Source;

    #[test]
    fn a_file_has_one_name_on_every_machine() {
        let locations = Locations::new(&Source::in_memory("a", &b""[..]));
        let here = std::env::current_dir().unwrap();
        let own = here.join("report/mod.rs").to_string_lossy().into_owned();
        assert_eq!(locations.relative(&own), "src/reader/report/mod.rs");
        for path in [
            "test/a.js",
            "./test/a.js",
            "/home/runner/work/shop/shop/test/a.js",
            "/home/vsts/work/1/s/test/a.js",
            "D:\\a\\1\\s\\test\\a.js",
            "D:\\a\\shop\\shop\\test\\a.js",
            "file:///home/runner/work/shop/shop/test/a.js",
            "/builds/group/shop/test/a.js",
            "/var/jenkins_home/workspace/shop@2/test/a.js",
            "/home/eva/code/shop/test/a.js",
            "C:\\Users\\eva\\shop\\test\\a.js",
            "/usr/src/app/test/a.js",
            "/opt/atlassian/pipelines/agent/build/test/a.js",
        ] {
            assert_eq!(locations.relative(path), "test/a.js", "{path}");
        }
        assert_eq!(locations.relative("/mnt/x/a.js"), "a.js");
    }
}
