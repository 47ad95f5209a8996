//! qTest's scenes.

use std::time::Duration;

use handin_sandbox::fault::Rule;
use handin_sandbox::qtest::{QtestSandbox, World};
use handin_sandbox::{Exchange, Next};
use serde_json::Value;

use super::scene::{Holding, Hook, Scene, Stage};
use crate::desk::Desk;
use crate::qtest::{desk, report};

pub(crate) const SCENES: [Scene; 3] = [
    Scene {
        name: "qtest, new",
        set: new,
    },
    Scene {
        name: "qtest, changed",
        set: changed,
    },
    Scene {
        name: "qtest, direct",
        set: direct,
    },
];

/// The module that stands there while somebody writes. Where taking it back fails, it stays: a person may delete it.
const CLAIM: &str = "handin is writing results here (may be deleted)";

struct Qtest {
    sandbox: QtestSandbox,
    desk: Desk,
    /// How many of each kind there are when nothing, and when everything was written.
    expected: Vec<(&'static str, usize, usize)>,
    /// How many files the logs have in the end.
    files: usize,
    /// The version that the case has in the end.
    version: &'static str,
}

/// A test without a case and a mapped one, where module, cycle and suite do not exist.
fn new() -> Box<dyn Stage> {
    // A file of 9,000 bytes is too large inside its result, and not by itself.
    let world = World::new().body_limit(11_000).project("Shop", |project| {
        project
            .module("Automated")
            .module("Web")
            .case("Web", "By hand")
            .requirement("SHOP-7 Sign in")
    });
    let sandbox = QtestSandbox::start(world).unwrap();
    let settings = "module = \"Automated\"\nrequirements = [\"jira\"]\n";
    let desk = desk(&sandbox, settings);
    let failure = "<failure message=\"no\"/><system-out>[[ATTACHMENT|shot.png]]</system-out>";
    desk.write("shot.png", vec![b'x'; 9000]);
    let key = "<properties><property name=\"jira\" value=\"SHOP-7\"/></properties>";
    desk.write(
        "r.xml",
        report(
            "Chrome",
            &[("valid", None, key), ("mapped", Some("TC-1"), failure)],
        ),
    );
    Box::new(Qtest {
        sandbox,
        desk,
        expected: vec![
            ("modules", 2, 3),
            ("test_cases", 1, 2),
            ("test_cycles", 0, 1),
            ("test_suites", 0, 1),
            ("test_runs", 0, 2),
            ("test_logs", 0, 2),
            ("links", 0, 1),
        ],
        files: 1,
        version: "1.0",
    })
}

/// One request a result: a case is created and approved, then its run.
fn direct() -> Box<dyn Stage> {
    let world = World::new().project("Shop", |project| {
        project
            .module("Automated")
            .cycle("Nightly")
            .suite("Nightly", "Chrome")
    });
    let sandbox = QtestSandbox::start(world).unwrap();
    let desk = desk(&sandbox, "module = \"Automated\"\nmode = \"direct\"\n");
    let text = report("Chrome", &[("valid", None, "")]);
    desk.write("r.xml", text);
    Box::new(Qtest {
        sandbox,
        desk,
        expected: vec![
            ("modules", 1, 2),
            ("test_cases", 0, 1),
            ("test_cycles", 1, 1),
            ("test_suites", 1, 1),
            ("test_runs", 0, 1),
            ("test_logs", 0, 1),
        ],
        files: 0,
        version: "1.0",
    })
}

/// A case that handin made long ago, with another text; its cycle and suite are there.
fn changed() -> Box<dyn Stage> {
    let world = World::new().project("Shop", |project| {
        project
            .module("Automated")
            .automated_case("Automated", "valid", "shop.LoginTest#valid")
            .description("<p>old</p><p>Kept by handin: handin:case:v1:000000000000:-</p>")
            .cycle("Nightly")
            .suite("Nightly", "Chrome")
    });
    let sandbox = QtestSandbox::start(world).unwrap();
    let desk = desk(&sandbox, "module = \"Automated\"\n");
    desk.write("r.xml", report("Chrome", &[("valid", None, "")]));
    Box::new(Qtest {
        sandbox,
        desk,
        expected: vec![
            ("modules", 1, 1),
            ("test_cases", 1, 1),
            ("test_cycles", 1, 1),
            ("test_suites", 1, 1),
            ("test_runs", 0, 1),
            ("test_logs", 0, 1),
        ],
        files: 0,
        version: "2.0",
    })
}

impl Stage for Qtest {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn arguments(&self) -> Vec<&str> {
        vec!["submit", "r.xml", "--jobs", "1", "--timeout", "8s"]
    }

    fn writes(&self) -> usize {
        let requests = self.sandbox.requests();
        requests.iter().filter(|it| it.write.is_some()).count()
    }

    fn committed(&self) -> usize {
        let requests = self.sandbox.requests();
        // Taking back tidies up, whenever it succeeds. Of the modules those count that stand: a claim is one, too, and it is given back.
        let counts = |it: &&Exchange| {
            it.committed
                && it.method != "DELETE"
                && !(it.method == "POST" && it.path.ends_with("/modules"))
        };
        let modules = self.sandbox.held("modules");
        let lasting = modules.iter().filter(|it| it["name"] != CLAIM);
        requests.iter().filter(counts).count() + lasting.count()
    }

    fn number_of(&self, write: usize) -> usize {
        let requests = self.sandbox.requests();
        let found = requests.iter().find(|it| it.write == Some(write));
        found.unwrap().number
    }

    fn add(&self, rule: Rule) {
        self.sandbox.faults().add(rule);
    }

    fn hook(&self, hook: Hook) {
        self.sandbox.on_request(hook);
    }

    fn refuse_request(&self, number: usize, duration: Duration) {
        self.sandbox.refuse_request(number, duration);
    }

    fn heal(&self) {
        self.sandbox.faults().clear();
        self.sandbox.on_request(|_| Next::GoOn);
    }

    fn holds(&self) -> Holding {
        let (mut nothing, mut all) = (true, true);
        for (kind, before, after) in &self.expected {
            let held = self.sandbox.held(kind);
            let claims = held.iter().filter(|it| it["name"] == CLAIM).count();
            let count = held.len() - claims;
            if count > *after {
                return Holding::Wrong(format!("there are {count} {kind}"));
            }
            nothing &= count == *before;
            all &= count == *after;
        }
        let logs = self.sandbox.held("test_logs");
        let count = |log: &Value| log["files"].as_array().map_or(0, Vec::len);
        let files: usize = logs.iter().map(count).sum();
        if files > self.files {
            return Holding::Wrong(format!("there are {files} files"));
        }
        all &= files == self.files;
        let cases = self.sandbox.held("test_cases");
        let case = cases
            .iter()
            .find(|case| case["automation_content"] == "shop.LoginTest#valid");
        let told = |case: &&Value| case["version"].as_str().unwrap_or_default().to_owned();
        let version = case.as_ref().map(told).unwrap_or_default();
        let wrong = ["3.0", "3.1"].contains(&version.as_str());
        match (nothing, all, version == self.version) {
            _ if wrong => Holding::Wrong(format!("the case has version {version}")),
            (_, true, true) => Holding::All,
            (true, ..) if version.is_empty() || version == "1.0" => Holding::Nothing,
            _ => Holding::Part,
        }
    }
}
