//! Every write goes through here: intended, sent, then acknowledged or void.

use jiff::Timestamp;
use serde_json::Value;

use super::super::ServiceError;
use crate::journal::{Journal, Record, Stage};
use crate::plan::SubmissionKey;
use crate::transport::{Delivery, TransportError};

/// Uploads of files into the store, a chunk at a time.
pub(super) const UPLOAD: &str = "katalon.upload";
/// The call that hands in everything uploaded: Katalon folders, or results.
pub(super) const HAND_IN: &str = "katalon.hand_in";
/// The link to a release.
pub(super) const LINK_RELEASE: &str = "katalon.link_release";
/// The link to a build.
pub(super) const LINK_BUILD: &str = "katalon.link_build";
/// A tag.
pub(super) const TAG: &str = "katalon.tag";
/// The push to Xray.
pub(super) const PUSH_TO_XRAY: &str = "katalon.push_to_xray";

/// Every write of a submission. In the journal a name is followed by what it was about, in brackets. A new project, which is
/// no part of a submission, is not journalled: the service is asked for its name.
pub const WRITES: &[&str] = &[UPLOAD, HAND_IN, LINK_RELEASE, LINK_BUILD, TAG, PUSH_TO_XRAY];

/// The journal of one part of a submission.
#[derive(Debug, Clone)]
pub(super) struct Ledger<'a> {
    journal: &'a Journal,
    key: &'a SubmissionKey,
    part: &'a str,
}

/// How a write stands by the journal.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Standing {
    /// Never begun, or known not to have happened.
    Untouched,
    /// Begun at that moment; how it ended is not known.
    Open(Timestamp),
    /// Acknowledged.
    Done(Record),
}

impl<'a> Ledger<'a> {
    pub(super) fn new(journal: &'a Journal, key: &'a SubmissionKey, part: &'a str) -> Self {
        Self { journal, key, part }
    }

    /// Returns the name of a write of this part.
    fn name(&self, write: &str, about: &str) -> String {
        let comma = if about.is_empty() { "" } else { "," };
        format!("{write}[{}{comma}{about}]", self.part)
    }

    /// Tells how a write stands.
    pub(super) fn standing(&self, write: &str, about: &str) -> Standing {
        let name = self.name(write, about);
        let records = self.journal.records(self.key);
        let last = records.into_iter().rev().find(|r| r.write == name);
        match last.map(|record| (record.stage, record)) {
            None | Some((Stage::Void, _)) => Standing::Untouched,
            Some((Stage::Intend, record)) => Standing::Open(record.at),
            Some((Stage::Done, record)) => Standing::Done(record),
        }
    }

    /// Records that a write is about to happen, does it, and records how it ended.
    ///
    /// A write whose end is not known stays open: the next look decides.
    pub(super) fn write<T>(
        &self,
        write: &str,
        about: &str,
        exchange: impl FnOnce() -> Result<(T, Value), TransportError>,
    ) -> Result<T, ServiceError> {
        let name = self.name(write, about);
        self.journal
            .append(self.key, &name, Stage::Intend, Value::Null)?;
        let sent = exchange();
        let (stage, detail) = match &sent {
            Ok((_, detail)) => (Stage::Done, detail.clone()),
            Err(error) if error.delivery == Delivery::Unknown => {
                return Err(error.clone().into());
            }
            Err(_) => (Stage::Void, Value::Null),
        };
        // How it ended is certain now. Where the journal cannot say so, the next call looks once more.
        drop(self.journal.append(self.key, &name, stage, detail));
        Ok(sent?.0)
    }

    /// Records that a write turned out to have happened.
    pub(super) fn settle(
        &self,
        write: &str,
        about: &str,
        stage: Stage,
    ) -> Result<(), ServiceError> {
        let name = self.name(write, about);
        Ok(self.journal.append(self.key, &name, stage, Value::Null)?)
    }
}
