//! What the targets hold the readers to: the same as `tests/fuzz`, which needs no instrumented build.

#![allow(missing_docs)]

#[path = "../../tests/fuzz/check.rs"]
mod check;

pub use check::{check, check_at_an_edge};

/// Reads bytes as what stands inside a root element.
pub fn check_inside(root: &str, bytes: &[u8]) {
    let bytes = [root.as_bytes(), bytes].concat();
    check(&bytes);
    check_at_an_edge(&bytes);
}
