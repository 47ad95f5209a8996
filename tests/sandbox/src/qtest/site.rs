//! A qTest site: accounts, projects, the queue, and how it behaves.

use std::time::Duration;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::model::{
    Card, Case, Cycle, Module, Parent, Project, Release, Run, Suite, Values, Version,
};
use super::queue::Job;
use super::reply::Refusal;
use super::{fields, world::Unmapped};
use crate::pace::{Moment, Pace, Progress};

/// How the site behaves where the vendor's documents leave it open, or where a test wants it otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) context: String,
    pub(crate) zone: Offset,
    pub(crate) pace: Pace,
    pub(crate) unmapped: Unmapped,
    pub(crate) forbidden: Vec<String>,
    pub(crate) body_limit: Option<usize>,
    pub(crate) batch_limit: Option<usize>,
    pub(crate) file_limit: usize,
    /// When the search finds what was made or changed.
    pub(crate) search_lag: Pace,
    /// When lists show what was made.
    pub(crate) list_lag: Pace,
    /// How many characters of a note are kept.
    pub(crate) note_limit: Option<usize>,
    pub(crate) quirks: Vec<Quirk>,
    pub(crate) quota: Option<(u32, Duration)>,
    /// How many requests are left in this month.
    pub(crate) month: Option<u32>,
    pub(crate) token_life: Option<SignedDuration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            context: String::new(),
            // As in the one real answer that is known: times come in the site's zone, not in that of the request.
            zone: Offset::constant(7),
            pace: Pace::Requests(2),
            unmapped: Unmapped::FailsBatch,
            forbidden: Vec::new(),
            body_limit: None,
            batch_limit: None,
            file_limit: 50 * 1024 * 1024,
            search_lag: Pace::AtOnce,
            list_lag: Pace::AtOnce,
            note_limit: None,
            quirks: Vec::new(),
            quota: None,
            month: None,
            token_life: None,
        }
    }
}

impl Options {
    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}

/// A way in which some sites differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirk {
    /// Plain testers are not told of fields.
    FieldsForbidden,
    /// The edition has no API.
    WithoutApi,
    /// The search knows few kinds of objects.
    NarrowSearch,
    /// A log changes no steps of its case.
    KeepSteps,
    /// `<` and `>` in the fingerprints of batches are encoded.
    EscapeContent,
    /// Runs only link to their case.
    LinkedCasesOnly,
    /// Cases that a batch creates are not approved.
    DraftsFromBatches,
    /// What a log says of the fields of its case is passed over.
    FixedDescriptions,
    /// A batch makes new runs each time.
    NewRunsFromBatches,
    /// The list of runs shows no logs.
    SilentRuns,
    /// Names and fingerprints of batches are cut at 100 characters.
    ShortNames,
    /// Notes come back as HTML.
    HtmlNotes,
    /// A changed case is approved at once.
    UpdatesApprove,
    /// Modules cannot be deleted.
    KeepsModules,
    /// A value that a field does not take is passed over.
    TakesAnyValue,
    /// The steps of a log are sorted by their texts.
    SortsSteps,
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) admin: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) value: String,
    pub(crate) refresh: String,
    pub(crate) user: u64,
    pub(crate) expires: Option<Timestamp>,
}

/// Gives numbers and times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clerk {
    pub(crate) last: u64,
    /// Requests so far: the clock of everything that comes later.
    pub(crate) tick: u64,
}

impl Clerk {
    pub(crate) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

/// What a test ordered to go wrong.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders {
    /// So many of the next logs of batches get lost without a word.
    pub(crate) lose_logs: usize,
    /// The next batches fail with these texts.
    pub(crate) fail_jobs: Vec<String>,
    /// Links are passed over without a word, as those are that cannot be made (`linkArtifacts`).
    pub(crate) ignore_links: bool,
}

/// The whole site.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) options: Options,
    pub(crate) users: Vec<User>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) projects: Vec<Project>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) clerk: Clerk,
    pub(crate) orders: Orders,
    /// Without a slash at the end, with the context path.
    pub(crate) url: String,
    /// Times of the requests that count against the quota.
    pub(crate) spent: Vec<Timestamp>,
}

