//! Durations and times in every notation that reports were seen to use.

mod usual;

pub(in crate::report) use usual::duration as usual;

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use crate::model::Moment;

/// Reads a duration: seconds with a point or a comma and with thousands set apart, exponents, clock time, `1m30s`, `PT1.5S`.
///
/// `Ok(None)` for an empty text, `Err` for what cannot be a duration.
pub(super) fn duration(text: &str) -> Result<Option<Duration>, ()> {
    if let Some(duration) = usual::duration(text) {
        return Ok(Some(duration));
    }
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(duration) = usual::duration(text) {
        return Ok(Some(duration));
    }
    let seconds = plain(text)
        .or_else(|| clock(text))
        .or_else(|| units(text))
        .ok_or(())?;
    // A difference of two clocks may come out just below zero.
    let seconds = if seconds < 0.0 && seconds > -0.001 {
        0.0
    } else {
        seconds
    };
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| duration.as_secs() < 1 << 40)
        .map(Some)
        .ok_or(())
}

/// What a comma in a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comma {
    /// It parts whole seconds from their fraction.
    Decimal,
    /// It sets thousands apart.
    Thousands,
}

/// Returns whether the comma of a number may mean either: `1,234`.
pub(super) fn is_ambiguous(text: &str) -> bool {
    if text.bytes().all(|byte| byte != b',') {
        return false;
    }
    let text = text.trim();
    let plain = |c: char| c.is_ascii_digit() || c == ',';
    text.chars().all(plain) && text.matches(',').count() == 1 && thousands(text)
}

/// Returns the use of commas in the report that this number shows; `None` if it shows nothing.
pub(super) fn comma(text: &str) -> Option<Comma> {
    let text = text.trim();
    let digits = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.');
    if text.is_empty() || !text.chars().all(digits) || is_ambiguous(text) {
        return None;
    }
    match (text.rfind(','), text.rfind('.')) {
        (None, None) => None,
        (Some(comma), Some(point)) if comma > point => Some(Comma::Decimal),
        (Some(_), None) if text.matches(',').count() == 1 => Some(Comma::Decimal),
        (_, Some(_)) | (Some(_), None) => Some(Comma::Thousands),
    }
}

/// Reads a number of seconds.
fn plain(text: &str) -> Option<f64> {
    if !text.is_ascii() && !text.contains('\u{A0}') && !text.contains('\u{202F}') {
        return None;
    }
    let fit = |text: &str| {
        let simple = text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'));
        simple
            .then(|| text.parse::<f64>().ok())
            .flatten()
            .filter(|number| number.is_finite())
    };
    if let Some(number) = fit(text) {
        return Some(number);
    }
    let packed: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{A0}' | '\u{202F}' | '\'' | '_'))
        .collect();
    let commas = packed.matches(',').count();
    let points = packed.matches('.').count();
    let comma = packed.rfind(',');
    let point = packed.rfind('.');
    let number = match (commas, points) {
        (0, _) => packed,
        // `1.234,56`: the comma is the decimal sign.
        (1, _) if point < comma && points > 0 => packed.replace('.', "").replace(',', "."),
        // `0,5`, but not `1,234`: three digits after a lone comma are thousands.
        (1, 0) if !thousands(&packed) => packed.replace(',', "."),
        (_, 0 | 1) => packed.replace(',', ""),
        _ => return None,
    };
    fit(&number)
}

/// Returns whether a comma is followed by exactly three digits and led by one to three, the first not a zero.
fn thousands(text: &str) -> bool {
    text.split_once(',').is_some_and(|(before, after)| {
        after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0')
    })
}

/// Reads `[h:]mm:ss[.fff]`, with days before a point as .NET writes them.
fn clock(text: &str) -> Option<f64> {
    // A clock that was set back during the test.
    if let Some(text) = text.strip_prefix('-') {
        return clock(text).map(std::ops::Neg::neg);
    }
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str| plain(part).filter(|number| *number >= 0.0);
    match parts.as_slice() {
        [minutes, seconds] => Some(number(minutes)? * 60.0 + number(seconds)?),
        [hours, minutes, seconds] => {
            let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
            let hours = number(days)? * 24.0 + number(hours)?;
            Some(hours * 3600.0 + number(minutes)? * 60.0 + number(seconds)?)
        }
        _ => None,
    }
}

/// Reads `1.5s`, `150ms`, `1m30s`, `PT1.5S`.
fn units(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let mut rest = lower.strip_prefix("pt").unwrap_or(&lower);
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','))?;
        let (number, after) = rest.split_at_checked(end)?;
        let end = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let factor = match unit.trim() {
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "ms" | "msec" | "millis" | "milliseconds" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += plain(number)? * factor;
        rest = after;
    }
    Some(seconds)
}

/// Reads a point in time. `Ok(None)` for an empty text or a zero value, `Err` for what cannot be a time.
pub(super) fn moment(text: &str) -> Result<Option<Moment>, ()> {
    if let Some(moment) = usual::moment(text) {
        return Ok(Some(moment));
    }
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(number) = text.parse::<i64>() {
        return epoch(number).map(Some).ok_or(());
    }
    let moment = iso(text).or_else(|| in_words(text)).ok_or(())?;
    // Year 1 is the zero value of Go and .NET.
    let zero = match moment {
        Moment::Local(time) => time.year() <= 1,
        Moment::Absolute(time) => time.as_second() <= -62_000_000_000,
    };
    Ok((!zero).then_some(moment))
}

