//! Test points and the test cases of suites, in both areas of the API.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Azure;
use super::call::{Call, envelope, id, property};
use super::catalog::project_json;
use super::outcome::camel;
use super::refusal::{Answer, Refusal};
use super::settings::Flavour;
use super::world::{AUTOMATION_STATUS, Point, WorkItem};
use crate::http::Response;

impl Azure {
    /// Answers the points of a suite, or of all below it, as the `testplan` area tells them.
    pub(super) fn point_list(&self, call: &Call<'_>, suite: i64) -> Answer {
        // Server 2019 does not know isRecursive yet.
        let recursive =
            call.flag("isRecursive") && self.world.settings.flavour != Flavour::Server2019;
        let points = self.points_below(suite, recursive);
        let (cases, wanted) = (call.ids("testCaseId")?, call.ids("testPointIds")?);
        let wanted = wanted.or(call.ids("pointId")?);
        let found: Vec<&Point> = points
            .into_iter()
            .filter(|point| {
                cases
                    .as_ref()
                    .is_none_or(|cases| cases.contains(&point.case))
            })
            .filter(|point| {
                wanted
                    .as_ref()
                    .is_none_or(|wanted| wanted.contains(&point.id))
            })
            .collect();
        call.page(&found, self.world.settings.pages.points, |point| {
            self.point_json(call, point)
        })
    }

    /// Answers the cases of a suite, or of all below it, with their points.
    pub(super) fn case_list(&self, call: &Call<'_>, suite: i64) -> Answer {
        // Server 2019 and 2020 do not know isRecursive here.
        let early = matches!(
            self.world.settings.flavour,
            Flavour::Server2019 | Flavour::Server2020
        );
        let points = self.points_below(suite, call.flag("isRecursive") && !early);
        let (tests, configurations) = (call.ids("testIds")?, call.ids("configurationIds")?);
        let mut places: BTreeMap<(i64, i64), Vec<&Point>> = BTreeMap::new();
        for point in points {
            let wanted = tests
                .as_ref()
                .is_none_or(|tests| tests.contains(&point.case))
                && configurations
                    .as_ref()
                    .is_none_or(|known| known.contains(&point.configuration));
            if wanted {
                places
                    .entry((point.suite, point.case))
                    .or_default()
                    .push(point);
            }
        }
        let places: Vec<_> = places.into_iter().collect();
        call.page(
            &places,
            self.world.settings.pages.points,
            |(place, points)| self.case_json(call, *place, points),
        )
    }

    /// Answers points as the older `test` area tells them: by query, or of one suite.
    pub(super) fn test_points(&mut self, call: &Call<'_>) -> Answer {
        match call.parts().as_slice() {
            ["test", "points"] => self.query_points(call),
            ["test", "plans", plan, "suites", suite, "points", points]
                if call.request.method == "PATCH" =>
            {
                self.set_points(call, plan, suite, points)
            }
            ["test", "plans", plan, "suites", suite, "points", rest @ ..] => {
                let suite = self.suite_in(self.plan_in(call, plan)?, suite)?.id;
                self.suite_points(call, suite, rest.first().copied())
            }
            _ => Err(Refusal::no_resource(
                &call.request.method,
                &call.request.path,
            )),
        }
    }

