//! The layers of settings: flags beat the environment, the environment beats the file, the file beats the defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::choice::Choice;
use super::env::{Environment, VARIABLES};
use super::keys::KEYS;
use super::place::{Origin, SettingsProblem};
use super::schema::{self, Row, Value};

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Values by the name of their setting.
pub(super) type Layer = BTreeMap<&'static str, Entry>;

/// A setting that the command line gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The setting.
    pub path: String,
    /// Its value as typed.
    pub text: String,
    /// The flag, for messages.
    pub flag: String,
}

impl Override {
    /// Returns what a flag that may be repeated gives; nothing where it was not given.
    pub fn list(path: &str, texts: &[String], flag: &str) -> Option<Self> {
        Some(Self::flag(path, &list(texts)?, flag))
    }

    /// Returns what a flag of its own gives, such as `--points all`.
    pub fn flag(path: &str, text: &str, flag: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            flag: flag.to_owned(),
        }
    }

    /// Returns what `--set NAME=VALUE` gives.
    ///
    /// # Errors
    ///
    /// When there is no `=`.
    pub fn set(argument: &str) -> Result<Self, String> {
        let (path, text) = argument
            .split_once('=')
            .ok_or_else(|| "expected NAME=VALUE, such as azure.points=all".to_owned())?;
        Ok(Self {
            path: path.trim().to_owned(),
            text: text.to_owned(),
            flag: format!("--set {}", path.trim()),
        })
    }
}

/// Returns texts as one, which [`schema::Shape::IdsOrNames`] takes apart again.
pub fn list(texts: &[String]) -> Option<String> {
    match texts {
        [] => None,
        [one] if !one.trim_start().starts_with('[') => Some(one.clone()),
        several => Some(
            several
                .iter()
                .map(String::as_str)
                .collect::<toml_edit::Array>()
                .to_string(),
        ),
    }
}

/// All layers, the strongest first.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) flags: Layer,
    pub(super) environment: Layer,
    pub(super) profile: Layer,
    pub(super) file: Layer,
    pub(super) defaults: Layer,
}

impl Layers {
    pub(super) fn get(&self, path: &str) -> Option<&Entry> {
        self.flags
            .get(path)
            .or_else(|| self.environment.get(path))
            .or_else(|| self.profile.get(path))
            .or_else(|| self.file.get(path))
            .or_else(|| self.defaults.get(path))
    }

    /// Returns the settings that somebody gave, each with where the value that counts comes from.
    pub(super) fn given(&self) -> Vec<(&'static str, Origin)> {
        let origins = KEYS.iter().map(|key| (key.path, self.origin(key.path)));
        origins
            .filter(|(_, origin)| *origin != Origin::Default)
            .collect()
    }

    pub(super) fn origin(&self, path: &str) -> Origin {
        self.get(path)
            .map_or(Origin::Default, |entry| entry.origin.clone())
    }

    /// Returns a text; one that is blank counts as not given, so that a flag can take a setting away.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Text(text)) if !text.trim().is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn texts(&self, path: &str) -> Option<Vec<String>> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Texts(texts)) => Some(texts.clone()),
            _ => None,
        }
    }

    /// Returns ids or names; one that is blank counts as not given.
    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let mut names = self.texts(path).unwrap_or_default();
        names.retain(|name| !name.trim().is_empty());
        names
    }

    pub(super) fn switch(&self, path: &str) -> Option<bool> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Switch(switch)) => Some(*switch),
            _ => None,
        }
    }

    pub(super) fn count(&self, path: &str) -> Option<u64> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Count(count)) => Some(*count),
            _ => None,
        }
    }

    pub(super) fn length(&self, path: &str) -> Option<Duration> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Length(length)) => Some(*length),
            _ => None,
        }
    }

    pub(super) fn rows(&self, path: &str) -> Vec<Row> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Rows(rows)) => rows.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn choice<T: Choice>(&self, path: &str) -> Option<T> {
        T::from_word(&self.text(path)?)
    }

    /// Returns the folder that the relative paths of a setting belong to: those from the file to the file's folder, any others to the
    /// current one.
    pub(super) fn base<'a>(&self, path: &str, folder: &'a Path) -> &'a Path {
        match self.origin(path) {
            Origin::File(_) | Origin::Default => folder,
            Origin::Environment(_) | Origin::Flag(_) => Path::new(""),
        }
    }

    /// Returns the paths of a setting.
    pub(super) fn paths(&self, path: &str, folder: &Path) -> Vec<PathBuf> {
        let base = self.base(path, folder);
        let texts = self.texts(path).unwrap_or_default();
        texts.iter().map(|text| base.join(text)).collect()
    }

    /// Returns the path of a setting.
    pub(super) fn path(&self, path: &str, folder: &Path) -> Option<PathBuf> {
        Some(self.base(path, folder).join(self.text(path)?))
    }
}

/// Returns the layer of the defaults.
pub(super) fn defaults() -> Layer {
    KEYS.iter()
        .filter_map(|key| {
            let value = key.shape.read_typed(key.default?)?;
            let origin = Origin::Default;
            Some((key.path, Entry { value, origin }))
        })
        .collect()
}

/// Returns the layer of the environment.
pub(super) fn environment(environment: &Environment, problems: &mut Vec<SettingsProblem>) -> Layer {
    let mut layer = Layer::new();
    for variable in VARIABLES {
        let (Some(path), Some(text)) = (variable.sets, environment.get(variable.name)) else {
            continue;
        };
        let origin = Origin::Environment(variable.name);
        if !layer.contains_key(path) {
            typed(&mut layer, (path, text), origin, problems);
        }
    }
    layer
}

/// Returns the layer of the command line; the last of several for one setting counts.
pub(super) fn flags(overrides: &[Override], problems: &mut Vec<SettingsProblem>) -> Layer {
    let mut layer = Layer::new();
    for given in overrides {
        let origin = Origin::Flag(given.flag.clone());
        typed(&mut layer, (&given.path, &given.text), origin, problems);
    }
    layer
}

fn typed(
    layer: &mut Layer,
    (path, text): (&str, &str),
    origin: Origin,
    problems: &mut Vec<SettingsProblem>,
) {
    let Some(key) = schema::find(path) else {
        return problems.push(unknown(path, &origin));
    };
    match key.shape.read_typed(text) {
        Some(value) => {
            layer.insert(key.path, Entry { value, origin });
        }
        None => problems.push(SettingsProblem::at(
            &origin,
            format!(
                "`{}` cannot be `{text}`, expected {}",
                key.path,
                key.shape.expectation()
            ),
        )),
    }
}

fn unknown(path: &str, origin: &Origin) -> SettingsProblem {
    let problem = SettingsProblem::at(origin, format!("unknown key `{path}`"));
    if super::is_mapping_path(path) {
        return problem.hint("a mapping is set with `handin map set`");
    }
    if let Some(gone) = schema::gone(path, origin) {
        return gone;
    }
    match schema::suggestion(path) {
        Some(known) => problem.hint(format!("did you mean `{known}`?")),
        None => problem,
    }
}
