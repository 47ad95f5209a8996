//! What a qTest project holds. Plain data: no request, no response, no rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::pace::Moment;

/// Values of fields by the field's id.
pub(crate) type Values = BTreeMap<u64, String>;

/// Where something in the execution tree hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Parent {
    Root,
    Release(u64),
    Cycle(u64),
    Suite(u64),
}

impl Parent {
    pub(crate) fn read(kind: &str, id: u64) -> Option<Self> {
        match kind {
            "root" => Some(Self::Root),
            "release" => Some(Self::Release(id)),
            "test-cycle" => Some(Self::Cycle(id)),
            "test-suite" => Some(Self::Suite(id)),
            _ => None,
        }
    }

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Release(_) => "release",
            Self::Cycle(_) => "test-cycle",
            Self::Suite(_) => "test-suite",
        }
    }

    pub(crate) fn id(self) -> u64 {
        match self {
            Self::Root => 0,
            Self::Release(id) | Self::Cycle(id) | Self::Suite(id) => id,
        }
    }
}

/// What every object has.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) id: u64,
    pub(crate) pid: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) order: u64,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// When it was made: lists may show it later.
    pub(crate) made: Moment,
    /// When it was changed last: the search index comes after.
    pub(crate) touched: Moment,
}

#[derive(Debug, Clone)]
pub(crate) struct Module {
    pub(crate) card: Card,
    pub(crate) parent: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) id: u64,
    pub(crate) description: String,
    pub(crate) expected: String,
}

/// One version of a test case; approved ones are whole: 1.0, 2.0.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) id: u64,
    pub(crate) major: u32,
    pub(crate) minor: u32,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) precondition: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) values: Values,
}

impl Version {
    pub(crate) fn approved(&self) -> bool {
        self.major > 0 && self.minor == 0
    }

    pub(crate) fn label(&self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) card: Card,
    pub(crate) module: u64,
    pub(crate) creator: u64,
    /// Never empty; the last is the newest.
    pub(crate) versions: Vec<Version>,
}

impl Case {
    pub(crate) fn latest(&self) -> Option<&Version> {
        self.versions.last()
    }

    pub(crate) fn approved(&self) -> Option<&Version> {
        self.versions
            .iter()
            .rev()
            .find(|version| version.approved())
    }

    pub(crate) fn version(&self, id: u64) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }
}

/// A release, and with the same shape a build.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) card: Card,
    pub(crate) closed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Cycle {
    pub(crate) card: Card,
    pub(crate) parent: Parent,
    pub(crate) target_release: Option<u64>,
    pub(crate) target_build: Option<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Suite {
    pub(crate) card: Card,
    pub(crate) parent: Parent,
    pub(crate) values: Values,
}

#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) card: Card,
    pub(crate) parent: Parent,
    pub(crate) case: u64,
    pub(crate) version: u64,
    pub(crate) creator: u64,
    pub(crate) values: Values,
    /// Its logs, the oldest first.
    pub(crate) logs: Vec<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct StepLog {
    pub(crate) id: u64,
    pub(crate) step: Option<u64>,
    pub(crate) description: String,
    pub(crate) expected: String,
    pub(crate) actual: String,
    pub(crate) status: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) id: u64,
    pub(crate) run: u64,
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) status: u64,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) note: String,
    pub(crate) build_number: String,
    pub(crate) build_url: String,
    pub(crate) version: u64,
    pub(crate) steps: Vec<StepLog>,
    pub(crate) values: Values,
    pub(crate) author: u64,
    pub(crate) automated: bool,
    pub(crate) touched: Moment,
}

/// A file that hangs on an object.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) id: u64,
    /// The kind of object as the API names it: `test-logs`, `test-cases`, …
    pub(crate) kind: String,
    pub(crate) object: u64,
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) data: Arc<[u8]>,
    pub(crate) created: Timestamp,
}

/// An execution status of a project.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) color: String,
}

/// A value that a field allows.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    pub(crate) value: u64,
    pub(crate) label: String,
}

/// A field of an object type.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) id: u64,
    pub(crate) label: String,
    /// Stays as it is when an administrator renames the label; empty for custom fields.
    pub(crate) original_name: String,
    pub(crate) required: bool,
    /// Any value goes where this is empty.
    pub(crate) allowed: Vec<Allowed>,
    /// What an object gets that says nothing of the field.
    pub(crate) default: Option<u64>,
    pub(crate) active: bool,
}

/// One project and all that hangs on it.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) automation: bool,
    pub(crate) modules: BTreeMap<u64, Module>,
    pub(crate) cases: BTreeMap<u64, Case>,
    pub(crate) requirements: BTreeMap<u64, Module>,
    pub(crate) releases: BTreeMap<u64, Release>,
    pub(crate) builds: BTreeMap<u64, (u64, Release)>,
    pub(crate) cycles: BTreeMap<u64, Cycle>,
    pub(crate) suites: BTreeMap<u64, Suite>,
    pub(crate) runs: BTreeMap<u64, Run>,
    pub(crate) logs: BTreeMap<u64, Log>,
    /// Files by kind and id of the object that they hang on.
    pub(crate) files: BTreeMap<(String, u64), Vec<File>>,
    /// Links between objects: kind and id of the source, kind and id of the target.
    pub(crate) links: Vec<(String, u64, String, u64)>,
    /// Fields by object type.
    pub(crate) fields: BTreeMap<String, Vec<Field>>,
    pub(crate) statuses: Vec<Status>,
    /// Automation status, as sent by tools, to execution status.
    pub(crate) mapping: Vec<(String, u64)>,
    /// The last number given to a pid, by its prefix.
    pub(crate) numbers: BTreeMap<&'static str, u64>,
}
