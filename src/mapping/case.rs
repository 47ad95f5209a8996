//! A case on a service, as a mapping names it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::ServiceName;

/// The identity of a case on its service, as people write it: `1234` on Azure, `TC-17` on qTest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub String);

/// Why a text is no id of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCaseId {
    /// Azure knows cases by the number of their work item.
    #[error("is no work item id: expected a number such as 1234")]
    Azure,
    /// qTest knows cases by `TC-17`, or by the number behind it.
    #[error("is no test case id of qTest: expected one such as `TC-17`")]
    Qtest,
    /// Kiwi TCMS knows cases by `TC-12`, or by the number behind it.
    #[error("is no test case id of Kiwi TCMS: expected one such as `TC-12` or `12`")]
    Kiwi,
    /// A `TestOps` id is some text, but not an empty one.
    #[error("is empty")]
    Empty,
}

impl CaseId {
    /// Reads an id as people write it.
    ///
    /// Azure: a number; `#1234`, `AB#1234` and `TC-1234` mean the same. qTest: `TC-17` in any letter case is the id that people
    /// see, a bare number is the one in qTest's addresses. `TestOps`: any text.
    pub fn parse(service: ServiceName, text: &str) -> Result<Self, InvalidCaseId> {
        let text = text.trim();
        match service {
            ServiceName::Azure => {
                let digits = stripped(text, &["AB#", "#", "TC-"]);
                number(digits, i32::MAX.unsigned_abs().into())
                    .map(Self)
                    .ok_or(InvalidCaseId::Azure)
            }
            ServiceName::Qtest => {
                let digits = stripped(text, &["TC-"]);
                let number = number(digits, i64::MAX.unsigned_abs()).ok_or(InvalidCaseId::Qtest)?;
                Ok(Self(if digits.len() == text.len() {
                    number
                } else {
                    format!("TC-{number}")
                }))
            }
            ServiceName::Kiwi => {
                let digits = stripped(text, &["TC-"]);
                number(digits, i64::MAX.unsigned_abs())
                    .map(Self)
                    .ok_or(InvalidCaseId::Kiwi)
            }
            ServiceName::Katalon if text.is_empty() => Err(InvalidCaseId::Empty),
            ServiceName::Katalon => Ok(Self(text.to_owned())),
        }
    }
}

/// Returns the text without the first of these prefixes that it has, in any letter case.
fn stripped<'a>(text: &'a str, prefixes: &[&str]) -> &'a str {
    prefixes
        .iter()
        .find_map(|prefix| {
            let (head, rest) = text.split_at_checked(prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then_some(rest)
        })
        .unwrap_or(text)
}

/// Returns a number above zero without leading zeros.
fn number(digits: &str, most: u64) -> Option<String> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    (1..=most).contains(&number).then(|| number.to_string())
}

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
    /// The service knows the case to be automated by this test.
    AutomatedName,
}

/// A case that a test is mapped to, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MappedCase {
    /// The case.
    pub id: CaseId,
    /// Why.
    pub source: CaseSource,
}
