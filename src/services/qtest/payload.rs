//! What is sent: entries as qTest's logs, and what a case should say.

use std::collections::HashMap;

use super::cases::Known;
use super::entry::{Entry, EntryStep, Subject, actual};
use super::marks::{self, CaseMark};
use super::target::QtestTarget;
use super::wire::{AutoLog, AutoStepLog, NewCase, NewStep};
use super::{QtestPlan, text};
use crate::model::{StepVerdict, Verdict};
use crate::plan::Mark;
use crate::services::words;

/// Returns the log of an entry, without files. A case that is not there yet is described along with it: the batch creates it.
pub(super) fn log(plan: &QtestPlan, entry: &Entry, known: Option<&Known>, mark: &Mark) -> AutoLog {
    let target = &plan.target;
    let takes_steps = target.facts.step_logs;
    let steps = match known {
        _ if !takes_steps => Vec::new(),
        None => own_steps(entry, target),
        Some(known) => step_logs(entry, known, target),
    };
    let steps_lost = steps.is_empty() && !entry.steps.is_empty();
    let described = match (known, &entry.subject) {
        (None, Subject::Print(_)) => {
            let mut content = Content::of(entry, None);
            // Steps that do not travel along are written into the case afterwards.
            content.steps = content.steps.filter(|_| takes_steps);
            let content = content.written(1, None);
            plan.fields.described(&content.description)
        }
        (Some(_), _) | (None, Subject::Case(_)) => Vec::new(),
    };
    AutoLog {
        name: entry.name.clone(),
        automation_content: fingerprint(entry, known),
        status: target.statuses.of(entry.verdict).to_owned(),
        exe_start_date: text::time(entry.started),
        exe_end_date: text::time(entry.ended),
        note: note(plan, entry, mark, steps_lost),
        build_number: entry.build.clone(),
        build_url: entry.build_url.clone(),
        attachments: Vec::new(),
        test_step_logs: steps,
        properties: plan.run_fields.filled(&entry.fields, &link(entry)),
        testcase_properties: described,
    }
}

/// Returns about how many bytes an entry takes in a batch.
pub(super) fn bytes(plan: &QtestPlan, entry: &Entry) -> u64 {
    let steps: usize = entry
        .steps
        .iter()
        .map(|step| step.description.len() + step.expected.len() + step.actual.len() + 120)
        .sum();
    let files: u64 = super::attachments::inside(plan, entry)
        .iter()
        .map(|file| file.size.div_ceil(3) * 4 + 200)
        .sum();
    let texts = entry.note.len() + 2 * entry.description.len() + 3 * entry.name.len();
    // A byte may be written as an escape of two.
    (2 * (texts + steps) + 1000) as u64 + files
}

fn fingerprint(entry: &Entry, known: Option<&Known>) -> String {
    match &entry.subject {
        Subject::Print(print) => print.clone(),
        // The field is required; a mapped case keeps its own.
        Subject::Case(id) => known
            .and_then(|known| known.fingerprint.clone())
            .unwrap_or_else(|| id.0.clone()),
    }
}

/// Returns where more can be read.
fn link(entry: &Entry) -> String {
    if entry.build_url.is_empty() {
        return String::new();
    }
    format!("Report: {}", entry.build_url)
}

/// Returns the note: first the mark by which this very result is found again, then what happened and where to look. For one version
/// the mark of 0.1.0 stands last.
fn note(plan: &QtestPlan, entry: &Entry, mark: &Mark, with_steps: bool) -> String {
    let own = mark.of_item(entry.slot.as_str()).to_string();
    let mut parts = vec![own, entry.note.clone()];
    if with_steps {
        let lines: Vec<String> = entry
            .steps
            .iter()
            .enumerate()
            .map(|(at, step)| format!("{}. {}: {}", at + 1, step.description, step.actual))
            .collect();
        parts.push(words::bounded(&lines.join("\n"), 4000));
    }
    parts.push(link(entry));
    parts.push(entry.slot.tag(&plan.plan.key));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Returns the step logs, counted from 0 without a gap.
///
/// qTest writes the steps of a batch into the case. So they are sent only with exactly the texts that the case has, and never
/// fewer of them: a step that was not reached is said to be skipped.
fn step_logs(entry: &Entry, known: &Known, target: &QtestTarget) -> Vec<AutoStepLog> {
    let Some(steps) = known.steps.as_deref() else {
        return Vec::new();
    };
    let same = steps.len() >= entry.steps.len()
        && steps
            .iter()
            .zip(&entry.steps)
            .all(|((description, expected), own)| {
                *description == own.description && *expected == own.expected
            });
    if entry.steps.is_empty() || !same {
        return Vec::new();
    }
    steps
        .iter()
        .enumerate()
        .map(|(order, (description, expected))| {
            let own = entry.steps.get(order);
            let verdict = own.map_or(StepVerdict::NotRun, |step| step.verdict);
            AutoStepLog {
                description: description.clone(),
                expected_result: expected.clone(),
                actual_result: own
                    .map_or_else(|| actual(verdict).to_owned(), |step| step.actual.clone()),
                status: status(verdict, target).to_owned(),
                order,
            }
        })
        .collect()
}

/// Returns the steps as the report tells them: of them the service makes those of the new case.
fn own_steps(entry: &Entry, target: &QtestTarget) -> Vec<AutoStepLog> {
    let steps = entry.steps.iter().enumerate();
    steps
        .map(|(order, step)| AutoStepLog {
            description: step.description.clone(),
            expected_result: step.expected.clone(),
            actual_result: step.actual.clone(),
            status: status(step.verdict, target).to_owned(),
            order,
        })
        .collect()
}

/// Returns how bad a status is, of ours or of the service's names: several parts of a submission may speak of one case.
pub(super) fn weight(status: &str) -> u8 {
    let status = status.to_lowercase();
    match class(&status) {
        Class::Passed => 0,
        Class::Other => 1,
        Class::LeftOut => 2,
        Class::Failed => 3,
    }
}

/// Returns whether a status that stands there says something else than the one that was sent. Names that nobody knows do not.
pub(super) fn contradicts(sent: &str, stands: &str) -> bool {
    let (sent, stands) = (class(&sent.to_lowercase()), class(&stands.to_lowercase()));
    match (sent, stands) {
        (Class::Other, _) | (_, Class::Other) => false,
        (sent, stands) => sent != stands,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Passed,
    Failed,
    LeftOut,
    Other,
}

fn class(status: &str) -> Class {
    let begins = |words: &[&str]| words.iter().any(|word| status.starts_with(word));
    if begins(&["pass", "success"]) {
        Class::Passed
    } else if begins(&["fail"]) {
        Class::Failed
    } else if begins(&["skip", "unexecuted", "not run", "not executed"]) {
        Class::LeftOut
    } else {
        Class::Other
    }
}

fn status(verdict: StepVerdict, target: &QtestTarget) -> &str {
    match verdict {
        StepVerdict::Passed => &target.statuses.passed,
        StepVerdict::Failed => &target.statuses.failed,
        StepVerdict::Errored => &target.statuses.errored,
        StepVerdict::Skipped | StepVerdict::NotRun => &target.statuses.skipped,
    }
}

/// What is to be written about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    Create,
    Update,
    Approve,
    None,
}

/// What a case should say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) name: String,
    description: String,
    /// The steps; `None` where the report has none, which says nothing about the case's.
    pub(super) steps: Option<Vec<(String, String)>>,
}

