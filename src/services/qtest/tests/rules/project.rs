//! What a project must be, and what is told of it.

use handin_sandbox::qtest::World;

use super::super::bench::{Bench, job, passed};
use super::{one, world};
use crate::model::{Failure, Outcome};
use crate::plan::ProblemKind;
use crate::services::{Catalog as _, Checked as _, State};

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
    assert_eq!(counts, [("Failed", 3), ("Incomplete", 1), ("Passed", 1)]);
    let mut custom = world(|project| project.mapping(&[("GOOD", 601), ("BAD", 602)]));
    let statuses = &mut custom.target.statuses;
    for status in [
        &mut statuses.failed,
        &mut statuses.errored,
        &mut statuses.incomplete,
    ] {
        "BAD".clone_into(status);
    }
    "GOOD".clone_into(&mut custom.target.statuses.passed);
    "BAD".clone_into(&mut custom.target.statuses.skipped);
    assert_eq!(
        custom.submit(&[job("1", &tests)]).counts.get("Failed"),
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
