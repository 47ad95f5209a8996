//! Azure against its stand-in, and its requests as values.

mod answers;
mod requests;
mod rules;

use handin_sandbox::azure::{AzureSandbox, World};
use handin_sandbox::fault::{Fault, Rule, When};
use url::Url;

use super::*;
use crate::journal::Journal;
use crate::mapping::CaseId;
use crate::services::engine::write_alone;
use crate::services::{Catalog as _, NodeKind};
use crate::transport::{Clock, Effect, RetryPolicy, TransportOptions};

/// A plan `Regression` with the cases 1001 and 1002, and a bug with the number 1003.
fn shop() -> World {
    let mut world = World::new("acme");
    world.project("Shop").project("Depot");
    let chrome = world.configuration("Shop", "Windows + Chrome", &[("Browser", "Chrome")]);
    world.configuration("Depot", "Any", &[]);
    world.next_item(100);
    let plan = world.plan("Shop", "Regression");
    world.plan("Depot", "Smoke");
    let web = world.suite(world.root(plan), "Web");
    let login = world.suite(web, "Login");
    world.next_item(1001);
    for title in ["Valid user", "Wrong password"] {
        let case = world.case("Shop", title);
        world.point(login, case, chrome);
    }
    world.work_item("Shop", "Bug", "Order is shown twice");
    world
}

fn azure(sandbox: &AzureSandbox, change: impl FnOnce(&mut AzureTarget)) -> Azure {
    let options = TransportOptions {
        authorization: Some(authorization(Secret::token(sandbox.token()).unwrap())),
        headers: HEADERS
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
        retry: RetryPolicy {
            tries: 1,
            ..RetryPolicy::default()
        },
        ..TransportOptions::default()
    };
    let mut target = AzureTarget::new(Url::parse(&sandbox.url()).unwrap());
    "Shop".clone_into(&mut target.project);
    change(&mut target);
    Azure::new(Transport::new(options), target)
}

fn path(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

fn association(case: u64, test: &str) -> Association {
    Association {
        case: CaseId(case.to_string()),
        test: test.to_owned(),
        storage: Some("login".to_owned()),
        id: "0011aabb-0000-0000-0000-000000000000".to_owned(),
    }
}

#[test]
fn the_tree_is_that_of_the_project_in_the_path() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let azure = azure(&sandbox, |_| ());
    let names = |parts: &[&str], kind: NodeKind| -> Vec<String> {
        let nodes = azure.children(&path(parts)).unwrap();
        nodes
            .into_iter()
            .filter(|node| node.kind == kind)
            .map(|node| node.name)
            .collect()
    };
    assert_eq!(names(&[], NodeKind::Project), ["Shop", "Depot"]);
    assert_eq!(names(&["Shop"], NodeKind::Plan), ["Regression"]);
    assert_eq!(names(&["Depot"], NodeKind::Plan), ["Smoke"]);
    assert_eq!(names(&["Depot"], NodeKind::Configuration), ["Any"]);
    assert_eq!(
        names(&["Shop", "Regression", "Web"], NodeKind::Case),
        ["Valid user", "Wrong password"]
    );
}

#[test]
fn suites_are_a_tree_and_configurations_say_what_they_are() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let azure = azure(&sandbox, |_| ());
    let root = azure.children(&path(&["Shop", "Regression"])).unwrap();
    let web = &root[0].children[0];
    assert_eq!(
        (web.name.as_str(), web.children[0].name.as_str()),
        ("Web", "Login")
    );
    let nodes = azure.children(&path(&["Shop"])).unwrap();
    let configuration = nodes
        .iter()
        .find(|node| node.kind == NodeKind::Configuration);
    let note = configuration.unwrap().note.as_deref();
    assert!(
        note.is_some_and(|note| note.contains("Browser = Chrome")),
        "{note:?}"
    );
}

#[test]
fn the_tree_comes_whole_where_the_service_gives_it_in_pages() {
    let mut world = shop();
    for number in 0..7 {
        world.project(&format!("Other {number}"));
    }
    world.settings.pages.projects = 2;
    let sandbox = AzureSandbox::start(world).unwrap();
    assert_eq!(azure(&sandbox, |_| ()).children(&[]).unwrap().len(), 9);
}

