//! A submission's side of TestOps: what shall stand there, what stands there, how the difference is written.
//!
//! Files go to the store and stand nowhere until one call hands them in. What was handed in becomes an execution, which is found
//! by its batch, followed until its import has come to an end, and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::counts::{self, Comparison};
use super::observe::BatchContent;
use super::parts::{Form, Part};
use super::upload::Upload;
use super::wire::{Execution, Id, Stage, UploadBatch, linked};
use super::{Katalon, KatalonPlan, blind, is_end, marks};
use crate::model::Tally;
use crate::plan::{Mark, SubmissionKey};
use crate::services::engine::{
    Backend, Candidate, Facts, JournalView, Kind as _, Refusal, Rivals, Rule, Standing, Step,
    Waiting, Work, kinds, until,
};
use crate::services::{Receipt, ServiceError, State, counted};
use crate::transport::{Response, Transport, TransportError, WriteRequest};

kinds! {
    /// The writes of a submission.
    enum Write {
        /// A file into the store.
        Upload: Set, "katalon.upload", "an upload";
        /// The call that hands in what was uploaded.
        HandIn: Append, "katalon.hand_in", "what was submitted";
        LinkRelease: Set, "katalon.link_release", "the link of execution {} to its release";
        LinkBuild: Set, "katalon.link_build", "the link of execution {} to its build";
        Tag: Set, "katalon.tag", "the tag {}";
        PushToXray: Unseen, "katalon.push_to_xray", "the push of execution {} to Xray";
        /// The deletion of an execution that holds once more what another holds.
        Retract: Set, "katalon.retract", "the deletion of execution {}";
    }

    fn stands_nowhere(self) -> bool {
        self == Self::Upload
    }
}

/// Every write of a submission, as the journal has it.
pub const WRITES: &[&str] = &[
    "katalon.upload",
    "katalon.hand_in",
    "katalon.link_release",
    "katalon.link_build",
    "katalon.tag",
    "katalon.push_to_xray",
    "katalon.retract",
];

/// One submission on its way.
#[derive(Debug)]
pub(super) struct Submission<'a> {
    katalon: &'a Katalon,
    plan: &'a KatalonPlan,
    mark: Mark,
    parts: Vec<PartProgress<'a>>,
    /// Whether nothing is to be written: what cannot be seen is then no lack.
    only_looks: bool,
    /// The tags and pushes that are known to be made.
    made: BTreeSet<(&'static str, String)>,
    /// What was refused: it is named, and not tried again in this call.
    refused: BTreeSet<(&'static str, String)>,
    told: Vec<String>,
    warnings: Vec<String>,
}

/// How far a part of a submission is.
#[derive(Debug)]
struct PartProgress<'a> {
    part: &'a Part,
    upload: Upload<'a>,
    content: BatchContent,
    /// Whether it was handed in, by this call or by one that the journal knows.
    is_handed_in: bool,
    /// Whether handin 0.1.0 was looked for.
    is_former_known: bool,
    /// The page that the service named when it was handed in.
    page: Option<String>,
    /// Since when its import has ended with fewer results than were handed in.
    fewer_since: Option<Timestamp>,
    /// The session of the settings, under which others hand in too: some servers make one execution of all that bear it.
    session: Option<&'a str>,
    /// What executions of that session held before this part was handed in.
    before: BTreeMap<Id, Tally>,
}

