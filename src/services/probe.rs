//! Asking a service, by experiment, whether it is as it is assumed to be. What an experiment makes carries a mark, and is taken back.

use std::fmt;

use serde_json::Value;

use super::ServiceError;
use super::engine::{Write, Writer};
use crate::journal::Journal;
use crate::model::ServiceName;
use crate::plan::SubmissionKey;
use crate::transport::{Response, WriteRequest};

/// Runs the experiments of a service.
pub trait Prober {
    /// Looks at the place that is to be written to, and at what the journal knows of earlier probes. Reads only.
    ///
    /// # Errors
    ///
    /// When there is no such place, or it cannot be seen.
    fn survey(&self, into: &str, journal: &Journal) -> Result<Survey, ServiceError>;

    /// Runs the experiments there, and takes back what they made; what an earlier call left goes first.
    fn probe(&self, into: &str, journal: &Journal) -> Probed;

    /// Takes back what earlier calls left. Returns what stays, by name.
    ///
    /// # Errors
    ///
    /// When it cannot be told what there is.
    fn clean(&self, into: &str, journal: &Journal) -> Result<Vec<String>, ServiceError>;
}

/// A place as it is before anything is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// What it is called: "plan 4 `Probe`".
    pub name: String,
    /// What others have there; nothing in an empty place.
    pub holds: Option<String>,
    /// What an earlier probe left there.
    pub left: Vec<String>,
    /// What will be written, in the words of a person.
    pub writes: Vec<String>,
    /// About how many requests that takes.
    pub requests: u32,
}

/// What came of the experiments.
#[derive(Debug, Default)]
pub struct Probed {
    /// What was seen, a fact each.
    pub findings: Vec<Finding>,
    /// What could not be taken back, by name.
    pub left: Vec<String>,
    /// Why the experiments ended early.
    pub error: Option<ServiceError>,
}

/// What was seen of one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The fact's name.
    pub id: &'static str,
    /// Whether it is as assumed; nothing where it could not be told.
    pub holds: Option<bool>,
    /// What the service does, or why it could not be told.
    pub seen: String,
}

impl Finding {
    /// Returns the finding of an experiment.
    pub fn new(id: &'static str, holds: bool, seen: impl Into<String>) -> Self {
        Self {
            id,
            holds: Some(holds),
            seen: seen.into(),
        }
    }

    /// Returns a finding without an answer, and why.
    pub fn untold(id: &'static str, why: impl Into<String>) -> Self {
        Self {
            id,
            holds: None,
            seen: why.into(),
        }
    }
}

/// Runs experiments, and takes back what they made: also what an answer did not tell of.
pub(super) fn bracketed(
    service: &impl Prober,
    (into, journal): (&str, &Journal),
    experiments: impl FnOnce(&mut Vec<Finding>) -> Result<(), ServiceError>,
) -> Probed {
    let mut probed = Probed::default();
    if let Err(error) = service.clean(into, journal) {
        // Nothing was written yet.
        probed.error = Some(error);
        return probed;
    }
    probed.error = experiments(&mut probed.findings).err();
    match service.clean(into, journal) {
        Ok(left) => probed.left = left,
        Err(error) => {
            probed.left.push(unread(into));
            probed.error = probed.error.or(Some(error));
        }
    }
    probed
}

/// Returns the key under which the writes of a probe of this place are recorded.
pub(super) fn key(service: ServiceName, place: impl fmt::Display) -> SubmissionKey {
    SubmissionKey::of_target(&format!("handin doctor, {service}, {place}"))
}

/// Names what a probe may have left where the service does not say any more what there is.
pub(super) fn unread(into: &str) -> String {
    format!("what the probe made in `{into}`, which cannot be read now")
}

/// Sends a write of a probe, and returns the answer.
pub(super) fn write(
    writer: &Writer<'_>,
    (word, item): (&str, &str),
    request: WriteRequest,
) -> Result<Response, ServiceError> {
    let items = [item.to_owned()];
    let write = Write {
        word,
        items: &items,
    };
    Ok(writer.perform(write, request, |answer| Ok((answer.clone(), Value::Null)))?)
}
