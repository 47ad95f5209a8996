//! What it costs to start, against an empty Rust program in the same run: `cargo bench --profile release --bench startup`.
//!
//! CPU time of the process as the system accounts it, the median of many starts in turn, so that a machine that slows down slows down
//! both.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a benchmark prints, looks at what the system tells, and stops where something is wrong"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const STARTS: usize = 200;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let empty = empty_program(folder.path());
    let handin = PathBuf::from(env!("CARGO_BIN_EXE_handin"));
    let size = std::fs::metadata(&handin).unwrap().len();
    println!("the program has {size} bytes");
    for argument in ["--version", "--help"] {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..STARTS {
            times[0].push(cpu_time(&mut Command::new(&empty)));
            times[1].push(cpu_time(Command::new(&handin).arg(argument)));
        }
        let [bare, own] = times.map(median);
        println!(
            "handin {argument}: {} µs of CPU time, an empty program {} µs: {:.2} times",
            own.as_micros(),
            bare.as_micros(),
            own.as_secs_f64() / bare.as_secs_f64()
        );
    }
}

/// Builds a program that does nothing, as the compiler of this crate builds it.
#[expect(
    clippy::disallowed_methods,
    reason = "a file of a benchmark needs no atomic write; cargo says in the environment which compiler it uses"
)]
fn empty_program(folder: &Path) -> PathBuf {
    let source = folder.join("empty.rs");
    std::fs::write(&source, "fn main() {}\n").unwrap();
    let program = folder.join("empty");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(compiler)
        .args(["-O", "-C", "strip=symbols", "-o"])
        .args([&program, &source])
        .status()
        .unwrap();
    assert!(status.success());
    program
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Runs a program to its end and returns how much CPU time it took, in user and system mode.
#[cfg(target_os = "linux")]
fn cpu_time(command: &mut Command) -> Duration {
    let mut child = command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // The system keeps the account of a process that has ended until somebody waits for it.
    let account = format!("/proc/{}/schedstat", child.id());
    let mut time = Duration::ZERO;
    loop {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let has_ended = stat
            .rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with('Z'));
        if has_ended {
            let nanoseconds = std::fs::read_to_string(&account).unwrap();
            let spent = nanoseconds.split(' ').next().unwrap().parse().unwrap();
            time += Duration::from_nanos(spent);
            break;
        }
        std::thread::yield_now();
    }
    child.wait().unwrap();
    time
}

/// Runs a program to its end and returns how long that took.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
fn cpu_time(command: &mut Command) -> Duration {
    let start = std::time::Instant::now();
    command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    start.elapsed()
}
