//! Which settings file counts.

use std::path::{Path, PathBuf};

use super::SettingsProblem;
use super::env::{self, Environment};

/// The name that is searched for.
pub const FILE_NAME: &str = "handin.toml";

/// Returns the settings file: the one named by the flag, else by the environment, else the nearest upwards.
///
/// The search ends at the repository's root, so that a file further up cannot decide what a checkout does.
///
/// # Errors
///
/// When a file that is named does not exist.
pub fn settings_file(
    flag: Option<&Path>,
    directory: &Path,
    environment: &Environment,
) -> Result<Option<PathBuf>, SettingsProblem> {
    let named = flag
        .map(|path| (path.to_path_buf(), "`--settings`"))
        .or_else(|| {
            environment
                .get(env::SETTINGS)
                .map(|path| (PathBuf::from(path), "`HANDIN_SETTINGS`"))
        });
    match named {
        Some((path, source)) => {
            let file = directory.join(&path);
            if file.is_file() {
                return Ok(Some(file));
            }
            let message = format!(
                "no settings file at `{}`, which {source} names",
                path.display()
            );
            Err(SettingsProblem::new(message))
        }
        None => Ok(nearest(directory)),
    }
}

/// The file is named from `directory` (`../handin.toml`), so that messages show it as people would write it.
fn nearest(directory: &Path) -> Option<PathBuf> {
    let absolute = std::env::current_dir().map_or_else(
        |_| directory.to_path_buf(),
        |current| current.join(directory),
    );
    let mut relative = directory.to_path_buf();
    for folder in absolute.ancestors() {
        if folder.join(FILE_NAME).is_file() {
            return Some(relative.join(FILE_NAME));
        }
        if folder.join(".git").exists() {
            return None;
        }
        relative.push("..");
    }
    None
}
