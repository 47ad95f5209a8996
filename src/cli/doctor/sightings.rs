//! What is seen of every exchange: how far the clocks are apart, what is left of a quota, and the recording where one is wanted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::fmt::rfc2822::DateTimeParser;

use super::record::Recording;
use crate::transport::{Answer, Clock, Fault, Request, Witness};

/// How many headers about quotas are kept, and how long each may be.
const MOST: (usize, usize) = (12, 100);

/// What was seen in passing.
#[derive(Debug)]
pub(super) struct Sightings {
    clock: Clock,
    seen: Mutex<Seen>,
    recording: Option<Mutex<Recording>>,
}

/// What the answers since the last look told.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// How many answers there were.
    pub(super) answers: u64,
    /// By how many seconds the service's clock is ahead of ours.
    pub(super) ahead: Option<i64>,
    /// The headers about quotas, as they came last.
    pub(super) quotas: BTreeMap<String, String>,
}

impl Sightings {
    pub(super) fn new(clock: Clock, records: bool) -> Self {
        Self {
            clock,
            seen: Mutex::default(),
            recording: records.then(Mutex::default),
        }
    }

    /// Returns the recording, line by line.
    pub(super) fn recorded(&self, into: Option<&str>) -> Option<String> {
        let recording = self.recording.as_ref()?.lock();
        let mut recording = recording.unwrap_or_else(PoisonError::into_inner);
        Some(recording.text(into))
    }

    /// Takes all observations.
    pub(super) fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Witness for Sightings {
    fn saw(&self, request: &Request, answer: Result<&Answer, &Fault>) {
        if let Some(recording) = &self.recording {
            let mut recording = recording.lock().unwrap_or_else(PoisonError::into_inner);
            recording.add(self.clock.timestamp(), request, answer);
        }
        let Ok(answer) = answer else { return };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.answers += 1;
        for (name, value) in &answer.headers {
            let Ok(text) = value.to_str() else { continue };
            let name = name.as_str();
            if name == "date" {
                let there = DateTimeParser::new().parse_timestamp(text);
                let ahead = there.map(|there| there.duration_since(self.clock.timestamp()));
                seen.ahead = ahead.ok().map(|ahead| ahead.as_secs()).or(seen.ahead);
            }
            let is_quota = name == "retry-after" || name.contains("ratelimit");
            if is_quota && (seen.quotas.len() < MOST.0 || seen.quotas.contains_key(name)) {
                let text = text.chars().take(MOST.1).collect();
                seen.quotas.insert(name.to_owned(), text);
            }
        }
    }
}
