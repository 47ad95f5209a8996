//! One submission to one service: check, and then write or tell what would be written.

use std::collections::BTreeSet;

use super::outcome::Outcome;
use super::ready::{Candidate, Ready};
use crate::cli::connect::Service;
use crate::cli::{Context, ExitStatus, Failure, missing};
use crate::journal::Journal;
use crate::model::ServiceName;
use crate::plan::{PlanProblem, ProblemKind, SubmissionPlan};
use crate::services::{Progress, Receipt, Silent, State};
use crate::settings::{Policy, Reaction};
use crate::ui::{counted, plain};

/// What a submission is done with.
pub(super) struct Desk<'a> {
    pub(super) context: &'a Context,
    pub(super) policy: &'a Policy,
    pub(super) journal: &'a Journal,
    pub(super) dry_run: bool,
    /// Whether the same thing is to be handed in once more than it was.
    pub(super) again: bool,
    /// Whether many submissions are made at once: then what happens to each is told by whoever makes them.
    pub(super) is_one_of_many: bool,
    /// The older report that has to be handed in first, where a service shows only the last result of a case.
    pub(super) waits_for: Option<&'a str>,
}

impl Desk<'_> {
    /// Begins a submission: what can be decided without asking the service is decided.
    pub(super) fn begin<'s>(&self, service: &'s Service, plan: SubmissionPlan) -> Candidate<'s> {
        let mut outcome = Outcome::new(plan.service);
        outcome.target = service.identity();
        outcome.key = Some(plan.key.clone());
        outcome.unmapped.clone_from(&plan.unmapped);
        let answer = self.unmapped(&plan, &mut outcome);
        let mut candidate = Candidate::new(service, plan, outcome);
        if let Err(failure) = answer {
            self.end(&mut candidate, failure);
        }
        candidate
    }

    /// Ends a submission before it was sent.
    pub(super) fn end(&self, candidate: &mut Candidate<'_>, failure: Failure) {
        candidate.ready = None;
        candidate.is_over = true;
        self.fail(&mut candidate.outcome, failure);
    }

    /// Applies the policies for what the service said of single tests.
    pub(super) fn accept(&self, candidate: &mut Candidate<'_>) {
        let Some(ready) = &candidate.ready else {
            return;
        };
        candidate.outcome.problems = ready.problems().to_vec();
        let left = match (ready.leaves_out(), ready.is_void()) {
            (false, _) => Left::All,
            (true, true) => Left::Nothing,
            (true, false) => Left::Some,
        };
        if let Err(failure) = self.problems(&mut candidate.outcome, left) {
            self.end(candidate, failure);
        }
    }

    /// Sends what is ready, or tells what would be sent.
    pub(super) fn finish(&self, candidate: Candidate<'_>) -> Outcome {
        let Candidate {
            ready, mut outcome, ..
        } = candidate;
        let Some(ready) = ready else { return outcome };
        if self.dry_run {
            outcome.preview = Some(ready.preview());
            outcome.receipt = Receipt::new(State::Planned);
        } else if let Err(failure) = self.send(&*ready, &mut outcome) {
            self.fail(&mut outcome, failure);
        }
        outcome
    }

    fn send(&self, ready: &dyn Ready, outcome: &mut Outcome) -> Result<(), Failure> {
        let bar = self.context.ui.progress().of(outcome.service.word());
        let progress: &dyn Progress = if self.is_one_of_many { &Silent } else { &bar };
        let answer = ready.send(self.journal, progress);
        let warnings = std::mem::take(&mut outcome.receipt.warnings);
        outcome.receipt = match &answer {
            Ok(receipt) => receipt.clone(),
            Err(error) => (*error.receipt).clone(),
        };
        outcome.receipt.warnings.splice(0..0, warnings);
        match answer {
            Ok(_) => judge(outcome),
            Err(error) => Err(named(error.into(), &outcome.receipt.missing)),
        }
    }

    /// Applies the policy for tests without a case. With none at all there is nothing to hand in.
    fn unmapped(&self, plan: &SubmissionPlan, outcome: &mut Outcome) -> Result<(), Failure> {
        if plan.unmapped.is_empty() {
            return Ok(());
        }
        let names = names(plan);
        let service = plan.service.title();
        if plan.results.is_empty() {
            let message = format!(
                "none of the {} tests has a case on {service}; nothing was written",
                plan.tally.tests
            );
            let failure =
                Failure::new(ExitStatus::Unverified, message).hint(how_to_map(plan.service));
            return Err(names.into_iter().fold(failure, Failure::cause));
        }
        let count = counted(plan.unmapped.len() as u64, "test");
        let message = format!("{count} without a case on {service}");
        self.react(
            self.policy.on_unmapped,
            |names| {
                let message = format!("{message}; nothing was written");
                let failure = Failure::new(ExitStatus::Unverified, message)
                    .hint("map them, or allow it with `--on-unmapped warn`");
                names.into_iter().fold(failure, Failure::cause)
            },
            (format!("{message}; not handed in"), names),
            outcome,
        )
    }

    /// What is wrong with single tests stops everything, unless a policy lets the others through. Whatever stops it is told at once.
    fn problems(&self, outcome: &mut Outcome, left: Left) -> Result<(), Failure> {
        let problems: Vec<PlanProblem> = outcome
            .problems
            .iter()
            .filter(|problem| !problem.kind.is_notice())
            .cloned()
            .collect();
        let (stopping, passing): (Vec<_>, Vec<_>) = problems
            .into_iter()
            .map(|problem| (self.reaction(&problem, left), problem))
            .partition(|((reaction, _), _)| *reaction == Reaction::Fail);
        if !stopping.is_empty() {
            return Err(stopped(&stopping));
        }
        for wanted in [Reaction::Warn, Reaction::Ignore] {
            let some: Vec<PlanProblem> = passing
                .iter()
                .filter(|((reaction, _), _)| *reaction == wanted)
                .map(|(_, problem)| problem.clone())
                .collect();
            if !some.is_empty() {
                let told = (obstacle(&some), some.iter().map(line).collect());
                self.tell(wanted, told, outcome);
            }
        }
        if left == Left::Nothing && !passing.is_empty() {
            let lines = passing.iter().map(|(_, problem)| line(problem));
            let failure = Failure::new(
                ExitStatus::Unverified,
                "none of the tests can be handed in; nothing was written",
            );
            return Err(lines.fold(failure, Failure::cause));
        }
        Ok(())
    }

    /// Returns what to do about a problem, and the flag that says so.
    fn reaction(&self, problem: &PlanProblem, left: Left) -> (Reaction, Option<&'static str>) {
        if problem.kind == ProblemKind::Ambiguous {
            return (self.policy.on_ambiguous, Some("--on-ambiguous"));
        }
        match missing::reaction(self.policy, problem.kind) {
            Some((reaction, flag)) if left != Left::All => (reaction, Some(flag)),
            Some(_) | None => (Reaction::Fail, None),
        }
    }

    /// Does what a policy says. A warning is a sentence, and a line for each thing that it is about.
    fn react(
        &self,
        reaction: Reaction,
        failure: impl FnOnce(Vec<String>) -> Failure,
        (message, lines): (String, Vec<String>),
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        if reaction == Reaction::Fail {
            return Err(failure(lines));
        }
        self.tell(reaction, (message, lines), outcome);
        Ok(())
    }

    /// Tells what a policy lets pass: a sentence, and a line for each thing that it is about.
    fn tell(
        &self,
        reaction: Reaction,
        (message, lines): (String, Vec<String>),
        outcome: &mut Outcome,
    ) {
        if reaction == Reaction::Warn && !self.is_one_of_many {
            self.context.ui.warning(&plain(&message));
            for line in lines {
                self.context.ui.detail(&plain(&line));
            }
        }
        outcome.receipt.warnings.push(message);
    }

    /// Keeps a failure, and forgives it where the policy says that trouble must not break the pipeline.
    pub(super) fn fail(&self, outcome: &mut Outcome, failure: Failure) {
        let failure = crate::cli::interrupted(failure, &self.context.interrupt);
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

/// What a service has left in a plan after it looked at the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// All of them, also those with a problem.
    All,
    /// Those without a problem.
    Some,
    /// None: all have one.
    Nothing,
}

