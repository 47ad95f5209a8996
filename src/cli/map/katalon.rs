//! What a Katalon Studio project says of the services that it was integrated with.
//!
//! Only what people can read is taken. Tokens, passwords and everything that Katalon encrypts are left alone.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::exchange::Imported;
use super::properties::Properties;
use crate::cli::{ExitStatus, Failure};
use crate::mapping::CaseId;
use crate::model::{ServiceName, TestKey};

/// No entity of a project is larger than this, in bytes.
const LARGEST: u64 = 4 << 20;
/// How deep the folders of a project are followed.
const DEPTH: usize = 32;

const ANALYTICS: &str = "settings/internal/com.kms.katalon.integration.analytics.properties";
const AZURE: &str = "settings/external/com.kms.katalon.integration.azure.properties";
const QTEST: &str = "settings/internal/com.kms.katalon.integration.qtest.properties";

/// Reads a project.
pub(super) fn read(folder: &Path) -> Result<Imported, Failure> {
    if !folder.join("Test Cases").is_dir() && !folder.join("settings").is_dir() {
        let message = format!(
            "`{}` is no Katalon Studio project; nothing was changed",
            folder.display()
        );
        return Err(Failure::new(ExitStatus::Usage, message)
            .hint("name the folder that holds `Test Cases` and the `.prj` file"));
    }
    let mut imported = Imported::default();
    if let Some(properties) = properties(folder, ANALYTICS) {
        analytics(&properties, &mut imported);
    }
    if let Some(properties) = properties(folder, AZURE) {
        azure(&properties, &mut imported);
    }
    if let Some(properties) = properties(folder, QTEST) {
        qtest(&properties, &mut imported);
    }
    qtest_project(folder, &mut imported);
    let mut files = Vec::new();
    collect(&folder.join("Test Cases"), DEPTH, &mut files);
    files.sort_unstable();
    for file in files {
        test_case(folder, &file, &mut imported);
    }
    Ok(imported)
}

fn properties(folder: &Path, name: &str) -> Option<Properties> {
    read_bounded(&folder.join(name)).map(|bytes| Properties::parse(&bytes))
}

fn read_bounded(path: &Path) -> Option<Vec<u8>> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    fs::read(path).ok()
}

/// An address is taken only when it can be read: Katalon encrypts some.
fn address(properties: &Properties, key: &str) -> Option<String> {
    properties
        .text(key)
        .filter(|text| text.starts_with("https://") || text.starts_with("http://"))
}

fn scalar(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

fn put(imported: &mut Imported, name: &str, value: Option<String>) {
    if let Some(value) = value {
        imported.settings.push((name.to_owned(), value));
    }
}

fn analytics(properties: &Properties, imported: &mut Imported) {
    let project = properties.json("analytics.project");
    let team = properties.json("analytics.team");
    let is_own_server = properties.text("analytics.onpremise.enable").as_deref() == Some("true");
    let server = is_own_server
        .then(|| address(properties, "analytics.onpremise.server"))
        .flatten()
        .or_else(|| address(properties, "analytics.server.endpoint"));
    put(imported, "katalon.url", server);
    put(
        imported,
        "katalon.team",
        team.as_ref().and_then(|team| scalar(team, "id")),
    );
    put(
        imported,
        "katalon.project",
        project.as_ref().and_then(|project| scalar(project, "id")),
    );
}

fn azure(properties: &Properties, imported: &mut Imported) {
    put(imported, "azure.url", address(properties, "serverUrl"));
    let project = properties.json("integratedProject");
    put(
        imported,
        "azure.project",
        project.as_ref().and_then(|project| scalar(project, "name")),
    );
    let plan = properties.json("submitOptions.testPlan");
    put(
        imported,
        "azure.plan",
        plan.as_ref().and_then(|plan| scalar(plan, "id")),
    );
    let is_used = imported
        .settings
        .iter()
        .any(|(name, _)| name.starts_with("azure."));
    if !is_used {
        return;
    }
    let name = properties
        .text("submitOptions.testRunName")
        .map(|name| name.replace('{', "{{").replace('}', "}}"));
    put(imported, "azure.run_name", name);
    if properties
        .text("submitOptions.enableSubmitMultiTestPoints")
        .as_deref()
        == Some("true")
    {
        put(imported, "azure.points", Some("all".to_owned()));
    }
    put(imported, "azure.attach", attachments(properties));
    azure_tables(properties, imported);
}

/// The tables of statuses and configurations.
fn azure_tables(properties: &Properties, imported: &mut Imported) {
    let statuses = properties
        .json("executionStatusMappings")
        .unwrap_or_default();
    for row in statuses.as_array().into_iter().flatten() {
        let outcome = scalar(row, "katalonStatus").and_then(|status| outcome_word(&status));
        if let (Some(outcome), Some(word)) = (outcome, scalar(row, "azureStatus")) {
            put(imported, &format!("azure.outcomes.{outcome}"), Some(word));
        }
    }
    let configurations = properties
        .json("testConfigurationMappings")
        .unwrap_or_default();
    for row in configurations.as_array().into_iter().flatten() {
        if let Some(configuration) = scalar(row, "azureTestConfigurationId") {
            let text = |key| scalar(row, key).unwrap_or_default();
            imported
                .configurations
                .push((text("os"), text("platform"), configuration));
        }
    }
    for key in [
        "submitOptions.buildDefinitionId",
        "submitOptions.releaseDefinitionId",
    ] {
        if properties.text(key).is_some_and(|id| id != "-1") {
            imported.notes.push(format!(
                "`{key}` was left out: handin links the build that the pipeline names, or `azure.build`"
            ));
        }
    }
}

fn attachments(properties: &Properties) -> Option<String> {
    if properties
        .text("submitOptions.enableIncludeAttachment")?
        .as_str()
        != "true"
    {
        return Some("none".to_owned());
    }
    let when = properties.text("submitOptions.attachmentSendingType")?;
    Some(
        if when.contains("PASSES") {
            "all"
        } else {
            "failed"
        }
        .to_owned(),
    )
}

fn outcome_word(status: &str) -> Option<&'static str> {
    match status {
        "PASSED" => Some("passed"),
        "FAILED" => Some("failed"),
        "ERROR" => Some("errored"),
        "INCOMPLETE" => Some("incomplete"),
        "SKIPPED" => Some("skipped"),
        _ => None,
    }
}

