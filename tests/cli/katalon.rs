//! `handin submit`, on the stand-in of Katalon TestOps.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::time::Duration;

use handin_sandbox::fault::{Fault, Rule, When};
use handin_sandbox::katalon::{KatalonSandbox, Quirk, World};
use handin_sandbox::{Next, Pace};
use serde_json::{Value, json};

use crate::desk::{Answer, Desk};

/// A suite of tests that pass.
pub(crate) fn suite(name: &str, tests: &[&str]) -> String {
    let mut text = format!("<testsuite name=\"{name}\" timestamp=\"2026-11-20T10:00:00Z\">\n");
    for test in tests {
        writeln!(
            text,
            "<testcase classname=\"shop.{name}\" name=\"{test}\" time=\"0.5\"/>"
        )
        .unwrap();
    }
    text + "</testsuite>\n"
}

/// The step log of one test that passed.
pub(crate) const LOG: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE log SYSTEM "logger.dtd">
<log>
<record><date>2026-11-20T10:00:00</date><millis>1795168800000</millis><sequence>0</sequence><level>START</level><class>com.kms.katalon.core.logging.XmlKeywordLogger</class><method>startSuite</method><thread>1</thread><message>Start Test Suite : Test Suites/Smoke suite</message><nestedLevel>0</nestedLevel><escapedJava>false</escapedJava><property name="name">Smoke suite</property><property name="id">Test Suites/Smoke suite</property></record>
<record><date>2026-11-20T10:00:01</date><millis>1795168801000</millis><sequence>1</sequence><level>START</level><class>com.kms.katalon.core.logging.XmlKeywordLogger</class><method>startTest</method><thread>1</thread><message>Start Test Case : Test Cases/Login</message><nestedLevel>1</nestedLevel><escapedJava>false</escapedJava><property name="name">Test Cases/Login</property><property name="id">Test Cases/Login</property></record>
<record><date>2026-11-20T10:00:02</date><millis>1795168802000</millis><sequence>2</sequence><level>PASSED</level><class>com.kms.katalon.core.logging.XmlKeywordLogger</class><method>logMessage</method><thread>1</thread><message>Test Cases/Login</message><nestedLevel>1</nestedLevel><escapedJava>false</escapedJava></record>
<record><date>2026-11-20T10:00:02</date><millis>1795168802001</millis><sequence>3</sequence><level>END</level><class>com.kms.katalon.core.logging.XmlKeywordLogger</class><method>endTest</method><thread>1</thread><message>End Test Case : Test Cases/Login</message><nestedLevel>1</nestedLevel><escapedJava>false</escapedJava></record>
<record><date>2026-11-20T10:00:02</date><millis>1795168802002</millis><sequence>4</sequence><level>END</level><class>com.kms.katalon.core.logging.XmlKeywordLogger</class><method>endSuite</method><thread>1</thread><message>End Test Suite : Test Suites/Smoke suite</message><nestedLevel>0</nestedLevel><escapedJava>false</escapedJava></record>
</log>
"#;

/// The JUnit report of the same test.
pub(crate) const JUNIT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="Smoke suite" time="2.0" tests="1" failures="0" errors="0">
  <testsuite name="Smoke suite" tests="1" failures="0" errors="0" time="2.0" timestamp="2026-11-20 10:00:00" hostname="ada" id="Test Suites/Smoke suite">
    <properties><property name="katalonVersion" value="8.6.0.208"/><property name="logFolder" value="C:\\\\Reports"/></properties>
    <testcase name="Test Cases/Login" time="1.0" classname="Test Cases/Login" status="PASSED"><system-out><![CDATA[ok]]></system-out></testcase>
  </testsuite>
</testsuites>
"#;

fn world() -> World {
    let world = World::new().organization("Acme").team("QA").project("Shop");
    world.pace(Pace::Requests(2))
}

fn desk(sandbox: &KatalonSandbox, settings: &str) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_KATALON_URL", sandbox.url())
        .set("HANDIN_KATALON_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        format!("[katalon]\nproject = \"Shop\"\n{settings}"),
    );
    desk
}

