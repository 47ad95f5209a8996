//! `handin submit` and `verify`, on qTest's stand-in.

use std::fmt::Write as _;

use handin_sandbox::fault::{Fault, Rule, When};
use handin_sandbox::qtest::{QtestSandbox, World};

use crate::desk::{Answer, Desk};

/// A report of one job in one browser; each test is `(name, case or none, outcome element)`.
pub(crate) fn report(browser: &str, tests: &[(&str, Option<&str>, &str)]) -> String {
    let mut text = format!(
        "<testsuites name=\"Nightly\"><testsuite name=\"web\" timestamp=\"2026-11-20T10:00:00Z\">\
         <properties><property name=\"browser\" value=\"{browser}\"/></properties>\n"
    );
    for (name, case, element) in tests {
        let property = case.map_or_else(String::new, |case| {
            format!("<properties><property name=\"test_id\" value=\"{case}\"/></properties>")
        });
        writeln!(text, "<testcase classname=\"shop.LoginTest\" name=\"{name}\" time=\"0.5\">{property}{element}</testcase>").unwrap();
    }
    text + "</testsuite></testsuites>\n"
}

pub(crate) fn desk(sandbox: &QtestSandbox, settings: &str) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_QTEST_URL", sandbox.url())
        .set("HANDIN_QTEST_TOKEN", format!("bearer {}", sandbox.token()));
    desk.write(
        "handin.toml",
        format!("[qtest]\nproject = \"Shop\"\nsettle = \"2s\"\n{settings}"),
    );
    desk
}

const MODULE: &str = "module = \"Automated\"\n";
const FAILURE: &str = "<failure message=\"expected 403, was 200\">at LoginTest</failure>";

fn shop() -> QtestSandbox {
    QtestSandbox::start(World::new().project("Shop", |project| {
        project.module("Web").case("Web", "By hand")
    }))
    .unwrap()
}

fn submit(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["submit", "--json", "r.xml"], more].concat())
}

fn three() -> String {
    report(
        "Chrome 120.0.1",
        &[
            ("valid", None, ""),
            ("wrong", None, FAILURE),
            ("mapped", Some("TC-1"), "<skipped/>"),
        ],
    )
}

#[test]
fn submit_hands_a_report_in_and_knows_it_the_second_time() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", three());
    let first = submit(&desk, &[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(first.json()["submissions"][0]["state"], "done");
    // Where it went, not the templates of that.
    let target = first.json()["submissions"][0]["target"].to_string();
    assert!(target.ends_with("Shop › Nightly › Chrome\""), "{target}");
    assert_eq!(sandbox.held("test_logs").len(), 3);
    desk.forget_journal();
    let second = submit(&desk, &[]);
    assert_eq!(second.code, Some(0), "{second:?}");
    assert_eq!(second.json()["submissions"][0]["state"], "known");
    assert_eq!(sandbox.held("test_logs").len(), 3);
    let third = submit(&desk, &["--again"]);
    assert_eq!(third.json()["submissions"][0]["state"], "done");
    assert_eq!(sandbox.held("test_logs").len(), 6);
    assert_eq!(sandbox.held("test_runs").len(), 3);
}

#[test]
fn submit_with_automation_off_says_how_to_switch_it_on_and_writes_nothing() {
    let sandbox =
        QtestSandbox::start(World::new().project("Shop", |project| project.automation(false)))
            .unwrap();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", three());
    let answer = desk.run(&["submit", "r.xml"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stderr.contains("Automation Settings"), "{answer:?}");
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|request| request.write.is_none())
    );
}

#[test]
fn submit_without_a_module_hands_in_what_is_mapped_and_creates_nothing() {
    let world = World::new().project("Shop", |project| {
        project
            .module("Web")
            .case("Web", "By hand")
            .cycle("Nightly")
            .suite("Nightly", "Chrome")
    });
    let sandbox = QtestSandbox::start(world).unwrap();
    let desk = desk(&sandbox, "");
    desk.write("r.xml", three());
    let answer = desk.run(&["submit", "r.xml"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(
        answer.stderr.contains("has no run in the suite"),
        "{answer:?}"
    );
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|request| request.write.is_none())
    );
}

