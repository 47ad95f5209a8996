//! The writes of a submission, in their order; and what is known at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::api::{self, BATCH, Call, LARGEST_FILE, LARGEST_REQUEST, call};
use super::client::{Row, answers, id, is_broken_off, is_gone, number, text};
use super::observe::{self, Seen};
use super::payload::{CASE_MARK, Wanted, time, zone};
use super::plan::{KiwiPlan, MADE};
use super::{Kiwi, attachments};
use crate::plan::{Mark, Part, PlannedFile, Relation, SubmissionKey};
use crate::services::engine::{
    self, Backend, Candidate, Claim, Claimant, Facts, JournalView, Kind as _, Limit, Refusal,
    Rivals, Rule, Step, kinds,
};
use crate::services::{Receipt, ServiceError, State, counted};
use crate::transport::{Problem, Response, Transport, TransportError, WriteRequest};

kinds! {
    /// The kinds of writes.
    ///
    /// Kiwi: a case that is added to a run twice at one moment is there twice, although a second time later changes nothing.
    enum Kind {
        /// The test case that says who has the floor.
        Claim: Create, "kiwi.claim", "the claim on the submission";
        /// The removal of a test case: of a claim, or of one that another process made too.
        GiveBack: Set, "kiwi.give_back", "the test case TC-{}";
        Version: Create, "kiwi.version", "the version `{}`";
        Build: Create, "kiwi.build", "the build `{}`";
        Plan: Create, "kiwi.plan", "the test plan `{}`";
        Case: Create, "kiwi.case", "the test case of `{}`";
        PlanCase: Append, "kiwi.plan_case", "the test case of `{}`";
        Run: Create, "kiwi.run", "the run `{}`";
        /// The mark of this part in the notes of the run.
        Notes: Set, "kiwi.notes", "the mark in the notes of the run";
        Execution: Append, "kiwi.execution", "the result of `{}`";
        Status: Set, "kiwi.status", "the result of `{}`";
        Comment: Append, "kiwi.comment", "the comment on `{}`";
        /// The way from an execution to the build.
        Link: Append, "kiwi.link", "the link of `{}`";
        File: Append, "kiwi.file", "the file `{}`";
        /// The end of the run.
        Stop: Set, "kiwi.stop", "the end of the run";
        /// The end of a plan that another process made too.
        Retire: Set, "kiwi.retire", "the test plan {}";
    }

    fn is_lasting(self) -> bool {
        !matches!(self, Self::Claim | Self::GiveBack | Self::Retire)
    }
}

/// What is written one after the other: each waits until nothing is missing of what comes before it. The mark of a part comes after all its
/// statuses are there, but where it makes the run.
const STAGES: [&[Kind]; 7] = [
    &[Kind::Version],
    &[Kind::Build, Kind::Plan, Kind::Case],
    &[Kind::Run],
    &[Kind::PlanCase, Kind::Execution],
    &[Kind::Status, Kind::Comment, Kind::Link, Kind::File],
    &[Kind::Notes],
    &[Kind::Stop],
];

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
    plan: &'a KiwiPlan,
    files: BTreeMap<String, (&'a Wanted, &'a PlannedFile)>,
    seen: Seen,
    claim: Claim,
    /// The cases that this call or one before it made, and others may have made too.
    made: BTreeSet<u64>,
    /// What is there besides and is used: plans that have runs, and cases that were run; whether it is a plan stands before its number.
    used: BTreeSet<(bool, u64)>,
    /// How far the server's time zone is from UTC.
    zone: Option<SignedDuration>,
    /// What the server refused, by kind and item: what it is called, and why.
    refused: BTreeMap<(&'static str, String), String>,
    warnings: Vec<String>,
}

