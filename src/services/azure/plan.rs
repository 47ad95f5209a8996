//! Holds a plan against the service: does the plan exist, and has each mapped case a point that takes the result?

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::api::{BATCH, BATCH_BYTES, RESULTS_PER_PAGE};
use super::associate::mark_of;
use super::fold::{Fold, PointResult};
use super::ground::Ground;
use super::marks::{self, Role, Summary};
use super::new_cases::{self, Wanted};
use super::places::Belongs;
use super::points::{Point, PointIndex, choose};
use super::settings::SkippedTests;
use super::target::{AzureTarget, Release};
use super::text::{COMMENT_LIMIT, RUN_NAME_LIMIT, cut, one_line};
use super::wire::{Plan, ResultFacts, Run, Tag};
use super::{Azure, Volume, link, lookup, missing, payload, places};
use crate::mapping::CaseId;
use crate::model::Verdict;
use crate::plan::{
    Mark, Part, PlanProblem, PlannedResult, ProblemKind, SubmissionKey, SubmissionPlan,
};
use crate::services::{Checked, Preview, PreviewLine, ServiceError, counted};

/// A plan that Azure can take.
#[derive(Debug)]
pub struct AzurePlan {
    pub(super) plan: Arc<SubmissionPlan>,
    /// What is handed in, test plan by test plan: each gets a run of its own.
    pub(super) runs: Vec<RunPlan>,
    /// The cases that are to be made for tests that have none.
    pub(super) new_cases: Vec<Wanted>,
    /// How many points only have skipped tests, and are left out.
    pub(super) omitted: usize,
    pub(super) problems: Vec<PlanProblem>,
}

/// What one test plan is handed.
#[derive(Debug)]
pub(super) struct RunPlan {
    pub(super) plan: Arc<SubmissionPlan>,
    /// The test plan on the service.
    pub(super) plan_id: u64,
    pub(super) plan_name: String,
    /// Whether other test plans are handed a part of the submission too.
    pub(super) is_one_of_several: bool,
    pub(super) results: Vec<PointResult>,
    /// How many points only have skipped tests, and are left out.
    pub(super) omitted: usize,
    /// Azure's numeric id of the build, where the run may be linked to it.
    pub(super) build: Option<u64>,
    /// The release that the run is linked to.
    pub(super) release: Option<Release>,
    pub(super) notices: Vec<String>,
    /// Azure's words for how tests end.
    pub(super) words: BTreeMap<Verdict, String>,
    /// The run's tags, as Azure takes them.
    pub(super) tags: Vec<Tag>,
    /// The mark of what is handed in.
    pub(super) mark: Mark,
    /// A digest of which cases the tests are mapped to.
    pub(super) cases: String,
    /// The run that is there and takes the results.
    pub(super) into: Option<u64>,
    /// Whether it only completes the run that others opened, and submits nothing.
    pub(super) only_closes: bool,
    /// The run that holds all of it already, where the list of runs alone has told so.
    pub(super) settled: Option<Run>,
    /// When the first test began and the last one ended, told or reckoned.
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
    /// When each test began, where the reports do not tell it of all.
    begins: Arc<[Timestamp]>,
}

impl RunPlan {
    /// Returns the result of a point.
    pub(super) fn index_of_point(&self, point: u64) -> Option<usize> {
        self.results
            .binary_search_by_key(&point, |result| result.point.id)
            .ok()
    }

    /// Returns Azure's word for a result.
    pub(super) fn outcome(&self, result: &PointResult) -> &str {
        self.words.get(&result.verdict).map_or("", String::as_str)
    }

    /// Returns the data of a result.
    pub(super) fn facts(&self, index: usize, target: &AzureTarget) -> Option<ResultFacts> {
        let result = self.results.get(index)?;
        let first = result.tests.as_slice().first();
        let first = first.and_then(|test| self.begins.get(*test));
        let otherwise = first.copied().unwrap_or(self.started);
        let mut facts = payload::facts(
            result,
            &self.plan,
            target,
            otherwise,
            (self.started, self.finished),
        )?;
        if self.into.is_some() {
            // The run is another's: its results say what they are of.
            let said = facts.comment.map(|text| format!("\n{text}"));
            let text = format!("{}{}", self.mark, said.unwrap_or_default());
            facts.comment = Some(cut(&text, COMMENT_LIMIT));
        }
        Some(facts)
    }

