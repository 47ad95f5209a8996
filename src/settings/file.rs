//! The settings file as it is written: parsed, every name and kind checked, every value with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use toml_edit::{Document, Item, Key as TomlKey, Table, TableLike, TomlError};

use super::{schema, secrets};
use crate::keys::{
    FilePosition, Key, Layer, Lines, Origin, SetValue, SettingsProblem, Value, scalar,
};
use crate::mapping::{CaseId, ExplicitMapping};
use crate::model::{ServiceName, TestKey};

/// A settings file that could be parsed. What it says is known and of the right kind; whether it makes sense is not.
#[derive(Debug, Default)]
pub struct SettingsFile {
    pub(super) base: Section,
    pub(super) profiles: BTreeMap<String, Section>,
}

/// The settings at the root of the file, or those of a profile.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) values: Layer,
    pub(super) explicit: BTreeMap<ServiceName, Vec<ExplicitMapping>>,
    /// The services that have a table of their own.
    pub(super) services: Vec<ServiceName>,
}

impl SettingsFile {
    /// Parses the text of a settings file; `name` is how the file is shown in messages.
    ///
    /// # Errors
    ///
    /// All problems at once: a syntax error, unknown keys, values of the wrong kind, secrets.
    pub fn parse(name: &str, text: &str) -> Result<Self, Vec<SettingsProblem>> {
        let lines = Lines::of(name, text);
        let document = Document::parse(text).map_err(|error| vec![syntax(&lines, text, &error)])?;
        let mut reader = FileReader {
            lines,
            problems: Vec::new(),
            untold: 0,
        };
        let file = reader.file(document.as_table());
        if reader.untold > 0 {
            let more = format!("not all problems are listed: {} more", reader.untold);
            reader.problems.push(SettingsProblem::new(more));
        }
        if reader.problems.is_empty() {
            Ok(file)
        } else {
            Err(reader.problems)
        }
    }
}

/// Returns the key behind whose `=` the line ends, or a comment begins.
fn without_value(text: &str, at: usize) -> Option<&str> {
    let (before, after) = text.split_at_checked(at)?;
    let key = before.lines().next_back()?.trim_end().strip_suffix('=')?;
    let rest = after.lines().next().unwrap_or_default().trim_start();
    (rest.is_empty() || rest.starts_with('#')).then(|| key.trim())
}

/// Returns a syntax error with its place. Of a key that is set twice it names both lines.
fn syntax(lines: &Lines<'_>, text: &str, error: &TomlError) -> SettingsProblem {
    let span = error.span().unwrap_or_default();
    let origin = Origin::File(lines.place(span.start));
    let message = error.message().trim().replace('\n', ", ");
    let key = text
        .get(span.clone())
        .filter(|_| message == "duplicate key");
    if let Some(key) = without_value(text, span.start) {
        return SettingsProblem::at(&origin, format!("`{key}` has no value"));
    }
    let Some(key) = key else {
        let is_escape = message.contains("escape");
        let problem = SettingsProblem::at(&origin, message);
        return if is_escape {
            problem.hint("in single quotes a backslash stands for itself: `'\\bTC-(\\d+)\\b'`")
        } else {
            problem
        };
    };
    let first = first_of(text, span).map(|start| lines.place(start).line);
    let first = first.map_or_else(String::new, |line| format!(", first on line {line}"));
    SettingsProblem::at(&origin, format!("`{key}` is set twice{first}"))
        .hint("remove one of the two, or make them one")
}

/// Returns where a key is set first that is set again here: what stands before its line is a document without it.
fn first_of(text: &str, again: Range<usize>) -> Option<usize> {
    let line = text
        .get(..again.start)?
        .rfind('\n')
        .map_or(0, |end| end + 1);
    let before = Document::parse(text.get(..line)?).ok()?;
    let statement = text.get(line..again.end)?.trim_start();
    let path = statement.trim_start_matches('[');
    let mut table: &dyn TableLike = if path.len() < statement.len() {
        before.as_table()
    } else {
        last_table(before.as_table())
    };
    let path = TomlKey::parse(path).ok()?;
    let (key, above) = path.split_last()?;
    for key in above {
        table = table.get(key.get())?.as_table_like()?;
    }
    let (key, _) = table.get_key_value(key.get())?;
    Some(key.span()?.start)
}

/// Returns the table whose heading is the last of the document.
fn last_table(table: &Table) -> &Table {
    let below = table.iter().filter_map(|(_, item)| {
        let rows = || item.as_array_of_tables()?.iter().last();
        item.as_table().or_else(rows)
    });
    let below = below.map(last_table);
    let all = below.chain(std::iter::once(table));
    all.max_by_key(|table| table.position()).unwrap_or(table)
}

/// How many entries a list may have, and a table of rows: patterns may take a mebibyte each.
const MOST_ENTRIES: usize = 200;

