//! What can be handed in.

use std::any::Any;
use std::fmt;

use super::engine::Engine;
use super::{Catalog, Prober, Receipt, ServiceError, State};
#[cfg(test)]
use crate::journal::Journal;
use crate::journal::JournalError;
use crate::plan::{PlanProblem, SubmissionKey, SubmissionPlan};
use crate::transport::TransportError;

/// Hands results in: look, plan, write once, confirm.
pub trait Submitter: Catalog + Prober {
    /// A plan that the service can take, with everything looked up that writing needs.
    type Plan: Checked;

    /// Returns the text that tells the target from all others.
    fn identity(&self) -> String;

    /// Holds a plan against the service. Reads only.
    ///
    /// # Errors
    ///
    /// When the service cannot be asked, or a setting does not fit. What is wrong with single tests is in
    /// [`Checked::problems`].
    fn check(&self, plan: SubmissionPlan) -> Result<Self::Plan, ServiceError>;

    /// Carries the submission out: writes what is not there yet, and reads back what stands there. It may be called again after anything.
    ///
    /// # Errors
    ///
    /// When it could not be brought to its end; the error says what may stand there.
    fn carry_out(&self, plan: &Self::Plan, engine: &Engine<'_>) -> Result<Receipt, SendError>;

    /// Looks how the submission stands: nothing where nothing of it is there. Reads only, and needs no journal.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn look(&self, plan: &Self::Plan, engine: &Engine<'_>)
    -> Result<Option<Receipt>, ServiceError>;

    /// Carries it out in a process that has nothing else to do.
    #[cfg(test)]
    fn send(
        &self,
        plan: &Self::Plan,
        journal: &Journal,
        progress: &dyn Progress,
    ) -> Result<Receipt, SendError> {
        let (registry, locks) = (
            super::engine::Registry::default(),
            super::engine::SubmissionLocks::default(),
        );
        let engine = Engine {
            journal,
            progress,
            registry: &registry,
            locks: &locks,
        };
        self.carry_out(plan, &engine)
    }

    /// Looks without a journal.
    #[cfg(test)]
    fn find(&self, plan: &Self::Plan) -> Result<Option<Receipt>, ServiceError> {
        let (registry, locks) = (
            super::engine::Registry::default(),
            super::engine::SubmissionLocks::default(),
        );
        let engine = Engine {
            journal: &Journal::absent(),
            progress: &Silent,
            registry: &registry,
            locks: &locks,
        };
        self.look(plan, &engine)
    }
}

/// What can be asked of a checked plan without knowing the service.
pub trait Checked {
    /// The name of the submission.
    fn key(&self) -> &SubmissionKey;

    /// What stands in the way, test by test. Policies decide whether that stops the submission.
    fn problems(&self) -> &[PlanProblem];

    /// What would be written, for people and for `--dry-run`.
    fn preview(&self) -> Preview;

    /// Returns where its results go, for people, where the settings have only a pattern of that.
    fn place(&self) -> Option<String> {
        None
    }

    /// Returns the names of the project and of the places inside it, where the settings may have ids alone. An empty name of a project is
    /// as the settings have it.
    fn place_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns whether tests with a problem are left out of what would be written, so that a policy may let the others through.
    fn leaves_out(&self) -> bool {
        false
    }

    /// Returns whether problems have left nothing to hand in.
    fn is_void(&self) -> bool {
        false
    }

    /// Returns how many skipped tests are left out, because the settings say so.
    fn omitted(&self) -> usize {
        0
    }
}

/// A service that can be handed results, whatever it is: what the command line sees.
pub trait Service: fmt::Debug + Send + Sync {
    /// Returns the catalog.
    fn catalog(&self) -> &dyn Catalog;

    /// Returns the text that tells the target from all others.
    fn identity(&self) -> String;

    /// Holds a plan against the service. Reads only.
    ///
    /// # Errors
    ///
    /// As [`Submitter::check`].
    fn check_plan<'s>(
        &'s self,
        plan: SubmissionPlan,
    ) -> Result<Box<dyn Submission + 's>, ServiceError>;

    /// Returns the service as what it is, for commands that only one has.
    fn as_any(&self) -> &dyn Any;

    /// Returns the service as one that can be asked by experiment what is assumed of it.
    fn as_prober(&self) -> &dyn Prober;
}

