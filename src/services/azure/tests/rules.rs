//! Decisions about values: which points, which outcome, which tags.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::super::fold::{Fold, PointResult, Tests};
use super::super::points::{Point, PointPlace, choose};
use super::super::{AzureTarget, PointChoice, link, payload, submission};
use crate::keys::Row;
use crate::mapping::CaseId;
use crate::model::{
    Attempt, Failure, Outcome, Property, StepVerdict, TestCase, TestStep, TestSuite, Verdict,
};
use crate::plan::{
    KeyParts, PackedCase, PlannedResult, ProblemKind, RunDetails, SubmissionKey, SubmissionPlan,
};

fn target() -> AzureTarget {
    AzureTarget::new(Url::parse("https://dev.azure.com/acme").unwrap())
}

fn point(id: u64, configuration: &str) -> Point {
    Point {
        id,
        case: 7,
        place: Arc::new(PointPlace {
            suite: "Web".to_owned(),
            configuration: id + 100,
            configuration_name: configuration.to_owned(),
        }),
    }
}

fn test(properties: &[(&str, &str)], outcome: Outcome) -> TestCase {
    TestCase {
        class_name: Some("shop.LoginTest".into()),
        duration: Some(Duration::from_millis(1500)),
        properties: properties
            .iter()
            .map(|(name, value)| Property {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            })
            .collect(),
        line: 1,
        ..TestCase::new(Arc::new(TestSuite::default()), "valid", outcome)
    }
}

fn chosen(target: &AzureTarget, properties: &[(&str, &str)]) -> Result<Vec<u64>, ProblemKind> {
    let points = [point(1, "Windows + Chrome"), point(2, "Linux + Firefox")];
    let test = test(properties, Outcome::Passed);
    let points: Vec<&Point> = points.iter().collect();
    choose(&points, &CaseId("7".to_owned()), &planned(&test), target)
        .map(|points| points.into_iter().map(|point| point.id).collect())
        .map_err(|problem| problem.kind)
}

#[test]
fn several_points_are_refused_unless_it_is_said_which() {
    let mut target = target();
    assert_eq!(chosen(&target, &[]), Err(ProblemKind::Ambiguous));
    target.points = PointChoice::All;
    assert_eq!(chosen(&target, &[]), Ok(vec![1, 2]));
    target.points = PointChoice::First;
    assert_eq!(chosen(&target, &[]), Ok(vec![1]));
}

#[test]
fn the_flag_beats_the_property_and_the_property_beats_the_table() {
    let mut target = target();
    let rule = |pattern: &str, configuration: &str| Row {
        when: [("browser".to_owned(), pattern.to_owned())].into(),
        choose: configuration.to_owned(),
    };
    target.configurations = vec![
        rule("Chrome*", "Windows + Chrome"),
        rule("*", "Linux + Firefox"),
    ];
    let chrome = ("browser", "chrome 130");
    assert_eq!(chosen(&target, &[chrome]), Ok(vec![1]));
    assert_eq!(chosen(&target, &[("browser", "Safari")]), Ok(vec![2]));
    let named = ("configuration", "linux + firefox");
    assert_eq!(chosen(&target, &[chrome, named]), Ok(vec![2]));
    target.configuration = Some("101".to_owned());
    assert_eq!(chosen(&target, &[chrome, named]), Ok(vec![1]));
    target.configuration = Some("BeOS".to_owned());
    assert_eq!(chosen(&target, &[]), Err(ProblemKind::NotInPlan));
}

#[test]
fn a_rule_asks_for_any_of_several_tags_and_for_the_name_and_takes_brackets_as_they_are() {
    let by = |name: &str, pattern: &str| {
        let mut target = target();
        target.configurations = vec![Row {
            when: [(name.to_owned(), pattern.to_owned())].into(),
            choose: "Linux + Firefox".to_owned(),
        }];
        chosen(&target, &[("tag", "smoke"), ("tag", "beta [2]")]).is_ok()
    };
    assert!(by("tag", "smoke"));
    assert!(by("TAG", "beta [2]"));
    assert!(by("tag", "b**[*"));
    assert!(!by("tag", "beta 2"));
    assert!(by("name", "va*d"));
    assert!(!by("name", "other"));
}

#[test]
fn the_worst_outcome_of_a_point_counts_and_skipped_alone_is_left_out() {
    let mut fold = Fold::default();
    for (index, verdict) in [Verdict::Passed, Verdict::Incomplete, Verdict::Skipped]
        .into_iter()
        .enumerate()
    {
        fold.add(&point(1, "a"), index, verdict);
    }
    fold.add(&point(2, "b"), 3, Verdict::Skipped);
    let (results, omitted) = fold.into_results(false);
    assert_eq!(
        (results.len(), omitted, results[0].verdict),
        (1, 1, Verdict::Incomplete)
    );
}

