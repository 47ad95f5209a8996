//! Listing what is stored, and telling where the token in use comes from.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{ExitStatus, Failure, signin, values};
use super::LoginContext;
use crate::credentials::{self, Login, Scheme, Source, StoreError, StoreKey};
use crate::entra;
use crate::model::ServiceName;
use crate::ui::Table;

/// A line of the list.
struct Line {
    service: String,
    url: Option<String>,
    profile: Option<String>,
    account: Option<String>,
    source: String,
    /// When it ends, where that is known.
    ends: Option<Timestamp>,
    /// Whether this is what a command run here and now would use.
    is_active: bool,
}

pub(super) fn run(
    login: &LoginContext<'_>,
    only: Option<ServiceName>,
) -> Result<ExitStatus, Failure> {
    let stored = stored(login)?;
    let mut lines = Vec::new();
    for service in ServiceName::ALL {
        if only.is_none_or(|only| only == service) {
            lines.extend(lines_of(login, service, &stored));
        }
    }
    let ui = &login.context.ui;
    if ui.is_json() {
        let logins: Vec<Value> = lines.iter().map(Line::json).collect();
        ui.json(&json!({
            "schema": "handin/login/1",
            "logins": logins,
            "error": null,
            "exit_code": 0,
        }))?;
    } else if lines.is_empty() {
        ui.status("no token is stored, and none is in the environment");
        ui.advice(&values::services(
            "store one with `handin login SERVICE`: ",
            "",
        ));
    } else {
        ui.data(&table(&lines, ui.width()))?;
    }
    Ok(ExitStatus::Done)
}

fn stored(login: &LoginContext<'_>) -> Result<Vec<Login>, Failure> {
    let Some(logins) = &login.logins else {
        return Ok(Vec::new());
    };
    logins.read().map_err(|error| {
        let path = logins.path().display();
        Failure::new(
            ExitStatus::Failed,
            format!("the list of logins `{path}` cannot be read: {error}"),
        )
    })
}

/// Returns the known credentials of a service: a token of the environment first, because it takes precedence.
fn lines_of(login: &LoginContext<'_>, service: ServiceName, stored: &[Login]) -> Vec<Line> {
    let here = login.entry(service).ok();
    let vendor = login.settings.of(service).vendor();
    let key = signin::key_of_another_step(service, &login.settings);
    let lookup = |name: &str| login.context.lookup(name).filter(|_| Some(name) != key);
    let variable = vendor.shadowing_variable(&lookup);
    let mut first = variable.map(|name| {
        let source = Source::Environment(name.to_owned());
        let token = lookup(name).and_then(|text| credentials::token(&text, source.clone()).ok());
        (
            format!("{} (`{name}`)", source.step()),
            token.and_then(|given| entra::end_of(&given.token)),
        )
    });
    first = first.or_else(|| {
        let step = login.context.first_step(&login.settings, service)?;
        Some((step, None))
    });
    let hidden_by = first.as_ref().map(|(source, _)| source.clone());
    let mut lines: Vec<Line> = first
        .map(|(source, ends)| Line {
            service: service.word().to_owned(),
            url: here.as_ref().map(StoreKey::shown_url),
            profile: None,
            account: None,
            source,
            ends,
            is_active: true,
        })
        .into_iter()
        .collect();
    let logins = stored
        .iter()
        .filter(|login| login.service == service.word());
    for known in logins {
        let in_use = hidden_by.is_none() && is_in_use(here.as_ref(), known, stored);
        lines.push(Line {
            service: known.service.clone(),
            url: Some(known.entry().shown_url()),
            profile: Some(known.profile.clone()),
            account: Some(known.account.clone()),
            source: source(login, known, hidden_by.as_deref()),
            ends: known.ends,
            is_active: in_use,
        });
    }
    lines
}

/// Returns whether a command would use this login: that of its own address and profile, else that of the address alone.
fn is_in_use(here: Option<&StoreKey>, login: &Login, stored: &[Login]) -> bool {
    let Some(here) = here else { return false };
    let entry = login.entry();
    let is_exact = entry.user() == here.user();
    let has_exact = stored
        .iter()
        .any(|login| login.entry().user() == here.user());
    let is_general = entry.profile == StoreKey::DEFAULT_PROFILE
        && entry.service == here.service
        && entry.shown_url() == here.shown_url();
    is_exact || (!has_exact && is_general)
}

/// Describes where a stored token is, and whether it is still there.
fn source(context: &LoginContext<'_>, login: &Login, hidden_by: Option<&str>) -> String {
    let entry = login.entry();
    match context.store.get(&entry) {
        Ok(Some(kept)) => {
            let StoreKey { profile, url, .. } = entry;
            let kept = credentials::token(kept.expose(), Source::Keyring { profile, url });
            let is_device = kept.is_ok_and(|kept| kept.scheme == Scheme::Device);
            let how = if is_device {
                "keyring, device login"
            } else {
                "keyring"
            };
            match hidden_by {
                Some(step) => format!("{how}, hidden by {step}"),
                None => how.to_owned(),
            }
        }
        Ok(None) => "gone from the keyring".to_owned(),
        Err(StoreError::Locked) => "keyring, locked".to_owned(),
        Err(error) => format!("keyring, not readable: {error}"),
    }
}

impl Line {
    fn json(&self) -> Value {
        json!({
            "service": self.service,
            "url": self.url,
            "profile": self.profile,
            "account": self.account,
            "source": self.source,
            "ends": self.ends,
            "active": self.is_active,
        })
    }
}

fn table(lines: &[Line], width: Option<usize>) -> String {
    let header = [
        "", "service", "address", "profile", "account", "source", "ends",
    ];
    let mut table = Table::new(header).optional(3..5);
    for line in lines {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        table.row(vec![
            if line.is_active { "*" } else { "" }.to_owned(),
            line.service.clone(),
            text(&line.url),
            text(&line.profile),
            text(&line.account),
            line.source.clone(),
            line.ends
                .map_or_else(|| "-".to_owned(), |end| format!("{end:.0}")),
        ]);
    }
    table.text(width)
}
