//! One function an endpoint: each returns the request as a value, and sends nothing.

use serde_json::json;
use url::Url;

use super::version::{Generation, Resource};
use super::wire::{CreateRun, SetResult, UpdateRun};
use crate::transport::{Body, Method, Request};

/// Azure: at most 1000 results come in one answer, as long as no details are asked for (docs: Results – List).
pub(super) const RESULTS_PER_PAGE: u64 = 1000;

/// Azure: at most 200 work items can be asked for at once (docs: Work Items – Get Work Items Batch).
pub(super) const WORK_ITEMS_PER_CALL: usize = 200;

/// The endpoints of one project at one generation of the API.
#[derive(Debug)]
pub(super) struct Endpoints {
    pub(super) base: Url,
    pub(super) project: String,
    pub(super) generation: Generation,
}

impl Endpoints {
    pub(super) fn connection_data(&self) -> Request {
        let url = self.url(&["_apis", "connectionData"], Resource::ConnectionData);
        Request::read(Method::GET, url, "Who is signed in")
    }

    /// Asks a server which versions of area `test` it has; needs no version itself.
    pub(super) fn resources(&self) -> Request {
        Request::read(
            Method::OPTIONS,
            self.bare(&["_apis", "test"]),
            "The versions that the server has",
        )
    }

    pub(super) fn projects(&self, token: Option<&str>) -> Request {
        let url = self.url(&["_apis", "projects"], Resource::Released);
        page(
            Request::read(Method::GET, url, "The projects")
                .query("stateFilter", "wellFormed")
                .query("$top", "100"),
            token,
        )
    }

    pub(super) fn plan(&self, plan: u64) -> Request {
        let url = self.url(
            &[
                &self.project,
                "_apis",
                "testplan",
                "plans",
                &plan.to_string(),
            ],
            Resource::TestPlan,
        );
        Request::read(Method::GET, url, format!("The plan {plan}"))
    }

