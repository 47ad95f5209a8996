//! Submitting once on Azure, in the corners: lost results, late and rival runs, clocks, cut lists.

use std::time::Duration;

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, Rule, When};
use jiff::SignedDuration;

use crate::azure::{FAILURE, Scene, outcomes, warnings};
use crate::desk::Answer;
use crate::submit::{report, shop};

const RUNS: &str = "/acme/Shop/_apis/test/runs";

pub(crate) fn all_three() -> Vec<(i64, String)> {
    outcomes(&[(1001, "Passed"), (1002, "Failed"), (1003, "Passed")])
}

/// The stand-in's creation of a run is carried out and not answered, and lists show the run only after this long.
fn create_unheard(scene: &Scene, listed_after: Duration) {
    scene
        .sandbox
        .change(|azure| azure.list_after(1, listed_after));
    let rule = Rule::new(Fault::CLOSE_AFTER_COMMIT)
        .method("POST")
        .path(RUNS);
    scene.sandbox.faults().add(rule);
}

pub(crate) fn writes(sandbox: &AzureSandbox) -> usize {
    let requests = sandbox.requests();
    requests.iter().filter(|it| it.write.is_some()).count()
}

pub(crate) fn state(answer: &Answer) -> String {
    assert_eq!(answer.code, Some(0), "{answer:?}");
    answer.json()["submissions"][0]["state"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn a_run_is_completed_only_when_the_service_holds_all_its_results() {
    let scene = Scene::of(shop(), "");
    scene.sandbox.change(|azure| azure.forget_results(2));
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(8), "{answer:?}");
    assert!(answer.stderr.contains("case 1002"), "{}", answer.stderr);
    assert_eq!(scene.run()["state"], "InProgress");
    assert_eq!(state(&scene.submit(&[])), "done");
    assert_eq!(scene.run()["state"], "Completed");
    assert_eq!(scene.outcomes(), all_three());
}

/// Seen by the fuzzer: room was made for as many pages as the number said, and the program ended.
#[test]
fn a_number_of_results_that_no_run_has_is_not_believed() {
    let scene = Scene::of(shop(), "");
    scene.sandbox.change(|azure| azure.forget_results(2));
    assert_eq!(scene.submit(&[]).code, Some(8));
    scene.sandbox.change(|azure| {
        let run = azure.run_mut(1).unwrap();
        let untrue = serde_json::json!(u64::MAX - 1);
        run.fields.insert("totalTests".to_owned(), untrue);
    });
    let answer = scene.submit(&["--timeout", "20s"]);
    assert!(matches!(answer.code, Some(0 | 8)), "{answer:?}");
    assert_eq!(scene.outcomes(), all_three());
}

#[test]
fn what_the_service_lost_is_set_once_more_in_the_same_call() {
    let scene = Scene::of(shop(), "");
    scene.sandbox.change(|azure| azure.forget_results(1));
    let submission = scene.done(&[]);
    assert_eq!(submission["counts"]["Passed"], 2, "{submission}");
    assert_eq!(scene.outcomes(), all_three());
}

/// Hands in while the service loses all results, and completes the run as a person does.
fn completed_too_early(takes_results: bool) -> Scene {
    let mut world = shop();
    world.settings.reopens_runs = takes_results;
    let scene = Scene::of(world, "");
    scene.sandbox.change(|azure| azure.forget_results(2));
    assert_eq!(scene.submit(&[]).code, Some(8));
    scene.sandbox.change(|azure| {
        let run = azure.run_mut(1).unwrap();
        "Completed".clone_into(&mut run.state);
    });
    scene
}

#[test]
fn what_a_run_lacks_that_a_person_completed_too_early_goes_into_one_beside_it() {
    for takes_results in [true, false] {
        let scene = completed_too_early(takes_results);
        let answer = scene.submit(&[]);
        assert_eq!(state(&answer), "done");
        let told = answer.json()["submissions"][0]["warnings"].to_string();
        assert!(
            told.contains("run 2 holds the results that run 1 lacks"),
            "{told}"
        );
        assert_eq!(scene.outcomes(), all_three());
        assert_eq!(state(&scene.submit(&[])), "known");
        assert_eq!(scene.sandbox.run_count(), 2);
    }
}

#[test]
fn a_run_that_comes_to_light_late_is_waited_for_and_adopted() {
    for each in [&[][..], &["--each"]] {
        let scene = Scene::of(shop(), "");
        scene.desk.settle("6s");
        create_unheard(&scene, Duration::from_millis(1500));
        let answer = scene.submit(each);
        assert_eq!(state(&answer), "done", "{each:?}: {answer:?}");
        assert_eq!(scene.outcomes(), all_three());
        assert_eq!(scene.sandbox.run_count(), 1, "{each:?}");
    }
}

#[test]
fn a_run_that_never_comes_to_light_is_created_when_its_time_is_over() {
    let scene = Scene::of(shop(), "");
    let lost = Rule::new(Fault::CLOSE_BEFORE_READING)
        .method("POST")
        .path(RUNS);
    scene.sandbox.faults().add(lost);
    assert_eq!(state(&scene.submit(&[])), "done");
    assert_eq!(scene.outcomes(), all_three());
    assert_eq!(scene.sandbox.run_count(), 1);
}

#[test]
fn a_wait_for_a_late_run_that_is_cut_short_is_uncertain() {
    let scene = Scene::of(shop(), "");
    scene.desk.settle("60s");
    create_unheard(&scene, Duration::from_mins(1));
    for _ in 0..2 {
        let answer = scene.submit(&["--timeout", "2s"]);
        // Where the time is over before the first look, nothing was written by this call.
        assert!(matches!(answer.code, Some(6 | 7)), "{answer:?}");
        assert_eq!(scene.sandbox.run_count(), 1);
    }
}

/// Copies of a report, of which the first does not hear of its run: the second is not handed in beside it.
#[test]
fn a_copy_of_a_report_does_not_double_a_run_that_comes_to_light_late() {
    let scene = Scene::of(shop(), "");
    scene.desk.settle("6s");
    let text = std::fs::read_to_string(scene.desk.path("r.xml")).unwrap();
    scene.desk.write("copy.xml", text);
    create_unheard(&scene, Duration::from_millis(1500));
    let call = ["submit", "--each", "--json", "r.xml", "copy.xml"];
    let answer = scene.desk.run(&[&call[..], &["--jobs", "2"]].concat());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(scene.sandbox.run_count(), 1, "{answer:?}");
    assert_eq!(scene.outcomes(), all_three());
}

#[test]
fn a_run_with_results_of_other_shards_is_not_deleted() {
    let scene = Scene::of(shop(), "");
    let call = |file: &str, shard: &str, journal: &str| {
        scene.desk.run(&[
            "submit",
            file,
            "--key",
            "b",
            "--shard",
            shard,
            "--journal",
            journal,
        ])
    };
    scene
        .desk
        .write("s1.xml", report(&[("valid", Some(1001), "")]));
    scene
        .desk
        .write("s2.xml", report(&[("wrong", Some(1002), FAILURE)]));
    scene
        .desk
        .write("s3.xml", report(&[("basket", Some(1003), "")]));
    // The list does not show the first shard's run to the other two.
    let an_hour = Duration::from_hours(1);
    scene.sandbox.change(|azure| azure.list_after(1, an_hour));
    assert_eq!(call("s1.xml", "1/3", "one.jsonl").code, Some(0));
    assert_eq!(call("s2.xml", "2/3", "two.jsonl").code, Some(0));
    assert_eq!(call("s3.xml", "3/3", "three.jsonl").code, Some(0));
    assert_eq!(scene.sandbox.run_count(), 2);
    scene
        .sandbox
        .change(|azure| azure.list_after(1, Duration::ZERO));
    let answer = call("s2.xml", "2/3", "two.jsonl");
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stderr.contains("delete run 2"), "{}", answer.stderr);
    assert_eq!(scene.outcomes(), all_three());
    // As the hint says.
    scene.sandbox.change(|azure| azure.delete(2));
    assert_eq!(call("s2.xml", "2/3", "two.jsonl").code, Some(0));
    assert_eq!(call("s3.xml", "3/3", "three.jsonl").code, Some(0));
    assert_eq!(scene.outcomes(), all_three());
    assert_eq!(scene.run()["state"], "Completed");
}

