//! The log of requests: what came, what was done with it, and what befell it.

use serde_json::{Value, json};

use crate::fault::{Effect, Fault};
use crate::http::Head;

/// One request and what became of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The request's number in the order of arrival, counted from 1.
    pub number: usize,
    /// Its number among the writes, counted from 1; `None` for a read.
    pub write: Option<usize>,
    /// The door on which it arrived.
    pub door: String,
    /// The method.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent.
    pub query: String,
    /// The headers, names in lower case; of `authorization` the scheme only.
    pub headers: Vec<(String, String)>,
    /// Bytes of the request's body.
    pub received: usize,
    /// What the request means.
    pub effect: Effect,
    /// The fault that befell it.
    pub fault: Option<Fault>,
    /// The answer's status; `None` when the client got no answer.
    pub status: Option<u16>,
    /// Bytes of the answer's body.
    pub sent: usize,
    /// Whether the service carried out a write.
    pub committed: bool,
    /// Requests under way when this one arrived, itself included.
    pub in_flight: usize,
}

impl Exchange {
    pub(crate) fn new(head: &Head, effect: Effect) -> Self {
        Self {
            number: 0,
            write: None,
            door: head.door.clone(),
            method: head.method.clone(),
            path: head.path.clone(),
            query: head.raw_query.clone(),
            headers: head.headers.iter().map(without_credentials).collect(),
            received: 0,
            effect,
            fault: None,
            status: None,
            sent: 0,
            committed: false,
            in_flight: 0,
        }
    }

    /// Returns the first value of a request header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Returns the exchange as JSON, without the headers.
    pub fn to_json(&self) -> Value {
        json!({
            "number": self.number,
            "write": self.write,
            "door": self.door,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "received": self.received,
            "effect": match self.effect { Effect::Read => "read", Effect::Write => "write" },
            "fault": self.fault.map(Fault::label),
            "status": self.status,
            "sent": self.sent,
            "committed": self.committed,
            "in_flight": self.in_flight,
        })
    }
}

fn without_credentials((name, value): &(String, String)) -> (String, String) {
    let secret = ["authorization", "proxy-authorization", "cookie"].contains(&name.as_str());
    let shown = if secret {
        value.split(' ').next().unwrap_or_default()
    } else {
        value
    };
    (name.clone(), shown.to_owned())
}

/// All exchanges since the start or the last reset.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Vec<Exchange>,
    writes: usize,
}

impl Log {
    /// Adds an exchange at its arrival and numbers it.
    pub(crate) fn open(&mut self, mut exchange: Exchange) -> Exchange {
        exchange.number = self.entries.len() + 1;
        if exchange.effect == Effect::Write {
            self.writes += 1;
            exchange.write = Some(self.writes);
        }
        self.entries.push(exchange.clone());
        exchange
    }

    /// Replaces an exchange by what is known of it now.
    pub(crate) fn update(&mut self, exchange: &Exchange) {
        if let Some(entry) = self.entries.get_mut(exchange.number.saturating_sub(1)) {
            entry.clone_from(exchange);
        }
    }

    pub(crate) fn entries(&self) -> Vec<Exchange> {
        self.entries.clone()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
