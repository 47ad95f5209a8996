mod batches;
mod looking;
mod trees;

use serde_json::{Value, json};

use super::{DEFAULT_TOKEN, QtestSandbox, Seed, World};
use crate::Pace;
use crate::probe::{Probe, Reply};

/// A stand-in, a client, and the way to its first project.
struct Site {
    qtest: QtestSandbox,
    client: Probe,
    project: u64,
}

impl Site {
    fn start(world: World) -> Self {
        let qtest = QtestSandbox::start(world).expect("a port is free");
        let client = Probe::new(&qtest.url())
            .with("Authorization", &format!("bearer {DEFAULT_TOKEN}"))
            .with("Content-Type", "application/json");
        let projects = client.get("/api/v3/projects").json();
        let project = projects[0]["id"].as_u64().unwrap_or_default();
        Self {
            qtest,
            client,
            project,
        }
    }

    /// Returns a site with the project Shop, where batches are carried out at once.
    fn shop(seed: impl FnOnce(Seed<'_>) -> Seed<'_>) -> Self {
        Self::start(World::new().pace(Pace::AtOnce).project("Shop", seed))
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v3/projects/{}/{rest}", self.project)
    }

    fn get(&self, rest: &str) -> Reply {
        self.client.get(&self.path(rest))
    }

    fn post(&self, rest: &str, body: &Value) -> Reply {
        self.client.post(&self.path(rest), body)
    }

    fn put(&self, rest: &str, body: &Value) -> Reply {
        self.client.send("PUT", &self.path(rest), &body.to_string())
    }

    fn delete(&self, rest: &str) -> Reply {
        self.client.send("DELETE", &self.path(rest), "")
    }

    fn create(&self, rest: &str, name: &str) -> u64 {
        let made = self.post(rest, &json!({ "name": name, "properties": [] }));
        made.json()["id"].as_u64().expect("it was created")
    }

    /// Makes a cycle and a suite in it, and returns the suite.
    fn suite(&self) -> u64 {
        let cycle = self.create("test-cycles?parentId=0&parentType=root", "Nightly");
        self.create(
            &format!("test-suites?parentId={cycle}&parentType=test-cycle"),
            "Chrome",
        )
    }

    fn send(&self, suite: u64, logs: &[Value]) -> Reply {
        let path = format!(
            "/api/v3.1/projects/{}/test-runs/0/auto-test-logs?type=automation",
            self.project
        );
        let body = json!({
            "test_suite": suite, "skipCreatingAutomationModule": true, "parent_module": self.module(), "test_logs": logs,
        });
        self.client.post(&path, &body)
    }

    fn module(&self) -> Value {
        self.get("modules").json()[0]["pid"].clone()
    }

    fn job(&self, sent: &Reply) -> Value {
        let id = &sent.json()["id"];
        let path = format!("/api/v3/projects/queue-processing/{id}");
        self.client.get(&path).json()
    }

    fn search(&self, kind: &str, query: &str) -> Reply {
        let body = json!({ "object_type": kind, "fields": ["id", "name"], "query": query });
        self.post("search", &body)
    }
}

fn log(content: &str, status: &str) -> Value {
    json!({
        "name": format!("Test {content}"),
        "automation_content": content,
        "status": status,
        "exe_start_date": "2026-11-21T10:00:00.250Z",
        "exe_end_date": "2026-11-21T10:00:01.000+01:00",
        "build_number": "7",
    })
}

fn log_with_steps(content: &str, orders: &[Option<u64>]) -> Value {
    let mut value = log(content, "PASS");
    value["test_step_logs"] = orders
        .iter()
        .enumerate()
        .map(|(index, order)| {
            let name = ["zeta", "alpha", "mid"][index];
            let mut step = json!({ "description": name, "expected_result": "e", "actual_result": "a", "status": "PASS" });
            if let Some(order) = order {
                step["order"] = json!(order);
            }
            step
        })
        .collect();
    value
}

fn says(reply: &Reply, status: u16, text: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert!(reply.body.contains(text), "{text} in {reply:?}");
}
