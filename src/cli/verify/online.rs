//! `handin verify`: the road of `submit` with an earlier exit. Nothing is written: the way to the services refuses it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::VerifyArgs;
use crate::cli::connect::{Access, Service, connect};
use crate::cli::pipeline::pipeline;
use crate::cli::reading::{self, ParsedReports, ServiceInput};
use crate::cli::submit::{services, sources};
use crate::cli::{Context, ExitStatus, Failure, missing};
use crate::mapping::{CaseId, CaseMap};
use crate::model::{ServiceName, Tally, TestKey};
use crate::plan::{
    Identity, KeyParts, PlanProblem, PlannedResult, ProblemKind, RunDetails, SubmissionKey,
    SubmissionPlan,
};
use crate::services::Sharing;
use crate::services::{Catalog, ServiceError};
use crate::settings::{Policy, Reaction, Settings};
use crate::ui::pipeline::{Annotation, Gravity};
use crate::ui::{Role, Ui, counted, sanitized};

/// What verifying one service found.
#[derive(Debug)]
pub(super) struct Verified {
    service: ServiceName,
    target: String,
    mapped: usize,
    /// How many tests have no case and get one.
    made: usize,
    findings: Vec<Finding>,
    coverage: Option<Coverage>,
}

/// A problem and where to mend it.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) problem: PlanProblem,
    /// The file and line: of the mapping, else of the test in its report.
    pub(super) place: Option<(String, u64)>,
    /// Whether it makes the verification fail.
    pub(super) counts: bool,
}

/// Which of the cases on the service a test covers.
#[derive(Debug)]
struct Coverage {
    cases: usize,
    uncovered: Vec<(CaseId, String)>,
}

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<ExitStatus, Failure> {
    let settings = args.settings(context)?;
    let names = services(&args.service, &settings)?;
    if args.offline {
        return run_unasked(context, args, &settings, &names);
    }
    context.one_token_for(&names)?;
    let sources = match sources(context, &args.reports, &settings)? {
        Ok(sources) => sources,
        Err(message) => return nothing(context, &settings, &message),
    };
    context.refuse_unsaid(&settings, &names)?;
    let mut connected = Vec::new();
    for name in names {
        connected.push(connect(
            context,
            &settings,
            name,
            Access::Look,
            Sharing::ALONE,
        )?);
    }
    let maps = reading::maps(&settings, &connected)?;
    let mut inputs = reading::inputs(&settings, &maps);
    let parsed = reading::read(
        &sources,
        &settings,
        &context.clock,
        &mut inputs,
        &context.ui.progress(),
    );
    context.go_on()?;
    let checks = Checks {
        args,
        settings: &settings,
        parsed: &parsed,
    };
    let mut verified = Vec::new();
    for (service, input) in connected.iter().zip(inputs) {
        verified.push(checks.verify(service, input)?);
    }
    finish(context, &settings, &parsed, &verified)
}

/// Ends where there is no report, and the policy takes that as done.
fn nothing(context: &Context, settings: &Settings, message: &str) -> Result<ExitStatus, Failure> {
    if settings.policy.on_no_reports == Reaction::Warn {
        context.ui.warning(message);
    }
    if context.ui.is_json() {
        let document = document((&[], &Tally::default()), &[], ExitStatus::Done);
        context.ui.json(&document)?;
    }
    Ok(ExitStatus::Done)
}

/// Checks what the settings and the reports alone can tell. No service is asked, and no credential is looked for.
fn run_unasked(
    context: &Context,
    args: &VerifyArgs,
    settings: &Settings,
    names: &[ServiceName],
) -> Result<ExitStatus, Failure> {
    let sources = match sources(context, &args.reports, settings)? {
        Ok(sources) => sources,
        Err(message) => return nothing(context, settings, &message),
    };
    let maps: Vec<CaseMap<'_>> = names
        .iter()
        .map(|name| CaseMap::new(&settings.cases, *name))
        .collect();
    let mut inputs: Vec<ServiceInput<'_>> = maps
        .iter()
        .map(|map| ServiceInput::bare(settings, map))
        .collect();
    let progress = context.ui.progress();
    let parsed = reading::read(&sources, settings, &context.clock, &mut inputs, &progress);
    context.go_on()?;
    let checks = Checks {
        args,
        settings,
        parsed: &parsed,
    };
    let verified: Vec<Verified> = inputs
        .into_iter()
        .map(|input| checks.unasked(input))
        .collect();
    finish(context, settings, &parsed, &verified)
}

