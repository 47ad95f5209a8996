mod handing_in;
mod looking;

use serde_json::{Value, json};

use super::{AzureSandbox, World};
use crate::probe::{Probe, Reply};

const VERSION: &str = "api-version=7.1";

fn start(world: World) -> AzureSandbox {
    AzureSandbox::start(world).expect("a port is free")
}

/// Returns a client with the default token, as Basic.
fn client(azure: &AzureSandbox) -> Probe {
    // base64 of ":sandbox-azure-token"
    Probe::new(&azure.url()).with("Authorization", "Basic OnNhbmRib3gtYXp1cmUtdG9rZW4=")
}

fn run_body(points: &Value) -> Value {
    json!({ "name": "Nightly", "automated": true, "plan": { "id": "4" }, "pointIds": points, "state": "InProgress" })
}

fn runs() -> String {
    format!("/Proj/_apis/test/runs?{VERSION}")
}

fn results(run: i64) -> String {
    format!("/Proj/_apis/test/Runs/{run}/results?{VERSION}")
}

fn says(reply: &Reply, status: u16, text: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert!(reply.body.contains(text), "{text} in {reply:?}");
}