impl<'a> Submission<'a> {
    pub(super) fn new(kiwi: &'a Kiwi, plan: &'a KiwiPlan) -> Self {
        // Kiwi: an empty file is refused too.
        let (files, left_out): (BTreeMap<_, _>, BTreeMap<_, _>) = attachments::all(plan)
            .into_iter()
            .partition(|(_, (_, file))| (1..=LARGEST_FILE).contains(&file.size));
        let told = |(_, file): &(&Wanted, &PlannedFile)| {
            let (name, size) = (&file.name, counted(file.size, "byte"));
            format!("`{name}` has {size}, and Kiwi TCMS takes 1 to {LARGEST_FILE}: not sent")
        };
        Self {
            kiwi,
            plan,
            files,
            seen: Seen::default(),
            claim: Claim::of(&kiwi.client.transport),
            made: BTreeSet::new(),
            used: BTreeSet::new(),
            zone: None,
            refused: BTreeMap::new(),
            warnings: left_out.values().map(told).collect(),
        }
    }

    /// Notes what the server refused.
    fn refuse(&mut self, kind: Kind, item: &str, why: &str) {
        let told = format!("{}: {why}", self.title(kind, item));
        self.refused.insert((kind.word(), item.to_owned()), told);
    }

    /// Returns the steps of these kinds of which something is missing.
    fn steps(&self, kinds: &[Kind], is_shared: bool) -> Vec<Step<Kind>> {
        let steps = kinds.iter().map(|kind| Step {
            is_shared,
            ..Step::many(*kind, self.open(*kind))
        });
        steps.filter(|step| !step.items.is_empty()).collect()
    }

    /// Returns the items of a kind that are missing, and were not refused.
    fn open(&self, kind: Kind) -> Vec<String> {
        if self.seen.is_outdated || (self.plan.only_closes && kind != Kind::Stop) {
            return Vec::new();
        }
        let seen = &self.seen;
        let one = |item: &str, is_missing: bool| is_missing.then(|| item.to_owned());
        let lacks = |item| Vec::from_iter(one(item, seen.first(item).is_none()));
        let each = |is_missing: &dyn Fn(&Wanted) -> bool| -> Vec<String> {
            let wanted = self.plan.wanted.iter().filter(|it| is_missing(it));
            wanted.map(|it| it.item.clone()).collect()
        };
        let speaks = |it: &Wanted| it.comment.is_some() && seen.execution(it).is_some();
        let mut items = match kind {
            Kind::Version => lacks("version"),
            Kind::Build => lacks("build"),
            Kind::Plan => lacks("plan"),
            Kind::Run => lacks("run"),
            Kind::Case => each(&|it| seen.case(it).is_none()),
            Kind::PlanCase => each(&|it| it.case.is_none() && seen.case(it).is_some()),
            Kind::Execution => {
                each(&|it| seen.case(it).is_some() && seen.executions(it).is_empty())
            }
            Kind::Status => self.unset(),
            Kind::Comment => each(&speaks),
            Kind::Link => each(&|it| self.plan.page().is_some() && speaks(it)),
            Kind::File => self.files.keys().cloned().collect(),
            Kind::Notes => {
                let is_told = self.relation() == Some(Relation::Same);
                Vec::from_iter(one("notes", !is_told))
            }
            Kind::Stop => {
                let is_due = seen.run.is_some() && !self.is_over() && self.is_last();
                Vec::from_iter(one("end", is_due))
            }
            Kind::Claim | Kind::GiveBack | Kind::Retire => Vec::new(),
        };
        let is_refused = |item: &String| self.refused.contains_key(&(kind.word(), item.clone()));
        items.retain(|item| !is_refused(item) && !seen.has(kind, item));
        items
    }

    /// Returns the executions that have not got their status, each behind the name of its test.
    fn unset(&self) -> Vec<String> {
        let executions = self.plan.wanted.iter().flat_map(|wanted| {
            let rows = self.seen.executions(wanted).iter();
            let open = rows.filter(|row| self.standing(wanted, row) == Standing::Open);
            open.map(|row| format!("{}-{}", wanted.item, id(row)))
        });
        executions.collect()
    }

    fn is_over(&self) -> bool {
        let run = self.seen.run.as_ref();
        run.is_some_and(|run| !run["stop_date"].is_null())
    }

    /// Returns the marks in the notes of the run.
    fn marks(&self) -> Vec<Mark> {
        let run = self.seen.run.as_ref();
        run.map_or_else(Vec::new, |run| Mark::parse_all(text(run, "notes")))
    }

