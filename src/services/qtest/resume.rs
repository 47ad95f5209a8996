//! What earlier runs of a submission left in the journal: results that are certain, batches to ask for, and writes whose end
//! nobody heard.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::pen::Write;
use super::stamp::Slot;
use crate::journal::{Record, Stage};

/// An earlier write of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Past {
    /// Its name in the journal.
    pub(super) name: String,
    /// When it was about to leave.
    pub(super) at: Timestamp,
    /// The results in it.
    pub(super) slots: Vec<Slot>,
    /// How it ended.
    pub(super) end: PastEnd,
}

/// How an earlier write ended, as far as the journal knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PastEnd {
    /// Nobody heard.
    Unanswered,
    /// It is, or was, in the queue.
    Queued(u64),
    /// It was worked off, and made this many logs where the service said so.
    Success(Option<u64>),
    /// The queue refused it, or lost it, perhaps after a part.
    Broken,
    /// All of it stands there.
    Complete,
}

/// Reads the records of a submission, oldest first.
pub(super) fn read(records: &[Record]) -> Vec<Past> {
    let mut pasts: BTreeMap<&str, Past> = BTreeMap::new();
    for record in records {
        let log = Write::Log.item(&record.write);
        if log.is_none() && Write::Batch.item(&record.write).is_none() {
            continue;
        }
        match record.stage {
            Stage::Intend => {
                let slots =
                    log.map_or_else(|| slots(&record.detail), |slot| vec![Slot::kept(slot)]);
                let past = Past {
                    name: record.write.clone(),
                    at: record.at,
                    slots,
                    end: PastEnd::Unanswered,
                };
                pasts.insert(&record.write, past);
            }
            Stage::Void => {
                pasts.remove(record.write.as_str());
            }
            Stage::Done => {
                if let Some(past) = pasts.get_mut(record.write.as_str()) {
                    past.end = if log.is_some() {
                        PastEnd::Complete
                    } else {
                        end(&record.detail)
                    };
                    if let kept @ [_, ..] = slots(&record.detail).as_slice() {
                        past.slots = kept.to_vec();
                    }
                }
            }
        }
    }
    pasts.into_values().collect()
}

fn slots(detail: &Value) -> Vec<Slot> {
    let texts = detail
        .get("slots")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    texts
        .iter()
        .filter_map(Value::as_str)
        .map(Slot::kept)
        .collect()
}

fn end(detail: &Value) -> PastEnd {
    let job = detail.get("job").and_then(Value::as_u64);
    match (detail.get("state").and_then(Value::as_str), job) {
        (Some("found"), _) => PastEnd::Complete,
        (Some("success"), _) => PastEnd::Success(detail.get("total").and_then(Value::as_u64)),
        (Some(_), _) => PastEnd::Broken,
        (None, Some(job)) => PastEnd::Queued(job),
        (None, None) => PastEnd::Unanswered,
    }
}
