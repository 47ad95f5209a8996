//! The experiments that ask Azure whether it is as `facts.rs` says. They make runs in a plan that the user names, and delete them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::observe::OF_TRY;
use super::text::utc;
use super::wire::{
    AddResult, CreateRun, List, Reference, ResultDetails, ResultFacts, Run, SetResult, SubResult,
    TestPoint, UpdateRun,
};
use super::{Azure, lookup, observe};
use crate::journal::Journal;
use crate::model::ServiceName;
use crate::services::engine::{self, Waiting, Write, WriteError, Writer, until};
use crate::services::{Finding, Probed, Prober, ServiceError, Survey, counted, probe};
use crate::transport::{Body, Delivery, Response, TransportError, WriteRequest};

/// With this the comment of every run begins that a probe made.
const MARK: &str = "handin doctor: made by a probe, which deletes it";
/// With this its name begins.
const NAME: &str = "handin doctor: a probe";
/// The most points that a run is created with.
const MOST: usize = 1000;
/// How long a result may take to show that is said to be there at once, before it is said not to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// An id that no work item has: they are numbered from 1, and fit into 31 bits.
const NOBODY: u64 = 2_147_483_600;

impl Prober for Azure {
    fn survey(&self, into: &str, _journal: &Journal) -> Result<Survey, ServiceError> {
        let plan = lookup::plan_named(self, into)?;
        let (ours, others) = self.probes(plan.id.0)?;
        let left = ours.iter().map(|run| format!("run {}", run.id.0));
        let points = self.points(into)?.len();
        Ok(Survey {
            name: format!("plan {} `{}`", plan.id.0, plan.name),
            holds: (others > 0).then(|| counted(others as u64, "run")),
            left: left.collect(),
            writes: vec![
                format!(
                    "create two runs, one with {} and one with one",
                    counted(points.min(MOST) as u64, "test point")
                ),
                "set the result of one test point five times, and complete its run".to_owned(),
                "delete both runs; the test point shows no outcome of theirs afterwards".to_owned(),
            ],
            requests: 30,
        })
    }

    fn probe(&self, into: &str, journal: &Journal) -> Probed {
        let mut probed = Probed::default();
        let answer = self.experiments(into, journal, &mut probed);
        probed.error = answer.err();
        probed
    }

    fn clean(&self, into: &str, journal: &Journal) -> Result<Vec<String>, ServiceError> {
        let plan = lookup::plan_named(self, into)?.id.0;
        let runs: Vec<u64> = self.probes(plan)?.0.iter().map(|run| run.id.0).collect();
        let left = self.delete(plan, &runs, journal);
        Ok(left.into_iter().map(|run| format!("run {run}")).collect())
    }
}

impl Azure {
    /// Returns the runs of earlier probes, and how many others there are.
    fn probes(&self, plan: u64) -> Result<(Vec<Run>, usize), ServiceError> {
        let (mut ours, mut others) = (Vec::new(), 0);
        for run in observe::runs_of_plan(self, plan)? {
            // A list may show no comments; only what says that a probe made it is ever deleted.
            let run = match &run.comment {
                None if run.name.starts_with(NAME) => observe::by_id(self, run.id.0)?,
                Some(_) | None => Some(run),
            };
            let is_ours = |run: &Run| {
                run.comment
                    .as_deref()
                    .is_some_and(|it| it.starts_with(MARK))
            };
            match run {
                Some(run) if is_ours(&run) => ours.push(run),
                Some(_) => others += 1,
                None => {}
            }
        }
        Ok((ours, others))
    }

    fn points(&self, into: &str) -> Result<Vec<TestPoint>, ServiceError> {
        let plan = lookup::plan_named(self, into)?;
        let root = lookup::root_suite(&plan)?;
        lookup::points_of_suites(self, plan.id.0, root)
    }

