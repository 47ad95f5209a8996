//! Which credential counts: one that is given, else one that a step gets which the settings name, else a stored one; and what each is
//! called when the service does not take it.

use std::sync::Arc;

use jiff::civil::{Date, date};
use url::Url;

use super::network::{bound, home, is_named};
use super::{Context, ExitStatus, Failure, login};
use crate::ci::Provider;
use crate::credentials::{
    self, Credential, CredentialError, Keyring, Logins, Scheme, Source, Store as _, StoreKey,
    Vendor, Wanted,
};
use crate::entra::{self, Authority, Chain, Device, DeviceLogin, Ways};
use crate::files;
use crate::model::ServiceName;
use crate::secret::Secret;
use crate::services::{AuthSettings, AuthStep, Given, Section, SignIn, azure};
use crate::settings::{Choice as _, Origin, Settings};
use crate::transport::{Label, Renewal, Transport, TransportOptions};
use crate::ui::sanitized;

/// Microsoft: the last day of the tokens that hold for all organisations is the one before.
const END_OF_GLOBAL_TOKENS: Date = date(2026, 12, 1);

/// Whether a service may be asked without a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anonymity {
    /// What anybody may read can be read.
    Allowed,
    /// A credential is needed.
    Refused,
}

/// What gets a token, and the token's name.
pub(super) enum Ticket {
    /// One that is there.
    Given(Credential),
    /// One that a step gets.
    Steps(Arc<Chain>),
}

impl Context {
    /// Returns the way to a service, with the credential that counts.
    ///
    /// # Errors
    ///
    /// When there is none, or it must not be sent to the address that the settings name.
    pub(super) fn reach(
        &self,
        settings: &Settings,
        service: ServiceName,
        anonymity: Anonymity,
    ) -> Result<Transport, Failure> {
        self.tell_stored_address(settings, service);
        let mut ticket = self.ticket(settings, service);
        if matches!(ticket, Err(Missing::None(_))) && login::offer(self, settings, service)? {
            ticket = self.ticket(settings, service);
        }
        match ticket {
            Ok(Ticket::Given(credential)) => self.transport_with(settings, service, &credential),
            Ok(Ticket::Steps(chain)) => self.renewed(settings, service, chain),
            Err(Missing::None(failure)) if anonymity == Anonymity::Allowed => {
                self.as_anybody(settings, service, failure)
            }
            Err(Missing::None(failure) | Missing::Unusable(failure)) => Err(failure),
        }
    }

    /// Returns the addresses that count where nothing names one.
    pub(super) fn stored_addresses(&self) -> Vec<(ServiceName, String)> {
        let logins = Logins::of_user(&|name| self.lookup(name));
        let all = logins.map(|logins| logins.addresses()).unwrap_or_default();
        all.into_iter()
            .filter_map(|(service, url)| Some((service.parse().ok()?, url)))
            .collect()
    }

    /// Announces that the address of the only login is used.
    fn tell_stored_address(&self, settings: &Settings, service: ServiceName) {
        let Some(address) = settings.of(service).address() else {
            return;
        };
        let url = StoreKey::new(service.word(), &address.url, None).shown_url();
        if address.origin == Origin::Default && self.stored_addresses().contains(&(service, url)) {
            self.ui.status(&format!(
                "{} is taken to be at {}, where its only login is; `url` in `[{service}]` names another",
                service.title(),
                sanitized(address.url.as_str())
            ));
        }
    }

    /// Returns the name of the credential of a service; none is asked for.
    ///
    /// # Errors
    ///
    /// As [`Self::reach`].
    pub(super) fn credential_name(
        &self,
        settings: &Settings,
        service: ServiceName,
    ) -> Result<String, Failure> {
        match self.ticket(settings, service) {
            Ok(Ticket::Given(credential)) => Ok(format!(
                "{} {}",
                kind(settings.of(service).row().sign_in),
                credential.source
            )),
            Ok(Ticket::Steps(chain)) => {
                Ok(chain.first().map_or_else(String::new, |(step, title)| {
                    format!("a token from {title} (step `{}`)", step.word())
                }))
            }
            Err(Missing::None(failure) | Missing::Unusable(failure)) => Err(failure),
        }
    }

