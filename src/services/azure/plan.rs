//! Holds a plan against the service: does the plan exist, and has each mapped case a point that takes the result?

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::fold::{Fold, PointResult};
use super::ground::Ground;
use super::marks::{self, Role, Summary};
use super::points::{PointIndex, choose};
use super::target::{AzureTarget, Release, SkippedTests};
use super::text::{COMMENT_LIMIT, RUN_NAME_LIMIT, cut};
use super::wire::{Plan, ResultFacts, Run, Tag};
use super::{Azure, Volume, link, lookup, missing, payload};
use crate::mapping::CaseId;
use crate::plan::{
    Mark, Part, PlanProblem, PlannedResult, ProblemKind, SubmissionKey, SubmissionPlan,
};
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
    /// The mark of what is handed in.
    pub(super) mark: Mark,
    /// A digest of which cases the tests are mapped to.
    pub(super) cases: String,
    /// The run that is there and takes the results.
    pub(super) into: Option<u64>,
    /// The run that holds all of it already, where the list of runs alone has told so.
    pub(super) settled: Option<Run>,
    /// When the first test began and the last one ended, told or reckoned.
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
    /// When each test began, where the reports do not tell it of all.
    begins: Vec<Timestamp>,
}

impl AzurePlan {
    /// Returns the result of a point.
    pub(super) fn index_of_point(&self, point: u64) -> Option<usize> {
        self.results
            .binary_search_by_key(&point, |result| result.point.id)
            .ok()
    }

    /// Returns what is said of a result.
    pub(super) fn facts(&self, index: usize, target: &AzureTarget) -> Option<ResultFacts> {
        let result = self.results.get(index)?;
        let first = result.tests.first().and_then(|test| self.begins.get(*test));
        let otherwise = first.copied().unwrap_or(self.started);
        let mut facts = payload::facts(result, &self.plan, target, otherwise)?;
        if self.into.is_some() {
            // The run is another's: its results say what they are of.
            let said = facts.comment.map(|text| format!("\n{text}"));
            let text = format!("{}{}", self.mark, said.unwrap_or_default());
            facts.comment = Some(cut(&text, COMMENT_LIMIT));
        }
        Some(facts)
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
        self.results.is_empty()
            && self.omitted == 0
            && self.settled.is_none()
            && !self.plan.results.is_empty()
    }

    fn preview(&self) -> Preview {
        if self.settled.is_some() {
            return Preview::default();
        }
        let points = self.results.len();
        if let Some(run) = self.into {
            let results = counted(points as u64, "result");
            return Preview {
                writes: vec![format!("set {results} in run {run}, which stays as it is")],
                results: self.lines(),
            };
        }
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
            results: self.lines(),
        }
    }
}

impl AzurePlan {
    fn lines(&self) -> Vec<PreviewLine> {
        let results = self.results.iter().zip(&self.outcomes);
        results
            .map(|(result, outcome)| self.line(result, outcome))
            .collect()
    }

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
    let ids = ground.identity();
    let mark = plan
        .identity
        .mark(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let digest = Summary::of_cases(&plan);
    let settled = settled(azure, &ground, (&plan, &mark), &digest)?;
    let (fold, placed) = if settled.is_some() {
        (Fold::default(), Vec::new())
    } else {
        let points = ground.points(azure, &cases(&plan))?;
        place(azure, &ground, (&plan, &points))?
    };
    problems.extend(placed);
    problems.push(unchecked());
    let times = Times::of(&plan, azure.client.now());
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
        mark,
        cases: digest,
        into: azure.target.run,
        settled,
        started: times.started,
        finished: times.finished,
        begins: times.begins,
        plan,
    })
}

/// Returns the run that holds all of it already, where the list of runs tells that: of many submissions most are old, and none of them
/// needs the points. A mapping that has changed since is another one.
fn settled(
    azure: &Azure,
    ground: &Ground,
    (plan, mark): (&SubmissionPlan, &Mark),
    cases: &str,
) -> Result<Option<Run>, ServiceError> {
    if azure.target.volume == Volume::One || mark.part != Part::Whole || ground.run.is_some() {
        return Ok(None);
    }
    let keys = [mark.journal_key(), plan.key.clone()];
    let runs = azure.memory.runs(azure, ground.plan.id.0, &keys, false)?;
    let is_whole = |run: &&Run| {
        let summary = run.comment.as_deref().and_then(Summary::read);
        marks::role(run, mark, &plan.key) == Role::Main
            && run.has_ended()
            && !marks::lacks_attachments(run)
            && run.incomplete_tests == Some(0)
            && summary.is_some_and(|summary| {
                run.total_tests == Some(summary.results)
                    && run.passed_tests == Some(summary.passed)
                    && summary.cases == cases
            })
    };
    Ok(runs.iter().find(is_whole).cloned())
}

/// When things were. A report without times is counted so that its last test ends now: never into the future.
struct Times {
    started: Timestamp,
    finished: Timestamp,
    begins: Vec<Timestamp>,
}

impl Times {
    fn of(plan: &SubmissionPlan, now: Timestamp) -> Self {
        let length = |result: &PlannedResult| result.case.duration.unwrap_or_default();
        let total: Duration = plan.results.iter().map(length).sum();
        let before = |end: Timestamp| end.checked_sub(total).unwrap_or(end);
        let started = plan
            .run
            .started
            .unwrap_or_else(|| before(plan.run.finished.unwrap_or(now)));
        let told = plan.run.finished.filter(|finished| *finished > started);
        let finished = told.unwrap_or_else(|| payload::after(started, total));
        let is_told = plan
            .results
            .iter()
            .all(|result| result.case.started.is_some());
        let mut begins = Vec::new();
        let mut next = started;
        for result in plan.results.iter().filter(|_| !is_told) {
            begins.push(next);
            next = next.checked_add(length(result)).unwrap_or(next);
        }
        Self {
            started,
            finished,
            begins,
        }
    }
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
                Ok(of_case) if !of_case.iter().any(|point| ground.takes(point.id)) => {
                    problems.push(not_in_run(ground, &mapped.id).test(&result.test));
                }
                Ok(of_case) => match choose(
                    &within(ground, of_case),
                    &mapped.id,
                    &result.case,
                    &azure.target,
                ) {
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
    problems.extend(missing::explain(azure, ground, &without_point)?);
    Ok((fold, problems))
}

/// Returns the points that results may go to.
fn within<'a>(
    ground: &Ground,
    points: &'a [super::points::Point],
) -> std::borrow::Cow<'a, [super::points::Point]> {
    if ground.run.is_none() {
        return points.into();
    }
    let of_run = points.iter().filter(|point| ground.takes(point.id));
    of_run.cloned().collect::<Vec<_>>().into()
}

fn not_in_run(ground: &Ground, id: &CaseId) -> PlanProblem {
    let run = ground.run.as_ref().map_or(0, |(run, _)| run.id.0);
    let message = format!("case {id} has no result in run {run}");
    PlanProblem::new(ProblemKind::NotInPlan, message)
        .case(id)
        .hint("start a run that has its test point, or leave `--run` out")
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
