//! Holds a plan against the server: product, version, build and plan, the cases, the statuses. Reads only.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::api::{BATCH, Call, call};
use super::client::{Client, Row, ambiguous, id, number as field, text};
use super::payload::{self, Wanted};
use super::settings::KiwiSettings;
use crate::mapping::CaseId;
use crate::model::{ServiceName, Verdict};
use crate::plan::{Mark, PlanProblem, ProblemKind, SubmissionKey, SubmissionPlan};
use crate::services::{Checked, Preview, PreviewLine, ServiceError, Sharing, counted, listing};

/// The name of a version or build that nobody named. Kiwi: each product and version is made with one of this name.
const UNSPECIFIED: &str = "unspecified";
/// The text of a plan that was made because there was none.
pub(super) const MADE: &str = "Made by handin";
/// The call by which a version says that an execution takes files and shows them. Kiwi: since 15.3.
const FILES: &str = "TestExecution.list_attachments";

/// A plan that the server can take.
#[derive(Debug, Clone)]
pub struct KiwiPlan {
    pub(super) plan: SubmissionPlan,
    pub(super) mark: Mark,
    pub(super) place: Target,
    pub(super) wanted: Vec<Wanted>,
    /// Whether it only ends what others opened, and hands nothing in.
    pub(super) only_closes: bool,
    problems: Vec<PlanProblem>,
}

/// Where results go, by the ids of the server. What has none is created.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) user: u64,
    pub(super) product: u64,
    pub(super) version_name: String,
    pub(super) build_name: String,
    /// The plan, where it is not found again by its name: it was named by its number, or is inactive.
    pub(super) plan: Option<u64>,
    pub(super) plan_name: String,
    pub(super) plan_type: u64,
    pub(super) cases: NewCases,
    pub(super) statuses: BTreeMap<Verdict, (u64, String)>,
    /// By id, the weight: positive passes, negative fails.
    pub(super) weights: HashMap<u64, i64>,
    /// Whether files hang on executions, not on the run.
    pub(super) takes_files: bool,
    /// What is not there yet and will be created, in words.
    created: Vec<String>,
}

/// What each new test case has.
#[derive(Debug, Clone)]
pub(super) struct NewCases {
    product: u64,
    category: u64,
    priority: u64,
    pub(super) confirmed: u64,
    /// A status in which a case is not run: that of a claim.
    pub(super) unconfirmed: u64,
}

impl NewCases {
    /// Returns the calls that show what a new case may have.
    pub(super) fn asked(product: u64) -> [Call; 3] {
        [
            call!("Category.filter", {"product": product}),
            call!("Priority.filter", {"is_active": true}),
            call!("TestCaseStatus.filter", {}),
        ]
    }

    /// Reads their answers, one after the other.
    pub(super) fn read(
        product: u64,
        mut next: impl FnMut() -> Vec<Row>,
    ) -> Result<Self, ServiceError> {
        let category = first(&next(), "category in this product")?;
        let priority = first(&next(), "active priority")?;
        let statuses = next();
        let of = |is_confirmed: bool| {
            statuses
                .iter()
                .find(|it| it["is_confirmed"] == is_confirmed)
        };
        let none = || wrong("Kiwi TCMS has no status in which a test case is confirmed");
        let confirmed = of(true).ok_or_else(none)?;
        Ok(Self {
            product,
            category,
            priority,
            confirmed: id(confirmed),
            unconfirmed: id(of(false).unwrap_or(confirmed)),
        })
    }

    /// Returns the call that creates one.
    pub(super) fn create(&self, summary: &str, notes: &str, status: u64) -> Call {
        call!("TestCase.create", {
            "summary": summary, "notes": notes, "product": self.product, "category": self.category,
            "priority": self.priority, "case_status": status, "is_automated": true,
        })
    }
}

impl KiwiPlan {
    /// Returns a test by the short name under which it is written.
    pub(super) fn wanted(&self, item: &str) -> Option<&Wanted> {
        // They are in the order of their names.
        let at = self
            .wanted
            .binary_search_by(|wanted| (*wanted.item).cmp(item));
        self.wanted.get(at.ok()?)
    }

    /// Returns the page of the build.
    pub(super) fn page(&self) -> Option<&str> {
        self.plan.run.build.as_ref()?.url.as_deref()
    }

