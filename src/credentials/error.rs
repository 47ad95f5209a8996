//! Why there is no usable credential.

use super::{Source, StoreError, Vendor};
use crate::secret::InvalidSecret;

/// Why there is no usable credential. Holds no part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Nowhere is one.
    #[error("no credential for {title} at `{url}`: {looked}", title = vendor.title)]
    Missing {
        /// Whose.
        vendor: &'static Vendor,
        /// For which address.
        url: String,
        /// Where it was looked for, and why it is not there.
        looked: String,
    },
    /// There is one, and it must not go to the address.
    #[error("the token {from} is not sent to `{url}`, which is not one of {title}'s own addresses", title = vendor.title)]
    Forbidden {
        /// Whose.
        vendor: &'static Vendor,
        /// Where it comes from.
        from: Source,
        /// Where it would have gone.
        url: String,
    },
    /// There is one, and nobody can sign in with it.
    #[error("the credential {from} is not a user name and password; nothing was sent")]
    NoUser {
        /// Whose.
        vendor: &'static Vendor,
        /// Where it comes from.
        from: Source,
    },
    /// There is something that cannot be one.
    #[error("the token {from} cannot be used: {cause}")]
    Invalid {
        /// Where it comes from.
        from: Source,
        /// Why.
        cause: InvalidSecret,
    },
    /// The file cannot be read.
    #[error("the token file `{path}` cannot be read: {cause}")]
    File {
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
    /// The keyring cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CredentialError {
    /// Returns the next step.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { vendor, looked, .. } => {
                let set = format!("set {}", variables(vendor));
                // Where there is no keyring, a login could store nothing.
                if looked.ends_with(&StoreError::Absent.to_string()) {
                    return Some(set);
                }
                Some(format!(
                    "{set}, or store a credential with `handin login {}`",
                    vendor.word
                ))
            }
            Self::Forbidden {
                vendor,
                from: Source::Keyring { .. },
                ..
            } => Some(format!(
                "store one for this address: `handin login {} --url …`",
                vendor.word
            )),
            Self::Forbidden { vendor, url, .. } => Some(format!(
                "a committed file must not be able to send a secret away; if the address is yours, say so in the environment: `{}={url}`",
                vendor.url_variable
            )),
            Self::NoUser { vendor, .. } => {
                let login = format!("run `handin login {} --user NAME`", vendor.word);
                Some(match vendor.user_variables {
                    Some((user, password)) => format!("{login}, or set `{user}` and `{password}`"),
                    None => login,
                })
            }
            Self::Invalid { .. } => {
                Some("copy the token again, without anything around it".to_owned())
            }
            Self::File { .. } => {
                Some("name a file that this account can read; nothing was sent".to_owned())
            }
            Self::Store(error) => error.hint(),
        }
    }
}

/// Returns the variable that is ours.
pub(super) fn first_variable(vendor: &Vendor) -> &'static str {
    vendor.token_variables.first().copied().unwrap_or_default()
}

/// Returns our variables that hold a credential, as the middle of a sentence.
pub(crate) fn variables(vendor: &Vendor) -> String {
    match vendor.user_variables {
        Some((user, password)) => format!("`{user}` and `{password}`"),
        None => format!("`{}`", first_variable(vendor)),
    }
}
