//! Input that means harm, or has come to harm: it ends as a report or as an error with a place.

use std::io::{self, Read};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::read_bytes;
use crate::report::digest::Digest;
use crate::report::{ReadErrorKind, Source, recognise};

/// Gives its bytes three at a time, so that every state of the filter meets every end of the buffer.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(3);
        self.0.read(&mut buffer[..count])
    }
}

#[test]
fn entities_are_never_expanded() {
    let bomb = b"<!DOCTYPE t [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\"><!-- '>]\" -->\n<!ENTITY c SYSTEM 'file:///etc/passwd'>]>\
        <testsuite><testcase name='&b;'><failure>&c;</failure></testcase></testsuite>";
    let (summary, cases) = read_bytes(bomb).unwrap();
    assert_eq!(cases[0].name, "&b;");
    assert_eq!(
        cases[0].outcome.failure().unwrap().details.as_deref(),
        Some("&c;")
    );
    assert_eq!(summary.warnings.len(), 2, "{:?}", summary.warnings);
}

#[test]
fn depth_attributes_and_tags_are_bounded() {
    let long = format!("<{}", "x".repeat(17 * 1024 * 1024));
    let error = read_bytes(long.as_bytes()).unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::TooLarge, "{error}");
    assert!(error.line.is_some());
    let (_, cases) = read_bytes(
        format!(
            "{}<testcase name='a'/>{}",
            "<testsuite>".repeat(200),
            "</testsuite>".repeat(200)
        )
        .as_bytes(),
    )
    .unwrap();
    assert_eq!(cases.len(), 1);
}

#[test]
fn what_stands_too_deep_costs_itself_and_not_the_report() {
    let (open, close) = ("<b a='>'>\n".repeat(100_000), "</b>".repeat(100_000));
    let text = format!(
        "<testsuite><testcase name='a'><failure>told{open}<c/>{close}</failure></testcase>\n{}{}<testcase name='b'/></testsuite>",
        "<testsuite><testcase name='c'/>".repeat(300),
        "</testsuite>".repeat(300)
    );
    let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
    assert_eq!(cases.len(), 2 + 254);
    assert_eq!(cases[0].name, "a");
    assert_eq!(cases[0].outcome.verdict(), crate::model::Verdict::Failed);
    assert_eq!(cases.last().unwrap().name, "b");
    let told = summary.warnings.iter();
    let mut told = told.filter(|warning| warning.message.contains("deeper than 256 elements"));
    // The first is the 254th of the elements in the failure.
    assert_eq!(told.next().and_then(|warning| warning.line), Some(254));
    let cut = "<testsuite>".repeat(300);
    let error = read_bytes(cut.as_bytes()).unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::Malformed, "{error}");
}

#[test]
fn many_attributes_cost_no_test_and_what_counts_is_found_behind_them() {
    let many: Vec<String> = (0..400).map(|n| format!("a{n}=''")).collect();
    let many = many.join(" ");
    let text = format!(
        "<testsuite><testcase {many} name='a' status='failed'/><testcase name='b'/></testsuite>"
    );
    let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
    assert_eq!(cases.len(), 2);
    assert_eq!(cases[0].name, "a");
    assert_eq!(summary.tally.failed, 1);
    let message = &summary.warnings[0].message;
    assert!(message.contains("144 attributes"), "{message}");
}

#[test]
fn a_tag_beyond_16_mib_costs_attributes_and_no_test() {
    let million = "x".repeat(1_100_000);
    let long: Vec<String> = (0..18).map(|n| format!("\n a{n}='{million}'")).collect();
    let short: Vec<String> = (0..1_500_000).map(|n| format!(" b{n}='1'")).collect();
    for many in [long.concat(), short.concat(), " ".repeat(17 * 1024 * 1024)] {
        let lines = many.matches('\n').count() as u64;
        let text = format!(
            "<testsuite><testcase name='a'{many} classname='c' status='failed'><system-out>o</system-out></testcase>\n<testcase name='b'/>\n<testcase name='c'/></testsuite>"
        );
        let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
        let told = cases.iter().map(|case| (&*case.name, case.line));
        let expected = [("a", 1), ("b", 2 + lines), ("c", 3 + lines)];
        assert!(told.eq(expected), "{cases:?}");
        assert_eq!(cases[0].class_name.as_deref(), Some("c"));
        assert_eq!(summary.tally.failed, 1);
        let passed = summary
            .warnings
            .iter()
            .find(|it| it.message.contains("passed over"));
        let is_told = many.contains('=');
        assert_eq!(
            passed.and_then(|it| it.line),
            is_told.then_some(1),
            "{:?}",
            summary.warnings
        );
    }
}

#[test]
fn an_element_with_a_name_beyond_64_kib_costs_itself() {
    let name = "n".repeat(70_000);
    let text = format!(
        "<testsuite>\n<testcase name='a'><{name} x='1'>t<{name}/></{name}><failure/></testcase><{name}/><testcase name='b'/></testsuite>"
    );
    let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
    assert_eq!((cases.len(), summary.tally.failed), (2, 1));
    let told = summary
        .warnings
        .iter()
        .find(|it| it.message.contains("64 KiB"));
    let told = told.map(|it| (it.line, it.message.contains("(2)")));
    assert_eq!(told, Some((Some(2), true)));
}

