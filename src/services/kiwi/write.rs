//! The writes of a submission, in their order; and what is known at the end.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{self, BATCH, answers};
use super::observe::{self, Seen};
use super::payload::{CASE_MARK, Wanted, time};
use super::plan::KiwiPlan;
use super::wire::{Execution, Run};
use super::{Kiwi, api, page_of_run};
use crate::plan::{Mark, Part, Relation, SubmissionKey};
use crate::services::engine::{
    Backend, Facts, JournalView, Kind as WriteKind, Limit, Refusal, Rule, Step, Waiting, until,
};
use crate::services::{Receipt, RemoteId, ServiceError, State};
use crate::transport::{Problem, Request, Response, Transport, TransportError};

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
    /// The end of the run.
    Stop,
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
            Self::Stop => "kiwi.stop",
        }
    }

    fn rule(self) -> Rule {
        match self {
            Self::Claim | Self::Version | Self::Build | Self::Plan | Self::Case | Self::Run => {
                Rule::Create
            }
            Self::Comment => Rule::Append,
            // Kiwi: adding a case to a plan or a run that has it answers what is there.
            Self::GiveBack
            | Self::PlanCase
            | Self::Notes
            | Self::Execution
            | Self::Status
            | Self::Stop => Rule::Set,
        }
    }

    fn is_lasting(self) -> bool {
        !matches!(self, Self::Claim | Self::GiveBack)
    }
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
        let places = [
            one(Kind::Version, seen.version.is_none()),
            one(Kind::Build, seen.version.is_some() && seen.build.is_none()),
            one(Kind::Plan, seen.version.is_some() && seen.plan.is_none()),
            self.wanted_where(Kind::Case, |wanted| seen.case(wanted).is_none()),
            one(
                Kind::Run,
                seen.plan.is_some() && seen.build.is_some() && seen.run.is_none(),
            ),
        ];
        let mut steps: Vec<Step<Kind>> = places.into_iter().flatten().collect();
        if let (true, Some(run)) = (steps.is_empty(), &seen.run) {
            steps.extend(self.contents(run));
        }
        steps
    }

    /// Returns what the run lacks; the end of it only when it lacks nothing else.
    fn contents(&self, run: &Run) -> Vec<Step<Kind>> {
        let seen = &self.seen;
        let is_new = |wanted: &Wanted| {
            wanted.case.is_none()
                && seen
                    .case(wanted)
                    .is_some_and(|case| !seen.in_plan.contains(&case))
        };
        let marks = (!self.is_marked(run)).then(|| "kiwi-notes".to_owned());
        let first = [
            self.step(Kind::Notes, marks.into_iter()),
            self.wanted_where(Kind::PlanCase, is_new),
            self.wanted_where(Kind::Execution, |wanted| seen.execution(wanted).is_none()),
        ];
        let steps: Vec<Step<Kind>> = first.into_iter().flatten().collect();
        if !steps.is_empty() {
            return steps;
        }
        let spoken =
            |wanted: &Wanted| wanted.comment.is_some() && !seen.commented.contains(&wanted.item);
        let second = [
            self.wanted_where(Kind::Status, |wanted| !self.stands(wanted)),
            self.wanted_where(Kind::Comment, |wanted| {
                spoken(wanted) && seen.execution(wanted).is_some()
            }),
        ];
        let steps: Vec<Step<Kind>> = second.into_iter().flatten().collect();
        if !steps.is_empty() {
            return steps;
        }
        let ends = run.stop_date.is_none() && self.is_last(run);
        let stop = self.step(Kind::Stop, ends.then(|| "kiwi-stop".to_owned()).into_iter());
        stop.into_iter().collect()
    }

    /// Tells whether the notes of the run hold the mark of this part, with this content.
    fn is_marked(&self, run: &Run) -> bool {
        let marks = Mark::parse_all(&run.notes);
        marks
            .iter()
            .any(|mark| mark.relation_to(&self.plan.mark) == Relation::Same)
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

    /// Tells whether an execution stands as it shall: with our status, or with a worse one that another part gave it.
    fn stands(&self, wanted: &Wanted) -> bool {
        let Some(execution) = self.seen.execution(wanted) else {
            return false;
        };
        let (status, _) = self.plan.status(wanted.verdict);
        execution.status == status || self.is_of_another(execution, status)
    }

    fn is_of_another(&self, execution: &Execution, ours: u64) -> bool {
        let weight = |status| {
            self.plan
                .place
                .weights
                .get(&status)
                .copied()
                .unwrap_or_default()
        };
        let updates = self.seen.run.as_ref().is_some_and(|run| {
            let marks = Mark::parse_all(&run.notes);
            marks
                .iter()
                .any(|mark| mark.relation_to(&self.plan.mark) == Relation::Earlier)
        });
        let has_others = self.kiwi.target.shared && !updates;
        has_others && weight(execution.status) < 0 && weight(execution.status) < weight(ours)
    }

    fn wanted_of(&self, step: &Step<Kind>) -> impl Iterator<Item = &Wanted> {
        step.items.iter().filter_map(|item| self.plan.wanted(item))
    }

    fn calls(&self, step: &Step<Kind>) -> Vec<api::Call> {
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
        match step.kind {
            Kind::Claim => vec![api::create_case(&self.claim_values())],
            Kind::GiveBack => {
                let ids = step.items.iter().filter_map(|item| item.parse().ok());
                ids.map(api::remove_case).collect()
            }
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
                of_cases(&|case| api::add_case_to_plan(seen.plan.unwrap_or_default(), case))
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
                vec![api::update_run(run, &json!({"stop_date": time(ended)}))]
            }
        }
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
            "summary": run.name, "plan": self.seen.plan, "build": self.seen.build,
            "manager": self.plan.place.user, "notes": self.notes(),
        });
        if let (Some(started), Some(fields)) = (run.started, values.as_object_mut()) {
            fields.insert("start_date".to_owned(), time(started).into());
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
            for (name, at) in times {
                fields.extend(at.map(|at| (name.to_owned(), time(at).into())));
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
            Kind::Plan => self.seen.plan = id,
            Kind::Case => {
                self.seen.made.extend(id.map(|id| (item.to_owned(), id)));
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
            Kind::GiveBack => {}
        }
        id
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

    fn limit(&self, _kind: Kind) -> Limit {
        Limit {
            count: BATCH,
            ..Limit::default()
        }
    }

    fn request(&self, step: &Step<Kind>) -> Result<Request, ServiceError> {
        let purpose = self.title(step.kind, step.item());
        Ok(api::write(
            &self.kiwi.client.url,
            &self.calls(step),
            purpose,
        ))
    }

    fn accept(&mut self, step: &Step<Kind>, answer: &Response) -> Result<Value, TransportError> {
        let mut ids = Vec::new();
        for (item, result) in step.items.iter().zip(answers(answer, step.items.len())?) {
            match result {
                Ok(result) => ids.extend(self.take(step.kind, item, &result)),
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
        Ok(())
    }

    fn closing(&self) -> Vec<Step<Kind>> {
        let Some(ours) = self.claim else {
            return Vec::new();
        };
        // Older claims were left behind by processes that died.
        let claims = self.seen.claims.iter().map(|(id, _)| *id);
        let stale = claims.filter(|id| self.has_floor && *id < ours);
        let ids = stale.chain([ours]).map(|id| id.to_string());
        vec![Step::many(Kind::GiveBack, ids.collect())]
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
            match self.seen.execution(wanted) {
                Some(_) if self.stands(wanted) => facts.stands += 1,
                Some(execution) if !self.is_refused(wanted) => {
                    let (_, ours) = self.plan.status(wanted.verdict);
                    let theirs = &execution.status_name;
                    facts
                        .missing
                        .push(format!("{}: {ours} ({theirs} stands there)", wanted.title));
                }
                None if !self.is_refused(wanted) => facts.missing.push(wanted.title.clone()),
                Some(_) | None => {}
            }
        }
        let (claims, refused): (Vec<_>, Vec<_>) = self
            .refused
            .iter()
            .partition(|((word, _), _)| *word == Kind::Claim.word());
        facts.warnings.extend(claims.iter().map(|(_, text)| {
            format!("no claim could be made, so nothing kept another process from writing at the same moment: {text}")
        }));
        facts
            .refused
            .extend(refused.iter().map(|((word, item), text)| {
                let title = self
                    .plan
                    .wanted(item)
                    .map_or(item.as_str(), |wanted| &wanted.title);
                format!("{title} ({word}): {text}")
            }));
        facts.missing.extend(self.unspoken());
        if self
            .seen
            .run
            .as_ref()
            .is_some_and(|run| !self.is_marked(run))
        {
            facts
                .missing
                .push("the mark of this part in the notes of the run".to_owned());
        }
        if let (Some(run), false) = (&self.seen.run, self.seen.more_runs.is_empty()) {
            let ids: Vec<String> = self.seen.more_runs.iter().map(u64::to_string).collect();
            facts.warnings.push(format!(
                "there is more than one run of this submission: {} is used; also there, and not to be deleted: {}",
                run.id,
                ids.join(", ")
            ));
        }
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
            Kind::Stop => "the end of the run".to_owned(),
        }
    }
}

impl Submission<'_> {
    fn is_refused(&self, wanted: &Wanted) -> bool {
        self.refused.keys().any(|(_, item)| *item == wanted.item)
    }

    /// Names the comments that are not there.
    fn unspoken(&self) -> Vec<String> {
        let silent = self.plan.wanted.iter().filter(|wanted| {
            wanted.comment.is_some()
                && !self.seen.commented.contains(&wanted.item)
                && self.seen.execution(wanted).is_some()
                && !self.is_refused(wanted)
        });
        silent
            .map(|wanted| self.title(Kind::Comment, &wanted.item))
            .collect()
    }
}