#[test]
fn a_shard_whose_results_are_missing_leaves_no_mark() {
    let scene = Scene::of(shop(), "");
    let call = |file: &str, shard: &str| {
        scene
            .desk
            .run(&["submit", file, "--key", "b", "--shard", shard])
    };
    scene
        .desk
        .write("s1.xml", report(&[("valid", Some(1001), "")]));
    scene
        .desk
        .write("s2.xml", report(&[("wrong", Some(1002), FAILURE)]));
    scene.sandbox.change(|azure| azure.forget_results(2));
    assert_eq!(call("s1.xml", "1/2").code, Some(8));
    assert_eq!(scene.run()["attachments"].as_array().unwrap().len(), 0);
    assert_eq!(call("s2.xml", "2/2").code, Some(0));
    assert_eq!(scene.run()["state"], "InProgress");
    assert_eq!(call("s1.xml", "1/2").code, Some(0));
    assert_eq!(scene.run()["state"], "Completed");
    assert_eq!(
        scene.outcomes(),
        outcomes(&[(1001, "Passed"), (1002, "Failed")])
    );
}

#[test]
fn a_result_that_was_mapped_since_goes_into_a_run_of_its_own() {
    let scene = Scene::of(shop(), "");
    scene.done(&[]);
    let settings = std::fs::read_to_string(scene.desk.path("handin.toml")).unwrap();
    let corrected = "[cases.azure]\n\"shop.LoginTest › valid\" = 1004\n";
    scene
        .desk
        .write("handin.toml", settings + "points = \"first\"\n" + corrected);
    let answer = scene.submit(&[]);
    assert_eq!(state(&answer), "done");
    let told = answer.json()["submissions"][0]["warnings"].to_string();
    assert!(
        told.contains("run 2 holds the results that run 1 lacks"),
        "{told}"
    );
    let both = outcomes(&[
        (1001, "Passed"),
        (1002, "Failed"),
        (1003, "Passed"),
        (1004, "Passed"),
    ]);
    assert_eq!(scene.outcomes(), both);
    assert_eq!(state(&scene.submit(&[])), "known");
    scene.desk.forget_journal();
    assert_eq!(state(&scene.submit(&[])), "known");
    assert_eq!(scene.sandbox.run_count(), 2);
}

