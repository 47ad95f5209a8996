//! Why cases have no point: they do not exist, are no test cases, or are somewhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ground::Ground;
use super::version::Generation;
use super::wire::{Id, List, Named, SuiteOfCase};
use super::{Azure, lookup};
use crate::mapping::CaseId;
use crate::plan::{PlanProblem, PlannedResult, ProblemKind};
use crate::services::{RemoteCase, ServiceError, engine};
use crate::transport::TransportError;

/// Of so many cases it is asked where they are; each costs a request.
const ASKED: usize = 20;

/// What a suite is called that no setting names.
const THAT_OF_THE_TEST: &str = "that the test names";

/// What is known of a case that has no point.
enum Whereabouts<'a> {
    /// It is no work item, or this account may not see it.
    Nowhere,
    /// It exists; and where that was asked, the suites that hold it.
    There(&'a RemoteCase, Option<Vec<SuiteOfCase>>),
    /// The token may not look.
    Untold,
}

/// Cases without a point: where they were looked for, and the tests that are mapped to them.
pub(super) type Missing<'a> = BTreeMap<CaseId, (Vec<Arc<Ground>>, Vec<&'a PlannedResult>)>;

/// Explains for each case without a point why that is so, once for each of its tests.
pub(super) fn explain(
    azure: &Azure,
    cases: &Missing<'_>,
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
    let mut suites = suites(azure, cases, known.as_ref());
    let mut problems = Vec::new();
    for (id, (grounds, tests)) in cases {
        let number = lookup::number(id).unwrap_or_default();
        let whereabouts = match known.as_ref().map(|known| known.get(&number)) {
            None => Whereabouts::Untold,
            Some(None) => Whereabouts::Nowhere,
            Some(Some(case)) => Whereabouts::There(case, suites.remove(&number)),
        };
        let problem = problem(azure, grounds, id, &whereabouts);
        let mut named = BTreeSet::new();
        let tests = tests.iter().filter(|test| named.insert(&test.test));
        problems.extend(tests.map(|test| problem.clone().test(&test.test)));
    }
    Ok(problems)
}

/// Asks which suites hold the cases. What cannot be asked is not told.
fn suites(
    azure: &Azure,
    missing: &Missing<'_>,
    known: Option<&BTreeMap<u64, &RemoteCase>>,
) -> BTreeMap<u64, Vec<SuiteOfCase>> {
    let cases: Vec<u64> = known
        .into_iter()
        .flatten()
        .filter(|(_, case)| case.is_test_case)
        .map(|(number, _)| *number)
        .take(ASKED)
        .collect();
    // Azure: older servers do not tell the plan of such a suite.
    if azure.client.generation() < Generation::V7_0 {
        return in_whole_plans(azure, missing, &cases);
    }
    let answers = engine::each(azure.workers(), &cases, |case| {
        let list: List<SuiteOfCase> = azure
            .client
            .get(|endpoints| endpoints.suites_of_case(*case))?;
        Ok::<_, TransportError>(list.value)
    });
    let answers = cases.iter().copied().zip(answers.unwrap_or_default());
    answers.collect()
}

/// Looks in the whole of each plan for what was looked for in a part of it.
fn in_whole_plans(
    azure: &Azure,
    missing: &Missing<'_>,
    cases: &[u64],
) -> BTreeMap<u64, Vec<SuiteOfCase>> {
    let grounds = missing.values().flat_map(|(grounds, _)| grounds);
    let parts: BTreeMap<Id, &Arc<Ground>> = grounds
        .filter(|ground| !is_whole(ground))
        .map(|ground| (ground.plan.id, ground))
        .collect();
    let mut found: BTreeMap<u64, Vec<SuiteOfCase>> = BTreeMap::new();
    for ground in parts.into_values() {
        let whole = ground.whole();
        let Ok(points) = whole.and_then(|whole| whole.points(azure, cases)) else {
            continue;
        };
        let plan = Named {
            id: ground.plan.id,
            name: ground.plan.name.clone(),
        };
        for case in cases {
            let points = points.of(*case).iter();
            let names: BTreeSet<&String> = points.map(|point| &point.place.suite).collect();
            let suites = names.into_iter().map(|name| SuiteOfCase {
                name: name.clone(),
                plan: Some(plan.clone()),
            });
            found.entry(*case).or_default().extend(suites);
        }
    }
    found
}

fn is_whole(ground: &Arc<Ground>) -> bool {
    let root = ground.plan.root_suite.as_ref().map(|suite| suite.id.0);
    root.is_some_and(|root| ground.suites == [root])
}

