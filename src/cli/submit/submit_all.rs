//! One submission to each service: nothing is sent to any before it is certain that each can take it.

use super::again::Attempts;
use super::candidate::Candidate;
use super::one::SubmitContext;
use super::outcome::Outcome;
use crate::cli::connect::Service;
use crate::cli::{ExitStatus, Failure};
use crate::model::ServiceName;
use crate::plan::SubmissionPlan;
use crate::services::{Progress as _, State};

/// A service with what it is to be handed, or why there is nothing for it.
pub(super) type Planned<'s> = (&'s Service, Result<SubmissionPlan, Failure>);

impl SubmitContext<'_> {
    /// Submits plans, each to its service: all are checked and looked up before the first write.
    pub(super) fn submit_all(&self, plans: Vec<Planned<'_>>) -> Vec<Outcome> {
        let mut all: Vec<Candidate<'_>> = plans
            .into_iter()
            .map(|(service, plan)| match plan {
                Ok(plan) => self.begin(service, plan),
                Err(failure) => {
                    let mut outcome = Outcome::new(service.name());
                    self.fail(&mut outcome, failure);
                    Candidate::ended(service, outcome)
                }
            })
            .collect();
        let attempts = self.check(&mut all);
        for one in &mut all {
            self.accept(one);
        }
        self.look_first(&mut all);
        self.hold_back(&mut all);
        let finished = all.into_iter().map(|one| {
            let begins = attempts.as_ref().filter(|_| one.ready.is_some());
            let begins = begins.zip(one.attempt.clone());
            if let Some((attempts, attempt)) = &begins {
                attempts.begin(attempt, &one.outcome);
            }
            let outcome = self.finish(one);
            if let Some((attempts, attempt)) = &begins {
                attempts.end(attempt, &outcome);
            }
            outcome
        });
        finished.collect()
    }

    /// Holds each plan against its service. With `--again` under the key of the attempt that is due.
    fn check(&self, all: &mut [Candidate<'_>]) -> Option<Attempts<'_>> {
        if self.again {
            let attempts = Attempts::new(&self.engine, self.dry_run);
            attempts.check(self, all);
            return Some(attempts);
        }
        for one in all.iter_mut().filter(|one| one.is_open()) {
            let bar = self.context.ui.progress().of(one.outcome.service.word());
            if !self.is_one_of_many {
                bar.stage("looking for what is already submitted", 0);
            }
            let answer = one.check();
            drop(bar);
            if let Err(error) = answer {
                self.end(one, error.into());
            }
        }
        None
    }

    /// Looks for each submission where another one could be sent before its service shows that it cannot be asked. And an
    /// older report that is not there yet keeps a newer one from being handed in, unless that stands there already.
    fn look_first(&self, all: &mut [Candidate<'_>]) {
        let several = all.iter().filter(|one| one.is_open()).count() > 1;
        for one in all.iter_mut().filter(|one| one.is_open()) {
            let waits_for = self.waits_for.filter(|_| one.service.shows_the_last_only);
            if self.dry_run || !(several || waits_for.is_some()) {
                continue;
            }
            let found = one
                .ready
                .as_ref()
                .map_or(Ok(None), |ready| ready.look(&self.engine));
            match (found, waits_for) {
                (Err(error), _) => self.end(one, error.into()),
                (Ok(Some(receipt)), Some(_)) if receipt.state == State::Known => {
                    one.outcome.receipt = receipt;
                    one.ready = None;
                    one.is_over = true;
                }
                (Ok(_), Some(older)) => {
                    one.outcome.waits_for = Some(older.to_owned());
                    self.end(one, waiting(older));
                }
                (Ok(_), None) => {}
            }
        }
    }

    /// Holds all others back where one cannot be handed in. What a policy forgives, and what only waits, holds nothing back.
    fn hold_back(&self, all: &mut [Candidate<'_>]) {
        let obstacles: Vec<(ServiceName, ExitStatus)> = all
            .iter()
            .filter(|one| !one.outcome.forgiven && one.outcome.waits_for.is_none())
            .filter_map(|one| Some((one.outcome.service, one.outcome.failure.as_ref()?.status)))
            .collect();
        let worst = obstacles.iter().map(|(_, status)| *status).max();
        let (Some(worst), false) = (worst, self.dry_run) else {
            return;
        };
        let names: Vec<&str> = obstacles.iter().map(|(name, _)| name.title()).collect();
        for one in all.iter_mut().filter(|one| one.is_open()) {
            let failure = Failure::new(
                worst,
                format!(
                    "held back, because it cannot be submitted to {}; nothing was written",
                    names.join(" and ")
                ),
            )
            .hint("fix that, or name the services to submit to with `--service`");
            self.end(one, failure);
        }
    }
}

fn waiting(older: &str) -> Failure {
    Failure::new(
        ExitStatus::Refused,
        format!(
            "it waits for `{older}`, which is older, has a test of the same case and was not submitted; nothing was written"
        ),
    )
    .hint("run the same command again: it submits what is missing, the oldest first")
}