struct Checks<'a> {
    args: &'a VerifyArgs,
    settings: &'a Settings,
    parsed: &'a ParsedReports,
}

impl Checks<'_> {
    /// Returns what is known about one service without asking it.
    fn unasked(&self, input: ServiceInput<'_>) -> Verified {
        let (map, service) = (input.map, input.map.service());
        let plan = self.plan(input);
        let mut problems = unmapped(&plan);
        if map.needs_titles() {
            // Whether one of them has a case by its title, only the service can tell.
            for problem in &mut problems {
                problem.kind = ProblemKind::NotChecked;
                problem.message +=
                    "; whether the service has one by title or automated name was not asked";
            }
        }
        problems.extend(vanished(map, &plan));
        problems.extend(self.settings.of(service).unsaid().map(|name| {
            let message = format!("`{name}` is missing in `[{}]`", service.word());
            PlanProblem::new(ProblemKind::Setting, message)
        }));
        let places = self.places(map, &plan);
        Verified {
            service,
            target: String::new(),
            mapped: mapped(&plan),
            made: plan.results.len() + plan.packed.len() - mapped(&plan),
            findings: self.findings(problems, &places),
            coverage: None,
        }
    }

    fn plan(&self, input: ServiceInput<'_>) -> SubmissionPlan {
        let names = (SubmissionKey::of(&KeyParts::default()), Identity::default());
        input
            .builder
            .plan(names, self.parsed.reports.clone(), RunDetails::default())
    }

    fn findings(
        &self,
        problems: Vec<PlanProblem>,
        places: &HashMap<TestKey, (String, u64)>,
    ) -> Vec<Finding> {
        problems
            .into_iter()
            .map(|problem| finding(problem, places, &self.settings.policy))
            .collect()
    }

    fn verify(&self, service: &Service, input: ServiceInput<'_>) -> Result<Verified, Failure> {
        let map = input.map;
        let plan = self.plan(input);
        let places = self.places(map, &plan);
        let mapped = mapped(&plan);
        let made = plan.results.len() + plan.packed.len() - mapped;
        let mut of_tests = unmapped(&plan);
        of_tests.extend(vanished(map, &plan));
        let covered: BTreeSet<CaseId> = plan
            .results
            .iter()
            .flat_map(|result| &result.cases)
            .cloned()
            .collect();
        let mut problems = checked(service, plan)?;
        // A place that does not exist comes before the tests that might go there, else the tests do.
        let at = problems.partition_point(|problem| problem.kind == ProblemKind::Setting);
        problems.splice(at..at, of_tests);
        let coverage = self
            .args
            .coverage
            .then(|| coverage(service.catalog(), &covered))
            .transpose()
            .map_err(|error| Failure::from(error).of_service(service.name()))?;
        Ok(Verified {
            service: service.name(),
            target: service.identity(),
            mapped,
            made,
            findings: self.findings(problems, &places),
            coverage,
        })
    }

    /// Returns where each test can be mended: at its mapping in the settings, else where the report has it.
    fn places(&self, map: &CaseMap<'_>, plan: &SubmissionPlan) -> HashMap<TestKey, (String, u64)> {
        let mut places = HashMap::new();
        for result in &plan.results {
            if let Some(report) = self.parsed.reports.get(result.report) {
                places
                    .entry(result.test.clone())
                    .or_insert_with(|| (report.path.clone(), result.case.unpack().line));
            }
        }
        let file = self
            .settings
            .file
            .as_ref()
            .map(|path| path.display().to_string());
        let renamed: HashMap<TestKey, TestKey> = map.renamed().into_iter().collect();
        for mapping in map.explicit() {
            if let (Some(file), Some(line)) = (&file, mapping.line) {
                let test = renamed.get(&mapping.test).unwrap_or(&mapping.test);
                places.insert(test.clone(), (file.clone(), u64::from(line)));
            }
        }
        places
    }
}

/// Holds the plan against the service, also an empty one: a wrong plan or token is no easier to find once a test is mapped. A setting that
/// does not fit is a finding like the others.
fn checked(service: &Service, plan: SubmissionPlan) -> Result<Vec<PlanProblem>, Failure> {
    match service.check(plan) {
        Ok(checked) => Ok(checked.problems().to_vec()),
        Err(ServiceError::Setting { message, hint } | ServiceError::Conflict { message, hint }) => {
            Ok(vec![PlanProblem {
                hint,
                ..PlanProblem::new(ProblemKind::Setting, message)
            }])
        }
        Err(
            error @ (ServiceError::Transport(_)
            | ServiceError::Local { .. }
            | ServiceError::Declined { .. }),
        ) => Err(Failure::from(error).of_service(service.name())),
    }
}

