//! What a report, a pull request or a neighbour writes cannot read, write, run or hang anything: the rows of SECURITY.md, each tried
//! through the program.

mod files;
mod hangs;
#[cfg(target_os = "linux")]
mod memory;
mod silence;
mod tokens;
mod trust;
mod words;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use handin_sandbox::azure::AzureSandbox;

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

pub(super) const PLAN: &str =
    "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n";

/// A checkout, and a service that its environment names.
pub(super) struct Checkout {
    pub(super) sandbox: AzureSandbox,
    pub(super) desk: Desk,
}

impl Checkout {
    pub(super) fn new() -> Self {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let mut desk = Desk::new();
        desk.set("HANDIN_AZURE_URL", sandbox.url())
            .set("HANDIN_AZURE_TOKEN", sandbox.token());
        desk.write("handin.toml", PLAN);
        Self { sandbox, desk }
    }

    /// Writes a report whose one test names these files.
    pub(super) fn naming(&self, report_file: &str, files: &[&str]) {
        let marks: String = files
            .iter()
            .map(|file| format!("[[ATTACHMENT|{file}]]\n"))
            .collect();
        let element = format!("<failure message=\"no\"/><system-out>{marks}</system-out>");
        self.desk
            .write(report_file, report(&[("valid", Some(1001), &element)]));
    }

    /// Returns all that the service was ever sent.
    pub(super) fn sent(&self) -> String {
        let requests = self.sandbox.requests();
        format!("{requests:?} {}", self.sandbox.state())
    }
}

/// Runs the program and tells how long it took.
pub(super) fn timed(desk: &Desk, arguments: &[&str]) -> (Answer, Duration) {
    let start = now();
    let answer = desk.run(arguments);
    (answer, since(start))
}

#[expect(clippy::disallowed_methods, reason = "the test measures time")]
pub(super) fn since(start: Instant) -> Duration {
    start.elapsed()
}

#[expect(clippy::disallowed_methods, reason = "the test measures time")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Makes a pipe that nobody writes to.
pub(super) fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

pub(super) fn link(target: &Path, name: &Path) {
    std::os::unix::fs::symlink(target, name).unwrap();
}
