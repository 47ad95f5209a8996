//! The kinds of misreading that public bug reports tell of, each with several examples.

#![expect(
    clippy::disallowed_methods,
    reason = "reports are written for the test"
)]

use super::super::{Format, Retries, Source, discover, read};
use super::read_bytes;
use crate::model::{TestCase, TestKey, Verdict};

/// Reads one `<testcase>` and returns how it ended, with the warnings.
fn ended(case: &str) -> (Verdict, Vec<String>) {
    let text = format!("<testsuite name='s'>{case}</testsuite>");
    let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
    let told = summary.warnings.into_iter().map(|it| it.message).collect();
    (cases[0].outcome.verdict(), told)
}

fn keys(text: &str) -> Vec<String> {
    let (_, cases) = read_bytes(text.as_bytes()).unwrap();
    cases.iter().map(|case| case.key().to_string()).collect()
}

#[test]
fn a_test_of_which_there_are_only_tries_that_failed_again_does_not_pass_in_silence() {
    let again = "<rerunFailure message='no'/><rerunError message='broke'/>";
    let (verdict, told) = ended(&format!("<testcase name='t'>{again}</testcase>"));
    assert_eq!(verdict, Verdict::Passed);
    assert!(told[0].contains("it counts as passed"), "{told:?}");
    for (attributes, beside) in [
        ("", "<flakyFailure message='no'/>"),
        ("status='passed'", ""),
    ] {
        let (verdict, told) = ended(&format!(
            "<testcase name='t' {attributes}>{beside}{again}</testcase>"
        ));
        assert_eq!((verdict, told.len()), (Verdict::Passed, 0), "{beside}");
    }
    let (verdict, told) = ended(&format!("<testcase name='t'>{again}<failure/></testcase>"));
    assert_eq!((verdict, told.len()), (Verdict::Failed, 0));
}

#[test]
fn no_word_of_an_attribute_passes_in_silence_unless_it_is_known_to_be_harmless() {
    let samples = [
        ("status='Crashed'", Verdict::Errored),
        ("status='KO'", Verdict::Failed),
        ("outcome='NotExecuted'", Verdict::Skipped),
        ("outcome='Not_Executed'", Verdict::Skipped),
        ("result='cancelled'", Verdict::Incomplete),
        ("state='CANCELED'", Verdict::Incomplete),
        ("status='STOPPED'", Verdict::Incomplete),
        ("status='blocked'", Verdict::Incomplete),
        ("status='undefined'", Verdict::Failed),
        ("status='timed out'", Verdict::Failed),
        ("status='run' result='timedout'", Verdict::Failed),
        ("status='passed' outcome='failed'", Verdict::Failed),
        ("failed='true'", Verdict::Failed),
        ("success='false'", Verdict::Failed),
        ("executed='False'", Verdict::Skipped),
        ("ignored='true'", Verdict::Skipped),
        ("incomplete='true'", Verdict::Incomplete),
        ("errors='2'", Verdict::Errored),
        ("failure='it broke'", Verdict::Failed),
        (
            "failed='false' skipped='0' errors='0' failures='0'",
            Verdict::Passed,
        ),
        ("status='WARNING'", Verdict::Passed),
        ("status='run' result='completed'", Verdict::Passed),
        ("status='0'", Verdict::Passed),
        ("status=''", Verdict::Passed),
        ("success='true' executed='true'", Verdict::Passed),
        ("Status='FAILED'", Verdict::Failed),
        ("test-status='Failed'", Verdict::Failed),
        ("verdict='inconclusive'", Verdict::Skipped),
        ("RESULT='pass'", Verdict::Passed),
        ("run='false'", Verdict::Skipped),
        ("enabled='false'", Verdict::Skipped),
        ("run='true' enabled='true'", Verdict::Passed),
        ("completion='failed'", Verdict::Failed),
        ("testFailed='true'", Verdict::Failed),
        ("notPassed='true'", Verdict::Failed),
        ("passing='false'", Verdict::Failed),
        ("numFailures='1'", Verdict::Failed),
        ("error-count='2'", Verdict::Errored),
        ("failureCount='0' errorCount='0'", Verdict::Passed),
        ("did-run='false'", Verdict::Skipped),
        ("finished='no'", Verdict::Incomplete),
        // What a test may take, and when something became of it.
        ("timeout='30'", Verdict::Passed),
        ("timeout='true'", Verdict::Failed),
        (
            "stopped='2024-01-01T00:00:00' queued='0.3'",
            Verdict::Passed,
        ),
    ];
    for (attributes, expected) in samples {
        let (verdict, told) = ended(&format!("<testcase name='a' classname='c' {attributes}/>"));
        assert_eq!(verdict, expected, "{attributes}");
        assert!(told.is_empty(), "{attributes}: {told:?}");
    }
}

#[test]
fn a_property_named_like_a_word_counts_where_its_value_is_known_to_be_no_pass_and_nothing_else_says_so()
 {
    let samples = [
        ("status", "failed", Verdict::Failed),
        ("Test_Status", "FAIL", Verdict::Failed),
        ("result", "error", Verdict::Errored),
        ("outcome", "skipped", Verdict::Skipped),
        ("outcome", "unexpected", Verdict::Failed),
        ("state", "blocked", Verdict::Incomplete),
        ("verdict", "not run", Verdict::Skipped),
        // Words of things that are tested, and of nothing that anybody knows.
        ("status", "alive", Verdict::Passed),
        ("state", "California", Verdict::Passed),
        ("state", "running", Verdict::Passed),
        ("result", "42", Verdict::Passed),
        ("outcome", "expected", Verdict::Passed),
        ("order_status", "failed", Verdict::Passed),
    ];
    for (name, value, expected) in samples {
        let property = format!("<property name='{name}' value='{value}'/>");
        let (verdict, told) = ended(&format!(
            "<testcase name='a'><properties>{property}</properties></testcase>"
        ));
        assert_eq!(verdict, expected, "{property}");
        assert_eq!(told.is_empty(), expected == Verdict::Passed, "{told:?}");
    }
    let (verdict, told) = ended(
        "<testcase name='a'><properties><property name='status' value='failed'/></properties><error/></testcase>",
    );
    assert_eq!((verdict, told.len()), (Verdict::Errored, 0));
}

#[test]
fn words_and_flags_are_found_wherever_they_stand_in_a_test() {
    let samples = [
        ("isFailed='true'", "", Verdict::Failed),
        ("isPassed='false'", "", Verdict::Failed),
        ("was-skipped='true'", "", Verdict::Skipped),
        ("case_status='failed'", "", Verdict::Failed),
        ("conclusion='failure'", "", Verdict::Failed),
        ("deviceState='running'", "", Verdict::Passed),
        ("", "<test-result>failed</test-result>", Verdict::Failed),
        (
            "",
            "<result><status>failed</status></result>",
            Verdict::Failed,
        ),
        ("", "<outcome><failed/></outcome>", Verdict::Failed),
        ("", "<result type='failure'/>", Verdict::Failed),
        ("", "<status code='0'>passed</status>", Verdict::Passed),
        ("", "<execution result='failed'/>", Verdict::Failed),
        ("", "<step status='skipped'/>", Verdict::Passed),
        (
            "",
            "<attempts><attempt status='failed'/></attempts>",
            Verdict::Passed,
        ),
    ];
    for (attributes, inside, expected) in samples {
        let (verdict, _) = ended(&format!(
            "<testcase name='a' {attributes}>{inside}</testcase>"
        ));
        assert_eq!(verdict, expected, "{attributes}{inside}");
    }
}

