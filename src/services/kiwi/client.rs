//! Asking Kiwi TCMS: the session, the batches, and its errors, which come with HTTP 200.

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::api::{self, Call};
use super::wire::{Answer, Complaint};
use crate::secret::Secret;
use crate::services::ServiceError;
use crate::transport::{
    Authorization, Obtained, Problem, Renewal, Response, Transport, TransportError,
};

/// How many calls go into one request. A call takes the server some ten milliseconds, and an answer has half a minute.
pub(super) const BATCH: usize = 200;

/// Signs in with a user's name and password. There is no token: each process has a session of its own.
#[derive(Debug, Clone)]
pub struct Login {
    /// The way to the server, without a credential.
    pub transport: Transport,
    /// The server.
    pub url: Url,
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

impl Renewal for Login {
    fn obtain(&self) -> Result<Obtained, TransportError> {
        let request = api::login(&self.url, &self.user, self.password.expose()).confidential();
        let response = self.transport.send(request)?;
        let answer: Answer = response.json()?;
        if answer.error.is_some() {
            // Kiwi: a wrong password is answered with HTTP 200, and only the text says so.
            return Err(response.refused(Problem::SignIn));
        }
        let session = answer
            .result
            .as_str()
            .and_then(|text| Secret::token(text).ok());
        let Some(session) = session else {
            return Err(response.refused(Problem::Shape("it holds no session".to_owned())));
        };
        Ok(Obtained {
            authorization: Authorization::Cookie {
                name: "sessionid",
                session,
            },
            holds: None,
            label: None,
        })
    }

    /// Kiwi: without a session it answers 403.
    fn is_refusal(&self, error: &TransportError) -> bool {
        error.is_authentication() || error.status() == Some(403)
    }
}

/// Asks the server.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) transport: Transport,
    pub(super) url: Url,
}

impl Client {
    pub(super) fn new(transport: Transport, url: Url) -> Self {
        Self { transport, url }
    }

    /// Makes one call that changes nothing.
    pub(super) fn ask<T: DeserializeOwned>(
        &self,
        call: Call,
        purpose: &str,
    ) -> Result<T, ServiceError> {
        let mut answers = self.ask_all(&[call], purpose)?;
        let first = answers.pop().unwrap_or_default();
        let shape = |error: serde_json::Error| {
            ServiceError::declined(format!(
                "{purpose}: Kiwi TCMS answers something else: {error}"
            ))
        };
        serde_json::from_value(first).map_err(shape)
    }

    /// Makes calls that change nothing, in as few requests as they need; the answers are in their order.
    pub(super) fn ask_all(
        &self,
        calls: &[Call],
        purpose: &str,
    ) -> Result<Vec<Value>, ServiceError> {
        let mut all = Vec::with_capacity(calls.len());
        for batch in calls.chunks(BATCH) {
            let response = self.transport.send(api::read(&self.url, batch, purpose))?;
            for answer in answers(&response, batch.len())? {
                all.push(answer.map_err(|complaint| said(purpose, &complaint))?);
            }
        }
        Ok(all)
    }
}

/// What a broken off call is told apart by: JSON-RPC's "internal error".
const INTERNAL: i64 = -32603;

/// Words of a database that let a call down because others wrote at the same moment, or because it was away.
const BROKEN_OFF: [&str; 7] = [
    "locked",
    "deadlock",
    "lock wait",
    "serialize",
    "connection",
    "too many",
    "gone away",
];

/// Reads what Kiwi says with HTTP 200: that a call was broken off, or that none was allowed, as without a session.
pub(super) fn complaint(body: &[u8]) -> Option<Problem> {
    let answers: Vec<Answer> = serde_json::from_slice(body).ok()?;
    let complaints = || answers.iter().filter_map(|answer| answer.error.as_ref());
    let told = |status, complaint: &Complaint| Problem::Status {
        status,
        message: complaint.message.chars().take(300).collect(),
        code: Some(complaint.code.to_string()),
        retry_after: None,
    };
    if let Some(broken_off) = complaints().find(|complaint| complaint.is_broken_off()) {
        return Some(told(500, broken_off));
    }
    let is_shut_out =
        !answers.is_empty() && complaints().filter(|it| it.is_forbidden()).count() == answers.len();
    complaints()
        .next()
        .filter(|_| is_shut_out)
        .map(|it| told(403, it))
}

