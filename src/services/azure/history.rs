//! What runs of the past hold: for people, and for runners that shall run what failed once more.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Azure;
use super::lookup;
use super::text::utc;
use super::wire::{List, ListedResult, Run};
use crate::services::ServiceError;
use crate::transport::ListSize;

/// Azure: a query of runs spans seven days at most (docs: Runs – Query).
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many windows are looked through, newest first: half a year.
const WINDOWS: usize = 26;

/// A run of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Azure's word for how far it is: `Completed`, `InProgress`, `Aborted`, ….
    pub state: String,
    /// When it began, in UTC.
    pub started: Option<String>,
    /// When it ended, in UTC.
    pub completed: Option<String>,
    /// How many results it has.
    pub total: Option<u64>,
    /// How many of them passed.
    pub passed: Option<u64>,
    /// Where a person can look at it.
    pub url: Option<String>,
}

/// A result of a run of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultSummary {
    /// Its id, unique within the run.
    pub id: u64,
    /// The test case, where the result belongs to one.
    pub case: Option<u64>,
    /// The title of the case or the test.
    pub title: String,
    /// The name of the automated test, as a runner knows it.
    pub test: Option<String>,
    /// Azure's word for the outcome.
    pub outcome: String,
    /// What went wrong.
    pub message: Option<String>,
}

impl Azure {
    /// Lists the newest runs, at most `most` of the last half year: of the one plan that the target names, else of the project.
    ///
    /// # Errors
    ///
    /// When the plan does not exist, or the service cannot be asked.
    pub fn runs(&self, most: usize) -> Result<Vec<RunSummary>, ServiceError> {
        let plan = match self.target.plans.as_slice() {
            [only] => Some(lookup::plan_named(self, only)?.id.0),
            _ => None,
        };
        let mut found: BTreeMap<u64, RunSummary> = BTreeMap::new();
        let mut end = self
            .client
            .clock()
            .timestamp()
            .checked_add(SignedDuration::from_hours(1))
            .unwrap_or(Timestamp::MAX);
        for _ in 0..WINDOWS {
            let Ok(start) = end.checked_sub(WINDOW) else {
                break;
            };
            let (min, max) = (utc(start), utc(end));
            let runs: Vec<Run> = self
                .client
                .pages(|endpoints, token| endpoints.runs_between(plan, (&min, &max), token))
                .map_err(|error| lookup::no_such_project(self, error))?;
            found.extend(runs.into_iter().map(|run| (run.id.0, run.into())));
            if found.len() >= most {
                break;
            }
            end = start;
        }
        Ok(found.into_values().rev().take(most).collect())
    }

    /// Lists the results of a run, those with one outcome (`Failed`) or all.
    ///
    /// # Errors
    ///
    /// When there is no such run, or the service cannot be asked.
    pub fn run_results(
        &self,
        run: u64,
        outcome: Option<&str>,
    ) -> Result<Vec<ResultSummary>, ServiceError> {
        let mut found = Vec::new();
        let mut size = ListSize::default();
        loop {
            let page: Result<List<ListedResult>, _> = self.client.counted(&mut size, |endpoints| {
                endpoints.results(run, found.len() as u64, outcome)
            });
            let page = page.map_err(|error| {
                let is_missing = error.status() == Some(404);
                let error = lookup::no_such_project(self, error);
                if !is_missing || !matches!(error, ServiceError::Transport(_)) {
                    return error;
                }
                ServiceError::setting(format!(
                    "there is no run {run} in the project `{}`",
                    self.client.project()
                ))
                .hint(lookup::runs_listed(self))
            })?;
            if page.value.is_empty() {
                return Ok(found);
            }
            found.extend(page.value.into_iter().map(ResultSummary::from));
        }
    }
}

impl From<Run> for RunSummary {
    fn from(run: Run) -> Self {
        Self {
            id: run.id.0,
            name: run.name,
            state: run.state,
            started: run.started_date,
            completed: run.completed_date,
            total: run.total_tests,
            passed: run.passed_tests,
            url: run.web_access_url,
        }
    }
}

impl From<ListedResult> for ResultSummary {
    fn from(result: ListedResult) -> Self {
        let case = result.test_case.as_ref();
        let title = result
            .test_case_title
            .clone()
            .or_else(|| case.and_then(|case| case.name.clone()));
        Self {
            id: result.id.0,
            case: case.and_then(super::wire::Referred::number),
            title: title.unwrap_or_default(),
            test: result.automated_test_name.filter(|name| !name.is_empty()),
            outcome: result.outcome.unwrap_or_default(),
            message: result.error_message.filter(|text| !text.is_empty()),
        }
    }
}
