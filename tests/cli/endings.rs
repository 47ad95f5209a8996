//! How a log ends: what became of the results and the next step are its last two lines, whatever came before.

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, Rule, When};
use handin_sandbox::qtest::{QtestSandbox, World};

use crate::desk::Desk;
use crate::submit::{report, shop};

const SKIPPED: &str = "<skipped/>";
const FAILED: &str = "<failure message=\"expected 403\"/>";
const MAP: &str = "hint: map the other tests with `handin map suggest` or `handin map set`";
const THREE: &str = "3 tests not submitted: 1 without a case, 1 with a missing case, 1 skipped";

/// A report of which two tests can be submitted, and three cannot.
fn scene() -> (AzureSandbox, Desk) {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token())
        .set("CI", "true");
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n[policy]\non_missing_case = \"warn\"\n",
    );
    desk.write(
        "r.xml",
        report(&[
            ("valid", Some(1001), ""),
            ("wrong", Some(1002), FAILED),
            ("stray", None, ""),
            ("gone", Some(4711), ""),
            ("later", Some(1003), SKIPPED),
        ]),
    );
    (sandbox, desk)
}

/// Returns the exit code and the last lines of a log, in which both streams come together.
fn end(desk: &Desk, lines: usize, arguments: &[&str]) -> (Option<i32>, String) {
    let answer = desk.run_in_shell("exec \"$0\" \"$@\" 2>&1", arguments);
    let all: Vec<&str> = answer.stdout.lines().collect();
    let last = &all[all.len().saturating_sub(lines)..];
    (answer.code, last.join("\n"))
}

fn ends(desk: &Desk, arguments: &[&str], (code, expected): (i32, &str)) {
    let lines = expected.lines().count();
    let (got, text) = end(desk, lines, arguments);
    assert_eq!(
        (got, text.as_str()),
        (Some(code), expected),
        "{arguments:?}"
    );
}

#[test]
fn a_submission_says_last_how_many_tests_it_left_out_and_why() {
    let (_sandbox, desk) = scene();
    let would = THREE.replace("not submitted", "would not be submitted");
    ends(
        &desk,
        &["submit", "r.xml", "--dry-run"],
        (
            0,
            &format!("Azure DevOps Test Plans: dry run, nothing was written; {would}\n{MAP}"),
        ),
    );
    ends(
        &desk,
        &["submit", "r.xml"],
        (
            0,
            &format!(
                "Azure DevOps Test Plans: submitted and confirmed, run 1: 1 Failed, 1 Passed; {THREE}\n{MAP}"
            ),
        ),
    );
    let known = format!(
        "Azure DevOps Test Plans: already submitted, nothing to do, run 1: 1 Failed, 1 Passed; {THREE}"
    );
    ends(&desk, &["submit", "r.xml"], (0, &format!("{known}\n{MAP}")));
    ends(
        &desk,
        &["submit", "r.xml", "--on-unmapped", "ignore"],
        (0, &known),
    );
    ends(
        &desk,
        &["submit", "r.xml", "--fail-on-test-failure"],
        (10, &format!("{known}\nerror: 1 of 5 tests did not pass")),
    );
    assert_eq!(
        end(&desk, 9, &["submit", "r.xml", "-q"]),
        (Some(0), String::new())
    );
}

#[test]
fn annotations_outputs_and_warnings_come_before_the_verdict() {
    for (name, value) in [("GITHUB_ACTIONS", "true"), ("TF_BUILD", "True")] {
        let (_sandbox, mut desk) = scene();
        desk.set(name, value);
        desk.write("file", "no folder");
        ends(
            &desk,
            &["submit", "r.xml", "--summary", "file/p.md"],
            (
                0,
                &format!(
                    "Azure DevOps Test Plans: submitted and confirmed, run 1: 1 Failed, 1 Passed; {THREE}\n{MAP}"
                ),
            ),
        );
        ends(
            &desk,
            &["submit", "none.xml", "--on-no-reports", "warn"],
            (0, "warning: no report was found: `none.xml` does not exist"),
        );
        ends(
            &desk,
            &["submit", "r.xml", "--on-unmapped", "fail"],
            (
                5,
                "error: Azure DevOps Test Plans: 1 test without a case on Azure DevOps Test Plans; nothing was written\nhint: map them, or allow it with `--on-unmapped warn`",
            ),
        );
        ends(
            &desk,
            &["verify", "r.xml"],
            (
                5,
                "error: Azure DevOps Test Plans: 2 problems: without a case (1), the case does not exist (1)\nhint: map them with `handin map suggest` or `handin map set`, or name the case in the report (property `TestCaseId`); or set `azure.create = true` to have handin create them",
            ),
        );
    }
}

