use serde_json::json;

use super::super::{Role, World};
use super::{Site, says, shop};
use crate::fault::Effect;
use crate::probe::Probe;

#[test]
fn an_account_proves_itself_by_key_by_e_mail_or_by_a_token() {
    let site = Site::shop();
    let bare = Probe::new(&site.katalon.url());
    assert_eq!(bare.get("/info").status, 200);
    says(
        &bare.get("/api/v1/users/me"),
        401,
        "Full authentication is required",
    );
    // base64 of "tester@example.com:correct horse", of "tester@example.com:sandbox-katalon-token" and of ":wrong"
    for (pair, status) in [
        ("dGVzdGVyQGV4YW1wbGUuY29tOmNvcnJlY3QgaG9yc2U=", 200),
        (
            "dGVzdGVyQGV4YW1wbGUuY29tOnNhbmRib3gta2F0YWxvbi10b2tlbg==",
            200,
        ),
        ("Ondyb25n", 401),
    ] {
        let client = bare.clone().with("Authorization", &format!("Basic {pair}"));
        assert_eq!(client.get("/api/v1/users/me").status, status, "{pair}");
    }
    // base64 of "kit_uploader:kit_uploader"
    let tokens = bare.clone().with(
        "Authorization",
        "Basic a2l0X3VwbG9hZGVyOmtpdF91cGxvYWRlcg==",
    );
    let by_key = tokens.send(
        "POST",
        "/oauth/token",
        "grant_type=password&username=&password=sandbox-katalon-token",
    );
    let token = by_key.json()["access_token"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let holder = bare
        .clone()
        .with("Authorization", &format!("Bearer {token}"));
    assert_eq!(
        holder.get("/api/v1/users/me").json()["email"],
        "tester@example.com"
    );
    says(
        &tokens.send(
            "POST",
            "/oauth/token",
            "grant_type=password&username=x&password=y",
        ),
        400,
        "invalid_grant",
    );
    assert_eq!(
        bare.send(
            "POST",
            "/oauth/token",
            "grant_type=password&username=&password=x"
        )
        .status,
        401
    );
    let private = Site::start(shop().oauth_only());
    assert_eq!(private.client.get("/api/v1/users/me").status, 401);
}

#[test]
fn organisations_come_with_the_account_and_teams_and_projects_in_pages() {
    let site = Site::start(World::demo());
    let me = site.client.get("/api/v1/users/me").json();
    assert_eq!(
        (
            &me["organizations"][1]["name"],
            &me["teams"][1]["organization"]["name"]
        ),
        (&json!("Globex"), &json!("Acme"))
    );
    let page = site
        .client
        .get("/api/v1/teams?page=0&size=2&sort=name,desc")
        .json();
    assert_eq!(
        (
            &page["last"],
            &page["totalElements"],
            &page["content"][0]["name"]
        ),
        (&json!(false), &json!(3), &json!("Testing"))
    );
    let last = site
        .client
        .get("/api/v1/teams?page=1&size=2&sort=name,desc")
        .json();
    assert_eq!(
        (&last["last"], &last["content"][0]["name"]),
        (&json!(true), &json!("Mobile"))
    );
    let team = &me["teams"][0]["id"];
    let projects = site
        .client
        .get(&format!("/api/v1/projects?teamId={team}"))
        .json();
    assert_eq!(
        (
            &projects["totalElements"],
            &projects["content"][2]["status"]
        ),
        (&json!(3), &json!("ARCHIVE"))
    );
}

#[test]
fn a_project_is_created_where_the_role_allows_it() {
    let site = Site::start(shop().team("Guests").role(Role::User));
    let teams = site.client.get("/api/v1/teams").json();
    let create = |index: usize| {
        let team = teams["content"][index]["id"].to_string();
        site.client.post(
            "/api/v1/projects",
            &json!({ "name": "New", "teamId": team }),
        )
    };
    assert_eq!(create(0).json()["name"], "New");
    says(&create(1), 403, "Access is denied");
    assert_eq!(
        site.client
            .post("/api/v1/projects", &json!({ "name": "New" }))
            .status,
        400
    );
}

#[test]
fn the_search_takes_short_names_and_at_most_300_a_page() {
    let site = Site::shop();
    site.hand_in("b1");
    site.hand_in("b2");
    let search = |kind: &str, conditions: serde_json::Value, size: u64| {
        let body = json!({ "type": kind, "conditions": conditions, "pagination": { "page": 0, "size": size, "sorts": ["id,desc"] } });
        site.client.post("/api/v1/search", &body)
    };
    let of_project =
        json!([{ "key": "Project.id", "operator": "=", "value": site.project.to_string() }]);
    let found = search("Execution", of_project.clone(), 1).json();
    assert_eq!(
        (&found["totalElements"], &found["content"][0]["order"]),
        (&json!(2), &json!(2))
    );
    let failed = json!([{ "key": "status", "operator": "=", "value": "FAILED" }, of_project[0]]);
    assert_eq!(
        search("ExecutionTestResult", failed, 300).json()["totalElements"],
        2
    );
    assert_eq!(search("Execution", of_project, 301).status, 400);
    assert_eq!(
        search(
            "Execution",
            json!([{ "key": "colour", "operator": "=", "value": "red" }]),
            30
        )
        .status,
        400
    );
    assert_eq!(search("Nothing", json!([]), 30).status, 400);
    let effects: Vec<_> = site
        .katalon
        .requests()
        .iter()
        .rev()
        .take(3)
        .map(|request| request.effect)
        .collect();
    assert_eq!(effects, [Effect::Read; 3]);
}

#[test]
fn executions_are_linked_and_tagged_and_forgotten_on_a_reset() {
    let site = Site::shop();
    site.hand_in("b1");
    let id = site.of_batch("b1")["content"][0]["id"].clone();
    let release = site
        .client
        .post(
            "/api/v1/releases",
            &json!({ "name": "R1", "projectId": site.project }),
        )
        .json();
    let build = json!({ "name": "B1", "projectId": site.project, "releaseId": release["id"] });
    let build = site.client.post("/api/v1/build", &build).json();
    let link = |rest: String| {
        site.client
            .send("POST", &format!("/api/v1/executions/{id}/{rest}"), "")
    };
    let linked = link(format!(
        "link-release?projectId={}&releaseId={}",
        site.project, release["id"]
    ));
    assert_eq!(linked.json()["release"]["name"], "R1");
    assert_eq!(
        link(format!("link-build?buildId={}", build["id"])).json()["build"]["name"],
        "B1"
    );
    assert_eq!(link("link-build?buildId=1".to_owned()).status, 404);
    let tags = site.client.send(
        "PUT",
        &format!("/api/v1/executions/{id}/tags"),
        r#"{"name":"nightly"}"#,
    );
    assert_eq!(tags.status, 200);
    assert_eq!(site.katalon.executions()[0]["tags"], json!(["nightly"]));
    let page = Probe::new(&site.katalon.url()).get("/");
    assert!(
        page.body.contains("Katalon TestOps") && page.body.contains("nightly"),
        "{page:?}"
    );
    site.katalon.reset();
    assert!(site.katalon.executions().is_empty());
}
