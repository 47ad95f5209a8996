//! Answers from a recording of `handin doctor --record`, and tells where two recordings differ.
//!
//! What was replaced in a recording is a placeholder: a text `<12:40>` with its number and length, an id above 1,000,000, `{url}`. The first request
//! that fits a recorded one says what a placeholder in it stands for, and answers say it back.

mod differences;
mod fit;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

pub use self::differences::differences;
use self::fit::{Known, fits};
use crate::fault::Effect;
use crate::http::{Head, Request, Response};
use crate::page::{Html, page};
use crate::service::Service;

/// The only form of a recording there is.
const SCHEMA: &str = "handin/recording/1";

/// How many bytes stand for a body that was not recorded, at most.
const LONGEST: u64 = 1 << 20;

/// A recording as it is read.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Where a probe was told to write, as it stands in the exchanges.
    into: Option<String>,
    exchanges: Vec<Recorded>,
}

/// A recorded exchange.
#[derive(Debug, Clone)]
struct Recorded {
    method: String,
    path: Vec<String>,
    query: Vec<(String, String)>,
    sent: Value,
    writes: bool,
    answer: Value,
    served: usize,
}

/// Reads a recording.
///
/// # Errors
///
/// Returns which line is none of a recording.
pub fn read(text: &str) -> Result<Recording, String> {
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let header = lines
        .next()
        .and_then(|(_, line)| serde_json::from_str::<Value>(line).ok());
    let header = header.filter(|header| *member(header, "schema") == SCHEMA);
    let header = header
        .ok_or_else(|| format!("this is no recording: its first line does not say `{SCHEMA}`"))?;
    let into = member(&header, "into").as_str().map(str::to_owned);
    let exchange = |(nth, line): (usize, &str)| {
        let value = serde_json::from_str::<Value>(line).ok();
        value
            .and_then(|value| recorded(&value))
            .ok_or_else(|| format!("line {} is no exchange", nth + 1))
    };
    let exchanges = lines.map(exchange).collect::<Result<_, _>>()?;
    Ok(Recording { into, exchanges })
}

fn recorded(value: &Value) -> Option<Recorded> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let pair = |pair: &Value| Some((text(pair.get(0)?)?, text(pair.get(1)?)?));
    Some(Recorded {
        method: text(member(value, "method"))?,
        path: parts(member(value, "path").as_str()?),
        query: member(value, "query")
            .as_array()?
            .iter()
            .map(pair)
            .collect::<Option<_>>()?,
        sent: member(value, "sent").clone(),
        writes: member(value, "writes").as_bool()?,
        answer: member(value, "answer").as_object().cloned()?.into(),
        served: 0,
    })
}

/// Returns a member of an object, or null.
fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// Returns what a body calls, where it is JSON-RPC: one call, or a batch of them.
fn calls(sent: &Value) -> Vec<&str> {
    let one = sent.is_object().then_some(sent);
    let all = one.into_iter().chain(sent.as_array().into_iter().flatten());
    all.filter_map(|call| member(call, "method").as_str())
        .collect()
}

