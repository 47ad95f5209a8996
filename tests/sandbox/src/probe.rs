//! A client for the stand-ins' own tests: one request on one connection, nothing clever.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// A client of one stand-in.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    base: String,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Probe {
    /// Returns a client that puts a URL before each path.
    pub(crate) fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            headers: Vec::new(),
        }
    }

    /// Returns a client that sends a header with each request, instead of one of the same name.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &body.to_string())
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send("PATCH", path, &body.to_string())
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        let rest = self
            .base
            .strip_prefix("http://")
            .expect("the base is a URL");
        let (address, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let separator = if prefix.is_empty() { "" } else { "/" };
        let mut text = format!(
            "{method} {separator}{prefix}{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
        );
        for (name, value) in &self.headers {
            text.push_str(&[name, ": ", value, "\r\n"].concat());
        }
        text.push_str(
            &[
                "Content-Length: ",
                &body.len().to_string(),
                "\r\n\r\n",
                body,
            ]
            .concat(),
        );
        let mut stream = TcpStream::connect(address).expect("the stand-in listens");
        stream
            .write_all(text.as_bytes())
            .expect("the stand-in reads");
        let mut answer = Vec::new();
        stream
            .read_to_end(&mut answer)
            .expect("the stand-in answers");
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .expect("an answer has a status");
        Reply {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }
}

impl Reply {
    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Returns a header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}
