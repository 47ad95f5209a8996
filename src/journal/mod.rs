//! What was intended and what was acknowledged: append-only, durable, readable by a person at night.
//!
//! One file of JSON lines that several processes may share. The service is the truth; the journal only makes looking cheap and
//! resuming exact, and nothing depends on it being there.

mod file;
mod kept;
mod lock;
mod record;

pub use file::{Intent, Journal, JournalError};
pub use kept::JournalFile;
pub use lock::{Guard, LockFile, Locks};
pub use record::{ATTEMPT, Record, Stage};
