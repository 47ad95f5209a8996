//! The sequence: look, upload, hand in once, look again, hold the counts against ours.

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{Progress, Receipt, SendError, ServiceError, State};
use super::confirm::Pauses;
use super::folder::StudioFile;
use super::ledger::{HAND_IN, Ledger, Standing};
use super::lookup::Sight;
use super::parts::{Form, Part};
use super::upload::{CHUNK, Uploaded, Uploader};
use super::wire::{UploadBatch, UploadBatchFile};
use super::{Katalon, KatalonPlan, blind};
use crate::journal::{Journal, Stage};
use crate::transport::{Delivery, Request, Response, TransportError};

/// One submission on its way.
pub(super) struct Sending<'a> {
    pub(super) katalon: &'a Katalon,
    pub(super) plan: &'a KatalonPlan,
    pub(super) journal: &'a Journal,
    pub(super) progress: &'a dyn Progress,
    pub(super) receipt: Receipt,
    /// Whether anything of it stands on the service, from now or from before.
    pub(super) wrote: bool,
    /// Whether something was handed in whose end is not known yet.
    pub(super) unconfirmed: bool,
    /// Whether the part at hand was handed in just now.
    pub(super) fresh: bool,
}

impl<'a> Sending<'a> {
    pub(super) fn new(
        katalon: &'a Katalon,
        plan: &'a KatalonPlan,
        journal: &'a Journal,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            katalon,
            plan,
            journal,
            progress,
            receipt: Receipt::new(State::Known),
            wrote: false,
            unconfirmed: false,
            fresh: false,
        }
    }

    pub(super) fn run(mut self) -> Result<Receipt, SendError> {
        for part in &self.plan.parts {
            if let Err(cause) = self.part(part) {
                return Err(self.stopped(cause));
            }
        }
        Ok(self.receipt)
    }

    fn stopped(mut self, cause: ServiceError) -> SendError {
        let unknown =
            matches!(&cause, ServiceError::Transport(error) if error.delivery == Delivery::Unknown);
        let before = self.receipt.state == State::Uncertain;
        self.receipt.state = if self.unconfirmed || unknown || before {
            State::Uncertain
        } else if self.wrote {
            State::Partial
        } else {
            State::Refused
        };
        SendError {
            receipt: Box::new(self.receipt),
            cause,
        }
    }

    /// Brings one part to its end.
    pub(super) fn part(&mut self, part: &Part) -> Result<(), ServiceError> {
        let ledger = Ledger::new(self.journal, &self.plan.plan.key, &part.suffix);
        self.receipt
            .warnings
            .extend(part.found.warnings.iter().cloned());
        let there = self.is_there(part, &ledger)?;
        self.fresh = there == There::No;
        let answers = if self.fresh {
            let answers = self.hand_in(part, &ledger)?;
            self.raise(State::Done);
            answers
        } else {
            Vec::new()
        };
        self.wrote = true;
        self.unconfirmed = true;
        self.confirm(part, &ledger, &answers)?;
        self.unconfirmed = false;
        Ok(())
    }

    /// Makes the receipt's state this one, where it is the graver.
    pub(super) fn raise(&mut self, state: State) {
        let grave = |state| match state {
            State::Known | State::Planned | State::Refused => 0,
            State::Done | State::Accepted => 1,
            State::Partial => 2,
            State::Uncertain => 3,
        };
        if grave(state) > grave(self.receipt.state) {
            self.receipt.state = state;
        }
    }

    /// Tells whether a part has been handed in already, by the journal and by the service.
    fn is_there(&mut self, part: &Part, ledger: &Ledger<'_>) -> Result<There, ServiceError> {
        match ledger.standing(HAND_IN, "") {
            Standing::Done(_) => Ok(There::Yes),
            Standing::Open(since) => {
                self.wrote = true;
                self.unconfirmed = true;
                let limit = self.until_settled(since);
                if !limit.is_zero() {
                    self.progress.note(
                        "an earlier call may have handed in and did not hear of it: looking, and waiting whether it turns up",
                    );
                }
                let there = self.look_patiently(part, ledger, limit)?;
                self.unconfirmed = false;
                Ok(if there { There::Yes } else { There::No })
            }
            Standing::Untouched => match self.katalon.look(self.plan.project(), part)? {
                Sight::Executions(_) => Ok(There::Yes),
                Sight::Nothing => Ok(There::No),
                Sight::Blind(reason) => {
                    self.receipt.warnings.push(blind(&reason));
                    Ok(There::No)
                }
            },
        }
    }

    /// Returns for how long a hand-in that an earlier call began may still turn up. A clock that was set back since must not make
    /// it wait for longer than one that is begun now.
    fn until_settled(&self, since: Timestamp) -> Duration {
        let now = self.katalon.transport.clock().timestamp();
        let age = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        self.katalon.target.settle.saturating_sub(age)
    }

    /// Looks for what a part produced, for as long as it may take to show; at least once.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn look_patiently(
        &self,
        part: &Part,
        ledger: &Ledger<'_>,
        limit: Duration,
    ) -> Result<bool, ServiceError> {
        let target = &self.katalon.target;
        let mut pauses = Pauses::new(&self.katalon.transport, target.poll, limit);
        let mut last = false;
        loop {
            let sight = if last {
                let stamp = self.katalon.stamp(part);
                let lookup = self.katalon.lookup(self.plan.project());
                lookup.search(stamp.as_deref())?
            } else {
                self.katalon.look(self.plan.project(), part)?
            };
            match sight {
                Sight::Executions(_) => {
                    ledger.settle(HAND_IN, "", Stage::Done)?;
                    return Ok(true);
                }
                Sight::Nothing => {}
                Sight::Blind(reason) => {
                    return Err(ServiceError::setting(blind(&reason)).hint(
                        "look on TestOps whether it is there; if it is not, hand it in under a name of its own with `--key`",
                    ));
                }
            }
            if last {
                return Ok(false);
            }
            last = !pauses.pause(&self.katalon.transport)?;
        }
    }

    /// Uploads a part and hands it in.
    fn hand_in(
        &mut self,
        part: &Part,
        ledger: &Ledger<'_>,
    ) -> Result<Vec<UploadBatch>, ServiceError> {
        let target = &self.katalon.target;
        let folder = tempfile::Builder::new()
            .prefix("handin-")
            .tempdir()
            .map_err(|error| unwritable(&error))?;
        let now = self.katalon.transport.clock().timestamp();
        let files = part
            .files(&self.plan.plan, target, now, folder.path())
            .map_err(|error| unwritable(&error))?;
        let uploader = Uploader {
            transport: &self.katalon.transport,
            server: &self.katalon.server,
            project: self.plan.project(),
            jobs: target.jobs,
            lenient: target.lenient,
            progress: self.progress,
            most: AtomicUsize::new(CHUNK),
        };
        let places = uploader.upload(&files, ledger)?;
        let rows = self.rows(files, places);
        self.progress.stage("handing in", 0);
        self.hand_in_once(part, ledger, &rows)
    }

    /// Returns what the service is told of the files. The last one ends the batch.
    fn rows(&mut self, files: Vec<StudioFile>, uploaded: Vec<Uploaded>) -> Vec<UploadBatchFile> {
        let mut rows = Vec::with_capacity(files.len());
        for (file, uploaded) in files.into_iter().zip(uploaded) {
            match uploaded {
                Uploaded::At(path) => rows.push(UploadBatchFile {
                    folder_path: file.folder,
                    file_name: file.name,
                    uploaded_path: path,
                    end: false,
                }),
                Uploaded::LeftOut(why) => self.receipt.warnings.push(format!("left out: {why}")),
            }
        }
        if let Some(last) = rows.last_mut() {
            last.end = true;
        }
        rows
    }

    /// Makes the call that hands a part in. Where its answer is lost, what it produced is looked for. It is never made a second
    /// time here: what cannot be seen yet may still come, and a later call looks first.
    fn hand_in_once(
        &mut self,
        part: &Part,
        ledger: &Ledger<'_>,
        rows: &[UploadBatchFile],
    ) -> Result<Vec<UploadBatch>, ServiceError> {
        let sent = ledger.write(HAND_IN, "", || {
            let response = self.katalon.transport.send(self.call(part, rows))?;
            let answers = answers(&response)?;
            let ids: Vec<_> = answers
                .iter()
                .map(|one| one.id.as_ref().map(|id| &id.0))
                .collect();
            let page = answers.iter().find_map(|one| one.web_url.as_deref());
            let detail = json!({"batch": part.batch, "ids": ids, "page": page});
            Ok((answers, detail))
        });
        let lost = match sent {
            Err(ServiceError::Transport(error)) if error.delivery == Delivery::Unknown => error,
            other => return other,
        };
        self.progress
            .note("the answer was lost; looking for what it produced");
        match self.look_patiently(part, ledger, self.katalon.target.grace) {
            Ok(true) => Ok(Vec::new()),
            Ok(false) | Err(_) => Err(lost.into()),
        }
    }

    fn call(&self, part: &Part, rows: &[UploadBatchFile]) -> Request {
        let (server, target) = (&self.katalon.server, &self.katalon.target);
        let project = self.plan.project();
        match part.form {
            Form::Folders => {
                server.hand_in_folders((project, &part.batch), rows, &target.tags, target.xray)
            }
            Form::Results => server.hand_in_results(project, &part.batch, rows),
        }
    }

    pub(super) fn uncertain(&mut self, text: &str) {
        self.receipt.warnings.push(text.to_owned());
        self.raise(State::Uncertain);
    }
}

/// Whether a part has been handed in already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    /// It has not, or not to its end.
    No,
    /// It has.
    Yes,
}

/// Reads the batches that a call answers with: a list, one alone, or nothing.
fn answers(response: &Response) -> Result<Vec<UploadBatch>, TransportError> {
    if response.body.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let value: Value = response.json()?;
    Ok(match value {
        Value::Array(entries) => entries.into_iter().map(batch).collect(),
        one @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)) => vec![batch(one)],
    })
}

fn batch(value: Value) -> UploadBatch {
    serde_json::from_value(value).unwrap_or_default()
}

fn unwritable(error: &std::io::Error) -> ServiceError {
    ServiceError::setting(format!("the files to upload cannot be prepared: {error}"))
        .hint("nothing was handed in; is there room in the folder for temporary files?")
}
