//! What is stale, elsewhere or mistyped on Azure, and what it costs to find out.

#![expect(
    clippy::indexing_slicing,
    reason = "a test says what is missing by panicking"
)]

use handin_sandbox::azure::{Flavour, World};
use serde_json::Value;

use crate::azure::{Scene, outcomes};
use crate::submit::{report, shop};

/// A plan with a suite `API` beside `Web`, another plan, and a case in each.
fn elsewhere() -> (World, [u32; 3]) {
    let mut world = shop();
    let api = world.suite(world.root(100), "API");
    let inside = world.case("Shop", "In the API suite");
    world.point(api, inside, 1);
    let other = world.plan("Shop", "Smoke");
    let abroad = world.case("Shop", "In the other plan");
    world.point(world.root(other), abroad, 1);
    let nowhere = world.case("Shop", "In no plan");
    let ids = [inside, abroad, nowhere].map(|id| u32::try_from(id).unwrap());
    (world, ids)
}

fn problems(answer: &Value) -> String {
    answer["submissions"][0]["problems"].to_string()
}

#[test]
fn a_case_that_is_elsewhere_is_said_to_be_there() {
    let (world, [inside, abroad, nowhere]) = elsewhere();
    let scene = Scene::of(world, "");
    let tests = [
        ("inside", Some(inside), ""),
        ("abroad", Some(abroad), ""),
        ("nowhere", Some(nowhere), ""),
    ];
    scene.desk.write("r.xml", report(&tests));
    let answer = scene.submit(&["--suite", "Web"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    let told = problems(&answer.json());
    let sentences = [
        format!("case {inside} is in this plan, in suite `API`, outside `Web`"),
        format!("case {abroad} has no test point in the suite `Web` of this plan; it is in plan"),
        "`Smoke` (suite `Smoke`)".to_owned(),
        format!("case {nowhere} exists and has no test point in the suite `Web` of this plan"),
    ];
    for sentence in sentences {
        assert!(told.contains(&sentence), "{sentence} in {told}");
    }
    assert!(
        answer.stderr.contains("--on-missing-point warn"),
        "{}",
        answer.stderr
    );
    assert_eq!(scene.sandbox.run_count(), 0);
}

#[test]
fn older_servers_say_where_a_case_is_too_and_a_suite_that_a_test_names_is_not_that_of_the_settings()
{
    for flavour in [Flavour::Cloud, Flavour::Server2020, Flavour::Server2019] {
        let (mut world, [inside, ..]) = elsewhere();
        world.settings.flavour(flavour);
        let scene = Scene::of(world, "");
        scene
            .desk
            .write("r.xml", report(&[("inside", Some(inside), "")]));
        let told = problems(&scene.submit(&["--suite", "Web"]).json());
        let sentence = format!("case {inside} is in this plan, in suite `API`, outside `Web`");
        assert!(told.contains(&sentence), "{flavour:?}: {told}");
        let rule =
            "suite = \"API\"\n[[azure.suites]]\nwhen = { suite = \"login\" }\nuse = \"Web\"\n";
        let settings = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";
        scene.desk.write("handin.toml", format!("{settings}{rule}"));
        let told = problems(&scene.submit(&[]).json());
        let sentence = "in suite `API`, outside the suite that the test names";
        assert!(told.contains(sentence), "{flavour:?}: {told}");
        assert_eq!(scene.sandbox.run_count(), 0);
    }
}

#[test]
fn what_is_missing_stops_nothing_else_where_the_policy_says_so() {
    let (world, [inside, ..]) = elsewhere();
    let tests = [
        ("valid", Some(1001), ""),
        ("inside", Some(inside), ""),
        ("gone", Some(99_999), ""),
    ];
    for reaction in ["warn", "ignore"] {
        let scene = Scene::of(world.clone(), "");
        scene.desk.write("r.xml", report(&tests));
        let one = ["--suite", "Web", "--on-missing-case", reaction];
        let answer = scene.submit(&one);
        assert_eq!(answer.code, Some(5), "one policy is not enough: {answer:?}");
        assert!(!answer.stderr.contains("99999"), "{}", answer.stderr);
        let both = [&one[..], &["--on-missing-point", reaction]].concat();
        let answer = scene.submit(&both);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(scene.outcomes(), outcomes(&[(1001, "Passed")]));
        let is_told = answer.stderr.contains("outside `Web`");
        assert_eq!(is_told, reaction == "warn", "{}", answer.stderr);
        let told = answer.json();
        assert!(problems(&told).contains("99999"), "{told}");
        let warnings = told["submissions"][0]["warnings"].to_string();
        assert!(
            warnings.contains("2 tests cannot be submitted"),
            "{warnings}"
        );
    }
}

#[test]
fn where_nothing_is_left_no_run_is_made() {
    let scene = Scene::of(shop(), "");
    scene
        .desk
        .write("r.xml", report(&[("gone", Some(99_999), "")]));
    let answer = scene.submit(&["--on-missing-case", "ignore"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(
        answer.stderr.contains("none of the tests"),
        "{}",
        answer.stderr
    );
    assert_eq!(scene.sandbox.run_count(), 0);
}

#[test]
fn verify_tells_what_is_missing_unless_it_is_ignored() {
    let scene = Scene::of(shop(), "");
    let tests = [("valid", Some(1001), ""), ("gone", Some(99_999), "")];
    scene.desk.write("r.xml", report(&tests));
    for (reaction, code) in [("fail", 5), ("warn", 5), ("ignore", 0)] {
        let answer = scene
            .desk
            .run(&["verify", "r.xml", "--on-missing-case", reaction]);
        assert_eq!(answer.code, Some(code), "{answer:?}");
        assert!(answer.stdout.contains("99999"), "{}", answer.stdout);
    }
}

#[test]
fn verify_takes_the_flags_that_say_where_results_go() {
    let (world, [inside, abroad, _]) = elsewhere();
    let scene = Scene::of(world, "");
    let verify = |case: u32, arguments: &[&str]| {
        scene
            .desk
            .write("r.xml", report(&[("one", Some(case), "")]));
        scene
            .desk
            .run(&[&["verify", "r.xml"], arguments].concat())
            .code
    };
    assert_eq!(verify(inside, &["--suite", "Web"]), Some(5));
    assert_eq!(verify(inside, &["--suite", "API"]), Some(0));
    assert_eq!(verify(abroad, &[]), Some(5));
    assert_eq!(verify(abroad, &["--plan", "Smoke"]), Some(0));
    assert_eq!(verify(1004, &[]), Some(5));
    assert_eq!(verify(1004, &["--points", "all"]), Some(0));
    assert_eq!(
        verify(1004, &["--configuration", "Linux + Firefox"]),
        Some(0)
    );
    assert_ne!(verify(1001, &["--project", "Nowhere"]), Some(0));
}

#[test]
fn settings_and_reports_are_checked_without_asking_anybody() {
    let scene = Scene::of(shop(), "");
    scene
        .desk
        .write("ok.xml", report(&[("valid", Some(1001), "")]));
    scene.desk.write(
        "new.xml",
        report(&[("valid", Some(1001), ""), ("new", None, "")]),
    );
    let mut desk = scene.desk;
    desk.set("HANDIN_AZURE_TOKEN", "");
    let verify = |report: &str| {
        desk.run(&[
            "verify",
            "--offline",
            "--service",
            "azure",
            "--json",
            report,
        ])
    };
    assert_eq!(verify("ok.xml").code, Some(0));
    let answer = verify("new.xml");
    assert_eq!(answer.code, Some(5), "{answer:?}");
    let problems = answer.json()["services"][0]["problems"].clone();
    assert_eq!(problems[0]["kind"], "unmapped", "{problems}");
    assert!(scene.sandbox.requests().is_empty());
}

#[test]
fn a_mistyped_id_is_named_with_its_value() {
    let scene = Scene::of(shop(), "");
    let text = report(&[("valid", Some(1001), ""), ("typo", Some(7), "")]);
    scene
        .desk
        .write("r.xml", text.replace("value=\"7\"", "value=\"abc\""));
    let answer = scene.submit(&["--on-unmapped", "fail"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    let sentence = "`abc` in property `TestCaseId` is not a test case of Azure";
    assert!(answer.stderr.contains(sentence), "{}", answer.stderr);
    let answer = scene.desk.run(&["verify", "r.xml"]);
    assert!(answer.stdout.contains(sentence), "{}", answer.stdout);
}

#[test]
fn plans_and_suites_may_be_called_by_a_number_and_an_old_plan_of_the_same_name_does_not_count() {
    let mut world = shop();
    let old = world.plan("Shop", "2024");
    world.point(world.root(old), 1001, 1);
    world.close_plan(old);
    let plan = world.plan("Shop", "2024");
    let suite = world.suite(world.root(plan), "7");
    let wanted = world.point(suite, 1001, 1);
    let scene = Scene::of(world, "");
    scene
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    scene.done(&["--plan", "2024", "--suite", "7"]);
    let points: Vec<i64> = scene.sandbox.outcomes().into_keys().collect();
    assert_eq!(points, [wanted]);
}

#[test]
fn a_number_that_no_id_has_is_a_name() {
    for (plan, suite) in [
        ("20260101000000", "99999999999"),
        ("007", "0"),
        ("+7", "08"),
    ] {
        let mut world = shop();
        let id = world.plan("Shop", plan);
        let there = world.suite(world.root(id), suite);
        let wanted = world.point(there, 1001, 1);
        let scene = Scene::of(world, "");
        scene
            .desk
            .write("r.xml", report(&[("valid", Some(1001), "")]));
        scene.done(&["--plan", plan, "--suite", suite]);
        let points: Vec<i64> = scene.sandbox.outcomes().into_keys().collect();
        assert_eq!(points, [wanted], "{plan}/{suite}");
        let answer = scene.submit(&["--plan", "30260101000000"]);
        assert_eq!(answer.code, Some(5), "{answer:?}");
        let sentence = "there is no test plan 30260101000000 in the project `Shop`";
        assert!(answer.stderr.contains(sentence), "{}", answer.stderr);
    }
}

#[test]
fn of_suites_of_one_name_the_one_at_the_top_is_named_by_its_path_too() {
    let mut world = shop();
    let plan = world.plan("Shop", "Twice");
    let top = world.suite(world.root(plan), "Smoke");
    let api = world.suite(world.root(plan), "API");
    let below = world.suite(api, "Smoke");
    let wanted = [world.point(top, 1001, 1), world.point(below, 1001, 1)];
    let scene = Scene::of(world, "");
    scene
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    let answer = scene.submit(&["--plan", "Twice", "--suite", "Smoke"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    let sentence = "`/Smoke`), ";
    assert!(answer.stderr.contains(sentence), "{}", answer.stderr);
    let sentence = "by its path from the top of the plan, as `/API/Smoke`";
    assert!(answer.stderr.contains(sentence), "{}", answer.stderr);
    scene.done(&["--plan", "Twice", "--suite", "/Smoke"]);
    scene.done(&["--plan", "Twice", "--suite", "API/Smoke"]);
    let points: Vec<i64> = scene.sandbox.outcomes().into_keys().collect();
    assert_eq!(points, wanted);
}

#[test]
fn one_result_costs_few_requests_in_a_plan_of_any_size() {
    let mut world = shop();
    world.settings.pages.points = 20;
    world.add_cases(100, 2000);
    let scene = Scene::of(world, "");
    scene
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    scene.done(&[]);
    let requests = scene.sandbox.requests().len();
    assert!(requests <= 11, "{requests} requests");
    assert_eq!(scene.outcomes(), outcomes(&[(1001, "Passed")]));
}

#[test]
fn a_list_of_reports_that_is_there_already_costs_a_fraction_of_what_it_did() {
    let scene = Scene::of(shop(), "");
    for night in 0..40 {
        let text = report(&[("valid", Some(1001), ""), ("wrong", Some(1002), "")]);
        let text = text.replace("10:00:00", &format!("10:{night:02}:00"));
        scene.desk.write(&format!("nights/{night}.xml"), text);
    }
    let count = || {
        scene.sandbox.forget_requests();
        let answer = scene.desk.run(&["submit", "--json", "--each", "nights"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        scene.sandbox.requests().len()
    };
    let (first, second) = (count(), count());
    assert!(second * 100 <= 6 * first, "{second} of {first} requests");
}

#[test]
fn points_are_asked_for_case_by_case_where_the_pages_would_cost_more() {
    let mut world = shop();
    world.settings.pages.points = 5;
    let cases = world.add_cases(100, 1000);
    let scene = Scene::of(world, "");
    let some: Vec<(String, u32)> = cases
        .iter()
        .step_by(100)
        .map(|case| (format!("t{case}"), u32::try_from(*case).unwrap()))
        .collect();
    let tests: Vec<(&str, Option<u32>, &str)> = some
        .iter()
        .map(|(name, case)| (name.as_str(), Some(*case), ""))
        .collect();
    scene.desk.write("r.xml", report(&tests));
    scene.done(&[]);
    let requests = scene.sandbox.requests();
    let points = requests
        .iter()
        .filter(|it| it.path.contains("TestPoint"))
        .count();
    assert_eq!(points, 20, "10 pages, then 10 cases");
    assert_eq!(scene.outcomes().len(), 10);
}

#[test]
fn a_configuration_comes_from_anything_that_a_report_says_and_the_hint_names_what_would_decide() {
    let text = "<testsuites name=\"nightly\"><testsuite name=\"firefox\" hostname=\"linux-3\" timestamp=\"2026-11-20T10:00:00Z\">\
         <testcase classname=\"c\" name=\"both\"><properties><property name=\"TestCaseId\" value=\"1004\"/></properties></testcase></testsuite></testsuites>";
    let bare = Scene::of(shop(), "");
    bare.desk.write("r.xml", text);
    let answer = bare.submit(&[]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    for part in [
        "[[azure.configurations]]",
        "hostname = `linux-3`",
        "suite = `firefox`",
        "`when = { suite = \"firefox\" }` with `use = \"Linux + Firefox\"`",
    ] {
        assert!(answer.stderr.contains(part), "{part} in {}", answer.stderr);
    }
    for when in [
        "hostname = \"linux*\"",
        "suite = \"fire*\"",
        "report = \"night*\", class = \"c\"",
    ] {
        let rule =
            format!("[[azure.configurations]]\nwhen = {{ {when} }}\nuse = \"Linux + Firefox\"\n");
        let scene = Scene::of(shop(), &rule);
        scene.desk.write("r.xml", text);
        scene.done(&[]);
        let points = scene.sandbox.points();
        let chosen = points
            .values()
            .find(|point| point.outcome.is_some())
            .unwrap();
        assert_eq!(chosen.configuration, "Linux + Firefox", "{when}");
    }
}

#[test]
fn one_automated_name_on_two_cases_maps_to_neither_and_says_so() {
    let mut world = shop();
    for title in ["First", "Second"] {
        let case = world.automated_case("Shop", title, "shop.LoginTest.twice");
        world.point(world.root(100), case, 1);
    }
    let only = world.automated_case("Shop", "Third", "shop.LoginTest.once");
    world.point(world.root(100), only, 1);
    let scene = Scene::of(world, "[azure.cases]\nautomated_name = true\n");
    scene
        .desk
        .write("r.xml", report(&[("once", None, ""), ("twice", None, "")]));
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(scene.outcomes(), outcomes(&[(only, "Passed")]));
    assert!(
        answer.stderr.contains("several cases are automated by it"),
        "{}",
        answer.stderr
    );
    let list = scene.desk.run(&["map", "list", "r.xml"]);
    assert!(
        list.stdout.contains(&format!("once  →  {only}")),
        "{list:?}"
    );
    assert!(
        list.stderr.contains("several cases are automated by it"),
        "{list:?}"
    );
}
