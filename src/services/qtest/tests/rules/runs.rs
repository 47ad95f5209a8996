//! Runs and their logs.

use std::time::Duration;

use handin_sandbox::qtest::World;
use serde_json::json;

use super::super::bench::{Bench, job, passed};
use super::{again, by_hand, id, one, world};
use crate::mapping::CaseId;
use crate::model::StepVerdict;
use crate::plan::ProblemKind;
use crate::services::qtest::Mode;
use crate::services::{Catalog as _, Checked as _, State, Submitter as _};

#[test]
fn a_first_submission_makes_module_case_cycle_suite_run_and_log() {
    let bench = Bench::shop();
    let receipt = bench.submit(&[one()]);
    assert_eq!(receipt.state, State::Done, "{receipt:?}");
    assert_eq!(bench.names("modules"), ["Automated", "shop", "web"]);
    assert_eq!(bench.names("test_cases"), ["adds"]);
    assert_eq!(bench.names("test_cycles"), ["Nightly"]);
    assert_eq!(bench.names("test_suites"), ["Chrome"]);
    assert_eq!((bench.count("test_runs"), bench.count("test_logs")), (1, 1));
    assert_eq!(receipt.counts.get("Passed"), Some(&1));
}

#[test]
fn a_later_execution_adds_exactly_one_log_a_test_and_nothing_else() {
    let bench = Bench::shop();
    let tests = [
        passed("shop.CartTest", "adds"),
        passed("shop.CartTest", "removes"),
        passed("shop.PayTest", "pays").failed("no"),
    ];
    let jobs = [job("1", &tests), job("1", &tests).on("Firefox")];
    bench.submit(&jobs);
    let kinds = [
        "modules",
        "test_cases",
        "test_cycles",
        "test_suites",
        "test_runs",
    ];
    let before = kinds.map(|kind| bench.held(kind));
    bench.submit(&again(&jobs));
    assert_eq!(kinds.map(|kind| bench.held(kind)), before);
    assert_eq!(bench.count("test_logs"), 12);
}

#[test]
fn a_run_carries_the_name_of_its_test_and_the_link_to_the_report() {
    let bench = Bench::shop();
    bench.submit(&[job(
        "7",
        &[passed("shop.CartTest", "adds").failed("expected 2, got 3")],
    )]);
    assert_eq!(bench.held("test_runs")[0]["name"], "adds");
    let log = &bench.held("test_logs")[0];
    assert_eq!(log["build_number"], "7");
    assert_eq!(log["build_url"], "https://ci.example/7");
    let note = log["note"].as_str().unwrap();
    assert!(
        note.contains("expected 2, got 3") && note.contains("Report: https://ci.example/7"),
        "{note}"
    );
    assert!(
        !bench.held("test_cases")[0]["description"]
            .as_str()
            .unwrap()
            .contains("ci.example")
    );
}

#[test]
fn step_logs_come_in_order_with_the_texts_of_the_case() {
    let bench = Bench::shop();
    let steps = [
        ("zoom", StepVerdict::Passed),
        ("aim", StepVerdict::Failed),
        ("miss", StepVerdict::NotRun),
    ];
    bench.submit(&[job(
        "1",
        &[passed("shop.CartTest", "adds").steps(&steps).failed("no")],
    )]);
    let log = &bench.held("test_logs")[0];
    let told: Vec<_> = log["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["description"].as_str().unwrap().to_owned())
        .collect();
    let texts = ["zoom", "aim", "miss"].map(|step| format!("{step}: {step} works"));
    assert_eq!(told, texts);
    let case = bench.held("test_cases")[0]["steps"].clone();
    let texts = texts.map(|step| json!([step, "Passes"]));
    assert_eq!(case, json!(texts));
}

#[test]
fn a_mapped_case_is_logged_on_its_own_run_and_makes_no_other_case() {
    let bench = world(|project| project.module("Web").case("Web", "By hand"));
    let jobs = [job("1", &[passed("shop.CartTest", "adds").case("TC-1")])];
    let before = bench.held("test_cases");
    bench.submit(&jobs);
    bench.submit(&again(&jobs));
    assert_eq!(bench.held("test_cases"), before);
    assert_eq!((bench.count("test_runs"), bench.count("test_logs")), (1, 2));
    assert_eq!(bench.requests("POST", "test-runs/0/auto-test-logs"), 0);
}

#[test]
fn without_a_module_a_mapped_case_is_logged_on_a_run_that_is_there() {
    let mut bench = world(|project| project.module("Web").case("Web", "By hand"));
    let jobs = [job("1", &[passed("shop.CartTest", "adds").case("TC-1")])];
    bench.submit(&jobs);
    bench.target.module = None;
    assert_eq!(bench.problems(&again(&jobs)), Vec::<String>::new());
    assert_eq!(bench.submit(&again(&jobs)).state, State::Done);
    assert_eq!((bench.count("test_runs"), bench.count("test_logs")), (1, 2));
}

#[test]
fn a_mapped_case_that_is_missing_is_a_problem_and_one_that_was_never_approved_is_none() {
    let bench = world(|project| project.module("Web").draft_case("Web", "Draft"));
    let plan = bench.check(&[job(
        "1",
        &[
            passed("a.T", "x").case("TC-1"),
            passed("a.T", "y").case("TC-99"),
        ],
    )]);
    let told: Vec<_> = plan.problems().iter().map(|problem| problem.kind).collect();
    assert_eq!(told, [ProblemKind::MissingCase]);
    let found = bench
        .service()
        .cases(&[CaseId("TC-1".to_owned()), CaseId("TC-99".to_owned())])
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, "Draft");
}

