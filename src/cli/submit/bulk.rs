//! Many submissions in one call, many at once: every report for itself (`--each`), or every run of Katalon Studio.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::SubmitArgs;
use super::bulk_output::BulkOutput;
use super::ending::Ending;
use super::one::SubmitContext;
use super::ordering::{Order, survey};
use super::outcome::Outcome;
use super::planner::Planner;
use super::queue::Queue;
use super::submit_all::Planned;
use super::summary::Record;
use crate::ci::Ci;
use crate::cli::connect::Service;
use crate::cli::reading::{self, ParsedReports, inputs};
use crate::cli::{Context, ExitStatus, Failure};
use crate::mapping::CaseMap;
use crate::report::{Bundle, Source};
use crate::services::engine::Engine;
use crate::services::{Progress as _, Silent};
use crate::settings::{Reaction, Settings};
use crate::transport::Signal;
use crate::ui::{counted, sanitized};

/// Runs of one build begin within this time.
const HALF_A_DAY: SignedDuration = SignedDuration::from_hours(12);

/// All that handing in many reports needs.
pub(super) struct All<'a> {
    pub(super) context: &'a Context,
    pub(super) args: &'a SubmitArgs,
    pub(super) settings: &'a Settings,
    pub(super) services: &'a [Service],
    pub(super) maps: &'a [CaseMap<'a>],
    pub(super) engine: Engine<'a>,
}

