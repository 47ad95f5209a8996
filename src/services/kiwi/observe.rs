//! What of a submission stands there: runs by the mark in their notes, executions by case, comments by the mark they begin with.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::json;

use super::api::{Call, call};
use super::attachments;
use super::client::{Client, Row, id, number, text};
use super::payload::{self, CASE_MARK, CLAIM_MARK, Wanted};
use super::plan::{KiwiPlan, is_made_here};
use super::write::Kind;
use crate::plan::{BuildKey, Mark, Part, Relation};
use crate::services::ServiceError;
use crate::services::engine::{self, Kind as _};

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What there is of everything that is made where it is missing, by item: of several the oldest counts. A run cannot be deleted.
    pub(super) ids: BTreeMap<String, BTreeSet<u64>>,
    pub(super) run: Option<Row>,
    /// Whether that run holds a later attempt of this part.
    pub(super) is_outdated: bool,
    /// In which runs of the submission a result of a case stands, by case.
    results: BTreeMap<u64, BTreeSet<u64>>,
    /// The executions of the run, by case. Kiwi: one each, or one for each combination of the case's properties.
    pub(super) executions: BTreeMap<u64, Vec<Row>>,
    /// What is there of the cases in the plan, of comments, links and files, by the words of their kinds; in an order, for who waits tells
    /// by what was seen whether somebody writes.
    pub(super) there: BTreeSet<(&'static str, String)>,
    /// Who has the floor, or waits for it.
    pub(super) claims: Vec<(u64, String)>,
}

impl Seen {
    /// Returns the one that counts of what stands under an item.
    pub(super) fn first(&self, item: &str) -> Option<u64> {
        self.ids.get(item)?.first().copied()
    }

    /// Returns the duplicates, each behind its item.
    pub(super) fn several(&self) -> impl Iterator<Item = (&str, u64)> {
        let several = self.ids.iter().filter(|(_, all)| all.len() > 1);
        several.flat_map(|(item, all)| all.iter().map(|id| (item.as_str(), *id)))
    }

    /// Returns the case of something wanted: of several that were made for it the one that the run holds, else the oldest.
    pub(super) fn case(&self, wanted: &Wanted) -> Option<u64> {
        let mut made = self.ids.get(&wanted.item).into_iter().flatten();
        let in_run = || {
            made.find(|case| self.executions.contains_key(case))
                .copied()
        };
        wanted
            .case
            .or_else(in_run)
            .or_else(|| self.first(&wanted.item))
    }

    /// Returns the executions of something wanted.
    pub(super) fn executions(&self, wanted: &Wanted) -> &[Row] {
        let all = self.case(wanted).and_then(|it| self.executions.get(&it));
        all.map_or(&[], Vec::as_slice)
    }

    /// Returns the first execution of something wanted: comments, links and files are there.
    pub(super) fn execution(&self, wanted: &Wanted) -> Option<u64> {
        self.executions(wanted).first().map(id)
    }

    /// Returns whether a result of something wanted stands in a run of the submission, or in any.
    pub(super) fn has_result(&self, wanted: &Wanted, run: Option<u64>) -> bool {
        let runs = self.case(wanted).and_then(|case| self.results.get(&case));
        runs.is_some_and(|runs| run.is_none_or(|run| runs.contains(&run)))
    }

    /// Takes executions of the run.
    pub(super) fn add(&mut self, executions: impl Iterator<Item = Row>) {
        for execution in executions {
            let of_case = self.executions.entry(number(&execution, "case"));
            of_case.or_default().push(execution);
        }
    }

    /// Returns whether something is there that belongs to something wanted.
    pub(super) fn has(&self, kind: Kind, item: &str) -> bool {
        self.there.contains(&(kind.word(), item.to_owned()))
    }
}

/// Returns the beginning that the marks of all parts of a submission share.
fn key_of(plan: &KiwiPlan) -> String {
    let mark = plan.mark.to_string();
    mark.split('-').take(3).collect::<Vec<_>>().join("-")
}

/// Returns the text by which the runs that matter are asked for: of the submission, or of the build where it is only closed, whatever
/// its job.
fn runs_text(plan: &KiwiPlan) -> String {
    let mut text = key_of(plan);
    if plan.only_closes {
        text.truncate(Mark::PREFIX.len() + BuildKey::OF_RUN);
    }
    text
}

/// Returns the text with which the notes of our claim begin; its holder's name follows.
pub(super) fn claim_text(plan: &KiwiPlan, holder: &str) -> String {
    format!("{CLAIM_MARK}{} {holder}", key_of(plan))
}