impl Content {
    /// Returns the content of a case by the report, given its present content.
    pub(super) fn of(entry: &Entry, known: Option<&Known>) -> Self {
        let own: Vec<(String, String)> = entry.steps.iter().map(told).collect();
        let there = known.and_then(|known| known.steps.as_deref());
        let steps = match there {
            _ if own.is_empty() => None,
            // A test that broke off early does not shorten its case.
            Some(there) if entry.verdict != Verdict::Passed && there.starts_with(&own) => {
                Some(there.to_vec())
            }
            Some(_) | None => Some(own),
        };
        Self {
            name: entry.name.clone(),
            description: text::paragraphs(&entry.description),
            steps,
        }
    }

    pub(super) fn mark(&self, version: u32) -> CaseMark {
        CaseMark {
            version,
            text: marks::short_digest(&[&self.name, &self.description]),
            steps: match &self.steps {
                Some(steps) => {
                    let parts: Vec<&str> = steps
                        .iter()
                        .flat_map(|(a, b)| [a.as_str(), b.as_str()])
                        .collect();
                    marks::short_digest(&parts)
                }
                None => "-".to_owned(),
            },
        }
    }

    /// Decides what is to be written. Only handin's own cases are ever changed.
    pub(super) fn change(&self, known: Option<&Known>) -> Change {
        let Some(known) = known else {
            return Change::Create;
        };
        let Some(mark) = &known.mark else {
            return Change::None;
        };
        let new = self.mark(mark.version);
        let same_steps = self.steps.is_none() || new.steps == mark.steps;
        if new.text != mark.text || !same_steps {
            Change::Update
        } else if known.awaits_approval() {
            Change::Approve
        } else {
            Change::None
        }
    }

    /// Returns the case to write, marked for this version.
    pub(super) fn written(&self, version: u32, before: Option<&CaseMark>) -> NewCase {
        let mut mark = self.mark(version);
        if let (None, Some(before)) = (&self.steps, before) {
            mark.steps.clone_from(&before.steps);
        }
        NewCase {
            name: self.name.clone(),
            parent_id: None,
            description: format!(
                "<p>Kept by handin: {}</p>\n{}",
                mark.written(),
                self.description
            ),
            properties: Vec::new(),
            test_steps: self.steps.as_ref().map(|steps| {
                steps
                    .iter()
                    .enumerate()
                    .map(|(at, (description, expected))| NewStep {
                        description: description.clone(),
                        expected: expected.clone(),
                        order: at + 1,
                    })
                    .collect()
            }),
        }
    }
}

fn told(step: &EntryStep) -> (String, String) {
    (step.description.clone(), step.expected.clone())
}

/// Returns one entry for each fingerprint: the one that tells most about the case.
pub(super) fn tellers<'a>(entries: &[&'a Entry]) -> Vec<&'a Entry> {
    let mut order: Vec<&'a Entry> = Vec::new();
    let mut at: HashMap<&Subject, usize> = HashMap::new();
    for entry in entries
        .iter()
        .copied()
        .filter(|entry| matches!(entry.subject, Subject::Print(_)))
    {
        match at.get(&entry.subject).and_then(|at| order.get_mut(*at)) {
            Some(held) if held.steps.len() < entry.steps.len() => *held = entry,
            Some(_) => {}
            None => {
                at.insert(&entry.subject, order.len());
                order.push(entry);
            }
        }
    }
    order
}
