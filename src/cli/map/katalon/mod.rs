//! What a Katalon Studio project says of the services that it was integrated with.
//!
//! Only what people can read is taken. Tokens, passwords and everything that Katalon encrypts are left alone. What has no place
//! in handin's settings is named.

mod azure;
mod entity;
mod qtest;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use self::entity::{Integration, integrations};
use super::import_export::Imported;
use super::properties::Properties;
use crate::cli::{Context, ExitStatus, Failure};
use crate::files;
use crate::mapping::CaseId;
use crate::model::{ServiceName, TestKey};
use crate::settings::Settings;
use crate::ui::counted;

/// No entity of a project is larger than this, in bytes.
const LARGEST: u64 = 4 << 20;
/// How deep the folders of a project are followed.
const DEPTH: usize = 32;

/// What a project can be integrated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Product {
    Analytics,
    Azure,
    Qtest,
}

impl Product {
    fn service(self) -> ServiceName {
        match self {
            Self::Analytics => ServiceName::Katalon,
            Self::Azure => ServiceName::Azure,
            Self::Qtest => ServiceName::Qtest,
        }
    }

    /// Returns the word for it in what a project says of its test cases.
    fn word(self) -> &'static str {
        match self {
            Self::Analytics => "",
            Self::Azure => "Azure",
            Self::Qtest => "qTest",
        }
    }
}

/// Where the settings of each integration are, the switch among them, and what shows that it was ever set up.
const INTEGRATIONS: [(Product, &str, &str, &str); 3] = [
    (
        Product::Analytics,
        "settings/internal/com.kms.katalon.integration.analytics.properties",
        "analytics.integration.enable",
        "analytics.project",
    ),
    (
        Product::Azure,
        "settings/external/com.kms.katalon.integration.azure.properties",
        "enableIntegration",
        "integratedProject",
    ),
    (
        Product::Qtest,
        "settings/internal/com.kms.katalon.integration.qtest.properties",
        "enableIntegration",
        "serverUrl",
    ),
];

/// Who asks, and what the command line says.
pub(super) struct Asker<'a> {
    pub(super) context: &'a Context,
    pub(super) settings: &'a Settings,
    /// The project on qTest whose cases are meant.
    pub(super) qtest_project: Option<&'a str>,
}

/// A project of Katalon Studio.
struct Studio {
    folder: PathBuf,
    test_cases: Vec<Entity>,
}

/// A file of a project, with the integrations that it names.
struct Entity {
    /// Its path from the project without the ending, by which reports name it.
    id: String,
    integrations: Vec<Integration>,
}

/// Returns where a project says that a service is, also where the integration is switched off.
pub(super) fn address_of(folder: &Path, service: ServiceName) -> Result<Option<String>, Failure> {
    assure_project(folder)?;
    let row = INTEGRATIONS
        .iter()
        .find(|(product, ..)| product.service() == service);
    Ok(row.and_then(|(product, file, ..)| {
        let properties = properties(folder, file);
        match product {
            Product::Analytics => server(&properties),
            Product::Azure | Product::Qtest => address(&properties, "serverUrl"),
        }
    }))
}

/// Reads a project.
pub(super) fn read(asker: &Asker<'_>, folder: &Path) -> Result<Imported, Failure> {
    assure_project(folder)?;
    let studio = Studio {
        test_cases: entities(folder, "Test Cases", "tc"),
        folder: folder.to_owned(),
    };
    let mut imported = Imported::default();
    for (product, file, switch, sign) in INTEGRATIONS {
        let properties = properties(folder, file);
        if properties.is(switch, "false") {
            let is_set_up = properties.text(sign).is_some();
            imported.notes.extend(studio.off(product, is_set_up));
            continue;
        }
        match product {
            Product::Analytics => analytics(&properties, &mut imported),
            Product::Azure => azure::read(&studio, &properties, &mut imported),
            Product::Qtest => qtest::read(asker, &studio, &properties, &mut imported)?,
        }
    }
    Ok(imported)
}

fn assure_project(folder: &Path) -> Result<(), Failure> {
    if folder.join("Test Cases").is_dir() || folder.join("settings").is_dir() {
        return Ok(());
    }
    let message = format!(
        "`{}` is not a Katalon Studio project; nothing was changed",
        folder.display()
    );
    Err(Failure::new(ExitStatus::Usage, message)
        .hint("name the folder that holds `Test Cases` and the `.prj` file"))
}

