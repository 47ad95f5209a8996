//! What a command has at hand.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::limit::Limit;
use super::surroundings::StandIns;
use super::{ExitStatus, Failure, GlobalArgs};
use crate::ci::Ci;
use crate::settings::{Environment, Override, Selection, Settings, SettingsError};
use crate::transport::{Clock, Interrupt, Random, Witness};
use crate::ui::Ui;

/// What a command has at hand.
pub struct Context {
    /// The streams.
    pub ui: Arc<Ui>,
    /// The options that every command has.
    pub global: GlobalArgs,
    /// The environment, as it was at the start.
    pub environment: Environment,
    /// Cancellation by signal.
    pub interrupt: Interrupt,
    /// What tells the time.
    pub clock: Clock,
    /// Where random numbers come from.
    pub random: Random,
    /// What a simulation puts in the machine's place.
    pub stand_ins: StandIns,
    /// How long it may take.
    pub limit: Limit,
    /// What looks on at every exchange with a service, where a command wants that.
    pub witness: OnceLock<Arc<dyn Witness>>,
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Context")
            .field("global", &self.global)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// Reads and resolves the settings; `flags` are those of the command itself.
    ///
    /// # Errors
    ///
    /// Every problem of the settings that can be found at once.
    pub fn settings(&self, flags: Vec<Override>) -> Result<Settings, Failure> {
        let settings = self.loaded(flags)?;
        for warning in &settings.warnings {
            self.ui.warning(&warning.to_string());
        }
        Ok(settings)
    }

    /// As [`Self::settings`]; what they warn of is not said.
    ///
    /// # Errors
    ///
    /// As [`Self::settings`].
    pub(super) fn loaded(&self, mut flags: Vec<Override>) -> Result<Settings, Failure> {
        for argument in &self.global.set {
            flags.push(
                Override::set(argument)
                    .map_err(|message| Failure::new(ExitStatus::Usage, message))?,
            );
        }
        flags.extend(self.global.overrides());
        let selection = Selection {
            file: self.global.settings.as_deref(),
            profile: self.global.profile.as_deref(),
            overrides: flags,
            patience: self.patience(),
            addresses: self.stored_addresses(),
        };
        let settings = Settings::load(&selection, Path::new(""), &self.environment);
        self.go_on()?;
        let mut settings = settings?;
        settings.secrets = self.secret_files();
        self.limit.set(settings.timeout);
        Ok(settings)
    }

    /// Returns the files that secrets are read from.
    fn secret_files(&self) -> Vec<PathBuf> {
        const NAMED: [&str; 3] = [
            "HANDIN_OIDC_TOKEN_FILE",
            "AZURE_FEDERATED_TOKEN_FILE",
            "AZURE_CLIENT_CERTIFICATE_PATH",
        ];
        let named = NAMED.iter().filter_map(|name| self.lookup(name));
        let given = self.global.token_file.iter().cloned();
        given.chain(named.map(PathBuf::from)).collect()
    }

    /// Returns the CI and its data about the build.
    pub fn ci(&self) -> Ci {
        Ci::detect(&|name| self.lookup(name))
    }

    /// Returns the value of a variable.
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.environment.get(name).map(str::to_owned)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let mut problems = error.problems.iter();
        let first = problems.next();
        let message = first.map_or_else(
            || "the settings cannot be used".to_owned(),
            ToString::to_string,
        );
        let mut failure = Self::new(ExitStatus::Usage, message);
        failure.hint = first.and_then(|problem| problem.hint.clone());
        problems.fold(failure, |failure, problem| {
            let hint = problem.hint.as_deref().map(|hint| format!("; {hint}"));
            failure.cause(format!("{problem}{}", hint.unwrap_or_default()))
        })
    }
}
