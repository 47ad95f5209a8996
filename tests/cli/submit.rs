//! `handin submit`, on Azure's stand-in.

use std::fmt::Write as _;

use handin_sandbox::azure::{AzureSandbox, World};
use handin_sandbox::fault::{Fault, Rule};

use crate::desk::{Answer, Desk};

/// A plan with cases 1001 to 1003, each with one point, and 1004 with two.
pub(crate) fn shop() -> World {
    let mut world = World::new("acme");
    world.project("Shop");
    let chrome = world.configuration("Shop", "Windows + Chrome", &[("Browser", "Chrome")]);
    let firefox = world.configuration("Shop", "Linux + Firefox", &[("Browser", "Firefox")]);
    world.next_item(100);
    let plan = world.plan("Shop", "Regression");
    let suite = world.suite(world.root(plan), "Web");
    world.next_item(1001);
    for title in ["Valid user", "Wrong password", "Basket"] {
        let case = world.case("Shop", title);
        world.point(suite, case, chrome);
    }
    let both = world.case("Shop", "Everywhere");
    world.point(suite, both, chrome);
    world.point(suite, both, firefox);
    world
}

/// A report of tests, each `(name, case or none, outcome element)`.
pub(crate) fn report(tests: &[(&str, Option<u32>, &str)]) -> String {
    let mut text = "<testsuite name=\"login\" timestamp=\"2026-11-20T10:00:00Z\">\n".to_owned();
    for (name, case, element) in tests {
        let property = case.map_or_else(String::new, |case| {
            format!("<properties><property name=\"TestCaseId\" value=\"{case}\"/></properties>")
        });
        writeln!(text, "<testcase classname=\"shop.LoginTest\" name=\"{name}\" time=\"0.5\">{property}{element}</testcase>").unwrap();
    }
    text + "</testsuite>\n"
}

const FAILURE: &str = "<failure message=\"expected 403, was 200\">at LoginTest</failure>";

fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n",
    );
    desk
}

fn submit(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["submit", "--json", "r.xml"], more].concat())
}

fn three() -> String {
    report(&[
        ("valid", Some(1001), ""),
        ("wrong", Some(1002), FAILURE),
        ("basket", Some(1003), ""),
    ])
}

fn outcomes(sandbox: &AzureSandbox) -> Vec<(i64, Vec<String>)> {
    sandbox
        .points()
        .into_values()
        .map(|point| (point.case, point.outcomes))
        .collect()
}

#[test]
fn a_report_becomes_a_run_with_its_outcomes() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", three());
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(answer.json()["submissions"][0]["state"], "done");
    assert_eq!(
        answer.json()["submissions"][0]["counts"],
        serde_json::json!({"Failed": 1, "Passed": 2})
    );
    let one = |outcome: &str| vec![outcome.to_owned()];
    let expected = vec![
        (1001, one("Passed")),
        (1002, one("Failed")),
        (1003, one("Passed")),
        (1004, vec![]),
        (1004, vec![]),
    ];
    assert_eq!(outcomes(&sandbox), expected);
}

#[test]
fn running_twice_hands_in_once_even_without_a_journal() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", three());
    assert_eq!(submit(&desk, &[]).code, Some(0));
    let writes = |sandbox: &AzureSandbox| {
        sandbox
            .requests()
            .iter()
            .filter(|it| it.write.is_some())
            .count()
    };
    let before = writes(&sandbox);
    assert_eq!(
        submit(&desk, &[]).json()["submissions"][0]["state"],
        "known"
    );
    desk.forget_journal();
    assert_eq!(
        submit(&desk, &[]).json()["submissions"][0]["state"],
        "known"
    );
    assert_eq!(writes(&sandbox), before);
    assert_eq!(sandbox.run_count(), 1);
}

#[test]
fn again_submits_the_same_thing_twice_on_purpose() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", three());
    assert_eq!(submit(&desk, &[]).code, Some(0));
    assert_eq!(
        submit(&desk, &["--again"]).json()["submissions"][0]["state"],
        "done"
    );
    assert_eq!(sandbox.run_count(), 2);
}

#[test]
fn a_dry_run_writes_nothing_and_says_what_it_would_write() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", three());
    let answer = submit(&desk, &["--dry-run"]);
    let submission = &answer.json()["submissions"][0];
    assert_eq!(
        (answer.code, &submission["state"]),
        (Some(0), &serde_json::json!("planned"))
    );
    assert_eq!(
        submission["planned"]["results"].as_array().map(Vec::len),
        Some(3)
    );
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|exchange| exchange.write.is_none())
    );
    assert!(desk.journal().is_empty());
}

#[test]
fn two_tests_of_one_case_give_the_worst_outcome_in_either_order() {
    for tests in [
        [("a", Some(1001), ""), ("b", Some(1001), FAILURE)],
        [("b", Some(1001), FAILURE), ("a", Some(1001), "")],
    ] {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let desk = desk(&sandbox);
        desk.write("r.xml", report(&tests));
        assert_eq!(submit(&desk, &[]).code, Some(0));
        assert_eq!(outcomes(&sandbox)[0], (1001, vec!["Failed".to_owned()]));
    }
}

