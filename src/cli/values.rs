//! Arguments that are one word of a few: refused with the nearest word, and completed by the shell.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::model::ServiceName;
use crate::settings::Choice;

/// Returns the parser of a service's name.
pub(super) fn service() -> impl TypedValueParser<Value = ServiceName> {
    let names = ServiceName::ALL.map(|name| {
        PossibleValue::new(name.word())
            .help(name.title())
            .aliases(name.alias())
    });
    PossibleValuesParser::new(names).try_map(|word| word.parse::<ServiceName>())
}

/// Returns the words of all services as the middle of a sentence.
pub(super) fn services(before: &str, after: &str) -> String {
    listed(before, ServiceName::ALL.map(ServiceName::word), after)
}

/// Returns the names of all services, as people know them, as the middle of a sentence.
pub(super) fn titles(before: &str, after: &str) -> String {
    listed(before, ServiceName::ALL.map(ServiceName::title), after)
}

fn listed<const N: usize>(before: &str, words: [&str; N], after: &str) -> String {
    let (last, others) = words.split_last().unwrap_or((&"", &[]));
    format!("{before}{} or {last}{after}", others.join(", "))
}

/// Reads an id.
pub(super) fn id(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "expected a number")
}

/// Returns the parser of a choice.
pub(super) fn choice<T: Choice + Send + Sync>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::WORDS)
        .try_map(|word| T::from_word(&word).ok_or_else(|| format!("`{word}` is not known")))
}
