//! Nothing leaks: a marked token is searched for in everything that every command writes at the highest verbosity.

use std::path::Path;
use std::time::Duration;

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, RetryAfter, Rule, When};

use crate::desk::{Answer, Desk};
use crate::login::fed;
use crate::submit::{report, shop};

/// The token as it is, and as it is sent: `Basic` of no user and the token.
const TOKEN: &str = "sandbox-azure-token";
const ENCODED: &str = "OnNhbmRib3gtYXp1cmUtdG9rZW4";

fn desk(sandbox: &AzureSandbox) -> Desk {
    assert_eq!(sandbox.token(), TOKEN);
    let mut desk = Desk::new();
    desk.write("tmp/keep", "");
    let (temporary, summary) = (desk.path("tmp"), desk.path("summary.md"));
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("TMPDIR", temporary.display().to_string())
        .set("GITHUB_ACTIONS", "true")
        .set("GITHUB_STEP_SUMMARY", summary.display().to_string())
        .set("RUST_LOG", "trace")
        .set("RUST_BACKTRACE", "full");
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n",
    );
    let failure = "<failure message=\"no\">at x</failure>";
    desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("wrong", Some(1002), failure)]),
    );
    desk
}

fn assert_no_leak(desk: &Desk, what: &str, answer: &Answer) {
    for (place, text) in [("stdout", &answer.stdout), ("stderr", &answer.stderr)] {
        for mark in [TOKEN, ENCODED] {
            assert!(!text.contains(mark), "{what}: {mark} in {place}: {text}");
        }
    }
    for file in files(&desk.path("")) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        for mark in [TOKEN, ENCODED] {
            assert!(!text.contains(mark), "{what}: {mark} in {}", file.display());
        }
    }
}

#[test]
fn a_token_is_in_nothing_that_any_command_writes() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    let (answer, _) = fed(&desk, &["login", "azure", "--token-stdin", "-vvv"], TOKEN);
    assert_no_leak(&desk, "login", &answer);

    desk.set("HANDIN_AZURE_TOKEN", TOKEN);
    for command in [
        &["login", "--list", "-vvv"][..],
        &["login", "azure", "-vvv"],
        &["verify", "r.xml", "-vvv"],
        &["verify", "--offline", "--cases", "r.xml", "-vvv"],
        &["projects", "azure", "-vvv"],
        &["map", "suggest", "r.xml", "-vvv"],
        &["map", "list", "-vvv"],
        &["submit", "--dry-run", "r.xml", "-vvv"],
        &["submit", "r.xml", "-vvv"],
        &["submit", "r.xml", "--json", "-vvv"],
        &["submit", "r.xml", "--again", "--summary", "-vvv"],
    ] {
        let answer = desk.run(command);
        assert_no_leak(&desk, &command.join(" "), &answer);
    }
    assert!(sandbox.run_count() > 0, "something was submitted");
}

#[test]
fn a_token_is_in_no_message_of_a_failure() {
    for fault in [
        Fault::SignIn,
        Fault::Html(When::BeforeCommit, 200),
        Fault::Status(When::BeforeCommit, 401, RetryAfter::Silent),
        Fault::Status(When::BeforeCommit, 400, RetryAfter::Silent),
        Fault::Close(When::BeforeCommit),
        Fault::Truncate,
    ] {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let mut desk = desk(&sandbox);
        desk.set("HANDIN_AZURE_TOKEN", TOKEN);
        let what = format!("{fault:?}");
        sandbox.faults().add(Rule::new(fault).writes().always());
        let answer = desk.run(&["submit", "r.xml", "-vvv"]);
        // What was cut is looked for, and found.
        let is_mended = fault == Fault::Truncate;
        assert_eq!(answer.code == Some(0), is_mended, "{what}: {answer:?}");
        assert_no_leak(&desk, &what, &answer);
    }
}

#[test]
fn the_log_shows_each_request_and_its_body() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("HANDIN_AZURE_TOKEN", TOKEN);
    let none = desk.run(&["submit", "--dry-run", "r.xml"]).stderr;
    assert!(!none.contains(" ms"), "{none}");
    let requests = desk.run(&["submit", "--dry-run", "-vv", "r.xml"]).stderr;
    let line = requests
        .lines()
        .find(|line| line.starts_with("GET http://127.0.0.1") && line.contains(" 200 in "));
    assert!(line.is_some(), "{requests}");
    assert!(!requests.contains(" answers "), "{requests}");
    let bodies = desk.run(&["submit", "-vvv", "r.xml"]).stderr;
    assert!(
        bodies.contains(" sends {") && bodies.contains(" answers {"),
        "{bodies}"
    );
}

#[test]
fn secrets_of_a_report_do_not_leave() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("HANDIN_AZURE_TOKEN", TOKEN);
    desk.write(
        "handin.toml",
        "redact = [\"redacted-\\\\w+\"]\n[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
    );
    desk.write(
        "r.xml",
        "<testsuite name='s redacted-1'><properties><property name='p' value='hidden-1'/></properties>\
         <testcase classname='c' name='valid'><properties><property name='TestCaseId' value='1001'/>\
         <property name='p' value='hidden-2'/></properties><failure message='was redacted-2'>at redacted-3 shown</failure>\
         <system-out>hidden-3</system-out></testcase><system-err>hidden-4</system-err></testsuite>",
    );
    let answer = desk.run(&["submit", "r.xml", "--attach", "all"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let held = sandbox.state().to_string();
    assert!(held.contains("shown"), "{held}");
    // The names of tests and suites stay: they tell which test it was.
    let held = held.replace("\"automatedTestStorage\":\"s redacted-1\"", "");
    for mark in ["hidden-", "redacted-"] {
        assert!(!held.contains(mark), "{mark} in {held}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_token_is_not_in_the_list_of_processes() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("HANDIN_AZURE_TOKEN", TOKEN);
    let stall = Fault::Stall(When::BeforeCommit, Duration::from_secs(2));
    sandbox.faults().add(Rule::new(stall).always());
    let mut child = desk.start(&["submit", "r.xml", "--timeout", "2s"]);
    while sandbox.requests().is_empty() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let line = std::fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("submit") && !line.contains(TOKEN), "{line}");
}

/// Returns the files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
