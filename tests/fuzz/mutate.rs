//! Real inputs, spoiled: bytes, words of the formats, pieces of others, and JSON whose values are not what they were.

use fastrand::Rng;
use serde_json::{Map, Value};

/// What readers stumble over.
const WORDS: [&str; 46] = [
    "<testsuite>",
    "<testcase name='a'>",
    "</testcase>",
    "<failure>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version='1.0' encoding='UTF-16'?>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "&#0;",
    "&#x110000;",
    "&amp;",
    "&b;",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "1e999",
    "-9223372036854775809",
    "18446744073709551616",
    "0.0000001",
    "NaN",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    "\u{202e}",
    "\u{1b}]0;a\u{7}",
    "\n::error::marked",
    "##vso[task.complete]",
    "##teamcity[a]",
    "[[ATTACHMENT|/etc/passwd]]",
    "../../../etc/passwd",
    "/proc/self/environ",
    "=cmd|' /C calc'!A0",
    "\r\n",
    "\t",
    "not ok 1 - a\n",
    "1..999999999\n",
    "{\"Action\":\"fail\",\"Test\":\"a\"}\n",
    "{date}",
];
/// The longest that an input may become.
const LONGEST: usize = 512 * 1024;
/// How large a list may become by repeating, in bytes of JSON.
const LARGEST: usize = 16 * 1024 * 1024;

/// Spoils bytes in some places; `other` lends pieces.
pub(crate) fn bytes(random: &mut Rng, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.usize(..6) {
        once(random, &mut bytes, other);
        bytes.truncate(LONGEST);
    }
    bytes
}

fn once(random: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let (from, to) = range(random, bytes.len());
    match random.u8(..12) {
        0 => drop(bytes.drain(from..to)),
        1 => bytes.truncate(from),
        2 | 3 => put(
            bytes,
            from..from,
            random.choice(WORDS).unwrap_or_default().as_bytes(),
        ),
        4 => put(
            bytes,
            from..to,
            random.choice(WORDS).unwrap_or_default().as_bytes(),
        ),
        5 => {
            let piece = bytes.get(from..to).unwrap_or_default();
            let times = 1 + random.usize(..=(65_536 / (piece.len() + 1)).min(5_000));
            let piece = piece.repeat(times);
            put(bytes, to..to, &piece);
        }
        6 => {
            let (start, end) = range(random, other.len());
            put(bytes, from..to, other.get(start..end).unwrap_or_default());
        }
        7 => {
            let piece = bytes.get(from..to).unwrap_or_default().to_vec();
            let at = range(random, bytes.len()).0;
            put(bytes, at..at, &piece);
        }
        8 => number(random, bytes),
        _ => {
            let value = random.u8(..);
            if let Some(byte) = bytes.get_mut(from) {
                *byte = if random.bool() {
                    value
                } else {
                    *byte ^ (1 << (value % 8))
                };
            }
        }
    }
}

/// Puts another number in the place of one.
fn number(random: &mut Rng, bytes: &mut Vec<u8>) {
    const EXTREME: [&str; 8] = [
        "-1",
        "0",
        "4294967296",
        "9223372036854775807",
        "1e308",
        "0x7f",
        "99999999999999999999",
        "1,5",
    ];
    let from = range(random, bytes.len()).0;
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let rest = bytes.get(from..).unwrap_or_default();
    let Some(start) = rest.iter().position(is_digit) else {
        return;
    };
    let length = rest
        .iter()
        .skip(start)
        .take_while(|byte| is_digit(byte))
        .count();
    let start = from + start;
    put(
        bytes,
        start..start + length,
        random.choice(EXTREME).unwrap_or_default().as_bytes(),
    );
}

fn put(bytes: &mut Vec<u8>, place: std::ops::Range<usize>, piece: &[u8]) {
    drop(bytes.splice(place, piece.iter().copied()));
}

/// Returns a range, mostly a short one.
fn range(random: &mut Rng, length: usize) -> (usize, usize) {
    let from = random.usize(..=length);
    let most = if random.u8(..4) == 0 { length } else { 40 };
    (from, (from + random.usize(..=most)).min(length))
}

/// Makes one value of a JSON document another one.
pub(crate) fn json(random: &mut Rng, value: &mut Value, words: &[&str]) {
    let mut left = random.usize(..=count(value));
    walk(random, value, words, &mut left);
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(all) => all.iter().map(|one| 1 + count(one)).sum(),
        Value::Object(all) => all.values().map(|one| 1 + count(one)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn walk(random: &mut Rng, value: &mut Value, words: &[&str], left: &mut usize) {
    if *left == 0 {
        *left = usize::MAX;
        change(random, value, words);
        return;
    }
    *left -= 1;
    let below: Vec<&mut Value> = match value {
        Value::Array(all) => all.iter_mut().collect(),
        Value::Object(all) => all.values_mut().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
    };
    for one in below {
        walk(random, one, words, left);
        if *left == usize::MAX {
            return;
        }
    }
}

fn change(random: &mut Rng, value: &mut Value, words: &[&str]) {
    let word = random
        .choice(words)
        .copied()
        .or_else(|| random.choice(WORDS))
        .unwrap_or_default();
    *value = match (random.u8(..12), &mut *value) {
        (0, _) => Value::Null,
        (1, _) => Value::from(i64::MIN),
        (2, _) => Value::from(1e300),
        (3, _) => Value::from(""),
        (4, _) => Value::Array(Vec::new()),
        (5, _) => Value::Object(Map::new()),
        (6, _) => Value::Bool(random.bool()),
        (7, _) => Value::from(u64::MAX),
        (8, Value::Array(all)) => {
            // A list in a list that grew before: what is played here must not be dearer than what reads it.
            let most = LARGEST / all.iter().map(size).sum::<usize>().max(1);
            let times = if random.bool() { 2 } else { most.clamp(2, 200) };
            Value::Array(vec![all.clone(); times].concat())
        }
        (9, Value::Array(all)) => {
            all.reverse();
            return;
        }
        (8 | 9, Value::Object(all)) => {
            let keys: Vec<String> = all.keys().cloned().collect();
            if let Some(key) = random.choice(keys) {
                all.remove(&key);
            }
            return;
        }
        (10, old) => (0..300).fold(old.take(), |inner, _| Value::Array(vec![inner])),
        (11, _) => Value::from(word.repeat(if random.bool() { 1 } else { 20_000 })),
        _ => Value::from(word),
    };
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}
