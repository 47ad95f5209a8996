use serde_json::{Value, json};

use super::super::{Flavour, World};
use super::{VERSION, client, results, run_body, runs, says, start};
use crate::fault::{Effect, Fault};

#[test]
fn a_planned_run_goes_from_pending_results_to_points_with_outcomes() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    let run = client.post(&runs(), &run_body(&json!([2, 3]))).json();
    assert_eq!(
        (&run["id"], &run["totalTests"], &run["incompleteTests"]),
        (&json!(1), &json!(2), &json!(2))
    );
    let rows = client.get(&results(1)).json();
    assert_eq!(rows["count"], 2);
    assert_eq!(rows["value"][0]["id"], 100_000);
    assert_eq!(rows["value"][1]["testPoint"]["id"], "3");
    assert_eq!(rows["value"][1]["state"], "Pending");
    let update = json!([
        { "id": 100_000, "outcome": "Passed", "state": "Completed", "durationInMs": 5.5 },
        { "id": 100_001, "outcome": "3", "State": "5", "errorMessage": "x".repeat(5000) },
    ]);
    assert_eq!(client.patch(&results(1), &update).status, 200);
    let done = client
        .patch(
            &format!("/Proj/_apis/test/runs/1?{VERSION}"),
            &json!({ "state": "Completed" }),
        )
        .json();
    assert_eq!(
        (
            &done["state"],
            &done["passedTests"],
            &done["incompleteTests"]
        ),
        (&json!("Completed"), &json!(1), &json!(0))
    );
    let counts = client
        .get(&format!("/Proj/_apis/test/runs/1/Statistics?{VERSION}"))
        .json();
    assert_eq!(counts["runStatistics"][0]["count"], 1);
    let outcomes: Vec<_> = azure.outcomes().into_iter().collect();
    assert_eq!(
        outcomes,
        [(2, "Passed".to_owned()), (3, "Failed".to_owned())]
    );
    assert_eq!(
        azure.state()["runs"][0]["results"][1]["errorMessage"]
            .as_str()
            .map(str::len),
        Some(4000)
    );
    let again = client.patch(
        &results(1),
        &json!([{ "id": 100_000, "outcome": "Failed" }]),
    );
    says(&again, 400, "takes no results");
}

#[test]
fn a_deleted_run_gives_its_points_back_to_the_run_before() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    for outcome in ["Passed", "Failed"] {
        let run = client.post(&runs(), &run_body(&json!([2]))).json()["id"]
            .as_i64()
            .expect("a run has an id");
        client.patch(
            &results(run),
            &json!([{ "id": 100_000, "outcome": outcome, "state": "Completed" }]),
        );
    }
    assert_eq!(azure.points()[&2].outcomes, ["Passed", "Failed"]);
    assert_eq!(azure.outcomes()[&2], "Failed");
    assert_eq!(
        client
            .send("DELETE", &format!("/Proj/_apis/test/runs/2?{VERSION}"), "")
            .status,
        204
    );
    assert_eq!(azure.outcomes()[&2], "Passed");
}

#[test]
fn a_batch_is_refused_whole() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    client.post(&runs(), &run_body(&json!([2, 3])));
    let skipped = json!([{ "id": 100_000, "outcome": "Passed", "state": "Completed" }, { "id": 100_001, "outcome": "Skipped" }]);
    says(
        &client.patch(&results(1), &skipped),
        400,
        "Parameter name: TestOutcome",
    );
    let unknown =
        json!([{ "id": 100_000, "outcome": "Passed", "state": "Completed" }, { "id": 5 }]);
    says(&client.patch(&results(1), &unknown), 404, "Test result 5");
    let many: Vec<Value> = (0..1001).map(|_| json!({ "id": 100_000 })).collect();
    says(
        &client.patch(&results(1), &json!(many)),
        400,
        "Maximum 1000",
    );
    let backwards = json!([{ "id": 100_000, "startedDate": "2026-01-02T00:00:00Z", "completedDate": "2026-01-01T00:00:00Z" }]);
    says(&client.patch(&results(1), &backwards), 400, "CompletedDate");
    assert_eq!(azure.points()[&2].pending, 1);
}

