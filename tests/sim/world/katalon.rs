//! Katalon TestOps.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handin_sandbox::fault::{Effect, Fault};
use handin_sandbox::katalon::{Katalon, World as Seed};
use handin_sandbox::{InProcess, Pace, Seen, Service as _};
use serde_json::Value;

use super::{API, Call, STORE, Standing, World};

pub(crate) fn new(pace: u32) -> Box<dyn World> {
    let seed = Seed::new()
        .organization("Acme")
        .team("QA")
        .project("Shop")
        .pace(Pace::Requests(pace));
    let service = Katalon::new(seed);
    Box::new(InProcess::new(service, &[("api", API), ("storage", STORE)]))
}

impl World for InProcess<Katalon> {
    fn effect(&self, call: &Call) -> Effect {
        Self::effect(self, &call.method, &call.url)
    }

    fn ask(&mut self, call: &Call, fault: Option<Fault>) -> Seen {
        let (headers, body) = (call.headers.clone(), call.body.clone());
        Self::ask(self, (&call.method, &call.url), headers, body, fault)
    }

    fn person(&self, what: u32) -> Vec<Call> {
        let state = self.service().state();
        let all = state["executions"].as_array().into_iter().flatten();
        // An execution has no name that could be changed.
        let orders = all
            .filter(|_| what == 1)
            .filter_map(|one| one["order"].as_u64());
        let key = format!(":{}", handin_sandbox::katalon::DEFAULT_TOKEN);
        let authorization = format!("Basic {}", STANDARD.encode(key));
        orders
            .map(|order| {
                let path = format!(
                    "/api/v1/executions?projectId={}&order={order}",
                    state["projects"][0]["id"]
                );
                Call::by_hand("DELETE", &path, authorization.clone(), "")
            })
            .collect()
    }

    fn standing(&self) -> Standing {
        let state = self.service().state();
        let mut standing = Standing::default();
        for one in state["executions"].as_array().into_iter().flatten() {
            let order = one["order"].to_string();
            let what = format!("execution {order}");
            standing.containers.push((what, order));
            // One that was begun and never ended holds no results, and never will.
            if one["ended"] != Value::Bool(true) {
                continue;
            }
            let results = one["results"].as_array().into_iter().flatten();
            for result in results {
                let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
                standing.results.push((text("name"), text("status")));
            }
        }
        standing.sorted()
    }
}
