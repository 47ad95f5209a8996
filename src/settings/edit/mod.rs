//! Changes the settings file and leaves everything else in it as it was: comments, order, formatting, line ends.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
#[cfg(unix)]
use std::fs::Permissions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value, value};

use super::schema;
use crate::files::{self, Patience};
use crate::keys::Shape;
use crate::mapping::CaseId;
use crate::model::{ServiceName, TestKey};

/// How a new settings file begins.
const HEADER: &str = "\
# Which tests go where. Committed with the tests; no secrets here: `handin login` keeps them.
# `handin verify` checks all of it without writing anything.

";

/// A settings file that is being changed.
#[derive(Debug)]
pub struct SettingsEditor {
    path: PathBuf,
    /// What the file held when it was read; `None`: there was none.
    before: Option<String>,
    document: DocumentMut,
    profile: Option<String>,
    /// How each mapped test is written in the file: ` > ` and ` › ` mean the same.
    spellings: HashMap<ServiceName, HashMap<TestKey, String>>,
}

/// Why the settings file was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It could not be read or written.
    #[error("cannot {action} the settings file `{}`: {source}; nothing was changed", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no TOML.
    #[error("the settings file `{}` cannot be read: {message}; nothing was changed", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
    /// Somebody else changed it meanwhile.
    #[error("the settings file `{}` was changed by somebody else meanwhile; nothing was changed", path.display())]
    Concurrent {
        /// The file.
        path: PathBuf,
    },
    /// The file is a link.
    #[error("the settings file `{}` is a link, and nothing is written over a link; nothing was changed", path.display())]
    Link {
        /// The file.
        path: PathBuf,
    },
    /// A key stands there that is no table.
    #[error("`{0}` in the settings file is not a table; nothing was changed")]
    NoTable(String),
}

