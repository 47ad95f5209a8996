//! How a submission ends for people: what became of the results, and the next step, are the last lines of the log.

use super::outcome::Outcome;
use super::show;
use crate::cli::reading::ParsedReports;
use crate::cli::{Context, ExitStatus, Failure};
use crate::model::Tally;
use crate::services::State;
use crate::settings::{Reaction, Settings};
use crate::ui::counted;

/// What is shown when all else is told.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// The summary, for standard output.
    text: Option<String>,
    /// What became of the results, for where the summary cannot be shown.
    stands: String,
    /// What went wrong, and whether a policy lets it pass.
    failure: Option<(Failure, bool)>,
    /// What to do next where nothing went wrong.
    hint: Option<String>,
}

impl Ending {
    /// Ends with something that a policy lets pass.
    pub(super) fn passing(reaction: Reaction, message: &str) -> Self {
        let failure = Failure::new(ExitStatus::Done, message);
        Self {
            failure: (reaction == Reaction::Warn).then_some((failure, true)),
            ..Self::default()
        }
    }

    /// Ends with one submission to each service.
    pub(super) fn of(
        (context, settings): (&Context, &Settings),
        parsed: &ParsedReports,
        finished: &[Outcome],
        status: ExitStatus,
    ) -> Self {
        let is_for_people = !context.ui.is_json();
        let text = is_for_people.then(|| show::summary(&context.ui, parsed, finished));
        let failure =
            failure(parsed, finished, status).or_else(|| failed_tests(&parsed.tally, status));
        let advises = failure.is_none() && settings.policy.on_unmapped == Reaction::Warn;
        Self {
            text,
            stands: show::verdict(parsed, finished),
            failure,
            hint: (is_for_people && advises && has_unmapped(finished)).then(|| MAP.to_owned()),
        }
    }

    /// Ends with many submissions.
    pub(super) fn of_many(text: String, failure: Option<Failure>) -> Self {
        Self {
            stands: text.clone(),
            text: Some(text),
            failure: failure.map(|failure| (failure, false)),
            hint: None,
        }
    }

    /// Leaves the summary out: a document has taken its place.
    pub(super) fn without_text(self) -> Self {
        Self { text: None, ..self }
    }

    /// Shows it. That the summary cannot be shown changes the code of what went well, and nothing else.
    pub(super) fn show(self, context: &Context, status: ExitStatus) -> Result<ExitStatus, Failure> {
        let ui = &context.ui;
        let shown = self.text.map_or(Ok(()), |text| ui.summary(&text));
        let answer = super::told(context, status, shown, || self.stands);
        match &self.failure {
            Some((failure, true)) => failure.warn(ui),
            Some((failure, false)) => failure.show(ui),
            None => {}
        }
        self.hint.iter().for_each(|hint| ui.advice(hint));
        answer
    }
}

/// What to do about unmapped tests when others were submitted.
const MAP: &str = "map the other tests with `handin map suggest` or `handin map set`";

fn has_unmapped(finished: &[Outcome]) -> bool {
    finished.iter().any(|outcome| !outcome.unmapped.is_empty())
}

/// Returns the failure of one submission, or of some of several, which have already reported why.
fn failure(
    parsed: &ParsedReports,
    finished: &[Outcome],
    status: ExitStatus,
) -> Option<(Failure, bool)> {
    let is_forgiven = status == ExitStatus::Done;
    let mut failing = finished
        .iter()
        .filter(|it| !it.is_untold && it.failure.is_some());
    if let [only] = finished {
        let failure = failing.next()?.failure.clone()?;
        let message = format!(
            "{}: {}{}",
            only.service.title(),
            failure.message,
            only.not_submitted()
        );
        let failure = Failure { message, ..failure };
        let is_refused = only.receipt.state == State::Refused && !is_forgiven;
        let failure = if is_refused {
            failure.of_nothing_written()
        } else {
            failure
        };
        return Some((failure, is_forgiven));
    }
    let hints = failing.clone().filter_map(|it| {
        let hint = it.failure.as_ref()?.hint.as_ref()?;
        Some(format!("{}: {hint}", it.service.title()))
    });
    let hints = hints.collect::<Vec<_>>().join("; ");
    failing.next()?;
    let mut failure = Failure::new(status, show::verdict(parsed, finished));
    failure.hint = Some(hints).filter(|hints| !hints.is_empty());
    Some((failure, is_forgiven))
}

/// Explains why a successful submission has the exit code of failed tests.
pub(super) fn failed_tests(tally: &Tally, status: ExitStatus) -> Option<(Failure, bool)> {
    let failed = tally.failed + tally.errored + tally.incomplete;
    let message = format!("{failed} of {} did not pass", counted(tally.tests, "test"));
    (status == ExitStatus::TestsFailed).then(|| (Failure::new(status, message), false))
}