    /// Returns the status for a verdict: its id and its name.
    pub(super) fn status(&self, verdict: Verdict) -> (u64, &str) {
        let status = self.place.statuses.get(&verdict);
        status.map_or((0, ""), |(id, name)| (*id, name))
    }
}

impl Checked for KiwiPlan {
    fn key(&self) -> &SubmissionKey {
        &self.plan.key
    }

    fn problems(&self) -> &[PlanProblem] {
        &self.problems
    }

    fn place_names(&self) -> Vec<String> {
        vec![String::new(), self.place.plan_name.clone()]
    }

    fn preview(&self) -> Preview {
        let (run, place, count) = (&self.plan.run.name, &self.place, self.wanted.len());
        let (plan, build) = (&place.plan_name, &place.build_name);
        let case = |case| format!("TC-{case}");
        let line = |wanted: &Wanted| PreviewLine {
            test: wanted.title.clone(),
            place: wanted.case.map_or("a new test case".to_owned(), case),
            outcome: self.status(wanted.verdict).1.to_owned(),
        };
        let writes = if self.only_closes {
            vec![format!("end the open run of this build in `{plan}`")]
        } else {
            let executions = counted(count as u64, "execution");
            let run = format!("create the run `{run}` in `{plan} / {build}` with {executions}");
            let created = place.created.iter().map(|what| format!("create {what}"));
            created.chain([run]).collect()
        };
        Preview {
            requests: Some(self.requests()),
            writes,
            results: self.wanted.iter().map(line).collect(),
        }
    }
}

impl KiwiPlan {
    /// Returns about how many requests it takes: many calls go in one, a known test takes two of them and a new one four.
    fn requests(&self) -> u64 {
        const AROUND: u64 = 26;
        let calls = |wanted: &Wanted| if wanted.case.is_some() { 2 } else { 4 };
        let calls: u64 = self.wanted.iter().map(calls).sum();
        let files: usize = self.wanted.iter().map(|wanted| wanted.files.len()).sum();
        AROUND + calls.div_ceil(BATCH as u64) + files as u64
    }
}

pub(super) fn check(
    client: &Client,
    settings: &KiwiSettings,
    sharing: Sharing,
    plan: SubmissionPlan,
) -> Result<KiwiPlan, ServiceError> {
    let (place, cases) = place(client, settings, &plan)?;
    let cases: HashMap<u64, &Row> = cases.iter().map(|case| (id(case), case)).collect();
    let mut problems = Vec::new();
    let wanted = payload::wanted(&plan, settings.create, &mut |test, named| {
        let case = number(named).and_then(|number| cases.get(&number));
        let (kind, message) = if let Some(case) = case {
            let (id, status) = (id(case), text(case, "case_status__name"));
            if field(case, "case_status") == place.cases.confirmed || status == "CONFIRMED" {
                return Some(id);
            }
            let why = "Kiwi TCMS runs only confirmed test cases; confirm it on its page";
            (ProblemKind::NotReady, format!("TC-{id} is {status}: {why}"))
        } else {
            let why = "on Kiwi TCMS, or the account may not see it";
            (
                ProblemKind::MissingCase,
                format!("there is no test case {named} {why}"),
            )
        };
        problems.push(PlanProblem::new(kind, message).test(test).case(named));
        None
    });
    // The plan and the build have no id before they are created, and a name that is found is the server's own.
    let product = place.product.to_string();
    let target = ["kiwi", &product, &place.version_name, &place.plan_name];
    let mark = plan.identity.mark(&target);
    Ok(KiwiPlan {
        plan,
        mark,
        place,
        only_closes: sharing.shared && sharing.completes && wanted.is_empty(),
        wanted,
        problems,
    })
}

