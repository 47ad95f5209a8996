//! What is to stand on qTest: one log for each test, or case, in each suite. Made from the plan alone, without asking anybody,
//! and the same on every machine.

use std::collections::HashMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::marks::{self, Slot};
use super::names::{self, Named, Naming};
use super::settings::FingerprintStyle;
use super::target::QtestTarget;
use super::{fingerprint, requirements, text};
use crate::mapping::CaseId;
use crate::model::{Outcome, StepVerdict, TestCase, TestKey, TestStep, Verdict};
use crate::plan::{PlannedFile, PlannedResult, SubmissionPlan, Template};
use crate::services::words::{self, said};

/// How much of a failure's text goes into a note.
const MESSAGE_LIMIT: usize = 4000;

/// By what the case of an entry is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// By its fingerprint: qTest's field *Automation Content*.
    Print(String),
    /// By its id, because somebody mapped the test to it.
    Case(CaseId),
}

impl Subject {
    /// Returns a text that is different for each subject.
    fn text(&self) -> String {
        match self {
            Self::Print(print) => format!("print {print}"),
            Self::Case(id) => format!("case {id}"),
        }
    }

    /// Returns a short text that is different for each subject, for the journal.
    pub(super) fn mark(&self) -> String {
        marks::short_digest(&[&self.text()])
    }
}

/// A cycle and a suite in it. Where the suite is named by its id, it is wherever it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct CycleAndSuite {
    pub(super) cycle: Named,
    pub(super) suite: Named,
}

/// One log to be.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Which of [`Entries::places`] it goes to.
    pub(super) place: usize,
    pub(super) subject: Subject,
    pub(super) slot: Slot,
    /// What it is called in the journal; given once the project is known.
    pub(super) item: String,
    pub(super) name: String,
    pub(super) folder: Vec<String>,
    /// What the report says of each of these folders, from the outermost; empty where it says nothing.
    pub(super) folders: Vec<Option<String>>,
    pub(super) verdict: Verdict,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
    /// The note, without the mark at its end.
    pub(super) note: String,
    /// What the report says of the test itself, not of this run.
    pub(super) description: String,
    pub(super) steps: Vec<EntryStep>,
    /// What goes into fields of the run, by their names.
    pub(super) fields: Vec<(String, String)>,
    /// The requirements that the test names, as it names them.
    pub(super) requirements: Vec<String>,
    pub(super) files: Vec<PlannedFile>,
    pub(super) tests: Vec<TestKey>,
    pub(super) build: String,
    pub(super) build_url: String,
}

impl Entry {
    /// Returns the tests by name.
    pub(super) fn title(&self) -> String {
        match self.tests.as_slice() {
            [] => self.name.clone(),
            [only] => only.to_string(),
            [first, rest @ ..] => format!("{first} (and {} more of the same case)", rest.len()),
        }
    }
}

/// A step of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryStep {
    pub(super) description: String,
    pub(super) expected: String,
    pub(super) verdict: StepVerdict,
    pub(super) actual: String,
}

/// Everything that is to stand there.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    pub(super) places: Vec<CycleAndSuite>,
    pub(super) all: Vec<Entry>,
}

/// Sorts the results of a plan into entries. Tests with one fingerprint in one suite are one run there: they become one entry
/// with the worst outcome, whose note names each.
pub(super) fn of(naming: &Naming<'_>, now: Timestamp) -> Entries {
    let (plan, target) = (naming.plan, naming.target);
    let mut times = Times::new(plan, now);
    let mut entries = Entries::default();
    let mut known: HashMap<(usize, Subject), usize> = HashMap::new();
    for result in &plan.results {
        let case = result.case.unpack();
        let (started, ended) = times.of(&case);
        let place = place_of(&mut entries.places, naming.place((result.report, &case)));
        for subject in subjects((result, &case), target) {
            let made = one(
                naming,
                (result, &case),
                (place, &entries.places, &subject),
                (started, ended),
            );
            if let Some(entry) = known
                .get(&(place, subject.clone()))
                .and_then(|at| entries.all.get_mut(*at))
            {
                fold(entry, made);
            } else {
                known.insert((place, subject), entries.all.len());
                entries.all.push(made);
            }
        }
    }
    entries
}