impl PartProgress<'_> {
    /// Holds what stands there against what was handed in.
    fn comparison(&self, executions: &[Execution]) -> Comparison {
        let bears = |one: &Execution| one.session_id.as_deref() == self.session;
        let is_shared = self.session.is_some()
            && (self.part.form == Form::Results || executions.iter().all(bears));
        if !is_shared {
            return counts::compare(self.part.tally, executions);
        }
        let mut before = Tally::default();
        for known in executions.iter().filter_map(|one| self.before.get(&one.id)) {
            before += *known;
        }
        counts::compare_shared(self.part.tally, before, executions)
    }

    /// Returns the counts to report: what others submitted under the same session is not ours.
    fn counts(&self) -> Tally {
        let all = self.executions();
        if matches!(self.comparison(all), Comparison::More(_)) {
            return self.part.tally;
        }
        counts::tally(all).unwrap_or_default()
    }

    fn executions(&self) -> &[Execution] {
        match &self.content {
            BatchContent::Executions(found) => found,
            BatchContent::Nothing | BatchContent::Blind(_) => &[],
        }
    }

    /// Returns whether it is there. Where the service cannot be asked, what was handed in is not handed in again.
    fn is_there(&self) -> bool {
        match &self.content {
            BatchContent::Executions(_) => true,
            BatchContent::Nothing => false,
            BatchContent::Blind(_) => self.is_handed_in,
        }
    }

    /// Returns the executions that each hold all of the part, where that are several.
    fn copies(&self) -> Vec<&Execution> {
        let is_copy = |execution: &&Execution| {
            let own = std::slice::from_ref(*execution);
            execution.stage() == Stage::Finished && self.comparison(own) == Comparison::Same
        };
        let mut copies: Vec<&Execution> = self.executions().iter().filter(is_copy).collect();
        copies.sort_by_key(|copy| number(copy).parse().unwrap_or(u64::MAX));
        if self.part.tally.tests > 0 && copies.len() > 1 {
            copies
        } else {
            Vec::new()
        }
    }

    /// Returns whether anything of it is still under way.
    fn is_underway(&mut self, now: Timestamp, grace: Duration) -> bool {
        let all = self.executions();
        if all.is_empty() {
            return self.is_handed_in && self.content == BatchContent::Nothing;
        }
        if all.iter().any(|one| one.stage() == Stage::Working) {
            return true;
        }
        // Several executions of one batch need not show at the same time.
        let is_fewer = matches!(
            self.comparison(all),
            Comparison::Fewer(_) | Comparison::Unknown
        ) && all.iter().all(|one| one.stage() == Stage::Finished);
        if !is_fewer {
            return false;
        }
        let since = *self.fewer_since.get_or_insert(now);
        let waited = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        waited < grace
    }
}

impl<'a> Submission<'a> {
    pub(super) fn new(katalon: &'a Katalon, plan: &'a KatalonPlan, only_looks: bool) -> Self {
        let parts = plan.parts.iter().map(|part| PartProgress {
            part,
            upload: Upload::new(part),
            content: BatchContent::Nothing,
            is_handed_in: false,
            is_former_known: false,
            page: None,
            fewer_since: None,
            session: katalon.target.session.as_deref(),
            before: BTreeMap::new(),
        });
        Self {
            katalon,
            plan,
            mark: marks::mark(&plan.plan.identity, plan.project()),
            parts: parts.collect(),
            only_looks,
            made: BTreeSet::new(),
            refused: BTreeSet::new(),
            told: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Returns the part that an item of an upload or of a hand-in is of.
    fn progress(&self, item: &str) -> Option<&PartProgress<'a>> {
        self.parts
            .iter()
            .find(|progress| is_of(progress.part, item))
    }

    fn progress_mut(&mut self, item: &str) -> Option<&mut PartProgress<'a>> {
        self.parts
            .iter_mut()
            .find(|progress| is_of(progress.part, item))
    }

    /// Looks what stands there of a part.
    fn look(&mut self, at: usize) -> Result<(), TransportError> {
        let (katalon, project) = (self.katalon, self.plan.project());
        let Some(progress) = self.parts.get_mut(at) else {
            return Ok(());
        };
        let mut content = katalon.look_for(project, progress.part)?;
        if content == BatchContent::Nothing && progress.is_handed_in {
            content = katalon.search(project, progress.part)?;
        }
        if content == BatchContent::Nothing && !progress.is_former_known {
            let former = katalon.look_for_former(project, progress.part)?;
            if former.is_empty() {
                progress.is_former_known = true;
            } else {
                content = BatchContent::Executions(former);
            }
        }
        if let (BatchContent::Blind(_), Some(page)) = (&content, &progress.page)
            && let Some(execution) = katalon.by_page(project, page)?
        {
            content = BatchContent::Executions(vec![execution]);
        }
        if content == BatchContent::Nothing && !progress.is_handed_in && progress.before.is_empty()
        {
            progress.before = katalon.held_by_session(project)?;
        }
        progress.content = content;
        Ok(())
    }

    /// Waits a little until what was handed in shows: what follows is written to it.
    fn await_execution(&mut self, at: usize) {
        let transport = self.katalon.transport.clone();
        let came = until(&transport, self.katalon.target.grace, || {
            self.look(at)?;
            let is_there = self.parts.get(at).is_none_or(PartProgress::is_there);
            Ok(if is_there {
                Waiting::Over
            } else {
                Waiting::GoesOn
            })
        });
        if let Err(error) = came {
            log::debug!("what was submitted does not show: {error}");
        }
    }

