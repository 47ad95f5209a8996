//! Objects as JSON, with the property names of the vendor's swagger.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fields;
use super::model::{
    Card, Case, Cycle, Field, File, Log, Module, Parent, Release, Run, Status, Step, Suite, Values,
    Version,
};
use super::site::{Desk, Quirk};

/// What a case is shown with.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Detail {
    pub(crate) steps: bool,
    pub(crate) without_properties: bool,
}

impl Desk<'_> {
    /// Returns a time as the site gives it: in its own zone, in whole seconds.
    pub(crate) fn time(&self, time: Timestamp) -> String {
        let zoned = time.to_zoned(self.options.zone.to_time_zone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    fn card_json(&self, card: &Card) -> Value {
        json!({
            "links": [],
            "id": card.id,
            "name": card.name,
            "order": card.order,
            "pid": card.pid,
            "created_date": self.time(card.created),
            "last_modified_date": self.time(card.modified),
        })
    }

    fn web_url(&self, tab: &str, object: u8, id: u64) -> String {
        format!(
            "{}/p/{}/portal/project#tab={tab}&object={object}&id={id}",
            self.url, self.project.id
        )
    }

    /// Returns the API's address of an object, for links.
    fn href(&self, kind: &str, id: u64) -> String {
        format!(
            "{}/api/v3/projects/{}/{kind}/{id}",
            self.url, self.project.id
        )
    }

    /// Returns the values of an object's fields, in the order of the fields.
    pub(crate) fn properties(&self, kind: &str, values: &Values) -> Vec<Value> {
        let fields = self
            .project
            .fields
            .get(kind)
            .map(Vec::as_slice)
            .unwrap_or_default();
        fields
            .iter()
            .filter_map(|field| {
                let value = values.get(&field.id)?;
                let label = field
                    .allowed
                    .iter()
                    .find(|allowed| allowed.value.to_string() == *value)
                    .map(|allowed| allowed.label.clone());
                let mut property = json!({ "field_id": field.id, "field_name": field.label, "field_value": value });
                if let Some(label) = label {
                    put(&mut property, "field_value_name", json!(label));
                }
                Some(property)
            })
            .collect()
    }

    /// As real cases show them, description and precondition among the other fields.
    fn case_properties(&self, version: &Version) -> Vec<Value> {
        let mut values = version.values.clone();
        for (original_name, text) in [
            (fields::DESCRIPTION, &version.description),
            (fields::PRECONDITION, &version.precondition),
        ] {
            if let Some(field) = self.project.field("test-cases", original_name) {
                values.insert(field.id, text.clone());
            }
        }
        self.properties("test-cases", &values)
    }

    pub(crate) fn module_json(&self, module: &Module, descendants: bool) -> Value {
        let mut value = self.card_json(&module.card);
        put(&mut value, "description", json!(module.card.description));
        put(&mut value, "shared", json!(false));
        if let Some(parent) = module.parent {
            put(&mut value, "parent_id", json!(parent));
        }
        if descendants {
            let children: Vec<_> = self
                .project
                .modules
                .values()
                .filter(|child| {
                    child.parent == Some(module.card.id) && self.listed(child.card.made)
                })
                .map(|child| self.module_json(child, true))
                .collect();
            put(&mut value, "children", json!(children));
        }
        value
    }

    pub(crate) fn case_json(&self, case: &Case, version: &Version, detail: Detail) -> Value {
        let mut value = self.card_json(&case.card);
        put(&mut value, "name", json!(version.name));
        let properties = if detail.without_properties {
            Vec::new()
        } else {
            self.case_properties(version)
        };
        put(&mut value, "properties", json!(properties));
        put(
            &mut value,
            "web_url",
            json!(self.web_url("testdesign", 1, case.card.id)),
        );
        put(&mut value, "parent_id", json!(case.module));
        put(&mut value, "test_case_version_id", json!(version.id));
        put(&mut value, "version", json!(version.label()));
        put(&mut value, "description", json!(version.description));
        put(&mut value, "precondition", json!(version.precondition));
        put(&mut value, "creator_id", json!(case.creator));
        put(&mut value, "agent_ids", json!([]));
        if detail.steps {
            put(&mut value, "test_steps", self.steps_json(&version.steps));
        }
        value
    }

    /// Steps are numbered from 1 here, from 0 in logs that are sent.
    pub(crate) fn steps_json(&self, steps: &[Step]) -> Value {
        (1..)
            .zip(steps)
            .map(|(order, step): (u64, _)| {
                json!({
                    "links": [{ "rel": "self", "href": self.href("test-steps", step.id) }],
                    "id": step.id,
                    "description": step.description,
                    "expected": step.expected,
                    "order": order,
                    "attachments": self.files_json("test-steps", step.id),
                })
            })
            .collect()
    }

    pub(crate) fn release_json(&self, release: &Release) -> Value {
        let mut value = self.card_json(&release.card);
        let status = if release.closed { "902" } else { "901" };
        let mut values = self.project.defaults("releases");
        for value in values.values_mut() {
            status.clone_into(value);
        }
        put(
            &mut value,
            "properties",
            json!(self.properties("releases", &values)),
        );
        put(
            &mut value,
            "web_url",
            json!(self.web_url("testplan", 8, release.card.id)),
        );
        put(&mut value, "description", json!(release.card.description));
        value
    }

    pub(crate) fn build_json(&self, build: &(u64, Release)) -> Value {
        let mut value = self.card_json(&build.1.card);
        put(&mut value, "properties", json!([]));
        if let Some(release) = self.project.releases.get(&build.0) {
            put(&mut value, "release", self.release_json(release));
        }
        value
    }

    pub(crate) fn cycle_json(&self, cycle: &Cycle, descendants: bool) -> Value {
        let mut value = self.card_json(&cycle.card);
        put(
            &mut value,
            "web_url",
            json!(self.web_url("testexecution", 4, cycle.card.id)),
        );
        put(&mut value, "description", json!(cycle.card.description));
        if let Some(release) = cycle.target_release {
            put(&mut value, "target_release_id", json!(release));
        }
        if let Some(build) = cycle.target_build {
            put(&mut value, "target_build_id", json!(build));
        }
        if descendants {
            let inside = Parent::Cycle(cycle.card.id);
            let cycles: Vec<_> = self
                .project
                .cycles
                .values()
                .filter(|child| child.parent == inside && self.listed(child.card.made))
                .map(|child| self.cycle_json(child, true))
                .collect();
            let suites: Vec<_> = self
                .project
                .suites
                .values()
                .filter(|suite| suite.parent == inside && self.listed(suite.card.made))
                .map(|suite| self.suite_json(suite))
                .collect();
            put(&mut value, "test-cycles", json!(cycles));
            put(&mut value, "test-suites", json!(suites));
        }
        value
    }

    pub(crate) fn suite_json(&self, suite: &Suite) -> Value {
        let mut value = self.card_json(&suite.card);
        put(&mut value, "parentId", json!(suite.parent.id()));
        put(&mut value, "parentType", json!(suite.parent.kind()));
        put(
            &mut value,
            "properties",
            json!(self.properties("test-suites", &suite.values)),
        );
        put(
            &mut value,
            "web_url",
            json!(self.web_url("testexecution", 2, suite.card.id)),
        );
        value
    }

    pub(crate) fn run_json(&self, run: &Run, expand: &str) -> Value {
        let mut value = self.card_json(&run.card);
        let href = self.href("test-cases", run.case);
        put(
            &mut value,
            "links",
            json!([
                { "rel": "test-case", "href": format!("{href}?versionId={}", run.version) },
                { "rel": "self", "href": self.href("test-runs", run.card.id) },
            ]),
        );
        put(&mut value, "parentId", json!(run.parent.id()));
        put(&mut value, "parentType", json!(run.parent.kind()));
        if !self.options.has(Quirk::LinkedCasesOnly) {
            put(&mut value, "testCaseId", json!(run.case));
        }
        put(
            &mut value,
            "properties",
            json!(self.properties("test-runs", &run.values)),
        );
        put(&mut value, "test_case_version_id", json!(run.version));
        put(&mut value, "creator_id", json!(run.creator));
        if let Some(case) = self.project.cases.get(&run.case) {
            let version = case.version(run.version).or_else(|| case.latest());
            if let Some(version) = version {
                put(&mut value, "test_case_version", json!(version.label()));
                put(
                    &mut value,
                    "automation",
                    json!(if self.project.content(version).is_empty() {
                        "No"
                    } else {
                        "Yes"
                    }),
                );
                put(
                    &mut value,
                    "test_case",
                    self.run_case_json(case, version, expand),
                );
            }
        }
        let logs = run.logs.iter().rev();
        let mut logs = logs.filter_map(|id| self.project.logs.get(id));
        if let Some(last) = logs.find(|log| self.listed(log.touched))
            && !self.options.has(Quirk::SilentRuns)
        {
            put(&mut value, "latest_test_log", self.short_log_json(last));
        }
        value
    }

    /// Without `expand` the case is a link only: neither its id nor its name is told.
    fn run_case_json(&self, case: &Case, version: &Version, expand: &str) -> Value {
        match expand {
            "testcase" => self.case_json(case, version, Detail::default()),
            "testcase.teststep" => self.case_json(
                case,
                version,
                Detail {
                    steps: true,
                    ..Detail::default()
                },
            ),
            _ => json!({
                "links": [{ "rel": "self", "href": format!("{}?versionId={}", self.href("test-cases", case.card.id), version.id) }],
                "properties": [],
            }),
        }
    }

    /// Returns the logs of a run, the oldest first.
    pub(crate) fn logs_of(&self, run: &Run) -> Vec<&Log> {
        let logs = run.logs.iter();
        logs.filter_map(|id| self.project.logs.get(id)).collect()
    }

    fn short_log_json(&self, log: &Log) -> Value {
        json!({
            "id": log.id,
            "status": self.project.statuses.iter().find(|status| status.id == log.status).map(|status| status.name.clone()),
            "exe_start_date": self.time(log.start),
            "exe_end_date": self.time(log.end),
        })
    }

    fn status_json(&self, id: u64) -> Value {
        let status = self.project.statuses.iter().find(|status| status.id == id);
        status.map_or_else(|| json!({ "id": id }), status_json)
    }

    pub(crate) fn log_json(&self, log: &Log) -> Value {
        let steps: Vec<_> = (0..)
            .zip(&log.steps)
            .map(|(order, step): (u64, _)| {
                let mut value = json!({
                    "links": [],
                    "test_step_log_id": step.id,
                    "status": self.status_json(step.status),
                    "description": step.description,
                    "expected_result": step.expected,
                    "actual_result": step.actual,
                    "order": order,
                    "attachments": self.files_json("test-step-logs", step.id),
                });
                if let Some(step) = step.step {
                    put(&mut value, "test_step_id", json!(step));
                }
                value
            })
            .collect();
        json!({
            "links": [{ "rel": "self", "href": format!("{}/test-logs/{}", self.href("test-runs", log.run), log.id) }],
            "id": log.id,
            "test_case_version_id": log.version,
            "exe_start_date": self.time(log.start),
            "exe_end_date": self.time(log.end),
            "note": log.note,
            "attachments": self.files_json("test-logs", log.id),
            "name": log.name,
            "planned_exe_time": 0,
            "actual_exe_time": log.end.duration_since(log.start).as_millis() / 60_000,
            "build_number": log.build_number,
            "build_url": log.build_url,
            "properties": self.properties("test-runs", &log.values),
            "status": self.status_json(log.status),
            "result_number": log.number,
            "test_step_logs": steps,
            "test_run_id": log.run,
        })
    }

    pub(crate) fn files_json(&self, kind: &str, object: u64) -> Vec<Value> {
        let files = self.project.files.get(&(kind.to_owned(), object));
        let files = files.map(Vec::as_slice).unwrap_or_default();
        files.iter().map(|file| self.file_json(file)).collect()
    }

    pub(crate) fn file_json(&self, file: &File) -> Value {
        json!({
            "links": [{ "rel": "self", "href": format!("{}/attachments/{}", self.href(&file.kind, file.object), file.id) }],
            "id": file.id,
            "name": file.name,
            "content_type": file.content_type,
            "web_url": format!("{}/p/{}/portal/attachment/{}", self.url, self.project.id, file.id),
            "created_date": self.time(file.created),
            "artifact_id": file.object,
        })
    }
}

pub(crate) fn status_json(status: &Status) -> Value {
    json!({
        "links": [],
        "id": status.id,
        "name": status.name,
        "is_default": status.name == "Unexecuted",
        "color": status.color,
        "active": true,
    })
}

pub(crate) fn field_json(field: &Field) -> Value {
    let allowed: Vec<_> = (0_u64..)
        .zip(&field.allowed)
        .map(|(order, allowed)| {
            json!({
                "links": [],
                "value": allowed.value,
                "label": allowed.label,
                "order": order,
                "is_default": field.default == Some(allowed.value),
                "is_active": true,
            })
        })
        .collect();
    let mut value = json!({
        "links": [],
        "id": field.id,
        "label": field.label,
        "required": field.required,
        "constrained": !allowed.is_empty(),
        "order": 0,
        "allowed_values": allowed,
        "multiple": false,
        "data_type": if allowed.is_empty() { 1 } else { 3 },
        "searchable": true,
        "system_field": !field.original_name.is_empty(),
        "is_active": field.active,
    });
    if !field.original_name.is_empty() {
        put(&mut value, "original_name", json!(field.original_name));
    }
    if let Some(default) = field.default {
        put(&mut value, "default_value", json!(default.to_string()));
    }
    value
}

/// Sets a property of a JSON object.
pub(crate) fn put(value: &mut Value, name: &str, to: Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(name.to_owned(), to);
    }
}

/// Keeps only the named properties of an object, or all when none is named or `*` is.
pub(crate) fn only(value: Value, names: &[String]) -> Value {
    if names.is_empty() || names.iter().any(|name| name == "*") {
        return value;
    }
    let Value::Object(fields) = value else {
        return value;
    };
    let kept = fields.into_iter().filter(|(name, _)| names.contains(name));
    Value::Object(kept.collect::<Map<_, _>>())
}
