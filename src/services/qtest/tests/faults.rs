//! What happens when the queue is slow, forgets, refuses or drops, when others do the same at the same time, and when files do
//! not fit. The faults of the socket are in the matrix.

use std::time::Duration;

use handin_sandbox::Pace;
use handin_sandbox::fault::{Fault, Rule};
use handin_sandbox::qtest::World;

use super::bench::{Bench, job, passed, plan};
use crate::files::KnownFile;
use crate::journal::Stage;
use crate::model::Outcome;
use crate::plan::PlannedFile;
use crate::services::qtest::Mode;
use crate::services::{Silent, State, Submitter as _};
use crate::transport::Clock;

fn paced(pace: Pace) -> Bench {
    Bench::new(World::new().pace(pace).project("Shop", |project| project))
}

fn three() -> Vec<super::bench::Job> {
    vec![job(
        "1",
        &[
            passed("a.T", "x"),
            passed("a.T", "y"),
            passed("a.T", "z").failed("no"),
        ],
    )]
}

#[test]
fn a_queue_that_takes_longer_than_the_limit_is_uncertain_and_asked_again_by_the_next_run() {
    let mut bench = paced(Pace::Never);
    bench.target.wait = Duration::from_millis(300);
    let first = bench.submit(&three());
    assert_eq!(first.state, State::Uncertain, "{first:?}");
    let still = bench.submit(&three());
    assert_eq!(
        still.state,
        State::Uncertain,
        "the job is still in the queue: {still:?}"
    );
    bench.sandbox.set_pace(Pace::AtOnce);
    let receipt = bench.submit(&three());
    assert_eq!(receipt.state, State::Known, "{receipt:?}");
    assert_eq!(bench.requests("POST", "auto-test-logs"), 1);
    assert_eq!(bench.count("test_logs"), 3);
}

#[test]
fn a_run_during_the_processing_of_an_earlier_one_waits_for_it_and_sends_nothing() {
    let bench = paced(Pace::Time(Duration::from_millis(800)));
    // The first run ends while its batch is in the queue.
    let mut hasty = paced_like(&bench);
    hasty.wait = Duration::from_millis(1);
    let service = crate::services::qtest::Qtest::new(hasty, bench.transport());
    let checked = service.check(plan(&three())).unwrap();
    let hasty = service.send(&checked, &bench.journal(), &Silent).unwrap();
    assert_eq!(hasty.state, State::Uncertain);
    let next = bench.submit(&three());
    assert_eq!(next.state, State::Known, "{next:?}");
    assert_eq!(
        (
            bench.requests("POST", "auto-test-logs"),
            bench.count("test_logs")
        ),
        (1, 3)
    );
}

fn paced_like(bench: &Bench) -> crate::services::qtest::QtestTarget {
    bench.target.clone()
}

#[test]
fn a_run_that_died_between_the_batch_and_the_journal_is_completed_without_a_second_batch() {
    let bench = Bench::shop();
    bench.submit(&three());
    bench.cut_journal(|record| {
        record.write.starts_with("qtest.batch") && record.stage == Stage::Done
    });
    let receipt = bench.submit(&three());
    assert_eq!(receipt.state, State::Known, "{receipt:?}");
    assert_eq!(
        (
            bench.requests("POST", "auto-test-logs"),
            bench.count("test_logs")
        ),
        (1, 3)
    );
}

#[test]
fn a_run_that_died_before_the_batch_left_waits_until_it_can_be_sure_and_sends_it() {
    let bench = Bench::shop();
    bench.sandbox.faults().add(
        Rule::new(Fault::CLOSE_BEFORE_READING)
            .path("*auto-test-logs")
            .always(),
    );
    let error = bench.try_submit(&three()).unwrap_err();
    assert_eq!(error.receipt.state, State::Uncertain);
    bench.sandbox.faults().clear();
    assert_eq!(bench.count("test_logs"), 0);
    let receipt = bench.submit(&three());
    assert_eq!(receipt.state, State::Done, "{receipt:?}");
    assert_eq!(bench.count("test_logs"), 3);
}

#[test]
fn an_unanswered_batch_is_never_sent_again_while_it_may_still_turn_up() {
    let mut bench = paced(Pace::Time(Duration::from_millis(1200)));
    bench.target.settle = Duration::from_secs(4);
    bench
        .sandbox
        .faults()
        .add(Rule::new(Fault::CLOSE_AFTER_COMMIT).path("*auto-test-logs"));
    let clock = Clock::system();
    let begun = clock.now();
    assert_eq!(bench.submit(&three()).state, State::Done);
    assert!(
        clock.since(begun) < Duration::from_secs(4),
        "it ends as soon as all are seen"
    );
    assert_eq!(
        (
            bench.requests("POST", "auto-test-logs"),
            bench.count("test_logs")
        ),
        (1, 3)
    );
}

