//! `handin submit --again`: once more on purpose, and each such attempt once.

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, Rule, When};
use handin_sandbox::qtest::{QtestSandbox, World};

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n",
    );
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk
}

fn again(desk: &Desk) -> Answer {
    desk.run(&["submit", "--json", "r.xml", "--again"])
}

fn states(answer: &Answer) -> Vec<String> {
    let submissions = answer.json()["submissions"].clone();
    let state = |it: &serde_json::Value| it["state"].as_str().unwrap().to_owned();
    submissions.as_array().unwrap().iter().map(state).collect()
}

#[test]
fn each_call_makes_one_more_with_or_without_the_journal() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
    for runs in 2..=5 {
        if runs % 2 == 0 {
            desk.forget_journal();
        }
        let answer = again(&desk);
        assert_eq!(
            (answer.code, states(&answer)),
            (Some(0), vec!["done".to_owned()])
        );
        assert_eq!(sandbox.run_count(), runs);
        assert!(!answer.stderr.contains("waiting"), "{answer:?}");
    }
    let plain = desk.run(&["submit", "--json", "r.xml"]);
    assert_eq!(states(&plain), ["known"], "{plain:?}");
}

#[test]
fn an_attempt_that_broke_off_is_completed_by_the_same_command() {
    for keeps_journal in [true, false] {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let desk = desk(&sandbox);
        assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
        // The run is created, and its results are not.
        sandbox.faults().add(
            Rule::new(Fault::status(When::BeforeCommit, 400))
                .writes()
                .nth(2),
        );
        let first = again(&desk);
        assert_eq!(first.code, Some(8), "{first:?}");
        assert!(
            first.stderr.contains("run the same command again"),
            "{first:?}"
        );
        sandbox.faults().clear();
        if !keeps_journal {
            desk.forget_journal();
        }
        let second = again(&desk);
        assert_eq!(second.code, Some(0), "{second:?}");
        assert_eq!(sandbox.run_count(), 2, "journal kept: {keeps_journal}");
        assert_eq!(again(&desk).code, Some(0));
        assert_eq!(sandbox.run_count(), 3, "the next one is another");
    }
}

#[test]
fn of_several_services_only_those_that_lack_the_attempt_are_handed_it() {
    let azure = AzureSandbox::start(shop()).unwrap();
    let world = World::new().project("Shop", |project| project.module("Automated"));
    let qtest = QtestSandbox::start(world).unwrap();
    let mut desk = desk(&azure);
    desk.set("HANDIN_QTEST_URL", qtest.url())
        .set("HANDIN_QTEST_TOKEN", qtest.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n\
         [qtest]\nproject = \"Shop\"\nmodule = \"Automated\"\nsettle = \"1s\"\n\
         [cases.azure]\n\"shop.LoginTest › valid\" = [1001]\n",
    );
    desk.write("r.xml", report(&[("valid", None, "")]));
    let plain = desk.run(&["submit", "r.xml"]);
    assert_eq!(plain.code, Some(0), "{plain:?}");
    let refused = Fault::status(When::BeforeCommit, 400);
    qtest.faults().add(Rule::new(refused).writes());
    let first = again(&desk);
    assert_eq!(first.code, Some(8), "{first:?}");
    qtest.faults().clear();
    desk.forget_journal();
    let second = again(&desk);
    assert_eq!(
        (second.code, states(&second)),
        (Some(0), vec!["known".to_owned(), "done".to_owned()]),
        "{second:?}"
    );
    assert_eq!((azure.run_count(), qtest.held("test_logs").len()), (2, 2));
}

#[test]
fn where_it_could_not_be_told_which_attempt_is_meant_a_name_is_asked_for() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    for with in [vec!["--each"], vec!["--shard", "1/2"], vec!["--open"]] {
        let answer = desk.run(&[&["submit", "r.xml", "--again"], &*with].concat());
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.stderr.contains("--key TEXT"), "{answer:?}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn results_whose_tests_were_mapped_since_go_into_a_run_beside_the_first() {
    for keeps_journal in [true, false] {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let desk = desk(&sandbox);
        let tests = [("valid", Some(1001), ""), ("wrong", None, "")];
        desk.write("r.xml", report(&tests));
        assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
        let mapped = desk.run(&["map", "set", "shop.LoginTest › wrong", "1002"]);
        assert_eq!(mapped.code, Some(0), "{mapped:?}");
        if !keeps_journal {
            desk.forget_journal();
        }
        // The run was completed, and takes nothing more.
        let second = desk.run(&["submit", "--json", "r.xml"]);
        assert_eq!(second.code, Some(0), "{second:?}");
        assert!(
            second.stderr.contains("results that run 1 lacks"),
            "{second:?}"
        );
        assert_eq!(sandbox.outcomes().len(), 2, "{second:?}");
        let third = again(&desk);
        assert_eq!(states(&third), ["done"], "{third:?}");
        assert_eq!(sandbox.outcomes().len(), 2, "{third:?}");
    }
}