#[test]
fn a_test_without_a_case_is_named_and_the_others_are_handed_in() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("stray", None, FAILURE)]),
    );
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0));
    assert_eq!(
        answer.json()["submissions"][0]["unmapped"],
        serde_json::json!(["shop.LoginTest › stray"])
    );
    let strict = submit(&desk, &["--on-unmapped", "fail", "--again"]);
    assert_eq!(strict.code, Some(5));
    assert_eq!(sandbox.run_count(), 1);
}

#[test]
fn with_no_case_at_all_no_run_is_created() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", report(&[("stray", None, "")]));
    assert_eq!(submit(&desk, &[]).code, Some(5));
    assert_eq!(sandbox.run_count(), 0);
}

#[test]
fn a_case_with_two_points_is_refused_unless_told_which() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", report(&[("both", Some(1004), "")]));
    let refused = submit(&desk, &[]);
    assert_eq!(refused.code, Some(5));
    assert_eq!(
        refused.json()["submissions"][0]["problems"][0]["kind"],
        "ambiguous"
    );
    assert!(
        refused.stderr.contains("shop.LoginTest › both"),
        "{}",
        refused.stderr
    );
    assert_eq!(sandbox.run_count(), 0);
    assert_eq!(submit(&desk, &["--points", "all"]).code, Some(0));
    assert_eq!(sandbox.outcomes().len(), 2);
}

#[test]
fn what_is_wrong_is_said_with_its_exit_code_and_nothing_is_written() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", three());
    desk.write("broken.xml", "<testsuite><testcase name='a'>");
    desk.write("words.txt", "this is no report");
    for (arguments, code, words) in [
        (vec!["submit", "broken.xml"], 5, "cannot be read"),
        (vec!["submit", "words.txt"], 5, "cannot be read"),
        (vec!["submit", "none/*.xml"], 3, "no report was found"),
        (
            vec!["submit", "r.xml", "--plan", "Nightly"],
            5,
            "no test plan `Nightly`",
        ),
        (
            vec!["submit", "r.xml", "--plan", "77"],
            5,
            "no test plan 77",
        ),
        (
            vec!["submit", "r.xml", "--suite", "Mobile"],
            5,
            "no suite `Mobile`",
        ),
        (
            vec!["submit", "r.xml", "--configuration", "BeOS"],
            5,
            "`BeOS`",
        ),
        (
            vec!["submit", "r.xml", "--service", "jira"],
            2,
            "azure, qtest, katalon",
        ),
    ] {
        let answer = desk.run(&arguments);
        assert_eq!(answer.code, Some(code), "{arguments:?}: {answer:?}");
        assert!(
            answer.stderr.contains(words),
            "{arguments:?}: {}",
            answer.stderr
        );
    }
    assert_eq!(sandbox.run_count(), 0);
}

#[test]
fn a_wrong_token_is_an_authentication_failure_and_not_shown() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("HANDIN_AZURE_TOKEN", "wrong-and-secret");
    desk.write("r.xml", three());
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(4), "{answer:?}");
    assert!(!format!("{answer:?}").contains("wrong-and-secret"));
}

#[test]
fn a_sign_in_page_in_the_place_of_an_answer_is_an_authentication_failure() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", three());
    sandbox
        .faults()
        .add(Rule::new(Fault::Html(handin_sandbox::fault::When::BeforeCommit, 203)).always());
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(4), "{answer:?}");
    assert!(answer.stderr.contains("sign in"), "{}", answer.stderr);
}

#[test]
fn failing_tests_change_the_code_only_when_asked_to() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", three());
    assert_eq!(submit(&desk, &["--fail-on-test-failure"]).code, Some(10));
    assert_eq!(submit(&desk, &[]).code, Some(0));
}

#[test]
fn the_build_of_another_ci_system_is_not_taken_for_one_of_azure() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("GITHUB_ACTIONS", "true")
        .set("GITHUB_RUN_ID", "9001")
        .set("GITHUB_RUN_NUMBER", "12")
        .set("GITHUB_SERVER_URL", "https://github.com")
        .set("GITHUB_REPOSITORY", "acme/shop");
    desk.write("r.xml", three());
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
}

#[test]
fn every_command_that_asks_a_service_takes_the_same_flags_for_where() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    let place = [
        "--service",
        "azure",
        "--url",
        &sandbox.url(),
        "--project",
        "Shop",
        "--plan",
        "Regression",
    ];
    for command in [
        &["submit", "--dry-run"][..],
        &["verify"],
        &["map", "suggest"],
        &["map", "list"],
        &["submit"],
    ] {
        let arguments = [command, &place, &["r.xml"]].concat();
        let answer = desk.run(&arguments);
        assert_eq!(answer.code, Some(0), "{command:?}: {answer:?}");
    }
    let both = [
        "submit",
        "--service",
        "azure",
        "--service",
        "qtest",
        "--url",
        "https://x.example",
        "r.xml",
    ];
    let answer = desk.run(&both);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("where one service is"), "{answer:?}");
}
