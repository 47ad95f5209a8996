//! The scenes of Katalon TestOps.

use std::time::Duration;

use handin_sandbox::fault::Rule;
use handin_sandbox::katalon::{KatalonSandbox, World};
use handin_sandbox::{Next, Pace};
use serde_json::Value;

use super::scene::{Holding, Hook, Scene, Stage};
use crate::desk::Desk;
use crate::katalon::{LOG, suite};

pub(crate) const SCENES: [Scene; 3] = [
    Scene {
        name: "katalon folder",
        set: folder,
    },
    Scene {
        name: "katalon results",
        set: results,
    },
    Scene {
        name: "katalon twins",
        set: twins,
    },
];

struct Katalon {
    sandbox: KatalonSandbox,
    desk: Desk,
    /// The names of the tests.
    expected: &'static [&'static str],
    /// What belongs to the execution besides.
    extras: bool,
    alike: &'static [usize],
    /// Whether it stands there twice before the first call.
    begins_twice: bool,
}

fn stage(world: World, settings: &str) -> (KatalonSandbox, Desk) {
    let sandbox = KatalonSandbox::start(world.pace(Pace::Requests(1))).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_KATALON_URL", sandbox.url())
        .set("HANDIN_KATALON_TOKEN", sandbox.token());
    // One at a time, so that the writes always come in the same order.
    let common = "jobs = 1\n[katalon]\nproject = \"Shop\"\nsettle = \"2s\"\n";
    desk.write("handin.toml", format!("{common}{settings}"));
    (sandbox, desk)
}

fn world() -> World {
    World::new().organization("Acme").team("QA").project("Shop")
}

/// Results with everything that follows them.
fn results() -> Box<dyn Stage> {
    let (world, release) = world().release("1.2");
    let (world, build) = world.build("7");
    let (sandbox, desk) = stage(
        world,
        &format!(
            "release = {release}\nlink_build = {build}\ntags = [\"nightly\"]\npush_to_xray = true\n"
        ),
    );
    desk.write("out/r.xml", suite("login", &["valid", "wrong"]));
    Box::new(Katalon {
        sandbox,
        desk,
        expected: &["valid", "wrong"],
        extras: true,
        // Three of the four documents of results.
        alike: &[2, 3, 4],
        begins_twice: false,
    })
}

/// Results that two processes handed in at the same moment: one of them is taken back.
fn twins() -> Box<dyn Stage> {
    let report = suite("login", &["valid", "wrong"]);
    let (first, other) = stage(world(), "");
    other.write("out/r.xml", &report);
    let answer = other.run(&["submit", "out"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let (sandbox, desk) = stage(world(), "");
    desk.write("out/r.xml", &report);
    sandbox.hold_twice(&first);
    Box::new(Katalon {
        sandbox,
        desk,
        expected: &["valid", "wrong"],
        extras: false,
        alike: &[],
        begins_twice: true,
    })
}

/// A folder that Katalon Studio left.
fn folder() -> Box<dyn Stage> {
    let (sandbox, desk) = stage(world(), "");
    let place = "out/Reports/20261120_100000/Smoke suite/20261120_100001";
    desk.write(&format!("{place}/execution0.log"), LOG);
    desk.write(&format!("{place}/JUnit_Report.xml"), crate::katalon::JUNIT);
    Box::new(Katalon {
        sandbox,
        desk,
        expected: &["Test Cases/Login"],
        extras: false,
        // The uploads, which are those of results.
        alike: &[1, 2],
        begins_twice: false,
    })
}

impl Stage for Katalon {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn arguments(&self) -> Vec<&str> {
        vec!["submit", "out", "--timeout", "6s"]
    }

    fn writes(&self) -> usize {
        let requests = self.sandbox.requests();
        requests.iter().filter(|it| it.write.is_some()).count()
    }

    fn committed(&self) -> usize {
        // A file in the store is nowhere before it is handed in.
        let requests = self.sandbox.requests();
        requests
            .iter()
            .filter(|it| it.committed && it.door != "storage")
            .count()
    }

    fn alike(&self) -> &'static [usize] {
        self.alike
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
        let mut executions = self.sandbox.executions();
        let begun = !executions.is_empty();
        // One that was begun and never ended holds no results, and never will.
        executions.retain(|one| one.get("ended") == Some(&Value::Bool(true)));
        if self.begins_twice && executions.len() == 2 {
            return Holding::Part;
        }
        let results = executions
            .iter()
            .filter_map(|one| one.get("results")?.as_array());
        let mut names: Vec<&str> = results
            .flatten()
            .filter_map(|result| result.get("name")?.as_str())
            .collect();
        names.sort_unstable();
        let mut expected = self.expected.to_vec();
        expected.sort_unstable();
        let twice = names.windows(2).any(|two| two.first() == two.last());
        if twice || names.len() > expected.len() {
            return Holding::Wrong(format!("the results {names:?}"));
        }
        if names == expected && (!self.extras || executions.iter().all(is_dressed)) {
            return Holding::All;
        }
        if begun {
            Holding::Part
        } else {
            Holding::Nothing
        }
    }
}

/// Tells whether an execution has its release, its build and its tag.
fn is_dressed(execution: &Value) -> bool {
    let is_linked = |to: &str| execution.pointer(to).is_some_and(Value::is_u64);
    is_linked("/release/id")
        && is_linked("/build/id")
        && execution.get("tags") == Some(&serde_json::json!(["nightly"]))
}