#[test]
fn a_word_for_a_bad_end_counts_under_every_name_but_those_of_other_things() {
    let samples = [
        ("ending='crashed'", Verdict::Errored),
        ("finish='timeout'", Verdict::Failed),
        ("phase='failed'", Verdict::Failed),
        ("evaluation='ko'", Verdict::Failed),
        ("final_status='wobbly'", Verdict::Incomplete),
        ("tc-result='NOK'", Verdict::Failed),
        ("previous-status='failed'", Verdict::Passed),
        ("last_result='failed'", Verdict::Passed),
        ("retryStatus='failed'", Verdict::Passed),
        ("expected='failed'", Verdict::Passed),
        (
            "severity='fatal' level='error' type='error'",
            Verdict::Passed,
        ),
        ("category='broken' description='failed'", Verdict::Passed),
        ("http_status='404' resolution='1920x1080'", Verdict::Passed),
    ];
    for (attributes, expected) in samples {
        let (verdict, _) = ended(&format!("<testcase name='a' {attributes}/>"));
        assert_eq!(verdict, expected, "{attributes}");
    }
}

#[test]
fn a_flag_or_a_number_in_an_element_counts_as_its_text_says() {
    let samples = [
        ("<passed>false</passed>", Verdict::Failed),
        ("<success value='false'/>", Verdict::Failed),
        ("<passed>true</passed>", Verdict::Passed),
        ("<failed>false</failed>", Verdict::Passed),
        ("<failed>true</failed>", Verdict::Failed),
        ("<failures>0</failures><errors>2</errors>", Verdict::Errored),
        ("<error-count>0</error-count>", Verdict::Passed),
        // The text of a failure is what failed, and no flag.
        ("<failure>0</failure>", Verdict::Failed),
        ("<error>false</error>", Verdict::Errored),
    ];
    for (element, expected) in samples {
        let (verdict, _) = ended(&format!("<testcase name='a'>{element}</testcase>"));
        assert_eq!(verdict, expected, "{element}");
    }
}

#[test]
fn a_test_that_is_called_otherwise_is_one_unless_it_is_a_group_of_tests() {
    let samples = [
        ("<test name='a' status='fail'/>", "f"),
        ("<test name='a'><failure/></test><test name='b'/>", "fp"),
        (
            "<tests><test name='a'/><test name='b'><error/></test></tests>",
            "pe",
        ),
        ("<scenario name='a' status='failed'/>", "f"),
        ("<test-method name='a' status='FAIL'/>", "f"),
        (
            "<test name='g'><testcase name='a'/><test name='b'><failure/></test></test>",
            "pf",
        ),
        ("<test name='g'><testcase name='a'/><error/></test>", "ep"),
        ("<test>a text</test><testcase name='a'/>", "p"),
    ];
    for (inner, expected) in samples {
        let text = format!("<testsuite name='s'>{inner}</testsuite>");
        let (_, cases) = read_bytes(text.as_bytes()).unwrap();
        let letter = |case: &TestCase| case.outcome.verdict().word().chars().next().unwrap();
        let letters: String = cases.iter().map(letter).collect();
        assert_eq!(letters, expected, "{inner}");
    }
}

#[test]
fn a_suite_that_says_that_it_failed_is_never_silent() {
    let told = |text: &str| {
        let (summary, _) = read_bytes(text.as_bytes()).unwrap();
        let mut told = summary.warnings.iter();
        told.any(|it| it.message.contains("something outside of them went wrong"))
    };
    for suite in [
        "<testsuite status='failed'><testcase name='a'/></testsuite>",
        "<testsuite success='False'><testcase name='a'/></testsuite>",
        "<testsuite failed='1'><testcase name='a'/></testsuite>",
        "<testsuite hasErrors='true'><testcase name='a'/></testsuite>",
        "<testsuite completion='failed'><testcase name='a'/></testsuite>",
        "<testsuite><testcase name='a'/><result>Failure</result></testsuite>",
        "<testsuites result='error'><testsuite><testcase name='a'/></testsuite></testsuites>",
        "<testsuite><properties><property name='outcome' value='Failed'/></properties><testcase name='a'/></testsuite>",
    ] {
        assert!(told(suite), "{suite}");
    }
    for suite in [
        "<testsuite status='failed'><testcase name='a'><failure/></testcase></testsuite>",
        "<testsuite status='failed'><error message='x'/><testcase name='a'/></testsuite>",
        "<testsuite status='passed' failed='0' success='true'><testcase name='a'/></testsuite>",
        "<testsuite><properties><property name='outcome' value='Completed'/></properties><testcase name='a'/></testsuite>",
    ] {
        assert!(!told(suite), "{suite}");
    }
}

#[test]
fn tests_in_results_and_among_properties_are_tests() {
    let text = "<testsuite><properties><testcase name='a'/></properties>\
        <testcase name='b'><failure message='m'><testcase name='c'><error/></testcase></failure></testcase>\
        <test-case name='d'/></testsuite>";
    let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
    let tally = summary.tally;
    let counted = (tally.passed, tally.failed, tally.errored);
    assert_eq!(counted, (2, 1, 1), "{cases:?}");
}

#[test]
fn a_word_that_nobody_knows_is_incomplete_and_told_once() {
    let text = "<testsuite><testcase name='a' status='wobbly'/><testcase name='b' status='wobbly'/>\
        <testcase name='c' status='gone'/><testcase name='d' status='wobbly'><failure/></testcase></testsuite>";
    let (summary, _) = read_bytes(text.as_bytes()).unwrap();
    let tally = summary.tally;
    assert_eq!((tally.incomplete, tally.failed, tally.passed), (3, 1, 0));
    let told: Vec<_> = summary.warnings.iter().map(|it| &it.message).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("`wobbly`") && told[1].contains("`gone`"));
}

#[test]
fn no_element_passes_in_silence_unless_it_is_known_to_be_harmless() {
    let samples = [
        ("<Failure message='x'/>", Verdict::Failed),
        ("<FAILED/>", Verdict::Failed),
        ("<timed-out/>", Verdict::Failed),
        ("<assertion-failure/>", Verdict::Failed),
        (
            "<failures><failure message='x'/></failures>",
            Verdict::Failed,
        ),
        ("<failures/>", Verdict::Failed),
        ("<errors><error/></errors>", Verdict::Errored),
        ("<step><failure/></step>", Verdict::Failed),
        ("<step><inner><error/></inner></step>", Verdict::Errored),
        ("<exception/>", Verdict::Errored),
        ("<appCrash/>", Verdict::Errored),
        ("<setupFailed/>", Verdict::Errored),
        ("<Skipped/>", Verdict::Skipped),
        ("<inconclusive/>", Verdict::Skipped),
        ("<not-run/>", Verdict::Skipped),
        ("<blocked/>", Verdict::Incomplete),
        ("<aborted message='killed'/>", Verdict::Incomplete),
        (
            "<aborted message='Assumption failed: no display'/>",
            Verdict::Skipped,
        ),
        ("<canceled/>", Verdict::Incomplete),
        ("<status>failed</status>", Verdict::Failed),
        ("<result>Timeout</result>", Verdict::Failed),
        ("<outcome value='blocked'/>", Verdict::Incomplete),
        ("<suspended/>", Verdict::Incomplete),
        ("<quarantined/>", Verdict::Incomplete),
        ("<success/>", Verdict::Passed),
        ("<passed/>", Verdict::Passed),
        ("<status>passed</status>", Verdict::Passed),
        ("<webLink url='http://x'/>", Verdict::Passed),
        ("<description>d</description>", Verdict::Passed),
        ("<metadata><entry key='a'/></metadata>", Verdict::Passed),
        ("<tags><tag>smoke</tag></tags>", Verdict::Passed),
        ("<error-log>boom</error-log>", Verdict::Passed),
    ];
    for (element, expected) in samples {
        let (verdict, _) = ended(&format!(
            "<testcase name='a' classname='c'>{element}</testcase>"
        ));
        assert_eq!(verdict, expected, "{element}");
    }
}

