#![expect(
    clippy::similar_names,
    reason = "a suite of a site is what both are called"
)]

use serde_json::{Value, json};

use super::super::{Unmapped, World};
use super::{Site, log, log_with_steps, says};
use crate::Pace;
use crate::fault::Fault;

fn content(job: &Value) -> Value {
    let text = job["content"]
        .as_str()
        .expect("a job that is done has a content");
    serde_json::from_str(text).expect("the content of a success is JSON in a text")
}

#[test]
fn a_batch_makes_cases_and_runs_once_and_logs_every_time() {
    let site = Site::shop(|it| it.module("Automated"));
    let chrome = site.suite();
    for _ in 0..2 {
        let sent = site.send(chrome, &[log("a", "PASS"), log("b", "FAILED")]);
        assert_eq!(sent.status, 201);
        let job = site.job(&sent);
        assert_eq!(job["state"], "SUCCESS");
        assert_eq!(content(&job)["totalTestLogs"], 2);
    }
    let count = |kind: &str| site.qtest.held(kind).len();
    assert_eq!(
        (count("test_cases"), count("test_runs"), count("test_logs")),
        (2, 2, 4)
    );
    let logs = site.qtest.held("test_logs");
    assert_eq!(
        (&logs[1]["status"], &logs[1]["path"]),
        (&json!("Failed"), &json!("Nightly › Chrome"))
    );
    assert_eq!(site.qtest.held("test_cases")[0]["path"], "Automated");
}

#[test]
fn another_suite_gets_runs_of_its_own_for_the_same_cases() {
    let site = Site::shop(|it| it.module("Automated"));
    let (chrome, firefox) = (site.suite(), site.suite());
    site.send(chrome, &[log("a", "PASS")]);
    site.send(firefox, &[log("a", "FAIL")]);
    assert_eq!(
        (
            site.qtest.held("test_cases").len(),
            site.qtest.held("test_runs").len()
        ),
        (1, 2)
    );
}

#[test]
fn a_run_that_was_moved_is_not_used_again_but_a_suite_that_was_moved_is() {
    let site = Site::shop(|it| it.module("M"));
    let chrome = site.suite();
    site.send(chrome, &[log("a", "PASS")]);
    let moved = format!("test-suites/{chrome}?parentId=0&parentType=root");
    assert_eq!(site.put(&moved, &json!({})).status, 200);
    site.send(chrome, &[log("a", "PASS")]);
    assert_eq!(site.qtest.held("test_runs").len(), 1);
    let run = site.qtest.held("test_runs")[0]["id"].clone();
    let moved = format!("test-runs/{run}?parentId=0&parentType=root");
    assert_eq!(site.put(&moved, &json!({})).status, 200);
    site.send(chrome, &[log("a", "PASS")]);
    let places: Vec<_> = site
        .qtest
        .held("test_runs")
        .iter()
        .map(|it| it["path"].clone())
        .collect();
    assert_eq!(places, ["", "Chrome"]);
}

#[test]
fn a_case_that_was_deleted_is_made_again() {
    let site = Site::shop(|it| it.module("M"));
    let chrome = site.suite();
    site.send(chrome, &[log("a", "PASS")]);
    let case = site.qtest.held("test_cases")[0]["id"].clone();
    site.delete(&format!("test-cases/{case}"));
    site.send(chrome, &[log("a", "PASS")]);
    assert_ne!(site.qtest.held("test_cases")[0]["id"], case);
}

#[test]
fn the_queue_goes_through_its_states_while_requests_come() {
    let site = Site::start(
        World::new()
            .pace(Pace::Requests(2))
            .project("Shop", |it| it.module("M")),
    );
    let sent = site.send(site.suite(), &[log("a", "PASS")]);
    assert_eq!(sent.json()["state"], "IN_WAITING");
    assert_eq!(
        site.qtest.held("test_logs").len(),
        0,
        "accepted is not carried out"
    );
    assert_eq!(site.job(&sent)["state"], "IN_PROCESSING");
    assert_eq!(site.job(&sent)["state"], "SUCCESS");
    assert_eq!(site.qtest.held("test_logs").len(), 1);
    site.qtest.set_pace(Pace::Never);
    let stuck = site.send(site.suite(), &[log("a", "PASS")]);
    assert_eq!(site.job(&stuck)["state"], "PENDING");
    assert_eq!(
        site.client
            .get("/api/v3/projects/queue-processing/1")
            .status,
        404
    );
}

