//! The layers that settings are found in: flags beat the environment, the environment beats the file, the file beats the defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Choice, Key, Origin, Row, Value};

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub struct SetValue {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// Values by the name of their setting.
pub type Layer = BTreeMap<&'static str, SetValue>;

/// All layers, the strongest first.
#[derive(Debug, Default)]
pub struct Layers {
    pub(crate) flags: Layer,
    pub(crate) environment: Layer,
    pub(crate) profile: Layer,
    pub(crate) file: Layer,
    pub(crate) defaults: Layer,
}

impl Layers {
    pub(crate) fn get(&self, path: &str) -> Option<&SetValue> {
        self.flags
            .get(path)
            .or_else(|| self.environment.get(path))
            .or_else(|| self.profile.get(path))
            .or_else(|| self.file.get(path))
            .or_else(|| self.defaults.get(path))
    }

    pub(crate) fn origin(&self, path: &str) -> Origin {
        self.get(path)
            .map_or(Origin::Default, |entry| entry.origin.clone())
    }

    /// Returns a text; one that is blank counts as not given, so that a flag can take a setting away.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Text(text)) if !text.trim().is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    pub(crate) fn texts(&self, path: &str) -> Option<Vec<String>> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Texts(texts)) => Some(texts.clone()),
            _ => None,
        }
    }

    pub(crate) fn switch(&self, path: &str) -> Option<bool> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Switch(switch)) => Some(*switch),
            _ => None,
        }
    }

    pub(crate) fn count(&self, path: &str) -> Option<u64> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Count(count)) => Some(*count),
            _ => None,
        }
    }

    pub(crate) fn length(&self, path: &str) -> Option<Duration> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Length(length)) => Some(*length),
            _ => None,
        }
    }

    pub(crate) fn rows(&self, path: &str) -> Vec<Row> {
        match self.get(path).map(|entry| &entry.value) {
            Some(Value::Rows(rows)) => rows.clone(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn choice<T: Choice>(&self, path: &str) -> Option<T> {
        T::from_word(&self.text(path)?)
    }

    /// Returns the folder that the relative paths of a setting belong to: those from the file to the file's folder, any others to the
    /// current one.
    pub(crate) fn base<'a>(&self, path: &str, folder: &'a Path) -> &'a Path {
        match self.origin(path) {
            Origin::File(_) | Origin::Default => folder,
            Origin::Environment(_) | Origin::Flag(_) => Path::new(""),
        }
    }

    /// Returns the paths of a setting.
    pub(crate) fn paths(&self, path: &str, folder: &Path) -> Vec<PathBuf> {
        let base = self.base(path, folder);
        let texts = self.texts(path).unwrap_or_default();
        texts.iter().map(|text| base.join(text)).collect()
    }

    /// Returns the path of a setting.
    pub(crate) fn path(&self, path: &str, folder: &Path) -> Option<PathBuf> {
        Some(self.base(path, folder).join(self.text(path)?))
    }
}

/// Returns the layer of the defaults that these rows give.
pub fn defaults<'k>(keys: impl Iterator<Item = &'k Key>) -> Layer {
    keys.filter_map(|key| {
        let value = key.shape.read_typed(key.default?)?;
        let origin = Origin::Default;
        Some((key.path, SetValue { value, origin }))
    })
    .collect()
}
