//! Katalon TestOps.

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

    fn standing(&self) -> Standing {
        let state = self.service().state();
        let mut standing = Standing::default();
        for one in state["executions"].as_array().into_iter().flatten() {
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
