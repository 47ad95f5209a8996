//! Tricentis qTest: jobs are cycles, browsers are suites, tests are cases, each execution adds a log to the run of its case.
//!
//! The sequence: check (project, statuses, fields, containers, cases), look what of the submission stands there, create what is
//! missing of modules, cases, cycles and suites, hand the results in as batches, follow qTest's queue to its end, compare. It
//! knows plans and cases, and no file format.

mod api;
mod attachments;
mod cases;
mod catalog;
mod client;
mod containers;
mod cost;
mod entry;
mod facts;
mod fields;
mod fingerprint;
mod login;
mod marks;
mod modules;
mod names;
mod new_cases;
mod observe;
mod payload;
mod plan;
mod probe;
mod queue;
mod requirements;
mod section;
mod settings;
mod target;
mod text;
mod wanted;
mod wire;
mod write;

#[cfg(test)]
mod tests;

pub use facts::FACTS;
pub use login::{bare_token, exchange};
pub use settings::{FingerprintStyle, Mode, QtestSettings};
pub(in crate::services) use settings::{KEYS, VARIABLES};
pub use target::{Limits, QtestTarget};
pub use write::WRITES;

use std::collections::HashSet;
#[cfg(test)]
use std::sync::Arc;

use self::api::Site;
use self::client::{Client, ProjectClient};
use self::entry::{Entries, Entry, Subject};
use self::fields::{CaseFields, RunFields};
use self::payload::{Change, Content};
use self::write::Submission;
use super::{
    Account, Catalog, Checked, Node, Preview, PreviewLine, Receipt, RemoteCase, SendError,
    ServiceError, Submitter, counted, engine,
};
#[cfg(test)]
use crate::journal::Journal;
use crate::mapping::CaseId;
use crate::plan::{Mark, PlanProblem, ProblemKind, SubmissionKey, SubmissionPlan};
use crate::services::engine::Engine;
use crate::transport::Transport;

/// A project on qTest.
#[derive(Debug, Clone)]
pub struct Qtest {
    target: QtestTarget,
    client: Client,
    /// What the submissions of a test share.
    #[cfg(test)]
    shared: Arc<(engine::Registry, engine::SubmissionLocks)>,
}

impl Qtest {
    /// Returns the service for a target. Nothing is asked yet.
    pub fn new(target: QtestTarget, transport: Transport) -> Self {
        let site = Site::new(&target.url);
        Self {
            target,
            client: Client { transport, site },
            #[cfg(test)]
            shared: Arc::default(),
        }
    }
}

impl Catalog for Qtest {
    fn account(&self) -> Result<Account, ServiceError> {
        Ok(login::account(&self.client)?)
    }

    fn children(&self, path: &[String]) -> Result<Vec<Node>, ServiceError> {
        catalog::children(&self.client, path)
    }

    fn cases(&self, ids: &[CaseId]) -> Result<Vec<RemoteCase>, ServiceError> {
        let project = self.project()?;
        let found = cases::with_ids(&project, ids, (false, self.target.limits.jobs))?;
        Ok(found
            .into_iter()
            .map(|(id, case)| remote(id, case))
            .collect())
    }

    fn all_cases(&self) -> Result<Vec<RemoteCase>, ServiceError> {
        let cases = self.project()?.all_cases()?;
        let id =
            |case: &wire::Case| CaseId(case.pid.clone().unwrap_or_else(|| case.id.to_string()));
        Ok(cases
            .into_iter()
            .map(|case| remote(id(&case), case))
            .collect())
    }
}

impl Qtest {
    fn project(&self) -> Result<ProjectClient, ServiceError> {
        let project = catalog::project_named(&self.client, &self.target.project)?;
        Ok(ProjectClient::new(self.client.clone(), project.id))
    }
}

fn remote(id: CaseId, case: wire::Case) -> RemoteCase {
    let known = cases::Known::of(case, &CaseFields::unknown());
    let state = if known.is_approved() {
        "approved"
    } else {
        "never approved"
    };
    RemoteCase {
        id,
        title: known.name,
        place: None,
        automated_name: known.fingerprint,
        state: known
            .version
            .map(|version| format!("version {version}, {state}")),
        is_test_case: true,
    }
}

impl Submitter for Qtest {
    type Plan = QtestPlan;

    fn identity(&self) -> String {
        self.target.identity()
    }

