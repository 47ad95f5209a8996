//! What may be shown of an exchange: addresses without secrets, bodies without attachments.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use reqwest::header::HeaderValue;
use serde_json::Value;
use url::Url;

use super::wire::Answer;
use super::{Authorization, Body, Request, TransportOptions};
use crate::secret::{MARK, Secret, masked, without_secrets, without_secrets_in};

/// The longest text of a service that is shown, in characters.
const LONGEST_MESSAGE: usize = 500;
/// The longest single value that is shown of a body, in characters.
const LONGEST_VALUE: usize = 400;
/// The longest body that is shown, in characters.
const LONGEST_BODY: usize = 16_000;
/// Anything shorter is found in every other word, and is no secret worth the name.
const SHORTEST: usize = 4;

/// Removes known secrets from texts: the credentials of its own transport, also short ones, and all that this process held.
#[derive(Clone, Default)]
pub(super) struct Redactor(Vec<String>);

impl Redactor {
    /// Knows the texts of the service's and the proxy's credentials.
    pub(super) fn new(options: &TransportOptions) -> Self {
        let mut texts = options.proxy.secrets();
        texts.extend(options.authorization.iter().flat_map(Authorization::texts));
        let mut redactor = Self::default();
        redactor.know(texts);
        redactor
    }

    /// Knows a credential that was obtained just now, too.
    pub(super) fn learn(&mut self, authorization: &Authorization) {
        self.know(authorization.texts());
    }

    fn know(&mut self, texts: Vec<String>) {
        for text in &texts {
            Secret::hide(text);
        }
        self.add(texts);
    }

    fn add(&mut self, texts: impl IntoIterator<Item = String>) {
        let long = texts.into_iter().filter(|text| text.len() >= SHORTEST);
        self.0.extend(long);
        self.0
            .sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
    }

    /// Knows also what a form of this request holds: a password that is exchanged for a token.
    pub(super) fn with(&self, request: &Request) -> Self {
        #[cfg(test)]
        rendered::count();
        let mut redactor = self.clone();
        if let (Body::Bytes(bytes), true) = (&request.body, is_form(content_type(request))) {
            let pairs = url::form_urlencoded::parse(bytes);
            let secrets = pairs.filter(|(name, _)| names_a_secret(name));
            redactor.add(secrets.map(|(_, value)| value.into_owned()));
        }
        redactor
    }

    /// Returns a service's text as one bounded line without control characters and known secrets.
    pub(super) fn line(&self, text: &str) -> String {
        let flat: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let words: Vec<&str> = flat.split_whitespace().collect();
        bounded(&self.text(&words.join(" ")), LONGEST_MESSAGE)
    }

    /// Returns a text without known secrets.
    pub(super) fn text(&self, text: &str) -> String {
        #[cfg(test)]
        rendered::count();
        self.clean(text)
    }

    fn clean(&self, text: &str) -> String {
        let text = masked(text, self.0.iter().map(String::as_str));
        without_secrets(&text).into_owned()
    }

    /// Returns an answer without known secrets: what a service says back is read, shown, cut and kept in many places. What gives a secret out
    /// is read as it came: it may be one that is known.
    pub(super) fn answer(&self, request: &Request, mut answer: Answer) -> Answer {
        for value in answer.headers.values_mut() {
            let text = value.to_str().unwrap_or_default();
            let clean = self.clean(text);
            if clean != text {
                *value = HeaderValue::from_str(&clean).unwrap_or(HeaderValue::from_static(MARK));
            }
        }
        if request.confidential && answer.status < 300 {
            return answer;
        }
        answer.body = answer.body.map(|body| {
            let changed = match without_secrets_in(&body) {
                Cow::Borrowed(_) => None,
                Cow::Owned(changed) => Some(changed),
            };
            changed.unwrap_or(body)
        });
        answer
    }

    /// Returns the verb and the address for the log: values of the query that could be secrets are masked.
    pub(super) fn logged_address(&self, request: &Request) -> String {
        let query = match request.url.query() {
            None => String::new(),
            // An address that is not the service's own is a signed one: its query is the credential.
            Some(_) if !request.authorized => format!("?{MARK}"),
            Some(_) => format!("?{}", self.masked_pairs(request.url.query_pairs())),
        };
        self.text(&format!("{}{query}", address(request)))
    }

