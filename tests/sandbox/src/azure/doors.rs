//! Which resource stands behind a path, and which scope a request to it needs.

use super::resources::{self as to, Resource};

/// Methods, a path after `_apis` in which `*` stands for one part, the resource, and the scope.
type Door = (&'static str, &'static str, Resource, Option<&'static str>);

const LOOK: &str = "GET HEAD";
const TEST: Option<&str> = Some("vso.test");
const TEST_WRITE: Option<&str> = Some("vso.test_write");
const WORK: Option<&str> = Some("vso.work");

const DOORS: [Door; 48] = [
    (LOOK, "connectiondata", to::CONNECTION, None),
    (LOOK, "resourceareas", to::RESOURCE_AREAS, None),
    (LOOK, "resourceareas/*", to::RESOURCE_AREAS, None),
    (LOOK, "projects", to::PROJECTS, Some("vso.project")),
    (LOOK, "projects/*", to::PROJECTS, Some("vso.project")),
    (LOOK, "testplan/plans", to::PLANS, TEST),
    (LOOK, "testplan/plans/*", to::PLANS, TEST),
    (LOOK, "testplan/plans/*/suites", to::SUITES, TEST),
    (LOOK, "testplan/plans/*/suites/*", to::SUITES, TEST),
    (
        LOOK,
        "testplan/plans/*/suites/*/testpoint",
        to::TEST_POINTS,
        TEST,
    ),
    (
        "PATCH",
        "testplan/plans/*/suites/*/testpoint",
        to::TEST_POINTS,
        TEST_WRITE,
    ),
    (
        LOOK,
        "testplan/plans/*/suites/*/testcase",
        to::TEST_CASES,
        TEST,
    ),
    (
        "POST",
        "testplan/plans/*/suites/*/testcase",
        to::TEST_CASES,
        TEST_WRITE,
    ),
    ("DELETE", "testplan/testcases/*", to::CASES, TEST_WRITE),
    (LOOK, "testplan/configurations", to::CONFIGURATIONS, TEST),
    (LOOK, "testplan/configurations/*", to::CONFIGURATIONS, TEST),
    (LOOK, "testplan/suites", to::SUITES_OF_CASE, TEST),
    // Azure: a query, and yet it needs the scope for writing.
    ("POST", "test/points", to::POINTS_QUERY, TEST_WRITE),
    (LOOK, "test/plans/*/suites/*/points", to::SUITE_POINTS, TEST),
    (
        LOOK,
        "test/plans/*/suites/*/points/*",
        to::SUITE_POINTS,
        TEST,
    ),
    (
        "PATCH",
        "test/plans/*/suites/*/points/*",
        to::SUITE_POINTS,
        TEST_WRITE,
    ),
    ("POST", "test/results", to::RESULTS_QUERY, TEST),
    (LOOK, "test/runs", to::RUNS, TEST),
    (LOOK, "test/runs/*", to::RUNS, TEST),
    ("POST", "test/runs", to::RUNS, TEST_WRITE),
    ("PATCH DELETE", "test/runs/*", to::RUNS, TEST_WRITE),
    (LOOK, "test/runs/*/statistics", to::STATISTICS, TEST),
    (LOOK, "test/runs/*/results", to::RESULTS, TEST),
    (LOOK, "test/runs/*/results/*", to::RESULTS, TEST),
    ("POST PATCH", "test/runs/*/results", to::RESULTS, TEST_WRITE),
    (LOOK, "test/runs/*/attachments", to::RUN_ATTACHMENTS, TEST),
    (LOOK, "test/runs/*/attachments/*", to::RUN_ATTACHMENTS, TEST),
    (
        "POST",
        "test/runs/*/attachments",
        to::RUN_ATTACHMENTS,
        TEST_WRITE,
    ),
    (
        LOOK,
        "test/runs/*/results/*/attachments",
        to::RESULT_ATTACHMENTS,
        TEST,
    ),
    (
        LOOK,
        "test/runs/*/results/*/attachments/*",
        to::RESULT_ATTACHMENTS,
        TEST,
    ),
    (
        "POST",
        "test/runs/*/results/*/attachments",
        to::RESULT_ATTACHMENTS,
        TEST_WRITE,
    ),
    ("POST", "wit/workitemsbatch", to::WORK_ITEMS_BATCH, WORK),
    ("POST", "wit/wiql", to::WIQL, WORK),
    (LOOK, "wit/workitems", to::WORK_ITEMS, WORK),
    (LOOK, "wit/workitems/*", to::WORK_ITEMS, WORK),
    (
        "POST",
        "wit/workitems/*",
        to::WORK_ITEMS,
        Some("vso.work_write"),
    ),
    (
        "PATCH",
        "wit/workitems/*",
        to::WORK_ITEMS,
        Some("vso.work_write"),
    ),
    (LOOK, "release/releases", to::RELEASES, Some("vso.release")),
    (
        LOOK,
        "release/releases/*",
        to::RELEASES,
        Some("vso.release"),
    ),
    (LOOK, "wit/workitemtypecategories", to::CATEGORIES, WORK),
    (LOOK, "wit/workitemtypecategories/*", to::CATEGORIES, WORK),
    (LOOK, "build/builds", to::BUILDS, Some("vso.build")),
    (LOOK, "build/builds/*", to::BUILDS, Some("vso.build")),
];

/// Returns the resource behind a path and the scope that a request to it needs.
pub(super) fn find(method: &str, parts: &[&str]) -> Option<(Resource, Option<&'static str>)> {
    let fits = |door: &&Door| door.0.split(' ').any(|known| known == method) && same(door.1, parts);
    DOORS.iter().find(fits).map(|door| (door.2, door.3))
}

fn same(pattern: &str, parts: &[&str]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    pattern.len() == parts.len()
        && pattern
            .iter()
            .zip(parts)
            .all(|(known, part)| *known == "*" || known == part)
}
