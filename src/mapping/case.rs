//! A case on a service, as a mapping names it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{CaseIds, ServiceName};

/// The identity of a case on its service, as people write it: `1234` on Azure, `TC-17` on qTest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub String);

/// Why a text is no id of a case: the end of a sentence that begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidCaseId(&'static str);

impl CaseId {
    /// Reads an id as people write it: surroundings that mean nothing are left out.
    ///
    /// # Errors
    ///
    /// When the service names no case so.
    pub fn parse(service: ServiceName, text: &str) -> Result<Self, InvalidCaseId> {
        let text = text.trim();
        match service.case_ids() {
            CaseIds::Text if text.is_empty() => Err(InvalidCaseId("is empty")),
            CaseIds::Text => Ok(Self(text.to_owned())),
            CaseIds::Number {
                prefixes,
                most,
                keeps,
                expected,
            } => {
                let digits = stripped(text, prefixes);
                let number = number(digits, most).ok_or(InvalidCaseId(expected))?;
                let kept = keeps.filter(|_| digits.len() < text.len());
                Ok(Self(kept.unwrap_or_default().to_owned() + &number))
            }
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