    /// Returns how the notes of the run relate to this part: that it is there, in this or an earlier attempt.
    fn relation(&self) -> Option<Relation> {
        let marks = self.marks().into_iter();
        let known: Vec<Relation> = marks.map(|it| it.relation_to(&self.plan.mark)).collect();
        let mut either = [Relation::Same, Relation::Earlier].into_iter();
        either.find(|relation| known.contains(relation))
    }

    /// Returns whether all parts are there, by the marks in the notes.
    fn is_last(&self) -> bool {
        let sharing = &self.kiwi.sharing;
        let (true, Some((_, count))) = (sharing.shared, sharing.shard) else {
            return !sharing.shared || sharing.completes;
        };
        let mut marks = self.marks();
        marks.retain(|mark| mark.key == self.plan.mark.key);
        let parts: Vec<Part> = marks.into_iter().map(|mark| mark.part).collect();
        (1..=count).all(|index| parts.contains(&Part::Shard { index, count }))
    }

    /// Returns the state of an execution.
    fn standing(&self, wanted: &Wanted, row: &Row) -> Standing {
        let weight = |status| self.plan.place.weights.get(&status).copied();
        let ((ours, _), status) = (self.plan.status(wanted.verdict), number(row, "status"));
        let (there, wished) = (weight(status), weight(ours));
        let relation = self.relation();
        let is_shared = self.kiwi.sharing.shared && relation != Some(Relation::Earlier);
        if status == ours || (is_shared && there < Some(0) && there < wished) {
            // A worse one is another part's.
            return Standing::Stands;
        }
        // Kiwi: a status without weight is one of an execution that has not ended.
        if relation == Some(Relation::Same) && there.is_some_and(|weight| weight != 0) {
            return Standing::Changed;
        }
        Standing::Open
    }

    /// Returns a test by the name of something that belongs to it: itself, one of its executions, or a file.
    fn wanted(&self, item: &str) -> Option<&Wanted> {
        let of_file = || self.files.get(item).map(|(wanted, _)| *wanted);
        let (name, _) = item.split_once('-').unwrap_or((item, ""));
        self.plan.wanted(name).or_else(of_file)
    }

    fn call(&self, kind: Kind, item: &str) -> Result<Call, ServiceError> {
        let (place, seen, wanted) = (&self.plan.place, &self.seen, self.wanted(item));
        let (run, plan, version) = (self.run(), seen.first("plan"), seen.first("version"));
        let (number, page) = (item.parse::<u64>().ok(), self.plan.page());
        let case = wanted.and_then(|it| seen.case(it));
        let execution = wanted.and_then(|it| seen.execution(it));
        Ok(match kind {
            Kind::Claim => {
                let notes = observe::claim_text(self.plan, item);
                let summary = "handin: a submission is under way; delete this when none is";
                place.cases.create(summary, &notes, place.cases.unconfirmed)
            }
            Kind::Case => {
                let (summary, title) = wanted.map_or(("", ""), |it| (&it.summary, &it.title));
                let notes = format!("{CASE_MARK}{item}\nmade for `{title}`");
                place.cases.create(summary, &notes, place.cases.confirmed)
            }
            Kind::GiveBack => call!("TestCase.remove", {"pk": number}),
            Kind::Retire => call!("TestPlan.update", number, {"is_active": false}),
            Kind::Version => call!("Version.create", {
                "product": place.product, "value": place.version_name,
            }),
            Kind::Build => call!("Build.create", {"version": version, "name": place.build_name}),
            Kind::Plan => call!("TestPlan.create", {
                "name": place.plan_name, "product": place.product, "product_version": version,
                "type": place.plan_type, "text": MADE, "is_active": true,
            }),
            Kind::PlanCase => call!("TestPlan.add_case", plan, case),
            Kind::Run => call!("TestRun.create", self.new_run()),
            Kind::Notes => call!("TestRun.update", run, {"notes": self.notes()}),
            Kind::Stop => call!("TestRun.update", run, {"stop_date": self.end()}),
            Kind::Execution => call!("TestRun.add_case", run, case),
            Kind::Status => {
                let (_, execution) = item.split_once('-').unwrap_or_default();
                let execution = execution.parse::<u64>().ok();
                call!(
                    "TestExecution.update",
                    execution,
                    wanted.map(|it| self.status(it))
                )
            }
            Kind::Comment => {
                let said = wanted.and_then(|it| it.comment.as_deref());
                let mark = self.plan.mark.of_item(item);
                let text = format!("{mark}\n{}", said.unwrap_or_default());
                call!("TestExecution.add_comment", execution, text)
            }
            Kind::Link => call!("TestExecution.add_link", {
                "execution": execution, "url": page, "name": "Build", "is_defect": false,
            }),
            Kind::File => {
                let file = self.files.get(item).map(|(_, file)| *file);
                let gone = || ServiceError::local(format!("nothing is known of the file {item}"));
                attachments::add(self.plan, (execution, run), (item, file.ok_or_else(gone)?))?
            }
        })
    }

