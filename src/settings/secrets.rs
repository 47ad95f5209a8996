//! Keeps secrets out of the settings file, which is committed.

use std::sync::LazyLock;

use regex::Regex;

use crate::keys::{Origin, SettingsProblem};

const SECRET_NAMES: &[&str] = &[
    "token",
    "password",
    "passwd",
    "pwd",
    "pat",
    "secret",
    "api_key",
    "apikey",
    "key",
    "credential",
    "credentials",
    "bearer",
    "authorization",
];

/// Returns whether a key of this name would hold a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SECRET_NAMES.iter().any(|secret| {
        name == *secret
            || name
                .strip_suffix(secret)
                .is_some_and(|rest| rest.ends_with('_'))
    })
}

/// Returns whether a value looks like a token, or an address with a password in it.
pub(super) fn looks_secret(text: &str) -> bool {
    // Tokens are ASCII; `\w` stands for the letters of all scripts, and each repetition of it is compiled anew.
    static SHAPES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"\beyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.", // a JSON web token
            r"|^[a-z2-7]{52}$",                             // an Azure DevOps token, the older form
            r"|^[A-Za-z0-9]{75,80}AZDO[A-Za-z0-9]{4}$",     // the newer form
            r"|^(?i:bearer|basic)\s+\S{8,}$",
            r"|^gh[pousr]_[0-9A-Za-z_]{20,}$",
            r"|://[^/@\s]+:[^/@\s]+@",
        ))
        .ok()
    });
    SHAPES
        .as_ref()
        .is_some_and(|shapes| shapes.is_match(text.trim()))
}

/// Returns the refusal. It never shows the value.
pub(super) fn refusal(origin: &Origin, path: &str) -> SettingsProblem {
    let service = path.split('.').next().unwrap_or_default();
    let service = if service.parse::<crate::model::ServiceName>().is_ok() {
        service
    } else {
        "<service>"
    };
    SettingsProblem::at(
        origin,
        format!("`{path}` holds a secret, and this file is meant to be committed"),
    )
    .hint(format!(
        "remove it and revoke it where it was committed; then run `handin login {service}`, or set the token in the environment"
    ))
}
