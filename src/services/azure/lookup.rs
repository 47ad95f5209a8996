//! Plans, suites, points and cases by the names that people use.

use std::collections::{BTreeSet, HashSet};

use super::api::{Endpoints, WORK_ITEMS_PER_CALL};
use super::version::Generation;
use super::wire::{
    Category, Configuration, List, Plan, Referred, Run, Suite, SuiteCase, TestPoint, WorkItem,
};
use super::{Azure, observe};
use crate::mapping::CaseId;
use crate::model::ServiceName;
use crate::services::{RemoteCase, ServiceError, engine, listing};
use crate::transport::{Problem, TransportError};

/// Returns the error for settings without a test plan.
pub(super) fn no_plan(azure: &Azure) -> ServiceError {
    ServiceError::setting("no test plan is chosen; nothing was written").hint(format!(
        "name it with `--plan` or as `plan` in `[azure]`; `{}` lists them",
        listed_below(azure, None)
    ))
}

/// Returns the command that lists what is in the project, or in a plan of it.
fn listed_below(azure: &Azure, plan: Option<u64>) -> String {
    let plan = plan.map(|plan| plan.to_string());
    let path: Vec<&str> = [azure.client.project()]
        .into_iter()
        .chain(plan.as_deref())
        .collect();
    listing(ServiceName::Azure, &path)
}

/// Describes how the runs of the project are listed.
pub(super) fn runs_listed(azure: &Azure) -> String {
    format!("`{} --runs` lists the runs", listed_below(azure, None))
}

/// Refuses the cloud's own address without an organisation: the project would be taken for one.
pub(super) fn has_organisation(azure: &Azure) -> Result<(), ServiceError> {
    let base = azure.client.base();
    if base.host_str() == Some("dev.azure.com") && base.path() == "/" {
        return Err(ServiceError::setting(format!(
            "the address {base} names no organisation; nothing was sent"
        ))
        .hint("it follows the host, as in `https://dev.azure.com/acme`"));
    }
    Ok(())
}

/// Returns the test plans that the settings name, by id or exact name, each with the suites that bound where its results go.
pub(super) fn places(azure: &Azure) -> Result<Vec<(Plan, Vec<u64>)>, ServiceError> {
    let mut plans: Vec<Plan> = Vec::new();
    for wanted in &azure.target.plans {
        let plan = plan_named(azure, wanted)?;
        if plans.iter().all(|known| known.id != plan.id) {
            plans.push(plan);
        }
    }
    if plans.is_empty() {
        return Err(no_plan(azure));
    }
    let mut places: Vec<(Plan, Vec<u64>)> = Vec::new();
    if azure.target.suites.is_empty() {
        for plan in plans {
            let root = root_suite(&plan)?;
            places.push((plan, vec![root]));
        }
        return Ok(places);
    }
    places.extend(plans.into_iter().map(|plan| (plan, Vec::new())));
    // Of several plans each suite is in one at least.
    for wanted in &azure.target.suites {
        let mut is_there = false;
        for (plan, suites) in &mut places {
            let found = find_suite(azure, plan, wanted)?;
            is_there |= found.is_some();
            suites.extend(found);
        }
        if let (false, Some((plan, _))) = (is_there, places.first()) {
            let plans = (places.len() == 1).then_some(plan.id.0);
            return Err(no_suite(azure, (plans, plan.id.0), wanted));
        }
    }
    let bare = places.iter().find(|(_, suites)| suites.is_empty());
    if let Some((plan, _)) = bare {
        let names: Vec<String> = azure
            .target
            .suites
            .iter()
            .map(|it| format!("`{it}`"))
            .collect();
        return Err(ServiceError::setting(format!(
            "plan {} `{}` has none of the suites {}; nothing was written",
            plan.id.0,
            plan.name,
            listed(&names)
        ))
        .hint("leave the plan out, or name a suite of it too"));
    }
    for (_, suites) in &mut places {
        suites.sort_unstable();
        suites.dedup();
    }
    Ok(places)
}

/// Returns the run that the settings name to take the results.
pub(super) fn run_named(azure: &Azure) -> Result<Option<Run>, ServiceError> {
    let Some(id) = azure.target.run else {
        return Ok(None);
    };
    let Some(run) = observe::by_id(azure, id)? else {
        return Err(ServiceError::setting(format!(
            "there is no run {id} in the project `{}`; nothing was written",
            azure.client.project()
        ))
        .hint(runs_listed(azure)));
    };
    if run.has_ended() || run.is_aborted() {
        return Err(ServiceError::setting(format!(
            "run {id} is {} and takes no results; nothing was written",
            run.state
        ))
        .hint("name a run that is in progress, or leave `--run` out"));
    }
    if run.plan.as_ref().and_then(Referred::number).is_none() {
        return Err(ServiceError::setting(format!(
            "run {id} belongs to no test plan; nothing was written"
        ))
        .hint("name a run that was started from a plan"));
    }
    Ok(Some(run))
}