/// One project on the desk, with all that is needed to work on it.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) project: &'a mut Project,
    pub(crate) clerk: &'a mut Clerk,
    pub(crate) options: &'a Options,
    pub(crate) orders: &'a mut Orders,
    pub(crate) jobs: &'a mut Vec<Job>,
    pub(crate) url: &'a str,
    pub(crate) user: User,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self {
            options: Options::default(),
            users: Vec::new(),
            tokens: Vec::new(),
            projects: Vec::new(),
            jobs: Vec::new(),
            clerk: Clerk {
                last: 1000,
                tick: 0,
            },
            orders: Orders::default(),
            url: String::new(),
            spent: Vec::new(),
        }
    }

    pub(crate) fn add_project(&mut self, name: &str) -> u64 {
        let id = self.clerk.number();
        self.projects.push(Project {
            id,
            name: name.to_owned(),
            description: String::new(),
            automation: true,
            modules: std::collections::BTreeMap::default(),
            cases: std::collections::BTreeMap::default(),
            requirements: std::collections::BTreeMap::default(),
            releases: std::collections::BTreeMap::default(),
            builds: std::collections::BTreeMap::default(),
            cycles: std::collections::BTreeMap::default(),
            suites: std::collections::BTreeMap::default(),
            runs: std::collections::BTreeMap::default(),
            logs: std::collections::BTreeMap::default(),
            files: std::collections::BTreeMap::default(),
            links: Vec::new(),
            fields: fields::defaults(id * 1000),
            statuses: fields::statuses(),
            mapping: fields::mapping(),
            numbers: std::collections::BTreeMap::default(),
        });
        id
    }

    pub(crate) fn user(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Puts a project on the desk of a user.
    pub(crate) fn desk(&mut self, project: u64, user: User) -> Result<Desk<'_>, Refusal> {
        let project = self
            .projects
            .iter_mut()
            .find(|known| known.id == project)
            .ok_or_else(|| Refusal::new(404, "Project does not exist"))?;
        Ok(Desk {
            project,
            clerk: &mut self.clerk,
            options: &self.options,
            orders: &mut self.orders,
            jobs: &mut self.jobs,
            url: &self.url,
            user,
        })
    }
}

