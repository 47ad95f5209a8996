//! A point in time as reports give it: with a zone, or without.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The report gave a zone or an offset.
    Absolute(Timestamp),
    /// The report gave a wall-clock time only: that of the machine which ran the tests.
    Local(DateTime),
}

impl Moment {
    /// Returns the instant, reading a zone-less time as a time of `zone`.
    ///
    /// A time that `zone` skips or has twice is taken as its rules suggest; one out of range is `None`.
    pub fn in_zone(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Absolute(timestamp) => Some(timestamp),
            Self::Local(time) => zone
                .to_ambiguous_zoned(time)
                .compatible()
                .ok()
                .map(|zoned| zoned.timestamp()),
        }
    }
}
