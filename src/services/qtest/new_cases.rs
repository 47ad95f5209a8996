//! The test cases of a submission that are to be made, changed or approved.

use super::cases::Known;
use super::entry::{Entry, Subject};
use super::payload::{self, Change, Content};
use super::write::{Kind, Submission, gone};
use crate::services::ServiceError;
use crate::services::engine::Step;
use crate::transport::WriteRequest;

impl<'a> Submission<'a> {
    /// Returns the writes to cases: those that exist and say something else, and those that wait to be approved.
    pub(super) fn case_steps(&self, open: &[&'a Entry]) -> Vec<Step<Kind>> {
        let mut steps = Vec::new();
        for entry in self.tellers(open) {
            let known = self.cases.known.get(&entry.subject);
            let item = entry.subject.mark();
            match self.change(entry, known) {
                Change::Create if self.plan.is_direct(entry) => {
                    if self.module_of(entry).is_some() {
                        steps.push(Step::one(Kind::Case, item).shared());
                    }
                }
                Change::Update => steps.push(Step::one(Kind::CaseUpdate, item)),
                Change::Approve => steps.push(Step::one(Kind::Approve, item)),
                Change::Create | Change::None => {}
            }
        }
        steps.sort_by_key(|step| step.kind as u8);
        steps
    }

    /// Returns the cases of which something is still to be written, with their ids.
    pub(super) fn changed(&self) -> Vec<(Subject, u64)> {
        let tellers = self.tellers(&self.open()).into_iter();
        tellers
            .filter_map(|entry| {
                let known = self.cases.known.get(&entry.subject)?;
                let is_open = self.change(entry, Some(known)) != Change::None;
                is_open.then(|| (entry.subject.clone(), known.id))
            })
            .collect()
    }

    /// Returns one entry for each case whose content is ours to write: of open entries, and of those that this call has created.
    pub(super) fn tellers(&self, open: &[&'a Entry]) -> Vec<&'a Entry> {
        if self.plan.target.module.is_none() {
            return Vec::new();
        }
        let created = self.plan.sendable().filter(|entry| {
            self.created.contains(&entry.subject) && self.held.contains_key(&entry.item)
        });
        let all: Vec<&Entry> = open.iter().copied().chain(created).collect();
        payload::tellers(&all)
    }

    pub(super) fn change(&self, entry: &Entry, known: Option<&Known>) -> Change {
        if self.unapproved.contains(&entry.subject) {
            return Change::None;
        }
        let content = Content::of(entry, known);
        match known {
            // The service left out what a case of ours says of itself.
            Some(known) if self.created.contains(&entry.subject) && known.mark.is_none() => {
                Change::Update
            }
            known => content.change(known),
        }
    }

    pub(super) fn of_subject(&self, step: &Step<Kind>) -> Result<&'a Entry, ServiceError> {
        let entry = self.subjects.get(step.item());
        entry.copied().ok_or_else(|| gone(step))
    }

    pub(super) fn case_request(&self, step: &Step<Kind>) -> Result<WriteRequest, ServiceError> {
        let entry = self.of_subject(step)?;
        let known = self.cases.known.get(&entry.subject);
        let content = Content::of(entry, known);
        let at = &self.plan.project.at;
        match (step.kind, known) {
            (Kind::Approve, Some(known)) => Ok(at.approve(known.id)),
            (Kind::CaseUpdate, Some(known)) => {
                let version = known.next_version();
                let case = content.written(version, known.mark.as_ref());
                Ok(at.update_case(known.id, &case))
            }
            (_, _) => {
                let Subject::Print(print) = &entry.subject else {
                    return Err(gone(step));
                };
                let mut case = content.written(1, None);
                case.parent_id = self.module_of(entry);
                case.properties = self.plan.fields.properties(print).ok_or_else(no_fields)?;
                Ok(at.create_case(&case))
            }
        }
    }

    /// Takes what the answer says of a case.
    pub(super) fn accept_case(&mut self, step: &Step<Kind>, id: u64) {
        let Ok(entry) = self.of_subject(step) else {
            return;
        };
        let content = Content::of(entry, self.cases.known.get(&entry.subject));
        let known = self.cases.known.get_mut(&entry.subject);
        match (step.kind, known) {
            (Kind::Approve, Some(known)) => {
                let whole = known.mark.as_ref().map_or(1, |mark| mark.version);
                known.version = Some(format!("{whole}.0"));
            }
            (Kind::CaseUpdate, Some(known)) => {
                let version = known.next_version();
                // An update leaves a draft behind, whatever the service calls it.
                known.version = Some(format!("{}.1", version - 1));
                known.mark = Some(content.mark(version));
                if content.steps.is_some() {
                    known.steps = content.steps;
                }
            }
            (_, _) => {
                let Subject::Print(print) = &entry.subject else {
                    return;
                };
                let known = Known {
                    id,
                    pid: None,
                    name: content.name.clone(),
                    version: Some("0.1".to_owned()),
                    fingerprint: Some(print.clone()),
                    mark: Some(content.mark(1)),
                    steps: content.steps.clone(),
                };
                self.cases.known.insert(entry.subject.clone(), known);
            }
        }
    }
}

fn no_fields() -> ServiceError {
    ServiceError::setting("the field `Automation Content` of test cases is not known, so no test case can be created")
        .hint("the account needs the right to read the project's field settings, or the project needs one test case already")
}
