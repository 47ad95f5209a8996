//! `handin submit` and what goes with it, on the stand-in of Kiwi TCMS. `.ci/parts/kiwi` does the same with a real server.

use std::time::Duration;

use handin_sandbox::Service as _;
use handin_sandbox::kiwi::{self, KiwiSandbox};
use serde_json::{Value, json};

use crate::desk::{Answer, Desk};

const REPORT: &str = r#"<testsuite name="Shop" timestamp="2026-03-01T10:00:00Z">
<testcase classname="shop.Cart" name="adds" time="1"/>
<testcase classname="shop.Cart" name="removes" time="1"><failure message="expected 1, was 2"/></testcase>
<testcase classname="shop.Cart" name="later" time="1"><skipped/></testcase>
</testsuite>"#;

const SETTINGS: &str = "product = \"Shop\"\nplan = \"Regression\"\ncreate = true\n";

pub(crate) fn desk(sandbox: &KiwiSandbox, settings: &str) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_KIWI_URL", sandbox.url())
        .set("HANDIN_KIWI_USER", kiwi::USER)
        .set("HANDIN_KIWI_PASSWORD", kiwi::PASSWORD);
    desk.write(
        "handin.toml",
        format!("[kiwi]\nsettle = \"1s\"\n{settings}"),
    );
    desk.write("r.xml", REPORT);
    desk
}

fn submit(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["submit", "--json", "r.xml"], more].concat())
}

fn rows(sandbox: &KiwiSandbox, table: &str) -> Vec<Value> {
    sandbox.state()[table]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

fn code(answer: &Answer, wanted: i32) {
    assert_eq!(answer.code, Some(wanted), "{answer:?}");
}

fn says(answer: &Answer, words: &str) -> bool {
    answer.stdout.contains(words) || answer.stderr.contains(words)
}

/// Behaves as asked from now on.
pub(crate) fn behave(sandbox: &KiwiSandbox, wishes: &Value) {
    sandbox.change(|kiwi| kiwi.behave(wishes)).unwrap();
}

#[test]
fn results_stand_there_once_with_status_times_comment_and_link() {
    let sandbox = kiwi::start(0).unwrap();
    let mut desk = desk(&sandbox, SETTINGS);
    desk.set("BUILD_URL", "https://ci.example/7")
        .set("JENKINS_URL", "https://ci.example/")
        .set("BUILD_NUMBER", "7")
        .set("JOB_NAME", "shop");
    for _ in 0..2 {
        code(&submit(&desk, &[]), 0);
    }
    let executions = rows(&sandbox, "TestExecution");
    let of = |name: &str| {
        let found = executions.iter().find(|it| {
            let summary = it["case__summary"].as_str().unwrap();
            summary.ends_with(name)
        });
        found.unwrap().clone()
    };
    assert_eq!(executions.len(), 3);
    assert_eq!(of("adds")["status__name"], "PASSED");
    assert_eq!(of("removes")["status__name"], "FAILED");
    assert_eq!(of("later")["status__name"], "WAIVED");
    assert_eq!(of("adds")["start_date"], "2026-03-01T10:00:00");
    assert_eq!(of("adds")["stop_date"], "2026-03-01T10:00:01");
    let (comments, links) = (rows(&sandbox, "Comment"), rows(&sandbox, "Link"));
    assert_eq!(
        (comments.len(), links.len()),
        (2, 2),
        "{comments:?} {links:?}"
    );
    let failure = comments
        .iter()
        .find(|it| it["execution"] == of("removes")["id"]);
    let text = failure.unwrap()["comment"].as_str().unwrap().to_owned();
    assert!(
        text.starts_with("handin2-") && text.contains("expected 1, was 2"),
        "{text}"
    );
    assert!(
        links.iter().all(|it| it["url"] == "https://ci.example/7"),
        "{links:?}"
    );
    let runs = rows(&sandbox, "TestRun");
    assert_eq!(runs.len(), 1);
    assert!(!runs[0]["stop_date"].is_null(), "{runs:?}");
    let left = rows(&sandbox, "TestCase");
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn a_password_that_is_refused_is_told_with_where_it_is_from() {
    let sandbox = kiwi::start(0).unwrap();
    let mut desk = desk(&sandbox, SETTINGS);
    desk.set("HANDIN_KIWI_PASSWORD", "another one");
    for command in [&["projects", "kiwi"][..], &["submit", "r.xml"]] {
        let answer = desk.run(command);
        code(&answer, 4);
        let words =
            "the user's name and the password in `HANDIN_KIWI_PASSWORD` (step `environment`)";
        assert!(answer.stderr.contains(words), "{answer:?}");
        assert!(!answer.stderr.contains("another one"), "{answer:?}");
    }
}

#[test]
fn times_are_in_the_zone_of_the_server() {
    for (zone, wanted) in [(5, "2026-03-01T15:00"), (-7, "2026-03-01T03:00")] {
        let sandbox = kiwi::start(0).unwrap();
        behave(&sandbox, &json!({"zone": zone}));
        code(&submit(&desk(&sandbox, SETTINGS), &[]), 0);
        let shown: Vec<Value> = rows(&sandbox, "TestExecution")
            .iter()
            .map(|it| it["start_date"].clone())
            .collect();
        let is_there = |it: &Value| it.as_str().unwrap().starts_with(wanted);
        assert!(shown.iter().all(is_there), "{zone}: {shown:?}");
    }
}

#[test]
fn files_hang_on_the_execution_where_the_version_takes_them_and_else_on_the_run() {
    for (unknown, table) in [(true, "TestRun"), (false, "TestExecution")] {
        let sandbox = kiwi::start(0).unwrap();
        if !unknown {
            behave(&sandbox, &json!({"unknown": []}));
        }
        let desk = desk(&sandbox, SETTINGS);
        desk.write("screen.png", "a picture");
        desk.write(
            "r.xml",
            REPORT.replace(
                "was 2\"/>",
                "was 2\"/><system-out>[[ATTACHMENT|screen.png]]</system-out>",
            ),
        );
        for _ in 0..2 {
            code(&submit(&desk, &["--attach", "all"]), 0);
            desk.forget_journal();
        }
        let files = rows(&sandbox, "File");
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(files[0]["table"], table);
        let name = files[0]["name"].as_str().unwrap();
        assert!(
            name.starts_with("handin-") && name.ends_with("-screen.png"),
            "{name}"
        );
    }
}

#[test]
fn an_empty_file_is_left_out_and_told_because_the_server_takes_none() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, SETTINGS);
    desk.write("empty.txt", "");
    let marked = "was 2\"/><system-out>[[ATTACHMENT|empty.txt]]</system-out>";
    desk.write("r.xml", REPORT.replace("was 2\"/>", marked));
    let answer = submit(&desk, &["--attach", "all"]);
    code(&answer, 0);
    assert!(says(&answer, "`empty.txt` has 0 bytes"), "{answer:?}");
}

