//! qTest's own JSON, as far as it is read or written here. Fields that this program does not need are left out; what a server
//! leaves out or sends as null is taken as absent.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Takes `null` for the default.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// `OAuthResponse`
#[derive(Deserialize)]
pub(super) struct Token {
    pub(super) access_token: String,
}

/// `OAuthTokenStatusVM`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenStatus {
    /// When the token ends, in milliseconds of Unix time; 0 for one that never does.
    pub(super) expiration: Option<i64>,
    pub(super) validity_in_milliseconds: Option<i64>,
}

/// `LoggedUser`
#[derive(Debug, Clone, Default, Deserialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are called as qTest calls them"
)]
pub(super) struct User {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) user_name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) first_name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) last_name: String,
    pub(super) client_site_name: Option<String>,
    pub(super) package_type: Option<String>,
}

/// The answer of `/version`, which is in no document.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Version {
    pub(super) version: Option<String>,
}

/// `ProjectResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Project {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    /// Whether automation integration is switched on.
    pub(super) automation: Option<bool>,
}

/// `ModuleResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Module {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    pub(super) pid: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) children: Vec<Module>,
}

/// What creates a `ModuleResource`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NewModule {
    pub(super) name: String,
    pub(super) description: String,
}

/// `ReleaseWithCustomFieldResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Release {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    pub(super) pid: Option<String>,
}

/// `TestCycleResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Cycle {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    pub(super) pid: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default, rename = "test-cycles", deserialize_with = "or_default")]
    pub(super) cycles: Vec<Cycle>,
    #[serde(default, rename = "test-suites", deserialize_with = "or_default")]
    pub(super) suites: Vec<Suite>,
}

/// What creates a `TestCycleResource`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NewCycle {
    pub(super) name: String,
    pub(super) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target_release_id: Option<u64>,
}

/// `TestSuiteWithCustomFieldResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Suite {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    pub(super) pid: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) properties: Vec<Property>,
    pub(super) web_url: Option<String>,
}

/// What creates a `TestSuiteWithCustomFieldResource`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NewSuite {
    pub(super) name: String,
    pub(super) properties: Vec<NewProperty>,
}

/// `PropertyResource`
#[derive(Debug, Clone, Deserialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are called as qTest calls them"
)]
pub(super) struct Property {
    pub(super) field_id: u64,
    pub(super) field_name: Option<String>,
    pub(super) field_value: Option<Value>,
}

impl Property {
    /// Returns the value as a text.
    pub(super) fn text(&self) -> Option<String> {
        let value = self.field_value.as_ref()?;
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Some(value.to_string())
            }
        }
    }
}

/// A `PropertyResource` to set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct NewProperty {
    pub(super) field_id: u64,
    pub(super) field_value: String,
}

/// `FieldResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Field {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) label: String,
    pub(super) original_name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) required: bool,
    pub(super) default_value: Option<Value>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) allowed_values: Vec<AllowedValue>,
}

/// `AllowedValueResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct AllowedValue {
    pub(super) value: Option<Value>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) label: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_default: bool,
    pub(super) is_active: Option<bool>,
}

/// `StatusResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Status {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
}

/// `TestCaseWithCustomFieldResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Case {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    pub(super) pid: Option<String>,
    pub(super) description: Option<String>,
    pub(super) version: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) properties: Vec<Property>,
    pub(super) test_steps: Option<Vec<Step>>,
}

/// `TestStepResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Step {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) description: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) expected: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) order: i64,
}

/// What creates or changes a `TestCaseWithCustomFieldResource`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NewCase {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent_id: Option<u64>,
    pub(super) description: String,
    pub(super) properties: Vec<NewProperty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) test_steps: Option<Vec<NewStep>>,
}

/// A `TestStepResource` to write; cases count their steps from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct NewStep {
    pub(super) description: String,
    pub(super) expected: String,
    pub(super) order: usize,
}

/// `TestRunWithCustomFieldResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Run {
    pub(super) id: u64,
    #[serde(rename = "testCaseId")]
    case_id: Option<u64>,
    test_case: Option<CaseReference>,
    /// Of the log itself this tells id, status and times, and no note.
    #[serde(rename = "latest_test_log")]
    pub(super) latest: Option<Log>,
    #[serde(default, deserialize_with = "or_default")]
    links: Vec<Link>,
}

