use super::{Kind, Source, Status, TestResult, import};

/// One record of a step log.
fn record(
    millis: i64,
    level: &str,
    method: &str,
    properties: &[(&str, &str)],
    message: &str,
) -> String {
    let mut text = format!(
        "<record>\n<date>2026-11-21T10:00:00</date><millis>{millis}</millis><level>{level}</level><method>{method}</method>\
         <message>{message}</message>"
    );
    for (name, value) in properties {
        text.push_str(&["<property name=\"", name, "\">", value, "</property>"].concat());
    }
    text.push_str("</record>\n");
    text
}

fn start_test(millis: i64, id: &str, retry: &str) -> String {
    record(
        millis,
        "START",
        "startTest",
        &[("id", id), ("currentRetryCount", retry)],
        "Start Test Case",
    )
}

fn end_test(millis: i64) -> String {
    record(millis, "END", "endTest", &[], "End Test Case")
}

fn result(level: &str) -> String {
    record(0, level, "logMessage", &[], "because &amp;lt;b&amp;gt;")
}

fn source(folder: &str, name: &str, text: &str) -> Source {
    Source {
        folder: folder.to_owned(),
        name: name.to_owned(),
        data: text.as_bytes().into(),
    }
}

fn katalon(records: &[String]) -> Vec<TestResult> {
    let text = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE log SYSTEM \"logger.dtd\"><log>{}</log>",
        records.concat()
    );
    import(Kind::Katalon, &[source("a", "execution0.log", &text)])
        .map(|import| import.results)
        .unwrap_or_default()
}

fn statuses(results: &[TestResult]) -> Vec<Status> {
    results.iter().map(|result| result.status).collect()
}

#[test]
fn the_last_result_of_a_test_counts_and_its_message_is_unescaped_twice() {
    let results = katalon(&[
        start_test(1000, "A", "0"),
        result("PASSED"),
        result("FAILED"),
        end_test(1500),
    ]);
    assert_eq!(statuses(&results), [Status::Failed]);
    assert_eq!(
        (
            results[0].end - results[0].start,
            results[0].message.as_str()
        ),
        (500, "because <b>")
    );
}

#[test]
fn a_test_without_a_result_takes_the_first_bad_one_of_its_children_and_else_passes() {
    let keyword = |level: &str| {
        [
            record(0, "START", "startKeyword", &[("name", "click")], ""),
            result(level),
            record(0, "END", "endKeyword", &[], ""),
        ]
        .concat()
    };
    let results = katalon(&[
        start_test(0, "A", "0"),
        keyword("PASSED"),
        keyword("ERROR"),
        keyword("FAILED"),
        end_test(1),
        start_test(2, "B", "0"),
        keyword("NOT_RUN"),
        end_test(3),
    ]);
    assert_eq!(statuses(&results), [Status::Error, Status::Passed]);
}

#[test]
fn a_test_that_never_ended_is_incomplete_even_when_the_log_breaks_off() {
    let whole = [
        start_test(0, "A", "0"),
        result("PASSED"),
        end_test(1),
        start_test(2, "B", "0"),
        result("PASSED"),
    ]
    .concat();
    let cut = format!("<?xml version=\"1.0\"?><log>{whole}<record><millis>17");
    let import =
        import(Kind::Katalon, &[source("a", "execution0.log", &cut)]).expect("it can be read");
    assert_eq!(
        statuses(&import.results),
        [Status::Passed, Status::Incomplete]
    );
}

#[test]
fn a_step_that_was_still_open_when_its_test_ended_makes_the_test_incomplete() {
    let open = record(0, "START", "startKeyword", &[("name", "wait")], "");
    let results = katalon(&[start_test(0, "A", "0"), open, end_test(1)]);
    assert_eq!(statuses(&results), [Status::Incomplete]);
}

#[test]
fn a_retry_replaces_the_attempt_before_and_a_called_test_is_a_step() {
    let results = katalon(&[
        start_test(0, "A", "0"),
        result("FAILED"),
        end_test(1),
        start_test(2, "A", "1"),
        start_test(3, "Called", "0"),
        result("PASSED"),
        end_test(4),
        result("PASSED"),
        end_test(5),
        start_test(6, "A", "0"),
        result("PASSED"),
        end_test(7),
    ]);
    assert_eq!(statuses(&results), [Status::Passed, Status::Passed]);
    assert!(
        results.iter().all(|result| result.name == "A"),
        "{results:?}"
    );
}

