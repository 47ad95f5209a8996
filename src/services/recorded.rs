//! Writes that leave a trace: the journal holds the intention before the request leaves, and what became of it afterwards.

use serde_json::Value;

use super::{Receipt, SendError, ServiceError};
use crate::journal::{Journal, JournalError, Stage};
use crate::plan::SubmissionKey;
use crate::transport::{Delivery, TransportError};

/// A write's place in the journal.
#[derive(Debug, Clone)]
pub struct Recorded<'a> {
    journal: &'a Journal,
    key: &'a SubmissionKey,
    write: String,
}

/// Why a recorded write has no answer.
#[derive(Debug)]
pub enum WriteError {
    /// The request failed; its delivery says what may have happened.
    Transport(TransportError),
    /// The journal did not take the intention. Nothing was sent.
    Journal(JournalError),
}

impl<'a> Recorded<'a> {
    /// Names a write, such as `azure.create_run`: unique within its submission.
    pub fn new(journal: &'a Journal, key: &'a SubmissionKey, write: impl Into<String>) -> Self {
        Self {
            journal,
            key,
            write: write.into(),
        }
    }

    /// Sends a write. `send` returns what the journal shall know of the answer, beside the answer itself.
    ///
    /// # Errors
    ///
    /// When the intention cannot be recorded: then nothing is sent. And as `send` fails.
    pub fn send<T>(
        &self,
        send: impl FnOnce() -> Result<(T, Value), TransportError>,
    ) -> Result<T, WriteError> {
        self.append(Stage::Intend, Value::Null)
            .map_err(WriteError::Journal)?;
        match send() {
            Ok((answer, detail)) => {
                // It stands there now. Where the journal cannot say so, the next call looks once more.
                drop(self.append(Stage::Done, detail));
                Ok(answer)
            }
            Err(error) => {
                if error.delivery != Delivery::Unknown {
                    drop(self.append(Stage::Void, Value::Null));
                }
                Err(WriteError::Transport(error))
            }
        }
    }

    fn append(&self, stage: Stage, detail: Value) -> Result<(), JournalError> {
        self.journal.append(self.key, &self.write, stage, detail)
    }
}

impl WriteError {
    /// Returns the error of the submission, given what was confirmed before and whether anything was written.
    pub fn ending(self, so_far: Receipt, wrote: bool) -> SendError {
        match self {
            Self::Transport(error) => SendError::writing(so_far, wrote, error),
            Self::Journal(error) => SendError::unsent(so_far, wrote, ServiceError::from(error)),
        }
    }
}
