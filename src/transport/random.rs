//! Randomness: how long to wait beyond what was asked, and by which number a process is told from another. Handed to whoever needs
//! it, so that a test can repeat what happened.

use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;

/// A source of random numbers, shared by all clones. None of them is a secret.
#[derive(Debug, Clone)]
pub struct Random(Arc<Mutex<Rng>>);

impl Default for Random {
    /// Returns a source that differs from process to process.
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Rng::new())))
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
