//! What was found, for people and as JSON.

use serde_json::{Value, json};

use super::{Examined, Mark};
use crate::cli::{Context, ExitStatus, Failure, network};
use crate::model::ServiceName;
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
        let how = (settings, context.global.verbose > 0);
        text.push_str(&service_text(how, it, ui.width()));
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

fn service_text(
    (settings, is_verbose): (&Settings, bool),
    examined: &Examined,
    width: Option<usize>,
) -> String {
    let mut table = Table::new(["", "what", "how it is"]);
    for check in &examined.checks {
        let hint = check.hint.as_ref().map(|hint| format!(" → {hint}"));
        table.row(vec![
            word(check.state).to_owned(),
            check.name.to_owned(),
            sanitized(&format!("{}{}", check.message, hint.unwrap_or_default())),
        ]);
    }
    let assumed = assumed(settings, examined.service);
    if let Some(all) = assumed
        .iter()
        .map(|fact| fact.name().to_owned())
        .reduce(|all, name| format!("{all}, {name}"))
    {
        let count = counted(assumed.len() as u64, "fact");
        let how = format!(
            "{count} not probed: {all} → `handin doctor --probe {} --into PLACE` asks the service",
            examined.service
        );
        table.row(vec![
            word(Mark::NotChecked).to_owned(),
            "assumed".to_owned(),
            how,
        ]);
    }
    let mut text = format!("\n{}\n{}\n", examined.service.title(), table.text(width));
    if is_verbose && !assumed.is_empty() {
        let mut table = Table::new(["fact", "assumed", "it matters for"]);
        for fact in assumed {
            table.row(
                [fact.id, fact.expected, fact.used]
                    .map(str::to_owned)
                    .to_vec(),
            );
        }
        text.extend(["\n", &table.text(width), "\n"]);
    }
    text
}

/// Returns the facts that are assumed about a service and matter with these settings.
fn assumed(settings: &Settings, service: ServiceName) -> Vec<&'static Fact> {
    let mut assumed: Vec<&Fact> = facts(service).iter().collect();
    assumed.retain(|fact| fact.is_in_use(&settings.changed));
    assumed
}

fn word(state: Mark) -> &'static str {
    match state {
        Mark::Ok => "ok",
        Mark::Warning => "warning",
        Mark::Failed => "FAILED",
        Mark::NotChecked => "-",
    }
}

/// Returns the members with which every document begins.
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

/// Returns a fact as JSON, with whether it matters here and what was seen of it.
pub(super) fn fact_json(settings: &Settings, fact: &Fact, finding: Option<&Finding>) -> Value {
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
        "id": fact.id, "in_use": fact.is_in_use(&settings.changed), "expected": fact.expected, "seen": told.map(|finding| &finding.seen), "state": state,
        "consequence": fact.otherwise, "setting": fact.setting, "why_not_probed": why,
    })
}

fn document(settings: &Settings, examined: &[Examined], status: ExitStatus) -> Value {
    let services: Vec<Value> = examined.iter().map(service_json).collect();
    let facts: Vec<Value> = examined
        .iter()
        .flat_map(|it| facts(it.service))
        .map(|fact| fact_json(settings, fact, None))
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