#[test]
fn a_status_that_is_not_mapped_fails_the_batch_or_drops_the_log() {
    for (unmapped, state, held) in [
        (Unmapped::FailsBatch, "FAILED", 0),
        (Unmapped::DropsLog, "SUCCESS", 1),
    ] {
        let world = World::new().pace(Pace::AtOnce).unmapped(unmapped);
        let site =
            Site::start(world.project("Shop", |it| it.module("M").mapping(&[("PASS", 601)])));
        let sent = site.send(site.suite(), &[log("a", "PASS"), log("b", "SKIP")]);
        let job = site.job(&sent);
        assert_eq!(
            (&job["state"], site.qtest.held("test_logs").len()),
            (&json!(state), held)
        );
        if held > 0 {
            assert_eq!(content(&job)["totalTestLogs"], 1);
        } else {
            assert!(
                site.qtest.held("test_cases").is_empty(),
                "what fails leaves nothing"
            );
        }
    }
}

#[test]
fn logs_get_lost_and_batches_fail_on_order() {
    let site = Site::shop(|it| it.module("M"));
    let chrome = site.suite();
    site.qtest.lose_logs(1);
    let job = site.job(&site.send(chrome, &[log("a", "PASS"), log("b", "PASS")]));
    assert_eq!(
        (&job["state"], &content(&job)["totalTestLogs"]),
        (&json!("SUCCESS"), &json!(1))
    );
    site.qtest.fail_next_batch("Something broke");
    let job = site.job(&site.send(chrome, &[log("a", "PASS")]));
    assert_eq!(
        (&job["state"], &job["content"]),
        (&json!("FAILED"), &json!("Something broke"))
    );
    assert_eq!(site.qtest.held("test_logs").len(), 1);
}

#[test]
fn a_value_that_a_field_does_not_allow_drops_that_log_and_an_unknown_field_is_ignored() {
    let site = Site::shop(|it| it.module("M").field("test-runs", "Lane", &["Fast", "Slow"]));
    let fields = site.get("settings/test-runs/fields").json();
    let lane = fields
        .as_array()
        .into_iter()
        .flatten()
        .find(|it| it["label"] == "Lane")
        .expect("the field is there");
    let with = |field: &Value, value: &str| {
        let mut log = log("a", "PASS");
        log["properties"] = json!([{ "field_id": field, "field_value": value }]);
        log
    };
    let logs = [
        with(&lane["id"], "9"),
        with(&lane["id"], "2"),
        with(&json!(1), "x"),
    ];
    let job = site.job(&site.send(site.suite(), &logs));
    assert_eq!(content(&job)["totalTestLogs"], 2);
}

#[test]
fn steps_run_from_zero_without_a_gap_or_are_sorted_by_their_text() {
    let site = Site::shop(|it| it.module("M"));
    let chrome = site.suite();
    for orders in [
        [Some(1), Some(2), Some(3)],
        [Some(0), Some(2), Some(3)],
        [Some(0), None, Some(1)],
    ] {
        let sent = site.send(chrome, &[log_with_steps("a", &orders)]);
        says(&sent, 400, "continuous series");
    }
    site.send(
        chrome,
        &[
            log_with_steps("given", &[Some(2), Some(0), Some(1)]),
            log_with_steps("none", &[None, None, None]),
        ],
    );
    let steps: Vec<_> = site
        .qtest
        .held("test_cases")
        .iter()
        .map(|it| it["steps"].clone())
        .collect();
    assert_eq!(
        steps[0],
        json!([["alpha", "e"], ["mid", "e"], ["zeta", "e"]])
    );
    assert_eq!(steps[0], steps[1]);
}

#[test]
fn steps_of_a_log_rewrite_those_of_the_case_unless_they_are_the_same() {
    for (keep, version) in [(false, "1.1"), (true, "1.0")] {
        let world = World::new().pace(Pace::AtOnce);
        let world = if keep { world.keep_steps() } else { world };
        let site = Site::start(world.project("Shop", |it| it.automated_case("M", "Case", "a")));
        let chrome = site.suite();
        for _ in 0..2 {
            site.send(chrome, &[log_with_steps("a", &[Some(0)])]);
        }
        assert_eq!(site.qtest.held("test_cases")[0]["version"], version);
    }
}

#[test]
fn dates_need_a_zone_and_at_most_milliseconds() {
    let site = Site::shop(|it| it.module("M"));
    let chrome = site.suite();
    for (date, status) in [
        ("2026-11-21T10:00:00Z", 201),
        ("2026-11-21T10:00:00.123+0700", 201),
        ("2026-11-21T10:00:00.123456Z", 400),
        ("2026-11-21T10:00:00", 400),
        ("2026-11-21 10:00:00", 400),
    ] {
        let mut log = log("a", "PASS");
        log["exe_start_date"] = json!(date);
        assert_eq!(site.send(chrome, &[log]).status, status, "{date}");
    }
}

