//! The person at the keyboard.

use std::io::{self, Read as _};

use super::super::Context;

/// More than any token or password has.
const LONGEST: u64 = 64 * 1024;

/// Where a secret is asked for.
pub(super) trait Ask {
    /// Tells whether somebody is there to answer.
    fn is_possible(&self) -> bool;

    /// Asks for a secret without showing it.
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

    fn secret(&self, prompt: &str) -> io::Result<String> {
        rpassword::prompt_password(prompt)
    }

    fn standard_input(&self) -> io::Result<String> {
        let mut text = String::new();
        io::stdin().take(LONGEST).read_to_string(&mut text)?;
        Ok(text)
    }
}
