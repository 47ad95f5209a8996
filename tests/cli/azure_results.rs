//! What a result and a run tell on Azure.

use serde_json::json;

use crate::azure::{FAILURE, Scene, outcomes, warnings};
use crate::submit::{report, shop};

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
