//! Locks that survive a thread which ended badly: a test that fails must not take the stand-in with it.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also when another thread panicked while it held the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
