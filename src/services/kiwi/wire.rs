//! The JSON of Kiwi TCMS, as far as it is read.

use serde::Deserialize;
use serde_json::Value;

/// One answer of a batch.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) id: Option<u64>,
    #[serde(default)]
    pub(super) result: Value,
    pub(super) error: Option<Complaint>,
}

/// What the server says of a call that it did not carry out. Kiwi: with HTTP 200.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Complaint {
    pub(super) code: i64,
    #[serde(default)]
    pub(super) message: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Named {
    pub(super) id: u64,
    #[serde(default, alias = "value", alias = "summary")]
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Status {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) weight: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CaseStatus {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) is_confirmed: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Priority {
    pub(super) id: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) username: String,
    #[serde(default)]
    pub(super) email: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Plan {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) name: String,
    pub(super) product: u64,
    #[serde(default, rename = "product_version")]
    pub(super) version: u64,
    #[serde(default, rename = "product_version__value")]
    pub(super) version_name: String,
    #[serde(default)]
    pub(super) is_active: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Case {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) summary: String,
    #[serde(default)]
    pub(super) notes: Option<String>,
    #[serde(default, rename = "case_status")]
    pub(super) status: Option<u64>,
    #[serde(default, rename = "case_status__name")]
    pub(super) status_name: Option<String>,
    #[serde(default, rename = "category__name")]
    pub(super) category_name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Run {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) notes: String,
    #[serde(default)]
    pub(super) stop_date: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Execution {
    pub(super) id: u64,
    pub(super) case: u64,
    pub(super) status: u64,
    #[serde(rename = "status__name")]
    pub(super) status_name: String,
    #[serde(default)]
    pub(super) start_date: Option<String>,
    #[serde(default)]
    pub(super) stop_date: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    #[serde(default)]
    pub(super) comment: String,
}
