//! How a submission is written to qTest: what is missing, as requests; and what their answers say.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::cases::{Cases, Known};
use super::containers::{Ground, Spot};
use super::entry::{Entry, Subject};
use super::marks::{self, Slot};
use super::observe::{Held, Seen};
use super::payload::{self, Change};
use super::queue::Queue;
use super::requirements::Links;
use super::wanted::Wanted;
use super::wire::{Attached, Batch, Case, Created, Job, LogMade, NewRun, RunCase};
use super::{QtestPlan, attachments};
use crate::plan::{Mark, PlannedFile, SubmissionKey};
use crate::services::engine::{
    self, Backend, Candidate, Claim, Claimant, Facts, JournalView, Limit, Refusal, Rivals, Rule,
    Standing, Step, Waiting, Work, kinds, until,
};
use crate::services::{Receipt, ServiceError, State};
use crate::transport::{Response, Transport, TransportError, WriteRequest};

kinds! {
    /// The kinds of writes.
    enum Kind {
        Module: Create, "qtest.module", "a module";
        Cycle: Create, "qtest.cycle", "a test cycle";
        Suite: Create, "qtest.suite", "a test suite";
        Claim: Create, "qtest.claim", "the module that says who writes";
        Case: Create, "qtest.case", "the test case {}";
        /// Each adds a version.
        CaseUpdate: Append, "qtest.case_update", "a new version of the test case {}";
        Approve: Set, "qtest.approve", "the approval of the test case {}";
        Run: Create, "qtest.run", "a test run";
        Batch: Append, "qtest.batch", "{}";
        Log: Append, "qtest.log", "{}";
        Attachment: Append, "qtest.attachment", "the file {}";
        Link: Set, "qtest.link", "the link to requirement {}";
        TakeBackModule: Set, "qtest.take_back_module", "the module {}";
        TakeBackCycle: Set, "qtest.take_back_cycle", "the test cycle {}";
        TakeBackSuite: Set, "qtest.take_back_suite", "the test suite {}";
    }

    fn is_lasting(self) -> bool {
        !matches!(self, Self::Claim | Self::TakeBackModule)
    }
}

/// Every write of one process by itself, by its word in the journal.
pub const WRITES: &[&str] = &[
    "qtest.module",
    "qtest.claim",
    "qtest.cycle",
    "qtest.suite",
    "qtest.case",
    "qtest.case_update",
    "qtest.approve",
    "qtest.run",
    "qtest.batch",
    "qtest.log",
    "qtest.attachment",
    "qtest.link",
    "qtest.take_back_module",
];

/// How many cases are linked to a requirement in one call.
const LINKS: usize = 200;

/// A submission on its way.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says by itself what was read or done so far"
)]
pub(super) struct Submission<'a> {
    pub(super) plan: &'a QtestPlan,
    /// Whether it is carried out, and not only looked at.
    pub(super) writes: bool,
    pub(super) mark: Mark,
    pub(super) ground: Ground,
    /// The containers that were missing when that was asked last, by item.
    foreseen: Mutex<HashMap<String, Wanted>>,
    pub(super) cases: Cases,
    pub(super) runs: HashMap<String, u64>,
    pub(super) held: HashMap<String, Held>,
    pub(super) seen: HashMap<u64, Seen>,
    /// The runs whose own lists were read.
    pub(super) listed: HashSet<u64>,
    /// The latest log of each run when it was looked at last.
    pub(super) latest: HashMap<u64, Option<u64>>,
    /// What requirements are linked to, and whether that was read since something was linked.
    pub(super) links: Links,
    pub(super) are_links_read: bool,
    /// The logs to which files were added since they were read.
    pub(super) touched: HashSet<u64>,
    /// The cases that were created by this call.
    pub(super) created: HashSet<Subject>,
    /// The containers that were created by this call, by item.
    pub(super) made: HashMap<String, u64>,
    /// The containers that another submission of this process made.
    adopted: BTreeSet<u64>,
    /// The module by which processes that carry the same submission out go one after the other.
    pub(super) claim: Claim,
    pub(super) warnings: Vec<String>,
    /// Whether what the check read is what there is: nothing was written since.
    pub(super) is_fresh: bool,
    pub(super) has_begun: bool,
    pub(super) has_written: bool,
    pub(super) can_search: bool,
    pub(super) looks: u32,
    queue: Queue,
    refused: BTreeMap<String, String>,
    /// Subjects whose case could not be approved.
    pub(super) unapproved: HashSet<Subject>,
    /// Entries whose files follow, since the result was too large with them.
    shrunk: HashSet<String>,
    entries: HashMap<&'a str, usize>,
    /// The entry that tells most of each case, by the subject's mark.
    pub(super) subjects: HashMap<String, &'a Entry>,
}

