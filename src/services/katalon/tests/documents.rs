//! Results in the form of Katalon's own reporters.

use std::fmt::Write as _;

use super::super::payload::{Source, write};
use super::{case, plan, report, suite, target};
use crate::model::{Attempt, Failure, Moment, Outcome, Property, TestCase};
use crate::plan::{Build, Packed, SubmissionPlan};

fn documents(plan: &SubmissionPlan) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = Source {
        plan,
        reports: &[0],
        target: &target(),
        batch: "handin-1-2",
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let files = write(source, folder.path()).unwrap();
    let mut text = String::new();
    for file in files {
        let content = std::fs::read(file.file.path()).unwrap();
        assert_eq!(content.len() as u64, file.length());
        let value: serde_json::Value = serde_json::from_slice(&content).unwrap();
        writeln!(text, "{}\n{value:#}", file.name).unwrap();
    }
    text
}

fn failure() -> Failure {
    Failure {
        kind: Some("AssertionError".to_owned()),
        message: Some("expected 2".to_owned()),
        details: Some("at shop.CartTest".to_owned()),
        also: vec![Failure {
            message: Some("and then this".to_owned()),
            ..Failure::default()
        }],
    }
}

fn all_outcomes() -> Vec<TestCase> {
    let suite = suite("Cart", Some("2026-11-21T10:00:00Z"));
    let skipped = Outcome::Skipped {
        reason: Some("not today".to_owned()),
    };
    vec![
        case(&suite, "adds", Outcome::Passed),
        case(&suite, "sums", Outcome::Failed(failure())),
        case(&suite, "pays", Outcome::Errored(failure())),
        case(&suite, "ships", skipped),
        case(&suite, "returns", Outcome::Incomplete),
    ]
}

#[test]
fn every_outcome_keeps_its_word_and_its_time() {
    let mut plan = plan(vec![report("junit", None)], &all_outcomes());
    plan.run.build = Some(Build {
        number: Some("20261121.3".to_owned()),
        url: Some("https://ci.example/3".to_owned()),
        ..Build::default()
    });
    insta::assert_snapshot!(documents(&plan));
}

#[test]
fn a_test_that_says_when_it_began_is_not_put_after_the_one_before() {
    let suite = suite("Cart", Some("2026-11-21T10:00:00Z"));
    let mut own = case(&suite, "own", Outcome::Passed);
    own.started = Some(Moment::Absolute("2026-11-21T09:00:00Z".parse().unwrap()));
    let plan = plan(
        vec![report("junit", None)],
        &[
            case(&suite, "first", Outcome::Passed),
            own,
            case(&suite, "next", Outcome::Passed),
        ],
    );
    let text = documents(&plan);
    let results: serde_json::Value =
        serde_json::from_str(text.split_once("results.json\n").unwrap().1).unwrap();
    let starts: Vec<i64> = results["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["start"].as_i64().unwrap() - 1_795_255_200_000)
        .collect();
    assert_eq!(starts, [0, -3_600_000, 1500]);
}

#[test]
fn properties_are_parameters_only_when_asked_for() {
    let suite = suite("Cart", Some("2026-11-21T10:00:00Z"));
    let mut row = case(&suite, "adds", Outcome::Passed);
    row.iteration = Some(3);
    row.properties = vec![Property {
        name: "api_key".to_owned(),
        value: "s3cret".to_owned(),
    }];
    row.earlier = vec![Attempt {
        outcome: Outcome::Incomplete,
        duration: None,
        started: None,
        attachments: Vec::new(),
    }];
    let text = documents(&plan(vec![report("junit", None)], &[row]));
    assert!(!text.contains("s3cret"), "{text}");
    assert!(text.contains(r#""iteration": "3""#), "{text}");
    assert!(text.contains("attempt 2 counts"), "{text}");
}

#[test]
fn suites_of_one_name_in_two_reports_stay_apart() {
    let (one, two) = (suite("Cart", None), suite("Cart", None));
    let mut plan = plan(
        vec![report("junit", None), report("junit", None)],
        &[
            case(&one, "adds", Outcome::Passed),
            case(&two, "adds", Outcome::Passed),
        ],
    );
    let mut packed = Packed::default();
    for (report, test) in plan.packed.iter().enumerate() {
        packed.push(report, &test.case, 0);
    }
    plan.packed = packed.into();
    let folder = tempfile::tempdir().unwrap();
    let source = Source {
        plan: &plan,
        reports: &[0, 1],
        target: &target(),
        batch: "handin-1-2",
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    write(source, folder.path()).unwrap();
    let suites = std::fs::read(folder.path().join("suites.json")).unwrap();
    let suites: serde_json::Value = serde_json::from_slice(&suites).unwrap();
    assert_eq!(suites["suites"].as_array().unwrap().len(), 2);
}
