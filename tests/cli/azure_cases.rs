//! Tests without a case get one on Azure, where that is wanted: once, found again in every build, with a test point for their results.

use std::collections::BTreeSet;

use handin_sandbox::azure::World;
use handin_sandbox::fault::{Fault, Rule, When};
use serde_json::Value;

use crate::azure::{FAILURE, Scene};
use crate::azure_once::state;
use crate::submit::{report, shop};

const NEW: &str = "suite = \"Web\"\ncreate = true\n[azure.new_cases]\narea = \"Shop\\\\Web\"\niteration = \"Shop\\\\7\"\ntags = [\"automated\", \"web\"]\nfields = [\"Custom.Team=Web = all\"]\n";

/// Test cases by title, with the outcome of their points.
fn cases(scene: &Scene) -> BTreeSet<(String, Option<String>)> {
    let mut points: Vec<(i64, Option<String>)> = scene
        .sandbox
        .points()
        .into_values()
        .map(|point| (point.case, point.outcome))
        .collect();
    points.sort_unstable();
    scene.sandbox.change(|azure| {
        let items = azure.world().items();
        points
            .into_iter()
            .filter(|(case, _)| *case > 1004)
            .map(|(case, outcome)| (items[&case].title().to_owned(), outcome))
            .collect::<BTreeSet<_>>()
    })
}

fn new_cases(scene: &Scene) -> usize {
    scene.sandbox.change(|azure| {
        azure
            .world()
            .items()
            .keys()
            .filter(|id| **id > 1004)
            .count()
    })
}

fn scene(world: World) -> Scene {
    let scene = Scene::of(world, NEW);
    let tests = [
        ("valid", Some(1001), ""),
        ("pays", None, ""),
        ("ships", None, FAILURE),
        ("later", None, "<skipped/>"),
    ];
    scene.desk.write("r.xml", report(&tests));
    scene
}

fn expected() -> BTreeSet<(String, Option<String>)> {
    [("pays", "Passed"), ("ships", "Failed")]
        .map(|(title, outcome)| (title.to_owned(), Some(outcome.to_owned())))
        .into()
}

#[test]
fn a_test_without_a_case_gets_one_with_a_point_and_its_result_once() {
    let scene = scene(shop());
    let answer = scene.submit(&["--dry-run"]);
    let told = answer.json()["submissions"][0].to_string();
    assert!(told.contains("create 2 test cases"), "{told}");
    assert!(told.contains("set 3 results"), "{told}");
    assert_eq!(new_cases(&scene), 0);
    let submission = scene.done(&[]);
    assert_eq!(submission["counts"]["Passed"], 2, "{submission}");
    assert_eq!(cases(&scene), expected());
    let fields = scene.sandbox.change(|azure| {
        let items = azure.world().items();
        let made = items.values().find(|item| item.title() == "pays");
        made.map(|item| Value::Object(item.fields.clone()))
    });
    let fields = fields.unwrap_or_default();
    for (name, value) in [
        ("System.AreaPath", "Shop\\Web"),
        ("System.IterationPath", "Shop\\7"),
        ("System.Tags", "automated; web"),
        ("Custom.Team", "Web = all"),
        ("Microsoft.VSTS.TCM.AutomationStatus", "Automated"),
        (
            "Microsoft.VSTS.TCM.AutomatedTestName",
            "shop.LoginTest.pays",
        ),
        ("System.WorkItemType", "Test Case"),
    ] {
        assert_eq!(fields[name], value, "{name} of {fields}");
    }
    assert_eq!(state(&scene.submit(&[])), "known");
    // Another build, on another machine.
    scene.desk.forget_journal();
    assert_eq!(state(&scene.submit(&["--key", "next"])), "done");
    assert_eq!((new_cases(&scene), scene.sandbox.run_count()), (2, 2));
}

#[test]
fn a_field_that_is_not_written_as_one_is_refused_before_anything() {
    let scene = scene(shop());
    let answer = scene.submit(&["--set", "azure.new_cases.fields=Custom.Team"]);
    assert!(
        answer.stderr.contains("expected `Reference.Name=value`"),
        "{answer:?}"
    );
    assert_eq!((new_cases(&scene), scene.sandbox.run_count()), (0, 0));
}

