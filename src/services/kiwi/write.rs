//! The writes of a submission, in their order; and what is known at the end.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::client::{self, BATCH, answers};
use super::observe::{self, Seen};
use super::payload::{CASE_MARK, Wanted, time, zone};
use super::plan::KiwiPlan;
use super::wire::{Execution, Run};
use super::{Kiwi, api, attachments, page_of_run};
use crate::plan::{Mark, Part, Relation, SubmissionKey};
use crate::services::engine::{
    Backend, Candidate, Facts, JournalView, Kind as WriteKind, Limit, Refusal, Rivals, Rule, Step,
    Waiting, until,
};
use crate::services::{Receipt, RemoteId, ServiceError, State};
use crate::transport::{Problem, Response, Transport, TransportError, WriteRequest};

/// The largest request, in bytes. Kiwi: its web framework takes 2.5 MB where a site says nothing else.
const LARGEST_REQUEST: u64 = 2_000_000;

/// The kinds of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The test case that says who has the floor.
    Claim,
    /// Its removal.
    GiveBack,
    Version,
    Build,
    Plan,
    Case,
    PlanCase,
    Run,
    /// The mark of this part in the notes of a run that another part made.
    Notes,
    Execution,
    Status,
    Comment,
    File,
    /// The end of the run.
    Stop,
    /// The end of a plan that another process made too.
    Retire,
}

impl WriteKind for Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Claim => "kiwi.claim",
            Self::GiveBack => "kiwi.give_back",
            Self::Version => "kiwi.version",
            Self::Build => "kiwi.build",
            Self::Plan => "kiwi.plan",
            Self::Case => "kiwi.case",
            Self::PlanCase => "kiwi.plan_case",
            Self::Run => "kiwi.run",
            Self::Notes => "kiwi.notes",
            Self::Execution => "kiwi.execution",
            Self::Status => "kiwi.status",
            Self::Comment => "kiwi.comment",
            Self::File => "kiwi.file",
            Self::Stop => "kiwi.stop",
            Self::Retire => "kiwi.retire",
        }
    }

    fn rule(self) -> Rule {
        match self {
            Self::Claim | Self::Version | Self::Build | Self::Plan | Self::Case | Self::Run => {
                Rule::Create
            }
            // Kiwi: a case that is added to a run twice at one moment is there twice, although a second time later changes nothing.
            Self::Comment | Self::File | Self::PlanCase | Self::Execution => Rule::Append,
            Self::GiveBack | Self::Notes | Self::Status | Self::Stop | Self::Retire => Rule::Set,
        }
    }

    fn is_lasting(self) -> bool {
        !matches!(self, Self::Claim | Self::GiveBack | Self::Retire)
    }
}

/// How an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It has not got its status yet.
    Open,
    /// With our status, or with a worse one that another part gave it.
    Stands,
    /// It had got its status, and somebody gave it another.
    Changed,
}

/// One submission on its way.
#[derive(Debug)]
pub(super) struct Submission<'a> {
    kiwi: &'a Kiwi,
    plan: Arc<KiwiPlan>,
    seen: Seen,
    /// The name under which this process claims the floor.
    holder: String,
    /// The names under which processes of this machine claimed it that have died.
    dead: HashSet<String>,
    /// Our claim, once it is there.
    claim: Option<u64>,
    has_floor: bool,
    /// What this call made that others may have made too: cases by item, and the plan.
    made: BTreeMap<String, u64>,
    /// Those of them that somebody has run.
    used: BTreeSet<u64>,
    /// How far the server's time zone is from UTC.
    zone: Option<SignedDuration>,
    /// What the server refused: the kind and the item, with its words.
    refused: BTreeMap<(&'static str, String), String>,
}

/// Returns a name for a process that claims the floor.
fn holder(transport: &Transport) -> String {
    format!("{:016x}", transport.random().number())
}

impl<'a> Submission<'a> {
    pub(super) fn new(kiwi: &'a Kiwi, plan: Arc<KiwiPlan>) -> Self {
        Self {
            kiwi,
            plan,
            seen: Seen::default(),
            holder: holder(&kiwi.client.transport),
            dead: HashSet::new(),
            claim: None,
            has_floor: false,
            made: BTreeMap::new(),
            used: BTreeSet::new(),
            zone: None,
            refused: BTreeMap::new(),
        }
    }