    fn new_run(&self) -> Value {
        let (run, seen) = (&self.plan.plan.run, &self.seen);
        told(json!({
            "summary": run.name, "plan": seen.first("plan"), "build": seen.first("build"), "notes": self.notes(),
            "manager": self.plan.place.user, "start_date": self.time(run.started),
        }))
    }

    fn status(&self, wanted: &Wanted) -> Value {
        told(json!({
            "status": self.plan.status(wanted.verdict).0,
            "start_date": self.time(wanted.started), "stop_date": self.time(wanted.stopped),
        }))
    }

    fn end(&self) -> Option<String> {
        let now = self.kiwi.client.transport.clock().timestamp();
        self.time(self.plan.plan.run.finished.or(Some(now)))
    }

    fn run(&self) -> u64 {
        self.seen.run.as_ref().map_or(0, id)
    }

    fn time(&self, at: Option<Timestamp>) -> Option<String> {
        at.map(|at| time(at, self.zone.unwrap_or_default()))
    }

    /// Returns the notes of the run: the marks first, the newest of each part, then what people may read.
    fn notes(&self) -> String {
        let (ours, run) = (&self.plan.mark, &self.plan.plan.run);
        let there = self.seen.run.as_ref().map_or("", |run| text(run, "notes"));
        let mut marks = self.marks();
        marks.retain(|mark| mark.part != ours.part || mark.key != ours.key);
        let marks = std::iter::once(ours).chain(&marks).map(Mark::to_string);
        let is_text = |line: &&str| !line.trim().is_empty() && Mark::parse(line.trim()).is_none();
        let lines = there.lines().filter(is_text);
        let first = run.comment.as_deref().into_iter().chain(self.plan.page());
        let lines: Vec<&str> = lines.chain(first.filter(|_| there.is_empty())).collect();
        let lines = lines.into_iter().map(str::to_owned);
        marks.chain(lines).collect::<Vec<_>>().join("\n")
    }

    /// Takes what the server answered to one call.
    fn take(&mut self, kind: Kind, item: &str, result: Value) {
        let (number, case) = (id(&result), number(&result, "case"));
        match kind {
            Kind::Claim => self.claim.id = Some(number),
            Kind::Version | Kind::Build | Kind::Plan => self.keep(item, Some(number)),
            Kind::Case => {
                self.made.insert(number);
                self.keep(item, Some(number));
            }
            Kind::Run | Kind::Notes | Kind::Stop => {
                self.keep("run", Some(number));
                self.seen.run = Some(result);
            }
            // Kiwi: `TestRun.add_case` answers a list, of which the status has no name.
            Kind::Execution => self
                .seen
                .add(result.as_array().into_iter().flatten().cloned()),
            Kind::Status => {
                let mut rows = self.seen.executions.get_mut(&case).into_iter().flatten();
                if let Some(row) = rows.find(|row| id(row) == number) {
                    *row = result;
                }
            }
            Kind::PlanCase | Kind::Comment | Kind::Link | Kind::File => {
                self.seen.there.insert((kind.word(), item.to_owned()));
            }
            Kind::GiveBack | Kind::Retire => {}
        }
    }

    /// Keeps the id of something that this or another submission made.
    fn keep(&mut self, item: &str, id: Option<u64>) {
        self.seen.ids.entry(item.to_owned()).or_default().extend(id);
    }

