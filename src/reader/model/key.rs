//! The stable name of a test.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::TestCase;

/// The name of a test that stays the same from run to run, and that people write in the settings: `class name › name`.
///
/// Where the report gives no class, the source file or the suite stands in for it; where it gives none of them, the key is the
/// name alone; where class and name are the same, as Katalon Studio has them, it is written once. Two tests may share a key: rows of a data-driven test usually do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TestKey(String);

impl TestKey {
    /// What stands between the class and the name.
    pub const SEPARATOR: &'static str = " › ";

    /// Returns the key of a test.
    pub fn of(case: &TestCase) -> Self {
        let class = [
            case.class_name.as_deref(),
            case.suite.file.as_deref(),
            Some(case.suite.name.as_str()),
        ]
        .into_iter()
        .flatten()
        .map(folded)
        .find(|class| !class.is_empty());
        let name = folded(&case.name);
        Self(match class {
            Some(class) if name.is_empty() || name == class => class,
            Some(class) => format!("{class}{}{name}", Self::SEPARATOR),
            None => name,
        })
    }

    /// Returns the key that somebody typed: ` > ` is accepted for ` › `.
    pub fn typed(text: &str) -> Self {
        Self(folded(text).replacen(
            " > ",
            Self::SEPARATOR,
            usize::from(!text.contains(Self::SEPARATOR)),
        ))
    }

    /// Returns the text of the key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TestKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Returns the text on one line, each run of white space and control characters as one blank.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}
