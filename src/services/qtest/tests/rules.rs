//! The rules by which reports become objects on qTest, one test each, named after the rule.

use std::time::Duration;

use handin_sandbox::qtest::{QtestSandbox, World};
use serde_json::{Value, json};

use super::bench::{Bench, Job, job, passed};
use crate::mapping::CaseId;
use crate::model::{Failure, Outcome, StepVerdict};
use crate::plan::ProblemKind;
use crate::services::qtest::{FingerprintStyle, Mode};
use crate::services::{Catalog as _, Checked as _, State, Submitter as _};

/// Sends a request as a person at the keyboard might.
fn by_hand(sandbox: &QtestSandbox, method: &str, path: &str, body: &Value) {
    let agent = reqwest::blocking::Client::builder()
        .no_proxy()
        .build()
        .unwrap();
    let response = agent
        .request(
            method.parse().unwrap(),
            format!(
                "{}/api/v3/projects/{}{path}",
                sandbox.url(),
                project(sandbox)
            ),
        )
        .bearer_auth(sandbox.token())
        .json(body)
        .send()
        .unwrap();
    assert!(
        response.status().is_success(),
        "{method} {path}: {}",
        response.text().unwrap()
    );
}

fn project(sandbox: &QtestSandbox) -> u64 {
    sandbox.state()["projects"][0]["id"].as_u64().unwrap()
}

fn one() -> Job {
    job("1", &[passed("shop.web.CartTest", "adds")])
}

/// The same tests in the next CI build.
fn again(jobs: &[Job]) -> Vec<Job> {
    let mut jobs = jobs.to_vec();
    for job in &mut jobs {
        job.build = "2";
        job.began = "2026-03-02T10:00:00Z";
    }
    jobs
}

fn id(held: &Value) -> u64 {
    held["id"].as_u64().unwrap()
}

fn world(
    seed: impl FnOnce(handin_sandbox::qtest::Seed<'_>) -> handin_sandbox::qtest::Seed<'_>,
) -> Bench {
    Bench::new(World::new().project("Shop", seed))
}

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
    assert_eq!(receipt.counts.get("PASS"), Some(&1));
}

#[test]
fn projects_are_listed_and_never_made() {
    let bench = Bench::new(
        World::new()
            .project("Shop", |p| p)
            .project("Other", |p| p.automation(false)),
    );
    let nodes = bench.service().children(&[]).unwrap();
    let told: Vec<_> = nodes
        .iter()
        .map(|node| (node.name.as_str(), node.note.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("Shop", Some("automation on")),
            ("Other", Some("automation off"))
        ]
    );
    let mut elsewhere = Bench::new(World::new().project("Shop", |p| p));
    elsewhere.target.project = "Nowhere".to_owned();
    let error = elsewhere.try_submit(&[one()]).unwrap_err();
    assert!(
        error.to_string().contains("no project `Nowhere`"),
        "{error}"
    );
}

#[test]
fn automation_switched_off_is_said_before_anything_is_written() {
    let bench = world(|project| project.automation(false));
    let plan = bench.check(&[one()]);
    assert_eq!(plan.problems()[0].kind, ProblemKind::NotReady);
    assert!(plan.problems()[0].message.contains("switched off"));
    assert!(
        plan.problems()[0]
            .hint
            .as_deref()
            .unwrap()
            .contains("Automation Settings")
    );
}

#[test]
fn statuses_are_pass_fail_and_skip_unless_the_settings_say_otherwise() {
    let skipped = Outcome::Skipped { reason: None };
    let tests = [
        passed("a.T", "passes"),
        passed("a.T", "fails").failed("no"),
        passed("a.T", "breaks").ended(Outcome::Errored(Failure::default())),
        passed("a.T", "skips").ended(skipped),
        passed("a.T", "hangs").ended(Outcome::Incomplete),
    ];
    let bench = Bench::shop();
    let receipt = bench.submit(&[job("1", &tests)]);
    let counts: Vec<_> = receipt
        .counts
        .iter()
        .map(|(word, count)| (word.as_str(), *count))
        .collect();
    assert_eq!(counts, [("FAIL", 3), ("PASS", 1), ("SKIP", 1)]);
    let mut custom = world(|project| project.mapping(&[("GOOD", 601), ("BAD", 602)]));
    for status in [
        &mut custom.target.statuses.failed,
        &mut custom.target.statuses.errored,
        &mut custom.target.statuses.incomplete,
    ] {
        "BAD".clone_into(status);
    }
    "GOOD".clone_into(&mut custom.target.statuses.passed);
    "BAD".clone_into(&mut custom.target.statuses.skipped);
    assert_eq!(
        custom.submit(&[job("1", &tests)]).counts.get("BAD"),
        Some(&4)
    );
}

