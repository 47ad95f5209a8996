//! The formats beside JUnit: what they are told by, and the traps that their producers set.

#![expect(
    clippy::disallowed_methods,
    reason = "reports are written for the test"
)]

use std::collections::BTreeSet;
use std::path::Path;

use super::{read_bytes, verdicts};
use crate::model::{StepVerdict, TestCase, TestKey, Verdict};
use crate::report::{Format, ReadErrorKind, Source, Summary, discover, read};

use Verdict::{Errored, Failed, Incomplete, Passed, Skipped};

fn told(text: &str) -> (Summary, Vec<TestCase>) {
    read_bytes(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn warned(summary: &Summary, part: &str) -> bool {
    summary
        .warnings
        .iter()
        .any(|warning| warning.message.contains(part))
}

/// A document of each format with one test, whose end has this word.
fn with_word(word: &str) -> Vec<(Format, String)> {
    let robot = format!(
        r#"<robot><suite name="s"><test name="a"><status status="{word}"/></test></suite></robot>"#
    );
    let opentest = format!(
        r#"<e:events xmlns:e="https://schemas.opentest4j.org/reporting/events/0.2.0"><e:started id="1" name="a"/><e:finished id="1"><result status="{word}"/></e:finished></e:events>"#
    );
    vec![
        (Format::Ctrf, format!(r#"{{"results":{{"tool":{{"name":"x"}},"tests":[{{"name":"a","status":"{word}"}}]}}}}"#)),
        (Format::Allure, format!(r#"{{"uuid":"1","name":"a","fullName":"b#a","status":"{word}"}}"#)),
        (Format::Playwright, format!(
            r#"{{"config":{{"rootDir":"/"}},"suites":[{{"title":"a.ts","file":"a.ts","specs":[{{"title":"a","tests":[{{"status":"{word}","results":[{{"status":"passed"}}]}}]}}]}}]}}"#
        )),
        (Format::Jest, format!(r#"{{"numTotalTests":1,"testResults":[{{"assertionResults":[{{"title":"a","status":"{word}"}}],"name":"a.js"}}]}}"#)),
        (Format::Mochawesome, format!(r#"{{"stats":{{"suites":1}},"results":[{{"title":"","tests":[{{"title":"a","state":"{word}"}}],"suites":[]}}]}}"#)),
        (Format::Cucumber, format!(r#"[{{"uri":"a","elements":[{{"name":"a","steps":[{{"result":{{"status":"{word}"}}}}]}}]}}]"#)),
        (Format::CucumberMessages, [
            r#"{"testCase":{"id":"c","pickleId":"p","testSteps":[{"id":"s","pickleStepId":"x"}]}}"#.to_owned(),
            r#"{"testCaseStarted":{"id":"r","testCaseId":"c"}}"#.to_owned(),
            format!(r#"{{"testStepFinished":{{"testCaseStartedId":"r","testStepId":"s","testStepResult":{{"status":"{word}"}}}}}}"#),
            r#"{"testCaseFinished":{"testCaseStartedId":"r","willBeRetried":false}}"#.to_owned(),
            r#"{"testRunFinished":{}}"#.to_owned(),
        ].join("\n")),
        (Format::Testops, format!(r#"{{"results":[{{"uuid":"1","parentUuid":"2","name":"a","suiteName":"b","status":"{word}"}}]}}"#)),
        (Format::Robot, robot),
        (Format::Tosca, format!("<list><executionEntry><name>a</name><log><testStepLog><name>b</name><result>Passed</result></testStepLog><testStepLog><name>c</name><result>{word}</result></testStepLog></log></executionEntry></list>")),
        (Format::OpenTestReporting, opentest),
    ]
}

#[test]
fn a_word_that_nobody_knows_never_counts_as_passed() {
    for (format, text) in with_word("wobbled") {
        let (summary, cases) = told(&text);
        assert_eq!(summary.format, format);
        assert_eq!(verdicts(&cases), [Incomplete], "{format:?}");
        assert!(
            warned(&summary, "`wobbled` is not known"),
            "{format:?}: {:?}",
            summary.warnings
        );
    }
    for (format, text) in with_word("") {
        let (_, cases) = told(&text);
        assert!(!verdicts(&cases).contains(&Passed), "{format:?}");
    }
}

/// What says that a test passed, and beside it something else.
fn beside(word: &str) -> [(&'static str, String); 4] {
    [
        (
            "a label of NUnit",
            format!(
                "<test-run><test-suite name='F' type='TestFixture'><test-case name='t' result='Passed' label='{word}'/></test-suite></test-run>"
            ),
        ),
        (
            "a step of Allure",
            format!(
                r#"{{"uuid":"u","historyId":"h","name":"t","status":"passed","stage":"finished","start":1,"stop":2,"steps":[{{"name":"s","status":"{word}"}}]}}"#
            ),
        ),
        (
            "a try of Playwright",
            format!(
                r#"{{"config":{{}},"suites":[{{"title":"a.ts","file":"a.ts","specs":[{{"title":"t","ok":true,"tests":[{{"status":"expected","expectedStatus":"passed","results":[{{"status":"{word}"}}]}}]}}]}}],"stats":{{}}}}"#
            ),
        ),
        (
            "the runner's word in CTRF",
            format!(
                r#"{{"results":{{"tool":{{"name":"x"}},"tests":[{{"name":"t","status":"passed","rawStatus":"{word}"}}]}}}}"#
            ),
        ),
    ]
}

#[test]
fn a_second_word_that_is_no_pass_is_followed_or_told() {
    for (what, text) in beside("aborted") {
        let (summary, cases) = told(&text);
        let followed = verdicts(&cases) == [Incomplete];
        assert!(followed || warned(&summary, "`aborted`"), "{what}");
    }
    for (what, text) in beside("passed") {
        let (summary, cases) = told(&text);
        assert_eq!(verdicts(&cases), [Passed], "{what}");
        assert!(!warned(&summary, "`passed`"), "{what}");
    }
    for failed in [
        "<test-run><test-suite name='F' type='TestFixture'><test-case name='t' result='Passed'><failure><message>no</message></failure></test-case></test-suite></test-run>",
        "<test-run><test-suite name='F' type='TestFixture'><test-case name='t' result='Passed'><assertions><assertion result='Failed'/></assertions></test-case></test-suite></test-run>",
        "<assemblies><assembly name='a'><collection name='c'><test name='t' type='C' result='Pass'><failure/></test></collection></assembly></assemblies>",
        r#"[{"uri":"f","keyword":"Feature","name":"F","elements":[{"type":"scenario","name":"s","status":"skipped","steps":[{"name":"x","result":{"status":"failed"}}]}]}]"#,
    ] {
        assert_eq!(verdicts(&told(failed).1), [Failed], "{failed}");
    }
}

#[test]
fn words_in_another_spelling_count_as_what_they_mean_in_every_format() {
    for (format, text) in with_word("FAILED") {
        let (_, cases) = told(&text);
        assert_eq!(verdicts(&cases), [Failed], "{format:?}");
    }
}

#[test]
fn what_only_a_suite_or_the_sums_of_a_report_say_is_told() {
    let robot = "<robot generator='x'><suite name='S'><test name='t'><status status='PASS'/></test><status status='FAIL'>broken</status></suite></robot>";
    assert!(warned(&told(robot).0, "broken"));
    let jest = |sums: &str| {
        format!(
            r#"{{"numTotalTests":1,{sums},"testResults":[{{"assertionResults":[{{"title":"t","status":"passed"}}],"status":"passed","name":"a.js"}}]}}"#
        )
    };
    assert!(warned(
        &told(&jest(r#""numRuntimeErrorTestSuites":1"#)).0,
        "outside of them"
    ));
    assert!(warned(
        &told(&jest(r#""numFailedTests":2"#)).0,
        "counters are wrong"
    ));
    assert!(told(&jest(r#""numFailedTests":0"#)).0.warnings.is_empty());
    let alone = r#"[{"uri":"f","keyword":"Feature","name":"F","elements":[{"type":"background","steps":[{"name":"b","result":{"status":"failed","error_message":"no db"}}]}]}]"#;
    assert!(warned(&told(alone).0, "no db"));
}

#[test]
fn ctrf_calls_a_test_flaky_and_may_list_the_try_that_counts() {
    let test = |test: &str| {
        let text =
            format!(r#"{{"results":{{"tool":{{"name":"x"}},"tests":[{{"name":"t",{test}}}]}}}}"#);
        let case = told(&text).1.remove(0);
        (case.outcome.verdict(), case.attempts(), case.is_flaky())
    };
    assert_eq!(test(r#""status":"passed","flaky":true"#), (Passed, 1, true));
    assert_eq!(
        test(
            r#""status":"passed","retries":1,"retryAttempts":[{"status":"failed"},{"status":"passed"}]"#
        ),
        (Passed, 2, true)
    );
    assert_eq!(
        test(r#""status":"failed","retries":1,"retryAttempts":[{"status":"failed"}]"#),
        (Failed, 2, false)
    );
}

#[test]
fn a_document_cut_anywhere_is_an_error_with_a_place_or_a_report() {
    for (format, text) in with_word("passed") {
        for end in 0..text.len() {
            let Some((begin, rest)) = text.split_at_checked(end) else {
                continue;
            };
            match read_bytes(begin.as_bytes()) {
                Ok((summary, _)) => {
                    let whole = !summary.warnings.is_empty()
                        || summary.tally.passed == 0
                        || rest.trim().is_empty();
                    assert!(whole, "{format:?} cut at {end}: {:?}", summary.tally);
                }
                Err(error) => assert!(
                    error.line.is_some() || error.kind != ReadErrorKind::Malformed,
                    "{format:?} cut at {end}: {error:?}"
                ),
            }
        }
    }
}

#[test]
fn what_only_quotes_a_report_is_none() {
    let tap = "TAP version 13\n1..1\nnot ok 1 - writes XML\n  ---\n  message: |\n<testsuite><testcase name='a'/></testsuite>\n  ...\n";
    let (summary, cases) = told(tap);
    assert_eq!(
        (summary.format, verdicts(&cases)),
        (Format::Tap, vec![Failed])
    );
    for text in [
        "INFO begin\nERROR expected <testsuite><testcase name='a'/></testsuite>\n",
        "INFO begin\n<testsuite><testcase name='a'/></testsuite>\nINFO end\n",
        "[INFO] Scanning for projects...\n",
        "{ not JSON",
        "all ok\n",
    ] {
        let error = read_bytes(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::NotAReport, "{text}: {error}");
    }
}

#[test]
fn a_report_behind_what_a_console_has_left_is_read() {
    let jest = with_word("passed").swap_remove(3).1;
    for preamble in ["\u{FEFF}", "\n\n", "\n> shop@1.0.0 test\n> jest --json\n\n"] {
        let (summary, cases) = told(&format!("{preamble}{jest}\n"));
        assert_eq!(
            (summary.format, cases.len()),
            (Format::Jest, 1),
            "{preamble:?}"
        );
    }
    let doctest = "[doctest] version is 2\n<?xml version='1.0'?><testsuites><testsuite><testcase name='a'/></testsuite></testsuites>\nStatus: done\n";
    assert_eq!(told(doctest).1.len(), 1);
}

#[test]
fn json_in_utf_16_is_read() {
    let (_, text) = with_word("passed").swap_remove(0);
    let bytes: Vec<u8> = format!("\u{FEFF}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read_bytes(&bytes).unwrap().1.len(), 1);
}

#[test]
fn of_two_members_of_one_name_the_last_counts() {
    let text = r#"{"reportFormat":"CTRF","results":{"tool":{"name":"x"},"summary":{"tests":1},"tests":[{"name":"a","status":"passed","status":"failed","duration":1}]}}"#;
    let (_, cases) = told(text);
    assert_eq!(verdicts(&cases), [Failed]);
}

#[test]
fn other_json_is_named_with_the_way_to_what_is_read() {
    for (text, expected) in [
        (
            r#"{"stats":{},"tests":[],"pending":[],"failures":[],"passes":[]}"#,
            "Mocha's own",
        ),
        (
            r#"{"version":"3","examples":[],"summary":{},"summary_line":""}"#,
            "RSpec",
        ),
        (
            r#"{"start":"","end":"","capabilities":{},"suites":[],"specs":[],"state":{}}"#,
            "WebdriverIO",
        ),
        (r#"{"name":"a","version":"1","scripts":{}}"#, "npm"),
        (r#"{"a":1}"#, "another kind"),
    ] {
        let error = read_bytes(text.as_bytes()).unwrap_err();
        assert!(
            error.foreign().is_some_and(|what| what.contains(expected)),
            "{error}"
        );
        assert!(
            error
                .hint
                .as_deref()
                .is_some_and(|hint| hint.contains("CTRF"))
        );
    }
}

#[test]
fn hostile_json_costs_neither_memory_nor_the_report() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let failed = r#"{"title":"t","status":"failed","failureMessages":["no"]}"#;
    let text = format!(
        r#"{{"x":{deep},"numTotalTests":1,"testResults":[{{"name":"a.js","meta":{deep},"assertionResults":[{failed}]}}]}}"#
    );
    assert_eq!(verdicts(&told(&text).1), [Failed]);
    // Steps that stand too deep are left out.
    let step = r#"{"name":"s","status":"failed","steps":["#.repeat(500) + &"]}".repeat(500);
    let text =
        format!(r#"{{"uuid":"1","name":"a","fullName":"b#a","status":"failed","steps":[{step}]}}"#);
    assert_eq!(verdicts(&told(&text).1), [Failed]);
    // What stands too deep is left out, and what stands behind it is not.
    let (suites, ends) = (r#"{"title":"s","suites":["#.repeat(1000), "]}".repeat(1000));
    let spec = r#"{"title":"a","ok":false,"tests":[{"status":"unexpected","results":[{"status":"failed"}]}]}"#;
    let text = format!(
        r#"{{"config":{{"rootDir":"/"}},"suites":[{suites}{ends},{{"title":"b","specs":[{spec}]}}]}}"#
    );
    let (summary, cases) = told(&text);
    assert_eq!(verdicts(&cases), [Failed]);
    assert!(warned(&summary, "too deep"), "{:?}", summary.warnings);
    let cut = format!(r#"{{"config":{{"rootDir":"/"}},"suites":[{suites}"#);
    let error = read_bytes(cut.as_bytes()).unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::Malformed, "{error}");
    let long = format!(
        r#"{{"results":{{"tool":{{}},"tests":[{{"name":"a","status":"failed","message":"{}\ud83d"}},{{"name":"b","status":"passed"}}]}}}}"#,
        "x\\u001b[31m".repeat(300_000)
    );
    let (summary, cases) = told(&long);
    assert_eq!(verdicts(&cases), [Failed, Passed]);
    let message = cases[0].outcome.failure().unwrap().message.clone().unwrap();
    assert!(message.len() < 70_000 && !message.contains('\u{1b}'));
    assert!(warned(&summary, "1 MiB"), "{:?}", summary.warnings);
    let broken = "{\"numTotalTests\":1,\n\"testResults\":[{\"assertionResults\":[}]}";
    let error = read_bytes(broken.as_bytes()).unwrap_err();
    assert_eq!(
        (error.kind, error.line),
        (ReadErrorKind::Malformed, Some(2))
    );
}

/// The message and the line of each warning that holds this part.
fn warnings<'s>(summary: &'s Summary, part: &str) -> Vec<(&'s str, Option<u64>)> {
    let warnings = summary.warnings.iter();
    warnings
        .filter(|warning| warning.message.contains(part))
        .map(|warning| (warning.message.as_str(), warning.line))
        .collect()
}

#[test]
fn what_is_left_out_of_long_lines_is_told_once_with_its_place() {
    let long = "x".repeat(5 * 1024 * 1024);
    let event =
        |action: &str, rest: &str| format!("{{\"Action\":\"{action}\",\"Package\":\"p\"{rest}}}\n");
    let go = [
        event("fail", r#","Test":"T""#),
        format!("{long}\n").repeat(2),
        event("fail", ""),
    ];
    let attachment =
        format!("{{\"attachment\":{{\"body\":\"{long}\",\"testCaseStartedId\":\"r\"}}}}\n");
    let mut messages: Vec<&str> = MESSAGES.lines().collect();
    let attachment = attachment.trim_end();
    messages.splice(2..2, [attachment, attachment]);
    let tap = format!("TAP version 13\n1..1\nnot ok 1 - a\n# {long}\n# {long}\n");
    for (text, line) in [(go.concat(), 2), (messages.join("\n"), 3), (tap, 4)] {
        let (summary, cases) = told(&text);
        assert_eq!(verdicts(&cases), [Failed], "{:?}", summary.format);
        let message = "what is longer than 4 MiB in a line was left out (2)";
        assert_eq!(
            warnings(&summary, "4 MiB"),
            [(message, Some(line))],
            "{:?}",
            summary.format
        );
    }
}

/// A failed scenario.
const MESSAGES: &str = r#"{"testCase":{"id":"c","pickleId":"p","testSteps":[{"id":"s","pickleStepId":"x"}]}}
{"testCaseStarted":{"id":"r","testCaseId":"c"}}
{"testStepFinished":{"testCaseStartedId":"r","testStepId":"s","testStepResult":{"status":"FAILED"}}}
{"testCaseFinished":{"testCaseStartedId":"r","willBeRetried":false}}
{"testRunFinished":{}}"#;

#[test]
fn what_is_lost_within_json_lines_is_told_once_with_its_place() {
    let long = "x".repeat(1024 * 1024 + 1);
    let deep = "[".repeat(2000) + &"]".repeat(2000);
    let output = format!(
        "{{\"Action\":\"output\",\"Package\":\"p\",\"Test\":\"T\",\"Output\":\"{long}\"}}\n"
    );
    let go = [
        "{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"T\"}\n",
        &output,
        &output,
        &format!("{{\"Action\":\"output\",\"Package\":\"p\",\"Output\":{deep}}}\n"),
        "{\"Action\":\"fail\",\"Package\":\"p\",\"Test\":\"T\"}\n",
        "{\"Action\":\"fail\",\"Package\":\"p\"}\n",
    ]
    .concat();
    let message = format!("\"FAILED\",\"message\":\"{long}\",\"exception\":{deep}");
    let messages = MESSAGES.replace("\"FAILED\"", &message);
    for (text, count, cut, deep) in [(go, 2, 2, 4), (messages, 1, 3, 3)] {
        let (summary, cases) = told(&text);
        assert_eq!(verdicts(&cases), [Failed], "{:?}", summary.format);
        let lost = format!("texts longer than 1 MiB, of which the rest was cut: {count}");
        assert_eq!(warnings(&summary, "1 MiB"), [(lost.as_str(), Some(cut))]);
        let lost = "values that are nested too deep, and were left out: 1";
        assert_eq!(warnings(&summary, "too deep"), [(lost, Some(deep))]);
    }
}

#[test]
fn what_is_cut_in_the_files_of_allure_is_told_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(1024 * 1024 + 1);
    let result = |name: &str, message: &str| {
        format!(
            "{{\"uuid\":\"{name}\",\"name\":\"{name}\",\"fullName\":\"b#{name}\",\"status\":\"failed\",\n\"statusDetails\":{{\"message\":\"{message}\"}}}}"
        )
    };
    for (name, text) in [
        ("a-result.json", result("a", &long)),
        ("b-result.json", result("b", "no")),
        (
            "c-container.json",
            format!(
                "{{\"children\":[\"b\"],\"befores\":[{{\"name\":\"{long}\",\"status\":\"passed\"}}]}}"
            ),
        ),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let found = discover(
        &[folder.path().display().to_string()],
        Path::new(""),
        &crate::files::Patience::default(),
    )
    .unwrap();
    let mut cases = 0;
    let summary = read(&found.sources[0], &mut |_| cases += 1).unwrap();
    assert_eq!((found.sources.len(), cases), (1, 2));
    let cut = "texts longer than 1 MiB, of which the rest was cut: 1";
    let of = |name: &str, line| (format!("`{name}`: {cut}"), Some(line));
    let warned: Vec<(String, Option<u64>)> = warnings(&summary, "1 MiB")
        .into_iter()
        .map(|(message, line)| (message.to_owned(), line))
        .collect();
    assert_eq!(warned, [of("c-container.json", 1), of("a-result.json", 2)]);
}

#[test]
fn subtests_of_tap_have_all_names_around_them_wherever_these_stand() {
    let beside = "TAP version 13
# Subtest: one
    # Subtest: inner
        # Subtest: x
        ok 1 - x
        1..1
    ok 1 - inner
    # Subtest: y
    ok 2 - y
    # Subtest: inner
        ok 1 - x
        1..1
    ok 3 - inner
    1..3
ok 1 - one
# Subtest: two
    # Subtest: inner
        ok 1 - x
        1..1
    ok 1 - inner
    1..1
ok 2 - two
1..2
";
    // As older producers write it: where the subtests stand.
    let inside = "1..2
    # Subtest: one
        # Subtest: inner
        ok 1 - x
        1..1
    ok 1 - inner
    ok 2 - y
        # Subtest: inner
        ok 1 - x
        1..1
    ok 3 - inner
    1..3
ok 1 - one
    # Subtest: two
        # Subtest: inner
        1..1
        ok 1 - x
    ok 1 - inner
    1..1
ok 2 - two
";
    for text in [beside, inside] {
        let (_, cases) = told(text);
        let keys: Vec<String> = cases.iter().map(|case| case.key().to_string()).collect();
        let expected = [
            "one › inner › x",
            "one › y",
            "one › inner › x",
            "two › inner › x",
        ];
        assert_eq!(keys, expected, "{text}");
    }
}

#[test]
fn subtests_of_tap_are_read_however_deep_they_stand() {
    let blanks = |depth: usize| " ".repeat(4 * depth);
    let mut lines = vec!["TAP version 14".to_owned()];
    lines.extend((1..=400).map(|depth| format!("{}# Subtest: level {depth}", blanks(depth))));
    lines.push(format!("{0}not ok 1 - deepest\n{0}1..1", blanks(400)));
    lines.extend((0..400).rev().map(|depth| {
        let at = blanks(depth);
        format!("{at}not ok 1 - level {}\n{at}1..1", depth + 1)
    }));
    let text = lines.join("\n");
    let (_, cases) = told(&text);
    let deepest: Vec<&TestCase> = cases.iter().filter(|case| case.name == "deepest").collect();
    assert_eq!(deepest.len(), 1);
    assert_eq!(deepest[0].outcome.verdict(), Failed);
    let key = deepest[0].key();
    assert!(
        key.as_str().starts_with("level 1 › level 2 › ")
            && key.as_str().ends_with(" › level 400 › deepest")
    );
}

#[test]
fn many_children_in_front_of_their_name_have_it() {
    let test = r#"{"title":"t","status":"passed"}"#;
    let many = vec![test; 1000].join(",");
    let whole = format!(
        r#"{{"numTotalTests":1001,"testResults":[{{"assertionResults":[{test}],"name":"a.js"}},{{"assertionResults":[{many}],"name":"b.js","status":"passed"}}]}}"#
    );
    let (_, cases) = told(&whole);
    let of = |name: &str| {
        cases
            .iter()
            .filter(|case| case.class_name.as_deref() == Some(name))
            .count()
    };
    assert_eq!((of("a.js"), of("b.js")), (1, 1000));
}

/// A report whose members stand in the order of the alphabet, as `jq --sort-keys` writes them.
fn sorted(text: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
    value.sort_all_objects();
    value.to_string()
}

#[test]
fn suites_whose_names_stand_behind_what_they_hold_have_them() {
    let spec = |title: &str| {
        format!(
            r#"{{"title":"{title}","file":"a.ts","tests":[{{"status":"expected","results":[{{"status":"passed"}}]}}]}}"#
        )
    };
    let group = |title: &str| {
        format!(
            r#"{{"title":"{title}","file":"a.ts","specs":[{}]}}"#,
            spec("signs in")
        )
    };
    let playwright = format!(
        r#"{{"config":{{"rootDir":"/"}},"suites":[{{"title":"a.ts","file":"a.ts","specs":[{}],"suites":[{},{}]}}]}}"#,
        spec("opens"),
        group("as admin"),
        group("as guest")
    );
    let test = |title: &str| format!(r#"{{"title":"{title}","state":"passed","pass":true}}"#);
    let group = |title: &str| {
        format!(
            r#"{{"title":"{title}","file":"","fullFile":"","tests":[{}]}}"#,
            test("signs in")
        )
    };
    let mochawesome = format!(
        r#"{{"stats":{{"suites":3}},"results":[{{"title":"","fullFile":"/b/a.ts","file":"/a.ts","tests":[{}],"suites":[{},{}]}}]}}"#,
        test("opens"),
        group("as admin"),
        group("as guest")
    );
    for text in [playwright, mochawesome] {
        for text in [sorted(&text), text] {
            let (summary, cases) = told(&text);
            let keys = cases.iter().map(|case| TestKey::of(case).to_string());
            let keys: BTreeSet<String> = keys.collect();
            let known = [
                "a.ts › opens",
                "a.ts › as admin › signs in",
                "a.ts › as guest › signs in",
            ];
            let known = known.map(String::from);
            assert_eq!(keys, BTreeSet::from(known), "{text}");
            assert_eq!(summary.suites, 3, "{text}");
        }
    }
}

#[test]
fn so_many_suites_have_their_names_behind_what_they_hold_as_there_are() {
    // More than are kept at a time.
    let count = 30_000;
    let suite = |number| {
        format!(
            r#"{{"suites":[{{"specs":[{{"tests":[{{"status":"expected","results":[{{"status":"passed"}}]}}],"title":"t"}}],"title":"inner"}}],"file":"{number}.ts","title":"{number}.ts"}}"#
        )
    };
    let suites: Vec<String> = (0..count).map(suite).collect();
    let text = format!(
        r#"{{"config":{{"rootDir":"/"}},"suites":[{}]}}"#,
        suites.join(",")
    );
    let (_, cases) = told(&text);
    for (number, case) in cases.iter().enumerate() {
        assert_eq!(
            TestKey::of(case).as_str(),
            format!("{number}.ts › inner › t")
        );
    }
    assert_eq!(cases.len(), count);
}

#[test]
fn what_ctrf_says_behind_its_tests_of_where_they_ran_is_known_of_them() {
    let text = r#"{"results":{"tool":{"name":"x"},"tests":[{"name":"t","status":"passed"}],"environment":{"osPlatform":"linux"}}}"#;
    let source = Source::in_memory("ctrf.json", text.as_bytes());
    let first = read(&source, &mut |_| ()).unwrap();
    let mut found = Vec::new();
    let again = crate::report::read_again(&source, &first.late, &mut |case| {
        found.push(case.property("osPlatform").map(str::to_owned));
    });
    assert_eq!(found, [Some(String::from("linux"))]);
    assert_eq!(again.unwrap().late, first.late);
}

#[test]
fn what_ctrf_calls_other_is_what_the_runner_called_it() {
    let ended = |raw: &str| {
        let text = format!(
            r#"{{"results":{{"tool":{{"name":"x"}},"tests":[{{"name":"t","status":"other","rawStatus":"{raw}"}}]}}}}"#
        );
        told(&text).1.remove(0).outcome.verdict()
    };
    let words = [
        "todo",
        "timedOut",
        "error",
        "interrupted",
        "passed",
        "wobbled",
        "",
    ];
    let known = [
        Skipped, Failed, Errored, Incomplete, Incomplete, Incomplete, Incomplete,
    ];
    assert_eq!(words.map(ended), known);
}

#[test]
fn playwright_without_a_verdict_of_a_test_has_that_of_its_last_result() {
    let ended = |expected: &str, results: &str| {
        let text = format!(
            r#"{{"config":{{"rootDir":"/"}},"suites":[{{"title":"a.ts","file":"a.ts","specs":[{{"title":"s","tests":[{{"expectedStatus":"{expected}","results":[{results}]}}]}}]}}]}}"#
        );
        let case = told(&text).1.remove(0);
        (case.outcome.verdict(), case.attempts())
    };
    let (failed, passed) = (r#"{"status":"failed"}"#, r#"{"status":"passed"}"#);
    assert_eq!(ended("passed", failed), (Failed, 1));
    assert_eq!(ended("passed", &format!("{failed},{passed}")), (Passed, 2));
    assert_eq!(ended("failed", failed), (Passed, 1));
    assert_eq!(ended("failed", passed), (Failed, 1));
    assert_eq!(ended("passed", "").0, Incomplete);
}

#[test]
fn an_action_of_go_that_is_a_word_for_an_end_is_one_and_any_other_changes_nothing() {
    let text = r#"
        {"Action":"run","Package":"p","Test":"TestA"}
        {"Action":"crash","Package":"p","Test":"TestA"}
        {"Action":"run","Package":"p","Test":"TestB"}
        {"Action":"metric","Package":"p","Test":"TestB"}
        {"Action":"pass","Package":"p","Test":"TestB"}
        {"Action":"run","Package":"p","Test":"TestC"}
        {"Action":"error","Package":"p","Test":"TestC"}
        {"Action":"fail","Package":"p","Test":"TestC"}
        {"Action":"fail","Package":"p"}"#;
    let (summary, cases) = told(text);
    let ended = |name: &str| {
        cases
            .iter()
            .find(|case| case.name == name)
            .unwrap()
            .outcome
            .verdict()
    };
    assert_eq!(
        (ended("TestA"), ended("TestB"), cases.len()),
        (Errored, Passed, 3)
    );
    assert!(warned(
        &summary,
        "`metric` of tests is not known, and is passed over"
    ));
}

#[test]
fn playwrights_verdict_is_that_of_the_test() {
    let text = r#"{"config":{"rootDir":"/"},"suites":[{"title":"a.ts","file":"a.ts","specs":[{"title":"s","ok":true,"tags":["TmsLink-7"],"tests":[
        {"projectName":"chromium","status":"expected","expectedStatus":"failed","results":[{"status":"failed"}]},
        {"projectName":"firefox","status":"unexpected","expectedStatus":"failed","results":[{"status":"passed"},{"status":"passed"}]},
        {"projectName":"x","status":"flaky","expectedStatus":"passed","results":[{"status":"timedOut"},{"status":"passed","steps":[{"title":"a","steps":[{"title":"b","error":{"message":"m"}}]}]}]},
        {"projectName":"y","status":"expected","expectedStatus":"passed","results":[]},
        {"projectName":"z","status":"unexpected","expectedStatus":"passed","results":[{"status":"interrupted"}]}]}]}],
        "errors":[{"message":"no web server"}],"stats":{"expected":2,"unexpected":2,"flaky":1,"skipped":0}}"#;
    let (summary, cases) = told(text);
    assert_eq!(
        verdicts(&cases),
        [Passed, Failed, Passed, Incomplete, Incomplete]
    );
    assert_eq!(
        (
            cases[2].is_flaky(),
            cases[1].attempts(),
            cases[2].attempts()
        ),
        (true, 2, 2)
    );
    assert_eq!(cases[0].property("TmsLink"), Some("7"));
    assert_eq!(cases[0].property("project"), Some("chromium"));
    let steps: Vec<_> = cases[2]
        .steps
        .iter()
        .map(|step| (step.name.as_str(), step.verdict))
        .collect();
    assert_eq!(
        steps,
        [("a", StepVerdict::Passed), ("a › b", StepVerdict::Failed)]
    );
    assert!(warned(&summary, "no web server"));
}

#[test]
fn what_a_file_of_jest_says_alone_is_told() {
    let text = r#"{"numTotalTests":1,"success":false,"testResults":[
        {"assertionResults":[],"status":"failed","message":"Cannot find module","name":"/home/runner/work/a/a/x.test.js"},
        {"assertionResults":[{"title":"t","status":"passed","failureMessages":["one","two"]}],"status":"failed","message":"","name":"y.test.js"}]}"#;
    let (summary, cases) = told(text);
    assert_eq!(
        (verdicts(&cases), cases[0].attempts(), cases[0].is_flaky()),
        (vec![Passed], 3, true)
    );
    assert!(
        warned(&summary, "`x.test.js` could not be run")
            && warned(&summary, "`y.test.js` failed outside")
    );
}

#[test]
fn what_jest_hands_to_its_reporters_is_read_too() {
    let text = r#"{"numTotalTests":2,"numFailedTests":1,"numRuntimeErrorTestSuites":1,"success":false,"testResults":[
        {"failureMessage":null,"testFilePath":"/w/src/a.test.js","testResults":[
          {"title":"t","ancestorTitles":["g"],"status":"passed","failureMessages":[],"duration":3},
          {"title":"u","ancestorTitles":[],"status":"failed","failureMessages":["Error: no"],"duration":4}]},
        {"testExecError":{"message":"Cannot find module","stack":"x"},"testFilePath":"/w/src/b.test.js","testResults":[]}]}"#;
    let (summary, cases) = told(text);
    assert_eq!(summary.format, Format::Jest);
    assert_eq!(verdicts(&cases), [Passed, Failed]);
    let key = cases[0].key().to_string();
    assert!(key.ends_with("src/a.test.js › g › t"), "{key}");
    assert!(warned(&summary, "Cannot find module"), "{summary:?}");
    // A file that says so beside tests that passed.
    let text = r#"{"numTotalTests":1,"testResults":[{"name":"a.js","status":"passed","testExecError":{"message":"torn down"},
        "assertionResults":[{"title":"t","status":"passed","failureMessages":[]}]}]}"#;
    assert!(warned(
        &told(text).0,
        "outside of its tests, which belongs to no test: torn down"
    ));
}

#[test]
fn errors_that_robot_tells_of_itself_are_told_once() {
    let text = r#"<robot><suite name="s"><test name="a"><status status="PASS"/></test><status status="PASS"/></suite>
        <errors><msg level="WARN">old name</msg><msg level="ERROR">Importing library 'X' failed</msg><msg level="ERROR">other</msg></errors></robot>"#;
    let (summary, cases) = told(text);
    assert_eq!(verdicts(&cases), [Passed]);
    assert_eq!(summary.warnings.len(), 1);
    assert!(warned(&summary, "Importing library 'X' failed, and 1 more"));
}

#[test]
fn cucumbers_backgrounds_and_hooks_count_for_the_scenario_behind_them() {
    let text = r#"[{"uri":"f.feature","name":"F","tags":[{"name":"@epic"}],"elements":[
        {"type":"background","steps":[{"name":"b","result":{"status":"failed","error_message":"no db"}}]},
        {"type":"scenario","name":"one","steps":[{"name":"s","result":{"status":"skipped"}}]},
        {"type":"background","steps":[{"name":"b","result":{"status":"passed","duration":2000000000}}]},
        {"type":"scenario","name":"two","tags":[{"name":"x:y"}],"steps":[{"name":"s","result":{"status":"passed"}}],"after":[{"result":{"status":"failed"}}]},
        {"type":"scenario","name":"three","steps":[{"name":"s","result":{"status":"passed"}},{"name":"t"}]},
        {"type":"scenario","name":"four","steps":[]},
        {"type":"scenario","name":"five","status":"passed","location":"f.feature:3","steps":[{"name":"s","result":{"status":"passed","duration":0.5}}]},
        {"type":"scenario","name":"six","status":"passed","location":"f.feature:9","steps":[]}]}]"#;
    let (_, cases) = told(text);
    assert_eq!(
        verdicts(&cases),
        [Failed, Failed, Incomplete, Incomplete, Passed, Passed]
    );
    let seconds: Vec<_> = cases
        .iter()
        .map(|case| case.duration.map(|it| it.as_secs_f64()))
        .collect();
    assert_eq!((seconds[1], seconds[4]), (Some(2.0), Some(0.5)));
    assert_eq!(
        (cases[1].property("tag"), cases[1].property("x")),
        (Some("epic"), Some("y"))
    );
}

/// Makes a stream of messages with as many scenarios, each a row of an outline, that run in this order. Its documents stand before all
/// scenarios or before their own.
fn stream(order: &[usize], documents_first: bool) -> String {
    let document = |n: usize| {
        format!(
            r#"{{"gherkinDocument":{{"uri":"f{n}.feature","feature":{{"name":"F{n}","children":[{{"rule":{{"name":"R{n}","children":[{{"scenario":{{"id":"s{n}","examples":[{{"tableHeader":{{"cells":[{{"value":"a"}}]}},"tableBody":[{{"id":"r{n}","cells":[{{"value":"v{n}"}}]}}]}}]}}}}]}}}}]}}}}}}"#
        )
    };
    let pickle = |n: usize| {
        format!(
            r#"{{"pickle":{{"id":"p{n}","uri":"f{n}.feature","name":"t{n}","astNodeIds":["s{n}","r{n}"],"tags":[{{"name":"@n:{n}"}}],"steps":[{{"id":"ps{n}","text":"x{n}"}}]}}}}"#
        )
    };
    let case = |n: &usize| {
        format!(
            r#"{{"testCase":{{"id":"c{n}","pickleId":"p{n}","testSteps":[{{"id":"ts{n}","pickleStepId":"ps{n}"}}]}}}}"#
        )
    };
    let run = |n: &usize| {
        format!(
            "{{\"testCaseStarted\":{{\"id\":\"st{n}\",\"testCaseId\":\"c{n}\",\"attempt\":0}}}}\n\
            {{\"testStepFinished\":{{\"testCaseStartedId\":\"st{n}\",\"testStepId\":\"ts{n}\",\"testStepResult\":{{\"status\":\"PASSED\"}}}}}}\n\
            {{\"testCaseFinished\":{{\"testCaseStartedId\":\"st{n}\",\"willBeRetried\":false}}}}"
        )
    };
    let count = order.len();
    let mut lines = vec![String::from(r#"{"meta":{"protocolVersion":"32"}}"#)];
    if documents_first {
        lines.extend((0..count).map(document).chain((0..count).map(pickle)));
    } else {
        lines.extend((0..count).flat_map(|n| [document(n), pickle(n)]));
    }
    let all: Vec<usize> = (0..count).collect();
    lines.extend(all.iter().map(case).chain(order.iter().map(run)));
    lines.push(String::from(r#"{"testRunFinished":{"success":true}}"#));
    lines.join("\n")
}

#[test]
fn scenarios_are_found_in_whatever_order_they_run() {
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]] {
        for documents_first in [false, true] {
            let (summary, cases) = told(&stream(&order, documents_first));
            assert_eq!(summary.suites, 5);
            assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
            let numbers: Vec<Option<&str>> = cases.iter().map(|case| case.property("n")).collect();
            let expected = order.map(|n| n.to_string());
            let expected: Vec<_> = expected.iter().map(|n| Some(n.as_str())).collect();
            assert_eq!(numbers, expected);
            for (case, n) in cases.iter().zip(order) {
                let key = format!("f{n}.feature › R{n} › t{n}");
                assert_eq!((case.key().to_string(), case.iteration), (key, Some(1)));
                assert_eq!(case.parameters[0].value, format!("v{n}"));
                assert_eq!(case.steps[0].name, format!("x{n}"));
            }
        }
    }
}

#[test]
fn two_tests_of_one_scenario_both_have_its_name() {
    let text = stream(&[0, 1, 2], false).replace(r#""pickleId":"p2""#, r#""pickleId":"p0""#);
    let (summary, cases) = told(&text.replace(r#""ps2"}"#, r#""ps0"}"#));
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["R0 › t0", "R1 › t1", "R0 › t0"]);
    assert_eq!(summary.suites, 3);
}

#[test]
fn a_stream_of_messages_that_ends_early_is_never_green() {
    let whole = with_word("PASSED").swap_remove(6).1;
    assert_eq!(verdicts(&told(&whole).1), [Passed]);
    let lines: Vec<&str> = whole.lines().collect();
    for count in 1..lines.len() {
        let (summary, cases) = told(&lines[..count].join("\n"));
        assert!(warned(&summary, "ends before the run does"), "{count}");
        assert!(count == 4 || !verdicts(&cases).contains(&Passed), "{count}");
    }
}

#[test]
fn what_a_package_of_go_runs_again_once_it_ended_is_a_try_and_what_it_repeats_before_is_none() {
    let of = |action: &str, test: &str| {
        format!(r#"{{"Action":"{action}","Package":"p","Test":"{test}","Output":"{test} out"}}"#)
    };
    let ran = |test: &str, end: &str| {
        [of("run", test), of("output", test), of(end, test)]
            .concat()
            .replace("}{", "}\n{")
    };
    let end = |end: &str| format!(r#"{{"Action":"{end}","Package":"p"}}"#);
    let again = [
        ran("A", "fail"),
        ran("B", "fail"),
        ran("C", "pass"),
        end("fail"),
        ran("A", "fail"),
        ran("B", "pass"),
        end("fail"),
        ran("A", "pass"),
        end("pass"),
    ];
    let (summary, cases) = told(&again.join("\n"));
    let seen: Vec<_> = cases
        .iter()
        .map(|case| (case.name.as_str(), case.earlier.len(), case.is_flaky()))
        .collect();
    assert_eq!(seen, [("C", 0, false), ("B", 1, true), ("A", 2, true)]);
    assert_eq!(verdicts(&cases), [Passed, Passed, Passed]);
    assert_eq!((summary.tally.tests, summary.attempts), (3, 6));
    assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
    // What failed to the end is there with all its tries; `-count=2` runs tests twice.
    let failed = [ran("A", "fail"), end("fail"), ran("A", "fail"), end("fail")];
    let (_, cases) = told(&failed.join("\n"));
    assert_eq!(
        (verdicts(&cases), cases[0].earlier.len()),
        (vec![Failed], 1)
    );
    let (_, cases) = told(
        &[
            ran("A", "fail"),
            ran("A", "pass"),
            ran("A", "fail"),
            end("fail"),
        ]
        .join("\n"),
    );
    assert_eq!(verdicts(&cases), [Passed, Failed, Failed]);
}

#[test]
fn tests_of_go_whose_end_never_comes_take_the_verdict_of_their_package() {
    let event =
        |action: &str, rest: &str| format!(r#"{{"Action":"{action}","Package":"p"{rest}}}"#);
    let run = event("run", r#","Test":"TestA""#);
    for (end, expected) in [("pass", Passed), ("fail", Failed)] {
        let (summary, cases) = told(&format!(
            "{run}\nFAIL q [build failed]\n{}\n",
            event(end, "")
        ));
        assert_eq!(verdicts(&cases), [expected]);
        assert!(
            warned(&summary, "q [build failed]"),
            "{:?}",
            summary.warnings
        );
    }
    let (summary, cases) = told(&format!(
        "{run}\n{}\n",
        event("output", r#","Test":"TestA","Output":"    a.go:7: why\n""#)
    ));
    assert_eq!(verdicts(&cases), [Incomplete]);
    assert!(warned(&summary, "`p`"));
    let (summary, _) = told(&format!(
        "{}\n{}\n",
        event("output", r#","Output":"panic in TestMain\n""#),
        event("fail", "")
    ));
    assert!(
        warned(&summary, "panic in TestMain"),
        "{:?}",
        summary.warnings
    );
}

#[test]
fn a_test_of_go_whose_output_tells_of_its_failure_did_not_pass() {
    let ended = |output: &[&str]| {
        let mut lines = vec![String::from(
            r#"{"Action":"run","Package":"p","Test":"TestA"}"#,
        )];
        let text = |it: &&str| {
            format!(r#"{{"Action":"output","Package":"p","Test":"TestA","Output":"{it}\n"}}"#)
        };
        lines.extend(output.iter().map(text));
        lines.push(String::from(
            r#"{"Action":"pass","Package":"p","Test":"TestA"}"#,
        ));
        lines.push(String::from(r#"{"Action":"fail","Package":"p"}"#));
        let (_, cases) = told(&lines.join("\n"));
        (
            cases[0].outcome.verdict(),
            cases[0].outcome.failure().cloned(),
        )
    };
    let broke = ["panic: oh no", "", "goroutine 7 [running]:"];
    let (verdict, failure) = ended(&[&["--- FAIL: TestA (0.00s)"], &broke[..]].concat());
    assert_eq!(verdict, Failed);
    assert_eq!(failure.unwrap().message.as_deref(), Some("panic: oh no"));
    assert_eq!(ended(&broke).0, Failed);
    let told_of = [
        "--- FAIL: TestAll (0.00s)",
        "panic: of a log",
        "--- PASS: TestA (0.00s)",
    ];
    assert_eq!(ended(&told_of).0, Passed);
    assert_eq!(ended(&[]).0, Passed);
}

#[test]
fn what_tap_says_at_its_end_of_failures_is_told() {
    let warned = |end: &str| {
        let (summary, _) = told(&format!("1..1\nok 1 - adds\n{end}\n"));
        summary.warnings.len()
    };
    for end in [
        "# Looks like your test exited with 2 just after 1.",
        "# Looks like your test died just after 1.",
        "# tests 2\n# pass 1\n# fail 1",
        "# cancelled 1",
    ] {
        assert_eq!(warned(end), 1, "{end}");
    }
    for end in [
        "# fail 0",
        "# fail 2 times and go on",
        "# tests 1\n# pass 1",
    ] {
        assert_eq!(warned(end), 0, "{end}");
    }
    let (summary, _) = told("1..1\nnot ok 1 - adds\n# fail 1\n");
    assert_eq!(summary.warnings, []);
}

#[test]
fn a_test_right_below_the_outermost_of_open_test_reporting_has_its_name() {
    let suite = |id: u32, name: &str| {
        format!(
            "<e:started id='{id}' name='{name}'/><e:started id='{id}1' name='adds' parentId='{id}'/>\
             <e:finished id='{id}1'><result status='SUCCESSFUL'/></e:finished><e:finished id='{id}'/>"
        )
    };
    let text = format!(
        "<e:events xmlns='https://schemas.opentest4j.org/reporting/core/0.2.0' xmlns:e='https://schemas.opentest4j.org/reporting/events/0.2.0'>{}{}</e:events>",
        suite(1, "Cart"),
        suite(2, "Shop")
    );
    let (_, cases) = told(&text);
    let keys: Vec<String> = cases.iter().map(|it| it.key().to_string()).collect();
    assert_eq!(keys, ["Cart › adds", "Shop › adds"]);
}

#[test]
fn lines_of_tap_in_colours_are_read() {
    let text = "\u{1b}[1mTAP version 13\u{1b}[0m\n\u{1b}[32mok\u{1b}[39m 1 - adds\n\
                \u{1b}[31;1mnot ok 2 - pays\u{1b}(B\u{1b}[m\n  ---\n  message: no\n  ...\n\
                # Subtest: cart\n    \u{1b}[32mok 1 - opens\u{1b}[0m\n    1..1\nok 3 - cart\n1..3\n";
    for text in [text, text.split_once('\n').unwrap().1] {
        let (summary, cases) = told(text);
        let keys: Vec<String> = cases.iter().map(|it| it.key().to_string()).collect();
        assert_eq!(keys, ["adds", "pays", "cart › opens"]);
        assert_eq!((summary.tally.passed, summary.tally.failed), (2, 1));
        assert!(
            summary
                .warnings
                .iter()
                .all(|it| it.message.contains("control")),
            "{:?}",
            summary.warnings
        );
    }
}

#[test]
fn a_teardown_of_robot_changes_the_tests_before_it() {
    let suite = |kind: &str, status: &str| {
        format!(
            r#"<robot><suite name="Out"><suite name="In"><test name="a"><kw name="x"><status status="FAIL"/></kw><tags><tag>TestCaseId:5</tag></tags><status status="PASS"/></test>
            <test name="b"><status status="SKIP">why</status></test></suite><kw name="T" type="{kind}"><status status="{status}">broke</status></kw></suite></robot>"#
        )
    };
    for (kind, status, expected) in [
        ("TEARDOWN", "FAIL", [Failed, Skipped]),
        ("teardown", "FAIL", [Failed, Skipped]),
        ("TEARDOWN", "SKIP", [Skipped, Skipped]),
        ("SETUP", "FAIL", [Passed, Skipped]),
    ] {
        let (_, cases) = told(&suite(kind, status));
        assert_eq!(verdicts(&cases), expected, "{kind} {status}");
        assert_eq!(cases[0].property("TestCaseId"), Some("5"));
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table: one line a document, what it holds and what is said"
)]
fn tap_counts_leaves_and_tells_of_what_is_missing() {
    for (text, expected, warning) in [
        (
            "1..2\nok 1 - a\nok 2 - b # TODO later\n",
            vec![Passed, Skipped],
            "",
        ),
        ("1..1\nnot ok 1 x # SKIP why\n", vec![Skipped], ""),
        ("1..1\nok 1 x # not a directive\n", vec![Passed], ""),
        (
            "1..3\nok 1\nok 2\n",
            vec![Passed, Passed],
            "3 tests were planned",
        ),
        ("ok 1\n", vec![Passed], "no plan"),
        (
            "1..2\nok 1\nBail out!  disk full\n",
            vec![Passed],
            "disk full",
        ),
        (
            "1..1\n    ok 1 - in\n    1..1\nnot ok 1 - out\n",
            vec![Passed, Failed],
            "",
        ),
        (
            "1..1\n    not ok 1 - in\n    1..1\nnot ok 1 - out\n",
            vec![Failed],
            "",
        ),
        (
            "1..1\n    ok 1 - in\n    1..2\nok 1 - out\n",
            vec![Passed, Incomplete],
            "",
        ),
        (
            "1..1\nok 1 - out {\n    ok 1 - in # time=5ms\n    1..1\n}\n",
            vec![Passed],
            "",
        ),
        (
            "1..1\nnot ok 1 - a\n  ---\n  found: |\n    ok 9 - quoted\n  ...\n# ok 8\n",
            vec![Failed],
            "",
        ),
    ] {
        let (summary, cases) = told(text);
        assert_eq!(verdicts(&cases), expected, "{text}");
        assert!(
            warning.is_empty() && summary.warnings.is_empty()
                || !warning.is_empty() && warned(&summary, warning),
            "{text}: {:?}",
            summary.warnings
        );
    }
    let (_, cases) = told("1..1\nok 1 - eq \\# 1 in 6ms\n");
    assert_eq!(
        (
            cases[0].name.as_str(),
            cases[0].duration.map(|it| it.as_millis())
        ),
        ("eq # 1", Some(6))
    );
}

#[test]
fn both_forms_of_open_test_reporting_say_the_same() {
    let hierarchy = r#"<h:execution xmlns:h="https://schemas.opentest4j.org/reporting/hierarchy/0.2.0" xmlns="https://schemas.opentest4j.org/reporting/core/0.2.0">
        <h:root name="engine" start="2026-11-28T19:07:16Z" duration="PT1S"><h:child name="class" start="2026-11-28T19:07:16Z" duration="PT0.5S">
        <h:child name="a" start="2026-11-28T19:07:16Z" duration="PT0.19S"><metadata><tags><tag>TestCaseId=3</tag></tags></metadata><result status="SUCCESSFUL"/></h:child>
        <h:child name="b" start="2026-11-28T19:07:16Z" duration="PT0.1S"><result status="ABORTED"/></h:child><result status="FAILED"><reason>after all</reason></result></h:child></h:root></h:execution>"#;
    let (summary, cases) = told(hierarchy);
    assert_eq!(verdicts(&cases), [Passed, Skipped]);
    assert_eq!(cases[0].property("TestCaseId"), Some("3"));
    assert_eq!(cases[0].duration.map(|it| it.as_millis()), Some(190));
    assert!(warned(&summary, "`class` failed"), "{:?}", summary.warnings);
    let events = r#"<e:events xmlns:e="https://schemas.opentest4j.org/reporting/events/0.1.0" xmlns:java="j"><e:started id="1" name="class"/>
        <e:started id="2" parentId="1" name="a"/><e:finished id="2"><result status="FAILED"><java:throwable assertionError="false">why</java:throwable></result></e:finished>
        <e:started id="3" parentId="1" name="b"/></e:events>"#;
    let (summary, cases) = told(events);
    assert_eq!(verdicts(&cases), [Errored, Incomplete]);
    assert!(warned(&summary, "never ended"), "{:?}", summary.warnings);
}

#[test]
fn of_allures_tries_the_latest_counts_whatever_the_files_are_called() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "a-result.json",
        r#"{"uuid":"1","historyId":"h","name":"t","status":"passed","start":2000,"labels":[{"name":"ALLURE_ID","value":"9"}],"links":[{"type":"tms","url":"https://x/T-1"}]}"#,
    );
    write(
        "b-result.json",
        r#"{"uuid":"2","historyId":"h","name":"t","status":"failed","start":1000,"labels":null}"#,
    );
    write(
        "c-result.json",
        r#"{"uuid":"3","historyId":"i","name":"u","status":"passed","steps":[{"name":"s"}]}"#,
    );
    write(
        "d-container.json",
        r#"{"uuid":"4","afters":[{"name":"after all","status":"broken","statusDetails":{"message":"no disk"}}]}"#,
    );
    write("categories.json", "[]");
    let argument = folder.path().to_string_lossy().into_owned();
    let found = discover(
        &[argument],
        Path::new(""),
        &crate::files::Patience::default(),
    )
    .unwrap();
    assert_eq!(found.sources.len(), 1, "{found:?}");
    let mut cases = Vec::new();
    let summary = read(&found.sources[0], &mut |case| cases.push(case.take())).unwrap();
    assert_eq!(verdicts(&cases), [Incomplete, Passed]);
    assert_eq!(
        (cases[1].attempts(), cases[1].is_flaky(), summary.attempts),
        (2, true, 3)
    );
    assert_eq!(
        (cases[1].property("allure.id"), cases[1].property("TmsLink")),
        (Some("9"), Some("T-1"))
    );
    assert!(warned(&summary, "no disk"), "{:?}", summary.warnings);
    let pattern = folder
        .path()
        .join("*-result.json")
        .to_string_lossy()
        .into_owned();
    let found = discover(
        &[pattern],
        Path::new(""),
        &crate::files::Patience::default(),
    )
    .unwrap();
    assert_eq!(found.sources.len(), 1, "{found:?}");
}

#[test]
fn tests_of_allure_whose_values_belong_to_other_parameters_are_no_tries() {
    let folder = tempfile::tempdir().unwrap();
    let results = [
        ("a", "", "admin", "passed"),
        ("b", "admin", "", "failed"),
        ("c", "admin", "", "passed"),
        ("d", "guest", "1767326645", "failed"),
    ];
    for (start, (id, name, account, status)) in results.into_iter().enumerate() {
        let text = format!(
            r#"{{"uuid":"{id}","historyId":"h","fullName":"t#adds","name":"adds","status":"{status}","start":{start},"stop":9,
            "parameters":[{{"name":"name","value":"'{name}'"}},{{"name":"account","value":"'{account}'"}}]}}"#
        );
        std::fs::write(folder.path().join(format!("{id}-result.json")), text).unwrap();
    }
    let patience = crate::files::Patience::default();
    let argument = folder.path().to_string_lossy().into_owned();
    let found = discover(&[argument], Path::new(""), &patience).unwrap();
    let mut cases = Vec::new();
    read(&found.sources[0], &mut |case| cases.push(case.take())).unwrap();
    let told: Vec<_> = cases
        .iter()
        .map(|case| (case.outcome.verdict(), case.attempts()))
        .collect();
    // What nothing but its `historyId` ties to a test is a try of the first.
    assert_eq!(told, [(Failed, 2), (Passed, 2)]);
}

#[test]
fn tests_of_allure_that_share_an_id_and_no_name_are_two() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        (r#""fullName":"t#adds","#, "adds"),
        (r#""fullName":"t#subtracts","#, "subtracts"),
        (r#""fullName":"u.adds","#, "adds"),
        ("", "divides"),
        ("", "multiplies"),
    ];
    for (start, (full, name)) in names.into_iter().enumerate() {
        let text = format!(
            r#"{{"uuid":"{start}","historyId":"h",{full}"name":"{name}","status":"failed","start":{start}}}"#
        );
        std::fs::write(folder.path().join(format!("{start}-result.json")), text).unwrap();
    }
    let patience = crate::files::Patience::default();
    let argument = folder.path().to_string_lossy().into_owned();
    let found = discover(&[argument], Path::new(""), &patience).unwrap();
    let mut tests = Vec::new();
    let mut visit = |case: &mut TestCase| tests.push((case.name.clone(), case.attempts()));
    read(&found.sources[0], &mut visit).unwrap();
    tests.sort_unstable();
    let known = [
        ("adds", 2),
        ("divides", 1),
        ("multiplies", 1),
        ("subtracts", 1),
    ];
    assert_eq!(tests, known.map(|(name, tries)| (name.to_owned(), tries)));
}

#[test]
fn a_folder_is_read_once_where_it_tells_of_a_run_twice() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let jest = with_word("passed").swap_remove(3).1;
    write("jest.json", &jest);
    write("package.json", r#"{"name":"a","version":"1","scripts":{}}"#);
    write("pom.xml", "<project/>");
    let argument = folder.path().to_string_lossy().into_owned();
    let look = || {
        discover(
            std::slice::from_ref(&argument),
            Path::new(""),
            &crate::files::Patience::default(),
        )
        .unwrap()
    };
    let names = |found: &crate::report::Found| -> Vec<String> {
        let names = found.sources.iter().map(Source::display);
        names
            .map(|name| name.rsplit('/').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&look()), ["pom.xml", "jest.json"]);
    write("junit.xml", "<testsuite><testcase name='a'/></testsuite>");
    let found = look();
    assert_eq!(names(&found), ["junit.xml", "pom.xml"]);
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.path.ends_with("jest.json")),
        "{:?}",
        found.notes
    );
}

#[test]
fn results_of_katalons_own_reporters_come_with_class_time_and_every_failure() {
    let text = r#"{"results":[
        {"uuid":"1","parentUuid":"9","name":"adds","suiteName":"shop.CartTest","status":"PASSED","start":1763722800000,"duration":250,"parameters":{"row":"2"}},
        {"uuid":"2","parentUuid":"9","name":"pays","suiteName":"shop.CartTest","status":"FAILED","failures":[{"message":"expected 2","stackTrace":"at pay"}],"errors":[{"message":"and then"}]},
        {"uuid":"3","parentUuid":"9","name":"ships","suiteName":"shop.CartTest","status":"SKIPPED"}]}"#;
    let (summary, cases) = told(text);
    assert_eq!(summary.format, Format::Testops);
    assert_eq!(verdicts(&cases), [Passed, Failed, Skipped]);
    assert_eq!(cases[0].key().as_str(), "shop.CartTest › adds");
    assert_eq!(
        cases[0].duration,
        Some(std::time::Duration::from_millis(250))
    );
    assert!(cases[0].started.is_some());
    let failure = cases[1].outcome.failure().unwrap();
    assert_eq!(failure.details.as_deref(), Some("at pay"));
    assert_eq!(failure.also[0].message.as_deref(), Some("and then"));
}

/// What qTest's plugin for Jenkins reads of Tosca's results, the first element aside: that is told nowhere.
const TOSCA: &str = include_str!("../../../../fixtures/reports/tosca/execution-list.xml");

#[test]
fn the_results_of_tosca_have_their_steps_and_times() {
    let (summary, cases) = told(TOSCA);
    assert_eq!(summary.format, Format::Tosca);
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(
        names,
        ["Order a book", "Leave", "Later", "Never", "Said", "Broken"]
    );
    assert_eq!(
        verdicts(&cases),
        [Failed, Passed, Skipped, Skipped, Failed, Errored]
    );
    let first = &cases[0];
    assert_eq!(first.suite.name, "Shop");
    assert_eq!(first.duration, Some(std::time::Duration::from_millis(2500)));
    let zone = jiff::tz::TimeZone::UTC;
    let began = first.started.unwrap().in_zone(&zone).unwrap();
    assert_eq!(began.to_string(), "2026-11-20T09:00:00.123Z");
    let failure = first.outcome.failure().unwrap();
    assert_eq!(
        failure.message.as_deref(),
        Some("Pay: Amount: expected 3, was 4")
    );
    let steps: Vec<_> = first
        .steps
        .iter()
        .map(|it| (it.name.as_str(), it.verdict, it.message.as_deref()))
        .collect();
    assert_eq!(
        steps,
        [
            ("Open the shop", StepVerdict::Passed, None),
            (
                "Pay",
                StepVerdict::Failed,
                Some("Amount: expected 3, was 4")
            ),
            ("Card", StepVerdict::Errored, Some("no window")),
        ]
    );
}

#[test]
fn only_elements_make_the_results_of_tosca_and_no_first_element_is_taken_from_another_format() {
    let quoted = "<notes><![CDATA[executionEntry]]></notes>";
    assert!(read_bytes(quoted.as_bytes()).is_err());
    let junit = "<testsuite name='s'><testcase name='a'><system-out>&lt;executionEntry&gt;</system-out></testcase><executionEntry></executionEntry></testsuite>";
    assert_eq!(told(junit).0.format, Format::Junit);
}

#[test]
fn a_number_of_passed_tests_that_is_wrong_is_told_in_every_format_that_has_one() {
    let samples = [
        "<TestRun><Results><UnitTestResult testName='a' outcome='Passed'/><UnitTestResult testName='b' outcome='NotExecuted'/></Results>\
        <ResultSummary outcome='Completed'><Counters total='2' passed='NUMBER' failed='0'/></ResultSummary></TestRun>",
        "<assemblies><assembly name='a' total='2' passed='NUMBER' failed='0'><collection name='c'><test name='a' type='C' result='Pass'/>\
        <test name='b' type='C' result='Skip'/></collection></assembly></assemblies>",
        "<test-run testcasecount='2' total='2' passed='NUMBER' failed='0'><test-case name='a' fullname='C.a' result='Passed'/>\
        <test-case name='b' fullname='C.b' result='Skipped'/></test-run>",
        r#"{"numTotalTests":2,"numPassedTests":NUMBER,"numFailedTests":0,"testResults":[{"name":"a.js","assertionResults":[{"title":"a","status":"passed"},{"title":"b","status":"pending"}]}]}"#,
    ];
    for sample in samples {
        let told = |passed: &str| {
            let text = sample.replace("NUMBER", passed);
            let (summary, _) = read_bytes(text.as_bytes()).unwrap();
            warnings(&summary, "counters are wrong").len()
        };
        assert_eq!((told("1"), told("2")), (0, 1), "{sample}");
    }
}

#[test]
fn one_test_is_one_test_in_the_message_of_a_wrong_counter() {
    let text = "<TestRun><Results><UnitTestResult testName='a' outcome='Passed'/></Results>\
        <ResultSummary><Counters total='1' passed='1' failed='1'/></ResultSummary></TestRun>";
    let (summary, _) = read_bytes(text.as_bytes()).unwrap();
    let told = warnings(&summary, "counters are wrong");
    assert!(
        told[0]
            .0
            .contains("it says 1 failed test where there are 0"),
        "{told:?}"
    );
}

#[test]
fn events_of_go_without_a_package_are_tests_too() {
    let text = r#"{"Action":"run","Test":"TestA"}
{"Action":"output","Test":"TestA","Output":"    a_test.go:3: no\n"}
{"Action":"fail","Test":"TestA","Elapsed":0.1}
{"Action":"run","Test":"TestB"}
{"Action":"pass","Test":"TestB"}
{"Action":"fail"}
"#;
    let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
    assert_eq!((summary.tally.failed, summary.tally.passed), (1, 1));
    let keys: Vec<String> = cases.iter().map(|case| case.key().to_string()).collect();
    assert!(keys.contains(&String::from("TestA")), "{keys:?}");
    assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
}

#[test]
fn a_plan_of_no_test_skips_nothing_where_tests_ran_all_the_same() {
    let told = |text: &str| {
        let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
        let told = summary.warnings.into_iter().map(|it| it.message);
        (cases.len(), told.collect::<Vec<_>>().join("; "))
    };
    // `pgTAP` without a plan writes one for none in front.
    let (count, none) = told("1..0\nok 1 - a\nnot ok 2 - b\n1..2\n");
    assert_eq!((count, none.as_str()), (2, ""));
    for text in ["1..0\nok 1 - a\n", "ok 1 - a\n1..0\n"] {
        let (_, wrong) = told(text);
        assert!(
            wrong.contains("0 tests were planned, and 1 is there"),
            "{wrong}"
        );
    }
    let (_, skipped) = told("1..0 # SKIP no database\n");
    assert!(
        skipped.contains("all of it is skipped: no database"),
        "{skipped}"
    );
}

#[test]
fn points_of_tap_without_name_and_number_have_the_number_of_their_place() {
    let (_, cases) = read_bytes(b"1..2\nok\nnot ok\n").unwrap();
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["test 1", "test 2"]);
}

#[test]
fn a_step_whose_message_is_longer_than_4_mib_costs_no_report() {
    let long = "x".repeat(5 * 1024 * 1024);
    let step = |result: &str| {
        format!(
            r#"{{"meta":{{"protocolVersion":"22"}}}}
{{"source":{{"mediaType":"text/x.cucumber.gherkin+plain","data":"{long}"}}}}
{{"pickle":{{"id":"p","uri":"a.feature","name":"A","steps":[{{"id":"s","text":"x","astNodeIds":[]}}],"astNodeIds":[]}}}}
{{"testCase":{{"id":"c","pickleId":"p","testSteps":[{{"id":"t","pickleStepId":"s"}}]}}}}
{{"testCaseStarted":{{"id":"r","attempt":0,"testCaseId":"c"}}}}
{{"testStepFinished":{{"testCaseStartedId":"r","testStepId":"t","testStepResult":{{{result}}}}}}}
{{"testCaseFinished":{{"testCaseStartedId":"r","willBeRetried":false}}}}
{{"testRunFinished":{{"success":false}}}}
"#
        )
    };
    let samples = [
        (format!(r#""status":"FAILED","message":"{long}""#), Failed),
        (format!(r#""message":"{long}","status":"FAILED""#), Failed),
    ];
    for (result, expected) in samples {
        let (whose, what) = (
            r#""testCaseStartedId":"r","testStepId":"t","#,
            format!(r#""testStepResult":{{{result}}}"#),
        );
        let text = step(&result);
        let behind = text.replace(&format!("{whose}{what}"), &format!("{what},{whose}\"x\":1"));
        for text in [text, behind] {
            let (summary, cases) = read_bytes(text.as_bytes()).unwrap();
            assert_eq!(cases[0].outcome.verdict(), expected);
            assert_eq!(cases[0].name, "A");
            assert_eq!(warnings(&summary, "longer than 4 MiB").len(), 1);
        }
    }
}

#[test]
fn long_messages_about_scenarios_cost_no_test() {
    let read = |feature: &str, pickle: &str, case: &str| {
        let text = format!(
            r#"{{"gherkinDocument":{{{feature}"uri":"a.feature","feature":{{"name":"F"}}}}}}
{{"pickle":{{"id":"p","uri":"a.feature","steps":[{{"id":"s","text":"x"{pickle}}}],"name":"A"}}}}
{{"testCase":{{"testSteps":[{case}{{"id":"t","pickleStepId":"s"}}],"id":"c","pickleId":"p"}}}}
{{"testCaseStarted":{{"id":"r","testCaseId":"c"}}}}
{{"testStepFinished":{{"testCaseStartedId":"r","testStepId":"t","testStepResult":{{"status":"PASSED"}}}}}}
{{"testCaseFinished":{{"testCaseStartedId":"r","willBeRetried":false}}}}
{{"pickle":{{"id":"q","uri":"a.feature","name":"B","steps":[]}}}}
{{"testCase":{{"id":"d","pickleId":"q","testSteps":[]}}}}
{{"undefinedParameterType":{{"name":"{}"}}}}
{{"testRunFinished":{{}}}}
"#,
            "n".repeat(5_000_000)
        );
        read_bytes(text.as_bytes())
    };
    let long = "x".repeat(5_000_000);
    let comment = format!(r#""comments":[{{"text":"{long}"}}],"#);
    let argument = format!(r#","argument":{{"docString":{{"content":"{long}"}}}}"#);
    let hook = format!(r#"{{"id":"h","hookId":"h","note":"{long}"}},"#);
    let (summary, cases) = read(&comment, &argument, &hook).unwrap();
    assert_eq!(
        verdicts(&cases),
        [Passed, Incomplete],
        "{:?}",
        summary.warnings
    );
    let keys: Vec<_> = cases.iter().map(|case| case.key().to_string()).collect();
    assert_eq!(keys, ["a.feature › A", "a.feature › B"]);
    assert_eq!(cases[0].suite.name, "F");
    assert_eq!(warnings(&summary, "longer than 4 MiB in a line").len(), 1);
    // However long a text is.
    let longer = |it: &str| it.replace(&long, &long.repeat(4));
    let (_, cases) = read("", &longer(&argument), "").unwrap();
    assert_eq!(verdicts(&cases), [Passed, Incomplete]);
    assert_eq!(cases[0].key().to_string(), "a.feature › A");
    // So many values that they are more than 16 MiB by themselves cost what a file of scenarios says of all of them.
    let many = vec![format!(r#"{{"text":"{}"}}"#, "x".repeat(60_000)); 300].join(",");
    let (summary, cases) = read(&format!(r#""comments":[{many}],"#), "", "").unwrap();
    assert_eq!(verdicts(&cases), [Passed, Incomplete]);
    let told = warnings(&summary, "a feature file is longer than 16 MiB");
    assert_eq!(told.first().and_then(|told| told.1), Some(1));
    // Which scenario this is stands behind.
    let argument = format!(r#","argument":{{"dataTable":[{many}]}}"#);
    let error = read("", &argument, "").unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.line),
        (ReadErrorKind::TooLarge, Some(2))
    );
    assert!(error.hint.is_some_and(|hint| hint.contains("a table")));
}

#[test]
fn a_document_type_may_be_of_any_length() {
    let comment = "x".repeat(17 * 1024 * 1024);
    let text = format!(
        "<!DOCTYPE testsuite [<!-- {comment} -->]><testsuite><testcase name='a'/></testsuite>"
    );
    let (_, cases) = read_bytes(text.as_bytes()).unwrap();
    assert_eq!(cases.len(), 1);
}
