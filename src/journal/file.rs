//! The journal's file.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use super::{Record, Stage};
use crate::plan::SubmissionKey;

/// The version that this program writes; it reads all versions up to it.
const VERSION: u32 = 1;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the journal `{path}`: {cause}")]
pub struct JournalError {
    path: PathBuf,
    cause: std::io::Error,
}

/// The journal: a file of JSON lines, or nothing where none can be kept.
#[derive(Debug, Clone)]
pub struct Journal {
    shared: Option<Arc<Shared>>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    records: HashMap<SubmissionKey, Vec<Record>>,
}

impl Journal {
    /// Opens the journal at `path`, making the file and its folder where they are missing, and reads what it holds.
    ///
    /// A torn last line, and any line that is no record, is passed over.
    ///
    /// # Errors
    ///
    /// When the file cannot be made, read or appended to.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let fail = |cause| JournalError {
            path: path.to_owned(),
            cause,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fail)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(fail)?;
        let records = read(&mut file).map_err(fail)?;
        let state = Mutex::new(State { file, records });
        Ok(Self {
            shared: Some(Arc::new(Shared {
                path: path.to_owned(),
                state,
            })),
        })
    }

    /// Returns a journal that keeps nothing, for where no file can be kept.
    pub fn absent() -> Self {
        Self { shared: None }
    }

    /// Returns what is recorded for a submission, oldest first, including what this process recorded since opening.
    pub fn records(&self, key: &SubmissionKey) -> Vec<Record> {
        let Some(shared) = &self.shared else {
            return Vec::new();
        };
        let state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.records.get(key).cloned().unwrap_or_default()
    }

    /// Returns the detail of the last acknowledged write of this name.
    pub fn acknowledged(&self, key: &SubmissionKey, write: &str) -> Option<Value> {
        self.records(key)
            .into_iter()
            .rev()
            .find(|record| record.write == write && record.stage == Stage::Done)
            .map(|record| record.detail)
    }

    /// Records a write that is about to happen, or how it ended. The line is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// When the file cannot be written. Before a write that means: do not write.
    pub fn append(
        &self,
        key: &SubmissionKey,
        write: &str,
        stage: Stage,
        detail: Value,
    ) -> Result<(), JournalError> {
        let Some(shared) = &self.shared else {
            return Ok(());
        };
        let record = Record {
            v: VERSION,
            at: Timestamp::now(),
            key: key.clone(),
            write: write.to_owned(),
            stage,
            detail,
        };
        let mut held = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        append_line(&mut held.file, &record).map_err(|cause| JournalError {
            path: shared.path.clone(),
            cause,
        })?;
        held.records.entry(key.clone()).or_default().push(record);
        Ok(())
    }
}

/// Appends one line in one write, under a lock that other processes respect, and waits until the disk has it.
fn append_line(file: &mut File, record: &Record) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    file.lock()?;
    let written = heal_torn_end(file)
        .and_then(|()| file.write_all(&line))
        .and_then(|()| file.sync_data());
    file.unlock()?;
    written
}

/// Ends a line that a dying process left without its end, so that ours does not become part of it.
fn heal_torn_end(file: &mut File) -> std::io::Result<()> {
    use std::io::Read as _;
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(());
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0_u8];
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        Ok(())
    } else {
        file.write_all(b"\n")
    }
}

fn read(file: &mut File) -> std::io::Result<HashMap<SubmissionKey, Vec<Record>>> {
    file.seek(SeekFrom::Start(0))?;
    let mut records: HashMap<SubmissionKey, Vec<Record>> = HashMap::new();
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let Ok(record) = serde_json::from_slice::<Record>(&line)
            && record.v <= VERSION
        {
            records.entry(record.key.clone()).or_default().push(record);
        }
        line.clear();
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::KeyParts;
    use serde_json::json;

    fn key() -> SubmissionKey {
        SubmissionKey::of(&KeyParts {
            target: "t",
            ..KeyParts::default()
        })
    }

    #[test]
    fn what_was_recorded_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".handin/journal.jsonl");
        Journal::open(&path)
            .unwrap()
            .append(&key(), "azure.create_run", Stage::Done, json!({"run": 7}))
            .unwrap();
        assert_eq!(
            Journal::open(&path)
                .unwrap()
                .acknowledged(&key(), "azure.create_run"),
            Some(json!({"run": 7}))
        );
    }

    #[test]
    fn a_torn_last_line_is_ignored_and_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        Journal::open(&path)
            .unwrap()
            .append(&key(), "a", Stage::Done, Value::Null)
            .unwrap();
        OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"v\":1,\"at\"")
            .unwrap();
        let journal = Journal::open(&path).unwrap();
        journal
            .append(&key(), "b", Stage::Intend, Value::Null)
            .unwrap();
        let writes: Vec<String> = Journal::open(&path)
            .unwrap()
            .records(&key())
            .into_iter()
            .map(|r| r.write)
            .collect();
        assert_eq!(writes, ["a", "b"]);
    }

    #[test]
    fn two_processes_share_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let (one, two) = (Journal::open(&path).unwrap(), Journal::open(&path).unwrap());
        std::thread::scope(|scope| {
            for journal in [&one, &two] {
                scope.spawn(move || {
                    for n in 0..50 {
                        journal
                            .append(&key(), &n.to_string(), Stage::Done, Value::Null)
                            .unwrap();
                    }
                });
            }
        });
        assert_eq!(Journal::open(&path).unwrap().records(&key()).len(), 100);
    }
}
