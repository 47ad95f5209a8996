//! Test points, and which of them take a result.
//!
//! A point is a case in a suite in a configuration: a case in two suites with two configurations has four.

use std::collections::HashSet;
use std::sync::Arc;

use super::settings::PointChoice;
use super::target::AzureTarget;
use super::wire::TestPoint;
use crate::keys::Row;
use crate::mapping::CaseId;
use crate::model::{TestCase, TestSuite};
use crate::plan::{PackedCase, PlanProblem, PlannedResult, ProblemKind};

/// A point, as far as choosing needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) id: u64,
    pub(super) case: u64,
    pub(super) place: Arc<PointPlace>,
}

/// Where a point is: a plan has many points and few such places.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct PointPlace {
    pub(super) suite: String,
    pub(super) configuration: u64,
    pub(super) configuration_name: String,
}

/// The places that were seen so far, each once.
#[derive(Debug, Default)]
pub(super) struct PointPlaces(HashSet<Arc<PointPlace>>);

impl Point {
    pub(super) fn new(point: TestPoint, places: &mut PointPlaces) -> Self {
        let place = PointPlace {
            suite: point.test_suite.map(|suite| suite.name).unwrap_or_default(),
            configuration: point.configuration.id.0,
            configuration_name: point.configuration.name,
        };
        let known = places.0.get(&place).map(Arc::clone);
        let place = known.unwrap_or_else(|| {
            let new = Arc::new(place);
            places.0.insert(Arc::clone(&new));
            new
        });
        Self {
            id: point.id.0,
            case: point.test_case_reference.id.0,
            place,
        }
    }
}

/// The points of a plan or of a part of it, by case.
#[derive(Debug, Default)]
pub(super) struct PointIndex {
    /// By case, then by id.
    points: Vec<Point>,
}

impl PointIndex {
    pub(super) fn new(points: impl IntoIterator<Item = Point>) -> Self {
        let mut points: Vec<Point> = points.into_iter().collect();
        points.sort_unstable_by_key(|point| (point.case, point.id));
        points.dedup_by_key(|point| point.id);
        points.shrink_to_fit();
        Self { points }
    }

    pub(super) fn all(&self) -> &[Point] {
        &self.points
    }

    /// Returns the points of a case, by id; none where the case is not here.
    pub(super) fn of(&self, case: u64) -> &[Point] {
        let first = self.points.partition_point(|point| point.case < case);
        let rest = self.points.get(first..).unwrap_or_default();
        let count = rest.partition_point(|point| point.case == case);
        rest.get(..count).unwrap_or_default()
    }
}

/// Chooses the points of one mapped case that take this test's result.
///
/// # Errors
///
/// What stands in the way: no point in the configuration, or several with nothing to choose by.
pub(super) fn choose<'a>(
    points: &[&'a Point],
    id: &CaseId,
    test: &PlannedResult,
    target: &AzureTarget,
) -> Result<Vec<&'a Point>, PlanProblem> {
    let wanted = wanted_configuration(&test.case, target);
    let fitting: Vec<&Point> = points
        .iter()
        .copied()
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

/// What a report says of every test, whether it has properties or not.
const SAID: [&str; 6] = ["hostname", "suite", "report", "file", "class", "name"];

/// Returns the values in the report for a name: the properties of the test with that name, or a field of it.
///
/// Playwright writes its project as `hostname`; others put the browser into the name of a suite. A test may have several tags.
fn said<'a>(test: &'a TestCase, name: &str) -> Vec<&'a str> {
    let own = test.properties.iter();
    let own = own.filter(|property| property.name.eq_ignore_ascii_case(name));
    let own: Vec<&str> = own.map(|property| property.value.as_str()).collect();
    if !own.is_empty() {
        return own;
    }
    if let Some(value) = test.suite.property(name) {
        return vec![value];
    }
    let around = std::iter::successors(Some(&*test.suite), |suite| suite.parent.as_deref());
    let of_suites = |value: fn(&TestSuite) -> Option<&str>| -> Vec<&'a str> {
        around.clone().filter_map(value).collect()
    };
    let values = match name.to_ascii_lowercase().as_str() {
        "hostname" => of_suites(|suite| suite.hostname.as_deref()),
        "suite" => of_suites(|suite| Some(&suite.name)),
        "report" => of_suites(|suite| suite.report_name.as_deref()),
        "file" => test
            .file
            .as_deref()
            .into_iter()
            .chain(of_suites(|suite| suite.file.as_deref()))
            .collect(),
        "class" => test.class_name.as_deref().into_iter().collect(),
        "name" => vec![test.name.as_str()],
        _ => Vec::new(),
    };
    values
        .into_iter()
        .filter(|value| !value.is_empty())
        .collect()
}

/// Returns the configuration that the settings or the report give this test: the one of all tests, or what the test says.
fn wanted_configuration(test: &PackedCase, target: &AzureTarget) -> Option<String> {
    let by_test = || wanted(test, &target.configuration_property, &target.configurations);
    target.configuration.clone().or_else(by_test)
}