/// Tells whether an error is a call that the server broke off.
pub(super) fn is_broken_off(error: &TransportError) -> bool {
    let internal = INTERNAL.to_string();
    matches!(&error.problem, Problem::Status { status: 500, code: Some(code), .. } if *code == internal)
}

impl Complaint {
    fn is_forbidden(&self) -> bool {
        self.message.contains("Authentication failed when calling")
    }

    fn is_broken_off(&self) -> bool {
        let text = self.message.to_lowercase();
        // Kiwi: a list of fields with what is wrong with each.
        let is_of_fields = text.contains(": [(");
        self.code == INTERNAL
            && !is_of_fields
            && BROKEN_OFF.iter().any(|words| text.contains(words))
    }
}

/// Returns what the server said of each call of a batch, in their order.
pub(super) fn answers(
    response: &Response,
    count: usize,
) -> Result<Vec<Result<Value, Complaint>>, TransportError> {
    let mut answers: Vec<Answer> = response.json()?;
    answers.sort_by_key(|answer| answer.id);
    let ids = answers.iter().map(|answer| answer.id.unwrap_or_default());
    if !ids.eq(1..=count as u64) {
        return Err(response.unusable(Problem::Shape("it does not answer each call".to_owned())));
    }
    let results = answers.into_iter().map(|answer| match answer.error {
        Some(complaint) => Err(complaint),
        None => Ok(answer.result),
    });
    Ok(results.collect())
}

/// Returns the error for what the server says of a call.
pub(super) fn said(purpose: &str, complaint: &Complaint) -> ServiceError {
    let text: String = complaint.message.chars().take(300).collect();
    let error = ServiceError::declined(format!("{purpose}: Kiwi TCMS says: {text}"));
    if complaint.code == -32601 {
        error.hint("this version of Kiwi TCMS does not know the call: 12.4 or later is needed")
    } else if text.contains("Authentication failed") || text.contains("PermissionDenied") {
        error.hint("give the account the permissions that docs/kiwi.md names")
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(body: &str) -> Option<u16> {
        let response = complaint(body.as_bytes())?.to_string();
        let status = response.strip_prefix("HTTP ")?.get(..3)?;
        status.parse().ok()
    }

    #[test]
    fn what_a_database_broke_off_is_not_taken_for_a_refusal() {
        let answer = |code: i64, message: &str| {
            format!(
                r#"[{{"id":1,"result":3}},{{"id":2,"error":{{"code":{code},"message":"{message}"}}}}]"#
            )
        };
        let table = [
            (-32603, "Internal error: database is locked", Some(500)),
            (-32603, "Internal error: deadlock detected", Some(500)),
            (
                -32603,
                "Internal error: TestCase matching query does not exist.",
                None,
            ),
            (
                -32603,
                "Internal error: [('summary', ['connection'])]",
                None,
            ),
            (-32601, "Method not found: locked", None),
            (
                -32603,
                "Authentication failed when calling \\\"TestCase.create\\\"",
                None,
            ),
        ];
        for (code, message, wanted) in table {
            assert_eq!(status(&answer(code, message)), wanted, "{message}");
        }
    }

    #[test]
    fn a_session_that_has_ended_shuts_every_call_out() {
        let out = r#"{"id":1,"error":{"code":-32603,"message":"Authentication failed when calling \"X\""}}"#;
        assert_eq!(status(&format!("[{out},{out}]")), Some(403));
        assert_eq!(status(r#"[{"id":1,"result":null}]"#), None);
        assert_eq!(status("[]"), None);
    }
}
