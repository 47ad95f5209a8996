//! What can go wrong between here and a service, sorted by what may have happened there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::files::Stop;

/// What may have happened at the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The request never reached it.
    NotSent,
    /// It said no: nothing was done.
    Refused,
    /// It may have been done, or not. Only looking tells.
    Unknown,
}

/// Why a request has no usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No connection came about; the text is the cause.
    Connect(String),
    /// The server's certificate was not accepted.
    Certificate(String),
    /// The proxy would not let it through.
    Proxy(String),
    /// The connection broke before a whole answer had come.
    Cut(String),
    /// No answer came in time.
    TimedOut,
    /// The service wants somebody to sign in: the credential is missing, expired or wrong.
    SignIn,
    /// The service answered with an error.
    Status {
        /// The HTTP status.
        status: u16,
        /// What the service says, bounded.
        message: String,
        /// The service's own name for the error, where it gives one.
        code: Option<String>,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// A good status came with something that is not the JSON asked for: a proxy's or a portal's page.
    NotJson {
        /// The HTTP status.
        status: u16,
        /// What it claims to be.
        content_type: String,
    },
    /// JSON came, of another shape than expected.
    Shape(String),
    /// The command's own time limit ran out.
    Deadline,
    /// The user or the system asked to stop.
    Interrupted,
    /// A write was asked of a transport that only reads. Nothing was sent.
    ReadOnly,
    /// The credential that is obtained first was not to be had.
    Credential(Box<NoCredential>),
    /// The client could not be set up: the CA store, the proxy's address, a file.
    Setup(String),
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Deadline => Self::Deadline,
            Stop::Interrupted => Self::Interrupted,
        }
    }
}

/// Why a credential was not to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoCredential {
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

/// What the credential of a transport is called, where the service does not take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where it is from, with the name of the step: "the token in `HANDIN_AZURE_TOKEN` (step `environment`)".
    pub name: String,
    /// What to do when it is refused.
    pub advice: String,
    /// Whether there is none: then the name is the sentence that says so.
    pub is_none: bool,
}

/// A request without a usable answer. Holds no secret and no query of the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    /// What the request was for.
    pub purpose: String,
    /// The verb and the address, without query and credentials.
    pub request: String,
    /// What may have happened.
    pub delivery: Delivery,
    /// Why.
    pub problem: Problem,
    /// The service's own trace of the exchange, for its support.
    pub trace: Option<String>,
    /// The credential that the service minds.
    pub credential: Option<Arc<Label>>,
}

impl TransportError {
    /// Returns the error of what came to its end before there was a request.
    pub fn unsent(purpose: impl Into<String>, problem: Problem) -> Self {
        Self {
            purpose: purpose.into(),
            request: String::new(),
            delivery: Delivery::NotSent,
            problem,
            trace: None,
            credential: None,
        }
    }

    /// Returns the HTTP status, where there was an answer with one.
    pub fn status(&self) -> Option<u16> {
        match &self.problem {
            Problem::Status { status, .. } | Problem::NotJson { status, .. } => Some(*status),
            Problem::Connect(_)
            | Problem::Certificate(_)
            | Problem::Proxy(_)
            | Problem::Cut(_)
            | Problem::TimedOut
            | Problem::SignIn
            | Problem::Shape(_)
            | Problem::Deadline
            | Problem::Interrupted
            | Problem::ReadOnly
            | Problem::Credential(_)
            | Problem::Setup(_) => None,
        }
    }

    /// Returns whether the credential was rejected.
    pub fn is_authentication(&self) -> bool {
        matches!(
            self.problem,
            Problem::SignIn | Problem::Status { status: 401, .. } | Problem::Credential(_)
        )
    }
}

impl TransportError {
    /// Returns whether it may be gone the next time, without anybody changing anything: a service that is down, a time that was too short.
    pub fn may_pass(&self) -> bool {
        match &self.problem {
            Problem::Status { status, .. } => *status >= 500 || matches!(status, 408 | 425 | 429),
            Problem::Connect(_)
            | Problem::Cut(_)
            | Problem::TimedOut
            | Problem::NotJson { .. }
            | Problem::Shape(_)
            | Problem::Deadline
            | Problem::Interrupted => true,
            Problem::Certificate(_)
            | Problem::Proxy(_)
            | Problem::SignIn
            | Problem::ReadOnly
            | Problem::Credential(_)
            | Problem::Setup(_) => false,
        }
    }

    /// Returns the error without the request that it was for.
    pub fn reason(&self) -> String {
        self.problem.to_string()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.purpose)?;
        if !self.request.is_empty() {
            write!(formatter, " ({})", self.request)?;
        }
        // The sentence of the service ends in the middle of ours.
        let problem = self.problem.to_string();
        write!(
            formatter,
            ": {}",
            problem.strip_suffix('.').unwrap_or(&problem)
        )?;
        match &self.credential {
            Some(credential) if credential.is_none => write!(formatter, "; {}", credential.name),
            Some(credential) => write!(formatter, "; rejected: {}", credential.name),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(cause) => write!(formatter, "no connection: {cause}"),
            Self::Certificate(cause) => write!(
                formatter,
                "the server's certificate is not trusted: {cause}"
            ),
            Self::Proxy(cause) => write!(formatter, "the proxy did not let it through: {cause}"),
            Self::Cut(cause) => write!(
                formatter,
                "the connection broke before the whole answer came: {cause}"
            ),
            Self::TimedOut => formatter.write_str("no answer came in time"),
            Self::SignIn => formatter.write_str(
                "the service asks to sign in: the credential is missing, expired or wrong",
            ),
            Self::Status {
                status,
                message,
                retry_after,
                ..
            } => {
                write!(formatter, "HTTP {status}")?;
                if !message.is_empty() {
                    write!(formatter, ": {message}")?;
                }
                match retry_after {
                    Some(wait) if !wait.is_zero() => {
                        write!(formatter, " (it asks to wait {} s)", wait.as_secs().max(1))
                    }
                    Some(_) | None => Ok(()),
                }
            }
            Self::NotJson {
                status,
                content_type,
            } => {
                write!(
                    formatter,
                    "HTTP {status} with `{content_type}` where JSON was expected: something between here and the service answered"
                )
            }
            Self::Shape(cause) => write!(
                formatter,
                "the answer is not of the expected shape: {cause}"
            ),
            Self::Deadline => formatter.write_str("the time limit of the command ran out"),
            Self::Interrupted => formatter.write_str("interrupted"),
            Self::ReadOnly => formatter.write_str("refused here: this command only reads"),
            Self::Credential(why) => formatter.write_str(&why.message),
            Self::Setup(cause) => formatter.write_str(cause),
        }
    }
}

impl std::error::Error for TransportError {}
