//! The teardowns of suites that did not pass, which change how the tests before them ended.

use std::collections::HashMap;

use crate::model::Verdict;
use crate::report::Source;
use crate::report::draft::{Draft, text};
use crate::report::text::Text;
use crate::report::walk::{Walker, walk};
use crate::report::xml::{Tag, Xml};

/// A teardown that did not pass.
#[derive(Debug)]
pub(super) struct Teardown {
    is_skipped: bool,
    message: String,
}

impl Teardown {
    /// Changes a test as Robot does: a test that was skipped stays so, and a teardown that skips skips all.
    pub(super) fn apply(&self, draft: &mut Draft) {
        let what = if self.is_skipped {
            draft.verdict = Some(Verdict::Skipped);
            "Skipped in parent suite teardown"
        } else {
            if draft.verdict != Some(Verdict::Skipped) {
                draft.verdict = Some(Verdict::Failed);
            }
            "Parent suite teardown failed"
        };
        // `rebot` has written it into the message already.
        let known = draft.failure.message.as_deref().unwrap_or_default();
        if known.to_lowercase().contains(&what.to_lowercase()) {
            return;
        }
        let own = format!("{what}:\n{}", self.message);
        draft.failure.message = Some(match draft.failure.message.take() {
            Some(message) => format!("{message}\n\n{own}"),
            None => own,
        });
    }
}

/// The teardowns of a document, by the number of their suite in the order in which suites begin.
#[derive(Debug, Default)]
pub(super) struct Teardowns {
    found: HashMap<u64, Teardown>,
    places: Vec<Place>,
    /// The numbers of the open suites.
    suites: Vec<u64>,
    count: u64,
    status: String,
    text: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Suite,
    Teardown,
    Status,
    Ignored,
}

impl Teardowns {
    /// Reads the teardowns; what cannot be read is for the pass that reads the tests to tell.
    pub(super) fn collect(source: &Source) -> Self {
        let mut teardowns = Self::default();
        if let Some(mut xml) = source.open().ok().and_then(|bytes| Xml::new(bytes).ok()) {
            drop(walk(&mut teardowns, &mut xml));
        }
        teardowns
    }

    /// Returns the teardown of a suite, where it did not pass.
    pub(super) fn of(&self, suite: u64) -> Option<&Teardown> {
        self.found.get(&suite)
    }
}

impl Walker for Teardowns {
    fn open(&mut self, tag: &Tag<'_>) {
        let inside = self.places.last().copied().unwrap_or(Place::Outside);
        let place = match (inside, tag.name()) {
            (Place::Outside, "robot") => Place::Outside,
            (Place::Outside | Place::Suite, "suite") => {
                self.count += 1;
                self.suites.push(self.count);
                Place::Suite
            }
            (Place::Suite, "kw") => {
                let kind = text(tag, "type").unwrap_or_default();
                if kind.eq_ignore_ascii_case("teardown") {
                    Place::Teardown
                } else {
                    Place::Ignored
                }
            }
            (Place::Teardown, "status") => {
                self.status = text(tag, "status").unwrap_or_default();
                Place::Status
            }
            _ => Place::Ignored,
        };
        self.places.push(place);
    }

    fn passes(&self) -> bool {
        self.places.last() == Some(&Place::Ignored)
    }

    fn close(&mut self) {
        match self.places.pop() {
            Some(Place::Suite) => drop(self.suites.pop()),
            Some(Place::Status) => {
                let message = self.text.take().unwrap_or_default();
                let is_skipped = self.status == "SKIP";
                if let Some(suite) = self
                    .suites
                    .last()
                    .filter(|_| is_skipped || self.status == "FAIL")
                {
                    let teardown = Teardown {
                        is_skipped,
                        message: message
                            .strip_prefix("*HTML*")
                            .unwrap_or(&message)
                            .to_owned(),
                    };
                    self.found.insert(*suite, teardown);
                }
            }
            Some(Place::Outside | Place::Teardown | Place::Ignored) | None => {}
        }
    }

    fn text(&mut self) -> &mut Text {
        &mut self.text
    }
}