/// Counts the tests that have a case.
fn mapped(plan: &SubmissionPlan) -> usize {
    let has_case = |result: &&PlannedResult| !result.cases.is_empty();
    plan.results.iter().filter(has_case).count()
}

fn unmapped(plan: &SubmissionPlan) -> Vec<PlanProblem> {
    let service = plan.service;
    plan.unmapped
        .iter()
        .map(|it| {
            let why = it.why.as_deref().map(|why| format!(": {why}"));
            PlanProblem::new(
                ProblemKind::Unmapped,
                format!("no case ({}){}", it.verdict.word(), why.unwrap_or_default()),
            )
            .test(&it.test)
            .hint(missing::how_to_map(service))
        })
        .collect()
}

/// Finds mapped tests that no report has.
fn vanished(map: &CaseMap<'_>, plan: &SubmissionPlan) -> Vec<PlanProblem> {
    let there: BTreeSet<&TestKey> = plan.results.iter().map(|result| &result.test).collect();
    let renamed = map.renamed();
    let formerly: BTreeSet<&TestKey> = renamed.iter().map(|(former, _)| former).collect();
    map.explicit()
        .filter(|mapping| !there.contains(&mapping.test) && !formerly.contains(&mapping.test))
        .map(|mapping| {
            PlanProblem::new(ProblemKind::Vanished, "it is mapped, and no report has it")
                .test(&mapping.test)
                .hint("was it renamed or removed? `handin map unset` forgets the mapping")
        })
        .collect()
}

fn coverage(catalog: &dyn Catalog, covered: &BTreeSet<CaseId>) -> Result<Coverage, ServiceError> {
    let cases = catalog.all_cases()?;
    let uncovered = cases.iter().filter(|case| !covered.contains(&case.id));
    let uncovered = uncovered
        .map(|case| (case.id.clone(), case.title.clone()))
        .collect();
    Ok(Coverage {
        cases: cases.len(),
        uncovered,
    })
}

/// What vanished may only be missing from these reports, what was not checked is no problem, and what a policy ignores is none
/// either: none of them makes it fail.
fn finding(
    problem: PlanProblem,
    places: &HashMap<TestKey, (String, u64)>,
    policy: &Policy,
) -> Finding {
    let place = problem
        .test
        .as_ref()
        .and_then(|test| places.get(test))
        .cloned();
    let is_ignored = missing::reaction(policy, problem.kind)
        .is_some_and(|(reaction, _)| reaction == Reaction::Ignore);
    let counts = !problem.kind.is_notice() && problem.kind != ProblemKind::Vanished && !is_ignored;
    Finding {
        problem,
        place,
        counts,
    }
}

fn finish(
    context: &Context,
    settings: &Settings,
    parsed: &ParsedReports,
    verified: &[Verified],
) -> Result<ExitStatus, Failure> {
    let is_wrong = !parsed.unreadable.is_empty()
        || verified
            .iter()
            .flat_map(|it| &it.findings)
            .any(|finding| finding.counts);
    let status = match (is_wrong, parsed.tally.tests) {
        (true, _) => ExitStatus::Unverified,
        (false, 0) => ExitStatus::NothingToSubmit,
        (false, _) => ExitStatus::Done,
    };
    for (path, why) in &parsed.unreadable {
        context
            .ui
            .error(&format!("{}: {}", sanitized(path), sanitized(why)));
    }
    for line in &parsed.warnings {
        context.ui.warning(&sanitized(line));
    }
    let findings = verified.iter().flat_map(|it| &it.findings);
    let annotations = findings
        .filter(|finding| finding.counts)
        .map(Finding::annotation);
    let unreadable = parsed.unreadable.iter();
    let unreadable = unreadable.map(|(path, why)| Annotation {
        gravity: Gravity::Error,
        text: format!("{path}: {why}"),
        place: None,
    });
    pipeline(context, settings).annotate(&context.ui, unreadable.chain(annotations));
    if context.ui.is_json() {
        let read = (parsed.views.as_slice(), &parsed.tally);
        context.ui.json(&document(read, verified, status))?;
    } else {
        let ui = &context.ui;
        let text: String = verified
            .iter()
            .map(|it| paragraph(ui, settings, it, last_hint(verified)))
            .collect();
        ui.findings(&text, status == ExitStatus::Done)?;
    }
    conclude(context, parsed, verified, status);
    Ok(status)
}

