//! What is Azure's own: places, versions, scopes, suites, configurations, cases.

#![expect(
    clippy::indexing_slicing,
    reason = "a test says what is missing by panicking"
)]

use std::time::Duration;

use handin_sandbox::azure::{AzureSandbox, Flavour, World};
use handin_sandbox::fault::{Fault, When};
use serde_json::{Value, json};

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

pub(crate) const FAILURE: &str =
    "<failure message=\"expected 403, was 200\">at LoginTest</failure>";

/// A stand-in and a place to run the program in.
pub(crate) struct Scene {
    pub(crate) sandbox: AzureSandbox,
    pub(crate) desk: Desk,
}

impl Scene {
    pub(crate) fn of(world: World, settings: &str) -> Self {
        let sandbox = AzureSandbox::start(world).unwrap();
        let mut desk = Desk::new();
        desk.set("HANDIN_AZURE_URL", sandbox.url())
            .set("HANDIN_AZURE_TOKEN", sandbox.token());
        desk.write(
            "handin.toml",
            format!(
                "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n{settings}"
            ),
        );
        desk.write(
            "r.xml",
            report(&[
                ("valid", Some(1001), ""),
                ("wrong", Some(1002), FAILURE),
                ("basket", Some(1003), ""),
            ]),
        );
        Self { sandbox, desk }
    }

    pub(crate) fn submit(&self, arguments: &[&str]) -> Answer {
        self.desk
            .run(&[&["submit", "--json", "r.xml"], arguments].concat())
    }

    pub(crate) fn done(&self, arguments: &[&str]) -> Value {
        let answer = self.submit(arguments);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        answer.json()["submissions"][0].clone()
    }

    /// Returns the only run, as the service keeps it.
    pub(crate) fn run(&self) -> Value {
        let state = self.sandbox.state();
        assert_eq!(state["runs"].as_array().map(Vec::len), Some(1), "{state}");
        state["runs"][0].clone()
    }

    /// Returns the results of the only run, as the service keeps them.
    pub(crate) fn results(&self) -> Vec<Value> {
        self.run()["results"].as_array().unwrap().clone()
    }

    pub(crate) fn outcomes(&self) -> Vec<(i64, String)> {
        let points = self.sandbox.points();
        points
            .into_values()
            .filter_map(|point| Some((point.case, point.outcome?)))
            .collect()
    }
}

pub(crate) fn outcomes(pairs: &[(i64, &str)]) -> Vec<(i64, String)> {
    let owned = |(case, outcome): &(i64, &str)| (*case, (*outcome).to_owned());
    pairs.iter().map(owned).collect()
}

pub(crate) fn warnings(submission: &Value) -> String {
    submission["warnings"].to_string()
}

#[test]
fn every_product_takes_the_same_submission_in_its_own_versions() {
    for flavour in [
        Flavour::Cloud,
        Flavour::Server2022,
        Flavour::Server2020,
        Flavour::Server2019,
    ] {
        let mut world = shop();
        world.settings.flavour(flavour);
        let scene = Scene::of(world, "attach_reports = true\n");
        scene.done(&[]);
        let expected = outcomes(&[(1001, "Passed"), (1002, "Failed"), (1003, "Passed")]);
        assert_eq!(scene.outcomes(), expected, "{flavour:?}");
        assert_eq!(scene.submit(&[]).json()["submissions"][0]["state"], "known");
    }
}

#[test]
fn a_pasted_page_of_a_project_says_where_it_is() {
    let mut scene = Scene::of(shop(), "");
    scene
        .desk
        .write("handin.toml", "[azure]\nplan = \"Regression\"\n");
    let page = format!("{}/Shop/_testPlans/define?planId=100", scene.sandbox.url());
    scene.desk.set("HANDIN_AZURE_URL", page);
    scene.done(&[]);
    assert_eq!(scene.outcomes().len(), 3);
}

#[test]
fn the_cloud_without_an_organisation_is_asked_for_nothing() {
    let scene = Scene::of(shop(), "");
    for command in [
        &["submit", "r.xml"][..],
        &["verify", "r.xml"],
        &["projects", "azure"],
        &["map", "suggest", "r.xml"],
    ] {
        let address = ["--url", "https://dev.azure.com/"];
        let answer = scene.desk.run(&[command, &address].concat());
        let said = format!("{}{}", answer.stdout, answer.stderr);
        assert_eq!(answer.code, Some(5), "{command:?}: {answer:?}");
        assert!(said.contains("names no organisation"), "{said}");
    }
}

