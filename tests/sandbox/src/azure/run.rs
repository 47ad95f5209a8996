//! What is handed in: runs, their results and attachments, and how the service writes them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A test run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: i64,
    /// The name of its project.
    pub project: String,
    /// Its name.
    pub name: String,
    /// The plan whose points it moves; `None` for a run beside all plans.
    pub plan: Option<i64>,
    /// The build it belongs to.
    pub build: Option<i64>,
    /// Whether it is an automated run.
    pub automated: bool,
    /// Its state, such as `InProgress`.
    pub state: String,
    /// What else was said of it, such as `comment`, `tags` and `startedDate`, by the name the service answers with.
    pub fields: Map<String, Value>,
    /// How often it was changed, counted from 1.
    pub revision: i64,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Its results by id.
    pub results: BTreeMap<i64, ResultRow>,
    /// The files at the run itself.
    pub attachments: Vec<Attachment>,
    pub(super) next_result: i64,
}

/// A result in a run.
#[derive(Debug, Clone)]
pub struct ResultRow {
    /// Its id, from 100000 up in each run.
    pub id: i64,
    /// The point it belongs to; `None` in a run without a plan.
    pub point: Option<i64>,
    /// What was said of it, by the vendor's names, such as `outcome`.
    pub fields: Map<String, Value>,
    /// Its files.
    pub attachments: Vec<Attachment>,
}

/// A file that was handed in.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Its id.
    pub id: i64,
    /// The sub-result it belongs to, if any.
    pub sub_result: Option<i64>,
    /// Its name.
    pub file_name: String,
    /// What was said of it.
    pub comment: String,
    /// Its kind, such as `GeneralAttachment`.
    pub kind: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl ResultRow {
    /// Returns a field's text; empty when the field is.
    pub fn text(&self, field: &str) -> &str {
        self.fields
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Returns the outcome; `Unspecified` until one is sent.
    pub fn outcome(&self) -> &str {
        self.fields
            .get("outcome")
            .and_then(Value::as_str)
            .unwrap_or("Unspecified")
    }

    /// Returns the state; `Pending` until one is sent.
    pub fn state(&self) -> &str {
        self.fields
            .get("state")
            .and_then(Value::as_str)
            .unwrap_or("Pending")
    }

    /// Returns whether somebody filled it in.
    pub fn is_completed(&self) -> bool {
        self.state() == "Completed"
    }
}

impl Run {
    /// Returns whether it has come to its end.
    pub fn is_closed(&self) -> bool {
        matches!(
            self.state.as_str(),
            "Completed" | "Aborted" | "NeedsInvestigation"
        )
    }

    /// Returns how many results there are of each state and outcome.
    pub fn statistics(&self) -> BTreeMap<(String, String), usize> {
        let mut counts = BTreeMap::new();
        for row in self.results.values() {
            *counts
                .entry((row.state().to_owned(), row.outcome().to_owned()))
                .or_insert(0) += 1;
        }
        counts
    }

    /// Returns the run as the service answers it; `base` is the organisation's URL.
    pub(super) fn to_json(&self, base: &str, plan_name: &str) -> Value {
        let count = |fits: &dyn Fn(&ResultRow) -> bool| {
            self.results.values().filter(|row| fits(row)).count()
        };
        let url = format!("{base}/{}/_apis/test/Runs/{}", self.project, self.id);
        let web = format!(
            "{base}/{}/_TestManagement/Runs?runId={}&_a=runCharts",
            self.project, self.id
        );
        let mut value = json!({
            "id": self.id,
            "name": self.name,
            "url": url,
            "isAutomated": self.automated,
            "project": { "name": self.project },
            "state": self.state,
            "createdDate": self.created.to_string(),
            "lastUpdatedDate": self.updated.to_string(),
            "totalTests": self.results.len(),
            "incompleteTests": count(&|row| !row.is_completed()),
            "notApplicableTests": count(&|row| row.outcome() == "NotApplicable"),
            "passedTests": count(&|row| row.outcome() == "Passed"),
            "unanalyzedTests": count(&|row| row.outcome() == "Failed"),
            "revision": self.revision,
            "webAccessUrl": web,
        });
        if let Some(object) = value.as_object_mut() {
            object.extend(self.fields.clone());
            if let Some(plan) = self.plan {
                object.insert(
                    "plan".to_owned(),
                    json!({ "id": plan.to_string(), "name": plan_name }),
                );
            }
            if let Some(build) = self.build {
                object.insert("build".to_owned(), json!({ "id": build.to_string() }));
            }
        }
        value
    }

    /// Returns a result as the service answers it.
    pub(super) fn result_json(&self, base: &str, row: &ResultRow) -> Value {
        let mut value = json!({
            "id": row.id,
            "project": { "name": self.project },
            "outcome": row.outcome(),
            "state": row.state(),
            "testRun": { "id": self.id.to_string(), "name": self.name },
            "priority": 0,
            "url": format!("{base}/{}/_apis/test/Runs/{}/Results/{}", self.project, self.id, row.id),
        });
        if let Some(object) = value.as_object_mut() {
            object.extend(row.fields.clone());
        }
        value
    }
}
