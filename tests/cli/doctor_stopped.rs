//! A probe that is interrupted or killed in the middle, at any write: what it made is named, or found by the next call.

use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, When};
use handin_sandbox::katalon::{self, KatalonSandbox};
use handin_sandbox::kiwi::KiwiSandbox;
use handin_sandbox::qtest::{self, QtestSandbox};
use handin_sandbox::{Next, Service, Standin};

use crate::desk::{Answer, Desk};
use crate::submit::shop;

/// Starts a probe and sends a signal at one of its writes, when it has been carried out and is not answered yet. Returns how it ended.
fn stopped<S: Service>(
    standin: &Standin<S>,
    desk: &Desk,
    probe: &[&str],
    (nth, signal): (usize, &'static str),
) -> Answer {
    let (started, pid) = channel::<u32>();
    let pid = Arc::new(Mutex::new(pid));
    standin.on_request(move |moment| {
        if moment.write == Some(nth) && moment.when == When::AfterCommit {
            let pid = pid
                .lock()
                .unwrap()
                .recv_timeout(Duration::from_secs(20))
                .unwrap();
            let sent = Command::new("kill")
                .args([format!("-{signal}"), pid.to_string()])
                .status();
            assert!(sent.unwrap().success());
            // The signal is there before the answer is.
            std::thread::sleep(Duration::from_millis(100));
        }
        Next::GoOn
    });
    let child: Child = desk
        .command(probe)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    started.send(child.id()).unwrap();
    let answer = Answer::of(&child.wait_with_output().unwrap());
    standin.on_request(|_| Next::GoOn);
    answer
}

fn left(answer: &Answer) -> usize {
    answer.json()["probe"]["left"]
        .as_array()
        .map_or(0, Vec::len)
}

/// A service with a desk before it, and what counts how much is in it.
type World<S> = (S, Desk, fn(&S) -> usize);

fn at_every_write<T, S>(into: [&str; 2], world: impl Fn() -> World<T> + Sync)
where
    T: std::ops::Deref<Target = Standin<S>>,
    S: Service,
{
    let [service, into] = into;
    let probe = [
        "doctor", "--probe", service, "--into", into, "--yes", "--json",
    ];
    let (whole, desk, held) = world();
    let before = held(&whole);
    assert_eq!(desk.run(&probe).code, Some(0));
    let writes = whole
        .requests()
        .iter()
        .filter(|it| it.write.is_some())
        .count();
    assert!(writes > 4 && held(&whole) == before, "{writes}");
    let one = |nth: usize, signal: &'static str| {
        let (standin, desk, held) = world();
        let answer = stopped(&standin, &desk, &probe, (nth, signal));
        let more = held(&standin).saturating_sub(before);
        if signal == "KILL" {
            assert_eq!(answer.code, None, "write {nth}: {answer:?}");
        } else {
            assert!(
                matches!(answer.code, Some(0 | 5 | 8 | 130 | 143)),
                "write {nth}, {signal}: {answer:?}"
            );
            assert!(
                more <= left(&answer),
                "write {nth}, {signal}: {more} more: {answer:?}"
            );
        }
        let cleaned = desk.run(&[&probe[..], &["--clean"]].concat());
        assert_eq!(
            cleaned.code,
            Some(0),
            "write {nth}, {signal}: {cleaned:?} after {answer:?}"
        );
        assert_eq!(
            held(&standin),
            before,
            "write {nth}, {signal}: {cleaned:?} after {answer:?}"
        );
    };
    // An answer that is not there when the time is over.
    let (standin, desk, held) = world();
    let late = Fault::Stall(When::AfterCommit, Duration::from_secs(6));
    standin.faults().at_write(4, late);
    let answer = desk.run(&[&probe[..], &["--timeout", "4s"]].concat());
    let more = held(&standin).saturating_sub(before);
    assert!(more <= left(&answer), "{more} more: {answer:?}");
    for signal in ["INT", "KILL"] {
        std::thread::scope(|scope| {
            for nth in 1..=writes {
                scope.spawn(move || one(nth, signal));
            }
        });
    }
}

#[test]
fn a_probe_of_azure_that_is_stopped_leaves_nothing_that_is_not_found_again() {
    let world = || -> World<AzureSandbox> {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let mut desk = Desk::new();
        desk.set("HANDIN_AZURE_URL", sandbox.url())
            .set("HANDIN_AZURE_TOKEN", sandbox.token());
        desk.write(
            "handin.toml",
            "[azure]\nproject = \"Shop\"\nsettle = \"1s\"\n",
        );
        (sandbox, desk, |it| it.run_count())
    };
    at_every_write(["azure", "Regression"], world);
}

#[test]
fn a_probe_of_qtest_that_is_stopped_leaves_nothing_that_is_not_found_again() {
    let world = || -> World<QtestSandbox> {
        let world = qtest::World::new()
            .project("Shop", |project| project.module("Web").cycle("Regression"));
        let sandbox = QtestSandbox::start(world).unwrap();
        let desk = crate::qtest::desk(&sandbox, "");
        let held = |it: &QtestSandbox| {
            let kinds = [
                "modules",
                "test-cases",
                "test-cycles",
                "test-suites",
                "test-runs",
            ];
            kinds.iter().map(|kind| it.held(kind).len()).sum()
        };
        (sandbox, desk, held)
    };
    at_every_write(["qtest", "Probe"], world);
}

#[test]
fn a_probe_of_kiwi_that_is_stopped_leaves_nothing_that_is_not_found_again() {
    let world = || -> World<Box<KiwiSandbox>> {
        let (sandbox, desk) = crate::doctor_kiwi::probing();
        (Box::new(sandbox), desk, |it| crate::doctor_kiwi::cases(it))
    };
    at_every_write(["kiwi", "Shop"], world);
}

#[test]
fn a_probe_of_testops_that_is_stopped_leaves_nothing_that_is_not_found_again() {
    let world = || -> World<KatalonSandbox> {
        let world = katalon::World::new()
            .organization("Acme")
            .team("Web")
            .project("Probe");
        let sandbox = KatalonSandbox::start(world).unwrap();
        let mut desk = Desk::new();
        desk.set("HANDIN_KATALON_URL", sandbox.url())
            .set("HANDIN_KATALON_TOKEN", sandbox.token());
        desk.write("handin.toml", "[katalon]\nsettle = \"2s\"\n");
        (sandbox, desk, |it| it.executions().len())
    };
    at_every_write(["katalon", "Probe"], world);
}
