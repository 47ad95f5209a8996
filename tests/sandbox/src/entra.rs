//! Those who give out tokens of Microsoft Entra: its token endpoint, a CI's, and the metadata services of machines. No sign-in of people.
//!
//! A token is `eyJ….n.sandbox`, numbered from 1; who wants a service to take it tells that service.

use std::collections::VecDeque;
use std::io;
use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::fault::Effect;
use crate::http::{Head, Request, Response, pairs};
use crate::page;
use crate::service::Service;
use crate::standin::Standin;

/// The tenant that there is.
pub const TENANT: &str = "acme-tenant";
/// The application that there is.
pub const CLIENT: &str = "acme-client";
/// Its secret; it opens nothing but this.
pub const SECRET: &str = "sandbox-client-secret";
/// What GitHub and the agent of Azure Pipelines are asked with.
pub const JOB_KEY: &str = "sandbox-job-key";
/// What App Service is asked with.
pub const HEADER: &str = "sandbox-identity-header";
/// Whom the token of a job has to be for.
pub const AUDIENCE: &str = "api://AzureADTokenExchange";
/// The job for which the application has a federated credential.
pub const SUBJECT: &str = "repo:acme/shop:ref:refs/heads/main";

/// What it holds.
#[derive(Debug, Clone)]
pub struct Entra {
    /// How many tokens it gave out.
    pub issued: usize,
    /// For how many seconds a token holds.
    pub holds: u64,
    /// Whom the CI says that its token is for, when it is not whom it was asked for.
    pub audience: Option<String>,
    /// Which job the CI says that it is.
    pub subject: String,
    /// What the next questions about a device login are answered with, before the sign-in is done.
    pub pending: VecDeque<&'static str>,
    /// How many seconds are to lie between two questions about a device login.
    pub interval: Value,
    /// What renews a device login.
    pub refresh: String,
    /// How each token was asked for.
    pub asked: Vec<String>,
}

impl Default for Entra {
    fn default() -> Self {
        Self {
            issued: 0,
            holds: 3600,
            audience: None,
            subject: SUBJECT.to_owned(),
            pending: VecDeque::new(),
            interval: json!(1),
            refresh: "sandbox-refresh-0".to_owned(),
            asked: Vec::new(),
        }
    }
}

/// Returns the token of this number.
pub fn token(number: usize) -> String {
    format!("eyJhbGciOiJub25lIn0.{number}.sandbox")
}

impl Entra {
    fn give(&mut self, how: &str, member: &str, refresh: bool) -> Response {
        self.issued += 1;
        self.asked.push(how.to_owned());
        let mut answer = json!({
            "token_type": "Bearer",
            "access_token": token(self.issued),
            member: self.holds.to_string(),
        });
        if refresh {
            self.refresh = format!("sandbox-refresh-{}", self.issued);
            set(&mut answer, "refresh_token", &self.refresh);
        }
        Response::json(200, &answer)
    }

    /// The token of a job, which nobody has signed.
    fn assertion(&self, audience: &str) -> String {
        let audience = self.audience.as_deref().unwrap_or(audience);
        let claims = json!({
            "iss": "https://token.actions.githubusercontent.com",
            "sub": self.subject,
            "aud": audience,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!(
            "{}.{}.unsigned",
            part(&json!({ "alg": "none" })),
            part(&claims)
        )
    }

    fn token_of(&mut self, tenant: &str, form: &[(String, String)]) -> Response {
        let get = |name: &str| {
            form.iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        if tenant != TENANT {
            return unknown(tenant);
        }
        let client = get("client_id").unwrap_or_default();
        if client != CLIENT {
            return refused(
                400,
                "unauthorized_client",
                &format!(
                    "AADSTS700016: Application with identifier '{client}' was not found in the directory."
                ),
            );
        }
        match get("grant_type") {
            Some("client_credentials") => match (get("client_secret"), get("client_assertion")) {
                (Some(SECRET), _) => self.give("secret", "expires_in", false),
                (Some(_), _) => refused(
                    401,
                    "invalid_client",
                    "AADSTS7000215: Invalid client secret provided.",
                ),
                (None, Some(assertion)) => match judged(assertion) {
                    Ok(()) => self.give("assertion", "expires_in", false),
                    Err(message) => refused(401, "invalid_client", &message),
                },
                (None, None) => refused(
                    401,
                    "invalid_client",
                    "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required.",
                ),
            },
            Some("urn:ietf:params:oauth:grant-type:device_code") => {
                match self.pending.pop_front() {
                    Some(word) => refused(400, word, word),
                    None => self.give("device", "expires_in", true),
                }
            }
            Some("refresh_token") if get("refresh_token") == Some(&self.refresh) => {
                self.give("refresh", "expires_in", true)
            }
            _ => refused(
                400,
                "invalid_grant",
                "AADSTS70000: Provided grant is invalid or malformed.",
            ),
        }
    }
}

fn set(object: &mut Value, name: &str, text: &str) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), json!(text));
    }
}