    fn ticket(&self, settings: &Settings, service: ServiceName) -> Result<Ticket, Missing> {
        let url = home(service, settings)?;
        let wanted = self.wanted(service, settings, &url);
        let key = key_of_another_step(service, settings);
        let lookup = |name: &str| self.lookup(name).filter(|_| Some(name) != key);
        let given = credentials::given(&wanted, &lookup).map_err(Failure::from)?;
        if let Some(credential) = given {
            return Ok(Ticket::Given(self.warned(credential)));
        }
        let mut away = Vec::new();
        if let Some(auth) = settings
            .of(service)
            .auth()
            .filter(|auth| !auth.steps.is_empty())
        {
            let (chain, others) = self.chain(settings, auth, &wanted)?;
            if !chain.is_empty() {
                return Ok(Ticket::Steps(Arc::new(chain)));
            }
            away = others;
        }
        match credentials::resolve(&wanted, &lookup, &self.keyring()) {
            Ok(credential) => Ok(Ticket::Given(credential)),
            Err(error) => {
                // The keyring may have been left because it is time to stop.
                self.go_on()?;
                let is_missing = matches!(error, CredentialError::Missing { .. });
                let failure = away.into_iter().fold(Failure::from(error), Failure::cause);
                let in_ci = self.secret_of_step(service, wanted.vendor);
                let failure = match in_ci.filter(|_| is_missing) {
                    Some(how) => failure.hint(how),
                    None => failure,
                };
                Err(if is_missing {
                    Missing::None(failure)
                } else {
                    Missing::Unusable(failure)
                })
            }
        }
    }

    /// Says how the step of a pipeline gets the credential: outside one a login would do, and a secret is not in a step by itself.
    fn secret_of_step(&self, service: ServiceName, vendor: &Vendor) -> Option<String> {
        let names = credentials::variables(vendor);
        Some(match self.ci().provider? {
            Provider::Azure if service == ServiceName::Azure => format!(
                "have this step see the job's own token: `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` below its `env`; or map {names} there from a secret variable"
            ),
            Provider::Azure => {
                format!(
                    "map {names} below the `env` of this step, from a secret variable of the pipeline"
                )
            }
            Provider::GitHub => {
                format!("map {names} below the `env` of this step, from `secrets`; {NO_SECRETS}")
            }
            Provider::GitLab => format!(
                "add {names} to the CI/CD variables of the project; a protected variable is only there on protected branches"
            ),
            Provider::Jenkins => format!("bind {names} around this step, with `withCredentials`"),
            Provider::CircleCi
            | Provider::Bitbucket
            | Provider::TeamCity
            | Provider::Buildkite
            | Provider::Travis
            | Provider::AppVeyor => {
                format!(
                    "set {names} from a secret of the CI system, in the environment of this step"
                )
            }
        })
    }

