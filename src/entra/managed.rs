//! Managed identity: the machine that this runs on has one, and a service of the machine gives out its tokens.

use url::Url;

use super::assertion::secret;
use super::authority::is_of_the_machine;
use super::failed::{self, Failed};
use super::token::{Token, purpose};
use super::{Lookup, RESOURCE, Ways};
use crate::secret::Secret;
use crate::transport::{Method, Problem, Request};

/// Azure: the metadata service of a virtual machine.
const METADATA: &str = "http://169.254.169.254";
/// Names it where it is elsewhere.
const HOST: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// The service of the machine that gives out tokens.
#[derive(Debug, Clone)]
pub(super) enum Managed {
    /// The metadata service of a virtual machine.
    Machine(Url),
    /// App Service, Functions and Container Apps.
    AppService(Url, Secret),
}

impl Managed {
    /// Finds it. Whether a virtual machine has one is only known once it is asked.
    ///
    /// # Errors
    ///
    /// When what the environment holds cannot be used.
    pub(super) fn find(environment: Lookup<'_>) -> Result<Self, String> {
        let address = |name: &str, text: &str| {
            let url = Url::parse(text.trim()).ok().filter(is_of_the_machine);
            url.ok_or_else(|| {
                format!("`{name}` is not an address of this machine, and nothing is sent there")
            })
        };
        if let Some(text) = environment("IDENTITY_ENDPOINT") {
            let url = address("IDENTITY_ENDPOINT", &text)?;
            return Ok(Self::AppService(
                url,
                secret(environment, "IDENTITY_HEADER")?,
            ));
        }
        let base = environment(HOST).unwrap_or_else(|| METADATA.to_owned());
        let mut url = address(HOST, &base)?;
        url.set_path("/metadata/identity/oauth2/token");
        Ok(Self::Machine(url))
    }

    pub(super) fn title(&self) -> String {
        match self {
            Self::Machine(_) => "the managed identity of this machine".to_owned(),
            Self::AppService(..) => "the managed identity of this app".to_owned(),
        }
    }

    /// Asks for a token; `client` names a user-assigned identity.
    pub(super) fn obtain(&self, ways: &Ways, client: Option<&str>) -> Result<Token, Failed> {
        let request = match self {
            Self::Machine(url) => self
                .request(url)
                .query("api-version", "2018-02-01")
                .header("metadata", "true"),
            Self::AppService(url, header) => self
                .request(url)
                .query("api-version", "2019-08-01")
                .header("x-identity-header", header.expose()),
        };
        let request = request.query("resource", RESOURCE);
        let request = match client {
            Some(client) => request.query("client_id", client),
            None => request,
        };
        let response = ways.near.send(request).map_err(|error| {
            if let Problem::Connect(_) | Problem::TimedOut = error.problem {
                let why = error.reason();
                return Failed::NotHere(format!("no metadata service answers here ({why})"));
            }
            failed::of_request(error, |_| Some(no_identity(client))).into()
        })?;
        Ok(Token::read(&response, ways.clock())?)
    }

    fn request(&self, url: &Url) -> Request {
        Request::read(Method::GET, url.clone(), purpose(&self.title()))
            .unauthorized()
            .confidential()
    }
}

fn no_identity(client: Option<&str>) -> String {
    match client {
        Some(client) => format!(
            "assign the identity `{client}` to this machine, or name none (`AZURE_CLIENT_ID`, `client_id` in `[azure.auth]`) for its own"
        ),
        None => "give this machine an identity, or name the one that is assigned to it in `AZURE_CLIENT_ID`".to_owned(),
    }
}