#[test]
fn what_a_killed_process_left_behind_is_taken_over_also_where_all_is_done() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, SETTINGS);
    code(&submit(&desk, &[]), 0);
    desk.forget_journal();
    let key = rows(&sandbox, "TestRun")[0]["notes"]
        .as_str()
        .unwrap()
        .to_owned();
    let key: Vec<&str> = key.split('-').take(3).collect();
    let notes = format!("handin-claim-{} 0123456789abcdef", key.join("-"));
    let claim =
        json!({"summary": "left", "notes": notes, "category": 1, "priority": 1, "case_status": 1});
    let claim = json!([claim]);
    sandbox
        .change(|kiwi| kiwi.by_hand("TestCase.create", &claim))
        .unwrap();
    let again = submit(&desk, &[]);
    code(&again, 0);
    let left = rows(&sandbox, "TestCase");
    assert!(left.iter().all(|it| it["notes"] != *notes), "{left:?}");
    assert_eq!(rows(&sandbox, "TestRun").len(), 1);
}

/// `PostgreSQL` may show a claim with a lower id only after one with a higher.
#[test]
fn an_older_claim_that_shows_late_is_seen_before_anything_is_written() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, SETTINGS);
    let by_hand = |method: &str, values: Value| {
        sandbox
            .change(|kiwi| kiwi.by_hand(method, &values))
            .unwrap()
    };
    let row =
        json!({"summary": "late", "notes": "", "category": 1, "priority": 1, "case_status": 1});
    let older = by_hand("TestCase.create", json!([row]))["id"].clone();
    sandbox.faults().latency(Duration::from_millis(300));
    let answer = std::thread::scope(|scope| {
        let ours = scope.spawn(|| submit(&desk, &["--set", "kiwi.settle=6s"]));
        let claim = loop {
            let cases = rows(&sandbox, "TestCase");
            let notes = cases.iter().filter_map(|it| it["notes"].as_str());
            if let Some(notes) = notes.into_iter().find(|it| it.starts_with("handin-claim-")) {
                break notes.split(' ').next().unwrap().to_owned();
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        std::thread::sleep(Duration::from_millis(600));
        let notes = json!({"notes": format!("{claim} 0123456789abcdef")});
        by_hand("TestCase.update", json!([older, notes]));
        std::thread::sleep(Duration::from_secs(4));
        assert_eq!(rows(&sandbox, "TestRun").len(), 0, "it did not wait");
        by_hand("TestCase.remove", json!([{"pk": older}]));
        ours.join().unwrap()
    });
    code(&answer, 0);
    assert_eq!(rows(&sandbox, "TestRun").len(), 1);
    assert_eq!(rows(&sandbox, "TestCase").len(), 3);
}

/// What is wrong: its name, the flags that make it so, and what is said.
const WRONG: [(&str, &[&str], &str); 8] = [
    (
        "no product",
        &["--project", "Nothing"],
        "there is no product `Nothing`",
    ),
    (
        "another product's plan",
        &["--set", "kiwi.plan=1"],
        "belongs to another product",
    ),
    (
        "plans of one name",
        &["--plan", "Twice"],
        "several test plans named `Twice`: 2, 3",
    ),
    (
        "no plan",
        &["--plan", "Nowhere", "--set", "kiwi.create=false"],
        "no test plan `Nowhere`",
    ),
    (
        "no build",
        &[
            "--build",
            "77",
            "--plan",
            "Weekly",
            "--set",
            "kiwi.create=false",
        ],
        "no build `77`",
    ),
    (
        "no status",
        &["--set", "kiwi.statuses.failed=NOPE"],
        "no execution status `NOPE`",
    ),
    (
        "a status that passes",
        &["--set", "kiwi.statuses.failed=WAIVED"],
        "counts as passed",
    ),
    (
        "no plan of a version",
        &[
            "--set",
            "kiwi.version=9",
            "--set",
            "kiwi.create=false",
            "--plan",
            "New",
        ],
        "no test plan `New`",
    ),
];

#[test]
fn what_is_wrong_has_its_message_and_its_code() {
    let sandbox = kiwi::start(0).unwrap();
    sandbox.change(|kiwi| {
        kiwi.plan("Depot", "Nightly");
        kiwi.plan("Shop", "Twice");
        kiwi.plan("Shop", "Twice");
        kiwi.plan("Shop", "Weekly");
    });
    for (name, more, said) in WRONG {
        let desk = desk(&sandbox, SETTINGS);
        if more.contains(&"kiwi.create=false") {
            let case =
                "<properties><property name=\"TestCaseId\" value=\"1\"/></properties></testcase>";
            desk.write("r.xml", REPORT.replacen("\"/>", &format!("\">{case}"), 1));
        }
        let answer = submit(&desk, more);
        code(&answer, 5);
        assert!(says(&answer, said), "{name}: {answer:?}");
    }
    assert!(rows(&sandbox, "TestRun").is_empty());
    let mut wrong = desk(&sandbox, SETTINGS);
    wrong.set("HANDIN_KIWI_PASSWORD", "another");
    code(&submit(&wrong, &[]), 4);
}

#[test]
fn a_call_that_an_older_version_does_not_know_is_named() {
    let sandbox = kiwi::start(0).unwrap();
    behave(
        &sandbox,
        &json!({"unknown": ["TestExecution.add_comment", "TestExecution.list_attachments"]}),
    );
    let answer = submit(&desk(&sandbox, SETTINGS), &[]);
    code(&answer, 8);
    assert!(says(&answer, "Method not found"), "{answer:?}");
}

#[test]
fn a_validation_error_is_told_in_the_words_of_the_server() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, SETTINGS);
    code(&submit(&desk, &[]), 0);
    let build = json!([1, {"is_active": false}]);
    sandbox
        .change(|kiwi| kiwi.by_hand("Build.update", &build))
        .unwrap();
    let answer = submit(&desk, &["--again"]);
    code(&answer, 8);
    assert!(says(&answer, "valid choice"), "{answer:?}");
}

