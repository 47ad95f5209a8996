//! A submission that is checked and waits until all others are: whatever its service is.

use super::outcome::{Outcome, Several};
use crate::cli::Failure;
use crate::cli::connect::Service;
use crate::plan::{SubmissionKey, SubmissionPlan};
use crate::services::{ServiceError, Submission};

/// One submission on its way to one service.
pub(super) struct Candidate<'s> {
    pub(super) service: &'s Service,
    plan: Option<SubmissionPlan>,
    pub(super) outcome: Outcome,
    /// What is to be sent, once it is checked.
    pub(super) ready: Option<Box<dyn Submission + 's>>,
    /// Whether it came to its end without being sent.
    pub(super) is_over: bool,
    /// Which attempt of `--again` it is checked as.
    pub(super) attempt: Option<SubmissionKey>,
    /// What keeps it from being sent, found before its service was asked: told with all else that is found.
    pub(super) obstacle: Option<Failure>,
    /// The tests with more than one case.
    pub(super) several: Several,
}

impl<'s> Candidate<'s> {
    pub(super) fn new(service: &'s Service, plan: SubmissionPlan, outcome: Outcome) -> Self {
        Self {
            service,
            plan: Some(plan),
            outcome,
            ready: None,
            is_over: false,
            attempt: None,
            obstacle: None,
            several: Several::new(),
        }
    }

    /// Returns a submission that came to its end before there was a plan.
    pub(super) fn ended(service: &'s Service, outcome: Outcome) -> Self {
        Self {
            service,
            plan: None,
            outcome,
            ready: None,
            is_over: true,
            attempt: None,
            obstacle: None,
            several: Several::new(),
        }
    }

    /// Returns whether it still is to be sent.
    pub(super) fn is_open(&self) -> bool {
        !self.is_over
    }

    /// Returns the key under which it was planned, whatever it is checked under.
    pub(super) fn planned_key(&self) -> Option<&SubmissionKey> {
        self.plan.as_ref().map(|plan| &plan.key)
    }

    /// Holds it against its service. Reads only.
    pub(super) fn check(&mut self) -> Result<(), ServiceError> {
        if let Some(plan) = self.plan.take() {
            self.ready = Some(self.service.check(plan)?);
        }
        Ok(())
    }

    /// The same as a further attempt; the plan stays, so that yet another may be tried.
    pub(super) fn check_again(&mut self, number: u32) -> Result<(), ServiceError> {
        if let Some(plan) = &self.plan {
            let plan = plan.again(number);
            self.outcome.key = Some(plan.identity.build.clone());
            self.attempt = Some(plan.key.clone());
            self.ready = Some(self.service.check(plan)?);
        }
        Ok(())
    }
}