#[test]
fn a_job_that_the_queue_forgot_is_looked_for_among_the_logs() {
    let bench = Bench::shop();
    bench.sandbox.faults().add(
        Rule::new(Fault::status(
            handin_sandbox::fault::When::BeforeCommit,
            404,
        ))
        .path("*queue-processing*")
        .always(),
    );
    let receipt = bench.submit(&three());
    assert_eq!(receipt.state, State::Done, "{receipt:?}");
    assert_eq!(bench.count("test_logs"), 3);
}

#[test]
fn a_search_that_is_behind_does_not_make_a_second_log() {
    let bench = Bench::new(
        World::new()
            .search_lag(40)
            .project("Shop", |project| project),
    );
    bench.submit(&three());
    bench.cut_journal(|record| {
        record.write.starts_with("qtest.batch") && record.stage == Stage::Done
    });
    let receipt = bench.submit(&three());
    assert_eq!(receipt.state, State::Known, "{receipt:?}");
    assert_eq!(
        (bench.count("test_logs"), bench.count("test_cases")),
        (3, 3)
    );
}

#[test]
fn a_status_that_is_not_mapped_and_dropped_is_named_and_never_hidden() {
    let world = World::new().unmapped(handin_sandbox::qtest::Unmapped::DropsLog);
    let bench = Bench::new(world.project("Shop", |project| {
        project.mapping(&[("PASS", 601), ("FAIL", 602)])
    }));
    let tests = [
        passed("a.T", "x"),
        passed("a.T", "y").ended(Outcome::Skipped { reason: None }),
    ];
    let receipt = bench.submit(&[job("1", &tests)]);
    assert_eq!(receipt.state, State::Partial);
    assert_eq!(receipt.missing, ["a.T › y"]);
}

#[test]
fn two_jobs_at_once_share_one_cycle_suite_and_case() {
    for _ in 0..3 {
        let bench = Bench::shop();
        std::thread::scope(|scope| {
            for build in ["1", "2"] {
                let bench = &bench;
                scope.spawn(move || {
                    let service = bench.service();
                    let checked = service
                        .check(plan(&[job(build, &[passed("a.T", "x")])]))
                        .unwrap();
                    service
                        .send(&checked, &crate::journal::Journal::absent(), &Silent)
                        .unwrap();
                });
            }
        });
        // Whatever was made twice meanwhile, from now on one of each is used.
        let before = (
            bench.count("test_cycles"),
            bench.count("test_suites"),
            bench.count("test_cases"),
        );
        bench.submit(&[job("3", &[passed("a.T", "x")])]);
        bench.submit(&[job("4", &[passed("a.T", "x")])]);
        let after = (
            bench.count("test_cycles"),
            bench.count("test_suites"),
            bench.count("test_cases"),
        );
        assert_eq!(after, before);
        assert_eq!(bench.count("test_logs"), 4);
    }
}

#[test]
fn a_container_that_somebody_else_made_first_is_used_and_the_double_warned_of() {
    let bench = Bench::shop();
    // Checked before anybody made anything: both will create.
    let (first, second) = (bench.service(), bench.service());
    let (one, two) = (
        first
            .check(plan(&[job("1", &[passed("a.T", "x")])]))
            .unwrap(),
        second
            .check(plan(&[job("2", &[passed("a.T", "x")])]))
            .unwrap(),
    );
    first.send(&one, &bench.journal(), &Silent).unwrap();
    let receipt = second.send(&two, &bench.journal(), &Silent).unwrap();
    assert!(
        receipt
            .warnings
            .iter()
            .any(|warning| warning.contains("was taken back")),
        "{:?}",
        receipt.warnings
    );
    for (kind, names) in [
        ("modules", vec!["Automated", "a"]),
        ("test_cycles", vec!["Nightly"]),
        ("test_suites", vec!["Chrome"]),
        ("test_cases", vec!["x"]),
        ("test_runs", vec!["x"]),
    ] {
        assert_eq!(bench.names(kind), names, "{kind}");
    }
    let used: Vec<_> = bench
        .held("test_logs")
        .iter()
        .map(|log| log["path"].clone())
        .collect();
    assert_eq!(used, ["Nightly › Chrome", "Nightly › Chrome"]);
    assert_eq!(bench.count("test_runs"), 1, "both results are on one run");
}

fn with_files(bench: &Bench, sizes: &[(&str, usize)]) -> crate::plan::SubmissionPlan {
    let mut plan = plan(&[job("1", &[passed("a.T", "x").failed("no")])]);
    for (name, size) in sizes {
        let file = bench.file(name, *size);
        plan.results[0].files.push(PlannedFile {
            file: KnownFile::at(file).unwrap(),
            name: (*name).to_owned(),
            size: *size as u64,
            attempt: None,
        });
    }
    plan
}

