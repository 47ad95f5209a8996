//! Executions: looked at, listed, found by their batch, linked, tagged, ended, deleted.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::importer::{Import, Status, TestResult};
use super::reply::{Answer, Pageable, Refusal, body, number, ok, text};
use super::site::{Execution, Quirk, Site, Stage, User, put};
use crate::http::{Request, Response};
use crate::pace::Progress;

impl Site {
    pub(crate) fn web_url(&self, execution: &Execution) -> String {
        let team = self.project(execution.project).map(|project| project.team);
        format!(
            "{}/team/{}/project/{}/executions/{}",
            self.url,
            team.unwrap_or_default(),
            execution.project,
            execution.order
        )
    }

    pub(crate) fn execution(&self, id: u64) -> Result<&Execution, Refusal> {
        self.executions
            .get(&id)
            .ok_or_else(|| Refusal::gone("Execution"))
    }

    pub(crate) fn show_execution(&self, id: u64) -> Answer {
        ok(&self.execution_json(self.execution(id)?))
    }

    /// Returns an execution; until it is imported it runs, and its counts are 0.
    pub(crate) fn execution_json(&self, execution: &Execution) -> Value {
        let import = &execution.import;
        let start = import.start.unwrap_or(execution.started.as_millisecond());
        let end = import.end.unwrap_or(start);
        let taken: i64 = import
            .results
            .iter()
            .map(|result| result.end - result.start)
            .sum();
        let mut value = json!({
            "id": execution.id,
            "order": execution.order,
            "projectId": execution.project,
            "status": status(execution),
            "executionStage": execution.stage.label(),
            "startTime": time(start),
            "duration": taken,
            "elapsedDuration": end - start,
            "totalTests": import.results.len(),
            "totalPassedTests": import.count(Status::Passed),
            "totalFailedTests": import.count(Status::Failed),
            "totalErrorTests": import.count(Status::Error),
            "totalIncompleteTests": import.count(Status::Incomplete),
            "totalSkippedTests": import.count(Status::Skipped),
            "totalDiffTests": 0,
            "totalDiffPassedTests": 0,
            "totalDiffFailedTests": 0,
            "totalDiffErrorTests": 0,
            "totalDiffIncompleteTests": 0,
            "webUrl": self.web_url(execution),
            "hasComment": false,
            "type": "KATALON",
            "dataType": "USER_DATA",
        });
        if import.end.is_some() {
            put(&mut value, "endTime", json!(time(end)));
        }
        self.add_surroundings(&mut value, execution);
        value
    }

    fn add_surroundings(&self, value: &mut Value, execution: &Execution) {
        if let Some(project) = self.project(execution.project) {
            put(value, "project", self.project_json(project));
        }
        if let Some(user) = self.user(execution.user) {
            put(value, "user", json!({ "id": user.id, "email": user.email }));
        }
        let known = [
            ("sessionId", &execution.import.session),
            ("buildLabel", &execution.import.build_label),
            ("buildUrl", &execution.import.build_url),
        ];
        for (name, text) in known {
            let hidden = name == "sessionId" && self.has(Quirk::SessionsHidden);
            if let Some(text) = text.as_ref().filter(|_| !hidden) {
                put(value, name, json!(text));
            }
        }
        if let Some(release) = execution.release.and_then(|id| self.releases.get(&id)) {
            put(value, "release", super::catalog::release_json(release));
        }
        if let Some(build) = execution.build.and_then(|id| self.builds.get(&id)) {
            put(value, "buildId", json!(build.id));
            put(value, "build", super::catalog::build_json(build));
        }
    }

    /// A page of executions, of one batch if the request names one.
    pub(crate) fn list_executions(&self, request: &Request) -> Answer {
        let pageable = Pageable::read(request)?;
        let wanted = |name: &str| request.query(name).map(super::reply::id).transpose();
        let (project, order) = (wanted("projectId")?, wanted("order")?);
        let batch = request.query("batch");
        let found = self
            .executions
            .values()
            .rev()
            .filter(|execution| self.shows(execution))
            .filter(|execution| project.is_none_or(|project| execution.project == project))
            .filter(|execution| order.is_none_or(|order| execution.order == order))
            .filter(|execution| batch.is_none_or(|batch| self.is_of_batch(execution.id, batch)))
            .map(|execution| self.execution_json(execution))
            .collect();
        ok(&pageable.page(found))
    }

    /// Returns whether lists and searches show an execution by now.
    pub(crate) fn shows(&self, execution: &Execution) -> bool {
        execution.made.progress(self.options.listing, self.tick) == Progress::Done
    }

    fn is_of_batch(&self, execution: u64, name: &str) -> bool {
        if self.has(Quirk::BatchesIgnored) {
            return true;
        }
        let hidden = self.has(Quirk::BatchesHidden);
        !hidden
            && self
                .batches
                .iter()
                .any(|batch| batch.execution == execution && batch.name == name)
    }

    pub(crate) fn latest_executions(&self, organization: u64, request: &Request) -> Answer {
        let of = |execution: &Execution| {
            let team = self
                .project(execution.project)
                .and_then(|project| self.team(project.team));
            team.is_some_and(|team| team.organization == organization)
        };
        let found = self
            .executions
            .values()
            .rev()
            .filter(|execution| of(execution));
        let found = found
            .map(|execution| self.execution_json(execution))
            .collect();
        ok(&Pageable::read(request)?.page(found))
    }

