//! The stand-in for Azure DevOps Test Plans: cloud and server, as far as its documents tell.

mod access;
mod attachments;
mod behaviour;
mod builds;
mod call;
mod catalog;
mod demo;
mod doors;
mod items;
mod outcome;
mod page;
mod point_updates;
mod points;
mod refusal;
mod resources;
mod result_query;
mod results;
mod run;
mod run_rules;
mod runs;
mod sandbox;
mod settings;
mod wiql;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::call::Call;
use self::refusal::{Answer, Refusal};
use crate::fault::Effect;
use crate::http::{Head, Request, Response};
use crate::service::Service;

pub use self::run::{Attachment, ResultRow, Run};
pub use self::sandbox::{AzureSandbox, PointReport};
pub use self::settings::{DEFAULT_TOKEN, Flavour, PageSizes, Settings, Token};
pub use self::world::{
    Build, Configuration, LastResult, Plan, Point, Project, Suite, WorkItem, World,
};

/// The service: what it was seeded with, what was handed in, and how it behaves.
#[derive(Debug)]
pub struct Azure {
    pub(crate) seed: World,
    pub(crate) world: World,
    pub(crate) runs: BTreeMap<i64, Run>,
    next_run: i64,
    next_attachment: i64,
    requests: u64,
    unlisted: BTreeSet<i64>,
    /// Work items that no query shows yet.
    unqueried: BTreeSet<i64>,
    listed_from: BTreeMap<i64, Timestamp>,
    forgetful: usize,
    ahead: SignedDuration,
}

impl Azure {
    /// Returns a service that holds this world.
    pub fn new(world: World) -> Self {
        Self {
            seed: world.clone(),
            world,
            runs: BTreeMap::new(),
            next_run: 1,
            next_attachment: 1,
            requests: 0,
            unlisted: BTreeSet::new(),
            unqueried: BTreeSet::new(),
            listed_from: BTreeMap::new(),
            forgetful: 0,
            ahead: SignedDuration::ZERO,
        }
    }

    /// Leaves a run out of all lists for so long from now, as if the request that creates it had arrived later.
    pub fn list_after(&mut self, run: i64, delay: Duration) {
        let from = crate::time::now().checked_add(delay);
        self.listed_from.insert(run, from.unwrap_or(Timestamp::MAX));
    }

    /// Lets so many calls that set or append results be acknowledged without any effect.
    pub fn forget_results(&mut self, calls: usize) {
        self.forgetful = calls;
    }

    /// Lets the service's clock be ahead of the real one, or behind it.
    pub fn set_clock(&mut self, ahead: SignedDuration) {
        self.ahead = ahead;
    }

    /// Returns the time by the service's clock.
    fn time(&self) -> Timestamp {
        let now = crate::time::now();
        now.checked_add(self.ahead).unwrap_or(now)
    }

    /// Returns whether lists show a run.
    fn lists(&self, run: i64) -> bool {
        let from = self.listed_from.get(&run);
        !self.unlisted.contains(&run) && from.is_none_or(|from| *from <= crate::time::now())
    }

    /// Deletes a run, as a person does on its page.
    pub fn delete(&mut self, run: i64) {
        self.runs.remove(&run);
        self.forget_run(run);
    }

    /// Returns a run, to change it as a person does on its page.
    pub fn run_mut(&mut self, run: i64) -> Option<&mut Run> {
        self.runs.get_mut(&run)
    }

    /// Leaves a run out of all lists until another one is created, as if both had been created at the same moment.
    pub fn list_late(&mut self, run: i64) {
        self.unlisted.insert(run);
    }

    /// Leaves a work item out of all queries until another one is created, as if both had been created at the same moment.
    pub fn query_late(&mut self, item: i64) {
        self.unqueried.insert(item);
    }

    /// Returns whether work items are left out of queries.
    pub fn queries_late(&self) -> bool {
        !self.unqueried.is_empty()
    }

    /// Returns whether runs are left out of the lists.
    pub fn lists_late(&self) -> bool {
        !self.unlisted.is_empty()
    }

    /// Returns the world, to change it behind the client's back.
    pub fn world(&mut self) -> &mut World {
        &mut self.world
    }

    /// Returns the test case of a point.
    pub fn case_of(&self, point: i64) -> Option<&WorkItem> {
        let point = self.world.points.get(&point)?;
        self.world.items.get(&point.case)
    }

    /// Returns the work items that are there: its test cases, where a test puts nothing else there.
    pub fn cases(&self) -> impl Iterator<Item = &WorkItem> {
        self.world.items.values()
    }

    /// Returns the runs by id.
    pub fn runs(&self) -> &BTreeMap<i64, Run> {
        &self.runs
    }