/// Returns the call that lists the claims on a submission.
fn claims_call(plan: &KiwiPlan) -> Call {
    call!("TestCase.filter", {"notes__startswith": claim_text(plan, "")})
}

fn claims_of(plan: &KiwiPlan, cases: &[Row]) -> Vec<(u64, String)> {
    let begins = claim_text(plan, "");
    let holder = |case| text(case, "notes").strip_prefix(&begins);
    let claim = |case| Some((id(case), holder(case)?.trim().to_owned()));
    cases.iter().filter_map(claim).collect()
}

/// Lists the claims on a submission.
pub(super) fn claims(client: &Client, plan: &KiwiPlan) -> Result<Vec<(u64, String)>, ServiceError> {
    let cases = client.list(claims_call(plan), "who else is at work on it")?;
    Ok(claims_of(plan, &cases))
}

/// Reads everything that matters, all anew.
pub(super) fn observe(client: &Client, plan: &KiwiPlan) -> Result<Seen, ServiceError> {
    let (place, key) = (&plan.place, key_of(plan));
    let (product, version) = (place.product, &place.version_name);
    let by_name = call!("TestPlan.filter", {
        "name": place.plan_name, "product": product, "is_active": true, "product_version__value": version,
    });
    let mut calls = vec![
        claims_call(plan),
        call!("Version.filter", {"product": product, "value": version}),
        call!("Build.filter", {
            "version__product": product, "version__value": version, "name": place.build_name,
        }),
        place
            .plan
            .map_or(by_name, |id| call!("TestPlan.filter", {"pk": id})),
        call!("TestRun.filter", {"notes__contains": runs_text(plan)}),
        call!("TestExecution.filter", {"run__notes__contains": key}),
    ];
    if plan.wanted.iter().any(|wanted| wanted.case.is_none()) {
        calls.push(call!("TestCase.filter", {
            "notes__contains": CASE_MARK, "category__product": product,
        }));
    }
    let lists = client.lists(&calls, "what is already submitted")?;
    let mut lists = lists.into_iter();
    let mut next = || lists.next().unwrap_or_default();
    let mut seen = Seen {
        claims: claims_of(plan, &next()),
        ..Seen::default()
    };
    for item in ["version", "build", "plan"] {
        seen.ids.insert(item.to_owned(), ids_of(item, &next()));
    }
    if plan.only_closes {
        seen.run = Some(run_to_close(plan, next())?);
        return Ok(seen);
    }
    choose_run(plan, next(), &mut seen)?;
    let (run, runs) = (seen.first("run"), seen.ids.get("run").cloned());
    let mut executions = next();
    let in_run = |execution: &Row| number(execution, "run");
    executions.retain(|it| runs.as_ref().is_some_and(|all| all.contains(&in_run(it))));
    for execution in executions.iter().filter(|it| has_ended(plan, it)) {
        let of_case = seen.results.entry(number(execution, "case"));
        of_case.or_default().insert(in_run(execution));
    }
    seen.add(executions.into_iter().filter(|it| Some(in_run(it)) == run));
    for case in next() {
        if let Some(item) = made_for(&case) {
            seen.ids.entry(item).or_default().insert(id(&case));
        }
    }
    match run {
        Some(run) => details(client, plan, run, seen),
        None => Ok(seen),
    }
}

/// Returns the ids of what stands there under a name. A second plan that a person made is theirs.
fn ids_of(item: &str, rows: &[Row]) -> BTreeSet<u64> {
    let first = rows.iter().map(id).min();
    let counts = |row: &&Row| item != "plan" || Some(id(row)) == first || is_made_here(row);
    rows.iter().filter(counts).map(id).collect()
}

/// Returns the fingerprint of the test that a case was made for. A person may have written something around its line, and may speak of
/// others.
fn made_for(case: &Row) -> Option<String> {
    let mut lines = text(case, "notes").lines();
    let item = lines.find_map(|line| payload::made_for(line.trim()))?;
    Some(item.to_owned())
}

/// Finds the run that is to be ended.
fn run_to_close(plan: &KiwiPlan, runs: Vec<Row>) -> Result<Row, ServiceError> {
    let marked = runs.into_iter();
    let marked = marked.filter_map(|run| Some((Mark::first_in(text(&run, "notes"))?, run)));
    let of_run = (id, |run: &Row| !run["stop_date"].is_null());
    let runs = engine::to_close(&plan.mark.key, marked, of_run)?;
    let first = runs.into_iter().next();
    first.ok_or_else(ServiceError::nothing_to_close)
}

