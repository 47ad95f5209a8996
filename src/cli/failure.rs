//! Library errors become what the user sees: a sentence, a next step, an exit code. The one place where that is decided.

use serde_json::{Value, json};

use super::ExitStatus;
use crate::model::ServiceName;
use crate::services::{SendError, ServiceError, State};
use crate::transport::{Delivery, Problem, TransportError};
use crate::ui::Ui;

/// A command that did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub status: ExitStatus,
    /// What happened and what was not done.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// What led to it, nearest first.
    pub causes: Vec<String>,
}

impl Failure {
    /// Returns a failure with a message.
    pub fn new(status: ExitStatus, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            hint: None,
            causes: Vec::new(),
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Takes back the advice to list what there is: this command does, and names nothing.
    #[must_use]
    pub(super) fn of_list(self) -> Self {
        match self.hint.as_deref() {
            Some(NOT_FOUND) => self.hint(
                "is the address right, with the organisation or the folder that belongs to it?",
            ),
            Some(_) | None => self,
        }
    }

    /// Names the service in a hint that was written without knowing it.
    #[must_use]
    pub fn of_service(mut self, service: ServiceName) -> Self {
        let hint = self.hint.as_mut();
        if let Some(hint) = hint.filter(|hint| hint.contains(SERVICE)) {
            *hint = hint.replace(SERVICE, service.word());
        }
        self
    }

    /// Has the sentence end with what its exit code promises: of a long log people read the end.
    #[must_use]
    pub(super) fn of_nothing_written(mut self) -> Self {
        let promises = [
            ExitStatus::NothingToSubmit,
            ExitStatus::Authentication,
            ExitStatus::Unverified,
            ExitStatus::Refused,
        ];
        if promises.contains(&self.status) && !self.message.contains("; nothing was ") {
            self.message.push_str("; nothing was written");
        }
        self
    }

    /// Names what led to it.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds another thing that is wrong: both are told at once, the first decides the exit code.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.causes.push(other.message);
        self.causes.extend(other.causes);
        self.hint = match (self.hint, other.hint) {
            (Some(one), Some(two)) if one != two => Some(format!("{one}; {two}")),
            (one, two) => one.or(two),
        };
        self
    }

    /// Shows the failure on standard error. The sentence and the next step are the last two lines, whatever led to it stands before them: of
    /// a long log people read the end.
    pub(super) fn show(&self, ui: &Ui) {
        if !self.causes.is_empty() {
            ui.cause_heading();
            self.details(|cause| ui.cause(cause));
        }
        ui.error(&self.message);
        self.hint.iter().for_each(|hint| ui.hint(hint));
    }

    /// Shows what stops nothing: the sentence, and what it is about. Silent with `--quiet`.
    pub(super) fn warn(&self, ui: &Ui) {
        ui.warning(&self.message);
        self.details(|cause| ui.detail(cause));
        self.hint.iter().for_each(|hint| ui.advice(hint));
    }

    /// Passes on what led to it: not all of hundreds, and always the last, which is the submission's key.
    pub(super) fn details(&self, mut show: impl FnMut(&str)) {
        const SHOWN: usize = 20;
        let more = self.causes.len().saturating_sub(SHOWN + 1);
        for (index, cause) in self.causes.iter().enumerate() {
            if more == 0 || index < SHOWN || index + 1 == self.causes.len() {
                show(cause);
            } else if index == SHOWN {
                show(&format!("and {more} more"));
            }
        }
    }

    /// Returns the failure as `--json` shows it.
    pub fn json(&self) -> Value {
        json!({"kind": self.status.word(), "message": self.message, "hint": self.hint, "causes": self.causes})
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        let status = match &error {
            ServiceError::Transport(error) => return error.clone().into(),
            ServiceError::Setting { .. } | ServiceError::Conflict { .. } => ExitStatus::Unverified,
            ServiceError::Declined { .. } => ExitStatus::Refused,
            ServiceError::Local { .. } => ExitStatus::Failed,
        };
        Self {
            hint: error.advice().map(ToOwned::to_owned),
            ..Self::new(status, error.to_string())
        }
    }
}

/// A request that failed. A write whose end is not known leaves it open what stands there.
impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        let message = match &error.credential {
            // That there is none is what happened; that the service says so is why it matters.
            Some(none) if none.is_none => none.name.clone(),
            Some(_) | None => error.to_string(),
        };
        let failure = Self::new(status_of(&error), message);
        let failure = match hint_for(&error) {
            _ if error.delivery == Delivery::Unknown => failure
                .cause(UNCONFIRMED)
                .hint("run the same command again: it looks first whether it is there"),
            Some(hint) => failure.hint(hint),
            None => failure,
        };
        match &error.trace {
            Some(trace) => failure.cause(format!("request ID: {trace}")),
            None => failure,
        }
    }
}