    /// Describes the token that is wanted.
    fn wanted<'a>(
        &'a self,
        service: ServiceName,
        settings: &'a Settings,
        url: &'a Url,
    ) -> Wanted<'a> {
        Wanted {
            vendor: settings.of(service).vendor(),
            url,
            profile: settings.profile.as_deref(),
            token_file: self.global.token_file.as_deref(),
            is_named: is_named(service, settings),
            patience: self.patience(),
        }
    }

    fn warned(&self, credential: Credential) -> Credential {
        if let Source::File(path) = &credential.source
            && files::others_may_read(path)
        {
            self.ui.warning(&format!(
                "the token file `{}` may be read by others; `chmod 600` keeps it to you",
                path.display()
            ));
        }
        credential
    }

    /// Returns the steps that the settings name and that are set up here, once what they get may go to the address.
    fn chain(
        &self,
        settings: &Settings,
        auth: &AuthSettings,
        wanted: &Wanted<'_>,
    ) -> Result<(Chain, Vec<String>), Failure> {
        let lookup = |name: &str| self.lookup(name);
        let ways = Ways::new(&self.network(settings)?, authority(auth)?);
        let may_ask = |url: &Url| wanted.vendor.is_own(url, &lookup);
        let text = |given: &Option<Given>| given.as_ref().map(|given| given.text.clone());
        let setup = entra::Setup {
            steps: auth.steps.iter().map(|step| step_of(*step)).collect(),
            tenant: text(&auth.tenant),
            client: text(&auth.client),
            connection: text(&auth.service_connection),
        };
        if let Some(step) = auth.steps.first() {
            credentials::allow(wanted, &Source::Step(step.word()), &lookup)?;
        }
        let planned = Chain::plan(&setup, &lookup, ways, &may_ask);
        planned.map_err(|why| {
            let failure = Failure::new(ExitStatus::Authentication, why.message);
            match why.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })
    }

    /// Returns the first step that would be used for a service, without asking it.
    pub(super) fn first_step(&self, settings: &Settings, service: ServiceName) -> Option<String> {
        let auth = settings.of(service).auth()?;
        let url = home(service, settings).ok()?;
        let wanted = self.wanted(service, settings, &url);
        let (chain, _) = self.chain(settings, auth, &wanted).ok()?;
        let (step, title) = chain.first()?;
        Some(format!("{title} (step `{}`)", step.word()))
    }

    /// Returns the way with the steps that get a token, and says on whose behalf.
    fn renewed(
        &self,
        settings: &Settings,
        service: ServiceName,
        chain: Arc<Chain>,
    ) -> Result<Transport, Failure> {
        if let Some((step, title)) = chain.first() {
            let auth = settings.of(service).auth().cloned().unwrap_or_default();
            let said = |what: &str, given: &Option<Given>| {
                let given = given.as_ref()?;
                Some(format!("{what} `{}` ({})", given.text, given.origin))
            };
            let whose: Vec<String> = [
                said("tenant", &auth.tenant),
                said("client id", &auth.client),
            ]
            .into_iter()
            .flatten()
            .collect();
            let whose = if whose.is_empty() {
                String::new()
            } else {
                format!(": {}", whose.join(", "))
            };
            self.ui.status(&format!(
                "signing in by {title} (step `{}`){whose}",
                step.word()
            ));
        }
        let network = self.network(settings)?;
        let options = TransportOptions {
            renewal: Some(chain as Arc<dyn Renewal>),
            ..network
        };
        bound(settings, service, options)
    }

    /// Returns the way without a credential, for what anybody may read. What is not, ends as a missing credential does.
    fn as_anybody(
        &self,
        settings: &Settings,
        service: ServiceName,
        failure: Failure,
    ) -> Result<Transport, Failure> {
        let url = home(service, settings)?;
        let is_own = settings
            .of(service)
            .vendor()
            .is_own(&url, &|name| self.lookup(name));
        if settings.of(service).auth().is_none() || !(is_own || is_named(service, settings)) {
            return Err(failure);
        }
        self.ui.status("no credential: reading only what is public");
        let label = Label {
            name: failure.message,
            advice: failure.hint.unwrap_or_default(),
            is_none: true,
        };
        let network = self.network(settings)?;
        let options = TransportOptions {
            label: Some(Arc::new(label)),
            ..network
        };
        bound(settings, service, options)
    }

    /// Returns the renewal of a device login, and stores the next refresh token.
    pub(super) fn device(
        &self,
        network: &TransportOptions,
        credential: &Credential,
    ) -> Result<Arc<dyn Renewal>, Failure> {
        let Some(login) = DeviceLogin::read(credential.token.expose()) else {
            let message = "what the keyring holds is not a device login";
            return Err(Failure::new(ExitStatus::Authentication, message)
                .hint("run `handin login azure --device` again"));
        };
        let ways = Ways::new(network, login.authority.clone());
        let keyring = self.keyring();
        let entry = match &credential.source {
            Source::Keyring { profile, url } => {
                Some(StoreKey::new(ServiceName::Azure.word(), url, Some(profile)))
            }
            Source::File(_) | Source::Environment(_) | Source::Typed | Source::Step(_) => None,
        };
        let ui = Arc::clone(&self.ui);
        Ok(Arc::new(Device::new(ways, login, move |login| {
            if let Some(entry) = &entry
                && let Err(error) = keep(&keyring, entry, login)
            {
                ui.warning(&format!(
                    "the device login could not be kept, and may end soon: {error}"
                ));
            }
        })))
    }
}