#[test]
fn answers_give_times_in_the_zone_of_the_site_in_whole_seconds() {
    let site = Site::shop(|it| it.module("M"));
    site.send(site.suite(), &[log("a", "PASS")]);
    let run = site.qtest.held("test_runs")[0]["id"].clone();
    let last = site
        .get(&format!("test-runs/{run}/test-logs/last-run"))
        .json();
    assert_eq!(last["exe_start_date"], "2026-11-21T17:00:00+07:00");
    assert_eq!(
        site.get(&format!("test-runs/{run}/test-logs")).json()["total"],
        1
    );
}

#[test]
fn a_batch_can_be_too_large_and_a_project_without_automation_takes_none() {
    let site = Site::start(
        World::new()
            .batch_limit(1)
            .body_limit(2000)
            .project("Shop", |it| it.module("M")),
    );
    let chrome = site.suite();
    assert_eq!(
        site.send(chrome, &[log("a", "PASS"), log("b", "PASS")])
            .status,
        413
    );
    let mut large = log("a", "PASS");
    large["note"] = json!("x".repeat(3000));
    assert_eq!(site.send(chrome, &[large]).status, 413);
    let off = Site::start(World::new().project("Shop", |it| it.module("M").automation(false)));
    says(
        &off.send(off.suite(), &[log("a", "PASS")]),
        403,
        "Automation not turned on",
    );
    let other = format!(
        "/api/v3.1/projects/{}/test-runs/7/auto-test-logs?type=automation",
        site.project
    );
    assert_eq!(
        site.client
            .post(&other, &json!({ "test_logs": [log("a", "PASS")] }))
            .status,
        400
    );
}

#[test]
fn the_tree_call_makes_cycles_and_modules_by_name_and_uses_those_that_are_there() {
    let site = Site::shop(|it| it.cycle("Nightly"));
    let cycle = site.get("test-cycles").json()[0]["pid"].clone();
    let mut entry = log("a", "PASS");
    says(
        &site.post(
            "auto-test-logs?type=automation",
            &json!({ "test_cycle": cycle, "test_logs": [entry] }),
        ),
        400,
        "module_names",
    );
    entry["module_names"] = json!(["Web", "Cart"]);
    for _ in 0..2 {
        let sent = site.post(
            "auto-test-logs?type=automation",
            &json!({ "test_cycle": cycle, "test_logs": [entry] }),
        );
        assert_eq!(site.job(&sent)["state"], "SUCCESS");
    }
    assert_eq!(
        site.qtest.held("test_runs")[0]["path"],
        "Nightly › Web › Cart"
    );
    assert_eq!(site.qtest.held("test_cases")[0]["path"], "Web › Cart");
    assert_eq!(
        (
            site.qtest.held("test_cycles").len(),
            site.qtest.held("modules").len()
        ),
        (3, 2)
    );
}

#[test]
fn new_cases_land_in_a_module_automation_unless_that_is_skipped() {
    let site = Site::shop(|it| it.module("Mine"));
    let path = format!(
        "/api/v3.1/projects/{}/test-runs/0/auto-test-logs?type=automation",
        site.project
    );
    let body = json!({ "test_suite": site.suite().to_string(), "parent_module": site.module(), "test_logs": [log("a", "PASS")] });
    site.client.post(&path, &body);
    site.client
        .post(&path, &json!({ "test_logs": [log("b", "PASS")] }));
    let paths: Vec<_> = site
        .qtest
        .held("test_cases")
        .iter()
        .map(|it| it["path"].clone())
        .collect();
    assert_eq!(paths, ["Mine › Automation", "Automation"]);
    let unknown = json!({ "test_suite": "TS-99", "test_logs": [log("c", "PASS")] });
    says(
        &site.client.post(&path, &unknown),
        404,
        "Test Suite does not exist",
    );
}

#[test]
fn a_single_log_goes_to_its_run_and_can_be_corrected() {
    let site = Site::shop(|it| it.automated_case("M", "Case", "a"));
    let case = site.get("test-cases").json()[0]["id"].clone();
    let run = site
        .post(
            "test-runs",
            &json!({ "name": "Run", "test_case": { "id": case } }),
        )
        .json()["id"]
        .clone();
    let mut entry = log("a", "PASS");
    entry["attachments"] =
        json!([{ "name": "a.txt", "content_type": "text/plain", "data": "aGk=" }]);
    let made = site.post(&format!("test-runs/{run}/auto-test-logs"), &entry);
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["id"].clone();
    assert_eq!(site.qtest.held("test_logs")[0]["files"][0]["size"], 2);
    entry["status"] = json!("FAIL");
    assert_eq!(
        site.put(&format!("test-runs/{run}/auto-test-logs/{id}"), &entry)
            .status,
        200
    );
    assert_eq!(site.qtest.held("test_logs")[0]["status"], "Failed");
    entry["attachments"] = json!([{ "name": "a.txt", "content_type": "text/plain", "data": "%%" }]);
    assert_eq!(
        site.post(&format!("test-runs/{run}/auto-test-logs"), &entry)
            .status,
        400
    );
    assert_eq!(
        site.qtest.held("test_logs").len(),
        1,
        "a refused log leaves nothing"
    );
    site.post("test-runs/0/auto-test-logs", &log("new", "PASS"));
    assert_eq!(
        site.qtest.held("test_runs")[1]["path"],
        "Automation Test Suite"
    );
}

