//! The network as a [`Wire`]: each request is sent on a thread of its own, so that a cancellation takes effect while it is under way.

use std::io::Read as _;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::blocking::{Body as WireBody, Client};

use super::wire::{Answer, Fault, Outgoing, Wire};
use super::{Body, Delivery, Effect, Problem, TransportOptions, fault};

/// How often a wait for an answer looks up.
const GLANCE: Duration = Duration::from_millis(50);
/// How much longer than the library's own limit an answer is waited for: a body that is read from a dead disk, for example.
const OVERTIME: Duration = Duration::from_secs(2);
/// The largest answer that is taken.
const LARGEST_ANSWER: u64 = 32 * 1024 * 1024;
/// The most values that an answer may hold: no page of a service comes near.
const MOST_VALUES: usize = 1_000_000;

/// The network.
pub(super) struct Http<'a> {
    pub(super) options: &'a TransportOptions,
    pub(super) client: &'a Client,
    /// Whether this is what an orderly end reads and takes back, after a cancellation.
    pub(super) is_closing: bool,
}

impl Wire for Http<'_> {
    fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Answer, Fault> {
        let wire = build(self.client, outgoing)
            .map_err(|cause| Fault::new(Problem::Setup(format!("{cause:#}")), Delivery::NotSent))?;
        let (sender, receiver) = mpsc::sync_channel(1);
        let (client, effect) = (self.client.clone(), outgoing.request.effect);
        std::thread::Builder::new()
            .name("request".to_owned())
            .spawn(move || {
                // Nobody listens any more after a cancellation.
                sender.send(exchange(&client, effect, wire)).ok();
            })
            .map_err(|error| Fault::new(Problem::Setup(error.to_string()), Delivery::NotSent))?;
        let is_hasty = effect == Effect::Read && !self.is_closing;
        await_answer(self.options, (effect, is_hasty), outgoing.limit, &receiver)
    }
}

fn build(client: &Client, outgoing: &Outgoing<'_>) -> anyhow::Result<reqwest::blocking::Request> {
    let request = outgoing.request;
    let builder = client
        .request(request.method.clone(), request.url.clone())
        .timeout(outgoing.limit)
        .headers(outgoing.headers.clone());
    let builder = match &request.body {
        Body::None => builder,
        Body::Bytes(bytes) => builder.body(bytes.clone()),
        Body::Stream { open, length } => {
            let content = open().context("what is to be sent cannot be read")?;
            // Not a byte more than announced, should the file have grown.
            builder.body(WireBody::sized(content.take(*length), *length))
        }
    };
    Ok(builder.build().map_err(reqwest::Error::without_url)?)
}

/// Counts the values of a JSON document without parsing it: each takes a byte at least, and a hundred times the memory that it takes in the answer.
fn values(body: &[u8]) -> usize {
    let (mut count, mut in_text, mut is_escaped) = (0, false, false);
    for byte in body {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}

fn exchange(
    client: &Client,
    effect: Effect,
    wire: reqwest::blocking::Request,
) -> Result<Answer, Fault> {
    let response = client
        .execute(wire)
        .map_err(|error| fault::of_request(effect, error))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    let read = response.take(LARGEST_ANSWER + 1).read_to_end(&mut body);
    let body = match read {
        Err(error) => Err(fault::of_body(effect, &error)),
        Ok(length) if length as u64 > LARGEST_ANSWER => Err(Fault::unanswered(
            effect,
            Problem::Shape(format!(
                "it is larger than {} MiB, the most that is taken",
                LARGEST_ANSWER >> 20
            )),
        )),
        Ok(length) if length > MOST_VALUES && values(&body) > MOST_VALUES => {
            Err(Fault::unanswered(
                effect,
                Problem::Shape(format!(
                    "it holds more than {MOST_VALUES} values, the most that is taken"
                )),
            ))
        }
        Ok(_) => Ok(body),
    };
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// Waits for the answer. A cancellation ends a read at once; a write may still learn for a moment what became of it, and what an orderly end reads may be
/// answered.
fn await_answer(
    options: &TransportOptions,
    (effect, is_hasty): (Effect, bool),
    limit: Duration,
    receiver: &mpsc::Receiver<Result<Answer, Fault>>,
) -> Result<Answer, Fault> {
    let clock = &options.clock;
    let start = clock.now();
    let mut stopping: Option<Instant> = None;
    loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Disconnected) => {
                let cause = "the request ended without an answer".to_owned();
                return Err(Fault::unanswered(effect, Problem::Cut(cause)));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if clock.since(start) > limit + OVERTIME {
            return Err(Fault::unanswered(effect, Problem::TimedOut));
        }
        if options.interrupt.is_raised() {
            let since = *stopping.get_or_insert_with(|| clock.now());
            if is_hasty || clock.since(since) >= options.limits.grace {
                return Err(Fault::unanswered(effect, Problem::Interrupted));
            }
        }
    }
}
