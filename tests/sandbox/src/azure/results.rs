//! Results of a run: read in pages, added, and filled in. A batch is taken whole or refused whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Azure;
use super::call::{Call, envelope, id, property, reference, text};
use super::outcome::{is_final, outcome, result_state};
use super::refusal::{Answer, Refusal};
use super::resources;
use super::run::{ResultRow, Run};
use super::run_rules::{COMMENT, check_interval, date};
use super::world::{LastResult, Point};
use crate::http::Response;

/// Azure: at most 1000 results per call, and as many sub-results per level.
const BATCH: usize = 1000;
/// Azure: 200 results per page when details are asked for.
const DETAILED: usize = 200;
/// Azure: the service cuts error messages.
const ERROR_MESSAGE: usize = 4000;

/// What a client may say of a result.
const WRITABLE: [&str; 28] = [
    "outcome",
    "state",
    "startedDate",
    "completedDate",
    "durationInMs",
    "errorMessage",
    "stackTrace",
    "comment",
    "computerName",
    "failureType",
    "associatedBugs",
    "customFields",
    "resultGroupType",
    "subResults",
    "iterationDetails",
    "testCaseTitle",
    "testCaseRevision",
    "automatedTestName",
    "automatedTestStorage",
    "automatedTestType",
    "automatedTestTypeId",
    "automatedTestId",
    "testCase",
    "configuration",
    "owner",
    "runBy",
    "priority",
    "resolutionState",
];

impl Azure {
    /// Answers one page of a run's results.
    pub(super) fn list_results(&self, call: &Call<'_>, run: &str) -> Answer {
        let run = self.run_in(call, run)?;
        let details = call
            .query("detailsToInclude")
            .unwrap_or("none")
            .to_ascii_lowercase();
        let limit = if details == "none" { BATCH } else { DETAILED };
        let (top, skip) = (
            call.number("$top")?.unwrap_or(limit),
            call.number("$skip")?.unwrap_or(0),
        );
        if top > limit {
            return Err(Refusal::argument(format!(
                "The value {top} of $top is out of range: at most {limit} with these details."
            )));
        }
        let wanted = call.query("outcomes").map(|text| {
            text.split(',')
                .map(|name| outcome(name.trim()))
                .collect::<Result<Vec<_>, _>>()
        });
        let wanted = wanted.transpose()?;
        let rows = run
            .results
            .values()
            .filter(|row| {
                wanted
                    .as_ref()
                    .is_none_or(|wanted| wanted.contains(&row.outcome()))
            })
            .skip(skip)
            .take(top)
            .map(|row| {
                let mut value = run.result_json(&call.base, row);
                if let Some(object) = value.as_object_mut() {
                    object.retain(|name, _| match name.as_str() {
                        "subResults" => details == "subresults",
                        "iterationDetails" => details == "iterations",
                        _ => true,
                    });
                }
                value
            });
        Ok(envelope(rows.collect()))
    }

    pub(super) fn one_result(&self, call: &Call<'_>, run: &str, result: &str) -> Answer {
        let (run, number) = (self.run_in(call, run)?, id(result)?);
        let row = run
            .results
            .get(&number)
            .ok_or_else(|| no_result(number, run.id))?;
        Ok(Response::json(200, &run.result_json(&call.base, row)))
    }

