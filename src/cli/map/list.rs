//! `handin map list`.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};

use super::associate;
use super::reported_tests::{self, Need, ReportedTests, source_text};
use super::services;
use crate::cli::place::PlaceArgs;
use crate::cli::values;
use crate::cli::{Context, ExitStatus, Failure, examples, network};
use crate::mapping::{CaseId, ExplicitMapping, Ignored};
use crate::model::{ServiceName, TestKey};
use crate::services::Pages;
use crate::settings::Settings;
use crate::ui::{Ui, counted, sanitized};

/// List the tests with their test cases, and how each was found
///
/// Reads the reports that are named here or in the settings. Mappings of tests that are in no report are listed too. The service
/// is asked only if `title` or `automated_name` is on.
#[derive(Debug, Args)]
#[command(after_long_help = examples::MAP_LIST)]
#[command(group = clap::ArgGroup::new("only").multiple(false))]
pub(super) struct ListArgs {
    /// The reports: files, folders, quoted globs, zip archives; default: `reports` in the settings
    #[arg(value_name = "REPORT")]
    pub(super) reports: Vec<String>,
    /// Only for this service; may be repeated
    #[arg(long, value_name = "SERVICE", value_parser = values::service())]
    service: Vec<ServiceName>,
    /// Only unmapped tests
    #[arg(long, group = "only")]
    unmapped: bool,
    /// Only mappings of tests that are in no report
    #[arg(long, group = "only")]
    stale: bool,
    /// Only test cases that several tests share
    #[arg(long, group = "only")]
    duplicates: bool,
    #[command(flatten)]
    pub(super) association: AssociationArgs,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// Marking Azure's cases as automated.
#[derive(Debug, Args)]
pub(super) struct AssociationArgs {
    /// Show which test cases on Azure would be associated with which test as their automation; with `--apply`, associate them
    ///
    /// handin asks the service to validate each change. A test case with several mapped tests is refused, because Azure associates
    /// one test with a test case.
    #[arg(long, group = "only")]
    pub(super) associate: bool,
    /// With `--associate`, make the changes
    #[arg(long, requires = "associate")]
    pub(super) apply: bool,
}

/// Everything that can be listed for one service.
struct Listing<'a> {
    service: ServiceName,
    mapped: Vec<Mapped<'a>>,
    unmapped: Vec<&'a TestKey>,
    /// What looked like an id and is none: the test, where it was found, what it says.
    ignored: Vec<(&'a TestKey, &'a Ignored)>,
    stale: Vec<&'a ExplicitMapping>,
    duplicates: BTreeMap<&'a CaseId, Vec<&'a TestKey>>,
}

/// A test with its cases.
struct Mapped<'a> {
    test: &'a TestKey,
    cases: Vec<&'a CaseId>,
    source: String,
    line: Option<u32>,
}

pub(super) fn run(context: &Context, args: &ListArgs) -> Result<ExitStatus, Failure> {
    if args.association.associate {
        return associate::run(context, args);
    }
    let settings = args.place.settings(context, &args.service)?;
    let services = services(&settings, &args.service);
    if services.is_empty() {
        return Err(network::no_service(&settings, "nothing can be listed"));
    }
    let need = if args.unmapped || args.stale || !args.reports.is_empty() {
        Need::Reports
    } else {
        Need::Nothing
    };
    let seen = reported_tests::read(context, &settings, &args.reports, &services, need)?;
    let listings: Vec<Listing<'_>> = services
        .iter()
        .enumerate()
        .map(|(index, service)| listing(&settings, &seen, index, *service))
        .collect();
    if context.ui.is_json() {
        context.ui.json(&document(&listings))?;
    } else {
        show(context, &settings, &listings, args)?;
    }
    Ok(ExitStatus::Done)
}

fn listing<'a>(
    settings: &'a Settings,
    seen: &'a ReportedTests,
    index: usize,
    service: ServiceName,
) -> Listing<'a> {
    let mut listing = Listing {
        service,
        mapped: Vec::new(),
        unmapped: Vec::new(),
        ignored: Vec::new(),
        stale: Vec::new(),
        duplicates: BTreeMap::new(),
    };
    let explicit = settings
        .cases
        .of(service)
        .map(|rules| rules.explicit.as_slice());
    let lines: std::collections::HashMap<&TestKey, Option<u32>> = explicit
        .unwrap_or_default()
        .iter()
        .map(|mapping| {
            let now = seen.now(&mapping.test).unwrap_or(&mapping.test);
            (now, mapping.line)
        })
        .collect();
    for test in &seen.tests {
        let cases = test
            .found
            .get(index)
            .map(|found| found.cases.as_slice())
            .unwrap_or_default();
        let ignored = test
            .found
            .get(index)
            .into_iter()
            .flat_map(|found| &found.ignored);
        listing
            .ignored
            .extend(ignored.map(|ignored| (&test.key, ignored)));
        let Some(first) = cases.first() else {
            listing.unmapped.push(&test.key);
            continue;
        };
        listing.mapped.push(Mapped {
            test: &test.key,
            cases: cases.iter().map(|case| &case.id).collect(),
            source: source_text(&first.source),
            line: lines.get(&test.key).copied().flatten(),
        });
    }
    for mapping in explicit.unwrap_or_default() {
        if seen.get(&mapping.test).is_none() && seen.now(&mapping.test).is_none() {
            listing.stale.push(mapping);
        }
    }
    listing.find_duplicates();
    listing
}