fn place_of(places: &mut Vec<CycleAndSuite>, (cycle, suite): (Named, Named)) -> usize {
    let place = CycleAndSuite { cycle, suite };
    places
        .iter()
        .position(|known| *known == place)
        .unwrap_or_else(|| {
            places.push(place);
            places.len() - 1
        })
}

fn subjects((result, case): (&PlannedResult, &TestCase), target: &QtestTarget) -> Vec<Subject> {
    if result.cases.is_empty() {
        return vec![Subject::Print(fingerprint::of(
            case,
            &target.fingerprint,
            target.facts.fingerprints,
        ))];
    }
    let mut subjects: Vec<Subject> = result.cases.iter().cloned().map(Subject::Case).collect();
    subjects.dedup();
    subjects
}

fn one(
    naming: &Naming<'_>,
    (result, case): (&PlannedResult, &TestCase),
    (place, places, subject): (usize, &[CycleAndSuite], &Subject),
    (started, ended): (Timestamp, Timestamp),
) -> Entry {
    let target = naming.target;
    let classes = target.fingerprint == FingerprintStyle::JenkinsClass
        && matches!(subject, Subject::Print(_));
    let own_class = fingerprint::class(case).filter(|_| classes);
    let (cycle, suite) = places.get(place).map_or_else(Default::default, |place| {
        (place.cycle.to_string(), place.suite.to_string())
    });
    let render = |template: &Template| naming.render(template, (result.report, case));
    let build_url = render(&target.build_url);
    Entry {
        place,
        subject: subject.clone(),
        slot: Slot::of(&cycle, &suite, &subject.text()),
        item: String::new(),
        name: own_class.map_or_else(|| names::case_name(case), text::name),
        folders: told_of_folders(case, &names::folder(case)),
        folder: names::folder(case),
        verdict: case.outcome.verdict(),
        started,
        ended,
        note: note(case, &render(&target.note)),
        description: description((result, case), own_class),
        steps: if classes {
            vec![method(case)]
        } else {
            case.steps.iter().map(step).collect()
        },
        fields: own_fields(case, &target.fields),
        requirements: requirements::named_by(case, &target.requirements),
        files: result.files.clone(),
        tests: vec![result.test.clone()],
        build: render(&target.build),
        build_url,
    }
}

/// Adds another test of the same case in the same suite.
fn fold(entry: &mut Entry, other: Entry) {
    if entry.tests.len() == 1 {
        entry.note = headed(&entry.title(), entry.verdict, &entry.note);
    }
    entry.note.push_str("\n\n");
    entry
        .note
        .push_str(&headed(&other.title(), other.verdict, &other.note));
    entry.verdict = entry.verdict.max(other.verdict);
    entry.started = entry.started.min(other.started);
    entry.ended = entry.ended.max(other.ended);
    entry.requirements.extend(other.requirements);
    entry.files.extend(other.files);
    entry.tests.extend(other.tests);
    let class_of_methods = entry.description == other.description;
    if class_of_methods {
        entry.steps.extend(other.steps);
    }
}

fn headed(title: &str, verdict: Verdict, note: &str) -> String {
    let blank = if note.is_empty() { "" } else { "\n" };
    format!("{title}: {}{blank}{note}", verdict.word())
}

