//! What the settings file may name: the one rule, by where a setting comes from.
//!
//! The file is committed, so anybody whose change is built can write it. A path in it has to lie inside the repository, as it really is
//! and not as it is spelled, and outside of what git keeps there. Whoever runs the command may name any path: by a flag or in the
//! environment.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::files;
use crate::keys::{Layers, Origin, SettingsProblem};

/// A setting that holds paths, and how a path elsewhere is given.
struct PathSetting {
    path: &'static str,
    instead: &'static str,
    /// Whether handin writes there.
    is_written: bool,
}

const PATHS: [PathSetting; 4] = [
    PathSetting {
        path: "reports",
        instead: "name it on the command line, or in `HANDIN_REPORTS`",
        is_written: false,
    },
    PathSetting {
        path: "attachments",
        instead: "name it with `--attachments`, or in `HANDIN_ATTACHMENTS`",
        is_written: false,
    },
    PathSetting {
        path: "journal",
        instead: "name it with `--journal`, or in `HANDIN_JOURNAL`",
        is_written: true,
    },
    PathSetting {
        path: "summary",
        instead: "name it with `--summary`, or in `HANDIN_SUMMARY`",
        is_written: true,
    },
];

/// Returns a problem for every path that the file may not name. The journal's default place counts as the file's: a link may be committed there.
pub(super) fn refusals(layers: &Layers, folder: &Path) -> Vec<SettingsProblem> {
    let ground = Ground::of(folder);
    let mut problems = Vec::new();
    for setting in &PATHS {
        let origin = layers.origin(setting.path);
        if !matches!(origin, Origin::File(_) | Origin::Default) {
            continue;
        }
        let texts = layers.texts(setting.path);
        let texts = texts.unwrap_or_else(|| layers.text(setting.path).into_iter().collect());
        for text in texts {
            if let Some(reason) = ground.refusal(setting, &folder.join(&text)) {
                let message = format!(
                    "`{}` names `{text}`, which {reason}; nothing was read or written",
                    setting.path
                );
                problems.push(SettingsProblem::at(&origin, message).hint(format!(
                    "the settings file is committed, so it names nothing outside of its repository; {}",
                    setting.instead
                )));
            }
        }
    }
    problems
}

/// The repository that a settings file belongs to.
struct Ground {
    /// Its real path; nothing where the folder cannot be looked at.
    root: Option<PathBuf>,
}

impl Ground {
    /// Returns the repository around a folder; without one, the folder itself.
    fn of(folder: &Path) -> Self {
        Self {
            root: repository(folder).ok(),
        }
    }

    /// Describes why a path may not be named, as the end of a sentence that begins with it.
    fn refusal(&self, setting: &PathSetting, path: &Path) -> Option<String> {
        const OUTSIDE: &str = "is outside the repository";
        let fixed = fixed_part(path);
        let leads_up = |rest: &Path| rest.components().any(|part| part == Component::ParentDir);
        if path.strip_prefix(&fixed).is_ok_and(leads_up) {
            return Some("leads upwards behind a wildcard".to_owned());
        }
        // A file may have the name that a pattern is written with.
        let whole = path.symlink_metadata().is_ok().then(|| path.to_owned());
        for path in whole.into_iter().chain([fixed]) {
            let real = match real(&path) {
                Ok(real) => real,
                Err(error) => return Some(format!("cannot be looked at: {error}")),
            };
            if !self
                .root
                .as_ref()
                .is_some_and(|root| real.starts_with(root))
            {
                return Some(OUTSIDE.to_owned());
            }
            if self.is_of_git(&real) {
                return Some("is kept by git".to_owned());
            }
            if setting.is_written && path.is_symlink() {
                return Some("is a link, and nothing is written over a link".to_owned());
            }
        }
        None
    }

    /// Returns whether a real path lies in what git keeps of this repository.
    fn is_of_git(&self, real: &Path) -> bool {
        let below = self
            .root
            .as_ref()
            .and_then(|root| real.strip_prefix(root).ok());
        below.is_some_and(files::is_off_limits) || files::is_kept_by_git(real)
    }
}

/// Returns the real path of the repository around a folder; without one, of the folder itself.
///
/// # Errors
///
/// When the folder cannot be looked at.
pub(super) fn repository(folder: &Path) -> io::Result<PathBuf> {
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let real = here.canonicalize()?;
    let root = real
        .ancestors()
        .find(|above| above.join(".git").symlink_metadata().is_ok());
    Ok(root.unwrap_or(&real).to_owned())
}

/// Returns the part of a path before the first wildcard.
fn fixed_part(path: &Path) -> PathBuf {
    path.components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']))
        .collect()
}

/// Returns the real path of what is there, or of where it would be.
fn real(path: &Path) -> io::Result<PathBuf> {
    let mut at = std::path::absolute(path)?;
    let mut missing = Vec::new();
    loop {
        let error = match at.canonicalize() {
            Ok(real) => {
                return Ok(missing
                    .into_iter()
                    .rev()
                    .fold(real, |path, name| path.join(name)));
            }
            Err(error) => error,
        };
        let is_missing = matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        );
        if !is_missing {
            return Err(error);
        }
        if at.is_symlink() {
            return Err(io::Error::other("it is a link that leads nowhere"));
        }
        // Only a name can be missing; `..` behind one leads nobody knows where.
        let (Some(name), Some(parent)) = (at.file_name(), at.parent()) else {
            return Err(error);
        };
        missing.push(name.to_owned());
        at = parent.to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_a_wildcard_is_fixed() {
        for (path, fixed) in [
            ("a/b/*.xml", "a/b"),
            ("a/**/b.xml", "a"),
            ("a/b.xml", "a/b.xml"),
            ("../*.xml", ".."),
            ("[a]/b", ""),
        ] {
            assert_eq!(fixed_part(Path::new(path)), Path::new(fixed), "{path}");
        }
    }

    #[test]
    fn the_real_path_of_what_is_not_there_yet_is_where_it_would_be() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        assert_eq!(real(&folder.path().join("a/b")).unwrap(), root.join("a/b"));
        assert!(real(&folder.path().join("a/../../b")).is_err());
    }
}
