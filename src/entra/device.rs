//! Device login: a person signs in once, in a browser on any machine; the token that renews is kept.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chain::label;
use super::failed;
use super::token::{Token, ask, number, purpose};
use super::{Authority, RESOURCE, Step, Ways};
use crate::secret::Secret;
use crate::transport::{Obtained, Problem, Renewal, Transport, TransportError};

const TITLE: &str = "the device login";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628: how much longer to wait between two questions once it was too often.
const SLOWER: Duration = Duration::from_secs(5);
/// The longest wait between two questions, whatever is asked for.
const SLOWEST: Duration = Duration::from_mins(1);
/// The longest that a code may hold, whatever is said of it.
const LONGEST: u64 = 24 * 60 * 60;

/// Whose login it is, and what renews it: what the keyring keeps.
#[derive(Debug, Clone)]
pub struct DeviceLogin {
    /// Where Entra is.
    pub authority: Authority,
    /// The tenant.
    pub tenant: String,
    /// The application that was signed in to.
    pub client: String,
    /// What renews it.
    pub refresh: Secret,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    authority: String,
    tenant: String,
    client: String,
    refresh: String,
}

impl DeviceLogin {
    /// Returns the text to keep, which [`Self::read`] takes back.
    pub fn text(&self) -> String {
        let kept = Kept {
            authority: self.authority.text().to_owned(),
            tenant: self.tenant.clone(),
            client: self.client.clone(),
            refresh: self.refresh.expose().to_owned(),
        };
        // A value of texts alone serialises.
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Reads what was kept.
    pub fn read(text: &str) -> Option<Self> {
        let kept: Kept = serde_json::from_str(text).ok()?;
        Some(Self {
            authority: Authority::read(Some(&kept.authority)).ok()?,
            tenant: kept.tenant,
            client: kept.client,
            refresh: Secret::token(&kept.refresh).ok()?,
        })
    }
}

/// What a person has to type, and where.
#[derive(Debug, Clone)]
pub struct Code {
    /// What to type.
    pub user_code: String,
    /// The page.
    pub page: String,
    /// How long there is time.
    pub holds: Duration,
    device: Secret,
    interval: Duration,
}

#[derive(Deserialize)]
struct CodeAnswer {
    user_code: String,
    device_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    interval: Value,
}

fn scope() -> String {
    format!("{RESOURCE}/.default offline_access")
}

impl Code {
    /// Asks for a code.
    ///
    /// # Errors
    ///
    /// When there is none to be had.
    pub fn ask(ways: &Ways, tenant: &str, client: &str) -> Result<Self, TransportError> {
        let form = [("client_id", client), ("scope", &scope())];
        let url = ways.authority.endpoint(tenant, "devicecode");
        let applicant = super::token::Applicant {
            tenant: tenant.to_owned(),
            client: client.to_owned(),
        };
        let response = ask(ways, url, &purpose(TITLE), &form)
            .map_err(|error| failed::of_request(error, |said| applicant.advice(said)))?;
        let answer: CodeAnswer = response.json()?;
        let odd = |_| response.unusable(Problem::Shape("it holds no code".to_owned()));
        Ok(Self {
            user_code: answer.user_code,
            page: answer.verification_uri,
            holds: Duration::from_secs(number(&answer.expires_in).unwrap_or(900).min(LONGEST)),
            device: Secret::token(&answer.device_code).map_err(odd)?,
            interval: Duration::from_secs(number(&answer.interval).unwrap_or(5).max(1))
                .min(SLOWEST),
        })
    }

