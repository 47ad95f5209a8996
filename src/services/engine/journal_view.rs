//! What the journal knows of each write: read once, in one pass, and kept up to date.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::wait::left;
use super::{Kind, Step};
use crate::journal::{ATTEMPT, Journal, Record, Stage};
use crate::plan::SubmissionKey;
use crate::transport::Clock;

/// What the journal knows of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Untouched,
    /// It was begun then, and how it ended is not known.
    Open(Timestamp),
    /// It was acknowledged then, or found; with what was kept of the answer.
    Done(Timestamp, Arc<Value>),
    /// It was begun, and is known not to have happened.
    Abandoned,
}

/// What the journal knows of a submission. It narrows a look at the service, and never replaces one.
#[derive(Debug, Clone, Default)]
pub struct JournalView {
    writes: HashMap<String, HashMap<String, Standing>>,
    /// The processes that wrote into it.
    signers: HashSet<String>,
    /// Which of them began a write last, by its name in the journal.
    begun_by: HashMap<String, String>,
    former: Option<Timestamp>,
    is_of_the_dead: bool,
}

impl JournalView {
    /// Reads what is recorded under the submission's key; of what handin 0.1.0 recorded under its own, only what it left open.
    /// `is_locked` says that no other process of this machine is at the submission.
    pub(super) fn read(
        journal: &Journal,
        (key, former): (&SubmissionKey, Option<&SubmissionKey>),
        is_locked: bool,
    ) -> Self {
        let mut view = Self {
            is_of_the_dead: is_locked,
            ..Self::default()
        };
        let mut under_way = HashMap::new();
        for record in journal.records(key) {
            view.take(record, &mut under_way);
        }
        let former = former.map(|key| journal.records(key)).unwrap_or_default();
        view.former = left_open(&former);
        view
    }

    /// Returns what is known of a write.
    pub fn standing(&self, word: &str, item: &str) -> &Standing {
        let known = self.writes.get(word).and_then(|items| items.get(item));
        known.unwrap_or(&Standing::Untouched)
    }

    /// Returns what was kept of the answer to a write that was acknowledged.
    pub fn detail(&self, word: &str, item: &str) -> Option<&Value> {
        match self.standing(word, item) {
            Standing::Done(_, detail) => Some(detail),
            Standing::Untouched | Standing::Open(_) | Standing::Abandoned => None,
        }
    }

    /// Returns every write of a kind that is known.
    pub fn all(&self, word: &str) -> impl Iterator<Item = (&str, &Standing)> {
        let items = self.writes.get(word).into_iter().flatten();
        items.map(|(item, standing)| (item.as_str(), standing))
    }

    /// Returns whether every process that wrote into it has ended, but ours: where no lock can be kept, one may be at work.
    pub fn is_of_the_dead(&self) -> bool {
        self.is_of_the_dead
    }

    /// Returns the processes of this machine that are known to have ended, by the numbers that they had at the service.
    pub fn dead(&self) -> impl Iterator<Item = &String> {
        self.signers.iter().filter(|_| self.is_of_the_dead)
    }