#[test]
fn a_message_in_an_element_of_its_own_is_read() {
    let text = b"<testsuite><testcase name='a'><failure><message>no</message><stack-trace>at x</stack-trace></failure></testcase></testsuite>";
    let (_, cases) = read_bytes(text).unwrap();
    let failure = cases[0].outcome.failure().unwrap();
    assert_eq!(failure.message.as_deref(), Some("no"));
    assert_eq!(failure.details.as_deref(), Some("at x"));
}

#[test]
fn nothing_vanishes_in_tests_suites_and_elements_that_stand_in_a_test() {
    let samples = [
        (
            "<testcase name='o' classname='c'><testcase name='i' classname='c'/><failure/></testcase>",
            "fp",
        ),
        (
            "<testcase name='o' classname='c'><testcase name='i' classname='c'><error/></testcase></testcase>",
            "pe",
        ),
        (
            "<testcase name='o' classname='c'><testsuite name='t'><testcase name='i'><failure/></testcase></testsuite><skipped/></testcase>",
            "sf",
        ),
        (
            "<testcase name='o' classname='c'><steps><testcase name='i' classname='c'><failure/></testcase></steps></testcase>",
            "pf",
        ),
        (
            "<group><sub><testcase name='i' classname='c'><failure/></testcase></sub></group>",
            "f",
        ),
        (
            "<testCase name='i' classname='c'><failure/></testCase>",
            "f",
        ),
        (
            "<testcase name='a' classname='c'><testcase name='b' classname='c'><testcase name='d' classname='c'><failure/></testcase></testcase><error/></testcase>",
            "epf",
        ),
        ("<skipped><testcase name='i' classname='c'/></skipped>", "p"),
    ];
    for (inner, expected) in samples {
        let text = format!("<testsuites><testsuite name='s'>{inner}</testsuite></testsuites>");
        let (_, cases) = read_bytes(text.as_bytes()).unwrap();
        let letters: String = cases
            .iter()
            .map(|case| case.outcome.verdict().word().chars().next().unwrap())
            .collect();
        assert_eq!(letters, expected, "{inner}");
    }
}

#[test]
fn different_tests_have_different_keys() {
    let samples = [
        "<testsuites><testsuite name='Android'><testsuite name='Login'><testcase name='a'/></testsuite></testsuite>\
         <testsuite name='iOS'><testsuite name='Login'><testcase name='a'/></testsuite></testsuite></testsuites>",
        "<testsuite name='all'><testcase name='a' file='x.lua'/><testcase name='a' file='y.lua'/></testsuite>",
        "<testsuite name='all'><testcase name='a' classname='a' file='x.yaml'/><testcase name='a' classname='a' file='y.yaml'/></testsuite>",
        "<testsuites><testsuite name='A'><testcase name='a' classname='test'/></testsuite><testsuite name='B'><testcase name='a' classname='test'/></testsuite></testsuites>",
        "<testsuites><testsuite name='com.x.ATest'><testcase name='a' classname='Happy path'/></testsuite><testsuite name='com.x.BTest'><testcase name='a' classname='Happy path'/></testsuite></testsuites>",
        "<testsuites><testsuite name='A' file='x.js'><testcase name='a'/></testsuite><testsuite name='B' file='x.js'><testcase name='a'/></testsuite></testsuites>",
        "<testsuites><testsuite name='LoginTest' package='com.a'><testcase name='a' classname='LoginTest'/></testsuite><testsuite name='LoginTest' package='com.b'><testcase name='a' classname='LoginTest'/></testsuite></testsuites>",
        "<testsuites><testsuite name='T' package='com.a'><testcase name='a'/></testsuite><testsuite name='T' package='com.b'><testcase name='a'/></testsuite></testsuites>",
        "<testsuite name='all'><testcase name='a' classname='LoginTest' file='a/login_test.rb'/><testcase name='a' classname='LoginTest' file='b/login_test.rb'/></testsuite>",
        "<testsuite name='all'><testcase name='a' classname='Login page' file='a.test.js'/><testcase name='a' classname='Login page' file='b.test.js'/></testsuite>",
        "<testsuites><testsuite name='T' file='a/T.php'><testcase name='a' classname='T'/></testsuite><testsuite name='T' filepath='b/T.php'><testcase name='a' classname='T'/></testsuite></testsuites>",
    ];
    for text in samples {
        let keys = keys(text);
        assert_eq!(keys.len(), 2, "{text}");
        assert_ne!(keys[0], keys[1], "{text}");
    }
}

#[test]
fn the_same_test_has_one_key_on_every_machine_and_line() {
    let pairs = [
        (
            "classname='/home/runner/work/x/x/site.yml:12'",
            "classname='/builds/acme/x/site.yml:31'",
        ),
        (
            "classname='file:///home/runner/work/x/x/a.test.ts'",
            "classname='a.test.ts'",
        ),
        (
            "classname='D:\\a\\x\\x\\tests\\a.py'",
            "classname='tests/a.py'",
        ),
        (
            "file='/home/vsts/work/1/s/a_spec.rb:3'",
            "file='./a_spec.rb:99'",
        ),
        (
            "classname='LoginTest' file='/home/vsts/work/1/s/a/login_test.rb:3'",
            "classname='LoginTest' file='a/login_test.rb'",
        ),
        // A class that says where it is needs no file, nor does one that is the name of its file.
        (
            "classname='shop.LoginTest' file='src/LoginTest.java'",
            "classname='shop.LoginTest'",
        ),
        (
            "classname='test_cart' file='test_cart.py'",
            "classname='test_cart'",
        ),
    ];
    for (one, other) in pairs {
        let key = |attributes: &str| {
            keys(&format!(
                "<testsuite name='s'><testcase name='a' {attributes}/></testsuite>"
            ))
            .remove(0)
        };
        assert_eq!(key(one), key(other), "{one}");
    }
}

#[test]
fn tests_of_one_key_are_told_of_unless_they_are_rows() {
    let text = b"<testsuite><testcase name='a' classname='c'/><testcase name='a' classname='c'/><testcase name='b' classname='c'/></testsuite>";
    let source = Source::in_memory("a.xml", &text[..]);
    let summary = read(&source, &mut |_| {}).unwrap();
    let told = &summary.warnings[0].message;
    assert!(
        told.starts_with("`c › a` is the key of several tests"),
        "{told}"
    );
    let text = b"<testsuite><testcase name='a' classname='c'/><testcase name='a' classname='d'/></testsuite>";
    let summary = read(&Source::in_memory("a.xml", &text[..]), &mut |_| {}).unwrap();
    assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
}

#[test]
fn attributes_of_suites_can_be_used_where_properties_can() {
    let text =
        b"<testsuites device='Pixel'><testsuite name='o' hostname='agent' browser='attribute'>\
        <properties><property name='browser' value='property'/></properties>\
        <testsuite name='i' package='p'><testcase name='a'/></testsuite></testsuite></testsuites>";
    let (_, cases) = read_bytes(text).unwrap();
    let of = |name: &str| cases[0].property(name).unwrap_or("-").to_owned();
    let found = [
        of("device"),
        of("hostname"),
        of("package"),
        of("browser"),
        of("tests"),
    ];
    assert_eq!(found, ["Pixel", "agent", "p", "property", "-"]);
}