    pub(crate) fn change_execution(
        &mut self,
        id: u64,
        change: impl FnOnce(&mut Execution),
    ) -> Answer {
        self.execution(id)?;
        if let Some(execution) = self.executions.get_mut(&id) {
            change(execution);
        }
        self.show_execution(id)
    }

    pub(crate) fn tag(&mut self, id: u64, request: &Request) -> Answer {
        let body = body(request)?;
        let name = text(&body, "name").filter(|name| !name.is_empty());
        let name = name
            .ok_or_else(|| Refusal::bad("name must not be empty"))?
            .to_owned();
        let remove = request.method == "DELETE";
        self.change_execution(id, |execution| {
            execution.tags.retain(|known| *known != name);
            if !remove {
                execution.tags.push(name);
            }
        })
    }

    fn with_order(&self, request: &Request) -> Result<u64, Refusal> {
        let (project, order) = (number(request, "projectId")?, number(request, "order")?);
        let mut executions = self.executions.values();
        let found =
            executions.find(|execution| execution.project == project && execution.order == order);
        found
            .map(|execution| execution.id)
            .ok_or_else(|| Refusal::gone("Execution"))
    }

    pub(crate) fn terminate(&mut self, request: &Request) -> Answer {
        let id = self.with_order(request)?;
        self.change_execution(id, |execution| execution.stage = Stage::Terminate)
    }

    pub(crate) fn delete_execution(&mut self, request: &Request) -> Answer {
        let id = self.with_order(request)?;
        if self.has(Quirk::KeepsExecutions) {
            return Ok(Response::empty(200));
        }
        self.executions.remove(&id);
        self.batches.retain(|batch| batch.execution != id);
        Ok(Response::empty(200))
    }

    /// A result while the tests run: the first one makes an execution for the session.
    pub(crate) fn update_result(&mut self, request: &Request, user: &User) -> Answer {
        let project = number(request, "projectId")?;
        self.open_project(project)?;
        let body = body(request)?;
        let session = text(&body, "sessionId").unwrap_or_default().to_owned();
        let found = self
            .executions
            .values()
            .find(|execution| execution.import.session.as_deref() == Some(session.as_str()))
            .map(|execution| execution.id);
        let id = match found {
            Some(id) => id,
            None => self.add_execution(project, user),
        };
        let now = crate::time::now().as_millisecond();
        let words = |name: &str| text(&body, name).unwrap_or_default().to_owned();
        let end = body.get("end").and_then(Value::as_bool) == Some(true);
        let status = Status::read(&words("status"));
        self.change_execution(id, |execution| {
            execution.import.session = Some(session);
            if let Some(status) = status {
                execution.import.results.push(TestResult {
                    suite: words("testSuiteId"),
                    name: words("name"),
                    status,
                    start: now,
                    end: now,
                    message: String::new(),
                });
            }
            if end {
                execution.stage = Stage::Completed;
            }
        })
    }

    /// Returns all results with their ids and executions.
    pub(crate) fn results(&self) -> impl Iterator<Item = (u64, &Execution, &TestResult)> {
        self.executions.values().flat_map(|execution| {
            (execution.first_result..)
                .zip(&execution.import.results)
                .map(move |(id, result)| (id, execution, result))
        })
    }

    pub(crate) fn show_result(&self, id: u64) -> Answer {
        let found = self.results().find(|(known, _, _)| *known == id);
        let (id, execution, result) = found.ok_or_else(|| Refusal::gone("Test result"))?;
        ok(&result_json(id, execution, result))
    }

    pub(crate) fn result_log(&self, id: u64) -> Answer {
        let found = self.results().find(|(known, _, _)| *known == id);
        let (_, _, result) = found.ok_or_else(|| Refusal::gone("Test result"))?;
        Ok(Response::text(200, result.message.clone()))
    }
}

fn status(execution: &Execution) -> &'static str {
    match (execution.stage, execution.import.status()) {
        (Stage::Running | Stage::Importing, _) => "RUNNING",
        (Stage::Error | Stage::Terminate, None) => "ERROR",
        (_, Some(status)) => status.label(),
        (_, None) => "NOT_RUN",
    }
}

pub(crate) fn result_json(id: u64, execution: &Execution, result: &TestResult) -> Value {
    json!({
        "id": id,
        "status": result.status.label(),
        "startTime": time(result.start),
        "endTime": time(result.end),
        "duration": result.end - result.start,
        "testCase": { "name": result.name, "path": result.suite, "type": "TEST_CASE" },
        "testSuite": { "name": result.suite },
        "execution": { "id": execution.id, "order": execution.order },
        "errorMessage": result.message,
    })
}

/// Returns a time as the service gives it.
pub(crate) fn time(milliseconds: i64) -> String {
    let time = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

impl Import {
    /// Returns how many of its results took no time at all.
    pub(crate) fn timeless(&self) -> usize {
        self.results
            .iter()
            .filter(|result| result.start == result.end)
            .count()
    }
}
