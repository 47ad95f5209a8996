//! What became of each submission, for people and as JSON.

use serde_json::{Value, json};

use crate::cli::{ExitStatus, Failure};
use crate::model::ServiceName;
use crate::plan::{BuildKey, PlanProblem, Unmapped};
use crate::services::{Preview, Receipt, State};

/// What became of one submission to one service.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) service: ServiceName,
    pub(super) target: String,
    /// What `--key` takes on another machine.
    pub(super) key: Option<BuildKey>,
    pub(super) receipt: Receipt,
    pub(super) unmapped: Vec<Unmapped>,
    pub(super) problems: Vec<PlanProblem>,
    pub(super) preview: Option<Preview>,
    pub(super) failure: Option<Failure>,
    /// Why a failure does not count: the policy that says so.
    pub(super) forgiven: bool,
    /// The older report that has to be handed in before this one.
    pub(super) waits_for: Option<String>,
}

impl Outcome {
    /// Returns an outcome of which nothing is known yet.
    pub(super) fn new(service: ServiceName) -> Self {
        Self {
            service,
            target: String::new(),
            key: None,
            receipt: Receipt::new(State::Refused),
            unmapped: Vec::new(),
            problems: Vec::new(),
            preview: None,
            failure: None,
            forgiven: false,
            waits_for: None,
        }
    }

    /// Returns the exit code that this submission alone would have.
    pub(super) fn status(&self) -> ExitStatus {
        match (&self.failure, self.receipt.state) {
            _ if self.forgiven => ExitStatus::Done,
            (Some(failure), _) => failure.status,
            (None, State::Done | State::Accepted | State::Known | State::Planned) => {
                ExitStatus::Done
            }
            (None, State::Partial) => ExitStatus::Partial,
            (None, State::Uncertain) => ExitStatus::Uncertain,
            (None, State::Refused) => ExitStatus::Refused,
        }
    }

    /// Returns the exit code as it counts among several. What was left out or only planned neither stands there nor is missing.
    pub(super) fn weight(&self) -> Option<ExitStatus> {
        let is_nothing = match (self.forgiven, &self.failure, self.receipt.state) {
            (true, _, State::Refused) | (false, None, State::Planned) => true,
            (
                _,
                _,
                State::Done
                | State::Accepted
                | State::Known
                | State::Partial
                | State::Uncertain
                | State::Refused
                | State::Planned,
            ) => false,
        };
        (!is_nothing).then(|| self.status())
    }

    /// Returns what became of it, in words.
    pub(super) fn state(&self) -> &'static str {
        match self.receipt.state {
            State::Done if self.receipt.counts.is_empty() && self.receipt.ids.is_empty() => {
                "nothing to submit"
            }
            State::Done => "submitted and confirmed",
            State::Accepted => "accepted, not waited for",
            State::Known => "already submitted, nothing to do",
            State::Partial => "partly submitted",
            State::Uncertain => "uncertain",
            State::Refused if self.forgiven => "skipped",
            State::Refused => "nothing was written",
            State::Planned => "dry run, nothing was written",
        }
    }

    /// Returns the outcome as `--json` shows it.
    pub(super) fn json(&self) -> Value {
        let ids: Vec<Value> = self
            .receipt
            .ids
            .iter()
            .map(|id| json!({"kind": id.kind, "id": id.id}))
            .collect();
        let unmapped: Vec<&str> = self.unmapped.iter().map(|it| it.test.as_str()).collect();
        let warnings: Vec<Value> = self
            .receipt
            .warnings
            .iter()
            .map(|message| json!({"message": message}))
            .collect();
        json!({
            "service": self.service,
            "target": self.target.trim_end(),
            "key": self.key.as_ref().map(BuildKey::as_str),
            "state": self.receipt.state,
            "ids": ids,
            "url": self.receipt.url,
            "counts": self.receipt.counts,
            "missing": self.receipt.missing,
            "different": self.receipt.different,
            "repeat": self.receipt.repeat,
            "unmapped": unmapped,
            "problems": self.problems,
            "warnings": warnings,
            "waits_for": self.waits_for,
            "planned": self.preview.as_ref().map(preview),
            "error": self.failure.as_ref().map(Failure::json),
        })
    }
}

fn preview(preview: &Preview) -> Value {
    let results: Vec<Value> = preview
        .results
        .iter()
        .map(|line| json!({"test": line.test, "place": line.place, "outcome": line.outcome}))
        .collect();
    json!({"writes": preview.writes, "results": results, "requests": preview.requests})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_or_only_planned_makes_no_mixture_of_a_refusal() {
        let refused = || Outcome {
            failure: Some(Failure::new(ExitStatus::Refused, "no")),
            ..Outcome::new(ServiceName::Azure)
        };
        let left_out = Outcome {
            forgiven: true,
            ..refused()
        };
        let planned = Outcome {
            receipt: Receipt::new(State::Planned),
            ..Outcome::new(ServiceName::Qtest)
        };
        let written = Outcome {
            forgiven: true,
            receipt: Receipt::new(State::Partial),
            ..refused()
        };
        let of = |outcomes: &[&Outcome]| {
            let weights: Vec<ExitStatus> = outcomes.iter().filter_map(|it| it.weight()).collect();
            ExitStatus::worst(&weights)
        };
        assert_eq!(of(&[&left_out]), ExitStatus::Done);
        assert_eq!(of(&[&left_out, &planned, &refused()]), ExitStatus::Refused);
        assert_eq!(of(&[&written, &refused()]), ExitStatus::Partial);
    }
}
