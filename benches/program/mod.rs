//! The program, run in a process of its own by a benchmark, with what it cost.

#![expect(dead_code, reason = "each benchmark looks at some of the cost")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark looks at the clock and at its own arguments"
)]

use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The word behind which a benchmark, called as a program, finds the program's own arguments.
const AS_PROGRAM: &str = "as-program";

/// What one call of the program cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// The exit code; 255 where a signal ended it.
    pub(crate) code: u8,
    /// The most memory that it took, in kilobytes.
    pub(crate) peak: f64,
    /// The CPU time of all its threads.
    pub(crate) cpu: Duration,
    /// How long it took by the clock.
    pub(crate) wall: Duration,
}

/// A call of the program that is under way.
#[derive(Debug)]
pub(crate) struct Call {
    child: Child,
    begun: Instant,
}

/// Runs the program in this process when that is what it was started for; returns whether it was.
pub(crate) fn ran_as_program() -> bool {
    ran_as(AS_PROGRAM, |arguments| {
        let arguments = std::iter::once(OsString::from("handin")).chain(arguments);
        let status = handin::cli::run(arguments);
        (status.code(), cpu_time().max(cpu_time_of_all()))
    })
}

/// Does something in this process, and says its code and CPU time, when this word is what it was started with; returns whether it was.
#[expect(
    clippy::print_stderr,
    reason = "standard output belongs to the program"
)]
pub(crate) fn ran_as(word: &str, run: impl FnOnce(Vec<OsString>) -> (u8, Duration)) -> bool {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != word) {
        return false;
    }
    let (code, cpu) = run(arguments.collect());
    eprintln!("{code} {} {}", peak_kilobytes(), cpu.as_nanos());
    true
}

/// Starts the program in a folder, with nothing in its environment but these variables.
pub(crate) fn start(arguments: &[&str], folder: &Path, variables: &[(&str, &str)]) -> Call {
    start_as(AS_PROGRAM, arguments, folder, variables)
}

/// Starts what [`ran_as`] does for a word.
pub(crate) fn start_as(
    word: &str,
    arguments: &[&str],
    folder: &Path,
    variables: &[(&str, &str)],
) -> Call {
    let begun = Instant::now();
    let child = Command::new(std::env::current_exe().unwrap())
        .arg(word)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Call { child, begun }
}

impl Call {
    /// Returns the process's number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end and returns what it cost.
    pub(crate) fn wait(self) -> Cost {
        let output = self.child.wait_with_output().unwrap();
        let wall = self.begun.elapsed();
        let text = String::from_utf8_lossy(&output.stderr);
        let mut words = text.lines().last().unwrap_or_default().split(' ');
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
        let (code, peak, cpu) = (number(), number(), number());
        let Some((peak, cpu)) = peak.zip(cpu) else {
            assert!(output.status.code().is_none(), "{text}");
            return Cost {
                code: 255,
                peak: 0.0,
                cpu: Duration::ZERO,
                wall,
            };
        };
        let code = code.and_then(|code| u8::try_from(code).ok()).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "a size to be shown")]
        let peak = peak as f64;
        Cost {
            code,
            peak,
            cpu: Duration::from_nanos(cpu),
            wall,
        }
    }
}

/// Returns the CPU time of this process's main thread; zero where the system does not tell it.
pub(crate) fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Returns the CPU time of all threads of this process, to a hundredth of a second; zero where the system does not tell it.
pub(crate) fn cpu_time_of_all() -> Duration {
    /// Where the times stand behind the name of the program, which may hold anything.
    const USER: usize = 11;
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind = text.rsplit(')').next().unwrap_or_default();
    let times = behind.split_whitespace().skip(USER).take(2);
    let ticks: u64 = times.filter_map(|time| time.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * ticks)
}

/// Returns the most memory that this process has taken, in kilobytes; 0 where the system does not tell it.
fn peak_kilobytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
