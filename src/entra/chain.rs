//! The chain: which steps are set up here, and the first that gets a token.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use url::Url;

use super::assertion::Assertion;
use super::failed::{self, Failed};
use super::managed::Managed;
use super::principal::Proof;
use super::token::{Applicant, Token};
use super::{Lookup, Step, Ways, az, named};
use crate::transport::{Label, NoCredential, Obtained, Renewal, TransportError};

/// What the settings say.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The steps that may be used, in the order in which they are tried.
    pub steps: Vec<Step>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The application.
    pub client: Option<String>,
    /// The service connection of Azure Pipelines.
    pub connection: Option<String>,
}

/// A step that is set up here.
#[derive(Debug)]
enum Planned {
    Federation(Assertion, Applicant),
    Managed(Managed, Option<String>),
    Principal(Proof, Applicant),
    Az(PathBuf, Option<String>),
}

impl Planned {
    fn step(&self) -> Step {
        match self {
            Self::Federation(..) => Step::Federation,
            Self::Managed(..) => Step::ManagedIdentity,
            Self::Principal(..) => Step::ServicePrincipal,
            Self::Az(..) => Step::Az,
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Federation(assertion, _) => assertion.title(),
            Self::Managed(managed, _) => managed.title(),
            Self::Principal(proof, _) => proof.title(),
            Self::Az(..) => az::TITLE.to_owned(),
        }
    }

    fn obtain(&self, ways: &Ways) -> Result<Token, Failed> {
        match self {
            Self::Federation(assertion, applicant) => assertion.obtain(ways, applicant),
            Self::Managed(managed, client) => managed.obtain(ways, client.as_deref()),
            Self::Principal(proof, applicant) => proof.obtain(ways, applicant),
            Self::Az(program, tenant) => az::obtain(ways, program, tenant.as_deref()),
        }
    }

    fn label(&self) -> Label {
        label(self.step(), &self.title())
    }
}

/// Returns the label of a token that a step obtained.
pub(super) fn label(step: Step, title: &str) -> Label {
    Label {
        name: format!("the token from {title} (step `{}`)", step.word()),
        advice: "Entra gave out the token, and Azure DevOps does not take it: is this account or application a user of the organisation, and is the tenant the organisation's own?"
            .to_owned(),
        is_none: false,
    }
}

/// The steps that are set up here.
#[derive(Debug)]
pub struct Chain {
    planned: Vec<Planned>,
    ways: Ways,
    /// The one that got a token: it stays with it.
    chosen: Mutex<Option<usize>>,
}

impl Chain {
    /// Finds the steps that the settings name and that are set up here; nothing is asked yet. Returns beside them why others are not.
    /// `may_ask` says whether the job's own token may go to an address.
    ///
    /// # Errors
    ///
    /// When a step is set up here, and cannot be used.
    pub fn plan(
        setup: &Setup,
        environment: Lookup<'_>,
        ways: Ways,
        may_ask: &dyn Fn(&Url) -> bool,
    ) -> Result<(Self, Vec<String>), NoCredential> {
        let (mut planned, mut away) = (Vec::new(), Vec::new());
        for step in &setup.steps {
            let found = setup
                .named()
                .and_then(|()| setup.find(*step, environment, may_ask))
                .map_err(|cause| NoCredential {
                    message: format!("the step `{}` cannot be used: {}", step.word(), cause.0),
                    hint: cause.1,
                })?;
            match found {
                Ok(step) => planned.push(step),
                Err(why) => away.push(format!("{}: {why}", step.word())),
            }
        }
        let chain = Self {
            planned,
            ways,
            chosen: Mutex::default(),
        };
        Ok((chain, away))
    }

    /// Returns whether no step is set up here.
    pub fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }

    /// Returns the step that comes first, with what it is called.
    pub fn first(&self) -> Option<(Step, String)> {
        self.planned.first().map(|step| (step.step(), step.title()))
    }
}

/// Why a step cannot be used, and what to do.
struct Unusable(String, Option<String>);

impl From<String> for Unusable {
    fn from(cause: String) -> Self {
        Self(cause, None)
    }
}

impl Setup {
    /// Refuses a tenant or an application that cannot be one.
    fn named(&self) -> Result<(), Unusable> {
        for (what, given) in [("a tenant", &self.tenant), ("an application", &self.client)] {
            if let Some(text) = given {
                named(what, text).map_err(|cause| {
                    let hint = "an id is needed, or the domain of the tenant: look at `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `[azure.auth]`";
                    Unusable(cause, Some(hint.to_owned()))
                })?;
            }
        }
        Ok(())
    }

    /// Finds a step; what is not set up here is said as why not.
    fn find(
        &self,
        step: Step,
        environment: Lookup<'_>,
        may_ask: &dyn Fn(&Url) -> bool,
    ) -> Result<Result<Planned, String>, Unusable> {
        Ok(match step {
            Step::Federation => {
                match Assertion::find(environment, self.connection.as_deref(), may_ask)? {
                    Some(assertion) => Ok(Planned::Federation(assertion, self.applicant()?)),
                    None => Err("no CI gives out a token here".to_owned()),
                }
            }
            Step::ManagedIdentity => Ok(Planned::Managed(
                Managed::find(environment)?,
                self.client.clone(),
            )),
            Step::ServicePrincipal => match Proof::find(environment)? {
                Some(proof) => Ok(Planned::Principal(proof, self.applicant()?)),
                None => Err(
                    "neither `AZURE_CLIENT_SECRET` nor `AZURE_CLIENT_CERTIFICATE_PATH` is set"
                        .to_owned(),
                ),
            },
            Step::Az => match az::find(environment) {
                Some(program) => Ok(Planned::Az(program, self.tenant.clone())),
                None => Err("`az` is not on the path".to_owned()),
            },
            Step::Device => Err("it is a login".to_owned()),
        })
    }

    fn applicant(&self) -> Result<Applicant, Unusable> {
        match (&self.tenant, &self.client) {
            (Some(tenant), Some(client)) => Ok(Applicant {
                tenant: tenant.clone(),
                client: client.clone(),
            }),
            (tenant, client) => {
                let missing = match (tenant, client) {
                    (None, Some(_)) => "the tenant is",
                    (Some(_), None) => "the application (client) id is",
                    (None, None) | (Some(_), Some(_)) => {
                        "the tenant and the application (client) id are"
                    }
                };
                Err(Unusable(
                    format!("{missing} not known; nothing was sent"),
                    Some("set `AZURE_TENANT_ID` and `AZURE_CLIENT_ID`, or `tenant` and `client_id` in `[azure.auth]`".to_owned()),
                ))
            }
        }
    }
}

impl Renewal for Chain {
    fn obtain(&self) -> Result<Obtained, TransportError> {
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut away = Vec::new();
        for (index, planned) in self.planned.iter().enumerate() {
            if chosen.is_some_and(|chosen| chosen != index) {
                continue;
            }
            match planned.obtain(&self.ways) {
                Ok(token) => {
                    *chosen = Some(index);
                    return Ok(token.obtained(planned.label()));
                }
                Err(Failed::NotHere(why)) => away.push(format!("{}: {why}", planned.step().word())),
                Err(Failed::Ended(error)) => return Err(*error),
            }
        }
        let message = format!("no step got a token ({})", away.join("; "));
        let hint = "docs/credentials.md says what each step needs".to_owned();
        Err(failed::none(
            "signing in",
            "no request",
            message,
            Some(hint),
        ))
    }
}
