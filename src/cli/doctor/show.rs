//! What was found, for people and as JSON.

use serde_json::{Value, json};

use super::{Examined, Mark};
use crate::cli::{Context, ExitStatus, Failure};
use crate::services::{Probe, facts};
use crate::settings::Settings;
use crate::ui::{Table, counted, plain};

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
        ui.error("no service is configured: a submission would not know where to go");
        ui.hint("`handin init` writes a first handin.toml");
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
    lines.extend(given.map(|(name, origin)| plain(&format!("  {name} ({origin})"))));
    lines.join("\n") + "\n"
}

fn service_text(examined: &Examined, width: Option<usize>) -> String {
    let mut table = Table::new(["", "what", "how it is"]);
    for check in &examined.checks {
        let hint = check.hint.as_ref().map(|hint| format!(" → {hint}"));
        table.row(vec![
            word(check.state).to_owned(),
            check.name.to_owned(),
            plain(&format!("{}{}", check.message, hint.unwrap_or_default())),
        ]);
    }
    let count = facts(examined.service).len() as u64;
    format!(
        "\n{}\n{}\n{} of it {} assumed and not probed\n",
        examined.service.title(),
        table.text(width),
        counted(count, "fact"),
        if count == 1 { "is" } else { "are" }
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

fn document(settings: &Settings, examined: &[Examined], status: ExitStatus) -> Value {
    let given: Vec<Value> = settings
        .given
        .iter()
        .map(|(name, origin)| json!({"name": name, "from": origin.to_string()}))
        .collect();
    let services: Vec<Value> = examined
        .iter()
        .map(|it| {
            let quotas: Vec<Value> = it
                .quotas
                .iter()
                .map(|(name, value)| json!({"name": name, "value": value}))
                .collect();
            json!({
                "service": it.service, "url": it.url, "would_submit": !it.is_bad(), "checks": it.checks,
                "clock_ahead_seconds": it.ahead, "quotas": quotas,
            })
        })
        .collect();
    let facts: Vec<Value> = examined
        .iter()
        .flat_map(|it| facts(it.service))
        .map(|fact| {
            let probe = match fact.probe {
                Probe::By(_) => None,
                Probe::Not(why) => Some(why),
            };
            json!({
                "id": fact.id, "expected": fact.expected, "seen": null, "state": "not_probed",
                "consequence": fact.otherwise, "setting": fact.setting, "why_not_probed": probe,
            })
        })
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
        "services": services,
        "facts": facts,
        "error": null,
        "exit_code": status.code(),
    })
}
