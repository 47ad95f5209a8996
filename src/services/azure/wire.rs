//! Azure's own JSON, as far as handin reads or writes it.
//!
//! Area `test` writes ids in references as texts, area `testplan` as numbers; both are read everywhere. Lists come as
//! `{"count", "value"}`, whatever the published schema says.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// A list as it comes on the wire.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) value: Vec<T>,
}

/// An id that comes as a number or as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(pub(super) u64);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(number) => Ok(Self(number)),
            Either::Text(text) => text.parse().map(Self).map_err(|_| {
                serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &"a numeric id")
            }),
        }
    }
}

/// A reference to something by id, as area `test` wants it: the id as a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Reference {
    pub(super) id: String,
}

impl Reference {
    pub(super) fn to(id: u64) -> Self {
        Self { id: id.to_string() }
    }
}

/// Reads what a server leaves out, or writes as `null`, as nothing.
fn or_nothing<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Named {
    pub(super) id: Id,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) name: String,
}

/// A suite that holds a case, with its plan.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SuiteOfCase {
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) plan: Option<Named>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionData {
    pub(super) authenticated_user: Identity,
    #[serde(default)]
    pub(super) deployment_type: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity {
    pub(super) id: String,
    #[serde(default)]
    pub(super) provider_display_name: Option<String>,
    #[serde(default)]
    pub(super) properties: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Project {
    pub(super) id: String,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) state: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    pub(super) id: Id,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) root_suite: Option<Named>,
}

impl Plan {
    /// Returns whether nobody works with the plan any more.
    pub(super) fn is_inactive(&self) -> bool {
        self.state
            .as_deref()
            .is_some_and(|state| state.eq_ignore_ascii_case("inactive"))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Suite {
    pub(super) id: Id,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) name: String,
    #[serde(default, rename = "suiteType")]
    pub(super) kind: Option<String>,
    #[serde(default, rename = "parentSuite")]
    pub(super) parent: Option<Named>,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) children: Vec<Suite>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Configuration {
    pub(super) id: Id,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) is_default: bool,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) values: Vec<ConfigurationValue>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ConfigurationValue {
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) value: String,
}

/// A build, as far as a run needs it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct BuildEntry {
    pub(super) id: Id,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TestPoint {
    pub(super) id: Id,
    pub(super) configuration: Named,
    pub(super) test_case_reference: Named,
    #[serde(default)]
    pub(super) test_suite: Option<Named>,
}

/// A case of a suite, with the fields that were asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SuiteCase {
    pub(super) work_item: SuiteWorkItem,
    #[serde(default)]
    pub(super) test_suite: Option<Named>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SuiteWorkItem {
    pub(super) id: Id,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) work_item_fields: Vec<serde_json::Map<String, serde_json::Value>>,
}

impl SuiteWorkItem {
    /// Returns a field as a text. Fields come as a list of one-entry objects.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let value = self
            .work_item_fields
            .iter()
            .find_map(|fields| fields.get(name))?;
        value
            .as_str()
            .map(str::to_owned)
            .filter(|text| !text.is_empty())
    }
}

/// A work item of a batch. One that is missing or may not be seen comes as `null`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct WorkItem {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) rev: Option<u64>,
    #[serde(default)]
    pub(super) fields: serde_json::Map<String, serde_json::Value>,
}

impl WorkItem {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(serde_json::Value::as_str)
    }

    /// Returns the revision, which a result that is appended to a run has to name.
    pub(super) fn revision(&self) -> Option<u64> {
        self.fields
            .get("System.Rev")
            .and_then(serde_json::Value::as_u64)
            .or(self.rev)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Category {
    pub(super) work_item_types: Vec<WorkItemType>,
    #[serde(default)]
    pub(super) default_work_item_type: Option<WorkItemType>,
}

impl Category {
    /// Returns the name of the type that new items have.
    pub(super) fn usual(&self) -> String {
        let usual = self.default_work_item_type.as_ref();
        let usual = usual.or(self.work_item_types.first());
        usual.map_or_else(|| "Test Case".to_owned(), |kind| kind.name.clone())
    }
}

/// A work item as a query lists it.
#[derive(Debug, Deserialize)]
pub(super) struct WorkItemReference {
    pub(super) id: Id,
}

#[derive(Debug, Deserialize)]
pub(super) struct WorkItemType {
    pub(super) name: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateRun {
    pub(super) name: String,
    pub(super) automated: bool,
    pub(super) plan: Reference,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) point_ids: Vec<u64>,
    pub(super) state: &'static str,
    pub(super) comment: String,
    /// Azure: this is `startDate` when a run is created and `startedDate` when it is changed (docs: Runs – Create, Update).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) build: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) release_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) release_environment_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pipeline_reference: Option<PipelineReference>,
}

/// Where in a pipeline the results were made. Azure: its id is that of the run's build (docs: Runs – Create).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PipelineReference {
    pub(super) pipeline_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage_reference: Option<StageReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phase_reference: Option<PhaseReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job_reference: Option<JobReference>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StageReference {
    pub(super) stage_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhaseReference {
    pub(super) phase_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobReference {
    pub(super) job_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tag {
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) id: Id,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) state: String,
    /// Absent where a list leaves it out, which is not the same as empty.
    #[serde(default)]
    pub(super) comment: Option<String>,
    #[serde(default)]
    pub(super) tags: Option<Vec<Tag>>,
    #[serde(default)]
    pub(super) web_access_url: Option<String>,
    #[serde(default)]
    pub(super) started_date: Option<String>,
    #[serde(default)]
    pub(super) completed_date: Option<String>,
    #[serde(default)]
    pub(super) total_tests: Option<u64>,
    #[serde(default)]
    pub(super) passed_tests: Option<u64>,
    #[serde(default)]
    pub(super) incomplete_tests: Option<u64>,
    #[serde(default)]
    pub(super) last_updated_date: Option<String>,
    #[serde(default)]
    pub(super) build: Option<Referred>,
    #[serde(default)]
    pub(super) plan: Option<Referred>,
}

/// The build or the plan of a run, the point or the case of a result. Azure leaves the id out, or empty, where there is none.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Referred {
    #[serde(default)]
    pub(super) id: Option<serde_json::Value>,
    #[serde(default)]
    pub(super) name: Option<String>,
}

impl Referred {
    pub(super) fn number(&self) -> Option<u64> {
        let id = self.id.as_ref()?;
        id.as_u64().or_else(|| id.as_str()?.parse().ok())
    }
}

impl Run {
    /// Returns whether the run has come to its end. Enumerations are compared without regard to letter case.
    ///
    /// Azure: `NeedsInvestigation` is an end too, of older servers (docs: Runs – Get).
    pub(super) fn has_ended(&self) -> bool {
        ["completed", "needsinvestigation"]
            .iter()
            .any(|end| self.state.eq_ignore_ascii_case(end))
    }

    /// Returns when the run last changed, by the service's clock.
    pub(super) fn touched(&self) -> Option<Timestamp> {
        self.last_updated_date.as_deref()?.parse().ok()
    }

    /// Returns when the tests began, as the run says it.
    pub(super) fn started(&self) -> Option<Timestamp> {
        self.started_date.as_deref()?.parse().ok()
    }

    /// Returns whether somebody gave the run up.
    pub(super) fn is_aborted(&self) -> bool {
        self.state.eq_ignore_ascii_case("aborted")
    }
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateRun {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) started_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) completed_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
}

