//! Which files are meant: files, folders, globs, archives, standard input.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::source::slashed;
use super::{Source, archive, katalon};

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// What may be a report, each once: in the order of the arguments, within one argument by name.
    pub sources: Vec<Source>,
    /// What was left out, and why.
    pub notes: Vec<Note>,
}

/// Something that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about, as it is shown.
    pub path: String,
    /// Why it was left out, in one sentence.
    pub message: String,
}

/// Why no list of reports could be made.
#[derive(Debug)]
pub enum DiscoverError {
    /// A named file does not exist or cannot be looked at.
    Unreachable {
        /// The argument.
        argument: String,
        /// Why.
        error: io::Error,
    },
    /// A glob that is none.
    BadPattern {
        /// The argument.
        argument: String,
        /// What is wrong with it.
        message: String,
    },
    /// Nothing was found at all.
    Nothing {
        /// What was looked for, argument by argument.
        looked_for: Vec<String>,
    },
}

impl fmt::Display for DiscoverError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { argument, error } => {
                write!(formatter, "`{argument}` cannot be read: {error}")
            }
            Self::BadPattern { argument, message } => {
                write!(formatter, "`{argument}` is no valid pattern: {message}")
            }
            Self::Nothing { looked_for } => {
                write!(formatter, "no report was found: {}", looked_for.join("; "))
            }
        }
    }
}

impl std::error::Error for DiscoverError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreachable { error, .. } => Some(error),
            Self::BadPattern { .. } | Self::Nothing { .. } => None,
        }
    }
}

/// What ends the name of a file that a folder offers as a report.
const ENDINGS: [&str; 2] = ["xml", "trx"];
/// How deep folders are searched.
const DEPTH: usize = 64;

/// Finds what the arguments mean. Relative paths are relative to `base`; `-` is what `stdin` gives.
///
/// Folders are searched for `*.xml` and `*.trx`, archives too. The same file is taken once, however often it is found.
pub fn discover(
    arguments: &[String],
    base: &Path,
    stdin: &mut dyn FnMut() -> io::Result<Box<dyn Read>>,
) -> Result<Found, DiscoverError> {
    let mut search = Search {
        base,
        found: Found::default(),
        seen: HashSet::new(),
        looked_for: Vec::new(),
        missing: 0,
    };
    for argument in arguments {
        search.argument(argument, stdin)?;
    }
    if search.found.sources.len() == search.missing {
        return Err(DiscoverError::Nothing {
            looked_for: search.looked_for,
        });
    }
    let mut found = search.found;
    katalon::aggregate::without_repeats(&mut found.sources, &mut found.notes);
    Ok(found)
}

/// Tells by its name whether a file in a folder may be a report.
pub(super) fn may_be_report(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| {
            ENDINGS
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        })
}

fn is_archive(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

struct Search<'a> {
    base: &'a Path,
    found: Found,
    seen: HashSet<PathBuf>,
    looked_for: Vec<String>,
    /// How many sources are files that do not exist. Reading them tells so, beside the others.
    missing: usize,
}

