//! What is told of a submission once it is over: pages for people, and what the CI is given.
//!
//! Kept along the way and bounded: it holds the first of everything, and how many there are.

use std::collections::BTreeMap;

use super::ending::Ending;
use super::outcome::Outcome;
use super::show;
use crate::cli::pipeline::{facts, pipeline};
use crate::cli::reading::{ParsedReports, redact};
use crate::cli::{Context, ExitStatus, Failure, interrupted};
use crate::model::{ServiceName, Verdict};
use crate::plan::ProblemKind;
use crate::services::State;
use crate::settings::Settings;
use crate::ui::counted;
use crate::ui::page::{self, Bounded, End, Mark, Page, ReportLine, SubmissionPart, Trouble};
use crate::ui::pipeline::{Annotation, Gravity, Output, Pipeline};

/// Of many submissions, how many that did not go well are told one by one.
const TROUBLED: usize = 100;
/// Of many submissions, how many new ones are told one by one.
const NEW: usize = 50;
/// How much of each kind is told of one of many.
const OF_EACH: usize = 10;

/// What is told of a submission once it is over.
#[derive(Debug)]
pub(super) struct Record<'a> {
    context: &'a Context,
    settings: &'a Settings,
    pipeline: Pipeline,
    page: Page,
    /// Of many submissions, the new ones that are told one by one.
    new: Vec<SubmissionPart>,
    states: BTreeMap<&'static str, u64>,
    unmapped: u64,
    /// The submissions to each service, where there is one for each.
    results: Vec<Handed>,
    /// Why nothing was submitted to a service, where a policy allows that.
    left_out: Vec<String>,
    /// What people are shown after everything else.
    pub(super) ending: Ending,
}

/// What later steps of a pipeline may want to know of a submission.
#[derive(Debug)]
struct Handed {
    service: ServiceName,
    status: ExitStatus,
    state: &'static str,
    url: String,
    key: String,
}

impl<'a> Record<'a> {
    pub(super) fn new(context: &'a Context, settings: &'a Settings) -> Self {
        let ci = context.ci();
        let mut page = Page {
            version: env!("CARGO_PKG_VERSION"),
            build: facts(&ci),
            build_url: ci.url,
            ..Page::default()
        };
        page.build
            .iter_mut()
            .for_each(|(_, value)| redact::text(value, &settings.redact));
        Self {
            context,
            settings,
            pipeline: pipeline(context, settings),
            page,
            new: Vec::new(),
            states: BTreeMap::new(),
            unmapped: 0,
            results: Vec::new(),
            left_out: Vec::new(),
            ending: Ending::default(),
        }
    }

    /// Takes something worth knowing that belongs to no service.
    pub(super) fn warn(&mut self, text: &str) {
        let text = self.clean(text);
        self.page.warnings.push(|| text);
    }

    /// Takes what was read.
    pub(super) fn read(&mut self, parsed: &mut ParsedReports) {
        self.page.tally += parsed.tally;
        self.page
            .failures
            .append(std::mem::take(&mut parsed.failures));
        self.page.flaky.append(std::mem::take(&mut parsed.flaky));
        for report in &parsed.reports {
            self.page.reports.push(|| ReportLine {
                path: report.path.clone(),
                tally: Some(report.tally),
                error: None,
            });
        }
        for (path, why) in &parsed.unreadable {
            self.page.reports.push(|| ReportLine {
                path: path.clone(),
                tally: None,
                error: Some(page::message(why)),
            });
        }
        parsed
            .warnings
            .iter()
            .for_each(|warning| self.warn(warning));
    }

    /// Takes what became of the submission to a service.
    pub(super) fn take(&mut self, outcome: &Outcome) {
        self.note_left_out(outcome);
        self.unmapped += outcome.unmapped.len() as u64;
        let part = self.part(outcome);
        self.page.submissions.push(part);
        self.results.push(Handed {
            service: outcome.service,
            status: outcome.status(),
            state: outcome.receipt.state.word(),
            url: outcome.receipt.url.clone().unwrap_or_default(),
            key: outcome
                .key
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        });
    }

