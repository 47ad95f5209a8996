//! What is written to Azure, and how: the engine asks what is missing, builds the requests and takes the answers here.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{BATCH, BATCH_BYTES, Endpoints};
use super::marks::{self, Summary};
use super::observe::OF_TRY;
use super::settings::RunType;
use super::submission::{Destination, Submission, is_empty};
use super::text::utc;
use super::wire::{AddResult, CreateRun, Reference, Run, SetResult, Tag, UpdateRun};
use super::{attachments, hold, link, payload};
use crate::plan::{Mark, Part, SubmissionKey};
use crate::services::engine::{
    Backend, Busy, Candidate, Facts, JournalView, Kind, Limit, Refusal, Rivals, Rule, Step,
};
use crate::services::{Receipt, ServiceError};
use crate::transport::{Body, Problem, Response, Transport, TransportError, WriteRequest};

/// The names of all writes of a submission to Azure, as the journal has them, without what follows in brackets.
///
/// Beside them there is [`super::ASSOCIATE`], which changes cases and hands nothing in.
pub const WRITES: [&str; 13] = [
    "azure.create_run",
    "azure.set_results",
    "azure.set_groups",
    "azure.add_results",
    "azure.attach",
    "azure.mark_part",
    "azure.complete_run",
    "azure.delete_run",
    "azure.claim_run",
    "azure.touch_run",
    "azure.create_case",
    "azure.add_cases",
    "azure.delete_case",
];

/// A kind of write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    CreateRun,
    /// Sets results that are there.
    SetResults,
    /// The same, with sub-results. Azure: those are appended to what is there (microsoft/testfx PR 10795), so a second time adds twice.
    SetGroups,
    /// Appends results to a run that has none for their points.
    AddResults,
    Attach,
    /// Leaves the mark of a part at the run.
    MarkPart,
    CompleteRun,
    DeleteRun,
    /// Claims a run by attaching a file.
    ClaimRun,
    /// Changes a run, so that others see that its holder is at work.
    TouchRun,
}

impl Change {
    /// Returns whether it adds to what is there: a second time adds twice.
    pub(super) fn adds(self) -> bool {
        matches!(self, Self::SetGroups | Self::AddResults | Self::Attach)
    }
}

impl Kind for Change {
    fn word(self) -> &'static str {
        match self {
            Self::CreateRun => "azure.create_run",
            Self::SetResults => "azure.set_results",
            Self::SetGroups => "azure.set_groups",
            Self::AddResults => "azure.add_results",
            Self::Attach => "azure.attach",
            Self::MarkPart => "azure.mark_part",
            Self::CompleteRun => "azure.complete_run",
            Self::DeleteRun => "azure.delete_run",
            Self::ClaimRun => "azure.claim_run",
            Self::TouchRun => "azure.touch_run",
        }
    }

    fn rule(self) -> Rule {
        match self {
            Self::CreateRun => Rule::Create,
            Self::SetGroups | Self::AddResults | Self::Attach | Self::MarkPart => Rule::Append,
            // The same claim twice says nothing more than once.
            Self::SetResults
            | Self::CompleteRun
            | Self::DeleteRun
            | Self::ClaimRun
            | Self::TouchRun => Rule::Set,
        }
    }

    fn is_lasting(self) -> bool {
        !matches!(self, Self::ClaimRun | Self::TouchRun)
    }

    /// Results are set by what the run shows of them, whatever the journal says.
    fn is_remembered(self) -> bool {
        self != Self::SetResults
    }
}