    pub(super) fn run_name(&self) -> String {
        cut(&one_line(&self.plan.run.name), RUN_NAME_LIMIT)
    }

    /// Describes what would be written, with this many results whose cases get their test points first.
    fn writes(&self, new: usize) -> Vec<String> {
        let points = self.results.len() + new;
        if self.settled.is_some() || (points == 0 && self.is_one_of_several) {
            return Vec::new();
        }
        if self.only_closes {
            let (plan, name) = (self.plan_id, &self.plan_name);
            return vec![format!(
                "complete the open run of this build in plan {plan} `{name}`"
            )];
        }
        if let Some(run) = self.into {
            let results = counted(points as u64, "result");
            return vec![format!("set {results} in run {run}, which stays as it is")];
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
        let files = self.files();
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
        writes
    }

    fn files(&self) -> usize {
        let tests: BTreeSet<usize> = self
            .results
            .iter()
            .flat_map(|result| result.tests.iter().copied())
            .collect();
        let results = tests
            .into_iter()
            .filter_map(|test| self.plan.results.get(test));
        results.map(|result| result.files.len()).sum()
    }

    fn lines(&self) -> impl Iterator<Item = PreviewLine> {
        self.results.iter().map(|result| self.line(result))
    }

    fn line(&self, result: &PointResult) -> PreviewLine {
        let tests: Vec<&str> = result
            .tests
            .iter()
            .filter_map(|index| self.plan.results.get(*index))
            .map(|test| test.test.as_str())
            .collect();
        let point = &result.point;
        let of_plan = if self.is_one_of_several {
            format!(" of plan `{}`", self.plan_name)
        } else {
            String::new()
        };
        let place = format!(
            "case {} in `{}`{of_plan}, {} (point {})",
            point.case, point.place.suite, point.place.configuration_name, point.id
        );
        PreviewLine {
            test: tests.join(" + "),
            place,
            outcome: self.outcome(result).to_owned(),
        }
    }
}

impl Checked for AzurePlan {
    fn key(&self) -> &SubmissionKey {
        &self.plan.key
    }

    fn problems(&self) -> &[PlanProblem] {
        &self.problems
    }

