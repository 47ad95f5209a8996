//! The requests of [`super::api`], sent, with each list's own way of paging.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::api::{PAGE, Parent, ProjectSite, Site};
use super::wire::{
    Attached, Case, Cycle, Field, Job, Linked, Log, Module, Page, Project, Release, Requirement,
    Run, Search, Status, Suite,
};
use crate::transport::{Clock, ListSize, Request, Transport, TransportError};

/// How many entries of a plain list are asked for at once: what qTest gives without being asked.
const LIST: usize = 100;

/// Reads qTest. Nothing here writes.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) transport: Transport,
    pub(super) site: Site,
}

type Answer<T> = Result<T, TransportError>;

impl Client {
    pub(super) fn fetch<T: DeserializeOwned>(&self, request: Request) -> Answer<T> {
        self.transport.send(request)?.json()
    }

    /// Asks for a page of a list.
    fn counted<P: DeserializeOwned, T>(
        &self,
        size: &mut ListSize,
        request: Request,
        entries: impl Fn(&P) -> &[T],
    ) -> Answer<P> {
        size.read(&self.transport.send(request)?, entries)
    }

    pub(super) fn projects(&self) -> Answer<Vec<Project>> {
        self.list(
            LIST,
            |page| self.site.projects(page, LIST),
            |project: &Project| project.id,
        )
    }

    pub(super) fn job(&self, job: u64) -> Answer<Job> {
        self.fetch(self.site.job(job))
    }

    /// Reads a plain list page by page, until a page is short or brings nothing new: older servers ignore the page.
    fn list<T: DeserializeOwned>(
        &self,
        size: usize,
        request: impl Fn(usize) -> Request,
        id: impl Fn(&T) -> u64,
    ) -> Answer<Vec<T>> {
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        let mut read = ListSize::default();
        for page in 1.. {
            let got: Vec<T> = self.counted(&mut read, request(page), |got: &Vec<T>| got)?;
            let count = got.len();
            let before = all.len();
            all.extend(got.into_iter().filter(|entry| seen.insert(id(entry))));
            if count < size || all.len() == before {
                break;
            }
        }
        Ok(all)
    }

    /// Reads a list that tells its total.
    fn paged<T: DeserializeOwned>(
        &self,
        request: impl Fn(usize) -> Request,
        enough: impl Fn(&[T]) -> bool,
    ) -> Answer<Vec<T>> {
        let mut all = Vec::new();
        let mut size = ListSize::default();
        for page in 1.. {
            let got: Page<T> =
                self.counted(&mut size, request(page), |got: &Page<T>| &got.items)?;
            let count = got.items.len();
            all.extend(got.items);
            let whole = match got.total {
                Some(total) => all.len() as u64 >= total,
                None => count < PAGE,
            };
            if whole || count == 0 || enough(&all) {
                break;
            }
        }
        Ok(all)
    }
}

/// A [`Client`] for one project.
#[derive(Debug, Clone)]
pub(super) struct ProjectClient {
    pub(super) client: Client,
    pub(super) at: ProjectSite,
}

impl ProjectClient {
    pub(super) fn new(client: Client, id: u64) -> Self {
        Self {
            at: client.site.project(id),
            client,
        }
    }

    pub(super) fn clock(&self) -> &Clock {
        self.client.transport.clock()
    }

    pub(super) fn itself(&self) -> Answer<Project> {
        self.client.fetch(self.at.itself())
    }

    pub(super) fn fields(&self, kind: &str) -> Answer<Vec<Field>> {
        self.client.fetch(self.at.fields(kind))
    }

    pub(super) fn statuses(&self) -> Answer<Vec<Status>> {
        self.client.fetch(self.at.statuses())
    }

    pub(super) fn modules(&self, parent: Option<u64>) -> Answer<Vec<Module>> {
        self.client.fetch(self.at.modules(parent))
    }

    pub(super) fn releases(&self) -> Answer<Vec<Release>> {
        self.client.fetch(self.at.releases())
    }

    pub(super) fn cycles(&self, parent: Parent) -> Answer<Vec<Cycle>> {
        self.client.list(
            LIST,
            |page| self.at.cycles(parent, page, LIST),
            |cycle: &Cycle| cycle.id,
        )
    }

    pub(super) fn suites(&self, parent: Parent) -> Answer<Vec<Suite>> {
        self.client.fetch(self.at.suites(parent))
    }

    pub(super) fn runs(&self, suite: u64) -> Answer<Vec<Run>> {
        self.client
            .paged(|page| self.at.runs(Parent::Suite(suite), page), |_| false)
    }

    /// Reads the logs of a run, until `enough` says so.
    pub(super) fn logs(&self, run: u64, enough: impl Fn(&[Log]) -> bool) -> Answer<Vec<Log>> {
        self.client.paged(|page| self.at.logs(run, page), enough)
    }

    pub(super) fn all_cases(&self) -> Answer<Vec<Case>> {
        self.client.list(
            LIST,
            |page| self.at.cases(page, LIST),
            |case: &Case| case.id,
        )
    }

    pub(super) fn cases_in(&self, module: u64) -> Answer<Vec<Case>> {
        self.client.list(
            LIST,
            |page| self.at.cases_in(module, page, LIST),
            |case: &Case| case.id,
        )
    }

    pub(super) fn any_case(&self) -> Answer<Vec<Case>> {
        self.client.fetch(self.at.cases(1, 1))
    }

    /// Reads one page of all cases.
    pub(super) fn case_page(&self, page: usize, steps: bool) -> Answer<Vec<Case>> {
        let request = if steps {
            self.at.cases_with_steps(page)
        } else {
            self.at.cases(page, PAGE)
        };
        self.client.fetch(request)
    }

    /// Reads one case; `None` for one that is not there or not visible.
    pub(super) fn case(&self, id: &str) -> Answer<Option<Case>> {
        match self.client.fetch(self.at.case(id)) {
            Ok(case) => Ok(Some(case)),
            // 400 is how servers answer an id that is no number and no known pid.
            Err(error) if matches!(error.status(), Some(400 | 404)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn search_cases(&self, search: &Search, steps: bool) -> Answer<Vec<Case>> {
        self.client
            .paged(|page| self.at.search(search, page, steps), |_| false)
    }

    pub(super) fn search_runs(&self, search: &Search) -> Answer<Vec<Run>> {
        self.client
            .paged(|page| self.at.search(search, page, false), |_| false)
    }

    /// Reads the logs that a search finds, at most so many pages of them.
    pub(super) fn search_logs(&self, search: &Search, pages: usize) -> Answer<Vec<Log>> {
        self.client.paged(
            |page| self.at.search(search, page, false),
            |all| all.len() >= pages.saturating_mul(PAGE),
        )
    }

    /// Searches requirements by the names that tests give them.
    pub(super) fn requirements(&self, names: &[&str]) -> Answer<Vec<Requirement>> {
        let search = super::api::requirements_named(names);
        self.client
            .paged(|page| self.at.search(&search, page, false), |_| false)
    }

    pub(super) fn linked(&self, requirements: &[u64]) -> Answer<Vec<Linked>> {
        self.client.fetch(self.at.linked(requirements))
    }

    pub(super) fn attachments(&self, log: u64) -> Answer<Vec<Attached>> {
        self.client.fetch(self.at.attachments(log))
    }
}
