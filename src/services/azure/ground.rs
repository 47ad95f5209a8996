//! The test plan, and its points, asked for in the cheaper way: page by page, or case by case.
//!
//! Nothing tells beforehand how many pages there are. So pages are read until they have cost as much as asking for each case would;
//! then it is asked case by case. That costs at most twice what the better way would have, and a handful of cases is never worth a page.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::points::{Names, Point, PointIndex};
use super::version::Generation;
use super::wire::{Plan, Run, TestPoint};
use super::{Azure, lookup, observe};
use crate::services::{ServiceError, engine};

/// So many cases are asked for one by one without a look at the list.
const FEW: usize = 4;

/// The test plan, the suite that bounds where results go, and the points that were asked for so far.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) plan: Plan,
    pub(super) suite: u64,
    /// The configuration of all results, by its id, where the settings name one.
    pub(super) configuration: Option<u64>,
    /// The run that is there and takes the results, with its points.
    pub(super) run: Option<(Run, HashSet<u64>)>,
    reading: Mutex<Reading>,
}

/// How far the points were read.
#[derive(Debug, Default)]
struct Reading {
    names: Names,
    listed: Vec<Point>,
    /// The next page of the list; nothing before the first one.
    token: Option<String>,
    is_whole: bool,
    pages: usize,
    /// The cases that were asked for one by one, and their points.
    asked: HashSet<u64>,
    found: Vec<Point>,
    index: Arc<PointIndex>,
}

impl Ground {
    pub(super) fn new(plan: Plan, suite: u64, configuration: Option<u64>) -> Self {
        Self {
            plan,
            suite,
            configuration,
            run: None,
            reading: Mutex::default(),
        }
    }

    /// Returns the same, within a run that is there: only its points take results.
    pub(super) fn within(mut self, azure: &Azure, run: Option<Run>) -> Result<Self, ServiceError> {
        if let Some(run) = run {
            let rows = observe::rows(azure, &run)?;
            self.run = Some((run, rows.by_point.into_keys().collect()));
        }
        Ok(self)
    }

    /// Returns the ids that tell this place from all others: the same however the settings name it.
    pub(super) fn identity(&self) -> Vec<String> {
        let configuration = self.configuration.map(|id| id.to_string());
        let run = self.run.as_ref().map(|(run, _)| run.id.0.to_string());
        let place = [
            self.plan.id.0.to_string(),
            self.suite.to_string(),
            configuration.unwrap_or_default(),
        ];
        place.into_iter().chain(run).collect()
    }

    /// Tells whether results may go to a point.
    pub(super) fn takes(&self, point: u64) -> bool {
        self.run
            .as_ref()
            .is_none_or(|(_, points)| points.contains(&point))
    }

    /// Returns the points of these cases, and of others perhaps.
    pub(super) fn points(
        &self,
        azure: &Azure,
        cases: &[u64],
    ) -> Result<Arc<PointIndex>, ServiceError> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown: Vec<u64> = cases
            .iter()
            .copied()
            .filter(|case| !reading.asked.contains(case))
            .collect();
        if reading.is_whole || unknown.is_empty() {
            return Ok(Arc::clone(&reading.index));
        }
        // Azure: Server 2019 cannot look below a suite, so there its suites are listed one by one.
        if azure.client.generation() == Generation::V5_0 {
            let points = lookup::points_of_suites(azure, self.plan.id.0, self.suite)?;
            reading.take_all(points);
            return Ok(Arc::clone(&reading.index));
        }
        let all = reading.asked.len() + unknown.len();
        while all > FEW && reading.pages < all && !reading.is_whole {
            self.next_page(azure, &mut reading)?;
        }
        if reading.is_whole {
            reading.close();
        } else {
            self.ask_for(azure, &unknown, &mut reading)?;
        }
        Ok(Arc::clone(&reading.index))
    }

    fn next_page(&self, azure: &Azure, reading: &mut Reading) -> Result<(), ServiceError> {
        let (plan, suite) = (self.plan.id.0, self.suite);
        let (page, next): (Vec<TestPoint>, _) = azure
            .client
            .page(
                |endpoints, token| endpoints.points(plan, suite, token),
                reading.token.as_deref(),
            )
            .map_err(|error| lookup::no_such_suite(azure, suite, error))?;
        let names = &mut reading.names;
        let points = page.into_iter().map(|point| Point::new(point, names));
        reading.listed.extend(points);
        reading.pages += 1;
        reading.is_whole = next.is_none();
        reading.token = next;
        Ok(())
    }

    /// Asks for cases one by one, several at a time.
    fn ask_for(
        &self,
        azure: &Azure,
        cases: &[u64],
        reading: &mut Reading,
    ) -> Result<(), ServiceError> {
        let place = (self.plan.id.0, self.suite);
        let answers = engine::each(azure.target.jobs, cases, |case| {
            azure.client.pages::<TestPoint>(|endpoints, token| {
                endpoints.points_of_case(place, *case, token)
            })
        });
        for points in answers.map_err(|error| lookup::no_such_suite(azure, place.1, error))? {
            let names = &mut reading.names;
            let points = points.into_iter().map(|point| Point::new(point, names));
            reading.found.extend(points);
        }
        reading.asked.extend(cases);
        reading.index = Arc::new(PointIndex::new(reading.found.iter().cloned()));
        Ok(())
    }
}

impl Reading {
    /// Takes the whole list.
    fn take_all(&mut self, points: Vec<TestPoint>) {
        let names = &mut self.names;
        self.listed = points
            .into_iter()
            .map(|point| Point::new(point, names))
            .collect();
        self.close();
    }

    /// Ends the reading: the list is whole, and tells of every case.
    fn close(&mut self) {
        self.is_whole = true;
        self.found = Vec::new();
        self.asked = HashSet::new();
        self.index = Arc::new(PointIndex::new(std::mem::take(&mut self.listed)));
    }
}