fn judged(assertion: &str) -> Result<(), String> {
    let claims = assertion
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Value = claims
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (audience, subject) = (claim("aud"), claim("sub"));
    if audience != AUDIENCE {
        return Err(format!(
            "AADSTS700212: No matching federated identity record found for presented assertion audience '{audience}'.\r\nTrace ID: 1"
        ));
    }
    if subject != SUBJECT {
        return Err(format!(
            "AADSTS700213: No matching federated identity record found for presented assertion subject '{subject}'. Trace ID: 1"
        ));
    }
    Ok(())
}

fn refused(status: u16, error: &str, message: &str) -> Response {
    Response::json(
        status,
        &json!({ "error": error, "error_description": message }),
    )
}

fn unknown(tenant: &str) -> Response {
    let message = format!(
        "AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
    );
    refused(400, "invalid_request", &message)
}

impl Service for Entra {
    fn name(&self) -> &'static str {
        "Microsoft Entra"
    }

    fn effect(&self, _head: &Head) -> Effect {
        Effect::Read
    }

    fn answer(&mut self, request: &Request) -> Response {
        let key = format!("Bearer {JOB_KEY}");
        let has_key = request.header("authorization") == Some(&key);
        let form = pairs(&request.text());
        match (request.method.as_str(), request.parts().as_slice()) {
            ("GET", ["github", "token"]) if has_key => {
                let audience = request.query("audience").unwrap_or_default();
                Response::json(
                    200,
                    &json!({ "count": 1, "value": self.assertion(audience) }),
                )
            }
            ("POST", ["acme", "oidctoken"])
                if has_key && request.query("serviceConnectionId") == Some("connection-1") =>
            {
                Response::json(200, &json!({ "oidcToken": self.assertion(AUDIENCE) }))
            }
            ("GET", ["metadata", "identity", "oauth2", "token"])
                if request.header("metadata") == Some("true") =>
            {
                match request.query("client_id") {
                    Some(client) if client != CLIENT => {
                        refused(400, "invalid_request", "Identity not found")
                    }
                    Some(_) | None => self.give("machine", "expires_in", false),
                }
            }
            ("GET", ["msi", "token"]) if request.header("x-identity-header") == Some(HEADER) => {
                let end =
                    crate::time::now().as_second() + i64::try_from(self.holds).unwrap_or_default();
                let mut answer = self.give("app", "ignored", false);
                let mut value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                set(&mut value, "expires_on", &end.to_string());
                answer.body = value.to_string().into_bytes();
                answer
            }
            ("POST", [tenant, "oauth2", "v2.0", "devicecode"]) if *tenant != TENANT => {
                unknown(tenant)
            }
            ("POST", [_, "oauth2", "v2.0", "devicecode"]) => Response::json(
                200,
                &json!({
                    "user_code": "ABCD-EFGH",
                    "device_code": "sandbox-device-code",
                    "verification_uri": "https://microsoft.com/devicelogin",
                    "expires_in": 900,
                    "interval": self.interval,
                }),
            ),
            ("POST", [tenant, "oauth2", "v2.0", "token"]) => self.token_of(tenant, &form),
            _ => Response::json(401, &json!({ "error": "not for you" })),
        }
    }

    fn state(&self) -> Value {
        json!({ "issued": self.issued, "asked": self.asked })
    }

    fn page(&self) -> String {
        page::page(
            "Microsoft Entra",
            "Which tokens were given out.",
            &page::Html::default(),
        )
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// It, listening on loopback until it is dropped.
#[derive(Debug)]
pub struct EntraSandbox(Standin<Entra>);

impl EntraSandbox {
    /// Starts it on any free port.
    ///
    /// # Errors
    ///
    /// Returns why no port could be opened.
    pub fn start() -> io::Result<Self> {
        Standin::start(Entra::default(), &[("api", 0)]).map(Self)
    }
}

impl Deref for EntraSandbox {
    type Target = Standin<Entra>;

    fn deref(&self) -> &Standin<Entra> {
        &self.0
    }
}
