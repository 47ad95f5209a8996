//! What handin is made of: the page of dependencies, the oldest compiler, and what a package of it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cargo(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Returns what is built, on any system; where the crates of other systems were never fetched, on this one.
fn metadata() -> Value {
    let all = ["metadata", "--format-version", "1", "--locked", "--offline"];
    let text = cargo(&all).or_else(|_| {
        let about = cargo(&["-vV"])?;
        let host = about.lines().find_map(|line| line.strip_prefix("host: "));
        cargo(&[&all[..], &["--filter-platform", host.unwrap()]].concat())
    });
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn packages(metadata: &Value) -> &[Value] {
    metadata["packages"].as_array().unwrap()
}

fn handin(metadata: &Value) -> &Value {
    packages(metadata)
        .iter()
        .find(|package| package["name"] == "handin")
        .unwrap()
}

/// Returns the rows of a page that name a crate with its licence, by the crate: the licence and the features.
fn rows(page: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    page.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, name, reason, instead, licence, features, _] = cells.as_slice() else {
                return None;
            };
            let name = name.strip_prefix('`')?.strip_suffix('`')?;
            assert!(
                !reason.is_empty() && !instead.is_empty(),
                "no reason for `{name}`"
            );
            let features = features
                .split(',')
                .map(|feature| feature.trim().trim_matches('`').to_owned())
                .filter(|feature| !feature.is_empty())
                .collect();
            Some((name.to_owned(), ((*licence).to_owned(), features)))
        })
        .collect()
}

#[test]
fn the_page_of_dependencies_names_each_and_no_other() {
    let metadata = metadata();
    let page = std::fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let rows = rows(&page);
    let mut expected = BTreeMap::new();
    let own = packages(&metadata)
        .iter()
        .filter(|package| package["name"] == "handin" || package["name"] == "handin-reader")
        .flat_map(|package| package["dependencies"].as_array().unwrap());
    for dependency in own {
        let name = dependency["name"].as_str().unwrap();
        let mut features: BTreeSet<String> = dependency["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|feature| feature.as_str().unwrap().to_owned())
            .collect();
        if dependency["uses_default_features"] == false {
            features.insert("no default ones".to_owned());
        }
        let licences: BTreeSet<&str> = packages(&metadata)
            .iter()
            .filter(|package| package["name"] == name)
            .filter_map(|package| package["license"].as_str())
            .collect();
        // The licence of a crate for other systems is not known where it was never fetched.
        let shown = rows.get(name).map(|(licence, _)| licence.as_str());
        let licence = licences.first().copied().or(shown).unwrap();
        expected.insert(name.to_owned(), (licence.to_owned(), features));
    }
    assert_eq!(rows, expected);
}

#[test]
fn nothing_that_is_built_asks_for_a_newer_compiler_than_handin() {
    let metadata = metadata();
    let version = |text: &str| {
        let mut numbers = text.split('.').map(|part| part.parse::<u32>().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap_or(0))
    };
    let own = handin(&metadata)["rust_version"].as_str().unwrap();
    let newer: Vec<String> = packages(&metadata)
        .iter()
        .filter_map(|package| {
            let asked = package["rust_version"].as_str()?;
            (version(asked) > version(own)).then(|| format!("{} {asked}", package["name"]))
        })
        .collect();
    assert_eq!(newer, Vec::<String>::new(), "handin says {own}");
}

#[test]
fn whoever_names_the_oldest_compiler_names_the_same() {
    let metadata = metadata();
    let own = handin(&metadata)["rust_version"].as_str().unwrap();
    let named = [
        ("README.md", format!("Rust ({own} or later)")),
        ("CONTRIBUTING.md", format!("Rust {own} or later")),
        ("docs/installing.md", format!("Rust {own} or later")),
        ("docs/tutorial.md", format!("Rust {own} or later")),
        (
            ".github/workflows/ci.yml",
            format!("RUSTUP_TOOLCHAIN: \"{own}\""),
        ),
    ];
    for (page, words) in named {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        assert!(text.contains(&words), "`{page}` does not say `{words}`");
    }
}

#[test]
fn a_package_holds_the_program_and_nothing_else() {
    let list = cargo(&[
        "package",
        "--list",
        "--allow-dirty",
        "--offline",
        "-p",
        "handin",
    ])
    .unwrap();
    let mut tops = BTreeSet::new();
    for file in list.lines() {
        let path = Path::new(file);
        tops.insert(path.iter().next().unwrap().to_str().unwrap());
        let is_test = path.iter().any(|part| part == "tests") || file.ends_with("/tests.rs");
        assert!(!is_test, "`{file}` is a test");
        // Beside the sources lie lists of words that they include.
        let is_source = path
            .extension()
            .is_some_and(|kind| kind == "rs" || kind == "txt");
        assert!(
            !file.starts_with("src/") || is_source,
            "`{file}` is no source"
        );
        // Of the pages, `init` writes the pipelines.
        let is_other_page = file.starts_with("docs/") && !file.starts_with("docs/pipelines/");
        assert!(!is_other_page, "`{file}` is not built in");
    }
    let mut expected = BTreeSet::from([
        ".cargo_vcs_info.json",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "build.rs",
        "completions",
        "docs",
        "src",
    ]);
    expected.extend(root().join("templates").is_dir().then_some("templates"));
    assert_eq!(tops, expected);
}

#[test]
fn the_changelog_has_the_form_of_keep_a_changelog_and_the_version_of_the_package() {
    const KINDS: [&str; 6] = [
        "### Added",
        "### Changed",
        "### Deprecated",
        "### Removed",
        "### Fixed",
        "### Security",
    ];
    let text = std::fs::read_to_string("CHANGELOG.md").unwrap();
    let (versions, kinds): (Vec<&str>, Vec<&str>) = text
        .lines()
        .filter(|line| line.starts_with("##"))
        .partition(|line| line.starts_with("## "));
    assert_eq!(versions[0], "## [Unreleased]");
    assert!(versions[1].starts_with(concat!("## [", env!("CARGO_PKG_VERSION"), "] - ")));
    for version in &versions[1..] {
        let (_, date) = version.split_once("] - ").unwrap();
        assert!(date.parse::<jiff::civil::Date>().is_ok(), "{version}");
    }
    assert!(kinds.iter().all(|kind| KINDS.contains(kind)), "{kinds:?}");
}

#[cfg(unix)]
#[test]
fn the_notes_of_a_release_are_its_section_of_the_changelog() {
    let notes = |version: &str| {
        let mut command = Command::new("bash");
        command
            .args([".ci/release-notes", version])
            .output()
            .unwrap()
    };
    let told = notes(concat!("v", env!("CARGO_PKG_VERSION")));
    assert!(told.status.success(), "{told:?}");
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("`handin submit` submits results"), "{told}");
    assert!(!told.contains("\n## "), "{told}");
    assert!(!notes("v99.0.0").status.success());
}