    /// Returns whether links, tags or a push follow the hand-in of a part.
    fn has_followers(&self, part: &Part) -> bool {
        let (target, settled) = (&self.katalon.target, &self.plan.settled);
        let own_calls =
            part.form == Form::Results && (!target.tags.is_empty() || target.push_to_xray);
        settled.release.is_some() || settled.build.is_some() || own_calls
    }

    /// Returns the writes that follow an execution.
    fn followers(&self, progress: &PartProgress<'_>, execution: &Execution) -> Vec<Step<Write>> {
        let (target, settled) = (&self.katalon.target, &self.plan.settled);
        let id = &execution.id.0;
        let mut steps = Vec::new();
        // A build belongs to a release, and brings it along: the release that the settings name has the last word.
        let build = linked(execution.build.as_ref().or(execution.build_id.as_ref()));
        if settled.build.is_some() && build != settled.build {
            steps.push(Step::one(Write::LinkBuild, id));
        }
        if settled.release.is_some() && linked(execution.release.as_ref()) != settled.release {
            steps.push(Step::one(Write::LinkRelease, id));
        }
        // With folders, tags and the wish to push went in with the files. Which tags an execution has cannot be asked: they are set
        // again wherever the journal does not know better. A push is made once: a second one may make a second execution there.
        if progress.part.form == Form::Results && !self.only_looks {
            let tags = (0..target.tags.len()).map(|index| format!("{id}-{index}"));
            steps.extend(tags.map(|tag| Step::one(Write::Tag, tag)));
            if target.push_to_xray && progress.is_handed_in {
                steps.push(Step::one(Write::PushToXray, id));
            }
        }
        steps.retain(|step| {
            let name = (step.kind.word(), step.item().to_owned());
            !self.made.contains(&name) && !self.refused.contains(&name)
        });
        steps
    }

    /// Returns whether the mark of an execution was read back: only such a one is ever deleted.
    fn is_marked(&self, part: &Part, execution: &Execution) -> bool {
        let sessions = [&part.batch, &part.former_batch];
        let mut sessions = sessions
            .into_iter()
            .filter_map(|batch| self.katalon.stamp(part.form, batch));
        match part.form {
            Form::Results => {
                sessions.any(|session| execution.session_id.as_deref() == Some(session.as_str()))
            }
            Form::Folders => self.katalon.habits.is_heeding(),
        }
    }

    /// Adds what is known of a part.
    fn assess(&self, progress: &PartProgress<'_>, facts: &mut Facts) {
        let (words, all) = (progress.part.words(), progress.executions());
        let is_waited_for = self.patience().is_some();
        let any = |stage: Stage| all.iter().any(|one| one.stage() == stage);
        if all.is_empty() {
            match &progress.content {
                BatchContent::Blind(reason) if progress.is_handed_in => {
                    facts.unconfirmed.push(unseen(&words, reason));
                }
                BatchContent::Blind(_) | BatchContent::Nothing | BatchContent::Executions(_)
                    if progress.is_handed_in && !is_waited_for =>
                {
                    facts.accepted = true;
                }
                BatchContent::Blind(_) | BatchContent::Nothing | BatchContent::Executions(_) => {
                    facts.missing.push(words);
                }
            }
        } else if any(Stage::Broken) {
            facts.refused.push(format!(
                "{words}: TestOps gave up its import; the page of the execution says why"
            ));
        } else if any(Stage::Working) && !is_waited_for {
            facts.stands += 1;
            facts.accepted = true;
        } else if any(Stage::Working) {
            facts
                .unconfirmed
                .push(format!("{words}: TestOps has not finished its import"));
        } else {
            compare(progress, facts);
        }
    }

    fn hand_in(&self, progress: &PartProgress<'_>) -> Result<WriteRequest, ServiceError> {
        let (server, target) = (&self.katalon.server, &self.katalon.target);
        let project = self.plan.project();
        let rows = progress.upload.rows(self.katalon, self.plan)?;
        Ok(match progress.part.form {
            Form::Folders => {
                let place = (project, progress.part.batch.as_str());
                server.hand_in_folders(place, &rows, &target.tags, target.push_to_xray)
            }
            Form::Results => server.hand_in_results(project, &progress.part.batch, &rows),
        })
    }

    fn tag(&self, item: &str) -> WriteRequest {
        let (execution, index) = item.rsplit_once('-').unwrap_or((item, ""));
        let index: usize = index.parse().unwrap_or_default();
        let tag = self.katalon.target.tags.get(index);
        let execution = Id(execution.to_owned());
        let tag = tag.map(String::as_str).unwrap_or_default();
        self.katalon
            .server
            .tag(&execution, self.plan.project(), tag)
    }
}