/// A problem, with what the policies say of its kind.
type Judged = ((Reaction, Option<&'static str>), PlanProblem);

/// Returns the failure for problems that no policy lets pass.
fn stopped(problems: &[Judged]) -> Failure {
    let all: Vec<PlanProblem> = problems
        .iter()
        .map(|(_, problem)| problem.clone())
        .collect();
    let message = format!("{}; nothing was written", obstacle(&all));
    let failure = Failure::new(ExitStatus::Unverified, message);
    let failure = all.iter().map(line).fold(failure, Failure::cause);
    let hint = problems.iter().find_map(|((_, flag), problem)| {
        let way_out = flag.map(|flag| format!("`{flag} warn` leaves such tests out"));
        match (&problem.hint, way_out) {
            (Some(hint), Some(way_out)) => Some(format!("{hint}; {way_out}")),
            (hint, way_out) => hint.clone().or(way_out),
        }
    });
    Failure { hint, ..failure }
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
    Err(named(failure, missing))
}

/// Names what is missing, not all of hundreds.
fn named(failure: Failure, missing: &[String]) -> Failure {
    let names = missing.iter().take(20);
    names.fold(failure, |failure, name| failure.cause(plain(name)))
}

/// Says what cannot be handed in: single tests, or nothing at all.
fn obstacle(problems: &[PlanProblem]) -> String {
    const NOTHING: &str = "nothing can be handed in: the project or the settings do not allow it";
    let tests: BTreeSet<_> = problems
        .iter()
        .filter(|problem| !problem.is_about_all())
        .map(|problem| {
            (
                &problem.test,
                problem.case.as_ref().filter(|_| problem.test.is_none()),
            )
        })
        .collect();
    let count = counted(tests.len() as u64, "test");
    match (problems.iter().any(PlanProblem::is_about_all), tests.len()) {
        (false, _) => format!("{count} cannot be handed in"),
        (true, 0) => NOTHING.to_owned(),
        (true, _) => format!("{NOTHING}; {count} could not be in any case"),
    }
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
fn names(plan: &SubmissionPlan) -> Vec<String> {
    const SHOWN: usize = 10;
    let mut names: Vec<String> = plan
        .unmapped
        .iter()
        .take(SHOWN)
        .map(|it| {
            let why = it.why.as_deref().map(|why| format!(": {}", plain(why)));
            format!(
                "{} ({}){}",
                plain(it.test.as_str()),
                it.verdict.word(),
                why.unwrap_or_default()
            )
        })
        .collect();
    if plan.unmapped.len() > SHOWN {
        names.push(format!("and {} more", plan.unmapped.len() - SHOWN));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TestKey;

    #[test]
    fn what_is_wrong_with_the_project_is_not_told_as_a_test() {
        let project = PlanProblem::new(ProblemKind::NotReady, "the project is archived");
        let test = |name: &str| {
            PlanProblem::new(ProblemKind::NotInPlan, "no point").test(&TestKey::typed(name))
        };
        assert_eq!(
            obstacle(&[test("a"), test("a"), test("b")]),
            "2 tests cannot be handed in"
        );
        let alone = obstacle(std::slice::from_ref(&project));
        assert!(alone.starts_with("nothing can be handed in"), "{alone}");
        assert!(!alone.contains("test"), "{alone}");
        let both = obstacle(&[project, test("a")]);
        assert!(both.ends_with("1 test could not be in any case"), "{both}");
    }
}

/// Says how tests get cases: qTest makes them by itself, once it knows where.
fn how_to_map(service: ServiceName) -> String {
    let by_hand = "map them with `handin map set` or `handin map suggest`, or put a `TestCaseId` property into the report";
    match service {
        ServiceName::Qtest => format!(
            "set `qtest.module`, and handin creates a case for each test below that module; or {by_hand}"
        ),
        ServiceName::Azure | ServiceName::Katalon => by_hand.to_owned(),
    }
}
