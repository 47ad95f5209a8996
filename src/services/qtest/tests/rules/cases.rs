//! Modules and the cases in them.

use std::time::Duration;

use handin_sandbox::Pace;
use serde_json::json;

use super::super::bench::{Bench, job, passed, plan};
use super::{again, by_hand, id, one, world};
use crate::model::StepVerdict;
use crate::plan::ProblemKind;
use crate::services::qtest::FingerprintStyle;
use crate::services::{Checked as _, Silent, State, Submitter as _};

#[test]
fn modules_stand_under_the_configured_parent_with_a_description() {
    let mut bench = world(|project| project.module("QA/Robots"));
    bench.target.module = Some("QA/Robots".to_owned());
    bench.submit(&[one()]);
    let modules = bench.held("modules");
    let web = modules
        .iter()
        .find(|module| module["name"] == "web")
        .unwrap();
    assert_eq!(web["path"], "QA › Robots › shop › web");
    assert!(
        web["description"]
            .as_str()
            .unwrap()
            .contains(". Tests of shop/web. Kept by handin.")
    );
    assert_eq!(modules.len(), 4);
}

#[test]
fn a_module_says_what_the_report_says_of_its_folder() {
    let bench = Bench::shop();
    let mut test = passed("shop.web.CartTest", "adds");
    test.properties = vec![("module_description", "All of <the> cart.")];
    bench.submit(&[job("1", &[test])]);
    let modules = bench.held("modules");
    let told = |name: &str| {
        let module = modules.iter().find(|module| module["name"] == name);
        module.unwrap()["description"].as_str().unwrap().to_owned()
    };
    assert!(told("web").contains(". <p>All of &lt;the&gt; cart.</p> Kept by handin."));
    assert!(told("shop").contains(". Tests of shop. Kept by handin."));
    // It is found by its mark in there.
    bench.submit(&again(&[job(
        "1",
        &[passed("shop.web.CartTest", "empties")],
    )]));
    assert_eq!(bench.held("modules").len(), modules.len());
}

#[test]
fn a_katalon_test_stands_in_the_module_of_its_folder() {
    let bench = Bench::shop();
    bench.submit(&[job(
        "1",
        &[passed(
            "Test Cases/Web/Cart/Adds",
            "Test Cases/Web/Cart/Adds",
        )],
    )]);
    let case = &bench.held("test_cases")[0];
    assert_eq!(case["path"], "Automated › Web › Cart");
    assert_eq!(case["name"], "Adds");
    assert_eq!(case["automation_content"], "ks:Test Cases/Web/Cart/Adds");
}

#[test]
fn a_moved_module_is_found_by_its_mark_and_left_where_it_is() {
    let bench = world(|project| project.module("Elsewhere"));
    bench.submit(&[one()]);
    let modules = bench.held("modules");
    let at = |name: &str| {
        id(modules
            .iter()
            .find(|module| module["name"] == name)
            .unwrap())
    };
    by_hand(
        &bench.sandbox,
        "PUT",
        &format!("/modules/{}?parentId={}", at("shop"), at("Elsewhere")),
        &json!({}),
    );
    bench.submit(&[job(
        "2",
        &[
            passed("shop.web.CartTest", "adds"),
            passed("shop.web.CartTest", "removes"),
        ],
    )]);
    assert_eq!(bench.count("modules"), modules.len());
    let removes = bench
        .held("test_cases")
        .into_iter()
        .find(|case| case["name"] == "removes")
        .unwrap();
    assert_eq!(removes["path"], "Elsewhere › shop › web");
}

#[test]
fn a_renamed_module_is_found_by_its_mark() {
    let bench = Bench::shop();
    bench.submit(&[one()]);
    let modules = bench.held("modules");
    let shop = id(modules
        .iter()
        .find(|module| module["name"] == "shop")
        .unwrap());
    by_hand(
        &bench.sandbox,
        "PUT",
        &format!("/modules/{shop}"),
        &json!({"name": "The shop"}),
    );
    bench.submit(&[job("2", &[passed("shop.OtherTest", "pays")])]);
    assert_eq!(bench.names("modules"), ["Automated", "The shop", "web"]);
}

