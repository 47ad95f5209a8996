//! Files and texts that go along with results, and the reports that go along with the run.
//!
//! A file attached twice stands there twice. So it is asked for by name before it is attached, wherever it may be there already.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Azure;
use super::fold::PointResult;
use super::payload;
use super::plan::RunPlan;
use super::text::{MESSAGE_LIMIT, STACK_TRACE_LIMIT};
use super::write::numbers;
use crate::files::KnownFile;
use crate::model::TestCase;
use crate::plan::{PlannedFile, SubmissionPlan};
use crate::transport::{Body, Opener, Problem, TransportError};

/// Azure: an attachment may have 100 MiB in base64, which is 75 MiB of file.
const LARGEST: u64 = 75 * 1024 * 1024;

/// How much is encoded at a time: a multiple of three, so that base64 has no padding inside.
const CHUNK: usize = 48 * 1024;

/// A file or a text, and the point whose result it belongs to; without one it belongs to the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) point: Option<u64>,
    /// Which try before the last one of its test it belongs to, counted from 1; without one it belongs to the result as a whole.
    pub(super) attempt: Option<u32>,
    /// Its name on the service: allowed there, and no other file's at the same place.
    pub(super) name: String,
    source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    File(PlannedFile),
    /// What a test wrote, or what its result shows only in part.
    Text {
        test: usize,
        text: Text,
    },
}

/// A text of a test that goes along as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Message,
    StackTrace,
    Output,
    ErrorOutput,
}

impl Text {
    const ALL: [Self; 4] = [
        Self::Message,
        Self::StackTrace,
        Self::Output,
        Self::ErrorOutput,
    ];

    /// Returns the text; nothing where there is none, or where the result shows all of it.
    fn of(self, case: &TestCase) -> Option<String> {
        let failure = case.outcome.failure();
        let longer = |text: String, limit: usize| {
            let length: usize = text.chars().map(char::len_utf16).sum();
            (length > limit).then_some(text)
        };
        match self {
            Self::Message => longer(failure.and_then(payload::message)?, MESSAGE_LIMIT),
            Self::StackTrace => longer(failure?.details.clone()?, STACK_TRACE_LIMIT),
            Self::Output => case.output.clone().filter(|text| !text.trim().is_empty()),
            Self::ErrorOutput => case
                .error_output
                .clone()
                .filter(|text| !text.trim().is_empty()),
        }
    }

    /// The names under which Microsoft's own agent attaches console output.
    fn name(self) -> &'static str {
        match self {
            Self::Message => "Message.txt",
            Self::StackTrace => "Stack trace.txt",
            Self::Output => "Standard_Console_Output.log",
            Self::ErrorOutput => "Standard_Console_Error.log",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Message | Self::StackTrace => "GeneralAttachment",
            Self::Output | Self::ErrorOutput => "ConsoleLog",
        }
    }
}

/// All files of a submission, and what became of them.
#[derive(Debug, Default)]
pub(super) struct Files {
    jobs: Vec<Job>,
    /// What the part says: parts of one submission share its journal, and each has files of its own.
    content: String,
    there: HashSet<usize>,
    /// Those that were refused: they can arrive another time, or never.
    refused: Vec<(usize, String)>,
    left_out: Vec<(usize, String)>,
    /// Those that were begun and not acknowledged.
    begun: Mutex<HashSet<usize>>,
    /// The points whose results this call set: nothing of ours was there before.
    fresh: HashSet<u64>,
}