#[derive(Debug, Clone, Deserialize)]
struct CaseReference {
    id: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
struct Link {
    rel: Option<String>,
    href: Option<String>,
}

impl Run {
    /// Returns the case of the run: newer servers name it, older ones only link to it.
    pub(super) fn case(&self) -> Option<u64> {
        self.case_id
            .or_else(|| self.test_case.as_ref()?.id)
            .or_else(|| {
                let link = self
                    .links
                    .iter()
                    .find(|link| link.rel.as_deref() == Some("test-case"))?;
                let (_, rest) = link.href.as_deref()?.rsplit_once("/test-cases/")?;
                rest.split(['?', '/']).next()?.parse().ok()
            })
    }
}

/// What creates a `TestRunWithCustomFieldResource`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NewRun {
    pub(super) name: String,
    pub(super) properties: Vec<NewProperty>,
    pub(super) test_case: RunCase,
}

/// The case of a new run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RunCase {
    pub(super) id: u64,
    pub(super) properties: Vec<NewProperty>,
}

/// `TestLogResource`, whichever call it comes from.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Log {
    pub(super) id: Option<u64>,
    pub(super) note: Option<String>,
    pub(super) status: Option<Value>,
    exe_start_date: Option<String>,
    #[serde(rename = "test_run_id")]
    pub(super) run: Option<u64>,
    attachments: Option<Vec<Attached>>,
}

impl Log {
    /// Returns the name of the status, which is an object or a text.
    pub(super) fn status_name(&self) -> Option<&str> {
        let status = self.status.as_ref()?;
        status.as_str().or_else(|| status.get("name")?.as_str())
    }

    /// Returns when the test began.
    pub(super) fn began(&self) -> Option<Timestamp> {
        self.exe_start_date.as_deref()?.parse().ok()
    }

    /// Returns the names of the files on it, where the answer tells them.
    pub(super) fn files(&self) -> Option<HashSet<String>> {
        let files = self.attachments.as_ref()?;
        Some(files.iter().filter_map(|file| file.name.clone()).collect())
    }
}

/// `RequirementResource`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Requirement {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    pub(super) pid: Option<String>,
}

/// `LinkedArtifactContainer`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Linked {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) objects: Vec<Requirement>,
}

/// `PagedResource` and its relatives.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Page<T> {
    pub(super) total: Option<u64>,
    #[serde(default = "Vec::new")]
    pub(super) items: Vec<T>,
}

/// `ArtifactSearchParams`
#[derive(Debug, Clone, Serialize)]
pub(super) struct Search {
    pub(super) object_type: &'static str,
    pub(super) fields: Vec<&'static str>,
    pub(super) query: String,
}

/// `AutomationRequest`
#[derive(Debug, Clone, Serialize)]
pub(super) struct Batch {
    pub(super) test_suite: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent_module: Option<String>,
    #[serde(rename = "skipCreatingAutomationModule")]
    pub(super) skip_creating_automation_module: bool,
    pub(super) execution_date: String,
    pub(super) test_logs: Vec<AutoLog>,
}

/// `AutomationTestLogResource`
#[derive(Debug, Clone, Serialize)]
pub(super) struct AutoLog {
    pub(super) name: String,
    pub(super) automation_content: String,
    pub(super) status: String,
    pub(super) exe_start_date: String,
    pub(super) exe_end_date: String,
    pub(super) note: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) build_number: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) build_url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<NewAttachment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) test_step_logs: Vec<AutoStepLog>,
    /// What goes into the fields of the run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<NewProperty>,
    /// What a case says that the batch creates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) testcase_properties: Vec<NewProperty>,
}

/// `AutomationTestStepLog`; logs count their steps from 0, without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct AutoStepLog {
    pub(super) description: String,
    pub(super) expected_result: String,
    pub(super) actual_result: String,
    pub(super) status: String,
    pub(super) order: usize,
}

/// `AttachmentResource`, on its way in.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NewAttachment {
    pub(super) name: String,
    pub(super) content_type: String,
    /// Base64.
    pub(super) data: String,
}

/// `AttachmentResource`, as it is listed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Attached {
    pub(super) id: Option<u64>,
    pub(super) name: Option<String>,
}

/// What is told of anything that was created.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Created {
    pub(super) id: u64,
    pub(super) web_url: Option<String>,
}

/// `AutomationTestLogResourceResponse`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LogMade {
    pub(super) id: Option<u64>,
}

/// `QueueProcessingResponse`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Job {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) state: String,
    pub(super) content: Option<Value>,
}

/// What a finished job says that it made; it comes as JSON inside a text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Totals {
    pub(super) total_test_logs: Option<u64>,
}

impl Job {
    /// Returns the totals of a finished job.
    pub(super) fn totals(&self) -> Totals {
        let value = match self.content.as_ref() {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            Some(other) => other.clone(),
            None => Value::Null,
        };
        serde_json::from_value(value).unwrap_or_default()
    }

    /// Returns the message of a failed job.
    pub(super) fn complaint(&self) -> String {
        match self.content.as_ref() {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }
}
