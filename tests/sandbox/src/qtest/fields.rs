//! The fields, statuses and status mapping a project starts with.
//!
//! Values as real projects show them: Automation yes is 711, Type Automation 702, Status New 201, Priority Medium 723.

use std::collections::BTreeMap;

use super::model::{Allowed, Field, Status};

/// The field that says whether a test case is automated.
pub(crate) const AUTOMATION: &str = "AutomationTestCase";
/// The field that holds a test case's fingerprint.
pub(crate) const CONTENT: &str = "ClassIdTestCase";

/// The field that holds a test case's description, which the case shows as such too.
pub(crate) const DESCRIPTION: &str = "DescriptionTestCase";
/// The field that holds a test case's precondition.
pub(crate) const PRECONDITION: &str = "PreconditionTestCase";

/// Description of a field: label, original name, allowed values, default.
type Draft = (
    &'static str,
    &'static str,
    &'static [(u64, &'static str)],
    Option<u64>,
);

const STATUS: &[(u64, &str)] = &[
    (201, "New"),
    (202, "In Progress"),
    (203, "Ready For Baseline"),
    (204, "Baselined"),
];
const PRIORITY: &[(u64, &str)] = &[
    (721, "Undecided"),
    (722, "Low"),
    (723, "Medium"),
    (724, "High"),
    (725, "Urgent"),
];

const TEST_CASES: &[Draft] = &[
    ("Status", "StatusTestCase", STATUS, Some(201)),
    (
        "Automation",
        AUTOMATION,
        &[(710, "No"), (711, "Yes")],
        Some(710),
    ),
    ("Automation Content", CONTENT, &[], None),
    (
        "Type",
        "TypeTestCase",
        &[
            (701, "Manual"),
            (702, "Automation"),
            (703, "Performance"),
            (704, "Scenario"),
        ],
        Some(701),
    ),
    ("Assigned To", "AssignedToTestCase", &[], None),
    ("Description", DESCRIPTION, &[], None),
    ("Precondition", PRECONDITION, &[], None),
    ("Priority", "PriorityTestCase", PRIORITY, Some(721)),
];

const TEST_RUNS: &[Draft] = &[
    ("Run Order", "RunOrderTestRun", &[], None),
    (
        "Planned Execution Time",
        "PlannedExecutionTimeTestRun",
        &[],
        None,
    ),
    (
        "Actual Execution Time",
        "ActualExecutionTimeTestRun",
        &[],
        None,
    ),
    (
        "Execution Type",
        "ExecutionTypeTestRun",
        &[(501, "Functional"), (502, "Regression")],
        Some(501),
    ),
    ("Planned Start Date", "PlannedStartDateTestRun", &[], None),
    ("Planned End Date", "PlannedEndDateTestRun", &[], None),
    (
        "Environment",
        "EnvironmentTestRun",
        &[(801, "Chrome"), (802, "Firefox"), (803, "iPhone 14")],
        None,
    ),
    (
        "Target Release/Build",
        "TargetReleaseBuildTestRun",
        &[],
        None,
    ),
    ("Assigned To", "AssignedToTestRun", &[], None),
    (
        "Status",
        "StatusTestRun",
        &[
            (601, "Passed"),
            (602, "Failed"),
            (603, "Incomplete"),
            (604, "Blocked"),
            (605, "Unexecuted"),
        ],
        Some(605),
    ),
    ("Priority", "PriorityTestRun", PRIORITY, Some(721)),
    ("Build Number", "BuildNumberTestRun", &[], None),
    ("CI Tool", "CIToolTestRun", &[], None),
    ("Build URL", "BuildURLTestRun", &[], None),
];

const TEST_SUITES: &[Draft] = &[
    (
        "Environment",
        "EnvironmentTestSuite",
        &[(801, "Chrome"), (802, "Firefox"), (803, "iPhone 14")],
        None,
    ),
    (
        "Execution Type",
        "ExecutionTypeTestSuite",
        &[(501, "Functional"), (502, "Regression")],
        Some(501),
    ),
    ("Assigned To", "AssignedToTestSuite", &[], None),
];

const RELEASES: &[Draft] = &[(
    "Status",
    "StatusRelease",
    &[(901, "Open"), (902, "Closed")],
    Some(901),
)];
const OTHERS: &[Draft] = &[("Status", "Status", &[(901, "New")], Some(901))];

/// The object types that have fields.
pub(crate) const TYPES: [&str; 8] = [
    "requirements",
    "test-cases",
    "defects",
    "test-runs",
    "test-suites",
    "releases",
    "builds",
    "test-steps",
];

/// Returns the fields of a new project; ids start at `first` and differ from project to project.
pub(crate) fn defaults(first: u64) -> BTreeMap<String, Vec<Field>> {
    let mut id = first;
    let mut fields = BTreeMap::new();
    for kind in TYPES {
        let drafts = match kind {
            "test-cases" => TEST_CASES,
            "test-runs" => TEST_RUNS,
            "test-suites" => TEST_SUITES,
            "releases" => RELEASES,
            _ => OTHERS,
        };
        let mut made = Vec::new();
        for (label, original_name, allowed, default) in drafts {
            made.push(Field {
                id,
                label: (*label).to_owned(),
                original_name: (*original_name).to_owned(),
                required: false,
                allowed: allowed
                    .iter()
                    .map(|(value, label)| Allowed {
                        value: *value,
                        label: (*label).to_owned(),
                    })
                    .collect(),
                default: *default,
                active: true,
            });
            id += 1;
        }
        fields.insert(kind.to_owned(), made);
    }
    fields
}

/// Returns the execution statuses of a new project.
pub(crate) fn statuses() -> Vec<Status> {
    [
        (601, "Passed", "#2ec76a"),
        (602, "Failed", "#d85644"),
        (603, "Incomplete", "#8c7265"),
        (604, "Blocked", "#e6c437"),
        (605, "Unexecuted", "#c4c4c4"),
    ]
    .into_iter()
    .map(|(id, name, color)| Status {
        id,
        name: name.to_owned(),
        color: color.to_owned(),
    })
    .collect()
}

/// Returns the status mapping of a new project: both spellings that tools send.
pub(crate) fn mapping() -> Vec<(String, u64)> {
    [
        ("PASS", 601),
        ("FAIL", 602),
        ("SKIP", 603),
        ("PASSED", 601),
        ("FAILED", 602),
        ("SKIPPED", 603),
    ]
    .into_iter()
    .map(|(name, id)| (name.to_owned(), id))
    .collect()
}
