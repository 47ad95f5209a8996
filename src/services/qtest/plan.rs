//! Holding a plan against qTest, without writing: is automation on, are the statuses plausible, are the fields known, do the
//! mapped cases exist, and what is there already.

use std::collections::HashSet;

use super::cases;
use super::client::{Client, ProjectClient};
use super::containers::Ground;
use super::entry::{self, Entries, Entry, Subject};
use super::fields::{CaseFields, RunFields};
use super::names::Naming;
use super::target::QtestTarget;
use super::wire::Project;
use super::{QtestPlan, catalog, cost, requirements, write};
use crate::keys::StatusWords;
use crate::model::Verdict;
use crate::plan::{PlanProblem, ProblemKind, SubmissionPlan};
use crate::services::ServiceError;
use crate::transport::TransportError;

/// Words that automation settings usually know, beside the names of the project's own statuses.
const USUAL: [&str; 12] = [
    "pass",
    "passed",
    "fail",
    "failed",
    "skip",
    "skipped",
    "blocked",
    "incomplete",
    "unexecuted",
    "not run",
    "error",
    "inconclusive",
];

/// Checks a plan.
pub(super) fn run(
    client: &Client,
    target: &QtestTarget,
    plan: SubmissionPlan,
) -> Result<QtestPlan, ServiceError> {
    Naming::new(target, &plan).check()?;
    let found = catalog::project_named(client, &target.project)?;
    let project = ProjectClient::new(client.clone(), found.id);
    let mut checked = QtestPlan {
        entries: Entries::default(),
        plan,
        target: target.clone(),
        project_id: found.id,
        project: project.clone(),
        project_name: found.name.clone(),
        fields: CaseFields::unknown(),
        run_fields: RunFields::default(),
        ground: Ground::default(),
        cases: cases::Cases::default(),
        requirements: requirements::Requirements::default(),
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    if let Some(problem) = automation_off(&found) {
        checked.problems.push(problem);
        return Ok(checked);
    }
    checked
        .problems
        .extend(statuses(&target.statuses, &project)?);
    checked.fields = fields(&project)?;
    checked.ground = Ground::read(&project, target)?;
    let naming = Naming::new(target, &checked.plan);
    let now = client.transport.clock().timestamp();
    let entries = entry::of(&with_layout(naming, &checked.ground), now);
    checked.ground.look(&project, target, &entries.places)?;
    checked.entries = entries;
    checked.run_fields = run_fields(&project, &checked)?;
    let mark = checked.mark();
    for entry in &mut checked.entries.all {
        entry.item = write::item(&mark, &entry.slot);
    }
    checked.cases = cases::look(
        &project,
        &checked.fields,
        &checked.entries.all,
        target.limits.jobs,
    )?;
    checked.look_at_requirements()?;
    let too_large = checked.entries.all.iter();
    let too_large: Vec<String> = too_large
        .flat_map(|entry| super::attachments::warnings(&checked, entry))
        .collect();
    checked.warnings.extend(too_large);
    checked.warnings.append(&mut checked.ground.warnings);
    checked.warnings.append(&mut checked.cases.warnings);
    let mut problems = std::mem::take(&mut checked.ground.problems);
    problems.extend(about_fields(&checked));
    problems.extend(about_entries(&checked));
    problems.extend(about_places(&checked)?);
    problems.extend(cost::about_month(&checked));
    checked.warnings.extend(cost::warning(&checked));
    checked.problems.extend(problems);
    Ok(checked)
}

impl QtestPlan {
    fn look_at_requirements(&mut self) -> Result<(), ServiceError> {
        let jobs = self.target.limits.jobs;
        self.requirements = requirements::look(&self.project, &self.entries.all, jobs)?;
        self.warnings.append(&mut self.requirements.warnings);
        Ok(())
    }
}

/// Keeps to the cycles that handin 0.1.0 made, one for each job of a report, where they are there and the settings say nothing.
fn with_layout<'a>(naming: Naming<'a>, ground: &Ground) -> Naming<'a> {
    let target = naming.target;
    if target.names_no_cycle()
        && ground.has_cycle_of_a_job(target, naming.jobs().iter().map(String::as_str))
    {
        naming.by_job()
    } else {
        naming
    }
}