    /// Points of every plan of the project: the filter knows no plan, and the answer no token.
    fn query_points(&self, call: &Call<'_>) -> Answer {
        let project = call.project(&self.world)?;
        let body = call.json()?;
        let filter = property(&body, "pointsFilter").cloned().unwrap_or_default();
        let cases = list(&filter, "testcaseIds", Value::as_i64);
        let names = list(&filter, "configurationNames", |name| {
            name.as_str().map(str::to_lowercase)
        });
        let found = self
            .world
            .points
            .values()
            .filter(|point| {
                self.world
                    .plans
                    .iter()
                    .any(|plan| plan.id == point.plan && plan.project == project.name)
            })
            .filter(|point| {
                cases
                    .as_ref()
                    .is_none_or(|cases| cases.contains(&point.case))
            })
            .filter(|point| {
                let name = self
                    .world
                    .configuration_name(point.configuration)
                    .to_lowercase();
                names.as_ref().is_none_or(|names| names.contains(&name))
            });
        let skip = call.number("$skip")?.unwrap_or(0);
        let top = call
            .number("$top")?
            .unwrap_or(self.world.settings.pages.points);
        let points: Vec<Value> = found
            .skip(skip)
            .take(top)
            .map(|point| self.old_point_json(call, point))
            .collect();
        Ok(Response::json(
            200,
            &json!({ "points": points, "pointsFilter": filter }),
        ))
    }

    fn suite_points(&self, call: &Call<'_>, suite: i64, wanted: Option<&str>) -> Answer {
        let configurations = call.ids("configurationId")?;
        // The filter for cases is ignored when there is one for configurations.
        let cases = if configurations.is_some() {
            None
        } else {
            call.ids("testCaseId")?
        };
        if let Some(number) = wanted.filter(|text| !text.contains(',')) {
            return self.one_point(call, suite, id(number)?);
        }
        let wanted = wanted
            .map(|text| text.split(',').map(id).collect::<Result<Vec<_>, _>>())
            .transpose()?;
        let found = self
            .points_below(suite, false)
            .into_iter()
            .filter(|point| {
                configurations
                    .as_ref()
                    .is_none_or(|known| known.contains(&point.configuration))
            })
            .filter(|point| {
                cases
                    .as_ref()
                    .is_none_or(|cases| cases.contains(&point.case))
            })
            .filter(|point| {
                wanted
                    .as_ref()
                    .is_none_or(|wanted| wanted.contains(&point.id))
            });
        let skip = call.number("$skip")?.unwrap_or(0);
        let top = call
            .number("$top")?
            .unwrap_or(self.world.settings.pages.points);
        Ok(envelope(
            found
                .skip(skip)
                .take(top)
                .map(|point| self.old_point_json(call, point))
                .collect(),
        ))
    }

    /// Azure: one point is answered as it is, without a list around it (docs: Points – Get Point).
    fn one_point(&self, call: &Call<'_>, suite: i64, number: i64) -> Answer {
        let point = self.point_in(suite, number)?;
        Ok(Response::json(200, &self.old_point_json(call, point)))
    }

    pub(super) fn point_in(&self, suite: i64, number: i64) -> Result<&Point, Refusal> {
        self.world
            .points
            .get(&number)
            .filter(|point| point.suite == suite)
            .ok_or_else(|| Refusal::missing(format!("Test point {number} not found.")))
    }

    fn points_below(&self, suite: i64, recursive: bool) -> Vec<&Point> {
        let suites = if recursive {
            self.world.subtree(suite)
        } else {
            vec![suite]
        };
        self.world
            .points
            .values()
            .filter(|point| suites.binary_search(&point.suite).is_ok())
            .collect()
    }

    pub(super) fn point_json(&self, call: &Call<'_>, point: &Point) -> Result<Value, Refusal> {
        let case = self.world.items.get(&point.case);
        let mut value = json!({
            "id": point.id,
            "project": project_json(&call.base, call.project(&self.world)?),
            "testPlan": { "id": point.plan, "name": self.world.plan_name(point.plan) },
            "testSuite": { "id": point.suite, "name": self.suite_name(point.suite) },
            "configuration": { "id": point.configuration, "name": self.world.configuration_name(point.configuration) },
            "testCaseReference": {
                "id": point.case,
                "name": case.map(WorkItem::title),
                "state": case.map(|case| case.text("System.State")),
            },
            "isAutomated": case.is_some_and(|case| case.text(AUTOMATION_STATUS) == "Automated"),
            "isActive": point.last.is_none(),
        });
        if let Some(object) = value
            .as_object_mut()
            .filter(|_| call.flag("includePointDetails"))
        {
            object.insert("results".to_owned(), results_json(point));
        }
        Ok(value)
    }