fn problem(
    azure: &Azure,
    grounds: &[Arc<Ground>],
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
            format!("work item {id} is not a test case"),
        )
        .hint("correct the mapping"),
        Whereabouts::There(case, suites) => {
            let (message, hint) = elsewhere(azure, grounds, case, suites.as_deref());
            PlanProblem::new(ProblemKind::NotInPlan, format!("case {id} {message}")).hint(hint)
        }
        Whereabouts::Untold => PlanProblem::new(
            ProblemKind::NotInPlan,
            format!(
                "case {id} has no test point in {}; whether it exists is not known: the token lacks the scope Work Items: Read (`vso.work`)",
                here(azure, grounds)
            ),
        )
        .hint("add it to a suite of the plan, or correct the mapping"),
    };
    problem.case(id)
}

/// Describes where results go: the plan, or a suite of it.
fn here(azure: &Azure, grounds: &[Arc<Ground>]) -> String {
    let plans = match grounds {
        [_] => "this plan".to_owned(),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|ground| format!("`{}`", ground.plan.name))
                .collect();
            format!("the plans {}", lookup::listed(&names))
        }
    };
    match within(azure, grounds) {
        Some((noun, names)) => format!("the {noun} {names} of {plans}"),
        None => plans,
    }
}

/// Names the suites to which results are narrowed down; nothing where they may go anywhere in the plan.
fn within(azure: &Azure, grounds: &[Arc<Ground>]) -> Option<(&'static str, String)> {
    if grounds.iter().all(is_whole) {
        return None;
    }
    let base = azure.memory.base(azure).unwrap_or_default();
    let is_said = |ground: &Arc<Ground>| !base.iter().any(|it| Arc::ptr_eq(it, ground));
    match azure.target.suites.as_slice() {
        _ if grounds.iter().any(is_said) => Some(("suite", THAT_OF_THE_TEST.to_owned())),
        [] => Some(("suite", THAT_OF_THE_TEST.to_owned())),
        [only] => Some(("suite", format!("`{only}`"))),
        several => {
            let names: Vec<String> = several.iter().map(|it| format!("`{it}`")).collect();
            Some(("suites", lookup::listed(&names)))
        }
    }
}

impl SuiteOfCase {
    /// Names the plan of the suite, and the suite.
    fn told(&self) -> Option<String> {
        let plan = self.plan.as_ref()?;
        Some(format!(
            "{} `{}` (suite `{}`)",
            plan.id.0, plan.name, self.name
        ))
    }
}

/// Describes where a case is instead, and what to do about it.
fn elsewhere(
    azure: &Azure,
    grounds: &[Arc<Ground>],
    case: &RemoteCase,
    suites: Option<&[SuiteOfCase]>,
) -> (String, String) {
    let is_ours = |plan: Id| grounds.iter().any(|ground| ground.plan.id == plan);
    let in_plan = |suite: &&SuiteOfCase| suite.plan.as_ref().is_some_and(|it| is_ours(it.id));
    let (ours, others): (Vec<&SuiteOfCase>, Vec<&SuiteOfCase>) =
        suites.unwrap_or_default().iter().partition(in_plan);
    if let (Some((_, wanted)), false) = (within(azure, grounds), ours.is_empty()) {
        let names: Vec<String> = ours
            .iter()
            .map(|suite| format!("`{}`", suite.name))
            .collect();
        let noun = if names.len() == 1 { "suite" } else { "suites" };
        let (article, hint) = if wanted == THAT_OF_THE_TEST {
            (
                "the suite ",
                "correct what the test says, or the rule in `[azure]`",
            )
        } else {
            (
                "",
                "choose its suite with `--suite`, or leave `--suite` out",
            )
        };
        let message = format!(
            "is in this plan, in {noun} {}, outside {article}{wanted}",
            lookup::listed(&names)
        );
        return (message, hint.to_owned());
    }
    if !ours.is_empty() {
        let message = "is in a suite of this plan that gives it no test point".to_owned();
        return (message, "assign a configuration to it there".to_owned());
    }
    let mut plans: Vec<String> = others.iter().filter_map(|suite| suite.told()).collect();
    plans.dedup();
    if !plans.is_empty() {
        let noun = if plans.len() == 1 { "plan" } else { "plans" };
        let message = format!(
            "has no test point in {}; it is in {noun} {}",
            here(azure, grounds),
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
                here(azure, grounds)
            )
        }
        Some(_) | None => format!("exists and has no test point in {}", here(azure, grounds)),
    };
    (
        message,
        "add it to a suite of the plan, or choose another plan or suite".to_owned(),
    )
}
