//! Azure's scenes.

use std::time::Duration;

use handin_sandbox::azure::{AzureSandbox, ResultRow, Run};
use handin_sandbox::fault::{Fault, Rule, When};
use handin_sandbox::{Exchange, Next};

use super::scene::{Holding, Hook, Scene, Stage};
use crate::desk::Desk;
use crate::submit::{report, shop};

pub(crate) const SCENES: [Scene; 6] = [
    Scene {
        name: "azure",
        set: || Box::new(plain()),
    },
    Scene {
        name: "azure shared",
        set: || Box::new(shared()),
    },
    Scene {
        name: "azure raced",
        set: || Box::new(raced()),
    },
    Scene {
        name: "azure rivals",
        set: || Box::new(rivals()),
    },
    Scene {
        name: "azure cases",
        set: || Box::new(cases()),
    },
    Scene {
        name: "azure cases raced",
        set: || Box::new(cases_raced()),
    },
];

struct Azure {
    sandbox: AzureSandbox,
    desk: Desk,
    arguments: &'static [&'static str],
    expected: &'static [(i64, &'static str)],
    attachments: usize,
}

const FAILURE: &str = "<failure message=\"no\"/>";

/// Two attempts: Azure appends what comes with a result as its attempts.
const FLAKY: &str = "<flakyFailure message=\"no\"/>";

/// Three results, one of them with two attempts, and the report itself, attached to the run.
fn plain() -> Azure {
    let (sandbox, desk) = place();
    desk.write(
        "r.xml",
        report(&[
            ("valid", Some(1001), ""),
            ("wrong", Some(1002), FAILURE),
            ("basket", Some(1003), FLAKY),
        ]),
    );
    Azure {
        sandbox,
        desk,
        arguments: &["submit", "r.xml", "--timeout", "6s"],
        expected: &[(1001, "Passed"), (1002, "Failed"), (1003, "Passed")],
        attachments: 1,
    }
}

/// The second of two shards, which joins the run of the first: what the run lacks is appended, and the run is completed.
fn shared() -> Azure {
    let (sandbox, desk) = place();
    desk.write("first.xml", report(&[("valid", Some(1001), "")]));
    let opened = desk.run(&["submit", "first.xml", "--key", "b", "--shard", "1/2"]);
    assert_eq!(opened.code, Some(0), "{opened:?}");
    // The other shard ran on another machine.
    desk.forget_journal();
    sandbox.forget_requests();
    desk.write(
        "r.xml",
        report(&[
            ("valid elsewhere", Some(1001), FAILURE),
            ("wrong", Some(1002), FAILURE),
            ("basket", Some(1003), ""),
        ]),
    );
    Azure {
        sandbox,
        desk,
        arguments: &[
            "submit",
            "r.xml",
            "--key",
            "b",
            "--shard",
            "2/2",
            "--timeout",
            "6s",
        ],
        expected: &[(1001, "Failed"), (1002, "Failed"), (1003, "Passed")],
        attachments: 4,
    }
}

/// The same, when both create a run at the same moment: the younger one goes.
fn raced() -> Azure {
    let scene = shared();
    scene.sandbox.change(|azure| azure.list_late(1));
    scene
}

/// Another machine creates a run for the very same command at the same moment, and dies: ours goes, and theirs is filled.
fn rivals() -> Azure {
    let scene = plain();
    let dies = Rule::new(Fault::status(When::BeforeCommit, 400)).method("PATCH");
    scene.sandbox.faults().add(dies);
    let rival = scene.desk.run(scene.arguments);
    assert_eq!(rival.code, Some(8), "{rival:?}");
    scene.desk.forget_journal();
    scene.sandbox.faults().clear();
    scene.sandbox.forget_requests();
    scene.sandbox.change(|azure| azure.list_late(1));
    scene
}

/// A test without a case, which gets one and its result, beside one that has a case.
fn cases() -> Azure {
    let scene = plain();
    let settings = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsuite = \"Web\"\ncreate = true\nsettle = \"1s\"\n";
    scene.desk.write("handin.toml", settings);
    scene.desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("pays", None, FAILURE)]),
    );
    Azure {
        expected: &[(1001, "Passed"), (1005, "Failed")],
        attachments: 0,
        ..scene
    }
}

