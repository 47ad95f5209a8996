//! The journal's file.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::kept::OnDisk;
use super::{JournalFile, Record, Stage};
use crate::files::{self, Patience, Stop};
use crate::plan::SubmissionKey;
use crate::transport::{Clock, Recorded};

/// The version that this program writes; it reads all versions up to it.
const VERSION: u32 = 1;

/// No record is longer: more of a line is not held in memory.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the journal `{path}`: {cause}")]
pub struct JournalError {
    path: PathBuf,
    cause: io::Error,
}

impl JournalError {
    /// Returns the cancellation that ended the wait for it.
    pub fn stop(&self) -> Option<Stop> {
        Stop::of(&self.cause)
    }

    /// Returns whether there is something else of this name, to which nothing may be appended.
    pub fn is_something_else(&self) -> bool {
        self.cause.kind() == io::ErrorKind::InvalidInput
    }

    /// Returns whether there was no room for it.
    pub fn is_full(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(
            self.cause.kind(),
            StorageFull | QuotaExceeded | FileTooLarge
        )
    }

    /// Returns the error of the journal at `path`.
    pub fn new(path: &Path, cause: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            cause,
        }
    }
}

/// A write that was recorded before it is sent, where a journal can be kept.
#[derive(Debug)]
pub struct Intent(());

impl Recorded for Intent {}

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
    /// Up to where the lines are noted: what other processes append comes behind it.
    end: u64,
    /// Whether the file can be locked; some file systems have no locks.
    locks: bool,
    /// Whether lines can be appended.
    is_writable: bool,
    /// Whether there are lines that only a later version of this program can read.
    has_later: bool,
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, State> {
        self.clock.lock(&self.state)
    }
}

impl Journal {
    /// Opens the journal at `path`, making the file and its folder where they are missing, and reads what it holds.
    ///
    /// A torn last line, and any line that is no record, is passed over.
    ///
    /// # Errors
    ///
    /// When the file cannot be made, read or appended to.
    pub fn open(path: &Path, clock: &Clock, patience: &Patience) -> Result<Self, JournalError> {
        let fail = |cause| JournalError {
            path: path.to_owned(),
            cause,
        };
        if let Some(folder) = path.parent() {
            // A folder that cannot be made shows when the file is opened.
            std::fs::create_dir_all(folder).ok();
            keep_out_of_version_control(folder);
        }
        let on_disk = |file| Box::new(OnDisk::new(file, patience));
        match files::open_to_append(path) {
            Ok(mut file) => {
                if !is_journal(&mut file).map_err(fail)? {
                    let cause = "it holds something else than a journal, and is left alone";
                    return Err(fail(io::Error::new(io::ErrorKind::InvalidInput, cause)));
                }
                Self::kept_in(on_disk(file), path, clock)
            }
            Err(cause) if cause.kind() == io::ErrorKind::InvalidInput => Err(fail(cause)),
            Err(cause) => {
                // What can be read still tells what was done.
                let file = files::open(path).map_err(|_| fail(cause))?;
                let journal = Self::kept_in(on_disk(file), path, clock)?;
                journal.forbid_writing();
                Ok(journal)
            }
        }
    }

    /// Opens the journal at `path` to look only; where there is none, nothing is known.
    pub fn look_at(path: &Path, clock: &Clock, patience: &Patience) -> Self {
        let journal = files::open(path)
            .ok()
            .map(|file| Box::new(OnDisk::new(file, patience)))
            .and_then(|file| Self::kept_in(file, path, clock).ok());
        let journal = journal.unwrap_or_else(Self::absent);
        journal.forbid_writing();
        journal
    }

    fn forbid_writing(&self) {
        if let Some(shared) = &self.shared {
            let mut held = shared.held();
            held.is_writable = false;
        }
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
        let locks = match file.lock() {
            Ok(()) => file.unlock().is_ok(),
            Err(error) if Stop::of(&error).is_some() => {
                return Err(JournalError::new(path, error));
            }
            Err(_) => false,
        };
        let state = State {
            file,
            lines: HashMap::new(),
            end: 0,
            locks,
            is_writable: true,
            has_later: false,
        };
        let state = Mutex::new(state);
        let shared = Shared {
            path: path.to_owned(),
            clock: clock.clone(),
            state,
        };
        let mut held = shared.held();
        held.locked(|_| Ok(()))
            .map_err(|cause| JournalError::new(path, cause))?;
        drop(held);
        Ok(Self {
            shared: Some(Arc::new(shared)),
        })
    }

