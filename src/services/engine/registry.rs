//! What the submissions of one process share: modules, cycles, cases. Each is made once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// What is there by the name of its write: made or found by this process.
#[derive(Debug, Default)]
pub struct Registry {
    entries: Mutex<HashMap<String, Arc<Mutex<Option<Value>>>>>,
}

impl Registry {
    /// Returns what stands under this name; where nothing does, `make` makes it while others wait. Tells whether it was made now.
    ///
    /// # Errors
    ///
    /// As `make` fails; the next who asks makes it then.
    pub fn once<E>(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<Option<Value>, E>,
    ) -> Result<Option<Value>, E> {
        let entry = self.entry(name);
        let mut entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = &*entry {
            return Ok(Some(there.clone()));
        }
        *entry = make()?;
        Ok(None)
    }

    /// Notes what was found under this name, unless something is known already.
    pub fn note(&self, name: &str, detail: Value) {
        let entry = self.entry(name);
        let mut entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
        entry.get_or_insert(detail);
    }

    /// Forgets what is not there any more.
    pub fn forget(&self, name: &str) {
        let entry = self.entry(name);
        *entry.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn entry(&self, name: &str) -> Arc<Mutex<Option<Value>>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(entries.entry(name.to_owned()).or_default())
    }
}
