//! The search over a project's objects.

use serde_json::{Value, json};

use super::model::{Card, Parent, Values};
use super::query::{Query, Record};
use super::render::{Detail, only, put};
use super::reply::{Answer, Refusal, needed, object, ok, page, says, text};
use super::site::{Desk, Quirk};
use crate::http::Request;
use crate::pace::{Moment, Progress};

/// What older versions can search for.
const NARROW: [&str; 4] = ["requirements", "test-cases", "test-runs", "defects"];

/// What can be asked of an object, and how to make its JSON once it is wanted.
type Row<'a> = (Record, Box<dyn Fn() -> Value + 'a>);

fn row<'a>(record: Record, make: impl Fn() -> Value + 'a) -> Row<'a> {
    (record, Box::new(make))
}

impl Desk<'_> {
    pub(crate) fn search(&self, request: &Request) -> Answer {
        let body = object(request)?;
        let kind = needed(&body, "object_type")?;
        if self.options.has(Quirk::NarrowSearch) && !NARROW.contains(&kind) {
            return Err(Refusal::bad(format!("'object_type' is not valid: {kind}")));
        }
        let query = Query::parse(text(&body, "query").unwrap_or_default())?;
        let names: Vec<_> = super::logs::list(&body, "fields")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let mut found = Vec::new();
        for (record, make) in self.records(kind, request)? {
            if query.fits(&record)? {
                found.push(make);
            }
        }
        ok(&page(request, found, |make| only(make(), &names))?)
    }

    fn records(&self, kind: &str, request: &Request) -> Result<Vec<Row<'_>>, Refusal> {
        Ok(match kind {
            "test-cases" => self.case_records(says(request, "appendTestSteps", "true")),
            "test-runs" => self.run_records(),
            "test-cycles" => self
                .project
                .cycles
                .values()
                .filter(|cycle| self.indexed(cycle.card.touched))
                .map(|cycle| row(self.card_record(&cycle.card), move || self.cycle_json(cycle, false)))
                .collect(),
            "test-suites" => self
                .project
                .suites
                .values()
                .filter(|suite| self.indexed(suite.card.touched))
                .map(|suite| {
                    let mut record = self.card_record(&suite.card);
                    record.extend(self.field_records("test-suites", &suite.values));
                    row(record, move || self.suite_json(suite))
                })
                .collect(),
            "releases" => self
                .project
                .releases
                .values()
                .filter(|release| self.indexed(release.card.touched))
                .map(|release| row(self.card_record(&release.card), move || self.release_json(release)))
                .collect(),
            "requirements" => self
                .project
                .requirements
                .values()
                .filter(|requirement| self.indexed(requirement.card.touched))
                .map(|requirement| {
                    let card = &requirement.card;
                    let make = move || {
                        json!({ "links": [], "id": card.id, "pid": card.pid, "name": card.name, "properties": [] })
                    };
                    row(self.card_record(card), make)
                })
                .collect(),
            "test-logs" => self.log_records(says(request, "includeTestLogProperties", "true")),
            "builds" | "defects" => Vec::new(),
            _ => return Err(Refusal::bad(format!("'object_type' is not valid: {kind}"))),
        })
    }

    /// Returns whether the index has caught up with a change.
    fn indexed(&self, touched: Moment) -> bool {
        touched.tick == 0
            || touched.progress(self.options.search_lag, self.clerk.tick) == Progress::Done
    }

    fn case_records(&self, steps: bool) -> Vec<Row<'_>> {
        let mut records = Vec::new();
        for case in self
            .project
            .cases
            .values()
            .filter(|case| self.indexed(case.card.touched))
        {
            let Some(version) = case.latest() else {
                continue;
            };
            let mut record = self.card_record(&case.card);
            record.extend([
                field(&["Description"], &[&version.description]),
                field(&["Precondition"], &[&version.precondition]),
                field(&["Version"], &[&version.label()]),
                field(&["Module"], &[&case.module.to_string()]),
            ]);
            record.extend(self.field_records("test-cases", &version.values));
            let detail = Detail {
                steps,
                ..Detail::default()
            };
            records.push(row(record, move || self.case_json(case, version, detail)));
        }
        records
    }

    /// Here the name is that of the test case.
    fn run_records(&self) -> Vec<Row<'_>> {
        let mut records = Vec::new();
        for run in self
            .project
            .runs
            .values()
            .filter(|run| self.indexed(run.card.touched))
        {
            let case = self.project.cases.get(&run.case);
            let mut card = run.card.clone();
            if let Some(case) = case {
                case.card.name.clone_into(&mut card.name);
            }
            let mut record = self.card_record(&card);
            let pid = case.map(|case| case.card.pid.clone()).unwrap_or_default();
            let content = case
                .and_then(|case| case.latest())
                .map(|version| self.project.content(version));
            record.extend([
                field(
                    &["Test Case Id", "Test Case"],
                    &[&run.case.to_string(), &pid],
                ),
                field(&["Automation Content"], &[content.unwrap_or_default()]),
                field(&["Parent"], &[&run.parent.id().to_string()]),
            ]);
            record.extend(self.place_records(run.parent));
            record.extend(self.field_records("test-runs", &run.values));
            records.push(row(record, move || self.run_json(run, "")));
        }
        records
    }

    /// The containers above a run, as the vendor's samples ask for them.
    fn place_records(&self, place: Parent) -> Record {
        let (mut suite, mut cycles, mut release) = (Vec::new(), Vec::new(), Vec::new());
        let mut at = place;
        loop {
            let (into, card, above) = match at {
                Parent::Root => break,
                Parent::Release(id) => {
                    let card = self.project.releases.get(&id).map(|it| &it.card);
                    (&mut release, card, Parent::Root)
                }
                Parent::Cycle(id) => {
                    let cycle = self.project.cycles.get(&id);
                    let above = cycle.map_or(Parent::Root, |it| it.parent);
                    (&mut cycles, cycle.map(|it| &it.card), above)
                }
                Parent::Suite(id) => {
                    let found = self.project.suites.get(&id);
                    let above = found.map_or(Parent::Root, |it| it.parent);
                    (&mut suite, found.map(|it| &it.card), above)
                }
            };
            if let Some(card) = card {
                into.extend([card.id.to_string(), card.pid.clone(), card.name.clone()]);
            }
            at = above;
        }
        let named =
            |names: [&str; 2], values: Vec<String>| (names.map(str::to_owned).to_vec(), values);
        vec![
            named(["Test Suite", "Test Suite Id"], suite),
            named(["Test Cycle", "Test Cycle Id"], cycles),
            named(["Release", "Release Id"], release),
        ]
    }

    fn log_records(&self, properties: bool) -> Vec<Row<'_>> {
        let mut records = Vec::new();
        for log in self
            .project
            .logs
            .values()
            .filter(|log| self.indexed(log.touched))
        {
            let status = self
                .project
                .statuses
                .iter()
                .find(|status| status.id == log.status);
            let record = vec![
                field(&["Id"], &[&log.id.to_string()]),
                field(&["Name"], &[&log.name]),
                field(
                    &["Status"],
                    &[
                        status
                            .map(|status| status.name.as_str())
                            .unwrap_or_default(),
                        &log.status.to_string(),
                    ],
                ),
                field(&["Test Run", "Test Run Id"], &[&log.run.to_string()]),
                field(&["Build Number"], &[&log.build_number]),
                field(&["Note"], &[&log.note]),
                field(&["Execution Start Date"], &[&log.start.to_string()]),
                field(&["Execution End Date"], &[&log.end.to_string()]),
            ];
            records.push(row(record, move || {
                let mut value = self.log_json(log);
                if !properties {
                    put(&mut value, "properties", json!([]));
                    put(&mut value, "test_step_logs", json!([]));
                }
                value
            }));
        }
        records
    }

    fn card_record(&self, card: &Card) -> Record {
        vec![
            field(&["Id"], &[&card.id.to_string(), &card.pid]),
            field(&["Name"], &[&card.name]),
            field(&["Description"], &[&card.description]),
            field(&["Created Date"], &[&self.time(card.created)]),
            field(&["Last Modified Date"], &[&self.time(card.modified)]),
        ]
    }

    fn field_records(&self, kind: &str, values: &Values) -> Record {
        let fields = self
            .project
            .fields
            .get(kind)
            .map(Vec::as_slice)
            .unwrap_or_default();
        fields
            .iter()
            .map(|known| {
                let value = values.get(&known.id).cloned().unwrap_or_default();
                let label = known
                    .allowed
                    .iter()
                    .find(|allowed| allowed.value.to_string() == value);
                let label = label.map(|allowed| allowed.label.clone());
                let names = vec![known.label.clone(), known.id.to_string()];
                (names, std::iter::once(value).chain(label).collect())
            })
            .collect()
    }
}

fn field(names: &[&str], values: &[&str]) -> (Vec<String>, Vec<String>) {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    (owned(names), owned(values))
}