    pub(super) fn plans(&self, token: Option<&str>) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "testplan", "plans"],
            Resource::TestPlan,
        );
        page(
            Request::read(Method::GET, url, "The plans").query("includePlanDetails", "true"),
            token,
        )
    }

    pub(super) fn suites(&self, plan: u64, token: Option<&str>) -> Request {
        let path = [
            &self.project,
            "_apis",
            "testplan",
            "Plans",
            &plan.to_string(),
            "suites",
        ];
        let request = Request::read(
            Method::GET,
            self.url(&path, Resource::TestPlan),
            format!("The suites of plan {plan}"),
        );
        page(
            request
                .query("asTreeView", "true")
                .query("expand", "children"),
            token,
        )
    }

    pub(super) fn configurations(&self, token: Option<&str>) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "testplan", "configurations"],
            Resource::TestPlan,
        );
        page(Request::read(Method::GET, url, "The configurations"), token)
    }

    /// Azure: of the ways to list points this is the one that needs no write scope (docs: Test Point – Get Points List).
    pub(super) fn points(&self, plan: u64, suite: u64, token: Option<&str>) -> Request {
        let (plan_text, suite_text) = (plan.to_string(), suite.to_string());
        let path = [
            &self.project,
            "_apis",
            "testplan",
            "Plans",
            &plan_text,
            "Suites",
            &suite_text,
            "TestPoint",
        ];
        let request = Request::read(
            Method::GET,
            self.url(&path, Resource::SuiteContent),
            format!("The test points of plan {plan}, suite {suite}"),
        );
        page(
            request
                .query("isRecursive", "true")
                .query("includePointDetails", "true"),
            token,
        )
    }

    pub(super) fn suite_cases(&self, plan: u64, suite: u64, token: Option<&str>) -> Request {
        let (plan_text, suite_text) = (plan.to_string(), suite.to_string());
        let path = [
            &self.project,
            "_apis",
            "testplan",
            "Plans",
            &plan_text,
            "Suites",
            &suite_text,
            "TestCase",
        ];
        let request = Request::read(
            Method::GET,
            self.url(&path, Resource::SuiteContent),
            format!("The test cases of plan {plan}, suite {suite}"),
        );
        let fields = "System.Title,System.State,Microsoft.VSTS.TCM.AutomatedTestName,Microsoft.VSTS.TCM.AutomationStatus";
        page(
            request
                .query("isRecursive", "true")
                .query("witFields", fields)
                .query("expand", "false"),
            token,
        )
    }

    /// A query, though it is a POST.
    pub(super) fn work_items(&self, ids: &[u64]) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "wit", "workitemsbatch"],
            Resource::Released,
        );
        let fields = [
            "System.Id",
            "System.WorkItemType",
            "System.Title",
            "System.State",
            "System.TeamProject",
            "Microsoft.VSTS.TCM.AutomatedTestName",
            "Microsoft.VSTS.TCM.AutomationStatus",
        ];
        Request::read(Method::POST, url, format!("{} work items", ids.len()))
            .json(&json!({"ids": ids, "fields": fields, "errorPolicy": "omit"}))
    }

    /// Azure: the name of the type is translated in localised processes, the category's reference name is not.
    pub(super) fn case_category(&self) -> Request {
        let path = [
            &self.project,
            "_apis",
            "wit",
            "workitemtypecategories",
            "Microsoft.TestCaseCategory",
        ];
        Request::read(
            Method::GET,
            self.url(&path, Resource::Released),
            "The kinds of test case",
        )
    }

    /// Azure: the window may be seven days wide at most, and a page holds 100 runs at most (docs: Runs – Query).
    pub(super) fn runs_between(
        &self,
        plan: u64,
        window: (&str, &str),
        token: Option<&str>,
    ) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "test", "runs"],
            Resource::Released,
        );
        let request = Request::read(
            Method::GET,
            url,
            format!("The runs of plan {plan} since {}", window.0),
        )
        .query("minLastUpdatedDate", window.0)
        .query("maxLastUpdatedDate", window.1)
        .query("planIds", plan.to_string())
        .query("$top", "100");
        page(request, token)
    }

    /// All runs of a plan, whatever their age (docs: Runs – List).
    pub(super) fn runs_of_plan(&self, plan: u64, skip: u64) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "test", "runs"],
            Resource::Released,
        );
        Request::read(Method::GET, url, format!("All runs of plan {plan}"))
            .query("planId", plan.to_string())
            .query("includeRunDetails", "true")
            .query("$skip", skip.to_string())
            .query("$top", "1000")
    }

    pub(super) fn run(&self, run: u64) -> Request {
        let path = [&self.project, "_apis", "test", "runs", &run.to_string()];
        Request::read(
            Method::GET,
            self.url(&path, Resource::Released),
            format!("The run {run}"),
        )
    }

    pub(super) fn create_run(&self, body: &CreateRun) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "test", "runs"],
            Resource::Released,
        );
        Request::write(
            Method::POST,
            url,
            format!("Creating the run `{}`", body.name),
        )
        .json(body)
    }

    pub(super) fn update_run(&self, run: u64, body: &UpdateRun) -> Request {
        let path = [&self.project, "_apis", "test", "runs", &run.to_string()];
        Request::write(
            Method::PATCH,
            self.url(&path, Resource::Released),
            format!("Changing the run {run}"),
        )
        .json(body)
        .repeatable("a PATCH sets absolute values: doing it twice is doing it once")
    }

    pub(super) fn results(&self, run: u64, skip: u64) -> Request {
        Request::read(
            Method::GET,
            self.results_url(run),
            format!("The results of run {run}"),
        )
        .query("$top", RESULTS_PER_PAGE.to_string())
        .query("$skip", skip.to_string())
        .query("detailsToInclude", "none")
    }

    pub(super) fn set_results(&self, run: u64, body: &[SetResult]) -> Request {
        Request::write(
            Method::PATCH,
            self.results_url(run),
            format!("Setting {} results of run {run}", body.len()),
        )
        .json(&body)
        .repeatable(
            "a PATCH sets absolute values of results named by id: doing it twice is doing it once",
        )
    }

    pub(super) fn statistics(&self, run: u64) -> Request {
        let path = [
            &self.project,
            "_apis",
            "test",
            "runs",
            &run.to_string(),
            "Statistics",
        ];
        Request::read(
            Method::GET,
            self.url(&path, Resource::Released),
            format!("The statistics of run {run}"),
        )
    }

    /// The attachments of a result, or of the run itself.
    pub(super) fn attachments(&self, run: u64, result: Option<u64>) -> Request {
        let whose = result.map_or_else(
            || format!("run {run}"),
            |result| format!("result {result} of run {run}"),
        );
        Request::read(
            Method::GET,
            self.attachments_url(run, result),
            format!("The attachments of {whose}"),
        )
    }

    /// Attaches a file whose content `body` streams as the JSON that the service wants.
    pub(super) fn attach(&self, run: u64, result: Option<u64>, name: &str, body: Body) -> Request {
        let mut request = Request::write(
            Method::POST,
            self.attachments_url(run, result),
            format!("Attaching `{name}` to run {run}"),
        );
        request
            .headers
            .push(("content-type", "application/json".to_owned()));
        request.body = body;
        request
    }

    fn results_url(&self, run: u64) -> Url {
        self.url(
            &[
                &self.project,
                "_apis",
                "test",
                "Runs",
                &run.to_string(),
                "results",
            ],
            Resource::Released,
        )
    }

    fn attachments_url(&self, run: u64, result: Option<u64>) -> Url {
        let run = run.to_string();
        let Some(result) = result.map(|result| result.to_string()) else {
            return self.url(
                &[&self.project, "_apis", "test", "Runs", &run, "attachments"],
                Resource::Attachments,
            );
        };
        let path = [
            &self.project,
            "_apis",
            "test",
            "Runs",
            &run,
            "Results",
            &result,
            "attachments",
        ];
        self.url(&path, Resource::Attachments)
    }

    fn url(&self, path: &[&str], resource: Resource) -> Url {
        let mut url = self.bare(path);
        url.query_pairs_mut()
            .append_pair("api-version", self.generation.of(resource));
        url
    }

    fn bare(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // An https or http address has a path.
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        url
    }
}

fn page(request: Request, token: Option<&str>) -> Request {
    match token {
        Some(token) => request.query("continuationToken", token),
        None => request,
    }
}
