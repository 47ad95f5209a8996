//! From tests to results: all tests that go to one point make one result, with the worst outcome.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::points::Point;
use crate::model::Verdict;

/// The result of one point, before it has a shape on the wire.
#[derive(Debug, Clone)]
pub(super) struct PointResult {
    pub(super) point: Point,
    /// The tests, as indexes into the plan's results, in the order of the reports.
    pub(super) tests: Vec<usize>,
    /// The worst outcome of them.
    pub(super) verdict: Verdict,
}

/// Collects tests by point.
#[derive(Debug, Default)]
pub(super) struct Fold {
    by_point: BTreeMap<u64, PointResult>,
}

impl Fold {
    /// Adds a test's result to a point.
    pub(super) fn add(&mut self, point: &Point, test: usize, verdict: Verdict) {
        let entry = self
            .by_point
            .entry(point.id)
            .or_insert_with(|| PointResult {
                point: point.clone(),
                // Nearly every point has one test.
                tests: vec![test],
                verdict,
            });
        if entry.tests.last() != Some(&test) {
            entry.tests.push(test);
            entry.verdict = entry.verdict.max(verdict);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_point.is_empty()
    }

    /// Takes in what goes to other points of the same plan, or to the same ones.
    pub(super) fn join(&mut self, other: Self) {
        for (id, mut result) in other.by_point {
            match self.by_point.entry(id) {
                Entry::Vacant(entry) => {
                    entry.insert(result);
                }
                Entry::Occupied(mut entry) => {
                    let known = entry.get_mut();
                    known.tests.append(&mut result.tests);
                    known.tests.sort_unstable();
                    known.tests.dedup();
                    known.verdict = known.verdict.max(result.verdict);
                }
            }
        }
    }

    /// Returns the results, by point; those of skipped tests only when `with_skipped`.
    pub(super) fn into_results(self, with_skipped: bool) -> (Vec<PointResult>, usize) {
        let all = self.by_point.len();
        let results: Vec<PointResult> = self
            .by_point
            .into_values()
            .filter(|result| with_skipped || result.verdict != Verdict::Skipped)
            .collect();
        let omitted = all - results.len();
        (results, omitted)
    }
}
