//! Each answer under `fixtures/services/qtest/` is read as this service reads it; the tests are called as the files.

use serde::de::DeserializeOwned;

use crate::services::qtest::cases::Known;
use crate::services::qtest::fields::CaseFields;
use crate::services::qtest::wire::{
    Attached, Case, Cycle, Field, Job, Log, LogMade, Module, Page, Project, Property, Release, Run,
    Status, Suite, Token, TokenStatus, User, Version,
};

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = format!(
        "{}/fixtures/services/qtest/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn projects() {
    let projects: Vec<Project> = read("projects");
    assert_eq!((projects[0].id, projects[0].automation), (31, Some(true)));
    assert_eq!(projects[1].automation, None, "older servers do not say");
}

#[test]
fn modules() {
    let modules: Vec<Module> = read("modules");
    assert_eq!(modules[0].children[0].name, "Web");
    assert_eq!(modules[0].pid.as_deref(), Some("MD-1"));
}

#[test]
fn releases() {
    let releases: Vec<Release> = read("releases");
    assert_eq!(
        (releases[0].id, releases[0].pid.as_deref()),
        (50, Some("RL-1"))
    );
}

#[test]
fn cycles() {
    let cycles: Vec<Cycle> = read("cycles");
    assert_eq!(cycles[0].cycles[0].name, "Inner");
    assert!(
        cycles[0].suites[0].properties[0]
            .text()
            .unwrap()
            .contains("handin:suite:")
    );
}

#[test]
fn suites() {
    let suites: Vec<Suite> = read("suites");
    let values: Vec<_> = suites[0].properties.iter().map(Property::text).collect();
    assert_eq!(values, [Some("4".to_owned()), None]);
}

#[test]
fn fields() {
    let fields = CaseFields::of_settings(&read::<Vec<Field>>("fields"));
    assert_eq!(
        (fields.content, fields.content_label.as_str()),
        (Some(2), "Fingerprint")
    );
    assert_eq!(fields.lacking, ["Component"]);
    let given: Vec<_> = fields
        .properties("x")
        .unwrap()
        .into_iter()
        .map(|p| (p.field_id, p.field_value))
        .collect();
    let wanted =
        [(1, "711"), (3, "702"), (4, "723"), (2, "x")].map(|(id, value)| (id, value.to_owned()));
    assert_eq!(given, wanted);
}

#[test]
fn statuses() {
    assert_eq!(read::<Vec<Status>>("statuses")[0].name, "Passed");
}

#[test]
fn case_search() {
    let page: Page<Case> = read("case-search");
    let fields = CaseFields::of_case(&page.items[0]);
    let known = Known::of(page.items[0].clone(), &fields);
    assert_eq!(
        known.fingerprint.as_deref(),
        Some("shop.LoginTest#valid user")
    );
    assert!(known.is_approved());
    assert_eq!(known.mark.unwrap().version, 1);
    assert_eq!(known.steps.unwrap()[0].0, "first", "steps are put in order");
}

#[test]
fn runs() {
    let page: Page<Run> = read("runs");
    let cases: Vec<_> = page.items.iter().map(Run::case).collect();
    assert_eq!(cases, [Some(80), Some(82), Some(83)]);
}

#[test]
fn logs() {
    let page: Page<Log> = read("logs");
    let statuses: Vec<_> = page.items.iter().map(Log::status_name).collect();
    assert_eq!(statuses, [Some("Failed"), Some("Passed")]);
}

#[test]
fn job_success() {
    let job: Job = read("job-success");
    assert_eq!((job.id, job.totals().total_test_logs), (900, Some(3)));
}

#[test]
fn job_failed() {
    assert_eq!(
        read::<Job>("job-failed").complaint(),
        "Status PASS is not mapped"
    );
}

#[test]
fn job_waiting() {
    let job: Job = read("job-waiting");
    assert_eq!(
        (job.state.as_str(), job.totals().total_test_logs),
        ("IN_WAITING", None)
    );
}

#[test]
fn user() {
    let user: User = read("user");
    assert_eq!(
        (user.first_name.as_str(), user.last_name.as_str()),
        ("Ann", "")
    );
}

#[test]
fn token_status() {
    assert_eq!(
        read::<TokenStatus>("token-status").expiration,
        Some(1_767_225_600_000)
    );
}

#[test]
fn token() {
    assert_eq!(read::<Token>("token").access_token, "not-a-token");
}

#[test]
fn version() {
    assert_eq!(read::<Version>("version").version.as_deref(), Some("9.8.3"));
}

#[test]
fn attachments() {
    assert_eq!(
        read::<Vec<Attached>>("attachments")[0].name.as_deref(),
        Some("shot.png")
    );
}

#[test]
fn log_made() {
    assert_eq!(read::<LogMade>("log-made").id, Some(112));
}

#[test]
fn every_fixture_has_its_test() {
    let source = include_str!("responses.rs");
    let folder = format!("{}/fixtures/services/qtest", env!("CARGO_MANIFEST_DIR"));
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file
            .unwrap()
            .file_name()
            .into_string()
            .unwrap()
            .replace(".json", "")
            .replace('-', "_");
        assert!(source.contains(&format!("fn {name}()")), "{name}");
    }
}