impl Files {
    /// Returns the files to attach, and a warning for each file that is too large.
    pub(super) fn of(azure: &Azure, plan: &RunPlan) -> (Self, Vec<String>) {
        let mut jobs = Vec::new();
        for result in &plan.results {
            jobs.extend(named(Some(result.point.id), sources(result, &plan.plan)));
        }
        if azure.target.attach_reports {
            let reports = plan.plan.reports.iter();
            let files = reports.filter_map(|report| report_file(report.file.as_ref()?));
            jobs.extend(named(None, files.map(Source::File)));
        }
        let (fitting, large): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| job.size() <= LARGEST);
        let warnings = large.iter().map(|job| {
            format!(
                "the attachment `{}` is skipped: it has {} bytes, and Azure takes {LARGEST} at most",
                job.name,
                job.size()
            )
        });
        let files = Self {
            jobs: fitting,
            content: plan.mark.of_part().to_string(),
            ..Self::default()
        };
        (files, warnings.collect())
    }

    /// Returns the file that an item of a write stands for.
    pub(super) fn job(&self, item: &str) -> Option<&Job> {
        self.jobs.get(index(item)?)
    }

    pub(super) fn name<'a>(&'a self, item: &'a str) -> &'a str {
        self.job(item).map_or(item, |job| &job.name)
    }

    /// Returns the files that are not there yet and were not refused.
    pub(super) fn due(&self) -> impl Iterator<Item = (String, &Job)> {
        let is_due = |index: &usize| {
            !self.there.contains(index)
                && !self.refused.iter().any(|(known, _)| known == index)
                && !self.left_out.iter().any(|(known, _)| known == index)
        };
        let all = self.jobs.iter().enumerate();
        all.filter(move |(index, _)| is_due(index))
            .map(|(index, job)| {
                let point = job.point.unwrap_or(0);
                (format!("{point}-{index}-{}", self.content), job)
            })
    }

    /// Returns the points, or the run, of what is due.
    pub(super) fn places(&self) -> BTreeSet<Option<u64>> {
        self.due().map(|(_, job)| job.point).collect()
    }

    /// Notes which files stand at a point, or at the run.
    pub(super) fn stand<'a>(
        &mut self,
        point: Option<u64>,
        names: impl Iterator<Item = &'a String>,
    ) {
        let names: HashSet<&String> = names.collect();
        let jobs = self.jobs.iter().enumerate();
        let there = jobs.filter(|(_, job)| job.point == point && names.contains(&job.name));
        self.there.extend(there.map(|(index, _)| index));
    }

    /// Notes results that this call has set.
    pub(super) fn sent_with(&mut self, sent: &HashSet<(u64, u64)>) {
        self.fresh.extend(sent.iter().map(|(_, point)| *point));
    }

    /// Returns whether something of a place may be there that is not known.
    pub(super) fn is_unsure(&self, point: Option<u64>) -> bool {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let mut jobs = begun.iter().filter_map(|index| self.jobs.get(*index));
        jobs.any(|job| job.point == point)
    }

    /// Returns whether this call set the result of a point.
    pub(super) fn is_fresh(&self, point: Option<u64>) -> bool {
        point.is_some_and(|point| self.fresh.contains(&point))
    }

    pub(super) fn begun(&self, item: &str) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.extend(index(item));
    }

    pub(super) fn arrived(&mut self, item: &str) {
        if let Some(index) = index(item) {
            self.there.insert(index);
            self.forget(item);
        }
    }

    /// Forgets that a file was begun: it is going elsewhere.
    pub(super) fn forget(&mut self, item: &str) {
        let begun = self.begun.get_mut();
        if let Some(index) = index(item) {
            begun.unwrap_or_else(PoisonError::into_inner).remove(&index);
        }
    }

    /// Notes a file that the service does not take.
    pub(super) fn refuse(&mut self, item: &str, error: &TransportError) {
        let Some(index) = index(item) else { return };
        let name = self.name(item).to_owned();
        if is_final(error) {
            let why = format!("the attachment `{name}` is skipped: {}", error.reason());
            self.left_out.push((index, why));
        } else {
            self.refused
                .push((index, format!("attachment `{name}`: {error}")));
        }
        self.forget(item);
    }

    /// Returns whether files were refused that may be taken another time.
    pub(super) fn are_missing(&self) -> bool {
        !self.refused.is_empty()
    }

    pub(super) fn refused(&self) -> impl Iterator<Item = String> {
        self.refused.iter().map(|(_, why)| why.clone())
    }

    pub(super) fn left_out(&self) -> impl Iterator<Item = String> {
        self.left_out.iter().map(|(_, why)| why.clone())
    }
}