    /// Returns whether what is intended and acknowledged is kept.
    pub fn is_kept(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| {
            let held = shared.held();
            held.is_writable
        })
    }

    /// Returns whether it holds lines that only a later version of this program can read.
    pub fn has_later_lines(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| {
            let held = shared.held();
            held.has_later
        })
    }

    /// Returns whether other processes are kept from writing at the same moment; some network drives cannot.
    pub fn is_locked(&self) -> bool {
        self.shared.as_ref().is_none_or(|shared| {
            let held = shared.held();
            held.locks
        })
    }

    /// Returns whether there is none at all.
    pub fn is_absent(&self) -> bool {
        self.shared.is_none()
    }

    /// Returns a journal that keeps nothing, for where no file can be kept.
    pub fn absent() -> Self {
        Self { shared: None }
    }

    /// Returns the records of a submission, oldest first, including those that other processes have added since it was opened.
    pub fn records(&self, key: &SubmissionKey) -> Vec<Record> {
        let Some(shared) = &self.shared else {
            return Vec::new();
        };
        let mut held = shared.held();
        let of_key = |state: &mut State| {
            let starts = state.lines.get(key).map(Vec::as_slice);
            lines_at(state.file.as_mut(), starts.unwrap_or_default(), key)
        };
        // A lock that is refused, or a file that cannot be read to its end: what is known so far is told.
        held.locked(of_key)
            .or_else(|_| of_key(&mut held))
            .unwrap_or_default()
    }

    /// Returns the writes that were begun since then and of which no end is recorded, whatever the submission.
    pub fn left_open(&self, since: Timestamp) -> Vec<Record> {
        let Some(shared) = &self.shared else {
            return Vec::new();
        };
        let mut held = shared.held();
        let open = |state: &mut State| open_since(state.file.as_mut(), since);
        let open = held.locked(open).or_else(|_| open(&mut held));
        open.unwrap_or_default()
    }

    /// Returns the detail of the last acknowledged write of this name.
    pub fn acknowledged(&self, key: &SubmissionKey, write: &str) -> Option<Value> {
        self.records(key)
            .into_iter()
            .rev()
            .find(|record| record.write == write && record.stage == Stage::Done)
            .map(|record| record.detail)
    }

    /// Records a write that is about to be sent. What this returns lets it leave.
    ///
    /// # Errors
    ///
    /// As [`Self::append`].
    pub fn intend(
        &self,
        key: &SubmissionKey,
        write: &str,
        detail: Value,
    ) -> Result<Intent, JournalError> {
        self.append(key, write, Stage::Intend, detail)?;
        Ok(Intent(()))
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
        let mut held = shared.held();
        if !held.is_writable {
            return Ok(());
        }
        held.locked(|state| state.append(record))
            .map_err(|cause| JournalError::new(&shared.path, cause))
    }
}

impl State {
    /// Does something to the file while no other process does, once the lines that others appended are noted. Reading too: what one
    /// process has locked, no other can read on Windows, and a record that is not seen would be written again.
    fn locked<T>(&mut self, act: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        if self.locks {
            self.file.lock()?;
        }
        let done = self.catch_up().and_then(|()| act(self));
        if self.locks {
            self.file.unlock()?;
        }
        done
    }

    /// Appends one line in one write, and waits until the disk has it.
    fn append(&mut self, record: Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(&record)?;
        line.push(b'\n');
        let start = heal_torn_end(self.file.as_mut())?;
        self.file.write_all(&line)?;
        self.file.sync()?;
        self.end = start + line.len() as u64;
        self.lines.entry(record.key).or_default().push(start);
        Ok(())
    }

