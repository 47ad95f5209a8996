//! Runs: created, asked for, found again, brought to their end, deleted.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Azure;
use super::call::{Call, envelope, id, now, property, reference, text};
use super::outcome::run_state;
use super::refusal::{Answer, Refusal};
use super::run::{ResultRow, Run};
use super::run_rules::{CREATE, UPDATE, check_interval, check_texts, few, fields, window};
use super::world::{
    AUTOMATED_TEST_NAME, AUTOMATED_TEST_STORAGE, AUTOMATION_STATUS, Point, WorkItem,
};
use crate::http::Response;

impl Azure {
    /// Answers what the `test/runs` area holds and takes.
    pub(super) fn runs_area(&mut self, call: &Call<'_>) -> Answer {
        let method = if call.request.method == "HEAD" {
            "GET"
        } else {
            call.request.method.as_str()
        };
        match (method, call.parts().as_slice()) {
            ("POST", ["test", "runs"]) => self.create_run(call),
            ("GET", ["test", "runs"]) => self.list_runs(call),
            ("GET", ["test", "runs", run]) => {
                let run = self.run_in(call, run)?;
                Ok(Response::json(200, &self.run_json(call, run)))
            }
            ("PATCH", ["test", "runs", run]) => self.update_run(call, run),
            ("DELETE", ["test", "runs", run]) => self.delete_run(call, run),
            ("GET", ["test", "runs", run, "statistics"]) => self.statistics(call, run),
            ("GET", ["test", "runs", run, "results"]) => self.list_results(call, run),
            ("GET", ["test", "runs", run, "results", result]) => self.one_result(call, run, result),
            ("POST", ["test", "runs", run, "results"]) => self.add_results(call, run),
            ("PATCH", ["test", "runs", run, "results"]) => self.update_results(call, run),
            (method, ["test", "runs", run, "attachments", rest @ ..]) => {
                self.attachments(call, method, (run, None), rest)
            }
            (
                method,
                [
                    "test",
                    "runs",
                    run,
                    "results",
                    result,
                    "attachments",
                    rest @ ..,
                ],
            ) => self.attachments(call, method, (run, Some(result)), rest),
            _ => Err(Refusal::no_resource(method, &call.request.path)),
        }
    }

    /// Returns a run, which must be in the path's project.
    pub(super) fn run_in(&self, call: &Call<'_>, run: &str) -> Result<&Run, Refusal> {
        let (project, number) = (call.project(&self.world)?.name.clone(), id(run)?);
        self.runs
            .get(&number)
            .filter(|run| run.project == project)
            .ok_or_else(|| Refusal::missing(format!("Test run {number} not found.")))
    }

    pub(super) fn run_json(&self, call: &Call<'_>, run: &Run) -> Value {
        run.to_json(
            &call.base,
            run.plan.map_or("", |plan| self.world.plan_name(plan)),
        )
    }

    /// A run as a list has it: what people wrote about it comes only when details are asked for.
    fn listed(&self, call: &Call<'_>, run: &Run) -> Value {
        let mut value = self.run_json(call, run);
        if let Some(object) = value
            .as_object_mut()
            .filter(|_| !call.flag("includeRunDetails") || !self.world.settings.lists_comments)
        {
            object.retain(|name, _| !matches!(name.as_str(), "comment" | "errorMessage" | "tags"));
        }
        value
    }

