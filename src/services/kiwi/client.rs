//! Asking Kiwi TCMS: the session, the batches, and its errors, which come with HTTP 200.

use std::sync::Arc;

use serde_json::{Value, json};
use url::Url;

use super::api::{self, BATCH, Call, call};
use crate::secret::Secret;
use crate::services::ServiceError;
use crate::transport::{
    Authorization, Label, Obtained, Problem, Renewal, Response, Transport, TransportError,
};

/// An object, as far as its fields are read.
pub(super) type Row = Value;
/// What became of one call: its result, or what the server says against it.
pub(super) type Answer = Result<Value, Complaint>;

/// Returns a number; 0, which Kiwi gives nothing, where there is none.
pub(super) fn number(row: &Row, field: &str) -> u64 {
    row[field].as_u64().unwrap_or_default()
}

pub(super) fn id(row: &Row) -> u64 {
    number(row, "id")
}

/// Kiwi: files have a `pk` instead.
fn has_id(row: &Row) -> bool {
    number(row, "id").max(number(row, "pk")) > 0
}

pub(super) fn text<'r>(row: &'r Row, field: &str) -> &'r str {
    row[field].as_str().unwrap_or_default()
}

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
    /// What they are called where the server does not take them.
    pub label: Arc<Label>,
}

impl Login {
    fn session(&self) -> Result<Obtained, TransportError> {
        let request = api::login(&self.url, &self.user, self.password.expose()).confidential();
        let response = self.transport.send(request)?;
        let answer = answers(&response, 1)?.pop();
        let Some(Ok(answer)) = answer else {
            // Kiwi: a wrong password is answered with HTTP 200, and only the text says so.
            return Err(response.refused(Problem::SignIn));
        };
        let session = answer.as_str().and_then(|text| Secret::token(text).ok());
        let no_session = || response.refused(Problem::Shape("it holds no session".to_owned()));
        Ok(Obtained {
            authorization: Authorization::Cookie {
                name: "sessionid",
                session: session.ok_or_else(no_session)?,
            },
            holds: None,
            label: None,
        })
    }
}

