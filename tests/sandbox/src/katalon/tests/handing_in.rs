use std::time::Duration;

use serde_json::json;

use super::super::StorageAt;
use super::{JUNIT, KEY, Site, row, says, shop, split, store};
use crate::Pace;
use crate::fault::{Fault, When};
use crate::probe::Probe;

#[test]
fn a_batch_becomes_an_execution_with_the_counts_of_its_files() {
    let site = Site::shop();
    let (first, second) = (site.upload(JUNIT), site.upload(JUNIT));
    assert_eq!(site.report("b1", &first, false).status, 204);
    let running = site.of_batch("b1")["content"][0].clone();
    assert_eq!(
        (&running["status"], &running["totalTests"]),
        (&json!("RUNNING"), &json!(0))
    );
    assert_eq!(site.report("b1", &second, true).status, 204);
    let done = site.of_batch("b1");
    let execution = &done["content"][0];
    assert_eq!(done["totalElements"], 1);
    assert_eq!(
        (&execution["executionStage"], &execution["status"]),
        (&json!("COMPLETED"), &json!("FAILED"))
    );
    assert_eq!(
        (&execution["totalTests"], &execution["totalFailedTests"]),
        (&json!(4), &json!(2))
    );
    let url = execution["webUrl"].as_str().unwrap_or_default();
    assert!(
        url.ends_with(&format!("/project/{}/executions/1", site.project)),
        "{url}"
    );
}

#[test]
fn stages_follow_each_other_while_requests_come_and_counts_come_with_the_import() {
    let site = Site::start(shop().pace(Pace::Requests(2)));
    site.hand_in("b1");
    let stages: Vec<_> = (0..2)
        .map(|_| {
            let execution = site.of_batch("b1")["content"][0].clone();
            (
                execution["executionStage"].clone(),
                execution["totalTests"].clone(),
            )
        })
        .collect();
    assert_eq!(
        stages,
        [
            (json!("ANALYZING"), json!(2)),
            (json!("COMPLETED"), json!(2))
        ]
    );
    site.katalon.set_pace(Pace::Requests(9));
    site.hand_in("b2");
    assert_eq!(site.katalon.executions()[1]["executionStage"], "IMPORTING");
}

#[test]
fn ending_a_batch_twice_makes_a_second_execution() {
    let site = Site::shop();
    let path = site.upload(JUNIT);
    site.report("b1", &path, true);
    site.report("b1", &path, true);
    assert_eq!(site.of_batch("b1")["totalElements"], 2);
}

#[test]
fn files_that_were_only_uploaded_leave_nothing() {
    let site = Site::shop();
    site.upload(JUNIT);
    assert!(site.katalon.executions().is_empty());
    assert_eq!(site.katalon.state()["unreported"], 1);
}

#[test]
fn a_batch_with_a_file_that_never_came_runs_forever() {
    let site = Site::shop();
    let (path, url) = site.place();
    assert_eq!(site.report("b1", &path, true).status, 204);
    for _ in 0..3 {
        assert_eq!(
            site.of_batch("b1")["content"][0]["executionStage"],
            "RUNNING"
        );
    }
    store(&url, JUNIT);
    assert_eq!(
        site.of_batch("b1")["content"][0]["executionStage"],
        "COMPLETED"
    );
    says(
        &site.report("b1", "no/such/place", true),
        400,
        "uploaded path",
    );
}

#[test]
fn files_that_cannot_be_read_end_in_an_error() {
    let site = Site::shop();
    let path = site.upload("<html></html>");
    site.report("b1", &path, true);
    let execution = &site.of_batch("b1")["content"][0];
    assert_eq!(
        (&execution["executionStage"], &execution["status"]),
        (&json!("ERROR"), &json!("ERROR"))
    );
}