#[test]
fn what_stops_a_submission_is_named_before_the_verdict_not_after_it() {
    let (_sandbox, desk) = scene();
    let stopped = (
        5,
        "error: Azure DevOps Test Plans: 1 test cannot be submitted; nothing was written\nhint: correct the mapping, or remove it with `handin map unset`; `--on-missing-case warn` leaves such tests out",
    );
    for quiet in [&[][..], &["-q"], &["--json"]] {
        let arguments = ["submit", "r.xml", "--on-missing-case", "fail"];
        ends(&desk, &[&arguments, quiet].concat(), stopped);
    }
    let many: Vec<String> = (0..60).map(|number| format!("test {number}")).collect();
    let many: Vec<_> = many
        .iter()
        .map(|name| (name.as_str(), Some(9000), ""))
        .collect();
    desk.write("many.xml", report(&many));
    let (code, text) = end(&desk, 100, &["submit", "many.xml"]);
    assert_eq!(code, Some(5), "{text}");
    assert!(
        text.lines().count() < 40 && text.contains("\n  and 39 more\n"),
        "{text}"
    );
    let verified = desk.run(&["verify", "many.xml", "--json"]);
    assert_eq!(
        verified.json()["services"][0]["problems"]
            .as_array()
            .unwrap()
            .len(),
        61
    );
}

#[test]
fn what_is_uncertain_or_incomplete_says_last_what_to_do() {
    let again =
        "hint: run the same command again: it looks at what the service holds, and completes";
    let (sandbox, desk) = scene();
    sandbox
        .faults()
        .add(Rule::new(Fault::CLOSE_BEFORE_READING).writes().always());
    for quiet in [&[][..], &["-q"]] {
        let (code, text) = end(
            &desk,
            2,
            &[&["submit", "r.xml", "--timeout", "6s"], quiet].concat(),
        );
        assert_eq!(code, Some(7), "{text}");
        assert!(
            text.starts_with("error: Azure DevOps Test Plans: ") && text.contains(again),
            "{text}"
        );
    }
    let (sandbox, desk) = scene();
    sandbox
        .faults()
        .at_write(2, Fault::Html(When::BeforeCommit, 400));
    let (code, text) = end(&desk, 2, &["submit", "r.xml"]);
    assert_eq!(code, Some(8), "{text}");
    let verdict = text.lines().next().unwrap();
    assert!(
        verdict.starts_with("error: Azure DevOps Test Plans: "),
        "{text}"
    );
    assert!(verdict.ends_with(&format!("; {THREE}")), "{text}");
    assert!(text.lines().nth(1).unwrap().starts_with("hint: "), "{text}");
}

#[test]
fn many_submissions_and_shards_end_the_same_way() {
    let (sandbox, desk) = scene();
    desk.write("s.xml", report(&[("valid", Some(1001), "")]));
    ends(
        &desk,
        &["submit", "--each", "r.xml", "s.xml"],
        (0, &format!("2 reports with 6 tests: 2 new; {THREE}")),
    );
    ends(
        &desk,
        &["submit", "--shard", "1/2", "--key", "k", "r.xml"],
        (
            0,
            &format!(
                "Azure DevOps Test Plans: submitted and confirmed, run 3: 1 Failed, 1 Passed; {THREE}\n{MAP}"
            ),
        ),
    );
    desk.write("torn.xml", "<testsuite><testcase name='a'>");
    ends(
        &desk,
        &["submit", "--each", "torn.xml", "s.xml"],
        (
            8,
            "2 reports with 1 test: 1 failed, 1 known\nerror: 1 submission failed\nhint: fix what is named; then run the same command again: it goes on where it stopped",
        ),
    );
    drop(sandbox);
    let (code, text) = end(
        &desk,
        2,
        &[
            "submit",
            "--each",
            "s.xml",
            "--key",
            "other",
            "--timeout",
            "2s",
            "-q",
        ],
    );
    assert_eq!(code, Some(6), "{text}");
    assert!(
        text.starts_with("error: 1 submission failed\nhint: "),
        "{text}"
    );
}

