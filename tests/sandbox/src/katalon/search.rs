//! The search: a type, conditions that all have to hold, and a page of at most 300.

use serde_json::{Value, json};

use super::execution::{result_json, time};
use super::reply::{Answer, Pageable, Refusal, body, ok, sort, text};
use super::site::Site;
use crate::http::Request;

/// The most that a page may hold (seen in the vendor's migration script).
const LARGEST: u64 = 300;

/// What can be asked of an object, and the object.
type Row = (Vec<(&'static str, String)>, Value);

impl Site {
    pub(crate) fn search(&self, request: &Request) -> Answer {
        let query = if request.method == "GET" {
            let text = request.query("q").unwrap_or_default();
            serde_json::from_str(text)
                .map_err(|error| Refusal::bad(format!("JSON parse error: {error}")))?
        } else {
            body(request)?
        };
        let kind = text(&query, "type").ok_or_else(|| Refusal::bad("type must not be null"))?;
        let pageable = pageable(&query)?;
        let mut found = Vec::new();
        for (keys, value) in self.rows(kind)? {
            if fits(&query, &keys)? {
                found.push(value);
            }
        }
        ok(&pageable.page(found))
    }

    fn rows(&self, kind: &str) -> Result<Vec<Row>, Refusal> {
        Ok(match kind {
            "Execution" => self.execution_rows(),
            "ExecutionTestResult" => self.result_rows(),
            "TestProject" | "Project" => self
                .projects
                .iter()
                .map(|project| {
                    let keys = vec![
                        ("id", project.id.to_string()),
                        ("name", project.name.clone()),
                        ("Team.id", project.team.to_string()),
                    ];
                    (keys, self.project_json(project))
                })
                .collect(),
            "Release" => self
                .releases
                .values()
                .map(|release| {
                    let keys = vec![
                        ("id", release.id.to_string()),
                        ("name", release.name.clone()),
                        ("Project.id", release.project.to_string()),
                        ("closed", release.closed.to_string()),
                    ];
                    (keys, super::catalog::release_json(release))
                })
                .collect(),
            "Build" => self
                .builds
                .values()
                .map(|build| {
                    let keys = vec![
                        ("id", build.id.to_string()),
                        ("name", build.name.clone()),
                        ("Project.id", build.project.to_string()),
                        (
                            "Release.id",
                            build.release.map(|id| id.to_string()).unwrap_or_default(),
                        ),
                    ];
                    (keys, super::catalog::build_json(build))
                })
                .collect(),
            "TestCase" | "TestSuite" | "ApiKey" => Vec::new(),
            other => {
                return Err(Refusal::bad(format!(
                    "'{other}' is not a type that can be searched for"
                )));
            }
        })
    }

    fn execution_rows(&self) -> Vec<Row> {
        let shown = self.executions.values().filter(|it| self.shows(it));
        let rows = shown.map(|execution| {
            let team = self.project(execution.project).map(|project| project.team);
            let value = self.execution_json(execution);
            let keys = vec![
                ("id", execution.id.to_string()),
                ("order", execution.order.to_string()),
                ("Project.id", execution.project.to_string()),
                ("Team.id", team.unwrap_or_default().to_string()),
                (
                    "status",
                    text(&value, "status").unwrap_or_default().to_owned(),
                ),
                ("executionStage", execution.stage.label().to_owned()),
                (
                    "startTime",
                    text(&value, "startTime").unwrap_or_default().to_owned(),
                ),
                (
                    "sessionId",
                    execution.import.session.clone().unwrap_or_default(),
                ),
                (
                    "buildLabel",
                    execution.import.build_label.clone().unwrap_or_default(),
                ),
                ("tag", execution.tags.join(",")),
            ];
            (keys, value)
        });
        rows.collect()
    }

    fn result_rows(&self) -> Vec<Row> {
        let rows = self.results().map(|(id, execution, result)| {
            let keys = vec![
                ("id", id.to_string()),
                ("Execution.id", execution.id.to_string()),
                ("Project.id", execution.project.to_string()),
                ("status", result.status.label().to_owned()),
                ("name", result.name.clone()),
                ("startTime", time(result.start)),
            ];
            (keys, result_json(id, execution, result))
        });
        rows.collect()
    }
}

fn pageable(query: &Value) -> Result<Pageable, Refusal> {
    let pagination = query.get("pagination").cloned().unwrap_or(json!({}));
    let number = |name: &str, absent: u64| {
        pagination
            .get(name)
            .and_then(Value::as_u64)
            .unwrap_or(absent)
    };
    let size = number("size", 30);
    if size == 0 || size > LARGEST {
        return Err(Refusal::bad("The page size must be from 1 to 300"));
    }
    let sorts = pagination
        .get("sorts")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    Ok(Pageable {
        page: number("page", 0),
        size,
        sorts: sorts.iter().filter_map(Value::as_str).map(sort).collect(),
    })
}

fn fits(query: &Value, keys: &[(&'static str, String)]) -> Result<bool, Refusal> {
    let conditions = query
        .get("conditions")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for condition in &conditions {
        let key = text(condition, "key").unwrap_or_default();
        let held = keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        let (_, held) = held
            .ok_or_else(|| Refusal::bad(format!("'{key}' is not a key that can be asked for")))?;
        let wanted = match condition.get("value") {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        if !holds(held, text(condition, "operator").unwrap_or("="), &wanted)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(held: &str, operator: &str, wanted: &str) -> Result<bool, Refusal> {
    let order = match (held.parse::<i64>(), wanted.parse::<i64>()) {
        (Ok(held), Ok(wanted)) => held.cmp(&wanted),
        _ => held.cmp(wanted),
    };
    Ok(match operator {
        "=" => order.is_eq(),
        "!=" => order.is_ne(),
        ">=" => order.is_ge(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        "starts with" => held.starts_with(wanted),
        "contains" => held.contains(wanted),
        other => return Err(Refusal::bad(format!("'{other}' is not an operator"))),
    })
}
