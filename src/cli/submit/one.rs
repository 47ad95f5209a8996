//! One submission to one service: check, and then write or tell what would be written.

use std::collections::BTreeSet;

use super::candidate::Candidate;
use super::outcome::{Outcome, Several};
use super::show;
use crate::cli::connect::Service;
use crate::cli::{Context, ExitStatus, Failure, missing};
use crate::plan::{PlanProblem, ProblemKind, SubmissionPlan};
use crate::services::engine::Engine;
use crate::services::{Preview, Progress, Receipt, Silent, State, Submission};
use crate::settings::{Policy, Reaction};
use crate::ui::{counted, sanitized};

/// What a submission is done with.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what the command line chose, each by itself"
)]
pub(super) struct SubmitContext<'a> {
    pub(super) context: &'a Context,
    pub(super) policy: &'a Policy,
    pub(super) engine: Engine<'a>,
    pub(super) dry_run: bool,
    /// Why nothing may be written to any service, although all are asked: so that everything that is wrong is told at once.
    pub(super) is_blocked: bool,
    /// Whether the same thing is to be handed in once more than it was.
    pub(super) again: bool,
    /// Whether many submissions are made at once: then what happens to each is told by whoever makes them.
    pub(super) is_one_of_many: bool,
    /// Whether there is no other submission: then what goes wrong with it is what the command ends with.
    pub(super) is_alone: bool,
    /// The older report that has to be handed in first, where a service shows only the last result of a case.
    pub(super) waits_for: Option<&'a str>,
}

