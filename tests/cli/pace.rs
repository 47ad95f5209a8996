//! When a service asks for a pause, all workers keep it together, and standard error says so once.

#![expect(clippy::disallowed_methods, reason = "the test measures time")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use handin_sandbox::Next;
use handin_sandbox::azure::{AzureSandbox, World};
use handin_sandbox::fault::{Fault, RetryAfter, Rule, When};

use crate::desk::{Answer, Desk};

const REPORTS: usize = 16;
const PAUSE: Duration = Duration::from_secs(3);
/// What is under way when the service asks still arrives; nothing begins after that.
const UNDER_WAY: Duration = Duration::from_millis(800);
/// Each request takes that long, so that the workers meet on any machine.
const REQUEST: Duration = Duration::from_millis(50);

/// As many cases as reports, each with one point.
fn world() -> World {
    let mut world = World::new("acme");
    world.project("Shop");
    let any = world.configuration("Shop", "Any", &[]);
    world.next_item(100);
    let plan = world.plan("Shop", "Regression");
    let suite = world.suite(world.root(plan), "Web");
    world.next_item(1001);
    for number in 1..=REPORTS {
        let case = world.case("Shop", &format!("Case {number}"));
        world.point(suite, case, any);
    }
    world
}

/// Hands reports in by four workers. Returns when which request arrived, and the answer.
fn hand_in(sandbox: &AzureSandbox) -> (Vec<Instant>, Answer) {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
    );
    for number in 1..=REPORTS {
        let case = u32::try_from(1000 + number).unwrap();
        let text = crate::submit::report(&[(&format!("t{number}"), Some(case), "")]);
        desk.write(&format!("old/{number}.xml"), text);
    }
    sandbox.faults().latency(REQUEST);
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&arrivals);
    sandbox.on_request(move |moment| {
        if moment.when == When::BeforeCommit {
            noted.lock().unwrap().push(Instant::now());
        }
        Next::GoOn
    });
    let answer = desk.run(&["submit", "--each", "old", "--jobs", "4", "--timeout", "60s"]);
    let arrivals = std::mem::take(&mut *arrivals.lock().unwrap());
    (arrivals, answer)
}

/// Returns the longest time in which no request arrived.
fn longest_silence(arrivals: &[Instant]) -> Duration {
    let pairs = arrivals.windows(2);
    pairs.map(|two| two[1] - two[0]).max().unwrap_or_default()
}

#[test]
fn a_pause_that_the_service_asks_for_is_kept_by_all_workers_and_told_once() {
    for fault in [
        Fault::Throttle(RetryAfter::Seconds(PAUSE.as_secs())),
        Fault::too_many_requests(RetryAfter::Seconds(PAUSE.as_secs())),
    ] {
        let sandbox = AzureSandbox::start(world()).unwrap();
        sandbox
            .faults()
            .add(Rule::new(fault).writes().nth(8).times(2));
        let (arrivals, answer) = hand_in(&sandbox);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(sandbox.run_count(), REPORTS, "{fault:?}");
        assert!(sandbox.peak_in_flight() > 1, "several workers were at it");
        let silence = longest_silence(&arrivals);
        assert!(silence + UNDER_WAY > PAUSE, "{fault:?}: {silence:?}");
        let told = answer.stderr.matches("waiting ").count();
        assert_eq!(told, 1, "{fault:?}: {}", answer.stderr);
    }
}

#[test]
fn a_refusal_that_does_not_say_for_how_long_slows_all_workers_too() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let silent = Fault::too_many_requests(RetryAfter::Silent);
    sandbox
        .faults()
        .add(Rule::new(silent).writes().nth(8).times(2));
    let (_, answer) = hand_in(&sandbox);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(sandbox.run_count(), REPORTS);
    let told = answer.stderr.matches("waiting ").count();
    assert_eq!(told, 1, "{}", answer.stderr);
}
