//! One function an endpoint: the request as a value, without sending it.

use std::fmt::Display;

use jiff::Timestamp;
use url::Url;

use super::text;
use super::wire::{AutoLog, Batch, NewCase, NewCycle, NewModule, NewRun, NewSuite, Search};
use crate::services::counted;
use crate::transport::{Method, Opener, Request, WriteRequest};

/// qTest: runs, logs and searches come in pages of at most 999 (API: `pageSize`).
pub(super) const PAGE: usize = 999;

/// Where a list of cycles or suites begins, and where new ones go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    Root,
    Release(u64),
    Cycle(u64),
    Suite(u64),
}

impl Parent {
    fn of(self, request: Request) -> Request {
        let (kind, id) = self.named();
        request.query("parentId", id).query("parentType", kind)
    }

    fn of_new(self, request: WriteRequest) -> WriteRequest {
        let (kind, id) = self.named();
        request.query("parentId", id).query("parentType", kind)
    }

    fn named(self) -> (&'static str, String) {
        let (kind, id) = match self {
            Self::Root => ("root", 0),
            Self::Release(id) => ("release", id),
            Self::Cycle(id) => ("test-cycle", id),
            Self::Suite(id) => ("test-suite", id),
        };
        (kind, id.to_string())
    }
}

/// The site. An installation of one's own may have a path before `/api`.
#[derive(Debug, Clone)]
pub(super) struct Site {
    base: String,
    url: Url,
}

impl Site {
    pub(super) fn new(url: &Url) -> Self {
        let mut url = url.clone();
        url.set_query(None);
        url.set_fragment(None);
        Self {
            base: url.path().trim_end_matches('/').to_owned(),
            url,
        }
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.base));
        url
    }

    fn get(&self, path: &str, purpose: impl Into<String>) -> Request {
        Request::read(Method::GET, self.at(path), purpose)
    }

    /// `GET /version`, without a credential: it tells whether this is qTest.
    pub(super) fn version(&self) -> Request {
        self.get("/version", "the server's version").unauthorized()
    }

    /// `POST /oauth/token`: exchanges user and password for a token. A new token changes nothing for anybody else.
    pub(super) fn token(&self, user: &str, password: &str) -> Request {
        use base64::Engine as _;
        // The name before the colon is not checked, the password after it must be empty (qTest documentation, Common APIs).
        let client = base64::engine::general_purpose::STANDARD.encode("handin:");
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "password")
            .append_pair("username", user)
            .append_pair("password", password)
            .finish();
        Request::read(
            Method::POST,
            self.at("/oauth/token"),
            "a token for the user",
        )
        .header("authorization", format!("Basic {client}"))
        .bytes("application/x-www-form-urlencoded", form.into_bytes())
        .unauthorized()
        .confidential()
    }

    /// `GET /oauth/status`
    pub(super) fn token_status(&self) -> Request {
        self.get("/oauth/status", "the token's validity")
    }

    /// `GET /api/v3/re-evaluation`: who is signed in.
    pub(super) fn user(&self) -> Request {
        self.get("/api/v3/re-evaluation", "the account")
    }

    /// `GET /api/v3/projects`
    pub(super) fn projects(&self, page: usize, size: usize) -> Request {
        self.get("/api/v3/projects", "the projects")
            .query("assigned", "true")
            .query("page", page.to_string())
            .query("pageSize", size.to_string())
    }

    /// `GET /api/v3/projects/queue-processing/{job}`
    pub(super) fn job(&self, job: u64) -> Request {
        self.get(
            &format!("/api/v3/projects/queue-processing/{job}"),
            format!("the state of job {job}"),
        )
    }

    /// Returns the calls below a project.
    pub(super) fn project(&self, id: u64) -> ProjectSite {
        ProjectSite {
            site: self.clone(),
            id,
        }
    }
}

/// A project of a site.
#[derive(Debug, Clone)]
pub(super) struct ProjectSite {
    site: Site,
    id: u64,
}

impl ProjectSite {
    fn at(&self, path: impl Display) -> Url {
        self.site.at(&format!("/api/v3/projects/{}{path}", self.id))
    }

    fn get(&self, path: impl Display, purpose: impl Into<String>) -> Request {
        Request::read(Method::GET, self.at(path), purpose)
    }

    fn post(&self, path: impl Display, purpose: impl Into<String>) -> WriteRequest {
        WriteRequest::new(Method::POST, self.at(path), purpose)
    }

    fn put(&self, path: impl Display, purpose: impl Into<String>) -> WriteRequest {
        WriteRequest::new(Method::PUT, self.at(path), purpose)
    }

    /// `GET /projects/{project}`
    pub(super) fn itself(&self) -> Request {
        self.get("", format!("project {}", self.id))
    }

    /// `GET …/settings/{kind}/fields`
    pub(super) fn fields(&self, kind: &str) -> Request {
        self.get(
            format_args!("/settings/{kind}/fields"),
            format!("the fields of {kind}"),
        )
    }

    /// `GET …/test-runs/execution-statuses`
    pub(super) fn statuses(&self) -> Request {
        self.get("/test-runs/execution-statuses", "the execution statuses")
    }

