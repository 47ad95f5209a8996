//! What years of old reports cost, as ratios within one run: `cargo bench --bench bulk -- 10000`.
//!
//! Each report has twenty tests on cases of its own and becomes a run of its own at the stand-in for Azure DevOps, whose
//! answers take 20 ms. Ten thousand take half an hour, most of it with one job; without a number it is a thousand.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a benchmark prints, looks at its arguments, and stops where something is wrong"
)]

mod program;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use handin_sandbox::Next;
use handin_sandbox::azure::{AzureSandbox, World};
use handin_sandbox::fault::When;
use program::Cost;

const TESTS: usize = 20;
const LATENCY: Duration = Duration::from_millis(20);
const FIRST_CASE: usize = 1_000_000;

fn main() {
    if program::ran_as_program() {
        return;
    }
    let asked = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let reports: usize = asked.unwrap_or(1_000);
    println!(
        "{reports} reports of {TESTS} tests, answers after {} ms",
        LATENCY.as_millis()
    );
    let few = Archive::of((reports / 10).max(1)).hand_in("8");
    let archive = Archive::of(reports);
    let eight = archive.hand_in("8");
    println!(
        "  8 jobs                  {:6.1} s, {} requests",
        seconds(eight.cost),
        eight.requests
    );
    println!(
        "  memory at most          {:6.1} MB",
        eight.cost.peak / 1024.0
    );
    println!(
        "  against a tenth of them {:6.2} (at most 1.2)",
        eight.cost.peak / few.cost.peak
    );
    again(&archive, &eight);
    drop(archive);
    resume(reports, eight.requests);
    let one = Archive::of(reports).hand_in("1");
    println!("  1 job                   {:6.1} s", seconds(one.cost));
    println!(
        "  ratio                   {:6.2} (at least 6)",
        seconds(one.cost) / seconds(eight.cost)
    );
}

/// The same command once more: it looks, and writes nothing.
fn again(archive: &Archive, first: &HandedIn) {
    archive.sandbox.forget_requests();
    let second = archive.hand_in("8");
    let writes = archive
        .sandbox
        .requests()
        .iter()
        .filter(|it| it.write.is_some())
        .count();
    assert_eq!(writes, 0, "everything was there");
    println!(
        "  the same command again  {:6.2} of the time (at most 0.1), no write",
        seconds(second.cost) / seconds(first.cost)
    );
    let share = 1000 * second.requests / first.requests;
    println!("                          {share:5} ‰ of the requests (at most 60)");
}

/// A call that is killed half way, and the next that completes it.
fn resume(reports: usize, undisturbed: usize) {
    let archive = Archive::of(reports);
    let killed = archive.killed_after(undisturbed / 2);
    archive.sandbox.on_request(|_| Next::GoOn);
    let rest = archive.hand_in("8");
    let share = 1000 * (killed + rest.requests) / undisturbed;
    println!("  killed at half, resumed {share:5} ‰ of the requests (at most 1050)");
}

/// Reports in a folder, and an organisation that has their cases.
struct Archive {
    sandbox: AzureSandbox,
    folder: tempfile::TempDir,
    reports: usize,
}

/// What it took to hand them in.
struct HandedIn {
    cost: Cost,
    requests: usize,
}

impl Archive {
    fn of(reports: usize) -> Self {
        let sandbox = AzureSandbox::start(world(reports)).unwrap();
        sandbox.faults().latency(LATENCY);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join(".git")).unwrap();
        std::fs::create_dir_all(folder.path().join("old")).unwrap();
        let settings = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";
        std::fs::write(folder.path().join("handin.toml"), settings).unwrap();
        for number in 0..reports {
            write_report(folder.path(), number);
        }
        Self {
            sandbox,
            folder,
            reports,
        }
    }

    fn start(&self, jobs: &str) -> program::Call {
        let url = self.sandbox.url();
        let variables = [
            ("HANDIN_AZURE_URL", url.as_str()),
            ("HANDIN_AZURE_TOKEN", self.sandbox.token()),
        ];
        let command = [
            "submit",
            "--each",
            "old",
            "--jobs",
            jobs,
            "--timeout",
            "6h",
            "--quiet",
        ];
        program::start(&command, self.folder.path(), &variables)
    }

    /// Hands all in; each result stands once afterwards.
    fn hand_in(&self, jobs: &str) -> HandedIn {
        let before = self.sandbox.requests().len();
        let cost = self.start(jobs).wait();
        assert_eq!(cost.code, 0);
        assert_eq!(self.sandbox.run_count(), self.reports);
        assert!(
            self.sandbox
                .points()
                .values()
                .all(|point| point.outcomes.len() == 1)
        );
        HandedIn {
            cost,
            requests: self.sandbox.requests().len() - before,
        }
    }

    /// Kills the program at a request; returns how many came.
    fn killed_after(&self, requests: usize) -> usize {
        let came = Arc::new(AtomicUsize::new(0));
        let process = Arc::new(AtomicUsize::new(0));
        let (counter, victim) = (Arc::clone(&came), Arc::clone(&process));
        self.sandbox.on_request(move |moment| {
            if moment.when == When::BeforeCommit
                && counter.fetch_add(1, Ordering::SeqCst) + 1 == requests
            {
                kill(victim.load(Ordering::SeqCst));
            }
            Next::GoOn
        });
        let call = self.start("8");
        process.store(call.id() as usize, Ordering::SeqCst);
        assert_eq!(call.wait().code, 255, "it was killed");
        self.sandbox.requests().len()
    }
}

fn kill(process: usize) {
    let status = Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .status();
    assert!(status.unwrap().success());
}

fn world(reports: usize) -> World {
    let mut world = World::new("acme");
    world.project("Shop");
    let any = world.configuration("Shop", "Any", &[]);
    world.next_item(100);
    let plan = world.plan("Shop", "Regression");
    let suite = world.suite(world.root(plan), "Web");
    world.next_item(i64::try_from(FIRST_CASE).unwrap());
    for number in 0..reports * TESTS {
        let case = world.case("Shop", &format!("Case {number}"));
        world.point(suite, case, any);
    }
    world
}

fn write_report(folder: &Path, number: usize) {
    let (day, hour, minute) = (number / 1440 % 28 + 1, number / 60 % 24, number % 60);
    let mut text = format!(
        "<testsuite name=\"nightly {number}\" timestamp=\"2024-01-{day:02}T{hour:02}:{minute:02}:00Z\">\n"
    );
    for test in 0..TESTS {
        let case = FIRST_CASE + number * TESTS + test;
        let failure = if test == 7 {
            "<failure message=\"expected 200\">at Cart.java:9</failure>"
        } else {
            ""
        };
        writeln!(text, "<testcase classname=\"shop.Cart\" name=\"adds {test}\" time=\"0.5\"><properties><property name=\"TestCaseId\" value=\"{case}\"/></properties>{failure}</testcase>").unwrap();
    }
    text.push_str("</testsuite>\n");
    std::fs::write(folder.join(format!("old/{number:05}.xml")), text).unwrap();
}

fn seconds(cost: Cost) -> f64 {
    cost.wall.as_secs_f64()
}
