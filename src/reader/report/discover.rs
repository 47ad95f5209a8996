//! Which files are meant: files, folders, globs, archives, standard input.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::offer::{self, Kind, Offer};
use super::source::slashed;
use super::wildcard::{Wildcard, is_pattern};
use super::{Beside, Retries, Source, archive, katalon, recognise, reruns};
use crate::files::{self, Named, Patience};

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// What may be a report, each once: in the order of the arguments, within one argument by name.
    pub sources: Vec<Source>,
    /// What was left out, and why.
    pub notes: Vec<Note>,
}

impl Found {
    /// Sets which of several attempts of a test counts.
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
    /// It was time to stop before everything was found.
    Stopped(files::Stop),
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
            Self::Stopped(files::Stop::Deadline) => {
                write!(
                    formatter,
                    "{} while reports were looked for",
                    files::Stop::Deadline
                )
            }
            Self::Stopped(stop) => stop.fmt(formatter),
            Self::BadPattern { argument, message } => {
                write!(formatter, "`{argument}` is not a valid pattern: {message}")
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
            Self::Stopped(stop) => Some(stop),
            Self::BadPattern { .. } | Self::Nothing { .. } => None,
        }
    }
}

/// How deep folders are searched.
pub(super) const DEPTH: usize = 64;

/// Finds what the arguments mean. Relative paths are relative to `base`; `-` is standard input.
///
/// Folders and archives are searched for `*.xml` and `*.trx`, and, where these hold no report, for the other formats; a folder of
/// Allure's results is one report. The same file is taken once, however often it is found. A wildcard and a folder
/// follow no link out of where they lead; a link or a pipe that is named is read, as long as there is patience.
pub fn discover(
    arguments: &[String],
    base: &Path,
    patience: &Patience,
) -> Result<Found, DiscoverError> {
    let mut search = Search {
        base,
        patience,
        found: Found::default(),
        seen: HashSet::new(),
        looked_for: Vec::new(),
        missing: 0,
    };
    for argument in arguments {
        search.argument(argument)?;
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
    patience: &'a Patience,
    found: Found,
    seen: HashSet<PathBuf>,
    looked_for: Vec<String>,
    /// How many sources are files that do not exist. Reading them tells so, beside the others.
    missing: usize,
}

impl Search<'_> {
    fn argument(&mut self, argument: &str) -> Result<(), DiscoverError> {
        let unreachable = |error| match files::Stop::of(&error) {
            Some(stop) => DiscoverError::Stopped(stop),
            None => DiscoverError::Unreachable {
                argument: argument.to_owned(),
                error,
            },
        };
        if argument == "-" {
            let spooled = files::standard_input(self.patience).and_then(spool);
            let file = spooled.map_err(unreachable)?;
            let source = Source::spooled(argument.to_owned(), file);
            self.found.sources.push(source.patient(self.patience));
            return Ok(());
        }
        let path = self.base.join(argument);
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => self.folder(argument, &path).map_err(unreachable),
            Ok(metadata) if !metadata.is_file() => self.pipe(argument, &path).map_err(unreachable),
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

    /// Reads a pipe that was named, such as `<(…)`: once, since it cannot be read again.
    fn pipe(&mut self, argument: &str, path: &Path) -> io::Result<()> {
        let file = match Named::open(path, self.patience)? {
            Named::File(file) => file,
            Named::Pipe(pipe) => spool(pipe)?,
        };
        if is_archive(path) {
            let offer = archive::offer_of(argument, file, self.patience)?;
            let chosen = offer.choose(&mut self.found.notes);
            self.found.sources.extend(chosen);
        } else {
            let source = Source::spooled(argument.to_owned(), file);
            self.found.sources.push(source.patient(self.patience));
        }
        Ok(())
    }

    fn take(&mut self, source: Source, path: &Path) {
        let new = self.unseen(source, path);
        self.found.sources.extend(new);
    }

    /// Returns the source if it has not been found before.
    fn unseen(&mut self, source: Source, path: &Path) -> Option<Source> {
        let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let is_new = self.seen.insert(identity);
        is_new.then(|| source.patient(self.patience))
    }

    fn folder(&mut self, argument: &str, path: &Path) -> io::Result<()> {
        let before = self.found.sources.len();
        let mut files = Files::default();
        let real = path.canonicalize()?;
        self.walk((path, &real), 0, &mut files)?;
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

    /// Collects the files below a folder, whose real path is at hand. Links to folders are not followed: they may lead anywhere, in
    /// circles too; nor are links to files elsewhere.
    fn walk(
        &mut self,
        (folder, real): (&Path, &Path),
        depth: usize,
        files: &mut Files,
    ) -> io::Result<()> {
        self.patience.check()?;
        files.xml.extend(katalon::only_log(folder));
        let (mut parts, mut others) = (Vec::new(), Vec::new());
        for entry in folder.read_dir()? {
            let entry = entry?;
            let path = entry.path();
            let is_link = entry.file_type()?.is_symlink();
            if entry.file_type()?.is_dir() {
                if entry.file_name() != ".git" {
                    self.below((&path, real), depth, files)?;
                }
                continue;
            }
            let kind = offer::kind(&slashed(path.to_string_lossy().into_owned()));
            match kind {
                Kind::None => {}
                _ if !path.is_file() => {}
                _ if is_link && !stays_in(real, &path) => self.note(&path, LEADS_OUT.to_owned()),
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

    /// Collects the files of a folder in a folder.
    fn below(
        &mut self,
        (path, real): (&Path, &Path),
        depth: usize,
        files: &mut Files,
    ) -> io::Result<()> {
        let walked = if depth < DEPTH {
            self.walk((path, real), depth + 1, files)
        } else {
            Err(io::Error::other("too deep"))
        };
        match walked {
            Err(error) if files::Stop::of(&error).is_some() => return Err(error),
            Err(error) => self.note(path, format!("this folder was not searched: {error}")),
            Ok(()) => {}
        }
        Ok(())
    }

    fn pattern(&mut self, argument: &str) -> Result<(), DiscoverError> {
        let before = self.found.sources.len();
        let bad = |error: glob::PatternError| DiscoverError::BadPattern {
            argument: argument.to_owned(),
            message: error.msg.to_owned(),
        };
        let wildcard = Wildcard::parse(self.base, argument).map_err(bad)?;
        let found = wildcard.find(self.patience).map_err(|error| {
            let stop = files::Stop::of(&error).unwrap_or(files::Stop::Interrupted);
            DiscoverError::Stopped(stop)
        })?;
        for (path, message) in found.notes {
            self.note(&path, message);
        }
        for path in found.paths {
            self.matched(&path).map_err(DiscoverError::Stopped)?;
        }
        if self.found.sources.len() == before {
            self.looked_for.push(match found.links {
                0 => format!("nothing matches `{argument}`"),
                _ => format!("nothing but links matches `{argument}`, and a wildcard follows none"),
            });
        }
        Ok(())
    }

    fn matched(&mut self, path: &Path) -> Result<(), files::Stop> {
        let shown = self.shown(path);
        if path.is_dir() {
            self.results_in(path);
            return Ok(());
        }
        if !path.is_file() {
            self.note(path, String::from("skipped: it is not a regular file"));
            return Ok(());
        }
        if is_archive(path) {
            if let Err(error) = self.archive(&shown, path) {
                if let Some(stop) = files::Stop::of(&error) {
                    return Err(stop);
                }
                self.note(path, format!("this archive cannot be read: {error}"));
            }
            return Ok(());
        }
        let source = Source::file_at(shown.as_str(), path).found();
        match offer::kind(&shown) {
            Kind::Xml => {}
            Kind::Part if path.parent().is_some_and(|folder| self.results_in(folder)) => {
                return Ok(());
            }
            Kind::Part | Kind::Other | Kind::None if begins_like_xml(path) => {}
            Kind::Part | Kind::Other | Kind::None => {
                if let Err(error) = recognise::peek(&source) {
                    let what = error.foreign().map_or("no test report", |what| what);
                    self.note(path, format!("skipped: this is {what}"));
                    return Ok(());
                }
            }
        }
        self.take(source, path);
        Ok(())
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
        let chosen = archive::offer(argument, path, self.patience)?.choose(&mut self.found.notes);
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

/// Returns whether a file begins with an element, in whatever encoding. One that cannot be read is for the reader to tell.
fn begins_like_xml(path: &Path) -> bool {
    let mut head = Vec::new();
    let Ok(file) = files::open(path) else {
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

/// What is told of a link that a folder or a wildcard does not follow.
const LEADS_OUT: &str =
    "skipped: it is a link that leads out of the folder; name it to have it read";

/// Returns whether what a link leads to lies in the folder with this real path, and may be read.
fn stays_in(real: &Path, link: &Path) -> bool {
    link.canonicalize()
        .is_ok_and(|target| target.starts_with(real) && !files::is_off_limits(&target))
}

/// Puts what can be read only once into a nameless file: it is read more than once.
fn spool(mut from: impl Read) -> io::Result<std::fs::File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut from, &mut file)?;
    Ok(file)
}