impl<'a> Submission<'a> {
    pub(super) fn new(plan: &'a QtestPlan) -> Self {
        let entries = plan.entries.all.iter().enumerate();
        let sendable: Vec<&Entry> = plan.sendable().collect();
        let tellers = payload::tellers(&sendable).into_iter();
        Self {
            plan,
            writes: false,
            mark: plan.mark(),
            ground: plan.ground.clone(),
            foreseen: Mutex::default(),
            cases: plan.cases.clone(),
            runs: HashMap::new(),
            held: HashMap::new(),
            seen: HashMap::new(),
            listed: HashSet::new(),
            latest: HashMap::new(),
            links: plan.requirements.links.clone(),
            are_links_read: true,
            touched: HashSet::new(),
            created: HashSet::new(),
            made: HashMap::new(),
            adopted: BTreeSet::new(),
            claim: claim(plan),
            warnings: plan.warnings.clone(),
            is_fresh: true,
            has_begun: false,
            has_written: false,
            can_search: true,
            looks: 0,
            queue: Queue::default(),
            refused: BTreeMap::new(),
            unapproved: HashSet::new(),
            shrunk: HashSet::new(),
            entries: entries
                .map(|(at, entry)| (entry.item.as_str(), at))
                .collect(),
            subjects: tellers.map(|entry| (entry.subject.mark(), entry)).collect(),
        }
    }