#[test]
fn several_services_end_with_one_verdict() {
    let (_azure, mut desk) = scene();
    let qtest =
        QtestSandbox::start(World::new().project("Shop", |project| project.module("Automated")))
            .unwrap();
    desk.set("HANDIN_QTEST_URL", qtest.url())
        .set("HANDIN_QTEST_TOKEN", qtest.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n[policy]\non_missing_case = \"warn\"\n\
         [qtest]\nproject = \"Shop\"\nmodule = \"Automated\"\nsettle = \"1s\"\n[cases.azure]\n\"shop.LoginTest › valid\" = [1001]\n",
    );
    desk.write("r.xml", report(&[("valid", None, ""), ("stray", None, "")]));
    let (code, text) = end(&desk, 2, &["submit", "r.xml"]);
    assert_eq!(code, Some(0), "{text}");
    let verdict = text.lines().next().unwrap();
    let azure = "Azure DevOps Test Plans: submitted and confirmed, run 1: 1 Passed; 1 test not submitted: 1 without a case; qTest: submitted and confirmed";
    assert!(verdict.starts_with(azure), "{text}");
    assert!(text.ends_with(MAP), "{text}");
    desk.set("HANDIN_QTEST_TOKEN", "wrong");
    let (code, text) = end(&desk, 2, &["submit", "r.xml", "--key", "other"]);
    assert_eq!(code, Some(4), "{text}");
    let expected = "error: Azure DevOps Test Plans: nothing was written; qTest: nothing was written\nhint: Azure DevOps Test Plans: ";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn quiet_commands_say_nothing_where_nothing_is_wrong() {
    let (_azure, desk) = scene();
    desk.write(
        "s.xml",
        report(&[("valid", Some(1001), ""), ("stray", None, "")]),
    );
    desk.write("fine.xml", report(&[("valid", Some(1001), "")]));
    for words in [
        &["verify", "fine.xml"][..],
        &["verify", "--offline", "fine.xml"],
        &["submit", "fine.xml"],
    ] {
        let answer = desk.run(&[words, &["-q"]].concat());
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!((answer.stdout + &answer.stderr).as_str(), "", "{words:?}");
    }
    let answer = desk.run(&["verify", "s.xml", "-q"]);
    assert!(answer.stdout.contains("Without a case (1)"), "{answer:?}");
    let listed = desk.run(&["map", "list", "s.xml", "-q"]);
    assert!(listed.stdout.contains("no case"), "{listed:?}");
    assert_eq!(listed.stderr, "");
}

#[test]
fn what_is_missing_comes_first_with_its_flag() {
    let (_azure, desk) = scene();
    std::fs::remove_file(desk.path("handin.toml")).unwrap();
    let missing = |key: &str, list: &str| {
        let chosen = key.to_uppercase();
        format!(
            "error: `{key}` is missing in `[azure]`; nothing was written\nhint: `handin projects azure{list}` lists what there is; name one with `--{key}`, or keep it in handin.toml with `handin projects azure{list} {chosen} --use`"
        )
    };
    for command in ["submit", "verify"] {
        let expected = missing("project", "");
        ends(&desk, &[command, "r.xml"], (2, &expected));
        let expected = missing("plan", " Shop");
        ends(
            &desk,
            &[command, "r.xml", "--project", "Shop"],
            (2, &expected),
        );
    }
}

#[test]
fn the_only_service_that_a_variable_names_is_taken_and_said() {
    let (_azure, mut desk) = scene();
    std::fs::remove_file(desk.path("handin.toml")).unwrap();
    let arguments = ["r.xml", "--project", "Shop", "--on-missing-case", "ignore"];
    for command in ["submit", "verify"] {
        let answer = desk.run(&[&[command, "--plan", "Regression"], &arguments[..]].concat());
        assert_ne!(answer.code, Some(2), "{answer:?}");
        let said = "service: Azure DevOps Test Plans, named by HANDIN_AZURE_URL\n";
        assert!(answer.stderr.starts_with(said), "{answer:?}");
    }
    desk.set("HANDIN_QTEST_URL", "https://acme.qtestnet.com");
    let answer = desk.run(&["submit", "r.xml"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(
        answer
            .stderr
            .contains("`HANDIN_AZURE_URL`, `HANDIN_QTEST_URL` name several services"),
        "{answer:?}"
    );
}
