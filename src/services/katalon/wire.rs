//! TestOps' own JSON, as far as handin reads or writes it. Ids come as numbers or texts, and any field may be null or missing.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An id, whichever way it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(pub(super) String);

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(i64),
            Text(String),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Number(number) => number.to_string(),
            Either::Text(text) => text,
        }))
    }
}

/// Writes an id as the number that the schemas want, where it is one.
impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse::<i64>() {
            Ok(number) => serializer.serialize_i64(number),
            Err(_) => serializer.serialize_str(&self.0),
        }
    }
}

/// Reads a list that may be null.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Debug, Deserialize)]
pub(super) struct Token {
    pub(super) access_token: Option<String>,
    pub(super) expires_in: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) email: Option<String>,
    pub(super) full_name: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) organizations: Vec<Organization>,
    #[serde(default, deserialize_with = "list")]
    pub(super) teams: Vec<Team>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Organization {
    pub(super) id: Id,
    pub(super) name: Option<String>,
    pub(super) role: Option<String>,
    #[serde(rename = "quotaTestOps")]
    pub(super) quota: Option<i64>,
    #[serde(rename = "usedTestOps")]
    pub(super) used: Option<i64>,
    #[serde(rename = "subscriptionExpiryDateTestOps")]
    pub(super) expiry: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Team {
    pub(super) id: Id,
    pub(super) name: Option<String>,
    pub(super) role: Option<String>,
    pub(super) organization: Option<Organization>,
    pub(super) organization_id: Option<Id>,
}

impl Team {
    pub(super) fn organization(&self) -> Option<&Id> {
        self.organization
            .as_ref()
            .map(|organization| &organization.id)
            .or(self.organization_id.as_ref())
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Project {
    pub(super) id: Id,
    pub(super) name: Option<String>,
    pub(super) team_id: Option<Id>,
    pub(super) team: Option<Team>,
    pub(super) status: Option<String>,
}

impl Project {
    pub(super) fn team(&self) -> Option<&Id> {
        self.team_id
            .as_ref()
            .or_else(|| self.team.as_ref().map(|team| &team.id))
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Named {
    pub(super) id: Id,
    pub(super) name: Option<String>,
}

/// A page as Spring gives it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: Deserialize<'de>")]
pub(super) struct Page<T> {
    #[serde(default, deserialize_with = "list")]
    pub(super) content: Vec<T>,
    pub(super) last: Option<bool>,
    pub(super) total_pages: Option<u64>,
}

impl<T> Page<T> {
    /// Returns whether there are pages after this one, which is the one with this number.
    pub(super) fn goes_on(&self, number: u64) -> bool {
        let last = self
            .last
            .or_else(|| self.total_pages.map(|pages| number + 1 >= pages));
        !self.content.is_empty() && !last.unwrap_or(true)
    }
}

/// A place for a file in the service's store.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileResource {
    pub(super) path: String,
    pub(super) upload_url: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UploadBatchFile {
    pub(super) folder_path: String,
    pub(super) file_name: String,
    pub(super) uploaded_path: String,
    pub(super) end: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaggedFiles<'a> {
    pub(super) upload_batch_file_resources: &'a [UploadBatchFile],
    pub(super) tags: Vec<Tag<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    pub(super) project_id: &'a Id,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UploadBatch {
    pub(super) id: Option<Id>,
    pub(super) web_url: Option<String>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Files are expected, or being read.
    Working,
    /// The results are there.
    Finished,
    /// It will not come to an end.
    Broken,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Execution {
    pub(super) id: Id,
    pub(super) order: Option<Id>,
    #[serde(rename = "executionStage")]
    pub(super) stage_word: Option<String>,
    pub(super) start_time: Option<Value>,
    pub(super) status: Option<String>,
    pub(super) total_tests: Option<u64>,
    pub(super) total_passed_tests: Option<u64>,
    pub(super) total_failed_tests: Option<u64>,
    pub(super) total_error_tests: Option<u64>,
    pub(super) total_incomplete_tests: Option<u64>,
    pub(super) total_skipped_tests: Option<u64>,
    pub(super) web_url: Option<String>,
    pub(super) session_id: Option<String>,
    pub(super) release: Option<Value>,
    pub(super) build: Option<Value>,
    pub(super) build_id: Option<Value>,
}

impl Execution {
    /// Returns how far it is. TestOps: `IMPORTING` and `RUNNING` are under way, `ERROR` and `TERMINATE` are ends without
    /// results; a stage that handin does not know, or none, counts as under way.
    pub(super) fn stage(&self) -> Stage {
        match self.stage_word.as_deref() {
            Some("COMPLETED" | "ANALYZING" | "ANALYZED") => Stage::Finished,
            Some("ERROR" | "TERMINATE") => Stage::Broken,
            _ => Stage::Working,
        }
    }
}

/// Returns the id that something is linked by: an object with an id, or the id itself.
pub(super) fn linked(value: Option<&Value>) -> Option<Id> {
    let value = value?;
    let id = value.get("id").unwrap_or(value);
    Id::deserialize(id).ok()
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewProject<'a> {
    pub(super) name: &'a str,
    pub(super) team_id: &'a Id,
}
