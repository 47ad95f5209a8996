//! The only place that sends a write: its intent is on the disk before, its outcome is recorded after.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::journal_view::{intent, name};
use crate::journal::{Journal, JournalError, Stage};
use crate::plan::SubmissionKey;
use crate::services::ServiceError;
use crate::transport::{Delivery, Problem, Response, Transport, TransportError, WriteRequest};

/// A write, as the journal names it.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// The kind's word: `azure.create_run`.
    pub word: &'a str,
    /// What it writes.
    pub items: &'a [String],
}

/// Sends writes, and records them under one key.
#[derive(Debug)]
pub struct Writer<'a> {
    journal: &'a Journal,
    key: &'a SubmissionKey,
    transport: &'a Transport,
    /// Who writes, where a service tells its processes apart.
    by: String,
    is_incomplete: AtomicBool,
}

/// Why a write has no answer.
#[derive(Debug)]
pub enum WriteError {
    /// The journal did not take the intent. Nothing was sent.
    Journal(JournalError),
    /// The request failed; its delivery says what may have happened.
    Transport(TransportError),
}

impl WriteError {
    /// Returns the status that the service answered with, where it did.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Journal(_) => None,
            Self::Transport(error) => error.status(),
        }
    }

    /// Says why, in words.
    pub(super) fn said(self) -> String {
        ServiceError::from(self).to_string()
    }
}

impl<'a> Writer<'a> {
    /// Returns a writer that records under this key.
    pub fn new(journal: &'a Journal, key: &'a SubmissionKey, transport: &'a Transport) -> Self {
        Self {
            journal,
            key,
            transport,
            by: String::new(),
            is_incomplete: AtomicBool::new(false),
        }
    }

    /// Says in each intent who writes.
    #[must_use]
    pub(super) fn signed(mut self, by: String) -> Self {
        self.by = by;
        self
    }

    /// Sends a write. `accept` reads the answer, and returns what the journal keeps of it beside what it read.
    ///
    /// # Errors
    ///
    /// When the intent cannot be recorded: then nothing is sent. When there is no good answer, or one of another shape.
    pub fn perform<T>(
        &self,
        write: Write<'_>,
        request: WriteRequest,
        accept: impl FnOnce(&Response) -> Result<(T, Value), TransportError>,
    ) -> Result<T, WriteError> {
        let name = name(write.word, write.items);
        #[expect(clippy::disallowed_methods, reason = "every write goes through here")]
        let recorded = self
            .journal
            .intend(self.key, &name, intent(write.items, &self.by));
        let recorded = recorded.map_err(WriteError::Journal)?;
        let answer = self.transport.send_recorded(request, &recorded);
        let answer = answer.and_then(|it| accept(&it));
        match answer {
            Ok((made, detail)) => {
                self.append(&name, Stage::Done, detail);
                Ok(made)
            }
            Err(error) => {
                if error.delivery != Delivery::Unknown {
                    self.append(&name, Stage::Void, Value::Null);
                }
                Err(WriteError::Transport(error))
            }
        }
    }

    /// Records that a write is without an answer from now on: it may arrive later, however long the answer was waited for.
    pub(super) fn lost(&self, write: Write<'_>) {
        let name = name(write.word, write.items);
        self.append(&name, Stage::Intend, intent(write.items, &self.by));
    }

    /// Records that a write without an answer turned out to have happened, or not to have.
    pub(super) fn found(&self, write: Write<'_>, is_there: bool) {
        let name = name(write.word, write.items);
        let stage = if is_there { Stage::Done } else { Stage::Void };
        self.append(&name, stage, Value::Null);
    }

    /// Returns whether an outcome could not be recorded. What stands at the service is not touched by that: the next call looks.
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete.load(Ordering::Relaxed)
    }

    fn append(&self, name: &str, stage: Stage, detail: Value) {
        let ended = self.journal.append(self.key, name, stage, detail);
        self.is_incomplete
            .fetch_or(ended.is_err(), Ordering::Relaxed);
    }
}

/// Sends a write that belongs to no submission and leaves no trace here: a token, a project.
///
/// # Errors
///
/// When there is no good answer.
pub fn write_alone(
    transport: &Transport,
    word: &str,
    request: WriteRequest,
) -> Result<Response, TransportError> {
    let key = SubmissionKey::of_target(word);
    let journal = Journal::absent();
    let writer = Writer::new(&journal, &key, transport);
    let write = Write { word, items: &[] };
    let answer = writer.perform(write, request, |answer| Ok((answer.clone(), Value::Null)));
    answer.map_err(|error| match error {
        WriteError::Transport(error) => error,
        // A journal that keeps nothing refuses nothing.
        WriteError::Journal(error) => {
            TransportError::unsent(word, Problem::Setup(error.to_string()))
        }
    })
}

impl From<WriteError> for ServiceError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Journal(error) => error.into(),
            WriteError::Transport(error) => error.into(),
        }
    }
}