    /// Tells whether something can still be written, rather than was refused.
    fn is_open(&self, kind: Kind, item: &str) -> bool {
        !self.refused.contains_key(&(kind.word(), item.to_owned()))
    }

    fn step(&self, kind: Kind, items: impl Iterator<Item = String>) -> Option<Step<Kind>> {
        let items: Vec<String> = items.filter(|item| self.is_open(kind, item)).collect();
        (!items.is_empty()).then(|| Step::many(kind, items))
    }

    fn wanted_where(&self, kind: Kind, is_missing: impl Fn(&Wanted) -> bool) -> Option<Step<Kind>> {
        let wanted = self.plan.wanted.iter().filter(|wanted| is_missing(wanted));
        self.step(kind, wanted.map(|wanted| wanted.item.clone()))
    }

    /// Returns what is missing of the submission itself, without the claim under which it is written.
    fn work(&self) -> Vec<Step<Kind>> {
        if self.plan.wanted.is_empty() {
            return Vec::new();
        }
        let one = |kind: Kind, is_missing: bool| {
            self.step(
                kind,
                is_missing
                    .then(|| kind.word().replace('.', "-"))
                    .into_iter(),
            )
        };
        let seen = &self.seen;
        let is_new = |wanted: &Wanted| seen.case(wanted).is_none();
        let places = [
            one(Kind::Version, seen.version.is_none()),
            one(Kind::Build, seen.version.is_some() && seen.build.is_none()),
            one(Kind::Plan, seen.version.is_some() && seen.plan().is_none()),
            self.wanted_where(Kind::Case, is_new),
        ];
        // Other submissions of this process want the same.
        let steps: Vec<Step<Kind>> = places.into_iter().flatten().map(Step::shared).collect();
        match &seen.run {
            _ if !steps.is_empty() => steps,
            None => one(Kind::Run, true).into_iter().collect(),
            Some(run) => {
                let stages = [self.contents(run), self.words(run), self.ends(run)];
                let next = stages.into_iter().find(|stage| !stage.is_empty());
                next.unwrap_or_default()
            }
        }
    }

    /// Returns the executions that the run lacks.
    fn contents(&self, run: &Run) -> Vec<Step<Kind>> {
        let seen = &self.seen;
        let is_new = |wanted: &Wanted| {
            let made = seen.case(wanted).filter(|_| wanted.case.is_none());
            made.is_some_and(|case| !seen.in_plan.contains(&case))
        };
        let joins = self
            .relation(run)
            .is_none()
            .then(|| "kiwi-notes".to_owned());
        let steps = [
            self.step(Kind::Notes, joins.into_iter()),
            self.wanted_where(Kind::PlanCase, is_new),
            self.wanted_where(Kind::Execution, |it| seen.execution(it).is_none()),
        ];
        steps.into_iter().flatten().collect()
    }

    /// Returns what is to be said of the executions, and the files.
    fn words(&self, _run: &Run) -> Vec<Step<Kind>> {
        let seen = &self.seen;
        let is_silent = |it: &Wanted| it.comment.is_some() && !seen.commented.contains(&it.item);
        let files = attachments::items(&self.plan).filter(|item| !seen.files.contains(item));
        let steps = [
            self.wanted_where(Kind::Status, |it| self.standing(it) == Standing::Open),
            self.wanted_where(Kind::Comment, |it| {
                is_silent(it) && seen.execution(it).is_some()
            }),
            self.step(Kind::File, files),
        ];
        steps.into_iter().flatten().collect()
    }

    /// Returns what ends the run, once it lacks nothing else: of a later attempt the mark, which says that all its statuses are there.
    fn ends(&self, run: &Run) -> Vec<Step<Kind>> {
        let is_marked = self.relation(run) == Some(Relation::Same);
        let (kind, ends) = if is_marked {
            (Kind::Stop, run.stop_date.is_none() && self.is_last(run))
        } else {
            (Kind::Notes, true)
        };
        let step = self.step(kind, ends.then(|| "kiwi-end".to_owned()).into_iter());
        step.into_iter().collect()
    }

    /// Returns what the notes of the run say of this part: that it is there, in this or an earlier attempt.
    fn relation(&self, run: &Run) -> Option<Relation> {
        let marks = Mark::parse_all(&run.notes).into_iter();
        let known = marks.map(|mark| mark.relation_to(&self.plan.mark));
        known
            .filter(|it| matches!(it, Relation::Same | Relation::Earlier))
            .max_by_key(|it| *it == Relation::Same)
    }