#[test]
fn cases_are_associated_once_and_what_cannot_be_is_named() {
    use AssociationState::{Done, Known, Planned, Refused};
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let azure = azure(&sandbox, |_| ());
    let wanted = [
        association(1001, "shop.Login.valid"),
        association(1003, "shop.Login.bug"),
        association(4040, "shop.Login.gone"),
        association(1002, "shop.Login.one"),
        association(1002, "shop.Login.other"),
    ];
    let states = |effect| -> Vec<AssociationState> {
        let answers = azure.associate(&wanted, effect, &Journal::absent());
        answers.unwrap().into_iter().map(|it| it.state).collect()
    };
    assert_eq!(
        states(Effect::Read),
        [Planned, Refused, Refused, Refused, Refused]
    );
    let name = || {
        azure.cases(&[CaseId("1001".to_owned())]).unwrap()[0]
            .automated_name
            .clone()
    };
    assert_eq!(name(), None);
    assert_eq!(
        states(Effect::Write),
        [Done, Refused, Refused, Refused, Refused]
    );
    assert_eq!(name().as_deref(), Some("shop.Login.valid"));
    assert_eq!(states(Effect::Write)[0], Known);
}

#[test]
fn an_association_without_an_answer_is_uncertain_and_may_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(
        &folder.path().join("journal.jsonl"),
        &Clock::system(),
        &crate::files::Patience::default(),
    )
    .unwrap();
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let azure = azure(&sandbox, |_| ());
    let wanted = [association(1001, "shop.Login.valid")];
    for fault in [
        Fault::CLOSE_AFTER_COMMIT,
        Fault::status(When::BeforeCommit, 503),
    ] {
        sandbox.faults().add(Rule::new(fault).writes());
        let answer = azure.associate(&wanted, Effect::Write, &journal).unwrap();
        let state = answer[0].state;
        assert!(
            matches!(state, AssociationState::Uncertain | AssociationState::Known),
            "{answer:?}"
        );
        sandbox.faults().clear();
    }
    let answer = azure.associate(&wanted, Effect::Write, &journal).unwrap();
    assert_eq!(answer[0].state, AssociationState::Known);
    let revision = sandbox.look(|azure| azure.runs().len());
    assert_eq!(revision, 0);
}

#[test]
fn a_transport_that_only_reads_associates_nothing() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut azure = azure(&sandbox, |_| ());
    azure.client = azure.client.read_only();
    let wanted = [association(1001, "shop.Login.valid")];
    assert!(
        azure
            .associate(&wanted, Effect::Write, &Journal::absent())
            .is_err()
    );
    let planned = azure.associate(&wanted, Effect::Read, &Journal::absent());
    assert_eq!(planned.unwrap()[0].state, AssociationState::Planned);
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|exchange| !exchange.committed)
    );
}

/// Puts a run with two results onto the stand-in, as any other client would.
fn post_run(sandbox: &AzureSandbox, azure: &Azure) -> u64 {
    let plan = lookup::plan_named(azure, "Regression").unwrap();
    let points: Vec<u64> = sandbox
        .points()
        .keys()
        .filter_map(|id| u64::try_from(*id).ok())
        .collect();
    let body = wire::CreateRun {
        name: "nightly".to_owned(),
        automated: true,
        plan: wire::Reference::to(plan.id.0),
        point_ids: points,
        state: "InProgress",
        comment: String::new(),
        start_date: None,
        build: None,
        release_uri: None,
        release_environment_uri: None,
        tags: Vec::new(),
        pipeline_reference: None,
    };
    let write = |request| write_alone(azure.client.transport(), "test", request).unwrap();
    let run: wire::Run = write(azure.client.endpoints().create_run(&body))
        .json()
        .unwrap();
    let set = serde_json::json!([
        {"id": 100_000, "state": "Completed", "outcome": "Passed", "automatedTestName": "shop.Login.valid"},
        {"id": 100_001, "state": "Completed", "outcome": "Failed", "automatedTestName": "shop.Login.wrong", "errorMessage": "no"},
    ]);
    write(
        azure
            .client
            .endpoints()
            .set_results(run.id.0, &[])
            .json(&set),
    );
    run.id.0
}

#[test]
fn runs_of_the_past_tell_which_tests_failed() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let azure = azure(&sandbox, |target| {
        target.plans = vec!["Regression".to_owned()];
    });
    let run = post_run(&sandbox, &azure);
    let runs = azure.runs(10).unwrap();
    assert_eq!(
        (runs.len(), runs[0].id, runs[0].name.as_str()),
        (1, run, "nightly")
    );
    let failed = azure.run_results(run, Some("Failed")).unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (
            failed[0].test.as_deref(),
            failed[0].case,
            failed[0].message.as_deref()
        ),
        (Some("shop.Login.wrong"), Some(1002), Some("no"))
    );
    assert_eq!(azure.run_results(run, None).unwrap().len(), 2);
    let unknown = azure.run_results(4040, None).unwrap_err().to_string();
    assert!(unknown.contains("no run 4040"), "{unknown}");
}

#[test]
fn who_signs_in_with_a_wrong_token_is_told_so() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    sandbox.change(|azure| azure.world().settings.tokens.clear());
    let error = azure(&sandbox, |_| ()).account().unwrap_err();
    let ServiceError::Transport(error) = error else {
        panic!("{error}")
    };
    assert!(error.is_authentication(), "{error}");
}
