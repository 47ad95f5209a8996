//! What the environment and the command line give.

use super::env::{Environment, variables};
use super::schema;
use crate::keys::{Layer, Origin, SetValue, SettingsProblem};

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
    /// Returns the override of a repeatable flag; nothing if it was not given.
    pub fn list(path: &str, texts: &[String], flag: &str) -> Option<Self> {
        Some(Self::flag(path, &list(texts)?, flag))
    }

    /// Returns the override of a flag of its own, such as `--points all`.
    pub fn flag(path: &str, text: &str, flag: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            flag: flag.to_owned(),
        }
    }

    /// Returns the override of `--set NAME=VALUE`.
    ///
    /// # Errors
    ///
    /// When there is no `=`.
    pub fn set(argument: &str) -> Result<Self, String> {
        let (path, text) = argument.split_once('=').ok_or_else(|| {
            format!("`--set {argument}`: expected KEY=VALUE, such as `azure.points=all`")
        })?;
        Ok(Self {
            path: path.trim().to_owned(),
            text: text.to_owned(),
            flag: format!("--set {}", path.trim()),
        })
    }
}

/// Returns texts as one, which [`crate::keys::Shape::IdsOrNames`] takes apart again.
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

/// Returns the layer of the environment.
pub(super) fn environment(environment: &Environment, problems: &mut Vec<SettingsProblem>) -> Layer {
    let mut layer = Layer::new();
    for variable in variables() {
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
            layer.insert(key.path, SetValue { value, origin });
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
