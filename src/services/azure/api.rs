//! One function an endpoint: each returns the request as a value, and sends nothing.

use std::sync::Arc;

use serde_json::{Value, json};
use url::Url;

use super::Address;
use super::version::{Generation, Resource, Versions};
use super::wire::{AddResult, CreateRun, SetResult, UpdateRun};
use crate::services::counted;
use crate::transport::{Body, Method, Request, WriteRequest};

/// Azure: at most 1000 results come in one answer, as long as no details are asked for (docs: Results – List).
pub(super) const RESULTS_PER_PAGE: u64 = 1000;

/// Azure: at most 1000 results go into one call (docs: Results – Add; Microsoft's own publisher sends as many).
pub(super) const BATCH: usize = 1000;
/// The most bytes in one call: large bodies have been refused.
pub(super) const BATCH_BYTES: u64 = 4 * 1024 * 1024;

/// Azure: at most 200 work items can be asked for at once (docs: Work Items – Get Work Items Batch).
pub(super) const WORK_ITEMS_PER_CALL: usize = 200;

/// The endpoints of one project at one generation of the API.
#[derive(Debug)]
pub(super) struct Endpoints {
    pub(super) base: Url,
    pub(super) project: String,
    pub(super) versions: Arc<Versions>,
}

impl Endpoints {
    pub(super) fn connection_data(&self) -> Request {
        let url = self.url(&["_apis", "connectionData"], Resource::ConnectionData);
        Request::read(Method::GET, url, "Who is signed in")
    }

    /// Asks a server which versions of an area it has; needs no version itself.
    pub(super) fn resources(&self, area: &str) -> Request {
        Request::read(
            Method::OPTIONS,
            self.bare(&["_apis", area]),
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
            Resource::Plans,
        );
        Request::read(Method::GET, url, format!("The plan {plan}"))
    }

