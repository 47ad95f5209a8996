#![expect(
    clippy::similar_names,
    reason = "a suite of a site is what both are called"
)]

use std::time::Duration;

use serde_json::json;

use super::super::{QtestSandbox, World};
use super::{Site, says};
use crate::fault::{Effect, Fault, RetryAfter};
use crate::probe::Probe;

#[test]
fn a_context_path_belongs_to_every_address() {
    let site = Site::start(World::new().context_path("/tc").project("Shop", |it| it));
    assert!(site.qtest.url().ends_with("/tc"));
    says(&site.client.get("/version"), 200, "test-conductor");
    let bare = Probe::new(site.qtest.url().trim_end_matches("/tc"));
    assert_eq!(bare.get("/version").status, 404);
}

#[test]
fn a_password_is_exchanged_for_a_token_and_a_token_can_expire() {
    let qtest = QtestSandbox::start(World::new().token_life(0).expired_token("old"))
        .expect("a port is free");
    let client = Probe::new(&qtest.url());
    let form = "grant_type=password&username=tester%40example.com&password=correct+horse";
    assert_eq!(client.send("POST", "/oauth/token", form).status, 401);
    // base64 of "acme:"
    let basic = client.clone().with("Authorization", "Basic YWNtZTo=");
    says(
        &basic.send(
            "POST",
            "/oauth/token",
            "grant_type=password&username=x&password=y",
        ),
        400,
        "invalid_grant",
    );
    let token = basic.send("POST", "/oauth/token", form).json();
    assert_eq!(token["token_type"], "bearer");
    for (token, status) in [
        (token["access_token"].as_str().unwrap_or_default(), 401),
        ("old", 401),
        (super::DEFAULT_TOKEN, 200),
    ] {
        let holder = client
            .clone()
            .with("Authorization", &format!("Bearer {token}"));
        assert_eq!(holder.get("/oauth/status").status, status, "{token}");
    }
    let refresh = format!(
        "grant_type=refresh_token&refresh_token={}",
        token["refresh_token"].as_str().unwrap_or_default()
    );
    assert_eq!(basic.send("POST", "/oauth/token", &refresh).status, 401);
    // base64 of "qtest-api:"
    let api = client.with("Authorization", "Basic cXRlc3QtYXBpOg==");
    assert_eq!(api.send("POST", "/oauth/token", &refresh).status, 200);
}

#[test]
fn a_grant_in_the_query_gives_a_token_as_the_vendors_jenkins_plugin_asks_for_it() {
    let qtest = QtestSandbox::start(World::new()).expect("a port is free");
    // base64 of "acme:"
    let basic = Probe::new(&qtest.url()).with("Authorization", "Basic YWNtZTo=");
    let form = "grant_type=password&username=tester%40example.com&password=correct+horse";
    let asked = basic.send("POST", &format!("/oauth/token?{form}"), "");
    assert_eq!(asked.json()["token_type"], "bearer");
}

#[test]
fn steps_come_with_a_case_that_is_asked_for_by_its_id() {
    let site = Site::shop(|project| {
        let project = project.module("Manual");
        project.case_with_steps("Manual", "Cancel", &[("Press", "It is cancelled")])
    });
    let cases = site.get("test-cases").json();
    let id = cases[0]["id"].as_u64().unwrap_or_default();
    assert_eq!(cases[0].get("test_steps"), None);
    let case = site.get(&format!("test-cases/{id}")).json();
    assert_eq!(case["test_steps"][0]["description"], "Press", "{case}");
}

#[test]
fn each_list_pages_in_its_own_way() {
    let site = Site::shop(|project| {
        (0..150).fold(project.module("Automated"), |project, number| {
            project
                .case("Automated", &format!("Case {number}"))
                .cycle("Same name")
                .suite("Same name", "Same suite")
        })
    });
    let count = |rest: &str| site.get(rest).json().as_array().map(Vec::len);
    assert_eq!(count("test-cases"), Some(20));
    assert_eq!(count("test-cases?size=100&page=2"), Some(50));
    assert_eq!(count("test-cycles?parentId=0&parentType=root"), Some(100));
    assert_eq!(count("test-cycles?page=2"), Some(50));
    assert_eq!(count("test-cycles?pageSize=-1"), Some(150));
    let first = site.get("test-cycles").json()[0]["id"].clone();
    let suites = format!("test-suites?parentId={first}&parentType=test-cycle");
    assert_eq!(count(&suites), Some(150));
    assert_eq!(site.get("test-cases?size=1000").status, 400);
    let found = site.search("test-cases", "'Name' ~ 'case'").json();
    assert_eq!(
        (&found["total"], &found["page_size"]),
        (&json!(150), &json!(100))
    );
    let runs = site.get("test-runs?parentId=0&parentType=root").json();
    assert_eq!((&runs["total"], &runs["items"]), (&json!(0), &json!([])));
}

