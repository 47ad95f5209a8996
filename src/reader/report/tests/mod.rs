mod against;
mod archives;
mod encodings;
mod fixtures;
mod hostile;
mod kinds;
mod others;

use std::io::Read as _;

use super::digest::Digest;
use super::recognise;
use super::{ReadError, Source, Summary};
use crate::model::{TestCase, Verdict};

/// Reads a text as if it were a file.
pub(super) fn read_bytes(bytes: &[u8]) -> Result<(Summary, Vec<TestCase>), ReadError> {
    let mut cases = Vec::new();
    let source = Source::in_memory("a.xml", bytes);
    let summary = recognise::read(bytes, &source, (Digest::Made, None), &mut |case| {
        cases.push(case.take());
    })?;
    Ok((summary, cases))
}

fn verdicts(cases: &[TestCase]) -> Vec<Verdict> {
    cases.iter().map(|case| case.outcome.verdict()).collect()
}

#[test]
fn of_several_results_the_worst_counts_and_all_texts_are_kept() {
    let (summary, cases) = read_bytes(
        br#"<testsuite name="s"><testcase classname="c" name="n">
            <failure message="one"/><skipped/><error message="two">why</error><failure message="three"/>
        </testcase></testsuite>"#,
    )
    .unwrap();
    assert_eq!(verdicts(&cases), [Verdict::Errored]);
    let failure = cases[0].outcome.failure().unwrap();
    assert_eq!(failure.message.as_deref(), Some("two"));
    assert_eq!(failure.details.as_deref(), Some("why"));
    assert_eq!(failure.also.len(), 2);
    assert_eq!((summary.tally.tests, summary.tally.errored), (1, 1));
}

#[test]
fn a_test_keeps_nothing_of_the_one_before_whether_that_was_taken_or_not() {
    let full = r#"<testcase classname="c" name="full" file="f" time="1" timestamp="2026-01-02T03:04:05Z" flaky="true" owner="o">
        <description>d</description><properties><property name="p" value="v"/></properties><failure message="m">t</failure>
        <rerunFailure message="r"/><system-out>[[ATTACHMENT|a.png]]</system-out><system-err>e</system-err></testcase>"#;
    let document = format!("<testsuite name='s'>{full}<testcase name='bare'/>{full}</testsuite>");
    let source = Source::in_memory("a.xml", document.as_bytes());
    let (mut left, mut taken) = (Vec::new(), Vec::new());
    super::look(&source, &mut |case| left.push(case.clone())).unwrap();
    super::look(&source, &mut |case| taken.push(case.take())).unwrap();
    assert_eq!(left, taken);
    let alone = read_bytes(b"<testsuite name='s'><testcase name='bare'/></testsuite>");
    let mut alone = alone.unwrap().1.remove(0);
    alone.line = left[1].line;
    assert_eq!(left[1], alone);
    let whole = format!("{:?}", left[0]);
    let parts = [
        "\"f\"", "1s", "\"o\"", "\"d\"", "\"v\"", "\"m\"", "\"r\"", "a.png", "\"e\"",
    ];
    assert!(parts.iter().all(|part| whole.contains(part)), "{whole}");
}

#[test]
fn an_empty_element_counts_as_much_as_a_full_one() {
    let (_, cases) = read_bytes(
        b"<testsuite><testcase name='a'><failure/></testcase><testcase name='b'><error/></testcase>\
        <testcase name='c'><skipped/></testcase><testcase name='d'/></testsuite>",
    )
    .unwrap();
    assert_eq!(
        verdicts(&cases),
        [
            Verdict::Failed,
            Verdict::Errored,
            Verdict::Skipped,
            Verdict::Passed
        ]
    );
}

#[test]
fn reruns_are_attempts_of_one_test_and_equal_names_are_not() {
    let (summary, cases) = read_bytes(
        b"<testsuite><testcase name='a'><flakyFailure message='m'><stackTrace>t</stackTrace></flakyFailure></testcase>\
        <testcase name='b'><failure/><rerunFailure/><rerunError/></testcase>\
        <testcase name='row'/><testcase name='row'/></testsuite>",
    )
    .unwrap();
    assert_eq!(
        verdicts(&cases),
        [
            Verdict::Passed,
            Verdict::Failed,
            Verdict::Passed,
            Verdict::Passed
        ]
    );
    assert_eq!(summary.attempts, 7);
    let first = cases[0].earlier[0].outcome.failure().unwrap();
    assert_eq!(first.details.as_deref(), Some("t"));
}