fn submit(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["submit", "--json", "out"], more].concat())
}

fn state(answer: &Answer) -> Value {
    answer
        .json()
        .pointer("/submissions/0/state")
        .cloned()
        .unwrap_or_default()
}

fn counts(answer: &Answer) -> Value {
    answer
        .json()
        .pointer("/submissions/0/counts")
        .cloned()
        .unwrap_or_default()
}

const MIXED: &str = "<testsuite name=\"login\" timestamp=\"2026-11-20T10:00:00Z\">\
<testcase classname=\"shop.Login\" name=\"valid\" time=\"0.25\"/>\
<testcase classname=\"shop.Login\" name=\"wrong\" time=\"1.5\"><failure message=\"no\">at Login</failure></testcase>\
<testcase classname=\"shop.Login\" name=\"later\"><skipped message=\"not today\"/></testcase></testsuite>";

#[test]
fn junit_arrives_with_its_skips_and_times_and_is_known_the_second_time() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("out/r.xml", MIXED);
    let answer = submit(&desk, &[]);
    assert_eq!(
        (answer.code, state(&answer)),
        (Some(0), json!("done")),
        "{answer:?}"
    );
    assert_eq!(
        counts(&answer),
        json!({"PASSED": 1, "FAILED": 1, "SKIPPED": 1})
    );
    let executions = sandbox.executions();
    assert_eq!(executions.len(), 1);
    let results = executions[0]["results"].as_array().unwrap();
    assert_eq!(results[1]["milliseconds"], 1500, "{results:?}");
    for forgotten in [false, true] {
        if forgotten {
            desk.forget_journal();
        }
        let again = submit(&desk, &[]);
        assert_eq!(
            (again.code, state(&again)),
            (Some(0), json!("known")),
            "{again:?}"
        );
    }
    assert_eq!(sandbox.executions().len(), 1);
}

#[test]
fn a_katalon_folder_goes_up_whole_under_its_name_below_reports() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    let place = "out/Reports/20261120_100000/Smoke suite/20261120_100001";
    desk.write(&format!("{place}/execution0.log"), LOG);
    desk.write(&format!("{place}/JUnit_Report.xml"), JUNIT);
    desk.write(&format!("{place}/a shot with blanks.png"), "png");
    let answer = submit(&desk, &[]);
    assert_eq!(
        (answer.code, counts(&answer)),
        (Some(0), json!({"PASSED": 1})),
        "{answer:?}"
    );
    let files = sandbox.executions()[0]["files"].clone();
    let below = "20261120_100000/Smoke suite/20261120_100001";
    let expected = [
        "JUnit_Report.xml",
        "a shot with blanks.png",
        "execution0.log",
    ];
    let expected: Vec<String> = expected
        .iter()
        .map(|name| format!("{below}/{name}"))
        .collect();
    assert_eq!(files, json!(expected));
}

#[test]
fn plain_junit_is_no_form_any_more_and_the_settings_say_so() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "junit = \"raw\"\n");
    desk.write("out/a.xml", MIXED);
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    for part in [
        "the setting `katalon.junit` no longer exists",
        "take the setting out",
    ] {
        assert!(answer.stdout.contains(part), "{part}: {answer:?}");
    }
    assert!(sandbox.executions().is_empty());
}

