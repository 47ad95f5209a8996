//! The stand-in as tests hold it in their hands.

use std::collections::BTreeMap;
use std::io;
use std::ops::Deref;

use serde_json::{Value, json};

use super::{Azure, DEFAULT_TOKEN, World};
use crate::standin::Standin;

/// An organisation of Azure DevOps on loopback, until it is dropped.
#[derive(Debug)]
pub struct AzureSandbox {
    standin: Standin<Azure>,
    organisation: String,
}

/// What a test point has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointReport {
    /// The test case.
    pub case: i64,
    /// The configuration's name.
    pub configuration: String,
    /// What the point shows as its outcome; `None` when it never had a result.
    pub outcome: Option<String>,
    /// The outcomes of all its completed results, in the order of runs and results.
    pub outcomes: Vec<String>,
    /// How many of its results wait to be filled in.
    pub pending: usize,
}

impl AzureSandbox {
    /// Starts an organisation on any free port.
    ///
    /// # Errors
    ///
    /// Returns why no port could be opened.
    pub fn start(world: World) -> io::Result<Self> {
        Self::start_on(world, 0)
    }

    /// Starts an organisation on a port.
    ///
    /// # Errors
    ///
    /// Returns why the port could not be opened.
    pub fn start_on(world: World, port: u16) -> io::Result<Self> {
        let organisation = world.organisation.clone();
        Ok(Self {
            standin: Standin::start(Azure::new(world), &[("api", port)])?,
            organisation,
        })
    }

    /// Returns the organisation's URL, as a client is given it.
    pub fn url(&self) -> String {
        format!("{}/{}", self.standin.url(), self.organisation)
    }

    /// Returns the URL of the page that shows a person what is held.
    pub fn page_url(&self) -> String {
        format!("{}/", self.standin.url())
    }

    /// Returns a token of full access.
    pub fn token(&self) -> &'static str {
        DEFAULT_TOKEN
    }

    /// Returns what each point has seen, by the point's id.
    pub fn points(&self) -> BTreeMap<i64, PointReport> {
        self.standin.look(point_reports)
    }

    /// Returns the outcome that each point shows, by the point's id; points without one are left out.
    pub fn outcomes(&self) -> BTreeMap<i64, String> {
        self.points()
            .into_iter()
            .filter_map(|(id, report)| Some((id, report.outcome?)))
            .collect()
    }

    /// Returns how many runs there are.
    pub fn run_count(&self) -> usize {
        self.standin.look(|azure| azure.runs.len())
    }
}

impl Deref for AzureSandbox {
    type Target = Standin<Azure>;

    fn deref(&self) -> &Standin<Azure> {
        &self.standin
    }
}

fn point_reports(azure: &Azure) -> BTreeMap<i64, PointReport> {
    let mut reports: BTreeMap<i64, PointReport> = azure
        .world
        .points
        .values()
        .map(|point| {
            let report = PointReport {
                case: point.case,
                configuration: azure
                    .world
                    .configuration_name(point.configuration)
                    .to_owned(),
                outcome: point.last.as_ref().map(|last| last.outcome.clone()),
                outcomes: Vec::new(),
                pending: 0,
            };
            (point.id, report)
        })
        .collect();
    for row in azure.runs.values().flat_map(|run| run.results.values()) {
        let Some(report) = row.point.and_then(|point| reports.get_mut(&point)) else {
            continue;
        };
        if row.is_completed() {
            report.outcomes.push(row.outcome().to_owned());
        } else {
            report.pending += 1;
        }
    }
    reports
}

/// Returns all that the service holds.
pub(super) fn state(azure: &Azure) -> Value {
    let points: Vec<Value> = point_reports(azure)
        .iter()
        .map(|(id, report)| {
            json!({
                "id": id,
                "case": report.case,
                "title": azure.world.items.get(&report.case).map(super::WorkItem::title),
                "configuration": report.configuration,
                "plan": azure.world.points.get(id).map(|point| point.plan),
                "suite": azure.world.points.get(id).map(|point| point.suite),
                "outcome": report.outcome,
                "outcomes": report.outcomes,
                "pending": report.pending,
            })
        })
        .collect();
    let plans: Vec<Value> = azure
        .world
        .plans
        .iter()
        .map(|plan| json!({ "id": plan.id, "project": plan.project, "name": plan.name, "active": plan.active }))
        .collect();
    let items: Vec<Value> = azure
        .world
        .items
        .values()
        .map(|item| json!({ "id": item.id, "rev": item.revision, "fields": item.fields }))
        .collect();
    json!({
        "plans": plans,
        "points": points,
        "work_items": items,
        "runs": azure.runs.values().map(|run| run_state(azure, run)).collect::<Vec<_>>(),
    })
}

fn run_state(azure: &Azure, run: &super::Run) -> Value {
    let mut value = run.to_json("", run.plan.map_or("", |plan| azure.world.plan_name(plan)));
    let rows = run.results.values().map(|row| {
        let mut fields = row.fields.clone();
        fields.insert("id".to_owned(), json!(row.id));
        fields.insert("attachments".to_owned(), files(&row.attachments));
        Value::Object(fields)
    });
    if let Some(object) = value.as_object_mut() {
        object.insert("results".to_owned(), rows.collect());
        object.insert("attachments".to_owned(), files(&run.attachments));
    }
    value
}

fn files(attachments: &[super::Attachment]) -> Value {
    let files = attachments.iter().map(|file| {
        json!({ "id": file.id, "sub_result": file.sub_result, "file_name": file.file_name, "kind": file.kind, "size": file.bytes.len() })
    });
    files.collect()
}
