//! What a pattern such as `target/**/TEST-*.xml` stands for. Follows no link: two folders that link to each other have no end.

use std::collections::HashSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern, PatternError};

use super::discover::DEPTH;
use crate::files::Patience;

/// A pattern, step by step.
#[derive(Debug)]
pub(super) struct Wildcard {
    /// Where the search begins: what stands before the first pattern, over whatever links.
    start: PathBuf,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    /// A name as it is.
    Name(PathBuf),
    /// A pattern for one name.
    Names(Pattern),
    /// `**`: any number of folders.
    Folders,
}

/// What a search brought, in the order of the names.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// The files, and folders that the pattern ends at.
    pub(super) paths: Vec<PathBuf>,
    /// What was not looked at, and why.
    pub(super) notes: Vec<(PathBuf, String)>,
    /// How many links were passed by that would have matched.
    pub(super) links: usize,
}

impl Wildcard {
    /// Reads a pattern that is relative to `base`.
    pub(super) fn parse(base: &Path, text: &str) -> Result<Self, PatternError> {
        // A pattern as a whole has rules of its own, such as for where `**` may stand.
        Pattern::new(text)?;
        let mut wildcard = Self {
            start: base.to_owned(),
            steps: Vec::new(),
        };
        for part in Path::new(text).components() {
            wildcard.push(part)?;
        }
        if matches!(wildcard.steps.last(), Some(Step::Folders)) {
            // All that is below, as people mean it.
            wildcard.steps.push(Step::Names(Pattern::new("*")?));
        }
        Ok(wildcard)
    }

    fn push(&mut self, part: Component<'_>) -> Result<(), PatternError> {
        let name = part.as_os_str().to_string_lossy();
        let step = match part {
            Component::Normal(_) if name == "**" => Step::Folders,
            Component::Normal(_) if is_pattern(&name) => Step::Names(Pattern::new(&name)?),
            other if self.steps.is_empty() => {
                self.start.push(other);
                return Ok(());
            }
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir
            | Component::Normal(_) => Step::Name(PathBuf::from(part.as_os_str())),
        };
        if !(matches!(step, Step::Folders) && matches!(self.steps.last(), Some(Step::Folders))) {
            self.steps.push(step);
        }
        Ok(())
    }

    /// Finds what it stands for.
    ///
    /// # Errors
    ///
    /// When it is time to stop.
    pub(super) fn find(&self, patience: &Patience) -> io::Result<Matches> {
        let mut walk = Walk {
            wildcard: self,
            patience,
            been: HashSet::new(),
            matches: Matches::default(),
        };
        walk.folder(&self.start, 0, 0)?;
        walk.matches.paths.sort_unstable();
        walk.matches.paths.dedup();
        Ok(walk.matches)
    }
}

/// Returns whether a text is a pattern, or part of one.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

struct Walk<'a> {
    wildcard: &'a Wildcard,
    patience: &'a Patience,
    /// Where each step has been: several `**` would come to the same folder by many ways.
    been: HashSet<(PathBuf, usize)>,
    matches: Matches,
}

impl Walk<'_> {
    /// Takes a step from a folder.
    fn folder(&mut self, folder: &Path, step: usize, depth: usize) -> io::Result<()> {
        self.patience.check()?;
        let wildcard = self.wildcard;
        let Some(this) = wildcard.steps.get(step) else {
            return Ok(());
        };
        if !self.been.insert((folder.to_owned(), step)) {
            return Ok(());
        }
        match this {
            Step::Name(name) => self.candidate(&folder.join(name), step, depth),
            Step::Names(pattern) => {
                for path in self.entries(folder) {
                    if has_name_of(pattern, &path) {
                        self.candidate(&path, step, depth)?;
                    }
                }
                Ok(())
            }
            Step::Folders => {
                self.folder(folder, step + 1, depth)?;
                for path in self.entries(folder) {
                    if !is_folder(&path) || path.file_name().is_some_and(|name| name == ".git") {
                        continue;
                    }
                    if depth < DEPTH {
                        self.folder(&path, step, depth + 1)?;
                    } else {
                        self.note(path, "this folder was not searched: too deep".to_owned());
                    }
                }
                Ok(())
            }
        }
    }

    /// Takes what fits a step: the end of the pattern, or a folder to go on from.
    fn candidate(&mut self, path: &Path, step: usize, depth: usize) -> io::Result<()> {
        let Ok(metadata) = path.symlink_metadata() else {
            return Ok(());
        };
        let is_last = step + 1 == self.wildcard.steps.len();
        if metadata.is_symlink() {
            self.matches.links += 1;
            if is_last {
                let why = "skipped: it is a link, which a wildcard does not follow; name it to have it read";
                self.note(path.to_owned(), why.to_owned());
            }
        } else if is_last {
            self.matches.paths.push(path.to_owned());
        } else if metadata.is_dir() {
            return self.folder(path, step + 1, depth + 1);
        }
        Ok(())
    }

    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        let here = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let listed = here.read_dir().and_then(|entries| {
            entries
                .map(|entry| Ok(folder.join(entry?.file_name())))
                .collect()
        });
        match listed {
            Ok(entries) => entries,
            // A pattern may well begin where nothing is.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Vec::new(),
            Err(error) => {
                self.note(
                    folder.to_owned(),
                    format!("this was not looked at: {error}"),
                );
                Vec::new()
            }
        }
    }

    fn note(&mut self, path: PathBuf, message: String) {
        self.matches.notes.push((path, message));
    }
}

fn has_name_of(pattern: &Pattern, path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| pattern.matches_with(&name.to_string_lossy(), MatchOptions::new()))
}

fn is_folder(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|metadata| metadata.is_dir())
}
