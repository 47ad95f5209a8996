//! Randomness: how long to wait beyond what was asked, and by which number a process is told from another. Handed to whoever needs
//! it, so that a test can repeat what happened.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;

/// A source of random numbers, shared by all clones. None of them is a secret.
#[derive(Debug, Clone)]
pub struct Random(Arc<Mutex<Rng>>);

impl Default for Random {
    /// Returns a source that differs from process to process, from what the operating system gives: a clock and a thread's number
    /// alone can be equal on two machines that were started from one picture.
    fn default() -> Self {
        Self::seeded(RandomState::new().build_hasher().finish())
    }
}

impl Random {
    /// Returns a source that gives the same numbers for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Rng::with_seed(seed))))
    }

    /// Returns a number from 0 up to, and without, 1.
    pub fn fraction(&self) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }

    /// Returns any number.
    pub fn number(&self) -> u64 {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        source.u64(..)
    }
}