/// How many problems are told: whoever mends them runs the command again.
const MOST_PROBLEMS: usize = 100;

struct FileReader<'a> {
    lines: Lines<'a>,
    problems: Vec<SettingsProblem>,
    /// How many more there are.
    untold: u64,
}

impl FileReader<'_> {
    fn note(&mut self, problem: SettingsProblem) {
        if !self.is_full() {
            self.problems.push(problem);
        }
    }

    fn file(&mut self, root: &dyn TableLike) -> SettingsFile {
        let mut file = SettingsFile::default();
        self.section(root, "", &mut file.base);
        if let Some(profiles) = root.get("profile").and_then(Item::as_table_like) {
            for (name, item) in profiles.iter() {
                let mut section = Section::default();
                match item.as_table_like() {
                    Some(table) => self.section(table, "", &mut section),
                    None => self.wrong_kind(profiles, name, "a table of settings"),
                }
                file.profiles.insert(name.to_owned(), section);
            }
        }
        file
    }

    fn section(&mut self, table: &dyn TableLike, prefix: &str, section: &mut Section) {
        for (name, item) in table.iter() {
            let path = joined(prefix, name);
            if path == "profile" {
                continue;
            }
            if let Some(service) = explicit_mappings(&path) {
                match item.as_table_like() {
                    Some(mappings) => {
                        let read = self.mappings(service, mappings);
                        section.explicit.insert(service, read);
                    }
                    None => self.wrong_kind(table, name, "a table of tests and their cases"),
                }
            } else if let Some(key) = schema::find(&path) {
                self.value(table, name, key, &mut section.values);
            } else if schema::is_section(&path) {
                self.subsection(table, &path, (name, item), section);
            } else {
                self.unknown(table, name, prefix);
            }
        }
    }

    fn subsection(
        &mut self,
        table: &dyn TableLike,
        path: &str,
        (name, item): (&str, &Item),
        section: &mut Section,
    ) {
        let Some(inner) = item.as_table_like() else {
            return self.wrong_kind(table, name, "a table of settings");
        };
        section.services.extend(
            ServiceName::ALL
                .iter()
                .find(|service| service.word() == path),
        );
        self.section(inner, path, section);
    }

    fn value(&mut self, table: &dyn TableLike, name: &str, key: &'static Key, layer: &mut Layer) {
        let place = self.place_of_value(table, name);
        let Some(value) = table.get(name).and_then(|item| key.shape.read(item)) else {
            return self.wrong_kind(table, name, &key.shape.expectation());
        };
        let origin = Origin::File(place);
        if schema::is_of_the_machine(key.path) {
            self.note(not_committed(&origin, key.path));
            return;
        }
        if texts(&value).any(secrets::looks_secret) {
            self.note(secrets::refusal(&origin, key.path));
            return;
        }
        let entries = match &value {
            Value::Texts(texts) => texts.len(),
            Value::Rows(rows) => rows.len(),
            Value::Text(_) | Value::Switch(_) | Value::Count(_) | Value::Length(_) => 0,
        };
        if entries > MOST_ENTRIES {
            let message = format!("`{name}` has {entries} entries, and {MOST_ENTRIES} is the most");
            self.note(SettingsProblem::at(&origin, message));
            return;
        }
        layer.insert(key.path, SetValue { value, origin });
    }

    fn mappings(&mut self, service: ServiceName, table: &dyn TableLike) -> Vec<ExplicitMapping> {
        let mut mappings: Vec<ExplicitMapping> = Vec::with_capacity(table.len());
        for (name, item) in table.iter() {
            let place = self.place_of_key(table, name);
            match cases(service, item) {
                Ok(cases) => mappings.push(ExplicitMapping {
                    test: TestKey::typed(name),
                    cases,
                    line: Some(place.line),
                }),
                Err(problem) => {
                    let origin = Origin::File(place);
                    self.note(SettingsProblem {
                        origin: Some(origin),
                        message: format!("the mapping of `{name}` {}", problem.message),
                        hint: problem.hint,
                    });
                }
            }
        }
        self.refuse_doubles(&mappings);
        mappings
    }

    /// ` > ` and ` › ` spell the same test, so TOML's own rule against double keys does not see every double.
    fn refuse_doubles(&mut self, mappings: &[ExplicitMapping]) {
        let mut seen = std::collections::HashMap::with_capacity(mappings.len());
        for mapping in mappings {
            let Some(first) = seen.insert(&mapping.test, mapping.line) else {
                continue;
            };
            let place = FilePosition {
                file: std::sync::Arc::clone(&self.lines.place(0).file),
                line: mapping.line.unwrap_or(1),
                column: 1,
            };
            let message = format!(
                "`{}` is mapped twice, first on line {}",
                mapping.test,
                first.unwrap_or_default()
            );
            self.note(
                SettingsProblem::at(&Origin::File(place), message)
                    .hint("write one entry with a list of cases"),
            );
        }
    }

    /// Returns whether nothing that is wrong is told any more, and counts one problem if so.
    fn is_full(&mut self) -> bool {
        let is_full = self.problems.len() >= MOST_PROBLEMS;
        self.untold += u64::from(is_full);
        is_full
    }

    fn unknown(&mut self, table: &dyn TableLike, name: &str, prefix: &str) {
        if self.is_full() {
            return;
        }
        let origin = Origin::File(self.place_of_key(table, name));
        let path = joined(prefix, name);
        if secrets::is_secret_name(name) {
            self.note(secrets::refusal(&origin, &path));
            return;
        }
        if let Some(gone) = schema::gone(&path, &origin) {
            self.note(gone);
            return;
        }
        let problem = SettingsProblem::at(&origin, format!("unknown key `{path}`"));
        self.note(match schema::suggestion(&path) {
            Some(known) => problem.hint(format!("did you mean `{known}`?")),
            None => problem.hint(format!(
                "known here: {}",
                schema::names_below(prefix).join(", ")
            )),
        });
    }

    fn wrong_kind(&mut self, table: &dyn TableLike, name: &str, expected: &str) {
        let origin = Origin::File(self.place_of_value(table, name));
        let item = table.get(name);
        let found = item.map_or("nothing", Item::type_name);
        // A text where a text is wrong may be anything, a secret too; one where a word is expected is a misspelt word.
        let is_choice = expected.starts_with("one of");
        let word = item.and_then(Item::as_str).filter(|_| is_choice);
        let shown = word.map(str::to_owned);
        let shown = shown.or_else(|| Some(item?.as_integer()?.to_string()));
        let shown = shown.or_else(|| Some(item?.as_bool()?.to_string()));
        let message = match shown {
            Some(shown) => format!("`{name}` cannot be `{shown}`, expected {expected}"),
            None => format!("`{name}` is {}, expected {expected}", with_article(found)),
        };
        self.note(SettingsProblem::at(&origin, message));
    }

    fn place_of_key(&self, table: &dyn TableLike, name: &str) -> FilePosition {
        let span = table.get_key_value(name).and_then(|(key, _)| key.span());
        self.lines.place(span.map_or(0, |span| span.start))
    }

    fn place_of_value(&self, table: &dyn TableLike, name: &str) -> FilePosition {
        let span = table.get(name).and_then(Item::span);
        match span {
            Some(span) => self.lines.place(span.start),
            None => self.place_of_key(table, name),
        }
    }
}

