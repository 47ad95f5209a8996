//! The calls, as values. Kiwi: `POST /json-rpc/`, JSON-RPC 2.0, positional parameters; `system.listMethods` names them all.

use serde_json::{Value, json};
use url::Url;

use super::client::complaint;
use crate::transport::{Method, Request, WriteRequest};

/// One call: a method and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) parameters: Value,
}

fn call(method: &'static str, parameters: Value) -> Call {
    Call { method, parameters }
}

pub(super) fn version() -> Call {
    call("KiwiTCMS.version", json!([]))
}

/// Kiwi: without a query it is oneself.
pub(super) fn oneself() -> Call {
    call("User.filter", json!([]))
}

pub(super) fn products(query: &Value) -> Call {
    call("Product.filter", json!([query]))
}

pub(super) fn versions(query: &Value) -> Call {
    call("Version.filter", json!([query]))
}

pub(super) fn builds(query: &Value) -> Call {
    call("Build.filter", json!([query]))
}

pub(super) fn plans(query: &Value) -> Call {
    call("TestPlan.filter", json!([query]))
}

pub(super) fn plan_types() -> Call {
    call("PlanType.filter", json!([{}]))
}

pub(super) fn categories(product: u64) -> Call {
    call("Category.filter", json!([{"product": product}]))
}

pub(super) fn priorities() -> Call {
    call("Priority.filter", json!([{"is_active": true}]))
}

pub(super) fn case_statuses() -> Call {
    call("TestCaseStatus.filter", json!([{}]))
}

pub(super) fn execution_statuses() -> Call {
    call("TestExecutionStatus.filter", json!([{}]))
}

pub(super) fn cases(query: &Value) -> Call {
    call("TestCase.filter", json!([query]))
}

pub(super) fn runs(query: &Value) -> Call {
    call("TestRun.filter", json!([query]))
}

pub(super) fn executions(run: u64) -> Call {
    call("TestExecution.filter", json!([{"run": run}]))
}

pub(super) fn comments(execution: u64) -> Call {
    call("TestExecution.get_comments", json!([execution]))
}

pub(super) fn create_version(product: u64, name: &str) -> Call {
    call(
        "Version.create",
        json!([{"product": product, "value": name}]),
    )
}

pub(super) fn create_build(version: u64, name: &str) -> Call {
    call("Build.create", json!([{"version": version, "name": name}]))
}

pub(super) fn create_plan(values: &Value) -> Call {
    call("TestPlan.create", json!([values]))
}

pub(super) fn create_case(values: &Value) -> Call {
    call("TestCase.create", json!([values]))
}

pub(super) fn remove_case(id: u64) -> Call {
    call("TestCase.remove", json!([{"pk": id}]))
}

pub(super) fn add_case_to_plan(plan: u64, case: u64) -> Call {
    call("TestPlan.add_case", json!([plan, case]))
}

pub(super) fn create_run(values: &Value) -> Call {
    call("TestRun.create", json!([values]))
}

pub(super) fn update_run(run: u64, values: &Value) -> Call {
    call("TestRun.update", json!([run, values]))
}

pub(super) fn add_case_to_run(run: u64, case: u64) -> Call {
    call("TestRun.add_case", json!([run, case]))
}

pub(super) fn update_execution(execution: u64, values: &Value) -> Call {
    call("TestExecution.update", json!([execution, values]))
}

pub(super) fn add_comment(execution: u64, text: &str) -> Call {
    call("TestExecution.add_comment", json!([execution, text]))
}

pub(super) fn executions_of(cases: &[u64]) -> Call {
    call("TestExecution.filter", json!([{"case__in": cases}]))
}

pub(super) fn add_attachment(run: u64, name: &str, content: &str) -> Call {
    call("TestRun.add_attachment", json!([run, name, content]))
}

pub(super) fn retire_plan(plan: u64) -> Call {
    call("TestPlan.update", json!([plan, {"is_active": false}]))
}

/// Kiwi: a call with the id 0 is taken for a notification and gets no answer, so they are numbered from 1.
fn body(calls: &[Call]) -> Value {
    let calls = (1_u64..).zip(calls).map(|(id, call)| {
        json!({"jsonrpc": "2.0", "id": id, "method": call.method, "params": call.parameters})
    });
    Value::Array(calls.collect())
}

fn endpoint(server: &Url) -> Url {
    let mut url = server.clone();
    if let Ok(mut parts) = url.path_segments_mut() {
        parts.pop_if_empty().extend(["json-rpc", ""]);
    }
    url
}

/// Returns calls that change nothing as one request.
pub(super) fn read(server: &Url, calls: &[Call], purpose: impl Into<String>) -> Request {
    Request::read(Method::POST, endpoint(server), purpose)
        .json(&body(calls))
        .complaining(complaint)
}

/// Returns calls that change something as one request.
pub(super) fn write(server: &Url, calls: &[Call], purpose: impl Into<String>) -> WriteRequest {
    WriteRequest::new(Method::POST, endpoint(server), purpose)
        .json(&body(calls))
        .complaining(complaint)
}

/// Returns the call that exchanges a password for a session.
pub(super) fn login(server: &Url, user: &str, password: &str) -> Request {
    let call = call("Auth.login", json!([user, password]));
    let value =
        json!({"jsonrpc": "2.0", "id": 1, "method": call.method, "params": call.parameters});
    Request::read(Method::POST, endpoint(server), "signing in to Kiwi TCMS").json(&value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Body;

    #[test]
    fn calls_are_numbered_from_1_and_go_to_the_servers_own_path() {
        let server = Url::parse("https://tcms.example/below").unwrap();
        let request = write(
            &server,
            &[add_case_to_run(3, 4), add_case_to_run(3, 5)],
            "x",
        );
        assert_eq!(request.url.as_str(), "https://tcms.example/below/json-rpc/");
        let Body::Bytes(bytes) = &request.body else {
            panic!("no body")
        };
        let sent: Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(sent[1]["id"], 2);
        assert_eq!(sent[1]["params"], json!([3, 5]));
    }
}