/// Reads the settings of an integration; those of one that has no file are empty.
fn properties(folder: &Path, file: &str) -> Properties {
    let bytes = read_bounded(&folder.join(file));
    bytes
        .map(|bytes| Properties::parse(&bytes))
        .unwrap_or_default()
}

impl Studio {
    /// Describes what is left out of an integration that is switched off, if it was ever used.
    fn off(&self, product: Product, is_set_up: bool) -> Option<String> {
        let mapped = self.mapped(product.word()).count() as u64;
        let cases = if mapped > 0 {
            format!(" and the cases of {}", counted(mapped, "test"))
        } else {
            String::new()
        };
        (is_set_up || mapped > 0).then(|| {
            format!(
                "{}: the integration is switched off in Katalon Studio; its settings{cases} were skipped",
                product.service().title()
            )
        })
    }

    /// Returns the test cases that have to do with a product, each with what the project says of that.
    fn mapped<'a>(&'a self, product: &'a str) -> impl Iterator<Item = (&'a str, &'a Integration)> {
        self.test_cases.iter().flat_map(move |test| {
            let own = test.integrations.iter();
            own.filter(move |integration| integration.product == product)
                .map(|integration| (test.id.as_str(), integration))
        })
    }
}

/// Returns the files with this ending below a folder of the project, in the order of their names.
fn entities(project: &Path, folder: &str, ending: &str) -> Vec<Entity> {
    let mut files = Vec::new();
    collect(&project.join(folder), ending, DEPTH, &mut files);
    files.sort_unstable();
    let read = |file: PathBuf| {
        let relative = file
            .strip_prefix(project)
            .unwrap_or(&file)
            .with_extension("");
        let parts: Vec<String> = relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        Some(Entity {
            integrations: integrations(&read_bounded(&file)?),
            id: parts.join("/"),
        })
    };
    files.into_iter().filter_map(read).collect()
}

fn collect(folder: &Path, ending: &str, depth: usize, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let path = entry.path();
        let has_ending = path.extension().is_some_and(|own| own == ending);
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => collect(&path, ending, depth - 1, files),
            Ok(kind) if kind.is_file() && has_ending => files.push(path),
            Ok(_) | Err(_) => {}
        }
    }
}

fn read_bounded(path: &Path) -> Option<Vec<u8>> {
    files::read(path, LARGEST).ok()
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

/// Returns the server of TestOps: a private one, where that is switched on.
fn server(properties: &Properties) -> Option<String> {
    let own = properties.is("analytics.onpremise.enable", "true");
    own.then(|| address(properties, "analytics.onpremise.server"))
        .flatten()
        .or_else(|| address(properties, "analytics.server.endpoint"))
}

fn analytics(properties: &Properties, imported: &mut Imported) {
    let one = |key: &str| properties.json(key).and_then(|value| scalar(&value, "id"));
    let is_own_server = properties.is("analytics.onpremise.enable", "true");
    let organization = is_own_server
        .then(|| one("analytics.onpremise.organization"))
        .flatten();
    put(imported, "katalon.url", server(properties));
    put(imported, "katalon.organization", organization);
    put(imported, "katalon.team", one("analytics.team"));
    put(imported, "katalon.project", one("analytics.project"));
}

/// Adds the cases that a list of ids names. What is no id is named and left out.
fn add_cases(service: ServiceName, test: &str, ids: &str, imported: &mut Imported) {
    let mut cases = Vec::new();
    for text in ids.split(',') {
        match CaseId::parse(service, text) {
            Ok(case) => cases.push(case),
            Err(_) if text.trim().is_empty() => {}
            Err(error) => imported
                .notes
                .push(format!("`{test}`: `{}` {error}; skipped", text.trim())),
        }
    }
    if !cases.is_empty() {
        imported.add(service, TestKey::typed(test), cases);
    }
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

/// Returns which tests' attachments are uploaded, from the words of Katalon Studio.
fn extent(when: &str) -> &'static str {
    match (when.contains("PASSES"), when.contains("FAILS")) {
        (true, _) => "all",
        (false, true) => "failed",
        (false, false) => "none",
    }
}
