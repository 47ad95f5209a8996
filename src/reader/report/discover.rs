//! Which files are meant: files, folders, globs, archives, standard input.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::offer::{self, Kind, Offer};
use super::source::slashed;
use super::{Beside, Retries, Source, archive, katalon, recognise, reruns};

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// What may be a report, each once: in the order of the arguments, within one argument by name.
    pub sources: Vec<Source>,
    /// What was left out, and why.
    pub notes: Vec<Note>,
}

impl Found {
    /// Says which of several tries of a test counts.
    #[must_use]
    pub fn with_retries(mut self, retries: Option<Retries>) -> Self {
        let sources = self.sources.into_iter();
        self.sources = sources.map(|source| source.with_retries(retries)).collect();
        self
    }
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

/// How deep folders are searched.
const DEPTH: usize = 64;

/// Finds what the arguments mean. Relative paths are relative to `base`; `-` is what `stdin` gives.
///
/// Folders and archives are searched for `*.xml` and `*.trx`, and, where these hold no report, for the other formats; a folder of
/// Allure's results is one report. The same file is taken once, however often it is found.
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
    katalon::aggregate::without_cucumber(&mut found.sources, &mut found.notes);
    katalon::aggregate::without_repeats(&mut found.sources, &mut found.notes);
    reruns::join(&mut found.sources);
    Ok(found)
}

fn is_archive(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// What lies below a folder.
#[derive(Debug, Default)]
struct Files {
    xml: Vec<PathBuf>,
    others: Vec<PathBuf>,
    /// Folders of Allure's results, with the names of their files.
    results: Vec<(PathBuf, Vec<String>)>,
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
        let new = self.unseen(source, path);
        self.found.sources.extend(new);
    }

    /// Returns what has not been found before.
    fn unseen(&mut self, source: Source, path: &Path) -> Option<Source> {
        let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.seen.insert(identity).then_some(source)
    }

    fn folder(&mut self, argument: &str, path: &Path) -> io::Result<()> {
        let before = self.found.sources.len();
        let mut files = Files::default();
        self.walk(path, 0, &mut files)?;
        files.xml.sort_unstable();
        files.others.sort_unstable();
        files.results.sort_unstable();
        let shown = |file: &Path| match file.strip_prefix(path) {
            Ok(inner) => Path::new(argument)
                .join(inner)
                .to_string_lossy()
                .into_owned(),
            Err(_) => file.to_string_lossy().into_owned(),
        };
        let mut offer = Offer::default();
        for file in files.xml {
            offer
                .xml
                .extend(self.unseen(Source::file_at(shown(&file), &file).found(), &file));
        }
        for (folder, names) in files.results {
            let source = Source::folder_of(shown(&folder), Beside::Folder(folder.clone()), names);
            offer.others.extend(self.unseen(source.found(), &folder));
        }
        for file in files.others {
            offer
                .others
                .extend(self.unseen(Source::file_at(shown(&file), &file).found(), &file));
        }
        let chosen = offer.choose(&mut self.found.notes);
        self.found.sources.extend(chosen);
        if self.found.sources.len() == before {
            self.looked_for
                .push(format!("`{argument}` holds no report"));
        }
        Ok(())
    }

    /// Collects the files below a folder. Links to folders are not followed: they may lead anywhere, in circles too.
    fn walk(&mut self, folder: &Path, depth: usize, files: &mut Files) -> io::Result<()> {
        files.xml.extend(katalon::only_log(folder));
        let (mut parts, mut others) = (Vec::new(), Vec::new());
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
                continue;
            }
            let kind = offer::kind(&slashed(path.to_string_lossy().into_owned()));
            match kind {
                Kind::None => {}
                _ if !path.is_file() => {}
                Kind::Xml => files.xml.push(path),
                Kind::Other => others.push(path),
                Kind::Part => parts.push(entry.file_name().to_string_lossy().into_owned()),
            }
        }
        match offer::parts(parts) {
            // What else lies in such a folder is attached to its results.
            Some(names) => files.results.push((folder.to_owned(), names)),
            None => files.others.extend(others),
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
            self.results_in(path);
            return;
        }
        if is_archive(path) {
            if let Err(error) = self.archive(&shown, path) {
                self.note(path, format!("this archive cannot be read: {error}"));
            }
            return;
        }
        let source = Source::file_at(shown.as_str(), path).found();
        match offer::kind(&shown) {
            Kind::Xml => {}
            Kind::Part if path.parent().is_some_and(|folder| self.results_in(folder)) => return,
            Kind::Part | Kind::Other | Kind::None if begins_like_xml(path) => {}
            Kind::Part | Kind::Other | Kind::None => {
                if let Err(error) = recognise::peek(&source) {
                    let what = error.foreign().map_or("no test report", |what| what);
                    self.note(path, format!("skipped: this is {what}"));
                    return;
                }
            }
        }
        self.take(source, path);
    }

    /// Takes a folder of Allure's results, which is one report; tells whether it is one.
    fn results_in(&mut self, folder: &Path) -> bool {
        let identity = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        if self.seen.contains(&identity) {
            return true;
        }
        let names = folder.read_dir().into_iter().flatten().flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let names = names
            .filter(|name| offer::kind(name) == Kind::Part)
            .collect();
        let Some(names) = offer::parts(names) else {
            return false;
        };
        let source =
            Source::folder_of(self.shown(folder), Beside::Folder(folder.to_owned()), names);
        let is_report = recognise::peek(&source).is_ok();
        if is_report {
            self.take(source.found(), folder);
        }
        is_report
    }

    fn archive(&mut self, argument: &str, path: &Path) -> io::Result<()> {
        let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(identity) {
            return Ok(());
        }
        let chosen = archive::offer(argument, path)?.choose(&mut self.found.notes);
        if chosen.is_empty() {
            self.looked_for
                .push(format!("`{argument}` holds no report"));
        }
        self.found.sources.extend(chosen);
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
