//! What a setting may hold, and how it is read: from the file, from a flag, from the environment, from its default.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use toml_edit::{Item, TableLike};

use super::keys::{GONE, KEYS};
use super::{Origin, SettingsProblem};
use crate::mapping::nearest;

/// One setting: its name, what it may hold, its default, what it does.
///
/// From these rows come the reading, the refusals, and the page `docs/settings.md`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its name from the root, parts joined by dots.
    pub(super) path: &'static str,
    /// What it may hold.
    pub(super) shape: Shape,
    /// The default, written as on a command line; `None` where there is none.
    pub(super) default: Option<&'static str>,
    /// What it does, in a sentence or two of Markdown.
    pub(super) doc: &'static str,
}

/// What a setting may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text.
    Text,
    /// An id or a name: a text or a whole number.
    IdOrName,
    /// A list of texts, or one text.
    Texts,
    /// A list of ids and names, or one of them.
    IdsOrNames,
    /// `true` or `false`.
    Switch,
    /// A whole number between two others.
    Count(u64, u64),
    /// A length of time, such as `"90s"` or `"30m"`.
    Length,
    /// One word of a few.
    Word(&'static [&'static str]),
    /// Rows of conditions and what to use.
    Rows,
}

/// What a setting holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// See [`Shape::Text`], [`Shape::IdOrName`] and [`Shape::Word`].
    Text(String),
    /// See [`Shape::Texts`] and [`Shape::IdsOrNames`].
    Texts(Vec<String>),
    /// See [`Shape::Switch`].
    Switch(bool),
    /// See [`Shape::Count`].
    Count(u64),
    /// See [`Shape::Length`].
    Length(Duration),
    /// See [`Shape::Rows`].
    Rows(Vec<Row>),
}

/// Conditions on a report, and what to use when they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name of a property → a glob for its value. All must match.
    pub when: BTreeMap<String, String>,
    /// What to use.
    pub choose: String,
}

impl Shape {
    /// Returns what is expected, to follow the word "expected".
    pub(super) fn expectation(self) -> String {
        match self {
            Self::Text => "a text in quotes".to_owned(),
            Self::IdOrName => "an id or a name in quotes".to_owned(),
            Self::Texts => "a list of strings".to_owned(),
            Self::IdsOrNames => "an id or a name in quotes, or a list of them".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::Count(least, most) => format!("a whole number from {least} to {most}"),
            Self::Length => "a duration such as \"90s\" or \"30m\"".to_owned(),
            Self::Word(words) => format!("one of {}", quoted(words)),
            Self::Rows => {
                "tables with `when` (property = glob) and `use` (an id or a name)".to_owned()
            }
        }
    }

    /// Reads a value as TOML has it; `None` when it is of another kind.
    pub(super) fn read(self, item: &Item) -> Option<Value> {
        match self {
            Self::Text => item.as_str().map(|text| Value::Text(text.to_owned())),
            Self::IdOrName => scalar(item).map(Value::Text),
            Self::Texts => texts(item).map(Value::Texts),
            Self::IdsOrNames => scalars(item).map(Value::Texts),
            Self::Switch => item.as_bool().map(Value::Switch),
            Self::Count(least, most) => item
                .as_integer()
                .and_then(|count| u64::try_from(count).ok())
                .filter(|count| (least..=most).contains(count))
                .map(Value::Count),
            Self::Length => length(item).map(Value::Length),
            Self::Word(words) => item.as_str().and_then(|word| known(words, word)),
            Self::Rows => rows(item).map(Value::Rows),
        }
    }

    /// Reads a value as people write it on a command line: texts without quotes, everything else as TOML.
    pub(super) fn read_typed(self, text: &str) -> Option<Value> {
        match self {
            Self::Text | Self::IdOrName => Some(Value::Text(text.to_owned())),
            Self::Word(words) => known(words, text.trim()),
            Self::Length => parse_length(text.trim()).map(Value::Length),
            Self::Texts if !text.trim_start().starts_with('[') => {
                Some(Value::Texts(vec![text.to_owned()]))
            }
            // A name may begin with a bracket too.
            Self::IdsOrNames => {
                let list = text.trim().parse().ok().map(Item::Value);
                let list = list.filter(Item::is_array).and_then(|list| scalars(&list));
                Some(Value::Texts(list.unwrap_or_else(|| vec![text.to_owned()])))
            }
            Self::Texts | Self::Switch | Self::Count(..) | Self::Rows => {
                let value: toml_edit::Value = text.trim().parse().ok()?;
                self.read(&Item::Value(value))
            }
        }
    }
}

