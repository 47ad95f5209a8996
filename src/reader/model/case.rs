//! A test and what surrounds it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{KnownClass, Moment, Outcome, Roots, TestKey, Verdict};

/// A group of tests as the report has it; a nested group knows the one around it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TestSuite {
    /// The suite's name; empty where the report gives none.
    pub name: String,
    /// The suite around this one.
    pub parent: Option<Arc<TestSuite>>,
    /// The name of the whole report (`<testsuites name>`), where it has one.
    pub report_name: Option<String>,
    /// The source file that the suite names.
    pub file: Option<String>,
    /// When it began.
    pub started: Option<Moment>,
    /// Where it ran.
    pub hostname: Option<String>,
    /// An identity beside the name, such as Katalon's `Test Suites/…`.
    pub id: Option<String>,
    /// Properties of the suite; the run's own come first. Those that stand behind its tests are only here in a second reading.
    pub properties: Vec<Property>,
    /// Files that the suite's own output names, for all of its tests. They too may only be here in a second reading.
    pub attachments: Vec<Attachment>,
    /// Attributes of the suite that say where or with what it ran. A property of the same name counts before them.
    pub attributes: Vec<Property>,
}

impl TestSuite {
    /// Returns the value of the property with this name (letter case ignored), from this suite or the nearest around it; where no
    /// suite has one, that of the nearest attribute with this name.
    pub fn property(&self, name: &str) -> Option<&str> {
        let around = || std::iter::successors(Some(self), |suite| suite.parent.as_deref());
        let property = around().find_map(|suite| find(&suite.properties, name));
        property.or_else(|| around().find_map(|suite| find(&suite.attributes, name)))
    }
}

/// A name and a value that the report attaches to a suite or a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The name, as written.
    pub name: String,
    /// The value, bounded by the reader.
    pub value: String,
}

/// One test as its report lists it. Reruns that the report marks as such are [`Attempt`]s of it, not tests of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCase {
    /// The suite it stands in.
    pub suite: Arc<TestSuite>,
    /// The class, module or file, where the report names one.
    pub class_name: Option<Arc<str>>,
    /// The source file that the test itself names.
    pub file: Option<String>,
    /// The test's own name; empty where the report gives none.
    pub name: String,
    /// A longer text about the test.
    pub description: Option<String>,
    /// How it ended; of several attempts, as the report sums them up.
    pub outcome: Outcome,
    /// Whether the report calls it flaky without listing the attempts; [`Self::is_flaky`] is what counts.
    pub called_flaky: bool,
    /// How long it took.
    pub duration: Option<Duration>,
    /// When it began.
    pub started: Option<Moment>,
    /// Properties of this test: also what its format calls labels, tags, traits or ids, each value by itself.
    pub properties: Vec<Property>,
    /// What a row of a data-driven test ran with, where that tells it from the other rows.
    pub parameters: Vec<Property>,
    /// Files that the report names for this test: names chosen by whoever wrote the report.
    pub attachments: Vec<Attachment>,
    /// Attempts before the last one, in order. Empty for a test that ran once.
    pub earlier: Vec<Attempt>,
    /// The steps of the test, where the report has them.
    pub steps: Vec<TestStep>,
    /// Which row of a data-driven test this is, counted from 1.
    pub iteration: Option<u32>,
    /// What the test wrote to its standard output, bounded by the reader.
    pub output: Option<String>,
    /// What the test wrote to its standard error, bounded by the reader.
    pub error_output: Option<String>,
    /// The line of the report where it begins, counted from 1.
    pub line: u64,
    /// The class under which version 0.1.0 knew the test, where that was another one: mappings may still be written with it.
    pub former_class: Option<String>,
    /// Which folders in its names are those of a machine, and no part of its key.
    pub roots: Roots,
}

impl Default for TestCase {
    fn default() -> Self {
        Self::new(Arc::default(), String::new(), Outcome::Passed)
    }
}