    /// Takes why a service got nothing: in a pipeline that is green nobody reads the log.
    fn note_left_out(&mut self, outcome: &Outcome) {
        let why = outcome.failure.as_ref();
        let why = why.filter(|_| outcome.forgiven && !outcome.is_untold);
        let text = why.map(|failure| {
            self.clean(&format!("{}: {}", outcome.service.title(), failure.message))
        });
        self.left_out.extend(text);
    }

    /// Takes what became of one of many submissions: those that did not go well are told, some of the new ones too.
    pub(super) fn take_one_of_many(&mut self, report: &str, word: &'static str, outcome: &Outcome) {
        *self.states.entry(word).or_default() += 1;
        if report.is_empty() {
            self.note_left_out(outcome);
        }
        self.unmapped += outcome.unmapped.len() as u64;
        let is_bad = mark(outcome) == Mark::Bad;
        let is_told = if is_bad {
            self.page.submissions.len() < TROUBLED
        } else {
            outcome.receipt.state == State::Done && self.new.len() < NEW
        };
        if !is_told {
            return;
        }
        let mut part = self.part(outcome);
        part.report = Some(report.to_owned());
        part.shorten(OF_EACH);
        if is_bad {
            self.page.submissions.push(part);
        } else {
            self.new.push(part);
        }
    }

    /// Prints and writes everything, now that the end is known. None of it changes what happened.
    pub(super) fn close(
        mut self,
        answer: Result<ExitStatus, Failure>,
    ) -> Result<ExitStatus, Failure> {
        let answer = answer.map_err(|failure| interrupted(failure, &self.context.interrupt));
        let clock = &self.context.clock;
        let now = clock.timestamp().to_zoned(clock.zone());
        self.page.made = now.strftime("%Y-%m-%d %H:%M %Z").to_string();
        self.page.submissions.append(&mut self.new);
        self.page.states = std::mem::take(&mut self.states).into_iter().collect();
        self.conclude(&answer);
        self.pipeline.annotate(&self.context.ui, self.annotations());
        self.tell(true);
        let status = answer?;
        let shown = std::mem::take(&mut self.ending).show(self.context, status);
        if shown.is_err() {
            self.conclude(&shown);
            self.tell(false);
        }
        shown
    }

    /// Keeps how it ends.
    fn conclude(&mut self, answer: &Result<ExitStatus, Failure>) {
        let (status, failure) = match answer {
            Ok(status) => (*status, None),
            Err(failure) => (failure.status, Some(failure)),
        };
        self.page.end = End {
            code: status.code(),
            name: status.word(),
            meaning: self.meaning(status),
            trouble: failure.map(|failure| self.trouble(failure)),
        };
    }

    /// Describes what happened to the results: the exit code alone does not show what a policy allowed, or what nobody waited for.
    fn meaning(&self, status: ExitStatus) -> String {
        let is_known = !self.page.states.is_empty() || !self.page.submissions.is_empty();
        // What failed here may have touched nothing there.
        if status != ExitStatus::Done && !(status == ExitStatus::Failed && is_known) {
            return status.meaning().to_owned();
        }
        if !self.page.states.is_empty() {
            let counts = self.page.states.iter();
            let counts: Vec<String> = counts
                .map(|(word, count)| format!("{count} {word}"))
                .collect();
            return format!("Submissions: {}.", counts.join(", "));
        }
        let parts = &self.page.submissions;
        let mut words: Vec<&str> = parts.iter().map(|part| part.state).collect();
        words.dedup();
        match words.as_slice() {
            [] => "Nothing was submitted.".to_owned(),
            [one] => {
                let mut letters = one.chars();
                let first = letters.next().map(|first| first.to_uppercase().to_string());
                format!("{}{}.", first.unwrap_or_default(), letters.as_str())
            }
            _ => {
                let each = parts
                    .iter()
                    .map(|part| format!("{}: {}", part.service, part.state));
                format!("{}.", each.collect::<Vec<_>>().join("; "))
            }
        }
    }

