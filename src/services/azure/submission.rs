//! One submission to Azure: where each result belongs, what stands there, and what is still to be written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use super::attachments::{Files, Job};
use super::fold::PointResult;
use super::hold::Holds;
use super::iterations::{self, CaseSteps};
use super::marks::{self, Parts};
use super::observe::{self, FoundRuns, Row, Rows};
use super::plan::RunPlan;
use super::target::AzureTarget;
use super::wire::{Iteration, ResultDetails, Run, WorkItem};
use super::write::{Change, numbers};
use super::{Azure, lookup, payload};
use crate::model::Verdict;
use crate::plan::{Mark, Part, Relation};
use crate::services::engine::{self, Facts, JournalView, Kind as _, Refusal, Standing, Step};
use crate::services::{Counts, Receipt, ServiceError, State};

/// The item of the submission's own run.
pub(super) const MAIN: &str = "run";

/// One submission on its way.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that are independent of each other"
)]
pub(super) struct Submission<'a> {
    pub(super) azure: &'a Azure,
    pub(super) plan: &'a RunPlan,
    /// What all test plans are handed, this one too.
    all: &'a [RunPlan],
    /// Whether the part says in another call that it was handed in: once it is, to all test plans.
    pub(super) marks_later: bool,
    /// The marks that parts left at the runs of other test plans.
    elsewhere: Parts,
    /// Whether another test plan has a run of the submission.
    is_elsewhere: bool,
    pub(super) found: FoundRuns,
    rows: HashMap<u64, Rows>,
    /// By which numbers of a run its rows were read.
    read_at: HashMap<u64, Numbers>,
    pub(super) parts: Parts,
    /// The points that other parts say to be bad, where ours is an update.
    bad_of_others: HashSet<u64>,
    relation: Option<Relation>,
    /// What appending a result has to say of its case.
    pub(super) cases: HashMap<u64, WorkItem>,
    /// The steps of the cases whose tests tell of theirs.
    steps: Option<CaseSteps>,
    /// Whether the service refuses iterations, or keeps none of them.
    pub(super) takes_no_iterations: bool,
    /// The results, by run and point, with which iterations were sent and not yet looked for.
    pub(super) iterated: Vec<(u64, u64)>,
    pub(super) files: Files,
    /// The sub-results that stand for tries: their ids by point and number.
    tries_at: HashMap<u64, BTreeMap<u32, u64>>,
    /// Whether the service takes no files at sub-results, or shows none.
    pub(super) has_no_tries: bool,
    /// The runs that this call made.
    pub(super) made: HashSet<u64>,
    /// The runs that an earlier call of this machine made, by the journal's word.
    pub(super) noted: HashSet<u64>,
    /// The results, by run and point, that this call set or added, and how often that had no effect.
    pub(super) sent: HashSet<(u64, u64)>,
    tries: HashMap<(u64, u64), u32>,
    pub(super) warnings: Vec<String>,
    pub(super) is_manual: bool,
    /// Whether results were sent since they were read.
    pub(super) is_dirty: AtomicBool,
    /// Whether a run was asked for without an answer.
    pub(super) is_creating: AtomicBool,
    /// Who may add to the runs.
    pub(super) holds: Holds,
}

/// How many results a run has, how many are not completed, and how many passed.
type Numbers = (Option<u64>, Option<u64>, Option<u64>);

/// Where a result belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// It stands there.
    Stands,
    /// It stands in a run that has ended, with this outcome instead.
    Differs(u64, String),
    /// It is to be set: in this run, by this id.
    Set(u64, u64),
    /// It is to be added to this run.
    Add(u64),
    /// No run takes it: it needs one of its own.
    Nowhere,
}

impl<'a> Submission<'a> {
    pub(super) fn new(azure: &'a Azure, plan: &'a RunPlan, all: &'a [RunPlan]) -> Self {
        let (files, warnings) = Files::of(azure, plan);
        Self {
            azure,
            plan,
            all,
            marks_later: false,
            elsewhere: Parts::default(),
            is_elsewhere: false,
            found: FoundRuns::default(),
            rows: HashMap::new(),
            read_at: HashMap::new(),
            parts: Parts::default(),
            bad_of_others: HashSet::new(),
            relation: None,
            cases: HashMap::new(),
            steps: None,
            takes_no_iterations: false,
            iterated: Vec::new(),
            files,
            tries_at: HashMap::new(),
            has_no_tries: false,
            made: HashSet::new(),
            noted: HashSet::new(),
            sent: HashSet::new(),
            tries: HashMap::new(),
            warnings,
            is_manual: false,
            is_dirty: AtomicBool::new(false),
            is_creating: AtomicBool::new(false),
            holds: Holds::new(&azure.client),
        }
    }

    pub(super) fn is_shared(&self) -> bool {
        self.azure.target.shared && self.plan.into.is_none()
    }

    /// Returns the submission's run: the oldest, unless another was brought to its end.
    pub(super) fn main(&self) -> Option<&Run> {
        let ended = self.found.main.iter().find(|run| run.has_ended());
        ended.or(self.found.main.first())
    }

