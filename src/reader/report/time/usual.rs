//! The ways in which nearly every report writes durations and times: `12.345`, `00:00:12.345`, `2026-01-02T03:04:05.678Z`.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

use crate::model::Moment;

/// How many digits a number has at most.
const DIGITS: usize = 9;
const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: i64 = 24 * 60 * 60;

/// Reads seconds, or hours, minutes and seconds, with up to nine decimals, exactly; `None` for every other notation.
pub(in crate::report) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.as_bytes();
    let mut seconds = number(&mut rest, 1..=DIGITS)?;
    if rest.first() == Some(&b':') {
        let minutes = after(&mut rest, b':', 2)?;
        let last = after(&mut rest, b':', 2)?;
        seconds = seconds.checked_mul(HOUR)? + minutes * MINUTE + last;
    }
    let nanoseconds = fraction(&mut rest)?;
    rest.is_empty()
        .then(|| Duration::new(u64::from(seconds), nanoseconds))
}

/// Reads a date and a time of the day, with the offset where there is one; `None` for every other notation.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let mut rest = text.as_bytes();
    let year = number(&mut rest, 4..=4).filter(|year| *year > 1900)?;
    let date = (year, after(&mut rest, b'-', 2)?, after(&mut rest, b'-', 2)?);
    let hour = after(&mut rest, b'T', 2).or_else(|| after(&mut rest, b' ', 2))?;
    let minute = after(&mut rest, b':', 2)?;
    let second = after(&mut rest, b':', 2)?;
    let nanosecond = i32::try_from(fraction(&mut rest)?).ok()?;
    let date = Date::new(
        i16::try_from(date.0).ok()?,
        i8::try_from(date.1).ok()?,
        i8::try_from(date.2).ok()?,
    );
    let time = Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        nanosecond,
    );
    let local = date.ok()?.to_datetime(time.ok()?);
    match *rest {
        [] => Some(Moment::Local(local)),
        [b'Z'] => absolute(local, 0),
        [sign @ (b'+' | b'-'), ref zone @ ..] => {
            let mut zone = zone;
            let hours = number(&mut zone, 2..=2).filter(|hours| *hours <= 14)?;
            let minutes = after(&mut zone, b':', 2).filter(|minutes| *minutes < 60)?;
            let offset = i64::from(hours * HOUR + minutes * MINUTE);
            let offset = if sign == b'-' { -offset } else { offset };
            zone.is_empty().then(|| absolute(local, offset))?
        }
        _ => None,
    }
}

/// Returns the moment of a time at a place that is so many seconds ahead.
fn absolute(local: DateTime, ahead: i64) -> Option<Moment> {
    let (year, month) = (i64::from(local.year()), i64::from(local.month()));
    // A year that begins with March ends with the day that leap years have.
    let (year, month) = match month {
        ..3 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400;
    let days = days + (month * 153 + 2) / 5 + i64::from(local.day()) - 719_469;
    let clock = u32::try_from(local.hour()).ok()? * HOUR
        + u32::try_from(local.minute()).ok()? * MINUTE
        + u32::try_from(local.second()).ok()?;
    let second = days * DAY + i64::from(clock) - ahead;
    let timestamp = Timestamp::new(second, local.subsec_nanosecond());
    timestamp.ok().map(Moment::Absolute)
}

/// Reads a number of so many digits behind a sign.
fn after(rest: &mut &[u8], sign: u8, digits: usize) -> Option<u32> {
    *rest = rest.strip_prefix(&[sign])?;
    number(rest, digits..=digits)
}

/// Reads as many digits as there are; their number must be in the range.
fn number(rest: &mut &[u8], digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let mut sum = 0_u32;
    let mut count = 0;
    while let [digit @ b'0'..=b'9', others @ ..] = *rest {
        count += 1;
        if count > DIGITS {
            return None;
        }
        sum = sum * 10 + u32::from(digit - b'0');
        *rest = others;
    }
    digits.contains(&count).then_some(sum)
}

/// Reads a point and up to nine decimals, as billionths; nothing at all is zero.
fn fraction(rest: &mut &[u8]) -> Option<u32> {
    let Some(mut decimals) = rest.strip_prefix(b".") else {
        return Some(0);
    };
    let before = decimals.len();
    let number = number(&mut decimals, 1..=DIGITS)?;
    *rest = decimals;
    let scale = [
        1_000_000_000,
        100_000_000,
        10_000_000,
        1_000_000,
        100_000,
        10_000,
        1_000,
        100,
        10,
        1,
    ];
    Some(number * scale.get(before - decimals.len())?)
}
