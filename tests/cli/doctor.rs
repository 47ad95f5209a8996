//! `handin doctor`, from outside: what it tells, that it only reads, and that it tells nothing that is secret.

use handin_sandbox::azure::AzureSandbox;
use serde_json::Value;

use crate::desk::{Answer, Desk};
use crate::submit::shop;

const SETTINGS: &str = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";

fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write("handin.toml", SETTINGS);
    desk
}

/// Returns the state and the message of a check.
fn check(answer: &Answer, name: &str) -> (String, String) {
    let document = answer.json();
    let checks = document["services"][0]["checks"].as_array().unwrap();
    let found = checks.iter().find(|it| it["name"] == name);
    let found = found.unwrap_or_else(|| panic!("no `{name}` in {document:#}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&found["state"]), text(&found["message"]))
}

#[test]
fn a_service_that_would_take_results_is_told_with_all_that_can_be_read() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let answer = desk.run(&["doctor", "--json", "--set", "azure.points=all"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let document = answer.json();
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    let given = document["settings"]["given"].to_string();
    for origin in ["handin.toml:2:", "HANDIN_AZURE_URL", "--set azure.points"] {
        assert!(given.contains(origin), "{origin}: {given}");
    }
    for name in ["network", "credential", "account", "target", "clock"] {
        assert_eq!(check(&answer, name).0, "ok", "{name}");
    }
    assert!(
        check(&answer, "credential")
            .1
            .contains("HANDIN_AZURE_TOKEN")
    );
    assert_eq!(check(&answer, "rights").0, "not_checked");
    let facts = document["facts"].as_array().unwrap();
    assert!(
        facts.len() > 10
            && facts
                .iter()
                .all(|it| it["state"] == "not_probed" && it["seen"].is_null())
    );
    let writes = sandbox
        .requests()
        .iter()
        .filter(|it| it.write.is_some())
        .count();
    assert_eq!(writes, 0);
}

#[test]
fn no_value_that_is_secret_is_told() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    for words in [&["doctor"][..], &["doctor", "--json"], &["doctor", "-vvv"]] {
        let answer = desk.run(words);
        assert!(!answer.stdout.contains(sandbox.token()), "{answer:?}");
        assert!(!answer.stderr.contains(sandbox.token()), "{answer:?}");
    }
}

#[test]
fn what_a_submission_would_fail_of_is_told_with_5() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    for (set, name) in [
        ("azure.plan=Nowhere", "target"),
        ("azure.suite=Nowhere", "target"),
        ("azure.plan=", "target"),
        ("azure.url=http://127.0.0.1:9/acme", "account"),
    ] {
        let answer = desk.run(&["doctor", "--json", "--set", set, "--timeout", "3s"]);
        assert_eq!(answer.code, Some(5), "{set}: {answer:?}");
        assert_eq!(check(&answer, name).0, "failed", "{set}");
        assert_eq!(answer.json()["services"][0]["would_submit"], false);
    }
}

#[test]
fn a_credential_that_is_missing_or_refused_is_told_with_5_and_how_to_get_one() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url());
    desk.write("handin.toml", SETTINGS);
    let answer = desk.run(&["doctor", "--json"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert_eq!(check(&answer, "credential").0, "failed");
    assert!(answer.stdout.contains("handin login azure"), "{answer:?}");
    desk.set("HANDIN_AZURE_TOKEN", "wrong");
    let answer = desk.run(&["doctor", "--json"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert_eq!(check(&answer, "account").0, "failed");
}

#[test]
fn without_a_service_it_says_so() {
    let answer = Desk::new().run(&["doctor"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stdout.contains("Settings: no file"), "{answer:?}");
    assert!(
        answer.stderr.contains("no service is configured"),
        "{answer:?}"
    );
}

#[test]
fn quotas_are_told_where_the_service_tells_them() {
    let mut world = shop();
    world.settings.shows_rate_limit = true;
    let sandbox = AzureSandbox::start(world).unwrap();
    let answer = desk(&sandbox).run(&["doctor", "--json"]);
    assert_eq!(check(&answer, "quotas").0, "ok", "{answer:?}");
    assert!(
        check(&answer, "quotas").1.contains("x-ratelimit-"),
        "{answer:?}"
    );
}
