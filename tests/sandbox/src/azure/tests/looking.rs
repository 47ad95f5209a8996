use serde_json::{Value, json};

use super::super::{Flavour, World};
use super::{VERSION, client, results, run_body, runs, says, start};
use crate::probe::Probe;

#[test]
fn points_come_in_pages_with_the_token_in_a_header() {
    let mut world = World::demo();
    world.settings.pages.points = 50;
    world.add_cases(100, 120);
    let azure = start(world);
    let client = client(&azure);
    let path =
        format!("/Shop/_apis/testplan/Plans/100/Suites/101/TestPoint?isRecursive=true&{VERSION}");
    let (mut seen, mut token) = (Vec::new(), String::new());
    let pages = (0..10).take_while(|page| {
        if *page > 0 && token.is_empty() {
            return false;
        }
        let reply = client.get(&format!("{path}&continuationToken={token}"));
        token = reply
            .header("x-ms-continuationtoken")
            .unwrap_or_default()
            .to_owned();
        seen.extend(
            reply.json()["value"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|point| point["id"].clone()),
        );
        true
    });
    assert_eq!(pages.count(), 3);
    assert_eq!(seen.len(), 127);
    let flat = client
        .get(&format!(
            "/Shop/_apis/testplan/Plans/100/Suites/102/TestPoint?{VERSION}"
        ))
        .json();
    assert_eq!(
        flat["count"], 4,
        "without isRecursive only the suite itself"
    );
}

#[test]
fn results_are_read_with_top_and_skip_within_the_limits() {
    let mut world = World::demo();
    let cases = world.add_cases(100, 300);
    let azure = start(world);
    let client = client(&azure);
    let points: Vec<i64> = azure
        .points()
        .iter()
        .filter(|(_, point)| cases.contains(&point.case))
        .map(|(id, _)| *id)
        .collect();
    let body = json!({ "name": "n", "plan": { "id": "100" }, "pointIds": points });
    assert_eq!(
        client
            .post(&format!("/Shop/_apis/test/runs?{VERSION}"), &body)
            .json()["totalTests"],
        300
    );
    let path = format!("/Shop/_apis/test/Runs/1/results?{VERSION}");
    assert_eq!(
        client.get(&format!("{path}&$top=250&$skip=100")).json()["count"],
        200
    );
    assert_eq!(
        client
            .get(&format!("{path}&detailsToInclude=subResults"))
            .json()["count"],
        200
    );
    assert_eq!(client.get(&format!("{path}&$top=1001")).status, 400);
    assert_eq!(
        client
            .get(&format!("{path}&detailsToInclude=point&$top=201"))
            .status,
        400
    );
    assert_eq!(
        client.get(&format!("{path}&outcomes=Failed,Passed")).json()["count"],
        0
    );
}

#[test]
fn runs_are_found_within_seven_days_and_by_title() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    let mut body = run_body(&json!([2]));
    body["comment"] = json!("a mark");
    client.post(&runs(), &body);
    let now = crate::time::now();
    let query = |hours: i64, rest: &str| {
        let day = jiff::SignedDuration::from_hours(1);
        let from = now - jiff::SignedDuration::from_hours(hours);
        let window = format!("minLastUpdatedDate={from}&maxLastUpdatedDate={}", now + day);
        client.get(&format!("{}&{window}{rest}", runs()))
    };
    assert_eq!(query(1, "&runTitle=nightly&planIds=4").json()["count"], 1);
    assert_eq!(query(1, "").json()["value"][0]["comment"], Value::Null);
    let detailed = query(1, "&includeRunDetails=true").json();
    assert_eq!(detailed["value"][0]["comment"], "a mark");
    assert_eq!(query(1, "&runTitle=Night").json()["count"], 0);
    assert_eq!(query(1, "&planIds=5").json()["count"], 0);
    assert_eq!(query(167, "").status, 200);
    assert_eq!(query(168, "").status, 400);
    assert_eq!(query(1, "&$top=101").status, 400);
    assert_eq!(query(1, "&planIds=1,2,3,4,5,6,7,8,9,10,11").status, 400);
}

#[test]
fn versions_are_refused_as_each_product_refuses_them() {
    let mut world = World::plan_four();
    world.settings.flavour(Flavour::Server2020);
    let azure = start(world);
    let client = client(&azure);
    let points = |version: &str| {
        client.get(&format!(
            "/Proj/_apis/testplan/Plans/4/Suites/5/TestPoint{version}"
        ))
    };
    says(&points(""), 400, "No api-version was supplied");
    says(
        &points("?api-version=7.1"),
        400,
        "VssVersionOutOfRangeException",
    );
    says(
        &points("?api-version=6.0"),
        400,
        "VssInvalidPreviewVersionException",
    );
    assert_eq!(points("?api-version=6.0-preview.2").status, 200);
    assert_eq!(points("?api-version=6.0-preview.9").status, 400);
    assert_eq!(
        client.get("/Proj/_apis/test/runs?api-version=6.0").status,
        200
    );
    assert_eq!(
        client
            .clone()
            .with("Accept", "application/json;api-version=6.0")
            .get("/Proj/_apis/test/runs")
            .status,
        200
    );
    says(
        &client.get("/_apis/connectionData?api-version=6.0"),
        400,
        "VssInvalidPreviewVersionException",
    );
    assert_eq!(client.get("/_apis/connectionData").status, 200);
    let listed = client.send("OPTIONS", "/_apis/testplan", "").json();
    let point = listed["value"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|entry| entry["resourceName"] == "TestPoint")
        .cloned();
    let point = point.expect("points are listed");
    assert_eq!(
        (&point["releasedVersion"], &point["maxVersion"]),
        (&json!("0.0"), &json!("6.1"))
    );
}