/// The answer is lost after the service has set the results, and again when it was asked once more.
#[test]
fn attempts_of_a_test_stand_once_whatever_answer_is_lost() {
    for fault in [
        Fault::CLOSE_AFTER_COMMIT,
        Fault::CLOSE_BEFORE_READING,
        Fault::status(When::AfterCommit, 503),
    ] {
        let scene = Scene::of(shop(), "");
        let tests = [
            ("flaky", Some(1001), "<flakyFailure message=\"no\"/>"),
            ("valid", Some(1002), ""),
        ];
        scene.desk.write("r.xml", report(&tests));
        scene.sandbox.faults().add(Rule::new(fault).method("PATCH"));
        scene.done(&[]);
        let subs = scene.results()[0]["subResults"].as_array().unwrap().len();
        assert_eq!(subs, 2, "{}", scene.results()[0]);
    }
}

#[test]
fn an_outcome_that_a_person_changed_is_named_and_left_alone() {
    let scene = Scene::of(shop(), "");
    scene.done(&[]);
    scene.sandbox.change(|azure| {
        let run = azure.run_mut(1).unwrap();
        let row = run.results.values_mut().next().unwrap();
        row.fields.insert("outcome".to_owned(), "Blocked".into());
    });
    let before = writes(&scene.sandbox);
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(8), "{answer:?}");
    assert!(answer.stderr.contains("Blocked"), "{}", answer.stderr);
    assert_eq!(writes(&scene.sandbox), before);
}