fn automation_off(project: &Project) -> Option<PlanProblem> {
    (project.automation == Some(false)).then(|| {
        PlanProblem::new(ProblemKind::NotReady, format!("automation integration is switched off in the project `{}`", project.name))
            .hint("a project administrator switches it on: the gear, Automation Settings, Automation Integration ON")
    })
}

/// Looks whether the statuses of the settings can be right. How qTest maps them cannot be read from outside.
fn statuses(
    statuses: &StatusWords,
    project: &ProjectClient,
) -> Result<Vec<PlanProblem>, ServiceError> {
    let mut problems = Vec::new();
    for verdict in Verdict::ALL {
        let word = statuses.of(verdict).trim().to_lowercase();
        let setting = format!("qtest.statuses.{}", verdict.word());
        if word.is_empty() {
            problems.push(
                PlanProblem::new(
                    ProblemKind::Setting,
                    format!("`{setting}` is empty: results of that outcome would be dropped"),
                )
                .hint("give it one of the statuses in the project's automation settings"),
            );
        } else if contradicts(verdict, &word) {
            problems.push(PlanProblem::new(
                ProblemKind::Setting,
                format!("`{setting}` is `{word}`, which says the opposite"),
            ));
        }
    }
    let own: Vec<String> = match project.statuses() {
        Ok(own) => own
            .into_iter()
            .map(|status| status.name.to_lowercase())
            .collect(),
        Err(error) if matches!(error.status(), Some(403 | 404)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut strange: Vec<&str> = Verdict::ALL
        .iter()
        .map(|verdict| statuses.of(*verdict).trim())
        .filter(|word| {
            let word = word.to_lowercase();
            !word.is_empty() && !USUAL.contains(&word.as_str()) && !own.contains(&word)
        })
        .collect();
    strange.dedup();
    if !strange.is_empty() {
        problems.push(
            PlanProblem::new(
                ProblemKind::NotChecked,
                format!(
                    "whether the project's automation settings know {} cannot be read from outside",
                    quoted(&strange)
                ),
            )
            .hint("compare `qtest.statuses` with the gear, Automation Settings, on qTest"),
        );
    }
    Ok(problems)
}

fn contradicts(verdict: Verdict, word: &str) -> bool {
    match verdict {
        Verdict::Passed => word.starts_with("fail"),
        Verdict::Failed | Verdict::Errored => word.starts_with("pass"),
        Verdict::Skipped | Verdict::Incomplete => false,
    }
}

fn quoted(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Reads the fields of test cases. An account that may not is served by what an existing case shows.
fn fields(project: &ProjectClient) -> Result<CaseFields, TransportError> {
    match project.fields("test-cases") {
        Ok(fields) => Ok(CaseFields::of_settings(&fields)),
        Err(error) if matches!(error.status(), Some(403 | 404)) => {
            let any = project.any_case()?;
            Ok(any
                .first()
                .map_or_else(CaseFields::unknown, CaseFields::of_case))
        }
        Err(error) => Err(error),
    }
}

/// Reads the fields of test runs, where something is to be written into them.
fn run_fields(project: &ProjectClient, plan: &QtestPlan) -> Result<RunFields, TransportError> {
    let mut entries = plan.entries.all.iter();
    if !entries.any(|entry| !entry.fields.is_empty() || !entry.build_url.is_empty()) {
        return Ok(RunFields::default());
    }
    match project.fields("test-runs") {
        Ok(fields) => Ok(RunFields::new(fields)),
        Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(RunFields::default()),
        Err(error) => Err(error),
    }
}

/// Cases are only created where the fields for it are known, and nothing is required that nobody gives.
fn about_fields(plan: &QtestPlan) -> Vec<PlanProblem> {
    let mut problems = Vec::new();
    if plan.target.module.is_none() {
        return problems;
    }
    let new = plan.new_subjects();
    if plan.fields.content.is_none() && new > 0 {
        problems.push(
            PlanProblem::new(
                ProblemKind::NotReady,
                format!("the field `Automation Content` of test cases cannot be seen, so {new} test cases cannot be created"),
            )
            .hint("give the account the right to see the project's fields, or create one test case by hand: its fields show the rest"),
        );
    }
    if !plan.fields.lacking.is_empty() {
        let labels: Vec<&str> = plan.fields.lacking.iter().map(String::as_str).collect();
        let problem = PlanProblem::new(
            if new > 0 {
                ProblemKind::NotReady
            } else {
                ProblemKind::NotChecked
            },
            format!(
                "the project requires {} of every test case, without a default value",
                quoted(&labels)
            ),
        );
        problems.push(
            problem.hint("give these fields a default value on qTest, or make them optional"),
        );
    }
    problems
}

fn about_entries(plan: &QtestPlan) -> Vec<PlanProblem> {
    plan.entries
        .all
        .iter()
        .filter_map(|entry| about_entry(plan, entry))
        .collect()
}

fn about_entry(plan: &QtestPlan, entry: &Entry) -> Option<PlanProblem> {
    let test = entry.tests.first()?;
    match (&entry.subject, plan.cases.known.get(&entry.subject)) {
        (Subject::Print(_), None) if plan.target.module.is_none() => Some(
            PlanProblem::new(
                ProblemKind::Unmapped,
                format!("no test case is known for `{test}`"),
            )
            .test(test)
            .hint("map it to one, or set `qtest.module`: then handin creates one"),
        ),
        (Subject::Case(id), None) => Some(
            PlanProblem::new(
                ProblemKind::MissingCase,
                format!("the test case {id} does not exist in the project, or cannot be seen"),
            )
            .test(test)
            .case(id)
            .hint("correct the mapping: `handin map unset` and `handin map set`"),
        ),
        // Whether it was ever approved does not matter, as it does not for one that is found by its fingerprint.
        (Subject::Print(_), _) | (Subject::Case(_), Some(_)) => None,
    }
}

/// Without a module nothing is created: then suites have to be there, and runs of mapped cases in them.
fn about_places(plan: &QtestPlan) -> Result<Vec<PlanProblem>, ServiceError> {
    let mut problems = Vec::new();
    if plan.target.module.is_some() {
        return Ok(problems);
    }
    for (at, place) in plan.entries.places.iter().enumerate() {
        let of_place: Vec<(&Entry, u64)> = plan
            .entries
            .all
            .iter()
            .filter(|entry| entry.place == at)
            .filter_map(|entry| Some((entry, plan.cases.known.get(&entry.subject)?.id)))
            .collect();
        if of_place.is_empty() {
            continue;
        }
        let Some(suite) = plan.ground.suite(place) else {
            let message = format!(
                "there is no suite `{}` in a cycle `{}`, and nothing is created without `qtest.module`",
                place.suite, place.cycle
            );
            problems.push(
                PlanProblem::new(ProblemKind::Setting, message).hint(
                    "set `qtest.module`, or `qtest.cycle` and `qtest.suite` to what is there",
                ),
            );
            continue;
        };
        let direct: Vec<(&Entry, u64)> = of_place
            .into_iter()
            .filter(|(entry, _)| plan.is_direct(entry))
            .collect();
        if direct.is_empty() {
            continue;
        }
        let runs = plan.project.runs(suite.id)?;
        let there: HashSet<u64> = runs.iter().filter_map(super::wire::Run::case).collect();
        let lacking = direct.iter().filter(|(_, case)| !there.contains(case));
        let lacking: Vec<u64> = lacking.map(|(_, case)| *case).collect();
        let elsewhere = moved(&plan.project, &lacking)?;
        let is_lacking =
            |(_, case): &&(&Entry, u64)| lacking.contains(case) && !elsewhere.contains(case);
        problems.extend(direct.iter().filter(is_lacking).map(|(entry, _)| {
            let problem = PlanProblem::new(
                ProblemKind::NotInPlan,
                format!("the case of `{}` has no run in the suite `{}`, and nothing is created without `qtest.module`", entry.title(), place.suite),
            );
            let problem = match entry.tests.first() {
                Some(test) => problem.test(test),
                None => problem,
            };
            match &entry.subject {
                Subject::Case(id) => problem.case(id),
                Subject::Print(_) => problem,
            }
        }));
    }
    Ok(problems)
}

/// Returns those of these cases that have a run anywhere: somebody may have moved it.
fn moved(project: &ProjectClient, wanted: &[u64]) -> Result<HashSet<u64>, ServiceError> {
    let mut found = HashSet::new();
    for chunk in wanted.chunks(cases::PER_SEARCH) {
        match project.search_runs(&super::api::runs_of(chunk)) {
            Ok(runs) => found.extend(runs.iter().filter_map(super::wire::Run::case)),
            Err(error) if matches!(error.status(), Some(400 | 404 | 405)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}