    /// Tells whether all parts are there, by the marks in the notes.
    fn is_last(&self, run: &Run) -> bool {
        let target = &self.kiwi.target;
        if !target.shared {
            return true;
        }
        let Some(count) = target.shards else {
            return target.completes;
        };
        let marks = Mark::parse_all(&run.notes);
        let has = |index| {
            let part = Part::Shard { index, count };
            marks
                .iter()
                .any(|mark| mark.part == part && mark.key == self.plan.mark.key)
        };
        (1..=count).all(has)
    }

    /// Tells how an execution stands.
    fn standing(&self, wanted: &Wanted) -> Standing {
        let Some(execution) = self.seen.execution(wanted) else {
            return Standing::Open;
        };
        let weight = |status| self.plan.place.weights.get(&status).copied();
        let (ours, _) = self.plan.status(wanted.verdict);
        let (there, wished) = (weight(execution.status), weight(ours));
        let relation = self.seen.run.as_ref().and_then(|run| self.relation(run));
        let is_shared = self.kiwi.target.shared && relation != Some(Relation::Earlier);
        if execution.status == ours || (is_shared && there < Some(0) && there < wished) {
            // A worse one is another part's.
            return Standing::Stands;
        }
        // Kiwi: a status without weight is one of an execution that has not ended.
        if relation == Some(Relation::Same) && there.is_some_and(|weight| weight != 0) {
            return Standing::Changed;
        }
        Standing::Open
    }

    fn wanted_of(&self, step: &Step<Kind>) -> impl Iterator<Item = &Wanted> {
        step.items.iter().filter_map(|item| self.plan.wanted(item))
    }

    fn calls(&self, step: &Step<Kind>) -> Result<Vec<api::Call>, ServiceError> {
        let (place, seen) = (&self.plan.place, &self.seen);
        let run = seen.run.as_ref().map_or(0, |run| run.id);
        let version = seen.version.unwrap_or_default();
        let of_executions = |make: &dyn Fn(&Wanted, u64) -> api::Call| {
            let known = self.wanted_of(step);
            known
                .map(|wanted| make(wanted, seen.execution(wanted).map_or(0, |it| it.id)))
                .collect()
        };
        let of_cases = |make: &dyn Fn(u64) -> api::Call| {
            self.wanted_of(step)
                .map(|wanted| make(seen.case(wanted).unwrap_or_default()))
                .collect()
        };
        let ids = || step.items.iter().filter_map(|item| item.parse().ok());
        Ok(match step.kind {
            Kind::Claim => vec![api::create_case(&self.claim_values())],
            Kind::GiveBack => ids().map(api::remove_case).collect(),
            Kind::Retire => ids().map(api::retire_plan).collect(),
            Kind::Version => vec![api::create_version(place.product, &place.version_name)],
            Kind::Build => vec![api::create_build(version, &place.build_name)],
            Kind::Plan => vec![api::create_plan(&json!({
                "name": place.plan_name, "product": place.product, "product_version": version,
                "type": place.plan_type, "text": "Made by handin", "is_active": true,
            }))],
            Kind::Case => {
                let made = self
                    .wanted_of(step)
                    .map(|wanted| api::create_case(&self.case_values(wanted)));
                made.collect()
            }
            Kind::PlanCase => {
                let plan = seen.plan().unwrap_or_default();
                of_cases(&|case| api::add_case_to_plan(plan, case))
            }
            Kind::Run => vec![api::create_run(&self.run_values())],
            Kind::Notes => vec![api::update_run(run, &json!({"notes": self.notes()}))],
            Kind::Execution => of_cases(&|case| api::add_case_to_run(run, case)),
            Kind::Status => {
                of_executions(&|wanted, id| api::update_execution(id, &self.status_values(wanted)))
            }
            Kind::Comment => {
                of_executions(&|wanted, id| api::add_comment(id, &self.comment(wanted)))
            }
            Kind::Stop => {
                let ended = self.plan.plan.run.finished;
                let ended = ended.unwrap_or_else(|| self.kiwi.client.transport.clock().timestamp());
                let ended = time(ended, self.zone.unwrap_or_default());
                vec![api::update_run(run, &json!({"stop_date": ended}))]
            }
            Kind::File => {
                let files = step.items.iter().filter_map(|item| {
                    let file = attachments::sendable(&self.plan, item)?;
                    Some(attachments::add(run, item, file))
                });
                return files.collect();
            }
        })
    }