#[test]
fn small_files_travel_in_the_log_and_large_ones_follow_it_once() {
    for mode in [Mode::Batch, Mode::Direct] {
        let mut bench = Bench::shop();
        bench.target.mode = mode;
        bench.target.limits.inline_bytes = 100;
        let service = bench.service();
        let checked = service
            .check(with_files(
                &bench,
                &[("small.png", 50), ("large.mp4", 5000)],
            ))
            .unwrap();
        bench
            .sandbox
            .faults()
            .add(Rule::new(Fault::CLOSE_AFTER_COMMIT).path("*blob-handles"));
        let receipt = service.send(&checked, &bench.journal(), &Silent).unwrap();
        assert_eq!(receipt.state, State::Done, "{receipt:?}");
        let files = bench.held("test_logs")[0]["files"]
            .as_array()
            .unwrap()
            .clone();
        let mut names: Vec<&str> = files
            .iter()
            .filter_map(|file| file["name"].as_str().or(file.as_str()))
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["large.mp4", "small.png"], "{files:?}");
    }
}

#[test]
fn files_that_an_earlier_run_did_not_come_to_are_sent_by_the_next_with_or_without_a_journal() {
    for journal_survives in [true, false] {
        let mut bench = Bench::shop();
        bench.target.limits.inline_bytes = 100;
        let service = bench.service();
        let checked = service
            .check(with_files(&bench, &[("large.mp4", 5000)]))
            .unwrap();
        let broken = Rule::new(Fault::CLOSE_BEFORE_READING).path("*blob-handles");
        bench.sandbox.faults().add(broken.always());
        let error = service
            .send(&checked, &bench.journal(), &Silent)
            .unwrap_err();
        assert_eq!(error.receipt.state, State::Uncertain);
        bench.sandbox.faults().clear();
        if !journal_survives {
            bench.lose_journal();
        }
        let files = |bench: &Bench| {
            bench.held("test_logs")[0]["files"]
                .as_array()
                .unwrap()
                .len()
        };
        let checked = service
            .check(with_files(&bench, &[("large.mp4", 5000)]))
            .unwrap();
        let receipt = service.send(&checked, &bench.journal(), &Silent).unwrap();
        assert_eq!((receipt.state, files(&bench)), (State::Done, 1));
        let receipt = service.send(&checked, &bench.journal(), &Silent).unwrap();
        assert_eq!((receipt.state, files(&bench)), (State::Known, 1));
        assert_eq!(bench.count("test_logs"), 1);
    }
}

#[test]
fn a_result_too_large_with_its_files_goes_without_them_and_they_follow() {
    for mode in [Mode::Batch, Mode::Direct] {
        let mut bench = Bench::new(
            World::new()
                .body_limit(8000)
                .project("Shop", |project| project),
        );
        bench.target.mode = mode;
        let service = bench.service();
        let checked = service
            .check(with_files(&bench, &[("shot.png", 7000)]))
            .unwrap();
        let receipt = service.send(&checked, &bench.journal(), &Silent).unwrap();
        assert_eq!(receipt.state, State::Done, "{receipt:?}");
        assert_eq!(
            bench.held("test_logs")[0]["files"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
}

#[test]
fn a_file_that_qtest_refuses_is_named_and_the_result_stands() {
    let mut bench = Bench::new(
        World::new()
            .file_limit(3000)
            .project("Shop", |project| project),
    );
    bench.target.limits.inline_bytes = 100;
    let service = bench.service();
    let checked = service
        .check(with_files(&bench, &[("large.mp4", 5000)]))
        .unwrap();
    let receipt = service.send(&checked, &bench.journal(), &Silent).unwrap();
    assert_eq!(receipt.state, State::Partial);
    assert!(receipt.missing[0].contains("large.mp4"), "{receipt:?}");
    assert_eq!(bench.count("test_logs"), 1);
}

#[test]
fn an_account_that_may_not_approve_still_hands_results_in_with_a_warning() {
    let world = World::new().drafts_from_batches();
    let bench = Bench::new(world.project("Shop", |project| project));
    bench.sandbox.faults().add(
        Rule::new(Fault::status(
            handin_sandbox::fault::When::BeforeCommit,
            403,
        ))
        .path("*/approve")
        .always(),
    );
    let receipt = bench.submit(&three());
    assert!(
        receipt
            .warnings
            .iter()
            .any(|warning| warning.contains("stays a draft")),
        "{receipt:?}"
    );
    assert_eq!(bench.count("test_logs"), 3);
    bench.sandbox.faults().clear();
    let mut next = three();
    next[0].build = "2";
    bench.submit(&next);
    assert!(
        bench
            .held("test_cases")
            .iter()
            .all(|case| case["version"] == "1.0")
    );
}
