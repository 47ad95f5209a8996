//! `handin verify --offline`: what do the reports hold?
//!
//! Everything is written as it is read: memory does not grow with the number of reports or tests. With `--cases` each report is
//! read twice, so that a report which turns out to be broken shows none of its tests.

use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use super::VerifyArgs;
use crate::cli::init::unnamed_reports;
use crate::cli::{Context, ExitStatus, Failure};
use crate::model::{Tally, TestCase};
use crate::report::{self, DiscoverError, Found, Keys, Note, ReadError, Source, Summary};
use crate::ui::{CaseView, ReportTable, Ui, counted, report_json, sanitized};

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<ExitStatus, Failure> {
    let found = found(context, args)?;
    let check = if context.ui.is_json() {
        let mut check = Check::default();
        context
            .ui
            .document(|out| write_json(out, &found, args.cases, &mut check))?;
        check
    } else {
        show(&context.ui, &found, args.cases)?
    };
    context.go_on()?;
    if check.status() == ExitStatus::NothingToSubmit {
        context.ui.error("no test was found in what was read");
    }
    Ok(check.status())
}

/// Finds the reports that are named, else those of the settings: only then is a settings file read at all.
fn found(context: &Context, args: &VerifyArgs) -> Result<Found, Failure> {
    let patience = context.patience();
    if !args.reports.is_empty() {
        let found = report::discover(&args.reports, Path::new(""), &patience)?;
        return Ok(found.with_retries(args.retries.map(Into::into)));
    }
    let settings = args.settings(context)?;
    if settings.reports.is_empty() {
        return Err(unnamed_reports("nothing was read"));
    }
    let found = report::discover(&settings.reports, &settings.reports_base, &patience)?;
    Ok(found.with_retries(settings.retries.map(Into::into)))
}

