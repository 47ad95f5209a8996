//! What the service answers, in the shapes that are documented and in those that are only likely.

use super::super::observe;
use super::super::wire::{
    Execution, FileResource, Id, Page, Project, Stage, Token, UploadBatch, User, linked,
};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../../fixtures/services/katalon/",
            $name,
            ".json"
        ))
    };
}

#[test]
fn an_account_tells_its_organisations_and_teams() {
    let user: User = serde_json::from_slice(fixture!("users-me")).unwrap();
    let teams: Vec<(&str, Option<&Id>)> = user
        .teams
        .iter()
        .map(|team| (team.id.0.as_str(), team.organization()))
        .collect();
    let (three, four) = (Id("3".to_owned()), Id("4".to_owned()));
    assert_eq!(teams, [("11", Some(&three)), ("12", Some(&four))]);
    assert_eq!(user.organizations[0].quota, Some(10_000));
}

#[test]
fn a_page_tells_whether_another_follows() {
    let page: Page<Project> = serde_json::from_slice(fixture!("projects-page")).unwrap();
    assert!(page.goes_on(0));
    let last: Page<Project> =
        serde_json::from_str(r#"{"content": [{"id": 1}], "totalPages": 2}"#).unwrap();
    assert!(last.goes_on(0) && !last.goes_on(1));
    let empty: Page<Project> = serde_json::from_str(r#"{"content": null, "last": false}"#).unwrap();
    assert!(!empty.goes_on(0));
    assert_eq!(page.content[1].team(), Some(&Id("11".to_owned())));
}

#[test]
fn addresses_batches_and_tokens_are_read() {
    let places: Vec<FileResource> = serde_json::from_slice(fixture!("upload-urls")).unwrap();
    assert_eq!(places[1].path, "kit-store/2026/a2");
    let batch: UploadBatch = serde_json::from_slice(fixture!("batch")).unwrap();
    assert_eq!(batch.id, Some(Id("77".to_owned())));
    let token: Token = serde_json::from_slice(fixture!("token")).unwrap();
    assert_eq!(token.access_token.as_deref(), Some("an-access-token"));
    assert_eq!(token.expires_in, Some(43_199));
}

#[test]
fn executions_are_read_from_any_likely_shape() {
    let page = fixture!("executions-page");
    let found = observe::read(page).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].stage(), Stage::Finished);
    assert_eq!(linked(found[0].release.as_ref()), Some(Id("5".to_owned())));
    let value: serde_json::Value = serde_json::from_slice(page).unwrap();
    let one = value["content"][0].clone();
    for shape in [
        serde_json::json!([one]),
        serde_json::json!({"data": [one]}),
        serde_json::json!({"data": {"content": [one]}}),
        one,
    ] {
        assert_eq!(
            observe::read(shape.to_string().as_bytes()),
            Ok(found.clone())
        );
    }
}

#[test]
fn no_executions_are_read_from_any_likely_shape() {
    for empty in [
        "",
        "null",
        "[]",
        r#"{"content": []}"#,
        r#"{"content": null}"#,
    ] {
        assert_eq!(observe::read(empty.as_bytes()), Ok(Vec::new()), "{empty}");
    }
}

#[test]
fn an_unknown_shape_is_not_taken_for_nothing() {
    for odd in ["<html>", "true", r#"{"result": "ok"}"#, "[1]"] {
        assert!(observe::read(odd.as_bytes()).is_err(), "{odd}");
    }
}

#[test]
fn an_unknown_stage_counts_as_under_way() {
    let stage = |word: &str| -> Stage {
        let text = format!(r#"{{"id": 1, "executionStage": "{word}"}}"#);
        serde_json::from_str::<Execution>(&text).unwrap().stage()
    };
    assert_eq!(stage("IMPORTING"), Stage::Working);
    assert_eq!(stage("QUEUED"), Stage::Working);
    assert_eq!(stage("ANALYZING"), Stage::Finished);
    assert_eq!(stage("TERMINATE"), Stage::Broken);
}