    fn entry(&self, item: &str) -> Option<&'a Entry> {
        self.plan.entries.all.get(*self.entries.get(item)?)
    }

    fn entry_of(&self, step: &Step<Kind>) -> Result<&'a Entry, ServiceError> {
        self.entry(step.item()).ok_or_else(|| gone(step))
    }

    /// Returns the entries that are not there, and that nothing has become of yet.
    pub(super) fn open(&self) -> Vec<&'a Entry> {
        let underway = self.queue.underway();
        let is_open = |entry: &&Entry| {
            !self.held.contains_key(&entry.item)
                && !self.refused.contains_key(&entry.item)
                && !underway.contains(entry.item.as_str())
        };
        self.plan.sendable().filter(is_open).collect()
    }

    /// Returns whether a container that is needed is not there.
    pub(super) fn lacks_containers(&self) -> bool {
        !self.wanted(&self.open()).is_empty()
    }

    fn is_new(&self, entry: &Entry) -> bool {
        matches!(entry.subject, Subject::Print(_)) && !self.cases.known.contains_key(&entry.subject)
    }

    /// Returns the containers that are missing and whose parents are there.
    pub(super) fn wanted(&self, open: &[&Entry]) -> Vec<(Kind, String, Wanted)> {
        let mut wanted = Vec::new();
        let target = &self.plan.target;
        if let Some(setting) = target.module.as_deref() {
            if self.ground.parent.is_none() {
                return open
                    .first()
                    .and_then(|_| self.ground.wanted_parent(setting))
                    .into_iter()
                    .collect();
            }
            let told = |path: &[String]| {
                let mut inside = open.iter().filter(|entry| entry.folder.starts_with(path));
                inside.find_map(|entry| entry.folders.get(path.len() - 1)?.as_deref())
            };
            let mut folders: Vec<&[String]> = open
                .iter()
                .filter(|entry| self.is_new(entry))
                .map(|entry| entry.folder.as_slice())
                .collect();
            folders.sort_unstable();
            folders.dedup();
            for folder in folders {
                wanted.extend(self.ground.wanted_module(setting, folder, &told));
            }
        }
        let mut places: Vec<usize> = open.iter().map(|entry| entry.place).collect();
        places.sort_unstable();
        places.dedup();
        let places = places
            .iter()
            .filter_map(|at| self.plan.entries.places.get(*at));
        wanted.extend(places.filter_map(|place| self.ground.wanted_place(place)));
        let mut seen = HashSet::new();
        wanted.retain(|(_, item, _)| seen.insert(item.clone()));
        wanted.sort_by_key(|(kind, ..)| *kind as u8);
        wanted
    }

    /// Returns the container of a step: as it was wanted last, or as it is wanted by now.
    fn find_wanted(&self, step: &Step<Kind>) -> Result<Wanted, ServiceError> {
        let foreseen = self.foreseen.lock().unwrap_or_else(PoisonError::into_inner);
        // A later look may have shown it.
        if let Some(wanted) = foreseen.get(step.item())
            && !self.ground.has(wanted)
        {
            return Ok(wanted.clone());
        }
        drop(foreseen);
        let wanted = self.wanted(&self.open()).into_iter();
        let mut of_item =
            wanted.filter(|(kind, item, _)| *kind == step.kind && item == step.item());
        of_item
            .next()
            .map(|(.., wanted)| wanted)
            .ok_or_else(|| gone(step))
    }

    pub(super) fn module_of(&self, entry: &Entry) -> Option<u64> {
        self.ground
            .module(self.plan.target.module.as_deref()?, &entry.folder)
    }

    /// Returns the results that can be handed in now.
    fn log_steps(&self, open: &[&'a Entry]) -> Vec<Step<Kind>> {
        let mut runs = Vec::new();
        let mut logs = Vec::new();
        let mut batches: BTreeMap<(u64, u64), Vec<String>> = BTreeMap::new();
        for entry in open {
            let known = self.cases.known.get(&entry.subject);
            if !matches!(self.change(entry, known), Change::Create | Change::None)
                && self.plan.target.module.is_some()
                && matches!(entry.subject, Subject::Print(_))
            {
                // Results belong to the approved version.
                continue;
            }
            let suite = self.suite_of(entry).map(|spot| spot.id);
            if self.plan.is_direct(entry) {
                match (known, self.runs.get(&entry.item), suite) {
                    (Some(_), Some(_), _) => logs.push(Step::one(Kind::Log, entry.item.clone())),
                    (Some(_), None, Some(_)) if self.plan.target.module.is_some() => {
                        runs.push(Step::one(Kind::Run, entry.slot.as_str()).shared());
                    }
                    _ => {}
                }
                continue;
            }
            let module = if known.is_none() {
                self.module_of(entry)
            } else {
                // Where a case was deleted a moment ago, qTest makes a new one: then at least in the right module.
                Some(self.ground.parent.unwrap_or_default())
            };
            if let (Some(suite), Some(module)) = (suite, module) {
                let batch = batches.entry((suite, module)).or_default();
                batch.push(entry.item.clone());
            }
        }
        let batches = batches.into_values();
        runs.into_iter()
            .chain(logs)
            .chain(batches.map(|items| Step::many(Kind::Batch, items)))
            .collect()
    }

    fn suite_of(&self, entry: &Entry) -> Option<&Spot> {
        let place = self.plan.entries.places.get(entry.place)?;
        self.ground.suite(place)
    }

    /// Returns the files that are not on the logs of results that stand there.
    fn file_steps(&self) -> Vec<Step<Kind>> {
        let mut steps = Vec::new();
        for entry in self.plan.sendable().filter(|it| !it.files.is_empty()) {
            let Some(log) = self.held.get(&entry.item).and_then(|held| held.log) else {
                continue;
            };
            let there = self.seen.get(&log).and_then(|seen| seen.files.as_ref());
            for file in attachments::sendable(self.plan, entry).0 {
                let item = file_item(entry, &file);
                let is_there = there.is_some_and(|there| there.contains(&file.name));
                if !is_there && !self.refused.contains_key(&item) {
                    steps.push(Step::one(Kind::Attachment, item));
                }
            }
        }
        steps
    }

    /// Returns the links to requirements that cases lack whose results stand there.
    pub(super) fn link_steps(&self) -> Vec<Step<Kind>> {
        let mut open: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        let held = |entry: &&Entry| self.held.contains_key(&entry.item);
        for entry in self.plan.sendable().filter(held) {
            let Some(known) = self.cases.known.get(&entry.subject) else {
                continue;
            };
            for requirement in self.plan.requirements.of(entry) {
                let cases = self.links.get(&requirement);
                let item = format!("{requirement}-{}", known.id);
                let is_there = cases.is_some_and(|cases| cases.contains(&known.id));
                let items = open.entry(requirement).or_default();
                if !is_there && !self.refused.contains_key(&item) && !items.contains(&item) {
                    items.push(item);
                }
            }
        }
        let all = open.into_values().filter(|items| !items.is_empty());
        all.map(|items| Step::many(Kind::Link, items)).collect()
    }

    fn find_file(&self, item: &str) -> Option<(u64, PlannedFile)> {
        let (of_entry, _) = item.split_once('-')?;
        let entry = self.entry(of_entry)?;
        let log = self.held.get(&entry.item)?.log?;
        let files = attachments::sendable(self.plan, entry).0;
        let mut files = files.into_iter();
        Some((log, files.find(|file| file_item(entry, file) == item)?))
    }

    fn batch(&self, step: &Step<Kind>) -> Result<WriteRequest, ServiceError> {
        let first = self.entry_of(step)?;
        let suite = self.suite_of(first).ok_or_else(|| gone(step))?.id;
        let module = if self.is_new(first) {
            self.module_of(first)
        } else {
            self.ground.parent
        };
        let mut logs = Vec::with_capacity(step.items.len());
        for entry in step.items.iter().filter_map(|item| self.entry(item)) {
            let known = self.cases.known.get(&entry.subject);
            let mut log = payload::log(self.plan, entry, known, &self.mark);
            if !self.shrunk.contains(&entry.item) {
                log.attachments = attachments::inline(self.plan, entry);
            }
            logs.push(log);
        }
        let began = logs.iter().map(|log| log.exe_start_date.clone()).min();
        let batch = Batch {
            test_suite: suite.to_string(),
            parent_module: module.map(|id| id.to_string()),
            skip_creating_automation_module: true,
            execution_date: began.unwrap_or_default(),
            test_logs: logs,
        };
        Ok(self.plan.project.at.submit_batch(&batch))
    }

    fn single(&self, step: &Step<Kind>) -> Result<WriteRequest, ServiceError> {
        let entry = self.entry_of(step)?;
        let run = self.runs.get(&entry.item).ok_or_else(|| gone(step))?;
        let known = self.cases.known.get(&entry.subject);
        let mut log = payload::log(self.plan, entry, known, &self.mark);
        if !self.shrunk.contains(&entry.item) {
            log.attachments = attachments::inline(self.plan, entry);
        }
        Ok(self.plan.project.at.submit_log(*run, &log))
    }

    fn new_run(&self, step: &Step<Kind>) -> Result<WriteRequest, ServiceError> {
        let mut entries = self.plan.entries.all.iter();
        let entry = entries
            .find(|entry| entry.slot.as_str() == step.item())
            .ok_or_else(|| gone(step))?;
        let known = self.cases.known.get(&entry.subject);
        let (Some(known), Some(suite)) = (known, self.suite_of(entry)) else {
            return Err(gone(step));
        };
        let name = if known.name.is_empty() {
            &entry.name
        } else {
            &known.name
        };
        let run = NewRun {
            name: name.clone(),
            properties: Vec::new(),
            test_case: RunCase {
                id: known.id,
                properties: Vec::new(),
            },
        };
        Ok(self.plan.project.at.create_run(suite.id, &run))
    }

    fn accept_queued(&mut self, step: &Step<Kind>, job: u64) {
        let entries = step.items.iter().filter_map(|item| self.entry(item));
        let new = entries.filter(|entry| self.is_new(entry));
        let new: Vec<Subject> = new.map(|entry| entry.subject.clone()).collect();
        self.created.extend(new);
        self.queue.add(job, step.items.clone());
    }

    /// Takes a container, a case or a run that was made: here, or by another submission of this process.
    fn take_made(&mut self, step: &Step<Kind>, id: u64, url: Option<String>) {
        match step.kind {
            Kind::Module | Kind::Cycle | Kind::Suite => {
                if let Ok(wanted) = self.find_wanted(step) {
                    self.ground.add(&wanted, Spot { id, url });
                }
            }
            Kind::Claim => self.claim.id = Some(id),
            Kind::Case => self.accept_case(step, id),
            Kind::Run => {
                let entries = self.plan.entries.all.iter();
                for entry in entries.filter(|entry| entry.slot.as_str() == step.item()) {
                    self.runs.insert(entry.item.clone(), id);
                }
            }
            Kind::CaseUpdate
            | Kind::Approve
            | Kind::Batch
            | Kind::Log
            | Kind::Attachment
            | Kind::Link
            | Kind::TakeBackModule
            | Kind::TakeBackCycle
            | Kind::TakeBackSuite => {}
        }
    }

    /// Follows the batches of earlier calls to their end, so that nothing is sent again that is under way.
    fn follow_earlier(&mut self) -> Result<(), ServiceError> {
        self.queue.leave_out(&self.held);
        if self.queue.is_empty() {
            return Ok(());
        }
        let transport = self.plan.project.client.transport.clone();
        let limit = self.plan.target.wait;
        until(&transport, limit, || {
            Ok(match self.poll()? {
                Work::Ended => Waiting::Over,
                Work::Underway(_) => Waiting::GoesOn,
            })
        })?;
        // Cases and runs may have been made since the check.
        self.has_begun = true;
        self.look()?;
        self.queue.forget_ended();
        Ok(())
    }

    /// Reads the claims out of the modules, which were read then, where it was just now.
    pub(super) fn see_claims(&mut self, read: Option<Instant>) {
        if self.ground.parent.is_none() && self.plan.target.module.is_some() {
            return;
        }
        // Where nothing is created, the claim is all that handin makes, at the root and for a while.
        let modules = self.ground.modules.below(self.ground.parent);
        let mut there = Vec::new();
        for module in modules {
            let mark = module.description.as_deref().and_then(Mark::first_in);
            if let Some(mark) = mark.filter(|mark| mark.journal_key() == self.mark.journal_key())
                && let Some(nonce) = mark.item
            {
                there.push((module.id, nonce));
            }
        }
        self.claim.saw(there, read);
    }

    /// Returns a text that changes when somebody hands results in.
    fn contents(&self) -> Result<String, ServiceError> {
        let mut pulse = String::new();
        for place in &self.plan.entries.places {
            if let Some(suite) = self.ground.suite(place) {
                let runs = self.plan.project.runs(suite.id)?;
                let latest = runs.iter().filter_map(|run| run.latest.as_ref()?.id).max();
                // Writing to a `String` cannot fail.
                let _ = write!(pulse, "{} {} ", runs.len(), latest.unwrap_or_default());
            }
        }
        Ok(format!("{pulse}{}", self.ground.modules.count()))
    }
}