/// Packs files, under these names.
fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        archive.start_file(*name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The files of a suite in a collection.
fn collection() -> Vec<(String, &'static str)> {
    let run = "Reports/20261120_100000";
    let suite = format!("{run}/Smoke suite/20261120_100001");
    let list = "<ReportCollectionEntity><reportItemDescriptions><ReportItemDescription><reportLocation>Reports/20261120_100000/Smoke suite/20261120_100001</reportLocation></ReportItemDescription></reportItemDescriptions></ReportCollectionEntity>";
    vec![
        (format!("{suite}/execution0.log"), LOG),
        (format!("{suite}/JUnit_Report.xml"), JUNIT),
        (format!("{suite}/a shot with blanks.png"), "png"),
        (format!("{suite}/notes.txt"), "not for TestOps"),
        (format!("{suite}/requests/main/1.har"), "{}"),
        (
            format!("{run}/All/20261120_100000/20261120_100000.rp"),
            list,
        ),
    ]
}

#[test]
fn a_folder_is_one_submission_whether_it_is_packed_or_not() {
    let mut seen = Vec::new();
    for first_packed in [false, true] {
        let sandbox = KatalonSandbox::start(world()).unwrap();
        let desk = desk(&sandbox, "");
        let files = collection();
        for (name, text) in &files {
            desk.write(&format!("out/{name}"), text);
        }
        let inside: Vec<(String, &str)> = files
            .iter()
            .map(|(name, text)| (format!("build 7/{name}"), *text))
            .collect();
        let inside: Vec<(&str, &str)> = inside
            .iter()
            .map(|(name, text)| (name.as_str(), *text))
            .collect();
        desk.write("reports.zip", zipped(&inside));
        let both = if first_packed {
            ["reports.zip", "out"]
        } else {
            ["out", "reports.zip"]
        };
        for (call, what) in both.iter().enumerate() {
            let answer = desk.run(&["submit", "--json", what]);
            let expected = if call == 0 { "done" } else { "known" };
            assert_eq!(
                (answer.code, state(&answer)),
                (Some(0), json!(expected)),
                "{what}: {answer:?}"
            );
            desk.forget_journal();
        }
        assert_eq!(sandbox.executions().len(), 1);
        seen.push(sandbox.executions()[0]["files"].clone());
    }
    assert_eq!(seen[0], seen[1]);
    assert!(
        seen[1].to_string().contains("20261120_100000.rp"),
        "{seen:?}"
    );
}

#[test]
fn what_cannot_be_unpacked_is_refused_before_anything_is_written() {
    let packed = zipped(&[
        ("a/execution0.log", LOG),
        ("a/JUnit_Report.xml", JUNIT),
        ("a/shot.png", "a picture that is long enough to be found"),
    ]);
    // One byte of the picture is another: its sum is wrong.
    let at = packed.windows(9).position(|it| it == b"a picture").unwrap();
    let mut broken = packed.clone();
    broken[at] = b'A';
    let evil = zipped(&[
        ("a/execution0.log", LOG),
        ("a/JUnit_Report.xml", JUNIT),
        ("a/../../evil.log", "x"),
    ]);
    for (what, bytes, said) in [
        (
            "broken",
            broken,
            "`a/shot.png` in `x.zip` cannot be unpacked",
        ),
        ("evil", evil, "leads out of the archive"),
    ] {
        let sandbox = KatalonSandbox::start(world()).unwrap();
        let desk = desk(&sandbox, "");
        desk.write("x.zip", bytes);
        let answer = desk.run(&["submit", "x.zip"]);
        assert!(matches!(answer.code, Some(2 | 5)), "{what}: {answer:?}");
        assert!(answer.stderr.contains(said), "{what}: {answer:?}");
        assert!(
            answer.stderr.contains("nothing was written"),
            "{what}: {answer:?}"
        );
        assert!(
            sandbox.requests().iter().all(|it| it.write.is_none()),
            "{what}"
        );
    }
}

#[test]
fn an_expired_address_is_renewed() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let expired = Fault::status(When::BeforeCommit, 403);
    sandbox.faults().add(Rule::new(expired).writes().nth(1));
    let desk = desk(&sandbox, "");
    desk.write("out/r.xml", MIXED);
    let answer = submit(&desk, &[]);
    assert_eq!(
        (answer.code, state(&answer)),
        (Some(0), json!("done")),
        "{answer:?}"
    );
    let requests = sandbox.requests();
    let asked = requests
        .iter()
        .filter(|it| it.path.ends_with("/files/upload-urls"));
    assert_eq!(asked.count(), 2);
}

#[test]
fn a_file_that_cannot_be_uploaded_is_never_handed_in() {
    let sandbox = KatalonSandbox::start(world().url_life(Duration::ZERO)).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("out/r.xml", MIXED);
    let answer = submit(&desk, &["--timeout", "10s"]);
    // Every address is expired from the start: nothing is ever handed in.
    assert_eq!(
        (answer.code, state(&answer)),
        (Some(6), json!("refused")),
        "{answer:?}"
    );
    assert!(sandbox.executions().is_empty());
}

