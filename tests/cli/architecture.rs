//! Who may know whom: the `use crate::` lines are held to the table of `docs/architecture.md`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A module and those that it may use, beside itself.
const MAY_USE: [(&str, &[&str]); 18] = [
    ("ascii", &[]),
    ("files", &[]),
    ("model", &["ascii"]),
    ("secret", &[]),
    ("ci", &[]),
    ("transport", &["files", "secret"]),
    ("credentials", &["files", "secret"]),
    ("entra", &["files", "secret", "transport"]),
    ("report", &["ascii", "files", "model"]),
    ("mapping", &["model"]),
    ("keys", &["model"]),
    (
        "settings",
        &["files", "keys", "mapping", "model", "report", "services"],
    ),
    ("plan", &["files", "model", "mapping"]),
    ("journal", &["files", "plan", "transport"]),
    (
        "services",
        &[
            "ci",
            "credentials",
            "files",
            "keys",
            "model",
            "mapping",
            "plan",
            "journal",
            "transport",
            "secret",
        ],
    ),
    (
        "ui",
        &["files", "model", "secret", "report", "plan", "services"],
    ),
    (
        "cli",
        &[
            "files",
            "keys",
            "model",
            "secret",
            "ci",
            "transport",
            "credentials",
            "entra",
            "report",
            "mapping",
            "settings",
            "plan",
            "journal",
            "services",
            "ui",
        ],
    ),
    ("main", &[]),
];

#[test]
fn modules_use_only_what_the_architecture_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 50, "only {} files were found", files.len());
    let mut wrong = BTreeSet::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap().with_extension("");
        // The crate that reads has four of the modules.
        let name = name.strip_prefix("reader").unwrap_or(&name);
        let module = name.iter().next().unwrap().to_string_lossy().into_owned();
        if module == "lib" {
            continue;
        }
        let allowed = MAY_USE.iter().find(|(known, _)| *known == module);
        let (_, allowed) =
            allowed.unwrap_or_else(|| panic!("the module `{module}` has no row in the table"));
        for used in used_modules(&std::fs::read_to_string(&file).unwrap()) {
            if used != module && !allowed.contains(&used.as_str()) {
                wrong.insert(format!("{}: `{module}` uses `{used}`", name.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}",
        wrong.into_iter().collect::<Vec<_>>().join("\n")
    );
}

/// Kiwi TCMS came last, and no command is about it alone: it shows what a service takes.
#[test]
fn at_most_three_files_outside_its_folder_name_a_service() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let own = root.join("services/kiwi");
    let naming: Vec<&PathBuf> = files
        .iter()
        .filter(|file| !file.starts_with(&own))
        .filter(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            text.to_lowercase().contains("kiwi")
        })
        .collect();
    assert!((1..=3).contains(&naming.len()), "{naming:#?}");
}

#[test]
fn the_modules_of_the_crate_are_those_of_the_table() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for line in text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "))
    {
        let module = line.trim_end_matches(';');
        assert!(
            MAY_USE.iter().any(|(known, _)| *known == module),
            "`{module}` has no row in the table"
        );
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// Returns the modules that a file names as `crate::module`, outside of comments.
fn used_modules(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        })
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_lowercase() || c == '_'))
        .collect()
}
