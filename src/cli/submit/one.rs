//! One submission to one service: check, then write or tell what would be written.

use super::outcome::Outcome;
use crate::cli::connect::Service;
use crate::cli::{Context, ExitStatus, Failure};
use crate::journal::Journal;
use crate::plan::{PlanProblem, ProblemKind, SubmissionPlan};
use crate::services::{Checked as _, Progress, Receipt, Silent, State, Submitter};
use crate::settings::{Policy, Reaction};
use crate::ui::{counted, plain};

/// What a submission is done with.
pub(super) struct Desk<'a> {
    pub(super) context: &'a Context,
    pub(super) policy: &'a Policy,
    pub(super) journal: &'a Journal,
    pub(super) dry_run: bool,
    /// Whether this is a submission of its own every time: the same command would not find it again.
    pub(super) again: bool,
    /// Whether many submissions are made at once: then what happens to each is told by whoever makes them.
    pub(super) is_one_of_many: bool,
}

impl Desk<'_> {
    /// Hands a plan in to a service.
    pub(super) fn submit(&self, service: &Service, plan: SubmissionPlan) -> Outcome {
        let mut outcome = Outcome::new(plan.service);
        outcome.target = service.identity();
        outcome.key = Some(plan.key.clone());
        outcome.unmapped.clone_from(&plan.unmapped);
        let answer = self
            .unmapped(&plan, &mut outcome)
            .and_then(|()| match service {
                Service::Azure(azure, _) => self.with(&**azure, plan, &mut outcome),
                Service::Katalon(katalon, _) => self.with(&**katalon, plan, &mut outcome),
                Service::Qtest(qtest, _) => self.with(&**qtest, plan, &mut outcome),
            });
        if let Err(failure) = answer {
            self.fail(&mut outcome, failure);
        }
        outcome
    }

    /// Applies the policy for tests without a case. With none at all there is nothing to hand in.
    fn unmapped(&self, plan: &SubmissionPlan, outcome: &mut Outcome) -> Result<(), Failure> {
        if plan.unmapped.is_empty() {
            return Ok(());
        }
        let names = names(plan);
        let count = counted(plan.unmapped.len() as u64, "test");
        if plan.results.is_empty() {
            return Err(Failure::new(
                ExitStatus::Unverified,
                format!("none of the {} tests has a case on {}; nothing was written", plan.tally.tests, plan.service.title()),
            )
            .cause(names)
            .hint("map them with `handin map set` or `handin map suggest`, or put a `TestCaseId` property into the report"));
        }
        let message = format!(
            "{count} without a case on {}: {names}",
            plan.service.title()
        );
        self.react(
            self.policy.on_unmapped,
            || {
                Failure::new(
                    ExitStatus::Unverified,
                    format!("{message}; nothing was written"),
                )
                .hint("map them, or allow it with `--on-unmapped warn`")
            },
            || format!("{message}; not handed in"),
            outcome,
        )
    }

    fn with<S: Submitter>(
        &self,
        service: &S,
        plan: SubmissionPlan,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let checked = service.check(plan)?;
        outcome.problems = checked.problems().to_vec();
        self.problems(outcome)?;
        if self.dry_run {
            outcome.preview = Some(checked.preview());
            outcome.receipt = Receipt::new(State::Planned);
            return Ok(());
        }
        let bar = self.context.ui.progress();
        let progress: &dyn Progress = if self.is_one_of_many { &Silent } else { &bar };
        match service.send(&checked, self.journal, progress) {
            Ok(receipt) => {
                let warnings = std::mem::take(&mut outcome.receipt.warnings);
                outcome.receipt = receipt;
                outcome.receipt.warnings.splice(0..0, warnings);
                judge(outcome)
            }
            Err(error) => {
                let warnings = std::mem::take(&mut outcome.receipt.warnings);
                outcome.receipt = (*error.receipt).clone();
                outcome.receipt.warnings.splice(0..0, warnings);
                Err(error.into())
            }
        }
    }

    /// What is wrong with single tests stops everything, unless the policy lets the others through.
    fn problems(&self, outcome: &mut Outcome) -> Result<(), Failure> {
        let problems: Vec<PlanProblem> = outcome
            .problems
            .iter()
            .filter(|problem| !problem.kind.is_notice())
            .cloned()
            .collect();
        let (ambiguous, wrong): (Vec<PlanProblem>, Vec<PlanProblem>) = problems
            .into_iter()
            .partition(|problem| problem.kind == ProblemKind::Ambiguous);
        for (some, reaction, flag) in [
            (wrong, Reaction::Fail, None),
            (
                ambiguous,
                self.policy.on_ambiguous,
                Some("--on-ambiguous warn"),
            ),
        ] {
            let Some(first) = some.first() else { continue };
            let message = format!("{} cannot be handed in", counted(some.len() as u64, "test"));
            self.react(
                reaction,
                || {
                    let failure = Failure::new(
                        ExitStatus::Unverified,
                        format!("{message}; nothing was written"),
                    );
                    let failure = some
                        .iter()
                        .fold(failure, |failure, problem| failure.cause(line(problem)));
                    let hint = first
                        .hint
                        .clone()
                        .or_else(|| flag.map(|flag| format!("leave them out with `{flag}`")));
                    Failure { hint, ..failure }
                },
                || {
                    format!(
                        "{message}: {}",
                        some.iter().map(line).collect::<Vec<_>>().join("; ")
                    )
                },
                outcome,
            )?;
        }
        Ok(())
    }

    fn react(
        &self,
        reaction: Reaction,
        failure: impl FnOnce() -> Failure,
        warning: impl FnOnce() -> String,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        match reaction {
            Reaction::Fail => Err(failure()),
            Reaction::Warn => {
                let text = warning();
                if !self.is_one_of_many {
                    self.context.ui.warning(&plain(&text));
                }
                outcome.receipt.warnings.push(text);
                Ok(())
            }
            Reaction::Ignore => {
                outcome.receipt.warnings.push(warning());
                Ok(())
            }
        }
    }

    /// Keeps a failure, and forgives it where the policy says that trouble must not break the pipeline.
    pub(super) fn fail(&self, outcome: &mut Outcome, failure: Failure) {
        let failure = self.advised(crate::cli::interrupted(failure, &self.context.interrupt));
        let is_upload = matches!(
            failure.status,
            ExitStatus::Refused | ExitStatus::Uncertain | ExitStatus::Partial
        );
        outcome.forgiven = is_upload && self.policy.on_upload_error != Reaction::Fail;
        let is_told = self.policy.on_upload_error != Reaction::Ignore || !is_upload;
        if is_told && !self.is_one_of_many {
            self.context
                .ui
                .error(&format!("{}: {}", outcome.service.title(), failure.message));
            failure
                .causes
                .iter()
                .for_each(|cause| self.context.ui.cause(cause));
            failure
                .hint
                .iter()
                .for_each(|hint| self.context.ui.hint(hint));
        }
        outcome.failure = Some(failure);
    }
}

