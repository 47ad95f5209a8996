//! What follows an import: links to a release and a build, tags, the push to Xray.

use serde_json::Value;

use super::super::{ServiceError, State};
use super::ledger::{HAND_IN, LINK_BUILD, LINK_RELEASE, Ledger, PUSH_TO_XRAY, Standing, TAG};
use super::parts::{Form, Part};
use super::send::Sending;
use super::wire::{Execution, linked};
use crate::transport::{Delivery, Request};

impl Sending<'_> {
    /// Tells whether anything is to be written once the execution of a part is there.
    pub(super) fn has_followers(&self, part: &Part) -> bool {
        let (target, settled) = (&self.katalon.target, &self.plan.settled);
        let own_calls = part.form == Form::Results && (!target.tags.is_empty() || target.xray);
        settled.release.is_some() || settled.build.is_some() || own_calls
    }

    /// Writes what belongs to the executions of a part.
    pub(super) fn follow_up(
        &mut self,
        part: &Part,
        ledger: &Ledger<'_>,
        executions: &[Execution],
    ) -> Result<(), ServiceError> {
        for execution in executions {
            self.links(ledger, execution)?;
            // With folders, tags and the wish to push went in with the files.
            if part.form == Form::Results {
                self.tags(ledger, execution)?;
                self.xray(ledger, execution)?;
            }
        }
        Ok(())
    }

    fn links(&mut self, ledger: &Ledger<'_>, execution: &Execution) -> Result<(), ServiceError> {
        let settled = &self.plan.settled;
        let server = &self.katalon.server;
        // A build belongs to a release, and brings it along: the release that the settings name has the last word.
        let there = linked(execution.build.as_ref().or(execution.build_id.as_ref()));
        if let Some(build) = &settled.build
            && there.as_ref() != Some(build)
        {
            let request = server.link_build(&execution.id, build);
            self.extra(ledger, LINK_BUILD, &execution.id.0, request)?;
        }
        if let Some(release) = &settled.release
            && linked(execution.release.as_ref()).as_ref() != Some(release)
        {
            let project = &settled.place.project;
            let request = server.link_release(&execution.id, project, release);
            self.extra(ledger, LINK_RELEASE, &execution.id.0, request)?;
        }
        Ok(())
    }

    /// Tags an execution. Which tags one has cannot be asked: they are set again wherever the journal does not know better.
    fn tags(&mut self, ledger: &Ledger<'_>, execution: &Execution) -> Result<(), ServiceError> {
        for (index, tag) in self.katalon.target.tags.iter().enumerate() {
            let about = format!("{},{index}", execution.id);
            let project = self.plan.project();
            let request = self.katalon.server.tag(&execution.id, project, tag);
            self.extra(ledger, TAG, &about, request)?;
        }
        Ok(())
    }

    /// Has the results pushed to Xray: once, because a second push may make a second execution there.
    fn xray(&mut self, ledger: &Ledger<'_>, execution: &Execution) -> Result<(), ServiceError> {
        if !self.katalon.target.xray {
            return Ok(());
        }
        let standing = ledger.standing(PUSH_TO_XRAY, &execution.id.0);
        let known_before = standing == Standing::Untouched
            && !self.fresh
            && ledger.standing(HAND_IN, "") == Standing::Untouched;
        if matches!(standing, Standing::Open(_)) || known_before {
            self.receipt.warnings.push(
                "whether TestOps pushed this execution to Xray is not known; it was not asked to again"
                    .to_owned(),
            );
            return Ok(());
        }
        let request = self.katalon.server.push_to_xray(&execution.id);
        self.extra(ledger, PUSH_TO_XRAY, &execution.id.0, request)
    }

    /// Makes a write beside the results, unless it is known to be done. What fails is named, and the rest goes on.
    fn extra(
        &mut self,
        ledger: &Ledger<'_>,
        write: &str,
        about: &str,
        request: Request,
    ) -> Result<(), ServiceError> {
        if matches!(ledger.standing(write, about), Standing::Done(_)) {
            return Ok(());
        }
        let purpose = request.purpose.clone();
        let sent = ledger.write(write, about, || {
            let response = self.katalon.transport.send(request)?;
            // Nothing, or JSON: a page is somebody else's answer.
            if !response.body.trim_ascii().is_empty() {
                response.json::<Value>()?;
            }
            Ok(((), Value::Null))
        });
        match sent {
            Ok(()) => {
                self.raise(State::Done);
                Ok(())
            }
            Err(ServiceError::Transport(error)) if !super::is_end(&error) => {
                let state = match error.delivery {
                    Delivery::Unknown => State::Uncertain,
                    Delivery::NotSent | Delivery::Refused => State::Partial,
                };
                self.receipt.missing.push(format!("{purpose}: {error}"));
                self.raise(state);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