fn tries(case: &TestCase) -> (Verdict, u64, bool) {
    (case.outcome.verdict(), case.attempts(), case.is_flaky())
}

#[test]
fn what_ran_again_is_an_attempt_of_one_test() {
    let samples = [
        // Surefire, Gradle, Playwright.
        (
            "<testcase name='a' classname='c'><flakyFailure message='m'/></testcase>",
            (Verdict::Passed, 2, true),
        ),
        (
            "<testcase name='a' classname='c'><failure/><rerunFailure/></testcase>",
            (Verdict::Failed, 2, false),
        ),
        // Flank.
        (
            "<testcase name='a' classname='c' flaky='true'><failure/></testcase>",
            (Verdict::Passed, 2, true),
        ),
        (
            "<testcase name='a' classname='c' flaky='true'/>",
            (Verdict::Passed, 1, true),
        ),
        // WebdriverIO: what failed before is skipped, and says why.
        (
            "<testcase name='a' classname='c'><skipped/><system-err>Error: x</system-err></testcase><testcase name='a' classname='c'/>",
            (Verdict::Passed, 2, true),
        ),
        // node:test, whose failing todo fails nothing.
        (
            "<testcase name='a' classname='test'><skipped type='todo'/><failure/></testcase>",
            (Verdict::Skipped, 1, false),
        ),
        (
            "<testcase name='a' classname='c'><attempts><attempt><failure/></attempt></attempts></testcase>",
            (Verdict::Passed, 2, true),
        ),
        (
            "<testcase name='a' classname='c'><retry><error/></retry><failure/></testcase>",
            (Verdict::Failed, 2, false),
        ),
    ];
    for (cases, expected) in samples {
        let text = format!(
            "<testsuites><testsuite name='s' flakes='1'><properties><property name='specId' value='0'/><property name='capabilities' value='chrome'/></properties>{cases}</testsuite></testsuites>"
        );
        let (_, found) = read_bytes(text.as_bytes()).unwrap();
        assert_eq!(found.len(), 1, "{cases}");
        assert_eq!(tries(&found[0]), expected, "{cases}");
    }
    // Flaky or not: without Flank's counter a failure is one.
    let (verdict, _) = ended("<testcase name='a' flaky='true'><failure/></testcase>");
    assert_eq!(verdict, Verdict::Failed);
}

#[test]
fn the_counters_of_webdriverio_count_its_tries_too() {
    let of = |counters: &str| {
        let text = format!(
            "<testsuites {counters}><testsuite name='s' {counters}><properties><property name='specId' value='0'/><property name='capabilities' value='chrome'/></properties>
            <testcase name='a' classname='c'><skipped/><system-err>Error: x</system-err></testcase><testcase name='a' classname='c'/></testsuite></testsuites>"
        );
        read_bytes(text.as_bytes()).unwrap().0.warnings
    };
    assert_eq!(of("tests='2' skipped='1' failures='0'"), []);
    assert_eq!(of("tests='3' skipped='1' failures='0'").len(), 1);
}

#[test]
fn which_try_counts_can_be_chosen() {
    let unmarked = "<testsuite><testcase name='a' classname='c'><failure/></testcase><testcase name='b' classname='c'/><testcase name='a' classname='c'/></testsuite>";
    let marked =
        "<testsuite><testcase name='a' classname='c'><flakyFailure/></testcase></testsuite>";
    let read = |text: &str, retries| {
        let source = Source::in_memory("a.xml", text.as_bytes()).with_retries(retries);
        let mut found = Vec::new();
        let summary = read(&source, &mut |case| {
            if case.name == "a" {
                found.push(tries(case));
            }
        });
        (summary.unwrap().tally.flaky, found)
    };
    let (failed, passed) = ((Verdict::Failed, 1, false), (Verdict::Passed, 1, false));
    assert_eq!(read(unmarked, None), (0, vec![failed, passed]));
    assert_eq!(
        read(unmarked, Some(Retries::Worst)),
        (0, vec![failed, passed])
    );
    assert_eq!(
        read(unmarked, Some(Retries::Last)),
        (1, vec![(Verdict::Passed, 2, true)])
    );
    assert_eq!(read(marked, None), (1, vec![(Verdict::Passed, 2, true)]));
    assert_eq!(
        read(marked, Some(Retries::Worst)),
        (0, vec![(Verdict::Failed, 2, false)])
    );
    assert_eq!(
        read(marked, Some(Retries::Last)),
        (1, vec![(Verdict::Passed, 2, true)])
    );
}

/// Finds the reports of a folder with these files, and returns each test that is handed over.
fn folder(files: &[(&str, String)]) -> Vec<(String, (Verdict, u64, bool))> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let named = [String::from("out")];
    let found = discover(&named, folder.path(), &crate::files::Patience::default()).unwrap();
    let mut tests = Vec::new();
    for source in &found.sources {
        read(source, &mut |case| {
            tests.push((case.name.clone(), tries(case)));
        })
        .unwrap();
    }
    tests.sort_by(|one, other| one.0.cmp(&other.0));
    tests
}

#[test]
fn a_second_report_of_a_run_holds_attempts() {
    let junit = |cases: &str| format!("<testsuite name='s'>{cases}</testsuite>");
    let first = junit(
        "<testcase name='a' classname='c'><failure/></testcase><testcase name='b' classname='c'/>",
    );
    let again = junit("<testcase name='a' classname='c'/>");
    let expected = [
        (String::from("a"), (Verdict::Passed, 2, true)),
        (String::from("b"), (Verdict::Passed, 1, false)),
    ];
    for (one, other) in [
        ("out/TEST-c.xml", "out/rerun/TEST-c.xml"),
        ("out/TEST-c.xml", "out/retry-1/other.xml"),
        ("out/attempt_1/c.xml", "out/attempt_2/c.xml"),
    ] {
        let found = folder(&[(one, first.clone()), (other, again.clone())]);
        assert_eq!(found, expected, "{other}");
    }
    // Two files that are no reruns hold two tests.
    assert_eq!(
        folder(&[("out/a.xml", first), ("out/b.xml", again)]).len(),
        3
    );
}

fn trx(id: &str, start: &str, outcome: &str) -> String {
    format!(
        "<TestRun id='{id}'><Times start='{start}'/><Results><UnitTestResult testName='N.C.a' outcome='{outcome}'/></Results></TestRun>"
    )
}

#[test]
fn two_trx_of_one_run_are_one_run() {
    let first = trx("1", "2024-05-02T10:00:00Z", "Failed");
    let again = trx("1", "2024-05-02T10:05:00Z", "Passed");
    // The order of their names says nothing.
    let found = folder(&[("out/z.trx", first.clone()), ("out/a.trx", again.clone())]);
    assert_eq!(found, [(String::from("N.C.a"), (Verdict::Passed, 2, true))]);
    let other = trx("2", "2024-05-02T10:05:00Z", "Passed");
    assert_eq!(
        folder(&[("out/z.trx", first), ("out/a.trx", other)]).len(),
        2
    );
}

#[test]
fn tries_of_microsofts_test_platform_come_before_the_report_beside_their_folder() {
    let first = trx("1", "2024-05-02T10:00:00Z", "Failed");
    let second = trx("2", "2024-05-02T10:01:00Z", "Failed");
    let last = trx("3", "2024-05-02T10:02:00Z", "Passed");
    let found = folder(&[
        ("out/Retries/x7Yz/1/a.trx", first),
        ("out/Retries/x7Yz/2/a.trx", second),
        ("out/a.trx", last),
    ]);
    assert_eq!(found, [(String::from("N.C.a"), (Verdict::Passed, 3, true))]);
}