#[test]
fn a_server_that_gives_out_few_addresses_is_asked_more_often() {
    let sandbox = KatalonSandbox::start(world().url_limit(3)).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("out/r.xml", MIXED);
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
}

#[test]
fn an_execution_that_its_batch_does_not_lead_to_is_found_by_its_session() {
    let sandbox = KatalonSandbox::start(world().batches_hidden()).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("out/r.xml", MIXED);
    let answer = submit(&desk, &[]);
    assert_eq!(
        (answer.code, state(&answer)),
        (Some(0), json!("done")),
        "{answer:?}"
    );
    desk.forget_journal();
    let again = submit(&desk, &[]);
    assert_eq!(
        (again.code, state(&again)),
        (Some(0), json!("known")),
        "{again:?}"
    );
    assert_eq!(sandbox.executions().len(), 1);
}

#[test]
fn an_execution_that_others_share_by_its_session_is_no_difference() {
    let sandbox = KatalonSandbox::start(world().quirk(Quirk::MergesSessions)).unwrap();
    let desk = desk(&sandbox, "session = \"scheduled-7\"\n");
    let hand_in = |shard: &str, tests: &[&str]| {
        desk.write("out/r.xml", suite("login", tests));
        desk.run(&[
            "submit", "--json", "out", "--key", "nightly", "--shard", shard,
        ])
    };
    let first = hand_in("1/2", &["one", "two", "three"]);
    assert_eq!(
        (first.code, state(&first)),
        (Some(0), json!("done")),
        "{first:?}"
    );
    let second = hand_in("2/2", &["four", "five"]);
    assert_eq!(
        (second.code, state(&second)),
        (Some(0), json!("done")),
        "{second:?}"
    );
    // What is told is what this one handed in, and that more stands there.
    assert_eq!(counts(&second), json!({"PASSED": 2}), "{second:?}");
    assert!(
        second.stdout.contains("TestOps counts 5 tests"),
        "{second:?}"
    );
    assert_eq!(sandbox.executions().len(), 1);
    desk.forget_journal();
    let again = hand_in("2/2", &["four", "five"]);
    assert_eq!(
        (again.code, state(&again)),
        (Some(0), json!("known")),
        "{again:?}"
    );
    assert_eq!(sandbox.executions()[0]["totalTests"], 5);
}

#[test]
fn results_that_do_not_arrive_in_a_shared_execution_are_missed_all_the_same() {
    let world = world().quirk(Quirk::MergesSessions);
    let sandbox = KatalonSandbox::start(world.quirk(Quirk::LosesMerged)).unwrap();
    let desk = desk(&sandbox, "session = \"scheduled-7\"\n");
    let hand_in = |shard: &str, tests: &[&str]| {
        desk.write("out/r.xml", suite("login", tests));
        let call = ["--key", "nightly", "--shard", shard, "--timeout", "4s"];
        submit(&desk, &call)
    };
    assert_eq!(hand_in("1/2", &["one", "two", "three"]).code, Some(0));
    let short = hand_in("2/2", &["four", "five"]);
    assert_eq!(short.code, Some(8), "{short:?}");
}

#[test]
fn a_quota_that_is_used_up_is_told_before_anything_is_written() {
    let sandbox = KatalonSandbox::start(world().quota(2)).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("out/r.xml", suite("login", &["one", "two"]));
    assert_eq!(submit(&desk, &[]).code, Some(0));
    desk.write("out/r.xml", suite("login", &["three"]));
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(
        answer.stdout.contains("its quota of test results"),
        "{answer:?}"
    );
    assert_eq!(sandbox.executions().len(), 1);
}

#[test]
fn who_may_not_upload_is_told_why_and_nothing_is_written() {
    let world = world().refuse_uploads(403, "Your license has expired");
    let sandbox = KatalonSandbox::start(world).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("out/r.xml", MIXED);
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(
        answer.stdout.contains("Your license has expired"),
        "{answer:?}"
    );
    assert!(answer.stdout.contains("licences are used up"), "{answer:?}");
}