impl Listing<'_> {
    fn find_duplicates(&mut self) {
        for mapped in &self.mapped {
            for case in &mapped.cases {
                self.duplicates.entry(case).or_default().push(mapped.test);
            }
        }
        for mapping in &self.stale {
            for case in &mapping.cases {
                self.duplicates.entry(case).or_default().push(&mapping.test);
            }
        }
        self.duplicates.retain(|_, tests| tests.len() > 1);
    }
}

fn document(listings: &[Listing<'_>]) -> Value {
    let services: Vec<Value> = listings
        .iter()
        .map(|listing| {
            json!({
                "service": listing.service.word(),
                "mapped": listing.mapped.iter().map(|mapped| json!({
                    "test": mapped.test, "cases": mapped.cases, "source": mapped.source, "line": mapped.line,
                })).collect::<Vec<_>>(),
                "unmapped": listing.unmapped,
                "ignored": listing.ignored.iter().map(|(test, ignored)| json!({
                    "test": test, "source": source_text(&ignored.source), "text": ignored.text,
                })).collect::<Vec<_>>(),
                "stale": listing.stale.iter().map(|mapping| json!({
                    "test": mapping.test, "cases": mapping.cases, "line": mapping.line,
                })).collect::<Vec<_>>(),
                "duplicates": listing.duplicates.iter().map(|(case, tests)| json!({
                    "case": case, "tests": tests,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({"schema": "handin/map-list/1", "services": services})
}

fn show(
    context: &Context,
    settings: &Settings,
    listings: &[Listing<'_>],
    args: &ListArgs,
) -> Result<(), Failure> {
    let all = !(args.unmapped || args.stale || args.duplicates);
    let mut lines = Vec::new();
    for listing in listings {
        let word = listing.service.word();
        let pages = settings.of(listing.service).pages();
        let show = |case: &CaseId| shown(&context.ui, pages.as_ref(), case);
        if all {
            for mapped in &listing.mapped {
                let cases: Vec<String> = mapped.cases.iter().map(|case| show(case)).collect();
                let (test, source) = (sanitized(mapped.test.as_str()), &mapped.source);
                lines.push(format!(
                    "{word}  {test}  →  {}  ({source})",
                    cases.join(", ")
                ));
            }
        }
        if all || args.unmapped {
            for test in &listing.unmapped {
                lines.push(format!("{word}  {}  →  no case", sanitized(test.as_str())));
            }
        }
        if all || args.stale {
            lines.extend(
                listing
                    .stale
                    .iter()
                    .map(|mapping| stale_line(settings, word, mapping, &show)),
            );
        }
        if args.duplicates {
            for (case, tests) in &listing.duplicates {
                for test in tests {
                    lines.push(format!(
                        "{word}  {}  ←  {}",
                        show(case),
                        sanitized(test.as_str())
                    ));
                }
            }
        }
    }
    if !lines.is_empty() {
        context.ui.data(&lines.join("\n"))?;
    }
    for listing in listings {
        summary(context, listing);
    }
    Ok(())
}

/// Returns a case, which leads to its page where that is known.
fn shown(ui: &Ui, pages: Option<&Pages>, case: &CaseId) -> String {
    let page = pages.and_then(|pages| pages.case(case));
    ui.linked(&sanitized(&case.0), page.as_deref())
}

fn stale_line(
    settings: &Settings,
    word: &str,
    mapping: &ExplicitMapping,
    show: &dyn Fn(&CaseId) -> String,
) -> String {
    let file = settings
        .file
        .as_deref()
        .map(|file| file.display().to_string())
        .unwrap_or_default();
    let place = mapping
        .line
        .map(|line| format!("{file}:{line}, in no report"))
        .unwrap_or_default();
    let cases: Vec<String> = mapping.cases.iter().map(show).collect();
    format!(
        "{word}  {}  →  {}  ({place})",
        sanitized(mapping.test.as_str()),
        cases.join(", ")
    )
}

fn summary(context: &Context, listing: &Listing<'_>) {
    for (test, ignored) in &listing.ignored {
        context.ui.warning(&format!(
            "`{}`: {}",
            sanitized(test.as_str()),
            sanitized(&ignored.reason(listing.service))
        ));
    }
    let mut counts = vec![
        counted(listing.mapped.len() as u64, "test") + " mapped",
        counted(listing.unmapped.len() as u64, "test") + " without a case",
    ];
    let remarks = [
        (listing.stale.len(), "mapping", " in no report"),
        (listing.duplicates.len(), "case", " shared by several tests"),
    ];
    let remarks = remarks.iter().filter(|(count, ..)| *count > 0);
    counts.extend(remarks.map(|(count, noun, what)| counted(*count as u64, noun) + what));
    let service = listing.service.title();
    context
        .ui
        .status(&format!("{service}: {}", counts.join(", ")));
    if !listing.unmapped.is_empty() {
        context.ui.advice(&format!(
            "`handin map suggest --service {}` suggests test cases for them",
            listing.service.word()
        ));
    }
}
