//! Which service.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A test-management service that handin can hand results to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceName {
    /// Azure DevOps Test Plans.
    Azure,
    /// Tricentis qTest.
    Qtest,
    /// Katalon `TestOps`.
    Katalon,
    /// Kiwi TCMS.
    Kiwi,
}

/// How a service names its cases, as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseIds {
    /// By any text.
    Text,
    /// By a number.
    Number {
        /// What may stand before it, in any letter case.
        prefixes: &'static [&'static str],
        /// The largest.
        most: u64,
        /// What has to be kept in front of it where it stood there: the number alone is another id.
        keeps: Option<&'static str>,
        /// What is said of a text that is none.
        expected: &'static str,
    },
}

impl ServiceName {
    /// Every service, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Azure, Self::Qtest, Self::Katalon, Self::Kiwi];

    /// Returns the word used on the command line, in settings and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Azure => "azure",
            Self::Qtest => "qtest",
            Self::Katalon => "katalon",
            Self::Kiwi => "kiwi",
        }
    }

    /// Returns another word that is taken for it on the command line.
    pub fn alias(self) -> Option<&'static str> {
        match self {
            Self::Azure | Self::Qtest | Self::Kiwi => None,
            Self::Katalon => Some("testops"),
        }
    }

    /// Returns how its cases are named.
    pub fn case_ids(self) -> CaseIds {
        match self {
            Self::Azure => CaseIds::Number {
                prefixes: &["AB#", "#", "TC-"],
                most: 2_147_483_647,
                keeps: None,
                expected: "is not a work item id: expected a number such as 1234",
            },
            Self::Qtest => CaseIds::Number {
                prefixes: &["TC-"],
                most: i64::MAX.unsigned_abs(),
                keeps: Some("TC-"),
                expected: "is not a test case id of qTest: expected one such as `TC-17`",
            },
            Self::Katalon => CaseIds::Text,
            Self::Kiwi => CaseIds::Number {
                prefixes: &["TC-"],
                most: i64::MAX.unsigned_abs(),
                keeps: None,
                expected: "is not a test case id of Kiwi TCMS: expected one such as `TC-12` or `12`",
            },
        }
    }

    /// Returns the name that its users know.
    pub fn title(self) -> &'static str {
        match self {
            Self::Azure => "Azure DevOps Test Plans",
            Self::Qtest => "qTest",
            Self::Katalon => "Katalon TestOps",
            Self::Kiwi => "Kiwi TCMS",
        }
    }
}

impl std::str::FromStr for ServiceName {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.map(Self::word);
        Self::ALL
            .into_iter()
            .find(|service| service.word() == word || service.alias() == Some(word))
            .ok_or_else(|| format!("expected one of {}", known.join(", ")))
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}
