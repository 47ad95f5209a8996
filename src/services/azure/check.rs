//! Holds a plan against the service: does the plan exist, and has each mapped case a point that takes the result?

use std::collections::{BTreeMap, BTreeSet};

use super::fold::{Fold, PointResult};
use super::points::{PointIndex, choose};
use super::target::SkippedTests;
use super::text::{RUN_NAME_LIMIT, cut};
use super::{Azure, lookup};
use crate::mapping::CaseId;
use crate::plan::{PlanProblem, PlannedResult, ProblemKind, SubmissionKey, SubmissionPlan};
use crate::services::{Checked, Preview, PreviewLine, ServiceError};

/// A plan that Azure can take.
#[derive(Debug)]
pub struct AzurePlan {
    pub(super) plan: SubmissionPlan,
    /// The test plan on the service.
    pub(super) plan_id: u64,
    pub(super) plan_name: String,
    pub(super) results: Vec<PointResult>,
    /// How many points only have skipped tests, and are left out.
    pub(super) omitted: usize,
    pub(super) problems: Vec<PlanProblem>,
    /// Azure's numeric id of the build, where the run may be linked to it.
    pub(super) build: Option<u64>,
    pub(super) notices: Vec<String>,
    /// Azure's word for each result, in the order of `results`.
    pub(super) outcomes: Vec<String>,
}

impl AzurePlan {
    pub(super) fn run_name(&self) -> String {
        cut(&self.plan.run.name, RUN_NAME_LIMIT)
    }
}

impl Checked for AzurePlan {
    fn key(&self) -> &SubmissionKey {
        &self.plan.key
    }

    fn problems(&self) -> &[PlanProblem] {
        &self.problems
    }

    fn preview(&self) -> Preview {
        let points = self.results.len();
        let mut writes = vec![
            format!(
                "create the run `{}` in plan {} `{}` with {points} test points",
                self.run_name(),
                self.plan_id,
                self.plan_name
            ),
            format!("set {points} results"),
        ];
        let files: usize = self
            .plan
            .results
            .iter()
            .map(|result| result.files.len())
            .sum();
        if files > 0 {
            writes.push(format!("attach {files} files"));
        }
        writes.push("complete the run".to_owned());
        if self.omitted > 0 {
            writes.push(format!(
                "leave out {} points of skipped tests",
                self.omitted
            ));
        }
        Preview {
            writes,
            results: self
                .results
                .iter()
                .zip(&self.outcomes)
                .map(|(result, outcome)| self.line(result, outcome))
                .collect(),
        }
    }
}

impl AzurePlan {
    fn line(&self, result: &PointResult, outcome: &str) -> PreviewLine {
        let tests: Vec<&str> = result
            .tests
            .iter()
            .filter_map(|index| self.plan.results.get(*index))
            .map(|test| test.test.as_str())
            .collect();
        let point = &result.point;
        let place = format!(
            "case {} in `{}`, {} (point {})",
            point.case, point.suite, point.configuration_name, point.id
        );
        PreviewLine {
            test: tests.join(" + "),
            place,
            outcome: outcome.to_owned(),
        }
    }
}

/// Holds a plan against the service. Reads only.
pub(super) fn check(azure: &Azure, plan: SubmissionPlan) -> Result<AzurePlan, ServiceError> {
    let target = lookup::test_plan(azure)?;
    let suite = lookup::suite(azure, &target)?;
    let points = PointIndex::new(lookup::points(azure, target.id.0, suite)?);
    check_configuration(azure, &points)?;
    let (fold, problems) = place(azure, &plan, &points)?;
    let (results, omitted) = fold.into_results(azure.target.skipped == SkippedTests::Send);
    let (build, notices) = build(azure, &plan);
    let outcomes = results
        .iter()
        .map(|result| azure.target.outcome(result.verdict).to_owned())
        .collect();
    Ok(AzurePlan {
        plan_id: target.id.0,
        plan_name: target.name,
        results,
        omitted,
        problems,
        build,
        notices,
        outcomes,
        plan,
    })
}

fn check_configuration(azure: &Azure, points: &PointIndex) -> Result<(), ServiceError> {
    match &azure.target.configuration {
        Some(wanted) if !points.knows_configuration(wanted) => Err(ServiceError::setting(format!(
            "no test point of the plan has the configuration `{wanted}`; nothing was written"
        ))
        .hint("list the configurations with `handin projects azure PROJECT`")),
        Some(_) | None => Ok(()),
    }
}