    /// Writes the pages, and gives the CI its outputs; its own summary only once, since that is appended.
    fn tell(&self, is_first: bool) {
        let ui = &self.context.ui;
        for path in &self.settings.summary {
            if let Err(error) = self.page.write(path) {
                self.unwritten(&format!("summary `{}`", path.display()), &error);
            }
        }
        if let Err(error) = self.pipeline.give(ui, &self.outputs()) {
            self.unwritten("outputs of this step", &error);
        }
        if is_first && let Err(error) = self.pipeline.show(ui, &self.page) {
            self.unwritten("summary of this step", &error);
        }
    }

    /// Warns that something about the submission could not be written.
    fn unwritten(&self, what: &str, error: &dyn std::fmt::Display) {
        self.context.ui.warning(&format!(
            "the {what} could not be written: {error}; the submission is not affected"
        ));
    }

    fn annotations(&self) -> Vec<Annotation> {
        let page = &self.page;
        let failures = page.failures.kept().iter().map(|it| {
            let text = format!("{} {}\n{}", it.test, it.verdict.word(), it.message);
            note_at(
                Gravity::Error,
                &text,
                it.source.as_ref().unwrap_or(&it.place),
            )
        });
        let flaky = page.flaky.kept().iter().map(|it| {
            let text = format!(
                "{} is flaky: it failed at first and passed when it was tried again\n{}",
                it.test, it.message
            );
            note_at(
                Gravity::Warning,
                &text,
                it.source.as_ref().unwrap_or(&it.place),
            )
        });
        let unmapped = page.submissions.iter().flat_map(|part| {
            part.unmapped.kept().iter().map(|(test, verdict)| {
                let (service, verdict) = (part.service, verdict.word());
                let text = format!("{service}: no case for {test} ({verdict}), not submitted");
                note(Gravity::Warning, text)
            })
        });
        let troubles = self.troubles().into_iter();
        troubles
            .map(|text| note(Gravity::Error, text))
            .chain(failures)
            .chain(flaky)
            .chain(unmapped)
            .chain(
                self.told()
                    .into_iter()
                    .map(|text| note(Gravity::Warning, text)),
            )
            .collect()
    }

    /// Returns the errors, of the whole and of each service.
    fn troubles(&self) -> Vec<String> {
        let own = self.page.end.trouble.iter().map(|it| it.message.clone());
        let bad = self.page.submissions.iter();
        let bad = bad.filter(|part| part.mark == Mark::Bad);
        let of_services = bad.filter_map(|part| {
            let report = part.report.as_ref().map(|report| format!("{report}: "));
            let report = report.unwrap_or_default();
            let message = &part.trouble.as_ref()?.message;
            Some(format!("{report}{}: {message}", part.service))
        });
        own.chain(of_services).collect()
    }

    /// Returns the warnings, of the whole and of each service, and why one was left out.
    fn told(&self) -> Vec<String> {
        let of_services = self.page.submissions.iter().flat_map(|part| {
            // The tests without a case are named one by one.
            let unmapped = format!("{} without a case", counted(part.unmapped.all(), "test"));
            let texts = part.warnings.kept().iter();
            let texts = texts.filter(move |text| !text.starts_with(&unmapped));
            texts.map(|text| format!("{}: {text}", part.service))
        });
        let own = self.page.warnings.kept().iter().cloned();
        own.chain(self.left_out.iter().cloned())
            .chain(of_services)
            .collect()
    }

    /// Returns the outputs for later steps of the pipeline.
    fn outputs(&self) -> Vec<Output> {
        let end = &self.page.end;
        let mut outputs = vec![
            ("exit_code".to_owned(), end.code.to_string()),
            ("exit_name".to_owned(), end.name.to_owned()),
            ("tests".to_owned(), self.page.tally.tests.to_string()),
        ];
        outputs.extend(Verdict::ALL.into_iter().map(|verdict| {
            (
                verdict.word().to_owned(),
                self.page.tally.of(verdict).to_string(),
            )
        }));
        outputs.push(("flaky".to_owned(), self.page.tally.flaky.to_string()));
        outputs.push(("unmapped".to_owned(), self.unmapped.to_string()));
        for result in &self.results {
            let name = result.service.word();
            outputs.push((format!("{name}_state"), result.state.to_owned()));
            outputs.push((format!("{name}_run_url"), result.url.clone()));
            outputs.push((format!("{name}_key"), result.key.clone()));
        }
        // Of several services, the one that decides the exit code.
        if let Some(result) = self.results.iter().rev().max_by_key(|result| result.status) {
            outputs.push(("state".to_owned(), result.state.to_owned()));
            outputs.push(("url".to_owned(), result.url.clone()));
            outputs.push(("key".to_owned(), result.key.clone()));
        }
        let states = self.page.states.iter();
        outputs.extend(states.map(|(word, count)| {
            (
                format!("submissions_{}", word.replace(' ', "_")),
                count.to_string(),
            )
        }));
        outputs
    }

