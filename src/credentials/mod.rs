//! Which secret counts, and where it may go.
//!
//! A token is taken from the file that the command line names, else from the environment, else from the keyring of the
//! operating system. Before it is used, [`Vendor::may_send`] decides whether it may go to the address in question: the settings
//! are a committed file, which must not be able to send a secret away. The environment is handed in as a value.

mod error;
mod keyring;
mod logins;
mod resolve;
mod store;
mod vendor;

pub use error::CredentialError;
pub(crate) use error::variables;
pub use keyring::Keyring;
pub use logins::{Login, Logins};
pub use resolve::{
    Credential, Scheme, Source, Wanted, allow, given, of_user, resolve, token, token_from_file,
};
pub use store::{Store, StoreError, StoreKey};
pub use vendor::Vendor;

/// Looks a variable of the environment up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;