    fn place_names(&self) -> Vec<String> {
        let names: Vec<&str> = self.runs.iter().map(|run| run.plan_name.as_str()).collect();
        match names.join(", ") {
            none if none.is_empty() => Vec::new(),
            names => vec![String::new(), names],
        }
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn is_void(&self) -> bool {
        let is_void = |run: &RunPlan| run.results.is_empty() && run.settled.is_none();
        self.runs.iter().all(is_void)
            && self.new_cases.is_empty()
            && self.omitted == 0
            && !self.plan.results.is_empty()
    }

    fn omitted(&self) -> usize {
        if self.omitted == 0 {
            return 0;
        }
        let runs = self.runs.iter().flat_map(|run| &run.results);
        let sent: HashSet<usize> = runs.flat_map(|it| it.tests.iter().copied()).collect();
        let troubled: HashSet<_> = self
            .problems
            .iter()
            .filter_map(|it| it.test.as_ref())
            .collect();
        let tests = self.plan.results.iter().enumerate();
        tests
            .filter(|(index, test)| {
                test.case.verdict() == Verdict::Skipped
                    && !sent.contains(index)
                    && !troubled.contains(&test.test)
            })
            .count()
    }

    fn preview(&self) -> Preview {
        let new = self.new_cases.iter().map(|wanted| PreviewLine {
            test: wanted.test.clone(),
            place: match wanted.case {
                Some(case) => format!("case {case}, once it is in suite {}", wanted.suite()),
                None => format!("a new case in suite {}", wanted.suite()),
            },
            outcome: wanted.outcome.clone(),
        });
        let runs = self.runs.iter();
        let new_of = |run: &RunPlan| {
            let wanted = self.new_cases.iter();
            wanted
                .filter(|it| it.ground.plan.id.0 == run.plan_id)
                .count()
        };
        let made = self.new_cases.iter().filter(|it| it.case.is_none()).count() as u64;
        let adding = self.new_cases.len() as u64;
        Preview {
            requests: Some(
                runs.clone().map(RunPlan::requests).sum::<u64>() + ALWAYS + made + adding,
            ),
            writes: self
                .new_case_writes()
                .into_iter()
                .chain(runs.clone().flat_map(|run| run.writes(new_of(run))))
                .collect(),
            results: runs.flat_map(RunPlan::lines).chain(new).collect(),
        }
    }
}

/// What finding the project, the plan and its points takes.
const ALWAYS: u64 = 4;

impl RunPlan {
    /// Returns about how many requests it takes: the run, its results, which are read twice, and their files.
    fn requests(&self) -> u64 {
        const AROUND: u64 = 5;
        let results = self.results.len() as u64;
        let bytes = self.results.iter().map(|it| payload::size(it, &self.plan));
        let by_bytes = bytes.sum::<u64>().div_ceil(BATCH_BYTES);
        let batches = results.div_ceil(BATCH as u64).max(by_bytes);
        let tests = self.results.iter().flat_map(|result| result.tests.iter());
        let tests = tests.filter_map(|index| self.plan.results.get(*index));
        let files: usize = tests.map(|test| test.files.len()).sum();
        AROUND + 2 * results.div_ceil(RESULTS_PER_PAGE) + batches + files as u64
    }
}

impl AzurePlan {
    fn new_case_writes(&self) -> Option<String> {
        let new = self.new_cases.iter().filter(|it| it.case.is_none()).count();
        let all = self.new_cases.len() as u64;
        (all > 0).then(|| {
            format!(
                "create {}, and add {} to the suite, with a test point for each",
                counted(new as u64, "test case"),
                counted(all, "case")
            )
        })
    }