#[test]
fn of_two_processes_the_worse_outcome_stays() {
    let mut target = target();
    let settled = |target: &AzureTarget, there: &str, ours: &str| {
        submission::is_settled(Some(there), ours, target, target.shared)
    };
    assert!(!settled(&target, "Failed", "Passed"));
    target.shared = true;
    assert!(settled(&target, "Failed", "Passed"));
    assert!(!settled(&target, "Passed", "Failed"));
    assert!(settled(&target, "Blocked", "Failed"), "a person set it");
    assert!(!submission::is_settled(None, "Failed", &target, true));
}

#[test]
fn tags_are_cleaned_and_no_more_than_azure_takes() {
    let mut notices = Vec::new();
    let wanted = ["a", "web-ui", "--", "A", "b", "c", "d"].map(str::to_owned);
    let tags = link::tags(&wanted, &mut notices);
    let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["a", "webui", "b", "c"]);
    assert_eq!(notices.len(), 3, "{notices:?}");
}

fn planned(case: &TestCase) -> PlannedResult {
    PlannedResult {
        test: case.key(),
        cases: Vec::new(),
        case: PackedCase::of(case),
        report: 0,
        files: Vec::new(),
    }
}

/// Returns the payload for one test.
fn facts(case: &TestCase, target: &AzureTarget) -> serde_json::Value {
    let result = PointResult {
        point: point(1, "a"),
        tests: Tests::One(0),
        verdict: case.outcome.verdict(),
    };
    let plan = SubmissionPlan {
        packed: Arc::default(),
        key: SubmissionKey::of(&KeyParts::default()),
        identity: crate::plan::Identity::default(),
        service: crate::model::ServiceName::Azure,
        reports: Vec::new(),
        results: vec![planned(case)],
        unmapped: Vec::new(),
        run: RunDetails {
            started: Some("2026-11-20T10:00:00Z".parse().unwrap()),
            ..RunDetails::default()
        },
        tally: crate::model::Tally::default(),
    };
    serde_json::to_value(
        payload::facts(
            &result,
            &plan,
            target,
            "2026-11-20T10:00:00Z".parse().unwrap(),
            (
                "2026-11-20T10:00:00Z".parse().unwrap(),
                "2026-11-20T12:00:00Z".parse().unwrap(),
            ),
        )
        .unwrap(),
    )
    .unwrap()
}

fn failure(message: &str) -> Outcome {
    Outcome::Failed(Failure {
        message: Some(message.to_owned()),
        ..Failure::default()
    })
}

#[test]
fn a_result_ends_after_it_began_even_when_it_took_no_time() {
    let mut case = test(&[], Outcome::Passed);
    case.duration = None;
    let facts = facts(&case, &target());
    assert_eq!(facts["startedDate"], "2026-11-20T10:00:00.000Z");
    assert_eq!(facts["completedDate"], "2026-11-20T10:00:00.001Z");
    assert_eq!(facts["automatedTestName"], "shop.LoginTest.valid");
}

#[test]
fn attempts_are_sub_results_and_stand_in_the_comment() {
    let mut case = test(&[], Outcome::Passed);
    case.earlier = vec![Attempt {
        outcome: failure("first"),
        duration: None,
        started: None,
        attachments: Vec::new(),
    }];
    let facts = facts(&case, &target());
    assert_eq!(facts["resultGroupType"], "rerun");
    assert_eq!(facts["comment"], "2 attempts: 1 failed, 2 passed");
    assert_eq!(facts["subResults"][0]["errorMessage"], "first");
    assert_eq!(facts["subResults"][1]["sequenceId"], 2);
}

#[test]
fn steps_are_sub_results_and_those_that_failed_stand_in_the_comment() {
    let mut case = test(&[], failure("no button"));
    let step = |name: &str, verdict, message: Option<&str>| TestStep {
        name: name.to_owned(),
        description: None,
        verdict,
        message: message.map(str::to_owned),
        duration: None,
        started: None,
        attachments: Vec::new(),
    };
    case.steps = vec![
        step("open the page", StepVerdict::Passed, None),
        step("click", StepVerdict::Failed, Some("no button")),
        step("leave", StepVerdict::NotRun, None),
    ];
    let facts = facts(&case, &target());
    assert_eq!(facts["resultGroupType"], "generic");
    assert_eq!(
        facts["comment"],
        "3 steps\nstep 2 `click` failed: no button\nstep 3 `leave` was not run"
    );
    let outcomes: Vec<&str> = (0..3)
        .map(|index| facts["subResults"][index]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["Passed", "Failed", "NotExecuted"]);
}
