//! What a command has at hand.

use std::path::Path;
use std::sync::Arc;

use super::{ExitStatus, Failure, GlobalArgs};
use crate::ci::Ci;
use crate::credentials::{Credential, CredentialError, Keyring, Vendor, Wanted, resolve};
use crate::model::ServiceName;
use crate::settings::{Environment, Override, Selection, Settings, SettingsError};
use crate::transport::{
    Authorization, Deadline, Event, Interrupt, Proxies, Transport, TransportOptions,
};
use crate::ui::{Ui, plain};

/// What a command has at hand.
#[derive(Debug)]
pub struct Context {
    /// The streams.
    pub ui: Arc<Ui>,
    /// The options that every command has.
    pub global: GlobalArgs,
    /// The environment, as it was at the start.
    pub environment: Environment,
    /// The wish to stop.
    pub interrupt: Interrupt,
}

impl Context {
    /// Reads and resolves the settings; `flags` are those of the command itself.
    ///
    /// # Errors
    ///
    /// Every problem of the settings that can be found at once.
    pub fn settings(&self, mut flags: Vec<Override>) -> Result<Settings, Failure> {
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
        };
        let settings = Settings::load(&selection, Path::new(""), &self.environment)?;
        for warning in &settings.warnings {
            self.ui.warning(&warning.to_string());
        }
        Ok(settings)
    }

    /// Returns what the CI says of the build.
    pub fn ci(&self) -> Ci {
        Ci::detect(&|name| self.lookup(name))
    }

    /// Returns the value of a variable.
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.environment.get(name).map(str::to_owned)
    }

    /// Finds the credential of a service.
    ///
    /// # Errors
    ///
    /// When there is none, or it must not be sent to the address that the settings name.
    pub fn credential(
        &self,
        service: ServiceName,
        settings: &Settings,
    ) -> Result<Credential, Failure> {
        let address = settings
            .address(service)
            .ok_or_else(|| no_address(service))?;
        let Some(vendor) = Vendor::named(service.word()) else {
            return Err(Failure::new(
                ExitStatus::Failed,
                format!("`{service}` has no credentials"),
            ));
        };
        let wanted = Wanted {
            vendor,
            url: &address.url,
            profile: settings.profile.as_deref(),
            token_file: self.global.token_file.as_deref(),
        };
        let keyring = Keyring::new(self.is_interactive());
        Ok(resolve(&wanted, &|name| self.lookup(name), &keyring)?)
    }

    /// Tells whether a person may be asked for something.
    pub fn is_interactive(&self) -> bool {
        self.ui.is_terminal() && !self.environment.has("CI")
    }

    /// Returns the way to a service. Nothing is connected before the first request.
    ///
    /// # Errors
    ///
    /// When a proxy setting is malformed.
    pub fn transport(
        &self,
        settings: &Settings,
        options: TransportOptions,
    ) -> Result<Transport, Failure> {
        let proxy = Proxies::read(
            settings.proxy.as_deref(),
            settings.no_proxy.as_deref(),
            &|name| self.lookup(name),
        )
        .map_err(|error| Failure::new(ExitStatus::Usage, error.to_string()))?;
        let ui = Arc::clone(&self.ui);
        Ok(Transport::new(TransportOptions {
            proxy,
            ca_file: settings.ca_file.clone(),
            deadline: Some(Deadline::after(settings.timeout)),
            jobs: settings.jobs,
            interrupt: self.interrupt.clone(),
            observer: Some(Arc::new(move |event: &Event| {
                ui.status(&plain(&event.to_string()));
            })),
            ..options
        }))
    }

    /// Returns options with a service's credential and headers.
    pub fn options(
        authorization: Authorization,
        headers: &[(&'static str, &str)],
    ) -> TransportOptions {
        TransportOptions {
            authorization: Some(authorization),
            headers: headers
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            ..TransportOptions::default()
        }
    }
}

fn no_address(service: ServiceName) -> Failure {
    let message = format!(
        "it is not known where {} is; nothing was written",
        service.title()
    );
    Failure::new(ExitStatus::Usage, message).hint(format!(
        "set `url` in `[{service}]` of handin.toml, or `HANDIN_{}_URL`",
        service.word().to_uppercase()
    ))
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
            failure.cause(problem.to_string())
        })
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        let failure = Self::new(ExitStatus::Authentication, error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
