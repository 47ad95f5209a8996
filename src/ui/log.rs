//! The log of `-v`: what the parts of the program do, for people who look for a fault.

use std::io::Write as _;

use log::LevelFilter;

use super::sanitized;
use crate::secret::without_secrets;

/// Has the log written to standard error: nothing by default, requests with `-vv`, their bodies without secrets with `-vvv`.
pub fn log_to_stderr(verbosity: u8) {
    let level = match verbosity {
        0 => LevelFilter::Off,
        1 => LevelFilter::Info,
        2 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    };
    let mut builder = env_logger::Builder::new();
    builder
        .filter_level(LevelFilter::Off)
        .filter_module("handin", level)
        .format(|line, record| {
            let text = record.args().to_string();
            writeln!(line, "{}", sanitized(&without_secrets(&text)))
        });
    // Fails when a log is there already, as in tests that run commands in one process.
    drop(builder.try_init());
}
