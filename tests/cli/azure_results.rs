//! What a result and a run tell on Azure.

use handin_sandbox::fault::{Fault, Rule, When};
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
        comment.starts_with("handin2-") && comment.ends_with("\nafter the deployment"),
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
    let (message, stack) = ("m".repeat(40_000), "s".repeat(40_000));
    let long = format!("<failure message=\"first{message}last!\">first{stack}last!</failure>");
    scene
        .desk
        .write("r.xml", report(&[("long", Some(1001), &long)]));
    scene.done(&[]);
    let result = &scene.results()[0];
    for (field, limit) in [("errorMessage", 4000), ("stackTrace", 32_000)] {
        let text = result[field].as_str().unwrap();
        assert!(text.chars().count() <= limit, "{field}");
        assert!(text.contains("[40010 characters in all"), "{field}: {text}");
        assert!(
            text.starts_with("first") && text.ends_with("last!"),
            "{field}: {text}"
        );
    }
    let files = result["attachments"].as_array().unwrap();
    let mut names: Vec<&str> = files
        .iter()
        .map(|file| file["file_name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Message.txt", "Stack trace.txt"]);
    assert!(files.iter().all(|file| file["size"] == 40_010), "{files:?}");
}

#[test]
fn a_name_that_is_too_long_for_the_service_fails_nothing() {
    let scene = Scene::of(shop(), &format!("run_name = \"{}\"", "r".repeat(400)));
    let long = "n".repeat(5000);
    let step = format!("<flakyFailure message=\"{long}\"/>");
    scene.desk.write(
        "r.xml",
        report(&[(&long, Some(1001), &step), ("valid", Some(1002), "")]),
    );
    scene.done(&[]);
    assert_eq!(
        scene.outcomes(),
        outcomes(&[(1001, "Passed"), (1002, "Passed")])
    );
    let name = scene.results()[0]["automatedTestName"].clone();
    let length = name.as_str().unwrap().chars().count();
    assert!((1..=512).contains(&length), "{name}");
}

#[test]
fn a_dry_run_says_about_how_many_requests_it_takes() {
    let scene = Scene::of(shop(), "");
    let answer = scene.submit(&["--dry-run"]);
    let foretold = answer.json()["submissions"][0]["planned"]["requests"]
        .as_u64()
        .unwrap();
    let before = scene.sandbox.requests().len() as u64;
    scene.done(&[]);
    let taken = scene.sandbox.requests().len() as u64 - before;
    assert!(taken.abs_diff(foretold) <= 4, "{foretold}, {taken}");
}

#[test]
fn a_run_whose_end_was_refused_is_ended_by_the_same_command() {
    let scene = Scene::of(shop(), "");
    let refused = Fault::status(When::BeforeCommit, 500);
    let end = Rule::new(refused)
        .method("PATCH")
        .path("/acme/Shop/_apis/test/Runs/*");
    scene.sandbox.faults().add(end.always());
    let answer = scene.submit(&["--timeout", "5s"]);
    assert!(matches!(answer.code, Some(7 | 8)), "{answer:?}");
    assert_eq!(scene.run()["state"], "InProgress");
    scene.sandbox.faults().clear();
    scene.done(&[]);
    assert_eq!(scene.run()["state"], "Completed");
}

#[test]
fn console_output_goes_along_where_that_is_asked_for() {
    let output = "<failure message=\"no\"/><system-out>said this</system-out><system-err>and that</system-err>";
    for (setting, files) in [("none", 0), ("failed", 2)] {
        let scene = Scene::of(shop(), "");
        let settings = std::fs::read_to_string(scene.desk.path("handin.toml")).unwrap();
        scene
            .desk
            .write("handin.toml", format!("output = \"{setting}\"\n{settings}"));
        scene
            .desk
            .write("r.xml", report(&[("talks", Some(1001), output)]));
        scene.done(&[]);
        let attachments = scene.results()[0]["attachments"].clone();
        assert_eq!(
            attachments.as_array().unwrap().len(),
            files,
            "{attachments}"
        );
        if files > 0 {
            let told = attachments.to_string();
            assert!(told.contains("Standard_Console_Output.log"), "{told}");
            assert!(told.contains("Standard_Console_Error.log"), "{told}");
            assert_eq!(attachments[0]["kind"], "ConsoleLog");
        }
    }
}

