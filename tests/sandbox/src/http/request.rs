//! A request as the services see it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The request line and the headers: all that is known before the body is read.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The method in capitals, such as `GET`.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The path's parts with percent-encoding undone; empty parts are left out.
    pub segments: Vec<String>,
    /// The query's names and values with percent-encoding undone, in order.
    pub query: Vec<(String, String)>,
    /// The query as sent, without the question mark.
    pub raw_query: String,
    /// Header names in lower case and their values, in order.
    pub headers: Vec<(String, String)>,
    /// The door of the stand-in on which the request arrived, such as `api`.
    pub door: String,
}

/// One request, whole.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// All but the body.
    pub head: Head,
    /// The body with chunks put together.
    pub body: Vec<u8>,
}

impl Head {
    /// Returns a head with the target's path and query taken apart.
    ///
    /// A target with scheme and host, as sent to a proxy, is understood.
    pub fn new(method: &str, target: &str, headers: Vec<(String, String)>) -> Self {
        let target = without_authority(target);
        let target = target.split('#').next().unwrap_or_default();
        let (path, raw_query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            segments: path
                .split('/')
                .filter(|part| !part.is_empty())
                .map(decode)
                .collect(),
            query: pairs(raw_query),
            raw_query: raw_query.to_owned(),
            headers,
            door: String::new(),
        }
    }

    /// Returns the first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a query parameter of exactly this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns all values of a query parameter.
    pub fn queries(&self, name: &str) -> impl Iterator<Item = &str> {
        let all = self.query.iter().filter(move |(known, _)| known == name);
        all.map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a query parameter, whatever the case of its name.
    pub fn query_ignoring_case(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Returns the path's parts as text slices, to match on.
    pub fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }
}

impl Request {
    /// Returns the body as JSON.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the text when it is no JSON.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// Returns the body as text, with U+FFFD for what is not UTF-8.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl std::ops::Deref for Request {
    type Target = Head;

    fn deref(&self) -> &Head {
        &self.head
    }
}

/// Returns names and values of a query or of a form (`a=b&c=d`), decoded.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decode(&name.replace('+', " ")),
                decode(&value.replace('+', " ")),
            )
        })
        .collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn without_authority(target: &str) -> &str {
    let Some((_, rest)) = target
        .split_once("://")
        .filter(|_| !target.starts_with('/'))
    else {
        return target;
    };
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}