    fn respond(&mut self, request: &Request) -> Response {
        let token = match access::enter(&self.world.settings, &request.head) {
            Ok(token) => token.clone(),
            Err(response) => return response,
        };
        let Some(call) = Call::new(&self.world, request) else {
            return Response::html(
                404,
                "<!DOCTYPE html>\n<html><head><title>404 - File or directory not found.</title></head></html>\n",
            );
        };
        let answer = self
            .admit(&call, &token)
            .and_then(|()| self.dispatch(&call));
        answer.unwrap_or_else(Refusal::into_response)
    }

    fn admit(&self, call: &Call<'_>, token: &Token) -> Result<(), Refusal> {
        if call.request.method == "OPTIONS" {
            return Ok(());
        }
        let Some((resource, scope)) = doors::find(&call.request.method, &call.parts()) else {
            return Err(Refusal::no_resource(
                &call.request.method,
                &call.request.path,
            ));
        };
        resource.check_version(self.world.settings.flavour, &call.request.head)?;
        let attachment = matches!(resource.name(), "Attachments");
        if !attachment && call.request.body.len() > self.world.settings.body_limit {
            return Err(Refusal::new(
                413,
                "RequestEntityTooLargeException",
                "Request Entity Too Large",
            ));
        }
        scope.map_or(Ok(()), |scope| access::demand(token, scope))
    }

    fn dispatch(&mut self, call: &Call<'_>) -> Answer {
        let (method, parts) = (call.request.method.as_str(), call.parts());
        match parts.as_slice() {
            [] if method == "OPTIONS" => Ok(Response::json(
                200,
                &resources::list(self.world.settings.flavour, None),
            )),
            [area, ..] if method == "OPTIONS" => Ok(Response::json(
                200,
                &resources::list(self.world.settings.flavour, Some(area)),
            )),
            ["connectiondata"] => Ok(catalog::connection(self.world.settings.flavour)),
            ["resourceareas", ..] => Ok(call::envelope(Vec::new())),
            ["testplan", "plans", plan, "suites", suite, "testpoint"] if method == "PATCH" => {
                self.update_points(call, plan, suite)
            }
            ["testplan", "plans", plan, "suites", suite, "testcase"] if method == "POST" => {
                self.add_cases(call, plan, suite)
            }
            ["testplan", "testcases", case] => self.delete_case(call, case),
            ["projects" | "testplan", ..] => self.catalog(call),
            ["test", "points"] | ["test", "plans", ..] => self.test_points(call),
            ["test", "results"] => self.query_results(call),
            ["test", "runs", ..] => self.runs_area(call),
            ["wit", ..] => self.work_items(call),
            ["build" | "release", ..] => self.builds(call),
            _ => Err(Refusal::no_resource(method, &call.request.path)),
        }
    }
}

impl Service for Azure {
    fn name(&self) -> &'static str {
        "Azure DevOps Test Plans"
    }

    /// Some POSTs only look: queries for points and work items, and a validation without a change.
    fn effect(&self, head: &Head) -> Effect {
        let path = head.path.to_ascii_lowercase();
        let looks = [
            "/_apis/test/points",
            "/_apis/test/results",
            "/_apis/wit/wiql",
            "/_apis/wit/workitemsbatch",
        ];
        let validates = head
            .query_ignoring_case("validateOnly")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        match head.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" => Effect::Read,
            "POST" if looks.iter().any(|end| path.ends_with(end)) => Effect::Read,
            _ if validates => Effect::Read,
            _ => Effect::Write,
        }
    }

    fn answer(&mut self, request: &Request) -> Response {
        self.requests += 1;
        let response = self
            .respond(request)
            .with(
                "Date",
                self.time()
                    .strftime("%a, %d %b %Y %H:%M:%S GMT")
                    .to_string(),
            )
            .with(
                "ActivityId",
                format!("8f0d9ee3-0000-4000-8000-{:012x}", self.requests),
            )
            .with(
                "X-VSS-E2EID",
                format!("5c1d6be2-0000-4000-8000-{:012x}", self.requests),
            );
        if !self.world.settings.shows_rate_limit {
            return response;
        }
        response
            .with("X-RateLimit-Resource", "Test Management")
            .with("X-RateLimit-Limit", "200")
            .with("X-RateLimit-Remaining", "20")
            .with("X-RateLimit-Delay", "0.5")
            .with("X-RateLimit-Reset", "4102444800")
    }

    fn error(&self, status: u16, message: &str) -> Response {
        if status == 429 {
            let message = "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource \
                           'Concurrency' in namespace 'User'.";
            return Refusal::new(429, "RequestBlockedException", message).into_response();
        }
        Refusal::new(
            status,
            "VssServiceException",
            format!("TF400898: An Internal Error Occurred. {message}"),
        )
        .into_response()
    }

    fn behave(&mut self, wishes: &Value) -> Result<(), String> {
        behaviour::apply(&mut self.world.settings, wishes)
    }

    fn state(&self) -> Value {
        sandbox::state(self)
    }

    fn page(&self) -> String {
        page::page(self)
    }

    fn reset(&mut self) {
        *self = Self::new(self.seed.clone());
    }
}

#[cfg(test)]
mod tests;
