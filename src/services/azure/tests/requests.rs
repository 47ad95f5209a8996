//! Each request as a value: nothing is sent.

use std::borrow::Borrow;
use std::fmt::Write as _;
use std::sync::Arc;

use url::Url;

use super::super::api::Endpoints;
use super::super::scope;
use super::super::version::{Generation, Versions};
use super::super::wire::{AddResult, CreateRun, Reference, ResultFacts, SetResult, Tag, UpdateRun};
use crate::transport::{Body, Effect, Repeat, Request};

fn endpoints(generation: Generation) -> Endpoints {
    Endpoints {
        base: Url::parse("https://dev.azure.com/acme/").unwrap(),
        project: "My Shop".to_owned(),
        versions: Arc::new(Versions::usual(generation)),
    }
}

/// Writes a request down: what it does, where it goes, which scope it needs, what it carries.
fn text(request: &Request) -> String {
    let mut text = format!("{} {}\n", request.method, request.url);
    let effect = match (request.effect(), request.repeat) {
        (Effect::Read, _) => "read",
        (Effect::Write, Repeat::Never) => "write, once",
        (Effect::Write, Repeat::Harmless(_)) => "write, repeatable",
    };
    let scope = scope::needed(request).unwrap_or("none");
    writeln!(text, "{effect}; scope: {scope}; for: {}", request.purpose).unwrap();
    for (name, value) in &request.headers {
        writeln!(text, "{name}: {value}").unwrap();
    }
    if let Body::Bytes(bytes) = &request.body {
        writeln!(text, "{}", String::from_utf8_lossy(bytes)).unwrap();
    }
    text
}

fn all<R: Borrow<Request>>(requests: &[R]) -> String {
    let texts = requests.iter().map(|request| text(request.borrow()));
    texts.collect::<Vec<_>>().join("\n")
}

fn facts() -> ResultFacts {
    ResultFacts {
        state: "Completed",
        outcome: "Failed".to_owned(),
        started_date: "2026-11-20T10:00:00.000Z".to_owned(),
        completed_date: "2026-11-20T10:00:00.500Z".to_owned(),
        duration_in_ms: 500.0,
        automated_test_name: "shop.LoginTest.valid".to_owned(),
        automated_test_type: "JUnit",
        automated_test_storage: None,
        error_message: Some("expected 403".to_owned()),
        stack_trace: None,
        comment: None,
        computer_name: None,
        result_group_type: None,
        sub_results: Vec::new(),
        iteration_details: Vec::new(),
    }
}

#[test]
fn what_is_asked() {
    let cloud = endpoints(Generation::V7_1);
    insta::assert_snapshot!(all(&[
        cloud.connection_data(),
        cloud.resources("test"),
        cloud.projects(None),
        cloud.projects(Some("100")),
        cloud.project("Shop"),
        cloud.plans(None),
        cloud.plan(4),
        cloud.suites(4, None),
        cloud.configurations(None),
        cloud.points(4, 5, Some("1000")),
        cloud.suite_cases(4, 5, None),
        cloud.work_items(&[7, 8]),
        cloud.case_category(),
        cloud.runs_between(
            Some(4),
            ("2026-11-14T00:00:00Z", "2026-11-21T00:00:00Z"),
            None
        ),
        cloud.runs_of_plan(4, 1000, 1000),
        cloud.run(9),
        cloud.results(9, 1000, None),
        cloud.results(9, 0, Some("Failed")),
        cloud.attachments(9, None),
        cloud.attachments(9, Some(100_000)),
        cloud.builds_numbered("20260101.1"),
    ]));
}

#[test]
fn what_is_written() {
    let cloud = endpoints(Generation::V7_1);
    let run = CreateRun {
        name: "nightly".to_owned(),
        automated: true,
        plan: Reference::to(4),
        point_ids: vec![2, 7],
        state: "InProgress",
        comment: "handin-0123456789abcdef01234567".to_owned(),
        start_date: Some("2026-11-20T10:00:00.000Z".to_owned()),
        build: Some(Reference::to(4711)),
        release_uri: None,
        release_environment_uri: None,
        tags: vec![Tag {
            name: "nightly".to_owned(),
        }],
        pipeline_reference: None,
    };
    let end = UpdateRun {
        state: Some("Completed"),
        started_date: Some("2026-11-20T10:00:00.000Z".to_owned()),
        completed_date: Some("2026-11-20T10:00:01.000Z".to_owned()),
        comment: None,
    };
    let added = AddResult {
        test_point: Reference::to(2),
        test_case: Reference::to(1001),
        test_case_title: "Valid user".to_owned(),
        test_case_revision: 3,
        configuration: Reference::to(1),
        facts: facts(),
    };
    let set = SetResult {
        id: 100_000,
        facts: facts(),
    };
    let change = serde_json::json!([{"op": "add", "path": "/fields/a", "value": "b"}]);
    insta::assert_snapshot!(all(&[
        cloud.create_run(&run),
        cloud.set_results(9, &[set]),
        cloud.add_results(9, &[added]),
        cloud.attach(9, None, "r.xml", Body::None),
        cloud.attach(9, Some(100_000), "shot.png", Body::None),
        cloud.update_run(9, &end),
        cloud.delete_run(9),
        cloud.patch_work_item(7, &change),
    ]));
    insta::assert_snapshot!(all(&[cloud.try_work_item(7, &change)]));
}

#[test]
fn older_servers_are_asked_in_their_own_versions_and_only_for_what_they_know() {
    let of = |generation| {
        let server = endpoints(generation);
        let asked = [
            server.plan(4),
            server.points(4, 5, None),
            server.suite_cases(4, 5, None),
            server.run(9),
            server.attachments(9, None),
        ];
        asked
            .iter()
            .map(|request| request.url.to_string())
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(
        [Generation::V7_0, Generation::V6_0, Generation::V5_0]
            .map(of)
            .join("\n\n")
    );
}