#[test]
fn the_storage_takes_no_credentials_no_old_signature_and_no_body_of_unknown_length() {
    let site = Site::shop();
    let (_, url) = site.place();
    let (base, path) = split(&url);
    let storage = Probe::new(&base);
    assert_ne!(base, site.katalon.url(), "the storage is somewhere else");
    let with_key = storage.clone().with("Authorization", KEY);
    says(
        &with_key.send("PUT", &path, JUNIT),
        400,
        "<Code>InvalidArgument</Code>",
    );
    says(
        &storage.send("PUT", &path.replace("Signature=", "Signature=0"), JUNIT),
        403,
        "SignatureDoesNotMatch",
    );
    says(&storage.send("GET", &path, ""), 405, "<Code>");
    assert_eq!(storage.send("PUT", &path, JUNIT).status, 200);
    site.katalon.expire_upload_urls();
    says(
        &storage.send("PUT", &path, JUNIT),
        403,
        "Request has expired",
    );
    let short = Site::start(shop().url_life(Duration::ZERO));
    says(&store(&short.place().1, JUNIT), 403, "Request has expired");
    let chunked = format!(
        "PUT {path} HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    );
    assert!(raw(&base, &chunked).starts_with("HTTP/1.1 411"));
}

fn raw(base: &str, text: &str) -> String {
    use std::io::{Read as _, Write as _};
    let address = base.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    stream.write_all(text.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn the_storage_can_be_on_the_host_that_a_request_names() {
    let site = Site::start(shop().storage(StorageAt::RequestHost));
    let (path, url) = site.place();
    assert!(
        url.starts_with(&format!("{}/", site.katalon.url())),
        "{url}"
    );
    assert_eq!(store(&url, JUNIT).status, 200);
    assert_eq!(site.report("b1", &path, true).status, 204);
    assert_eq!(site.of_batch("b1")["content"][0]["totalTests"], 2);
}

#[test]
fn every_way_to_report_answers_in_its_own_way() {
    let site = Site::shop();
    let katalon = site.report_to("katalon", "k", &site.upload(JUNIT), true);
    assert!(katalon.json()[0]["webUrl"].is_string(), "{katalon:?}");
    let alias = format!(
        "/api/v1/katalon-test-reports?projectId={}&batch=a&folderPath=x&isEnd=true&fileName=a.xml&uploadedPath={}",
        site.project,
        site.upload(JUNIT)
    );
    assert_eq!(site.client.send("POST", &alias, "").status, 200);
    let recorder = site.report_to("katalon-recorder", "r", &site.upload(JUNIT), true);
    assert_eq!((recorder.status, recorder.body.as_str()), (200, ""));
    let many = |path: &str, body: &serde_json::Value| {
        site.client.post(
            &format!("/api/v1/{path}projectId={}&batch=m", site.project),
            body,
        )
    };
    let rows = json!([row(&site.upload(JUNIT), "a.xml", true)]);
    let multiple = many("katalon/test-reports/multiple?batchType=JUNIT&", &rows);
    assert_eq!(multiple.json()[0]["done"], true);
    let tagged = json!({ "uploadBatchFileResources": [row(&site.upload("x"), "execution0.log", true)], "tags": [{ "name": "t" }] });
    assert!(many("katalon/test-reports/multiple-v2?", &tagged).json()[0]["id"].is_u64());
    let testops = many(
        "testops-reports?",
        &json!([row(&site.upload("{}"), "metadata.json", true)]),
    );
    assert_eq!(testops.json()["done"], true, "one batch, not a list");
    let tags: Vec<_> = site
        .katalon
        .executions()
        .iter()
        .map(|it| it["tags"].clone())
        .collect();
    assert_eq!(tags[4], json!(["t"]));
    assert_eq!(
        site.katalon.executions()[3]["files"][0],
        "20261121/Suite/a.xml"
    );
    assert_eq!(many("testops-reports?", &json!([])).status, 400);
    let telling = Site::start(shop().junit_tells_batches());
    assert!(telling.hand_in("b").json()[0]["webUrl"].is_string());
}

#[test]
fn archived_projects_spent_quotas_and_missing_licences_refuse_uploads() {
    let archived = Site::start(shop().archived_project("Old"));
    let old = archived.katalon.state()["projects"][1]["id"].clone();
    says(
        &archived
            .client
            .get(&format!("/api/v1/files/upload-url?projectId={old}")),
        403,
        "archived",
    );
    says(
        &archived.client.get("/api/v1/files/upload-url?projectId=1"),
        403,
        "Access is denied",
    );
    let spent = Site::start(shop().quota(2));
    assert_eq!(spent.hand_in("b1").status, 204);
    says(
        &spent.client.get(&format!(
            "/api/v1/files/upload-url?projectId={}",
            spent.project
        )),
        403,
        "quota",
    );
    let refusing = Site::start(shop().refuse_uploads(402, "No licence"));
    says(
        &refusing.client.get(&format!(
            "/api/v1/files/upload-url?projectId={}",
            refusing.project
        )),
        402,
        "No licence",
    );
}

#[test]
fn as_many_places_come_as_were_asked_for_unless_there_is_a_limit() {
    let site = Site::start(shop().url_limit(3));
    let ask = |count: u32| {
        site.client.get(&format!(
            "/api/v1/files/upload-urls?projectId={}&numberUrl={count}",
            site.project
        ))
    };
    assert_eq!(ask(3).json().as_array().map(Vec::len), Some(3));
    assert_eq!(ask(4).status, 400);
}

#[test]
fn a_batch_that_was_taken_is_found_after_the_answer_was_lost_unless_that_is_hidden() {
    let site = Site::shop();
    let path = site.upload(JUNIT);
    site.katalon
        .faults()
        .at_write(1, Fault::status(When::AfterCommit, 503));
    assert_eq!(site.report("b1", &path, true).status, 503);
    assert_eq!(site.of_batch("b1")["totalElements"], 1);
    let hidden = Site::start(shop().batches_hidden());
    hidden.hand_in("b1");
    assert_eq!(hidden.of_batch("b1")["totalElements"], 0);
}

#[test]
fn an_execution_is_imported_again_ended_and_deleted() {
    let site = Site::shop();
    site.hand_in("b1");
    let execution = site.of_batch("b1")["content"][0].clone();
    let post = |path: String| site.client.send("POST", &path, "");
    let again = post(format!(
        "/api/v1/executions/reimport?id={}",
        execution["id"]
    ));
    assert_eq!(again.json()["totalTests"], 2);
    let key = format!("projectId={}&order={}", site.project, execution["order"]);
    assert_eq!(
        post(format!("/api/v1/executions/terminate?{key}")).json()["executionStage"],
        "TERMINATE"
    );
    assert_eq!(
        site.client
            .send("DELETE", &format!("/api/v1/executions?{key}"), "")
            .status,
        200
    );
    assert_eq!(
        site.client
            .get(&format!("/api/v1/executions/{}", execution["id"]))
            .status,
        404
    );
}

#[test]
fn a_running_session_is_one_execution() {
    let site = Site::shop();
    let update = |name: &str, end: bool| {
        let body = json!({ "name": name, "status": "PASSED", "sessionId": "s1", "testSuiteId": "Test Suites/A", "end": end });
        let path = format!(
            "/api/v1/katalon/test-reports/update-result?projectId={}",
            site.project
        );
        site.client.post(&path, &body).json()
    };
    assert_eq!(update("a", false)["status"], "RUNNING");
    let done = update("b", true);
    assert_eq!(
        (&done["totalTests"], &done["executionStage"]),
        (&json!(2), &json!("COMPLETED"))
    );
}
