//! Files that go along with results, and the reports that go along with the run.
//!
//! A file attached twice stands there twice. So an attempt without an answer is not repeated blindly: the service is asked which
//! files it has, by name.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Azure;
use super::send::Sending;
use super::wire::{AttachmentEntry, List, RunResult};
use crate::plan::PlannedFile;
use crate::services::{Recorded, SendError, WriteError};
use crate::transport::{Body, Delivery, Opener, Problem, TransportError};

/// Azure: an attachment may have 100 MiB in base64, which is 75 MiB of file.
const LARGEST: u64 = 75 * 1024 * 1024;

/// How much is encoded at a time: a multiple of three, so that base64 has no padding inside.
const CHUNK: usize = 48 * 1024;

/// A file and the result that it belongs to; without one it belongs to the run.
#[derive(Debug, Clone)]
struct Job {
    result: Option<u64>,
    file: PlannedFile,
    /// Its name on the service: allowed there, and no other file's at the same place.
    name: String,
}

/// What became of the files that did not arrive.
#[derive(Debug, Default)]
struct Outcome {
    /// Those that can arrive another time.
    missing: Vec<String>,
    /// Those that are gone or too large: they will not arrive however often it is tried.
    warnings: Vec<String>,
}

/// Attaches what is not there yet. Returns the names of those that did not arrive.
///
/// # Errors
///
/// When the service cannot be asked what it has. A file that fails is no error: the results stand.
pub(super) fn attach_all(
    sending: &mut Sending<'_>,
    run: u64,
    results: &HashMap<u64, RunResult>,
) -> Result<Vec<String>, SendError> {
    let (jobs, too_large) = jobs(sending, results);
    sending.receipt.warnings.extend(too_large);
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    sending.progress.stage("Attaching files", jobs.len() as u64);
    let there = if sending.fresh {
        HashSet::new()
    } else {
        already_there(sending, run, &jobs)?
    };
    let due: Vec<&Job> = jobs
        .iter()
        .filter(|job| !there.contains(&(job.result, job.name.clone())))
        .collect();
    sending.progress.advance((jobs.len() - due.len()) as u64);
    sending.changed |= !due.is_empty();
    let outcome = attach_some(sending, run, &due);
    sending.receipt.warnings.extend(outcome.warnings);
    Ok(outcome.missing)
}

/// Attaches files, a few at a time.
fn attach_some(sending: &Sending<'_>, run: u64, due: &[&Job]) -> Outcome {
    let outcome = Mutex::new(Outcome::default());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..sending.azure.target.jobs.clamp(1, due.len().max(1)) {
            scope.spawn(|| {
                while let Some(job) = due.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = attach(sending, run, job) {
                        let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                        outcome.take(&job.name, failure);
                    }
                    sending.progress.advance(1);
                }
            });
        }
    });
    let mut outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.missing.sort_unstable();
    outcome.warnings.sort_unstable();
    outcome
}

impl Outcome {
    fn take(&mut self, name: &str, failure: WriteError) {
        match failure {
            WriteError::Transport(error) if is_final(&error) => self.warnings.push(format!(
                "the attachment `{name}` is left out: {}",
                error.reason()
            )),
            WriteError::Transport(error) => {
                self.missing.push(format!("attachment `{name}`: {error}"));
            }
            WriteError::Journal(error) => {
                self.missing.push(format!("attachment `{name}`: {error}"));
            }
        }
    }
}

/// Tells whether the file itself is in the way: it is gone, or too large for the service. What the service refuses otherwise may
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
        | Problem::ReadOnly => false,
    }
}

/// Returns what is to be attached, and a warning for each file that is too large.
fn jobs(sending: &Sending<'_>, results: &HashMap<u64, RunResult>) -> (Vec<Job>, Vec<String>) {
    let plan = &sending.plan.plan;
    let mut jobs = Vec::new();
    for result in &sending.plan.results {
        let Some(entry) = results.get(&result.point.id) else {
            continue;
        };
        let files = result
            .tests
            .iter()
            .filter_map(|test| plan.results.get(*test))
            .flat_map(|test| &test.files);
        jobs.extend(named(Some(entry.id.0), files.cloned()));
    }
    if sending.azure.target.attach_reports {
        let reports = plan
            .reports
            .iter()
            .filter_map(|report| report_file(report.file.as_deref()?));
        jobs.extend(named(None, reports));
    }
    let (fitting, large): (Vec<Job>, Vec<Job>) =
        jobs.into_iter().partition(|job| job.file.size <= LARGEST);
    let warnings = large.iter().map(|job| {
        format!(
            "the attachment `{}` is left out: it has {} bytes, and Azure takes {LARGEST} at most",
            job.name, job.file.size
        )
    });
    (fitting, warnings.collect())
}

