//! `handin map import` and `handin map export`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{editor, katalon, one_service, services};
use crate::cli::values;
use crate::cli::{Context, ExitStatus, Failure, examples};
use crate::files::{self, Patience};
use crate::mapping::CaseId;
use crate::model::{ServiceName, TestKey};
use crate::settings::{Settings, SettingsEditor};
use crate::ui::{counted, sanitized};

/// Import mappings from a CSV file or a Katalon Studio project
///
/// CSV: the columns `test`, `case` and, if there are several services, `service`, in any order, with a header line. Without a
/// header line, the first two columns are test and case. Several ids go into several rows, or into one cell.
///
/// Katalon: the folder of the project. handin imports server, team, project, plan, status and configuration tables, and the
/// mappings of test cases to Azure DevOps and qTest; it never reads secrets. Settings without a counterpart in handin, and those of
/// an integration that is switched off, are skipped and named. Existing settings are kept.
#[derive(Debug, Args)]
#[command(after_long_help = examples::MAP_IMPORT)]
pub(super) struct ImportArgs {
    /// What to read
    format: ImportFormat,
    /// The CSV file, or the folder of the Katalon project
    path: PathBuf,
    /// The service, if the CSV file has no column `service`
    #[arg(long, value_name = "SERVICE", value_parser = values::service())]
    service: Option<ServiceName>,
    /// The qTest project whose mappings are imported from a Katalon project, by id or name
    ///
    /// Needed only if the test cases are mapped to several qTest projects.
    #[arg(long, value_name = "PROJECT")]
    qtest_project: Option<String>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ImportFormat {
    /// Comma-separated values
    Csv,
    /// A Katalon Studio project
    Katalon,
}

/// Write the mappings as CSV
///
/// One row for each test case: service, test, case. With `--json`, one document.
#[derive(Debug, Args)]
#[command(after_long_help = examples::MAP_EXPORT)]
pub(super) struct ExportArgs {
    /// Only for this service; may be repeated
    #[arg(long, value_name = "SERVICE", value_parser = values::service())]
    service: Vec<ServiceName>,
}

/// What an import brings.
#[derive(Debug, Default)]
pub(super) struct Imported {
    /// Settings by name, in the order in which they are to stand.
    pub(super) settings: Vec<(String, String)>,
    /// Rows of `azure.configurations`: operating system, browser, configuration.
    pub(super) configurations: Vec<(String, String, String)>,
    /// Mappings, test by test.
    pub(super) mappings: Vec<(ServiceName, TestKey, Vec<CaseId>)>,
    /// What was left out, and why.
    pub(super) notes: Vec<String>,
}

impl Imported {
    /// Adds a case to a test.
    pub(super) fn add(&mut self, service: ServiceName, test: TestKey, cases: Vec<CaseId>) {
        self.mappings.push((service, test, cases));
    }