    /// Adds results to a run. In a planned run each must name its point, revision and title.
    pub(super) fn add_results(&mut self, call: &Call<'_>, run: &str) -> Answer {
        let batch = call.json()?;
        let run = self.open_run(call, run, &batch)?;
        let early = resources::asked(&call.request.head)
            .is_some_and(|version| version.starts_with("5.0-preview"));
        let mut next = run.next_result;
        let mut rows = BTreeMap::new();
        for given in batch.as_array().into_iter().flatten() {
            let point = if run.plan.is_some() {
                Some(self.named_point(run, given, early)?)
            } else {
                None
            };
            let mut fields = point
                .map(|point| self.point_fields(point))
                .unwrap_or_default();
            self.check_owner(given)?;
            self.fill(&mut fields, given, next)?;
            rows.insert(
                next,
                ResultRow {
                    id: next,
                    point: point.map(|point| point.id),
                    fields,
                    attachments: Vec::new(),
                },
            );
            next += 1;
        }
        let (number, name) = (run.id, run.name.clone());
        let base = call.base.clone();
        let reference = json!({ "id": number.to_string(), "name": name, "url": format!("{base}/_apis/test/Runs/{number}") });
        let answered = rows.keys().map(
            |id| json!({ "id": id, "project": {}, "testRun": reference, "priority": 0, "url": "" }),
        );
        let answer = envelope(answered.collect());
        self.commit(number, rows, next);
        Ok(answer)
    }

    /// Fills in results that are there; what is not sent stays, null clears.
    pub(super) fn update_results(&mut self, call: &Call<'_>, run: &str) -> Answer {
        let batch = call.json()?;
        let run = self.open_run(call, run, &batch)?;
        let mut rows = BTreeMap::new();
        for given in batch.as_array().into_iter().flatten() {
            let number = property(given, "id")
                .and_then(Value::as_i64)
                .ok_or_else(|| Refusal::invalid("testResult.Id"))?;
            let known = rows
                .remove(&number)
                .or_else(|| run.results.get(&number).cloned());
            let mut row: ResultRow = known.ok_or_else(|| no_result(number, run.id))?;
            self.fill(&mut row.fields, given, number)?;
            rows.insert(number, row);
        }
        let (number, next) = (run.id, run.next_result);
        let answered = rows
            .values()
            .map(|row| run.result_json(&call.base, row))
            .collect();
        self.commit(number, rows, next);
        Ok(envelope(answered))
    }

    /// Returns a run that takes results, and looks at the batch as a whole.
    fn open_run(&self, call: &Call<'_>, run: &str, batch: &Value) -> Result<&Run, Refusal> {
        let run = self.run_in(call, run)?;
        let rows = batch
            .as_array()
            .ok_or_else(|| Refusal::argument("Value cannot be null.\r\nParameter name: results"))?;
        if rows.len() > BATCH {
            return Err(Refusal::argument(format!(
                "Maximum {BATCH} test results can be processed with a single call."
            )));
        }
        if run.is_closed() && !self.world.settings.reopens_runs {
            return Err(Refusal::argument(format!(
                "Test run {} is {} and takes no results.",
                run.id, run.state
            )));
        }
        Ok(run)
    }

    fn named_point(&self, run: &Run, given: &Value, early: bool) -> Result<&Point, Refusal> {
        let number = reference(property(given, "testPoint")).unwrap_or(0);
        let point = self
            .world
            .points
            .get(&number)
            .filter(|point| Some(point.plan) == run.plan);
        let point =
            point.ok_or_else(|| Refusal::missing(format!("Test point {number} not found.")))?;
        let revision = property(given, "testCaseRevision").and_then(Value::as_i64);
        if !early && (revision.is_none() || text(given, "testCaseTitle").is_none()) {
            let message = "A test result of a planned run requires testPointId, testCaseRevision and testCaseTitle.";
            return Err(Refusal::argument(message));
        }
        Ok(point)
    }

    fn commit(&mut self, run: i64, rows: BTreeMap<i64, ResultRow>, next: i64) {
        if self.forgetful > 0 {
            self.forgetful -= 1;
            return;
        }
        let updated = self.time();
        let (touches, longest) = (
            self.world.settings.touches_runs,
            self.world.settings.longest_trace,
        );
        let mut rows = rows;
        for row in rows.values_mut() {
            cut_trace(row, longest);
        }
        for row in rows.values() {
            self.move_point(run, row);
        }
        if let Some(run) = self.runs.get_mut(&run) {
            run.results.extend(rows);
            run.next_result = next;
            run.revision += 1;
            if touches {
                run.updated = updated;
            }
        }
    }

