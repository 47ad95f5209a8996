//! What the site holds, as JSON for tests and as a page for people.

use serde_json::{Value, json};

use super::model::{Parent, Project};
use super::queue::State;
use super::site::Site;
use crate::page::{Html, page};

impl Site {
    pub(crate) fn state(&self) -> Value {
        json!({
            "projects": self.projects.iter().map(project).collect::<Vec<_>>(),
            "jobs": self.jobs.iter().map(|job| json!({
                "id": job.id,
                "state": match job.state { State::Waiting => "waiting", State::Done { .. } => "done", State::Failed { .. } => "failed" },
                "sent": job.sent,
                "taken": job.taken,
            })).collect::<Vec<_>>(),
        })
    }

    pub(crate) fn page(&self) -> String {
        let mut body = Html::default();
        for project in &self.projects {
            body.push(&Html::heading(2, &project.name));
            if !project.automation {
                body.push(&Html::paragraph(
                    "The automation integration is switched off.",
                ));
            }
            body.push(&Html::heading(3, "Executions"));
            body.push(&executions(project));
            body.push(&Html::folded("Test cases", &cases(project)));
        }
        page(
            "qTest Manager",
            &format!(
                "A stand-in at {}: projects, test cases and what was submitted.",
                self.url
            ),
            &body,
        )
    }
}

fn executions(project: &Project) -> Html {
    let rows = project
        .runs
        .values()
        .map(|run| {
            let last = project.logs.values().rfind(|log| log.run == run.card.id);
            let count = project
                .logs
                .values()
                .filter(|log| log.run == run.card.id)
                .count();
            let status = last.and_then(|log| {
                project
                    .statuses
                    .iter()
                    .find(|status| status.id == log.status)
            });
            vec![
                Html::text(trail(project, run.parent)),
                Html::text(format!("{} {}", run.card.pid, run.card.name)),
                Html::outcome(status.map_or("", |status| &status.name)),
                Html::text(count.to_string()),
                Html::text(last.map(|log| log.start.to_string()).unwrap_or_default()),
                Html::text(last.map(|log| log.build_number.clone()).unwrap_or_default()),
                Html::text(
                    last.map(|log| log.note.chars().take(200).collect::<String>())
                        .unwrap_or_default(),
                ),
            ]
        })
        .collect();
    Html::table(
        &[
            "Place", "Test run", "Last", "Logs", "Started", "Build", "Note",
        ],
        rows,
    )
}

fn cases(project: &Project) -> Html {
    let rows = project
        .cases
        .values()
        .filter_map(|case| {
            let version = case.latest()?;
            Some(vec![
                Html::text(module_trail(project, case.module)),
                Html::text(format!("{} {}", case.card.pid, version.name)),
                Html::text(version.label()),
                Html::text(project.content(version)),
                Html::text(version.steps.len().to_string()),
            ])
        })
        .collect();
    Html::table(
        &[
            "Module",
            "Test case",
            "Version",
            "Automation content",
            "Steps",
        ],
        rows,
    )
}

/// Returns the names from the root down to a place.
fn trail(project: &Project, mut at: Parent) -> String {
    let mut names = Vec::new();
    loop {
        let (name, parent) = match at {
            Parent::Root => break,
            Parent::Release(id) => (
                project.releases.get(&id).map(|it| &it.card.name),
                Parent::Root,
            ),
            Parent::Cycle(id) => {
                let cycle = project.cycles.get(&id);
                (
                    cycle.map(|it| &it.card.name),
                    cycle.map_or(Parent::Root, |it| it.parent),
                )
            }
            Parent::Suite(id) => {
                let suite = project.suites.get(&id);
                (
                    suite.map(|it| &it.card.name),
                    suite.map_or(Parent::Root, |it| it.parent),
                )
            }
        };
        names.push(name.cloned().unwrap_or_else(|| "?".to_owned()));
        at = parent;
    }
    names.reverse();
    names.join(" › ")
}

fn module_trail(project: &Project, module: u64) -> String {
    let mut names = Vec::new();
    let mut at = Some(module);
    while let Some(module) = at.and_then(|id| project.modules.get(&id)) {
        names.push(module.card.name.clone());
        at = module.parent;
    }
    names.reverse();
    names.join(" › ")
}