/// Why there is no ticket.
enum Missing {
    /// There is no credential anywhere.
    None(Failure),
    /// There is something that cannot be used.
    Unusable(Failure),
}

impl From<Failure> for Missing {
    fn from(failure: Failure) -> Self {
        Self::Unusable(failure)
    }
}

fn keep(
    keyring: &Keyring,
    entry: &StoreKey,
    login: &DeviceLogin,
) -> Result<(), credentials::StoreError> {
    keyring.set(entry, &kept(login))
}

/// Returns a device login as the keyring keeps it.
pub(super) fn kept(login: &DeviceLogin) -> Secret {
    let credential = Credential {
        token: Secret::password(&login.text()).unwrap_or_else(|_never| login.refresh.clone()),
        scheme: Scheme::Device,
        source: Source::Typed,
    };
    credential.kept()
}

fn kind(sign_in: SignIn) -> &'static str {
    match sign_in {
        SignIn::Password => "the user's name and the password",
        SignIn::Token | SignIn::TokenOrPassword => "the token",
    }
}

/// Returns where Entra is: never what a committed file says.
pub(super) fn authority(auth: &AuthSettings) -> Result<Authority, Failure> {
    Authority::read(auth.authority.as_deref())
        .map_err(|error| Failure::new(ExitStatus::Usage, error.to_string()))
}

/// With a service connection, the token of the job gets a token and is none itself.
pub(super) fn key_of_another_step(
    service: ServiceName,
    settings: &Settings,
) -> Option<&'static str> {
    let is_key = settings.of(service).auth().is_some_and(|auth| {
        auth.steps.contains(&AuthStep::Federation) && auth.service_connection.is_some()
    });
    is_key.then_some("SYSTEM_ACCESSTOKEN")
}

fn step_of(step: AuthStep) -> entra::Step {
    match step {
        AuthStep::Federation => entra::Step::Federation,
        AuthStep::ManagedIdentity => entra::Step::ManagedIdentity,
        AuthStep::ServicePrincipal => entra::Step::ServicePrincipal,
        AuthStep::Az => entra::Step::Az,
    }
}

/// Why a step of a pull request may have no credential although it names one.
pub(super) const NO_SECRETS: &str = "pull requests of forks get no secrets";

/// Describes where a new token goes: to where the rejected one came from. Anywhere else it would not be looked at.
fn renewed_in(service: ServiceName, source: &Source, is_in_ci: bool) -> String {
    match source {
        Source::Environment(name) if is_in_ci => {
            format!(", and put it into the secret that `{name}` is set from")
        }
        Source::Environment(name) => format!(", and set `{name}` to it"),
        Source::File(path) => format!(", and write it to `{}`", path.display()),
        Source::Keyring { .. } => format!(", and store it with `handin login {service}`"),
        Source::Typed | Source::Step(_) => String::new(),
    }
}

/// Returns the label of a credential for the case that the service rejects it, with the next step.
pub(super) fn label(
    section: &dyn Section,
    credential: &Credential,
    (url, today): (&Url, Date),
    is_in_ci: bool,
) -> Label {
    let step = match credential.scheme {
        Scheme::Device => entra::Step::Device.word(),
        Scheme::Usual | Scheme::Bearer => credential.source.step(),
    };
    let may_be_global = section.auth().is_some()
        && credential.scheme == Scheme::Usual
        && !azure::is_of_entra(&credential.token)
        && step != "pipeline"
        && section.vendor().is_own(url, &|_| None);
    let service = section.name();
    let advice = if may_be_global && today >= END_OF_GLOBAL_TOKENS {
        "if it is a global token (for all organisations): those ended on 2026-12-01. Make one for this organisation alone, or sign in without a stored token (docs/credentials.md)".to_owned()
    } else if step == "pipeline" {
        "the token of a job ends with the job, and reaches no other organisation".to_owned()
    } else {
        let how = renewed_in(service, &credential.source, is_in_ci);
        format!("the token may have expired: create a new one{how}")
    };
    Label {
        name: format!("the token {} (step `{step}`)", credential.source),
        advice,
        is_none: false,
    }
}