impl Backend for Submission<'_> {
    type Kind = Write;

    fn key(&self) -> SubmissionKey {
        self.mark.journal_key()
    }

    fn former_key(&self) -> Option<SubmissionKey> {
        Some(self.plan.plan.key.clone())
    }

    fn transport(&self) -> &Transport {
        &self.katalon.transport
    }

    fn settle(&self) -> Duration {
        self.katalon.target.settle
    }

    /// The import was followed to its end before.
    fn lag(&self) -> Duration {
        Duration::ZERO
    }

    fn jobs(&self, kind: Write) -> usize {
        if kind == Write::Upload {
            self.katalon.target.jobs
        } else {
            1
        }
    }

    fn observe(&mut self, known: &JournalView) -> Result<(), ServiceError> {
        let now = self.katalon.transport.clock().timestamp();
        for at in 0..self.parts.len() {
            if let Some(progress) = self.parts.get_mut(at) {
                let word = Write::HandIn.word();
                let standing = known.standing(word, &progress.part.item);
                progress.is_handed_in = matches!(standing, Standing::Open(_) | Standing::Done(..));
                let page = known.detail(word, &progress.part.item);
                let page = page.and_then(|detail| Some(detail.get("page")?.as_str()?.to_owned()));
                progress.page = page.or(progress.page.take());
                progress.upload.recall(known, Write::Upload.word(), now);
            }
            self.look(at)?;
        }
        for word in [Write::Tag.word(), Write::PushToXray.word()] {
            let done = known
                .all(word)
                .filter(|(_, standing)| matches!(standing, Standing::Done(..)));
            let done: Vec<_> = done.map(|(item, _)| (word, item.to_owned())).collect();
            self.made.extend(done);
        }
        Ok(())
    }

    fn missing(&self) -> Vec<Step<Write>> {
        let mut steps = Vec::new();
        for progress in &self.parts {
            if progress.is_there() {
                let all = progress.executions().iter();
                steps.extend(all.flat_map(|execution| self.followers(progress, execution)));
                continue;
            }
            let left = progress.upload.left();
            if left.is_empty() {
                steps.push(Step::one(Write::HandIn, progress.part.item.as_str()));
            }
            steps.extend(left.into_iter().map(|item| Step::one(Write::Upload, item)));
        }
        steps
    }

    fn unseen(&self) -> Vec<Step<Write>> {
        let unseen = self.parts.iter().filter(|progress| !progress.is_there());
        unseen
            .map(|progress| Step::one(Write::HandIn, progress.part.item.as_str()))
            .collect()
    }

    fn request(&self, step: &Step<Write>) -> Result<WriteRequest, ServiceError> {
        let (server, settled) = (&self.katalon.server, &self.plan.settled);
        let (project, item) = (self.plan.project(), step.item());
        let id = Id(item.to_owned());
        let nothing = Id::default();
        Ok(match step.kind {
            Write::Upload | Write::HandIn => {
                let progress = self.progress(item).ok_or_else(|| {
                    ServiceError::local(format!("there is nothing called `{item}` to submit"))
                })?;
                if step.kind == Write::HandIn {
                    return self.hand_in(progress);
                }
                progress.upload.request(self.katalon, self.plan, item)?
            }
            Write::LinkRelease => {
                let release = settled.release.as_ref().unwrap_or(&nothing);
                server.link_release(&id, project, release)
            }
            Write::LinkBuild => server.link_build(&id, settled.build.as_ref().unwrap_or(&nothing)),
            Write::Tag => self.tag(item),
            Write::PushToXray => server.push_to_xray(&id),
            Write::Retract => server.delete_execution(project, &id),
        })
    }

    fn accept(&mut self, step: &Step<Write>, answer: &Response) -> Result<Value, TransportError> {
        let item = step.item().to_owned();
        match step.kind {
            Write::Upload => match self.progress_mut(&item) {
                Some(progress) => progress.upload.accept(&item, answer),
                None => Ok(Value::Null),
            },
            Write::HandIn => {
                let batches = batches(answer)?;
                let ids: Vec<_> = batches
                    .iter()
                    .map(|it| it.id.as_ref().map(|id| &id.0))
                    .collect();
                let page = batches.iter().find_map(|it| it.web_url.clone());
                let detail = json!({"ids": ids, "page": page});
                let at = self
                    .parts
                    .iter()
                    .position(|progress| is_of(progress.part, &item));
                if let Some(progress) = self.progress_mut(&item) {
                    progress.is_handed_in = true;
                    progress.page = page;
                    progress.upload.close();
                    let part = progress.part;
                    if let Some(at) = at.filter(|_| self.has_followers(part)) {
                        self.await_execution(at);
                    }
                }
                Ok(detail)
            }
            Write::LinkRelease
            | Write::LinkBuild
            | Write::Tag
            | Write::PushToXray
            | Write::Retract => {
                // Nothing, or JSON: a page is somebody else's answer.
                if !answer.body.trim_ascii().is_empty() {
                    answer.json::<Value>()?;
                }
                self.made.insert((step.kind.word(), item));
                Ok(Value::Null)
            }
        }
    }

    fn refused(&mut self, step: &Step<Write>, error: &TransportError) -> Refusal {
        let item = step.item().to_owned();
        let lenient = self.katalon.target.lenient;
        match step.kind {
            Write::HandIn | Write::Retract => Refusal::Stops,
            Write::Upload => {
                let Some(progress) = self.progress_mut(&item) else {
                    return Refusal::Stops;
                };
                if progress.upload.renews(&item, error) {
                    return Refusal::IsNoted;
                }
                let left_out = if lenient && !is_end(error) {
                    progress.upload.leave_out(&item)
                } else {
                    None
                };
                let Some(name) = left_out else {
                    return Refusal::Stops;
                };
                self.warnings.push(format!("skipped: `{name}`: {error}"));
                Refusal::IsNoted
            }
            Write::LinkRelease | Write::LinkBuild | Write::Tag | Write::PushToXray => {
                self.told
                    .push(format!("{}: {error}", self.title(step.kind, &item)));
                self.refused.insert((step.kind.word(), item));
                Refusal::IsNoted
            }
        }
    }

    fn rivals(&self) -> Vec<Rivals<Write>> {
        let retract = self.katalon.target.retract && !self.only_looks;
        let of_part = |progress: &PartProgress<'_>| {
            let candidate = |execution: &&Execution| {
                let order = execution.order.as_ref()?;
                Some(Candidate {
                    id: order.0.parse().ok()?,
                    is_complete: true,
                    may_retract: retract && self.is_marked(progress.part, execution),
                    // The facts name each copy.
                    holds_results: false,
                })
            };
            let copies = progress.copies();
            let candidates: Vec<Candidate> = copies.iter().filter_map(candidate).collect();
            (candidates.len() > 1).then(|| Rivals {
                item: progress.part.item.clone(),
                what: "executions of this submission".to_owned(),
                retract: Write::Retract,
                candidates,
            })
        };
        self.parts.iter().filter_map(of_part).collect()
    }

    /// Reads the list again: nothing but what was taken back may be gone.
    fn choose(&mut self, item: &str, winner: u64) -> Vec<Step<Write>> {
        let Some(at) = self
            .parts
            .iter()
            .position(|progress| is_of(progress.part, item))
        else {
            return Vec::new();
        };
        if let Err(error) = self.look(at) {
            self.warnings.push(format!(
                "it could not be checked that execution {winner} is the only one: {error}"
            ));
            return Vec::new();
        }
        let winner = winner.to_string();
        let progress = self.parts.get(at);
        let all = progress.map(PartProgress::executions).unwrap_or_default();
        if !all.iter().any(|one| number(one) == winner) {
            self.warnings.push(format!(
                "execution {winner} does not show any more after others of its submission were taken back"
            ));
        }
        Vec::new()
    }

    fn patience(&self) -> Option<Duration> {
        let wait = self.katalon.target.wait;
        (wait > Duration::ZERO).then_some(wait)
    }

    fn poll(&mut self) -> Result<Work, ServiceError> {
        let transport = &self.katalon.transport;
        let (now, grace) = (transport.clock().timestamp(), self.katalon.target.grace);
        let mut is_underway = false;
        for at in 0..self.parts.len() {
            let Some(progress) = self.parts.get_mut(at) else {
                continue;
            };
            if progress.is_underway(now, grace) {
                self.look(at)?;
                is_underway |= self
                    .parts
                    .get_mut(at)
                    .is_some_and(|progress| progress.is_underway(now, grace));
            }
        }
        Ok(if is_underway {
            Work::Underway("importing".to_owned())
        } else {
            Work::Ended
        })
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts {
            refused: self.told.clone(),
            warnings: self.warnings.clone(),
            ..Facts::default()
        };
        for progress in &self.parts {
            self.assess(progress, &mut facts);
            facts
                .warnings
                .extend(progress.part.found.warnings.iter().cloned());
            facts.warnings.extend(self.notices(progress));
            for execution in progress.executions() {
                let open = self.followers(progress, execution).into_iter();
                let links = open.filter(|step| step.kind.rule() == Rule::Set);
                facts
                    .missing
                    .extend(links.map(|step| self.title(step.kind, step.item())));
            }
        }
        facts
    }

    fn receipt(&self) -> Receipt {
        let mut receipt = Receipt::new(State::Known);
        for progress in &self.parts {
            let place = &self.plan.settled.place;
            self.katalon
                .note(&mut receipt, place, progress.executions());
            counts::add(&mut receipt.counts, progress.counts());
            receipt.url = receipt.url.take().or_else(|| progress.page.clone());
        }
        receipt
    }

    fn title(&self, kind: Write, item: &str) -> String {
        let progress = self.progress(item);
        match (kind, progress) {
            (Write::Upload, Some(progress)) => progress.upload.title(item),
            (Write::HandIn, Some(progress)) => progress.part.words(),
            (Write::Tag, _) => {
                let (id, index) = item.rsplit_once('-').unwrap_or((item, ""));
                let index: usize = index.parse().unwrap_or_default();
                let tag = self.katalon.target.tags.get(index);
                let tag = tag.map(String::as_str).unwrap_or_default();
                kind.called(&format!("`{tag}` of execution {id}"))
            }
            _ => kind.called(item),
        }
    }
}