impl Search<'_> {
    fn argument(
        &mut self,
        argument: &str,
        stdin: &mut dyn FnMut() -> io::Result<Box<dyn Read>>,
    ) -> Result<(), DiscoverError> {
        let unreachable = |error| DiscoverError::Unreachable {
            argument: argument.to_owned(),
            error,
        };
        if argument == "-" {
            self.found.sources.push(spool(stdin).map_err(unreachable)?);
            return Ok(());
        }
        let path = self.base.join(argument);
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => self.folder(argument, &path).map_err(unreachable),
            Ok(_) if is_archive(&path) => self.archive(argument, &path).map_err(unreachable),
            Ok(_) => {
                self.take(Source::file_at(argument, &path), &path);
                Ok(())
            }
            Err(_) if is_pattern(argument) => self.pattern(argument),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.looked_for.push(format!("`{argument}` does not exist"));
                self.missing += 1;
                self.found.sources.push(Source::file_at(argument, &path));
                Ok(())
            }
            Err(error) => Err(unreachable(error)),
        }
    }

    fn take(&mut self, source: Source, path: &Path) {
        let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if self.seen.insert(identity) {
            self.found.sources.push(source);
        }
    }

    fn folder(&mut self, argument: &str, path: &Path) -> io::Result<()> {
        let before = self.found.sources.len();
        let mut files = Vec::new();
        self.walk(path, 0, &mut files)?;
        files.sort_unstable();
        for file in files {
            let shown = match file.strip_prefix(path) {
                Ok(inner) => Path::new(argument).join(inner),
                Err(_) => file.clone(),
            };
            self.take(
                Source::file_at(shown.to_string_lossy(), &file).found(),
                &file,
            );
        }
        if self.found.sources.len() == before {
            self.looked_for
                .push(format!("`{argument}` has no `*.xml` and no `*.trx`"));
        }
        Ok(())
    }

    /// Collects the files below a folder. Links to folders are not followed: they may lead anywhere, in circles too.
    fn walk(&mut self, folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
        files.extend(katalon::only_log(folder));
        for entry in folder.read_dir()? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                let walked = if depth < DEPTH {
                    self.walk(&path, depth + 1, files)
                } else {
                    Err(io::Error::other("too deep"))
                };
                if let Err(error) = walked {
                    self.note(&path, format!("this folder was not searched: {error}"));
                }
            } else if may_be_report(&path) && path.is_file() {
                files.push(path);
            }
        }
        Ok(())
    }

    fn pattern(&mut self, argument: &str) -> Result<(), DiscoverError> {
        let before = self.found.sources.len();
        let base = glob::Pattern::escape(&self.base.to_string_lossy());
        let absolute = Path::new(&base).join(argument);
        let paths =
            glob::glob(&absolute.to_string_lossy()).map_err(|error| DiscoverError::BadPattern {
                argument: argument.to_owned(),
                message: error.msg.to_owned(),
            })?;
        for path in paths {
            match path {
                Ok(path) => self.matched(&path),
                Err(error) => self.note(
                    error.path(),
                    format!("this was not looked at: {}", error.error()),
                ),
            }
        }
        if self.found.sources.len() == before {
            self.looked_for
                .push(format!("nothing matches `{argument}`"));
        }
        Ok(())
    }

    fn matched(&mut self, path: &Path) {
        let shown = self.shown(path);
        if path.is_dir() {
            return;
        }
        if is_archive(path) {
            if let Err(error) = self.archive(&shown, path) {
                self.note(path, format!("this archive cannot be read: {error}"));
            }
            return;
        }
        if !may_be_report(path) && !begins_like_xml(path) {
            self.note(path, String::from("skipped: this is no XML"));
            return;
        }
        self.take(Source::file_at(shown, path).found(), path);
    }

    fn archive(&mut self, argument: &str, path: &Path) -> io::Result<()> {
        let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(identity) {
            return Ok(());
        }
        let entries = archive::entries(argument, path)?;
        if entries.is_empty() {
            self.looked_for
                .push(format!("`{argument}` has no `*.xml` and no `*.trx`"));
        }
        self.found.sources.extend(entries);
        Ok(())
    }

    fn note(&mut self, path: &Path, message: String) {
        self.found.notes.push(Note {
            path: self.shown(path),
            message,
        });
    }

    fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.base).unwrap_or(path);
        slashed(path.to_string_lossy().into_owned())
    }
}

/// Tells whether a file begins with an element, in whatever encoding. One that cannot be read is for the reader to tell.
fn begins_like_xml(path: &Path) -> bool {
    let mut head = Vec::new();
    let Ok(file) = File::open(path) else {
        return true;
    };
    match file.take(1024).read_to_end(&mut head) {
        Ok(_) => {
            let first = head.iter().find(|byte| byte.is_ascii_graphic());
            first == Some(&b'<')
        }
        Err(_) => true,
    }
}

fn is_pattern(argument: &str) -> bool {
    argument.contains(['*', '?', '['])
}

/// Puts standard input into a nameless file: it is read more than once.
fn spool(stdin: &mut dyn FnMut() -> io::Result<Box<dyn Read>>) -> io::Result<Source> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut stdin()?, &mut file)?;
    Ok(Source::spooled(String::from("-"), file))
}
