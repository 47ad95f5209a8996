//! What of a submission stands there: runs by the mark in their notes, executions by case, comments by the mark they begin with.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::Client;
use super::payload::{CASE_MARK, CLAIM_MARK, Wanted};
use super::plan::KiwiPlan;
use super::wire::{Case, Comment, Execution, Named, Plan, Run};
use super::{api, attachments};
use crate::plan::{Mark, Part, Relation};
use crate::services::ServiceError;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) version: Option<u64>,
    pub(super) build: Option<u64>,
    /// The active plans of the name: of several the oldest counts.
    pub(super) plans: BTreeSet<u64>,
    pub(super) run: Option<Run>,
    /// Further runs of this submission: they cannot be deleted.
    pub(super) more_runs: Vec<u64>,
    /// The cases that were made for tests, by fingerprint: of several the oldest counts.
    pub(super) made: BTreeMap<String, BTreeSet<u64>>,
    /// The cases of the plan.
    pub(super) in_plan: BTreeSet<u64>,
    /// The executions of the run, by case; usually one each.
    pub(super) executions: BTreeMap<u64, Vec<Execution>>,
    /// The items of which the run holds our comment.
    pub(super) commented: BTreeSet<String>,
    /// The files that the run holds, by the beginning of their name.
    pub(super) files: BTreeSet<String>,
    /// Who has the floor, or waits for it: by id, the oldest first.
    pub(super) claims: Vec<(u64, String)>,
}

impl Seen {
    /// Returns the case of something wanted.
    pub(super) fn case(&self, wanted: &Wanted) -> Option<u64> {
        let made = || self.made.get(&wanted.item)?.first().copied();
        wanted.case.or_else(made)
    }

    /// Returns the plan.
    pub(super) fn plan(&self) -> Option<u64> {
        self.plans.first().copied()
    }

    /// Returns the execution of something wanted.
    pub(super) fn execution(&self, wanted: &Wanted) -> Option<&Execution> {
        self.executions.get(&self.case(wanted)?)?.first()
    }
}

/// Returns the beginning that the marks of all parts of a submission share.
fn key_of(plan: &KiwiPlan) -> String {
    let mark = plan.mark.to_string();
    mark.split('-').take(3).collect::<Vec<_>>().join("-")
}

/// Returns the text with which the notes of our claim begin; its holder's name follows.
pub(super) fn claim_text(plan: &KiwiPlan, holder: &str) -> String {
    format!("{CLAIM_MARK}{} {holder}", key_of(plan))
}

/// Returns the mark of a comment.
pub(super) fn comment_mark(plan: &KiwiPlan, item: &str) -> String {
    plan.mark.of_item(item).to_string()
}

/// Lists the claims on a submission, the oldest first.
pub(super) fn claims(client: &Client, plan: &KiwiPlan) -> Result<Vec<(u64, String)>, ServiceError> {
    let begins = claim_text(plan, "");
    let query = json!({"notes__startswith": begins});
    let cases: Vec<Case> = client.ask(api::cases(&query), "who else is at work on it")?;
    Ok(sorted(cases, &begins))
}

fn sorted(cases: Vec<Case>, begins: &str) -> Vec<(u64, String)> {
    let mut claims: Vec<(u64, String)> = cases
        .into_iter()
        .filter_map(|case| Some((case.id, case.notes?.strip_prefix(begins)?.trim().to_owned())))
        .collect();
    claims.sort_unstable();
    claims
}

/// Reads everything that matters, all anew.
pub(super) fn observe(client: &Client, plan: &KiwiPlan) -> Result<Seen, ServiceError> {
    let place = &plan.place;
    let begins = claim_text(plan, "");
    let makes_cases = plan.wanted.iter().any(|wanted| wanted.case.is_none());
    let named = json!({"product": place.product, "value": place.version_name});
    let build = json!({"version__product": place.product, "version__value": place.version_name, "name": place.build_name});
    let by_name = json!({"name": place.plan_name, "product": place.product, "is_active": true, "product_version__value": place.version_name});
    let test_plan = place.plan.map_or(by_name, |id| json!({"pk": id}));
    let made = json!({"notes__startswith": CASE_MARK, "category__product": place.product});
    let mut calls = vec![
        api::cases(&json!({"notes__startswith": begins})),
        api::versions(&named),
        api::builds(&build),
        api::plans(&test_plan),
        api::runs(&json!({"notes__contains": key_of(plan)})),
    ];
    if makes_cases {
        calls.push(api::cases(&made));
    }
    let mut answers = client
        .ask_all(&calls, "what stands there already")?
        .into_iter();
    let mut next = || answers.next().unwrap_or_default();
    let claims: Vec<Case> = read(next())?;
    let versions: Vec<Named> = read(next())?;
    let builds: Vec<Named> = read(next())?;
    let plans: Vec<Plan> = read(next())?;
    let runs: Vec<Run> = read(next())?;
    let made: Vec<Case> = if makes_cases {
        read(next())?
    } else {
        Vec::new()
    };
    let mut seen = Seen {
        version: versions.first().map(|it| it.id),
        build: builds.iter().map(|it| it.id).min(),
        plans: plans.iter().map(|it| it.id).collect(),
        claims: sorted(claims, &begins),
        made: made_cases(made),
        ..Seen::default()
    };
    choose_run(plan, runs, &mut seen)?;
    details(client, plan, &mut seen)?;
    Ok(seen)
}

pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, ServiceError> {
    serde_json::from_value(value).map_err(|error| {
        ServiceError::declined(format!("Kiwi TCMS answers something else: {error}"))
    })
}

/// Returns the cases that were made for tests.
pub(super) fn made_cases(cases: Vec<Case>) -> BTreeMap<String, BTreeSet<u64>> {
    let mut made: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for case in cases {
        let notes = case.notes.unwrap_or_default();
        let rest = notes.strip_prefix(CASE_MARK).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
        let item = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        if !item.is_empty() {
            made.entry(item.to_owned()).or_default().insert(case.id);
        }
    }
    made
}

/// Finds the run of the submission: of several, all agree on the oldest.
fn choose_run(plan: &KiwiPlan, runs: Vec<Run>, seen: &mut Seen) -> Result<(), ServiceError> {
    let mut ours = Vec::new();
    for run in runs {
        let relations: Vec<Relation> = Mark::parse_all(&run.notes)
            .iter()
            .map(|mark| mark.relation_to(&plan.mark))
            .collect();
        if relations.contains(&Relation::Clash) {
            return Err(ServiceError::conflict(format!(
                "run {} has other tests under the same shard of the same attempt; nothing was written",
                run.id
            ))
            .hint("two jobs share the name of a shard: give each a name of its own with `--key`"));
        }
        if relations.contains(&Relation::Later) {
            return Err(ServiceError::conflict(format!(
                "run {} holds a later attempt of this shard; nothing was written",
                run.id
            ))
            .hint("these reports are out of date"));
        }
        let joins = plan.mark.part != Part::Whole && relations.contains(&Relation::OtherPart);
        if joins || relations.contains(&Relation::Same) || relations.contains(&Relation::Earlier) {
            ours.push(run);
        }
    }
    ours.sort_unstable_by_key(|run| run.id);
    let mut ours = ours.into_iter();
    seen.run = ours.next();
    seen.more_runs = ours.map(|run| run.id).collect();
    Ok(())
}

/// Reads what the run and the plan hold.
fn details(client: &Client, plan: &KiwiPlan, seen: &mut Seen) -> Result<(), ServiceError> {
    let Some(run) = seen.run.as_ref().map(|run| run.id) else {
        return Ok(());
    };
    let in_plan = json!({"plan": seen.plan().unwrap_or_default(), "notes__startswith": CASE_MARK});
    let calls = [api::executions(run), api::cases(&in_plan)];
    let mut answers = client
        .ask_all(&calls, "the executions of the run")?
        .into_iter();
    let executions: Vec<Execution> = read(answers.next().unwrap_or_default())?;
    for execution in executions {
        let of_case = seen.executions.entry(execution.case).or_default();
        of_case.push(execution);
    }
    let cases: Vec<Case> = read(answers.next().unwrap_or_default())?;
    seen.in_plan = cases.into_iter().map(|case| case.id).collect();
    let spoken = |wanted: &&Wanted| wanted.comment.is_some();
    let asked: Vec<(&str, u64)> = plan
        .wanted
        .iter()
        .filter(spoken)
        .filter_map(|wanted| Some((wanted.item.as_str(), seen.execution(wanted)?.id)))
        .collect();
    let calls: Vec<api::Call> = asked.iter().map(|(_, id)| api::comments(*id)).collect();
    let answers = client.ask_all(&calls, "the comments of the executions")?;
    for ((item, _), answer) in asked.iter().zip(answers) {
        let comments: Vec<Comment> = read(answer)?;
        let mark = comment_mark(plan, item);
        if comments.iter().any(|it| it.comment.starts_with(&mark)) {
            seen.commented.insert((*item).to_owned());
        }
    }
    seen.files = attachments::shown(client, plan, run)?;
    Ok(())
}