    fn experiments(
        &self,
        into: &str,
        journal: &Journal,
        probed: &mut Probed,
    ) -> Result<(), ServiceError> {
        let plan = lookup::plan_named(self, into)?.id.0;
        let points = self.points(into)?;
        let Some(first) = points.first() else {
            let message = format!("plan {plan} has no test point, so no run can be created in it");
            return Err(ServiceError::setting(message)
                .hint("add one test case to it, or name another plan with `--into`"));
        };
        let stale: Vec<u64> = self.probes(plan)?.0.iter().map(|run| run.id.0).collect();
        let mut left = self.delete(plan, &stale, journal);
        let key = probe::key(ServiceName::Azure, plan);
        let writer = Writer::new(journal, &key, self.client.transport());
        let mut bench = Bench {
            azure: self,
            writer: &writer,
            plan,
            points: points.iter().take(MOST).map(|point| point.id.0).collect(),
            point: first,
            made: Vec::new(),
            is_unsure: AtomicBool::new(false),
            findings: Vec::new(),
        };
        let answer = bench.all();
        let (made, is_unsure) = (bench.made.clone(), bench.is_unsure.load(Ordering::Relaxed));
        let deleted = self.delete_all(plan, made, is_unsure, journal);
        let told = bench.told_of_deleting(&deleted);
        probed.findings = bench.findings;
        left.extend(deleted);
        probed.left = left.into_iter().map(|run| format!("run {run}")).collect();
        if is_unsure && self.probes(plan).is_err() {
            probed.left.push(probe::unread(into));
        }
        answer.and(told)
    }

    /// Deletes what was made; where an answer was lost, also what shows of it within the settle time.
    fn delete_all(
        &self,
        plan: u64,
        mut made: Vec<u64>,
        is_unsure: bool,
        journal: &Journal,
    ) -> Vec<u64> {
        if is_unsure {
            let limit = self.target.settle;
            // When it is time to stop, what shows by now is deleted; `--clean` takes the rest.
            drop(until(self.client.transport(), limit, || {
                let shown = self.probes(plan)?.0;
                made.extend(shown.iter().map(|run| run.id.0));
                Ok(Waiting::GoesOn)
            }));
            made.sort_unstable();
            made.dedup();
        }
        self.delete(plan, &made, journal)
    }

    /// Deletes runs, also when it is time to stop. Returns those that stay.
    fn delete(&self, plan: u64, runs: &[u64], journal: &Journal) -> Vec<u64> {
        let key = probe::key(ServiceName::Azure, plan);
        let transport = self.client.transport().closing();
        let writer = Writer::new(journal, &key, &transport);
        let endpoints = self.client.endpoints();
        let stays = |run: &&u64| {
            let items = [run.to_string()];
            let write = Write {
                word: "azure.probe_delete_run",
                items: &items,
            };
            // Once more where the answer was lost: a run that is gone stays gone.
            for _ in 0..2 {
                let request = endpoints.delete_run(**run);
                match writer.perform(write, request, |_| Ok(((), Value::Null))) {
                    Ok(()) => return false,
                    Err(WriteError::Transport(error)) if error.status() == Some(404) => {
                        return false;
                    }
                    Err(WriteError::Transport(error)) if error.delivery == Delivery::Unknown => {}
                    Err(WriteError::Transport(_) | WriteError::Journal(_)) => return true,
                }
            }
            true
        };
        runs.iter().filter(stays).copied().collect()
    }
}

/// What the experiments work with.
struct Bench<'a> {
    azure: &'a Azure,
    writer: &'a Writer<'a>,
    plan: u64,
    points: Vec<u64>,
    point: &'a TestPoint,
    made: Vec<u64>,
    /// Whether something may stand there of which no answer told.
    is_unsure: AtomicBool,
    findings: Vec<Finding>,
}

/// A result, read by itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Whole {
    comment: Option<String>,
    error_message: Option<String>,
    stack_trace: Option<String>,
    sub_results: Option<Vec<Value>>,
}

