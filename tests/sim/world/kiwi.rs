//! Kiwi TCMS.

use handin_sandbox::fault::{Effect, Fault};
use handin_sandbox::http::Response;
use handin_sandbox::kiwi::{Kiwi, PERSON, changes};
use handin_sandbox::{InProcess, Seen, Service as _};
use serde_json::{Value, json};

use super::{API, Call, Standing, World};

/// How many cases others have run before.
const PAST: u32 = 8;

pub(crate) fn new() -> Box<dyn World> {
    Box::new(InProcess::new(
        Kiwi::default().with_a_past(PAST),
        &[("api", API)],
    ))
}

/// Returns what the server answers where its database broke calls off. Kiwi: with HTTP 200.
fn broken_off(body: &[u8]) -> Response {
    let calls: Value = serde_json::from_slice(body).unwrap_or_default();
    let calls = calls.as_array().cloned().unwrap_or_default();
    let error = json!({"code": -32603, "message": "Internal error: database is locked"});
    let answers = calls
        .iter()
        .map(|call| json!({"jsonrpc": "2.0", "id": call["id"], "error": error}));
    Response::json(200, &answers.collect::<Value>())
}

impl World for InProcess<Kiwi> {
    fn effect(&self, call: &Call) -> Effect {
        if changes(&call.body) {
            Effect::Write
        } else {
            Effect::Read
        }
    }

    fn ask(&mut self, call: &Call, fault: Option<Fault>) -> Seen {
        let (headers, body) = (call.headers.clone(), call.body.clone());
        let seen = Self::ask(self, (&call.method, &call.url), headers, body, fault);
        let is_broken_off = matches!(&seen, Seen::Answer(answer) if answer.status == 500);
        if is_broken_off {
            return Seen::Answer(broken_off(&call.body));
        }
        seen
    }

    fn person(&self, what: u32) -> Vec<Call> {
        let state = self.service().state();
        let (table, method) = match what {
            0 => ("TestRun", "TestRun.update"),
            // A run cannot be deleted.
            _ => ("TestCase", "TestCase.remove"),
        };
        let all = state[table].as_array().into_iter().flatten();
        let all = all.filter(|one| !is_past(one));
        let calls = all.map(|one| {
            let parameters = match what {
                0 => json!([one["id"], {"summary": "Of last night"}]),
                _ => json!([{"pk": one["id"]}]),
            };
            let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
            let mut call = Call::by_hand("POST", "/json-rpc/", String::new(), &call.to_string());
            let cookie = format!("sessionid={PERSON}");
            call.headers.push(("cookie".to_owned(), cookie));
            call
        });
        calls.collect()
    }

    fn standing(&self) -> Standing {
        let state = self.service().state();
        let all = |table: &str| {
            let mut rows = state[table].as_array().cloned().unwrap_or_default();
            rows.retain(|row| !is_past(row));
            rows
        };
        let mut standing = Standing::default();
        for one in all("TestExecution") {
            let summary = text(&one, "case__summary");
            let test = summary.rsplit(" › ").next().unwrap_or_default();
            let status = text(&one, "status__name");
            // Nothing is said of one that has not got its status.
            if status != "IDLE" {
                standing.results.push((test.to_owned(), status));
            }
        }
        for run in all("TestRun") {
            let id = run["id"].to_string();
            standing
                .containers
                .push((submission(&text(&run, "notes")), id.clone()));
            if run["stop_date"].is_null() {
                standing.open.push((format!("run {id}"), id));
            }
        }
        let cases = all("TestCase");
        let executions = all("TestExecution");
        for case in &cases {
            let is_other = |it: &&Value| it["summary"] == case["summary"];
            let is_used = executions.iter().any(|it| it["case"] == case["id"]);
            // Whoever made it and lost takes it back: nobody uses it.
            if !is_used && cases.iter().filter(is_other).count() > 1 {
                let id = case["id"].to_string();
                standing.open.push((format!("idle case {id}"), id));
            }
            let (id, summary) = (case["id"].to_string(), text(case, "summary"));
            if text(case, "notes").starts_with("handin-claim-") {
                let id = format!("TC-{id}");
                standing.open.push((format!("claim {id}"), id));
            } else {
                standing.containers.push((format!("case {summary}"), id));
            }
        }
        for plan in all("TestPlan") {
            if plan["is_active"] == true {
                let name = format!("plan {}", text(&plan, "name"));
                standing.containers.push((name, plan["id"].to_string()));
            }
        }
        standing.sorted()
    }
}

/// Returns whether something belongs to the product that has nothing to do with what is handed in.
fn is_past(row: &Value) -> bool {
    ["name", "summary", "case__summary"]
        .iter()
        .any(|field| text(row, field).starts_with("Past"))
}

/// Returns which submission a run is of, by the first mark in its notes.
fn submission(notes: &str) -> String {
    let mark = notes.lines().next().unwrap_or_default();
    let parts: Vec<&str> = mark.split('-').collect();
    let key = parts.iter().take(3).copied().collect::<Vec<_>>().join("-");
    match parts.as_slice() {
        // A whole submission is told by its content, too; a part is not.
        [_, _, _, "w", _, content, ..] => format!("run of {key}-{content}"),
        _ => format!("run of {key}"),
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}