#[test]
fn a_run_is_refused_for_foreign_builds_and_points_and_nothing_is_made() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    says(
        &client.post(&runs(), &run_body(&json!([2, 99]))),
        404,
        "Test point 99 not found",
    );
    let mut foreign = run_body(&json!([2]));
    foreign["build"] = json!({ "id": "4712" });
    says(
        &client.post(&runs(), &foreign),
        404,
        "Build 4712 cannot be found",
    );
    let mut text = run_body(&json!([2]));
    text["build"] = json!({ "id": "local" });
    assert_eq!(client.post(&runs(), &text).status, 400);
    let mut ended = run_body(&json!([2]));
    ended["state"] = json!("Completed");
    assert_eq!(client.post(&runs(), &ended).status, 400);
    let mut tagged = run_body(&json!([2]));
    tagged["tags"] = json!([{ "name": "not legal" }]);
    assert_eq!(client.post(&runs(), &tagged).status, 400);
    assert_eq!(azure.run_count(), 0);
}

#[test]
fn results_added_to_a_planned_run_name_point_revision_and_title() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    client.post(&runs(), &run_body(&Value::Null));
    let bare = json!([{ "testCaseTitle": "First case", "outcome": "Passed" }]);
    says(
        &client.post(&results(1), &bare),
        404,
        "Test point 0 not found",
    );
    let untitled = json!([{ "testPoint": { "id": "2" }, "outcome": "Passed" }]);
    says(
        &client.post(&results(1), &untitled),
        400,
        "testCaseRevision",
    );
    let old = "/Proj/_apis/test/Runs/1/results?api-version=5.0-preview.5";
    assert_eq!(client.post(old, &untitled).status, 200);
    let whole = json!([{ "testPoint": { "id": "2" }, "testCaseTitle": "First case", "testCaseRevision": 1, "outcome": "Failed", "state": "Completed" }]);
    assert_eq!(
        client.post(&results(1), &whole).json()["value"][0]["id"],
        100_001
    );
    assert_eq!(azure.outcomes()[&2], "Failed");
}

#[test]
fn a_case_is_associated_with_its_test_and_validation_changes_nothing() {
    let azure = start(World::demo());
    let client = client(&azure).with("Content-Type", "application/json-patch+json");
    let set = |field: &str, value: &str| json!({ "op": "add", "path": format!("/fields/Microsoft.VSTS.TCM.{field}"), "value": value });
    let alone = json!([set("AutomationStatus", "Automated")]);
    says(
        &client.patch(&format!("/_apis/wit/workitems/1001?{VERSION}"), &alone),
        400,
        "not in the list",
    );
    let both = json!([
        set("AutomatedTestName", "a.b"),
        set("AutomationStatus", "Automated")
    ]);
    let dry = client.patch(
        &format!("/_apis/wit/workitems/1001?validateOnly=true&{VERSION}"),
        &both,
    );
    assert_eq!(
        dry.json()["fields"]["Microsoft.VSTS.TCM.AutomatedTestName"],
        "a.b"
    );
    assert_eq!(azure.requests()[1].effect, Effect::Read);
    assert!(!azure.state().to_string().contains("a.b"));
    assert_eq!(
        client
            .patch(&format!("/_apis/wit/workitems/1001?{VERSION}"), &both)
            .json()["rev"],
        2
    );
    let plain = client.with("Content-Type", "application/json");
    assert_eq!(
        plain
            .patch(&format!("/_apis/wit/workitems/1001?{VERSION}"), &both)
            .status,
        415
    );
}

#[test]
fn files_hang_at_runs_and_results_and_come_back_whole() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    client.post(&runs(), &run_body(&json!([2])));
    let file = |name: &str| json!({ "stream": "aGVsbG8=", "fileName": name, "attachmentType": "GeneralAttachment" });
    let at_run = format!("/Proj/_apis/test/Runs/1/attachments?{VERSION}");
    let at_result = format!("/Proj/_apis/test/Runs/1/Results/100000/attachments?{VERSION}");
    assert_eq!(client.post(&at_run, &file("a.xml")).json()["id"], 1);
    assert_eq!(client.post(&at_result, &file("b.png")).json()["id"], 2);
    assert_eq!(client.post(&at_result, &file("c:d.png")).status, 400);
    assert_eq!(
        client
            .post(&at_result, &json!({ "stream": "%", "fileName": "x" }))
            .status,
        400
    );
    assert_eq!(client.get(&at_result).json()["value"][0]["size"], 5);
    assert_eq!(
        client
            .get(&format!(
                "/Proj/_apis/test/Runs/1/Results/100000/attachments/2?{VERSION}"
            ))
            .body,
        "hello"
    );
}

