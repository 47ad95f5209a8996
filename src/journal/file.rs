//! The journal's file.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::{JournalFile, Record, Stage};
use crate::plan::SubmissionKey;
use crate::transport::Clock;

/// The version that this program writes; it reads all versions up to it.
const VERSION: u32 = 1;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the journal `{path}`: {cause}")]
pub struct JournalError {
    path: PathBuf,
    cause: std::io::Error,
}

impl JournalError {
    /// Returns the error of the journal at `path`.
    pub fn new(path: &Path, cause: std::io::Error) -> Self {
        Self {
            path: path.to_owned(),
            cause,
        }
    }
}

/// The journal: a file of JSON lines, or nothing where none can be kept.
#[derive(Debug, Clone)]
pub struct Journal {
    shared: Option<Arc<Shared>>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    clock: Clock,
    state: Mutex<State>,
}

/// The file, and where in it the lines of each submission begin. The lines themselves stay on the disk: years of old reports
/// have too many of them.
#[derive(Debug)]
struct State {
    file: Box<dyn JournalFile>,
    lines: HashMap<SubmissionKey, Vec<u64>>,
    /// Whether the file can be locked; some file systems have no locks.
    locks: bool,
}

impl Journal {
    /// Opens the journal at `path`, making the file and its folder where they are missing, and reads what it holds.
    ///
    /// A torn last line, and any line that is no record, is passed over.
    ///
    /// # Errors
    ///
    /// When the file cannot be made, read or appended to.
    pub fn open(path: &Path, clock: &Clock) -> Result<Self, JournalError> {
        let fail = |cause| JournalError {
            path: path.to_owned(),
            cause,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fail)?;
        }
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(fail)?;
        Self::kept_in(Box::new(file), path, clock)
    }

    /// Opens the journal that is kept in `file`; `path` is its name for people.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn kept_in(
        mut file: Box<dyn JournalFile>,
        path: &Path,
        clock: &Clock,
    ) -> Result<Self, JournalError> {
        // Tried once: a lock that is refused later is a failure like any other.
        let locks = file.lock().and_then(|()| file.unlock()).is_ok();
        let lines = locked(file.as_mut(), locks, index).map_err(|cause| JournalError {
            path: path.to_owned(),
            cause,
        })?;
        let state = Mutex::new(State { file, lines, locks });
        Ok(Self {
            shared: Some(Arc::new(Shared {
                path: path.to_owned(),
                clock: clock.clone(),
                state,
            })),
        })
    }

    /// Tells whether other processes are kept from writing at the same moment; some network drives cannot.
    pub fn is_locked(&self) -> bool {
        self.shared.as_ref().is_none_or(|shared| {
            let held = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
            held.locks
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
        let State { file, lines, locks } = &mut *held;
        let starts = lines.get(key).map(Vec::as_slice).unwrap_or_default();
        let read = |file: &mut dyn JournalFile| -> Vec<Record> {
            let records = starts.iter().filter_map(|start| line_at(file, *start));
            records.filter(|record| record.key == *key).collect()
        };
        locked(file.as_mut(), *locks, |file| Ok(read(file))).unwrap_or_else(|_| read(file.as_mut()))
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
            at: shared.clock.timestamp(),
            key: key.clone(),
            write: write.to_owned(),
            stage,
            detail,
        };
        let mut held = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let locks = held.locks;
        let start =
            append_line(held.file.as_mut(), locks, &record).map_err(|cause| JournalError {
                path: shared.path.clone(),
                cause,
            })?;
        held.lines.entry(record.key).or_default().push(start);
        Ok(())
    }
}

/// Appends one line in one write, under a lock that other processes respect, and waits until the disk has it. Returns where it
/// begins.
fn append_line(file: &mut dyn JournalFile, locks: bool, record: &Record) -> std::io::Result<u64> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    locked(file, locks, |file| {
        let start = heal_torn_end(file)?;
        file.write_all(&line)?;
        file.sync()?;
        Ok(start)
    })
}

/// Does something to the file while no other process does. Reading too: what one process has locked, no other can read on Windows,
/// and a record that is not seen would be written again.
fn locked<T>(
    file: &mut dyn JournalFile,
    locks: bool,
    act: impl FnOnce(&mut dyn JournalFile) -> std::io::Result<T>,
) -> std::io::Result<T> {
    if !locks {
        return act(file);
    }
    file.lock()?;
    let done = act(file);
    file.unlock()?;
    done
}

/// Ends a line that a dying process left without its end, so that ours does not become part of it. Returns where ours begins.
fn heal_torn_end(file: &mut dyn JournalFile) -> std::io::Result<u64> {
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
fn line_at(file: &mut dyn JournalFile, start: u64) -> Option<Record> {
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut line = Vec::new();
    BufReader::new(file).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// Notes where the lines of each submission begin. A line that is no record, or one of a later version, is passed over.
fn index(file: &mut dyn JournalFile) -> std::io::Result<HashMap<SubmissionKey, Vec<u64>>> {
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
    use std::fs::File;
    use std::io::{Read, Seek, Write};

    fn open(path: &Path) -> Result<Journal, JournalError> {
        Journal::open(path, &Clock::system())
    }

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
        open(&path)
            .unwrap()
            .append(&key(), "azure.create_run", Stage::Done, json!({"run": 7}))
            .unwrap();
        assert_eq!(
            open(&path)
                .unwrap()
                .acknowledged(&key(), "azure.create_run"),
            Some(json!({"run": 7}))
        );
    }

    #[test]
    fn a_torn_last_line_is_ignored_and_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        open(&path)
            .unwrap()
            .append(&key(), "a", Stage::Done, Value::Null)
            .unwrap();
        OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"v\":1,\"at\"")
            .unwrap();
        let journal = open(&path).unwrap();
        journal
            .append(&key(), "b", Stage::Intend, Value::Null)
            .unwrap();
        let writes: Vec<String> = open(&path)
            .unwrap()
            .records(&key())
            .into_iter()
            .map(|r| r.write)
            .collect();
        assert_eq!(writes, ["a", "b"]);
    }

    /// A file of a network drive without locks.
    #[derive(Debug)]
    struct Unlockable(File);

    impl Read for Unlockable {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Write for Unlockable {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            self.0.flush()
        }
    }

    impl Seek for Unlockable {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }

    impl JournalFile for Unlockable {
        fn lock(&mut self) -> std::io::Result<()> {
            Err(std::io::ErrorKind::Unsupported.into())
        }

        fn unlock(&mut self) -> std::io::Result<()> {
            Ok(())
        }

        fn sync(&mut self) -> std::io::Result<()> {
            JournalFile::sync(&mut self.0)
        }
    }

    #[test]
    fn where_there_are_no_locks_it_is_written_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        drop(open(&path).unwrap());
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(&path)
            .unwrap();
        let journal =
            Journal::kept_in(Box::new(Unlockable(file)), &path, &Clock::system()).unwrap();
        assert!(!journal.is_locked());
        journal
            .append(&key(), "a", Stage::Done, Value::Null)
            .unwrap();
        let again = open(&path).unwrap();
        assert!(again.is_locked());
        assert!(again.acknowledged(&key(), "a").is_some());
    }

    #[test]
    fn a_line_of_another_submission_is_never_taken_for_ones_own() {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(&folder.path().join("journal.jsonl")).unwrap();
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
        let journal = open(&path).unwrap();
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
        let (one, two) = (open(&path).unwrap(), open(&path).unwrap());
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
        assert_eq!(open(&path).unwrap().records(&key()).len(), 100);
    }
}
