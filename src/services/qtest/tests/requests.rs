//! Each request as a value: verb, address, meaning, headers, body.

use std::borrow::Borrow;
use std::sync::Arc;

use url::Url;

use crate::services::qtest::api::{
    Blob, Parent, Site, cases_named, cases_with, logs_between, runs_of,
};
use crate::services::qtest::wire::{
    AutoLog, AutoStepLog, Batch, NewAttachment, NewCase, NewCycle, NewModule, NewProperty, NewRun,
    NewStep, NewSuite, RunCase,
};
use crate::transport::{Body, Request};

fn shown(request: &Request) -> String {
    let body = match &request.body {
        Body::Bytes(bytes) => match serde_json::from_slice::<serde_json::Value>(bytes) {
            Ok(value) => serde_json::to_string_pretty(&value).unwrap(),
            Err(_) => String::from_utf8_lossy(bytes).into_owned(),
        },
        other @ (Body::None | Body::Stream { .. }) => format!("{other:?}"),
    };
    let headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let own = if request.authorized {
        ""
    } else {
        ", without our credential"
    };
    format!(
        "{:?} {} {}{own}\n{}{body}\n",
        request.effect(),
        request.method,
        request.url,
        headers.concat()
    )
}

fn all<R: Borrow<Request>>(requests: &[R]) -> String {
    let texts = requests.iter().map(|request| shown(request.borrow()));
    texts.collect::<Vec<_>>().join("\n")
}

fn site() -> Site {
    Site::new(&Url::parse("https://qtest.example:8443/tc/?x=1#y").unwrap())
}

fn log() -> AutoLog {
    AutoLog {
        name: "valid user".to_owned(),
        automation_content: "shop.LoginTest#valid user".to_owned(),
        status: "PASS".to_owned(),
        exe_start_date: "2026-03-01T10:00:00.000Z".to_owned(),
        exe_end_date: "2026-03-01T10:00:00.500Z".to_owned(),
        note: "handin-0.0".to_owned(),
        build_number: "7".to_owned(),
        build_url: "https://ci.example/7".to_owned(),
        attachments: vec![NewAttachment {
            name: "shot.png".to_owned(),
            content_type: "image/png".to_owned(),
            data: "eA==".to_owned(),
        }],
        properties: Vec::new(),
        testcase_properties: Vec::new(),
        test_step_logs: vec![AutoStepLog {
            description: "open".to_owned(),
            expected_result: "opened".to_owned(),
            actual_result: "Passed".to_owned(),
            status: "PASS".to_owned(),
            order: 0,
        }],
    }
}

#[test]
fn the_requests_of_a_site() {
    let site = site();
    insta::assert_snapshot!(all(&[
        site.version(),
        site.token("ann@example.com", "s&cret"),
        site.token_status(),
        site.user(),
        site.projects(2, 100),
        site.job(900),
    ]));
}

#[test]
fn the_reads_of_a_project() {
    let project = site().project(31);
    insta::assert_snapshot!(all(&[
        project.itself(),
        project.fields("test-cases"),
        project.statuses(),
        project.modules(None),
        project.modules(Some(40)),
        project.releases(),
        project.cycles(Parent::Root, 1, 100),
        project.cycles(Parent::Release(50), 2, 100),
        project.suites(Parent::Cycle(60)),
        project.runs(Parent::Suite(70), 1),
        project.logs(100, 1),
        project.cases(1, 100),
        project.cases_in(40, 2, 100),
        project.cases_with_steps(1),
        project.case("TC-17"),
        project.attachments(110),
    ]));
}

#[test]
fn the_searches_of_a_project() {
    let project = site().project(31);
    let (after, before) = (
        "2026-03-01T10:00:00Z".parse().unwrap(),
        "2026-03-01T11:00:00Z".parse().unwrap(),
    );
    insta::assert_snapshot!(all(&[
        project.search(
            &cases_with("Automation Content", &["a#b".to_owned(), "c#d".to_owned()]),
            1,
            true
        ),
        project.search(&cases_named(&["TC-17".to_owned()]), 1, false),
        project.search(&runs_of(&[80, 82]), 1, false),
        project.search(&logs_between(after, before), 2, false),
    ]));
}

fn batch() -> Batch {
    Batch {
        test_suite: "70".to_owned(),
        parent_module: Some("40".to_owned()),
        skip_creating_automation_module: true,
        execution_date: "2026-03-01T10:00:00.000Z".to_owned(),
        test_logs: vec![log()],
    }
}

fn case() -> NewCase {
    NewCase {
        name: "valid user".to_owned(),
        parent_id: Some(41),
        description: "<p>x</p>".to_owned(),
        properties: vec![NewProperty {
            field_id: 2,
            field_value: "a#b".to_owned(),
        }],
        test_steps: Some(vec![NewStep {
            description: "open".to_owned(),
            expected: "opened".to_owned(),
            order: 1,
        }]),
    }
}

#[test]
fn the_writes_of_cases_and_containers() {
    let project = site().project(31);
    let change = NewCase {
        parent_id: None,
        properties: Vec::new(),
        test_steps: None,
        ..case()
    };
    let module = NewModule {
        name: "Web".to_owned(),
        description: "d".to_owned(),
    };
    let cycle = NewCycle {
        name: "Nightly".to_owned(),
        description: "d".to_owned(),
        target_release_id: None,
    };
    let suite = NewSuite {
        name: "Chrome".to_owned(),
        properties: Vec::new(),
    };
    insta::assert_snapshot!(all(&[
        project.create_module(Some(40), &module),
        project.create_case(&case()),
        project.update_case(80, &change),
        project.approve(80),
        project.create_cycle(Parent::Root, &cycle),
        project.create_suite(Parent::Cycle(60), &suite),
    ]));
}

#[test]
fn the_writes_of_runs_and_logs() {
    let project = site().project(31);
    let blob = Blob {
        name: "run.mp4".to_owned(),
        content_type: "video/mp4".to_owned(),
        length: 3,
        open: Arc::new(|| Ok(Box::new(std::io::Cursor::new(b"abc")))),
    };
    let run = NewRun {
        name: "valid user".to_owned(),
        properties: Vec::new(),
        test_case: RunCase {
            id: 80,
            properties: Vec::new(),
        },
    };
    insta::assert_snapshot!(all(&[
        project.create_run(70, &run),
        project.submit_batch(&batch()),
        project.submit_log(100, &log()),
        project.attach(110, &blob),
    ]));
}
