//! What a transport is set up with.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue, InvalidHeaderValue};
use url::Url;

use super::{Clock, Deadline, Interrupt, Label, Proxies, Random, Renewal, Wire, Witness};
use crate::files::{Patience, Stop};
use crate::secret::Secret;

/// Receives the events that a user may want to know while waiting.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// What a transport is set up with. The default reaches every address directly, without a credential or a time limit.
#[derive(Clone)]
pub struct TransportOptions {
    /// The credential of the service.
    pub authorization: Option<Authorization>,
    /// Where the credential comes from that has to be obtained first, and ends; then [`Self::authorization`] is not used.
    pub renewal: Option<Arc<dyn Renewal>>,
    /// What the credential is called in messages.
    pub label: Option<Arc<Label>>,
    /// Headers of every request that carries the credential.
    pub headers: Vec<(&'static str, String)>,
    /// The only scheme, host and port that the credential may go to. None: wherever a request goes.
    pub origin: Option<Url>,
    /// A further address, with a slash at its end, to which it may go, and to what is below it.
    pub annex: Option<Url>,
    /// Which requests go through which proxy.
    pub proxy: Proxies,
    /// PEM certificates that are trusted beside the system's own.
    pub ca_file: Option<PathBuf>,
    /// When the command has to have ended.
    pub deadline: Option<Deadline>,
    /// How many requests are under way at once: that many connections are kept.
    pub jobs: usize,
    /// Cancellation by signal.
    pub interrupt: Interrupt,
    /// Receives waits and retries.
    pub observer: Option<Observer>,
    /// How often and when a request is sent again.
    pub retry: RetryPolicy,
    /// How long a connection and an answer may take.
    pub limits: Limits,
    /// What tells the time, and waits.
    pub clock: Clock,
    /// Where random numbers come from.
    pub random: Random,
    /// What carries the requests. None: the network.
    pub wire: Option<Arc<dyn Wire>>,
    /// Sees every exchange.
    pub witness: Option<Arc<dyn Witness>>,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            authorization: None,
            renewal: None,
            label: None,
            headers: Vec::new(),
            origin: None,
            annex: None,
            proxy: Proxies::default(),
            ca_file: None,
            deadline: None,
            jobs: 4,
            interrupt: Interrupt::default(),
            observer: None,
            retry: RetryPolicy::default(),
            limits: Limits::default(),
            clock: Clock::system(),
            random: Random::default(),
            wire: None,
            witness: None,
        }
    }
}

impl TransportOptions {
    /// Returns the patience of what is read before anything is sent.
    pub fn patience(&self) -> Patience {
        let (deadline, interrupt) = (self.deadline.clone(), self.interrupt.clone());
        Patience::new(move || {
            if interrupt.is_raised() {
                Some(Stop::Interrupted)
            } else {
                let is_over = deadline.as_ref().is_some_and(Deadline::is_over);
                is_over.then_some(Stop::Deadline)
            }
        })
    }
}

impl fmt::Debug for TransportOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TransportOptions")
            .field("authorization", &self.authorization)
            .field("origin", &self.origin)
            .field("annex", &self.annex)
            .field("proxy", &self.proxy)
            .field("ca_file", &self.ca_file)
            .field("deadline", &self.deadline)
            .field("jobs", &self.jobs)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// How a service wants the credential.
#[derive(Debug, Clone)]
pub enum Authorization {
    /// `Basic`: a user, possibly empty, and a password or token.
    Basic {
        /// The user's name.
        user: String,
        /// The password, or a token in its place.
        password: Secret,
    },
    /// `Bearer`: a token.
    Bearer(Secret),
    /// `Cookie`: a session.
    Cookie {
        /// The name of the cookie.
        name: &'static str,
        /// The session.
        session: Secret,
    },
}

impl Authorization {
    /// Returns the header, its value marked so that nothing prints it.
    pub(super) fn header(&self) -> Result<(HeaderName, HeaderValue), InvalidHeaderValue> {
        let (name, text) = match self {
            Self::Basic { .. } => (AUTHORIZATION, format!("Basic {}", self.encoded())),
            Self::Bearer(_) => (AUTHORIZATION, format!("Bearer {}", self.encoded())),
            Self::Cookie { name, .. } => (COOKIE, format!("{name}={}", self.encoded())),
        };
        let mut value = HeaderValue::from_str(&text)?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// Returns the texts by which it would be recognised in an output.
    pub(super) fn texts(&self) -> Vec<String> {
        let secret = match self {
            Self::Basic { password, .. } => password,
            Self::Bearer(token) | Self::Cookie { session: token, .. } => token,
        };
        vec![self.encoded(), secret.expose().to_owned()]
    }

    fn encoded(&self) -> String {
        match self {
            Self::Basic { user, password } => {
                STANDARD.encode(format!("{user}:{}", password.expose()))
            }
            Self::Bearer(token) | Self::Cookie { session: token, .. } => token.expose().to_owned(),
        }
    }
}

/// How often and when a request is sent again.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// How often a request is sent at most because of faults.
    pub tries: u32,
    /// How often it is sent at most because the service says that it has too much to do.
    pub throttled_tries: u32,
    /// The upper bound of the first wait; it doubles with each.
    pub base: Duration,
    /// The upper bound of any wait that nobody asked for.
    pub cap: Duration,
    /// The longest wait that a service may ask for.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 5,
            throttled_tries: 12,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            patience: Duration::from_mins(5),
        }
    }
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until a connection stands, its encryption included.
    pub connect: Duration,
    /// From the start of a request to the end of its answer, without the time that sending the body takes.
    pub answer: Duration,
    /// The slowest upload that is waited for, in bytes a second.
    pub upload_rate: u64,
    /// How long a write may still wait for its answer when the user asks to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            upload_rate: 64 * 1024,
            grace: Duration::from_secs(4),
        }
    }
}

/// Something a user may want to know while waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A request is sent again after a wait.
    Retry {
        /// What it is for.
        purpose: String,
        /// Why: the failure in words.
        reason: String,
        /// How long until then.
        wait: Duration,
        /// The number of the attempt to come, from 2.
        attempt: u32,
    },
    /// The service asked for less; all requests wait.
    Slowed {
        /// How long.
        wait: Duration,
        /// What it said.
        reason: String,
    },
    /// A fact about the set-up.
    Notice(String),
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry {
                purpose,
                reason,
                wait,
                attempt,
            } => write!(
                formatter,
                "{purpose}: {reason}; retrying in {:.1} s (attempt {attempt})",
                wait.as_secs_f64()
            ),
            Self::Slowed { wait, reason } => {
                write!(formatter, "waiting {:.1} s: {reason}", wait.as_secs_f64())
            }
            Self::Notice(text) => formatter.write_str(text),
        }
    }
}
