//! Credentials that end: obtained when the first request needs one, and anew when the service does not take the last one any more.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Authorization, Clock, Label, TransportError};

/// How long before its end a credential counts as ended: a request that is under way must not outlive it.
const MARGIN: Duration = Duration::from_secs(30);

/// Obtains credentials: signs in, or exchanges one credential for another.
pub trait Renewal: fmt::Debug + Send + Sync {
    /// Obtains a credential.
    ///
    /// # Errors
    ///
    /// When there is none to be had; nothing was sent to the service itself then.
    fn obtain(&self) -> Result<Obtained, TransportError>;

    /// Returns whether an error says that the credential is not taken any more, and nothing was done.
    fn is_refusal(&self, error: &TransportError) -> bool {
        error.is_authentication()
    }
}

/// A credential, and how long it holds.
#[derive(Debug, Clone)]
pub struct Obtained {
    /// The credential.
    pub authorization: Authorization,
    /// How long from now it holds, where that is known.
    pub holds: Option<Duration>,
    /// What it is called in messages, where that is not what the transport is told.
    pub label: Option<Arc<Label>>,
}

/// The credential in use. Workers that find it ended at the same moment obtain one, not one each.
#[derive(Debug)]
pub(super) struct Renewed {
    source: Arc<dyn Renewal>,
    current: Mutex<Option<Current>>,
}

/// A credential as the workers share it.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) authorization: Arc<Authorization>,
    pub(super) label: Option<Arc<Label>>,
    until: Option<Instant>,
}

impl Renewed {
    pub(super) fn new(source: Arc<dyn Renewal>) -> Self {
        Self {
            source,
            current: Mutex::default(),
        }
    }

    /// Returns the credential; obtains one where there is none, where it is about to end, or where it is the one that was refused. The
    /// second value tells whether it was obtained just now.
    pub(super) fn current(
        &self,
        clock: &Clock,
        refused: Option<&Current>,
    ) -> Result<(Current, bool), TransportError> {
        let mut held = clock.lock(&self.current);
        let is_good = |current: &&Current| {
            let is_refused =
                refused.is_some_and(|it| Arc::ptr_eq(&it.authorization, &current.authorization));
            let has_ended = current.until.is_some_and(|until| until <= clock.now());
            !is_refused && !has_ended
        };
        if let Some(current) = held.as_ref().filter(is_good) {
            return Ok((current.clone(), false));
        }
        let obtained = self.source.obtain()?;
        let until = obtained.holds.and_then(|holds| {
            let margin = MARGIN.min(holds / 4);
            clock.now().checked_add(holds.saturating_sub(margin))
        });
        let current = Current {
            authorization: Arc::new(obtained.authorization),
            label: obtained.label,
            until,
        };
        *held = Some(current.clone());
        Ok((current, true))
    }

    pub(super) fn is_refusal(&self, error: &TransportError) -> bool {
        self.source.is_refusal(error)
    }
}
