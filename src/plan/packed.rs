//! Tests kept in little room: a report may hold a million.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{
    Attempt, Failure, Moment, Outcome, Property, Roots, StepVerdict, TestCase, TestKey, TestStep,
    TestSuite, Verdict,
};

/// How large a piece of what is kept is.
const PIECE: usize = 256 * 1024;

/// Tests without their steps, files and output, as bytes.
#[derive(Debug, Default)]
pub struct Packed {
    /// Whole tests, in their order.
    pieces: Vec<Vec<u8>>,
    suites: Vec<Arc<TestSuite>>,
    count: usize,
    /// How long all names together are.
    names: usize,
    /// How many files of the tests there are.
    files: usize,
}

/// A place in what is kept.
#[derive(Debug, Clone, Default)]
pub struct PackedPlace {
    pieces: usize,
    bytes: usize,
    suites: usize,
    count: usize,
    names: usize,
    files: usize,
}

/// A test with all that a service may want of it, as bytes. Its key and its files stand beside it.
#[derive(Debug, Clone)]
pub struct PackedCase {
    bytes: Arc<[u8]>,
    suite: Arc<TestSuite>,
    roots: Roots,
    verdict: Verdict,
    has_parts: bool,
    has_output: bool,
}

impl PackedCase {
    /// Packs a test: all of it but the files that it names, and what only mappings need.
    pub fn of(case: &TestCase) -> Self {
        let mut bytes = Vec::new();
        let mut out = Writer(&mut bytes);
        out.case(case);
        out.rest(case);
        Self {
            bytes: bytes.into(),
            suite: Arc::clone(&case.suite),
            roots: case.roots.clone(),
            verdict: case.outcome.verdict(),
            has_parts: !case.earlier.is_empty() || !case.steps.is_empty(),
            has_output: case.output.is_some() || case.error_output.is_some(),
        }
    }

    /// Returns the test.
    pub fn unpack(&self) -> TestCase {
        let mut left = Reader(&self.bytes);
        let case = left.case(Arc::clone(&self.suite));
        TestCase {
            roots: self.roots.clone(),
            ..left.rest(case)
        }
    }

    /// Returns the suite that it stands in.
    pub fn suite(&self) -> &Arc<TestSuite> {
        &self.suite
    }

    /// Returns how it ended.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Returns how long it took, and when it began.
    pub fn times(&self) -> (Option<Duration>, Option<Timestamp>) {
        let mut left = Reader(&self.bytes);
        (left.duration(), left.timestamp())
    }

    /// Returns the value of the property with this name (letter case ignored), from the test or the suites around it.
    pub fn property(&self, name: &str) -> Option<String> {
        let mut left = Reader(&self.bytes);
        let _ = (left.duration(), left.timestamp());
        let mut own = (0..left.count()).map(|_| left.property());
        let found = own.find(|property| property.name.eq_ignore_ascii_case(name));
        let found = found.map(|property| property.value);
        found.or_else(|| self.suite.property(name).map(str::to_owned))
    }

    /// Returns whether it has attempts or steps.
    pub fn has_parts(&self) -> bool {
        self.has_parts
    }

    /// Returns whether what it wrote is kept.
    pub fn has_output(&self) -> bool {
        self.has_output
    }

    /// Returns how many bytes it takes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// A test that was unpacked.
#[derive(Debug, Clone)]
pub struct Unpacked {
    /// The name of the test.
    pub test: TestKey,
    /// What the report says of it, without steps, files and output.
    pub case: TestCase,
    /// Which report it comes from.
    pub report: usize,
    /// How many files would go along.
    pub files: usize,
}

impl Packed {
    /// Keeps a test, and how many files it has.
    pub fn push(&mut self, report: usize, case: &TestCase, files: usize) {
        let is_known = self
            .suites
            .last()
            .is_some_and(|known| Arc::ptr_eq(known, &case.suite));
        if !is_known {
            self.suites.push(Arc::clone(&case.suite));
        }
        let test = case.key();
        let has_room = self.pieces.last().is_some_and(|piece| piece.len() < PIECE);
        if !has_room {
            if let Some(full) = self.pieces.last_mut() {
                full.shrink_to_fit();
            }
            self.pieces.push(Vec::with_capacity(PIECE + PIECE / 8));
        }
        self.count += 1;
        self.names += test.as_str().len();
        self.files += files;
        let suite = self.suites.len() - 1;
        if let Some(piece) = self.pieces.last_mut() {
            let mut out = Writer(piece);
            for number in [report, suite, files] {
                out.number(number as u64);
            }
            out.maybe(
                Some(test.as_str()).filter(|test| *test != joined(case)),
                Writer::text,
            );
            out.case(case);
        }
    }

    /// Returns how many tests there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns how many files all tests have.
    pub fn files(&self) -> usize {
        self.files
    }