#[test]
fn an_archived_project_takes_nothing() {
    let world = World::new()
        .organization("Acme")
        .team("QA")
        .archived_project("Shop");
    let sandbox = KatalonSandbox::start(world).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("out/r.xml", MIXED);
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stdout.contains("is archived"), "{answer:?}");
}

#[test]
fn an_import_that_never_ends_is_not_called_done() {
    let sandbox = KatalonSandbox::start(world().pace(Pace::Time(Duration::from_hours(1)))).unwrap();
    let desk = desk(&sandbox, "wait = \"1s\"\n");
    desk.write("out/r.xml", MIXED);
    let answer = submit(&desk, &[]);
    assert_eq!(
        (answer.code, state(&answer)),
        (Some(7), json!("uncertain")),
        "{answer:?}"
    );
    let unwaited = submit(&desk, &["--no-wait"]);
    assert_eq!(unwaited.code, Some(0), "{unwaited:?}");
    assert_eq!(sandbox.executions().len(), 1);
}

#[test]
fn shards_with_a_key_in_common_are_executions_of_their_own() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    for (shard, test) in [("1/2", "one"), ("2/2", "two"), ("1/2", "one")] {
        let desk = desk(&sandbox, "");
        desk.write("out/r.xml", suite("login", &[test]));
        let answer = submit(&desk, &["--key", "build 7", "--shard", shard]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    assert_eq!(sandbox.executions().len(), 2);
}

#[test]
fn a_dry_run_writes_nothing() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "tags = [\"nightly\"]\n");
    desk.write("out/r.xml", MIXED);
    let answer = submit(&desk, &["--dry-run"]);
    assert_eq!(
        (answer.code, state(&answer)),
        (Some(0), json!("planned")),
        "{answer:?}"
    );
    assert!(answer.stdout.contains("tag it `nightly`"), "{answer:?}");
    assert!(sandbox.requests().iter().all(|it| it.write.is_none()));
}

#[test]
fn copies_of_a_report_that_go_side_by_side_are_one_submission() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    for copy in 0..6 {
        desk.write(&format!("out/{copy}.xml"), suite("Cart", &["adds", "pays"]));
    }
    let answer = submit(&desk, &["--each", "--jobs", "6"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(sandbox.executions().len(), 1, "{answer:?}");
}

#[cfg(unix)]
#[test]
fn a_termination_before_the_first_write_is_told_apart_from_an_interrupt() {
    use std::os::unix::process::ExitStatusExt as _;
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = KatalonSandbox::start(world()).unwrap();
        let desk = desk(&sandbox, "");
        desk.write("out/a.xml", suite("Cart", &["adds"]));
        let (reached, there) = std::sync::mpsc::channel();
        let reached = std::sync::Mutex::new(reached);
        sandbox.on_request(move |_| {
            let _ = reached.lock().unwrap().send(());
            Next::GoOn
        });
        sandbox.faults().add(Rule::new(Fault::Stall(
            When::BeforeCommit,
            Duration::from_mins(1),
        )));
        let mut child = desk.start(&["submit", "out"]);
        there.recv_timeout(Duration::from_secs(30)).unwrap();
        let sent = std::process::Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let status = child.wait().unwrap();
        assert_eq!((status.signal(), status.code()), (None, Some(code)));
    }
}

