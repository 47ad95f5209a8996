//! The calls, as values. Kiwi: `POST /json-rpc/`, JSON-RPC 2.0, positional parameters; `system.listMethods` names them all.

use serde_json::{Value, json};
use url::Url;

use super::client::complaint;
use crate::transport::{Method, Request, WriteRequest};

/// How many calls go into one request. A call takes the server some ten milliseconds, and an answer has half a minute.
pub(super) const BATCH: usize = 250;
/// The largest request, in bytes. Kiwi: its web framework takes 2.5 MB where a site says nothing else.
pub(super) const LARGEST_REQUEST: u64 = 2_000_000;
/// The largest file, in bytes: encoded it takes a third more.
pub(super) const LARGEST_FILE: u64 = 1_800_000;

/// One call: a method and its parameters.
pub(super) type Call = (&'static str, Value);

/// Makes a [`Call`]: `call!("TestRun.update", run, {"notes": notes})`.
macro_rules! call {
    ($method:literal $(, $($parameters:tt)+)?) => {
        ($method, serde_json::json!([$($($parameters)+)?]))
    };
}

pub(super) use call;

/// Returns the body of a request with these calls. Kiwi: a call with the id 0 is taken for a notification and gets no answer, so they
/// are numbered from 1.
fn body(calls: &[Call]) -> Value {
    let calls = (1_u64..).zip(calls).map(|(id, (method, parameters))| {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters})
    });
    calls.collect()
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
    let request = Request::read(Method::POST, endpoint(server), purpose);
    request.json(&body(calls)).complaining(complaint)
}

/// Returns calls that change something as one request.
pub(super) fn write(server: &Url, calls: &[Call], purpose: impl Into<String>) -> WriteRequest {
    let request = WriteRequest::new(Method::POST, endpoint(server), purpose);
    request.json(&body(calls)).complaining(complaint)
}

/// Returns the call that exchanges a password for a session.
pub(super) fn login(server: &Url, user: &str, password: &str) -> Request {
    let body = body(&[call!("Auth.login", user, password)]);
    Request::read(Method::POST, endpoint(server), "signing in to Kiwi TCMS").json(&body)
}

/// Returns the page of a run. Seen on Kiwi TCMS 12.4.
pub(super) fn page_of_run(server: &Url, run: u64) -> String {
    let base = server.as_str().trim_end_matches('/');
    format!("{base}/runs/{run}/")
}
