//! The stand-ins as a program: `serve` keeps them up for people, `demo` gives the tour.

mod program;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::run()
}