#[test]
fn rotated_logs_are_read_from_the_highest_number_down_and_a_second_document_follows_the_first() {
    let older = format!(
        "<log>{}</log><?xml version=\"1.0\"?><log>{}",
        start_test(0, "A", "0"),
        result("PASSED")
    );
    let newer = format!(
        "<log>{}{}{}</log>",
        end_test(9),
        start_test(10, "B", "0"),
        end_test(11)
    );
    let files = [
        source("a", "execution0.log", &newer),
        source("a", "execution10.log", &older),
        source("a", "execution.uuid", "session\n"),
        source("a", "shot.png", ""),
    ];
    let import = import(Kind::Katalon, &files).expect("it can be read");
    let names: Vec<_> = import
        .results
        .iter()
        .map(|result| result.name.as_str())
        .collect();
    assert_eq!(names, ["A", "B"]);
    assert_eq!(
        (import.session.as_deref(), import.attachments),
        (Some("session"), 2)
    );
}

#[test]
fn junit_loses_what_was_skipped_and_all_times() {
    let text = r#"<testsuites><testsuite name="s" timestamp="2026-11-21T10:00:00"><testcase classname="c" name="a" time="3"/>
        <testcase name="b"><skipped/></testcase><testcase name="c"><failure message="1 &lt; 2"/><error/></testcase></testsuite></testsuites>"#;
    let import = import(
        Kind::Junit,
        &[source("", "r.xml", text), source("", "r.txt", "x")],
    )
    .expect("it can be read");
    assert_eq!(
        statuses(&import.results),
        [Status::Passed, Status::Passed, Status::Failed]
    );
    assert_eq!((import.timeless(), import.attachments), (3, 1));
    assert_eq!(
        (
            import.results[1].suite.as_str(),
            import.results[2].message.as_str()
        ),
        ("s", "1 < 2")
    );
}

#[test]
fn what_holds_no_result_or_cannot_be_read_is_an_error() {
    for (kind, name, text) in [
        (Kind::Junit, "a.xml", "<coverage/>"),
        (Kind::Junit, "a.xml", "<testsuite><testcase></testsuite>"),
        (Kind::Junit, "a.txt", "text"),
        (
            Kind::Katalon,
            "JUnit_Report.xml",
            "<testsuite><testcase name=\"a\"/></testsuite>",
        ),
        (
            Kind::Testops,
            "results.json",
            "{\"results\":[{\"name\":\"a\",\"status\":\"passed\"}]}",
        ),
        (Kind::Testops, "results.json", "{"),
        (Kind::Testops, "results.json", "{}"),
    ] {
        assert!(
            import(kind, &[source("", name, text)]).is_err(),
            "{name}: {text}"
        );
    }
}

#[test]
fn the_files_of_the_vendors_reporters_keep_skips_times_and_the_build() {
    let files = [
        source(
            "x",
            "metadata.json",
            r#"{"framework":"f","buildLabel":"42","buildUrl":"https://ci/42","sessionId":null}"#,
        ),
        source(
            "x",
            "suites.json",
            r#"{"suites":[{"uuid":"s","name":"Suite"}]}"#,
        ),
        source(
            "x",
            "results.json",
            r#"{"results":[{"uuid":"1","parentUuid":"s","name":"a","status":"SKIPPED","start":1000,"stop":1250,"failures":[],"errors":[]},
                {"uuid":"2","suiteName":"Other","name":"b","status":"ERROR","start":2000,"stop":2001,"errors":[{"message":"boom"}]}]}"#,
        ),
    ];
    let import = import(Kind::Testops, &files).expect("it can be read");
    assert_eq!(statuses(&import.results), [Status::Skipped, Status::Error]);
    assert_eq!(import.results[0].end - import.results[0].start, 250);
    assert_eq!(
        (
            import.results[0].suite.as_str(),
            import.results[1].suite.as_str()
        ),
        ("Suite", "Other")
    );
    assert_eq!(
        (import.build_label.as_deref(), import.session),
        (Some("42"), None)
    );
    assert_eq!(import.results[1].message, "boom");
}

#[test]
fn a_result_without_a_start_begins_with_its_execution_and_not_in_1970() {
    let execution = r#"{"start":1795168800000,"stop":1795168809000,"status":"PASSED"}"#;
    let results = r#"{"results":[{"name":"a","status":"PASSED","duration":1500},{"name":"b","status":"PASSED","stop":1795168805000,"duration":200}]}"#;
    let times = |files: &[Source]| {
        let import = import(Kind::Testops, files).expect("it can be read");
        let times = import
            .results
            .iter()
            .map(|result| (result.start, result.end));
        (times.collect::<Vec<_>>(), import.start)
    };
    let files = [
        source("x", "results.json", results),
        source("x", "execution.json", execution),
    ];
    let expected = vec![
        (1_795_168_800_000, 1_795_168_801_500),
        (1_795_168_804_800, 1_795_168_805_000),
    ];
    assert_eq!(times(&files), (expected, Some(1_795_168_800_000)));
    let (alone, _) = times(&files[..1]);
    assert!(alone[0].0 > 1_700_000_000_000, "{alone:?}");
    assert_eq!(alone[0].1 - alone[0].0, 1500);
}