#[test]
fn a_session_that_ends_in_the_middle_is_begun_anew() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, SETTINGS);
    behave(&sandbox, &json!({"session_calls": 4}));
    code(&submit(&desk, &[]), 0);
    assert_eq!(rows(&sandbox, "TestExecution").len(), 3);
}

#[test]
fn a_claim_that_the_server_does_not_take_stops_it_before_anything_is_written() {
    let sandbox = kiwi::start(0).unwrap();
    behave(&sandbox, &json!({"unknown": ["TestCase.create"]}));
    let answer = submit(&desk(&sandbox, SETTINGS), &[]);
    code(&answer, 6);
    assert!(says(&answer, "Method not found"), "{answer:?}");
    assert!(rows(&sandbox, "TestPlan").is_empty());
}

/// Submits a report as the first of two shards, on a machine of its own.
fn attempt(desk: &Desk, file: &str, number: &str) -> Answer {
    desk.forget_journal();
    let mut command = desk.command(&["submit", "--json", file, "--shard", "1/2"]);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_RUN_ID", "77")
        .env("GITHUB_JOB", "e2e")
        .env("GITHUB_RUN_ATTEMPT", number);
    Answer::of(&command.output().unwrap())
}

#[test]
fn an_attempt_that_comes_after_a_later_one_writes_nothing_and_is_told() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, SETTINGS);
    let failure = "<failure message=\"expected 1, was 2\"/>";
    desk.write("again.xml", REPORT.replace(failure, ""));
    code(&attempt(&desk, "r.xml", "1"), 0);
    code(&attempt(&desk, "again.xml", "2"), 0);
    let before = sandbox.state();
    let late = attempt(&desk, "r.xml", "1");
    code(&late, 0);
    assert!(says(&late, "a later attempt of this part"), "{late:?}");
    assert_eq!(late.json()["submissions"][0]["state"], "known", "{late:?}");
    assert_eq!(sandbox.state(), before);
}

