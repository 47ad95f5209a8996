//! Holds a plan against the server: product, version, build and plan, the cases, the statuses. Reads only.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use super::api;
use super::client::{BATCH, Client};
use super::observe::read;
use super::payload::{self, Wanted};
use super::target::KiwiTarget;
use super::wire::{Case, CaseStatus, Named, Plan, Priority, Status, User};
use crate::mapping::CaseId;
use crate::model::Verdict;
use crate::plan::{Mark, PlanProblem, ProblemKind, SubmissionKey, SubmissionPlan};
use crate::services::{Checked, Preview, PreviewLine, ServiceError};

/// The name of a version or build that nobody named. Kiwi: each product and version is made with one of this name.
const UNSPECIFIED: &str = "unspecified";

/// A plan that the server can take.
#[derive(Debug, Clone)]
pub struct KiwiPlan {
    pub(super) plan: SubmissionPlan,
    pub(super) mark: Mark,
    pub(super) place: Place,
    pub(super) wanted: Vec<Wanted>,
    problems: Vec<PlanProblem>,
}

/// Where results go, by the ids of the server. What has none is created.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) user: u64,
    pub(super) product: u64,
    pub(super) version_name: String,
    pub(super) build_name: String,
    pub(super) plan: Option<u64>,
    pub(super) plan_name: String,
    pub(super) plan_type: u64,
    pub(super) category: u64,
    pub(super) priority: u64,
    pub(super) confirmed: u64,
    /// A status in which a case is not run: that of a claim.
    pub(super) unconfirmed: u64,
    pub(super) statuses: BTreeMap<Verdict, (u64, String)>,
    /// By id, the weight: positive passes, negative fails.
    pub(super) weights: HashMap<u64, i64>,
}

impl KiwiPlan {
    /// Returns a test by the short name under which it is written.
    pub(super) fn wanted(&self, item: &str) -> Option<&Wanted> {
        self.wanted.iter().find(|wanted| wanted.item == item)
    }
}

impl Checked for KiwiPlan {
    fn key(&self) -> &SubmissionKey {
        &self.plan.key
    }

    fn problems(&self) -> &[PlanProblem] {
        &self.problems
    }

    fn preview(&self) -> Preview {
        let place = format!("{} / {}", self.place.plan_name, self.place.build_name);
        let results = self.wanted.iter().map(|wanted| PreviewLine {
            test: wanted.title.clone(),
            place: wanted
                .case
                .map_or_else(|| "a new test case".to_owned(), |case| format!("TC-{case}")),
            outcome: self.status(wanted.verdict).1,
        });
        Preview {
            requests: Some(self.requests()),
            writes: vec![format!(
                "create the run `{}` in `{place}` with {} executions",
                self.plan.run.name,
                self.wanted.len()
            )],
            results: results.collect(),
        }
    }
}

impl KiwiPlan {
    /// Returns about how many requests it takes: many calls go in one, a known test takes two of them and a new one four.
    fn requests(&self) -> u64 {
        const AROUND: u64 = 26;
        let each = self
            .wanted
            .iter()
            .map(|wanted| if wanted.case.is_some() { 2 } else { 4 });
        let files: usize = self.wanted.iter().map(|wanted| wanted.files.len()).sum();
        AROUND + each.sum::<u64>().div_ceil(BATCH as u64) + files as u64
    }

    /// Returns the status for a verdict: its id and its name.
    pub(super) fn status(&self, verdict: Verdict) -> (u64, String) {
        let status = self.place.statuses.get(&verdict);
        status.cloned().unwrap_or_default()
    }
}

pub(super) fn check(
    client: &Client,
    target: &KiwiTarget,
    plan: SubmissionPlan,
) -> Result<KiwiPlan, ServiceError> {
    let place = place(client, target, &plan)?;
    let cases = known_cases(client, &plan)?;
    let mut problems = Vec::new();
    let wanted = payload::wanted(&plan, target.create, &mut |test, id| {
        let number = id.0.strip_prefix("TC-").unwrap_or(&id.0).parse().ok();
        match number.and_then(|number| cases.get(&number)) {
            Some(case) if case.status == Some(place.confirmed) || is_confirmed(case) => {
                Some(case.id)
            }
            Some(case) => {
                let status = case.status_name.as_deref().unwrap_or("not confirmed");
                let message = format!(
                    "TC-{} is {status}: Kiwi TCMS runs only confirmed test cases",
                    case.id
                );
                problems.push(
                    PlanProblem::new(ProblemKind::NotReady, message)
                        .test(test)
                        .case(id)
                        .hint("confirm the test case on its page"),
                );
                None
            }
            None => {
                let message = format!(
                    "there is no test case {id} on Kiwi TCMS, or the account may not see it"
                );
                problems.push(
                    PlanProblem::new(ProblemKind::MissingCase, message)
                        .test(test)
                        .case(id),
                );
                None
            }
        }
    });
    // The plan and the build have no id before they are created, and a name that is found is the server's own.
    let product = place.product.to_string();
    let version = &place.version_name;
    let target = ["kiwi", &product, version, &place.plan_name];
    let mark = plan.identity.mark(&target);
    Ok(KiwiPlan {
        plan,
        mark,
        place,
        wanted,
        problems,
    })
}

