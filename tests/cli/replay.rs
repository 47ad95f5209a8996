//! A recording of a probe, played again: the same is found out. And a stand-in's recording held against a service's.

use handin_sandbox::Standin;
use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::katalon::{self, KatalonSandbox};
use handin_sandbox::kiwi;
use handin_sandbox::qtest::{self, QtestSandbox};
use handin_sandbox::replay::{Replay, differences, read};
use serde_json::{Value, json};

use crate::desk::{Answer, Desk};
use crate::submit::shop;

/// Records a probe, and returns what it found and the recording.
fn recorded(desk: &Desk, service: &str, into: &str) -> (Vec<Value>, String) {
    let answer = probe(desk, service, into, &["--record", "probe.jsonl"]);
    let text = std::fs::read_to_string(desk.path("probe.jsonl")).unwrap();
    (states(&answer), text)
}

fn probe(desk: &Desk, service: &str, into: &str, more: &[&str]) -> Answer {
    let words = [
        "doctor",
        "--probe",
        service,
        "--into",
        into,
        "--into-used",
        "--yes",
        "--json",
    ];
    desk.run(&[&words[..], more].concat())
}

/// Returns what was seen of each fact.
fn states(answer: &Answer) -> Vec<Value> {
    assert!(
        matches!(answer.code, Some(0 | 5)),
        "{} {}",
        answer.json()["error"],
        answer.stderr
    );
    let document = answer.json();
    let facts = document["facts"].as_array().unwrap();
    facts
        .iter()
        .map(|fact| json!([fact["id"], fact["state"]]))
        .collect()
}

/// Plays a recording to a desk that knows nothing of what was recorded.
fn replayed(recording: &str, service: &str, settings: &str) -> (Answer, Standin<Replay>) {
    let replay = Replay::new(read(recording).unwrap());
    let (base, into) = (replay.base(), replay.place().unwrap());
    let standin = Standin::start(replay, &[("api", 0)]).unwrap();
    let mut desk = Desk::new();
    let name = service.to_uppercase();
    desk.set(
        &format!("HANDIN_{name}_URL"),
        format!("{}{base}", standin.url()),
    );
    desk.set(&format!("HANDIN_{name}_TOKEN"), "any-token-will-do");
    desk.set(&format!("HANDIN_{name}_USER"), "anybody");
    desk.set(&format!("HANDIN_{name}_PASSWORD"), "any-will-do");
    desk.write("handin.toml", settings);
    (probe(&desk, service, &into, &[]), standin)
}

#[test]
fn what_a_probe_of_azure_found_out_it_finds_out_again_of_the_recording() {
    for otherwise in [false, true] {
        let mut world = shop();
        world.settings.appends_sub_results = !otherwise;
        world.settings.longest_trace = if otherwise { 1000 } else { 32_000 };
        let sandbox = AzureSandbox::start(world).unwrap();
        let mut desk = Desk::new();
        desk.set("HANDIN_AZURE_URL", sandbox.url())
            .set("HANDIN_AZURE_TOKEN", sandbox.token());
        desk.write(
            "handin.toml",
            "[azure]\nproject = \"Shop\"\nsettle = \"5s\"\n",
        );
        let (found, text) = recorded(&desk, "azure", "Regression");
        let (again, standin) = replayed(
            &text,
            "azure",
            "[azure]\nproject = \"Mine\"\nsettle = \"5s\"\n",
        );
        assert_eq!(found, states(&again), "{} {again:?}", standin.state());
    }
}