#[test]
fn of_an_attempt_that_comes_after_a_later_one_is_named_what_that_has_no_result_of() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, SETTINGS);
    let one: Vec<&str> = REPORT
        .lines()
        .filter(|line| !line.contains("removes") && !line.contains("later"))
        .collect();
    desk.write("one.xml", one.join("\n"));
    code(&attempt(&desk, "one.xml", "2"), 0);
    let before = sandbox.state();
    let late = attempt(&desk, "r.xml", "1");
    code(&late, 8);
    assert!(says(&late, "has no result of it"), "{late:?}");
    assert_eq!(late.json()["submissions"][0]["repeat"], false, "{late:?}");
    assert_eq!(sandbox.state(), before);
}

#[test]
fn beside_a_later_attempt_results_count_in_whichever_run_they_stand() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, SETTINGS);
    let one = REPORT.lines().filter(|line| !line.contains("removes"));
    desk.write("one.xml", one.collect::<Vec<_>>().join("\n"));
    code(&attempt(&desk, "r.xml", "1"), 0);
    code(&attempt(&desk, "one.xml", "2"), 0);
    // Somebody made a second run, and one of the results stands there alone.
    let run = rows(&sandbox, "TestRun").remove(0);
    let executions = rows(&sandbox, "TestExecution");
    let of_removes = executions.iter().find(|it| {
        let summary = it["case__summary"].as_str().unwrap();
        summary.ends_with("removes")
    });
    let of_removes = of_removes.unwrap()["id"].clone();
    let by_hand = |method: &str, parameters: Value| {
        let made = sandbox.change(|kiwi| kiwi.by_hand(method, &parameters));
        made.unwrap()["id"].clone()
    };
    let second = json!([{
        "summary": "again", "plan": run["plan"], "build": run["build"], "manager": run["manager"], "notes": run["notes"],
    }]);
    let second = by_hand("TestRun.create", second);
    by_hand("TestExecution.update", json!([of_removes, {"run": second}]));
    let late = attempt(&desk, "r.xml", "1");
    code(&late, 0);
    assert!(says(&late, "more than one of the runs"), "{late:?}");
    assert!(!says(&late, "has no result of it"), "{late:?}");
}

#[test]
fn a_case_is_found_again_below_what_a_person_wrote_and_none_is_that_only_speaks_of_it() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, SETTINGS);
    let by_hand = |method: &str, parameters: Value| {
        let change = sandbox.change(|kiwi| kiwi.by_hand(method, &parameters));
        change.unwrap()
    };
    let theirs = |words: &str| json!([{"summary": "theirs", "notes": words, "category": 1, "priority": 1, "case_status": 1}]);
    let words = "part of the handin-test-plan, handin-test-run and handin-test-build";
    by_hand("TestCase.create", theirs(words));
    let quotes = by_hand("TestCase.create", theirs("later"));
    code(&submit(&desk, &[]), 0);
    let made: Vec<_> = rows(&sandbox, "TestCase").split_off(2);
    for case in &made {
        let notes = case["notes"].as_str().unwrap();
        let notes = format!("From the handin-test-suite, see the wiki.\n\n{notes}");
        by_hand("TestCase.update", json!([case["id"], {"notes": notes}]));
        let mark = case["notes"].as_str().unwrap().lines().next().unwrap();
        let told = json!({"notes": format!("automated now, see {mark}")});
        by_hand("TestCase.update", json!([quotes["id"], told]));
    }
    let again = submit(&desk, &[]);
    code(&again, 0);
    let submission = &again.json()["submissions"][0];
    assert_eq!(submission["state"], "known", "{again:?}");
    assert_eq!(submission["warnings"], json!([]), "{again:?}");
    assert_eq!(rows(&sandbox, "TestCase").len(), 2 + made.len());
    let plans = rows(&sandbox, "TestPlan");
    assert!(plans.iter().all(|it| it["is_active"] == true), "{plans:?}");
}