impl Backend for Submission<'_> {
    type Kind = Change;

    fn key(&self) -> SubmissionKey {
        self.plan.mark.journal_key()
    }

    fn former_key(&self) -> Option<SubmissionKey> {
        Some(self.plan.plan.key.clone())
    }

    fn transport(&self) -> &Transport {
        self.azure.client.transport()
    }

    fn settle(&self) -> Duration {
        self.azure.target.settle
    }

    fn jobs(&self, kind: Change) -> usize {
        match kind {
            Change::SetResults | Change::SetGroups | Change::Attach => self.azure.target.jobs,
            Change::CreateRun
            | Change::AddResults
            | Change::MarkPart
            | Change::CompleteRun
            | Change::DeleteRun
            | Change::ClaimRun
            | Change::TouchRun => 1,
        }
    }

    fn observe(&mut self, known: &JournalView) -> Result<(), ServiceError> {
        self.read(known)
    }

    fn signature(&self) -> String {
        self.holds.number.clone()
    }

    fn still_coming(&self, known: &JournalView) -> Duration {
        let times = (self.azure.client.clock(), self.azure.target.settle);
        known.may_still_arrive(Change::CreateRun.word(), times, |by| {
            self.holds.has_seen_a_run_of(by)
        })
    }

    fn has_arrived(&self, step: &Step<Change>) -> bool {
        step.kind != Change::CreateRun || self.holds.has_seen_a_run_of(None)
    }

    fn busy(&self) -> Option<Busy> {
        self.busy_elsewhere()
    }

    fn is_claimed(&self, kind: Change) -> bool {
        !self.is_shared() && self.plan.into.is_none() && (kind.adds() || kind == Change::ClaimRun)
    }

    fn is_fresh(&self, step: &Step<Change>) -> bool {
        self.is_surely_ours(step)
    }

    fn is_still_ours(&mut self) -> Result<bool, ServiceError> {
        Ok(self.may_go_on())
    }

    fn missing(&self) -> Vec<Step<Change>> {
        self.gated(self.wanted())
    }

    fn unseen(&self) -> Vec<Step<Change>> {
        self.wanted()
    }

    fn limit(&self, kind: Change) -> Limit {
        match kind {
            Change::SetResults | Change::SetGroups | Change::AddResults => Limit {
                count: BATCH,
                bytes: BATCH_BYTES,
            },
            Change::CreateRun
            | Change::Attach
            | Change::MarkPart
            | Change::CompleteRun
            | Change::DeleteRun
            | Change::ClaimRun
            | Change::TouchRun => Limit::default(),
        }
    }

    fn bytes(&self, kind: Change, item: &str) -> u64 {
        match kind {
            Change::SetResults | Change::SetGroups | Change::AddResults => {
                let index = self.index_of(item);
                let result = index.and_then(|index| self.plan.results.get(index));
                result.map_or(0, |result| payload::size(result, &self.plan.plan))
            }
            Change::CreateRun
            | Change::Attach
            | Change::MarkPart
            | Change::CompleteRun
            | Change::DeleteRun
            | Change::ClaimRun
            | Change::TouchRun => 0,
        }
    }

    fn request(&self, step: &Step<Change>) -> Result<WriteRequest, ServiceError> {
        let endpoints = self.azure.client.endpoints();
        let run = numbers(step.item()).next().unwrap_or_default();
        self.holds.sends(step, self.azure.client.clock().now());
        Ok(match step.kind {
            Change::CreateRun => {
                self.is_creating.store(true, Ordering::Relaxed);
                endpoints.create_run(&self.run_body(step.item()))
            }
            Change::SetResults | Change::SetGroups => {
                self.is_dirty.store(true, Ordering::Relaxed);
                let rows = step.items.iter().filter_map(|item| self.setting(item));
                endpoints.set_results(run, &rows.collect::<Vec<_>>())
            }
            Change::AddResults => {
                self.is_dirty.store(true, Ordering::Relaxed);
                let rows = step.items.iter().filter_map(|item| self.addition(item));
                endpoints.add_results(run, &rows.collect::<Vec<_>>())
            }
            Change::Attach => self.attaching(&endpoints, step.item())?,
            Change::MarkPart => self.marking(&endpoints, run),
            Change::CompleteRun => endpoints.update_run(run, &self.ending(run, step.item())),
            Change::DeleteRun => endpoints.delete_run(run),
            Change::ClaimRun => hold::claiming(&endpoints, step.item()),
            Change::TouchRun => self.touching(&endpoints, step.item()),
        })
    }

    fn accept(&mut self, step: &Step<Change>, answer: &Response) -> Result<Value, TransportError> {
        match step.kind {
            Change::CreateRun => {
                let run: Run = answer.json()?;
                let id = run.id.0;
                self.is_creating.store(false, Ordering::Relaxed);
                self.holds
                    .arrived(step, id, self.azure.client.clock().now());
                self.created(step.item(), run);
                return Ok(json!({"run": id}));
            }
            Change::ClaimRun | Change::TouchRun => self.took_or_touched(step),
            Change::SetResults | Change::SetGroups | Change::AddResults => {
                for item in &step.items {
                    let mut parts = numbers(item);
                    if let (Some(run), Some(point)) = (parts.next(), parts.next()) {
                        self.sent.insert((run, point));
                        let index = self.plan.index_of_point(point);
                        if index.is_some_and(|index| self.has_iterations(index)) {
                            self.iterated.push((run, point));
                        }
                    }
                }
            }
            Change::Attach => self.files.arrived(step.item()),
            Change::MarkPart => self.parts.marks.push(self.plan.mark.of_part()),
            Change::CompleteRun => {
                // The answer is the run as it is now.
                if let Ok(run) = answer.json::<Run>() {
                    self.changed(&run);
                }
            }
            Change::DeleteRun => {}
        }
        let run = numbers(step.item()).next().unwrap_or_default();
        self.holds
            .arrived(step, run, self.azure.client.clock().now());
        Ok(Value::Null)
    }

    fn closed(&self, step: &Step<Change>, answer: &Response) -> Result<(), TransportError> {
        // Azure answers with nothing, or with JSON; a page comes from somebody on the way.
        if step.kind == Change::DeleteRun && !answer.body.is_empty() {
            drop(answer.json::<Value>()?);
        }
        Ok(())
    }

    fn refused(&mut self, step: &Step<Change>, error: &TransportError) -> Refusal {
        match step.kind {
            // Azure: servers may refuse an automated run with cases that are not marked as automated.
            Change::CreateRun if !self.is_manual && self.may_be_manual(error) => {
                self.is_manual = true;
                self.warnings.push(
                    "the cases are not marked as automated: the run is a manual one".to_owned(),
                );
                Refusal::IsNoted
            }
            Change::SetResults | Change::SetGroups | Change::AddResults => {
                let indexes = step.items.iter().filter_map(|item| self.index_of(item));
                let has_iterations = indexes.into_iter().any(|index| self.has_iterations(index));
                if has_iterations && error.status() == Some(400) {
                    self.takes_no_iterations = true;
                    self.warnings.push(format!(
                        "the service refuses iterations ({}): rows and steps stand as sub-results alone",
                        error.reason()
                    ));
                    return Refusal::IsNoted;
                }
                self.refused_results(step)
            }
            Change::Attach => {
                let of_try = self.files.job(step.item()).and_then(|job| self.try_of(job));
                if of_try.is_some() && matches!(error.status(), Some(400 | 404 | 405)) {
                    self.take_no_tries(&format!(
                        "the service takes no files at sub-results ({})",
                        error.reason()
                    ));
                    self.files.forget(step.item());
                } else {
                    self.files.refuse(step.item(), error);
                }
                Refusal::IsNoted
            }
            Change::CreateRun
            | Change::MarkPart
            | Change::CompleteRun
            | Change::DeleteRun
            | Change::ClaimRun
            | Change::TouchRun => Refusal::Stops,
        }
    }

    fn observe_rivals(&mut self, _kinds: &[Change]) -> Result<(), ServiceError> {
        self.read_after_creating()
    }

    fn observe_progress(&mut self, kinds: &[Change]) -> Result<(), ServiceError> {
        if kinds.contains(&Change::MarkPart) {
            self.read_parts()?;
        }
        for kind in [Change::ClaimRun, Change::TouchRun] {
            if kinds.contains(&kind) {
                self.look_who_holds(kind)?;
            }
        }
        let has_results = kinds.iter().any(|kind| {
            matches!(
                kind,
                Change::SetResults | Change::SetGroups | Change::AddResults
            )
        });
        if has_results {
            self.read_rows()?;
            self.watch()?;
        }
        Ok(())
    }

    fn rivals(&self) -> Vec<Rivals<Change>> {
        let candidates: Vec<Candidate> = self
            .found
            .main
            .iter()
            .map(|run| Candidate {
                id: run.id.0,
                is_complete: run.has_ended(),
                may_retract: self.may_take_back(run),
                // Of a shared one each may hold what others have handed in.
                holds_results: !self.is_shared() && !is_empty(run),
            })
            .collect();
        if candidates.len() < 2 {
            return Vec::new();
        }
        vec![Rivals {
            item: "run".to_owned(),
            what: "runs of this submission".to_owned(),
            retract: Change::DeleteRun,
            candidates,
        }]
    }

    fn choose(&mut self, _item: &str, winner: u64) -> Vec<Step<Change>> {
        self.found.main.retain(|run| run.id.0 == winner);
        Vec::new()
    }

    fn facts(&self) -> Facts {
        self.known()
    }

    fn receipt(&self) -> Receipt {
        self.shown()
    }

    fn stage(&self, kind: Change) -> Option<&'static str> {
        match kind {
            Change::CreateRun => Some("Creating the run"),
            Change::SetResults | Change::SetGroups | Change::AddResults => {
                Some("Submitting results")
            }
            Change::Attach => Some("Attaching files"),
            Change::CompleteRun => Some("Completing the run"),
            Change::MarkPart | Change::DeleteRun | Change::ClaimRun | Change::TouchRun => None,
        }
    }

    fn title(&self, kind: Change, item: &str) -> String {
        match kind {
            Change::CreateRun => "the run".to_owned(),
            Change::SetResults | Change::SetGroups | Change::AddResults => self
                .index_of(item)
                .and_then(|index| self.plan.results.get(index))
                .map_or_else(|| item.to_owned(), super::submission::place),
            Change::Attach => format!("attachment `{}`", self.files.name(item)),
            Change::MarkPart => "the mark of this shard".to_owned(),
            Change::CompleteRun => format!("the end of run {item}"),
            Change::DeleteRun | Change::TouchRun => format!("run {item}"),
            Change::ClaimRun => {
                let run = numbers(item).next().unwrap_or_default();
                format!("the file by which run {run} is taken over")
            }
        }
    }
}

