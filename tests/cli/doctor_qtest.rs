//! `handin doctor --probe qtest`, from outside.

use std::time::Duration;

use handin_sandbox::Pace;
use handin_sandbox::fault::{Fault, RetryAfter, Rule, When};
use handin_sandbox::qtest::{QtestSandbox, Quirk, Unmapped, World};

use crate::desk::{Answer, Desk};
use crate::doctor::state;
use crate::qtest::desk;

/// A module that is not there: the probe makes it, and takes it away.
const PROBE: [&str; 7] = [
    "doctor", "--probe", "qtest", "--into", "Probe", "--yes", "--json",
];

fn probing(change: impl FnOnce(World) -> World) -> (QtestSandbox, Desk) {
    let world = World::new().project("Shop", |project| {
        project
            .module("Web")
            .case("Web", "By hand")
            .cycle("Regression")
            .suite("Regression", "Chrome")
    });
    let sandbox = QtestSandbox::start(change(world)).unwrap();
    let desk = desk(&sandbox, "");
    (sandbox, desk)
}

/// Returns how much there is of each kind.
fn held(sandbox: &QtestSandbox) -> Vec<usize> {
    let kinds = [
        "modules",
        "test-cases",
        "test-cycles",
        "test-suites",
        "test-runs",
    ];
    kinds.map(|kind| sandbox.held(kind).len()).to_vec()
}

fn left(answer: &Answer) -> Vec<String> {
    let document = answer.json();
    let left = document["probe"]["left"].as_array().cloned();
    let text = |it: &serde_json::Value| it.as_str().unwrap().to_owned();
    left.unwrap_or_default().iter().map(text).collect()
}

#[test]
fn a_site_that_is_as_assumed_answers_every_fact_that_can_be_asked_and_keeps_nothing() {
    let (sandbox, desk) = probing(|world| world);
    let before = held(&sandbox);
    let answer = desk.run(&PROBE);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for fact in answer.json()["facts"].as_array().unwrap() {
        let is_asked = fact["id"] != "qtest.quotas" && fact["id"] != "qtest.links";
        assert_eq!(fact["state"] == "as_expected", is_asked, "{fact:#}");
    }
    assert_eq!(held(&sandbox), before);
    assert!(left(&answer).is_empty());
    let requests = sandbox.requests();
    assert!(requests.len() <= 90, "{} requests", requests.len());
    // Said before, and without anybody to agree nothing is written.
    let mut desk = desk;
    desk.set("COLUMNS", "200");
    let told = desk.run(&PROBE[..5]);
    assert_eq!(told.code, Some(2), "{told:?}");
    for word in ["create a module", "submit four batches", "about "] {
        assert!(told.stderr.contains(word), "{word}: {told:?}");
    }
    let after = sandbox.requests();
    let writes = after.iter().skip(requests.len());
    assert_eq!(writes.filter(|it| it.write.is_some()).count(), 0);
}

type Change = fn(World) -> World;

/// A fact, how a site is otherwise, and the setting that adapts handin to that.
const OTHERWISE: [(&str, Change, Option<&str>); 12] = [
    (
        "qtest.reuses_runs",
        |it| it.quirk(Quirk::NewRunsFromBatches),
        Some("qtest.mode = \"direct\""),
    ),
    ("qtest.latest_log", |it| it.quirk(Quirk::SilentRuns), None),
    (
        "qtest.names",
        |it| it.quirk(Quirk::ShortNames),
        Some("qtest.facts.fingerprints = 100"),
    ),
    ("qtest.notes", |it| it.quirk(Quirk::HtmlNotes), None),
    (
        "qtest.step_logs",
        |it| it.quirk(Quirk::SortsSteps),
        Some("qtest.facts.step_logs = false"),
    ),
    ("qtest.approval", |it| it.quirk(Quirk::UpdatesApprove), None),
    (
        "qtest.approved",
        |it| it.quirk(Quirk::DraftsFromBatches),
        None,
    ),
    (
        "qtest.approved",
        |it| it.quirk(Quirk::FixedDescriptions),
        None,
    ),
    (
        "qtest.unmapped_status",
        |it| it.unmapped(Unmapped::DropsLog),
        Some("qtest.statuses.passed = \"PASSED\""),
    ),
    (
        "qtest.run_fields",
        |it| it.quirk(Quirk::TakesAnyValue),
        Some("qtest.fields = []"),
    ),
    (
        "qtest.search_lag",
        |it| it.list_lag(Pace::Time(Duration::from_secs(6))),
        Some("qtest.settle = \"5m\""),
    ),
    (
        "qtest.modules",
        |it| it.quirk(Quirk::KeepsModules),
        Some("qtest.facts.modules = false"),
    ),
];

