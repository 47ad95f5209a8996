//! Reads the reports once, for all services together.

mod apart;
mod blame;
mod packed;
pub(super) mod redact;
mod stray;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use self::stray::Strays;
use super::Failure;
use super::connect::Service;
use crate::mapping::{CaseMap, TitleIndex};
use crate::model::{Failure as Trouble, Outcome, Tally, TestCase, TestSuite, Verdict};
use crate::plan::{Checkpoint, ContentDigest, PlanBuilder, PlannedFile, PlannedReport, TimeKeeper};
use crate::report::attachments::{Attachments, Located};
use crate::report::{self, Keys, LateProperties, ReadError, Source, Summary, Warning};
use crate::services::Progress;
use crate::settings::{Extent, Settings};
use crate::transport::Clock;
use crate::ui::page::{self, Bounded, FailedTest};
use crate::ui::{counted, report_json};

/// What one service needs of the reports.
#[derive(Debug)]
pub(super) struct ServiceInput<'a> {
    pub(super) map: &'a CaseMap<'a>,
    pub(super) builder: PlanBuilder,
    /// Whose attachments are uploaded.
    pub(super) attach: Extent,
    strays: Strays,
}

impl<'a> ServiceInput<'a> {
    /// As [`inputs`], for one service and without attachments.
    pub(super) fn bare(settings: &Settings, map: &'a CaseMap<'a>) -> Self {
        let section = settings.of(map.service());
        Self {
            map,
            builder: PlanBuilder::new(map.service(), section.makes_cases()),
            attach: Extent::None,
            strays: Strays::of(section),
        }
    }
}

/// What the reports hold.
#[derive(Debug)]
pub(super) struct ParsedReports {
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
    /// The tests that need somebody's attention, the first of them.
    pub(super) failures: Bounded<FailedTest>,
    /// The tests that passed after they had failed, the first of them.
    pub(super) flaky: Bounded<FailedTest>,
    /// What is worth knowing.
    pub(super) warnings: Vec<String>,
}

/// Makes the map of each service; asks for titles where the rules need them.
pub(super) fn maps<'a>(
    settings: &'a Settings,
    services: &[Service],
) -> Result<Vec<CaseMap<'a>>, Failure> {
    let mut maps = Vec::new();
    for service in services {
        let map = CaseMap::new(&settings.cases, service.name());
        let needs_titles = map.needs_titles();
        maps.push(if needs_titles {
            map.titles(titles(service)?)
        } else {
            map
        });
    }
    Ok(maps)
}