/// Writes a report of NUnit 2 with these tests in one fixture.
fn nunit2(cases: &str) -> String {
    format!(
        "<test-results name='/a/b.dll' total='9' failures='0' not-run='0' date='2026-11-28' time='10:00:00'>\
        <test-suite type='Assembly' name='/a/b.dll' result='Success'><results><test-suite type='TestFixture' name='Cart' result='Success'>\
        <results>{cases}</results></test-suite></results></test-suite></test-results>"
    )
}

#[test]
fn the_words_of_nunit_2_count_and_none_of_them_passes_that_is_contradicted() {
    let samples = [
        (
            "executed='True' result='Success' success='True'",
            Verdict::Passed,
        ),
        (
            "executed='True' result='Success' success='False'",
            Verdict::Failed,
        ),
        (
            "executed='True' result='Failure' success='False'",
            Verdict::Failed,
        ),
        (
            "executed='True' result='Fail' success='False'",
            Verdict::Failed,
        ),
        (
            "executed='True' result='Error' success='False'",
            Verdict::Errored,
        ),
        ("executed='False' result='NotRunnable'", Verdict::Errored),
        ("executed='False' result='Ignored'", Verdict::Skipped),
        (
            "executed='True' result='Inconclusive' success='False'",
            Verdict::Skipped,
        ),
        (
            "executed='True' result='Cancelled' success='False'",
            Verdict::Incomplete,
        ),
        (
            "executed='True' result='Wobbly' success='True'",
            Verdict::Incomplete,
        ),
        ("executed='True' success='True'", Verdict::Passed),
        ("executed='True' success='False'", Verdict::Failed),
        ("executed='False'", Verdict::Skipped),
        ("", Verdict::Failed),
    ];
    for (attributes, expected) in samples {
        let text = nunit2(&format!("<test-case name='Shop.Cart.Adds' {attributes}/>"));
        let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
        assert_eq!(summary.format, Format::Nunit);
        assert_eq!(cases[0].outcome.verdict(), expected, "{attributes}");
        assert_eq!(cases[0].key().to_string(), "Shop.Cart › Adds");
    }
}

#[test]
fn tests_of_nunit_2_have_class_row_and_properties_and_their_fixture_is_never_silent() {
    let rows = "<test-suite type='ParameterizedTest' name='Adds' result='Success'><categories><category name='Smoke'/></categories>\
        <properties><property name='TestCaseId' value='12'/></properties><results>\
        <test-case name='Shop.Cart.Adds(1,&quot;a.b&quot;)' result='Success' success='True' time='0.021'/></results></test-suite>\
        <test-case name='Cart.returns 1.5' description='returns 1.5' result='Success' success='True'/>\
        <test-case name='Other.Place.Pays(2.5)' result='Success' success='True'/>";
    let (_, cases) = read_bytes(nunit2(rows).as_bytes()).unwrap();
    let keys: Vec<String> = cases.iter().map(|case| case.key().to_string()).collect();
    assert_eq!(
        keys,
        [
            "Shop.Cart › Adds(1,\"a.b\")",
            "Cart › returns 1.5",
            "Other.Place › Pays(2.5)"
        ]
    );
    assert_eq!(cases[0].property("testcaseid"), Some("12"));
    assert_eq!(cases[0].property("category"), Some("Smoke"));
    let torn = nunit2("<test-case name='Shop.Cart.A' result='Success' success='True'/>").replace(
        "name='Cart' result='Success'>",
        "name='Cart' result='Error' success='False'><failure><message>locked</message></failure>",
    );
    let (summary, _) = read_bytes(torn.as_bytes()).unwrap();
    let mut told = summary.warnings.iter();
    assert!(told.any(|it| it.message.contains("locked")));
}

#[test]
fn failures_outside_of_tests_are_told_in_every_net_format() {
    let samples = [
        "<test-run result='Failed' total='1' failed='0'><test-suite type='TestFixture' name='F' result='Failed' site='TearDown'><failure><message>locked</message></failure><test-case name='a' result='Passed'/></test-suite></test-run>",
        "<test-run result='Failed'><test-suite type='Assembly' name='locked.dll' result='Failed' label='Invalid'><reason><message>locked</message></reason></test-suite><test-suite name='G' result='Passed'><test-case name='a' result='Passed'/></test-suite></test-run>",
        "<test-run result='Failed'><test-suite type='SetUpFixture' name='locked' result='Failed' label='Error' site='SetUp'><test-case name='a' result='Passed'/></test-suite></test-run>",
        "<assemblies><assembly name='a.dll' total='1' failed='0' errors='1'><errors><error type='assembly-cleanup' name='x'><failure><message>locked</message></failure></error></errors><collection name='c'><test name='a' type='C' method='a' result='Pass'/></collection></assembly></assemblies>",
        "<assembly name='a.dll' run-date='2012-05-02' test-framework='xUnit.net 1.9'><class name='C'><failure><message>locked</message></failure><test name='C.a' type='C' method='a' result='Pass'/></class></assembly>",
        "<TestRun id='1'><Results><UnitTestResult testName='a' outcome='Passed'/></Results><ResultSummary outcome='Failed'><RunInfos><RunInfo outcome='Error'><Text>locked</Text></RunInfo></RunInfos></ResultSummary></TestRun>",
    ];
    for text in samples {
        let (summary, _) = read_bytes(text.as_bytes()).unwrap();
        let told: Vec<_> = summary.warnings.iter().map(|it| &it.message).collect();
        assert_eq!(summary.tally.passed, 1, "{text}");
        assert!(
            told.iter().any(|it| it.contains("locked")),
            "{text}: {told:?}"
        );
    }
    for text in [
        "<test-run result='Failed(Child)'><test-suite name='F' result='Passed'><test-case name='a' result='Passed'/></test-suite></test-run>",
        "<assemblies><assembly name='a.dll' total='1' failed='0' errors='1'><collection name='c'><test name='a' type='C' result='Pass'/></collection></assembly></assemblies>",
        "<test-run result='Failed'><test-suite name='F' result='Passed'><test-case name='a' result='Passed'/></test-suite></test-run>",
        "<TestRun id='1'><Results><UnitTestResult testName='a' outcome='Passed'/></Results><ResultSummary outcome='Failed'/></TestRun>",
        "<TestRun id='1'><Results><UnitTestResult testName='a' outcome='Passed'/></Results><ResultSummary outcome='Completed'><Counters total='1' failed='1'/></ResultSummary></TestRun>",
        "<assemblies><assembly name='a.dll' total='1' failed='1'><collection name='c'><test name='a' type='C' result='Pass'/></collection></assembly></assemblies>",
    ] {
        let (summary, _) = read_bytes(text.as_bytes()).unwrap();
        assert!(!summary.warnings.is_empty(), "{text}");
    }
}

#[test]
fn a_result_with_rows_counts_where_it_failed_alone_and_an_empty_list_of_rows_hides_none() {
    let trx = |rows: &str, outcome: &str| {
        let text = format!(
            "<TestRun id='1'><Results><UnitTestResult testName='S' outcome='{outcome}'><Output><ErrorInfo><Message>own</Message></ErrorInfo></Output>{rows}</UnitTestResult></Results></TestRun>"
        );
        let (summary, _) = read_bytes(text.as_bytes()).unwrap();
        (summary.tally.tests, summary.tally.failed)
    };
    let row = |outcome: &str| format!("<UnitTestResult testName='S (1)' outcome='{outcome}'/>");
    let rows = |outcome: &str| {
        format!(
            "<InnerResults>{}{}</InnerResults>",
            row("Passed"),
            row(outcome)
        )
    };
    assert_eq!(trx(&rows("Passed"), "Passed"), (2, 0));
    assert_eq!(trx(&rows("Failed"), "Failed"), (2, 1));
    assert_eq!(trx(&rows("Passed"), "Failed"), (3, 1));
    assert_eq!(trx("<InnerResults/>", "Failed"), (1, 1));
    assert_eq!(trx("", "Failed"), (1, 1));
}

