//! `handin doctor --probe katalon`, from outside.

use std::time::Duration;

use handin_sandbox::Pace;
use handin_sandbox::fault::{Fault, RetryAfter, Rule, When};
use handin_sandbox::katalon::{KatalonSandbox, Quirk, World};

use crate::desk::{Answer, Desk};
use crate::doctor::state;

/// A project that is empty.
const PROBE: [&str; 7] = [
    "doctor", "--probe", "katalon", "--into", "Probe", "--yes", "--json",
];

fn probing(change: impl FnOnce(World) -> World) -> (KatalonSandbox, Desk) {
    let world = World::new()
        .organization("Acme")
        .team("Web")
        .project("Shop")
        .project("Probe");
    let sandbox = KatalonSandbox::start(change(world)).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_KATALON_URL", sandbox.url())
        .set("HANDIN_KATALON_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[katalon]\nproject = \"Shop\"\nsettle = \"2s\"\n",
    );
    (sandbox, desk)
}

fn left(answer: &Answer) -> usize {
    let document = answer.json();
    document["probe"]["left"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_server_that_is_as_assumed_answers_every_fact_and_keeps_nothing() {
    let (sandbox, desk) = probing(|world| world);
    let answer = desk.run(&PROBE);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for fact in answer.json()["facts"].as_array().unwrap() {
        assert_eq!(fact["state"], "as_expected", "{fact:#}");
    }
    assert!(sandbox.executions().is_empty());
    let requests = sandbox.requests().len();
    assert!(requests <= 90, "{requests} requests");
}

#[test]
fn each_fact_that_is_otherwise_is_told_with_5_and_keeps_nothing() {
    type Change = fn(World) -> World;
    let otherwise: [(&str, Change, i32, usize); 7] = [
        ("katalon.batch", World::batches_hidden, 5, 0),
        ("katalon.batch", |it| it.quirk(Quirk::BatchesIgnored), 5, 0),
        (
            "katalon.session",
            |it| it.quirk(Quirk::SessionsHidden),
            5,
            0,
        ),
        ("katalon.second_end", |it| it.quirk(Quirk::EndsOnce), 5, 0),
        (
            "katalon.deletes",
            |it| it.quirk(Quirk::KeepsExecutions),
            8,
            3,
        ),
        (
            "katalon.step_log",
            |it| it.quirk(Quirk::ReadsJunitOfFolders),
            5,
            0,
        ),
        (
            "katalon.shows",
            |it| it.listing(Pace::Time(Duration::from_secs(4))),
            5,
            0,
        ),
    ];
    let one = |id: &str, change: Change, code: i32, stays: usize| {
        let (sandbox, desk) = probing(change);
        let answer = desk.run(&PROBE);
        assert_eq!(state(&answer, id), "differs", "{id}: {answer:?}");
        if id == "katalon.shows" {
            // What did not show in time cannot be deleted before it does.
            std::thread::sleep(Duration::from_secs(4));
            let cleaned = desk.run(&[&PROBE[..], &["--clean"]].concat());
            assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
        } else {
            assert_eq!(answer.code, Some(code), "{id}: {answer:?}");
        }
        assert_eq!(sandbox.executions().len(), stays, "{id}: {answer:?}");
        assert!(left(&answer) >= stays, "{id}: {answer:?}");
    };
    std::thread::scope(|scope| {
        for (id, change, code, stays) in otherwise {
            scope.spawn(move || one(id, change, code, stays));
        }
    });
}

#[test]
fn a_project_with_executions_is_refused_unless_it_will_do_and_they_stay() {
    let (sandbox, desk) = probing(|world| world);
    desk.write("r.xml", crate::submit::report(&[("a", None, "")]));
    assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
    let into = |more: &[&'static str]| {
        let mut words = PROBE.to_vec();
        words[4] = "Shop";
        words.extend(more);
        words
    };
    let refused = desk.run(&into(&[]));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stdout.contains("1 execution"), "{refused:?}");
    // Nor are they touched where the server heeds no batch, or shows no session.
    let taken = desk.run(&into(&["--into-used"]));
    assert_eq!(taken.code, Some(0), "{taken:?}");
    assert_eq!(sandbox.executions().len(), 1);
    for quirk in [
        Quirk::BatchesIgnored,
        Quirk::BatchesHidden,
        Quirk::SessionsHidden,
    ] {
        let (sandbox, desk) = probing(|world| world.quirk(quirk));
        desk.write("r.xml", crate::submit::report(&[("a", None, "")]));
        drop(desk.run(&["submit", "r.xml", "--no-wait"]));
        let before = sandbox.executions();
        drop(desk.run(&into(&["--into-used"])));
        let after = sandbox.executions();
        assert_eq!(after.len(), before.len(), "{quirk:?}");
        assert_eq!(after[0]["id"], before[0]["id"], "{quirk:?}");
    }
}

#[test]
fn a_server_that_fails_at_any_write_leaves_nothing_that_is_not_named() {
    let (whole, desk) = probing(|world| world);
    assert_eq!(desk.run(&PROBE).code, Some(0));
    let writes = whole
        .requests()
        .iter()
        .filter(|it| it.write.is_some())
        .count();
    assert!(writes > 10, "{writes}");
    let one = |nth: usize, when: When| {
        let (sandbox, desk) = probing(|world| world);
        sandbox.faults().at_write(nth, Fault::Close(when));
        let answer = desk.run(&PROBE);
        assert_eq!(
            sandbox.executions().len(),
            left(&answer),
            "write {nth}, {when:?}: {answer:?}"
        );
        let again = desk.run(&PROBE);
        assert_eq!(again.code, Some(0), "write {nth}, {when:?}: {again:?}");
        assert!(sandbox.executions().is_empty(), "write {nth}, {when:?}");
    };
    std::thread::scope(|scope| {
        for nth in 1..=writes {
            scope.spawn(move || {
                one(nth, When::BeforeCommit);
                one(nth, When::AfterCommit);
            });
        }
    });
}

#[test]
fn what_cannot_be_deleted_is_named_and_cleaned_later_also_where_no_session_is_shown() {
    for quirk in [Quirk::JunitTellsBatches, Quirk::SessionsHidden] {
        let (sandbox, desk) = probing(|world| world.quirk(quirk));
        let refused = Rule::new(Fault::Status(When::BeforeCommit, 403, RetryAfter::Silent));
        sandbox.faults().add(refused.method("DELETE").always());
        let answer = desk.run(&PROBE);
        assert_eq!(answer.code, Some(8), "{answer:?}");
        assert_eq!((left(&answer), sandbox.executions().len()), (3, 3));
        sandbox.faults().clear();
        let cleaned = desk.run(&[&PROBE[..], &["--clean"]].concat());
        assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
        assert!(sandbox.executions().is_empty(), "{quirk:?}");
    }
}

#[test]
fn a_server_that_takes_no_uploads_or_shows_no_such_project_is_told_and_nothing_is_written() {
    let (sandbox, desk) = probing(|world| world.refuse_uploads(403, "No permission"));
    let answer = desk.run(&PROBE);
    assert!(matches!(answer.code, Some(4..=6)), "{answer:?}");
    let mut words = PROBE.to_vec();
    words[4] = "Nowhere";
    let nowhere = desk.run(&words);
    assert_eq!(nowhere.code, Some(5), "{nowhere:?}");
    assert!(sandbox.executions().is_empty());
}

#[test]
fn a_server_that_reads_no_step_logs_gets_the_tests_of_folders_as_results() {
    let (sandbox, desk) = probing(|it| it.quirk(Quirk::ReadsJunitOfFolders));
    let told = desk.run(&PROBE);
    let document = told.json();
    let mut facts = document["facts"].as_array().unwrap().iter();
    let fact = facts.find(|it| it["id"] == "katalon.step_log").unwrap();
    assert_eq!(fact["setting"], "katalon.facts.step_log = false");
    // One of the folder's two reports is missing: the importer finds no test.
    desk.write(
        "Reports/20261120_100000/Smoke/20261120_100000/execution0.log",
        crate::katalon::LOG,
    );
    let settings = "[katalon]\nproject = \"Shop\"\n";
    desk.write("handin.toml", settings);
    assert_eq!(desk.run(&["submit", "Reports"]).code, Some(8));
    desk.write("handin.toml", format!("{settings}facts.step_log = false\n"));
    let answer = desk.run(&["submit", "--json", "Reports"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(answer.json()["submissions"][0]["counts"]["PASSED"], 1);
    assert_eq!(sandbox.executions().len(), 2);
}
