//! Asking for a token, and reading the answer.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::failed::{self, Failed};
use super::{RESOURCE, Ways};
use crate::secret::Secret;
use crate::transport::{
    Authorization, Clock, Label, Method, Obtained, Problem, Request, Response, TransportError,
};

/// A token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) access: Secret,
    pub(super) holds: Option<Duration>,
    pub(super) refresh: Option<Secret>,
}

/// The answer of whoever gives out tokens. App Service writes numbers as texts.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    expires_on: Value,
    refresh_token: Option<String>,
}

impl Token {
    /// Reads an answer.
    pub(super) fn read(response: &Response, clock: &Clock) -> Result<Self, TransportError> {
        let answer: Answer = response.json()?;
        let odd = |_| response.unusable(Problem::Shape("it holds no token".to_owned()));
        let access = Secret::token(&answer.access_token).map_err(odd)?;
        let until = number(&answer.expires_on).map(|until| from_now(until, clock));
        Ok(Self {
            access,
            holds: number(&answer.expires_in)
                .map(Duration::from_secs)
                .or(until),
            refresh: answer
                .refresh_token
                .and_then(|text| Secret::token(&text).ok()),
        })
    }

    /// Returns it as the credential of a service.
    pub(super) fn obtained(self, label: Label) -> Obtained {
        Obtained {
            authorization: Authorization::Bearer(self.access),
            holds: self.holds,
            label: Some(label.into()),
        }
    }
}

/// Returns how long it is until a second of the epoch.
pub(super) fn from_now(second: u64, clock: &Clock) -> Duration {
    let now = u64::try_from(clock.timestamp().as_second()).unwrap_or_default();
    Duration::from_secs(second.saturating_sub(now))
}

pub(super) fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// What is to be told of a step in messages.
pub(super) fn purpose(title: &str) -> String {
    format!("signing in by {title}")
}

/// The names and values that are asked with.
pub(super) type Form<'a> = &'a [(&'a str, &'a str)];

/// Asks an endpoint of a tenant with a form; nothing of it is logged.
pub(super) fn ask(
    ways: &Ways,
    url: Url,
    purpose: &str,
    form: Form<'_>,
) -> Result<Response, TransportError> {
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::read(Method::POST, url, purpose)
        .bytes("application/x-www-form-urlencoded", body.into_bytes())
        .unauthorized()
        .confidential();
    ways.far.send(request)
}

/// Who asks for a token, as Entra knows them.
#[derive(Debug, Clone)]
pub(super) struct Applicant {
    pub(super) tenant: String,
    pub(super) client: String,
}

/// Asks for the token of an application, with what proves that it is it.
pub(super) fn of_application(
    ways: &Ways,
    applicant: &Applicant,
    (title, proof): (&str, Form<'_>),
    advice: impl FnOnce(&str) -> Option<String>,
) -> Result<Token, Failed> {
    let scope = format!("{RESOURCE}/.default");
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", applicant.client.as_str()),
        ("scope", scope.as_str()),
    ];
    form.extend(proof);
    let url = ways.authority.endpoint(&applicant.tenant, "token");
    let response = ask(ways, url, &purpose(title), &form).map_err(|error| {
        failed::of_request(error, |said| {
            advice(said).or_else(|| applicant.advice(said))
        })
    })?;
    Ok(Token::read(&response, ways.clock())?)
}

impl Applicant {
    /// Returns the next step for Entra's error about a tenant or an application; it numbers its errors.
    pub(super) fn advice(&self, said: &str) -> Option<String> {
        let Self { tenant, client } = self;
        let is = |codes: &[&str]| {
            codes
                .iter()
                .any(|code| said.contains(&format!("AADSTS{code}:")))
        };
        if is(&["90002", "900021", "900023"]) {
            Some(format!(
                "Entra does not know the tenant `{tenant}`: look at `AZURE_TENANT_ID` or `tenant` in `[azure.auth]`, and at `AZURE_AUTHORITY_HOST` for another cloud"
            ))
        } else if is(&["700016"]) {
            Some(format!(
                "the application `{client}` is not in the tenant `{tenant}`: look at `AZURE_CLIENT_ID` or `client_id` in `[azure.auth]`"
            ))
        } else if is(&["7000215", "7000222"]) {
            Some(format!(
                "the secret of the application `{client}` is wrong or has ended: make a new one for `AZURE_CLIENT_SECRET`, or do without by federation"
            ))
        } else if is(&["700027"]) {
            Some(format!(
                "the certificate in `AZURE_CLIENT_CERTIFICATE_PATH` is not one of the application `{client}`: add it there"
            ))
        } else if is(&["700024"]) {
            Some(
                "is the clock of this machine right? What it signed is not valid at this time"
                    .to_owned(),
            )
        } else {
            None
        }
    }
}
