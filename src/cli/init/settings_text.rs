//! The text of the first settings file: each line with what it is for.

use std::fmt::Write as _;

use toml_edit::Value;

use super::folder::Folder;
use super::pipeline::PipelineKind;
use crate::model::ServiceName;
use crate::services::{FirstCase, Sections, setting};

/// What is known of where results go.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) service: ServiceName,
    /// Whether the settings speak of no other service.
    pub(super) is_only: bool,
    pub(super) url: Option<String>,
    pub(super) project: Option<String>,
    /// The plan on Azure, the module on qTest.
    pub(super) place: Option<String>,
    pub(super) reports: Vec<String>,
    pub(super) pipeline: Option<PipelineKind>,
}

/// Returns the file. What is not known stands in it as a comment, ready to be filled in.
pub(super) fn write(answers: &Answers, found: &Folder) -> String {
    let mut text = String::from(
        "# Where test results go. Commit this file with the tests; tokens never belong in it.\n# All settings: `handin help settings`\n\n",
    );
    let reports: toml_edit::Array = answers.reports.iter().map(String::as_str).collect();
    let frameworks = found.frameworks().join(", ");
    let comment = if frameworks.is_empty() {
        "# Files, folders or globs that are read when the command names none.\n".to_owned()
    } else {
        format!(
            "# Files, folders or globs that are read when the command names none. Found here: {frameworks}.\n"
        )
    };
    text.push_str(&comment);
    if answers.reports.is_empty() {
        text.push_str("# reports = [\"out/**/*.xml\"]\n");
    } else {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "reports = {}", Value::from(reports));
    }
    let _ = writeln!(text, "\n[{}]", answers.service.word());
    let sections = Sections::default();
    let section = sections.of(answers.service);
    let first = section.row().first;
    let url = answers.url.as_deref();
    line(&mut text, "url", url, section.row().example_url, "");
    let project = answers.project.as_deref();
    line(&mut text, first.project, project, "Shop", "name or id");
    if let Some(place) = first.place {
        let known = answers.place.as_deref();
        line(&mut text, place.key, known, place.example, place.note);
    }
    if setting(answers.service, "create").is_some() {
        text.push_str("# create = true  # what is missing is created, such as a case for each test without one\n");
    }
    if let Some(case) = first.case {
        text.push_str(&cases(answers.service, case));
    }
    text
}

fn line(text: &mut String, key: &str, value: Option<&str>, example: &str, note: &str) {
    let shown = Value::from(value.unwrap_or(example)).to_string();
    let hash = if value.is_some() { "" } else { "# " };
    let note = if note.is_empty() {
        String::new()
    } else {
        format!("  # {note}")
    };
    let _ = writeln!(text, "{hash}{key} = {}{note}", shown.trim());
}

fn cases(service: ServiceName, case: FirstCase) -> String {
    let FirstCase { pattern, id } = case;
    format!(
        "
# How a test says which test case it is: by a property in its report, or by its name.
[cases]
properties = [\"TestCaseId\"]
# patterns = ['{pattern}']

# Or name the test case here; `handin map suggest` proposes lines.
# [cases.{service}]
# \"shop.LoginTest › valid user\" = {id}
"
    )
}
