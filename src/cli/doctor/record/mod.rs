//! What a service was asked and what it answered, without anything that is somebody's. Only words that the services' own descriptions use, small
//! numbers and times stay as they are; everything else is replaced, each always by the same, so that it can be followed and played again.

use std::collections::HashMap;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use url::Url;

use crate::transport::{Answer, Body, Delivery, Effect, Fault, Request};

/// The words that stay, sorted, one a line.
const WORDS: &str = include_str!("words.txt");
/// Numbers up to this are no ids.
const SMALL: f64 = 99.0;
/// What counts something, as it is written without `$` and in small letters; it stays, up to this number.
const COUNTS: [&str; 11] = [
    "skip",
    "top",
    "count",
    "page",
    "pagesize",
    "size",
    "total",
    "totalelements",
    "totalpages",
    "totaltests",
    "offset",
];
const LARGEST_COUNT: f64 = 99_999.0;
/// What ids are replaced by begins after this.
const IDS: i64 = 1_000_000;
/// How much is kept, in bytes; of what comes then, bodies are left out.
const MOST: usize = 16 << 20;

/// The exchanges so far, a line each.
#[derive(Debug, Default)]
pub(super) struct Recording {
    begun: Option<Timestamp>,
    lines: String,
    names: Names,
}

/// What was replaced, and by what.
#[derive(Debug, Default)]
struct Names {
    texts: HashMap<String, i64>,
    numbers: HashMap<String, i64>,
}

impl Recording {
    /// Returns all of it; `into` is what the command was told, as it stands in the exchanges.
    pub(super) fn text(&mut self, into: Option<&str>) -> String {
        let into = into.map(|into| self.names.value("", into));
        let header = json!({"schema": "handin/recording/1", "version": env!("CARGO_PKG_VERSION"), "into": into});
        format!("{header}\n{}", self.lines)
    }

    /// Adds an exchange.
    pub(super) fn add(
        &mut self,
        now: Timestamp,
        request: &Request,
        answer: Result<&Answer, &Fault>,
    ) {
        let after = now
            .duration_since(*self.begun.get_or_insert(now))
            .as_millis();
        let (is_hidden, is_full) = (request.confidential, self.lines.len() > MOST);
        let names = &mut self.names;
        let sent = match &request.body {
            Body::None => Value::Null,
            Body::Bytes(bytes) => names.body(bytes, is_hidden || is_full),
            Body::Stream { length, .. } => json!({"bytes": length}),
        };
        // An address that is not the service's own is a signed one: its query is the credential.
        let query = request
            .url
            .query_pairs()
            .filter(|_| request.authorized && !is_hidden);
        let query: Vec<[String; 2]> = query
            .map(|(name, value)| [names.text(&name), names.value(&name, &value)])
            .collect();
        let came = match answer {
            Ok(answer) => names.answer(answer, is_hidden || is_full),
            Err(fault) => json!({"lost": match fault.delivery {
                Delivery::NotSent => "not sent",
                Delivery::Refused | Delivery::Unknown => "no answer",
            }}),
        };
        let line = json!({
            "ms": u64::try_from(after).unwrap_or_default(), "method": request.method.as_str(), "writes": request.effect() == Effect::Write,
            "path": names.path(&request.url), "query": query, "sent": sent, "answer": came,
        });
        self.lines.push_str(&line.to_string());
        self.lines.push('\n');
    }
}

impl Names {
    fn answer(&mut self, answer: &Answer, is_hidden: bool) -> Value {
        let mut headers = Map::new();
        for (name, value) in &answer.headers {
            let (name, value) = (name.as_str(), value.to_str().unwrap_or_default());
            let value = match name {
                "content-type" => self.text(value.split(';').next().unwrap_or_default().trim()),
                "retry-after" => self.value("count", value),
                "x-ms-continuationtoken" => self.text(value),
                _ if name.contains("ratelimit") && is_word(name) => self.value("count", value),
                _ => continue,
            };
            headers.insert(name.to_owned(), Value::String(value));
        }
        let body = answer
            .body
            .as_ref()
            .map_or(json!({"lost": "the rest"}), |bytes| {
                self.body(bytes, is_hidden)
            });
        json!({"status": answer.status, "headers": headers, "body": body})
    }

    /// Returns a body; one that is not JSON is none that anybody has to read.
    fn body(&mut self, bytes: &[u8], is_hidden: bool) -> Value {
        if bytes.is_empty() {
            return Value::Null;
        }
        match serde_json::from_slice(bytes) {
            Ok(value) if !is_hidden => self.json("", value),
            _ => json!({"bytes": bytes.len()}),
        }
    }

    fn json(&mut self, name: &str, value: Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value,
            Value::String(text) => Value::String(self.value(name, &text)),
            Value::Number(number) => Value::from(self.number(name, &number.to_string())),
            Value::Array(values) => values
                .into_iter()
                .map(|value| self.json(name, value))
                .collect(),
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| {
                    let value = self.json(&name, value);
                    (self.text(&name), value)
                });
                members.collect()
            }
        }
    }

    /// Returns a text that stands under a name.
    fn value(&mut self, name: &str, text: &str) -> String {
        let is_number = text.len() < 20
            && (text == "0" || !text.starts_with('0'))
            && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && !text.is_empty() {
            return self.number(name, text).to_string();
        }
        match Url::parse(text) {
            Ok(url) if url.has_host() => format!("{{url}}{}", self.path(&url)),
            _ => self.text(text),
        }
    }

    fn number(&mut self, name: &str, text: &str) -> i64 {
        let count = name.trim_start_matches('$').to_ascii_lowercase();
        let most = if COUNTS.contains(&count.as_str()) {
            LARGEST_COUNT
        } else {
            SMALL
        };
        let value = text.parse().unwrap_or(f64::NAN);
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        if value.fract() == 0.0 && value.abs() <= most {
            return value as i64;
        }
        IDS + nth(&mut self.numbers, text)
    }

    fn text(&mut self, text: &str) -> String {
        if text.is_empty() || is_word(text) || is_time(text) || is_version(text) {
            return text.to_owned();
        }
        format!("<{}:{}>", nth(&mut self.texts, text), text.chars().count())
    }

    fn path(&mut self, url: &Url) -> String {
        let mut path = String::new();
        for segment in url.path().split('/').skip(1) {
            let segment = percent_decode_str(segment).decode_utf8_lossy();
            path.push('/');
            path.push_str(&self.value("", &segment));
        }
        path
    }
}

/// Returns the number of a text, a new one where it did not come before.
fn nth(known: &mut HashMap<String, i64>, text: &str) -> i64 {
    let next = i64::try_from(known.len()).unwrap_or(i64::MAX - IDS - 1) + 1;
    *known.entry(text.to_owned()).or_insert(next)
}

fn is_word(text: &str) -> bool {
    WORDS.lines().any(|word| word == text)
}

/// Returns whether a text is a number of a version of at most two digits each: `7.1`.
fn is_version(text: &str) -> bool {
    let is_short =
        |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.')
        .is_some_and(|(major, minor)| is_short(major) && is_short(minor))
}

/// Returns whether a text is a date with a time, and nothing else: `2026-11-20T10:00:00.000Z`.
fn is_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let rest = shape.strip_prefix("0000-00-00T00:00:00");
    let fraction = rest.map(|rest| rest.trim_start_matches('.').trim_start_matches('0'));
    text.len() <= 33
        && matches!(
            fraction,
            Some("" | "Z" | "+00:00" | "-00:00" | "+0000" | "-0000")
        )
}

#[cfg(test)]
mod tests;