/// Returns the numbers of an item: a run, a point, a further try.
pub(super) fn numbers(item: &str) -> impl Iterator<Item = u64> {
    item.split('-').filter_map(|part| part.parse().ok())
}

impl Submission<'_> {
    fn may_be_manual(&self, error: &TransportError) -> bool {
        self.azure.target.run_type == RunType::Auto
            && matches!(&error.problem, Problem::Status { status: 400..=499, message, .. }
                if message.to_lowercase().contains("automation status"))
    }

    fn run_body(&self, item: &str) -> CreateRun {
        let release = self.plan.release.as_ref();
        let automated = self.azure.target.run_type != RunType::Manual && !self.is_manual;
        let mut tags: Vec<Tag> = self.plan.tags.clone();
        tags.push(marks::tag(&self.plan.plan.key));
        CreateRun {
            name: self.plan.run_name(),
            automated,
            plan: Reference::to(self.plan.plan_id),
            point_ids: if self.azure.target.precreates {
                self.points_of_next_run()
            } else {
                Vec::new()
            },
            state: "InProgress",
            comment: self.comment((&self.mark_of(item), &self.holds.number), false),
            start_date: Some(utc(self.plan.started)),
            build: self.plan.build.map(Reference::to),
            release_uri: release.map(|release| release.uri.clone()),
            release_environment_uri: release.and_then(|release| release.environment_uri.clone()),
            tags,
            pipeline_reference: link::pipeline(&self.plan.plan, self.plan.build),
        }
    }

    /// Returns the mark of a run: the submission's own has none behind the dot.
    fn mark_of(&self, item: &str) -> Mark {
        if item == super::submission::MAIN {
            self.plan.mark.clone()
        } else {
            self.plan.mark.of_item(item)
        }
    }

    /// What people read on the run, behind its marks: their own comment, and the build's page.
    fn comment(&self, (mark, maker): (&Mark, &str), attachments_missing: bool) -> String {
        let run = &self.plan.plan.run;
        let build = run.build.as_ref().and_then(|build| build.url.clone());
        let lines: Vec<String> = [run.comment.clone(), build].into_iter().flatten().collect();
        let summary =
            (mark.part == Part::Whole && mark.item.is_none()).then(|| self.plan.summary());
        marks::comment(
            (mark, &self.plan.plan.key, maker),
            summary.as_ref(),
            Some(lines.join("\n")).as_deref(),
            attachments_missing,
        )
    }

    fn ending(&self, run: u64, item: &str) -> UpdateRun {
        let lacks_files = self.files.are_missing();
        let mark = self.mark_of_run(run);
        let says_more = !self.is_shared() && (lacks_files || item.ends_with("files"));
        let maker = self.run(run).and_then(marks::maker).unwrap_or_default();
        let comment = says_more.then(|| self.comment((&mark, maker), lacks_files));
        if item.ends_with("files") {
            return UpdateRun {
                comment,
                ..UpdateRun::default()
            };
        }
        // A run of several processes ends when the last of them says so, whatever its own reports tell.
        let completed = if self.is_shared() {
            self.end_of_shared(run)
        } else {
            self.plan.finished
        };
        UpdateRun {
            state: Some("Completed"),
            started_date: (!self.is_shared()).then(|| utc(self.plan.started)),
            completed_date: Some(utc(completed)),
            comment,
        }
    }

    /// Azure: a run must end later than it began; and it was begun by another machine, whose clock may have been ahead.
    fn end_of_shared(&self, run: u64) -> Timestamp {
        let now = self.azure.client.now().max(self.plan.finished);
        let began = self.run(run).and_then(Run::started);
        began.map_or(now, |began| now.max(payload::after(began, Duration::ZERO)))
    }

    fn setting(&self, item: &str) -> Option<SetResult> {
        let index = self.index_of(item)?;
        let Destination::Set(_, id) = self.place(index) else {
            return None;
        };
        let mut facts = self.plan.facts(index, &self.azure.target)?;
        facts.iteration_details = self.iterations(index);
        Some(SetResult { id, facts })
    }

    fn addition(&self, item: &str) -> Option<AddResult> {
        let index = self.index_of(item)?;
        let result = self.plan.results.get(index)?;
        let case = self.cases.get(&result.point.case)?;
        let title = case.field("System.Title").unwrap_or_default();
        let mut facts = self.plan.facts(index, &self.azure.target)?;
        facts.iteration_details = self.iterations(index);
        Some(AddResult {
            test_point: Reference::to(result.point.id),
            test_case: Reference::to(result.point.case),
            test_case_title: title.to_owned(),
            test_case_revision: case.revision()?,
            configuration: Reference::to(result.point.place.configuration),
            facts,
        })
    }

    fn attaching(&self, endpoints: &Endpoints, item: &str) -> Result<WriteRequest, ServiceError> {
        self.files.begun(item);
        let lost = || ServiceError::local(format!("the attachment {item} is not there any more"));
        let (job, run, result) = self.file_of(item).ok_or_else(lost)?;
        let body = attachments::body(job, &self.plan.plan).ok_or_else(lost)?;
        let request = endpoints.attach(run, result, &job.name, body);
        Ok(match self.try_of(job) {
            Some(sub) => request.query(OF_TRY, sub.to_string()),
            None => request,
        })
    }

    /// A file at the run says that this part was handed in; in it, for people and for other parts, which results are bad.
    fn marking(&self, endpoints: &Endpoints, run: u64) -> WriteRequest {
        let name = marks::part_file(&self.plan.mark);
        let document = json!({
            "stream": STANDARD.encode(self.plan.bad_points()),
            "fileName": name,
            "attachmentType": "GeneralAttachment",
        });
        let bytes = serde_json::to_vec(&document).unwrap_or_default();
        endpoints.attach(run, None, &name, Body::Bytes(bytes))
    }
}

impl super::plan::RunPlan {
    /// Returns the submission in numbers.
    pub(super) fn summary(&self) -> Summary {
        let results = self.results.iter();
        let passed = results.filter(|result| self.outcome(result) == "Passed");
        Summary {
            results: self.results.len() as u64,
            passed: passed.count() as u64,
            cases: self.cases.clone(),
        }
    }

    /// Names the points whose results are not good, one a line, with their outcome.
    fn bad_points(&self) -> String {
        let mut text = "Results of this part that did not pass, by test point:\n".to_owned();
        for result in &self.results {
            if result.verdict.is_bad() {
                // Writing to a `String` cannot fail.
                let _ = writeln!(text, "{} {}", result.point.id, self.outcome(result));
            }
        }
        text
    }
}