#[test]
fn however_the_place_is_named_it_is_one_place() {
    let scene = Scene::of(shop(), "");
    scene.done(&["--suite", "Web", "--points", "first"]);
    let suite = "102";
    for arguments in [
        &["--plan", "100", "--suite", suite][..],
        &["--plan", "regression", "--suite", "web"],
        &["--suite", "Web", "--project", "shop"],
    ] {
        scene.desk.forget_journal();
        let answer = scene.submit(&[arguments, &["--points", "first"]].concat());
        assert_eq!(state(&answer), "known", "{arguments:?}");
    }
    assert_eq!(scene.sandbox.run_count(), 1);
}

#[test]
fn a_run_is_found_though_its_name_would_be_another_now() {
    let timeless =
        report(&[("valid", Some(1001), "")]).replace(" timestamp=\"2026-11-20T10:00:00Z\"", "");
    for (text, build) in [
        (report(&[("valid", Some(1001), "")]), None),
        (timeless.clone(), None),
        (timeless, Some("4711")),
    ] {
        let mut world = shop();
        world.build("Shop", 4711, "20260101.1");
        let scene = Scene::of(world, "");
        scene.desk.write("r.xml", text);
        let build = build.map_or(vec![], |build| vec!["--build", build]);
        scene.done(&[&["--run-name", "attempt 1"][..], &build].concat());
        scene.desk.forget_journal();
        let second = scene.submit(&[&["--run-name", "attempt 2"][..], &build].concat());
        assert_eq!(state(&second), "known", "{second:?}");
        assert_eq!(scene.sandbox.run_count(), 1);
    }
}

#[test]
fn a_run_that_needs_investigation_has_ended() {
    let scene = Scene::of(shop(), "");
    scene.done(&[]);
    scene.sandbox.change(|azure| {
        let run = azure.run_mut(1).unwrap();
        "NeedsInvestigation".clone_into(&mut run.state);
    });
    let before = writes(&scene.sandbox);
    assert_eq!(state(&scene.submit(&[])), "known");
    assert_eq!(writes(&scene.sandbox), before);
}

#[test]
fn a_run_is_found_whatever_the_clocks_say() {
    for days in [-3, 3] {
        let scene = Scene::of(shop(), "");
        let ahead = SignedDuration::from_hours(24 * days);
        scene.sandbox.change(|azure| azure.set_clock(ahead));
        scene.done(&[]);
        scene.desk.forget_journal();
        let second = scene.submit(&[]);
        assert_eq!(state(&second), "known", "{days} days: {second:?}");
        assert_eq!(scene.sandbox.run_count(), 1, "{days} days");
    }
}

#[test]
fn a_list_that_was_cut_is_not_taken_for_an_empty_one() {
    let scene = Scene::of(shop(), "");
    scene.done(&[]);
    scene.desk.forget_journal();
    let cut = || Rule::new(Fault::Truncate).method("GET").path(RUNS);
    scene.sandbox.faults().add(cut().always());
    let answer = scene.submit(&[]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert_eq!(scene.sandbox.run_count(), 1);
    scene.sandbox.faults().clear();
    scene.sandbox.faults().add(cut());
    assert_eq!(state(&scene.submit(&[])), "known");
}

#[test]
fn results_that_were_cut_are_not_taken_for_missing_ones() {
    let scene = Scene::of(shop(), "");
    let cut = Rule::new(Fault::Truncate)
        .method("GET")
        .path("/acme/Shop/_apis/test/Runs/*/results");
    scene.sandbox.faults().add(cut);
    let submission = scene.done(&[]);
    assert_eq!(warnings(&submission), "[]");
    assert_eq!(scene.outcomes(), all_three());
}
