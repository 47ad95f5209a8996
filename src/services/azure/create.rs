//! Creating the run: the only write that could double a whole submission.

use serde_json::json;

use super::link;
use super::send::Sending;
use super::stamp;
use super::target::RunType;
use super::text::utc;
use super::wire::{CreateRun, Reference, Run, Tag};
use crate::services::{Recorded, SendError, ServiceError, WriteError};
use crate::transport::{Problem, TransportError};

impl Sending<'_> {
    pub(super) fn create(&mut self) -> Result<Run, SendError> {
        if self.plan.results.is_empty() && self.azure.target.completes {
            let cause = ServiceError::setting("there is no open run of this submission to close")
                .hint("does `--key` name the build as it did when the run was opened?");
            return Err(SendError::before_writing(cause));
        }
        self.progress.stage("Creating the run", 0);
        let automated = self.azure.target.run_type != RunType::Manual;
        let answer = match self.post_run(automated) {
            Err(WriteError::Transport(error)) if self.may_be_manual(&error) => {
                self.receipt.warnings.push(
                    "the cases are not marked as automated: the run is a manual one".to_owned(),
                );
                self.post_run(false)
            }
            answer => answer,
        };
        match answer {
            Ok(run) => {
                self.fresh = true;
                self.changed = true;
                self.note_run(&run);
                self.settle_race(run)
            }
            Err(WriteError::Transport(error)) => self.after_unanswered(self.explained(error)),
            Err(error @ WriteError::Journal(_)) => Err(error.ending(self.receipt.clone(), false)),
        }
    }

    fn post_run(&self, automated: bool) -> Result<Run, WriteError> {
        let body = self.run_body(automated);
        let record = Recorded::new(self.journal, &self.plan.plan.key, "azure.create_run");
        record.send(|| {
            let run: Run = self
                .azure
                .client
                .exchange(|endpoints| endpoints.create_run(&body))?
                .json()?;
            let detail = json!({"run": run.id.0});
            Ok((run, detail))
        })
    }

    /// Says what a build is where the service does not know the one that is named.
    fn explained(&self, mut error: TransportError) -> TransportError {
        if let (
            Some(build),
            Problem::Status {
                status: 404,
                message,
                ..
            },
        ) = (self.plan.build, &mut error.problem)
            && message.contains("Build")
        {
            message.push_str(&format!(
                " A build is a run of a pipeline of the project `{}`: `--build` takes its id (the `buildId` in its address, not {build}) or its number",
                self.azure.client.project()
            ));
        }
        error
    }

    /// Azure: servers may refuse an automated run with cases that are not marked as automated.
    fn may_be_manual(&self, error: &TransportError) -> bool {
        self.azure.target.run_type == RunType::Auto
            && matches!(&error.problem, Problem::Status { status: 400..=499, message, .. }
                if message.to_lowercase().contains("automation status"))
    }

    fn run_body(&self, automated: bool) -> CreateRun {
        let (run, release) = (&self.plan.plan.run, self.plan.release.as_ref());
        let mut tags: Vec<Tag> = self.plan.tags.clone();
        tags.push(stamp::tag(&self.plan.plan.key));
        CreateRun {
            name: self.plan.run_name(),
            automated,
            plan: Reference::to(self.plan.plan_id),
            point_ids: self
                .plan
                .results
                .iter()
                .map(|result| result.point.id)
                .collect(),
            state: "InProgress",
            comment: stamp::comment(self.comment().as_deref(), &self.plan.plan.key, false),
            start_date: run.started.map(utc),
            build: self.plan.build.map(Reference::to),
            release_uri: release.map(|release| release.uri.clone()),
            release_environment_uri: release.and_then(|release| release.environment_uri.clone()),
            tags,
            pipeline_reference: link::pipeline(&self.plan.plan, self.plan.build),
        }
    }

    /// What people read on the run: their own comment, and the build's page.
    pub(super) fn comment(&self) -> Option<String> {
        let run = &self.plan.plan.run;
        let build = run.build.as_ref().and_then(|build| build.url.clone());
        let lines: Vec<String> = [run.comment.clone(), build].into_iter().flatten().collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