#[test]
fn a_hand_in_whose_answer_is_lost_is_made_again_when_its_time_is_over_and_not_before() {
    let path = "/api/v1/testops-reports";
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "settle = \"3s\"\n");
    desk.write("out/a.xml", suite("Cart", &["adds"]));
    let hand_ins = || {
        let requests = sandbox.requests();
        requests.iter().filter(|it| it.path == path).count()
    };
    sandbox
        .faults()
        .add(Rule::new(Fault::CLOSE_BEFORE_READING).path(path));
    let first = submit(&desk, &["--timeout", "2s"]);
    assert_eq!((first.code, hand_ins()), (Some(7), 1), "{first:?}");
    assert!(first.stderr.contains("same command again"), "{first:?}");
    let second = submit(&desk, &["--timeout", "20s"]);
    assert_eq!((second.code, hand_ins()), (Some(0), 2), "{second:?}");
    sandbox
        .faults()
        .add(Rule::new(Fault::CLOSE_BEFORE_READING).path(path));
    desk.write("out/a.xml", suite("Cart", &["pays"]));
    let alone = submit(&desk, &["--timeout", "20s"]);
    assert_eq!((alone.code, hand_ins()), (Some(0), 4), "{alone:?}");
    assert_eq!(sandbox.executions().len(), 2);
}

/// A short time for the whole command makes no short work of what may still come.
#[test]
fn a_hand_in_whose_answer_is_lost_is_not_made_again_sooner_for_want_of_time() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("out/a.xml", suite("Cart", &["adds"]));
    let path = "/api/v1/testops-reports";
    let lost = Rule::new(Fault::CLOSE_BEFORE_READING).path(path);
    sandbox.faults().add(lost);
    for _ in 0..2 {
        let answer = submit(&desk, &["--timeout", "5s"]);
        assert_eq!(answer.code, Some(7), "{answer:?}");
    }
    let again = submit(&desk, &["--timeout", "3s"]);
    assert!(again.stderr.contains("waiting for it"), "{again:?}");
    let requests = sandbox.requests();
    assert_eq!(requests.iter().filter(|it| it.path == path).count(), 1);
}

#[test]
fn a_new_project_whose_answer_is_lost_is_looked_for_and_else_uncertain() {
    for can_look in [true, false] {
        let sandbox = KatalonSandbox::start(world()).unwrap();
        let desk = desk(&sandbox, "");
        sandbox.faults().add(
            Rule::new(Fault::CLOSE_AFTER_COMMIT)
                .method("POST")
                .path("/api/v1/projects"),
        );
        if !can_look {
            let broken = Fault::status(When::BeforeCommit, 400);
            let looks = Rule::new(broken).method("GET").path("/api/v1/projects");
            sandbox.faults().add(looks.nth(2).always());
        }
        let create = ["projects", "katalon", "--team", "QA", "--create", "New"];
        let answer = desk.run(&create);
        let code = if can_look { 0 } else { 7 };
        assert_eq!(answer.code, Some(code), "{answer:?}");
        assert_eq!(
            answer.stderr.contains("it looks first"),
            !can_look,
            "{answer:?}"
        );
        sandbox.faults().clear();
        let again = desk.run(&create);
        assert_eq!(again.code, Some(0), "{again:?}");
        assert!(again.stdout.contains("was there already"), "{again:?}");
    }
}

/// Lays a run of Katalon Studio below `Reports`, with its own name and times.
fn studio_run(desk: &Desk, day: &str, suites: &[&str]) {
    for suite in suites {
        let place = format!(
            "Reports/{}_100000/{suite}/{}_100001",
            day.replace('-', ""),
            day.replace('-', "")
        );
        let dated = |text: &str| {
            let millis: jiff::Timestamp = format!("{day}T10:00:00Z").parse().unwrap();
            let millis = millis.as_millisecond().to_string();
            text.replace("2026-11-20", day)
                .replace("179516880", &millis[..9])
                .replace("Smoke suite", suite)
        };
        desk.write(&format!("{place}/execution0.log"), dated(LOG));
        desk.write(&format!("{place}/JUnit_Report.xml"), dated(JUNIT));
        desk.write(&format!("{place}/execution.uuid"), format!("uuid-of-{day}"));
    }
}

