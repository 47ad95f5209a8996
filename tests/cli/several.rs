//! Several services in one command: nothing is written to any before it is certain that each can take it.

use std::time::Duration;

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, Rule, When};
use handin_sandbox::qtest::{QtestSandbox, World};

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

struct Both {
    azure: AzureSandbox,
    qtest: QtestSandbox,
    desk: Desk,
}

/// Azure comes first, and can take everything.
fn both(world: World) -> Both {
    let azure = AzureSandbox::start(shop()).unwrap();
    let qtest = QtestSandbox::start(world).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", azure.url())
        .set("HANDIN_AZURE_TOKEN", azure.token())
        .set("HANDIN_QTEST_URL", qtest.url())
        .set("HANDIN_QTEST_TOKEN", qtest.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n\
         [qtest]\nproject = \"Shop\"\nmodule = \"Automated\"\nsettle = \"1s\"\n\
         [cases.azure]\n\"shop.LoginTest › valid\" = [1001]\n",
    );
    desk.write("r.xml", report(&[("valid", None, "")]));
    Both { azure, qtest, desk }
}

fn good() -> World {
    World::new().project("Shop", |project| project.module("Automated"))
}

impl Both {
    fn submit(&self, more: &[&str]) -> Answer {
        self.desk
            .run(&[&["submit", "--json", "r.xml", "--timeout", "8s"], more].concat())
    }

    fn writes(&self) -> usize {
        let requests = [self.azure.requests(), self.qtest.requests()].concat();
        requests.iter().filter(|it| it.write.is_some()).count()
    }
}

fn is_held_back(answer: &Answer) -> bool {
    let message = answer.json()["submissions"][0]["error"]["message"].clone();
    message.as_str().unwrap().contains("held back")
}

#[test]
fn what_the_second_cannot_take_keeps_the_first_untouched() {
    for each in [&[][..], &["--each"]] {
        let both = both(World::new().project("Shop", |project| project.automation(false)));
        let answer = both.submit(each);
        assert_eq!((answer.code, both.writes()), (Some(5), 0), "{answer:?}");
        assert!(is_held_back(&answer), "{answer:?}");
        assert!(
            answer
                .stderr
                .contains("automation integration is switched off")
                || answer
                    .stdout
                    .contains("automation integration is switched off"),
            "{answer:?}"
        );
    }
}

#[test]
fn a_refused_credential_of_the_second_keeps_the_first_untouched() {
    let mut both = both(good());
    both.desk.set("HANDIN_QTEST_TOKEN", "another");
    let answer = both.submit(&[]);
    assert_eq!((answer.code, both.writes()), (Some(4), 0), "{answer:?}");
}

#[test]
fn a_second_that_cannot_be_reached_keeps_the_first_untouched() {
    let both = both(good());
    both.qtest.refuse_for(Duration::from_secs(30));
    let answer = both.submit(&[]);
    assert_eq!((answer.code, both.writes()), (Some(6), 0), "{answer:?}");
}

#[test]
fn what_a_policy_forgives_holds_nothing_back() {
    let both = both(good());
    both.qtest.refuse_for(Duration::from_secs(30));
    let answer = both.submit(&["--on-upload-error", "warn"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(both.azure.run_count(), 1);
}

#[test]
fn a_second_that_cannot_be_searched_keeps_the_first_untouched() {
    let both = both(good());
    assert_eq!(both.submit(&["--service", "qtest"]).code, Some(0));
    let before = both.writes();
    // By the list of runs it is known what stands there already.
    let busy = Fault::status(When::BeforeCommit, 503);
    both.qtest.faults().add(
        Rule::new(busy)
            .path("/api/v3/projects/*/test-runs")
            .always(),
    );
    let answer = both.submit(&[]);
    assert_eq!(
        (answer.code, both.writes()),
        (Some(6), before),
        "{answer:?}"
    );
}

#[test]
fn a_dry_run_shows_what_the_others_would_be_handed() {
    let both = both(World::new().project("Shop", |project| project.automation(false)));
    let answer = both.submit(&["--dry-run"]);
    assert_eq!((answer.code, both.writes()), (Some(5), 0), "{answer:?}");
    assert_eq!(answer.json()["submissions"][0]["state"], "planned");
}

#[test]
fn both_are_handed_in_where_both_can_be() {
    let both = both(good());
    let answer = both.submit(&[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(
        (both.azure.run_count(), both.qtest.held("test_logs").len()),
        (1, 1)
    );
}
