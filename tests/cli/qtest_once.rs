//! Once on qTest, as it was broken before: nightly archives, several processes, another zone, an index that is behind, a service that
//! shows something else than was sent.

use std::fmt::Write as _;
use std::process::Child;

use handin_sandbox::Pace;
use handin_sandbox::fault::{Fault, Rule, When};
use handin_sandbox::qtest::{QtestSandbox, World};

use crate::desk::{Answer, Desk};
use crate::qtest::{desk, report};

const MODULE: &str = "module = \"Automated\"\n";
const FAILURE: &str = "<failure message=\"no\"/>";

fn empty() -> QtestSandbox {
    QtestSandbox::start(World::new().project("Shop", |project| project)).unwrap()
}

/// Twenty tests of one night.
fn night(day: u32) -> String {
    let tests: Vec<(String, Option<&str>, &str)> = (0..20)
        .map(|number| (format!("test {number}"), None, ""))
        .collect();
    let tests: Vec<(&str, Option<&str>, &str)> = tests
        .iter()
        .map(|(name, case, element)| (name.as_str(), *case, *element))
        .collect();
    report("Chrome", &tests).replace("2026-11-20T10", &format!("2026-11-{day:02}T10"))
}

fn six() -> String {
    report(
        "Chrome",
        &[
            ("a", None, ""),
            ("b", None, ""),
            ("c", None, ""),
            ("d", None, ""),
            ("e", None, FAILURE),
            ("f", None, FAILURE),
        ],
    )
}

fn submit(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["submit", "--json", "r.xml"], more].concat())
}

