//! Federation: the token by which a CI says which job this is, and what Entra gives for it.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::authority::is_safe;
use super::failed::{self, Failed};
use super::token::{self, Applicant, Token, purpose};
use super::{Lookup, Ways};
use crate::files::{self, Patience};
use crate::secret::Secret;
use crate::transport::{Method, Request};

/// More than any token has.
const LARGEST: u64 = 64 * 1024;

/// Entra: what a token is that stands for an application.
pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Where the token of the CI is.
#[derive(Debug, Clone)]
pub(super) enum Assertion {
    /// In a file, which is read anew each time; the variable that names it.
    File(&'static str, PathBuf),
    /// In the environment.
    Given(Secret),
    /// GitHub Actions gives it out.
    GitHub { url: Url, key: Secret },
    /// Azure Pipelines gives it out, for a service connection.
    Pipelines { url: Url, key: Secret },
}

impl Assertion {
    /// Finds where it is; nothing where no CI has one.
    ///
    /// # Errors
    ///
    /// When what the environment holds cannot be used.
    pub(super) fn find(
        environment: Lookup<'_>,
        connection: Option<&str>,
        may_ask: &dyn Fn(&Url) -> bool,
    ) -> Result<Option<Self>, String> {
        if let Some(path) = environment("HANDIN_OIDC_TOKEN_FILE") {
            return Ok(Some(Self::File("HANDIN_OIDC_TOKEN_FILE", path.into())));
        }
        if environment("HANDIN_OIDC_TOKEN").is_some() {
            return Ok(Some(Self::Given(secret(environment, "HANDIN_OIDC_TOKEN")?)));
        }
        if let Some(uri) = environment("SYSTEM_OIDCREQUESTURI")
            && let Some(id) = connection
        {
            let key = secret(environment, "SYSTEM_ACCESSTOKEN").map_err(|cause| {
                format!("{cause}; map it in the step: `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`")
            })?;
            let mut url = address("SYSTEM_OIDCREQUESTURI", &uri)?;
            if !may_ask(&url) {
                return Err(format!(
                    "`SYSTEM_OIDCREQUESTURI` is not of Azure DevOps, so the job's token is not sent there: {uri}"
                ));
            }
            url.query_pairs_mut()
                .append_pair("api-version", "7.1")
                .append_pair("serviceConnectionId", id);
            return Ok(Some(Self::Pipelines { url, key }));
        }
        if let Some(url) = environment("ACTIONS_ID_TOKEN_REQUEST_URL") {
            let url = address("ACTIONS_ID_TOKEN_REQUEST_URL", &url)?;
            let key = secret(environment, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")?;
            return Ok(Some(Self::GitHub { url, key }));
        }
        let file = environment("AZURE_FEDERATED_TOKEN_FILE");
        Ok(file.map(|path| Self::File("AZURE_FEDERATED_TOKEN_FILE", path.into())))
    }

    /// Returns the name of the step.
    pub(super) fn title(&self) -> String {
        match self {
            Self::File(variable, _) => {
                format!("federation with the token in the file of `{variable}`")
            }
            Self::Given(_) => "federation with the token in `HANDIN_OIDC_TOKEN`".to_owned(),
            Self::GitHub { .. } => "federation of GitHub Actions".to_owned(),
            Self::Pipelines { .. } => "federation of Azure Pipelines".to_owned(),
        }
    }

    /// Exchanges it for a token of Entra.
    pub(super) fn obtain(&self, ways: &Ways, applicant: &Applicant) -> Result<Token, Failed> {
        let title = self.title();
        let assertion = self.get(ways, &purpose(&title))?;
        let proof = [
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion.expose()),
        ];
        let audience = ways.authority.audience();
        token::of_application(ways, applicant, (&title, &proof), |said| {
            register(said, &assertion, applicant, audience)
        })
    }

