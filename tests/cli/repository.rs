//! Where the project is: `repository` in `Cargo.toml` says it, and whatever names it says the same.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::drift::hold;

/// Files and folders that name the repository.
const NAMING: [&str; 8] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "action.yml",
    "docs",
    "templates/submit",
    ".ci/release-notes",
    ".ci/packages/azure-task",
];

#[test]
fn the_repository_is_the_same_wherever_it_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let owner = env!("CARGO_PKG_REPOSITORY")
        .strip_prefix("https://github.com/")
        .and_then(|rest| rest.strip_suffix("/handin"))
        .expect("a repository on GitHub that is called handin");
    // `github.com/OWNER/handin`, `uses: OWNER/handin@`, `--repo OWNER/handin`, `…FQDN/OWNER/handin/submit@`, and the like.
    let naming = Regex::new(
        r"(?P<before>github\.com/|ghcr\.io/|uses: |--repo |FQDN/|:-)(?P<owner>[A-Za-z0-9][A-Za-z0-9-]*)/handin\b",
    )
    .unwrap();
    let mut files = Vec::new();
    for path in NAMING {
        collect(&root.join(path), &mut files);
    }
    let mut named = 0;
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        let expected = naming.replace_all(&text, format!("${{before}}{owner}/handin"));
        named += naming.find_iter(&text).count();
        hold(
            &file.strip_prefix(root).unwrap().to_string_lossy(),
            &expected,
        );
    }
    assert!(named > 10, "only {named} places name the repository");
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), files);
        }
    } else {
        files.push(path.to_owned());
    }
}