#[test]
fn the_collection_of_a_server_keeps_its_prefix() {
    let mut scene = Scene::of(shop(), "");
    let root = scene.sandbox.url();
    let root = root.rsplit_once('/').unwrap().0.to_owned();
    scene
        .desk
        .set("HANDIN_AZURE_URL", format!("{root}/tfs/Main"));
    scene.done(&[]);
    let requests = scene.sandbox.requests();
    assert!(
        requests
            .iter()
            .all(|exchange| exchange.path.starts_with("/tfs/Main/Shop/_apis/")),
        "{requests:?}"
    );
}

#[test]
fn a_missing_scope_is_named() {
    let mut world = shop();
    world.settings.token("reader", &["vso.test", "vso.work"]);
    let mut scene = Scene::of(world, "");
    scene.desk.set("HANDIN_AZURE_TOKEN", "reader");
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(
        answer.stderr.contains("vso.test_write"),
        "{}",
        answer.stderr
    );
    assert_eq!(scene.sandbox.run_count(), 0);
}

#[test]
fn a_configuration_comes_from_the_flag_the_property_or_the_table() {
    let table =
        "[[azure.configurations]]\nwhen = { browser = \"fire*\" }\nuse = \"Linux + Firefox\"\n";
    let with = |properties: &str| {
        format!(
            "<testsuite name=\"w\" timestamp=\"2026-11-20T10:00:00Z\"><properties>{properties}</properties>\
             <testcase classname=\"c\" name=\"both\"><properties><property name=\"TestCaseId\" value=\"1004\"/></properties></testcase></testsuite>"
        )
    };
    let rows: [(&str, &str, &[&str], &str); 3] = [
        (
            "",
            "",
            &["--configuration", "Linux + Firefox"],
            "Linux + Firefox",
        ),
        (
            "",
            "<property name=\"configuration\" value=\"Windows + Chrome\"/>",
            &[],
            "Windows + Chrome",
        ),
        (
            table,
            "<property name=\"browser\" value=\"Firefox 130\"/>",
            &[],
            "Linux + Firefox",
        ),
    ];
    for (settings, properties, arguments, expected) in rows {
        let scene = Scene::of(shop(), settings);
        scene.desk.write("r.xml", with(properties));
        scene.done(arguments);
        let points = scene.sandbox.points();
        let chosen: Vec<&str> = points
            .values()
            .filter(|point| point.outcome.is_some())
            .map(|point| point.configuration.as_str())
            .collect();
        assert_eq!(chosen, [expected]);
    }
}

#[test]
fn a_suite_is_found_by_its_path_and_bounds_the_points() {
    let mut world = shop();
    let plan = world.plan("Shop", "Nightly");
    let (web, app) = (
        world.suite(world.root(plan), "Web"),
        world.suite(world.root(plan), "App"),
    );
    let (below_web, below_app) = (world.suite(web, "Login"), world.suite(app, "Login"));
    world.point(below_web, 1001, 1);
    let wanted = world.point(below_app, 1001, 1);
    let scene = Scene::of(world, "");
    scene
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    let vague = scene.submit(&["--plan", "Nightly", "--suite", "Login"]);
    assert_eq!(vague.code, Some(5), "{vague:?}");
    assert!(vague.stderr.contains("App/Login"), "{}", vague.stderr);
    scene.done(&["--plan", "Nightly", "--suite", "App"]);
    assert_eq!(
        scene.sandbox.outcomes().into_keys().collect::<Vec<_>>(),
        [wanted]
    );
}

#[test]
fn a_server_that_wants_manual_runs_gets_one_unless_told_otherwise() {
    let mut world = shop();
    world.settings.refuses_manual_cases = true;
    let scene = Scene::of(world.clone(), "");
    let submission = scene.done(&[]);
    assert!(warnings(&submission).contains("manual"), "{submission}");
    assert_eq!(scene.run()["isAutomated"], json!(false));
    let scene = Scene::of(world, "run_type = \"automated\"\n");
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert_eq!(scene.sandbox.run_count(), 0);
}

