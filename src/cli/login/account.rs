//! Asking a service whose a credential is, and for a token in exchange for a password. Neither can write.

use super::super::{ExitStatus, Failure, network};
use super::LoginContext;
use crate::credentials::Credential;
use crate::model::ServiceName;
use crate::secret::Secret;
use crate::services::{Account, Exchanged, Sharing};
use crate::transport::Transport;

/// Tries a credential on its service, and tells whose it is. No project is needed for that.
pub(super) fn account(
    login: &LoginContext<'_>,
    name: ServiceName,
    credential: &Credential,
) -> Result<Account, Failure> {
    let settings = &login.settings;
    let url = network::address(name, settings)?.url.clone();
    let transport = login
        .context
        .transport_with(settings, name, credential)?
        .read_only();
    let call = login.context.call(settings, Sharing::ALONE);
    let service = settings.of(name).open(transport, url, &call);
    let account = service.catalog().account();
    account.map_err(|error| Failure::from(error).of_service(name))
}

/// Exchanges a user's password for a token.
pub(super) fn exchange(
    login: &LoginContext<'_>,
    service: ServiceName,
    user: &str,
    password: &Secret,
) -> Result<Exchanged, Failure> {
    let url = network::home(service, &login.settings)?;
    let transport = Transport::new(login.context.network(&login.settings)?).read_only();
    let section = login.settings.of(service);
    let exchanged = section.exchange(&transport, &url, user, password);
    exchanged
        .map_err(|error| Failure::from(error).of_service(service))?
        .ok_or_else(|| takes_no_password(service))
}

/// Refuses a user's name before anything is asked.
pub(super) fn takes_no_password(service: ServiceName) -> Failure {
    let message = format!("{} takes no user and password", service.title());
    Failure::new(ExitStatus::Usage, message).hint(format!(
        "make a token on its pages, and run `handin login {service}`"
    ))
}