    /// Returns the place to which [`Self::go_back`] can return.
    pub fn place(&self) -> PackedPlace {
        PackedPlace {
            pieces: self.pieces.len(),
            bytes: self.pieces.last().map_or(0, Vec::len),
            suites: self.suites.len(),
            count: self.count,
            names: self.names,
            files: self.files,
        }
    }

    /// Forgets what was kept since then.
    pub fn go_back(&mut self, place: &PackedPlace) {
        self.pieces.truncate(place.pieces);
        if let Some(last) = self.pieces.last_mut() {
            last.truncate(place.bytes);
        }
        self.suites.truncate(place.suites);
        self.count = place.count;
        self.names = place.names;
        self.files = place.files;
    }

    /// Returns the tests in their order.
    pub fn iter(&self) -> impl Iterator<Item = Unpacked> + '_ {
        self.pieces.iter().flat_map(move |piece| {
            let mut left = Reader(piece);
            std::iter::from_fn(move || (!left.0.is_empty()).then(|| left.test(&self.suites)))
        })
    }

    /// Returns the names of all tests.
    pub(super) fn names(&self) -> Names {
        let mut names = Names {
            text: String::with_capacity(self.names),
            ends: Vec::with_capacity(self.count),
        };
        for unpacked in self.iter() {
            names.text.push_str(unpacked.test.as_str());
            names.ends.push(names.text.len());
        }
        names
    }
}

/// Names, one behind the other.
pub(super) struct Names {
    text: String,
    ends: Vec<usize>,
}

impl Names {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins
            .zip(&self.ends)
            .filter_map(|(begin, end)| self.text.get(begin..*end))
    }
}

/// Writes what [`Reader`] reads.
struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(low(number) | 0x80);
            number >>= 7;
        }
        self.0.push(low(number));
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn maybe_text(&mut self, text: Option<&String>) {
        self.maybe(text, |out, text| out.text(text));
    }

    fn duration(&mut self, duration: Option<Duration>) {
        self.maybe(duration, |out, duration| {
            out.number(duration.as_secs());
            out.number(duration.subsec_nanos().into());
        });
    }

    /// Times were made absolute when they were read.
    fn time(&mut self, moment: Option<Moment>) {
        let absolute = match moment {
            Some(Moment::Absolute(at)) => Some(at),
            Some(Moment::Local(_)) | None => None,
        };
        self.maybe(absolute, |out, at| {
            out.signed(at.as_second());
            out.signed(at.subsec_nanosecond().into());
        });
    }

    /// The sign is the lowest bit.
    fn signed(&mut self, number: i64) {
        self.number(number.unsigned_abs() << 1 | u64::from(number < 0));
    }

    fn properties(&mut self, properties: &[Property]) {
        self.number(properties.len() as u64);
        for property in properties {
            self.text(&property.name);
            self.text(&property.value);
        }
    }

    fn failure(&mut self, failure: &Failure) {
        self.maybe_text(failure.kind.as_ref());
        self.maybe_text(failure.message.as_ref());
        self.maybe_text(failure.details.as_ref());
        self.number(failure.also.len() as u64);
        failure.also.iter().for_each(|one| self.failure(one));
    }

    fn outcome(&mut self, outcome: &Outcome) {
        let at = Verdict::ALL
            .iter()
            .position(|verdict| *verdict == outcome.verdict());
        self.number(at.unwrap_or_default() as u64);
        match outcome {
            Outcome::Failed(failure) | Outcome::Errored(failure) => self.failure(failure),
            Outcome::Skipped { reason } => self.maybe_text(reason.as_ref()),
            Outcome::Passed | Outcome::Incomplete => {}
        }
    }

    fn case(&mut self, case: &TestCase) {
        self.duration(case.duration);
        self.time(case.started);
        self.properties(&case.properties);
        self.maybe(case.class_name.as_deref(), Self::text);
        self.text(&case.name);
        self.maybe_text(case.description.as_ref());
        self.outcome(&case.outcome);
        self.number(case.earlier.len() as u64);
        for attempt in &case.earlier {
            self.outcome(&attempt.outcome);
            self.duration(attempt.duration);
            self.time(attempt.started);
        }
        self.number(case.iteration.unwrap_or_default().into());
    }

    /// What not every service wants.
    fn rest(&mut self, case: &TestCase) {
        self.number(case.line);
        for text in [&case.file, &case.output, &case.error_output] {
            self.maybe_text(text.as_ref());
        }
        self.properties(&case.parameters);
        self.number(case.steps.len() as u64);
        for step in &case.steps {
            self.text(&step.name);
            self.maybe_text(step.description.as_ref());
            let at = StepVerdict::ALL.iter().position(|it| *it == step.verdict);
            self.number(at.unwrap_or_default() as u64);
            self.maybe_text(step.message.as_ref());
            self.duration(step.duration);
            self.time(step.started);
        }
    }
}

