//! `handin verify`, asking a service.

use handin_sandbox::azure::AzureSandbox;

use crate::desk::Desk;
use crate::submit::{report, shop};

fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk
}

const SETTINGS: &str = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";

fn kinds(answer: &crate::desk::Answer) -> Vec<String> {
    let problems = answer.json()["services"][0]["problems"].clone();
    problems
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_mapping_that_holds_is_verified_without_a_write() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("handin.toml", SETTINGS);
    desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("wrong", Some(1002), "")]),
    );
    let answer = desk.run(&["verify", "--json", "r.xml"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(answer.json()["services"][0]["mapped"], 2);
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|exchange| exchange.write.is_none())
    );
}

#[test]
fn everything_that_has_rotted_is_found_in_one_go() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let mapping =
        "[cases.azure]\n\"shop.LoginTest › gone\" = 1003\n\"shop.LoginTest › dead\" = 4711\n";
    desk.write("handin.toml", format!("{SETTINGS}{mapping}"));
    desk.write(
        "r.xml",
        report(&[
            ("valid", Some(1001), ""),
            ("dead", None, ""),
            ("both", Some(1004), ""),
            ("stray", None, ""),
        ]),
    );
    let answer = desk.run(&["verify", "--json", "r.xml"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    let mut kinds = kinds(&answer);
    kinds.retain(|kind| kind != "not_checked");
    kinds.sort();
    assert_eq!(kinds, ["ambiguous", "missing_case", "unmapped", "vanished"]);
    let problems = answer.json()["services"][0]["problems"].clone();
    let dead = problems
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["kind"] == "missing_case")
        .unwrap();
    assert_eq!(
        (
            dead["file"].as_str().unwrap().rsplit('/').next(),
            dead["line"].as_u64()
        ),
        (Some("handin.toml"), Some(6))
    );
}

#[test]
fn colour_tells_what_makes_it_fail_from_what_does_not_and_is_never_alone() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let gone = "[cases.azure]\n\"shop.LoginTest › gone\" = 1003\n";
    desk.write("handin.toml", format!("{SETTINGS}{gone}"));
    desk.write("good.xml", report(&[("valid", Some(1001), "")]));
    desk.write("stray.xml", report(&[("stray", None, "")]));

    let bad = desk.run(&["verify", "--color=always", "stray.xml"]);
    assert!(
        bad.stdout
            .contains("\u{1b}[1;31mWithout a case (1):\u{1b}[0m"),
        "{bad:?}"
    );
    assert!(bad.stdout.contains(": 0 tests mapped\n"), "{bad:?}");

    let good = desk.run(&["verify", "--color=always", "good.xml"]);
    assert!(
        good.stdout.contains("\u{1b}[32m1 test mapped\u{1b}[0m"),
        "{good:?}"
    );
    assert!(
        good.stdout
            .contains("\u{1b}[1;33mMapped, and in no report (1):"),
        "{good:?}"
    );

    let piped = desk.run(&["verify", "stray.xml"]);
    let bare = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(bare.replace_all(&bad.stdout, ""), piped.stdout);
}

#[test]
fn coverage_names_the_cases_that_no_test_covers() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("handin.toml", SETTINGS);
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    let coverage = desk
        .run(&["verify", "--json", "--coverage", "r.xml"])
        .json()["services"][0]["coverage"]
        .clone();
    assert_eq!(
        (coverage["cases"].as_u64(), coverage["percent"].as_f64()),
        (Some(4), Some(25.0))
    );
    assert_eq!(coverage["uncovered"].as_array().unwrap().len(), 3);
}

#[test]
fn on_github_a_finding_stands_beside_the_line_of_its_mapping() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("GITHUB_ACTIONS", "true");
    desk.write(
        "handin.toml",
        format!("{SETTINGS}[cases.azure]\n\"shop.LoginTest › dead\" = 4711\n"),
    );
    desk.write("r.xml", report(&[("dead", None, "")]));
    let answer = desk.run(&["verify", "r.xml"]);
    assert!(
        answer
            .stderr
            .contains("::error file=handin.toml,line=5::shop.LoginTest › dead"),
        "{}",
        answer.stderr
    );
}

#[test]
fn on_github_a_report_that_cannot_be_read_is_an_error_of_the_build() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("GITHUB_ACTIONS", "true");
    desk.write("handin.toml", SETTINGS);
    desk.write("torn.xml", "<testsuite name=\"s\"><testcase");
    let answer = desk.run(&["verify", "torn.xml"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    let mut lines = answer.stderr.lines();
    assert!(
        lines.any(|line| line.starts_with("::error::torn.xml: ")),
        "{answer:?}"
    );
}
