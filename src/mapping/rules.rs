//! The rules that people wrote, checked.

use std::collections::BTreeMap;

use super::{CaseId, CasePattern};
use crate::model::{ServiceName, TestKey};

/// How a test says which case it is, for each service.
#[derive(Debug, Clone, Default)]
pub struct CaseRules(BTreeMap<ServiceName, ServiceRules>);

impl CaseRules {
    /// Returns the rules of a service.
    pub fn of(&self, service: ServiceName) -> Option<&ServiceRules> {
        self.0.get(&service)
    }

    /// Gives a service its rules.
    pub fn set(&mut self, service: ServiceName, rules: ServiceRules) {
        self.0.insert(service, rules);
    }
}

/// How a test says which case it is on one service. The sources are asked in this order; the first that names a case wins.
#[derive(Debug, Clone, Default)]
pub struct ServiceRules {
    /// The mappings in the settings file, in its order.
    pub explicit: Vec<ExplicitMapping>,
    /// Whether [`Self::explicit`] counts.
    pub use_explicit: bool,
    /// The names of properties that hold ids, in this order.
    pub properties: Vec<String>,
    /// Patterns for the test's name, in this order.
    pub patterns: Vec<CasePattern>,
    /// Whether a case with exactly the test's name counts.
    pub title: bool,
    /// Whether a case counts that the service knows to be automated by this test.
    pub automated_name: bool,
}

impl ServiceRules {
    /// Returns whether the titles or automated names of the service's cases are needed.
    pub fn needs_titles(&self) -> bool {
        self.title || self.automated_name
    }
}

/// A line of the settings file that maps a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplicitMapping {
    /// The test.
    pub test: TestKey,
    /// Its cases, at least one.
    pub cases: Vec<CaseId>,
    /// The line in the settings file, counted from 1.
    pub line: Option<u32>,
}