fn qtest(properties: &Properties, imported: &mut Imported) {
    put(imported, "qtest.url", address(properties, "serverUrl"));
    // "PASSED - PASS, FAILED - FAIL, …"
    let statuses = properties
        .text("executionStatusMapping")
        .unwrap_or_default();
    for pair in statuses.split(',') {
        let Some((status, word)) = pair.split_once(" - ") else {
            continue;
        };
        if let Some(outcome) = outcome_word(status.trim()) {
            put(
                imported,
                &format!("qtest.statuses.{outcome}"),
                Some(word.trim().to_owned()),
            );
        }
    }
}

/// The project on qTest stands in the `.prj` file, in a text that is JSON but for its single quotes.
fn qtest_project(folder: &Path, imported: &mut Imported) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let project = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "prj"))
        .filter_map(|path| read_bounded(&path))
        .flat_map(|bytes| integrations(&bytes))
        .filter(|entity| entity.product == "qTest")
        .find_map(|entity| {
            let text = entity.entries.get("0")?.replace('\'', "\"");
            scalar(&serde_json::from_str(&text).ok()?, "id")
        });
    put(imported, "qtest.project", project);
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => collect(&path, depth - 1, files),
            Ok(kind)
                if kind.is_file()
                    && path.extension().is_some_and(|extension| extension == "tc") =>
            {
                files.push(path);
            }
            Ok(_) | Err(_) => {}
        }
    }
}

/// Reads a `.tc` file. Reports name the test by its path from the project, without the ending.
fn test_case(folder: &Path, file: &Path, imported: &mut Imported) {
    let Some(bytes) = read_bounded(file) else {
        return;
    };
    let relative = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    let parts: Vec<String> = relative
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let id = parts.join("/");
    for entity in integrations(&bytes) {
        let (service, ids) = match entity.product.as_str() {
            "Azure" => (ServiceName::Azure, entity.entries.get("azure.testcase.ids")),
            "qTest" => (ServiceName::Qtest, entity.entries.get("pid")),
            _ => continue,
        };
        let mut cases = Vec::new();
        for text in ids.map(String::as_str).unwrap_or_default().split(',') {
            match CaseId::parse(service, text) {
                Ok(case) => cases.push(case),
                Err(_) if text.trim().is_empty() => {}
                Err(error) => imported
                    .notes
                    .push(format!("`{id}`: `{}` {error}; left out", text.trim())),
            }
        }
        if !cases.is_empty() {
            imported.add(service, TestKey::typed(&id), cases);
        }
    }
}

/// An `<integratedEntity>`.
#[derive(Debug, Default)]
struct Integration {
    product: String,
    entries: HashMap<String, String>,
}

/// Returns the integrations that an entity file names; of a broken file those before the break.
fn integrations(bytes: &[u8]) -> Vec<Integration> {
    let document = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&document);
    let mut all = Vec::new();
    let mut current: Option<Integration> = None;
    let mut key = String::new();
    let mut text = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                if start.name().as_ref() == "integratedEntity" {
                    current = Some(Integration::default());
                }
                text.clear();
            }
            Ok(Event::Text(part)) => text.push_str(&part),
            Ok(Event::CData(part)) => text.push_str(&part),
            Ok(Event::GeneralRef(reference)) => text.push_str(&resolved(&reference)),
            Ok(Event::End(end)) => {
                let value = text.trim().to_owned();
                match (end.name().as_ref(), current.as_mut()) {
                    ("integratedEntity", Some(_)) => all.extend(current.take()),
                    ("productName", Some(entity)) => entity.product = value,
                    ("key", Some(_)) => key = value,
                    ("value", Some(entity)) => {
                        entity.entries.insert(std::mem::take(&mut key), value);
                    }
                    _ => {}
                }
                text.clear();
            }
            Ok(Event::Eof) | Err(_) => return all,
            Ok(_) => {}
        }
    }
}

fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    quick_xml::escape::resolve_xml_entity(reference)
        .unwrap_or_default()
        .to_owned()
}
