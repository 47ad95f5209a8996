use serde_json::json;

use super::super::World;
use super::{Site, says};
use crate::probe::Probe;

#[test]
fn names_are_not_unique_and_every_kind_is_created_with_its_own_status() {
    let site = Site::shop(|it| it);
    for _ in 0..2 {
        let body = json!({ "name": "Same", "properties": [] });
        assert_eq!(site.post("modules", &body).status, 201);
        assert_eq!(
            site.post("test-cycles?parentId=0&parentType=root", &body)
                .status,
            201
        );
        assert_eq!(
            site.post("test-suites?parentId=0&parentType=root", &body)
                .status,
            200
        );
        assert_eq!(site.post("test-cases", &body).status, 200);
    }
    let count = |kind: &str| {
        site.qtest
            .held(kind)
            .iter()
            .filter(|it| it["name"] == "Same")
            .count()
    };
    let counts = ["modules", "test_cycles", "test_suites", "test_cases"].map(count);
    assert_eq!(counts, [2, 2, 2, 2]);
    let long = json!({ "name": "x".repeat(501) });
    says(&site.post("modules", &long), 400, "500");
    says(
        &site.post("modules", &json!({ "name": " " })),
        400,
        "required",
    );
    let plain = Probe::new(&site.qtest.url())
        .with("Authorization", &format!("bearer {}", super::DEFAULT_TOKEN));
    assert_eq!(
        plain
            .post(&site.path("modules"), &json!({ "name": "x" }))
            .status,
        415
    );
}

#[test]
fn a_case_without_a_module_lands_where_the_service_puts_it() {
    let site = Site::shop(|it| it);
    site.post("test-cases", &json!({ "name": "Lost", "properties": [] }));
    assert_eq!(site.qtest.held("test_cases")[0]["path"], "Created via API");
}

#[test]
fn a_change_makes_a_draft_and_an_approval_the_next_whole_version() {
    let site = Site::shop(|it| it);
    let case = site.create("test-cases", "Case");
    let version = |reply: super::Reply| reply.json()["version"].clone();
    assert_eq!(version(site.get(&format!("test-cases/{case}"))), "0.1");
    assert_eq!(
        version(site.put(&format!("test-cases/{case}/approve"), &json!({}))),
        "1.0"
    );
    assert_eq!(
        version(site.put(&format!("test-cases/{case}"), &json!({ "name": "Renamed" }))),
        "1.1"
    );
    assert_eq!(
        version(site.put(
            &format!("test-cases/{case}"),
            &json!({ "description": "d" })
        )),
        "1.2"
    );
    let versions = |rest: &str| -> Vec<_> {
        let all = site.get(rest).json();
        all.as_array()
            .into_iter()
            .flatten()
            .map(|it| it["version"].clone())
            .collect()
    };
    assert_eq!(
        versions(&format!("test-cases/{case}/versions")),
        ["1.0", "1.2"]
    );
    assert_eq!(
        version(site.put(&format!("test-cases/{case}/approve"), &json!({}))),
        "2.0"
    );
    assert_eq!(
        version(site.put(&format!("test-cases/{case}/approve"), &json!({}))),
        "2.0"
    );
}

