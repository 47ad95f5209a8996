//! Asking a service whose a credential is, and for a token in exchange for a password. Neither can write.

use std::time::Duration;

use super::super::connect::{Sharing, azure_target};
use super::super::{ExitStatus, Failure, way};
use super::Desk;
use crate::credentials::{self, Credential, Scheme, Source};
use crate::model::ServiceName;
use crate::secret::Secret;
use crate::services::azure::Azure;
use crate::services::katalon::{self, Katalon, KatalonTarget};
use crate::services::kiwi::{Kiwi, KiwiTarget};
use crate::services::qtest::{self, Qtest, QtestTarget};
use crate::services::{Account, Catalog};
use crate::transport::Transport;

/// A token that a password was exchanged for.
pub(super) struct Exchanged {
    pub(super) credential: Credential,
    /// How long it holds, where the service says so.
    pub(super) holds: Option<Duration>,
}

/// Tries a credential on its service, and tells whose it is. No project is needed for that.
pub(super) fn account(
    desk: &Desk<'_>,
    service: ServiceName,
    credential: &Credential,
) -> Result<Account, Failure> {
    let url = way::home(service, &desk.settings)?;
    let transport = desk
        .context
        .way(&desk.settings, service, credential)?
        .read_only();
    let catalog: Box<dyn Catalog> = match service {
        ServiceName::Azure => {
            let alone = Sharing {
                bulk: false,
                shared: false,
                completes: true,
                shard: None,
            };
            let target = azure_target(desk.context, &desk.settings, alone)?;
            Box::new(Azure::new(transport, target))
        }
        ServiceName::Qtest => Box::new(Qtest::new(QtestTarget::new(url, ""), transport)),
        ServiceName::Katalon => Box::new(Katalon::new(transport, KatalonTarget::new(url, ""))),
        ServiceName::Kiwi => Box::new(Kiwi::new(transport, KiwiTarget::new(url, "", ""))),
    };
    Ok(catalog.account()?)
}

/// Exchanges a user's password for a token.
pub(super) fn exchange(
    desk: &Desk<'_>,
    service: ServiceName,
    user: &str,
    password: &Secret,
) -> Result<Exchanged, Failure> {
    if service == ServiceName::Kiwi {
        // There is no token: the password itself is kept, and a session is signed in for with it.
        return Ok(Exchanged {
            credential: credentials::of_user(user, password, Source::Typed),
            holds: None,
        });
    }
    let url = way::home(service, &desk.settings)?;
    let transport = Transport::new(desk.context.network(&desk.settings)?).read_only();
    let (token, scheme, holds) = match service {
        ServiceName::Katalon => {
            let answer = katalon::exchange(&transport, &url, user, password)?;
            (answer.token, Scheme::Bearer, answer.expires_in)
        }
        ServiceName::Qtest => {
            let token = qtest::exchange(&transport, &url, user, password)?;
            (token, Scheme::Usual, None)
        }
        ServiceName::Azure | ServiceName::Kiwi => return Err(takes_no_password(service)),
    };
    let credential = Credential {
        token,
        scheme,
        source: Source::Typed,
    };
    Ok(Exchanged { credential, holds })
}

/// Refuses a user's name before anything is asked.
pub(super) fn takes_no_password(service: ServiceName) -> Failure {
    let message = format!("{} takes no user and password", service.title());
    Failure::new(ExitStatus::Usage, message).hint(format!(
        "make a token on its pages, and run `handin login {service}`"
    ))
}