pub(super) fn gone(step: &Step<Kind>) -> ServiceError {
    ServiceError::declined(format!(
        "what {} {} belongs to is not there any more",
        engine::Kind::word(step.kind),
        step.item()
    ))
    .hint("run the same command again")
}

/// Returns a claim that is still to be made, or that no site needs which could not take it back.
fn claim(plan: &QtestPlan) -> Claim {
    let mut claim = Claim::of(&plan.project.client.transport);
    claim.is_granted = !plan.target.facts.modules;
    claim
}

/// Returns the requirement of links, and the cases.
fn find_link(step: &Step<Kind>) -> Result<(u64, Vec<u64>), ServiceError> {
    let read = |item: &String| {
        let (requirement, case) = item.split_once('-')?;
        Some((requirement.parse().ok()?, case.parse().ok()?))
    };
    let pairs: Vec<(u64, u64)> = step.items.iter().filter_map(read).collect();
    let first = pairs.first().ok_or_else(|| gone(step))?;
    Ok((first.0, pairs.iter().map(|(_, case)| *case).collect()))
}

fn file_item(entry: &Entry, file: &PlannedFile) -> String {
    format!("{}-{}", entry.item, marks::short_digest(&[&file.name]))
}

impl Claimant for Submission<'_> {
    fn claim(&mut self) -> &mut Claim {
        &mut self.claim
    }

    fn read_claims(&mut self) -> Result<(), ServiceError> {
        // What is read is as old as its request, however long the answer takes.
        let now = self.plan.project.client.transport.clock().now();
        self.ground.modules = self.plan.project.modules(None)?.into();
        self.see_claims(Some(now));
        Ok(())
    }

    fn pulse(&mut self) -> Result<String, ServiceError> {
        self.read_claims()?;
        self.contents()
    }

    fn granted(&mut self, has_waited: bool) -> Result<(), ServiceError> {
        // Somebody may have been at it, and ended, since it was looked at.
        (self.is_fresh, self.has_begun) = (false, true);
        if has_waited {
            self.made.entry(String::new()).or_default();
        }
        self.look()?;
        self.made.remove("");
        Ok(())
    }
}

