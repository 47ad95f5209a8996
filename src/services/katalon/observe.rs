//! Asks what a batch produced.
//!
//! `GET /executions?batch=` is named in Katalon's documents and its answer is not, nor is it known that every server heeds the
//! parameter. So any likely shape is read, and an answer counts only when something shows that it is about this batch: the
//! session that we stamped, or that a batch which cannot exist has no executions.

use std::sync::OnceLock;

use serde::Deserialize as _;
use serde_json::Value;

use super::api::Server;
use super::wire::{Execution, Id};
use crate::transport::{Problem, Transport, TransportError};

/// How many pages of a search are looked through for a session.
const SEARCHED: u64 = 2;

/// What was seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum BatchContent {
    /// The batch produced nothing that can be seen.
    Nothing,
    /// The batch produced these.
    Executions(Vec<Execution>),
    /// The service cannot be asked for a batch; why.
    Blind(String),
}

/// Looks executions up.
pub(super) struct Lookup<'a> {
    pub(super) transport: &'a Transport,
    pub(super) server: &'a Server,
    pub(super) project: &'a Id,
    /// What is known of the server so far.
    pub(super) habits: &'a Habits,
}

/// What a server turned out to do.
#[derive(Debug, Default)]
pub(super) struct Habits {
    /// Whether it heeds the batch in a look-up.
    heeds: OnceLock<bool>,
    /// Whether it hides executions that are there.
    hides: OnceLock<bool>,
}

impl Habits {
    /// Returns whether the server is known to heed the batch.
    pub(super) fn is_heeding(&self) -> bool {
        self.heeds.get() == Some(&true)
    }
}