    fn look(&mut self) -> Result<(), ServiceError> {
        let client = &self.kiwi.client;
        // What is read is as old as its request, however long the answer takes.
        let now = client.transport.clock().now();
        self.seen = observe::observe(client, self.plan)?;
        let claims = std::mem::take(&mut self.seen.claims);
        self.claim.saw(claims, Some(now));
        self.read_used()
    }

    /// Reads what is used of what is there more than once, and would be taken back: with a case its executions are deleted.
    fn read_used(&mut self) -> Result<(), ServiceError> {
        let several = self.seen.several();
        let ours = several.filter(|(item, id)| self.is_ours(item, *id));
        let (plans, cases): (Vec<_>, Vec<_>) = ours.partition(|(item, _)| *item == "plan");
        if plans.is_empty() && cases.is_empty() {
            return Ok(());
        }
        let ids = |of: Vec<(&str, u64)>| of.into_iter().map(|(_, id)| id).collect::<Vec<u64>>();
        // A plan has its number among plans, which says nothing of cases.
        let asked = [
            (
                call!("TestRun.filter", {"plan__in": ids(plans)}),
                ("plan", true),
            ),
            (
                call!("TestExecution.filter", {"case__in": ids(cases)}),
                ("case", false),
            ),
        ];
        let (calls, fields): (Vec<Call>, Vec<_>) = asked.into_iter().unzip();
        let rows = self.kiwi.client.lists(&calls, "whether it is used")?;
        let used = rows.iter().zip(fields);
        let used = used.flat_map(|(rows, (field, is_plan))| {
            rows.iter().map(move |row| (is_plan, number(row, field)))
        });
        self.used = used.collect();
        Ok(())
    }

    /// Returns whether one of several is ours: a case that we made, or any plan that handin made. The number of a run says nothing of cases.
    fn is_ours(&self, item: &str, id: u64) -> bool {
        item == "plan" || (is_case(item) && self.made.contains(&id))
    }

    /// Returns whether one of several may be taken back: nobody uses it.
    fn may_retract(&self, item: &str, id: u64) -> bool {
        self.is_ours(item, id) && !self.used.contains(&(item == "plan", id))
    }
}

/// Returns whether something is the case of a test.
fn is_case(item: &str) -> bool {
    !matches!(item, "version" | "build" | "plan" | "run")
}

/// Names the cases of a test.
fn of_test(wanted: &Wanted) -> String {
    format!("test cases of `{}`", wanted.title)
}

/// Leaves out what is not told.
fn told(mut values: Value) -> Value {
    if let Some(fields) = values.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    values
}

impl Claimant for Submission<'_> {
    fn claim(&mut self) -> &mut Claim {
        &mut self.claim
    }

    fn read_claims(&mut self) -> Result<(), ServiceError> {
        let client = &self.kiwi.client;
        let now = client.transport.clock().now();
        let claims = observe::claims(client, self.plan)?;
        self.claim.saw(claims, Some(now));
        Ok(())
    }

    fn pulse(&mut self) -> Result<String, ServiceError> {
        self.look()?;
        Ok(format!("{:?}", self.seen))
    }
}