fn project(project: &Project) -> Value {
    let place = |parent: Parent| json!({ "type": parent.kind(), "id": parent.id() });
    json!({
        "id": project.id,
        "name": project.name,
        "automation": project.automation,
        "modules": project.modules.values().map(|module| json!({
            "id": module.card.id, "pid": module.card.pid, "name": module.card.name, "description": module.card.description,
            "parent": module.parent, "path": module_trail(project, module.card.id),
        })).collect::<Vec<_>>(),
        "test_cases": project.cases.values().map(|case| case_state(project, case)).collect::<Vec<_>>(),
        "releases": project.releases.values().map(|it| json!({ "id": it.card.id, "pid": it.card.pid, "name": it.card.name })).collect::<Vec<_>>(),
        "test_cycles": project.cycles.values().map(|it| json!({
            "id": it.card.id, "pid": it.card.pid, "name": it.card.name, "description": it.card.description, "parent": place(it.parent),
            "path": trail(project, Parent::Cycle(it.card.id)),
        })).collect::<Vec<_>>(),
        "test_suites": project.suites.values().map(|it| json!({
            "id": it.card.id, "pid": it.card.pid, "name": it.card.name, "parent": place(it.parent), "path": trail(project, Parent::Suite(it.card.id)),
        })).collect::<Vec<_>>(),
        "test_runs": project.runs.values().map(|it| json!({
            "id": it.card.id, "pid": it.card.pid, "name": it.card.name, "test_case": it.case, "parent": place(it.parent),
            "path": trail(project, it.parent), "fields": run_fields(project, it),
        })).collect::<Vec<_>>(),
        "test_logs": project.logs.values().map(|log| log_state(project, log)).collect::<Vec<_>>(),
        "links": project.links.iter().map(|(from, id, to, target)| json!([from, id, to, target])).collect::<Vec<_>>(),
    })
}

/// Returns what the fields of a run hold that the project made for itself, by label.
fn run_fields(project: &Project, run: &super::model::Run) -> Value {
    let fields = project.fields.get("test-runs");
    let fields = fields.into_iter().flatten();
    let own = fields.filter(|field| field.original_name.is_empty());
    let held = own.filter_map(|field| {
        let value = run.values.get(&field.id)?;
        let mut allowed = field.allowed.iter();
        let named = allowed.find(|allowed| allowed.value.to_string() == *value);
        let value = named.map_or_else(|| value.clone(), |allowed| allowed.label.clone());
        Some((field.label.clone(), json!(value)))
    });
    Value::Object(held.collect())
}

fn case_state(project: &Project, case: &super::model::Case) -> Value {
    let version = case.latest();
    json!({
        "id": case.card.id,
        "pid": case.card.pid,
        "name": case.card.name,
        "module": case.module,
        "path": module_trail(project, case.module),
        "automation_content": version.map(|version| project.content(version)),
        "description": version.map(|version| version.description.clone()),
        "version": version.map(super::model::Version::label),
        "approved": version.map(super::model::Version::approved),
        "versions": case.versions.len(),
        "steps": version.map(|version| version.steps.iter().map(|step| json!([step.description, step.expected])).collect::<Vec<_>>()),
    })
}

fn log_state(project: &Project, log: &super::model::Log) -> Value {
    let run = project.runs.get(&log.run);
    let case = run.and_then(|run| project.cases.get(&run.case));
    let files = |kind: &str, id: u64| -> Vec<Value> {
        let files = project.files.get(&(kind.to_owned(), id));
        let files = files.into_iter().flatten();
        files.map(|file| json!({ "name": file.name, "content_type": file.content_type, "size": file.data.len() })).collect()
    };
    json!({
        "id": log.id,
        "test_run": log.run,
        "test_case": run.map(|run| run.case),
        "automation_content": case.and_then(|case| case.latest()).map(|version| project.content(version)),
        "path": run.map(|run| trail(project, run.parent)),
        "name": log.name,
        "status": project.statuses.iter().find(|status| status.id == log.status).map(|status| status.name.clone()),
        "start": log.start.to_string(),
        "end": log.end.to_string(),
        "note": log.note,
        "build_number": log.build_number,
        "build_url": log.build_url,
        "automated": log.automated,
        "steps": log.steps.iter().map(|step| json!({
            "description": step.description, "expected": step.expected, "actual": step.actual,
            "status": project.statuses.iter().find(|status| status.id == step.status).map(|status| status.name.clone()),
            "files": files("test-step-logs", step.id),
        })).collect::<Vec<_>>(),
        "files": files("test-logs", log.id),
    })
}
