//! `handin verify --offline`: what the reports hold, without settings and without a service.

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::{Value, json};

const PASSED: &str = "<testsuite name='s'><testcase classname='c' name='a' time='1.25'><properties><property name='id' value='1'/>\
    <property name='id' value='2'/></properties></testcase></testsuite>";
const CUT: &str = "<testsuite>\n<testcase name='a'/>\n<testcase";

/// Writes files into an empty folder.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        put(&path, text.as_bytes());
    }
    folder
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path)
        .unwrap()
        .write_all(bytes)
        .unwrap();
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handin"));
    command
        .env_clear()
        .current_dir(folder)
        .args(["verify", "--offline"])
        .args(arguments);
    command
}

fn verify(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn verify_json(folder: &Path, arguments: &[&str]) -> (Value, i32) {
    let output = verify(folder, &[&["--json"], arguments].concat());
    let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{error}: {} {}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    });
    (document, output.status.code().unwrap())
}

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reports")
}

#[test]
fn one_unreadable_report_does_not_hide_the_others() {
    let folder = folder(&[("a.xml", PASSED), ("b.xml", CUT)]);
    let (document, code) = verify_json(folder.path(), &["a.xml", "b.xml", "c.xml"]);
    assert_eq!(code, 5);
    assert_eq!(document["schema"], "handin/verify/1");
    assert_eq!(
        document["totals"],
        json!({"tests": 1, "passed": 1, "failed": 0, "errored": 0, "skipped": 0, "incomplete": 0, "flaky": 0})
    );
    let reports = document["reports"].as_array().unwrap();
    assert_eq!(reports.len(), 3);
    assert_eq!(reports[0]["error"], Value::Null);
    assert_eq!(
        (&reports[0]["tests"], &reports[0]["duration_seconds"]),
        (&json!(1), &json!(1.25))
    );
    assert_eq!(reports[1]["tests"], Value::Null);
    assert_eq!(reports[1]["error"]["line"], 3);
    assert!(reports[1]["error"]["column"].is_u64());
    assert_eq!(reports[2]["error"]["kind"], "io");
}

#[test]
fn cases_are_listed_in_order_and_a_broken_report_lists_none() {
    let folder = folder(&[("a.xml", PASSED), ("b.xml", CUT)]);
    let (document, _) = verify_json(folder.path(), &["--cases", "a.xml", "b.xml"]);
    let cases = &document["reports"][0]["cases"];
    assert_eq!(cases[0]["key"], "c › a");
    assert_eq!(cases[0]["class_name"], "c");
    assert_eq!(cases[0]["outcome"], "passed");
    assert_eq!(cases[0]["seconds"], 1.25);
    assert_eq!(cases[0]["properties"], json!({"id": ["1", "2"]}));
    assert_eq!(document["reports"][1].get("cases"), None);
}

#[test]
fn other_xml_is_skipped_with_a_note_and_an_error_when_it_is_named() {
    let folder = folder(&[
        ("out/a.xml", PASSED),
        ("out/coverage.xml", "<coverage/>"),
        ("out/b.txt", ""),
    ]);
    for (argument, notes) in [("out", 1), ("out/*", 2)] {
        let (document, code) = verify_json(folder.path(), &[argument]);
        let found = (document["reports"].as_array(), document["notes"].as_array());
        let counts = (found.0.unwrap().len(), found.1.unwrap().len());
        assert_eq!((code, counts), (0, (1, notes)), "{document:#}");
    }
    let (document, code) = verify_json(folder.path(), &["out/coverage.xml"]);
    assert_eq!(code, 5);
    assert!(
        document["reports"][0]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("coverage")
    );
}

#[test]
fn a_report_found_twice_is_read_once() {
    let folder = folder(&[("out/a.xml", PASSED)]);
    let (document, code) = verify_json(
        folder.path(),
        &["out/a.xml", "out", "./out/*.xml", "**/a.xml"],
    );
    assert_eq!((code, &document["totals"]["tests"]), (0, &json!(1)));
}

#[test]
fn a_folder_without_reports_says_what_was_looked_for() {
    let folder = folder(&[("out/a.txt", "")]);
    for (argument, expected) in [
        ("out", "holds no report"),
        ("out/*.xml", "nothing matches"),
        ("none.xml", "does not exist"),
    ] {
        command(folder.path(), &[argument])
            .assert()
            .code(3)
            .stderr(contains(expected).and(contains(argument)));
    }
    let (document, code) = verify_json(folder.path(), &["out"]);
    assert_eq!((code, &document["exit_code"]), (3, &json!(3)));
}