/// Prepares for each service what it needs of the reports.
pub(super) fn inputs<'a>(settings: &Settings, maps: &'a [CaseMap<'a>]) -> Vec<ServiceInput<'a>> {
    let input = |map: &'a CaseMap<'a>| {
        let (section, bare) = (
            settings.of(map.service()),
            ServiceInput::bare(settings, map),
        );
        ServiceInput {
            builder: bare.builder.packing(section.packs()),
            attach: section.attach(),
            ..bare
        }
    };
    maps.iter().map(input).collect()
}

/// Asks for the titles of the cases, and for the tests that automate them.
pub(super) fn titles(service: &Service) -> Result<TitleIndex, Failure> {
    let mut titles = TitleIndex::default();
    let cases = service.catalog().all_cases();
    for case in cases.map_err(|error| Failure::from(error).of_service(service.name()))? {
        titles.add(&case.id, &case.title, case.automated_name.as_deref());
    }
    Ok(titles)
}

/// How many tests are read between two looks at the display.
const GLANCE: u64 = 256;

/// Reads all reports; what each service keeps goes to its builder.
pub(super) fn read(
    sources: &[Source],
    settings: &Settings,
    clock: &Clock,
    inputs: &mut [ServiceInput<'_>],
    progress: &dyn Progress,
) -> ParsedReports {
    // `--close` works without reports.
    if !sources.is_empty() {
        progress.stage(
            &format!("reading {}", counted(sources.len() as u64, "file")),
            0,
        );
    }
    let mut reading = Reading::new(settings, clock, inputs, progress);
    for index in 0..sources.len() {
        reading.source(sources, index);
    }
    reading.finish()
}

/// The tests of one report that are told of.
#[derive(Debug, Default)]
struct Told {
    failures: Bounded<FailedTest>,
    flaky: Bounded<FailedTest>,
}

struct Reading<'a, 'b> {
    settings: &'a Settings,
    inputs: &'a mut [ServiceInput<'b>],
    times: TimeKeeper,
    words: BTreeMap<String, String>,
    suite: Option<Arc<TestSuite>>,
    /// What is odd about the files that the report names which is being read.
    attached: Vec<Warning>,
    parsed: ParsedReports,
    progress: &'a dyn Progress,
    /// How many tests were read since the last look at the display.
    unseen: u64,
    /// When each report ran.
    spans: Vec<apart::Span>,
    /// The keys of the reports so far.
    keys: Keys,
}

impl<'a, 'b> Reading<'a, 'b> {
    fn new(
        settings: &'a Settings,
        clock: &Clock,
        inputs: &'a mut [ServiceInput<'b>],
        progress: &'a dyn Progress,
    ) -> Self {
        let parsed = ParsedReports {
            reports: Vec::new(),
            views: Vec::new(),
            unreadable: Vec::new(),
            notes: Vec::new(),
            tally: Tally::default(),
            started: None,
            finished: None,
            words: BTreeMap::new(),
            failures: Bounded::default(),
            flaky: Bounded::default(),
            warnings: Vec::new(),
        };
        let times = TimeKeeper::new(clock.zone());
        Self {
            settings,
            inputs,
            times,
            words: BTreeMap::new(),
            suite: None,
            attached: Vec::new(),
            parsed,
            progress,
            unseen: 0,
            spans: Vec::new(),
            keys: Keys::default(),
        }
    }

    /// Reads one report. What it gave is taken back when it turns out not to be whole: half a report is none.
    fn source(&mut self, sources: &[Source], at: usize) {
        let Some(source) = sources.get(at) else {
            return;
        };
        // Of one that could not be read.
        self.times.take_span();
        let index = self.parsed.reports.len();
        let before: Vec<Checkpoint> = self
            .inputs
            .iter()
            .map(|input| input.builder.checkpoint())
            .collect();
        let places = Attachments::new(source.beside(), &self.settings.attachments)
            .never(&self.settings.secrets);
        let (mut answer, mut told) = self.pass(source, index, None, &places);
        if let Some(late) = late(&answer) {
            // The tests were handed over before these properties came: once more, with them.
            self.go_back(&before);
            (answer, told) = self.pass(source, index, Some(&late), &places);
        }
        match &mut answer {
            Ok(summary) => self.keys.compare(sources, at, summary),
            Err(_) => self.go_back(&before),
        }
        let foreign = answer
            .as_ref()
            .err()
            .and_then(ReadError::foreign)
            .filter(|_| !source.explicit());
        if let Some(what) = foreign {
            self.parsed
                .notes
                .push(format!("{}: skipped: this is {what}", source.display()));
            return;
        }
        let mut view = report_json(source.display(), &answer);
        self.tell_of_files(&mut view);
        self.parsed.views.push(view);
        match answer {
            Ok(summary) => {
                self.whole(source, &summary);
                self.parsed.failures.append(told.failures);
                self.parsed.flaky.append(told.flaky);
            }
            Err(error) => {
                self.parsed
                    .unreadable
                    .push((source.display().to_owned(), error.to_string()));
            }
        }
    }

    /// Reads a report from its beginning to its end.
    fn pass(
        &mut self,
        source: &Source,
        index: usize,
        late: Option<&LateProperties>,
        places: &Attachments,
    ) -> (Result<Summary, ReadError>, Told) {
        let mut told = Told::default();
        let mut visit = |case: &mut TestCase| {
            self.prepare(case);
            self.count();
            if case.outcome.verdict().is_bad() {
                told.failures.push(|| self.failed(source, case));
            } else if case.is_flaky() {
                told.flaky.push(|| self.flaky(source, case));
            }
            self.offer(index, case, places);
        };
        let answer = match late {
            Some(late) => report::read_again(source, late, &mut visit),
            None => report::read(source, &mut visit),
        };
        (answer, told)
    }

    /// Takes back what a report gave.
    fn go_back(&mut self, before: &[Checkpoint]) {
        let inputs = self.inputs.iter_mut().zip(before);
        inputs.for_each(|(input, checkpoint)| input.builder.go_back(checkpoint));
        self.attached.clear();
    }

    /// Adds the warnings about the files that a report names.
    fn tell_of_files(&mut self, view: &mut Map<String, Value>) {
        let attached = std::mem::take(&mut self.attached);
        if let Some(Value::Array(told)) = view.get_mut("warnings") {
            told.extend(attached.iter().map(|warning| json!(warning)));
        }
        let messages = attached.into_iter().map(|warning| warning.message);
        self.parsed.warnings.extend(messages);
    }

    /// Makes a test fit to leave: absolute times, nothing secret, no output that nobody asked for.
    fn prepare(&mut self, case: &mut TestCase) {
        self.times.keep(case);
        if !goes_along(self.settings.output, &case.outcome) {
            case.output = None;
            case.error_output = None;
        }
        redact::redact(case, &self.settings.redact);
        if !self
            .suite
            .as_ref()
            .is_some_and(|suite| Arc::ptr_eq(suite, &case.suite))
        {
            self.learn_words(&case.suite);
            self.suite = Some(Arc::clone(&case.suite));
        }
    }

    fn count(&mut self) {
        self.unseen += 1;
        if self.unseen == GLANCE {
            self.progress.advance(std::mem::take(&mut self.unseen));
        }
    }

    /// Returns the entry of a failed test for the page.
    fn failed(&self, source: &Source, case: &TestCase) -> FailedTest {
        self.told(source, case, case.outcome.failure())
    }

    /// Returns the entry of a flaky test for the page: why it failed at first.
    fn flaky(&self, source: &Source, case: &TestCase) -> FailedTest {
        let mut failures = case.earlier.iter().filter_map(|it| it.outcome.failure());
        self.told(source, case, failures.next())
    }

    fn told(&self, source: &Source, case: &TestCase, failure: Option<&Trouble>) -> FailedTest {
        let mut test = case.key().to_string();
        redact::text(&mut test, &self.settings.redact);
        let kind = failure.and_then(|it| it.kind.as_deref());
        let message = failure.and_then(|it| it.message.as_deref());
        let details = failure.and_then(|it| it.details.as_deref());
        FailedTest {
            test: page::name(&test),
            verdict: case.outcome.verdict(),
            place: (source.display().to_owned(), case.line),
            source: failure.and_then(|failure| blame::of_failure(case, failure, blame::is_here)),
            message: page::message(message.or(kind).unwrap_or_default()),
            details: page::details(
                details
                    .filter(|it| Some(*it) != message)
                    .unwrap_or_default(),
            ),
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

    fn offer(&mut self, report: usize, case: &TestCase, places: &Attachments) {
        let mut located = None;
        for index in 0..self.inputs.len() {
            let Some(input) = self.inputs.get_mut(index) else {
                return;
            };
            let (cases, ignored) = input.map.look(case);
            let files = match &located {
                _ if !input.builder.keeps(&cases) => Vec::new(),
                Some((extent, files)) if *extent == input.attach => Vec::clone(files),
                _ => {
                    let files = files_of(case, input.attach, places, &mut self.attached);
                    located = Some((input.attach, files.clone()));
                    files
                }
            };
            let is_unmapped = !input.builder.keeps(&cases);
            if cases.is_empty() && !is_unmapped && !ignored.is_empty() {
                input.strays.note(input.map.service(), case, &ignored);
            }
            input.builder.add(report, case, cases, &files);
            if let (true, Some(first)) = (is_unmapped, ignored.first()) {
                let service = input.map.service();
                input.builder.explain(|| Some(first.reason(service)));
            }
        }
    }

    fn whole(&mut self, source: &Source, summary: &Summary) {
        self.parsed.tally += summary.tally;
        let started = summary
            .started
            .and_then(|moment| self.times.instant(moment));
        self.times.note(started, Duration::ZERO);
        if let Some((began, ended)) = self.times.take_span() {
            self.spans.push(apart::Span {
                report: source.display().to_owned(),
                began,
                ended,
            });
        }
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
        self.parsed.warnings.extend(warnings);
        self.parsed.reports.push(PlannedReport {
            path: shown.to_owned(),
            file: source.known(),
            folder: source.folder().map(std::path::Path::to_owned),
            packed: packed::folder(source),
            format: summary.format.word(),
            digest: ContentDigest(summary.digest),
            tally: summary.tally,
        });
    }

    fn finish(mut self) -> ParsedReports {
        let notices = self
            .inputs
            .iter()
            .flat_map(|input| [input.map.renamed_notice(), input.strays.notice()])
            .flatten();
        for notice in notices {
            if !self.parsed.warnings.contains(&notice) {
                self.parsed.warnings.push(notice);
            }
        }
        let spans = std::mem::take(&mut self.spans);
        self.parsed.warnings.extend(apart::warning(spans));
        ParsedReports {
            started: self.times.started(),
            finished: self.times.finished(),
            words: self.words,
            ..self.parsed
        }
    }
}

/// Returns the properties that came too late for the tests of a report.
fn late(answer: &Result<Summary, ReadError>) -> Option<LateProperties> {
    let summary = answer.as_ref().ok()?;
    (!summary.late.is_empty()).then(|| summary.late.clone())
}

/// Returns whether what belongs to an outcome goes along.
fn goes_along(attach: Extent, outcome: &Outcome) -> bool {
    match attach {
        Extent::All => true,
        Extent::Failed => outcome.verdict().is_bad(),
        Extent::None => false,
    }
}

/// Finds the files of a test, of its steps and of its earlier tries, as far as they go along. One that may not be read, or is not there,
/// is a warning.
fn files_of(
    case: &TestCase,
    attach: Extent,
    places: &Attachments,
    warnings: &mut Vec<Warning>,
) -> Vec<PlannedFile> {
    let mut warn = |text: String| {
        let warning = Warning {
            line: Some(case.line),
            message: format!("{}: {text}", case.key()),
        };
        // Another service may have asked for files of the same test just before.
        if !warnings.iter().rev().take(100).any(|it| *it == warning) {
            warnings.push(warning);
        }
    };
    let mut files: Vec<PlannedFile> = Vec::new();
    let mut seen = HashSet::new();
    let own = case.all_attachments().map(|file| (None, file));
    let own = own.filter(|_| goes_along(attach, &case.outcome));
    let tries = case.earlier.iter().enumerate();
    let of_tries = tries
        .filter(|(_, attempt)| goes_along(attach, &attempt.outcome))
        .flat_map(|(index, attempt)| attempt.attachments.iter().map(move |it| (Some(index), it)));
    for (attempt, attachment) in own.chain(of_tries) {
        match places.locate(attachment) {
            Located::Found(found) => {
                if seen.insert(found.known.path().to_owned()) {
                    files.push(PlannedFile {
                        size: found.known.size(),
                        file: found.known,
                        name: found.name,
                        attempt,
                    });
                }
            }
            Located::Refused { path, reason } => {
                warn(format!(
                    "attachment `{}` {reason}; it is skipped",
                    path.display()
                ));
            }
            Located::NotFound { path } => {
                warn(format!("attachment `{}` not found", path.display()));
            }
            Located::TooLarge {
                path,
                size,
                largest,
            } => warn(format!(
                "attachment `{}` has {size} bytes, and {largest} is the most; it is skipped",
                path.display()
            )),
        }
    }
    files
}

impl ParsedReports {
    /// Returns whether any test needs somebody's attention.
    pub(super) fn has_failures(&self) -> bool {
        Verdict::ALL
            .into_iter()
            .filter(|verdict| verdict.is_bad())
            .any(|verdict| self.tally.of(verdict) > 0)
    }
}
