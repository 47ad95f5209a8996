//! `handin doctor`, from outside: what it tells, that it only reads, and that it tells nothing that is secret.

use handin_sandbox::azure::{AzureSandbox, Settings, World};
use handin_sandbox::fault::{Fault, RetryAfter, Rule, When};
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
fn what_is_assumed_is_named_as_far_as_the_settings_rest_on_it() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let named = |extra: &[&str]| {
        let text = desk.run(&[&["doctor"], extra].concat()).stdout;
        let document = desk.run(&[&["doctor", "--json"], extra].concat()).json();
        let facts = document["facts"].as_array().unwrap();
        let all = facts.len();
        let facts = facts.iter().filter(|it| it["in_use"] == true);
        let names = facts.map(|it| it["id"].as_str().unwrap().replace("azure.", ""));
        let names: Vec<String> = names.collect();
        let row: Vec<&str> = text.split_whitespace().collect();
        let row = row.join(" ");
        let said = format!("{} facts not probed: {} →", names.len(), names.join(", "));
        assert!(row.contains(&said), "{said}\n{row}");
        assert_eq!(all, 22);
        names
    };
    let has = |names: &[String], name: &str| names.iter().any(|it| it == name);
    let plain = named(&[]);
    for (name, is_in_use, setting) in [
        ("case_query", false, "azure.create=true"),
        ("missing_release", false, "azure.release=7"),
        ("precreates", true, "azure.facts.precreates=false"),
    ] {
        assert_eq!(has(&plain, name), is_in_use, "{name}");
        assert_eq!(has(&named(&["--set", setting]), name), !is_in_use, "{name}");
    }
    let unchanged = named(&["--set", "azure.create=false", "--set", "azure.release= "]);
    assert_eq!(unchanged, plain);
    assert!(has(&plain, "texts") && !has(&plain, "order"));
    let sentences = desk.run(&["doctor", "-v"]).stdout;
    assert!(sentences.contains("azure.run_name"), "{sentences}");
    assert!(!sentences.contains("azure.order"), "{sentences}");
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
        if name == "target" {
            // What can be told all the same is told.
            assert_eq!(check(&answer, "account").0, "ok", "{set}");
            assert!(answer.stdout.contains("\"name\": \"clock\""), "{answer:?}");
        }
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
    assert!(answer.stdout.contains("HANDIN_AZURE_TOKEN"), "{answer:?}");
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

/// A plan that is the user's own: three points, and no run.
const PROBE: [&str; 6] = [
    "doctor",
    "--probe",
    "azure",
    "--into",
    "Regression",
    "--yes",
];

fn probing(change: impl FnOnce(&mut World)) -> (AzureSandbox, Desk) {
    let mut world = shop();
    change(&mut world);
    let sandbox = AzureSandbox::start(world).unwrap();
    let mut desk = desk(&sandbox);
    desk.write("handin.toml", format!("{SETTINGS}settle = \"2s\"\n"));
    desk.set("COLUMNS", "200");
    (sandbox, desk)
}

fn probe(desk: &Desk) -> Answer {
    desk.run(&[&PROBE[..], &["--json"]].concat())
}

