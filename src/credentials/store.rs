//! A place that keeps secrets.

use std::time::Duration;

use url::Url;

use crate::secret::Secret;

/// What a stored secret is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreKey {
    /// The service's word.
    pub service: String,
    /// The address it belongs to.
    pub url: Url,
    /// The profile, `default` where there is none.
    pub profile: String,
}

impl StoreKey {
    /// The profile of those who use none.
    pub const DEFAULT_PROFILE: &'static str = "default";

    /// Returns the key of the secret of a service at an address.
    pub fn new(service: &str, url: &Url, profile: Option<&str>) -> Self {
        Self {
            service: service.to_owned(),
            url: url.clone(),
            profile: profile.unwrap_or(Self::DEFAULT_PROFILE).to_owned(),
        }
    }

    /// Returns the address as it is shown and compared: without a slash at its end, without credentials, query and fragment.
    pub fn shown_url(&self) -> String {
        shown(&self.url)
    }

    /// Returns the name under which the keyring keeps it.
    pub fn user(&self) -> String {
        format!("{}:{}:{}", self.service, shown(&self.url), self.profile)
    }
}

/// Returns an address as it is shown and compared: without a slash at its end, without credentials, query and fragment.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Fails for addresses that cannot have credentials, which then have none.
    let _unchanged = url.set_username("").and_then(|()| url.set_password(None));
    url.as_str().trim_end_matches('/').to_owned()
}

/// Keeps secrets.
pub trait Store {
    /// Returns the secret, or none where there is none.
    fn get(&self, entry: &StoreKey) -> Result<Option<Secret>, StoreError>;

    /// Keeps a secret in the place of any earlier one.
    fn set(&self, entry: &StoreKey, secret: &Secret) -> Result<(), StoreError>;

    /// Forgets a secret. Tells whether there was one.
    fn remove(&self, entry: &StoreKey) -> Result<bool, StoreError>;
}

/// Why the keyring cannot be used. The texts are made here: those of the keyring could hold what it keeps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// This program was built without it.
    #[error("this handin was built without the keyring")]
    NotBuilt,
    /// There is none, as on most CI runners.
    #[error("there is no keyring here")]
    Absent,
    /// It does not answer.
    #[error("the keyring has not answered for {} seconds", .0.as_secs())]
    Silent(Duration),
    /// It is locked, and nobody unlocked it.
    #[error("the keyring is locked, and was not unlocked")]
    Locked,
    /// It holds something else under this name.
    #[error("what the keyring holds under this name is not a token")]
    Unreadable,
    /// It said no.
    #[error("the keyring did not do it ({0})")]
    Refused(String),
}

impl StoreError {
    /// Returns the next step.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotBuilt | Self::Absent | Self::Silent(_) | Self::Locked => {
                Some("set the credential in the environment (`handin help environment` names the variables), or give a token with `--token-file`".to_owned())
            }
            Self::Unreadable => Some("store it again with `handin login`".to_owned()),
            Self::Refused(_) => None,
        }
    }
}