impl SubmitContext<'_> {
    /// Begins a submission: what can be decided without asking the service is decided.
    pub(super) fn begin<'s>(&self, service: &'s Service, plan: SubmissionPlan) -> Candidate<'s> {
        let mut outcome = Outcome::new(plan.service);
        outcome.target = service.identity();
        outcome.key = Some(plan.identity.build.clone());
        outcome.unmapped.clone_from(&plan.unmapped);
        outcome.left_out.add_unmapped(plan.unmapped.len());
        let several = several(&plan);
        let answer = self.unmapped(&plan, &mut outcome);
        let can_be_checked = !plan.is_empty();
        let mut candidate = Candidate::new(service, plan, outcome);
        candidate.several = several;
        match answer {
            // The service is asked all the same: what else is wrong is told at once.
            Err(failure) if can_be_checked => candidate.obstacle = Some(failure),
            Err(failure) => self.end(&mut candidate, failure),
            Ok(()) => {}
        }
        candidate
    }

    /// Ends a submission before it was sent.
    pub(super) fn end(&self, candidate: &mut Candidate<'_>, failure: Failure) {
        let failure = match candidate.obstacle.take() {
            Some(obstacle) => obstacle.and(failure),
            None => failure,
        };
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
        if let Some(place) = ready.place() {
            candidate.outcome.target = place;
        }
        candidate.outcome.place = place_named(&candidate.service.project, &ready.place_names());
        let left = match (ready.leaves_out(), ready.is_void()) {
            (false, _) => Left::All,
            (true, true) => Left::Nothing,
            (true, false) => Left::Some,
        };
        let obstacle = candidate.obstacle.take();
        let outcome = &mut candidate.outcome;
        outcome.left_out.add_skipped(ready.omitted());
        let problem = self.problems(outcome, left, &candidate.several).err();
        let all = match (obstacle, problem) {
            (Some(obstacle), Some(problem)) => Some(obstacle.and(problem)),
            (one, other) => one.or(other),
        };
        if let Some(failure) = all {
            self.end(candidate, failure);
        }
    }

    /// Sends what is ready, or tells what would be sent.
    pub(super) fn finish(&self, candidate: Candidate<'_>) -> Outcome {
        let Candidate {
            ready, mut outcome, ..
        } = candidate;
        let Some(ready) = ready else { return outcome };
        if self.is_blocked {
            return outcome;
        }
        let answer = if self.dry_run {
            self.foresee(&*ready, &mut outcome)
        } else {
            self.send(&*ready, &mut outcome)
        };
        if let Err(failure) = answer {
            self.fail(&mut outcome, failure);
        }
        outcome
    }

    /// Prints what would be written, unless it is already there.
    fn foresee(&self, ready: &dyn Submission, outcome: &mut Outcome) -> Result<(), Failure> {
        let warnings = std::mem::take(&mut outcome.receipt.warnings);
        let found = ready.look(&self.engine)?;
        let is_known = found.as_ref().is_some_and(|it| it.state == State::Known);
        outcome.preview = Some(if is_known {
            Preview::default()
        } else {
            ready.preview()
        });
        outcome.receipt = match found {
            Some(receipt) if is_known => receipt,
            Some(receipt) => Receipt {
                state: State::Planned,
                missing: Vec::new(),
                different: Vec::new(),
                repeat: false,
                ..receipt
            },
            None => Receipt::new(State::Planned),
        };
        if outcome.receipt.state == State::Planned && !outcome.receipt.ids.is_empty() {
            let text = "partly submitted already; only the rest would be written";
            outcome.receipt.warnings.push(text.to_owned());
        }
        self.warn(outcome);
        outcome.receipt.warnings.splice(0..0, warnings);
        Ok(())
    }

    fn send(&self, ready: &dyn Submission, outcome: &mut Outcome) -> Result<(), Failure> {
        if !self.is_one_of_many {
            self.context
                .ui
                .status(&format!("→ {}", show::place(outcome)));
        }
        let bar = self.context.ui.progress().of(outcome.service.word());
        let progress: &dyn Progress = if self.is_one_of_many { &Silent } else { &bar };
        let answer = ready.carry_out(&Engine {
            progress,
            ..self.engine
        });
        drop(bar);
        let warnings = std::mem::take(&mut outcome.receipt.warnings);
        outcome.receipt = match &answer {
            Ok(receipt) => receipt.clone(),
            Err(error) => (*error.receipt).clone(),
        };
        self.warn(outcome);
        outcome.receipt.warnings.splice(0..0, warnings);
        match answer {
            Ok(_) => classify(outcome),
            Err(error) => Err(named(error.into(), &outcome.receipt)),
        }
    }

    /// Prints the warnings of the service. With many submissions, whoever makes them prints.
    fn warn(&self, outcome: &Outcome) {
        if self.is_one_of_many {
            return;
        }
        for warning in &outcome.receipt.warnings {
            let text = format!("{}: {warning}", outcome.service.title());
            self.context.ui.warning(&sanitized(&text));
        }
    }

    /// Applies the policy for tests without a case. With none at all there is nothing to hand in.
    fn unmapped(&self, plan: &SubmissionPlan, outcome: &mut Outcome) -> Result<(), Failure> {
        if plan.unmapped.is_empty() {
            return Ok(());
        }
        let names = names(plan);
        let service = plan.service.title();
        if plan.is_empty() {
            let message = match plan.tally.tests {
                1 => "the only test has no case there; nothing was written".to_owned(),
                all => format!("none of the {all} tests has a case there; nothing was written"),
            };
            let failure = Failure::new(ExitStatus::Unverified, message)
                .hint(missing::how_to_map(plan.service));
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
            (format!("{message}; not submitted"), names),
            outcome,
        )
    }

    /// What is wrong with single tests stops everything, unless a policy lets the others through. Whatever stops it is told at once.
    fn problems(
        &self,
        outcome: &mut Outcome,
        left: Left,
        several: &Several,
    ) -> Result<(), Failure> {
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
        if left == Left::Nothing && !passing.is_empty() {
            let lines = passing.iter().map(|(_, problem)| line(problem));
            let failure = Failure::new(
                ExitStatus::Unverified,
                "none of the tests can be submitted; nothing was written",
            );
            let hint = passing.iter().find_map(|(_, problem)| problem.hint.clone());
            let failure = Failure { hint, ..failure };
            return Err(lines.fold(failure, Failure::cause));
        }
        for wanted in [Reaction::Warn, Reaction::Ignore] {
            let some: Vec<PlanProblem> = passing
                .iter()
                .filter(|((reaction, _), _)| *reaction == wanted)
                .map(|(_, problem)| problem.clone())
                .collect();
            if !some.is_empty() {
                outcome.left_out.add_problems(&some, several);
                let told = (obstacle(&some), some.iter().map(line).collect());
                self.tell(wanted, told, outcome);
            }
        }
        Ok(())
    }

    /// Returns the reaction to a problem, and its flag.
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

    /// Prints a warning about what a policy allows: a sentence, and a line for each item.
    fn tell(
        &self,
        reaction: Reaction,
        (message, lines): (String, Vec<String>),
        outcome: &mut Outcome,
    ) {
        if reaction == Reaction::Warn && !self.is_one_of_many {
            let told = Failure::new(ExitStatus::Done, sanitized(&message));
            lines
                .into_iter()
                .fold(told, Failure::cause)
                .warn(&self.context.ui);
        }
        outcome.receipt.warnings.push(message);
    }

    /// Keeps a failure, and forgives it where the policy says that trouble must not break the pipeline.
    pub(super) fn fail(&self, outcome: &mut Outcome, failure: Failure) {
        let mut failure =
            crate::cli::interrupted(failure, &self.context.interrupt).of_service(outcome.service);
        let is_open = matches!(failure.status, ExitStatus::Uncertain | ExitStatus::Partial);
        if let Some(key) = outcome.key.as_ref().filter(|_| is_open) {
            let text = format!("submission key {key}: on another machine, name it with `--key`");
            failure = failure.cause(text);
        }
        let is_upload = matches!(
            failure.status,
            ExitStatus::Refused | ExitStatus::Uncertain | ExitStatus::Partial
        );
        outcome.forgiven = is_upload && self.policy.on_upload_error != Reaction::Fail;
        outcome.is_untold = is_upload && self.policy.on_upload_error == Reaction::Ignore;
        if !(outcome.is_untold || self.is_alone || self.is_one_of_many || self.is_blocked) {
            let ui = &self.context.ui;
            ui.error(&format!("{}: {}", outcome.service.title(), failure.message));
            failure.details(|cause| ui.cause(cause));
        }
        outcome.failure = Some(failure);
    }
}