#[test]
fn a_status_that_drops_results_or_says_the_opposite_is_refused() {
    let mut bench = Bench::shop();
    bench.target.statuses.skipped.clear();
    "FAILED".clone_into(&mut bench.target.statuses.passed);
    let problems = bench.problems(&[one()]);
    assert!(
        problems
            .iter()
            .any(|p| p.contains("`qtest.statuses.skipped` is empty")),
        "{problems:?}"
    );
    assert!(
        problems.iter().any(|p| p.contains("says the opposite")),
        "{problems:?}"
    );
}

#[test]
fn modules_stand_under_the_configured_parent_with_a_description() {
    let mut bench = world(|project| project.module("QA/Robots"));
    bench.target.module = Some("QA/Robots".to_owned());
    bench.submit(&[one()]);
    let modules = bench.held("modules");
    let web = modules
        .iter()
        .find(|module| module["name"] == "web")
        .unwrap();
    assert_eq!(web["path"], "QA › Robots › shop › web");
    assert!(
        web["description"]
            .as_str()
            .unwrap()
            .starts_with("Tests of shop/web.")
    );
    assert_eq!(modules.len(), 4);
}

#[test]
fn a_katalon_test_stands_in_the_module_of_its_folder() {
    let bench = Bench::shop();
    bench.submit(&[job(
        "1",
        &[passed(
            "Test Cases/Web/Cart/Adds",
            "Test Cases/Web/Cart/Adds",
        )],
    )]);
    let case = &bench.held("test_cases")[0];
    assert_eq!(case["path"], "Automated › Web › Cart");
    assert_eq!(case["name"], "Adds");
    assert_eq!(case["automation_content"], "ks:Test Cases/Web/Cart/Adds");
}

#[test]
fn a_moved_module_is_found_by_its_mark_and_left_where_it_is() {
    let bench = world(|project| project.module("Elsewhere"));
    bench.submit(&[one()]);
    let modules = bench.held("modules");
    let at = |name: &str| {
        id(modules
            .iter()
            .find(|module| module["name"] == name)
            .unwrap())
    };
    by_hand(
        &bench.sandbox,
        "PUT",
        &format!("/modules/{}?parentId={}", at("shop"), at("Elsewhere")),
        &json!({}),
    );
    bench.submit(&[job(
        "2",
        &[
            passed("shop.web.CartTest", "adds"),
            passed("shop.web.CartTest", "removes"),
        ],
    )]);
    assert_eq!(bench.count("modules"), modules.len());
    let removes = bench
        .held("test_cases")
        .into_iter()
        .find(|case| case["name"] == "removes")
        .unwrap();
    assert_eq!(removes["path"], "Elsewhere › shop › web");
}

#[test]
fn a_renamed_module_is_found_by_its_mark() {
    let bench = Bench::shop();
    bench.submit(&[one()]);
    let modules = bench.held("modules");
    let shop = id(modules
        .iter()
        .find(|module| module["name"] == "shop")
        .unwrap());
    by_hand(
        &bench.sandbox,
        "PUT",
        &format!("/modules/{shop}"),
        &json!({"name": "The shop"}),
    );
    bench.submit(&[job("2", &[passed("shop.OtherTest", "pays")])]);
    assert_eq!(bench.names("modules"), ["Automated", "The shop", "web"]);
}

#[test]
fn a_deleted_module_is_made_again_with_its_cases() {
    let bench = Bench::shop();
    bench.submit(&[one()]);
    let modules = bench.held("modules");
    let shop = id(modules
        .iter()
        .find(|module| module["name"] == "shop")
        .unwrap());
    by_hand(
        &bench.sandbox,
        "DELETE",
        &format!("/modules/{shop}?force=true"),
        &json!({}),
    );
    let receipt = bench.submit(&again(&[one()]));
    assert_eq!(receipt.state, State::Done, "{receipt:?}");
    assert_eq!(bench.names("modules"), ["Automated", "shop", "web"]);
    assert_eq!(bench.count("test_cases"), 1);
}

