//! The text of the first settings file: each line with what it is for.

use std::fmt::Write as _;

use toml_edit::Value;

use super::folder::Folder;
use super::pipeline::PipelineKind;
use crate::model::ServiceName;

/// What is known of where results go.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) service: ServiceName,
    pub(super) url: Option<String>,
    pub(super) project: Option<String>,
    /// The plan on Azure, the module on qTest.
    pub(super) place: Option<String>,
    pub(super) reports: Vec<String>,
    pub(super) pipeline: Option<PipelineKind>,
}

/// Returns how an address of the service looks.
pub(super) fn example_url(service: ServiceName) -> &'static str {
    match service {
        ServiceName::Azure => "https://dev.azure.com/acme",
        ServiceName::Qtest => "https://acme.qtestnet.com",
        ServiceName::Katalon => "https://testops.katalon.io",
        ServiceName::Kiwi => "https://tcms.example",
    }
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
    line(
        &mut text,
        "url",
        answers.url.as_deref(),
        example_url(answers.service),
        "",
    );
    line(
        &mut text,
        if answers.service == ServiceName::Kiwi {
            "product"
        } else {
            "project"
        },
        answers.project.as_deref(),
        "Shop",
        "name or id",
    );
    match answers.service {
        ServiceName::Azure | ServiceName::Kiwi => line(
            &mut text,
            "plan",
            answers.place.as_deref(),
            "Regression",
            "name or id",
        ),
        ServiceName::Qtest => line(
            &mut text,
            "module",
            answers.place.as_deref(),
            "Automated",
            "test cases are created below it; without it only mapped tests are submitted",
        ),
        ServiceName::Katalon => {}
    }
    if answers.service != ServiceName::Katalon {
        text.push_str(cases(answers.service));
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

fn cases(service: ServiceName) -> &'static str {
    match service {
        ServiceName::Azure => {
            "
# How a test says which test case it is: by a property in its report, or by its name.
[cases]
properties = [\"TestCaseId\"]
# patterns = ['\\bTC-?(\\d+)\\b']

# Or name the test case here; `handin map suggest` proposes lines.
# [cases.azure]
# \"shop.LoginTest › valid user\" = 1234
"
        }
        ServiceName::Kiwi => {
            "
# How a test says which test case it is: by a property in its report, or by its name.
[cases]
properties = [\"TestCaseId\"]
# patterns = ['\\b(TC-\\d+)\\b']

# Or name the test case here; `handin map suggest` proposes lines.
# [cases.kiwi]
# \"shop.LoginTest › valid user\" = 12
"
        }
        ServiceName::Qtest | ServiceName::Katalon => {
            "
# How a test says which test case it is: by a property in its report, or by its name.
[cases]
properties = [\"TestCaseId\"]
# patterns = ['\\b(TC-\\d+)\\b']

# Or name the test case here; `handin map suggest` proposes lines.
# [cases.qtest]
# \"shop.LoginTest › valid user\" = \"TC-17\"
"
        }
    }
}
