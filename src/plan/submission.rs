//! The plan of one submission to one service.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use jiff::Timestamp;

use super::{ContentDigest, Identity, Packed, PackedCase, SubmissionKey};
use crate::files::KnownFile;
use crate::mapping::CaseId;
use crate::model::{ServiceName, Tally, TestKey, Verdict};

/// Everything that one service is to be handed in one submission.
#[derive(Debug, Clone)]
pub struct SubmissionPlan {
    /// The name that handin 0.1.0 gave it: what that made is found by it.
    pub key: SubmissionKey,
    /// Build, part, attempt and content: with the ids of the target they make the mark by which it is found again.
    pub identity: Identity,
    /// The service.
    pub service: ServiceName,
    /// The reports that it is made of.
    pub reports: Vec<PlannedReport>,
    /// The tests, in the order of the reports. Those without a case are here only for services that need none.
    pub results: Vec<PlannedResult>,
    /// In their place, for services that need one test after the other and no more of them: the tests in little room.
    pub packed: Arc<Packed>,
    /// The tests that have no case and are left out.
    pub unmapped: Vec<Unmapped>,
    /// What is said about the whole.
    pub run: RunDetails,
    /// All tests of the reports, the unmapped ones too.
    pub tally: Tally,
}

impl SubmissionPlan {
    /// Returns whether no test is to be handed in.
    pub fn is_empty(&self) -> bool {
        self.results.is_empty() && self.packed.is_empty()
    }

    /// Returns the same once more, on purpose: the same number gives the same names, on any machine.
    #[must_use]
    pub fn again(&self, number: u32) -> Self {
        let mut plan = self.clone();
        plan.key = self.key.again(number);
        plan.identity.build = self.identity.build.again(number);
        plan
    }
}

/// A folder inside of an archive.
pub trait PackedFolder: fmt::Debug + Send + Sync {
    /// Returns the archive, as it is shown.
    fn archive(&self) -> &str;

    /// Returns the folder's path in the archive, ending with a slash; empty at the top.
    fn path(&self) -> &str;

    /// Returns the names of all files of the archive. Nothing is unpacked for that.
    fn names(&self) -> Vec<String>;

    /// Unpacks a file of the archive, of no more than `most` bytes, and tells how large it is.
    ///
    /// # Errors
    ///
    /// When it cannot be unpacked; [`io::ErrorKind::Unsupported`] for a link.
    fn unpack(&self, name: &str, most: u64, target: &Path) -> io::Result<u64>;
}

/// A report that belongs to a submission.
#[derive(Debug, Clone)]
pub struct PlannedReport {
    /// The path as it is shown.
    pub path: String,
    /// The file on disk; `None` for a zip entry or standard input.
    pub file: Option<KnownFile>,
    /// The folder in which its attachments may be; `None` where there is no folder.
    pub folder: Option<PathBuf>,
    /// The folder that it stands in, where that is in an archive.
    pub packed: Option<Arc<dyn PackedFolder>>,
    /// What it is: `junit`, `katalon`, ….
    pub format: &'static str,
    /// The digest of its bytes.
    pub digest: ContentDigest,
    /// Its tests.
    pub tally: Tally,
}

/// A test with the cases that it is mapped to.
#[derive(Debug, Clone)]
pub struct PlannedResult {
    /// The name of the test.
    pub test: TestKey,
    /// The cases; empty where the service makes one by itself.
    pub cases: Vec<CaseId>,
    /// What the report says of it.
    pub case: PackedCase,
    /// Which of [`SubmissionPlan::reports`] it comes from.
    pub report: usize,
    /// The files that go along: already found, allowed, and chosen by the policy.
    pub files: Vec<PlannedFile>,
}

/// A file that goes along with a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Where it is, and what it is known by.
    pub file: KnownFile,
    /// The name that it gets on the service.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Which try before the last one it belongs to, counted from 0; none where it is the test's own.
    pub attempt: Option<usize>,
}

/// A test that has no case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The test.
    pub test: TestKey,
    /// How it ended: failures that are not handed in come first in every list.
    pub verdict: Verdict,
    /// Why it has none, where something looked like a case and does not count.
    pub why: Option<String>,
}

/// What is said about a submission as a whole.
#[derive(Debug, Clone, Default)]
pub struct RunDetails {
    /// The name that people see.
    pub name: String,
    /// The job, suite or collection that the reports name.
    pub job: Option<String>,
    /// A text beside the name.
    pub comment: Option<String>,
    /// When the first test began.
    pub started: Option<Timestamp>,
    /// When the last test ended.
    pub finished: Option<Timestamp>,
    /// The build that made the results.
    pub build: Option<Build>,
    /// Tags, where the service has them.
    pub tags: Vec<String>,
}

/// A CI build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// The id that the service knows, such as Azure's numeric build id.
    pub id: Option<String>,
    /// The number that people see.
    pub number: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// The project that it belongs to, where the CI says so.
    pub project: Option<String>,
    /// The address of the organisation that it belongs to, where the CI says so.
    pub collection: Option<String>,
    /// Where in the pipeline the results were made; `None` for a build that somebody named.
    pub pipeline: Option<Pipeline>,
}

/// A place in a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pipeline {
    /// The stage.
    pub stage: Option<PipelineLevel>,
    /// The job as the pipeline's file has it.
    pub phase: Option<PipelineLevel>,
    /// The job that ran: of a matrix, one of several.
    pub job: Option<PipelineLevel>,
}

/// A stage or a job, and how often it was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineLevel {
    /// Its name.
    pub name: String,
    /// Which attempt this is, from 1.
    pub attempt: Option<u32>,
}
