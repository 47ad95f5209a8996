//! What was found, for people and as JSON.

use serde_json::{Value, json};

use super::{Examined, Mark};
use crate::cli::{Context, ExitStatus, Failure, network};
use crate::services::{Fact, Finding, Probe, facts};
use crate::settings::Settings;
use crate::ui::{Table, counted, sanitized};

pub(super) fn show(
    context: &Context,
    settings: &Settings,
    (examined, status): (&[Examined], ExitStatus),
) -> Result<(), Failure> {
    let ui = &context.ui;
    if ui.is_json() {
        ui.json(&document(settings, examined, status))?;
        return Ok(());
    }
    let mut text = settings_text(settings);
    for it in examined {
        text.push_str(&service_text(it, ui.width()));
    }
    ui.data(&text)?;
    if examined.is_empty() {
        network::no_service(settings, "nothing can be checked").show(ui);
    }
    Ok(())
}

fn system() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

fn settings_text(settings: &Settings) -> String {
    let mut lines = vec![format!(
        "handin {} on {}",
        env!("CARGO_PKG_VERSION"),
        system()
    )];
    let file = settings
        .file
        .as_ref()
        .map(|file| format!("`{}`", file.display()));
    let profile = settings
        .profile
        .as_ref()
        .map(|name| format!(", profile `{name}`"));
    lines.push(format!(
        "Settings: {}{}",
        file.unwrap_or_else(|| "no file".to_owned()),
        profile.unwrap_or_default()
    ));
    let given = settings.given.iter();
    lines.extend(given.map(|(name, origin)| sanitized(&format!("  {name} ({origin})"))));
    lines.join("\n") + "\n"
}

fn service_text(examined: &Examined, width: Option<usize>) -> String {
    let mut table = Table::new(["", "what", "how it is"]);
    for check in &examined.checks {
        let hint = check.hint.as_ref().map(|hint| format!(" → {hint}"));
        table.row(vec![
            word(check.state).to_owned(),
            check.name.to_owned(),
            sanitized(&format!("{}{}", check.message, hint.unwrap_or_default())),
        ]);
    }
    let count = facts(examined.service).len() as u64;
    format!(
        "\n{}\n{}\n{} {} assumed and not probed: `handin doctor --probe {} --into PLACE` asks the service\n",
        examined.service.title(),
        table.text(width),
        counted(count, "fact"),
        if count == 1 { "is" } else { "are" },
        examined.service,
    )
}

fn word(state: Mark) -> &'static str {
    match state {
        Mark::Ok => "ok",
        Mark::Warning => "warning",
        Mark::Failed => "FAILED",
        Mark::NotChecked => "-",
    }
}

/// Returns what every document begins with.
pub(super) fn header(settings: &Settings) -> Value {
    let given: Vec<Value> = settings
        .given
        .iter()
        .map(|(name, origin)| json!({"name": name, "from": origin.to_string()}))
        .collect();
    json!({
        "schema": "handin/doctor/1",
        "version": env!("CARGO_PKG_VERSION"),
        "system": system(),
        "settings": {
            "file": settings.file.as_ref().map(|file| file.display().to_string()),
            "profile": settings.profile,
            "given": given,
        },
    })
}

/// Returns a fact as JSON, with what was seen of it.
pub(super) fn fact_json(fact: &Fact, finding: Option<&Finding>) -> Value {
    let state = match finding.and_then(|finding| finding.holds) {
        Some(true) => "as_expected",
        Some(false) => "differs",
        None => "not_probed",
    };
    let told = finding.filter(|finding| finding.holds.is_some());
    let why = match (finding, fact.probe) {
        (Some(finding), _) if finding.holds.is_none() => Some(finding.seen.as_str()),
        (None, Probe::Not(why)) => Some(why),
        (Some(_), _) | (None, Probe::By(_)) => None,
    };
    json!({
        "id": fact.id, "expected": fact.expected, "seen": told.map(|finding| &finding.seen), "state": state,
        "consequence": fact.otherwise, "setting": fact.setting, "why_not_probed": why,
    })
}

fn document(settings: &Settings, examined: &[Examined], status: ExitStatus) -> Value {
    let services: Vec<Value> = examined.iter().map(service_json).collect();
    let facts: Vec<Value> = examined
        .iter()
        .flat_map(|it| facts(it.service))
        .map(|fact| fact_json(fact, None))
        .collect();
    let mut document = header(settings);
    if let Some(map) = document.as_object_mut() {
        map.insert("services".to_owned(), json!(services));
        map.insert("facts".to_owned(), json!(facts));
        map.insert("probe".to_owned(), Value::Null);
        map.insert("error".to_owned(), Value::Null);
        map.insert("exit_code".to_owned(), json!(status.code()));
    }
    document
}

fn service_json(examined: &Examined) -> Value {
    let quotas: Vec<Value> = examined
        .quotas
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    json!({
        "service": examined.service, "url": examined.url, "would_submit": !examined.is_bad(), "checks": examined.checks,
        "clock_ahead_seconds": examined.ahead, "quotas": quotas,
    })
}
