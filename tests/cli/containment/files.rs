//! Files of the machine that a report or the settings name.

use std::os::unix::fs::PermissionsExt as _;

use handin_sandbox::fault::{Fault, Rule, When};

use super::{Checkout, PLAN, link, pipe};
use crate::submit::report;

const SECRET: &str = "extraheader marked-secret";

/// Tells of an upload whether the secret was in it: attachments travel as base64.
fn holds_secret(sent: &str) -> bool {
    sent.contains("marked-secret") || sent.contains("ZXh0cmFoZWFkZXIgbWFya2Vk")
}

#[test]
fn a_report_at_the_root_of_a_repository_cannot_have_what_git_keeps_uploaded() {
    let checkout = Checkout::new();
    for file in [
        ".git/config",
        "sub/.git",
        "sub/.Git/config",
        ".git/modules/a/config",
    ] {
        let place = checkout.desk.path(file);
        if !place.exists() && !place.parent().unwrap().is_file() {
            checkout.desk.write(file, SECRET);
        }
    }
    checkout.desk.write("shot.png", "harmless-picture");
    checkout.naming(
        "r.xml",
        &[
            ".git/config",
            "./sub/../.git/config",
            "sub/.git",
            ".git/modules/a/config",
            "shot.png",
        ],
    );
    let answer = checkout.desk.run(&["submit", "r.xml"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(!holds_secret(&checkout.sent()));
    assert!(checkout.sent().contains("shot.png"));
    let verified = checkout.desk.run(&["submit", "r.xml", "--again", "--json"]);
    assert!(verified.stdout.contains("never submitted"), "{verified:?}");
}

#[test]
fn a_report_cannot_have_the_token_uploaded_nor_what_programs_keep_hidden() {
    let mut checkout = Checkout::new();
    let token = checkout.sandbox.token().to_owned();
    checkout.desk.set("HANDIN_AZURE_TOKEN", "");
    let hidden = [
        ".npmrc",
        ".env",
        ".aws/credentials",
        "sub/.netrc",
        ".docker/config.json",
    ];
    for name in hidden {
        checkout.desk.write(name, SECRET);
    }
    checkout.desk.write("token.txt", &token);
    checkout.desk.write("seen.txt", "to be seen");
    std::fs::hard_link(checkout.desk.path("token.txt"), checkout.desk.path("b.txt")).unwrap();
    let names = [
        &hidden[..],
        &["token.txt", "b.txt", "sub/../.env", "seen.txt"],
    ]
    .concat();
    checkout.naming("r.xml", &names);
    let answer = checkout.desk.run(&[
        "submit",
        "r.xml",
        "--attach",
        "all",
        "--attachments",
        ".",
        "--token-file",
        "token.txt",
    ]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let sent = checkout.sent();
    assert!(sent.contains("seen.txt"), "{answer:?}");
    assert!(!holds_secret(&sent), "{answer:?}");
    for name in [
        ".npmrc",
        ".env",
        "credentials",
        ".netrc",
        "config.json",
        "token.txt",
        "b.txt",
    ] {
        assert!(!sent.contains(name), "{name}: {answer:?}");
    }
    assert!(answer.stderr.contains("is hidden"), "{answer:?}");
    assert!(
        answer.stderr.contains("a secret of this command"),
        "{answer:?}"
    );
}

#[test]
fn nothing_that_the_system_tells_is_uploaded_even_from_a_folder_that_was_named() {
    let checkout = Checkout::new();
    checkout.naming(
        "r.xml",
        &[
            "/proc/self/environ",
            "proc/self/environ",
            "/proc/self/cmdline",
            "/sys/kernel/mm/transparent_hugepage/enabled",
        ],
    );
    let answer = checkout
        .desk
        .run(&["submit", "r.xml", "--attachments", "/"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let sent = checkout.sent();
    assert!(
        !sent.contains("\"environ\"") && !sent.contains("cmdline\""),
        "{sent}"
    );
}

#[test]
fn links_out_of_a_reports_folder_are_not_followed_whatever_they_are_called() {
    let checkout = Checkout::new();
    let secret = checkout.desk.write("elsewhere/secret", SECRET);
    checkout.desk.write("out/keep", "");
    link(&secret, &checkout.desk.path("out/a.png"));
    link(secret.parent().unwrap(), &checkout.desk.path("out/folder"));
    link(&secret, &checkout.desk.path("out/execution0.log"));
    link(&secret, &checkout.desk.path("out/execution.properties"));
    checkout.naming(
        "out/r.xml",
        &["a.png", "folder/secret", "../elsewhere/secret"],
    );
    let answer = checkout.desk.run(&["submit", "out/r.xml"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(!holds_secret(&checkout.sent()));
}

#[test]
fn what_was_checked_is_what_is_sent_whatever_was_put_in_its_place_meanwhile() {
    for is_link in [true, false] {
        let checkout = Checkout::new();
        let shot = checkout.desk.write("shot.png", "harmless".repeat(10));
        let secret = checkout.desk.write("elsewhere/secret", SECRET);
        checkout.naming("r.xml", &["shot.png"]);
        // The results wait for a moment: time enough for what the tests left running.
        let stall = Fault::status(When::BeforeCommit, 503);
        let rule = Rule::new(stall).path("/acme/Shop/_apis/test/Runs");
        checkout.sandbox.faults().add(rule.nth(1));
        let mut child = checkout.desk.start(&["submit", "r.xml"]);
        while !checkout.sent().contains("_apis/") {
            std::thread::yield_now();
        }
        std::fs::remove_file(&shot).unwrap();
        if is_link {
            link(&secret, &shot);
        } else if shot.parent().unwrap().metadata().unwrap().created().is_ok() {
            // It is given the number of the one that is gone, and is known by when it was made.
            checkout.desk.write("shot.png", SECRET);
        }
        child.wait().unwrap();
        assert!(!holds_secret(&checkout.sent()), "a link: {is_link}");
    }
}

#[test]
fn a_wildcard_and_a_folder_follow_no_link_out() {
    let checkout = Checkout::new();
    let outside = tempfile::tempdir().unwrap();
    let foreign = checkout.desk.write("../foreign.xml", "");
    std::fs::remove_file(foreign).unwrap();
    std::fs::create_dir(outside.path().join("in")).unwrap();
    let text = report(&[("valid", Some(1001), "")]);
    std::io::Write::write_all(
        &mut std::fs::File::create(outside.path().join("in/r.xml")).unwrap(),
        text.as_bytes(),
    )
    .unwrap();
    checkout.desk.write("out/keep", "");
    link(
        &outside.path().join("in"),
        &checkout.desk.path("out/linked"),
    );
    link(
        &outside.path().join("in/r.xml"),
        &checkout.desk.path("out/linked.xml"),
    );
    for pattern in [
        "out/**/*.xml",
        "out/*/r.xml",
        "out/*.xml",
        "out",
        "**/r.xml",
        "out/link*/*",
    ] {
        let answer = checkout.desk.run(&["submit", pattern]);
        assert_eq!(answer.code, Some(3), "{pattern}: {answer:?}");
    }
    assert_eq!(checkout.sandbox.run_count(), 0);
    let named = checkout.desk.run(&["submit", "out/linked.xml"]);
    assert_eq!(
        named.code,
        Some(0),
        "a link that is named is read: {named:?}"
    );
}

#[test]
fn a_journal_is_never_appended_to_what_is_none() {
    for (name, text) in [
        ("profile", "export A=1\n"),
        ("notes.md", "# Notes\n"),
        ("x.json", "{}\n"),
    ] {
        let checkout = Checkout::new();
        checkout
            .desk
            .write("r.xml", report(&[("valid", Some(1001), "")]));
        checkout.desk.write(name, text);
        let answer = checkout.desk.run(&["submit", "r.xml", "--journal", name]);
        assert_eq!(answer.code, Some(2), "{name}: {answer:?}");
        assert!(
            answer.stderr.contains("something else than a journal"),
            "{answer:?}"
        );
        let after = std::fs::read_to_string(checkout.desk.path(name)).unwrap();
        assert_eq!(after, text);
        assert_eq!(checkout.sandbox.run_count(), 0);
    }
}

#[test]
fn a_journal_is_never_written_over_a_link_or_into_a_pipe() {
    let checkout = Checkout::new();
    checkout
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    let target = checkout.desk.write("target", "");
    link(&target, &checkout.desk.path("link"));
    pipe(&checkout.desk.path("pipe"));
    for name in ["link", "pipe"] {
        let answer = checkout.desk.run(&["submit", "r.xml", "--journal", name]);
        assert_eq!(answer.code, Some(2), "{name}: {answer:?}");
    }
    assert_eq!(std::fs::read(target).unwrap(), b"");
    assert_eq!(checkout.sandbox.run_count(), 0);
}

#[test]
fn mappings_are_never_written_over_a_link() {
    let checkout = Checkout::new();
    let target = checkout.desk.write("shared/real.toml", PLAN);
    std::fs::remove_file(checkout.desk.path("handin.toml")).unwrap();
    link(&target, &checkout.desk.path("handin.toml"));
    let answer = checkout
        .desk
        .run(&["map", "set", "a › b", "1001", "--service", "azure"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("is a link"), "{answer:?}");
    assert_eq!(std::fs::read_to_string(target).unwrap(), PLAN);
}

#[test]
fn a_summary_keeps_the_permissions_that_it_had() {
    let checkout = Checkout::new();
    checkout
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    let page = checkout.desk.write("page.md", "before");
    let permissions = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(&page, permissions).unwrap();
    let answer = checkout
        .desk
        .run(&["submit", "r.xml", "--summary", "page.md"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let mode = page.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(!std::fs::read_to_string(page).unwrap().contains("before"));
}

/// Packs entries; a name may come twice.
fn packed(entries: &[(&str, &str)]) -> Vec<u8> {
    let (mut bytes, mut list) = (Vec::new(), Vec::new());
    for (name, text) in entries {
        let start = u32::try_from(bytes.len()).unwrap();
        let mut sum = flate_sum(text.as_bytes()).to_le_bytes().to_vec();
        let length = u32::try_from(text.len()).unwrap().to_le_bytes();
        sum.extend(length);
        sum.extend(length);
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        bytes.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0");
        bytes.extend(&sum);
        bytes.extend(name_length);
        bytes.extend([0, 0]);
        bytes.extend(name.as_bytes());
        bytes.extend(text.as_bytes());
        list.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0");
        list.extend(&sum);
        list.extend(name_length);
        list.extend([0; 12]);
        list.extend(start.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let start = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let length = u32::try_from(list.len()).unwrap().to_le_bytes();
    bytes.extend(list);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend(length);
    bytes.extend(start);
    bytes.extend([0, 0]);
    bytes
}

/// The checksum that zip archives hold.
fn flate_sum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (0_u32.wrapping_sub(sum & 1)));
        }
    }
    !sum
}

#[test]
fn two_entries_of_one_name_hide_no_failure() {
    let failed = report(&[("valid", Some(1001), "<failure message=\"no\"/>")]);
    let passed = report(&[("valid", Some(1001), "")]);
    for (first, second) in [("r.xml", "r.xml"), ("a/r.xml", "a\\r.xml")] {
        let checkout = Checkout::new();
        let archive = packed(&[(first, &failed), (second, &passed)]);
        checkout.desk.write("all.zip", archive);
        let answer = checkout.desk.run(&["submit", "all.zip"]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.stderr.contains("two of its entries"), "{answer:?}");
        assert_eq!(checkout.sandbox.run_count(), 0);
    }
    let checkout = Checkout::new();
    checkout.desk.write(
        "all.zip",
        packed(&[("a/r.xml", &failed), ("b/r.xml", &passed)]),
    );
    let answer = checkout
        .desk
        .run(&["verify", "--offline", "all.zip", "--json"]);
    assert_eq!(answer.json()["totals"]["failed"], 1, "{answer:?}");
}

#[test]
fn an_archive_behind_another_hides_no_failure() {
    let checkout = Checkout::new();
    let mut both = packed(&[(
        "a.xml",
        &report(&[("valid", Some(1001), "<failure message=\"no\"/>")]),
    )]);
    both.extend(packed(&[("b.xml", &report(&[("valid", Some(1001), "")]))]));
    checkout.desk.write("all.zip", both);
    let answer = checkout.desk.run(&["submit", "all.zip"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("would not be read"), "{answer:?}");
    assert_eq!(checkout.sandbox.run_count(), 0);
}

/// Writes a number of two bytes over what stands there.
fn patch(bytes: &mut [u8], at: usize, number: usize) {
    let number = u16::try_from(number).unwrap().to_le_bytes();
    bytes[at..at + 2].copy_from_slice(&number);
}

#[test]
fn an_entry_that_the_list_of_an_archive_leaves_out_hides_no_failure() {
    let failed = report(&[("valid", Some(1001), "<failure message=\"no\"/>")]);
    let passed = report(&[("valid", Some(1001), "")]);
    let whole = packed(&[("a.xml", &passed), ("b.xml", &failed)]);
    let record = 46 + "a.xml".len();
    let end = whole.len() - 22;
    let list = end - 2 * record;
    // It says that it has one entry, and has two.
    let mut counted = whole.clone();
    patch(&mut counted, end + 8, 1);
    patch(&mut counted, end + 10, 1);
    // The list begins behind the record of the first, or ends before that of the second.
    let mut begun = counted.clone();
    patch(&mut begun, end + 12, record);
    patch(&mut begun, end + 16, list + record);
    let mut ended = [&counted[..list + record], &counted[end..]].concat();
    patch(&mut ended, end - record + 12, record);
    for archive in [counted, begun, ended] {
        let checkout = Checkout::new();
        checkout.desk.write("all.zip", archive);
        let answer = checkout.desk.run(&["submit", "all.zip"]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.stderr.contains("would not be read"), "{answer:?}");
        assert_eq!(checkout.sandbox.run_count(), 0);
    }
}

#[test]
fn init_follows_no_link_that_was_committed_and_waits_for_no_pipe() {
    let desk = crate::desk::Desk::new();
    let outside = tempfile::tempdir().unwrap();
    link(outside.path(), &desk.path(".github"));
    for name in ["junit.xml", "package.json", "pytest.ini", ".git/config"] {
        pipe(&desk.path(name));
    }
    let flags = ["init", "--service", "azure", "--pipeline", "github"];
    let answer = desk.run(&[&flags[..], &["--timeout", "20s"]].concat());
    assert_ne!(answer.code, Some(0), "{answer:?}");
    assert!(answer.stderr.contains("`.github` is a link"), "{answer:?}");
    assert_eq!(outside.path().read_dir().unwrap().count(), 0);
}

#[test]
fn an_archive_does_not_give_away_what_git_keeps() {
    let checkout = Checkout::new();
    let text = report(&[(
        "valid",
        Some(1001),
        "<failure message=\"no\"/><system-out>[[ATTACHMENT|.git/config]]</system-out>",
    )]);
    checkout.desk.write(
        "all.zip",
        packed(&[("r.xml", &text), (".git/config", SECRET)]),
    );
    let answer = checkout.desk.run(&["submit", "all.zip"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(!holds_secret(&checkout.sent()));
}
