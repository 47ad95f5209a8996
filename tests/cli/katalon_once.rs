//! Once, and as it was sent: what went wrong on TestOps when it was tried as people live, each by its name.

use std::process::Child;
use std::time::Duration;

use handin::plan::{ContentDigest, KeyParts, SubmissionKey};
use handin_sandbox::Pace;
use handin_sandbox::katalon::{KatalonSandbox, World};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::desk::{Answer, Desk};
use crate::katalon::suite;

fn world() -> World {
    let world = World::new().organization("Acme").team("QA").project("Shop");
    world.pace(Pace::Requests(2))
}

fn desk(sandbox: &KatalonSandbox, settings: &str) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_KATALON_URL", sandbox.url())
        .set("HANDIN_KATALON_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        format!("[katalon]\nproject = \"Shop\"\n{settings}"),
    );
    desk.write("r.xml", suite("Cart", &["adds", "pays"]));
    desk
}

fn submit(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["submit", "--json", "r.xml"], more].concat())
}

fn of(answer: &Answer, name: &str) -> Value {
    let document = answer.json();
    document["submissions"][0][name].clone()
}

fn state(answer: &Answer) -> (Option<i32>, Value) {
    (answer.code, of(answer, "state"))
}

#[test]
fn the_same_command_twice_at_the_same_moment_on_two_machines_leaves_one_execution() {
    for _ in 0..3 {
        let sandbox = KatalonSandbox::start(world()).unwrap();
        let desks: Vec<Desk> = (0..3).map(|_| desk(&sandbox, "")).collect();
        let children: Vec<Child> = desks
            .iter()
            .map(|desk| desk.start(&["submit", "r.xml"]))
            .collect();
        for child in children {
            let answer = Answer::of(&child.wait_with_output().unwrap());
            assert_eq!(answer.code, Some(0), "{answer:?}");
        }
        // Whoever ended first could not see the others: whoever looks last sees all.
        let after = submit(&desks[0], &[]);
        assert_eq!(after.code, Some(0), "{after:?}");
        assert_eq!(sandbox.executions().len(), 1);
    }
}

#[test]
fn without_the_right_to_delete_twins_are_named_and_stay() {
    let (first, sandbox) = (
        KatalonSandbox::start(world()).unwrap(),
        KatalonSandbox::start(world()).unwrap(),
    );
    assert_eq!(submit(&desk(&first, ""), &[]).code, Some(0));
    sandbox.hold_twice(&first);
    let desk = desk(&sandbox, "retract = false\n");
    let answer = submit(&desk, &[]);
    assert_eq!(state(&answer), (Some(8), json!("partial")), "{answer:?}");
    assert!(
        answer
            .stderr
            .contains("execution 2 holds once more what execution 1 holds"),
        "{answer:?}"
    );
    assert_eq!(of(&answer, "repeat"), json!(false));
    assert_eq!(sandbox.executions().len(), 2);
    let looked = submit(&desk, &["--dry-run", "--set", "katalon.retract=true"]);
    assert_eq!(sandbox.executions().len(), 2, "{looked:?}");
    let mended = submit(&desk, &["--set", "katalon.retract=true"]);
    assert_eq!(mended.code, Some(0), "{mended:?}");
    assert!(mended.stderr.contains("2 was taken back"), "{mended:?}");
    let left = sandbox.executions();
    assert_eq!((left.len(), &left[0]["order"]), (1, &json!(1)));
}

#[test]
fn the_project_by_name_and_by_id_is_one_target() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    let first = submit(&desk, &[]);
    assert_eq!(state(&first), (Some(0), json!("done")), "{first:?}");
    let page = of(&first, "url").as_str().unwrap().to_owned();
    let id = page
        .split("/project/")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    let id = id.unwrap();
    let by_id = submit(&desk, &["--set", &format!("katalon.project={id}")]);
    assert_eq!(state(&by_id), (Some(0), json!("known")), "{by_id:?}");
    assert_eq!(sandbox.executions().len(), 1);
}

#[test]
fn what_the_first_version_handed_in_is_found() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    assert_eq!(submit(&desk, &[]).code, Some(0));
    let digest: [u8; 32] = Sha256::digest(std::fs::read(desk.path("r.xml")).unwrap()).into();
    let target = format!("{} › Shop", sandbox.url());
    let key = SubmissionKey::of(&KeyParts {
        target: &target,
        build: "",
        reports: &[ContentDigest(digest)],
    });
    let once_more: [u8; 32] = Sha256::digest(digest).into();
    let suffix: String = once_more[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    sandbox.rename_batches(&format!("{key}-{suffix}"));
    desk.forget_journal();
    let answer = submit(&desk, &[]);
    assert_eq!(state(&answer), (Some(0), json!("known")), "{answer:?}");
    assert_eq!(sandbox.executions().len(), 1);
}

