//! Submitting once on Azure beside others: two calls at the same moment, calls that were killed, runs that somebody else fills.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use handin_sandbox::Next;
use handin_sandbox::fault::{Fault, Rule, When};
use jiff::SignedDuration;

use crate::azure::{FAILURE, Scene};
use crate::azure_once::{all_three, state, writes};
use crate::desk::Answer;
use crate::submit::{report, shop};

/// Has the first requests that this is true of wait for each other, so many.
fn meet(scene: &Scene, count: usize, path_end: &'static str, method: &'static str) {
    let arrived = (Mutex::new(0), Condvar::new());
    scene.sandbox.on_request(move |moment| {
        let is_meant = moment.when == When::BeforeCommit
            && moment.head.method == method
            && moment.head.path.ends_with(path_end);
        if is_meant {
            let mut here = arrived.0.lock().unwrap();
            *here += 1;
            arrived.1.notify_all();
            let limit = Duration::from_secs(10);
            drop(
                arrived
                    .1
                    .wait_timeout_while(here, limit, |here| *here < count),
            );
        }
        Next::GoOn
    });
}

#[test]
fn two_identical_commands_that_create_at_the_same_moment_agree_on_one_run() {
    let scene = Scene::of(shop(), "attach_reports = true\n");
    scene.desk.settle("5s");
    meet(&scene, 2, "/test/runs", "POST");
    let call = |journal| ["submit", "--json", "r.xml", "--journal", journal];
    let children = [
        scene.desk.start(&call("one.jsonl")),
        scene.desk.start(&call("two.jsonl")),
    ];
    let mut states: Vec<String> = children
        .into_iter()
        .map(|child| state(&Answer::of(&child.wait_with_output().unwrap())))
        .collect();
    states.sort();
    assert_eq!(states.len(), 2, "{states:?}");
    assert_eq!(scene.run()["state"], "Completed");
    assert_eq!(scene.run()["id"], 1);
    assert_eq!(scene.run()["attachments"].as_array().unwrap().len(), 1);
    assert_eq!(scene.outcomes(), all_three());
    let points = scene.sandbox.points();
    assert!(points.values().all(|point| point.outcomes.len() <= 1));
}

#[test]
fn a_run_that_another_process_is_filling_is_left_to_it() {
    for journals in [["one.jsonl", "two.jsonl"], ["same.jsonl", "same.jsonl"]] {
        begun_while_the_first_fills(journals);
    }
}

