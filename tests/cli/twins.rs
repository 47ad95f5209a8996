//! The same command twice at the same moment, on one machine: the second waits, finds what the first wrote, and writes nothing.

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::katalon::KatalonSandbox;
use handin_sandbox::qtest::QtestSandbox;

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

/// Runs one command alone at one service, and twice at once at another like it. Both write the same.
fn held<S>(start: impl Fn() -> S, desk: impl Fn(&S) -> Desk, writes: impl Fn(&S) -> usize) {
    let (alone, twice) = (start(), start());
    let of_one = desk(&alone);
    let command = ["submit", "--json", "r.xml"];
    let answer = of_one.run(&command);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let of_two = desk(&twice);
    let children = [of_two.start(&command), of_two.start(&command)];
    let answers = children.map(|child| Answer::of(&child.wait_with_output().unwrap()));
    let mut states: Vec<String> = answers
        .iter()
        .map(|answer| {
            assert_eq!(answer.code, Some(0), "{answer:?}");
            let state = &answer.json()["submissions"][0]["state"];
            state.as_str().unwrap().to_owned()
        })
        .collect();
    states.sort();
    assert_eq!(states, ["done", "known"]);
    assert_eq!(writes(&twice), writes(&alone));
}

fn written(desk: Desk, settings: &str) -> Desk {
    desk.write("handin.toml", settings);
    desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("wrong", Some(1002), "")]),
    );
    desk
}

fn with(variables: &[(&str, &str)]) -> Desk {
    let mut desk = Desk::new();
    for (name, value) in variables {
        desk.set(name, *value);
    }
    desk
}

#[test]
fn on_azure_the_second_of_two_waits_and_finds_it() {
    held(
        || AzureSandbox::start(shop()).unwrap(),
        |sandbox| {
            let desk = with(&[
                ("HANDIN_AZURE_URL", &sandbox.url()),
                ("HANDIN_AZURE_TOKEN", sandbox.token()),
            ]);
            written(desk, "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n")
        },
        |sandbox| {
            sandbox
                .requests()
                .iter()
                .filter(|it| it.write.is_some())
                .count()
        },
    );
}

#[test]
fn on_testops_the_second_of_two_waits_and_finds_it() {
    held(
        || {
            let world = handin_sandbox::katalon::World::new();
            KatalonSandbox::start(world.organization("Acme").team("QA").project("Shop")).unwrap()
        },
        |sandbox| {
            let desk = with(&[
                ("HANDIN_KATALON_URL", &sandbox.url()),
                ("HANDIN_KATALON_TOKEN", sandbox.token()),
            ]);
            written(desk, "[katalon]\nproject = \"Shop\"\n")
        },
        |sandbox| {
            sandbox
                .requests()
                .iter()
                .filter(|it| it.write.is_some())
                .count()
        },
    );
}

#[test]
fn on_qtest_the_second_of_two_waits_and_finds_it() {
    held(
        || {
            let world = handin_sandbox::qtest::World::new();
            QtestSandbox::start(world.project("Shop", |project| project)).unwrap()
        },
        |sandbox| {
            let desk = with(&[
                ("HANDIN_QTEST_URL", &sandbox.url()),
                ("HANDIN_QTEST_TOKEN", &format!("bearer {}", sandbox.token())),
            ]);
            desk.write(
                "handin.toml",
                "[qtest]\nproject = \"Shop\"\nmodule = \"Automated\"\n",
            );
            desk.write("r.xml", report(&[("valid", None, ""), ("wrong", None, "")]));
            desk
        },
        |sandbox| {
            let requests = sandbox.requests();
            requests.iter().filter(|it| it.write.is_some()).count()
        },
    );
}