#[test]
fn a_report_that_ends_early_is_an_error_with_a_place() {
    let error =
        read_bytes(b"<testsuites>\n <testsuite>\n  <testcase name='a'/>\n  <testcase name='b'>")
            .unwrap_err();
    assert_eq!(error.line, Some(4));
    assert_eq!(error.path, "testsuites/testsuite/testcase");
    assert!(error.message.contains("incomplete"), "{error}");
}

#[test]
fn a_text_of_a_gigabyte_costs_no_more_than_a_small_one_and_what_follows_is_read() {
    let head = b"<testsuite><testcase name='a'><system-out><![CDATA[".as_slice();
    let tail =
        b"]]></system-out><failure/></testcase>\n<testcase name='b'/></testsuite>".as_slice();
    let long = std::io::repeat(b'\n').take(64 * 1024 * 1024);
    let mut cases = Vec::new();
    let source = Source::file_at("a.xml", "a.xml");
    let bytes = head.chain(long).chain(tail);
    recognise::read(bytes, &source, (Digest::Made, None), &mut |case| {
        cases.push(case.take());
    })
    .unwrap();
    assert_eq!(verdicts(&cases), [Verdict::Failed, Verdict::Passed]);
    assert!(
        cases[0]
            .output
            .as_ref()
            .is_none_or(|output| output.len() < 70_000)
    );
    assert_eq!(cases[1].line, 2 + 64 * 1024 * 1024);
}

#[test]
fn other_xml_is_named() {
    let error = read_bytes(b"<checkstyle version='1'/>").unwrap_err();
    assert_eq!(error.foreign(), Some("a Checkstyle report"));
    let error = read_bytes(b"<TestCase name='tst_cart'><TestFunction name='adds'/></TestCase>");
    let named = "QtTest's own report; `-o FILE,junitxml` writes what handin reads";
    assert_eq!(error.unwrap_err().foreign(), Some(named));
    // It begins as a TRX does.
    let error = read_bytes(b"<TestRun><FailedTests><FailedTest id='1'><Name>T::a</Name></FailedTest></FailedTests><SuccessfulTests/></TestRun>");
    assert_eq!(error.unwrap_err().foreign(), Some("CppUnit's own report"));
}

#[test]
fn attachments_are_found_in_an_output_of_any_length_and_across_references() {
    let noise = "0123456789 [[not a mark]] &amp; ".repeat(8000);
    // So long that the text is cut in the middle of the mark.
    let split = "x".repeat(256 * 1024 - 16);
    for (begin, end) in [("", ""), ("<![CDATA[", "]]>")] {
        let text = format!(
            "<testsuite><testcase name='a'><system-out>{begin}{split}[[ATTACHMENT|split/one.png]]{noise}[[ATTACHMENT|late/two.png]]\n{noise}\
             [[ATTACHMENT|last.png]]{end}</system-out><system-err>[[ATTACHMENT|a &amp; b.png]]</system-err></testcase></testsuite>"
        );
        let (_, cases) = read_bytes(text.as_bytes()).unwrap();
        let paths: Vec<_> = cases[0]
            .attachments
            .iter()
            .map(|attachment| attachment.path.to_str().unwrap())
            .collect();
        assert_eq!(
            paths,
            ["split/one.png", "late/two.png", "last.png", "a & b.png"]
        );
        assert!(cases[0].output.as_ref().unwrap().len() < 70_000);
    }
}