/// Returns the choice of a test: by a property that names it, or by the first rule whose patterns all match.
pub(super) fn wanted(test: &PackedCase, property: &str, rules: &[Row]) -> Option<String> {
    let by_rule = || {
        let test = (!rules.is_empty()).then(|| test.unpack())?;
        let matches = |(name, pattern): (&String, &String)| {
            said(&test, name)
                .iter()
                .any(|value| glob_matches(pattern, value))
        };
        let rule = rules.iter().find(|rule| rule.when.iter().all(matches))?;
        Some(rule.choose.clone())
    };
    let named = test.property(property);
    let named = named.map(|name| name.trim().to_owned());
    named.filter(|name| !name.is_empty()).or_else(by_rule)
}

fn is_configuration(point: &Point, wanted: &str) -> bool {
    point.place.configuration_name.eq_ignore_ascii_case(wanted)
        || point.place.configuration.to_string() == wanted
}

/// Returns whether a value matches a pattern in which `*` stands for any text and `?` for one character, in any letter case.
fn glob_matches(pattern: &str, value: &str) -> bool {
    let mut plain = String::new();
    for c in pattern.chars() {
        match c {
            '[' => plain.push_str("[[]"),
            '*' if plain.ends_with('*') => {}
            c => plain.push(c),
        }
    }
    let options = glob::MatchOptions {
        case_sensitive: false,
        ..glob::MatchOptions::default()
    };
    glob::Pattern::new(&plain).is_ok_and(|pattern| pattern.matches_with(value, options))
}

fn not_in_configuration(
    points: &[&Point],
    id: &CaseId,
    test: &PlannedResult,
    wanted: &str,
) -> PlanProblem {
    let message = format!(
        "case {id} has no test point in the configuration `{wanted}`; it has: {}",
        configurations(points.iter().copied()).join(", ")
    );
    PlanProblem::new(ProblemKind::NotInPlan, message)
        .test(&test.test)
        .case(id)
        .hint("assign the configuration to the case's suite, or choose another with `--configuration`")
}

fn configurations<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<&'a str> {
    let mut names: Vec<&str> = points
        .map(|point| point.place.configuration_name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn ambiguous(points: &[&Point], id: &CaseId, test: &PlannedResult) -> PlanProblem {
    let names: Vec<String> = points
        .iter()
        .map(|point| {
            format!(
                "{} (suite `{}`, configuration `{}`)",
                point.id, point.place.suite, point.place.configuration_name
            )
        })
        .collect();
    let message = format!(
        "case {id} has {} test points: {}",
        points.len(),
        names.join(", ")
    );
    PlanProblem::new(ProblemKind::Ambiguous, message)
        .test(&test.test)
        .case(id)
        .hint(way_out(points, &test.case.unpack()))
}

/// Describes how to choose one of several points. If they differ in their configuration, the report may name it.
fn way_out(points: &[&Point], test: &TestCase) -> String {
    const CHOICE: &str = "choose with `--points all` or `--points first`";
    let configurations = configurations(points.iter().copied());
    let [_, _, ..] = configurations.as_slice() else {
        return format!("narrow it down with `--suite`, or {CHOICE}");
    };
    let said = worth_telling(test);
    let named = said.iter().find_map(|(name, value)| {
        let value_there = value.to_lowercase();
        let fits = |it: &&&str| it.to_lowercase().contains(&value_there);
        Some((name, value, configurations.iter().find(fits)?))
    });
    let first = said.first().map(|(name, value)| (name, value, &"…"));
    let Some((name, value, chosen)) = named.or(first) else {
        return format!(
            "narrow it down with `--configuration` or `--suite`, or {CHOICE}; the report says nothing that `[[azure.configurations]]` could go by"
        );
    };
    let others: Vec<String> = said
        .iter()
        .map(|(name, value)| format!("{name} = `{value}`"))
        .collect();
    format!(
        "say in `[[azure.configurations]]` which it was, as `when = {{ {name} = \"{value}\" }}` with `use = \"{chosen}\"` (the report says: {}); or narrow it down with `--configuration` or `--suite`, or {CHOICE}",
        others.join(", ")
    )
}

/// Returns the properties of a test that could identify its configuration, the likeliest first.
fn worth_telling(test: &TestCase) -> Vec<(String, String)> {
    const LIKELY: [&str; 6] = [
        "browser",
        "os",
        "device",
        "platform",
        "project",
        "environment",
    ];
    const SHOWN: usize = 6;
    let suites = std::iter::successors(Some(&*test.suite), |suite| suite.parent.as_deref());
    let mut names: Vec<&str> = LIKELY.into_iter().chain(SAID.into_iter().take(3)).collect();
    names.extend(
        test.properties
            .iter()
            .chain(suites.flat_map(|suite| &suite.properties))
            .map(|property| property.name.as_str()),
    );
    let mut told: Vec<(String, String)> = Vec::new();
    for name in names {
        let known = told
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = said(test, name).first().map(|value| (*value).to_owned());
        let fits = |value: &String| value.chars().count() <= 40 && !value.contains(['"', '`']);
        if let Some(value) = value.filter(fits).filter(|_| !known) {
            told.push((name.to_owned(), value));
        }
    }
    told.truncate(SHOWN);
    told
}
