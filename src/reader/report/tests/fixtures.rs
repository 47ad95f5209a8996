//! Every fixture, as the model has it: one snapshot a file.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::model::{Attachment, Failure, Moment, Outcome, TestCase, TestStep};
use crate::report::{Source, Summary, discover, read};

const ENDINGS: [&str; 5] = ["xml", "trx", "json", "ndjson", "tap"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.parent().unwrap().ends_with("allure") {
            // A folder that is one report.
            found.push(path);
        } else if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .and_then(|ending| ending.to_str())
            .is_some_and(|ending| ENDINGS.contains(&ending))
            || path.ends_with("killed/execution0.log")
        {
            found.push(path);
        }
    }
}

#[test]
fn every_fixture_is_read_as_its_author_meant_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/reports");
    let mut found = Vec::new();
    files(&root, &mut found);
    found.sort();
    assert!(found.len() > 20, "{}", found.len());
    for path in found {
        let name = path
            .strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .replace(['/', '\\', '.'], "-");
        let mut cases = Vec::new();
        let source = if path.is_dir() {
            let argument = path.to_str().unwrap().to_owned();
            let found = discover(
                &[argument],
                Path::new(""),
                &crate::files::Patience::default(),
            )
            .unwrap();
            found.sources[0].clone()
        } else {
            Source::file_at(&name, &path)
        };
        let summary = read(&source, &mut |case| cases.push(case_json(case))).unwrap();
        insta::assert_json_snapshot!(name, document(&summary, &cases));
    }
}

fn document(summary: &Summary, cases: &[Value]) -> Value {
    json!({
        "format": summary.format.word(), "name": summary.name, "suites": summary.suites, "tally": summary.tally,
        "attempts": summary.attempts, "seconds": summary.duration.map(|duration| duration.as_secs_f64()),
        "started": moment(summary.started), "warnings": summary.warnings, "cases": cases,
    })
}

fn case_json(case: &TestCase) -> Value {
    let suites: Vec<&str> =
        std::iter::successors(Some(case.suite.as_ref()), |suite| suite.parent.as_deref())
            .map(|suite| suite.name.as_str())
            .collect();
    let properties = |properties: &[crate::model::Property]| {
        properties
            .iter()
            .map(|property| format!("{}={}", property.name, property.value))
            .collect::<Vec<_>>()
    };
    let mut value = json!({
        "key": case.key(), "suites": suites, "suite_properties": properties(&case.suite.properties),
        "suite_attributes": properties(&case.suite.attributes),
        "suite_started": moment(case.suite.started), "class_name": case.class_name.as_deref(), "file": case.file, "name": case.name,
        "description": case.description, "flaky": case.is_flaky().then_some(true), "parameters": properties(&case.parameters),
        "outcome": outcome(&case.outcome), "seconds": case.duration.map(|duration| duration.as_secs_f64()),
        "started": moment(case.started), "properties": properties(&case.properties),
        "attachments": attachments(&case.attachments), "iteration": case.iteration, "output": short(case.output.as_deref()),
        "error_output": short(case.error_output.as_deref()), "line": case.line,
        "earlier": case.earlier.iter().map(|attempt| json!({
            "outcome": outcome(&attempt.outcome), "started": moment(attempt.started),
            "seconds": attempt.duration.map(|duration| duration.as_secs_f64()),
            "attachments": attachments(&attempt.attachments),
        })).collect::<Vec<_>>(),
        "steps": case.steps.iter().map(step).collect::<Vec<_>>(),
    });
    // What is not there is not shown: the snapshots stay readable.
    value
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null() && *value != json!([]));
    value
}

fn step(step: &TestStep) -> Value {
    json!({
        "name": step.name, "verdict": format!("{:?}", step.verdict), "message": step.message,
        "started": moment(step.started), "seconds": step.duration.map(|duration| duration.as_secs_f64()),
        "attachments": attachments(&step.attachments),
    })
}

fn attachments(attachments: &[Attachment]) -> Vec<String> {
    attachments
        .iter()
        .map(|attachment| attachment.path.to_str().unwrap().to_owned())
        .collect()
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Failed(failure) | Outcome::Errored(failure) => {
            json!({ outcome.verdict().word(): shown(failure) })
        }
        Outcome::Skipped { reason } => json!({ "skipped": reason }),
        Outcome::Passed | Outcome::Incomplete => json!(outcome.verdict().word()),
    }
}

fn shown(failure: &Failure) -> Value {
    json!({
        "kind": failure.kind, "message": short(failure.message.as_deref()), "details": short(failure.details.as_deref()),
        "also": failure.also.iter().map(shown).collect::<Vec<_>>(),
    })
}

fn short(text: Option<&str>) -> Option<String> {
    text.map(|text| text.chars().take(120).collect())
}

fn moment(moment: Option<Moment>) -> Option<String> {
    moment.map(|moment| match moment {
        Moment::Absolute(timestamp) => timestamp.to_string(),
        Moment::Local(time) => time.to_string(),
    })
}
