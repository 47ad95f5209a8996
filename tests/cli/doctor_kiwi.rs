//! `handin doctor --probe kiwi`, from outside. `.ci/parts/kiwi` asks a real server the same.

use handin_sandbox::fault::{Fault, When};
use handin_sandbox::kiwi::{self, KiwiSandbox};
use serde_json::json;

use crate::desk::{Answer, Desk};
use crate::doctor::state;

/// A product that is empty.
const PROBE: [&str; 7] = [
    "doctor", "--probe", "kiwi", "--into", "Shop", "--yes", "--json",
];

pub(crate) fn probing() -> (KiwiSandbox, Desk) {
    let sandbox = kiwi::start(0).unwrap();
    let desk = crate::kiwi::desk(
        &sandbox,
        "product = \"Shop\"\nplan = \"Regression\"\ncreate = true\n",
    );
    (sandbox, desk)
}

/// Returns how many test cases there are.
pub(crate) fn cases(sandbox: &KiwiSandbox) -> usize {
    sandbox.state()["TestCase"].as_array().map_or(0, Vec::len)
}

fn left(answer: &Answer) -> usize {
    let document = answer.json();
    document["probe"]["left"].as_array().map_or(0, Vec::len)
}

/// Knows all calls but these from now on.
fn without(sandbox: &KiwiSandbox, calls: &[&str]) {
    crate::kiwi::behave(sandbox, &json!({ "unknown": calls }));
}

#[test]
fn a_server_that_is_as_assumed_answers_every_fact_and_keeps_nothing() {
    let (sandbox, desk) = probing();
    let answer = desk.run(&PROBE);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for fact in answer.json()["facts"].as_array().unwrap() {
        let is_asked = fact["id"] != "kiwi.runs";
        assert_eq!(fact["state"] == "as_expected", is_asked, "{fact:#}");
    }
    assert_eq!((cases(&sandbox), left(&answer)), (0, 0));
}

#[test]
fn what_may_be_asked_of_the_service_is_told_and_a_clock_is_off_by_no_number_to_reckon_with() {
    let (_sandbox, desk) = probing();
    let answer = desk.run(&["doctor"]);
    let asks = "`handin doctor --probe kiwi --into PLACE` asks the service";
    assert!(answer.stdout.contains(asks), "{answer:?}");
    // The stand-in's clock stands still.
    assert!(answer.stdout.contains(" days "), "{answer:?}");
}

#[test]
fn a_product_with_test_cases_is_refused_unless_it_will_do_and_they_stay() {
    let (sandbox, desk) = probing();
    assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
    let before = cases(&sandbox);
    let refused = desk.run(&PROBE);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert_eq!(cases(&sandbox), before);
    let used = desk.run(&[&PROBE[..], &["--into-used"]].concat());
    assert_eq!(used.code, Some(0), "{used:?}");
    assert_eq!(cases(&sandbox), before);
}

#[test]
fn an_account_that_may_not_create_leaves_nothing_and_one_that_may_not_delete_what_is_named() {
    let (sandbox, desk) = probing();
    without(&sandbox, &["TestCase.create"]);
    let answer = desk.run(&PROBE);
    assert!(matches!(answer.code, Some(4..=6)), "{answer:?}");
    assert_eq!((cases(&sandbox), left(&answer)), (0, 0));
    without(&sandbox, &["TestCase.remove"]);
    let answer = desk.run(&PROBE);
    assert_eq!(answer.code, Some(8), "{answer:?}");
    assert_eq!(state(&answer, "kiwi.claims"), "differs");
    assert_eq!((cases(&sandbox), left(&answer)), (2, 2));
    without(&sandbox, &[]);
    let cleaned = desk.run(&[&PROBE[..], &["--clean"]].concat());
    assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
    assert_eq!(cases(&sandbox), 0);
}

#[test]
fn a_server_that_fails_at_any_write_leaves_nothing_that_is_not_named() {
    let (whole, desk) = probing();
    assert_eq!(desk.run(&PROBE).code, Some(0));
    let requests = whole.requests();
    let writes = requests.iter().filter(|it| it.write.is_some()).count();
    let one = |nth: usize, when: When| {
        let (sandbox, desk) = probing();
        sandbox.faults().at_write(nth, Fault::Close(when));
        let answer = desk.run(&PROBE);
        assert!(
            cases(&sandbox) <= left(&answer),
            "write {nth}, {when:?}: {answer:?}"
        );
        let again = desk.run(&PROBE);
        assert_eq!(again.code, Some(0), "write {nth}, {when:?}: {again:?}");
        assert_eq!(cases(&sandbox), 0, "write {nth}, {when:?}");
    };
    for half in [When::BeforeCommit, When::AfterCommit] {
        std::thread::scope(|scope| {
            for nth in 1..=writes {
                scope.spawn(move || one(nth, half));
            }
        });
    }
}
