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