impl Desk<'_> {
    /// Takes back the advice to run the same command again where that would hand everything in once more.
    fn advised(&self, failure: Failure) -> Failure {
        let is_open = matches!(failure.status, ExitStatus::Uncertain | ExitStatus::Partial);
        if self.again && is_open {
            failure.hint("look at the service what is there: with `--again` the same command hands everything in anew")
        } else {
            failure
        }
    }
}

/// A submission that came to its end and is not whole is a failure too.
fn judge(outcome: &Outcome) -> Result<(), Failure> {
    let missing = &outcome.receipt.missing;
    if outcome.receipt.state != State::Partial {
        return Ok(());
    }
    let message = format!("{} did not arrive", counted(missing.len() as u64, "item"));
    let failure = Failure::new(ExitStatus::Partial, message)
        .hint("run the same command again: it completes the rest");
    Err(missing
        .iter()
        .take(20)
        .fold(failure, |failure, name| failure.cause(plain(name))))
}

fn line(problem: &PlanProblem) -> String {
    let test = problem
        .test
        .as_ref()
        .map(|test| format!("{}: ", plain(test.as_str())))
        .unwrap_or_default();
    format!("{test}{}", plain(&problem.message))
}

/// Names the tests without a case, failures first, not all of hundreds.
fn names(plan: &SubmissionPlan) -> String {
    const SHOWN: usize = 10;
    let mut names: Vec<String> = plan
        .unmapped
        .iter()
        .take(SHOWN)
        .map(|it| format!("{} ({})", plain(it.test.as_str()), it.verdict.word()))
        .collect();
    if plan.unmapped.len() > SHOWN {
        names.push(format!("and {} more", plan.unmapped.len() - SHOWN));
    }
    names.join(", ")
}
