//! Panics of simulated processes: kept instead of printed.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics from being printed: whoever judges a round tells of them.
pub(crate) fn keep() {
    std::panic::set_hook(Box::new(|info| {
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(info.to_string());
    }));
}

/// Returns what a panic said.
pub(crate) fn words(cause: &(dyn Any + Send)) -> String {
    let said = cause
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    last.or(said).unwrap_or_else(|| "something".to_owned())
}
