use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::*;

fn put(path: &Path, text: &str) {
    File::create(path)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
}

/// A folder `report` with a picture, beside a secret.
fn folders() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("report/shots")).unwrap();
    fs::create_dir_all(folder.path().join("more")).unwrap();
    put(&folder.path().join("report/shots/a.png"), "picture");
    put(&folder.path().join("report/b.png"), "b");
    put(&folder.path().join("more/c.png"), "c");
    put(&folder.path().join("secret"), "secret");
    folder
}

fn locate(folder: &Path, named: Option<&str>, path: &str) -> Located {
    let named: Vec<_> = named.map(|named| folder.join(named)).into_iter().collect();
    let attachment = Attachment {
        path: path.into(),
        description: None,
    };
    Attachments::new(&Beside::Folder(folder.join("report")), &named)
        .largest(5)
        .locate(&attachment)
}

#[test]
fn a_file_below_the_report_is_found_and_measured() {
    let folder = folders();
    assert!(
        matches!(locate(folder.path(), None, "b.png"), Located::Found(file) if file.known.size() == 1)
    );
    assert!(matches!(
        locate(folder.path(), None, "shots/../b.png"),
        Located::Found(_)
    ));
    assert!(matches!(
        locate(folder.path(), None, "shots/a.png"),
        Located::TooLarge {
            size: 7,
            largest: 5,
            ..
        }
    ));
    assert!(matches!(
        locate(folder.path(), None, "shots/none.png"),
        Located::NotFound { .. }
    ));
}

#[test]
fn a_name_that_leads_out_is_refused() {
    let folder = folders();
    let absolute = folder.path().join("secret");
    for path in [
        "../secret",
        "shots/../../secret",
        absolute.to_str().unwrap(),
        "/dev/zero",
        "/nowhere",
        "..\\secret",
    ] {
        assert!(
            matches!(locate(folder.path(), None, path), Located::Refused { .. }),
            "{path}: {:?}",
            locate(folder.path(), None, path)
        );
    }
    assert!(matches!(
        locate(folder.path(), None, "shots"),
        Located::Refused { .. }
    ));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_is_refused_and_one_that_stays_is_not() {
    let folder = folders();
    std::os::unix::fs::symlink("../secret", folder.path().join("report/out")).unwrap();
    std::os::unix::fs::symlink("b.png", folder.path().join("report/in")).unwrap();
    assert!(matches!(
        locate(folder.path(), None, "out"),
        Located::Refused { .. }
    ));
    assert!(matches!(
        locate(folder.path(), None, "in"),
        Located::Found(_)
    ));
}

#[test]
fn a_folder_that_the_user_names_counts_too() {
    let folder = folders();
    assert!(matches!(
        locate(folder.path(), Some("more"), "../more/c.png"),
        Located::Found(_)
    ));
    assert!(matches!(
        locate(folder.path(), Some("more"), "c.png"),
        Located::Found(_)
    ));
    assert!(matches!(
        locate(folder.path(), Some("more"), "../secret"),
        Located::Refused { .. }
    ));
}

#[test]
fn a_path_of_another_machine_is_looked_up_by_its_last_part() {
    let folder = folders();
    for path in [
        "C:\\Users\\me\\report\\b.png",
        "/home/me/report/b.png",
        "\\\\server\\share\\b.png",
    ] {
        assert!(
            matches!(locate(folder.path(), None, path), Located::Found(_)),
            "{path}"
        );
    }
}

#[cfg(windows)]
#[test]
fn no_path_of_a_report_asks_another_machine() {
    for path in [
        "\\\\server\\share\\b.png",
        "//server/share/b.png",
        "\\/server/share/b.png",
        "\\\\?\\UNC\\server\\share\\b.png",
        "\\\\.\\pipe\\b.png",
    ] {
        for candidate in super::candidates(Path::new(path)) {
            assert!(!candidate.has_root(), "{path}: {}", candidate.display());
        }
    }
}
