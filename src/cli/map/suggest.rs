//! `handin map suggest`.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::import_export::LARGEST_CSV;
use super::reported_tests::{self, Need, ReportedTests};
use super::{editor, one_service, rows};
use crate::cli::connect::{self, Access};
use crate::cli::place::PlaceArgs;
use crate::cli::question::Choice;
use crate::cli::values;
use crate::cli::{Context, ExitStatus, Failure, examples, missing};
use crate::files::{self, Patience};
use crate::mapping::CaseId;
use crate::mapping::suggest::{
    APPLY_SCORE, SuggestCase, SuggestTest, Suggestion, Suggestions, suggest,
};
use crate::model::{ServiceName, TestKey};
use crate::services::Sharing;
use crate::settings::Settings;
use crate::ui::{counted, sanitized};

/// Suggest a test case for each unmapped test
///
/// Compares the names of the tests in the reports with the titles of the test cases on the service and lists the pairs, best
/// first, with a score from 0 to 1. Pairs marked with `=` are certain: all significant words match, and no other test case is
/// similar. `--apply` writes only those. In a terminal, handin asks about each of the others.
#[derive(Debug, Args)]
#[command(after_long_help = examples::MAP_SUGGEST)]
pub(super) struct SuggestArgs {
    /// The reports: files, folders, quoted globs, zip archives; default: `reports` in the settings
    #[arg(value_name = "REPORT")]
    reports: Vec<String>,
    /// The service; not needed if the settings have only one
    #[arg(long, value_name = "SERVICE", value_parser = values::service())]
    service: Option<ServiceName>,
    /// Write the certain pairs to the settings file
    #[arg(long)]
    apply: bool,
    /// Read the test cases from this CSV file (id, title, folder) instead of asking the service
    #[arg(long, value_name = "FILE")]
    titles: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// A case, from the service or from a file.
struct Case {
    id: CaseId,
    title: String,
    place: String,
}

/// What is compared, and what came out.
struct Matching<'a> {
    service: ServiceName,
    seen: &'a ReportedTests,
    cases: Vec<Case>,
    found: Suggestions,
    /// The other rows of a parametrized test, by the one that was found.
    rows: HashMap<usize, Vec<usize>>,
}

pub(super) fn run(context: &Context, args: &SuggestArgs) -> Result<ExitStatus, Failure> {
    let settings = args.place.settings(context, args.service.as_slice())?;
    let service = one_service(&settings, args.service)?;
    let seen = reported_tests::read(context, &settings, &args.reports, &[service], Need::Reports)?;
    let cases = match &args.titles {
        Some(path) => titles(service, path, &context.patience())?,
        None => asked(context, &settings, service).map_err(|it| it.of_service(service))?,
    };
    let found = compared(&settings, service, &seen, &cases);
    let title = |case: usize| {
        cases
            .get(case)
            .map_or_else(String::new, |case| case.title.clone())
    };
    let rows = rows::of_pairs(&seen, &found.pairs, title);
    let matching = Matching {
        service,
        seen: &seen,
        cases,
        found,
        rows,
    };
    if context.ui.is_json() {
        show_json(context, &matching, args.apply)?;
    } else {
        show(context, &matching, &former(&settings, service))?;
    }
    let mut chosen = Vec::new();
    if args.apply {
        chosen.extend(matching.certain());
    } else if context.is_interactive() && !context.ui.is_json() {
        chosen = matching.choose(context)?;
    }
    matching.finish(context, &settings, &chosen, args.apply)
}

/// Asks the service for its cases.
fn asked(
    context: &Context,
    settings: &Settings,
    service: ServiceName,
) -> Result<Vec<Case>, Failure> {
    let service = connect::connect(context, settings, service, Access::Read, Sharing::ALONE)?;
    let cases = service.catalog().all_cases()?;
    Ok(cases
        .into_iter()
        .filter(|case| case.is_test_case)
        .map(|case| Case {
            id: case.id,
            title: case.title,
            place: case.place.unwrap_or_default(),
        })
        .collect())
}

/// Reads cases from a CSV file whose columns are id, title and, where it has one, the folder.
fn titles(service: ServiceName, path: &Path, patience: &Patience) -> Result<Vec<Case>, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::new(
            ExitStatus::Usage,
            format!("`{}` cannot be read: {error}", path.display()),
        )
    };
    let bytes = files::read_named(path, LARGEST_CSV, patience);
    let bytes = bytes.map_err(|error| unreadable(&error))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes.as_slice());
    let mut cases = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let field = |index: usize| record.get(index).unwrap_or_default().to_owned();
        match CaseId::parse(service, &field(0)) {
            Ok(id) => cases.push(Case {
                id,
                title: field(1),
                place: field(2),
            }),
            // The first line may name the columns.
            Err(_) if cases.is_empty() => {}
            Err(error) => {
                let line = record.position().map_or(0, csv::Position::line);
                return Err(unreadable(&format!("line {line}: `{}` {error}", field(0))));
            }
        }
    }
    Ok(cases)
}

