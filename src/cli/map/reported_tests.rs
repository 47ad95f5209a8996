//! The tests of the reports, each once, with the cases that they have.

use std::collections::HashMap;
use std::path::Path;

use crate::cli::connect::{Access, connect};
use crate::cli::init::unnamed_reports;
use crate::cli::{Context, Failure, reading};
use crate::mapping::{CaseId, CaseMap, CaseSource, Ignored, MappedCase};
use crate::model::{ServiceName, TestCase, TestKey};
use crate::report::{self, DiscoverError, ReadError};
use crate::services::Sharing;
use crate::settings::Settings;
use crate::ui::sanitized;

/// A test of the reports.
#[derive(Debug)]
pub(super) struct SeenTest {
    pub(super) key: TestKey,
    pub(super) class: String,
    pub(super) name: String,
    /// For each service that was asked about, in that order.
    pub(super) found: Vec<FoundCases>,
}

/// The cases of a test on one service.
#[derive(Debug, Default)]
pub(super) struct FoundCases {
    pub(super) cases: Vec<MappedCase>,
    /// What looked like an id and is none.
    pub(super) ignored: Vec<Ignored>,
}

/// The tests of all reports, in their order.
#[derive(Debug, Default)]
pub(super) struct ReportedTests {
    pub(super) tests: Vec<SeenTest>,
    index: HashMap<TestKey, usize>,
    /// The tests by the keys that version 0.1.0 gave them, where those were others.
    formerly: HashMap<TestKey, TestKey>,
    /// Whether any report could be named at all.
    pub(super) has_reports: bool,
}

impl ReportedTests {
    pub(super) fn get(&self, key: &TestKey) -> Option<&SeenTest> {
        self.tests.get(*self.index.get(key)?)
    }

    /// Returns the key that a test has now which had this one in version 0.1.0.
    pub(super) fn now(&self, former: &TestKey) -> Option<&TestKey> {
        self.formerly.get(former)
    }

    fn add(&mut self, case: &TestCase, maps: &[CaseMap<'_>]) {
        let key = case.key();
        for former in TestKey::former(case) {
            self.formerly.entry(former).or_insert_with(|| key.clone());
        }
        let found: Vec<FoundCases> = maps
            .iter()
            .map(|map| {
                let (cases, ignored) = map.look(case);
                FoundCases { cases, ignored }
            })
            .collect();
        if let Some(known) = self.index.get(&key).and_then(|at| self.tests.get_mut(*at)) {
            // Two tests with one key share an explicit mapping; their properties may differ.
            for (known, new) in known.found.iter_mut().zip(found) {
                for case in new.cases {
                    if !known.cases.iter().any(|have| have.id == case.id) {
                        known.cases.push(case);
                    }
                }
            }
            return;
        }
        self.index.insert(key.clone(), self.tests.len());
        self.tests.push(SeenTest {
            class: class_of(case),
            name: case.name.clone(),
            key,
            found,
        });
    }
}

/// What stands for the class, as in the key.
fn class_of(case: &TestCase) -> String {
    let class = case.class_name.as_deref().or(case.suite.file.as_deref());
    class.unwrap_or(&case.suite.name).to_owned()
}

/// Whether the reports must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Without them the command makes no sense.
    Reports,
    /// They only help.
    Nothing,
}

/// Reads the tests of the reports that the command line or the settings name. One that cannot be read is told and left out.
pub(super) fn read(
    context: &Context,
    settings: &Settings,
    reports: &[String],
    services: &[ServiceName],
    need: Need,
) -> Result<ReportedTests, Failure> {
    let mut seen = ReportedTests::default();
    let (arguments, base) = if reports.is_empty() {
        (settings.reports.as_slice(), settings.reports_base.as_path())
    } else {
        (reports, Path::new(""))
    };
    if arguments.is_empty() {
        return match need {
            Need::Nothing => Ok(seen),
            Need::Reports => Err(unnamed_reports("nothing was read")),
        };
    }
    let found = match report::discover(arguments, base, &context.patience()) {
        Ok(found) => found.with_retries(settings.retries.map(Into::into)),
        Err(error @ DiscoverError::Nothing { .. }) if need == Need::Nothing => {
            context.ui.status(&sanitized(&error.to_string()));
            return Ok(seen);
        }
        Err(error) => return Err(error.into()),
    };
    seen.has_reports = true;
    let maps: Vec<CaseMap<'_>> = services
        .iter()
        .map(|service| {
            map_of(context, settings, *service).unwrap_or_else(|failure| {
                context.ui.warning(&format!(
                    "cases by title and by automated name are skipped: {}",
                    failure.message
                ));
                CaseMap::new(&settings.cases, *service)
            })
        })
        .collect();
    for source in &found.sources {
        let mut cases = Vec::new();
        match report::read(source, &mut |case| cases.push(case.take())) {
            Ok(_) => cases.iter().for_each(|case| seen.add(case, &maps)),
            Err(error) => tell(context, source.display(), &error, source.explicit()),
        }
    }
    Ok(seen)
}

/// Returns the map of a service. Where the rules need titles, the service is asked for them.
pub(super) fn map_of<'a>(
    context: &Context,
    settings: &'a Settings,
    service: ServiceName,
) -> Result<CaseMap<'a>, Failure> {
    let map = CaseMap::new(&settings.cases, service);
    if !map.needs_titles() {
        return Ok(map);
    }
    let asked = connect(context, settings, service, Access::Read, Sharing::ALONE)?;
    Ok(map.titles(reading::titles(&asked)?))
}

fn tell(context: &Context, path: &str, error: &ReadError, explicit: bool) {
    match error.foreign().filter(|_| !explicit) {
        Some(what) => context
            .ui
            .status(&format!("{}: skipped: this is {what}", sanitized(path))),
        None => context
            .ui
            .warning(&format!("{}: skipped: {error}", sanitized(path))),
    }
}

/// Returns ids joined by commas.
pub(super) fn joined<'a>(ids: impl IntoIterator<Item = &'a CaseId>) -> String {
    let ids: Vec<&str> = ids.into_iter().map(|id| id.0.as_str()).collect();
    ids.join(", ")
}

/// Returns the words that tell where a mapping comes from.
pub(super) fn source_text(source: &CaseSource) -> String {
    match source {
        CaseSource::Explicit => "settings".to_owned(),
        CaseSource::Property(name) => format!("property `{}`", sanitized(name)),
        CaseSource::Pattern(pattern) => format!("pattern `{pattern}`"),
        CaseSource::Title => "title".to_owned(),
        CaseSource::AutomatedName => "automated test name".to_owned(),
    }
}