#[test]
fn without_the_setting_nothing_is_created() {
    let scene = Scene::of(shop(), "");
    scene.desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("pays", None, "")]),
    );
    scene.done(&[]);
    assert_eq!(new_cases(&scene), 0);
}

#[test]
fn many_submissions_of_one_process_share_the_cases_that_they_make() {
    let scene = scene(shop());
    for night in 0..4 {
        let tests = [
            ("pays", None, ""),
            ("ships", None, if night % 2 == 0 { "" } else { FAILURE }),
        ];
        let text = report(&tests).replace("10:00:00", &format!("10:0{night}:00"));
        scene.desk.write(&format!("nights/{night}.xml"), text);
    }
    let answer = scene
        .desk
        .run(&["submit", "--json", "--each", "--jobs", "4", "nights"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!((new_cases(&scene), scene.sandbox.run_count()), (2, 4));
}

#[test]
fn a_case_that_was_made_and_not_added_to_its_suite_is_added_by_the_next_call() {
    let scene = scene(shop());
    let refused = Rule::new(Fault::status(When::BeforeCommit, 400))
        .method("POST")
        .path("*/TestCase");
    scene.sandbox.faults().add(refused);
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(8), "{answer:?}");
    assert_eq!((new_cases(&scene), scene.sandbox.run_count()), (2, 0));
    scene.desk.forget_journal();
    assert_eq!(state(&scene.submit(&[])), "done");
    assert_eq!(cases(&scene), expected());
}

#[test]
fn a_field_that_the_process_wants_and_is_not_given_is_told_before_a_result_is_written() {
    let scene = scene(shop());
    let refused = Rule::new(Fault::status(When::BeforeCommit, 400))
        .method("POST")
        .path("*/workitems/*")
        .always();
    scene.sandbox.faults().add(refused);
    let answer = scene.submit(&[]);
    assert_ne!(answer.code, Some(0), "{answer:?}");
    assert_eq!((new_cases(&scene), scene.sandbox.run_count()), (0, 0));
}

#[test]
fn a_case_that_is_made_in_several_configurations_is_refused_by_name_where_none_is_chosen() {
    let scene = scene(shop());
    scene.done(&[]);
    scene.sandbox.change(|azure| {
        let world = azure.world();
        let (suite, case) = (102, 1005);
        world.point(suite, case, 2);
    });
    let answer = scene.submit(&["--key", "next"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stderr.contains("2 test points"), "{}", answer.stderr);
}

#[test]
fn names_that_are_too_long_for_a_work_item_are_cut_and_the_test_keeps_its_case() {
    let scene = scene(shop());
    let (one, other) = ("a".repeat(700), format!("{}b", "a".repeat(699)));
    let text = report(&[(&one, None, ""), (&other, None, ""), ("pays", None, "")]);
    scene.desk.write("r.xml", text);
    scene.done(&[]);
    assert_eq!(new_cases(&scene), 3);
    scene.desk.forget_journal();
    assert_eq!(state(&scene.submit(&["--key", "next"])), "done");
    assert_eq!(new_cases(&scene), 3);
    scene
        .desk
        .write("long.xml", report(&[(&one, Some(1001), "")]));
    let apply = ["map", "list", "long.xml", "--associate", "--apply"];
    for state in ["done", "known"] {
        let answer = scene.desk.run(&apply);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(answer.stdout.starts_with(state), "{}", answer.stdout);
    }
}

#[test]
fn a_new_case_gets_its_point_in_the_configuration_that_is_named() {
    let scene = scene(shop());
    let tests = [("pays", None, ""), ("ships", None, FAILURE)];
    scene.desk.write("r.xml", report(&tests));
    for _ in 0..2 {
        let answer = scene.submit(&["--configuration", "Linux + Firefox"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    assert_eq!(cases(&scene), expected());
    let points = scene.sandbox.points().into_values();
    let new = points.filter(|point| point.case > 1004);
    assert!(
        new.into_iter()
            .all(|point| point.configuration == "Linux + Firefox")
    );
}
