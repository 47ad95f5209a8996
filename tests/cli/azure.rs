//! What is Azure's own: places, versions, scopes, points, runs, results, files, shards.

#![expect(
    clippy::indexing_slicing,
    reason = "a test says what is missing by panicking"
)]

use handin_sandbox::azure::{AzureSandbox, Flavour, World};
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
fn the_comment_names_all_tests_of_a_case_the_worst_first() {
    let scene = Scene::of(shop(), "");
    scene.desk.write(
        "r.xml",
        report(&[("a", Some(1001), ""), ("b", Some(1001), FAILURE)]),
    );
    scene.done(&[]);
    let result = &scene.results()[0];
    assert_eq!(result["outcome"], "Failed");
    assert_eq!(
        result["comment"],
        "The worst outcome of 2 tests\nshop.LoginTest › b: failed\nshop.LoginTest › a: passed"
    );
    assert_eq!(result["resultGroupType"], "dataDriven");
    let rows: Vec<&str> = result["subResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(rows, ["Passed", "Failed"]);
}

#[test]
fn reruns_are_attempts_of_one_result() {
    let scene = Scene::of(shop(), "");
    scene.desk.write(
        "r.xml",
        report(&[("flaky", Some(1001), "<flakyFailure message=\"no\"/>")]),
    );
    scene.done(&[]);
    let result = &scene.results()[0];
    assert_eq!(
        (&result["outcome"], &result["resultGroupType"]),
        (&json!("Passed"), &json!("rerun"))
    );
    assert_eq!(result["comment"], "2 attempts: 1 failed, 2 passed");
    assert_eq!(result["subResults"][0]["displayName"], "Attempt# 0 - flaky");
}

#[test]
fn an_outcome_that_azure_does_not_have_is_refused_at_once() {
    let scene = Scene::of(shop(), "[azure.outcomes]\nfailed = \"Skipped\"\n");
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("NotExecuted"), "{}", answer.stderr);
    assert!(scene.sandbox.requests().is_empty());
}

