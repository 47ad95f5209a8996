//! The order in which a token is looked for.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::error::first_variable;
use super::store::shown;
use super::{CredentialError, Lookup, Store, StoreError, StoreKey, Vendor};
use crate::files::{self, Patience};
use crate::secret::Secret;

/// What stands before a device login in the keyring.
const DEVICE: &str = "Device";
/// More than any token has.
const LARGEST_FILE: u64 = 64 * 1024;

/// A token, and where it comes from.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The token.
    pub token: Secret,
    /// How it is presented to the service.
    pub scheme: Scheme,
    /// Where it comes from.
    pub source: Source,
}

/// How a token is presented to its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// As the service expects its usual tokens.
    Usual,
    /// As a bearer, because the word stood before it.
    Bearer,
    /// Not at all: it is what renews a device login, and gets the token.
    Device,
}

/// Where a token comes from. Reads after "the token".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file that the command line names.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// The keyring.
    Keyring {
        /// The profile it was stored for.
        profile: String,
        /// The address it was stored for.
        url: Url,
    },
    /// The person at the keyboard, or standard input.
    Typed,
    /// A step that gets one, once it is needed.
    Step(&'static str),
}

impl Source {
    /// Returns the name of the step of the chain that it is.
    pub fn step(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Environment(name) if name == "SYSTEM_ACCESSTOKEN" => "pipeline",
            Self::Environment(_) => "environment",
            Self::Keyring { .. } => "keyring",
            Self::Typed => "typed",
            Self::Step(word) => word,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "in `{}`", path.display()),
            Self::Environment(name) => write!(formatter, "in `{name}`"),
            Self::Keyring { profile, .. } => {
                write!(formatter, "in the keyring (profile `{profile}`)")
            }
            Self::Typed => formatter.write_str("just given"),
            Self::Step(word) => write!(formatter, "that the step `{word}` would get"),
        }
    }
}

/// What a token is wanted for.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The service.
    pub vendor: &'static Vendor,
    /// The address it would be sent to.
    pub url: &'a Url,
    /// The profile in use.
    pub profile: Option<&'a str>,
    /// The file that the command line names.
    pub token_file: Option<&'a Path>,
    /// Whether whoever runs the command named the address, by a flag or in the environment.
    pub is_named: bool,
    /// How long a file that is a pipe is waited for.
    pub patience: Patience,
}

/// Finds the token that counts and may be sent: that of the file, else of the environment, else of the keyring, which is not
/// touched before.
///
/// # Errors
///
/// When there is none, when it cannot be a token, or when it must not go to the address.
pub fn resolve(
    wanted: &Wanted<'_>,
    environment: Lookup<'_>,
    store: &dyn Store,
) -> Result<Credential, CredentialError> {
    if let Some(credential) = given(wanted, environment)? {
        return Ok(credential);
    }
    let credential = stored(wanted, environment, store)?;
    allow(wanted, &credential.source, environment)?;
    Ok(credential)
}

/// Returns the token of the file or of the environment, when it may be sent; nothing where there is none.
///
/// # Errors
///
/// When it cannot be a token, or when it must not go to the address.
pub fn given(
    wanted: &Wanted<'_>,
    environment: Lookup<'_>,
) -> Result<Option<Credential>, CredentialError> {
    let found = found(wanted, environment)?;
    if let Some(credential) = &found {
        allow(wanted, &credential.source, environment)?;
    }
    Ok(found)
}

/// Refuses a token, also one that is yet to be got, that must not go to the address.
///
/// # Errors
///
/// When it must not.
pub fn allow(
    wanted: &Wanted<'_>,
    source: &Source,
    environment: Lookup<'_>,
) -> Result<(), CredentialError> {
    let Wanted { vendor, url, .. } = *wanted;
    // One of the keyring goes nowhere but to its own address, whoever names another.
    let is_vouched_for = wanted.is_named && !matches!(source, Source::Keyring { .. });
    if is_vouched_for || vendor.may_send(source, url, environment) {
        return Ok(());
    }
    Err(CredentialError::Forbidden {
        vendor,
        from: source.clone(),
        url: shown(url),
    })
}

fn found(
    wanted: &Wanted<'_>,
    environment: Lookup<'_>,
) -> Result<Option<Credential>, CredentialError> {
    if let Some(path) = wanted.token_file {
        return token_from_file(path, &wanted.patience).map(Some);
    }
    if let Some((user, password)) = wanted.vendor.user_variables {
        let given = |name: &str| environment(name).filter(|text| is_given(text));
        return match (given(user), given(password)) {
            (Some(name), Some(text)) => {
                let from = Source::Environment(password.to_owned());
                let secret = Secret::password(&text).map_err(|cause| CredentialError::Invalid {
                    from: from.clone(),
                    cause,
                })?;
                Ok(Some(of_user(&name, &secret, from)))
            }
            _ => Ok(None),
        };
    }
    match wanted.vendor.variable_in(environment) {
        Some((name, text)) => token(&text, Source::Environment(name.to_owned())).map(Some),
        None => Ok(None),
    }
}

