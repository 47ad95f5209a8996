//! A probe that is interrupted or killed in the middle, at any write, or whose service goes away after any request: what it made is named, or
//! found by the next call.

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

fn probe_of([service, into]: [&str; 2]) -> [&str; 7] {
    [
        "doctor", "--probe", service, "--into", into, "--yes", "--json",
    ]
}

/// A service with a desk before it, and what counts how much is in it.
type World<S> = (S, Desk, fn(&S) -> usize);

fn at_every_write<T, S>(into: [&str; 2], world: impl Fn() -> World<T> + Sync)
where
    T: std::ops::Deref<Target = Standin<S>>,
    S: Service,
{
    let probe = probe_of(into);
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

/// The service is gone from some request on, and there again later.
fn gone_at_any_request<T, S>(into: [&str; 2], world: impl Fn() -> World<T> + Sync)
where
    T: std::ops::Deref<Target = Standin<S>>,
    S: Service,
{
    let probe = probe_of(into);
    let (whole, desk, held) = world();
    let before = held(&whole);
    assert_eq!(desk.run(&probe).code, Some(0));
    let requests = whole.requests().len();
    let one = |last: usize| {
        let (standin, desk, held) = world();
        standin.on_request(move |moment| {
            // The first is still carried out.
            let is_first = moment.number == last + 1 && moment.when == When::AfterCommit;
            if is_first || moment.number > last + 1 {
                Next::Close
            } else {
                Next::GoOn
            }
        });
        let answer = desk.run(&[&probe[..], &["--timeout", "5s"]].concat());
        let stands = held(&standin) != before;
        assert!(
            !stands || left(&answer) > 0,
            "after {last} something stands: {answer:?}"
        );
        // How often it looks differs.
        let was_gone = standin.requests().len() > last + 1;
        assert!(
            !was_gone || !matches!(answer.code, Some(0 | 130)),
            "after {last}: {answer:?}"
        );
        standin.on_request(|_| Next::GoOn);
        let cleaned = desk.run(&[&probe[..], &["--clean"]].concat());
        assert_eq!(cleaned.code, Some(0), "after {last}: {cleaned:?}");
        assert_eq!(
            held(&standin),
            before,
            "after {last}: {cleaned:?} after {answer:?}"
        );
    };
    // A few at a time: each waits for most of its own time.
    let all: Vec<usize> = (0..requests).collect();
    for some in all.chunks(16) {
        std::thread::scope(|scope| {
            for last in some {
                scope.spawn(move || one(*last));
            }
        });
    }
}

fn azure() -> World<AzureSandbox> {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nsettle = \"1s\"\n",
    );
    (sandbox, desk, |it| it.run_count())
}

fn qtest() -> World<QtestSandbox> {
    let world =
        qtest::World::new().project("Shop", |project| project.module("Web").cycle("Regression"));
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
}

fn kiwi() -> World<Box<KiwiSandbox>> {
    let (sandbox, desk) = crate::doctor_kiwi::probing();
    (Box::new(sandbox), desk, |it| crate::doctor_kiwi::cases(it))
}

fn testops() -> World<KatalonSandbox> {
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
}

#[test]
fn a_probe_of_azure_that_is_stopped_leaves_nothing_that_is_not_found_again() {
    at_every_write(["azure", "Regression"], azure);
}

#[test]
fn a_probe_of_qtest_that_is_stopped_leaves_nothing_that_is_not_found_again() {
    at_every_write(["qtest", "Probe"], qtest);
}

#[test]
fn a_probe_of_kiwi_that_is_stopped_leaves_nothing_that_is_not_found_again() {
    at_every_write(["kiwi", "Shop"], kiwi);
}

#[test]
fn a_probe_of_testops_that_is_stopped_leaves_nothing_that_is_not_found_again() {
    at_every_write(["katalon", "Probe"], testops);
}

#[test]
fn what_a_probe_of_azure_left_when_the_service_went_away_is_told_and_deleted_later() {
    gone_at_any_request(["azure", "Regression"], azure);
}

#[test]
fn what_a_probe_of_qtest_left_when_the_service_went_away_is_told_and_deleted_later() {
    gone_at_any_request(["qtest", "Probe"], qtest);
}

#[test]
fn what_a_probe_of_kiwi_left_when_the_service_went_away_is_told_and_deleted_later() {
    gone_at_any_request(["kiwi", "Shop"], kiwi);
}

#[test]
fn what_a_probe_of_testops_left_when_the_service_went_away_is_told_and_deleted_later() {
    gone_at_any_request(["katalon", "Probe"], testops);
}

#[test]
fn a_place_that_is_not_named_or_not_there_is_refused_and_that_is_said() {
    fn refused<T, S>(service: &str, (standin, desk, held): World<T>)
    where
        T: std::ops::Deref<Target = Standin<S>>,
        S: Service,
    {
        let before = held(&standin);
        for into in ["", " ", "/", "Nowhere", "0", "a\u{1b}[31mb"] {
            // A module of qTest that is missing is made.
            let may_be_made = service == "qtest" && !into.trim_matches(['/', ' ']).is_empty();
            if may_be_made {
                continue;
            }
            let answer = desk.run(&["doctor", "--probe", service, "--into", into, "--yes"]);
            let code = if into.trim_matches(['/', ' ']).is_empty() {
                2
            } else {
                5
            };
            assert_eq!(answer.code, Some(code), "{service} {into:?}: {answer:?}");
            let is_told = answer.stderr.contains("nothing was written");
            assert!(
                is_told && !answer.stderr.contains('\u{1b}'),
                "{service}: {answer:?}"
            );
        }
        assert_eq!(held(&standin), before, "{service}");
    }
    refused("azure", azure());
    refused("qtest", qtest());
    refused("kiwi", kiwi());
    refused("katalon", testops());
}
