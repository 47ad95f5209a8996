//! JUnit XML, as the server's import reads it: what was skipped is shown as passed, and times are lost.
//!
//! Users of the real service report both; whoever wants skips and times has to hand in something else.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Status, TestResult};

/// Returns the results of a file; `now` stands for the times it tells.
///
/// # Errors
///
/// Returns what is wrong when it is no JUnit XML.
pub(super) fn read(data: &[u8], now: i64) -> Result<Vec<TestResult>, String> {
    let text = String::from_utf8_lossy(data);
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut found = Found {
        results: Vec::new(),
        suites: Vec::new(),
        known: false,
        now,
    };
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => found.open(&start),
            Event::Empty(start) => {
                found.open(&start);
                found.close(start.name().as_ref());
            }
            Event::End(end) => found.close(end.name().as_ref()),
            Event::Eof => break,
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
    if found.known {
        Ok(found.results)
    } else {
        Err("it is not a JUnit report".to_owned())
    }
}

#[derive(Debug)]
struct Found {
    results: Vec<TestResult>,
    suites: Vec<String>,
    known: bool,
    now: i64,
}

impl Found {
    fn open(&mut self, start: &BytesStart<'_>) {
        match start.name().as_ref() {
            "testsuites" => self.known = true,
            "testsuite" => {
                self.known = true;
                self.suites.push(attribute(start, "name"));
            }
            "testcase" => {
                let class = attribute(start, "classname");
                let suite = if class.is_empty() {
                    self.suites.last().cloned().unwrap_or_default()
                } else {
                    class
                };
                self.results.push(TestResult {
                    suite,
                    name: attribute(start, "name"),
                    status: Status::Passed,
                    start: self.now,
                    end: self.now,
                    message: String::new(),
                });
            }
            "failure" => self.spoil(start, Status::Failed),
            "error" => self.spoil(start, Status::Error),
            _ => {}
        }
    }

    fn spoil(&mut self, start: &BytesStart<'_>, status: Status) {
        if let Some(result) = self
            .results
            .last_mut()
            .filter(|result| result.status == Status::Passed)
        {
            result.status = status;
            result.message = attribute(start, "message");
        }
    }

    fn close(&mut self, name: &str) {
        if name == "testsuite" {
            self.suites.pop();
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> String {
    let Ok(Some(attribute)) = start.try_get_attribute(name) else {
        return String::new();
    };
    let raw = attribute.value.into_owned();
    quick_xml::escape::unescape(&raw).map_or_else(|_| raw.clone(), std::borrow::Cow::into_owned)
}
