//! A response as the services give it, and its way to the socket.

use std::io::{self, Write};

use serde_json::Value;

/// One response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names and values; `Content-Length` and `Connection` are added when it is sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Returns a response without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Returns a JSON response.
    pub fn json(status: u16, value: &Value) -> Self {
        Self::of(status, "application/json; charset=utf-8", value.to_string())
    }

    /// Returns an HTML response.
    pub fn html(status: u16, text: impl Into<String>) -> Self {
        Self::of(status, "text/html; charset=utf-8", text.into())
    }

    /// Returns a response of plain text.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self::of(status, "text/plain; charset=utf-8", text.into())
    }

    /// Returns a response of any media type.
    pub fn of(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), media_type.to_owned())],
            body: body.into(),
        }
    }

    /// Returns the response with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Returns whether the status says that the request was carried out.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns the first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// How the bytes of a response leave.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OutputOptions {
    /// The request was HEAD: headers only.
    pub(crate) headers_only: bool,
    /// The connection ends after this response.
    pub(crate) last: bool,
    /// Only half of the body is sent, though its whole length is promised.
    pub(crate) truncated: bool,
}

impl Response {
    /// Writes the response to a socket.
    pub(crate) fn write(&self, to: &mut impl Write, manner: OutputOptions) -> io::Result<()> {
        let mut bytes = self.head(manner).into_bytes();
        if !manner.headers_only {
            let sent = if manner.truncated {
                self.body.len() / 2
            } else {
                self.body.len()
            };
            bytes.extend_from_slice(self.body.get(..sent).unwrap_or_default());
        }
        to.write_all(&bytes)?;
        to.flush()
    }

    fn head(&self, manner: OutputOptions) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            for part in [name, ": ", &value.replace(['\r', '\n'], " "), "\r\n"] {
                head.push_str(part);
            }
        }
        if self.status != 204 && self.status != 304 {
            // A body that is cut short needs something to cut.
            let promised = self.body.len() + if manner.truncated { 16 } else { 0 };
            head.push_str("Content-Length: ");
            head.push_str(&promised.to_string());
            head.push_str("\r\n");
        }
        if manner.last {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        head
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Answer",
    }
}