impl Renewal for Login {
    fn obtain(&self) -> Result<Obtained, TransportError> {
        self.session().map_err(|error| TransportError {
            credential: error.is_authentication().then(|| Arc::clone(&self.label)),
            ..error
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
    /// Makes calls that change nothing, in as few requests as they need; the answers are in their order.
    pub(super) fn ask(&self, calls: &[Call], purpose: &str) -> Result<Vec<Value>, ServiceError> {
        let mut all = Vec::with_capacity(calls.len());
        for batch in calls.chunks(BATCH) {
            let response = self.transport.send(api::read(&self.url, batch, purpose))?;
            for answer in answers(&response, batch.len())? {
                all.push(answer.map_err(|complaint| said(purpose, &complaint))?);
            }
        }
        Ok(all)
    }

    /// Makes calls that answer lists of objects.
    pub(super) fn lists(
        &self,
        calls: &[Call],
        purpose: &str,
    ) -> Result<Vec<Vec<Row>>, ServiceError> {
        let list = |mut answer: Value| {
            let rows = answer.as_array_mut().map(std::mem::take);
            rows.filter(|rows| rows.iter().all(has_id)).ok_or_else(|| {
                ServiceError::declined(format!(
                    "{purpose}: Kiwi TCMS answers something else than a list of objects"
                ))
            })
        };
        self.ask(calls, purpose)?.into_iter().map(list).collect()
    }

    /// Lists objects.
    pub(super) fn list(&self, call: Call, purpose: &str) -> Result<Vec<Row>, ServiceError> {
        let lists = self.lists(&[call], purpose)?;
        Ok(lists.into_iter().flatten().collect())
    }

    /// Finds a product by name or id.
    pub(super) fn product(&self, named: &str) -> Result<Row, ServiceError> {
        let by_id = named.parse().unwrap_or(0_u64);
        let query = |query| call!("Product.filter", query);
        let calls = [query(json!({"name": named})), query(json!({"pk": by_id}))];
        let mut lists = self.lists(&calls, "the product")?.into_iter();
        let mut next = || lists.next().unwrap_or_default();
        let none = || {
            ServiceError::setting(format!(
                "there is no product `{named}` on Kiwi TCMS, or this account may not see it"
            ))
            .hint("`handin projects kiwi` lists the products; one is made on its pages, with its classification")
        };
        let mut by_name = next();
        if by_name.len() > 1 {
            return Err(ambiguous("products", named, &by_name));
        }
        by_name.append(&mut next());
        by_name.into_iter().next().ok_or_else(none)
    }
}

/// Returns the error for several things of one name.
pub(super) fn ambiguous(what: &str, name: &str, found: &[Row]) -> ServiceError {
    let ids: Vec<String> = found.iter().map(|row| id(row).to_string()).collect();
    let ids = ids.join(", ");
    ServiceError::setting(format!("there are several {what} named `{name}`: {ids}"))
        .hint("name one by its id")
}

/// What the server says of a call that it did not carry out. Kiwi: with HTTP 200.
#[derive(Debug, Clone)]
pub(super) struct Complaint {
    code: i64,
    pub(super) message: String,
}

/// JSON-RPC's "internal error": what the server itself says.
const INTERNAL: i64 = -32603;
/// JSON-RPC's "method not found".
const UNKNOWN: i64 = -32601;

/// What the server says of a call that an account may not make, also of any without a session; and what that means.
const FORBIDDEN: [&str; 2] = [
    "Authentication failed when calling",
    "the account may not call",
];

/// Words of a database that let a call down because others wrote at the same moment, or because it was away.
const BROKEN_OFF: [&str; 8] = [
    "locked",
    "restarting transaction",
    "deadlock",
    "lock wait",
    "serialize",
    "connection",
    "too many",
    "gone away",
];

impl Complaint {
    fn of(answer: &Value) -> Option<Self> {
        let error = answer.get("error").filter(|error| !error.is_null())?;
        let message: String = text(error, "message").chars().take(300).collect();
        let message = message.trim_start_matches("Internal error: ");
        let message = message.replace(FORBIDDEN[0], FORBIDDEN[1]);
        let code = error["code"].as_i64().unwrap_or_default();
        Some(Self { code, message })
    }

    fn is_forbidden(&self) -> bool {
        self.message.contains(FORBIDDEN[1])
    }

    fn is_broken_off(&self) -> bool {
        let text = self.message.to_lowercase();
        // Kiwi: a list of fields with what is wrong with each.
        let is_of_fields = text.starts_with("[(");
        self.code == INTERNAL && !is_of_fields && BROKEN_OFF.iter().any(|it| text.contains(it))
    }

    pub(super) fn as_status(&self, status: u16) -> Problem {
        Problem::Status {
            status,
            message: self.message.clone(),
            code: Some(self.code.to_string()),
            retry_after: None,
        }
    }
}

/// Reads what Kiwi says with HTTP 200: that a call was broken off, or that none was allowed, as without a session.
pub(super) fn complaint(body: &[u8]) -> Option<Problem> {
    let answers: Vec<Value> = serde_json::from_slice(body).ok()?;
    let complaints: Vec<Complaint> = answers.iter().filter_map(Complaint::of).collect();
    if let Some(broken_off) = complaints.iter().find(|it| it.is_broken_off()) {
        return Some(broken_off.as_status(500));
    }
    let is_shut_out =
        complaints.len() == answers.len() && complaints.iter().all(Complaint::is_forbidden);
    let first = complaints.first().filter(|_| is_shut_out)?;
    Some(first.as_status(403))
}

/// Returns whether something is not there any more that was there a moment ago.
pub(super) fn is_gone(message: &str) -> bool {
    message.ends_with("matching query does not exist.")
}

/// Returns whether an error is a call that the server broke off.
pub(super) fn is_broken_off(error: &TransportError) -> bool {
    let internal = INTERNAL.to_string();
    matches!(&error.problem, Problem::Status { status: 500, code: Some(code), .. } if *code == internal)
}

/// Returns the server's answers to the calls of a batch, in their order.
pub(super) fn answers(response: &Response, count: usize) -> Result<Vec<Answer>, TransportError> {
    let mut answers: Vec<Value> = response.json()?;
    answers.sort_by_key(id);
    if !answers.iter().map(id).eq(1..=count as u64) {
        return Err(response.unusable(Problem::Shape("it does not answer each call".to_owned())));
    }
    let each = answers
        .into_iter()
        .map(|answer| match Complaint::of(&answer) {
            Some(complaint) => Err(complaint),
            None => Ok(answer.get("result").cloned().unwrap_or_default()),
        });
    Ok(each.collect())
}

/// Returns the error for what the server says of a call.
pub(super) fn said(purpose: &str, complaint: &Complaint) -> ServiceError {
    let text = &complaint.message;
    let error = ServiceError::declined(format!("{purpose}: Kiwi TCMS says: {text}"));
    if complaint.code == UNKNOWN {
        error.hint("this version of Kiwi TCMS does not know the call: 12.4 or later is needed")
    } else if complaint.is_forbidden() || text.contains("PermissionDenied") {
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
                r#"[{{"id":1,"result":3}},{{"id":2,"error":{{"code":{code},"message":{message:?}}}}}]"#
            )
        };
        let table = [
            (-32603, "Internal error: database is locked", Some(500)),
            (-32603, "Internal error: deadlock detected", Some(500)),
            (
                -32603,
                "Internal error: (1020, \"Record has changed since last read in table 'x'; try restarting transaction\")",
                Some(500),
            ),
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
                "Authentication failed when calling \"TestCase.create\"",
                None,
            ),
        ];
        for (code, message, wanted) in table {
            assert_eq!(status(&answer(code, message)), wanted, "{message}");
        }
    }

    #[test]
    fn what_an_account_may_not_do_is_told_in_plain_words() {
        let said = r#"Internal error: Authentication failed when calling "TestRun.create""#;
        let answer = json!({"error": {"code": -32603, "message": said}});
        let complaint = Complaint::of(&answer).unwrap();
        assert_eq!(
            complaint.message,
            r#"the account may not call "TestRun.create""#
        );
        assert!(complaint.is_forbidden());
    }

    #[test]
    fn a_session_that_has_ended_shuts_every_call_out() {
        let out = r#"{"id":1,"error":{"code":-32603,"message":"Authentication failed when calling \"X\""}}"#;
        assert_eq!(status(&format!("[{out},{out}]")), Some(403));
        assert_eq!(status(r#"[{"id":1,"result":null}]"#), None);
        assert_eq!(status("[]"), None);
    }
}