/// The same, when another machine makes the case at the same moment, and dies: ours goes, and theirs is used.
fn cases_raced() -> Azure {
    let scene = cases();
    let dies = Rule::new(Fault::status(When::BeforeCommit, 400))
        .method("POST")
        .path("*/TestCase");
    scene.sandbox.faults().add(dies);
    let rival = scene.desk.run(scene.arguments);
    assert_eq!(rival.code, Some(8), "{rival:?}");
    scene.desk.forget_journal();
    scene.sandbox.faults().clear();
    scene.sandbox.forget_requests();
    scene.sandbox.change(|azure| azure.query_late(1005));
    scene
}

fn place() -> (AzureSandbox, Desk) {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\nattach_reports = true\n",
    );
    (sandbox, desk)
}

impl Stage for Azure {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn arguments(&self) -> Vec<&str> {
        self.arguments.to_vec()
    }

    fn writes(&self) -> usize {
        self.sandbox
            .requests()
            .iter()
            .filter(|exchange| exchange.write.is_some())
            .count()
    }

    fn committed(&self) -> usize {
        let requests = self.sandbox.requests();
        // Deleting an own empty run that was one too many tidies up, whenever it succeeds.
        let counts = |it: &&Exchange| it.committed && it.method != "DELETE";
        requests.iter().filter(counts).count()
    }

    fn number_of(&self, write: usize) -> usize {
        let requests = self.sandbox.requests();
        requests
            .iter()
            .find(|exchange| exchange.write == Some(write))
            .unwrap()
            .number
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
        let points = self.sandbox.points();
        let doubled = points.values().find(|point| point.outcomes.len() > 1);
        if let Some(point) = doubled {
            return Holding::Wrong(format!(
                "case {} has the results {:?}",
                point.case, point.outcomes
            ));
        }
        let attempts = self.sandbox.look(|azure| {
            let rows = azure.runs().values().flat_map(|run| run.results.values());
            let subs = rows.filter_map(|row| row.fields.get("subResults")?.as_array());
            subs.map(Vec::len).max().unwrap_or(0)
        });
        if attempts > 2 {
            return Holding::Wrong(format!("a test of two attempts has {attempts}"));
        }
        let (runs, attachments, closed, alone) = self.sandbox.look(|azure| {
            // A run that nothing was handed in to is untidy and no more; the program names it.
            let used: Vec<&Run> = azure
                .runs()
                .values()
                .filter(|run| run.results.values().any(ResultRow::is_completed))
                .collect();
            // The files by which calls take a run over say who writes, and are no part of what is submitted.
            let files = used.iter().flat_map(|run| &run.attachments);
            let of_submission = files.filter(|file| !file.file_name.starts_with("handin-claim-"));
            let attachments = of_submission.count();
            let closed = used.iter().all(|run| run.is_closed());
            let alone = azure.lists_late() || azure.queries_late();
            (used.len(), attachments, closed, alone)
        });
        if runs > 1 {
            return Holding::Wrong(format!("{runs} runs hold results"));
        }
        let is_expected = |case: i64| self.expected.iter().any(|(known, _)| *known == case);
        let stray = points
            .values()
            .find(|point| !point.outcomes.is_empty() && !is_expected(point.case));
        if let Some(point) = stray {
            return Holding::Wrong(format!("case {} has a result", point.case));
        }
        let right = |(case, outcome): &&(i64, &str)| {
            points
                .values()
                .any(|point| point.case == *case && point.outcomes == [*outcome])
        };
        let there = self.expected.iter().filter(right).count();
        if attachments > self.attachments {
            return Holding::Wrong(format!("there are {attachments} attachments"));
        }
        if alone {
            return Holding::Nothing;
        }
        let whole = there == self.expected.len() && attachments == self.attachments && closed;
        let made = self
            .sandbox
            .change(|azure| azure.world().items().keys().any(|id| *id > 1004));
        match (self.sandbox.run_count(), whole) {
            (0, _) if !made => Holding::Nothing,
            (_, true) => Holding::All,
            (_, false) => Holding::Part,
        }
    }
}