#[test]
fn an_expired_token_falls_into_the_sign_in_trap() {
    let mut world = World::plan_four();
    world
        .settings
        .expire("token")
        .token("reader", &["vso.test", "vso.project"]);
    let azure = start(world);
    let expired = Probe::new(&azure.url()).with("Authorization", "Basic OnRva2Vu");
    let page = expired.get(&runs());
    says(&page, 203, "<html");
    assert_eq!(
        page.header("Content-Type"),
        Some("text/html; charset=utf-8")
    );
    says(&expired.patch(&results(1), &json!([])), 401, "TF400813");
    says(
        &expired
            .clone()
            .with("X-TFS-FedAuthRedirect", "Suppress")
            .get(&runs()),
        401,
        "TF400813",
    );
    let reader = Probe::new(&azure.url()).with("Authorization", "Bearer reader");
    assert_eq!(reader.get(&runs()).status, 200);
    says(
        &reader.post(&runs(), &run_body(&json!([2]))),
        403,
        "vso.test_write",
    );
    says(
        &reader.post(&format!("/Proj/_apis/test/points?{VERSION}"), &json!({})),
        403,
        "vso.test_write",
    );
}

#[test]
fn organisation_collection_and_project_are_told_apart_in_the_path() {
    let azure = start(World::demo());
    let client = Probe::new(azure.page_url().trim_end_matches('/'))
        .with("Authorization", "Bearer sandbox-azure-token");
    for base in [
        "/acme/Shop",
        "/tfs/Main/shop",
        "/Shop",
        "/acme/6ce954b1-ce1f-45d1-b94d-000000000001",
    ] {
        let plans = client
            .get(&format!("{base}/_apis/testplan/plans?{VERSION}"))
            .json();
        assert_eq!(plans["value"][0]["name"], "Regression", "{base}");
    }
    says(
        &client.get(&format!("/acme/Nope/_apis/testplan/plans?{VERSION}")),
        404,
        "TF200016",
    );
    let depot = client
        .get(&format!("/acme/Depot/_apis/testplan/plans?{VERSION}"))
        .json();
    assert_eq!(depot["value"][0]["name"], depot["value"][1]["name"]);
    assert_eq!(
        client
            .get(&format!(
                "/acme/Shop/_apis/testplan/plans/100/nothing?{VERSION}"
            ))
            .status,
        404
    );
}

#[test]
fn work_items_are_looked_up_queried_and_patched() {
    let azure = start(World::demo());
    let client = client(&azure);
    let batch = |ids: &Value| {
        client.post(
            &format!("/Shop/_apis/wit/workitemsbatch?{VERSION}"),
            &json!({ "ids": ids, "errorPolicy": "omit" }),
        )
    };
    let found = batch(&json!([1001, 9, 1002])).json();
    assert_eq!(
        (&found["count"], &found["value"][1]),
        (&json!(3), &Value::Null)
    );
    let many: Vec<i64> = (0..201).collect();
    assert_eq!(batch(&json!(many)).status, 400);
    let query = |query: &str| {
        client.post(
            &format!("/Shop/_apis/wit/wiql?{VERSION}"),
            &json!({ "query": query }),
        )
    };
    let titled = query(
        "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject]=@project AND [System.WorkItemType] IN GROUP \
         'Microsoft.TestCaseCategory' AND ([System.Title]='basket keeps its items' OR [System.Title] = 'It''s') ORDER BY [System.Id]",
    );
    assert_eq!(
        titled.json()["workItems"].as_array().map(Vec::len),
        Some(1),
        "{titled:?}"
    );
    says(
        &query("SELECT [System.Id] FROM WorkItems WHERE [System.Title]"),
        400,
        "TF51005",
    );
    let lager = client
        .get(&format!(
            "/Lager/_apis/wit/workitemtypecategories/Microsoft.TestCaseCategory?{VERSION}"
        ))
        .json();
    assert_eq!(lager["workItemTypes"][0]["name"], "Testfall");
}