impl Backend for Submission<'_> {
    type Kind = Kind;

    const CLAIM: Option<[Kind; 2]> = Some([Kind::Claim, Kind::GiveBack]);

    fn claimant(&mut self) -> Option<&mut dyn Claimant> {
        Some(self)
    }

    /// The end is set, and nothing is added.
    fn may_claim(&self) -> bool {
        !self.plan.only_closes
    }

    fn key(&self) -> SubmissionKey {
        self.plan.mark.journal_key()
    }

    fn transport(&self) -> &Transport {
        &self.kiwi.client.transport
    }

    fn settle(&self) -> Duration {
        self.kiwi.settings.settle
    }

    fn observe(&mut self, known: &JournalView) -> Result<(), ServiceError> {
        let earlier = known.all(Kind::Case.word());
        let earlier = earlier.filter_map(|(item, _)| known.detail(Kind::Case.word(), item));
        let ids = earlier.flat_map(|detail| detail["ids"].as_array().into_iter().flatten());
        self.made.extend(ids.filter_map(Value::as_u64));
        self.look()?;
        // Kiwi: the names of versions and builds are unique, and another process may have been first.
        let seen = &self.seen;
        let is_there =
            |item: &str| matches!(item, "version" | "build") && seen.first(item).is_some();
        self.refused.retain(|(_, item), _| !is_there(item));
        Ok(())
    }

    /// What is set is made of what was read: the worst status of several parts, the marks of all of them.
    fn is_claimed(&self, kind: Kind) -> bool {
        let is_made_of_what_stands = matches!(kind, Kind::Status | Kind::Notes);
        kind.rule() == Rule::Append || kind == Kind::Run || is_made_of_what_stands
    }

    fn is_broken_off(&self, error: &TransportError) -> bool {
        is_broken_off(error)
    }

    fn refused(&mut self, step: &Step<Kind>, error: &TransportError) -> Refusal {
        let reason = error.reason();
        if step.kind == Kind::Claim {
            // Only an account that may not claim writes without: others would wait for a claim.
            if error.status() != Some(403) {
                return Refusal::Stops;
            }
            self.claim.is_granted = true;
            self.warnings.push(format!(
                "no claim could be made, so nothing kept another process from writing at the same moment: {reason}"
            ));
            return Refusal::IsNoted;
        }
        for item in &step.items {
            self.refuse(step.kind, item, &reason);
        }
        Refusal::IsNoted
    }

    fn missing(&self) -> Vec<Step<Kind>> {
        if self.plan.only_closes {
            return self.steps(&[Kind::Stop], false);
        }
        if self.plan.wanted.is_empty() {
            return Vec::new();
        }
        let has = |item| self.seen.first(item).is_some();
        // What was refused ends it: nothing is written to what is not there.
        let reach = match (has("version"), has("build") && has("plan"), has("run")) {
            (false, _, _) => 1,
            (true, false, _) => 2,
            (true, true, false) => 3,
            (true, true, true) => STAGES.len(),
        };
        let stages = STAGES.iter().take(reach).enumerate();
        // Other submissions of this process want the same version, build, plan and cases.
        let mut steps = stages.map(|(at, kinds)| self.steps(kinds, at < 2));
        steps.find(|steps| !steps.is_empty()).unwrap_or_default()
    }

    fn unseen(&self) -> Vec<Step<Kind>> {
        if self.plan.only_closes {
            return self.missing();
        }
        // What has to be written first hides nothing: an earlier call, or one of another part, may have come further.
        let stages = STAGES.iter().map(|kinds| self.steps(kinds, false));
        stages.flatten().collect()
    }

    fn limit(&self, _kind: Kind) -> Limit {
        Limit {
            count: BATCH,
            bytes: LARGEST_REQUEST,
        }
    }

    fn bytes(&self, kind: Kind, item: &str) -> u64 {
        let spoken = self.wanted(item).and_then(|it| it.comment.as_ref());
        let spoken = spoken
            .filter(|_| kind == Kind::Comment)
            .map_or(0, String::len);
        let file = self.files.get(item).filter(|_| kind == Kind::File);
        // In JSON a line break takes two bytes, and three bytes of a file take four.
        500 + spoken as u64 * 2 + file.map_or(0, |(_, file)| file.size / 3 * 4)
    }

    fn request(&self, step: &Step<Kind>) -> Result<WriteRequest, ServiceError> {
        let calls = step.items.iter().map(|item| self.call(step.kind, item));
        let calls = calls.collect::<Result<Vec<Call>, _>>()?;
        let purpose = self.title(step.kind, step.item());
        Ok(api::write(&self.kiwi.client.url, &calls, purpose))
    }

    fn accept(&mut self, step: &Step<Kind>, answer: &Response) -> Result<Value, TransportError> {
        let mut ids = Vec::new();
        let kind = step.kind;
        for (item, result) in step.items.iter().zip(answers(answer, step.items.len())?) {
            match result {
                Ok(result) if kind.rule() == Rule::Create && id(&result) == 0 => {
                    return Err(answer.unusable(Problem::Shape("it names no id".to_owned())));
                }
                Ok(result) => {
                    if kind == Kind::Claim {
                        let local = text(&result, "create_date");
                        self.zone = answer.header("date").and_then(|date| zone(local, date));
                    }
                    ids.push(id(&result));
                    self.take(kind, item, result);
                }
                // Whoever writes without a claim may write beside another.
                Err(complaint) if kind == Kind::Claim => {
                    return Err(answer.refused(complaint.as_status(answer.status)));
                }
                Err(complaint) => self.refuse(kind, item, &complaint.message),
            }
        }
        // What was refused is not there for others either.
        Ok(if ids.is_empty() {
            Value::Null
        } else {
            json!({ "ids": ids })
        })
    }

    fn observe_rivals(&mut self, kinds: &[Kind]) -> Result<(), ServiceError> {
        let is_told = |kind: &Kind| matches!(kind, Kind::Claim | Kind::Case | Kind::Plan);
        if kinds.iter().any(is_told) {
            self.look()?;
        }
        Ok(())
    }

    /// Submissions that have nothing else in common may make the plan and the same cases at the same moment.
    fn rivals(&self) -> Vec<Rivals<Kind>> {
        let several = self.seen.ids.iter();
        let several = several.map(|(item, all)| self.of(item, all));
        several.filter(|it| it.candidates.len() > 1).collect()
    }

    fn choose(&mut self, item: &str, winner: u64) -> Vec<Step<Kind>> {
        let stays = |id: &u64| *id == winner || (is_case(item) && !self.may_retract(item, *id));
        let there = self.seen.ids.get(item).into_iter().flatten();
        let there = there.copied().filter(stays).collect();
        self.seen.ids.insert(item.to_owned(), there);
        Vec::new()
    }

    fn detail(&self, _kind: Kind, item: &str) -> Option<Value> {
        Some(json!({ "id": self.seen.first(item)? }))
    }

    fn adopt(&mut self, step: &Step<Kind>, detail: &Value) {
        self.keep(step.item(), detail["id"].as_u64());
    }

    fn closed(&self, step: &Step<Kind>, answer: &Response) -> Result<(), TransportError> {
        for result in answers(answer, step.items.len())? {
            // Kiwi: it says no with HTTP 200.
            result.map_err(|it| answer.refused(it.as_status(answer.status)))?;
        }
        Ok(())
    }

    fn facts(&self) -> Facts {
        let refused = self.refused.values().cloned();
        // What was deleted while it was written to comes with the same command.
        let (missing, refused): (Vec<_>, _) = refused.partition(|told| is_gone(told));
        let mut facts = Facts {
            is_certain: !missing.is_empty(),
            missing,
            refused,
            warnings: self.besides().chain(self.warnings.clone()).collect(),
            ..Facts::default()
        };
        let mut moved = 0;
        for wanted in &self.plan.wanted {
            let (rows, title) = (self.seen.executions(wanted), &wanted.title);
            let is = |standing| {
                rows.iter()
                    .find(|row| self.standing(wanted, row) == standing)
            };
            if self.seen.is_outdated {
                // What a later attempt has no result of is not there, and does not come.
                if self.seen.has_result(wanted, None) {
                    facts.stands += 1;
                } else {
                    let told = format!("{title}: a later attempt of this part has no result of it");
                    facts.refused.push(told);
                }
            } else if let Some(row) = is(Standing::Changed) {
                let ours = self.plan.status(wanted.verdict).1;
                let there = text(row, "status__name");
                let told = format!("{title}: {ours} (there: {there})");
                facts.different.push(told);
            } else if !rows.is_empty() && is(Standing::Open).is_none() {
                facts.stands += 1;
                moved += rows.iter().filter(|row| self.is_moved(wanted, row)).count();
            } else if !self.is_refused(wanted) {
                facts.missing.push(title.clone());
            }
        }
        if self.seen.is_outdated {
            facts.warnings.insert(0, "a later attempt of this part is already submitted: nothing more of this one is written".to_owned());
        } else if self.seen.run.is_some() {
            // The run itself, where nothing else is handed in.
            facts.stands += u64::from(self.plan.wanted.is_empty());
            for kind in [
                Kind::Comment,
                Kind::Link,
                Kind::File,
                Kind::Notes,
                Kind::Stop,
            ] {
                let open = self.open(kind).into_iter();
                let open = open.map(|item| self.title(kind, &item));
                facts.missing.extend(open);
            }
        }
        if moved > 0 {
            let executions = counted(moved as u64, "execution");
            let told = format!("the times are others than were sent, at {executions}");
            facts.warnings.push(told);
        }
        facts
    }

    fn receipt(&self) -> Receipt {
        let mut receipt = Receipt::new(State::Refused);
        if let Some(run) = self.seen.run.as_ref().map(id) {
            receipt.note("run", &run);
            receipt.url = Some(api::page_of_run(&self.kiwi.client.url, run));
        }
        let ours = self
            .plan
            .wanted
            .iter()
            .flat_map(|it| self.seen.executions(it));
        for execution in ours {
            let status = text(execution, "status__name").to_owned();
            *receipt.counts.entry(status).or_default() += 1;
        }
        receipt
    }

    fn title(&self, kind: Kind, item: &str) -> String {
        let place = &self.plan.place;
        let file = self.files.get(item).filter(|_| kind == Kind::File);
        let own = match item {
            "version" => &place.version_name,
            "build" => &place.build_name,
            "plan" => &place.plan_name,
            "run" => &self.plan.plan.run.name,
            item => self.wanted(item).map_or(item, |wanted| &wanted.title),
        };
        let name = file.map_or(own, |(_, file)| &file.name);
        kind.called(name)
    }
}