    /// Returns the body of a request, for the log.
    pub(super) fn sent_body(&self, request: &Request) -> String {
        match &request.body {
            Body::None => "no body".to_owned(),
            Body::Stream { length, .. } => format!("{length} bytes"),
            Body::Bytes(bytes) => self.body(content_type(request), bytes),
        }
    }

    /// Returns a body for the log, without secrets and attachments.
    pub(super) fn body(&self, content_type: &str, bytes: &[u8]) -> String {
        #[cfg(test)]
        rendered::count();
        // Whole before it is cut: a part of a secret is one too.
        let bytes = without_secrets_in(bytes);
        let shown = if is_json(content_type) {
            serde_json::from_slice::<Value>(&bytes)
                .ok()
                .map(|value| elided(value).to_string())
        } else if is_form(content_type) {
            Some(self.masked_pairs(url::form_urlencoded::parse(&bytes)))
        } else {
            None
        };
        shown.map_or_else(
            || format!("{} bytes of `{}`", bytes.len(), self.line(content_type)),
            |text| bounded(&self.text(&text), LONGEST_BODY),
        )
    }
}

/// Returns the verb and the address without query, fragment and credentials.
pub(super) fn address(request: &Request) -> String {
    format!("{} {}", request.method, bare(&request.url))
}

/// Returns an address without query, fragment and credentials, readable.
pub(super) fn bare(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let path = percent_decode_str(url.path()).decode_utf8_lossy();
    let path: String = path
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    format!("{}://{host}{port}{path}", url.scheme())
}

fn content_type(request: &Request) -> &str {
    let header = request
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    header.map_or("", |(_, value)| value.as_str())
}

fn is_form(content_type: &str) -> bool {
    content_type.starts_with("application/x-www-form-urlencoded")
}

/// Returns whether a content type is JSON, its vendors' variants included.
pub(super) fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || kind.to_ascii_lowercase().ends_with("+json")
        || kind.eq_ignore_ascii_case("text/json")
}

impl Redactor {
    fn masked_pairs<'a>(
        &self,
        pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> String {
        pairs
            .map(|(name, value)| {
                let value = if names_a_secret(&name) { MARK } else { &value };
                format!("{name}={}", bounded(&self.text(value), LONGEST_VALUE))
            })
            .collect::<Vec<_>>()
            .join("&")
    }
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '_'], "");
    [
        "token",
        "password",
        "passwd",
        "secret",
        "apikey",
        "authorization",
        "credential",
        "signature",
        "sig",
    ]
    .iter()
    .any(|word| name == *word || (word.len() > 4 && name.contains(word)))
}

fn elided(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| {
                    let hidden = names_a_secret(&name) && (value.is_string() || value.is_number());
                    let value = if hidden {
                        Value::from(MARK)
                    } else {
                        elided(value)
                    };
                    (name, value)
                })
                .collect(),
        ),
        Value::Array(values) => Value::Array(values.into_iter().map(elided).collect()),
        Value::String(text) => Value::String(elided_text(&text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// Cuts what is long, an attachment for example, and the query of an address, which may be signed.
fn elided_text(text: &str) -> String {
    let is_address = text.starts_with("https://") || text.starts_with("http://");
    match text.split_once('?') {
        Some((address, _)) if is_address => format!("{address}?{MARK}"),
        Some(_) | None => bounded(text, LONGEST_VALUE),
    }
}

fn bounded(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((end, _)) => format!(
            "{}… ({} characters)",
            text.get(..end).unwrap_or_default(),
            text.chars().count()
        ),
    }
}

/// Counts what is rendered, masked or copied on this thread.
#[cfg(test)]
pub(super) mod rendered {
    use std::cell::Cell;

    thread_local! { static COUNT: Cell<usize> = const { Cell::new(0) } }

    pub(super) fn count() {
        COUNT.set(COUNT.get() + 1);
    }

    pub(in super::super) fn so_far() -> usize {
        COUNT.get()
    }
}

#[cfg(test)]
mod tests;
