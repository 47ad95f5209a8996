//! Where the outcomes of many submissions go: written as they come, so that memory does not grow with their number.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use serde_json::Value;

use super::ending::{Ending, failed_tests};
use super::outcome::{LeftOut, Outcome};
use super::summary::Record;
use crate::cli::reading::ParsedReports;
use crate::cli::{Context, ExitStatus, Failure};
use crate::model::{ServiceName, Tally};
use crate::services::State;
use crate::ui::{counted, sanitized};

/// Collects what became of many submissions.
#[derive(Debug)]
pub(super) struct BulkOutput<'a, 'b> {
    context: &'a Context,
    record: &'a mut Record<'b>,
    /// The submissions and the reports as JSON, on the disk until the document can be put together.
    spools: Option<(std::fs::File, std::fs::File)>,
    statuses: BTreeSet<ExitStatus>,
    states: BTreeMap<&'static str, u64>,
    /// What was left out of the submissions to each service.
    left_out: BTreeMap<ServiceName, LeftOut>,
    /// How many submissions went wrong, whether something of it has to be fixed first, and what to do about the first of them.
    failed: u64,
    is_to_be_fixed: bool,
    hint: Option<String>,
    tally: Tally,
    /// How many files were looked at that are no reports.
    passed_over: usize,
    written: [bool; 2],
    warned: BTreeSet<String>,
    /// Why not all that happened is in the spools.
    lost: Option<io::Error>,
}

/// What to do where there is no room for temporary files.
const MAKE_ROOM: &str =
    "make room in the folder for temporary files, or name another one with the variable `TMPDIR`";
/// How many causes of a failure are told of one of many.
const CAUSES: usize = 3;
/// How many different warnings are told of many.
const WARNINGS: usize = 100;

impl<'a, 'b> BulkOutput<'a, 'b> {
    /// # Errors
    ///
    /// When there is no room for temporary files.
    pub(super) fn new(context: &'a Context, record: &'a mut Record<'b>) -> Result<Self, Failure> {
        let make = || tempfile::tempfile().and_then(|one| Ok((one, tempfile::tempfile()?)));
        let spools = context.ui.is_json().then(make).transpose();
        let spools = spools.map_err(|error| {
            let message = format!("no temporary file can be made: {error}; nothing was written");
            Failure::new(ExitStatus::Failed, message).hint(MAKE_ROOM)
        })?;
        Ok(Self {
            context,
            record,
            spools,
            statuses: BTreeSet::new(),
            states: BTreeMap::new(),
            left_out: BTreeMap::new(),
            failed: 0,
            is_to_be_fixed: false,
            hint: None,
            tally: Tally::default(),
            passed_over: 0,
            written: [false; 2],
            warned: BTreeSet::new(),
            lost: None,
        })
    }

    /// Takes what became of one report at one service.
    pub(super) fn take(&mut self, path: &str, outcome: &Outcome) {
        self.statuses.extend(outcome.status_among_several());
        *self.states.entry(word(outcome)).or_default() += 1;
        self.record.take_one_of_many(path, word(outcome), outcome);
        if outcome.receipt.state != State::Refused {
            let left_out = self.left_out.entry(outcome.service).or_default();
            left_out.join(&outcome.left_out);
        }
        if let Some(failure) = outcome.failure.as_ref().filter(|_| !outcome.forgiven) {
            self.failed += 1;
            self.is_to_be_fixed |= failure.status < ExitStatus::Refused;
            self.hint = self.hint.take().or_else(|| failure.hint.clone());
            let ui = &self.context.ui;
            ui.error(&format!(
                "{}: {}: {}",
                sanitized(path),
                outcome.service.title(),
                sanitized(&failure.message)
            ));
            failure
                .causes
                .iter()
                .take(CAUSES)
                .for_each(|cause| ui.cause(&sanitized(cause)));
            // The key is what one needs most, and stands last.
            if let Some(key) = failure.causes.iter().skip(CAUSES).next_back() {
                ui.cause(&sanitized(key));
            }
        }
        for warning in &outcome.receipt.warnings {
            // What is the same for thousands of reports is told once.
            if self.warned.len() < WARNINGS && self.warned.insert(warning.clone()) {
                let ui = &self.context.ui;
                ui.warning(&format!(
                    "{}: {}: {}",
                    sanitized(path),
                    outcome.service.title(),
                    sanitized(warning)
                ));
            }
        }
        let Some((submissions, _)) = &mut self.spools else {
            return;
        };
        let mut value = outcome.json();
        if let Value::Object(map) = &mut value {
            map.insert("report".to_owned(), path.into());
        }
        let kept = spool(submissions, &mut self.written[0], &value);
        self.note_lost(kept);
    }

