use proptest::prelude::*;

use super::*;

fn seconds(text: &str) -> Result<Option<f64>, ()> {
    duration(text).map(|duration| duration.map(|duration| duration.as_secs_f64()))
}

#[test]
fn durations_are_read_in_every_notation() {
    for (text, expected) in [
        ("1.5", 1.5),
        (" 1.5 ", 1.5),
        ("1,234.56", 1234.56),
        ("1.234,56", 1234.56),
        ("1,234", 1234.0),
        ("1,234,567.8", 1_234_567.8),
        ("0,5", 0.5),
        ("0,123", 0.123),
        ("1 234.5", 1234.5),
        ("1\u{a0}234.5", 1234.5),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("+2.5", 2.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0.000", 0.0),
        ("00:01:02", 62.0),
        ("00:01:02.345", 62.345),
        ("1.02:00:00", 93_600.0),
        ("02:03", 123.0),
        ("1.5s", 1.5),
        ("150ms", 0.15),
        ("1m30s", 90.0),
        ("PT1M1.5S", 61.5),
    ] {
        assert_eq!(seconds(text), Ok(Some(expected)), "{text}");
    }
}

#[test]
fn what_is_no_duration_is_none_and_never_zero() {
    assert_eq!(seconds(""), Ok(None));
    for text in [
        "NaN",
        "Infinity",
        "-1",
        "-00:00:01.5",
        "0x10",
        "1.2.3",
        "1e400",
        "99999999999999999999",
        "whatever",
        "١٢.٥",
        "1:2:3:4",
    ] {
        assert_eq!(seconds(text), Err(()), "{text}");
    }
}

fn shown(text: &str) -> String {
    match moment(text) {
        Ok(Some(Moment::Absolute(timestamp))) => timestamp.to_string(),
        Ok(Some(Moment::Local(time))) => format!("{time} there"),
        Ok(None) => String::from("none"),
        Err(()) => String::from("unreadable"),
    }
}

#[test]
fn times_are_read_in_every_notation() {
    for (text, expected) in [
        ("2024-06-01T10:00:00Z", "2024-06-01T10:00:00Z"),
        ("2024-06-01T10:00:00", "2024-06-01T10:00:00 there"),
        ("2024-06-01 10:00:00", "2024-06-01T10:00:00 there"),
        ("2024-06-01T10:00", "2024-06-01T10:00:00 there"),
        (
            "2024-06-01T10:00:00.123456789+02:00",
            "2024-06-01T08:00:00.123456789Z",
        ),
        ("2024-06-01T10:00:00.5+0200", "2024-06-01T08:00:00.5Z"),
        ("2024-06-01 10:00:00 UTC", "2024-06-01T10:00:00Z"),
        ("2024-06-01 10:00:00 BST", "2024-06-01T10:00:00 there"),
        (
            "2024-06-01T10:00:00+02:00[Europe/Berlin]",
            "2024-06-01T08:00:00Z",
        ),
        ("01-06-2024T10:00:00", "2024-06-01T10:00:00 there"),
        ("20240601T10:00:00", "unreadable"),
        ("1717236000", "2024-06-01T10:00:00Z"),
        ("1717236000123", "2024-06-01T10:00:00.123Z"),
        ("Sat, 01 Jun 2024 10:00:00 GMT", "2024-06-01T10:00:00Z"),
        ("Sat Jun 01 10:00:00 UTC 2024", "2024-06-01T10:00:00Z"),
        ("1 Jun 2024 10:00:00 GMT", "2024-06-01T10:00:00Z"),
        ("13/06/2024 10:00:00", "2024-06-13T10:00:00 there"),
        ("06/13/2024 1:00:00 PM", "2024-06-13T13:00:00 there"),
        ("06/01/2024 10:00:00", "unreadable"),
        ("2016-05-19T08:37:00000", "2016-05-19T08:37:00 there"),
        ("0001-01-01T00:00:00Z", "none"),
        ("", "none"),
        ("None", "unreadable"),
        ("2024-02-30T10:00:00", "unreadable"),
        ("2024-06-01T25:61:61", "unreadable"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

/// Writes a number with so many digits at least.
fn padded(number: i64, digits: usize) -> String {
    format!("{number:0digits$}")
}

proptest! {
    #[test]
    fn what_is_read_quickly_is_read_alike(
        second in -2_000_000_000_i64..4_000_000_000,
        nanosecond in 0..1_000_000_000_i64,
        digits in 0..=9_usize,
        between in "[T ]",
        zone in prop_oneof![Just(String::new()), Just(String::from("Z")), "[+-](0[0-9]|1[0-4]):[0-5][0-9]"],
    ) {
        let time = Timestamp::from_second(second).unwrap().to_zoned(TimeZone::UTC).datetime();
        let fraction = padded(nanosecond, 9);
        let fraction = if digits > 0 { format!(".{}", fraction.get(..digits).unwrap()) } else { String::new() };
        let clock = time.strftime("%H:%M:%S");
        let text = format!("{}{between}{clock}{fraction}{zone}", time.strftime("%Y-%m-%d"));
        prop_assert_eq!(usual::moment(&text), Some(iso(&text).unwrap()), "{}", text);
        let text = format!("{clock}{fraction}");
        let slow = Duration::try_from_secs_f64(super::clock(&text).unwrap()).unwrap();
        prop_assert_eq!(usual::duration(&text), Some(slow), "{}", text);
    }
}

#[test]
fn what_is_written_otherwise_is_not_read_quickly() {
    for text in [
        "",
        "2024-06-01",
        "2024-6-01T10:00:00Z",
        "2024-02-30T10:00:00Z",
        "2024-06-01T10:00:60Z",
        "2024-06-01T10:00:00.1234567890Z",
        "2024-06-01T10:00:00+02",
        "2024-06-01T10:00:00Zulu",
        "0001-01-01T00:00:00Z",
        "2024-06-01T10:00:00.Z",
        "2024-06-01T10:00:00+25:00",
    ] {
        assert_eq!(usual::moment(text), None, "{text}");
    }
    for text in [
        "",
        ".",
        "1.",
        ".5",
        "1:2:3",
        "01:02",
        "1.02:00:00",
        "01:02:03:04",
        "999999999:00:00",
        "1234567890",
    ] {
        assert_eq!(usual::duration(text), None, "{text}");
    }
}