fn stored(
    wanted: &Wanted<'_>,
    environment: Lookup<'_>,
    store: &dyn Store,
) -> Result<Credential, CredentialError> {
    let missing = |why: &str| CredentialError::Missing {
        vendor: wanted.vendor,
        url: shown(wanted.url),
        looked: format!("{}, and {why}", ungiven(wanted.vendor, environment)),
    };
    // A login without a profile serves every profile of the same address.
    for profile in [wanted.profile, None] {
        let entry = StoreKey::new(wanted.vendor.word, wanted.url, profile);
        let found = store.get(&entry).map_err(|error| match error {
            StoreError::Unreadable | StoreError::Refused(_) => CredentialError::Store(error),
            StoreError::NotBuilt
            | StoreError::Absent
            | StoreError::Silent(_)
            | StoreError::Locked => missing(&error.to_string()),
        })?;
        if let Some(kept) = found {
            let StoreKey { profile, url, .. } = entry;
            return token(kept.expose(), Source::Keyring { profile, url });
        }
    }
    Err(missing("the keyring has none for this address"))
}

/// Describes why our variables hold no credential.
fn ungiven(vendor: &Vendor, environment: Lookup<'_>) -> String {
    let ours = match vendor.user_variables {
        Some((user, password)) => vec![user, password],
        None => vec![first_variable(vendor)],
    };
    let why = ours.into_iter().filter_map(|name| {
        let text = environment(name).unwrap_or_default();
        match text.trim() {
            given if is_given(given) => None,
            "" => Some(format!("`{name}` is not set")),
            _ => Some(format!(
                "`{name}` still reads `$(…)`: the pipeline has no such secret"
            )),
        }
    });
    why.collect::<Vec<_>>().join(", ")
}

/// Returns the credential of a user with a password, for a service without tokens: both in one text, as `Basic` has them.
pub fn of_user(user: &str, password: &Secret, from: Source) -> Credential {
    let text = STANDARD.encode(format!("{user}:{}", password.expose()));
    Credential {
        token: Secret::token(&text).unwrap_or_else(|_never| password.clone()),
        scheme: Scheme::Usual,
        source: from,
    }
}

impl Credential {
    /// Returns the user and the password that [`of_user`] put together; `None` for any other credential.
    pub fn user(&self) -> Option<(String, Secret)> {
        let bytes = STANDARD.decode(self.token.expose()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), Secret::password(password).ok()?))
    }
}

/// Reads a token from a file, or from a descriptor such as `/dev/fd/3`.
///
/// # Errors
///
/// When it cannot be read, or does not hold a token.
pub fn token_from_file(path: &Path, patience: &Patience) -> Result<Credential, CredentialError> {
    let failed = |cause: String| CredentialError::File {
        path: path.display().to_string(),
        cause,
    };
    let bytes = files::read_named(path, LARGEST_FILE, patience)
        .map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_other| failed("it is not UTF-8".to_owned()))?;
    token(&text, Source::File(path.to_path_buf()))
}

/// Takes a text as a token. Some copy the whole header, with the word `Bearer` before it.
///
/// # Errors
///
/// When it cannot be one.
pub fn token(text: &str, from: Source) -> Result<Credential, CredentialError> {
    let text = text.trim();
    let (scheme, bare) = match text.split_once(char::is_whitespace) {
        Some((word, rest)) if word.eq_ignore_ascii_case("bearer") => (Scheme::Bearer, rest),
        Some((DEVICE, rest)) if matches!(from, Source::Keyring { .. }) => (Scheme::Device, rest),
        Some(_) | None => (Scheme::Usual, text),
    };
    match Secret::token(bare) {
        Ok(token) => Ok(Credential {
            token,
            scheme,
            source: from,
        }),
        Err(cause) => Err(CredentialError::Invalid { from, cause }),
    }
}

impl Credential {
    /// Returns the text to keep, which [`token`] takes back as it is.
    pub fn kept(&self) -> Secret {
        let text = match self.scheme {
            Scheme::Usual => return self.token.clone(),
            Scheme::Bearer => format!("Bearer {}", self.token.expose()),
            Scheme::Device => format!("{DEVICE} {}", self.token.expose()),
        };
        Secret::password(&text).unwrap_or_else(|_empty| self.token.clone())
    }
}

impl Vendor {
    /// Returns the variable that holds a token, and what it holds.
    pub(super) fn variable_in(&self, environment: Lookup<'_>) -> Option<(&'static str, String)> {
        self.token_variables.iter().find_map(|name| {
            let text = environment(name)?;
            is_given(&text).then_some((*name, text))
        })
    }

    /// Returns the variable that would be used before the keyring.
    pub fn shadowing_variable(&self, environment: Lookup<'_>) -> Option<&'static str> {
        self.variable_in(environment).map(|(name, _)| name)
    }
}

/// Returns whether a variable was given at all: Azure Pipelines leaves `$(NAME)` as it is when a secret of that name is not there,
/// as for the forks of a repository.
fn is_given(text: &str) -> bool {
    let text = text.trim();
    let is_left_as_it_is = text.starts_with("$(") && text.ends_with(')');
    !text.is_empty() && !is_left_as_it_is
}

#[cfg(test)]
mod tests;
