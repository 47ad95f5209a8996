//! A lock for each submission: in this process, and on this machine.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::wait::{Waiting, until};
use crate::journal::{Guard, Locks};
use crate::plan::SubmissionKey;
use crate::services::{Progress, ServiceError};
use crate::transport::{Transport, TransportError};

/// How long somebody waits for a lock where nothing else limits it.
const LONGEST: Duration = Duration::from_hours(24);

/// The locks of the submissions that this process, or this machine, carries out.
#[derive(Debug, Default)]
pub struct SubmissionLocks {
    taken: Arc<Mutex<HashSet<SubmissionKey>>>,
    of_machine: Option<Box<dyn Locks>>,
}

/// A lock, released at its end; the system releases it when this process dies.
pub struct SubmissionLock {
    taken: Arc<Mutex<HashSet<SubmissionKey>>>,
    key: SubmissionKey,
    _guard: Option<Guard>,
}

impl SubmissionLocks {
    /// Returns locks that other processes of this machine heed too, by these.
    pub fn of_machine(of_machine: Option<Box<dyn Locks>>) -> Self {
        Self {
            taken: Arc::default(),
            of_machine,
        }
    }

    /// Returns whether other processes of this machine heed them.
    pub(super) fn are_of_machine(&self) -> bool {
        self.of_machine.is_some()
    }

    /// Waits until no other submission of this name is on its way.
    ///
    /// # Errors
    ///
    /// When the user asks to stop, or the command's time limit comes first.
    pub fn take(
        &self,
        key: &SubmissionKey,
        transport: &Transport,
        progress: &dyn Progress,
    ) -> Result<SubmissionLock, ServiceError> {
        let (mut is_told, mut taken) = (false, None);
        let waited = until(transport, LONGEST, || {
            taken = self.try_take(key)?;
            if taken.is_some() {
                return Ok(Waiting::Over);
            }
            if !std::mem::replace(&mut is_told, true) {
                progress.note(
                    "another process carries this submission out: waiting until it has ended",
                );
            }
            Ok(Waiting::GoesOn)
        });
        let came = waited.map_err(|error| {
            let ServiceError::Transport(error) = error else {
                return error;
            };
            ServiceError::Transport(TransportError {
                purpose: "waiting for another process that carries this submission out".to_owned(),
                ..error
            })
        })?;
        match taken {
            Some(lock) if came => Ok(lock),
            Some(_) | None => Err(ServiceError::Conflict {
                message: "another process carries this submission out, and does not come to an end"
                    .to_owned(),
                hint: Some("look for a `handin` that hangs, and end it".to_owned()),
            }),
        }
    }

    fn try_take(&self, key: &SubmissionKey) -> Result<Option<SubmissionLock>, ServiceError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.contains(key) {
            return Ok(None);
        }
        let guard = match &self.of_machine {
            None => None,
            Some(locks) => match locks
                .try_take(key.as_str())
                .map_err(|error| unlockable(&error))?
            {
                Some(guard) => Some(guard),
                None => return Ok(None),
            },
        };
        taken.insert(key.clone());
        Ok(Some(SubmissionLock {
            taken: Arc::clone(&self.taken),
            key: key.clone(),
            _guard: guard,
        }))
    }
}

impl fmt::Debug for SubmissionLock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("SubmissionLock")
            .field(&self.key)
            .finish()
    }
}

impl Drop for SubmissionLock {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.key);
    }
}

fn unlockable(error: &std::io::Error) -> ServiceError {
    ServiceError::Local {
        message: format!("the lock beside the journal cannot be taken: {error}"),
        hint: Some("make its folder writable, or name another file with `--journal`".to_owned()),
    }
}