    /// Takes that what was read is no report, and why.
    pub(super) fn pass_over(&mut self, notes: &[String]) {
        self.passed_over += 1;
        for note in notes {
            self.context.ui.status(&sanitized(note));
        }
    }

    /// Takes how one report was read.
    pub(super) fn read(&mut self, parsed: &mut ParsedReports) {
        self.tally += parsed.tally;
        let views = std::mem::take(&mut parsed.views);
        self.record.read(parsed);
        let Some((_, reports)) = &mut self.spools else {
            return;
        };
        let kept = views
            .into_iter()
            .try_for_each(|view| spool(reports, &mut self.written[1], &Value::Object(view)));
        self.note_lost(kept);
    }

    /// What cannot be kept for the document is told at once; it touches nothing that is submitted.
    fn note_lost(&mut self, kept: io::Result<()>) {
        if let (Err(error), None) = (kept, &self.lost) {
            self.context.ui.error(&format!(
                "the results cannot be kept for the document: {error}; submitting continues"
            ));
            self.lost = Some(error);
        }
    }

    /// Returns how all tests ended.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Returns the exit code that tells the truth about all.
    pub(super) fn status(&self) -> ExitStatus {
        let statuses: Vec<ExitStatus> = self.statuses.iter().copied().collect();
        ExitStatus::worst(&statuses)
    }

    /// Notes an end that no single submission has, such as an interrupt.
    pub(super) fn note(&mut self, status: ExitStatus) {
        self.statuses.insert(status);
    }

    /// Returns the failure with which the command ends if not all went well; `left` reports were not reached.
    pub(super) fn failure(&self, status: ExitStatus, left: usize) -> Failure {
        if let Some((failure, _)) = failed_tests(&self.tally, status) {
            return failure;
        }
        let mut parts = Vec::new();
        if left > 0 {
            let count = counted(left as u64, "report");
            parts.push(format!("stopped: {count} not submitted"));
        }
        if self.failed > 0 {
            parts.push(format!("{} failed", counted(self.failed, "submission")));
        }
        let failure = Failure::new(status, parts.join("; "));
        failure.hint(match &self.hint {
            Some(hint) if left == 0 => hint,
            None if self.is_to_be_fixed => {
                "fix what is named; then run the same command again: it goes on where it stopped"
            }
            Some(_) | None => "run the same command again: it goes on where it stopped",
        })
    }

    /// Writes the document, or has the summary shown to people in the end. Not all is no document.
    pub(super) fn finish(self, status: ExitStatus, ending: Ending) -> io::Result<()> {
        let Some((submissions, read)) = self.spools else {
            self.record.ending = ending;
            return Ok(());
        };
        self.record.ending = ending.without_text();
        if let Some(error) = self.lost {
            return Err(error);
        }
        self.context.ui.document(|out| {
            write!(out, "{{\"schema\": \"handin/submit/1\",\n\"reports\": [")?;
            copy(read, out)?;
            write!(out, "\n],\n\"submissions\": [")?;
            copy(submissions, out)?;
            writeln!(out, "\n],\n\"exit_code\": {}}}", status.code())
        })
    }

    /// Summarizes all submissions in a line.
    pub(super) fn summary(&self, reports: usize) -> String {
        let states: Vec<String> = self
            .states
            .iter()
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        let tests = counted(self.tally.tests, "test");
        let left_out = self.left_out.iter().map(|(service, left_out)| {
            let verb = match self.left_out.len() {
                1 => "not submitted".to_owned(),
                _ => format!("not submitted to {}", service.title()),
            };
            left_out.words(&verb)
        });
        format!(
            "{} with {tests}: {}{}",
            counted(reports.saturating_sub(self.passed_over) as u64, "report"),
            states.join(", "),
            left_out.collect::<String>()
        )
    }
}

/// Returns the word of the summary for what became of a submission.
fn word(outcome: &Outcome) -> &'static str {
    match outcome.receipt.state {
        _ if outcome.waits_for.is_some() => "waiting",
        _ if outcome.forgiven => "skipped",
        State::Done => "new",
        State::Accepted => "accepted",
        State::Known => "known",
        State::Partial => "partly submitted",
        State::Uncertain => "uncertain",
        State::Refused => "failed",
        State::Planned => "planned",
    }
}

fn spool(file: &mut std::fs::File, written: &mut bool, value: &Value) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.splice(
        0..0,
        if std::mem::replace(written, true) {
            &b",\n"[..]
        } else {
            &b"\n"[..]
        }
        .iter()
        .copied(),
    );
    file.write_all(&line)
}

fn copy(mut file: std::fs::File, out: &mut dyn io::Write) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        out.write_all(buffer.get(..count).unwrap_or_default())?;
    }
}
