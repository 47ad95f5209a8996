//! Who is signed in, and the tree below an organisation: projects, plans, suites, configurations.

use serde_json::{Value, json};

use super::Azure;
use super::call::{Call, envelope, id, now};
use super::refusal::{Answer, Refusal};
use super::settings::Flavour;
use super::world::{Configuration, Plan, Project, Suite};
use crate::http::Response;

impl Azure {
    /// Answers projects and what the `testplan` area tells.
    pub(super) fn catalog(&mut self, call: &Call<'_>) -> Answer {
        match call.parts().as_slice() {
            ["projects"] => self.projects(call),
            ["projects", _] => self.project_by_name(call),
            ["testplan", "suites"] => self.suites_of_case(call),
            ["testplan", "plans"] => self.plans(call),
            ["testplan", "plans", plan] => {
                let plan = self.plan_in(call, plan)?;
                Ok(Response::json(200, &self.plan_json(call, plan, true)?))
            }
            ["testplan", "plans", plan, "suites"] => self.suites(call, self.plan_in(call, plan)?),
            ["testplan", "plans", plan, "suites", suite] => {
                let suite = self.suite_in(self.plan_in(call, plan)?, suite)?;
                Ok(Response::json(200, &self.suite_json(call, suite, false)?))
            }
            ["testplan", "plans", plan, "suites", suite, what] => {
                let plan = self.plan_in(call, plan)?;
                let suite = self.suite_in(plan, suite)?.id;
                if *what == "testpoint" {
                    self.point_list(call, suite)
                } else {
                    self.case_list(call, suite)
                }
            }
            ["testplan", "configurations", ..] => self.configurations(call),
            _ => Err(Refusal::no_resource(
                &call.request.method,
                &call.request.path,
            )),
        }
    }

    /// Returns the plan of a path, which must be in the path's project.
    pub(super) fn plan_in(&self, call: &Call<'_>, plan: &str) -> Result<&Plan, Refusal> {
        let (project, number) = (call.project(&self.world)?, id(plan)?);
        self.world
            .plans
            .iter()
            .find(|known| known.id == number && known.project == project.name)
            .ok_or_else(|| Refusal::missing(format!("Test plan {number} not found.")))
    }

    pub(super) fn suite_in(&self, plan: &Plan, suite: &str) -> Result<&Suite, Refusal> {
        let number = id(suite)?;
        self.world
            .suites
            .get(&number)
            .filter(|suite| suite.plan == plan.id)
            .ok_or_else(|| Refusal::missing(format!("Test suite {number} not found.")))
    }

    fn projects(&self, call: &Call<'_>) -> Answer {
        let skip = call.number("$skip")?.unwrap_or(0);
        let size = call
            .number("$top")?
            .unwrap_or(self.world.settings.pages.projects);
        let entries: Vec<&Project> = self.world.projects.iter().skip(skip).collect();
        call.page(&entries, size, |project| {
            Ok(project_json(&call.base, project))
        })
    }

    fn project_by_name(&self, call: &Call<'_>) -> Answer {
        let name = call.request.segments.last().cloned();
        let call = Call {
            request: call.request,
            base: call.base.clone(),
            project: name,
            tail: Vec::new(),
        };
        let mut found = project_json(&call.base, call.project(&self.world)?);
        if let Some(object) = found.as_object_mut() {
            object.insert(
                "defaultTeam".to_owned(),
                json!({ "id": "66df9be7-3586-467b-9c5f-425b29afedfd", "name": "Team" }),
            );
        }
        Ok(Response::json(200, &found))
    }

    fn plans(&self, call: &Call<'_>) -> Answer {
        let project = call.project(&self.world)?;
        let (details, active) = (
            call.flag("includePlanDetails"),
            call.flag("filterActivePlans"),
        );
        let entries: Vec<&Plan> = self
            .world
            .plans
            .iter()
            .filter(|plan| plan.project == project.name && (plan.active || !active))
            .collect();
        call.page(&entries, self.world.settings.pages.plans, |plan| {
            self.plan_json(call, plan, details)
        })
    }

    fn suites(&self, call: &Call<'_>, plan: &Plan) -> Answer {
        if call.flag("asTreeView") {
            let root = self.suite_in(plan, &plan.root.to_string())?;
            return Ok(envelope(vec![self.suite_json(call, root, true)?]));
        }
        let entries: Vec<&Suite> = self
            .world
            .suites
            .values()
            .filter(|suite| suite.plan == plan.id)
            .collect();
        call.page(&entries, self.world.settings.pages.suites, |suite| {
            self.suite_json(call, suite, false)
        })
    }

    fn suites_of_case(&self, call: &Call<'_>) -> Answer {
        let case = call
            .query("testCaseId")
            .ok_or_else(|| Refusal::invalid("testCaseId"))?;
        let case = id(case)?;
        let mut suites: Vec<i64> = self
            .world
            .points
            .values()
            .filter(|point| point.case == case)
            .map(|point| point.suite)
            .collect();
        suites.sort_unstable();
        suites.dedup();
        let entries = suites
            .iter()
            .filter_map(|suite| self.world.suites.get(suite))
            .map(|suite| self.suite_json(call, suite, false))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(envelope(entries))
    }

