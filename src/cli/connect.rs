//! From the settings to a service.

use super::signin::Anonymity;
use super::{Context, ExitStatus, Failure, network};
use crate::model::ServiceName;
use crate::plan::SubmissionPlan;
use crate::services::{self, Call, Catalog, ServiceError, Sharing, Submission};
use crate::settings::{Reaction, Settings};

/// A service, ready to be asked.
#[derive(Debug)]
pub(super) struct Service {
    name: ServiceName,
    inner: Box<dyn services::Service>,
    /// Whether it shows only the last result of a case: then older ones have to come first.
    pub(super) shows_the_last_only: bool,
}

impl Service {
    /// Returns which service it is.
    pub(super) fn name(&self) -> ServiceName {
        self.name
    }

    /// Returns what can be looked up.
    pub(super) fn catalog(&self) -> &dyn Catalog {
        self.inner.catalog()
    }

    /// Holds a plan against the service. Reads only.
    pub(super) fn check(
        &self,
        plan: SubmissionPlan,
    ) -> Result<Box<dyn Submission + '_>, ServiceError> {
        self.inner.check_plan(plan)
    }

    /// Returns the service as what it is, for commands that only one has.
    pub(super) fn as_one<S: 'static>(&self) -> Option<&S> {
        self.inner.as_any().downcast_ref()
    }

    /// Returns the text that tells the target from all others.
    pub(super) fn identity(&self) -> String {
        self.inner.identity()
    }
}

/// How much a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Only look, also at what anybody may see.
    Look,
    /// Only look.
    Read,
    /// Look and write.
    Write,
}

/// Connects to a service that the settings describe. Nothing is sent yet.
///
/// # Errors
///
/// When the address or the credential is missing, or the settings do not fit together.
pub(super) fn connect(
    context: &Context,
    settings: &Settings,
    name: ServiceName,
    access: Access,
    sharing: Sharing,
) -> Result<Service, Failure> {
    let anonymity = match access {
        Access::Look => Anonymity::Allowed,
        Access::Read | Access::Write => Anonymity::Refused,
    };
    let transport = context.reach(settings, name, anonymity)?;
    let transport = match access {
        Access::Look | Access::Read => transport.read_only(),
        Access::Write => transport,
    };
    let section = settings.of(name);
    if let Some(key) = section.missing() {
        let message = format!("`{key}` is missing in `[{name}]`; nothing was written");
        return Err(Failure::new(ExitStatus::Usage, message).hint(format!(
            "`handin projects {name}` lists what the account can see; name it there with `--use` to write it to handin.toml"
        )));
    }
    let url = network::address(name, settings)?.url.clone();
    Ok(Service {
        name,
        inner: section.open(transport, url, &context.call(settings, sharing)),
        shows_the_last_only: section.shows_the_last_only(),
    })
}

impl Context {
    /// Returns what this command adds to the settings of a service.
    pub(super) fn call(&self, settings: &Settings, sharing: Sharing) -> Call {
        Call {
            sharing,
            ci: self.ci(),
            jobs: settings.jobs,
            timeout: settings.timeout,
            lenient: settings.policy.on_upload_error != Reaction::Fail,
            zone: self.clock.zone(),
        }
    }
}