/// Names the files of one place so that no two have the same name, in the same way every time. A file given twice counts once.
fn named(result: Option<u64>, files: impl Iterator<Item = PlannedFile>) -> Vec<Job> {
    let (mut paths, mut names) = (HashSet::new(), HashSet::new());
    files
        .filter(|file| paths.insert(file.file.clone()))
        .map(|file| {
            let wanted = cleaned(&file.name);
            let name = std::iter::once(wanted.clone())
                .chain((2..u32::MAX).map(|count| numbered(&wanted, count)))
                .find(|name| names.insert(name.to_lowercase()))
                .unwrap_or(wanted);
            Job { result, file, name }
        })
        .collect()
}

fn numbered(name: &str, count: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem} ({count}).{extension}"),
        Some(_) | None => format!("{name} ({count})"),
    }
}

fn report_file(file: &Path) -> Option<PlannedFile> {
    let size = std::fs::metadata(file).ok()?.len();
    let name = file.file_name()?.to_string_lossy().into_owned();
    Some(PlannedFile {
        file: file.to_owned(),
        name,
        size,
    })
}

/// Asks which files stand there, for each result that is to get some.
fn already_there(
    sending: &Sending<'_>,
    run: u64,
    jobs: &[Job],
) -> Result<HashSet<(Option<u64>, String)>, SendError> {
    let mut there = HashSet::new();
    let results: HashSet<Option<u64>> = jobs.iter().map(|job| job.result).collect();
    for result in results {
        let names = names_at(sending.azure, run, result)
            .map_err(|error| SendError::writing(sending.receipt.clone(), true, error))?;
        there.extend(names.into_iter().map(|name| (result, name)));
    }
    Ok(there)
}

/// Returns the names of the files at a result, or at the run itself.
pub(super) fn names_at(
    azure: &Azure,
    run: u64,
    result: Option<u64>,
) -> Result<Vec<String>, TransportError> {
    let list: List<AttachmentEntry> = azure
        .client
        .get(|endpoints| endpoints.attachments(run, result))?;
    Ok(list
        .value
        .into_iter()
        .filter_map(|entry| entry.file_name)
        .collect())
}

/// Leaves a mark at the run: a file whose name says everything.
pub(super) fn mark(sending: &Sending<'_>, run: u64, name: &str) -> Result<(), SendError> {
    let document = json!({
        "stream": STANDARD.encode(name),
        "fileName": name,
        "attachmentType": "GeneralAttachment",
    });
    let bytes = serde_json::to_vec(&document).unwrap_or_default();
    post(sending, run, (None, name), &Body::Bytes(bytes))
        .map_err(|error| error.ending(sending.receipt.clone(), true))
}

fn attach(sending: &Sending<'_>, run: u64, job: &Job) -> Result<(), WriteError> {
    let body = body(&job.file, &job.name);
    post(sending, run, (job.result, &job.name), &body)
}

/// Sends one file. An attempt whose answer did not come counts when the file is there afterwards.
fn post(
    sending: &Sending<'_>,
    run: u64,
    (result, name): (Option<u64>, &str),
    body: &Body,
) -> Result<(), WriteError> {
    let whose = result.map_or_else(|| "run".to_owned(), |result| result.to_string());
    let record = Recorded::new(
        sending.journal,
        &sending.plan.plan.key,
        format!("azure.attach[{whose}/{name}]"),
    );
    let answer = record.send(|| {
        let response = sending
            .azure
            .client
            .exchange(|endpoints| endpoints.attach(run, result, name, body.clone()))?;
        Ok((response, Value::Null))
    });
    match answer {
        Ok(_) => Ok(()),
        Err(WriteError::Transport(error)) if error.delivery == Delivery::Unknown => {
            match names_at(sending.azure, run, result) {
                Ok(names) if names.iter().any(|known| known == name) => Ok(()),
                Ok(_) | Err(_) => Err(WriteError::Transport(error)),
            }
        }
        Err(error) => Err(error),
    }
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

/// Returns the JSON document that carries the file, as a stream: however large the file, little of it is in memory.
fn body(file: &PlannedFile, name: &str) -> Body {
    let after = format!(
        "\",{}",
        json!({"fileName": name, "attachmentType": "GeneralAttachment"})
            .to_string()
            .trim_start_matches('{')
    );
    let before = "{\"stream\":\"";
    let length = before.len() as u64 + file.size.div_ceil(3) * 4 + after.len() as u64;
    let (path, size) = (file.file.clone(), file.size);
    let open: Opener = Arc::new(move || {
        let encoded = Base64Reader::new(File::open(&path)?.take(size));
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
            file: path.into(),
            name: name.to_owned(),
            size: 1,
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
            named(Some(1), files.iter().cloned())
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
        io::Write::write_all(&mut File::create(&path).unwrap(), &content).unwrap();
        let file = PlannedFile {
            file: path,
            name: "a:b.png".to_owned(),
            size: content.len() as u64,
        };
        let Body::Stream { open, length } = body(&file, &cleaned(&file.name)) else {
            panic!("no stream")
        };
        let mut bytes = Vec::new();
        open().unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, length);
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(document["fileName"], "a_b.png");
        assert_eq!(
            STANDARD
                .decode(document["stream"].as_str().unwrap())
                .unwrap(),
            content
        );
    }
}