#[test]
fn what_is_wrong_with_cases_and_plans_is_told_apart() {
    let mut world = shop();
    world.project_of_process("Lager", "Testfall");
    let bug = world.work_item("Shop", "Bug", "Order is shown twice");
    let outside = world.case("Shop", "Not in the plan");
    let abroad = world.case("Lager", "Ware wird gebucht");
    let closed = world.plan("Shop", "Old");
    world.point(world.root(closed), 1001, 1);
    world.close_plan(closed);
    let scene = Scene::of(world, "");
    let id = |id: i64| u32::try_from(id).ok();
    scene.desk.write(
        "r.xml",
        report(&[
            ("bug", id(bug), ""),
            ("outside", id(outside), ""),
            ("abroad", id(abroad), ""),
            ("gone", Some(99_999), ""),
        ]),
    );
    let answer = scene.submit(&["--dry-run"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    let problems = answer.json()["submissions"][0]["problems"].clone();
    let kinds: std::collections::BTreeMap<String, String> = problems
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| (problem["test"].to_string(), problem["kind"].to_string()))
        .collect();
    let kind = |test: &str| kinds[&format!("\"shop.LoginTest › {test}\"")].as_str();
    assert_eq!(kind("bug"), "\"not_a_test_case\"");
    assert_eq!(kind("outside"), "\"not_in_plan\"");
    assert_eq!(kind("gone"), "\"missing_case\"");
    assert_eq!(kinds["null"], "\"not_checked\"");
    scene
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    let answer = scene.submit(&["--plan", "Old"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stderr.contains("not active"), "{}", answer.stderr);
}

#[test]
fn the_type_of_a_test_case_may_have_a_translated_name() {
    let mut world = World::new("acme");
    world.project_of_process("Shop", "Testfall");
    let configuration = world.configuration("Shop", "Standard", &[]);
    let plan = world.plan("Shop", "Regression");
    world.next_item(1001);
    let (inside, outside) = (world.case("Shop", "In"), world.case("Shop", "Out"));
    world.point(world.root(plan), inside, configuration);
    let scene = Scene::of(world, "");
    let id = |id: i64| u32::try_from(id).ok();
    scene.desk.write(
        "r.xml",
        report(&[("in", id(inside), ""), ("out", id(outside), "")]),
    );
    let answer = scene.submit(&["--dry-run"]);
    let problems = answer.json()["submissions"][0]["problems"].clone();
    assert_eq!(problems[0]["kind"], "not_in_plan", "{problems}");
}

#[test]
fn cases_are_associated_with_their_tests_only_when_told_to() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
    );
    desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("wrong", Some(1002), "")]),
    );
    let writes = || {
        sandbox
            .requests()
            .iter()
            .filter(|exchange| exchange.write.is_some())
            .count()
    };
    let dry = desk.run(&["map", "list", "--associate", "--json", "r.xml"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert_eq!(dry.json()["associations"][0]["state"], "planned");
    assert_eq!(writes(), 0);
    let done = desk.run(&["map", "list", "--associate", "--apply", "--json", "r.xml"]);
    assert_eq!(done.json()["associations"][1]["state"], "done", "{done:?}");
    assert_eq!(writes(), 2);
    let again = desk.run(&["map", "list", "--associate", "--apply", "--json", "r.xml"]);
    assert_eq!(
        again.json()["associations"][0]["state"],
        "known",
        "{again:?}"
    );
    assert_eq!(writes(), 2);
}

#[test]
fn what_was_associated_before_all_ended_is_told() {
    let stalled = Fault::Stall(When::AfterCommit, Duration::from_secs(30));
    let ended = Fault::status(When::BeforeCommit, 403);
    for (fault, code, state) in [(ended, 8, "refused"), (stalled, 7, "uncertain")] {
        let scene = Scene::of(shop(), "");
        scene.desk.write(
            "r.xml",
            report(&[("valid", Some(1001), ""), ("wrong", Some(1002), "")]),
        );
        scene.sandbox.faults().at_write(2, fault);
        let mut call = vec!["map", "list", "--associate", "--apply", "--json", "r.xml"];
        call.extend(["--timeout", "3s"]);
        let answer = scene.desk.run(&call);
        assert_eq!(answer.code, Some(code), "{answer:?}");
        let states = answer.json()["associations"].clone();
        assert_eq!(states[0]["state"], "done", "{states}");
        assert_eq!(states[1]["state"], state, "{states}");
    }
}

#[test]
fn a_configuration_comes_from_a_property_behind_the_tests_too() {
    let scene = Scene::of(
        shop(),
        "[[azure.configurations]]\nwhen = { browser = \"fire*\" }\nuse = \"Linux + Firefox\"\n",
    );
    scene.desk.write(
        "r.xml",
        "<testsuite name=\"w\" timestamp=\"2026-11-20T10:00:00Z\"><testcase classname=\"c\" name=\"both\">\
         <properties><property name=\"TestCaseId\" value=\"1004\"/></properties></testcase>\
         <properties><property name=\"browser\" value=\"Firefox 130\"/></properties></testsuite>",
    );
    scene.done(&["--run-name", "on {browser}"]);
    assert_eq!(scene.run()["name"], "on Firefox 130");
    let points = scene.sandbox.points();
    let chosen: Vec<&str> = points
        .values()
        .filter(|point| point.outcome.is_some())
        .map(|point| point.configuration.as_str())
        .collect();
    assert_eq!(chosen, ["Linux + Firefox"]);
    // The second reading has not handed anything in twice.
    assert_eq!(scene.results().len(), 1);
}
