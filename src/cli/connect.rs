//! From the settings to a service.

use super::signin::Anonymity;
use url::Url;

use super::{Context, ExitStatus, Failure, network};
use crate::model::ServiceName;
use crate::plan::SubmissionPlan;
use crate::services::{self, Call, Catalog, Section, ServiceError, Sharing, Submission};
use crate::settings::{Reaction, Settings};
use crate::ui::sanitized;

/// A service, ready to be asked.
#[derive(Debug)]
pub(super) struct Service {
    name: ServiceName,
    inner: Box<dyn services::Service>,
    /// The organisation or the server, and the project, as people read them.
    pub(super) project: String,
    /// Whether it shows only the last result of a case: then older ones have to come first.
    pub(super) shows_the_last_only: bool,
}

impl Service {
    /// Returns which service it is.
    pub(super) fn name(&self) -> ServiceName {
        self.name
    }

    /// Returns the catalog of the service.
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
        return Err(unsaid(section, key));
    }
    let url = network::address(name, settings)?.url.clone();
    let project = project(section, &url, context.ci().project);
    Ok(Service {
        name,
        project,
        inner: section.open(transport, url, &context.call(settings, sharing)),
        shows_the_last_only: section.shows_the_last_only(),
    })
}

/// Returns the organisation or the server, and the project that the settings, the address or the pipeline names: `acme / Shop`.
fn project(section: &dyn Section, url: &Url, of_pipeline: Option<String>) -> String {
    let home = section.home(url);
    let parts = |url: &Url| -> Vec<String> {
        let parts = url.path_segments().into_iter().flatten();
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (outer, all) = (parts(&home), parts(url));
    let server = || url.host_str().unwrap_or_default().to_owned();
    let of_page = || all.get(outer.len()).cloned();
    let project = section.project().map(str::to_owned);
    let project = project.or_else(of_page).or(of_pipeline);
    let organization = outer.last().cloned().unwrap_or_else(server);
    [Some(organization), project]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" / ")
}

/// Returns the error for a required setting that is missing, with where its values are listed and how it is set.
fn unsaid(section: &dyn Section, key: &str) -> Failure {
    let service = section.name();
    let place = section.row().first.place.filter(|place| place.key == key);
    let made = place.and_then(|place| place.made);
    let made = made.map(|how| format!("; {how}")).unwrap_or_default();
    let (flag, path) = if key == section.row().first.project {
        ("project", Vec::new())
    } else {
        (key, vec![sanitized(section.project().unwrap_or("PROJECT"))])
    };
    let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    let chosen = key.to_uppercase();
    let message = format!("`{key}` is missing in `[{service}]`; nothing was written");
    Failure::new(ExitStatus::Usage, message).hint(format!(
        "`{}` lists what there is; name one with `--{flag}`, or keep it in handin.toml with `{} --use`{made}",
        services::listing(service, &path),
        services::listing(service, &[path.as_slice(), &[&chosen]].concat())
    ))
}

impl Context {
    /// Refuses to go on where the settings do not say where results go.
    ///
    /// # Errors
    ///
    /// When a setting is missing that neither the address nor the pipeline gives.
    pub(super) fn refuse_unsaid(
        &self,
        settings: &Settings,
        services: &[ServiceName],
    ) -> Result<(), Failure> {
        let ci = self.ci();
        for service in services {
            let section = settings.of(*service);
            let is_known = ci.project.is_some() && section.knows_builds_of() == ci.provider;
            let missing = network::unsaid(section).filter(|key| *key != "url");
            let missing = match missing {
                Some(key) if key == section.row().first.project && is_known => section.unsaid(),
                missing => missing,
            };
            if let Some(key) = missing {
                return Err(unsaid(section, key));
            }
        }
        Ok(())
    }

    /// Returns the part of the service's settings that comes from this command.
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
