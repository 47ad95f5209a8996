//! How a test is recognised as the same test: the value of the case's field *Automation Content*.
//!
//! qTest finds a case by this text, in a search language that knows no escape, and may turn `<` and `>` into entities. So the
//! text keeps to characters that survive both.

use std::fmt::Write as _;

use super::marks;
use super::settings::FingerprintStyle;
use crate::model::TestCase;

/// How long the digest is in which a fingerprint ends that is too long, with what sets it apart.
pub(super) const DIGEST: usize = 65;

/// Returns the fingerprint of a test, of at most so many characters: the field's length is not published. A test without the property that a
/// style asks for gets ours.
pub(super) fn of(case: &TestCase, style: &FingerprintStyle, limit: usize) -> String {
    bounded(whole(case, style), limit)
}

fn whole(case: &TestCase, style: &FingerprintStyle) -> String {
    let class = class(case).unwrap_or_default();
    let text = match style {
        FingerprintStyle::Handin => return ours(case),
        FingerprintStyle::JenkinsClass if !class.is_empty() => class.to_owned(),
        FingerprintStyle::JenkinsMethod if !class.is_empty() => format!("{class}#{}", case.name),
        FingerprintStyle::JenkinsClass
        | FingerprintStyle::JenkinsMethod
        | FingerprintStyle::Pulse => case.name.clone(),
        FingerprintStyle::Property(name) => match case.property(name).map(str::trim) {
            Some(value) if !value.is_empty() => value.to_owned(),
            Some(_) | None => return ours(case),
        },
    };
    encoded(&text, &[])
}

/// Returns our own: `ks:` and Katalon's id, or class and name.
fn ours(case: &TestCase) -> String {
    let class = class(case).unwrap_or_default();
    let katalon = [class, case.name.as_str()]
        .into_iter()
        .find(|text| text.starts_with("Test Cases/"));
    match katalon {
        Some(id) => format!("ks:{}", encoded(id, &['%'])),
        None => format!(
            "{}#{}",
            encoded(class, &['%', '#']),
            encoded(&case.name, &['%'])
        ),
    }
}

/// Returns the class of a test, or what stands in for it.
pub(super) fn class(case: &TestCase) -> Option<&str> {
    [
        case.class_name.as_deref(),
        case.suite.file.as_deref(),
        Some(case.suite.name.as_str()),
    ]
    .into_iter()
    .flatten()
    .map(str::trim)
    .find(|text| !text.is_empty())
}

/// Percent-encodes what the search language, XML and HTML mind, and `also`.
fn encoded(text: &str, also: &[char]) -> String {
    let minded = |c: char| c.is_control() || "'\"<>&".contains(c) || also.contains(&c);
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        if minded(c) {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Replaces the end of an overlong text by its digest.
fn bounded(text: String, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text;
    }
    let kept: String = text.chars().take(limit.saturating_sub(DIGEST)).collect();
    format!("{kept}~{}", marks::full_digest(&text))
}