/// Finds where results go, and the mapped cases.
fn place(
    client: &Client,
    settings: &KiwiSettings,
    plan: &SubmissionPlan,
) -> Result<(Target, Vec<Row>), ServiceError> {
    let product = client.product(settings.product.as_deref().unwrap_or_default())?;
    let named = settings.plan.as_deref().unwrap_or_default();
    let build_name = build_name(settings, plan);
    let of = id(&product);
    let mut calls: Vec<Call> = vec![
        call!("User.filter"),
        call!("PlanType.filter", {}),
        call!("TestExecutionStatus.filter", {}),
        call!("TestPlan.filter", {"name": named, "product": of}),
        call!("TestPlan.filter", {"pk": named.parse().unwrap_or(0_u64)}),
        call!("Version.filter", {"product": of}),
        call!("Build.filter", {"version__product": of, "name": build_name}),
    ];
    calls.extend(NewCases::asked(of));
    calls.extend(mapped(plan));
    let purpose = "the plan, and the lists of the site";
    let mut lists = client.lists(&calls, purpose)?.into_iter();
    let mut next = || lists.next().unwrap_or_default();
    let user = next().first().map(id).ok_or_else(nobody)?;
    let plan_type = first(&next(), "type of test plans")?;
    let (statuses, weights) = statuses(&next(), settings)?;
    let test_plan = test_plan(settings, (&product, named), (next(), next()))?;
    let (versions, builds) = (next(), next());
    let cases = NewCases::read(of, next)?;
    let version_name = match &test_plan {
        // Kiwi: a run takes only builds of its plan's version.
        Some(plan) => version_of(plan).to_owned(),
        None => version(settings, &product, &versions)?,
    };
    let has_version = versions.iter().any(|it| text(it, "value") == version_name);
    let is_of_version = |it: &Row| text(it, "version__value") == version_name;
    let has_build = builds.iter().any(is_of_version);
    if !settings.create && !has_build {
        return Err(missing("build", &build_name, "version", &version_name)
            .hint("create it on its pages, or allow `kiwi.create`"));
    }
    // Kiwi: each version is made with the build of that name.
    let has_build = has_build || build_name == UNSPECIFIED;
    let plan_name = test_plan.as_ref().map_or(named, |it| text(it, "name"));
    let created = [
        (has_version, "version", &*version_name),
        (test_plan.is_some(), "test plan", plan_name),
        (has_build, "build", &*build_name),
    ];
    let created = created.into_iter().filter(|(is_there, ..)| !is_there);
    let created = created.map(|(_, what, name)| format!("the {what} `{name}`"));
    let place = Target {
        created: created.collect(),
        user,
        product: of,
        version_name,
        build_name,
        plan: test_plan.as_ref().and_then(|it| number_of(it, named)),
        plan_name: plan_name.to_owned(),
        plan_type,
        cases,
        statuses,
        weights,
        takes_files: takes_files(client)?,
    };
    Ok((place, lists.flatten().collect()))
}

fn build_name(settings: &KiwiSettings, plan: &SubmissionPlan) -> String {
    let build = plan.run.build.as_ref().and_then(|it| it.number.clone());
    let named = build.filter(|_| settings.build.is_some());
    named.unwrap_or_else(|| UNSPECIFIED.to_owned())
}

/// Returns the calls that list the mapped cases.
fn mapped(plan: &SubmissionPlan) -> Vec<Call> {
    let mapped = plan.results.iter().flat_map(|result| &result.cases);
    let mut ids: Vec<u64> = mapped.filter_map(number).collect();
    ids.sort_unstable();
    ids.dedup();
    let ids = ids.chunks(4 * BATCH);
    ids.map(|ids| call!("TestCase.filter", {"pk__in": ids}))
        .collect()
}

/// Returns whether executions take files, and show them.
fn takes_files(client: &Client) -> Result<bool, ServiceError> {
    let methods = client.ask(&[call!("system.listMethods")], "what it can do")?;
    let mut methods = methods.iter().filter_map(Value::as_array).flatten();
    Ok(methods.any(|name| name == FILES))
}

pub(super) fn nobody() -> ServiceError {
    ServiceError::declined("Kiwi TCMS does not say who is signed in")
}

/// Returns a complaint about a setting.
fn wrong(message: &str) -> ServiceError {
    ServiceError::setting(format!("{message}; nothing was written"))
}

fn missing(what: &str, name: &str, of: &str, whose: &str) -> ServiceError {
    wrong(&format!(
        "there is no {what} `{name}` in the {of} `{whose}` on Kiwi TCMS"
    ))
}

fn first(found: &[Row], what: &str) -> Result<u64, ServiceError> {
    let none = || wrong(&format!("Kiwi TCMS has no {what}")).hint("make one on its pages");
    found.first().map(id).ok_or_else(none)
}

fn version(settings: &KiwiSettings, product: &Row, found: &[Row]) -> Result<String, ServiceError> {
    let name = match (&settings.version, found) {
        (Some(name), _) => name,
        (None, [only]) => text(only, "value"),
        (None, _) => UNSPECIFIED,
    };
    if !settings.create && found.iter().all(|it| text(it, "value") != name) {
        let names = listed(found, "value");
        let hint = format!("set `kiwi.version` to one of: {names}; or allow `kiwi.create`");
        return Err(missing("version", name, "product", text(product, "name")).hint(hint));
    }
    Ok(name.to_owned())
}