/// A submission that ended early: what stands there decides the code, not what went wrong.
impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        let (state, repeat) = (error.receipt.state, error.receipt.repeat);
        // Where the service's own advice says more than to come back, it stays.
        let own = error.cause.advice().map(ToOwned::to_owned);
        let mut failure = Self::from(error.cause);
        match state {
            State::Uncertain => {
                failure.status = ExitStatus::Uncertain;
                if !failure.causes.iter().any(|cause| cause == UNCONFIRMED) {
                    failure.causes.insert(0, UNCONFIRMED.to_owned());
                }
                failure.hint = own.or_else(|| Some(again("completes what is missing")));
            }
            State::Partial => {
                failure.status = ExitStatus::Partial;
                failure
                    .causes
                    .insert(0, "partly submitted; the rest is missing".to_owned());
                failure.hint = own.or_else(|| Some(completed(repeat, failure.hint.take())));
            }
            State::Done | State::Accepted | State::Known | State::Refused | State::Planned => {}
        }
        failure
    }
}

const UNCONFIRMED: &str = "something may have been written, and could not be confirmed";

/// Describes how to submit the rest: by the same command alone, or after something else is changed.
fn completed(repeat: bool, own: Option<String>) -> String {
    match (repeat, own) {
        (true, _) => again("completes the rest"),
        (false, Some(hint)) => {
            format!("{hint}; then run the same command again: it completes the rest")
        }
        (false, None) => {
            "once what it says is fixed, run the same command again: it completes the rest"
                .to_owned()
        }
    }
}

fn again(effect: &str) -> String {
    format!("run the same command again: it looks at what the service holds, and {effect}")
}

fn status_of(error: &TransportError) -> ExitStatus {
    match &error.problem {
        _ if error.delivery == Delivery::Unknown => ExitStatus::Uncertain,
        Problem::SignIn | Problem::Status { status: 401, .. } | Problem::Credential(_) => {
            ExitStatus::Authentication
        }
        Problem::Interrupted => ExitStatus::Interrupted,
        Problem::Setup(_) => ExitStatus::Usage,
        Problem::ReadOnly => ExitStatus::Failed,
        Problem::Connect(_)
        | Problem::Certificate(_)
        | Problem::Proxy(_)
        | Problem::Cut(_)
        | Problem::TimedOut
        | Problem::Status { .. }
        | Problem::NotJson { .. }
        | Problem::Shape(_)
        | Problem::Deadline => ExitStatus::Refused,
    }
}

/// Stands for the word of a service where an error does not know it.
const SERVICE: &str = "SERVICE";

const NOT_FOUND: &str =
    "is the name right, and may this account see it? `handin projects SERVICE` lists what there is";

fn hint_for(error: &TransportError) -> Option<&str> {
    if let Some(credential) = &error.credential {
        return Some(&credential.advice);
    }
    match &error.problem {
        Problem::Credential(why) => why.hint.as_deref(),
        Problem::SignIn | Problem::Status { status: 401, .. } => Some(
            "the token may have expired: create a new one, and store it with `handin login SERVICE` or set it in the environment",
        ),
        Problem::Status { status: 403, .. } => Some(
            "the credential works and may not do this: look at the token's scopes and the account's permissions",
        ),
        Problem::Status { status: 404, .. } => Some(NOT_FOUND),
        Problem::Certificate(_) => {
            Some("behind a company's own certificate authority, name its file with `--ca-file`")
        }
        Problem::NotJson { .. } => {
            Some("is the address right, and is a proxy or a portal in between?")
        }
        Problem::Connect(_) => Some(
            "check the address, and `HTTPS_PROXY` or `--proxy` behind a proxy; if the service is down, run the same command later",
        ),
        Problem::Deadline => Some("give more time with `--timeout`"),
        Problem::Shape(_) => Some(
            "please report this, with the output of `-vv`: the service answered otherwise than it is documented",
        ),
        Problem::Proxy(_)
        | Problem::Cut(_)
        | Problem::TimedOut
        | Problem::Status { .. }
        | Problem::Interrupted
        | Problem::ReadOnly
        | Problem::Setup(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_whose_end_is_not_known_is_uncertain_whatever_went_wrong() {
        for problem in [
            Problem::TimedOut,
            Problem::Interrupted,
            Problem::Deadline,
            Problem::Cut("closed".to_owned()),
        ] {
            let error = |delivery| TransportError {
                purpose: "the project".to_owned(),
                request: "POST https://testops.example/projects".to_owned(),
                delivery,
                problem: problem.clone(),
                trace: None,
                credential: None,
            };
            let failure = Failure::from(error(Delivery::Unknown));
            assert_eq!(failure.status, ExitStatus::Uncertain, "{problem:?}");
            assert_ne!(
                Failure::from(error(Delivery::NotSent)).status,
                ExitStatus::Uncertain,
                "{problem:?}"
            );
        }
    }

    #[test]
    fn the_hint_of_what_is_not_found_names_the_service() {
        let problem = Problem::Status {
            status: 404,
            message: String::new(),
            code: None,
            retry_after: None,
        };
        let failure = Failure::from(TransportError::unsent("the project", problem));
        let hint = failure.of_service(ServiceName::Azure).hint.unwrap();
        assert!(hint.contains("`handin projects azure`"), "{hint}");
    }
}