#[test]
fn a_long_value_is_cut_with_a_warning_and_the_rest_is_read() {
    let text = format!(
        "<testsuite><testcase name='a' message='{}' classname='c'/></testsuite>",
        "é&amp;".repeat(500_000)
    );
    let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
    assert_eq!(cases[0].class_name.as_deref(), Some("c"));
    assert!(
        summary
            .warnings
            .iter()
            .any(|warning| warning.message.contains("cut")),
        "{:?}",
        summary.warnings
    );
}

#[test]
fn malformed_markup_is_an_error_with_a_place() {
    let samples = [
        (
            "<testsuite><testcase name='a' name='b'/></testsuite>",
            "twice",
        ),
        ("<testsuite><testcase name/></testsuite>", "no value"),
        ("<testsuite><testcase name=a/></testsuite>", "not quoted"),
        ("<testsuite></testsuites>", "expected `</testsuite>`"),
        (
            "<testsuite><testcase name='a'></testsuite>",
            "expected `</testcase>`",
        ),
        ("<testsuite/></testsuite>", "does not match"),
        ("<testsuite><![CDATA[", "not closed"),
        ("<testsuite><testcase name='a", "not closed"),
        ("<testsuite>\n<a>&lt", "incomplete"),
    ];
    for (text, expected) in samples {
        let error = read_bytes(text.as_bytes()).unwrap_err();
        assert!(error.message.contains(expected), "{text}: {error}");
        assert!(error.line.is_some() && error.column.is_some(), "{text}");
    }
}

#[test]
fn what_is_no_xml_is_told_apart() {
    for bytes in [
        &b""[..],
        b"  \n",
        b"\x1f\x8b\x08\x00",
        b"PK\x03\x04",
        b"all tests passed\n",
    ] {
        let error = read_bytes(bytes).unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::NotAReport, "{error}");
    }
    let error = read_bytes(b"<!doctype html><html><body><hr></body></html>").unwrap_err();
    assert_eq!(error.foreign(), Some("an HTML page"));
}

/// Pieces that reports are made of, whole and broken.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "<testsuites name='r' tests='1'>",
        "</testsuites>",
        "<testsuite name=\"s\" time='1,2'>",
        "</testsuite>",
        "<testcase name='n' classname=\"c\" time='PT1S'>",
        "<testcase/>",
        "</testcase>",
        "<failure message='m'>",
        "</failure>",
        "<error/>",
        "<skipped>",
        "</skipped>",
        "<properties><property name='a' value='b'/>",
        "</properties>",
        "<system-out>",
        "</system-out>",
        "[[ATTACHMENT|../a]]",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml version='1.0' encoding='utf-16'?>",
        "?>",
        "<!DOCTYPE a [",
        "]>",
        "&amp;",
        "&#0;",
        "&x;",
        "&",
        "<",
        ">",
        "'",
        "\"",
        "=",
        " ",
        "\r\n",
        "\u{1b}[1m",
        "<rerunFailure><stackTrace>",
        "</stackTrace></rerunFailure>",
        "<TestRun><Results><UnitTestResult testId='1' outcome='Passed' duration='00:00:01'>",
        "<InnerResults>",
        "</InnerResults></UnitTestResult></Results></TestRun>",
        "<test-run><test-suite><test-case result='Failed'>",
        "</test-case></test-suite></test-run>",
        "<assemblies><assembly><collection><test result='Pass'>",
        "</test></collection></assembly></assemblies>",
        "<log><record><level>START</level><method>startTest</method><property name='id'>a</property></record>",
        "</log>",
    ]);
    prop_oneof![
        8 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        1 => Just(vec![b'x'; 300]),
    ]
}

#[test]
fn any_bytes_give_a_report_or_an_error_with_a_place() {
    let config = Config {
        cases: 1000,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let pieces = prop::collection::vec(piece(), 0..40);
    TestRunner::new_with_rng(config, rng)
        .run(&pieces, |pieces| {
            let bytes = pieces.concat();
            let whole = read_bytes(&bytes);
            let source = Source::in_memory("a", bytes.clone());
            let mut cases = Vec::new();
            let slow = recognise::read(Slow(&bytes), &source, (Digest::Made, None), &mut |case| {
                cases.push(case.take());
            });
            match (whole, slow) {
                (Ok((summary, all)), Ok(slow)) => {
                    prop_assert_eq!(summary.tally, slow.tally);
                    prop_assert_eq!(all.len() as u64, summary.tally.tests);
                    prop_assert_eq!(all, cases);
                    prop_assert!(summary.attempts >= summary.tally.tests);
                }
                (Err(error), Err(slow)) => {
                    prop_assert!(!error.message.is_empty());
                    let placed = error.line.is_some() || error.kind != ReadErrorKind::Malformed;
                    prop_assert!(placed, "{:?}", error);
                    prop_assert_eq!(error.kind, slow.kind);
                }
                (whole, slow) => prop_assert!(
                    false,
                    "read at once {:?}, piece by piece {:?}",
                    whole.map(|read| read.0),
                    slow
                ),
            }
            Ok(())
        })
        .unwrap();
}
