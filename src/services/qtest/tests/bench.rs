//! A stand-in, a target, a journal, and plans made of a few words.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use handin_sandbox::qtest::{QtestSandbox, World};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use crate::journal::{Journal, Record};
use crate::mapping::CaseId;
use crate::model::{
    Failure, Moment, Outcome, Property, ServiceName, StepVerdict, Tally, TestCase, TestStep,
    TestSuite,
};
use crate::plan::{
    Build, ContentDigest, KeyParts, PackedCase, PlannedReport, PlannedResult, RunDetails,
    SubmissionKey, SubmissionPlan,
};
use crate::secret::Secret;
use crate::services::qtest::{Qtest, QtestPlan, QtestTarget};
use crate::services::{Checked as _, Receipt, SendError, Silent, Submitter as _};
use crate::transport::{Authorization, Clock, RetryPolicy, Transport, TransportOptions};

/// The time at which the tests of every plan began.
pub(super) const BEGAN: &str = "2026-03-01T10:00:00Z";

pub(super) struct Bench {
    pub(super) sandbox: QtestSandbox,
    pub(super) target: QtestTarget,
    folder: tempfile::TempDir,
}

/// A test of a plan.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) class: String,
    pub(super) name: String,
    pub(super) outcome: Outcome,
    pub(super) steps: Vec<(&'static str, StepVerdict)>,
    pub(super) properties: Vec<(&'static str, &'static str)>,
    pub(super) cases: Vec<&'static str>,
}

pub(super) fn passed(class: &str, name: &str) -> Told {
    Told {
        class: class.to_owned(),
        name: name.to_owned(),
        outcome: Outcome::Passed,
        steps: Vec::new(),
        properties: Vec::new(),
        cases: Vec::new(),
    }
}

impl Told {
    pub(super) fn failed(mut self, message: &str) -> Self {
        self.outcome = Outcome::Failed(Failure {
            message: Some(message.to_owned()),
            ..Failure::default()
        });
        self
    }

    pub(super) fn ended(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    pub(super) fn steps(mut self, steps: &[(&'static str, StepVerdict)]) -> Self {
        self.steps = steps.to_vec();
        self
    }

    pub(super) fn property(mut self, name: &'static str, value: &'static str) -> Self {
        self.properties.push((name, value));
        self
    }

    pub(super) fn case(mut self, id: &'static str) -> Self {
        self.cases.push(id);
        self
    }
}

/// A run of tests: its job, its browser, its CI build.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) name: Option<&'static str>,
    pub(super) browser: Option<&'static str>,
    pub(super) build: &'static str,
    pub(super) began: &'static str,
    pub(super) tests: Vec<Told>,
}

pub(super) fn job(build: &'static str, tests: &[Told]) -> Job {
    Job {
        name: Some("Nightly"),
        browser: Some("Chrome"),
        build,
        began: BEGAN,
        tests: tests.to_vec(),
    }
}

impl Job {
    pub(super) fn named(mut self, name: Option<&'static str>) -> Self {
        self.name = name;
        self
    }

    pub(super) fn on(mut self, browser: &'static str) -> Self {
        self.browser = Some(browser);
        self
    }
}

impl Bench {
    pub(super) fn new(world: World) -> Self {
        let sandbox = QtestSandbox::start(world).unwrap();
        let mut target = QtestTarget::new(Url::parse(&sandbox.url()).unwrap(), "Shop");
        target.module = Some("Automated".to_owned());
        target.settle = Duration::from_millis(600);
        target.wait = Duration::from_secs(5);
        Self {
            sandbox,
            target,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A site with one project, called `Shop`.
    pub(super) fn shop() -> Self {
        Self::new(World::new().project("Shop", |project| project))
    }

    pub(super) fn transport(&self) -> Transport {
        Transport::new(TransportOptions {
            authorization: Some(Authorization::Bearer(
                Secret::token(self.sandbox.token()).unwrap(),
            )),
            retry: RetryPolicy {
                tries: 2,
                throttled_tries: 4,
                base: Duration::from_millis(1),
                cap: Duration::from_millis(10),
                patience: Duration::from_secs(2),
            },
            limits: crate::transport::Limits {
                answer: Duration::from_millis(900),
                ..crate::transport::Limits::default()
            },
            ..TransportOptions::default()
        })
    }

    pub(super) fn service(&self) -> Qtest {
        Qtest::new(self.target.clone(), self.transport())
    }

    fn journal_file(&self) -> PathBuf {
        self.folder.path().join("journal.jsonl")
    }

    pub(super) fn journal(&self) -> Journal {
        Journal::open(
            &self.journal_file(),
            &Clock::system(),
            &crate::files::Patience::default(),
        )
        .unwrap()
    }

    pub(super) fn lose_journal(&self) {
        std::fs::remove_file(self.journal_file()).unwrap();
    }

    /// Takes the records out of the journal that this picks, as if the program had died before writing them.
    #[expect(
        clippy::disallowed_methods,
        reason = "a file of a test needs no atomic write"
    )]
    pub(super) fn cut_journal(&self, lost: impl Fn(&Record) -> bool) {
        let text = std::fs::read_to_string(self.journal_file()).unwrap();
        let kept: Vec<&str> = text
            .lines()
            .filter(|line| !lost(&serde_json::from_str(line).unwrap()))
            .collect();
        std::fs::write(self.journal_file(), kept.join("\n") + "\n").unwrap();
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a file of a test needs no atomic write"
    )]
    pub(super) fn file(&self, name: &str, size: usize) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, vec![b'x'; size]).unwrap();
        path
    }

    pub(super) fn check(&self, jobs: &[Job]) -> QtestPlan {
        self.service().check(plan(jobs)).unwrap()
    }

    pub(super) fn try_submit(&self, jobs: &[Job]) -> Result<Receipt, SendError> {
        let service = self.service();
        let plan = service
            .check(plan(jobs))
            .map_err(SendError::before_writing)?;
        service.send(&plan, &self.journal(), &Silent)
    }

    pub(super) fn submit(&self, jobs: &[Job]) -> Receipt {
        self.try_submit(jobs).unwrap()
    }

    /// Returns the objects of a kind in the project.
    pub(super) fn held(&self, kind: &str) -> Vec<Value> {
        self.sandbox.held(kind)
    }

    pub(super) fn count(&self, kind: &str) -> usize {
        self.held(kind).len()
    }

    pub(super) fn names(&self, kind: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .held(kind)
            .iter()
            .map(|held| held["name"].as_str().unwrap_or_default().to_owned())
            .collect();
        names.sort();
        names
    }

    pub(super) fn problems(&self, jobs: &[Job]) -> Vec<String> {
        self.check(jobs)
            .problems()
            .iter()
            .map(|problem| problem.message.clone())
            .collect()
    }

    /// Returns how many requests came that meet this, by verb and a part of the path.
    pub(super) fn requests(&self, method: &str, part: &str) -> usize {
        self.sandbox
            .requests()
            .iter()
            .filter(|r| r.method == method && r.path.contains(part))
            .count()
    }
}

