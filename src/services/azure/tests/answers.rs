//! Answers as the service writes them: each file is read by a test of the same name.

use super::super::version::{Generation, Resource, Versions};
use super::super::wire::{
    Configuration, List, ListedResult, Plan, ResourceLocation, Run, RunResult, Suite, SuiteCase,
    TestPoint, WorkItem,
};

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = format!(
        "{}/fixtures/services/azure/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn plans_page() {
    let list: List<Plan> = read("plans-page");
    let plan = &list.value[0];
    assert_eq!(
        (
            plan.id.0,
            plan.name.as_str(),
            plan.root_suite.as_ref().unwrap().id.0
        ),
        (4, "Regression", 5)
    );
    assert_eq!(plan.state.as_deref(), Some("Active"));
}

#[test]
fn suites_tree() {
    let list: List<Suite> = read("suites-tree");
    assert_eq!(list.value[0].children[0].children[0].name, "Login");
}

#[test]
fn points_page() {
    let list: List<TestPoint> = read("points-page");
    let point = &list.value[0];
    assert_eq!(
        (
            point.id.0,
            point.test_case_reference.id.0,
            point.configuration.name.as_str()
        ),
        (2, 1001, "Windows 10")
    );
}

#[test]
fn cases_of_suite() {
    let list: List<SuiteCase> = read("cases-of-suite");
    let item = &list.value[0].work_item;
    assert_eq!(item.field("System.Title").as_deref(), Some("Valid user"));
    assert_eq!(item.field("Microsoft.VSTS.TCM.AutomatedTestName"), None);
}

#[test]
fn configurations_page() {
    let list: List<Configuration> = read("configurations-page");
    assert_eq!(list.value[0].values[1].value, "Chrome");
    assert!(list.value[0].is_default);
}

#[test]
fn work_items_with_gaps() {
    let list: List<Option<WorkItem>> = read("work-items-with-gaps");
    let found: Vec<&WorkItem> = list.value.iter().flatten().collect();
    assert_eq!((list.value.len(), found.len()), (2, 1));
    assert_eq!((found[0].id.0, found[0].revision()), (1001, Some(3)));
}

#[test]
fn run_created() {
    let run: Run = read("run-created");
    assert_eq!((run.id.0, run.total_tests), (12, Some(2)));
    assert!(!run.has_ended() && run.comment.is_none());
}

#[test]
fn results_page() {
    let list: List<RunResult> = read("results-page");
    let points: Vec<u64> = list
        .value
        .iter()
        .filter_map(|result| result.test_point.as_ref()?.number())
        .collect();
    assert_eq!(points, [2, 7]);
    let listed: List<ListedResult> = read("results-page");
    let case = listed.value[0].test_case.as_ref().unwrap();
    assert_eq!(case.number(), Some(1001));
}

#[test]
fn options_of_a_server() {
    let list: List<ResourceLocation> = read("options-of-a-server");
    let versions = Versions::described(&list.value).unwrap();
    assert_eq!(versions.generation, Generation::V6_0);
    assert_eq!(versions.of(Resource::Results), "6.0");
    assert_eq!(versions.of(Resource::RunAttachments), "6.1-preview.1");
}