    fn get(&self, ways: &Ways, purpose: &str) -> Result<Secret, Failed> {
        let (request, member) = match self {
            Self::Given(token) => return Ok(token.clone()),
            Self::File(variable, path) => {
                return read((variable, path), purpose, &ways.options.patience());
            }
            Self::GitHub { url, key } => {
                let request = Request::read(Method::GET, url.clone(), purpose)
                    .query("audience", ways.authority.audience());
                (bearing(request, key), "value")
            }
            Self::Pipelines { url, key } => {
                let request = Request::read(Method::POST, url.clone(), purpose)
                    .bytes("application/json", Vec::new())
                    .header("x-tfs-fedauthredirect", "Suppress");
                (bearing(request, key), "oidcToken")
            }
        };
        let about = request.url.clone();
        let response = ways
            .far
            .send(request)
            .map_err(|error| failed::of_request(error, |_| Some(self.permission())))?;
        let answer: Value = response.json()?;
        let token = answer
            .get(member)
            .and_then(Value::as_str)
            .map(Secret::token);
        token.and_then(Result::ok).ok_or_else(|| {
            let message = "the answer holds no token of the job";
            let host = about.host_str().unwrap_or_default();
            failed::none(purpose, host, message, Some(self.permission())).into()
        })
    }

    /// Describes what a CI needs before it issues its token.
    fn permission(&self) -> String {
        match self {
            Self::Pipelines { .. } => {
                "is the id in `azure.auth.service_connection` that of a service connection which this pipeline may use?"
            }
            Self::GitHub { .. } | Self::File(..) | Self::Given(_) => {
                "the job needs `permissions: id-token: write`"
            }
        }
        .to_owned()
    }
}

fn bearing(request: Request, key: &Secret) -> Request {
    request
        .header("authorization", format!("Bearer {}", key.expose()))
        .unauthorized()
        .confidential()
}

fn read(
    (variable, path): (&str, &std::path::Path),
    purpose: &str,
    patience: &Patience,
) -> Result<Secret, Failed> {
    let failed = |cause: String| {
        let message = format!("the file that `{variable}` names cannot be used: {cause}");
        Failed::from(failed::none(
            purpose,
            &path.display().to_string(),
            message,
            None,
        ))
    };
    let bytes =
        files::read_named(path, LARGEST, patience).map_err(|error| failed(error.to_string()))?;
    Secret::token(&String::from_utf8_lossy(&bytes)).map_err(|error| failed(error.to_string()))
}

pub(super) fn secret(environment: Lookup<'_>, name: &str) -> Result<Secret, String> {
    let text = environment(name).ok_or_else(|| format!("`{name}` is not set"))?;
    Secret::token(&text).map_err(|error| format!("`{name}` cannot be used: {error}"))
}

fn address(name: &str, text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).ok().filter(is_safe);
    url.ok_or_else(|| format!("`{name}` is not an https address; nothing is sent there"))
}

/// Names the missing federated credential if Entra reports that: its issuer, its subject and its audience are those of
/// the token that the CI gave out.
fn register(
    said: &str,
    assertion: &Secret,
    applicant: &Applicant,
    audience: &str,
) -> Option<String> {
    // 70021 and those that begin with it: no credential fits the issuer, the subject or the audience.
    let is_about_it = said.contains("AADSTS70021") || said.contains("AADSTS700223");
    let is_of_entra = said.contains("AADSTS");
    if is_of_entra && !is_about_it {
        return None;
    }
    let claims = claims(assertion)?;
    let claim = |name: &str| shown(claims.get(name).unwrap_or(&Value::Null));
    let (issuer, subject, got) = (claim("iss"), claim("sub"), claim("aud"));
    let aside = if got == audience {
        String::new()
    } else {
        format!(" (Entra usually expects `{audience}`: have the CI ask for that)")
    };
    Some(format!(
        "register a federated credential at the application `{}`: issuer `{issuer}`, subject `{subject}`, audience `{got}`{aside}",
        applicant.client
    ))
}

/// Returns the claims of a token; nobody has verified them.
pub(super) fn claims(token: &Secret) -> Option<Value> {
    let part = token.expose().split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Returns when a token ends that says so itself.
pub fn end_of(token: &Secret) -> Option<Timestamp> {
    let end = claims(token)?.get("exp")?.as_i64()?;
    Timestamp::from_second(end).ok()
}

fn shown(claim: &Value) -> String {
    let text = match claim {
        Value::String(text) => text.clone(),
        Value::Array(several) => several
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => "-".to_owned(),
    };
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}