/// Returns the descriptions of a test's folders: the `description` of a suite that is called as the folder is, and of the
/// innermost the property `module_description`.
fn told_of_folders(case: &TestCase, folder: &[String]) -> Vec<Option<String>> {
    let suites = std::iter::successors(Some(&*case.suite), |suite| suite.parent.as_deref());
    let described: Vec<(&str, &str)> = suites
        .filter_map(|suite| {
            let mut own = suite.properties.iter();
            let told = own.find(|own| own.name.eq_ignore_ascii_case("description"))?;
            Some((suite.name.as_str(), told.value.trim()))
        })
        .collect();
    let of_module = case.property("module_description").map(str::trim);
    if described.is_empty() && of_module.is_none() {
        return Vec::new();
    }
    let of_depth = |depth: usize| {
        let path = folder.get(..depth).unwrap_or_default();
        let names = [
            path.join("."),
            path.join("/"),
            path.last().cloned().unwrap_or_default(),
        ];
        let mut suites = described.iter();
        let own = suites.find(|(name, _)| names.iter().any(|known| known == name));
        let told = own
            .map(|(_, told)| *told)
            .or(of_module.filter(|_| depth == folder.len()));
        told.filter(|told| !told.is_empty()).map(str::to_owned)
    };
    (1..=folder.len()).map(of_depth).collect()
}

/// Returns the properties that go into fields of the run; `*` stands for all.
fn own_fields(case: &TestCase, wanted: &[String]) -> Vec<(String, String)> {
    let every = wanted.iter().any(|name| name == "*");
    let suites = std::iter::successors(Some(&*case.suite), |suite| suite.parent.as_deref());
    let of_suites = suites.flat_map(|suite| &suite.properties);
    let all = case.properties.iter().chain(of_suites).filter(|_| every);
    let named = wanted
        .iter()
        .filter(|name| *name != "*")
        .filter_map(|name| {
            let value = case.property(name)?;
            Some((name.clone(), value.to_owned()))
        });
    let all = all.map(|property| (property.name.clone(), property.value.clone()));
    named.chain(all).collect()
}

/// The properties of a test that say what was tested, and what they are called in its description.
const TESTED: [(&str, &[&str]); 2] = [
    ("Application", &["application", "app", "appPackage"]),
    ("URL", &["url", "base_url", "baseUrl"]),
];

/// What the case is, without anything that changes from run to run: that would make a new version each time.
fn description((result, case): (&PlannedResult, &TestCase), class: Option<&str>) -> String {
    if let Some(class) = class {
        return class.to_owned();
    }
    let own = |name: &str| {
        let mut properties = case.properties.iter();
        let found = properties.find(|own| own.name.eq_ignore_ascii_case(name))?;
        Some(found.value.trim()).filter(|value| !value.is_empty())
    };
    let told = case.description.as_deref().map(str::trim);
    let said = own("description").or(told.filter(|text| !text.is_empty()));
    let tested = TESTED.iter().filter_map(|(word, names)| {
        let value = names.iter().find_map(|name| own(name))?;
        Some(format!("{word}: {value}"))
    });
    let lines = said.map(str::to_owned).into_iter().chain(tested);
    let lines: Vec<String> = lines.chain([result.test.to_string()]).collect();
    lines.join("\n")
}

