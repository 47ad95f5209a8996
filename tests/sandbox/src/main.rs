//! The stand-ins as a program: `serve` keeps them up for people, `demo` gives the tour.

#![expect(
    clippy::disallowed_methods,
    reason = "the stand-ins share no code with handin, its door to the file system neither"
)]

mod program;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::run()
}