/// Returns the setting of this name.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// Tells whether a setting says how this machine reaches the network. Such a one comes from a flag or from the environment alone.
pub(super) fn is_of_the_machine(path: &str) -> bool {
    matches!(path, "ca_file" | "proxy" | "no_proxy")
}

/// Tells whether there are settings below this name.
pub(super) fn is_section(path: &str) -> bool {
    KEYS.iter().any(|key| {
        key.path
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// Returns words in backticks, joined by commas.
pub(super) fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// Returns a text or a whole number as text.
pub(super) fn scalar(item: &Item) -> Option<String> {
    item.as_str()
        .map(str::to_owned)
        .or_else(|| item.as_integer().map(|number| number.to_string()))
}

fn texts(item: &Item) -> Option<Vec<String>> {
    if let Some(text) = item.as_str() {
        return Some(vec![text.to_owned()]);
    }
    item.as_array()?
        .iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect()
}

fn scalars(item: &Item) -> Option<Vec<String>> {
    if let Some(one) = scalar(item) {
        return Some(vec![one]);
    }
    let values = item.as_array()?.iter();
    values
        .map(|value| scalar(&Item::Value(value.clone())))
        .collect()
}

/// Finds a word among the known ones; letter case does not count, the known spelling is kept.
fn known(words: &[&str], word: &str) -> Option<Value> {
    words
        .iter()
        .find(|known| known.eq_ignore_ascii_case(word))
        .map(|known| Value::Text((*known).to_owned()))
}

fn length(item: &Item) -> Option<Duration> {
    match item.as_integer() {
        Some(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
        None => parse_length(item.as_str()?),
    }
}

/// Reads a length of time as people write it: `90`, `90s`, `10m`.
pub fn parse_length(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let length: SignedDuration = text.parse().ok()?;
    length.try_into().ok()
}

fn rows(item: &Item) -> Option<Vec<Row>> {
    if let Some(tables) = item.as_array_of_tables() {
        return tables.iter().map(|table| row(table)).collect();
    }
    item.as_array()?
        .iter()
        .map(|value| row(value.as_inline_table()?))
        .collect()
}

fn row(table: &dyn TableLike) -> Option<Row> {
    if table
        .iter()
        .any(|(name, _)| !matches!(name, "when" | "use"))
    {
        return None;
    }
    let when = table.get("when")?.as_table_like()?;
    let when: Option<BTreeMap<String, String>> = when
        .iter()
        .map(|(name, glob)| Some((name.to_owned(), scalar(glob)?)))
        .collect();
    Some(Row {
        when: when.filter(|when| !when.is_empty())?,
        choose: scalar(table.get("use")?)?,
    })
}

/// Says what became of a setting that there was once.
pub(super) fn gone(path: &str, origin: &Origin) -> Option<SettingsProblem> {
    let (path, why) = GONE.iter().find(|(gone, _)| *gone == path)?;
    let message = format!("there is no setting `{path}` any more");
    Some(SettingsProblem::at(origin, message).hint(*why))
}

/// Returns the setting that somebody probably meant: the nearest at the same level, else the only one anywhere with that name.
pub(super) fn suggestion(path: &str) -> Option<String> {
    let (prefix, name) = path.rsplit_once('.').unwrap_or(("", path));
    let here = names_below(prefix);
    if let Some(near) = nearest(name, here.iter().map(String::as_str)) {
        return Some(if prefix.is_empty() {
            near.to_owned()
        } else {
            format!("{prefix}.{near}")
        });
    }
    let mut elsewhere = KEYS
        .iter()
        .filter(|key| key.path.rsplit('.').next() == Some(name));
    match (elsewhere.next(), elsewhere.next()) {
        (Some(only), None) => Some(only.path.to_owned()),
        _ => None,
    }
}

/// Returns the names that may stand directly below a section (the root is the empty name).
pub(super) fn names_below(prefix: &str) -> Vec<String> {
    let mut names: Vec<String> = KEYS
        .iter()
        .filter_map(|key| {
            let rest = if prefix.is_empty() {
                key.path
            } else {
                key.path.strip_prefix(prefix)?.strip_prefix('.')?
            };
            rest.split('.').next().map(str::to_owned)
        })
        .collect();
    if prefix.is_empty() {
        names.push("profile".to_owned());
    } else if prefix == "cases" {
        names.extend(crate::model::ServiceName::ALL.map(|service| service.word().to_owned()));
    }
    names.dedup();
    names.sort_unstable();
    names.dedup();
    names
}