    /// A point tells of its last completed result.
    fn move_point(&mut self, run: i64, row: &ResultRow) {
        if !row.is_completed() || !is_final(row.outcome()) {
            return;
        }
        let Some(point) = row
            .point
            .and_then(|point| self.world.points.get_mut(&point))
        else {
            return;
        };
        if point
            .last
            .as_ref()
            .is_none_or(|last| (last.run, last.result) <= (run, row.id))
        {
            point.last = Some(LastResult {
                outcome: row.outcome().to_owned(),
                run,
                result: row.id,
                milliseconds: row
                    .fields
                    .get("durationInMs")
                    .and_then(Value::as_f64)
                    .unwrap_or(0.0),
                completed: row.text("completedDate").to_owned(),
            });
        }
    }

    /// Lets the points of a deleted run tell of the run before it.
    pub(super) fn forget_run(&mut self, run: i64) {
        let seed = &self.seed.points;
        for point in self
            .world
            .points
            .values_mut()
            .filter(|point| point.last.as_ref().is_some_and(|last| last.run == run))
        {
            point.last = seed.get(&point.id).and_then(|point| point.last.clone());
        }
        let runs = std::mem::take(&mut self.runs);
        for (number, run) in &runs {
            for row in run.results.values() {
                self.move_point(*number, row);
            }
        }
        self.runs = runs;
    }
}

impl Azure {
    /// Takes over what is said of a result, as far as this service keeps it.
    ///
    /// Azure: sub-results in a PATCH come beside those that are there (seen on a real organisation: microsoft/testfx PR 10795).
    fn fill(
        &self,
        fields: &mut Map<String, Value>,
        given: &Value,
        number: i64,
    ) -> Result<(), Refusal> {
        let before = fields
            .get("subResults")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        fill(fields, given, number)?;
        let settings = &self.world.settings;
        if !settings.keeps_iterations {
            fields.remove("iterationDetails");
        }
        let brings = property(given, "subResults").is_some_and(Value::is_array);
        let kept = fields.get_mut("subResults").and_then(Value::as_array_mut);
        if let (true, true, Some(kept)) = (settings.appends_sub_results, brings, kept) {
            append(before, kept);
        }
        Ok(())
    }
}

/// Puts the sub-results that were there before the new ones, which get the ids that follow.
fn append(before: Vec<Value>, kept: &mut Vec<Value>) {
    let last = before
        .iter()
        .filter_map(|sub| sub.get("id").and_then(Value::as_i64))
        .max()
        .unwrap_or(0);
    for sub in kept.iter_mut().filter_map(Value::as_object_mut) {
        let id = sub.get("id").and_then(Value::as_i64).unwrap_or(0);
        sub.insert("id".to_owned(), json!(last + id));
    }
    kept.splice(0..0, before);
}

fn no_result(number: i64, run: i64) -> Refusal {
    Refusal::missing(format!("Test result {number} of test run {run} not found."))
}

/// Takes over what is said of a result, or refuses it.
fn fill(fields: &mut Map<String, Value>, given: &Value, number: i64) -> Result<(), Refusal> {
    for name in WRITABLE {
        match property(given, name) {
            None => {}
            Some(Value::Null) => {
                fields.remove(name);
            }
            Some(value) => {
                if let Some(value) = read(name, value, number)? {
                    fields.insert(name.to_owned(), value);
                }
            }
        }
    }
    check_interval(fields)?;
    add_duration(fields)
}