/// Returns the test plan with this id or exact name. A plan may be called by a number too.
pub(super) fn plan_named(azure: &Azure, wanted: &str) -> Result<Plan, ServiceError> {
    if let Some(id) = id_written(wanted) {
        match azure.client.get(|endpoints| endpoints.plan(id)) {
            Err(error) if error.status() == Some(404) => {}
            answer => return Ok(answer?),
        }
    }
    by_name(plans(azure)?, wanted, azure.client.project())
}

/// Returns the id that a text may be. Azure's are whole numbers of 32 bits: what is larger, or written otherwise, is a name.
fn id_written(text: &str) -> Option<u64> {
    let id: i32 = text.parse().ok().filter(|id| *id > 0)?;
    (id.to_string() == text).then(|| id.unsigned_abs().into())
}

fn by_name(plans: Vec<Plan>, wanted: &str, project: &str) -> Result<Plan, ServiceError> {
    let names: Vec<String> = plans
        .iter()
        .map(|plan| format!("`{}` ({})", plan.name, plan.id.0))
        .collect();
    let mut same: Vec<Plan> = plans
        .into_iter()
        .filter(|plan| plan.name.eq_ignore_ascii_case(wanted))
        .collect();
    // One that nobody works with any more does not stand in the way of the one that is in use.
    if same.iter().any(|plan| !plan.is_inactive()) {
        same.retain(|plan| !plan.is_inactive());
    }
    match (same.pop(), same.is_empty()) {
        (Some(plan), true) => Ok(plan),
        (Some(plan), false) => {
            let ids: Vec<String> = same
                .iter()
                .chain([&plan])
                .map(|plan| plan.id.0.to_string())
                .collect();
            let message = format!(
                "{} test plans are called `{wanted}`: {}; nothing was written",
                ids.len(),
                ids.join(", ")
            );
            Err(ServiceError::setting(message).hint("name the plan by its id"))
        }
        (None, _) if names.is_empty() => Err(ServiceError::setting(format!(
            "the project `{project}` has no test plan"
        ))),
        (None, _) => {
            let is_number = wanted.bytes().all(|byte| byte.is_ascii_digit());
            let shown = if is_number {
                wanted.to_owned()
            } else {
                format!("`{wanted}`")
            };
            let message = format!(
                "there is no test plan {shown} in the project `{project}`; nothing was written"
            );
            Err(ServiceError::setting(message).hint(format!("it has: {}", listed(&names))))
        }
    }
}

/// Returns the first of many names.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let mut text: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    if names.len() > SHOWN {
        text.push("…");
    }
    text.join(", ")
}

pub(super) fn plans(azure: &Azure) -> Result<Vec<Plan>, ServiceError> {
    let plans = azure.client.pages(Endpoints::plans);
    plans.map_err(|error| no_such_project(azure, error))
}

/// Says which project is not there, where that is why. Azure: `ProjectDoesNotExistWithNameException`, and `ProjectDoesNotExistException` for an id.
pub(super) fn no_such_project(azure: &Azure, error: TransportError) -> ServiceError {
    let Problem::Status {
        status: 404,
        code: Some(code),
        ..
    } = &error.problem
    else {
        return error.into();
    };
    if !code.contains("ProjectDoesNotExist") {
        return error.into();
    }
    ServiceError::setting(format!(
        "there is no project `{}` on {}, or this account may not see it",
        azure.client.project(),
        azure.client.base()
    ))
    .hint(format!(
        "`{}` lists the projects",
        listing(ServiceName::Azure, &[])
    ))
}

/// Returns the id of the configuration that the settings name, by id or name; nothing where they name none.
pub(super) fn configuration(azure: &Azure) -> Result<Option<u64>, ServiceError> {
    let Some(wanted) = &azure.target.configuration else {
        return Ok(None);
    };
    let known: Vec<Configuration> = azure.client.pages(Endpoints::configurations)?;
    let named = known
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(wanted));
    let found = named.or_else(|| known.iter().find(|known| known.id.0.to_string() == *wanted));
    match found {
        Some(found) => Ok(Some(found.id.0)),
        None => Err(ServiceError::setting(format!(
            "there is no configuration `{wanted}` in the project `{}`; nothing was written",
            azure.client.project()
        ))
        .hint(format!(
            "`{}` lists the configurations",
            listed_below(azure, None)
        ))),
    }
}