impl Submission<'_> {
    /// Returns whether an execution stands there with other times than were sent, as far as that can be told.
    fn is_moved(&self, wanted: &Wanted, row: &Row) -> bool {
        let differs = |at: Option<Timestamp>, field| {
            let shown = text(row, field).replace('T', " ");
            self.time(at)
                .is_some_and(|at| !shown.is_empty() && !shown.starts_with(&at))
        };
        let is_known = self.zone.is_some() && !self.kiwi.sharing.shared;
        is_known && (differs(wanted.started, "start_date") || differs(wanted.stopped, "stop_date"))
    }

    /// Returns the objects that exist where one was wanted.
    fn of(&self, item: &str, all: &BTreeSet<u64>) -> Rivals<Kind> {
        let wanted = self.plan.wanted(item);
        let candidate = |id: &u64| Candidate {
            id: *id,
            // Our results stand in its executions.
            is_complete: wanted.is_some() && self.seen.executions.contains_key(id),
            may_retract: self.may_retract(item, *id),
            holds_results: item == "run" && self.holds_results(*id),
        };
        let mut rivals = Rivals {
            item: item.to_owned(),
            what: wanted.map_or(format!("{item}s of this submission"), of_test),
            retract: if item == "plan" {
                Kind::Retire
            } else {
                Kind::GiveBack
            },
            candidates: all.iter().map(candidate).collect(),
        };
        if is_case(item) {
            // Others take back the cases that they made; what stays is named at the end.
            let winner = rivals.winner();
            rivals
                .candidates
                .retain(|it| it.may_retract || Some(it.id) == winner);
        }
        rivals
    }

    /// Returns whether a run holds results of this part that stand in the first one too, or will.
    fn holds_results(&self, run: u64) -> bool {
        let (seen, mut wanted) = (&self.seen, self.plan.wanted.iter());
        wanted.any(|it| {
            let is_in_first = !seen.is_outdated || seen.has_result(it, seen.first("run"));
            is_in_first && seen.has_result(it, Some(run))
        })
    }

    /// Names the cases that are there more than once.
    fn besides(&self) -> impl Iterator<Item = String> {
        let made = self.plan.wanted.iter().filter(|it| it.case.is_none());
        made.filter_map(|wanted| {
            let (first, all) = (self.seen.case(wanted)?, self.seen.ids.get(&wanted.item)?);
            engine::besides(&of_test(wanted), first, all.iter().copied())
        })
    }

    fn is_refused(&self, wanted: &Wanted) -> bool {
        let mut refused = self.refused.keys();
        refused.any(|(_, item)| self.wanted(item).is_some_and(|it| it.item == wanted.item))
    }
}
