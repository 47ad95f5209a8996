//! From tests to results: all tests that go to one point make one result, with the worst outcome.

use super::points::Point;
use crate::model::Verdict;

/// The result of one point, before it has a shape on the wire.
#[derive(Debug, Clone)]
pub(super) struct PointResult {
    pub(super) point: Point,
    pub(super) tests: Tests,
    /// The worst outcome of them.
    pub(super) verdict: Verdict,
}

/// The tests of a result, as indexes into the plan's results, in the order of the reports. Nearly every result has one.
#[derive(Debug, Clone)]
pub(super) enum Tests {
    One(usize),
    Several(Box<[usize]>),
}

impl Tests {
    pub(super) fn as_slice(&self) -> &[usize] {
        match self {
            Self::One(test) => std::slice::from_ref(test),
            Self::Several(tests) => tests,
        }
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, usize> {
        self.as_slice().iter()
    }
}

/// Collects tests by point.
#[derive(Debug, Default)]
pub(super) struct Fold {
    entries: Vec<(Point, usize, Verdict)>,
}

impl Fold {
    /// Adds a test's result to a point.
    pub(super) fn add(&mut self, point: &Point, test: usize, verdict: Verdict) {
        self.entries.push((point.clone(), test, verdict));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes in what goes to other points of the same plan, or to the same ones.
    pub(super) fn join(&mut self, mut other: Self) {
        self.entries.append(&mut other.entries);
    }

    /// Returns the results, by point; those of skipped tests only when `with_skipped`.
    pub(super) fn into_results(self, with_skipped: bool) -> (Vec<PointResult>, usize) {
        let mut entries = self.entries;
        entries.sort_unstable_by_key(|(point, test, _)| (point.id, *test));
        entries.dedup_by_key(|(point, test, _)| (point.id, *test));
        let groups = || entries.chunk_by(|(one, ..), (next, ..)| one.id == next.id);
        let mut results = Vec::with_capacity(groups().count());
        let mut omitted = 0;
        for group in groups() {
            let verdict = group.iter().map(|(_, _, verdict)| *verdict).max();
            let (Some((point, first, _)), Some(verdict)) = (group.first(), verdict) else {
                continue;
            };
            if verdict == Verdict::Skipped && !with_skipped {
                omitted += 1;
                continue;
            }
            results.push(PointResult {
                point: point.clone(),
                tests: match group {
                    [_] => Tests::One(*first),
                    several => Tests::Several(several.iter().map(|(_, test, _)| *test).collect()),
                },
                verdict,
            });
        }
        (results, omitted)
    }
}
