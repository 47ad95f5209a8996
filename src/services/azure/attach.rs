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

use super::send::Sending;
use super::wire::{AttachmentEntry, List, RunResult};
use crate::plan::PlannedFile;
use crate::services::{Recorded, SendError, WriteError};
use crate::transport::{Body, Delivery, Opener, TransportError};

/// Azure: an attachment may have 100 MiB in base64, which is 75 MiB of file.
const LARGEST: u64 = 75 * 1024 * 1024;

/// How much is encoded at a time: a multiple of three, so that base64 has no padding inside.
const CHUNK: usize = 48 * 1024;

/// A file and the result that it belongs to; without one it belongs to the run.
#[derive(Debug, Clone)]
struct Job {
    result: Option<u64>,
    file: PlannedFile,
}

/// Attaches what is not there yet. Returns the names of those that did not arrive.
///
/// # Errors
///
/// When the journal cannot be written or the command is to stop. A file that fails is no error: the results stand.
pub(super) fn attach_all(
    sending: &mut Sending<'_>,
    run: u64,
    results: &HashMap<u64, RunResult>,
    fresh: bool,
) -> Result<Vec<String>, SendError> {
    let (jobs, too_large) = jobs(sending, results);
    sending.receipt.warnings.extend(too_large);
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    sending.progress.stage("Attaching files", jobs.len() as u64);
    let there = if fresh {
        HashSet::new()
    } else {
        already_there(sending, run, &jobs)?
    };
    let missing = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..sending.azure.target.jobs.clamp(1, jobs.len()) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !there.contains(&(job.result, cleaned(&job.file.name)))
                        && let Err(reason) = attach(sending, run, job)
                    {
                        let mut missing = missing.lock().unwrap_or_else(PoisonError::into_inner);
                        missing.push(format!("attachment `{}`: {reason}", job.file.name));
                    }
                    sending.progress.advance(1);
                }
            });
        }
    });
    Ok(missing.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Returns what is to be attached, and a warning for each file that is too large.
fn jobs(sending: &Sending<'_>, results: &HashMap<u64, RunResult>) -> (Vec<Job>, Vec<String>) {
    let plan = &sending.plan.plan;
    let mut jobs = Vec::new();
    for result in &sending.plan.results {
        let id = results.get(&result.point.id).map(|entry| entry.id.0);
        let files = result
            .tests
            .iter()
            .filter_map(|test| plan.results.get(*test))
            .flat_map(|test| &test.files);
        jobs.extend(files.filter_map(|file| {
            Some(Job {
                result: Some(id?),
                file: file.clone(),
            })
        }));
    }
    if sending.azure.target.attach_reports {
        jobs.extend(
            plan.reports
                .iter()
                .filter_map(|report| report_job(report.file.as_deref()?)),
        );
    }
    let (fitting, large): (Vec<Job>, Vec<Job>) =
        jobs.into_iter().partition(|job| job.file.size <= LARGEST);
    let warnings = large.iter().map(|job| {
        format!(
            "attachment `{}` has {} bytes; Azure takes {LARGEST} at most: left out",
            job.file.name, job.file.size
        )
    });
    (fitting, warnings.collect())
}

fn report_job(file: &Path) -> Option<Job> {
    let size = std::fs::metadata(file).ok()?.len();
    let name = file.file_name()?.to_string_lossy().into_owned();
    Some(Job {
        result: None,
        file: PlannedFile {
            file: file.to_owned(),
            name,
            size,
        },
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
        let names = names_at(sending, run, result)
            .map_err(|error| SendError::writing(sending.receipt.clone(), true, error))?;
        there.extend(names.into_iter().map(|name| (result, name)));
    }
    Ok(there)
}

fn names_at(
    sending: &Sending<'_>,
    run: u64,
    result: Option<u64>,
) -> Result<Vec<String>, TransportError> {
    let list: List<AttachmentEntry> = sending
        .azure
        .client
        .get(|endpoints| endpoints.attachments(run, result))?;
    Ok(list
        .value
        .into_iter()
        .filter_map(|entry| entry.file_name)
        .collect())
}

/// Attaches one file. An attempt whose answer did not come counts when the file is there afterwards.
fn attach(sending: &Sending<'_>, run: u64, job: &Job) -> Result<(), String> {
    let name = cleaned(&job.file.name);
    let body = body(&job.file, &name);
    let whose = job
        .result
        .map_or_else(|| "run".to_owned(), |result| result.to_string());
    let record = Recorded::new(
        sending.journal,
        &sending.plan.plan.key,
        format!("azure.attach[{whose}/{name}]"),
    );
    let answer = record.send(|| {
        let response = sending
            .azure
            .client
            .exchange(|endpoints| endpoints.attach(run, job.result, &name, body.clone()))?;
        Ok((response, Value::Null))
    });
    match answer {
        Ok(_) => Ok(()),
        Err(WriteError::Transport(error)) if error.delivery == Delivery::Unknown => {
            match names_at(sending, run, job.result) {
                Ok(names) if names.contains(&name) => Ok(()),
                Ok(_) | Err(_) => Err(error.to_string()),
            }
        }
        Err(WriteError::Transport(error)) => Err(error.to_string()),
        Err(WriteError::Journal(error)) => Err(error.to_string()),
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