/// A result as a run lists it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunResult {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) test_point: Option<Referred>,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) outcome: Option<String>,
    #[serde(default)]
    pub(super) comment: Option<String>,
}

impl RunResult {
    /// Returns whether somebody set it.
    pub(super) fn is_completed(&self) -> bool {
        self.state
            .as_deref()
            .is_some_and(|state| state.eq_ignore_ascii_case("completed"))
    }
}

/// A result as people want to see it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedResult {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) outcome: Option<String>,
    #[serde(default)]
    pub(super) test_case: Option<Referred>,
    #[serde(default)]
    pub(super) test_case_title: Option<String>,
    #[serde(default)]
    pub(super) automated_test_name: Option<String>,
    #[serde(default)]
    pub(super) error_message: Option<String>,
}

/// A result as handin sets it: absolute values, so that it may be set again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SetResult {
    pub(super) id: u64,
    #[serde(flatten)]
    pub(super) facts: ResultFacts,
}

/// What is said of a result, whether it is set or appended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultFacts {
    pub(super) state: &'static str,
    pub(super) outcome: String,
    pub(super) started_date: String,
    pub(super) completed_date: String,
    pub(super) duration_in_ms: f64,
    pub(super) automated_test_name: String,
    pub(super) automated_test_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) automated_test_storage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stack_trace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) computer_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result_group_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sub_results: Vec<SubResult>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) iteration_details: Vec<Iteration>,
}

/// A row of data that a case went through, as Test Plans shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Iteration {
    pub(super) id: u32,
    pub(super) outcome: String,
    pub(super) duration_in_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) started_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) completed_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_message: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) action_results: Vec<ActionResult>,
}

/// What a row of data was run with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameter {
    pub(super) iteration_id: u32,
    #[serde(rename = "parameterName")]
    pub(super) name: String,
    pub(super) value: String,
}

/// How a step of the case ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActionResult {
    pub(super) action_path: String,
    pub(super) iteration_id: u32,
    pub(super) step_identifier: String,
    pub(super) outcome: String,
    pub(super) duration_in_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) started_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) completed_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_message: Option<String>,
}

/// A result with its iterations or sub-results, as far as handin looks at them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultDetails {
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) iteration_details: Vec<serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) sub_results: Vec<SubResultEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubResultEntry {
    #[serde(default)]
    pub(super) id: Option<Id>,
    #[serde(default)]
    pub(super) sequence_id: Option<u32>,
}

/// A result that is appended to a run. Azure: in a planned run it names its point, and the case's revision and title, or it is
/// refused or does not show in the point's history.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddResult {
    pub(super) test_point: Reference,
    pub(super) test_case: Reference,
    pub(super) test_case_title: String,
    pub(super) test_case_revision: u64,
    pub(super) configuration: Reference,
    #[serde(flatten)]
    pub(super) facts: ResultFacts,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubResult {
    pub(super) sequence_id: u32,
    pub(super) display_name: String,
    pub(super) outcome: String,
    pub(super) duration_in_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) started_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) completed_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stack_trace: Option<String>,
}

/// An attachment as a result or a run lists it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttachmentEntry {
    #[serde(default)]
    pub(super) id: Option<Id>,
    #[serde(default)]
    pub(super) file_name: Option<String>,
}

/// A resource of an area, as the service describes itself to `OPTIONS`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceLocation {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) resource_version: u32,
    #[serde(default)]
    pub(super) released_version: String,
    #[serde(default)]
    pub(super) max_version: String,
}