    /// Returns whether nothing is known at all.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.former.is_none()
    }

    /// Returns how much longer a write that is not seen may still come to light.
    pub(super) fn may_still_show(
        &self,
        (word, item): (&str, &str),
        (clock, settle): (&Clock, Duration),
    ) -> Duration {
        match self.standing(word, item) {
            Standing::Open(since) | Standing::Done(since, _) => left(clock, *since, settle),
            Standing::Untouched | Standing::Abandoned => Duration::ZERO,
        }
    }

    /// Returns how much longer a write of a kind may arrive that has no answer, unless `is_there` knows what became of it by who sent it:
    /// nobody else than this call, where the journal does not say.
    pub fn may_still_arrive(
        &self,
        word: &str,
        (clock, settle): (&Clock, Duration),
        is_there: impl Fn(Option<&str>) -> bool,
    ) -> Duration {
        let open = self.all(word).filter_map(|(item, standing)| {
            let Standing::Open(since) = standing else {
                return None;
            };
            let name = name(word, std::slice::from_ref(&item.to_owned()));
            let by = self.begun_by.get(&name).map(String::as_str);
            (!is_there(by)).then(|| left(clock, *since, settle))
        });
        open.max().unwrap_or_default()
    }

    /// Returns how much longer something may come to light that handin 0.1.0 left open.
    pub(super) fn former_may_still_show(&self, (clock, settle): (&Clock, Duration)) -> Duration {
        self.former
            .map_or(Duration::ZERO, |since| left(clock, since, settle))
    }

    pub(super) fn note<K: Kind>(&mut self, step: &Step<K>, standing: &Standing) {
        if !step.kind.is_remembered() {
            return;
        }
        let items = self.writes.entry(step.kind.word().to_owned()).or_default();
        for item in &step.items {
            items.insert(item.clone(), standing.clone());
        }
    }

    fn take(&mut self, record: Record, under_way: &mut HashMap<String, Vec<String>>) {
        let Some((word, rest)) = record.write.split_once('[') else {
            return;
        };
        if record.stage == Stage::Intend {
            under_way.insert(record.write.clone(), items(&record.detail, rest));
            if let Some(by) = record.detail.get("by").and_then(Value::as_str) {
                self.signers.insert(by.to_owned());
                self.begun_by.insert(record.write.clone(), by.to_owned());
            }
        }
        let Some(concerned) = under_way.get(&record.write) else {
            return;
        };
        let standing = match record.stage {
            Stage::Intend => Standing::Open(record.at),
            Stage::Done => Standing::Done(record.at, Arc::new(record.detail)),
            Stage::Void => Standing::Abandoned,
        };
        let known = self.writes.entry(word.to_owned()).or_default();
        for item in concerned {
            known.insert(item.clone(), standing.clone());
        }
    }
}

/// Returns the name of a write in the journal: `qtest.log[0123456789ab]`, and for many items the first and how many follow it.
pub(super) fn name(word: &str, items: &[String]) -> String {
    match items {
        [] => format!("{word}[]"),
        [one] => format!("{word}[{one}]"),
        [first, more @ ..] => format!("{word}[{first}+{}]", more.len()),
    }
}

/// Returns what the journal keeps beside the name of an intent: the items, where the name does not hold them, and who writes.
pub(super) fn intent(items: &[String], by: &str) -> Value {
    let mut detail = Map::new();
    if items.len() > 1 {
        detail.insert("items".to_owned(), json!(items));
    }
    if !by.is_empty() {
        detail.insert("by".to_owned(), json!(by));
    }
    if detail.is_empty() {
        Value::Null
    } else {
        Value::Object(detail)
    }
}

fn items(detail: &Value, rest: &str) -> Vec<String> {
    match detail.get("items").and_then(Value::as_array) {
        Some(items) => items
            .iter()
            .filter_map(|item| item.as_str().map(ToOwned::to_owned))
            .collect(),
        None => vec![rest.trim_end_matches(']').to_owned()],
    }
}

/// Returns by the name of each thing when it was asked for last at the target of `key`, of what was begun less than `settle` ago and has
/// no end.
pub(super) fn asked_for(
    journal: &Journal,
    key: &SubmissionKey,
    (clock, settle): (&Clock, Duration),
) -> HashMap<String, Timestamp> {
    let since = clock.timestamp() - settle;
    let mut asked = HashMap::new();
    let open = journal.left_open(since).into_iter();
    for record in open.filter(|record| record.key.shares_target_with(key)) {
        let Some((word, rest)) = record.write.split_once('[') else {
            continue;
        };
        for item in items(&record.detail, rest) {
            let last = asked.entry(name(word, &[item])).or_insert(record.at);
            *last = record.at.max(*last);
        }
    }
    asked
}

/// Returns when the last write was begun of which no end is recorded.
fn left_open(records: &[Record]) -> Option<Timestamp> {
    let mut open: HashMap<&str, Timestamp> = HashMap::new();
    for record in records.iter().filter(|it| it.write != ATTEMPT) {
        match record.stage {
            Stage::Intend => drop(open.insert(&record.write, record.at)),
            Stage::Done | Stage::Void => drop(open.remove(record.write.as_str())),
        }
    }
    open.into_values().max()
}
