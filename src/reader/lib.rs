//! The reports of test runs, in every dialect that is met, read into one neutral model, in constant memory.
//!
//! A crate of its own because it is compiled for speed, and the rest of handin for size: every byte of a report goes through here. It
//! knows nothing of services, settings or the command line, and is no public interface.

#![cfg_attr(
    test,
    expect(
        clippy::disallowed_methods,
        reason = "a test looks at files as anybody does"
    )
)]

mod ascii;
pub mod files;
pub mod model;
pub mod report;
