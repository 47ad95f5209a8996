//! Whether a request is the one that was recorded, and what the placeholders in it stand for.

use std::collections::HashMap;

use serde_json::Value;

use super::{Recorded, calls};
use crate::http::Request;

/// Ids above this are placeholders.
const IDS: i64 = 1_000_000;

/// What placeholders stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(HashMap<String, String>);

impl Known {
    /// Returns what a text stands for; what is not known yet is as long as it was.
    pub(super) fn text(&self, text: &str, url: &str) -> String {
        if let Some(path) = text.strip_prefix("{url}") {
            let parts: Vec<String> = path.split('/').map(|part| self.text(part, url)).collect();
            return format!("{url}{}", parts.join("/"));
        }
        if let Some(meant) = self.0.get(text) {
            return meant.clone();
        }
        match length(text) {
            Some(length) => {
                let short: String = text.trim_matches(['<', '>']).replace(':', "-");
                short
                    .chars()
                    .chain(std::iter::repeat('x'))
                    .take(length)
                    .collect()
            }
            None => text.to_owned(),
        }
    }

    /// Returns a body with what its placeholders stand for.
    pub(super) fn filled(&self, body: &Value, url: &str) -> Value {
        match body {
            Value::String(text) => Value::String(self.text(text, url)),
            Value::Number(number) => {
                let meant = self.0.get(&number.to_string());
                meant
                    .and_then(|meant| meant.parse::<i64>().ok())
                    .map_or_else(|| body.clone(), Value::from)
            }
            Value::Array(values) => values.iter().map(|value| self.filled(value, url)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                members
                    .map(|(name, value)| (self.text(name, url), self.filled(value, url)))
                    .collect()
            }
            Value::Null | Value::Bool(_) => body.clone(),
        }
    }

    /// Returns whether a text of a request is what was recorded; a placeholder that is not known yet takes what it stands for from it.
    fn is(&mut self, recorded: &str, asked: &str) -> bool {
        if recorded == asked {
            return true;
        }
        let is_id = recorded.parse::<i64>().is_ok_and(|id| id > IDS);
        if !is_id && length(recorded).is_none() {
            return false;
        }
        let is_number = !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit());
        match self.0.get(recorded) {
            Some(meant) => meant == asked,
            None if is_id && !is_number => false,
            None => {
                self.0.insert(recorded.to_owned(), asked.to_owned());
                true
            }
        }
    }
}

/// Returns how long the text was in whose place a placeholder stands.
fn length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    inner.split_once(':')?.1.parse().ok()
}

/// Returns how well a request fits a recorded one, or nothing where it is another.
pub(super) fn fits(
    exchange: &Recorded,
    (request, sent): (&Request, &Value),
    known: &mut Known,
) -> Option<u64> {
    let is_same =
        exchange.method == request.method && exchange.path.len() == request.segments.len();
    let mut parts = exchange.path.iter().zip(&request.segments);
    if !is_same || !parts.all(|(recorded, asked)| known.is(recorded, asked)) {
        return None;
    }
    if calls(&exchange.sent) != calls(sent) {
        return None;
    }
    let mut score = 0;
    for (name, value) in &exchange.query {
        if let Some((_, asked)) = request
            .query
            .iter()
            .find(|(other, _)| known.is(name, other))
        {
            score += 1 + 3 * u64::from(known.is(value, asked));
        }
    }
    score = (10 * score).saturating_sub(request.query.len().abs_diff(exchange.query.len()) as u64);
    Some(score + body(&exchange.sent, sent, known))
}

/// Counts what is the same in two bodies.
fn body(recorded: &Value, sent: &Value, known: &mut Known) -> u64 {
    match (recorded, sent) {
        (Value::Object(recorded), Value::Object(sent)) => {
            let pairs = recorded
                .iter()
                .filter_map(|(name, value)| Some((value, sent.get(name)?)));
            pairs
                .map(|(value, sent)| 1 + body(value, sent, known))
                .sum()
        }
        (Value::Array(recorded), Value::Array(sent)) => {
            let pairs = recorded.iter().zip(sent);
            u64::from(recorded.len() == sent.len())
                + pairs
                    .map(|(value, sent)| body(value, sent, known))
                    .sum::<u64>()
        }
        (Value::String(recorded), Value::String(sent)) => u64::from(known.is(recorded, sent)),
        (Value::Number(recorded), Value::Number(sent)) => {
            u64::from(known.is(&recorded.to_string(), &sent.to_string()))
        }
        _ => u64::from(recorded == sent),
    }
}