/// Prints the last line: what was found in all, and what to do about the first problem.
fn conclude(context: &Context, parsed: &ParsedReports, verified: &[Verified], status: ExitStatus) {
    let tests = counted(parsed.tally.tests, "test");
    if status == ExitStatus::Done {
        let text = format!("no problem found in {tests}");
        return context.ui.status(&text);
    }
    if status == ExitStatus::NothingToSubmit {
        return context.ui.error("no test was found in what was read");
    }
    let mut parts: Vec<String> = verified.iter().filter_map(found).collect();
    if !parsed.unreadable.is_empty() {
        let count = counted(parsed.unreadable.len() as u64, "report");
        parts.push(format!("{count} cannot be read"));
    }
    let hint = last_hint(verified).map(str::to_owned);
    let failure = Failure::new(status, parts.join("; "));
    Failure { hint, ..failure }.show(&context.ui);
}

/// Returns the next step for the first problem, which is printed in the last line.
fn last_hint(verified: &[Verified]) -> Option<&str> {
    let mut all = verified.iter().flat_map(|it| &it.findings);
    all.find_map(|it| it.problem.hint.as_deref().filter(|_| it.counts))
}

/// Returns how many problems one service has, kind by kind.
fn found(verified: &Verified) -> Option<String> {
    let counting = verified.findings.iter().filter(|finding| finding.counts);
    let mut kinds: Vec<(ProblemKind, u64)> = Vec::new();
    for finding in counting {
        match kinds
            .iter_mut()
            .find(|(kind, _)| *kind == finding.problem.kind)
        {
            Some((_, count)) => *count += 1,
            None => kinds.push((finding.problem.kind, 1)),
        }
    }
    let all = counted(kinds.iter().map(|(_, count)| count).sum(), "problem");
    let each = kinds.iter().map(|(kind, count)| {
        let heading = heading(*kind);
        let mut rest = heading.chars();
        let first = rest.next().into_iter().flat_map(char::to_lowercase);
        format!("{} ({count})", first.chain(rest).collect::<String>())
    });
    let each = each.collect::<Vec<_>>().join(", ");
    (!kinds.is_empty()).then(|| format!("{}: {all}: {each}", verified.service.title()))
}

fn document(
    (views, tally): (&[Map<String, Value>], &Tally),
    verified: &[Verified],
    status: ExitStatus,
) -> Value {
    let services: Vec<Value> = verified.iter().map(Verified::json).collect();
    json!({
        "schema": "handin/verify/1",
        "reports": views,
        "totals": tally,
        "services": services,
        "exit_code": status.code(),
    })
}

impl Verified {
    fn json(&self) -> Value {
        let problems: Vec<Value> = self.findings.iter().map(Finding::json).collect();
        let coverage = self.coverage.as_ref().map(|coverage| {
            let uncovered: Vec<Value> =
                coverage.uncovered.iter().map(|(id, title)| json!({"case": id, "title": title})).collect();
            json!({"cases": coverage.cases, "covered": coverage.covered(), "percent": coverage.percent(), "uncovered": uncovered})
        });
        json!({"service": self.service, "target": self.target, "mapped": self.mapped, "problems": problems, "coverage": coverage})
    }
}

impl Finding {
    fn annotation(&self) -> Annotation {
        let test = self.problem.test.as_ref();
        let test = test.map(|test| format!("{test}: ")).unwrap_or_default();
        Annotation {
            gravity: Gravity::Error,
            text: format!("{test}{}", self.problem.message),
            place: self.place.clone(),
        }
    }

    fn json(&self) -> Value {
        let mut value = json!(self.problem);
        if let Some(map) = value.as_object_mut() {
            map.insert(
                "file".to_owned(),
                json!(self.place.as_ref().map(|(file, _)| file)),
            );
            map.insert(
                "line".to_owned(),
                json!(self.place.as_ref().map(|(_, line)| line)),
            );
        }
        value
    }
}

impl Coverage {
    fn covered(&self) -> usize {
        self.cases - self.uncovered.len()
    }

    /// Returns the covered part in per cent, to one decimal.
    fn percent(&self) -> f64 {
        let tenths = (self.covered() * 1000)
            .checked_div(self.cases)
            .unwrap_or(1000);
        f64::from(u32::try_from(tenths).unwrap_or(1000)) / 10.0
    }
}