    fn claim_values(&self) -> Value {
        let place = &self.plan.place;
        json!({
            "summary": "handin: a submission is under way; delete this when none is",
            "notes": observe::claim_text(&self.plan, &self.holder),
            "product": place.product, "category": place.category, "priority": place.priority,
            "case_status": place.unconfirmed, "is_automated": true,
        })
    }

    fn case_values(&self, wanted: &Wanted) -> Value {
        let place = &self.plan.place;
        json!({
            "summary": wanted.summary,
            "notes": format!("{CASE_MARK}{}\nmade for `{}`", wanted.item, wanted.title),
            "product": place.product, "category": place.category, "priority": place.priority,
            "case_status": place.confirmed, "is_automated": true,
        })
    }

    fn run_values(&self) -> Value {
        let run = &self.plan.plan.run;
        let mut values = json!({
            "summary": run.name, "plan": self.seen.plan(), "build": self.seen.build,
            "manager": self.plan.place.user, "notes": self.notes(),
        });
        if let (Some(started), Some(fields)) = (run.started, values.as_object_mut()) {
            let started = time(started, self.zone.unwrap_or_default());
            fields.insert("start_date".to_owned(), started.into());
        }
        values
    }

    /// Returns the notes of the run: the marks first, the newest of each part, then what people may read.
    fn notes(&self) -> String {
        let ours = &self.plan.mark;
        let there = self.seen.run.as_ref().map_or("", |run| run.notes.as_str());
        let others = Mark::parse_all(there).into_iter();
        let others = others.filter(|mark| mark.part != ours.part || mark.key != ours.key);
        let mut lines = vec![ours.to_string()];
        lines.extend(others.map(|mark| mark.to_string()));
        let is_text = |line: &&str| !line.trim().is_empty() && Mark::parse(line.trim()).is_none();
        if there.is_empty() {
            let run = &self.plan.plan.run;
            let build = run.build.as_ref().and_then(|build| build.url.clone());
            lines.extend(run.comment.iter().cloned().chain(build));
        } else {
            lines.extend(there.lines().filter(is_text).map(str::to_owned));
        }
        lines.join("\n")
    }

    fn status_values(&self, wanted: &Wanted) -> Value {
        let (status, _) = self.plan.status(wanted.verdict);
        let mut values = json!({"status": status});
        if let Some(fields) = values.as_object_mut() {
            let times = [
                ("start_date", wanted.started),
                ("stop_date", wanted.stopped),
            ];
            let zone = self.zone.unwrap_or_default();
            for (name, at) in times {
                fields.extend(at.map(|at| (name.to_owned(), time(at, zone).into())));
            }
        }
        values
    }

    fn comment(&self, wanted: &Wanted) -> String {
        let mark = observe::comment_mark(&self.plan, &wanted.item);
        let text = wanted.comment.as_deref().unwrap_or_default();
        let build = self
            .plan
            .plan
            .run
            .build
            .as_ref()
            .and_then(|build| build.url.as_deref());
        let build = build.map(|url| format!("\n{url}")).unwrap_or_default();
        format!("{mark}\n{text}{build}")
    }

    /// Takes what the server answered to one call.
    fn take(&mut self, kind: Kind, item: &str, result: &Value) -> Option<u64> {
        let id = result.get("id").and_then(Value::as_u64);
        match kind {
            Kind::Claim => self.claim = id,
            Kind::Version => self.seen.version = id,
            Kind::Build => self.seen.build = id,
            Kind::Plan | Kind::Case => {
                self.made.extend(id.map(|id| (item.to_owned(), id)));
                self.keep(kind, item, id);
            }
            Kind::PlanCase => {
                let case = self
                    .plan
                    .wanted(item)
                    .and_then(|wanted| self.seen.case(wanted));
                self.seen.in_plan.extend(case);
            }
            Kind::Run => {
                let notes = self.notes();
                self.seen.run = id.map(|id| Run {
                    id,
                    notes,
                    stop_date: None,
                });
            }
            Kind::Notes => {
                let notes = self.notes();
                if let Some(run) = &mut self.seen.run {
                    run.notes = notes;
                }
            }
            Kind::Execution => self.take_executions(result),
            Kind::Status => self.take_status(item, result),
            Kind::Comment => {
                self.seen.commented.insert(item.to_owned());
            }
            Kind::Stop => {
                if let Some(run) = &mut self.seen.run {
                    run.stop_date = Some(String::new());
                }
            }
            Kind::File => {
                self.seen.files.insert(item.to_owned());
            }
            Kind::GiveBack | Kind::Retire => {}
        }
        id
    }

