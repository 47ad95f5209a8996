//! `handin __names`: the words that fit at a place of the command line, one a line, for the scripts of the shells.
//!
//! Called while somebody types, so it reads the settings file and nothing else: no network, no keyring. Whatever is wrong, it says
//! nothing and ends well: an error in the middle of a line that is being typed helps nobody. It is no command that people see, and
//! takes no part in what `clap` knows of the command line.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::cli::ExitStatus;
use crate::model::ServiceName;
use crate::settings::{Environment, KnownNames, settings_file};
use crate::ui::{OutputOptions, Ui};

/// Answers a script, when it is one that calls: `handin __names profiles|projects -- WORDS`, the words before the place.
pub(in crate::cli) fn answer(arguments: &[OsString]) -> Option<ExitStatus> {
    let [_, command, kind, rest @ ..] = arguments else {
        return None;
    };
    if command != "__names" {
        return None;
    }
    let names = match kind.to_str() {
        Some("profiles") => known(rest).profiles,
        Some("projects") => projects(rest),
        _ => Vec::new(),
    };
    if !names.is_empty() {
        // Where the stream is closed there is nobody to tell.
        drop(Ui::of_process(OutputOptions::default()).data(&names.join("\n")));
    }
    Some(ExitStatus::Done)
}

/// Returns the services, and behind one of them its projects.
fn projects(words: &[OsString]) -> Vec<String> {
    let service = |word: &OsString| word.to_str()?.parse::<ServiceName>().ok();
    let Some(service) = words.iter().find_map(service) else {
        return ServiceName::ALL.map(|it| it.word().to_owned()).to_vec();
    };
    let projects = known(words).projects.into_iter();
    projects
        .filter(|(on, _)| *on == service)
        .map(|(_, name)| name)
        .collect()
}

fn known(words: &[OsString]) -> KnownNames {
    let flag = settings_flag(words);
    let found = settings_file(flag.as_deref(), Path::new(""), &Environment::of_process());
    let path = found.ok().flatten();
    path.map_or_else(KnownNames::default, |path| KnownNames::read(&path))
}

/// Returns the settings file that the words name. bash takes `--settings=FILE` apart into three words.
fn settings_flag(words: &[OsString]) -> Option<PathBuf> {
    let place = words.iter().rposition(|word| {
        word.to_str()
            .is_some_and(|word| word == "--settings" || word.starts_with("--settings="))
    })?;
    let joined = words.get(place)?.to_str()?.strip_prefix("--settings=");
    let file = joined.map(OsStr::new).or_else(|| {
        let behind = words.iter().skip(place + 1);
        behind.map(OsString::as_os_str).find(|word| *word != "=")
    });
    file.map(PathBuf::from)
}