fn begun_while_the_first_fills(journals: [&'static str; 2]) {
    let scene = Scene::of(shop(), "attach_reports = true\n");
    scene.desk.settle("5s");
    // The first goes on only when the second has asked for the run that it found.
    let (created, is_created) = std::sync::mpsc::channel();
    let created = Mutex::new(created);
    let met = (Mutex::new(false), Condvar::new());
    let is_begun = std::sync::atomic::AtomicBool::new(false);
    scene.sandbox.on_request(move |moment| {
        let path = moment.head.path.as_str();
        if moment.when == When::BeforeCommit && moment.head.method == "PATCH" {
            is_begun.store(true, std::sync::atomic::Ordering::SeqCst);
            let seen = met.0.lock().unwrap();
            let _ = created.lock().unwrap().send(());
            let limit = Duration::from_secs(4);
            drop(met.1.wait_timeout_while(seen, limit, |seen| !*seen));
        } else if moment.when == When::AfterCommit
            && moment.head.method == "GET"
            && path.ends_with("/test/runs")
            && is_begun.load(std::sync::atomic::Ordering::SeqCst)
        {
            *met.0.lock().unwrap() = true;
            met.1.notify_all();
        }
        Next::GoOn
    });
    let call = |journal: &'static str| ["submit", "--json", "r.xml", "--journal", journal];
    let first = scene.desk.start(&call(journals[0]));
    is_created.recv_timeout(Duration::from_secs(20)).unwrap();
    let second = scene.desk.run(&call(journals[1]));
    assert_eq!(state(&second), "known", "{second:?}");
    assert!(second.stderr.contains("another process"), "{second:?}");
    let first = Answer::of(&first.wait_with_output().unwrap());
    assert_eq!(state(&first), "done");
    // Create, set, attach, complete; and a sign of life, where it was held up for long.
    assert!((4..=5).contains(&writes(&scene.sandbox)));
    assert_eq!(scene.outcomes(), all_three());
}

#[test]
fn a_call_that_ended_in_order_is_gone_on_with_at_once() {
    let scene = Scene::of(shop(), "");
    scene.desk.settle("60s");
    let refuses = Rule::new(Fault::status(When::BeforeCommit, 400)).method("PATCH");
    scene.sandbox.faults().add(refuses);
    assert_eq!(scene.submit(&[]).code, Some(8));
    let answer = scene.submit(&["--timeout", "20s"]);
    assert_eq!(state(&answer), "done");
    assert!(!answer.stderr.contains("another process"), "{answer:?}");
}

#[test]
fn a_call_that_was_killed_before_it_looked_for_rivals_does_not_fill_a_second_run() {
    let scene = Scene::of(shop(), "");
    let call = |journal| ["submit", "--json", "r.xml", "--journal", journal];
    // Another machine has created run 1, and is killed.
    kill_at(&scene, &call("one.jsonl"), "PATCH", When::BeforeCommit);
    // Ours does not see it, creates run 2, and is killed before it looks again.
    scene.sandbox.change(|azure| azure.list_late(1));
    kill_at(&scene, &call("two.jsonl"), "POST", When::AfterCommit);
    for journal in ["two.jsonl", "one.jsonl"] {
        let answer = scene.desk.run(&call(journal));
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    let points = scene.sandbox.points();
    assert!(
        points.values().all(|point| point.outcomes.len() <= 1),
        "{points:?}"
    );
    assert_eq!(scene.outcomes(), all_three());
}

#[test]
fn a_run_of_another_machine_is_left_to_it_until_the_time_is_over() {
    let scene = Scene::of(shop(), "");
    scene.desk.settle("60s");
    let call = ["submit", "--json", "r.xml", "--timeout", "3s"];
    kill_at(&scene, &call, "PATCH", When::BeforeCommit);
    scene.desk.forget_journal();
    for _ in 0..2 {
        let before = writes(&scene.sandbox);
        let answer = scene.desk.run(&call);
        assert!(matches!(answer.code, Some(6 | 7)), "{answer:?}");
        assert!(answer.stderr.contains("another process"), "{answer:?}");
        assert_eq!(writes(&scene.sandbox), before, "{answer:?}");
    }
}

#[test]
fn a_call_that_was_killed_on_this_machine_is_gone_on_with_at_once() {
    let scene = Scene::of(shop(), "");
    scene.desk.settle("60s");
    let call = ["submit", "--json", "r.xml", "--timeout", "20s"];
    kill_at(&scene, &call, "PATCH", When::BeforeCommit);
    assert_eq!(state(&scene.desk.run(&call)), "done");
    assert_eq!(scene.outcomes(), all_three());
    assert_eq!(scene.sandbox.run_count(), 1);
}

#[test]
fn a_run_that_says_to_have_changed_in_the_future_is_not_waited_for_until_then() {
    let scene = Scene::of(shop(), "");
    let refuses = Rule::new(Fault::status(When::BeforeCommit, 400)).method("PATCH");
    scene.sandbox.faults().add(refuses);
    assert_eq!(scene.submit(&[]).code, Some(8));
    scene.sandbox.faults().clear();
    scene.desk.forget_journal();
    scene.sandbox.change(|azure| {
        azure.run_mut(1).unwrap().updated += SignedDuration::from_hours(1);
    });
    assert_eq!(state(&scene.submit(&["--timeout", "20s"])), "done");
    assert_eq!(scene.outcomes(), all_three());
}

#[test]
fn results_in_a_run_that_cannot_be_taken_back_are_not_handed_in_to_the_older_one_too() {
    let scene = Scene::of(shop(), "");
    let call = |journal| ["submit", "--json", "r.xml", "--journal", journal];
    kill_at(&scene, &call("one.jsonl"), "PATCH", When::BeforeCommit);
    let an_hour = Duration::from_hours(1);
    scene.sandbox.change(|azure| azure.list_after(1, an_hour));
    kill_at(&scene, &call("two.jsonl"), "PATCH", When::AfterCommit);
    scene
        .sandbox
        .change(|azure| azure.list_after(1, Duration::ZERO));
    let answer = scene.desk.run(&call("two.jsonl"));
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stderr.contains("delete run 2"), "{answer:?}");
    // As the hint says.
    scene.sandbox.change(|azure| azure.delete(2));
    assert_eq!(state(&scene.desk.run(&call("two.jsonl"))), "done");
    assert_eq!(scene.outcomes(), all_three());
    assert_eq!(scene.sandbox.run_count(), 1);
}

#[test]
fn an_attempt_that_was_brought_to_its_end_beside_an_empty_run_counts_as_whole() {
    let scene = Scene::of(shop(), "");
    let refuses = Rule::new(Fault::status(When::BeforeCommit, 400)).method("PATCH");
    scene.sandbox.faults().add(refuses);
    assert_eq!(scene.submit(&["--again"]).code, Some(8));
    scene.sandbox.faults().clear();
    for (listed_after, runs) in [(Duration::from_hours(1), 2), (Duration::ZERO, 3)] {
        scene.desk.forget_journal();
        scene
            .sandbox
            .change(|azure| azure.list_after(1, listed_after));
        assert_eq!(state(&scene.submit(&["--again"])), "done");
        assert_eq!(scene.sandbox.run_count(), runs);
    }
}

/// Starts a call, and kills it at its first request of this kind.
fn kill_at(scene: &Scene, call: &[&str], method: &'static str, when: When) {
    let (reached, is_reached) = std::sync::mpsc::channel();
    let (dead, is_dead) = std::sync::mpsc::channel::<()>();
    let (reached, is_dead) = (Mutex::new(reached), Mutex::new(is_dead));
    scene.sandbox.on_request(move |moment| {
        if moment.head.method != method || moment.when != when {
            return Next::GoOn;
        }
        if reached.lock().unwrap().send(()).is_ok() {
            let limit = Duration::from_secs(10);
            let _ = is_dead.lock().unwrap().recv_timeout(limit);
        }
        Next::Close
    });
    let mut child = scene.desk.start(call);
    is_reached.recv_timeout(Duration::from_secs(20)).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(dead);
    scene.sandbox.on_request(|_| Next::GoOn);
}

#[test]
fn of_several_runs_one_that_was_brought_to_its_end_counts() {
    let scene = Scene::of(shop(), "");
    let refuses = Rule::new(Fault::status(When::BeforeCommit, 400)).method("PATCH");
    scene.sandbox.faults().add(refuses);
    assert_eq!(scene.submit(&[]).code, Some(8));
    scene.desk.forget_journal();
    // The list lags behind for longer than the second call takes.
    let an_hour = Duration::from_hours(1);
    scene.sandbox.change(|azure| azure.list_after(1, an_hour));
    scene.done(&[]);
    scene
        .sandbox
        .change(|azure| azure.list_after(1, Duration::ZERO));
    scene.desk.forget_journal();
    let third = scene.submit(&[]);
    assert_eq!(state(&third), "known");
    assert!(
        third.stdout.contains("more than one of the runs"),
        "{third:?}"
    );
    let points = scene.sandbox.points();
    assert!(
        points.values().all(|point| point.outcomes.len() <= 1),
        "{points:?}"
    );
}

#[test]
fn a_run_that_another_process_left_is_taken_over_when_it_has_stood_still() {
    let scene = Scene::of(shop(), "");
    let dies = Rule::new(Fault::status(When::BeforeCommit, 400)).method("PATCH");
    scene.sandbox.faults().add(dies);
    assert_eq!(scene.submit(&[]).code, Some(8));
    scene.sandbox.faults().clear();
    scene.desk.forget_journal();
    let answer = scene.submit(&[]);
    assert_eq!(state(&answer), "done");
    assert_eq!(scene.outcomes(), all_three());
    assert_eq!(scene.sandbox.run_count(), 1);
}

/// A call is killed while its results are on their way; they arrive when the next one has looked.
#[test]
fn results_of_a_shard_that_come_to_light_late_are_not_added_twice() {
    let scene = Scene::of(shop(), "");
    scene.desk.settle("6s");
    scene
        .desk
        .write("s1.xml", report(&[("valid", Some(1001), "")]));
    scene
        .desk
        .write("s2.xml", report(&[("wrong", Some(1002), FAILURE)]));
    let call = |file, shard| ["submit", file, "--key", "b", "--shard", shard];
    assert_eq!(scene.desk.run(&call("s1.xml", "1/3")).code, Some(0));
    let (reached, is_reached) = std::sync::mpsc::channel();
    let reached = Mutex::new(reached);
    let looked = (Mutex::new(0), Condvar::new());
    scene.sandbox.on_request(move |moment| {
        if !moment.head.path.ends_with("/results") || moment.when != When::BeforeCommit {
            return Next::GoOn;
        }
        let mut looks = looked.0.lock().unwrap();
        if moment.head.method == "POST" && reached.lock().unwrap().send(()).is_ok() {
            *looks = 0;
            let limit = Duration::from_secs(10);
            drop(
                looked
                    .1
                    .wait_timeout_while(looks, limit, |looks| *looks == 0),
            );
            let (a_while, looks) = (Duration::from_millis(700), looked.0.lock().unwrap());
            drop(looked.1.wait_timeout_while(looks, a_while, |_| true));
        } else if moment.head.method == "GET" {
            *looks += 1;
            looked.1.notify_all();
        }
        Next::GoOn
    });
    let second = call("s2.xml", "2/3");
    let mut child = scene.desk.start(&second);
    is_reached.recv_timeout(Duration::from_secs(20)).unwrap();
    drop(is_reached);
    child.kill().unwrap();
    child.wait().unwrap();
    let answer = scene.desk.run(&second);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(answer.stderr.contains("waiting for it"), "{answer:?}");
    assert_eq!(scene.run()["results"].as_array().unwrap().len(), 2);
}