    pub(super) fn plans(&self, token: Option<&str>) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "testplan", "plans"],
            Resource::Plans,
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
            self.url(&path, Resource::Suites),
            format!("The suites of plan {plan}"),
        );
        page(
            request
                .query("asTreeView", "true")
                .query("expand", "children"),
            token,
        )
    }

    pub(super) fn suite(&self, plan: u64, suite: u64) -> Request {
        let path = [
            &self.project,
            "_apis",
            "testplan",
            "Plans",
            &plan.to_string(),
            "suites",
            &suite.to_string(),
        ];
        Request::read(
            Method::GET,
            self.url(&path, Resource::Suites),
            format!("The suite {suite} of plan {plan}"),
        )
    }

    /// The suites that hold a case, in all plans (docs: Test Suites – Get Suites By Test Case Id).
    pub(super) fn suites_of_case(&self, case: u64) -> Request {
        let url = self.url(&["_apis", "testplan", "suites"], Resource::Suites);
        Request::read(Method::GET, url, format!("The suites of case {case}"))
            .query("testCaseId", case.to_string())
    }

    pub(super) fn configurations(&self, token: Option<&str>) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "testplan", "configurations"],
            Resource::Configurations,
        );
        page(Request::read(Method::GET, url, "The configurations"), token)
    }

    /// The points of one case, in a suite and below it.
    pub(super) fn points_of_case(
        &self,
        (plan, suite): (u64, u64),
        case: u64,
        token: Option<&str>,
    ) -> Request {
        let mut request = self
            .points(plan, suite, token)
            .query("testCaseId", case.to_string());
        request.purpose = format!("The test points of case {case}");
        request
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
            self.url(&path, Resource::Points),
            format!("The test points of plan {plan}, suite {suite}"),
        );
        // Azure: Server 2019 cannot look below a suite (docs: Test Point – Get Points List, 5.0).
        let request = match self.versions.generation {
            Generation::V5_0 => request,
            Generation::V6_0 | Generation::V7_0 | Generation::V7_1 => {
                request.query("isRecursive", "true")
            }
        };
        page(request.query("includePointDetails", "true"), token)
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
            self.url(&path, Resource::SuiteCases),
            format!("The test cases of plan {plan}, suite {suite}"),
        );
        let fields = "System.Title,System.State,Microsoft.VSTS.TCM.AutomatedTestName,Microsoft.VSTS.TCM.AutomationStatus";
        // Azure: Server 2020 cannot look below a suite either (docs: Suite Test Case – Get Test Case List, 6.0).
        let request = match self.versions.generation {
            Generation::V5_0 | Generation::V6_0 => request,
            Generation::V7_0 | Generation::V7_1 => request.query("isRecursive", "true"),
        };
        page(
            request.query("witFields", fields).query("expand", "false"),
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
            "System.Rev",
            "Microsoft.VSTS.TCM.AutomatedTestName",
            "Microsoft.VSTS.TCM.AutomationStatus",
            "Microsoft.VSTS.TCM.AutomatedTestId",
        ];
        Request::read(Method::POST, url, format!("{} work items", ids.len()))
            .json(&json!({"ids": ids, "fields": fields, "errorPolicy": "omit"}))
    }

    /// A query for the test cases that these tests automate, though it is a POST.
    pub(super) fn cases_automated_by(&self, tests: &[&str]) -> Request {
        let path = [&self.project, "_apis", "wit", "wiql"];
        let ids: Vec<String> = tests.iter().map(|id| format!("'{id}'")).collect();
        let query = format!(
            "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND [System.WorkItemType] IN GROUP 'Microsoft.TestCaseCategory' AND [Microsoft.VSTS.TCM.AutomatedTestId] IN ({})",
            ids.join(", ")
        );
        let url = self.url(&path, Resource::Released);
        Request::read(Method::POST, url, "The cases that these tests automate")
            .json(&json!({"query": query}))
    }

    /// Makes a test case. Azure: the type stands in the path, behind a dollar sign (docs: Work Items – Create).
    pub(super) fn create_case(&self, kind: &str, document: &Value) -> WriteRequest {
        let path = [
            &self.project,
            "_apis",
            "wit",
            "workitems",
            &format!("${kind}"),
        ];
        let bytes = serde_json::to_vec(document).unwrap_or_default();
        WriteRequest::new(
            Method::POST,
            self.url(&path, Resource::Released),
            "Creating a test case",
        )
        .bytes("application/json-patch+json", bytes)
    }

    /// Adds cases to a suite; they get a test point in the configuration that is named, else in each of the suite's own (docs: Suite Test
    /// Case – Add).
    pub(super) fn add_cases(
        &self,
        (plan, suite): (u64, u64),
        configuration: Option<u64>,
        cases: &[u64],
    ) -> WriteRequest {
        let path = [
            &self.project,
            "_apis",
            "testplan",
            "Plans",
            &plan.to_string(),
            "Suites",
            &suite.to_string(),
            "TestCase",
        ];
        let points: Vec<Value> = configuration
            .map(|id| json!({"configurationId": id}))
            .into_iter()
            .collect();
        let cases: Vec<Value> = cases
            .iter()
            .map(|id| json!({"pointAssignments": points, "workItem": {"id": id}}))
            .collect();
        WriteRequest::new(
            Method::POST,
            self.url(&path, Resource::SuiteCases),
            format!(
                "Adding {} to the suite {suite}",
                counted(cases.len() as u64, "test case")
            ),
        )
        .json(&cases)
    }

    /// Azure: test cases are not deleted as other work items are (docs: Test Cases – Delete).
    pub(super) fn delete_case(&self, case: u64) -> WriteRequest {
        let path = [
            &self.project,
            "_apis",
            "testplan",
            "testcases",
            &case.to_string(),
        ];
        WriteRequest::new(
            Method::DELETE,
            self.url(&path, Resource::Cases),
            format!("Deleting the case {case}"),
        )
        .any_answer()
    }

    /// The steps of test cases: a query, though it is a POST.
    pub(super) fn steps_of(&self, ids: &[u64]) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "wit", "workitemsbatch"],
            Resource::Released,
        );
        let fields = ["System.Id", "Microsoft.VSTS.TCM.Steps"];
        Request::read(
            Method::POST,
            url,
            format!("The steps of {}", counted(ids.len() as u64, "case")),
        )
        .json(&json!({"ids": ids, "fields": fields, "errorPolicy": "omit"}))
    }

    /// A result with its `iterations` or its `subResults`.
    pub(super) fn details(&self, run: u64, result: u64, which: &str) -> Request {
        let path = [
            &self.project,
            "_apis",
            "test",
            "Runs",
            &run.to_string(),
            "results",
            &result.to_string(),
        ];
        Request::read(
            Method::GET,
            self.url(&path, Resource::Results),
            format!("The {which} of result {result} of run {run}"),
        )
        .query("detailsToInclude", which)
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
        plan: Option<u64>,
        window: (&str, &str),
        token: Option<&str>,
    ) -> Request {
        let url = self.url(&[&self.project, "_apis", "test", "runs"], Resource::Runs);
        let request = Request::read(Method::GET, url, format!("The runs since {}", window.0))
            .query("minLastUpdatedDate", window.0)
            .query("maxLastUpdatedDate", window.1);
        let request = match plan {
            Some(plan) => request.query("planIds", plan.to_string()),
            None => request,
        };
        page(request.query("$top", "100"), token)
    }

    /// The runs of a plan with this name, of the last days.
    pub(super) fn runs_named(
        &self,
        plan: u64,
        (window, name): ((&str, &str), &str),
        token: Option<&str>,
    ) -> Request {
        self.runs_between(Some(plan), window, token)
            .query("runTitle", name)
    }

    /// All runs of a plan, whatever their age (docs: Runs – List).
    pub(super) fn runs_of_plan(&self, plan: u64, skip: u64, top: usize) -> Request {
        let url = self.url(&[&self.project, "_apis", "test", "runs"], Resource::Runs);
        Request::read(Method::GET, url, format!("All runs of plan {plan}"))
            .query("planId", plan.to_string())
            .query("includeRunDetails", "true")
            .query("$skip", skip.to_string())
            .query("$top", top.to_string())
    }

    pub(super) fn run(&self, run: u64) -> Request {
        let path = [&self.project, "_apis", "test", "runs", &run.to_string()];
        Request::read(
            Method::GET,
            self.url(&path, Resource::Runs),
            format!("The run {run}"),
        )
    }

    pub(super) fn create_run(&self, body: &CreateRun) -> WriteRequest {
        let url = self.url(&[&self.project, "_apis", "test", "runs"], Resource::Runs);
        WriteRequest::new(
            Method::POST,
            url,
            format!("Creating the run `{}`", body.name),
        )
        .json(body)
    }

    pub(super) fn update_run(&self, run: u64, body: &UpdateRun) -> WriteRequest {
        let path = [&self.project, "_apis", "test", "runs", &run.to_string()];
        WriteRequest::new(
            Method::PATCH,
            self.url(&path, Resource::Runs),
            format!("Changing the run {run}"),
        )
        .json(body)
    }

    /// A page of a run's results, of one outcome or of all.
    pub(super) fn results(&self, run: u64, skip: u64, outcome: Option<&str>) -> Request {
        let request = Request::read(
            Method::GET,
            self.results_url(run),
            format!("The results of run {run}"),
        )
        .query("$top", RESULTS_PER_PAGE.to_string())
        .query("$skip", skip.to_string())
        .query("detailsToInclude", "none");
        match outcome {
            Some(outcome) => request.query("outcomes", outcome),
            None => request,
        }
    }

    /// One result by itself, with all its texts.
    pub(super) fn result(&self, run: u64, result: u64) -> Request {
        let mut url = self.results_url(run);
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.push(&result.to_string());
        }
        Request::read(
            Method::GET,
            url,
            format!("The result {result} of run {run}"),
        )
    }

    /// The first results of a run with their sub-results (docs: Results – List: at most 200 at once with such details).
    pub(super) fn sub_results(&self, run: u64) -> Request {
        Request::read(
            Method::GET,
            self.results_url(run),
            format!("The sub-results of run {run}"),
        )
        .query("$top", "100")
        .query("detailsToInclude", "subResults")
    }

    /// Appends results to a run, each with its point.
    pub(super) fn add_results(&self, run: u64, body: &[AddResult]) -> WriteRequest {
        WriteRequest::new(
            Method::POST,
            self.results_url(run),
            format!(
                "Appending {} to run {run}",
                counted(body.len() as u64, "result")
            ),
        )
        .json(&body)
    }

    pub(super) fn delete_run(&self, run: u64) -> WriteRequest {
        let path = [&self.project, "_apis", "test", "runs", &run.to_string()];
        WriteRequest::new(
            Method::DELETE,
            self.url(&path, Resource::Runs),
            format!("Deleting the empty run {run}"),
        )
        .any_answer()
    }

    /// Azure: a number may be shared by builds of several definitions, so two are asked for (docs: Builds – List).
    pub(super) fn builds_numbered(&self, number: &str) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "build", "builds"],
            Resource::Released,
        );
        Request::read(Method::GET, url, format!("The build `{number}`"))
            .query("buildNumber", number)
            .query("$top", "2")
    }

    pub(super) fn build(&self, id: u64) -> Request {
        let url = self.url(
            &[&self.project, "_apis", "build", "builds", &id.to_string()],
            Resource::Released,
        );
        Request::read(Method::GET, url, format!("The build {id}"))
    }

    pub(super) fn release(&self, id: &str) -> Request {
        let path = [&self.project, "_apis", "release", "releases", id];
        let elsewhere = Address::releases(&self.base);
        let url = self.url_at(
            elsewhere.as_ref().unwrap_or(&self.base),
            &path,
            Resource::Released,
        );
        Request::read(Method::GET, url, format!("The release {id}"))
    }

    pub(super) fn project(&self, project: &str) -> Request {
        let url = self.url(&["_apis", "projects", project], Resource::Released);
        Request::read(Method::GET, url, format!("The project `{project}`"))
    }

    /// Changes fields of a work item.
    pub(super) fn patch_work_item(&self, id: u64, change: &Value) -> WriteRequest {
        let (url, purpose, bytes) = self.patch_of_work_item(id, change);
        WriteRequest::new(Method::PATCH, url, purpose)
            .repeatable("a field that is set to the same value again stays the same")
            .bytes("application/json-patch+json", bytes)
    }

    /// Asks whether fields of a work item could be changed.
    pub(super) fn try_work_item(&self, id: u64, change: &Value) -> Request {
        let (url, purpose, bytes) = self.patch_of_work_item(id, change);
        Request::read(Method::PATCH, url, purpose)
            .query("validateOnly", "true")
            .bytes("application/json-patch+json", bytes)
    }

    fn patch_of_work_item(&self, id: u64, change: &Value) -> (Url, String, Vec<u8>) {
        let path = ["_apis", "wit", "workitems", &id.to_string()];
        let url = self.url(&path, Resource::Released);
        let purpose = format!("Associating the case {id} with its test");
        let bytes = serde_json::to_vec(change).unwrap_or_default();
        (url, purpose, bytes)
    }

    pub(super) fn set_results(&self, run: u64, body: &[SetResult]) -> WriteRequest {
        WriteRequest::new(
            Method::PATCH,
            self.results_url(run),
            format!(
                "Setting {} of run {run}",
                counted(body.len() as u64, "result")
            ),
        )
        .json(&body)
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

    /// The content of a file at a run.
    pub(super) fn attachment(&self, run: u64, id: u64) -> Request {
        let path = [
            &self.project,
            "_apis",
            "test",
            "Runs",
            &run.to_string(),
            "attachments",
            &id.to_string(),
        ];
        Request::read(
            Method::GET,
            self.url(&path, Resource::RunAttachments),
            format!("The attachment {id} of run {run}"),
        )
        .any_answer()
    }

    /// Attaches a file whose content `body` streams as the JSON that the service wants.
    pub(super) fn attach(
        &self,
        run: u64,
        result: Option<u64>,
        name: &str,
        body: Body,
    ) -> WriteRequest {
        WriteRequest::new(
            Method::POST,
            self.attachments_url(run, result),
            format!("Attaching `{name}` to run {run}"),
        )
        .body("application/json", body)
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
            Resource::Results,
        )
    }

    fn attachments_url(&self, run: u64, result: Option<u64>) -> Url {
        let run = run.to_string();
        let Some(result) = result.map(|result| result.to_string()) else {
            return self.url(
                &[&self.project, "_apis", "test", "Runs", &run, "attachments"],
                Resource::RunAttachments,
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
        self.url(&path, Resource::ResultAttachments)
    }

    fn url(&self, path: &[&str], resource: Resource) -> Url {
        self.url_at(&self.base, path, resource)
    }

    fn url_at(&self, base: &Url, path: &[&str], resource: Resource) -> Url {
        let mut url = below(base, path);
        url.query_pairs_mut()
            .append_pair("api-version", self.versions.of(resource));
        url
    }

    fn bare(&self, path: &[&str]) -> Url {
        below(&self.base, path)
    }
}

fn below(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    // An https or http address has a path.
    if let Ok(mut parts) = url.path_segments_mut() {
        parts.pop_if_empty().extend(path);
    }
    url
}

fn page(request: Request, token: Option<&str>) -> Request {
    match token {
        Some(token) => request.query("continuationToken", token),
        None => request,
    }
}
