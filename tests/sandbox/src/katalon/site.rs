//! What a TestOps server holds, and how it behaves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::importer::Import;
use super::world::{Role, StorageAt};
use crate::pace::{Moment, Pace};

/// How the server behaves where a test wants it otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) pace: Pace,
    /// When executions show.
    pub(crate) listing: Pace,
    pub(crate) storage: StorageAt,
    pub(crate) url_life: Duration,
    pub(crate) url_limit: Option<u64>,
    /// Results that the plan still allows; nothing is taken beyond.
    pub(crate) quota: Option<usize>,
    pub(crate) refuse_uploads: Option<(u16, String)>,
    pub(crate) quirks: Vec<Quirk>,
}

/// A way in which some servers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirk {
    /// JUnit calls are answered with a list of batches instead of 204.
    JunitTellsBatches,
    /// API calls take bearer tokens only.
    OauthOnly,
    /// Executions cannot be found by their batch.
    BatchesHidden,
    /// Every execution is of every batch.
    BatchesIgnored,
    /// Executions show no session.
    SessionsHidden,
    /// A batch that is ended a second time makes nothing new.
    EndsOnce,
    /// Executions cannot be deleted, and it is not said.
    KeepsExecutions,
    /// Of a folder `JUnit_Report.xml` is read, and not the step log.
    ReadsJunitOfFolders,
    /// What bears the session of an execution that is there is added to that one once it is read.
    MergesSessions,
    /// Where sessions are merged, what was to be added is lost.
    LosesMerged,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pace: Pace::Requests(2),
            listing: Pace::AtOnce,
            storage: StorageAt::OwnDoor,
            url_life: Duration::from_mins(15),
            url_limit: None,
            quota: None,
            refuse_uploads: None,
            quirks: Vec::new(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) key: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) value: String,
    pub(crate) refresh: String,
    pub(crate) user: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Organization {
    pub(crate) id: u64,
    pub(crate) name: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) organization: u64,
    pub(crate) role: Role,
}

#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) team: u64,
    pub(crate) archived: bool,
    pub(crate) orders: u64,
}

/// A place in the storage that was handed out.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) project: u64,
    pub(crate) signature: String,
    pub(crate) expires: Timestamp,
    /// Nothing until the file was sent.
    pub(crate) data: Option<Arc<[u8]>>,
}

/// What kind of files a batch holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Katalon,
    Junit,
    Recorder,
    Testops,
}

/// A file that was reported.
#[derive(Debug, Clone)]
pub(crate) struct Reported {
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) path: String,
}

/// Files that belong together, and the execution they make.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) project: u64,
    pub(crate) kind: Kind,
    pub(crate) files: Vec<Reported>,
    pub(crate) ended: Option<Moment>,
    pub(crate) execution: u64,
    pub(crate) xray: bool,
}

/// Where an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Running,
    Importing,
    Analyzing,
    Completed,
    Error,
    Terminate,
}

impl Stage {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Importing => "IMPORTING",
            Self::Analyzing => "ANALYZING",
            Self::Completed => "COMPLETED",
            Self::Error => "ERROR",
            Self::Terminate => "TERMINATE",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Execution {
    pub(crate) id: u64,
    pub(crate) order: u64,
    pub(crate) project: u64,
    pub(crate) user: u64,
    pub(crate) stage: Stage,
    pub(crate) started: Timestamp,
    pub(crate) made: Moment,
    /// What the files came to; empty until they are imported.
    pub(crate) import: Import,
    /// The first id of its results; the others follow.
    pub(crate) first_result: u64,
    pub(crate) release: Option<u64>,
    pub(crate) build: Option<u64>,
    pub(crate) tags: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) id: u64,
    pub(crate) project: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) start: Option<String>,
    pub(crate) end: Option<String>,
    pub(crate) closed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Build {
    pub(crate) id: u64,
    pub(crate) project: u64,
    pub(crate) release: Option<u64>,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) date: Option<String>,
}

/// The whole server.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) options: Options,
    pub(crate) users: Vec<User>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) organizations: Vec<Organization>,
    pub(crate) teams: Vec<Team>,
    pub(crate) projects: Vec<Project>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    pub(crate) batches: Vec<Batch>,
    pub(crate) executions: BTreeMap<u64, Execution>,
    pub(crate) releases: BTreeMap<u64, Release>,
    pub(crate) builds: BTreeMap<u64, Build>,
    pub(crate) last: u64,
    pub(crate) tick: u64,
    pub(crate) url: String,
    pub(crate) storage_url: String,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self {
            options: Options::default(),
            users: Vec::new(),
            tokens: Vec::new(),
            organizations: Vec::new(),
            teams: Vec::new(),
            projects: Vec::new(),
            uploads: BTreeMap::new(),
            batches: Vec::new(),
            executions: BTreeMap::new(),
            releases: BTreeMap::new(),
            builds: BTreeMap::new(),
            last: 4000,
            tick: 0,
            url: String::new(),
            storage_url: String::new(),
        }
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        self.options.quirks.contains(&quirk)
    }

    pub(crate) fn team(&self, id: u64) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == id)
    }

    pub(crate) fn project(&self, id: u64) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    pub(crate) fn user(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }
}

/// Sets a property of a JSON object.
pub(crate) fn put(value: &mut Value, name: &str, to: Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(name.to_owned(), to);
    }
}