    /// Returns the same with the cases that were made meanwhile.
    pub(super) fn with_cases(
        &self,
        azure: &Azure,
        cases: &HashMap<String, u64>,
    ) -> Result<Self, ServiceError> {
        check_with(azure, (*self.plan).clone(), Some(cases))
    }
}

/// Holds a plan against the service. Reads only.
pub(super) fn check(azure: &Azure, plan: SubmissionPlan) -> Result<AzurePlan, ServiceError> {
    check_with(azure, plan, None)
}

fn check_with(
    azure: &Azure,
    mut plan: SubmissionPlan,
    cases: Option<&HashMap<String, u64>>,
) -> Result<AzurePlan, ServiceError> {
    let mut notices = Vec::new();
    let made = assign_made(azure, &mut plan, cases, &mut notices)?;
    let plan = Arc::new(plan);
    let base = azure.memory.base(azure)?;
    let digest = Summary::of_cases(&plan);
    let mut problems: Vec<PlanProblem> = base.iter().flat_map(|it| inactive(&it.plan)).collect();
    let common = Common {
        build: link::build(azure, &plan, &mut notices)?,
        release: link::release(azure, &mut notices)?,
        tags: link::tags(&plan.run.tags, &mut notices),
        times: Times::of(&plan, azure.client.now()),
        notices,
        digest,
    };
    if let [only] = base.as_slice()
        && let Some(run) = settled(azure, only, &plan, &common.digest)?
    {
        let mut part = common.part(azure, &plan, (only, Fold::default()));
        part.settled = Some(run);
        problems.push(unchecked());
        let skipped = plan.results.iter().filter(|it| is_left_out(azure, it));
        return Ok(AzurePlan {
            omitted: skipped.count(),
            runs: vec![part],
            new_cases: Vec::new(),
            problems,
            plan,
        });
    }
    let mut placing = Placing {
        azure,
        base: base.len(),
        grounds: base,
        belongs: Vec::with_capacity(plan.results.len()),
        problems: Vec::new(),
        made,
        wanted: Vec::new(),
    };
    placing.route(&plan)?;
    let folds = placing.place(&plan)?;
    problems.append(&mut placing.problems);
    let new_cases = std::mem::take(&mut placing.wanted);
    problems.push(unchecked());
    let runs = common.parts(azure, &plan, (placing, folds))?;
    if azure.target.volume == Volume::One && new_cases.is_empty() {
        azure.memory.forget_places();
    }
    Ok(AzurePlan {
        omitted: runs.iter().map(|run| run.omitted).sum::<usize>() + unmade(azure, &plan),
        new_cases,
        runs,
        problems,
        plan,
    })
}

/// Gives tests without a case the one that was made for them before. Returns which cases are such.
fn assign_made(
    azure: &Azure,
    plan: &mut SubmissionPlan,
    known: Option<&HashMap<String, u64>>,
    notices: &mut Vec<String>,
) -> Result<HashSet<u64>, ServiceError> {
    if !azure.target.create {
        return Ok(HashSet::new());
    }
    azure.target.new_cases.named()?;
    let results = plan.results.iter().enumerate();
    let open: Vec<(usize, String)> = results
        .filter(|(_, result)| result.cases.is_empty())
        .map(|(index, result)| (index, mark_of(&result.case.unpack())))
        .collect();
    let marks: BTreeSet<&str> = open.iter().map(|(_, mark)| mark.as_str()).collect();
    let found: HashMap<String, u64> = if marks.is_empty() {
        HashMap::new()
    } else {
        let marks: Vec<&str> = marks.into_iter().collect();
        let found = new_cases::find(azure, &marks)?;
        // Those that were made in this call are agreed on, and told of.
        let several = open.iter().filter(|_| known.is_none());
        notices.extend(several.filter_map(|(index, mark)| {
            let (test, cases) = (&plan.results.get(*index)?.test, found.get(mark)?);
            let ids: Vec<String> = cases.iter().map(u64::to_string).collect();
            (ids.len() > 1).then(|| {
                format!(
                    "several test cases were made for `{}`: results go to the one with a test point; the others can be deleted, and were not taken back: {}",
                    test.as_str(),
                    ids.join(", ")
                )
            })
        }));
        let mut found: HashMap<String, u64> = found
            .into_iter()
            .filter_map(|(mark, cases)| Some((mark, *cases.first()?)))
            .collect();
        found.extend(
            known
                .into_iter()
                .flatten()
                .map(|(mark, id)| (mark.clone(), *id)),
        );
        found
    };
    for (index, mark) in open {
        if let (Some(case), Some(result)) = (found.get(&mark), plan.results.get_mut(index)) {
            result.cases = vec![CaseId(case.to_string())];
        }
    }
    Ok(found.into_values().collect())
}

/// Counts the skipped tests without a case: none is made for them.
fn unmade(azure: &Azure, plan: &SubmissionPlan) -> usize {
    let results = plan.results.iter();
    results
        .filter(|result| result.cases.is_empty() && is_left_out(azure, result))
        .count()
}

fn is_left_out(azure: &Azure, result: &PlannedResult) -> bool {
    result.case.verdict() == Verdict::Skipped && azure.target.skipped == SkippedTests::Omit
}

/// What is said of each of the runs.
struct Common {
    build: Option<u64>,
    release: Option<Release>,
    tags: Vec<Tag>,
    times: Times,
    notices: Vec<String>,
    digest: String,
}

impl Common {
    /// Returns the results of each test plan, in the order of the settings. One without results has no run, unless other processes may
    /// have something for it.
    fn parts(
        &self,
        azure: &Azure,
        plan: &Arc<SubmissionPlan>,
        (placing, mut folds): (Placing<'_>, BTreeMap<usize, Fold>),
    ) -> Result<Vec<RunPlan>, ServiceError> {
        let base = placing.base;
        let mut grounds = placing.grounds;
        if azure.target.shared {
            grounds.extend(places::of_rules(azure)?);
        }
        let mut parts: Vec<RunPlan> = Vec::new();
        let mut merged: Vec<(Arc<Ground>, bool, Fold)> = Vec::new();
        for (index, ground) in grounds.into_iter().enumerate() {
            let fold = folds.remove(&index).unwrap_or_default();
            let same = merged
                .iter_mut()
                .find(|(known, ..)| known.plan.id == ground.plan.id);
            match same {
                Some((.., known)) => known.join(fold),
                None => merged.push((ground, index < base, fold)),
            }
        }
        let keeps_all = azure.target.shared || azure.target.run.is_some();
        let is_used = |fold: &Fold| keeps_all || !fold.is_empty();
        if merged.iter().any(|(.., fold)| is_used(fold)) {
            merged.retain(|(.., fold)| is_used(fold));
        } else {
            merged.truncate(1);
        }
        let is_one_of_several = merged.len() > 1;
        for (ground, is_base, fold) in merged {
            let ground = if is_base {
                ground
            } else {
                Arc::new(ground.whole()?)
            };
            let mut part = self.part(azure, plan, (&ground, fold));
            part.is_one_of_several = is_one_of_several;
            parts.push(part);
        }
        Ok(parts)
    }

    fn part(
        &self,
        azure: &Azure,
        plan: &Arc<SubmissionPlan>,
        (ground, fold): (&Ground, Fold),
    ) -> RunPlan {
        let (results, omitted) = fold.into_results(azure.target.skipped == SkippedTests::Send);
        let word = |verdict| (verdict, azure.target.outcome(verdict).to_owned());
        RunPlan {
            plan_id: ground.plan.id.0,
            plan_name: ground.plan.name.clone(),
            is_one_of_several: false,
            results,
            omitted,
            build: self.build,
            release: self.release.clone(),
            notices: self.notices.clone(),
            words: Verdict::ALL.into_iter().map(word).collect(),
            tags: self.tags.clone(),
            mark: mark(ground, plan),
            cases: self.digest.clone(),
            into: azure.target.run,
            only_closes: azure.target.shared
                && azure.target.completes
                && azure.target.run.is_none()
                && plan.results.is_empty(),
            settled: None,
            started: self.times.started,
            finished: self.times.finished,
            begins: Arc::clone(&self.times.begins),
            plan: Arc::clone(plan),
        }
    }
}

fn mark(ground: &Ground, plan: &SubmissionPlan) -> Mark {
    let ids = ground.identity();
    plan.identity
        .mark(&ids.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Returns the run that holds all of it already, where the list of runs tells that: of many submissions most are old, and none of them
/// needs the points. A mapping that has changed since is another one.
fn settled(
    azure: &Azure,
    ground: &Ground,
    plan: &SubmissionPlan,
    cases: &str,
) -> Result<Option<Run>, ServiceError> {
    let mark = &mark(ground, plan);
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

/// When things were. A report without times is counted so that its last test ends now: never into the future. Tests that ran side by side
/// took longer together than there was time.
struct Times {
    started: Timestamp,
    finished: Timestamp,
    begins: Arc<[Timestamp]>,
}

impl Times {
    fn of(plan: &SubmissionPlan, now: Timestamp) -> Self {
        let length = |result: &PlannedResult| result.case.times().0.unwrap_or_default();
        let total: Duration = plan.results.iter().map(length).sum();
        let before = |end: Timestamp| end.checked_sub(total).unwrap_or(end);
        let started = plan
            .run
            .started
            .unwrap_or_else(|| before(plan.run.finished.unwrap_or(now)));
        let told = plan.run.finished.filter(|finished| *finished > started);
        let finished = told.unwrap_or_else(|| payload::after(started, total));
        let finished = if started < now {
            finished.min(now.max(payload::after(started, Duration::ZERO)))
        } else {
            finished
        };
        let is_told = plan
            .results
            .iter()
            .all(|result| result.case.times().1.is_some());
        let mut begins = Vec::new();
        let mut next = started;
        for result in plan.results.iter().filter(|_| !is_told) {
            begins.push(next);
            next = next.checked_add(length(result)).unwrap_or(next);
        }
        Self {
            started,
            finished,
            begins: begins.into(),
        }
    }
}

/// Returns whether nobody works with the plan any more.
fn inactive(plan: &Plan) -> Vec<PlanProblem> {
    let problem = plan.is_inactive().then(|| {
        let message = format!("the test plan {} `{}` is not active", plan.id.0, plan.name);
        PlanProblem::new(ProblemKind::NotReady, message)
            .hint("activate it, or choose another with `--plan`")
    });
    problem.into_iter().collect()
}

/// Warns about what only a write can reveal.
fn unchecked() -> PlanProblem {
    PlanProblem::new(
        ProblemKind::NotChecked,
        "only a write shows whether this token may write test results",
    )
    .hint("it needs the scope Test Management: Read & write (`vso.test_write`)")
}

/// Gives each mapped test its points.
struct Placing<'a> {
    azure: &'a Azure,
    /// How many of the places are those of the settings; the others are named by tests.
    base: usize,
    grounds: Vec<Arc<Ground>>,
    /// Where each test belongs.
    belongs: Vec<Belongs>,
    problems: Vec<PlanProblem>,
    /// The cases that were made for tests.
    made: HashSet<u64>,
    /// The cases that are to be made, in the order of the reports.
    wanted: Vec<Wanted>,
}

impl Placing<'_> {
    /// Finds the places of each test.
    fn route(&mut self, plan: &SubmissionPlan) -> Result<(), ServiceError> {
        for result in &plan.results {
            let found = places::of_test(self.azure, result, (self.base, &mut self.grounds))?;
            self.belongs.push(match found {
                Ok(belongs) => belongs,
                Err(problem) => {
                    self.problems.push(problem);
                    Belongs::Nowhere
                }
            });
        }
        Ok(())
    }

    /// Returns the places that may take the results of a test.
    fn places(&self, test: usize) -> Range<usize> {
        match self.belongs.get(test) {
            Some(Belongs::Base) => 0..self.base,
            Some(Belongs::To(place)) => *place..place + 1,
            Some(Belongs::Nowhere) | None => 0..0,
        }
    }

    /// Asks each place for the points of the cases whose tests may belong there.
    fn points(&self, plan: &SubmissionPlan) -> Result<Vec<Arc<PointIndex>>, ServiceError> {
        let mut cases = vec![BTreeSet::new(); self.grounds.len()];
        for (index, result) in plan.results.iter().enumerate() {
            for place in self.places(index) {
                let mapped = result.cases.iter();
                if let Some(cases) = cases.get_mut(place) {
                    cases.extend(mapped.filter_map(lookup::number));
                }
            }
        }
        let asked = self.grounds.iter().zip(cases);
        asked
            .map(|(ground, cases)| {
                ground.points(self.azure, &cases.into_iter().collect::<Vec<_>>())
            })
            .collect()
    }

    /// Gives each test the points that take its result.
    fn place(&mut self, plan: &SubmissionPlan) -> Result<BTreeMap<usize, Fold>, ServiceError> {
        let points = self.points(plan)?;
        let mut folds: BTreeMap<usize, Fold> = BTreeMap::new();
        let mut without_point = BTreeMap::new();
        for (index, result) in plan.results.iter().enumerate() {
            let places = self.places(index);
            if result.cases.is_empty() && !is_left_out(self.azure, result) {
                self.want(result, None, places.clone());
            }
            for id in result.cases.iter().filter(|_| !places.is_empty()) {
                let found = match points_of(&points, places.clone(), id) {
                    Ok(found) => found,
                    Err(problem) => {
                        self.problems.push(problem.test(&result.test));
                        continue;
                    }
                };
                let number = lookup::number(id);
                if found.is_empty() && number.is_some_and(|number| self.made.contains(&number)) {
                    self.want(result, number, places.clone());
                    continue;
                }
                if found.is_empty() {
                    let grounds: Vec<Arc<Ground>> = places
                        .clone()
                        .filter_map(|place| self.grounds.get(place).cloned())
                        .collect();
                    without_point
                        .entry(id.clone())
                        .or_insert_with(|| (grounds, Vec::new()))
                        .1
                        .push(result);
                    continue;
                }
                let taken = self.taken(&found);
                if taken.is_empty() {
                    let problem = self.not_in_run(id);
                    self.problems.push(problem.test(&result.test));
                    continue;
                }
                match self.choose(&taken, id, result) {
                    Ok(chosen) => {
                        for (place, point) in chosen {
                            let fold = folds.entry(place).or_default();
                            fold.add(point, index, result.case.verdict());
                        }
                    }
                    Err(problem) => self.problems.push(problem),
                }
            }
        }
        let mut seen = HashSet::new();
        self.wanted
            .retain(|wanted| seen.insert(wanted.mark.clone()));
        self.problems
            .extend(missing::explain(self.azure, &without_point)?);
        Ok(folds)
    }

    /// Notes that a test needs a case, or its case a test point: in the first of the places that may take it.
    fn want(&mut self, result: &PlannedResult, case: Option<u64>, mut places: Range<usize>) {
        let Some(ground) = places.next().and_then(|place| self.grounds.get(place)) else {
            return;
        };
        let outcome = self.azure.target.outcome(result.case.verdict());
        let mut wanted = Wanted::of(
            &result.case.unpack(),
            Arc::clone(ground),
            outcome.to_owned(),
        );
        wanted.case = case;
        self.wanted.push(wanted);
    }

    /// Returns the points that results may go to.
    fn taken<'p>(&self, found: &[(usize, &'p Point)]) -> Vec<(usize, &'p Point)> {
        let takes = |(place, point): &&(usize, &Point)| {
            let ground = self.grounds.get(*place);
            ground.is_some_and(|ground| ground.takes(point.id))
        };
        found.iter().filter(takes).copied().collect()
    }