#[test]
fn a_case_that_is_gone_does_not_stop_the_rest_where_that_is_wanted() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    let tests = [("valid", None, ""), ("gone", Some("TC-99"), "")];
    desk.write("r.xml", report("Chrome", &tests));
    let refused = desk.run(&["submit", "r.xml"]);
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert!(
        refused.stderr.contains("--on-missing-case warn"),
        "{refused:?}"
    );
    assert_eq!(sandbox.held("test_logs").len(), 0);
    let answer = desk.run(&["submit", "r.xml", "--on-missing-case", "warn"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(answer.stderr.contains("TC-99"), "{answer:?}");
    assert_eq!(sandbox.held("test_logs").len(), 1);
    // Where none is left nothing is submitted, whatever the policy.
    desk.write("r.xml", report("Chrome", &tests[1..]));
    let answer = desk.run(&["submit", "r.xml", "--on-missing-case", "ignore"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert_eq!(sandbox.held("test_logs").len(), 1);
}

#[test]
fn an_id_that_is_none_is_named_although_the_test_gets_a_case() {
    let sandbox = shop();
    let mut scene = desk(&sandbox, MODULE);
    let tests = [("one", Some("TC1"), ""), ("two", Some("abc"), "")];
    scene.write("r.xml", report("Chrome", &tests));
    let told = "shop.LoginTest › one: `TC1` in property `test_id` is not a test case of qTest; the test counts as one without a case, which has its own, and so do 1 more";
    for command in ["submit", "verify"] {
        let answer = scene.run(&[command, "r.xml"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(answer.stderr.contains(told), "{answer:?}");
    }
    // Where qTest knows tests by that property, it names no case.
    scene = desk(
        &sandbox,
        "module = \"Automated\"\nfingerprint = \"property:test_id\"\n",
    );
    scene.write("r.xml", report("Chrome", &tests));
    let answer = scene.run(&["submit", "--key", "other", "r.xml"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(!answer.stderr.contains("is not a test case"), "{answer:?}");
}

#[test]
fn a_dry_run_names_the_writes_and_makes_none() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", three());
    let answer = desk.run(&["submit", "--dry-run", "r.xml"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(
        answer.stdout.contains("create the test cycle `Nightly`"),
        "{answer:?}"
    );
    let new = "would create the module `Automated`\n  would create the module `Automated/";
    assert!(answer.stdout.contains(new), "{answer:?}");
    let known = self::desk(&sandbox, "module = \"Web\"\n");
    known.write("r.xml", three());
    let answer = known.run(&["submit", "--dry-run", "r.xml"]);
    assert!(
        answer.stdout.contains("create the module `Web/"),
        "{answer:?}"
    );
    assert!(
        !answer.stdout.contains("create the module `Web`"),
        "{answer:?}"
    );
    assert!(
        sandbox
            .requests()
            .iter()
            .all(|request| request.write.is_none())
    );
}

#[test]
fn a_batch_that_loses_results_is_partial_and_the_next_call_completes_it() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", three());
    sandbox.lose_logs(1);
    let first = submit(&desk, &[]);
    assert_eq!(first.code, Some(8), "{first:?}");
    assert_eq!(sandbox.held("test_logs").len(), 2);
    let second = submit(&desk, &[]);
    assert_eq!(second.code, Some(0), "{second:?}");
    assert_eq!(sandbox.held("test_logs").len(), 3);
}

#[test]
fn a_batch_that_the_queue_refuses_is_told_with_what_qtest_says() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    desk.write("r.xml", report("Chrome", &[("valid", None, "")]));
    sandbox.fail_next_batch("status PASS is not mapped");
    let first = desk.run(&["submit", "r.xml"]);
    assert_eq!(first.code, Some(8), "module and case were made: {first:?}");
    assert!(
        first.stderr.contains("status PASS is not mapped")
            && first.stderr.contains("automation settings"),
        "{first:?}"
    );
    sandbox.fail_next_batch("status PASS is not mapped");
    desk.forget_journal();
    let second = desk.run(&["submit", "r.xml"]);
    assert_eq!(second.code, Some(6), "nothing new was made: {second:?}");
    assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
    assert_eq!(sandbox.held("test_logs").len(), 1);
}

#[test]
fn results_whose_tests_were_mapped_since_are_added_by_the_same_command() {
    let world = World::new().project("Shop", |project| {
        project
            .module("Web")
            .case("Web", "By hand")
            .case("Web", "Valid user")
            .cycle("Nightly")
            .suite("Nightly", "Chrome")
    });
    for keeps_journal in [true, false] {
        let sandbox = QtestSandbox::start(world.clone()).unwrap();
        let desk = desk(&sandbox, "");
        // An earlier build, which leaves a run of each case.
        let tests = [("valid", Some("TC-2"), ""), ("mapped", Some("TC-1"), "")];
        desk.write("r.xml", report("Chrome", &tests));
        let earlier = submit(&desk, &["--set", "qtest.module=Web"]);
        assert_eq!(earlier.code, Some(0), "{earlier:?}");
        let tests = [("valid", None, ""), ("mapped", Some("TC-1"), "")];
        desk.write("r.xml", report("Chrome", &tests));
        let first = submit(&desk, &[]);
        assert_eq!(first.code, Some(0), "{first:?}");
        assert_eq!(sandbox.held("test_logs").len(), 3);
        let set = ["map", "set", "shop.LoginTest › valid", "TC-2"];
        let mapped = desk.run(&set);
        assert_eq!(mapped.code, Some(0), "{mapped:?}");
        if !keeps_journal {
            desk.forget_journal();
        }
        let second = submit(&desk, &[]);
        assert_eq!(second.code, Some(0), "{second:?}");
        assert_eq!(sandbox.held("test_logs").len(), 4, "{second:?}");
        assert_eq!(
            submit(&desk, &[]).json()["submissions"][0]["state"],
            "known"
        );
    }
}

#[test]
fn copies_of_a_report_that_go_side_by_side_are_one_submission() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    for copy in 0..6 {
        desk.write(&format!("out/{copy}.xml"), three());
    }
    let answer = desk.run(&["submit", "--each", "--json", "out", "--jobs", "6"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(sandbox.held("test_logs").len(), 3, "{answer:?}");
}

/// A report of one class, as Surefire writes one a file: nothing names the job.
fn surefire(class: &str) -> String {
    format!(
        "<testsuite name=\"{class}\" timestamp=\"2026-11-20T10:00:00Z\">\
         <testcase classname=\"{class}\" name=\"works\" time=\"0.5\"/></testsuite>\n"
    )
}

fn names(sandbox: &QtestSandbox, kind: &str) -> Vec<String> {
    let held = sandbox.held(kind);
    held.iter()
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

fn paths(sandbox: &QtestSandbox, kind: &str) -> Vec<String> {
    let held = sandbox.held(kind);
    held.iter()
        .map(|it| it["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn thirty_files_of_surefire_are_one_cycle_named_for_the_pipeline_or_for_nothing() {
    for (ci, cycle) in [(true, "Nightly build"), (false, "Jobless Executions")] {
        let sandbox = shop();
        let mut desk = desk(&sandbox, MODULE);
        for number in 0..30 {
            desk.write(
                &format!("out/TEST-{number}.xml"),
                surefire(&format!("shop.T{number}")),
            );
        }
        if ci {
            desk.set("GITHUB_ACTIONS", "true")
                .set("GITHUB_RUN_ID", "5")
                .set("GITHUB_WORKFLOW", "Nightly build");
        }
        let answer = desk.run(&["submit", "--json", "out"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(names(&sandbox, "test_cycles"), [cycle]);
        assert_eq!(sandbox.held("test_logs").len(), 30);
    }
}

#[test]
fn cycles_that_the_last_version_made_for_each_job_go_on_being_used() {
    // What 0.1.0 wrote for the job `shop.A` in a project without a release.
    let world = World::new().project("Shop", |project| {
        project.described_cycle(
            "renamed since",
            "Results of the job shop.A. Kept by handin: handin:cycle:b6b1e601bb9b",
        )
    });
    let sandbox = QtestSandbox::start(world).unwrap();
    let mut desk = desk(&sandbox, MODULE);
    desk.set("GITHUB_ACTIONS", "true")
        .set("GITHUB_RUN_ID", "5")
        .set("GITHUB_WORKFLOW", "Nightly build");
    desk.write("out/a.xml", surefire("shop.A"));
    desk.write("out/b.xml", surefire("shop.B"));
    let answer = desk.run(&["submit", "--json", "out"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(names(&sandbox, "test_cycles"), ["renamed since", "shop.B"]);
}

#[test]
fn places_are_taken_by_id_pid_name_and_path() {
    let world = World::new().project("Shop", |project| {
        project
            .module("Automated")
            .cycle("Regression")
            .suite("Regression", "Smoke")
    });
    for (cycle, suite, path) in [
        ("CL-1", "Chrome", "Regression › Chrome"),
        ("Regression", "TS-1", "Regression › Smoke"),
        ("anything", "TS-1", "Regression › Smoke"),
        (
            "Regression/Web/Checkout",
            "{browser}",
            "Regression › Web › Checkout › Chrome",
        ),
        ("Regression", "Web/{browser}", "Regression › Web › Chrome"),
        ("{job}", "{browser} {date}", "a/b › Chrome 2026-11-20"),
    ] {
        let sandbox = QtestSandbox::start(world.clone()).unwrap();
        let settings = format!("{MODULE}cycle = \"{cycle}\"\nsuite = \"{suite}\"\n");
        let desk = desk(&sandbox, &settings);
        let text = report("Chrome 120.0.1", &[("valid", None, "")]);
        desk.write("r.xml", text.replace("Nightly", "a/b"));
        let answer = submit(&desk, &[]);
        assert_eq!(answer.code, Some(0), "{cycle} {suite}: {answer:?}");
        let found = paths(&sandbox, "test_runs");
        assert_eq!(found, [path], "{cycle} {suite}");
        desk.forget_journal();
        assert_eq!(
            submit(&desk, &[]).json()["submissions"][0]["state"],
            "known"
        );
    }
}

#[test]
fn a_cycle_below_a_cycle_is_found_by_its_name() {
    let sandbox = shop();
    let first = desk(&sandbox, &format!("{MODULE}cycle = \"Regression/Web\"\n"));
    first.write("r.xml", three());
    assert_eq!(submit(&first, &[]).code, Some(0));
    let second = desk(&sandbox, &format!("{MODULE}cycle = \"Web\"\n"));
    second.write("r.xml", three());
    assert_eq!(submit(&second, &["--again"]).code, Some(0));
    assert_eq!(names(&sandbox, "test_cycles"), ["Regression", "Web"]);
    assert_eq!(names(&sandbox, "test_suites"), ["Chrome"]);
}

#[test]
fn an_id_that_is_not_there_is_said_and_nothing_is_written() {
    for (setting, said) in [
        ("cycle = \"CL-77\"", "there is no cycle `CL-77`"),
        ("suite = \"TS-77\"", "there is no suite `TS-77`"),
        ("release = \"RL-77\"", "there is no release `RL-77`"),
    ] {
        let sandbox = shop();
        let desk = desk(&sandbox, &format!("{MODULE}{setting}\n"));
        desk.write("r.xml", three());
        let answer = desk.run(&["submit", "r.xml"]);
        assert_eq!(answer.code, Some(5), "{answer:?}");
        assert!(answer.stderr.contains(said), "{answer:?}");
        assert!(sandbox.requests().iter().all(|it| it.write.is_none()));
    }
}

#[test]
fn a_template_word_that_nobody_knows_is_refused_with_the_nearest() {
    for (setting, near) in [
        ("cycle = \"{jobb}\"", "did you mean `{job}`?"),
        ("suite = \"{brwoser}\"", "did you mean `{browser}`?"),
        ("note = \"{submision}\"", "did you mean `{submission}`?"),
        ("build = \"{ci.biuld}\"", "did you mean `{ci.build}`?"),
    ] {
        let sandbox = shop();
        let desk = desk(&sandbox, &format!("{MODULE}{setting}\n"));
        desk.write("r.xml", three());
        let answer = desk.run(&["submit", "r.xml"]);
        assert!(matches!(answer.code, Some(2 | 5)), "{answer:?}");
        assert!(answer.stderr.contains(near), "{answer:?}");
        assert!(sandbox.requests().iter().all(|it| it.write.is_none()));
    }
}

#[test]
fn times_that_a_test_tells_of_itself_are_taken() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    let own = "<properties><property name=\"start_time\" value=\"2026-11-20T03:04:05Z\"/>\
               <property name=\"end_time\" value=\"2026-11-20T03:04:09Z\"/></properties>";
    desk.write("r.xml", report("Chrome", &[("valid", None, own)]));
    assert_eq!(submit(&desk, &[]).code, Some(0));
    let log = sandbox.held("test_logs").remove(0);
    assert_eq!(log["start"], "2026-11-20T03:04:05Z");
    assert_eq!(log["end"], "2026-11-20T03:04:09Z");
}

#[test]
fn flags_go_to_each_service_that_has_the_thing_and_are_refused_where_none_has_it() {
    let sandbox = shop();
    let desk = desk(&sandbox, &MODULE.replace("Automated", "Web"));
    desk.write("r.xml", three());
    let answer = submit(&desk, &["--build", "4711", "--suite", "Edge"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(sandbox.held("test_logs")[0]["build_number"], "4711");
    assert_eq!(names(&sandbox, "test_suites"), ["Edge"]);
    for (flag, who) in [
        ("--plan", "Azure DevOps Test Plans and Kiwi TCMS have"),
        ("--run-name", "Azure DevOps Test Plans and Kiwi TCMS have"),
        ("--configuration", "Azure DevOps Test Plans has"),
    ] {
        let answer = desk.run(&["submit", "r.xml", flag, "x"]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        let sentence = format!("`{flag}` means nothing for qTest: only {who} it");
        assert!(answer.stderr.contains(&sentence), "{answer:?}");
    }
    let answer = desk.run(&["submit", "r.xml", "--project", "Nowhere"]);
    assert!(
        answer.stderr.contains("there is no project `Nowhere`"),
        "{answer:?}"
    );
}

#[test]
fn testops_is_another_word_for_katalon() {
    let desk = Desk::new();
    desk.write("r.xml", three());
    let answer = desk.run(&["submit", "--service", "testops", "r.xml"]);
    assert!(answer.stderr.contains("katalon"), "{answer:?}");
    let answer = desk.run(&["projects", "testops"]);
    assert!(!answer.stderr.contains("invalid value"), "{answer:?}");
}

#[test]
fn with_only_a_project_the_message_names_the_module() {
    let sandbox = shop();
    let desk = desk(&sandbox, "");
    desk.write("r.xml", report("Chrome", &[("valid", None, "")]));
    let answer = desk.run(&["submit", "r.xml"]);
    assert!(matches!(answer.code, Some(5)), "{answer:?}");
    assert!(answer.stderr.contains("`qtest.module`"), "{answer:?}");
}

#[test]
fn what_is_switched_off_gets_nothing_and_is_named() {
    let sandbox = shop();
    let off = desk(&sandbox, "enabled = false\nmodule = \"Automated\"\n");
    off.write("r.xml", three());
    for more in [&[][..], &["--service", "qtest"]] {
        let answer = off.run(&[&["submit", "r.xml"], more].concat());
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(answer.stderr.contains("is switched off"), "{answer:?}");
    }
    let answer = off.run(&["verify", "r.xml"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(sandbox.requests().is_empty());
    let answer = off.run(&["submit", "r.xml", "--set", "qtest.enabled=true"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(sandbox.held("test_logs").len(), 3);
}

#[test]
fn a_service_that_is_switched_off_is_left_out_beside_one_that_is_not() {
    let sandbox = shop();
    let mut both = desk(&sandbox, MODULE);
    both.write(
        "handin.toml",
        "[qtest]\nproject = \"Shop\"\nmodule = \"Automated\"\n\
         [katalon]\nenabled = false\nproject = \"Shop\"\n",
    );
    both.set("HANDIN_KATALON_TOKEN", "key");
    both.write("r.xml", three());
    let answer = submit(&both, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(answer.json()["submissions"].as_array().unwrap().len(), 1);
    let answer = both.run(&[
        "submit",
        "r.xml",
        "--service",
        "katalon",
        "--service",
        "qtest",
    ]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let told = "Katalon TestOps is switched off (`enabled = false` in `[katalon]`)";
    assert!(answer.stderr.contains(told), "{answer:?}");
}

#[test]
fn a_case_says_what_was_tested_and_where() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    desk.write(
        "r.xml",
        "<testsuites name=\"Nightly\"><testsuite name=\"web\"><testcase classname=\"shop.T\" name=\"t\"><properties>\
         <property name=\"description\" value=\"Logs in &amp; out.\"/><property name=\"application\" value=\"Shop 2\"/>\
         <property name=\"url\" value=\"https://shop.example/\"/></properties></testcase></testsuite></testsuites>",
    );
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let cases = sandbox.held("test_cases");
    let mut descriptions = cases
        .iter()
        .map(|case| case["description"].as_str().unwrap());
    let told = "<p>Logs in &amp; out.</p>\n<p>Application: Shop 2</p>\n<p>URL: https://shop.example/</p>\n<p>shop.T › t</p>";
    assert!(descriptions.any(|text| text.contains(told)), "{cases:?}");
}

#[test]
fn the_link_and_the_wanted_properties_go_into_the_fields_of_the_run() {
    let world = World::new().project("Shop", |project| {
        project
            .field("test-runs", "Description", &[])
            .field("test-runs", "Test SHA", &[])
            .field("test-runs", "Stage", &["Dev", "Prod"])
            .field("test-runs", "Secret", &[])
    });
    let sandbox = QtestSandbox::start(world).unwrap();
    let desk = desk(
        &sandbox,
        "module = \"Automated\"\nbuild_url = \"https://ci.example/7\"\nfields = [\"test sha\", \"Stage\"]\n",
    );
    let with = |stage: &str| {
        format!(
            "<testsuites name=\"Nightly\"><testsuite name=\"web\"><properties><property name=\"Test SHA\" value=\"ab12\"/>\
             <property name=\"Stage\" value=\"{stage}\"/><property name=\"Secret\" value=\"hunter2\"/></properties>\
             <testcase classname=\"shop.T\" name=\"{stage}\"/></testsuite></testsuites>"
        )
    };
    // What is none of a field's values would cost the whole result.
    for stage in ["Prod", "Nowhere"] {
        desk.write("r.xml", with(stage));
        let answer = submit(&desk, &[]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    let runs = sandbox.held("test_runs");
    let field = |run: usize, name: &str| runs[run]["fields"][name].as_str().map(str::to_owned);
    assert_eq!(field(0, "Stage").as_deref(), Some("Prod"));
    assert_eq!(field(1, "Stage"), None);
    for run in 0..2 {
        assert_eq!(field(run, "Test SHA").as_deref(), Some("ab12"));
        let link = "Report: https://ci.example/7";
        assert_eq!(field(run, "Description").as_deref(), Some(link));
        assert_eq!(field(run, "Secret"), None);
    }
    assert_eq!(sandbox.held("test_logs").len(), 2);
}

#[test]
fn steps_of_katalon_say_what_they_check_and_whether_it_is_inverted() {
    let sandbox = shop();
    let desk = desk(&sandbox, MODULE);
    let keyword = |name: &str, index: usize, description: &str| {
        format!(
            "<record><level>START</level><method>startKeyword</method><message>Start action : {name}</message><nestedLevel>1</nestedLevel>\
             <property name=\"stepIndex\">{index}</property>{description}</record>\
             <record><level>PASSED</level><method>logMessage</method><message>ok</message></record>\
             <record><level>END</level><method>endKeyword</method><message>End action : {name}</message></record>"
        )
    };
    let log = format!(
        "<?xml version=\"1.0\"?><log><record><level>START</level><method>startSuite</method><message>Start Test Suite : S</message>\
         <property name=\"id\">Test Suites/S</property><property name=\"name\">S</property></record>\
         <record><level>START</level><method>startTest</method><message>Start Test Case : Test Cases/Shop/Login</message>\
         <property name=\"id\">Test Cases/Shop/Login</property><property name=\"description\">Signs a customer in.</property></record>\
         {}{}{}<record><level>END</level><method>endTest</method><message>End Test Case : Test Cases/Shop/Login</message></record></log>",
        keyword(
            "openBrowser",
            1,
            "<property name=\"description\">the shop</property>"
        ),
        keyword("verifyElementPresent", 2, ""),
        keyword("verifyElementNotPresent", 3, ""),
    );
    desk.write("run/execution0.log", log);
    let answer = desk.run(&["submit", "--json", "run"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let cases = sandbox.held("test_cases");
    let case = cases.iter().find(|case| case["name"] == "Login").unwrap();
    assert!(
        case["description"]
            .as_str()
            .unwrap()
            .contains("<p>Signs a customer in.</p>"),
        "{case}"
    );
    let steps: Vec<[&str; 2]> = case["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| [step[0].as_str().unwrap(), step[1].as_str().unwrap()])
        .collect();
    assert_eq!(
        steps,
        [
            ["openBrowser: the shop", "Passes"],
            ["verifyElementPresent", "Element present"],
            ["verifyElementNotPresent", "Element present (inverted)"],
        ]
    );
}

/// A report of tests that name requirements in a property.
fn with_keys(tests: &[(&str, Option<&str>, &str)]) -> String {
    let keyed: Vec<String> = tests
        .iter()
        .map(|(.., keys)| {
            format!("<properties><property name=\"jira\" value=\"{keys}\"/></properties>")
        })
        .collect();
    let tests: Vec<_> = tests
        .iter()
        .zip(&keyed)
        .map(|((name, case, _), keys)| (*name, *case, keys.as_str()))
        .collect();
    report("Chrome", &tests)
}

fn with_requirements(world: World) -> (QtestSandbox, Desk) {
    let world = world.project("Shop", |project| {
        project
            .module("Web")
            .case("Web", "By hand")
            .requirement("SHOP-7 Sign in")
            .requirement("SHOP-70 Sign out")
            .requirement("Pay")
    });
    let sandbox = QtestSandbox::start(world).unwrap();
    let desk = desk(&sandbox, &format!("{MODULE}requirements = [\"jira\"]\n"));
    (sandbox, desk)
}

#[test]
fn test_cases_are_linked_to_the_requirements_that_tests_name() {
    let (sandbox, desk) = with_requirements(World::new());
    let tests = [("valid", None, "SHOP-7"), ("wrong", None, "SHOP-7, RQ-3")];
    desk.write("r.xml", with_keys(&tests));
    let dry = desk.run(&["submit", "--dry-run", "r.xml"]);
    assert!(
        dry.stdout
            .contains("make 3 links of test cases to requirements"),
        "{dry:?}"
    );
    let first = submit(&desk, &[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(first.json()["submissions"][0]["state"], "done");
    let cases = sandbox.held("test_cases");
    let case = |name: &str| {
        let found = cases.iter().find(|it| it["name"] == name);
        found.unwrap()["id"].clone()
    };
    let links = sandbox.held("links");
    assert_eq!(links.len(), 3, "{links:?}");
    let of = |case: &serde_json::Value| links.iter().filter(|it| it[3] == *case).count();
    assert_eq!((of(&case("valid")), of(&case("wrong"))), (1, 2));
    desk.forget_journal();
    let before = sandbox.requests().len();
    let second = submit(&desk, &[]);
    assert_eq!(
        second.json()["submissions"][0]["state"],
        "known",
        "{second:?}"
    );
    let requests = sandbox.requests();
    assert!(
        requests[before..]
            .iter()
            .all(|it| !it.path.ends_with("/link"))
    );
    // A link that is gone is made again, and no result is.
    sandbox.forget_links();
    let third = submit(&desk, &[]);
    assert_eq!(third.code, Some(0), "{third:?}");
    assert_eq!(sandbox.held("links").len(), 3);
    assert_eq!(sandbox.held("test_logs").len(), 2);
}

#[test]
fn a_requirement_that_is_not_there_holds_no_result_up() {
    let (sandbox, desk) = with_requirements(World::new());
    let tests = [("valid", None, "SHOP-8 it\u{2019}s 'quoted' RQ-99")];
    desk.write("r.xml", with_keys(&tests));
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(
        answer.stdout.contains("is no requirement of the project"),
        "{answer:?}"
    );
    assert_eq!(sandbox.held("links").len(), 0);
    assert_eq!(sandbox.held("test_logs").len(), 1);
}

#[test]
fn a_link_that_is_refused_or_ignored_is_named_and_the_results_stand() {
    for is_refused in [true, false] {
        let (sandbox, desk) = with_requirements(World::new());
        if is_refused {
            let refusal = Fault::status(When::BeforeCommit, 403);
            let rule = Rule::new(refusal).path("*/link").always();
            sandbox.faults().add(rule);
        } else {
            sandbox.ignore_links(true);
        }
        desk.write("r.xml", with_keys(&[("valid", None, "SHOP-7")]));
        let answer = submit(&desk, &["--timeout", "20s"]);
        assert_eq!(answer.code, Some(8), "{answer:?}");
        assert!(
            answer.stdout.contains("the link to requirement `SHOP-7`"),
            "{answer:?}"
        );
        assert_eq!(sandbox.held("test_logs").len(), 1);
        sandbox.faults().clear();
        sandbox.ignore_links(false);
        let again = submit(&desk, &[]);
        assert_eq!(again.code, Some(0), "{again:?}");
        assert_eq!(sandbox.held("links").len(), 1);
        assert_eq!(sandbox.held("test_logs").len(), 1);
    }
}
