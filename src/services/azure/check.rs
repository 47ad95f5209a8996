//! Holds a plan against the service: does the plan exist, and has each mapped case a point that takes the result?

use std::collections::BTreeMap;

use super::endpoint::Endpoints;
use super::fold::{Fold, PointResult};
use super::ground::Ground;
use super::points::{PointIndex, choose};
use super::target::{Release, SkippedTests};
use super::text::{RUN_NAME_LIMIT, cut};
use super::wire::{Configuration, Plan, Tag};
use super::{Azure, link, lookup, missing};
use crate::mapping::CaseId;
use crate::plan::{PlanProblem, ProblemKind, SubmissionKey, SubmissionPlan};
use crate::services::{Checked, Preview, PreviewLine, ServiceError, counted};

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

    fn leaves_out(&self) -> bool {
        true
    }

    fn is_void(&self) -> bool {
        self.results.is_empty() && self.omitted == 0
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
    let points = ground.points(azure, &cases(&plan))?;
    let (fold, placed) = place(azure, &ground, (&plan, &points))?;
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

/// Returns the cases that the tests are mapped to, each once.
fn cases(plan: &SubmissionPlan) -> Vec<u64> {
    let mapped = plan.results.iter().flat_map(|result| &result.cases);
    let mut cases: Vec<u64> = mapped.filter_map(|case| lookup::number(&case.id)).collect();
    cases.sort_unstable();
    cases.dedup();
    cases
}

/// Tells whether nobody works with the plan any more.
fn inactive(plan: &Plan) -> Vec<PlanProblem> {
    let problem = plan.is_inactive().then(|| {
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

/// Tells whether a configuration that no case has is none of the project either: then the setting is wrong, and not the case.
fn check_configuration(azure: &Azure) -> Result<(), ServiceError> {
    let Some(wanted) = &azure.target.configuration else {
        return Ok(());
    };
    let known: Vec<Configuration> = azure.client.pages(Endpoints::configurations)?;
    let is_known = known
        .iter()
        .any(|known| known.name.eq_ignore_ascii_case(wanted) || known.id.0.to_string() == *wanted);
    if is_known {
        return Ok(());
    }
    let message = format!(
        "there is no configuration `{wanted}` in the project `{}`; nothing was written",
        azure.client.project()
    );
    Err(ServiceError::setting(message)
        .hint("list the configurations with `handin projects azure PROJECT`"))
}

/// Gives each mapped test its points.
fn place(
    azure: &Azure,
    ground: &Ground,
    (plan, points): (&SubmissionPlan, &PointIndex),
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
    if fold.is_empty() && problems.iter().any(|it| it.kind == ProblemKind::NotInPlan) {
        check_configuration(azure)?;
    }
    problems.extend(missing::explain(azure, ground, &without_point)?);
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
