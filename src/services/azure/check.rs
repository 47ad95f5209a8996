//! Holds a plan against the service: does the plan exist, and has each mapped case a point that takes the result?

use std::collections::{BTreeMap, BTreeSet};

use super::fold::{Fold, PointResult};
use super::points::{PointIndex, choose};
use super::target::{Release, SkippedTests};
use super::text::{RUN_NAME_LIMIT, cut};
use super::wire::{Plan, Tag};
use super::{Azure, link, lookup};
use crate::mapping::CaseId;
use crate::plan::{PlanProblem, PlannedResult, ProblemKind, SubmissionKey, SubmissionPlan};
use crate::services::{Checked, Preview, PreviewLine, RemoteCase, ServiceError, counted};

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
    /// The release that the run is linked to.
    pub(super) release: Option<Release>,
    pub(super) notices: Vec<String>,
    /// Azure's word for each result, in the order of `results`.
    pub(super) outcomes: Vec<String>,
    /// The run's tags, as Azure takes them.
    pub(super) tags: Vec<Tag>,
}

impl AzurePlan {
    /// Returns the points that get results.
    pub(super) fn points(&self) -> impl Iterator<Item = u64> {
        self.results.iter().map(|result| result.point.id)
    }

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
                "create the run `{}` in plan {} `{}` with {}",
                self.run_name(),
                self.plan_id,
                self.plan_name,
                counted(points as u64, "test point")
            ),
            format!("set {}", counted(points as u64, "result")),
        ];
        let files: usize = self
            .plan
            .results
            .iter()
            .map(|result| result.files.len())
            .sum();
        if files > 0 {
            writes.push(format!("attach {}", counted(files as u64, "file")));
        }
        writes.push("complete the run".to_owned());
        if self.omitted > 0 {
            writes.push(format!(
                "leave out {} of skipped tests",
                counted(self.omitted as u64, "point")
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
    let ground = azure.memory.ground(azure)?;
    let mut problems = inactive(&ground.plan);
    let (fold, placed) = place(azure, &plan, &ground.points)?;
    problems.extend(placed);
    problems.push(unchecked());
    let (results, omitted) = fold.into_results(azure.target.skipped == SkippedTests::Send);
    let mut notices = Vec::new();
    let build = link::build(azure, &plan, &mut notices)?;
    let release = link::release(azure, &mut notices);
    let tags = link::tags(&plan.run.tags, &mut notices);
    let outcomes = results
        .iter()
        .map(|result| azure.target.outcome(result.verdict).to_owned())
        .collect();
    Ok(AzurePlan {
        plan_id: ground.plan.id.0,
        plan_name: ground.plan.name.clone(),
        results,
        omitted,
        problems,
        build,
        release,
        notices,
        outcomes,
        tags,
        plan,
    })
}

/// Tells whether nobody works with the plan any more.
fn inactive(plan: &Plan) -> Vec<PlanProblem> {
    let inactive = plan
        .state
        .as_deref()
        .is_some_and(|state| state.eq_ignore_ascii_case("inactive"));
    let problem = inactive.then(|| {
        let message = format!("the test plan {} `{}` is not active", plan.id.0, plan.name);
        PlanProblem::new(ProblemKind::NotReady, message)
            .hint("activate it, or choose another with `--plan`")
    });
    problem.into_iter().collect()
}

/// Says what only writing would tell.
fn unchecked() -> PlanProblem {
    PlanProblem::new(
        ProblemKind::NotChecked,
        "whether this token may write test results cannot be told without writing",
    )
    .hint("it needs the scope Test Management: Read & write (`vso.test_write`)")
}

pub(super) fn check_configuration(azure: &Azure, points: &PointIndex) -> Result<(), ServiceError> {
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
    let number = lookup::number(id);
    number.map(|number| points.of(number)).ok_or_else(|| {
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
    let found = match lookup::cases(azure, &ids) {
        Ok(found) => Some(found),
        // Work items have a scope of their own. Without it nobody can tell whether a case exists; that it has no point is known.
        Err(ServiceError::Transport(error)) if error.status() == Some(403) => None,
        Err(error) => return Err(error),
    };
    let known: Option<BTreeMap<&CaseId, &RemoteCase>> = found
        .as_ref()
        .map(|found| found.iter().map(|case| (&case.id, case)).collect());
    let mut problems = Vec::new();
    for (id, tests) in cases {
        let exists = known.as_ref().map_or(Existence::Untold, |known| {
            let number = lookup::number(id).map(|number| CaseId(number.to_string()));
            number
                .and_then(|id| known.get(&id))
                .map_or(Existence::No, |case| Existence::Yes(case))
        });
        let mut named = BTreeSet::new();
        for test in tests.iter().filter(|test| named.insert(&test.test)) {
            problems.push(missing(id, exists, azure.client.project()).test(&test.test));
        }
    }
    Ok(problems)
}

/// Whether a work item exists.
#[derive(Debug, Clone, Copy)]
enum Existence<'a> {
    Yes(&'a RemoteCase),
    No,
    /// The token may not look.
    Untold,
}

fn missing(id: &CaseId, exists: Existence<'_>, project: &str) -> PlanProblem {
    let problem = match exists {
        Existence::No => PlanProblem::new(
            ProblemKind::MissingCase,
            format!("work item {id} does not exist, or this account may not see it"),
        )
        .hint("correct the mapping, or remove it with `handin map unset`"),
        Existence::Yes(case) if !case.is_test_case => PlanProblem::new(
            ProblemKind::NotATestCase,
            format!("work item {id} is no test case"),
        )
        .hint("correct the mapping"),
        Existence::Yes(case) => PlanProblem::new(
            ProblemKind::NotInPlan,
            match case.place.as_deref() {
                Some(place) if !place.eq_ignore_ascii_case(project) => format!(
                    "case {id} exists in the project `{place}` and has no test point in this plan"
                ),
                Some(_) | None => format!("case {id} exists and has no test point in this plan"),
            },
        )
        .hint("add it to a suite of the plan, or choose another plan or suite"),
        Existence::Untold => PlanProblem::new(
            ProblemKind::NotInPlan,
            format!(
                "case {id} has no test point in this plan; whether it exists was not looked up, for want of the scope Work Items: Read (`vso.work`)"
            ),
        )
        .hint("add it to a suite of the plan, or correct the mapping"),
    };
    problem.case(id)
}
