//! Reports in archives: what stands beside them there belongs to them as it does in a folder.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::files::Patience;
use crate::model::{Attachment, Roots, TestCase};
use crate::report::attachments::{Attachments, Located};
use crate::report::{Found, Source, discover, read};

/// Packs files under names into `all.zip`.
fn pack(folder: &Path, files: &[(&str, &[u8])]) {
    let mut archive = ZipWriter::new(File::create(folder.join("all.zip")).unwrap());
    for (name, bytes) in files {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive
        .add_symlink("in/link.png", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    archive.finish().unwrap();
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/reports/katalon")
        .join(name)
}

/// Packs a fixture, each file below `in/`.
fn packed(name: &str) -> tempfile::TempDir {
    let mut files = Vec::new();
    walk(&fixture(name), "in", &mut files);
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path(), &files);
    folder
}

fn walk(folder: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in folder.read_dir().unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            walk(&entry.path(), &name, files);
        } else {
            files.push((name, std::fs::read(entry.path()).unwrap()));
        }
    }
}

fn found(argument: &str, base: &Path) -> Found {
    discover(&[argument.to_owned()], base, &Patience::default()).unwrap()
}

/// Returns all that is told of the tests of what is found.
fn told(found: &Found) -> (Vec<TestCase>, Vec<String>) {
    let (mut cases, mut warnings) = (Vec::new(), Vec::new());
    for source in &found.sources {
        let summary = read(source, &mut |case| {
            // The folder on the disk is one of this machine.
            case.roots = Roots::default();
            cases.push(case.take());
        });
        let summary = summary.unwrap();
        warnings.extend(summary.warnings.into_iter().map(|it| it.message));
    }
    (cases, warnings)
}

#[test]
fn a_katalon_folder_in_an_archive_tells_as_much_as_on_the_disk() {
    for name in ["rows-and-retries", "killed", "collection"] {
        let folder = packed(name);
        let (inside, outside) = (found("all.zip", folder.path()), found(name, &fixture(".")));
        assert_eq!(told(&inside), told(&outside), "{name}");
        assert_eq!(inside.notes.len(), outside.notes.len(), "{name}");
    }
    let (cases, _) = told(&found("all.zip", packed("rows-and-retries").path()));
    assert!(cases.iter().any(|case| !case.steps.is_empty()));
    assert!(cases.iter().any(|case| !case.earlier.is_empty()));
}

/// An archive with a report in `in/`, and files beside it and above it.
fn with_files() -> (tempfile::TempDir, Source) {
    let folder = tempfile::tempdir().unwrap();
    pack(
        folder.path(),
        &[
            ("in/r.xml", b"<testsuite/>"),
            ("in/shots/a.png", b"picture"),
            ("secret.png", b"secret"),
            ("in\\windows.png", b"picture"),
        ],
    );
    let source = found("all.zip", folder.path()).sources.pop().unwrap();
    (folder, source)
}

fn locate(source: &Source, path: &str) -> Located {
    Attachments::new(source.beside(), &[]).locate(&Attachment {
        path: path.into(),
        description: None,
    })
}

#[test]
fn attachments_come_out_of_the_archive_and_go_with_it() {
    let (_folder, source) = with_files();
    let mut unpacked = PathBuf::new();
    for path in [
        "shots/a.png",
        "./shots/../shots/a.png",
        "shots\\a.png",
        "shots//a.png",
        "windows.png",
        "C:\\run\\windows.png",
    ] {
        let Located::Found(mut found) = locate(&source, path) else {
            panic!("{path}: {:?}", locate(&source, path));
        };
        let mut text = String::new();
        found.file.read_to_string(&mut text).unwrap();
        assert_eq!(
            (text.as_str(), found.known.size()),
            ("picture", 7),
            "{path}"
        );
        assert!(found.name == "a.png" || found.name == "windows.png");
        unpacked = found.known.path().to_owned();
    }
    assert!(unpacked.is_file());
    drop(source);
    assert!(!unpacked.exists());
}

#[test]
fn nothing_but_files_below_the_report_comes_out_of_an_archive() {
    let (_folder, source) = with_files();
    for path in ["b.png", "shots", "in/r.xml"] {
        let located = locate(&source, path);
        assert!(matches!(located, Located::NotFound { .. }), "{path}");
    }
    for path in ["../secret.png", "/etc/passwd", "link.png"] {
        let located = locate(&source, path);
        assert!(matches!(located, Located::Refused { .. }), "{path}");
    }
}

#[test]
fn an_archive_of_many_reports_gives_each_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..2000).map(|number| format!("{number}.xml")).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| {
            (
                name.as_str(),
                &b"<testsuite><testcase name='a'/></testsuite>"[..],
            )
        })
        .collect();
    pack(folder.path(), &files);
    let (cases, _) = told(&found("all.zip", folder.path()));
    assert_eq!(cases.len(), 2000);
}
