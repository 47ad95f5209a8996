//! Credentials that end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::HeaderMap;
use url::Url;

use super::Unrecorded;
use crate::secret::Secret;
use crate::transport::{
    Answer, Authorization, Clock, Fault, Method, Obtained, Outgoing, Renewal, SimulatedTime,
    Transport, TransportError, TransportOptions, Wire, WriteRequest,
};

/// Gives out `token-1`, `token-2`, …
#[derive(Debug, Default)]
struct Counter {
    obtained: AtomicUsize,
    holds: Option<Duration>,
}

impl Renewal for Counter {
    fn obtain(&self) -> Result<Obtained, TransportError> {
        let number = self.obtained.fetch_add(1, Ordering::SeqCst) + 1;
        let token = Secret::token(&format!("token-{number}")).unwrap();
        Ok(Obtained {
            authorization: Authorization::Bearer(token),
            holds: self.holds,
            label: None,
        })
    }
}

/// A service that takes the tokens from this number on, and counts what it carried out.
#[derive(Debug, Default)]
struct Service {
    takes_from: AtomicUsize,
    done: AtomicUsize,
}

impl Wire for Service {
    fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Answer, Fault> {
        let token = outgoing.headers["authorization"].to_str().unwrap();
        let number: usize = token
            .strip_prefix("Bearer token-")
            .unwrap()
            .parse()
            .unwrap();
        let is_good = number >= self.takes_from.load(Ordering::SeqCst);
        self.done.fetch_add(usize::from(is_good), Ordering::SeqCst);
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        Ok(Answer {
            status: if is_good { 200 } else { 401 },
            headers,
            body: Ok(format!("{{\"message\": \"{token}\"}}").into_bytes()),
        })
    }
}

fn transport(service: &Arc<Service>, counter: &Arc<Counter>, clock: Clock) -> Transport {
    Transport::new(TransportOptions {
        wire: Some(service.clone()),
        renewal: Some(counter.clone()),
        clock,
        ..TransportOptions::default()
    })
}

fn write() -> WriteRequest {
    let url = Url::parse("https://service.example/things").unwrap();
    WriteRequest::new(Method::POST, url, "making a thing")
}

#[test]
fn a_refused_credential_is_renewed_once_and_the_write_goes_on() {
    let (service, counter) = (Arc::<Service>::default(), Arc::<Counter>::default());
    let transport = transport(&service, &counter, Clock::system());
    transport.send_recorded(write(), &Unrecorded).unwrap();
    service.takes_from.store(2, Ordering::SeqCst);
    transport.send_recorded(write(), &Unrecorded).unwrap();
    assert_eq!(counter.obtained.load(Ordering::SeqCst), 2);
    assert_eq!(service.done.load(Ordering::SeqCst), 2);
}

#[test]
fn a_service_that_takes_no_credential_is_not_asked_for_ever_and_no_token_is_told() {
    let (service, counter) = (Arc::<Service>::default(), Arc::<Counter>::default());
    service.takes_from.store(9, Ordering::SeqCst);
    let transport = transport(&service, &counter, Clock::system());
    let error = transport.send_recorded(write(), &Unrecorded).unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(counter.obtained.load(Ordering::SeqCst), 2);
    assert!(!error.to_string().contains("token-"), "{error}");
}

#[test]
fn workers_that_meet_the_end_together_obtain_one_credential() {
    let (service, counter) = (Arc::<Service>::default(), Arc::<Counter>::default());
    let transport = transport(&service, &counter, Clock::system());
    transport.send_recorded(write(), &Unrecorded).unwrap();
    service.takes_from.store(2, Ordering::SeqCst);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| transport.send_recorded(write(), &Unrecorded).unwrap());
        }
    });
    assert_eq!(counter.obtained.load(Ordering::SeqCst), 2);
}

/// A clock that a test sets forward.
#[derive(Debug, Clone)]
struct Hands(Arc<(std::time::Instant, AtomicUsize)>);

impl SimulatedTime for Hands {
    fn now(&self) -> std::time::Instant {
        let (begin, seconds) = &*self.0;
        *begin + Duration::from_secs(seconds.load(Ordering::SeqCst) as u64)
    }

    fn wall(&self) -> std::time::SystemTime {
        std::time::SystemTime::UNIX_EPOCH
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn wait(&self, _how_long: Duration, _stop: &dyn Fn() -> bool) {}
}

#[test]
fn a_credential_is_renewed_before_it_ends() {
    let service = Arc::<Service>::default();
    let counter = Arc::new(Counter {
        holds: Some(Duration::from_mins(1)),
        ..Counter::default()
    });
    let hands = Hands(Arc::new((Clock::system().now(), AtomicUsize::new(0))));
    let transport = transport(
        &service,
        &counter,
        Clock::simulated(Arc::new(hands.clone())),
    );
    for (second, obtained) in [(0, 1), (40, 1), (50, 2), (80, 2), (100, 3)] {
        hands.0.1.store(second, Ordering::SeqCst);
        transport.send_recorded(write(), &Unrecorded).unwrap();
        assert_eq!(
            counter.obtained.load(Ordering::SeqCst),
            obtained,
            "{second}"
        );
    }
}
