//! `handin.toml`, the environment and the flags, made into [`Settings`]: valid, with the place of what it came from.
//!
//! Flags beat the environment, the environment beats the file (a profile beats the rest of it), the file beats the defaults.
//! Knows what a mapping looks like; what can be set for a service stands in the folder of the service. The only reader of the environment is [`mod@env`].

mod bound;
mod choice;
mod edit;
pub mod env;
mod file;
mod find;
mod json_schema;
mod keys;
mod layers;
mod names;
mod page;
mod resolve;
mod schema;
mod secrets;
mod sections;
#[cfg(test)]
mod tests;
mod trust;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use crate::keys::{
    Address, Choice, Extent, FilePosition, Origin, SettingsError, SettingsProblem,
    parse_length as length,
};
pub use crate::mapping::nearest;
pub use choice::{CiOutput, Reaction, Tries};
pub use edit::{EditError, SettingsEditor};
pub use env::Environment;
pub use file::SettingsFile;
pub use find::{FILE_NAME, settings_file};
pub use json_schema::json_schema;
pub use layers::{Override, list};
pub use names::KnownNames;
pub use page::{DocumentedSetting, documented_settings, page};
use regex::Regex;
pub use sections::Policy;

use crate::files::{self, Patience};
use crate::mapping::CaseRules;
use crate::model::ServiceName;
use crate::services::{Section, Sections};

/// Everything that can be set, resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The settings file, where there is one.
    pub file: Option<PathBuf>,
    /// Its folder, to which its relative paths belong; else the current one.
    pub folder: PathBuf,
    /// The profile that was chosen.
    pub profile: Option<String>,
    /// The services that the file, the profile or a flag speaks of: those of a command without `--service`.
    pub services: Vec<ServiceName>,
    /// What names the only one of them, where the settings speak of none: a variable, or its login.
    pub named_by: Option<&'static str>,
    /// The services that are spoken of and switched off: `enabled = false`.
    pub switched_off: Vec<ServiceName>,
    /// What to read when the command line names nothing; relative to [`Self::reports_base`].
    pub reports: Vec<String>,
    /// The folder that relative [`Self::reports`] belong to: that of the settings file, or the current one where a flag or the
    /// environment names them.
    pub reports_base: PathBuf,
    /// Which tests' attachments are uploaded. Default: failed.
    pub attach: Extent,
    /// Further folders from which attachments may be read.
    pub attachments: Vec<PathBuf>,
    /// For which tests the console output goes along. Default: none.
    pub output: Extent,
    /// Which of several attempts of one test counts. Default: the last, where a report marks them as tries.
    pub retries: Option<Tries>,
    /// What is taken out of every text that leaves.
    pub redact: Vec<Regex>,
    /// How many requests may be under way at once. Default: 4.
    pub jobs: usize,
    /// The time that the whole command may take. Default: 30 minutes.
    pub timeout: Duration,
    /// The journal. Default: `.handin/journal.jsonl` beside the settings file.
    pub journal: PathBuf,
    /// The pages about the submission that are to be written: Markdown or HTML, by their ending.
    pub summary: Vec<PathBuf>,
    /// Which CI is spoken to. Default: the one that the environment shows.
    pub ci_output: CiOutput,
    /// Certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy for every request.
    pub proxy: Option<String>,
    /// The hosts that are asked without a proxy.
    pub no_proxy: Option<String>,
    /// Whether failing tests make the exit code 10. Default: no.
    pub fail_on_test_failure: bool,
    /// What trouble does to the pipeline.
    pub policy: Policy,
    /// How a test says which case it is.
    pub cases: CaseRules,
    /// The services.
    pub sections: Sections,
    /// The files that hold secrets of the command, as the command line and the environment name them: never handed out.
    pub secrets: Vec<PathBuf>,
    /// Which settings somebody gave, and where: of each what counts.
    pub given: Vec<(&'static str, Origin)>,
    /// Those of them that say something, and something else than the default.
    pub changed: Vec<&'static str>,
    /// What is worth a warning, such as plain http.
    pub warnings: Vec<SettingsProblem>,
}

/// The time that a command may take where nothing is said of it.
pub const TIMEOUT: Duration = Duration::from_mins(30);

/// What the command line says about the settings.
#[derive(Debug, Clone, Default)]
pub struct Selection<'a> {
    /// The file, from `--settings`.
    pub file: Option<&'a Path>,
    /// The profile, from `--profile`.
    pub profile: Option<&'a str>,
    /// Single settings, from `--set` and from flags of their own.
    pub overrides: Vec<Override>,
    /// How long a file that is a pipe is waited for.
    pub patience: Patience,
    /// The addresses that count where nothing names one: those of the only login of their service.
    pub addresses: Vec<(ServiceName, String)>,
}

impl Settings {
    /// Finds, reads and resolves the settings for a command that runs in `directory`.
    ///
    /// # Errors
    ///
    /// Every problem that can be found at once, with its place. No file at all is no error.
    pub fn load(
        selection: &Selection<'_>,
        directory: &Path,
        environment: &Environment,
    ) -> Result<Self, SettingsError> {
        let path = settings_file(selection.file, directory, environment)?;
        let file = match &path {
            Some(path) => read(path, directory, &selection.patience)?,
            None => SettingsFile::default(),
        };
        resolve::resolve(
            &resolve::Sources {
                file,
                path,
                directory,
                selection,
            },
            environment,
        )
    }

    /// Returns a service as it is described here.
    pub fn of(&self, service: ServiceName) -> &dyn Section {
        self.sections.of(service)
    }
}

/// Returns whether a path of settings is that of a mapping: `cases.azure.…`.
fn is_mapping_path(path: &str) -> bool {
    ServiceName::ALL.iter().any(|service| {
        path.strip_prefix("cases.")
            .and_then(|rest| rest.strip_prefix(service.word()))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The largest settings file that is read: room for some hundred thousand mappings.
const LARGEST: u64 = 8 * 1024 * 1024;

fn read(path: &Path, directory: &Path, patience: &Patience) -> Result<SettingsFile, SettingsError> {
    let shown = path.strip_prefix(directory).unwrap_or(path);
    let shown = shown.display().to_string();
    let text = files::read_named(path, LARGEST, patience)
        .and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_other| std::io::Error::other("it is not UTF-8"))
        })
        .and_then(bounded)
        .map_err(|error| {
            SettingsProblem::new(format!("cannot read the settings file `{shown}`: {error}"))
        })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    SettingsFile::parse(&shown, text).map_err(|problems| SettingsError { problems })
}

/// Returns a text, unless it holds more than is parsed.
fn bounded(text: String) -> std::io::Result<String> {
    match bound::refusal(&text) {
        None => Ok(text),
        Some(reason) => Err(std::io::Error::other(reason)),
    }
}

/// Values that are kept for each service.
type PerService<T> = BTreeMap<ServiceName, T>;
