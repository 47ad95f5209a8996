//! `testCaseBinding`: which row of its data a test ran with.
//!
//! One JSON object a line, one line a test, in the order of the report. The bound values themselves are left where they are: they
//! are often passwords.

use std::io::{BufRead as _, BufReader, Read};

use serde::Deserialize;

use super::Beside;

/// How long a line may be.
const LINE: u64 = 1024 * 1024;

/// The bindings of a run, read line by line.
pub(super) struct Bindings {
    lines: BufReader<Box<dyn Read>>,
    waiting: Option<Binding>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Binding {
    #[serde(default)]
    test_case_name: String,
    #[serde(default)]
    test_case_id: String,
}

impl Bindings {
    pub(super) fn open(beside: &Beside) -> Option<Self> {
        let lines = BufReader::new(beside.open("testCaseBinding").ok()?);
        Some(Self {
            lines,
            waiting: None,
        })
    }

    /// Returns the row of the next test, when that is the one with this id.
    pub(super) fn iteration(&mut self, id: &str) -> Option<u32> {
        if self.waiting.is_none() {
            self.waiting = self.next();
        }
        let binding = self.waiting.take_if(|binding| binding.test_case_id == id)?;
        suffix(&binding.test_case_name)
    }

    fn next(&mut self) -> Option<Binding> {
        loop {
            let mut line = Vec::new();
            let read = self
                .lines
                .by_ref()
                .take(LINE)
                .read_until(b'\n', &mut line)
                .ok()?;
            if read == 0 {
                return None;
            }
            if let Ok(binding) = serde_json::from_slice(&line) {
                return Some(binding);
            }
        }
    }
}

/// Returns the number at the end of `… - Iteration 3`.
pub(super) fn suffix(name: &str) -> Option<u32> {
    name.rsplit_once(" - Iteration ")?.1.trim().parse().ok()
}
