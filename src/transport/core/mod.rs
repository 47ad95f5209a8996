//! A request: wait for the turn, send, classify the answer, repeat where that is safe.

use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use reqwest::header::HeaderMap;
use url::Url;

use super::client::{Built, build};
use super::http::Http;
use super::rate_limit::{RateLimit, slowdown};
use super::redact::{Redactor, address};
use super::renewal::{Current, Renewed};
use super::retry::Spent;
use super::verdict::classify;
use super::wire::{Answer, Fault};
use super::{
    Authorization, Clock, Delivery, Effect, Event, Interrupt, Label, Problem, Random, Recorded,
    Request, Response, TransportError, TransportOptions, WriteRequest, attempt,
};
use crate::files::Stop;

/// The one door to the network. Cheap to clone; clones share connections, the credential and what the service asked for.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
    read_only: bool,
    is_closing: bool,
}

struct Shared {
    options: TransportOptions,
    client: OnceLock<anyhow::Result<Built>>,
    rate_limit: RateLimit,
    /// Knows every credential that was used.
    redactor: RwLock<Redactor>,
    renewed: Option<Renewed>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Transport")
            .field("options", &self.shared.options)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

impl Transport {
    /// Returns a transport. Nothing is read, built or connected before the first request.
    pub fn new(options: TransportOptions) -> Self {
        let redactor = RwLock::new(Redactor::new(&options));
        let renewed = options.renewal.clone().map(Renewed::new);
        let rate_limit = RateLimit::new(options.clock.clone());
        Self {
            shared: Arc::new(Shared {
                options,
                client: OnceLock::new(),
                rate_limit,
                redactor,
                renewed,
            }),
            read_only: false,
            is_closing: false,
        }
    }

    /// Returns a transport that refuses every write before anything is sent.
    #[must_use]
    pub fn read_only(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            read_only: true,
            is_closing: self.is_closing,
        }
    }