/// Returns the cases that a mapping names: an id, or a list of ids.
fn cases(service: ServiceName, item: &Item) -> Result<Vec<CaseId>, SettingsProblem> {
    if item.is_table_like() {
        return Err(
            SettingsProblem::new("is a table, expected an id or a list of ids")
                .hint("put the test's name in quotes: a dot outside of quotes begins a table"),
        );
    }
    let written: Option<Vec<String>> = match item.as_array() {
        Some(array) => array
            .iter()
            .map(|value| scalar(&Item::Value(value.clone())))
            .collect(),
        None => scalar(item).map(|text| vec![text]),
    };
    let written =
        written.ok_or_else(|| SettingsProblem::new("is neither an id nor a list of ids"))?;
    let mut cases: Vec<CaseId> = Vec::with_capacity(written.len());
    for text in &written {
        let case = CaseId::parse(service, text)
            .map_err(|error| SettingsProblem::new(format!("names `{text}`, which {error}")))?;
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    if cases.is_empty() {
        return Err(SettingsProblem::new("names no case").hint("remove the line, or give an id"));
    }
    Ok(cases)
}

fn explicit_mappings(path: &str) -> Option<ServiceName> {
    let word = path.strip_prefix("cases.")?;
    ServiceName::ALL
        .into_iter()
        .find(|service| service.word() == word)
}

/// Returns the refusal of a setting that a committed file could misuse: with a proxy and a certificate authority of its own it
/// could read along.
fn not_committed(origin: &Origin, path: &str) -> SettingsProblem {
    SettingsProblem::at(
        origin,
        format!("`{path}` is a matter of the machine, and not taken from a committed file"),
    )
    .hint(match path {
        "azure.auth.authority" => {
            "give it as `--set azure.auth.authority=…`, or in the environment as `AZURE_AUTHORITY_HOST`"
                .to_owned()
        }
        _ => format!(
            "give it as `--{}`, or in the environment as `HANDIN_{}`",
            path.replace('_', "-"),
            path.to_ascii_uppercase()
        ),
    })
}

fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let (one, many): (Option<&str>, &[String]) = match value {
        Value::Text(text) => (Some(text), &[]),
        Value::Texts(texts) => (None, texts),
        Value::Switch(_) | Value::Count(_) | Value::Length(_) | Value::Rows(_) => (None, &[]),
    };
    one.into_iter().chain(many.iter().map(String::as_str))
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {kind}")
}