#[test]
fn sub_results_are_kept_and_told_when_asked_for() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    client.post(&runs(), &run_body(&json!([2])));
    let sub = json!([{ "sequenceId": 1, "displayName": "Attempt# 0 - t", "outcome": "failed" }, { "sequenceId": 2, "outcome": "Passed" }]);
    let update = json!([{ "id": 100_000, "outcome": "Passed", "state": "Completed", "resultGroupType": "rerun", "subResults": sub }]);
    assert_eq!(client.patch(&results(1), &update).status, 200);
    let row = |details: &str| {
        client
            .get(&format!("{}&detailsToInclude={details}", results(1)))
            .json()["value"][0]
            .clone()
    };
    assert_eq!(row("none")["subResults"], Value::Null);
    assert_eq!(row("subResults")["subResults"][0]["outcome"], "Failed");
    assert_eq!(row("subResults")["subResults"][1]["id"], 2);
}

#[test]
fn older_servers_refuse_manual_cases_in_automated_runs() {
    let mut world = World::plan_four();
    world.settings.flavour(Flavour::Server2020);
    let azure = start(world);
    let client = client(&azure);
    let path = "/Proj/_apis/test/runs?api-version=6.0";
    says(
        &client.post(path, &run_body(&json!([2]))),
        400,
        "Mismatch in automation status",
    );
    let mut manual = run_body(&json!([2]));
    manual["automated"] = json!(false);
    assert_eq!(client.post(path, &manual).status, 200);
}

#[test]
fn an_oversized_request_is_refused() {
    let mut world = World::plan_four();
    world.settings.body_limit = 300;
    let azure = start(world);
    let client = client(&azure);
    client.post(&runs(), &run_body(&json!([2])));
    let long = json!([{ "id": 100_000, "stackTrace": "x".repeat(300) }]);
    assert_eq!(client.patch(&results(1), &long).status, 413);
}

#[test]
fn a_lost_answer_leaves_the_run_and_reset_takes_it_away() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    azure.faults().at_write(1, Fault::CLOSE_AFTER_COMMIT);
    let lost = std::panic::catch_unwind(|| client.post(&runs(), &run_body(&json!([2]))));
    assert!(lost.is_err(), "no answer comes");
    assert_eq!(azure.run_count(), 1);
    assert!(azure.requests()[0].committed);
    azure.reset();
    assert_eq!(azure.run_count(), 0);
}

#[test]
fn the_version_in_the_accept_header_counts_as_the_one_in_the_query() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    let body = json!({ "name": "n", "plan": { "id": "4" } });
    client.post(&runs(), &body);
    let row = json!([{ "testPoint": { "id": "2" }, "outcome": "Passed", "state": "Completed" }]);
    says(&client.post(&results(1), &row), 400, "testCaseRevision");
    let early = client.with("Accept", "application/json;api-version=5.0-preview.5");
    assert_eq!(
        early.post("/Proj/_apis/test/Runs/1/results", &row).status,
        200
    );
    assert_eq!(azure.outcomes()[&2], "Passed");
}

#[test]
fn sub_results_in_a_patch_come_beside_those_that_are_there_unless_the_service_is_set_otherwise() {
    for appends in [true, false] {
        let mut world = World::plan_four();
        world.settings.appends_sub_results = appends;
        let azure = start(world);
        let client = client(&azure);
        client.post(&runs(), &run_body(&json!([2])));
        let row = json!([{ "id": 100_000, "outcome": "Passed", "state": "Completed", "subResults": [
            { "sequenceId": 1, "displayName": "a", "outcome": "Failed" },
            { "sequenceId": 2, "displayName": "b", "outcome": "Passed" },
        ] }]);
        client.patch(&results(1), &row);
        client.patch(
            &results(1),
            &json!([{ "id": 100_000, "comment": "none along" }]),
        );
        client.patch(&results(1), &row);
        let subs = azure.state()["runs"][0]["results"][0]["subResults"].clone();
        let ids: Vec<i64> = subs
            .as_array()
            .expect("sub-results")
            .iter()
            .filter_map(|sub| sub["id"].as_i64())
            .collect();
        let wanted: &[i64] = if appends { &[1, 2, 3, 4] } else { &[1, 2] };
        assert_eq!(ids, wanted, "appends: {appends}");
    }
}

#[test]
fn a_service_may_make_no_results_by_itself_and_show_a_run_late() {
    let mut world = World::plan_four();
    world.settings.precreates = false;
    world.settings.listing_lag = std::time::Duration::from_hours(1);
    let azure = start(world);
    let client = client(&azure);
    let run = client.post(&runs(), &run_body(&json!([2, 3]))).json();
    assert_eq!(run["totalTests"], 0);
    assert_eq!(
        client.get(&format!("{}&planId=4", runs())).json()["count"],
        0
    );
    assert_eq!(
        client
            .get(&format!("/Proj/_apis/test/runs/1?{VERSION}"))
            .status,
        200
    );
}
