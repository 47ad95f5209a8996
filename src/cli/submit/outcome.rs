//! What became of each submission, for people and as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::{ExitStatus, Failure};
use crate::model::{ServiceName, TestKey};
use crate::plan::{BuildKey, PlanProblem, ProblemKind, Unmapped};
use crate::services::{Preview, Receipt, State};
use crate::ui::counted;

/// What became of one submission to one service.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) service: ServiceName,
    pub(super) target: String,
    /// The target as people read it, where the service has said its name.
    pub(super) place: Option<String>,
    /// What `--key` takes on another machine.
    pub(super) key: Option<BuildKey>,
    pub(super) receipt: Receipt,
    pub(super) unmapped: Vec<Unmapped>,
    /// How many tests are not submitted, and why.
    pub(super) left_out: LeftOut,
    pub(super) problems: Vec<PlanProblem>,
    pub(super) preview: Option<Preview>,
    pub(super) failure: Option<Failure>,
    /// Why a failure does not count: the policy that says so.
    pub(super) forgiven: bool,
    /// Whether a policy wants the failure to be passed over in silence.
    pub(super) is_untold: bool,
    /// The older report that has to be handed in before this one.
    pub(super) waits_for: Option<String>,
}

impl Outcome {
    /// Returns an outcome of which nothing is known yet.
    pub(super) fn new(service: ServiceName) -> Self {
        Self {
            service,
            target: String::new(),
            place: None,
            key: None,
            receipt: Receipt::new(State::Refused),
            unmapped: Vec::new(),
            left_out: LeftOut::default(),
            problems: Vec::new(),
            preview: None,
            failure: None,
            forgiven: false,
            is_untold: false,
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
    pub(super) fn status_among_several(&self) -> Option<ExitStatus> {
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

    /// Returns the state in words.
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

    /// Describes how many tests were not submitted, and why. Empty if nothing was written at all: that is said elsewhere.
    pub(super) fn not_submitted(&self) -> String {
        match self.receipt.state {
            State::Refused => String::new(),
            State::Planned => self.left_out.words("would not be submitted"),
            State::Done | State::Accepted | State::Known | State::Partial | State::Uncertain => {
                self.left_out.words("not submitted")
            }
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

/// Why a test is not submitted, in the order in which it is told.
const REASONS: [&str; 6] = [
    "without a case",
    "with a missing case",
    "not where results go",
    "with several places",
    "with another problem",
    "skipped",
];

/// How many tests a submission leaves out, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LeftOut([u64; REASONS.len()]);

impl LeftOut {
    fn add(&mut self, reason: usize, count: u64) {
        if let Some(sum) = self.0.get_mut(reason) {
            *sum += count;
        }
    }

    /// Adds tests that no case is known for.
    pub(super) fn add_unmapped(&mut self, count: usize) {
        self.add(0, count as u64);
    }

    /// Adds skipped tests that the settings leave out.
    pub(super) fn add_skipped(&mut self, count: usize) {
        self.add(5, count as u64);
    }

    /// Adds the tests that the service cannot take. One with `several` cases, of which it takes some, is not left out.
    pub(super) fn add_problems(&mut self, problems: &[PlanProblem], several: &Several) {
        let mut tests: BTreeMap<&TestKey, (ProblemKind, usize)> = BTreeMap::new();
        for problem in problems {
            if let Some(test) = &problem.test {
                tests.entry(test).or_insert((problem.kind, 0)).1 += 1;
            }
        }
        for (test, (kind, cases)) in tests {
            let all = several.iter().find(|(known, _)| known == test);
            if all.is_some_and(|(_, all)| cases < *all) {
                continue;
            }
            let reason = match kind {
                ProblemKind::Unmapped => 0,
                ProblemKind::MissingCase | ProblemKind::NotATestCase => 1,
                ProblemKind::NotInPlan => 2,
                ProblemKind::Ambiguous => 3,
                ProblemKind::NotReady
                | ProblemKind::Setting
                | ProblemKind::Vanished
                | ProblemKind::NotChecked => 4,
            };
            self.add(reason, 1);
        }
    }

    /// Adds what another submission leaves out.
    pub(super) fn join(&mut self, other: &Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }

    /// Returns it in words if there is anything: `; 3 tests not submitted: 2 without a case, 1 skipped`.
    pub(super) fn words(&self, verb: &str) -> String {
        let each = self.0.iter().zip(REASONS).filter(|(count, _)| **count > 0);
        let each: Vec<String> = each.map(|(count, why)| format!("{count} {why}")).collect();
        let all = counted(self.0.iter().sum(), "test");
        if each.is_empty() {
            String::new()
        } else {
            format!("; {all} {verb}: {}", each.join(", "))
        }
    }
}

/// The tests that have more than one case, and how many.
pub(super) type Several = Vec<(TestKey, usize)>;

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
            let weights: Vec<ExitStatus> = outcomes
                .iter()
                .filter_map(|it| it.status_among_several())
                .collect();
            ExitStatus::worst(&weights)
        };
        assert_eq!(of(&[&left_out]), ExitStatus::Done);
        assert_eq!(of(&[&left_out, &planned, &refused()]), ExitStatus::Refused);
        assert_eq!(of(&[&written, &refused()]), ExitStatus::Partial);
    }
}