#[test]
fn reports_without_a_test_are_nothing_to_submit() {
    let folder = folder(&[("a.xml", "<testsuites/>")]);
    let (document, code) = verify_json(folder.path(), &["a.xml"]);
    assert_eq!((code, &document["reports"][0]["tests"]), (3, &json!(0)));
}

#[test]
fn archives_and_standard_input_are_read() {
    let folder = folder(&[("a.xml", PASSED)]);
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("x/a.xml", PASSED),
        ("x/pom.xml", "<project/>"),
        ("../b.txt", ""),
    ] {
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    put(
        &folder.path().join("reports.zip"),
        &archive.finish().unwrap().into_inner(),
    );
    let (document, code) = verify_json(folder.path(), &["reports.zip"]);
    assert_eq!(
        (code, &document["reports"][0]["path"]),
        (0, &json!("reports.zip/x/a.xml"))
    );
    assert_eq!(document["notes"].as_array().unwrap().len(), 1);

    let output = command(folder.path(), &["--json", "--cases", "-"])
        .write_stdin(PASSED)
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (
            &document["reports"][0]["path"],
            &document["reports"][0]["cases"][0]["name"]
        ),
        (&json!("-"), &json!("a"))
    );
}

#[test]
fn an_archive_that_unpacks_to_far_more_is_refused() {
    let folder = folder(&[("a.xml", PASSED)]);
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file("a.xml", zip::write::SimpleFileOptions::default())
        .unwrap();
    let blanks = vec![b' '; 1024 * 1024];
    archive.write_all(b"<testsuite>").unwrap();
    for _ in 0..80 {
        archive.write_all(&blanks).unwrap();
    }
    archive.write_all(b"</testsuite>").unwrap();
    put(
        &folder.path().join("bomb.zip"),
        &archive.finish().unwrap().into_inner(),
    );
    let (document, code) = verify_json(folder.path(), &["bomb.zip"]);
    assert_eq!(code, 5);
    assert!(
        document["reports"][0]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("attack"),
        "{document:#}"
    );
}

#[test]
fn the_report_of_a_collection_is_not_counted_twice() {
    let (document, code) = verify_json(&fixtures().join("katalon"), &["collection"]);
    assert_eq!((code, &document["totals"]["tests"]), (0, &json!(3)));
    assert_eq!(document["notes"].as_array().unwrap().len(), 1);
    // Alone it counts; with some of its suites, they are what is left out.
    let (document, _) = verify_json(&fixtures().join("katalon"), &["collection/All"]);
    assert_eq!(document["totals"]["tests"], 3);
    let (document, _) = verify_json(
        &fixtures().join("katalon"),
        &["collection/All", "collection/Cart"],
    );
    assert_eq!(document["totals"]["tests"], 3);
}

#[test]
fn which_try_counts_is_chosen_by_flag_and_by_setting_and_flaky_tests_are_shown() {
    let twice = "<testsuite name='s'><testcase classname='c' name='a'><failure/></testcase><testcase classname='c' name='a'/></testsuite>";
    let marked = "<testsuite name='s'><testcase classname='c' name='b'><flakyFailure message='late'/></testcase></testsuite>";
    let folder = folder(&[("twice.xml", twice), ("marked.xml", marked)]);
    let told = |arguments: &[&str]| {
        let (document, _) = verify_json(folder.path(), arguments);
        let totals = &document["totals"];
        let counts = ["tests", "passed", "failed", "flaky"];
        (
            counts.map(|count| totals[count].as_u64().unwrap()),
            document["reports"][0]["attempts"].as_u64().unwrap(),
        )
    };
    // Nothing marks the equal names as tries of one test; what the report marks is taken as it says.
    assert_eq!(told(&["twice.xml"]), ([2, 1, 1, 0], 2));
    assert_eq!(told(&["marked.xml"]), ([1, 1, 0, 1], 2));
    assert_eq!(told(&["twice.xml", "--retries", "last"]), ([1, 1, 0, 1], 2));
    assert_eq!(
        told(&["marked.xml", "--retries", "worst"]),
        ([1, 0, 1, 0], 2)
    );
    let settings = "retries = \"last\"\nreports = [\"twice.xml\"]\n";
    put(&folder.path().join("handin.toml"), settings.as_bytes());
    assert_eq!(told(&[]), ([1, 1, 0, 1], 2));
    assert_eq!(told(&["--retries", "worst"]), ([2, 1, 1, 0], 2));
    let (document, _) = verify_json(folder.path(), &["--cases"]);
    let case = &document["reports"][0]["cases"][0];
    let told = (&case["outcome"], &case["flaky"], &case["attempts"]);
    assert_eq!(told, (&json!("passed"), &json!(true), &json!(2)));
    command(folder.path(), &[])
        .assert()
        .stdout(contains("Flaky"));
    command(folder.path(), &["twice.xml", "--retries", "first"])
        .assert()
        .code(2)
        .stderr(contains("worst").and(contains("last")));
}