#[test]
fn nothing_is_made_without_a_module() {
    let mut bench = world(|project| project.module("Web").case("Web", "By hand"));
    bench.target.module = None;
    let plan = bench.check(&[job(
        "1",
        &[passed("a.T", "x"), passed("a.T", "y").case("TC-1")],
    )]);
    let kinds: Vec<_> = plan.problems().iter().map(|problem| problem.kind).collect();
    assert_eq!(
        kinds,
        [ProblemKind::Unmapped, ProblemKind::Setting],
        "{:?}",
        plan.problems()
    );
}

#[test]
fn a_case_has_name_escaped_description_steps_fingerprint_and_is_approved() {
    let bench = Bench::shop();
    let steps = [
        ("open", StepVerdict::Passed),
        ("click", StepVerdict::Passed),
    ];
    let test = passed("shop.CartTest", "adds <one> & \"two\"")
        .steps(&steps)
        .property("description", "Adds <b>");
    bench.submit(&[job("1", &[test])]);
    let case = &bench.held("test_cases")[0];
    assert_eq!(case["name"], "adds <one> & \"two\"");
    assert!(
        case["description"]
            .as_str()
            .unwrap()
            .starts_with("<p>Adds &lt;b&gt;</p>"),
        "{case}"
    );
    assert_eq!(
        case["automation_content"],
        "shop.CartTest#adds %3Cone%3E %26 %22two%22"
    );
    assert_eq!(case["approved"], true);
    assert_eq!(case["steps"].as_array().unwrap().len(), 2);
}

#[test]
fn the_same_content_makes_no_new_version() {
    let bench = Bench::shop();
    bench.submit(&[one()]);
    let versions = bench.held("test_cases")[0]["versions"].clone();
    bench.submit(&again(&[one()]));
    assert_eq!(bench.held("test_cases")[0]["versions"], versions);
}

#[test]
fn changed_content_becomes_a_new_approved_version() {
    let bench = Bench::shop();
    let test = |text| {
        vec![job(
            "1",
            &[passed("shop.CartTest", "adds").property("description", text)],
        )]
    };
    bench.submit(&test("first"));
    bench.submit(&again(&test("second")));
    let case = &bench.held("test_cases")[0];
    assert_eq!(case["version"], "2.0");
    assert_eq!(case["approved"], true);
    assert!(case["description"].as_str().unwrap().contains("second"));
    assert_eq!(bench.count("test_cases"), 1);
}