    /// Notes where the lines of each submission begin, behind what is noted already. A line that is no record, or one of a later
    /// version, is passed over; one without an end may still get it.
    fn catch_up(&mut self) -> io::Result<()> {
        let length = self.file.seek(SeekFrom::End(0))?;
        if length < self.end {
            // Somebody cut or replaced it.
            self.lines.clear();
            self.end = 0;
        }
        if length == self.end {
            return Ok(());
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        let mut source = BufReader::new(self.file.as_mut());
        let mut line = Vec::new();
        while let Some(length) = read_line(&mut source, &mut line)? {
            if let Ok(record) = serde_json::from_slice::<Head>(&line) {
                if record.v <= VERSION {
                    self.lines.entry(record.key).or_default().push(self.end);
                } else {
                    self.has_later = true;
                }
            }
            self.end += length;
        }
        Ok(())
    }
}

/// Reads a line, and returns how long it is; nothing where it has no end. Of one that is longer than any record only its last piece is held.
fn read_line(source: &mut dyn io::BufRead, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
    let mut length = 0;
    loop {
        line.clear();
        let piece = source.take(LONGEST).read_until(b'\n', line)? as u64;
        length += piece;
        if line.last() == Some(&b'\n') {
            return Ok(Some(length));
        }
        if piece < LONGEST {
            return Ok(None);
        }
    }
}

/// What noting a line needs of it.
#[derive(Deserialize)]
struct Head {
    v: u32,
    #[serde(default = "nameless")]
    key: SubmissionKey,
}

/// A line of a later version may have no key that this one knows.
fn nameless() -> SubmissionKey {
    SubmissionKey::of(&crate::plan::KeyParts::default())
}

/// Has Git leave the folder `.handin` alone, without a line in the project's own files.
fn keep_out_of_version_control(folder: &Path) {
    if folder.file_name().is_some_and(|name| name == ".handin") {
        let made = files::create_below(folder, Path::new(".gitignore"));
        // It is a courtesy: where it cannot be written, nothing is lost.
        made.and_then(|mut file| file.write_all(b"*\n")).ok();
    }
}

/// Ends a line that a dying process left without its end, so that ours does not become part of it. Returns where ours begins.
fn heal_torn_end(file: &mut dyn JournalFile) -> io::Result<u64> {
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

/// Returns whether a file may be a journal: it is empty, or one of its first lines begins as a record does.
fn is_journal(file: &mut std::fs::File) -> io::Result<bool> {
    /// Where a process died, a line may be torn; not all of them.
    const BEGINNING: u64 = 64 * 1024;
    const RECORD: &[u8] = b"{\"v\":";
    let mut head = Vec::new();
    file.take(BEGINNING).read_to_end(&mut head)?;
    let begins_so = |line: &[u8]| line.starts_with(RECORD);
    let is_torn = || RECORD.starts_with(&head);
    Ok(is_torn() || head.split(|byte| *byte == b'\n').any(begins_so))
}

/// Reads the records of a submission among the lines that begin at `starts`, in one pass.
fn lines_at(
    file: &mut dyn JournalFile,
    starts: &[u64],
    key: &SubmissionKey,
) -> io::Result<Vec<Record>> {
    let mut place = file.seek(SeekFrom::Start(0))?;
    let mut source = BufReader::new(file);
    let (mut records, mut line) = (Vec::with_capacity(starts.len()), Vec::new());
    for start in starts {
        // What lies near is in the buffer already.
        let way = i128::from(*start) - i128::from(place);
        source.seek_relative(i64::try_from(way).unwrap_or_default())?;
        place = start + read_line(&mut source, &mut line)?.unwrap_or_default();
        let record = serde_json::from_slice::<Record>(&line).ok();
        records.extend(record.filter(|record| record.key == *key));
    }
    Ok(records)
}

/// Reads which writes were begun since then and have no end.
fn open_since(file: &mut dyn JournalFile, since: Timestamp) -> io::Result<Vec<Record>> {
    file.seek(SeekFrom::Start(0))?;
    let mut source = BufReader::new(file);
    let (mut open, mut line) = (HashMap::new(), Vec::new());
    while read_line(&mut source, &mut line)?.is_some() {
        let record = serde_json::from_slice::<Record>(&line).ok();
        let record = record.filter(|it| it.v <= VERSION && it.at >= since);
        let Some(record) = record else {
            continue;
        };
        let name = (record.key.clone(), record.write.clone());
        match record.stage {
            Stage::Intend => drop(open.insert(name, record)),
            Stage::Done | Stage::Void => drop(open.remove(&name)),
        }
    }
    Ok(open.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::KeyParts;
    use serde_json::json;
    use std::fs::File;
    use std::fs::OpenOptions;
    use std::io::{Read, Seek, Write};

    fn open(path: &Path) -> Result<Journal, JournalError> {
        Journal::open(path, &Clock::system(), &Patience::default())
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
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Write for Unlockable {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl Seek for Unlockable {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    impl JournalFile for Unlockable {
        fn lock(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn unlock(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn sync(&mut self) -> io::Result<()> {
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

    #[test]
    fn a_line_without_an_end_is_not_held_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        open(&path)
            .unwrap()
            .append(&key(), "a[]", Stage::Done, Value::Null)
            .unwrap();
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        file.set_len(LONGEST * 3).unwrap();
        let mut line = Vec::new();
        let mut source = BufReader::new(File::open(&path).unwrap());
        assert!(read_line(&mut source, &mut line).unwrap().is_some());
        assert_eq!(read_line(&mut source, &mut line).unwrap(), None);
        assert!(line.capacity() as u64 <= LONGEST * 2, "{}", line.capacity());
        assert_eq!(open(&path).unwrap().records(&key()).len(), 1);
    }
}