fn compared(
    settings: &Settings,
    service: ServiceName,
    seen: &ReportedTests,
    cases: &[Case],
) -> Suggestions {
    let found = seen.tests.iter().flat_map(|test| &test.found);
    let taken: HashSet<&CaseId> = found
        .flat_map(|found| &found.cases)
        .map(|case| &case.id)
        .collect();
    let tests: Vec<SuggestTest<'_>> = seen
        .tests
        .iter()
        .map(|test| SuggestTest {
            class: &test.class,
            name: &test.name,
            mapped: test.found.iter().any(|found| !found.cases.is_empty()),
        })
        .collect();
    let theirs: Vec<SuggestCase<'_>> = cases
        .iter()
        .map(|case| SuggestCase {
            title: &case.title,
            place: &case.place,
            mapped: taken.contains(&case.id),
        })
        .collect();
    let mut found = suggest(&tests, &theirs);
    // The test of such a case may have been renamed, or stands in another report: a person knows.
    let former = former(settings, service);
    for pair in &mut found.pairs {
        let case = cases.get(pair.case);
        pair.certain &= case.is_none_or(|case| !former.contains_key(&case.id));
    }
    found
}

/// Returns the cases that the settings map to a test.
fn former(settings: &Settings, service: ServiceName) -> HashMap<&CaseId, &TestKey> {
    let explicit = settings.cases.of(service).into_iter();
    let explicit = explicit.flat_map(|rules| &rules.explicit);
    explicit
        .flat_map(|mapping| mapping.cases.iter().map(|case| (case, &mapping.test)))
        .collect()
}

fn show_json(context: &Context, matching: &Matching<'_>, apply: bool) -> Result<(), Failure> {
    let pairs: Vec<_> = matching
        .found
        .pairs
        .iter()
        .flat_map(|pair| matching.with_rows(pair.test).map(move |test| (pair, test)))
        .filter_map(|(pair, test)| {
            let (_, case) = matching.names(pair)?;
            let test = &matching.seen.tests.get(test)?.key;
            Some(json!({
                "test": test, "case": case.id, "title": case.title, "place": case.place,
                "score": rounded(pair.score), "certain": pair.certain, "applied": pair.certain && apply,
            }))
        })
        .collect();
    context.ui.json(&json!({
        "schema": "handin/map-suggest/1", "service": matching.service, "suggestions": pairs,
        "without": matching.without(), "apply_score": APPLY_SCORE,
    }))?;
    Ok(())
}

fn show(
    context: &Context,
    matching: &Matching<'_>,
    former: &HashMap<&CaseId, &TestKey>,
) -> Result<(), Failure> {
    let lines: Vec<String> = matching
        .found
        .pairs
        .iter()
        .filter_map(|pair| {
            let (test, case) = matching.names(pair)?;
            let mark = if pair.certain { '=' } else { '?' };
            let former = former.get(&case.id).map_or_else(String::new, |test| {
                format!(
                    "  (so far of `{}`, which is in no report)",
                    sanitized(test.as_str())
                )
            });
            Some(format!(
                "{:.2} {mark} {}  →  {} {}{former}",
                pair.score,
                matching.shown(pair.test, test),
                sanitized(&case.id.0),
                sanitized(&case.title)
            ))
        })
        .collect();
    if !lines.is_empty() {
        context.ui.data(&lines.join("\n"))?;
    }
    Ok(())
}

fn rounded(score: f64) -> f64 {
    (score * 1000.0).round() / 1000.0
}

impl<'a> Matching<'a> {
    fn names(&self, pair: &Suggestion) -> Option<(&'a TestKey, &Case)> {
        Some((
            &self.seen.tests.get(pair.test)?.key,
            self.cases.get(pair.case)?,
        ))
    }

    fn certain(&self) -> impl Iterator<Item = (usize, usize)> {
        let pairs = self.found.pairs.iter();
        pairs
            .filter(|pair| pair.certain)
            .map(|pair| (pair.test, pair.case))
    }

    /// Returns a test and the other rows of it.
    fn with_rows(&self, test: usize) -> impl Iterator<Item = usize> {
        let others = self.rows.get(&test).into_iter().flatten();
        std::iter::once(test).chain(others.copied())
    }