    /// Returns a transport for what an orderly end takes back: it sends also when the user has asked to stop or the time is over, and
    /// waits for nothing then.
    #[must_use]
    pub fn closing(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            read_only: self.read_only,
            is_closing: true,
        }
    }

    /// Returns the asked to stop that it listens to.
    pub fn interrupt(&self) -> &Interrupt {
        &self.shared.options.interrupt
    }

    /// Returns the clock that it goes by.
    pub fn clock(&self) -> &Clock {
        &self.shared.options.clock
    }

    /// Returns how many requests the service still takes this month, as its last answer told it.
    pub fn left_this_month(&self) -> Option<u64> {
        self.shared.rate_limit.left_this_month()
    }

    /// Returns the source of random numbers.
    pub fn random(&self) -> &Random {
        &self.shared.options.random
    }

    /// Sends a request that changes nothing, and returns its good answer. Repeats it after a wait where that is safe.
    ///
    /// # Errors
    ///
    /// When there is no good answer; [`TransportError::delivery`] tells what may have happened, over all attempts.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a request is made to be sent: callers have no further use for it"
    )]
    pub fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.until_answered(&request)
    }

    /// Sends a write whose intent is recorded.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a request is made to be sent: callers have no further use for it"
    )]
    pub fn send_recorded(
        &self,
        request: WriteRequest,
        _intent: &dyn Recorded,
    ) -> Result<Response, TransportError> {
        self.until_answered(&request)
    }

    fn until_answered(&self, request: &Request) -> Result<Response, TransportError> {
        let mut spent = Spent::default();
        let mut worst = Delivery::NotSent;
        let mut refused = None;
        loop {
            let current = self.current(request, refused.as_ref())?;
            let error = match self.once(request, current.as_ref()) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if refused.is_none() && self.has_ended(&error) {
                // Nothing was done with it: once, another one is tried.
                refused = current;
                if refused.is_some() {
                    continue;
                }
            }
            worst = worse(worst, error.delivery);
            let error = TransportError {
                delivery: worst,
                ..error
            };
            self.wait_before_next(request, &mut spent, error)?;
        }
    }

    /// Waits, between two looks at the service for example.
    ///
    /// # Errors
    ///
    /// When the user asks to stop, or when the deadline comes first. The wait then ends at once.
    pub fn pause(&self, how_long: Duration) -> Result<(), TransportError> {
        let rested = self.rest(how_long);
        rested.map_err(|problem| TransportError::unsent("waiting for the service", problem))
    }

    /// Waits until the service is ready for another request.
    ///
    /// # Errors
    ///
    /// As [`Self::pause`].
    pub fn await_pace(&self) -> Result<(), TransportError> {
        self.pause(self.shared.rate_limit.wait())
    }

    /// Returns the credential of a request that has to be obtained; nothing for the one that is given.
    fn current(
        &self,
        request: &Request,
        refused: Option<&Current>,
    ) -> Result<Option<Current>, TransportError> {
        let Some(renewed) = self.shared.renewed.as_ref().filter(|_| request.authorized) else {
            return Ok(None);
        };
        let (current, is_new) = renewed.current(self.clock(), refused)?;
        if is_new {
            let mut redactor = self
                .shared
                .redactor
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            redactor.learn(&current.authorization);
        }
        Ok(Some(current))
    }

    /// Returns whether an error says that an obtained credential is not taken any more, and that nothing was done.
    fn has_ended(&self, error: &TransportError) -> bool {
        let renewed = self.shared.renewed.as_ref();
        error.delivery == Delivery::Refused && renewed.is_some_and(|it| it.is_refusal(error))
    }

    fn redactor(&self) -> Redactor {
        let redactor = self.shared.redactor.read();
        redactor.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn once(
        &self,
        request: &Request,
        current: Option<&Current>,
    ) -> Result<Response, TransportError> {
        let mut trace = None;
        let authorization = current.map(|current| &*current.authorization);
        let answer = self.try_once((request, authorization), &mut trace);
        let label = current.and_then(|current| current.label.clone());
        answer.map_err(|fault| TransportError {
            credential: self.blamed(request, &fault.problem, label),
            ..self.error(request, fault, trace)
        })
    }

    fn try_once(
        &self,
        (request, authorization): (&Request, Option<&Authorization>),
        trace: &mut Option<String>,
    ) -> Result<Response, Fault> {
        let not_sent = |problem| Fault::new(problem, Delivery::NotSent);
        self.allow(request).map_err(not_sent)?;
        self.turn().map_err(not_sent)?;
        let redactor = self.redactor();
        let answer = self.exchange(request, authorization);
        let answer = answer.map(|answer| redactor.answer(request, answer));
        if let Some(witness) = &self.shared.options.witness {
            witness.saw(request, answer.as_ref());
        }
        let answer = answer?;
        *trace = service_trace(&answer.headers).map(|text| self.trace(&text));
        self.heed(&answer.headers);
        let (status, headers) = (answer.status, answer.headers.clone());
        let body = classify(request, answer, &redactor, self.clock().wall())?;
        Ok(Response {
            purpose: request.purpose.clone(),
            request: address(request),
            effect: request.effect,
            status,
            headers,
            body,
        })
    }

    /// Sends a request once, over the network or what stands in its place.
    fn exchange(
        &self,
        request: &Request,
        authorization: Option<&Authorization>,
    ) -> Result<Answer, Fault> {
        let options = &self.shared.options;
        let outgoing = (request, authorization.or(options.authorization.as_ref()));
        let grace = options.limits.grace;
        let patient = (
            options,
            if self.is_closing {
                grace
            } else {
                Duration::ZERO
            },
        );
        if let Some(wire) = &options.wire {
            return self.logged(request, || attempt::run(patient, wire.as_ref(), outgoing));
        }
        let client = self.client().map_err(|cause| {
            let ended = cause.chain().find_map(|it| Stop::of(it.downcast_ref()?));
            let problem = ended.map_or_else(|| Problem::Setup(format!("{cause:#}")), Problem::from);
            Fault::new(problem, Delivery::NotSent)
        })?;
        let wire = Http {
            options,
            client: &client.client,
            is_closing: self.is_closing,
        };
        self.logged(request, || attempt::run(patient, &wire, outgoing))
    }

    /// Returns a service's own trace without secrets, and then no longer than one is.
    fn trace(&self, text: &str) -> String {
        let text = self.redactor().line(text);
        text.chars().take(100).collect()
    }

    /// Refuses what must not be sent at all.
    fn allow(&self, request: &Request) -> Result<(), Problem> {
        if self.read_only && request.effect == Effect::Write {
            return Err(Problem::ReadOnly);
        }
        let (options, url) = (&self.shared.options, &request.url);
        let is_in =
            |annex: &Url| annex.origin() == url.origin() && url.path().starts_with(annex.path());
        match &options.origin {
            Some(_) if options.annex.as_ref().is_some_and(is_in) => Ok(()),
            Some(origin) if request.authorized && origin.origin() != url.origin() => {
                Err(Problem::Setup(
                    "the address is not the service's own, so the credential is not sent there"
                        .to_owned(),
                ))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Waits until the service is ready for another request.
    fn turn(&self) -> Result<(), Problem> {
        loop {
            let wait = self.shared.rate_limit.wait();
            self.rest(wait)?;
            if wait.is_zero() {
                return Ok(());
            }
        }
    }

    fn rest(&self, how_long: Duration) -> Result<(), Problem> {
        let options = &self.shared.options;
        if self.is_closing && how_long.is_zero() {
            return Ok(());
        }
        let deadline = options.deadline.as_ref();
        let is_over = deadline.is_some_and(|deadline| deadline.remaining().is_zero());
        if options.interrupt.is_raised() || (self.is_closing && is_over) {
            return Err(Problem::Interrupted);
        }
        // Waiting for what cannot be reached any more helps nobody: the end comes at once.
        if deadline.is_some_and(|deadline| deadline.remaining() <= how_long) {
            return Err(Problem::Deadline);
        }
        if options.interrupt.wait(&options.clock, how_long) {
            return Err(Problem::Interrupted);
        }
        Ok(())
    }

    fn client(&self) -> Result<&Built, &anyhow::Error> {
        let built = self.shared.client.get_or_init(|| {
            let built = build(&self.shared.options);
            if let Ok(Built {
                notice: Some(notice),
                ..
            }) = &built
            {
                self.tell(&Event::Notice(notice.clone()));
            }
            built
        });
        built.as_ref()
    }

    /// Keeps to what the service asks for in the headers of any answer.
    fn heed(&self, headers: &HeaderMap) {
        self.shared.rate_limit.note_month(headers);
        let Some(asked) = slowdown(headers, self.clock().wall()) else {
            return;
        };
        let wait = asked.wait.min(self.shared.options.retry.patience);
        self.hold(wait, asked.reason);
    }

    /// Lets no request of any worker start for the time given, and says so.
    fn hold(&self, wait: Duration, reason: String) {
        if self.shared.rate_limit.hold(wait) {
            self.tell(&Event::Slowed { wait, reason });
        }
    }

    /// Waits before the request is sent again, or returns the error when it is not.
    fn wait_before_next(
        &self,
        request: &Request,
        spent: &mut Spent,
        error: TransportError,
    ) -> Result<(), TransportError> {
        let options = &self.shared.options;
        let Some(wait) = spent.next(&options.retry, &options.random, request, &error) else {
            return Err(error);
        };
        let wait = wait.max(self.shared.rate_limit.wait());
        if request.is_brief && error.status() == Some(429) {
            self.hold(wait, "the service has too much to do (HTTP 429)".to_owned());
            return Err(error);
        }
        if options
            .deadline
            .as_ref()
            .is_some_and(|deadline| deadline.remaining() <= wait)
        {
            // What the service said tells more than that the time is over.
            return Err(error);
        }
        if error.status() == Some(429) {
            // Too much for the service is too much from all workers, not from this one.
            self.hold(wait, "the service has too much to do (HTTP 429)".to_owned());
        } else {
            self.tell(&Event::Retry {
                purpose: error.purpose.clone(),
                reason: error.reason(),
                wait,
                attempt: spent.attempts() + 1,
            });
        }
        self.rest(wait)
            .map_err(|problem| TransportError { problem, ..error })
    }

    fn tell(&self, event: &Event) {
        if let Some(observer) = &self.shared.options.observer {
            observer(event);
        }
    }

    fn error(&self, request: &Request, fault: Fault, trace: Option<String>) -> TransportError {
        let redactor = self.redactor();
        TransportError {
            purpose: redactor.line(&request.purpose),
            request: redactor.text(&address(request)),
            credential: None,
            delivery: fault.delivery,
            problem: fault.problem,
            trace,
        }
    }

    /// Returns the name of the credential, where that is what the service minds.
    fn blamed(
        &self,
        request: &Request,
        problem: &Problem,
        label: Option<Arc<Label>>,
    ) -> Option<Arc<Label>> {
        let minds = matches!(
            problem,
            Problem::SignIn | Problem::Status { status: 401, .. }
        );
        let label = label.or_else(|| self.shared.options.label.clone());
        label.filter(|_| minds && request.authorized)
    }

    /// Writes the log of one exchange. For a log that is off nothing is rendered, masked or copied.
    fn logged(
        &self,
        request: &Request,
        exchange: impl FnOnce() -> Result<Answer, Fault>,
    ) -> Result<Answer, Fault> {
        if !log::log_enabled!(log::Level::Debug) {
            return exchange();
        }
        let redactor = self.redactor().with(request);
        let shown = redactor.logged_address(request);
        if !request.confidential {
            log::trace!("{shown} sends {}", redactor.sent_body(request));
        }
        let start = self.clock().now();
        let answer = exchange();
        let took = self.clock().since(start).as_millis();
        match &answer {
            Ok(answer) => {
                log::debug!("{shown} {} in {took} ms", answer.status);
                let content_type = answer.headers.get("content-type");
                let content_type = content_type.and_then(|v| v.to_str().ok());
                if let (Ok(body), false) = (&answer.body, request.confidential) {
                    let content_type = content_type.unwrap_or_default();
                    log::trace!("{shown} answers {}", redactor.body(content_type, body));
                }
            }
            Err(fault) => log::debug!(
                "{shown} without an answer after {took} ms: {}",
                redactor.line(&fault.problem.to_string())
            ),
        }
        answer
    }
}

/// Returns the service's own name for the exchange (Azure: `X-VSS-E2EID`, else `ActivityId`).
fn service_trace(headers: &HeaderMap) -> Option<String> {
    ["x-vss-e2eid", "activityid", "x-request-id"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
        .map(ToOwned::to_owned)
}

/// What may have happened in one attempt may have happened in all of them together.
fn worse(first: Delivery, second: Delivery) -> Delivery {
    match (first, second) {
        (Delivery::Unknown, _) | (_, Delivery::Unknown) => Delivery::Unknown,
        (Delivery::Refused, _) | (_, Delivery::Refused) => Delivery::Refused,
        (Delivery::NotSent, Delivery::NotSent) => Delivery::NotSent,
    }
}

#[cfg(test)]
mod tests;
