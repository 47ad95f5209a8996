//! Which request means what.

use serde_json::json;

use super::reply::{Answer, Refusal, id, ok};
use super::site::{Kind, Site, User};
use crate::http::{Request, Response};

fn nothing_here() -> Refusal {
    Refusal::new(404, "No message available")
}

impl Site {
    pub(crate) fn route(&mut self, request: &Request) -> Answer {
        let parts = request.parts();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["info"]) => {
                return ok(&json!({ "build": { "artifact": "testops", "version": "stand-in" } }));
            }
            ("POST", ["oauth", "token"]) => return self.token(request),
            _ => {}
        }
        let user = self.caller(request)?;
        match parts.as_slice() {
            [
                "api",
                "v1",
                "files"
                | "junit"
                | "katalon"
                | "katalon-test-reports"
                | "katalon-recorder"
                | "testng"
                | "testops-reports",
                ..,
            ] => self.upload_call(request, &user),
            [
                "api",
                "v1",
                "executions" | "test-results" | "releases" | "build" | "search",
                ..,
            ] => self.execution_call(request),
            ["api", "v1", ..] => self.catalog_call(request, &user),
            _ => Err(nothing_here()),
        }
    }

    fn catalog_call(&mut self, request: &Request, user: &User) -> Answer {
        let parts = request.parts();
        match (request.method.as_str(), parts.get(2..).unwrap_or_default()) {
            ("GET", ["users", "me"]) => self.me(user),
            ("GET", ["users", "token"]) => {
                ok(&json!({ "accessToken": format!("katone-{}", user.id) }))
            }
            ("GET", ["organizations", organization]) => self.show_organization(id(organization)?),
            ("GET", ["organizations", organization, "latest-executions"]) => {
                self.latest_executions(id(organization)?, request)
            }
            ("GET", ["teams"]) => self.list_teams(request),
            ("GET", ["teams", team]) => self.show_team(id(team)?),
            ("GET", ["projects"]) => self.list_projects(request),
            ("GET", ["projects", "platform-projects"]) => self.platform_projects(),
            ("GET", ["projects", project]) => self.show_project(id(project)?),
            ("POST", ["projects"]) => self.create_project(request),
            _ => Err(nothing_here()),
        }
    }

    fn upload_call(&mut self, request: &Request, user: &User) -> Answer {
        let parts = request.parts();
        match (request.method.as_str(), parts.get(2..).unwrap_or_default()) {
            ("GET", ["files", "upload-url"]) => self.upload_url(request),
            ("GET", ["files", "upload-urls"]) => self.upload_urls(request),
            ("POST", ["katalon", "test-reports"] | ["katalon-test-reports"]) => {
                self.report_one(Kind::Katalon, request, user)
            }
            ("POST", ["katalon", "test-reports", "multiple" | "multiple-v2"]) => {
                self.report_many(request, user)
            }
            ("POST", ["katalon", "test-reports", "update-result"]) => {
                self.update_result(request, user)
            }
            ("POST", ["junit" | "testng", "test-reports" | "test-reports-v2"]) => {
                self.report_one(Kind::Junit, request, user)
            }
            ("POST", ["katalon-recorder", "test-reports"]) => {
                self.report_one(Kind::Recorder, request, user)
            }
            ("POST", ["testops-reports"]) => self.report_testops(request, user),
            _ => Err(nothing_here()),
        }
    }

    fn execution_call(&mut self, request: &Request) -> Answer {
        let parts = request.parts();
        match (request.method.as_str(), parts.get(2..).unwrap_or_default()) {
            ("GET" | "POST", ["search"]) => self.search(request),
            ("GET", ["executions"]) => self.list_executions(request),
            ("DELETE", ["executions"]) => self.delete_execution(request),
            ("POST", ["executions", "reimport"]) => self.reimport(request),
            ("POST", ["executions", "terminate"]) => self.terminate(request),
            ("GET", ["executions", execution]) => self.show_execution(id(execution)?),
            ("POST", ["executions", execution, "link-release"]) => {
                self.link_release(id(execution)?, request)
            }
            ("POST", ["executions", execution, "unlink-release"]) => {
                self.change_execution(id(execution)?, |it| it.release = None)
            }
            ("POST", ["executions", execution, "link-build"]) => {
                self.link_build(id(execution)?, request)
            }
            ("PUT" | "DELETE", ["executions", execution, "tags"]) => {
                self.tag(id(execution)?, request)
            }
            ("POST", ["executions", execution, "custom-fields"]) => {
                self.show_execution(id(execution)?)
            }
            ("POST", ["executions", execution, "push-to-xray"]) => {
                self.execution(id(execution)?)?;
                Ok(Response::empty(200))
            }
            ("GET", ["test-results", "logs", result]) => self.result_log(id(result)?),
            ("GET", ["test-results", result]) => self.show_result(id(result)?),
            ("POST", ["releases"]) => self.create_release(request),
            ("PUT", ["releases"]) => self.change_release(request),
            ("POST", ["releases", release, "active"]) => self.close_release(id(release)?, request),
            ("DELETE", ["releases", release]) => self.delete_release(id(release)?),
            ("POST", ["build"]) => self.create_build(request),
            ("DELETE", ["build", build]) => self.delete_build(id(build)?),
            _ => Err(nothing_here()),
        }
    }
}