impl Submission<'_> {
    /// Returns the notices of a part, none of which is a failure.
    fn notices(&self, progress: &PartProgress<'_>) -> Vec<String> {
        let mut notices = Vec::new();
        if let BatchContent::Blind(reason) = &progress.content {
            notices.push(blind(reason));
        }
        let packed = &self.plan.plan.packed;
        let of_part = packed.iter().filter(|_| packed.files() > 0);
        let of_part = of_part.filter(|test| progress.part.reports.contains(&test.report));
        let files: usize = of_part.map(|test| test.files).sum();
        if progress.part.form == Form::Results && files > 0 {
            notices.push(format!(
                "{} of tests not uploaded: results on TestOps have no place for attachments",
                counted(files as u64, "file")
            ));
        }
        let is_pushed = self.katalon.target.push_to_xray && progress.part.form == Form::Results;
        if is_pushed
            && !progress.is_handed_in
            && !progress.executions().is_empty()
            && !self.only_looks
        {
            notices.push(
                "whether TestOps pushed this execution to Xray is not known; it was not asked to again"
                    .to_owned(),
            );
        }
        notices
    }
}

/// Holds the counts of a part that was imported against those of the reports.
fn compare(progress: &PartProgress<'_>, facts: &mut Facts) {
    let words = progress.part.words();
    facts.stands += 1;
    let copies = progress.copies();
    if let [first, more @ ..] = copies.as_slice() {
        facts.different.extend(more.iter().map(|copy| {
            format!(
                "execution {} holds once more what execution {} holds",
                number(copy),
                number(first)
            )
        }));
        return;
    }
    match progress.comparison(progress.executions()) {
        Comparison::Same => {}
        Comparison::More(figures) => facts.warnings.push(format!(
            "{words}: {figures}: others submitted under the session of `katalon.session` too, so it was only checked that nothing of this is missing"
        )),
        Comparison::Fewer(figures) | Comparison::Different(figures) => {
            facts.different.push(figures);
        }
        Comparison::Unknown => facts.unconfirmed.push(format!(
            "{words}: TestOps gives no counts of what it imported"
        )),
    }
}

fn is_of(part: &Part, item: &str) -> bool {
    let rest = item.strip_prefix(part.item.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Returns the number by which people know an execution.
fn number(execution: &Execution) -> &str {
    let order = execution.order.as_ref().unwrap_or(&execution.id);
    &order.0
}

fn unseen(words: &str, reason: &str) -> String {
    format!(
        "{words}: TestOps may have taken the files, and cannot be asked what became of them ({reason}); look there, and if it is not there submit it under a name of its own with `--key`"
    )
}

/// Reads the batches that a call answers with: a list, one alone, or nothing.
pub(super) fn batches(response: &Response) -> Result<Vec<UploadBatch>, TransportError> {
    if response.body.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let one = |value: Value| serde_json::from_value(value).unwrap_or_default();
    Ok(match response.json()? {
        Value::Array(entries) => entries.into_iter().map(one).collect(),
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)) => vec![one(other)],
    })
}
