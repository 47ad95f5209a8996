//! The journal's file.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
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

/// The file, and where in it the lines of each submission begin. The lines themselves stay on the disk: years of old reports
/// have too many of them.
#[derive(Debug)]
struct State {
    file: File,
    lines: HashMap<SubmissionKey, Vec<u64>>,
    /// How the file is locked; nothing where its file system has no locks.
    lock: Option<Lock>,
}

/// Locks a file until it is unlocked.
type Lock = fn(&File) -> std::io::Result<()>;

impl Journal {
    /// Opens the journal at `path`, making the file and its folder where they are missing, and reads what it holds.
    ///
    /// A torn last line, and any line that is no record, is passed over.
    ///
    /// # Errors
    ///
    /// When the file cannot be made, read or appended to.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Self::open_locked_by(path, File::lock)
    }

    fn open_locked_by(path: &Path, lock: Lock) -> Result<Self, JournalError> {
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
        let lock = works(lock, &file).then_some(lock);
        let lines = locked(&mut file, lock, index).map_err(fail)?;
        let state = Mutex::new(State { file, lines, lock });
        Ok(Self {
            shared: Some(Arc::new(Shared {
                path: path.to_owned(),
                state,
            })),
        })
    }

    /// Tells whether other processes are kept from writing at the same moment; some network drives cannot.
    pub fn is_locked(&self) -> bool {
        self.shared.as_ref().is_none_or(|shared| {
            let held = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
            held.lock.is_some()
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
        let mut held = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { file, lines, lock } = &mut *held;
        let starts = lines.get(key).map(Vec::as_slice).unwrap_or_default();
        let read = |file: &mut File| -> Vec<Record> {
            let records = starts.iter().filter_map(|start| line_at(file, *start));
            records.filter(|record| record.key == *key).collect()
        };
        locked(file, *lock, |file| Ok(read(file))).unwrap_or_else(|_| read(file))
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
        let lock = held.lock;
        let start = append_line(&mut held.file, lock, &record).map_err(|cause| JournalError {
            path: shared.path.clone(),
            cause,
        })?;
        held.lines.entry(record.key).or_default().push(start);
        Ok(())
    }
}

/// Appends one line in one write, under a lock that other processes respect, and waits until the disk has it. Returns where it
/// begins.
fn append_line(file: &mut File, lock: Option<Lock>, record: &Record) -> std::io::Result<u64> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    locked(file, lock, |file| {
        let start = heal_torn_end(file)?;
        file.write_all(&line)?;
        file.sync_data()?;
        Ok(start)
    })
}

/// Does something to the file while no other process does. Reading too: what one process has locked, no other can read on Windows,
/// and a record that is not seen would be written again.
fn locked<T>(
    file: &mut File,
    lock: Option<Lock>,
    act: impl FnOnce(&mut File) -> std::io::Result<T>,
) -> std::io::Result<T> {
    let Some(lock) = lock else {
        return act(file);
    };
    lock(file)?;
    let done = act(file);
    file.unlock()?;
    done
}

/// Tells whether a file can be locked where it lies. Tried once: a lock that is refused later is a failure like any other.
fn works(lock: Lock, file: &File) -> bool {
    lock(file).and_then(|()| file.unlock()).is_ok()
}

/// Ends a line that a dying process left without its end, so that ours does not become part of it. Returns where ours begins.
fn heal_torn_end(file: &mut File) -> std::io::Result<u64> {
    let end = file.seek(SeekFrom::End(0))?;
    if end == 0 {
        return Ok(0);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0_u8];
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(end);
    }
    file.write_all(b"\n")?;
    Ok(end + 1)
}

/// Reads the line that begins at `start`.
fn line_at(file: &mut File, start: u64) -> Option<Record> {
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut line = Vec::new();
    BufReader::new(file).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// Notes where the lines of each submission begin. A line that is no record, or one of a later version, is passed over.
fn index(file: &mut File) -> std::io::Result<HashMap<SubmissionKey, Vec<u64>>> {
    file.seek(SeekFrom::Start(0))?;
    let mut lines: HashMap<SubmissionKey, Vec<u64>> = HashMap::new();
    let mut source = BufReader::new(file);
    let (mut start, mut line) = (0, Vec::new());
    loop {
        let length = source.read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(lines);
        }
        if let Ok(record) = serde_json::from_slice::<Record>(&line)
            && record.v <= VERSION
        {
            lines.entry(record.key).or_default().push(start);
        }
        start += length as u64;
        line.clear();
    }
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
    fn where_there_are_no_locks_it_is_written_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let unlockable = |_: &File| Err(std::io::ErrorKind::Unsupported.into());
        let journal = Journal::open_locked_by(&path, unlockable).unwrap();
        assert!(!journal.is_locked());
        journal
            .append(&key(), "a", Stage::Done, Value::Null)
            .unwrap();
        let again = Journal::open(&path).unwrap();
        assert!(again.is_locked());
        assert!(again.acknowledged(&key(), "a").is_some());
    }

    #[test]
    fn a_line_of_another_submission_is_never_taken_for_ones_own() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("journal.jsonl")).unwrap();
        journal
            .append(&key().again(2), "a", Stage::Done, Value::Null)
            .unwrap();
        // Without locks, two processes may take the same place for the beginning of their line.
        let shared = journal.shared.as_ref().unwrap();
        shared.state.lock().unwrap().lines.insert(key(), vec![0]);
        assert_eq!(journal.records(&key()), []);
    }

    #[test]
    fn reading_waits_until_another_process_has_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let journal = Journal::open(&path).unwrap();
        journal
            .append(&key(), "a", Stage::Done, Value::Null)
            .unwrap();
        let other = File::open(&path).unwrap();
        other.lock().unwrap();
        let (sender, answer) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| sender.send(journal.records(&key()).len()).unwrap());
            let soon = std::time::Duration::from_millis(50);
            assert!(answer.recv_timeout(soon).is_err());
            other.unlock().unwrap();
            assert_eq!(answer.recv().unwrap(), 1);
        });
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
