//! Cycles and the suites in them.

use serde_json::json;

use super::super::bench::Bench;
use super::{again, by_hand, id, one, world};
use crate::plan::Template;
use crate::services::State;

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

/// What a person does to the cycle `Web` of the path `Regression/Web`, or to its parent.
#[derive(Debug, Clone, Copy)]
enum Moved {
    ToTheRoot,
    IntoARelease,
    OutOfAParentThatIsGone,
}

#[test]
fn a_cycle_that_was_moved_out_of_its_parent_is_found_and_left_where_it_is() {
    for moved in [
        Moved::ToTheRoot,
        Moved::IntoARelease,
        Moved::OutOfAParentThatIsGone,
    ] {
        let mut bench = world(|project| project.release("R1"));
        bench.target.cycle = Template::parse("Regression/Web").unwrap();
        bench.submit(&[one()]);
        let cycles = bench.held("test_cycles");
        let of = |name: &str| id(cycles.iter().find(|it| it["name"] == name).unwrap());
        let release = id(&bench.sandbox.state()["projects"][0]["releases"][0]);
        let (place, kind) = match moved {
            Moved::IntoARelease => (release, "release"),
            Moved::ToTheRoot | Moved::OutOfAParentThatIsGone => (0, "root"),
        };
        let web = of("Web");
        let path = format!("/test-cycles/{web}?parentId={place}&parentType={kind}");
        by_hand(&bench.sandbox, "PUT", &path, &json!({}));
        let is_gone = matches!(moved, Moved::OutOfAParentThatIsGone);
        if is_gone {
            let path = format!("/test-cycles/{}?force=true", of("Regression"));
            by_hand(&bench.sandbox, "DELETE", &path, &json!({}));
        }
        let receipt = bench.submit(&again(&[one()]));
        assert!(receipt.warnings.is_empty(), "{moved:?}: {receipt:?}");
        let counts = ["test_cycles", "test_suites", "test_runs", "test_logs"];
        let counts = counts.map(|kind| bench.count(kind));
        assert_eq!(counts, [2 - usize::from(is_gone), 1, 1, 2], "{moved:?}");
    }
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