/// How many problems of a kind are shown to people.
const SHOWN: usize = 100;

/// Returns the findings, grouped by kind, for people.
///
/// What to do about a kind stands below it, unless it is said at the end of everything anyway.
fn paragraph(ui: &Ui, settings: &Settings, verified: &Verified, said_last: Option<&str>) -> String {
    let pages = settings.of(verified.service).pages();
    let page = |case: &CaseId| pages.as_ref().and_then(|pages| pages.case(case));
    let mut by_kind: BTreeMap<ProblemKind, Vec<&Finding>> = BTreeMap::new();
    for finding in &verified.findings {
        by_kind
            .entry(finding.problem.kind)
            .or_default()
            .push(finding);
    }
    let mapped = match (verified.mapped, verified.made) {
        (0, made @ 1..) => format!(
            "{}, each with a case of its own",
            counted(made as u64, "test")
        ),
        (mapped, made) => {
            let mapped = format!("{} mapped", counted(mapped as u64, "test"));
            match made {
                0 => mapped,
                made => format!("{mapped}, {made} with a case of their own"),
            }
        }
    };
    let mapped = if verified.findings.iter().any(|finding| finding.counts) {
        mapped
    } else {
        ui.painted(Role::Good, &mapped)
    };
    let mut lines = vec![format!("{}: {mapped}", verified.service.title())];
    for (kind, findings) in by_kind {
        let counts = findings.iter().any(|finding| finding.counts);
        let role = if counts { Role::Error } else { Role::Warning };
        let heading = format!("{} ({}):", heading(kind), findings.len());
        lines.push(format!("  {}", ui.painted(role, &heading)));
        let shown = findings.iter().take(SHOWN);
        lines.extend(shown.map(|finding| line(ui, finding, &page)));
        let more = findings.len().checked_sub(SHOWN).filter(|more| *more > 0);
        lines.extend(more.map(|more| format!("    and {more} more: `--json` lists all")));
        lines.extend(
            findings
                .iter()
                .find_map(|finding| finding.problem.hint.as_deref())
                .filter(|hint| Some(*hint) != said_last)
                .map(|hint| format!("    {} {}", ui.painted(Role::Hint, "→"), sanitized(hint))),
        );
    }
    if let Some(coverage) = &verified.coverage {
        lines.push(format!(
            "  Covered: {} of {}, {:.1} %",
            coverage.covered(),
            counted(coverage.cases as u64, "case"),
            coverage.percent()
        ));
        lines.extend(coverage.uncovered.iter().map(|(id, title)| {
            let id = ui.linked(&sanitized(&id.0), page(id).as_deref());
            format!("    no test for {id} {}", sanitized(title))
        }));
    }
    lines.join("\n") + "\n"
}

fn line(ui: &Ui, finding: &Finding, page: &dyn Fn(&CaseId) -> Option<String>) -> String {
    let place = finding
        .place
        .as_ref()
        .map(|(file, line)| format!("  [{}:{line}]", sanitized(file)))
        .unwrap_or_default();
    let test = finding
        .problem
        .test
        .as_ref()
        .map(|test| format!("{}: ", sanitized(test.as_str())))
        .unwrap_or_default();
    let message = message(ui, &finding.problem, page);
    format!("    {test}{message}{place}")
}

/// Returns the sentence; the case in it leads to its page, where that is known.
fn message(ui: &Ui, problem: &PlanProblem, page: &dyn Fn(&CaseId) -> Option<String>) -> String {
    let text = sanitized(&problem.message);
    let Some(case) = &problem.case else {
        return text;
    };
    match text.split_once(&format!(" {case} ")) {
        Some((before, after)) => {
            let case = ui.linked(&sanitized(&case.0), page(case).as_deref());
            format!("{before} {case} {after}")
        }
        None => text,
    }
}

fn heading(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Unmapped => "Without a case",
        ProblemKind::MissingCase => "The case does not exist",
        ProblemKind::NotATestCase => "Not a test case",
        ProblemKind::NotInPlan => "Not where results go",
        ProblemKind::Ambiguous => "Several places could take the result",
        ProblemKind::NotReady => "The service is not ready",
        ProblemKind::Setting => "Settings that do not fit",
        ProblemKind::Vanished => "Mapped, and in no report",
        ProblemKind::NotChecked => "Not checked",
    }
}