    /// Gathers what several rows say of one test.
    fn gather(&mut self) {
        let mut index: HashMap<(ServiceName, TestKey), usize> = HashMap::new();
        let mut gathered: Vec<(ServiceName, TestKey, Vec<CaseId>)> = Vec::new();
        for (service, test, cases) in std::mem::take(&mut self.mappings) {
            let at = *index
                .entry((service, test.clone()))
                .or_insert(gathered.len());
            if at == gathered.len() {
                gathered.push((service, test, Vec::new()));
            }
            if let Some((_, _, known)) = gathered.get_mut(at) {
                for case in cases {
                    if !known.contains(&case) {
                        known.push(case);
                    }
                }
            }
        }
        self.mappings = gathered;
    }
}

pub(super) fn import(context: &Context, args: &ImportArgs) -> Result<ExitStatus, Failure> {
    let settings = context.settings(Vec::new())?;
    let mut imported = match args.format {
        ImportFormat::Csv => read_csv(&settings, &args.path, args.service, &context.patience())?,
        ImportFormat::Katalon => {
            let asker = katalon::Asker {
                context,
                settings: &settings,
                qtest_project: args.qtest_project.as_deref(),
            };
            katalon::read(&asker, &args.path)?
        }
    };
    imported.gather();
    if imported.mappings.is_empty() && imported.settings.is_empty() {
        let message = format!(
            "nothing to import was found in `{}`; nothing was changed",
            args.path.display()
        );
        let failure = Failure::new(ExitStatus::Usage, message);
        let notes = imported.notes.iter().map(|note| sanitized(note));
        return Err(notes.fold(failure, Failure::cause));
    }
    let mut editor = editor(&settings)?;
    let kept = write(&mut editor, &imported)?;
    for note in imported.notes.iter().chain(&kept) {
        context.ui.warning(&sanitized(note));
    }
    let (done, path) = if args.dry_run {
        ("would be written", editor.path().display().to_string())
    } else {
        editor.save(&context.patience())?;
        ("were written", editor.path().display().to_string())
    };
    context.ui.status(&format!(
        "{} and {} {done} to `{path}`",
        counted(imported.mappings.len() as u64, "mapping"),
        counted((imported.settings.len() - kept.len()) as u64, "setting"),
    ));
    if context.ui.is_json() {
        context.ui.json(&json!({
            "schema": "handin/map-import/1", "path": path, "written": !args.dry_run,
            "mappings": imported.mappings.iter().map(|(service, test, cases)| json!({
                "service": service, "test": test, "cases": cases,
            })).collect::<Vec<_>>(),
            "settings": imported.settings.iter().map(|(name, value)| json!({"key": name, "value": value})).collect::<Vec<_>>(),
            "notes": imported.notes, "kept": kept,
        }))?;
    }
    Ok(ExitStatus::Done)
}

/// Puts everything into the file; returns which settings were there already and kept.
fn write(editor: &mut SettingsEditor, imported: &Imported) -> Result<Vec<String>, Failure> {
    let mut kept = Vec::new();
    for (name, text) in &imported.settings {
        if editor.has(name) {
            kept.push(format!(
                "`{name}` is already in the settings file and was kept"
            ));
        } else {
            editor.set(name, text)?;
        }
    }
    if !editor.has("azure.configurations") {
        for (system, browser, configuration) in &imported.configurations {
            let mut when = toml_edit::InlineTable::new();
            for (property, value) in [("os", system), ("browser", browser)] {
                if !value.is_empty() {
                    when.insert(property, format!("{value}*").into());
                }
            }
            let mut row = toml_edit::Table::new();
            row.insert("when", toml_edit::value(when));
            row.insert("use", toml_edit::value(configuration.as_str()));
            editor.add_row("azure", "configurations", row)?;
        }
    }
    for (service, test, cases) in &imported.mappings {
        editor.map(*service, test, cases)?;
    }
    Ok(kept)
}

/// The largest CSV file that is read.
pub(super) const LARGEST_CSV: u64 = 32 * 1024 * 1024;

/// Where the columns of a CSV file are.
struct Columns {
    test: usize,
    case: usize,
    service: Option<usize>,
}

fn read_csv(
    settings: &Settings,
    path: &Path,
    named: Option<ServiceName>,
    patience: &Patience,
) -> Result<Imported, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        let message = format!(
            "`{}` cannot be read: {error}; nothing was changed",
            path.display()
        );
        Failure::new(ExitStatus::Usage, message)
    };
    let bytes = files::read_named(path, LARGEST_CSV, patience);
    let bytes = bytes.map_err(|error| unreadable(&error))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(bytes.as_slice());
    let mut columns = None;
    let mut imported = Imported::default();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let Some(known) = &columns else {
            let heading = heading(&record);
            let is_heading = heading.is_some();
            let known = heading.unwrap_or(Columns {
                test: 0,
                case: 1,
                service: None,
            });
            if !is_heading {
                row(settings, named, &known, &record, &mut imported)
                    .map_err(|error| unreadable(&error))?;
            }
            columns = Some(known);
            continue;
        };
        row(settings, named, known, &record, &mut imported).map_err(|error| unreadable(&error))?;
    }
    Ok(imported)
}

