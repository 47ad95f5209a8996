//! From tests to a plan: one at a time, keeping only what one service will take.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::packed::PackedPlace;
use super::{
    Identity, Packed, PackedCase, PlannedFile, PlannedReport, PlannedResult, RunDetails,
    SubmissionKey, SubmissionPlan, Unmapped,
};
use crate::mapping::MappedCase;
use crate::model::{Moment, ServiceName, Tally, TestCase, TestSuite};

/// Collects the tests that are to be submitted to one service.
///
/// A test without a case is kept only where the service makes cases by itself; of any other, no more than its name is kept.
#[derive(Debug)]
pub struct PlanBuilder {
    service: ServiceName,
    makes_cases: bool,
    results: Vec<PlannedResult>,
    /// Whether tests are packed.
    packs: bool,
    packed: Packed,
    unmapped: Vec<Unmapped>,
    tally: Tally,
}

impl PlanBuilder {
    /// Begins for a service; `makes_cases` tells whether it needs no mapping.
    pub fn new(service: ServiceName, makes_cases: bool) -> Self {
        Self {
            service,
            makes_cases,
            results: Vec::new(),
            packs: false,
            packed: Packed::default(),
            unmapped: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Has the tests packed that are kept: the service needs one after the other, and neither cases, steps nor files.
    #[must_use]
    pub fn packing(mut self, packs: bool) -> Self {
        self.packs = packs;
        self
    }

    /// Returns the service.
    pub fn service(&self) -> ServiceName {
        self.service
    }

    /// Returns whether [`Self::add`] would keep a test with these cases.
    pub fn keeps(&self, cases: &[MappedCase]) -> bool {
        self.makes_cases || !cases.is_empty()
    }

    /// Adds a test of the report with this index, in the order of the report.
    pub fn add(
        &mut self,
        report: usize,
        case: &TestCase,
        cases: Vec<MappedCase>,
        files: &[PlannedFile],
    ) {
        let verdict = case.outcome.verdict();
        self.tally.count(verdict);
        if self.packs && self.keeps(&cases) {
            self.packed.push(report, case, files.len());
            return;
        }
        let test = case.key();
        if self.keeps(&cases) {
            let mut ids = Vec::with_capacity(cases.len());
            ids.extend(cases.into_iter().map(|mapped| mapped.id));
            self.results.push(PlannedResult {
                test,
                cases: ids,
                case: PackedCase::of(case),
                report,
                files: files.to_vec(),
            });
        } else {
            self.unmapped.push(Unmapped {
                test,
                verdict,
                why: None,
            });
        }
    }

    /// Records why the test that was added last has no case, if something looked like one.
    pub fn explain(&mut self, why: impl FnOnce() -> Option<String>) {
        if let Some(last) = self.unmapped.last_mut() {
            last.why = why();
        }
    }

    /// Returns the state to which [`Self::go_back`] can return.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            results: self.results.len(),
            packed: self.packed.place(),
            unmapped: self.unmapped.len(),
            tally: self.tally,
        }
    }

    /// Forgets what was added since then: the report that it came from turned out to be broken.
    pub fn go_back(&mut self, checkpoint: &Checkpoint) {
        self.results.truncate(checkpoint.results);
        self.packed.go_back(&checkpoint.packed);
        self.unmapped.truncate(checkpoint.unmapped);
        self.tally = checkpoint.tally;
    }

    /// Returns how many tests are kept.
    pub fn kept(&self) -> usize {
        self.results.len() + self.packed.len()
    }

    /// Makes the plan. What is not submitted is listed failures first, by name.
    pub fn plan(
        mut self,
        (key, identity): (SubmissionKey, Identity),
        reports: Vec<PlannedReport>,
        run: RunDetails,
    ) -> SubmissionPlan {
        self.unmapped
            .sort_by(|a, b| b.verdict.cmp(&a.verdict).then_with(|| a.test.cmp(&b.test)));
        self.unmapped.dedup();
        let handed = self.results.iter().map(|result| result.test.as_str());
        let unmapped = self.unmapped.iter().map(|it| it.test.as_str());
        let packed = self.packed.names();
        let identity = identity.of_names(handed.chain(unmapped).chain(packed.iter()));
        drop(packed);
        SubmissionPlan {
            key,
            identity,
            service: self.service,
            reports,
            results: self.results,
            packed: Arc::new(self.packed),
            unmapped: self.unmapped,
            run,
            tally: self.tally,
        }
    }
}

/// A state of a [`PlanBuilder`] that it can be brought back to.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    results: usize,
    packed: PackedPlace,
    unmapped: usize,
    tally: Tally,
}

/// Gives each test an absolute time, and knows when the first began and the last ended.
///
/// Reports often give a time for the suite alone, and without a zone. Tests of such a suite are taken to follow each other; a
/// zone-less time is one of this machine's zone, which usually ran the tests.
#[derive(Debug)]
pub struct TimeKeeper {
    zone: TimeZone,
    suite: Option<(Arc<TestSuite>, Duration)>,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    /// When the report at hand began, and when it ended.
    span: Option<(Timestamp, Timestamp)>,
}

