//! Arguments that are one word of a few: refused with the nearest word, and completed by the shell.

use std::path::Path;

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

/// Reads a name or a title. A report behind such a flag was not meant: it would be no report any more, and nobody would see it.
pub(super) fn name(text: &str) -> Result<String, &'static str> {
    const ENDINGS: [&str; 7] = ["xml", "trx", "json", "jsonl", "ndjson", "tap", "zip"];
    let path = Path::new(text);
    let ending = path.extension().and_then(|ending| ending.to_str());
    let may_be_report =
        ending.is_some_and(|ending| ENDINGS.iter().any(|it| it.eq_ignore_ascii_case(ending)));
    if may_be_report && path.is_file() {
        return Err(
            "a report was named where the flag's own value is expected: put the value before it",
        );
    }
    Ok(text.to_owned())
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
