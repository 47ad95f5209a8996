//! What the committed settings file may name.

use std::path::Path;

use super::{Checkout, PLAN, link};
use crate::desk::Desk;
use crate::submit::report;

/// Runs `submit` with a line in the settings file; it has to be refused, and `instead` named.
fn refused(checkout: &Checkout, line: &str, instead: &str) {
    checkout
        .desk
        .write("handin.toml", format!("{line}\n{PLAN}"));
    for more in [&["submit"][..], &["submit", "--dry-run"], &["verify"]] {
        let answer = checkout.desk.run(&[more, &["r.xml"]].concat());
        assert_eq!(answer.code, Some(2), "{line} {more:?}: {answer:?}");
        assert!(answer.stderr.contains(instead), "{line}: {answer:?}");
        assert!(
            answer.stderr.contains("handin.toml:1:"),
            "{line}: {answer:?}"
        );
    }
    assert!(checkout.sandbox.requests().is_empty(), "{line}");
}

#[test]
fn paths_of_the_committed_file_lie_inside_its_repository() {
    let checkout = Checkout::new();
    let outside = tempfile::tempdir().unwrap();
    let outside = outside.path().display().to_string();
    checkout
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    link(Path::new(&outside), &checkout.desk.path("linked"));
    link(Path::new("/nonexistent/x"), &checkout.desk.path("dangling"));
    for (key, flag) in [
        ("attachments", "--attachments"),
        ("journal", "--journal"),
        ("summary", "--summary"),
        ("reports", "HANDIN_REPORTS"),
    ] {
        let ending = if key == "summary" { "/p.md" } else { "/x" };
        for place in [
            "/",
            "..",
            "../..",
            "linked",
            "linked/deeper",
            "dangling",
            ".git",
            "new/../..",
            &outside,
        ] {
            let path = format!("{place}{ending}");
            refused(&checkout, &format!("{key} = \"{path}\""), flag);
        }
    }
    for pattern in [
        "/etc/*.xml",
        "../*.xml",
        "linked/**/*.xml",
        "**/../../*.xml",
        "/**",
    ] {
        refused(
            &checkout,
            &format!("reports = [\"{pattern}\"]"),
            "HANDIN_REPORTS",
        );
    }
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn a_profile_is_no_way_around() {
    let checkout = Checkout::new();
    checkout
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    checkout.desk.write(
        "handin.toml",
        format!("{PLAN}[profile.ci]\njournal = \"/tmp/x\"\n"),
    );
    let answer = checkout.desk.run(&["submit", "r.xml", "--profile", "ci"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(
        answer.stderr.contains("is outside the repository"),
        "{answer:?}"
    );
}

#[test]
fn paths_inside_the_repository_and_those_of_the_user_go_on_working() {
    let mut checkout = Checkout::new();
    let outside = tempfile::tempdir().unwrap();
    let place = |name: &str| outside.path().join(name).display().to_string();
    checkout
        .desk
        .write("sub/reports/r.xml", report(&[("valid", Some(1001), "")]));
    checkout.desk.write("shots/a.png", "picture");
    checkout.desk.write(
        "sub/handin.toml",
        format!("reports = [\"reports/*.xml\"]\nattachments = [\"../shots\"]\njournal = \"../new/j.jsonl\"\nsummary = [\"../new/p.md\"]\n{PLAN}"),
    );
    let mut command = checkout.desk.command(&["submit"]);
    let answer = command
        .current_dir(checkout.desk.path("sub"))
        .output()
        .unwrap();
    assert_eq!(answer.status.code(), Some(0), "{answer:?}");
    assert!(checkout.desk.path("new/j.jsonl").is_file());
    assert!(checkout.desk.path("new/p.md").is_file());

    let flags = [
        "--journal",
        &place("f.jsonl"),
        "--summary",
        &place("f.md"),
        "--attachments",
        &place(""),
    ];
    let answer = checkout
        .desk
        .run(&[&["submit", "sub/reports/r.xml", "--again"], &flags[..]].concat());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    std::fs::copy(
        checkout.desk.path("sub/reports/r.xml"),
        outside.path().join("r.xml"),
    )
    .unwrap();
    checkout
        .desk
        .set("HANDIN_REPORTS", place("*.xml"))
        .set("HANDIN_JOURNAL", place("e.jsonl"))
        .set("HANDIN_SUMMARY", place("e.md"))
        .set("HANDIN_ATTACHMENTS", place(""));
    let answer = checkout.desk.run(&["submit", "--again"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for name in ["f.jsonl", "f.md", "e.jsonl", "e.md"] {
        assert!(outside.path().join(name).is_file(), "{name}");
    }
}

#[test]
fn a_committed_link_in_the_journals_own_place_is_refused() {
    for committed in [".handin", ".handin/journal.jsonl"] {
        let checkout = Checkout::new();
        checkout
            .desk
            .write("r.xml", report(&[("valid", Some(1001), "")]));
        let outside = tempfile::tempdir().unwrap();
        let target = outside.path().join("profile");
        if committed == ".handin" {
            link(outside.path(), &checkout.desk.path(committed));
        } else {
            std::fs::File::create(&target).unwrap();
            std::fs::create_dir(checkout.desk.path(".handin")).unwrap();
            link(&target, &checkout.desk.path(committed));
        }
        let answer = checkout.desk.run(&["submit", "r.xml"]);
        assert_eq!(answer.code, Some(2), "{committed}: {answer:?}");
        assert!(!outside.path().join("journal.jsonl").exists());
        assert!(!target.exists() || std::fs::read(&target).unwrap().is_empty());
        assert_eq!(checkout.sandbox.run_count(), 0);
    }
}

#[test]
fn a_settings_file_that_is_found_and_leads_elsewhere_is_refused_by_name() {
    let desk = Desk::new();
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("handin.toml");
    std::io::Write::write_all(
        &mut std::fs::File::create(&target).unwrap(),
        PLAN.as_bytes(),
    )
    .unwrap();
    link(&target, &desk.path("handin.toml"));
    let answer = desk.run(&["map", "list"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(
        answer.stderr.contains("`handin.toml` is a link"),
        "{answer:?}"
    );
    assert!(answer.stderr.contains("--settings"), "{answer:?}");
    let named = desk.run(&["map", "export", "--settings", "handin.toml"]);
    assert_eq!(named.code, Some(0), "{named:?}");
}

/// Only root can give a file to somebody else.
fn is_root() -> bool {
    let id = std::process::Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

fn give(path: &Path, owner: u32) {
    std::os::unix::fs::lchown(path, Some(owner), None).unwrap();
}

#[test]
fn a_settings_file_of_another_user_above_the_working_folder_is_refused_by_name() {
    if !is_root() {
        return;
    }
    let shared = tempfile::tempdir().unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_TOKEN", "marked-token");
    let write = |name: &str| {
        let path = shared.path().join(name);
        let mut file = std::fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut file, PLAN.as_bytes()).unwrap();
        path
    };
    let file = write("handin.toml");
    let work = shared.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let run = |arguments: &[&str]| {
        let output = desk.command(arguments).current_dir(&work).output().unwrap();
        crate::desk::Answer::of(&output)
    };
    assert_eq!(run(&["map", "export"]).code, Some(0), "one's own counts");
    give(&file, 65534);
    let answer = run(&["map", "export"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(
        answer
            .stderr
            .contains("`../handin.toml` belongs to another user"),
        "{answer:?}"
    );
    let named = run(&["map", "export", "--settings", "../handin.toml"]);
    assert_eq!(named.code, Some(0), "{named:?}");
    // A container that runs as root on somebody's checkout.
    give(&work, 65534);
    assert_eq!(run(&["map", "export"]).code, Some(0));
    // A link of a stranger's to a file of one's own is still the stranger's.
    give(&work, 0);
    let real = write("real.toml");
    std::fs::remove_file(&file).unwrap();
    link(&real, &file);
    give(&file, 65534);
    assert_eq!(run(&["map", "export"]).code, Some(2));
}