#[test]
fn properties_behind_the_tests_reach_them_in_a_second_reading() {
    let text = b"<testsuites><testsuite name='outer'><properties><property name='os' value='Linux'/></properties>\
        <testsuite name='inner'><testcase name='a'/><properties><property name='browser' value='Firefox'/></properties></testsuite>\
        <testcase name='b'/><properties><property name='browser' value='Chrome'/><property name='os' value='other'/></properties></testsuite>\
        <testsuite name='next'><properties><property name='browser' value='Edge'/></properties><testcase name='c'/></testsuite>\
        <properties><property name='lab' value='7'/></properties></testsuites>";
    let source = Source::in_memory("a.xml", &text[..]);
    let told = |case: &TestCase| {
        let of = |name: &str| case.property(name).unwrap_or("-").to_owned();
        [of("os"), of("browser"), of("lab")].join(" ")
    };
    let mut tests = Vec::new();
    let first = super::read(&source, &mut |case| tests.push(told(case))).unwrap();
    assert_eq!(tests, ["Linux - -", "Linux - -", "- Edge -"]);
    tests.clear();
    let again =
        super::read_again(&source, &first.late, &mut |case| tests.push(told(case))).unwrap();
    assert_eq!(tests, ["Linux Firefox 7", "Linux Chrome 7", "- Edge 7"]);
    assert_eq!((&again.tally, again.digest), (&first.tally, first.digest));
}

#[test]
fn late_properties_are_bounded_and_told_beyond() {
    let many = format!("<property name='a' value='{}'/>", "x".repeat(60_000)).repeat(100);
    let text = format!("<testsuite><testcase name='a'/>{many}</testsuite>");
    let (summary, _) = read_bytes(text.as_bytes()).unwrap();
    let told: Vec<_> = summary
        .warnings
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert!(told[0].contains("4 MiB"), "{told:?}");
}

#[test]
fn nanoseconds_are_read_as_such_where_the_producer_is_known() {
    let report = |tag: &str, time: &str| {
        let text = format!(
            "<testsuites {tag}><testsuite><testcase name='a' time='{time}'/><testcase name='b' time='0'/></testsuite></testsuites>"
        );
        let (summary, _) = read_bytes(text.as_bytes()).unwrap();
        let warning = summary
            .warnings
            .iter()
            .map(|warning| warning.message.clone())
            .find(|message| !message.contains("counters"))
            .unwrap_or_default();
        (summary.duration.unwrap().as_secs_f64(), warning)
    };
    let (seconds, warning) = report("failures='0' tests='2' time='1967986371'", "1967986371");
    assert!((seconds - 1.967_986_371).abs() < 1e-9, "{seconds}");
    assert!(warning.contains("container-structure-test"), "{warning}");
    // The same from a program of which nothing is known.
    let (seconds, warning) = report("name='x' tests='2' time='1967986371'", "1967986371");
    assert!((seconds - 1_967_986_371.0).abs() < 1.0, "{seconds}");
    assert!(warning.contains("more than a week"), "{warning}");
    // The versions from 1.14 on write seconds.
    let (seconds, warning) = report("failures='0' tests='2' time='1.96'", "1.96");
    assert!((seconds - 1.96).abs() < 1e-9, "{seconds}");
    assert_eq!(warning, "");
}

#[test]
fn what_a_comma_means_is_decided_for_the_file_and_not_for_the_value() {
    let seconds = |times: &[&str]| {
        let cases: Vec<String> = times
            .iter()
            .map(|time| format!("<testcase name='a' time='{time}'/>"))
            .collect();
        let cases = cases.concat();
        let text = format!("<testsuite>{cases}</testsuite>");
        let source = Source::in_memory("a.xml", text.as_bytes());
        let mut seconds = Vec::new();
        super::read(&source, &mut |case| {
            seconds.push(case.duration.unwrap().as_secs_f64());
        })
        .unwrap();
        seconds
    };
    assert_eq!(seconds(&["1,078", "0,021"]), [1.078, 0.021]);
    assert_eq!(seconds(&["1,078", "12,5"]), [1.078, 12.5]);
    assert_eq!(seconds(&["1,078"]), [1.078]);
    assert_eq!(seconds(&["1,078", "0.5"]), [1078.0, 0.5]);
    assert_eq!(seconds(&["1,078", "1,234.5"]), [1078.0, 1234.5]);
    assert_eq!(seconds(&["1,078", "1,234,567"]), [1078.0, 1_234_567.0]);
    assert_eq!(seconds(&["1,078", "1.234,56"]), [1.078, 1234.56]);
}