    /// Keeps the id of something that this or another submission made.
    fn keep(&mut self, kind: Kind, item: &str, id: Option<u64>) {
        let seen = &mut self.seen;
        if kind == Kind::Version {
            seen.version = id;
        } else if kind == Kind::Build {
            seen.build = id;
        } else if kind == Kind::Plan {
            seen.plans.extend(id);
        } else {
            seen.made.entry(item.to_owned()).or_default().extend(id);
        }
    }

    /// Kiwi: `TestRun.add_case` answers a list, of which the status has no name.
    fn take_executions(&mut self, result: &Value) {
        for one in result.as_array().into_iter().flatten() {
            let field = |name| one.get(name).and_then(Value::as_u64);
            if let (Some(id), Some(case), Some(status)) =
                (field("id"), field("case"), field("status"))
            {
                let execution = Execution {
                    id,
                    case,
                    status,
                    status_name: String::new(),
                    start_date: None,
                    stop_date: None,
                };
                self.seen
                    .executions
                    .entry(case)
                    .or_default()
                    .push(execution);
            }
        }
    }

    fn take_status(&mut self, item: &str, result: &Value) {
        let case = self
            .plan
            .wanted(item)
            .and_then(|wanted| self.seen.case(wanted));
        let status = result.get("status").and_then(Value::as_u64);
        let there = case.and_then(|case| self.seen.executions.get_mut(&case));
        if let (Some(execution), Some(status)) = (there.and_then(|all| all.first_mut()), status) {
            execution.status = status;
        }
    }

    /// Waits until ours is the oldest claim. One that is there, and under which nothing has changed for the settle time, was left behind.
    fn wait_for_the_floor(&mut self) -> Result<(), ServiceError> {
        let client = &self.kiwi.client;
        let Some(ours) = self.claim else {
            return Ok(());
        };
        let (mut pulse, mut silent) = (String::new(), HashSet::new());
        loop {
            let mut ahead = None;
            let is_free = until(&client.transport, self.kiwi.target.settle, || {
                self.seen.claims = observe::claims(client, &self.plan)?;
                let older = self.seen.claims.iter().filter(|(id, holder)| {
                    *id < ours && !silent.contains(id) && !self.dead.contains(holder)
                });
                ahead = older.map(|(id, _)| *id).min();
                if ahead.is_none() {
                    return Ok(Waiting::Over);
                }
                self.seen = observe::observe(client, &self.plan)?;
                let now = format!("{:?}", self.seen);
                let is_same = pulse == now;
                pulse = now;
                Ok(if is_same {
                    Waiting::GoesOn
                } else {
                    Waiting::BeginsAnew
                })
            })?;
            if is_free {
                break;
            }
            // Left behind by a process that died: it is the turn of the next, which may not be ours.
            silent.extend(ahead);
        }
        self.seen = observe::observe(client, &self.plan)?;
        self.has_floor = true;
        Ok(())
    }
}

