//! The keyring of the operating system, where this program was built with it.

#[cfg(not(feature = "keyring"))]
pub use absent::Keyring;
#[cfg(feature = "keyring")]
pub use system::Keyring;

use super::{Store, StoreError, StoreKey};
use crate::files::Patience;
use crate::secret::Secret;

#[cfg(feature = "keyring")]
mod system {
    use std::fmt;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{self, RecvTimeoutError};
    use std::time::Duration;

    use keyring::Error;

    use super::{Patience, Secret, Store, StoreError, StoreKey};

    /// The name of all our entries.
    const SERVICE: &str = "handin";

    /// The keyring of the operating system: Secret Service, Keychain or Credential Manager.
    ///
    /// Each call runs on a thread of its own with a time limit: a bus that accepts and never answers would hold it for ever.
    #[derive(Clone)]
    pub struct Keyring {
        patience: Duration,
        stop: Patience,
        silent: Arc<AtomicBool>,
        /// Tells the user that the keyring is waited for; nothing if there is nobody to unlock it.
        tell: Option<Arc<Tell>>,
    }

    type Tell = dyn Fn() + Send + Sync;

    impl fmt::Debug for Keyring {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("Keyring")
        }
    }

    /// How often a wait looks up.
    const GLANCE: Duration = Duration::from_millis(50);
    /// After this a wait is told.
    const SOON: Duration = Duration::from_secs(2);

    impl Keyring {
        /// Returns the keyring. With a person at a terminal it is waited for, as they may have to unlock it, and `tell` says so; without,
        /// only briefly; and never once it is time to stop.
        pub fn new(
            is_interactive: bool,
            stop: Patience,
            tell: impl Fn() + Send + Sync + 'static,
        ) -> Self {
            let seconds = if is_interactive { 60 } else { 3 };
            Self {
                patience: Duration::from_secs(seconds),
                stop,
                silent: Arc::default(),
                tell: is_interactive.then(|| Arc::new(tell) as Arc<Tell>),
            }
        }
    }

    impl Keyring {
        /// Runs a call where its hanging hurts nobody.
        fn call<T: Send + 'static>(
            &self,
            entry: &StoreKey,
            call: impl FnOnce(&keyring::Entry) -> Result<T, Error> + Send + 'static,
        ) -> Result<Option<T>, StoreError> {
            if self.silent.load(Ordering::SeqCst) {
                return Err(StoreError::Silent(self.patience));
            }
            let user = entry.user();
            let (sender, receiver) = mpsc::sync_channel(1);
            let thread = std::thread::Builder::new().name("keyring".to_owned());
            let spawned = thread.spawn(move || {
                let result = keyring::Entry::new(SERVICE, &user).and_then(|entry| call(&entry));
                // Nobody listens any more after the time limit.
                sender.send(result.map_err(|error| understood(&error))).ok();
            });
            spawned.map_err(|error| StoreError::Refused(error.to_string()))?;
            let mut left = self.patience;
            let mut tell = self.tell.as_deref();
            let answer = loop {
                match receiver.recv_timeout(left.min(GLANCE)) {
                    Err(RecvTimeoutError::Timeout)
                        if left > GLANCE && self.stop.stop().is_none() =>
                    {
                        left -= GLANCE;
                        if self.patience.saturating_sub(left) >= SOON
                            && let Some(tell) = tell.take()
                        {
                            tell();
                        }
                    }
                    other => break other,
                }
            };
            match answer {
                Ok(Ok(value)) => Ok(Some(value)),
                Ok(Err(None)) => Ok(None),
                Ok(Err(Some(error))) => Err(error),
                Err(RecvTimeoutError::Timeout) => {
                    self.silent.store(true, Ordering::SeqCst);
                    Err(StoreError::Silent(self.patience))
                }
                Err(RecvTimeoutError::Disconnected) => {
                    Err(StoreError::Refused("it gave up".to_owned()))
                }
            }
        }
    }

    impl Store for Keyring {
        fn get(&self, entry: &StoreKey) -> Result<Option<Secret>, StoreError> {
            let text = self.call(entry, keyring::Entry::get_password)?;
            text.map(|text| Secret::password(&text).map_err(|_invalid| StoreError::Unreadable))
                .transpose()
        }

        fn set(&self, entry: &StoreKey, secret: &Secret) -> Result<(), StoreError> {
            let secret = secret.clone();
            self.call(entry, move |entry| entry.set_password(secret.expose()))
                .map(drop)
        }

        fn remove(&self, entry: &StoreKey) -> Result<bool, StoreError> {
            self.call(entry, keyring::Entry::delete_credential)
                .map(|done| done.is_some())
        }
    }

    /// Translates an error of the keyring; `None` means that there is no such entry. Its own texts and above all its `Debug` may hold
    /// the bytes of the secret, so that only the cause of a failed platform call is passed on.
    fn understood(error: &Error) -> Option<StoreError> {
        match error {
            Error::NoEntry => None,
            Error::NoStorageAccess(_) => Some(StoreError::Locked),
            Error::NoDefaultStore => {
                log::debug!("there is no keyring: {}", why_absent());
                Some(StoreError::Absent)
            }
            Error::PlatformFailure(cause) => Some(StoreError::Refused(cause.to_string())),
            Error::BadEncoding(_) | Error::BadDataFormat(_, _) => Some(StoreError::Unreadable),
            Error::TooLong(..) => Some(StoreError::Refused("the token is too long".to_owned())),
            Error::Ambiguous(_) => Some(StoreError::Refused(
                "it holds several entries under this name".to_owned(),
            )),
            Error::BadStoreFormat(_) | Error::Invalid(..) | Error::NotSupportedByStore(_) | _ => {
                Some(StoreError::Refused("for a reason of its own".to_owned()))
            }
        }
    }

    fn why_absent() -> String {
        match keyring::Entry::store_status() {
            Err(Error::PlatformFailure(cause) | Error::NoStorageAccess(cause)) => cause.to_string(),
            Ok(()) | Err(_) => "none is running".to_owned(),
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod absent {
    use super::{Patience, Secret, Store, StoreError, StoreKey};

    /// No keyring: this program was built without it.
    #[derive(Debug, Clone)]
    pub struct Keyring;

    impl Keyring {
        /// Returns the replacement of the keyring.
        pub fn new(
            _is_interactive: bool,
            _stop: Patience,
            _tell: impl Fn() + Send + Sync + 'static,
        ) -> Self {
            Self
        }
    }

    impl Store for Keyring {
        fn get(&self, _entry: &StoreKey) -> Result<Option<Secret>, StoreError> {
            Err(StoreError::NotBuilt)
        }

        fn set(&self, _entry: &StoreKey, _secret: &Secret) -> Result<(), StoreError> {
            Err(StoreError::NotBuilt)
        }

        fn remove(&self, _entry: &StoreKey) -> Result<bool, StoreError> {
            Err(StoreError::NotBuilt)
        }
    }
}