/// Returns the lowest seven bits.
fn low(number: u64) -> u8 {
    (number & 0x7f).try_into().unwrap_or_default()
}

/// Returns the name that most tests have.
fn joined(case: &TestCase) -> String {
    let class = case.class_name.as_deref().unwrap_or_default();
    format!("{class}{}{}", TestKey::SEPARATOR, case.name)
}

/// Reads what [`Writer`] wrote.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn bytes(&mut self, count: usize) -> &[u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 || shift > 63 {
                return number;
            }
        }
    }

    fn count(&mut self) -> usize {
        usize::try_from(self.number()).unwrap_or(usize::MAX)
    }

    fn text(&mut self) -> String {
        let length = self.count();
        String::from_utf8_lossy(self.bytes(length)).into_owned()
    }

    fn maybe<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.byte() == 1).then(|| read(self))
    }

    fn maybe_text(&mut self) -> Option<String> {
        self.maybe(Self::text)
    }

    fn duration(&mut self) -> Option<Duration> {
        self.maybe(|left| {
            let seconds = left.number();
            let nanoseconds = u32::try_from(left.number()).unwrap_or_default();
            Duration::new(seconds, nanoseconds.min(999_999_999))
        })
    }

    fn timestamp(&mut self) -> Option<Timestamp> {
        let read = |left: &mut Self| {
            let (seconds, nanoseconds) = (left.signed(), left.signed());
            Timestamp::new(seconds, nanoseconds.try_into().unwrap_or_default()).ok()
        };
        self.maybe(read).flatten()
    }

    fn time(&mut self) -> Option<Moment> {
        self.timestamp().map(Moment::Absolute)
    }

    fn signed(&mut self) -> i64 {
        let number = self.number();
        let size = i64::try_from(number >> 1).unwrap_or(i64::MAX);
        if number & 1 == 1 { -size } else { size }
    }

    fn failure(&mut self) -> Failure {
        Failure {
            kind: self.maybe_text(),
            message: self.maybe_text(),
            details: self.maybe_text(),
            also: (0..self.count()).map(|_| self.failure()).collect(),
        }
    }

    fn outcome(&mut self) -> Outcome {
        match Verdict::ALL.get(self.count()) {
            Some(Verdict::Failed) => Outcome::Failed(self.failure()),
            Some(Verdict::Errored) => Outcome::Errored(self.failure()),
            Some(Verdict::Skipped) => Outcome::Skipped {
                reason: self.maybe_text(),
            },
            Some(Verdict::Passed) => Outcome::Passed,
            Some(Verdict::Incomplete) | None => Outcome::Incomplete,
        }
    }

    fn test(&mut self, suites: &[Arc<TestSuite>]) -> Unpacked {
        let [report, suite, files] = [(); 3].map(|()| self.count());
        let suite = suites.get(suite).map(Arc::clone).unwrap_or_default();
        let test = self.maybe_text();
        let case = self.case(suite);
        let test = test.unwrap_or_else(|| joined(&case));
        Unpacked {
            test: TestKey::made(test),
            case,
            report,
            files,
        }
    }

    fn case(&mut self, suite: Arc<TestSuite>) -> TestCase {
        let (duration, started) = (self.duration(), self.time());
        let properties = self.properties();
        let class_name = self.maybe_text();
        let name = self.text();
        let description = self.maybe_text();
        let outcome = self.outcome();
        TestCase {
            class_name: class_name.map(Into::into),
            description,
            duration,
            started,
            properties,
            earlier: (0..self.count()).map(|_| self.attempt()).collect(),
            iteration: Some(self.number())
                .filter(|row| *row > 0)
                .and_then(|row| u32::try_from(row).ok()),
            ..TestCase::new(suite, name, outcome)
        }
    }

    fn rest(&mut self, case: TestCase) -> TestCase {
        TestCase {
            line: self.number(),
            file: self.maybe_text(),
            output: self.maybe_text(),
            error_output: self.maybe_text(),
            parameters: self.properties(),
            steps: (0..self.count()).map(|_| self.step()).collect(),
            ..case
        }
    }

    fn step(&mut self) -> TestStep {
        TestStep {
            name: self.text(),
            description: self.maybe_text(),
            verdict: *StepVerdict::ALL
                .get(self.count())
                .unwrap_or(&StepVerdict::NotRun),
            message: self.maybe_text(),
            duration: self.duration(),
            started: self.time(),
            attachments: Vec::new(),
        }
    }

    fn properties(&mut self) -> Vec<Property> {
        (0..self.count()).map(|_| self.property()).collect()
    }

    fn property(&mut self) -> Property {
        Property {
            name: self.text(),
            value: self.text(),
        }
    }

    fn attempt(&mut self) -> Attempt {
        Attempt {
            outcome: self.outcome(),
            duration: self.duration(),
            started: self.time(),
            attachments: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Failure {
        Failure {
            kind: Some("Error".to_owned()),
            message: None,
            details: Some("at ›\nline 2".to_owned()),
            also: vec![Failure::default()],
        }
    }

    fn cases() -> Vec<TestCase> {
        let suite = Arc::new(TestSuite {
            name: "web".to_owned(),
            ..TestSuite::default()
        });
        let outcomes = [
            Outcome::Passed,
            Outcome::Failed(failure()),
            Outcome::Errored(Failure::default()),
            Outcome::Skipped {
                reason: Some(String::new()),
            },
            Outcome::Skipped { reason: None },
            Outcome::Incomplete,
        ];
        let mut all: Vec<TestCase> = outcomes
            .into_iter()
            .enumerate()
            .map(|(at, outcome)| TestCase {
                class_name: Some("shop.Cart".into()),
                ..TestCase::new(Arc::clone(&suite), format!("t{at}"), outcome)
            })
            .collect();
        let before = "-009998-01-01T00:00:00.000000001Z".parse().unwrap();
        let old = "1969-12-31T23:59:59.25Z".parse().unwrap();
        all.push(TestCase {
            description: Some("ü".repeat(300)),
            duration: Some(Duration::new(u64::MAX, 999_999_999)),
            started: Some(Moment::Absolute(before)),
            properties: vec![Property {
                name: "a".to_owned(),
                value: String::new(),
            }],
            earlier: vec![Attempt {
                outcome: Outcome::Failed(failure()),
                duration: Some(Duration::ZERO),
                started: Some(Moment::Absolute(old)),
                attachments: Vec::new(),
            }],
            iteration: Some(u32::MAX),
            ..TestCase::new(Arc::new(TestSuite::default()), "", Outcome::Passed)
        });
        all
    }

    #[test]
    fn what_is_packed_comes_out_as_it_went_in() {
        let mut packed = Packed::default();
        let cases = cases();
        for (at, case) in cases.iter().enumerate() {
            packed.push(at, case, 2 * at);
        }
        let out: Vec<Unpacked> = packed.iter().collect();
        assert_eq!((out.len(), packed.len()), (cases.len(), cases.len()));
        for (at, (unpacked, case)) in out.iter().zip(&cases).enumerate() {
            assert_eq!(unpacked.case, *case);
            assert_eq!(unpacked.test, case.key());
            assert_eq!((unpacked.report, unpacked.files), (at, 2 * at));
        }
        let names = packed.names();
        assert!(names.iter().eq(out.iter().map(|one| one.test.as_str())));
    }

    #[test]
    fn a_test_is_unpacked_with_its_steps_and_what_it_wrote() {
        for mut case in cases() {
            case.line = 70_000;
            case.parameters = vec![Property {
                name: "browser".to_owned(),
                value: "chrome".to_owned(),
            }];
            case.file = Some("cart.py".to_owned());
            case.error_output = Some("a\nb".to_owned());
            case.steps = StepVerdict::ALL
                .map(|verdict| TestStep {
                    name: format!("{verdict:?}"),
                    description: Some("open".to_owned()),
                    verdict,
                    message: Some("closed".to_owned()),
                    duration: Some(Duration::from_millis(7)),
                    started: case.started,
                    attachments: Vec::new(),
                })
                .to_vec();
            let packed = PackedCase::of(&case);
            assert_eq!(packed.unpack(), case);
            let began = match case.started {
                Some(Moment::Absolute(at)) => Some(at),
                Some(Moment::Local(_)) | None => None,
            };
            assert_eq!(packed.times(), (case.duration, began));
            assert_eq!(packed.verdict(), case.outcome.verdict());
            for name in ["A", "b"] {
                assert_eq!(packed.property(name).as_deref(), case.property(name));
            }
            assert!(packed.has_parts() && packed.has_output());
        }
        let plain = PackedCase::of(&cases()[0]);
        assert!(!plain.has_parts() && !plain.has_output());
    }

    #[test]
    fn what_was_packed_since_is_forgotten_over_the_border_of_a_piece_too() {
        let mut packed = Packed::default();
        let cases = cases();
        packed.push(0, &cases[0], 1);
        let place = packed.place();
        for at in 0..20_000 {
            packed.push(1, &cases[at % cases.len()], 1);
        }
        assert!(packed.pieces.len() > 3);
        assert_eq!(packed.iter().count(), 20_001);
        packed.go_back(&place);
        packed.push(2, &cases[6], 0);
        let out: Vec<Unpacked> = packed.iter().collect();
        let reports: Vec<usize> = out.iter().map(|one| one.report).collect();
        assert_eq!((reports, packed.files()), (vec![0, 2], 1));
        assert_eq!(out[1].case, cases[6]);
    }
}
