//! The test plan, and its points, asked for in the cheaper way: page by page, or case by case.
//!
//! Nothing tells beforehand how many pages there are. So pages are read until they have cost as much as asking for each case would;
//! then it is asked case by case. That costs at most twice what the better way would have, and a handful of cases is never worth a page.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::points::{Point, PointIndex, PointPlaces};
use super::version::Generation;
use super::wire::{Plan, Run, TestPoint};
use super::{Azure, lookup, observe};
use crate::services::{ServiceError, engine};
use crate::transport::{Clock, ListSize};

/// So many cases are asked for one by one without a look at the list.
const FEW: usize = 4;

/// A test plan, the suites that bound where results go, and the points that were asked for so far.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) plan: Plan,
    /// Results go to the points in these suites and below them.
    pub(super) suites: Vec<u64>,
    /// The configuration of all results, by its id, where the settings name one.
    pub(super) configuration: Option<u64>,
    /// The run that is there and takes the results, with its points.
    pub(super) run: Option<(Run, HashSet<u64>)>,
    reading: Mutex<Reading>,
}

/// How far the points were read.
#[derive(Debug, Default)]
struct Reading {
    places: PointPlaces,
    listed: Vec<Point>,
    /// Which of the suites is read now.
    suite: usize,
    /// The next page of its list; nothing before the first one.
    token: Option<String>,
    is_whole: bool,
    pages: usize,
    size: ListSize,
    /// The cases that were asked for one by one, and their points.
    asked: HashSet<u64>,
    found: Vec<Point>,
    index: Arc<PointIndex>,
}

impl Ground {
    pub(super) fn new(plan: Plan, suites: Vec<u64>, configuration: Option<u64>) -> Self {
        Self {
            plan,
            suites,
            configuration,
            run: None,
            reading: Mutex::default(),
        }
    }

    /// Returns the same, within a run that is there: only its points take results.
    pub(super) fn within(mut self, azure: &Azure, run: Option<Run>) -> Result<Self, ServiceError> {
        if let Some(run) = run {
            let rows = observe::rows(azure, &run)?;
            self.run = Some((run, rows.by_point.iter().map(|row| row.point).collect()));
        }
        Ok(self)
    }

    /// Returns the whole plan as a place: what tests name of it is told apart test by test.
    pub(super) fn whole(&self) -> Result<Self, ServiceError> {
        let root = lookup::root_suite(&self.plan)?;
        Ok(Self::new(self.plan.clone(), vec![root], self.configuration))
    }

    /// Returns the same place, of whose points nothing is known yet.
    pub(super) fn anew(&self) -> Self {
        Self {
            run: self.run.clone(),
            ..Self::new(self.plan.clone(), self.suites.clone(), self.configuration)
        }
    }

    /// Takes in the points of a case that came since the others were read.
    pub(super) fn learn(&self, clock: &Clock, case: u64, points: &[Point]) {
        let mut reading = clock.lock(&self.reading);
        reading.asked.insert(case);
        reading.found.extend(points.iter().cloned());
        let known = reading.index.all().iter().chain(points);
        let index = PointIndex::new(known.cloned());
        reading.index = Arc::new(index);
    }

    /// Returns the ids that tell this place from all others: the same however the settings name it.
    pub(super) fn identity(&self) -> Vec<String> {
        let configuration = self.configuration.map(|id| id.to_string());
        let run = self.run.as_ref().map(|(run, _)| run.id.0.to_string());
        let suites: Vec<String> = self.suites.iter().map(u64::to_string).collect();
        let place = [
            self.plan.id.0.to_string(),
            suites.join("+"),
            configuration.unwrap_or_default(),
        ];
        place.into_iter().chain(run).collect()
    }

    /// Returns whether results may go to a point.
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
        let mut reading = azure.client.clock().lock(&self.reading);
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
            let mut points = Vec::new();
            for suite in &self.suites {
                points.extend(lookup::points_of_suites(azure, self.plan.id.0, *suite)?);
            }
            reading.take_all(points);
            return Ok(Arc::clone(&reading.index));
        }
        let all = reading.asked.len() + unknown.len();
        let cost = all * self.suites.len();
        while cost > FEW && reading.pages < cost && !reading.is_whole {
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
        let plan = self.plan.id.0;
        let Some(suite) = self.suites.get(reading.suite).copied() else {
            reading.is_whole = true;
            return Ok(());
        };
        let (page, next): (Vec<TestPoint>, _) = azure
            .client
            .page(
                |endpoints, token| endpoints.points(plan, suite, token),
                reading.token.as_deref(),
                &mut reading.size,
            )
            .map_err(|error| lookup::no_such_suite(azure, (plan, suite), error))?;
        let places = &mut reading.places;
        let points = page.into_iter().map(|point| Point::new(point, places));
        reading.listed.extend(points);
        reading.pages += 1;
        reading.suite += usize::from(next.is_none());
        reading.is_whole = reading.suite >= self.suites.len();
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
        let plan = self.plan.id.0;
        let of_case = |case: &u64| {
            self.suites
                .iter()
                .map(|suite| (*suite, *case))
                .collect::<Vec<_>>()
        };
        let asked: Vec<(u64, u64)> = cases.iter().flat_map(of_case).collect();
        let answers = engine::each(azure.workers(), &asked, |(suite, case)| {
            azure
                .client
                .pages::<TestPoint>(|endpoints, token| {
                    endpoints.points_of_case((plan, *suite), *case, token)
                })
                .map_err(|error| lookup::no_such_suite(azure, (plan, *suite), error))
        });
        for points in answers? {
            let places = &mut reading.places;
            let points = points.into_iter().map(|point| Point::new(point, places));
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
        let places = &mut self.places;
        self.listed = points
            .into_iter()
            .map(|point| Point::new(point, places))
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