fn parts(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A service that answers from a recording.
#[derive(Debug)]
pub struct Replay {
    into: Option<String>,
    exchanges: Vec<Recorded>,
    known: Known,
    url: String,
    missed: Vec<String>,
}

impl Replay {
    /// Returns a service that answers from a recording.
    pub fn new(recording: Recording) -> Self {
        Self {
            into: recording.into,
            exchanges: recording.exchanges,
            known: Known::default(),
            url: String::new(),
            missed: Vec::new(),
        }
    }

    /// Returns the place that a probe has to be given.
    pub fn place(&self) -> Option<String> {
        Some(self.known.text(self.into.as_deref()?, ""))
    }

    /// Returns the path below which the recorded service was: what all requests begin with that is nobody's word.
    pub fn base(&self) -> String {
        let first = self
            .exchanges
            .first()
            .map(|it| it.path.clone())
            .unwrap_or_default();
        let is_word = |part: &String| !part.starts_with('<');
        let base: Vec<String> = first
            .into_iter()
            .take_while(|part| !is_word(part))
            .take(1)
            .collect();
        let base = base
            .iter()
            .map(|part| part.trim_matches(['<', '>']).replace(':', "-"));
        base.fold(String::new(), |base, part| base + "/" + &part)
    }

    /// Returns what was asked for and is not in the recording.
    pub fn missed(&self) -> &[String] {
        &self.missed
    }

    /// Returns the exchange that fits best: one that was not served yet before one that was, the first of equals.
    fn find(&self, request: &Request) -> Option<(usize, Known)> {
        let sent = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let fitting = self
            .exchanges
            .iter()
            .enumerate()
            .filter_map(|(nth, exchange)| {
                let mut known = self.known.clone();
                let score = fits(exchange, (request, &sent), &mut known)?;
                Some((
                    (
                        exchange.served.min(1),
                        std::cmp::Reverse(score),
                        exchange.served,
                        nth,
                    ),
                    known,
                ))
            });
        fitting
            .min_by_key(|(order, _)| *order)
            .map(|((_, _, _, nth), known)| (nth, known))
    }
}

impl Service for Replay {
    fn name(&self) -> &'static str {
        "a recording"
    }

    fn opened(&mut self, doors: &[(String, String)]) {
        self.url = doors
            .first()
            .map(|(_, url)| url.clone())
            .unwrap_or_default();
    }

    fn effect(&self, head: &Head) -> Effect {
        let same =
            |it: &&Recorded| it.method == head.method && it.path.len() == head.segments.len();
        let mut same = self.exchanges.iter().filter(same).peekable();
        if same.peek().is_some() && same.all(|it| !it.writes) {
            Effect::Read
        } else {
            Effect::Write
        }
    }

    fn answer(&mut self, request: &Request) -> Response {
        let sent = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        if calls(&sent) == ["Auth.login"] {
            // What was answered is a secret, and stands in no recording.
            let session = json!([{"jsonrpc": "2.0", "id": 1, "result": "any-session"}]);
            return Response::json(200, &session);
        }
        let Some((nth, known)) = self.find(request) else {
            self.missed
                .push(format!("{} {}", request.method, request.path));
            return self.error(404, "the recording has no such exchange");
        };
        self.known = known;
        let Some(exchange) = self.exchanges.get_mut(nth) else {
            return self.error(404, "the recording has no such exchange");
        };
        exchange.served += 1;
        let answer = exchange.answer.clone();
        let Some(status) = member(&answer, "status")
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
        else {
            return self.error(503, "the answer was lost when this was recorded");
        };
        let body = member(&answer, "body");
        let unread = body
            .as_object()
            .filter(|it| it.len() == 1)
            .and_then(|it| it.get("bytes"));
        let mut response = if let Some(bytes) = unread.and_then(Value::as_u64) {
            Response::text(
                status,
                "x".repeat(usize::try_from(bytes.min(LONGEST)).unwrap_or_default()),
            )
        } else if body.is_null() {
            Response::empty(status)
        } else {
            Response::json(status, &self.known.filled(body, &self.url))
        };
        let headers = member(&answer, "headers")
            .as_object()
            .cloned()
            .unwrap_or_default();
        for (name, value) in headers
            .iter()
            .filter(|(name, _)| *name != "content-type" && *name != "retry-after")
        {
            response = response.with(
                name,
                self.known
                    .text(value.as_str().unwrap_or_default(), &self.url),
            );
        }
        response
    }

    fn state(&self) -> Value {
        let left = self.exchanges.iter().filter(|it| it.served == 0).count();
        json!({"exchanges": self.exchanges.len(), "not_asked_for": left, "missed": self.missed})
    }

    fn page(&self) -> String {
        let body = Html::paragraph(&self.state().to_string());
        page(
            "A recording",
            "It answers as a service answered when it was recorded.",
            &body,
        )
    }

    fn reset(&mut self) {
        self.known = Known::default();
        self.missed.clear();
        self.exchanges
            .iter_mut()
            .for_each(|exchange| exchange.served = 0);
    }
}