    /// `GET …/modules`: all below the parent, or all there are.
    pub(super) fn modules(&self, parent: Option<u64>) -> Request {
        let request = self
            .get("/modules", "the modules")
            .query("expand", "descendants");
        match parent {
            Some(id) => request.query("parentId", id.to_string()),
            None => request,
        }
    }

    /// `GET …/releases`, the closed ones too: a cycle may have been moved there.
    pub(super) fn releases(&self) -> Request {
        self.get("/releases", "the releases")
            .query("includeClosed", "true")
    }

    /// `GET …/test-cycles`, with everything below.
    pub(super) fn cycles(&self, parent: Parent, page: usize, size: usize) -> Request {
        parent
            .of(self.get("/test-cycles", "the test cycles"))
            .query("expand", "descendants")
            .query("page", page.to_string())
            .query("pageSize", size.to_string())
    }

    /// `GET …/test-suites`; this list has no pages.
    pub(super) fn suites(&self, parent: Parent) -> Request {
        parent.of(self.get("/test-suites", "the test suites"))
    }

    /// `GET …/test-runs` of one container.
    pub(super) fn runs(&self, parent: Parent, page: usize) -> Request {
        parent
            .of(self.get("/test-runs", "the test runs"))
            .query("page", page.to_string())
            .query("pageSize", PAGE.to_string())
    }

    /// `GET …/test-runs/{run}/test-logs`
    pub(super) fn logs(&self, run: u64, page: usize) -> Request {
        self.get(
            format_args!("/test-runs/{run}/test-logs"),
            format!("the logs of run {run}"),
        )
        .query("page", page.to_string())
        .query("pageSize", PAGE.to_string())
    }

    /// `GET …/test-cases`: this list alone calls its page size `size`, and gives 20 without it.
    pub(super) fn cases(&self, page: usize, size: usize) -> Request {
        self.get("/test-cases", "the test cases")
            .query("page", page.to_string())
            .query("size", size.to_string())
    }

    /// Those of one module alone.
    pub(super) fn cases_in(&self, module: u64, page: usize, size: usize) -> Request {
        self.cases(page, size).query("parentId", module.to_string())
    }

    /// The same with the steps of each case.
    pub(super) fn cases_with_steps(&self, page: usize) -> Request {
        self.cases(page, PAGE).query("expandSteps", "true")
    }

    /// `GET …/test-cases/{id or pid}`
    pub(super) fn case(&self, id: &str) -> Request {
        let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC)
            .to_string()
            .replace("%2D", "-");
        self.get(format_args!("/test-cases/{id}"), format!("test case {id}"))
            .query("expand", "teststep")
    }

    /// `POST …/search`, which reads. Steps are asked for only where somebody compares them.
    pub(super) fn search(&self, search: &Search, page: usize, steps: bool) -> Request {
        let request = Request::read(
            Method::POST,
            self.at("/search"),
            format!("a search for {}", search.object_type),
        )
        .query("page", page.to_string())
        .query("pageSize", PAGE.to_string());
        let request = if steps {
            request.query("appendTestSteps", "true")
        } else {
            request
        };
        request.json(search)
    }

    /// `GET …/test-logs/{log}/attachments`
    pub(super) fn attachments(&self, log: u64) -> Request {
        self.get(
            format_args!("/test-logs/{log}/attachments"),
            format!("the attachments of log {log}"),
        )
    }

    /// `GET …/linked-artifacts`: what these requirements are linked to.
    pub(super) fn linked(&self, requirements: &[u64]) -> Request {
        let request = self
            .get("/linked-artifacts", "the links of requirements")
            .query("type", "requirements");
        let ids = requirements.iter().map(u64::to_string);
        ids.fold(request, |request, id| request.query("ids", id))
    }

    /// `POST …/requirements/{requirement}/link`
    pub(super) fn link(&self, requirement: u64, cases: &[u64]) -> WriteRequest {
        self.post(
            format_args!("/requirements/{requirement}/link"),
            format!("link test cases to requirement {requirement}"),
        )
        .query("type", "test-cases")
        .json(&cases)
        .any_answer()
    }

    /// `POST …/modules`
    pub(super) fn create_module(&self, parent: Option<u64>, module: &NewModule) -> WriteRequest {
        let request = self.post("/modules", format!("create the module `{}`", module.name));
        match parent {
            Some(id) => request.query("parentId", id.to_string()),
            None => request,
        }
        .json(module)
    }

    /// `POST …/test-cases`
    pub(super) fn create_case(&self, case: &NewCase) -> WriteRequest {
        self.post(
            "/test-cases",
            format!("create the test case `{}`", case.name),
        )
        .json(case)
    }

    /// `PUT …/test-cases/{case}`
    pub(super) fn update_case(&self, id: u64, case: &NewCase) -> WriteRequest {
        self.put(
            format_args!("/test-cases/{id}"),
            format!("update the test case `{}`", case.name),
        )
        .json(case)
    }

    /// `PUT …/test-cases/{case}/approve`
    pub(super) fn approve(&self, id: u64) -> WriteRequest {
        self.put(
            format_args!("/test-cases/{id}/approve"),
            format!("approve test case {id}"),
        )
    }

    /// `POST …/test-cycles`
    pub(super) fn create_cycle(&self, parent: Parent, cycle: &NewCycle) -> WriteRequest {
        parent
            .of_new(self.post(
                "/test-cycles",
                format!("create the test cycle `{}`", cycle.name),
            ))
            .json(cycle)
    }

    /// `POST …/test-suites`
    pub(super) fn create_suite(&self, parent: Parent, suite: &NewSuite) -> WriteRequest {
        parent
            .of_new(self.post(
                "/test-suites",
                format!("create the test suite `{}`", suite.name),
            ))
            .json(suite)
    }

    /// `POST …/test-runs`
    pub(super) fn create_run(&self, suite: u64, run: &NewRun) -> WriteRequest {
        Parent::Suite(suite)
            .of_new(self.post("/test-runs", format!("create the test run `{}`", run.name)))
            .json(run)
    }

    /// `POST /api/v3.1/…/test-runs/0/auto-test-logs`: the 0 is literal.
    pub(super) fn submit_batch(&self, batch: &Batch) -> WriteRequest {
        let path = format!("/api/v3.1/projects/{}/test-runs/0/auto-test-logs", self.id);
        WriteRequest::new(
            Method::POST,
            self.site.at(&path),
            format!("submit {}", counted(batch.test_logs.len() as u64, "result")),
        )
        .query("type", "automation")
        .json(batch)
    }

    /// `POST …/test-runs/{run}/auto-test-logs`
    pub(super) fn submit_log(&self, run: u64, log: &AutoLog) -> WriteRequest {
        self.post(
            format_args!("/test-runs/{run}/auto-test-logs"),
            format!("submit the result of `{}`", log.name),
        )
        .json(log)
    }

    /// `DELETE …/{kind}/{id}`; without `force`, so that nothing goes that is not empty.
    pub(super) fn delete(&self, kind: &str, id: u64) -> WriteRequest {
        WriteRequest::new(
            Method::DELETE,
            self.at(format_args!("/{kind}/{id}")),
            format!("take back {id} of {kind}"),
        )
        .any_answer()
        .repeatable("what is gone stays gone")
    }

    /// `POST …/test-logs/{log}/blob-handles`: the bytes of a file as they are.
    pub(super) fn attach(&self, log: u64, file: &Blob) -> WriteRequest {
        self.post(
            format_args!("/test-logs/{log}/blob-handles"),
            format!("attach `{}`", file.name),
        )
        .header("file-name", file.name.clone())
        .stream(&file.content_type, file.length, file.open.clone())
    }
}

