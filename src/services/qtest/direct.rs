//! One request a result, on the run of its case, wherever that run was moved. For cases that somebody mapped by id, which a
//! batch would not find, and for everything in direct mode.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::QtestPlan;
use super::cases::Known;
use super::entry::Entry;
use super::files;
use super::find::{self, Held, Scene};
use super::ground::Spot;
use super::pen::{Pen, Trouble, Write};
use super::stamp::Slot;
use super::wire::{AutoLog, LogMade, NewRun, Run, RunCase};
use super::{logs, parallel, runs};
use crate::plan::PlannedFile;

/// What came of handing in: what stands there now, and which files still have to follow.
#[derive(Debug, Default)]
pub(super) struct Handed {
    pub(super) held: HashMap<Slot, Held>,
    pub(super) later: Vec<(Slot, Vec<PlannedFile>)>,
    pub(super) missing: Vec<String>,
}

/// Hands these entries in, in one suite. What stands there is added to `sink` at once, whatever comes after.
pub(super) fn submit(
    pen: &Pen<'_>,
    scene: Scene<'_>,
    suite: &Spot,
    entries: &[&Entry],
    sink: &Mutex<Handed>,
) -> Result<(), Trouble> {
    let wanted: Vec<(&Entry, &Known)> = entries
        .iter()
        .filter_map(|entry| Some((*entry, scene.cases.known.get(&entry.subject)?)))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let by_id: Vec<(&Entry, u64)> = wanted
        .iter()
        .map(|(entry, known)| (*entry, known.id))
        .collect();
    let there = runs::of(pen.project, Some(suite.id), &by_id, true)?;
    let one = |(entry, known): &(&Entry, &Known)| {
        let run = match there.get(&entry.slot) {
            Some(run) => *run,
            None if scene.plan.target.module.is_none() => {
                pen.warn(format!(
                    "{} has no run in the suite, and nothing is created without `qtest.module`",
                    known.title()
                ));
                return Ok(());
            }
            None => create_run(pen, suite, (entry, known))?,
        };
        let (held, later) = hand_in(pen, scene.plan, (entry, known), run)?;
        let mut handed = sink.lock().unwrap_or_else(PoisonError::into_inner);
        handed.held.insert(entry.slot.clone(), held);
        if !later.is_empty() {
            handed.later.push((entry.slot.clone(), later));
        }
        pen.progress.advance(1);
        Ok(())
    };
    parallel::each(
        scene.plan.target.limits.jobs,
        &wanted,
        one,
        Trouble::is_unknown,
    )?;
    Ok(())
}

/// Hands one result in, on a run. One that is too large with its files goes without them; they follow.
fn hand_in(
    pen: &Pen<'_>,
    plan: &QtestPlan,
    (entry, known): (&Entry, &Known),
    run: u64,
) -> Result<(Held, Vec<PlannedFile>), Trouble> {
    let mut log = logs::of(entry, Some(known), &plan.target, pen.key);
    let mut sorted = files::sorted(plan, entry, pen);
    log.attachments = files::inline(&sorted.inside, pen);
    match post(pen, plan, entry, run, &log) {
        Err(trouble) if trouble.status() == Some(413) && !log.attachments.is_empty() => {
            log.attachments.clear();
            sorted.later.append(&mut sorted.inside);
            Ok((post(pen, plan, entry, run, &log)?, sorted.later))
        }
        other => Ok((other?, sorted.later)),
    }
}

fn post(
    pen: &Pen<'_>,
    plan: &QtestPlan,
    entry: &Entry,
    run: u64,
    log: &AutoLog,
) -> Result<Held, Trouble> {
    let name = Write::Log.of(entry.slot.as_str());
    let request = pen.project.at.submit_log(run, log);
    match pen.write(
        &name,
        json!({ "run": run }),
        request,
        |made: &LogMade| json!({ "log": made.id }),
    ) {
        Ok(made) => Ok(Held {
            log: made.id,
            status: Some(log.status.clone()),
        }),
        Err(Trouble::Unknown(cause)) => match find::on_run(plan, &entry.slot, run) {
            Ok(Some((_, held))) => {
                pen.found(&name, json!({ "log": held.log }))?;
                Ok(held)
            }
            Ok(None) | Err(_) => Err(Trouble::Unknown(cause)),
        },
        Err(other) => Err(other),
    }
}

fn create_run(
    pen: &Pen<'_>,
    suite: &Spot,
    (entry, known): (&Entry, &Known),
) -> Result<u64, Trouble> {
    let run = NewRun {
        name: if known.name.is_empty() {
            entry.name.clone()
        } else {
            known.name.clone()
        },
        properties: Vec::new(),
        test_case: RunCase {
            id: known.id,
            properties: Vec::new(),
        },
    };
    let look = || {
        let all = pen.project.runs(suite.id)?;
        Ok(all
            .iter()
            .filter(|run| run.case() == Some(known.id))
            .map(|run| run.id)
            .min())
    };
    pen.create(
        &Write::Run.of(entry.slot.as_str()),
        pen.project.at.create_run(suite.id, &run),
        |made: &Run| made.id,
        look,
    )
}
