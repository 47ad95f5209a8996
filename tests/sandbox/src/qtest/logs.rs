//! Test logs: read, checked, filed, and listed.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::fields;
use super::model::{Case, File, Log, Parent, Step, StepLog, Values, Version};
use super::render::put;
use super::reply::{Answer, Refusal, date, name, needed, ok, page, read_date, says, text};
use super::site::{Desk, Quirk};
use crate::http::Request;
use crate::pace::Moment;

/// What a tool says of one execution, checked.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) content: String,
    pub(crate) status: u64,
    start: Timestamp,
    end: Timestamp,
    steps: Vec<StepEntry>,
    files: Vec<Sent>,
    pub(crate) values: Values,
    pub(crate) raw: Value,
}

/// A file that came inside a log.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    name: String,
    content_type: String,
    data: Arc<[u8]>,
}

#[derive(Debug, Clone)]
struct StepEntry {
    description: String,
    expected: String,
    actual: String,
    status: u64,
    files: Vec<Sent>,
}

impl Desk<'_> {
    /// Refuses automation logs in a project without the integration.
    pub(crate) fn automated(&self) -> Result<(), Refusal> {
        self.may("test-runs")?;
        if self.project.automation {
            Ok(())
        } else {
            Err(Refusal::new(403, "Automation not turned on"))
        }
    }

    /// Returns the execution status that an automation status is mapped to.
    pub(crate) fn mapped(&self, status: &str) -> Result<u64, Refusal> {
        self.project
            .mapping
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(status))
            .map(|(_, id)| *id)
            .ok_or_else(|| {
                Refusal::bad(format!(
                    "Status '{status}' is not mapped in the automation settings"
                ))
            })
    }

    /// Reads an automation log and checks all of it, so that nothing can go wrong once something is kept.
    pub(crate) fn entry(&self, log: &Value) -> Result<Entry, Refusal> {
        let steps = self.step_entries(log)?;
        let mut values = Values::new();
        self.set_values("test-runs", &mut values, log.get("properties"))?;
        Ok(Entry {
            name: name(log, "name")?,
            content: needed(log, "automation_content")?.to_owned(),
            status: self.mapped(needed(log, "status")?)?,
            start: date(log, "exe_start_date")?,
            end: date(log, "exe_end_date")?,
            steps,
            files: self.sent_files(log)?,
            values,
            raw: log.clone(),
        })
    }

    /// Refuses a log that is wrong whatever the project is like; done before a batch is accepted.
    pub(crate) fn check_shape(log: &Value) -> Result<(), Refusal> {
        name(log, "name")?;
        needed(log, "automation_content")?;
        needed(log, "status")?;
        date(log, "exe_start_date")?;
        date(log, "exe_end_date")?;
        check_order(log)
    }

    fn step_entries(&self, log: &Value) -> Result<Vec<StepEntry>, Refusal> {
        check_order(log)?;
        let mut steps: Vec<_> = list(log, "test_step_logs").to_vec();
        let sorts = self.options.has(Quirk::SortsSteps);
        if sorts || steps.iter().all(|step| step.get("order").is_none()) {
            steps.sort_by_key(|step| text(step, "description").unwrap_or_default().to_owned());
        } else {
            steps.sort_by_key(|step| step.get("order").and_then(Value::as_u64));
        }
        steps
            .iter()
            .map(|step| {
                let status = text(step, "status").filter(|status| !status.is_empty());
                Ok(StepEntry {
                    description: needed(step, "description")?.to_owned(),
                    expected: text(step, "expected_result")
                        .ok_or_else(|| Refusal::bad("'expected_result' is required"))?
                        .to_owned(),
                    actual: text(step, "actual_result").unwrap_or_default().to_owned(),
                    status: status.map_or(Ok(605), |status| self.mapped(status))?,
                    files: self.sent_files(step)?,
                })
            })
            .collect()
    }

    /// Returns the case with an entry's fingerprint, if it is known, or makes it.
    pub(crate) fn case_for(
        &mut self,
        entry: &Entry,
        known: Option<u64>,
        module: impl FnOnce(&mut Self) -> u64,
    ) -> (u64, u64) {
        if let Some(id) = known {
            self.rewrite_steps(id, entry);
            self.rewrite_values(id, entry);
            return (id, self.version_of(id));
        }
        let mut values = self.project.defaults("test-cases");
        let known = [
            (fields::AUTOMATION, "711"),
            (fields::CONTENT, entry.content.as_str()),
            ("TypeTestCase", "702"),
        ];
        for (original_name, value) in known {
            if let Some(field) = self.project.field("test-cases", original_name) {
                values.insert(field.id, value.to_owned());
            }
        }
        let draft = self.options.has(Quirk::DraftsFromBatches);
        let mut first = Version {
            id: 0,
            major: u32::from(!draft),
            minor: u32::from(draft),
            name: entry.name.clone(),
            description: String::new(),
            precondition: String::new(),
            steps: entry.steps.iter().map(as_step).collect(),
            values,
        };
        self.set_case_values(&mut first, entry.raw.get("testcase_properties"));
        let module = module(self);
        let id = self.add_case(module, first);
        (id, self.version_of(id))
    }

    /// Values that come with a log replace those of the case, without a new version (swagger: auto-test-logs, *Known Issue*).
    fn rewrite_values(&mut self, case: u64, entry: &Entry) {
        let properties = entry.raw.get("testcase_properties");
        let latest = self
            .project
            .cases
            .get(&case)
            .and_then(Case::latest)
            .cloned();
        let Some(mut latest) = latest.filter(|_| properties.is_some()) else {
            return;
        };
        self.set_case_values(&mut latest, properties);
        if let Some(held) = self.project.cases.get_mut(&case) {
            if let Some(last) = held.versions.last_mut() {
                *last = latest;
            }
            Self::touch(self.clerk, &mut held.card);
        }
    }

    /// Sets what `testcase_properties` says; description and precondition are fields like others. A wrong value is passed over.
    fn set_case_values(&self, version: &mut Version, properties: Option<&Value>) {
        if self.options.has(Quirk::FixedDescriptions) {
            return;
        }
        let mut values = version.values.clone();
        if self
            .set_values("test-cases", &mut values, properties)
            .is_err()
        {
            return;
        }
        for (original_name, text) in [
            (fields::DESCRIPTION, &mut version.description),
            (fields::PRECONDITION, &mut version.precondition),
        ] {
            let field = self.project.field("test-cases", original_name);
            if let Some(value) = field.and_then(|field| values.remove(&field.id)) {
                *text = value;
            }
        }
        version.values = values;
    }

    /// Cuts a note where the site does.
    pub(crate) fn cut(&self, note: String) -> String {
        let note = if self.options.has(Quirk::HtmlNotes) {
            let text = note.replace('&', "&amp;").replace('<', "&lt;");
            format!("<p>{}</p>", text.replace('\n', "<br>"))
        } else {
            note
        };
        match self.options.note_limit {
            Some(limit) => note.chars().take(limit).collect(),
            None => note,
        }
    }

    fn version_of(&self, case: u64) -> u64 {
        let case = self.project.cases.get(&case);
        case.and_then(|case| case.approved().or_else(|| case.latest()))
            .map(|version| version.id)
            .unwrap_or_default()
    }

    /// Steps that come with a log replace those of the case when they differ (swagger: order "will be used when the Test
    /// Case is created or updated").
    pub(crate) fn rewrite_steps(&mut self, case: u64, entry: &Entry) {
        let latest = self
            .project
            .cases
            .get(&case)
            .and_then(|case| case.latest())
            .cloned();
        let Some(mut latest) =
            latest.filter(|_| !self.options.has(Quirk::KeepSteps) && !entry.steps.is_empty())
        else {
            return;
        };
        let same = latest.steps.len() == entry.steps.len()
            && latest.steps.iter().zip(&entry.steps).all(|(held, sent)| {
                held.description == sent.description && held.expected == sent.expected
            });
        if !same {
            latest.steps = entry.steps.iter().map(as_step).collect();
            self.add_version(case, latest);
        }
    }

    /// Adds a log to a run.
    pub(crate) fn add_log(&mut self, entry: &Entry, run: u64) -> u64 {
        let raw = &entry.raw;
        let case = self.project.runs.get(&run).map(|run| run.case);
        let case = case.unwrap_or_default();
        let wanted = raw.get("test_case_version_id").and_then(Value::as_u64);
        let wanted = wanted.filter(|id| *id > 0);
        let version = wanted.unwrap_or_else(|| self.version_of(case));
        let steps = self.step_logs(entry, case);
        let id = self.clerk.number();
        for (held, sent) in steps.iter().zip(&entry.steps) {
            self.keep_sent("test-step-logs", held.id, &sent.files);
        }
        self.keep_sent("test-logs", id, &entry.files);
        let words = |name: &str| text(raw, name).unwrap_or_default().to_owned();
        self.keep_log(Log {
            id,
            run,
            number: 0,
            name: entry.name.clone(),
            status: entry.status,
            start: entry.start,
            end: entry.end,
            note: self.cut(words("note")),
            build_number: words("build_number"),
            build_url: words("build_url"),
            version,
            steps,
            values: entry.values.clone(),
            author: self.user.id,
            automated: true,
            touched: Moment::now(self.clerk.tick),
        });
        id
    }

    fn step_logs(&mut self, entry: &Entry, case: u64) -> Vec<StepLog> {
        let held: Vec<_> = self
            .project
            .cases
            .get(&case)
            .and_then(|case| case.latest())
            .map(|version| version.steps.iter().map(|step| step.id).collect())
            .unwrap_or_default();
        let mut logs = Vec::new();
        for (index, step) in entry.steps.iter().enumerate() {
            logs.push(StepLog {
                id: self.clerk.number(),
                step: held.get(index).copied(),
                description: step.description.clone(),
                expected: step.expected.clone(),
                actual: step.actual.clone(),
                status: step.status,
            });
        }
        logs
    }

    /// Files a log, numbers it, and lets the run show it.
    pub(crate) fn keep_log(&mut self, mut log: Log) {
        let shown = [
            ("StatusTestRun", log.status.to_string()),
            ("BuildNumberTestRun", log.build_number.clone()),
            ("BuildURLTestRun", log.build_url.clone()),
        ];
        for (original_name, value) in shown {
            let field = self
                .project
                .field("test-runs", original_name)
                .map(|field| field.id);
            if let (Some(field), Some(run)) = (field, self.project.runs.get_mut(&log.run))
                && !value.is_empty()
            {
                run.values.insert(field, value);
            }
        }
        if let Some(run) = self.project.runs.get_mut(&log.run) {
            run.values.extend(log.values.clone());
            run.logs.push(log.id);
            log.number = run.logs.len() as u64;
            Self::touch(self.clerk, &mut run.card);
        }
        self.project.logs.insert(log.id, log);
    }

    /// Reads the files that came inside a log or a step, in base64.
    pub(crate) fn sent_files(&self, from: &Value) -> Result<Vec<Sent>, Refusal> {
        list(from, "attachments")
            .iter()
            .map(|file| {
                let data = STANDARD.decode(needed(file, "data")?);
                let data =
                    data.map_err(|_| Refusal::bad("An attachment's 'data' is not base64"))?;
                if data.len() > self.options.file_limit {
                    return Err(Refusal::new(413, "The attachment is too large"));
                }
                Ok(Sent {
                    name: needed(file, "name")?.to_owned(),
                    content_type: needed(file, "content_type")?.to_owned(),
                    data: data.into(),
                })
            })
            .collect()
    }

    /// Hangs files that came inside a log on their object.
    pub(crate) fn keep_sent(&mut self, kind: &str, object: u64, files: &[Sent]) {
        for sent in files {
            let id = self.clerk.number();
            self.keep_file(File {
                id,
                kind: kind.to_owned(),
                object,
                name: sent.name.clone(),
                content_type: sent.content_type.clone(),
                data: Arc::clone(&sent.data),
                created: crate::time::now(),
            });
        }
    }

    /// Returns the suite of this name and place, which is made where there is none.
    pub(crate) fn suite_named(&mut self, name: &str, place: Parent) -> u64 {
        let found = self
            .project
            .suites
            .values()
            .find(|suite| suite.parent == place && suite.card.name == name)
            .map(|suite| suite.card.id);
        found.unwrap_or_else(|| {
            let values = self.project.defaults("test-suites");
            self.add_suite(name, place, values)
        })
    }

    pub(crate) fn log(&self, run: u64, id: u64) -> Result<&Log, Refusal> {
        self.project
            .logs
            .get(&id)
            .filter(|log| log.run == run)
            .ok_or_else(|| Refusal::gone("Test Log"))
    }

    /// The newest comes first.
    pub(crate) fn list_logs(&self, run: u64, request: &Request) -> Answer {
        let logs = self.logs_of(self.run(run)?).into_iter().rev();
        let logs = logs.filter(|log| self.listed(log.touched)).collect();
        ok(&page(request, logs, |log| self.log_json(log))?)
    }

    pub(crate) fn show_log(&self, run: u64, id: u64) -> Answer {
        ok(&self.log_json(self.log(run, id)?))
    }

    pub(crate) fn last_log(&self, run: u64, request: &Request) -> Answer {
        let last = self.logs_of(self.run(run)?).into_iter().next_back();
        let log = last.ok_or_else(|| Refusal::gone("Test Log"))?;
        let mut value = self.log_json(log);
        if says(request, "expand", "testcase")
            && let Some(case) = self
                .project
                .runs
                .get(&run)
                .and_then(|run| self.project.cases.get(&run.case))
            && let Some(version) = case.version(log.version).or_else(|| case.latest())
        {
            let detail = super::render::Detail {
                steps: true,
                ..Default::default()
            };
            put(
                &mut value,
                "test_case",
                self.case_json(case, version, detail),
            );
        }
        ok(&value)
    }
}