impl All<'_> {
    /// Hands every report in by itself. `finished` is what was decided before, such as services that are left out.
    pub(super) fn submit(
        &self,
        bundles: &[Bundle],
        finished: Vec<Outcome>,
        record: &mut Record<'_>,
    ) -> Result<ExitStatus, Failure> {
        let ui = &self.context.ui;
        let files: usize = bundles.iter().map(|bundle| bundle.sources.len()).sum();
        ui.status(&format!(
            "Looking through {}",
            counted(files as u64, "file")
        ));
        let shows_last = |map: &&CaseMap<'_>| self.settings.of(map.service()).shows_the_last_only();
        let ordered: Vec<&CaseMap<'_>> = self.maps.iter().filter(shows_last).collect();
        let order = survey(bundles, &self.args.each, &ordered, &self.context.clock);
        if order.left_out > 0 {
            ui.status(&format!(
                "{} outside of the wanted time",
                counted(order.left_out as u64, "report")
            ));
        }
        let reports = order.reports.len();
        let of_this_build = self.of_this_build(&order);
        let sink = Mutex::new(BulkOutput::new(self.context, record)?);
        for outcome in finished {
            super::warn_of(self.context, &outcome);
            held(&sink).take("", &outcome);
        }
        let queue = Queue::new(order);
        let bar = ui.progress();
        bar.stage("Submitting reports", reports as u64);
        let workers = self.settings.jobs.clamp(1, reports.max(1));
        let clock = &self.context.clock;
        clock.together(workers, &|| {
            while let Some(turn) = queue.next(clock, &|| self.context.interrupt.is_raised()) {
                let before = turn.waits_for.and_then(|index| bundles.get(index));
                let ci = if of_this_build.contains(&turn.report) {
                    self.context.ci()
                } else {
                    Ci::default()
                };
                let is_there = bundles
                    .get(turn.report)
                    .is_none_or(|bundle| self.one((bundle, before, ci), &sink));
                queue.done(&turn, is_there);
                bar.advance(1);
            }
        });
        drop(bar);
        self.finish(
            sink.into_inner().unwrap_or_else(PoisonError::into_inner),
            reports,
            queue.left(),
        )
    }

    /// Returns which of several runs of Katalon Studio this build made: those that began after it, where the CI says when that was; else
    /// those that began less than half a day before the newest. With `--each` none is taken for the build's.
    fn of_this_build(&self, order: &Order) -> HashSet<usize> {
        if self.args.each.each {
            return HashSet::new();
        }
        let began = super::policies_applied::began(self.context);
        let newest = order.started.iter().flatten().max().copied();
        let is_ours = |started: &Option<Timestamp>| match (started, began, newest) {
            (None, _, _) => true,
            (Some(started), Some(began), _) => *started >= began,
            (Some(started), None, Some(newest)) => newest.duration_since(*started) < HALF_A_DAY,
            (Some(_), None, None) => false,
        };
        let runs = order.reports.iter().zip(&order.started);
        runs.filter(|(_, started)| is_ours(started))
            .map(|(index, _)| *index)
            .collect()
    }

    /// Hands one report in to each service; where an older one has to come first, only to services that show more than the last
    /// result of a case. Tells whether newer ones of the same cases may follow.
    fn one(
        &self,
        (bundle, before, ci): (&Bundle, Option<&Bundle>, Ci),
        sink: &Mutex<BulkOutput<'_, '_>>,
    ) -> bool {
        let mut inputs = inputs(self.settings, self.maps);
        let mut parsed = reading::read(
            &bundle.sources,
            self.settings,
            &self.context.clock,
            &mut inputs,
            &Silent,
        );
        let submit = SubmitContext {
            context: self.context,
            policy: &self.settings.policy,
            engine: Engine {
                progress: &Silent,
                ..self.engine
            },
            dry_run: self.args.dry_run,
            is_blocked: false,
            again: false,
            is_one_of_many: true,
            is_alone: false,
            waits_for: before.and_then(name),
        };
        let is_report = !parsed.views.is_empty();
        held(sink).read(&mut parsed);
        if !is_report {
            held(sink).pass_over(&parsed.notes);
            return true;
        }
        let obstacle = self.obstacle(&parsed);
        let planner = Planner {
            args: self.args,
            settings: self.settings,
            parsed: &parsed,
            ci,
            is_of_itself: bundle.is_studio_run,
        };
        let finished = if let Some((failure, reaction)) = &obstacle {
            if *reaction == Reaction::Warn {
                let path = sanitized(name(bundle).unwrap_or_default());
                let ui = &self.context.ui;
                ui.warning(&format!("{path}: {}; skipped", failure.message));
            }
            self.left_out(&submit, failure, *reaction != Reaction::Fail)
        } else {
            let pairs = self.services.iter().zip(inputs);
            let plans: Vec<Planned<'_>> = pairs
                .map(|(service, input)| (service, planner.plan(service, input.builder)))
                .collect();
            // Two reports of the same content are one submission: the engine lets the second wait for the first, and finds it.
            submit.submit_all(plans)
        };
        for outcome in &finished {
            held(sink).take(name(bundle).unwrap_or_default(), outcome);
        }
        !finished.iter().any(|outcome| self.comes_later(outcome))
    }

    /// Returns the outcomes of a report that cannot be submitted anywhere.
    fn left_out(
        &self,
        submit: &SubmitContext<'_>,
        failure: &Failure,
        forgiven: bool,
    ) -> Vec<Outcome> {
        let outcomes = self.services.iter().map(|service| {
            let mut outcome = Outcome::new(service.name());
            submit.fail(&mut outcome, failure.clone());
            outcome.forgiven = forgiven;
            outcome
        });
        outcomes.collect()
    }

    /// Returns why a report cannot be handed in at all, and what the policy makes of that.
    fn obstacle(&self, parsed: &ParsedReports) -> Option<(Failure, Reaction)> {
        let policy = &self.settings.policy;
        if let Some((_, why)) = parsed.unreadable.first() {
            // Nothing is wrong with one that there was no time to read.
            if let Err(stopped) = self.context.go_on() {
                return Some((stopped, Reaction::Fail));
            }
            let failure = Failure::new(
                ExitStatus::Unverified,
                format!("it cannot be read: {}", sanitized(why)),
            );
            return Some((failure, policy.on_unreadable));
        }
        (parsed.tally.tests == 0).then(|| {
            let failure = Failure::new(ExitStatus::NothingToSubmit, "no test is in it");
            (failure, policy.on_empty)
        })
    }

    /// Shows what became of all, and decides the exit code.
    fn finish(
        &self,
        mut sink: BulkOutput<'_, '_>,
        reports: usize,
        left: usize,
    ) -> Result<ExitStatus, Failure> {
        if left > 0 {
            let signal = self.context.interrupt.signal();
            let ended = if signal == Some(Signal::Terminate) {
                ExitStatus::Terminated
            } else {
                ExitStatus::Interrupted
            };
            sink.note(ended);
        }
        let mut status = sink.status();
        let has_failures = sink.tally().failed + sink.tally().errored + sink.tally().incomplete > 0;
        if status == ExitStatus::Done && self.settings.fail_on_test_failure && has_failures {
            status = ExitStatus::TestsFailed;
        }
        let stands = sink.summary(reports);
        let failure = (status != ExitStatus::Done).then(|| sink.failure(status, left));
        let shown = sink.finish(status, Ending::of_many(stands.clone(), failure));
        super::told(self.context, status, shown, || stands)
    }
}

fn held<'m, 'a, 'b>(sink: &'m Mutex<BulkOutput<'a, 'b>>) -> MutexGuard<'m, BulkOutput<'a, 'b>> {
    sink.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the name of a submission for people: its first report.
fn name(bundle: &Bundle) -> Option<&str> {
    bundle.sources.first().map(Source::display)
}

impl All<'_> {
    /// Returns whether a later call of the same command may hand a report in to a service that shows only the last result of a case:
    /// newer ones of the same cases wait for it. What has to be mended first would hold them back for ever.
    fn comes_later(&self, outcome: &Outcome) -> bool {
        let status = outcome.failure.as_ref().map(|failure| failure.status);
        let stays = matches!(
            status,
            None | Some(ExitStatus::Unverified | ExitStatus::NothingToSubmit | ExitStatus::Usage)
        );
        self.settings.of(outcome.service).shows_the_last_only() && !stays
    }
}
