//! What the server makes of the files of a batch.
//!
//! Each kind of batch is read by its own importer. Files that it does not know are attachments and make no result.

mod junit;
mod katalon_log;
mod testops;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::site::Kind;

/// The status of a test, in the order in which one of them speaks for many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Incomplete,
    Error,
    Failed,
    Passed,
    Skipped,
    NotRun,
}

impl Status {
    pub(crate) fn read(text: &str) -> Option<Self> {
        Some(match text {
            "PASSED" => Self::Passed,
            "FAILED" => Self::Failed,
            "ERROR" => Self::Error,
            "INCOMPLETE" => Self::Incomplete,
            "SKIPPED" => Self::Skipped,
            "NOT_RUN" => Self::NotRun,
            _ => return None,
        })
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Incomplete => "INCOMPLETE",
            Self::Error => "ERROR",
            Self::Failed => "FAILED",
            Self::Passed => "PASSED",
            Self::Skipped => "SKIPPED",
            Self::NotRun => "NOT_RUN",
        }
    }
}

/// One file of a batch, as it came from the storage.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) data: Arc<[u8]>,
}

/// One result; times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestResult {
    pub(crate) suite: String,
    pub(crate) name: String,
    pub(crate) status: Status,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) message: String,
}

/// What a batch has come to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Import {
    pub(crate) results: Vec<TestResult>,
    pub(crate) session: Option<String>,
    pub(crate) build_label: Option<String>,
    pub(crate) build_url: Option<String>,
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
    /// Files that make no result.
    pub(crate) attachments: usize,
}

impl Import {
    /// Returns the status that speaks for all results.
    pub(crate) fn status(&self) -> Option<Status> {
        self.results.iter().map(|result| result.status).min()
    }

    pub(crate) fn count(&self, status: Status) -> usize {
        self.results
            .iter()
            .filter(|result| result.status == status)
            .count()
    }

    pub(super) fn add(&mut self, result: TestResult) {
        self.start = Some(
            self.start
                .map_or(result.start, |start| start.min(result.start)),
        );
        self.end = Some(self.end.map_or(result.end, |end| end.max(result.end)));
        self.results.push(result);
    }
}

/// Reads the files of a batch.
///
/// # Errors
///
/// Returns what is wrong when a file that the importer knows cannot be read, or when no result was found.
pub(crate) fn import(kind: Kind, files: &[Source]) -> Result<Import, String> {
    let mut import = Import::default();
    match kind {
        Kind::Katalon => katalon(files, &mut import),
        Kind::Junit | Kind::Recorder => junit(files, &mut import)?,
        Kind::Testops => testops::read(files, &mut import)?,
    }
    if import.results.is_empty() {
        return Err("No test result was found in the files".to_owned());
    }
    Ok(import)
}

/// Folders of a Katalon project: the step logs tell the results, everything else is an attachment.
fn katalon(files: &[Source], import: &mut Import) {
    let mut logs: BTreeMap<&str, Vec<(u32, &Source)>> = BTreeMap::new();
    for file in files {
        match log_number(&file.name) {
            Some(number) => logs.entry(&file.folder).or_default().push((number, file)),
            None => import.attachments += 1,
        }
        if file.name == "execution.uuid" {
            import.session = Some(String::from_utf8_lossy(&file.data).trim().to_owned());
        }
    }
    for mut parts in logs.into_values() {
        // The log with the number 0 is the newest.
        parts.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        let text: String = parts
            .iter()
            .map(|(_, file)| String::from_utf8_lossy(&file.data).into_owned())
            .collect();
        for result in katalon_log::read(&text) {
            import.add(result);
        }
    }
}

/// Returns N of `executionN.log`.
fn log_number(name: &str) -> Option<u32> {
    name.strip_prefix("execution")?
        .strip_suffix(".log")?
        .parse()
        .ok()
}

fn junit(files: &[Source], import: &mut Import) -> Result<(), String> {
    let now = crate::time::now().as_millisecond();
    for file in files {
        if !file.name.to_ascii_lowercase().ends_with(".xml") {
            import.attachments += 1;
            continue;
        }
        let results =
            junit::read(&file.data, now).map_err(|error| format!("{}: {error}", file.name))?;
        for result in results {
            import.add(result);
        }
    }
    Ok(())
}

fn words(from: &Value, name: &str) -> String {
    from.get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