impl Lookup<'_> {
    /// Returns the executions that a batch produced. `session` is what they were stamped with, if they were.
    pub(super) fn executions(
        &self,
        batch: &str,
        session: Option<&str>,
    ) -> Result<BatchContent, TransportError> {
        let found = match self.of_batch(batch)? {
            Ok(found) => found,
            Err(reason) => return self.by_session(session, reason),
        };
        if found.is_empty() {
            return self.hidden(session);
        }
        let stamped = stamped(&found, session);
        if !stamped.is_empty() {
            return Ok(BatchContent::Executions(stamped));
        }
        if self.heeds_batches(batch)? {
            return Ok(BatchContent::Executions(found));
        }
        let reason = "it answers with executions of other batches too".to_owned();
        self.by_session(session, reason)
    }

    /// Looks for an execution that its batch does not lead to, until it is known whether this server hides any: once, so that
    /// a thousand submissions do not cost a thousand searches.
    fn hidden(&self, session: Option<&str>) -> Result<BatchContent, TransportError> {
        if session.is_none() || self.habits.hides.get() == Some(&false) {
            return Ok(BatchContent::Nothing);
        }
        let content = self.by_session(session, String::new())?;
        let hides = matches!(content, BatchContent::Executions(_));
        self.habits.hides.get_or_init(|| hides);
        Ok(if hides {
            content
        } else {
            BatchContent::Nothing
        })
    }

    /// Returns the executions of a batch that handin 0.1.0 may have submitted.
    pub(super) fn former(
        &self,
        batch: &str,
        session: Option<&str>,
    ) -> Result<Vec<Execution>, TransportError> {
        let found = self.of_batch(batch)?.unwrap_or_default();
        let stamped = stamped(&found, session);
        if stamped.is_empty() && !found.is_empty() && self.heeds_batches(batch)? {
            return Ok(found);
        }
        Ok(stamped)
    }

    /// Looks once more before something counts as not there, whatever is known of the server.
    pub(super) fn search(&self, session: Option<&str>) -> Result<BatchContent, TransportError> {
        match self.by_session(session, String::new())? {
            content @ BatchContent::Executions(_) => Ok(content),
            BatchContent::Nothing | BatchContent::Blind(_) => Ok(BatchContent::Nothing),
        }
    }

    /// Returns the execution that people know by this number.
    pub(super) fn numbered(&self, order: &str) -> Result<Option<Execution>, TransportError> {
        let request = self.server.execution_numbered(self.project, order);
        let response = self.transport.send(request)?;
        let found = read(&response.body).unwrap_or_default();
        Ok(found.into_iter().find(|execution| {
            execution
                .order
                .as_ref()
                .is_some_and(|known| known.0 == order)
        }))
    }

    /// Returns the newest executions, as many as are looked through for a session.
    pub(super) fn newest(&self) -> Result<Vec<Execution>, TransportError> {
        let mut all = Vec::new();
        for page in 0..SEARCHED {
            let request = self.server.search("Execution", self.project, page);
            let found = read(&self.transport.send(request)?.body).unwrap_or_default();
            let is_last = (found.len() as u64) < super::api::SEARCH_PAGE;
            all.extend(found);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// Returns the executions that the server names for a batch, or why that cannot be told.
    pub(super) fn of_batch(
        &self,
        batch: &str,
    ) -> Result<Result<Vec<Execution>, String>, TransportError> {
        let request = self.server.executions_of(self.project, batch);
        match self.transport.send(request) {
            Ok(response) => Ok(read(&response.body)),
            Err(error) if is_unsupported(&error) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Returns whether the server heeds the batch, by asking for one that cannot exist.
    fn heeds_batches(&self, batch: &str) -> Result<bool, TransportError> {
        if let Some(known) = self.habits.heeds.get() {
            return Ok(*known);
        }
        let nothing = self.of_batch(&format!("{batch}-none"))?;
        let heeds = nothing.is_ok_and(|found| found.is_empty());
        Ok(*self.habits.heeds.get_or_init(|| heeds))
    }

    fn by_session(
        &self,
        session: Option<&str>,
        reason: String,
    ) -> Result<BatchContent, TransportError> {
        let Some(session) = session else {
            return Ok(BatchContent::Blind(reason));
        };
        for page in 0..SEARCHED {
            let request = self.server.search("Execution", self.project, page);
            let response = match self.transport.send(request) {
                Ok(response) => response,
                Err(error) if is_unsupported(&error) => {
                    return Ok(BatchContent::Blind(reason));
                }
                Err(error) => return Err(error),
            };
            let found = read(&response.body).unwrap_or_default();
            let stamped = stamped(&found, Some(session));
            if !stamped.is_empty() {
                return Ok(BatchContent::Executions(stamped));
            }
            if (found.len() as u64) < super::api::SEARCH_PAGE {
                break;
            }
        }
        Ok(BatchContent::Blind(reason))
    }
}

/// Returns those that bear this session.
fn stamped(found: &[Execution], session: Option<&str>) -> Vec<Execution> {
    found
        .iter()
        .filter(|execution| session.is_some() && execution.session_id.as_deref() == session)
        .cloned()
        .collect()
}

/// Returns whether the server says that it does not know the question, rather than that it cannot answer now.
pub(super) fn is_unsupported(error: &TransportError) -> bool {
    matches!(
        error.problem,
        Problem::Status {
            status: 400 | 404 | 405 | 501,
            ..
        }
    )
}

/// Reads executions from a list, a page, or one alone; the text says what else came.
pub(super) fn read(body: &[u8]) -> Result<Vec<Execution>, String> {
    if body.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| "the answer to the look-up by batch is not JSON".to_owned())?;
    entries(&value)
        .ok_or("the answer to the look-up by batch is of an unknown shape")?
        .iter()
        .map(|entry| Execution::deserialize(*entry).map_err(|error| error.to_string()))
        .collect()
}

fn entries(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(entries) => Some(entries.iter().collect()),
        Value::Object(fields) if fields.contains_key("id") => Some(vec![value]),
        Value::Object(fields) => ["content", "data", "items", "executions"]
            .iter()
            .find_map(|name| entries(fields.get(*name)?)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