#[test]
fn a_log_by_hand_needs_an_approved_case_and_the_id_of_a_status() {
    let site = Site::shop(|it| {
        it.draft_case("M", "Draft")
            .case("M", "Ready")
            .automation(false)
    });
    let cases = site.get("test-cases").json();
    let entry = json!({ "status": { "id": 601 }, "exe_start_date": "2026-11-21T10:00:00Z", "exe_end_date": "2026-11-21T10:00:01Z" });
    let statuses = [0, 1].map(|index: usize| {
        let run = site.post(
            "test-runs",
            &json!({ "name": "Run", "test_case": { "id": cases[index]["id"] } }),
        );
        site.post(&format!("test-runs/{}/test-logs", run.json()["id"]), &entry)
            .status
    });
    assert_eq!(statuses, [400, 201]);
}

#[test]
fn files_hang_on_logs_and_can_be_too_large() {
    let site = Site::start(
        World::new()
            .pace(Pace::AtOnce)
            .file_limit(4)
            .project("Shop", |it| it.module("M")),
    );
    site.send(site.suite(), &[log("a", "PASS")]);
    let id = site.qtest.held("test_logs")[0]["id"].clone();
    let files = site
        .client
        .clone()
        .with("File-Name", "shot.png")
        .with("Content-Type", "image/png");
    let path = site.path(&format!("test-logs/{id}/blob-handles"));
    assert_eq!(files.send("POST", &path, "1234").status, 201);
    assert_eq!(files.send("POST", &path, "12345").status, 413);
    assert_eq!(
        site.client.send("POST", &path, "1234").status,
        400,
        "the name is missing"
    );
    let listed = site.get(&format!("test-logs/{id}/attachments")).json();
    assert_eq!(listed[0]["name"], "shot.png");
    assert_eq!(
        site.get(&format!("test-logs/{id}/attachments/{}", listed[0]["id"]))
            .body,
        "1234"
    );
    assert_eq!(
        files
            .send("POST", &site.path("test-logs/1/blob-handles"), "1")
            .status,
        404
    );
}

#[test]
fn a_connection_cut_after_the_commit_leaves_a_batch_in_the_queue() {
    let site = Site::shop(|it| it.module("M"));
    let chrome = site.suite();
    site.qtest.faults().at_write(1, Fault::Truncate);
    let cut = site.send(chrome, &[log("a", "PASS")]);
    assert!(serde_json::from_str::<Value>(&cut.body).is_err(), "{cut:?}");
    assert_eq!(site.qtest.held("test_logs").len(), 1);
}

#[test]
fn angle_brackets_in_a_fingerprint_are_changed_where_that_is_asked_for() {
    let site = Site::shop(|it| it.module("M"));
    let path = format!(
        "/api/v3.1/projects/{}/test-runs/0/auto-test-logs?type=automation&escapeXml=true",
        site.project
    );
    site.client.post(
        &path,
        &json!({ "test_suite": site.suite(), "test_logs": [log("a<b>", "PASS")] }),
    );
    assert_eq!(
        site.qtest.held("test_cases")[0]["automation_content"],
        "a&lt;b&gt;"
    );
}

#[test]
fn a_log_sets_its_cases_fields_without_a_new_version() {
    let site = Site::shop(|project| project.module("Automated"));
    let suite = site.suite();
    let fields = site.get("settings/test-cases/fields").json();
    let field = fields
        .as_array()
        .into_iter()
        .flatten()
        .find(|field| field["original_name"] == "DescriptionTestCase")
        .cloned()
        .unwrap_or_default();
    for text in ["<p>first</p>", "<p>second</p>"] {
        let mut sent = log("a", "PASS");
        sent["testcase_properties"] = json!([{ "field_id": field["id"], "field_value": text }]);
        site.send(suite, &[sent]);
        let case = site.qtest.held("test_cases").remove(0);
        assert_eq!(case["description"], text);
        assert_eq!(
            (&case["version"], &case["versions"]),
            (&json!("1.0"), &json!(1))
        );
    }
}

#[test]
fn cases_of_a_batch_can_come_unapproved() {
    let world = World::new()
        .pace(Pace::AtOnce)
        .drafts_from_batches()
        .project("Shop", |project| project.module("Automated"));
    let site = Site::start(world);
    let suite = site.suite();
    site.send(suite, &[log("a", "PASS")]);
    let case = site.qtest.held("test_cases").remove(0);
    assert_eq!(
        (&case["version"], &case["approved"]),
        (&json!("0.1"), &json!(false))
    );
}