fn is_confirmed(case: &Case) -> bool {
    case.status_name.as_deref() == Some("CONFIRMED")
}

fn place(
    client: &Client,
    target: &KiwiTarget,
    plan: &SubmissionPlan,
) -> Result<Place, ServiceError> {
    let product = product(client, target)?;
    let lists = [
        api::oneself(),
        api::plan_types(),
        api::categories(product.id),
        api::priorities(),
        api::case_statuses(),
        api::execution_statuses(),
    ];
    let mut lists = client
        .ask_all(&lists, "the account and the lists of the site")?
        .into_iter();
    let mut next = || lists.next().unwrap_or_default();
    let users: Vec<User> = read(next())?;
    let types: Vec<Named> = read(next())?;
    let categories: Vec<Named> = read(next())?;
    let priorities: Vec<Priority> = read(next())?;
    let (confirmed, unconfirmed) = case_statuses(&read::<Vec<CaseStatus>>(next())?)?;
    let (statuses, weights) = statuses(&read::<Vec<Status>>(next())?, target)?;
    let user = users
        .first()
        .ok_or_else(|| ServiceError::declined("Kiwi TCMS does not say who is signed in"))?;
    let plan_there = test_plan(client, target, &product)?;
    let (version, version_name) = match &plan_there {
        // Kiwi: a run takes only builds of its plan's version.
        Some(plan) => (Some(plan.version), plan.version_name.clone()),
        None => version(client, target, &product)?,
    };
    let number = plan
        .run
        .build
        .as_ref()
        .and_then(|build| build.number.clone());
    let build_name = number.filter(|_| target.build.is_some());
    let build_name = build_name.unwrap_or_else(|| UNSPECIFIED.to_owned());
    refuse_missing_build(client, target, version, &build_name)?;
    let first = |found: &[Named], what: &str| {
        found.first().map(|it| it.id).ok_or_else(|| {
            ServiceError::setting(format!("Kiwi TCMS has no {what}; nothing was written"))
                .hint("make one on its pages")
        })
    };
    Ok(Place {
        user: user.id,
        product: product.id,
        version_name,
        build_name,
        plan: plan_there.as_ref().map(|plan| plan.id),
        plan_name: plan_there.map_or_else(|| target.plan.clone(), |plan| plan.name),
        plan_type: first(&types, "type of test plans")?,
        category: first(&categories, "category in this product")?,
        priority: priorities.first().map_or(1, |it| it.id),
        confirmed,
        unconfirmed,
        statuses,
        weights,
    })
}

fn product(client: &Client, target: &KiwiTarget) -> Result<Named, ServiceError> {
    let by_name = json!({"name": target.product});
    let mut found: Vec<Named> = client.ask(api::products(&by_name), "the product")?;
    if let (true, Ok(id)) = (found.is_empty(), target.product.parse::<u64>()) {
        found = client.ask(api::products(&json!({"pk": id})), "the product")?;
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(ServiceError::setting(format!(
            "there is no product `{}` on Kiwi TCMS; nothing was written",
            target.product
        ))
        .hint("`handin projects kiwi` lists the products; create it on its pages, with its classification")),
        _ => Err(several("products", &target.product, found.iter().map(|it| it.id))),
    }
}

fn several(what: &str, name: &str, ids: impl Iterator<Item = u64>) -> ServiceError {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    ServiceError::setting(format!(
        "there are several {what} named `{name}`: {}; nothing was written",
        ids.join(", ")
    ))
    .hint("name one by its id")
}

fn version(
    client: &Client,
    target: &KiwiTarget,
    product: &Named,
) -> Result<(Option<u64>, String), ServiceError> {
    let found: Vec<Named> = client.ask(
        api::versions(&json!({"product": product.id})),
        "the versions",
    )?;
    let name = match (&target.version, found.as_slice()) {
        (Some(name), _) => name.clone(),
        (None, [only]) => only.name.clone(),
        (None, _) => UNSPECIFIED.to_owned(),
    };
    let id = found.iter().find(|it| it.name == name).map(|it| it.id);
    if id.is_none() && !target.create {
        let names: Vec<&str> = found.iter().map(|it| it.name.as_str()).collect();
        return Err(
            missing("version", &name, "product", &product.name).hint(format!(
                "set `kiwi.version` to one of: {}; or allow `kiwi.create`",
                names.join(", ")
            )),
        );
    }
    Ok((id, name))
}

fn refuse_missing_build(
    client: &Client,
    target: &KiwiTarget,
    version: Option<u64>,
    name: &str,
) -> Result<(), ServiceError> {
    let Some(version) = version else {
        return Ok(());
    };
    let query = json!({"version": version, "name": name});
    let found: Vec<Named> = client.ask(api::builds(&query), "the build")?;
    if found.is_empty() && !target.create {
        return Err(ServiceError::setting(format!(
            "there is no build `{name}` of this version on Kiwi TCMS; nothing was written"
        ))
        .hint("create it on its pages, or allow `kiwi.create`"));
    }
    Ok(())
}