impl TimeKeeper {
    /// Begins; zone-less times are read as times of this zone.
    pub fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            suite: None,
            span: None,
            started: None,
            finished: None,
        }
    }

    /// Makes the times of a test absolute.
    pub fn keep(&mut self, case: &mut TestCase) {
        let duration = case.duration.unwrap_or_default();
        let before = self.elapsed_in(&case.suite, duration);
        let from_suite = || {
            let suite = suite_start(&case.suite)?.in_zone(&self.zone)?;
            suite.checked_add(before).ok()
        };
        let started = case
            .started
            .and_then(|moment| moment.in_zone(&self.zone))
            .or_else(from_suite);
        case.started = started.map(Moment::Absolute);
        for attempt in &mut case.earlier {
            attempt.started = attempt
                .started
                .and_then(|moment| moment.in_zone(&self.zone))
                .map(Moment::Absolute);
        }
        for step in &mut case.steps {
            step.started = step
                .started
                .and_then(|moment| moment.in_zone(&self.zone))
                .map(Moment::Absolute);
        }
        self.note(started, duration);
    }

    /// Returns when the first test began.
    pub fn started(&self) -> Option<Timestamp> {
        self.started
    }

    /// Returns when the last test ended.
    pub fn finished(&self) -> Option<Timestamp> {
        self.finished
    }

    /// Notes a time that stands for a whole report, where its tests have none.
    pub fn note(&mut self, started: Option<Timestamp>, duration: Duration) {
        let Some(started) = started else { return };
        let ended = started.checked_add(duration).unwrap_or(started);
        self.started = Some(self.started.map_or(started, |first| first.min(started)));
        self.finished = Some(self.finished.map_or(ended, |last| last.max(ended)));
        let (first, last) = self.span.unwrap_or((started, ended));
        self.span = Some((first.min(started), last.max(ended)));
    }

    /// Returns when what was noted since the last call began and ended.
    pub fn take_span(&mut self) -> Option<(Timestamp, Timestamp)> {
        self.span.take()
    }

    /// Returns the instant of a moment.
    pub fn instant(&self, moment: Moment) -> Option<Timestamp> {
        moment.in_zone(&self.zone)
    }

    /// Returns how long the earlier tests of this suite took together.
    fn elapsed_in(&mut self, suite: &Arc<TestSuite>, duration: Duration) -> Duration {
        match &mut self.suite {
            Some((current, elapsed)) if Arc::ptr_eq(current, suite) => {
                let before = *elapsed;
                *elapsed = before.saturating_add(duration);
                before
            }
            Some(_) | None => {
                self.suite = Some((Arc::clone(suite), duration));
                Duration::ZERO
            }
        }
    }
}

fn suite_start(suite: &TestSuite) -> Option<Moment> {
    suite
        .started
        .or_else(|| suite.parent.as_deref().and_then(suite_start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{CaseId, CaseSource};
    use crate::model::{Failure, Outcome, Verdict};

    fn case(suite: &Arc<TestSuite>, name: &str, outcome: Outcome) -> TestCase {
        TestCase {
            class_name: Some("shop.Cart".into()),
            duration: Some(Duration::from_secs(2)),
            line: 1,
            ..TestCase::new(Arc::clone(suite), name.to_owned(), outcome)
        }
    }

    #[test]
    fn what_is_not_handed_in_is_listed_with_failures_first() {
        let suite = Arc::new(TestSuite::default());
        let mut builder = PlanBuilder::new(ServiceName::Azure, false);
        let mapped = vec![MappedCase {
            id: CaseId("7".to_owned()),
            source: CaseSource::Explicit,
        }];
        builder.add(0, &case(&suite, "a", Outcome::Passed), Vec::new(), &[]);
        builder.add(
            0,
            &case(&suite, "b", Outcome::Failed(Failure::default())),
            Vec::new(),
            &[],
        );
        builder.add(0, &case(&suite, "c", Outcome::Passed), mapped, &[]);
        let key = SubmissionKey::of(&super::super::KeyParts::default());
        let plan = builder.plan(
            (key, Identity::default()),
            Vec::new(),
            RunDetails::default(),
        );
        let unmapped: Vec<_> = plan
            .unmapped
            .iter()
            .map(|it| (it.test.as_str(), it.verdict))
            .collect();
        assert_eq!(
            unmapped,
            [
                ("shop.Cart › b", Verdict::Failed),
                ("shop.Cart › a", Verdict::Passed)
            ]
        );
        assert_eq!((plan.results.len(), plan.tally.tests), (1, 3));
    }

    #[test]
    fn tests_without_a_time_follow_each_other_from_the_start_of_their_suite() {
        let started = Some(Moment::Local("2026-03-01T10:00:00".parse().unwrap()));
        let suite = Arc::new(TestSuite {
            started,
            ..TestSuite::default()
        });
        let mut keeper = TimeKeeper::new(TimeZone::fixed(jiff::tz::offset(2)));
        let mut second = case(&suite, "b", Outcome::Passed);
        keeper.keep(&mut case(&suite, "a", Outcome::Passed));
        keeper.keep(&mut second);
        assert_eq!(
            second.started,
            Some(Moment::Absolute("2026-03-01T08:00:02Z".parse().unwrap()))
        );
        assert_eq!(
            keeper.finished(),
            Some("2026-03-01T08:00:04Z".parse().unwrap())
        );
    }
}