#[test]
fn skipped_tests_are_left_out_unless_they_are_asked_for() {
    let skipped = report(&[
        ("valid", Some(1001), ""),
        ("wrong", Some(1002), "<skipped/>"),
    ]);
    let scene = Scene::of(shop(), "");
    scene.desk.write("r.xml", &skipped);
    scene.done(&[]);
    assert_eq!(scene.outcomes(), outcomes(&[(1001, "Passed")]));
    let scene = Scene::of(shop(), "skipped = \"send\"\n");
    scene.desk.write("r.xml", &skipped);
    scene.done(&[]);
    assert_eq!(
        scene.outcomes(),
        outcomes(&[(1001, "Passed"), (1002, "NotExecuted")])
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
fn a_run_tells_its_times_its_tags_and_no_owner() {
    let scene = Scene::of(
        shop(),
        "tags = [\"nightly\", \"web-ui\"]\ncomment = \"after the deployment\"\n",
    );
    let submission = scene.done(&[]);
    assert!(warnings(&submission).contains("`webui`"), "{submission}");
    let run = scene.run();
    assert_eq!(run["startedDate"], "2026-11-20T10:00:00.000Z");
    assert_eq!(run["completedDate"], "2026-11-20T10:00:01.500Z");
    let tags: Vec<&str> = run["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    assert_eq!(tags.get(..2), Some(&["nightly", "webui"][..]));
    let comment = run["comment"].as_str().unwrap();
    assert!(
        comment.starts_with("after the deployment\nhandin-"),
        "{comment}"
    );
    let sent = scene.sandbox.requests();
    assert!(sent.iter().all(|exchange| exchange.status == Some(200)));
    assert!(
        run.get("owner")
            .is_none_or(|owner| owner["displayName"] != "shop")
    );
}

#[test]
fn texts_are_cut_to_what_azure_takes_and_say_so() {
    let scene = Scene::of(shop(), "");
    let long = format!(
        "<failure message=\"{}\">{}</failure>",
        "m".repeat(9000),
        "s".repeat(9000)
    );
    scene
        .desk
        .write("r.xml", report(&[("long", Some(1001), &long)]));
    scene.done(&[]);
    let result = &scene.results()[0];
    for (field, limit) in [("errorMessage", 4000), ("stackTrace", 1000)] {
        let text = result[field].as_str().unwrap();
        assert!(text.chars().count() <= limit, "{field}");
        assert!(text.ends_with("characters in all]"), "{field}: {text}");
    }
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
fn shards_fill_one_run_and_the_last_of_them_completes_it() {
    for order in [["1/2", "2/2"], ["2/2", "1/2"]] {
        let scene = Scene::of(shop(), "");
        scene.desk.write(
            "s1.xml",
            report(&[("valid", Some(1001), ""), ("row 1", Some(1003), "")]),
        );
        scene.desk.write(
            "s2.xml",
            report(&[
                ("wrong", Some(1002), FAILURE),
                ("row 2", Some(1003), FAILURE),
            ]),
        );
        for (turn, shard) in order.into_iter().enumerate() {
            // Each shard runs on a machine of its own.
            scene.desk.forget_journal();
            let file = if shard == "1/2" { "s1.xml" } else { "s2.xml" };
            let call = ["submit", "--json", file, "--key", "b1", "--shard", shard];
            let answer = scene.desk.run(&call);
            assert_eq!(answer.code, Some(0), "{answer:?}");
            let state = if turn == 0 { "InProgress" } else { "Completed" };
            assert_eq!(scene.run()["state"], state);
            let again = scene.desk.run(&call);
            assert_eq!(
                again.json()["submissions"][0]["state"],
                "known",
                "{again:?}"
            );
        }
        let expected = outcomes(&[(1001, "Passed"), (1002, "Failed"), (1003, "Failed")]);
        assert_eq!(scene.outcomes(), expected);
        let points = scene.sandbox.points();
        assert!(
            points
                .values()
                .all(|point| point.outcomes.len() <= 1 && point.pending == 0)
        );
    }
}

#[test]
fn shards_that_run_at_the_same_time_share_one_run() {
    let mut world = shop();
    let plan = 100;
    let cases = world.add_cases(plan, 40);
    let scene = Scene::of(world, "");
    let shards = 8_usize;
    for shard in 1..=shards {
        let tests: Vec<(String, Option<u32>)> = cases
            .iter()
            .skip(shard - 1)
            .step_by(shards)
            .map(|case| (format!("case {case}"), u32::try_from(*case).ok()))
            .collect();
        let tests: Vec<(&str, Option<u32>, &str)> = tests
            .iter()
            .map(|(name, case)| (name.as_str(), *case, ""))
            .collect();
        scene.desk.write(&format!("s{shard}.xml"), report(&tests));
    }
    let calls: Vec<[String; 7]> = (1..=shards)
        .map(|shard| {
            [
                "submit".to_owned(),
                format!("s{shard}.xml"),
                "--key=b".to_owned(),
                "--shard".to_owned(),
                format!("{shard}/{shards}"),
                "--journal".to_owned(),
                format!("j{shard}.jsonl"),
            ]
        })
        .collect();
    let children: Vec<_> = calls
        .iter()
        .map(|call| {
            let call: Vec<&str> = call.iter().map(String::as_str).collect();
            scene.desk.start(&call)
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(scene.run()["state"], "Completed");
    let points = scene.sandbox.points();
    let many = points.values().filter(|point| cases.contains(&point.case));
    assert!(
        many.clone().all(|point| point.outcomes == ["Passed"]),
        "{points:?}"
    );
    assert_eq!(many.count(), 40);
}

#[test]
fn a_run_is_opened_filled_and_closed_by_different_calls() {
    let scene = Scene::of(shop(), "");
    scene
        .desk
        .write("s.xml", report(&[("valid", Some(1001), "")]));
    let call = |arguments: &[&str]| {
        let answer = scene
            .desk
            .run(&[&["submit", "--json", "--key", "b"], arguments].concat());
        (answer.code, answer)
    };
    let (code, answer) = call(&["--close"]);
    assert_eq!(code, Some(5), "{answer:?}");
    assert_eq!(scene.sandbox.run_count(), 0);
    assert_eq!(call(&["--open", "s.xml"]).0, Some(0));
    assert_eq!(scene.run()["state"], "InProgress");
    assert_eq!(call(&["--open", "r.xml"]).0, Some(0));
    assert_eq!(call(&["--close"]).0, Some(0));
    assert_eq!(scene.run()["state"], "Completed");
    scene
        .desk
        .write("late.xml", report(&[("both", Some(1004), "")]));
    let (code, answer) = call(&["--open", "late.xml", "--points", "all"]);
    assert_eq!(code, Some(8), "{answer:?}");
    assert!(
        answer.stderr.contains("was completed before"),
        "{}",
        answer.stderr
    );
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