fn state(answer: &Answer) -> String {
    answer.json()["submissions"][0]["state"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn counts(sandbox: &QtestSandbox) -> [usize; 5] {
    [
        "modules",
        "test_cycles",
        "test_suites",
        "test_cases",
        "test_runs",
    ]
    .map(|kind| sandbox.held(kind).len())
}

fn statuses(sandbox: &QtestSandbox) -> Vec<String> {
    let logs = sandbox.held("test_logs");
    logs.iter()
        .map(|log| log["status"].as_str().unwrap().to_owned())
        .collect()
}

/// A process on a machine of its own.
fn machine(sandbox: &QtestSandbox, text: &str, variables: &[(&str, &str)]) -> Desk {
    let mut desk = desk(sandbox, MODULE);
    for (name, value) in variables {
        desk.set(name, *value);
    }
    desk.write("r.xml", text);
    desk
}

fn ended(children: Vec<Child>) -> Vec<Answer> {
    children
        .into_iter()
        .map(|child| Answer::of(&child.wait_with_output().unwrap()))
        .collect()
}

#[test]
fn sixteen_nights_of_the_same_tests_side_by_side_leave_one_of_each() {
    for jobs in ["4", "8"] {
        let sandbox = empty();
        let desk = desk(&sandbox, MODULE);
        for day in 1..=16 {
            desk.write(&format!("out/{day}.xml"), night(day));
        }
        let answer = desk.run(&["submit", "--each", "--json", "out", "--jobs", jobs]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(counts(&sandbox), [2, 1, 1, 20, 20], "{answer:?}");
        assert_eq!(sandbox.held("test_logs").len(), 320);
    }
}

#[test]
fn four_jobs_at_once_on_an_empty_project_leave_one_of_each() {
    let sandbox = empty();
    let text: Vec<String> = (1..=4).map(night).collect();
    let desks: Vec<Desk> = text
        .iter()
        .map(|text| machine(&sandbox, text, &[]))
        .collect();
    let started = desks.iter().map(|desk| desk.start(&["submit", "r.xml"]));
    for answer in ended(started.collect()) {
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    assert_eq!(counts(&sandbox), [2, 1, 1, 20, 20]);
    assert_eq!(sandbox.held("test_logs").len(), 80);
}

#[test]
fn the_same_command_twice_at_the_same_moment_hands_in_once() {
    let sandbox = empty();
    let desks = [(); 2].map(|()| machine(&sandbox, &six(), &[]));
    let started = desks.iter().map(|desk| desk.start(&["submit", "r.xml"]));
    for answer in ended(started.collect()) {
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    assert_eq!(sandbox.held("test_logs").len(), 6);
    assert_eq!(counts(&sandbox), [2, 1, 1, 6, 6]);
}

#[test]
fn four_jobs_at_once_below_a_module_whose_path_is_not_there_leave_one_path() {
    let sandbox = empty();
    let desks: Vec<Desk> = (1..=4)
        .map(|day| {
            let desk = desk(&sandbox, "module = \"Team/Web/Automated\"\n");
            desk.write("r.xml", night(day));
            desk
        })
        .collect();
    let started = desks.iter().map(|desk| desk.start(&["submit", "r.xml"]));
    for answer in ended(started.collect()) {
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    assert_eq!(counts(&sandbox), [4, 1, 1, 20, 20]);
}

/// Two machines whose settings name no module, where the tests are known.
fn without_module() -> (QtestSandbox, [Desk; 2]) {
    let sandbox = empty();
    assert_eq!(submit(&machine(&sandbox, &six(), &[]), &[]).code, Some(0));
    let desks = [(); 2].map(|()| {
        let desk = desk(&sandbox, "");
        let mapped: String = ["a", "b", "c", "d", "e", "f"]
            .iter()
            .enumerate()
            .map(|(number, name)| format!("\"shop.LoginTest › {name}\" = \"TC-{}\"\n", number + 1))
            .collect();
        let settings =
            format!("[qtest]\nproject = \"Shop\"\nsettle = \"2s\"\n[cases.qtest]\n{mapped}");
        desk.write("handin.toml", settings);
        desk.write("r.xml", six());
        desk
    });
    (sandbox, desks)
}

#[test]
fn without_a_module_too_the_same_command_twice_at_the_same_moment_hands_in_once() {
    let (sandbox, desks) = without_module();
    let started = desks
        .iter()
        .map(|desk| desk.start(&["submit", "r.xml", "--key", "next"]));
    for answer in ended(started.collect()) {
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    assert_eq!(sandbox.held("test_logs").len(), 12);
    // What said who writes is gone.
    assert_eq!(counts(&sandbox), [2, 1, 1, 6, 6]);
}

#[test]
fn who_may_create_no_module_hands_in_all_the_same() {
    let (sandbox, desks) = without_module();
    let refused = Fault::status(When::BeforeCommit, 403);
    let modules = Rule::new(refused).writes().path("*/modules").always();
    sandbox.faults().add(modules);
    let answer = submit(&desks[0], &["--key", "next"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(sandbox.held("test_logs").len(), 12);
}

#[test]
fn another_machine_in_another_zone_knows_what_stands_there_though_the_index_is_behind() {
    let sandbox = empty();
    sandbox.set_search_lag(Pace::Never);
    let text = six().replace("10:00:00Z", "10:00:00");
    let first = machine(&sandbox, &text, &[("TZ", "Europe/Berlin")]);
    let answer = submit(&first, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for zone in ["Asia/Tokyo", "America/Los_Angeles"] {
        let second = machine(&sandbox, &text, &[("TZ", zone)]);
        let answer = submit(&second, &[]);
        assert_eq!(
            (answer.code, state(&answer).as_str()),
            (Some(0), "known"),
            "{answer:?}"
        );
    }
    assert_eq!(sandbox.held("test_logs").len(), 6);
}

#[test]
fn a_note_that_is_cut_still_says_which_result_it_is() {
    let sandbox = empty();
    sandbox.set_note_limit(Some(130));
    let desk = machine(&sandbox, &six(), &[]);
    assert_eq!(submit(&desk, &[]).code, Some(0));
    desk.forget_journal();
    assert_eq!(state(&submit(&desk, &[])), "known");
    assert_eq!(sandbox.held("test_logs").len(), 6);
}

#[test]
fn logs_that_somebody_deleted_are_handed_in_again_whatever_the_journal_says() {
    let sandbox = empty();
    let desk = machine(&sandbox, &six(), &[]);
    assert_eq!(submit(&desk, &[]).code, Some(0));
    sandbox.delete_logs();
    let answer = submit(&desk, &[]);
    assert_eq!(
        (answer.code, state(&answer).as_str()),
        (Some(0), "done"),
        "{answer:?}"
    );
    assert_eq!(sandbox.held("test_logs").len(), 6);
}

#[test]
fn an_outcome_that_the_automation_settings_turn_into_another_is_told_by_name() {
    let sandbox = empty();
    sandbox.set_mapping(&[("PASS", 601), ("FAIL", 601), ("SKIP", 603)]);
    let desk = machine(&sandbox, &six(), &[]);
    for _ in 0..2 {
        let answer = submit(&desk, &[]);
        assert_eq!(answer.code, Some(8), "{answer:?}");
        let told = &answer.stderr;
        assert!(
            told.contains("shop.LoginTest › e was sent as FAIL and is kept as Passed"),
            "{answer:?}"
        );
        assert!(told.contains("automation settings"), "{answer:?}");
    }
    assert_eq!(sandbox.held("test_logs").len(), 6);
}

#[test]
fn results_that_the_service_kept_only_in_part_are_named() {
    let sandbox = empty();
    sandbox.lose_logs(2);
    let desk = machine(&sandbox, &six(), &[]);
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(8), "{answer:?}");
    for lost in ["shop.LoginTest › a", "shop.LoginTest › b"] {
        assert!(answer.stderr.contains(lost), "{answer:?}");
    }
    assert_eq!(submit(&desk, &[]).code, Some(0));
    assert_eq!(sandbox.held("test_logs").len(), 6);
}

#[test]
fn a_shard_that_ran_again_supersedes_what_it_said_before() {
    let sandbox = empty();
    let ci = |attempt| {
        [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_RUN_ID", "7"),
            ("GITHUB_JOB", "e2e"),
            ("GITHUB_RUN_ATTEMPT", attempt),
        ]
    };
    let shard = ["--shard", "3/4"];
    let failed = report("Chrome", &[("a", None, FAILURE)]);
    let passed = report("Chrome", &[("a", None, "")]);
    let first = submit(&machine(&sandbox, &failed, &ci("1")), &shard);
    assert_eq!(first.code, Some(0), "{first:?}");
    let second = submit(&machine(&sandbox, &passed, &ci("2")), &shard);
    assert_eq!(
        (second.code, state(&second).as_str()),
        (Some(0), "done"),
        "{second:?}"
    );
    assert_eq!(statuses(&sandbox), ["Failed", "Passed"]);
    let again = submit(&machine(&sandbox, &passed, &ci("2")), &shard);
    assert_eq!(state(&again), "known");
    assert_eq!(statuses(&sandbox).len(), 2);
    // The third says word for word what the first said.
    for wanted in ["done", "known"] {
        let third = submit(&machine(&sandbox, &failed, &ci("3")), &shard);
        assert_eq!(
            (third.code, state(&third).as_str()),
            (Some(0), wanted),
            "{third:?}"
        );
        assert_eq!(statuses(&sandbox), ["Failed", "Passed", "Failed"]);
    }
}

#[test]
fn of_two_shards_that_ran_one_test_the_worse_stands() {
    let ci = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_RUN_ID", "7"),
        ("GITHUB_JOB", "e2e"),
    ];
    let failed = report("Chrome", &[("set-up", None, FAILURE)]);
    let passed = report("Chrome", &[("set-up", None, "")]);
    for order in [[&failed, &passed], [&passed, &failed]] {
        let sandbox = empty();
        for (text, shard) in order.into_iter().zip(["1/2", "2/2"]) {
            let answer = submit(&machine(&sandbox, text, &ci), &["--shard", shard]);
            assert_eq!(answer.code, Some(0), "{answer:?}");
        }
        assert_eq!(statuses(&sandbox).last().unwrap(), "Failed");
    }
}

#[test]
fn two_stages_of_one_run_are_two_submissions() {
    let sandbox = empty();
    for stage in ["QA", "Prod"] {
        let ci = [
            ("TF_BUILD", "True"),
            ("BUILD_BUILDID", "41"),
            ("SYSTEM_STAGENAME", stage),
            ("SYSTEM_PHASENAME", "e2e"),
        ];
        let answer = submit(&machine(&sandbox, &six(), &ci), &["--shard", "1/1"]);
        assert_eq!(
            (answer.code, state(&answer).as_str()),
            (Some(0), "done"),
            "{answer:?}"
        );
    }
    assert_eq!(sandbox.held("test_logs").len(), 12);
}

#[test]
fn the_project_by_name_and_by_id_is_one_target() {
    let sandbox = empty();
    let id = sandbox.state()["projects"][0]["id"].to_string();
    let desk = machine(&sandbox, &six(), &[]);
    assert_eq!(submit(&desk, &[]).code, Some(0));
    desk.forget_journal();
    let answer = submit(&desk, &["--project", &id]);
    assert_eq!(state(&answer), "known", "{answer:?}");
    assert_eq!(sandbox.held("test_logs").len(), 6);
}

#[test]
fn what_version_0_1_0_marked_is_still_found() {
    let sandbox = empty();
    let desk = machine(&sandbox, &six(), &[]);
    assert_eq!(submit(&desk, &[]).code, Some(0));
    // As 0.1.0 wrote them: only the mark that stands last.
    sandbox.change_notes(|note| {
        let lines: Vec<&str> = note.lines().collect();
        lines.get(1..).unwrap_or_default().join("\n")
    });
    assert!(
        sandbox.held("test_logs")[0]["note"]
            .as_str()
            .unwrap()
            .starts_with("handin-")
    );
    desk.forget_journal();
    assert_eq!(state(&submit(&desk, &[])), "known");
    assert_eq!(sandbox.held("test_logs").len(), 6);
}

#[test]
fn no_wait_says_accepted_and_never_confirmed() {
    let sandbox = empty();
    sandbox.set_pace(Pace::Never);
    let desk = machine(&sandbox, &six(), &[]);
    let answer = submit(&desk, &["--no-wait"]);
    assert_eq!(
        (answer.code, state(&answer).as_str()),
        (Some(0), "accepted"),
        "{answer:?}"
    );
    sandbox.set_pace(Pace::AtOnce);
    assert_eq!(state(&submit(&desk, &[])), "known");
    assert_eq!(sandbox.held("test_logs").len(), 6);
}

#[test]
fn nothing_is_left_of_the_module_that_says_who_writes() {
    let sandbox = empty();
    let desk = machine(&sandbox, &six(), &[]);
    assert_eq!(submit(&desk, &[]).code, Some(0));
    let modules = sandbox.held("modules");
    let names: Vec<&str> = modules
        .iter()
        .map(|module| module["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Automated", "shop"]);
}

/// Of 2,000 tests in so many packages those of one of so many files.
fn two_thousand(packages: usize, (file, files): (usize, usize)) -> String {
    let mut text =
        "<testsuites name=\"Nightly\"><testsuite name=\"all\" timestamp=\"2026-11-20T10:00:00Z\">"
            .to_owned();
    for number in (0..2000).filter(|number| number % files == file) {
        let package = number % packages;
        write!(
            text,
            "<testcase classname=\"p{package}.T\" name=\"t{number}\" time=\"0.1\"/>"
        )
        .unwrap();
    }
    text + "</testsuite></testsuites>"
}

fn are_approved_and_marked(cases: &[serde_json::Value]) {
    assert_eq!(cases.len(), 2000);
    for case in cases {
        assert_eq!(case["version"], "1.0");
        let description = case["description"].as_str().unwrap();
        assert!(description.contains("handin:case:"));
    }
}

#[test]
fn two_thousand_tests_cost_a_few_dozen_requests() {
    for (packages, files, new, known) in [
        (1, 1, 60, 40),
        (10, 1, 100, 40),
        (100, 1, 400, 40),
        (1, 100, 60, 40),
        (100, 100, 400, 40),
    ] {
        let sandbox = empty();
        let desk = machine(&sandbox, "", &[]);
        // With the settings of a user: where a machine is slow, a short `settle` makes doubts.
        desk.write(
            "handin.toml",
            format!("[qtest]\nproject = \"Shop\"\n{MODULE}"),
        );
        for file in 0..files {
            let text = two_thousand(packages, (file, files));
            desk.write(&format!("out/{file}.xml"), text);
        }
        let submit =
            |desk: &Desk, more: &[&str]| desk.run(&[&["submit", "--json", "out"], more].concat());
        let told = |key: &[&str]| {
            let answer = submit(&desk, &[&["--dry-run"], key].concat());
            answer.json()["submissions"][0]["planned"]["requests"]
                .as_u64()
                .unwrap()
        };
        let foretold = told(&[]);
        let before = sandbox.requests().len();
        let answer = submit(&desk, &[]);
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        let first = sandbox.requests().len() - before;
        desk.forget_journal();
        let foretold = [foretold, told(&["--key", "the next night"])];
        let before = sandbox.requests().len() - first;
        let answer = submit(&desk, &["--key", "the next night"]);
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        let second = sandbox.requests().len() - before - first;
        println!(
            "2,000 tests in {packages} modules and {files} files: {first} requests when new, {second} when known"
        );
        assert!(
            first <= new && second <= known,
            "{packages}, {files}: {first}, {second}"
        );
        for (told, took) in foretold.into_iter().zip([first, second]) {
            assert!(
                told.abs_diff(took as u64) <= 10,
                "{packages}: {told} requests were foretold, {took} were made"
            );
        }
        are_approved_and_marked(&sandbox.held("test_cases"));
        assert_eq!(sandbox.held("test_logs").len(), 4000);
        assert_eq!(sandbox.held("modules").len(), packages + 1);
    }
}

#[test]
fn what_a_batch_leaves_out_of_its_cases_is_made_good() {
    let world = World::new()
        .drafts_from_batches()
        .fixed_descriptions()
        .project("Shop", |project| project);
    let sandbox = QtestSandbox::start(world).unwrap();
    let desk = machine(&sandbox, &six(), &[]);
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for case in sandbox.held("test_cases") {
        assert_eq!(case["approved"], true, "{case}");
        assert!(
            case["description"]
                .as_str()
                .unwrap()
                .contains("handin:case:"),
            "{case}"
        );
    }
    assert_eq!(sandbox.held("test_logs").len(), 6);
}

#[test]
fn a_quota_of_the_month_that_does_not_reach_is_told_before_anything_is_written() {
    let begin = |quota: u32, packages: usize| {
        let world = World::new()
            .month_quota(quota)
            .project("Shop", |project| project);
        let sandbox = QtestSandbox::start(world).unwrap();
        let desk = machine(&sandbox, &two_thousand(packages, (0, 1)), &[]);
        let answer = submit(&desk, &[]);
        (sandbox, answer)
    };
    let (sandbox, answer) = begin(200, 100);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stdout.contains("more this month"), "{answer:?}");
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|request| request.write.is_none())
    );
    let (sandbox, answer) = begin(200, 1);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(answer.stderr.contains("more this month"), "{answer:?}");
    assert_eq!(sandbox.held("test_logs").len(), 2000);
}