/// Returns which file an item stands for.
fn index(item: &str) -> Option<usize> {
    numbers(item)
        .nth(1)
        .and_then(|index| usize::try_from(index).ok())
}

/// Returns the files and texts of a result, those of its first test first.
fn sources(result: &PointResult, plan: &SubmissionPlan) -> Vec<Source> {
    let mut all = Vec::new();
    for index in result.tests.iter() {
        let Some(test) = plan.results.get(*index) else {
            continue;
        };
        let is_alone = result.tests.as_slice().len() == 1;
        all.extend(test.files.iter().cloned().map(|mut file| {
            // Of several tests the sub-results are rows, and not tries.
            file.attempt = file.attempt.filter(|_| is_alone);
            Source::File(file)
        }));
        let (is_bad, wrote) = (test.case.verdict().is_bad(), test.case.has_output());
        // Most tests have nothing of the kind, and telling so is cheap.
        if is_bad || wrote {
            let case = test.case.unpack();
            let texts = Text::ALL
                .into_iter()
                .filter(|text| text.of(&case).is_some());
            all.extend(texts.map(|text| Source::Text { test: *index, text }));
        }
    }
    all
}

impl Job {
    fn size(&self) -> u64 {
        match &self.source {
            Source::File(file) => file.size,
            Source::Text { .. } => 0,
        }
    }
}

/// Returns whether the file itself is in the way: it is gone, or too large for the service. What the service refuses otherwise may
/// be taken another time, with other rights or another version.
fn is_final(error: &TransportError) -> bool {
    match &error.problem {
        Problem::Setup(_) => true,
        Problem::Status { status, .. } => *status == 413,
        Problem::Connect(_)
        | Problem::Certificate(_)
        | Problem::Proxy(_)
        | Problem::Cut(_)
        | Problem::TimedOut
        | Problem::SignIn
        | Problem::NotJson { .. }
        | Problem::Shape(_)
        | Problem::Deadline
        | Problem::Interrupted
        | Problem::Credential(_)
        | Problem::ReadOnly => false,
    }
}

/// Names the files of one place so that no two have the same name, in the same way every time. A file given twice counts once.
fn named(point: Option<u64>, sources: impl IntoIterator<Item = Source>) -> Vec<Job> {
    let (mut paths, mut names) = (HashSet::new(), HashSet::new());
    sources
        .into_iter()
        .filter(|source| match source {
            Source::File(file) => paths.insert(file.file.path().to_owned()),
            Source::Text { .. } => true,
        })
        .map(|source| {
            let wanted = match &source {
                Source::File(file) => cleaned(&file.name),
                Source::Text { text, .. } => text.name().to_owned(),
            };
            let name = std::iter::once(wanted.clone())
                .chain((2..u32::MAX).map(|count| numbered(&wanted, count)))
                .find(|name| names.insert(name.to_lowercase()))
                .unwrap_or(wanted);
            let attempt = match &source {
                Source::File(file) => file.attempt.and_then(payload::sequence_of_try),
                Source::Text { .. } => None,
            };
            Job {
                point,
                attempt,
                name,
                source,
            }
        })
        .collect()
}

fn numbered(name: &str, count: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem} ({count}).{extension}"),
        Some(_) | None => format!("{name} ({count})"),
    }
}

/// A report goes along under a name that says nothing of a submission: by such names at a run its parts and its holder are known.
fn report_file(file: &KnownFile) -> Option<PlannedFile> {
    let mut name = file.path().file_name()?.to_string_lossy().into_owned();
    if name.starts_with("handin") {
        name.insert_str(0, "report-");
    }
    Some(PlannedFile {
        name,
        size: file.size(),
        file: file.clone(),
        attempt: None,
    })
}

