//! Which request means what.

use super::reply::{Answer, Refusal, id, ok};
use super::site::{Desk, Site, User};
use crate::http::Request;
use serde_json::json;

fn nothing_here() -> Refusal {
    Refusal::new(404, "Not Found")
}

impl Site {
    /// Carries a request out whose path, without the context path, has these parts.
    pub(crate) fn route(&mut self, parts: &[&str], request: &Request) -> Answer {
        let method = request.method.as_str();
        match (method, parts) {
            ("GET", ["version"]) => {
                return ok(&json!({ "name": "test-conductor", "version": "11.4.2" }));
            }
            ("POST", ["oauth", "token"]) => return self.token(request),
            ("GET", ["oauth", "status"]) => return self.token_status(request),
            _ => {}
        }
        let user = self.caller(request)?;
        match (method, parts) {
            ("GET", ["api", "v3", "re-evaluation"]) => self.who(&user),
            ("GET", ["api", "v3", "projects"]) => self.list_projects(request, &user),
            ("GET", ["api", "v3", "projects", "queue-processing", job]) => self.job(id(job)?),
            ("GET", ["api", "v3", "projects", project]) => {
                self.show_project(id(project)?, request, &user)
            }
            ("GET", ["api", "v3", "projects", project, "user-profiles", "current"]) => {
                self.profile(&user, id(project)?)
            }
            (
                "POST",
                [
                    "api",
                    "v3.1",
                    "projects",
                    project,
                    "test-runs",
                    run,
                    "auto-test-logs",
                ],
            ) => self.desk(id(project)?, user)?.suite_batch(run, request),
            (_, ["api", "v3" | "v4", "projects", project, rest @ ..]) => {
                self.project_call(id(project)?, user, rest, request)
            }
            _ => Err(nothing_here()),
        }
    }

    fn project_call(
        &mut self,
        project: u64,
        user: User,
        parts: &[&str],
        request: &Request,
    ) -> Answer {
        let mut desk = self.desk(project, user)?;
        match parts.first().copied().unwrap_or_default() {
            "modules" | "test-cases"
                if !parts.contains(&"attachments") && !parts.contains(&"blob-handles") =>
            {
                desk.design_call(parts, request)
            }
            "test-cycles" | "test-suites" | "releases" | "builds"
                if !parts.contains(&"attachments")
                    && !parts.contains(&"blob-handles")
                    && !parts.contains(&"link") =>
            {
                desk.execution_call(parts, request)
            }
            "test-runs" => desk.run_call(parts, request),
            _ => desk.other_call(parts, request),
        }
    }
}

