//! One submission to several test plans and suites of Azure: by case, by rule, by a property of the report.

use std::fmt::Write as _;

use handin_sandbox::azure::World;
use handin_sandbox::fault::{Fault, Rule, When};
use serde_json::Value;

use crate::azure::{FAILURE, Scene, outcomes};
use crate::azure_once::state;
use crate::submit::{report, shop};

const BOTH: &str =
    "[azure]\nproject = \"Shop\"\nplan = [\"Regression\", \"Smoke\"]\nsettle = \"1s\"\n";

/// A plan beside the first, with a case of its own, and one of the first that is in it too: 1005 and 1004. The first has the suite
/// `API` with 1006.
fn world() -> World {
    let mut world = shop();
    world.next_item(1005);
    let smoke = world.case("Shop", "Starts");
    let api = world.case("Shop", "Answers");
    world.next_item(200);
    let plan = world.plan("Shop", "Smoke");
    world.point(world.root(plan), smoke, 1);
    world.point(world.root(plan), 1004, 1);
    let suite = world.suite(world.root(100), "API");
    world.point(suite, api, 1);
    world
}

fn scene(settings: &str) -> Scene {
    let scene = Scene::of(world(), "");
    scene.desk.write("handin.toml", settings);
    scene.desk.write(
        "r.xml",
        report(&[
            ("valid", Some(1001), ""),
            ("wrong", Some(1002), FAILURE),
            ("starts", Some(1005), ""),
        ]),
    );
    scene
}

/// A report whose suite and tests say more than their case.
fn telling(suite: &str, tests: &[(u32, &str)]) -> String {
    let mut text = format!("<testsuite name=\"{suite}\" timestamp=\"2026-11-20T10:00:00Z\">\n");
    for (case, properties) in tests {
        writeln!(
            text,
            "<testcase classname=\"shop.Test\" name=\"t{case}\"><properties><property name=\"TestCaseId\" value=\"{case}\"/>{properties}</properties></testcase>"
        )
        .unwrap();
    }
    text + "</testsuite>\n"
}

/// Returns the cases of each run, by the name of its plan.
fn runs(scene: &Scene) -> Vec<(i64, Vec<i64>)> {
    let points = scene.sandbox.points();
    scene.sandbox.look(|azure| {
        let of_point = |point: Option<i64>| points.get(&point?).map(|point| point.case);
        let mut runs: Vec<(i64, Vec<i64>)> = azure
            .runs()
            .values()
            .map(|run| {
                assert_eq!(run.state, "Completed", "run {}", run.id);
                let rows = run.results.values();
                let mut cases: Vec<i64> = rows.filter_map(|row| of_point(row.point)).collect();
                cases.sort_unstable();
                (run.plan.unwrap_or_default(), cases)
            })
            .collect();
        runs.sort_unstable();
        runs
    })
}

#[test]
fn a_result_goes_to_the_plan_in_which_its_case_has_a_point() {
    let scene = scene(BOTH);
    let submission = scene.done(&[]);
    assert_eq!(
        scene.outcomes(),
        outcomes(&[(1001, "Passed"), (1002, "Failed"), (1005, "Passed")])
    );
    assert_eq!(runs(&scene), [(100, vec![1001, 1002]), (200, vec![1005])]);
    let ids = submission["ids"].as_array().unwrap().len();
    assert_eq!((ids, &submission["counts"]["Passed"]), (2, &Value::from(2)));
    assert_eq!(state(&scene.submit(&[])), "known");
    scene.desk.forget_journal();
    assert_eq!(state(&scene.submit(&[])), "known");
    assert_eq!(scene.sandbox.run_count(), 2);
}