/// Lists names.
fn listed(found: &[Row], field: &str) -> String {
    let names: Vec<&str> = found.iter().map(|it| text(it, field)).collect();
    names.join(", ")
}

fn test_plan(
    settings: &KiwiSettings,
    (product, named): (&Row, &str),
    (mut found, by_id): (Vec<Row>, Vec<Row>),
) -> Result<Option<Row>, ServiceError> {
    let version = settings.version.as_deref();
    let is_of = |plan: &Row| version.is_none_or(|it| it == version_of(plan));
    let product_name = text(product, "name");
    if let (true, Some(plan)) = (found.is_empty(), by_id.into_iter().next()) {
        let why = if field(&plan, "product") != id(product) {
            format!("belongs to another product than `{product_name}`")
        } else if is_of(&plan) {
            String::new()
        } else {
            let wanted = version.unwrap_or_default();
            format!("is of the version `{}`, not `{wanted}`", version_of(&plan))
        };
        if !why.is_empty() {
            let (number, name) = (id(&plan), text(&plan, "name"));
            return Err(wrong(&format!("the test plan {number} `{name}` {why}")));
        }
        found.push(plan);
    }
    found.retain(is_of);
    // An inactive plan of the same name is an old one.
    if found.iter().any(|plan| plan["is_active"] == true) {
        found.retain(|plan| plan["is_active"] == true);
    }
    // Several processes may be making it at this moment: the oldest stays.
    found.sort_unstable_by_key(id);
    if let Some(first) = found.first().map(id) {
        found.retain(|plan| id(plan) == first || !is_made_here(plan));
    }
    if found.len() > 1 {
        return Err(ambiguous("test plans", named, &found));
    }
    if found.is_empty() && !settings.create {
        return Err(
            missing("test plan", named, "product", product_name).hint(format!(
                "`{}` lists the plans; with `kiwi.create = true` handin creates it",
                listing(ServiceName::Kiwi, &[product_name])
            )),
        );
    }
    Ok(found.pop())
}

fn version_of(plan: &Row) -> &str {
    text(plan, "product_version__value")
}

/// Returns the number of a plan that is not found again by its name.
fn number_of(plan: &Row, named: &str) -> Option<u64> {
    let is_found = text(plan, "name") == named && plan["is_active"] == true;
    (!is_found).then(|| id(plan))
}

/// Returns whether handin made a plan.
pub(super) fn is_made_here(plan: &Row) -> bool {
    text(plan, "text") == MADE
}

type Statuses = (BTreeMap<Verdict, (u64, String)>, HashMap<u64, i64>);

/// Finds the statuses that the settings name: each must be there, and a failure must not count as a pass.
fn statuses(found: &[Row], settings: &KiwiSettings) -> Result<Statuses, ServiceError> {
    let weight = |row: &Row| row["weight"].as_i64().unwrap_or_default();
    let mut statuses = BTreeMap::new();
    for verdict in Verdict::ALL {
        let (word, name) = (verdict.word(), settings.statuses.of(verdict));
        let refuse = |why: &str, values: &str| {
            wrong(&format!("{why} for tests that are `{word}`"))
                .hint(format!("set `kiwi.statuses.{word}` to {values}"))
        };
        let is_it = |row: &&Row| text(row, "name").eq_ignore_ascii_case(name);
        let status = found.iter().find(is_it).ok_or_else(|| {
            let values = format!("one of: {}", listed(found, "name"));
            refuse(
                &format!("Kiwi TCMS has no execution status `{name}`"),
                &values,
            )
        })?;
        if verdict.is_bad() && weight(status) > 0 {
            let why = format!("`{name}` counts as passed on Kiwi TCMS, and is to stand");
            return Err(refuse(&why, "a status that does not pass"));
        }
        statuses.insert(verdict, (id(status), text(status, "name").to_owned()));
    }
    let weights = found.iter().map(|row| (id(row), weight(row)));
    Ok((statuses, weights.collect()))
}

/// Returns the number of a case: `12` or `TC-12`.
pub(super) fn number(id: &CaseId) -> Option<u64> {
    id.0.strip_prefix("TC-").unwrap_or(&id.0).parse().ok()
}
