//! The one function through which every write goes: journal the intent, send, journal the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::ProjectClient;
use crate::journal::{Journal, Record, Stage};
use crate::plan::SubmissionKey;
use crate::services::{Progress, ServiceError};
use crate::transport::{Delivery, Request, TransportError};

/// Every write to qTest, by the name that the journal gives it.
pub const WRITES: &[&str] = &[
    "qtest.module",
    "qtest.case",
    "qtest.case_update",
    "qtest.approve",
    "qtest.cycle",
    "qtest.suite",
    "qtest.run",
    "qtest.batch",
    "qtest.log",
    "qtest.attachment",
];

/// A kind of write; its place in [`WRITES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Module,
    Case,
    CaseUpdate,
    Approve,
    Cycle,
    Suite,
    Run,
    Batch,
    Log,
    Attachment,
}

impl Write {
    fn name(self) -> &'static str {
        match self {
            Self::Module => "qtest.module",
            Self::Case => "qtest.case",
            Self::CaseUpdate => "qtest.case_update",
            Self::Approve => "qtest.approve",
            Self::Cycle => "qtest.cycle",
            Self::Suite => "qtest.suite",
            Self::Run => "qtest.run",
            Self::Batch => "qtest.batch",
            Self::Log => "qtest.log",
            Self::Attachment => "qtest.attachment",
        }
    }

    /// Returns the name of one such write within its submission.
    pub(super) fn of(self, item: &str) -> String {
        format!("{}[{item}]", self.name())
    }

    /// Returns the item of a name that [`Write::of`] made.
    pub(super) fn item(self, name: &str) -> Option<&str> {
        name.strip_prefix(self.name())?
            .strip_prefix('[')?
            .strip_suffix(']')
    }
}

/// Why a submission stops.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Something was not done, and that is certain.
    Cause(ServiceError),
    /// Something may have been written.
    Unknown(ServiceError),
}

impl Trouble {
    /// Tells whether something may have been written that was not confirmed.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Returns the HTTP status, where a service answered with one.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Cause(ServiceError::Transport(error))
            | Self::Unknown(ServiceError::Transport(error)) => error.status(),
            Self::Cause(_) | Self::Unknown(_) => None,
        }
    }

    pub(super) fn into_cause(self) -> ServiceError {
        match self {
            Self::Cause(cause) | Self::Unknown(cause) => cause,
        }
    }
}

impl From<ServiceError> for Trouble {
    fn from(cause: ServiceError) -> Self {
        Self::Cause(cause)
    }
}

impl From<TransportError> for Trouble {
    fn from(error: TransportError) -> Self {
        match error.delivery {
            Delivery::Unknown => Self::Unknown(error.into()),
            Delivery::NotSent | Delivery::Refused => Self::Cause(error.into()),
        }
    }
}

impl From<crate::journal::JournalError> for Trouble {
    fn from(error: crate::journal::JournalError) -> Self {
        Self::Cause(error.into())
    }
}

/// Writes, for one submission.
pub(super) struct Pen<'a> {
    pub(super) project: &'a ProjectClient,
    pub(super) journal: &'a Journal,
    pub(super) key: &'a SubmissionKey,
    pub(super) progress: &'a dyn Progress,
    wrote: AtomicBool,
    warnings: Mutex<Vec<String>>,
}

impl<'a> Pen<'a> {
    pub(super) fn new(
        project: &'a ProjectClient,
        journal: &'a Journal,
        key: &'a SubmissionKey,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            project,
            journal,
            key,
            progress,
            wrote: AtomicBool::new(false),
            warnings: Mutex::default(),
        }
    }

    /// Sends a write: its intent is on the disk before, its end after. `kept` is what the journal keeps of the answer.
    ///
    /// Without an answer the journal holds an intent without an end: the next run knows that it has to look.
    pub(super) fn write<T: DeserializeOwned>(
        &self,
        name: &str,
        intent: Value,
        request: Request,
        kept: impl Fn(&T) -> Value,
    ) -> Result<T, Trouble> {
        self.journal.append(self.key, name, Stage::Intend, intent)?;
        let answer = self
            .project
            .client
            .transport
            .send(request)
            .and_then(|response| response.json::<T>());
        match answer {
            Ok(made) => {
                if Write::Batch.item(name).is_none() {
                    // A batch is only queued: whether it wrote anything is seen when the queue is done with it.
                    self.wrote.store(true, Ordering::Relaxed);
                }
                self.journal
                    .append(self.key, name, Stage::Done, kept(&made))
                    .map_err(|error| Trouble::Unknown(error.into()))?;
                Ok(made)
            }
            Err(error) => {
                if error.delivery != Delivery::Unknown {
                    self.journal
                        .append(self.key, name, Stage::Void, Value::Null)?;
                }
                Err(error.into())
            }
        }
    }

    /// Sends a write that makes something with an id. When its answer is lost, `look` says whether it was made after all.
    pub(super) fn create<T: DeserializeOwned>(
        &self,
        name: &str,
        request: Request,
        id: impl Fn(&T) -> u64,
        look: impl FnOnce() -> Result<Option<u64>, TransportError>,
    ) -> Result<u64, Trouble> {
        match self.write(name, Value::Null, request, |made| json!({ "id": id(made) })) {
            Ok(made) => Ok(id(&made)),
            Err(Trouble::Unknown(cause)) => match look() {
                Ok(Some(found)) => {
                    self.found(name, json!({ "id": found }))?;
                    Ok(found)
                }
                Ok(None) | Err(_) => Err(Trouble::Unknown(cause)),
            },
            Err(other) => Err(other),
        }
    }

    /// Records that a write whose answer was lost is there.
    pub(super) fn found(&self, name: &str, detail: Value) -> Result<(), Trouble> {
        if Write::Batch.item(name).is_none() {
            self.wrote.store(true, Ordering::Relaxed);
        }
        // It is there, whatever becomes of its record.
        self.journal
            .append(self.key, name, Stage::Done, detail)
            .map_err(|error| Trouble::Unknown(error.into()))
    }

    /// Records that a write whose answer was lost never arrived.
    pub(super) fn void(&self, name: &str) -> Result<(), Trouble> {
        self.journal
            .append(self.key, name, Stage::Void, Value::Null)?;
        Ok(())
    }

    /// Returns the last record of a write in an earlier or this run.
    pub(super) fn last(&self, name: &str) -> Option<Record> {
        self.journal
            .records(self.key)
            .into_iter()
            .rev()
            .find(|record| record.write == name)
    }

    pub(super) fn warn(&self, warning: String) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Returns the warnings so far, and forgets them.
    pub(super) fn warnings(&self) -> Vec<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells whether anything was written.
    pub(super) fn wrote(&self) -> bool {
        self.wrote.load(Ordering::Relaxed)
    }
}
