//! Random reports for Azure, handed in together or each by itself.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use handin_sandbox::Next;
use handin_sandbox::azure::{AzureSandbox, ResultRow, World};
use handin_sandbox::fault::Rule;

use crate::desk::Desk;
use crate::matrix::scene::{Holding, Hook, Stage};
use crate::submit::report;

/// The cases of the plan are 1001 and those that follow: few, so that most reports share some.
const CASES: u32 = 5;
const FAILURE: &str = "<failure message=\"no\"/>";

/// The outcomes that stand at each case, in an order that does not matter.
type Outcomes = BTreeMap<i64, Vec<String>>;

/// A stand-in with random reports before it.
pub(super) struct Archive {
    sandbox: AzureSandbox,
    desk: Desk,
    arguments: Vec<String>,
    expected: Outcomes,
    /// What each case shows in the end: the outcome in the newest report that has it.
    last: BTreeMap<i64, &'static str>,
    runs: usize,
    again: bool,
}

impl Archive {
    pub(super) fn random(rng: &mut Rng) -> Self {
        let sandbox = AzureSandbox::start(world()).unwrap();
        let mut desk = Desk::new();
        desk.set("HANDIN_AZURE_URL", sandbox.url())
            .set("HANDIN_AZURE_TOKEN", sandbox.token());
        let settings = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n";
        desk.write("handin.toml", settings);
        let (reports, each) = (rng.usize(1..=6), rng.bool());
        let again = !each && rng.bool();
        let mut expected = Outcomes::new();
        let mut last = BTreeMap::new();
        for number in 1..=reports {
            for (case, outcome) in write(&desk, number, rng) {
                let outcomes = expected.entry(case).or_default();
                // Of several results of one case in a submission the worst stays.
                let worst = if outcomes.iter().any(|one| one == "Failed") {
                    "Failed"
                } else {
                    outcome
                };
                if !each {
                    outcomes.clear();
                }
                let shown = if each { outcome } else { worst };
                outcomes.push(shown.to_owned());
                last.insert(case, shown);
            }
        }
        for outcomes in expected.values_mut() {
            outcomes.sort_unstable();
        }
        let mut arguments: Vec<String> = ["submit", "old"].map(str::to_owned).to_vec();
        arguments.extend(["--timeout".to_owned(), "6s".to_owned()]);
        if each {
            arguments.extend([
                "--each".to_owned(),
                "--jobs".to_owned(),
                rng.usize(1..=6).to_string(),
            ]);
        }
        if again {
            arguments.push("--again".to_owned());
        }
        let runs = if each { reports } else { 1 };
        Self {
            sandbox,
            desk,
            arguments,
            expected,
            last,
            runs,
            again,
        }
    }

    /// Returns the first case that shows something else than the newest report says, once all results stand there.
    fn overruled(&self) -> Option<String> {
        let points = self.sandbox.points().into_values();
        let mut shown = points.filter_map(|point| Some((point.case, point.outcome?)));
        shown.find_map(|(case, outcome)| {
            let newest = self.last.get(&case)?;
            (*newest != outcome)
                .then(|| format!("case {case} shows {outcome}, and the newest report has {newest}"))
        })
    }

    /// Returns what stands at the cases.
    fn outcomes(&self) -> Outcomes {
        let points = self.sandbox.points().into_values();
        points
            .filter(|point| !point.outcomes.is_empty())
            .map(|mut point| {
                point.outcomes.sort_unstable();
                (point.case, point.outcomes)
            })
            .collect()
    }
}

fn world() -> World {
    let mut world = World::new("acme");
    world.project("Shop");
    let any = world.configuration("Shop", "Any", &[]);
    world.next_item(100);
    let plan = world.plan("Shop", "Regression");
    let suite = world.suite(world.root(plan), "Web");
    world.next_item(1001);
    for number in 1..=CASES {
        let case = world.case("Shop", &format!("Case {number}"));
        world.point(suite, case, any);
    }
    world
}

/// Writes a report of one to five random cases. Returns their outcomes.
fn write(desk: &Desk, number: usize, rng: &mut Rng) -> Vec<(i64, &'static str)> {
    let count = rng.usize(1..=5);
    let cases = rng.choose_multiple(1001..1001 + CASES, count);
    let name = format!("report {number}");
    let mut tests = Vec::new();
    let mut outcomes = Vec::new();
    for case in cases {
        let passes = rng.bool();
        tests.push((name.as_str(), Some(case), if passes { "" } else { FAILURE }));
        outcomes.push((i64::from(case), if passes { "Passed" } else { "Failed" }));
    }
    let text = report(&tests).replace("T10:", &format!("T1{number}:"));
    desk.write(&format!("old/{}.xml", rng.u32(..)), text);
    outcomes
}

impl Stage for Archive {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn arguments(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }

    fn begins_anew(&self) -> bool {
        self.again
    }

    fn writes(&self) -> usize {
        let requests = self.sandbox.requests();
        requests.iter().filter(|it| it.write.is_some()).count()
    }

    fn committed(&self) -> usize {
        let requests = self.sandbox.requests();
        requests.iter().filter(|it| it.committed).count()
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
        let outcomes = self.outcomes();
        for (case, there) in &outcomes {
            let mut left = self.expected.get(case).cloned().unwrap_or_default();
            for outcome in there {
                let Some(place) = left.iter().position(|one| one == outcome) else {
                    let expected = self.expected.get(case);
                    return Holding::Wrong(format!("case {case} has {there:?}, not {expected:?}"));
                };
                left.remove(place);
            }
        }
        // A run that nothing was handed in to is untidy and no more; the program names it.
        let (used, closed) = self.sandbox.look(|azure| {
            let runs = azure.runs().values();
            let used = runs.filter(|run| run.results.values().any(ResultRow::is_completed));
            used.fold((0, true), |(count, closed), run| {
                (count + 1, closed && run.is_closed())
            })
        });
        if used > self.runs {
            return Holding::Wrong(format!("{used} runs hold results, not {}", self.runs));
        }
        let is_whole = outcomes == self.expected && closed;
        match (self.sandbox.run_count(), is_whole, self.overruled()) {
            (0, ..) => Holding::Nothing,
            (_, true, Some(what)) => Holding::Wrong(what),
            (_, true, None) => Holding::All,
            (_, false, _) => Holding::Part,
        }
    }
}