    fn choose<'p>(
        &self,
        found: &[(usize, &'p Point)],
        id: &CaseId,
        result: &PlannedResult,
    ) -> Result<Vec<(usize, &'p Point)>, PlanProblem> {
        let points: Vec<&Point> = found.iter().map(|(_, point)| *point).collect();
        let chosen = choose(&points, id, result, &self.azure.target)?;
        let chosen: Vec<(usize, &Point)> = chosen
            .into_iter()
            .filter_map(|chosen| {
                let of = |(_, point): &&(usize, &Point)| std::ptr::eq(*point, chosen);
                found.iter().find(of).copied()
            })
            .collect();
        Ok(chosen)
    }

    fn not_in_run(&self, id: &CaseId) -> PlanProblem {
        let runs = self.grounds.iter().filter_map(|ground| ground.run.as_ref());
        let run = runs.map(|(run, _)| run.id.0).next().unwrap_or_default();
        let message = format!("case {id} has no result in run {run}");
        PlanProblem::new(ProblemKind::NotInPlan, message)
            .case(id)
            .hint("start a run that has its test point, or leave `--run` out")
    }
}

/// Returns the points of a case, each with its place.
fn points_of<'a>(
    points: &'a [Arc<PointIndex>],
    places: Range<usize>,
    id: &CaseId,
) -> Result<Vec<(usize, &'a Point)>, PlanProblem> {
    let Some(number) = lookup::number(id) else {
        let message = format!("`{id}` is not a work item id: Azure's are numbers");
        return Err(PlanProblem::new(ProblemKind::MissingCase, message)
            .case(id)
            .hint("correct the mapping"));
    };
    let of_place = |place: usize| {
        let of_case = points.get(place).map(|points| points.of(number));
        of_case
            .unwrap_or_default()
            .iter()
            .map(move |point| (place, point))
    };
    Ok(places.flat_map(of_place).collect())
}
