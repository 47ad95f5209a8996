//! Properties that stand behind the tests of their suite, as Robot Framework's JUnit and reporters of CTRF write them.
//!
//! A test is handed over as soon as it is read, so they come too late for it. They are kept, bounded, for whoever needs them and
//! reads the report once more.

use std::collections::BTreeMap;

use crate::model::Property;
use crate::report::error::Warnings;

/// How many bytes of them are kept.
const KEPT: usize = 4 * 1024 * 1024;

/// How many files of one suite are kept.
const ATTACHMENTS: usize = 100;

/// The properties that a report gives behind the tests which they are about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LateProperties {
    /// By the number of the suite, in the order in which suites begin; 0 is the run.
    suites: BTreeMap<u64, Vec<Property>>,
    /// The files that the outputs of suites name.
    attachments: BTreeMap<u64, Vec<String>>,
    bytes: usize,
    left_out: u64,
    first_left_out: Option<String>,
}

impl LateProperties {
    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.suites.is_empty() && self.attachments.is_empty()
    }

    /// Returns those of a suite.
    pub(super) fn of(&self, suite: u64) -> &[Property] {
        self.suites.get(&suite).map_or(&[], Vec::as_slice)
    }

    /// Returns the files that the output of a suite names.
    pub(super) fn attachments_of(&self, suite: u64) -> &[String] {
        self.attachments.get(&suite).map_or(&[], Vec::as_slice)
    }

    /// Takes a file that the output of a suite names.
    pub(super) fn attach(&mut self, suite: u64, path: &str) {
        let path = path.trim();
        let bytes = self.bytes + size_of::<String>() + path.len();
        let files = self.attachments.entry(suite).or_default();
        let is_new = !path.is_empty() && !files.iter().any(|known| known == path);
        if is_new && files.len() < ATTACHMENTS && bytes <= KEPT {
            self.bytes = bytes;
            files.push(path.to_owned());
        }
    }

    pub(super) fn add(&mut self, suite: u64, property: Property) {
        let bytes = self.bytes + size_of::<Property>() + property.name.len() + property.value.len();
        if bytes > KEPT {
            self.left_out += 1;
            self.first_left_out.get_or_insert(property.name);
            return;
        }
        self.bytes = bytes;
        self.suites.entry(suite).or_default().push(property);
    }

    pub(super) fn warn(&self, warnings: &mut Warnings) {
        if let Some(name) = &self.first_left_out {
            let name: String = name.chars().take(60).collect();
            let others = match self.left_out {
                1 => String::new(),
                more => format!(" and {} more", more - 1),
            };
            let message = format!(
                "the property `{name}`{others} of suites stand behind their tests, and are more than 4 MiB: they are skipped"
            );
            warnings.add(None, message);
        }
    }
}
