//! `--again`: the same thing handed in once more, under a key that the same command finds again.
//!
//! The first submission has the plain key; the attempts that `--again` asks for are numbered from 2, and each has a key made of
//! the plain one and its number. The attempt that is due is the first that does not stand at every service in full: where it was
//! begun it is completed, else it begins now. The journal knows which attempts are whole; without it each service is asked.

use serde_json::{Value, json};

use super::candidate::Candidate;
use super::one::SubmitContext;
use super::outcome::Outcome;
use crate::cli::{ExitStatus, Failure};
use crate::journal::{ATTEMPT, Stage};
use crate::plan::SubmissionKey;
use crate::services::State;
use crate::services::engine::Engine;

/// The number of the last attempt that is looked for: each costs a question to the service where there is no journal.
const LAST: u32 = 100;

/// The attempts of a submission.
pub(super) struct Attempts<'a> {
    engine: &'a Engine<'a>,
    dry_run: bool,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(engine: &'a Engine<'a>, dry_run: bool) -> Self {
        Self { engine, dry_run }
    }

    /// Holds each plan against its service, under the key of the attempt that is due.
    pub(super) fn check(&self, submit: &SubmitContext<'_>, all: &mut [Candidate<'_>]) {
        for number in 2..=LAST {
            if !self.is_whole(submit, all, number) {
                return;
            }
        }
        for one in all.iter_mut().filter(|one| one.is_open()) {
            let failure = Failure::new(
                ExitStatus::Usage,
                format!("it was submitted {LAST} times already; nothing was written"),
            )
            .hint("give the submission a name of its own with `--key`");
            submit.end(one, failure);
        }
    }

    /// Returns whether an attempt stands in full at every service; where it does not, each plan is checked under its key.
    fn is_whole(&self, submit: &SubmitContext<'_>, all: &mut [Candidate<'_>], number: u32) -> bool {
        let mut whole = all.iter().any(Candidate::is_open);
        for one in all.iter_mut().filter(|one| one.is_open()) {
            let Some(key) = one.planned_key().map(|key| key.again(number)) else {
                continue;
            };
            match self.stands(one, &key, number) {
                Ok(stands) => whole &= stands,
                Err(failure) => {
                    submit.end(one, failure);
                    whole = false;
                }
            }
        }
        if whole {
            return true;
        }
        for one in all.iter_mut().filter(|one| one.is_open()) {
            let key = one.planned_key().map(|key| key.again(number));
            let is_checked = one.ready.is_some() && one.attempt == key;
            if let (Some(_), false) = (key, is_checked)
                && let Err(error) = one.check_again(number)
            {
                submit.end(one, error.into());
            }
        }
        false
    }

    /// Returns whether an attempt stands at a service in full: by the journal's word, else by the service's.
    fn stands(
        &self,
        one: &mut Candidate<'_>,
        key: &SubmissionKey,
        number: u32,
    ) -> Result<bool, Failure> {
        let records = self.engine.journal.records(key);
        let last = records.iter().rev().find(|record| record.write == ATTEMPT);
        if let Some(record) = last {
            return Ok(record.stage == Stage::Done);
        }
        one.check_again(number)?;
        let found = one
            .ready
            .as_ref()
            .map_or(Ok(None), |ready| ready.look(self.engine))?;
        Ok(found.is_some_and(|receipt| receipt.state == State::Known))
    }

    /// Notes that an attempt begins.
    pub(super) fn begin(&self, attempt: &SubmissionKey, outcome: &Outcome) {
        self.note(attempt, Stage::Intend, json!({ "target": outcome.target }));
    }

    /// Notes that an attempt stands in full.
    pub(super) fn end(&self, attempt: &SubmissionKey, outcome: &Outcome) {
        let whole = matches!(outcome.receipt.state, State::Done | State::Known);
        if whole && outcome.failure.is_none() {
            self.note(attempt, Stage::Done, Value::Null);
        }
    }

    /// A journal that does not take the line leaves it to the service to tell.
    fn note(&self, attempt: &SubmissionKey, stage: Stage, detail: Value) {
        if !self.dry_run {
            drop(self.engine.journal.append(attempt, ATTEMPT, stage, detail));
        }
    }
}
