//! Steps, properties and annotations as the JSON formats have them.

use std::path::PathBuf;

use super::draft::Draft;
use super::json::Json;
use crate::model::{Attachment, Property, StepVerdict, TestStep, Verdict};

/// How many steps of a test are kept.
const STEPS: usize = 5000;
/// How many files of a list are kept.
const FILES: usize = 1000;
/// How deep steps may nest.
const DEPTH: usize = 20;
/// What stands between a step and the one around it.
const INSIDE: &str = " › ";

/// The steps of a test, inner ones behind those around them.
#[derive(Debug, Default)]
pub(super) struct Steps {
    steps: Vec<TestStep>,
}

impl Steps {
    /// Adds a step whose name is in the member `name`.
    pub(super) fn add(&mut self, step: &Json, name: &str, verdict: StepVerdict) {
        self.push(TestStep {
            name: step.string(name).unwrap_or_default(),
            description: None,
            verdict,
            message: step.string("message"),
            duration: step.get("duration").duration(1e3),
            started: None,
            attachments: Vec::new(),
        });
    }

    pub(super) fn push(&mut self, step: TestStep) {
        if self.steps.len() < STEPS {
            self.steps.push(step);
        }
    }

    /// Adds steps with those inside them: `of` makes each from its value.
    pub(super) fn nested(&mut self, steps: &[Json], of: &dyn Fn(&Json) -> TestStep) {
        self.level(steps, "", of, 0);
    }

    fn level(
        &mut self,
        steps: &[Json],
        around: &str,
        of: &dyn Fn(&Json) -> TestStep,
        depth: usize,
    ) {
        for step in steps {
            let mut made = of(step);
            made.name = format!("{around}{}", made.name);
            let inside = format!("{}{INSIDE}", made.name);
            self.push(made);
            if depth < DEPTH {
                self.level(step.get("steps").list(), &inside, of, depth + 1);
            }
        }
    }

    pub(super) fn finish(self) -> Vec<TestStep> {
        self.steps
    }
}

/// Returns the verdict of a word for a step; an unknown one is not a pass.
pub(super) fn verdict(word: Option<&str>) -> StepVerdict {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "passed" | "pass" | "ok" => StepVerdict::Passed,
        "failed" | "fail" => StepVerdict::Failed,
        "broken" | "error" | "hook_error" | "ambiguous" | "undefined" | "timedout" => {
            StepVerdict::Errored
        }
        "skipped" | "skip" | "pending" | "disabled" => StepVerdict::Skipped,
        _ => StepVerdict::NotRun,
    }
}

/// Returns the worse of two ends of steps: for what they belong to, a step left out is worse than one that passed.
pub(super) fn worse(one: Verdict, other: Verdict) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Passed => 0,
        Verdict::Skipped => 1,
        Verdict::Incomplete => 2,
        Verdict::Errored => 3,
        Verdict::Failed => 4,
    };
    std::cmp::max_by_key(one, other, rank)
}

/// Returns the plain members of an object as properties.
pub(super) fn properties(object: &Json) -> Vec<Property> {
    let mut properties = Vec::new();
    for (name, value) in object.members().iter().take(1000) {
        let listed = value.list().iter().filter_map(Json::shown);
        let values: Vec<String> = listed.chain(value.shown()).collect();
        properties.extend(values.into_iter().map(|value| Property {
            name: name.clone().into_owned(),
            value,
        }));
    }
    properties
}

/// Takes annotations `{type, description}`: properties of that name.
pub(super) fn annotations(draft: &mut Draft, annotations: &Json) {
    for annotation in annotations.list() {
        if let Some(name) = annotation.get("type").text() {
            let value = annotation.get("description").shown().unwrap_or_default();
            draft.property(name, value);
        }
    }
}

/// Returns the files of a list, whose paths stand in `member`.
pub(super) fn attachments(list: &Json, member: &str) -> Vec<Attachment> {
    let of = |file: &Json| attachment(file.get(member).text()?, file.string("name"));
    list.list().iter().filter_map(of).take(FILES).collect()
}

/// Returns an attachment with a path.
pub(super) fn attachment(path: &str, description: Option<String>) -> Option<Attachment> {
    (path.len() <= 4096).then(|| Attachment {
        path: PathBuf::from(path.trim()),
        description,
    })
}