fn heading(record: &csv::StringRecord) -> Option<Columns> {
    let position = |names: &[&str]| {
        record.iter().position(|field| {
            let field = field.trim_start_matches('\u{feff}').to_lowercase();
            names.contains(&field.as_str())
        })
    };
    Some(Columns {
        test: position(&["test", "key", "test name", "test_name"])?,
        case: position(&["case", "cases", "id", "ids", "case id", "case_id"])?,
        service: position(&["service"]),
    })
}

fn row(
    settings: &Settings,
    named: Option<ServiceName>,
    columns: &Columns,
    record: &csv::StringRecord,
    imported: &mut Imported,
) -> Result<(), String> {
    let line = record.position().map_or(0, csv::Position::line);
    let field = |index: usize| record.get(index).unwrap_or_default();
    let (test, ids) = (written(field(columns.test)), written(field(columns.case)));
    if test.is_empty() || ids.is_empty() {
        imported.notes.push(format!(
            "line {line}: without a test or without a case; skipped"
        ));
        return Ok(());
    }
    let word = columns.service.map(field).unwrap_or_default();
    let service = if word.is_empty() {
        one_service(settings, named).map_err(|failure| failure.message)?
    } else {
        word.to_ascii_lowercase()
            .parse()
            .map_err(|_| format!("line {line}: `{word}` is not a service"))?
    };
    let cases: Result<Vec<CaseId>, String> = ids
        .split(|c: char| {
            matches!(c, ',' | ';') || (c.is_whitespace() && service != ServiceName::Katalon)
        })
        .filter(|id| !id.trim().is_empty())
        .map(|id| {
            CaseId::parse(service, id).map_err(|error| format!("line {line}: `{id}` {error}"))
        })
        .collect();
    imported.add(service, TestKey::typed(test), cases?);
    Ok(())
}

/// Returns a cell that no spreadsheet takes for a formula, nor a terminal for orders: `'` before it says that it is text.
fn inert(cell: &str) -> String {
    let cell = sanitized(cell);
    if cell.starts_with(FORMULA) || is_quoted(&cell) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// Returns a cell as it was before [`inert`].
fn written(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) || is_quoted(rest) => rest,
        Some(_) | None => cell,
    }
}

/// What a spreadsheet begins a formula with.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Returns whether a cell looks as if it were marked already.
fn is_quoted(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA) && cell.starts_with('\'')
}

pub(super) fn export(context: &Context, args: &ExportArgs) -> Result<ExitStatus, Failure> {
    let settings = context.settings(Vec::new())?;
    let services = services(&settings, &args.service);
    let mappings: Vec<(ServiceName, &crate::mapping::ExplicitMapping)> = services
        .iter()
        .filter_map(|service| Some((*service, settings.cases.of(*service)?)))
        .flat_map(|(service, rules)| rules.explicit.iter().map(move |mapping| (service, mapping)))
        .collect();
    if context.ui.is_json() {
        let mappings: Vec<_> = mappings
            .iter()
            .map(|(service, mapping)| {
                json!({"service": service, "test": mapping.test, "cases": mapping.cases, "line": mapping.line})
            })
            .collect();
        context
            .ui
            .json(&json!({"schema": "handin/map-export/1", "mappings": mappings}))?;
        return Ok(ExitStatus::Done);
    }
    context.ui.stream(|out| {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(["service", "test", "case"])?;
        for (service, mapping) in &mappings {
            for case in &mapping.cases {
                let (test, case) = (inert(mapping.test.as_str()), inert(&case.0));
                writer.write_record([service.word(), &test, &case])?;
            }
        }
        writer.flush()
    })?;
    Ok(ExitStatus::Done)
}
