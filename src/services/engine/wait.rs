//! The one polling loop.

use std::time::Duration;

use jiff::Timestamp;

use crate::services::ServiceError;
use crate::transport::{Clock, Transport};

/// The first pause between two looks; it grows to eight times of that.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(2);

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// What was waited for is there.
    Over,
    /// It is not there yet.
    GoesOn,
    /// It is not there yet, and something has changed: the time begins anew.
    BeginsAnew,
}

/// Looks, until what is waited for is there or `limit` is over; at least once, and once more when the time is over. Tells whether it
/// came.
///
/// # Errors
///
/// As `look` fails; and at once when the user asks to stop or the command's own time limit comes first.
pub fn until(
    transport: &Transport,
    limit: Duration,
    mut look: impl FnMut() -> Result<Waiting, ServiceError>,
) -> Result<bool, ServiceError> {
    let clock = transport.clock().clone();
    let (mut begun, mut pause) = (clock.now(), PAUSE);
    loop {
        let left = limit.saturating_sub(clock.since(begun));
        match look()? {
            Waiting::Over => return Ok(true),
            Waiting::GoesOn if left.is_zero() => return Ok(false),
            Waiting::GoesOn => {}
            Waiting::BeginsAnew => begun = clock.now(),
        }
        let left = limit.saturating_sub(clock.since(begun));
        transport.pause(pause.min(left))?;
        pause = LONGEST.min(pause * 2);
    }
}

/// Returns how much of `limit` is left since then. A clock that was set back must not make anything wait for longer than from now.
pub(super) fn left(clock: &Clock, since: Timestamp, limit: Duration) -> Duration {
    let age = clock.timestamp().duration_since(since);
    limit.saturating_sub(Duration::try_from(age).unwrap_or_default())
}
