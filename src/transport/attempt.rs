//! One attempt at a request: built here, sent on a thread of its own, so that the wish to stop is heard while it is under way.

use std::io::Read as _;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use reqwest::blocking::{Body as WireBody, Client};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};

use super::verdict::{Answer, Fault};
use super::{Body, Clock, Delivery, Effect, Expect, Problem, Request, TransportOptions, fault};

/// How often a wait for an answer looks up.
const GLANCE: Duration = Duration::from_millis(50);
/// How much longer than the library's own limit an answer is waited for: a body that is read from a dead disk, for example.
const OVERTIME: Duration = Duration::from_secs(2);
/// The largest answer that is taken.
const LARGEST_ANSWER: u64 = 256 * 1024 * 1024;

/// Sends a request once and takes the whole answer.
pub(super) fn run(
    options: &TransportOptions,
    client: &Client,
    request: &Request,
) -> Result<Answer, Fault> {
    let limit = limit(options, request);
    let wire = build(options, client, request, limit)
        .map_err(|cause| Fault::new(Problem::Setup(format!("{cause:#}")), Delivery::NotSent))?;
    let (sender, receiver) = mpsc::sync_channel(1);
    let (client, effect) = (client.clone(), request.effect);
    std::thread::Builder::new()
        .name("request".to_owned())
        .spawn(move || {
            // Nobody listens any more when the wish to stop came first.
            sender.send(exchange(&client, effect, wire)).ok();
        })
        .map_err(|error| Fault::new(Problem::Setup(error.to_string()), Delivery::NotSent))?;
    await_answer(options, effect, limit, &receiver)
        .map_err(|fault| through_proxy(options, request, late(options, fault)))
}

/// Returns how long the request may take: what the deadline leaves, and no longer than its size explains.
fn limit(options: &TransportOptions, request: &Request) -> Duration {
    let length = match &request.body {
        Body::None => 0,
        Body::Bytes(bytes) => bytes.len() as u64,
        Body::Stream { length, .. } => *length,
    };
    let upload = Duration::from_secs(length / options.limits.upload_rate.max(1));
    let limit = options.limits.answer + upload;
    options
        .deadline
        .map_or(limit, |deadline| limit.min(deadline.remaining()))
}

fn build(
    options: &TransportOptions,
    client: &Client,
    request: &Request,
    limit: Duration,
) -> anyhow::Result<reqwest::blocking::Request> {
    let mut builder = client
        .request(request.method.clone(), request.url.clone())
        .timeout(limit);
    if request.expect == Expect::Json && !has_header(request, ACCEPT.as_str()) {
        builder = builder.header(ACCEPT, HeaderValue::from_static("application/json"));
    }
    let own = if request.authorized {
        options.headers.as_slice()
    } else {
        &[]
    };
    for (name, value) in request.headers.iter().chain(own) {
        let (name, value) = header(name, value)?;
        builder = builder.header(name, value);
    }
    if let (true, Some(authorization)) = (request.authorized, &options.authorization) {
        let value = authorization
            .header()
            .map_err(|_invalid| anyhow!("the credential cannot be sent in a header"))?;
        builder = builder.header(AUTHORIZATION, value);
    }
    builder = match &request.body {
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

fn has_header(request: &Request, wanted: &str) -> bool {
    request
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
}

fn header(name: &str, value: &str) -> anyhow::Result<(HeaderName, HeaderValue)> {
    let invalid = || format!("the header `{name}` cannot be sent");
    let mut value = HeaderValue::from_str(value).with_context(invalid)?;
    value.set_sensitive(true);
    let name = HeaderName::from_bytes(name.as_bytes()).with_context(invalid)?;
    Ok((name, value))
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
            Problem::Shape("it is larger than 256 MiB".to_owned()),
        )),
        Ok(_) => Ok(body),
    };
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// Waits for the answer. The wish to stop ends a read at once; a write may still learn for a moment what became of it.
fn await_answer(
    options: &TransportOptions,
    effect: Effect,
    limit: Duration,
    receiver: &mpsc::Receiver<Result<Answer, Fault>>,
) -> Result<Answer, Fault> {
    let start = Clock::now();
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
        if start.elapsed() > limit + OVERTIME {
            return Err(Fault::unanswered(effect, Problem::TimedOut));
        }
        if options.interrupt.is_raised() {
            let since = *stopping.get_or_insert_with(Clock::now);
            if effect == Effect::Read || since.elapsed() >= options.limits.grace {
                return Err(Fault::unanswered(effect, Problem::Interrupted));
            }
        }
    }
}

/// Says that it was the command's own limit, where it was.
fn late(options: &TransportOptions, fault: Fault) -> Fault {
    let over = options.deadline.is_some_and(super::Deadline::is_over);
    if over && fault.problem == Problem::TimedOut {
        Fault::new(Problem::Deadline, fault.delivery)
    } else {
        fault
    }
}

/// Names the proxy where it is what could not be reached.
fn through_proxy(options: &TransportOptions, request: &Request, fault: Fault) -> Fault {
    let proxy = options.proxy.shown_for(&request.url);
    let named = |cause: String| match &proxy {
        Some(proxy) => format!("{cause} (through the proxy `{proxy}`)"),
        None => cause,
    };
    let problem = match fault.problem {
        Problem::Connect(cause) => Problem::Connect(named(cause)),
        Problem::Proxy(cause) => Problem::Proxy(named(cause)),
        other @ (Problem::Certificate(_)
        | Problem::Cut(_)
        | Problem::TimedOut
        | Problem::SignIn
        | Problem::Status { .. }
        | Problem::NotJson { .. }
        | Problem::Shape(_)
        | Problem::Deadline
        | Problem::Interrupted
        | Problem::ReadOnly
        | Problem::Setup(_)) => other,
    };
    Fault { problem, ..fault }
}
