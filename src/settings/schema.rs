//! The names of settings: which there are, which there were, and which somebody may have meant.

use super::keys::{GONE, keys};
use super::{Origin, SettingsProblem};
use crate::keys::Key;
use crate::mapping::nearest;

/// Returns the setting of this name.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    keys().find(|key| key.path == path)
}

/// Returns whether a setting says how this machine reaches the network. Such a one comes from a flag or from the environment alone.
pub(super) fn is_of_the_machine(path: &str) -> bool {
    matches!(
        path,
        "ca_file" | "proxy" | "no_proxy" | "azure.auth.authority"
    )
}

/// Returns whether there are settings below this name.
pub(super) fn is_section(path: &str) -> bool {
    keys().any(|key| {
        key.path
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// Returns the problem of a setting that no longer exists, with its replacement.
pub(super) fn gone(path: &str, origin: &Origin) -> Option<SettingsProblem> {
    let (path, why) = GONE.iter().find(|(gone, _)| *gone == path)?;
    let message = format!("the setting `{path}` no longer exists");
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
    let mut elsewhere = keys().filter(|key| key.path.rsplit('.').next() == Some(name));
    match (elsewhere.next(), elsewhere.next()) {
        (Some(only), None) => Some(only.path.to_owned()),
        _ => None,
    }
}

/// Returns the names that may stand directly below a section (the root is the empty name).
pub(super) fn names_below(prefix: &str) -> Vec<String> {
    let mut names: Vec<String> = keys()
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
