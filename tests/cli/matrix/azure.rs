//! Azure's scenes.

use std::time::Duration;

use handin_sandbox::Next;
use handin_sandbox::azure::{AzureSandbox, Run};
use handin_sandbox::fault::Rule;

use super::scene::{Holding, Hook, Scene, Stage};
use crate::desk::Desk;
use crate::submit::{report, shop};

pub(super) const SCENES: [Scene; 1] = [Scene {
    name: "azure",
    set: plain,
}];

struct Azure {
    sandbox: AzureSandbox,
    desk: Desk,
}

/// Three results and the report itself, attached to the run.
fn plain() -> Box<dyn Stage> {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nattach_reports = true\n",
    );
    let failure = "<failure message=\"no\"/>";
    desk.write(
        "r.xml",
        report(&[
            ("valid", Some(1001), ""),
            ("wrong", Some(1002), failure),
            ("basket", Some(1003), ""),
        ]),
    );
    Box::new(Azure { sandbox, desk })
}

const EXPECTED: [(i64, &str); 3] = [(1001, "Passed"), (1002, "Failed"), (1003, "Passed")];

impl Stage for Azure {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn arguments(&self) -> Vec<&str> {
        vec!["submit", "r.xml", "--timeout", "6s"]
    }

    fn writes(&self) -> usize {
        self.sandbox
            .requests()
            .iter()
            .filter(|exchange| exchange.write.is_some())
            .count()
    }

    fn request_of_write(&self, write: usize) -> usize {
        // The log of a run without faults: what is asked, and in which order, is always the same.
        let rehearsal = plain();
        rehearsal.desk().run(&rehearsal.arguments());
        rehearsal.number_of(write)
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
        if self.sandbox.run_count() > 1 {
            return Holding::Wrong(format!("there are {} runs", self.sandbox.run_count()));
        }
        let right = |(case, outcome): &&(i64, &str)| {
            points
                .values()
                .any(|point| point.case == *case && point.outcomes == [*outcome])
        };
        let there = EXPECTED.iter().filter(right).count();
        let (attachments, closed) = self.sandbox.look(|azure| {
            let runs = azure.runs().values();
            (
                runs.clone().map(|run| run.attachments.len()).sum::<usize>(),
                runs.clone().all(Run::is_closed),
            )
        });
        match (self.sandbox.run_count(), there, attachments, closed) {
            (_, _, 2.., _) => Holding::Wrong(format!("the report is attached {attachments} times")),
            (0, ..) => Holding::Nothing,
            (1, 3, 1, true) => Holding::All,
            _ => Holding::Part,
        }
    }
}