#[test]
fn each_run_in_a_folder_that_grows_is_handed_in_once() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let mut desk = desk(&sandbox, "");
    for (night, day) in ["2026-11-20", "2026-11-21", "2026-11-22"]
        .iter()
        .enumerate()
    {
        // Another build each night.
        desk.set("GITHUB_ACTIONS", "true")
            .set("GITHUB_RUN_ID", (7 + night).to_string());
        studio_run(&desk, day, &["Smoke", "Cart"]);
        let answer = desk.run(&["submit", "Reports", "--json"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let states: Vec<Value> = answer.json()["submissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["state"].clone())
            .collect();
        let expected: Vec<&str> = (0..=night)
            .map(|run| if run == night { "done" } else { "known" })
            .collect();
        let mut states: Vec<&str> = states.iter().map(|it| it.as_str().unwrap()).collect();
        states.sort_unstable_by_key(|state| *state == "done");
        assert_eq!(states, expected, "{answer:?}");
        assert_eq!(sandbox.executions().len(), night + 1);
        desk.forget_journal();
    }
    // Both suites of a collection are in the execution of their run.
    for execution in sandbox.executions() {
        assert_eq!(
            execution["results"].as_array().unwrap().len(),
            2,
            "{execution}"
        );
    }
    let again = desk.run(&["submit", "Reports", "--again"]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(
        again.stderr.contains("each run of Katalon Studio is one"),
        "{again:?}"
    );
}

#[test]
fn reports_that_ran_on_different_days_are_warned_of() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("out/new.xml", suite("Cart", &["adds"]));
    desk.write(
        "out/old.xml",
        suite("Cart", &["adds"]).replace("2026-11-20", "2026-11-19"),
    );
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for told in [&answer.stderr, &answer.stdout] {
        assert!(told.contains("reports of different runs?"), "{answer:?}");
    }
    desk.write("next/a.xml", suite("Cart", &["adds"]));
    desk.write("next/b.xml", suite("Till", &["pays"]));
    let together = desk.run(&["submit", "next"]);
    assert!(!together.stderr.contains("different runs"), "{together:?}");
}

#[test]
fn a_folder_of_katalons_own_reporters_is_handed_in() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    let folder = [
        (
            "metadata",
            r#"{"framework":"pytest","language":"python","version":"7"}"#,
        ),
        (
            "execution",
            r#"{"uuid":"0","status":"FAILED","start":1763722800000,"stop":1763722801000,"duration":1000}"#,
        ),
        (
            "suites",
            r#"{"suites":[{"uuid":"9","name":"cart","status":"FAILED","start":1763722800000,"stop":1763722801000,"duration":1000}]}"#,
        ),
        (
            "results",
            r#"{"results":[
            {"uuid":"1","parentUuid":"9","name":"adds","suiteName":"cart","status":"PASSED","start":1763722800000,"duration":250},
            {"uuid":"2","parentUuid":"9","name":"pays","suiteName":"cart","status":"ERROR","errors":[{"message":"no","stackTrace":""}],"start":1763722800250,"duration":750}]}"#,
        ),
    ];
    for (name, text) in folder {
        desk.write(&format!("testops-report/{name}.json"), text);
    }
    let answer = desk.run(&["submit", "--json", "testops-report"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(state(&answer), "done");
    let counts = counts(&answer);
    assert_eq!(
        (&counts["PASSED"], &counts["ERROR"]),
        (&1.into(), &1.into()),
        "{counts}"
    );
}

#[test]
fn two_thousand_tests_cost_a_dozen_requests_in_however_many_files() {
    for files in [1, 10, 100] {
        let sandbox = KatalonSandbox::start(world()).unwrap();
        let desk = desk(&sandbox, "");
        for file in 0..files {
            let names: Vec<String> = (0..2000 / files).map(|it| format!("t{it}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            desk.write(
                &format!("out/{file}.xml"),
                suite(&format!("s{file}"), &names),
            );
        }
        let first = submit(&desk, &[]);
        assert_eq!(first.code, Some(0), "{}", first.stderr);
        let new = sandbox.requests().len();
        desk.forget_journal();
        let second = submit(&desk, &["--key", "the next night"]);
        assert_eq!(second.code, Some(0), "{}", second.stderr);
        let known = sandbox.requests().len() - new;
        println!("2,000 tests in {files} files: {new} requests when new, {known} when known");
        assert!(new <= 25 && known <= 25, "{files}: {new}, {known}");
        assert_eq!(sandbox.executions().len(), 2);
    }
}