    pub(super) fn old_point_json(&self, call: &Call<'_>, point: &Point) -> Value {
        let case = self.world.items.get(&point.case);
        let last = point.last.as_ref();
        let title = case.map(WorkItem::title);
        json!({
            "id": point.id,
            "url": format!("{}/_apis/test/Plans/{}/Suites/{}/Points/{}", call.base, point.plan, point.suite, point.id),
            "automated": case.is_some_and(|case| case.text(AUTOMATION_STATUS) == "Automated"),
            "configuration": {
                "id": point.configuration.to_string(),
                "name": self.world.configuration_name(point.configuration),
            },
            "lastTestRun": { "id": last.map_or(0, |last| last.run).to_string() },
            "lastResult": { "id": last.map_or(0, |last| last.result).to_string() },
            "outcome": last.map_or("Unspecified", |last| &last.outcome),
            "state": if last.is_some() { "Completed" } else { "Ready" },
            "lastResultState": if last.is_some() { "Completed" } else { "Unspecified" },
            "suite": { "id": point.suite.to_string(), "name": self.suite_name(point.suite) },
            "testCase": { "id": point.case.to_string(), "name": title },
            "testPlan": { "id": point.plan.to_string(), "name": self.world.plan_name(point.plan) },
            "workItemProperties": [{ "workItem": { "key": "System.Title", "value": title } }],
        })
    }

    fn case_json(
        &self,
        call: &Call<'_>,
        (suite, case): (i64, i64),
        points: &[&Point],
    ) -> Result<Value, Refusal> {
        let item = self.world.items.get(&case);
        let plan = points.first().map_or(0, |point| point.plan);
        let fields: Vec<Value> = call
            .query("witFields")
            .unwrap_or("System.Title,System.State")
            .split(',')
            .filter_map(|name| {
                item?
                    .fields
                    .get(name.trim())
                    .map(|value| json!({ (name.trim()): value }))
            })
            .collect();
        let assignments = points.iter().map(|point| {
            json!({
                "id": point.id,
                "configurationId": point.configuration,
                "configurationName": self.world.configuration_name(point.configuration),
            })
        });
        Ok(json!({
            "project": project_json(&call.base, call.project(&self.world)?),
            "testPlan": { "id": plan, "name": self.world.plan_name(plan) },
            "testSuite": { "id": suite, "name": self.suite_name(suite) },
            "order": 0,
            "workItem": { "id": case, "name": item.map(WorkItem::title), "workItemFields": fields },
            "pointAssignments": assignments.collect::<Vec<_>>(),
        }))
    }

    pub(super) fn suite_name(&self, suite: i64) -> &str {
        self.world
            .suites
            .get(&suite)
            .map_or("", |suite| &suite.name)
    }
}

fn results_json(point: &Point) -> Value {
    let Some(last) = &point.last else {
        return json!({ "outcome": "unspecified", "state": "ready", "lastTestRunId": 0, "lastResultId": 0 });
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a test takes less than an age"
    )]
    let ticks = (last.milliseconds * 10_000.0) as i64;
    // A date that there is none of is left out: an empty text is none, and kills the vendor's own clients.
    let details = if last.completed.is_empty() {
        json!({ "duration": ticks })
    } else {
        json!({ "duration": ticks, "dateCompleted": last.completed })
    };
    json!({
        "outcome": camel(&last.outcome),
        "state": "completed",
        "lastResultState": "completed",
        "lastTestRunId": last.run,
        "lastResultId": last.result,
        "lastResultDetails": details,
    })
}

/// Returns a list in the filter; none, or an empty one, filters nothing.
fn list<T>(filter: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    let values = property(filter, name)?.as_array()?;
    if values.is_empty() {
        None
    } else {
        Some(values.iter().filter_map(read).collect())
    }
}