impl Desk<'_> {
    fn design_call(&mut self, parts: &[&str], request: &Request) -> Answer {
        match (request.method.as_str(), parts) {
            ("GET", ["modules"]) => self.list_modules(request),
            ("POST", ["modules"]) => self.create_module(request),
            ("GET", ["modules", module]) => self.show_module(id(module)?, request),
            ("PUT", ["modules", module]) => self.change_module(id(module)?, request),
            ("DELETE", ["modules", module]) => self.delete_module(id(module)?, request),
            ("GET", ["test-cases"]) => self.list_cases(request),
            ("POST", ["test-cases"]) => self.create_case(request),
            ("PUT", ["test-cases", "update", "testcases"]) => self.change_cases(request),
            ("GET", ["test-cases", case]) => self.show_case(case, request),
            ("PUT", ["test-cases", case]) => self.change_case(case, request),
            ("DELETE", ["test-cases", case]) => self.delete_case(case),
            ("PUT", ["test-cases", case, "approve"]) => self.approve_case(case),
            ("GET", ["test-cases", case, "versions"]) => self.list_versions(case),
            ("GET", ["test-cases", case, "versions", version]) => self.show_version(case, version),
            ("GET", ["test-cases", case, "test-steps"]) => self.list_steps(case, None),
            ("GET", ["test-cases", case, "versions", version, "test-steps"]) => {
                self.list_steps(case, Some(version))
            }
            _ => Err(nothing_here()),
        }
    }

    fn execution_call(&mut self, parts: &[&str], request: &Request) -> Answer {
        match (request.method.as_str(), parts) {
            ("GET", ["releases"]) => self.list_releases(request),
            ("POST", ["releases"]) => self.create_release(request),
            ("GET", ["releases", release]) => self.show_release(id(release)?),
            ("DELETE", ["releases", release]) => self.delete_release(id(release)?),
            ("GET", ["builds"]) => self.list_builds(request),
            ("POST", ["builds"]) => self.create_build(request),
            ("GET", ["test-cycles"]) => self.list_cycles(request),
            ("POST", ["test-cycles"]) => self.create_cycle(request),
            ("GET", ["test-cycles", cycle]) => self.show_cycle(id(cycle)?, request),
            ("PUT", ["test-cycles", cycle]) => self.change_cycle(id(cycle)?, request),
            ("DELETE", ["test-cycles", cycle]) => self.delete_cycle(id(cycle)?, request),
            ("GET", ["test-suites"]) => self.list_suites(request),
            ("POST", ["test-suites"]) => self.create_suite(request),
            ("GET", ["test-suites", suite]) => self.show_suite(id(suite)?),
            ("PUT", ["test-suites", suite]) => self.change_suite(id(suite)?, request),
            ("DELETE", ["test-suites", suite]) => self.delete_suite(id(suite)?),
            _ => Err(nothing_here()),
        }
    }

    fn run_call(&mut self, parts: &[&str], request: &Request) -> Answer {
        match (request.method.as_str(), parts) {
            ("GET", ["test-runs"]) => self.list_runs(request),
            ("POST", ["test-runs"]) => self.create_run(request),
            ("GET", ["test-runs", "execution-statuses"]) => self.list_statuses(),
            ("GET", ["test-runs", "subhierarchy"]) => self.sub_hierarchy(request),
            ("GET", ["test-runs", run]) => self.show_run(id(run)?, request),
            ("PUT", ["test-runs", run]) => self.change_run(id(run)?, request),
            ("DELETE", ["test-runs", run]) => self.delete_run(id(run)?),
            ("POST", ["test-runs", run, "auto-test-logs"]) => self.auto_log(id(run)?, request),
            ("PUT", ["test-runs", run, "auto-test-logs", log]) => {
                self.change_auto_log(id(run)?, id(log)?, request)
            }
            ("POST", ["test-runs", run, "test-logs"]) => self.manual_log(id(run)?, request),
            ("GET", ["test-runs", run, "test-logs"]) => self.list_logs(id(run)?, request),
            ("GET", ["test-runs", run, "test-logs", "last-run"]) => {
                self.last_log(id(run)?, request)
            }
            ("GET", ["test-runs", run, "test-logs", log]) => self.show_log(id(run)?, id(log)?),
            _ => Err(nothing_here()),
        }
    }

    fn other_call(&mut self, parts: &[&str], request: &Request) -> Answer {
        match (request.method.as_str(), parts) {
            ("POST", ["search"]) => self.search(request),
            ("POST", ["auto-test-logs"]) => self.tree_batch(request),
            ("GET", ["settings", kind, "fields"]) => self.list_fields(kind, request),
            ("GET", ["linked-artifacts"]) => self.linked(request),
            ("POST", [kind, object, "blob-handles"]) => self.upload(kind, object, request),
            ("DELETE", [kind, object, "blob-handles", file]) => {
                self.delete_file(kind, object, file)
            }
            ("GET", [kind, object, "attachments"]) => self.list_files(kind, object),
            ("GET", [kind, object, "attachments", file]) => self.download(kind, object, file),
            ("POST", [kind, object, "link"]) => self.link(kind, object, request),
            ("DELETE", [kind, object, "link"]) => self.unlink(kind, object, request),
            _ => Err(nothing_here()),
        }
    }
}
