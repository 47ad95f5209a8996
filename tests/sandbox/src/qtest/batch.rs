//! Batches of automation logs: accepted into the queue, carried out later.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::logs::{Entry, list};
use super::model::{Parent, Project, Values};
use super::queue::{Job, State, Way};
use super::reply::{Answer, Refusal, created, object, read_date, says, text};
use super::site::{Desk, Quirk};
use super::world::Unmapped;
use crate::http::Request;
use crate::pace::Moment;

/// What one batch has come to.
#[derive(Debug, Default)]
struct Totals {
    cases: BTreeSet<u64>,
    runs: BTreeSet<u64>,
    logs: usize,
}

/// Cases by fingerprint and runs by place and case: the oldest where there are several.
#[derive(Debug)]
struct Known {
    cases: HashMap<String, u64>,
    runs: HashMap<(Parent, u64), u64>,
}

impl Known {
    fn of(project: &Project, fresh: bool) -> Self {
        let mut known = Self {
            cases: HashMap::new(),
            runs: HashMap::new(),
        };
        for case in project.cases.values() {
            let content = case.latest().map(|version| project.content(version));
            let content = content.unwrap_or_default().to_owned();
            known.cases.entry(content).or_insert(case.card.id);
        }
        for run in project.runs.values() {
            let key = (run.parent, run.case);
            if !fresh {
                known.runs.entry(key).or_insert(run.card.id);
            }
        }
        known
    }
}