/// A submission that its service can take.
pub trait Submission {
    /// What stands in the way, test by test.
    fn problems(&self) -> &[PlanProblem];
    /// What would be written.
    fn preview(&self) -> Preview;
    /// Returns where its results go, where the settings have only a pattern of that.
    fn place(&self) -> Option<String>;
    /// Returns the names of the project and of the places inside it, where the settings may have ids alone.
    fn place_names(&self) -> Vec<String>;
    /// Returns whether tests with a problem are left out of it.
    fn leaves_out(&self) -> bool;
    /// Returns whether problems have left nothing to submit.
    fn is_void(&self) -> bool;
    /// Returns how many skipped tests are left out, because the settings say so.
    fn omitted(&self) -> usize;

    /// Looks how it stands: nothing where nothing of it is there. Reads only.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn look(&self, engine: &Engine<'_>) -> Result<Option<Receipt>, ServiceError>;

    /// Writes what is not there yet.
    ///
    /// # Errors
    ///
    /// When it could not be brought to its end; the error says what may stand there.
    fn carry_out(&self, engine: &Engine<'_>) -> Result<Receipt, SendError>;
}

impl<S: Submitter + fmt::Debug + Send + Sync + 'static> Service for S {
    fn catalog(&self) -> &dyn Catalog {
        self
    }

    fn identity(&self) -> String {
        Submitter::identity(self)
    }

    fn check_plan<'s>(
        &'s self,
        plan: SubmissionPlan,
    ) -> Result<Box<dyn Submission + 's>, ServiceError> {
        let plan = self.check(plan)?;
        Ok(Box::new(CheckedBy {
            service: self,
            plan,
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_prober(&self) -> &dyn Prober {
        self
    }
}

struct CheckedBy<'s, S: Submitter> {
    service: &'s S,
    plan: S::Plan,
}

impl<S: Submitter> Submission for CheckedBy<'_, S> {
    fn problems(&self) -> &[PlanProblem] {
        self.plan.problems()
    }

    fn preview(&self) -> Preview {
        self.plan.preview()
    }

    fn place(&self) -> Option<String> {
        self.plan.place()
    }

    fn place_names(&self) -> Vec<String> {
        self.plan.place_names()
    }

    fn leaves_out(&self) -> bool {
        self.plan.leaves_out()
    }

    fn is_void(&self) -> bool {
        self.plan.is_void()
    }

    fn omitted(&self) -> usize {
        self.plan.omitted()
    }

    fn look(&self, engine: &Engine<'_>) -> Result<Option<Receipt>, ServiceError> {
        self.service.look(&self.plan, engine)
    }

    fn carry_out(&self, engine: &Engine<'_>) -> Result<Receipt, SendError> {
        self.service.carry_out(&self.plan, engine)
    }
}

/// What would be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// One sentence a write, in order: "create the run `Regression #12` with 14 points".
    pub writes: Vec<String>,
    /// One line a result.
    pub results: Vec<PreviewLine>,
    /// About how many requests it takes, where that can be told before.
    pub requests: Option<u64>,
}

/// One result that would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewLine {
    /// The test or tests, by name.
    pub test: String,
    /// Where it goes, in the service's words.
    pub place: String,
    /// The outcome in the service's words.
    pub outcome: String,
}

/// Is told how far things are.
pub trait Progress: Sync {
    /// Begins a stage of `total` steps (0 where that is not known).
    fn stage(&self, name: &str, total: u64);
    /// Reports that `steps` more are done.
    fn advance(&self, steps: u64);
    /// Reports something worth a line.
    fn note(&self, text: &str);
}

/// A [`Progress`] that nobody looks at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _total: u64) {}
    fn advance(&self, _steps: u64) {}
    fn note(&self, _text: &str) {}
}

/// A submission that did not come to its end.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct SendError {
    /// What is known to stand there. Its state is [`State::Refused`], [`State::Partial`] or [`State::Uncertain`].
    pub receipt: Box<Receipt>,
    /// Why it ended.
    pub cause: ServiceError,
}

impl SendError {
    /// Returns the error for a failure before the first write of this submission: nothing stands there.
    pub fn before_writing(cause: impl Into<ServiceError>) -> Self {
        Self {
            receipt: Box::new(Receipt::new(State::Refused)),
            cause: cause.into(),
        }
    }
}

impl From<JournalError> for ServiceError {
    fn from(error: JournalError) -> Self {
        if let Some(stop) = error.stop() {
            return TransportError::unsent("waiting for the journal", stop.into()).into();
        }
        let way_out = if error.is_full() {
            "make room where it is kept"
        } else {
            "make its folder writable"
        };
        Self::local(format!(
            "{error}; nothing is sent that is not recorded there"
        ))
        .hint(format!(
            "{way_out}, or name another file with `--journal`; then run the same command again"
        ))
    }
}