/// Gives each mapped test its points.
fn place(
    azure: &Azure,
    plan: &SubmissionPlan,
    points: &PointIndex,
) -> Result<(Fold, Vec<PlanProblem>), ServiceError> {
    let mut fold = Fold::default();
    let mut problems = Vec::new();
    let mut without_point = BTreeMap::new();
    for (index, result) in plan.results.iter().enumerate() {
        for mapped in &result.cases {
            match points_of(points, &mapped.id) {
                Ok([]) => {
                    without_point
                        .entry(mapped.id.clone())
                        .or_insert_with(Vec::new)
                        .push(result);
                }
                Ok(of_case) => match choose(of_case, &mapped.id, &result.case, &azure.target) {
                    Ok(chosen) => {
                        for point in chosen {
                            fold.add(point, index, result.case.outcome.verdict());
                        }
                    }
                    Err(problem) => problems.push(problem),
                },
                Err(problem) => problems.push(problem.test(&result.test)),
            }
        }
    }
    problems.extend(explain_missing(azure, &without_point)?);
    Ok((fold, problems))
}

fn points_of<'a>(
    points: &'a PointIndex,
    id: &CaseId,
) -> Result<&'a [super::points::Point], PlanProblem> {
    let number = id.0.trim().trim_start_matches('#').parse::<u64>();
    number.map(|number| points.of(number)).map_err(|_| {
        PlanProblem::new(
            ProblemKind::MissingCase,
            format!("`{id}` is no work item id: Azure's are numbers"),
        )
        .case(id)
        .hint("correct the mapping")
    })
}

/// Tells why cases have no point: they do not exist, are no test cases, or are not in the plan.
fn explain_missing(
    azure: &Azure,
    cases: &BTreeMap<CaseId, Vec<&PlannedResult>>,
) -> Result<Vec<PlanProblem>, ServiceError> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<CaseId> = cases.keys().cloned().collect();
    let found = lookup::cases(azure, &ids)?;
    let known: BTreeMap<&CaseId, bool> = found
        .iter()
        .map(|case| (&case.id, case.is_test_case))
        .collect();
    let mut problems = Vec::new();
    for (id, tests) in cases {
        let mut named = BTreeSet::new();
        for test in tests.iter().filter(|test| named.insert(&test.test)) {
            problems.push(missing(id, known.get(id).copied()).test(&test.test));
        }
    }
    Ok(problems)
}

fn missing(id: &CaseId, is_test_case: Option<bool>) -> PlanProblem {
    let problem = match is_test_case {
        None => PlanProblem::new(
            ProblemKind::MissingCase,
            format!("work item {id} does not exist, or this account may not see it"),
        )
        .hint("correct the mapping, or remove it with `handin map unset`"),
        Some(false) => PlanProblem::new(
            ProblemKind::NotATestCase,
            format!("work item {id} is no test case"),
        )
        .hint("correct the mapping"),
        Some(true) => PlanProblem::new(
            ProblemKind::NotInPlan,
            format!("case {id} exists and has no test point in this plan"),
        )
        .hint("add it to a suite of the plan, or choose another plan or suite"),
    };
    problem.case(id)
}

/// Tells which build the run may be linked to. Azure refuses one of another project, and an id that is no number.
fn build(azure: &Azure, plan: &SubmissionPlan) -> (Option<u64>, Vec<String>) {
    let Some(build) = &plan.run.build else {
        return (None, Vec::new());
    };
    let elsewhere = build
        .project
        .as_deref()
        .is_some_and(|project| !project.eq_ignore_ascii_case(azure.client.project()));
    match &build.id {
        Some(_) if elsewhere => {
            let project = build.project.as_deref().unwrap_or_default();
            let notice = format!(
                "the build belongs to the project `{project}`: the run is not linked to it, its address is in the comment"
            );
            (None, vec![notice])
        }
        Some(id) => match id.parse() {
            Ok(id) => (Some(id), Vec::new()),
            Err(_) => (
                None,
                vec![format!(
                    "`{id}` is no Azure build id: the run is not linked to a build"
                )],
            ),
        },
        None => (None, Vec::new()),
    }
}
