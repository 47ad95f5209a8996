//! What is no report that is read, but known: its name, and the way to a report that is read.

use super::sketch::Sketch;
use super::xml::Root;

/// Names an XML document by its first element.
pub(super) fn xml(root: &Root) -> String {
    let schema = ["noNamespaceSchemaLocation", "schemaLocation"];
    let known = match root.name.as_str() {
        "" => "a document without elements",
        "testcase" => "a lone `<testcase>`, which only means something inside a `<testsuite>`",
        "checkstyle" => "a Checkstyle report",
        "coverage" => "a coverage report (Cobertura or Clover)",
        "report" => "a coverage report (JaCoCo)",
        "CoverageSession" => "a coverage report (OpenCover)",
        "results" if schema.iter().any(|name| root.get(name).is_some()) => {
            "a results file of another tool"
        }
        "testng-results" => {
            "TestNG's own report; its `junitreports` folder holds what handin reads"
        }
        "suite" => "a TestNG configuration",
        "phpunit" => "a PHPUnit configuration",
        "result" => "Jenkins' own `junitResult.xml`",
        "test-results" => "an NUnit 2 report without its counters",
        "test-suite" if root.get("executed").is_some() => {
            "a piece of an NUnit 2 report; the whole of it is what handin reads"
        }
        "test-suite" => "a result of Allure 1; Allure 2 and 3 write what handin reads",
        "TestLog" | "TestResult" => {
            "a Boost.Test log; `--log_format=JUNIT` writes what handin reads"
        }
        "TestCase" => "QtTest's own report; `-o FILE,junitxml` writes what handin reads",
        "Catch" | "Catch2TestRun" => {
            "Catch2's own report; `--reporter junit` writes what handin reads"
        }
        "doctest" => "doctest's own report; `--reporters=junit` writes what handin reads",
        "project" => "a build file (Maven or Ant)",
        "configuration" => "a configuration",
        "pmd" => "a PMD report",
        "pmd-cpd" => "a CPD report",
        "BugCollection" => "a SpotBugs report",
        "issues" => "an Android Lint report",
        "html" | "HTML" => "an HTML page",
        "ReportCollectionEntity" => "the list of a Katalon collection",
        "feed" | "rss" => "a news feed",
        "Site" | "Testing" => "CTest's own report; `ctest --output-junit` writes what handin reads",
        "svg" => "an SVG image",
        "testExecutions" => "a SonarQube test report",
        name => {
            let name: String = name.chars().take(60).collect();
            return format!("XML with the root element `<{name}>`");
        }
    };
    String::from(known)
}

/// Returns whether a text is what `go test` prints without `-json`.
pub(super) fn is_go_output(head: &str) -> bool {
    let mut lines = head.lines().take(50);
    let marks = ["=== RUN ", "--- FAIL: ", "--- PASS: ", "ok  \t", "FAIL\t"];
    lines.any(|line| marks.iter().any(|mark| line.starts_with(mark)))
}

/// Names a JSON document by its members.
pub(super) fn json(sketch: &Sketch) -> &'static str {
    let found = KNOWN.iter().find(|(members, _)| sketch.has_all(members));
    found.map_or(OTHER_JSON, |(_, what)| what)
}

/// The name of JSON of which nothing is known.
pub(super) const OTHER_JSON: &str = "JSON of another kind";

/// Members that tell a document, and what it is. The first that fits counts.
const KNOWN: &[(&[&str], &str)] = &[
    (
        &["stats", "tests", "pending", "failures", "passes"],
        "JSON of Mocha's own reporter; mochawesome and `mocha-junit-reporter` write what handin reads",
    ),
    (
        &["version", "examples", "summary_line"],
        "JSON of RSpec; `rspec_junit_formatter` writes what handin reads",
    ),
    (
        &["exitcode", "collectors", "tests"],
        "JSON of pytest-json-report; `pytest --junitxml` writes what handin reads",
    ),
    (
        &["exitcode", "root", "summary"],
        "JSON of pytest-json-report; `pytest --junitxml` writes what handin reads",
    ),
    (
        &["$report_type"],
        "JSON of pytest-reportlog; `pytest --junitxml` writes what handin reads",
    ),
    (
        &["protocolVersion", "runnerVersion"],
        "JSON of Dart's or Flutter's test runner; `junitreport:tojunit` turns it into what handin reads",
    ),
    (
        &["type", "event"],
        "JSON of Rust's libtest; `cargo nextest run` with a JUnit profile writes what handin reads",
    ),
    (
        &["generator", "rpa", "suite"],
        "JSON of Robot Framework; its `output.xml` is what handin reads",
    ),
    (
        &["collection", "run.stats"],
        "JSON of Newman; its reporter `junit` writes what handin reads",
    ),
    (
        &["capabilities", "suites", "specs", "state"],
        "JSON of WebdriverIO; its reporter `junit` writes what handin reads",
    ),
    (
        &["root_group", "metrics"],
        "the summary of k6; its `handleSummary` with `jUnit` writes what handin reads",
    ),
    (
        &["testsuites", "tests", "failures", "timestamp"],
        "JSON of googletest; `--gtest_output=xml` writes what handin reads",
    ),
    (
        &["browsers", "result", "summary"],
        "JSON of Karma; `karma-junit-reporter` writes what handin reads",
    ),
    (
        &["backtraceGraph", "tests"],
        "the list of tests that CTest knows; `ctest --output-junit` writes what handin reads",
    ),
    (
        &["testNodes", "devices"],
        "JSON of xcresulttool; `trainer` or `xcbeautify` turn it into what handin reads",
    ),
    (
        &["actions", "issues", "metrics"],
        "JSON of xcresulttool; `trainer` or `xcbeautify` turn it into what handin reads",
    ),
    (
        &["children", "befores"],
        "a container of Allure: the folder around it is what handin reads",
    ),
    (
        &["uuid", "children"],
        "a container of Allure: the folder around it is what handin reads",
    ),
    (
        &["method", "params"],
        "a blob report of Playwright; `npx playwright merge-reports --reporter=json` turns it into what handin reads",
    ),
    (&["[].filePath", "[].messages"], "an ESLint report"),
    (&["runs", "version"], "a SARIF report"),
    (&["bomFormat"], "a bill of materials (CycloneDX)"),
    (&["spdxVersion"], "a bill of materials (SPDX)"),
    (&["meta", "files", "totals"], "a coverage report"),
    (&["total.lines", "total.branches"], "a coverage report"),
    (&["compilerOptions"], "a configuration of TypeScript"),
    (&["lockfileVersion"], "a lock file of npm"),
    (&["name", "version", "scripts"], "a manifest of npm"),
    (&["name", "version", "dependencies"], "a manifest of npm"),
];