fn note(case: &TestCase, own: &str) -> String {
    let mut parts = Vec::new();
    let count = case.attempts();
    for (number, attempt) in case.earlier.iter().enumerate() {
        parts.push(format!(
            "Attempt {} of {count}: {}",
            number + 1,
            said(&attempt.outcome, MESSAGE_LIMIT / 4)
        ));
    }
    let said = match case.outcome {
        Outcome::Passed => String::new(),
        Outcome::Failed(_)
        | Outcome::Errored(_)
        | Outcome::Skipped { .. }
        | Outcome::Incomplete => said(&case.outcome, MESSAGE_LIMIT),
    };
    parts.push(said);
    if let Some(row) = case.iteration {
        parts.push(format!("Row {row}"));
    }
    parts.push(own.to_owned());
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn step(step: &TestStep) -> EntryStep {
    let name = text::name(&step.name);
    let told = step.description.as_deref().map(text::name);
    let told = told.filter(|told| !told.is_empty() && *told != name);
    EntryStep {
        expected: expected(&name),
        description: told.map_or_else(
            || name.clone(),
            |told| text::name(&format!("{name}: {told}")),
        ),
        verdict: step.verdict,
        actual: step.message.as_deref().map_or_else(
            || actual(step.verdict).to_owned(),
            |text| words::bounded(text, MESSAGE_LIMIT),
        ),
    }
}

/// Returns the expected result of a step. Katalon's keywords that check something say in their names what, and whether it is
/// inverted: `verifyElementNotPresent`.
fn expected(step: &str) -> String {
    let mut checks = ["verify", "assert"].into_iter();
    let checked = checks.find_map(|check| step.strip_prefix(check));
    let is_keyword = |rest: &&str| {
        rest.starts_with(|c: char| c.is_ascii_uppercase())
            && rest.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let Some(checked) = checked.filter(is_keyword) else {
        return "Passes".to_owned();
    };
    let mut words: Vec<String> = Vec::new();
    for letter in checked.chars() {
        match words.last_mut() {
            Some(word) if !letter.is_ascii_uppercase() => word.push(letter),
            Some(_) => words.push(letter.to_ascii_lowercase().to_string()),
            None => words.push(letter.to_string()),
        }
    }
    let count = words.len();
    words.retain(|word| !word.eq_ignore_ascii_case("not"));
    let inverted = if words.len() < count {
        " (inverted)"
    } else {
        ""
    };
    format!("{}{inverted}", words.join(" "))
}

/// A test as a step of its class, with the texts that qTest's Jenkins plugin writes.
fn method(case: &TestCase) -> EntryStep {
    let name = text::name(&case.name);
    let (verdict, actual) = match &case.outcome {
        Outcome::Passed => (StepVerdict::Passed, actual(StepVerdict::Passed).to_owned()),
        Outcome::Failed(_) => (StepVerdict::Failed, said(&case.outcome, MESSAGE_LIMIT)),
        Outcome::Errored(_) => (StepVerdict::Errored, said(&case.outcome, MESSAGE_LIMIT)),
        Outcome::Skipped { .. } => (StepVerdict::Skipped, said(&case.outcome, MESSAGE_LIMIT)),
        Outcome::Incomplete => (StepVerdict::NotRun, said(&case.outcome, MESSAGE_LIMIT)),
    };
    EntryStep {
        description: name.clone(),
        expected: name,
        verdict,
        actual,
    }
}

/// Returns the actual result of a step without a text of its own.
pub(super) fn actual(verdict: StepVerdict) -> &'static str {
    match verdict {
        StepVerdict::Passed => "Passed",
        StepVerdict::Failed => "Failed",
        StepVerdict::Errored => "Broke",
        StepVerdict::Skipped => "Skipped",
        StepVerdict::NotRun => "Not reached",
    }
}

/// When each test began: as the plan says, else after the tests before it.
struct Times {
    whole: Timestamp,
    spent: Duration,
}

impl Times {
    fn new(plan: &SubmissionPlan, now: Timestamp) -> Self {
        let said = plan.run.started.or(plan.run.finished);
        Self {
            whole: said.unwrap_or(now),
            spent: Duration::ZERO,
        }
    }

    fn of(&mut self, case: &TestCase) -> (Timestamp, Timestamp) {
        let took = case.duration.unwrap_or_default();
        if let Some((started, ended)) = told(case) {
            return (started, ended);
        }
        let started = match case.started {
            Some(moment) => moment.in_zone(&TimeZone::UTC),
            None => None,
        };
        let started = started.unwrap_or_else(|| later(self.whole, self.spent));
        self.spent = self.spent.saturating_add(took);
        (started, later(started, took))
    }
}

/// Returns when a test began and ended, where its own properties say so: `start_time` and `end_time`, as zigzag reads them.
fn told(case: &TestCase) -> Option<(Timestamp, Timestamp)> {
    let time = |name: &str| {
        let mut own = case.properties.iter();
        let value = &own.find(|own| own.name.eq_ignore_ascii_case(name))?.value;
        value.trim().parse::<Timestamp>().ok()
    };
    let started = time("start_time")?;
    let ended = time("end_time")
        .filter(|ended| *ended >= started)
        .unwrap_or_else(|| later(started, case.duration.unwrap_or_default()));
    Some((started, ended))
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(at)
}
