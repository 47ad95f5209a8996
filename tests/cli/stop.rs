//! SIGINT and SIGTERM: no new work, an answer within five seconds, and a code that tells what may stand there.

use std::process::Command;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use handin_sandbox::Next;
use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, Rule, When};

use crate::desk::Desk;
use crate::submit::{report, shop};

/// Longer than anybody waits.
const STALL: Duration = Duration::from_secs(30);

/// Sends a signal while the stand-in holds a request back. Returns the exit code.
#[expect(clippy::disallowed_methods, reason = "the test measures time")]
fn stopped(signal: &str, rule: Rule, write: Option<usize>) -> Option<i32> {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
    );
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    sandbox.faults().add(rule);
    let (reached, waits) = mpsc::channel();
    let reached = Mutex::new(reached);
    sandbox.on_request(move |moment| {
        if moment.write == write && moment.when == When::BeforeCommit {
            let _ = reached.lock().unwrap().send(());
        }
        Next::GoOn
    });
    let mut child = desk.start(&["submit", "r.xml"]);
    waits.recv_timeout(Duration::from_secs(20)).unwrap();
    // The request has come; the program now waits for its answer.
    std::thread::park_timeout(Duration::from_millis(300));
    let began = Instant::now();
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &id])
            .status()
            .unwrap()
            .success()
    );
    let code = child.wait().unwrap().code();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{signal}: ended after {:?}",
        began.elapsed()
    );
    code
}

#[test]
fn a_signal_before_the_first_write_ends_with_its_own_code() {
    let stalled = || {
        Rule::new(Fault::Stall(When::BeforeCommit, STALL))
            .reads()
            .always()
    };
    assert_eq!(stopped("-INT", stalled(), None), Some(130));
    assert_eq!(stopped("-TERM", stalled(), None), Some(143));
}

#[test]
fn a_signal_during_a_write_says_that_it_may_stand_there() {
    for (signal, write) in [("-INT", 1), ("-TERM", 2)] {
        let stalled = Rule::new(Fault::Stall(When::BeforeCommit, STALL))
            .writes()
            .nth(write);
        assert_eq!(
            stopped(signal, stalled, Some(write)),
            Some(7),
            "{signal} at write {write}"
        );
    }
}