#[test]
fn what_a_probe_of_qtest_found_out_it_finds_out_again_of_the_recording() {
    for otherwise in [false, true] {
        let world = qtest::World::demo();
        let world = if otherwise {
            world.quirk(qtest::Quirk::HtmlNotes)
        } else {
            world
        };
        let sandbox = QtestSandbox::start(world).unwrap();
        let desk = crate::qtest::desk(&sandbox, "");
        let (found, text) = recorded(&desk, "qtest", "Probe");
        // The project is found by its name; what it is called now, the recording says.
        let project = text
            .lines()
            .find_map(|line| line.split("/projects/").nth(1)?.split('/').next())
            .unwrap();
        let (again, standin) = replayed(
            &text,
            "qtest",
            &format!("[qtest]\nproject = {project}\nsettle = \"2s\"\n"),
        );
        assert_eq!(found, states(&again), "{} {again:?}", standin.state());
    }
}

#[test]
fn what_a_probe_of_testops_found_out_it_finds_out_again_of_the_recording() {
    let sandbox = KatalonSandbox::start(
        katalon::World::new()
            .organization("Acme")
            .team("Web")
            .project("Probe"),
    )
    .unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_KATALON_URL", sandbox.url())
        .set("HANDIN_KATALON_TOKEN", sandbox.token());
    desk.write("handin.toml", "[katalon]\nsettle = \"2s\"\n");
    let (found, text) = recorded(&desk, "katalon", "Probe");
    let (again, standin) = replayed(&text, "katalon", "[katalon]\nsettle = \"2s\"\n");
    assert_eq!(found, states(&again), "{} {again:?}", standin.state());
}

#[test]
fn what_a_probe_of_kiwi_found_out_it_finds_out_again_of_the_recording() {
    for unknown in [&[][..], &["TestCase.remove"]] {
        let sandbox = kiwi::start(0).unwrap();
        crate::kiwi::behave(&sandbox, &json!({ "unknown": unknown }));
        let desk = crate::kiwi::desk(&sandbox, "");
        let answer = probe(&desk, "kiwi", "Shop", &["--record", "probe.jsonl"]);
        let text = std::fs::read_to_string(desk.path("probe.jsonl")).unwrap();
        for secret in ["Shop", "bot", "127.0.0.1", "sessionid"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        let (again, standin) = replayed(&text, "kiwi", "");
        let facts = |answer: &Answer| -> Vec<Value> {
            let document = answer.json();
            let facts = document["facts"].as_array().unwrap();
            facts
                .iter()
                .map(|it| json!([it["id"], it["state"]]))
                .collect()
        };
        assert_eq!(again.code, answer.code, "{again:?}");
        assert_eq!(
            facts(&answer),
            facts(&again),
            "{} {again:?}",
            standin.state()
        );
        // A batch is held against another call by call.
        let (one, other) = (
            read(&text).unwrap(),
            text.replace("\"result\":[]", "\"result\":7"),
        );
        assert_eq!(differences(&one, &one), Vec::<String>::new());
        let found = differences(&one, &read(&other).unwrap());
        assert!(
            found[0].contains("/json-rpc Product.filter: `.result` is a list or a number"),
            "{found:?}"
        );
    }
}

#[test]
fn two_recordings_of_one_stand_in_answer_alike_and_one_that_answers_otherwise_is_found_out() {
    let text = |precreates: bool| {
        let mut world = shop();
        world.settings.precreates = precreates;
        let sandbox = AzureSandbox::start(world).unwrap();
        let mut desk = Desk::new();
        desk.set("HANDIN_AZURE_URL", sandbox.url())
            .set("HANDIN_AZURE_TOKEN", sandbox.token());
        desk.write(
            "handin.toml",
            "[azure]\nproject = \"Shop\"\nsettle = \"1s\"\n",
        );
        recorded(&desk, "azure", "Regression").1
    };
    let (one, two) = (text(true), text(true));
    assert_eq!(
        differences(&read(&one).unwrap(), &read(&two).unwrap()),
        Vec::<String>::new()
    );
    let otherwise = two.replace("\"state\":\"InProgress\"", "\"state\":7");
    assert_ne!(
        differences(&read(&one).unwrap(), &read(&otherwise).unwrap()),
        Vec::<String>::new()
    );
}