/// A file for [`ProjectSite::attach`].
#[derive(Clone)]
pub(super) struct Blob {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) length: u64,
    pub(super) open: Opener,
}

/// Searches the cases with these fingerprints, which hold no quote.
pub(super) fn cases_with(label: &str, fingerprints: &[String]) -> Search {
    either("test-cases", label, fingerprints)
}

/// Searches the runs of these cases.
pub(super) fn runs_of(cases: &[u64]) -> Search {
    let ids: Vec<String> = cases.iter().map(u64::to_string).collect();
    either("test-runs", "Test Case Id", &ids)
}

/// Searches the runs of cases with this name, which holds no quote.
pub(super) fn runs_with(name: &str) -> Search {
    either("test-runs", "Name", &[name.to_owned()])
}

/// Searches the logs of tests that began between these times.
pub(super) fn logs_between(after: Timestamp, before: Timestamp) -> Search {
    Search {
        object_type: "test-logs",
        fields: vec!["*"],
        query: format!(
            "'Execution Start Date' > '{}' and 'Execution Start Date' < '{}'",
            text::time(after),
            text::time(before)
        ),
    }
}

/// Operators need a blank on both sides; a quote cannot be escaped.
fn either(object_type: &'static str, field: &str, values: &[String]) -> Search {
    let terms: Vec<String> = values
        .iter()
        .map(|value| format!("'{field}' = '{value}'"))
        .collect();
    Search {
        object_type,
        fields: vec!["*"],
        query: terms.join(" or "),
    }
}

/// Returns whether this is the id that people see of a test case.
pub(super) fn is_case_pid(id: &str) -> bool {
    id.strip_prefix("TC-")
        .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
}

/// Searches requirements by their ids, or by what their name holds.
pub(super) fn requirements_named(names: &[&str]) -> Search {
    let terms = names.iter().map(|name| {
        let is_id = name.strip_prefix("RQ-").unwrap_or(name);
        if is_id.chars().all(|c| c.is_ascii_digit()) {
            format!("'Id' = '{name}'")
        } else {
            format!("'Name' ~ '{name}'")
        }
    });
    let terms: Vec<String> = terms.collect();
    Search {
        object_type: "requirements",
        fields: vec!["*"],
        query: terms.join(" or "),
    }
}

/// Searches cases by the ids that people see.
pub(super) fn cases_named(ids: &[String]) -> Search {
    either("test-cases", "Id", ids)
}
