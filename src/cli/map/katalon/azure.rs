//! What a project says of Azure DevOps.

use serde_json::Value;

use super::{Studio, add_cases, address, extent, outcome_word, put, scalar};
use crate::cli::map::import_export::Imported;
use crate::cli::map::properties::Properties;
use crate::model::ServiceName;

/// What Katalon Studio writes where a configuration does not depend on the system or the browser.
const ANY: &str = "--Any--";

/// What has no place in handin's settings, and what handin does instead.
const LEFT_OUT: [(&str, &str); 3] = [
    ("submitOptions.buildDefinitionId", BUILD),
    ("submitOptions.definitionId", BUILD),
    (
        "submitOptions.releaseDefinitionId",
        "handin links the release that the pipeline names, or `azure.release`",
    ),
];
const BUILD: &str = "handin links the build that the pipeline names, or `azure.build`";

/// Takes settings and cases.
pub(super) fn read(studio: &Studio, properties: &Properties, imported: &mut Imported) {
    for (test, integration) in studio.mapped("Azure") {
        if let Some(ids) = integration.entries.get("azure.testcase.ids") {
            add_cases(ServiceName::Azure, test, ids, imported);
        }
    }
    let before = imported.settings.len();
    let one = |key: &str, name: &str| properties.json(key).and_then(|value| scalar(&value, name));
    put(imported, "azure.url", address(properties, "serverUrl"));
    put(imported, "azure.project", one("integratedProject", "name"));
    put(imported, "azure.plan", one("submitOptions.testPlan", "id"));
    if imported.settings.len() == before {
        return;
    }
    let name = properties
        .text("submitOptions.testRunName")
        .map(|name| name.replace('{', "{{").replace('}', "}}"));
    put(imported, "azure.run_name", name);
    if properties.is("submitOptions.enableSubmitMultiTestPoints", "true") {
        put(imported, "azure.points", Some("all".to_owned()));
    }
    put(imported, "azure.attach", attachments(properties));
    statuses(properties, imported);
    configurations(properties, imported);
    left_out(properties, imported);
}

fn statuses(properties: &Properties, imported: &mut Imported) {
    let statuses = properties.json("executionStatusMappings");
    for row in rows(statuses.as_ref()) {
        let outcome = scalar(row, "katalonStatus").and_then(|status| outcome_word(&status));
        if let (Some(outcome), Some(word)) = (outcome, scalar(row, "azureStatus")) {
            put(imported, &format!("azure.outcomes.{outcome}"), Some(word));
        }
    }
}

/// Takes the table of configurations. A row for any system and browser is the configuration of all results.
fn configurations(properties: &Properties, imported: &mut Imported) {
    let table = properties.json("testConfigurationMappings");
    for row in rows(table.as_ref()) {
        let Some(configuration) = scalar(row, "azureTestConfigurationId") else {
            continue;
        };
        let text = |key| {
            scalar(row, key)
                .filter(|text| text != ANY)
                .unwrap_or_default()
        };
        let (system, browser) = (text("os"), text("platform"));
        if system.is_empty() && browser.is_empty() {
            put(imported, "azure.configuration", Some(configuration));
        } else {
            imported
                .configurations
                .push((system, browser, configuration));
        }
    }
}

fn rows(table: Option<&Value>) -> impl Iterator<Item = &Value> {
    table.and_then(Value::as_array).into_iter().flatten()
}

fn left_out(properties: &Properties, imported: &mut Imported) {
    let mut note = |text: String| imported.notes.push(text);
    for (key, instead) in LEFT_OUT {
        if let Some(id) = properties.text(key).filter(|id| id != "-1") {
            note(format!(
                "Azure DevOps Test Plans: `{key}` ({id}) was skipped: {instead}"
            ));
        }
    }
    let types = properties.json("submitOptions.attachFileTypes");
    let types: Vec<&str> = rows(types.as_ref()).filter_map(Value::as_str).collect();
    if !types.is_empty() {
        note(format!(
            "Azure DevOps Test Plans: `submitOptions.attachFileTypes` ({}) was skipped: what the report names is uploaded, whatever its type",
            types.join(", ")
        ));
    }
    if properties.is("submitOptions.autoSubmitTestRun", "false") {
        note("Azure DevOps Test Plans: Katalon Studio does not submit by itself (`submitOptions.autoSubmitTestRun`); handin submits when it is called".to_owned());
    }
    if properties.json("submitOptions.testPlan").is_none() {
        note(
            "Azure DevOps Test Plans: Katalon Studio names no test plan; set `azure.plan`"
                .to_owned(),
        );
    }
}

fn attachments(properties: &Properties) -> Option<String> {
    let key = "submitOptions.enableIncludeAttachment";
    properties.text(key)?;
    if !properties.is(key, "true") {
        return Some("none".to_owned());
    }
    let when = properties.text("submitOptions.attachmentSendingType")?;
    Some(extent(&when).to_owned())
}