    fn part(&self, outcome: &Outcome) -> SubmissionPart {
        let receipt = &outcome.receipt;
        let texts = |texts: &[String]| texts.iter().map(|text| self.clean(text)).collect();
        let mut unmapped = Bounded::default();
        for it in &outcome.unmapped {
            unmapped.push(|| (page::name(&self.clean(it.test.as_str())), it.verdict));
        }
        let mut problems = Bounded::default();
        // What could only be told by writing is told once that is done.
        let is_told = |kind: ProblemKind| !kind.is_notice() || outcome.preview.is_some();
        for problem in outcome.problems.iter().filter(|it| is_told(it.kind)) {
            problems.push(|| {
                let test = problem
                    .test
                    .as_ref()
                    .map(|test| format!("{}: ", test.as_str()));
                self.clean(&format!("{}{}", test.unwrap_or_default(), problem.message))
            });
        }
        let planned = self.planned(outcome);
        SubmissionPart {
            service: outcome.service.title(),
            report: None,
            state: outcome.state(),
            mark: mark(outcome),
            target: self.clean(&show::place(outcome)),
            ids: receipt
                .ids
                .iter()
                .map(|id| (id.kind, id.id.clone()))
                .collect(),
            url: receipt.url.clone(),
            counts: receipt
                .counts
                .iter()
                .map(|(word, count)| (word.clone(), *count))
                .collect(),
            unmapped,
            problems,
            missing: receipt
                .missing
                .iter()
                .chain(&receipt.different)
                .map(|text| self.clean(text))
                .collect(),
            planned,
            warnings: texts(&receipt.warnings),
            trouble: outcome
                .failure
                .as_ref()
                .map(|failure| self.trouble(failure)),
        }
    }

    /// Returns the planned writes.
    fn planned(&self, outcome: &Outcome) -> Bounded<String> {
        let mut planned = Bounded::default();
        let Some(preview) = &outcome.preview else {
            return planned;
        };
        for line in &preview.writes {
            planned.push(|| self.clean(line));
        }
        for line in &preview.results {
            planned
                .push(|| self.clean(&format!("{} {} → {}", line.outcome, line.test, line.place)));
        }
        planned
    }

    fn trouble(&self, failure: &Failure) -> Trouble {
        Trouble {
            message: self.clean(&failure.message),
            causes: failure
                .causes
                .iter()
                .map(|cause| self.clean(cause))
                .collect(),
            hint: failure.hint.as_deref().map(|hint| self.clean(hint)),
        }
    }

    /// Returns a text fit for a page: cut, and without what must not leave.
    fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        redact::text(&mut text, &self.settings.redact);
        page::message(&text)
    }
}

fn mark(outcome: &Outcome) -> Mark {
    match outcome.receipt.state {
        State::Done | State::Accepted | State::Known => Mark::Good,
        State::Planned => Mark::Neutral,
        State::Refused if outcome.forgiven => Mark::Neutral,
        State::Partial | State::Uncertain | State::Refused => Mark::Bad,
    }
}

fn note(gravity: Gravity, text: String) -> Annotation {
    Annotation {
        gravity,
        text,
        place: None,
    }
}

/// Returns a note at a place of a report.
fn note_at(gravity: Gravity, text: &str, place: &(String, u64)) -> Annotation {
    Annotation {
        place: Some(place.clone()),
        ..note(gravity, text.trim_end().to_owned())
    }
}