impl Backend for Submission<'_> {
    type Kind = Kind;

    const CLAIM: Option<[Kind; 2]> = Some([Kind::Claim, Kind::TakeBackModule]);

    fn claimant(&mut self) -> Option<&mut dyn Claimant> {
        Some(self)
    }

    fn may_claim(&self) -> bool {
        self.ground.parent.is_some() || self.plan.target.module.is_none()
    }

    fn key(&self) -> SubmissionKey {
        self.mark.journal_key()
    }

    fn former_key(&self) -> Option<SubmissionKey> {
        Some(self.plan.plan.key.clone())
    }

    fn transport(&self) -> &Transport {
        &self.plan.project.client.transport
    }

    fn settle(&self) -> Duration {
        self.plan.target.settle
    }

    fn jobs(&self, kind: Kind) -> usize {
        if matches!(kind, Kind::Batch | Kind::Claim) {
            1
        } else {
            self.plan.target.limits.jobs
        }
    }

    fn observe(&mut self, known: &JournalView) -> Result<(), ServiceError> {
        let entries = &self.entries;
        self.queue.learn(known, |item| entries.contains_key(item));
        self.see_claims(None);
        // Without `module` no module is read but for them; and the answer to ours may be lost.
        let word = engine::Kind::word(Kind::Claim);
        let is_lost = matches!(known.standing(word, &self.claim.holder), Standing::Open(_));
        let is_unseen = self.writes && (is_lost || !self.claim.is_read());
        if is_unseen && self.plan.target.module.is_none() {
            self.read_claims()?;
        }
        self.look()?;
        if !self.has_written {
            self.follow_earlier()?;
        }
        self.has_begun = true;
        Ok(())
    }

    fn is_claimed(&self, kind: Kind) -> bool {
        engine::Kind::rule(kind) == Rule::Append
    }

    fn missing(&self) -> Vec<Step<Kind>> {
        let open = self.open();
        let mut steps = Vec::new();
        if !open.is_empty() {
            let mut foreseen = self.foreseen.lock().unwrap_or_else(PoisonError::into_inner);
            foreseen.clear();
            for (kind, item, wanted) in self.wanted(&open) {
                foreseen.insert(item.clone(), wanted);
                steps.push(Step::one(kind, item).shared());
            }
            if self.ground.parent.is_none() && self.plan.target.module.is_some() {
                return steps;
            }
        }
        steps.extend(self.case_steps(&open));
        steps.extend(self.log_steps(&open));
        steps.extend(self.file_steps());
        steps.extend(self.link_steps());
        steps
    }

    fn limit(&self, kind: Kind) -> Limit {
        let limits = &self.plan.target.limits;
        if kind == Kind::Batch {
            return Limit {
                count: limits.logs_per_batch,
                bytes: limits.batch_bytes as u64,
            };
        }
        Limit {
            count: if kind == Kind::Link { LINKS } else { 1 },
            ..Limit::default()
        }
    }

    fn bytes(&self, kind: Kind, item: &str) -> u64 {
        match (kind, self.entry(item)) {
            (Kind::Batch, Some(entry)) => payload::bytes(self.plan, entry),
            _ => 0,
        }
    }

    fn shrink(&mut self, kind: Kind, item: &str) -> bool {
        let has_files = self
            .entry(item)
            .is_some_and(|entry| !attachments::sendable(self.plan, entry).1.is_empty());
        matches!(kind, Kind::Batch | Kind::Log) && has_files && self.shrunk.insert(item.to_owned())
    }

    fn request(&self, step: &Step<Kind>) -> Result<WriteRequest, ServiceError> {
        let at = &self.plan.project.at;
        let id = || step.item().parse().map_err(|_| gone(step));
        match step.kind {
            Kind::Module | Kind::Cycle | Kind::Suite => {
                let wanted = self.find_wanted(step)?;
                Ok(wanted.request(at, &self.ground, &self.plan.fields))
            }
            Kind::Claim => {
                let parent = self.ground.parent;
                if parent.is_none() && self.plan.target.module.is_some() {
                    return Err(gone(step));
                }
                let mark = self.mark.of_item(&self.claim.holder);
                Ok(at.create_module(parent, &super::wanted::claim(&mark)))
            }
            Kind::Case | Kind::CaseUpdate | Kind::Approve => self.case_request(step),
            Kind::Run => self.new_run(step),
            Kind::Batch => self.batch(step),
            Kind::Log => self.single(step),
            Kind::Attachment => {
                let (log, file) = self.find_file(step.item()).ok_or_else(|| gone(step))?;
                Ok(at.attach(log, &attachments::blob(&file)))
            }
            Kind::Link => {
                let (requirement, cases) = find_link(step)?;
                Ok(at.link(requirement, &cases))
            }
            Kind::TakeBackModule => Ok(at.delete("modules", id()?)),
            Kind::TakeBackCycle => Ok(at.delete("test-cycles", id()?)),
            Kind::TakeBackSuite => Ok(at.delete("test-suites", id()?)),
        }
    }

    fn accept(&mut self, step: &Step<Kind>, answer: &Response) -> Result<Value, TransportError> {
        self.has_written |= step.kind != Kind::Claim;
        match step.kind {
            Kind::Module | Kind::Cycle | Kind::Suite | Kind::Claim | Kind::Run => {
                let made: Created = answer.json()?;
                if matches!(step.kind, Kind::Module | Kind::Cycle | Kind::Suite) {
                    self.made.insert(step.item().to_owned(), made.id);
                }
                self.take_made(step, made.id, made.web_url);
                Ok(json!({ "id": made.id }))
            }
            Kind::Case | Kind::CaseUpdate | Kind::Approve => {
                let made: Case = answer.json()?;
                self.accept_case(step, made.id);
                Ok(json!({ "id": made.id }))
            }
            Kind::Batch => {
                let job: Job = answer.json()?;
                self.accept_queued(step, job.id);
                Ok(json!({ "job": job.id }))
            }
            Kind::Log => {
                let made: LogMade = answer.json()?;
                Ok(json!({ "log": made.id }))
            }
            Kind::Attachment => {
                let made: Attached = answer.json()?;
                if let Some((log, file)) = self.find_file(step.item()) {
                    self.touched.insert(log);
                    let seen = self.seen.entry(log).or_default();
                    seen.files.get_or_insert_default().insert(file.name);
                }
                Ok(json!({ "id": made.id }))
            }
            Kind::Link => {
                self.are_links_read = false;
                Ok(Value::Null)
            }
            Kind::TakeBackModule | Kind::TakeBackCycle | Kind::TakeBackSuite => Ok(Value::Null),
        }
    }

    fn adopt(&mut self, step: &Step<Kind>, detail: &Value) {
        if let Some(id) = detail.get("id").and_then(Value::as_u64) {
            if matches!(step.kind, Kind::Module | Kind::Cycle | Kind::Suite) {
                self.adopted.insert(id);
            }
            self.take_made(step, id, None);
        }
    }

    fn refused(&mut self, step: &Step<Kind>, error: &TransportError) -> Refusal {
        match (step.kind, error.status()) {
            (Kind::Attachment, Some(400..=428 | 430..=499)) => {
                let name = self.title(step.kind, step.item());
                self.refused
                    .insert(step.item().to_owned(), format!("{name}: {error}"));
                Refusal::IsNoted
            }
            (Kind::Link, Some(400..=428 | 430..=499)) => {
                for item in &step.items {
                    let told = format!("{}: {error}", self.title(Kind::Link, item));
                    self.refused.insert(item.clone(), told);
                }
                Refusal::IsNoted
            }
            (Kind::Batch | Kind::Log, Some(413)) => {
                let name = self.title(step.kind, step.item());
                self.refused.insert(
                    step.item().to_owned(),
                    format!("{name} is too large for qTest"),
                );
                Refusal::IsNoted
            }
            (Kind::Approve, Some(400 | 403 | 405 | 409 | 412)) => {
                if let Ok(entry) = self.of_subject(step) {
                    self.unapproved.insert(entry.subject.clone());
                    let title = self.title(step.kind, step.item());
                    self.warnings.push(format!(
                        "{title} could not be made and it stays a draft: {error}"
                    ));
                }
                Refusal::IsNoted
            }
            // Who may create nothing still hands in: without a claim, as `docs/qtest.md` says.
            (Kind::Claim, Some(403)) if self.plan.target.module.is_none() => {
                self.claim.is_granted = true;
                Refusal::IsNoted
            }
            _ => Refusal::Stops,
        }
    }

    fn observe_rivals(&mut self, kinds: &[Kind]) -> Result<(), ServiceError> {
        let has = |kind| kinds.contains(&kind);
        if has(Kind::Module) || has(Kind::Claim) {
            self.read_claims()?;
        }
        if has(Kind::Cycle) || has(Kind::Suite) {
            self.ground.read_places(
                &self.plan.project,
                &self.plan.entries.places,
                &self.adopted,
            )?;
        }
        self.ground.follow_parent(&self.plan.target, &self.adopted);
        Ok(())
    }

    fn rivals(&self) -> Vec<Rivals<Kind>> {
        let mut all = Vec::new();
        for (item, own) in &self.made {
            let Some((retract, what, ids)) = self.ground.twins(*own) else {
                continue;
            };
            let Some(first) = ids.first().copied().filter(|first| first != own) else {
                continue;
            };
            let is_empty = self.ground.is_empty(*own) && !self.has_handed_in();
            // Others take back what they made; what stays is named at the end.
            all.push(Rivals {
                item: item.clone(),
                what,
                retract,
                candidates: [(first, false), (*own, is_empty)]
                    .into_iter()
                    .map(|(id, may_retract)| Candidate {
                        id,
                        is_complete: false,
                        may_retract,
                        holds_results: false,
                    })
                    .collect(),
            });
        }
        all
    }

    fn choose(&mut self, item: &str, winner: u64) -> Vec<Step<Kind>> {
        if let Some(own) = self.made.remove(item)
            && own != winner
        {
            self.ground.replace(own, winner);
        }
        Vec::new()
    }

    fn patience(&self) -> Option<Duration> {
        let queue = self.plan.target.wait;
        (!queue.is_zero()).then_some(queue)
    }

    fn poll(&mut self) -> Result<Work, ServiceError> {
        self.queue.ask(&self.plan.project.client)
    }

    fn closed(&self, _step: &Step<Kind>, answer: &Response) -> Result<(), TransportError> {
        if answer.body.is_empty() {
            return Ok(());
        }
        answer.json::<Value>().map(drop)
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts {
            warnings: self.warnings.clone(),
            ..Facts::default()
        };
        facts.warnings.extend(self.besides());
        let underway = self.queue.underway();
        let failed = self.queue.failed();
        let no_wait = self.patience().is_none();
        let handed = self.queue.submitted();
        for entry in self.plan.sendable() {
            let item = entry.item.as_str();
            if let Some(held) = self.held.get(item) {
                self.assess(entry, held, &mut facts);
            } else if no_wait && handed.contains(item) {
                facts.accepted = true;
            } else if underway.contains(item) {
                facts.unconfirmed.push(entry.title());
            } else if failed.contains(item) {
                facts.refused.push(entry.title());
            } else if !self.refused.contains_key(item) {
                facts.missing.push(entry.title());
            }
        }
        for step in self.file_steps().iter().chain(&self.link_steps()) {
            let titles = step.items.iter().map(|item| self.title(step.kind, item));
            facts.missing.extend(titles);
        }
        facts.is_certain = self.is_counted();
        facts.refused.extend(self.refused.values().cloned());
        facts.is_void = self.came_to_nothing();
        if let Some(complaint) = self.queue.complaint(&self.plan.target.statuses) {
            facts.warnings.push(complaint);
        }
        facts
    }

    fn receipt(&self) -> Receipt {
        let mut receipt = Receipt::new(State::Done);
        for entry in self.plan.sendable() {
            if let Some(held) = self.held.get(&entry.item) {
                let own = || self.plan.target.statuses.of(entry.verdict).to_owned();
                let status = held.status.clone().unwrap_or_else(own);
                *receipt.counts.entry(status).or_default() += 1;
            }
        }
        receipt.note("project", &self.plan.project_id);
        for place in &self.plan.entries.places {
            if let Some(spot) = self.ground.suite(place) {
                receipt.url = receipt.url.take().or_else(|| spot.url.clone());
                receipt.note("suite", &spot.id);
            }
        }
        receipt
    }

    fn title(&self, kind: Kind, item: &str) -> String {
        let of_subject = matches!(kind, Kind::Case | Kind::CaseUpdate | Kind::Approve);
        let name = if matches!(kind, Kind::Batch | Kind::Log) {
            self.entry(item).map(Entry::title)
        } else if kind == Kind::Attachment {
            let file = self.find_file(item);
            file.map(|(_, file)| format!("`{}`", file.name))
        } else if kind == Kind::Link {
            find_link(&Step::one(kind, item)).ok().map(|(id, cases)| {
                let is_of = |known: &&Known| cases.contains(&known.id);
                let case = self.cases.known.values().find(is_of);
                let case = case.map(|known| known.name.as_str()).unwrap_or_default();
                format!(
                    "`{}` of the test case `{case}`",
                    self.plan.requirements.name(id)
                )
            })
        } else if of_subject {
            let entry = self.of_subject(&Step::one(kind, item)).ok();
            entry.map(|entry| format!("`{}`", entry.name))
        } else {
            None
        };
        kind.called(name.as_deref().unwrap_or(item))
    }
}