    fn create_run(&mut self, call: &Call<'_>) -> Answer {
        let (project, body) = (call.project(&self.world)?.name.clone(), call.json()?);
        let name = text(&body, "name").filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| {
            Refusal::argument("Value cannot be null.\r\nParameter name: testRun.Name")
        })?;
        let state = run_state(text(&body, "state").unwrap_or("NotStarted"))?;
        check_state(state)?;
        check_texts(&body, self.world.settings.longest_name)?;
        let build = self.linked_build(&project, &body)?;
        self.check_release(&project, &body)?;
        self.check_owner(&body)?;
        let plan = self.plan_of_run(call, &body)?;
        let automated = property(&body, "automated")
            .or(property(&body, "isAutomated"))
            .and_then(Value::as_bool)
            == Some(true);
        let mut points = match plan {
            Some(_) => self.points_of_run(plan, &body, automated)?,
            None => Vec::new(),
        };
        if !self.world.settings.precreates {
            points.clear();
        }
        points.truncate(self.world.settings.most_points);
        let created = self.time();
        let mut run = Run {
            id: self.next_run,
            project,
            name: name.to_owned(),
            plan,
            build,
            automated,
            state: if state == "Unspecified" {
                "NotStarted"
            } else {
                state
            }
            .to_owned(),
            fields: fields(&body, &CREATE)?,
            revision: 1,
            created,
            updated: created,
            results: BTreeMap::new(),
            attachments: Vec::new(),
            next_result: FIRST_RESULT,
        };
        for point in points {
            let row = self.pending(point, run.next_result);
            run.results.insert(run.next_result, row);
            run.next_result += 1;
        }
        self.next_run += 1;
        let answer = Response::json(200, &self.run_json(call, &run));
        let lag = self.world.settings.listing_lag;
        if !lag.is_zero() {
            self.list_after(run.id, lag);
        }
        self.runs.insert(run.id, run);
        self.unlisted.clear();
        Ok(answer)
    }

    /// Starts a run for these points, as a tester does from the plan. Returns its id.
    pub fn start_run(&mut self, project: &str, plan: i64, name: &str, points: &[i64]) -> i64 {
        let created = self.time();
        let mut run = Run {
            id: self.next_run,
            project: project.to_owned(),
            name: name.to_owned(),
            plan: Some(plan),
            build: None,
            automated: false,
            state: "InProgress".to_owned(),
            fields: Map::new(),
            revision: 1,
            created,
            updated: created,
            results: BTreeMap::new(),
            attachments: Vec::new(),
            next_result: FIRST_RESULT,
        };
        for point in points.iter().filter_map(|id| self.world.points.get(id)) {
            let row = self.pending(point, run.next_result);
            run.results.insert(run.next_result, row);
            run.next_result += 1;
        }
        self.next_run += 1;
        let id = run.id;
        self.runs.insert(id, run);
        id
    }

    fn plan_of_run(&self, call: &Call<'_>, body: &Value) -> Result<Option<i64>, Refusal> {
        let Some(plan) = property(body, "plan").filter(|plan| !plan.is_null()) else {
            return Ok(None);
        };
        let number = reference(Some(plan)).ok_or_else(|| Refusal::invalid("testRun.Plan.Id"))?;
        self.plan_in(call, &number.to_string())
            .map(|plan| Some(plan.id))
    }

    /// Returns the points for which the service makes a result, each once, in the order sent.
    fn points_of_run(
        &self,
        plan: Option<i64>,
        body: &Value,
        automated: bool,
    ) -> Result<Vec<&Point>, Refusal> {
        let ids = property(body, "pointIds").filter(|ids| !ids.is_null());
        let ids = match ids.map(|ids| ids.as_array().ok_or_else(|| Refusal::invalid("pointIds"))) {
            None => return Ok(Vec::new()),
            Some(ids) => ids?,
        };
        let mut points: Vec<&Point> = Vec::with_capacity(ids.len());
        let mut seen = std::collections::BTreeSet::new();
        for value in ids {
            let number = value.as_i64().ok_or_else(|| Refusal::invalid("pointIds"))?;
            let point = self
                .world
                .points
                .get(&number)
                .filter(|point| Some(point.plan) == plan);
            let point =
                point.ok_or_else(|| Refusal::missing(format!("Test point {number} not found.")))?;
            if seen.insert(number) {
                points.push(point);
            }
        }
        let manual = |point: &&Point| {
            let case = self.world.items.get(&point.case);
            case.is_some_and(|case| case.text(AUTOMATION_STATUS) != "Automated")
        };
        if automated && self.world.settings.refuses_manual_cases && points.iter().any(manual) {
            let message = "Mismatch in automation status of test case and test run.";
            return Err(Refusal::new(
                400,
                "TestManagementValidationException",
                message,
            ));
        }
        Ok(points)
    }

    /// The result that the service makes for a point when a run is created.
    fn pending(&self, point: &Point, number: i64) -> ResultRow {
        let mut fields = self.point_fields(point);
        fields.insert("outcome".to_owned(), json!("Unspecified"));
        fields.insert("state".to_owned(), json!("Pending"));
        fields.insert("createdDate".to_owned(), json!(now()));
        ResultRow {
            id: number,
            point: Some(point.id),
            fields,
            attachments: Vec::new(),
        }
    }

    /// Returns what the service knows by itself of a result at a point.
    pub(super) fn point_fields(&self, point: &Point) -> Map<String, Value> {
        let case = self.world.items.get(&point.case);
        let title = case.map(WorkItem::title);
        let configuration = self.world.configuration_name(point.configuration);
        let known = [
            ("testPoint", json!({ "id": point.id.to_string() })),
            (
                "testCase",
                json!({ "id": point.case.to_string(), "name": title }),
            ),
            ("testCaseTitle", json!(title)),
            ("testCaseRevision", json!(case.map(|case| case.revision))),
            (
                "configuration",
                json!({ "id": point.configuration.to_string(), "name": configuration }),
            ),
            (
                "testPlan",
                json!({ "id": point.plan.to_string(), "name": self.world.plan_name(point.plan) }),
            ),
            (
                "testSuite",
                json!({ "id": point.suite.to_string(), "name": self.suite_name(point.suite) }),
            ),
        ];
        let mut fields: Map<String, Value> = known
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let automation = [
            ("automatedTestName", AUTOMATED_TEST_NAME),
            ("automatedTestStorage", AUTOMATED_TEST_STORAGE),
        ];
        for (name, field) in automation {
            if let Some(value) = case.and_then(|case| case.fields.get(field)) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        fields
    }

    fn linked_build(&self, project: &str, body: &Value) -> Result<Option<i64>, Refusal> {
        let Some(build) = property(body, "build").filter(|build| !build.is_null()) else {
            return Ok(None);
        };
        let number = reference(Some(build)).ok_or_else(|| Refusal::invalid("testRun.Build.Id"))?;
        let known = self
            .world
            .builds
            .iter()
            .any(|known| known.id == number && known.project == project);
        if known {
            Ok(Some(number))
        } else {
            Err(Refusal::missing(format!("Build {number} cannot be found.")))
        }
    }

    fn check_release(&self, project: &str, body: &Value) -> Result<(), Refusal> {
        let Some(uri) = text(body, "releaseUri").filter(|uri| !uri.is_empty()) else {
            return Ok(());
        };
        let number = uri
            .rsplit('/')
            .next()
            .and_then(|number| number.parse::<i64>().ok());
        let known = self
            .world
            .releases
            .iter()
            .any(|known| Some(known.id) == number && known.project == project);
        if known {
            Ok(())
        } else {
            Err(Refusal::missing(format!(
                "Release environment {uri} cannot be found."
            )))
        }
    }

    /// Azure: an owner whose name is nobody's is refused.
    pub(super) fn check_owner(&self, body: &Value) -> Result<(), Refusal> {
        let name = property(body, "owner").and_then(|owner| text(owner, "displayName"));
        let known = |name: &str| {
            self.world
                .settings
                .tokens
                .values()
                .any(|token| token.user == name)
        };
        match name {
            Some(name) if !known(name) => Err(Refusal::new(
                400,
                "IdentityNotFoundException",
                "Azure DevOps Server Identity cannot be found.",
            )),
            _ => Ok(()),
        }
    }

    fn update_run(&mut self, call: &Call<'_>, run: &str) -> Answer {
        let (number, body) = (self.run_in(call, run)?.id, call.json()?);
        check_texts(&body, self.world.settings.longest_name)?;
        let state = text(&body, "state")
            .map(run_state)
            .transpose()?
            .filter(|state| *state != "Unspecified");
        let mut changed = self.run_in(call, run)?.clone();
        if changed.is_closed()
            && state.is_some_and(|state| matches!(state, "NotStarted" | "InProgress" | "Waiting"))
        {
            return Err(Refusal::argument(format!(
                "A test run in the state {} cannot be opened again.",
                changed.state
            )));
        }
        if let Some(build) = self.linked_build(&changed.project, &body)? {
            changed.build = Some(build);
        }
        changed.fields.extend(fields(&body, &UPDATE)?);
        check_interval(&changed.fields)?;
        if let Some(name) = text(&body, "name") {
            name.clone_into(&mut changed.name);
        }
        if property(&body, "deleteInProgressResults").and_then(Value::as_bool) == Some(true) {
            changed.results.retain(|_, row| row.is_completed());
        }
        if let Some(state) = state {
            state.clone_into(&mut changed.state);
        }
        if changed.is_closed() && !changed.fields.contains_key("completedDate") {
            changed
                .fields
                .insert("completedDate".to_owned(), json!(now()));
        }
        changed.revision += 1;
        changed.updated = self.time();
        let answer = Response::json(200, &self.run_json(call, &changed));
        self.runs.insert(number, changed);
        Ok(answer)
    }

    fn delete_run(&mut self, call: &Call<'_>, run: &str) -> Answer {
        let number = self.run_in(call, run)?.id;
        self.runs.remove(&number);
        self.forget_run(number);
        Ok(Response::empty(204))
    }

    fn statistics(&self, call: &Call<'_>, run: &str) -> Answer {
        let run = self.run_in(call, run)?;
        let counts = run.statistics();
        let counts = counts
            .iter()
            .map(|((state, outcome), count)| json!({ "state": state, "outcome": outcome, "count": count }));
        Ok(Response::json(
            200,
            &json!({
                "run": { "id": run.id.to_string(), "name": run.name, "url": format!("{}/{}/_apis/test/Runs/{}", call.base, run.project, run.id) },
                "runStatistics": counts.collect::<Vec<_>>(),
            }),
        ))
    }

    /// Runs by query (7 days at most), or the older list without a window.
    fn list_runs(&self, call: &Call<'_>) -> Answer {
        let project = call.project(&self.world)?.name.clone();
        let window = window(call)?;
        let (plans, builds) = (few(call, "planIds")?, few(call, "buildIds")?);
        let plan = call.number("planId")?;
        let (title, state) = (
            call.query("runTitle"),
            call.query("state").map(run_state).transpose()?,
        );
        let mut found: Vec<&Run> = self
            .runs
            .values()
            .filter(|run| run.project == project && self.lists(run.id))
            .filter(|run| window.is_none_or(|(from, to)| run.updated >= from && run.updated <= to))
            .filter(|run| {
                plans
                    .as_ref()
                    .is_none_or(|plans| run.plan.is_some_and(|plan| plans.contains(&plan)))
            })
            .filter(|run| {
                builds
                    .as_ref()
                    .is_none_or(|builds| run.build.is_some_and(|build| builds.contains(&build)))
            })
            .filter(|run| {
                plan.is_none_or(|plan| {
                    run.plan.and_then(|plan| usize::try_from(plan).ok()) == Some(plan)
                })
            })
            .filter(|run| title.is_none_or(|title| run.name.eq_ignore_ascii_case(title)))
            .filter(|run| state.is_none_or(|state| run.state == state))
            .collect();
        found.sort_by_key(|run| (std::cmp::Reverse(run.updated), std::cmp::Reverse(run.id)));
        let top = call.number("$top")?;
        if window.is_none() {
            let (skip, top) = (call.number("$skip")?.unwrap_or(0), top.unwrap_or(100));
            return Ok(envelope(
                found
                    .iter()
                    .skip(skip)
                    .take(top)
                    .map(|run| self.listed(call, run))
                    .collect(),
            ));
        }
        if top.is_some_and(|top| top > 100) {
            return Err(Refusal::invalid("$top"));
        }
        call.page(
            &found,
            top.unwrap_or(self.world.settings.pages.runs)
                .min(self.world.settings.pages.runs),
            |run| Ok(self.listed(call, run)),
        )
    }
}

const FIRST_RESULT: i64 = 100_000;

/// Refuses a state in which no run can be created.
fn check_state(state: &str) -> Result<(), Refusal> {
    if matches!(
        state,
        "NotStarted" | "InProgress" | "Waiting" | "Unspecified"
    ) {
        return Ok(());
    }
    Err(Refusal::argument(format!(
        "A test run cannot be created in the state {state}."
    )))
}