/// Returns the suites of a plan that the settings name, or its root.
pub(super) fn suites_in(azure: &Azure, plan: &Plan) -> Result<Vec<u64>, ServiceError> {
    if azure.target.suites.is_empty() {
        return Ok(vec![root_suite(plan)?]);
    }
    let names = azure.target.suites.iter();
    names
        .map(|wanted| suite_named(azure, plan, wanted))
        .collect()
}

/// Returns the suite that holds all others of a plan.
pub(super) fn root_suite(plan: &Plan) -> Result<u64, ServiceError> {
    let root = plan.root_suite.as_ref().map(|suite| suite.id.0);
    root.ok_or_else(|| {
        ServiceError::setting(format!("plan {} has no root suite", plan.id.0))
            .hint("name a suite with `--suite`")
    })
}

/// Returns the suite of a plan with this id, name or path.
pub(super) fn suite_named(azure: &Azure, plan: &Plan, wanted: &str) -> Result<u64, ServiceError> {
    let found = find_suite(azure, plan, wanted)?;
    found.ok_or_else(|| no_suite(azure, (Some(plan.id.0), plan.id.0), wanted))
}

/// Returns the error for a suite that the plan does not have, or none of several; the plan whose suites are listed.
fn no_suite(azure: &Azure, (only, listed): (Option<u64>, u64), wanted: &str) -> ServiceError {
    let whose = match only {
        Some(plan) => format!("plan {plan} has no suite"),
        None => "none of the plans has a suite".to_owned(),
    };
    ServiceError::setting(format!("{whose} `{wanted}`; nothing was written")).hint(format!(
        "`{}` shows the suites",
        listed_below(azure, Some(listed))
    ))
}

/// Finds the suite of a plan with this id, name or path.
pub(super) fn find_suite(
    azure: &Azure,
    plan: &Plan,
    wanted: &str,
) -> Result<Option<u64>, ServiceError> {
    if let Some(id) = id_written(wanted) {
        // A suite may be called by a number too.
        match azure
            .client
            .get::<Suite>(|endpoints| endpoints.suite(plan.id.0, id))
        {
            Err(error) if error.status() == Some(404) => {}
            answer => return Ok(Some(answer?.id.0)),
        }
    }
    let tree: Vec<Suite> = suites(azure, plan.id.0)?;
    let mut found = Vec::new();
    for suite in &tree {
        collect(suite, "", wanted, &mut found);
    }
    match found.as_slice() {
        [(id, _)] => Ok(Some(*id)),
        [] => Ok(None),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|(id, path)| format!("{id} (`/{path}`)"))
                .collect();
            let message = format!(
                "{} suites are called `{wanted}`: {}; nothing was written",
                names.len(),
                listed(&names)
            );
            let paths = several.iter().map(|(_, path)| path);
            // The plan's own suite has none.
            let path = paths.filter(|path| !path.is_empty()).min();
            let path = path.map_or("", String::as_str);
            Err(ServiceError::setting(message).hint(format!(
                "name the suite by its id, or by its path from the top of the plan, as `/{path}`"
            )))
        }
    }
}

pub(super) fn suites(azure: &Azure, plan: u64) -> Result<Vec<Suite>, ServiceError> {
    Ok(azure
        .client
        .pages(|endpoints, token| endpoints.suites(plan, token))?)
}

/// Collects the suites whose name or path (without the root's name) is `wanted`. Behind a slash stands a path, and no name.
fn collect(suite: &Suite, above: &str, wanted: &str, found: &mut Vec<(u64, String)>) {
    let is_root = suite.parent.is_none() && above.is_empty();
    let path = match (is_root, above) {
        (true, _) => String::new(),
        (false, "") => suite.name.clone(),
        (false, above) => format!("{above}/{}", suite.name),
    };
    let from_top = wanted.strip_prefix('/').unwrap_or(wanted);
    let named = suite.name.eq_ignore_ascii_case(wanted)
        || (!path.is_empty() && path.eq_ignore_ascii_case(from_top));
    if named && !found.iter().any(|(id, _)| *id == suite.id.0) {
        found.push((suite.id.0, path.clone()));
    }
    suite
        .children
        .iter()
        .for_each(|child| collect(child, &path, wanted, found));
}

/// Returns all points of a suite and of those below it, asked for suite by suite.
pub(super) fn points_of_suites(
    azure: &Azure,
    plan: u64,
    suite: u64,
) -> Result<Vec<TestPoint>, ServiceError> {
    let mut all = Vec::new();
    for suite in asked_for(azure, plan, suite, Generation::V6_0)? {
        let points: Vec<TestPoint> = azure
            .client
            .pages(|endpoints, token| endpoints.points(plan, suite, token))
            .map_err(|error| no_such_suite(azure, (plan, suite), error))?;
        all.extend(points);
    }
    Ok(all)
}