#[test]
fn releases_and_checks_are_built_by_one_compiler_and_checked_by_one_tool() {
    let text = |page: &str| std::fs::read_to_string(root().join(page)).unwrap();
    let release = text(".github/workflows/release.yml");
    let (_, compiler) = release.split_once("RUSTUP_TOOLCHAIN: \"").unwrap();
    let (compiler, _) = compiler.split_once('"').unwrap();
    assert_eq!(compiler.split('.').count(), 3, "{compiler}");
    let part = text(".ci/parts/supply-chain");
    let (_, deny) = part.split_once("version=").unwrap();
    let deny = deny.lines().next().unwrap();
    for (page, words) in [
        (
            ".github/workflows/ci.yml",
            format!("RUSTUP_TOOLCHAIN: \"{compiler}\""),
        ),
        (".github/workflows/ci.yml", format!("cargo-deny@{deny}")),
    ] {
        assert!(
            text(page).contains(&words),
            "`{page}` does not say `{words}`"
        );
    }
}

#[test]
fn the_container_holds_the_program_alone_and_has_no_image_below_it() {
    let text = std::fs::read_to_string(root().join("docs/pipelines/Containerfile")).unwrap();
    let of = |word: &str| -> Vec<&str> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(word));
        lines.map(str::trim).collect()
    };
    assert_eq!(of("FROM "), ["scratch"]);
    assert_eq!(of("COPY "), ["handin /usr/local/bin/handin"]);
    assert_eq!(of("USER "), ["65532:65532"]);
    for word in ["ADD ", "RUN "] {
        assert_eq!(of(word), Vec::<&str>::new());
    }
}

/// Returns the text of all sources below a folder.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
    text
}

#[test]
fn every_test_and_file_that_the_page_of_security_names_is_there() {
    let page = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let sources = sources(&root().join("src")) + &sources(&root().join("tests"));
    let mut tests = 0;
    for word in page.split('`').skip(1).step_by(2) {
        let is_name = word.matches('_').count() > 2;
        let name = word.trim_end_matches('…');
        if is_name && name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_') {
            assert!(sources.contains(&format!("fn {name}")), "{word}");
            tests += 1;
        } else if let Some((first, _)) = word.split_once('/')
            && ["src", "tests", ".ci"].contains(&first)
        {
            assert!(root().join(word).exists(), "{word}");
        }
    }
    assert!(tests > 10, "{tests}");
}

#[test]
fn every_action_is_pinned_by_commit_and_every_download_is_checked() {
    let folder = |name: &str| root().join(name).read_dir().unwrap();
    let files = folder(".github/workflows").chain(folder("docs/pipelines"));
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.push(root().join("action.yml"));
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((_, action)) = line
                .split_once("uses: ")
                .filter(|(_, it)| !it.starts_with("./"))
            else {
                continue;
            };
            let commit = action.split_once('@').map_or("", |(_, rest)| rest);
            let commit = commit.split(' ').next().unwrap_or_default();
            let is_hash = commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit());
            assert!(is_hash, "{}: {line}", file.display());
        }
        let downloads = text.matches("releases/download").count();
        for check in ["SHA256SUMS", "gh attestation verify"] {
            let checked = text.matches(check).count();
            assert!(checked >= downloads, "{}: {check}", file.display());
        }
    }
}
