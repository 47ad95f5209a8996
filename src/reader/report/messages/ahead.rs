//! Further readers of the same stream, for what stands far before the messages that need it.
//!
//! A stream tells of all scenarios before the first one runs. Tests run in about that order: a reader of its own goes along with them, and
//! only what it has passed and nobody has taken yet is kept.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use super::{Case, Id, Link, Pickle, hash, id, text};
use crate::model::{Property, TestSuite};
use crate::report::Source;
use crate::report::document::Document;
use crate::report::error::ReadError;
use crate::report::json::{Json, Wanted};
use crate::report::lines::Lines;
use crate::report::location::Locations;

/// How many rows of examples are remembered with their values.
const ROWS: usize = 10_000;

static MESSAGE: Wanted = Wanted::ALL;

/// The messages of some kinds.
struct Ahead {
    source: Source,
    lines: Lines<Box<dyn Read>>,
    kinds: &'static [&'static str],
}

impl Ahead {
    fn new(source: &Source, kinds: &'static [&'static str]) -> Result<Self, ReadError> {
        let bytes = source.open().map_err(|error| ReadError::io(&error))?;
        Ok(Self {
            source: source.clone(),
            lines: Lines::new(Document::new(bytes)?).needing(says_of_tests),
            kinds,
        })
    }

    /// Returns the next of them, with its line. What cannot be read is for the first reader of the stream to tell.
    fn next(&mut self) -> Option<(u64, Json)> {
        loop {
            let line = self.lines.next().ok()??;
            let is_other = kind(line.text).is_some_and(|kind| !self.kinds.contains(&kind));
            if !is_other
                && !line.is_cut
                && let Some(message) = Json::of_text(line.text, &MESSAGE)
            {
                return Some((line.number, message));
            }
        }
    }

    fn begin_again(&mut self) -> bool {
        let again = Self::new(&self.source, self.kinds);
        let is_there = again.is_ok();
        if let Ok(again) = again {
            *self = again;
        }
        is_there
    }
}

/// Returns whether a line says which tests there are.
pub(super) fn says_of_tests(line: &str) -> bool {
    matches!(kind(line), Some("gherkinDocument" | "pickle" | "testCase"))
}

/// Returns the kind of message on a line, if it is written as usual.
pub(super) fn kind(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("{\"")?;
    rest.split_once('"').map(|(kind, _)| kind)
}

/// A file of scenarios. A stream may have very many: each takes as little room as it can.
struct Feature {
    uri: Box<str>,
    /// What it is called, once its document has come.
    name: Option<Box<str>>,
}

/// The scenarios.
pub(super) struct Scenarios {
    ahead: Ahead,
    pub(super) locations: Locations,
    /// How many files of scenarios there are.
    pub(super) documents: u64,
    features: Vec<Feature>,
    /// Which of them has an address, by a number for it.
    places: HashMap<Id, u32>,
    /// The suite of the scenario before: those of one file follow each other.
    suite: Option<(usize, Arc<TestSuite>)>,
    /// The rule around a scenario, by the scenario's id.
    rules: HashMap<Id, Arc<str>>,
    /// What a row of examples has, by its id.
    rows: HashMap<Id, Vec<Property>>,
    row_counts: HashMap<Id, u32>,
    /// Whether scenarios of the last document have come: then nothing of it is asked for behind the next.
    has_pickles: bool,
    pickles: HashMap<Id, Pickle>,
    /// Whether the stream was begun again, for scenarios that several tests carry out: none is forgotten any more.
    keeps_all: bool,
}

impl Scenarios {
    pub(super) fn new(source: &Source) -> Result<Self, ReadError> {
        Ok(Self {
            ahead: Ahead::new(source, &["gherkinDocument", "pickle"])?,
            locations: Locations::new(source),
            documents: 0,
            features: Vec::new(),
            places: HashMap::new(),
            suite: None,
            rules: HashMap::new(),
            rows: HashMap::new(),
            row_counts: HashMap::new(),
            has_pickles: false,
            pickles: HashMap::new(),
            keeps_all: false,
        })
    }

