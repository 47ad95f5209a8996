//! qTest Manager.

use handin_sandbox::fault::{Effect, Fault};
use handin_sandbox::qtest::{Qtest, World as Seed};
use handin_sandbox::{InProcess, Pace, Seen, Service as _};
use serde_json::Value;

use super::{API, Call, Standing, World};

/// The cycle of the job that the reports name.
const CYCLE: &str = "Nightly";
/// How a module is called that says who writes.
const CLAIMED: &str = "handin is writing results here";
/// How many characters of a note are kept: a mark has fewer.
const NOTE: usize = 140;

/// How the site behaves where sites differ.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OutputOptions {
    /// After how many seconds the search finds what was made.
    pub(crate) search_lag: u64,
    /// After how many requests a batch of logs is carried out.
    pub(crate) queue: u32,
    /// Whether the tests have cases, which somebody made, in a suite that is there.
    pub(crate) has_cases: bool,
    /// Whether it cuts notes off soon after the mark.
    pub(crate) cuts_notes: bool,
}

pub(crate) fn new(manner: OutputOptions) -> Box<dyn World> {
    let seed = Seed::new()
        .pace(if manner.queue == 0 {
            Pace::AtOnce
        } else {
            Pace::Requests(manner.queue)
        })
        .project("Shop", |project| {
            let mut project = project.module("Web");
            if manner.has_cases {
                for test in 0..12 {
                    project = project.case("Web", &format!("case of test{test}"));
                }
                project = project.cycle(CYCLE).suite(CYCLE, "Default");
            }
            project
        });
    let seed = if manner.cuts_notes {
        seed.note_limit(NOTE)
    } else {
        seed
    };
    let mut service = Qtest::new(seed);
    if manner.search_lag > 0 {
        let lag = format!("{}s", manner.search_lag);
        service
            .behave(&serde_json::json!({ "search_lag": lag }))
            .expect("the search can lag");
    }
    let mut world = InProcess::new(service, &[("api", API)]);
    if manner.has_cases {
        add_runs(&mut world);
    }
    Box::new(world)
}

/// Has a person add a run of each case to the suite: where nothing is created, tests go to runs that are there.
fn add_runs(world: &mut InProcess<Qtest>) {
    let state = world.service().state();
    let project = &state["projects"][0];
    let authorization = format!("bearer {}", handin_sandbox::qtest::DEFAULT_TOKEN);
    let path = format!(
        "/api/v3/projects/{}/test-runs?parentId={}&parentType=test-suite",
        project["id"], project["test_suites"][0]["id"]
    );
    for case in project["test_cases"].as_array().into_iter().flatten() {
        let body = serde_json::json!({ "name": case["name"], "test_case": { "id": case["id"] } });
        let call = Call::by_hand("POST", &path, authorization.clone(), &body.to_string());
        let seen = World::ask(world, &call, None);
        let is_done = matches!(&seen, Seen::Answer(answer) if answer.is_success());
        assert!(is_done, "a run cannot be added: {seen:?}");
    }
}

impl World for InProcess<Qtest> {
    fn effect(&self, call: &Call) -> Effect {
        Self::effect(self, &call.method, &call.url)
    }

    fn ask(&mut self, call: &Call, fault: Option<Fault>) -> Seen {
        let (headers, body) = (call.headers.clone(), call.body.clone());
        Self::ask(self, (&call.method, &call.url), headers, body, fault)
    }

    fn person(&self, what: u32) -> Vec<Call> {
        let state = self.service().state();
        let project = &state["projects"][0];
        let authorization = format!("bearer {}", handin_sandbox::qtest::DEFAULT_TOKEN);
        let (kind, method, body) = match what {
            0 => ("test_cycles", "PUT", "{\"name\":\"Of last night\"}"),
            _ => ("test_runs", "DELETE", ""),
        };
        let all = project[kind].as_array().into_iter().flatten();
        all.map(|one| {
            let path = format!(
                "/api/v3/projects/{}/{}/{}",
                project["id"],
                kind.replace('_', "-"),
                one["id"]
            );
            Call::by_hand(method, &path, authorization.clone(), body)
        })
        .collect()
    }

    fn standing(&self) -> Standing {
        let state = self.service().state();
        let mut standing = Standing::default();
        let projects = state["projects"].as_array().into_iter().flatten();
        for project in projects {
            let all = |kind: &str| project[kind].as_array().into_iter().flatten();
            for log in all("test_logs") {
                let mut name = text(&log["automation_content"]);
                if name.is_empty() {
                    let mut cases = all("test_cases");
                    let case = cases.find(|case| case["id"] == log["test_case"]);
                    name = case.map(|case| text(&case["name"])).unwrap_or_default();
                }
                standing.results.push((name, text(&log["status"])));
            }
            for (kind, name) in [
                ("modules", "path"),
                ("test_cases", "automation_content"),
                ("test_cycles", "path"),
                ("test_suites", "path"),
            ] {
                let named = all(kind).map(|one| {
                    (
                        format!("{kind} {}", text(&one[name])),
                        one["id"].to_string(),
                    )
                });
                // A case that somebody made has no fingerprint, and is there from the beginning.
                let named = named.filter(|(what, _)| what != "test_cases ");
                let (claims, others): (Vec<_>, Vec<_>) =
                    named.partition(|(what, _)| what.contains(CLAIMED));
                standing.containers.extend(others);
                let claims = claims.into_iter();
                let claims = claims.map(|(what, id)| (format!("claim {what}"), id));
                standing.open.extend(claims);
            }
            let runs = all("test_runs").map(|run| {
                let (path, case) = (text(&run["path"]), &run["test_case"]);
                (
                    format!("test_runs {path} of case {case}"),
                    run["id"].to_string(),
                )
            });
            standing.containers.extend(runs);
        }
        let jobs = state["jobs"].as_array().into_iter().flatten();
        let waiting = jobs.filter(|job| job["state"] == "waiting");
        standing.open.extend(waiting.map(|job| {
            let id = job["id"].to_string();
            (format!("job {id} waits"), id)
        }));
        standing.sorted()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