#[test]
fn projects_tell_their_number_in_a_header_and_whether_automation_is_on() {
    let world = World::new()
        .project("Shop", |it| it)
        .project("Legacy", |it| it.automation(false));
    let site = Site::start(world);
    let page = site.client.get("/api/v3/projects?page=1&pageSize=1");
    assert_eq!(page.header("X-Item-Total"), Some("2"));
    assert!(
        page.header("Link")
            .is_some_and(|link| link.contains("rel=\"next\""))
    );
    let all = site.client.get("/api/v3/projects?assigned=true").json();
    assert_eq!(all[1]["automation"], false);
}

#[test]
fn the_search_understands_its_language_and_nothing_else() {
    let site = Site::shop(|project| {
        project
            .automated_case("Automated", "One", "shop.One#a")
            .automated_case("Automated", "Two", "shop.Two#b")
            .case("Automated", "One more")
    });
    let total = |query: &str| site.search("test-cases", query).json()["total"].clone();
    assert_eq!(total("'Automation Content' = 'shop.One#a'"), 1);
    assert_eq!(
        total("'Automation Content' = 'shop.One#a' or 'Automation Content' = 'shop.Two#b'"),
        2
    );
    assert_eq!(total("Name ~ 'one' and 'Automation' = 'Yes'"), 1);
    assert_eq!(
        total("( Name ~ 'one' or Name = 'Two' ) and Id != 'TC-1'"),
        2
    );
    assert_eq!(total("'Automation Content' is 'empty'"), 1);
    assert_eq!(total("Id in ('TC-1', 'TC-3')"), 2);
    assert_eq!(total(""), 3);
    let wrong = [
        "'Automation Content' ='x'",
        "'Automation Content' = 'it's'",
        "Name = 'a'and Name = 'b'",
        "'No such field' = 'x'",
        "Name",
        "Name ~ 'a' Name ~ 'b'",
        "( Name ~ 'a'",
    ];
    for query in wrong {
        says(
            &site.search("test-cases", query),
            400,
            "The query is not valid",
        );
    }
    let item = &site.search("test-cases", "Id = 'TC-1'").json()["items"][0];
    assert_eq!(
        item.as_object().map(serde_json::Map::len),
        Some(2),
        "only what was asked for"
    );
    assert_eq!(site.search("modules", "").status, 400);
}

#[test]
fn a_slow_index_finds_what_is_new_only_later_and_an_old_one_knows_fewer_kinds() {
    let site = Site::start(
        World::new()
            .search_lag(2)
            .narrow_search()
            .project("Shop", |it| it.module("M")),
    );
    site.post("test-cases", &json!({ "name": "New", "properties": [] }));
    let total = || site.search("test-cases", "Name = 'New'").json()["total"].clone();
    assert_eq!((total(), total(), total()), (json!(0), json!(0), json!(1)));
    assert_eq!(site.search("test-cycles", "").status, 400);
}

#[test]
fn searches_and_tokens_are_reads_and_everything_else_that_posts_is_a_write() {
    let site = Site::shop(|it| it.module("M"));
    site.search("test-cases", "");
    site.post("modules", &json!({ "name": "N" }));
    let requests = site.qtest.requests();
    let effects: Vec<_> = requests.iter().map(|request| request.effect).collect();
    assert_eq!(effects, [Effect::Read, Effect::Read, Effect::Write]);
    assert!(requests[2].committed);
}

#[test]
fn limits_are_told_in_the_vendors_headers() {
    let site = Site::start(
        World::new()
            .quota(2, Duration::from_mins(10))
            .project("Shop", |it| it),
    );
    let second = site.client.get("/version");
    assert_eq!(second.header("x-ratelimit-remaining-minute"), Some("0"));
    let third = site.client.get("/version");
    assert_eq!(
        (
            third.status,
            third.header("x-ratelimit-remaining-month").is_some()
        ),
        (429, true)
    );
    let site = Site::shop(|it| it);
    site.qtest
        .faults()
        .at_write(1, Fault::too_many_requests(RetryAfter::Silent));
    let refused = site.post("modules", &json!({ "name": "N" }));
    assert_eq!(
        (
            refused.status,
            refused.header("x-ratelimit-remaining-minute")
        ),
        (429, Some("0"))
    );
    assert!(site.qtest.held("modules").is_empty());
}