#[test]
fn the_run_that_parts_opened_is_ended_by_a_call_of_its_own_in_whatever_job() {
    let sandbox = kiwi::start(0).unwrap();
    let mut desk = desk(&sandbox, SETTINGS);
    desk.set("GITHUB_ACTIONS", "true")
        .set("GITHUB_REPOSITORY", "acme/shop")
        .set("GITHUB_WORKFLOW", "test")
        .set("GITHUB_RUN_ID", "7")
        .set("GITHUB_JOB", "complete");
    let close = ["submit", "--json", "--close"];
    let none = desk.run(&close);
    code(&none, 5);
    assert!(says(&none, "no open run"), "{none:?}");
    desk.set("GITHUB_JOB", "test");
    desk.write("s.xml", REPORT.replace("shop.Cart", "shop.Till"));
    for report in ["r.xml", "s.xml"] {
        code(&desk.run(&["submit", report, "--open"]), 0);
    }
    let is_over = || {
        let runs = rows(&sandbox, "TestRun");
        assert_eq!(runs.len(), 1, "{runs:?}");
        !runs[0]["stop_date"].is_null()
    };
    assert!(!is_over());
    desk.set("GITHUB_JOB", "complete");
    let dry = desk.run(&["submit", "--close", "--dry-run"]);
    assert!(says(&dry, "end the open run"), "{dry:?}");
    assert!(!is_over());
    for state in ["done", "known"] {
        desk.forget_journal();
        let answer = desk.run(&close);
        code(&answer, 0);
        assert_eq!(
            answer.json()["submissions"][0]["state"],
            state,
            "{answer:?}"
        );
        assert!(is_over());
    }
    assert_eq!(rows(&sandbox, "TestExecution").len(), 6);
}

#[test]
fn of_several_open_runs_of_a_build_none_is_ended_and_all_are_named() {
    let sandbox = kiwi::start(0).unwrap();
    let mut desk = desk(&sandbox, SETTINGS);
    desk.set("GITHUB_ACTIONS", "true").set("GITHUB_RUN_ID", "7");
    for job in ["unit", "web"] {
        desk.set("GITHUB_JOB", job);
        code(&submit(&desk, &["--open"]), 0);
    }
    desk.set("GITHUB_JOB", "complete");
    let answer = desk.run(&["submit", "--close"]);
    code(&answer, 5);
    assert!(
        says(&answer, "several open runs: run 1 (`--key handin-"),
        "{answer:?}"
    );
    let runs = rows(&sandbox, "TestRun");
    assert!(runs.iter().all(|it| it["stop_date"].is_null()), "{runs:?}");
}

#[test]
fn a_dry_run_lists_what_would_be_created() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, "product = \"Shop\"\ncreate = true\n");
    let flags = ["--plan", "Nightly", "--build", "b 7", "--dry-run"];
    let answer = submit(&desk, &flags);
    code(&answer, 0);
    for what in ["create the test plan `Nightly`", "create the build `b 7`"] {
        assert!(answer.stdout.contains(what), "{what}: {answer:?}");
    }
    assert!(!answer.stdout.contains("create the version"), "{answer:?}");
    assert!(rows(&sandbox, "TestPlan").is_empty());
    code(&submit(&desk, &flags[..4]), 0);
    let answer = submit(
        &desk,
        &[&flags[..], &["--again", "--run-name", "Once more"]].concat(),
    );
    code(&answer, 0);
    for what in ["create the test plan", "create the build"] {
        assert!(!answer.stdout.contains(what), "{what}: {answer:?}");
    }
}

#[test]
fn the_flags_reach_it() {
    let sandbox = kiwi::start(0).unwrap();
    let desk = desk(&sandbox, "create = true\n");
    let flags = [
        "--service",
        "kiwi",
        "--project",
        "Shop",
        "--plan",
        "Nightly",
        "--build",
        "b 7",
        "--run-name",
        "By flag",
    ];
    code(&submit(&desk, &flags), 0);
    assert_eq!(rows(&sandbox, "TestPlan")[0]["name"], "Nightly");
    assert_eq!(rows(&sandbox, "TestRun")[0]["summary"], "By flag");
    let builds = rows(&sandbox, "Build");
    assert!(builds.iter().any(|it| it["name"] == "b 7"), "{builds:?}");
}