#[test]
fn what_is_not_waited_for_is_accepted_and_never_called_confirmed() {
    let slow = world().pace(Pace::Time(Duration::from_hours(1)));
    let sandbox = KatalonSandbox::start(slow).unwrap();
    let desk = desk(&sandbox, "");
    for _ in 0..2 {
        let answer = submit(&desk, &["--no-wait"]);
        assert_eq!(state(&answer), (Some(0), json!("accepted")), "{answer:?}");
        let told = desk.run(&["submit", "r.xml", "--no-wait"]);
        assert!(!told.stdout.contains("confirmed"), "{told:?}");
    }
    assert_eq!(sandbox.executions().len(), 1);
}

#[test]
fn what_a_ci_handed_in_is_known_elsewhere_by_the_key_that_it_printed() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let mut ci = desk(&sandbox, "");
    ci.set("GITHUB_ACTIONS", "true").set("GITHUB_RUN_ID", "77");
    let first = submit(&ci, &[]);
    assert_eq!(state(&first), (Some(0), json!("done")), "{first:?}");
    let key = of(&first, "key");
    let laptop = desk(&sandbox, "");
    let second = submit(&laptop, &["--key", key.as_str().unwrap()]);
    assert_eq!(state(&second), (Some(0), json!("known")), "{second:?}");
    assert_eq!(sandbox.executions().len(), 1);
}

#[test]
fn a_shard_that_ran_again_is_never_called_already_there() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let failed =
        suite("Cart", &["adds"]).replace("/>\n", "><failure message=\"no\"/></testcase>\n");
    for (attempt, report) in [("1", failed), ("2", suite("Cart", &["adds"]))] {
        let mut ci = desk(&sandbox, "");
        ci.set("GITHUB_ACTIONS", "true")
            .set("GITHUB_RUN_ID", "77")
            .set("GITHUB_RUN_ATTEMPT", attempt);
        ci.write("r.xml", report);
        let answer = submit(&ci, &["--shard", "3/4"]);
        assert_eq!(state(&answer), (Some(0), json!("done")), "{answer:?}");
    }
    let executions = sandbox.executions();
    let status = |at: usize| executions[at]["results"][0]["status"].clone();
    assert_eq!((status(0), status(1)), (json!("FAILED"), json!("PASSED")));
}

#[test]
fn two_jobs_of_one_build_with_the_same_shard_both_arrive() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    for job in ["qa", "prod"] {
        let mut ci = desk(&sandbox, "");
        ci.set("GITHUB_ACTIONS", "true")
            .set("GITHUB_RUN_ID", "77")
            .set("GITHUB_JOB", job);
        let answer = submit(&ci, &["--shard", "1/2"]);
        assert_eq!(state(&answer), (Some(0), json!("done")), "{answer:?}");
    }
    assert_eq!(sandbox.executions().len(), 2);
}

#[test]
fn what_somebody_deleted_is_handed_in_again_though_the_journal_knows_it() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "settle = \"1s\"\n");
    assert_eq!(submit(&desk, &[]).code, Some(0));
    sandbox.delete_executions();
    let answer = submit(&desk, &[]);
    assert_eq!(state(&answer), (Some(0), json!("done")), "{answer:?}");
    assert_eq!(sandbox.executions().len(), 1);
}

#[test]
fn a_test_that_passed_in_the_end_counts_as_a_pass_there_and_here() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    desk.write(
        "r.xml",
        "<testsuite name=\"Cart\"><testcase classname=\"shop.Cart\" name=\"adds\" time=\"1\"><flakyFailure message=\"no\" type=\"x\"/></testcase></testsuite>",
    );
    let answer = submit(&desk, &[]);
    assert_eq!(state(&answer), (Some(0), json!("done")), "{answer:?}");
    assert_eq!(of(&answer, "counts"), json!({"PASSED": 1}));
}

#[test]
fn teams_are_listed_with_their_projects_and_names_may_be_written_in_other_cases() {
    let sandbox = KatalonSandbox::start(world().project("Depot")).unwrap();
    let desk = desk(&sandbox, "");
    let listed = desk.run(&["projects", "katalon"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    for part in ["QA", "Shop", "Depot"] {
        assert!(listed.stdout.contains(part), "{part}: {listed:?}");
    }
    desk.write(
        "handin.toml",
        "[katalon]\nteam = \"qa\"\nproject = \"shop\"\n",
    );
    let answer = submit(&desk, &[]);
    assert_eq!(state(&answer), (Some(0), json!("done")), "{answer:?}");
}

#[test]
fn files_of_tests_that_stay_here_are_told() {
    let sandbox = KatalonSandbox::start(world()).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("shot.png", "png");
    desk.write(
        "r.xml",
        "<testsuite name=\"Cart\"><testcase classname=\"shop.Cart\" name=\"adds\"><failure message=\"no\"/><system-out>[[ATTACHMENT|shot.png]]</system-out></testcase></testsuite>",
    );
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(
        answer.stderr.contains("1 file of tests not uploaded"),
        "{answer:?}"
    );
    let quiet = submit(&desk, &["--attach", "none"]);
    assert!(!quiet.stderr.contains("not uploaded"), "{quiet:?}");
}