    /// Goes on until a scenario is at hand.
    pub(super) fn reach(&mut self, id: Id) {
        while !self.pickles.contains_key(&id) {
            if self.step() {
                continue;
            }
            if self.keeps_all || !self.ahead.begin_again() {
                return;
            }
            self.keeps_all = true;
            self.row_counts.clear();
        }
    }

    /// Returns a scenario that was reached.
    pub(super) fn of(&self, id: Id) -> Option<&Pickle> {
        self.pickles.get(&id)
    }

    pub(super) fn forget(&mut self, id: Id) {
        if !self.keeps_all {
            self.pickles.remove(&id);
        }
    }

    /// Goes to the end, so that all documents are counted.
    pub(super) fn end(&mut self) {
        while self.step() {
            self.pickles.clear();
        }
    }

    /// Takes the next message; tells whether there was one.
    fn step(&mut self) -> bool {
        let Some((_, message)) = self.ahead.next() else {
            return false;
        };
        for (name, value) in message.members() {
            match name.as_ref() {
                "gherkinDocument" => self.document(value),
                "pickle" => self.pickle(value),
                _ => {}
            }
        }
        true
    }

    /// Takes from a feature what its pickles do not say: its name, its rules, and the values of rows.
    fn document(&mut self, document: &Json) {
        if std::mem::take(&mut self.has_pickles) {
            self.rules.clear();
            self.rows.clear();
            self.row_counts.clear();
        }
        let feature = document.get("feature");
        let uri = text(document, "uri");
        let name = feature.string("name").unwrap_or_default();
        self.documents += u64::from(!self.keeps_all);
        let place = self.feature(uri);
        if let Some(feature) = self.features.get_mut(place) {
            feature.name = Some(name.into());
            self.suite = None;
        }
        for child in feature.get("children").list() {
            self.scenario(child.get("scenario"), None);
            let rule = child.get("rule");
            let name: Option<Arc<str>> = rule.get("name").text().map(Arc::from);
            for child in rule.get("children").list() {
                self.scenario(child.get("scenario"), name.as_ref());
            }
        }
    }

    /// Returns the place of a file of scenarios.
    fn feature(&mut self, uri: String) -> usize {
        let number = hash(&uri);
        let known = self.places.get(&number);
        if let Some(place) = known.and_then(|place| usize::try_from(*place).ok()) {
            return place;
        }
        let place = self.features.len();
        if let Ok(number_of_place) = u32::try_from(place) {
            self.places.insert(number, number_of_place);
        }
        let uri = uri.into();
        self.features.push(Feature { uri, name: None });
        place
    }

    /// Returns the suite of a scenario's file, and the path of that file.
    pub(super) fn around(&mut self, id: Id) -> Option<(Arc<TestSuite>, String)> {
        let place = self.pickles.get(&id)?.feature;
        let feature = self.features.get(place)?;
        let file = self.path(&feature.uri);
        let known = self.suite.as_ref().filter(|(known, _)| *known == place);
        if let Some((_, suite)) = known {
            return Some((Arc::clone(suite), file));
        }
        let Some(name) = &feature.name else {
            return Some((Arc::default(), file));
        };
        let suite = Arc::new(TestSuite {
            name: name.to_string(),
            file: Some(file.clone()).filter(|file| !file.is_empty()),
            ..TestSuite::default()
        });
        self.suite = Some((place, Arc::clone(&suite)));
        Some((suite, file))
    }

    fn path(&self, uri: &str) -> String {
        self.locations
            .relative(uri.strip_prefix("file:").unwrap_or(uri))
    }