#[test]
fn the_page_escapes_what_people_wrote() {
    let mut world = World::plan_four();
    world.case("Proj", "unused");
    let azure = start(world);
    let client = client(&azure);
    let mut body = run_body(&json!([2]));
    body["name"] = json!("<script>alert(1)</script>");
    client.post(&runs(), &body);
    let page = Probe::new(azure.page_url().trim_end_matches('/')).get("/");
    says(&page, 200, "&lt;script&gt;alert(1)&lt;/script&gt;");
    assert!(!page.body.contains("<script>"));
}

#[test]
fn dates_of_rfc_1123_and_a_policy_as_a_number_are_read_as_microsofts_client_sends_them() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    client.post(&runs(), &run_body(&json!([2])));
    let window = "minLastUpdatedDate=Thu,%2001%20Jan%202026%2000:00:00%20GMT&maxLastUpdatedDate=Wed,%2007%20Jan%202026%2000:00:00%20GMT";
    assert_eq!(client.get(&format!("{}&{window}", runs())).status, 200);
    let case = azure.points()[&2].case;
    let batch = |policy: Value| {
        let body = json!({ "ids": [case, 999_999], "errorPolicy": policy });
        client.post(&format!("/Proj/_apis/wit/workitemsbatch?{VERSION}"), &body)
    };
    assert_eq!(batch(json!(2)).json()["count"], 2);
    assert_eq!(batch(json!(1)).status, 404);
}

#[test]
fn work_items_are_asked_for_by_their_ids_in_the_query() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    let case = azure.points()[&2].case;
    let list = |rest: &str| {
        client.get(&format!(
            "/Proj/_apis/wit/workitems?ids={case},999999{rest}&{VERSION}"
        ))
    };
    assert_eq!(list("").status, 404);
    let found = list("&errorPolicy=omit&fields=System.Title").json();
    assert_eq!(
        found["value"][0]["fields"],
        json!({ "System.Title": "First case" })
    );
    assert_eq!(found["value"][1], Value::Null);
}

#[test]
fn one_point_is_answered_as_a_point_and_several_as_a_list() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    let old = |points: &str| format!("/Proj/_apis/test/Plans/4/Suites/5/points/{points}?{VERSION}");
    assert_eq!(client.get(&old("2")).json()["id"], 2);
    assert_eq!(client.get(&old("2,3")).json()["count"], 2);
    assert_eq!(client.get(&old("99")).status, 404);
}

#[test]
fn points_are_set_without_a_run_by_the_old_call_and_the_new_one() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    let old = |points: &str| format!("/Proj/_apis/test/Plans/4/Suites/5/points/{points}?{VERSION}");
    let new = format!(
        "/Proj/_apis/testplan/Plans/4/Suites/5/TestPoint?includePointDetails=true&{VERSION}"
    );
    let set = client
        .patch(&old("2,3"), &json!({ "outcome": "Passed" }))
        .json();
    assert_eq!(set["value"][1]["outcome"], "Passed");
    let changes =
        json!([{ "id": 2, "results": { "outcome": "failed" } }, { "id": 3, "isActive": true }]);
    assert_eq!(
        client.patch(&new, &changes).json()["value"][0]["results"]["outcome"],
        "failed"
    );
    let outcomes: Vec<_> = azure.outcomes().into_iter().collect();
    assert_eq!(outcomes, [(2, "Failed".to_owned())]);
    let wrong =
        json!([{ "id": 2, "results": { "outcome": "passed" } }, { "id": 99, "isActive": true }]);
    assert_eq!(client.patch(&new, &wrong).status, 404);
    assert_eq!(azure.outcomes()[&2], "Failed", "all or nothing");
}

#[test]
fn a_point_without_an_end_shows_no_date_instead_of_an_empty_one() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    client.post(&runs(), &run_body(&json!([2])));
    let row = json!([{ "id": 100_000, "outcome": "Passed", "state": "Completed" }]);
    client.patch(&results(1), &row);
    let points = client
        .get(&format!(
            "/Proj/_apis/testplan/Plans/4/Suites/5/TestPoint?includePointDetails=true&{VERSION}"
        ))
        .json();
    let details = &points["value"][0]["results"]["lastResultDetails"];
    assert_eq!(details.get("dateCompleted"), None, "{points}");
    assert!(details.get("duration").is_some(), "{points}");
}

#[test]
fn results_of_many_runs_are_found_by_id_and_by_filter() {
    let azure = start(World::plan_four());
    let client = client(&azure);
    client.post(&runs(), &run_body(&json!([2, 3])));
    client.post(&runs(), &run_body(&json!([2])));
    let query = |body: &Value| client.post(&format!("/Proj/_apis/test/Results?{VERSION}"), body);
    let count = |body: &Value| query(body).json()["results"].as_array().map(Vec::len);
    assert_eq!(
        count(&json!({ "resultsFilter": { "testPointIds": [2] } })),
        Some(2)
    );
    assert_eq!(
        count(&json!({ "results": [{ "id": 100_001, "testRun": { "id": "1" } }] })),
        Some(1)
    );
    assert_eq!(query(&json!({})).status, 400);
}