#[test]
fn definitions_give_tests_their_properties() {
    let text = b"<TestRun id='1'><Results><UnitTestResult testId='bbbbbbbb-0000-0000-0000-000000000001' testName='a' outcome='Passed'/></Results>\
        <TestDefinitions><UnitTest id='bbbbbbbb-0000-0000-0000-000000000001' priority='2'><Description>long</Description>\
        <Properties><Property><Key>TestCaseId</Key><Value>1234</Value></Property><Property Key='Area' Value='Cart'/></Properties>\
        <Workitems><Workitem>77</Workitem></Workitems><Owners><Owner name='Anna'/></Owners>\
        <TestCategory><TestCategoryItem TestCategory='Smoke'/></TestCategory><TestMethod className='N.C' name='a'/></UnitTest></TestDefinitions></TestRun>";
    let source = Source::in_memory("a.trx", &text[..]);
    let mut found = Vec::new();
    read(&source, &mut |case| found.push(case.take())).unwrap();
    let of = |name: &str| found[0].property(name).unwrap_or("-").to_owned();
    assert_eq!(
        of("TestCaseId") + &of("Area") + &of("WorkItem"),
        "1234Cart77"
    );
    assert_eq!(
        of("Owner") + &of("TestCategory") + &of("Priority"),
        "AnnaSmoke2"
    );
    assert_eq!(found[0].description.as_deref(), Some("long"));
}

#[test]
fn the_suite_of_one_assembly_of_nunit_is_a_report() {
    let text = "<test-suite type='Assembly' name='a.dll' fullname='C:\\a.dll' testcasecount='2' result='Failed' total='3' failed='2'>\
        <test-suite type='TestFixture' name='C' fullname='N.C'><test-case name='a' fullname='N.C.a' result='Passed'/>\
        <test-case name='b' fullname='N.C.b' result='Failed'/></test-suite></test-suite>";
    let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
    let told: Vec<_> = summary
        .warnings
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(
        (summary.format, summary.tally.passed, summary.tally.failed),
        (Format::Nunit, 1, 1)
    );
    assert!(told.iter().any(|it| it.contains('3')), "{told:?}");
    assert_eq!(cases[1].key().to_string(), "N.C \u{203a} b");
    let old = "<test-suite type='TestFixture' name='C' executed='True'><results/></test-suite>";
    let error = read_bytes(old.as_bytes()).unwrap_err();
    assert!(error.message.contains("NUnit 2"), "{error}");
}

#[test]
fn tests_of_any_kind_and_with_any_id_have_their_definition() {
    let text = b"<TestRun id='1'><Results><ManualTestResult testId='t-1' testName='a' outcome='Passed' relativeResultsDirectory='e'>\
        <CollectorDataEntries><Collector><UriAttachments><UriAttachment><A href='ci-1/a.mp4'/></UriAttachment></UriAttachments></Collector></CollectorDataEntries></ManualTestResult>\
        <TestResultAggregation testId='t-2' testName='b' outcome='Failed'><InnerResults><UnitTestResult testId='t-3' testName='c' outcome='Passed'/></InnerResults></TestResultAggregation></Results>\
        <TestDefinitions><ManualTest id='t-1'><Workitems><Workitem>77</Workitem></Workitems></ManualTest><UnitTest id='t-3'><TestMethod className='N.C' name='c'/></UnitTest></TestDefinitions></TestRun>";
    let source = Source::in_memory("a.trx", &text[..]);
    let mut found = Vec::new();
    read(&source, &mut |case| found.push(case.take())).unwrap();
    let keys: Vec<String> = found.iter().map(|case| case.key().to_string()).collect();
    assert_eq!(keys, ["a", "N.C \u{203a} c", "b"]);
    assert_eq!(found[0].property("WorkItem"), Some("77"));
    let files = found[0].attachments.iter();
    let files: Vec<_> = files.map(|it| it.path.to_str().unwrap()).collect();
    assert_eq!(files, ["e/ci-1/a.mp4"]);
    assert!(found[2].outcome.verdict().is_bad());
}

#[test]
fn what_the_output_of_a_suite_names_is_a_file_of_its_tests() {
    let text = b"<testsuites><testsuite name='s'><testcase name='a'><failure/></testcase><system-out>x [[ATTACHMENT|shots/a.png]] [[ATTACHMENT|shots/a.png]]</system-out>\
        <system-err>[[ATTACHMENT|b.log]]</system-err></testsuite><testsuite name='t'><testcase name='b'/></testsuite></testsuites>";
    let source = Source::in_memory("a.xml", &text[..]);
    let first = read(&source, &mut |_| {}).unwrap();
    let mut files = Vec::new();
    crate::report::read_again(&source, &first.late, &mut |case| {
        let names = case
            .all_attachments()
            .map(|it| it.path.display().to_string());
        files.push(names.collect::<Vec<_>>());
    })
    .unwrap();
    assert_eq!(files, [vec!["shots/a.png", "b.log"], Vec::<&str>::new()]);
}

#[test]
fn files_belong_to_the_try_that_left_them() {
    let junit = "<testsuite name='s'><testcase name='a' classname='c'><flakyFailure message='no'><system-out>[[ATTACHMENT|one.png]]</system-out></flakyFailure><system-out>[[ATTACHMENT|two.png]]</system-out></testcase></testsuite>";
    let playwright = r#"{"config":{},"suites":[{"title":"a.spec.ts","file":"a.spec.ts","specs":[{"title":"t","tests":[{"projectName":"p","expectedStatus":"passed","status":"flaky","results":[{"status":"failed","retry":0,"attachments":[{"name":"shot","path":"one.png"},{"name":"inline","body":"eA=="}]},{"status":"passed","retry":1,"attachments":[{"name":"shot","path":"two.png"}]}]}]}]}],"stats":{}}"#;
    let ctrf = r#"{"reportFormat":"CTRF","results":{"tool":{"name":"x"},"summary":{"tests":1,"passed":1,"failed":0},"tests":[{"name":"t","status":"passed","duration":1,"retryAttempts":[{"attempt":1,"status":"failed","attachments":[{"name":"shot","path":"one.png"}]}],"attachments":[{"name":"shot","path":"two.png"}]}]}}"#;
    for text in [junit, playwright, ctrf] {
        let (_, cases) = read_bytes(text.as_bytes()).unwrap();
        let names = |files: &[crate::model::Attachment]| -> Vec<String> {
            let names = files.iter().map(|file| file.path.display().to_string());
            names.collect()
        };
        assert_eq!(names(&cases[0].attachments), ["two.png"], "{text}");
        assert_eq!(
            names(&cases[0].earlier[0].attachments),
            ["one.png"],
            "{text}"
        );
    }
}

#[test]
fn a_report_of_what_ran_again_brings_the_files_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, body: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(
            path,
            format!(
                "<testsuite name='s'><testcase name='a' classname='c'>{body}</testcase></testsuite>"
            ),
        )
        .unwrap();
    };
    write(
        "out/r.xml",
        "<failure message='no'/><system-out>[[ATTACHMENT|one.png]]</system-out>",
    );
    write(
        "out/rerun/r.xml",
        "<system-out>[[ATTACHMENT|two.png]]</system-out>",
    );
    let found = discover(
        &["out".to_owned()],
        folder.path(),
        &crate::files::Patience::default(),
    );
    let found = found.unwrap();
    let mut all = Vec::new();
    for source in &found.sources {
        read(source, &mut |case| all.push(case.take())).unwrap();
    }
    assert_eq!(all.len(), 1);
    assert_eq!(
        all[0].earlier[0].attachments[0].path.to_str(),
        Some("one.png")
    );
}