impl Backend for Submission<'_> {
    type Kind = Kind;

    fn key(&self) -> SubmissionKey {
        self.plan.mark.journal_key()
    }

    fn transport(&self) -> &Transport {
        &self.kiwi.client.transport
    }

    fn settle(&self) -> Duration {
        self.kiwi.target.settle
    }

    fn observe(&mut self, known: &JournalView) -> Result<(), ServiceError> {
        self.seen = observe::observe(&self.kiwi.client, &self.plan)?;
        // It is our turn on this machine, so who else claimed from here has died.
        let here = known.all(Kind::Claim.word()).map(|(holder, _)| holder);
        let others = here.filter(|holder| *holder != self.holder);
        self.dead = others.map(ToOwned::to_owned).collect();
        let seen = &self.seen;
        // Kiwi: their names are unique, and another process may have been first.
        let others = [
            (Kind::Version, seen.version.is_some()),
            (Kind::Build, seen.build.is_some()),
        ];
        let is_there = |word| {
            others
                .iter()
                .any(|(kind, there)| *there && kind.word() == word)
        };
        self.refused.retain(|(word, _), _| !is_there(*word));
        let mut claims = self.seen.claims.iter();
        let ours = claims.find(|(_, holder)| *holder == self.holder);
        // Its answer may have been lost.
        self.claim = ours.map(|(id, _)| *id);
        if self.has_floor && self.claim.is_none() {
            // Who was silent for too long has lost the floor, and asks for it again.
            self.has_floor = false;
            self.holder = holder(&self.kiwi.client.transport);
        }
        Ok(())
    }

    fn is_broken_off(&self, error: &TransportError) -> bool {
        client::is_broken_off(error)
    }

    fn refused(&mut self, step: &Step<Kind>, error: &TransportError) -> Refusal {
        let reason = error.reason();
        let refused = step
            .items
            .iter()
            .map(|item| ((step.kind.word(), item.clone()), reason.clone()));
        self.refused.extend(refused);
        Refusal::IsNoted
    }

    fn missing(&self) -> Vec<Step<Kind>> {
        let work = self.work();
        if work.is_empty() || self.has_floor {
            return work;
        }
        if self.claim.is_none() && self.is_open(Kind::Claim, &self.holder) {
            return vec![Step::one(Kind::Claim, self.holder.clone())];
        }
        // Where no claim can be made, it is written without: the page tells how large the window is then.
        work
    }

    fn limit(&self, kind: Kind) -> Limit {
        // What only sets a value is quicker, and may be sent again.
        let is_set = kind.rule() == Rule::Set;
        Limit {
            count: if is_set { BATCH / 4 * 5 } else { BATCH },
            bytes: LARGEST_REQUEST,
        }
    }

    fn bytes(&self, kind: Kind, item: &str) -> u64 {
        let comment = self.plan.wanted(item).and_then(|it| it.comment.as_ref());
        let text = comment.filter(|_| kind == Kind::Comment).map(String::len);
        // In JSON a line break takes two bytes, and three bytes of a file take four.
        let file = (kind == Kind::File).then(|| attachments::sendable(&self.plan, item));
        500 + text.unwrap_or_default() as u64 * 2
            + file.flatten().map_or(0, |file| file.size / 3 * 4)
    }

    fn request(&self, step: &Step<Kind>) -> Result<WriteRequest, ServiceError> {
        let purpose = self.title(step.kind, step.item());
        let calls = self.calls(step)?;
        Ok(api::write(&self.kiwi.client.url, &calls, purpose))
    }

    fn accept(&mut self, step: &Step<Kind>, answer: &Response) -> Result<Value, TransportError> {
        let mut ids = Vec::new();
        for (item, result) in step.items.iter().zip(answers(answer, step.items.len())?) {
            match result {
                Ok(result) => {
                    if step.kind == Kind::Claim {
                        let local = result.get("create_date").and_then(Value::as_str);
                        self.zone = local
                            .zip(answer.header("date"))
                            .and_then(|it| zone(it.0, it.1));
                    }
                    ids.extend(self.take(step.kind, item, &result));
                }
                Err(complaint) => {
                    let text: String = complaint.message.chars().take(300).collect();
                    self.refused.insert((step.kind.word(), item.clone()), text);
                }
            }
        }
        Ok(json!({ "ids": ids }))
    }

    fn observe_rivals(&mut self, kinds: &[Kind]) -> Result<(), ServiceError> {
        if kinds.contains(&Kind::Claim) {
            self.wait_for_the_floor()?;
        }
        if kinds
            .iter()
            .any(|kind| matches!(kind, Kind::Case | Kind::Plan))
        {
            let client = &self.kiwi.client;
            self.seen = observe::observe(client, &self.plan)?;
            let is_second = |(item, id): &(&String, &u64)| {
                let all = self.seen.made.get(*item);
                all.is_some_and(|all| all.first() != Some(*id))
            };
            let ours: Vec<u64> = self
                .made
                .iter()
                .filter(is_second)
                .map(|(_, id)| *id)
                .collect();
            if !ours.is_empty() {
                // Kiwi: with a case its executions are deleted.
                let run: Vec<Execution> =
                    client.ask(api::executions_of(&ours), "whether they were run")?;
                self.used = run.into_iter().map(|execution| execution.case).collect();
            }
        }
        Ok(())
    }

    /// Submissions that have nothing else in common may make the plan and the same cases at the same moment.
    fn rivals(&self) -> Vec<Rivals<Kind>> {
        let ours = self.made.iter().filter_map(|(item, id)| {
            let (all, retract, what) = match self.plan.wanted(item) {
                Some(wanted) => {
                    let what = format!("test cases of `{}`", wanted.title);
                    (self.seen.made.get(item)?, Kind::GiveBack, what)
                }
                None => (
                    &self.seen.plans,
                    Kind::Retire,
                    "test plans of one name".to_owned(),
                ),
            };
            let candidate = |id: &u64, may_retract| Candidate {
                id: *id,
                is_complete: false,
                may_retract,
            };
            let candidates = all
                .iter()
                .map(|it| candidate(it, it == id && !self.used.contains(it)))
                .collect();
            (all.len() > 1).then(|| Rivals {
                item: item.clone(),
                what,
                retract,
                candidates,
            })
        });
        ours.collect()
    }

    fn choose(&mut self, item: &str, winner: u64) -> Vec<Step<Kind>> {
        let all = if self.plan.wanted(item).is_some() {
            self.seen.made.entry(item.to_owned()).or_default()
        } else {
            &mut self.seen.plans
        };
        *all = BTreeSet::from([winner]);
        self.made.remove(item);
        Vec::new()
    }

    fn detail(&self, kind: Kind, item: &str) -> Option<Value> {
        let seen = &self.seen;
        let id = if kind == Kind::Version {
            seen.version
        } else if kind == Kind::Build {
            seen.build
        } else if kind == Kind::Plan {
            seen.plan()
        } else {
            seen.made.get(item)?.first().copied()
        };
        Some(json!({ "id": id? }))
    }

    fn adopt(&mut self, step: &Step<Kind>, detail: &Value) {
        let id = detail.get("id").and_then(Value::as_u64);
        self.keep(step.kind, step.item(), id);
    }

    fn closing(&self) -> Vec<Step<Kind>> {
        // Older claims were left behind by processes that died: elsewhere, or here.
        let is_stale = |id: u64, holder: &String| {
            let is_passed_over = self.has_floor && Some(id) < self.claim;
            is_passed_over || self.dead.contains(holder)
        };
        let claims = self.seen.claims.iter();
        let stale = claims.filter(|(id, holder)| is_stale(*id, holder));
        let ids: BTreeSet<u64> = stale.map(|(id, _)| *id).chain(self.claim).collect();
        let ids = ids.iter().map(u64::to_string);
        self.step(Kind::GiveBack, ids).into_iter().collect()
    }

    fn closed(&self, step: &Step<Kind>, answer: &Response) -> Result<(), TransportError> {
        for result in answers(answer, step.items.len())? {
            if let Err(complaint) = result {
                // Kiwi: it says no with HTTP 200.
                return Err(answer.refused(Problem::Status {
                    status: answer.status,
                    message: complaint.message.chars().take(300).collect(),
                    code: None,
                    retry_after: None,
                }));
            }
        }
        Ok(())
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for wanted in &self.plan.wanted {
            let (_, ours) = self.plan.status(wanted.verdict);
            let there = self.seen.execution(wanted);
            let name = there.map_or_else(
                || wanted.title.clone(),
                |it| format!("{}: {ours} ({} stands there)", wanted.title, it.status_name),
            );
            match self.standing(wanted) {
                Standing::Stands => facts.stands += 1,
                Standing::Changed => facts.different.push(name),
                Standing::Open if self.is_refused(wanted) => {}
                Standing::Open => facts.missing.push(name),
            }
        }
        facts.missing.extend(self.unspoken());
        let is_unmarked = |run| self.relation(run) != Some(Relation::Same);
        if self.seen.run.as_ref().is_some_and(is_unmarked) {
            let mark = "the mark of this part in the notes of the run";
            facts.missing.push(mark.to_owned());
        }
        for ((word, item), text) in &self.refused {
            if *word == Kind::Claim.word() {
                facts.warnings.push(format!(
                    "no claim could be made, so nothing kept another process from writing at the same moment: {text}"
                ));
                continue;
            }
            let wanted = self.plan.wanted(item);
            let title = wanted.map_or(item, |wanted| &wanted.title);
            facts.refused.push(format!("{title} ({word}): {text}"));
        }
        facts.warnings.extend(self.remarks());
        facts
    }

    fn receipt(&self) -> Receipt {
        let mut receipt = Receipt::new(State::Refused);
        if let Some(run) = &self.seen.run {
            receipt.ids.push(RemoteId {
                kind: "run",
                id: run.id.to_string(),
            });
            receipt.url = Some(page_of_run(&self.kiwi.target.url, run.id));
        }
        let ours = self
            .plan
            .wanted
            .iter()
            .filter_map(|wanted| self.seen.execution(wanted));
        for execution in ours {
            *receipt
                .counts
                .entry(execution.status_name.clone())
                .or_default() += 1;
        }
        receipt
    }

    fn title(&self, kind: Kind, item: &str) -> String {
        let name = self
            .plan
            .wanted(item)
            .map_or(item, |wanted| wanted.title.as_str());
        match kind {
            Kind::Claim => "the claim on the submission".to_owned(),
            Kind::GiveBack => format!("the claim {item}"),
            Kind::Version => format!("the version `{}`", self.plan.place.version_name),
            Kind::Build => format!("the build `{}`", self.plan.place.build_name),
            Kind::Plan => format!("the test plan `{}`", self.plan.place.plan_name),
            Kind::Case | Kind::PlanCase => format!("the test case of `{name}`"),
            Kind::Run => format!("the run `{}`", self.plan.plan.run.name),
            Kind::Notes => "the mark in the notes of the run".to_owned(),
            Kind::Execution | Kind::Status => format!("the result of `{name}`"),
            Kind::Comment => format!("the comment on `{name}`"),
            Kind::File => {
                let file = attachments::sendable(&self.plan, item);
                let name = file.map_or(item, |file| &file.name);
                format!("the file `{name}`")
            }
            Kind::Stop => "the end of the run".to_owned(),
            Kind::Retire => format!("the test plan {item}"),
        }
    }
}