    pub(super) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.main().into_iter().chain(&self.found.beside)
    }

    /// Returns whether our part ran again, and what its earlier attempt left has to give way.
    fn updates(&self) -> bool {
        self.relation == Some(Relation::Earlier)
    }

    /// Returns whether a later attempt of our part was handed in already.
    fn is_outdated(&self) -> bool {
        self.relation == Some(Relation::Later) || !self.found.later.is_empty()
    }

    /// Reads everything anew.
    pub(super) fn read(&mut self, known: &JournalView) -> Result<(), ServiceError> {
        if let Some(run) = &self.plan.settled {
            self.found.main = vec![run.clone()];
            return Ok(());
        }
        if let Some(id) = self.plan.into {
            return self.read_into(id);
        }
        self.holds.learn(known);
        let word = Change::CreateRun.word();
        let is_open = known
            .all(word)
            .any(|(_, it)| matches!(it, Standing::Open(_)));
        let now = is_open || self.is_creating.load(Ordering::Relaxed);
        let mut found = observe::find(self.azure, self.plan, now, false)?;
        let noted = known.all(word).filter_map(|(_, standing)| match standing {
            Standing::Done(_, detail) => detail.get("run")?.as_u64(),
            Standing::Untouched | Standing::Open(_) | Standing::Abandoned => None,
        });
        let noted: Vec<u64> = noted.collect();
        self.noted.extend(&noted);
        self.add_unlisted(noted, &mut found)?;
        if self.plan.only_closes && found.main.is_empty() {
            self.find_open(&mut found)?;
        }
        self.holds.see(&found.main);
        self.holds.see(&found.beside);
        self.found = found;
        self.refuse_aborted()?;
        self.refuse_two_filled()?;
        self.read_parts()?;
        self.read_rows()?;
        self.read_files()?;
        self.watch()
    }

    /// Reads the run that is there and takes the results.
    fn read_into(&mut self, id: u64) -> Result<(), ServiceError> {
        let Some(run) = observe::by_id(self.azure, id)? else {
            return Err(ServiceError::setting(format!(
                "run {id} is not there any more"
            )));
        };
        self.found.main = vec![run];
        self.read_rows()?;
        self.read_files()
    }

    /// Reads what shows whether another process created a run at the same moment.
    pub(super) fn read_after_creating(&mut self) -> Result<(), ServiceError> {
        let mut found = observe::find(self.azure, self.plan, false, true)?;
        self.add_unlisted(Vec::new(), &mut found)?;
        self.holds.see(&found.main);
        self.holds.see(&found.beside);
        self.found = found;
        self.read_parts()?;
        self.read_rows()?;
        self.watch()
    }

    /// A list may not show yet what the journal knows, or what this call made.
    fn add_unlisted(&self, noted: Vec<u64>, found: &mut FoundRuns) -> Result<(), ServiceError> {
        for id in noted.into_iter().chain(self.made.iter().copied()) {
            let mut listed = found.main.iter().chain(&found.beside);
            if listed.any(|run| run.id.0 == id) {
                continue;
            }
            if let Some(run) = observe::by_id(self.azure, id)? {
                observe::take(self.azure, self.plan, run, found)?;
            }
        }
        found.main.sort_unstable_by_key(|run| run.id);
        found.beside.sort_unstable_by_key(|run| run.id);
        Ok(())
    }

    /// Finds the build's one open run, whatever its job; where none is, one that was: it may be closed already.
    fn find_open(&self, found: &mut FoundRuns) -> Result<(), ServiceError> {
        let runs = observe::runs_of_plan(self.azure, self.plan.plan_id)?.into_iter();
        let runs = runs.filter(|run| !run.is_aborted());
        let marked = runs.filter_map(|run| Some((Mark::first_in(run.comment.as_deref()?)?, run)));
        let of_run = (|run: &Run| run.id.0, Run::has_ended);
        found.main = engine::to_close(&self.plan.mark.key, marked, of_run)?;
        // Another of the test plans may have it.
        if found.main.is_empty() && !self.plan.is_one_of_several {
            return Err(ServiceError::nothing_to_close());
        }
        Ok(())
    }

    fn refuse_aborted(&self) -> Result<(), ServiceError> {
        match self.main().filter(|run| run.is_aborted()) {
            None => Ok(()),
            Some(run) => Err(ServiceError::Conflict {
                message: format!(
                    "run {} of this submission was aborted by somebody",
                    run.id.0
                ),
                hint: Some("submit it once more with `--again`".to_owned()),
            }),
        }
    }

    /// Two runs that both have results cannot be made one: what is in the second would stand there twice, or be lost.
    fn refuse_two_filled(&self) -> Result<(), ServiceError> {
        let Some(main) = self.main().filter(|run| !run.has_ended()) else {
            return Ok(());
        };
        let filled = |run: &&Run| run.id != main.id && !is_empty(run);
        let Some(second) = self.found.main.iter().find(filled) else {
            return Ok(());
        };
        let who = if self.is_shared() {
            "the command of every shard"
        } else {
            "the same command"
        };
        Err(ServiceError::Conflict {
            message: format!(
                "runs {} and {} of this submission would both have results; nothing more was written",
                main.id.0, second.id.0
            ),
            hint: Some(format!(
                "delete run {}, and run {who} again: run {} takes what it lacks",
                second.id.0, main.id.0
            )),
        })
    }

    /// Reads the marks of the parts, and how what stands there of ours relates to what is to be handed in.
    pub(super) fn read_parts(&mut self) -> Result<(), ServiceError> {
        let ours = &self.plan.mark;
        let (Part::Shard { .. }, Some(run)) = (ours.part, self.main()) else {
            return if self.is_empty_handed() {
                self.read_parts_elsewhere()
            } else {
                Ok(())
            };
        };
        let first = run.comment.as_deref().and_then(Mark::first_in);
        let run = run.id.0;
        let files = observe::files_at(self.azure, run, None)?;
        self.parts = Parts::read(files.keys().map(String::as_str));
        // Who created the run has its mark in the comment, also where it was killed before it had left one.
        let of_creator = first
            .map(|mark| mark.relation_to(ours))
            .filter(|relation| *relation != Relation::OtherPart && *relation != Relation::Other);
        self.relation = self.parts.relation(ours).or(of_creator);
        if self.relation == Some(Relation::Clash) {
            return Err(clash(ours.part));
        }
        if self.updates() {
            self.read_bad_of_others(run, &files)?;
        }
        self.read_parts_elsewhere()
    }

    /// A part that has nothing for this test plan has left its mark at the run of another, if it has left one.
    fn read_parts_elsewhere(&mut self) -> Result<(), ServiceError> {
        let is_told = match self.plan.mark.part {
            Part::Shard { count, .. } => self.marks_later || self.parts.are_all(count),
            Part::Open => self.main().is_some(),
            Part::Whole => true,
        };
        if is_told {
            return Ok(());
        }
        self.elsewhere = Parts::default();
        let others = self.all.iter().filter(|it| it.plan_id != self.plan.plan_id);
        for other in others {
            let found = observe::find(self.azure, other, false, false)?;
            self.is_elsewhere |= !found.main.is_empty();
            let shard = matches!(self.plan.mark.part, Part::Shard { .. });
            for run in found.main.into_iter().filter(|_| shard) {
                let files = observe::files_at(self.azure, run.id.0, None)?;
                let there = Parts::read(files.keys().map(String::as_str));
                self.elsewhere.marks.extend(there.marks);
            }
        }
        Ok(())
    }

    /// Returns whether this is a part without a result that others wait for: all its tests were skipped.
    fn is_empty_handed(&self) -> bool {
        let may_be_first = match self.plan.mark.part {
            Part::Shard { .. } => true,
            Part::Open => !self.azure.target.completes,
            Part::Whole => false,
        };
        may_be_first && self.all.iter().all(|run| run.results.is_empty())
    }

    /// Returns whether a part without a result finds no run where it could say that it was handed in: without that, no shard is ever the last,
    /// and `--close` finds nothing that was opened. Of several test plans the last gets one.
    fn lacks_run_for_its_mark(&self) -> bool {
        let last = self.all.last().map(|run| run.plan_id);
        self.is_empty_handed()
            && self.main().is_none()
            && last == Some(self.plan.plan_id)
            && match self.plan.mark.part {
                Part::Open => !self.is_elsewhere,
                Part::Shard { .. } | Part::Whole => !self.elsewhere.holds(&self.plan.mark),
            }
    }

    /// Returns whether every shard says that it was handed in.
    fn are_all_parts_there(&self, count: u32) -> bool {
        let mut parts = self.parts.clone();
        parts.marks.extend(self.elsewhere.marks.iter().cloned());
        parts.are_all(count)
    }

    /// Where our part gets better, what another part says to be bad stays so.
    fn read_bad_of_others(
        &mut self,
        run: u64,
        files: &BTreeMap<String, u64>,
    ) -> Result<(), ServiceError> {
        let mut latest: HashMap<Part, (&Mark, u64)> = HashMap::new();
        for mark in self
            .parts
            .marks
            .iter()
            .filter(|mark| mark.part != self.plan.mark.part)
        {
            let id = files.get(&marks::part_file(mark)).copied().unwrap_or(0);
            let entry = latest.entry(mark.part).or_insert((mark, id));
            if entry.0.attempt < mark.attempt {
                *entry = (mark, id);
            }
        }
        let mut bad = HashSet::new();
        for (_, id) in latest.into_values().filter(|(_, id)| *id > 0) {
            bad.extend(observe::points_in(self.azure, run, id)?);
        }
        self.bad_of_others = bad;
        Ok(())
    }

    /// Reads the results of our runs, unless nothing can have changed in them.
    pub(super) fn read_rows(&mut self) -> Result<(), ServiceError> {
        let is_dirty = self.is_dirty.load(Ordering::Relaxed);
        let runs = self.runs().chain(&self.found.later);
        let runs: Vec<Run> = runs.cloned().collect();
        for run in &runs {
            let numbers = (run.total_tests, run.incomplete_tests, run.passed_tests);
            let is_known = self.read_at.get(&run.id.0) == Some(&numbers);
            if is_known && !is_dirty {
                continue;
            }
            let rows = if is_dirty {
                // How many there are may have changed since the run was listed.
                let unsure = Run {
                    total_tests: run.total_tests.filter(|_| !self.adds()),
                    ..run.clone()
                };
                observe::rows(self.azure, &unsure)?
            } else {
                observe::rows(self.azure, run)?
            };
            self.warn_of_doubled(run, &rows);
            self.rows.insert(run.id.0, rows);
            let now = self.numbers(run.id.0);
            self.read_at
                .insert(run.id.0, if is_dirty { now } else { numbers });
        }
        self.is_dirty.store(false, Ordering::Relaxed);
        self.count_tries();
        self.look_for_iterations()?;
        self.learn_steps()?;
        self.learn_tries()?;
        self.learn_cases()
    }

    /// Asks under which ids the tries stand to which files belong.
    fn learn_tries(&mut self) -> Result<(), ServiceError> {
        let of_tries = self.files.due().filter(|(_, job)| job.attempt.is_some());
        let mut points: Vec<u64> = of_tries.filter_map(|(_, job)| job.point).collect();
        points.dedup();
        points.retain(|point| !self.tries_at.contains_key(point) && self.stands(*point));
        for point in points {
            if self.has_no_tries {
                break;
            }
            let Some((run, Some(result))) = self.row_of(Some(point)) else {
                continue;
            };
            let run = run.id.0;
            let details: ResultDetails = self
                .azure
                .client
                .get(|endpoints| endpoints.details(run, result, "subResults"))?;
            let mut tries = BTreeMap::new();
            for sub in details.sub_results {
                if let (Some(id), Some(number)) = (sub.id, sub.sequence_id) {
                    tries.entry(number).or_insert(id.0);
                }
            }
            if tries.is_empty() {
                self.take_no_tries("the service shows no sub-results");
            }
            self.tries_at.insert(point, tries);
        }
        Ok(())
    }

    /// Notes that files of a try go to its result instead.
    pub(super) fn take_no_tries(&mut self, why: &str) {
        self.has_no_tries = true;
        self.warn(format!(
            "{why}: files of tries that failed are attached to the result as a whole"
        ));
    }

    /// Returns the sub-result that a file belongs to.
    pub(super) fn try_of(&self, job: &Job) -> Option<u64> {
        let tries = self.tries_at.get(&job.point?)?;
        let found = tries.get(&job.attempt?).copied();
        found.filter(|_| !self.has_no_tries)
    }

    /// Looks whether the service kept what was sent of rows and steps: of a few results, each costs a request.
    fn look_for_iterations(&mut self) -> Result<(), ServiceError> {
        const LOOKED_AT: usize = 10;
        let sent = std::mem::take(&mut self.iterated);
        let mut lost = 0;
        for (run, point) in sent.iter().take(LOOKED_AT) {
            let row = self.rows.get(run).and_then(|rows| rows.of(*point));
            let Some(result) = row.filter(|row| row.outcome.is_some()).map(|row| row.id) else {
                continue;
            };
            let kept: ResultDetails = self
                .azure
                .client
                .get(|endpoints| endpoints.details(*run, result, "iterations"))?;
            lost += usize::from(kept.iteration_details.is_empty());
        }
        if lost > 0 {
            self.takes_no_iterations = true;
            self.warn(
                "the service keeps no iterations: rows and steps stand as sub-results alone"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// Reads the steps of the cases, once, where results are to be written whose tests tell of theirs.
    fn learn_steps(&mut self) -> Result<(), ServiceError> {
        if self.steps.is_some() || self.takes_no_iterations {
            return Ok(());
        }
        let results = self.plan.results.iter().enumerate();
        let mut cases: Vec<u64> = results
            .filter(|(_, result)| iterations::wants_steps(result, &self.plan.plan))
            .filter(|(index, _)| {
                matches!(
                    self.place(*index),
                    Destination::Set(..) | Destination::Add(_)
                )
            })
            .map(|(_, result)| result.point.case)
            .collect();
        if cases.is_empty() {
            return Ok(());
        }
        cases.sort_unstable();
        cases.dedup();
        self.steps = match iterations::read_steps(self.azure, &cases) {
            Ok(steps) => Some(steps),
            // Work items have a scope of their own; without it the steps stand as sub-results.
            Err(error) if error.status() == Some(403) => Some(CaseSteps::new()),
            Err(error) => return Err(error.into()),
        };
        Ok(())
    }

    /// Returns whether iterations go with a result.
    pub(super) fn has_iterations(&self, index: usize) -> bool {
        let result = self.plan.results.get(index);
        // Most results have none, and telling so is cheap.
        let may = result.is_some_and(|result| payload::has_groups(result, &self.plan.plan));
        may && !self.iterations(index).is_empty()
    }

    /// Returns the rows and steps of a result as Test Plans shows them.
    pub(super) fn iterations(&self, index: usize) -> Vec<Iteration> {
        let nothing = CaseSteps::new();
        let steps = self.steps.as_ref().unwrap_or(&nothing);
        match self.plan.results.get(index) {
            Some(result) if !self.takes_no_iterations => {
                iterations::of_result(result, (&self.plan.plan, steps), &self.azure.target)
            }
            Some(_) | None => Vec::new(),
        }
    }

    fn adds(&self) -> bool {
        !self.cases.is_empty()
    }

    /// Returns the numbers of a run as its rows tell them: those that a list shows afterwards.
    fn numbers(&self, run: u64) -> Numbers {
        let Some(rows) = self.rows.get(&run) else {
            return (None, None, None);
        };
        let completed: u64 = rows.counts.values().sum();
        let passed = rows.counts.get("Passed").copied().unwrap_or(0);
        (Some(rows.total), Some(rows.total - completed), Some(passed))
    }

    fn warn_of_doubled(&mut self, run: &Run, rows: &Rows) {
        let ours = |point: &&u64| self.plan.index_of_point(**point).is_some();
        let points: Vec<String> = rows
            .doubled
            .iter()
            .filter(ours)
            .map(u64::to_string)
            .collect();
        if points.is_empty() {
            return;
        }
        self.warn(format!(
            "run {} has several results for the points {}: the first of each counts",
            run.id.0,
            lookup::listed(&points)
        ));
    }

    fn warn(&mut self, text: String) {
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    /// What was acknowledged and is not there, the service has lost: it is sent once more.
    fn count_tries(&mut self) {
        let sent = std::mem::take(&mut self.sent);
        for (run, point) in &sent {
            let place = self
                .plan
                .index_of_point(*point)
                .map(|index| self.place(index));
            let is_lost = match place {
                Some(Destination::Set(at, _) | Destination::Add(at)) => at == *run,
                Some(Destination::Stands | Destination::Differs(..) | Destination::Nowhere)
                | None => false,
            };
            if is_lost {
                *self.tries.entry((*run, *point)).or_insert(0) += 1;
            }
        }
        self.files.sent_with(&sent);
    }

    /// Azure: in a planned run a result that is appended names its case's title and revision.
    fn learn_cases(&mut self) -> Result<(), ServiceError> {
        let mut cases: Vec<u64> = (0..self.plan.results.len())
            .filter(|index| matches!(self.place(*index), Destination::Add(_)))
            .filter_map(|index| self.plan.results.get(index))
            .map(|result| result.point.case)
            .filter(|case| !self.cases.contains_key(case))
            .collect();
        cases.sort_unstable();
        cases.dedup();
        if cases.is_empty() {
            return Ok(());
        }
        let is_expected = self.azure.target.precreates;
        let made = self
            .main()
            .filter(|run| is_expected && self.made.contains(&run.id.0));
        if made.is_some_and(|run| self.rows.get(&run.id.0).is_some_and(|rows| rows.total == 0)) {
            self.warn(
                "the service made no results for the test points of the run: they are added to it instead"
                    .to_owned(),
            );
        }
        let items = lookup::work_items(self.azure, &cases)?;
        self.cases
            .extend(items.into_iter().map(|item| (item.id.0, item)));
        Ok(())
    }

    /// Asks which files stand at the results that stood there before this call.
    fn read_files(&mut self) -> Result<(), ServiceError> {
        let wanted: Vec<(u64, Option<u64>, Option<u64>)> = self
            .files
            .places()
            .into_iter()
            .filter_map(|point| self.where_files_are(point))
            .collect();
        let azure = self.azure;
        let listed = engine::each(azure.workers(), &wanted, |(run, result, point)| {
            let tries = point.and_then(|point| self.tries_at.get(&point));
            let tries = tries.into_iter().flat_map(BTreeMap::values);
            observe::files_of_result(azure, (*run, *result), tries)
        })?;
        for ((_, _, point), names) in wanted.iter().zip(listed) {
            self.files.stand(*point, names.keys());
        }
        Ok(())
    }

    /// Returns where to ask for the files of a point, or of the run itself; nothing where none can be there, or all are.
    fn where_files_are(&self, point: Option<u64>) -> Option<(u64, Option<u64>, Option<u64>)> {
        let (run, result) = self.row_of(point)?;
        let is_new = self.made.contains(&run.id.0) || self.files.is_fresh(point);
        let stands = point.is_none_or(|point| self.stands(point));
        let takes = !run.has_ended() || marks::lacks_attachments(run);
        if !takes || !stands || (is_new && !self.files.is_unsure(point)) {
            return None;
        }
        Some((run.id.0, result, point))
    }

    fn stands(&self, point: u64) -> bool {
        let index = self.plan.index_of_point(point);
        index.is_some_and(|index| self.place(index) == Destination::Stands)
    }

    /// Returns the run and the id of a result.
    fn row_of(&self, point: Option<u64>) -> Option<(&Run, Option<u64>)> {
        let Some(point) = point else {
            return Some((self.main()?, None));
        };
        let newest = self.found.beside.iter().rev().chain(self.main());
        newest.into_iter().find_map(|run| {
            let row = self.rows.get(&run.id.0)?.of(point)?;
            Some((run, Some(row.id)))
        })
    }

    /// Returns a file, the run and the result that it belongs to.
    pub(super) fn file_of(&self, item: &str) -> Option<(&Job, u64, Option<u64>)> {
        let job = self.files.job(item)?;
        let (run, result) = self.row_of(job.point)?;
        Some((job, run.id.0, result))
    }

    /// Returns the result that an item is about.
    pub(super) fn index_of(&self, item: &str) -> Option<usize> {
        self.plan.index_of_point(numbers(item).nth(1)?)
    }

    /// Returns where a result belongs.
    pub(super) fn place(&self, index: usize) -> Destination {
        let Some(result) = self.plan.results.get(index) else {
            return Destination::Nowhere;
        };
        let outcome = self.plan.outcome(result);
        let point = result.point.id;
        let mut open = None;
        for run in self.found.beside.iter().rev() {
            match self.place_in(run, point, outcome, false) {
                Some(place) => return place,
                // What an older run has stands there, unless it is of an earlier attempt.
                None if !run.has_ended() && self.updates() => return Destination::Add(run.id.0),
                None if !run.has_ended() => open = open.or(Some(run.id.0)),
                None => {}
            }
        }
        let nowhere = || open.map_or(Destination::Nowhere, Destination::Add);
        let Some(run) = self.main() else {
            return nowhere();
        };
        if self.updates() && run.has_ended() {
            return Destination::Nowhere;
        }
        match self.place_in(run, point, outcome, self.is_shared()) {
            Some(place) => place,
            None if run.has_ended() => nowhere(),
            None => Destination::Add(run.id.0),
        }
    }

    /// Returns where a result belongs in a run that has its point; nothing if that run cannot take it.
    fn place_in(
        &self,
        run: &Run,
        point: u64,
        outcome: &str,
        is_shared: bool,
    ) -> Option<Destination> {
        let row = self.rows.get(&run.id.0)?.of(point)?;
        let is_ours = self.plan.into.is_none() || self.carries_mark(row);
        if is_ours && self.is_settled(row, outcome, is_shared) {
            return Some(Destination::Stands);
        }
        if !run.has_ended() {
            return Some(Destination::Set(run.id.0, row.id));
        }
        let there = row.outcome.as_ref()?;
        Some(Destination::Differs(run.id.0, there.to_string()))
    }

    /// Returns whether a result says that it is of this submission.
    fn carries_mark(&self, row: &Row) -> bool {
        let mark = row.mark.as_ref();
        mark.is_some_and(|mark| mark.relation_to(&self.plan.mark) == Relation::Same)
    }

    /// Returns whether a result already is what it shall be. Of several parts that say something of one case the worse stays, until its
    /// part is updated.
    fn is_settled(&self, row: &Row, outcome: &str, is_shared: bool) -> bool {
        let is_update = self.updates() && is_shared;
        let worse_stays = if is_update {
            self.bad_of_others.contains(&row.point)
        } else {
            is_shared
        };
        let there = row.outcome.as_deref();
        is_settled(there, outcome, &self.azure.target, worse_stays)
    }

    /// Returns the changes to write now, if the run is ours to write to.
    pub(super) fn wanted(&self) -> Vec<Step<Change>> {
        if self.plan.settled.is_some() || self.is_outdated() {
            return Vec::new();
        }
        let (mut set, mut groups, mut add) = (Vec::new(), Vec::new(), Vec::new());
        let mut all_stand = true;
        for (index, result) in self.plan.results.iter().enumerate() {
            let place = self.place(index);
            all_stand &= matches!(place, Destination::Stands | Destination::Differs(..));
            let (run, list) = match place {
                Destination::Stands | Destination::Differs(..) => continue,
                Destination::Nowhere => return vec![Step::one(Change::CreateRun, self.next_run())],
                Destination::Set(run, _) if payload::has_groups(result, &self.plan.plan) => {
                    (run, &mut groups)
                }
                Destination::Set(run, _) => (run, &mut set),
                Destination::Add(run) => (run, &mut add),
            };
            list.extend(self.item(run, result.point.id));
        }
        let results = [
            (Change::SetResults, set),
            (Change::SetGroups, groups),
            (Change::AddResults, add),
        ];
        let mut steps = Vec::new();
        for (kind, items) in results {
            steps.extend(by_run(kind, items));
        }
        if !steps.is_empty() {
            return steps;
        }
        if all_stand {
            self.last_steps()
        } else {
            Vec::new()
        }
    }

    /// Returns the changes to write after all results: files, the mark of the part, the end.
    fn last_steps(&self) -> Vec<Step<Change>> {
        let files: Vec<String> = self
            .files
            .due()
            .filter(|(_, job)| self.takes_files(job))
            .map(|(item, _)| item)
            .collect();
        if !files.is_empty() {
            let steps = files
                .into_iter()
                .map(|item| Step::one(Change::Attach, item));
            return steps.collect();
        }
        let stays_open = self.plan.into.is_some() || self.marks_later;
        if !stays_open && self.lacks_run_for_its_mark() {
            return vec![Step::one(Change::CreateRun, self.next_run())];
        }
        let Some(main) = self.main().filter(|_| !stays_open) else {
            return Vec::new();
        };
        let is_shard = matches!(self.plan.mark.part, Part::Shard { .. });
        if is_shard && !self.parts.holds(&self.plan.mark) {
            return vec![Step::one(
                Change::MarkPart,
                format!("{}-part{}", main.id.0, self.part_word()),
            )];
        }
        let open = self.runs().filter(|run| self.is_to_be_ended(run));
        let mut steps: Vec<Step<Change>> = open
            .map(|run| Step::one(Change::CompleteRun, run.id.0.to_string()))
            .collect();
        if main.has_ended()
            && marks::lacks_attachments(main)
            && !self.files.are_missing()
            && !self.is_shared()
        {
            steps.push(Step::one(
                Change::CompleteRun,
                format!("{}-files", main.id.0),
            ));
        }
        steps
    }

    /// Returns whether a file goes along: not to a run that was brought to its end with all its files.
    fn takes_files(&self, job: &Job) -> bool {
        self.row_of(job.point)
            .is_some_and(|(run, _)| !run.has_ended() || marks::lacks_attachments(run))
    }

    fn is_to_be_ended(&self, run: &Run) -> bool {
        let is_main = self.main().is_some_and(|main| main.id == run.id);
        let is_last = match self.plan.mark.part {
            _ if !is_main => true,
            Part::Whole => true,
            Part::Shard { count, .. } => self.are_all_parts_there(count),
            Part::Open => self.azure.target.completes,
        };
        !run.has_ended() && is_last && self.plan.into.is_none() && !self.marks_later
    }

    /// Names a result of a run as it is written; nothing where that was of no use often enough.
    fn item(&self, run: u64, point: u64) -> Option<String> {
        match self.tries.get(&(run, point)) {
            None => Some(format!("{run}-{point}")),
            Some(1) => Some(format!("{run}-{point}-2")),
            Some(_) => None,
        }
    }

    /// Returns a word that distinguishes the parts of a submission: they share its journal.
    fn part_word(&self) -> String {
        match self.plan.mark.part {
            Part::Shard { index, count } => format!("s{index}of{count}"),
            Part::Whole | Part::Open => String::new(),
        }
    }

    fn next_run(&self) -> String {
        if self.found.main.is_empty() {
            MAIN.to_owned()
        } else {
            format!("own{}{}", self.found.beside.len() + 1, self.part_word())
        }
    }

    /// Returns the points that the next run is made for.
    pub(super) fn points_of_next_run(&self) -> Vec<u64> {
        let nowhere = |index: &usize| self.place(*index) == Destination::Nowhere;
        let results = (0..self.plan.results.len()).filter(nowhere);
        results
            .filter_map(|index| Some(self.plan.results.get(index)?.point.id))
            .collect()
    }

    /// Takes in a run that was created just now.
    pub(super) fn created(&mut self, item: &str, run: Run) {
        self.made.insert(run.id.0);
        self.azure.memory.note(self.plan.plan_id, &run);
        if item == MAIN {
            self.found.main.push(run);
        } else {
            self.found.beside.push(run);
        }
    }

    /// Takes in how a run is now.
    pub(super) fn changed(&mut self, now: &Run) {
        let runs = self.found.main.iter_mut().chain(&mut self.found.beside);
        for run in runs.filter(|run| run.id == now.id) {
            if !now.state.is_empty() {
                run.state.clone_from(&now.state);
                run.last_updated_date.clone_from(&now.last_updated_date);
            }
            if now.comment.is_some() {
                run.comment.clone_from(&now.comment);
            }
            let noted = run.clone();
            self.azure.memory.note(self.plan.plan_id, &noted);
        }
    }

    /// Returns one of our runs, as it was read last.
    pub(super) fn run(&self, id: u64) -> Option<&Run> {
        self.runs().find(|run| run.id.0 == id)
    }

    pub(super) fn mark_of_run(&self, run: u64) -> Mark {
        let mark = self
            .run(run)
            .and_then(|run| Mark::first_in(run.comment.as_deref()?));
        mark.unwrap_or_else(|| self.plan.mark.clone())
    }

    /// A refusal may come from another call of the same command, or from a person, that has brought the run to its end meanwhile.
    pub(super) fn refused_results(&mut self, step: &Step<Change>) -> Refusal {
        let Some(id) = numbers(step.item()).next() else {
            return Refusal::Stops;
        };
        let was_open = self.runs().any(|run| run.id.0 == id && !run.has_ended());
        match observe::by_id(self.azure, id) {
            Ok(Some(now)) if was_open && now.has_ended() => {
                self.changed(&now);
                self.is_dirty.store(true, Ordering::Relaxed);
                if self.read_rows().is_ok() {
                    Refusal::IsNoted
                } else {
                    Refusal::Stops
                }
            }
            Ok(_) | Err(_) => Refusal::Stops,
        }
    }

    /// Returns whether a run that lost may be taken back: this call made it, and nobody else's results are in it.
    pub(super) fn may_take_back(&self, run: &Run) -> bool {
        let (made, noted) = (&self.made, &self.noted);
        // The answer may have been lost: its comment says which call made it.
        let is_ours = made.contains(&run.id.0)
            || noted.contains(&run.id.0)
            || self.holds.is_of_ours(marks::maker(run).unwrap_or_default());
        is_ours && !run.has_ended() && is_empty(run)
    }

    /// Derives the facts from what was read.
    pub(super) fn known(&self) -> Facts {
        let mut facts = Facts {
            // Nothing was to be handed in: that is done.
            wrote: self.plan.results.is_empty()
                && self.plan.settled.is_none()
                && self.main().is_none()
                && !self.lacks_run_for_its_mark(),
            warnings: self
                .plan
                .notices
                .iter()
                .chain(&self.warnings)
                .cloned()
                .collect(),
            ..Facts::default()
        };
        if let Some(run) = &self.plan.settled {
            facts.stands = run.total_tests.unwrap_or(1);
            return facts;
        }
        if self.is_outdated() {
            self.compare_with_a_later_attempt(&mut facts);
            return facts;
        }
        for (index, result) in self.plan.results.iter().enumerate() {
            let sent = self.plan.outcome(result);
            match self.place(index) {
                Destination::Stands => facts.stands += 1,
                Destination::Differs(run, there) => facts.different.push(format!(
                    "{}: sent {sent}, run {run} has {there}",
                    place(result)
                )),
                Destination::Set(..) | Destination::Add(_) | Destination::Nowhere => {
                    facts.missing.push(format!("{}: {sent}", place(result)));
                }
            }
        }
        if self.main().is_some() {
            // The run itself, also where only other parts have results in it.
            facts.stands += u64::from(self.plan.results.is_empty() || self.is_shared());
            let due = self.files.due().filter(|(_, job)| self.takes_files(job));
            facts
                .missing
                .extend(due.map(|(_, job)| format!("attachment `{}`", job.name)));
            facts.missing.extend(self.files.refused());
            facts.warnings.extend(self.files.left_out());
            let open = self.runs().filter(|run| self.is_to_be_ended(run));
            facts.missing.extend(open.map(|run| {
                format!(
                    "the end of run {}: the service has it as `{}` still",
                    run.id.0, run.state
                )
            }));
        }
        facts.warnings.extend(self.told_of_beside());
        facts
    }

    /// What a later attempt of this part has no result of is not there, and does not come.
    fn compare_with_a_later_attempt(&self, facts: &mut Facts) {
        for result in &self.plan.results {
            let mut runs = self.runs().chain(&self.found.later);
            let is_there = runs.any(|run| {
                let rows = self.rows.get(&run.id.0);
                let row = rows.and_then(|rows| rows.of(result.point.id));
                row.is_some_and(|row| row.outcome.is_some())
            });
            if is_there {
                facts.stands += 1;
            } else {
                facts.refused.push(format!(
                    "{}: a later attempt of this part has no result of it",
                    place(result)
                ));
            }
        }
        facts.warnings.push("a later attempt of this part is already submitted: nothing more of this one is written".to_owned());
    }

    fn told_of_beside(&self) -> Option<String> {
        let (main, [_, ..]) = (self.main()?, self.found.beside.as_slice()) else {
            return None;
        };
        let ids: Vec<String> = self
            .found
            .beside
            .iter()
            .map(|run| run.id.0.to_string())
            .collect();
        let why = if self.updates() {
            "this part ran again after it was completed"
        } else {
            "it was completed before these results came, or the mapping changed since"
        };
        let (last, before) = ids.split_last()?;
        let runs = match before {
            [] => format!("run {last} holds"),
            before => format!("runs {} and {last} hold", before.join(", ")),
        };
        let main = main.id.0;
        Some(format!("{runs} the results that run {main} lacks: {why}"))
    }

    /// Returns the receipt of what is there.
    pub(super) fn shown(&self) -> Receipt {
        let mut receipt = Receipt::new(State::Known);
        let mut counts = Counts::new();
        for run in self.runs() {
            receipt.note("run", &run.id.0);
            for (outcome, count) in self
                .rows
                .get(&run.id.0)
                .iter()
                .flat_map(|rows| &rows.counts)
            {
                *counts.entry(outcome.clone()).or_default() += count;
            }
        }
        receipt.counts = counts;
        receipt.url = self.main().and_then(|run| run.web_access_url.clone());
        receipt
    }
}

/// Returns whether nobody has set a result of the run.
pub(super) fn is_empty(run: &Run) -> bool {
    run.incomplete_tests == run.total_tests
}

/// Divides items into steps of one run each: a request is about one run.
fn by_run(kind: Change, items: Vec<String>) -> Vec<Step<Change>> {
    let mut steps: Vec<(u64, Vec<String>)> = Vec::new();
    for item in items {
        let run = numbers(&item).next().unwrap_or_default();
        match steps.iter_mut().find(|(known, _)| *known == run) {
            Some((_, items)) => items.push(item),
            None => steps.push((run, vec![item])),
        }
    }
    let steps = steps.into_iter().map(|(_, items)| Step::many(kind, items));
    steps.collect()
}

/// Names the place of a result to a person.
pub(super) fn place(result: &PointResult) -> String {
    format!("case {} (point {})", result.point.case, result.point.id)
}

fn clash(part: Part) -> ServiceError {
    let what = match part {
        Part::Shard { index, count } => format!("shard {index} of {count}"),
        Part::Whole | Part::Open => "this part".to_owned(),
    };
    ServiceError::Conflict {
        message: format!(
            "other tests were submitted as {what} of this build at the same attempt: two things would stand under one name; nothing was written"
        ),
        hint: Some("tell them apart with `--key TEXT`, or with other shards".to_owned()),
    }
}

/// Returns whether a result already is what it shall be; where `worse_stays`, also one that is worse.
pub(super) fn is_settled(
    there: Option<&str>,
    outcome: &str,
    target: &AzureTarget,
    worse_stays: bool,
) -> bool {
    let Some(there) = there else {
        return false;
    };
    let worse = || worse_stays && rank(there, target) > rank(outcome, target);
    there.eq_ignore_ascii_case(outcome) || worse()
}

/// Returns how grave a word is. One that we never hand in was set by a person, and nothing beats that.
fn rank(word: &str, target: &AzureTarget) -> (bool, Option<Verdict>) {
    let verdict = Verdict::ALL
        .into_iter()
        .filter(|verdict| target.outcome(*verdict).eq_ignore_ascii_case(word))
        .max();
    (verdict.is_none(), verdict)
}