#[test]
fn in_direct_mode_a_run_that_was_moved_gets_the_log() {
    let mut bench = world(|project| project.cycle("Archive").suite("Archive", "Old"));
    bench.target.mode = Mode::Direct;
    bench.submit(&[one()]);
    let run = id(&bench.held("test_runs")[0]);
    let old = id(bench
        .held("test_suites")
        .iter()
        .find(|suite| suite["name"] == "Old")
        .unwrap());
    by_hand(
        &bench.sandbox,
        "PUT",
        &format!("/test-runs/{run}?parentId={old}&parentType=test-suite"),
        &json!({}),
    );
    bench.submit(&again(&[one()]));
    assert_eq!((bench.count("test_runs"), bench.count("test_logs")), (1, 2));
}

#[test]
fn rows_of_one_test_are_one_log_with_the_worst_outcome_and_every_row_in_its_note() {
    let bench = Bench::shop();
    bench.submit(&[job(
        "1",
        &[
            passed("a.T", "row"),
            passed("a.T", "row").failed("second row"),
            passed("a.T", "row"),
        ],
    )]);
    let logs = bench.held("test_logs");
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0]["status"], "Failed");
    let note = logs[0]["note"].as_str().unwrap();
    assert_eq!(note.matches("a.T › row: ").count(), 3, "{note}");
}

#[test]
fn more_results_than_one_request_takes_go_in_several_and_all_arrive() {
    let bench = Bench::new(
        World::new()
            .batch_limit(30)
            .project("Shop", |project| project),
    );
    let tests: Vec<_> = (0..100).map(|n| passed("a.T", &format!("t{n}"))).collect();
    let receipt = bench.submit(&[job("1", &tests)]);
    assert_eq!(receipt.state, State::Done, "{receipt:?}");
    assert_eq!(bench.count("test_logs"), 100);
}

#[test]
fn a_hundred_known_tests_take_at_most_twenty_requests() {
    let bench = Bench::shop();
    let tests: Vec<_> = (0..100).map(|n| passed("a.T", &format!("t{n}"))).collect();
    bench.submit(&[job("1", &tests)]);
    bench.lose_journal();
    let before = bench.sandbox.requests().len();
    bench.submit(&again(&[job("1", &tests)]));
    let requests = bench.sandbox.requests();
    let new: Vec<String> = requests[before..]
        .iter()
        .map(|r| format!("{} {}", r.method, r.path))
        .collect();
    assert!(new.len() <= 20, "{new:#?}");
    assert_eq!(bench.count("test_logs"), 200);
}

#[test]
fn the_preview_names_every_write_and_writes_nothing() {
    let bench = Bench::shop();
    let preview = bench.check(&[one()]).preview();
    insta::assert_debug_snapshot!(preview.writes);
    assert_eq!(
        bench
            .sandbox
            .requests()
            .iter()
            .filter(|r| r.write.is_some())
            .count(),
        0
    );
}

#[test]
fn what_stands_there_is_found_without_a_journal() {
    let bench = Bench::shop();
    let service = bench.service();
    assert!(service.find(&bench.check(&[one()])).unwrap().is_none());
    bench.submit(&[one()]);
    let found = service.find(&bench.check(&[one()])).unwrap().unwrap();
    assert_eq!(found.state, State::Known);
    assert!(
        service
            .find(&bench.check(&again(&[one()])))
            .unwrap()
            .is_none()
    );
    assert!(bench.target.settle < Duration::from_secs(1));
}
