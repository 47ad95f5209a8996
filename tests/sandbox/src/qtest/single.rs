//! Logs one at a time: by a tool, by hand, and corrected.

use serde_json::{Value, json};

use super::logs::{Entry, list};
use super::model::{Log, Parent, StepLog, Values, Version};
use super::render::put;
use super::reply::{Answer, Refusal, created, date, needed, object, ok, says, text};
use super::site::Desk;
use crate::http::Request;
use crate::pace::Moment;

impl Desk<'_> {
    /// One automation log; run 0 stands for a new run in a suite of the service's own.
    pub(crate) fn auto_log(&mut self, run: u64, request: &Request) -> Answer {
        self.automated()?;
        let body = object(request)?;
        let entry = self.entry(&body)?;
        let id = self.add_auto_log(&entry, run, request)?;
        let log = self.project.logs.get(&id);
        let log = log.ok_or_else(|| Refusal::gone("Test Log"))?;
        created(&self.auto_log_json(log, &entry))
    }

    fn add_auto_log(&mut self, entry: &Entry, run: u64, request: &Request) -> Result<u64, Refusal> {
        let run = if run == 0 {
            let suite = self.daily_suite(request)?;
            let known = self.project.case_with(&entry.content);
            let known = known.map(|case| case.card.id);
            let case = self.case_for(entry, known, |desk| desk.module_named("Automation", None));
            self.add_run(&entry.name, case, Parent::Suite(suite))
        } else {
            let case = self.run(run)?.case;
            self.rewrite_steps(case, entry);
            run
        };
        Ok(self.add_log(entry, run))
    }

    fn auto_log_json(&self, log: &Log, entry: &Entry) -> Value {
        let mut value = self.log_json(log);
        put(&mut value, "status", json!(text(&entry.raw, "status")));
        put(&mut value, "automation_content", json!(entry.content));
        put(
            &mut value,
            "test_step_logs",
            json!(list(&entry.raw, "test_step_logs")),
        );
        if let Some(fields) = value.as_object_mut() {
            fields.shift_remove("result_number");
            fields.shift_remove("test_run_id");
        }
        value
    }

    fn daily_suite(&mut self, request: &Request) -> Result<u64, Refusal> {
        let name = if says(request, "suitePerDay", "true") {
            let day = request.query("suiteDate");
            let day =
                day.filter(|day| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()));
            let day = day.ok_or_else(|| Refusal::bad("'suiteDate' is required as yyyymmdd"))?;
            let (year, rest) = day.split_at(4);
            let (month, day) = rest.split_at(2);
            format!("Automation {year}-{month}-{day}")
        } else {
            "Automation Test Suite".to_owned()
        };
        Ok(self.suite_named(&name, Parent::Root))
    }

    /// Only the author and administrators may correct a log (swagger: PUT auto-test-logs).
    pub(crate) fn change_auto_log(&mut self, run: u64, id: u64, request: &Request) -> Answer {
        self.automated()?;
        let body = object(request)?;
        let held = self.log(run, id)?;
        if held.author != self.user.id && !self.user.admin {
            return Err(Refusal::new(403, "No permission"));
        }
        let mut log = held.clone();
        log.status = self.mapped(needed(&body, "status")?)?;
        log.start = date(&body, "exe_start_date")?;
        log.end = date(&body, "exe_end_date")?;
        if let Some(note) = text(&body, "note") {
            log.note = self.cut(note.to_owned());
        }
        for change in list(&body, "test_step_logs") {
            self.change_step(&mut log, change)?;
        }
        log.touched = Moment::now(self.clerk.tick);
        self.project.logs.insert(id, log);
        self.show_log(run, id)
    }

    fn change_step(&self, log: &mut Log, change: &Value) -> Result<(), Refusal> {
        let wanted = change.get("test_step_log_id").and_then(Value::as_u64);
        let step = log.steps.iter_mut().find(|step| Some(step.id) == wanted);
        let step = step.ok_or_else(|| Refusal::bad("A test step log is not of this test log"))?;
        if let Some(actual) = text(change, "actual_result") {
            actual.clone_into(&mut step.actual);
        }
        if let Some(status) = text(change, "status") {
            step.status = self.mapped(status)?;
        }
        Ok(())
    }

    /// A log by hand: the status is an object with an id, and the case must have been approved.
    pub(crate) fn manual_log(&mut self, run: u64, request: &Request) -> Answer {
        self.may("test-runs")?;
        let body = object(request)?;
        let held = self.run(run)?.clone();
        let status = self.status_id(body.get("status"))?;
        let (start, end) = (date(&body, "exe_start_date")?, date(&body, "exe_end_date")?);
        let version = self.version_for(held.case, &body)?;
        let mut values = Values::new();
        self.set_values("test-runs", &mut values, body.get("properties"))?;
        let mut steps = Vec::new();
        for step in list(&body, "test_step_logs") {
            steps.push(self.manual_step(step, &version)?);
        }
        let files = self.sent_files(&body)?;
        let id = self.clerk.number();
        self.keep_sent("test-logs", id, &files);
        let words = |key: &str| text(&body, key).unwrap_or_default().to_owned();
        self.keep_log(Log {
            id,
            run,
            number: 0,
            name: text(&body, "name").unwrap_or(&held.card.name).to_owned(),
            status,
            start,
            end,
            note: self.cut(words("note")),
            build_number: words("build_number"),
            build_url: words("build_url"),
            version: version.id,
            steps,
            values,
            author: self.user.id,
            automated: false,
            touched: Moment::now(self.clerk.tick),
        });
        created(&self.log_json(self.log(run, id)?))
    }

    /// Returns the approved version that a log by hand belongs to: the latest unless one is named.
    fn version_for(&self, case: u64, body: &Value) -> Result<Version, Refusal> {
        let case = self.case(&case.to_string())?;
        let version = match body.get("test_case_version_id").and_then(Value::as_u64) {
            Some(id) => case.version(id).filter(|version| version.approved()),
            None => case.approved(),
        };
        version
            .cloned()
            .ok_or_else(|| Refusal::bad("The test case has no approved version"))
    }

    fn manual_step(&mut self, sent: &Value, version: &Version) -> Result<StepLog, Refusal> {
        let wanted = sent.get("test_step_id").and_then(Value::as_u64);
        let step = version.steps.iter().find(|step| Some(step.id) == wanted);
        let status = self.status_id(sent.get("status"))?;
        let words = |key: &str| text(sent, key).unwrap_or_default().to_owned();
        Ok(StepLog {
            id: self.clerk.number(),
            step: step.map(|step| step.id),
            description: step.map_or_else(|| words("description"), |step| step.description.clone()),
            expected: step.map_or_else(|| words("expected_result"), |step| step.expected.clone()),
            actual: words("actual_result"),
            status,
        })
    }

    fn status_id(&self, status: Option<&Value>) -> Result<u64, Refusal> {
        let id = status
            .and_then(|status| status.get("id"))
            .and_then(Value::as_u64);
        self.project
            .statuses
            .iter()
            .map(|status| status.id)
            .find(|known| Some(*known) == id)
            .ok_or_else(|| Refusal::bad("'status' must hold the 'id' of an execution status"))
    }

    pub(crate) fn list_statuses(&self) -> Answer {
        ok(&self
            .project
            .statuses
            .iter()
            .map(super::render::status_json)
            .collect())
    }
}
