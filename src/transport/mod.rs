//! The one door to the network.
//!
//! A [`Request`] says what it is for and whether it writes; the transport adds the credential, demands JSON, follows no
//! redirect, waits when a service asks to, repeats what may be repeated, and sorts every failure by what may have happened
//! ([`Delivery`]). It knows no service.

mod attempt;
mod client;
mod clock;
mod core;
mod error;
mod fault;
mod http;
mod interrupt;
mod options;
mod proxy;
mod random;
mod rate_limit;
mod redact;
mod renewal;
mod request;
mod response;
mod retry;
mod verdict;
mod wire;
mod witness;

pub use clock::{Clock, Deadline, SimulatedTime};
pub use core::Transport;
pub use error::{Delivery, Label, NoCredential, Problem, TransportError};
pub use interrupt::{Interrupt, Signal};
pub use options::{Authorization, Event, Limits, Observer, RetryPolicy, TransportOptions};
pub use proxy::{Proxies, ProxyError};
pub use random::Random;
pub use renewal::{Obtained, Renewal};
pub use request::{
    Body, Complaint, Effect, Expect, Opener, Recorded, Repeat, Request, WriteRequest,
};
pub use reqwest::Method;
pub use response::{ListSize, Response};
pub use wire::{Answer, Fault, Outgoing, Wire};
pub use witness::Witness;
