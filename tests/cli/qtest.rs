//! `handin submit` and `verify`, on qTest's stand-in.

use std::fmt::Write as _;

use handin_sandbox::qtest::{QtestSandbox, World};

use crate::desk::{Answer, Desk};

/// A report of one job in one browser; each test is `(name, case or none, outcome element)`.
pub(crate) fn report(browser: &str, tests: &[(&str, Option<&str>, &str)]) -> String {
    let mut text = format!(
        "<testsuites name=\"Nightly\"><testsuite name=\"web\" timestamp=\"2026-11-20T10:00:00Z\">\
         <properties><property name=\"browser\" value=\"{browser}\"/></properties>\n"
    );
    for (name, case, element) in tests {
        let property = case.map_or_else(String::new, |case| {
            format!("<properties><property name=\"test_id\" value=\"{case}\"/></properties>")
        });
        writeln!(text, "<testcase classname=\"shop.LoginTest\" name=\"{name}\" time=\"0.5\">{property}{element}</testcase>").unwrap();
    }
    text + "</testsuite></testsuites>\n"
}

pub(crate) fn desk(sandbox: &QtestSandbox, settings: &str) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_QTEST_URL", sandbox.url())
        .set("HANDIN_QTEST_TOKEN", format!("bearer {}", sandbox.token()));
    desk.write(
        "handin.toml",
        format!("[qtest]\nproject = \"Shop\"\nsettle = \"2s\"\n{settings}"),
    );
    desk
}

const MODULE: &str = "module = \"Automated\"\n";
const FAILURE: &str = "<failure message=\"expected 403, was 200\">at LoginTest</failure>";

fn shop() -> QtestSandbox {
    QtestSandbox::start(World::new().project("Shop", |project| {
        project.module("Web").case("Web", "By hand")
    }))
    .unwrap()
}

fn submit(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["submit", "--json", "r.xml"], more].concat())
}

fn three() -> String {
    report(
        "Chrome 120.0.1",
        &[
            ("valid", None, ""),
            ("wrong", None, FAILURE),
            ("mapped", Some("TC-1"), "<skipped/>"),
        ],
    )
}

#[test]
fn submit_hands_a_report_in_and_knows_it_the_second_time() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", three());
    let first = submit(&desk, &[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(first.json()["submissions"][0]["state"], "done");
    assert_eq!(sandbox.held("test_logs").len(), 3);
    desk.forget_journal();
    let second = submit(&desk, &[]);
    assert_eq!(second.code, Some(0), "{second:?}");
    assert_eq!(second.json()["submissions"][0]["state"], "known");
    assert_eq!(sandbox.held("test_logs").len(), 3);
    let third = submit(&desk, &["--again"]);
    assert_eq!(third.json()["submissions"][0]["state"], "done");
    assert_eq!(sandbox.held("test_logs").len(), 6);
    assert_eq!(sandbox.held("test_runs").len(), 3);
}

#[test]
fn submit_with_automation_off_says_how_to_switch_it_on_and_writes_nothing() {
    let sandbox =
        QtestSandbox::start(World::new().project("Shop", |project| project.automation(false)))
            .unwrap();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", three());
    let answer = desk.run(&["submit", "r.xml"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stderr.contains("Automation Settings"), "{answer:?}");
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|request| request.write.is_none())
    );
}

#[test]
fn submit_without_a_module_hands_in_what_is_mapped_and_creates_nothing() {
    let world = World::new().project("Shop", |project| {
        project
            .module("Web")
            .case("Web", "By hand")
            .cycle("Nightly")
            .suite("Nightly", "Chrome")
    });
    let sandbox = QtestSandbox::start(world).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("r.xml", three());
    let answer = desk.run(&["submit", "r.xml"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(
        answer.stderr.contains("has no run in the suite"),
        "{answer:?}"
    );
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|request| request.write.is_none())
    );
}

#[test]
fn a_dry_run_names_the_writes_and_makes_none() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", three());
    let answer = desk.run(&["submit", "--dry-run", "r.xml"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(
        answer.stdout.contains("create the test cycle `Nightly`"),
        "{answer:?}"
    );
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|request| request.write.is_none())
    );
}

#[test]
fn a_batch_that_loses_results_is_partial_and_the_next_call_completes_it() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", three());
    sandbox.lose_logs(1);
    let first = submit(&desk, &[]);
    assert_eq!(first.code, Some(8), "{first:?}");
    assert_eq!(sandbox.held("test_logs").len(), 2);
    let second = submit(&desk, &[]);
    assert_eq!(second.code, Some(0), "{second:?}");
    assert_eq!(sandbox.held("test_logs").len(), 3);
}

#[test]
fn a_batch_that_the_queue_refuses_is_told_with_what_qtest_says() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", report("Chrome", &[("valid", None, "")]));
    sandbox.fail_next_batch("status PASS is not mapped");
    let first = desk.run(&["submit", "r.xml"]);
    assert_eq!(first.code, Some(8), "module and case were made: {first:?}");
    assert!(
        first.stderr.contains("status PASS is not mapped")
            && first.stderr.contains("automation settings"),
        "{first:?}"
    );
    sandbox.fail_next_batch("status PASS is not mapped");
    desk.forget_journal();
    let second = desk.run(&["submit", "r.xml"]);
    assert_eq!(second.code, Some(6), "nothing new was made: {second:?}");
    assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
    assert_eq!(sandbox.held("test_logs").len(), 1);
}

#[test]
fn results_whose_tests_were_mapped_since_are_added_by_the_same_command() {
    let world = World::new().project("Shop", |project| {
        project
            .module("Web")
            .case("Web", "By hand")
            .case("Web", "Valid user")
            .cycle("Nightly")
            .suite("Nightly", "Chrome")
    });
    for keeps_journal in [true, false] {
        let sandbox = QtestSandbox::start(world.clone()).unwrap();
        let desk = desk(&sandbox, "");
        // An earlier build, which leaves a run of each case.
        let tests = [("valid", Some("TC-2"), ""), ("mapped", Some("TC-1"), "")];
        desk.write("r.xml", report("Chrome", &tests));
        let earlier = submit(&desk, &["--set", "qtest.module=Web"]);
        assert_eq!(earlier.code, Some(0), "{earlier:?}");
        let tests = [("valid", None, ""), ("mapped", Some("TC-1"), "")];
        desk.write("r.xml", report("Chrome", &tests));
        let first = submit(&desk, &[]);
        assert_eq!(first.code, Some(0), "{first:?}");
        assert_eq!(sandbox.held("test_logs").len(), 3);
        let set = ["map", "set", "shop.LoginTest › valid", "TC-2"];
        let mapped = desk.run(&set);
        assert_eq!(mapped.code, Some(0), "{mapped:?}");
        if !keeps_journal {
            desk.forget_journal();
        }
        let second = submit(&desk, &[]);
        assert_eq!(second.code, Some(0), "{second:?}");
        assert_eq!(sandbox.held("test_logs").len(), 4, "{second:?}");
        assert_eq!(
            submit(&desk, &[]).json()["submissions"][0]["state"],
            "known"
        );
    }
}

#[test]
fn copies_of_a_report_that_go_side_by_side_are_one_submission() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    for copy in 0..6 {
        desk.write(&format!("out/{copy}.xml"), three());
    }
    let answer = desk.run(&["submit", "--each", "--json", "out", "--jobs", "6"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(sandbox.held("test_logs").len(), 3, "{answer:?}");
}