    fn check(&self, plan: SubmissionPlan) -> Result<QtestPlan, ServiceError> {
        plan::run(&self.client, &self.target, plan)
    }

    #[cfg(test)]
    fn find(&self, plan: &QtestPlan) -> Result<Option<Receipt>, ServiceError> {
        let journal = Journal::absent();
        self.look(plan, &self.engine(&journal, &super::Silent))
    }

    #[cfg(test)]
    fn send(
        &self,
        plan: &QtestPlan,
        journal: &Journal,
        progress: &dyn super::Progress,
    ) -> Result<Receipt, SendError> {
        self.carry_out(plan, &self.engine(journal, progress))
    }

    fn carry_out(&self, plan: &QtestPlan, engine: &Engine<'_>) -> Result<Receipt, SendError> {
        let mut submission = Submission::new(plan);
        submission.writes = true;
        engine::carry_out(&mut submission, engine)
    }

    fn look(&self, plan: &QtestPlan, engine: &Engine<'_>) -> Result<Option<Receipt>, ServiceError> {
        engine::look(&mut Submission::new(plan), engine)
    }
}

#[cfg(test)]
impl Qtest {
    fn engine<'a>(&'a self, journal: &'a Journal, progress: &'a dyn super::Progress) -> Engine<'a> {
        let (registry, locks) = &*self.shared;
        Engine {
            journal,
            progress,
            registry,
            locks,
        }
    }
}

/// A plan held against qTest.
#[derive(Debug, Clone)]
pub struct QtestPlan {
    plan: SubmissionPlan,
    target: QtestTarget,
    project_id: u64,
    project: ProjectClient,
    project_name: String,
    fields: CaseFields,
    run_fields: RunFields,
    entries: Entries,
    ground: containers::Ground,
    cases: cases::Cases,
    requirements: requirements::Requirements,
    problems: Vec<PlanProblem>,
    warnings: Vec<String>,
}

impl QtestPlan {
    /// Returns where in the project results go: the first cycle and suite.
    fn inside(&self) -> Option<[String; 2]> {
        let first = self.entries.places.first()?;
        let more = match self.entries.places.len() - 1 {
            0 => String::new(),
            more => format!(" and {}", counted(more as u64, "more suite")),
        };
        let suite = format!("{}{more}", first.suite);
        Some([first.cycle.to_string(), suite])
    }

    /// Returns the entries that can be handed in: their case is there, or may be created.
    fn sendable(&self) -> impl Iterator<Item = &Entry> {
        self.entries.all.iter().filter(|entry| {
            let makable =
                matches!(entry.subject, Subject::Print(_)) && self.target.module.is_some();
            makable || self.cases.known.contains_key(&entry.subject)
        })
    }

    /// Returns the mark of the submission: of this part of the build, in this project.
    fn mark(&self) -> Mark {
        let site = self.target.url.as_str().trim_end_matches('/');
        let project = self.project_id.to_string();
        self.plan.identity.mark(&["qtest", site, &project])
    }

    /// Returns whether an entry goes to the run of its case by itself rather than into a batch.
    fn is_direct(&self, entry: &Entry) -> bool {
        self.target.mode == Mode::Direct || matches!(entry.subject, Subject::Case(_))
    }

    /// Returns how many cases would be created.
    fn new_subjects(&self) -> usize {
        let new = self
            .entries
            .all
            .iter()
            .filter(|entry| matches!(entry.subject, Subject::Print(_)));
        new.filter(|entry| !self.cases.known.contains_key(&entry.subject))
            .map(|entry| &entry.subject)
            .collect::<HashSet<_>>()
            .len()
    }

    fn new_containers(&self) -> Vec<String> {
        let mut writes = Vec::new();
        let mut say = |text: String| {
            if !writes.contains(&text) {
                writes.push(text);
            }
        };
        if self.target.module.is_none() {
            return Vec::new();
        }
        for entry in self
            .sendable()
            .filter(|entry| !self.cases.known.contains_key(&entry.subject))
        {
            if !self.ground.has_module(&self.target, &entry.folder) {
                let parent = self.ground.parent_name().unwrap_or_else(|| {
                    let parent = self.target.module.as_deref().unwrap_or_default();
                    say(format!("create the module `{parent}`"));
                    parent
                });
                let path: Vec<&str> = std::iter::once(parent)
                    .chain(entry.folder.iter().map(String::as_str))
                    .collect();
                say(format!("create the module `{}`", path.join("/")));
            }
        }
        for place in &self.entries.places {
            if self.ground.suite(place).is_some() {
                continue;
            }
            if !self.ground.cycles.contains_key(&place.cycle) {
                say(format!("create the test cycle `{}`", place.cycle));
            }
            say(format!(
                "create the test suite `{}` in `{}`",
                place.suite, place.cycle
            ));
        }
        writes
    }
}