#[test]
fn a_renamed_module_above_the_one_of_the_settings_is_found_by_its_mark() {
    let mut bench = Bench::shop();
    bench.target.module = Some("Tests/Automated".to_owned());
    bench.submit(&[one()]);
    let modules = bench.held("modules");
    let of = |name: &str| id(modules.iter().find(|it| it["name"] == name).unwrap());
    let renamed = format!("/modules/{}", of("Tests"));
    by_hand(
        &bench.sandbox,
        "PUT",
        &renamed,
        &json!({"name": "All tests"}),
    );
    let deleted = format!("/modules/{}?force=true", of("Automated"));
    by_hand(&bench.sandbox, "DELETE", &deleted, &json!({}));
    let receipt = bench.submit(&again(&[one()]));
    assert_eq!(receipt.state, State::Done, "{receipt:?}");
    assert_eq!(
        bench.names("modules"),
        ["All tests", "Automated", "shop", "web"]
    );
}

#[test]
fn a_deleted_module_is_made_again_with_its_cases() {
    let bench = Bench::shop();
    bench.submit(&[one()]);
    let modules = bench.held("modules");
    let shop = id(modules
        .iter()
        .find(|module| module["name"] == "shop")
        .unwrap());
    by_hand(
        &bench.sandbox,
        "DELETE",
        &format!("/modules/{shop}?force=true"),
        &json!({}),
    );
    let receipt = bench.submit(&again(&[one()]));
    assert_eq!(receipt.state, State::Done, "{receipt:?}");
    assert_eq!(bench.names("modules"), ["Automated", "shop", "web"]);
    assert_eq!(bench.count("test_cases"), 1);
}

#[test]
fn what_another_submission_made_is_used_though_the_lists_do_not_show_it_yet() {
    let mut bench = Bench::shop();
    bench.target.settle = Duration::from_secs(3);
    let (service, journal) = (bench.service(), bench.journal());
    let plans = ["1", "2"].map(|build| {
        let test = passed("shop.web.CartTest", build);
        service.check(plan(&[job(build, &[test])])).unwrap()
    });
    let mut receipts = Vec::new();
    for plan in &plans {
        receipts.push(service.send(plan, &journal, &Silent).unwrap());
        bench
            .sandbox
            .set_list_lag(Pace::Time(Duration::from_secs(1)));
    }
    for receipt in receipts {
        assert_eq!(
            (receipt.state, receipt.warnings.len()),
            (State::Done, 0),
            "{receipt:?}"
        );
    }
    assert_eq!(bench.names("modules"), ["Automated", "shop", "web"]);
    assert_eq!(bench.names("test_suites"), ["Chrome"]);
}

#[test]
fn nothing_is_made_without_a_module() {
    let mut bench = world(|project| project.module("Web").case("Web", "By hand"));
    bench.target.module = None;
    let plan = bench.check(&[job(
        "1",
        &[passed("a.T", "x"), passed("a.T", "y").case("TC-1")],
    )]);
    let kinds: Vec<_> = plan.problems().iter().map(|problem| problem.kind).collect();
    assert_eq!(
        kinds,
        [ProblemKind::Unmapped, ProblemKind::Setting],
        "{:?}",
        plan.problems()
    );
}

#[test]
fn a_case_has_name_escaped_description_steps_fingerprint_and_is_approved() {
    let bench = Bench::shop();
    let steps = [
        ("open", StepVerdict::Passed),
        ("click", StepVerdict::Passed),
    ];
    let test = passed("shop.CartTest", "adds <one> & \"two\"")
        .steps(&steps)
        .property("description", "Adds <b>");
    bench.submit(&[job("1", &[test])]);
    let case = &bench.held("test_cases")[0];
    assert_eq!(case["name"], "adds <one> & \"two\"");
    assert!(
        case["description"]
            .as_str()
            .unwrap()
            .contains("<p>Adds &lt;b&gt;</p>"),
        "{case}"
    );
    assert_eq!(
        case["automation_content"],
        "shop.CartTest#adds %3Cone%3E %26 %22two%22"
    );
    assert_eq!(case["approved"], true);
    assert_eq!(case["steps"].as_array().unwrap().len(), 2);
}

