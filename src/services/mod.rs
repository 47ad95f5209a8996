//! The services, behind two traits: [`Catalog`] can only look, [`Submitter`] can hand in.
//!
//! One folder a service, each with `mod.rs` (the sequence), `client.rs` (one function an endpoint) and `wire.rs` (the service's
//! own JSON). A service sees plans and cases, never a file format.

mod auth;
pub mod azure;
mod catalog;
pub mod engine;
mod error;
mod fact;
pub mod katalon;
pub mod kiwi;
mod page;
mod probe;
pub mod qtest;
mod receipt;
mod registry;
mod section;
mod submitter;
#[cfg(test)]
mod vendors;
mod words;

pub use auth::{AuthSettings, AuthStep, Given};
pub use catalog::{Account, Catalog, Node, NodeKind, RemoteCase, listing};
pub use error::ServiceError;
pub use fact::{Fact, Matters, Probe, facts, page as page_of_facts};
pub use page::{PageOf, Pages, Subject};
pub use probe::{Finding, Probed, Prober, Survey};
pub use receipt::{Counts, Receipt, RemoteId, State};
pub use registry::{Sections, keys, setting, variables};
pub(in crate::services) use section::settings;
pub use section::{
    By, Call, Exchanged, First, FirstCase, FirstPlace, Picked, Row, Section, Sharing, SignIn,
    Templates,
};
pub use submitter::{
    Checked, Preview, PreviewLine, Progress, SendError, Service, Silent, Submission, Submitter,
};

/// Returns a number with its noun: `1 result`, `2 results`.
fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}