#[test]
fn the_log_that_tosca_writes_says_how_a_test_ended_and_has_its_steps() {
    let log = "- Failed Order a book&#xD;&#xA;;+ Passed  Open the shop&#xD;&#xA;&#xD;&#xA;- Failed  Pay&#xD;&#xA;+ Passed   Card&#xD;&#xA;- Failed   Amount&#xD;&#xA;&#xD;&#xA;+ Passed  Leave&#xD;&#xA;";
    let text = format!(
        "<testsuites><testsuite name='s'><testcase name='a' log='{log}'/><testcase name='b' log='+ Passed b'/><testcase name='c' log='Error while it was read'/><testcase name='d' log='see build.log'/></testsuite></testsuites>"
    );
    let (_, cases) = read_bytes(text.as_bytes()).unwrap();
    let verdicts: Vec<Verdict> = cases.iter().map(|case| case.outcome.verdict()).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Failed,
            Verdict::Passed,
            Verdict::Errored,
            Verdict::Passed
        ]
    );
    let steps: Vec<(&str, bool)> = cases[0]
        .steps
        .iter()
        .map(|step| {
            (
                step.name.as_str(),
                step.verdict == crate::model::StepVerdict::Passed,
            )
        })
        .collect();
    assert_eq!(
        steps,
        [("Open the shop", true), ("Pay", false), ("Leave", true)]
    );
    let failure = cases[0].outcome.failure().unwrap();
    assert_eq!(failure.message.as_deref(), Some("Pay: Amount"));
    assert!(cases[0].output.as_deref().unwrap().contains("Card"));
    assert_eq!(cases[3].property("log"), Some("see build.log"));
}

#[test]
fn a_tear_down_of_nunit_2_is_told_beside_tests_that_failed() {
    let report = |message: &str| {
        format!(
            "<test-results name='x' failures='1' errors='0'><test-suite type='TestFixture' name='F' result='Failure' success='False'>\
            <failure><message>{message}</message></failure><results><test-case name='N.F.a' result='Failure'/></results></test-suite></test-results>"
        )
    };
    let told = |message: &str| {
        let (summary, _) = read_bytes(report(message).as_bytes()).unwrap();
        let mut told = summary.warnings.iter();
        told.any(|it| it.message.contains(message))
    };
    assert!(told("the tear-down broke"));
    assert!(!told("One or more child tests had errors"));
}

#[test]
fn classes_of_one_name_in_suites_of_several_packages_or_files_have_keys_of_their_own() {
    let samples = [
        ("com.shop.CartTest", "CartTest", "com.shop.CartTest › a"),
        (
            "github.com/acme/shop/cart",
            "cart",
            "github.com/acme/shop/cart › a",
        ),
        ("shop.cart", "CartTests", "shop.cart.CartTests › a"),
        ("test/cart.test.js", "Cart", "test/cart.test.js › Cart › a"),
        // What says nothing of a place, or changes from run to run.
        ("Shop.Tests.dll", "CartTests", "CartTests › a"),
        ("2024.01.02", "CartTests", "CartTests › a"),
        ("10.0.0.7:4444", "CartTests", "CartTests › a"),
        ("run-1.2", "CartTests", "CartTests › a"),
        ("Cart", "CartTests", "CartTests › a"),
        ("shop.cart", "other.CartTests", "other.CartTests › a"),
        // The class is the test itself.
        ("test/cart.test.js", "a", "test/cart.test.js › a"),
        ("smoke", "a", "a"),
    ];
    for (suite, class, expected) in samples {
        let text = format!(
            "<testsuite name='{suite}'><testcase classname='{class}' name='a'/></testsuite>"
        );
        assert_eq!(keys(&text), [expected], "{suite}");
    }
}

#[test]
fn no_version_of_a_browser_and_no_line_of_karate_is_in_a_key() {
    let case = |class: &str, name: &str| {
        let case = format!("<testcase classname='{class}' name='{name}'/>");
        keys(&format!("<testsuite name='s'>{case}</testsuite>")).remove(0)
    };
    assert_eq!(
        case("Chrome_Headless_120_0_0_0_(Linux_x86_64).Cart", "adds"),
        case("Chrome_Headless_121_0_6_1_(Linux_x86_64).Cart", "adds"),
    );
    assert_eq!(
        case("chrome.120_0.linux.cart", "a"),
        "chrome.linux.cart › a"
    );
    let suite = "<testsuite name='Firefox 121.0 (Mac OS 10.15)'><testcase name='a'/></testsuite>";
    assert_eq!(keys(suite), ["Firefox (Mac OS) › a"]);
    assert_eq!(case("shop.cart", "[1:6] adds"), "shop.cart › [1] adds");
    assert_eq!(case("shop.cart", "[2.1:24] row"), "shop.cart › [2.1] row");
    assert_eq!(case("shop.cart", "[a:6] b"), "shop.cart › [a:6] b");
}

#[test]
fn a_suite_that_says_that_it_was_not_run_is_never_silent_where_its_tests_say_nothing() {
    let told = |suite: &str| {
        let (summary, _) = read_bytes(suite.as_bytes()).unwrap();
        let mut told = summary.warnings.iter();
        told.any(|it| it.message.contains("they count as passed"))
    };
    for suite in [
        "<testsuite name='s' status='skipped'><testcase name='a'/></testsuite>",
        "<testsuite name='s' result='aborted'><testcase name='a'/><testcase name='b'><skipped/></testcase></testsuite>",
        "<testsuite name='s'><skipped message='later'/><testcase name='a'/></testsuite>",
        "<testsuites status='incomplete'><testsuite><testcase name='a'/></testsuite></testsuites>",
    ] {
        assert!(told(suite), "{suite}");
    }
    for suite in [
        "<testsuite name='s' status='skipped'><testcase name='a'><skipped/></testcase></testsuite>",
        "<testsuite name='s' skipped='1'><testcase name='a'/></testsuite>",
        "<testsuite name='s' status='passed' state='stopped'><testcase name='a'/></testsuite>",
        "<testsuite name='s'><skipped>0</skipped><testcase name='a'/></testsuite>",
    ] {
        assert!(!told(suite), "{suite}");
    }
}

#[test]
fn attributes_with_a_capital_letter_name_a_test_too() {
    let text =
        "<testsuite Name='s'><testcase ClassName='Cart' Name='adds' Time='1.5'/></testsuite>";
    let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
    assert_eq!(cases[0].key().as_str(), "Cart › adds");
    assert_eq!(cases[0].duration.map(|it| it.as_millis()), Some(1500));
    assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
}

#[test]
fn pesters_scripts_tell_apart_what_they_describe_alike() {
    let script = |name: &str| {
        format!(
            "<test-suite type='TestFixture' name='C:\\a\\1\\s\\{name}.Tests.ps1'><results><test-suite type='TestFixture' name='Cart'>\
            <results><test-case name='Cart.adds' result='Success' success='True' executed='True'/></results></test-suite></results></test-suite>"
        )
    };
    let text = format!(
        "<test-results name='Pester' total='2' errors='0' failures='0'>{}{}</test-results>",
        script("a"),
        script("b")
    );
    let found = keys(&text);
    assert_eq!(
        found,
        ["a.Tests.ps1 › Cart › adds", "b.Tests.ps1 › Cart › adds"]
    );
}