#[test]
fn with_a_parent_in_the_query_things_move_and_the_body_is_ignored() {
    let site = Site::shop(|it| it.module("A").module("B").release("R"));
    let modules = site.get("modules").json();
    let (a, b) = (modules[0]["id"].clone(), modules[1]["id"].clone());
    site.put(
        &format!("modules/{a}?parentId={b}"),
        &json!({ "name": "Ignored" }),
    );
    assert_eq!(site.qtest.held("modules")[0]["path"], "B › A");
    says(
        &site.put(&format!("modules/{b}?parentId={a}"), &json!({})),
        400,
        "into itself",
    );
    let chrome = site.suite();
    site.put(
        &format!("test-suites/{chrome}?parentId=0&parentType=root"),
        &json!({ "name": "Ignored" }),
    );
    assert_eq!(site.qtest.held("test_suites")[0]["path"], "Chrome");
    let cycle = site.qtest.held("test_cycles")[0]["id"].clone();
    let release = site.get("releases").json()[0]["id"].clone();
    let moved = site.put(
        &format!("test-cycles/{cycle}?parentId={release}&parentType=release"),
        &json!({ "name": "Renamed" }),
    );
    assert_eq!(moved.status, 200, "{moved:?}");
    assert_eq!(site.qtest.held("test_cycles")[0]["path"], "R › Renamed");
    let inside = format!("test-cycles/{cycle}?parentId={cycle}&parentType=test-cycle");
    assert_eq!(site.put(&inside, &json!({})).status, 400);
}

#[test]
fn what_is_deleted_is_gone_with_all_below_it() {
    let site = Site::shop(|it| it.module("M").case("M", "Case"));
    let chrome = site.suite();
    let case = site.get("test-cases").json()[0]["id"].clone();
    let run = site.post(
        &format!("test-runs?parentId={chrome}&parentType=test-suite"),
        &json!({ "name": "Run", "test_case": { "id": case } }),
    );
    assert_eq!(run.status, 201);
    let cycle = site.qtest.held("test_cycles")[0]["id"].clone();
    says(
        &site.delete(&format!("test-cycles/{cycle}")),
        400,
        "not empty",
    );
    assert_eq!(
        site.delete(&format!("test-cycles/{cycle}?force=true"))
            .status,
        200
    );
    says(
        &site.get(&format!("test-cycles/{cycle}")),
        404,
        "Test Cycle does not exist",
    );
    says(
        &site.get(&format!("test-suites/{chrome}")),
        404,
        "Test Suite does not exist",
    );
    says(
        &site.get(&format!("test-runs/{}", run.json()["id"])),
        404,
        "Test Run does not exist",
    );
    let module = site.get("modules").json()[0]["id"].clone();
    assert_eq!(site.delete(&format!("modules/{module}")).status, 400);
    site.delete(&format!("modules/{module}?force=true"));
    says(
        &site.get(&format!("modules/{module}")),
        404,
        "Module does not exist",
    );
    says(
        &site.get(&format!("test-cases/{case}")),
        404,
        "Test Case does not exist",
    );
}

#[test]
fn a_run_tells_its_case_by_a_link_and_newer_versions_by_its_id() {
    for (world, id) in [
        (World::new(), true),
        (World::new().linked_cases_only(), false),
    ] {
        let site = Site::start(world.project("Shop", |it| it.case("M", "Case")));
        let case = site.get("test-cases").json()[0].clone();
        let run = site.post(
            "test-runs",
            &json!({ "name": "Run", "test_case": { "id": case["id"] } }),
        );
        let run = run.json();
        assert_eq!(run["testCaseId"].is_u64(), id);
        let link = run["links"][0]["href"].as_str().unwrap_or_default();
        assert!(
            link.ends_with(&format!(
                "/test-cases/{}?versionId={}",
                case["id"], case["test_case_version_id"]
            )),
            "{link}"
        );
        let expanded = site
            .get(&format!("test-runs/{}?expand=testcase", run["id"]))
            .json();
        assert_eq!(expanded["test_case"]["name"], "Case");
    }
}

#[test]
fn links_to_requirements_pass_over_what_is_not_there() {
    let site = Site::shop(|it| it.case("M", "Case").requirement("Pay"));
    let case = site.get("test-cases").json()[0]["id"].clone();
    let requirement = site.search("requirements", "Name = 'Pay'").json()["items"][0]["id"].clone();
    let linked = site.post(
        &format!("requirements/{requirement}/link?type=test-cases"),
        &json!([case, 1]),
    );
    assert_eq!(
        linked.json()[0]["objects"].as_array().map(Vec::len),
        Some(1),
        "{linked:?}"
    );
}