/// Returns the cases of a suite and of those below it; a case in several suites once.
pub(super) fn suite_cases(
    azure: &Azure,
    plan: u64,
    suite: u64,
) -> Result<Vec<SuiteCase>, ServiceError> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for suite in asked_for(azure, plan, suite, Generation::V7_0)? {
        let cases: Vec<SuiteCase> = azure
            .client
            .pages(|endpoints, token| endpoints.suite_cases(plan, suite, token))
            .map_err(|error| no_such_suite(azure, (plan, suite), error))?;
        all.extend(
            cases
                .into_iter()
                .filter(|case| seen.insert(case.work_item.id)),
        );
    }
    Ok(all)
}

/// Returns the suites to ask one by one: this one, where the server looks below it by itself, as it does `since` a generation.
///
/// The plan was asked for before, so the generation is known by now.
fn asked_for(
    azure: &Azure,
    plan: u64,
    suite: u64,
    since: Generation,
) -> Result<Vec<u64>, ServiceError> {
    if azure.client.generation() >= since {
        return Ok(vec![suite]);
    }
    let mut below = Vec::new();
    for tree in suites(azure, plan)? {
        gather_below(&tree, suite, false, &mut below);
    }
    if below.is_empty() {
        below.push(suite);
    }
    Ok(below)
}

fn gather_below(tree: &Suite, wanted: u64, inside: bool, found: &mut Vec<u64>) {
    let inside = inside || tree.id.0 == wanted;
    if inside {
        found.push(tree.id.0);
    }
    tree.children
        .iter()
        .for_each(|child| gather_below(child, wanted, inside, found));
}

pub(super) fn no_such_suite(
    azure: &Azure,
    (plan, suite): (u64, u64),
    error: TransportError,
) -> ServiceError {
    let is_named = azure.target.suites.contains(&suite.to_string());
    if error.status() == Some(404) && is_named {
        return no_suite(azure, (Some(plan), plan), &suite.to_string());
    }
    error.into()
}

/// Looks cases up by id. Azure answers with `null` for what is missing, so they are told apart by id and not by position.
pub(super) fn cases(azure: &Azure, ids: &[CaseId]) -> Result<Vec<RemoteCase>, ServiceError> {
    let mut numbers: Vec<u64> = ids.iter().filter_map(number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let category: Category = azure.client.get(Endpoints::case_category)?;
    let kinds: BTreeSet<String> = category
        .work_item_types
        .into_iter()
        .map(|kind| kind.name)
        .collect();
    Ok(work_items(azure, &numbers)?
        .iter()
        .map(|item| remote_case(item, &kinds))
        .collect())
}

/// Returns the work items that exist and may be seen.
pub(super) fn work_items(azure: &Azure, ids: &[u64]) -> Result<Vec<WorkItem>, TransportError> {
    let mut found = Vec::new();
    for some in ids.chunks(WORK_ITEMS_PER_CALL) {
        let list: List<Option<WorkItem>> =
            azure.client.get(|endpoints| endpoints.work_items(some))?;
        found.extend(list.value.into_iter().flatten());
    }
    Ok(found)
}

/// Returns cases with the field that holds their steps.
pub(super) fn steps_of(azure: &Azure, ids: &[u64]) -> Result<Vec<WorkItem>, TransportError> {
    let chunks: Vec<&[u64]> = ids.chunks(WORK_ITEMS_PER_CALL).collect();
    let answers = engine::each(azure.workers(), &chunks, |some| {
        let list: List<Option<WorkItem>> =
            azure.client.get(|endpoints| endpoints.steps_of(some))?;
        Ok::<_, TransportError>(list.value)
    })?;
    Ok(answers.into_iter().flatten().flatten().collect())
}

/// Returns the number of a case. Azure's ids are numbers; people write them with a `#` too.
pub(super) fn number(id: &CaseId) -> Option<u64> {
    id.0.trim().trim_start_matches('#').parse().ok()
}

fn remote_case(item: &WorkItem, kinds: &BTreeSet<String>) -> RemoteCase {
    let text = |name: &str| item.field(name).map(str::to_owned);
    RemoteCase {
        id: CaseId(item.id.0.to_string()),
        title: text("System.Title").unwrap_or_default(),
        place: text("System.TeamProject"),
        automated_name: text("Microsoft.VSTS.TCM.AutomatedTestName"),
        state: text("System.State"),
        is_test_case: item
            .field("System.WorkItemType")
            .is_some_and(|kind| kinds.contains(kind)),
    }
}
