//! Why looking something up did not work.

use crate::transport::TransportError;

/// Why a look-up or a check has no answer. Nothing was written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    /// The service could not be asked, or did not answer usefully.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Something that the settings name does not exist, exists more than once, or cannot be used.
    #[error("{message}")]
    Setting {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Something of this machine: a file that cannot be read, a disk that is full.
    #[error("{message}")]
    Local {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Something else stands there under the same name, or somebody else is at work on it.
    #[error("{message}")]
    Conflict {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The service took the request, and its work came to nothing.
    #[error("{message}")]
    Declined {
        /// What it says.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
}

impl ServiceError {
    /// Returns a complaint about a setting.
    pub fn setting(message: impl Into<String>) -> Self {
        Self::Setting {
            message: message.into(),
            hint: None,
        }
    }

    /// Returns a complaint about something of this machine.
    pub fn local(message: impl Into<String>) -> Self {
        Self::Local {
            message: message.into(),
            hint: None,
        }
    }

    /// Returns a complaint about something that stands there, or is under way, under the same name.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict {
            message: message.into(),
            hint: None,
        }
    }

    /// Returns the error for work that a service accepted and did not do.
    pub fn declined(message: impl Into<String>) -> Self {
        Self::Declined {
            message: message.into(),
            hint: None,
        }
    }

    /// Returns the error of a call that closes a submission and found none open.
    pub(in crate::services) fn nothing_to_close() -> Self {
        Self::conflict("there is no open run of this submission to close; nothing was written")
            .hint("does `--key` name the build as it did when the run was opened?")
    }

    /// Adds the next step; the transport's errors have their own hints.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        match &mut self {
            Self::Transport(_) => {}
            Self::Setting { hint, .. }
            | Self::Local { hint, .. }
            | Self::Conflict { hint, .. }
            | Self::Declined { hint, .. } => *hint = Some(text.into()),
        }
        self
    }

    /// Returns whether it may be gone the next time, without anybody changing anything.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Transport(error) => error.may_pass(),
            Self::Setting { .. }
            | Self::Local { .. }
            | Self::Conflict { .. }
            | Self::Declined { .. } => false,
        }
    }

    /// Returns the next step, if more is known than the transport's errors say by themselves.
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Transport(_) => None,
            Self::Setting { hint, .. }
            | Self::Local { hint, .. }
            | Self::Conflict { hint, .. }
            | Self::Declined { hint, .. } => hint.as_deref(),
        }
    }
}