#[test]
fn a_report_without_times_gets_them_and_none_is_in_the_future() {
    let scene = Scene::of(shop(), "");
    let timeless = report(&[("valid", Some(1001), ""), ("wrong", Some(1002), "")])
        .replace(" timestamp=\"2026-11-20T10:00:00Z\"", "");
    scene.desk.write("r.xml", timeless);
    scene.done(&[]);
    let now = now();
    let time =
        |value: &serde_json::Value| -> jiff::Timestamp { value.as_str().unwrap().parse().unwrap() };
    let run = scene.run();
    assert!(
        time(&run["startedDate"]) < time(&run["completedDate"]),
        "{run}"
    );
    let results = scene.results();
    for result in &results {
        assert!(
            time(&result["startedDate"]) < time(&result["completedDate"]),
            "{result}"
        );
        assert!(time(&result["completedDate"]) <= now, "{result}");
    }
    assert!(time(&results[0]["startedDate"]) < time(&results[1]["startedDate"]));
}

#[test]
fn tests_that_took_longer_together_than_there_was_time_end_in_no_future() {
    let scene = Scene::of(shop(), "");
    let began = now().checked_sub(jiff::SignedDuration::from_secs(5));
    let began = began.unwrap().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let side_by_side = report(&[("valid", Some(1001), ""), ("wrong", Some(1002), "")])
        .replace("2026-11-20T10:00:00Z", &began)
        .replace("time=\"0.5\"", "time=\"3600\"");
    assert!(side_by_side.contains("3600"), "{side_by_side}");
    scene.desk.write("r.xml", side_by_side);
    scene.done(&[]);
    let now = now();
    let time =
        |value: &serde_json::Value| -> jiff::Timestamp { value.as_str().unwrap().parse().unwrap() };
    let mut told = scene.results();
    told.push(scene.run());
    for one in told {
        let (start, end) = (time(&one["startedDate"]), time(&one["completedDate"]));
        assert!(start < end && end <= now, "{one}");
    }
    assert_eq!(scene.results()[0]["durationInMs"], 3_600_000.0);
}

#[test]
fn the_name_of_a_run_is_one_line() {
    let scene = Scene::of(shop(), "");
    scene.done(&["--run-name", "two\nlines\u{1b}[31m red"]);
    assert_eq!(scene.run()["name"], "two lines [31m red");
}

#[test]
fn of_many_rows_the_one_that_failed_is_never_left_out() {
    let scene = Scene::of(shop(), "");
    let mut tests: Vec<(String, &str)> = (0..1100).map(|row| (format!("row {row}"), "")).collect();
    tests[1050].1 = FAILURE;
    let tests: Vec<(&str, Option<u32>, &str)> = tests
        .iter()
        .map(|(name, element)| (name.as_str(), Some(1001), *element))
        .collect();
    scene.desk.write("r.xml", report(&tests));
    scene.done(&[]);
    let rows = scene.results()[0]["subResults"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 1000);
    assert!(rows.iter().any(|row| row["outcome"] == "Failed"));
}

#[test]
fn a_service_that_makes_no_results_by_itself_is_given_them() {
    let mut world = shop();
    world.settings.precreates = false;
    let scene = Scene::of(world, "");
    let submission = scene.done(&[]);
    assert!(
        warnings(&submission).contains("made no results"),
        "{submission}"
    );
    let expected = outcomes(&[(1001, "Passed"), (1002, "Failed"), (1003, "Passed")]);
    assert_eq!(scene.outcomes(), expected);
    assert_eq!(scene.run()["state"], "Completed");
    assert_eq!(scene.submit(&[]).json()["submissions"][0]["state"], "known");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test compares with the time of day"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
