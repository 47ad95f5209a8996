//! What is told of a submission: on standard error, in the document, on the page, to the CI.

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, Rule};
use serde_json::json;

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

const RUNS: &str = "/acme/Shop/_apis/test/runs";

fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n",
    );
    desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("wrong", Some(1002), "")]),
    );
    desk
}

fn submit(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["submit", "--json", "r.xml"], more].concat())
}

fn page(desk: &Desk) -> String {
    std::fs::read_to_string(desk.path("p.md")).unwrap()
}

#[test]
fn a_dry_run_says_that_it_is_already_submitted() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    assert_eq!(submit(&desk, &[]).code, Some(0));
    let answer = submit(&desk, &["--dry-run"]);
    let submission = &answer.json()["submissions"][0];
    assert_eq!(submission["state"], "known", "{answer:?}");
    assert_eq!(submission["planned"]["writes"], json!([]));
    let people = desk.run(&["submit", "r.xml", "--dry-run"]);
    assert!(people.stdout.contains("already submitted"), "{people:?}");
    assert!(!people.stdout.contains("would"), "{people:?}");
}

#[test]
fn the_page_says_what_happened_and_not_what_the_exit_code_allows() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let with_page = ["--summary", "p.md", "--on-no-credential", "warn"];
    let mut without = desk(&sandbox);
    without.set("HANDIN_AZURE_TOKEN", "");
    assert_eq!(submit(&without, &with_page).code, Some(0));
    let text = page(&without);
    assert!(text.contains("Skipped."), "{text}");
    assert!(!text.contains("onfirmed"), "{text}");
    let with = desk(&sandbox);
    assert_eq!(submit(&with, &with_page).code, Some(0));
    assert!(
        page(&with).contains("Submitted and confirmed."),
        "{}",
        page(&with)
    );
    assert_eq!(submit(&with, &with_page).code, Some(0));
    assert!(
        page(&with).contains("Already submitted, nothing to do."),
        "{}",
        page(&with)
    );
    assert_eq!(
        submit(&with, &["--summary", "p.md", "--dry-run", "--key", "x"]).code,
        Some(0)
    );
    assert!(
        page(&with).contains("Dry run, nothing was written."),
        "{}",
        page(&with)
    );
}

#[test]
fn all_kinds_of_trouble_are_told_at_once() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let tests = [
        ("valid", Some(1001), ""),
        ("stray", None, ""),
        ("gone", Some(4711), ""),
        ("everywhere", Some(1004), ""),
    ];
    desk.write("r.xml", report(&tests));
    desk.write("torn.xml", "<testsuite><testcase name='a'>");
    let answer = submit(&desk, &["torn.xml", "--on-unmapped", "fail"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    for part in ["torn.xml", "stray", "gone", "everywhere"] {
        assert!(answer.stderr.contains(part), "{part}: {}", answer.stderr);
        assert!(answer.stdout.contains(part), "{part}: {}", answer.stdout);
    }
    assert_eq!(sandbox.run_count(), 0);
}

#[test]
fn the_submission_key_is_told_where_something_is_open_and_is_the_same_with_and_without_a_ci() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("GITHUB_ACTIONS", "true")
        .set("GITHUB_RUN_ID", "77");
    sandbox.change(|azure| azure.forget_results(2));
    let answer = submit(&desk, &[]);
    let submission = &answer.json()["submissions"][0];
    assert_eq!(
        (answer.code, &submission["repeat"]),
        (Some(8), &json!(true))
    );
    let key = submission["key"].as_str().unwrap();
    assert!(answer.stderr.contains(key), "{}", answer.stderr);
    let again = submit(&desk, &["--dry-run", "--key", key]);
    assert_eq!(again.json()["submissions"][0]["key"], *key);
}

#[test]
fn what_went_well_has_nothing_to_repeat_and_a_refusal_names_no_key() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let refused = Rule::new(Fault::status(
        handin_sandbox::fault::When::BeforeCommit,
        403,
    ));
    sandbox.faults().add(refused.method("POST").path(RUNS));
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(
        !answer.stderr.contains("submission key"),
        "{}",
        answer.stderr
    );
    let answer = submit(&desk, &[]);
    assert_eq!(
        answer.json()["submissions"][0]["repeat"],
        false,
        "{answer:?}"
    );
}

#[test]
fn what_handin_keeps_beside_the_settings_stays_out_of_version_control_and_is_one_lock_whatever_the_number()
 {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    for key in ["a", "b", "c"] {
        assert_eq!(submit(&desk, &["--key", key]).code, Some(0));
    }
    let entries = std::fs::read_dir(desk.path(".handin")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, [".gitignore", "journal.jsonl", "journal.lock"]);
    let ignored = std::fs::read_to_string(desk.path(".handin/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
}

#[test]
fn a_quiet_submission_that_is_done_says_nothing() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let command = desk.command(&["submit", "-q", "r.xml"]).output().unwrap();
    assert_eq!(command.status.code(), Some(0), "{command:?}");
    assert!(command.stdout.is_empty(), "{command:?}");
    assert!(command.stderr.is_empty(), "{command:?}");
    let refused = desk.command(&["submit", "-q", "missing.xml"]);
    let refused = { refused }.output().unwrap();
    assert!(!refused.stderr.is_empty(), "{refused:?}");
}