#[test]
fn the_same_content_makes_no_new_version() {
    let bench = Bench::shop();
    bench.submit(&[one()]);
    let versions = bench.held("test_cases")[0]["versions"].clone();
    bench.submit(&again(&[one()]));
    assert_eq!(bench.held("test_cases")[0]["versions"], versions);
}

#[test]
fn changed_content_becomes_a_new_approved_version() {
    let bench = Bench::shop();
    let test = |text| {
        vec![job(
            "1",
            &[passed("shop.CartTest", "adds").property("description", text)],
        )]
    };
    bench.submit(&test("first"));
    bench.submit(&again(&test("second")));
    let case = &bench.held("test_cases")[0];
    assert_eq!(case["version"], "2.0");
    assert_eq!(case["approved"], true);
    assert!(case["description"].as_str().unwrap().contains("second"));
    assert_eq!(bench.count("test_cases"), 1);
}

#[test]
fn a_test_that_broke_off_early_does_not_shorten_its_case() {
    let bench = Bench::shop();
    let all = [
        ("open", StepVerdict::Passed),
        ("click", StepVerdict::Passed),
        ("see", StepVerdict::Passed),
    ];
    let part = [
        ("open", StepVerdict::Passed),
        ("click", StepVerdict::Failed),
    ];
    bench.submit(&[job("1", &[passed("shop.CartTest", "adds").steps(&all)])]);
    bench.submit(&again(&[job(
        "2",
        &[passed("shop.CartTest", "adds").steps(&part).failed("no")],
    )]));
    let case = &bench.held("test_cases")[0];
    assert_eq!(case["version"], "1.0");
    assert_eq!(case["steps"].as_array().unwrap().len(), 3);
    let logs = bench.held("test_logs");
    let steps = logs[1]["steps"].as_array().unwrap();
    let told: Vec<&str> = steps
        .iter()
        .map(|step| step["status"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[1], "Failed", "{steps:?}");
    assert_ne!(told[2], "Passed", "{steps:?}");
}

#[test]
fn a_case_that_a_person_wrote_is_never_rewritten() {
    let bench = world(|project| {
        project
            .module("Web")
            .automated_case("Web", "By hand", "shop.web.CartTest#adds")
    });
    let before = bench.held("test_cases");
    let steps = [("other", StepVerdict::Passed)];
    bench.submit(&[job(
        "1",
        &[passed("shop.web.CartTest", "adds").steps(&steps)],
    )]);
    assert_eq!(bench.held("test_cases"), before);
    assert_eq!(bench.count("test_logs"), 1);
    assert!(
        bench.held("test_logs")[0]["note"]
            .as_str()
            .unwrap()
            .contains("1. other: other works: Passed")
    );
}

#[test]
fn a_test_is_known_by_the_fingerprint_of_the_tool_it_came_from() {
    let styles = [
        (FingerprintStyle::JenkinsClass, "shop.CartTest"),
        (FingerprintStyle::JenkinsMethod, "shop.CartTest#adds"),
        (FingerprintStyle::Pulse, "adds"),
        (FingerprintStyle::Property("test_id".to_owned()), "T-7"),
    ];
    for (style, content) in styles {
        let mut bench = world(|project| {
            project
                .module("Old")
                .automated_case("Old", "history", content)
        });
        bench.target.fingerprint = style;
        bench.submit(&[job(
            "1",
            &[passed("shop.CartTest", "adds").property("test_id", "T-7")],
        )]);
        assert_eq!(bench.count("test_cases"), 1, "{content}");
        assert_eq!(bench.count("test_logs"), 1);
    }
}
