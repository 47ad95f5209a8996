//! The execution tree: releases, builds, cycles, suites, runs. Each list pages in its own way.

use serde_json::{Value, json};

use super::model::{Parent, Run, Values};
use super::render::{field_json, put};
use super::reply::{Answer, Refusal, created, name, number, object, ok, page, says, slice, text};
use super::site::{Desk, Quirk};
use crate::http::{Request, Response};

impl Desk<'_> {
    pub(crate) fn list_releases(&self, request: &Request) -> Answer {
        let closed = says(request, "includeClosed", "true");
        let releases: Vec<_> = self
            .project
            .releases
            .values()
            .filter(|release| closed || !release.closed)
            .map(|release| self.release_json(release))
            .collect();
        ok(&json!(releases))
    }

    pub(crate) fn show_release(&self, id: u64) -> Answer {
        let release = self
            .project
            .releases
            .get(&id)
            .ok_or_else(|| Refusal::gone("Release"))?;
        ok(&self.release_json(release))
    }

    pub(crate) fn create_release(&mut self, request: &Request) -> Answer {
        self.may("releases")?;
        let body = object(request)?;
        let name = name(&body, "name")?;
        let id = self.add_release(&name, text(&body, "description").unwrap_or_default());
        let release = self
            .project
            .releases
            .get(&id)
            .ok_or_else(|| Refusal::gone("Release"))?;
        created(&self.release_json(release))
    }

    pub(crate) fn delete_release(&mut self, id: u64) -> Answer {
        self.may("releases")?;
        self.place(Parent::Release(id))?;
        self.remove_below(Parent::Release(id));
        self.project.releases.remove(&id);
        Ok(Response::empty(200))
    }

    pub(crate) fn list_builds(&self, request: &Request) -> Answer {
        let release = number(request, "releaseId", 0)?;
        self.place(Parent::Release(release))?;
        let builds: Vec<_> = self
            .project
            .builds
            .values()
            .filter(|(of, _)| *of == release)
            .map(|build| self.build_json(build))
            .collect();
        ok(&json!(builds))
    }

    pub(crate) fn create_build(&mut self, request: &Request) -> Answer {
        self.may("builds")?;
        let body = object(request)?;
        let name = name(&body, "name")?;
        let release = body
            .pointer("/release/id")
            .and_then(Value::as_u64)
            .ok_or_else(|| Refusal::bad("'release' with its 'id' is required"))?;
        self.place(Parent::Release(release))?;
        let card = self.card("BL", &name, "");
        let build = (
            release,
            super::model::Release {
                card,
                closed: false,
            },
        );
        let answer = self.build_json(&build);
        self.project.builds.insert(build.1.card.id, build);
        created(&answer)
    }

    /// Returns the place that the query names, else the body; the root without either.
    fn wanted_place(&self, request: &Request, body: &Value) -> Result<Parent, Refusal> {
        let kind = request
            .query("parentType")
            .or_else(|| text(body, "parentType"))
            .unwrap_or("root");
        let in_body = body
            .get("parentId")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let id = number(request, "parentId", in_body)?;
        let parent = Parent::read(kind, id)
            .ok_or_else(|| Refusal::bad(format!("'parentType' is not valid: {kind}")))?;
        self.place(parent)
    }

    /// Pages of 100; all with a negative size and no page (swagger: GET test-cycles).
    pub(crate) fn list_cycles(&self, request: &Request) -> Answer {
        let parent = self.wanted_place(request, &Value::Null)?;
        let descendants = says(request, "expand", "descendants");
        let cycles: Vec<_> = self
            .project
            .cycles
            .values()
            .filter(|cycle| cycle.parent == parent && self.listed(cycle.card.made))
            .map(|cycle| self.cycle_json(cycle, descendants))
            .collect();
        let all = request
            .query("pageSize")
            .is_some_and(|size| size.starts_with('-'))
            && request.query("page").is_none();
        if all {
            return ok(&json!(cycles));
        }
        let size = number(request, "pageSize", 100)?;
        if size == 0 || size > 999 {
            return Err(Refusal::bad("'pageSize' must be from 1 to 999"));
        }
        ok(&json!(slice(cycles, number(request, "page", 1)?, size)))
    }

    pub(crate) fn show_cycle(&self, id: u64, request: &Request) -> Answer {
        let cycle = self
            .project
            .cycles
            .get(&id)
            .ok_or_else(|| Refusal::gone("Test Cycle"))?;
        ok(&self.cycle_json(cycle, says(request, "expand", "descendants")))
    }

    pub(crate) fn create_cycle(&mut self, request: &Request) -> Answer {
        self.may("test-cycles")?;
        let body = object(request)?;
        let parent = self.wanted_place(request, &body)?;
        if matches!(parent, Parent::Suite(_)) {
            return Err(Refusal::bad("'parentType' is not valid: test-suite"));
        }
        let name = name(&body, "name")?;
        let id = self.add_cycle(
            &name,
            text(&body, "description").unwrap_or_default(),
            parent,
        );
        self.aim_cycle(id, &body);
        let cycle = self
            .project
            .cycles
            .get(&id)
            .ok_or_else(|| Refusal::gone("Test Cycle"))?;
        created(&self.cycle_json(cycle, false))
    }

    fn aim_cycle(&mut self, id: u64, body: &Value) {
        if let Some(cycle) = self.project.cycles.get_mut(&id) {
            let number = |name: &str| body.get(name).and_then(Value::as_u64);
            cycle.target_release = number("target_release_id").or(cycle.target_release);
            cycle.target_build = number("target_build_id").or(cycle.target_build);
        }
    }

    /// Moves when the query names a place, and changes what the body names.
    pub(crate) fn change_cycle(&mut self, id: u64, request: &Request) -> Answer {
        self.may("test-cycles")?;
        self.place(Parent::Cycle(id))?;
        let body = if request.body.is_empty() {
            json!({})
        } else {
            object(request)?
        };
        let to = if request.query("parentId").is_some() {
            Some(self.free_place(self.wanted_place(request, &Value::Null)?, Parent::Cycle(id))?)
        } else {
            None
        };
        let new_name = body.get("name").map(|_| name(&body, "name")).transpose()?;
        if let Some(cycle) = self.project.cycles.get_mut(&id) {
            cycle.parent = to.unwrap_or(cycle.parent);
            if let Some(name) = new_name {
                cycle.card.name = name;
            }
            if let Some(description) = text(&body, "description") {
                description.clone_into(&mut cycle.card.description);
            }
            Self::touch(self.clerk, &mut cycle.card);
        }
        self.aim_cycle(id, &body);
        self.show_cycle(id, request)
    }

    /// Refuses to move something into itself, or where such things cannot be.
    fn free_place(&self, to: Parent, moved: Parent) -> Result<Parent, Refusal> {
        if matches!(to, Parent::Suite(_)) || self.project.below(to, moved) {
            return Err(Refusal::bad("It cannot be moved there"));
        }
        Ok(to)
    }

    pub(crate) fn delete_cycle(&mut self, id: u64, request: &Request) -> Answer {
        self.may("test-cycles")?;
        let place = self.place(Parent::Cycle(id))?;
        let project = &self.project;
        let full = project.cycles.values().any(|cycle| cycle.parent == place)
            || project.suites.values().any(|suite| suite.parent == place)
            || project.runs.values().any(|run| run.parent == place);
        if full && !says(request, "force", "true") {
            return Err(Refusal::bad("The test cycle is not empty"));
        }
        self.remove_below(place);
        self.project.cycles.remove(&id);
        ok(&json!({ "message": "Test Cycle is deleted successfully" }))
    }

    /// Removes all that hangs below a place, logs included.
    pub(crate) fn remove_below(&mut self, place: Parent) {
        let cycles: Vec<_> = self
            .project
            .cycles
            .values()
            .filter(|cycle| cycle.parent == place)
            .map(|cycle| cycle.card.id)
            .collect();
        for id in cycles {
            self.remove_below(Parent::Cycle(id));
            self.project.cycles.remove(&id);
        }
        let suites: Vec<_> = self
            .project
            .suites
            .values()
            .filter(|suite| suite.parent == place)
            .map(|suite| suite.card.id)
            .collect();
        for id in suites {
            self.remove_below(Parent::Suite(id));
            self.project.suites.remove(&id);
        }
        self.project.runs.retain(|_, run| run.parent != place);
        let runs = &self.project.runs;
        self.project
            .logs
            .retain(|_, log| runs.contains_key(&log.run));
    }

    /// No pages (swagger: GET test-suites).
    pub(crate) fn list_suites(&self, request: &Request) -> Answer {
        let parent = self.wanted_place(request, &Value::Null)?;
        let suites: Vec<_> = self
            .project
            .suites
            .values()
            .filter(|suite| suite.parent == parent && self.listed(suite.card.made))
            .map(|suite| self.suite_json(suite))
            .collect();
        ok(&json!(suites))
    }

    pub(crate) fn show_suite(&self, id: u64) -> Answer {
        let suite = self
            .project
            .suites
            .get(&id)
            .ok_or_else(|| Refusal::gone("Test Suite"))?;
        ok(&self.suite_json(suite))
    }

    pub(crate) fn create_suite(&mut self, request: &Request) -> Answer {
        self.may("test-suites")?;
        let body = object(request)?;
        let parent = self.wanted_place(request, &body)?;
        if matches!(parent, Parent::Suite(_)) {
            return Err(Refusal::bad("'parentType' is not valid: test-suite"));
        }
        let name = name(&body, "name")?;
        let mut values: Values = self.project.defaults("test-suites");
        self.set_values("test-suites", &mut values, body.get("properties"))?;
        self.require_values("test-suites", &values)?;
        let id = self.add_suite(&name, parent, values);
        self.show_suite(id)
    }

    /// With `parentId` the suite moves and the body is ignored (swagger: PUT test-suites).
    pub(crate) fn change_suite(&mut self, id: u64, request: &Request) -> Answer {
        self.may("test-suites")?;
        self.place(Parent::Suite(id))?;
        if request.query("parentId").is_some() {
            let to =
                self.free_place(self.wanted_place(request, &Value::Null)?, Parent::Suite(id))?;
            if let Some(suite) = self.project.suites.get_mut(&id) {
                suite.parent = to;
                Self::touch(self.clerk, &mut suite.card);
            }
            return self.show_suite(id);
        }
        let body = object(request)?;
        let new_name = body.get("name").map(|_| name(&body, "name")).transpose()?;
        let mut values = self
            .project
            .suites
            .get(&id)
            .map(|suite| suite.values.clone())
            .unwrap_or_default();
        self.set_values("test-suites", &mut values, body.get("properties"))?;
        if let Some(suite) = self.project.suites.get_mut(&id) {
            suite.values = values;
            if let Some(name) = new_name {
                suite.card.name = name;
            }
            Self::touch(self.clerk, &mut suite.card);
        }
        self.show_suite(id)
    }

    pub(crate) fn delete_suite(&mut self, id: u64) -> Answer {
        self.may("test-suites")?;
        let place = self.place(Parent::Suite(id))?;
        self.remove_below(place);
        self.project.suites.remove(&id);
        Ok(Response::empty(200))
    }

    /// Pages of 100 in an object of their own (swagger: GET test-runs).
    pub(crate) fn list_runs(&self, request: &Request) -> Answer {
        let parent = self.wanted_place(request, &Value::Null)?;
        let deep = says(request, "expand", "descendants");
        let runs: Vec<_> = self
            .project
            .runs
            .values()
            .filter(|run| run.parent == parent || (deep && self.project.below(run.parent, parent)))
            .filter(|run| self.listed(run.card.made))
            .collect();
        ok(&page(request, runs, |run| self.run_json(run, ""))?)
    }

    pub(crate) fn run(&self, id: u64) -> Result<&Run, Refusal> {
        self.project
            .runs
            .get(&id)
            .ok_or_else(|| Refusal::gone("Test Run"))
    }

    pub(crate) fn show_run(&self, id: u64, request: &Request) -> Answer {
        ok(&self.run_json(self.run(id)?, request.query("expand").unwrap_or_default()))
    }

    pub(crate) fn create_run(&mut self, request: &Request) -> Answer {
        self.may("test-runs")?;
        let body = object(request)?;
        let parent = self.wanted_place(request, &body)?;
        let run_name = name(&body, "name")?;
        let of = body
            .pointer("/test_case/id")
            .and_then(Value::as_u64)
            .ok_or_else(|| Refusal::bad("'test_case' with its 'id' is required"))?;
        let case = self.case(&of.to_string())?;
        let version = match body
            .pointer("/test_case/test_case_version_id")
            .and_then(Value::as_u64)
        {
            Some(id) => case.version(id),
            None => case.latest(),
        };
        let version = version
            .ok_or_else(|| Refusal::gone("Test Case Version"))?
            .id;
        let mut values = self.project.defaults("test-runs");
        self.set_values("test-runs", &mut values, body.get("properties"))?;
        self.require_values("test-runs", &values)?;
        let id = self.add_run(&run_name, (of, version), parent);
        if let Some(run) = self.project.runs.get_mut(&id) {
            run.values = values;
        }
        created(&self.run_json(self.run(id)?, ""))
    }

    /// With `parentId` the run moves and the body is ignored (swagger: PUT test-runs).
    pub(crate) fn change_run(&mut self, id: u64, request: &Request) -> Answer {
        self.may("test-runs")?;
        let mut run = self.run(id)?.clone();
        if request.query("parentId").is_some() {
            run.parent = self.wanted_place(request, &Value::Null)?;
        } else {
            let body = object(request)?;
            if body.get("name").is_some() {
                run.card.name = name(&body, "name")?;
            }
            let mut values = run.values.clone();
            self.set_values("test-runs", &mut values, body.get("properties"))?;
            run.values = values;
            if let Some(version) = body.get("test_case_version_id").and_then(Value::as_u64) {
                run.version = version;
            }
        }
        Self::touch(self.clerk, &mut run.card);
        self.project.runs.insert(id, run);
        self.show_run(id, request)
    }

    pub(crate) fn delete_run(&mut self, id: u64) -> Answer {
        self.may("test-runs")?;
        self.run(id)?;
        self.project.runs.remove(&id);
        self.project.logs.retain(|_, log| log.run != id);
        ok(&json!({ "message": "Test Run is deleted successfully" }))
    }

    /// The tree below a place: cycles and suites, with runs as leaves.
    pub(crate) fn sub_hierarchy(&self, request: &Request) -> Answer {
        let parent = self.wanted_place(request, &Value::Null)?;
        let (kind, label) = match parent {
            Parent::Root => ("ROOT", "root".to_owned()),
            Parent::Release(id) => (
                "RELEASE",
                self.project
                    .releases
                    .get(&id)
                    .map(|it| it.card.name.clone())
                    .unwrap_or_default(),
            ),
            Parent::Cycle(id) => (
                "TEST_CYCLE",
                self.project
                    .cycles
                    .get(&id)
                    .map(|it| it.card.name.clone())
                    .unwrap_or_default(),
            ),
            Parent::Suite(id) => (
                "TEST_SUITE",
                self.project
                    .suites
                    .get(&id)
                    .map(|it| it.card.name.clone())
                    .unwrap_or_default(),
            ),
        };
        let mut tree = json!({ "artifactType": kind, "type": parent.kind(), "id": parent.id(), "name": label, "order": 0 });
        let mut children: Vec<Value> = Vec::new();
        let child = |kind: &str, card: &super::model::Card| {
            json!(format!("{kind} {} {}", card.pid, card.name))
        };
        children.extend(
            self.project
                .cycles
                .values()
                .filter(|it| it.parent == parent)
                .map(|it| child("test-cycle", &it.card)),
        );
        children.extend(
            self.project
                .suites
                .values()
                .filter(|it| it.parent == parent)
                .map(|it| child("test-suite", &it.card)),
        );
        children.extend(
            self.project
                .runs
                .values()
                .filter(|it| it.parent == parent)
                .map(|it| child("test-run", &it.card)),
        );
        put(&mut tree, "children", json!(children));
        ok(&tree)
    }

    pub(crate) fn list_fields(&self, kind: &str, request: &Request) -> Answer {
        if self.options.has(Quirk::FieldsForbidden) {
            return Err(Refusal::new(
                403,
                "User does not have permission to view field settings",
            ));
        }
        let fields = self
            .project
            .fields
            .get(kind)
            .ok_or_else(|| Refusal::bad(format!("'{kind}' is not an object type")))?;
        let inactive = says(request, "includeInactive", "true");
        ok(&fields
            .iter()
            .filter(|field| inactive || field.active)
            .map(field_json)
            .collect())
    }
}
