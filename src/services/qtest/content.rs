//! What a case should say, given what a report says of its test, and whether that is to be written.

use std::collections::HashMap;

use super::cases::Known;
use super::entry::{Entry, EntryStep, Subject};
use super::stamp::{self, CaseMark};
use super::text;
use super::wire::{NewCase, NewStep};
use crate::model::Verdict;

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
    /// Returns what the report says a case should say, given what it says now.
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
            text: stamp::short_digest(&[&self.name, &self.description]),
            steps: match &self.steps {
                Some(steps) => {
                    let parts: Vec<&str> = steps
                        .iter()
                        .flat_map(|(a, b)| [a.as_str(), b.as_str()])
                        .collect();
                    stamp::short_digest(&parts)
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
                "{}\n<p>Kept by handin: {}</p>",
                self.description,
                mark.written()
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
pub(super) fn tellers(entries: &[&Entry]) -> Vec<Entry> {
    let mut order: Vec<&Entry> = Vec::new();
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
    order.into_iter().cloned().collect()
}