#[test]
fn each_fact_that_is_otherwise_is_told_with_5_and_keeps_nothing() {
    let one = |id: &str, change: Change, setting: Option<&str>| {
        let (sandbox, desk) = probing(change);
        let before = held(&sandbox);
        let answer = desk.run(&PROBE);
        assert_eq!(state(&answer, id), "differs", "{id}: {answer:?}");
        let document = answer.json();
        let facts = document["facts"].as_array().unwrap();
        let fact = facts.iter().find(|it| it["id"] == id).unwrap();
        assert_eq!(fact["setting"].as_str(), setting, "{id}");
        if id == "qtest.modules" {
            assert_eq!(answer.code, Some(8), "{answer:?}");
            assert_eq!(left(&answer).len(), 2, "{answer:?}");
        } else if id == "qtest.search_lag" {
            // What does not show yet cannot all be deleted; it is named, and deleted later.
            assert_ne!(answer.code, Some(0), "{answer:?}");
            std::thread::sleep(Duration::from_secs(6));
            let cleaned = desk.run(&[&PROBE[..], &["--clean"]].concat());
            assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
            assert_eq!(held(&sandbox), before, "{id}");
        } else {
            assert_eq!(answer.code, Some(5), "{id}: {answer:?}");
            assert_eq!(held(&sandbox), before, "{id}");
        }
    };
    std::thread::scope(|scope| {
        for (id, change, setting) in OTHERWISE {
            scope.spawn(move || one(id, change, setting));
        }
    });
}

#[test]
fn the_module_may_be_there_but_what_others_have_in_it_is_never_touched() {
    let (sandbox, desk) = probing(|world| world);
    let before = held(&sandbox);
    let into = |module: &'static str| {
        [
            "doctor", "--probe", "qtest", "--into", module, "--yes", "--json",
        ]
    };
    let refused = desk.run(&into("Web"));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stdout.contains("1 test case"), "{refused:?}");
    let taken = desk.run(&[&into("Web")[..], &["--into-used"]].concat());
    assert_eq!(taken.code, Some(0), "{taken:?}");
    assert_eq!(held(&sandbox), before);
    // A path of which a part is there.
    let deep = desk.run(&into("Web/New/Deeper"));
    assert_eq!(deep.code, Some(0), "{deep:?}");
    assert_eq!(held(&sandbox), before);
}

#[test]
fn a_site_that_fails_at_any_write_leaves_nothing_that_is_not_named() {
    let (whole, desk) = probing(|world| world);
    assert_eq!(desk.run(&PROBE).code, Some(0));
    let writes = whole
        .requests()
        .iter()
        .filter(|it| it.write.is_some())
        .count();
    let before = held(&whole);
    let one = |nth: usize, when: When| {
        let (sandbox, desk) = probing(|world| world);
        sandbox.faults().at_write(nth, Fault::Close(when));
        let answer = desk.run(&PROBE);
        let (now, named) = (held(&sandbox), left(&answer).len());
        let more: usize = now.iter().sum::<usize>() - before.iter().sum::<usize>();
        assert!(
            more <= named,
            "write {nth}, {when:?}: {now:?} where {before:?} were: {answer:?}"
        );
        let again = desk.run(&PROBE);
        assert_eq!(again.code, Some(0), "write {nth}, {when:?}: {again:?}");
        assert_eq!(held(&sandbox), before, "write {nth}, {when:?}");
    };
    for half in [When::BeforeCommit, When::AfterCommit] {
        std::thread::scope(|scope| {
            for nth in 1..=writes {
                scope.spawn(move || one(nth, half));
            }
        });
    }
}

