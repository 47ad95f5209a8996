//! Azure DevOps Test Plans.

use handin_sandbox::azure::{Azure, World as Seed};
use handin_sandbox::fault::{Effect, Fault};
use handin_sandbox::{InProcess, Seen};

use super::{API, Call, Ground, Standing, World};

/// The first test case; those of the other tests follow.
pub(crate) const FIRST_CASE: u32 = 1001;

/// How many tests have a case, where they have one.
const TESTS: u32 = 12;

/// Returns in which plan a test has its case.
pub(crate) fn plan_of(ground: Ground, test: u32) -> usize {
    match ground {
        Ground::Usual | Ground::Third => 0,
        Ground::Other => test as usize % 2,
    }
}

pub(crate) fn new(ground: Ground) -> Box<dyn World> {
    let mut world = Seed::new("acme");
    world.project("Shop");
    let chrome = world.configuration("Shop", "Windows + Chrome", &[("Browser", "Chrome")]);
    world.next_item(100);
    let plan = world.plan("Shop", "Regression");
    let smoke = world.plan("Shop", "Smoke");
    let suites = [plan, smoke].map(|plan| world.suite(world.root(plan), "Web"));
    world.next_item(i64::from(FIRST_CASE));
    if ground != Ground::Third {
        for test in 0..TESTS {
            let case = world.case("Shop", &format!("test{test}"));
            world.point(suites[plan_of(ground, test)], case, chrome);
        }
    }
    Box::new(InProcess::new(Azure::new(world), &[("api", API)]))
}

impl World for InProcess<Azure> {
    fn effect(&self, call: &Call) -> Effect {
        Self::effect(self, &call.method, &call.url)
    }

    fn ask(&mut self, call: &Call, fault: Option<Fault>) -> Seen {
        let (headers, body) = (call.headers.clone(), call.body.clone());
        Self::ask(self, (&call.method, &call.url), headers, body, fault)
    }

    fn person(&self, what: u32) -> Vec<Call> {
        let authorization = format!("Bearer {}", handin_sandbox::azure::DEFAULT_TOKEN);
        let ids = self.service().runs().keys().copied();
        ids.map(|id| {
            let path = format!("/acme/Shop/_apis/test/runs/{id}?api-version=7.1");
            let (method, body) = match what {
                0 => ("PATCH", "{\"name\":\"Of last night\"}"),
                _ => ("DELETE", ""),
            };
            Call::by_hand(method, &path, authorization.clone(), body)
        })
        .collect()
    }

    fn standing(&self) -> Standing {
        let mut standing = Standing::default();
        for run in self.service().runs().values() {
            let id = run.id.to_string();
            let mut open = |what: String| standing.open.push((what, id.clone()));
            if !run.is_closed() {
                open(format!("run {id} is {}", run.state));
            }
            for row in run.results.values() {
                let case = row.point.and_then(|it| self.service().case_of(it));
                let point = case.map_or_else(String::new, |it| it.title().to_owned());
                if !row.is_completed() {
                    open(format!("a result of point {point} in run {id} waits"));
                    continue;
                }
                let sub_results = row.fields.get("subResults").and_then(|it| it.as_array());
                let more = sub_results.map_or_else(String::new, |all| {
                    format!(" with {} sub-results", all.len())
                });
                let outcome = format!("{}{more}", row.outcome());
                standing.results.push((point, outcome));
            }
            standing
                .containers
                .push((format!("run {:?}", run.name), id));
        }
        for case in self.service().cases() {
            let (name, id) = (case.title(), case.id.to_string());
            standing.containers.push((format!("case {name}"), id));
        }
        standing.sorted()
    }
}