impl From<DiscoverError> for Failure {
    fn from(error: DiscoverError) -> Self {
        let status = match &error {
            DiscoverError::Stopped(stop) => return (*stop).into(),
            DiscoverError::Nothing { .. } => ExitStatus::NothingToSubmit,
            DiscoverError::Unreachable { .. } | DiscoverError::BadPattern { .. } => {
                ExitStatus::Usage
            }
        };
        let hint = match &error {
            DiscoverError::Nothing { looked_for }
                if looked_for
                    .iter()
                    .any(|it| it.contains("`'") || it.contains("`\"")) =>
            {
                Some("the quotes came along: in handin.toml and in cmd.exe leave single quotes out")
            }
            DiscoverError::Nothing { looked_for }
                if looked_for.iter().any(|it| it.contains("`~/")) =>
            {
                Some("in quotes `~` is not your home folder: write `\"$HOME/…\"`")
            }
            DiscoverError::Nothing { .. } => Some(
                "run the tests first; `reports` in handin.toml, or the arguments, name what they write",
            ),
            DiscoverError::BadPattern { argument, .. } if argument.contains('\\') => {
                Some("folders are parted by `/`, on Windows too")
            }
            DiscoverError::BadPattern { .. }
            | DiscoverError::Unreachable { .. }
            | DiscoverError::Stopped(_) => None,
        };
        let failure = Self::new(status, error.to_string());
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// What came out.
#[derive(Debug, Default)]
struct Check {
    totals: Tally,
    reports: usize,
    unreadable: usize,
    notes: Vec<Note>,
}

impl Check {
    /// Takes a report; tells whether it is one to show, rather than foreign XML that a folder or glob brought along.
    fn take(&mut self, source: &Source, read: &Result<Summary, ReadError>) -> bool {
        match read {
            Ok(summary) => self.totals += summary.tally,
            Err(error) => match error.foreign().filter(|_| !source.explicit()) {
                Some(what) => {
                    self.notes.push(Note {
                        path: source.display().to_owned(),
                        message: format!("skipped: this is {what}"),
                    });
                    return false;
                }
                None => self.unreadable += 1,
            },
        }
        self.reports += 1;
        true
    }

    fn status(&self) -> ExitStatus {
        if self.unreadable > 0 {
            ExitStatus::Unverified
        } else if self.totals.tests == 0 {
            ExitStatus::NothingToSubmit
        } else {
            ExitStatus::Done
        }
    }
}

fn write_json(
    out: &mut dyn Write,
    found: &Found,
    cases: bool,
    check: &mut Check,
) -> io::Result<()> {
    write!(out, "{{\n\"schema\": \"handin/verify/1\",\n\"reports\": [")?;
    let mut result = Ok(());
    let mut keys = Keys::default();
    report::read_all(&found.sources, None, &mut |index, mut read| {
        if let Ok(summary) = &mut read {
            keys.compare(&found.sources, index, summary);
        }
        let Some(source) = found
            .sources
            .get(index)
            .filter(|source| check.take(source, &read))
        else {
            return;
        };
        let separator = if check.reports > 1 { ",\n" } else { "\n" };
        if result.is_ok() {
            result = write_report(out, separator, source, &read, cases);
        }
    });
    result?;
    check.notes.extend(found.notes.iter().cloned());
    let notes: Vec<_> = check
        .notes
        .iter()
        .map(|note| json!({"path": note.path, "message": note.message}))
        .collect();
    writeln!(
        out,
        "\n],\n\"totals\": {},\n\"notes\": {},\n\"exit_code\": {}\n}}",
        serde_json::to_string(&check.totals)?,
        serde_json::to_string(&notes)?,
        check.status().code()
    )
}

fn write_report(
    out: &mut dyn Write,
    separator: &str,
    source: &Source,
    read: &Result<Summary, ReadError>,
    cases: bool,
) -> io::Result<()> {
    let text = serde_json::to_string(&report_json(source.display(), read))?;
    out.write_all(separator.as_bytes())?;
    let (Ok(summary), true) = (read, cases) else {
        return out.write_all(text.as_bytes());
    };
    let open = text.strip_suffix('}').unwrap_or(&text);
    write!(out, "{open},\"cases\":[")?;
    let mut first = true;
    let mut line = Vec::new();
    let mut result = Ok(());
    let again = report::look_again(source, &summary.late, &mut |case| {
        if result.is_ok() {
            result = write_case(out, case, &mut line, std::mem::take(&mut first));
        }
    });
    result?;
    if let Err(error) = again {
        return Err(io::Error::other(format!(
            "`{}` changed while it was being read: {error}",
            source.display()
        )));
    }
    write!(out, "\n]}}")
}

fn write_case(
    out: &mut dyn Write,
    case: &TestCase,
    line: &mut Vec<u8>,
    first: bool,
) -> io::Result<()> {
    line.clear();
    line.extend_from_slice(if first { b"\n" } else { b",\n" });
    serde_json::to_writer(&mut *line, &CaseView::of(case))?;
    out.write_all(line)
}

fn show(ui: &Ui, found: &Found, cases: bool) -> Result<Check, Failure> {
    let mut check = Check::default();
    let mut table = ReportTable::new();
    let mut result = Ok(());
    let mut keys = Keys::default();
    report::read_all(&found.sources, None, &mut |index, mut read| {
        if let Ok(summary) = &mut read {
            keys.compare(&found.sources, index, summary);
        }
        let Some(source) = found
            .sources
            .get(index)
            .filter(|source| check.take(source, &read))
        else {
            return;
        };
        table.add(source.display(), &read);
        if cases && read.is_ok() && result.is_ok() {
            result = show_cases(ui, source);
        }
        show_remarks(ui, source, &read);
    });
    result?;
    check.notes.extend(found.notes.iter().cloned());
    for note in &check.notes {
        ui.status(&format!(
            "{}: {}",
            sanitized(&note.path),
            sanitized(&note.message)
        ));
    }
    if check.reports > 0 {
        let text = table.finish(&check.totals, check.reports, ui.width());
        ui.findings(&text, check.unreadable == 0)?;
    }
    if check.unreadable > 0 {
        let count = counted(check.unreadable as u64, "report");
        ui.error(&format!(
            "{count} could not be read and would not be submitted"
        ));
    }
    Ok(check)
}

fn show_cases(ui: &Ui, source: &Source) -> Result<(), Failure> {
    let mut result = Ok(());
    ui.stream(|out| {
        // The report could be read a moment ago; what changed since then shows in the table.
        drop(report::look(source, &mut |case| {
            if result.is_ok() {
                result = writeln!(
                    out,
                    "{:10} {}",
                    case.outcome.verdict().word(),
                    sanitized(case.key().as_str())
                );
            }
        }));
        result
    })?;
    Ok(())
}

fn show_remarks(ui: &Ui, source: &Source, read: &Result<Summary, ReadError>) {
    let path = sanitized(source.display());
    match read {
        Ok(summary) => {
            for warning in &summary.warnings {
                let line = warning
                    .line
                    .map(|line| format!(":{line}"))
                    .unwrap_or_default();
                ui.warning(&format!("{path}{line}: {}", sanitized(&warning.message)));
            }
        }
        Err(error) => {
            ui.error(&format!("{path}: {}", sanitized(&error.to_string())));
            if let Some(hint) = &error.hint {
                ui.hint(hint);
            }
        }
    }
}