#[test]
fn classes_of_one_name_in_two_assemblies_have_keys_of_their_own() {
    let one = |class: &str, more: &str| {
        format!(
            "<test name='{class}.Adds' type='{class}' method='Adds' time='0' result='Pass' {more}/>"
        )
    };
    let assembly = |path: &str, tests: &str| {
        format!(
            "<assembly name='{path}' test-framework='xUnit.net'><collection name='c'>{tests}</collection></assembly>"
        )
    };
    let keys = |text: &str| -> Vec<String> {
        let text = format!("<assemblies>{text}</assemblies>");
        let source = Source::in_memory("a.xml", text.as_bytes());
        let mut keys = Vec::new();
        read(&source, &mut |case| keys.push(case.key().to_string())).unwrap();
        keys
    };
    let tests = [one("Adding", ""), one("Other", ""), one("Shop.Adding", "")].concat();
    let shop = assembly("/home/a/bin/Shop.Api.dll", &tests);
    let cart = assembly(r"C:\bin\Cart.exe", &one("Adding", ""));
    assert_eq!(
        keys(&shop),
        ["Adding › Adds", "Other › Adds", "Shop.Adding › Adds"]
    );
    let both = [
        "Shop.Api.Adding › Adds",
        "Other › Adds",
        "Shop.Adding › Adds",
        "Cart.Adding › Adds",
    ];
    assert_eq!(keys(&[&*shop, &cart].concat()), both);
    // In whatever order they ran.
    let mut turned = keys(&[&*cart, &shop].concat());
    turned.rotate_left(1);
    assert_eq!(turned, both);
    // The same assembly for two frameworks has the same tests.
    assert_eq!(
        keys(&[&*cart, &cart].concat()),
        ["Adding › Adds", "Adding › Adds"]
    );
}

#[test]
fn classes_of_one_name_in_two_assemblies_keep_the_keys_of_0_1_0_beside_their_own() {
    let trx = |one: &str, other: &str| {
        let result = |id: u32| {
            format!("<UnitTestResult testId='{id}' testName='Adding.Adds' outcome='Passed'/>")
        };
        let definition = |id: u32, file: &str| {
            format!(
                "<UnitTest name='Adds' storage='/b/{}' id='{id}'><TestMethod codeBase='file:///C:/b/{file}' className='Adding' name='Adds'/></UnitTest>",
                file.to_lowercase()
            )
        };
        format!(
            "<TestRun><Results>{}{}</Results><TestDefinitions>{}{}</TestDefinitions></TestRun>",
            result(1),
            result(2),
            definition(1, one),
            definition(2, other)
        )
    };
    let nunit = |one: &str, other: &str| {
        let suite = |file: &str| {
            format!(
                "<test-suite type='Assembly' name='{file}' fullname='/b/{file}'><test-suite type='TestFixture' name='Adding' fullname='Adding' classname='Adding'><test-case name='Adds' fullname='Adding.Adds' classname='Adding' result='Passed'/></test-suite></test-suite>"
            )
        };
        format!("<test-run id='0'>{}{}</test-run>", suite(one), suite(other))
    };
    let xunit = |one: &str, other: &str| {
        let assembly = |file: &str| {
            format!(
                "<assembly name='/b/{file}' test-framework='xUnit.net'><collection name='c'><test name='Adding.Adds' type='Adding' method='Adds' result='Pass'/></collection></assembly>"
            )
        };
        format!(
            "<assemblies>{}{}</assemblies>",
            assembly(one),
            assembly(other)
        )
    };
    let written = |one: &str, other: &str| [trx(one, other), nunit(one, other), xunit(one, other)];
    for text in written("Shop.Api.dll", "Cart.exe") {
        assert_eq!(
            keys(&text),
            ["Shop.Api.Adding › Adds", "Cart.Adding › Adds"],
            "{text}"
        );
        let (_, cases) = read_bytes(text.as_bytes()).unwrap();
        for case in &cases {
            let former: Vec<String> = TestKey::former(case).map(|it| it.to_string()).collect();
            assert!(former.contains(&String::from("Adding › Adds")), "{text}");
        }
    }
    for text in written("Cart.dll", "Cart.dll") {
        assert_eq!(keys(&text), ["Adding › Adds", "Adding › Adds"], "{text}");
    }
}

#[test]
fn streams_of_tap_one_behind_the_other_are_complete_where_each_is() {
    let problem = |text: &str| {
        let (summary, _) = read_bytes(text.as_bytes()).unwrap();
        let mut warnings = summary.warnings.into_iter().map(|it| it.message);
        warnings
            .find(|it| it.contains("not complete"))
            .unwrap_or_default()
    };
    let whole = [
        "1..2\nok 1 - a\nok 2 - b\n1..1\nok 1 - c\n",
        "ok 1 - a\nok 2 - b\n1..2\nok 1 - c\n1..1\n",
        "TAP version 13\n1..1\nok 1 - a\nTAP version 13\nok 1 - b\n1..1\n",
        "1..0 # SKIP no database\n1..1\nok 1 - c\n",
        "ok 1 - a\n1..2\nok 2 - b\n",
    ];
    for text in whole {
        assert_eq!(problem(text), "", "{text}");
    }
    let broken = [
        ("1..2\nok 1 - a\n1..1\nok 1 - c\n", "stream 1"),
        ("1..1\nok 1 - a\n1..2\nok 1 - c\n", "stream 2"),
        (
            "1..3\nok 1 - a\nok 2 - b\n1..1\nok 1 - c\nok 2 - d\n",
            "stream 1",
        ),
        ("ok 1 - a\n1..1\nok 1 - c\n1..1\nok 1 - d\n", "no plan"),
        (
            "TAP version 13\n1..1\nok 1 - a\nTAP version 13\nok 1 - b\n",
            "1 test was planned, and 2",
        ),
    ];
    for (text, expected) in broken {
        assert!(
            problem(text).contains(expected),
            "{text}: {}",
            problem(text)
        );
    }
}

#[test]
fn failures_counted_as_errors_are_no_wrong_counters() {
    let wrong = |counters: &str| {
        let text = format!(
            "<testsuite {counters}><testcase name='a'><failure/></testcase><testcase name='b'/></testsuite>"
        );
        let (summary, _) = read_bytes(text.as_bytes()).unwrap();
        summary
            .warnings
            .iter()
            .any(|it| it.message.contains("counters"))
    };
    assert!(!wrong("tests='2' failures='0' errors='1'"));
    assert!(!wrong("tests='2' errors='1'"));
    assert!(!wrong("tests='2' failures='1' errors='0'"));
    assert!(wrong("tests='2' failures='1' errors='1'"));
    assert!(wrong("tests='2' failures='0' errors='0'"));
    assert!(wrong("tests='3' failures='0' errors='1'"));
}

#[test]
fn no_address_of_an_object_is_in_a_key_and_tests_that_differ_by_it_alone_are_told() {
    let report = |one: &str, two: &str| {
        format!(
            "<testsuite><testcase classname='C' name='adds({one})'/><testcase classname='C' name='adds({two})'/></testsuite>"
        )
    };
    let text = report("Order@6d06d69c", "Order@7852e922");
    assert_eq!(keys(&text), ["C › adds(Order)", "C › adds(Order)"]);
    let source = Source::in_memory("a.xml", text.as_bytes());
    let told = read(&source, &mut |_| {}).unwrap().warnings;
    assert!(told[0].message.contains("several tests"), "{told:?}");
    assert_eq!(
        keys(&report("Order@1", "x@y.org")),
        ["C › adds(Order@1)", "C › adds(x@y.org)"]
    );
}
