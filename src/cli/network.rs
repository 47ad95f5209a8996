//! The way to a service: which address, which token, through which proxy.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use url::Url;

use super::{Context, ExitStatus, Failure, signin, values};
use crate::credentials::{Credential, CredentialError, Keyring, Scheme};
use crate::model::ServiceName;
use crate::services::Section;
use crate::settings::{Address, Origin, Settings};
use crate::transport::{Authorization, Event, Proxies, ProxyError, Transport, TransportOptions};
use crate::ui::sanitized;

impl Context {
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
        let (ui, stop) = (Arc::clone(&self.ui), self.patience());
        Keyring::new(self.is_interactive(), stop, move || {
            ui.question("waiting for the keyring: unlock it where it asks for that, or press Ctrl-C and give the credential in the environment");
        })
    }

    /// Returns whether a person may be asked for something.
    pub(super) fn is_interactive(&self) -> bool {
        self.ui.is_terminal() && std::io::stdin().is_terminal() && !self.environment.has("CI")
    }

    /// Returns the way to a service with a credential. Nothing is connected before the first request.
    ///
    /// # Errors
    ///
    /// When the address is missing, or a proxy setting is malformed.
    pub(super) fn transport_with(
        &self,
        settings: &Settings,
        service: ServiceName,
        credential: &Credential,
    ) -> Result<Transport, Failure> {
        let url = home(service, settings)?;
        let network = self.network(settings)?;
        let section = settings.of(service);
        let renewal = match credential.scheme {
            Scheme::Device => Some(self.device(&network, credential)?),
            Scheme::Usual | Scheme::Bearer => section.session(&network, &url, credential)?,
        };
        let authorization = match credential.scheme {
            // What gets the token of a device login is never sent itself.
            Scheme::Bearer | Scheme::Device => Authorization::Bearer(credential.token.clone()),
            Scheme::Usual => section.authorization(credential),
        };
        let today = self.clock.timestamp().to_zoned(TimeZone::UTC).date();
        let label = signin::label(
            section,
            credential,
            (&url, today),
            self.ci().provider.is_some(),
        );
        let options = TransportOptions {
            authorization: Some(authorization),
            renewal,
            label: Some(Arc::new(label)),
            ..network
        };
        bound(settings, service, options)
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
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
            self.certificates_at_hand(name)?;
        }
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
                ui.status(&sanitized(&event.to_string()));
            })),
            ..TransportOptions::default()
        })
    }

    /// Refuses a pipe or a device in the place of the system's certificates: whoever reads them would wait without a limit.
    fn certificates_at_hand(&self, name: &str) -> Result<(), Failure> {
        let named = self.lookup(name).unwrap_or_default();
        let inside = |path: &Path| {
            let entries = path.read_dir().into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        };
        // Certificates may be linked to.
        let waits = |path: &Path| {
            let kind = path.metadata().map(|it| it.file_type());
            kind.is_ok_and(|it| !it.is_file() && !it.is_dir())
        };
        for path in std::env::split_paths(&named) {
            let all: Vec<PathBuf> = inside(&path);
            if let Some(path) = all.into_iter().chain([path]).find(|path| waits(path)) {
                let message = format!(
                    "`{name}`: {} is not a regular file; nothing was sent",
                    sanitized(&path.display().to_string())
                );
                return Err(Failure::new(ExitStatus::Usage, message).hint(
                    "name a file of certificates, or take the variable out: then the system's own are trusted",
                ));
            }
        }
        Ok(())
    }

    /// Makes Ctrl-C cancel in an orderly way, from the first request or question on. Before, it just ends the program.
    pub(super) fn heed_signals(&self) {
        if let Err(error) = self.interrupt.listen() {
            self.ui.warning(&format!(
                "Ctrl-C will end this command without a word: {error}"
            ));
        }
    }
}

/// Binds a transport, and whatever credential it has, to the address of a service.
pub(super) fn bound(
    settings: &Settings,
    service: ServiceName,
    options: TransportOptions,
) -> Result<Transport, Failure> {
    let section = settings.of(service);
    let own = section.headers().iter();
    let home = home(service, settings)?;
    Ok(Transport::new(TransportOptions {
        headers: own
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
        annex: section.annex(&home),
        origin: Some(home),
        ..options
    }))
}

/// Returns whether whoever runs the command named the address, rather than the committed file.
pub(super) fn is_named(service: ServiceName, settings: &Settings) -> bool {
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

/// Returns the setting that has to be said before results can go to a service, where it is not: by the settings, or by a page's address.
pub(super) fn unsaid(section: &dyn Section) -> Option<&'static str> {
    let Some(address) = section.address() else {
        return Some("url");
    };
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    let is_page = path(&section.home(&address.url)) != path(&address.url);
    let key = section.row().first.project;
    let says_project = section.project().is_some() || is_page;
    (!says_project).then_some(key).or_else(|| section.unsaid())
}

/// Returns the error for no chosen service; if variables name several, handin takes none.
pub(super) fn no_service(settings: &Settings, undone: &str) -> Failure {
    let given = settings.given.iter();
    let variables: Vec<String> = given
        .filter(|(name, _)| name.rsplit_once('.').is_some_and(|(_, key)| key == "url"))
        .filter_map(|(_, origin)| match origin {
            Origin::Environment(variable) => Some(format!("`{variable}`")),
            Origin::Default | Origin::File(_) | Origin::Flag(_) => None,
        })
        .collect();
    let message = match variables.as_slice() {
        [] | [_] => format!("no service is configured; {undone}"),
        several => format!(
            "{} name several services, and none was chosen; {undone}",
            several.join(", ")
        ),
    };
    Failure::new(ExitStatus::Usage, message).hint(values::services(
        "name it with `--service`: ",
        "; or run `handin init`, which writes handin.toml",
    ))
}

fn no_address(service: ServiceName) -> Failure {
    let message = format!("no URL is set for {}; nothing was written", service.title());
    Failure::new(ExitStatus::Usage, message).hint(format!(
        "set `url` in `[{service}]` of handin.toml, or `HANDIN_{}_URL`; or run `handin login {service} --url …` once",
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
