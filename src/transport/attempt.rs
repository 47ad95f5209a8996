//! One attempt at a request: what leaves is put together here; the wire carries it.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};

use super::wire::{Answer, Fault, Outgoing, Wire};
use super::{Authorization, Body, Deadline, Delivery, Expect, Problem, Request, TransportOptions};

/// Sends a request once and takes the whole answer; `grace` is how long it may take when the time is over already.
pub(super) fn run(
    (options, grace): (&TransportOptions, Duration),
    wire: &dyn Wire,
    (request, authorization): (&Request, Option<&Authorization>),
) -> Result<Answer, Fault> {
    let headers = headers(options, request, authorization)
        .map_err(|cause| Fault::new(Problem::Setup(format!("{cause:#}")), Delivery::NotSent))?;
    let outgoing = Outgoing {
        request,
        headers,
        limit: limit((options, grace), request),
    };
    wire.exchange(&outgoing)
        .map_err(|fault| through_proxy(options, request, late(options, fault)))
}

/// Returns how long the request may take: what the deadline leaves, and no longer than its size explains.
fn limit((options, grace): (&TransportOptions, Duration), request: &Request) -> Duration {
    let length = match &request.body {
        Body::None => 0,
        Body::Bytes(bytes) => bytes.len() as u64,
        Body::Stream { length, .. } => *length,
    };
    let upload = Duration::from_secs(length / options.limits.upload_rate.max(1));
    let limit = options.limits.answer + upload;
    options
        .deadline
        .as_ref()
        .map_or(limit, |deadline| limit.min(deadline.remaining().max(grace)))
}

/// Returns all that goes along: the request's own headers, those of the service, the credential.
fn headers(
    options: &TransportOptions,
    request: &Request,
    authorization: Option<&Authorization>,
) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    if request.expect == Expect::Json && !has_header(request, ACCEPT.as_str()) {
        headers.append(ACCEPT, HeaderValue::from_static("application/json"));
    }
    let own = if request.authorized {
        options.headers.as_slice()
    } else {
        &[]
    };
    for (name, value) in request.headers.iter().chain(own) {
        let (name, value) = header(name, value)?;
        headers.append(name, value);
    }
    if let (true, Some(authorization)) = (request.authorized, authorization) {
        let (name, value) = authorization
            .header()
            .map_err(|_invalid| anyhow!("the credential cannot be sent in a header"))?;
        headers.append(name, value);
    }
    Ok(headers)
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

/// Attributes a timeout to the command's own limit, if that was the cause.
fn late(options: &TransportOptions, fault: Fault) -> Fault {
    let over = options.deadline.as_ref().is_some_and(Deadline::is_over);
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
        | Problem::Credential(_)
        | Problem::ReadOnly
        | Problem::Setup(_)) => other,
    };
    Fault { problem, ..fault }
}