#[test]
fn the_flags_name_several_plans_and_suites_too() {
    let scene = scene("[azure]\nproject = \"Shop\"\nsettle = \"1s\"\n");
    let answer = scene.submit(&["--plan", "Regression", "--plan", "200", "--dry-run"]);
    let told = answer.json()["submissions"][0].to_string();
    assert!(
        told.contains("in plan 100") && told.contains("of plan `Smoke`"),
        "{told}"
    );
    scene.desk.write(
        "r.xml",
        report(&[("answers", Some(1006), ""), ("valid", Some(1001), "")]),
    );
    let both = ["--plan", "Regression", "--suite", "Web", "--suite", "API"];
    assert_eq!(state(&scene.submit(&both)), "done");
    assert_eq!(runs(&scene), [(100, vec![1001, 1006])]);
    let answer = scene.submit(&both[..4]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
}

#[test]
fn a_rule_or_a_property_names_the_plan_and_the_suite() {
    let rules =
        "plan = \"Regression\"\n[[azure.plans]]\nwhen = { suite = \"smoke*\" }\nuse = \"Smoke\"\n";
    let scene = scene(&format!(
        "[azure]\nproject = \"Shop\"\nsettle = \"1s\"\npoints = \"first\"\n{rules}"
    ));
    let smoke = telling("smoke tests", &[(1004, ""), (1005, "")]);
    scene.desk.write("r.xml", smoke);
    assert_eq!(state(&scene.submit(&[])), "done");
    assert_eq!(runs(&scene), [(200, vec![1004, 1005])]);
    let web = "<property name=\"test_suite\" value=\"Web\"/>";
    let named = "<property name=\"test_plan\" value=\"Smoke\"/>";
    let tests = telling("all", &[(1001, web), (1004, ""), (1005, named)]);
    scene.desk.write("r.xml", tests);
    assert_eq!(state(&scene.submit(&[])), "done");
    let expected = [
        (100, vec![1001, 1004]),
        (200, vec![1004, 1005]),
        (200, vec![1005]),
    ];
    assert_eq!(runs(&scene), expected);
}

#[test]
fn a_plan_or_suite_that_a_test_names_and_that_is_not_there_is_a_problem_of_that_test() {
    let scene = scene(BOTH);
    let no_plan = "<property name=\"test_plan\" value=\"Nightly\"/>";
    let no_suite = "<property name=\"test_suite\" value=\"Mobile\"/>";
    let tests = telling("all", &[(1001, no_plan), (1002, no_suite), (1005, "")]);
    scene.desk.write("r.xml", tests);
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    let told = answer.json()["submissions"][0]["problems"].to_string();
    for text in ["no test plan `Nightly`", "has a suite `Mobile`", "t1001"] {
        assert!(told.contains(text), "{text} in {told}");
    }
    assert_eq!(scene.sandbox.run_count(), 0);
    // Where a policy lets that through, the others go, and those two are named.
    let answer = scene.submit(&["--on-missing-point", "warn"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(
        answer.stderr.contains("no test plan `Nightly`"),
        "{answer:?}"
    );
    let all: usize = runs(&scene).iter().map(|(_, cases)| cases.len()).sum();
    assert_eq!(all, 1, "{answer:?}");
}

#[test]
fn a_case_in_several_plans_is_refused_unless_it_is_said_which() {
    let scene = scene(BOTH);
    scene
        .desk
        .write("r.xml", report(&[("everywhere", Some(1004), "")]));
    let chrome = ["--configuration", "Windows + Chrome"];
    let answer = scene.submit(&chrome);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stderr.contains("2 test points"), "{}", answer.stderr);
    assert_eq!(scene.sandbox.run_count(), 0);
    assert_eq!(
        state(&scene.submit(&[&chrome[..], &["--points", "all"]].concat())),
        "done"
    );
    assert_eq!(runs(&scene), [(100, vec![1004]), (200, vec![1004])]);
}

#[test]
fn what_one_plan_did_not_take_is_named_and_comes_with_the_same_command() {
    let scene = scene(BOTH);
    let refused = Rule::new(Fault::status(When::BeforeCommit, 400))
        .method("POST")
        .path("/acme/Shop/_apis/test/runs")
        .nth(2);
    scene.sandbox.faults().add(refused);
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(8), "{answer:?}");
    let submission = answer.json()["submissions"][0].clone();
    assert!(
        submission["missing"].to_string().contains("case 1005"),
        "{submission}"
    );
    scene.sandbox.faults().clear();
    assert_eq!(state(&scene.submit(&[])), "done");
    assert_eq!(runs(&scene), [(100, vec![1001, 1002]), (200, vec![1005])]);
}

#[test]
fn the_runs_of_all_plans_end_when_all_shards_are_there_whatever_each_has_for_them() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let scene = scene(BOTH);
        let shards = [
            report(&[("valid", Some(1001), "")]),
            report(&[("wrong", Some(1002), FAILURE), ("starts", Some(1005), "")]),
            report(&[("basket", Some(1003), "")]),
        ];
        for index in order {
            scene.desk.write("r.xml", &shards[index]);
            let shard = format!("{}/3", index + 1);
            scene.done(&["--key", "b", "--shard", &shard]);
        }
        let expected = [(100, vec![1001, 1002, 1003]), (200, vec![1005])];
        assert_eq!(runs(&scene), expected, "{order:?}");
    }
}

#[test]
fn all_open_runs_of_a_build_are_closed_together() {
    let scene = scene(BOTH);
    scene.done(&["--key", "b", "--open"]);
    let answer = scene
        .desk
        .run(&["submit", "--json", "--close", "--key", "b"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(runs(&scene), [(100, vec![1001, 1002]), (200, vec![1005])]);
    let none = scene
        .desk
        .run(&["submit", "--json", "--close", "--key", "other"]);
    assert_eq!(none.code, Some(5), "{none:?}");
    assert!(none.stderr.contains("no open run"), "{}", none.stderr);
}

#[test]
fn what_was_opened_with_skipped_tests_alone_is_closed_as_well() {
    let of = |element: &str| {
        report(&[
            ("valid", Some(1001), element),
            ("starts", Some(1005), element),
        ])
    };
    let scene = scene(BOTH);
    scene.desk.write("skipped.xml", of("<skipped/>"));
    scene.desk.write("r.xml", of(""));
    let run = |arguments: &[&str]| {
        let answer = scene
            .desk
            .run(&[&["submit", "--json", "--key"], arguments].concat());
        assert_eq!(answer.code, Some(0), "{arguments:?}: {answer:?}");
    };
    run(&["b", "--open", "skipped.xml"]);
    run(&["b", "--open", "skipped.xml"]);
    run(&["b", "--close"]);
    assert_eq!(runs(&scene), [(200, vec![])]);
    // Where another part has opened a run there need not be a second.
    scene
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    run(&["c", "--open", "r.xml"]);
    run(&["c", "--open", "skipped.xml"]);
    run(&["c", "--close"]);
    assert_eq!(runs(&scene), [(100, vec![1001]), (200, vec![])]);
}
