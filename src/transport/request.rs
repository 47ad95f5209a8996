//! What is asked of a service.

use std::fmt;
use std::io::Read;
use std::ops::Deref;
use std::sync::Arc;

use reqwest::Method;
use url::Url;

use super::Problem;

/// What a request does, by its meaning and not by its verb: some services read with POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing changes. It may be sent again.
    Read,
    /// Something is created or changed. It is sent once, unless nothing can have been written.
    Write,
}

/// Whether a write may be sent again although its first answer is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// A second one would write twice.
    Never,
    /// A second one changes nothing; the text says why.
    Harmless(&'static str),
}

/// Which answer counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// JSON. Anything else with a good status is a page for people: a sign-in page, a proxy's notice.
    Json,
    /// Any body, or none.
    Anything,
}

/// Reads in the body of an answer with a good status that the service says no all the same.
pub type Complaint = fn(&[u8]) -> Option<Problem>;

/// Opens the content of a body anew for every attempt.
pub type Opener = Arc<dyn Fn() -> std::io::Result<Box<dyn Read + Send>> + Send + Sync>;

/// What is sent along.
#[derive(Clone)]
pub enum Body {
    /// Nothing.
    None,
    /// These bytes.
    Bytes(Vec<u8>),
    /// A stream of known length, so that no file is held in memory.
    Stream {
        /// Opens it.
        open: Opener,
        /// How many bytes it yields.
        length: u64,
    },
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("none"),
            Self::Bytes(bytes) => write!(formatter, "{} bytes", bytes.len()),
            Self::Stream { length, .. } => write!(formatter, "stream of {length} bytes"),
        }
    }
}

/// A request that changes nothing: a value that can be looked at without sending it. What changes something is a [`WriteRequest`].
#[derive(Debug)]
pub struct Request {
    /// What it is for, in the user's words: "the test points of plan 4". Shown in errors and in the log.
    pub purpose: String,
    /// What it does. None but this module makes a write of it.
    pub(super) effect: Effect,
    /// Whether it may be sent again blindly.
    pub repeat: Repeat,
    /// The verb.
    pub method: Method,
    /// The address, without credentials.
    pub url: Url,
    /// Headers beside those that the transport sets.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent along.
    pub body: Body,
    /// Which answer counts.
    pub expect: Expect,
    /// Finds the "no" in an answer with a good status, for a service that says it there.
    pub complaint: Option<Complaint>,
    /// Whether it is not sent again where the service has too much to do: what it builds on may change during the wait.
    pub is_brief: bool,
    /// Whether what is sent and answered holds a secret: neither is logged.
    pub confidential: bool,
    /// Whether our credential goes along: not to a host that is not the service, such as a file store.
    pub authorized: bool,
}

impl Request {
    /// Returns a request that changes nothing.
    pub fn read(method: Method, url: Url, purpose: impl Into<String>) -> Self {
        Self::new(Effect::Read, method, url, purpose.into())
    }

    fn new(effect: Effect, method: Method, url: Url, purpose: String) -> Self {
        Self {
            purpose,
            effect,
            repeat: Repeat::Never,
            method,
            url,
            headers: Vec::new(),
            body: Body::None,
            expect: Expect::Json,
            complaint: None,
            is_brief: false,
            authorized: true,
            confidential: false,
        }
    }

    /// Returns its effect: a write can be looked at as a request.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.url.query_pairs_mut().append_pair(name, value.as_ref());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends a JSON document.
    #[must_use]
    pub fn json(self, value: &impl serde::Serialize) -> Self {
        // A value built from our own types serialises: there is no map with keys that are not texts among them.
        let bytes = serde_json::to_vec(value).unwrap_or_default();
        self.bytes("application/json", bytes)
    }

    /// Sends these bytes.
    #[must_use]
    pub fn bytes(mut self, content_type: &str, bytes: Vec<u8>) -> Self {
        self.headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        self.headers.push(("content-type", content_type.to_owned()));
        self.body = Body::Bytes(bytes);
        self
    }

    /// Sends a stream of `length` bytes.
    #[must_use]
    pub fn stream(self, content_type: &str, length: u64, open: Opener) -> Self {
        self.body(content_type, Body::Stream { open, length })
    }

    /// Sends this.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: Body) -> Self {
        self.headers.push(("content-type", content_type.to_owned()));
        self.body = body;
        self
    }

    /// Accepts any answer with a good status, an empty one too.
    #[must_use]
    pub fn any_answer(mut self) -> Self {
        self.expect = Expect::Anything;
        self
    }

    /// Sets how an error in an answer with a success status is recognised: it then counts as an answer with the status that `read` returns.
    #[must_use]
    pub fn complaining(mut self, read: Complaint) -> Self {
        self.complaint = Some(read);
        self
    }

    /// Keeps what is sent and answered out of every log.
    #[must_use]
    pub fn confidential(mut self) -> Self {
        self.confidential = true;
        self
    }

    /// Leaves our credential out: the address is not the service's own.
    #[must_use]
    pub fn unauthorized(mut self) -> Self {
        self.authorized = false;
        self
    }
}

/// A request that creates or changes something. It can be looked at as a [`Request`], and is none that could be sent as one:
/// [`Transport::send_recorded`](super::Transport::send_recorded) takes it, together with the intent that was recorded before.
#[derive(Debug)]
pub struct WriteRequest(Request);

/// What was recorded before a write may leave. The journal alone makes it, and no other module has reason to implement this.
pub trait Recorded {}

/// What a write is built with is what any request is.
macro_rules! as_requests_are {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*);)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, $($argument: $type),*) -> Self {
            Self(self.0.$name($($argument),*))
        }
    )*};
}

impl WriteRequest {
    /// Returns a request that creates or changes something.
    pub fn new(method: Method, url: Url, purpose: impl Into<String>) -> Self {
        Self(Request::new(Effect::Write, method, url, purpose.into()))
    }

    /// Sets whether it may be sent again if its answer is not known.
    #[must_use]
    pub fn repeated(mut self, repeat: Repeat) -> Self {
        self.0.repeat = repeat;
        self
    }

    /// Allows it to be sent again when its answer is not known; `reason` says why that is safe.
    #[must_use]
    pub fn repeatable(self, reason: &'static str) -> Self {
        self.repeated(Repeat::Harmless(reason))
    }

    /// Sets whether it is not sent again if the service is overloaded.
    #[must_use]
    pub fn briefly(mut self, is_brief: bool) -> Self {
        self.0.is_brief = is_brief;
        self
    }

    as_requests_are! {
        /// Adds a query parameter.
        query(name: &str, value: impl AsRef<str>);
        /// Adds a header.
        header(name: &'static str, value: impl Into<String>);
        /// Sends a JSON document.
        json(value: &impl serde::Serialize);
        /// Sends these bytes.
        bytes(content_type: &str, bytes: Vec<u8>);
        /// Sends a stream of `length` bytes.
        stream(content_type: &str, length: u64, open: Opener);
        /// Sends this.
        body(content_type: &str, body: Body);
        /// Accepts any answer with a good status, an empty one too.
        any_answer();
        /// Sets how an error in an answer with a success status is recognised.
        complaining(read: Complaint);
        /// Keeps what is sent and answered out of every log.
        confidential();
        /// Leaves our credential out: the address is not the service's own.
        unauthorized();
    }
}

#[cfg(test)]
impl std::borrow::Borrow<Request> for WriteRequest {
    fn borrow(&self) -> &Request {
        &self.0
    }
}

impl Deref for WriteRequest {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.0
    }
}