#[test]
fn fields_and_rights_can_be_withheld() {
    let site = Site::start(
        World::new()
            .fields_forbidden()
            .forbidden("test-cycles")
            .project("Shop", |it| {
                it.required_field("test-cases", "Component", &["Web", "App"])
            }),
    );
    assert_eq!(site.get("settings/test-cases/fields").status, 403);
    let profile = site.get("user-profiles/current").json();
    assert_eq!(
        (
            &profile["test_cycle"]["create"],
            &profile["test_suite"]["create"]
        ),
        (&json!(false), &json!(true))
    );
    says(
        &site.post("test-cycles", &json!({ "name": "N" })),
        403,
        "No permission",
    );
    says(
        &site.post("test-cases", &json!({ "name": "N" })),
        400,
        "Component",
    );
    let none = Site::start(World::new().without_api());
    assert_eq!(none.client.get("/version").status, 402);
}

#[test]
fn a_reset_leaves_what_was_seeded() {
    let site = Site::shop(|it| it.module("Seeded"));
    site.post("modules", &json!({ "name": "New" }));
    site.qtest.reset();
    let names: Vec<_> = site
        .qtest
        .held("modules")
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names, ["Seeded"]);
    assert!(
        Probe::new(site.qtest.page_url().trim_end_matches('/'))
            .get("/")
            .body
            .contains("qTest Manager")
    );
}

#[test]
fn runs_are_found_by_the_containers_above_them() {
    let site = Site::shop(|project| project.release("R1").module("Automated"));
    let release = site.get("releases").json()[0]["id"].clone();
    let cycle = site.create(
        &format!("test-cycles?parentId={release}&parentType=release"),
        "Nightly",
    );
    let suite = site.create(
        &format!("test-suites?parentId={cycle}&parentType=test-cycle"),
        "Chrome",
    );
    site.send(suite, &[super::log("a", "PASS"), super::log("b", "PASS")]);
    let total = |query: String| site.search("test-runs", &query).json()["total"].clone();
    for (field, id) in [
        ("Test Suite Id", suite.to_string()),
        ("Test Cycle Id", cycle.to_string()),
        ("Release Id", release.to_string()),
        ("Release", "R1".to_owned()),
    ] {
        assert_eq!(total(format!("'{field}' = '{id}'")), 2, "{field}");
        assert_eq!(total(format!("'{field}' = '99'")), 0, "{field}");
    }
}

#[test]
fn the_search_lags_by_requests_or_by_time_and_heeds_its_dates() {
    let site = Site::shop(|project| project.module("Automated"));
    let suite = site.suite();
    site.qtest.set_search_lag(crate::Pace::Never);
    site.send(suite, &[super::log("a", "PASS")]);
    let total = |after: &str| {
        let query = format!("'Execution Start Date' > '{after}'");
        site.search("test-logs", &query).json()["total"].clone()
    };
    assert_eq!(total("2026-11-21T00:00:00.000Z"), 0);
    let runs = format!("test-runs?parentId={suite}&parentType=test-suite");
    let listed = site.get(&runs).json();
    assert_eq!(listed["items"][0]["latest_test_log"]["status"], "Passed");
    site.qtest.set_search_lag(crate::Pace::Time(Duration::ZERO));
    assert_eq!(total("2026-11-21T00:00:00.000Z"), 1);
    assert_eq!(total("2026-11-22T00:00:00.000Z"), 0);
}

#[test]
fn lists_can_lag_too() {
    let site = Site::shop(|project| project.module("Automated"));
    site.qtest.set_list_lag(crate::Pace::Never);
    let made = site.create("modules", "New");
    assert_eq!(site.get(&format!("modules/{made}")).status, 200);
    assert_eq!(site.get("modules").json().as_array().map(Vec::len), Some(1));
}

#[test]
fn behaviour_is_set_from_outside_all_or_nothing() {
    let site = Site::shop(|project| project.module("Automated"));
    let set = |wishes: &serde_json::Value| site.client.post("/__behaviour", wishes);
    says(
        &set(&json!({ "note_limit": 4, "lag": 1 })),
        400,
        "there is no `lag`",
    );
    let suite = site.suite();
    let mut whole = super::log("a", "FAIL");
    whole["note"] = json!("a long note");
    site.send(suite, std::slice::from_ref(&whole));
    assert_eq!(
        set(&json!({ "note_limit": 4, "mapping": { "FAIL": 601 }, "search_lag": "1.5s" })).status,
        204
    );
    whole["automation_content"] = json!("b");
    site.send(suite, &[whole]);
    let held = site.qtest.held("test_logs");
    assert_eq!(held[0]["note"], "a long note");
    assert_eq!(held[0]["status"], "Failed");
    assert_eq!(held[1]["note"], "a lo");
    assert_eq!(held[1]["status"], "Passed");
}

#[test]
fn the_quota_of_the_month_is_told_and_ends() {
    let site = Site::start(World::new().month_quota(3).project("Shop", |it| it));
    // The first was spent on finding the project.
    let answer = site.client.get("/version");
    assert_eq!(answer.header("x-ratelimit-remaining-month"), Some("1"));
    site.client.get("/version");
    assert_eq!(site.client.get("/version").status, 429);
}