impl TestCase {
    /// Returns a test of which nothing more is known.
    #[inline]
    pub fn new(suite: Arc<TestSuite>, name: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            suite,
            class_name: None,
            file: None,
            name: name.into(),
            description: None,
            outcome,
            called_flaky: false,
            duration: None,
            started: None,
            properties: Vec::new(),
            parameters: Vec::new(),
            attachments: Vec::new(),
            earlier: Vec::new(),
            steps: Vec::new(),
            iteration: None,
            output: None,
            error_output: None,
            line: 0,
            former_class: None,
            roots: Roots::default(),
        }
    }

    /// Takes the test for somebody who keeps it; nothing is known of what stays behind.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let nothing = Self::new(Arc::clone(&self.suite), String::new(), Outcome::Passed);
        std::mem::replace(self, nothing)
    }

    /// Forgets all that belongs to this test alone, so that another one of the same suite can be read into it: what remains is its
    /// suite and its class, and the room of its texts.
    pub(crate) fn forget(&mut self) {
        self.name.clear();
        self.file = None;
        self.description = None;
        if self.outcome != Outcome::Passed {
            self.outcome = Outcome::Passed;
        }
        self.called_flaky = false;
        self.duration = None;
        self.started = None;
        self.properties.clear();
        self.parameters.clear();
        self.attachments.clear();
        self.earlier.clear();
        self.steps.clear();
        self.iteration = None;
        self.output = None;
        self.error_output = None;
        self.former_class = None;
    }

    /// Returns the stable name under which people map this test.
    pub fn key(&self) -> TestKey {
        TestKey::of(self)
    }

    /// Returns a number that stands for the key: tests of one key have one number, tests of others hardly ever.
    pub fn key_digest(&self, known: &mut KnownClass) -> u64 {
        TestKey::digest(self, known)
    }

    /// Returns the value of the property with this name (letter case ignored), from the test or the suites around it.
    pub fn property(&self, name: &str) -> Option<&str> {
        find(&self.properties, name).or_else(|| self.suite.property(name))
    }

    /// Returns the files of the test, of its steps and of its suite.
    pub fn all_attachments(&self) -> impl Iterator<Item = &Attachment> {
        let steps = self.steps.iter().flat_map(|step| &step.attachments);
        let own = self.attachments.iter().chain(steps);
        own.chain(&self.suite.attachments)
    }

    /// Makes a try before the last one of this test, with its files and those of its steps.
    pub fn as_attempt(&self) -> Attempt {
        let steps = self.steps.iter().flat_map(|step| &step.attachments);
        Attempt {
            outcome: self.outcome.clone(),
            duration: self.duration,
            started: self.started,
            attachments: self.attachments.iter().chain(steps).cloned().collect(),
        }
    }

    /// Returns how often the test was tried in all.
    pub fn attempts(&self) -> u64 {
        self.earlier.len() as u64 + 1
    }

    /// Returns whether the test passed after it had failed. What a report merely calls flaky, although it lists only attempts that
    /// passed, is not.
    pub fn is_flaky(&self) -> bool {
        let failed = |attempt: &Attempt| attempt.outcome.verdict().is_bad();
        self.outcome.verdict() == Verdict::Passed
            && (self.earlier.iter().any(failed) || self.called_flaky && self.earlier.is_empty())
    }
}

/// A try before the last one, in whatever way the test came to be tried again.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// How that try ended.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Option<Duration>,
    /// When it began.
    pub started: Option<Moment>,
    /// Files that the report names for this try.
    pub attachments: Vec<Attachment>,
}

/// A step of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestStep {
    /// What was done.
    pub name: String,
    /// A longer text.
    pub description: Option<String>,
    /// How it ended.
    pub verdict: StepVerdict,
    /// What happened, for a step that did not pass.
    pub message: Option<String>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// When it began.
    pub started: Option<Moment>,
    /// Files of this step, such as a screenshot.
    pub attachments: Vec<Attachment>,
}

/// How a step ended. Steps know one end more than tests: they may never be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepVerdict {
    /// It did what it should.
    Passed,
    /// It failed.
    Failed,
    /// It broke.
    Errored,
    /// It was left out.
    Skipped,
    /// The test never came to it, or never left it.
    NotRun,
}

impl StepVerdict {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Passed,
        Self::Failed,
        Self::Errored,
        Self::Skipped,
        Self::NotRun,
    ];
}

/// A file that a report names. The path is untrusted: only the reader of attachments turns it into a file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The path as the report gives it.
    pub path: PathBuf,
    /// What it is, where the report says so.
    pub description: Option<String>,
}

fn find<'a>(properties: &'a [Property], name: &str) -> Option<&'a str> {
    properties
        .iter()
        .find(|property| property.name.eq_ignore_ascii_case(name))
        .map(|property| property.value.as_str())
}
