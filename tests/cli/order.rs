//! `handin submit --each` where an older report could not be handed in: newer ones of the same cases wait for it.

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, Rule, When};

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

const FAILURE: &str = "<failure message=\"no\"/>";

/// The oldest and the second share case 1001, the third has one of its own.
fn desk(sandbox: &AzureSandbox, other: u32) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n",
    );
    let reports = [
        report(&[("a", Some(1001), FAILURE), ("b", Some(other), "")]),
        report(&[("a", Some(1001), "")]),
        report(&[("c", Some(1003), "")]),
    ];
    for (text, (name, hour)) in
        reports
            .iter()
            .zip([("oldest", "T11:"), ("second", "T12:"), ("third", "T13:")])
    {
        desk.write(&format!("old/{name}.xml"), text.replace("T10:", hour));
    }
    desk
}

fn each(desk: &Desk, what: &str) -> Answer {
    desk.run(&["submit", "--each", "--json", what, "--jobs", "1"])
}

/// The report of each submission, its state and for what it waits.
fn told(answer: &Answer) -> Vec<[String; 3]> {
    let document = answer.json();
    let submissions = document["submissions"].as_array().unwrap().iter();
    let mut told: Vec<[String; 3]> = submissions
        .map(|it| {
            ["report", "state", "waits_for"].map(|name| {
                let text = it[name].as_str().unwrap_or("-");
                text.rsplit('/').next().unwrap().to_owned()
            })
        })
        .collect();
    told.sort();
    told
}

fn outcome(sandbox: &AzureSandbox, case: i64) -> Option<String> {
    let points = sandbox.points();
    points.values().find(|it| it.case == case)?.outcome.clone()
}

fn refuse_first_write(sandbox: &AzureSandbox) {
    let refused = Fault::status(When::BeforeCommit, 400);
    sandbox.faults().add(Rule::new(refused).writes());
}

#[test]
fn a_newer_report_waits_for_an_older_one_of_the_same_case_and_stays_the_last_word() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox, 1002);
    refuse_first_write(&sandbox);
    let first = each(&desk, "old");
    assert_eq!(first.code, Some(8), "{first:?}");
    let expected = [
        ["oldest.xml", "refused", "-"],
        ["second.xml", "refused", "oldest.xml"],
        ["third.xml", "done", "-"],
    ];
    assert_eq!(told(&first), expected, "{first:?}");
    assert!(first.stderr.contains("waits for"), "{first:?}");
    assert_eq!(sandbox.run_count(), 1);
    let second = each(&desk, "old");
    assert_eq!(second.code, Some(0), "{second:?}");
    assert_eq!(sandbox.run_count(), 3);
    assert_eq!(outcome(&sandbox, 1001).as_deref(), Some("Passed"));
}

#[test]
fn one_whose_answer_was_lost_is_looked_for_and_made_good_before_a_newer_one_follows() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox, 1002);
    sandbox
        .faults()
        .add(Rule::new(Fault::CLOSE_BEFORE_READING).writes());
    let first = each(&desk, "old");
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(sandbox.run_count(), 3);
    assert_eq!(outcome(&sandbox, 1001).as_deref(), Some("Passed"));
    assert_eq!(each(&desk, "old").code, Some(0));
    assert_eq!(sandbox.run_count(), 3);
}

#[test]
fn what_has_to_be_mended_first_holds_nothing_back() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox, 9999);
    let answer = each(&desk, "old");
    assert_eq!(answer.code, Some(8), "{answer:?}");
    let expected = [
        ["oldest.xml", "refused", "-"],
        ["second.xml", "done", "-"],
        ["third.xml", "done", "-"],
    ];
    assert_eq!(told(&answer), expected, "{answer:?}");
}

#[test]
fn what_stands_there_already_waits_for_nothing() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox, 1002);
    assert_eq!(each(&desk, "old/second.xml").code, Some(0));
    refuse_first_write(&sandbox);
    sandbox.forget_requests();
    let answer = each(&desk, "old");
    assert_eq!(told(&answer)[1], ["second.xml", "known", "-"], "{answer:?}");
}
