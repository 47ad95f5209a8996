//! Why cases have no point: they do not exist, are no test cases, or are somewhere else.

use std::collections::{BTreeMap, BTreeSet};

use super::ground::Ground;
use super::version::Generation;
use super::wire::{List, SuiteOfCase};
use super::{Azure, lookup};
use crate::mapping::CaseId;
use crate::plan::{PlanProblem, PlannedResult, ProblemKind};
use crate::services::{RemoteCase, ServiceError, engine};
use crate::transport::TransportError;

/// Of so many cases it is asked where they are; each costs a request.
const ASKED: usize = 20;

/// What is known of a case that has no point.
enum Whereabouts<'a> {
    /// It is no work item, or this account may not see it.
    Nowhere,
    /// It exists; and where that was asked, the suites that hold it.
    There(&'a RemoteCase, Option<Vec<SuiteOfCase>>),
    /// The token may not look.
    Untold,
}

/// Tells of each case without a point why that is so, once for each of its tests.
pub(super) fn explain(
    azure: &Azure,
    ground: &Ground,
    cases: &BTreeMap<CaseId, Vec<&PlannedResult>>,
) -> Result<Vec<PlanProblem>, ServiceError> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<CaseId> = cases.keys().cloned().collect();
    let found = match lookup::cases(azure, &ids) {
        Ok(found) => Some(found),
        // Work items have a scope of their own. Without it nobody can tell whether a case exists; that it has no point is known.
        Err(ServiceError::Transport(error)) if error.status() == Some(403) => None,
        Err(error) => return Err(error),
    };
    let known: Option<BTreeMap<u64, &RemoteCase>> = found.as_ref().map(|found| {
        let numbered = found
            .iter()
            .filter_map(|case| Some((lookup::number(&case.id)?, case)));
        numbered.collect()
    });
    let mut suites = suites(azure, known.as_ref());
    let mut problems = Vec::new();
    for (id, tests) in cases {
        let number = lookup::number(id).unwrap_or_default();
        let whereabouts = match known.as_ref().map(|known| known.get(&number)) {
            None => Whereabouts::Untold,
            Some(None) => Whereabouts::Nowhere,
            Some(Some(case)) => Whereabouts::There(case, suites.remove(&number)),
        };
        let problem = problem(azure, ground, id, &whereabouts);
        let mut named = BTreeSet::new();
        let tests = tests.iter().filter(|test| named.insert(&test.test));
        problems.extend(tests.map(|test| problem.clone().test(&test.test)));
    }
    Ok(problems)
}

/// Asks which suites hold the cases. What cannot be asked is not told.
fn suites(
    azure: &Azure,
    known: Option<&BTreeMap<u64, &RemoteCase>>,
) -> BTreeMap<u64, Vec<SuiteOfCase>> {
    // Azure: older servers do not tell the plan of such a suite.
    if azure.client.generation() < Generation::V7_0 {
        return BTreeMap::new();
    }
    let cases: Vec<u64> = known
        .into_iter()
        .flatten()
        .filter(|(_, case)| case.is_test_case)
        .map(|(number, _)| *number)
        .take(ASKED)
        .collect();
    let answers = engine::each(azure.target.jobs, &cases, |case| {
        let list: List<SuiteOfCase> = azure
            .client
            .get(|endpoints| endpoints.suites_of_case(*case))?;
        Ok::<_, TransportError>(list.value)
    });
    let answers = cases.iter().copied().zip(answers.unwrap_or_default());
    answers.collect()
}

fn problem(
    azure: &Azure,
    ground: &Ground,
    id: &CaseId,
    whereabouts: &Whereabouts<'_>,
) -> PlanProblem {
    let problem = match whereabouts {
        Whereabouts::Nowhere => PlanProblem::new(
            ProblemKind::MissingCase,
            format!("work item {id} does not exist, or this account may not see it"),
        )
        .hint("correct the mapping, or remove it with `handin map unset`"),
        Whereabouts::There(case, _) if !case.is_test_case => PlanProblem::new(
            ProblemKind::NotATestCase,
            format!("work item {id} is no test case"),
        )
        .hint("correct the mapping"),
        Whereabouts::There(case, suites) => {
            let (message, hint) = elsewhere(azure, ground, case, suites.as_deref());
            PlanProblem::new(ProblemKind::NotInPlan, format!("case {id} {message}")).hint(hint)
        }
        Whereabouts::Untold => PlanProblem::new(
            ProblemKind::NotInPlan,
            format!(
                "case {id} has no test point in {}; whether it exists was not looked up, for want of the scope Work Items: Read (`vso.work`)",
                here(azure)
            ),
        )
        .hint("add it to a suite of the plan, or correct the mapping"),
    };
    problem.case(id)
}

/// Says where results go: the plan, or a suite of it.
fn here(azure: &Azure) -> String {
    match azure.target.suite.as_deref() {
        Some(suite) => format!("the suite `{suite}` of this plan"),
        None => "this plan".to_owned(),
    }
}

/// Says where a case is instead, and what to do about it.
fn elsewhere(
    azure: &Azure,
    ground: &Ground,
    case: &RemoteCase,
    suites: Option<&[SuiteOfCase]>,
) -> (String, String) {
    let plan = ground.plan.id;
    let in_plan = |suite: &&SuiteOfCase| suite.plan.as_ref().is_some_and(|it| it.id == plan);
    let (ours, others): (Vec<&SuiteOfCase>, Vec<&SuiteOfCase>) =
        suites.unwrap_or_default().iter().partition(in_plan);
    if let (Some(wanted), false) = (azure.target.suite.as_deref(), ours.is_empty()) {
        let names: Vec<String> = ours
            .iter()
            .map(|suite| format!("`{}`", suite.name))
            .collect();
        let noun = if names.len() == 1 { "suite" } else { "suites" };
        let message = format!(
            "is in this plan, in {noun} {}, outside `{wanted}`",
            lookup::listed(&names)
        );
        return (
            message,
            "choose its suite with `--suite`, or leave `--suite` out".to_owned(),
        );
    }
    if !ours.is_empty() {
        let message = "is in a suite of this plan that gives it no test point".to_owned();
        return (message, "assign a configuration to it there".to_owned());
    }
    let mut plans: Vec<String> = others
        .iter()
        .filter_map(|suite| {
            let plan = suite.plan.as_ref()?;
            Some(format!(
                "{} `{}` (suite `{}`)",
                plan.id.0, plan.name, suite.name
            ))
        })
        .collect();
    plans.dedup();
    if !plans.is_empty() {
        let noun = if plans.len() == 1 { "plan" } else { "plans" };
        let message = format!(
            "has no test point in {}; it is in {noun} {}",
            here(azure),
            lookup::listed(&plans)
        );
        return (
            message,
            "choose that plan with `--plan`, or add the case to a suite of this one".to_owned(),
        );
    }
    let project = azure.client.project();
    let message = match case.place.as_deref() {
        Some(place) if !place.eq_ignore_ascii_case(project) => {
            format!(
                "exists in the project `{place}` and has no test point in {}",
                here(azure)
            )
        }
        Some(_) | None => format!("exists and has no test point in {}", here(azure)),
    };
    (
        message,
        "add it to a suite of the plan, or choose another plan or suite".to_owned(),
    )
}
