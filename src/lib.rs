//! handin hands test results in: it reads the reports a test run left behind and submits them, exactly once, to the
//! test-management service a team already uses.
//!
//! ```text
//! reports ──► report ──► mapping ──► plan ──► service.check ──► service.find ──► service.send ──► receipt
//!  files      neutral     which       what      does it fit?     there already?   write, confirm    what it
//!             model       case is it  to send   (reads only)     (reads only)     and journal       now holds
//! ```
//!
//! Everything before `send` is free of writes, so `verify` and `--dry-run` are the same road with an earlier exit. The library
//! serves the program and its tests; it is no public interface.

#![cfg_attr(
    test,
    expect(
        clippy::disallowed_methods,
        reason = "a test looks at files as anybody does"
    )
)]

pub mod ci;
pub mod cli;
pub mod credentials;
pub mod entra;
pub mod journal;
pub mod keys;
pub mod mapping;
pub mod plan;
pub mod secret;
pub mod services;
pub mod settings;
pub mod transport;
pub mod ui;

pub use handin_reader::{files, model, report};
