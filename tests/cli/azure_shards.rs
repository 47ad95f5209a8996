//! Runs on Azure that several calls fill.

use crate::azure::{FAILURE, Scene, outcomes};
use crate::submit::{report, shop};

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
fn a_part_whose_tests_were_all_skipped_is_opened_and_closed_as_any_other() {
    let scene = Scene::of(shop(), "");
    let skipped = report(&[("valid", Some(1001), "<skipped/>")]);
    scene.desk.write("skipped.xml", skipped);
    let call = |arguments: &[&str]| {
        let answer = scene
            .desk
            .run(&[&["submit", "--key", "b"], arguments].concat());
        assert_eq!(answer.code, Some(0), "{arguments:?}: {answer:?}");
        answer
    };
    call(&["--open", "skipped.xml"]);
    assert_eq!(scene.run()["state"], "InProgress");
    call(&["--open", "skipped.xml"]);
    let dry = call(&["--close", "--dry-run"]).stdout;
    assert!(
        dry.contains("  would complete the open run of this build in plan 100 `Regression`\n"),
        "{dry}"
    );
    assert!(!dry.contains("would create"), "{dry}");
    let closed = call(&["--close"]);
    assert!(
        closed.stdout.contains("submitted and confirmed, run 1"),
        "{closed:?}"
    );
    for text in [dry, closed.stdout + &closed.stderr] {
        assert!(
            !text.contains("0 reports") && !text.contains("0 files"),
            "{text}"
        );
    }
    assert_eq!(scene.run()["state"], "Completed");
    assert!(scene.outcomes().is_empty());
    // A run that another part opened is closed by one that has nothing for it.
    let call = |arguments: &[&str]| {
        let answer = scene
            .desk
            .run(&[&["submit", "--key", "c"], arguments].concat());
        assert_eq!(answer.code, Some(0), "{arguments:?}: {answer:?}");
    };
    call(&["--open", "r.xml"]);
    call(&["--close", "skipped.xml"]);
    let runs = scene.sandbox.look(|azure| azure.runs().clone());
    assert_eq!(runs.len(), 2);
    assert!(runs.values().all(|run| run.state == "Completed"));
    // Nothing was opened, and there is nothing to close.
    let answer = scene
        .desk
        .run(&["submit", "--key", "d", "--close", "skipped.xml"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(answer.stdout.contains("nothing to submit"), "{answer:?}");
    assert_eq!(scene.sandbox.run_count(), 2);
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
    assert_eq!(code, Some(0), "{answer:?}");
    let told = answer.json()["submissions"][0]["warnings"].to_string();
    assert!(
        told.contains("run 2 holds the results that run 1 lacks"),
        "{told}"
    );
}

#[test]
fn files_of_one_part_are_not_waited_for_by_another_that_shares_its_journal() {
    for sharing in [["--shard", "1/2", "--shard", "2/2"], ["--open"; 4]] {
        let scene = Scene::of(shop(), "attach_reports = true\n");
        for (file, shared) in [("s1.xml", &sharing[..2]), ("s2.xml", &sharing[2..])] {
            // The same case: its result stands when the second part begins, and only the file is missing.
            let test = format!("valid in {file}");
            scene.desk.write(file, report(&[(&test, Some(1001), "")]));
            let shared = if sharing[0] == "--open" {
                &shared[..1]
            } else {
                shared
            };
            // In JSON nothing is said of what is waited for.
            let call = [&["submit", file, "--key", "b1"], shared].concat();
            let answer = scene.desk.run(&call);
            assert_eq!(answer.code, Some(0), "{answer:?}");
            assert!(answer.stderr.contains("Attaching files"), "{answer:?}");
            assert!(!answer.stderr.contains("waiting"), "{answer:?}");
        }
        let files = scene.run()["attachments"].to_string();
        assert!(
            files.contains("s1.xml") && files.contains("s2.xml"),
            "{files}"
        );
    }
}

/// A shard of a CI build, at an attempt of its job.
fn shard(scene: &Scene, file: &str, index: &str, attempt: &str) -> crate::desk::Answer {
    let mut command = scene
        .desk
        .command(&["submit", "--json", file, "--shard", index]);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_RUN_ID", "77")
        .env("GITHUB_JOB", "e2e")
        .env("GITHUB_RUN_ATTEMPT", attempt);
    crate::desk::Answer::of(&command.output().unwrap())
}

#[test]
fn a_shard_that_ran_again_overwrites_while_the_run_is_open_and_supersedes_afterwards() {
    for is_open in [true, false] {
        let scene = Scene::of(shop(), "");
        scene
            .desk
            .write("s1.xml", report(&[("valid", Some(1001), FAILURE)]));
        scene
            .desk
            .write("s1-again.xml", report(&[("valid", Some(1001), "")]));
        scene
            .desk
            .write("s2.xml", report(&[("wrong", Some(1002), "")]));
        assert_eq!(shard(&scene, "s1.xml", "1/2", "1").code, Some(0));
        if !is_open {
            assert_eq!(shard(&scene, "s2.xml", "2/2", "1").code, Some(0));
            assert_eq!(scene.run()["state"], "Completed");
        }
        scene.desk.forget_journal();
        let again = shard(&scene, "s1-again.xml", "1/2", "2");
        assert_eq!(again.code, Some(0), "{again:?}");
        assert_eq!(again.json()["submissions"][0]["state"], "done", "{again:?}");
        assert_eq!(scene.outcomes().first(), Some(&(1001, "Passed".to_owned())));
        assert_eq!(scene.sandbox.run_count(), if is_open { 1 } else { 2 });
        let known = shard(&scene, "s1-again.xml", "1/2", "2");
        assert_eq!(
            known.json()["submissions"][0]["state"],
            "known",
            "{known:?}"
        );
        // The first attempt comes late: it is out of date.
        let late = shard(&scene, "s1.xml", "1/2", "1");
        assert_eq!(late.code, Some(0), "{late:?}");
        assert_eq!(scene.outcomes().first(), Some(&(1001, "Passed".to_owned())));
    }
}

#[test]
fn of_an_attempt_that_comes_after_a_later_one_is_named_what_no_later_one_has_a_result_of() {
    for is_open in [true, false] {
        let scene = Scene::of(shop(), "");
        let write = |file: &str, tests: &[(&str, Option<u32>, &str)]| {
            scene.desk.write(file, report(tests));
        };
        write("second.xml", &[("valid", Some(1001), "")]);
        assert_eq!(shard(&scene, "second.xml", "1/2", "2").code, Some(0));
        if !is_open {
            write("other.xml", &[("wrong", Some(1002), "")]);
            assert_eq!(shard(&scene, "other.xml", "2/2", "1").code, Some(0));
            write(
                "third.xml",
                &[("valid", Some(1001), ""), ("row", Some(1003), "")],
            );
            // Into a run beside the completed one.
            assert_eq!(shard(&scene, "third.xml", "1/2", "3").code, Some(0));
            assert_eq!(scene.sandbox.run_count(), 2);
        }
        let writes = crate::azure_once::writes(&scene.sandbox);
        write(
            "first.xml",
            &[("valid", Some(1001), FAILURE), ("row", Some(1003), "")],
        );
        let late = shard(&scene, "first.xml", "1/2", "1");
        let told = late
            .stderr
            .contains("a later attempt of this part has no result of it");
        if is_open {
            assert_eq!((late.code, told), (Some(8), true), "{late:?}");
            assert!(late.stderr.contains("case 1003"), "{late:?}");
            assert!(!late.stderr.contains("case 1001"), "{late:?}");
            assert_eq!(late.json()["submissions"][0]["repeat"], false, "{late:?}");
        } else {
            assert_eq!((late.code, told), (Some(0), false), "{late:?}");
        }
        assert_eq!(crate::azure_once::writes(&scene.sandbox), writes);
    }
}

#[test]
fn a_better_result_of_one_shard_does_not_hide_a_bad_one_of_another() {
    let scene = Scene::of(shop(), "");
    for (file, element) in [
        ("s1.xml", FAILURE),
        ("s1-again.xml", ""),
        ("s2.xml", FAILURE),
    ] {
        scene
            .desk
            .write(file, report(&[("set up", Some(1001), element)]));
    }
    assert_eq!(shard(&scene, "s1.xml", "1/3", "1").code, Some(0));
    assert_eq!(shard(&scene, "s2.xml", "2/3", "1").code, Some(0));
    assert_eq!(shard(&scene, "s1-again.xml", "1/3", "2").code, Some(0));
    assert_eq!(scene.outcomes(), outcomes(&[(1001, "Failed")]));
}

#[test]
fn two_things_under_the_name_of_one_shard_are_refused_before_any_write() {
    let scene = Scene::of(shop(), "");
    scene
        .desk
        .write("linux.xml", report(&[("valid", Some(1001), "")]));
    scene
        .desk
        .write("windows.xml", report(&[("wrong", Some(1002), "")]));
    assert_eq!(shard(&scene, "linux.xml", "1/2", "1").code, Some(0));
    let before = crate::azure_once::writes(&scene.sandbox);
    let answer = shard(&scene, "windows.xml", "1/2", "1");
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stderr.contains("--key"), "{}", answer.stderr);
    assert_eq!(crate::azure_once::writes(&scene.sandbox), before);
}

#[test]
fn two_stages_of_one_pipeline_run_are_two_submissions() {
    let mut world = shop();
    world.build("Shop", 4711, "20260101.1");
    let mut scene = Scene::of(world, "");
    scene
        .desk
        .set("TF_BUILD", "True")
        .set("BUILD_BUILDID", "4711")
        .set("SYSTEM_PHASENAME", "e2e");
    scene
        .desk
        .write("s2.xml", report(&[("wrong", Some(1002), "")]));
    for (stage, element, outcome) in [("QA", "", "Passed"), ("Prod", FAILURE, "Failed")] {
        scene.desk.set("SYSTEM_STAGENAME", stage);
        scene
            .desk
            .write("s1.xml", report(&[("valid", Some(1001), element)]));
        for (file, index) in [("s1.xml", "1/2"), ("s2.xml", "2/2")] {
            let answer = scene.desk.run(&["submit", file, "--shard", index]);
            assert_eq!(answer.code, Some(0), "{answer:?}");
        }
        assert_eq!(scene.outcomes().first(), Some(&(1001, outcome.to_owned())));
    }
    assert_eq!(scene.sandbox.run_count(), 2);
}

/// A run that a tester started from the plan for these points.
fn started_by_a_tester(scene: &Scene, points: usize) -> i64 {
    let points: Vec<i64> = scene.sandbox.points().into_keys().take(points).collect();
    scene
        .sandbox
        .change(|azure| azure.start_run("Shop", 100, "By hand", &points))
}

#[test]
fn results_land_on_the_points_of_a_run_that_is_there_and_it_stays_as_it_is() {
    let scene = Scene::of(shop(), "");
    let run = started_by_a_tester(&scene, 2).to_string();
    let refused = scene.submit(&["--run", &run]);
    assert_eq!(refused.code, Some(5), "{refused:?}");
    let sentence = format!("case 1003 has no result in run {run}");
    assert!(refused.stderr.contains(&sentence), "{}", refused.stderr);
    let call = ["--run", &run, "--on-missing-point", "warn"];
    let submission = scene.done(&call);
    assert_eq!(submission["state"], "done", "{submission}");
    let there = scene.run();
    assert_eq!(
        (&there["name"], &there["state"]),
        (&"By hand".into(), &"InProgress".into())
    );
    assert_eq!(
        scene.outcomes(),
        outcomes(&[(1001, "Passed"), (1002, "Failed")])
    );
    let comment = scene.results()[0]["comment"].as_str().unwrap().to_owned();
    assert!(comment.starts_with("handin2-"), "{comment}");
    scene.desk.forget_journal();
    assert_eq!(scene.done(&call)["state"], "known");
    scene.sandbox.change(|azure| {
        let run = azure.run_mut(1).unwrap();
        "Completed".clone_into(&mut run.state);
    });
    let ended = scene.submit(&call);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(
        ended.stderr.contains("takes no results"),
        "{}",
        ended.stderr
    );
}