/// Reads seconds or milliseconds since 1970, told apart by their size.
fn epoch(number: i64) -> Option<Moment> {
    let timestamp = match number {
        0..100_000_000_000 => Timestamp::from_second(number),
        100_000_000_000..=100_000_000_000_000 => Timestamp::from_millisecond(number),
        _ => return None,
    };
    timestamp.ok().map(Moment::Absolute)
}

/// Reads seconds or milliseconds since 1970 with a fraction, told apart by their size.
pub(super) fn since_1970(number: f64) -> Option<Moment> {
    let seconds = if number < 1e11 { number } else { number / 1e3 };
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    let since = jiff::SignedDuration::try_from(since).ok()?;
    Timestamp::from_duration(since).ok().map(Moment::Absolute)
}

/// Reads `2024-06-01T10:00:00.123+02:00` and its relatives: a blank for the `T`, the day first, slashes, a word for the zone.
fn iso(text: &str) -> Option<Moment> {
    let split = text.find(['T', 't', ' ', '_']).unwrap_or(text.len());
    let (date, clock) = text.split_at_checked(split)?;
    let date = numeric_date(date)?;
    let clock = clock.get(1..).unwrap_or_default().trim();
    if clock.is_empty() {
        return Some(Moment::Local(date.at(0, 0, 0, 0)));
    }
    with_clock(date, clock)
}

fn numeric_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    if !parts
        .iter()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return None;
    }
    let slashes = text.contains('/');
    let (year, month, day) = match (first.len(), third.len()) {
        (4, 1 | 2) => (first, second, third),
        // Only a day above 12 tells whether a date with slashes begins with it.
        (1 | 2, 4) if slashes && second.parse::<u8>().ok()? > 12 => (third, first, second),
        (1 | 2, 4) if slashes && first.parse::<u8>().ok()? <= 12 => return None,
        (1 | 2, 4) => (third, second, first),
        _ => return None,
    };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Joins a date with `10:00[:00[.123]]`, `AM` or `PM`, and what follows it of a zone.
fn with_clock(date: Date, text: &str) -> Option<Moment> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ','))
        .unwrap_or(text.len());
    let (clock, zone) = text.split_at_checked(end)?;
    let mut parts = clock.split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = parts.next()?.parse().ok()?;
    let (second, nanosecond) = match parts.next() {
        None => (0, 0),
        Some(seconds) => second(seconds)?,
    };
    let zone = zone.trim();
    let (hour, zone) = match zone.get(..2).map(str::to_ascii_uppercase).as_deref() {
        Some("PM") if hour <= 12 => (hour % 12 + 12, zone.get(2..).unwrap_or_default().trim()),
        Some("AM") if hour <= 12 => (hour % 12, zone.get(2..).unwrap_or_default().trim()),
        _ => (hour, zone),
    };
    let time = date.to_datetime(Time::new(hour, minute, second, nanosecond).ok()?);
    zoned(time, zone)
}

/// Reads seconds with a fraction; old Robot reports write `00000` for `00.000`.
fn second(text: &str) -> Option<(i8, i32)> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some(parts) => parts,
        None if text.len() > 2 => text.split_at_checked(2)?,
        None => (text, ""),
    };
    let mut digits: String = fraction.chars().take(9).collect();
    while digits.len() < 9 {
        digits.push('0');
    }
    let second: i8 = whole.parse().ok()?;
    // A leap second has no place in the calendars of the services.
    Some((
        second.min(if second == 60 { 59 } else { second }),
        digits.parse().ok()?,
    ))
}

/// Joins a wall-clock time with its zone. Words other than those of UTC are ambiguous, so the time stays local.
fn zoned(time: DateTime, zone: &str) -> Option<Moment> {
    let absolute = |offset: Offset| {
        TimeZone::fixed(offset)
            .to_timestamp(time)
            .ok()
            .map(Moment::Absolute)
    };
    let zone = zone.split_once('[').map_or(zone, |(offset, _)| offset);
    if matches!(zone, "Z" | "z" | "UTC" | "GMT") {
        return absolute(Offset::UTC);
    }
    let shift = zone
        .strip_prefix("UTC")
        .or_else(|| zone.strip_prefix("GMT"))
        .unwrap_or(zone);
    if shift.starts_with(['+', '-']) {
        return absolute(offset(shift)?);
    }
    zone.chars()
        .all(|c| c.is_ascii_alphabetic())
        .then_some(Moment::Local(time))
}

fn offset(text: &str) -> Option<Offset> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.as_str(), "0"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(if text.starts_with('+') {
        seconds
    } else {
        -seconds
    })
    .ok()
}

/// Reads `Sat, 01 Jun 2024 10:00:00 GMT`, `21 Nov 2026 02:35:24 GMT`, `Sat Jun 01 10:00:00 UTC 2024`.
fn in_words(text: &str) -> Option<Moment> {
    let words: Vec<&str> = text
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let month = words.iter().find_map(|word| month(word))?;
    let clock = words.iter().find(|word| word.contains(':'))?;
    let number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    let year = words.iter().find(|word| word.len() == 4 && number(word))?;
    let day = words.iter().find(|word| word.len() <= 2 && number(word))?;
    let zone = words
        .iter()
        .skip_while(|word| *word != clock)
        .skip(1)
        .find(|word| *word != year)
        .copied()
        .unwrap_or_default();
    let date = Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    with_clock(date, &format!("{clock} {zone}"))
}

fn month(word: &str) -> Option<i8> {
    let name = word.get(..3)?.to_ascii_lowercase();
    let names = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let index = names.iter().position(|known| *known == name)?;
    i8::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests;
