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