impl SettingsEditor {
    /// Reads the file to be changed; one that is not there yet begins empty.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no TOML.
    pub fn open(path: &Path, profile: Option<&str>) -> Result<Self, EditError> {
        if path.is_symlink() {
            return Err(EditError::Link {
                path: path.to_path_buf(),
            });
        }
        let path = path.to_path_buf();
        let before = read(&path)?;
        let text = before.as_deref().unwrap_or_default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document = text
            .parse()
            .map_err(|error: toml_edit::TomlError| EditError::Syntax {
                path: path.clone(),
                message: error.to_string().trim().to_owned(),
            })?;
        Ok(Self {
            path,
            before,
            document,
            profile: profile.map(str::to_owned),
            spellings: HashMap::new(),
        })
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Maps a test to these cases, in place of those that it had.
    ///
    /// # Errors
    ///
    /// When something else than a table stands where the mappings belong.
    pub fn map(
        &mut self,
        service: ServiceName,
        test: &TestKey,
        cases: &[CaseId],
    ) -> Result<(), EditError> {
        let written = self.spelling(service, test);
        let table = self.mappings(service)?;
        let new = case_value(service, cases);
        let key = written.unwrap_or_else(|| test.as_str().to_owned());
        put(table, &key, new);
        self.spellings
            .entry(service)
            .or_default()
            .insert(test.clone(), key);
        Ok(())
    }

    /// Takes the mapping of a test away; tells whether there was one.
    ///
    /// # Errors
    ///
    /// As [`Self::map`].
    pub fn unmap(&mut self, service: ServiceName, test: &TestKey) -> Result<bool, EditError> {
        let Some(written) = self.spelling(service, test) else {
            return Ok(false);
        };
        self.mappings(service)?.remove(&written);
        self.spellings.entry(service).or_default().remove(test);
        Ok(true)
    }

    /// Returns whether the file (or the profile) has this setting.
    pub fn has(&self, path: &str) -> bool {
        let profile = self
            .profile
            .iter()
            .flat_map(|name| ["profile", name.as_str()]);
        let mut item = self.document.as_item();
        for part in profile.chain(path.split('.')) {
            match item.as_table_like().and_then(|table| table.get(part)) {
                Some(inner) => item = inner,
                None => return false,
            }
        }
        true
    }

    /// Gives a setting a text, such as `azure.project`; a number stays a number.
    ///
    /// # Errors
    ///
    /// As [`Self::map`].
    pub fn set(&mut self, path: &str, text: &str) -> Result<(), EditError> {
        let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
        let sections: Vec<&str> = section.split('.').filter(|part| !part.is_empty()).collect();
        let is_id = schema::find(path)
            .is_some_and(|key| matches!(key.shape, Shape::IdOrName | Shape::IdsOrNames));
        let new = match text.parse::<i64>() {
            Ok(number) if is_id && number.to_string() == text => Value::from(number),
            Ok(_) | Err(_) => Value::from(text),
        };
        if !self.fill_in(&sections, name, &new) {
            put(self.table(&sections)?, name, new);
        }
        Ok(())
    }

    /// Writes a value in the place of the commented line that shows how it is set, where the file has one; tells whether it did.
    fn fill_in(&mut self, sections: &[&str], name: &str, new: &Value) -> bool {
        let text = self.document.to_string();
        // In a text of several lines a line may look like any other.
        let is_simple = ["\"\"\"", "'''"]
            .iter()
            .all(|quotes| !text.contains(quotes));
        let full = [sections, &[name]].concat().join(".");
        if !is_simple || self.profile.is_some() || self.has(&full) {
            return false;
        }
        let head = format!("[{}]", sections.join("."));
        let mut is_inside = sections.is_empty();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let shown = lines.iter_mut().find(|line| {
            if line.starts_with('[') {
                is_inside = line.split('#').next().is_some_and(|it| it.trim() == head);
            }
            let example = line.strip_prefix('#').and_then(|rest| rest.split_once('='));
            is_inside && example.is_some_and(|(key, _)| key.trim() == name)
        });
        let Some(shown) = shown else { return false };
        *shown = format!("{name} = {}", new.to_string().trim());
        match (lines.join("\n") + "\n").parse() {
            Ok(document) => self.document = document,
            Err(_) => return false,
        }
        true
    }

    /// Gives a setting a list of texts, such as `reports`.
    ///
    /// # Errors
    ///
    /// As [`Self::map`].
    pub fn set_list(&mut self, name: &str, texts: &[String]) -> Result<(), EditError> {
        let list: Array = texts.iter().map(String::as_str).collect();
        put(self.table(&[])?, name, Value::Array(list));
        Ok(())
    }

    /// Adds a row to a list of tables, such as `azure.configurations`.
    ///
    /// # Errors
    ///
    /// As [`Self::map`].
    pub fn add_row(&mut self, section: &str, name: &str, row: Table) -> Result<(), EditError> {
        let table = self.table(&[section])?;
        let rows = table
            .entry(name)
            .or_insert(Item::ArrayOfTables(toml_edit::ArrayOfTables::new()));
        match rows.as_array_of_tables_mut() {
            Some(rows) => {
                rows.push(row);
                Ok(())
            }
            None => Err(EditError::NoTable(format!("{section}.{name}"))),
        }
    }

    /// Returns the text as it will be written.
    pub fn text(&self) -> String {
        let text = self.document.to_string();
        if self.before.is_none() {
            return format!("{HEADER}{text}");
        }
        let before = self.before.as_deref().unwrap_or_default();
        let text = if before.contains("\r\n") {
            text.replace("\r\n", "\n").replace('\n', "\r\n")
        } else {
            text
        };
        if before.starts_with('\u{feff}') {
            format!("\u{feff}{text}")
        } else {
            text
        }
    }

    /// Writes the file: whole or not at all, with the permissions that it had, and only when nobody else changed it meanwhile.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or somebody else changed it.
    pub fn save(&self, patience: &Patience) -> Result<(), EditError> {
        let io = |action| {
            let path = self.path.clone();
            move |source| EditError::Io {
                action,
                path,
                source,
            }
        };
        let lock = files::open(&self.path).ok();
        if let Some(lock) = &lock {
            files::lock(lock, patience).map_err(io("lock"))?;
        }
        if read_locked(&self.path, lock.as_ref())? != self.before {
            return Err(self.concurrent());
        }
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut file =
            NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(io("write"))?;
        file.write_all(self.text().as_bytes())
            .map_err(io("write"))?;
        set_permissions(&file, lock.as_ref()).map_err(io("write"))?;
        file.as_file().sync_all().map_err(io("write"))?;
        if self.before.is_some() {
            // Windows cannot replace a file that is locked.
            let lock = lock.filter(|_| cfg!(not(windows)));
            file.persist(&self.path)
                .map_err(|error| io("write")(error.error))?;
            drop(lock);
            return Ok(());
        }
        match file.persist_noclobber(&self.path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(self.concurrent())
            }
            Err(error) => Err(io("write")(error.error)),
        }
    }

    fn concurrent(&self) -> EditError {
        EditError::Concurrent {
            path: self.path.clone(),
        }
    }

    /// Returns how the file writes this test, where it maps it.
    fn spelling(&mut self, service: ServiceName, test: &TestKey) -> Option<String> {
        if !self.spellings.contains_key(&service) {
            let known = self
                .existing_mappings(service)
                .map(|table| {
                    table
                        .iter()
                        .map(|(name, _)| (TestKey::typed(name), name.to_owned()))
                        .collect()
                })
                .unwrap_or_default();
            self.spellings.insert(service, known);
        }
        self.spellings
            .get(&service)
            .and_then(|known| known.get(test))
            .cloned()
    }

    fn existing_mappings(&self, service: ServiceName) -> Option<&dyn TableLike> {
        let mut table: &dyn TableLike = self.document.as_table();
        if let Some(profile) = &self.profile {
            table = table
                .get("profile")?
                .as_table_like()?
                .get(profile)?
                .as_table_like()?;
        }
        table
            .get("cases")?
            .as_table_like()?
            .get(service.word())?
            .as_table_like()
    }

    fn mappings(&mut self, service: ServiceName) -> Result<&mut dyn TableLike, EditError> {
        self.table(&["cases", service.word()])
    }