    fn scenario(&mut self, scenario: &Json, rule: Option<&Arc<str>>) {
        if let Some(rule) = rule {
            self.rules.insert(id(scenario, "id"), Arc::clone(rule));
        }
        for examples in scenario.get("examples").list() {
            let head = examples.get("tableHeader").get("cells").list();
            for row in examples.get("tableBody").list() {
                if self.rows.len() == ROWS {
                    return;
                }
                let pairs = head.iter().zip(row.get("cells").list());
                let values = pairs.filter_map(|(name, value)| {
                    Some(Property {
                        name: name.string("value")?,
                        value: value.string("value").unwrap_or_default(),
                    })
                });
                self.rows.insert(id(row, "id"), values.collect());
            }
        }
    }

    fn pickle(&mut self, pickle: &Json) {
        self.has_pickles = true;
        let nodes = pickle.get("astNodeIds").list().iter();
        let mut nodes = nodes.filter_map(Json::text).map(hash);
        let scenario = nodes.next().unwrap_or_default();
        let row = nodes.next();
        let mut name = pickle.string("name").unwrap_or_default();
        if let Some(rule) = self.rules.get(&scenario) {
            name = format!("{rule} › {name}");
        }
        let iteration = row.map(|_| {
            let count = self.row_counts.entry(scenario).or_default();
            *count += 1;
            *count
        });
        let tags = pickle.get("tags").list().iter();
        let tags: Vec<String> = tags.filter_map(|tag| tag.string("name")).collect();
        let steps = pickle.get("steps").list();
        let said: Vec<String> = steps.iter().map(|step| text(step, "text")).collect();
        let texts = std::iter::once(&name).chain(&tags).chain(&said);
        let parameters = row.and_then(|row| self.rows.remove(&row));
        let made = Pickle {
            feature: self.feature(text(pickle, "uri")),
            iteration,
            parameters: parameters.unwrap_or_default().into_boxed_slice(),
            texts: super::Packed::of(texts.map(String::as_str)),
            steps: steps.iter().map(|step| id(step, "id")).collect(),
        };
        self.pickles.insert(id(pickle, "id"), made);
    }
}

/// The tests: scenarios with their hooks.
pub(super) struct Cases {
    ahead: Ahead,
    /// Those that were passed and have not ended.
    open: HashMap<Id, Case>,
}

impl Cases {
    pub(super) fn new(source: &Source) -> Result<Self, ReadError> {
        Ok(Self {
            ahead: Ahead::new(source, &["testCase"])?,
            open: HashMap::new(),
        })
    }

    /// Takes a test out, wherever in the stream it stands.
    pub(super) fn take(&mut self, id: Id) -> Option<Case> {
        loop {
            if let Some(case) = self.open.remove(&id) {
                return Some(case);
            }
            let (id, case) = self.step()?;
            self.open.insert(id, case);
        }
    }

    pub(super) fn put_back(&mut self, id: Id, case: Case) {
        self.open.insert(id, case);
    }

    /// Takes those that were begun or passed and have not ended, in the order of the stream.
    pub(super) fn take_open(&mut self) -> Vec<Case> {
        let mut open: Vec<Case> = self.open.drain().map(|(_, case)| case).collect();
        open.sort_unstable_by_key(|case| case.line);
        open
    }

    /// Takes the next that nobody asked for.
    pub(super) fn next(&mut self) -> Option<Case> {
        self.step().map(|(_, case)| case)
    }

    fn step(&mut self) -> Option<(Id, Case)> {
        loop {
            let (number, message) = self.ahead.next()?;
            let case = message.get("testCase");
            if !case.is_some() {
                continue;
            }
            let steps = case.get("testSteps").list().iter().map(|step| {
                let link = match step.get("pickleStepId").text() {
                    Some(step) => Link::Step(hash(step)),
                    None => Link::Hook(id(step, "hookId")),
                };
                (id(step, "id"), link)
            });
            let made = Case {
                pickle: id(case, "pickleId"),
                line: number,
                steps: steps.collect(),
                ..Case::default()
            };
            return Some((id(case, "id"), made));
        }
    }
}
