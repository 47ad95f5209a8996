//! The way to a service: which address, which token, through which proxy.

use std::io::IsTerminal as _;
use std::sync::Arc;

use url::Url;

use super::{Context, ExitStatus, Failure};
use crate::credentials::{
    Credential, CredentialError, Keyring, Scheme, Source, Store, Wanted, resolve,
};
use crate::files;
use crate::model::ServiceName;
use crate::settings::{Address, Origin, Settings};
use crate::transport::{Authorization, Event, Proxies, ProxyError, Transport, TransportOptions};
use crate::ui::plain;

impl Context {
    /// Finds the token of a service.
    ///
    /// # Errors
    ///
    /// When there is none, or it must not be sent to the address that the settings name.
    pub(super) fn credential(
        &self,
        service: ServiceName,
        settings: &Settings,
        store: &dyn Store,
    ) -> Result<Credential, Failure> {
        let wanted = Wanted {
            vendor: settings.of(service).vendor(),
            url: &home(service, settings)?,
            profile: settings.profile.as_deref(),
            token_file: self.global.token_file.as_deref(),
            is_named: is_named(service, settings),
            patience: self.patience(),
        };
        let credential = resolve(&wanted, &|name| self.lookup(name), store)?;
        if let Source::File(path) = &credential.source
            && files::others_may_read(path)
        {
            self.ui.warning(&format!(
                "the token file `{}` may be read by others; `chmod 600` keeps it to you",
                path.display()
            ));
        }
        Ok(credential)
    }

    /// Refuses one token file for several services: each would be shown the token of another.
    pub(super) fn one_token_for(&self, services: &[ServiceName]) -> Result<(), Failure> {
        if self.global.token_file.is_none() || services.len() < 2 {
            return Ok(());
        }
        let words: Vec<&str> = services.iter().map(|service| service.word()).collect();
        let message = format!(
            "`--token-file` holds one token, and {} services would be given it: {}; nothing was sent",
            services.len(),
            words.join(", ")
        );
        Err(Failure::new(ExitStatus::Usage, message)
            .hint("choose one with `--service`, or give the tokens in the environment"))
    }

    /// Returns the keyring of this system, waited for as long as somebody may be there to unlock it.
    pub(super) fn keyring(&self) -> Keyring {
        Keyring::new(self.is_interactive())
    }

    /// Tells whether a person may be asked for something.
    pub(super) fn is_interactive(&self) -> bool {
        self.ui.is_terminal() && std::io::stdin().is_terminal() && !self.environment.has("CI")
    }

    /// Returns the way to a service with a credential. Nothing is connected before the first request.
    ///
    /// # Errors
    ///
    /// When the address is missing, or a proxy setting is malformed.
    pub(super) fn way(
        &self,
        settings: &Settings,
        service: ServiceName,
        credential: &Credential,
    ) -> Result<Transport, Failure> {
        let url = home(service, settings)?;
        let network = self.network(settings)?;
        let section = settings.of(service);
        let renewal = section.session(&network, &url, credential)?;
        let authorization = match credential.scheme {
            Scheme::Bearer => Authorization::Bearer(credential.token.clone()),
            Scheme::Usual => section.authorization(credential),
        };
        let own = section.headers().iter();
        Ok(Transport::new(TransportOptions {
            authorization: Some(authorization),
            renewal,
            headers: own
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            origin: Some(url),
            ..network
        }))
    }

    /// Returns the way to any address without a credential.
    ///
    /// # Errors
    ///
    /// When a proxy setting is malformed.
    pub(super) fn network(&self, settings: &Settings) -> Result<TransportOptions, Failure> {
        let proxy = Proxies::read(
            settings.proxy.as_deref(),
            settings.no_proxy.as_deref(),
            &|name| self.lookup(name),
        )?;
        self.heed_signals();
        let ui = Arc::clone(&self.ui);
        Ok(TransportOptions {
            proxy,
            ca_file: settings.ca_file.clone(),
            deadline: Some(self.limit.deadline()),
            jobs: settings.jobs,
            interrupt: self.interrupt.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            wire: self.stand_ins.wire.clone(),
            witness: self.witness.get().cloned(),
            observer: Some(Arc::new(move |event: &Event| {
                ui.status(&plain(&event.to_string()));
            })),
            ..TransportOptions::default()
        })
    }

    /// Has Ctrl-C raise the wish to stop, from the first request or question on. Before, it just ends the program.
    pub(super) fn heed_signals(&self) {
        if let Err(error) = self.interrupt.listen() {
            self.ui.warning(&format!(
                "Ctrl-C will end this command without a word: {error}"
            ));
        }
    }
}

/// Tells whether whoever runs the command named the address, rather than the committed file.
fn is_named(service: ServiceName, settings: &Settings) -> bool {
    let address = settings.of(service).address();
    address.is_some_and(|address| match address.origin {
        Origin::Flag(_) | Origin::Environment(_) => true,
        Origin::File(_) | Origin::Default => false,
    })
}

/// Returns where a service is, and who said so.
pub(super) fn address(service: ServiceName, settings: &Settings) -> Result<&Address, Failure> {
    let address = settings.of(service).address();
    address.ok_or_else(|| no_address(service))
}

/// Returns the address of a service under which its credentials are kept: of the organisation or the server, without the page that
/// was pasted along.
pub(super) fn home(service: ServiceName, settings: &Settings) -> Result<Url, Failure> {
    let section = settings.of(service);
    Ok(section.home(&address(service, settings)?.url))
}

fn no_address(service: ServiceName) -> Failure {
    let message = format!("no URL is set for {}; nothing was written", service.title());
    Failure::new(ExitStatus::Usage, message).hint(format!(
        "set `url` in `[{service}]` of handin.toml, or `HANDIN_{}_URL`",
        service.word().to_uppercase()
    ))
}

impl From<ProxyError> for Failure {
    fn from(error: ProxyError) -> Self {
        Self::new(ExitStatus::Usage, error.to_string())
            .hint("nothing was sent: a direct connection may not be what is wanted")
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        let status = match &error {
            CredentialError::File { .. } => ExitStatus::Usage,
            CredentialError::Missing { .. }
            | CredentialError::NoUser { .. }
            | CredentialError::Forbidden { .. }
            | CredentialError::Invalid { .. }
            | CredentialError::Store(_) => ExitStatus::Authentication,
        };
        let failure = Self::new(status, error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
