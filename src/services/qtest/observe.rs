//! What of a submission stands on qTest, read from lists that are certain: the runs of each suite with their latest log.
//!
//! A list of runs tells the latest log's id, but not what stands in its note. A search tells the notes; its index may be behind, so it
//! can say what a log is, and never that there is none. A log that the search does not know is looked up in its own run's list.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::api;
use super::cases::{self, Cases};
use super::entry::{Entry, Subject};
use super::marks::Slot;
use super::wire::{Log, Run};
use super::write::Submission;
use crate::plan::{Attempt, Mark, Relation};
use crate::services::ServiceError;
use crate::services::engine;
use crate::transport::{Problem, TransportError};

/// How much longer than the logs say is looked at: clocks and roundings differ.
const MARGIN: Duration = Duration::from_secs(2);

/// How many runs are asked for their own lists at once, without leaving them to the search.
const FEW: usize = 20;

/// How often what was sent is left for the search to show, before each run is asked for its own list.
const PATIENT_LOOKS: u32 = 5;

/// What a log is, by its note.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    mark: Option<Mark>,
    /// The result that 0.1.0 marked, with the key of the submission.
    former: Option<Slot>,
    pub(super) status: Option<String>,
    run: Option<u64>,
    began: Option<Timestamp>,
    /// The files on it, where the answer tells them.
    pub(super) files: Option<HashSet<String>>,
}

/// A result that stands there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) log: Option<u64>,
    /// What qTest shows of it.
    pub(super) status: Option<String>,
    /// Why it is not ours that counts, where it is not.
    pub(super) instead: Option<String>,
    /// All logs with the mark of this one.
    pub(super) logs: Vec<u64>,
}

/// A run of an entry's case.
#[derive(Debug, Clone)]
struct Row {
    entry: usize,
    run: u64,
    latest: Option<u64>,
    status: Option<String>,
    began: Option<Timestamp>,
}