impl Desk<'_> {
    /// All logs into one suite (swagger: v3.1).
    pub(crate) fn suite_batch(&mut self, run: &str, request: &Request) -> Answer {
        if run != "0" {
            return Err(Refusal::bad("The test run id must be 0"));
        }
        let body = self.batch_body(request)?;
        let suite = match pid_or_id(body.get("test_suite")) {
            Some(key) => self.find_suite(&key)?,
            None => self.suite_named("Automation Test Suite", Parent::Root),
        };
        let parent = match pid_or_id(body.get("parent_module")) {
            Some(key) => Some(self.find_module(&key)?),
            None => None,
        };
        let direct = body
            .get("skipCreatingAutomationModule")
            .and_then(Value::as_bool)
            == Some(true);
        let way = Way::Suite {
            suite,
            module: parent.unwrap_or_default(),
        };
        let job = self.enqueue(&body, request, way, !direct);
        created(&job)
    }

    /// Each log into cycles and modules of its own (swagger: v3 auto-test-logs).
    pub(crate) fn tree_batch(&mut self, request: &Request) -> Answer {
        let body = self.batch_body(request)?;
        let key = pid_or_id(body.get("test_cycle"))
            .ok_or_else(|| Refusal::bad("'test_cycle' is required"))?;
        let cycle = self
            .project
            .cycles
            .values()
            .find(|cycle| cycle.card.pid == key || cycle.card.id.to_string() == key)
            .map(|cycle| cycle.card.id)
            .ok_or_else(|| Refusal::gone("Test Cycle"))?;
        if list(&body, "test_logs")
            .iter()
            .any(|log| list(log, "module_names").is_empty())
        {
            return Err(Refusal::bad("'module_names' is required"));
        }
        let job = self.enqueue(
            &body,
            request,
            Way::Tree {
                cycle: Parent::Cycle(cycle),
            },
            false,
        );
        created(&job)
    }

    fn batch_body(&self, request: &Request) -> Result<Value, Refusal> {
        self.automated()?;
        if !says(request, "type", "automation") {
            return Err(Refusal::bad("'type' must be automation"));
        }
        let body = object(request)?;
        let logs = list(&body, "test_logs");
        if logs.is_empty() {
            return Err(Refusal::bad("'test_logs' is required"));
        }
        if self
            .options
            .batch_limit
            .is_some_and(|limit| logs.len() > limit)
        {
            return Err(Refusal::new(413, "The batch is too large"));
        }
        if let Some(day) = text(&body, "execution_date")
            && day.parse::<jiff::civil::Date>().is_err()
            && read_date(day).is_none()
        {
            return Err(Refusal::bad("'execution_date' is not a date"));
        }
        for log in logs {
            Self::check_shape(log)?;
        }
        Ok(body)
    }

    fn enqueue(
        &mut self,
        body: &Value,
        request: &Request,
        way: Way,
        automation_module: bool,
    ) -> Value {
        let logs = list(body, "test_logs").to_vec();
        let escape = request
            .query("escapeXml")
            .map_or(self.options.has(Quirk::EscapeContent), |value| {
                value.eq_ignore_ascii_case("true")
            });
        let job = Job {
            id: self.clerk.number(),
            project: self.project.id,
            user: self.user.clone(),
            way,
            automation_module,
            sent: logs.len(),
            taken: 0,
            logs,
            escape,
            accepted: Moment::now(self.clerk.tick),
            state: State::Waiting,
        };
        let answer = json!({ "id": job.id, "type": "AUTOMATION_TEST_LOG", "state": "IN_WAITING" });
        self.jobs.push(job);
        answer
    }

    /// Carries a batch out and returns what the queue tells of it.
    pub(crate) fn carry_out(mut self, job: &mut Job) -> Result<String, Refusal> {
        if let Way::Suite { suite, .. } = job.way {
            self.place(Parent::Suite(suite))?;
        }
        let entries = self.entries(job)?;
        let mut known = Known::of(self.project, self.options.has(Quirk::NewRunsFromBatches));
        let mut totals = Totals::default();
        for entry in &entries {
            self.carry_out_log(entry, job, &mut known, &mut totals);
        }
        job.taken = totals.logs;
        let (id, name) = match job.way {
            Way::Suite { suite, .. } => (
                suite,
                self.project
                    .suites
                    .get(&suite)
                    .map(|suite| suite.card.name.clone()),
            ),
            Way::Tree { cycle } => (
                0,
                self.project
                    .cycles
                    .get(&cycle.id())
                    .map(|cycle| cycle.card.name.clone()),
            ),
        };
        Ok(json!({
            "testSuiteId": id,
            "testSuiteName": name.unwrap_or_default(),
            "totalTestCases": totals.cases.len(),
            "totalTestRuns": totals.runs.len(),
            "totalTestLogs": totals.logs,
        })
        .to_string())
    }

    /// Returns the logs that will be kept; nothing is kept yet.
    fn entries(&mut self, job: &Job) -> Result<Vec<Entry>, Refusal> {
        let mut entries = Vec::new();
        for log in &job.logs {
            if self.orders.lose_logs > 0 {
                self.orders.lose_logs -= 1;
                continue;
            }
            // A wrong value of a property drops this log alone (docs: Test Log APIs).
            let mut values = Values::new();
            let properties = log.get("properties");
            let is_wrong = self
                .set_values("test-runs", &mut values, properties)
                .is_err();
            let mut log = log.clone();
            if is_wrong && self.options.has(Quirk::TakesAnyValue) {
                log.as_object_mut().map(|log| log.remove("properties"));
            } else if is_wrong {
                continue;
            }
            match self.entry(&log) {
                Ok(entry) => entries.push(entry),
                Err(refusal) if self.options.unmapped == Unmapped::FailsBatch => {
                    return Err(refusal);
                }
                Err(_) => {}
            }
        }
        if self.options.has(Quirk::ShortNames) {
            for entry in &mut entries {
                entry.name = entry.name.chars().take(100).collect();
                entry.content = entry.content.chars().take(100).collect();
            }
        }
        if job.escape {
            for entry in &mut entries {
                entry.content = entry.content.replace('<', "&lt;").replace('>', "&gt;");
            }
        }
        Ok(entries)
    }

    fn carry_out_log(&mut self, entry: &Entry, job: &Job, known: &mut Known, totals: &mut Totals) {
        let names = list(&entry.raw, "module_names").iter();
        let names: Vec<_> = names.filter_map(Value::as_str).map(str::to_owned).collect();
        let found = known.cases.get(&entry.content).copied();
        let (case, place) = match job.way {
            Way::Suite { suite, module } => {
                let automation = job.automation_module;
                let case = self.case_for(entry, found, |desk| match (module, automation) {
                    (0, _) => desk.module_named("Automation", None),
                    (parent, true) => desk.module_named("Automation", Some(parent)),
                    (module, false) => module,
                });
                (case, Parent::Suite(suite))
            }
            Way::Tree { cycle } => {
                let place = names.iter().fold(cycle, |place, name| {
                    Parent::Cycle(self.cycle_named(name, place))
                });
                let case = self.case_for(entry, found, |desk| {
                    names
                        .iter()
                        .fold(None, |parent, name| Some(desk.module_named(name, parent)))
                        .unwrap_or_default()
                });
                (case, place)
            }
        };
        known.cases.insert(entry.content.clone(), case.0);
        let run = known.runs.get(&(place, case.0)).copied();
        let run = run.unwrap_or_else(|| self.add_run(&entry.name, case, place));
        known.runs.insert((place, case.0), run);
        self.add_log(entry, run);
        totals.cases.insert(case.0);
        totals.runs.insert(run);
        totals.logs += 1;
    }

    fn cycle_named(&mut self, name: &str, place: Parent) -> u64 {
        let found = self
            .project
            .cycles
            .values()
            .find(|cycle| cycle.parent == place && cycle.card.name == name)
            .map(|cycle| cycle.card.id);
        found.unwrap_or_else(|| self.add_cycle(name, "", place))
    }

    fn find_suite(&self, key: &str) -> Result<u64, Refusal> {
        self.project
            .suites
            .values()
            .find(|suite| suite.card.pid == key || suite.card.id.to_string() == key)
            .map(|suite| suite.card.id)
            .ok_or_else(|| Refusal::gone("Test Suite"))
    }

    fn find_module(&self, key: &str) -> Result<u64, Refusal> {
        self.project
            .modules
            .values()
            .find(|module| module.card.pid == key || module.card.id.to_string() == key)
            .map(|module| module.card.id)
            .ok_or_else(|| Refusal::gone("Module"))
    }
}

/// Returns an id or pid, whether it came as a number or as a text.
fn pid_or_id(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}