/// Returns the tests that have more than one case.
fn several(plan: &SubmissionPlan) -> Several {
    let results = plan.results.iter().filter(|it| it.cases.len() > 1);
    results
        .map(|it| (it.test.clone(), it.cases.len()))
        .collect()
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

/// A submission that came to its end and is not as it was sent is a failure too.
fn classify(outcome: &Outcome) -> Result<(), Failure> {
    let receipt = &outcome.receipt;
    let status = match receipt.state {
        State::Partial => ExitStatus::Partial,
        State::Uncertain => ExitStatus::Uncertain,
        State::Refused if !receipt.missing.is_empty() => ExitStatus::Refused,
        State::Done | State::Accepted | State::Known | State::Refused | State::Planned => {
            return Ok(());
        }
    };
    let (missing, different) = (receipt.missing.len(), receipt.different.len());
    let mut parts = Vec::new();
    if missing > 0 || different == 0 {
        let count = counted(missing as u64, "item");
        let is_uncertain = status == ExitStatus::Uncertain;
        parts.push(match (is_uncertain, missing) {
            (true, 0) => "what was sent could not be confirmed".to_owned(),
            (true, _) => format!("{count} could not be confirmed"),
            (false, _) => format!("{count} did not arrive"),
        });
    }
    if different > 0 {
        let count = counted(different as u64, "item");
        let verb = if different == 1 { "is" } else { "are" };
        parts.push(format!("{count} {verb} not there as submitted"));
    }
    let failure = Failure::new(status, parts.join(", and "));
    let hint = if receipt.repeat {
        "run the same command again: it completes the rest"
    } else if different == 0 {
        "running the same command again changes nothing until what is named is fixed; where nothing can be, submit it under another name with `--key`"
    } else {
        "running the same command again does not change this: fix what is named, then submit it under another name with `--key`"
    };
    Err(named(failure.hint(hint), receipt))
}

/// Names what is missing or different, not all of hundreds.
fn named(failure: Failure, receipt: &Receipt) -> Failure {
    const SHOWN: usize = 20;
    let all = receipt.missing.iter().chain(&receipt.different);
    let count = receipt.missing.len() + receipt.different.len();
    let failure = all
        .take(SHOWN)
        .fold(failure, |failure, name| failure.cause(sanitized(name)));
    if count > SHOWN {
        return failure.cause(format!("and {} more", count - SHOWN));
    }
    failure
}

/// Describes what cannot be submitted: single tests, or nothing at all.
fn obstacle(problems: &[PlanProblem]) -> String {
    const NOTHING: &str = "nothing can be submitted: the project or the settings do not allow it";
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
        (false, _) => format!("{count} cannot be submitted"),
        (true, 0) => NOTHING.to_owned(),
        (true, _) => format!("{NOTHING}; {count} could not be in any case"),
    }
}

fn line(problem: &PlanProblem) -> String {
    let test = problem
        .test
        .as_ref()
        .map(|test| format!("{}: ", sanitized(test.as_str())))
        .unwrap_or_default();
    format!("{test}{}", sanitized(&problem.message))
}

/// Names the tests without a case, failures first, not all of hundreds.
fn names(plan: &SubmissionPlan) -> Vec<String> {
    const SHOWN: usize = 10;
    let mut names: Vec<String> = plan
        .unmapped
        .iter()
        .take(SHOWN)
        .map(|it| {
            let why = it.why.as_deref().map(|why| format!(": {}", sanitized(why)));
            format!(
                "{} ({}){}",
                sanitized(it.test.as_str()),
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

/// Returns where results go, by names: the organisation or server and the project as they are known, then what the service calls them.
fn place_named(known: &str, names: &[String]) -> Option<String> {
    let (project, inside) = names.split_first()?;
    let (server, by_settings) = known.split_once(" / ").unwrap_or((known, ""));
    let project = Some(project.as_str()).filter(|name| !name.is_empty());
    let project = project.unwrap_or(by_settings);
    let parts = [server, project].into_iter();
    let parts = parts.chain(inside.iter().map(String::as_str));
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    Some(parts.join(" / "))
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
            "2 tests cannot be submitted"
        );
        let alone = obstacle(std::slice::from_ref(&project));
        assert!(alone.starts_with("nothing can be submitted"), "{alone}");
        assert!(!alone.contains("test"), "{alone}");
        let both = obstacle(&[project, test("a")]);
        assert!(both.ends_with("1 test could not be in any case"), "{both}");
    }
}