    /// Waits until somebody typed the code; returns the token and what renews it.
    ///
    /// # Errors
    ///
    /// When the time is over, somebody declined, or it is time to stop.
    pub fn wait(
        &self,
        ways: &Ways,
        tenant: &str,
        client: &str,
    ) -> Result<(Secret, DeviceLogin), TransportError> {
        let url = ways.authority.endpoint(tenant, "token");
        let form = [
            ("grant_type", GRANT),
            ("client_id", client),
            ("device_code", self.device.expose()),
        ];
        let mut interval = self.interval;
        let begin = ways.clock().now();
        loop {
            ways.far.pause(interval)?;
            let error = match ask(ways, url.clone(), &purpose(TITLE), &form) {
                Ok(response) => {
                    let token = Token::read(&response, ways.clock())?;
                    let odd = || {
                        response.unusable(Problem::Shape(
                            "it holds nothing that renews the token".to_owned(),
                        ))
                    };
                    let refresh = token.refresh.ok_or_else(odd)?;
                    let login = DeviceLogin {
                        authority: ways.authority.clone(),
                        tenant: tenant.to_owned(),
                        client: client.to_owned(),
                        refresh,
                    };
                    return Ok((token.access, login));
                }
                Err(error) => error,
            };
            let is_in_time = ways.clock().since(begin) < self.holds;
            interval = match code(&error) {
                "authorization_pending" if is_in_time => interval,
                "slow_down" if is_in_time => interval + SLOWER,
                // RFC 8628: while the network is away, ever more seldom.
                NO_ANSWER if is_in_time => (interval * 2).min(SLOWEST),
                word => return Err(ended(&error, word)),
            };
        }
    }
}

/// That no answer came.
const NO_ANSWER: &str = "no answer";

/// Returns the name that an error has in its answer.
fn code(error: &TransportError) -> &str {
    let problem = &error.problem;
    if let Problem::Status {
        code: Some(code), ..
    } = problem
    {
        code
    } else if matches!(
        problem,
        Problem::Connect(_) | Problem::TimedOut | Problem::Cut(_)
    ) {
        NO_ANSWER
    } else {
        ""
    }
}

fn ended(error: &TransportError, word: &str) -> TransportError {
    let again = Some("run `handin login azure --device` again".to_owned());
    let message = match word {
        "authorization_pending" | "slow_down" | "expired_token" | "code_expired" => {
            "nobody signed in before the code ended; nothing was stored"
        }
        "access_denied" | "authorization_declined" => {
            "the sign-in was declined; nothing was stored"
        }
        _ => return failed::of_request(error.clone(), |_| again),
    };
    failed::none(&error.purpose, &error.request, message, again)
}

/// Keeps what renews a login, after it has changed.
type Keep = Box<dyn Fn(&DeviceLogin) + Send + Sync>;

/// A login that renews itself.
pub struct Device {
    ways: Ways,
    login: Mutex<DeviceLogin>,
    keep: Keep,
}

impl fmt::Debug for Device {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Device")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

impl Device {
    /// Returns the login; `keep` is called with what renews it, each time that changes.
    pub fn new(
        ways: Ways,
        login: DeviceLogin,
        keep: impl Fn(&DeviceLogin) + Send + Sync + 'static,
    ) -> Self {
        Self {
            ways,
            login: Mutex::new(login),
            keep: Box::new(keep),
        }
    }

    /// Returns the way that it asks on.
    pub fn transport(&self) -> &Transport {
        &self.ways.far
    }
}

impl Renewal for Device {
    fn obtain(&self) -> Result<Obtained, TransportError> {
        let mut login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        let scope = scope();
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", login.client.as_str()),
            ("refresh_token", login.refresh.expose()),
            ("scope", scope.as_str()),
        ];
        let url = self.ways.authority.endpoint(&login.tenant, "token");
        let again =
            "the login has ended, or was taken back: run `handin login azure --device` again";
        let response = ask(&self.ways, url, &purpose(TITLE), &form)
            .map_err(|error| failed::of_request(error, |_| Some(again.to_owned())))?;
        let token = Token::read(&response, self.ways.clock())?;
        if let Some(refresh) = &token.refresh
            && refresh.expose() != login.refresh.expose()
        {
            login.refresh = refresh.clone();
            (self.keep)(&login);
        }
        Ok(token.obtained(label(Step::Device, TITLE)))
    }
}