impl Submission<'_> {
    /// Returns what is worth knowing of what stands there, and is no failure.
    fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<String> = attachments::warnings(&self.plan).collect();
        let moved = self.plan.wanted.iter().filter(|it| self.is_moved(it));
        let moved = moved.count();
        if moved > 0 {
            remarks.push(format!(
                "{moved} executions stand there with other times than were sent"
            ));
        }
        if let (Some(run), false) = (&self.seen.run, self.seen.more_runs.is_empty()) {
            let ids: Vec<String> = self.seen.more_runs.iter().map(u64::to_string).collect();
            remarks.push(format!(
                "there is more than one run of this submission: {} is used; also there, and not to be deleted: {}",
                run.id,
                ids.join(", ")
            ));
        }
        remarks
    }

    /// Tells whether an execution stands there with other times than were sent, as far as that can be told.
    fn is_moved(&self, wanted: &Wanted) -> bool {
        let (Some(zone), Some(execution)) = (self.zone, self.seen.execution(wanted)) else {
            return false;
        };
        let differs = |sent: Option<Timestamp>, shown: &Option<String>| {
            let shown = shown.as_ref().map(|text| text.replace('T', " "));
            let sent = sent.map(|at| time(at, zone));
            sent.zip(shown)
                .is_some_and(|(sent, shown)| !shown.starts_with(&sent))
        };
        let (ours, _) = self.plan.status(wanted.verdict);
        execution.status == ours
            && !self.kiwi.target.shared
            && (differs(wanted.started, &execution.start_date)
                || differs(wanted.stopped, &execution.stop_date))
    }

    fn is_refused(&self, wanted: &Wanted) -> bool {
        self.refused.keys().any(|(_, item)| *item == wanted.item)
    }

    /// Names the comments and files that are not there.
    fn unspoken(&self) -> Vec<String> {
        let silent = self.plan.wanted.iter().filter(|wanted| {
            wanted.comment.is_some()
                && !self.seen.commented.contains(&wanted.item)
                && self.seen.execution(wanted).is_some()
                && !self.is_refused(wanted)
        });
        let silent = silent.map(|wanted| self.title(Kind::Comment, &wanted.item));
        let is_open =
            |item: &String| !self.seen.files.contains(item) && self.is_open(Kind::File, item);
        let files = attachments::items(&self.plan).filter(is_open);
        let files = files.map(|item| self.title(Kind::File, &item));
        silent
            .chain(files.filter(|_| self.seen.run.is_some()))
            .collect()
    }
}
