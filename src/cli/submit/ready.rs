//! A submission that is checked and waits until all others are: whatever its service is.

use super::outcome::Outcome;
use crate::cli::Failure;
use crate::cli::connect::Service;
use crate::plan::{PlanProblem, SubmissionKey, SubmissionPlan};
use crate::services::engine::Engine;
use crate::services::{Checked as _, Preview, Receipt, SendError, ServiceError, Submitter};

/// A plan that its service can take.
pub(super) trait Ready {
    /// What stands in the way, test by test.
    fn problems(&self) -> &[PlanProblem];
    /// What would be written.
    fn preview(&self) -> Preview;
    /// Tells whether tests with a problem are left out of it.
    fn leaves_out(&self) -> bool;
    /// Tells whether problems have left nothing to hand in.
    fn is_void(&self) -> bool;
    /// Looks how it stands: nothing where nothing of it is there. Reads only.
    fn look(&self, engine: &Engine<'_>) -> Result<Option<Receipt>, ServiceError>;
    /// Writes what is not there yet.
    fn carry_out(&self, engine: &Engine<'_>) -> Result<Receipt, SendError>;
}

struct CheckedBy<'s, S: Submitter> {
    service: &'s S,
    plan: S::Plan,
}

impl<S: Submitter> Ready for CheckedBy<'_, S> {
    fn problems(&self) -> &[PlanProblem] {
        self.plan.problems()
    }

    fn preview(&self) -> Preview {
        self.plan.preview()
    }

    fn leaves_out(&self) -> bool {
        self.plan.leaves_out()
    }

    fn is_void(&self) -> bool {
        self.plan.is_void()
    }

    fn look(&self, engine: &Engine<'_>) -> Result<Option<Receipt>, ServiceError> {
        self.service.look(&self.plan, engine)
    }

    fn carry_out(&self, engine: &Engine<'_>) -> Result<Receipt, SendError> {
        self.service.carry_out(&self.plan, engine)
    }
}

/// One submission on its way to one service.
pub(super) struct Candidate<'s> {
    pub(super) service: &'s Service,
    plan: Option<SubmissionPlan>,
    pub(super) outcome: Outcome,
    /// What is to be sent, once it is checked.
    pub(super) ready: Option<Box<dyn Ready + 's>>,
    /// Whether it came to its end without being sent.
    pub(super) is_over: bool,
    /// Which attempt of `--again` it is checked as.
    pub(super) attempt: Option<SubmissionKey>,
    /// What keeps it from being sent, found before its service was asked: told with all else that is found.
    pub(super) obstacle: Option<Failure>,
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
        }
    }

    /// Tells whether it still is to be sent.
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
            self.ready = Some(checked(self.service, plan)?);
        }
        Ok(())
    }

    /// The same as a further attempt; the plan stays, so that yet another may be tried.
    pub(super) fn check_again(&mut self, number: u32) -> Result<(), ServiceError> {
        if let Some(plan) = &self.plan {
            let plan = plan.again(number);
            self.outcome.key = Some(plan.identity.build.clone());
            self.attempt = Some(plan.key.clone());
            self.ready = Some(checked(self.service, plan)?);
        }
        Ok(())
    }
}

fn checked<'s>(
    service: &'s Service,
    plan: SubmissionPlan,
) -> Result<Box<dyn Ready + 's>, ServiceError> {
    match service {
        Service::Azure(azure, _) => by(&**azure, plan),
        Service::Katalon(katalon, _) => by(&**katalon, plan),
        Service::Qtest(qtest, _) => by(&**qtest, plan),
    }
}

fn by<'s, S: Submitter>(
    service: &'s S,
    plan: SubmissionPlan,
) -> Result<Box<dyn Ready + 's>, ServiceError>
where
    S::Plan: 's,
{
    let plan = service.check(plan)?;
    Ok(Box::new(CheckedBy { service, plan }))
}