impl Submission<'_> {
    /// Reads everything once more, as far as something can have changed.
    pub(super) fn look(&mut self) -> Result<(), ServiceError> {
        if !std::mem::take(&mut self.is_fresh) {
            self.read_containers()?;
            self.read_cases()?;
            self.read_changed()?;
        }
        let rows = self.rows()?;
        self.read_notes(&rows)?;
        self.read_lists(&rows)?;
        self.held = self.standing(&rows)?;
        self.latest = rows.iter().map(|row| (row.run, row.latest)).collect();
        self.read_links()?;
        self.read_files()
    }

    /// Reads the containers again where one of them was wanted or made.
    pub(super) fn read_containers(&mut self) -> Result<(), ServiceError> {
        let plan = self.plan;
        let is_known = self.made.is_empty() && !self.lacks_containers();
        if is_known
            && self.claim.is_granted
            && !self.claim.is_contested()
            && (!self.has_written || self.besides().is_empty())
        {
            return Ok(());
        }
        let mut ground = super::containers::Ground::read(&plan.project, &plan.target)?;
        ground.look(&plan.project, &plan.target, &plan.entries.places)?;
        ground.suite_fields.clone_from(&self.ground.suite_fields);
        if plan.target.module.is_none() {
            ground.modules = std::mem::take(&mut self.ground.modules);
        }
        self.ground = ground;
        self.see_claims(None);
        Ok(())
    }

    /// Finds the cases that were not there, by lists: what was created a moment ago no search may know yet.
    fn read_cases(&mut self) -> Result<(), ServiceError> {
        let plan = self.plan;
        let wanted = |entry: &&Entry| {
            let known = self.cases.known.get(&entry.subject);
            // What a batch created is read back: it may have left something out.
            known.is_none_or(|known| self.created.contains(&entry.subject) && known.mark.is_none())
        };
        let unknown: Vec<&Entry> = plan.sendable().filter(wanted).collect();
        if unknown.is_empty() || (self.created.is_empty() && !self.has_begun) {
            return Ok(());
        }
        let steps = unknown.iter().any(|entry| !entry.steps.is_empty());
        let prints: Vec<String> = unknown
            .iter()
            .filter_map(|entry| match &entry.subject {
                Subject::Print(print) => Some(print.clone()),
                Subject::Case(_) => None,
            })
            .collect();
        let mut found = Cases::default();
        cases::from_lists(&plan.project, &plan.fields, &prints, steps, &mut found)?;
        self.warnings.append(&mut found.warnings);
        self.cases.known.extend(found.known);
        Ok(())
    }

    /// Reads the cases again of which something was to be written: whether it was is not known.
    fn read_changed(&mut self) -> Result<(), ServiceError> {
        let plan = self.plan;
        let changed = self.changed();
        let ids: Vec<u64> = changed.iter().map(|(_, id)| *id).collect();
        let read = engine::each(
            (plan.project.clock(), plan.target.limits.jobs),
            &ids,
            |id| plan.project.case(&id.to_string()),
        )?;
        for ((subject, _), case) in changed.into_iter().zip(read) {
            if let Some(case) = case {
                let known = cases::Known::of(case, &plan.fields);
                self.cases.known.insert(subject, known);
            }
        }
        Ok(())
    }

    /// Lists the runs of each suite, and those of mapped cases that somebody moved elsewhere.
    fn rows(&mut self) -> Result<Vec<Row>, ServiceError> {
        let plan = self.plan;
        let mut rows = Vec::new();
        for (at, place) in plan.entries.places.iter().enumerate() {
            let of_place: Vec<(usize, &Entry, Option<u64>)> = plan
                .entries
                .all
                .iter()
                .enumerate()
                .filter(|(_, entry)| entry.place == at)
                .map(|(index, entry)| {
                    let known = self.cases.known.get(&entry.subject);
                    (index, entry, known.map(|known| known.id))
                })
                .collect();
            let mut by_case: HashMap<u64, Vec<Run>> = HashMap::new();
            if let Some(suite) = self.ground.suite(place) {
                for run in plan.project.runs(suite.id)? {
                    if let Some(case) = run.case() {
                        by_case.entry(case).or_default().push(run);
                    }
                }
            }
            let mut moved = Vec::new();
            for (index, entry, case) in of_place {
                let Some(case) = case else { continue };
                match by_case.get(&case) {
                    Some(runs) => rows.extend(runs.iter().map(|run| row(index, run))),
                    None if plan.is_direct(entry) => moved.push((index, entry, case)),
                    None => {}
                }
            }
            for chunk in moved.chunks(cases::PER_SEARCH) {
                rows.extend(self.moved(chunk)?);
            }
        }
        self.runs.clear();
        for row in &rows {
            if let Some(entry) = plan.entries.all.get(row.entry) {
                let first = self.runs.entry(entry.item.clone()).or_insert(row.run);
                *first = row.run.min(*first);
            }
        }
        Ok(rows)
    }

    /// Finds the runs that somebody moved out of the suite: by the marks in the notes of their logs.
    fn moved(&mut self, wanted: &[(usize, &Entry, u64)]) -> Result<Vec<Row>, ServiceError> {
        let plan = self.plan;
        let mut ids: Vec<u64> = wanted.iter().map(|(_, _, case)| *case).collect();
        ids.dedup();
        let found = match plan.project.search_runs(&api::runs_of(&ids)) {
            Ok(found) => found,
            // A server that cannot search runs has no moved ones to offer.
            Err(error) if matches!(error.status(), Some(400 | 404 | 405)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut rows = Vec::new();
        for run in found {
            let of_case = wanted.iter().filter(|(_, _, of)| Some(*of) == run.case());
            let of_case: Vec<_> = of_case.collect();
            if of_case.is_empty() {
                continue;
            }
            let logs = plan.project.logs(run.id, |_| true)?;
            let slots: HashSet<Slot> = logs
                .iter()
                .filter_map(|log| Slot::in_any_note(log.note.as_deref()?))
                .collect();
            self.keep(run.id, &logs);
            let is_of = |(_, entry, _): &&&(usize, &Entry, u64)| slots.contains(&entry.slot);
            rows.extend(
                of_case
                    .iter()
                    .find(is_of)
                    .map(|(index, ..)| row(*index, &run)),
            );
        }
        Ok(rows)
    }

    /// Learns from searches what the latest logs are, and which logs there are of the time in which our tests ran: ours may lie below
    /// another one.
    fn read_notes(&mut self, rows: &[Row]) -> Result<(), ServiceError> {
        let own = self.runs_with_ours();
        let unknown = rows
            .iter()
            .filter(|row| row.latest.is_some_and(|log| !self.seen.contains_key(&log)));
        let latest: Vec<Timestamp> = unknown.filter_map(|row| row.began).collect();
        let uncertain = rows
            .iter()
            .filter(|row| row.latest.is_some() && !own.contains(&row.run) && self.is_news(row));
        let ours: Vec<Timestamp> = uncertain
            .filter_map(|row| Some(self.plan.entries.all.get(row.entry)?.started))
            .collect();
        // Few runs are asked for their own lists, which is certain.
        if ours.len() <= FEW {
            return Ok(());
        }
        for (after, before) in windows(&latest, &ours) {
            self.read_window((after, before), latest.len().max(ours.len()))?;
        }
        Ok(())
    }

    fn read_window(
        &mut self,
        (after, before): (Timestamp, Timestamp),
        pages: usize,
    ) -> Result<(), ServiceError> {
        if !self.can_search {
            return Ok(());
        }
        let search = api::logs_between(after, before);
        // More pages than there are runs to ask would be dearer than to ask them.
        let found = self.plan.project.search_logs(&search, pages);
        match found {
            Ok(logs) if !logs.is_empty() && logs.iter().all(|log| log.note.is_none()) => {
                self.can_search = false;
            }
            Ok(logs) => {
                for log in &logs {
                    self.keep_one(log.run, log);
                }
            }
            Err(error) if cannot(&error) => self.can_search = false,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Returns whether a run may hold a log that was not there when it was looked at last.
    fn is_news(&self, row: &Row) -> bool {
        self.has_written || self.latest.get(&row.run) != Some(&row.latest)
    }

    /// Returns the runs of which a log of ours is known that no attempt between has superseded.
    fn runs_with_ours(&self) -> HashSet<u64> {
        let marked = |relation| {
            let all = self.seen.iter();
            all.filter_map(move |(log, seen)| {
                let mark = seen.mark.as_ref()?;
                let is_it = mark.relation_to(&self.mark) == relation;
                is_it.then_some((seen.run?, (*log, mark.attempt)))
            })
        };
        let mut since: HashMap<u64, (u64, Attempt)> = HashMap::new();
        for (run, last) in marked(Relation::Earlier) {
            let newest = since.entry(run).or_insert(last);
            *newest = last.max(*newest);
        }
        let ours = marked(Relation::Same).filter(|(run, (log, attempt))| {
            let later = since.get(run);
            later.is_none_or(|(other, of)| other < log || of <= attempt)
        });
        ours.map(|(run, _)| run).collect()
    }

    /// Asks the runs for their own logs of which it is not certain yet whether ours is among them.
    fn read_lists(&mut self, rows: &[Row]) -> Result<(), ServiceError> {
        let unread = rows
            .iter()
            .filter(|row| row.latest.is_some_and(|log| !self.seen.contains_key(&log)));
        let is_patient = unread.count() > FEW
            && self.has_written
            && self.can_search
            && self.looks < PATIENT_LOOKS;
        self.looks += u32::from(self.has_written);
        // A server that shows no run's latest log has to be asked for each run's list.
        let tells = rows.iter().any(|row| row.latest.is_some());
        let own = self.runs_with_ours();
        let without = rows
            .iter()
            .filter(|row| row.latest.is_some() && !own.contains(&row.run));
        let is_few = without.count() <= FEW;
        let unsure = |row: &&Row| {
            if own.contains(&row.run) {
                return false;
            }
            let Some(latest) = row.latest else {
                return !tells;
            };
            match self.seen.get(&latest) {
                None => !is_patient,
                // What was sent in this call lies there, wherever.
                Some(_) if self.has_written => !is_patient && !own.contains(&row.run),
                Some(seen) => self.may_cover_ours(row, seen) || is_few,
            }
        };
        let unread = |row: &&Row| !self.listed.contains(&row.run) || self.is_news(row);
        let unsure = rows.iter().filter(unsure).filter(unread);
        let runs: Vec<u64> = unsure.map(|row| row.run).collect();
        let project = &self.plan.project;
        let jobs = self.plan.target.limits.jobs;
        let ours = |logs: &[Log]| {
            let mut notes = logs.iter().filter_map(|log| log.note.as_deref());
            notes.any(|note| {
                Mark::first_in(note)
                    .is_some_and(|mark| mark.relation_to(&self.mark) == Relation::Same)
            })
        };
        let lists = engine::each((project.clock(), jobs), &runs, |run| {
            project.logs(*run, ours)
        })?;
        for (run, logs) in runs.iter().zip(lists) {
            self.keep(*run, &logs);
        }
        Ok(())
    }

    /// Returns whether a log of ours may lie below this latest one: when that came later than ours can have.
    fn may_cover_ours(&self, row: &Row, seen: &Seen) -> bool {
        let entry = self.plan.entries.all.get(row.entry);
        let relation = entry.and_then(|entry| self.relation(seen, entry));
        match relation {
            Some(Relation::Same | Relation::Earlier | Relation::Clash) => false,
            Some(Relation::OtherPart | Relation::Later) => true,
            Some(Relation::Other) | None => {
                let began = row.began.or(seen.began);
                entry.is_some_and(|entry| began.is_some_and(|began| began > entry.started))
            }
        }
    }

    fn relation(&self, seen: &Seen, entry: &Entry) -> Option<Relation> {
        match &seen.mark {
            Some(mark) => Some(mark.relation_to(&self.mark)),
            // 0.1.0 knew of no stages, attempts and shards: its mark counts where there is no other.
            None => (seen.former.as_ref() == Some(&entry.slot)).then_some(Relation::Same),
        }
    }

    /// Decides for each entry what stands there.
    fn standing(&mut self, rows: &[Row]) -> Result<HashMap<String, Held>, ServiceError> {
        let mut of_run: HashMap<u64, Vec<u64>> = HashMap::new();
        for (log, seen) in &self.seen {
            if let Some(run) = seen.run {
                of_run.entry(run).or_default().push(*log);
            }
        }
        let mut held: HashMap<String, Held> = HashMap::new();
        for row in rows {
            let Some(entry) = self.plan.entries.all.get(row.entry) else {
                continue;
            };
            let mut logs = of_run.get(&row.run).cloned().unwrap_or_default();
            logs.extend(row.latest);
            logs.sort_unstable_by(|one, other| other.cmp(one));
            logs.dedup();
            if let Some(found) = self.of_entry(entry, row, &logs)? {
                let known = held.entry(entry.item.clone()).or_default();
                known.logs.extend(found.logs.iter().copied());
                if known.log.is_none() && known.instead.is_none() {
                    *known = found;
                }
            }
        }
        Ok(held)
    }

    fn of_entry(
        &self,
        entry: &Entry,
        row: &Row,
        logs: &[u64],
    ) -> Result<Option<Held>, ServiceError> {
        let (mut ours, mut instead) = (Vec::new(), None);
        // The newest come first.
        let mut superseded_by = None;
        for log in logs {
            let Some(seen) = self.seen.get(log) else {
                continue;
            };
            let status = if Some(*log) == row.latest {
                row.status.clone().or_else(|| seen.status.clone())
            } else {
                seen.status.clone()
            };
            match self.relation(seen, entry) {
                // What an attempt between said since is what counts there.
                Some(Relation::Same)
                    if seen.mark.as_ref().map(|mark| mark.attempt) < superseded_by => {}
                Some(Relation::Same) => ours.push((*log, status)),
                Some(Relation::Earlier) => {
                    superseded_by = superseded_by.max(seen.mark.as_ref().map(|mark| mark.attempt));
                }
                Some(Relation::Clash) => return Err(clash(entry, *log)),
                Some(Relation::Later) => {
                    instead = instead.or_else(|| {
                        Some((
                            status,
                            format!("log {log} is of a later attempt than this one"),
                        ))
                    });
                }
                Some(Relation::OtherPart) if ours.is_empty() => {
                    let worse = self.is_worse(status.as_deref(), entry);
                    instead = instead.or_else(|| {
                        worse.then(|| {
                            let told = format!("another part of the submission has the same case (log {log}): the worse result counts");
                            (status, told)
                        })
                    });
                }
                Some(Relation::OtherPart | Relation::Other) | None => {}
            }
        }
        if let Some((log, status)) = ours.first().cloned() {
            return Ok(Some(Held {
                log: Some(log),
                status,
                instead: None,
                logs: ours.iter().map(|(log, _)| *log).collect(),
            }));
        }
        Ok(instead.map(|(status, why)| Held {
            status,
            instead: Some(why),
            ..Held::default()
        }))
    }

    fn is_worse(&self, status: Option<&str>, entry: &Entry) -> bool {
        let own = super::payload::weight(self.plan.target.statuses.of(entry.verdict));
        status.is_some_and(|status| super::payload::weight(status) >= own)
    }

    /// Reads again what requirements are linked to, where links were made, or one whose answer was lost may be there by now.
    fn read_links(&mut self) -> Result<(), ServiceError> {
        if self.are_links_read && (!self.has_begun || self.link_steps().is_empty()) {
            return Ok(());
        }
        let plan = self.plan;
        let (ids, jobs) = (plan.requirements.ids(), plan.target.limits.jobs);
        self.links = super::requirements::links(&plan.project, &ids, jobs)?;
        self.are_links_read = true;
        Ok(())
    }

    /// Reads which files are on the logs that want some, where the logs did not tell.
    fn read_files(&mut self) -> Result<(), ServiceError> {
        let plan = self.plan;
        let wants = |entry: &&Entry| !entry.files.is_empty();
        let logs: Vec<u64> = plan
            .sendable()
            .filter(wants)
            .filter_map(|entry| {
                let log = self.held.get(&entry.item)?.log?;
                let files = self.seen.get(&log).and_then(|seen| seen.files.as_ref());
                let Some(files) = files else {
                    return Some(log);
                };
                // One whose answer was lost may be there by now.
                let (wanted, _) = super::attachments::sendable(plan, entry);
                let lacks = wanted.iter().any(|file| !files.contains(&file.name));
                (self.touched.contains(&log) || (lacks && self.has_begun)).then_some(log)
            })
            .collect();
        let lists = engine::each(
            (plan.project.clock(), plan.target.limits.jobs),
            &logs,
            |log| plan.project.attachments(*log),
        )?;
        for (log, files) in logs.into_iter().zip(lists) {
            let names = files.into_iter().filter_map(|file| file.name).collect();
            self.seen.entry(log).or_default().files = Some(names);
        }
        self.touched.clear();
        Ok(())
    }

    fn keep(&mut self, run: u64, logs: &[Log]) {
        self.listed.insert(run);
        for log in logs {
            self.keep_one(Some(run), log);
        }
    }

    fn keep_one(&mut self, run: Option<u64>, log: &Log) {
        let (Some(id), Some(note)) = (log.id, log.note.as_deref()) else {
            return;
        };
        let seen = Seen {
            mark: Mark::first_in(note),
            former: Slot::in_note(note, &self.plan.plan.key),
            status: log.status_name().map(str::to_owned),
            run: run.or(log.run),
            began: log.began(),
            files: log.files(),
        };
        self.seen.insert(id, seen);
    }
}

/// Returns the times to search: one where both lie together.
fn windows(latest: &[Timestamp], ours: &[Timestamp]) -> Vec<(Timestamp, Timestamp)> {
    let margin = SignedDuration::try_from(MARGIN).unwrap_or_default();
    let window = |times: &[Timestamp]| {
        let after = times.iter().min()?.checked_sub(margin).ok()?;
        let before = times.iter().max()?.checked_add(margin).ok()?;
        Some((after, before))
    };
    match (window(latest), window(ours)) {
        (Some(one), Some(other)) if one.0 <= other.1 && other.0 <= one.1 => {
            vec![(one.0.min(other.0), one.1.max(other.1))]
        }
        (one, other) => one.into_iter().chain(other).collect(),
    }
}

fn row(entry: usize, run: &Run) -> Row {
    let latest = run.latest.as_ref();
    Row {
        entry,
        run: run.id,
        latest: latest.and_then(|log| log.id),
        status: latest.and_then(|log| log.status_name().map(str::to_owned)),
        began: latest.and_then(Log::began),
    }
}

fn clash(entry: &Entry, log: u64) -> ServiceError {
    ServiceError::conflict(format!(
        "another job submitted other tests as the same part of this build: {} is log {log}",
        entry.title()
    ))
    .hint("give each of the jobs a name of its own with `--key TEXT`, the same in all shards of one job")
}

/// Returns whether a refusal means that the server has no such search.
fn cannot(error: &TransportError) -> bool {
    match &error.problem {
        Problem::Status { status, .. } => matches!(status, 400 | 403 | 404 | 405 | 412 | 500),
        Problem::Shape(_) => true,
        Problem::Connect(_)
        | Problem::Certificate(_)
        | Problem::Proxy(_)
        | Problem::Cut(_)
        | Problem::TimedOut
        | Problem::SignIn
        | Problem::NotJson { .. }
        | Problem::Deadline
        | Problem::Interrupted
        | Problem::Credential(_)
        | Problem::ReadOnly
        | Problem::Setup(_) => false,
    }
}