/// Azure: a file's name may have no colon; other characters that no file system takes go the same way.
fn cleaned(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_control() || ":\\/*?\"<>|".contains(c) {
                '_'
            } else {
                c
            }
        })
        .collect()
}

/// Returns the JSON document that carries a file or a text; nothing where there is no such text.
pub(super) fn body(job: &Job, plan: &SubmissionPlan) -> Option<Body> {
    match &job.source {
        Source::File(file) => Some(streamed(file, &job.name)),
        Source::Text { test, text } => {
            let case = plan.results.get(*test)?.case.unpack();
            let document = json!({
                "stream": STANDARD.encode(text.of(&case)?),
                "fileName": job.name,
                "attachmentType": text.kind(),
            });
            Some(Body::Bytes(serde_json::to_vec(&document).ok()?))
        }
    }
}

/// Returns the JSON document that carries the file, as a stream: however large the file, little of it is in memory.
fn streamed(file: &PlannedFile, name: &str) -> Body {
    let after = format!(
        "\",{}",
        json!({"fileName": name, "attachmentType": "GeneralAttachment"})
            .to_string()
            .trim_start_matches('{')
    );
    let before = "{\"stream\":\"";
    let length = before.len() as u64 + file.size.div_ceil(3) * 4 + after.len() as u64;
    let file = file.file.clone();
    let open: Opener = Arc::new(move || {
        let encoded = Base64Reader::new(file.open()?);
        let whole = Cursor::new(before)
            .chain(encoded)
            .chain(Cursor::new(after.clone()));
        Ok(Box::new(whole) as Box<dyn Read + Send>)
    });
    Body::Stream { open, length }
}

/// Reads a file as base64.
struct Base64Reader<R> {
    inner: R,
    encoded: Cursor<Vec<u8>>,
}

impl<R: Read> Base64Reader<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            encoded: Cursor::new(Vec::new()),
        }
    }
}

impl<R: Read> Read for Base64Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.encoded.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        let mut plain = Vec::with_capacity(CHUNK);
        (&mut self.inner)
            .take(CHUNK as u64)
            .read_to_end(&mut plain)?;
        self.encoded = Cursor::new(STANDARD.encode(plain).into_bytes());
        self.encoded.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, name: &str) -> PlannedFile {
        PlannedFile {
            file: KnownFile::unseen(path),
            name: name.to_owned(),
            size: 1,
            attempt: None,
        }
    }

    #[test]
    fn files_of_one_result_get_names_of_their_own_and_the_same_ones_every_time() {
        let files = [
            file("a/shot.png", "shot.png"),
            file("b/shot.png", "Shot.png"),
            file("c/log", "a:log"),
            file("d/log", "a/log"),
            file("a/shot.png", "shot.png"),
        ];
        let names = || -> Vec<String> {
            named(Some(1), files.iter().cloned().map(Source::File))
                .into_iter()
                .map(|job| job.name)
                .collect()
        };
        assert_eq!(names(), ["shot.png", "Shot (2).png", "a_log", "a_log (2)"]);
        assert_eq!(names(), names());
    }

    #[test]
    fn the_streamed_document_is_json_of_the_announced_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shot.png");
        let content: Vec<u8> = (0..200_001_u32).map(|n| (n % 251) as u8).collect();
        io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), &content).unwrap();
        let file = PlannedFile {
            file: KnownFile::at(path).unwrap(),
            name: "a:b.png".to_owned(),
            size: content.len() as u64,
            attempt: None,
        };
        let Body::Stream { open, length } = streamed(&file, &cleaned(&file.name)) else {
            panic!("no stream")
        };
        let mut bytes = Vec::new();
        open().unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, length);
        let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(document["fileName"], "a_b.png");
        assert_eq!(
            STANDARD
                .decode(document["stream"].as_str().unwrap())
                .unwrap(),
            content
        );
    }
}
