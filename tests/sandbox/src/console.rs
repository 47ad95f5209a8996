//! The only module that prints.

/// Prints a line to standard output.
#[expect(
    clippy::print_stdout,
    reason = "the sandbox is a program for people: this is its one way to speak"
)]
pub fn say(line: &str) {
    println!("{line}");
}