impl Desk<'_> {
    /// Returns a new object's card, with the next id of the site and the next pid of the project.
    pub(crate) fn card(&mut self, prefix: &'static str, name: &str, description: &str) -> Card {
        let number = self.project.numbers.entry(prefix).or_default();
        *number += 1;
        let now = crate::time::now();
        Card {
            id: self.clerk.number(),
            pid: format!("{prefix}-{number}"),
            name: name.to_owned(),
            description: description.to_owned(),
            order: *number,
            created: now,
            modified: now,
            made: Moment::now(self.clerk.tick),
            touched: Moment::now(self.clerk.tick),
        }
    }

    /// Notes that an object has changed.
    pub(crate) fn touch(clerk: &Clerk, card: &mut Card) {
        card.modified = crate::time::now();
        card.touched = Moment::now(clerk.tick);
    }

    pub(crate) fn add_module(&mut self, name: &str, description: &str, parent: Option<u64>) -> u64 {
        let card = self.card("MD", name, description);
        let id = card.id;
        self.project.modules.insert(id, Module { card, parent });
        id
    }

    /// Returns the module of this name and place, which is made if it is not there.
    pub(crate) fn module_named(&mut self, name: &str, parent: Option<u64>) -> u64 {
        let found = self
            .project
            .modules
            .values()
            .find(|module| module.parent == parent && module.card.name == name)
            .map(|module| module.card.id);
        found.unwrap_or_else(|| self.add_module(name, "", parent))
    }

    pub(crate) fn add_case(&mut self, module: u64, mut first: Version) -> u64 {
        let card = self.card("TC", &first.name, "");
        let id = card.id;
        first.id = self.clerk.number();
        for step in &mut first.steps {
            step.id = self.clerk.number();
        }
        let creator = self.user.id;
        self.project.cases.insert(
            id,
            Case {
                card,
                module,
                creator,
                versions: vec![first],
            },
        );
        id
    }

    pub(crate) fn describe_last_case(&mut self, html: &str) {
        let last = self.project.cases.values_mut().next_back();
        if let Some(version) = last.and_then(|case| case.versions.last_mut()) {
            html.clone_into(&mut version.description);
        }
    }

    pub(crate) fn add_release(&mut self, name: &str, description: &str) -> u64 {
        let card = self.card("RL", name, description);
        let id = card.id;
        self.project.releases.insert(
            id,
            Release {
                card,
                closed: false,
            },
        );
        id
    }

    pub(crate) fn add_cycle(&mut self, name: &str, description: &str, parent: Parent) -> u64 {
        let card = self.card("CL", name, description);
        let id = card.id;
        self.project.cycles.insert(
            id,
            Cycle {
                card,
                parent,
                target_release: None,
                target_build: None,
            },
        );
        id
    }

    pub(crate) fn add_suite(&mut self, name: &str, parent: Parent, values: Values) -> u64 {
        let card = self.card("TS", name, "");
        let id = card.id;
        self.project.suites.insert(
            id,
            Suite {
                card,
                parent,
                values,
            },
        );
        id
    }

    pub(crate) fn add_run(&mut self, name: &str, case: (u64, u64), parent: Parent) -> u64 {
        let card = self.card("TR", name, "");
        let id = card.id;
        let values = self.project.defaults("test-runs");
        let creator = self.user.id;
        self.project.runs.insert(
            id,
            Run {
                card,
                parent,
                case: case.0,
                version: case.1,
                creator,
                values,
                logs: Vec::new(),
            },
        );
        id
    }

    /// Returns whether lists show what was made then. What was there from the start is always shown.
    pub(crate) fn listed(&self, made: Moment) -> bool {
        made.tick == 0 || made.progress(self.options.list_lag, self.clerk.tick) == Progress::Done
    }

    /// Refuses when the place is not there.
    pub(crate) fn place(&self, parent: Parent) -> Result<Parent, Refusal> {
        let (there, what) = match parent {
            Parent::Root => (true, ""),
            Parent::Release(id) => (self.project.releases.contains_key(&id), "Release"),
            Parent::Cycle(id) => (self.project.cycles.contains_key(&id), "Test Cycle"),
            Parent::Suite(id) => (self.project.suites.contains_key(&id), "Test Suite"),
        };
        if there {
            Ok(parent)
        } else {
            Err(Refusal::gone(what))
        }
    }
}

impl Project {
    /// Returns the field of an object type with this original name.
    pub(crate) fn field(&self, kind: &str, original_name: &str) -> Option<&super::model::Field> {
        self.fields
            .get(kind)?
            .iter()
            .find(|field| field.original_name == original_name)
    }

    /// Returns the values an object has that says nothing of its fields.
    pub(crate) fn defaults(&self, kind: &str) -> Values {
        let fields = self.fields.get(kind).map(Vec::as_slice).unwrap_or_default();
        fields
            .iter()
            .filter_map(|field| Some((field.id, field.default?.to_string())))
            .collect()
    }

    /// Returns a version's fingerprint.
    pub(crate) fn content<'a>(&self, version: &'a Version) -> &'a str {
        self.field("test-cases", fields::CONTENT)
            .and_then(|field| version.values.get(&field.id))
            .map(String::as_str)
            .unwrap_or_default()
    }

    /// Returns the case with this fingerprint: the oldest where there are several.
    pub(crate) fn case_with(&self, content: &str) -> Option<&Case> {
        self.cases.values().find(|case| {
            case.latest()
                .is_some_and(|version| self.content(version) == content)
        })
    }

    /// Returns whether something in the execution tree is below a place, at any depth.
    pub(crate) fn below(&self, mut at: Parent, place: Parent) -> bool {
        loop {
            if at == place {
                return true;
            }
            at = match at {
                Parent::Root | Parent::Release(_) => return place == Parent::Root,
                Parent::Cycle(id) => match self.cycles.get(&id) {
                    Some(cycle) => cycle.parent,
                    None => return false,
                },
                Parent::Suite(id) => match self.suites.get(&id) {
                    Some(suite) => suite.parent,
                    None => return false,
                },
            };
        }
    }
}