impl Submission<'_> {
    /// Returns whether the queue is done, and said of each batch how many logs it made, and as many are there: then no more will come.
    fn is_counted(&self) -> bool {
        let handed = self.queue.submitted();
        let mut open = self.plan.sendable();
        let is_queued = open.all(|entry| {
            self.held.contains_key(&entry.item) || handed.contains(entry.item.as_str())
        });
        is_queued && self.queue.is_counted(&self.held)
    }

    /// Returns whether this call made nothing that stays: the queue refused all of it.
    fn came_to_nothing(&self) -> bool {
        self.made.is_empty() && self.held.is_empty() && self.queue.has_failed()
    }

    /// Names what is there more than once of the containers that are used.
    pub(super) fn besides(&self) -> Vec<String> {
        let Some(setting) = self.plan.target.module.as_deref() else {
            return Vec::new();
        };
        let mut modules: Vec<u64> = self.ground.parent.into_iter().collect();
        for entry in self.plan.sendable() {
            let depths = 1..=entry.folder.len();
            let folders = depths.filter_map(|depth| entry.folder.get(..depth));
            modules.extend(folders.filter_map(|folder| self.ground.module(setting, folder)));
        }
        modules.sort_unstable();
        modules.dedup();
        self.ground.besides(&modules)
    }

    fn has_handed_in(&self) -> bool {
        !self.queue.is_empty() || !self.runs.is_empty()
    }

    /// Compares what stands there with what was sent.
    fn assess(&self, entry: &Entry, held: &Held, facts: &mut Facts) {
        facts.stands += 1;
        let title = entry.title();
        if let Some(why) = &held.instead {
            facts.warnings.push(format!("{title}: {why}"));
            return;
        }
        let mut logs = held.logs.clone();
        logs.sort_unstable();
        logs.dedup();
        if logs.len() > 1 {
            let ids: Vec<String> = logs.iter().map(u64::to_string).collect();
            facts.different.push(format!(
                "{title} is there {} times, as the logs {}",
                ids.len(),
                ids.join(", ")
            ));
        }
        let sent = self.plan.target.statuses.of(entry.verdict);
        if let Some(stands) = &held.status
            && payload::contradicts(sent, stands)
        {
            facts.different.push(format!(
                "{title} was sent as {sent} and is kept as {stands}: the project's automation settings (the gear, Automation Settings) turn one into the other"
            ));
        }
    }
}

/// Names one result of a submission: the part and the place of the result, so that the journal never takes one for another.
pub(super) fn item(mark: &Mark, slot: &Slot) -> String {
    marks::short_digest(&[&mark.of_part().to_string(), slot.as_str()])
}
