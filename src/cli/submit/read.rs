//! Reads the reports once, for all services together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::mapping::CaseMap;
use crate::model::{Tally, TestCase, TestSuite, Verdict};
use crate::plan::{ContentDigest, Gathering, PlannedReport, TimeKeeper};
use crate::report::{self, ReadError, Source, Summary};
use crate::settings::{Extent, Settings};
use crate::ui::report_json;

/// What one service wants of the reports.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) map: CaseMap<'a>,
    pub(super) gathering: Gathering,
}

/// What the reports hold.
#[derive(Debug)]
pub(super) struct Material {
    pub(super) reports: Vec<PlannedReport>,
    /// Each report as `--json` shows it, the unreadable ones too.
    pub(super) views: Vec<Map<String, Value>>,
    /// The reports that cannot be read, by name, and why.
    pub(super) unreadable: Vec<(String, String)>,
    /// XML of another kind that a folder or glob brought along.
    pub(super) notes: Vec<String>,
    pub(super) tally: Tally,
    pub(super) started: Option<Timestamp>,
    pub(super) finished: Option<Timestamp>,
    /// The words for templates that the reports give.
    pub(super) words: BTreeMap<String, String>,
    /// The failures, for people: `class › name` and the first line of the message.
    pub(super) warnings: Vec<String>,
}

/// Reads all reports; what each service keeps goes to its gathering.
pub(super) fn read(sources: &[Source], settings: &Settings, wishes: &mut [Wish<'_>]) -> Material {
    let mut reading = Reading::new(settings, wishes);
    for source in sources {
        reading.source(source);
    }
    reading.finish()
}

struct Reading<'a, 'b> {
    settings: &'a Settings,
    wishes: &'a mut [Wish<'b>],
    times: TimeKeeper,
    words: BTreeMap<String, String>,
    suite: Option<Arc<TestSuite>>,
    material: Material,
}

impl<'a, 'b> Reading<'a, 'b> {
    fn new(settings: &'a Settings, wishes: &'a mut [Wish<'b>]) -> Self {
        let material = Material {
            reports: Vec::new(),
            views: Vec::new(),
            unreadable: Vec::new(),
            notes: Vec::new(),
            tally: Tally::default(),
            started: None,
            finished: None,
            words: BTreeMap::new(),
            warnings: Vec::new(),
        };
        let times = TimeKeeper::new(TimeZone::system());
        Self {
            settings,
            wishes,
            times,
            words: BTreeMap::new(),
            suite: None,
            material,
        }
    }

    /// Reads one report. Its tests are kept back until it turns out to be whole: half a report is none.
    fn source(&mut self, source: &Source) {
        let mut cases = Vec::new();
        let index = self.material.reports.len();
        let answer = report::read(source, &mut |mut case| {
            self.prepare(&mut case);
            cases.push(Arc::new(case));
        });
        let foreign = answer
            .as_ref()
            .err()
            .and_then(ReadError::foreign)
            .filter(|_| !source.explicit());
        if let Some(what) = foreign {
            self.material
                .notes
                .push(format!("{}: skipped: this is {what}", source.display()));
            return;
        }
        self.material
            .views
            .push(report_json(source.display(), &answer));
        match answer {
            Ok(summary) => {
                for case in &cases {
                    self.offer(index, case);
                }
                self.whole(source, &summary);
            }
            Err(error) => self
                .material
                .unreadable
                .push((source.display().to_owned(), error.to_string())),
        }
    }

    /// Makes a test fit to leave: absolute times, nothing secret, no output that nobody asked for.
    fn prepare(&mut self, case: &mut TestCase) {
        self.times.keep(case);
        let wanted = match self.settings.output {
            Extent::All => true,
            Extent::Failed => case.outcome.verdict().is_bad(),
            Extent::None => false,
        };
        if !wanted {
            case.output = None;
            case.error_output = None;
        }
        super::redact::redact(case, &self.settings.redact);
        if !self
            .suite
            .as_ref()
            .is_some_and(|suite| Arc::ptr_eq(suite, &case.suite))
        {
            self.learn_words(&case.suite);
            self.suite = Some(Arc::clone(&case.suite));
        }
    }

    fn learn_words(&mut self, suite: &TestSuite) {
        for property in &suite.properties {
            self.words
                .entry(property.name.to_lowercase())
                .or_insert_with(|| property.value.clone());
        }
        let job = suite
            .report_name
            .as_deref()
            .filter(|name| !name.is_empty())
            .unwrap_or(&suite.name);
        if !job.is_empty() {
            self.words
                .entry("job".to_owned())
                .or_insert_with(|| job.to_owned());
        }
        if let Some(parent) = &suite.parent {
            self.learn_words(parent);
        }
    }

    fn offer(&mut self, report: usize, case: &Arc<TestCase>) {
        for wish in &mut *self.wishes {
            let cases = wish.map.cases_of(case);
            wish.gathering.add(report, case, cases, &[]);
        }
    }

    fn whole(&mut self, source: &Source, summary: &Summary) {
        self.material.tally += summary.tally;
        let started = summary
            .started
            .and_then(|moment| self.times.instant(moment));
        self.times.note(started, Duration::ZERO);
        let name = std::path::Path::new(source.display()).file_name();
        let name = name.map_or_else(
            || source.display().to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        self.words.entry("report".to_owned()).or_insert(name);
        let shown = source.display();
        let warnings = summary.warnings.iter().map(|warning| match warning.line {
            Some(line) => format!("{shown}:{line}: {}", warning.message),
            None => format!("{shown}: {}", warning.message),
        });
        self.material.warnings.extend(warnings);
        self.material.reports.push(PlannedReport {
            path: shown.to_owned(),
            file: source.file().map(std::path::Path::to_owned),
            folder: source.folder().map(std::path::Path::to_owned),
            format: summary.format.word(),
            digest: ContentDigest(summary.digest),
            tally: summary.tally,
        });
    }

    fn finish(self) -> Material {
        Material {
            started: self.times.started(),
            finished: self.times.finished(),
            words: self.words,
            ..self.material
        }
    }
}

impl Material {
    /// Tells whether any test needs somebody's attention.
    pub(super) fn has_failures(&self) -> bool {
        Verdict::ALL
            .into_iter()
            .filter(|verdict| verdict.is_bad())
            .any(|verdict| self.tally.of(verdict) > 0)
    }
}
