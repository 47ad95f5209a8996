//! A case on a service, as a mapping names it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The identity of a case on its service, as people write it: `1234` on Azure, `TC-17` on qTest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub String);

impl fmt::Display for CaseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Where a mapping comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseSource {
    /// The settings file names the test.
    Explicit,
    /// A property in the report; its name.
    Property(String),
    /// A pattern found in the test's name; the pattern.
    Pattern(String),
    /// The title of the case on the service equals the test's name.
    Title,
}

/// A case that a test is mapped to, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MappedCase {
    /// The case.
    pub id: CaseId,
    /// Why.
    pub source: CaseSource,
}
