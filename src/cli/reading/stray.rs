//! Ids that are no case of a service, at tests that get a case of their own there all the same.

use crate::mapping::{CaseSource, Ignored};
use crate::model::{ServiceName, TestCase};
use crate::services::Section;

/// How many tests of one service have such an id, and what is said of the first.
#[derive(Debug, Default)]
pub(super) struct Strays {
    count: usize,
    first: Option<String>,
    /// The property by which the service tells tests apart: it names no case.
    apart: Option<String>,
}

impl Strays {
    pub(super) fn of(section: &dyn Section) -> Self {
        Self {
            apart: section.tells_apart_by().map(str::to_owned),
            ..Self::default()
        }
    }

    /// Notes what a test says that is no case.
    pub(super) fn note(&mut self, service: ServiceName, case: &TestCase, ignored: &[Ignored]) {
        let stray = ignored.iter().find(|ignored| match &ignored.source {
            CaseSource::Property(name) => !self.is_apart(name),
            CaseSource::Pattern(_) => true,
            CaseSource::Explicit | CaseSource::Title | CaseSource::AutomatedName => false,
        });
        let Some(stray) = stray else { return };
        self.count += 1;
        self.first
            .get_or_insert_with(|| format!("{}: {}", case.key(), stray.reason(service)));
    }

    fn is_apart(&self, property: &str) -> bool {
        let apart = self.apart.as_deref();
        apart.is_some_and(|apart| apart.eq_ignore_ascii_case(property))
    }

    /// Returns a notice, so that a mistyped id does not create a second case unnoticed.
    pub(super) fn notice(&self) -> Option<String> {
        let first = self.first.as_ref()?;
        Some(match self.count {
            1 => format!("{first}; the test counts as one without a case, which has its own"),
            more => format!(
                "{first}; the test counts as one without a case, which has its own, and so do {} more",
                more - 1
            ),
        })
    }
}