    fn configurations(&self, call: &Call<'_>) -> Answer {
        let project = call.project(&self.world)?;
        let mut known = self
            .world
            .configurations
            .iter()
            .filter(|known| known.project == project.name);
        if let ["testplan", "configurations", wanted] = call.parts().as_slice() {
            let wanted = id(wanted)?;
            let found = known.find(|known| known.id == wanted);
            let found = found.ok_or_else(|| {
                Refusal::missing(format!("Test configuration {wanted} not found."))
            })?;
            return Ok(Response::json(
                200,
                &configuration_json(&call.base, project, found),
            ));
        }
        let entries: Vec<&Configuration> = known.collect();
        call.page(
            &entries,
            self.world.settings.pages.configurations,
            |known| Ok(configuration_json(&call.base, project, known)),
        )
    }

    fn plan_json(&self, call: &Call<'_>, plan: &Plan, details: bool) -> Result<Value, Refusal> {
        let project = call.project(&self.world)?;
        let mut value = json!({
            "id": plan.id,
            "name": plan.name,
            "project": project_json(&call.base, project),
            "rootSuite": { "id": plan.root, "name": plan.name },
            "state": if plan.active { "Active" } else { "Inactive" },
        });
        if let Some(object) = value.as_object_mut().filter(|_| details) {
            object.insert("areaPath".to_owned(), json!(project.name));
            object.insert("iteration".to_owned(), json!(project.name));
            object.insert("startDate".to_owned(), json!("2026-01-01T00:00:00Z"));
            object.insert("endDate".to_owned(), json!("2036-01-01T00:00:00Z"));
            object.insert("revision".to_owned(), json!(1));
            object.insert(
                "testOutcomeSettings".to_owned(),
                json!({ "syncOutcomeAcrossSuites": false }),
            );
            object.insert("updatedDate".to_owned(), json!(now()));
        }
        Ok(value)
    }

    fn suite_json(&self, call: &Call<'_>, suite: &Suite, tree: bool) -> Result<Value, Refusal> {
        let project = self
            .world
            .plans
            .iter()
            .find(|plan| plan.id == suite.plan)
            .map(|plan| plan.project.as_str());
        let project = project.and_then(|name| self.world.project_named(name));
        let project = project.map_or_else(|| call.project(&self.world), Ok)?;
        let below: Vec<&Suite> = self
            .world
            .suites
            .values()
            .filter(|below| below.parent == Some(suite.id))
            .collect();
        let mut value = json!({
            "id": suite.id,
            "name": suite.name,
            "project": project_json(&call.base, project),
            "plan": { "id": suite.plan, "name": self.world.plan_name(suite.plan) },
            "revision": 1,
            "suiteType": "staticTestSuite",
            "inheritDefaultConfigurations": true,
            "hasChildren": !below.is_empty(),
        });
        if let (Some(object), Some(parent)) = (
            value.as_object_mut(),
            suite
                .parent
                .and_then(|parent| self.world.suites.get(&parent)),
        ) {
            object.insert(
                "parentSuite".to_owned(),
                json!({ "id": parent.id, "name": parent.name }),
            );
        }
        if let Some(object) = value.as_object_mut().filter(|_| tree && !below.is_empty()) {
            let below: Result<Vec<_>, _> = below
                .iter()
                .map(|below| self.suite_json(call, below, true))
                .collect();
            object.insert("children".to_owned(), Value::Array(below?));
        }
        Ok(value)
    }
}

/// Answers who is signed in.
pub(super) fn connection(flavour: Flavour) -> Response {
    let user = json!({
        "id": "b64c9ca1-7a2b-4f4c-9bf0-21a6ffcc3c2d",
        "descriptor": "Microsoft.IdentityModel.Claims.ClaimsIdentity;kim@acme.example",
        "subjectDescriptor": "aad.NDk2ZjYx",
        "providerDisplayName": "Kim Tester",
        "isActive": true,
        "properties": { "Account": { "$type": "System.String", "$value": "kim@acme.example" } },
    });
    let hosted = matches!(flavour, Flavour::Cloud);
    Response::json(
        200,
        &json!({
            "authenticatedUser": user,
            "authorizedUser": user,
            "instanceId": "9a2c8a5e-7f0d-4d0b-9c53-08e6f6a1b2c3",
            "deploymentId": "5f3c1e52-9d24-4a6b-8d0b-2b5a8e4f7d10",
            "deploymentType": if hosted { "hosted" } else { "onPremises" },
            "locationServiceData": { "serviceOwner": "00025394-6065-48ca-87d9-7f5672854ef7", "defaultAccessMappingMoniker": "PublicAccessMapping" },
        }),
    )
}

/// Returns a project as references to it look.
pub(super) fn project_json(base: &str, project: &Project) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "description": "",
        "url": format!("{base}/_apis/projects/{}", project.id),
        "state": "wellFormed",
        "revision": 11,
        "visibility": "private",
        "lastUpdateTime": "2026-01-01T00:00:00Z",
    })
}

fn configuration_json(base: &str, project: &Project, configuration: &Configuration) -> Value {
    let values = configuration
        .values
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }));
    json!({
        "id": configuration.id,
        "name": configuration.name,
        "description": "",
        "isDefault": false,
        "state": if configuration.active { "active" } else { "inactive" },
        "values": values.collect::<Vec<_>>(),
        "project": project_json(base, project),
    })
}