#[test]
fn equal_keys_of_different_tests_in_several_reports_are_told_with_both_places() {
    let first = "<testsuite name='s'>\n<testcase classname='c' name='b'/>\n<testcase classname='c' name='a'/>\n<testcase classname='c' name='d'/></testsuite>";
    let second = "<testsuite name='s'>\n<testcase classname='c' name='x'/><testcase classname='c' name='d'/>\n<testcase classname='c' name='a'><failure/></testcase></testsuite>";
    let folder = folder(&[
        ("a.xml", first),
        ("b.xml", second),
        ("c.xml", second),
        ("retries/a.xml", first),
    ]);
    let reports = ["a.xml", "b.xml", "c.xml"];
    let worst = "what such a key is mapped to gets the worst of their results";
    let told = [
        format!(
            "b.xml:2: `c › d` and 1 more are keys of tests in several reports, `a.xml:4` too: {worst}"
        ),
        // What was told already is not told again.
        format!("c.xml:2: `c › x` is the key of tests in several reports, `b.xml:2` too: {worst}"),
    ];
    // Looked at by themselves, and read for a service on the road of a submission.
    for service in [&[][..], &["--service", "kiwi"]] {
        let output = verify(folder.path(), &[&reports[..], service].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        let warnings = error
            .lines()
            .filter(|line| line.contains("several reports"));
        let warnings: Vec<&str> = warnings.collect();
        assert_eq!(warnings.len(), told.len(), "{error}");
        for (warning, told) in warnings.iter().zip(&told) {
            assert!(warning.contains(told), "{error}");
        }
        let (document, _) = verify_json(folder.path(), &[&reports[..], service].concat());
        let warnings = |index: usize| document["reports"][index]["warnings"].to_string();
        assert_eq!(warnings(0), "[]");
        assert!(warnings(1).contains("`a.xml:4` too"), "{document}");
        // What ran again is one test.
        let again = verify(
            folder.path(),
            &[&["a.xml", "retries/a.xml"], service].concat(),
        );
        let error = String::from_utf8(again.stderr).unwrap();
        assert!(!error.contains("several"), "{error}");
    }
}

#[test]
fn where_a_katalon_test_ran_is_shown_with_it() {
    let (document, _) = verify_json(
        &fixtures().join("katalon"),
        &["--cases", "rows-and-retries"],
    );
    let report = &document["reports"][0];
    assert_eq!(
        (&report["format"], &report["tests"], &report["attempts"]),
        (&json!("katalon"), &json!(3), &json!(4))
    );
    let expected =
        json!({"browser": "Chrome 125.0", "os": "Windows 11 64bit", "profile": "staging"});
    assert_eq!(report["cases"][2]["properties"], expected);
    assert!(
        !document.to_string().contains("secret"),
        "the values that a row is bound to stay where they are"
    );
}

#[cfg(unix)] // Windows lets no file have such a name.
#[test]
fn people_get_a_table_and_hear_of_trouble() {
    let folder = folder(&[("a.xml", PASSED), ("b\u{1b}[2J.xml", CUT)]);
    let output = verify(folder.path(), &["--cases", "."]);
    assert_eq!(output.status.code(), Some(5));
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(
        out.contains("passed     c › a") && out.contains("unreadable"),
        "{out}"
    );
    assert!(
        err.contains("line 3") && err.contains("1 report could not be read"),
        "{err}"
    );
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'));
}
