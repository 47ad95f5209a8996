//! What the server holds, as JSON for tests and as a page for people.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::execution::time;
use super::importer::Status;
use super::site::{Batch, Execution, Kind, Site};
use crate::page::{Html, page};

/// More rows than these are left out of the page; the JSON has them all.
const ROWS: usize = 300;

impl Site {
    pub(crate) fn state(&self) -> Value {
        let reported: HashSet<&str> = self
            .batches
            .iter()
            .flat_map(|batch| &batch.files)
            .map(|file| file.path.as_str())
            .collect();
        json!({
            "projects": self.projects.iter().map(|project| json!({
                "id": project.id, "name": project.name, "team": self.team(project.team).map(|team| team.name.clone()), "archived": project.archived,
            })).collect::<Vec<_>>(),
            "executions": self.executions.values().map(|execution| self.execution_state(execution)).collect::<Vec<_>>(),
            "uploads": self.uploads.len(),
            "uploaded": self.uploads.values().filter(|upload| upload.data.is_some()).count(),
            "unreported": self.uploads.keys().filter(|path| !reported.contains(path.as_str())).count(),
            "releases": self.releases.values().map(super::catalog::release_json).collect::<Vec<_>>(),
            "builds": self.builds.values().map(super::catalog::build_json).collect::<Vec<_>>(),
        })
    }

    fn batch_of(&self, execution: u64) -> Option<&Batch> {
        self.batches
            .iter()
            .find(|batch| batch.execution == execution)
    }

    fn execution_state(&self, execution: &Execution) -> Value {
        let mut value = self.execution_json(execution);
        let batch = self.batch_of(execution.id);
        let import = &execution.import;
        let results: Vec<_> = import
            .results
            .iter()
            .map(|result| {
                json!({
                    "suite": result.suite, "name": result.name, "status": result.status.label(),
                    "start": time(result.start), "milliseconds": result.end - result.start, "message": result.message,
                })
            })
            .collect();
        let more = json!({
            "project": self.project(execution.project).map(|project| project.name.clone()),
            "batch": batch.map(|batch| batch.name.clone()),
            "kind": batch.map(|batch| kind(batch.kind)),
            "ended": batch.is_some_and(|batch| batch.ended.is_some()),
            "pushed_to_xray": batch.is_some_and(|batch| batch.xray),
            "tags": execution.tags,
            "attachments": import.attachments,
            "without_time": import.timeless(),
            "files": batch.map(|batch| batch.files.iter().map(|file| format!("{}/{}", file.folder, file.name)).collect::<Vec<_>>()),
            "results": results,
        });
        if let (Some(fields), Some(more)) = (value.as_object_mut(), more.as_object()) {
            fields.extend(more.clone());
        }
        value
    }

    pub(crate) fn page(&self) -> String {
        let mut body = Html::default();
        body.push(&Html::heading(2, "Executions"));
        body.push(&self.executions_table());
        for execution in self.executions.values().rev() {
            let title = format!("Results of execution {}", execution.order);
            body.push(&Html::folded(&title, &results_table(execution)));
        }
        body.push(&Html::heading(2, "Projects"));
        body.push(&self.projects_table());
        let about = "Stand-in of Katalon TestOps. Nothing here leaves this machine.";
        page("Katalon TestOps", about, &body)
    }

    fn executions_table(&self) -> Html {
        let rows = self.executions.values().rev().take(ROWS).map(|execution| {
            let import = &execution.import;
            let project = self
                .project(execution.project)
                .map(|project| project.name.clone());
            let value = self.execution_json(execution);
            let status = value
                .get("status")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let counts = [
                Status::Passed,
                Status::Failed,
                Status::Error,
                Status::Incomplete,
                Status::Skipped,
            ]
            .into_iter()
            .filter(|status| import.count(*status) > 0)
            .map(|status| format!("{} {}", import.count(status), status.label().to_lowercase()))
            .collect::<Vec<_>>();
            vec![
                Html::text(execution.order.to_string()),
                Html::text(project.unwrap_or_default()),
                Html::outcome(status),
                Html::text(execution.stage.label()),
                Html::text(counts.join(", ")),
                Html::text(
                    self.batch_of(execution.id)
                        .map(|batch| batch.name.clone())
                        .unwrap_or_default(),
                ),
                Html::text(import.build_label.clone().unwrap_or_default()),
                Html::text(execution.tags.join(", ")),
            ]
        });
        Html::table(
            &[
                "Execution",
                "Project",
                "Status",
                "Stage",
                "Tests",
                "Batch",
                "Build",
                "Tags",
            ],
            rows.collect(),
        )
    }

    fn projects_table(&self) -> Html {
        let rows = self.projects.iter().map(|project| {
            let team = self.team(project.team);
            let organization = team.and_then(|team| {
                self.organizations
                    .iter()
                    .find(|it| it.id == team.organization)
            });
            vec![
                Html::text(organization.map(|it| it.name.clone()).unwrap_or_default()),
                Html::text(team.map(|team| team.name.clone()).unwrap_or_default()),
                Html::text(&project.name),
                Html::text(project.id.to_string()),
                Html::text(if project.archived { "archived" } else { "" }),
            ]
        });
        Html::table(
            &["Organisation", "Team", "Project", "Id", ""],
            rows.collect(),
        )
    }
}

fn results_table(execution: &Execution) -> Html {
    let rows = execution.import.results.iter().take(ROWS).map(|result| {
        vec![
            Html::text(&result.suite),
            Html::text(&result.name),
            Html::outcome(result.status.label()),
            Html::text(time(result.start)),
            Html::text(format!("{} ms", result.end - result.start)),
            Html::text(result.message.chars().take(200).collect::<String>()),
        ]
    });
    Html::table(
        &["Suite", "Test", "Status", "Started", "Duration", "Message"],
        rows.collect(),
    )
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Katalon => "katalon",
        Kind::Junit => "junit",
        Kind::Recorder => "recorder",
        Kind::Testops => "testops",
    }
}