impl Bench<'_> {
    fn all(&mut self) -> Result<(), ServiceError> {
        self.missing_items();
        let (large, small) = self.two_runs()?;
        self.say("azure.writes", true, "this token may create runs");
        self.run_name(large)?;
        self.listing(large, small)?;
        let result = self.results(large, small)?;
        self.touched(small, result)?;
        self.texts(small, result)?;
        self.sub_results(small, result)?;
        self.files_of_tries(small, result)?;
        self.closed(small, result)
    }

    fn say(&mut self, id: &'static str, holds: bool, seen: impl Into<String>) {
        self.findings.push(Finding::new(id, holds, seen));
    }

    fn write<T>(
        &self,
        (word, item): (&str, &str),
        request: WriteRequest,
        accept: impl FnOnce(&Response) -> Result<T, TransportError>,
    ) -> Result<T, ServiceError> {
        let items = [item.to_owned()];
        let write = Write {
            word,
            items: &items,
        };
        let answer = self
            .writer
            .perform(write, request, |answer| Ok((accept(answer)?, Value::Null)));
        answer.map_err(|error| {
            if let WriteError::Transport(error) = &error
                && error.delivery == Delivery::Unknown
            {
                self.is_unsure.store(true, Ordering::Relaxed);
            }
            error.into()
        })
    }

    fn missing_items(&mut self) {
        const ID: &str = "azure.missing_items";
        match lookup::work_items(self.azure, &[NOBODY]) {
            Ok(items) if items.is_empty() => self.say(ID, true, "it is left out, or `null`"),
            Ok(_) => self.say(ID, false, "something came for an id that nobody has"),
            Err(error) => self.say(ID, false, error.reason()),
        }
    }

    /// Creates two runs at the same moment; the name of the first is as long as one may be.
    fn two_runs(&mut self) -> Result<(u64, u64), ServiceError> {
        let long = format!("{NAME} {}", "x".repeat(255 - NAME.len()));
        let wanted = [
            ("large", long, self.points.as_slice()),
            ("small", NAME.to_owned(), &[self.point.id.0]),
        ];
        let create = |(item, name, points): &(&str, String, &[u64])| {
            let request = self
                .azure
                .client
                .endpoints()
                .create_run(&self.run(name, points));
            Ok::<_, ServiceError>(
                self.write(("azure.probe_create_run", item), request, |answer| {
                    answer.json::<Run>()
                }),
            )
        };
        let mut created = engine::each((self.azure.client.clock(), 2), &wanted, create)?;
        let made = created
            .iter()
            .filter_map(|run| Some(run.as_ref().ok()?.id.0));
        self.made = made.collect();
        let small = created.pop().transpose()?;
        let large = match created.pop() {
            Some(Err(ServiceError::Transport(error))) if error.status() == Some(400) => {
                self.say("azure.run_name", false, error.reason());
                let short = format!("{NAME}, large");
                let request = self
                    .azure
                    .client
                    .endpoints()
                    .create_run(&self.run(&short, &self.points));
                let run = self.write(("azure.probe_create_run", "again"), request, |answer| {
                    answer.json::<Run>()
                })?;
                self.made.push(run.id.0);
                Some(run)
            }
            other => other.transpose()?,
        };
        match (large, small) {
            (Some(large), Some(small)) => Ok((large.id.0, small.id.0)),
            _ => Err(ServiceError::declined("the runs could not be created")),
        }
    }

    fn run(&self, name: &str, points: &[u64]) -> CreateRun {
        CreateRun {
            name: name.to_owned(),
            automated: true,
            plan: Reference::to(self.plan),
            point_ids: points.to_vec(),
            state: "InProgress",
            comment: format!(
                "{MARK}. It may be deleted by hand: `handin doctor --clean` does so too."
            ),
            start_date: None,
            build: None,
            release_uri: None,
            release_environment_uri: None,
            tags: Vec::new(),
            pipeline_reference: None,
        }
    }

    fn run_name(&mut self, large: u64) -> Result<(), ServiceError> {
        const ID: &str = "azure.run_name";
        if self.findings.iter().any(|finding| finding.id == ID) {
            return Ok(());
        }
        let length = self.read_run(large)?.name.chars().count();
        self.say(
            ID,
            length == 256,
            format!("256 characters were sent, {length} came back"),
        );
        Ok(())
    }

    fn read_run(&self, run: u64) -> Result<Run, ServiceError> {
        let gone = || ServiceError::declined(format!("run {run} was deleted by somebody"));
        observe::by_id(self.azure, run)?.ok_or_else(gone)
    }

    /// Waits until both runs show in the list of the plan's runs.
    fn listing(&mut self, large: u64, small: u64) -> Result<(), ServiceError> {
        let (clock, settle) = (self.azure.client.clock().clone(), self.azure.target.settle);
        let (begun, mut shown) = (clock.now(), Vec::new());
        let came = until(self.azure.client.transport(), settle.max(PATIENCE), || {
            shown = observe::runs_of_plan(self.azure, self.plan)?;
            shown.retain(|run| run.id.0 == large || run.id.0 == small);
            Ok(if shown.len() == 2 {
                Waiting::Over
            } else {
                Waiting::GoesOn
            })
        })?;
        let took = clock.since(begun);
        let seen = if came {
            format!("after {:.1} s", took.as_secs_f64())
        } else {
            format!("not within {} s", settle.max(PATIENCE).as_secs())
        };
        self.say("azure.listing", came && took <= settle, seen);
        self.say(
            "azure.two_runs",
            came && large != small,
            format!("runs {large} and {small}: {} in the list", shown.len()),
        );
        let commented = shown.iter().filter(|run| run.comment.is_some()).count();
        self.say(
            "azure.listed_comment",
            came && commented == shown.len(),
            format!(
                "runs that show their comment in the list: {commented} of {}",
                shown.len()
            ),
        );
        Ok(())
    }

    /// Counts the results of the large run; returns that of the small one, which is added where the service made none.
    fn results(&mut self, large: u64, small: u64) -> Result<u64, ServiceError> {
        let run = self.read_run(large)?;
        let at_once = observe::rows(self.azure, &run)?.by_point.len();
        let wanted = self.points.len();
        let seen = format!("points with a result at once: {at_once} of {wanted}");
        self.say("azure.precreates", at_once > 0, seen);
        let mut there = at_once;
        if there < wanted {
            until(self.azure.client.transport(), PATIENCE, || {
                let unsure = Run {
                    total_tests: None,
                    ..run.clone()
                };
                there = observe::rows(self.azure, &unsure)?.by_point.len();
                Ok(if there == wanted {
                    Waiting::Over
                } else {
                    Waiting::GoesOn
                })
            })?;
        }
        if at_once > 0 {
            let seen = format!("points with a result: {there} of {wanted}");
            self.say("azure.many_points", there == wanted, seen);
        } else {
            let why = format!("points with a result after 10 s: {there} of {wanted}");
            self.findings
                .push(Finding::untold("azure.many_points", why));
        }
        match self.result_of(small)? {
            Some(result) => Ok(result),
            None => self.added(small),
        }
    }

    fn result_of(&self, run: u64) -> Result<Option<u64>, ServiceError> {
        let unsure = Run {
            total_tests: None,
            ..self.read_run(run)?
        };
        let rows = observe::rows(self.azure, &unsure)?;
        Ok(rows.by_point.first().map(|row| row.id))
    }

    fn added(&self, run: u64) -> Result<u64, ServiceError> {
        let case = self.point.test_case_reference.id.0;
        let item = lookup::work_items(self.azure, &[case])?.into_iter().next();
        let item =
            item.ok_or_else(|| ServiceError::declined(format!("case {case} cannot be read")))?;
        let row = AddResult {
            test_point: Reference::to(self.point.id.0),
            test_case: Reference::to(case),
            test_case_title: item.field("System.Title").unwrap_or_default().to_owned(),
            test_case_revision: item.revision().unwrap_or(1),
            configuration: Reference::to(self.point.configuration.id.0),
            facts: self.facts("Passed"),
        };
        let request = self.azure.client.endpoints().add_results(run, &[row]);
        self.write(("azure.probe_add_result", "1"), request, |_| Ok(()))?;
        let nowhere =
            || ServiceError::declined(format!("a result that was added to run {run} is not there"));
        self.result_of(run)?.ok_or_else(nowhere)
    }

    fn facts(&self, outcome: &str) -> ResultFacts {
        let now = utc(self.azure.client.now());
        ResultFacts {
            state: "Completed",
            outcome: outcome.to_owned(),
            started_date: now.clone(),
            completed_date: now,
            duration_in_ms: 0.0,
            automated_test_name: NAME.to_owned(),
            automated_test_type: "handin",
            automated_test_storage: None,
            error_message: None,
            stack_trace: None,
            comment: None,
            computer_name: None,
            result_group_type: None,
            sub_results: Vec::new(),
            iteration_details: Vec::new(),
        }
    }

    fn set(&self, item: &str, run: u64, id: u64, facts: ResultFacts) -> Result<(), ServiceError> {
        let request = self
            .azure
            .client
            .endpoints()
            .set_results(run, &[SetResult { id, facts }]);
        self.write(("azure.probe_set_result", item), request, |_| Ok(()))
    }

    fn touched(&mut self, run: u64, result: u64) -> Result<(), ServiceError> {
        let before = self.read_run(run)?.last_updated_date;
        // Dates may be told to the second only.
        self.azure
            .client
            .transport()
            .pause(Duration::from_millis(1100))?;
        self.set("touch", run, result, self.facts("Passed"))?;
        let after = self.read_run(run)?.last_updated_date;
        let has_changed = after.is_some() && before != after;
        let seen = if has_changed {
            "the date changed"
        } else {
            "the date stayed the same"
        };
        self.say("azure.touched", has_changed, seen);
        Ok(())
    }

    fn texts(&mut self, run: u64, result: u64) -> Result<(), ServiceError> {
        const ID: &str = "azure.texts";
        let lengths = [1000, 4000, 32_000];
        let [comment, message, trace] = lengths.map(|length| Some("x".repeat(length)));
        let facts = ResultFacts {
            comment,
            error_message: message,
            stack_trace: trace,
            ..self.facts("Failed")
        };
        match self.set("texts", run, result, facts) {
            Ok(()) => {}
            Err(ServiceError::Transport(error))
                if error.delivery == Delivery::Refused && error.status() == Some(400) =>
            {
                self.say(ID, false, error.reason());
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        let whole = self.whole(run, result)?;
        let came = [whole.comment, whole.error_message, whole.stack_trace]
            .map(|text| text.map_or(0, |text| text.chars().count()));
        let seen = format!(
            "{} came back",
            came.map(|length| length.to_string()).join(", ")
        );
        self.say(ID, came == lengths, seen);
        Ok(())
    }

    fn whole(&self, run: u64, result: u64) -> Result<Whole, ServiceError> {
        let whole = self
            .azure
            .client
            .get(|endpoints| endpoints.result(run, result))?;
        Ok(whole)
    }

    fn sub_results(&mut self, run: u64, result: u64) -> Result<(), ServiceError> {
        let sub = SubResult {
            sequence_id: 1,
            display_name: "Attempt 1".to_owned(),
            outcome: "Passed".to_owned(),
            duration_in_ms: 1,
            started_date: None,
            completed_date: None,
            error_message: None,
            stack_trace: None,
        };
        for item in ["sub-1", "sub-2"] {
            let facts = ResultFacts {
                result_group_type: Some("rerun"),
                sub_results: vec![sub.clone()],
                ..self.facts("Passed")
            };
            self.set(item, run, result, facts)?;
        }
        let list: List<Whole> = self
            .azure
            .client
            .get(|endpoints| endpoints.sub_results(run))?;
        let count: usize = list
            .value
            .iter()
            .filter_map(|row| Some(row.sub_results.as_ref()?.len()))
            .sum();
        let seen = format!(
            "one was sent twice: {} there",
            if count == 1 {
                "1 is".to_owned()
            } else {
                format!("{count} are")
            }
        );
        self.say("azure.sub_results", count == 2, seen);
        Ok(())
    }

    fn files_of_tries(&mut self, run: u64, result: u64) -> Result<(), ServiceError> {
        const ID: &str = "azure.files_of_tries";
        const NAME: &str = "probe.txt";
        let azure = self.azure;
        let details: ResultDetails = azure
            .client
            .get(|endpoints| endpoints.details(run, result, "subResults"))?;
        let Some(sub) = details.sub_results.iter().find_map(|sub| sub.id) else {
            self.say(ID, false, "the result shows no sub-results");
            return Ok(());
        };
        let document =
            json!({"stream": "cHJvYmU=", "fileName": NAME, "attachmentType": "GeneralAttachment"});
        let body = Body::Bytes(document.to_string().into_bytes());
        let endpoints = azure.client.endpoints();
        let request = endpoints.attach(run, Some(result), NAME, body);
        let request = request.query(OF_TRY, sub.0.to_string());
        match self.write(("azure.probe_attach", "1"), request, |_| Ok(())) {
            Ok(()) => {}
            Err(ServiceError::Transport(error)) if error.delivery == Delivery::Refused => {
                self.say(ID, false, error.reason());
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        let at = (run, Some(result));
        let there = observe::files_of_result(azure, at, std::iter::once(&sub.0))?;
        let is_there = there.contains_key(NAME);
        let seen = if is_there {
            "it is listed there"
        } else {
            "it is not listed"
        };
        self.say(ID, is_there, seen);
        Ok(())
    }

    fn closed(&mut self, run: u64, result: u64) -> Result<(), ServiceError> {
        const ID: &str = "azure.closed";
        let end = UpdateRun {
            state: Some("Completed"),
            completed_date: Some(utc(self.azure.client.now())),
            ..UpdateRun::default()
        };
        let request = self.azure.client.endpoints().update_run(run, &end);
        self.write(("azure.probe_complete_run", "1"), request, |_| Ok(()))?;
        match self.set("late", run, result, self.facts("Failed")) {
            Ok(()) => self.say(ID, false, "it takes results all the same"),
            Err(ServiceError::Transport(error)) if error.delivery == Delivery::Refused => {
                self.say(ID, true, error.reason());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn told_of_deleting(&mut self, left: &[u64]) -> Result<(), ServiceError> {
        const ID: &str = "azure.deletes_runs";
        if self.made.is_empty() {
            return Ok(());
        }
        if !left.is_empty() {
            let stayed = format!("{} stayed", counted(left.len() as u64, "run"));
            self.say(ID, false, stayed);
            return Ok(());
        }
        let shown = observe::runs_of_plan(self.azure, self.plan)?;
        let still = shown.iter().filter(|run| self.made.contains(&run.id.0));
        let still = still.count();
        let seen = format!("{still} of {} are listed still", self.made.len());
        self.say(ID, still == 0, seen);
        Ok(())
    }
}
