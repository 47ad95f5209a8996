//! Test points, and which of them take a result.
//!
//! A point is a case in a suite in a configuration: a case in two suites with two configurations has four.

use std::collections::HashMap;

use super::target::{AzureTarget, PointChoice};
use super::wire::TestPoint;
use crate::mapping::CaseId;
use crate::model::TestCase;
use crate::plan::{PlanProblem, ProblemKind};

/// A point, as far as choosing needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) id: u64,
    pub(super) case: u64,
    pub(super) case_title: String,
    pub(super) suite: String,
    pub(super) configuration: u64,
    pub(super) configuration_name: String,
}

impl From<TestPoint> for Point {
    fn from(point: TestPoint) -> Self {
        Self {
            id: point.id.0,
            case: point.test_case_reference.id.0,
            case_title: point.test_case_reference.name,
            suite: point.test_suite.map(|suite| suite.name).unwrap_or_default(),
            configuration: point.configuration.id.0,
            configuration_name: point.configuration.name,
        }
    }
}

/// The points of a plan or of a part of it, by case.
#[derive(Debug, Default)]
pub(super) struct PointIndex {
    by_case: HashMap<u64, Vec<Point>>,
}

impl PointIndex {
    pub(super) fn new(points: impl IntoIterator<Item = Point>) -> Self {
        let mut by_case: HashMap<u64, Vec<Point>> = HashMap::new();
        for point in points {
            by_case.entry(point.case).or_default().push(point);
        }
        for points in by_case.values_mut() {
            points.sort_unstable_by_key(|point| point.id);
        }
        Self { by_case }
    }

    /// Returns the points of a case, by id; none where the case is not here.
    pub(super) fn of(&self, case: u64) -> &[Point] {
        self.by_case
            .get(&case)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Tells whether any point has this configuration.
    pub(super) fn knows_configuration(&self, wanted: &str) -> bool {
        self.by_case
            .values()
            .flatten()
            .any(|point| is_configuration(point, wanted))
    }
}

/// Chooses the points of one mapped case that take this test's result.
///
/// # Errors
///
/// What stands in the way: no point in the configuration, or several with nothing to choose by.
pub(super) fn choose<'a>(
    points: &'a [Point],
    id: &CaseId,
    test: &TestCase,
    target: &AzureTarget,
) -> Result<Vec<&'a Point>, PlanProblem> {
    let wanted = wanted_configuration(test, target);
    let fitting: Vec<&Point> = points
        .iter()
        .filter(|point| {
            wanted
                .as_deref()
                .is_none_or(|wanted| is_configuration(point, wanted))
        })
        .collect();
    match (fitting.as_slice(), target.points) {
        ([], _) => Err(not_in_configuration(
            points,
            id,
            test,
            &wanted.unwrap_or_default(),
        )),
        ([_], _) | (_, PointChoice::All) => Ok(fitting),
        ([first, ..], PointChoice::First) => Ok(vec![first]),
        (several, PointChoice::One) => Err(ambiguous(several, id, test)),
    }
}

/// Returns the configuration that the settings or the report give this test: the one of all tests, a property that names it, or
/// the first rule whose patterns all match.
fn wanted_configuration(test: &TestCase, target: &AzureTarget) -> Option<String> {
    let by_rule = || {
        let matches = |(name, pattern): &(String, String)| {
            test.property(name)
                .is_some_and(|value| glob_matches(pattern, value))
        };
        target
            .configurations
            .iter()
            .find(|rule| rule.when.iter().all(matches))
            .map(|rule| rule.configuration.clone())
    };
    let by_property = || {
        test.property(&target.configuration_property)
            .map(str::to_owned)
    };
    target
        .configuration
        .clone()
        .or_else(by_property)
        .or_else(by_rule)
}

fn is_configuration(point: &Point, wanted: &str) -> bool {
    point.configuration_name.eq_ignore_ascii_case(wanted)
        || point.configuration.to_string() == wanted
}

/// Tells whether a value matches a pattern in which `*` stands for any text and `?` for one character, in any letter case.
fn glob_matches(pattern: &str, value: &str) -> bool {
    let options = glob::MatchOptions {
        case_sensitive: false,
        ..glob::MatchOptions::default()
    };
    glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_with(value, options))
}

fn not_in_configuration(
    points: &[Point],
    id: &CaseId,
    test: &TestCase,
    wanted: &str,
) -> PlanProblem {
    let mut there: Vec<&str> = points
        .iter()
        .map(|point| point.configuration_name.as_str())
        .collect();
    there.sort_unstable();
    there.dedup();
    let message = format!(
        "case {id} has no test point in the configuration `{wanted}`; it has: {}",
        there.join(", ")
    );
    PlanProblem::new(ProblemKind::NotInPlan, message)
        .test(&test.key())
        .case(id)
        .hint("assign the configuration to the case's suite, or choose another with `--configuration`")
}

fn ambiguous(points: &[&Point], id: &CaseId, test: &TestCase) -> PlanProblem {
    let names: Vec<String> = points
        .iter()
        .map(|point| {
            format!(
                "{} (suite `{}`, configuration `{}`)",
                point.id, point.suite, point.configuration_name
            )
        })
        .collect();
    let message = format!(
        "case {id} has {} test points: {}",
        points.len(),
        names.join(", ")
    );
    PlanProblem::new(ProblemKind::Ambiguous, message)
        .test(&test.key())
        .case(id)
        .hint("narrow it down with `--suite` or `--configuration`, or choose with `--points all` or `--points first`")
}
