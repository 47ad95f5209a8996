//! Forgetting a token.

use serde_json::json;

use super::super::{ExitStatus, Failure};
use super::LoginContext;
use crate::credentials::{StoreError, StoreKey, variables};
use crate::model::ServiceName;

pub(super) fn run(
    login: &LoginContext<'_>,
    service: ServiceName,
    is_address_given: bool,
) -> Result<ExitStatus, Failure> {
    let entry = entry(login, service, is_address_given)?;
    let was_there = login.store.remove(&entry).map_err(|error| {
        let what = login.secret_word(service);
        let message = format!("no {what} can be removed: {error}");
        Failure::new(ExitStatus::Failed, message).hint(way_out(login, service, &error))
    })?;
    login.note(|logins| logins.remove(&entry));
    let ui = &login.context.ui;
    let (url, profile) = (entry.shown_url(), &entry.profile);
    if ui.is_json() {
        ui.json(&json!({
            "schema": "handin/login/1",
            "service": entry.service,
            "url": url,
            "profile": profile,
            "removed": was_there,
            "error": null,
            "exit_code": 0,
        }))?;
    } else if was_there {
        ui.data(&format!(
            "Forgot the token for {url} (profile `{profile}`). It still works: revoke it on the service if nobody uses it."
        ))?;
    } else {
        ui.data(&format!(
            "There was no token for {url} (profile `{profile}`)."
        ))?;
    }
    Ok(ExitStatus::Done)
}

/// Describes what to do if the keyring cannot delete an entry.
fn way_out(login: &LoginContext<'_>, service: ServiceName, error: &StoreError) -> String {
    match error {
        StoreError::Absent | StoreError::NotBuilt => {
            let variables = variables(login.settings.of(service).vendor());
            format!(
                "without a keyring nothing is stored; handin uses what {variables} says, so unset that"
            )
        }
        StoreError::Locked
        | StoreError::Silent(_)
        | StoreError::Unreadable
        | StoreError::Refused(_) => {
            "unlock the keyring and run the same command again, or remove the entry there"
                .to_owned()
        }
    }
}

/// Returns the entry to delete: that of the address in the command line or the settings, else the only one there is.
fn entry(
    login: &LoginContext<'_>,
    service: ServiceName,
    is_address_given: bool,
) -> Result<StoreKey, Failure> {
    let stored = login.logins.as_ref().and_then(|logins| logins.read().ok());
    let profile = login.settings.profile.as_deref();
    let mut fitting = stored.unwrap_or_default();
    fitting.retain(|login| {
        login.service == service.word() && profile.is_none_or(|profile| profile == login.profile)
    });
    match (fitting.as_slice(), login.entry(service)) {
        (_, Ok(entry)) if is_address_given => Ok(entry),
        ([only], _) => Ok(only.entry()),
        (several, Ok(entry)) if several.is_empty() || has(several, &entry) => Ok(entry),
        ([], Err(error)) => Err(error),
        (several, _) => {
            let listed: Vec<String> = several
                .iter()
                .map(|login| format!("{} (profile `{}`)", login.url, login.profile))
                .collect();
            Err(Failure::new(
                ExitStatus::Usage,
                format!(
                    "there are several tokens of {service}, and none was removed: {}",
                    listed.join(", ")
                ),
            )
            .hint("say which with `--url` and `--profile`"))
        }
    }
}

fn has(logins: &[crate::credentials::Login], entry: &StoreKey) -> bool {
    logins
        .iter()
        .any(|login| login.entry().user() == entry.user())
}
