mod handing_in;
mod looking;

use serde_json::{Value, json};

use super::{KatalonSandbox, World};
use crate::Pace;
use crate::probe::{Probe, Reply};

/// base64 of ":sandbox-katalon-token"
const KEY: &str = "Basic OnNhbmRib3gta2F0YWxvbi10b2tlbg==";

const JUNIT: &str = r#"<testsuite name="s"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>"#;

/// A stand-in, a client, and its first project.
struct Site {
    katalon: KatalonSandbox,
    client: Probe,
    project: u64,
}

impl Site {
    fn start(world: World) -> Self {
        let katalon = KatalonSandbox::start(world).expect("a port is free");
        let client = Probe::new(&katalon.url())
            .with("Authorization", KEY)
            .with("Content-Type", "application/json");
        let project = katalon.state()["projects"][0]["id"].as_u64();
        Self {
            katalon,
            client,
            project: project.unwrap_or_default(),
        }
    }

    /// Returns a server with the project Shop that imports at once.
    fn shop() -> Self {
        Self::start(shop())
    }

    /// Asks for a place and returns its path and URL.
    fn place(&self) -> (String, String) {
        let path = format!("/api/v1/files/upload-url?projectId={}", self.project);
        let place = self.client.get(&path).json();
        let text = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
        (text("path"), text("uploadUrl"))
    }

    /// Puts a file into the storage and returns its path there.
    fn upload(&self, data: &str) -> String {
        let (path, url) = self.place();
        assert_eq!(store(&url, data).status, 200);
        path
    }

    /// Reports one JUnit file of a batch.
    fn report(&self, batch: &str, path: &str, end: bool) -> Reply {
        self.report_to("junit", batch, path, end)
    }

    fn report_to(&self, kind: &str, batch: &str, path: &str, end: bool) -> Reply {
        let path = format!(
            "/api/v1/{kind}/test-reports?projectId={}&batch={batch}&folderPath=x&isEnd={end}&fileName=a.xml&uploadedPath={path}",
            self.project
        );
        self.client.send("POST", &path, "")
    }

    /// Hands in a batch of one JUnit file.
    fn hand_in(&self, batch: &str) -> Reply {
        let path = self.upload(JUNIT);
        self.report(batch, &path, true)
    }

    fn of_batch(&self, batch: &str) -> Value {
        let path = format!(
            "/api/v1/executions?batch={batch}&projectId={}&page=0&size=20",
            self.project
        );
        self.client.get(&path).json()
    }
}

fn shop() -> World {
    World::new()
        .pace(Pace::AtOnce)
        .organization("Acme")
        .team("QA")
        .project("Shop")
}

/// Puts a file where an upload URL leads.
fn store(url: &str, data: &str) -> Reply {
    let (base, path) = split(url);
    Probe::new(&base).send("PUT", &path, data)
}

/// Returns scheme and host of a URL, and the rest.
fn split(url: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").expect("it is a URL");
    let (host, path) = rest.split_once('/').expect("it has a path");
    (format!("http://{host}"), format!("/{path}"))
}

fn says(reply: &Reply, status: u16, text: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert!(reply.body.contains(text), "{text} in {reply:?}");
}

fn row(path: &str, name: &str, end: bool) -> Value {
    json!({ "folderPath": "20261121\\Suite", "fileName": name, "uploadedPath": path, "end": end })
}