#[test]
fn a_test_that_broke_off_early_does_not_shorten_its_case() {
    let bench = Bench::shop();
    let all = [
        ("open", StepVerdict::Passed),
        ("click", StepVerdict::Passed),
        ("see", StepVerdict::Passed),
    ];
    let part = [
        ("open", StepVerdict::Passed),
        ("click", StepVerdict::Failed),
    ];
    bench.submit(&[job("1", &[passed("shop.CartTest", "adds").steps(&all)])]);
    bench.submit(&again(&[job(
        "2",
        &[passed("shop.CartTest", "adds").steps(&part).failed("no")],
    )]));
    let case = &bench.held("test_cases")[0];
    assert_eq!(case["version"], "1.0");
    assert_eq!(case["steps"].as_array().unwrap().len(), 3);
    let logs = bench.held("test_logs");
    let steps = logs[1]["steps"].as_array().unwrap();
    let told: Vec<&str> = steps
        .iter()
        .map(|step| step["status"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[1], "Failed", "{steps:?}");
    assert_ne!(told[2], "Passed", "{steps:?}");
}

#[test]
fn a_case_that_a_person_wrote_is_never_rewritten() {
    let bench = world(|project| {
        project
            .module("Web")
            .automated_case("Web", "By hand", "shop.web.CartTest#adds")
    });
    let before = bench.held("test_cases");
    let steps = [("other", StepVerdict::Passed)];
    bench.submit(&[job(
        "1",
        &[passed("shop.web.CartTest", "adds").steps(&steps)],
    )]);
    assert_eq!(bench.held("test_cases"), before);
    assert_eq!(bench.count("test_logs"), 1);
    assert!(
        bench.held("test_logs")[0]["note"]
            .as_str()
            .unwrap()
            .contains("1. other: Passed")
    );
}

#[test]
fn a_job_is_a_cycle_and_each_browser_a_suite_in_it() {
    let bench = Bench::shop();
    let jobs = [one(), one().on("Firefox 120.0"), one().on("iPhone 14")];
    bench.submit(&jobs);
    assert_eq!(bench.names("test_cycles"), ["Nightly"]);
    assert_eq!(
        bench.names("test_suites"),
        ["Chrome", "Firefox", "iPhone 14"]
    );
    assert_eq!(bench.count("test_cases"), 1);
    assert_eq!(bench.count("test_runs"), 3);
}

#[test]
fn results_without_a_job_go_to_jobless_executions() {
    let bench = Bench::shop();
    bench.submit(&[one().named(None)]);
    assert_eq!(bench.names("test_cycles"), ["Jobless Executions"]);
}

#[test]
fn a_moved_cycle_is_found_and_left_where_it_is() {
    let bench = world(|project| project.release("R1"));
    bench.submit(&[one()]);
    let release = id(&bench.sandbox.state()["projects"][0]["releases"][0]);
    let cycle = id(&bench.held("test_cycles")[0]);
    by_hand(
        &bench.sandbox,
        "PUT",
        &format!("/test-cycles/{cycle}?parentId={release}&parentType=release"),
        &json!({}),
    );
    bench.submit(&again(&[one()]));
    assert_eq!(bench.count("test_cycles"), 1);
    assert_eq!(
        (
            bench.count("test_suites"),
            bench.count("test_runs"),
            bench.count("test_logs")
        ),
        (1, 1, 2)
    );
}

#[test]
fn a_deleted_cycle_is_made_again_with_its_suites() {
    let bench = Bench::shop();
    bench.submit(&[one()]);
    let cycle = id(&bench.held("test_cycles")[0]);
    by_hand(
        &bench.sandbox,
        "DELETE",
        &format!("/test-cycles/{cycle}?force=true"),
        &json!({}),
    );
    let receipt = bench.submit(&again(&[one()]));
    assert_eq!(receipt.state, State::Done, "{receipt:?}");
    assert_eq!(
        (bench.count("test_cycles"), bench.count("test_suites")),
        (1, 1)
    );
}

#[test]
fn a_cycle_is_found_by_exact_name_beyond_the_first_page() {
    let bench = world(|mut project| {
        for number in 0..120 {
            project = project.cycle(&format!("Other {number}"));
        }
        project.cycle("Nightly").suite("Nightly", "Chrome")
    });
    bench.submit(&[one()]);
    assert_eq!(
        (bench.count("test_cycles"), bench.count("test_suites")),
        (121, 1)
    );
}

#[test]
fn a_configured_release_holds_the_cycle() {
    let mut bench = world(|project| {
        project
            .release("R1")
            .release("R2")
            .cycle_in_release("R1", "Nightly")
    });
    bench.target.release = Some("R2".to_owned());
    bench.submit(&[one()]);
    let cycles = bench.held("test_cycles");
    assert_eq!(cycles.len(), 2);
    assert_eq!(cycles[1]["path"], "R2 › Nightly");
    bench.submit(&again(&[one()]));
    assert_eq!(bench.count("test_cycles"), 2);
}

#[test]
fn of_two_cycles_of_one_name_the_lowest_is_used_and_a_warning_given() {
    let bench = world(|project| project.cycle("Nightly").cycle("Nightly"));
    let first = bench.held("test_cycles").iter().map(id).min().unwrap();
    let receipt = bench.submit(&[one()]);
    assert!(
        receipt
            .warnings
            .iter()
            .any(|warning| warning.contains("2 times")),
        "{:?}",
        receipt.warnings
    );
    assert_eq!(bench.held("test_suites")[0]["parent"]["id"], first);
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
    assert_eq!(told, ["zoom", "aim", "miss"]);
    let case = bench.held("test_cases")[0]["steps"].clone();
    let texts = ["zoom", "aim", "miss"].map(|step| json!([step, format!("{step} works")]));
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
fn a_mapped_case_that_is_missing_or_never_approved_is_a_problem() {
    let bench = world(|project| project.module("Web").draft_case("Web", "Draft"));
    let plan = bench.check(&[job(
        "1",
        &[
            passed("a.T", "x").case("TC-1"),
            passed("a.T", "y").case("TC-99"),
        ],
    )]);
    let told: Vec<_> = plan.problems().iter().map(|problem| problem.kind).collect();
    assert_eq!(told, [ProblemKind::NotReady, ProblemKind::MissingCase]);
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
fn a_test_is_known_by_the_fingerprint_of_the_tool_it_came_from() {
    let styles = [
        (FingerprintStyle::JenkinsClass, "shop.CartTest"),
        (FingerprintStyle::JenkinsMethod, "shop.CartTest#adds"),
        (FingerprintStyle::Pulse, "adds"),
        (FingerprintStyle::Property("test_id".to_owned()), "T-7"),
    ];
    for (style, content) in styles {
        let mut bench = world(|project| {
            project
                .module("Old")
                .automated_case("Old", "history", content)
        });
        bench.target.fingerprint = style;
        bench.submit(&[job(
            "1",
            &[passed("shop.CartTest", "adds").property("test_id", "T-7")],
        )]);
        assert_eq!(bench.count("test_cases"), 1, "{content}");
        assert_eq!(bench.count("test_logs"), 1);
    }
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
fn an_account_without_a_view_of_the_fields_uses_what_a_case_shows() {
    let bench = Bench::new(World::new().fields_forbidden().project("Shop", |project| {
        project.module("Web").automated_case("Web", "x", "y")
    }));
    assert_eq!(bench.submit(&[one()]).state, State::Done);
    assert_eq!(bench.count("test_logs"), 1);
    let bare = Bench::new(
        World::new()
            .fields_forbidden()
            .project("Shop", |project| project),
    );
    let problems = bare.problems(&[one()]);
    assert!(problems[0].contains("`Automation Content`"), "{problems:?}");
}

#[test]
fn a_field_that_must_have_a_value_is_a_problem_before_anything_is_written() {
    let bench = world(|project| project.required_field("test-cases", "Component", &[]));
    let problems = bench.problems(&[one()]);
    assert!(
        problems.iter().any(|p| p.contains("`Component`")),
        "{problems:?}"
    );
}

#[test]
fn a_site_below_a_path_is_reached() {
    let bench = Bench::new(
        World::new()
            .context_path("/tc")
            .project("Shop", |project| project),
    );
    assert_eq!(bench.submit(&[one()]).state, State::Done);
}

#[test]
fn an_old_server_without_log_search_and_case_numbers_is_served() {
    let bench = Bench::new(
        World::new()
            .narrow_search()
            .linked_cases_only()
            .project("Shop", |project| project),
    );
    bench.submit(&[one()]);
    bench.lose_journal();
    assert_eq!(bench.submit(&[one()]).state, State::Known);
    assert_eq!(bench.count("test_logs"), 1);
}

#[test]
fn the_account_is_told_with_the_validity_of_its_token() {
    let bench = Bench::shop();
    let account = bench.service().account().unwrap();
    assert!(!account.name.is_empty());
    let facts: Vec<&str> = account
        .facts
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(
        facts.contains(&"version") && facts.contains(&"token"),
        "{facts:?}"
    );
}

#[test]
fn user_and_password_are_exchanged_for_a_token() {
    let bench = Bench::new(
        World::new()
            .account("ann@example.com", "s3 cret")
            .project("Shop", |project| project),
    );
    let transport = crate::transport::Transport::new(crate::transport::TransportOptions::default());
    let password = crate::secret::Secret::password("s3 cret").unwrap();
    let url = bench.target.url.clone();
    let token =
        crate::services::qtest::exchange(&transport, &url, "ann@example.com", &password).unwrap();
    assert!(!token.expose().is_empty());
    let wrong = crate::secret::Secret::password("wrong").unwrap();
    assert!(crate::services::qtest::exchange(&transport, &url, "ann@example.com", &wrong).is_err());
}

#[test]
fn the_tree_of_a_project_is_listed_down_to_suites_and_modules() {
    let bench = world(|p| {
        p.module("Web/Cart")
            .release("R1")
            .cycle_in_release("R1", "Nightly")
            .cycle("Smoke")
            .suite("Smoke", "Chrome")
    });
    let below = |path: &[&str]| {
        let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        bench
            .service()
            .children(&path)
            .unwrap()
            .into_iter()
            .map(|node| node.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(below(&["Shop"]), ["R1", "Smoke", "Web"]);
    assert_eq!(below(&["Shop", "R1"]), ["Nightly"]);
    assert_eq!(below(&["Shop", "Smoke"]), ["Chrome"]);
    assert_eq!(below(&["Shop", "Web"]), ["Cart"]);
}

#[test]
fn a_hundred_known_tests_take_at_most_twelve_requests() {
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
    assert!(new.len() <= 12, "{new:#?}");
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
    assert!(bench.target.limits.settle < Duration::from_secs(1));
}
