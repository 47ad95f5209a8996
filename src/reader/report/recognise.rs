//! Tells by the first element what a document is, and gives it to the reader of that format.

use std::io::Read;

use super::error::{ReadError, ReadErrorKind};
use super::walk::Walker as _;
use super::xml::{Digest, Node, Tag, Xml};
use super::{LateProperties, Source, Summary, junit, katalon, nunit, trx, xunit};
use crate::model::TestCase;

/// Reads a document of any known format.
pub(super) fn read(
    bytes: impl Read,
    source: &Source,
    (digest, late): (Digest, Option<&LateProperties>),
    visit: &mut dyn FnMut(TestCase),
) -> Result<Summary, ReadError> {
    let mut xml = Xml::new(bytes, digest)?;
    loop {
        let foreign = match xml.next()? {
            Node::Open(tag) => match tag.name() {
                "testsuites" | "testsuite" | "testrun" => {
                    let mut reader = junit::Reader::new(visit, source.beside()).knowing(late);
                    reader.open(&tag);
                    return reader.read(xml);
                }
                "test-run" => {
                    let mut reader = nunit::Reader::new(visit);
                    reader.open(&tag);
                    return reader.read(xml);
                }
                "TestRun" => {
                    let mut reader = trx::Reader::new(visit, source);
                    reader.open(&tag);
                    return reader.read(xml);
                }
                "assemblies" | "assembly" if is_xunit(&tag) => {
                    let mut reader = xunit::Reader::new(visit);
                    reader.open(&tag);
                    return reader.read(xml);
                }
                "log" => return katalon::read_log(xml, visit),
                name => what(
                    name,
                    tag.first(&["noNamespaceSchemaLocation", "schemaLocation"])
                        .as_deref(),
                ),
            },
            Node::Close | Node::Text(_) => continue,
            Node::End => String::from("a document without elements"),
        };
        let message = format!("this is {foreign}, not a test report that handin reads");
        return Err(xml
            .error(ReadErrorKind::ForeignXml(foreign), message)
            .hint("handin reads JUnit, Katalon, TRX, NUnit 3 and xUnit.net v2"));
    }
}

/// Tells the results of xUnit.net from the manifest of a Windows program.
fn is_xunit(tag: &Tag<'_>) -> bool {
    tag.name() == "assemblies"
        || tag
            .first(&["test-framework", "run-date", "total"])
            .is_some()
}

/// Names a document by its first element.
fn what(root: &str, schema: Option<&str>) -> String {
    let known = match root {
        "testcase" => "a lone `<testcase>`, which only means something inside a `<testsuite>`",
        "checkstyle" => "a Checkstyle report",
        "coverage" => "a coverage report (Cobertura or Clover)",
        "report" => "a coverage report (JaCoCo)",
        "CoverageSession" => "a coverage report (OpenCover)",
        "results" if schema.is_some() => "a results file of another tool",
        "testng-results" => {
            "TestNG's own report; its `junitreports` folder holds what handin reads"
        }
        "suite" => "a TestNG configuration",
        "phpunit" => "a PHPUnit configuration",
        "robot" => "Robot Framework's own output; `robot --xunit` writes what handin reads",
        "result" => "Jenkins' own `junitResult.xml`",
        "test-results" => "an NUnit 2 report; NUnit 3 writes what handin reads",
        "TestLog" | "TestResult" => {
            "a Boost.Test log; `--log_format=JUNIT` writes what handin reads"
        }
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
        _ => {
            return format!(
                "XML with the root element `<{}>`",
                root.chars().take(60).collect::<String>()
            );
        }
    };
    String::from(known)
}