/// Makes a plan of jobs that one command hands in.
#[expect(clippy::too_many_lines, reason = "a plan has many parts")]
pub(super) fn plan(jobs: &[Job]) -> SubmissionPlan {
    let mut results = Vec::new();
    for (report, job) in jobs.iter().enumerate() {
        let properties = job
            .browser
            .map(|browser| property("browser", browser))
            .into_iter()
            .collect();
        let suite = Arc::new(TestSuite {
            report_name: job.name.map(str::to_owned),
            properties,
            ..TestSuite::default()
        });
        let began: Timestamp = job.began.parse().unwrap();
        for (at, told) in job.tests.iter().enumerate() {
            let case = test(
                &suite,
                told,
                began + jiff::SignedDuration::from_secs(i64::try_from(at).unwrap()),
            );
            let id = |id: &&str| CaseId((*id).to_owned());
            results.push(PlannedResult {
                test: case.key(),
                cases: told.cases.iter().map(id).collect(),
                case: PackedCase::of(&case),
                report,
                files: Vec::new(),
            });
        }
    }
    let build = jobs.first().map_or("", |job| job.build);
    let text: Vec<String> = jobs
        .iter()
        .map(|job| format!("{:?}{:?}{}", job.name, job.browser, job.tests.len()))
        .collect();
    let began = jobs.first().map(|job| job.began.parse().unwrap());
    SubmissionPlan {
        packed: Arc::default(),
        key: SubmissionKey::of(&KeyParts {
            target: &text.join(" "),
            build,
            ..KeyParts::default()
        }),
        identity: crate::plan::Identity::new(
            crate::plan::BuildKey::of_text(&format!("{build}{}", text.join(" "))),
            crate::plan::Part::Whole,
            crate::plan::Attempt::Untold,
            &[],
        ),
        service: ServiceName::Qtest,
        reports: jobs.iter().enumerate().map(|(at, _)| report(at)).collect(),
        results,
        unmapped: Vec::new(),
        run: RunDetails {
            name: "run".to_owned(),
            started: began,
            build: Some(Build {
                number: Some(build.to_owned()),
                url: Some(format!("https://ci.example/{build}")),
                ..Build::default()
            }),
            ..RunDetails::default()
        },
        tally: Tally::default(),
    }
}

fn report(at: usize) -> PlannedReport {
    PlannedReport {
        path: format!("report-{at}.xml"),
        file: None,
        folder: None,
        packed: None,
        format: "junit",
        digest: ContentDigest([0; 32]),
        tally: Tally::default(),
    }
}

fn property(name: &str, value: &str) -> Property {
    Property {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn test(suite: &Arc<TestSuite>, told: &Told, began: Timestamp) -> TestCase {
    let step = |(name, verdict): &(&'static str, StepVerdict)| TestStep {
        name: (*name).to_owned(),
        description: Some(format!("{name} works")),
        verdict: *verdict,
        message: None,
        duration: None,
        started: None,
        attachments: Vec::new(),
    };
    TestCase {
        class_name: Some(told.class.as_str().into()),
        duration: Some(Duration::from_millis(500)),
        started: Some(Moment::Absolute(began)),
        properties: told
            .properties
            .iter()
            .map(|(name, value)| property(name, value))
            .collect(),
        steps: told.steps.iter().map(step).collect(),
        line: 1,
        ..TestCase::new(Arc::clone(suite), told.name.clone(), told.outcome.clone())
    }
}
