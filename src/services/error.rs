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

    /// Returns what a service says of work that it took and did not do.
    pub fn declined(message: impl Into<String>) -> Self {
        Self::Declined {
            message: message.into(),
            hint: None,
        }
    }

    /// Says what to do next; the transport's errors have their own hints.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Setting { hint, .. } | Self::Declined { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }
}