    /// Returns how a test is shown, with how many rows it stands for.
    fn shown(&self, index: usize, test: &TestKey) -> String {
        let name = sanitized(test.as_str());
        match self.rows.get(&index) {
            Some(others) => {
                let others = counted(others.len() as u64, "other row");
                format!("{name} and {others}")
            }
            None => name,
        }
    }

    /// The tests that have no case and for which none was found.
    fn without(&self) -> Vec<&'a TestKey> {
        let pairs = self.found.pairs.iter();
        let proposed: HashSet<usize> = pairs.flat_map(|pair| self.with_rows(pair.test)).collect();
        let tests = self.seen.tests.iter().enumerate();
        tests
            .filter(|(index, test)| {
                !proposed.contains(index) && test.found.iter().all(|found| found.cases.is_empty())
            })
            .map(|(_, test)| &test.key)
            .collect()
    }

    /// Asks about each pair; `q` ends the questions and keeps what was answered.
    fn choose(&self, context: &Context) -> Result<Vec<(usize, usize)>, Failure> {
        let mut chosen: Vec<(usize, usize)> = Vec::new();
        let certain = self.certain().count();
        if certain > 0 {
            let which = match certain {
                1 => "mapping that is".to_owned(),
                several => format!("{several} mappings that are"),
            };
            if context.confirm(&format!("Write the {which} certain?"))? {
                chosen.extend(self.certain());
            }
        }
        for pair in self.found.pairs.iter().filter(|pair| !pair.certain) {
            let taken = |case: usize| chosen.iter().any(|(_, other)| *other == case);
            let near = self
                .found
                .choices
                .get(pair.test)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let choices: Vec<&(usize, f64)> = near
                .iter()
                .filter(|(case, _)| !taken(*case))
                .take(5)
                .collect();
            let Some(test) = self
                .seen
                .tests
                .get(pair.test)
                .filter(|_| !choices.is_empty())
            else {
                continue;
            };
            context
                .ui
                .question(&format!("\n{}", self.shown(pair.test, &test.key)));
            for (number, (case, score)) in choices.iter().enumerate() {
                if let Some(case) = self.cases.get(*case) {
                    let (id, title) = (sanitized(&case.id.0), sanitized(&case.title));
                    context
                        .ui
                        .question(&format!("  {}) {score:.2}  {id} {title}", number + 1));
                }
            }
            let question = "Which? [number, enter for none, q to end]";
            match context.choose(question, choices.len())? {
                Choice::This(number) => {
                    let case = choices.get(number).map(|(case, _)| (pair.test, *case));
                    chosen.extend(case);
                }
                Choice::Nothing => {}
                Choice::End => break,
            }
        }
        Ok(chosen)
    }

    /// Writes what was chosen, and says what is left.
    fn finish(
        &self,
        context: &Context,
        settings: &Settings,
        chosen: &[(usize, usize)],
        apply: bool,
    ) -> Result<ExitStatus, Failure> {
        let rows = chosen.iter();
        let rows = rows.flat_map(|(test, case)| self.with_rows(*test).map(move |row| (row, *case)));
        let rows: Vec<(usize, usize)> = rows.collect();
        if !rows.is_empty() {
            let mut editor = editor(settings)?;
            for (test, case) in &rows {
                if let (Some(test), Some(case)) =
                    (self.seen.tests.get(*test), self.cases.get(*case))
                {
                    editor.map(self.service, &test.key, std::slice::from_ref(&case.id))?;
                }
            }
            editor.save(&context.patience())?;
            let written = counted(rows.len() as u64, "mapping");
            context.ui.status(&format!(
                "{written} written to `{}`",
                editor.path().display()
            ));
        }
        let certain = self.certain().count();
        let without = counted(self.without().len() as u64, "test");
        context.ui.status(&match self.found.pairs.len() as u64 {
            0 => format!("no suggestions: {without} without a match"),
            all => format!(
                "{} ({certain} certain), {without} without a match",
                counted(all, "suggestion")
            ),
        });
        if !apply && chosen.is_empty() && certain > 0 {
            context
                .ui
                .advice("nothing was written; `--apply` writes the certain ones");
        } else if (apply || chosen.is_empty()) && self.found.pairs.len() > certain {
            let all = if self.rows.is_empty() {
                ""
            } else {
                ", with `--all` for all rows of a test"
            };
            context.ui.advice(&format!(
                "those with `?` are for you to judge: `handin map set TEST CASE` writes one{all}"
            ));
        } else if self.found.pairs.is_empty() && !self.without().is_empty() {
            let by_hand = missing::how_to_map_by_hand(self.service);
            context.ui.advice(&by_hand);
        }
        Ok(ExitStatus::Done)
    }
}