#[test]
fn what_cannot_be_deleted_is_named_and_cleaned_later() {
    let (sandbox, desk) = probing(|world| world);
    let before = held(&sandbox);
    let refused = Rule::new(Fault::Status(When::BeforeCommit, 403, RetryAfter::Silent));
    sandbox.faults().add(refused.method("DELETE").always());
    let answer = desk.run(&PROBE);
    assert_eq!(answer.code, Some(8), "{answer:?}");
    // Two modules, three cases, a cycle, a suite, two runs.
    assert_eq!(left(&answer).len(), 9, "{answer:?}");
    sandbox.faults().clear();
    let cleaned = desk.run(&[&PROBE[..], &["--clean"]].concat());
    assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
    assert_eq!(held(&sandbox), before);
}

#[test]
fn an_account_that_may_not_write_writes_nothing() {
    for kind in [
        "modules",
        "test-cycles",
        "test-suites",
        "test-runs",
        "test-cases",
    ] {
        let (sandbox, desk) = probing(|world| world.forbidden(kind));
        let before = held(&sandbox);
        let answer = desk.run(&PROBE);
        assert!(matches!(answer.code, Some(4..=6 | 8)), "{kind}: {answer:?}");
        let more: usize = held(&sandbox).iter().sum::<usize>() - before.iter().sum::<usize>();
        assert_eq!(more, left(&answer).len(), "{kind}: {answer:?}");
    }
    let (_sandbox, desk) = probing(|world| world);
    let nowhere = desk.run(&[&PROBE[..], &["--set", "qtest.project="]].concat());
    assert!(matches!(nowhere.code, Some(2 | 5)), "{nowhere:?}");
}

/// Submits twice with these settings where a site is otherwise, and returns it.
fn submitted_where(quirk: Quirk, settings: &str, report: &str) -> QtestSandbox {
    let world = World::new().quirk(quirk);
    let sandbox = QtestSandbox::start(world.project("Shop", |it| it)).unwrap();
    let desk = desk(&sandbox, &format!("module = \"Automated\"\n{settings}"));
    desk.write("r.xml", report);
    for night in ["first", "second"] {
        let answer = desk.run(&["submit", "--json", "r.xml", "--key", night]);
        assert_eq!(answer.code, Some(0), "{settings}: {answer:?}");
    }
    sandbox
}

#[test]
fn a_site_that_keeps_less_of_fingerprints_gets_shorter_ones_and_finds_them_again() {
    let name = "long ".repeat(40);
    let tests = [(name.trim(), None, ""), ("short", None, "")];
    let report = crate::qtest::report("Chrome", &tests);
    let setting = "facts.fingerprints = 100\n";
    let sandbox = submitted_where(Quirk::ShortNames, setting, &report);
    assert_eq!(sandbox.held("test_cases").len(), 2);
    assert_eq!(sandbox.held("test_logs").len(), 4);
}

#[test]
fn a_site_that_does_not_keep_the_order_of_steps_gets_them_in_notes_and_cases() {
    let report = "<testsuite name='s'><testcase classname='a.B' name='t' log='+ Passed t&#10;;+ Passed Zoom&#10;&#10;+ Passed Aim&#10;'/></testsuite>";
    let setting = "facts.step_logs = false\n";
    let sandbox = submitted_where(Quirk::SortsSteps, setting, report);
    let logs = sandbox.held("test_logs");
    assert_eq!(logs.len(), 2);
    for log in &logs {
        assert!(log["steps"].as_array().is_none_or(Vec::is_empty), "{log}");
        assert!(
            log["note"].as_str().unwrap().contains("2. Aim: Passed"),
            "{log}"
        );
    }
    let cases = sandbox.held("test_cases");
    let steps: Vec<_> = cases[0]["steps"].as_array().unwrap().iter().collect();
    assert_eq!(steps.len(), 2, "{steps:?}");
    assert!(steps[0].to_string().contains("Zoom"), "{steps:?}");
    assert_eq!(cases[0]["approved"], true, "{cases:?}");
}

#[test]
fn a_site_that_keeps_its_modules_gets_none_that_says_who_writes() {
    let report = crate::qtest::report("Chrome", &[("valid", None, "")]);
    let setting = "facts.modules = false\n";
    let sandbox = submitted_where(Quirk::KeepsModules, setting, &report);
    let modules = sandbox.held("modules");
    let names: Vec<&str> = modules
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    assert_eq!(names, ["Automated", "shop"]);
}
