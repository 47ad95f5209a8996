//! The person at the keyboard.

use std::io::{self, Read as _};

use super::super::Context;
use crate::files;

/// More than any token or password has.
const LONGEST: u64 = 64 * 1024;

/// Where a secret is asked for.
pub(super) trait Ask {
    /// Returns whether somebody is there to answer.
    fn is_possible(&self) -> bool;

    /// Asks for a secret without showing it. The end of the input is an error.
    fn secret(&self, prompt: &str) -> io::Result<String>;

    /// Reads the whole of standard input.
    fn standard_input(&self) -> io::Result<String>;
}

/// The terminal of this process.
pub(super) struct Terminal<'a> {
    pub(super) context: &'a Context,
}

impl Ask for Terminal<'_> {
    fn is_possible(&self) -> bool {
        self.context.is_interactive()
    }

    #[cfg(unix)]
    fn secret(&self, prompt: &str) -> io::Result<String> {
        use std::io::Write as _;

        self.context.heed_signals();
        let mut terminal = files::terminal()?;
        terminal.write_all(prompt.as_bytes())?;
        let quiet = Quiet::new(terminal.try_clone()?)?;
        let answer = files::Waiting::new(terminal, &self.context.patience()).line();
        drop(quiet);
        answer?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    #[cfg(not(unix))]
    fn secret(&self, prompt: &str) -> io::Result<String> {
        rpassword::prompt_password(prompt)
    }

    fn standard_input(&self) -> io::Result<String> {
        self.context.heed_signals();
        let mut text = String::new();
        files::standard_input(&self.context.patience())?
            .take(LONGEST)
            .read_to_string(&mut text)?;
        Ok(text)
    }
}

/// A terminal that does not show what is typed, until this is dropped.
#[cfg(unix)]
struct Quiet {
    terminal: std::fs::File,
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl Quiet {
    fn new(terminal: std::fs::File) -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(&terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        // The end of the line is shown, or what follows would stand behind the prompt.
        quiet.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // There is nobody to tell that the terminal is gone.
        tcsetattr(&self.terminal, OptionalActions::Now, &self.before).ok();
    }
}