/// Returns the state of a fact.
pub(crate) fn state(answer: &Answer, id: &str) -> String {
    let document = answer.json();
    let facts = document["facts"].as_array().unwrap();
    let fact = facts.iter().find(|it| it["id"] == id);
    fact.unwrap_or_else(|| panic!("no `{id}`"))["state"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn a_service_that_is_as_assumed_answers_every_fact_that_can_be_asked_and_keeps_nothing() {
    let (sandbox, desk) = probing(|_| {});
    let answer = probe(&desk);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let document = answer.json();
    for fact in document["facts"].as_array().unwrap() {
        let is_asked = ![
            "azure.throttling",
            "azure.order",
            "azure.pages",
            "azure.iterations",
            "azure.case_query",
            "azure.case_suite",
            "azure.missing_release",
            "azure.public",
        ]
        .contains(&fact["id"].as_str().unwrap());
        assert_eq!(fact["state"] == "as_expected", is_asked, "{fact:#}");
    }
    assert_eq!(sandbox.run_count(), 0);
    let writes = sandbox
        .requests()
        .iter()
        .filter(|it| it.write.is_some())
        .count();
    let all = sandbox.requests().len();
    assert!(writes < 15 && all <= 60, "{writes} writes, {all} requests");
    // Said before, as a table after.
    let told = desk.run(&PROBE);
    assert!(
        told.stderr
            .contains("create two runs, one with 5 test points"),
        "{told:?}"
    );
    assert!(
        told.stdout.contains("azure.sub_results") && told.stdout.contains("consequence"),
        "{told:?}"
    );
}

#[test]
fn each_fact_that_is_otherwise_is_told_with_5_and_keeps_nothing() {
    type Change = fn(&mut Settings);
    let otherwise: [(&str, Change); 9] = [
        ("azure.precreates", |it| it.precreates = false),
        ("azure.many_points", |it| it.most_points = 3),
        ("azure.listing", |it| {
            it.listing_lag = std::time::Duration::from_secs(4);
        }),
        ("azure.listed_comment", |it| it.lists_comments = false),
        ("azure.sub_results", |it| it.appends_sub_results = false),
        ("azure.texts", |it| it.longest_trace = 1000),
        ("azure.run_name", |it| it.longest_name = 100),
        ("azure.touched", |it| it.touches_runs = false),
        ("azure.closed", |it| it.reopens_runs = true),
    ];
    let one = |id: &str, change: Change| {
        let (sandbox, desk) = probing(|world| change(&mut world.settings));
        let answer = probe(&desk);
        assert_eq!(answer.code, Some(5), "{id}: {answer:?}");
        assert_eq!(state(&answer, id), "differs", "{id}: {answer:?}");
        assert_eq!(sandbox.run_count(), 0, "{id}");
    };
    // Most of the time is spent waiting.
    std::thread::scope(|scope| {
        for (id, change) in otherwise {
            scope.spawn(move || one(id, change));
        }
    });
}

#[test]
fn two_runs_of_which_one_never_shows_and_items_that_are_refused_are_told_too() {
    let (sandbox, desk) =
        probing(|world| world.settings.listing_lag = std::time::Duration::from_secs(30));
    let missing = Rule::new(Fault::Status(When::BeforeCommit, 404, RetryAfter::Silent));
    sandbox
        .faults()
        .add(missing.path("*workitemsbatch*").always());
    let refused = Rule::new(Fault::Status(When::BeforeCommit, 400, RetryAfter::Silent));
    sandbox
        .faults()
        .add(refused.path("*/Results/*/attachments").writes());
    let answer = probe(&desk);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    for id in [
        "azure.two_runs",
        "azure.missing_items",
        "azure.files_of_tries",
    ] {
        assert_eq!(state(&answer, id), "differs", "{id}: {answer:?}");
    }
    assert_eq!(sandbox.run_count(), 0);
}

#[test]
fn what_cannot_be_deleted_is_named_and_cleaned_later() {
    let (sandbox, desk) = probing(|_| {});
    let refused = Rule::new(Fault::Status(When::BeforeCommit, 403, RetryAfter::Silent));
    sandbox.faults().add(refused.method("DELETE").always());
    let answer = probe(&desk);
    assert_eq!(answer.code, Some(8), "{answer:?}");
    assert_eq!(state(&answer, "azure.deletes_runs"), "differs");
    assert_eq!(answer.json()["probe"]["left"].as_array().unwrap().len(), 2);
    assert_eq!(sandbox.run_count(), 2);
    sandbox.faults().clear();
    let cleaned = desk.run(&[&PROBE[..], &["--clean", "--json"]].concat());
    assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
    assert_eq!(sandbox.run_count(), 0);
}

#[test]
fn a_place_that_is_not_empty_is_refused_unless_it_will_do_and_what_is_there_stays() {
    let (sandbox, desk) = probing(|_| {});
    desk.write("r.xml", crate::submit::report(&[("a", Some(1001), "")]));
    assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
    let refused = probe(&desk);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stdout.contains("it holds 1 run"), "{refused:?}");
    let taken = desk.run(&[&PROBE[..], &["--into-used", "--json"]].concat());
    assert_eq!(taken.code, Some(0), "{taken:?}");
    assert_eq!(sandbox.run_count(), 1);
}

#[test]
fn nothing_is_written_where_nobody_agrees_or_nothing_may_be() {
    let (sandbox, desk) = probing(|world| {
        world
            .settings
            .token("reader", &["vso.test", "vso.work", "vso.project"]);
    });
    let unasked = desk.run(&PROBE[..5]);
    assert_eq!(unasked.code, Some(2), "{unasked:?}");
    assert!(unasked.stderr.contains("--yes"), "{unasked:?}");
    let mut desk = desk;
    desk.set("HANDIN_AZURE_TOKEN", "reader");
    let answer = probe(&desk);
    assert!(matches!(answer.code, Some(4 | 6)), "{answer:?}");
    assert_eq!(sandbox.run_count(), 0);
    let nowhere = desk.run(&["doctor", "--probe", "azure", "--into", "Nowhere", "--yes"]);
    assert_eq!(nowhere.code, Some(5), "{nowhere:?}");
    let unknown = desk.run(&["doctor", "--probe", "qtest", "--into", "Shop", "--yes"]);
    assert!(matches!(unknown.code, Some(2 | 4)), "{unknown:?}");
}

#[test]
fn a_service_that_fails_at_any_write_leaves_nothing_that_is_not_named() {
    let one = |nth: usize, when: When| {
        let (sandbox, desk) = probing(|_| {});
        sandbox.faults().at_write(nth, Fault::Close(when));
        let answer = probe(&desk);
        let left = answer.json()["probe"]["left"]
            .as_array()
            .map_or(0, Vec::len);
        assert_eq!(
            sandbox.run_count(),
            left,
            "write {nth}, {when:?}: {answer:?}"
        );
        let again = probe(&desk);
        assert_eq!(again.code, Some(0), "write {nth}, {when:?}: {again:?}");
        assert_eq!(sandbox.run_count(), 0, "write {nth}, {when:?}");
    };
    std::thread::scope(|scope| {
        for nth in 1..=10 {
            scope.spawn(move || {
                one(nth, When::BeforeCommit);
                one(nth, When::AfterCommit);
            });
        }
    });
}

#[test]
fn what_a_probe_tells_adapts_the_submission() {
    let (sandbox, desk) = probing(|world| world.settings.precreates = false);
    let told = desk.run(&PROBE);
    assert!(
        told.stderr
            .contains("`facts.precreates = false` below `[azure]`"),
        "{told:?}"
    );
    desk.write(
        "r.xml",
        crate::submit::report(&[("a", Some(1001), ""), ("b", Some(1002), "")]),
    );
    let (before, after) = (
        desk.run(&["submit", "r.xml", "--dry-run"]),
        desk.run(&[
            "submit",
            "--json",
            "r.xml",
            "--set",
            "azure.facts.precreates=false",
        ]),
    );
    assert_eq!((before.code, after.code), (Some(0), Some(0)), "{after:?}");
    assert!(!after.stdout.contains("made no results"), "{after:?}");
    assert_eq!(sandbox.outcomes().len(), 2);
    let creating = sandbox
        .requests()
        .into_iter()
        .find(|it| it.method == "POST" && it.path.ends_with("/runs"));
    assert!(creating.is_some());
}

#[test]
fn a_recording_has_every_exchange_and_nothing_that_is_somebodys() {
    let (sandbox, desk) = probing(|_| {});
    let answer = desk.run(&[&PROBE[..], &["--record", "out/probe.jsonl"]].concat());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let text = std::fs::read_to_string(desk.path("out/probe.jsonl")).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["schema"], "handin/recording/1");
    assert_eq!(lines.len() - 1, sandbox.requests().len());
    let writes = lines.iter().filter(|line| line["writes"] == true).count();
    let written = sandbox
        .requests()
        .iter()
        .filter(|it| it.write.is_some())
        .count();
    assert_eq!(writes, written);
    // What the service calls itself, whose it is and what is in it; and what handin calls what it makes.
    for secret in [
        "acme",
        "Shop",
        "Regression",
        "127.0.0.1",
        "Kim",
        "@",
        "handin doctor",
        sandbox.token(),
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    // It can be read all the same.
    for word in [
        "pointIds",
        "InProgress",
        "/_apis/test/runs",
        "\"System.Title\"",
        "\"status\":200",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn a_recording_that_cannot_be_written_is_told_before_anything_is_asked() {
    let (sandbox, desk) = probing(|_| {});
    desk.write("out", "a file");
    for words in [&PROBE[..], &["doctor"]] {
        let answer = desk.run(&[words, &["--record", "out/probe.jsonl"]].concat());
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.stderr.contains("nothing was asked"), "{answer:?}");
    }
    assert_eq!(sandbox.requests().len(), 0);
    // One that ends in trouble is kept.
    desk.run(&[
        "doctor",
        "--set",
        "azure.plan=Nowhere",
        "--record",
        "look.jsonl",
    ]);
    assert!(
        std::fs::read_to_string(desk.path("look.jsonl"))
            .unwrap()
            .lines()
            .count()
            > 2
    );
}

#[test]
fn each_setting_that_adapts_is_taken_where_it_is_told_to_stand() {
    let mut desk = Desk::new();
    desk.write("handin.toml", "[azure]\n[qtest]\n[katalon]\n[kiwi]\n");
    for name in ["AZURE", "QTEST", "KATALON", "KIWI"] {
        desk.set(&format!("HANDIN_{name}_URL"), "http://127.0.0.1:9/");
    }
    let look = |desk: &Desk| desk.run(&["doctor", "--json"]).json();
    let mut seen = 0;
    for fact in look(&desk)["facts"].as_array().unwrap() {
        let Some(setting) = fact["setting"].as_str() else {
            continue;
        };
        let (section, line) = setting.split_once('.').unwrap();
        let own = if line.starts_with("statuses") {
            "mode = \"direct\"\n"
        } else {
            ""
        };
        desk.write("handin.toml", format!("[{section}]\n{own}{line}\n"));
        let name = setting.split_once(" = ").unwrap().0;
        let document = look(&desk);
        let given = document["settings"]["given"].as_array().unwrap();
        assert!(
            given.iter().any(|it| it["name"] == name),
            "{setting}: {document:#}"
        );
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}
