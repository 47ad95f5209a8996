//! Steps and rows of data on Azure, where testers look: the case's own steps, and iterations.

use handin_sandbox::fault::{Fault, Rule, When};
use serde_json::{Value, json};

use crate::azure::Scene;
use crate::azure_once::state;
use crate::submit::shop;

const STEPS: &str = "<steps id=\"0\" last=\"3\"><step id=\"2\" type=\"ActionStep\"><parameterizedString isformatted=\"true\">&lt;P&gt;Open the shop&lt;/P&gt;</parameterizedString></step><step id=\"3\" type=\"ActionStep\"><parameterizedString isformatted=\"true\">&lt;P&gt;Pay&lt;/P&gt;</parameterizedString></step></steps>";

/// A test with two steps, of which the second fails, on a case that has both.
fn scene() -> Scene {
    let mut world = shop();
    world.set_field(1001, "Microsoft.VSTS.TCM.Steps", STEPS);
    let scene = Scene::of(world, "[azure.cases]\npatterns = [\"^C([0-9]+) \"]\n");
    let steps = json!([
        {"name": "Open the shop", "status": "passed"},
        {"name": "Pay", "status": "failed"},
    ]);
    let report = json!({"results": {
        "tool": {"name": "acme"},
        "summary": {"tests": 2, "passed": 1, "failed": 1, "pending": 0, "skipped": 0, "other": 0, "start": 1_763_632_800_000_u64, "stop": 1_763_632_801_000_u64},
        "tests": [
            {"name": "C1001 pays", "status": "failed", "duration": 100, "message": "no money", "steps": steps},
            {"name": "C1002 leaves", "status": "passed", "duration": 100},
        ],
    }});
    scene.desk.write("r.json", report.to_string());
    scene
}

fn submit(scene: &Scene, more: &[&str]) -> Value {
    let answer = scene
        .desk
        .run(&[&["submit", "--json", "r.json"], more].concat());
    assert_eq!(state(&answer), "done");
    answer.json()["submissions"][0].clone()
}

fn result_of(scene: &Scene, case: i64) -> Value {
    let points = scene.sandbox.points();
    let point = points.iter().find(|(_, point)| point.case == case);
    let point = point.map(|(id, _)| *id);
    scene.sandbox.look(|azure| {
        let mut rows = azure.runs().values().flat_map(|run| run.results.values());
        let row = rows.find(|row| row.point == point);
        row.map(|row| Value::Object(row.fields.clone()))
            .unwrap_or_default()
    })
}

#[test]
fn the_outcomes_of_steps_stand_at_the_steps_of_the_case_and_are_read_back() {
    let scene = scene();
    let submission = submit(&scene, &[]);
    assert_eq!(submission["warnings"], json!([]));
    let result = result_of(&scene, 1001);
    let actions = &result["iterationDetails"][0]["actionResults"];
    for (index, path, outcome) in [(0, "00000002", "Passed"), (1, "00000003", "Failed")] {
        assert_eq!(actions[index]["actionPath"], path, "{result}");
        assert_eq!(actions[index]["outcome"], outcome, "{result}");
    }
    assert_eq!(result["subResults"].as_array().map(Vec::len), Some(2));
    assert_eq!(result_of(&scene, 1002)["iterationDetails"], Value::Null);
    let asked = scene.sandbox.requests();
    let looks = asked
        .iter()
        .filter(|it| it.query.contains("detailsToInclude=iterations"));
    assert_eq!(looks.count(), 1);
}

#[test]
fn where_the_service_takes_no_iterations_the_steps_stand_as_sub_results() {
    let refusing = scene();
    let rule = Rule::new(Fault::status(When::BeforeCommit, 400))
        .method("PATCH")
        .nth(2);
    refusing.sandbox.faults().add(rule);
    let forgetful = scene();
    forgetful
        .sandbox
        .change(|azure| azure.world().settings.keeps_iterations = false);
    for (scene, told) in [
        (refusing, "refuses iterations"),
        (forgetful, "keeps no iterations"),
    ] {
        let submission = submit(&scene, &[]);
        let warnings = submission["warnings"].to_string();
        assert!(warnings.contains(told), "{told}: {warnings}");
        let result = result_of(&scene, 1001);
        assert_eq!(result["subResults"].as_array().map(Vec::len), Some(2));
        assert_eq!(result["iterationDetails"], Value::Null, "{told}");
    }
}

#[test]
fn rows_of_data_are_iterations_and_the_row_that_failed_is_never_the_one_that_is_cut() {
    let scene = scene();
    let rows = 1200;
    for row in 0..rows {
        let status = if row == rows - 1 { "failed" } else { "passed" };
        let result = json!({
            "name": "C1001 pays", "fullName": "shop.pays", "historyId": format!("h{row}"), "uuid": format!("u{row}"),
            "status": status, "start": 1_763_632_800_000_u64 + row, "stop": 1_763_632_800_001_u64 + row,
            "parameters": [{"name": "amount", "value": row.to_string()}],
        });
        scene
            .desk
            .write(&format!("rows/u{row}-result.json"), result.to_string());
    }
    let answer = scene.desk.run(&["submit", "--json", "rows"]);
    assert_eq!(state(&answer), "done");
    let result = result_of(&scene, 1001);
    assert_eq!(result["outcome"], "Failed");
    for kind in ["iterationDetails", "subResults"] {
        let all = result[kind].as_array().cloned().unwrap_or_default();
        let failed = all.iter().filter(|it| it["outcome"] == "Failed").count();
        assert_eq!((all.len(), failed), (1000, 1), "{kind}");
    }
    let last = &result["iterationDetails"][999];
    assert_eq!(last["parameters"][0]["value"], (rows - 1).to_string());
}
