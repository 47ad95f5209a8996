//! The only module that prints.

/// Prints a line to standard output.
#[expect(
    clippy::print_stdout,
    reason = "the sandbox is a program for people: this is its one way to speak"
)]
pub fn say(line: &str) {
    println!("{line}");
}

/// Prints a line to standard error.
#[expect(
    clippy::print_stderr,
    reason = "the sandbox is a program for people: complaints go beside its output"
)]
pub fn complain(line: &str) {
    eprintln!("{line}");
}
