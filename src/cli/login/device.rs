//! Signing in in a browser: a code is shown, somebody types it on a page, and what renews the login is kept.

use super::super::{ExitStatus, Failure, signin};
use super::LoginContext;
use crate::credentials::{Credential, Scheme, Source};
use crate::entra::{Code, Ways, named};
use crate::model::ServiceName;
use crate::services::{Exchanged, Given};
use crate::settings::Origin;
use crate::ui::{counted, sanitized};

/// Microsoft: the Azure CLI's own application, which every tenant knows and which may ask for Azure DevOps.
const CLIENT: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
/// Microsoft: whichever tenant the account belongs to.
const TENANT: &str = "organizations";

pub(super) fn sign_in(
    login: &LoginContext<'_>,
    service: ServiceName,
) -> Result<Exchanged, Failure> {
    let Some(auth) = login.settings.of(service).auth() else {
        let message = format!("{} has no device login", service.title());
        return Err(Failure::new(ExitStatus::Usage, message));
    };
    let context = login.context;
    let text = |given: &Option<Given>| given.as_ref().map(|given| given.text.clone());
    let tenant = text(&auth.tenant).unwrap_or_else(|| TENANT.to_owned());
    // That of the file is of a pipeline, which no person signs in as.
    let own = auth
        .client
        .clone()
        .filter(|given| !matches!(given.origin, Origin::File(_)));
    let client = text(&own).unwrap_or_else(|| CLIENT.to_owned());
    for (what, text) in [("a tenant", &tenant), ("an application", &client)] {
        named(what, text).map_err(|cause| Failure::new(ExitStatus::Usage, cause))?;
    }
    let ways = Ways::new(&context.network(&login.settings)?, signin::authority(auth)?);
    let code = Code::ask(&ways, &tenant, &client)?;
    context.ui.question(&format!(
        "open {} on any machine, and type the code {} there (tenant `{tenant}`; it holds for {})",
        sanitized(&code.page),
        sanitized(&code.user_code),
        counted(code.holds.as_secs() / 60, "minute")
    ));
    let (access, login) = code.wait(&ways, &tenant, &client)?;
    Ok(Exchanged {
        credential: Credential {
            token: access,
            scheme: Scheme::Bearer,
            source: Source::Typed,
        },
        kept: Some(signin::kept(&login)),
        holds: None,
    })
}