/// Finds the run of the submission: of several, all agree on the oldest.
fn choose_run(plan: &KiwiPlan, runs: Vec<Row>, seen: &mut Seen) -> Result<(), ServiceError> {
    let mut ours = BTreeMap::new();
    for run in runs {
        let (number, marks) = (id(&run), Mark::parse_all(text(&run, "notes")));
        for mark in marks {
            match mark.relation_to(&plan.mark) {
                Relation::Clash => {
                    return Err(ServiceError::conflict(format!(
                        "run {number} has other tests under the same shard of the same attempt; nothing was written"
                    ))
                    .hint("two jobs share the name of a shard: give each a name of its own with `--key`"));
                }
                Relation::Other => continue,
                Relation::OtherPart if plan.mark.part == Part::Whole => continue,
                Relation::Later => seen.is_outdated = true,
                Relation::Same | Relation::Earlier | Relation::OtherPart => {}
            }
            ours.insert(number, run.clone());
        }
    }
    seen.ids
        .insert("run".to_owned(), ours.keys().copied().collect());
    seen.run = ours.into_values().next();
    let of_run = seen.run.as_ref().map(|run| number(run, "plan"));
    if let Some(plan) = of_run.filter(|plan| seen.first("plan") != Some(*plan)) {
        // Where several plans have the name, it is in one of them.
        seen.ids.insert("plan".to_owned(), BTreeSet::from([plan]));
    }
    Ok(())
}

/// Returns whether an execution has ended. Kiwi: as long as it has not, its status has no weight.
fn has_ended(plan: &KiwiPlan, execution: &Row) -> bool {
    let weight = plan.place.weights.get(&number(execution, "status"));
    weight.is_some_and(|it| *it != 0)
}

/// Reads what the run and the plan hold.
fn details(
    client: &Client,
    plan: &KiwiPlan,
    run: u64,
    mut seen: Seen,
) -> Result<Seen, ServiceError> {
    let spoken = |it: &&Wanted| it.comment.is_some() && seen.execution(it).is_some();
    let spoken: Vec<&Wanted> = plan.wanted.iter().filter(spoken).collect();
    let mut calls = vec![call!("TestCase.filter", {
        "plan": seen.first("plan"), "notes__contains": CASE_MARK,
    })];
    let page = plan.page();
    calls.extend(page.map(|_| call!("TestExecution.get_links", {"execution__run": run})));
    let ids = spoken.iter().filter_map(|it| seen.execution(it));
    calls.extend(ids.map(|id| call!("TestExecution.get_comments", id)));
    calls.extend(attachments::listed(plan, |wanted| seen.execution(wanted)));
    let answers = client.lists(&calls, "what the run holds")?;
    let mut answers = answers.into_iter();
    let mut next = || answers.next().unwrap_or_default();
    let in_plan: HashSet<u64> = next().iter().map(id).collect();
    let links = page.map(|_| next()).unwrap_or_default();
    let links = links.iter().filter(|it| it["url"].as_str() == page);
    let linked: HashSet<u64> = links.map(|it| number(it, "execution")).collect();
    let mut there = BTreeSet::new();
    let mut note = |kind: Kind, item: &str, is_there: bool| {
        there.extend(is_there.then(|| (kind.word(), item.to_owned())));
    };
    for wanted in &plan.wanted {
        let is_in = |all: &HashSet<u64>, id: Option<u64>| id.is_some_and(|id| all.contains(&id));
        note(
            Kind::PlanCase,
            &wanted.item,
            is_in(&in_plan, seen.case(wanted)),
        );
        note(
            Kind::Link,
            &wanted.item,
            is_in(&linked, seen.execution(wanted)),
        );
    }
    for wanted in spoken {
        let mark = plan.mark.of_item(&wanted.item).to_string();
        let mut comments = next().into_iter();
        let is_said = comments.any(|it| text(&it, "comment").starts_with(&mark));
        note(Kind::Comment, &wanted.item, is_said);
    }
    let listed = json!(answers.collect::<Vec<_>>()).to_string();
    let shown = attachments::page(client, plan, run)? + &listed;
    for item in attachments::all(plan).into_keys() {
        note(
            Kind::File,
            &item,
            shown.contains(&attachments::begin(&item)),
        );
    }
    seen.there = there;
    Ok(seen)
}