fn missing(what: &str, name: &str, of: &str, whose: &str) -> ServiceError {
    ServiceError::setting(format!(
        "there is no {what} `{name}` in the {of} `{whose}` on Kiwi TCMS; nothing was written"
    ))
}

fn test_plan(
    client: &Client,
    target: &KiwiTarget,
    product: &Named,
) -> Result<Option<Plan>, ServiceError> {
    let by_name = json!({"name": target.plan, "product": product.id});
    let mut found: Vec<Plan> = client.ask(api::plans(&by_name), "the test plan")?;
    if let (true, Ok(id)) = (found.is_empty(), target.plan.parse::<u64>()) {
        found = client.ask(api::plans(&json!({"pk": id})), "the test plan")?;
        if let Some(other) = found.iter().find(|plan| plan.product != product.id) {
            return Err(ServiceError::setting(format!(
                "the test plan {} `{}` belongs to another product than `{}`; nothing was written",
                other.id, other.name, product.name
            )));
        }
    }
    if let Some(version) = &target.version {
        let other = found.iter().find(|plan| plan.version_name != *version);
        let is_by_id = found.iter().any(|plan| plan.name != target.plan);
        if let Some(other) = other.filter(|_| is_by_id) {
            return Err(ServiceError::setting(format!(
                "the test plan {} `{}` is of the version `{}`, not `{version}`; nothing was written",
                other.id, other.name, other.version_name
            )));
        }
        found.retain(|plan| plan.version_name == *version);
    }
    // An inactive plan of the same name is an old one.
    if found.iter().any(|plan| plan.is_active) {
        found.retain(|plan| plan.is_active);
    }
    match found.len() {
        0 if target.create => Ok(None),
        0 => Err(missing("test plan", &target.plan, "product", &product.name)
            .hint("`handin projects kiwi PRODUCT` lists the plans; or allow `kiwi.create`")),
        1 => Ok(found.pop()),
        _ => Err(several(
            "test plans",
            &target.plan,
            found.iter().map(|it| it.id),
        )),
    }
}

fn case_statuses(found: &[CaseStatus]) -> Result<(u64, u64), ServiceError> {
    let of = |is_confirmed: bool| found.iter().find(|it| it.is_confirmed == is_confirmed);
    let confirmed = of(true).ok_or_else(|| {
        ServiceError::setting(
            "Kiwi TCMS has no status in which a test case is confirmed; nothing was written",
        )
    })?;
    Ok((confirmed.id, of(false).unwrap_or(confirmed).id))
}

type Statuses = (BTreeMap<Verdict, (u64, String)>, HashMap<u64, i64>);

/// Finds the statuses that the settings name: each must be there, and a failure must not count as a pass.
fn statuses(found: &[Status], target: &KiwiTarget) -> Result<Statuses, ServiceError> {
    let mut statuses = BTreeMap::new();
    for verdict in Verdict::ALL {
        let name = target.statuses.of(verdict);
        let Some(status) = found
            .iter()
            .find(|status| status.name.eq_ignore_ascii_case(name))
        else {
            let names: Vec<&str> = found.iter().map(|status| status.name.as_str()).collect();
            return Err(ServiceError::setting(format!(
                "Kiwi TCMS has no execution status `{name}` for tests that {}; nothing was written",
                payload::ended(verdict)
            ))
            .hint(format!(
                "set `kiwi.statuses.{}` to one of: {}",
                verdict.word(),
                names.join(", ")
            )));
        };
        if verdict.is_bad() && status.weight > 0 {
            return Err(ServiceError::setting(format!(
                "`{}` counts as passed on Kiwi TCMS, and is to stand for tests that {}; nothing was written",
                status.name,
                payload::ended(verdict)
            ))
            .hint(format!("set `kiwi.statuses.{}` to a status that does not pass", verdict.word())));
        }
        statuses.insert(verdict, (status.id, status.name.clone()));
    }
    let weights = found.iter().map(|status| (status.id, status.weight));
    Ok((statuses, weights.collect()))
}

/// Looks the mapped cases up, by their numbers.
fn known_cases(client: &Client, plan: &SubmissionPlan) -> Result<HashMap<u64, Case>, ServiceError> {
    let mapped = plan.results.iter().flat_map(|result| &result.cases);
    let mut ids: Vec<u64> = mapped.filter_map(number).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let cases: Vec<Case> =
        client.ask(api::cases(&json!({"pk__in": ids})), "the mapped test cases")?;
    Ok(cases.into_iter().map(|case| (case.id, case)).collect())
}

/// Returns the number of a case: `12` or `TC-12`.
pub(super) fn number(id: &CaseId) -> Option<u64> {
    id.0.strip_prefix("TC-").unwrap_or(&id.0).parse().ok()
}