    /// Returns a table of the file or of the profile, which is made where there is none.
    fn table(&mut self, path: &[&str]) -> Result<&mut dyn TableLike, EditError> {
        let profile = self.profile.clone();
        let full: Vec<&str> = match &profile {
            Some(name) => ["profile", name.as_str()]
                .into_iter()
                .chain(path.iter().copied())
                .collect(),
            None => path.to_vec(),
        };
        if !has_table(self.document.as_table(), &full) {
            self.add_table(&full)?;
        }
        below(self.document.as_table_mut(), &full, |_| new_table(true))
    }

    /// Adds a table. Where it comes last, what the file ended with (comments, ready to be filled in) stays with the table before it.
    fn add_table(&mut self, full: &[&str]) -> Result<(), EditError> {
        let end = self.document.trailing().as_str().unwrap_or_default();
        let end = end.to_owned();
        let before = if self.document.is_empty() {
            end.clone()
        } else {
            format!("{end}\n")
        };
        let document = self.document.clone();
        let put_before = |document: &mut DocumentMut, prefix: &str| {
            below(document.as_table_mut(), full, |has_values| {
                let mut table = new_table(has_values);
                table.decor_mut().set_prefix(prefix);
                table
            })
            .map(|_| ())
        };
        self.document.set_trailing("");
        put_before(&mut self.document, &before)?;
        // It has no lines yet: where it is last, its own head is the last line.
        let text = self.document.to_string();
        let name = full.last().copied().unwrap_or_default();
        if !end.is_empty() && !text.trim_end().ends_with(&format!("{name}]")) {
            self.document = document;
            put_before(&mut self.document, "\n")?;
        }
        Ok(())
    }
}

fn has_table(table: &dyn TableLike, path: &[&str]) -> bool {
    let mut path = path.iter();
    let found = path.try_fold(table, |table, part| table.get(part)?.as_table_like());
    found.is_some()
}

/// Returns the table at the end of a path; what is missing on the way is made.
fn below<'a>(
    mut table: &'a mut dyn TableLike,
    path: &[&str],
    make: impl Fn(bool) -> Table,
) -> Result<&'a mut dyn TableLike, EditError> {
    for (index, part) in path.iter().enumerate() {
        let is_last = index + 1 == path.len();
        table = table
            .entry(part)
            .or_insert_with(|| Item::Table(make(is_last)))
            .as_table_like_mut()
            .ok_or_else(|| EditError::NoTable(path.join(".")))?;
    }
    Ok(table)
}

fn new_table(has_values: bool) -> Table {
    let mut table = Table::new();
    table.set_implicit(!has_values);
    table
}

/// Gives a key its value; a comment behind the old value stays.
fn put(table: &mut dyn TableLike, key: &str, mut new: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        Some(other) => *other = value(new),
        None => {
            table.insert(key, value(new));
        }
    }
}

/// Returns an id, or a list of ids; those of Azure are numbers.
fn case_value(service: ServiceName, cases: &[CaseId]) -> Value {
    let one = |case: &CaseId| match case.0.parse::<i64>() {
        Ok(number) if service != ServiceName::Katalon => Value::from(number),
        Ok(_) | Err(_) => Value::from(case.0.as_str()),
    };
    match cases {
        [case] => one(case),
        cases => Value::Array(cases.iter().map(one).collect()),
    }
}

fn read(path: &Path) -> Result<Option<String>, EditError> {
    let bytes = files::read(path, super::LARGEST);
    let text = bytes.and_then(|bytes| {
        String::from_utf8(bytes).map_err(|_other| io::Error::other("it is not UTF-8"))
    });
    let text = text.and_then(super::bounded);
    match text {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EditError::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        }),
    }
}

/// Reads the file that was locked. By its name, since another process may have put a new one in its place; but what is locked on
/// Windows, only the handle that locked it can read.
fn read_locked(path: &Path, lock: Option<&File>) -> Result<Option<String>, EditError> {
    match (read(path), lock) {
        (Err(EditError::Io { source, .. }), Some(lock)) if is_locked(&source) => {
            io::read_to_string(lock)
                .map(Some)
                .map_err(|source| EditError::Io {
                    action: "read",
                    path: path.to_path_buf(),
                    source,
                })
        }
        (answer, _) => answer,
    }
}

/// Returns whether a file could not be read because it is locked: only Windows has such locks.
fn is_locked(error: &io::Error) -> bool {
    const ERROR_LOCK_VIOLATION: i32 = 33;
    cfg!(windows) && error.raw_os_error() == Some(ERROR_LOCK_VIOLATION)
}

/// A temporary file is for its owner alone; a settings file is as it was, or as any new file.
fn set_permissions(file: &NamedTempFile, old: Option<&File>) -> io::Result<()> {
    match old {
        Some(old) => file
            .as_file()
            .set_permissions(old.metadata()?.permissions()),
        None => make_readable(file.as_file()),
    }
}

#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &File) -> io::Result<()> {
    Ok(())
}
