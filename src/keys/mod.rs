//! What a setting is: its name, what it may hold, how it is read, and the layers that it is found in. Knows no single setting: those stand in
//! `settings`, and those of a service in the folder of the service.

mod choice;
mod layers;
mod place;
mod reader;
mod variable;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use toml_edit::{Item, TableLike};

pub(crate) use choice::choice;
pub use choice::{Choice, Extent};
pub use layers::{Layer, Layers, SetValue, defaults};
pub use place::{FilePosition, Lines, Origin, SettingsError, SettingsProblem};
pub use reader::{Address, Reader, StatusWords};
pub(crate) use reader::{is_safe_url, url_problem};
pub use variable::{Group, Variable, credential, plain, setting};

/// One setting: its name, what it may hold, its default, what it does.
///
/// From these rows come the reading, the refusals, and the page `docs/settings.md`.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name from the root, parts joined by dots.
    pub path: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// The default, written as on a command line; `None` where there is none.
    pub default: Option<&'static str>,
    /// What it does, in a sentence or two of Markdown.
    pub doc: &'static str,
}

/// Returns a row without a default.
pub const fn key(path: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key {
        path,
        shape,
        default: None,
        doc,
    }
}

impl Key {
    /// Returns the row with a default.
    #[must_use]
    pub const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }
}

/// The shape of [`Extent`].
pub const EXTENT: Shape = Shape::Word(<Extent as Choice>::WORDS);

/// Returns the rows by which one service finds the cases of tests otherwise than all others.
macro_rules! case_keys {
    ($word:literal, $title:literal) => {
        [
            $crate::keys::key(
                concat!($word, ".cases.explicit"),
                $crate::keys::Shape::Switch,
                concat!("As `cases.explicit`, for ", $title, " alone."),
            ),
            $crate::keys::key(
                concat!($word, ".cases.properties"),
                $crate::keys::Shape::Texts,
                concat!("As `cases.properties`, for ", $title, " alone."),
            ),
            $crate::keys::key(
                concat!($word, ".cases.patterns"),
                $crate::keys::Shape::Texts,
                concat!("As `cases.patterns`, for ", $title, " alone."),
            ),
            $crate::keys::key(
                concat!($word, ".cases.title"),
                $crate::keys::Shape::Switch,
                concat!("As `cases.title`, for ", $title, " alone."),
            ),
            $crate::keys::key(
                concat!($word, ".cases.automated_name"),
                $crate::keys::Shape::Switch,
                concat!("As `cases.automated_name`, for ", $title, " alone."),
            ),
        ]
    };
}
pub(crate) use case_keys;

/// What a setting may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
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
pub enum Value {
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

impl Value {
    /// Returns whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Texts(texts) => texts.iter().all(|text| text.trim().is_empty()),
            Self::Rows(rows) => rows.is_empty(),
            Self::Switch(_) | Self::Count(_) | Self::Length(_) => false,
        }
    }
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
    /// Returns the expected kind of value, to follow the word "expected".
    pub fn expectation(self) -> String {
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
    pub fn read(self, item: &Item) -> Option<Value> {
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
    pub fn read_typed(self, text: &str) -> Option<Value> {
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

/// Returns words in backticks, joined by commas.
pub fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// Returns a text or a whole number as text.
pub fn scalar(item: &Item) -> Option<String> {
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