pub(crate) fn list<'a>(from: &'a Value, name: &str) -> &'a [Value] {
    from.get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn as_step(entry: &StepEntry) -> Step {
    Step {
        id: 0,
        description: entry.description.clone(),
        expected: entry.expected.clone(),
    }
}

/// Step numbers must run 0, 1, 2 … without a gap, or all be left out (swagger: auto-test-logs).
fn check_order(log: &Value) -> Result<(), Refusal> {
    let steps = list(log, "test_step_logs");
    for step in steps {
        if let Some(moment) = text(step, "exe_date")
            && read_date(moment).is_none()
        {
            return Err(Refusal::bad(
                "'exe_date' must be a date and time with zone and at most milliseconds",
            ));
        }
    }
    if steps
        .iter()
        .all(|step| step.get("order").is_none_or(Value::is_null))
    {
        return Ok(());
    }
    let mut orders: Vec<_> = steps
        .iter()
        .map(|step| step.get("order").and_then(Value::as_u64))
        .collect();
    orders.sort_unstable();
    let gapless = (0_u64..)
        .zip(&orders)
        .all(|(wanted, order)| *order == Some(wanted));
    if gapless {
        Ok(())
    } else {
        Err(Refusal::bad(
            "The order of test steps must be a continuous series of numbers that starts from zero",
        ))
    }
}