impl Checked for QtestPlan {
    fn key(&self) -> &SubmissionKey {
        &self.plan.key
    }

    fn problems(&self) -> &[PlanProblem] {
        &self.problems
    }

    fn place(&self) -> Option<String> {
        let [cycle, suite] = self.inside()?;
        let server = self.target.url.as_str().trim_end_matches('/');
        let project = &self.target.project;
        Some(format!("{server} {project} › {cycle} › {suite}"))
    }

    fn place_names(&self) -> Vec<String> {
        let inside = self.inside().into_iter().flatten();
        std::iter::once(self.project_name.clone())
            .chain(inside)
            .collect()
    }

    /// Tests whose case is gone are no part of what is sent. One whose case has no run here is: it must not get one without `module`.
    fn leaves_out(&self) -> bool {
        let mut problems = self.problems.iter();
        problems.all(|problem| problem.kind != ProblemKind::NotInPlan)
    }

    fn is_void(&self) -> bool {
        self.sendable().next().is_none()
    }

    fn preview(&self) -> Preview {
        let mut writes = self.new_containers();
        let sendable: Vec<&Entry> = self.sendable().collect();
        for entry in if self.target.module.is_some() {
            payload::tellers(&sendable)
        } else {
            Vec::new()
        } {
            let known = self.cases.known.get(&entry.subject);
            match Content::of(entry, known).change(known) {
                Change::Create => {
                    writes.push(format!("create and approve the test case `{}`", entry.name));
                }
                Change::Update => writes.push(format!(
                    "write and approve a new version of the test case `{}`",
                    entry.name
                )),
                Change::Approve => writes.push(format!("approve the test case `{}`", entry.name)),
                Change::None => {}
            }
        }
        for (at, place) in self.entries.places.iter().enumerate() {
            let (single, many): (Vec<&Entry>, Vec<&Entry>) = sendable
                .iter()
                .copied()
                .filter(|entry| entry.place == at)
                .partition(|entry| self.is_direct(entry));
            if !many.is_empty() {
                writes.push(format!(
                    "submit {} to the suite `{}` of `{}`, in batches",
                    counted(many.len() as u64, "result"),
                    place.suite,
                    place.cycle
                ));
            }
            if !single.is_empty() {
                writes.push(format!(
                    "submit {} to runs of the suite `{}` of `{}`",
                    counted(single.len() as u64, "result"),
                    place.suite,
                    place.cycle
                ));
            }
        }
        let links: usize = sendable.iter().map(|entry| self.new_links(entry)).sum();
        if links > 0 {
            let links = counted(links as u64, "link");
            writes.push(format!("make {links} of test cases to requirements"));
        }
        let results = sendable.iter().map(|entry| self.line(entry)).collect();
        Preview {
            writes,
            results,
            requests: Some(cost::requests(self)),
        }
    }
}

impl QtestPlan {
    /// Returns how many requirements the case of an entry is not linked to yet.
    fn new_links(&self, entry: &Entry) -> usize {
        let case = self.cases.known.get(&entry.subject).map(|known| known.id);
        let links = &self.requirements.links;
        let is_linked = |id: &u64| {
            let cases = links.get(id);
            case.is_some_and(|case| cases.is_some_and(|cases| cases.contains(&case)))
        };
        let wanted = self.requirements.of(entry).into_iter();
        wanted.filter(|id| !is_linked(id)).count()
    }

    fn line(&self, entry: &Entry) -> PreviewLine {
        let place = self.entries.places.get(entry.place);
        let case = self
            .cases
            .known
            .get(&entry.subject)
            .map_or_else(|| "a new case".to_owned(), cases::Known::title);
        PreviewLine {
            test: entry.title(),
            place: place.map_or_else(String::new, |place| {
                format!("{} › {} › {case}", place.cycle, place.suite)
            }),
            outcome: self.target.statuses.of(entry.verdict).to_owned(),
        }
    }
}