/// Returns a value as the service keeps it; `None` when it means «leave it».
fn read(name: &str, value: &Value, number: i64) -> Result<Option<Value>, Refusal> {
    let words = || {
        value
            .as_str()
            .map(str::to_owned)
            .or_else(|| value.as_u64().map(|number| number.to_string()))
    };
    let limit = |limit: usize| match value.as_str().map(|text| text.chars().count()) {
        Some(length) if length > limit => Err(Refusal::argument(format!(
            "The value of {name} is longer than {limit} characters."
        ))),
        _ => Ok(Some(value.clone())),
    };
    match name {
        "outcome" => {
            let outcome = outcome(&words().ok_or_else(|| Refusal::invalid("TestOutcome"))?)?;
            Ok((outcome != "Unspecified").then(|| json!(outcome)))
        }
        "state" => {
            let state = result_state(&words().ok_or_else(|| Refusal::invalid("TestResultState"))?)?;
            Ok((state != "Unspecified").then(|| json!(state)))
        }
        "startedDate" | "completedDate" => date(value, name).map(|_| Some(value.clone())),
        "durationInMs" if value.as_f64().is_none_or(|duration| duration < 0.0) => {
            Err(Refusal::invalid("DurationInMs"))
        }
        "comment" => limit(COMMENT),
        "testCaseTitle" => limit(256),
        "automatedTestName" => limit(512),
        "errorMessage" => Ok(Some(json!(
            value
                .as_str()
                .unwrap_or_default()
                .chars()
                .take(ERROR_MESSAGE)
                .collect::<String>()
        ))),
        "resultGroupType" => {
            let known = ["none", "rerun", "dataDriven", "orderedTest", "generic"];
            let found = known.iter().find(|known| {
                value
                    .as_str()
                    .is_some_and(|text| text.eq_ignore_ascii_case(known))
            });
            found
                .map(|found| Some(json!(found)))
                .ok_or_else(|| Refusal::invalid("ResultGroupType"))
        }
        "subResults" => sub_results(value, number, &mut 0).map(Some),
        _ => Ok(Some(value.clone())),
    }
}

/// Numbers the sub-results and looks at each.
fn sub_results(value: &Value, parent: i64, last: &mut i64) -> Result<Value, Refusal> {
    let given = value
        .as_array()
        .ok_or_else(|| Refusal::invalid("SubResults"))?;
    if given.len() > BATCH {
        return Err(Refusal::argument(format!(
            "At most {BATCH} sub-results per level."
        )));
    }
    let mut kept = Vec::with_capacity(given.len());
    for sub in given {
        let mut fields = sub
            .as_object()
            .cloned()
            .ok_or_else(|| Refusal::invalid("SubResults"))?;
        *last += 1;
        if let Some(text) = text(sub, "outcome") {
            fields.insert("outcome".to_owned(), json!(outcome(text)?));
        }
        fields.insert("id".to_owned(), json!(*last));
        fields.insert("parentId".to_owned(), json!(parent));
        check_interval(&fields)?;
        if let Some(below) = property(sub, "subResults") {
            let below = sub_results(below, *last, last)?;
            fields.insert("subResults".to_owned(), below);
        }
        kept.push(Value::Object(fields));
    }
    Ok(Value::Array(kept))
}

/// Without a duration the service takes the time between start and end.
fn add_duration(fields: &mut Map<String, Value>) -> Result<(), Refusal> {
    if fields.contains_key("durationInMs") {
        return Ok(());
    }
    let (Some(start), Some(end)) = (fields.get("startedDate"), fields.get("completedDate")) else {
        return Ok(());
    };
    let taken = date(end, "completedDate")?.duration_since(date(start, "startedDate")?);
    fields.insert(
        "durationInMs".to_owned(),
        json!(taken.as_secs_f64() * 1000.0),
    );
    Ok(())
}

/// Cuts the stack trace of a result without a word.
fn cut_trace(row: &mut ResultRow, longest: usize) {
    if let Some(Value::String(trace)) = row.fields.get_mut("stackTrace")
        && let Some((end, _)) = trace.char_indices().nth(longest)
    {
        trace.truncate(end);
    }
}
