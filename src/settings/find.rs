//! Which settings file counts.

use std::io;
use std::path::{Path, PathBuf};

use super::env::{self, Environment};
use super::{SettingsProblem, trust};

/// The name that is searched for.
pub const FILE_NAME: &str = "handin.toml";

/// Returns the settings file: the one named by the flag, else by the environment, else the nearest upwards.
///
/// The search ends at the repository's root, so that a file further up cannot decide what a checkout does. A file that is found, and
/// belongs to somebody who has no say here, is refused.
///
/// # Errors
///
/// When a file that is named does not exist, or one that is found is not to be trusted.
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
            if file.exists() && !file.is_dir() {
                return Ok(Some(file));
            }
            let message = format!(
                "no settings file at `{}`, which {source} names",
                path.display()
            );
            Err(SettingsProblem::new(message))
        }
        None => nearest(directory),
    }
}

/// The file is named from `directory` (`../handin.toml`), so that messages show it as people would write it.
fn nearest(directory: &Path) -> Result<Option<PathBuf>, SettingsProblem> {
    let absolute = std::env::current_dir().map_or_else(
        |_| directory.to_path_buf(),
        |current| current.join(directory),
    );
    let mut relative = directory.to_path_buf();
    for folder in absolute.ancestors() {
        let file = folder.join(FILE_NAME);
        if file.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
            let shown = relative.join(FILE_NAME);
            return match distrust(&file, &absolute) {
                None => Ok(Some(shown)),
                Some(reason) => Err(SettingsProblem::new(format!(
                    "the settings file `{}` {reason}; nothing was read or written",
                    shown.display()
                ))
                .hint("if it is the right one, name it with `--settings` or in `HANDIN_SETTINGS`")),
            };
        }
        if folder.join(".git").exists() {
            return Ok(None);
        }
        relative.push("..");
    }
    Ok(None)
}

/// Describes why a file that was found is not trusted, as the end of a sentence that begins with it.
fn distrust(file: &Path, directory: &Path) -> Option<String> {
    looked_at(file, directory).unwrap_or_else(|error| Some(format!("cannot be looked at: {error}")))
}

fn looked_at(file: &Path, directory: &Path) -> io::Result<Option<String>> {
    if let Some(owner) = stranger(file, directory)? {
        return Ok(Some(format!("belongs to another user ({owner})")));
    }
    let real = file.canonicalize()?;
    let folder = file.parent().unwrap_or(Path::new(""));
    if file.is_symlink() && !real.starts_with(trust::repository(folder)?) {
        return Ok(Some(
            "is a link that leads out of its repository".to_owned(),
        ));
    }
    Ok((!real.metadata()?.is_file()).then(|| "is not a regular file".to_owned()))
}

/// Returns the owner of a file, or of what it links to, when it is neither the user, nor root, nor the owner of the working folder: a
/// container often runs as root on somebody's checkout.
#[cfg(unix)]
fn stranger(file: &Path, directory: &Path) -> io::Result<Option<String>> {
    use std::os::unix::fs::MetadataExt as _;
    let here = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let known = [
        0,
        rustix::process::geteuid().as_raw(),
        here.metadata()?.uid(),
    ];
    let owners = [file.symlink_metadata()?.uid(), file.metadata()?.uid()];
    Ok(owners
        .into_iter()
        .find(|owner| !known.contains(owner))
        .map(|owner| format!("uid {owner}")))
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere the file has to be looked at"
)]
fn stranger(_: &Path, _: &Path) -> io::Result<Option<String>> {
    Ok(None)
}
